// SPDX-License-Identifier: Apache-2.0
// topk.c - TopK on any axis of [outer, n, inner], by the keys of order.inl. A long row is read in pieces of
// which only what beats the k-th of those before is kept, until there are twice as many: then the best k are
// chosen among them. Rows along an inner axis are turned first, a few neighbours at once.
#include "cpu/isa.h"

#include "cpu/kern/order.inl"

#include "ir/tensor.h"

enum { TOPK_LANES = 16, TOPK_TASK = 1 << 13 };

typedef struct topk {
    tn_dtype type;
    bool least, whole; // the smallest; a row's keys are kept all at once
    int64_t outer, n, inner, k;
    int64_t most;         // candidates that are sorted: a few more than k are no more work than finding which
    int64_t groups, each; // of up to TOPK_LANES rows; groups in a task
    int64_t room, turned; // candidates; keys of a turned row, 0: rows are read as they lie
    int64_t at, pair, row; // where a worker's places, pairs and turned rows are, in bytes
    int64_t bytes;         // of a worker
} topk;

static bool topk_shape(const tn_problem *p, topk *s) {
    const tn_tensor *x = p->in[0], *y = p->out[0] ? p->out[0] : p->nout > 1 ? p->out[1] : NULL;
    if (!x || !y || !x->rank) return false;
    int64_t axis = tn_attr_int(p->attrs, "axis");
    int d = (int)(axis < 0 ? axis + x->rank : axis);
    *s = (topk){.type = x->dtype,
                .least = !tn_attr_int(p->attrs, "largest"),
                .outer = tn_count_range(x, 0, d),
                .n = x->dim[d],
                .inner = tn_count_range(x, d + 1, x->rank),
                .k = y->dim[d]};
    int64_t lanes = min64(TOPK_LANES, s->inner);
    s->most = max64(s->k, min64(s->k + s->k / 2, ORDER_FEW));
    s->groups = ceil_div(s->inner, TOPK_LANES);
    s->each = max64(1, TOPK_TASK / max64(1, s->n * lanes));
    s->whole = s->type == TN_I64 || s->n <= ORDER_PIECE || s->k >= s->n / 4;
    s->room = ceil_div(s->whole ? s->n : 2 * s->k + ORDER_PIECE, TOPK_LANES) * TOPK_LANES;
    s->turned = s->inner == 1 ? 0 : ceil_div(s->n, TOPK_LANES) * TOPK_LANES;
    s->at = s->room * 4;
    s->pair = s->at + s->room * 4;
    s->row = s->pair + 2 * s->room * 8;
    s->bytes = s->row + TOPK_LANES * s->turned * 4;
    return true;
}

static const char *topk_reject(const tn_problem *p) {
    topk s;
    if (!topk_shape(p, &s)) return "nothing to do, or a scalar";
    if (s.k > s.n) return "K is more than there are";
    if (s.n > INT32_MAX) return "more along the axis than 32 bits count";
    if (s.type == TN_I64) return s.inner == 1 ? NULL : "i64 on an inner axis";
    return order_has_keys(s.type) ? NULL : "only f32, f16, bf16, i64 and integers of up to 32 bits";
}

static void topk_setup(const tn_problem *p, void *params) { topk_shape(p, params); }

static size_t topk_workspace(const tn_problem *p, int threads) {
    topk s;
    return topk_shape(p, &s) ? (size_t)threads * (size_t)s.bytes : 0;
}

typedef struct topk_space {
    int32_t *keys, *at;
    uint64_t *pair, *spare;
    int32_t *row; /* [TOPK_LANES, turned] */
} topk_space;

// ---- candidates

// Keys that beat the bound, with their places from `first` on, to the m candidates that there are.
static int64_t topk_gain(const topk_space *w, int64_t m, const int32_t *keys, int64_t n, int64_t first,
                         int32_t bound) {
    if (bound == INT32_MAX) return m;
    for (int64_t i = 0; i < n; i += VL) {
        for (unsigned hits = order_hits(keys + i, bound + 1); hits; hits &= hits - 1) {
            int64_t j = i + __builtin_ctz(hits);
            w->keys[m] = keys[j];
            w->at[m++] = (int32_t)(first + j);
        }
    }
    return m;
}

// The candidates of a long row, k to `most`; `row` NULL: its keys are not made yet.
static int64_t topk_stream(const topk *s, const topk_space *w, const void *x, int64_t first,
                           const int32_t *row) {
    int32_t piece[ORDER_PIECE + TOPK_LANES], bound = INT32_MIN;
    int64_t m = 0;
    for (int64_t i = 0, n; i < s->n; i += n) {
        n = min64(m < s->k ? min64(ORDER_PIECE, 256 + s->k) : ORDER_PIECE, s->n - i);
        if (row)
            memcpy(piece, row + i, (size_t)n * 4);
        else
            order_keys(s->type, x, first + i, s->least, piece, n);
        order_close(piece, n);
        if (m < s->k) { // no bound yet: all are candidates
            memcpy(w->keys + m, piece, (size_t)n * 4);
            for (int64_t j = 0; j < n; j++) w->at[m + j] = (int32_t)(i + j);
            m += n;
        } else {
            m = topk_gain(w, m, piece, n, i, bound);
        }
        if (m <= 2 * s->k) continue;
        m = order_select(w->keys, w->at, w->at, m, s->k, s->k + s->k / 2, &bound);
    }
    return m > s->most ? order_select(w->keys, w->at, w->at, m, s->k, s->most, &bound) : m;
}

