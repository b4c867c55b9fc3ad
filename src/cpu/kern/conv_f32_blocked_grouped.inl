// SPDX-License-Identifier: Apache-2.0
// conv_f32_blocked_grouped.inl - convolution in groups of 2, 4 or 8 channels, of blocked activations: whole
// groups lie in a block, so a pixel's vector has all that its lanes need. Step r of a group gives every lane
// channel r of its own group, and is multiplied with a weight for each lane:
//
//     x  a0 a1 a2 a3 | b0 b1 b2 b3 ..     r = 1:  a1 a1 a1 a1 | b1 b1 b1 b1 ..
//
// Else it is the depthwise kernel (blocked_depthwise.inl), whose groups have one channel.
#ifndef TN_CPU_CONV_F32_BLOCKED_GROUPED_INL
#define TN_CPU_CONV_F32_BLOCKED_GROUPED_INL

#include "cpu/kern/conv_f32_blocked_depthwise.inl"

static const char *bgroup_reject(const tn_problem *p) {
    const char *why = bconv_reject(p);
    if (why) return why;
    bconv v;
    bconv_setup(p, &v);
    if (v.plain) return "X is plain";
    if ((why = bconv_reject_depth(&v))) return why;
    if (!tni_groups_in_block(v.c, v.oc, v.group)) return "no groups of 2, 4 or 8 channels";
    if (v.kh * v.kw > TNI_DEPTHWISE_TAPS) return "a window of more than 49 taps";
    return v.n * v.oh * v.ow > 0 ? NULL : "nothing to do";
}

static int64_t bgroup_width(const bconv *v) { return v->c / v->group; }

// Packed: [block]{bias [16], weights [ky][r][kx][16]}.
static size_t bgroup_pack_bytes(const tn_problem *p) {
    bdepth d;
    bdepth_setup(p, &d);
    return (size_t)(d.blocks * (1 + d.v.kh * d.v.kw * bgroup_width(&d.v)) * BLOCK) * 4;
}

static void bgroup_pack(const tn_problem *p, void *packed) {
    bdepth d;
    bdepth_setup(p, &d);
    const bconv *v = &d.v;
    const float *w = p->in[1]->data, *bias = bconv_data(p->nin, p->in, 2);
    int64_t width = bgroup_width(v);
    float *to = packed;
    for (int64_t first = 0; first < v->c; first += BLOCK) {
        for (int64_t c = first; c < first + BLOCK; c++) *to++ = bias && c < v->c ? bias[c] : 0;
        for (int64_t i = 0; i < v->kh * width * v->kw; i++)
            for (int64_t c = first; c < first + BLOCK; c++) {
                int64_t ky = i / (width * v->kw), r = i / v->kw % width, kx = i % v->kw;
                *to++ = c < v->c ? w[((c * width + r) * v->kh + ky) * v->kw + kx] : 0;
            }
    }
}

// Channel r of its group in every lane of a pixel; `from` says where the groups of a vector begin. Of groups
// as wide as the vector or wider, which the pixel then begins with, it is one number.
#if VL == 16
#define BGROUP_FORMS(FORM) FORM(lanes)
INLINE vf bgroup_lanes(const float *pixel, vi from, int r) {
    return (vf)_mm512_permutexvar_ps((__m512i)(from + r), (__m512)v_load(pixel));
}
#elif VL == 8
#define BGROUP_FORMS(FORM) FORM(lanes)
INLINE vf bgroup_lanes(const float *pixel, vi from, int r) {
    return (vf)_mm256_permutevar8x32_ps((__m256)v_load(pixel), (__m256i)(from + r));
}
#else
#define BGROUP_FORMS(FORM) FORM(lanes) FORM(one)
INLINE vf bgroup_lanes(const float *pixel, vi from, int r) { // of two
    vf x = v_load(pixel);
    (void)from;
    return r ? __builtin_shufflevector(x, x, 1, 1, 3, 3) : __builtin_shufflevector(x, x, 0, 0, 2, 2);
}
INLINE vf bgroup_one(const float *pixel, vi from, int r) {
    (void)from;
    return v_set(pixel[r]);
}
#endif

