// SPDX-License-Identifier: Apache-2.0
// compare.c - how far one tensor is from another.
#include "ir/tensor.h"

#include <math.h>
#include <string.h>

static bool is_optional(tn_kind kind) { return kind == TN_OPTIONAL || kind == TN_OPTIONAL_SEQUENCE; }

static bool same_type(const tn_tensor *a, const tn_tensor *b) {
    if (a->kind != b->kind || a->nitems != b->nitems) return false;
    if (a->kind != TN_TENSOR)
        return !is_optional(a->kind) || a->has_item == b->has_item; // items tell the type
    return a->dtype == b->dtype && a->rank == b->rank &&
           !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

typedef struct totals {
    double dot, got, want, max_want, worst;
} totals;

static bool strings_differ(const tn_tensor *a, const tn_tensor *b, int64_t i) {
    const tn_str *x = (const tn_str *)a->data + i, *y = (const tn_str *)b->data + i;
    return x->size != y->size || memcmp(x->text, y->text, x->size);
}

static void fail(tn_comparison *r, totals *t, int64_t at, double got, double want, double excess) {
    r->failures++;
    if (r->failures > 1 && !(excess > t->worst)) return;
    t->worst = excess;
    r->worst_index = at;
    r->worst_got = got;
    r->worst_want = want;
}

static void compare_element(tn_comparison *r, totals *t, int64_t at, double got, double want, double rtol,
                            double atol) {
    if ((isnan(got) && isnan(want)) || got == want) {
        if (isfinite(got)) t->dot += got * want, t->got += got * got, t->want += want * want;
        t->max_want = fmax(t->max_want, isfinite(want) ? fabs(want) : 0);
        return;
    }
    if (!isfinite(got) || !isfinite(want)) {
        fail(r, t, at, got, want, (double)INFINITY);
        r->max_abs = (double)INFINITY;
        return;
    }
    double d = fabs(got - want), allowed = atol + rtol * fabs(want);
    t->dot += got * want, t->got += got * got, t->want += want * want;
    t->max_want = fmax(t->max_want, fabs(want));
    if (d > r->max_abs) r->max_abs = d;
    if (want != 0 && d / fabs(want) > r->max_rel) r->max_rel = d / fabs(want);
    if (d > allowed) fail(r, t, at, got, want, d - allowed);
}

static void compare(tn_comparison *r, totals *t, const tn_tensor *got, const tn_tensor *want, double rtol,
                    double atol) {
    if (!same_type(got, want)) {
        r->equal_type = false;
        return;
    }
    for (size_t i = 0; i < got->nitems; i++) compare(r, t, got->item[i], want->item[i], rtol, atol);
    int64_t n = got->kind == TN_TENSOR ? tn_count(got) : 0;
    bool complex = got->dtype == TN_C64 || got->dtype == TN_C128;
    for (int64_t i = 0; i < (complex ? 2 * n : n); i++) {
        if (got->dtype == TN_STRING) {
            if (strings_differ(got, want, i)) fail(r, t, r->count + i, 0, 0, 1);
        } else {
            compare_element(r, t, r->count + i, tni_get(got, i), tni_get(want, i), rtol, atol);
        }
    }
    r->count += n;
}

tn_status tn_tensor_compare(const tn_tensor *got, const tn_tensor *want, double rtol, double atol,
                            tn_comparison *result) {
    totals t = {0};
    *result = (tn_comparison){.equal_type = true};
    compare(result, &t, got, want, rtol, atol);
    if (!result->equal_type) {
        *result = (tn_comparison){.equal_type = false};
        return TN_MISMATCH;
    }
    result->max_abs_over_max = t.max_want > 0 ? result->max_abs / t.max_want : result->max_abs;
    double norms = sqrt(t.got) * sqrt(t.want);
    result->cosine = norms > 0 ? t.dot / norms : t.got == t.want ? 1 : 0;
    return result->failures ? TN_MISMATCH : TN_OK;
}
