# SPDX-License-Identifier: Apache-2.0
"""Products, recurrent layers, attention, losses and signals."""
import numpy as np

from case import EXACT, Bound, Case, given, products, spread, ulps
from recipes import CONTRIB, recipe
from values import NUMBER, is_float, kind


def f64(x):
    return np.asarray(x).astype(np.float64)


def numbers(d, shape, dtype):
    """Floats without odd ones, or integers whose products are small."""
    return d.floats(shape, dtype, odd=False) if is_float(dtype) else d.array(shape, dtype, -20, 20)


@recipe("MatMul")
def matmul(d):
    dtype = d.type()
    m, k, n = (d.dim(70, 0.03) for _ in range(3))
    batch = d.shape(d.int(0, 3), 20)
    a, b = list(d.broadcast(batch)) + [m, k], list(d.broadcast(batch)) + [k, n]
    form = d.random.random()
    if form < 0.08:
        a = [k]
    elif form < 0.16:
        b = [k]
    return Case(d.name, [numbers(d, a, dtype), numbers(d, b, dtype)], bound=products(8) if is_float(dtype) else EXACT)


@recipe("FusedMatMul", domain=CONTRIB)
def fused_matmul(d):
    m, k, n = (d.dim(40, 0) for _ in range(3))
    batch = [max(x, 1) for x in d.shape(d.int(0, 2), 12)]
    ta, tb = d.int(0, 1), d.int(0, 1)
    a = batch + ([k, m] if ta else [m, k])
    b = (batch if d.chance(0.6) else []) + ([n, k] if tb else [k, n])
    return Case(d.name, [d.floats(a, odd=False), d.floats(b, odd=False)], {"transA": ta, "transB": tb, "alpha": d.real(0.2, 3)},
                bound=products(8))


@recipe("Gemm")
@recipe("FusedGemm", domain=CONTRIB)
def gemm(d):
    dtype = d.type() if d.schema else np.dtype(np.float32)
    m, k, n = d.dim(70, 0.02), d.dim(70, 0.02), d.dim(70, 0.02)
    ta, tb = d.int(0, 1), d.int(0, 1)
    a, b = ([k, m] if ta else [m, k]), ([n, k] if tb else [k, n])
    c = d.broadcast((m, n)) if d.chance(0.7) or d.opset < 11 else None
    made = {"transA": ta, "transB": tb, "alpha": d.maybe(d.real(0.2, 3)), "beta": d.maybe(d.real(0.2, 3))}
    if not is_float(dtype):
        made["alpha"] = made["beta"] = None
    if d.name == "FusedGemm":
        made["activation"] = d.pick(["Relu", "Tanh", "Sigmoid", "LeakyRelu"])
        if made["activation"] == "LeakyRelu":
            made["activation_alpha"] = 0.25
    inputs = [numbers(d, a, dtype), numbers(d, b, dtype), None if c is None else numbers(d, c, dtype)]
    bound = EXACT if not is_float(dtype) else products(16) if d.name == "Gemm" else given(32, gemm_scale)
    return Case(d.name, inputs, made, bound=bound)


def gemm_scale(case, want):
    a, b = (np.abs(f64(x)) for x in case.inputs[:2])
    c = 0 if case.inputs[2] is None else float(np.abs(f64(case.inputs[2])).max(initial=0))
    return [np.full(want[0].shape, float(a.max(initial=0) * b.max(initial=0)) * max(a.shape) * 3 + 3 * c + 1)]


@recipe("MatMulInteger")
def matmul_integer(d):
    ta, tb = d.pick([np.uint8, np.int8]), d.pick([np.uint8, np.int8])
    m, k, n = (d.dim(70, 0) for _ in range(3))
    batch = [max(x, 1) for x in d.shape(d.int(0, 2), 12)]
    a, b = d.array(batch + [m, k], ta, -128, 255), d.array((batch if d.chance(0.5) else []) + [k, n], tb, -128, 255)
    za = d.maybe(d.array((), ta, -128, 255))
    zb = d.maybe(d.array(() if b.ndim > 2 or d.chance(0.5) else (n,), tb, -128, 255))
    return Case(d.name, [a, b, za, zb])


