// SPDX-License-Identifier: Apache-2.0
// attention.inl - Attention without its scores ever being stored as a whole. A task has ATT_COLUMNS queries
// of one head as the columns of two products, and walks over the keys a block at a time:
//
//     S [key, query] = scale K Q'
//     P = exp(S - greatest so far)     column by column: no sums across a vector
//     O [v, query]   = O * exp(greatest before - greatest so far) + V' P
//
// (the online softmax of Milakov and Gimelshein, 2018). A few queries, as in decoding, are rows of dot
// products instead, which read keys and values once and pack nothing.
//
//     workspace: | each head's of a round: keys and values as the products want them | each worker's: Q', S,
//     O, own |
//
// How the products are made is for the file that includes this: attention_f32.inl, ../attention_f32_split.c.
#ifndef TN_CPU_ATTENTION_INL
#define TN_CPU_ATTENTION_INL

#include "cpu/kern/vec.h"
#include "cpu/kern/vec_math.h"

enum { ATT_Q, ATT_K, ATT_V, ATT_MASK, ATT_PAST_K, ATT_PAST_V, ATT_NONPAD };
enum {
    ATT_KEYS = 256,
    ATT_FEW = 2,
    ATT_ROUND_BYTES = 1 << 20,
    ATT_TASKS = 8,
    ATT_VECTORS = 2,
    ATT_COLUMNS = ATT_VECTORS * VL
};

typedef struct att_strides { // of element [batch, head, row, 0]
    int64_t batch, head, row;
} att_strides;

typedef struct attention {
    int64_t batch, heads, kv_heads, rows, past, keys, width, v_width;
    att_strides q, k, v, y;
    int64_t mask[4], mask_columns; // strides; columns it has
    tn_dtype mask_type;            // TN_UNDEFINED: none
    bool causal, few;
    int64_t left, right;         // windows; -1: none
    float scale, softcap, blind; // blind: what a row gives that sees nothing but -inf
    int64_t tiles;               // of queries
} attention;

static const tn_tensor *att_given(int n, const tn_tensor *const *t, int i) { return i < n ? t[i] : NULL; }

static const char *attention_reject(const tn_problem *p) {
    for (int i = 0; i < 6; i++) {
        const tn_tensor *t = att_given(p->nin, p->in, i);
        if (t && i != ATT_MASK && t->dtype != TN_F32) return "only f32";
    }
    const tn_tensor *mask = att_given(p->nin, p->in, ATT_MASK);
    if (mask && mask->dtype != TN_F32 && mask->dtype != TN_BOOL) return "a mask that is neither f32 nor bool";
    if (att_given(p->nin, p->in, ATT_NONPAD)) return "nonpad_kv_seqlen";
    if (att_given(p->nout, p->out, 3)) return "the scores are wanted";
    if (!p->out[0] || tn_count(p->out[0]) == 0) return "nothing to do";
    return NULL;
}

// Strides of [B, heads, rows, width] (rank 4), or [B, rows, heads * width] (rank 3).
static att_strides att_strides_of(const tn_tensor *t, int64_t heads, int64_t width) {
    if (t->rank == 3) return (att_strides){t->dim[1] * t->dim[2], width, heads * width};
    return (att_strides){t->dim[1] * t->dim[2] * t->dim[3], t->dim[2] * t->dim[3], t->dim[3]};
}

static void att_mask_setup(const tn_problem *p, attention *a) {
    const tn_tensor *m = att_given(p->nin, p->in, ATT_MASK);
    if (!m) return;
    int64_t step = 1;
    for (int d = m->rank - 1, to = 3; d >= 0; d--, to--) {
        a->mask[to] = m->dim[d] == 1 ? 0 : step;
        step *= m->dim[d];
    }
    a->mask_type = m->dtype;
    a->mask_columns = m->dim[m->rank - 1] == 1 ? a->keys : m->dim[m->rank - 1];
}

