# SPDX-License-Identifier: Apache-2.0
"""Writes one model for each of many operators, at sizes that networks have, so that what is slow by itself is found.

usage: operators.py FOLDER [NAME...]       then: compare.py --cpu-time FOLDER/*.onnx

Needs onnx and numpy. What became of the slow ones: docs/design/029.
"""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 21
RANDOM = np.random.default_rng(0)
TYPES = {"f32": TensorProto.FLOAT, "i32": TensorProto.INT32, "i64": TensorProto.INT64, "u8": TensorProto.UINT8,
         "bool": TensorProto.BOOL}


def whole(*values):
    return np.array(values, np.int64)


def some(*shape):
    return RANDOM.standard_normal(shape, np.float32) * np.float32(0.1)


def regions(n, size):
    corner = RANDOM.random((n, 2), np.float32) * size
    return np.concatenate([corner, corner + RANDOM.random((n, 2), np.float32) * size], 1)


# name: operator, inputs, constants behind them (None: left out), attributes; "outputs" is how many there are.
PAIR = "f32 256x1024, f32 256x1024"
MODELS = {
    # what only moves elements
    **{f"pad_{mode}": ("Pad", "f32 1x32x128x128", [whole(0, 0, 3, 3, 0, 0, 3, 3)], {"mode": mode})
       for mode in ("constant", "edge", "reflect", "wrap")},
    "tile": ("Tile", "f32 1x64x32x32", [whole(1, 1, 2, 2)], {}),
    "tile_short": ("Tile", "f32 16x3", [whole(100, 50)], {}),
    "expand": ("Expand", "f32 64x1x128", [whole(64, 128, 128)], {}),
    "concat_last": ("Concat", "f32 1x64x56x30, f32 1x64x56x30, f32 1x64x56x30", [], {"axis": 3}),
    "transpose_last": ("Transpose", "f32 1x64x56x56", [], {"perm": [0, 2, 3, 1]}),
    "transpose_first": ("Transpose", "f32 1x56x56x64", [], {"perm": [0, 3, 1, 2]}),
    "slice_apart": ("Slice", "f32 1x64x128x128", [whole(0, 0), whole(128, 128), whole(2, 3), whole(2, 2)], {}),
    "depth_to_space": ("DepthToSpace", "f32 1x256x64x64", [], {"blocksize": 2}),
    "space_to_depth": ("SpaceToDepth", "f32 1x3x640x640", [], {"blocksize": 2}),
    "gather": ("Gather", "f32 30000x256, i64 512", [], {}),
    "gather_elements": ("GatherElements", "f32 64x1000, i64 64x1000", [], {"axis": 1}),
    "gather_nd": ("GatherND", "f32 64x64x64, i64 5000x2", [], {}),
    "scatter_elements": ("ScatterElements", "f32 256x1024, i64 256x512, f32 256x512", [], {"axis": 1}),
    "scatter_nd": ("ScatterND", "f32 1000x256, i64 500x1, f32 500x256", [], {}),
    "one_hot": ("OneHot", "i64 8x128", [np.array(1000, np.int64), np.array([0, 1], np.float32)], {}),
    "reverse_sequence": ("ReverseSequence", "f32 100x16x256", [np.full(16, 80, np.int64)], {}),
    "trilu": ("Trilu", "f32 16x256x256", [], {"upper": 0}),
    "col2im": ("Col2Im", "f32 1x576x3136", [whole(56, 56), whole(3, 3)], {"pads": [1, 1, 1, 1]}),
    # windows and images
    "max_pool_3": ("MaxPool", "f32 1x64x80x80", [], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4}),
    "max_pool_5": ("MaxPool", "f32 1x64x80x80", [], {"kernel_shape": [5, 5], "pads": [2] * 4}),
    "max_pool_13": ("MaxPool", "f32 1x64x80x80", [], {"kernel_shape": [13, 13], "pads": [6] * 4}),
    "max_pool_line": ("MaxPool", "f32 1x64x8000", [], {"kernel_shape": [4], "strides": [4]}),
    "average_pool_5": ("AveragePool", "f32 1x64x80x80", [], {"kernel_shape": [5, 5], "pads": [2] * 4}),
    "lp_pool": ("LpPool", "f32 1x64x56x56", [], {"kernel_shape": [3, 3]}),
    "global_lp_pool": ("GlobalLpPool", "f32 1x512x14x14", [], {}),
    "lrn": ("LRN", "f32 1x96x55x55", [], {"size": 5}),
    "roi_align": ("RoiAlign", "f32 1x256x50x50", [regions(100, 25), np.zeros(100, np.int64)],
                  {"output_height": 7, "output_width": 7, "sampling_ratio": 2}),
    "max_roi_pool": ("MaxRoiPool", "f32 1x256x50x50",
                     [np.concatenate([np.zeros((100, 1), np.float32), regions(100, 25)], 1)],
                     {"pooled_shape": [7, 7]}),
    "grid_sample": ("GridSample", "f32 1x64x64x64, f32 1x64x64x2", [], {}),
    "affine_grid": ("AffineGrid", "f32 1x2x3", [whole(1, 3, 224, 224)], {}),
    "resize_down": ("Resize", "f32 1x3x480x640", [None, None, whole(1, 3, 224, 224)], {"mode": "linear"}),
    "resize_half": ("Resize", "f32 1x64x64x64", [None, None, whole(1, 64, 32, 32)], {"mode": "linear"}),
    "resize_up": ("Resize", "f32 1x21x65x65", [None, None, whole(1, 21, 520, 520)], {"mode": "linear"}),
    "resize_bytes": ("Resize", "u8 1x3x480x640", [None, None, whole(1, 3, 224, 224)], {"mode": "linear"}),
    # rows
    "instance_norm": ("InstanceNormalization", "f32 1x64x128x128", [some(64), some(64)], {}),
    "layer_norm": ("LayerNormalization", "f32 1x512x768", [some(768), some(768)], {}),
    "moments": ("MeanVarianceNormalization", "f32 4x64x56x56", [], {}),
    "softmax": ("Softmax", "f32 12x128x128", [], {}),
    "softmax_channels": ("Softmax", "f32 1x21x128x128", [], {"axis": 1}),
    "log_softmax": ("LogSoftmax", "f32 512x1000", [], {}),
    "reduce_max": ("ReduceMax", "f32 64x128x96", [whole(2)], {}),
    "reduce_sum_i64": ("ReduceSum", "i64 256x1024", [whole(1)], {}),
    "arg_max": ("ArgMax", "f32 1024x1000", [], {"axis": 1}),
    "top_k": ("TopK", "f32 1024x1000", [whole(5)], {"outputs": 2}),
    "top_k_i64": ("TopK", "i64 64x1000", [whole(10)], {"outputs": 2}),
    "cum_sum": ("CumSum", "f32 64x1024", [np.array(1, np.int64)], {}),
    "unique": ("Unique", "f32 50000", [], {}),
    "unique_i64": ("Unique", "i64 50000", [], {"outputs": 4}),
    "non_zero": ("NonZero", "bool 256x1024", [], {}),
    "dft": ("DFT", "f32 64x512x1", [None, np.array(1, np.int64)], {}),
    "det": ("Det", "f32 256x16x16", [], {}),
    "loss": ("SoftmaxCrossEntropyLoss", "f32 512x1000, i64 512", [], {}),
    # single elements
    "fmod": ("Mod", PAIR, [], {"fmod": 1}),
    "where": ("Where", "bool 1x1x128x128, f32 1x12x128x128", [np.array(-1e9, np.float32)], {}),
    "pow_i64": ("Pow", "i64 256x1024", [np.array(2, np.int64)], {}),
    "bit_shift": ("BitShift", "u8 256x1024, u8 256x1024", [], {"direction": "LEFT"}),
    "max_of_three": ("Max", PAIR + ", f32 256x1024", [], {}),
    **{f"{op.lower()}_{kind}": (op, f"{kind} 256x1024", [], {}) for op in ("Abs", "Sign") for kind in ("i32", "i64")},
    **{op.lower(): (op, "f32 256x1024", [], {}) for op in ("Acosh", "Atan", "Celu", "Cos", "Erf", "Gelu", "IsNaN",
                                                           "Shrink", "Softplus", "Tan")},
    "quantize": ("QuantizeLinear", "f32 1x64x56x56", [np.array(0.05, np.float32), np.array(128, np.uint8)], {}),
    "dequantize_i32": ("DequantizeLinear", "i32 64x1024", [np.array(0.05, np.float32)], {}),
    "deform": ("DeformConv", "f32 1x64x32x32, f32 64x64x3x3, f32 1x18x32x32", [], {"pads": [1] * 4}),
}


def model(name, op, inputs, constants, attributes):
    attributes = dict(attributes)
    outputs = [f"y{k}" for k in range(attributes.pop("outputs", 1))]
    arguments, given = [], []
    for k, text in enumerate(inputs.split(", ")):
        dtype, shape = text.split(" ")
        given.append(helper.make_tensor_value_info(f"x{k}", TYPES[dtype], [int(d) for d in shape.split("x")]))
        arguments.append(f"x{k}")
    arguments += [f"c{k}" if c is not None else "" for k, c in enumerate(constants)]
    held = [numpy_helper.from_array(c, f"c{k}") for k, c in enumerate(constants) if c is not None]
    graph = helper.make_graph([helper.make_node(op, arguments, outputs, **attributes)], name, given,
                              [helper.make_empty_tensor_value_info(y) for y in outputs], held)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    return onnx.shape_inference.infer_shapes(made)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or MODELS:
        onnx.save(model(name, *MODELS[name]), folder / f"{name}.onnx")


if __name__ == "__main__":
    main()
