// SPDX-License-Identifier: Apache-2.0
// resize_f32.c - Resize: index tables for nearest (any element of 1, 2, 4 or 8 bytes), weighted sums of
// rows for linear and cubic. With L the last resized axis, a row is everything along L and behind it:
//
//     x [.., in(L), inner]  --along L-->  stretched rows, the last few kept  --blended-->  y [.., out(L),
//     inner]
//
// A stretched row's slot is its indices modulo the number of taps: those that one output row needs never
// meet.
//
//     workspace: | indices and weights of each axis [tap][out] | each worker's: keys of the slots | slots |
//                | an input row and an output row, if not f32 |
#include "cpu/isa.h"

#include "cpu/kern/convert.inl"

#include "ir/resize.h"
#include "ir/tensor.h"

enum { RESIZE_TAPS = 4, RESIZE_SLOTS = 16, RESIZE_TASK = 1 << 15 };

typedef struct resize {
    tni_resizing r;
    tn_dtype type;
    int taps, shift, last;                // of an output index, 2^shift of them; L
    int64_t rows, inner, in_row, out_row; // rows of y; elements
    int64_t slots, slot[TN_MAX_RANK];     // how far the next index of an axis is
    int64_t group;                        // rows of a task
    float fill;
} resize;

static const tn_tensor *resize_list(const tn_problem *p, int i) {
    return i < p->nin && p->in[i] && tn_count(p->in[i]) ? p->in[i] : NULL;
}

static const char *resize_unknown(const tn_problem *p) {
    const tn_tensor *roi = resize_list(p, 1), *scales = resize_list(p, 2), *sizes = resize_list(p, 3);
    if (scales && !scales->data) return "the scales are not constant";
    if (sizes && !sizes->data && !tn_attr_is(p->attrs, "keep_aspect_ratio_policy", "stretch"))
        return "the sizes are not constant";
    if (roi && !roi->data && tn_attr_is(p->attrs, "coordinate_transformation_mode", "tf_crop_and_resize"))
        return "the region of interest is not constant";
    return NULL;
}

static void resize_setup(const tn_problem *p, void *params) {
    resize *s = params;
    const tn_tensor *x = p->in[0], *y = p->out[0];
    *s = (resize){.type = x->dtype, .last = -1, .inner = 1, .slots = 1};
    tni_resize_read(&s->r, p->attrs, x, resize_list(p, 1), resize_list(p, 2), resize_list(p, 3), y);
    s->taps = s->r.mode == TNI_NEAREST ? 1 : s->r.mode == TNI_LINEAR ? 2 : 4;
    s->shift = s->taps / 2; // of 1, 2 and 4
    s->fill = (float)tn_attr_float(p->attrs, "extrapolation_value");
    for (int d = 0; d < x->rank; d++)
        if (s->r.axis[d].resized) s->last = d;
    int last = s->last < 0 ? 0 : s->last;
    s->rows = tn_count_range(y, 0, last);
    s->inner = x->rank ? tn_count_range(y, last + 1, y->rank) : 1;
    s->in_row = x->rank ? x->dim[last] * s->inner : 1;
    s->out_row = x->rank ? y->dim[last] * s->inner : 1;
    s->group = max64(1, RESIZE_TASK / max64(1, s->out_row));
    for (int d = 0; d < last; d++) {
        if (!s->r.axis[d].resized || s->slots > RESIZE_SLOTS) continue;
        s->slot[d] = s->slots;
        s->slots *= s->taps;
    }
}

static const char *resize_reject(const tn_problem *p) {
    resize s;
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    const char *why = resize_unknown(p);
    if (why) return why;
    tn_dtype t = p->in[0]->dtype;
    size_t bits = tni_bits(t);
    for (int d = 0; d < p->in[0]->rank; d++)
        if (p->in[0]->dim[d] > INT32_MAX || p->out[0]->dim[d] > INT32_MAX) return "dimensions beyond 2^31";
    resize_setup(p, &s);
    if (s.r.mode == TNI_NEAREST)
        return t != TN_STRING && (bits == 8 || bits == 16 || bits == 32 || bits == 64) ? NULL
                                                                                       : "odd elements";
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    if (s.r.antialias) return "antialiasing";
    return s.slots > RESIZE_SLOTS ? "too many dimensions are resized" : NULL;
}

// ---------------------------------------------------------------------------------------------- tables

typedef struct resize_table { // of one axis
    int32_t *at[RESIZE_TAPS]; // at[0] -1: outside the region of interest
    float *weight[RESIZE_TAPS];
} resize_table;

