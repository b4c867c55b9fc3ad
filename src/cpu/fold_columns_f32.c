// SPDX-License-Identifier: Apache-2.0
// fold_columns_f32.c - Col2Im of images: every element of a block is a plane of positions, whose rows are
// added to rows of the image.
#include "cpu/isa.h"

#include "cpu/kern/plane.inl"
#include "ir/tensor.h"

typedef struct fold_columns {
    plane p; // h, w: of the image; oh, ow: positions
} fold_columns;

enum { COLUMNS_MOST = 1 << 24 };

// Whether numbers of the node are such that products of two fit.
static bool columns_fit(const tn_problem *p) {
    static const char *const names[] = {"strides", "dilations", "pads"};
    size_t n;
    for (int i = 0; i < 3; i++) {
        const int64_t *v = tn_attr_ints(p->attrs, names[i], &n);
        for (size_t k = 0; k < n; k++)
            if (v[k] > COLUMNS_MOST || v[k] < -COLUMNS_MOST) return false;
    }
    for (int64_t i = 0; i < 2; i++)
        if (tni_get_int(p->in[2], i) > COLUMNS_MOST || p->out[0]->dim[2 + i] > COLUMNS_MOST) return false;
    return true;
}

static int64_t columns_positions(int64_t image, int64_t pads, int64_t k, int64_t dilation, int64_t stride) {
    int64_t room = image + pads - dilation * (k - 1);
    return room < 1 ? 0 : (room - 1) / stride + 1;
}

static bool columns_read(const tn_problem *p, fold_columns *s) {
    const tn_tensor *block = p->in[2], *y = p->out[0];
    size_t n;
    const int64_t *pads = tn_attr_ints(p->attrs, "pads", &n);
    plane *v = &s->p;
    *s = (fold_columns){{.h = y->dim[2],
                         .w = y->dim[3],
                         .kh = tni_get_int(block, 0),
                         .kw = tni_get_int(block, 1),
                         .sh = window_int(p, "strides", 0),
                         .sw = window_int(p, "strides", 1),
                         .dh = window_int(p, "dilations", 0),
                         .dw = window_int(p, "dilations", 1),
                         .top = n ? pads[0] : 0,
                         .left = n ? pads[1] : 0}};
    v->oh = columns_positions(v->h, n ? pads[0] + pads[2] : 0, v->kh, v->dh, v->sh);
    v->ow = columns_positions(v->w, n ? pads[1] + pads[3] : 0, v->kw, v->dw, v->sw);
    return v->oh > 0 && v->ow > 0 && v->oh * v->ow == p->in[0]->dim[2] &&
           v->kh * v->kw * y->dim[1] == p->in[0]->dim[1];
}

static const char *columns_reject(const tn_problem *p) {
    fold_columns s;
    if (!p->in[0] || !p->in[1] || !p->in[2] || !p->out[0]) return "nothing to do";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    if (p->out[0]->rank != 4) return "only images";
    if (!p->in[2]->data) return "the block's shape is not constant";
    return columns_fit(p) && columns_read(p, &s) ? NULL : "sizes that do not fit, or that only the data tell";
}

static void columns_setup(const tn_problem *p, void *params) { columns_read(p, params); }

INLINE void columns_row(const float *x, int64_t n, int64_t stride, float *y) {
    int64_t i = 0;
    for (; stride == 1 && i + VL <= n; i += VL) v_store(y + i, v_load(y + i) + v_load(x + i));
    for (; i < n; i++) y[i * stride] += x[i];
}

static void columns_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const plane *p = &((const fold_columns *)c->params)->p;
    const float *x = (const float *)c->in[0]->data + i * p->kh * p->kw * p->oh * p->ow;
    float *y = (float *)c->out[0]->data + i * p->h * p->w;
    (void)worker;
    memset(y, 0, (size_t)(p->h * p->w) * sizeof *y);
    for (int64_t k = 0; k < p->kh * p->kw; k++, x += p->oh * p->ow) {
        int64_t top = k / p->kw * p->dh - p->top, left = k % p->kw * p->dw - p->left;
        inside rows = inside_of(top, p->sh, p->h, p->oh), in = inside_of(left, p->sw, p->w, p->ow);
        for (int64_t oy = rows.lo; oy < rows.hi; oy++)
            columns_row(x + oy * p->ow + in.lo, in.hi - in.lo, p->sw,
                        y + (oy * p->sh + top) * p->w + in.lo * p->sw + left);
    }
}

static tn_status columns_call(tn_call *c) {
    tn_call_parallel(c, c->out[0]->dim[0] * c->out[0]->dim[1], columns_task, c);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(fold_columns_f32) = {
    TN_HERE,
    .name = AT("fold.columns.f32"),
    .op = "Col2Im",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "planes of positions, added row by row",
    .reject = columns_reject,
    .params_bytes = sizeof(fold_columns),
    .setup = columns_setup,
    .run = columns_call,
};
