# SPDX-License-Identifier: Apache-2.0
"""Operators of ONNX Runtime's own domain that optimizers and quantizers write, of mmcv, and support vector machines."""
import math

import numpy as np

from case import Bound, Case, given, products, spread
from formulas import shifted
from recipes import CONTRIB, ML, NOT_DRAWN, recipe
from recipes_quantized import STEP, scale, zero

NEAR = Bound("spread", 400)


def f64(x):
    return x.astype(np.float64)


def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))


def fast_gelu(x):
    return 0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))


# ------------------------------------------------------------------------------------------------ quantised

@recipe("MatMulIntegerToFloat", domain=CONTRIB)
def matmul_to_float(d):
    m, k, n = (d.int(1, 40) for _ in range(3))
    ta, tb = d.pick([np.uint8, np.int8]), d.pick([np.uint8, np.int8])
    per = () if d.chance(0.6) else (n,)
    inputs = [d.array([m, k], ta, -128, 255), d.array([k, n], tb, -128, 255), scale(d), scale(d, per), d.maybe(zero(d, (), ta)),
              d.maybe(zero(d, per, tb)), d.maybe(d.floats((n,), odd=False))]
    return Case(d.name, inputs, bound=NEAR, numpy=to_float_formula, oracles=("numpy", "ort"))


def to_float_formula(case):
    a, b, scale_a, scale_b, zero_a, zero_b, bias = case.inputs
    y = np.matmul(shifted(a, zero_a), shifted(b, zero_b)) * (f64(scale_a) * f64(scale_b))
    return (y if bias is None else y + f64(bias)).astype(np.float32)


@recipe("DynamicQuantizeMatMul", domain=CONTRIB)
def dynamic_matmul(d):
    m, k, n, tb = d.int(1, 20), d.int(1, 40), d.int(1, 30), d.pick([np.uint8, np.int8])
    per = () if d.chance(0.6) else (n,)
    a, b, s = d.floats([m, k], odd=False), d.array([k, n], tb, -128, 255), scale(d, per)
    inputs = [a, b, s, d.maybe(zero(d, per, tb)), d.maybe(d.floats((n,), odd=False))]
    return Case(d.name, inputs, bound=given(1, dynamic_magnitude), numpy=dynamic_formula, oracles=("numpy", "ort"))


def quantised_input(case):
    """A as DynamicQuantizeLinear makes it: the steps, their size, and how many elements of each row lie so near the middle of two steps
    that single precision may take either."""
    a = case.inputs[0]
    low, high = np.minimum(a.min(initial=0), np.float32(0)), np.maximum(a.max(initial=0), np.float32(0))
    size = (high - low) / np.float32(255) or np.float32(1)
    middle = np.clip(np.rint(-low / size), 0, 255)
    at = f64(a) / f64(size)
    ties = (np.abs(np.abs(at - np.floor(at)) - 0.5) < 1e-4).sum(-1, keepdims=True)
    return np.clip(np.rint(at) + f64(middle), 0, 255) - f64(middle), f64(size), ties


def dynamic_formula(case):
    q, size, _ = quantised_input(case)
    _, b, s, z, bias = (None if x is None else f64(x) for x in (*case.inputs, None)[:5])
    y = q @ (b if z is None else b - z) * size * s
    return y if bias is None else y + bias


def dynamic_magnitude(case, want):
    """In units of 2^-24: the rounding of products, and a whole step for each element that may go either way."""
    q, size, ties = quantised_input(case)
    _, b, s, z, bias = (None if x is None else f64(x) for x in (*case.inputs, None)[:5])
    b = np.abs(b if z is None else b - z)
    products = np.abs(q) @ b * size * s + (0 if bias is None else np.abs(bias))
    return [products * 16 + ties * b.max(initial=0) * size * np.abs(s) * 2**24]


@recipe("QLinearConv", domain=CONTRIB)
def qlinear_conv(d):
    from recipes_quantized import qlinear_conv as plain
    return plain(d)


