// SPDX-License-Identifier: Apache-2.0
// 2_attention.c - recognises scaled dot-product attention as exporters write it out. Numbers may stand at any
// of the three places. Rows that see no key are NaN, as Softmax has them (Attention is told so by
// `blind_nan`), unless NaN is made 0, as Attention has it by itself:
//
//     s = MatMul(Q * a, Transpose(K) * b) * c [+ mask];  p = Softmax(s)
//     MatMul(p, V)   or   MatMul(Where(IsNaN(p), 0, p), V)          -> Attention(Q, K, V, mask) {scale=a*b*c}
//
// Heads that were split off with Reshape and Transpose, and are put together again behind, stay where they
// are: Attention reads [batch, rows, heads * width].
#include "pass/rewrite.h"

typedef struct attention {
    tni_node *at;                        // whose output is replaced
    tni_value *q, *keys, *v, *mask;      // keys: transposed; mask NULL: none
    tni_value *flat_q, *flat_k, *flat_v; // [batch, rows, heads * width]; NULL: heads are not taken from there
    int64_t heads, kv_heads;             // of the flat form
    double scale;
    bool guarded; // NaN is made 0 before the second product
} attention;

// x, when `v` is x times a number (which goes into *factor), else `v`.
static tni_value *unscaled(tni_value *v, double *factor) {
    int variable, constant;
    double number;
    const tni_node *n = v->def;
    bool divides = n && tni_is(n, "Div");
    if (!n || n->graph != v->graph || !(divides || tni_is(n, "Mul")) || !tni_used_once(v)) return v;
    if (!tni_split_const(n, &variable, &constant) || (divides && constant == 0)) return v;
    tni_value *x = n->in[variable].value;
    if (!tni_known_number(n->in[constant].value, &number) || number == 0 || !tni_same_type(x, v)) return v;
    *factor *= divides ? 1 / number : number;
    return x;
}

static bool product_of(tni_value *v, attention *a) {
    a->scale = 1;
    tni_value *product = unscaled(v, &a->scale);
    const tni_node *n = tni_made_by(product, "MatMul");
    if (!n || !tni_used_once(product)) return false;
    a->q = unscaled(n->in[0].value, &a->scale);
    a->keys = unscaled(n->in[1].value, &a->scale);
    return true;
}

// Q, keys and mask, when `v` is the scores.
static bool scores_of(tni_value *v, attention *a) {
    const tni_node *n = tni_made_by(v, "Add");
    a->mask = NULL;
    if (product_of(v, a)) return true;
    for (int i = 0; n && tni_used_once(v) && i < 2; i++) {
        tni_value *product = n->in[i].value, *mask = n->in[1 - i].value;
        bool fits = tni_rank(mask) >= 1 && tni_rank(mask) <= 4 && tni_dtype(mask) == tni_dtype(v);
        if (!fits || !tni_same_type(product, v) || !product_of(product, a)) continue;
        a->mask = mask;
        return true;
    }
    return false;
}

// The Softmax behind `v`: used once, or twice by the guard that makes NaN 0.
static const tni_node *softmax_of(const tni_value *v, bool *guarded) {
    const tni_node *guard = tni_made_by(v, "Where"), *n = tni_made_by(v, "Softmax");
    *guarded = guard && tni_used_once(v);
    if (*guarded) {
        const tni_value *p = guard->in[2].value;
        const tni_node *nan = tni_made_by(guard->in[0].value, "IsNaN");
        n = tni_made_by(p, "Softmax");
        if (!n || !nan || nan->in[0].value != p || !tni_known_is(guard->in[1].value, 0)) return NULL;
        if (tni_use_count(p) != 2 || !tni_used_once(guard->in[0].value)) return NULL;
    } else if (!n || !tni_used_once(v)) {
        return NULL;
    }
    int64_t axis = tn_attr_int(tni_attrs(n), "axis");
    return axis == -1 || axis == tni_rank(n->out[0]) - 1 ? n : NULL;
}

static tn_dim dim(const tni_value *v, int from_end) { return v->info.type.dim[v->info.type.rank - from_end]; }

