# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements about, look them up, or tell of shapes."""
import numpy as np
from onnx import helper

from case import EXACT, Bound, Case, spread
from recipes import Draw, recipe
from values import NUMBER, TYPES, is_float, kind


@recipe("Identity", "Shape", "Size", "Flatten", "NonZero")
def whole(d):
    variable = d.schema.inputs[0].type_str
    shape = d.shape(d.rank(1) if d.name in ("NonZero", "Flatten") else None)
    made = {}
    if d.name == "Flatten":
        made["axis"] = d.maybe(d.int(-len(shape) if d.opset >= 11 else 0, len(shape)))
    if d.name == "Shape" and d.opset >= 15:
        made = {"start": d.maybe(d.int(-len(shape) - 2, len(shape) + 2)), "end": d.maybe(d.int(-len(shape) - 2, len(shape) + 2))}
    return Case(d.name, [d.array(shape, d.type(variable))], made)


@recipe("Transpose")
def transpose(d):
    shape = d.shape()
    return Case(d.name, [d.array(shape, d.type())], {"perm": d.maybe(d.picks(range(len(shape)), len(shape)), 0.9) or None})


@recipe("Reshape")
def reshape(d):
    shape = d.shape()
    x = d.array(shape, d.type())
    to, n = [], x.size
    if d.chance(0.5) and n:
        while n > 1 and len(to) < 11:
            divisors = [k for k in range(1, min(n, 60) + 1) if n % k == 0]
            to.append(d.pick(divisors))
            n //= to[-1]
        to.append(n)
        to = d.picks(to, len(to))
    else:
        to = list(shape) or [1]
        if not x.size:
            to = [k if k else 0 for k in to]
    zero_copies = True
    made = {}
    if d.opset >= 14 and d.chance(0.2):
        made["allowzero"] = d.int(0, 1)
        zero_copies = not made["allowzero"]
    if to and d.chance(0.4) and x.size:
        to[d.int(0, len(to) - 1)] = -1
    elif zero_copies and d.chance(0.3):
        to = [0 if k < len(shape) and to[k] == shape[k] else n for k, n in enumerate(to)]
    return Case(d.name, [x, d.i64(to)], made)


@recipe("Squeeze", "Unsqueeze")
def squeeze(d):
    rank = d.int(1, 6)
    axes = sorted(d.picks(range(rank), d.int(1, rank)))
    full = list(d.shape(rank))
    for a in axes:
        full[a] = 1
    small = [n for k, n in enumerate(full) if k not in axes]
    signed = [a - rank if d.opset >= 11 and d.chance(0.3) else a for a in d.picks(axes, len(axes))]
    if d.name == "Unsqueeze" and d.opset < 13 or d.name == "Squeeze" and d.opset < 11:
        signed = sorted(a % rank for a in signed)
    x = d.array(full if d.name == "Squeeze" else small, d.type())
    if d.name == "Squeeze" and d.chance(0.2):
        signed = None
    if d.opset < 13:
        return Case(d.name, [x], {"axes": signed})
    return Case(d.name, [x, d.i64(signed) if signed is not None else None])


@recipe("Concat")
def concat(d):
    dtype, rank = d.type(), d.rank(1)
    shape = list(d.shape(rank, 1000))
    axis = d.int(0, rank - 1)
    parts = []
    for _ in range(d.int(1, 5)):
        part = list(shape)
        part[axis] = d.int(0, 5)
        parts.append(d.array(part, dtype))
    return Case(d.name, parts, {"axis": axis - rank if d.opset >= 11 and d.chance(0.3) else axis})


@recipe("Split")
def split(d):
    rank = d.rank(1)
    shape = list(d.shape(rank))
    axis, n = d.int(0, rank - 1), d.int(1, 4)
    sizes = [d.int(0 if d.opset >= 11 else 1, 5) for _ in range(n)]
    made = {"axis": axis - rank if d.opset >= 11 and d.chance(0.3) else axis}
    given = d.chance(0.6)
    if not given:
        sizes = [d.int(1, 5)] * n
        if d.opset >= 18:
            made["num_outputs"] = n
            total = sum(sizes)
            if n > 1 and sizes[0] > 1 and d.chance(0.5):
                sizes[-1] = d.int(1, sizes[0])
            del total
    shape[axis] = sum(sizes)
    x = d.array(shape, d.type())
    if d.opset < 13:
        return Case(d.name, [x], {**made, "split": sizes if given else None}, outputs=n)
    return Case(d.name, [x, d.i64(sizes) if given else None], made, outputs=n)


