// SPDX-License-Identifier: Apache-2.0
// blocked_depthwise.inl - rows of depthwise convolutions of blocked activations: a vector is VL channels of
// one pixel, and the window's weights stay in registers along a row. Rows outside the image are a row of
// zeros, and so are pixels that a tile's window takes from beside the image.
#ifndef TN_CPU_BLOCKED_DEPTHWISE_INL
#define TN_CPU_BLOCKED_DEPTHWISE_INL

#include "cpu/kern/blocked_conv.inl"

enum { DW_SMALL = 32 /* columns */ };

typedef struct bdepth {
    bconv v;
    int64_t blocks;        // of channels
    int64_t bands, groups; // tasks of an image: by its rows, then by its planes
    int64_t lo, hi;        // output columns whose windows lie inside
    bool edges;            // tiles know where the image ends
    bool copied;           // planes, with their padding
    int64_t high, wide;    // of a copy
} bdepth;

// A window that the tiles are made for, with no more padding than it reaches over.
static bool bdepth_edges(const bdepth *d) {
    const bconv *v = &d->v;
    bool square = v->kh == v->kw && (v->kh == 3 || v->kh == 5) && v->sw <= 2 && v->dw == 1;
    return square && v->ow >= 7 && v->left < v->kw && d->wide - v->left - v->w < v->kw;
}

// From d->v; `copies`: planes may be copied.
static void bdepth_plan(bdepth *d, bool copies) {
    const bconv *v = &d->v;
    d->blocks = ceil_div(v->c, BLOCK);
    d->high = (v->oh - 1) * v->sh + (v->kh - 1) * v->dh + 1;
    d->wide = (v->ow - 1) * v->sw + (v->kw - 1) * v->dw + 1;
    d->edges = bdepth_edges(d);
    d->copied = copies && !d->edges && v->ow <= DW_SMALL && d->wide <= 4 * DW_SMALL &&
                d->high <= 4 * DW_SMALL && v->kw > 1;
    d->lo = 0;
    d->hi = v->ow;
    if (d->copied || d->edges) return;
    d->lo = min64(v->ow, ceil_div(max64(0, v->left), v->sw));
    int64_t room = v->w + v->left - (v->kw - 1) * v->dw; // first column of the last window that fits, + 1
    d->hi = max64(d->lo, room > 0 ? min64(v->ow, ceil_div(room, v->sw)) : 0);
}

// Packed: [block]{bias [16], weights [tap][16]}.
static int64_t bdepth_pack_floats(const bconv *v) { return round_up(v->c, BLOCK) * (1 + v->kh * v->kw); }

static void bdepth_pack_from(const tn_tensor *w, const float *bias, float *to) {
    const float *from = w->data;
    int64_t taps = w->dim[2] * w->dim[3];
    for (int64_t first = 0; first < w->dim[0]; first += BLOCK)
        for (int64_t tap = -1; tap < taps; tap++)
            for (int64_t c = first; c < first + BLOCK; c++) {
                bool real = c < w->dim[0];
                *to++ = !real ? 0 : tap >= 0 ? from[c * taps + tap] : bias ? bias[c] : 0;
            }
}

typedef struct bdepth_row {
    const bdepth *d;
    const float *row[TNI_DEPTHWISE_TAPS]; // rows of the window
    const float *packed, *z;              // of the lanes; z: of the output row or NULL
    float *y;
    const float *zeros;
    int64_t left;       // pixels of the first tap of column 0 before the row
    int64_t begin, end; // pixels of a row, from that tap, that lie in the image; all: no edge
    float lo, hi;
} bdepth_row;

INLINE vf bdepth_begin(const bdepth_row *r, int64_t column) {
    vf x = v_load(r->packed);
    return r->z ? x + v_load(r->z + column * BLOCK) : x;
}
INLINE void bdepth_end(const bdepth_row *r, int64_t column, vf x) {
    v_store(r->y + column * BLOCK, v_clamp(x, v_set(r->lo), v_set(r->hi)));
}

// Columns [from, to) of a row, whatever the window, taking only the taps that meet the image.
static void bdepth_any(const bdepth_row *r, int64_t from, int64_t to) {
    const bconv *v = &r->d->v;
    for (int64_t c = from; c < to; c++) {
        inside in = {0, v->kw};
        if (!r->d->copied) in = inside_of(c * v->sw - v->left, v->dw, v->w, v->kw);
        vf sum = bdepth_begin(r, c);
        for (int64_t ky = 0; ky < v->kh; ky++)
            for (int64_t kx = in.lo; kx < in.hi; kx++)
                sum = v_fma(v_load(r->row[ky] + (c * v->sw + kx * v->dw - r->left) * BLOCK),
                            v_load(r->packed + (1 + ky * v->kw + kx) * BLOCK), sum);
        bdepth_end(r, c, sum);
    }
}