typedef struct resize_run {
    const resize *s;
    const void *x;
    void *y;
    resize_table table[TN_MAX_RANK];
    char *workers;
    size_t worker;
    bool holes;  // the last axis leaves the region of interest
    bool steady; // indices of the last axis never go back
} resize_run;

static size_t resize_round(size_t bytes) { return (bytes + 63) / 64 * 64; }

static size_t resize_tables(const resize *s, int rank) {
    size_t bytes = 0;
    for (int d = 0; d < rank; d++) bytes += resize_round((size_t)s->r.axis[d].out * 8 * (size_t)s->taps);
    return bytes;
}

static size_t resize_worker(const resize *s) {
    if (s->r.mode == TNI_NEAREST) return 0;
    size_t floats = (size_t)(s->slots * s->out_row), narrow = (size_t)(s->in_row + s->out_row);
    if (s->type != TN_F32) floats += narrow;
    return resize_round((size_t)s->slots * 8) + resize_round(floats * 4);
}

static size_t resize_workspace(const tn_problem *p, int threads) {
    resize s;
    resize_setup(p, &s);
    return resize_tables(&s, p->in[0]->rank) + resize_worker(&s) * (size_t)threads;
}

// Unused taps repeat the first index with weight 0.
static void resize_fill_table(const resize *s, const tni_resize_axis *a, resize_table *t) {
    double weight[RESIZE_TAPS + 4];
    for (int64_t i = 0; i < a->out; i++) {
        int64_t count = 1, first = i;
        weight[0] = 1;
        if (s->r.mode == TNI_NEAREST)
            first = tni_resize_nearest(&s->r, a, i);
        else if (a->resized)
            first = tni_resize_taps(&s->r, a, i, &count, weight);
        for (int k = 0; k < s->taps; k++) {
            t->at[k][i] = (int32_t)(k < count ? first + k : first);
            t->weight[k][i] = k < count ? (float)weight[k] : 0;
        }
    }
}

static void resize_make_tables(resize_run *r, int rank, char *space) {
    const resize *s = r->s;
    for (int d = 0; d < rank; d++) {
        const tni_resize_axis *a = &s->r.axis[d];
        char *at = space;
        for (int k = 0; k < s->taps; k++, at += a->out * 8) {
            r->table[d].at[k] = (int32_t *)(void *)at;
            r->table[d].weight[k] = (float *)(void *)(at + a->out * 4);
        }
        resize_fill_table(s, a, &r->table[d]);
        space += resize_round((size_t)a->out * 8 * (size_t)s->taps);
    }
    const resize_table *t = &r->table[max64(0, s->last)];
    int64_t n = rank ? s->r.axis[max64(0, s->last)].out : 0;
    r->steady = true;
    for (int64_t i = 0; i < n; i++) r->holes |= t->at[0][i] < 0;
    for (int k = 0; k < s->taps; k++)
        for (int64_t i = 1; i < n; i++) r->steady &= t->at[k][i] >= t->at[k][i - 1];
}

// The indices of output row `row` along the axes before L, and those of the next one.
INLINE void resize_place(const resize *s, int64_t row, int64_t *index) {
    for (int d = s->last - 1; d >= 0; d--) {
        index[d] = row % s->r.axis[d].out;
        row /= s->r.axis[d].out;
    }
}

INLINE void resize_next(const resize *s, int64_t *index) {
    for (int d = s->last - 1; d >= 0 && ++index[d] == s->r.axis[d].out; d--) index[d] = 0;
}

// Lane i is x[at[i]]: of the low bits of at.
INLINE vf resize_lanes(vf x, vi at) {
#if VL == 16
    return (vf)_mm512_permutexvar_ps((__m512i)at, (__m512)x);
#elif VL == 8
    return (vf)_mm256_permutevar8x32_ps((__m256)x, (__m256i)at);
#else
    vf y;
    for (int i = 0; i < VL; i++) y[i] = x[at[i] & (VL - 1)];
    return y;
#endif
}
INLINE vf resize_load(const float *p, int64_t n) { return n >= VL ? v_load(p) : v_load_n(p, n); }
INLINE vi resize_load_at(const int32_t *p, int64_t n) {
    return (vi)resize_load((const float *)(const void *)p, n);
}

