# SPDX-License-Identifier: Apache-2.0
"""Differences that are known and right: each with its reason, which is printed with the number of cases it covers. What Tenon does
in each stands in docs/semantics.md.

An exception excuses one oracle, in the cases that its condition names; the others are asked all the same, and where there is a
formula (formulas.py) the result is held to that."""
import re

import numpy as np

from values import kind


def has(test):
    """Whether some element of some floating-point input passes."""
    def condition(case):
        with np.errstate(all="ignore"):
            return any(x is not None and kind(x.dtype) == "f" and x.size and bool(test(x.astype(np.float64)).any())
                       for x in case.inputs)
    return condition


nan = has(np.isnan)
infinite = has(np.isinf)
odd = has(lambda x: ~np.isfinite(x))


def big_integers(case):
    return any(x is not None and kind(x.dtype) == "i" and x.size and
               max(abs(int(x.max())), abs(int(x.min()))) > 2**24 for x in case.inputs)


def same_dilated(case):
    return (case.attrs.get("auto_pad") or "").startswith("SAME") and max(case.attrs.get("dilations") or [1]) > 1


def leaps(case):
    """SAME, and some window ends before the next but one begins: the padding would be less than nothing."""
    a = case.attrs
    if not (a.get("auto_pad") or "").startswith("SAME"):
        return False
    n = len(a["kernel_shape"])
    sizes = zip(case.inputs[0].shape[2:], a["kernel_shape"], a.get("strides") or [1] * n, a.get("dilations") or [1] * n)
    return any((-(-size // s) - 1) * s + (k - 1) * d + 1 < size for size, k, s, d in sizes)


def unscaled(case):
    if len(case.inputs) > 3 and case.inputs[3] is not None:
        return any(a == b for a, b in zip(case.inputs[0].shape[1:], case.inputs[3][1:]))
    return any(s == 1 for s in case.inputs[2][1:])


def no_steps(case):
    return len(case.inputs) > 4 and case.inputs[4] is not None and not case.inputs[4].all()


def reduce_all(case):
    axes = case.attrs.get("axes")
    given = len(case.inputs) > 1 and case.inputs[1] is not None and case.inputs[1].size
    return not axes and not given


def unbounded(case):
    """An infinity among the data, and a bound that is left out."""
    given = [x for x in case.inputs[1:] if x is not None]
    return infinite(case) and (len(given) if case.opset >= 11 else sum(case.attrs.get(n) is not None for n in ("min", "max"))) < 2


def single_sums(case):
    """A sum of the inputs' magnitudes or of their squares that leaves single precision, though the result may not."""
    most, least = 3.4e38, 1.2e-38
    for x in case.inputs:
        if x is None or kind(x.dtype) != "f" or x.dtype == np.float64 or not x.size:
            continue
        size = np.abs(x.astype(np.float64))
        size = size[np.isfinite(size)]
        if size.sum() > most or size.size and case.op in SQUARES and ((size**2).sum() > most or bool(((size > 0) & (size**2 < least)).any())):
            return True
    return False


SQUARES = {"ReduceL2", "ReduceSumSquare", "LayerNormalization", "InstanceNormalization", "GroupNormalization", "RMSNormalization",
           "LpNormalization", "MeanVarianceNormalization", "LpPool", "GlobalLpPool"}
GOT_INFINITE = r"against numpy: output 0[^:]*: (np\.\w+\()?-?(inf|nan)"
GOT_ZERO = r"against numpy: output 0[^:]*: (np\.\w+\()?-?0(\.0)?\)? instead"


def sampled(mode, n, out, scale):
    """Where Resize reads the elements of an axis of n."""
    i = np.arange(out)
    if mode == "asymmetric":
        return i / scale
    if mode == "align_corners":
        return i * (n - 1) / max(n * scale - 1, 1e-9)
    if mode == "tf_half_pixel_for_nn":
        return (i + 0.5) / scale
    shift = n / 2 * (1 - out / (n * scale)) if mode == "half_pixel_symmetric" else 0
    return (i + 0.5) / scale - 0.5 + shift


def tied(case):
    """Nearest, and some place lies between two elements as far as single precision can tell."""
    a, x = case.attrs, case.inputs[0]
    if (a.get("mode") or "nearest") != "nearest" or a.get("axes") or a.get("keep_aspect_ratio_policy"):
        return False
    scales = next((v for v in case.inputs[1:3] if v is not None and v.size == x.ndim and v.dtype == np.float32), None)
    sizes = case.inputs[3].tolist() if len(case.inputs) > 3 and case.inputs[3] is not None else [int(n * s) for n, s in zip(x.shape, scales)]
    for k, (n, out) in enumerate(zip(x.shape, sizes)):
        at = sampled(a.get("coordinate_transformation_mode") or "half_pixel", n, out, float(scales[k]) if scales is not None else out / n)
        edge = at if "round" not in (a.get("nearest_mode") or "round") else at - 0.5
        if (np.abs(edge - np.round(edge)) < 1e-4).any():
            return True
    return False


def bias_overflows(case):
    """Some finite element and its bias add up to less than single precision has."""
    x, bias = (v.astype(np.float64) for v in case.inputs[:2])
    total = np.where(np.isfinite(x), x, 0) + np.where(np.isfinite(bias), bias, 0)
    return bool((total < -3.4028235e38).any())


def nearly_equal(case):
    """Some elements that are normalised together deviate by a hundredth of their mean or less."""
    x, axis = case.inputs[0].astype(np.float64), case.attrs.get("axis")
    axes = tuple(range((-1 if axis is None else axis) % x.ndim, x.ndim))
    if case.op == "MeanVarianceNormalization":
        axes = tuple(case.attrs.get("axes") or (0, 2, 3))
    if case.op == "SkipLayerNormalization":  # of the sum of both, and of the last input where it is there
        x = sum(v.astype(np.float64) for v in (x, case.inputs[1], case.inputs[4]) if v is not None)
    return bool((x.std(axes) <= 0.01 * np.abs(x.mean(axes))).any())


def half(case):
    return case.inputs[0].dtype == np.float16


def half_block(case):
    """A product with 32 rows or more whose last block of 32 columns is more than half full and not full."""
    a, b = (x for x in case.inputs if x is not None and x.ndim > 1)
    return a.shape[-2] >= 32 and b.shape[-1] % 32 > 16


# (operators, pattern of the failure, condition on the case, reason)
KNOWN = [
    ("Clip", r"against (ort|wide)", unbounded,
     "an infinity passes where a bound is omitted, as in PyTorch; ONNX Runtime makes it the largest finite number"),
    ("Mod", r"against (ort|wide)", big_integers, "integers are exact; ONNX Runtime's fmod goes through floating point"),
    ("Erf", r"against (ort|wide).*instead of (np.float\d+\()?-?(1.0|0.99\d+)\)?;", nan, "a NaN stays one; ONNX Runtime's Erf gives 1"),
    ("PRelu", r"against (ort|wide).*instead of (np.float\d+\()?nan", odd,
     "only the side that applies is computed; ONNX Runtime adds slope * min(0, x), 0 * infinity"),
    ("GatherND|Shape", r"against reference", lambda c: c.op == "Shape" or any(
        x is not None and (kind(x.dtype) == "c" or not x.size) for x in c.inputs),
     "the reference evaluator loses the rank of empty results, and clamps Shape's ends as numpy does"),
    ("Pad|CenterCropPad|Trilu", r"against reference.*'' instead of", lambda c: c.inputs[0].dtype == object,
     "texts are filled with empty ones, the reference evaluator puts 0"),
    ("Pad", r"against reference.*instead of nan", lambda c: c.inputs[0].dtype.name == "float8_e8m0fnu",
     "f8e8m0 has no zero: padding is its least number"),
    ("Cast|CastLike", r"against reference.*: nan instead of 5.87", lambda c: c.attrs.get("saturate") == 0,
     "0 is below all of f8e8m0, and NaN without saturation; the reference evaluator makes it the least number"),
    ("Sign", r"against ort.*nan\)? instead of (np\.float16\()?0", lambda c: half(c) and nan(c), "a NaN stays one; ONNX Runtime's Sign of f16 gives 0"),
    ("com.microsoft.(Bias|Fast)Gelu", r"against ort.*: (np\.float32\()?-0\.0\)? instead of (np\.float32\()?nan", bias_overflows,
     "a sum below all of single precision has the Gelu of a very negative number; ONNX Runtime's sum is -infinity, its Gelu NaN"),
    ("ScatterElements|ScatterND", r"against (ort|wide).*instead of", lambda c: nan(c) and c.attrs.get("reduction") in ("max", "min"),
     "a NaN wins in max and min, as in PyTorch and numpy; ONNX Runtime's depends on the order"),
    ("Gather", r"against ort", lambda c: c.inputs[0].dtype == object, "ONNX Runtime gathers one text of each slice"),
    ("ArgMax|ArgMin|TopK|Reduce(Max|Min)|(Global)?MaxPool", r"against (ort|wide)", nan,
     "a NaN is the greatest, and wins in max and min, as in PyTorch; ONNX Runtime's depends on the order"),
    ("MaxPool", r"against (ort|wide): output 0[^:]*: (np\.\w+\()?-inf\)? instead of (np\.\w+\()?-(3\.4028|1\.7976|6\.55e|65500|65504)", infinite,
     "the maximum of nothing but -infinity is that; ONNX Runtime starts from the least finite number"),
    ("ReduceMax|ReduceMin", r"against (ort|wide)", lambda c: c.inputs[0].dtype in (np.int64, np.uint32, np.uint64) and
     big_integers(c), "ONNX Runtime compares the lower halves of 64-bit integers"),
    ("(Max|Average|Lp)Pool|Conv|ConvInteger", r"against (ort|wide|reference)", same_dilated,
     "SAME is the ceiling of size / stride, dilated or not; ONNX Runtime and the reference evaluator forget the dilation"),
    ("ConvInteger", r"against reference", lambda c: (c.attrs.get("auto_pad") or "NOTSET") != "NOTSET",
     "SAME is the ceiling of size / stride, and VALID knows dilations; the reference evaluator's are other"),
    ("Dropout", r"against (ort|wide|reference): output 1: bool", lambda c: c.opset < 10, "the mask of before opset 10 is boolean like the later one"),
    ("Dropout", r"against (ort|wide|reference): output 1", lambda c: c.opset < 12,
     "nothing is dropped, so the mask is true; ONNX Runtime's was false before opset 12"),
    ("AffineGrid", r"against (ort|wide|reference)", lambda c: c.attrs.get("align_corners") and 1 in c.inputs[1][2:],
     "an extent of one is sampled at 0, as in PyTorch; ONNX divides 0 by 0"),
    ("Loop", r"output 1: \w+\[0, .* instead of \w+\[0, ", lambda c: c.inputs[1] is not None and not c.inputs[1] or c.inputs[0] is not None and not c.inputs[0],
     "no iteration: the collected output has the shape of none of what the body gives; ONNX Runtime knows no dimension"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("mode") == "cubic" and
     c.attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize",
     "cubic crops by the region; ONNX Runtime leaves it out"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize" and unscaled(c),
     "the region counts in every dimension; ONNX Runtime leaves dimensions as they are whose size stays"),
    ("Resize", r"against reference", lambda c: c.attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize",
     "length_resized is the whole number of elements; the reference evaluator takes length * scale"),
    ("Resize", r"against reference", lambda c: c.attrs.get("coordinate_transformation_mode") == "pytorch_half_pixel",
     "an extent of one after rounding is sampled at 0; the reference evaluator asks whether length * scale is above one"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("coordinate_transformation_mode") == "align_corners" and len(c.inputs) == 3,
     "align_corners divides by length * scale - 1, as ONNX's own cases have it; ONNX Runtime takes the whole number"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("antialias") and c.inputs[0].ndim > 4,
     "antialias of any rank; ONNX Runtime does it for images"),
    ("Attention", r"against ort", lambda c: c.inputs[0].dtype == np.float64,
     "ONNX Runtime loses a dimension, or the mask, in double precision"),
    ("Attention", r"against ort", lambda c: half(c) and c.inputs[0].ndim == 3 and c.attrs["q_num_heads"] != c.attrs["kv_num_heads"],
     "ONNX Runtime reads what nobody wrote where heads share their keys in half precision"),
    ("Attention", r"against ort: output [13]\D", lambda c: c.attrs.get("qk_matmul_output_mode") == 1,
     "mode 1 is before the mask, as ONNX says since opset 24"),
    ("Attention", r"against ort", lambda c: c.attrs.get("is_causal") and c.inputs[0].shape[-2] == 1,
     "a causal mask starts at the first key, for one query too, as the reference evaluator has it; ONNX Runtime shows it all keys"),
    ("Attention", r"against ort", lambda c: c.attrs.get("softcap") and (c.inputs[3] is not None or c.attrs.get("is_causal")),
     "softcap comes before the mask, as ONNX says since opset 24; ONNX Runtime masks first"),
    ("(Max|Average|Lp)Pool", r"against (ort|wide)", leaps,
     "SAME never cuts away: padding of less than nothing is none; ONNX Runtime shifts the windows"),
    ("MaxPool", r"against (ort|wide): output 1", lambda c: c.inputs[0].dtype in (np.uint8, np.int8),
     "ONNX Runtime's indices of 8-bit maxima with dilations or partial windows are leftovers"),
    ("AveragePool", r"against (ort|wide)", lambda c: c.attrs.get("count_include_pad") and c.attrs.get("ceil_mode"),
     "what lies beyond the padding at the end does not count, as in PyTorch; ONNX Runtime before opset 19 counts it"),
    ("AveragePool", r"against (ort|wide)", lambda c: c.attrs.get("count_include_pad") and c.opset >= 19,
     "all padding counts; ONNX Runtime cuts the window at another side's padding"),
    ("Gemm|MatMul|com.microsoft.Fused(Gemm|MatMul)", r"against (ort|wide)", lambda c: 0 in c.inputs[0].shape,
     "a sum of no products is 0, with beta * C for Gemm; ONNX Runtime leaves C, or what the memory held"),
    ("MatMulInteger|QLinearMatMul|com.microsoft.MatMulIntegerToFloat", r"against ort", half_block,
     "products are exact; ONNX Runtime 1.23 with AMX has leftovers in every 32nd row of the last half block of columns"),
    ("ReduceLogSum", r"against (ort|wide)", lambda c: kind(c.inputs[0].dtype) == "i",
     "the logarithm of 0 has no integer: it is cast like any infinity"),
    ("Resize", r"against ort", lambda c: c.attrs.get("antialias") and c.inputs[0].dtype == np.int8,
     "ONNX Runtime's antialias clips i8 as if it were u8"),
    ("Resize", r"against (ort|wide)", tied,
     "the nearest of two equally near elements: coordinates are exact by sizes, quotients in single precision by scales; ONNX Runtime's fall to either side"),
    ("Resize", r"against reference", lambda c: c.attrs.get("mode") == "cubic" and kind(c.inputs[0].dtype) == "i",
     "a cubic that overshoots the type saturates; the reference evaluator wraps it"),
    ("SplitToSequence", r"against ort", lambda c: c.inputs[1] is not None and not c.inputs[1].ndim and c.attrs.get("keepdims") == 0,
     "keepdims counts only without split, as ONNX says; ONNX Runtime minds it for a scalar split"),
    ("StringSplit", r"against (ort|reference)", lambda c: "" in c.inputs[0].reshape(-1).tolist() and c.attrs.get("delimiter"),
     "an empty text split by a delimiter is one empty piece, as Python has it; ONNX Runtime has none"),
    ("ai.onnx.ml.LinearRegressor", r"against ort", lambda c: c.attrs["targets"] == 1 and c.attrs["post_transform"] != "NONE",
     "post_transform counts for one target too; ONNX Runtime leaves it out"),
    ("com.microsoft.QLinearSoftmax", r"against ort: output 0[^:]*: np\.u?int8\((255|127)\) instead of np\.u?int8\((0|-1|-128)\)", None,
     "what rounds to 256 saturates; ONNX Runtime's wraps to 0"),
    ("GRU|LSTM|RNN", r"against (ort|wide|numpy)", no_steps,
     "a sequence of no steps ends in its initial state; ONNX Runtime gives 0, or leftovers"),
    ("GridSample", r"against (ort|wide).*nan", lambda c: 1 in c.inputs[0].shape[2:],
     "one pixel reflects onto itself; ONNX Runtime divides by its extent of 0"),
    ("HannWindow|HammingWindow|BlackmanWindow", r"against (ort|wide|reference)", lambda c: int(c.inputs[0]) == 1 and c.attrs.get("periodic") == 0,
     "a symmetric window of one element is 1, as in PyTorch; ONNX's formula divides 0 by 0"),
    ("LogSoftmax", r"against (ort|wide)", odd, "an infinity makes NaN; ONNX Runtime gives leftovers of the sum"),
    ("MeanVarianceNormalization", r"against (ort|wide)", nearly_equal,
     "a variance near zero is the mean of squares about the mean, and 1e-9 is added to its root; ONNX Runtime subtracts squares of sums, whose "
     "difference may be less than zero"),
    ("LayerNormalization|com.microsoft.SkipLayerNormalization", r"against ort", nearly_equal,
     "rows of nearly equal elements: the formula is met; ONNX Runtime's mean and variance cancel in single precision"),
    ("Reduce.*", r"against (ort|wide)", lambda c: c.attrs.get("noop_with_empty_axes") and reduce_all(c),
     "noop_with_empty_axes: no axis is reduced, the rest of the operator is done; ONNX Runtime copies, or reduces all"),
    ("Reduce.*", r"against (ort|wide)", lambda c: not c.inputs[0].size, "ONNX Runtime gives empty results the wrong shape"),
    ("ReduceLogSumExp", r"against (ort|wide|reference)", lambda c: kind(c.inputs[0].dtype) == "i",
     "integers are computed in double precision and truncated once; ONNX Runtime truncates every exponential"),
    ("Sum|Mean|Reduce.*|.*Norm.*|(Global)?(Average|Lp)Pool|CumSum", r"against (ort|wide|reference).*instead of \S*(inf|nan)", lambda c: single_sums(c) or odd(c) or half(c),
     "sums are made in double or single precision and rounded once; the other's intermediate sum overflows"),
    ("Sum|Mean|Reduce(Sum|Mean|L1|L2|SumSquare)|.*Norm.*|(Global)?(Average|Lp)Pool|CumSum", GOT_INFINITE + "|" + GOT_ZERO, single_sums,
     "kernels sum in single precision: where a sum or a square leaves its range, the result is infinite, NaN or 0"),
]


def known(case, why):
    """The reason why this difference is none of Tenon's mistakes, or None."""
    name = f"{case.domain}.{case.op}" if case.domain else case.op
    for operators, pattern, condition, reason in KNOWN:
        if re.fullmatch(operators, name) and re.search(pattern, why) and (condition is None or condition(case)):
            return reason
    return None
