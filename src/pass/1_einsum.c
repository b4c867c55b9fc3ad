// SPDX-License-Identifier: Apache-2.0
// 1_einsum.c - an Einsum is written as the matrix products it stands for, two operands at a time: labels of
// one operand alone are summed first, then
//
//     [batch.., rows, summed] x [batch.., summed, columns] -> [batch.., rows, columns]
//
// by Transpose, Reshape and MatMul, or by Mul where nothing is summed. Which operand is on the left, how the
// summed labels are ordered and which labels become batches is what takes the fewest transposes. An operand
// that repeats a label, or sizes that are not provably the same, leave the Einsum as it is.
#include "ir/einsum.h"
#include "pass/rewrite.h"

typedef unsigned char label;
typedef struct labels {
    int n;
    label at[2 * TN_MAX_RANK];
} labels;
typedef struct operand {
    tni_value *v;
    labels l;
} operand;

// How two operands become a product. `batch`, `rows`, `summed` and `columns` together are all of their
// labels.
typedef struct layout {
    bool swapped; // the second operand is the left one
    labels batch, rows, summed, columns;
    double cost;
} layout;

typedef struct contraction {
    tni_node *n;
    tn_diags *diags;
    tn_status status;
    tn_dim size[TNI_EINSUM_LABELS];
    int left; // operands
    operand x[TNI_EINSUM_OPERANDS];
    labels out;
} contraction;

// ----------------------------------------------------------------------------------------------- labels

static bool has(const labels *l, label x) { return memchr(l->at, x, (size_t)l->n) != NULL; }
static void add(labels *l, label x) { l->at[l->n++] = x; }
static void append(labels *to, const labels *l) {
    for (int i = 0; i < l->n; i++) add(to, l->at[i]);
}
static bool same(const labels *a, const labels *b) {
    return a->n == b->n && !memcmp(a->at, b->at, (size_t)a->n);
}

// Those of `l` that are in `also` (or are not).
static labels those(const labels *l, const labels *also, bool in) {
    labels to = {0};
    for (int i = 0; i < l->n; i++)
        if (has(also, l->at[i]) == in) add(&to, l->at[i]);
    return to;
}

// Whether anything but operands i and j, the result included, has the label.
static bool wanted(const contraction *c, label x, int i, int j) {
    bool is = has(&c->out, x);
    for (int k = 0; k < c->left; k++) is |= k != i && k != j && has(&c->x[k].l, x);
    return is;
}

// ---------------------------------------------------------------------------------------------- reading

static bool read_operand(contraction *c, int i, const tni_einsum_term *t, bool *known) {
    operand *o = &c->x[i];
    if (!(o->v = tni_in(c->n, i))) return false;
    o->l.n = 0;
    label all[3 * TN_MAX_RANK];
    int rank = tni_rank(o->v);
    if (rank < 0 || tni_einsum_labels(t, rank, all) < 0) return false;
    for (int d = 0; d < rank; d++) {
        tn_dim size = o->v->info.type.dim[d];
        if (has(&o->l, all[d])) return false;
        if (known[all[d]] && !tn_dim_equal(c->size[all[d]], size)) return false;
        known[all[d]] = true;
        c->size[all[d]] = size;
        add(&o->l, all[d]);
    }
    return true;
}

static bool read_einsum(contraction *c) {
    tni_einsum e;
    bool known[TNI_EINSUM_LABELS] = {false};
    label all[3 * TN_MAX_RANK];
    const tni_node *n = c->n;
    if (!tni_is(n, "Einsum") || !n->out[0] || !tni_is_float(tni_dtype(n->out[0]))) return false;
    if (n->nin > TNI_EINSUM_OPERANDS ||
        !tni_einsum_read(tn_attr_string(tni_attrs(n), "equation"), n->nin, &e))
        return false;
    c->left = n->nin;
    for (int i = 0; i < n->nin; i++)
        if (!read_operand(c, i, &e.in[i], known)) return false;
    int rank = tni_rank(n->out[0]);
    if (rank < 0 || tni_einsum_labels(&e.out, rank, all) < 0) return false;
    for (int d = 0; d < rank; d++) add(&c->out, all[d]);
    return true;
}