@recipe("Slice")
def slice_(d):
    shape = d.shape(d.rank(1))
    rank = len(shape)
    x = d.array(shape, d.type())
    axes = d.picks(range(rank), d.int(1, min(rank, 4)))
    steps, starts, ends = [], [], []
    for a in axes:
        step = 1 if d.opset < 10 or d.chance(0.5) else d.pick([-3, -2, -1, 2, 3, 7])
        low, high = -shape[a] - 2, shape[a] + 2
        starts.append(d.pick([d.int(low, high), d.int(low, high), 0 if step > 0 else -1, -2**31]))
        ends.append(d.pick([d.int(low, high), d.int(low, high), 2**31 - 1, 2**63 - 1, -2**63 + 1 if step < 0 else 2**63 - 1]))
        steps.append(step)
    given = d.chance(0.8)
    if not given:
        axes = list(range(len(axes)))
        if d.chance(0.5):
            ends, starts = ends, starts
    signed = [a - rank if d.opset >= 11 and d.chance(0.3) else a for a in axes]
    if d.opset < 10:
        return Case(d.name, [x], {"starts": starts, "ends": ends, "axes": signed if given else None})
    kind_ = d.pick([np.int64, np.int64, np.int32])
    clip = lambda v: np.clip(np.array(v, np.int64), -2**31 + 1, 2**31 - 1).astype(kind_) if kind_ is np.int32 else np.array(v, kind_)
    return Case(d.name, [x, clip(starts), clip(ends), clip(signed) if given else None,
                         clip(steps) if d.chance(0.7) or any(s != 1 for s in steps) else None])


@recipe("Pad")
def pad(d):
    shape = d.shape(d.int(1, 5), 1000)
    rank, dtype = len(shape), d.type()
    mode = d.pick(["constant", "constant", "reflect", "edge"] + (["wrap"] if d.opset >= 19 else []))
    axes = d.picks(range(rank), d.int(1, rank)) if d.opset >= 18 and d.chance(0.3) else None
    low, high = [], []
    for a in axes if axes is not None else range(rank):
        n = shape[a]
        most = {"constant": 4, "reflect": max(n - 1, 0), "edge": 4 * (n > 0), "wrap": n}[mode]
        low.append(d.int(-1 if n > 2 and mode == "constant" else 0, min(most, 5)))
        high.append(d.int(-1 if n > 2 and mode == "constant" else 0, min(most, 5)))
    x = d.array(shape, dtype)
    value = d.array((), dtype)
    if d.opset < 11:
        return Case(d.name, [x], {"pads": low + high, "mode": mode, "value": d.maybe(d.real(-2, 2))})
    inputs = [x, d.i64(low + high), d.maybe(value, 0.6) if mode == "constant" else None]
    if axes is not None:
        signed = [a - rank if d.chance(0.3) else a for a in axes]
        inputs.append(np.array(signed, d.pick([np.int64, np.int32])))
    return Case(d.name, inputs, {"mode": mode})


@recipe("Expand")
def expand(d):
    full = d.shape()
    return Case(d.name, [d.array(d.broadcast(full), d.type()), d.i64(full if d.chance(0.7) else d.broadcast(full))])


@recipe("Tile")
def tile(d):
    shape = d.shape(d.rank(1, 8), 300)
    return Case(d.name, [d.array(shape, d.type()), d.i64([d.pick([0, 1, 1, 1, 2, 3]) if d.chance(0.5) else 1 for _ in shape])])


def index(d, shape, n, dtype=None):
    dtype = dtype or d.pick([np.int64, np.int32])
    if not n:
        return np.zeros([0 if k == 0 else s for k, s in enumerate(shape)] or [0], dtype)
    return d.ints(shape, dtype, -n if d.opset >= 11 else 0, n - 1)


def full_shape(d, low=1, high=12, most=2000):
    return tuple(max(n, 1) for n in d.shape(d.rank(low, high), most))


