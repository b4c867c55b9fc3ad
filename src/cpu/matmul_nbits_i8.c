// SPDX-License-Identifier: Apache-2.0
// matmul_nbits_i8.c - MatMulNBits whose model allows activations of 8 bits (accuracy_level 4): each block
// of a row of A is rounded to whole numbers within 127 and a scale, the products are of 8-bit numbers with
// 32-bit sums. Weights are unsigned as they come, four neighbours along k in the bytes of a word, the next
// four in the next higher bits of the bytes; tile of NR columns behind tile, block behind block:
//
//     | scale[NR] | zero * scale [NR], when there are zero points | words[block * bits / 32][NR] |
#include "cpu/isa.h"

#include "cpu/kern/nbits.inl"

enum { NQ_ALLOWS = 4, NQ_ROWS = VL == 16 ? 6 : 4 };

static const char *nq_reject(const tn_problem *p) {
    if (tn_attr_int(p->attrs, "accuracy_level") != NQ_ALLOWS)
        return "accuracy_level is not 4: the model does not allow activations of 8 bits";
    return nbits_reject(p);
}

static void nq_pack(const tn_problem *p, void *packed) {
    nbits s;
    nbits_setup(p, &s);
    const tn_tensor *zeros = nb_in(p, NB_ZEROS);
    unsigned char *to = packed;
    int64_t each = 32 / s.bits, row = s.block * s.bits / 8;
    memset(to, 0, nbits_pack_bytes(p));
    for (int64_t n0 = 0; n0 < s.n; n0 += NR)
        for (int64_t b = 0; b < s.blocks; b++, to += nb_block_bytes(&s))
            for (int64_t j = 0; j < NR && n0 + j < s.n; j++) {
                int64_t at = (n0 + j) * s.blocks + b;
                float *head = (float *)(void *)to;
                uint32_t *body = (uint32_t *)(void *)(to + nb_head(&s));
                const uint8_t *from = (const uint8_t *)p->in[NB_B]->data + at * row;
                head[j] = scalar_from(p->in[NB_SCALES]->dtype, p->in[NB_SCALES]->data, at);
                if (zeros) head[NR + j] = nb_zero(&s, zeros, n0 + j, b) * head[j];
                for (int64_t k = 0; k < s.block; k++) // the last block's rest meets zeros of A
                    body[k / each * NR + j] |= (uint32_t)nb_field(from, k, s.bits)
                                               << (k % 4 * 8 + k % each / 4 * s.bits);
            }
}

// ---- A

typedef struct nq_job {
    nb_job nb;
    uint32_t *a;  // [rows][blocks * block / 4] words of four
    float *scale; // [rows][blocks]
    int32_t *sum; // [rows][blocks], of the whole numbers
} nq_job;

INLINE int64_t nq_words(const nbits *s) { return s->blocks * s->block / 4; }

static size_t nq_workspace(const tn_problem *p, int threads) {
    nbits s;
    nbits_setup(p, &s);
    int64_t floats = s.block; // of each worker: a block of A
    return (size_t)(s.rows * (nq_words(&s) + 2 * s.blocks) + floats * threads) * 4;
}

// A block of A as whole numbers and their scale. Where a number is not finite the scale is not, and Y is NaN.
static void nq_block(const float *x, int64_t n, int8_t *to, float *scale, int32_t *sum) {
    float most = 0, by;
    int32_t total = 0;
    for (int64_t i = 0; i < n; i++) most = s_max(fabsf(x[i]), most);
    *scale = most / 127;
    by = most > 0 ? 127 / most : 0;
    for (int64_t i = 0; i < n; i += VL) { // blocks are of 16 at least
        vf r = v_round(v_load(x + i) * by);
        vi q = v_to_int(v_select(v_abs(r) <= 127.0f, r, (vf){0}));
        for (int j = 0; j < VL; j++) {
            to[i + j] = (int8_t)q[j];
            total += q[j];
        }
    }
    *sum = total;
}

