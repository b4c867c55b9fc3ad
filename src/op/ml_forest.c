// SPDX-License-Identifier: Apache-2.0
// ml_forest.c - walking decision trees.
#include "op/ml_forest.h"

#include <stdlib.h>

static int by_leaf(const void *x, const void *y) {
    const tni_tree_vote *a = x, *b = y;
    return (a->leaf > b->leaf) - (a->leaf < b->leaf);
}

static bool is_child(const tni_forest *f, int64_t at) {
    return at < 0 ? -1 - at < f->nleaves : at < f->nnodes;
}

static tn_status check_node(tn_call *c, const tni_forest *f, const tni_tree_node *n) {
    if (n->feature < 0 || n->feature >= f->features)
        return tn_call_fail(c, TN_INVALID, "a node compares feature %lld of %lld", (long long)n->feature,
                            (long long)f->features);
    if (!is_child(f, n->yes) || !is_child(f, n->no))
        return tn_call_fail(c, TN_INVALID, "a node's branch leads out of the tree");
    return TN_OK;
}

tn_status tni_forest_check(tn_call *c, tni_forest *f) {
    for (int64_t i = 0; i < f->nnodes; i++) TN_TRY(check_node(c, f, &f->node[i]));
    for (int64_t i = 0; i < f->nroots; i++)
        if (!is_child(f, f->root[i])) return tn_call_fail(c, TN_INVALID, "a tree's root does not exist");
    for (int64_t i = 0; i < f->nvotes; i++) {
        const tni_tree_vote *v = &f->vote[i];
        if (v->leaf < 0 || v->leaf >= f->nleaves || v->target < 0 || v->target >= f->targets)
            return tn_call_fail(c, TN_INVALID, "a vote is for target %lld of %lld", (long long)v->target,
                                (long long)f->targets);
    }
    if (f->nvotes) qsort(f->vote, (size_t)f->nvotes, sizeof *f->vote, by_leaf);
    f->first_vote = tni_scratch(c, f->nleaves + 1, sizeof *f->first_vote);
    if (!f->first_vote) return TN_NOMEM;
    for (int64_t leaf = 0, at = 0; leaf <= f->nleaves; leaf++) {
        while (at < f->nvotes && f->vote[at].leaf < leaf) at++;
        f->first_vote[leaf] = at;
    }
    return TN_OK;
}

static bool is_member(const tni_forest *f, const tni_tree_node *n, double x) {
    for (int64_t i = 0; i < n->nmembers; i++)
        if (f->member[n->members + i] == x) return true;
    return false;
}

static bool goes_true(const tni_forest *f, const tni_tree_node *n, double x) {
    if (n->nan_is_true && isnan(x)) return true;
    switch (n->branch) {
    case TNI_BRANCH_LEQ: return x <= n->split;
    case TNI_BRANCH_LT: return x < n->split;
    case TNI_BRANCH_GTE: return x >= n->split;
    case TNI_BRANCH_GT: return x > n->split;
    case TNI_BRANCH_EQ: return x == n->split;
    case TNI_BRANCH_NEQ: return x != n->split;
    case TNI_BRANCH_MEMBER: return is_member(f, n, x);
    case TNI_BRANCHES: break;
    }
    return false;
}

static double combine(tni_tree_sum how, double score, double vote, bool first) {
    if (how == TNI_TREE_MIN) return first || vote < score ? vote : score;
    if (how == TNI_TREE_MAX) return first || vote > score ? vote : score;
    return score + vote;
}

bool tni_forest_run(const tni_forest *f, tni_tree_sum how, const double *x, double *score, bool *voted) {
    memset(voted, 0, (size_t)f->targets * sizeof *voted);
    memset(score, 0, (size_t)f->targets * sizeof *score);
    for (int64_t t = 0; t < f->nroots; t++) {
        int64_t at = f->root[t], steps = 0;
        for (; at >= 0; steps++) {
            const tni_tree_node *n = &f->node[at];
            if (steps > f->nnodes) return false;
            at = goes_true(f, n, x[n->feature]) ? n->yes : n->no;
        }
        for (int64_t v = f->first_vote[-1 - at]; v < f->first_vote[-at]; v++) {
            int64_t target = f->vote[v].target;
            score[target] = combine(how, score[target], f->vote[v].weight, !voted[target]);
            voted[target] = true;
        }
    }
    for (int64_t k = 0; k < f->targets && how == TNI_TREE_AVERAGE && f->nroots; k++)
        score[k] /= (double)f->nroots;
    return true;
}
