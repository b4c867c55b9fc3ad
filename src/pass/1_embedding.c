// SPDX-License-Identifier: Apache-2.0
// 1_embedding.c - a one-hot vector by a constant matrix picks one row of it, and an index that is none picks
// zeros. JAX and Keras write embeddings so:
//
//     MatMul(Cast(Equal(x, [0, 1 .. K-1])), w)     -> Gather([w; 0], Clip(Squeeze(x), -1, K))
//     MatMul(Cast(OneHot(x, K, [0, 1])), w)        -> Gather([w; 0; w], Clip(x, -K-1, K))
//
// OneHot counts from the end for x < 0, as Gather does; a large matrix is not there twice, then x < 0 becomes
// x + K, and -K-1 the last row, which is zero. All other terms of the sum are 0 if w is finite.
// What is done to each number of the rows that are picked is then done to the rows before, once:
//
//     Gelu(Gather(w, x) + b)                       -> Gather(Gelu(w + b), x)
#include "ir/tensor.h"
#include "pass/rewrite.h"

#include <math.h>

// A larger table stays as the model's file has it: a run reads few of its rows.
enum { MOST_BYTES = 4 << 20, MOST_IN = 8 };

typedef struct one_hot {
    tni_value *index; // integers; `row`: with a last dimension of 1
    bool row, from_end;
    const tn_tensor *w; // [K,M], or [M,K] when turned
    bool turned, twice; // twice: in the table
    int64_t k, m;
} one_hot;

// ---- one-hot vectors

static bool is_index(const tni_value *v) { return v && tni_rank(v) >= 0 && TN_INDEXES >> tni_dtype(v) & 1; }

// A constant 0, 1 .. k-1 along its last dimension.
static bool counts(const tn_tensor *t, int64_t k) {
    if (!t || t->rank < 1 || t->dim[t->rank - 1] != k || tn_count(t) != k) return false;
    for (int64_t i = 0; i < k; i++)
        if (tni_get_int(t, i) != i) return false;
    return true;
}

static bool read_equal(const tni_node *n, one_hot *to) {
    int variable, constant;
    if (!n || !tni_split_const(n, &variable, &constant)) return false;
    tni_value *x = n->in[variable].value, *range = n->in[constant].value;
    if (!is_index(x) || tni_rank(x) < 1 || tni_rank(range) > tni_rank(x)) return false;
    to->index = x;
    to->row = true;
    return tn_dim_is(x->info.type.dim[tni_rank(x) - 1], 1) && counts(tni_known(range), to->k);
}

static bool read_onehot(const tni_node *n, one_hot *to) {
    const tn_tensor *values = n ? tni_known_in(n, 2) : NULL;
    double depth;
    if (!values || !is_index(n->in[0].value) || !tni_known_number(n->in[1].value, &depth)) return false;
    int64_t axis = tn_attr_int(tni_attrs(n), "axis");
    to->index = n->in[0].value;
    to->from_end = true;
    return depth == (double)to->k && tni_get(values, 0) == 0 && tni_get(values, 1) == 1 &&
           (axis == -1 || axis == tni_rank(to->index));
}

static bool all_finite(const tn_tensor *t) {
    for (int64_t i = 0; i < tn_count(t); i++)
        if (!isfinite(tni_get(t, i))) return false;
    return true;
}

// A product by a constant matrix, its bias apart.
static bool read_product(const tni_node *n, one_hot *to) {
    bool gemm = tni_is(n, "Gemm");
    if ((!gemm && !tni_is(n, "MatMul")) || !n->out[0] || !tni_is_float(tni_dtype(n->out[0]))) return false;
    tn_attrs a = tni_attrs(n);
    if (gemm && (tn_attr_int(a, "transA") || tn_attr_float(a, "alpha") != 1 || tn_attr_float(a, "beta") != 1))
        return false;
    to->w = tni_known_in(n, 1);
    to->turned = gemm && tn_attr_int(a, "transB");
    if (!to->w || to->w->rank != 2 || !tn_count(to->w)) return false;
    to->k = to->w->dim[to->turned];
    to->m = to->w->dim[!to->turned];
    to->twice = to->w->bytes <= MOST_BYTES;
    return true;
}

