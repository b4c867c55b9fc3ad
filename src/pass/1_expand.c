// SPDX-License-Identifier: Apache-2.0
// 1_expand.c - an Expand ahead of an operator that broadcasts by itself goes, where the other operands have
// the result's shape without it: x / Expand(norm, Shape(x)) is x / norm. A copy and a shape less.
#include "pass/rewrite.h"

// Operators whose inputs broadcast to each other in any position.
static bool broadcasts(const tni_node *n) {
    static const char *const ops[] = {"Add",   "Sub",     "Mul",         "Div",
                                      "Pow",   "Min",     "Max",         "Where",
                                      "Equal", "Greater", "Less",        "GreaterOrEqual",
                                      "And",   "Or",      "Xor",         "Mod",
                                      "Sum",   "Mean",    "LessOrEqual", "BitwiseAnd"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (tni_is(n, ops[i])) return n->nout == 1 && n->out[0];
    return false;
}

// Size `d`, counted from the result's front, of a value seen with the result's rank.
static tn_dim size_at(const tni_value *v, int d, int rank) {
    int at = d - (rank - tni_rank(v));
    return at < 0 ? tn_k(1) : v->info.type.dim[at];
}

// With `x` in the place of input i every size of the result is still some operand's own.
static bool keeps_shape(const tni_node *n, int i, const tni_value *x) {
    const tn_type *to = &n->out[0]->info.type;
    if (to->rank < 0 || tni_rank(x) < 0 || tni_rank(x) > to->rank) return false;
    bool ranked = false;
    for (int d = 0; d < to->rank; d++) {
        bool found = false;
        for (int k = 0; k < n->nin; k++) {
            const tni_value *v = k == i ? x : n->in[k].value;
            if (!v || tni_rank(v) < 0) return false;
            found |= tn_dim_equal(size_at(v, d, to->rank), to->dim[d]);
            ranked |= tni_rank(v) == to->rank;
        }
        if (!found) return false;
    }
    return ranked || to->rank == 0;
}

static void skip_expands(tni_node *n, bool *changed) {
    for (int i = 0; i < n->nin; i++) {
        tni_node *expand = tni_made_by(n->in[i].value, "Expand");
        if (!expand || expand->graph != n->graph || !keeps_shape(n, i, expand->in[0].value)) continue;
        tni_node_set_input(n, i, expand->in[0].value);
        tni_sweep(expand);
        *changed = true;
    }
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    (void)diags;
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (broadcasts(n)) skip_expands(n, changed);
    }
    return TN_OK;
}

TN_PASS(expand) = {
    TN_HERE,
    .name = "expand",
    .level = 1,
    .run = run,
    .doc = "removes an Expand ahead of an operator that broadcasts",
};