@recipe("ConvInteger")
def conv_integer(d):
    from recipes_spatial import window
    size, made = window(d, 2)
    group, inner, outer = d.pick([1, 1, 2, 8]), d.pick([1, 3, 8]), d.pick([1, 2, 9])
    x = d.array([d.int(1, 2), group * inner] + size, np.uint8, 0, 255)
    w = d.array([group * outer, inner] + made["kernel_shape"], d.pick([np.uint8, np.int8]), -128, 255)
    zx = d.maybe(d.array((), np.uint8, 0, 255))
    zw = d.maybe(d.array((), w.dtype, -128, 255)) if zx is not None else None
    return Case(d.name, [x, w, zx, zw], {**made, "group": group})


EQUATIONS = ["ij,jk->ik", "bij,bjk->bik", "...ij,...jk->...ik", "ij->ji", "ij->", "ii->i", "ii", "i,i->", "i,j->ij", "bhid,bhjd->bhij",
             "ij,jk", "abc,cd,de->abe", "bij,jk->bki", "...i->...", "aab->ab", "ij,ij->ij", "b...i,b...i->b...", "ijk,il,jm->klm",
             "i...->...i", "ab,ab->a", "abc->cab", "a,b,c->abc"]


@recipe("Einsum")
def einsum(d):
    text = d.pick(EQUATIONS)
    sizes = {c: d.pick([1, 2, 3, 4, 5, 8]) for c in "abcdehijklm"}
    dots = [d.int(1, 3) for _ in range(d.int(0, 2))]
    shapes = []
    for term in text.split("->")[0].split(","):
        shape = []
        for piece in term.replace("...", ".").strip():
            shape += dots if piece == "." else [sizes[piece]]
        shapes.append(shape)
    dtype = d.type("T", ["float", "double", "int32", "int64", "float16"])
    inputs = [numbers(d, s, dtype) for s in shapes]
    formula = (lambda c: np.einsum(text, *(f64(x) for x in c.inputs))) if is_float(dtype) else None
    return Case(d.name, inputs, {"equation": text}, bound=products(8) if is_float(dtype) else EXACT, numpy=formula)


@recipe("Det")
def det(d):
    n = d.int(1, 5)
    x = d.floats([max(k, 1) for k in d.shape(d.int(0, 3), 20)] + [n, n], d.type("T", ["float", "double", "float16"]), -2, 2)
    return Case(d.name, [x], bound=given(16, lambda c, w: [np.full(w[0].shape, (2.0 * n) ** n)]), numpy=lambda c: np.linalg.det(f64(c.inputs[0])))


# ------------------------------------------------------------------------------------------------ recurrent

@recipe("RNN", "GRU", "LSTM")
def recurrent(d):
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[d.name]
    t, n, i, h = d.int(1, 7), d.int(1, 4), d.pick([1, 3, 8, 17]), d.pick([1, 2, 5, 16])
    direction = d.pick(["forward", "reverse", "bidirectional"])
    k = 2 if direction == "bidirectional" else 1
    dtype = d.type("T", ["float", "double", "float16"])
    layout = d.int(0, 1) if d.opset >= 14 and d.chance(0.2) else 0
    x = d.floats([n, t, i] if layout else [t, n, i], dtype, -1.5, 1.5)
    inputs = [x, d.floats([k, gates * h, i], dtype, -0.7, 0.7), d.floats([k, gates * h, h], dtype, -0.7, 0.7),
              d.maybe(d.floats([k, 2 * gates * h], dtype, -0.5, 0.5)), d.maybe(d.ints((n,), np.int32, 0 if d.chance(0.2) else 1, t), 0.4),
              d.maybe(d.floats([n, k, h] if layout else [k, n, h], dtype, -1, 1))]
    made = {"hidden_size": h, "direction": direction, "layout": layout or None, "clip": d.maybe(d.real(0.5, 3), 0.15)}
    if d.name == "LSTM":
        inputs.append(d.maybe(d.floats([n, k, h] if layout else [k, n, h], dtype, -1, 1)))
        inputs.append(d.maybe(d.floats([k, 3 * h], dtype, -0.5, 0.5), 0.3))
        made["input_forget"] = d.maybe(d.int(0, 1), 0.15)
    if d.name == "GRU":
        made["linear_before_reset"] = d.maybe(d.int(0, 1))
    if d.chance(0.3):
        names = ["Tanh", "Sigmoid", "Relu", "Softsign", "Elu", "HardSigmoid", "LeakyRelu", "Softplus"]
        each = {"RNN": 1, "GRU": 2, "LSTM": 3}[d.name]
        made["activations"] = [d.pick(names[:4]) for _ in range(each * k)]
    outputs = 3 if d.name == "LSTM" else 2
    return Case(d.name, inputs, made, outputs=outputs, bound=Bound("spread", 600), numpy=batch_first if layout else None,
                oracles=("ort", "wide") if not layout else ("numpy",))


