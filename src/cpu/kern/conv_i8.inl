// SPDX-License-Identifier: Apache-2.0
// conv_i8.inl - what the kernels for QLinearConv and ConvInteger share: where their inputs are, and how sums
// become results.
#ifndef TN_CPU_CONV_I8_INL
#define TN_CPU_CONV_I8_INL

#include "cpu/kern/conv.inl"
#include "cpu/kern/int8.inl"

typedef struct conv_i8_inputs { // bias, scales, y_zero: NULL when there is none
    const tn_tensor *x, *x_zero, *w, *w_zero, *bias, *x_scale, *w_scale, *y_scale, *y_zero;
} conv_i8_inputs;

static conv_i8_inputs conv_i8_in(const tn_attrs *attrs, int nin, const tn_tensor *const *in) {
    if (attrs->op->name[0] == 'Q')
        return (conv_i8_inputs){in[0], in[2], in[3], in[5], nin > 8 ? in[8] : NULL,
                                in[1], in[4], in[6], in[7]};
    return (conv_i8_inputs){
        .x = in[0], .w = in[1], .x_zero = nin > 2 ? in[2] : NULL, .w_zero = nin > 3 ? in[3] : NULL};
}

static const char *conv_i8_reject(const tn_problem *p) {
    bool scaled = p->attrs.op->name[0] == 'Q';
    if (p->nin < (scaled ? 8 : 2) || !p->in[0] || !p->in[scaled ? 3 : 1] || !p->out[0])
        return "an input is missing";
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    if (in.x->rank != 3 && in.x->rank != 4) return "only 1-D and 2-D convolutions";
    if (in.x_zero && tn_count(in.x_zero) != 1) return "zero points by element";
    if (in.w_zero && tn_count(in.w_zero) != 1 && tn_count(in.w_zero) != in.w->dim[0])
        return "zero points of a shape it does not know";
    return NULL;
}

static void conv_i8_shape(const tn_problem *p, conv *v) {
    conv_i8_inputs in = conv_i8_in(&p->attrs, p->nin, p->in);
    const tn_tensor *conv_in[] = {in.x, in.w};
    tn_problem plain = *p;
    plain.in = conv_in;
    plain.nin = 2;
    conv_setup_shape(&plain, v);
}

typedef struct conv_i8_channel { // what sums of an output channel become results with
    uint32_t bias;
    float x_scale, w_scale;
} conv_i8_channel;

static conv_i8_channel conv_i8_channel_of(const conv_i8_inputs *in, int64_t channel) {
    conv_i8_channel k = {.x_scale = 1, .w_scale = 1};
    if (in->bias) k.bias = ((const uint32_t *)in->bias->data)[channel];
    if (in->x_scale) k.x_scale = (float)tni_get(in->x_scale, 0);
    if (in->w_scale) k.w_scale = (float)tni_get(in->w_scale, tn_count(in->w_scale) > 1 ? channel : 0);
    return k;
}

// Sums to y from element `at` on.
static inline void conv_i8_store(const conv_i8_channel *k, const result_i8 *r, const uint32_t *sums,
                                 int64_t at, int64_t n) {
    store_i8(r, sums, k->bias, k->x_scale, &k->w_scale, false, at, n);
}

#endif
