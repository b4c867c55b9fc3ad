// SPDX-License-Identifier: Apache-2.0
// vision_plugins.c - operators of other domains that are ONNX' own under another name: mmcv's and mmdeploy's
// deformable convolution, region pooling and grid sampling, TensorRT's ROIAlign_TRT and
// InstanceNormalization_TRT, torchvision's nms, roi_align and deform_conv2d as PyTorch's exporter leaves
// them.
#include "op/formula.h"

#include <stdio.h>

// ------------------------------------------------------------------------------------ deformable convolution

// "[1,1]" of an attribute of two; "[p,q,p,q]" for pads.
static const char *pair(tni_spec *s, const char *name, int64_t otherwise, bool twice) {
    const tn_attr *a = tni_spec_attr(s, name);
    bool list = a && a->kind == TN_ATTR_INTS && a->n == 2;
    long long h = list                          ? a->ints[0]
                  : a && a->kind == TN_ATTR_INT ? a->i
                                                : otherwise,
              w = list                          ? a->ints[1]
                  : a && a->kind == TN_ATTR_INT ? a->i
                                                : otherwise;
    tni_arena *arena = &s->graph->root->arena;
    return twice ? tni_arena_printf(arena, "[%lld,%lld,%lld,%lld]", h, w, h, w)
                 : tni_arena_printf(arena, "[%lld,%lld]", h, w);
}

static tn_status deform(tni_spec *s, const char *operands) {
    const char *strides = pair(s, "stride", 1, false), *pads = pair(s, "padding", 0, true),
               *dilations = pair(s, "dilation", 1, false);
    long long group = tni_spec_int(s, "groups", 1),
              offsets = tni_spec_int(s, "deform_groups", tni_spec_int(s, "deformable_groups", 1));
    if (!strides || !pads || !dilations) return TN_NOMEM;
    s->nattr = 0;
    return tni_formula(s,
                       "= DeformConv(%s){strides=%s, pads=%s, dilations=%s, group=%lld, offset_group=%lld}",
                       operands, strides, pads, dilations, group, offsets);
}

static tn_status deform_upgrade(tni_spec *s) { return deform(s, "#0, #2, #1"); }
static tn_status modulated_upgrade(tni_spec *s) { return deform(s, "#0, #3, #1, #4, #2"); }

#define MODULATED(domain_)                                                                           \
    {                                                                                                \
        TN_HERE, .name = "MMCVModulatedDeformConv2d", .domain = domain_, .since = 1,                 \
                 .doc = "read as DeformConv with a mask",                                            \
                 .in = {{"input", "T"},                                                              \
                        {"offset", "T"},                                                             \
                        {"mask", "T"},                                                               \
                        {"weight", "T"},                                                             \
                        {"bias", "T", TN_OPTIONAL_IN}},                                              \
                 .out = {{"output", "T"}}, .types = {{"T", TN_FLOATS}}, .upgrade = modulated_upgrade \
    }
#define DEFORM(domain_)                                                                                  \
    {                                                                                                    \
        TN_HERE, .name = "MMCVDeformConv2d", .domain = domain_, .since = 1, .doc = "read as DeformConv", \
                 .in = {{"input", "T"}, {"offset", "T"}, {"weight", "T"}}, .out = {{"output", "T"}},     \
                 .types = {{"T", TN_FLOATS}}, .upgrade = deform_upgrade                                  \
    }

TN_OP(mmcv_modulated_deform_conv) = MODULATED("mmcv");
TN_OP(mmdeploy_modulated_deform_conv) = MODULATED("mmdeploy");
TN_OP(mmcv_deform_conv) = DEFORM("mmcv");
TN_OP(mmdeploy_deform_conv) = DEFORM("mmdeploy");

// ------------------------------------------------------------------------------------------------ regions

// A region's first column is its image.
static tn_status roi_align(tni_spec *s, int rois, const char *attrs) {
    return tni_formula(s,
                       "i = Slice(#%d, [0], [1], [1]); j = Squeeze(i, [1]); k = Cast(j){to=7};"
                       "r = Slice(#%d, [1], [5], [1]); = RoiAlign(#0, r, k)%s",
                       rois, rois, attrs);
}

static const char *aligned_mode(bool aligned) { return aligned ? "half_pixel" : "output_half_pixel"; }

