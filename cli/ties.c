// SPDX-License-Identifier: Apache-2.0
// ties.c - see ties.h. Indices are found by going through the nodes; what a Squeeze or a Cast makes of them
// still is indices.
#include "ties.h"

#include <string.h>

// Tensors that hold indices: those that an operator made, and what only moves them.
typedef struct trail {
    const char *name;
    pointed into;
    const struct trail *next;
} trail;

typedef struct search {
    cli *c;
    const trail *trails;
} search;

static bool is_one_of(const char *op, const char *const *list) {
    while (*list && strcmp(op, *list) != 0) list++;
    return *list != NULL;
}

static const pointed *followed(const search *s, const char *name) {
    for (const trail *t = s->trails; t; t = t->next)
        if (strcmp(t->name, name) == 0) return &t->into;
    return NULL;
}

static const char *input_name(const search *s, const tn_node *node, size_t i) {
    const char *name = i < node->inputs ? node->input[i].name : NULL;
    return name ? cli_copy(s->c, name, strlen(name)) : NULL;
}

// What output `at` of the node, which is set, points into.
static pointed points_into(const search *s, const tn_node *node, size_t *at) {
    static const char *const along[] = {"TopK", "ArgMax", "ArgMin", NULL};
    static const char *const kept[] = {"Cast",    "Identity", "Squeeze", "Unsqueeze",
                                       "Reshape", "Flatten",  NULL};
    static const char *const cut[] = {"Gather", "Slice", NULL}; // a column of [batch, class, box]
    *at = strcmp(node->op, "TopK") == 0 ? 1 : 0;
    if (is_one_of(node->op, along)) return (pointed){input_name(s, node, 0), NULL};
    if (strcmp(node->op, "NonMaxSuppression") == 0)
        return (pointed){input_name(s, node, 0), input_name(s, node, 1)};
    const char *name = input_name(s, node, 0);
    const pointed *into = name ? followed(s, name) : NULL;
    if (into && (is_one_of(node->op, kept) || (into->scores && is_one_of(node->op, cut)))) return *into;
    return (pointed){NULL, NULL};
}

static void look_at(void *user, const tn_node *node) {
    search *s = user;
    size_t at;
    if (node->depth) return;
    pointed into = points_into(s, node, &at);
    const char *name = into.values && at < node->outputs ? node->output[at].name : NULL;
    if (!name) return;
    trail *t = cli_alloc(s->c, 1, sizeof *t);
    *t = (trail){cli_copy(s->c, name, strlen(name)), into, s->trails};
    s->trails = t;
}

void ties_find(cli *c, const cli_model *m, const char *const *output, size_t n, pointed *into) {
    search s = {c, NULL};
    tn_status status = m->graph ? tn_graph_visit(m->graph, look_at, &s) : tn_plan_visit(m->plan, look_at, &s);
    for (size_t i = 0; i < n; i++) {
        const pointed *found = status == TN_OK ? followed(&s, output[i]) : NULL;
        into[i] = found ? *found : (pointed){NULL, NULL};
    }
}

// The indices run along dimension `axis` of `into`; where they lack it (keepdims=0) it was there with size 1.
typedef struct place {
    int64_t outer, count, inner,
        bound; // of the indices: [outer, count, inner]; of the data: [outer, bound, inner]
} place;

static bool place_along(const tn_tensor *index, const tn_tensor *into, int axis, place *p) {
    const int64_t *i = tn_tensor_dims(index), *d = tn_tensor_dims(into);
    int rank = tn_tensor_rank(into), missing = rank - tn_tensor_rank(index);
    *p = (place){1, 1, 1, d[axis]};
    if (missing != 0 && missing != 1) return false;
    if (!missing) p->count = i[axis];
    for (int k = 0; k < rank; k++) {
        if (k == axis) continue;
        if (d[k] != i[k > axis ? k - missing : k]) return false;
        *(k < axis ? &p->outer : &p->inner) *= d[k];
    }
    return true;
}

static int64_t ties_along(const tn_tensor *got, const tn_tensor *want, const tn_tensor *into,
                          const place *p) {
    int64_t ties = 0;
    for (int64_t k = 0; k < p->outer * p->count * p->inner; k++) {
        int64_t a = (int64_t)tn_tensor_get(got, k), b = (int64_t)tn_tensor_get(want, k);
        if (a == b) continue;
        if (a < 0 || b < 0 || a >= p->bound || b >= p->bound) return -1;
        int64_t row = k / (p->count * p->inner) * p->bound, column = k % p->inner;
        double x = tn_tensor_get(into, (row + a) * p->inner + column);
        double y = tn_tensor_get(into, (row + b) * p->inner + column);
        if (x != y && !(x != x && y != y)) return -1;
        ties++;
    }
    return ties;
}