// Outputs [i, i + VL) of a row of n are all made of the VL elements of x from *from on.
INLINE bool resize_near(const resize_run *r, const resize_table *t, int64_t i, int64_t n, int64_t *from) {
    int64_t last = min64(i + VL, n) - 1;
    *from = t->at[0][i];
    return r->steady && *from >= 0 && t->at[r->s->taps - 1][last] - *from < VL;
}

// --------------------------------------------------------------------------------------------- nearest

#define RESIZE_PICK(bits)                                                                             \
    static void resize_pick_##bits(const void *x, const int32_t *at, bool holes, uint##bits##_t fill, \
                                   void *y, int64_t n) {                                              \
        const uint##bits##_t *from = x;                                                               \
        uint##bits##_t *to = y;                                                                       \
        if (holes)                                                                                    \
            for (int64_t i = 0; i < n; i++) to[i] = at[i] < 0 ? fill : from[at[i]];                   \
        else                                                                                          \
            for (int64_t i = 0; i < n; i++) to[i] = from[at[i]];                                      \
    }
RESIZE_PICK(8)
RESIZE_PICK(16)
RESIZE_PICK(32)
RESIZE_PICK(64)

// Of 32 bits, by whole vectors where an output's neighbours are its input's.
static void resize_pick_near(const resize_run *r, const void *x, uint32_t fill, void *y, int64_t n) {
    const resize_table *t = &r->table[r->s->last];
    const float *row = x;
    float *to = y;
    int64_t from, in = r->s->r.axis[r->s->last].in;
    for (int64_t i = 0; i < n; i += VL) {
        int64_t m = min64(VL, n - i);
        if (!resize_near(r, t, i, n, &from)) {
            resize_pick_32(x, t->at[0] + i, r->holes, fill, to + i, m);
            continue;
        }
        vf picked = resize_lanes(resize_load(row + from, in - from),
                                 resize_load_at(t->at[0] + i, m) - vi_set((int32_t)from));
        m == VL ? v_store(to + i, picked) : v_store_n(to + i, picked, m);
    }
}

typedef union resize_element {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
} resize_element;

static void resize_spread(void *y, size_t size, int64_t n, resize_element fill) {
    for (int64_t i = 0; i < n; i++) memcpy((char *)y + (size_t)i * size, &fill, size);
}

static void resize_pick_row(const resize_run *r, const char *x, char *y, size_t size, resize_element fill) {
    const resize *s = r->s;
    const int32_t *at = r->table[s->last].at[0];
    int64_t n = s->r.axis[s->last].out;
    size_t block = (size_t)s->inner * size;
    switch (s->inner == 1 ? size : 0) {
    case 1: resize_pick_8(x, at, r->holes, fill.u8, y, n); return;
    case 2: resize_pick_16(x, at, r->holes, fill.u16, y, n); return;
    case 4: resize_pick_near(r, x, fill.u32, y, n); return;
    case 8: resize_pick_64(x, at, r->holes, fill.u64, y, n); return;
    default: break;
    }
    for (int64_t i = 0; i < n; i++, y += block) {
        if (at[i] < 0)
            resize_spread(y, size, s->inner, fill);
        else
            memcpy(y, x + (size_t)at[i] * block, block);
    }
}

// The input row of an output row; -1: outside the region of interest.
static int64_t resize_nearest_row(const resize_run *r, const int64_t *index) {
    const resize *s = r->s;
    int64_t from = 0;
    for (int d = 0; d < s->last; d++) {
        int32_t at = r->table[d].at[0][index[d]];
        if (at < 0) return -1;
        from = from * s->r.axis[d].in + at;
    }
    return from;
}

static void resize_nearest_task(void *arg, int64_t i, int worker) {
    const resize_run *r = arg;
    const resize *s = r->s;
    int64_t before = -2, index[TN_MAX_RANK]; // the row done last
    size_t size = tni_bits(s->type) / 8;
    resize_element fill = {0};
    tn_tensor element = {.kind = TN_TENSOR, .dtype = s->type, .data = &fill, .bytes = size};
    (void)worker;
    tni_set(&element, 0, (double)s->fill);
    resize_place(s, i * s->group, index);
    for (int64_t row = i * s->group; row < min64((i + 1) * s->group, s->rows); row++, resize_next(s, index)) {
        int64_t from = resize_nearest_row(r, index);
        size_t bytes = (size_t)s->out_row * size;
        char *y = (char *)r->y + (size_t)row * bytes;
        if (from == before)
            memcpy(y, y - bytes, bytes);
        else if (from < 0)
            resize_spread(y, size, s->out_row, fill);
        else
            resize_pick_row(r, (const char *)r->x + (size_t)(from * s->in_row) * size, y, size, fill);
        before = from;
    }
}

