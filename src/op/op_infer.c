// SPDX-License-Identifier: Apache-2.0
// op_infer.c - the steps of shape inference and of upgrades that operators share (see op.h).
#include "op/op.h"

void tni_shape_unknown(tn_infer *c, int i, tn_dtype dtype) {
    tn_type *t = tni_out_type(c, i);
    if (!t) return;
    t->kind = TN_TENSOR;
    t->dtype = dtype;
    t->rank = -1;
}

void tni_shape_out(tn_infer *c, int i, tn_dtype dtype, int rank, const tn_dim *dim) {
    tn_type *t = tni_out_type(c, i);
    if (!t) return;
    t->kind = TN_TENSOR;
    t->dtype = dtype;
    t->rank = rank;
    for (int d = 0; d < rank; d++) t->dim[d] = dim[d];
}

tn_status tni_want_rank(tn_infer *c, int i, const char *what, int min, int max) {
    if (!tni_ranked(c, i)) return TN_OK;
    int rank = c->in[i]->type.rank;
    if (rank >= min && rank <= max) return TN_OK;
    if (min == max) return tn_infer_fail(c, "%s must have rank %d, but has rank %d", what, min, rank);
    if (max >= TN_MAX_RANK)
        return tn_infer_fail(c, "%s must have at least rank %d, but has rank %d", what, min, rank);
    return tn_infer_fail(c, "%s must have rank %d to %d, but has rank %d", what, min, max, rank);
}

tn_status tni_want_dim(tn_infer *c, tn_dim got, tn_dim want, const char *what) {
    if (got.e || want.e || got.k == want.k) return TN_OK;
    return tn_infer_fail(c, "the %s must be %lld, but is %lld", what, (long long)want.k, (long long)got.k);
}

tn_status tni_want_vector(tn_infer *c, int i, const char *what, tn_dim want) {
    TN_TRY(tni_want_rank(c, i, what, 1, 1));
    if (!tni_ranked(c, i)) return TN_OK;
    tn_dim got = c->in[i]->type.dim[0];
    if (got.e || want.e || got.k == want.k) return TN_OK;
    return tn_infer_fail(c, "%s must have %lld elements, but has %lld", what, (long long)want.k,
                         (long long)got.k);
}

bool tni_countable(tn_dtype dtype) {
    return (TN_INTEGERS | TN_BIT(TN_BOOL) | TN_BIT(TN_F32) | TN_BIT(TN_F64)) >> dtype & 1;
}

// Floats hold whole numbers exactly up to here, and their products fit 64 bits.
static bool exact(tn_dtype dtype, int64_t v) {
    return !tni_is_float(dtype) || (v >= -(INT64_C(1) << 24) && v <= INT64_C(1) << 24);
}

static bool whole_element(const tn_tensor *t, int64_t i, tn_dim *to) {
    *to = tn_k(tni_get_int(t, i));
    return !tni_is_float(t->dtype) || ((double)to->k == tni_get(t, i) && exact(t->dtype, to->k));
}

bool tni_content(const tn_info *v, tn_dim to[TN_MAX_CONTENT], size_t *n) {
    if (!v || v->type.kind != TN_TENSOR || !tni_countable(v->type.dtype)) return false;
    if (v->content && v->ncontent <= TN_MAX_CONTENT) {
        *n = v->ncontent;
        for (size_t k = 0; k < *n; k++) to[k] = v->content[k];
        return true;
    }
    const tn_tensor *t = v->constant;
    if (!t || (!t->data && tn_count(t) > 0) || tn_count(t) > TN_MAX_CONTENT) return false;
    *n = (size_t)tn_count(t);
    for (size_t k = 0; k < *n; k++)
        if (!whole_element(t, (int64_t)k, &to[k])) return false;
    return true;
}

bool tni_const_ints(const tn_info *v, int64_t to[TN_MAX_CONTENT], size_t *n) {
    tn_dim dim[TN_MAX_CONTENT];
    if (!tni_content(v, dim, n)) return false;
    for (size_t k = 0; k < *n; k++) {
        if (dim[k].e) return false;
        to[k] = dim[k].k;
    }
    return true;
}