static int64_t topk_whole(const topk *s, const topk_space *w, const void *x, int64_t first,
                          const int32_t *row) {
    if (row && row != w->keys) memcpy(w->keys, row, (size_t)s->n * 4);
    if (!row) order_keys(s->type, x, first, s->least, w->keys, s->n);
    int32_t bound;
    if (s->n > s->most) return order_select(w->keys, NULL, w->at, s->n, s->k, s->most, &bound);
    for (int64_t i = 0; i < s->n; i++) w->at[i] = (int32_t)i;
    return s->n;
}

static uint64_t *topk_sort(const topk_space *w, int64_t m) {
    for (int64_t i = 0; i < m; i++) w->pair[i] = order_pair(w->keys[i], w->at[i]);
    return tni_sort_pairs(w->pair, w->spare, m);
}

// ---- i64

// Numbers within 32 bits of the smallest have keys; the others are sorted by their lower halves, then by the
// upper ones.
static uint64_t *topk_i64(const topk *s, const topk_space *w, const int64_t *x) {
    uint64_t sign = UINT64_C(1) << 63, flip = s->least ? sign : ~sign, low = UINT64_MAX, high = 0;
    for (int64_t i = 0; i < s->n; i++) { // the best is the smallest now
        uint64_t v = (uint64_t)x[i] ^ flip;
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    if (high - low <= UINT32_MAX) {
        for (int64_t i = 0; i < s->n; i++)
            w->keys[i] = (int32_t)((uint32_t)(((uint64_t)x[i] ^ flip) - low) ^ 0x7fffffffu);
        return topk_sort(w, topk_whole(s, w, NULL, 0, w->keys));
    }
    for (int64_t i = 0; i < s->n; i++) w->pair[i] = ((uint64_t)x[i] ^ flip) << 32 | (uint32_t)i;
    uint64_t *pair = tni_radix_sort(w->pair, w->spare, s->n);
    for (int64_t i = 0; i < s->n; i++) {
        uint32_t at = (uint32_t)pair[i];
        pair[i] = (((uint64_t)x[at] ^ flip) >> 32) << 32 | at;
    }
    return tni_radix_sort(pair, pair == w->pair ? w->spare : w->pair, s->n);
}

// ---- rows

#define TOPK_VALUES(T)                 \
    for (int64_t i = 0; i < s->k; i++) \
        ((T *)values)[to + i * s->inner] = ((const T *)x)[first + (int64_t)(uint32_t)pair[i] * s->inner];

static void topk_write(const topk *s, const uint64_t *pair, const void *x, int64_t first, int64_t to,
                       void *values, int64_t *indices) {
    for (int64_t i = 0; indices && i < s->k; i++) indices[to + i * s->inner] = (uint32_t)pair[i];
    if (!values) return;
    switch (tni_bits(s->type)) {
    case 8: TOPK_VALUES(uint8_t) break;
    case 16: TOPK_VALUES(uint16_t) break;
    case 32: TOPK_VALUES(uint32_t) break;
    default: TOPK_VALUES(uint64_t)
    }
}

static void topk_row(const topk *s, const topk_space *w, const tn_call *c, int64_t first, int64_t to,
                     const int32_t *row) {
    const void *x = c->in[0]->data;
    void *values = c->out[0] ? c->out[0]->data : NULL;
    int64_t *indices = c->nout > 1 && c->out[1] ? c->out[1]->data : NULL;
    uint64_t *pair;
    if (s->type == TN_I64) {
        pair = topk_i64(s, w, (const int64_t *)x + first);
    } else {
        int64_t m = s->whole ? topk_whole(s, w, x, first, row) : topk_stream(s, w, x, first, row);
        pair = topk_sort(w, m);
    }
    topk_write(s, pair, x, first, to, values, indices);
}

// row[j][i] = the key of x[i * inner + j], for up to TOPK_LANES j.
static void topk_turn(const topk *s, const void *x, int64_t first, int64_t lanes, int32_t *row) {
    int32_t block[VL * TOPK_LANES];
    for (int64_t i = 0; i < s->n; i += VL) {
        int64_t rows = min64(VL, s->n - i);
        for (int64_t r = 0; r < rows; r++)
            order_keys(s->type, x, first + (i + r) * s->inner, s->least, block + r * TOPK_LANES, lanes);
        v_transpose_strip((const float *)block, TOPK_LANES, rows, lanes, (float *)row + i, s->turned, true);
    }
}

static void topk_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const topk *s = c->params;
    char *own = (char *)c->workspace + worker * s->bytes;
    uint64_t *pair = (void *)(own + s->pair);
    topk_space w = {(void *)own, (void *)(own + s->at), pair, pair + s->room, (void *)(own + s->row)};
    for (int64_t g = i * s->each; g < min64((i + 1) * s->each, s->outer * s->groups); g++) {
        int64_t outer = g / s->groups, column = g % s->groups * TOPK_LANES;
        int64_t first = outer * s->n * s->inner + column, to = outer * s->k * s->inner + column;
        int64_t lanes = min64(TOPK_LANES, s->inner - column);
        if (s->turned) topk_turn(s, c->in[0]->data, first, lanes, w.row);
        for (int64_t j = 0; j < lanes; j++)
            topk_row(s, &w, c, first + j, to + j, s->turned ? w.row + j * s->turned : NULL);
    }
}

static tn_status topk_call(tn_call *c) {
    const topk *s = c->params;
    if (s->k > 0 && s->outer > 0 && s->inner > 0)
        tn_call_parallel(c, ceil_div(s->outer * s->groups, s->each), topk_task, c);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(topk) = {
    TN_HERE,
    .name = AT("topk"),
    .op = "TopK",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "integer keys; what beats the k-th, then the threshold bit by bit",
    .reject = topk_reject,
    .params_bytes = sizeof(topk),
    .setup = topk_setup,
    .workspace = topk_workspace,
    .run = topk_call,
};
