# SPDX-License-Identifier: Apache-2.0
"""What Tenon does where ONNX says nothing, or where others do something else: each row is a sentence of docs/semantics.md and the
test that protects it, run by the reference kernel and by every kernel that fits. The document is written from this table."""
import dataclasses

import ml_dtypes
import numpy as np
import onnx

from case import Case

NAN, INF = float("nan"), float("inf")


@dataclasses.dataclass
class Row:
    op: str
    when: str  # the case, in words
    does: str  # what Tenon does
    others: str  # what ONNX, PyTorch, ONNX Runtime say or do
    inputs: list
    wanted: object  # outputs; or a text that the refusal holds
    attrs: dict = dataclasses.field(default_factory=dict)
    opset: int = 21
    domain: str = ""
    pre: object = None  # nodes before it: see Case
    runs: str = ""  # the operator at the end of the model, where it is another than `op`
    constant: tuple = ()  # inputs that are constant
    folded: bool = False  # what the passes make: the graph as it is gives what the others do

    def case(self):
        outputs = len(self.wanted) if isinstance(self.wanted, list) else 1
        return Case(self.runs or self.op, self.inputs, self.attrs, outputs=outputs, domain=self.domain, opset=self.opset, pre=self.pre,
                    constant=set(self.constant))


def f(*x):
    return np.array(x, np.float32)


def i32(*x):
    return np.array(x, np.int32)


def i64(*x):
    return np.array(x, np.int64)


def one(x):
    return np.array(x[0], x.dtype)


LEAST, MOST = -2**31, 2**31 - 1
WIDE = np.arange(40, dtype=np.float32)  # long enough for every kernel's wide part and its tail


def long(*x):
    """The same values over and over, so that wide loops and their tails both meet them."""
    return np.resize(np.array(x, np.float32), 37)


def written_out(nodes, names):
    """Attention as exporters write it: what is left is the product with V."""
    nodes += [onnx.helper.make_node("Transpose", [names[1]], ["kt"], perm=[0, 1, 3, 2]), onnx.helper.make_node("MatMul", [names[0], "kt"], ["s"]),
              onnx.helper.make_node("Add", ["s", names[2]], ["m"]), onnx.helper.make_node("Softmax", ["m"], ["p"], axis=-1)]
    return ["p", names[3]]


def guarded(nodes, names):
    """The same with NaN made 0."""
    p, v = written_out(nodes, names)
    nodes += [onnx.helper.make_node("IsNaN", [p], ["nan"]), onnx.helper.make_node("Constant", [], ["zero"], value_float=0.0),
              onnx.helper.make_node("Where", ["nan", "zero", p], ["g"])]
    return ["g", v]


def mask_in_half(nodes, names):
    """A constant in single precision that is cast and added to."""
    nodes.append(onnx.helper.make_node("Cast", [names[0]], ["half"], to=10))
    return ["half", names[1]]


def heads(rows):
    """Queries, keys and values of two heads, all 1; every third row masked."""
    q, kv = np.ones((1, 2, rows, 4), np.float32), np.ones((1, 2, 5, 4), np.float32)
    mask = np.zeros((1, 1, rows, 5), np.float32)
    mask[:, :, ::3] = -INF
    return q, kv, mask, kv


def blind(rows, y):
    """What heads() gives: 1, and `y` where all is masked."""
    made = np.ones((1, 2, rows, 4), np.float32)
    made[:, :, ::3] = y
    return [made]