static void nq_a_task(void *arg, int64_t row, int worker) {
    const nq_job *j = arg;
    const nbits *s = j->nb.s;
    float *line = j->nb.workers + worker * s->block;
    for (int64_t b = 0; b < s->blocks; b++) {
        int64_t first = b * s->block, n = min64(s->block, s->k - first), at = row * s->blocks + b;
        row_from(s->type, j->nb.a->data, row * s->k + first, line, n);
        memset(line + n, 0, (size_t)(s->block - n) * 4);
        nq_block(line, s->block, (int8_t *)(j->a + row * nq_words(s)) + first, j->scale + at, j->sum + at);
    }
}

// ---- products

typedef struct nq_tile {
    const nbits *s;
    const uint32_t *a; // of the first row
    const float *scale;
    const int32_t *sum;
    const unsigned char *b;
    float *to; // [rows][NR]
} nq_tile;

// acc + four products of w's unsigned and a's signed bytes. Without VNNI, pairs of products are added in 16
// bits, which saturate: 15 * 127 * 2 fits, so that 8-bit weights are taken as two halves of 4.
#if defined(__AVX512VNNI__)
INLINE vi nq_dot(vi acc, vi w, vi a, int bits) {
    (void)bits;
    return (vi)_mm512_dpbusd_epi32((__m512i)acc, (__m512i)w, (__m512i)a);
}
#else
#if VL == 16
INLINE vi nq_part(vi w, vi a, int times) {
    __m512i pairs = _mm512_maddubs_epi16((__m512i)w, (__m512i)a);
    return (vi)_mm512_madd_epi16(pairs, _mm512_set1_epi16((short)times));
}
#else
INLINE vi nq_part(vi w, vi a, int times) {
    __m256i pairs = _mm256_maddubs_epi16((__m256i)w, (__m256i)a);
    return (vi)_mm256_madd_epi16(pairs, _mm256_set1_epi16((short)times));
}
#endif
INLINE vi nq_dot(vi acc, vi w, vi a, int bits) {
    if (bits < 8) return acc + nq_part(w, a, 1);
    return acc + nq_part(w & 0x0f0f0f0f, a, 1) + nq_part((w >> 4) & 0x0f0f0f0f, a, 16);
}
#endif

// One block's sums.
INLINE void nq_products(int bits, int rows, const nq_tile *t, const unsigned char *body, const uint32_t *a,
                        vi acc[][NV]) {
    int fields = 8 / bits, mask = (int)(0x01010101u * ((1u << bits) - 1));
    int64_t lda = nq_words(t->s);
    for (int64_t k = 0; k < t->s->block / 4; k += fields, body += NR * 4) {
        vi w[NV];
        for (int j = 0; j < NV; j++) {
            __builtin_prefetch(body + j * VL * 4 + NB_AHEAD, 0, 3);
            w[j] = *(const vi_any *)(const void *)(body + j * VL * 4);
        }
        _Pragma("GCC unroll 4") for (int f = 0; f < fields; f++) for (int j = 0; j < NV; j++) {
            vi x = bits == 8 ? w[j] : (vi)((vu)w[j] >> (f * bits)) & mask;
            for (int i = 0; i < rows; i++)
                acc[i][j] = nq_dot(acc[i][j], x, vi_set((int32_t)a[i * lda + k + f]), bits);
        }
    }
}

INLINE void nq_run_tile(int bits, int rows, const nq_tile *t) {
    const nbits *s = t->s;
    const unsigned char *b = t->b;
    vf total[NQ_ROWS][NV];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < NV; j++) total[i][j] = (vf){0};
    for (int64_t k = 0; k < s->blocks; k++, b += nb_block_bytes(s)) {
        const float *head = (const float *)(const void *)b;
        vi acc[NQ_ROWS][NV];
        for (int i = 0; i < rows; i++) // without zero points each weight is less half its range
            for (int j = 0; j < NV; j++)
                acc[i][j] = vi_set(s->shifts ? 0 : -t->sum[i * s->blocks + k] * (1 << (bits - 1)));
        nq_products(bits, rows, t, b + nb_head(s), t->a + k * s->block / 4, acc);
        for (int i = 0; i < rows; i++) {
            float scale = t->scale[i * s->blocks + k];
            for (int j = 0; j < NV; j++)
                total[i][j] = v_fma(v_from_int(acc[i][j]), v_load(head + j * VL) * scale, total[i][j]);
            float zeros = -(float)t->sum[i * s->blocks + k] * scale;
            for (int j = 0; s->shifts && j < NV; j++)
                total[i][j] = v_fma(v_set(zeros), v_load(head + NR + j * VL), total[i][j]);
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < NV; j++) v_store(t->to + i * NR + j * VL, total[i][j]);
}