// The maximum of a bin's samples is the maximum of bins with one sample each.
static tn_status mmcv_roi_max(tni_spec *s, bool aligned) {
    long long height = tni_spec_int(s, "output_height", 1), width = tni_spec_int(s, "output_width", 1),
              ratio = tni_spec_int(s, "sampling_ratio", 0);
    double scale = tni_spec_float(s, "spatial_scale", 1);
    if (ratio < 1 || height < 1 || width < 1 || ratio * height > 4096 || ratio * width > 4096)
        return tni_spec_fail(s, "export with a sampling_ratio of 1 or more, or with mode avg",
                             "mode max needs a number of samples, but sampling_ratio is %lld", ratio);
    s->nattr = 0;
    return tni_formula(
        s,
        "i = Slice(#1, [0], [1], [1]); j = Squeeze(i, [1]); k = Cast(j){to=7};"
        "r = Slice(#1, [1], [5], [1]); p = RoiAlign(#0, r, k){output_height=%lld, output_width=%lld,"
        "sampling_ratio=1, spatial_scale=%.16e, coordinate_transformation_mode='%s'};"
        "= MaxPool(p){kernel_shape=[%lld, %lld], strides=[%lld, %lld]}",
        height * ratio, width * ratio, scale, aligned_mode(aligned), ratio, ratio, ratio, ratio);
}

static tn_status mmcv_roi_upgrade(tni_spec *s) {
    bool aligned = tni_spec_int(s, "aligned", 1) != 0,
         max = strcmp(tni_spec_string(s, "mode", "avg"), "max") == 0;
    char attrs[96];
    if (max) return mmcv_roi_max(s, aligned);
    tni_spec_drop(s, "aligned");
    snprintf(attrs, sizeof attrs, "{coordinate_transformation_mode='%s'}", aligned_mode(aligned));
    return roi_align(s, 1, attrs);
}

// Each region is read from the level of its size (level 0 up to twice the finest scale, and so on), and then
// grows about its centre by roi_scale_factor, as in mmdetection.
static tn_status levels_upgrade(tni_spec *s) {
    const tn_attr *strides = tni_spec_attr(s, "featmap_strides");
    int levels = s->nin - 1;
    double finest = (double)tni_spec_int(s, "finest_scale", 56),
           factor = tni_spec_float(s, "roi_scale_factor", 0);
    long long height = tni_spec_int(s, "output_height", 7), width = tni_spec_int(s, "output_width", 7),
              ratio = tni_spec_int(s, "sampling_ratio", 0);
    bool aligned = tni_spec_int(s, "aligned", 1) != 0;
    if (levels < 1 || levels > 8 || !strides || strides->kind != TN_ATTR_FLOATS || (int)strides->n != levels)
        return tni_spec_fail(s, NULL, "featmap_strides must have one entry for each of 1 to 8 levels");
    bool grow = factor > 0 && factor != 1;
    char text[1900];
    int n = snprintf(
        text, sizeof text,
        "i = Slice(#0,[0],[1],[1]); j = Squeeze(i,[1]); k = Cast(j){to=7}; r = Slice(#0,[1],[5],[1]);"
        "p = Slice(#0,[1],[3],[1]); q = Slice(#0,[3],[5],[1]); d = Sub(q,p);"
        "a = ReduceProd(d,[1]){keepdims=0}; e = Sqrt(a); f = Div(e,%.16e); g = Add(f,1e-6); h = Log(g);"
        "l = Div(h,0.69314718055994531); m = Floor(l); o = Clip(m,0,%d); c = Reshape(o,[-1,1,1,1]);",
        finest, levels - 1);
    if (grow)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "u = Add(p,q); v = Mul(u,0.5); w = Mul(d,%.16e); x = Sub(v,w); s = Add(v,w);"
                      "R = Concat(x,s){axis=1};",
                      factor / 2);
    for (int i = 0; i < levels; i++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "y%d = RoiAlign(#%d,%s,k){output_height=%lld,output_width=%lld,sampling_ratio=%lld,"
                      "spatial_scale=%.16e,coordinate_transformation_mode='%s'};",
                      i, i + 1, grow ? "R" : "r", height, width, ratio, 1 / (double)strides->floats[i],
                      aligned_mode(aligned));
    for (int i = 1; i < levels; i++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "t%d = GreaterOrEqual(c,%d); z%d = Where(t%d,y%d,%s%d);", i, i, i, i, i,
                      i > 1 ? "z" : "y", i - 1);
    s->nattr = 0;
    return tni_formula(s, "%s = Identity(%s%d)", text, levels > 1 ? "z" : "y", levels - 1);
}

