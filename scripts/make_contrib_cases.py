# SPDX-License-Identifier: Apache-2.0
"""Writes cases for `tenon conformance` of operators that are not ONNX' own; what is expected comes from ONNX Runtime where it
has the operator on the CPU, else from PyTorch, torchvision and NumPy formulas here.

usage: make_contrib_cases.py FOLDER [NAME...]. Needs onnx, onnxruntime, torch, torchvision. test/cases/contrib holds what it writes. A map is an input
of values and one of keys (see src/op/ml_map.c).
"""
import pathlib
import sys
from math import erf

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import contrib_cases

onnxruntime.set_default_logger_severity(4)
MS = "com.microsoft"
ATEN = "org.pytorch.aten"
TYPES = {np.dtype(k): v for k, v in {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7,
                                     "bool": 9, "float16": 10, "float64": 11, "uint32": 12, "uint64": 13,
                                     "object": 8}.items()}
random = np.random.default_rng(11)


def real(*shape, scale=1.0, dtype=np.float32):
    return (random.normal(size=shape) * scale).astype(dtype)


def whole(low, high, *shape, dtype=np.int64):
    return random.integers(low, high, shape).astype(dtype)


def u8(*shape):
    return whole(0, 256, *shape, dtype=np.uint8)


def i8(*shape):
    return whole(-128, 128, *shape, dtype=np.int8)


def f32(*values):
    return np.array(values[0] if len(values) == 1 else values, np.float32)


def scalar(value, dtype):
    return np.array(value, dtype)


CASES = {}


def case(name, op, inputs, outputs=1, expect=None, domain=MS, constant=(), **attributes):
    """One node. Inputs are arrays or None; numbers of `constant` ones become initializers. `expect`: arrays, or None to ask
    ONNX Runtime. `outputs`: a number, or a list of names with "" for those not wanted."""
    CASES[name] = (op, inputs, outputs, expect, domain, constant, 17, attributes)


def model(op, inputs, outputs, domain, constant, opset, attributes, kinds):
    names = [f"x{i}" if x is not None else "" for i, x in enumerate(inputs)]
    given = [(n, x) for i, (n, x) in enumerate(zip(names, inputs)) if x is not None and i not in constant]
    initializers = [numpy_helper.from_array(x, names[i]) for i, x in enumerate(inputs) if i in constant]
    node = helper.make_node(op, names, outputs, name="node", domain=domain, **attributes)
    values = [helper.make_tensor_value_info(n, TYPES[x.dtype], x.shape) for n, x in given]
    results = [helper.make_tensor_value_info(n, k, None) if k else onnx.ValueInfoProto(name=n)
               for n, k in zip([n for n in outputs if n], kinds)]
    graph = helper.make_graph([node], op, values, results, initializers)
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=imports, ir_version=8), dict(given)


def write(folder, name):
    op, inputs, outputs, expect, domain, constant, opset, attributes = CASES[name]
    outputs = [f"y{i}" for i in range(outputs)] if isinstance(outputs, int) else outputs
    wanted = [n for n in outputs if n]
    kinds = [TYPES[np.asarray(e).dtype] for e in expect] if expect else [0] * len(wanted)
    made, feed = model(op, inputs, outputs, domain, constant, opset, attributes, kinds)
    if expect is None:
        session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
        expect = session.run(None, feed)
        kinds = [TYPES[np.asarray(e).dtype] for e in expect]
        made, feed = model(op, inputs, outputs, domain, constant, opset, attributes, kinds)
    at = folder / name / "test_data_set_0"
    at.mkdir(parents=True, exist_ok=True)
    (at.parent / "model.onnx").write_bytes(made.SerializeToString())
    for k, x in enumerate(feed.values()):
        (at / f"input_{k}.pb").write_bytes(numpy_helper.from_array(x).SerializeToString())
    for k, y in enumerate(expect):
        (at / f"output_{k}.pb").write_bytes(numpy_helper.from_array(np.asarray(y)).SerializeToString())


