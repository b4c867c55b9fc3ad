// SPDX-License-Identifier: Apache-2.0
// elements.inl - what GatherElements and ScatterElements have in common: rows of indices along the last
// dimension, checked once, and where they lead.
#ifndef TN_CPU_ELEMENTS_INL
#define TN_CPU_ELEMENTS_INL

#include "cpu/kern/vec.h"
#include "ir/move.h"
#include "ir/tensor.h"

enum { ELEMENTS_TASK = 1 << 13 };

typedef struct elements {
    int64_t rows, n, bound; // of the indices; elements of a row; of the data along the axis
    int64_t step, along;    // of an index, of a position in the row: in elements of the data
    int rank;               // of the loops over rows
    int64_t dim[TN_MAX_RANK], stride[TN_MAX_RANK];
    int64_t each; // rows in a task
} elements;

static const char *elements_reject(const tn_problem *p) {
    if (tni_bits(p->in[0]->dtype) < 8) return "elements are narrower than a byte";
    if (p->in[0]->dtype == TN_STRING) return "texts";
    if (p->in[0]->rank < 1) return "a scalar";
    int64_t axis = tn_attr_int(p->attrs, "axis");
    for (int d = 0; d < p->in[0]->rank; d++)
        if (d != (axis < 0 ? axis + p->in[0]->rank : axis) && p->in[1]->dim[d] > p->in[0]->dim[d])
            return "sizes that only the data tell";
    return NULL;
}

static void elements_setup(const tn_problem *p, void *params) {
    const tn_tensor *x = p->in[0], *index = p->in[1];
    int64_t axis = tn_attr_int(p->attrs, "axis"), stride[TN_MAX_RANK];
    int last = x->rank - 1, at = (int)(axis < 0 ? axis + x->rank : axis);
    elements s = {.rows = tn_count_range(index, 0, last), .n = index->dim[last], .bound = x->dim[at]};
    tni_strides(x->rank, x->dim, stride);
    s.step = stride[at];
    s.along = at != last;
    s.rank = last;
    for (int d = 0; d < last; d++) {
        s.dim[d] = index->dim[d];
        s.stride[d] = d == at ? 0 : stride[d];
    }
    s.each = max64(1, ELEMENTS_TASK / max64(1, s.n));
    *(elements *)params = s;
}

INLINE int64_t elements_index(bool wide, const void *index, int64_t k) {
    return wide ? ((const int64_t *)index)[k] : ((const int32_t *)index)[k];
}

// Whether an index of k to k + n leads outside.
INLINE bool elements_stray(bool wide, const void *index, int64_t k, int64_t n, int64_t bound) {
    uint64_t out = 0; // the sign of i + bound or of bound - 1 - i
    for (int64_t end = k + n; k < end; k++) {
        uint64_t i = (uint64_t)elements_index(wide, index, k);
        out |= (i + (uint64_t)bound) | ((uint64_t)bound - 1 - i);
    }
    return out >> 63;
}

static tn_status elements_check(tn_call *c, const elements *s) {
    const tn_tensor *t = c->in[1];
    bool wide = t->dtype == TN_I64;
    int64_t n = s->rows * s->n, k = 0;
    if (wide ? !elements_stray(true, t->data, 0, n, s->bound)
             : !elements_stray(false, t->data, 0, n, s->bound))
        return TN_OK;
    while (!elements_stray(wide, t->data, k, 1, s->bound)) k++;
    return tn_call_fail(c, TN_INVALID, "index %lld is outside [-%lld, %lld)",
                        (long long)elements_index(wide, t->data, k), (long long)s->bound,
                        (long long)s->bound);
}

// Where row r of the indices begins in the data, in elements.
INLINE int64_t elements_row(const elements *s, int64_t r) {
    int64_t base = 0;
    for (int d = s->rank - 1; d >= 0; d--) {
        base += r % s->dim[d] * s->stride[d];
        r /= s->dim[d];
    }
    return base;
}

#endif
