# SPDX-License-Identifier: Apache-2.0
"""More of make_contrib_cases.py: sequences without padding, mixtures of experts, sparse attention, ordered matrices, ATen."""
from math import erf

import numpy as np
import onnxruntime


def groups(base):
    """The groups of cases, made with the generator and the helpers of make_contrib_cases.py, which come as its globals."""
    globals().update({name: base[name] for name in ("MS", "ATEN", "case", "model", "real", "whole", "u8", "i8", "f32", "scalar")})
    return [sequences, odds_and_ends, ordered, sparse]


def sequences():
    """What the optimiser makes of transformers with padding, and mixtures of experts."""
    x = real(2, 4, 6)
    count = np.array([1, 3], np.int32)
    offset = np.array([[0, 4, 5, 6], [1, 2, 3, 7]], np.int32)
    cumulated = np.array([0, 1, 4], np.int32)
    flat = x.reshape(8, 6)
    tokens = flat[[0, 4, 5, 6]]
    case("remove_padding", "RemovePadding", [x, count], outputs=4, expect=[tokens, offset, cumulated, np.array([3], np.int32)])
    back = np.zeros_like(flat)
    back[[0, 4, 5, 6]] = tokens
    case("restore_padding", "RestorePadding", [tokens, offset], expect=[back.reshape(2, 4, 6)])

    def attend(q, k, v, heads, bias=0):
        """One sequence [S, heads * D]"""
        split = lambda m: m.reshape(m.shape[0], heads, -1).transpose(1, 0, 2).astype(np.float64)
        q, k, v = split(q), split(k), split(v)
        e = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]) + bias)
        return (e / e.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(q.shape[1], -1).astype(np.float32)

    q, k, v, b = real(4, 6), real(4, 6), real(4, 4), real(16, scale=0.5)
    u = [q + b[:6], k + b[6:12], v + b[12:]]
    score = real(1, 2, 4, 4)
    whole = [attend(*(m[:1] for m in u), 2, score[0, :, :1, :1]), attend(*(m[1:] for m in u), 2, score[0, :, :3, :3])]
    case("packed_multi_head_attention", "PackedMultiHeadAttention", [q, k, v, b, offset, cumulated, score], expect=[np.concatenate(whole)],
         num_heads=2)
    m = real(4, 2, 3, 4)
    parts = [m[:, :, i].reshape(4, 8) for i in range(3)]
    whole = [attend(*(p[:1] for p in parts), 2), attend(*(p[1:] for p in parts), 2)]
    case("packed_multi_head_attention_together", "PackedMultiHeadAttention", [m, None, None, None, offset, cumulated],
         expect=[np.concatenate(whole)], num_heads=2)
    w, b = real(6, 24, scale=0.5), real(24)
    parts = np.split(tokens @ w + b, 3, -1)
    whole = [attend(*(p[:1] for p in parts), 2), attend(*(p[1:] for p in parts), 2)]
    case("packed_attention", "PackedAttention", [tokens, w, b, offset, cumulated], expect=[np.concatenate(whole)], num_heads=2)
    # T5's own bias, from transformers' _relative_position_bucket: the table's memory is [heads, buckets]
    import torch
    from transformers.models.t5.modeling_t5 import T5Attention
    table = real(8, 3)
    for name, both in (("relative_position_bias", 1), ("relative_position_bias_past", 0)):
        relative = torch.arange(20)[None, :] - torch.arange(20)[:, None]
        bucket = T5Attention._relative_position_bucket(relative, bool(both), 8, 16).numpy()
        case(name, "RelativePositionBias", [table, scalar(20, np.int64), scalar(20, np.int64)],
             expect=[table.reshape(3, 8)[:, bucket][None]], constant=(0,), max_distance=16, is_bidirectional=both)
    # WavLM's gates
    q, b, bias, w, c, a = real(2, 4, 6), real(6), real(1, 2, 4, 4), real(3, 8), real(8), real(1, 2, 1, 1)
    h = (q + b).reshape(2, 4, 2, 3).transpose(0, 2, 1, 3)
    g = 1 / (1 + np.exp(-(h @ w + c).reshape(2, 2, 4, 2, 4).sum(-1)))
    case("gated_relative_position_bias", "GatedRelativePositionBias", [q, b, bias, w, c, a],
         expect=[((g[..., :1] * (g[..., 1:] * a - 1) + 2) * bias).astype(np.float32)], num_heads=2)
    for t in ("relu", "gelu", "silu", "identity"):
        case(f"moe_{t}", "MoE", [real(5, 8), real(5, 4), real(4, 12, 8), real(4, 12), real(4, 8, 12), real(4, 8)], k=2, activation_type=t)
    case("moe_swiglu", "MoE", [real(2, 3, 8), real(6, 4), real(4, 24, 8), real(4, 24), real(4, 8, 12), real(4, 8)], k=2,
         normalize_routing_weights=1, activation_type="swiglu", swiglu_fusion=1, activation_alpha=1.702, activation_beta=1.0, swiglu_limit=1.5)
    for bits in (4, 8):
        scales = lambda *shape: np.abs(real(*shape, scale=0.1 if bits == 4 else 0.01))
        case(f"qmoe_{bits}_bits", "QMoE", [real(5, 32), real(5, 4), u8(4, 64, 32 * bits // 8), scales(4, 64, 2), real(4, 64),
                                           u8(4, 32, 32 * bits // 8), scales(4, 32, 2), real(4, 32)],
             k=2, normalize_routing_weights=1, activation_type="swiglu", swiglu_fusion=1, activation_alpha=1.702, activation_beta=1.0,
             swiglu_limit=7.0, expert_weight_bits=bits, block_size=16)
    scales = lambda *shape: np.abs(real(*shape, scale=0.01))
    case("qmoe_rows", "QMoE", [real(5, 32), real(5, 4), u8(4, 64, 32), scales(4, 64), real(4, 64), u8(4, 32, 32), scales(4, 32), real(4, 32)], k=2,
         normalize_routing_weights=1, activation_type="swiglu", swiglu_fusion=1, swiglu_limit=7.0, expert_weight_bits=8)
    # SwiGLU of two matrices, which ONNX Runtime has on CUDA only
    x, r, w, b = real(3, 4), real(3, 2), [real(2, 6, 4), real(2, 4, 6), real(2, 6, 4)], [real(2, 6), real(2, 4), real(2, 6)]
    p = np.exp(r) / np.exp(r).sum(-1, keepdims=True)
    y = np.zeros((3, 4))
    for t, e in enumerate(p.argmax(-1)):
        g, l = x[t] @ w[0][e].T + b[0][e], x[t] @ w[2][e].T + b[2][e]
        y[t] = p[t, e] * ((g / (1 + np.exp(-g)) * l) @ w[1][e].T + b[1][e])
    case("moe_swiglu_apart", "MoE", [x, r, w[0], b[0], w[1], b[1], w[2], b[2]], expect=[y.astype(np.float32)], k=1, activation_type="swiglu")


def odds_and_ends():
    for name, kind in (("fp4", 0), ("nf4", 1)):
        case(f"matmul_bnb4_{name}", "MatMulBnb4", [real(2, 3, 20), u8(5 * 20 // 2), np.abs(real(7))], K=20, N=5, block_size=16, quant_type=kind,
             constant=(1, 2))
    a, b = real(2, 3, 2), real(3, 2)
    z, w = a[..., 0] + 1j * a[..., 1], b[..., 0] + 1j * b[..., 1]
    part = lambda v: np.stack([v.real, v.imag], -1).astype(np.float32)
    case("complex_mul", "ComplexMul", [a, b], expect=[part(z * w)])
    case("complex_mul_conj", "ComplexMulConj", [a, b], expect=[part(z * w.conj())])
    case("is_all_finite", "IsAllFinite", [real(2, 3), f32([1, np.inf])], expect=[scalar(False, np.bool_)])
    case("is_all_finite_nan", "IsAllFinite", [real(2, 3), f32([1, np.inf])], expect=[scalar(True, np.bool_)], isnan_only=1)
    case("unfold_tensor", "UnfoldTensor", [real(2, 7, 3)], dim=1, size=3, step=2)
    case("unfold_tensor_last", "UnfoldTensor", [whole(-9, 9, 2, 5)], size=2)
    case("murmur_hash", "MurmurHash3", [whole(-2**31, 2**31, 5, dtype=np.int32)])
    case("murmur_hash_signed", "MurmurHash3", [whole(-2**62, 2**62, 3, 2)], positive=0, seed=42)
    case("murmur_hash_real", "MurmurHash3", [real(4, dtype=np.float64)], seed=7)
    case("murmur_hash_text", "MurmurHash3", [np.array(["", "a", "ab", "abc", "abcd", "abcdefghij"], object)], positive=0)
    case("gather_block_quantized_odd", "GatherBlockQuantized", [u8(5, 24), np.array([4, 0, 3], np.int64), np.abs(real(5, 3)) + 0.1, u8(5, 2)],
         bits=4, block_size=16, quantize_axis=1, gather_axis=0, constant=(0, 2, 3))
    case("conv_transpose_dynamic_pads", "ConvTransposeWithDynamicPads", [real(1, 3, 4, 4), real(3, 2, 3, 3), np.array([1, 0, 2, 1], np.int64), real(2)],
         strides=[2, 2], output_padding=[1, 1])
    import torch
    import torchvision
    t = lambda *shape: torch.from_numpy(real(*shape))
    x, rois = t(2, 3, 8, 9), torch.tensor([[0, 1.5, 0.5, 7, 6], [1, 0, 0, 3, 3], [0, 2, 2, 2.5, 9]])
    # mmcv's maximum is over interpolated samples: bins of one sample each, then their maximum
    samples = torchvision.ops.roi_align(x, rois, (6, 4), 0.5, 1, True)
    case("mmcv_roi_align_max", "MMCVRoiAlign", [x.numpy(), rois.numpy()], expect=[samples.reshape(3, 3, 3, 2, 2, 2).amax((3, 5)).numpy()], domain="mmcv",
         output_height=3, output_width=2, spatial_scale=0.5, sampling_ratio=2, mode="max", aligned=1)
    centre, half = (rois[:, 1:3] + rois[:, 3:]) / 2, (rois[:, 3:] - rois[:, 1:3]) / 2 * 1.3
    grown = torch.cat([rois[:, :1], centre - half, centre + half], 1)
    case("mmdeploy_multi_level_roi_align_grown", "MMCVMultiLevelRoiAlign", [rois.numpy(), x.numpy()],
         expect=[torchvision.ops.roi_align(x, grown, (2, 2), 1 / 4, 2, True).numpy()], domain="mmdeploy", output_height=2, output_width=2,
         featmap_strides=[4.0], sampling_ratio=2, roi_scale_factor=1.3, finest_scale=56, aligned=1)
    number = lambda v: scalar(v, np.int64)
    x, at = t(2, 6), torch.tensor([[0, 3], [5, 5]])
    case("aten_unfold", "ATen", [x.numpy(), number(1), number(3), number(2)], expect=[x.unfold(1, 3, 2).numpy()], domain=ATEN, constant=(1, 2, 3),
         operator="unfold", overload_name="")
    case("aten_take_along_dim", "ATen", [x.numpy(), at.numpy(), number(1)], expect=[torch.take_along_dim(x, at, 1).numpy()], domain=ATEN, constant=(2,),
         operator="take_along_dim")
    image, grid = t(1, 2, 4, 5), t(1, 3, 3, 2) * 0.6
    case("aten_grid_sampler", "ATen", [image.numpy(), grid.numpy(), number(0), number(1), scalar(True, np.bool_)], constant=(2, 3, 4),
         expect=[torch.nn.functional.grid_sample(image, grid, "bilinear", "border", True).numpy()], domain=ATEN, operator="grid_sampler")
    case("aten_embedding", "ATen", [x.numpy(), np.array([1, 0, 1]), number(-1), scalar(False, np.bool_), scalar(False, np.bool_)],
         expect=[x.numpy()[[1, 0, 1]]], domain=ATEN, constant=(2, 3, 4), operator="embedding")
    case("dynamic_time_warping", "DynamicTimeWarping", [np.abs(real(5, 7))])
    case("dynamic_time_warping_equal", "DynamicTimeWarping", [np.round(np.abs(real(1, 6, 4)))])


def in_place(op, inputs, attributes, shared):
    """What ONNX Runtime gives when outputs lie in the memory of inputs: {output: number of the input}."""
    made, feed = model(op, inputs, ["y0", "y1", "y2"], MS, (), 17, attributes, [0] * 3)
    held = {n: x.copy() for n, x in feed.items()}
    values = {n: onnxruntime.OrtValue.ortvalue_from_numpy(x) for n, x in held.items()}
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for n, v in values.items():
        binding.bind_ortvalue_input(n, v)
    for o in ("y0", "y1", "y2"):
        binding.bind_ortvalue_output(o, values[f"x{shared[o]}"]) if o in shared else binding.bind_output(o)
    session.run_with_iobinding(binding)
    return [v.numpy().copy() for v in binding.get_outputs()]


def sparse():
    layouts = [[[0], [0, 1], [1, 2]], [[0], [0, 1], [0, 2]]]
    ends = np.array([np.cumsum([0] + [len(r) for r in rows]) for rows in layouts], np.int32)
    columns = np.array([sum(rows, []) for rows in layouts], np.int32)
    turns = np.arange(48)[:, None] / 10000**(np.arange(8) / 8)
    for name, s, total, batch, turn in (("first", 40, 40, 2, 1), ("next", 1, 37, 1, 0), ("next_turned", 1, 33, 2, 1)):
        q, k, v = real(batch, s, 64), real(batch, s, 32), real(batch, s, 32)
        past = [np.zeros((batch, 2, 48, 16), np.float32) for _ in range(2)]
        for p in past:
            p[:, :, :total - s] = real(batch, 2, total - s, 16)
        inputs = [q, k, v, *past, ends, columns, np.array([total], np.int32), np.full(batch, total, np.int32)]
        inputs += [np.cos(turns).astype(np.float32), np.sin(turns).astype(np.float32)] if turn else []
        attributes = {"num_heads": 4, "kv_num_heads": 2, "sparse_block_size": 16, "do_rotary": turn}
        case(f"sparse_attention_{name}", "SparseAttention", inputs, outputs=3, **attributes,
             expect=in_place("SparseAttention", inputs, attributes, {"y1": 3, "y2": 4}))


def ordered():
    """8-bit matrices in rows and columns, which ONNX Runtime has on CUDA only; steps far from halves."""
    s, t, o = scalar(0.05, np.float32), f32([0.02, 0.03, 0.01, 0.04, 0.05]), scalar(0.0613, np.float32)
    steps = lambda v: np.clip(np.rint(v / o), -128, 127).astype(np.int8)
    x = real(3, 4)
    case("quantize_with_order", "QuantizeWithOrder", [x, o], expect=[steps(x)], order_input=1, order_output=1)
    x = i8(3, 4)
    case("dequantize_with_order", "DequantizeWithOrder", [x, s], expect=[(x * s).astype(np.float16)], order_input=1, order_output=1, to=10)
    y = x * np.float64(s)
    case("qordered_gelu", "QOrderedGelu", [x, s, o], expect=[steps(y * 0.5 * (1 + np.vectorize(erf)(y / np.sqrt(2))))], order_X=1, order_Y=1)
    g, b = real(4, dtype=np.float16), real(4, dtype=np.float16)
    n = (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-5)
    case("qordered_layer_norm", "QOrderedLayerNormalization", [x, s, g, b, o], expect=[steps(n * g + b)], order_X=1, order_Y=1, axis=-1)
    a, b, bias, c = i8(2, 3, 4), i8(4, 5), real(5), i8(1, 3, 5)
    y = (a.astype(np.int64) @ b.astype(np.int64)) * np.float64(s) * t + bias + c * np.float64(s)
    columns = np.ascontiguousarray(b.T).reshape(4, 5)  # the shape stays [K, N]
    o = scalar(0.413, np.float32)
    case("qordered_matmul", "QOrderedMatMul", [a, s, columns, t, o, bias, c, s], expect=[np.clip(np.rint(y / o), -128, 127).astype(np.int8)],
         order_A=1, order_B=0, order_Y=1)
    x, b, k = real(2, 3, 4), real(4), real(2, 3, 4)
    case("bitmask_dropout", "BitmaskDropout", [x], expect=[x])
    case("bitmask_bias_dropout", "BitmaskBiasDropout", [x, b, k], expect=[x + b + k])
    e, q, r, k, l = real(1, 3, 4), *(real(1, 2, 3, 4) for _ in range(4))
    turn = lambda v, w: (v * np.cos(e)[:, None] + w * np.sin(e)[:, None]).astype(np.float32)
    case("gemma_rotary_embedding", "GemmaRotaryEmbedding", [e, q, r, k, l], outputs=2, expect=[turn(q, r), turn(k, l)])
