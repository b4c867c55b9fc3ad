// SPDX-License-Identifier: Apache-2.0
// matmul_nbits.c - MatMulNBits: A by constant weights of 2, 4 or 8 bits with a scale for each block of k.
// Weights become floats in registers (few rows) or a tile at a time (many), never in memory as a whole.
// Packed in one stream, tile of NR columns behind tile, block behind block:
//
//     | scale[NR] | shift[NR], when there are zero points | 2, 4 bits: words[block * bits / 32][NR], the next
//     k in the next higher bits of a word; 8 bits: bytes[block][NR] |
//
// Weights are stored less half their range, signed; the shift is what a zero point elsewhere adds to each.
#include "cpu/isa.h"

#include "cpu/kern/nbits.inl"

enum { NB_FEW = 4, NB_PANELS = 32 };

// ---- packing

// Column j of a block.
static void nb_pack_column(const nbits *s, const uint8_t *from, unsigned char *to, int64_t j) {
    int middle = 1 << (s->bits - 1), each = (int)(32 / s->bits);
    unsigned char *body = to + nb_head(s);
    for (int64_t k = 0; k < s->block; k++) {
        int field = nb_field(from, k, s->bits) ^ middle; // less half the range, in two's complement
        if (s->bits == 8)
            body[k * NR + j] = (unsigned char)field;
        else
            ((uint32_t *)(void *)body)[k / each * NR + j] |= (uint32_t)field << (k % each * s->bits);
    }
}

static void nbits_pack(const tn_problem *p, void *packed) {
    nbits s;
    nbits_setup(p, &s);
    const tn_tensor *zeros = nb_in(p, NB_ZEROS);
    unsigned char *to = packed;
    memset(to, 0, nbits_pack_bytes(p));
    for (int64_t n0 = 0; n0 < s.n; n0 += NR)
        for (int64_t b = 0; b < s.blocks; b++, to += nb_block_bytes(&s))
            for (int64_t j = 0; j < NR && n0 + j < s.n; j++) {
                int64_t at = (n0 + j) * s.blocks + b;
                float *head = (float *)(void *)to;
                float scale = scalar_from(p->in[NB_SCALES]->dtype, p->in[NB_SCALES]->data, at);
                head[j] = scale;
                if (zeros)
                    head[NR + j] = ((float)(1 << (s.bits - 1)) - nb_zero(&s, zeros, n0 + j, b)) * scale;
                nb_pack_column(&s, (const uint8_t *)p->in[NB_B]->data + at * (s.block * s.bits / 8), to, j);
            }
}

// ---- weights become floats

// Field i of each word, of the constant width `bits`.
#if VL == 16
INLINE vf nb_table(int bits) {
    vf t = {0};
    for (int i = 0; i < VL; i++) t[i] = (float)((i & ((1 << (bits - 1)) - 1)) - (i & 1 << (bits - 1)));
    return t;
}
INLINE vf nb_field_of(vi w, int i, int bits,
                      vf table) { // the table repeats: bits above the field do not matter
    return (vf)_mm512_permutexvar_ps((__m512i)(i ? (vi)((vu)w >> (i * bits)) : w), (__m512)table);
}
#else
INLINE vf nb_table(int bits) { return v_set((float)bits); }
INLINE vf nb_field_of(vi w, int i, int bits, vf table) {
    (void)table;
    return v_from_int((w << (32 - bits - i * bits)) >> (32 - bits));
}
#endif

// ---- few rows

typedef struct nb_few {
    const nbits *s;
    const float *a;   // [rows][blocks * block], zeros behind k
    const float *sum; // [rows][blocks], of A
    const unsigned char *b;
    float *to; // [rows][NR]
} nb_few;

// One block's products.
INLINE void nb_products(int bits, int rows, const nb_few *t, const unsigned char *body, const float *a,
                        vf acc[][NV]) {
    int64_t lda = t->s->blocks * t->s->block;
    if (bits == 8) {
        for (int64_t k = 0; k < t->s->block; k++, body += NR) {
            __builtin_prefetch(body + NB_AHEAD, 0, 3);
            vf x[NV];
            for (int j = 0; j < NV; j++) x[j] = v_from_i8(body + j * VL);
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < NV; j++) acc[i][j] = v_fma(v_set(a[i * lda + k]), x[j], acc[i][j]);
        }
        return;
    }
    int each = 32 / bits;
    vf table = nb_table(bits);
    for (int64_t k = 0; k < t->s->block; k += each, body += NR * 4) {
        vi w[NV];
        for (int j = 0; j < NV; j++) {
            __builtin_prefetch(body + j * VL * 4 + NB_AHEAD, 0, 3);
            w[j] = *(const vi_any *)(const void *)(body + j * VL * 4);
        }
        _Pragma("GCC unroll 16") for (int f = 0; f < each; f++) {
            for (int j = 0; j < NV; j++) {
                vf x = nb_field_of(w[j], f, bits, table);
                for (int i = 0; i < rows; i++) acc[i][j] = v_fma(v_set(a[i * lda + k + f]), x, acc[i][j]);
            }
        }
    }
}

