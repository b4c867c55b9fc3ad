// SPDX-License-Identifier: Apache-2.0
// conv_f32_phases.c - 3x3 convolution of stride 1 over blocked activations whose dilation leaves phases of
// few pixels. A phase is every d-th pixel of an axis; with d pixels of padding nothing but padding lies
// around it, so that it is one tile of minimal filtering whose border is known to be zero:
//
//     pixels of a phase            1   2   3   4   5   6
//     products along an axis       1   3   5   6   7   8     those of 3 to 6 pixels are winograd.inl's
//     taps that meet a pixel       1   4   7  10  13  16
//
// Two pixels (x, y) are the matrix [b c; a b] of the taps (a, b, c), a sum of three of rank one:
// b [1 1; 1 1] + (a - b) [0 0; 1 0] + (c - b) [0 1; 0 0].
//
// 65 pixels and dilation 24 are 17 phases of three pixels and 7 of two: along each axis there are two kinds,
// so the image falls into four classes of phases. A class is done by itself, all images together, a band of
// its phases at a time, in two rounds of tasks:
//
//     inputs          V [position][group of phases][block of channels][phase][16]    a task: a block
//     panel by panel  M [position][phase][PANEL]      then Y, with the epilogue      a task: a share of both
//
// Weights are packed as they are and transformed as a panel comes up, a row of positions and some channels at
// a time. A group is what a register tile (blocked.inl) takes: it reads V from one end to the other.
#include "cpu/isa.h"

#include "cpu/kern/blocked_conv.inl"
#include "cpu/kern/winograd.inl"
#include "tactic/minimal.h"

enum {
    PHASE_PIXELS = TNI_PHASE_PIXELS,
    PHASE_PRODUCTS = 8, // along an axis, at most
    PHASE_PLACES = PHASE_PRODUCTS * PHASE_PRODUCTS,
    PHASE_CLASSES = TNI_PHASE_KINDS * TNI_PHASE_KINDS,
    PHASE_ROOM = 24 << 20,     // bytes of V
    PHASE_RESULTS = 512 << 10, // of M, which stays in the core's own cache
    PHASE_FILTERS = 288 << 10, // of transformed weights, in panels of 32
    PHASE_PANELS = 2,          // that a task takes together: they share what is read of V
    PHASE_TASKS = 4
};

// ---- a phase along one axis

INLINE void phase_input_1(const vf *x, vf *y) { y[0] = x[0]; }
INLINE void phase_input_2(const vf *x, vf *y) {
    y[0] = x[0] + x[1];
    y[1] = x[0];
    y[2] = x[1];
}
INLINE void phase_output_1(const vf *x, vf *y) { y[0] = x[0]; }
INLINE void phase_output_2(const vf *x, vf *y) {
    y[0] = x[0] + x[2];
    y[1] = x[0] + x[1];
}

#define PHASE_WINOGRAD(m)                                   \
    INLINE void phase_input_##m(const vf *x, vf *y) {       \
        vf padded[(m) + 2] = {{0}};                         \
        for (int i = 0; i < (m); i++) padded[i + 1] = x[i]; \
        wino_input_##m(padded, y);                          \
    }                                                       \
    INLINE void phase_output_##m(const vf *x, vf *y) { wino_output_##m(x, y); }
PHASE_WINOGRAD(3)
PHASE_WINOGRAD(4)
PHASE_WINOGRAD(5)
PHASE_WINOGRAD(6)

typedef struct phase_row {
    float tap[3];
} phase_row; // what each tap counts for