// -------------------------------------------------------------------------------------------- rewriting

static tni_value *emit(contraction *c, tni_new_node spec) {
    return tni_emit(c->n, spec, &c->status, c->diags);
}

// Sums up the labels that nothing else has.
static bool sum_alone(contraction *c, int i) {
    operand *o = &c->x[i];
    int64_t axes[TN_MAX_RANK];
    size_t n = 0;
    labels rest = {0};
    for (int d = 0; d < o->l.n; d++)
        if (wanted(c, o->l.at[d], i, i))
            add(&rest, o->l.at[d]);
        else
            axes[n++] = d;
    if (!n) return true;
    tni_value *list = tni_value_ints(c->n->graph, NULL, axes, n);
    if (!list) return c->status = TN_NOMEM, false;
    tn_attr drop = TN_A_INT("keepdims", 0);
    o->v = emit(
        c, (tni_new_node){
               .op = "ReduceSum", .nin = 2, .in = (tni_value *[]){o->v, list}, .nattr = 1, .attr = &drop});
    o->l = rest;
    return o->v != NULL;
}

static tni_value *transposed(contraction *c, tni_value *v, const labels *from, const labels *to) {
    int64_t perm[TN_MAX_RANK];
    if (same(from, to)) return v;
    for (int d = 0; d < to->n; d++)
        perm[d] = (const label *)memchr(from->at, to->at[d], (size_t)from->n) - from->at;
    tn_attr attr = TN_A_INTS("perm", perm, (size_t)to->n);
    return emit(c, (tni_new_node){.op = "Transpose", .nin = 1, .in = &v, .nattr = 1, .attr = &attr});
}

// Where `wide` has ones that `narrow` has not; the other sizes are the same, in order. -1: they are not.
static int ones_between(const tn_type *narrow, const tn_type *wide, int64_t *at) {
    int n = 0, d = 0;
    for (int k = 0; k < wide->rank; k++) {
        bool is = d < narrow->rank && tn_dim_equal(narrow->dim[d], wide->dim[k]);
        if (!is && !tn_dim_is(wide->dim[k], 1)) return -1;
        if (is)
            d++;
        else
            at[n++] = k;
    }
    return d == narrow->rank ? n : -1;
}

// NULL with the status TN_OK: no constant says this shape.
static tni_value *reshaped(contraction *c, tni_value *v, const tn_type *type) {
    int64_t at[TN_MAX_RANK];
    int inserted = ones_between(&v->info.type, type, at);
    int removed = inserted < 0 ? ones_between(type, &v->info.type, at) : 0;
    if (!inserted) return v;
    tni_value *list = inserted > 0  ? tni_value_ints(c->n->graph, NULL, at, (size_t)inserted)
                      : removed > 0 ? tni_value_ints(c->n->graph, NULL, at, (size_t)removed)
                                    : tni_shape_for(c->n->graph, v, type, &c->status);
    if (!list) return NULL;
    return emit(c, (tni_new_node){.op = inserted > 0  ? "Unsqueeze"
                                        : removed > 0 ? "Squeeze"
                                                      : "Reshape",
                                  .nin = 2,
                                  .in = (tni_value *[]){v, list}});
}

static tn_dim size_of(contraction *c, const labels *l) {
    tn_dim size = tn_k(1);
    for (int i = 0; i < l->n; i++) size = tn_dim_mul(&c->n->graph->root->dims, size, c->size[l->at[i]]);
    return size;
}

// The shape of an operand that has `own` of the labels `all`, each a dimension of its own, 1 where it has
// not.
static void put_sizes(const contraction *c, tn_type *type, const labels *all, const labels *own) {
    for (int i = 0; i < all->n; i++) {
        bool is = has(own, all->at[i]);
        if (is || type->rank) type->dim[type->rank++] = is ? c->size[all->at[i]] : tn_k(1);
    }
}