// The columns between, for constant windows: `many` sums at a time, and each pixel is loaded once for a row
// of the window. The last columns overlap those before, unless that would add the residual twice where it
// lies in Y.
#define BDEPTH_TILE(k, stride, many)                                                                \
    INLINE void bdepth_tile_##k##_##stride##_##many(const bdepth_row *r, int64_t from) {            \
        vf sum[many];                                                                               \
        int64_t lo = r->begin - from * stride, hi = r->end - from * stride;                         \
        int64_t first = from * stride - r->left;                                                    \
        _Pragma("GCC unroll 16") for (int c = 0; c < many; c++) sum[c] = bdepth_begin(r, from + c); \
        _Pragma("GCC unroll 8") for (int i = 0; i < k; i++) {                                       \
            const float *row = r->row[i];                                                           \
            vf w[k];                                                                                \
            _Pragma("GCC unroll 8") for (int j = 0; j < k; j++) w[j] =                              \
                v_load(r->packed + (1 + i * k + j) * BLOCK);                                        \
            _Pragma("GCC unroll 40") for (int at = 0; at < (many - 1) * stride + k; at++) {         \
                bool edge = at < k - 1 || at > (many - 1) * stride; /* the others are inside */     \
                bool outside = edge && (at < lo || at >= hi);                                       \
                vf x = v_load(outside ? r->zeros : row + (first + at) * BLOCK);                     \
                _Pragma("GCC unroll 8") for (int j = 0; j < k; j++) {                               \
                    int c = at >= j && (at - j) % stride == 0 ? (at - j) / stride : many;           \
                    if (c < many) sum[c] = v_fma(x, w[j], sum[c]);                                  \
                }                                                                                   \
            }                                                                                       \
        }                                                                                           \
        _Pragma("GCC unroll 16") for (int c = 0; c < many; c++) bdepth_end(r, from + c, sum[c]);    \
    }
#ifdef TN_SMALL
enum { DW_LONG = false };
#else
enum { DW_LONG = VL == 16 }; // tiles of 14 columns
#endif
#define BDEPTH_ROW(k, stride)                                                                    \
    BDEPTH_TILE(k, stride, 7)                                                                    \
    BDEPTH_TILE(k, stride, 14)                                                                   \
    static void bdepth_##k##_##stride(const bdepth_row *r, int64_t from, int64_t to) {           \
        int64_t first = from;                                                                    \
        for (; DW_LONG && from + 14 <= to; from += 14) bdepth_tile_##k##_##stride##_14(r, from); \
        for (; from + 7 <= to; from += 7) bdepth_tile_##k##_##stride##_7(r, from);               \
        if (from < to && !r->z && to - first >= 7)                                               \
            bdepth_tile_##k##_##stride##_7(r, to - 7);                                           \
        else                                                                                     \
            bdepth_any(r, from, to);                                                             \
    }
BDEPTH_ROW(3, 1)
BDEPTH_ROW(3, 2)
BDEPTH_ROW(5, 1)
BDEPTH_ROW(5, 2)

static void bdepth_middle(const bdepth_row *r, int64_t from, int64_t to) {
    const bconv *v = &r->d->v;
    bool square = v->kh == v->kw && v->dw == 1;
    if (square && v->kh == 3 && v->sw == 1)
        bdepth_3_1(r, from, to);
    else if (square && v->kh == 3 && v->sw == 2)
        bdepth_3_2(r, from, to);
    else if (square && v->kh == 5 && v->sw == 1)
        bdepth_5_1(r, from, to);
    else if (square && v->kh == 5 && v->sw == 2)
        bdepth_5_2(r, from, to);
    else
        bdepth_any(r, from, to);
}

// The rows of a window for the lanes from `lane` on.
static void bdepth_lanes(const bdepth *d, int lane, const float *packed, const float *const *from,
                         const float *zeros, const float *z, float *y, bdepth_row *row) {
    const bconv *v = &d->v;
    bool clamps = v->act.kind == ACT_CLAMP;
    row->d = d;
    row->zeros = zeros;
    row->left = d->copied ? 0 : v->left;
    row->begin = d->edges ? v->left : INT64_MIN / 2;
    row->end = d->edges ? v->left + v->w : INT64_MAX / 2;
    row->packed = packed + lane;
    row->z = z ? z + lane : NULL;
    row->y = y + lane;
    row->lo = clamps ? v->act.alpha : -INFINITY;
    row->hi = clamps ? v->act.beta : INFINITY;
    for (int64_t k = 0; k < v->kh; k++) row->row[k] = from[k] + lane;
}

// Behind the sums of a row of a block: the activation, and zeros in lanes behind the last channel.
static void bdepth_finish(const bdepth *d, int64_t block, float *y) {
    const bconv *v = &d->v;
    if (v->act.kind != ACT_CLAMP && v->act.kind != ACT_NONE) act_row(v->act, y, y, v->ow * BLOCK);
    for (int64_t i = 0, real = v->c - block * BLOCK; real < BLOCK && i < v->ow; i++)
        for (int64_t lane = real; lane < BLOCK; lane++) y[i * BLOCK + lane] = 0;
}

// One output row of one block of channels. `from`: the rows of its window.
static void bdepth_block_row(const bdepth *d, int64_t block, const float *packed, const float *const *from,
                             const float *zeros, const float *z, float *y) {
    packed += block * (1 + d->v.kh * d->v.kw) * BLOCK;
    for (int lane = 0; lane < BLOCK; lane += VL) {
        bdepth_row row; // its rows of the window: as many as there are
        bdepth_lanes(d, lane, packed, from, zeros, z, y, &row);
        bdepth_any(&row, 0, d->lo);
        bdepth_middle(&row, d->lo, d->hi);
        bdepth_any(&row, d->hi, d->v.ow);
    }
    bdepth_finish(d, block, y);
}

#endif