// A position of each of 3 x 3 taps: first down, `tap` floats from one to the next, then across.
#define PHASE_KIND(m, n)                                                                                    \
    static void phase_inputs_##m(const float *from, lines f, float *to, lines t) {                          \
        for (int64_t i = 0; i < f.count; i++) {                                                             \
            vf x[m], y[n];                                                                                  \
            for (int k = 0; k < (m); k++) x[k] = v_load(from + i * f.line + k * f.next);                    \
            phase_input_##m(x, y);                                                                          \
            for (int k = 0; k < (n); k++) v_store(to + i * t.line + k * t.next, y[k]);                      \
        }                                                                                                   \
    }                                                                                                       \
    static void phase_outputs_##m(const float *from, lines f, float *to, lines t) {                         \
        for (int64_t i = 0; i < f.count; i++) {                                                             \
            vf x[n], y[m];                                                                                  \
            for (int k = 0; k < (n); k++) x[k] = v_load(from + i * f.line + k * f.next);                    \
            phase_output_##m(x, y);                                                                         \
            for (int k = 0; k < (m); k++) v_store(to + i * t.line + k * t.next, y[k]);                      \
        }                                                                                                   \
    }                                                                                                       \
    static void phase_filters_##m(const float *taps, int64_t channels, int64_t width, const float *down,    \
                                  const phase_row *across, float *to, int64_t apart) {                      \
        for (int64_t c = 0; c < channels; c++, taps += 9 * width)                                           \
            for (int64_t lane = 0; lane < width; lane += VL) {                                              \
                vf half[3];                                                                                 \
                for (int j = 0; j < 9; j++) __builtin_prefetch(taps + j * width + lane + WINO_AHEAD, 0, 2); \
                for (int j = 0; j < 3; j++) {                                                               \
                    const float *from = taps + j * width + lane;                                            \
                    half[j] = v_set(down[2]) * v_load(from + 6 * width);                                    \
                    half[j] = v_fma(v_set(down[1]), v_load(from + 3 * width), half[j]);                     \
                    half[j] = v_fma(v_set(down[0]), v_load(from), half[j]);                                 \
                }                                                                                           \
                for (int k = 0; k < (n); k++) {                                                             \
                    vf sum = v_fma(v_set(across[k].tap[1]), half[1], v_set(across[k].tap[2]) * half[2]);    \
                    v_store(to + k * apart + c * width + lane,                                              \
                            v_fma(v_set(across[k].tap[0]), half[0], sum));                                  \
                }                                                                                           \
            }                                                                                               \
    }
PHASE_KIND(1, 1)
PHASE_KIND(2, 3)
PHASE_KIND(3, 5)
PHASE_KIND(4, 6)
PHASE_KIND(5, 7)
PHASE_KIND(6, 8)

typedef void phase_lines(const float *from, lines f, float *to, lines t);
typedef void phase_filter(const float *taps, int64_t channels, int64_t width, const float *down,
                          const phase_row *across, float *to, int64_t apart);
typedef struct phase_kind {
    phase_lines *inputs, *outputs;
    phase_filter *filters;
    phase_row weights[PHASE_PRODUCTS]; // each row times its scale
    double scale[PHASE_PRODUCTS];
} phase_kind;

static const phase_kind phase_kinds[PHASE_PIXELS + 1] = {
    {NULL, NULL, NULL, {{{0}}}, {0}},
    {phase_inputs_1, phase_outputs_1, phase_filters_1, {{{0, 1, 0}}}, {1}},
    {phase_inputs_2, phase_outputs_2, phase_filters_2, {{{0, 1, 0}}, {{1, -1, 0}}, {{0, -1, 1}}}, {1, 1, 1}},
    {phase_inputs_3,
     phase_outputs_3,
     phase_filters_3,
     {{{1, 0, 0}}, {{1, 1, 1}}, {{1, -1, 1}}, {{1, 2, 4}}, {{0, 0, 1}}},
     {1 / 2., -1 / 2., -1 / 6., 1 / 6., 1}},
    {phase_inputs_4,
     phase_outputs_4,
     phase_filters_4,
     {{{1, 0, 0}}, {{1, 1, 1}}, {{1, -1, 1}}, {{1, 2, 4}}, {{1, -2, 4}}, {{0, 0, 1}}},
     {1 / 4., -1 / 6., -1 / 6., 1 / 24., 1 / 24., 1}},
    {phase_inputs_5,
     phase_outputs_5,
     phase_filters_5,
     {{{1, 0, 0}}, {{1, 1, 1}}, {{1, -1, 1}}, {{1, 2, 4}}, {{1, -2, 4}}, {{4, 2, 1}}, {{0, 0, 1}}},
     {-1 / 2., -1 / 3., 1 / 9., 1 / 36., -1 / 60., 8 / 45., 1}},
    {phase_inputs_6,
     phase_outputs_6,
     phase_filters_6,
     {{{1, 0, 0}},
      {{1, 1, 1}},
      {{1, -1, 1}},
      {{1, 2, 4}},
      {{1, -2, 4}},
      {{4, 2, 1}},
      {{4, -2, 1}},
      {{0, 0, 1}}},
     {1, -2 / 9., -2 / 9., 1 / 90., 1 / 90., 8 / 45., 8 / 45., 1}},
};

// ---- the problem