def same_names():
    case("expand_dims", "ExpandDims", [real(2, 3), scalar(-1, np.int32)])
    case("gather_nd", "GatherND", [real(3, 4, 2), whole(0, 3, 5, 2, dtype=np.int64)])
    case("grid_sample", "GridSample", [real(1, 2, 4, 5), real(1, 3, 3, 2, scale=0.6)], align_corners=1)
    case("grid_sample_bicubic", "GridSample", [real(1, 2, 4, 5), real(1, 3, 3, 2, scale=0.6)], mode="bicubic",
         padding_mode="border")
    case("trilu", "Trilu", [real(2, 4, 5), scalar(1, np.int64)], upper=0)
    case("quantize_linear", "QuantizeLinear", [real(3, 4), scalar(0.02, np.float32), scalar(120, np.uint8)])
    case("quantize_linear_axis", "QuantizeLinear", [real(3, 4), f32([0.01, 0.02, 0.03]), np.array([1, 2, 3], np.int8)], axis=0)
    case("quantize_linear_16", "QuantizeLinear", [real(3, 4), scalar(0.0001, np.float32), scalar(12, np.int16)])
    case("dequantize_linear_16", "DequantizeLinear", [whole(0, 65535, 3, 4, dtype=np.uint16), scalar(0.001, np.float32),
                                                     scalar(30000, np.uint16)])
    case("transpose_matmul", "TransposeMatMul", [real(2, 4, 3), real(2, 5, 4)], transA=1, transB=1, alpha=0.5)
    case("fused_matmul", "FusedMatMul", [real(2, 3, 4), real(2, 3, 5)], transA=1)
    case("fused_matmul_batch", "FusedMatMul", [real(3, 2, 4), real(2, 4, 5)], transBatchA=1)
    case("pad", "Pad", [real(2, 3), np.array([1, 0, 0, 2], np.int64), f32([7.0])])
    case("pad_reflect", "Pad", [real(4, 3), np.array([1, 0, 2, 2], np.int64)], mode="reflect")
    case("range", "Range", [f32(1.5), f32(4.0), f32(0.5)])
    case("range_step_one", "Range", [scalar(2, np.int64), scalar(6, np.int64)])
    case("unique", "Unique", [f32([2, 1, 1, 3, 4, 3])], outputs=3)


def gelus():
    case("gelu", "Gelu", [real(3, 4)])
    case("quick_gelu", "QuickGelu", [real(3, 4)], alpha=1.5)
    case("bias_gelu", "BiasGelu", [real(3, 4), real(4)])
    case("fast_gelu", "FastGelu", [real(3, 4), real(4)])
    x, w, b = real(3, 4), real(4, 5), real(5)
    y = x @ w + b
    case("gemm_fast_gelu", "GemmFastGelu", [x, w, b], expect=[(0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y**3)))).astype(np.float32)])
    case("fused_gemm", "FusedGemm", [real(3, 4), real(4, 5), real(5)], activation="LeakyRelu", activation_alpha=0.2)
    case("fused_conv", "FusedConv", [real(1, 3, 6, 6), real(4, 3, 3, 3), real(4)], activation="Clip",
         activation_params=[-1.0, 1.0])
    case("fused_conv_sum", "FusedConv", [real(1, 3, 6, 6), real(4, 3, 3, 3), real(4), real(1, 4, 4, 4)], activation="Relu")
    x, b, k = real(2, 3, 4), real(4), real(2, 3, 4)
    case("bias_add", "BiasAdd", [x, b, k], expect=[x + b + k])
    case("bias_dropout", "BiasDropout", [x, b, k], expect=[x + b + k])
    h = real(2, 3, 8)
    c = real(8)
    a, g = np.split(h + c, 2, -1)
    case("bias_split_gelu", "BiasSplitGelu", [h, c], expect=[(a * g * 0.5 * (1 + np.vectorize(erf)(g / np.sqrt(2)))).astype(np.float32)])
    x, m = real(2, 2, 3, 3), real(2, 1, 1, 3)
    e = np.exp(x + m)
    case("bias_softmax", "BiasSoftmax", [x, m], expect=[(e / e.sum(-1, keepdims=True)).astype(np.float32)], axis=3,
         is_inner_broadcast=1)