static void attention_setup(const tn_problem *p, void *params) {
    attention *a = params;
    const tn_tensor *q = p->in[ATT_Q], *k = p->in[ATT_K], *v = p->in[ATT_V];
    const tn_tensor *past = att_given(p->nin, p->in, ATT_PAST_K);
    bool flat = q->rank == 3;
    *a = (attention){.batch = q->dim[0], .past = past ? past->dim[2] : 0};
    a->heads = flat ? tn_attr_int(p->attrs, "q_num_heads") : q->dim[1];
    a->kv_heads = flat ? tn_attr_int(p->attrs, "kv_num_heads") : k->dim[1];
    a->rows = q->dim[flat ? 1 : 2];
    a->keys = a->past + k->dim[flat ? 1 : 2];
    a->width = flat ? q->dim[2] / a->heads : q->dim[3];
    a->v_width = flat ? v->dim[2] / a->kv_heads : v->dim[3];
    a->q = att_strides_of(q, a->heads, a->width);
    a->k = att_strides_of(k, a->kv_heads, a->width);
    a->v = att_strides_of(v, a->kv_heads, a->v_width);
    a->y = flat ? (att_strides){a->rows * a->heads * a->v_width, a->v_width, a->heads * a->v_width}
                : (att_strides){a->heads * a->rows * a->v_width, a->rows * a->v_width, a->v_width};
    a->scale = tn_attr_has(p->attrs, "scale") ? (float)tn_attr_float(p->attrs, "scale")
                                              : (float)(1 / sqrt((double)a->width));
    a->softcap = (float)tn_attr_float(p->attrs, "softcap");
    a->causal = tn_attr_int(p->attrs, "is_causal") != 0;
    a->blind = tn_attr_int(p->attrs, "blind_nan") ? NAN : 0;
    a->left = tn_attr_int(p->attrs, "left_window_size");
    a->right = tn_attr_int(p->attrs, "right_window_size");
    a->tiles = ceil_div(a->rows, ATT_COLUMNS);
    a->few = a->rows <= ATT_FEW;
    att_mask_setup(p, a);
}

typedef struct att_run {
    const attention *a;
    const float *q, *k, *v, *past_k, *past_v;
    const void *mask;
    float *y;
    float *heads, *workers;
    int64_t head0;             // of the round
    int64_t tiles, run, tasks; // of a head; of a task; tasks of a head
} att_run;

// A run of keys (or values) that lie in one place: rows of `ld` floats. Those of the past come first.
typedef struct att_piece {
    const float *at;
    int64_t ld, count;
} att_piece;

static att_piece att_keys(const att_run *r, int64_t b, int64_t kv, int64_t k0, int64_t k1) {
    const attention *a = r->a;
    if (k0 < a->past)
        return (att_piece){r->past_k + ((b * a->kv_heads + kv) * a->past + k0) * a->width, a->width,
                           min64(k1, a->past) - k0};
    return (att_piece){r->k + b * a->k.batch + kv * a->k.head + (k0 - a->past) * a->k.row, a->k.row, k1 - k0};
}

static att_piece att_values(const att_run *r, int64_t b, int64_t kv, int64_t k0, int64_t k1) {
    const attention *a = r->a;
    if (k0 < a->past)
        return (att_piece){r->past_v + ((b * a->kv_heads + kv) * a->past + k0) * a->v_width, a->v_width,
                           min64(k1, a->past) - k0};
    return (att_piece){r->v + b * a->v.batch + kv * a->v.head + (k0 - a->past) * a->v.row, a->v.row, k1 - k0};
}

// Keys that query `row` may see by its place: [*from, *to).
static void att_visible(const attention *a, int64_t row, int64_t *from, int64_t *to) {
    int64_t at = row + a->past;
    *from = a->left >= 0 ? max64(0, at - a->left) : 0;
    *to = a->mask_type ? min64(a->keys, a->mask_columns) : a->keys;
    if (a->causal) *to = min64(*to, at + 1);
    if (a->right >= 0 && a->right < a->keys) *to = min64(*to, at + a->right + 1);
}

static const void *att_mask_at(const att_run *r, int64_t b, int64_t h, int64_t row) {
    const attention *a = r->a;
    int64_t at = b * a->mask[0] + h * a->mask[1] + row * a->mask[2];
    return (const char *)r->mask + at * (a->mask_type == TN_BOOL ? 1 : 4);
}

INLINE float att_mask_value(const attention *a, const void *row, int64_t key) {
    int64_t at = key * a->mask[3];
    if (a->mask_type == TN_BOOL) return ((const uint8_t *)row)[at] ? 0.0f : -INFINITY;
    return ((const float *)row)[at];
}

// ------------------------------------------------------------------------------------ what products need