typedef struct phase_class {
    tni_phases y, x;
    int64_t down, across, positions; // products along the axes; of both
    int64_t n, most, bands;          // phases of all images; of a band
    int64_t step;                    // channels whose weights are transformed at a time
} phase_class;

typedef struct phases {
    bconv v;
    int64_t in, out, panels;       // blocks of channels
    int64_t wide, splits;          // shares of the panels; tasks of each
    int64_t inputs, results, late; // floats of V, of a worker's M and weights, for any class
    phase_class of[PHASE_CLASSES];
} phases;

// From one position to the next: an odd count of blocks, or all would fall into a few sets of the cache.
static int64_t phase_apart(int64_t blocks) { return (blocks | 1) * BLOCK; }
static int64_t phase_late_apart(const phase_class *c) { return c->step * PANEL + 3 * BLOCK; }
static int64_t phase_late_floats(const phase_class *c) { return c->across * phase_late_apart(c); }

// The same steps for every vector's width: sums are made in the same order.
static int64_t phase_step(const phases *s, int64_t across) {
    int64_t most = max64(1, PHASE_FILTERS / (across * 32 * 4 * BLOCK * PHASE_PANELS));
    return ceil_div(s->in, ceil_div(s->in, most)) * BLOCK;
}

static void phase_class_setup(const phases *s, tni_phases y, tni_phases x, phase_class *c) {
    *c = (phase_class){.y = y, .x = x, .n = s->v.n * y.count * x.count};
    if (!c->n) return;
    c->down = tni_phase_products(y.pixels);
    c->across = tni_phase_products(x.pixels);
    c->positions = c->down * c->across;
    c->step = phase_step(s, c->across);
    int64_t each = c->positions * c->n * 4;
    c->bands = max64(ceil_div(each * s->in * BLOCK, PHASE_ROOM), ceil_div(each * 32, PHASE_RESULTS));
    c->bands = min64(c->bands, c->n);
    c->most = ceil_div(c->n, c->bands);
}

static void phases_setup(const tn_problem *p, void *params) {
    phases *s = params;
    *s = (phases){0};
    bconv_setup(p, &s->v);
    const bconv *v = &s->v;
    s->in = ceil_div(v->c, BLOCK);
    s->out = ceil_div(v->oc, BLOCK);
    s->panels = bpanels(s->out);
    s->wide = ceil_div(s->panels, PHASE_PANELS);
    s->splits = ceil_div(PHASE_TASKS, s->wide);
    for (int i = 0; i < PHASE_CLASSES; i++) {
        phase_class *c = &s->of[i];
        phase_class_setup(s, tni_phases_of(v->h, v->dh, i / TNI_PHASE_KINDS),
                          tni_phases_of(v->w, v->dw, i % TNI_PHASE_KINDS), c);
        if (!c->n) continue;
        s->inputs = max64(s->inputs, c->positions * phase_apart(s->in * c->most));
        s->results = max64(s->results, c->positions * phase_apart(c->most * max64(1, PANEL / BLOCK)));
        s->late = max64(s->late, PHASE_PANELS * phase_late_floats(c));
    }
}

static const char *phases_reject(const tn_problem *p, int64_t least, int64_t most) {
    const char *why = bconv_reject(p);
    if (why) return why;
    bconv v;
    bconv_setup(p, &v);
    if (v.plain) return "X is plain";
    if (v.turned || v.group != 1) return "it is transposed or has groups";
    if ((why = bconv_reject_depth(&v))) return why;
    if (v.kh != 3 || v.kw != 3 || v.sh != 1 || v.sw != 1) return "the window is not 3x3 at stride 1";
    if (v.top != v.dh || v.left != v.dw || v.oh != v.h || v.ow != v.w)
        return "the padding is not the dilation";
    if (v.n * v.h * v.w * v.c == 0) return "nothing to do";
    int64_t pixels = max64(ceil_div(v.h, v.dh), ceil_div(v.w, v.dw));
    if (pixels > PHASE_PIXELS) return "the dilation leaves phases of more than 6 pixels";
    if (pixels < least || pixels > most) return "for shorter or longer phases than those of the dilation";
    return ceil_div(v.c, BLOCK) * BLOCK * PX > INT32_MAX ? "offsets in V do not fit in 32 bits" : NULL;
}

// A worker's own: offsets of the blocks of a group, for both sizes of groups; M; weights.
static int64_t phases_worker_floats(const phases *s) {
    return round_up(2 * s->in, 16) + PHASE_PANELS * s->results + s->late;
}
static size_t phases_workspace(const tn_problem *p, int threads) {
    phases s;
    phases_setup(p, &s);
    return (size_t)(s.inputs + threads * phases_worker_floats(&s)) * 4;
}