@recipe("Gather")
def gather(d):
    shape = full_shape(d, 1, 8)
    axis = d.int(0, len(shape) - 1)
    return Case(d.name, [d.array(shape, d.type()), index(d, d.shape(d.int(0, 3), 60), shape[axis])],
                {"axis": axis - len(shape) if d.opset >= 11 and d.chance(0.3) else d.maybe(axis, 0.9) if axis == 0 else axis})


@recipe("GatherElements")
def gather_elements(d):
    shape = full_shape(d)
    axis = d.int(0, len(shape) - 1)
    to = [d.int(0, n) if k != axis else d.dim(20) for k, n in enumerate(shape)]
    return Case(d.name, [d.array(shape, d.type()), index(d, to, shape[axis])],
                {"axis": axis - len(shape) if d.chance(0.3) else axis})


@recipe("ScatterElements", "Scatter")
def scatter_elements(d):
    shape = full_shape(d)
    dtype, axis = d.type(), d.int(0, len(shape) - 1)
    reductions = ["none"] + (["add", "mul"] if d.opset >= 16 else []) + (["max", "min"] if d.opset >= 18 else [])
    reduction = d.pick(reductions) if kind(dtype) in "fi" and d.name != "Scatter" else "none"
    to = [d.int(1, n) for n in shape]
    if reduction == "none":  # ONNX leaves repeated indices open
        to[axis] = d.int(1, shape[axis])
        order = np.argsort(d.random.random(to[:axis] + [shape[axis]] + to[axis + 1:]), axis)
        where = np.take(order, range(to[axis]), axis)
        where = np.where(d.random.random(where.shape) < (0.3 if d.opset >= 11 else 0), where - shape[axis], where)
        where = where.astype(d.pick([np.int64, np.int32]))
    else:
        to[axis] = d.dim(20, 0)
        where = index(d, to, shape[axis])
    made = {"axis": axis - len(shape) if d.opset >= 11 and d.chance(0.3) else axis}
    if reduction != "none":
        made["reduction"] = reduction
    x, y = d.array(shape, dtype), d.array(to, dtype)
    return Case(d.name, [x, where, y], made, bound=reduced(reduction, dtype))


def reduced(reduction, dtype):
    return Bound("spread", 40, own=True) if is_float(dtype) and reduction in ("add", "mul") else EXACT


@recipe("GatherND")
def gather_nd(d):
    shape = full_shape(d, 1, 8, 1000)
    batch = d.int(0, min(2, len(shape) - 1)) if d.opset >= 12 else 0
    last = d.int(1, len(shape) - batch)
    lead = list(shape[:batch]) + list(d.shape(d.int(0, 2), 20))
    at = [d.ints(lead, np.int64, -n if d.opset >= 11 else 0, n - 1) for n in shape[batch:batch + last]]
    return Case(d.name, [d.array(shape, d.type()), np.stack(at, -1)], {"batch_dims": batch or None})


