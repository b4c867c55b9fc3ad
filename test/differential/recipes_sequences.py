# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's operators on sequences without padding, mixtures of experts, bitsandbytes' weights, hashes and windows."""
import numpy as np

from case import Bound, Case, spread
from recipes import CONTRIB, recipe
from recipes_contrib import NEAR, OWN, ORT, because, f64


# ------------------------------------------------------------------------------------------------- experts

@recipe("MoE", domain=CONTRIB)
def experts(d):
    t, h, i, e = d.int(1, 6), d.int(1, 9), d.int(1, 9), d.int(1, 5)
    kind = d.pick(["relu", "gelu", "silu", "identity", "swiglu"])
    n = i * (2 if kind == "swiglu" else 1)
    attrs = {"k": d.int(1, e), "activation_type": kind, "normalize_routing_weights": d.int(0, 1)}
    if kind == "swiglu":
        attrs |= {"swiglu_fusion": 1, "activation_alpha": d.maybe(1.702), "activation_beta": d.maybe(1.0), "swiglu_limit": d.maybe(1.5)}
    shape = [t, h] if d.chance(0.5) else [1, t, h]
    real = lambda *s: d.floats(s, np.float32, -2, 2)
    inputs = [real(*shape), real(t, e), real(e, n, h), d.maybe(real(e, n)), real(e, h, i), d.maybe(real(e, h))]
    return Case(d.name, inputs, attrs, bound=NEAR, oracles=("ort",))


