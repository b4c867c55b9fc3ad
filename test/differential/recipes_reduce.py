# SPDX-License-Identifier: Apache-2.0
"""Operators that sum, search, sort or normalise along axes."""
import numpy as np

from case import EXACT, Bound, Case, given, products, spread, ulps
from recipes import CONTRIB, recipe
from values import FLOATS, NUMBER, is_float, kind


def f64(x):
    return np.asarray(x).astype(np.float64)


def reduce_axes(case, rank):
    axes = case.attrs.get("axes")
    if axes is None and len(case.inputs) > 1 and case.inputs[1] is not None:
        axes = case.inputs[1].tolist()
    if not axes:
        return () if case.attrs.get("noop_with_empty_axes") else tuple(range(rank))
    return tuple(a % rank for a in axes)


def summed(f, g=lambda x: x):
    """g(sum(f(x)))"""
    def formula(case):
        x = f64(case.inputs[0])
        keep = case.attrs.get("keepdims", 1) != 0
        axes = reduce_axes(case, x.ndim)
        return g(np.sum(f(x), axis=axes, keepdims=keep))
    return formula


def mean(case):
    x = f64(case.inputs[0])
    return np.mean(x, axis=reduce_axes(case, x.ndim), keepdims=case.attrs.get("keepdims", 1) != 0)


def log_sum_exp(case):
    x = f64(case.inputs[0])
    axes, keep = reduce_axes(case, x.ndim), case.attrs.get("keepdims", 1) != 0
    top = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    safe = np.where(np.isfinite(top), top, 0)
    made = np.log(np.sum(np.exp(x - safe), axis=axes, keepdims=True)) + safe
    return made if keep else np.squeeze(made, axis=axes)


def product(case):
    x = f64(case.inputs[0])
    return np.prod(x, axis=reduce_axes(case, x.ndim), keepdims=case.attrs.get("keepdims", 1) != 0)


def absolute_sum(case, want):
    x = np.abs(f64(case.inputs[0]))
    return [np.sum(x, axis=reduce_axes(case, x.ndim), keepdims=case.attrs.get("keepdims", 1) != 0)]


def mean_magnitude(case, want):
    x = np.abs(f64(case.inputs[0]))
    return [np.mean(x, axis=reduce_axes(case, x.ndim), keepdims=case.attrs.get("keepdims", 1) != 0) if x.size else absolute_sum(
        case, want)[0]]


def log_magnitude(case, want):
    """d log s = ds / s, and the largest x that was taken out; an infinity's exponential has no error."""
    x = np.abs(f64(case.inputs[0]))
    x = np.where(np.isfinite(x), x, 0)
    axes, keep = reduce_axes(case, x.ndim), case.attrs.get("keepdims", 1) != 0
    total = np.sum(x, axis=axes, keepdims=keep)
    if case.op == "ReduceLogSum":
        true = np.abs(np.sum(f64(case.inputs[0]), axis=axes, keepdims=keep))
        return [np.abs(f64(want[0])) + total / np.maximum(true, 1e-30) + 1]
    return [np.abs(f64(want[0])) + 1 + np.max(x, axis=axes, keepdims=keep, initial=0)]


REDUCTIONS = {
    "ReduceL1": (summed(np.abs), given(8, absolute_sum)), "ReduceL2": (summed(np.square, np.sqrt), ulps(8)),
    "ReduceSum": (summed(lambda x: x), given(8, absolute_sum)), "ReduceSumSquare": (summed(np.square), ulps(8)),
    "ReduceLogSum": (summed(lambda x: x, np.log), given(8, log_magnitude)),
    "ReduceLogSumExp": (log_sum_exp, given(8, log_magnitude)), "ReduceMean": (mean, given(8, mean_magnitude)),
    "ReduceProd": (product, Bound("ulps", 60)), "ReduceMax": (None, EXACT), "ReduceMin": (None, EXACT),
}


