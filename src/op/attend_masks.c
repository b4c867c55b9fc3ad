// SPDX-License-Identifier: Apache-2.0
// attend_masks.c - a number is added to the scores of what a mask hides, as ONNX Runtime does, instead of
// minus infinity: a row that may see nothing sees all alike, but for what comes after it.
#include "op/attend_masks.h"

static bool masked(const tni_attend_masks *m, int64_t b, int64_t row, int64_t key) {
    const tn_tensor *t = m->mask;
    if (!t) return false;
    if (t->rank == 1) {
        bool early = t->dim[0] >= 2 * m->batch && key < tni_get_int(t, m->batch + b);
        return early || key >= tni_get_int(t, b);
    }
    if (t->rank == 2) return tni_get_int(t, b * m->keys + key) == 0;
    if (t->rank == 3) return tni_get_int(t, (b * m->rows + row) * m->keys + key) == 0;
    return tni_get_int(t, (b * t->dim[2] + m->past + row) * t->dim[3] + key) == 0;
}

void tni_attend_mask(void *user, int64_t b, int64_t h, int64_t row, double *s) {
    const tni_attend_masks *m = user;
    const tn_tensor *t = m->bias;
    for (int64_t j = 0; j < m->keys; j++)
        if (m->causal && j > m->past + row)
            s[j] = -HUGE_VAL;
        else if (masked(m, b, row, j))
            s[j] += m->filter;
    if (!t) return;
    int64_t at = (t->dim[0] == 1 ? 0 : b) * t->dim[1] + (t->dim[1] == 1 ? 0 : h);
    for (int64_t j = 0; j < m->keys; j++) s[j] += tni_get(t, (at * m->rows + row) * m->keys + j);
}

tn_status tni_attend_check_bias(tn_call *c, const tn_tensor *t, const tni_attend *a) {
    if (!t) return TN_OK;
    bool fits = t->rank == 4 && (t->dim[0] == 1 || t->dim[0] == a->batch) &&
                (t->dim[1] == 1 || t->dim[1] == a->heads) && t->dim[2] == a->rows && t->dim[3] == a->keys;
    return fits ? TN_OK : tn_call_fail(c, TN_INVALID, "attention_bias does not fit the scores");
}
