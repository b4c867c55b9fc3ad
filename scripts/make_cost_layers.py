# SPDX-License-Identifier: Apache-2.0
"""Writes layers that few networks have as one ONNX file, for the cost model to be fitted to (time_kernels.sh).

usage: make_cost_layers.py FILE.onnx

Each layer has inputs and outputs of its own. Convolutions come behind a 1x1 one, so that they are on blocks.
"""
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

nodes, inputs, outputs, constants = [], [], [], []
random = np.random.default_rng(1)


def constant(*shape):
    name = f"c{len(constants)}"
    values = random.standard_normal(shape, dtype=np.float32) / 8
    constants.append(numpy_helper.from_array(values, name))
    return name


def given(*shape):
    name = f"x{len(inputs)}"
    inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return name


def made(name):
    outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))


def node(op, *args, **attributes):
    name = f"y{len(nodes)}"
    nodes.append(helper.make_node(op, args, [name], **attributes))
    return name


def convolution(size, cin, cout, taps=3, op="Conv", **attributes):
    x = node("Conv", given(1, 16, size, size), constant(cin, 16, 1, 1))
    group = attributes.get("group", 1)
    shape = (cout, cin // group) if op == "Conv" else (cin, cout // group)
    y = node("Relu", node(op, x, constant(*shape, taps, taps), constant(cout), **attributes))
    made(node("Conv", y, constant(16, cout, 1, 1)))


def products():
    for m in (8, 16, 40, 64, 100, 128, 197, 384, 512):
        for k, n in ((48, 64), (64, 256), (256, 256), (300, 100), (768, 768), (512, 2048)):
            if m * k * n < 3e8:
                made(node("MatMul", given(m, k), constant(k, n)))
                made(node("Gemm", given(m, k), constant(k, n), constant(n)))
                made(node("Relu", node("Gemm", given(m, k), constant(k, n), constant(n))))


def layers():
    products()
    for size, dilations in ((33, (6, 12, 18)), (40, (7, 8, 12, 16, 24)), (65, (12, 18, 24, 36))):
        for dilation in dilations:
            for cin, cout in ((64, 64), (256, 128)):
                convolution(size, cin, cout, dilations=[dilation] * 2, pads=[dilation] * 4)
    for size in (14, 28, 56):
        for stride in (1, 2):
            for channels in (64, 256):
                for each in (2, 4, 8, 16, 32):
                    convolution(size, channels, channels, group=channels // each, strides=[stride] * 2, pads=[1] * 4)
    for size in (8, 16, 32, 64):
        for cin, cout in ((64, 32), (128, 128)):
            convolution(size, cin, cout, 2, "ConvTranspose", strides=[2, 2])
            convolution(size, cin, cout, 4, "ConvTranspose", strides=[2, 2], pads=[1] * 4)
            convolution(size, cin, cout, 3, "ConvTranspose", pads=[1] * 4)


layers()
graph = helper.make_graph(nodes, "layers", inputs, outputs, constants)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
save(model, sys.argv[1])