typedef struct bgroup_row {
    bdepth_row of;
    int width; // channels of a group
    vi from;
} bgroup_row;

// Columns [at, at + many) of a row, whatever the window, taking only the taps [in.lo, in.hi) of its rows.
#define BGROUP_ANY(form, many)                                                                   \
    INLINE void bgroup_any_##form##_##many(const bgroup_row *g, int64_t at, inside in) {         \
        const bdepth_row *r = &g->of;                                                            \
        const bconv *v = &r->d->v;                                                               \
        const float *w = r->packed + BLOCK;                                                      \
        vf sum[many];                                                                            \
        _Pragma("GCC unroll 8") for (int c = 0; c < many; c++) sum[c] = bdepth_begin(r, at + c); \
        for (int64_t ky = 0; ky < v->kh; ky++)                                                   \
            for (int i = 0; i < g->width; i++, w += v->kw * BLOCK)                               \
                for (int64_t kx = in.lo; kx < in.hi; kx++) {                                     \
                    const float *x = r->row[ky] + (at * v->sw + kx * v->dw - r->left) * BLOCK;   \
                    vf f = v_load(w + kx * BLOCK);                                               \
                    _Pragma("GCC unroll 8") for (int c = 0; c < many; c++) sum[c] =              \
                        v_fma(bgroup_##form(x + c * v->sw * BLOCK, g->from, i), f, sum[c]);      \
                }                                                                                \
        _Pragma("GCC unroll 8") for (int c = 0; c < many; c++) bdepth_end(r, at + c, sum[c]);    \
    }

// Of a window of three taps by three, of which each pixel is loaded once for a row and a step; the last
// columns may overlap those before, as in BDEPTH_ROW.
#define BGROUP_TILE(form, stride, many)                                                             \
    INLINE void bgroup_tile_##form##_##stride##_##many(const bgroup_row *g, int64_t from) {         \
        const bdepth_row *r = &g->of;                                                               \
        vf sum[many];                                                                               \
        const float *w = r->packed + BLOCK;                                                         \
        int64_t lo = r->begin - from * stride, hi = r->end - from * stride;                         \
        int64_t first = from * stride - r->left;                                                    \
        _Pragma("GCC unroll 16") for (int c = 0; c < many; c++) sum[c] = bdepth_begin(r, from + c); \
        for (int ky = 0; ky < 3; ky++)                                                              \
            for (int i = 0; i < g->width; i++, w += 3 * BLOCK) {                                    \
                const float *row = r->row[ky] + first * BLOCK;                                      \
                vf f[3] = {v_load(w), v_load(w + BLOCK), v_load(w + 2 * BLOCK)};                    \
                _Pragma("GCC unroll 40") for (int at = 0; at < (many - 1) * stride + 3; at++) {     \
                    bool edge = at < 2 || at > (many - 1) * stride; /* the others are inside */     \
                    bool outside = edge && (at < lo || at >= hi);                                   \
                    vf x = bgroup_##form(outside ? r->zeros : row + at * BLOCK, g->from, i);        \
                    _Pragma("GCC unroll 8") for (int kx = 0; kx < 3; kx++) {                        \
                        int c = at >= kx && (at - kx) % stride == 0 ? (at - kx) / stride : many;    \
                        if (c < many) sum[c] = v_fma(x, f[kx], sum[c]);                             \
                    }                                                                               \
                }                                                                                   \
            }                                                                                       \
        _Pragma("GCC unroll 16") for (int c = 0; c < many; c++) bdepth_end(r, from + c, sum[c]);    \
    }