@recipe(*REDUCTIONS)
def reduction(d):
    dtype = d.type()
    shape = d.shape(d.rank(0 if d.opset >= 18 else 1, 8), zero=0.02 if d.opset >= 20 else 0)
    x = d.array(shape, dtype)
    if d.name == "ReduceLogSum":
        x = np.abs(x)
    if d.name == "ReduceProd":
        x = d.array(shape, dtype, -2, 2)
    formula, bound = REDUCTIONS[d.name]
    by_input = d.opset >= 18 or d.name == "ReduceSum" and d.opset >= 13
    axes = d.axes(len(shape), 0 if by_input else 1) if d.chance(0.85) and shape else None
    if d.opset < 11 and axes:
        axes = [a % len(shape) for a in axes]
    made = {"keepdims": d.maybe(d.int(0, 1))}
    if made["keepdims"] is None:
        del made["keepdims"]
    inputs = [x]
    if by_input:
        if axes is not None:
            inputs.append(d.i64(axes))
        if d.chance(0.3):
            made["noop_with_empty_axes"] = d.int(0, 1)
    else:
        made["axes"] = axes or None
    noop = made.get("noop_with_empty_axes") and not axes
    if not is_float(dtype) or noop and d.name not in ("ReduceSum", "ReduceMean", "ReduceProd"):
        formula = None
    if not is_float(dtype):
        bound = EXACT
        if d.name in ("ReduceL2", "ReduceMean", "ReduceLogSum", "ReduceLogSumExp"):
            x = inputs[0] = d.array(shape, dtype, 0 if "Log" in d.name else -9, 9)
    return Case(d.name, inputs, made, bound=bound, numpy=formula)


@recipe("ArgMax", "ArgMin")
def arg(d):
    shape = tuple(max(n, 1) for n in d.shape(d.rank(1, 8)))
    dtype = d.type()
    made = {"axis": d.maybe(d.axis(len(shape)) if d.opset >= 11 else d.int(0, len(shape) - 1), 0.8),
            "keepdims": d.maybe(d.int(0, 1))}
    if d.opset >= 12:
        made["select_last_index"] = d.maybe(d.int(0, 1))
    x = d.array(shape, dtype)
    if d.chance(0.4):  # ties
        x = d.array(shape, dtype, -2, 2)
        x = np.round(x.astype(np.float32)).astype(dtype) if is_float(dtype) else x
    return Case(d.name, [x], made)


@recipe("CumSum", "CumProd")
def cumulative(d):
    shape = d.shape(d.rank(1, 8))
    dtype = d.type()
    x = d.array(shape, dtype, *(() if d.name == "CumSum" else (-2, 2)))
    made = {"exclusive": d.maybe(d.int(0, 1)), "reverse": d.maybe(d.int(0, 1))}
    axis = np.array(d.axis(len(shape)), d.pick([np.int64, np.int32]))
    bound = EXACT
    if is_float(dtype):
        bound = Bound("given", 8, cumulative_magnitude) if d.name == "CumSum" else ulps(300)
    return Case(d.name, [x, axis], made, bound=bound)


def cumulative_magnitude(case, want):
    x = f64(case.inputs[0])
    size = np.where(np.isfinite(x), np.abs(x), 0)  # what comes before an infinity is a sum like any other
    return [np.broadcast_to(np.sum(size, axis=int(case.inputs[1]), keepdims=True), want[0].shape)]


def softmax_values(d, shape, dtype):
    x = d.array(shape, dtype)
    if is_float(dtype) and d.chance(0.1):
        x = np.where(d.random.random(shape) < 0.5, np.array(-np.inf, dtype), x)  # masked
    return x


def softmax_formula(case):
    x = f64(case.inputs[0])
    axis = case.attrs.get("axis")
    if case.opset < 13:
        axis = (1 if axis is None else axis) % max(x.ndim, 1)
        flat = x.reshape(int(np.prod(x.shape[:axis], dtype=int)), -1) if x.size else x.reshape(0, 1)
        return soft(case.op, flat, -1).reshape(x.shape)
    return soft(case.op, x, -1 if axis is None else axis)


def soft(op, x, axis):
    if not x.size:
        return x
    top = np.max(x, axis=axis, keepdims=True)
    e = np.exp(x - top)
    total = np.sum(e, axis=axis, keepdims=True)
    return e / total if op == "Softmax" else x - top - np.log(total)


def softmax_magnitude(case, want):
    """The exponent's rounding is carried into the result."""
    x = f64(case.inputs[0])
    x = np.where(np.isfinite(x), np.abs(x), 0)
    most = float(x.max()) if x.size else 0.0
    if case.op == "LogSoftmax":
        return [np.full(want[0].shape, most + 1) + np.abs(f64(want[0]))]
    return [np.abs(f64(want[0])) * (most + 4)]


@recipe("Softmax", "LogSoftmax")
def softmax(d):
    shape = d.shape(d.rank(1, 8))
    dtype = d.type()
    axis = d.maybe(d.axis(len(shape)) if d.opset >= 11 else d.int(0, len(shape) - 1), 0.8)
    if d.opset < 13 and axis is None and len(shape) < 2:
        axis = 0
    return Case(d.name, [softmax_values(d, shape, dtype)], {"axis": axis}, bound=given(4, softmax_magnitude), numpy=softmax_formula)


