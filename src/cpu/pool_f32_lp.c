// SPDX-License-Identifier: Apache-2.0
// pool_f32_lp.c - LpPool and GlobalLpPool for p = 1 and 2: sums of absolute values or of squares, which a
// plane with its padding written out becomes first.
#include "cpu/isa.h"

#include "cpu/kern/pool.inl"

static const char *lp_type_reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "the output is not wanted";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    return tn_attr_int(p->attrs, "p") <= 2 ? NULL : "only p = 1 and p = 2";
}

typedef struct lp_pool {
    plane p;
    bool squares;
    int64_t planes, group;
} lp_pool;

static void lp_setup(const tn_problem *p, void *params) {
    lp_pool *s = params;
    const tn_tensor *x = p->in[0];
    int64_t tail;
    plane *v = &s->p;
    *s = (lp_pool){.squares = tn_attr_int(p->attrs, "p") == 2, .planes = x->dim[0] * x->dim[1]};
    pool_axis(p, x->rank - 4, &v->h, &v->oh, &v->kh, &v->sh, &v->dh, &v->top, &tail);
    pool_axis(p, x->rank - 3, &v->w, &v->ow, &v->kw, &v->sw, &v->dw, &v->left, &tail);
    s->group = max64(1, POOL_TASK / max64(1, v->oh * v->ow * v->kh * v->kw));
}

static const char *lp_reject(const tn_problem *p) {
    const char *why = lp_type_reject(p);
    lp_pool s;
    if (why) return why;
    if (p->in[0]->rank > 4) return "only 1-D and 2-D windows";
    lp_setup(p, &s);
    return plane_fits(&s.p) ? NULL : "a plane with its padding is too large";
}

static size_t lp_workspace(const tn_problem *p, int threads) {
    lp_pool s;
    lp_setup(p, &s);
    return s.p.oh * s.p.ow > 0 ? (size_t)(plane_floats(&s.p) * threads) * 4 : 0;
}

INLINE vf lp_term(bool squares, vf x) { return squares ? x * x : v_abs(x); }

static void lp_plane(const lp_pool *s, float *x, float *y) {
    const plane *p = &s->p;
    slots v = {0};
    plane_taps first = plane_taps_of(p);
    for (int64_t i = 0; i < plane_floats(p); i += VL) v_store(x + i, lp_term(s->squares, v_load(x + i)));
    while (plane_slots(p, &v)) {
        vf sum[SLOTS] = {{0}};
        for (int64_t ky = 0; ky < p->kh; ky++) {
            plane_taps t = first;
            t.off = ky * p->dh * plane_width(p);
            for (int64_t kx = 0; kx < p->kw; kx++, plane_taps_next(&t))
                for (int j = 0; j < SLOTS; j++) sum[j] += v_load(x + v.in[j] + t.off);
        }
        for (int j = 0; j < v.count; j++)
            v_store_n(y + v.out[j], s->squares ? v_sqrt(sum[j]) : sum[j], v.lanes[j]);
    }
}

static void lp_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const lp_pool *s = c->params;
    float *space = (float *)c->workspace + worker * plane_floats(&s->p);
    for (int64_t k = i * s->group; k < min64((i + 1) * s->group, s->planes); k++) {
        plane_load(&s->p, TN_F32, c->in[0]->data, k * s->p.h * s->p.w, 0, space);
        lp_plane(s, space, (float *)c->out[0]->data + k * s->p.oh * s->p.ow);
    }
}

static tn_status lp_call(tn_call *c) {
    const lp_pool *s = c->params;
    if (s->p.oh * s->p.ow > 0) tn_call_parallel(c, ceil_div(s->planes, s->group), lp_task, c);
    return TN_OK;
}

static void lp_global_setup(const tn_problem *p, void *params) {
    const tn_tensor *x = p->in[0];
    lp_pool s = {.squares = tn_attr_int(p->attrs, "p") == 2, .planes = x->dim[0] * x->dim[1]};
    s.p.w = tn_count_range(x, 2, x->rank);
    s.group = max64(1, POOL_TASK / max64(1, s.p.w));
    *(lp_pool *)params = s;
}

static float lp_row(bool squares, const float *x, int64_t n) {
    vf sum[LANES], last[LANES];
    int64_t i = 0;
    for (int j = 0; j < LANES; j++) sum[j] = (vf){0};
    for (; i + SPAN <= n; i += SPAN)
        for (int j = 0; j < LANES; j++) sum[j] += lp_term(squares, v_load(x + i + j * VL));
    v_load_span(last, x + i, n - i, 0);
    for (int j = 0; j < LANES; j++) sum[j] += lp_term(squares, last[j]);
    float total = v_fold_sum(sum);
    return squares ? sqrtf(total) : total;
}

static void lp_global_task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const lp_pool *s = c->params;
    (void)worker;
    for (int64_t k = i * s->group; k < min64((i + 1) * s->group, s->planes); k++)
        ((float *)c->out[0]->data)[k] =
            lp_row(s->squares, (const float *)c->in[0]->data + k * s->p.w, s->p.w);
}

static tn_status lp_global_call(tn_call *c) {
    const lp_pool *s = c->params;
    tn_call_parallel(c, ceil_div(s->planes, s->group), lp_global_task, c);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(pool_f32_lp) = {
    TN_HERE,
    .name = AT("pool.f32.lp:LpPool"),
    .op = "LpPool",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "planes with their padding written out, vectors along the width",
    .reject = lp_reject,
    .params_bytes = sizeof(lp_pool),
    .setup = lp_setup,
    .workspace = lp_workspace,
    .run = lp_call,
};
TN_KERNEL(pool_f32_lp_global) = {
    TN_HERE,
    .name = AT("pool.f32.lp:GlobalLpPool"),
    .op = "GlobalLpPool",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "one sweep over each plane",
    .reject = lp_type_reject,
    .params_bytes = sizeof(lp_pool),
    .setup = lp_global_setup,
    .run = lp_global_call,
};