// [batch.., first, second] of a side of the product.
static tni_value *matrices(contraction *c, const operand *o, const labels *batch, const labels *first,
                           const labels *second) {
    labels order = those(batch, &o->l, true);
    tn_type type = o->v->info.type;
    append(&order, first);
    append(&order, second);
    type.rank = 0;
    put_sizes(c, &type, batch, &o->l);
    type.dim[type.rank++] = size_of(c, first);
    type.dim[type.rank++] = size_of(c, second);
    tni_value *v = transposed(c, o->v, &o->l, &order);
    return v ? reshaped(c, v, &type) : NULL;
}

static tni_value *product(contraction *c, const operand *l, const operand *r, const layout *p, labels *made) {
    tni_value *a = matrices(c, l, &p->batch, &p->rows, &p->summed);
    tni_value *b = a ? matrices(c, r, &p->batch, &p->summed, &p->columns) : NULL;
    tni_value *y = b ? emit(c, (tni_new_node){.op = "MatMul", .nin = 2, .in = (tni_value *[]){a, b}}) : NULL;
    if (!y) return NULL;
    tn_type type = y->info.type;
    *made = p->batch;
    append(made, &p->rows);
    append(made, &p->columns);
    type.rank = 0;
    put_sizes(c, &type, made, made);
    return reshaped(c, y, &type);
}

// Nothing is summed: both as the result has its labels, ones where they have not.
static tni_value *outer(contraction *c, const operand *l, const operand *r, labels *made) {
    tni_value *in[2];
    for (int i = 0; i < 2; i++) {
        const operand *o = i ? r : l;
        labels order = those(made, &o->l, true);
        tn_type type = o->v->info.type;
        type.rank = 0;
        put_sizes(c, &type, made, &o->l);
        tni_value *v = transposed(c, o->v, &o->l, &order);
        if (!v || !(in[i] = reshaped(c, v, &type))) return NULL;
    }
    return emit(c, (tni_new_node){.op = "Mul", .nin = 2, .in = in});
}

// --------------------------------------------------------------------------------------------- choosing

// In transposes of whole tensors: a constant is transposed once, and products read matrices either way.
static double reorder_cost(const operand *o, const labels *want) {
    if (same(&o->l, want)) return 0;
    if (tni_known(o->v)) return 0.05;
    labels turned = *want;
    int n = want->n;
    if (n >= 2) turned.at[n - 1] = want->at[n - 2], turned.at[n - 2] = want->at[n - 1];
    return same(&o->l, &turned) ? 0.3 : 1;
}

// Sizes that are not known may not be said by a constant shape once they are multiplied.
static double merge_cost(const contraction *c, const labels *l) {
    double cost = 0;
    for (int i = 0; i < l->n && l->n > 1; i++) cost += c->size[l->at[i]].e ? 2 : 0;
    return cost;
}

static double side_cost(const operand *o, const labels *batch, const labels *first, const labels *second) {
    labels want = those(batch, &o->l, true);
    append(&want, first);
    append(&want, second);
    return reorder_cost(o, &want);
}

static double layout_cost(const contraction *c, const layout *p, const operand *l, const operand *r,
                          const labels *result) {
    labels made = p->batch;
    append(&made, &p->rows);
    append(&made, &p->columns);
    double broadcast = 0.01 * (p->batch.n - those(&p->batch, &l->l, true).n) +
                       0.01 * (p->batch.n - those(&p->batch, &r->l, true).n);
    return side_cost(l, &p->batch, &p->rows, &p->summed) + side_cost(r, &p->batch, &p->summed, &p->columns) +
           (same(&made, result) ? 0 : 1) + broadcast + merge_cost(c, &p->rows) + merge_cost(c, &p->columns);
}

static labels last_of(const labels *l, int n) {
    labels to = {.n = n};
    memcpy(to.at, l->at + (l->n - n), (size_t)n);
    return to;
}