bool tni_const_int(const tn_info *v, int64_t *to) {
    int64_t value[TN_MAX_CONTENT];
    size_t n;
    if (!tni_const_ints(v, value, &n) || n != 1) return false;
    *to = value[0];
    return true;
}

bool tni_const_float(const tn_info *v, double *to) {
    const tn_tensor *t = v ? v->constant : NULL;
    if (!t || !t->data || t->kind != TN_TENSOR || t->dtype == TN_STRING || tn_count(t) != 1) return false;
    *to = tni_get(t, 0);
    return true;
}

void tni_content_map(tn_infer *c, tni_content_fn fn) {
    enum { IN = 8 };
    const int64_t LARGEST = INT64_C(1) << 40; // of a constant beside a size: no sum or product is near 2^63
    tn_dim dim[IN][TN_MAX_CONTENT], args[IN], y[TN_MAX_CONTENT];
    size_t count[IN], n = 1;
    const tn_type *out = tni_out_type(c, 0);
    if (!out || out->rank < 0 || out->rank > 1 || c->nin > IN || !tni_countable(out->dtype)) return;
    for (int i = 0; i < c->nin; i++) {
        if (!tni_content(c->in[i], dim[i], &count[i])) return;
        if (count[i] != 1) n = count[i];
    }
    for (size_t k = 0; k < n; k++) {
        bool symbolic = false, huge = false;
        for (int i = 0; i < c->nin; i++) {
            if (count[i] != 1 && count[i] != n) return;
            args[i] = dim[i][count[i] == 1 ? 0 : k];
            symbolic = symbolic || args[i].e;
            huge = huge || (!args[i].e && (args[i].k > LARGEST || args[i].k < -LARGEST));
        }
        if (symbolic && huge) return;
        if (!fn(c, c->nin, args, &y[k])) return;
        if (!y[k].e && !exact(out->dtype, y[k].k)) return;
        if (!y[k].e && !tni_is_float(out->dtype)) y[k].k = tni_wrap(out->dtype, y[k].k);
    }
    tn_infer_content(c, 0, y, n);
}

tn_status tni_infer_with(tn_infer *c, tn_status (*infer)(tn_infer *c), tni_content_fn fn) {
    TN_TRY(infer(c));
    tni_content_map(c, fn);
    return TN_OK;
}

tn_dim tni_dim_wrap_add(tn_dims *pool, tn_dim a, tn_dim b) {
    return a.e || b.e ? tn_dim_add(pool, a, b) : tn_k((int64_t)((uint64_t)a.k + (uint64_t)b.k));
}

tn_dim tni_dim_wrap_sub(tn_dims *pool, tn_dim a, tn_dim b) {
    return a.e || b.e ? tn_dim_sub(pool, a, b) : tn_k((int64_t)((uint64_t)a.k - (uint64_t)b.k));
}

tn_dim tni_dim_wrap_mul(tn_dims *pool, tn_dim a, tn_dim b) {
    return a.e || b.e ? tn_dim_mul(pool, a, b) : tn_k((int64_t)((uint64_t)a.k * (uint64_t)b.k));
}

tn_status tni_infer_same_axis(tn_infer *c, int64_t axis) {
    int to;
    TN_TRY(tn_infer_same(c));
    return tni_ranked(c, 0) ? tn_infer_axis(c, axis, c->in[0]->type.rank, &to) : TN_OK;
}

tn_status tni_axes_mask(tn_infer *c, const int64_t *axes, size_t n, int rank, unsigned *mask) {
    *mask = 0;
    for (size_t k = 0; k < n; k++) {
        int axis;
        TN_TRY(tn_infer_axis(c, axes[k], rank, &axis));
        if (*mask >> axis & 1) return tn_infer_fail(c, "axis %d occurs twice in axes", axis);
        *mask |= 1u << axis;
    }
    return TN_OK;
}

tn_status tni_want_broadcast(tn_infer *c, int i, const tn_type *to, const char *what) {
    if (!tni_ranked(c, i) || !to || to->rank < 0) return TN_OK;
    const tn_type *t = &c->in[i]->type;
    if (t->rank > to->rank)
        return tn_infer_fail(c, "%s has rank %d and cannot broadcast to rank %d", what, t->rank, to->rank);
    for (int d = 0; d < t->rank; d++) {
        tn_dim got = t->dim[d], want = to->dim[to->rank - t->rank + d];
        if (got.e || want.e || got.k == 1 || got.k == want.k) continue;
        bool by_channel = t->rank == 1 && to->rank > 2 && tn_dim_equal(got, to->dim[1]);
        return tn_infer_hint(c,
                             by_channel ? "one a channel needs a 1 for every later dimension: [C,1,1]" : NULL,
                             "dimension %d of %s is %lld, which does not broadcast to %lld", d, what,
                             (long long)got.k, (long long)want.k);
    }
    return TN_OK;
}