def norms():
    x, g, b = real(2, 3, 3, 8), real(8), real(8)

    def group(v, groups, act, last=True):
        n = v.transpose(0, 3, 1, 2) if last else v
        s = n.reshape(n.shape[0], groups, -1).astype(np.float64)
        s = ((s - s.mean(-1, keepdims=True)) / np.sqrt(s.var(-1, keepdims=True) + 1e-5)).reshape(n.shape)
        s = s * g[:, None, None] + b[:, None, None]
        s = s / (1 + np.exp(-s)) if act else s
        return (s.transpose(0, 2, 3, 1) if last else s).astype(np.float32)

    case("group_norm", "GroupNorm", [x, g, b], expect=[group(x, 4, 1)], groups=4, activation=1)
    case("group_norm_first", "GroupNorm", [x.transpose(0, 3, 1, 2).copy(), g, b], expect=[group(x.transpose(0, 3, 1, 2), 2, 0, False)],
         groups=2, activation=0, channels_last=0)
    k, e = real(2, 8), real(8)
    total = x + k[:, None, None] + e
    case("skip_group_norm", "SkipGroupNorm", [x, g, b, k, e], outputs=2, expect=[group(total, 2, 1), total], groups=2, activation=1)
    case("skip_layer_norm", "SkipLayerNormalization", [real(2, 3, 8), real(2, 3, 8), g, b, real(8)], outputs=["y", "", "", "s"])
    case("skip_simplified_layer_norm", "SkipSimplifiedLayerNormalization", [real(2, 3, 8), real(2, 3, 8), g, real(8)],
         outputs=["y", "", "", "s"])
    case("simplified_layer_norm", "SimplifiedLayerNormalization", [real(2, 3, 8), g], domain="", axis=-1, epsilon=1e-6)
    ids = whole(0, 10, 2, 5, dtype=np.int32)
    tables = [real(10, 8), real(6, 8), real(2, 8), g, b]
    case("embed_layer_norm", "EmbedLayerNormalization", [ids, whole(0, 2, 2, 5, dtype=np.int32), *tables,
                                                        np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)], outputs=2)
    quantised = [u8(10, 8), u8(6, 8), u8(2, 8), u8(8), u8(8)]
    scales = [scalar(s, np.float32) for s in (0.01, 0.02, 0.01, 0.02, 0.01)]
    zeros = [scalar(z, np.uint8) for z in (128, 120, 130, 0, 128)]
    case("q_embed_layer_norm", "QEmbedLayerNormalization", [ids, whole(0, 2, 2, 5, dtype=np.int32), *quantised,
                                                           np.ones((2, 5), np.int32), *scales, *zeros], outputs=2)


