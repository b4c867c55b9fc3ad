# SPDX-License-Identifier: Apache-2.0
"""Whether a result is within its bound of what an oracle says."""
import numpy as np

import oracle
from values import TINY, UNIT, kind

# How far ONNX Runtime itself may be from the truth, on top of the bound, in units in the last place of the spread:
# it approximates functions and sums in single precision.
ORT_SLACK = {"ulps": 16, "products": 16, "spread": 16, "given": 16}
ORT_ROUGH = {"LRN": 32, "Resize": 4}  # its functions are farther from the truth still, by this factor
ORT_COMPUTES_SINGLE = {"Gelu", "Shrink", "GroupNormalization", "LayerNormalization", "RMSNormalization", "AffineGrid",
                        "HannWindow", "HammingWindow", "BlackmanWindow", "GridSample", "DFT", "STFT",
                        "Attention"}
ORT_COMPUTES_HALF = {"AffineGrid", "Attention"}  # 16-bit types in themselves
REFERENCE_COMPUTES_SINGLE = {"DeformConv", "Resize", "Attention"}


def tolerance(case, name, want, magnitude):
    """Of each element."""
    u = oracle.unit(case, want.dtype)
    if name == "numpy" and case.op in ("RNN", "GRU", "LSTM"):
        u = max(u, 2.0**-24)  # by way of ONNX Runtime
    if name == "wide" and want.dtype == np.float64:
        u = 2.0**-24  # computed in single precision there
    if name == "reference" and case.op in REFERENCE_COMPUTES_SINGLE:
        u = max(u, 2.0**-24)
    if name == "reference" or case.bound.own or name == "ort" and case.op in ORT_COMPUTES_HALF:
        u = max(u, UNIT[want.dtype])  # it computes in the type itself
    single = name == "ort" and want.dtype == np.float64 and case.op in ORT_COMPUTES_SINGLE
    if single:
        u = 2.0**-24
    c = case.bound.c
    if name in ("ort", "wide", "reference"):
        c = (c + ORT_SLACK.get(case.bound.by, 0)) * ORT_ROUGH.get(case.op, 1)
    if u == 2.0**-53:
        c *= 8  # nothing wider sums it
    size = np.abs(want.astype(np.complex128 if kind(want.dtype) == "c" else np.float64))
    if (case.bound.by == "ulps" or case.bound.by == "spread" and case.numpy) and name != "numpy":
        magnitude = magnitude + 0.25  # its approximations are made for absolute errors
    allowed = c * u * magnitude + TINY.get(want.dtype, 0)
    if UNIT[want.dtype] > u:  # stored in less than it is computed in
        allowed = allowed + 2.02 * UNIT[want.dtype] * size
    return allowed


def outside(case, name, want, got, magnitude):
    """Boolean array: the elements that are wrong."""
    if kind(want.dtype) not in "fc":
        if magnitude is None or kind(want.dtype) != "i":
            return want != got
        return np.abs(want.astype(np.float64) - got.astype(np.float64)) > case.bound.c * magnitude  # quantised: steps
    if magnitude is not None:
        magnitude = np.where(np.isfinite(magnitude), magnitude, 0)
    wide = np.complex128 if kind(want.dtype) == "c" else np.float64
    with np.errstate(all="ignore"):
        a, b = want.astype(wide), got.astype(wide)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if magnitude is None:
        if want.dtype.kind == "c":
            return ~same
        return ~same | ((a == 0) & (b == 0) & (np.signbit(a) != np.signbit(b)) & bool(case.note == "sign of zero"))
    allowed = tolerance(case, name, want, magnitude)
    with np.errstate(all="ignore"):
        near = np.abs(a - b) <= allowed
        top = float(np.finfo(want.dtype).max) if want.dtype in (np.float32, np.float64, np.float16) else 3.38e38
        over = np.isinf(a) ^ np.isinf(b)  # one of them rounds over the edge
        edge = over & (np.where(np.isinf(a), np.abs(b), np.abs(a)) >= top * (1 - 1e-3))
    return ~(same | near | edge)


def describe(value):
    return f"{value.dtype}{list(value.shape)}" if isinstance(value, np.ndarray) else f"{len(value)} items"


def difference(case, name, want, got, magnitude, where="output"):
    """None, or in words how `got` is not `want`."""
    if isinstance(want, list) or isinstance(got, list):
        if want is None and got == []:
            return None
        if not (isinstance(want, list) and isinstance(got, list)) or len(want) != len(got):
            if isinstance(got, list) and isinstance(want, np.ndarray) and len(got) == 1:
                return difference(case, name, want, got[0], magnitude, where)
            return f"{where}: {got if got is None else describe(got)} instead of {want if want is None else describe(want)}"
        for k, (a, b) in enumerate(zip(want, got)):
            why = difference(case, name, a, b, None if magnitude is None else magnitude, f"{where}[{k}]")
            if why:
                return why
        return None
    if want.dtype != got.dtype or want.shape != got.shape:
        return f"{where}: {describe(got)} instead of {describe(want)}"
    if case.types_only or not want.size:
        return None
    wrong = outside(case, name, want, got, magnitude)
    if not wrong.any():
        return None
    at = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    text = f"{where}{list(map(int, at))}: {got[at]!r} instead of {want[at]!r}; {int(wrong.sum())} of {wrong.size} wrong"
    if magnitude is not None and kind(want.dtype) in "fc":
        with np.errstate(all="ignore"):
            text += f"; allowed {float(np.broadcast_to(tolerance(case, name, want, magnitude), want.shape)[at]):.3g}"
    return text


def problem(case, name, want, got, magnitudes):
    if len(want) != len(got):
        return f"{len(got)} outputs instead of {len(want)}"
    for k, (a, b, m) in enumerate(zip(want, got, magnitudes)):
        why = difference(case, name, a, b, m, f"output {k}")
        if why:
            return why
    return None