INLINE void nb_tile(int bits, int rows, const nb_few *t) {
    const nbits *s = t->s;
    const unsigned char *b = t->b;
    vf total[NB_FEW][NV];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < NV; j++) total[i][j] = (vf){0};
    for (int64_t k = 0; k < s->blocks; k++, b += nb_block_bytes(s)) {
        const float *head = (const float *)(const void *)b;
        vf acc[NB_FEW][NV];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < NV; j++) acc[i][j] = (vf){0};
        nb_products(bits, rows, t, b + nb_head(s), t->a + k * s->block, acc);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < NV; j++) {
                total[i][j] = v_fma(acc[i][j], v_load(head + j * VL), total[i][j]);
                if (s->shifts)
                    total[i][j] =
                        v_fma(v_set(t->sum[i * s->blocks + k]), v_load(head + NR + j * VL), total[i][j]);
            }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < NV; j++) v_store(t->to + i * NR + j * VL, total[i][j]);
}

#define NB_TILE(bits, rows) \
    static void nb_tile_##bits##_##rows(const nb_few *t) { nb_tile(bits, rows, t); }
#define NB_TILES(bits) NB_TILE(bits, 1) NB_TILE(bits, 2) NB_TILE(bits, 3) NB_TILE(bits, 4)
#define NB_ROW(bits) \
    { nb_tile_##bits##_1, nb_tile_##bits##_2, nb_tile_##bits##_3, nb_tile_##bits##_4 }
NB_TILES(2)
NB_TILES(4)
NB_TILES(8)
static void (*const nb_tiles[3][NB_FEW])(const nb_few *) = {NB_ROW(2), NB_ROW(4), NB_ROW(8)};

// ---- many rows: blocks [b0, b1) of a tile as floats, [k][NR]

INLINE void nb_widen(int bits, const nbits *s, const unsigned char *b, int64_t blocks, float *to) {
    int each = bits == 8 ? 1 : 32 / bits;
    vf table = nb_table(bits);
    for (int64_t i = 0; i < blocks; i++, b += nb_block_bytes(s)) {
        const float *head = (const float *)(const void *)b;
        const unsigned char *body = b + nb_head(s);
        for (int j = 0; j < NV; j++) {
            vf scale = v_load(head + j * VL), shift = s->shifts ? v_load(head + NR + j * VL) : (vf){0};
            float *at = to + i * s->block * NR + j * VL;
            for (int64_t k = 0; k < s->block; k += each)
                for (int f = 0; f < each; f++, at += NR) {
                    vf x = bits == 8
                               ? v_from_i8(body + k * NR + j * VL)
                               : nb_field_of(
                                     *(const vi_any *)(const void *)(body + (k / each * NR + j * VL) * 4), f,
                                     bits, table);
                    v_store(at, v_fma(x, scale, shift));
                }
        }
    }
}

static void nb_widen_blocks(const nbits *s, const unsigned char *b, int64_t blocks, float *to) {
    if (s->bits == 2) nb_widen(2, s, b, blocks, to);
    if (s->bits == 4) nb_widen(4, s, b, blocks, to);
    if (s->bits == 8) nb_widen(8, s, b, blocks, to);
}

// ---- running

INLINE bool nb_is_few(const nbits *s) { return s->rows <= NB_FEW; }
INLINE int64_t nb_round_rows(const nbits *s) { return min64(s->rows, NB_PANELS * MR); }
INLINE int64_t nb_worker_floats(const nbits *s) { return (s->span + nb_round_rows(s)) * NR; }

static size_t nbits_workspace(const tn_problem *p, int threads) {
    nbits s;
    nbits_setup(p, &s);
    if (nb_is_few(&s)) return (size_t)(s.rows * (s.blocks * s.block + s.blocks)) * 4;
    int64_t floats = ceil_div(s.span, 16) * 16 + ceil_div(nb_round_rows(&s) * s.k, 16) * 16;
    return (size_t)(floats + nb_worker_floats(&s) * threads) * 4;
}

static void nb_few_task(void *arg, int64_t i, int worker) {
    const nb_job *j = arg;
    const nbits *s = j->s;
    float sum[NB_FEW * NR];
    nb_few t = {s, j->room, j->sum, j->b + i * nb_tile_bytes(s), sum};
    (void)worker;
    nb_tiles[s->bits == 2 ? 0 : s->bits == 4 ? 1 : 2][s->rows - 1](&t);
    nb_store(j, sum, 0, s->rows, i * NR);
}

static void nb_spread(const nb_job *j) {
    const nbits *s = j->s;
    int64_t padded = s->blocks * s->block;
    for (int64_t i = 0; i < s->rows; i++) {
        float *line = j->room + i * padded;
        row_from(s->type, j->a->data, i * s->k, line, s->k);
        memset(line + s->k, 0, (size_t)(padded - s->k) * 4);
        for (int64_t b = 0; b < s->blocks; b++) {
            float sum = 0;
            for (int64_t k = 0; k < s->block; k++) sum += line[b * s->block + k];
            j->sum[i * s->blocks + b] = sum;
        }
    }
}

static void nb_pack_a_task(void *arg, int64_t i, int worker) {
    const nb_job *j = arg;
    const nbits *s = j->s;
    int64_t k0 = i * s->span, rows = panel_row(s->rows, j->p1) - panel_row(s->rows, j->p0);
    (void)worker;
    pack_a_block(s->type, j->a->data, s->k, 1, s->rows, j->p0, j->p1, k0, min64(k0 + s->span, s->k),
                 j->room + rows * k0);
}

static void nb_many_task(void *arg, int64_t i, int worker) {
    const nb_job *j = arg;
    const nbits *s = j->s;
    int64_t r0 = panel_row(s->rows, j->p0), rows = panel_row(s->rows, j->p1) - r0;
    float *tail = j->workers + worker * nb_worker_floats(s), *sum = tail + s->span * NR;
    epilogue e = {.alpha = 1};
    for (int64_t k0 = 0; k0 < s->k; k0 += s->span) {
        int64_t k1 = min64(k0 + s->span, s->k), first = k0 / s->block;
        nb_widen_blocks(s, j->b + i * nb_tile_bytes(s) + first * nb_block_bytes(s),
                        ceil_div(k1, s->block) - first, tail);
        strip at = {.m = s->rows,
                    .p0 = j->p0,
                    .p1 = j->p1,
                    .columns = NR,
                    .a = j->room + rows * k0,
                    .b = tail,
                    .off = j->off,
                    .k = k1 - k0,
                    .first = k0 == 0,
                    .last = k1 == s->k,
                    .c = sum,
                    .ldc = NR};
        run_strip(&at, &e);
    }
    nb_store(j, sum, r0, rows, i * NR);
}

static tn_status nbits_call(tn_call *c) {
    const nbits *s = c->params;
    nb_job j = {.s = s, .a = c->in[NB_A], .y = c->out[0], .b = c->packed};
    int64_t tile_count = ceil_div(s->n, NR);
    if (s->rows == 0) return TN_OK;
    j.bias = c->nin > NB_BIAS ? c->in[NB_BIAS] : NULL;
    if (nb_is_few(s)) {
        j.room = c->workspace;
        j.sum = j.room + s->rows * s->blocks * s->block;
        nb_spread(&j);
        tn_call_parallel(c, tile_count, nb_few_task, &j);
        return TN_OK;
    }
    j.off = c->workspace;
    for (int64_t k = 0; k < s->span; k++) j.off[k] = (int32_t)(k * NR);
    j.room = (float *)c->workspace + ceil_div(s->span, 16) * 16;
    j.workers = j.room + ceil_div(nb_round_rows(s) * s->k, 16) * 16;
    for (j.p0 = 0; j.p0 < panel_count(s->rows); j.p0 = j.p1) {
        j.p1 = min64(j.p0 + NB_PANELS, panel_count(s->rows));
        tn_call_parallel(c, ceil_div(s->k, s->span), nb_pack_a_task, &j);
        tn_call_parallel(c, tile_count, nb_many_task, &j);
    }
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(matmul_nbits) = {
    TN_HERE,
    .name = AT("matmul.nbits"),
    .op = "MatMulNBits",
    .domain = "com.microsoft",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "weights become floats in registers, or a tile at a time",
    .reject = nbits_reject,
    .params_bytes = sizeof(nbits),
    .setup = nbits_setup,
    .pack_bytes = nbits_pack_bytes,
    .pack = nbits_pack,
    .workspace = nbits_workspace,
    .run = nbits_call,
};