typedef struct att_room { // floats
    int64_t head;         // of a head's keys and values
    int64_t q, s, o, own; // of a worker; `own` is what only the products know
    int64_t worker;
} att_room;

typedef struct att_tile {
    int64_t b, h, kv, row0, columns;            // queries row0...
    int vectors;                                // of them; what lies behind in a row is not looked at
    int64_t from[ATT_COLUMNS], to[ATT_COLUMNS]; // keys each may see
    int64_t first, end, all_from, all_to;       // some query sees [first, end), all see [all_from, all_to)
    vf greatest[ATT_VECTORS], sum[ATT_VECTORS];
    const float *head;
    float *q, *s, *o, *own; /* s [ATT_KEYS, ATT_COLUMNS], o [v_width, ATT_COLUMNS] */
} att_tile;

static att_room att_sizes(const attention *a);
// Key and value head i of all batches.
static void att_pack(const att_run *r, int64_t i, float *head);
// Tiles [from, to) of a head of the round.
static void att_task(const att_run *r, int64_t head, int64_t from, int64_t to, float *space);

// ------------------------------------------------------------------------------------ tiles of queries

// Tile i of a head of the round.
static void att_begin(const att_run *r, int64_t head, int64_t i, att_tile *t) {
    const attention *a = r->a;
    int64_t at = r->head0 + head;
    t->b = at / a->kv_heads;
    t->kv = at % a->kv_heads;
    t->h = t->kv * (a->heads / a->kv_heads) + i / a->tiles;
    t->row0 = i % a->tiles * ATT_COLUMNS;
    t->columns = min64(ATT_COLUMNS, a->rows - t->row0);
    t->vectors = (int)ceil_div(t->columns, VL);
    t->head = r->heads + head * att_sizes(a).head;
    t->first = a->keys;
    t->all_to = a->keys;
    t->end = t->all_from = 0;
    for (int64_t j = 0; j < t->columns; j++) {
        att_visible(a, t->row0 + j, &t->from[j], &t->to[j]);
        t->first = min64(t->first, t->from[j]);
        t->end = max64(t->end, t->to[j]);
        t->all_from = max64(t->all_from, t->from[j]);
        t->all_to = min64(t->all_to, t->to[j]);
    }
    for (int j = 0; j < t->vectors; j++) {
        t->greatest[j] = v_set(-INFINITY);
        t->sum[j] = (vf){0};
    }
}

static const float *att_query(const att_run *r, const att_tile *t) {
    return r->q + t->b * r->a->q.batch + t->h * r->a->q.head + t->row0 * r->a->q.row;
}

static void att_cap(const attention *a, const att_tile *t, int64_t keys) {
    if (a->softcap == 0) return;
    for (int64_t i = 0; i < keys * ATT_COLUMNS; i += ATT_COLUMNS)
        for (int64_t j = i; j < i + t->vectors * VL; j += VL)
            v_store(t->s + j, a->softcap * v_tanh(v_load(t->s + j) / a->softcap));
}

// s[key][query] += mask[query][key], for at most VL queries.
static void att_add_transposed(const float *mask, int64_t ld, int64_t queries, int64_t keys, float *s) {
    for (int64_t k = 0; k < keys; k += VL) {
        int64_t n = min64(VL, keys - k);
        vf x[VL];
        for (int i = 0; i < VL; i++)
            x[i] = i >= queries ? (vf){0}
                   : n == VL    ? v_load(mask + i * ld + k)
                                : v_load_n(mask + i * ld + k, n);
        v_transpose(x);
        for (int64_t i = 0; i < n; i++)
            v_store(s + (k + i) * ATT_COLUMNS, v_load(s + (k + i) * ATT_COLUMNS) + x[i]);
    }
}