ROWS = [
    # ---- integers
    Row("Div", "an integer divided by 0", "0", "ONNX: open. ONNX Runtime ends with a signal, PyTorch raises", [i32(7, -7, 0), i32(0, 0, 0)], [i32(0, 0, 0)]),
    Row("Div", "the least integer by -1", "wraps to itself", "ONNX: open. ONNX Runtime ends with a signal", [i32(LEAST), i32(-1)], [i32(LEAST)]),
    Row("Div", "integers of different signs", "truncates towards 0", "the same", [i32(-7, 7, -7), i32(2, -2, -2)], [i32(-3, -3, 3)]),
    Row("Mod", "an integer modulo 0", "0", "ONNX: open. ONNX Runtime ends with a signal", [i32(7, -7), i32(0, 0)], [i32(0, 0)]),
    Row("Mod", "integers, fmod 0", "the sign of the divisor", "the same as Python", [i32(-4, 7, 5, 4, -7, 8), i32(2, -3, 8, -2, 3, 5)],
        [i32(0, -2, 5, 0, 2, 3)]),
    Row("Mod", "integers, fmod 1", "the sign of the dividend, exactly", "the same as C; ONNX Runtime goes through floating point",
        [i32(-4, 7, 5, 4, -7, 8), i32(2, -3, 8, -2, 3, 5)], [i32(0, 1, 5, 0, -1, 3)], {"fmod": 1}),
    Row("Mod", "floats", "fmod; NaN for a divisor of 0 or an infinite dividend", "the same", [f(-4.5, 5.5, INF, 1), f(2, -2, 2, 0)],
        [f(-0.5, 1.5, NAN, NAN)], {"fmod": 1}),
    Row("Add", "integer overflow", "wraps", "the same", [i32(MOST, LEAST), i32(1, -1)], [i32(LEAST, MOST)]),
    Row("Mul", "integer overflow", "wraps", "the same", [i32(65536, MOST), i32(65536, 2)], [i32(0, -2)]),
    Row("Neg", "the least integer", "itself", "the same", [i32(LEAST)], [i32(LEAST)]),
    Row("Abs", "the least integer", "itself", "the same", [i32(LEAST, -3)], [i32(LEAST, 3)]),
    Row("BitShift", "by the width or more", "0", "ONNX: open. On x86 ONNX Runtime shifts by the rest of the division by the width",
        [np.array([1, 255, 128], np.uint32), np.array([32, 40, 64], np.uint32)], [np.array([0, 0, 0], np.uint32)], {"direction": "LEFT"}),
    Row("Pow", "an integer to a negative power", "0, but 1 and -1 keep their size", "ONNX: open. C's pow, truncated", [i32(2, 1, -1, 7), i32(-1, -5, -3, 0)],
        [i32(0, 1, -1, 1)]),
    # ---- floating point
    Row("Pow", "corners", "as C's pow: x^0 and 1^y are 1, also for NaN; a negative base to a fraction is NaN", "the same",
        [f(NAN, 1, -8, 0, -INF, 0), f(0, NAN, 1 / 3, -1, 3, 0)], [f(1, 1, NAN, INF, -INF, 1)]),
    Row("Div", "floats by 0", "infinity with the signs' product, NaN for 0 / 0", "IEEE 754, the same", [f(1, -1, 0, 1), f(0, 0, 0, -0.0)],
        [f(INF, -INF, NAN, -INF)]),
    Row("Relu", "NaN", "stays", "the same in PyTorch and ONNX Runtime", [long(NAN, -1, 2)], [long(NAN, 0, 2)]),
    Row("Max", "NaN", "wins on either side", "the same", [long(NAN, 1, 3), long(0, NAN, 2)], [long(NAN, NAN, 3)]),
    Row("Min", "NaN", "wins on either side", "the same", [long(NAN, 1, 3), long(0, NAN, 2)], [long(NAN, NAN, 2)]),
    Row("Clip", "min above max", "max", "the same (ONNX since opset 13 says so)", [long(-5, 0, 5), one(f(3)), one(f(1))], [long(1, 1, 1)]),
    Row("Clip", "NaN", "stays", "the same", [long(NAN, 9), one(f(0)), one(f(1))], [long(NAN, 1)]),
    Row("Clip", "an infinity where that bound is omitted", "passes", "PyTorch and the reference evaluator: the same. ONNX Runtime: the largest finite number",
        [long(INF, -INF), one(f(0))], [long(INF, 0)]),
    Row("Shrink", "NaN", "0", "ONNX's formula and ONNX Runtime: the same. PyTorch keeps the NaN", [long(NAN, 2, -2)], [long(0, 2, -2)]),
    Row("ThresholdedRelu", "NaN", "0", "ONNX's formula and ONNX Runtime: the same", [long(NAN, 2, -2)], [long(0, 2, 0)]),
    Row("PRelu", "an infinity on the side that is not scaled", "passes", "PyTorch: the same. ONNX Runtime: NaN, from 0 * infinity",
        [long(INF, -2), long(INF)], [long(INF, -INF)]),
    Row("Gelu", "-infinity", "NaN, as the formula's 0 * infinity", "the same in PyTorch and ONNX Runtime", [long(-INF, 0, INF)], [long(NAN, 0, INF)]),
    Row("Erf", "NaN", "stays", "PyTorch: the same. ONNX Runtime: 1", [long(NAN, INF, -INF)], [long(NAN, 1, -1)]),
    Row("Round", "halves", "to the even neighbour", "the same", [long(0.5, 1.5, 2.5, -0.5, -1.5)], [long(0, 2, 2, 0, -2)], {}, 22),
    Row("Sign", "NaN and -0", "NaN; 0", "numpy: the same. PyTorch: 0 for NaN", [long(NAN, -0.0, -3)], [long(NAN, 0, -1)]),
    Row("Equal", "NaN, and zeros of either sign", "unequal to itself; equal", "IEEE 754, the same", [long(NAN, 0.0), long(NAN, -0.0)],
        [np.resize(np.array([False, True]), 37)]),
    Row("IsInf", "only one sign asked for", "the other is no infinity", "the same", [long(INF, -INF, NAN)], [np.resize(np.array([False, True, False]), 37)],
        {"detect_positive": 0}, 20),
    Row("Sqrt", "less than 0, and -0", "NaN; -0", "IEEE 754, the same", [long(-1, -0.0, 4)], [long(NAN, -0.0, 2)]),
    Row("Log", "0, and less", "-infinity; NaN", "the same", [long(0, -1, 1)], [long(-INF, NAN, 0)]),
    Row("Reciprocal", "0 of either sign", "infinity of that sign", "the same", [long(0, -0.0, 4)], [long(INF, -INF, 0.25)]),
    Row("Exp", "beyond the range", "infinity; 0", "the same", [long(89, -110, 0)], [long(INF, 0, 1)]),
    Row("Sigmoid", "infinities and NaN", "1, 0; NaN", "the same", [long(INF, -INF, NAN)], [long(1, 0, NAN)]),
    Row("Tanh", "infinities and NaN", "1, -1; NaN", "the same", [long(INF, -INF, NAN)], [long(1, -1, NAN)]),
    Row("Softplus", "large and infinite", "itself; 0 for -infinity", "the same", [long(100, INF, -INF)], [long(100, INF, 0)]),
    Row("Where", "NaN where it is not chosen", "does not matter", "the same", [np.resize(np.array([True, False]), 37), long(1, NAN), long(NAN, 2)], [long(1, 2)]),
    Row("IsNaN", "infinities", "are none", "the same", [long(NAN, INF, -INF)], [np.resize(np.array([True, False, False]), 37)], {}, 20),
    # ---- casts
    Row("Cast", "a float outside 32 bits to i32", "truncated to 64 bits, saturating there, then wrapped", "ONNX: undefined",
        [f(3e9, -3e9, 1.9, -1.9)], [i32(3000000000 - 2**32, -3000000000 + 2**32, 1, -1)], {"to": 6}),
    Row("Cast", "NaN to an integer", "0", "ONNX: undefined. ONNX Runtime on x86: the least integer", [f(NAN)], [i64(0)], {"to": 7}),
    Row("Cast", "an infinity to i64", "the nearest end", "ONNX: undefined. ONNX Runtime on x86: the least integer", [f(INF, -INF)],
        [i64(2**63 - 1, -2**63)], {"to": 7}),
    Row("Cast", "an integer to a narrower one", "wraps", "ONNX: the same", [i32(300, -129, 255)], [np.array([44, 127, -1], np.int8)], {"to": 3}),
    Row("Cast", "anything but 0 to bool", "true, NaN too", "the same", [f(NAN, -0.0, 0.1)], [np.array([True, False, True])], {"to": 9}),
    Row("Cast", "a constant above the range of f16 or bf16, folded and read by other nodes", "the largest finite number, with a warning",
        "infinity; masks of -3.4e38 would make NaN of masked rows", [f(-3.4e38, 1), np.array([1, 1], np.float16)],
        [np.array([-65504, 2], np.float16)], pre=mask_in_half, runs="Add", constant=(0,), folded=True),
    Row("Cast", "0 to f8e8m0, which has no zero", "the least power of two; NaN where saturate is 0", "ONNX: the same for two of six combinations, the others open",
        [f(0, 1)], [np.array([2.0**-127, 1], ml_dtypes.float8_e8m0fnu)], {"to": 24}, 25),
    Row("Cast", "0 to f8e8m0, saturate 0", "NaN", "ONNX: the same for round_mode nearest, else open. The reference evaluator: the least power of two",
        [f(0, 1)], [np.array([NAN, 1], ml_dtypes.float8_e8m0fnu)], {"to": 24, "saturate": 0}, 25),
    Row("Cast", "f32 above f16's range", "infinity, from 65520 on", "the same", [f(65519, 65520, -1e9)], [np.array([65504, INF, -INF], np.float16)], {"to": 10}),
    # ---- order
    Row("ArgMax", "equal elements", "the first", "the same unless select_last_index", [f(1, 3, 3, 2)], [i64(1)], {"keepdims": 1}),
    Row("ArgMax", "equal elements, select_last_index", "the last", "the same", [f(1, 3, 3, 2)], [i64(2)], {"select_last_index": 1}),
    Row("ArgMax", "NaN", "the greatest: the first NaN", "PyTorch and numpy: the same. ONNX Runtime: depends on the order", [f(1, NAN, 3, NAN)], [i64(1)]),
    Row("ArgMin", "NaN", "the least too: the first NaN", "PyTorch and numpy: the same. ONNX Runtime: depends on the order", [f(1, NAN, 3, NAN)], [i64(1)]),
    Row("TopK", "equal elements", "the lower index first", "ONNX: the same", [f(2, 5, 5, 1, 5), i64(3)], [f(5, 5, 5), i64(1, 2, 4)]),
    Row("TopK", "NaN", "the greatest", "PyTorch: the same. ONNX Runtime: depends on the order", [f(2, NAN, 5), i64(2)], [f(NAN, 5), i64(1, 2)]),
    Row("TopK", "the k smallest, NaN", "the greatest: last", "PyTorch: the same", [f(2, NAN, 5), i64(2)], [f(2, 5), i64(0, 2)], {"largest": 0}),
    Row("ReduceMax", "NaN", "wins", "PyTorch and numpy: the same. ONNX Runtime: depends on the order", [f(1, NAN, 3)], [f(NAN)]),
    Row("MaxPool", "NaN in the window", "wins", "PyTorch: the same", [f(1, NAN, 3, 4).reshape(1, 1, 4)], [f(NAN, 4).reshape(1, 1, 2)],
        {"kernel_shape": [2], "strides": [2]}),
    Row("MaxPool", "nothing but -infinity in the window", "-infinity", "PyTorch: the same. ONNX Runtime: the least finite number",
        [f(-INF, -INF, 3, 4).reshape(1, 1, 4)], [f(-INF, 4).reshape(1, 1, 2)], {"kernel_shape": [2], "strides": [2]}),
    Row("MaxPool", "equal elements", "the index of the first", "PyTorch: the same", [f(3, 3, 1, 1).reshape(1, 1, 4)],
        [f(3, 1).reshape(1, 1, 2), i64(0, 2).reshape(1, 1, 2)], {"kernel_shape": [2], "strides": [2]}),
    Row("Hardmax", "equal elements", "1 for the first", "ONNX: the same", [f(1, 3, 3)], [f(0, 1, 0)]),
    Row("ArgMin", "equal elements", "the first", "the same unless select_last_index", [f(3, 1, 1, 2)], [i64(1)]),
    Row("Hardmax", "NaN", "1 for the first NaN", "numpy's argmax: the same", [f(1, NAN, 3)], [f(0, 1, 0)]),
    Row("TopK", "k = 0", "nothing", "the same", [f(2, 5), i64(0)], [np.zeros(0, np.float32), np.zeros(0, np.int64)]),
    Row("TopK", "k above the number of elements", "is refused", "ONNX: open. ONNX Runtime: the same", [f(2, 5), i64(3)], "K is 3"),
    Row("Unique", "NaN", "all are one, last", "numpy: the same", [f(NAN, 1, NAN, 1)], [f(1, NAN)]),
    Row("NonMaxSuppression", "equal scores", "the lower box first", "ONNX: open. torchvision differs between CPU and CUDA",
        [f(0, 0, 1, 1, 0, 2, 1, 3, 0, 4, 1, 5).reshape(1, 3, 4), f(.5, .5, .5).reshape(1, 1, 3), i64(2), f(.5), f(0)],
        [i64(0, 0, 0, 0, 0, 1).reshape(2, 3)]),
    Row("NonMaxSuppression", "max_output_boxes_per_class omitted", "none is selected", "ONNX: the same (the default is 0)",
        [f(0, 0, 1, 1).reshape(1, 1, 4), f(.5).reshape(1, 1, 1)], [np.zeros((0, 3), np.int64)]),
    # ---- sums and nothing to sum
    Row("ReduceSum", "over no elements", "0", "the same", [np.zeros((2, 0), np.float32), i64(1)], [np.zeros((2, 1), np.float32)]),
    Row("ReduceProd", "over no elements", "1", "the same", [np.zeros((2, 0), np.float32), i64(1)], [np.ones((2, 1), np.float32)]),
    Row("ReduceMax", "over no elements", "-infinity; for integers the least", "ONNX since opset 20: the same", [np.zeros((1, 0), np.float32), i64(1)],
        [f(-INF).reshape(1, 1)]),
    Row("ReduceMean", "over no elements", "NaN", "PyTorch: the same", [np.zeros((1, 0), np.float32), i64(1)], [f(NAN).reshape(1, 1)]),
    Row("ReduceLogSumExp", "all -infinity", "-infinity", "PyTorch: the same", [f(-INF, -INF)], [f(-INF)]),
    Row("ReduceL1", "noop_with_empty_axes and no axes", "no axis is reduced, the rest is done: the magnitude", "ONNX: the same. ONNX Runtime copies", [f(-2, 3)],
        [f(2, 3)], {"noop_with_empty_axes": 1}),
    Row("MatMul", "K = 0", "zeros", "the same", [np.zeros((2, 0), np.float32), np.zeros((0, 3), np.float32)], [np.zeros((2, 3), np.float32)]),
    Row("Gemm", "K = 0", "beta * C", "ONNX's formula. ONNX Runtime: C", [np.zeros((1, 0), np.float32), np.zeros((0, 2), np.float32), f(1, 2)],
        [f(2, 4).reshape(1, 2)], {"beta": 2.0}),
    Row("Softmax", "all -infinity", "NaN", "the same", [f(-INF, -INF).reshape(1, 2)], [f(NAN, NAN).reshape(1, 2)]),
    Row("MatMul", "attention written out with Softmax, a row of nothing but -infinity", "NaN, also when it runs as one kernel", "the same",
        list(heads(2)), blind(2, NAN), pre=written_out),
    Row("MatMul", "the same, more rows than one tile", "NaN in these rows alone", "the same", list(heads(40)), blind(40, NAN), pre=written_out),
    Row("MatMul", "attention written out with Softmax, its NaN made 0", "0 in these rows", "the same", list(heads(40)), blind(40, 0), pre=guarded),
    Row("Attention", "a row of nothing but -infinity", "0", "PyTorch's scaled_dot_product_attention: the same. The reference evaluator: NaN",
        [*heads(40)[:2], heads(40)[3], heads(40)[2]], blind(40, 0), {}, 23),
    Row("Softmax", "some -infinity", "0 there", "the same", [f(-INF, 0, 0).reshape(1, 3)], [f(0, .5, .5).reshape(1, 3)]),
    Row("LogSoftmax", "some -infinity", "-infinity there", "the same", [f(-INF, 7).reshape(1, 2)], [f(-INF, 0).reshape(1, 2)]),
    Row("MeanVarianceNormalization", "a variance of 0", "0, by the function's 1e-9", "ONNX: the same. ONNX Runtime may take the root of less than zero",
        [np.full((1, 1, 2, 2), 3, np.float32)], [np.zeros((1, 1, 2, 2), np.float32)]),
    Row("CumSum", "exclusive and reverse", "starts from 0 at the end", "the same", [f(1, 2, 3), one(i64(0))], [f(5, 3, 0)], {"exclusive": 1, "reverse": 1}),
    # ---- indices
    Row("Gather", "an index outside", "is refused when it runs", "ONNX: an error", [f(1, 2), i64(2)], "outside"),
    Row("Gather", "a negative index", "from the end", "ONNX: the same", [f(1, 2, 3), i64(-1)], [f(3)]),
    Row("ScatterElements", "an index twice, no reduction", "the last update stays", "ONNX: open", [f(0, 0), i64(1, 1), f(5, 6)], [f(0, 6)]),
    Row("ScatterElements", "NaN and reduction max", "wins", "PyTorch and numpy: the same. ONNX Runtime: depends on the order",
        [f(1, 2), i64(0, 0), f(NAN, 5)], [f(NAN, 2)], {"reduction": "max"}),
    Row("GatherND", "an index outside", "is refused when it runs", "ONNX: an error", [f(1, 2), i64(2).reshape(1, 1)], "outside"),
    Row("GatherElements", "an index outside", "is refused when it runs", "ONNX: an error", [f(1, 2), i64(-3)], "outside"),
    Row("ScatterND", "an index outside", "is refused when it runs", "ONNX: an error", [f(1, 2), i64(2).reshape(1, 1), f(7)], "outside"),
    Row("ScatterElements", "an index outside", "is refused when it runs", "ONNX: an error", [f(1, 2), i64(2), f(7)], "outside"),
    Row("RoiAlign", "a batch index outside", "is refused when it runs", "ONNX Runtime: the same", [np.ones((1, 1, 2, 2), np.float32), f(0, 0, 1, 1).reshape(1, 4), i64(1)],
        "outside"),
    Row("Range", "delta 0", "is refused", "ONNX Runtime: the same", [one(f(0)), one(f(1)), one(f(0))], "delta"),
    Row("Compress", "a condition shorter than the axis", "the rest is left out", "ONNX: the same", [f(1, 2, 3), np.array([False, True])], [f(2)], {"axis": 0}),
    Row("OneHot", "an index outside", "no element is hot", "ONNX: the same. The reference evaluator takes it modulo", [i64(3, -4), i64(3), f(0, 1)],
        [np.zeros((2, 3), np.float32)]),
    Row("Slice", "starts and ends outside", "are clamped; backwards to -1 only through an end beyond it", "ONNX: the same", [f(0, 1, 2, 3), i64(9), i64(-9), i64(0), i64(-2)],
        [f(3, 1)]),
    Row("Slice", "backwards to an end of the greatest i32 or i64", "to the first element, and that too", "ONNX Runtime: the same. numpy and ONNX's text: nothing",
        [f(0, 1, 2, 3), i64(-1), i64(2**63 - 1), i64(0), i64(-1)], [f(3, 2, 1, 0)]),
    Row("Shape", "an end below 0 after counting from the end", "0", "ONNX: clamped. The reference evaluator counts again", [np.zeros((2, 3), np.float32)],
        [np.zeros((0,), np.int64)], {"end": -5}),
    # ---- images
    Row("Resize", "align_corners to one element", "the first element", "the same", [f(5, 6, 7).reshape(1, 1, 3), None, None, i64(1, 1, 1)], [f(5).reshape(1, 1, 1)],
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"}),
    Row("Resize", "align_corners with a scale that leaves a fraction", "divides by length * scale - 1", "ONNX's own cases: the same. ONNX Runtime: by the whole number less 1",
        [f(1, 2, 3, 4).reshape(1, 1, 4), None, f(1, 1, 0.6)], [np.array([[[1, 1 + 3 / np.float32(1.4)]]], np.float32)],
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"}),
    Row("Resize", "pytorch_half_pixel to one element", "the first element", "ONNX: the same", [f(5, 6, 7).reshape(1, 1, 3), None, None, i64(1, 1, 1)],
        [f(5).reshape(1, 1, 1)], {"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"}),
    Row("GridSample", "NaN in the grid, zeros", "0", "ONNX: open", [f(1, 2, 3, 4).reshape(1, 1, 2, 2), f(NAN, 0).reshape(1, 1, 1, 2)], [f(0).reshape(1, 1, 1, 1)],
        {"mode": "nearest"}),
    Row("GridSample", "beyond the border, border", "the border's element", "the same", [f(1, 2, 3, 4).reshape(1, 1, 2, 2), f(9, 9).reshape(1, 1, 1, 2)],
        [f(4).reshape(1, 1, 1, 1)], {"padding_mode": "border"}),
    Row("RoiAlign", "a region outside the image", "0", "the same in torchvision and ONNX Runtime",
        [np.ones((1, 1, 4, 4), np.float32), f(50, 50, 60, 60).reshape(1, 4), i64(0)], [f(0).reshape(1, 1, 1, 1)]),
    Row("AveragePool", "ceil_mode, count_include_pad, a window over the end", "what lies beyond the padding does not count",
        "PyTorch: the same. ONNX Runtime before opset 19 counts it", [f(1, 2, 3, 4, 5).reshape(1, 1, 5)], [f(1.5, 3.5, 5).reshape(1, 1, 3)],
        {"kernel_shape": [2], "strides": [2], "ceil_mode": 1, "count_include_pad": 1}),
    Row("MaxPool", "SAME_UPPER, a stride longer than the window", "no padding; what lies between the windows is left out", "TensorFlow: the same. ONNX Runtime shifts the windows",
        [f(1, 2, 3, 4).reshape(1, 1, 4)], [f(1, 4).reshape(1, 1, 2)], {"kernel_shape": [1], "strides": [3], "auto_pad": "SAME_UPPER"}),
    Row("MaxPool", "a window over nothing but padding", "-infinity; for integers the least", "PyTorch has no such window. ONNX Runtime: the least finite number",
        [f(1, 2).reshape(1, 1, 2)], [f(-INF, 2, -INF).reshape(1, 1, 3)], {"kernel_shape": [1], "strides": [2], "pads": [1, 2]}, 22),
    Row("AveragePool", "a window over nothing but padding", "0", "ONNX: open",
        [f(1, 2).reshape(1, 1, 2)], [f(0, 2, 0).reshape(1, 1, 3)], {"kernel_shape": [1], "strides": [2], "pads": [1, 2]}, 22),
    Row("Resize", "nearest, halfway between two elements, by sizes", "the coordinate is exact, then nearest_mode", "ONNX: the same. ONNX Runtime: either side",
        [np.arange(7, dtype=np.float32).reshape(1, 1, 7), None, None, i64(1, 1, 4)], [f(0, 2, 4, 5).reshape(1, 1, 4)],
        {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "round_prefer_ceil"}),
    Row("Resize", "cubic, integers, an overshoot", "saturates", "ONNX Runtime: refused or the same. The reference evaluator wraps",
        [np.array([0, 0, 255, 255], np.uint8).reshape(1, 1, 4), None, f(1, 1, 2)], [np.array([0, 0, 0, 58, 197, 255, 255, 255], np.uint8).reshape(1, 1, 8)],
        {"mode": "cubic"}),
    Row("AveragePool", "VALID and ceil_mode", "rounded up, as without auto_pad", "ONNX Runtime and ONNX's shape inference: the same. ONNX's text: not",
        [f(1, 2, 3, 4).reshape(1, 1, 4)], [f(1.5, 3.5).reshape(1, 1, 2)], {"kernel_shape": [2], "strides": [2], "auto_pad": "VALID", "ceil_mode": 1}),
    Row("MaxPool", "SAME_UPPER with dilations", "the ceiling of size / stride", "ONNX: the same. ONNX Runtime forgets the dilation",
        [f(1, 2, 3, 4).reshape(1, 1, 4)], [f(2, 3, 4, 3).reshape(1, 1, 4)], {"kernel_shape": [2], "dilations": [2], "auto_pad": "SAME_UPPER"}),
    Row("ImageDecoder", "a picture that is damaged or of no known format", "refused when it runs", "ONNX: open. The reference evaluator: an exception",
        [np.array([1, 2, 3, 4], np.uint8)], "picture", {}, 20),
    Row("Dropout", "the mask before opset 10", "boolean, as later", "ONNX: of the data's type", [f(1, 2)], [f(1, 2), np.array([True, True])], {}, 7),
    Row("Dropout", "the mask where nothing is dropped", "true", "ONNX since opset 12: the same. ONNX Runtime before: false", [f(1, 2)], [f(1, 2), np.array([True, True])],
        {}, 11),
    # ---- the rest
    Row("HannWindow", "one element, periodic", "ONNX's formula: 0", "ONNX Runtime: the same. PyTorch: 1", [one(i64(1))], [f(0)]),
    Row("HannWindow", "one element, symmetric", "1", "PyTorch: the same. ONNX's formula: 0 / 0", [one(i64(1))], [f(1)], {"periodic": 0}),
    Row("QuantizeLinear", "halves, and what does not fit", "to the even neighbour; saturates", "ONNX: the same", [f(0.5, 1.5, 300, -300), one(f(1)), one(np.array([0], np.int8))],
        [np.array([0, 2, 127, -128], np.int8)]),
    Row("QuantizeLinear", "NaN", "0, whatever the zero point", "ONNX: open", [long(NAN), one(f(1)), one(np.array([3], np.int8))], [np.zeros(37, np.int8)]),
    Row("DynamicQuantizeLinear", "nothing but zeros", "scale 1, zero point 0", "ONNX Runtime: the same. ONNX's function: scale 0, and 0 / 0", [long(0)],
        [np.zeros(37, np.uint8), one(f(1)), one(np.array([0], np.uint8))]),
    Row("LayerNormalization", "a row of equal elements", "the bias", "the same", [np.full((2, 5), 7, np.float32), f(1, 2, 3, 4, 5), f(5, 4, 3, 2, 1)],
        [np.tile(f(5, 4, 3, 2, 1), (2, 1))]),
    Row("Det", "a singular matrix", "0", "the same", [f(1, 2, 2, 4).reshape(2, 2)], [np.float32(0).reshape(())], {}, 22),
    Row("Inverse", "a singular matrix", "is refused when it runs", "ONNX Runtime: infinities or NaN. PyTorch raises", [f(1, 2, 2, 4).reshape(2, 2)], "singular", {}, 1,
        "com.microsoft"),
    Row("QMoE", "normalize_routing_weights 0", "the weights of the chosen are those of the softmax over all experts",
        "ONNX Runtime's MoE: the same, its QMoE on the CPU divides by their sum", [np.ones((1, 16), np.float32), f(0, 0).reshape(1, 2), np.full((2, 16, 16), 129, np.uint8),
         np.ones((2, 16), np.float32), None, np.full((2, 16, 16), 129, np.uint8), np.ones((2, 16), np.float32)], [np.full((1, 16), 128, np.float32)],
        {"k": 1, "expert_weight_bits": 8, "activation_type": "identity"}, 1, "com.microsoft"),
    Row("DynamicTimeWarping", "equal sums", "to the right", "ONNX Runtime: the same", [np.zeros((2, 2), np.float32)], [np.array([[0, 1, 1], [0, 0, 1]], np.int32)], {}, 1,
        "com.microsoft"),
    Row("StringSplit", "an empty text and a delimiter", "one empty piece", "Python: the same. ONNX Runtime: none", [np.array([""], object)],
        [np.array([[""]], object), i64(1)], {"delimiter": ","}),
]


UNITS = """\
Fast kernels compute functions of an f32 within these units in the last place of the exact value; results below the least normal
number, 2^-126, are zero. `test/unit/vec_math.c` holds every instruction set to the bound, over a million patterns of all 2^32.

| Function | Bound | Measured |
|---|---|---|
| Exp, Log, Erf, Tanh, Sigmoid | 2 | 1.05, 0.80, 1.04, 1.28, 1.66 |
| Softplus | 2 | 1.83 |
| Swish, Elu, Mish, Selu | 3, 3, 4, 4 | 2.1, 2.2, 3.2, 2.9; below 2^-119 zero, as a factor of them is |
| Sin, Cos | 2, or 2^-35 near a zero | 1.5 |
| Gelu, both forms | 6, or 2^-25 | 5.6: the factors of the tail each round; of the form with tanh below -1 the exponent, too |
| Asin, Acos, Atan, Sinh, Cosh, Asinh, Acosh, Atanh; Tan | 4; 4, or 2^-35 near a zero | |"""


def markdown():
    lines = ["# What happens at the edges", "",
             "Where ONNX leaves something open, or where Tenon and others differ, this is what Tenon does, in the reference kernels and in",
             "every fast kernel alike. Each row is a test: this page is written from `test/differential/semantics.py` by",
             "`scripts/differential.py --semantics`, which also runs the rows. Differences that random cases meet beside these, with their",
             "reasons, are in `test/differential/exceptions.py`: each excuses one oracle, the others (formulas.py first) are asked all the same.", "",
             "| operator | case | Tenon | others |", "|---|---|---|---|"]
    for row in sorted(ROWS, key=lambda r: r.op):
        lines.append("| " + " | ".join(text.replace("|", "\\|") for text in (row.op, row.when, row.does, row.others)) + " |")
    lines += ["", UNITS, "", "Sums are held to an error bound, not to a tolerance: |y - r| <= c * u * sum |a b|, where u is the unit in the last place of the",
              "type that is computed in (single precision for 16-bit types) and c is at most 16 for kernels of one rounding each. Results",
              "below the least normal number may be zero. Fast kernels sum in single precision, reference kernels in double: where a sum, or the",
              "square of an element, leaves single precision though the result does not, a fast kernel gives infinity, NaN or 0.", "",
              "What a model computes by several operators and Tenon by one is the same at these edges, but for one: attention written out with",
              "its NaN made 0 gives NaN, not 0, in a row whose queries or keys hold a NaN themselves."]
    return "\n".join(lines) + "\n"
