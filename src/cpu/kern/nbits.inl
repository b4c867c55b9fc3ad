// SPDX-License-Identifier: Apache-2.0
// nbits.inl - what the kernels for MatMulNBits share: sizes, the fields of weights, and results.
#ifndef TN_CPU_NBITS_INL
#define TN_CPU_NBITS_INL

#include "cpu/kern/gemm.inl"

enum { NB_A, NB_B, NB_SCALES, NB_ZEROS, NB_GROUPS, NB_BIAS };
enum { NB_MOST_BLOCK = 1024, NB_AHEAD = 2048 };

typedef struct nbits {
    tn_dtype type;
    int64_t rows, k, n, bits, block, blocks;
    bool shifts;
    int64_t span; // values of k of a tile of floats: whole blocks
} nbits;

typedef vi vi_any __attribute__((aligned(4), may_alias));

static const tn_tensor *nb_in(const tn_problem *p, int i) { return i < p->nin ? p->in[i] : NULL; }

static const char *nbits_reject(const tn_problem *p) {
    tn_dtype t = p->in[NB_A]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    if (nb_in(p, NB_GROUPS)) return "g_idx";
    const tn_tensor *zeros = nb_in(p, NB_ZEROS);
    if (!p->in[NB_B]->data || !p->in[NB_SCALES]->data || (zeros && !zeros->data))
        return "weights that are not constant";
    if (zeros && zeros->dtype == TN_F64) return "zero points of f64";
    if (tn_attr_int(p->attrs, "block_size") > NB_MOST_BLOCK) return "blocks of more than 1024";
    return NULL;
}

static void nbits_setup(const tn_problem *p, void *params) {
    nbits *s = params;
    *s = (nbits){.type = p->in[NB_A]->dtype,
                 .k = tn_attr_int(p->attrs, "K"),
                 .n = tn_attr_int(p->attrs, "N"),
                 .bits = tn_attr_int(p->attrs, "bits"),
                 .block = tn_attr_int(p->attrs, "block_size"),
                 .shifts = nb_in(p, NB_ZEROS) != NULL};
    s->blocks = ceil_div(s->k, s->block);
    s->rows = tn_count(p->in[NB_A]) / s->k;
    s->span = s->block >= KC ? s->block : KC / s->block * s->block;
}

INLINE int64_t nb_head(const nbits *s) { return (s->shifts ? 2 : 1) * NR * 4; }
INLINE int64_t nb_block_bytes(const nbits *s) { return nb_head(s) + NR * s->block * s->bits / 8; }
INLINE int64_t nb_tile_bytes(const nbits *s) { return s->blocks * nb_block_bytes(s); }

static size_t nbits_pack_bytes(const tn_problem *p) {
    nbits s;
    nbits_setup(p, &s);
    return (size_t)(ceil_div(s.n, NR) * nb_tile_bytes(&s));
}

INLINE int nb_field(const uint8_t *from, int64_t i, int64_t bits) {
    return from[i * bits / 8] >> (i * bits % 8) & ((1 << bits) - 1);
}

static float nb_zero(const nbits *s, const tn_tensor *zeros, int64_t column, int64_t block) {
    if (zeros->dtype != TN_U8) return scalar_from(zeros->dtype, zeros->data, column * s->blocks + block);
    const uint8_t *row = (const uint8_t *)zeros->data + column * ((s->blocks * s->bits + 7) / 8);
    return (float)nb_field(row, block, s->bits);
}

typedef struct nb_job {
    const nbits *s;
    const tn_tensor *a, *bias, *y;
    const unsigned char *b;
    float *room, *sum; // of A: as it is for few rows, packed for many
    int32_t *off;
    float *workers;
    int64_t p0, p1; // panels of the round
} nb_job;

// Sums of `rows` rows from row r0 on, columns [n0, n0 + NR), to Y.
static void nb_store(const nb_job *j, float *sum, int64_t r0, int64_t rows, int64_t n0) {
    const nbits *s = j->s;
    int64_t n = min64(NR, s->n - n0);
    float bias[NR];
    if (j->bias) row_from(j->bias->dtype, j->bias->data, n0, bias, n);
    for (int64_t i = 0; i < rows; i++) {
        float *line = sum + i * NR;
        for (int64_t k = 0; j->bias && k < n; k++) line[k] += bias[k];
        row_to(s->type, line, j->y->data, (r0 + i) * s->n + n0, n);
    }
}

#endif
