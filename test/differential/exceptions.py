# SPDX-License-Identifier: Apache-2.0
"""Differences that are known and right: each with its reason, which is printed with the number of cases it covers. What Tenon does
in each stands in docs/semantics.md."""
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
huge = has(lambda x: (np.abs(x) >= 1e18) | ~np.isfinite(x))


def big_integers(case):
    return any(x is not None and kind(x.dtype) == "i" and x.size and
               max(abs(int(x.max())), abs(int(x.min()))) > 2**24 for x in case.inputs)


def same_dilated(case):
    return (case.attrs.get("auto_pad") or "").startswith("SAME") and max(case.attrs.get("dilations") or [1]) > 1


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


# (operators, pattern of the failure, condition on the case, reason)
KNOWN = [
    ("Clip", r"(ort|wide|reference): ", infinite,
     "an infinity passes where a bound is omitted, as in PyTorch; ONNX Runtime makes it the largest finite number"),
    ("Mod", r"against (ort|wide)", big_integers, "integers are exact; ONNX Runtime's fmod goes through floating point"),
    ("Erf", r"against (ort|wide).*instead of (np.float\d+\()?-?(1.0|0.99\d+)\)?;", nan, "a NaN stays one; ONNX Runtime's Erf gives 1"),
    ("PRelu", r"against (ort|wide).*instead of (np.float\d+\()?nan", odd,
     "only the side that applies is computed; ONNX Runtime adds slope * min(0, x), 0 * infinity"),
    ("Slice|Gather.*|Expand|Shape", r"against reference", lambda c: any(
        x is not None and (kind(x.dtype) == "c" or not x.size) for x in c.inputs) or c.op == "Shape",
     "the reference evaluator loses the rank of empty results, and clamps Slice's and Shape's ends as numpy does"),
    (".*", r"against reference.*'' instead of 0;", None, "texts are filled with empty ones, the reference evaluator puts 0"),
    ("Pad", r"against reference.*'' instead of", None, "texts are filled with empty ones, the reference evaluator puts 0"),
    ("Pad", r"against reference.*instead of nan", lambda c: c.inputs[0].dtype.name == "float8_e8m0fnu",
     "f8e8m0 has no zero: padding is its least number"),
    ("ScatterElements|ScatterND", r"against (ort|wide).*instead of", lambda c: nan(c) and c.attrs.get("reduction") in ("max", "min"),
     "a NaN wins in max and min, as in PyTorch and numpy; ONNX Runtime's depends on the order"),
    ("Gather", r"against ort", lambda c: c.inputs[0].dtype == object, "ONNX Runtime gathers one text of each slice"),
    ("ArgMax|ArgMin|TopK|Reduce(Max|Min)|.*MaxPool", r"against (ort|wide)", nan,
     "a NaN is the greatest, and wins in max and min, as in PyTorch; ONNX Runtime's depends on the order"),
    ("ReduceMax|ReduceMin", r"against (ort|wide)", lambda c: c.inputs[0].dtype in (np.int64, np.uint32, np.uint64) and
     big_integers(c), "ONNX Runtime compares the lower halves of 64-bit integers"),
    (".*Pool|Conv|ConvInteger", r"against", same_dilated,
     "SAME is the ceiling of size / stride, dilated or not; ONNX Runtime and the reference evaluator forget the dilation"),
    ("Conv|ConvInteger", r"against reference", lambda c: (c.attrs.get("auto_pad") or "NOTSET") != "NOTSET",
     "SAME is the ceiling of size / stride, and VALID knows dilations; the reference evaluator's are other"),
    ("Dropout", r"output 1: bool", lambda c: c.opset < 10, "the mask of before opset 10 is boolean like the later one"),
    ("AffineGrid", r"against", lambda c: c.attrs.get("align_corners") and 1 in c.inputs[1][2:],
     "an extent of one is sampled at 0, as in PyTorch; ONNX divides 0 by 0"),
    ("Loop", r"output 1.*instead of", lambda c: c.inputs[1] is not None and not c.inputs[1] or c.inputs[0] is not None and not c.inputs[0],
     "no iteration: the collected output has the shape of none of what the body gives; ONNX Runtime knows no dimension"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("mode") == "cubic" and
     c.attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize",
     "cubic crops by the region; ONNX Runtime leaves it out"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize" and unscaled(c),
     "the region counts in every dimension; ONNX Runtime leaves dimensions as they are whose size stays"),
    ("Attention", r"against ort", lambda c: c.inputs[0].dtype == np.float64,
     "ONNX Runtime loses a dimension, or the mask, in double precision"),
    ("Attention", r"against ort: output [13]\D", lambda c: c.attrs.get("qk_matmul_output_mode") == 1,
     "mode 1 is before the mask, as ONNX says since opset 24"),
    ("Attention", r"against ort", lambda c: c.attrs.get("is_causal") and c.inputs[0].shape[-2] == 1,
     "a causal mask starts at the first key, for one query too, as the reference evaluator has it; ONNX Runtime shows it all keys"),
    ("Attention", r"against ort", lambda c: c.attrs.get("softcap"),
     "softcap comes before the mask, as ONNX says since opset 24; ONNX Runtime masks first, and ignores it in double precision"),
    ("LpPool|AveragePool", r"against (ort|wide)", lambda c: (c.attrs.get("auto_pad") or "").startswith("SAME"),
     "SAME never cuts away: padding of less than nothing is none; ONNX Runtime shifts the windows"),
    ("MaxPool", r"against (ort|wide): output 1", lambda c: c.inputs[0].dtype in (np.uint8, np.int8),
     "ONNX Runtime's indices of 8-bit maxima with dilations or partial windows are leftovers"),
    ("Resize", r"against reference", lambda c: c.attrs.get("coordinate_transformation_mode") == "tf_crop_and_resize",
     "length_resized is the whole number of elements; the reference evaluator takes length * scale"),
    ("Resize", r"against reference", lambda c: c.attrs.get("coordinate_transformation_mode") == "pytorch_half_pixel",
     "an extent of one after rounding is sampled at 0; the reference evaluator asks whether length * scale is above one"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("coordinate_transformation_mode") == "align_corners" and len(c.inputs) == 3,
     "align_corners divides by length * scale - 1, as ONNX's own cases have it; ONNX Runtime takes the whole number"),
    ("Attention", r"against reference.*nan", lambda c: c.inputs[3] is not None and c.inputs[3].dtype == bool,
     "a boolean mask leaves out what is False; the reference evaluator multiplies 0 by infinity"),
    ("AveragePool", r"against (ort|wide)", lambda c: c.attrs.get("count_include_pad") and c.attrs.get("ceil_mode"),
     "what lies beyond the padding at the end does not count, as in PyTorch; ONNX Runtime before opset 19 counts it"),
    ("Dropout", r"output 1", lambda c: c.opset < 12, "nothing is dropped, so the mask is true; ONNX Runtime's was false before opset 12"),
    ("Gemm|MatMul|com.microsoft.Fused(Gemm|MatMul)", r"against (ort|wide)", lambda c: 0 in c.inputs[0].shape,
     "a sum of no products is 0, with beta * C for Gemm; ONNX Runtime leaves C, or what the memory held"),
    ("ReduceLogSum", r"against (ort|wide)", lambda c: kind(c.inputs[0].dtype) == "i",
     "the logarithm of 0 has no integer: it is cast like any infinity"),
    ("Resize", r"against (ort|wide)", lambda c: c.attrs.get("antialias") and c.inputs[0].ndim > 4,
     "antialias of any rank; ONNX Runtime does it for images"),
    ("SplitToSequence", r"against ort", lambda c: c.inputs[1] is not None,
     "keepdims counts only without split, as ONNX says; ONNX Runtime minds it for a scalar split"),
    ("StringSplit", r"against", lambda c: "" in c.inputs[0].reshape(-1).tolist() and c.attrs.get("delimiter"),
     "an empty text split by a delimiter is one empty piece, as Python has it; ONNX Runtime has none"),
    ("ai.onnx.ml.LinearRegressor", r"against ort", lambda c: c.attrs["targets"] == 1,
     "post_transform counts for one target too; ONNX Runtime leaves it out"),
    ("com.microsoft.QLinearSoftmax", r"against ort", None, "what rounds to 256 saturates; ONNX Runtime's wraps to 0"),
    ("AveragePool", r"against (ort|wide)", lambda c: c.attrs.get("count_include_pad") and c.opset >= 19,
     "all padding counts; ONNX Runtime cuts the window at another side's padding"),
    ("GRU|LSTM|RNN", r"against (ort|wide|numpy)", no_steps,
     "a sequence of no steps ends in its initial state; ONNX Runtime gives 0, or leftovers"),
    ("GridSample", r"against (ort|wide).*nan", lambda c: 1 in c.inputs[0].shape[2:],
     "one pixel reflects onto itself; ONNX Runtime divides by its extent of 0"),
    ("HannWindow|HammingWindow|BlackmanWindow", r"nan|against", lambda c: int(c.inputs[0]) == 1 and c.attrs.get("periodic") == 0,
     "a symmetric window of one element is 1, as in PyTorch; ONNX's formula divides 0 by 0"),
    ("LogSoftmax", r"against (ort|wide)", odd, "an infinity makes NaN; ONNX Runtime gives leftovers of the sum"),
    ("MeanVarianceNormalization", r"against (ort|wide).*instead of (np.float\d+\()?nan", None,
     "a variance of zero divides by 1e-9, as the function's body says; ONNX Runtime takes the root of less than zero"),
    ("Reduce.*", r"against (ort|wide)", lambda c: c.attrs.get("noop_with_empty_axes") and reduce_all(c),
     "noop_with_empty_axes: no axis is reduced, the rest of the operator is done; ONNX Runtime copies, or reduces all"),
    ("Reduce.*", r"against (ort|wide)", lambda c: not c.inputs[0].size, "ONNX Runtime gives empty results the wrong shape"),
    ("ReduceLogSumExp", r"against (ort|wide|reference)", lambda c: kind(c.inputs[0].dtype) == "i",
     "integers are computed in double precision and truncated once; ONNX Runtime truncates every exponential"),
    ("Sum|Mean|.*Reduce.*|.*Norm.*|.*Pool.*|CumSum", r"(inf|nan)", huge,
     "sums are made in double or single precision and rounded once; the other's intermediate sum overflows"),
]


def known(case, why):
    """The reason why this difference is none of Tenon's mistakes, or None."""
    name = f"{case.domain}.{case.op}" if case.domain else case.op
    for operators, pattern, condition, reason in KNOWN:
        if re.fullmatch(operators, name) and re.search(pattern, why) and (condition is None or condition(case)):
            return reason
    return None
