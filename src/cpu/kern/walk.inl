// SPDX-License-Identifier: Apache-2.0
// walk.inl - elements of any type with broadcasting: the output is walked in runs along which every input
// either goes on or repeats one element. Tasks are equal pieces of the output.
#ifndef TN_CPU_WALK_INL
#define TN_CPU_WALK_INL

#include "cpu/kern/vec.h"

#include "ir/tensor.h"

enum { WALK_IN = 16, WALK_TASK = 8192 };

// One run: n elements of the output, the inputs from x[k] on; steps[k]: whether input k goes on.
typedef void walk_row(const void *user, const void *const *x, const bool *steps, void *y, int64_t n);

typedef struct walk {
    int inputs, rank;                    // rank: of the loops around a run, outermost first
    size_t in_bytes[WALK_IN], out_bytes; // of an element
    int64_t n, inner;                    // elements; of a run
    bool steps[WALK_IN];
    int64_t dim[TN_MAX_RANK], step[WALK_IN][TN_MAX_RANK];
} walk;

// Neighbouring axes along which every input goes on (or repeats) become one.
static void walk_setup(walk *w, int inputs, const tn_tensor *const *in, const tn_tensor *out) {
    int64_t stride[WALK_IN][TN_MAX_RANK], dim[TN_MAX_RANK]; // dim: innermost first
    int from[TN_MAX_RANK], n = 0;
    *w = (walk){.inputs = inputs, .out_bytes = tni_bits(out->dtype) / 8, .n = tn_count(out), .inner = 1};
    for (int k = 0; k < inputs; k++) {
        w->in_bytes[k] = tni_bits(in[k]->dtype) / 8;
        tni_broadcast_strides(in[k], out->rank, out->dim, stride[k]);
    }
    for (int d = out->rank - 1; d >= 0; d--) {
        if (out->dim[d] == 1) continue;
        bool joins = n > 0;
        for (int k = 0; k < inputs && joins; k++) joins = stride[k][d] == stride[k][from[n - 1]] * dim[n - 1];
        if (joins) {
            dim[n - 1] *= out->dim[d];
            continue;
        }
        dim[n] = out->dim[d];
        from[n++] = d;
    }
    if (n) w->inner = dim[0];
    for (int k = 0; k < inputs; k++) w->steps[k] = !n || stride[k][from[0]] != 0;
    w->rank = n > 0 ? n - 1 : 0;
    for (int i = 1; i < n; i++) {
        w->dim[n - 1 - i] = dim[i];
        for (int k = 0; k < inputs; k++) w->step[k][n - 1 - i] = stride[k][from[i]];
    }
}

typedef struct walk_run {
    const walk *w;
    walk_row *row;
    const void *user, *x[WALK_IN];
    void *y;
} walk_run;

static void walk_task(void *arg, int64_t i, int worker) {
    const walk_run *r = arg;
    const walk *w = r->w;
    (void)worker;
    for (int64_t at = i * WALK_TASK, last = min64(at + WALK_TASK, w->n), n; at < last; at += n) {
        int64_t row = at / w->inner, column = at % w->inner, first[WALK_IN] = {0};
        const void *x[WALK_IN];
        n = min64(w->inner - column, last - at);
        for (int d = w->rank - 1; d >= 0; d--) {
            for (int k = 0; k < w->inputs; k++) first[k] += row % w->dim[d] * w->step[k][d];
            row /= w->dim[d];
        }
        for (int k = 0; k < w->inputs; k++)
            x[k] = (const char *)r->x[k] + (size_t)(first[k] + (w->steps[k] ? column : 0)) * w->in_bytes[k];
        r->row(r->user, x, w->steps, (char *)r->y + (size_t)at * w->out_bytes, n);
    }
}

static inline tn_status walk_call(tn_call *c, const walk *w, walk_row *row, const void *user) {
    walk_run r = {.w = w, .row = row, .user = user, .y = c->out[0]->data};
    for (int k = 0; k < w->inputs; k++) r.x[k] = c->in[k]->data;
    tn_call_parallel(c, ceil_div(w->n, WALK_TASK), walk_task, &r);
    return TN_OK;
}

// A row function of two inputs of type T: `expr` of a and b is stored as R.
#define WALK_PAIR(name, T, R, expr)                                                                    \
    static void name(const void *user, const void *const *x, const bool *steps, void *y_, int64_t n) { \
        const T *x0 = x[0], *x1 = x[1];                                                                \
        R *y = y_;                                                                                     \
        (void)user;                                                                                    \
        if (steps[0] && steps[1]) {                                                                    \
            for (int64_t i = 0; i < n; i++) {                                                          \
                T a = x0[i], b = x1[i];                                                                \
                y[i] = (R)(expr);                                                                      \
            }                                                                                          \
        } else if (steps[0]) {                                                                         \
            T b = *x1;                                                                                 \
            for (int64_t i = 0; i < n; i++) {                                                          \
                T a = x0[i];                                                                           \
                y[i] = (R)(expr);                                                                      \
            }                                                                                          \
        } else {                                                                                       \
            T a = *x0;                                                                                 \
            for (int64_t i = 0; i < n; i++) {                                                          \
                T b = x1[i];                                                                           \
                y[i] = (R)(expr);                                                                      \
            }                                                                                          \
        }                                                                                              \
    }

#endif