#define BGROUP_THREE(form, stride)                                                                  \
    BGROUP_TILE(form, stride, 7)                                                                    \
    BGROUP_TILE(form, stride, 14)                                                                   \
    static int64_t bgroup_three_##form##_##stride(const bgroup_row *g, int64_t from, int64_t to) {  \
        int64_t first = from;                                                                       \
        for (; DW_LONG && from + 14 <= to; from += 14) bgroup_tile_##form##_##stride##_14(g, from); \
        for (; from + 7 <= to; from += 7) bgroup_tile_##form##_##stride##_7(g, from);               \
        if (from == to || g->of.z || to - first < 7) return from;                                   \
        bgroup_tile_##form##_##stride##_7(g, to - 7);                                               \
        return to;                                                                                  \
    }

// A row: columns whose windows lie inside in tiles, what is left one by one.
#define BGROUP_FORM(form)                                                                               \
    BGROUP_ANY(form, 1)                                                                                 \
    BGROUP_ANY(form, 7)                                                                                 \
    BGROUP_THREE(form, 1)                                                                               \
    BGROUP_THREE(form, 2)                                                                               \
    static void bgroup_each_##form(const bgroup_row *g, int64_t from, int64_t to) {                     \
        const bconv *v = &g->of.d->v;                                                                   \
        for (inside in = {0, v->kw}; from < to; from++) {                                               \
            if (!g->of.d->copied) in = inside_of(from * v->sw - v->left, v->dw, v->w, v->kw);           \
            bgroup_any_##form##_1(g, from, in);                                                         \
        }                                                                                               \
    }                                                                                                   \
    static void bgroup_columns_##form(const bgroup_row *g) {                                            \
        const bdepth *d = g->of.d;                                                                      \
        const bconv *v = &d->v;                                                                         \
        bool three = v->kh == 3 && v->kw == 3 && v->dw == 1;                                            \
        int64_t at = d->lo;                                                                             \
        bgroup_each_##form(g, 0, at);                                                                   \
        if (three && v->sw == 1) at = bgroup_three_##form##_1(g, at, d->hi);                            \
        if (three && v->sw == 2) at = bgroup_three_##form##_2(g, at, d->hi);                            \
        for (; !d->edges && at + 7 <= d->hi; at += 7) bgroup_any_##form##_7(g, at, (inside){0, v->kw}); \
        bgroup_each_##form(g, at, v->ow);                                                               \
    }
BGROUP_FORMS(BGROUP_FORM)

// One output row of one block of channels. `from`: the rows of its window.
static void bgroup_block_row(const bdepth *d, int64_t block, const float *packed, const float *const *from,
                             const float *zeros, const float *z, float *y) {
    int width = (int)bgroup_width(&d->v);
    packed += block * (1 + d->v.kh * d->v.kw * width) * BLOCK;
    for (int lane = 0; lane < BLOCK; lane += VL) {
        bgroup_row row;
        bdepth_lanes(d, lane, packed, from, zeros, z, y, &row.of);
        row.width = width;
        for (int i = 0; i < VL; i++) row.from[i] = i / width * width;
#if VL == 4
        for (int64_t k = 0; k < d->v.kh; k++) row.of.row[k] -= lane % width;
        if (width >= VL) {
            bgroup_columns_one(&row);
            continue;
        }
#endif
        bgroup_columns_lanes(&row);
    }
    bdepth_finish(d, block, y);
}

static tn_status bgroup_call(tn_call *c) { return bdepth_rows(c, bgroup_block_row); }

#define CONV_BLOCKED_GROUPED(name_, rank_)                                                                   \
    {                                                                                                        \
        TN_HERE, .name = name_, .op = "BlockedConv", .domain = "tn", .isa = ISA, .rank = rank_,              \
                 .doc = "groups of 2, 4 or 8 channels, each lane its own", .reject = bgroup_reject,          \
                 .params_bytes = sizeof(bdepth), .setup = bdepth_setup, .pack_bytes = bgroup_pack_bytes,     \
                 .pack = bgroup_pack, .workspace = bdepth_workspace, .run = bgroup_call, .inplace = 1u << 3, \
    }

#endif
