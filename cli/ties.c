// SPDX-License-Identifier: Apache-2.0
// ties.c - see ties.h.
#include "ties.h"

#include <string.h>

typedef struct search {
    cli *c;
    const char *const *output;
    size_t n;
    const char **into;
} search;

static void look_at(void *user, const tn_node *node) {
    const search *s = user;
    size_t at = strcmp(node->op, "TopK") == 0 ? 1 : 0;
    if (node->depth || (!at && strcmp(node->op, "ArgMax") != 0 && strcmp(node->op, "ArgMin") != 0)) return;
    if (at >= node->outputs || !node->output[at].name || !node->inputs || !node->input[0].name) return;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->output[i], node->output[at].name) == 0)
            s->into[i] = cli_copy(s->c, node->input[0].name, strlen(node->input[0].name));
}

void ties_find(cli *c, const cli_model *m, const char *const *output, size_t n, const char **into) {
    search s = {c, output, n, into};
    if (m->graph && tn_graph_visit(m->graph, look_at, &s) != TN_OK)
        for (size_t i = 0; i < n; i++) into[i] = NULL;
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

int64_t ties_count(const tn_tensor *got, const tn_tensor *want, const tn_tensor *into) {
    if (!into || tn_tensor_kind(into) != TN_TENSOR || tn_tensor_kind(got) != TN_TENSOR) return -1;
    if (tn_tensor_dtype(into) == TN_STRING) return -1;
    for (int axis = 0; axis < tn_tensor_rank(into); axis++) { // the one that makes sense of the indices
        place p;
        int64_t ties = place_along(got, into, axis, &p) ? ties_along(got, want, into, &p) : -1;
        if (ties >= 0) return ties;
    }
    return -1;
}