// Batches agree, and heads do or there is one for all: what MatMul's broadcasting and Attention have in
// common.
static bool shapes_fit(const attention *a) {
    int rank = tni_rank(a->q);
    if (rank != 3 && rank != 4) return false;
    if (tni_rank(a->keys) != rank || tni_rank(a->v) != rank) return false;
    if (tni_dtype(a->q) != TN_F32 || !tn_dim_equal(dim(a->keys, 3), dim(a->v, 3))) return false;
    bool same = tn_dim_equal(dim(a->q, 3), dim(a->keys, 3));
    if (rank == 3) return same;
    return (same || tn_dim_is(dim(a->keys, 3), 1)) && tn_dim_equal(dim(a->q, 4), dim(a->keys, 4)) &&
           tn_dim_equal(dim(a->q, 4), dim(a->v, 4));
}

// ---- heads where they are

static bool has_perm(const tni_node *n, int a, int b, int c, int d) {
    int perm[TN_MAX_RANK], rank;
    return n && tni_perm(n, perm, &rank) && rank == 4 && perm[0] == a && perm[1] == b && perm[2] == c &&
           perm[3] == d;
}

// x [batch, rows, heads * width] of which `v` is a Reshape to [batch, rows, heads, width].
static tni_value *unsplit(const tni_value *v) {
    const tni_node *n = tni_made_by(v, "Reshape");
    const tn_type *t = &v->info.type;
    if (!n || tni_rank(n->in[0].value) != 3 || t->dim[2].e || t->dim[3].e) return NULL;
    const tn_dim *x = n->in[0].value->info.type.dim;
    bool is = tn_dim_equal(x[0], t->dim[0]) && tn_dim_equal(x[1], t->dim[1]) &&
              tn_dim_is(x[2], t->dim[2].k * t->dim[3].k);
    return is ? n->in[0].value : NULL;
}

static tni_value *flat_heads(const tni_value *v, bool transposed, int64_t *heads) {
    const tni_node *n = tni_made_by(v, "Transpose");
    if (!(transposed ? has_perm(n, 0, 2, 3, 1) : has_perm(n, 0, 2, 1, 3))) return NULL;
    *heads = n->in[0].value->info.type.dim[2].k;
    return unsplit(n->in[0].value);
}

// The Reshape that puts the heads of `v` together again.
static tni_node *joined(const tni_value *v) {
    const tni_node *n = tni_read_by(v, "Transpose");
    tni_node *r = has_perm(n, 0, 2, 1, 3) && n->out[0] ? tni_read_by(n->out[0], "Reshape") : NULL;
    if (!r || !r->out[0] || tni_rank(r->out[0]) != 3) return NULL;
    const tn_dim *y = r->out[0]->info.type.dim, *x = n->out[0]->info.type.dim;
    bool is = tn_dim_equal(x[0], y[0]) && tn_dim_equal(x[1], y[1]) && !x[2].e && !x[3].e &&
              tn_dim_is(y[2], x[2].k * x[3].k);
    return is ? r : NULL;
}

static void find_flat(attention *a) {
    int64_t v_heads = 0;
    tni_node *join = tni_rank(a->q) == 4 ? joined(a->at->out[0]) : NULL;
    if (!join) return;
    a->flat_q = flat_heads(a->q, false, &a->heads);
    a->flat_k = flat_heads(a->keys, true, &a->kv_heads);
    a->flat_v = flat_heads(a->v, false, &v_heads);
    if (a->flat_q && a->flat_k && a->flat_v && a->kv_heads == v_heads)
        a->at = join;
    else
        a->flat_q = NULL;
}

// ---- making it