@recipe("ScatterND")
def scatter_nd(d):
    shape = full_shape(d, 1, 8, 1000)
    dtype, last = d.type(), d.int(1, len(shape))
    places = int(np.prod(shape[:last]))
    reductions = ["none"] + (["add", "mul"] if d.opset >= 16 else []) + (["max", "min"] if d.opset >= 18 else [])
    reduction = d.pick(reductions) if kind(dtype) in "fi" else "none"
    n = d.int(1, min(places, 20))
    flat = d.random.permutation(places)[:n] if reduction == "none" else d.random.integers(0, places, n)
    at = np.stack(np.unravel_index(flat, shape[:last]), -1).astype(np.int64)
    if d.chance(0.3):
        at = at - np.array(shape[:last], np.int64)
    if d.chance(0.3) and n % 2 == 0:
        at = at.reshape(2, n // 2, last)
    updates = d.array(at.shape[:-1] + tuple(shape[last:]), dtype)
    return Case(d.name, [d.array(shape, dtype), at, updates], {"reduction": reduction if reduction != "none" else None},
                bound=reduced(reduction, dtype))


@recipe("TensorScatter")
def tensor_scatter(d):
    batch, rank = d.int(1, 4), d.int(3, 4)
    axis = d.int(1, rank - 1)
    past = [batch] + [d.int(1, 6) for _ in range(rank - 1)]
    update = list(past)
    update[axis] = d.int(1, past[axis])
    mode = d.pick(["linear", "circular"])
    most = past[axis] - update[axis] if mode == "linear" else past[axis] - 1
    dtype = d.type()

    def formula(case):  # the operator's pseudocode, but only the position is taken modulo, not the batch
        made, at = case.inputs[0].copy(), case.inputs[2]
        for b in range(batch):
            for s in range(update[axis]):
                to = (0 if at is None else int(at[b])) + s
                make_room = np.moveaxis(made[b], axis - 1, 0)
                make_room[to % past[axis]] = np.moveaxis(case.inputs[1][b], axis - 1, 0)[s]
        return made
    return Case(d.name, [d.array(past, dtype), d.array(update, dtype), d.maybe(d.ints((batch,), np.int64, 0, most), 0.7)],
                {"axis": axis - rank if d.chance(0.5) else axis, "mode": mode}, numpy=formula, oracles=("numpy", "ort"))


@recipe("Compress")
def compress(d):
    shape = full_shape(d)
    x = d.array(shape, d.type())
    if d.chance(0.3):
        return Case(d.name, [x, d.random.random(d.int(1, x.size)) < 0.5])
    axis = d.int(0, len(shape) - 1)
    return Case(d.name, [x, d.random.random(d.int(1, shape[axis])) < 0.5],
                {"axis": axis - len(shape) if d.opset >= 11 and d.chance(0.3) else axis})


@recipe("Unique")
def unique(d):
    shape = full_shape(d, 1, 4, 200)
    dtype = d.type()
    x = d.array(shape, dtype, -3, 3) if kind(dtype) in "fi" else d.array(shape, dtype)
    x = np.round(x.astype(np.float32)).astype(dtype) if kind(dtype) == "f" else x
    x = np.nan_to_num(x).astype(dtype) if kind(dtype) == "c" else x  # numpy takes all NaN for one
    return Case(d.name, [x], {"axis": d.maybe(d.axis(len(shape))), "sorted": d.maybe(d.int(0, 1))}, outputs=4)


@recipe("OneHot")
def one_hot(d):
    kinds = d.type("T1", [t for t in d.allowed("T1") if t not in ("float16", "bfloat16")])
    depth, shape = d.int(1, 9), d.shape(d.int(1, 4), 200, zero=0)  # ONNX Runtime dies of empty ones
    at = d.ints(shape, np.int64, -depth - 1, depth + 1)
    low = 0 if kind(kinds) == "i" and kinds.kind == "u" else None
    at = np.abs(at).astype(kinds) if low == 0 else at.astype(kinds)
    values = d.array((2,), d.type("T3"))
    depth_type = d.type("T2", [t for t in d.allowed("T2") if t not in ("float16", "bfloat16")])
    n = np.array(depth, depth_type)
    return Case(d.name, [at, n if d.chance(0.5) else n.reshape(1), values], numpy=one_hot_formula, attrs={"axis": d.maybe(d.int(-len(shape) - 1, len(shape)))})


def one_hot_formula(case):
    at, depth, (off, on) = case.inputs[0], int(case.inputs[1].reshape(-1)[0].astype(np.float64)), case.inputs[2]
    axis = -1 if case.attrs["axis"] is None else case.attrs["axis"]
    at = np.expand_dims(at.astype(np.int64), axis)
    shape = [1] * at.ndim
    shape[axis] = depth
    hit = np.where(at < 0, at + depth, at) == np.arange(depth).reshape(shape)
    made = np.empty(hit.shape, case.inputs[2].dtype)
    made[hit], made[~hit] = on, off
    return made


@recipe("DepthToSpace", "SpaceToDepth")
def depth_space(d):
    b, n, c, h, w = d.int(1, 3), d.int(0, 3), d.int(1, 3), d.int(1, 5), d.int(1, 5)
    shape = (n, c * b * b, h, w) if d.name == "DepthToSpace" else (n, c, h * b, w * b)
    made = {"blocksize": b}
    if "mode" in d.schema.attributes:
        made["mode"] = d.maybe(d.pick(["DCR", "CRD"]))
    return Case(d.name, [d.array(shape, d.type())], made)


@recipe("ReverseSequence")
def reverse_sequence(d):
    shape = list(full_shape(d, 2, 5))
    time = d.int(0, 1)
    return Case(d.name, [d.array(shape, d.type()), d.ints((shape[1 - time],), np.int64, 1, shape[time])],
                {"time_axis": time, "batch_axis": 1 - time})


@recipe("Trilu")
def trilu(d):
    shape = d.shape(d.rank(2, 6))
    k = np.array(d.int(-8, 8), np.int64)
    return Case(d.name, [d.array(shape, d.type()), d.maybe(k, 0.7)], {"upper": d.maybe(d.int(0, 1))})


@recipe("EyeLike")
def eye_like(d):
    to = d.maybe(d.type("T2"))
    return Case(d.name, [d.array(d.shape(2), d.type("T1"))],
                {"dtype": NUMBER[to] if to is not None else None, "k": d.maybe(d.int(-5, 5))})


@recipe("ConstantOfShape")
def constant_of_shape(d):
    value = d.array((1,), d.type("T2"))
    made = helper.make_tensor("value", NUMBER[value.dtype], [1], value.tobytes(), raw=True)
    if NUMBER[value.dtype] in (21, 22, 23, 25, 26):
        made = None
    return Case(d.name, [d.i64(d.shape())], {"value": made if made is not None and d.chance(0.8) else None})


@recipe("Constant")
def constant(d):
    value = d.array(d.shape(None, 60), d.type(d.schema.outputs[0].type_str))
    from case import tensor_of
    return Case(d.name, [], {"value": tensor_of(value, "value")})


@recipe("Range")
def range_(d):
    dtype = d.type()
    step = d.pick([1, 2, 3, -1, -2])
    start = d.int(-20, 20)
    stop = start + step * d.int(-2, 30) + d.int(0, 1)
    if is_float(dtype):
        step, start = step * 0.5, start * 0.25
    return Case(d.name, [np.array(v, dtype) for v in (start, stop, step)], bound=spread(16) if is_float(dtype) else EXACT)


@recipe("CenterCropPad")
def center_crop_pad(d):
    shape = d.shape(d.int(1, 5), 1000, zero=0)
    axes = d.picks(range(len(shape)), d.int(1, len(shape))) if d.chance(0.6) else None
    n = len(axes if axes is not None else shape)
    kind_ = d.type("Tind")
    return Case(d.name, [d.array(shape, d.type()), np.array([d.int(1, 9) for _ in range(n)], kind_)],
                {"axes": None if axes is None else [a - len(shape) if d.chance(0.3) else a for a in axes]})


@recipe("Col2Im")
def col2im(d):
    spatial = d.int(1, 3)
    kernel = [d.int(1, 3) for _ in range(spatial)]
    dilations = [d.int(1, 2) for _ in range(spatial)]
    strides = [d.int(1, 3) for _ in range(spatial)]
    pads = [d.int(0, 2) for _ in range(2 * spatial)]
    image = [max(d.int(1, 8), dilations[k] * (kernel[k] - 1) + 1 - pads[k] - pads[k + spatial]) for k in range(spatial)]
    blocks = [(image[k] + pads[k] + pads[k + spatial] - dilations[k] * (kernel[k] - 1) - 1) // strides[k] + 1
              for k in range(spatial)]
    n, c = d.int(1, 2), d.int(1, 3)
    dtype = d.type("T", FLOATS_ONLY)
    x = d.floats((n, c * int(np.prod(kernel)), int(np.prod(blocks))), dtype, odd=False)
    return Case(d.name, [x, d.i64(image), d.i64(kernel)], {"dilations": dilations, "strides": strides, "pads": pads},
                bound=spread(40), oracles=("ort", "wide", "reference") if spatial == 2 else ("reference",),
                note="ONNX Runtime reads beside the input for other than two dimensions")


FLOATS_ONLY = ["float", "float16", "double", "bfloat16"]


@recipe("MaxUnpool")
def max_unpool(d):
    n, c, h, w = d.int(1, 2), d.int(1, 3), d.int(2, 6), d.int(2, 6)
    k = d.int(1, 3)
    out = n * c * (h * k) * (w * k)
    at = d.random.permutation(out)[:n * c * h * w].reshape(n, c, h, w).astype(np.int64)
    return Case(d.name, [d.floats((n, c, h, w), d.type("T1")), at], {"kernel_shape": [k, k], "strides": [k, k]})