@recipe("Hardmax")
def hardmax(d):
    shape = d.shape(d.rank(1, 8), zero=0)
    axis = d.maybe(d.axis(len(shape)) if d.opset >= 11 else d.int(0, len(shape) - 1), 0.8)
    if d.opset < 13 and axis is None and len(shape) < 2:
        axis = 0
    return Case(d.name, [d.floats(shape, d.type(), odd=False)], {"axis": axis})


@recipe("TopK")
def top_k(d):
    shape = tuple(max(n, 1) for n in d.shape(d.rank(1, 6)))
    dtype, axis = d.type(), d.int(0, len(shape) - 1)
    k = d.int(0 if d.opset >= 10 else 1, shape[axis])
    x = d.array(shape, dtype)
    made = {"axis": axis - len(shape) if d.opset >= 11 and d.chance(0.4) else axis}
    if d.opset >= 11:
        made["largest"] = d.maybe(d.int(0, 1))
    if d.opset < 10:
        return Case(d.name, [x], {**made, "k": max(k, 1)}, outputs=2)
    return Case(d.name, [x, d.i64([k])], made, outputs=2)


@recipe("LpNormalization")
def lp_normalization(d):
    shape = d.shape(d.rank(1, 6), zero=0)
    return Case(d.name, [d.floats(shape, d.type(), odd=False)], {"axis": d.maybe(d.axis(len(shape))), "p": d.maybe(d.int(1, 2))},
                bound=ulps(16))


@recipe("MeanVarianceNormalization")
def mean_variance(d):
    shape = [max(n, 2) for n in d.shape(4, 800)]
    axes = d.axes(4, 1) if d.chance(0.5) else None
    axes = sorted(a % 4 for a in axes) if axes else None
    if axes and int(np.prod([shape[a] for a in axes])) < 2:
        axes = None
    return Case(d.name, [d.floats(shape, d.type(), odd=False)], {"axes": axes}, bound=Bound("spread", 200))


@recipe("LRN")
def lrn(d):
    shape = d.shape(d.int(3, 5), 1500, zero=0)
    return Case(d.name, [d.floats(shape, d.type(), odd=False)],
                {"size": d.pick([1, 3, 5, 7]), "alpha": d.maybe(d.real(1e-4, 1)), "beta": d.maybe(d.real(0.3, 1)),
                 "bias": d.maybe(d.real(0.5, 2))}, bound=ulps(32), numpy=lrn_formula)