// K from its transpose: what the Transpose read, in the order that is left.
static tni_value *untransposed(tni_node *at, tni_value *v, tn_status *status, tn_diags *diags) {
    int perm[TN_MAX_RANK], rank = tni_rank(v), given = 0;
    int64_t left[TN_MAX_RANK];
    bool keeps = true;
    const tni_node *n = tni_made_by(v, "Transpose");
    if (n && !tni_perm(n, perm, &given)) n = NULL;
    for (int i = 0; i < rank; i++) {
        int from = i == rank - 1 ? rank - 2 : i == rank - 2 ? rank - 1 : i;
        left[i] = n ? perm[from] : from;
        keeps &= left[i] == i;
    }
    tni_value *x = n ? n->in[0].value : v;
    if (keeps) return x;
    tn_attr attr = TN_A_INTS("perm", left, (size_t)rank);
    return tni_emit(at, (tni_new_node){.op = "Transpose", .nin = 1, .in = &x, .nattr = 1, .attr = &attr},
                    status, diags);
}

// [n, rows, width] as [1, n, rows, width].
static tni_value *with_batch(tni_node *at, tni_value *v, tn_status *status, tn_diags *diags) {
    if (tni_rank(v) == 4 || *status != TN_OK) return v;
    tni_value *axes = tni_value_ints(at->graph, NULL, (const int64_t[]){0}, 1);
    if (!axes) return *status = TN_NOMEM, NULL;
    return tni_emit(at, (tni_new_node){.op = "Unsqueeze", .nin = 2, .in = (tni_value *[]){v, axes}}, status,
                    diags);
}

static tn_status make_flat(const attention *a, tn_diags *diags) {
    tni_value *in[] = {a->flat_q, a->flat_k, a->flat_v, a->mask};
    const tn_attr attr[] = {TN_A_FLOAT("scale", a->scale), TN_A_INT("q_num_heads", a->heads),
                            TN_A_INT("kv_num_heads", a->kv_heads), TN_A_INT("blind_nan", 1)};
    size_t nattr = a->guarded ? 3 : 4;
    tni_new_node spec = {.op = "Attention", .nin = a->mask ? 4 : 3, .in = in, .nattr = nattr, .attr = attr};
    return tni_rewrite(a->at, spec, NULL, diags);
}

static tn_status make(const attention *a, tn_diags *diags) {
    tn_status status = TN_OK;
    tni_node *n = a->at;
    bool batched = tni_rank(a->q) == 4;
    tni_value *k = untransposed(n, a->keys, &status, diags);
    TN_TRY(status);
    tni_value *in[] = {with_batch(n, a->q, &status, diags), with_batch(n, k, &status, diags),
                       with_batch(n, a->v, &status, diags), a->mask};
    TN_TRY(status);
    const tn_attr attr[] = {TN_A_FLOAT("scale", a->scale), TN_A_INT("blind_nan", 1)};
    size_t nattr = a->guarded ? 1 : 2;
    tni_new_node spec = {.op = "Attention", .nin = a->mask ? 4 : 3, .in = in, .nattr = nattr, .attr = attr};
    if (batched) return tni_rewrite(n, spec, NULL, diags);
    tni_value *y = tni_emit(n, spec, &status, diags);
    tni_value *axes = tni_value_ints(n->graph, NULL, (const int64_t[]){0}, 1);
    if (!axes) return TN_NOMEM;
    TN_TRY(status);
    return tni_rewrite(n, (tni_new_node){.op = "Squeeze", .nin = 2, .in = (tni_value *[]){y, axes}}, NULL,
                       diags);
}

static bool read_attention(tni_node *n, attention *a) {
    *a = (attention){.at = n};
    if (!tni_is(n, "MatMul") || !n->out[0] || n->in[0].value == n->in[1].value) return false;
    const tni_node *softmax = softmax_of(n->in[0].value, &a->guarded);
    a->v = n->in[1].value;
    return softmax && scores_of(softmax->in[0].value, a) && shapes_fit(a);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        attention a;
        next = n->next;
        if (!read_attention(n, &a)) continue;
        find_flat(&a);
        if (a.flat_q) next = a.at->next; // what lies between goes
        TN_TRY(a.flat_q ? make_flat(&a, diags) : make(&a, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(attention) = {
    TN_HERE, .name = "attention", .level = 2, .run = run, .doc = "recognises scaled dot-product attention",
};
