# SPDX-License-Identifier: Apache-2.0
"""Definitions of ONNX's operators that move, choose or sort elements, beside those of formulas.py."""
import numpy as np

from formulas import f64, formula, given
from values import is_float, kind


@formula("Gather")
def gather(case):
    x, at = case.inputs
    axis = case.attrs.get("axis") or 0
    at = np.where(at < 0, at + x.shape[axis], at)
    return np.array(np.take(x, at, axis), x.dtype)  # take gives a single text as a str


@formula("GatherElements")
def gather_elements(case):
    x, at = case.inputs
    axis = (case.attrs.get("axis") or 0) % x.ndim
    y = np.empty(at.shape, x.dtype)
    for place in np.ndindex(*at.shape):
        y[place] = x[place[:axis] + (int(at[place]),) + place[axis + 1:]]
    return y


@formula("Expand")
def expand(case):
    x, shape = case.inputs
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(shape.tolist()))).copy()


def clamped(value, low, high):
    return max(low, min(value, high))


@formula("Slice")
def slice_(case):
    x, a = case.inputs[0], case.attrs
    starts, ends, axes, steps = (given(case, k + 1) for k in range(4))
    starts, ends, axes = (a.get(n) if v is None else v.tolist() for n, v in (("starts", starts), ("ends", ends), ("axes", axes)))
    steps = [1] * len(starts) if steps is None else steps.tolist()
    y = x
    for axis, start, end, step in zip(range(len(starts)) if axes is None else axes, starts, ends, steps):
        n, whole = x.shape[axis], step < 0 and end in (2**31 - 1, 2**63 - 1)  # all the way back: see semantics.py
        start, end = (v + n if v < 0 else v for v in (start, end))
        start = clamped(start, 0, n) if step > 0 else clamped(start, 0, n - 1)
        end = clamped(end, 0, n) if step > 0 else clamped(end, -1, n - 1)
        y = np.take(y, np.arange(start, -1 if whole else end, step), axis) if n else y
    return y


@formula("TopK")
def top_k(case):
    x, a = case.inputs[0], case.attrs
    k = a["k"] if given(case, 1) is None else int(case.inputs[1][0])
    axis, largest = a.get("axis", -1), a.get("largest")
    rows = np.moveaxis(x, axis, -1)
    order = np.zeros(rows.shape[:-1] + (k,), np.int64)
    for row in np.ndindex(*rows.shape[:-1]):
        values = f64(rows[row]) if is_float(x.dtype) else [int(v) for v in rows[row]]
        down = -1 if largest is None or largest else 1  # a NaN is the greatest; equal ones stay in order
        order[row] = sorted(range(len(values)), key=lambda i: (down * bool(values[i] != values[i]), down * values[i]
                                                              if values[i] == values[i] else 0, i))[:k]
    return [np.moveaxis(np.take_along_axis(rows, order, -1), -1, axis), np.moveaxis(order, -1, axis)]


def chosen(case, pairs):
    """The data with the greatest (or least) of what each place had and gets; a NaN wins."""
    y = case.inputs[0].copy()
    better = np.greater if case.attrs["reduction"] == "max" else np.less
    for place, value in pairs:
        old = y[place]
        with np.errstate(all="ignore"):
            wins = np.isnan(f64(value)) | ~np.isnan(f64(old)) & better(f64(value), f64(old)) if is_float(y.dtype) else better(value, old)
        y[place] = np.where(wins, value, old) if np.ndim(old) else value if wins else old
    return y


@formula("ScatterElements")
def scatter_elements(case):
    x, at, updates = case.inputs
    axis = (case.attrs.get("axis") or 0) % x.ndim
    if case.attrs.get("reduction") not in ("max", "min") or kind(x.dtype) not in "fi":
        return None  # ONNX Runtime does these as ONNX says
    return chosen(case, ((p[:axis] + (int(at[p]),) + p[axis + 1:], updates[p]) for p in np.ndindex(*at.shape)))


@formula("ScatterND")
def scatter_nd(case):
    x, at, updates = case.inputs
    if case.attrs.get("reduction") not in ("max", "min") or kind(x.dtype) not in "fi":
        return None
    return chosen(case, ((tuple(at[p].tolist()), updates[p]) for p in np.ndindex(*at.shape[:-1])))


@formula("StringSplit")
def string_split(case):
    x, delimiter, most = case.inputs[0], case.attrs.get("delimiter") or None, case.attrs.get("maxsplit")
    parts = [text.split(delimiter, -1 if most is None else most) for text in x.reshape(-1).tolist()]
    wide = max((len(p) for p in parts), default=0)
    y = np.empty((len(parts), wide), object)
    for k, p in enumerate(parts):
        y[k] = p + [""] * (wide - len(p))
    return [y.reshape(*x.shape, wide), np.array([len(p) for p in parts], np.int64).reshape(x.shape)]


@formula("SplitToSequence")
def split_to_sequence(case):
    x, split = case.inputs[0], given(case, 1)
    axis, keep = case.attrs.get("axis") or 0, case.attrs.get("keepdims")
    n = x.shape[axis]
    sizes = [1] * n if split is None else split.tolist() if split.ndim else [min(int(split), n - k) for k in range(0, n, int(split))]
    pieces = np.split(x, np.cumsum(sizes)[:-1], axis) if sizes else []
    if split is None and keep == 0:
        pieces = [np.squeeze(p, axis) for p in pieces]
    return [pieces]


@formula("AffineGrid")
def affine_grid(case):
    theta, size = f64(case.inputs[0]), case.inputs[1].tolist()[2:]
    axes = []
    for n in size:
        at = np.arange(n, dtype=np.float64)
        if case.attrs.get("align_corners"):
            axes.append(2 * at / (n - 1) - 1 if n > 1 else np.zeros(1))  # one point stands in the middle
        else:
            axes.append((2 * at + 1) / n - 1)
    points = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(size)], -1)
    return np.einsum("...k,nck->n...c", points, theta)