// Adds the mask; a key that a query may not see gets -infinity.
static void att_mask(const att_run *r, const att_tile *t, int64_t k0, int64_t k1) {
    const attention *a = r->a;
    if (a->mask_type && a->mask[2] == 0) { // the same for all queries
        const void *row = att_mask_at(r, t->b, t->h, 0);
        for (int64_t k = k0; k < min64(k1, a->mask_columns); k++) {
            vf add = v_set(att_mask_value(a, row, k));
            float *s = t->s + (k - k0) * ATT_COLUMNS;
            for (int j = 0; j < t->vectors; j++) v_store(s + j * VL, v_load(s + j * VL) + add);
        }
    } else if (a->mask_type == TN_F32 && a->mask[3] == 1) {
        const float *rows = att_mask_at(r, t->b, t->h, t->row0);
        for (int64_t j = 0; j < t->columns; j += VL)
            att_add_transposed(rows + j * a->mask[2] + k0, a->mask[2], min64(VL, t->columns - j),
                               min64(k1, a->mask_columns) - k0, t->s + j);
    } else if (a->mask_type) {
        for (int64_t j = 0; j < t->columns; j++) {
            const void *row = att_mask_at(r, t->b, t->h, t->row0 + j);
            for (int64_t k = k0; k < min64(k1, a->mask_columns); k++)
                t->s[(k - k0) * ATT_COLUMNS + j] += att_mask_value(a, row, k);
        }
    }
    if (t->all_from <= k0 && k1 <= t->all_to) return;
    for (int64_t j = 0; j < t->columns; j++)
        for (int64_t k = k0; k < k1; k++)
            if (k < t->from[j] || k >= t->to[j]) t->s[(k - k0) * ATT_COLUMNS + j] = -INFINITY;
}

enum { ATT_CHAINS = 4 }; // a maximum waits for the one before it, those of other keys do not

static vf att_greatest(const float *s, int64_t n, vf most) {
    vf of[ATT_CHAINS];
    int64_t k = 0;
    for (int i = 0; i < ATT_CHAINS; i++) of[i] = most;
    for (; k + ATT_CHAINS <= n; k += ATT_CHAINS)
        for (int i = 0; i < ATT_CHAINS; i++) of[i] = v_max(of[i], v_load(s + (k + i) * ATT_COLUMNS));
    for (; k < n; k++) of[0] = v_max(of[0], v_load(s + k * ATT_COLUMNS));
    return v_max(v_max(of[0], of[1]), v_max(of[2], of[3]));
}

// What n keys' scores lose before e^ is taken of them; `keep` gets what to multiply sums of earlier blocks
// with. A query that has not seen a key yet has nothing to keep.
static void att_shift(att_tile *t, int64_t n, vf shift[ATT_VECTORS], vf keep[ATT_VECTORS]) {
    for (int j = 0; j < t->vectors; j++) {
        vf most = att_greatest(t->s + j * VL, n, t->greatest[j]);
        shift[j] = v_select(most == v_set(-INFINITY), (vf){0}, most);
        keep[j] = v_exp_negative(t->greatest[j] - shift[j]);
        t->greatest[j] = most;
    }
}

// The sums of earlier blocks, as this one has them.
static void att_rescale(const attention *a, const att_tile *t, const vf keep[ATT_VECTORS]) {
    for (int64_t d = 0; d < a->v_width; d++)
        for (int j = 0; j < t->vectors; j++) {
            float *o = t->o + d * ATT_COLUMNS + j * VL;
            v_store(o, v_load(o) * keep[j]);
        }
}

static float *att_result(const att_run *r, const att_tile *t) {
    return r->y + t->b * r->a->y.batch + t->h * r->a->y.head + t->row0 * r->a->y.row;
}

static void att_end(const att_run *r, const att_tile *t) {
    const attention *a = r->a;
    float *y = att_result(r, t);
    for (int j = 0; j < t->vectors; j++) {
        vf inverse = v_select(t->sum[j] == 0.0f, v_set(a->blind), 1.0f / t->sum[j]);
        for (int64_t d = 0; d < a->v_width; d++) {
            float *o = t->o + d * ATT_COLUMNS + j * VL;
            v_store(o, v_load(o) * inverse);
        }
    }
    for (int64_t d = 0; d < a->v_width; d += VL)
        v_transpose_strip(t->o + d * ATT_COLUMNS, ATT_COLUMNS, min64(VL, a->v_width - d), t->columns, y + d,
                          a->y.row, false);
}

// Queries that may see no key.
static void att_end_blind(const att_run *r, const att_tile *t) {
    for (int64_t j = 0; j < t->columns; j++)
        memset(att_result(r, t) + j * r->a->y.row, 0, (size_t)r->a->v_width * 4);
}

// ------------------------------------------------------------------------------------ a few queries