def quantised():
    s, z = scalar(0.03, np.float32), scalar(125, np.uint8)
    t, v = scalar(0.05, np.float32), scalar(-3, np.int8)
    case("matmul_integer_to_float", "MatMulIntegerToFloat", [u8(3, 4), i8(4, 5), s, t, z, v, real(5)])
    case("matmul_integer_to_float_columns", "MatMulIntegerToFloat", [u8(3, 4), u8(4, 5), s, np.abs(real(5)) + 0.01, z, u8(5)])
    case("dynamic_quantize_matmul", "DynamicQuantizeMatMul", [real(3, 4), u8(4, 5), s, z, real(5)], constant=(1, 2, 3))
    case("dynamic_quantize_matmul_signed", "DynamicQuantizeMatMul", [real(3, 4), i8(4, 5), np.abs(real(5)) + 0.01, i8(5)], constant=(1, 2, 3))
    case("q_attention", "QAttention", [u8(2, 3, 8), i8(8, 24), real(24), s, scalar(0.01, np.float32),
                                       np.array([2, 3], np.int32), z, scalar(0, np.int8)], constant=(1, 4, 7), num_heads=2)
    case("q_attention_columns", "QAttention", [u8(2, 3, 8), i8(8, 24), real(24), s, (np.abs(real(24)) * 0.01 + 0.001), None, z,
                                               np.zeros(24, np.int8)], constant=(1, 4, 7), num_heads=2, unidirectional=1)
    # ORT quantises inputs and states as well: its result is the nearer to this one the smaller the steps are.
    x, w, r, b = real(3, 2, 4), i8(1, 4, 12), i8(1, 3, 12), real(1, 24, scale=0.1)
    ws, rs = np.array([0.004], np.float32), np.array([0.003], np.float32)
    wz, rz = np.array([2], np.int8), np.array([-1], np.int8)
    W = ((w.astype(np.float32) - 2) * ws).transpose(0, 2, 1).copy()
    R = ((r.astype(np.float32) + 1) * rs).transpose(0, 2, 1).copy()
    names = ["x", "w", "r", "b"]
    g = helper.make_graph([helper.make_node("LSTM", names, ["y", "h", "c"], hidden_size=3)], "g",
                          [helper.make_tensor_value_info(n, 1, a.shape) for n, a in zip(names, (x, W, R, b))],
                          [helper.make_tensor_value_info(n, 1, None) for n in "yhc"])
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    y = onnxruntime.InferenceSession(m.SerializeToString()).run(None, {"x": x, "w": W, "r": R, "b": b})
    case("dynamic_quantize_lstm", "DynamicQuantizeLSTM", [x, w, r, b, None, None, None, None, ws, wz, rs, rz], outputs=3,
         expect=y, hidden_size=3)
    q = scalar(0.0413, np.float32)  # no result lies halfway between two integers
    case("qlinear_add", "QLinearAdd", [u8(2, 3), s, z, u8(3), t, scalar(9, np.uint8), q, scalar(7, np.uint8)])
    case("qlinear_mul", "QLinearMul", [i8(2, 3), s, v, i8(3), t, v, q, v])
    case("qlinear_sigmoid", "QLinearSigmoid", [u8(2, 3), s, z, scalar(1 / 256, np.float32), scalar(0, np.uint8)], constant=(1, 2, 3, 4))
    case("qlinear_leaky_relu", "QLinearLeakyRelu", [u8(2, 3), s, z, q, z], constant=(1, 2, 3, 4), alpha=0.1)
    case("qlinear_concat", "QLinearConcat", [q, z, u8(2, 3), s, z, u8(2, 2), t, scalar(3, np.uint8)], constant=(0, 1, 3, 4, 6, 7), axis=1)
    case("qlinear_where", "QLinearWhere", [np.array([[True, False, True]]), u8(2, 3), s, z, u8(2, 3), t, scalar(3, np.uint8), q, z],
         constant=(2, 3, 5, 6, 7, 8))
    case("qlinear_softmax", "QLinearSoftmax", [u8(2, 3), s, z, scalar(1 / 256, np.float32), scalar(0, np.uint8)], constant=(1, 2, 3, 4),
         axis=-1, opset=13)
    case("qlinear_average_pool", "QLinearAveragePool", [u8(1, 2, 4, 4), s, z, q, z], kernel_shape=[2, 2], strides=[2, 2])
    case("qlinear_average_pool_last", "QLinearAveragePool", [u8(1, 4, 4, 2), s, z, q, z], kernel_shape=[2, 2], channels_last=1)
    case("qlinear_global_average_pool", "QLinearGlobalAveragePool", [u8(1, 2, 4, 4), s, z, q, z])
    case("qlinear_global_average_pool_last", "QLinearGlobalAveragePool", [u8(1, 4, 4, 2), s, z, q, z], channels_last=1)
    case("qlinear_conv_last", "QLinearConv", [u8(1, 5, 5, 3), s, z, i8(4, 3, 3, 3), t, scalar(0, np.int8), q, z], channels_last=1, strides=[2, 2],
         constant=(3, 4, 5))
    x, w = u8(2, 3, 4), s
    mean = ((x.astype(np.float64) - 125) * 0.03).mean(1)
    case("qlinear_reduce_mean", "QLinearReduceMean", [x, s, z, q, z], keepdims=0, axes=[1],
         expect=[np.clip(np.rint(mean / np.float32(0.0413)) + 125, 0, 255).astype(np.uint8)])
    case("nhwc_max_pool", "NhwcMaxPool", [u8(1, 5, 5, 3)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    a, b = u8(2, 3), u8(3)
    case("mul_integer", "MulInteger", [a, z, b, None], expect=[(a.astype(np.int32) - 125) * b.astype(np.int32)])
    a = i8(2, 3)
    case("reduce_sum_integer", "ReduceSumInteger", [a], expect=[a.astype(np.int32).sum(1, keepdims=True).astype(np.int32)], axes=[1], keepdims=1)
    a, b = whole(-9999, 9999, 2, 3, dtype=np.int16), whole(-999, 999, 3, 4, dtype=np.int16)
    case("matmul_integer_16", "MatMulInteger16", [a, b], expect=[a.astype(np.int32) @ b.astype(np.int32)])
    case("qgemm", "QGemm", [u8(3, 4), s, z, i8(4, 5), t, v, whole(-50, 50, 5, dtype=np.int32)])


def spectra():
    x = real(2, 3, 8)
    part = lambda v: np.stack([v.real, v.imag], -1).astype(np.float32)
    case("rfft", "Rfft", [x], expect=[part(np.fft.rfft(x))], signal_ndim=1)
    case("rfft_two", "Rfft", [x], expect=[part(np.fft.rfft2(x))], signal_ndim=2)
    case("rfft_full", "Rfft", [x], expect=[part(np.fft.fft(x))], signal_ndim=1, onesided=0)
    case("irfft", "Irfft", [part(np.fft.rfft(x))], expect=[x], signal_ndim=1)
    case("irfft_two", "Irfft", [part(np.fft.rfft2(x))], expect=[x], signal_ndim=2)


def convolutions():
    case("conv_transpose_pads", "ConvTransposeWithDynamicPads", [real(1, 3, 4, 4), real(3, 2, 3, 3), np.array([1, 1, 1, 1], np.int64), real(2)],
         constant=(2,), strides=[2, 2], output_padding=[1, 1])
    x, w, b = real(1, 5, 5, 3), real(4, 3, 3, 3), real(4)
    names = ["x", "w", "b"]
    g = helper.make_graph([helper.make_node("Conv", names, ["y"])], "g",
                          [helper.make_tensor_value_info(n, 1, a.shape) for n, a in zip(names, (x.transpose(0, 3, 1, 2), w, b))],
                          [helper.make_tensor_value_info("y", 1, None)])
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    y = onnxruntime.InferenceSession(m.SerializeToString()).run(None, {"x": x.transpose(0, 3, 1, 2).copy(), "w": w, "b": b})[0]
    case("nhwc_conv", "NhwcConv", [x, w, b], expect=[y.transpose(0, 2, 3, 1).copy()])
    case("nhwc_fused_conv", "NhwcFusedConv", [x, w, b], expect=[np.maximum(y, 0).transpose(0, 2, 3, 1).copy()], activation="Relu")


def attention():
    case("attention", "Attention", [real(2, 3, 8), real(8, 24), real(24), np.array([2, 3], np.int32)], num_heads=2)
    case("multi_head_attention", "MultiHeadAttention", [real(2, 3, 8), real(2, 5, 8), real(2, 5, 8), real(24)], num_heads=2)
    case("decoder_masked_attention", "DecoderMaskedMultiHeadAttention",
         [real(2, 1, 8), real(2, 2, 5, 4), real(2, 2, 5, 4)], num_heads=2)
    case("rotary_embedding", "RotaryEmbedding", [real(1, 3, 8), np.array([[0, 1, 2]], np.int64), real(6, 2), real(6, 2)], num_heads=2,
         rotary_embedding_dim=0)

def own_kernels():
    case("cdist", "CDist", [real(3, 4), real(5, 4)], metric="euclidean")
    case("cdist_squared", "CDist", [real(3, 4, dtype=np.float64), real(2, 4, dtype=np.float64)])
    case("inverse", "Inverse", [real(2, 3, 3) + 3 * np.eye(3, dtype=np.float32)])
    case("crop_and_resize", "CropAndResize", [real(2, 2, 6, 5), f32([[0.1, 0.0, 0.8, 0.9], [0.5, -0.2, 0.2, 1.1]]),
                                             np.array([1, 0], np.int32), np.array([3, 4], np.int32)], extrapolation_value=7.0)
    case("crop_and_resize_one", "CropAndResize", [real(1, 2, 6, 5), f32([[0.1, 0.0, 0.8, 0.9]]), np.array([0], np.int32),
                                                 np.array([1, 2], np.int32)], mode="nearest")
    case("ngram_repeat_block", "NGramRepeatBlock", [np.array([[1, 2, 3, 1, 2], [4, 4, 4, 4, 4]], np.int64), real(2, 6)], ngram_size=3)
    table, scales = u8(6, 16), np.abs(real(6, 2)) + 0.1
    case("gather_block_quantized_bytes", "GatherBlockQuantized", [table, np.array([[1, 5, 0]], np.int64), scales, u8(6, 1)],
         bits=4, block_size=16, quantize_axis=1, gather_axis=0, constant=(0, 2, 3))
    case("gather_block_quantized_8", "GatherBlockQuantized", [u8(6, 32), np.array([3, 0], np.int32), scales, u8(6, 2)],
         bits=8, block_size=16, quantize_axis=1, gather_axis=0, constant=(0, 2, 3))


def vision():
    import torch
    import torchvision
    torch.manual_seed(3)
    t = lambda *shape: torch.rand(*shape)
    n = lambda v: v.detach().numpy()
    x, w, b = t(2, 4, 6, 6) - 0.5, t(3, 2, 3, 3) - 0.5, t(3)
    offset, mask = (t(2, 36, 3, 3) - 0.5) * 3, t(2, 18, 3, 3)
    # groups 2, offset groups 2, stride 2, padding 1
    w6 = t(6, 2, 3, 3) - 0.5
    y = torchvision.ops.deform_conv2d(x, offset, w6, None, stride=2, padding=1, mask=mask)
    attrs = dict(stride=[2, 2], padding=[1, 1], dilation=[1, 1], groups=2, deform_groups=2)
    for domain in ("mmcv", "mmdeploy"):
        case(f"{domain}_modulated_deform_conv", "MMCVModulatedDeformConv2d", [n(x), n(offset), n(mask), n(w6), None], expect=[n(y)],
             domain=domain, **attrs)
    y = torchvision.ops.deform_conv2d(x, offset, w6, None, stride=2, padding=1)
    case("mmcv_deform_conv", "MMCVDeformConv2d", [n(x), n(offset), n(w6)], expect=[n(y)], domain="mmcv", **attrs)
    numbers = [scalar(v, np.int64) for v in (2, 2, 1, 1, 1, 1, 2, 2)] + [scalar(True, np.bool_)]
    y = torchvision.ops.deform_conv2d(x, offset, w6, t(6) * 0 + 1, stride=2, padding=1, mask=mask)
    case("torchvision_deform_conv", "deform_conv2d", [n(x), n(w6), n(offset), n(mask), np.ones(6, np.float32), *numbers], expect=[n(y)],
         domain="torchvision", constant=tuple(range(5, 14)))
    rois = torch.tensor([[0, 1.0, 1.0, 9.0, 7.0], [1, 3.0, 2.0, 14.0, 15.0], [0, 0.0, 0.0, 3.0, 3.0]])
    f = t(2, 3, 16, 16)
    y = torchvision.ops.roi_align(f, rois, (3, 2), 0.5, 2, aligned=True)
    case("mmcv_roi_align", "MMCVRoiAlign", [n(f), n(rois)], expect=[n(y)], domain="mmcv", output_height=3, output_width=2,
         spatial_scale=0.5, sampling_ratio=2, mode="avg", aligned=1)
    case("torchvision_roi_align", "roi_align", [n(f), n(rois), scalar(0.5, np.float32), *[scalar(v, np.int64) for v in (3, 2, 2)],
                                               scalar(True, np.bool_)], expect=[n(y)], domain="torchvision", constant=(2, 3, 4, 5, 6))
    case("trt_roi_align", "ROIAlign_TRT", [n(f), n(rois[:, 1:].contiguous()), n(rois[:, 0]).astype(np.int32)], expect=[n(y)], domain="TRT",
         output_height=3, output_width=2, spatial_scale=0.5, sampling_ratio=2, mode=1, coordinate_transformation_mode=1)
    levels = [t(2, 3, 32, 32), t(2, 3, 16, 16), t(2, 3, 8, 8)]
    big = torch.tensor([[0, 4.0, 4.0, 40.0, 30.0], [1, 1.0, 2.0, 124.0, 120.0], [0, 10.0, 10.0, 100.0, 90.0], [1, 5.0, 5.0, 9.0, 9.0]])
    area = torch.sqrt((big[:, 3] - big[:, 1]) * (big[:, 4] - big[:, 2]))
    level = torch.clamp(torch.floor(torch.log2(area / 28 + 1e-6)), 0, 2).long()
    y = torch.stack([torchvision.ops.roi_align(levels[k], r[None], (2, 2), 1 / 4 / 2**k, 2, aligned=True)[0] for r, k in zip(big, level.tolist())])
    case("mmdeploy_multi_level_roi_align", "MMCVMultiLevelRoiAlign", [n(big), *[n(v) for v in levels]], expect=[n(y)], domain="mmdeploy",
         output_height=2, output_width=2, sampling_ratio=2, finest_scale=28, featmap_strides=[4.0, 8.0, 16.0], aligned=1, pool_mode=1)
    grid = t(1, 4, 5, 2) * 2.4 - 1.2
    y = torch.nn.functional.grid_sample(f[:1], grid, mode="bilinear", padding_mode="border", align_corners=True)
    case("mmcv_grid_sampler", "grid_sampler", [n(f[:1]), n(grid)], expect=[n(y)], domain="mmcv", interpolation_mode=0, padding_mode=1,
         align_corners=1)
    x = torch.randint(0, 5, (2, 6)).float()
    for name, fn in (("cummax", torch.cummax), ("cummin", torch.cummin)):
        v, i = fn(x, 1)
        case(f"mmcv_{name}", name, [n(x)], outputs=2, expect=[n(v), n(i)], domain="mmcv", dim=1)
    x = t(1, 2, 4, 5)
    for mode, (name, dim, flip) in enumerate((("top", 2, True), ("bottom", 2, False), ("left", 3, True), ("right", 3, False))):
        v = torch.cummax(x.flip(dim) if flip else x, dim)[0]
        case(f"mmcv_corner_pool_{name}", "MMCVCornerPool", [n(x)], expect=[n(v.flip(dim) if flip else v)], domain="mmcv", mode=mode)
    x, g, b = t(2, 3, 4, 4), t(3), t(3) - 0.5
    y = torch.nn.functional.instance_norm(x, weight=g, bias=b)
    case("trt_instance_norm", "InstanceNormalization_TRT", [n(x), n(g), n(b)], expect=[n(torch.nn.functional.leaky_relu(y, 0.1))], domain="TRT",
         epsilon=1e-5, relu=1, alpha=0.1, scales=[0.0])
    # detections
    N, C, K = 30, 3, 8
    corner = t(2, N, 2) * 20
    boxes = torch.cat([corner, corner + 4 + t(2, N, 2) * 8], -1)
    scores = t(2, N, C)

    def detect(boxes, scores, keep, iou, least, top=10**9, agnostic=False):
        out = [[], [], [], [], []]
        for image in range(boxes.shape[0]):
            found = []
            for c in [None] if agnostic else range(scores.shape[2]):
                s = scores[image].reshape(-1) if agnostic else scores[image, :, c]
                at = torch.nonzero(s > least)[:, 0]
                order = at[torch.argsort(s[at], descending=True, stable=True)][:top]
                box = boxes[image][order // scores.shape[2] if agnostic else order]
                kept = order[torchvision.ops.nms(box, s[order], iou)]
                found += [(float(s[i]), int(i) % scores.shape[2] if agnostic else c, int(i) // scores.shape[2] if agnostic else int(i)) for i in kept]
            found.sort(key=lambda f: -f[0])
            found = found[:keep]
            pad = keep - len(found)
            out[0].append([len(found)])
            out[1].append([boxes[image, i].tolist() for _, _, i in found] + [[0.0] * 4] * pad)
            out[2].append([s for s, _, _ in found] + [0.0] * pad)
            out[3].append([c for _, c, _ in found] + [-1] * pad)
            out[4].append([i for _, _, i in found] + [-1] * pad)
        kinds = (np.int32, np.float32, np.float32, np.int32, np.int32)
        return [np.array(o, k) for o, k in zip(out, kinds)]

    y = detect(boxes, scores, 8, 0.45, 0.6)
    case("efficient_nms", "EfficientNMS_TRT", [n(boxes), n(scores)], outputs=4, expect=[y[0], y[1], y[2], np.maximum(y[3], 0)], domain="TRT",
         max_output_boxes=8, iou_threshold=0.45, score_threshold=0.6, background_class=-1, box_coding=0, score_activation=0,
         plugin_version="1")
    y = detect(boxes, scores, 60, 0.45, 0.6, agnostic=True)
    case("efficient_nms_agnostic", "EfficientNMS_TRT", [n(boxes), n(scores)], outputs=4, expect=[y[0], y[1], y[2], np.maximum(y[3], 0)],
         domain="", max_output_boxes=60, iou_threshold=0.45, score_threshold=0.6, class_agnostic=1, box_coding=0)
    anchors = torch.cat([corner + 6, 8 + t(2, N, 2) * 4], -1)
    raw, logits = (t(2, N, 4) - 0.5) * 0.4, t(2, N, C) * 6 - 3
    centre = raw[..., :2] * anchors[..., 2:] + anchors[..., :2]
    size = torch.exp(raw[..., 2:]) * anchors[..., 2:]
    y = detect(torch.cat([centre - size / 2, centre + size / 2], -1), torch.sigmoid(logits), 10, 0.5, 0.3)
    case("efficient_nms_anchors", "EfficientNMS_TRT", [n(raw), n(logits), n(anchors)], outputs=4,
         expect=[y[0], y[1], y[2], np.maximum(y[3], 0)], domain="TRT", max_output_boxes=10, iou_threshold=0.5, score_threshold=0.3,
         box_coding=1, score_activation=1)
    y = detect(boxes, scores, 12, 0.5, 0.2, top=6)
    attrs = dict(shareLocation=1, backgroundLabelId=-1, numClasses=C, topK=6, keepTopK=12, scoreThreshold=0.2, iouThreshold=0.5,
                 isNormalized=1, clipBoxes=0)
    case("batched_nms", "BatchedNMS_TRT", [n(boxes[:, :, None]), n(scores)], outputs=4, expect=[y[0], y[1], y[2], y[3].astype(np.float32)],
         domain="TRT", **attrs)
    case("batched_nms_dynamic", "BatchedNMSDynamic_TRT", [n(boxes[:, :, None]), n(scores)], outputs=4,
         expect=[y[0], y[1], y[2], y[3].astype(np.float32)], domain="", **attrs)
    case("mmdeploy_batched_nms", "TRTBatchedNMS", [n(boxes), n(scores)], outputs=2,
         expect=[np.concatenate([y[1], y[2][..., None]], -1), y[3]], domain="mmdeploy", background_label_id=-1, num_classes=C, topk=6,
         keep_topk=12, score_threshold=0.2, iou_threshold=0.5, is_normalized=1, clip_boxes=0)
    y = torchvision.ops.nms(boxes[0], scores[0, :, 0], 0.3)
    case("torchvision_nms", "nms", [n(boxes[0]), n(scores[0, :, 0].contiguous()), scalar(0.3, np.float32)], expect=[n(y)], domain="torchvision",
         constant=(2,))


def maps():
    """Maps are values and keys here; ONNX Runtime is fed the map."""
    key, item = np.array(["b", "a", "z"], object), f32([5, 6, 7])
    for name, op, keys, attrs in (("dict_vectorizer", "DictVectorizer", key, {"string_vocabulary": ["a", "c", "b"]}),
                                  ("cast_map", "CastMap", np.array([4, 0, 2], np.int64), {"cast_to": "TO_INT64"}),
                                  ("cast_map_sparse", "CastMap", np.array([4, 0, 2], np.int64), {"map_form": "SPARSE", "max_map": 6})):
        MAPS[name] = (op, keys, item, attrs)


MAPS = {}


def write_map(folder, name):
    op, keys, item, attrs = MAPS[name]
    proto = onnx.TypeProto()
    proto.map_type.key_type = TYPES[keys.dtype]
    proto.map_type.value_type.tensor_type.elem_type = 1
    proto.map_type.value_type.tensor_type.shape.SetInParent()
    node = helper.make_node(op, ["x"], ["y"], domain="ai.onnx.ml", **attrs)
    kind = 7 if attrs.get("cast_to") == "TO_INT64" else 1
    graph = helper.make_graph([node], op, [helper.make_value_info("x", proto)], [helper.make_tensor_value_info("y", kind, None)])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 1)], ir_version=8)
    y = onnxruntime.InferenceSession(made.SerializeToString()).run(None, {"x": dict(zip(keys.tolist(), item.tolist()))})[0]
    at = folder / name / "test_data_set_0"
    at.mkdir(parents=True, exist_ok=True)
    (at.parent / "model.onnx").write_bytes(made.SerializeToString())
    for file, value in (("input_0", item), ("input_1", keys), ("output_0", y)):
        (at / f"{file}.pb").write_bytes(numpy_helper.from_array(value).SerializeToString())

def main():
    folder = pathlib.Path(sys.argv[1])
    refused = 0
    for group in GROUPS:
        group()
    for name in list(CASES) + list(MAPS):
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        try:
            write(folder, name) if name in CASES else write_map(folder, name)
        except Exception as e:
            refused += 1
            print(f"{name}: {type(e).__name__}: {str(e).splitlines()[0][:220]}", file=sys.stderr)
    return refused


GROUPS = [same_names, gelus, norms, quantised, spectra, convolutions, attention, own_kernels, vision, maps, *contrib_cases.groups(globals())]

if __name__ == "__main__":
    sys.exit(main())
