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
    ("PRelu", r"against (ort|wide).*instead of (np.float\d+\()?nan", infinite,
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
    ("LogSoftmax", r"against (ort|wide)", infinite, "an infinity makes NaN; ONNX Runtime gives leftovers of the sum"),
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