static tn_status trt_roi_upgrade(tni_spec *s) {
    bool half = tni_spec_int(s, "coordinate_transformation_mode", 1) != 0,
         mean = tni_spec_int(s, "mode", 1) != 0;
    tni_spec_drop(s, "coordinate_transformation_mode");
    tni_spec_drop(s, "mode");
    tni_spec_drop(s, "plugin_version");
    return tni_formula(
        s, "k = Cast(#2){to=7}; = RoiAlign(#0, #1, k){coordinate_transformation_mode='%s', mode='%s'}",
        aligned_mode(half), mean ? "avg" : "max");
}

#define MMCV_ROI(name_, domain_)                                                          \
    {                                                                                     \
        TN_HERE, .name = name_, .domain = domain_, .since = 1, .doc = "read as RoiAlign", \
                 .in = {{"input", "T"}, {"rois", "T"}}, .out = {{"output", "T"}},         \
                 .types = {{"T", TN_FLOATS}}, .upgrade = mmcv_roi_upgrade                 \
    }
#define TRT_ROI(domain_)                                                                           \
    {                                                                                              \
        TN_HERE, .name = "ROIAlign_TRT", .domain = domain_, .since = 1, .doc = "read as RoiAlign", \
                 .in = {{"X", "T"}, {"rois", "T"}, {"batch_indices", "I"}}, .out = {{"Y", "T"}},   \
                 .types = {{"T", TN_FLOATS}, {"I", TN_INDEXES}}, .upgrade = trt_roi_upgrade        \
    }