// Packed: bias [panels * PANEL], then [panel][channel][tap][PANEL or what is left].
static size_t phases_pack_bytes(const tn_problem *p) {
    phases s;
    phases_setup(p, &s);
    return (size_t)(s.panels * PANEL + s.v.c * 9 * s.out * BLOCK) * 4;
}

static void phases_pack(const tn_problem *p, void *packed) {
    phases s;
    phases_setup(p, &s);
    const bconv *v = &s.v;
    const float *from = p->in[1]->data, *bias = bconv_data(p->nin, p->in, 2); /* [oc,c,3,3], [oc] */
    float *to = packed;
    memset(packed, 0, phases_pack_bytes(p));
    if (bias) memcpy(to, bias, (size_t)v->oc * 4);
    to += s.panels * PANEL;
    for (int64_t panel = 0; panel < s.panels; panel++) {
        int64_t width = bpanel_vectors(s.out, panel) * VL, left = min64(width, v->oc - panel * PANEL);
        for (int64_t k = 0; k < v->c * 9; k++, to += width)
            for (int64_t i = 0; i < left; i++) to[i] = from[(panel * PANEL + i) * v->c * 9 + k];
    }
}

// A band of a class.
typedef struct phases_run {
    const phases *s;
    const phase_class *c;
    int64_t first, n;
    const float *x, *z, *bias, *weights;
    float *y, *inputs, *workers;
} phases_run;

static int64_t phases_v_apart(const phases_run *r) { return phase_apart(r->s->in * r->n); }
// Where V has the channels from block `block` on of a group of n phases; a step of the weights is read from
// one end to the other.
static int64_t phases_v_at(const phases_run *r, int64_t block, int64_t first, int64_t n) {
    int64_t step = r->c->step / BLOCK, begin = block / step * step, blocks = min64(step, r->s->in - begin);
    return (begin * r->n + first * blocks + (block - begin) * n) * BLOCK;
}

// Where phase i of a class begins in the image; the image.
typedef struct phase_place {
    int64_t image, y, x;
} phase_place;

static phase_place phase_at(const phase_class *c, int64_t i) {
    int64_t each = c->y.count * c->x.count, at = i % each;
    return (phase_place){i / each, c->y.first + at / c->x.count, c->x.first + at % c->x.count};
}

// ---- inputs

// One phase of one block, of `row` and `column` floats from a pixel to the next.
static void phase_input(const phase_class *c, const float *from, int64_t row, int64_t column, float *to,
                        int64_t apart) {
    const phase_kind *y = &phase_kinds[c->y.pixels], *x = &phase_kinds[c->x.pixels];
    float half[PHASE_PRODUCTS * PHASE_PIXELS * VL];
    int64_t next = c->x.pixels * VL;
    for (int64_t lane = 0; lane < BLOCK; lane += VL) {
        y->inputs(from + lane, (lines){c->x.pixels, column, row}, half, (lines){0, VL, next});
        x->inputs(half, (lines){c->down, next, VL}, to + lane, (lines){0, c->across * apart, apart});
    }
}

static void phases_inputs(void *arg, int64_t block, int worker) {
    const phases_run *r = arg;
    const phase_class *c = r->c;
    const bconv *v = &r->s->v;
    (void)worker;
    for (int64_t g = 0; g < btile_count(r->n); g++) {
        int64_t first = btile_start(r->n, g), n = btile_start(r->n, g + 1) - first;
        float *to = r->inputs + phases_v_at(r, block, first, n);
        for (int64_t i = 0; i < n; i++, to += BLOCK) {
            phase_place at = phase_at(c, r->first + first + i);
            int64_t row = (at.image * r->s->in + block) * v->h + at.y;
            phase_input(c, r->x + (row * v->w + at.x) * BLOCK, v->dh * v->w * BLOCK, v->dw * BLOCK, to,
                        phases_v_apart(r));
        }
    }
}

// ---- products

// What a task works with: groups [g0, g1) of the band, phases [first, first + n) of it; panels [p0, p1).
typedef struct phases_work {
    int64_t g0, g1, first, n, p0, p1;
    int32_t *off;
    float *results, *late;
} phases_work;