void tni_shape_reduced(tn_infer *c, tn_dtype dtype, const tn_type *x, unsigned mask, bool keep) {
    tn_dim dim[TN_MAX_RANK];
    int rank = 0;
    for (int d = 0; d < x->rank; d++)
        if (!(mask >> d & 1))
            dim[rank++] = x->dim[d];
        else if (keep)
            dim[rank++] = tn_k(1);
    tni_shape_out(c, 0, dtype, rank, dim);
}

tn_status tni_infer_bool(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    if (x->rank < 0) return tni_shape_unknown(c, 0, TN_BOOL), TN_OK;
    tni_shape_out(c, 0, TN_BOOL, x->rank, x->dim);
    return TN_OK;
}

// ------------------------------------------------------------------------------------------ upgrades

tn_status tni_upgrade_consumed(tni_spec *s) {
    if (s->opset < 6) tni_spec_drop(s, "consumed_inputs");
    return TN_OK;
}

tn_status tni_emit_ints(tni_spec *s, const char *op, tni_value *v, const int64_t *list, size_t n,
                        tni_value **to) {
    tni_value *in[] = {v, tni_value_ints(s->graph, NULL, list, n)};
    if (!in[1]) return TN_NOMEM;
    *to = tni_spec_emit(s, op, 2, in, 0, NULL);
    return *to ? TN_OK : TN_INVALID;
}

tn_status tni_become_reshape(tni_spec *s, tni_value *y, tni_value *x) {
    tni_value *shape = tni_spec_emit(s, "Shape", 1, &x, 0, NULL);
    if (!shape) return TN_INVALID;
    s->op = "Reshape";
    s->nattr = 0;
    s->nin = 1;
    s->in[0] = y;
    TN_TRY(tni_spec_put(s, TN_A_INT("allowzero", 1))); // x's dimensions may be 0
    return tni_spec_input(s, 1, shape);
}

// Axes to give B so that its dims stand where A's dims axis, axis + 1, ... do and the rest is 1.
static size_t trailing_axes(int64_t axis, int rank_a, int rank_b, int64_t *axes) {
    size_t n = 0;
    for (int64_t d = axis + rank_b; d < rank_a && n < TN_MAX_RANK; d++) axes[n++] = d - axis;
    return n;
}

tn_status tni_upgrade_broadcast(tni_spec *s) {
    if (s->opset >= 7) return TN_OK;
    int64_t broadcast = tni_spec_int(s, "broadcast", 0), axis = tni_spec_int(s, "axis", INT64_MIN);
    tni_spec_drop(s, "broadcast");
    tni_spec_drop(s, "axis");
    tni_spec_drop(s, "consumed_inputs");
    if (!broadcast || axis == INT64_MIN || s->nin < 2 || !s->in[0] || !s->in[1]) return TN_OK;
    int rank_a = s->in[0]->info.type.rank, rank_b = s->in[1]->info.type.rank;
    if (rank_a < 0 || rank_b < 0)
        return tni_spec_fail(s, "opset 7 and later broadcast by trailing dimensions and need no 'axis'",
                             "'axis' needs inputs of known rank");
    if (axis < 0 && axis >= -rank_a) axis += rank_a;
    if (axis < 0 || axis > rank_a - rank_b)
        return tni_spec_fail(s, NULL, "axis %lld does not fit inputs of rank %d and %d", (long long)axis,
                             rank_a, rank_b);
    int64_t axes[TN_MAX_RANK];
    size_t n = trailing_axes(axis, rank_a, rank_b, axes);
    if (n == 0) return TN_OK;
    tni_value *shaped;
    TN_TRY(tni_emit_ints(s, "Unsqueeze", s->in[1], axes, n, &shaped));
    return tni_spec_input(s, 1, shaped);
}