TN_OP(mmcv_roi_align) = MMCV_ROI("MMCVRoiAlign", "mmcv");
TN_OP(mmdeploy_roi_align) = MMCV_ROI("MMCVRoiAlign", "mmdeploy");
TN_OP(trt_roi_align) = TRT_ROI(NULL);
TN_OP(trt_roi_align_trt) = TRT_ROI("TRT");
TN_OP(mmdeploy_multi_level_roi_align) = {
    TN_HERE,
    .name = "MMCVMultiLevelRoiAlign",
    .domain = "mmdeploy",
    .since = 1,
    .doc = "RoiAlign from the level of a pyramid that suits a region's size",
    .in = {{"rois_and_levels", "T", TN_VARIADIC}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .upgrade = levels_upgrade,
};

// ------------------------------------------------------------------------------- sampling, normalisation,
// nms

static tn_status grid_upgrade(tni_spec *s) {
    static const char *const modes[] = {"linear", "nearest", "cubic"}, *const pads[] = {"zeros", "border",
                                                                                        "reflection"};
    int64_t mode = tni_spec_int(s, "interpolation_mode", 0), pad = tni_spec_int(s, "padding_mode", 0);
    if (mode < 0 || mode > 2 || pad < 0 || pad > 2)
        return tni_spec_fail(s, NULL, "interpolation_mode and padding_mode must be 0, 1 or 2");
    tni_spec_drop(s, "interpolation_mode");
    tni_spec_drop(s, "padding_mode");
    return tni_formula(s, "= GridSample(#0, #1){mode='%s', padding_mode='%s'}", modes[mode], pads[pad]);
}

// relu: with a slope of alpha below 0.
static tn_status instance_norm_upgrade(tni_spec *s) {
    double alpha = tni_spec_float(s, "alpha", 0), epsilon = tni_spec_float(s, "epsilon", 1e-5);
    bool relu = tni_spec_int(s, "relu", 0) != 0;
    s->nattr = 0;
    if (!relu) return tni_formula(s, "= InstanceNormalization(#0, #1, #2){epsilon=%.16e}", epsilon);
    return tni_formula(s, "n = InstanceNormalization(#0, #1, #2){epsilon=%.16e}; = LeakyRelu(n){alpha=%.16e}",
                       epsilon, alpha);
}

static tn_status mmcv_nms_upgrade(tni_spec *s) {
    long long most = tni_spec_int(s, "max_output_boxes_per_class", 0);
    double iou = tni_spec_float(s, "iou_threshold", 0), score = tni_spec_float(s, "score_threshold", 0);
    if (tni_spec_int(s, "offset", 0)) return tni_spec_fail(s, NULL, "offset = 1 cannot be read");
    long long center = tni_spec_int(s, "center_point_box", 0);
    s->nattr = 0;
    return tni_formula(s, "= NonMaxSuppression(#0, #1, %lldi, %.16e, %.16e){center_point_box=%lld}", most,
                       iou, score, center);
}

// All boxes of one class; what is given are the boxes' places.
static tn_status torch_nms_upgrade(tni_spec *s) {
    return tni_formula(s, "b = Unsqueeze(#0, [0]); c = Unsqueeze(#1, [0, 1]); t = Cast(#2){to=1};"
                          "n = NonMaxSuppression(b, c, 9223372036854775807i, t); k = Slice(n, [2], [3], [1]);"
                          "= Squeeze(k, [1])");
}

// Numbers that PyTorch gives as inputs.
static bool numbers(const tni_spec *s, int first, int n, double *to) {
    for (int i = 0; i < n; i++)
        if (!tni_spec_has(s, first + i) || !tni_const_float(&s->in[first + i]->info, &to[i])) return false;
    return true;
}

static tn_status torch_roi_upgrade(tni_spec *s) {
    double v[5];
    char attrs[256];
    if (!numbers(s, 2, 5, v))
        return tni_spec_fail(s, NULL, "scale, sizes, sampling ratio and aligned must be constants");
    snprintf(attrs, sizeof attrs,
             "{spatial_scale=%.16e, output_height=%.0f, output_width=%.0f, sampling_ratio=%.0f,"
             "coordinate_transformation_mode='%s'}",
             v[0], v[1], v[2], v[3] > 0 ? v[3] : 0, aligned_mode(v[4] != 0));
    return roi_align(s, 1, attrs);
}

static tn_status torch_deform_upgrade(tni_spec *s) {
    double v[9];
    bool mask = true;
    if (!numbers(s, 5, 8, v))
        return tni_spec_fail(s, NULL, "strides, pads, dilations and groups must be constants");
    if (numbers(s, 13, 1, &v[8])) mask = v[8] != 0;
    return tni_formula(s,
                       "= DeformConv(#0, #1, #2, #4%s){strides=[%.0f,%.0f], pads=[%.0f,%.0f,%.0f,%.0f],"
                       "dilations=[%.0f,%.0f], group=%.0f, offset_group=%.0f}",
                       mask ? ", #3" : "", v[0], v[1], v[2], v[3], v[2], v[3], v[4], v[5], v[6], v[7]);
}

TN_OP(mmcv_grid_sampler) = {
    TN_HERE,
    .name = "grid_sampler",
    .domain = "mmcv",
    .since = 1,
    .doc = "read as GridSample",
    .in = {{"input", "T"}, {"grid", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .upgrade = grid_upgrade,
};
#define INSTANCE_NORM(domain_)                                                                 \
    {                                                                                          \
        TN_HERE, .name = "InstanceNormalization_TRT", .domain = domain_, .since = 1,           \
                 .doc = "InstanceNormalization, perhaps with LeakyRelu",                       \
                 .in = {{"input", "T"}, {"scale", "T"}, {"B", "T"}}, .out = {{"output", "T"}}, \
                 .types = {{"T", TN_FLOATS}}, .upgrade = instance_norm_upgrade                 \
    }
TN_OP(trt_instance_norm) = INSTANCE_NORM(NULL);
TN_OP(trt_instance_norm_trt) = INSTANCE_NORM("TRT");
TN_OP(mmcv_non_max_suppression) = {
    TN_HERE,
    .name = "NonMaxSuppression",
    .domain = "mmcv",
    .since = 1,
    .doc = "read as NonMaxSuppression",
    .in = {{"boxes", "f32"}, {"scores", "f32"}},
    .out = {{"selected_indices", "i64"}},
    .upgrade = mmcv_nms_upgrade,
};
TN_OP(torchvision_nms) = {
    TN_HERE,
    .name = "nms",
    .domain = "torchvision",
    .since = 1,
    .doc = "read as NonMaxSuppression of one class",
    .in = {{"boxes", "f32"}, {"scores", "f32"}, {"iou_threshold", "T"}},
    .out = {{"indices", "i64"}},
    .types = {{"T", TN_FLOATS}},
    .upgrade = torch_nms_upgrade,
};
TN_OP(torchvision_roi_align) = {
    TN_HERE,
    .name = "roi_align",
    .domain = "torchvision",
    .since = 1,
    .doc = "read as RoiAlign",
    .in = {{"input", "T"}, {"rois", "T"}, {"numbers", "V", TN_VARIADIC | TN_MIXED}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}, {"V", TN_NUMBERS | TN_BIT(TN_BOOL)}},
    .upgrade = torch_roi_upgrade,
};
TN_OP(torchvision_deform_conv) = {
    TN_HERE,
    .name = "deform_conv2d",
    .domain = "torchvision",
    .since = 1,
    .doc = "read as DeformConv",
    .in = {{"input", "T"},
           {"weight", "T"},
           {"offset", "T"},
           {"mask", "T"},
           {"bias", "T"},
           {"numbers", "V", TN_VARIADIC | TN_MIXED}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}, {"V", TN_NUMBERS | TN_BIT(TN_BOOL)}},
    .upgrade = torch_deform_upgrade,
};