static int64_t phases_m_apart(const phases_run *r, const phases_work *o, int64_t panel) {
    return phase_apart(o->n * ceil_div(bpanel_vectors(r->s->out, panel) * VL, BLOCK));
}
static float *phases_m(const phases_run *r, const phases_work *o, int64_t panel) {
    return o->results + (panel - o->p0) * r->s->results;
}

static const float phases_no_bias[PANEL];

// Adds the products of channels [begin, end) at position k, whose weights are the given ones of each panel's.
static void phases_products(const phases_run *r, const phases_work *o, int64_t k, int64_t begin, int64_t end,
                            const float *weights) {
    const phases *s = r->s;
    int64_t block = begin / BLOCK, small = r->n / btile_count(r->n);
    btile t = {.taps = ceil_div(end - begin, BLOCK),
               .full = s->v.c / BLOCK - block,
               .rest = s->v.c % BLOCK,
               .y_next = bpanel_next(o->n),
               .first = begin == 0,
               .lo = -INFINITY,
               .hi = INFINITY,
               .bias = phases_no_bias};
    for (int64_t g = o->g0; g < o->g1; g++) {
        int64_t first = btile_start(r->n, g), n = btile_start(r->n, g + 1) - first;
        t.off = o->off + (n - small) * s->in;
        t.x = r->inputs + k * phases_v_apart(r) + phases_v_at(r, block, first, n);
        for (int64_t p = o->p0; p < o->p1; p++) {
            int vectors = bpanel_vectors(s->out, p);
            t.ahead = p + 1 == o->p1 ? t.x + t.taps * n * BLOCK : t.x;
            t.ahead_step = vectors * VL;
            t.w = weights + (p - o->p0) * phase_late_floats(r->c);
            t.y = phases_m(r, o, p) + k * phases_m_apart(r, o, p) + (first - o->first) * BLOCK;
            btile_run(&t, false, n, vectors, p * PANEL, s->v.oc);
        }
    }
}

// Row i of positions of a panel's weights, channels [begin, end).
static void phases_filters(const phases_run *r, int64_t i, int64_t panel, int64_t begin, int64_t end,
                           float *to) {
    const phase_class *c = r->c;
    const phase_kind *y = &phase_kinds[c->y.pixels], *x = &phase_kinds[c->x.pixels];
    int64_t width = bpanel_vectors(r->s->out, panel) * VL;
    const float *from = r->weights + 9 * (r->s->v.c * panel * PANEL + begin * width);
    phase_row across[PHASE_PRODUCTS];
    for (int64_t j = 0; j < c->across; j++)
        for (int k = 0; k < 3; k++)
            across[j].tap[k] = (float)(y->scale[i] * x->scale[j]) * x->weights[j].tap[k];
    x->filters(from, end - begin, width, y->weights[i].tap, across, to, phase_late_apart(c));
}

static void phases_results(const phases_run *r, const phases_work *o) {
    const phase_class *c = r->c;
    for (int64_t begin = 0, end; begin < r->s->v.c; begin = end) {
        end = min64(r->s->v.c, begin + c->step);
        for (int64_t i = 0; i < c->down; i++) {
            for (int64_t p = o->p0; p < o->p1; p++)
                phases_filters(r, i, p, begin, end, o->late + (p - o->p0) * phase_late_floats(c));
            for (int64_t j = 0; j < c->across; j++)
                phases_products(r, o, i * c->across + j, begin, end, o->late + j * phase_late_apart(c));
        }
    }
}

// ---- outputs

static void phase_output(const phases_run *r, const phases_work *o, int64_t i, int64_t panel, int vector,
                         const float *mask) {
    const phase_class *c = r->c;
    const bconv *v = &r->s->v;
    const phase_kind *y = &phase_kinds[c->y.pixels], *x = &phase_kinds[c->x.pixels];
    float half[PHASE_PIXELS * PHASE_PRODUCTS * VL], sums[PHASE_PIXELS * PHASE_PIXELS * VL];
    int64_t apart = phases_m_apart(r, o, panel), across = c->x.pixels * VL, area = v->h * v->w;
    int64_t channel = panel * PANEL + vector * VL;
    phase_place at = phase_at(c, r->first + o->first + i);
    const float *from = phases_m(r, o, panel) + vector * bpanel_next(o->n) + i * BLOCK;
    y->outputs(from, (lines){c->across, apart, c->across * apart}, half, (lines){0, VL, c->across * VL});
    x->outputs(half, (lines){c->y.pixels, c->across * VL, VL}, sums, (lines){0, across, VL});
    bconv_finish(v,
                 &(bsums){.sums = sums,
                          .across = c->x.pixels,
                          .rows = c->y.pixels,
                          .columns = c->x.pixels,
                          .row = v->dh * v->w * BLOCK,
                          .column = v->dw * BLOCK,
                          .bias = r->bias + channel,
                          .mask = mask ? mask + vector * VL : NULL},
                 r->z, r->y,
                 (at.image * r->s->out * area + at.y * v->w + at.x) * BLOCK + bchannel(channel, area));
}

