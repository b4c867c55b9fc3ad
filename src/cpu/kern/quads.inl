// SPDX-License-Identifier: Apache-2.0
// quads.inl - 8-bit matrices for dot.inl, four numbers of k to a word. A is packed as signed and B as
// unsigned numbers: one of the other kind is shifted by 128, and its zero point with it. Zero points stay out
// of the products, which cannot saturate, and are taken off the sums:
//
//     sum (a - za)(b - zb) = sum a b - za sum b - zb sum a + K za zb      modulo 2^32
#ifndef TN_CPU_QUADS_INL
#define TN_CPU_QUADS_INL

#include "cpu/kern/dot.inl"
#include "cpu/kern/int8.inl"

#if defined(__AMX_TILE__)
DOT_KERNEL(dot_quads, _tile_dpbsud)
#else
INLINE __m512i dot_quads_add(__m512i sum, __m512i a, __m512i b) { return _mm512_dpbusd_epi32(sum, b, a); }
INLINE __m512i dot_quads_sum(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
DOT_KERNEL(dot_quads, dot_quads_add)
#endif

// Rows of panel p of an [m,k] matrix that lie `step` bytes apart; the sum of each row to sums[row].
static inline void quads_pack_a(const dot *d, int64_t k, const uint8_t *x, int64_t step, int32_t shift,
                                int64_t p, uint32_t *to, int32_t *sums) {
    int64_t row0 = dot_row(d->m, p), rows = dot_row(d->m, p + 1) - row0;
    __m512i ones = _mm512_set1_epi8(1), flip = _mm512_set1_epi8((char)shift);
    for (int64_t i = 0; i < dot_padded(rows); i++) {
        __m512i sum = _mm512_setzero_si512();
        for (int64_t w0 = 0; w0 < d->words; w0 += DOT_BLOCK) {
            int64_t count = dot_block_words(d, w0);
            uint32_t *line = to + dot_a_at(d, w0, count, p) + i * DOT_CHUNK;
            for (int64_t w = 0; w < count; w += DOT_CHUNK, line += dot_padded(rows) * DOT_CHUNK) {
                int64_t at = (w0 + w) * 4, left = i < rows ? max64(0, k - at) : 0;
                __mmask64 tail = left >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1;
                const uint8_t *from = left ? x + (row0 + i) * step + at : x;
                __m512i q = _mm512_maskz_loadu_epi8(tail, from);
                q = _mm512_maskz_mov_epi8(tail, _mm512_xor_si512(q, flip));
                sum = _mm512_dpbusd_epi32(sum, ones, q);
                _mm512_storeu_si512(line, q);
            }
        }
        if (i < rows) sums[row0 + i] = _mm512_reduce_add_epi32(sum);
    }
}

// One word of k of a tile from four rows of DOT_COLUMNS numbers, of which the first `rows` are there, to
// `to`; their sums are added to `sums`, unless it is NULL.
INLINE void quads_interleave(const uint8_t *const row[4], int rows, int32_t shift, uint32_t *to,
                             int32_t *sums) {
    uint32_t all = shift ? 0x80808080u : 0;
    __m512i flip = _mm512_set1_epi32((int)(rows < 4 ? all & ((1u << 8 * rows) - 1) : all));
    for (int j = 0; j < DOT_COLUMNS; j += 16) {
        __m512i word = _mm512_setzero_si512();
        for (int i = 0; i < rows; i++) {
            __m512i x = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)(row[i] + j)));
            word = _mm512_or_si512(word, _mm512_sllv_epi32(x, _mm512_set1_epi32(8 * i)));
        }
        word = _mm512_xor_si512(word, flip);
        _mm512_storeu_si512(to + j, word);
        if (sums)
            _mm512_storeu_si512(sums + j,
                                _mm512_dpbusd_epi32(_mm512_loadu_si512(sums + j), word, _mm512_set1_epi8(1)));
    }
}

// Tile t of a [k,n] matrix with contiguous rows; the sum of each column to sums[column], to a whole tile.
static inline void quads_pack_b(const dot *d, int64_t k, const uint8_t *x, int32_t shift, int64_t t,
                                uint32_t *to, int32_t *sums) {
    int64_t n0 = t * DOT_COLUMNS, columns = min64(DOT_COLUMNS, d->n - n0);
    uint8_t spare[4][DOT_COLUMNS] = {{0}};
    memset(sums + n0, 0, DOT_COLUMNS * sizeof *sums);
    for (int64_t w0 = 0; w0 < d->words; w0 += DOT_BLOCK) {
        int64_t count = dot_block_words(d, w0);
        uint32_t *line = to + dot_b_at(d, w0, count, t);
        for (int64_t w = w0; w < w0 + count; w++, line += DOT_COLUMNS) {
            const uint8_t *row[4];
            int rows = (int)max64(0, min64(4, k - 4 * w));
            for (int i = 0; i < rows; i++) {
                row[i] = x + (4 * w + i) * d->n + n0;
                if (columns == DOT_COLUMNS) continue;
                memcpy(spare[i], row[i], (size_t)columns);
                row[i] = spare[i];
            }
            quads_interleave(row, rows, shift, line, sums + n0);
        }
    }
}

// What comes to the sums of a row.
typedef struct quads_row {
    uint32_t plus;     // a number
    int32_t za;        // A's zero point: times the columns' sums, taken off
    const int32_t *cs; // [n], those sums
    int32_t rest;      // K za - the row's sum: times the columns' zero points
    const int32_t *zb; // [n], those zero points; NULL: in `plus` already
} quads_row;

// y[at + i] = requantised((the finished sum) * x_scale * w[i] / y_scale), i < n; w repeats its first when not
// w_steps. cs, zb and w can be read to a whole vector.
static inline void quads_store(const result_i8 *r, const quads_row *q, const uint32_t *sum, float x_scale,
                               const float *w, bool w_steps, int64_t at, int64_t n) {
    int32_t low = r->type == TN_U8 ? 0 : -128;
    vf lo = v_set((float)(low - r->zero)), hi = v_set((float)(low + 255 - r->zero));
    vf factor = v_set(x_scale * *w / r->y_scale);
    for (int64_t i = 0; i < n; i += VL) {
        __mmask16 tail = v_tail(min64(VL, n - i));
        vu x = vu_load(sum + i) + q->plus;
        if (q->za) x -= (uint32_t)q->za * vu_load((const uint32_t *)q->cs + i);
        if (q->zb) x += (uint32_t)q->rest * vu_load((const uint32_t *)q->zb + i);
        if (r->type == TN_I32) {
            _mm512_mask_storeu_epi32((uint32_t *)r->y + at + i, tail, (__m512i)x);
            continue;
        }
        if (w_steps) factor = x_scale * v_load(w + i) / r->y_scale;
        vi y = requantised(v_from_int((vi)x) * factor, lo, hi, r->zero);
        _mm_mask_storeu_epi8((uint8_t *)r->y + at + i, tail, _mm512_cvtepi32_epi8((__m512i)y));
    }
}

#endif
