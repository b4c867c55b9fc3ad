# SPDX-License-Identifier: Apache-2.0
"""Operators on quantised numbers. Those that round a quotient may be one step off: at halves, single and double differ."""
import numpy as np

from case import EXACT, Bound, Case, given, spread
from recipes import CONTRIB, recipe
from values import NUMBER, TYPES, is_float, kind, limits

STEP = Bound("given", 1, lambda c, w: [np.ones(x.shape) if isinstance(x, np.ndarray) and kind(x.dtype) == "i" else None for x in w])


def scale(d, shape=(), dtype=np.float32, times=1):
    return np.asarray(np.asarray(d.random.uniform(0.005, 0.5, shape) * times, np.float32).astype(dtype))


def zero(d, shape, dtype):
    if kind(dtype) != "i":
        return np.zeros(shape, dtype)
    low, high = limits(dtype)
    return d.ints(shape, dtype, max(low, -100), min(high, 200))


@recipe("QuantizeLinear")
def quantize(d):
    shape = tuple(max(n, 1) for n in d.shape(d.int(1, 4), 500))
    x = d.floats(shape, d.type("T1", ["float", "float16", "bfloat16"]), -30, 30)
    narrow = [t for t in d.allowed("T3" if d.opset >= 23 else "T2") if not t.startswith("float")]
    to = d.type("T3" if d.opset >= 23 else "T2", narrow)
    form, made = d.pick(["tensor", "axis", "block"] if d.opset >= 21 else ["tensor", "axis"] if d.opset >= 13 else ["tensor"]), {}
    sizes = ()
    if form != "tensor":
        axis = d.int(0, len(shape) - 1)
        made["axis"] = axis - len(shape) if d.chance(0.3) else axis
        sizes = (shape[axis],)
        if form == "block":
            block = d.int(1, shape[axis])
            made["block_size"] = block
            sizes = tuple(-(-n // block) if k == axis else n for k, n in enumerate(shape))
    s = scale(d, sizes, x.dtype if d.opset >= 19 else np.float32)
    zp = d.maybe(zero(d, sizes, to), 0.8)
    if zp is None and d.opset >= 21:
        made["output_dtype"] = NUMBER[to]
    bound = STEP if x.dtype == np.float32 else Bound(  # x / scale is rounded to 16 bits
        "given", 1, lambda c, w: [1 + np.abs(w[0].astype(np.float64)) / (128 if x.dtype != np.float16 else 1024) + (
            0 if zp is None else np.abs(np.max(zp.astype(np.float64))) / 128)])
    return Case(d.name, [x, s, zp], made, bound=bound, oracles=("ort", "wide", "reference"))


@recipe("DequantizeLinear")
def dequantize(d):
    shape = tuple(max(n, 1) for n in d.shape(d.int(1, 4), 500))
    source = d.type("T1" if d.opset >= 19 else "T")
    x = d.array(shape, source, -100, 200) if kind(source) == "i" else d.floats(shape, source, -8, 8)
    form, made = d.pick(["tensor", "axis", "block"] if d.opset >= 21 else ["tensor", "axis"] if d.opset >= 13 else ["tensor"]), {}
    sizes = ()
    if form != "tensor":
        axis = d.int(0, len(shape) - 1)
        made["axis"] = axis - len(shape) if d.chance(0.3) else axis
        sizes = (shape[axis],)
        if form == "block":
            block = d.int(1, shape[axis])
            made["block_size"] = block
            sizes = tuple(-(-n // block) if k == axis else n for k, n in enumerate(shape))
    to = d.type("T2", ["float", "float16", "bfloat16"]) if d.opset >= 19 else np.dtype(np.float32)
    zp = None if source == np.int32 else d.maybe(zero(d, sizes, source))
    return Case(d.name, [x, scale(d, sizes, to), zp], made, bound=spread(4))


@recipe("DynamicQuantizeLinear")
def dynamic_quantize(d):
    x = d.floats(tuple(max(n, 1) for n in d.shape()), np.float32, odd=False)
    return Case(d.name, [x], outputs=3, bound=Bound("given", 1, lambda c, w: [np.ones(w[0].shape), np.abs(w[1]), np.ones(w[2].shape)]))


@recipe("QLinearMatMul")
def qlinear_matmul(d):
    m, k, n = (d.int(1, 40) for _ in range(3))
    ta, tb = d.pick([np.uint8, np.int8]), d.pick([np.uint8, np.int8])
    batch = [d.int(1, 3)] if d.chance(0.3) else []
    a, b = d.array(batch + [m, k], ta, -128, 255), d.array(batch + [k, n], tb, -128, 255)
    per = () if batch or d.chance(0.6) else (n,)
    inputs = [a, scale(d), zero(d, (), ta), b, scale(d, per), zero(d, per, tb), scale(d, (), np.float32, 20), zero(d, (), ta)]
    return Case(d.name, inputs, bound=STEP)


@recipe("QLinearConv")
def qlinear_conv(d):
    from recipes_spatial import window
    size, made = window(d, d.pick([1, 2, 2]))
    group, inner, outer = d.pick([1, 1, 2, 8]), d.pick([1, 3, 8]), d.pick([1, 2, 9])
    tx = d.pick([np.uint8, np.int8])
    tw = d.pick([np.uint8, np.int8]) if tx == np.uint8 else np.int8
    x = d.array([d.int(1, 2), group * inner] + size, tx, -128, 255)
    w = d.array([group * outer, inner] + made["kernel_shape"], tw, -128, 255)
    per = () if d.chance(0.6) else (group * outer,)
    zw = zero(d, per, tw) if tw == np.uint8 and not per else np.zeros(per, tw)
    inputs = [x, scale(d), zero(d, (), tx), w, scale(d, per), zw, scale(d, (), np.float32, 20), zero(d, (), tx),
              d.maybe(d.ints((group * outer,), np.int32, -1000, 1000))]
    return Case(d.name, inputs, {**made, "group": group}, bound=STEP, oracles=("ort",))


@recipe("QGemm", domain=CONTRIB)
def qgemm(d):
    m, k, n, ta, tb = d.int(1, 30), d.int(1, 30), d.int(1, 30), d.int(0, 1), d.int(0, 1)
    t = d.pick([np.uint8, np.int8])
    a, b = d.array([k, m] if ta else [m, k], t, -128, 255), d.array([n, k] if tb else [k, n], t, -128, 255)
    inputs = [a, scale(d), zero(d, (), t), b, scale(d), zero(d, (), t), d.maybe(d.ints((n,), np.int32, -1000, 1000))]
    if d.chance(0.7):
        inputs += [scale(d, (), np.float32, 20), zero(d, (), t)]
    return Case(d.name, inputs, {"transA": ta, "transB": tb, "alpha": d.maybe(d.real(0.5, 2))},
                bound=STEP if len(inputs) > 7 else Bound("given", 8, lambda c, w: [np.abs(w[0]) + 1]))


@recipe("QLinearAdd", "QLinearMul", domain=CONTRIB)
def qlinear_binary(d):
    from recipes_elementwise import two_shapes
    t = d.pick([np.uint8, np.int8])
    a, b = two_shapes(d)
    return Case(d.name, [d.array(a, t), scale(d), zero(d, (), t), d.array(b, t), scale(d), zero(d, (), t), scale(d, (), np.float32, 3), zero(d, (), t)], bound=STEP)


@recipe("QLinearSigmoid", "QLinearLeakyRelu", "QLinearSoftmax", "QLinearAveragePool", "QLinearGlobalAveragePool", domain=CONTRIB)
def qlinear_unary(d):
    t = d.pick([np.uint8, np.int8])
    shape, made = d.shape(d.int(2, 4), 800, zero=0), {}
    if d.name == "QLinearLeakyRelu":
        made["alpha"] = d.real(0.01, 0.5)
    if d.name == "QLinearSoftmax":
        made.update(axis=-1, opset=13)
    if "Pool" in d.name:
        shape = (d.int(1, 2), d.int(1, 5), d.int(3, 9), d.int(3, 9))
        made["channels_last"] = 0
    if d.name == "QLinearAveragePool":
        made.update(kernel_shape=[d.int(1, 3), d.int(1, 3)], strides=[d.int(1, 2), d.int(1, 2)], count_include_pad=d.int(0, 1),
                    pads=[0, 0, 0, 0])
    out = np.array(1 / 256, np.float32) if d.name in ("QLinearSoftmax", "QLinearSigmoid") else scale(d)
    low = 0 if t == np.uint8 else -128
    zp = np.array(low, t) if d.name in ("QLinearSoftmax", "QLinearSigmoid") else zero(d, (), t)
    return Case(d.name, [d.array(shape, t), scale(d), zero(d, (), t), out, zp], made, bound=STEP,
                numpy=quantised_softmax if d.name == "QLinearSoftmax" else None)


def quantised_softmax(case):
    x, s, z, out, zero_out = (v.astype(np.float64) for v in case.inputs)
    x = (x - z) * s
    e = np.exp(x - x.max(-1, keepdims=True))
    low, high = limits(case.inputs[0].dtype)
    return np.clip(np.rint(e / e.sum(-1, keepdims=True) / out) + zero_out, low, high).astype(case.inputs[0].dtype)


@recipe("QLinearConcat", domain=CONTRIB)
def qlinear_concat(d):
    t, rank = d.pick([np.uint8, np.int8]), d.int(1, 4)
    axis = d.int(0, rank - 1)
    shape = [d.int(1, 5) for _ in range(rank)]
    inputs = [scale(d), zero(d, (), t)]
    for _ in range(d.int(1, 4)):
        part = list(shape)
        part[axis] = d.int(1, 5)
        inputs += [d.array(part, t), scale(d), zero(d, (), t)]
    return Case(d.name, inputs, {"axis": axis}, bound=STEP)


@recipe("MatMulNBits", domain=CONTRIB)
def matmul_nbits(d):
    block, k, n = d.pick([16, 32, 64]), d.pick([16, 32, 40, 64, 100]), d.int(1, 20)
    blocks, bits = -(-k // block), 4
    a = d.floats([d.int(1, 5), k], odd=False)
    b = d.ints((n, blocks, block * bits // 8), np.uint8, 0, 255)
    scales = d.floats((n * blocks,), np.float32, 0.05, 0.5)
    zp = d.maybe(d.ints((n * -(-blocks * bits // 8),), np.uint8, 0, 255))
    case = Case(d.name, [a, b, scales, zp], {"K": k, "N": n, "bits": bits, "block_size": block},
                bound=given(32, lambda c, w: [np.full(w[0].shape, float(np.abs(a).sum(1).max()) * 0.5 * 16)]))
    case.constant = {1, 2, 3} if zp is not None else {1, 2}
    return case
