// SPDX-License-Identifier: Apache-2.0
// reduce.inl - which axes a reduction is over: what its kernels have in common.
#ifndef TN_CPU_REDUCE_INL
#define TN_CPU_REDUCE_INL

#include "cpu/kern/fold_f32.inl"

#include "ir/tensor.h"

// Which axes are reduced, as bits; false: not known before it runs.
static bool reduce_axes(const tn_problem *p, unsigned *axes) {
    int rank = p->in[0]->rank;
    const tn_tensor *given = p->nin > 1 ? p->in[1] : NULL;
    *axes = 0;
    if (given && !given->data && tn_count(given)) return false;
    if (!given || !tn_count(given)) {
        if (!tn_attr_int(p->attrs, "noop_with_empty_axes")) *axes = (1u << rank) - 1;
        return true;
    }
    for (int64_t i = 0; i < tn_count(given); i++) {
        int64_t a = tni_get_int(given, i);
        *axes |= 1u << (a < 0 ? a + rank : a);
    }
    return true;
}

static bool reduce_span(const tn_problem *p, int *first, int *last) {
    unsigned axes;
    return reduce_axes(p, &axes) && fold_span(p->in[0], axes, first, last);
}

#endif
