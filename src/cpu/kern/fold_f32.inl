// SPDX-License-Identifier: Apache-2.0
// fold_f32.inl - rows, and vectors of neighbouring columns, folded into one number each: what reductions and
// normalisations by a norm share.
#ifndef TN_CPU_FOLD_F32_INL
#define TN_CPU_FOLD_F32_INL

#include "cpu/kern/vec.h"

typedef enum fold_kind {
    FOLD_SUM,
    FOLD_MEAN,
    FOLD_MAX,
    FOLD_MIN,
    FOLD_SQUARE,
    FOLD_L1,
    FOLD_L2,
    FOLD_LARGEST, // of the absolute values
    FOLD_LOG_SUM,
    FOLD_LOG_SUM_EXP, // in two passes: reduce_f32.c
} fold_kind;

// First and last + 1 of the axes in `axes` (bits) when they are neighbours; axes of size 1 count as whatever
// joins. False: they are not.
INLINE bool fold_span(const tn_tensor *x, unsigned axes, int *first, int *last) {
    *first = *last = -1;
    for (int d = 0; d < x->rank; d++) {
        if (x->dim[d] == 1) continue;
        bool folded = axes >> d & 1;
        if (folded && *first < 0) *first = d;
        if (folded && *last >= 0) return false; // a second run of them
        if (!folded && *first >= 0 && *last < 0) *last = d;
    }
    if (*first < 0) *first = x->rank, *last = x->rank;
    if (*last < 0) *last = x->rank;
    return true;
}

INLINE float fold_start(fold_kind kind) {
    return kind == FOLD_MAX ? -INFINITY : kind == FOLD_MIN ? INFINITY : 0;
}
INLINE vf fold_step(fold_kind kind, vf sum, vf x) {
    switch (kind) {
    case FOLD_MAX: return v_max(sum, x);
    case FOLD_MIN: return v_min(sum, x);
    case FOLD_L1: return sum + v_abs(x);
    case FOLD_LARGEST: return v_max(sum, v_abs(x));
    case FOLD_L2:
    case FOLD_SQUARE: return v_fma(x, x, sum);
    default: return sum + x;
    }
}
INLINE float fold_end(fold_kind kind, float x, int64_t n) {
    return kind == FOLD_MEAN ? x / (float)n : kind == FOLD_L2 ? sqrtf(x) : kind == FOLD_LOG_SUM ? logf(x) : x;
}
INLINE float fold_lanes(fold_kind kind, vf *x) {
    if (kind == FOLD_MAX || kind == FOLD_LARGEST) return v_fold_max(x);
    if (kind != FOLD_MIN) return v_fold_sum(x);
    for (int j = 0; j < LANES; j++) x[j] = -x[j];
    return -v_fold_max(x);
}

INLINE vf fold_join(fold_kind kind, vf sum, vf part) {
    switch (kind) {
    case FOLD_MAX:
    case FOLD_LARGEST: return v_max(sum, part);
    case FOLD_MIN: return v_min(sum, part);
    default: return sum + part;
    }
}

// Steps that are summed before the sum joins the others: errors grow with these, not with all n.
enum { FOLD_STEPS = 128 };

INLINE float fold_row_of(fold_kind kind, const float *x, int64_t n) {
    vf acc[LANES], part[LANES];
    for (int j = 0; j < LANES; j++) acc[j] = v_set(fold_start(kind));
    int64_t i = 0;
    while (i + SPAN <= n) {
        int64_t end = min64(n - SPAN, i + (FOLD_STEPS - 1) * SPAN);
        for (int j = 0; j < LANES; j++) part[j] = v_set(fold_start(kind));
        for (; i <= end; i += SPAN)
            for (int j = 0; j < LANES; j++) part[j] = fold_step(kind, part[j], v_load(x + i + j * VL));
        for (int j = 0; j < LANES; j++) acc[j] = fold_join(kind, acc[j], part[j]);
    }
    v_load_span(part, x + i, n - i, fold_start(kind));
    for (int j = 0; j < LANES; j++) acc[j] = fold_step(kind, acc[j], part[j]);
    return fold_end(kind, fold_lanes(kind, acc), n);
}

INLINE void fold_columns_of(fold_kind kind, const float *x, int64_t n, int64_t inner, int64_t lanes,
                            float *y) {
    vf acc = v_set(fold_start(kind));
    for (int64_t i = 0; i < n;) {
        vf part = v_set(fold_start(kind));
        for (int64_t end = min64(n, i + FOLD_STEPS); i < end; i++, x += inner)
            part = fold_step(kind, part, lanes >= VL ? v_load(x) : v_load_n(x, lanes));
        acc = fold_join(kind, acc, part);
    }
    float lane[VL];
    v_store(lane, acc);
    for (int64_t j = 0; j < min64(VL, lanes); j++) y[j] = fold_end(kind, lane[j], n);
}

#endif