// The layouts with `l` on the left: the last labels of rows and of columns are matrices, those before
// batches.
// A side that has labels of its own is not read as vectors.
static void try_sides(const contraction *c, layout *best, bool swapped, const operand *l, const operand *r,
                      const labels *result) {
    labels left = those(&l->l, result, true), right = those(&r->l, result, true);
    labels rows = those(result, &left, true), columns = those(result, &right, true);
    rows = those(&rows, &right, false);
    columns = those(&columns, &left, false);
    for (int i = rows.n > 0; i <= rows.n; i++)
        for (int j = columns.n > 0; j <= columns.n; j++)
            for (int by_right = 0; by_right < 2; by_right++) {
                layout p = {.swapped = swapped, .rows = last_of(&rows, i), .columns = last_of(&columns, j)};
                p.summed = those(by_right ? &r->l : &l->l, result, false);
                p.batch = those(result, &p.rows, false);
                p.batch = those(&p.batch, &p.columns, false);
                p.cost = layout_cost(c, &p, l, r, result);
                if (p.cost < best->cost) *best = p;
            }
}

// The labels of the product of operands i and j: in the order of the result when it is the last product.
static labels product_labels(const contraction *c, int i, int j) {
    if (c->left == 2) return c->out;
    labels both = {0}, to = {0};
    labels fresh = those(&c->x[j].l, &c->x[i].l, false);
    append(&both, &c->x[i].l);
    append(&both, &fresh);
    for (int k = 0; k < both.n; k++)
        if (wanted(c, both.at[k], i, j)) add(&to, both.at[k]);
    return to;
}

// Puts the product of operands i < j in the place of the first.
static bool multiply(contraction *c, int i, int j) {
    operand *x = &c->x[i], *y = &c->x[j];
    labels made = product_labels(c, i, j), shared = those(&x->l, &y->l, true);
    tni_value *v;
    if (made.n > TN_MAX_RANK) return false;
    if (those(&shared, &made, false).n == 0) {
        v = outer(c, x, y, &made);
    } else {
        layout best = {.cost = 1e9};
        try_sides(c, &best, false, x, y, &made);
        try_sides(c, &best, true, y, x, &made);
        if (best.batch.n + 2 > TN_MAX_RANK) return false;
        v = product(c, best.swapped ? y : x, best.swapped ? x : y, &best, &made);
    }
    if (!v) return false;
    *x = (operand){v, made};
    memmove(y, y + 1, (size_t)(--c->left - j) * sizeof *y);
    return true;
}

// The first pair that shares a label that is summed by it; else the first two.
static void next_pair(const contraction *c, int *i, int *j) {
    for (*i = 0; *i < c->left; ++*i)
        for (*j = *i + 1; *j < c->left; ++*j) {
            labels shared = those(&c->x[*i].l, &c->x[*j].l, true);
            for (int k = 0; k < shared.n; k++)
                if (!wanted(c, shared.at[k], *i, *j)) return;
        }
    *i = 0;
    *j = 1;
}

static tni_value *contract(contraction *c) {
    int i, j;
    for (i = 0; i < c->left; i++)
        if (!sum_alone(c, i)) return NULL;
    while (c->left > 1) {
        next_pair(c, &i, &j);
        if (!multiply(c, i, j) || !sum_alone(c, i)) return NULL;
    }
    return transposed(c, c->x[0].v, &c->x[0].l, &c->out);
}

// What was made before `n` and has no reader, when the Einsum stays. The last one made is never read.
static void undo(const tni_node *before, tni_node *n) {
    while (n->prev && n->prev != before) tni_sweep(n->prev);
}

static tn_status rewrite(tni_node *n, bool *changed, tn_diags *diags) {
    contraction c = {.n = n, .diags = diags};
    tni_node *before = n->prev;
    if (!read_einsum(&c)) return TN_OK;
    tni_value *y = contract(&c);
    if (y && tni_may_replace(n->out[0], y))
        tni_forward(n, y, changed);
    else
        undo(before, n);
    return c.status;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        TN_TRY(rewrite(n, changed, diags));
    }
    return TN_OK;
}

TN_PASS(einsum) = {
    TN_HERE, .name = "einsum", .level = 1, .run = run, .doc = "writes Einsum as matrix products",
};