def lrn_formula(case):
    x, size = f64(case.inputs[0]), case.attrs["size"]
    a, b, k = (np.float64(np.float32(v if v is not None else w)) for v, w in (
        (case.attrs["alpha"], 1e-4), (case.attrs["beta"], 0.75), (case.attrs["bias"], 1.0)))
    total = np.zeros_like(x)
    for c in range(x.shape[1]):
        total[:, c] = np.sum(x[:, max(0, c - (size - 1) // 2):c + size // 2 + 1] ** 2, axis=1)
    return x / (k + a / size * total) ** b


def norm_magnitude(case, want):
    """x - mean cancels: its error is that of the largest x, over the deviation."""
    x = f64(case.inputs[0])
    if case.op in ("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"):
        axis = case.attrs.get("axis")
        axes = tuple(range((-1 if axis is None else axis) % x.ndim, x.ndim))
    elif case.op == "GroupNormalization":
        g = case.attrs["num_groups"]
        x = x.reshape(x.shape[0], g, -1)
        axes = (2,)
    else:
        axes = tuple(range(2, x.ndim))
    eps = case.attrs.get("epsilon") or 1e-5
    top = np.max(np.abs(x), axis=axes, keepdims=True, initial=0)
    deviation = np.sqrt(np.var(x, axis=axes, keepdims=True) + eps)
    if case.op in ("RMSNormalization", "SimplifiedLayerNormalization"):
        deviation = np.sqrt(np.mean(x * x, axis=axes, keepdims=True) + eps)
    ratio = np.broadcast_to(top / deviation, x.shape).reshape(f64(case.inputs[0]).shape)
    weights = max([float(np.abs(f64(w)).max()) if w.size else 0 for w in case.inputs[1:3] if w is not None] + [1])
    made = [(ratio + 1) * weights * 4]
    for k, y in enumerate(want[1:]):
        if k == 1:  # 1 / deviation: the variance cancels too
            made.append(np.abs(f64(y)) * (1 + float(np.max(ratio, initial=1)) ** 2))
            continue
        made.append(np.full(y.shape, float(np.max(ratio, initial=1)) * max(1.0, float(np.max(np.abs(f64(y)), initial=0)), float(top.max() if top.size else 1))))
    return made


@recipe("LayerNormalization", "RMSNormalization")
def layer_normalization(d):
    shape = [max(n, 1) for n in d.shape(d.rank(1, 6))]
    axis = d.int(0, len(shape) - 1)
    dtype = d.type("T", ["float", "float16", "double", "bfloat16"])
    rest = shape[axis:]
    inputs = [d.floats(shape, dtype, odd=False), d.floats(rest, dtype, 0.2, 2)]
    outputs = 1
    if d.name == "LayerNormalization":
        inputs.append(d.maybe(d.floats(rest, dtype, odd=False)))
        outputs = d.int(1, 3) if dtype == np.float32 else 1
    made = {"axis": d.maybe(axis - len(shape) if d.chance(0.5) else axis, 1 if len(rest) > 1 else 0.6),
            "epsilon": d.maybe(d.real(1e-6, 1e-2))}
    return Case(d.name, inputs, made, outputs=outputs, bound=given(8, norm_magnitude))


@recipe("InstanceNormalization")
def instance_normalization(d):
    shape = [max(n, 1) for n in d.shape(d.int(3, 5), 2000)]
    dtype = d.type()
    c = (shape[1],)
    return Case(d.name, [d.floats(shape, dtype, odd=False), d.floats(c, dtype, 0.2, 2), d.floats(c, dtype, odd=False)],
                {"epsilon": d.maybe(d.real(1e-6, 1e-2))}, bound=given(8, norm_magnitude))


@recipe("GroupNormalization")
def group_normalization(d):
    groups = d.int(1, 4)
    c = groups * d.int(1, 4)
    shape = [d.int(1, 3), c] + [max(n, 1) for n in d.shape(d.int(1, 3), 150)]
    dtype = d.type()
    n = (groups,) if d.opset < 21 else (c,)
    return Case(d.name, [d.floats(shape, dtype, odd=False), d.floats(n, dtype, 0.2, 2), d.floats(n, dtype, odd=False)],
                {"num_groups": groups, "epsilon": d.maybe(d.real(1e-6, 1e-2))}, bound=given(8, norm_magnitude),
                oracles=("ort", "wide", "reference") if d.opset >= 21 else ("reference",))


@recipe("BatchNormalization")
def batch_normalization(d):
    shape = d.shape(d.int(2, 5), 2000, zero=0)
    dtype = d.type("T")
    other = dtype
    c = (shape[1],)
    x = d.floats(shape, dtype, odd=False)
    inputs = [x, d.floats(c, other, 0.2, 2), d.floats(c, other, odd=False), d.floats(c, other, odd=False), d.floats(c, other, 0.1, 3)]
    made = {"epsilon": d.maybe(d.real(1e-6, 1e-2)), "momentum": d.maybe(d.real(0.5, 0.99))}
    return Case(d.name, inputs, made, bound=spread(60))


@recipe("SkipLayerNormalization", "SkipSimplifiedLayerNormalization", domain=CONTRIB)
def skip_layer_normalization(d):
    shape = [d.int(1, 3), d.int(1, 6), d.pick([1, 2, 8, 16, 33, 64])]
    x, skip = d.floats(shape, odd=False), d.floats(shape, odd=False)
    n = shape[-1:]
    inputs = [x, skip, d.floats(n, np.float32, 0.2, 2)]
    if d.name == "SkipLayerNormalization":
        inputs.append(d.maybe(d.floats(n, odd=False)))
    inputs.append(d.maybe(d.floats(n, odd=False)))
    wanted = d.pick([{0}, {0, 3}])

    def formula(case):
        *beta, bias = case.inputs[3:]
        x = sum(f64(v) for v in (*case.inputs[:2], bias) if v is not None)
        centred = x - x.mean(-1, keepdims=True) if beta else x
        y = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + case.attrs["epsilon"]) * f64(case.inputs[2])
        y = y + f64(beta[0]) if beta and beta[0] is not None else y
        return [y, x][:len(wanted)]
    return Case(d.name, inputs, {"epsilon": d.real(1e-4, 1e-2)}, outputs=4, wanted=wanted, bound=Bound("spread", 400), numpy=formula,
                oracles=("numpy", "ort"))
