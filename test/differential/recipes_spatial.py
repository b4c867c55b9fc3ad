# SPDX-License-Identifier: Apache-2.0
"""Convolutions, pooling, resizing and sampling."""
import numpy as np

from case import EXACT, Bound, Case, given, products, spread
from recipes import CONTRIB, recipe
from values import FLOATS, is_float


def window(d, spatial, image=None, deconv=False):
    """Sizes of an image and attributes of a window that fits into it."""
    kernel = [d.pick([1, 1, 2, 3, 3, 5]) for _ in range(spatial)]
    dilations = [d.pick([1, 1, 1, 2, 3]) for _ in range(spatial)]
    strides = [d.pick([1, 1, 2, 3]) for _ in range(spatial)]
    reach = [(k - 1) * a + 1 for k, a in zip(kernel, dilations)]
    auto = d.pick(["NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
    pads = [d.int(0, r - 1) if d.chance(0.5) else 0 for r in reach * 2]
    most = 40 if spatial == 1 else 20 if spatial == 2 else 8
    size = [d.int(1, most) for _ in range(spatial)]
    for k in range(spatial):
        room = size[k] + (pads[k] + pads[k + spatial] if auto == "NOTSET" else 0)
        if room < reach[k] and not deconv and not auto.startswith("SAME"):
            size[k] += reach[k] - room
    made = {"kernel_shape": kernel, "dilations": d.maybe(dilations) if all(a == 1 for a in dilations) else dilations,
            "strides": d.maybe(strides) if all(s == 1 for s in strides) else strides}
    if auto == "NOTSET":
        made["pads"] = d.maybe(pads) if not any(pads) else pads
    else:
        made["auto_pad"] = auto
    return size, made


@recipe("Conv")
@recipe("FusedConv", domain=CONTRIB)
def conv(d):
    spatial = d.pick([1, 2, 2, 2, 3])
    size, made = window(d, spatial)
    group = d.pick([1, 1, 1, 2, 3, 8])
    inner, outer = d.pick([1, 1, 2, 3, 5, 8, 17]), d.pick([1, 1, 2, 3, 4, 9, 16])
    if d.chance(0.2):
        group, inner, outer = d.pick([2, 5, 8, 16, 33]), 1, d.pick([1, 1, 2])
    dtype = d.type("T") if d.schema else np.float32
    x = d.floats([d.pick([1, 1, 2, 3]), group * inner] + size, dtype, odd=False)
    w = d.floats([group * outer, inner] + made["kernel_shape"], dtype, odd=False)
    b = d.maybe(d.floats([group * outer], dtype, odd=False))
    made["group"] = group
    if d.chance(0.4):
        del made["kernel_shape"]
    if d.name == "FusedConv":
        made["activation"] = d.pick(["Relu", "Tanh", "Sigmoid", "LeakyRelu", "Clip", "HardSigmoid"])
        made["activation_params"] = {"LeakyRelu": [0.25], "Clip": [-0.5, 1.5], "HardSigmoid": [0.3, 0.4]}.get(made["activation"])
        return Case(d.name, [x, w, b], made, bound=given(32, conv_scale))
    return Case(d.name, [x, w, b], made, bound=products(8))


def conv_scale(case, want):
    """No more than the sum of all products of one output."""
    x, w = (np.abs(v.astype(np.float64)) for v in case.inputs[:2])
    bias = 0 if case.inputs[2] is None else float(np.abs(case.inputs[2]).max())
    return [np.full(want[0].shape, float(x.max(initial=0)) * float(w.reshape(len(w), -1).sum(1).max(initial=0)) + bias + 1)]


@recipe("ConvTranspose")
def conv_transpose(d):
    spatial = d.pick([1, 2, 2, 2, 3])
    size, made = window(d, spatial, deconv=True)
    if made.get("auto_pad", "NOTSET").startswith("SAME"):
        del made["auto_pad"]
    kernel = made["kernel_shape"]
    dilations, strides = made["dilations"] or [1] * spatial, made["strides"] or [1] * spatial
    if made.get("pads"):
        made["pads"] = [min(p, (kernel[k % spatial] - 1) // 2) for k, p in enumerate(made["pads"])]
    extra = [d.int(0, max(s, a) - 1) if max(s, a) > 1 else 0 for s, a in zip(strides, dilations)]
    extra = [min(e, s - 1) for e, s in zip(extra, strides)]
    if any(extra) and d.chance(0.5):
        made["output_padding"] = extra
    group = d.pick([1, 1, 2, 3])
    inner, outer = d.pick([1, 2, 3, 8]), d.pick([1, 2, 3, 7, 16])
    dtype = d.type()
    x = d.floats([d.pick([1, 1, 2]), group * inner] + size, dtype, odd=False)
    w = d.floats([group * inner, outer] + kernel, dtype, odd=False)
    return Case(d.name, [x, w, d.maybe(d.floats([group * outer], dtype, odd=False))], {**made, "group": group}, bound=products(8))


@recipe("DeformConv")
def deform_conv(d):
    size = [d.int(3, 9), d.int(3, 9)]
    kernel, group, offsets = [d.int(1, 3), d.int(1, 3)], d.pick([1, 1, 2]), d.pick([1, 1, 2])
    inner, outer = 2 * d.int(1, 2), d.int(1, 3)
    pads, strides = [d.int(0, 1) for _ in range(4)], [d.int(1, 2), d.int(1, 2)]
    out = [(size[k] + pads[k] + pads[k + 2] - kernel[k]) // strides[k] + 1 for k in range(2)]
    dtype, taps = d.type("T", ["float", "double"]), kernel[0] * kernel[1]
    n = d.int(1, 2)
    x = d.floats([n, group * inner] + size, dtype, odd=False)
    w = d.floats([group * outer, inner] + kernel, dtype, odd=False)
    offset = d.floats([n, offsets * taps * 2] + out, dtype, -2.5, 2.5)
    mask = d.maybe(d.floats([n, offsets * taps] + out, dtype, 0, 1))
    b = d.maybe(d.floats([group * outer], dtype, odd=False))
    return Case(d.name, [x, w, offset, b, mask], {"group": group, "offset_group": offsets, "pads": pads, "strides": strides,
                                                  "kernel_shape": kernel}, bound=given(64, conv_scale_deform))


def conv_scale_deform(case, want):
    x, w = (np.abs(v.astype(np.float64)) for v in case.inputs[:2])
    return [np.full(want[0].shape, 4 * float(x.max(initial=0)) * float(w.reshape(len(w), -1).sum(1).max(initial=0)) + 30)]


@recipe("CausalConvWithState")
def causal_conv(d):
    n, c, length, k = d.int(1, 3), d.pick([1, 2, 5, 16]), d.int(1, 12), d.int(1, 5)
    dtype = d.type("T", ["float", "float16", "bfloat16"])
    x, w = d.floats([n, c, length], dtype, odd=False), d.floats([c, 1, k], dtype, odd=False)
    b = d.maybe(d.floats([c], dtype, odd=False))
    state = d.maybe(d.floats([n, c, k - 1], dtype, odd=False))
    return Case(d.name, [x, w, b, state], {"activation": d.maybe(d.pick(["none", "silu", "swish"]))}, outputs=2,
                bound=Bound("spread", 200))


@recipe("MaxPool", "AveragePool", "LpPool")
def pool(d):
    spatial = d.pick([1, 2, 2, 3])
    size, made = window(d, spatial)
    if d.name == "MaxPool" and d.opset < 10 or d.name == "AveragePool" and d.opset < 19 or d.name == "LpPool" and d.opset < 18:
        made.pop("dilations")
        for k in range(spatial):
            size[k] = max(size[k], made["kernel_shape"][k])
            if made.get("pads"):
                for side in (k, k + spatial):
                    made["pads"][side] = min(made["pads"][side], made["kernel_shape"][k] - 1)
    elif made.get("pads"):
        made["pads"] = [min(p, made["kernel_shape"][k % spatial] - 1) for k, p in enumerate(made["pads"])]
        reach = [(k - 1) * (made["dilations"] or [1] * spatial)[i] + 1 for i, k in enumerate(made["kernel_shape"])]
        size = [max(size[k], reach[k]) for k in range(spatial)]
    if d.name == "LpPool":
        made["p"] = d.maybe(d.int(1, 3))
    if d.name == "AveragePool":
        made["count_include_pad"] = d.maybe(d.int(0, 1))
    if "ceil_mode" in d.schema.attributes and d.chance(0.3):
        made["ceil_mode"] = d.int(0, 1)
    outputs = 1
    if d.name == "MaxPool" and d.opset >= 8 and d.chance(0.4):
        outputs = 2
        made["storage_order"] = d.maybe(d.int(0, 1)) if spatial >= 2 else None
    dtype = d.type()
    x = d.array([d.int(1, 3), d.pick([1, 2, 3, 16])] + size, dtype, -8, 8) if not is_float(dtype) else d.floats(
        [d.int(1, 3), d.pick([1, 2, 3, 16])] + size, dtype, odd=d.name == "MaxPool" and outputs == 1 and d.odd)
    if d.name == "LpPool":
        x = np.abs(x)
    return Case(d.name, [x], made, outputs=outputs, bound=EXACT if d.name == "MaxPool" else spread(64))


@recipe("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(d):
    shape = [d.int(1, 3), d.pick([1, 2, 5, 16])] + [max(n, 1) for n in d.shape(d.int(1, 3), 400)]
    x = d.floats(shape, d.type(), odd=False)
    made = {"p": d.maybe(d.int(1, 3))} if d.name == "GlobalLpPool" else {}
    return Case(d.name, [x], made, bound=EXACT if d.name == "GlobalMaxPool" else spread(200))


# ------------------------------------------------------------------------------------------------ sampling

@recipe("Resize", "Upsample")
def resize(d):
    rank = d.pick([2, 3, 4, 4, 5])
    shape = [d.int(1, 3), d.int(1, 3)] + [d.int(1, 9) for _ in range(rank - 2)] if rank > 2 else [d.int(1, 9), d.int(1, 9)]
    mode = d.pick(["nearest", "linear"] + (["cubic"] if d.opset >= 11 and d.name == "Resize" else []))
    scales = [1.0 if rank > 2 and k < 2 and d.chance(0.9) else d.pick([0.3, 0.5, 0.6, 1.0, 1.5, 2.0, 2.0, 3.0]) for k in range(rank)]
    if mode != "nearest":
        scales = [1.0] * (rank - 2) + scales[rank - 2:] if mode == "cubic" or rank != 5 else [1.0, 1.0] + scales[2:]
    if d.name == "Upsample" or d.opset < 11:
        scales = [max(s, 1.0) if d.name == "Upsample" or True else s for s in scales]
    dtype = d.type(d.schema.inputs[0].type_str, ["float", "float16", "double", "bfloat16", "uint8", "int8", "int32"])
    x = d.array(shape, dtype, -100, 100)
    bound = spread(64) if is_float(dtype) else Bound("given", 1, lambda c, w: [np.ones(w[0].shape)])
    if mode == "nearest":
        bound = EXACT
    if d.name == "Upsample":
        if d.opset < 9:
            return Case(d.name, [x], {"mode": mode, "scales": scales}, bound=bound)
        return Case(d.name, [x, np.array(scales, np.float32)], {"mode": mode}, bound=bound)
    if d.opset < 11:
        return Case(d.name, [x, np.array(scales, np.float32)], {"mode": mode}, bound=bound)
    made = {"mode": mode}
    ways = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel", "tf_crop_and_resize"]
    ways += ["half_pixel_symmetric"] if d.opset >= 19 else []
    made["coordinate_transformation_mode"] = d.pick(ways)
    if rank == 2 and made["coordinate_transformation_mode"] == "tf_crop_and_resize":
        made["coordinate_transformation_mode"] = "half_pixel"  # ONNX Runtime leaves the region out
    if mode == "nearest":
        made["nearest_mode"] = d.pick(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
    if mode == "cubic":
        made["cubic_coeff_a"] = d.maybe(d.pick([-0.5, -0.75]))
        made["exclude_outside"] = d.maybe(d.int(0, 1))
    if d.opset >= 18 and mode != "nearest" and made["coordinate_transformation_mode"] != "tf_crop_and_resize":
        made["antialias"] = d.maybe(d.int(0, 1))
    roi = None
    if made["coordinate_transformation_mode"] == "tf_crop_and_resize":
        roi = np.array([0.0] * (rank - 2) + [d.real(0, 0.4), d.real(0, 0.4)] + [1.0] * (rank - 2) + [d.real(0.6, 1), d.real(0.6, 1)],
                       np.float32)
        scales = [1.0] * (rank - 2) + scales[rank - 2:]
        made["extrapolation_value"] = d.maybe(d.real(-2, 2))
    if d.chance(0.5):
        sizes = [max(1, int(n * s)) for n, s in zip(shape, scales)]
        inputs = [x, roi, None, d.i64(sizes)]
    else:
        scales = [s if int(n * s) >= 1 else 1.0 for n, s in zip(shape, scales)]
        inputs = [x, roi, np.array(scales, np.float32)]
    if d.opset < 13 and roi is None:
        inputs[1] = np.zeros([0], np.float32)
        if inputs[2] is None:
            inputs[2] = np.zeros([0], np.float32)
        case = Case(d.name, inputs, made, bound=bound)
        case.constant = {1, 2}  # that it is empty must be known
        return case
    return Case(d.name, inputs, made, bound=bound)


@recipe("GridSample")
def grid_sample(d):
    spatial = d.pick([2, 2, 3]) if d.opset >= 20 else 2
    n, c = d.int(1, 2), d.int(1, 3)
    size, to = [d.int(1, 7) for _ in range(spatial)], [d.int(1, 5) for _ in range(spatial)]
    modes = ["linear", "nearest", "cubic"] if d.opset >= 20 else ["bilinear", "nearest", "bicubic"]
    mode = d.pick(modes[:2] if spatial == 3 else modes)
    dtype = d.type("T1", ["float", "float16", "double", "bfloat16"])
    x = d.floats([n, c] + size, dtype, odd=False)
    grid = d.floats([n] + to + [spatial], np.float32 if d.opset < 22 and dtype != np.float64 else dtype, -1.3, 1.3)
    if "T2" in [t.type_param_str for t in d.schema.type_constraints] and np.dtype(grid.dtype) != dtype:
        grid = grid.astype(dtype)
    return Case(d.name, [x, grid], {"mode": mode, "padding_mode": d.pick(["zeros", "border", "reflection"]),
                                    "align_corners": d.maybe(d.int(0, 1))},
                bound=Bound("spread", 400) if mode != "nearest" else EXACT)


@recipe("AffineGrid")
def affine_grid(d):
    spatial = d.pick([2, 2, 3])
    n = d.int(1, 3)
    theta = d.floats([n, spatial, spatial + 1], d.type("T1", ["float", "float16", "double", "bfloat16"]), odd=False)
    size = d.i64([n, d.int(1, 3)] + [d.int(1, 6) for _ in range(spatial)])
    return Case(d.name, [theta, size], {"align_corners": d.maybe(d.int(0, 1))}, bound=spread(64))


@recipe("RoiAlign")
def roi_align(d):
    n, c, h, w, rois = d.int(1, 3), d.int(1, 3), d.int(2, 10), d.int(2, 10), d.int(0, 5)
    dtype = d.type("T1")
    x = d.floats([n, c, h, w], dtype, odd=False)
    corner = d.random.uniform(-2, max(h, w), (rois, 2))
    boxes = np.concatenate([corner, corner + d.random.uniform(0.1, 8, (rois, 2))], 1).astype(np.float32).astype(dtype)
    made = {"output_height": d.maybe(d.int(1, 4)), "output_width": d.maybe(d.int(1, 4)), "sampling_ratio": d.maybe(d.int(0, 3)),
            "spatial_scale": d.maybe(d.pick([0.25, 0.5, 1.0])), "mode": d.pick(["avg", "avg", "max"])}
    if d.opset >= 16:
        made["coordinate_transformation_mode"] = d.maybe(d.pick(["half_pixel", "output_half_pixel"]))
    return Case(d.name, [x, boxes, d.ints((rois,), np.int64, 0, n - 1)], made, bound=Bound("spread", 100))


@recipe("MaxRoiPool")
def max_roi_pool(d):
    n, c, h, w, rois = d.int(1, 3), d.int(1, 3), d.int(2, 10), d.int(2, 10), d.int(1, 5)
    at = d.random.integers(0, 8, (rois, 2))
    boxes = np.concatenate([d.random.integers(0, n, (rois, 1)), at, at + d.random.integers(0, 6, (rois, 2))], 1).astype(np.float32)
    return Case(d.name, [d.floats([n, c, h, w], odd=False), boxes],
                {"pooled_shape": [d.int(1, 4), d.int(1, 4)], "spatial_scale": d.pick([0.5, 1.0])})


@recipe("NonMaxSuppression")
def non_max_suppression(d):
    n, classes, boxes = d.int(1, 2), d.int(1, 3), d.int(1, 12)
    corner = d.random.uniform(0, 1, (n, boxes, 2))
    made = np.concatenate([corner, corner + d.random.uniform(0.1, 0.5, (n, boxes, 2))], 2).astype(np.float32)
    if d.chance(0.3):  # corners in any order
        made = np.where(d.random.random((n, boxes, 1)) < 0.5, made, made[..., [2, 3, 0, 1]])
    scores = d.random.permutation(n * classes * boxes).reshape(n, classes, boxes).astype(np.float32) / 40
    center = d.int(0, 1)
    if center:
        made = np.abs(made)
    limit = d.maybe(np.array([d.int(0, 6)], np.int64), 0.8)
    iou, least = d.maybe(np.array([d.real(0, 0.9)], np.float32)), d.maybe(np.array([d.real(0, 0.5)], np.float32))
    return Case(d.name, [made, scores, limit, iou, least], {"center_point_box": center})