static float att_dot(const float *x, const float *y, int64_t n) {
    vf sum[LANES], a[LANES], b[LANES];
    int64_t i = 0;
    for (int j = 0; j < LANES; j++) sum[j] = (vf){0};
    for (; i + SPAN <= n; i += SPAN)
        for (int j = 0; j < LANES; j++)
            sum[j] = v_fma(v_load(x + i + j * VL), v_load(y + i + j * VL), sum[j]);
    if (i < n) {
        v_load_span(a, x + i, n - i, 0);
        v_load_span(b, y + i, n - i, 0);
        for (int j = 0; j < LANES; j++) sum[j] = v_fma(a[j], b[j], sum[j]);
    }
    return v_fold_sum(sum);
}

static void att_axpy(float p, const float *x, float *y, int64_t n) {
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store(y + i, v_fma(v_set(p), v_load(x + i), v_load(y + i)));
    if (i < n) v_store_n(y + i, v_fma(v_set(p), v_load_n(x + i, n - i), v_load_n(y + i, n - i)), n - i);
}

// exp(s - greatest) in place; their sum.
static float att_row_softmax(float *s, int64_t n) {
    float most = -INFINITY;
    vf sum[LANES], last[LANES];
    int64_t i = 0;
    for (int64_t k = 0; k < n; k++) most = s_max(most, s[k]);
    vf shift = v_set(most == -INFINITY ? 0 : most);
    for (int j = 0; j < LANES; j++) sum[j] = (vf){0};
    for (; i + SPAN <= n; i += SPAN)
        for (int j = 0; j < LANES; j++) {
            vf e = v_exp_negative(v_load(s + i + j * VL) - shift);
            v_store(s + i + j * VL, e);
            sum[j] += e;
        }
    v_load_span(last, s + i, n - i, -INFINITY);
    for (int j = 0; j < LANES && i + j * VL < n; j++) {
        vf e = v_exp_negative(last[j] - shift);
        v_store_n(s + i + j * VL, e, min64(VL, n - i - j * VL));
        sum[j] += e;
    }
    return v_fold_sum(sum);
}

// Query `row` of a head; `s` has room for all its scores, `o` for its result.
static void att_row(const att_run *r, int64_t b, int64_t h, int64_t row, float *s, float *o) {
    const attention *a = r->a;
    int64_t kv = h / (a->heads / a->kv_heads), from, to;
    const float *q = r->q + b * a->q.batch + h * a->q.head + row * a->q.row;
    const void *mask = a->mask_type ? att_mask_at(r, b, h, row) : NULL;
    float *y = r->y + b * a->y.batch + h * a->y.head + row * a->y.row;
    att_visible(a, row, &from, &to);
    for (int64_t k0 = from, k1; k0 < to; k0 = k1) {
        att_piece k = att_keys(r, b, kv, k0, to);
        k1 = k0 + k.count;
        for (int64_t j = 0; j < k.count; j++) {
            float x = a->scale * att_dot(q, k.at + j * k.ld, a->width);
            if (a->softcap != 0) x = a->softcap * tanhf(x / a->softcap);
            s[k0 - from + j] = mask ? x + att_mask_value(a, mask, k0 + j) : x;
        }
    }
    float sum = to > from ? att_row_softmax(s, to - from) : 0;
    memset(o, 0, (size_t)a->v_width * 4);
    for (int64_t k0 = from, k1; k0 < to; k0 = k1) {
        att_piece v = att_values(r, b, kv, k0, to);
        k1 = k0 + v.count;
        for (int64_t j = 0; j < v.count; j++) att_axpy(s[k0 - from + j], v.at + j * v.ld, o, a->v_width);
    }
    for (int64_t d = 0; d < a->v_width; d++) y[d] = to == from ? 0 : sum == 0 ? a->blind : o[d] / sum;
}

static void att_row_task(void *arg, int64_t i, int worker) {
    const att_run *r = arg;
    const attention *a = r->a;
    att_room room = att_sizes(a);
    float *s = r->workers + worker * room.worker;
    att_row(r, i / (a->rows * a->heads), i / a->rows % a->heads, i % a->rows, s, s + room.s);
}

// ------------------------------------------------------------------------------------ the whole

// Heads of keys and values whose packed forms are held at a time: all, or about as many as the second levels
// of the cores hold.
static int64_t att_round(const attention *a, int threads) {
    int64_t bytes = att_sizes(a).head * 4, all = a->batch * a->kv_heads;
    return bytes == 0 ? all : min64(all, threads * max64(1, ATT_ROUND_BYTES / bytes));
}

