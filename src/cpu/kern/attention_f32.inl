// SPDX-License-Identifier: Apache-2.0
// attention_f32.inl - Attention (attention.inl) by products on vectors: K is packed in panels once a head, V
// read where it lies.
//
//     a head: | K packed [block][panel][width][h] |     own: | off[KC] |
//
// Of a head wider than KC the panels of KC columns each come one after the other.
#ifndef TN_CPU_ATTENTION_F32_INL
#define TN_CPU_ATTENTION_F32_INL

#include "cpu/kern/gemm.inl"

#include "cpu/kern/attention.inl"

_Static_assert((int)ATT_COLUMNS == (int)NR, "a tile of queries is one of columns");

static att_room att_sizes(const attention *a) {
    att_room r = {0};
    if (a->few) { // scores of a row, and its sums
        r.s = round_up(a->keys, 16);
        r.o = round_up(a->v_width, 16);
    } else {
        r.head = round_up(a->keys * a->width, 16);
        r.q = a->width * NR;
        r.s = ATT_KEYS * NR;
        r.o = a->v_width * NR;
        r.own = KC;
    }
    r.worker = r.q + r.s + r.o + r.own;
    return r;
}

// Blocks do not reach over the end of the past, and are packed as a whole.
static int64_t att_block_end(const attention *a, int64_t k0) {
    return min64(k0 + ATT_KEYS, k0 < a->past ? a->past : a->keys);
}

static void att_pack(const att_run *r, int64_t i, float *head) {
    const attention *a = r->a;
    for (int64_t k0 = 0, k1; k0 < a->keys; k0 = k1) {
        k1 = att_block_end(a, k0);
        att_piece k = att_keys(r, i / a->kv_heads, i % a->kv_heads, k0, k1);
        for (int64_t w = 0; w < a->width; w += KC)
            pack_a(TN_F32, k.at + w, k.ld, 1, k.count, min64(KC, a->width - w),
                   head + k0 * a->width + w * k.count);
    }
}

static void att_queries(const att_run *r, const att_tile *t) {
    const attention *a = r->a;
    const float *q = att_query(r, t);
    int32_t *off = (int32_t *)(void *)t->own;
    for (int j = 0; j < t->vectors * VL; j += VL)
        v_transpose_strip(q + j * a->q.row, a->q.row, min64(VL, t->columns - j), a->width, t->q + j, NR,
                          true);
    for (int32_t k = 0; k < KC; k++) off[k] = k * NR;
}

// s = scale * K Q'
static void att_products(const att_run *r, const att_tile *t, int64_t k0, int64_t k1) {
    const attention *a = r->a;
    const float *k = t->head + k0 * a->width;
    epilogue e = {.alpha = a->scale};
    for (int64_t w = 0; w < a->width; w += KC) {
        strip s = {.m = k1 - k0,
                   .p1 = panel_count(k1 - k0),
                   .columns = t->vectors * VL,
                   .a = k + w * (k1 - k0),
                   .b = t->q + w * NR,
                   .off = (const int32_t *)(const void *)t->own,
                   .k = min64(KC, a->width - w),
                   .first = w == 0,
                   .last = w + KC >= a->width,
                   .c = t->s,
                   .ldc = NR};
        run_strip(&s, &e);
    }
}

// Scores to probabilities, up to a factor that later blocks may change.
static void att_softmax(att_tile *t, int64_t n, vf keep[ATT_VECTORS]) {
    vf shift[ATT_VECTORS];
    att_shift(t, n, shift, keep);
    for (int j = 0; j < t->vectors; j++) {
        float *s = t->s + j * VL;
        vf sum = {0};
        for (int64_t k = 0; k < n; k++) {
            vf e = v_exp_negative(v_load(s + k * NR) - shift[j]);
            v_store(s + k * NR, e);
            sum += e;
        }
        t->sum[j] = v_fma(t->sum[j], keep[j], sum);
    }
}

// o += V' s; the first block's is V' s.
static void att_add_values(const att_run *r, const att_tile *t, int64_t k0, int64_t k1, bool first) {
    const attention *a = r->a;
    att_piece v = att_values(r, t->b, t->kv, k0, k1);
    epilogue e = {.alpha = 1};
    strip s = {.m = a->v_width,
               .p1 = panel_count(a->v_width),
               .columns = t->vectors * VL,
               .a = v.at,
               .a_step = v.ld,
               .b = t->s,
               .off = (const int32_t *)(const void *)t->own,
               .k = k1 - k0,
               .first = first,
               .last = true,
               .c = t->o,
               .ldc = NR};
    run_strip(&s, &e);
}

static void att_walk(const att_run *r, att_tile *t) {
    bool seen = false;
    for (int64_t k0 = 0, k1; k0 < t->end; k0 = k1) {
        vf keep[ATT_VECTORS];
        k1 = att_block_end(r->a, k0);
        if (k1 <= t->first) continue;
        att_products(r, t, k0, k1);
        att_cap(r->a, t, k1 - k0);
        att_mask(r, t, k0, k1);
        att_softmax(t, k1 - k0, keep);
        if (seen) att_rescale(r->a, t, keep);
        att_add_values(r, t, k0, k1, !seen);
        seen = true;
    }
    if (seen)
        att_end(r, t);
    else
        att_end_blind(r, t);
}

static void att_task(const att_run *r, int64_t head, int64_t from, int64_t to, float *space) {
    att_room room = att_sizes(r->a);
    att_tile t = {.q = space, .s = space + room.q};
    t.o = t.s + room.s;
    t.own = t.o + room.o;
    for (int64_t i = from; i < to; i++) {
        att_begin(r, head, i, &t);
        att_queries(r, &t);
        att_walk(r, &t);
    }
}

#endif
