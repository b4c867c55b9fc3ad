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

// Whether each of the window's places has channels of its own.
static bool has_channels(tn_aten *c, const tni_value *x, int64_t h, int64_t w) {
    if (tni_at_rank(c, x) != 4 || x->info.type.dim[1].e) tni_at_fail(c, NULL, "its channels are not known");
    if (c->failed) return false;
    int64_t channels = x->info.type.dim[1].k;
    bool whole = h >= 1 && w >= 1 && channels % h == 0 && channels / h % w == 0;
    if (!whole)
        tni_at_fail(c, NULL, "%lld channels do not part into windows of %lld by %lld", (long long)channels,
                    (long long)h, (long long)w);
    return whole;
}

// Every place of the window has channels of its own: of all channels in all places those on the diagonal.
static void ps_roi_align(tn_aten *c) {
    int64_t ratio = tni_at_int(c, "sampling_ratio"), h = tni_at_int(c, "pooled_height"),
            w = tni_at_int(c, "pooled_width");
    tni_value *x = tni_at_tensor(c, "input");
    if (!has_channels(c, x, h, w)) return;
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

// The first or the last place of each of `bins` bins that a box from `from` on is parted into, held to the
// picture.
static tni_value *bin_edges(tn_aten *c, tni_value *from, tni_value *size, int64_t bins, bool last,
                            tni_value *most) {
    tni_value *zero = tni_at_scalar(c, TN_F32, 0), *one = tni_at_scalar(c, TN_F32, 1);
    tni_value *place =
        tni_at_cast(c,
                    tni_at_expr(c, "Range($0, $1, $2)", tni_at_scalar(c, TN_I64, 0),
                                tni_at_scalar(c, TN_I64, (double)bins), tni_at_scalar(c, TN_I64, 1)),
                    TN_F32);
    if (last) place = tni_at_expr(c, "Add($0, $1)", place, one);
    place = tni_at_expr(c, "Mul($0, Div($1, $2))", place, size, tni_at_scalar(c, TN_F32, (double)bins));
    place = tni_at_expr(c, last ? "Add(Ceil($0), $1)" : "Add(Floor($0), $1)", place, from);
    return tni_at_expr(c, "i64(Min(Max($0, $1), $2))", place, zero, most);
}

// torchvision's rounding, away from zero at halves, of a column of the boxes: [K,1].
static tni_value *box_side(tn_aten *c, int64_t column) {
    tni_value *x = tni_at_expr(c, "Mul(f32(Gather(rois, $0){axis=1}), $1)", tni_at_vector(c, &column, 1),
                               tni_at_scalar(c, TN_F32, tni_at_float(c, "spatial_scale")));
    return tni_at_expr(c, "Mul(Sign($0), Floor(Add(Abs($0), $1)))", x, tni_at_scalar(c, TN_F32, 0.5));
}

// Means over whole pixels, each bin in channels of its own. The sum over a bin is four places of the sums
// over all pixels above and to the left, in double.
static void ps_roi_pool(tn_aten *c) {
    int64_t h = tni_at_int(c, "pooled_height"), w = tni_at_int(c, "pooled_width");
    tni_value *x = tni_at_tensor(c, "input"), *one = tni_at_scalar(c, TN_I64, 1),
              *f1 = tni_at_scalar(c, TN_F32, 1);
    if (!has_channels(c, x, h, w)) return;
    tni_value *size[2], *begin[2], *end[2];
    for (int64_t d = 0; d < 2; d++) {
        size[d] = tni_at_expr(c, "Gather(Shape($0), $1)", x, tni_at_scalar(c, TN_I64, (double)d + 2));
        tni_value *from = box_side(c, 2 - d), *to = box_side(c, 4 - d),
                  *most = tni_at_expr(c, "f32(Sub($0, $1))", size[d], one);
        tni_value *side = tni_at_expr(c, "Max(Sub($0, $1), $2)", to, from, f1);
        begin[d] = bin_edges(c, from, side, d ? w : h, false, most);
        end[d] = bin_edges(c, from, side, d ? w : h, true, most);
        size[d] = tni_at_expr(c, "Add($0, $1)", size[d], one);
    }
    tni_value *sums = tni_at_expr(c, "CumSum(CumSum(f64($0), $1), $2)", x, tni_at_scalar(c, TN_I64, 2),
                                  tni_at_scalar(c, TN_I64, 3));
    sums = tni_at_expr(c, "Reshape(Pad($0, [0, 0, 1, 1, 0, 0, 0, 0]), [-1])", sums);
    int64_t channels = x->info.type.dim[1].k, bins[] = {1, channels / h / w, h, w};
    tni_value *channel =
        tni_at_expr(c, "Reshape(Range($0, $1, $2), $3)", tni_at_scalar(c, TN_I64, 0),
                    tni_at_scalar(c, TN_I64, (double)(bins[1] * h * w)), one, tni_at_vector(c, bins, 4));
    tni_value *image =
        tni_at_expr(c, "Reshape(i64(Gather(rois, $0){axis=1}), [-1, 1, 1, 1])", tni_at_scalar(c, TN_I64, 0));
    tni_value *plane =
        tni_at_expr(c, "Add(Mul($0, $1), $2)", image, tni_at_scalar(c, TN_I64, (double)channels), channel);
    tni_value *top = tni_at_expr(c, "Unsqueeze($0, [1, 3])", begin[0]),
              *left = tni_at_expr(c, "Unsqueeze($0, [1, 2])", begin[1]);
    tni_value *bottom = tni_at_expr(c, "Unsqueeze($0, [1, 3])", end[0]),
              *right = tni_at_expr(c, "Unsqueeze($0, [1, 2])", end[1]);
    static const char place[] = "Gather($0, Add(Mul(Add(Mul($1, $2), $3), $4), $5))";
    tni_value *at[] = {tni_at_expr(c, place, sums, plane, size[0], bottom, size[1], right),
                       tni_at_expr(c, place, sums, plane, size[0], top, size[1], right),
                       tni_at_expr(c, place, sums, plane, size[0], bottom, size[1], left),
                       tni_at_expr(c, place, sums, plane, size[0], top, size[1], left)};
    tni_value *sum = tni_at_expr(c, "Add(Sub(Sub($0, $1), $2), $3)", at[0], at[1], at[2], at[3]);
    tni_value *pixels = tni_at_expr(c, "Mul(Sub($0, $1), Sub($2, $3))", bottom, top, right, left);
    tni_value *none =
        tni_at_expr(c, "Or(LessOrEqual($0, $1), LessOrEqual($2, $3))", bottom, top, right, left);
    tni_at_give(c, 0,
                tni_at_expr(c, "out(Where($0, $1, Div($2, f64(Max($3, $4)))))", none,
                            tni_at_scalar(c, TN_F64, 0), sum, pixels, one));
    tni_value *whole =
        tni_at_expr(c, "Concat(Shape(rois){end=1}, $0){axis=0}", tni_at_vector(c, bins + 1, 3));
    tni_at_give(c, 1, tni_at_expr(c, "i32(Expand($0, $1))", channel, whole));
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
    {"torchvision.ps_roi_pool", NULL, ps_roi_pool, 0},
    {"torchvision.roi_pool", NULL, roi_pool, 0},
    {"torchvision.deform_conv2d", NULL, deform_conv2d, 0},
    {0},
};