def batch_first(case):
    """ONNX Runtime has the other layout only: transposed there and back."""
    import dataclasses

    import oracle
    inputs = [x if x is None or k not in (0, 5, 6) else np.ascontiguousarray(np.swapaxes(x, 0, 1)) for k, x in enumerate(case.inputs)]
    other = dataclasses.replace(case, inputs=inputs, attrs={**case.attrs, "layout": None}, dynamic=False, constant=set(), numpy=None)
    for way in (oracle.by_ort, oracle.by_wider):
        try:
            y, *last = way(other, other.model())
            return [np.transpose(y, (2, 0, 1, 3))] + [np.swapaxes(x, 0, 1) for x in last]
        except oracle.Refused as refusal:
            why = refusal
    raise why


# ------------------------------------------------------------------------------------------------ attention

def scaled_products(c):
    """ONNX's Attention in double precision: scale, soft cap, masks, softmax."""
    q, k, v = (x.astype(np.float64) for x in c.inputs[:3])
    a = c.attrs
    heads, few = (a["q_num_heads"], a["kv_num_heads"]) if q.ndim == 3 else (q.shape[1], k.shape[1])
    flat = q.ndim == 3

    def split(x, n):
        return x.reshape(x.shape[0], x.shape[1], n, -1).transpose(0, 2, 1, 3) if flat else x
    q, k, v = split(q, heads), split(k, few), split(v, few)
    old = 0
    if len(c.inputs) > 4:
        old = c.inputs[4].shape[2]
        k, v = (np.concatenate([c.inputs[i].astype(np.float64), x], 2) for i, x in ((4, k), (5, v)))
    present = [k, v]
    k, v = (np.repeat(x, heads // few, 1) for x in (k, v))
    scale = 1 / np.sqrt(q.shape[-1]) if a.get("scale") is None else a["scale"]
    scores = [scale * (q @ k.transpose(0, 1, 3, 2))]
    cap = a.get("softcap") or 0
    scores.append(cap * np.tanh(scores[0] / cap) if cap else scores[0])
    mask = c.inputs[3]
    bias = np.zeros(())
    if mask is not None:
        bias = np.where(mask, 0, -np.inf) if mask.dtype == bool else mask.astype(np.float64)
        if bias.shape[-1] < k.shape[2]:  # what it does not reach is left out
            bias = np.pad(bias, [(0, 0)] * (bias.ndim - 1) + [(0, k.shape[2] - bias.shape[-1])], constant_values=-np.inf)
    if a.get("is_causal"):
        bias = bias + np.where(np.arange(k.shape[2]) <= np.arange(q.shape[2])[:, None] + old, 0, -np.inf)
    scores.append(scores[1] + bias)
    e = np.exp(scores[2] - scores[2].max(-1, keepdims=True, initial=-1e300))
    scores.append(e / e.sum(-1, keepdims=True))
    y = scores[3] @ v
    y = y.transpose(0, 2, 1, 3).reshape(y.shape[0], y.shape[2], -1) if flat else y
    return ([y] if c.outputs == 1 else [y, *present] if c.outputs == 3 else [y, scores[a.get("qk_matmul_output_mode") or 0]])


@recipe("Attention")
def attention(d):
    d.calm()
    n, heads, q, s, e = d.int(1, 2), d.int(1, 4), d.int(1, 6), d.int(1, 7), d.pick([2, 4, 8, 16])
    v = e if d.chance(0.7) else d.pick([2, 4, 6])
    few = d.pick([k for k in (1, 2, heads) if heads % k == 0])
    past = d.pick([0, 0, d.int(1, 4)])
    dtype = d.type("T1", ["float", "float16", "double", "bfloat16"])
    flat = d.chance(0.4)

    def part(length, h, size):
        return d.floats([n, length, h * size] if flat else [n, h, length, size], dtype, odd=False)
    inputs = [part(q, heads, e), part(s, few, e), part(s, few, v)]
    total = past + s
    mask = None
    if d.chance(0.5):
        shape = d.pick([(q, total), (n, 1, q, total), (1, 1, q, total), (n, heads, q, total), (1, q, total)])
        mask = d.floats(shape, dtype, odd=False) if d.chance(0.5) else d.random.random(shape) < 0.7
        if mask.dtype == bool:
            mask[..., 0] = True
    inputs.append(mask)
    if past:
        inputs += [d.floats([n, few, past, e], dtype, odd=False), d.floats([n, few, past, v], dtype, odd=False)]
    made = {"is_causal": d.maybe(d.int(0, 1)), "scale": d.maybe(d.real(0.1, 1)), "softcap": d.maybe(d.real(1, 20), 0.2)}
    if flat:
        made.update(q_num_heads=heads, kv_num_heads=few)
    outputs = 3 if past else d.pick([1, 4])
    if outputs == 4:
        made["qk_matmul_output_mode"] = d.maybe(d.int(0, 3))
    wanted = {0, 3} if outputs == 4 else None
    return Case(d.name, inputs, made, outputs=outputs, wanted=wanted, bound=Bound("spread", 60), numpy=scaled_products,
                oracles=("numpy", "ort"))


@recipe("RotaryEmbedding")
def rotary(d):
    n, heads, s, size = d.int(1, 2), d.int(1, 3), d.int(1, 5), 2 * d.int(1, 5)
    part = 2 * d.int(1, size // 2) if d.chance(0.3) else 0
    dtype = d.type("T", ["float", "float16", "bfloat16"])
    flat = d.chance(0.5)
    x = d.floats([n, s, heads * size] if flat else [n, heads, s, size], dtype, odd=False)
    half, most = (part or size) // 2, s + d.int(0, 4)
    ids = d.ints((n, s), np.int64, 0, most - 1) if d.chance(0.6) else None
    shape = (most, half) if ids is not None else (n, s, half)
    made = {"interleaved": d.maybe(d.int(0, 1)), "rotary_embedding_dim": part or None, "num_heads": heads if flat else None}
    return Case(d.name, [x, d.floats(shape, dtype, -1, 1), d.floats(shape, dtype, -1, 1), ids], made, bound=spread(16))


@recipe("RotaryEmbedding", domain=CONTRIB)
def rotary_contrib(d):
    n, heads, s, size = d.int(1, 2), d.int(1, 3), d.int(1, 5), 2 * d.int(1, 4)
    most = s + d.int(0, 4)
    x = d.floats([n, s, heads * size], odd=False)
    ids = d.ints((n, s), np.int64, 0, most - 1)
    cache = d.floats((most, size // 2), np.float32, -1, 1)
    return Case(d.name, [x, ids, cache, d.floats((most, size // 2), np.float32, -1, 1)], {"interleaved": d.maybe(d.int(0, 1)), "num_heads": heads},
                bound=spread(16))


@recipe("MultiHeadAttention", domain=CONTRIB)
def multi_head(d):
    d.calm()
    n, heads, q, s, e = d.int(1, 2), d.int(1, 4), d.int(1, 6), d.int(1, 7), d.pick([2, 4, 8])
    inputs = [d.floats([n, q, heads * e], odd=False), d.floats([n, s, heads * e], odd=False), d.floats([n, s, heads * e], odd=False),
              d.maybe(d.floats([3 * heads * e], odd=False))]
    inputs.append(None)
    inputs.append(d.maybe(d.floats([n, heads, q, s], odd=False)))
    return Case(d.name, inputs, {"num_heads": heads, "scale": d.maybe(d.real(0.1, 1))}, bound=Bound("spread", 400))


@recipe("Attention", domain=CONTRIB)
def contrib_attention(d):
    d.calm()
    n, heads, s, e, i = d.int(1, 2), d.int(1, 4), d.int(1, 6), d.pick([2, 4, 8]), d.pick([4, 8])
    h = heads * e
    inputs = [d.floats([n, s, i], odd=False), d.floats([i, 3 * h], odd=False), d.floats([3 * h], odd=False)]
    form = d.int(0, 2)
    if form:
        inputs.append(d.ints((n,), np.int32, 1, s) if form == 1 else (d.random.random((n, s)) < 0.7).astype(np.int32))
        if form == 2:
            inputs[3][:, 0] = 1
    return Case(d.name, inputs, {"num_heads": heads, "unidirectional": d.maybe(d.int(0, 1))}, bound=Bound("spread", 1000))


@recipe("GroupQueryAttention", domain=CONTRIB)
def group_query(d):
    d.calm()
    n, few, e = d.int(1, 2), d.pick([1, 2]), 8
    heads, first = few * d.int(1, 3), d.chance(0.5)
    s = d.int(1, 6) if first else 1
    room = s + 3
    past = 0 if first else d.int(1, room - 1)
    zeros = np.zeros([n, few, room, e], np.float32)
    k, v = zeros.copy(), zeros.copy()
    k[:, :, :past], v[:, :, :past] = d.floats([n, few, past, e], odd=False), d.floats([n, few, past, e], odd=False)
    total = past + s
    inputs = [d.floats([n, s, heads * e], odd=False), d.floats([n, s, few * e], odd=False), d.floats([n, s, few * e], odd=False), k, v,
              np.full((n,), total - 1, np.int32), np.array(total, np.int32)]
    return Case(d.name, inputs, {"num_heads": heads, "kv_num_heads": few, "scale": d.maybe(d.real(0.1, 1))}, outputs=3,
                bound=Bound("spread", 400))


@recipe("EmbedLayerNormalization", domain=CONTRIB)
def embed(d):
    n, s, h, words = d.int(1, 3), d.int(1, 6), d.pick([4, 8, 33]), d.int(3, 20)
    ids = d.ints((n, s), np.int32, 0, words - 1)
    segment = d.maybe(d.ints((n, s), np.int32, 0, 1))
    inputs = [ids, segment, d.floats((words, h), odd=False), d.floats((s + 2, h), odd=False),
              None if segment is None else d.floats((2, h), odd=False), d.floats((h,), np.float32, 0.3, 2), d.floats((h,), odd=False)]
    return Case(d.name, inputs, {"epsilon": d.real(1e-4, 1e-2)}, outputs=2, bound=Bound("spread", 400), oracles=("ort",))


# --------------------------------------------------------------------------------------------------- losses

@recipe("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(d):
    n, c = d.int(1, 4), d.int(1, 6)
    rest = [d.int(1, 4) for _ in range(d.int(0, 2))]
    dtype = d.type("T", ["float", "double", "float16"])
    x = d.floats([n, c] + rest, dtype, odd=False)
    at = d.ints([n] + rest, d.pick([np.int64, np.int32]), 0, c - 1)
    made = {"reduction": d.maybe(d.pick(["none", "sum", "mean"])), "ignore_index": d.maybe(d.int(0, c), 0.3)}
    weights = d.maybe(d.floats([c], dtype, 0.2, 2))
    outputs = d.int(1, 2) if d.name == "SoftmaxCrossEntropyLoss" else 1
    return Case(d.name, [x, at, weights], made, outputs=outputs, bound=Bound("spread", 300), oracles=("ort", "reference"))


@recipe("Dropout")
def dropout(d):
    x = d.array(d.shape(), d.type())
    if d.opset < 12:
        return Case(d.name, [x], {"ratio": d.real(0, 0.9)}, outputs=d.int(1, 2))
    return Case(d.name, [x, d.maybe(np.array(d.real(0, 0.9), np.float32))], outputs=d.int(1, 2))


# -------------------------------------------------------------------------------------------------- signals

@recipe("HannWindow", "HammingWindow", "BlackmanWindow")
def window_function(d):
    size = np.array(d.int(1, 40), d.type("T1"))
    to = d.type("T2", ["float", "double", "float16", "bfloat16"])
    return Case(d.name, [size], {"periodic": d.maybe(d.int(0, 1)), "output_datatype": NUMBER[to]},
                bound=given(16, lambda c, w: [np.ones(w[0].shape)]), oracles=("ort", "reference"))


@recipe("MelWeightMatrix")
def mel(d):
    bins, length, rate = d.int(1, 12), 2 * d.int(8, 60), d.pick([8000, 16000])
    low, high = d.real(0, 500), d.real(1500, 3900)
    inputs = [np.array(bins, np.int64), np.array(length, np.int64), np.array(rate, np.int64), np.array(low, np.float32), np.array(high, np.float32)]
    return Case(d.name, inputs, bound=spread(64), oracles=("ort", "reference"))


@recipe("DFT")
def dft(d):
    rank = d.int(3, 4)
    axis = d.int(0, rank - 2) if d.opset >= 20 else d.int(1, rank - 2) if rank > 2 else 0
    shape = [d.int(1, 3) for _ in range(rank - 1)]
    shape[axis] = d.pick([1, 2, 3, 4, 5, 7, 8, 16, 30])
    complex_ = d.int(1, 2)
    inverse = d.int(0, 1)
    one = d.int(0, 1) if complex_ == 1 and not inverse else 0
    dtype = d.type("T1", ["float", "double"])
    x = d.floats(shape + [complex_], dtype, odd=False)
    length = d.maybe(np.array(d.int(1, 20), np.int64), 0.3)
    made = {"inverse": d.maybe(inverse) if not inverse else 1, "onesided": one or None}
    bound = given(200, lambda c, w: [np.full(w[0].shape, float(np.abs(f64(x)).sum(axis).max(initial=0)) + 1e-3)])

    def formula(case):
        z = f64(x[..., 0]) + (1j * f64(x[..., 1]) if complex_ == 2 else 0)
        n = int(length) if length is not None else z.shape[axis]
        y = (np.fft.ifft if inverse else np.fft.fft)(z, n, axis)
        if one:
            y = np.take(y, range(n // 2 + 1), axis)
        return np.stack([y.real, y.imag], -1)
    if d.opset < 20:
        return Case(d.name, [x, length], {**made, "axis": axis}, bound=bound, numpy=formula, oracles=("numpy",))
    return Case(d.name, [x, length, np.array(axis, np.int64)], made, bound=bound, numpy=formula,
                oracles=("numpy", "ort") if length is None else ("numpy",))


@recipe("STFT")
def stft(d):
    n, frame = d.int(1, 2), d.pick([4, 8, 16, 5])
    length, step = frame + d.int(0, 30), d.int(1, 6)
    dtype = d.type("T1", ["float", "double"])
    x = d.floats((n, length, 1), dtype, odd=False)
    w = d.maybe(d.floats((frame,), dtype, 0, 1))
    size = np.array(frame, np.int64) if w is None or d.chance(0.5) else None
    bound = given(16, lambda c, w_: [np.full(w_[0].shape, float(np.abs(f64(x)).sum()) + 1e-3)])
    return Case(d.name, [x, np.array(step, np.int64), w, size], {"onesided": d.maybe(d.int(0, 1))}, bound=bound)
