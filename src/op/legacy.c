// SPDX-License-Identifier: Apache-2.0
// legacy.c - operators that were experimental in the first ONNX releases and are in no list since, but in
// files that converters for CoreML wrote: Affine, Crop and ImageScaler. All become operators of today at
// import.
#include "op/op.h"

#include "ir/registry.h"

static bool ready(const tni_spec *s) { return s->nin == 1 && s->in[0]; }

// A constant of x's type with `n` values and the shape [n,1,1], or a scalar when `n` is 0.
static tni_value *constant(tni_spec *s, const float *values, int64_t n) {
    tn_dtype dtype = s->in[0]->info.type.dtype;
    const int64_t dims[] = {n, 1, 1};
    tn_tensor *t = tni_tensor_new(&s->graph->root->arena, dtype, n ? 3 : 0, dims);
    for (int64_t k = 0; t && k < (n ? n : 1); k++) tni_set(t, k, (double)values[k]);
    return t ? tni_value_const(s->graph, NULL, t) : NULL;
}

static float number(tni_spec *s, const char *name, float otherwise) {
    const tn_attr *a = tni_spec_attr(s, name);
    float value = a && a->kind == TN_ATTR_FLOAT ? (float)a->f : otherwise;
    tni_spec_drop(s, name);
    return value;
}

// x * factor + term, the last step being the node itself.
static tn_status scale_and_add(tni_spec *s, float factor, tni_value *term) {
    tni_value *in[] = {s->in[0], constant(s, &factor, 0)};
    if (!in[1] || !term) return TN_NOMEM;
    tni_value *product = tni_spec_emit(s, "Mul", 2, in, 0, NULL);
    if (!product) return TN_INVALID;
    s->op = "Add";
    s->nattr = 0;
    s->in[0] = product;
    return tni_spec_input(s, 1, term);
}

static tn_status affine_upgrade(tni_spec *s) {
    if (!ready(s)) return tni_spec_fail(s, NULL, "one input is needed");
    float alpha = number(s, "alpha", 1), beta = number(s, "beta", 0);
    return scale_and_add(s, alpha, constant(s, &beta, 0));
}

static tn_status image_scaler_upgrade(tni_spec *s) {
    if (!ready(s)) return tni_spec_fail(s, NULL, "one input is needed");
    const tn_attr *bias = tni_spec_attr(s, "bias");
    float zero = 0;
    bool given = bias && bias->kind == TN_ATTR_FLOATS && bias->n > 0;
    tni_value *term = given ? constant(s, bias->floats, (int64_t)bias->n) : constant(s, &zero, 0);
    return scale_and_add(s, number(s, "scale", 1), term);
}

// border is [left, top, right, bottom]; with scale [height, width] the size counts from left and top.
static tn_status crop_upgrade(tni_spec *s) {
    const tn_attr *border = tni_spec_attr(s, "border"), *scale = tni_spec_attr(s, "scale");
    if (!ready(s)) return tni_spec_fail(s, NULL, "one input is needed");
    if (!border || border->kind != TN_ATTR_INTS || border->n != 4)
        return tni_spec_fail(s, NULL, "border must be [left, top, right, bottom]");
    for (size_t k = 0; k < 4; k++)
        if (border->ints[k] < 0) return tni_spec_fail(s, NULL, "border has a negative entry");
    int64_t first[] = {border->ints[1], border->ints[0]}, last[2];
    for (int d = 0; d < 2; d++) // a negative end counts from the end, and 0 would be the beginning
        last[d] = border->ints[3 - d] ? -border->ints[3 - d] : INT64_MAX;
    if (scale && scale->kind == TN_ATTR_INTS && scale->n == 2)
        for (int d = 0; d < 2; d++)
            if (!ck_add64(first[d], scale->ints[d], &last[d]) || scale->ints[d] < 0)
                return tni_spec_fail(s, NULL, "scale must be [height, width]");
    const int64_t axes[] = {2, 3};
    s->op = "Slice";
    s->nattr = 0;
    s->opset = TN_OPSET;
    TN_TRY(tni_spec_input_ints(s, 1, first, 2));
    TN_TRY(tni_spec_input_ints(s, 2, last, 2));
    return tni_spec_input_ints(s, 3, axes, 2);
}

#define LEGACY(name_, doc_, upgrade_)                                                                      \
    {                                                                                                      \
        TN_HERE, .name = name_, .since = 1, .doc = doc_, .in = {{"input", "T"}}, .out = {{"output", "T"}}, \
                 .types = {{"T", TN_FLOATS}}, .infer = tn_infer_same, .upgrade = upgrade_                  \
    }

TN_OP(affine) = LEGACY("Affine", "alpha*x + beta", affine_upgrade);
TN_OP(crop) = LEGACY("Crop", "the image without its borders", crop_upgrade);
TN_OP(image_scaler) = LEGACY("ImageScaler", "scale*x + bias of each channel", image_scaler_upgrade);