static bool matches(const tni_node *n, one_hot *to) {
    *to = (one_hot){0};
    if (!read_product(n, to)) return false;
    const tni_value *v = n->in[0].value;
    const tni_node *cast = tni_made_by(v, "Cast");
    if (cast) v = cast->in[0].value;
    bool is = cast && read_equal(tni_made_by(v, "Equal"), to);
    to->twice &= !is;
    return (is || read_onehot(tni_made_by(v, "OneHot"), to)) && all_finite(to->w);
}

// [w; 0] or [w; 0; w]
static tni_value *table(tn_graph *g, const one_hot *h, tn_status *status) {
    int64_t rows = h->twice ? 2 * h->k + 1 : h->k + 1;
    tn_tensor *t = tni_tensor_new(&g->root->arena, h->w->dtype, 2, (const int64_t[]){rows, h->m});
    *status = TN_NOMEM;
    if (!t) return NULL;
    for (int64_t r = 0; r < rows; r++) {
        int64_t from = r > h->k ? r - h->k - 1 : r;
        for (int64_t c = 0; c < h->m; c++) {
            int64_t at = h->turned ? c * h->k + from : from * h->m + c;
            tni_set(t, r * h->m + c, r == h->k ? 0 : tni_get(h->w, at));
        }
    }
    tni_value *v = tni_value_const(g, NULL, t);
    if (v) *status = TN_OK;
    return v;
}

// at < 0 as at + K.
static tni_value *from_the_start(tni_node *n, const one_hot *h, tni_value *at, tn_status *status,
                                 tn_diags *diags) {
    double none = 0, k = (double)h->k;
    tni_value *zero = tni_numbers(n->graph, NULL, tni_dtype(at), 0, NULL, &none);
    tni_value *rows = tni_numbers(n->graph, NULL, tni_dtype(at), 0, NULL, &k);
    *status = TN_NOMEM;
    if (!zero || !rows) return NULL;
    tni_value *in[] = {at, zero, at}, *sum[] = {at, rows};
    if (!(in[0] = tni_emit(n, (tni_new_node){.op = "Less", .nin = 2, .in = in}, status, diags))) return NULL;
    if (!(in[1] = tni_emit(n, (tni_new_node){.op = "Add", .nin = 2, .in = sum}, status, diags))) return NULL;
    return tni_emit(n, (tni_new_node){.op = "Where", .nin = 3, .in = in}, status, diags);
}

// x without the last dimension, and every index that is none as the row of zeros.
static tni_value *indices(tni_node *n, const one_hot *h, tn_status *status, tn_diags *diags) {
    tni_value *x = h->index;
    if (h->row) {
        tni_value *last = tni_value_ints(n->graph, NULL, (const int64_t[]){-1}, 1);
        *status = TN_NOMEM;
        if (!last) return NULL;
        x = tni_emit(n, (tni_new_node){.op = "Squeeze", .nin = 2, .in = (tni_value *[]){x, last}}, status,
                     diags);
        if (!x) return NULL;
    }
    double low = h->from_end ? -(double)h->k - 1 : -1, high = (double)h->k;
    tni_value *in[] = {x, tni_numbers(n->graph, NULL, tni_dtype(x), 0, NULL, &low),
                       tni_numbers(n->graph, NULL, tni_dtype(x), 0, NULL, &high)};
    *status = TN_NOMEM;
    if (!in[1] || !in[2]) return NULL;
    x = tni_emit(n, (tni_new_node){.op = "Clip", .nin = 3, .in = in}, status, diags);
    return x && h->from_end && !h->twice ? from_the_start(n, h, x, status, diags) : x;
}

static tn_status rewrite(tni_node *n, const one_hot *h, tn_diags *diags) {
    tn_status status;
    tni_value *bias = tni_in(n, 2), *rows = table(n->graph, h, &status);
    tni_value *at = rows ? indices(n, h, &status, diags) : NULL;
    if (!at) return status;
    const tni_new_node gather = {.op = "Gather", .nin = 2, .in = (tni_value *[]){rows, at}};
    if (!bias) return tni_rewrite(n, gather, NULL, diags);
    tni_value *picked = tni_emit(n, gather, &status, diags);
    if (!picked) return status;
    return tni_rewrite(n, (tni_new_node){.op = "Add", .nin = 2, .in = (tni_value *[]){picked, bias}}, NULL,
                       diags);
}

