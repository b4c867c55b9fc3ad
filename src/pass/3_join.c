// SPDX-License-Identifier: Apache-2.0
// 3_join.c - products of one activation by several constant matrices, as Q, K and V are, become one product
// by the matrices side by side, whose result is taken apart again: one reading of A, one call, one long
// stream of weights. Only for a few rows, as in decoding: one row's parts are views of it; of many rows they
// would be copies, which take as long as what is saved (docs/design/013-attention.md). Each column's sum is
// what it was.
#include "pass/rewrite.h"

#include <string.h>

enum { FEW_ROWS = 4, MOST = 8, INPUTS = 3, WEIGHTS = 1 };

static bool is_product(const tni_node *n) {
    return tni_is(n, "MatMul") || tni_is(n, "Gemm") || tni_is(n, "tn.Gemm");
}
static bool flag(const tni_node *n, const char *name) {
    return !tni_is(n, "MatMul") && tn_attr_int(tni_attrs(n), name);
}

// Of the columns of the result.
static int axis_of(const tni_node *n, int input) { return input == WEIGHTS && !flag(n, "transB"); }

static bool few_rows(const tni_value *x) {
    int64_t rows = 1;
    for (int i = 0; i + 1 < tni_rank(x); i++) {
        tn_dim d = x->info.type.dim[i];
        if (d.e || d.k < 1 || d.k > FEW_ROWS || (rows *= d.k) > FEW_ROWS) return false;
    }
    return tni_rank(x) >= 2;
}

// Columns of the result, where they are known.
static int64_t columns_of(const tni_node *n) {
    const tni_value *y = n->out[0];
    if (tni_rank(y) < 1 || y->info.type.dim[tni_rank(y) - 1].e) return 0;
    return y->info.type.dim[tni_rank(y) - 1].k;
}

// Weights and bias: constants with something for each column.
static bool has_columns(const tni_node *n, int input) {
    const tn_tensor *t = tni_known_in(n, input);
    int64_t columns = columns_of(n);
    int axis = axis_of(n, input);
    return t && t->rank == (input == WEIGHTS ? 2 : 1) && columns > 0 && t->dim[axis] == columns;
}

static bool joinable(const tni_node *n) {
    if (!is_product(n) || !n->nout || !n->out[0] || flag(n, "transA")) return false;
    if (!tni_is_float(tni_dtype(n->out[0])) || tni_known_in(n, 0) || !few_rows(n->in[0].value)) return false;
    if (tni_in(n, INPUTS)) return false; // what is added is of its own width
    return has_columns(n, WEIGHTS) && (!tni_in(n, 2) || has_columns(n, 2));
}

// ---- what goes together

static bool same_attrs(const tni_node *a, const tni_node *b) {
    for (size_t i = 0; i < TNI_MAX_ATTRS && a->op->attrs[i].name; i++) {
        const tn_attr *x = &a->attr[i], *y = &b->attr[i];
        if (x->kind == TN_ATTR_INT && x->i != y->i) return false;
        if (x->kind == TN_ATTR_FLOAT && memcmp(&x->f, &y->f, sizeof x->f) != 0) return false;
        if (x->kind == TN_ATTR_STRING &&
            (x->s.size != y->s.size || (x->s.size && memcmp(x->s.text, y->s.text, x->s.size) != 0)))
            return false;
        if (x->kind > TN_ATTR_STRING && (x->present || y->present)) return false;
    }
    return true;
}

// Both have none, or constants that differ in their columns only.
static bool same_kind(const tni_node *a, const tni_node *b, int input) {
    const tn_tensor *x = tni_known_in(a, input), *y = tni_known_in(b, input);
    if (!x || !y) return x == y;
    return x->dtype == y->dtype &&
           (x->rank == 1 || x->dim[1 - axis_of(a, input)] == y->dim[1 - axis_of(b, input)]);
}

static bool alike(const tni_node *a, const tni_node *b) {
    return a->op == b->op && tni_in(a, 0) == tni_in(b, 0) && joinable(b) && same_attrs(a, b) &&
           same_kind(a, b, WEIGHTS) && same_kind(a, b, 2);
}

// ---- joining

static tni_value *joined(tni_node *const *part, int n, int input, tn_status *status) {
    const tn_tensor *first = tni_known_in(part[0], input);
    int axis = axis_of(part[0], input);
    int64_t dims[TN_MAX_RANK];
    if (!first) return NULL;
    memcpy(dims, first->dim, sizeof dims);
    for (int i = 1; i < n; i++) dims[axis] += tni_known_in(part[i], input)->dim[axis];
    tn_tensor *t = tni_tensor_new(&part[0]->graph->root->arena, first->dtype, first->rank, dims);
    if (!t) return *status = TN_NOMEM, NULL;
    size_t rows = (size_t)tn_count_range(first, 0, axis), at = 0;
    for (size_t r = 0; r < rows; r++)
        for (int i = 0; i < n; i++) {
            const tn_tensor *from = tni_known_in(part[i], input);
            size_t bytes = from->bytes / rows;
            memcpy((char *)t->data + at, (const char *)from->data + r * bytes, bytes);
            at += bytes;
        }
    tni_value *v = tni_value_const(part[0]->graph, NULL, t);
    if (!v) *status = TN_NOMEM;
    return v;
}

static tni_value *product(tni_node *const *part, int n, tn_status *status, tn_diags *diags) {
    tni_value *in[INPUTS] = {part[0]->in[0].value};
    tn_attr attr[TNI_MAX_ATTRS];
    size_t nattr = tni_given_attrs(part[0], attr);
    for (int i = 1; i < INPUTS && *status == TN_OK; i++) in[i] = joined(part, n, i, status);
    if (*status != TN_OK) return NULL;
    char name[96];
    tni_new_node spec = {
        .op = tni_op_text(part[0]->op, name), .nin = in[2] ? 3 : 2, .in = in, .nattr = nattr, .attr = attr};
    return tni_emit(part[0], spec, status, diags);
}

// *after: the last node made.
static tn_status join(tni_node *const *part, int n, tni_node **after, tn_diags *diags) {
    int64_t columns[MOST];
    bool unused;
    tn_status status = TN_OK;
    for (int i = 0; i < n; i++) columns[i] = columns_of(part[i]);
    tni_value *y = product(part, n, &status, diags);
    if (!y) return status;
    tni_value *sizes = tni_value_ints(part[0]->graph, NULL, columns, (size_t)n);
    if (!sizes) return TN_NOMEM;
    tn_attr axis = TN_A_INT("axis", -1);
    tni_new_node split = {.op = "Split",
                          .like = part[0],
                          .before = part[0],
                          .nin = 2,
                          .nout = n,
                          .in = (tni_value *[]){y, sizes},
                          .nattr = 1,
                          .attr = &axis};
    TN_TRY(tni_node_new(after, part[0]->graph, &split, diags));
    for (int i = 0; i < n; i++) tni_forward(part[i], (*after)->out[i], &unused);
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        tni_node *part[MOST] = {n};
        int count = 1;
        next = n->next;
        if (!joinable(n)) continue;
        for (tni_node *other = n->next; other && count < MOST; other = other->next)
            if (alike(n, other)) part[count++] = other;
        if (count == 1) continue;
        tni_node *split;
        TN_TRY(join(part, count, &split, diags));
        next = split->next;
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(join) = {
    TN_HERE,
    .name = "join",
    .level = 3,
    .run = run,
    .doc = "makes products of a few rows by several matrices one product",
};
