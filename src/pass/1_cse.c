// SPDX-License-Identifier: Apache-2.0
// 1_cse.c - merges what is computed twice: constants of equal content, then nodes of one operator with equal
// attributes and inputs. An open hash table over the graph's constants and nodes, in order, so that the first
// one stays.
#include "pass/rewrite.h"

#include <string.h>

typedef struct table {
    const void **row;
    size_t capacity; // a power of two, at least twice the number of rows
} table;

static tn_status make_table(table *t, tn_env *env, size_t rows) {
    t->capacity = 16;
    while (t->capacity < rows * 2) t->capacity *= 2;
    t->row = tni_calloc(env, t->capacity, sizeof *t->row);
    return t->row ? TN_OK : TN_NOMEM;
}

// The row that equals `item`, or `item` itself after it was put in.
static const void *find(table *t, const void *item, uint64_t hash,
                        bool (*equal)(const void *, const void *)) {
    size_t at = hash & (t->capacity - 1);
    for (; t->row[at]; at = (at + 1) & (t->capacity - 1))
        if (equal(t->row[at], item)) return t->row[at];
    return t->row[at] = item;
}

// ---- constants

// Weights may lie in a mapped file that nobody has read yet: their ends tell enough of them apart, and only
// equal ends lead to a comparison.
static uint64_t hash_constant(const tn_tensor *t) {
    enum { END = 256 };
    uint64_t h = tni_hash(&t->dtype, sizeof t->dtype, (uint64_t)t->rank);
    h = tni_hash(t->dim, (size_t)t->rank * sizeof *t->dim, h);
    if (t->kind != TN_TENSOR || t->dtype == TN_STRING) return h;
    size_t n = t->bytes < END ? t->bytes : END;
    h = tni_hash(t->data, n, h);
    return tni_hash((const char *)t->data + (t->bytes - n), n, h);
}

static bool equal_constants(const void *a, const void *b) {
    return tni_tensor_equal(((const tni_value *)a)->info.constant, ((const tni_value *)b)->info.constant);
}

static void merge_constant(table *t, tni_value *v, const tn_graph *g, bool *changed) {
    const tn_tensor *known = tni_known(v);
    if (!known || v->graph != g) return;
    const tni_value *first = find(t, v, hash_constant(known), equal_constants);
    tni_value *to = (tni_value *)(uintptr_t)first;
    if (to == v || !tni_may_replace(v, to)) return;
    tni_replace_value(v, to);
    *changed = true;
}

static tn_status merge_constants(tn_graph *g, bool *changed) {
    size_t rows = 0;
    for (const tni_node *n = g->first; n; n = n->next) rows += (size_t)n->nin;
    table t;
    TN_TRY(make_table(&t, g->root->env, rows));
    for (tni_node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->nin; i++) merge_constant(&t, n->in[i].value, g, changed);
    tni_free(g->root->env, (void *)(uintptr_t)t.row);
    return TN_OK;
}

// ---- nodes

static bool swappable(const tni_node *n) { return (n->op->traits & TN_COMMUTATIVE) && n->nin == 2; }

static uint64_t hash_value(const tni_value *v) { return v ? tni_hash(&v->id, sizeof v->id, 1) : 0; }

// Attributes are left to the comparison: nodes that differ in nothing else are few.
static uint64_t hash_node(const tni_node *n) {
    uint64_t h = (uint64_t)(uintptr_t)n->op;
    if (swappable(n)) return h + hash_value(n->in[0].value) + hash_value(n->in[1].value);
    for (int i = 0; i < n->nin; i++) h = h * 31 + hash_value(n->in[i].value);
    return h ^ h >> 17;
}

static bool equal_texts(tn_str a, tn_str b) { return a.size == b.size && !memcmp(a.text, b.text, a.size); }

static bool equal_lists(const tn_attr *a, const tn_attr *b) {
    if (a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++) {
        if (a->kind == TN_ATTR_INTS && a->ints[i] != b->ints[i]) return false;
        if (a->kind == TN_ATTR_FLOATS && memcmp(&a->floats[i], &b->floats[i], sizeof *a->floats))
            return false;
        if (a->kind == TN_ATTR_STRINGS && !equal_texts(a->strings[i], b->strings[i])) return false;
    }
    return true;
}

// A default is as good as the same number given; an empty list may mean more than none.
static bool equal_attrs(const tn_attr *a, const tn_attr *b) {
    if (a->present != b->present && a->kind >= TN_ATTR_INTS) return false;
    switch (a->kind) {
    case TN_ATTR_INT: return a->i == b->i;
    case TN_ATTR_FLOAT: return !memcmp(&a->f, &b->f, sizeof a->f);
    case TN_ATTR_STRING: return a->s.size == b->s.size && (!a->s.size || equal_texts(a->s, b->s));
    case TN_ATTR_TENSOR:
        return a->tensor && b->tensor ? tni_tensor_equal(a->tensor, b->tensor) : a->tensor == b->tensor;
    case TN_ATTR_GRAPH: return a->graph == b->graph;
    case TN_ATTR_TYPE: return a->type == b->type;
    default: return equal_lists(a, b);
    }
}

static bool equal_inputs(const tni_node *a, const tni_node *b) {
    bool same = true;
    for (int i = 0; i < a->nin; i++) same &= a->in[i].value == b->in[i].value;
    if (same || !swappable(a)) return same;
    return a->in[0].value == b->in[1].value && a->in[1].value == b->in[0].value;
}

static bool equal_nodes(const void *x, const void *y) {
    const tni_node *a = x, *b = y;
    if (a->op != b->op || a->nin != b->nin || a->nout != b->nout || !equal_inputs(a, b)) return false;
    for (size_t i = 0; a->op->attrs[i].name; i++)
        if (!equal_attrs(&a->attr[i], &b->attr[i])) return false;
    return true;
}

static bool may_merge(const tni_node *n, const tni_node *first) {
    for (int i = 0; i < n->nout; i++) {
        if (!n->out[i] || !n->out[i]->uses) continue;
        if (!first->out[i] || !tni_may_replace(n->out[i], first->out[i])) return false;
    }
    return true;
}

static void merge_node(table *t, tni_node *n, bool *changed) {
    if (n->op->traits & (TN_RANDOM | TN_CONTROL)) return;
    const tni_node *first = find(t, n, hash_node(n), equal_nodes);
    if (first == n || !may_merge(n, first)) return;
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && n->out[i]->uses) tni_replace_value(n->out[i], first->out[i]);
    tni_node_remove(n);
    *changed = true;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    (void)diags;
    TN_TRY(merge_constants(g, changed));
    table t;
    TN_TRY(make_table(&t, g->root->env, g->nnodes));
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        merge_node(&t, n, changed);
    }
    tni_free(g->root->env, (void *)(uintptr_t)t.row);
    return TN_OK;
}

TN_PASS(cse) = {TN_HERE, .name = "cse", .level = 1, .run = run,
                .doc = "merges equal constants and nodes that compute the same"};