// --------------------------------------------------------------------------------------- linear, cubic

// w * x, but 0 * inf is 0: a tap of weight 0 is not there.
INLINE float resize_term(float w, float x) { return w == 0 ? 0 : w * x; }

// sum + w * x, rounded as v_fma rounds it: where a row ends depends on the vectors' length, what it holds
// must not.
INLINE float resize_add(float sum, float w, float x) {
#if VL >= 8 || defined(__aarch64__)
    return w == 0 ? sum : __builtin_fmaf(w, x, sum);
#else
    return w == 0 ? sum : w * x + sum;
#endif
}

// Blocks of whole vectors behind L, no tap outside.
static void resize_stretch_vectors(const resize *s, const resize_table *t, const float *x, float *y) {
    int64_t n = s->r.axis[s->last].out, inner = s->inner;
    for (int64_t i = 0; i < n; i++, y += inner) {
        const float *a = x + t->at[0][i] * inner, *b = x + t->at[1][i] * inner;
        float v = t->weight[0][i], w = t->weight[1][i];
        for (int64_t j = 0; j < inner; j += VL) {
            vf sum = v == 0 ? (vf){0} : v * v_load(a + j);
            v_store(y + j, w == 0 ? sum : v_fma(v_set(w), v_load(b + j), sum));
        }
    }
}

// Two taps of a row of single elements.
static void resize_stretch_row(const resize_run *r, const resize_table *t, const float *x, float *y) {
    int64_t n = r->s->r.axis[r->s->last].out, in = r->s->r.axis[r->s->last].in, from;
    for (int64_t i = 0; i < n; i += VL) {
        int64_t m = min64(VL, n - i);
        if (!resize_near(r, t, i, n, &from)) {
            for (int64_t k = i; k < i + m; k++)
                y[k] = resize_add(t->weight[0][k] * x[t->at[0][k]], t->weight[1][k], x[t->at[1][k]]);
            continue;
        }
        vf row = resize_load(x + from, in - from), w = resize_load(t->weight[1] + i, m);
        vi base = vi_set((int32_t)from);
        vf sum = resize_load(t->weight[0] + i, m) * resize_lanes(row, resize_load_at(t->at[0] + i, m) - base);
        vf both = v_fma(w, resize_lanes(row, resize_load_at(t->at[1] + i, m) - base), sum);
        sum = v_select(w == 0.0f, sum, both);
        m == VL ? v_store(y + i, sum) : v_store_n(y + i, sum, m);
    }
}

static void resize_stretch(const resize_run *r, const float *x, float *y) {
    const resize *s = r->s;
    const resize_table *t = &r->table[s->last];
    const int32_t *a0 = t->at[0];
    int64_t n = s->r.axis[s->last].out, inner = s->inner;
    if (!r->holes && s->taps == 2 && inner % VL == 0) {
        resize_stretch_vectors(s, t, x, y);
        return;
    }
    if (r->holes || inner > 1 || s->taps > 2) {
        for (int64_t i = 0; i < n; i++, y += inner)
            for (int64_t j = 0; j < inner; j++) {
                float sum = a0[i] < 0 ? s->fill : resize_term(t->weight[0][i], x[a0[i] * inner + j]);
                for (int k = 1; k < s->taps && a0[i] >= 0; k++)
                    sum = resize_add(sum, t->weight[k][i], x[t->at[k][i] * inner + j]);
                y[j] = sum;
            }
        return;
    }
    resize_stretch_row(r, t, x, y);
}

typedef struct resize_mix { // what an output row is made of
    int n;
    const float *row[RESIZE_SLOTS];
    float weight[RESIZE_SLOTS];
} resize_mix;

static void resize_blend(const resize_mix *m, float *y, int64_t n) {
    if (m->n == 1 && m->weight[0] == 1) {
        memcpy(y, m->row[0], (size_t)n * 4);
        return;
    }
    int64_t i = 0;
    for (; m->n == 2 && i + VL <= n; i += VL)
        v_store(y + i,
                v_fma(v_set(m->weight[1]), v_load(m->row[1] + i), m->weight[0] * v_load(m->row[0] + i)));
    for (; i < n; i += VL) {
        vf sum = {0};
        for (int k = 0; k < m->n; k++) {
            vf x = resize_load(m->row[k] + i, n - i);
            sum = k ? v_fma(v_set(m->weight[k]), x, sum) : m->weight[0] * x;
        }
        n - i >= VL ? v_store(y + i, sum) : v_store_n(y + i, sum, n - i);
    }
}