static void phases_outputs(const phases_run *r, const phases_work *o, int64_t panel) {
    int32_t lanes[PANEL];
    int vectors = bpanel_vectors(r->s->out, panel);
    const float *mask = bconv_mask(panel * PANEL, r->s->v.oc, vectors, lanes);
    for (int64_t k = 0; k < o->n; k++)
        for (int j = 0; j < vectors; j++) phase_output(r, o, k, panel, j, mask);
}

static void phases_task(void *arg, int64_t i, int worker) {
    const phases_run *r = arg;
    const phases *s = r->s;
    int64_t groups = btile_count(r->n), split = i % s->splits, share = i / s->splits;
    float *own = r->workers + worker * phases_worker_floats(s);
    phases_work o = {.g0 = groups * split / s->splits,
                     .g1 = groups * (split + 1) / s->splits,
                     .p0 = s->panels * share / s->wide,
                     .p1 = s->panels * (share + 1) / s->wide,
                     .off = (int32_t *)(void *)own,
                     .results = own + round_up(2 * s->in, 16)};
    if (o.g0 == o.g1) return;
    o.first = btile_start(r->n, o.g0);
    o.n = btile_start(r->n, o.g1) - o.first;
    o.late = o.results + PHASE_PANELS * s->results;
    for (int64_t k = 0; k < 2 * s->in; k++)
        o.off[k] = (int32_t)(k % s->in * (r->n / groups + k / s->in) * BLOCK);
    phases_results(r, &o);
    for (int64_t p = o.p0; p < o.p1; p++) phases_outputs(r, &o, p);
}

static tn_status phases_call(tn_call *call) {
    const phases *s = call->params;
    phases_run r = {.s = s, .x = call->in[0]->data, .y = call->out[0]->data, .inputs = call->workspace};
    r.z = bconv_data(call->nin, call->in, 3);
    r.workers = r.inputs + s->inputs;
    r.bias = call->packed;
    r.weights = r.bias + s->panels * PANEL;
    for (r.c = s->of; r.c < s->of + PHASE_CLASSES; r.c++)
        for (int64_t band = 0; band < r.c->bands; band++) {
            r.first = r.c->n * band / r.c->bands;
            r.n = r.c->n * (band + 1) / r.c->bands - r.first;
            tn_call_parallel(call, s->in, phases_inputs, &r);
            tn_call_parallel(call, s->wide * s->splits, phases_task, &r);
        }
    return TN_OK;
}

// By the longest phase, for what its filtering rounds is the error (tn_tactic_def.error).
#define PHASES_REJECT(least, most) \
    static const char *phases_reject_##most(const tn_problem *p) { return phases_reject(p, least, most); }
PHASES_REJECT(1, 2)
PHASES_REJECT(3, 4)
PHASES_REJECT(5, 6)
#define PHASES_ERROR_2 0
#define PHASES_ERROR_4 6e-5
#define PHASES_ERROR_6 1e-4

#define CONV_PHASES(name_, most)                                                                        \
    {                                                                                                   \
        TN_HERE, .name = name_, .op = "BlockedConv", .domain = "tn", .isa = ISA, .rank = ISA_RANK - 4,  \
                 .doc = "minimal filtering of phases of a dilation, up to " #most " pixels long",       \
                 .reject = phases_reject_##most, .params_bytes = sizeof(phases), .setup = phases_setup, \
                 .pack_bytes = phases_pack_bytes, .pack = phases_pack, .workspace = phases_workspace,   \
                 .run = phases_call, .inplace = 1u << 3, .error = PHASES_ERROR_##most,                  \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_phases_2) = CONV_PHASES(AT("conv.f32.phases:2"), 2);
TN_KERNEL(conv_f32_phases_4) = CONV_PHASES(AT("conv.f32.phases:4"), 4);
TN_KERNEL(conv_f32_phases_6) = CONV_PHASES(AT("conv.f32.phases:6"), 6);
