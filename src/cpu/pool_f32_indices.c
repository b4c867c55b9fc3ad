// SPDX-License-Identifier: Apache-2.0
// pool_f32_indices.c - MaxPool that also says where its results come from. An output row keeps its greatest
// elements and their places; each tap of the window, in the order of the input, is a row of elements of the
// input that takes the places of smaller ones. The first of equals stays, and NaN is the greatest.
#include "cpu/isa.h"

#include "cpu/kern/pool.inl"

static const char *indices_reject(const tn_problem *p) {
    if (p->nout < 2 || !p->in[0] || !p->out[0] || !p->out[1]) return "the indices are not wanted";
    tn_dtype t = p->in[0]->dtype;
    if (t != TN_F32 && t != TN_F16 && t != TN_BF16) return "only f32, f16 and bf16";
    if (p->in[0]->rank > 5) return "only 1-D, 2-D and 3-D windows";
    if (tn_attr_int(p->attrs, "storage_order")) return "indices by columns";
    return tn_count_range(p->in[0], 2, p->in[0]->rank) <= INT32_MAX ? NULL : "places do not fit in 32 bits";
}

static int64_t indices_row(const pool *s) { return ceil_div(s->p.ow + VL, 16) * 16; }

static size_t indices_workspace(const tn_problem *p, int threads) {
    pool s;
    pool_setup(p, &s);
    return (size_t)(3 * indices_row(&s) * threads) * 4;
}

typedef struct indices_run {
    const pool *s;
    const void *x;
    void *y;
    int64_t *indices;
    float *workspace;
} indices_run;

// Elements [lo, hi) of a tap: element i lies at first + i * step.
static void indices_take(const float *tap, int64_t lo, int64_t hi, int64_t first, int64_t step, float *best,
                         int32_t *at) {
    vi lane;
    for (int j = 0; j < VL; j++) lane[j] = (int32_t)(j * step);
    for (int64_t i = lo; i < hi; i += VL) {
        vf x = v_load(tap + i), most = v_load(best + i);
        vi place, here = lane + (int32_t)(first + i * step);
        memcpy(&place, at + i, sizeof place);
        vi take = ((place < 0) | (x > most) | ((x != x) & (most == most))) &
                  (hi - i >= VL ? vi_set(-1) : v_mask(hi - i));
        v_store(best + i, v_select(take, x, most));
        place = (here & take) | (place & ~take);
        memcpy(at + i, &place, sizeof place);
    }
}

// Row oy of slice oz of plane (or volume) c.
static void indices_of_row(const indices_run *r, int64_t c, int64_t oz, int64_t oy, float *space) {
    const pool *s = r->s;
    const plane *p = &s->p;
    const pool_depth *d = &s->z;
    float *best = space, *tap = space + indices_row(s);
    int32_t *at = (int32_t *)(void *)(tap + indices_row(s));
    int64_t size = d->d * p->h * p->w, z0 = oz * d->sd - d->front, y0 = oy * p->sh - p->top;
    inside zs = inside_of(z0, d->dd, d->d, d->kd), ys = inside_of(y0, p->dh, p->h, p->kh);
    for (int64_t i = 0; i < indices_row(s); i++) best[i] = -INFINITY, at[i] = -1;
    for (int64_t k = 0; k < (zs.hi - zs.lo) * (ys.hi - ys.lo); k++) {
        int64_t z = z0 + (zs.lo + k / (ys.hi - ys.lo)) * d->dd,
                y = y0 + (ys.lo + k % (ys.hi - ys.lo)) * p->dh;
        for (int64_t kx = 0; kx < p->kw; kx++) {
            int64_t start = kx * p->dw - p->left, row = (z * p->h + y) * p->w;
            inside xs = inside_of(start, p->sw, p->w, p->ow);
            if (xs.hi == xs.lo) continue;
            row_strided(s->type, r->x, c * size + row + start + xs.lo * p->sw, p->sw, tap, xs.hi - xs.lo);
            indices_take(tap - xs.lo, xs.lo, xs.hi, row + start, p->sw, best, at);
        }
    }
    int64_t to = ((c * d->od + oz) * p->oh + oy) * p->ow;
    row_to(s->type, best, r->y, to, p->ow);
    for (int64_t i = 0; i < p->ow; i++) r->indices[to + i] = at[i] < 0 ? -1 : at[i] + c * size;
}

static void indices_task(void *arg, int64_t i, int worker) {
    const indices_run *r = arg;
    const pool *s = r->s;
    int64_t rows = s->z.od * s->p.oh;
    float *space = r->workspace + worker * 3 * indices_row(s);
    for (int64_t c = i * s->group; c < min64((i + 1) * s->group, s->planes); c++)
        for (int64_t k = 0; k < rows; k++) indices_of_row(r, c, k / s->p.oh, k % s->p.oh, space);
}

static tn_status indices_call(tn_call *c) {
    const pool *s = c->params;
    indices_run r = {s, c->in[0]->data, c->out[0]->data, c->out[1]->data, c->workspace};
    if (s->z.od * s->p.oh * s->p.ow > 0) tn_call_parallel(c, ceil_div(s->planes, s->group), indices_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(pool_f32_indices) = {
    TN_HERE,
    .name = AT("pool.f32.indices"),
    .op = "MaxPool",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "rows of greatest elements and of their places, tap by tap",
    .reject = indices_reject,
    .params_bytes = sizeof(pool),
    .setup = pool_setup,
    .workspace = indices_workspace,
    .run = indices_call,
};