typedef struct resize_space { // a worker's
    int64_t *key;             // the input row in a slot, or -1
    float *slot, *in, *out;
} resize_space;

static resize_space resize_space_of(const resize_run *r, int worker) {
    const resize *s = r->s;
    char *at = r->workers + r->worker * (size_t)worker;
    resize_space w = {.key = (int64_t *)(void *)at};
    w.slot = (float *)(void *)(at + resize_round((size_t)s->slots * 8));
    w.in = w.slot + s->slots * s->out_row;
    w.out = w.in + s->in_row;
    return w;
}

// Input row `row`, stretched along L, from its slot.
static const float *resize_stretched(const resize_run *r, const resize_space *w, int64_t slot, int64_t row) {
    const resize *s = r->s;
    float *to = w->slot + slot * s->out_row;
    if (w->key[slot] == row) return to;
    w->key[slot] = row;
    const float *x = (const float *)r->x + row * s->in_row;
    if (s->type != TN_F32) {
        row_from(s->type, r->x, row * s->in_row, w->in, s->in_row);
        x = w->in;
    }
    resize_stretch(r, x, to);
    return to;
}

// The rows and weights of an output row; false outside the region of interest.
static bool resize_ingredients(const resize_run *r, const resize_space *w, const int64_t *index,
                               resize_mix *m) {
    const resize *s = r->s;
    int64_t count = 1, mask = s->taps - 1;
    m->n = 0;
    for (int d = 0; d < s->last; d++) {
        if (r->table[d].at[0][index[d]] < 0) return false;
        if (s->slot[d]) count *= s->taps;
    }
    for (int64_t c = 0; c < count; c++) { // every combination of taps
        int64_t rest = c, from = 0, slot = 0;
        float weight = 1;
        for (int d = 0; d < s->last; d++) {
            int64_t k = s->slot[d] ? rest & mask : 0;
            if (s->slot[d]) rest >>= s->shift;
            int32_t at = r->table[d].at[k][index[d]];
            weight *= r->table[d].weight[k][index[d]];
            from = from * s->r.axis[d].in + at;
            slot += (at & mask) * s->slot[d];
        }
        if (weight == 0) continue;
        m->row[m->n] = resize_stretched(r, w, slot, from);
        m->weight[m->n++] = weight;
    }
    return true;
}

static void resize_task(void *arg, int64_t i, int worker) {
    const resize_run *r = arg;
    const resize *s = r->s;
    resize_space w = resize_space_of(r, worker);
    int64_t index[TN_MAX_RANK];
    for (int64_t k = 0; k < s->slots; k++) w.key[k] = -1;
    resize_place(s, i * s->group, index);
    for (int64_t row = i * s->group; row < min64((i + 1) * s->group, s->rows); row++, resize_next(s, index)) {
        resize_mix m;
        float *y = s->type == TN_F32 ? (float *)r->y + row * s->out_row : w.out;
        if (resize_ingredients(r, &w, index, &m))
            resize_blend(&m, y, s->out_row);
        else
            for (int64_t j = 0; j < s->out_row; j++) y[j] = s->fill;
        if (s->type != TN_F32) row_to(s->type, y, r->y, row * s->out_row, s->out_row);
    }
}

static tn_status resize_call(tn_call *c) {
    const resize *s = c->params;
    resize_run r = {.s = s, .x = c->in[0]->data, .y = c->out[0]->data, .worker = resize_worker(s)};
    if (tn_count(c->out[0]) == 0) return TN_OK;
    if (s->last < 0) {
        memcpy(r.y, r.x, c->out[0]->bytes);
        return TN_OK;
    }
    resize_make_tables(&r, c->in[0]->rank, c->workspace);
    r.workers = (char *)c->workspace + resize_tables(s, c->in[0]->rank);
    tn_call_parallel(c, ceil_div(s->rows, s->group),
                     s->r.mode == TNI_NEAREST ? resize_nearest_task : resize_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(resize_f32) = {
    TN_HERE,
    .name = AT("resize.f32:Resize"),
    .op = "Resize",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "index tables; rows stretched once, then blended",
    .reject = resize_reject,
    .params_bytes = sizeof(resize),
    .setup = resize_setup,
    .workspace = resize_workspace,
    .run = resize_call,
};