@recipe("QuantizeLinear", domain=CONTRIB)
def quantize(d):
    t = d.pick([np.uint8, np.int8, np.uint16, np.int16])
    return Case(d.name, [d.floats(d.shape(d.int(1, 4), 500, zero=0), np.float32, -30, 30), scale(d), zero(d, (), t)], bound=STEP)


@recipe("DequantizeLinear", domain=CONTRIB)
def dequantize(d):
    t = d.pick([np.uint8, np.int8, np.uint16, np.int16])
    return Case(d.name, [d.array(d.shape(d.int(1, 4), 500, zero=0), t, -100, 200), scale(d), zero(d, (), t)], bound=spread(4), oracles=("ort",))


@recipe("QLinearWhere", domain=CONTRIB)
def qlinear_where(d):
    t, shape = d.pick([np.uint8, np.int8]), d.shape(d.int(1, 3), 300, zero=0)
    inputs = [d.random.random(shape) < 0.5, d.array(shape, t), scale(d), zero(d, (), t), d.array(d.broadcast(shape), t), scale(d), zero(d, (), t),
              scale(d), zero(d, (), t)]
    case = Case(d.name, inputs, bound=STEP, oracles=("ort",))
    case.constant = {2, 3, 5, 6, 7, 8}  # ONNX Runtime dies of some that are constant and some that are not
    return case


@recipe("MulInteger", domain=CONTRIB)
def mul_integer(d):
    t, shape = d.pick([np.uint8, np.int8]), d.shape(d.int(1, 3), 300, zero=0)
    inputs = [d.array(shape, t), d.maybe(zero(d, (), t)), d.array(d.broadcast(shape), t), d.maybe(zero(d, (), t))]

    def formula(case):
        a, za, b, zb = (0 if x is None else x.astype(np.int32) for x in case.inputs)
        return ((a - za) * (b - zb)).astype(np.int32)
    return Case(d.name, inputs, numpy=formula, oracles=("numpy",))


@recipe("MatMulInteger16", domain=CONTRIB)
def matmul_integer16(d):
    m, k, n = (d.int(1, 20) for _ in range(3))
    return Case(d.name, [d.array([m, k], np.int16, -3000, 3000), d.array([k, n], np.int16, -3000, 3000)],
                numpy=lambda c: (c.inputs[0].astype(np.int32) @ c.inputs[1].astype(np.int32)), oracles=("numpy", "ort"))