#define NQ_TILE(bits, rows) \
    static void nq_tile_##bits##_##rows(const nq_tile *t) { nq_run_tile(bits, rows, t); }
#if VL == 16
#define NQ_TILES(bits) \
    NQ_TILE(bits, 1)   \
    NQ_TILE(bits, 2) NQ_TILE(bits, 3) NQ_TILE(bits, 4) NQ_TILE(bits, 5) NQ_TILE(bits, 6)
#define NQ_ROW(bits)                                                                                        \
    {                                                                                                       \
        nq_tile_##bits##_1, nq_tile_##bits##_2, nq_tile_##bits##_3, nq_tile_##bits##_4, nq_tile_##bits##_5, \
            nq_tile_##bits##_6                                                                              \
    }
#else
#define NQ_TILES(bits) NQ_TILE(bits, 1) NQ_TILE(bits, 2) NQ_TILE(bits, 3) NQ_TILE(bits, 4)
#define NQ_ROW(bits) \
    { nq_tile_##bits##_1, nq_tile_##bits##_2, nq_tile_##bits##_3, nq_tile_##bits##_4 }
#endif
NQ_TILES(2)
NQ_TILES(4)
NQ_TILES(8)
static void (*const nq_tiles[3][NQ_ROWS])(const nq_tile *) = {NQ_ROW(2), NQ_ROW(4), NQ_ROW(8)};

static void nq_task(void *arg, int64_t i, int worker) {
    const nq_job *j = arg;
    const nbits *s = j->nb.s;
    int64_t groups = ceil_div(s->rows, NQ_ROWS);
    float sum[NQ_ROWS * NR];
    (void)worker;
    for (int64_t g = 0; g < groups; g++) {
        int64_t r0 = s->rows * g / groups, rows = s->rows * (g + 1) / groups - r0;
        nq_tile t = {s,
                     j->a + r0 * nq_words(s),
                     j->scale + r0 * s->blocks,
                     j->sum + r0 * s->blocks,
                     j->nb.b + i * nb_tile_bytes(s),
                     sum};
        nq_tiles[s->bits == 2 ? 0 : s->bits == 4 ? 1 : 2][rows - 1](&t);
        nb_store(&j->nb, sum, r0, rows, i * NR);
    }
}

static tn_status nq_call(tn_call *c) {
    const nbits *s = c->params;
    nq_job j = {.nb = {.s = s, .a = c->in[NB_A], .y = c->out[0], .b = c->packed}, .a = c->workspace};
    if (s->rows == 0) return TN_OK;
    j.nb.bias = c->nin > NB_BIAS ? c->in[NB_BIAS] : NULL;
    j.scale = (float *)c->workspace + s->rows * nq_words(s);
    j.sum = (int32_t *)c->workspace + s->rows * (nq_words(s) + s->blocks);
    j.nb.workers = (float *)c->workspace + s->rows * (nq_words(s) + 2 * s->blocks);
    tn_call_parallel(c, s->rows, nq_a_task, &j);
    tn_call_parallel(c, ceil_div(s->n, NR), nq_task, &j);
    return TN_OK;
}

// Half a unit of 127 of the largest activation of a block: 1/254, of most of them less.

TN_ISAS(avx2, avx512, avx512vnni);

TN_KERNEL(matmul_nbits_i8) = {
    TN_HERE,
    .name = AT("matmul.nbits.i8"),
    .op = "MatMulNBits",
    .domain = "com.microsoft",
    .isa = ISA,
    .rank = ISA_RANK + 10,
    .doc = "activations in 8 bits, where the model allows it",
    .error = 4e-3,
    .reject = nq_reject,
    .params_bytes = sizeof(nbits),
    .setup = nbits_setup,
    .pack_bytes = nbits_pack_bytes,
    .pack = nq_pack,
    .workspace = nq_workspace,
    .run = nq_call,
};
