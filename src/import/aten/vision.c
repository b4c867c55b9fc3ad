// SPDX-License-Identifier: Apache-2.0
// vision.c - torchvision's operators.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

// Boxes in the order of their scores without those that overlap a better one; ONNX takes them by batch and
// class.
static void nms(tn_aten *c) {
    tni_value *most = tni_at_vector(c, (int64_t[]){INT32_MAX}, 1);
    tni_value *iou =
        tni_at_expr(c, "Reshape($0, [1])", tni_at_scalar(c, TN_F32, tni_at_float(c, "iou_threshold")));
    tni_value *kept = tni_at_expr(
        c, "NonMaxSuppression(Unsqueeze(f32(dets), [0]), Unsqueeze(f32(scores), [0, 1]), $0, $1)", most, iou);
    tni_at_give(c, 0, tni_at_expr(c, "Gather($0, $1){axis=1}", kept, tni_at_scalar(c, TN_I64, 2)));
}

// rois: [K, 5], the first of each the image it lies in
static void roi_align(tn_aten *c) {
    int64_t ratio = tni_at_int(c, "sampling_ratio");
    tni_at_set_int(c, "ratio", ratio < 0 ? 0 : ratio);
    tni_at_set_text(c, "mode", tni_at_bool(c, "aligned") ? "half_pixel" : "output_half_pixel");
    tni_value *batch = tni_at_expr(c, "i64(Gather(rois, $0){axis=1})", tni_at_scalar(c, TN_I64, 0));
    tni_at_give(c, 0,
                tni_at_expr(c,
                            "RoiAlign(input, Slice(rois, [1], [5], [1]), $0){output_height=pooled_height, "
                            "output_width=pooled_width, sampling_ratio=ratio, spatial_scale=spatial_scale, "
                            "coordinate_transformation_mode=mode}",
                            batch));
}

// Every place of the window has channels of its own: of all channels in all places those on the diagonal.
static void ps_roi_align(tn_aten *c) {
    int64_t ratio = tni_at_int(c, "sampling_ratio"), h = tni_at_int(c, "pooled_height"),
            w = tni_at_int(c, "pooled_width");
    tni_value *x = tni_at_tensor(c, "input");
    if (tni_at_rank(c, x) != 4 || x->info.type.dim[1].e) tni_at_fail(c, NULL, "its channels are not known");
    if (c->failed || h < 1 || w < 1) return;
    tni_at_set_int(c, "ratio", ratio < 0 ? 0 : ratio);
    tni_value *batch = tni_at_expr(c, "i64(Gather(rois, $0){axis=1})", tni_at_scalar(c, TN_I64, 0));
    tni_value *all =
        tni_at_expr(c,
                    "RoiAlign(input, Slice(rois, [1], [5], [1]), $0){output_height=pooled_height, "
                    "output_width=pooled_width, sampling_ratio=ratio, spatial_scale=spatial_scale, "
                    "coordinate_transformation_mode='half_pixel'}",
                    batch);
    int64_t shape[] = {-1, x->info.type.dim[1].k / h / w, h, w, h, w};
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Einsum(Reshape($0, $1)){equation='kcijij->kcij'}", all, tni_at_vector(c, shape, 6)));
}

static void roi_pool(tn_aten *c) {
    tni_at_give(c, 0,
                tni_at_expr(c, "MaxRoiPool(input, rois){pooled_shape=[pooled_height, pooled_width], "
                               "spatial_scale=spatial_scale}"));
}

static void deform_conv2d(tn_aten *c) {
    int64_t stride[] = {tni_at_int(c, "stride_h"), tni_at_int(c, "stride_w")}, h = tni_at_int(c, "pad_h"),
            w = tni_at_int(c, "pad_w");
    int64_t pads[] = {h, w, h, w}, dilation[] = {tni_at_int(c, "dilation_h"), tni_at_int(c, "dilation_w")};
    tni_value *in[] = {tni_at_tensor(c, "input"), tni_at_tensor(c, "weight"), tni_at_tensor(c, "offset"),
                       tni_at_tensor(c, "bias"),
                       tni_at_bool(c, "use_mask") ? tni_at_tensor(c, "mask") : NULL},
              *y = NULL;
    tni_at_set_ints(c, "strides", stride, 2);
    tni_at_set_ints(c, "pads", pads, 4);
    tni_at_set_ints(c, "dilations", dilation, 2);
    tni_at_set_int(c, "group", tni_at_int(c, "groups"));
    tni_at_set_int(c, "offset_group", tni_at_int(c, "offset_groups"));
    tni_at_node(c, "DeformConv", in[4] ? 5 : 4, in, 1, &y);
    tni_at_give(c, 0, y);
}

TN_ATEN(vision) = {
    {"torchvision.nms", NULL, nms, 0},
    {"torchvision.roi_align", NULL, roi_align, 0},
    {"torchvision.ps_roi_align", NULL, ps_roi_align, 0},
    {"torchvision.roi_pool", NULL, roi_pool, 0},
    {"torchvision.deform_conv2d", NULL, deform_conv2d, 0},
    {0},
};