@recipe("MatMulBnb4", domain=CONTRIB)
def bnb4(d):
    k, n, block = d.int(1, 40), d.int(1, 12), d.pick([16, 32, 64])
    a = d.floats([*d.shape(d.int(0, 2), 6, zero=0), d.int(1, 4), k], odd=False)
    b, most = d.ints(((n * k + 1) // 2,), np.uint8, 0, 255), np.abs(d.floats(((n * k + block - 1) // block,), np.float32, 0.1, 2))
    case = Case(d.name, [a, b, most], {"K": k, "N": n, "block_size": block, "quant_type": d.int(0, 1)}, bound=NEAR, oracles=("ort",))
    case.constant = {1, 2}
    return case


# ------------------------------------------------------------------------------------------- exact results

@recipe("MurmurHash3", domain=CONTRIB)
def murmur(d):
    t = d.pick([np.int32, np.uint32, np.int64, np.uint64, np.float32, np.float64, np.object_])
    return Case(d.name, [d.array(d.shape(d.int(0, 3), 200), t)], {"seed": d.maybe(d.int(0, 2**31)), "positive": d.maybe(d.int(0, 1))},
                oracles=("ort",))


@recipe("DynamicTimeWarping", domain=CONTRIB)
def time_warping(d):
    x = d.floats([d.int(1, 12), d.int(1, 12)], odd=False)
    return Case(d.name, [x if d.chance(0.5) else x[None]], oracles=("ort",))


@recipe("UnfoldTensor", domain=CONTRIB)
def unfold(d):
    t = d.pick([np.float32, np.float64, np.int8, np.int64, np.uint16, np.bool_, np.float16])
    shape = d.shape(d.int(1, 4), 500, zero=0)
    axis = d.axis(len(shape))
    size, step = d.int(1, shape[axis]), d.int(1, 4)

    def formula(c):
        windows = np.lib.stride_tricks.sliding_window_view(c.inputs[0], size, axis)
        return windows.take(np.arange(0, windows.shape[axis % len(shape)], step), axis % len(shape))
    return Case(d.name, [d.array(shape, t)], {"dim": axis, "size": size, "step": step}, numpy=formula, oracles=("numpy", "ort"))


@recipe("IsAllFinite", domain=CONTRIB)
def all_finite(d):
    inputs = [d.floats(d.shape(d.int(0, 3), 400)) for _ in range(d.int(1, 4))]
    only = d.pick([None, "isnan_only", "isinf_only"])

    def formula(c):
        bad = {None: lambda x: ~np.isfinite(x), "isnan_only": np.isnan, "isinf_only": np.isinf}[only]
        return np.array(not any(bad(x).any() for x in c.inputs))
    return Case(d.name, inputs, {only: 1} if only else {}, numpy=formula, oracles=("numpy",))


@recipe("ComplexMul", "ComplexMulConj", domain=CONTRIB)
def complex_mul(d):
    shape = d.shape(d.int(0, 3), 200)
    a, b = d.floats([*shape, 2], odd=False), d.floats([*d.broadcast(shape), 2], odd=False)

    def formula(c):
        x, y = (f64(v)[..., 0] + 1j * f64(v)[..., 1] for v in c.inputs)
        z = x * (y.conj() if c.op.endswith("Conj") else y)
        return np.stack([z.real, z.imag], -1)
    most = float(max(np.abs(a).max(initial=0), 1) * max(np.abs(b).max(initial=0), 1))
    return Case(d.name, [a, b], numpy=formula, bound=Bound("given", 8, lambda c, w: [np.full(w[0].shape, most)]), oracles=("numpy",))


# ------------------------------------------------------------------------------------------------- padding

def offsets(d, b, s):
    """Lengths of b sequences, and token_offset of them."""
    count = d.ints((b,), np.int32, 0, s)
    real = np.arange(s) < count[:, None]
    flat = np.arange(b * s).reshape(b, s)
    return count, np.concatenate([flat[real], flat[~real]]).reshape(b, s).astype(np.int32)


@recipe("RemovePadding", domain=CONTRIB)
def remove_padding(d):
    b, s, h = d.int(1, 4), d.int(1, 6), d.int(1, 5)
    count, at = offsets(d, b, s)

    def formula(c):
        ends = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
        return c.inputs[0].reshape(b * s, h)[at.reshape(-1)[:ends[-1]]], at, ends, count.max(keepdims=True)
    return Case(d.name, [d.floats([b, s, h], odd=False), count], outputs=4, numpy=formula, oracles=("numpy",))


@recipe("RestorePadding", domain=CONTRIB)
def restore_padding(d):
    b, s, h = d.int(1, 4), d.int(1, 6), d.int(1, 5)
    count, at = offsets(d, b, s)
    n = int(count.sum())

    def formula(c):
        y = np.zeros((b * s, h))
        y[at.reshape(-1)[:n]] = c.inputs[0]
        return y.reshape(b, s, h)
    return Case(d.name, [d.floats([n, h], odd=False), at], numpy=formula, bound=spread(1), oracles=("numpy",))


because(ORT, "qmoe_*", "QMoE", domain=CONTRIB)
because(OWN, "packed_attention", "PackedAttention", domain=CONTRIB)
because(OWN, "packed_multi_head_attention*", "PackedMultiHeadAttention", domain=CONTRIB)
because("transformers' T5", "relative_position_bias*", "RelativePositionBias", domain=CONTRIB)
because(OWN, "gated_relative_position_bias", "GatedRelativePositionBias", domain=CONTRIB)
because("PyTorch", "aten_*", "ATen", domain="org.pytorch.aten")
for case, name in (("quantize_with_order", "QuantizeWithOrder"), ("dequantize_with_order", "DequantizeWithOrder"), ("qordered_gelu", "QOrderedGelu"),
                   ("qordered_layer_norm", "QOrderedLayerNormalization"), ("qordered_matmul", "QOrderedMatMul"),
                   ("bitmask_dropout", "BitmaskDropout"), ("bitmask_bias_dropout", "BitmaskBiasDropout"),
                   ("gemma_rotary_embedding", "GemmaRotaryEmbedding")):
    because(OWN, case, name, domain=CONTRIB)
because(ORT, "sparse_attention_*", "SparseAttention", domain=CONTRIB)
