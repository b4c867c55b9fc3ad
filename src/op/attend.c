// SPDX-License-Identifier: Apache-2.0
// attend.c - scaled dot-product attention in double. One unit of work is one query row of one head; keys are
// kept transposed, so that both products run along contiguous rows.
#include "op/attend.h"

tni_heads tni_heads_of(const tn_tensor *t, int64_t heads, int64_t width) {
    if (t->rank == 3) return (tni_heads){t->dim[1] * t->dim[2], width, heads * width};
    return (tni_heads){t->dim[1] * t->dim[2] * t->dim[3], t->dim[2] * t->dim[3], t->dim[3]};
}

bool tni_attend_room(tn_call *c, tni_attend *a) {
    int64_t k, v;
    if (!ck_mul64(a->batch * a->kv_heads, a->keys, &k) || !ck_mul64(k, a->v_width, &v) ||
        !ck_mul64(k, a->width, &k))
        return false;
    a->k = tni_scratch(c, k, sizeof *a->k);
    a->v = tni_scratch(c, v, sizeof *a->v);
    return a->k && a->v;
}

double *tni_attend_queries(tn_call *c, const tn_tensor *t, int64_t first, tni_heads s, const tni_attend *a) {
    double *q = tni_scratch(c, a->batch * a->heads * a->rows * a->width, sizeof *q), *to = q;
    for (int64_t b = 0; b < a->batch && q; b++)
        for (int64_t h = 0; h < a->heads; h++)
            for (int64_t i = 0; i < a->rows; i++, to += a->width)
                tni_load(to, t, first + b * s.batch + h * s.head + i * s.row, 1, a->width);
    return q;
}

void tni_attend_keys(const tn_tensor *t, int64_t first, tni_heads s, const tni_attend *a, int64_t at,
                     int64_t count) {
    double row[TNI_ROW];
    for (int64_t bh = 0; bh < a->batch * a->kv_heads; bh++)
        for (int64_t i = 0; i < count; i++)
            for (int64_t d = 0; d < a->width; d += TNI_ROW) {
                int64_t n = a->width - d < TNI_ROW ? a->width - d : TNI_ROW;
                int64_t from = first + bh / a->kv_heads * s.batch + bh % a->kv_heads * s.head + i * s.row + d;
                tni_load(row, t, from, 1, n);
                for (int64_t j = 0; j < n; j++) a->k[(bh * a->width + d + j) * a->keys + at + i] = row[j];
            }
}

void tni_attend_values(const tn_tensor *t, int64_t first, tni_heads s, const tni_attend *a, int64_t at,
                       int64_t count) {
    for (int64_t bh = 0; bh < a->batch * a->kv_heads; bh++)
        for (int64_t i = 0; i < count; i++)
            tni_load(a->v + (bh * a->keys + at + i) * a->v_width, t,
                     first + bh / a->kv_heads * s.batch + bh % a->kv_heads * s.head + i * s.row, 1,
                     a->v_width);
}

void tni_attend_present(const tn_tensor *present, int64_t to, const tn_tensor *past, int64_t from,
                        int64_t past_rows, const tn_tensor *t, int64_t first, tni_heads s, int64_t batch,
                        int64_t heads, int64_t rows, int64_t width) {
    for (int64_t bh = 0; bh < batch * heads; bh++) {
        int64_t at = to + bh * (past_rows + rows) * width;
        if (past) tni_copy(present, at, past, from + bh * past_rows * width, 1, past_rows * width);
        for (int64_t i = 0; i < rows; i++)
            tni_copy(present, at + (past_rows + i) * width, t,
                     first + bh / heads * s.batch + bh % heads * s.head + i * s.row, 1, width);
    }
}

// ---------------------------------------------------------------------------------------------- one row

static void softmax(double *s, int64_t n, double sink, bool blind_nan) {
    double most = sink, sum = 0;
    for (int64_t j = 0; j < n; j++)
        if (s[j] > most || isnan(s[j])) most = s[j];
    if (most == -HUGE_VAL) {
        for (int64_t j = 0; j < n; j++) s[j] = blind_nan ? (double)NAN : 0;
        return;
    }
    if (sink > -HUGE_VAL) sum = exp(sink - most);
    for (int64_t j = 0; j < n; j++) sum += s[j] = exp(s[j] - most);
    for (int64_t j = 0; j < n; j++) s[j] /= sum;
}

typedef struct job {
    const tni_attend *a;
    double *rows; // per worker: scores, then an output row
} job;

static void give_scores(const tni_attend *a, int mode, int64_t unit, const double *s) {
    if (a->scores && a->scores_mode == mode) tni_store(a->scores, unit * a->keys, 1, a->keys, s);
}

static void attend_unit(void *user, int64_t unit, int worker) {
    const job *j = user;
    const tni_attend *a = j->a;
    int64_t i = unit % a->rows, h = unit / a->rows % a->heads, b = unit / a->rows / a->heads;
    int64_t kv = b * a->kv_heads + h / (a->heads / a->kv_heads), keys = a->keys;
    double *s = j->rows + (int64_t)worker * (keys + a->v_width), *y = s + keys;
    const double *q = a->q + unit * a->width;
    memset(s, 0, (size_t)(keys + a->v_width) * sizeof *s);
    for (int64_t d = 0; d < a->width; d++) {
        const double *k = a->k + (kv * a->width + d) * keys;
        double f = a->scale * q[d];
        for (int64_t n = 0; n < keys; n++) s[n] += f * k[n];
    }
    give_scores(a, 0, unit, s);
    for (int64_t n = 0; n < keys && a->softcap > 0; n++) s[n] = a->softcap * tanh(s[n] / a->softcap);
    give_scores(a, 1, unit, s);
    if (a->bias) a->bias(a->user, b, h, i, s);
    give_scores(a, 2, unit, s);
    softmax(s, keys, a->sink ? a->sink[h] : -HUGE_VAL, a->blind_nan);
    give_scores(a, 3, unit, s);
    for (int64_t n = 0; n < keys; n++) {
        const double *v = a->v + (kv * keys + n) * a->v_width;
        for (int64_t d = 0; d < a->v_width && s[n] != 0; d++) y[d] += s[n] * v[d];
    }
    int64_t at = b * a->y_heads.batch + h * a->y_heads.head + i * a->y_heads.row;
    if (a->y) tni_store(a->y, at, 1, a->v_width, y);
}

tn_status tni_attend_run(tn_call *c, const tni_attend *a) {
    job j = {.a = a};
    size_t bytes;
    if (!ck_mul((size_t)(a->keys + a->v_width), sizeof(double), &bytes)) return TN_NOMEM;
    j.rows = tni_scratch(c, tn_call_threads(c), bytes);
    if (!j.rows) return TN_NOMEM;
    tn_call_parallel(c, a->batch * a->heads * a->rows, attend_unit, &j);
    return TN_OK;
}