// ---- what is done to the rows

// The Gather of rows of a constant that nothing else reads, behind input i.
static tni_node *picked_by(const tni_node *n, int i) {
    const tni_value *v = tni_in(n, i);
    tni_node *gather = tni_made_by(v, "Gather");
    const tn_tensor *t = gather ? tni_known_in(gather, 0) : NULL;
    bool fits = t && t->rank > 0 && t->bytes <= MOST_BYTES && tni_rank(gather->in[1].value) > 0;
    if (!fits || gather->graph != n->graph || !tni_used_once(v) || !tni_used_once(gather->in[0].value))
        return NULL;
    return tn_attr_int(tni_attrs(gather), "axis") == 0 ? gather : NULL;
}

// A constant that is the same for all rows.
static bool is_of_row(const tni_value *v, const tn_tensor *rows) {
    const tn_tensor *t = v ? tni_known(v) : NULL;
    if (!t) return false;
    for (int d = 1; d <= t->rank; d++) { // from the end
        int64_t size = t->dim[t->rank - d];
        if (size != 1 && (d >= rows->rank || size != rows->dim[rows->rank - d])) return false;
    }
    return true;
}

// Where the rows come in; -1: n is something else.
static int row_input(const tni_node *n) {
    if (!(n->op->traits & TN_ELEMENTWISE) || (n->op->traits & TN_RANDOM)) return -1;
    if (n->nout != 1 || !n->out[0] || n->nin > MOST_IN) return -1;
    int at = 0;
    while (at < n->nin && !picked_by(n, at)) at++;
    if (at == n->nin) return -1;
    const tni_node *gather = picked_by(n, at);
    for (int i = 0; i < n->nin; i++)
        if (i != at && n->in[i].value && !is_of_row(n->in[i].value, tni_known_in(gather, 0))) return -1;
    bool grows = tn_dtype_bits(tni_dtype(n->out[0])) > tn_dtype_bits(tni_dtype(n->in[at].value));
    return !grows && tni_rank(n->out[0]) == tni_rank(n->in[at].value) ? at : -1;
}

// The constant with no more dimensions than a row.
static tni_value *row_of(tni_node *n, tni_value *v, int rank, tn_status *status, tn_diags *diags) {
    const tn_tensor *t = tni_known(v);
    *status = TN_OK;
    if (t->rank <= rank) return v;
    tni_value *shape = tni_value_ints(n->graph, NULL, t->dim + (t->rank - rank), (size_t)rank);
    *status = TN_NOMEM;
    if (!shape) return NULL;
    return tni_emit(n, (tni_new_node){.op = "Reshape", .nin = 2, .in = (tni_value *[]){v, shape}}, status,
                    diags);
}

static tn_status before(tni_node *n, int at, tn_diags *diags) {
    const tni_node *gather = picked_by(n, at);
    tni_value *in[MOST_IN];
    tn_attr given[TNI_MAX_ATTRS];
    char op[96];
    tn_status status;
    for (int i = 0; i < n->nin; i++) {
        in[i] = i == at ? gather->in[0].value : n->in[i].value;
        if (i == at || !in[i]) continue;
        in[i] = row_of(n, in[i], tni_known_in(gather, 0)->rank - 1, &status, diags);
        if (!in[i]) return status;
    }
    tni_new_node same = {.op = tni_op_text(n->op, op), .nin = n->nin, .in = in, .attr = given};
    same.nattr = tni_given_attrs(n, given);
    tni_value *rows = tni_emit(n, same, &status, diags);
    if (!rows) return status;
    tni_value *pick[] = {rows, gather->in[1].value};
    return tni_rewrite(n, (tni_new_node){.op = "Gather", .nin = 2, .in = pick}, NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    one_hot h;
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        int at = row_input(n);
        if (at >= 0)
            TN_TRY(before(n, at, diags));
        else if (matches(n, &h))
            TN_TRY(rewrite(n, &h, diags));
        else
            continue;
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(embedding) = {
    TN_HERE,
    .name = "embedding",
    .level = 1,
    .run = run,
    .doc = "makes products by one-hot vectors gathers of rows, and works on rows before they are picked",
};