@recipe("GatherBlockQuantized", domain=CONTRIB)
def gather_block(d):
    rows, block, n = d.int(1, 9), d.pick([16, 32]), d.int(1, 4)
    at = d.ints(d.shape(d.int(1, 2), 20, zero=0), d.pick([np.int32, np.int64]), 0, rows - 1)
    inputs = [d.ints((rows, n * block // 2), np.uint8, 0, 255), at, scale(d, (rows, n)), d.maybe(d.ints((rows, -(-n // 2)), np.uint8, 0, 255))]
    return Case(d.name, inputs, {"block_size": block, "bits": 4, "gather_axis": 0, "quantize_axis": 1}, bound=spread(4), oracles=("ort",))


# ---------------------------------------------------------------------------------------------------- fused

@recipe("BiasAdd", domain=CONTRIB)
def bias_add(d):
    shape = (d.int(1, 3), d.int(1, 9), d.pick([320, 640]))
    return Case(d.name, [d.floats(shape, odd=False), d.floats(shape[2:], odd=False), d.floats(shape, odd=False)], bound=spread(4),
                numpy=lambda c: f64(c.inputs[0]) + f64(c.inputs[1]) + f64(c.inputs[2]), oracles=("numpy",))


@recipe("BiasSplitGelu", domain=CONTRIB)
def bias_split_gelu(d):
    shape = (d.int(1, 2), d.int(1, 5), 2 * d.pick([1280, 2560]))

    def formula(case):
        left, right = np.split(f64(case.inputs[0]) + f64(case.inputs[1]), 2, -1)
        return left * gelu(right)
    return Case(d.name, [d.floats(shape, odd=False), d.floats(shape[2:], odd=False)], bound=Bound("spread", 400), numpy=formula, oracles=("numpy",))


@recipe("GemmFastGelu", domain=CONTRIB)
def gemm_fast_gelu(d):
    m, k, n = (d.int(1, 20) for _ in range(3))
    d.calm()
    inputs = [d.floats([m, k]), d.floats([k, n]), d.maybe(d.floats([n]))]
    return Case(d.name, inputs, bound=NEAR, oracles=("numpy",),
                numpy=lambda c: fast_gelu(f64(c.inputs[0]) @ f64(c.inputs[1]) + (0 if c.inputs[2] is None else f64(c.inputs[2]))))


@recipe("BiasSoftmax", domain=CONTRIB)
def bias_softmax(d):
    n, h, s, inner = d.int(1, 3), d.int(1, 4), d.int(1, 9), d.int(0, 1)
    return Case(d.name, [d.floats([n, h, s, s], odd=False), d.floats([n, 1, 1, s] if inner else [1, 1, s, s], odd=False)],
                {"axis": 3, "is_inner_broadcast": inner}, bound=spread(64), oracles=("numpy",),
                numpy=lambda c: softmax(f64(c.inputs[0]) + f64(c.inputs[1])))


def softmax(y):
    y = np.exp(y - y.max(-1, keepdims=True))
    return y / y.sum(-1, keepdims=True)


@recipe("GroupNorm", "SkipGroupNorm", domain=CONTRIB)
def group_norm(d):
    n, h, w, groups = d.int(1, 2), d.int(1, 5), d.int(1, 5), d.pick([1, 2, 4])
    c = groups * d.int(1, 5)
    x = d.floats([n, h, w, c], odd=False)
    inputs = [x, d.floats([c], odd=False), d.floats([c], odd=False)]
    if d.name == "SkipGroupNorm":
        inputs += [d.floats([n, h, w, c], odd=False), d.maybe(d.floats([c], odd=False))]
    made = {"groups": groups, "activation": d.int(0, 1), "channels_last": 1, "epsilon": d.real(1e-3, 1e-2)}

    def formula(case):
        y = sum(f64(v) for v in [case.inputs[0], *case.inputs[3:]] if v is not None)
        z = y.reshape(n, h * w, groups, -1)
        z = (z - z.mean((1, 3), keepdims=True)) / np.sqrt(z.var((1, 3), keepdims=True) + case.attrs["epsilon"])
        z = z.reshape(y.shape) * f64(case.inputs[1]) + f64(case.inputs[2])
        z = z / (1 + np.exp(-z)) if case.attrs["activation"] else z
        return [z, y][:case.outputs]
    return Case(d.name, inputs, made, outputs=d.int(1, 2) if d.name == "SkipGroupNorm" else 1, bound=Bound("spread", 4000), numpy=formula, oracles=("numpy",))


@recipe("TransposeMatMul", domain=CONTRIB)
def transpose_matmul(d):
    m, k, n, ta, tb = d.int(1, 20), d.int(1, 20), d.int(1, 20), d.int(0, 1), d.int(0, 1)
    a, b = d.floats([k, m] if ta else [m, k], odd=False), d.floats([n, k] if tb else [k, n], odd=False)
    return Case(d.name, [a, b], {"transA": ta, "transB": tb, "alpha": d.maybe(d.real(0.5, 2))}, bound=products(8))


@recipe("FusedMatMulActivation", domain=CONTRIB)
def matmul_activation(d):
    m, k, n, ta, tb = d.int(1, 20), d.int(1, 20), d.int(1, 20), d.int(0, 1), d.int(0, 1)
    a, b = d.floats([k, m] if ta else [m, k], odd=False), d.floats([n, k] if tb else [k, n], odd=False)
    name = d.pick(["Relu", "Tanh", "Sigmoid"])
    act = {"Relu": lambda x: np.maximum(x, 0), "Tanh": np.tanh, "Sigmoid": lambda x: 1 / (1 + np.exp(-x))}[name]

    def formula(case):
        p, q = f64(case.inputs[0]), f64(case.inputs[1])
        return act((p.T if ta else p) @ (q.T if tb else q))
    size = given(32, lambda c, w: [np.full(w[0].shape, float(np.abs(a).max() * np.abs(b).max()) * k + 1)])
    return Case(d.name, [a, b], {"transA": ta, "transB": tb, "activation": name}, bound=size, numpy=formula, oracles=("numpy",))


@recipe("NhwcMaxPool", domain=CONTRIB)
def nhwc_max_pool(d):
    k, t = [d.int(1, 3), d.int(1, 3)], d.pick([np.uint8, np.int8])
    x = d.array([d.int(1, 2), d.int(3, 9), d.int(3, 9), d.int(1, 9)], t, -128, 255)
    return Case(d.name, [x], {"kernel_shape": k, "strides": [d.int(1, 2), d.int(1, 2)], "pads": [d.int(0, k[i % 2] - 1) for i in range(4)]})


@recipe("NhwcFusedConv", domain=CONTRIB)
@recipe("NhwcConv", domain=CONTRIB)
def nhwc_conv(d):
    from recipes_spatial import conv_scale
    k, c, n = [d.int(1, 3), d.int(1, 3)], d.pick([1, 3, 8]), d.pick([1, 2, 9])
    x, w = d.floats([d.int(1, 2), d.int(3, 9), d.int(3, 9), c], odd=False), d.floats([n, c, *k], odd=False)
    stride = [d.int(1, 2), d.int(1, 2)]

    def formula(case):
        v = np.lib.stride_tricks.sliding_window_view(f64(case.inputs[0]), k, (1, 2))[:, ::stride[0], ::stride[1]]
        return np.einsum("bhwcij,ncij->bhwn", v, f64(case.inputs[1])) + (0 if case.inputs[2] is None else f64(case.inputs[2]))
    return Case(d.name, [x, w, d.maybe(d.floats([n], odd=False))], {"kernel_shape": k, "strides": stride}, bound=given(32, conv_scale),
                numpy=formula, oracles=("numpy",))


# ---------------------------------------------------------------------------------------------------- moves

@recipe("ExpandDims", domain=CONTRIB)
def expand_dims(d):
    shape = d.shape(d.int(0, 4))
    return Case(d.name, [d.array(shape, np.float32), np.array(d.int(-len(shape) - 1, len(shape)), np.int32)],
                numpy=lambda c: np.expand_dims(c.inputs[0], int(c.inputs[1])), oracles=("numpy",), constant={1})


@recipe("Trilu", domain=CONTRIB)
def trilu(d):
    return Case(d.name, [d.floats(d.shape(d.int(2, 4), zero=0)), d.maybe(np.array(d.int(-5, 5), np.int64))], {"upper": d.int(0, 1)})


@recipe("GatherND", domain=CONTRIB)
def gather_nd(d):
    shape = [d.int(1, 6) for _ in range(d.int(1, 4))]
    last, lead = d.int(1, len(shape)), [d.int(1, 4) for _ in range(d.int(1, 2))]
    at = np.stack([d.ints(lead, np.int64, -n, n - 1) for n in shape[:last]], -1)
    return Case(d.name, [d.floats(shape), at], numpy=lambda c: c.inputs[0][tuple(np.moveaxis(c.inputs[1], -1, 0))], oracles=("numpy",))


@recipe("TorchEmbedding", domain=CONTRIB)
def torch_embedding(d):
    w = d.floats([d.int(1, 20), d.int(1, 9)])
    return Case(d.name, [w, d.ints(d.shape(d.int(1, 3), 50), np.int64, 0, len(w) - 1)], numpy=lambda c: c.inputs[0][c.inputs[1]], oracles=("numpy",))


@recipe("Inverse", domain=CONTRIB)
def inverse(d):
    n = d.int(1, 6)
    x = (d.floats([d.int(1, 3), n, n], np.float32, -1, 1) + 2 * n * np.eye(n)).astype(np.float32)
    return Case(d.name, [x], bound=spread(64), numpy=lambda c: np.linalg.inv(f64(c.inputs[0])), oracles=("numpy", "ort"))


@recipe("CDist", domain=CONTRIB)
def cdist(d):
    k, squared = d.int(1, 12), d.pick(["euclidean", "sqeuclidean"])
    a, b = d.floats([d.int(1, 9), k], np.float32, -2, 2), d.floats([d.int(1, 9), k], np.float32, 3, 5)  # apart: differences do not cancel

    def formula(case):
        y = ((f64(case.inputs[0])[:, None] - f64(case.inputs[1])[None]) ** 2).sum(-1)
        return y if squared == "sqeuclidean" else np.sqrt(y)
    return Case(d.name, [a, b], {"metric": squared}, bound=Bound("spread", 400), numpy=formula, oracles=("numpy", "ort"))


@recipe("Rfft", "Irfft", domain=CONTRIB)
def rfft(d):
    n, rows = d.pick([2, 4, 6, 8, 16, 30]), d.int(1, 3)
    x = d.floats([rows, n] if d.name == "Rfft" else [rows, n // 2 + 1, 2], odd=False)

    def formula(case):
        v = f64(case.inputs[0])
        if case.op == "Irfft":
            return np.fft.irfft(v[..., 0] + 1j * v[..., 1], n)
        y = np.fft.rfft(v)
        return np.stack([y.real, y.imag], -1)
    return Case(d.name, [x], {"signal_ndim": 1, "normalized": 0, "onesided": 1}, numpy=formula, oracles=("numpy",),
                bound=given(64, lambda c, w: [np.full(w[0].shape, float(np.abs(f64(x)).sum()) + 1e-3)]))


@recipe("CropAndResize", domain=CONTRIB)
def crop_and_resize(d):
    n, c, rois = d.int(1, 2), d.int(1, 3), d.int(1, 4)
    low = d.random.uniform(0, 0.5, (rois, 2))
    boxes = np.concatenate([low, low + d.random.uniform(0.1, 0.6, (rois, 2))], 1).astype(np.float32)
    inputs = [d.floats([n, c, d.int(2, 8), d.int(2, 8)], odd=False), boxes, d.ints((rois,), np.int32, 0, n - 1), np.array([d.int(1, 5), d.int(1, 5)], np.int32)]
    return Case(d.name, inputs, {"mode": "bilinear", "extrapolation_value": d.maybe(d.real(-2, 2))}, bound=NEAR, oracles=("ort",), constant={3})


@recipe("NGramRepeatBlock", domain=CONTRIB)
def ngram(d):
    n, words = d.int(1, 3), d.int(2, 9)
    return Case(d.name, [d.ints((n, d.int(3, 12)), np.int64, 0, words - 1), d.floats((n, words), odd=False)], {"ngram_size": d.int(1, 3)})


@recipe("cummax", "cummin", domain="mmcv")
def cummax(d):
    shape = [d.int(1, 6) for _ in range(d.int(1, 3))]
    axis = d.int(0, len(shape) - 1)
    x = d.random.permutation(int(np.prod(shape))).reshape(shape).astype(np.float32)  # which of two equals is open

    def formula(case):
        best = (np.maximum if case.op == "cummax" else np.minimum).accumulate(case.inputs[0], axis)
        hit = np.where(best == case.inputs[0], np.arange(shape[axis]).reshape([-1 if k == axis else 1 for k in range(len(shape))]), 0)
        return [best, np.maximum.accumulate(hit, axis).astype(np.int64)]
    return Case(d.name, [x], {"dim": axis}, outputs=2, numpy=formula, oracles=("numpy",))


@recipe("MMCVCornerPool", domain="mmcv")
def corner_pool(d):
    x, mode = d.floats([d.int(1, 2), d.int(1, 3), d.int(1, 6), d.int(1, 6)], odd=False), d.int(0, 3)  # top, bottom, left, right

    def formula(case):
        axis, back = 2 + mode // 2, mode % 2 == 0
        y = np.flip(case.inputs[0], axis) if back else case.inputs[0]
        y = np.maximum.accumulate(y, axis)
        return np.flip(y, axis) if back else y
    return Case(d.name, [x], {"mode": mode}, numpy=formula, oracles=("numpy",))


@recipe("SVMRegressor", domain=ML)
def svm_regressor(d):
    n, k, rows = d.int(1, 6), d.int(1, 5), d.int(1, 5)
    made = {"kernel_type": d.pick(["LINEAR", "POLY", "RBF", "SIGMOID"]), "kernel_params": [d.real(0.1, 0.6), d.real(-0.5, 0.5), 2.0], "n_supports": n,
            "support_vectors": [d.real(-1, 1) for _ in range(n * k)], "coefficients": [d.real(-1, 1) for _ in range(n)], "rho": [d.real(-1, 1)]}
    return Case(d.name, [d.floats([rows, k], np.float32, -2, 2)], made, bound=Bound("given", 400, lambda c, w: [np.abs(w[0]) + 20]), oracles=("ort",))


@recipe("GridSample", domain=CONTRIB)
def grid_sample(d):
    n, c = d.int(1, 2), d.int(1, 3)
    mode = d.pick(["bilinear", "nearest", "bicubic"])
    return Case(d.name, [d.floats([n, c, d.int(2, 7), d.int(2, 7)], odd=False), d.floats([n, d.int(1, 5), d.int(1, 5), 2], np.float32, -1.3, 1.3)],
                {"mode": mode, "padding_mode": d.pick(["zeros", "border", "reflection"]), "align_corners": d.int(0, 1)}, bound=NEAR)


@recipe("BiasDropout", domain=CONTRIB)
def bias_dropout(d):
    shape = (d.int(1, 3), d.int(1, 9), d.int(1, 40))
    return Case(d.name, [d.floats(shape, odd=False), d.floats(shape[2:], odd=False), d.maybe(d.floats(shape, odd=False))], bound=spread(4),
                numpy=lambda c: sum(f64(x) for x in c.inputs if x is not None), oracles=("numpy",))


@recipe("ReduceSumInteger", domain=CONTRIB)
def reduce_sum_integer(d):
    x = d.array([d.int(1, 9) for _ in range(d.int(1, 4))], d.pick([np.uint8, np.int8]))
    axis, keep = d.int(0, x.ndim - 1), d.int(0, 1)
    return Case(d.name, [x], {"axes": [axis], "keepdims": keep}, oracles=("numpy",),
                numpy=lambda c: c.inputs[0].sum(axis, dtype=np.uint32 if x.dtype == np.uint8 else np.int32, keepdims=bool(keep)))


@recipe("QAttention", domain=CONTRIB)
def q_attention(d):
    n, heads, s, e, i = d.int(1, 2), d.int(1, 4), d.int(1, 6), d.pick([2, 4, 8]), d.pick([4, 8])
    h, tw = heads * e, d.pick([np.uint8, np.int8])
    inputs = [d.array([n, s, i], np.uint8), d.array([i, 3 * h], tw, -128, 255), d.floats([3 * h], np.float32, -1, 1), scale(d, (), np.float32, 0.05),
              scale(d, (), np.float32, 0.05), d.maybe(d.ints((n,), np.int32, 1, s)), zero(d, (), np.uint8), zero(d, (), tw)]
    case = Case(d.name, inputs, {"num_heads": heads, "unidirectional": d.maybe(d.int(0, 1))}, bound=Bound("spread", 2000), oracles=("ort",))
    case.constant = {1, 2, 3, 4, 6, 7}
    return case


@recipe("NonMaxSuppression", domain="mmcv")
def mmcv_nms(d):
    import oracle
    n, classes, boxes = d.int(1, 2), d.int(1, 3), d.int(1, 12)
    corner = d.random.uniform(0, 1, (n, boxes, 2))
    made = np.concatenate([corner, corner + d.random.uniform(0.1, 0.5, (n, boxes, 2))], 2).astype(np.float32)
    scores = d.random.permutation(n * classes * boxes).reshape(n, classes, boxes).astype(np.float32) / 40
    most, iou, least = d.int(1, 6), d.real(0.1, 0.9), d.real(0, 0.5)

    def formula(case):  # ONNX's operator, whose limits are inputs
        inputs = [made, scores, np.array([most], np.int64), np.array([iou], np.float32), np.array([least], np.float32)]
        plain = Case("NonMaxSuppression", inputs, opset=11)
        return oracle.by_ort(plain, plain.model())
    return Case(d.name, [made, scores], {"max_output_boxes_per_class": most, "iou_threshold": iou, "score_threshold": least, "center_point_box": 0},
                numpy=formula, oracles=("numpy",))


@recipe("Pad", domain=CONTRIB)
def pad(d):
    shape = [d.int(2, 6) for _ in range(d.int(1, 4))]
    mode = d.pick(["constant", "edge", "reflect"])
    pads = d.i64([d.int(0, 3 if mode == "constant" else 1) for _ in range(2 * len(shape))])
    return Case(d.name, [d.floats(shape), pads, d.maybe(d.floats((1,), odd=False)) if mode == "constant" else None], {"mode": mode})


@recipe("Range", domain=CONTRIB)
def range_(d):
    start, step = d.int(-9, 9), d.pick([1, 2, -1, -3])
    return Case(d.name, [np.array(v, np.int32) for v in (start, start + step * d.int(1, 20), step)])


@recipe("Unique", domain=CONTRIB)
def unique(d):
    return Case(d.name, [np.round(d.floats((d.int(1, 40),), np.float32, -4, 4))], outputs=3)


@recipe("ConvTransposeWithDynamicPads", domain=CONTRIB)
def conv_transpose_pads(d):
    from recipes_spatial import conv_scale
    k, strides, group, c, n = [d.int(1, 3), d.int(1, 3)], [d.int(1, 2), d.int(1, 2)], d.pick([1, 1, 2]), d.int(1, 4), d.int(1, 4)
    x, w = d.floats([d.int(1, 2), group * c, d.int(2, 6), d.int(2, 6)], odd=False), d.floats([group * c, n, *k], odd=False)
    pads = d.i64([d.int(0, (k[i % 2] - 1) // 2) for i in range(4)])
    return Case(d.name, [x, w, pads, d.maybe(d.floats([group * n], odd=False))], {"kernel_shape": k, "strides": strides, "group": group},
                bound=given(32, lambda case, want: conv_scale(Case("", [x, w.swapaxes(0, 1).copy(), None]), want)), constant={2})


@recipe("QLinearReduceMean", domain=CONTRIB)
def qlinear_reduce_mean(d):
    t, x_scale, y_scale = d.pick([np.uint8, np.int8]), scale(d), scale(d)
    x, zx, zy = d.array([d.int(1, 9) for _ in range(d.int(1, 4))], t), zero(d, (), t), zero(d, (), t)
    axis, keep = d.int(0, x.ndim - 1), d.int(0, 1)

    def formula(case):
        y = (f64(x).mean(axis, keepdims=bool(keep)) - float(zx)) * float(x_scale) / float(y_scale)
        return np.clip(np.rint(y) + float(zy), np.iinfo(t).min, np.iinfo(t).max)
    return Case(d.name, [x, x_scale, zx, y_scale, zy], {"axes": [axis], "keepdims": keep}, bound=STEP, numpy=formula, oracles=("numpy",))


def plain_lstm(case):
    import dataclasses

    import oracle
    x, w, r, bias, lens, h, c, p, ws, wz, rs, rz = case.inputs
    real = [np.ascontiguousarray(((f64(m) - f64(z)[:, None, None]) * f64(s)[:, None, None]).transpose(0, 2, 1).astype(np.float32))
            for m, s, z in ((w, ws, wz), (r, rs, rz))]
    other = dataclasses.replace(case, op="LSTM", domain="", opset=14, inputs=[x, *real, bias, lens, h, c, p], constant=set(), numpy=None)
    return oracle.by_ort(other, other.model())


@recipe("DynamicQuantizeLSTM", domain=CONTRIB)
def dynamic_lstm(d):
    t, n, i, h = d.int(1, 5), d.int(1, 3), d.pick([1, 3, 8]), d.pick([2, 5, 16])
    k, tw = d.int(1, 2), d.pick([np.uint8, np.int8])
    w, r = d.array([k, i, 4 * h], tw, -128, 255), d.array([k, h, 4 * h], tw, -128, 255)
    inputs = [d.floats([t, n, i], np.float32, -1.5, 1.5), w, r, d.maybe(d.floats([k, 8 * h], np.float32, -0.5, 0.5)), None,
              d.maybe(d.floats([k, n, h], np.float32, -1, 1)), d.maybe(d.floats([k, n, h], np.float32, -1, 1)), None,
              scale(d, (k,), np.float32, 0.01), np.full((k,), 0 if tw == np.int8 else 128, tw), scale(d, (k,), np.float32, 0.01),
              np.full((k,), 0 if tw == np.int8 else 128, tw)]
    # Tenon computes in single precision where ONNX Runtime quantises the state as well: it is held to an LSTM of the same weights
    case = Case(d.name, inputs, {"hidden_size": h, "direction": "bidirectional" if k == 2 else "forward"}, outputs=3,
                bound=given(1, lambda c, w: [np.full(y.shape, 400.0) for y in w]), numpy=plain_lstm, oracles=("numpy",))
    case.constant = {1, 2, 8, 9, 10, 11}
    return case


CASES = "test/cases/contrib, written by scripts/make_contrib_cases.py from {}, covers it, in this domain or one whose definition it shares, in {}"
ORT, OWN = "ONNX Runtime", "PyTorch, torchvision or a formula"


def because(source, cases, *names, domain=""):
    NOT_DRAWN.update({(domain, name): CASES.format(source, cases) for name in names})


because(ORT, "decoder_masked_attention", "DecoderMaskedMultiHeadAttention", domain=CONTRIB)
because(ORT, "q_embed_layer_norm", "QEmbedLayerNormalization", domain=CONTRIB)
because(ORT, "dict_vectorizer (maps are no tensors)", "DictVectorizer", domain=ML)
because(ORT, "cast_map and cast_map_sparse (maps are no tensors)", "CastMap", domain=ML)
for plugins in ("", "TRT", "trt.plugins"):
    because(OWN, "efficient_nms*", "EfficientNMS_TRT", domain=plugins)
    because(OWN, "batched_nms", "BatchedNMS_TRT", domain=plugins)
    because(OWN, "batched_nms_dynamic", "BatchedNMSDynamic_TRT", domain=plugins)
    because(OWN, "trt_roi_align", "ROIAlign_TRT", domain=plugins)
    because(OWN, "trt_instance_norm", "InstanceNormalization_TRT", domain=plugins)
for plugins in ("mmcv", "mmdeploy"):
    because(OWN, "mmcv_deform_conv", "MMCVDeformConv2d", domain=plugins)
    because(OWN, "mmcv_modulated_deform_conv and mmdeploy_modulated_deform_conv", "MMCVModulatedDeformConv2d", domain=plugins)
    because(OWN, "mmcv_roi_align", "MMCVRoiAlign", domain=plugins)
because(OWN, "mmcv_grid_sampler", "grid_sampler", domain="mmcv")
because(OWN, "mmdeploy_batched_nms", "TRTBatchedNMS", domain="mmdeploy")
because(OWN, "mmdeploy_multi_level_roi_align", "MMCVMultiLevelRoiAlign", domain="mmdeploy")
because(OWN, "torchvision_nms", "nms", domain="torchvision")
because(OWN, "torchvision_roi_align", "roi_align", domain="torchvision")
because(OWN, "torchvision_deform_conv", "deform_conv2d", domain="torchvision")
NOT_DRAWN.update({
    (ML, "ZipMap"): "maps are no tensors: test/unit/op_ml.c and test/cases/sklearn/logistic cover it",
    (ML, "SVMClassifier"): "a classifier needs trained vectors: test/cases/sklearn has scikit-learn's",
    (CONTRIB, "Tokenizer"): "test/unit/op_ml.c, test/cases/sklearn/text_pipeline and tf_idf_pairs cover it",
})