static bool has_numbers(const tn_tensor *t) {
    return t && tn_tensor_kind(t) == TN_TENSOR && tn_tensor_dtype(t) != TN_STRING;
}

int64_t ties_along_axis(const tn_tensor *got, const tn_tensor *want, const tn_tensor *into) {
    if (!has_numbers(into) || !has_numbers(got)) return -1;
    for (int axis = 0; axis < tn_tensor_rank(into); axis++) { // the one that makes sense of the indices
        place p;
        int64_t ties = place_along(got, into, axis, &p) ? ties_along(got, want, into, &p) : -1;
        if (ties >= 0) return ties;
    }
    return -1;
}

// ---- boxes that were kept

typedef struct keep_list {
    const tn_tensor *boxes, *scores; // [batches, count, 4], [batches, classes, count]
    int64_t batches, classes, count;
    int64_t width; // of a row: 3, or 1 when there is one batch and one class
} keep_list;

typedef struct kept_box {
    int64_t batch, class, box;
} kept_box;

static bool list_of(const tn_tensor *index, const tn_tensor *boxes, const tn_tensor *scores, keep_list *k) {
    if (!has_numbers(index) || !has_numbers(boxes) || !has_numbers(scores)) return false;
    if (tn_tensor_rank(boxes) != 3 || tn_tensor_rank(scores) != 3 || tn_tensor_dims(boxes)[2] != 4)
        return false;
    const int64_t *d = tn_tensor_dims(scores);
    int rank = tn_tensor_rank(index);
    *k = (keep_list){boxes, scores, d[0], d[1], d[2], rank == 2 ? tn_tensor_dims(index)[1] : 1};
    bool same = tn_tensor_dims(boxes)[0] == d[0] && tn_tensor_dims(boxes)[1] == d[2];
    return same && (rank == 1 || rank == 2) && (k->width == 3 || (k->width == 1 && d[0] == 1 && d[1] == 1));
}

static kept_box row_of(const keep_list *k, const tn_tensor *index, int64_t row) {
    double at[3] = {0, 0, 0};
    for (int64_t i = 0; i < k->width; i++) at[3 - k->width + i] = tn_tensor_get(index, row * k->width + i);
    return (kept_box){(int64_t)at[0], (int64_t)at[1], (int64_t)at[2]};
}

static bool same_box(const kept_box *a, const kept_box *b) {
    return a->batch == b->batch && a->class == b->class && a->box == b->box;
}

static bool is_inside(const keep_list *k, const kept_box *b) {
    return b->batch >= 0 && b->batch < k->batches && b->class >= 0 && b->class < k->classes && b->box >= 0 &&
           b->box < k->count;
}

static double score_of(const keep_list *k, const kept_box *b) {
    return tn_tensor_get(k->scores, (b->batch * k->classes + b->class) * k->count + b->box);
}

static bool equal_box(const keep_list *k, const kept_box *a, const kept_box *b) {
    if (a->batch != b->batch || a->class != b->class || !is_inside(k, a) || !is_inside(k, b)) return false;
    int64_t row = a->batch * k->count;
    bool equal = score_of(k, a) == score_of(k, b);
    for (int64_t i = 0; i < 4 && equal; i++)
        equal = tn_tensor_get(k->boxes, (row + a->box) * 4 + i) ==
                tn_tensor_get(k->boxes, (row + b->box) * 4 + i);
    return equal;
}

// Takes out of both lists what they have in common: the very box, or with `alike` an equal one.
static void pair_up(const keep_list *k, const tn_tensor *got, const tn_tensor *want, bool alike, bool *taken,
                    bool *found, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) {
        kept_box a = row_of(k, got, i);
        for (int64_t j = 0; j < rows && !found[i]; j++) {
            kept_box b = row_of(k, want, j);
            if (taken[j] || !(alike ? equal_box(k, &a, &b) : same_box(&a, &b))) continue;
            taken[j] = found[i] = true;
        }
    }
}

int64_t ties_kept(cli *c, const tn_tensor *got, const tn_tensor *want, const tn_tensor *boxes,
                  const tn_tensor *scores) {
    keep_list k;
    if (!list_of(got, boxes, scores, &k)) return -1;
    int64_t rows = tn_tensor_dims(got)[0], differ = 0;
    bool *taken = cli_alloc(c, (size_t)rows + 1, sizeof *taken);
    bool *found = cli_alloc(c, (size_t)rows + 1, sizeof *found);
    pair_up(&k, got, want, false, taken, found, rows);
    pair_up(&k, got, want, true, taken, found, rows);
    for (int64_t i = 0; i < rows; i++) {
        kept_box a = row_of(&k, got, i), b = row_of(&k, want, i);
        if (!found[i]) return -1;
        differ += !same_box(&a, &b);
    }
    return differ;
}
