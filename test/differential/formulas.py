# SPDX-License-Identifier: Apache-2.0
"""ONNX's operators by their definitions, in double precision, where another oracle is known to be wrong at the edges
(exceptions.py): what an exception lets pass is still held to these."""
import itertools

import numpy as np

from values import is_float, kind, limits

FORMULAS = {}  # name: case -> outputs


def formula(*names):
    def register(function):
        for name in names:
            FORMULAS[name] = function
        return function
    return register


def f64(x):
    return np.asarray(x).astype(np.float64)


def exact(x):
    """Integers as Python's own, which do not overflow; floats in double precision."""
    return f64(x) if is_float(x.dtype) else np.asarray(x).astype(object)


def wrapped(x, dtype):
    """Integers of any size cut to a type."""
    low, high = limits(dtype)
    return np.asarray(np.frompyfunc(lambda v: (int(v) - low) % (high - low + 1) + low, 1, 1)(x)).astype(dtype)


def given(case, index):
    return case.inputs[index] if index < len(case.inputs) else None


# -------------------------------------------------------------------------------------------------- windows

class Windows:
    """Where the windows of a pool or a convolution begin, and how many there are."""

    def __init__(self, case, size, kernel):
        n, a = len(size), case.attrs
        self.kernel, self.size = kernel, size
        self.stride, self.dilation = a.get("strides") or [1] * n, a.get("dilations") or [1] * n
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, self.dilation)]
        auto, pads = a.get("auto_pad") or "NOTSET", a.get("pads") or [0] * 2 * n
        self.begin, self.end, self.count = list(pads[:n]), list(pads[n:]), []
        for k in range(n):
            if auto.startswith("SAME"):
                self.count.append(-(-size[k] // self.stride[k]))
                both = max(0, (self.count[k] - 1) * self.stride[k] + reach[k] - size[k])
                self.begin[k] = both // 2 if auto == "SAME_UPPER" else both - both // 2
                self.end[k] = both - self.begin[k]
                continue
            if auto == "VALID":
                self.begin[k] = self.end[k] = 0
            room = size[k] + self.begin[k] + self.end[k] - reach[k]
            count = room // self.stride[k] + 1
            if a.get("ceil_mode"):  # VALID too, as ONNX's shape inference has it
                count = -(-room // self.stride[k]) + 1
                if (count - 1) * self.stride[k] >= size[k] + self.begin[k]:  # it would begin in the padding at the end
                    count -= 1
            self.count.append(count)

    def __iter__(self):
        return itertools.product(*map(range, self.count))

    def places(self, at):
        """Of each axis, the positions of the taps of window `at`; they may lie outside."""
        return [[at[k] * self.stride[k] - self.begin[k] + t * self.dilation[k] for t in range(self.kernel[k])] for k in range(len(at))]

    def inside(self, at):
        return [[p for p in axis if 0 <= p < n] for axis, n in zip(self.places(at), self.size)]


def pooled(case, reduce):
    """reduce(piece [N, C, ...], windows, at) for each window."""
    x = case.inputs[0]
    windows = Windows(case, x.shape[2:], case.attrs["kernel_shape"])
    out = np.zeros([*x.shape[:2], *windows.count], np.float64 if is_float(x.dtype) else object)
    for at in windows:
        piece = exact(x)[(slice(None), slice(None), *np.ix_(*windows.inside(at)))]
        out[(slice(None), slice(None), *at)] = reduce(piece.reshape(*x.shape[:2], -1), windows, at)
    return out


@formula("MaxPool")
def max_pool(case):
    x = case.inputs[0]
    y = pooled(case, lambda piece, *_: piece.max(-1, initial=least(x.dtype))).astype(x.dtype)  # nothing but padding: the least
    if case.outputs == 1:
        return y
    column = case.attrs.get("storage_order") == 1
    windows, plane = Windows(case, x.shape[2:], case.attrs["kernel_shape"]), int(np.prod(x.shape[2:]))
    index = np.zeros(y.shape, np.int64)
    for at in windows:
        inside = windows.inside(at)
        piece = x[(slice(None), slice(None), *np.ix_(*inside))].reshape(*x.shape[:2], -1)
        if not piece.shape[-1]:
            return None  # which index nothing has is nowhere said
        best = np.argmax(f64(piece) if is_float(x.dtype) else piece, -1)
        spots = np.array(list(itertools.product(*inside)), np.int64).reshape(-1, len(at))
        flat = np.ravel_multi_index(spots.T, x.shape[2:], order="F" if column else "C")
        index[(slice(None), slice(None), *at)] = flat[best] + np.arange(x.shape[0] * x.shape[1]).reshape(x.shape[:2]) * plane
    return [y, index]


@formula("AveragePool")
def average_pool(case):
    counts_pads = case.attrs.get("count_include_pad")

    def mean(piece, windows, at):
        n = piece.shape[-1]
        if counts_pads:  # what the padding covers counts, what lies beyond it does not
            n = int(np.prod([sum(-b <= p < s + e for p in axis) for axis, b, s, e in
                             zip(windows.places(at), windows.begin, windows.size, windows.end)]))
        return piece.sum(-1) / n if n else np.zeros(piece.shape[:2])  # nothing but padding
    return pooled(case, mean)


@formula("LpPool")
def lp_pool(case):
    p = case.attrs.get("p") or 2
    return pooled(case, lambda piece, *_: (np.abs(piece)**p).sum(-1)**(1 / p))


def convolved(case, x, w):
    windows, group = Windows(case, x.shape[2:], w.shape[2:]), case.attrs.get("group") or 1
    out = np.zeros([x.shape[0], w.shape[0], *windows.count])
    wide = w.reshape(group, w.shape[0] // group, w.shape[1], *w.shape[2:])
    for at in windows:
        places = windows.places(at)
        taps = [[t for t, p in enumerate(axis) if 0 <= p < n] for axis, n in zip(places, windows.size)]
        piece = x[(slice(None), slice(None), *np.ix_(*windows.inside(at)))].reshape(x.shape[0], group, w.shape[1], -1)
        part = wide[(slice(None), slice(None), slice(None), *np.ix_(*taps))].reshape(*wide.shape[:3], -1)
        out[(slice(None), slice(None), *at)] = np.einsum("ngct,goct->ngo", piece, part).reshape(x.shape[0], -1)
    return out


@formula("Conv")
def conv(case):
    bias = given(case, 2)
    y = convolved(case, f64(case.inputs[0]), f64(case.inputs[1]))
    return y if bias is None else y + f64(bias).reshape(-1, *[1] * (y.ndim - 2))


@formula("ConvInteger")
def conv_integer(case):
    x, w = f64(case.inputs[0]), f64(case.inputs[1])
    zx, zw = given(case, 2), given(case, 3)
    x = x if zx is None else x - f64(zx)
    w = w if zw is None else w - f64(zw).reshape(-1, *[1] * (w.ndim - 1))
    return convolved(case, x, w).astype(np.int32)  # products of zero points stay out of the padding


def shifted(x, zero):
    return f64(x) if zero is None else f64(x) - f64(zero)


@formula("MatMulInteger")
def matmul_integer(case):
    a, b = case.inputs[:2]
    return np.matmul(shifted(a, given(case, 2)), shifted(b, given(case, 3))).astype(np.int32)


@formula("QLinearMatMul")
def qlinear_matmul(case):
    a, scale_a, zero_a, b, scale_b, zero_b, scale, zero = case.inputs
    y = np.matmul(shifted(a, zero_a), shifted(b, zero_b)) * (f64(scale_a) * f64(scale_b) / f64(scale))
    return np.clip(np.rint(y) + f64(zero), *limits(zero.dtype))


# --------------------------------------------------------------------------------------------------- search

def search(case, pick):
    x = exact(case.inputs[0]) if is_float(case.inputs[0].dtype) else case.inputs[0]
    axis = case.attrs.get("axis") or 0
    if case.attrs.get("select_last_index"):
        y = x.shape[axis] - 1 - pick(np.flip(x, axis), axis)
    else:
        y = pick(x, axis)
    keep = case.attrs.get("keepdims")
    return np.expand_dims(y, axis) if keep is None or keep else y


@formula("ArgMax")
def arg_max(case):
    return search(case, np.argmax)  # numpy, too, has the first NaN


@formula("ArgMin")
def arg_min(case):
    return search(case, np.argmin)


def along(case, reduce):
    from recipes_reduce import reduce_axes
    x = case.inputs[0]
    axes, keep = reduce_axes(case, x.ndim), case.attrs.get("keepdims")
    return reduce(x, axes, keep is None or bool(keep))


def extreme(case, function, worst):
    def reduce(x, axes, keep):
        if kind(x.dtype) == "b":
            return function(x.astype(np.uint8), axis=axes, keepdims=keep, initial=worst(np.uint8)).astype(bool)
        wide = f64(x) if is_float(x.dtype) else x
        return function(wide, axis=axes, keepdims=keep, initial=worst(x.dtype)).astype(x.dtype)
    return along(case, reduce)


def least(dtype):
    return -np.inf if is_float(dtype) else limits(dtype)[0] if np.dtype(dtype) != np.uint8 else 0


def greatest(dtype):
    return np.inf if is_float(dtype) else limits(dtype)[1]


@formula("ReduceMax")
def reduce_max(case):
    return extreme(case, np.max, least)


@formula("ReduceMin")
def reduce_min(case):
    return extreme(case, np.min, greatest)


def integer_sum(value):
    return lambda case: along(case, lambda x, axes, keep: wrapped(np.sum(value(exact(x)), axis=axes, keepdims=keep, initial=0), x.dtype))


def cast(x, dtype):
    """As Cast has it: saturating at 64 bits, then wrapped; NaN is 0."""
    low, high = -2**63, 2**63 - 1
    whole = np.frompyfunc(lambda v: 0 if np.isnan(v) else low if v <= low else high if v >= high else int(v), 1, 1)(x)
    return wrapped(whole, dtype)


def log_sum_exp(x, axes, keep):
    top = x.max(axes, keepdims=True, initial=-np.inf)
    y = np.log(np.exp(x - np.where(np.isfinite(top), top, 0)).sum(axes, keepdims=True)) + top
    return y if keep else y.squeeze(axes)


ROOTS = {"ReduceL2": lambda x, axes, keep: np.sqrt((x * x).sum(axes, keepdims=keep)),
         "ReduceLogSum": lambda x, axes, keep: np.log(x.sum(axes, keepdims=keep)), "ReduceLogSumExp": log_sum_exp}
INTEGER_SUMS = {"ReduceSum": lambda x: x, "ReduceL1": np.abs, "ReduceSumSquare": lambda x: x * x}


def reduction(case):
    """For the floats the recipe has its own; integers are summed exactly and wrapped."""
    value = INTEGER_SUMS.get(case.op)
    if kind(case.inputs[0].dtype) == "i" and case.op in ROOTS:
        return along(case, lambda x, axes, keep: cast(ROOTS[case.op](f64(x), axes, keep), x.dtype))
    if value and kind(case.inputs[0].dtype) == "i" and case.inputs[0].size:
        return integer_sum(value)(case)
    x = case.inputs[0]
    if case.attrs.get("noop_with_empty_axes") and is_float(x.dtype) and not (case.attrs.get("axes") or
                                                                             given(case, 1) is not None and given(case, 1).size):
        own = {"ReduceL1": np.abs, "ReduceL2": np.abs, "ReduceSumSquare": np.square, "ReduceLogSum": np.log, "ReduceLogSumExp": lambda v: v}
        return own[case.op](f64(x)) if case.op in own else None
    return None


for name in ("ReduceSum", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"):
    FORMULAS[name] = reduction


@formula("CumSum", "CumProd")
def cumulative(case):
    x, axis = exact(case.inputs[0]), int(case.inputs[1])
    function, start = (np.cumsum, 0) if case.op == "CumSum" else (np.cumprod, 1)
    x = np.flip(x, axis) if case.attrs.get("reverse") else x
    y = function(x, axis=axis)
    if case.attrs.get("exclusive") and x.shape[axis]:
        first = np.full([1 if d == axis % x.ndim else n for d, n in enumerate(x.shape)], start, x.dtype)
        y = np.concatenate([first, np.take(y, range(x.shape[axis] - 1), axis)], axis)
    y = np.flip(y, axis) if case.attrs.get("reverse") else y
    return y if is_float(case.inputs[0].dtype) else wrapped(y, case.inputs[0].dtype)


# --------------------------------------------------------------------------------------------- element-wise

@formula("Clip")
def clip(case):
    x, low, high = case.inputs[0], given(case, 1), given(case, 2)
    low, high = (case.attrs.get(n) if v is None else v for n, v in (("min", low), ("max", high)))
    y = exact(x)
    if low is not None:
        y = np.where(y < exact(np.asarray(low)), exact(np.asarray(low)), y)
    if high is not None:
        y = np.where(y > exact(np.asarray(high)), exact(np.asarray(high)), y)
    return y.astype(x.dtype)


@formula("PRelu")
def prelu(case):
    x, slope = (exact(v) for v in case.inputs)
    y = np.where(x < 0, slope * x, x)
    return y if is_float(case.inputs[0].dtype) else wrapped(y, case.inputs[0].dtype)


@formula("Sum", "Mean")
def total(case):
    y = sum(f64(x) for x in case.inputs)
    return y / len(case.inputs) if case.op == "Mean" else y


@formula("Dropout")
def dropout(case):
    x = case.inputs[0]
    return [x, np.ones(x.shape, bool)][:case.outputs]  # nothing is dropped


@formula("Gemm")
def gemm(case):
    a, b, c = (None if x is None else exact(x) for x in (*case.inputs, None)[:3])
    a, b = (x.T if case.attrs.get(t) else x for x, t in ((a, "transA"), (b, "transB")))
    alpha, beta = (1.0 if case.attrs.get(n) is None else case.attrs[n] for n in ("alpha", "beta"))
    if not is_float(case.inputs[0].dtype):
        return None  # how a real factor and an integer meet is nowhere said
    y = alpha * (a @ b)
    return y if c is None else y + beta * c


@formula("MatMul")
def matmul(case):
    a, b = case.inputs
    if is_float(a.dtype):
        return np.matmul(f64(a), f64(b))
    return np.matmul(a.astype(np.int64), b.astype(np.int64)).astype(a.dtype)  # wraps as the type does


@formula("HannWindow", "HammingWindow", "BlackmanWindow")
def window(case):
    n = int(case.inputs[0])
    periodic = case.attrs.get("periodic")
    over = n if periodic is None or periodic else n - 1
    angle = 2 * np.pi * np.arange(n) / (over or 1)
    if over == 0:
        return np.ones(n)
    if case.op == "HannWindow":
        return 0.5 - 0.5 * np.cos(angle)
    if case.op == "HammingWindow":
        return 25 / 46 - 21 / 46 * np.cos(angle)
    return 0.42 - 0.5 * np.cos(angle) + 0.08 * np.cos(2 * angle)


# ------------------------------------------------------------------------------------------ normalisations

def standard(x, axes, epsilon):
    mean = x.mean(axes, keepdims=True)
    return (x - mean) / np.sqrt(((x - mean)**2).mean(axes, keepdims=True) + epsilon)


def epsilon_of(case):
    epsilon = case.attrs.get("epsilon")
    return float(np.float32(1e-5 if epsilon is None else epsilon))


@formula("MeanVarianceNormalization")
def mean_variance(case):
    x, axes = f64(case.inputs[0]), tuple(case.attrs.get("axes") or (0, 2, 3))
    mean = x.mean(axes, keepdims=True)
    return (x - mean) / (np.sqrt(((x - mean)**2).mean(axes, keepdims=True)) + 1e-9)


@formula("LayerNormalization")
def layer_normalization(case):
    x = f64(case.inputs[0])
    axis = case.attrs.get("axis")
    axes = tuple(range((-1 if axis is None else axis) % x.ndim, x.ndim))
    y = standard(x, axes, epsilon_of(case)) * f64(case.inputs[1])
    y = y if given(case, 2) is None else y + f64(case.inputs[2])
    mean = x.mean(axes, keepdims=True)
    return [y, mean, 1 / np.sqrt(((x - mean)**2).mean(axes, keepdims=True) + epsilon_of(case))][:case.outputs]


@formula("InstanceNormalization")
def instance_normalization(case):
    x, scale, bias = (f64(v) for v in case.inputs)
    tail = [1] * (x.ndim - 2)
    return standard(x, tuple(range(2, x.ndim)), epsilon_of(case)) * scale.reshape(-1, *tail) + bias.reshape(-1, *tail)