static size_t attention_workspace(const tn_problem *p, int threads) {
    attention a;
    attention_setup(p, &a);
    att_room r = att_sizes(&a);
    return (size_t)(att_round(&a, threads) * r.head + r.worker * threads) * 4;
}

static void att_pack_task(void *arg, int64_t i, int worker) {
    const att_run *r = arg;
    (void)worker;
    att_pack(r, r->head0 + i, r->heads + i * att_sizes(r->a).head);
}

static void att_tiles_task(void *arg, int64_t i, int worker) {
    const att_run *r = arg;
    int64_t from = i % r->tasks * r->run, to = min64(from + r->run, r->tiles);
    att_task(r, i / r->tasks, from, to, r->workers + worker * att_sizes(r->a).worker);
}

typedef struct att_present {
    const attention *a;
    const float *past, *fresh;
    float *to; /* [batch, kv_heads, keys, width] */
    int64_t width;
    att_strides s;
} att_present;

static void att_present_task(void *arg, int64_t i, int worker) {
    const att_present *p = arg;
    const attention *a = p->a;
    float *to = p->to + i * a->keys * p->width;
    const float *from = p->fresh + i / a->kv_heads * p->s.batch + i % a->kv_heads * p->s.head;
    (void)worker;
    if (a->past) memcpy(to, p->past + i * a->past * p->width, (size_t)(a->past * p->width) * 4);
    for (int64_t k = a->past; k < a->keys; k++)
        memcpy(to + k * p->width, from + (k - a->past) * p->s.row, (size_t)p->width * 4);
}

static void att_give_present(tn_call *c, int out, const float *past, const float *fresh, int64_t width,
                             att_strides s) {
    const attention *a = c->params;
    const tn_tensor *to = att_given(c->nout, (const tn_tensor *const *)c->out, out);
    att_present p = {a, past, fresh, to ? to->data : NULL, width, s};
    if (to && tn_count(to)) tn_call_parallel(c, a->batch * a->kv_heads, att_present_task, &p);
}

static const void *att_data(const tn_call *c, int i) {
    const tn_tensor *t = att_given(c->nin, c->in, i);
    return t ? t->data : NULL;
}

static tn_status attention_call(tn_call *c) {
    const attention *a = c->params;
    att_room room = att_sizes(a);
    float *space = c->workspace;
    int64_t round = att_round(a, tn_call_threads(c)), heads = a->batch * a->kv_heads;
    att_run r = {.a = a,
                 .q = att_data(c, ATT_Q),
                 .k = att_data(c, ATT_K),
                 .v = att_data(c, ATT_V),
                 .past_k = att_data(c, ATT_PAST_K),
                 .past_v = att_data(c, ATT_PAST_V),
                 .mask = att_data(c, ATT_MASK),
                 .y = c->out[0]->data,
                 .heads = space,
                 .workers = space + round * room.head};
    att_give_present(c, 1, r.past_k, r.k, a->width, a->k);
    att_give_present(c, 2, r.past_v, r.v, a->v_width, a->v);
    if (a->few) {
        tn_call_parallel(c, a->batch * a->heads * a->rows, att_row_task, &r);
        return TN_OK;
    }
    r.tiles = a->heads / a->kv_heads * a->tiles;
    r.run = tn_call_threads(c) == 1 ? r.tiles : ceil_div(round * r.tiles, ATT_TASKS * tn_call_threads(c));
    r.run = min64(r.run, r.tiles);
    r.tasks = ceil_div(r.tiles, r.run);
    for (; r.head0 < heads; r.head0 += round) {
        int64_t count = min64(round, heads - r.head0);
        tn_call_parallel(c, count, att_pack_task, &r);
        tn_call_parallel(c, count * r.tasks, att_tiles_task, &r);
    }
    return TN_OK;
}

#define ATTENTION(name_, rank_, doc_, reject_)                                                   \
    {                                                                                            \
        TN_HERE, .name = name_, .op = "Attention", .isa = ISA, .rank = rank_, .doc = doc_,       \
                 .reject = reject_, .params_bytes = sizeof(attention), .setup = attention_setup, \
                 .workspace = attention_workspace, .run = attention_call,                        \
    }

#endif
