// SPDX-License-Identifier: Apache-2.0
// ml_tree.c - TreeEnsemble, the form of ai.onnx.ml 5: lists of inner nodes and of leaves with one vote each.
// See ml_tree_legacy.c for the older two.
#include "op/ml_forest.h"

typedef struct lists {
    const int64_t *roots, *features, *yes, *no, *yes_leaf, *no_leaf, *nan_true, *targets;
    size_t nroots, nnodes, nleaves, nnan;
    const tn_tensor *modes, *splits, *weights, *members;
} lists;

static tn_status same_length(tn_infer *c, const char *name, size_t n, size_t want) {
    if (n == want) return TN_OK;
    return tn_infer_fail(c, "'%s' has %zu entries, expected %zu", name, n, want);
}

static lists lists_of(tn_attrs a) {
    lists l;
    size_t n;
    l.roots = tn_attr_ints(a, "tree_roots", &l.nroots);
    l.features = tn_attr_ints(a, "nodes_featureids", &l.nnodes);
    l.yes = tn_attr_ints(a, "nodes_truenodeids", &n);
    l.no = tn_attr_ints(a, "nodes_falsenodeids", &n);
    l.yes_leaf = tn_attr_ints(a, "nodes_trueleafs", &n);
    l.no_leaf = tn_attr_ints(a, "nodes_falseleafs", &n);
    l.nan_true = tn_attr_ints(a, "nodes_missing_value_tracks_true", &l.nnan);
    l.targets = tn_attr_ints(a, "leaf_targetids", &l.nleaves);
    l.modes = tn_attr_tensor(a, "nodes_modes");
    l.splits = tn_attr_tensor(a, "nodes_splits");
    l.weights = tn_attr_tensor(a, "leaf_weights");
    l.members = tn_attr_tensor(a, "membership_values");
    return l;
}

static tn_status check_tensor(tn_infer *c, const char *name, const tn_tensor *t, size_t want) {
    if (t->dtype == TN_STRING) return tn_infer_fail(c, "'%s' holds texts", name);
    return want == SIZE_MAX ? TN_OK : same_length(c, name, (size_t)tn_count(t), want);
}

static tn_status check_lists(tn_infer *c, const lists *l) {
    static const char *const nodes[] = {"nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs",
                                        "nodes_falseleafs"};
    size_t n;
    for (int i = 0; i < 4; i++) {
        tn_attr_ints(c->attrs, nodes[i], &n);
        TN_TRY(same_length(c, nodes[i], n, l->nnodes));
    }
    if (l->nnan) TN_TRY(same_length(c, "nodes_missing_value_tracks_true", l->nnan, l->nnodes));
    TN_TRY(check_tensor(c, "nodes_modes", l->modes, l->nnodes));
    TN_TRY(check_tensor(c, "nodes_splits", l->splits, l->nnodes));
    TN_TRY(check_tensor(c, "leaf_weights", l->weights, l->nleaves));
    return l->members ? check_tensor(c, "membership_values", l->members, SIZE_MAX) : TN_OK;
}

// n_targets, or what the leaves vote for.
static int64_t count_targets(tn_attrs a, const lists *l) {
    int64_t n = tn_attr_int(a, "n_targets");
    if (tn_attr_has(a, "n_targets")) return n;
    for (size_t i = 0; i < l->nleaves; i++)
        if (l->targets[i] >= n && l->targets[i] < INT32_MAX) n = l->targets[i] + 1;
    return n;
}

static tn_status infer(tn_infer *c) {
    lists l = lists_of(c->attrs);
    tn_dim dim[2], features;
    TN_TRY(check_lists(c, &l));
    TN_TRY(tni_want_rank(c, 0, "the input", 2, 2));
    TN_TRY(tni_ml_infer_rows(c, &dim[0], &features));
    dim[1] = tn_k(count_targets(c->attrs, &l));
    tni_shape_out(c, 0, c->in[0]->type.dtype, 2, dim);
    return TN_OK;
}

// The sets of MEMBER nodes follow one another in the nodes' order, each ended by a NaN.
static tn_status give_members(tn_call *c, tni_forest *f, const lists *l) {
    int64_t n = l->members ? tn_count(l->members) : 0, at = 0;
    double *member = tni_scratch(c, n, sizeof *member);
    if (!member) return TN_NOMEM;
    if (n) tni_load(member, l->members, 0, 1, n);
    f->member = member;
    for (int64_t i = 0; i < f->nnodes; i++) {
        tni_tree_node *node = &f->node[i];
        if (node->branch != TNI_BRANCH_MEMBER) continue;
        if (at == n) return tn_call_fail(c, TN_INVALID, "membership_values has too few sets");
        node->members = at;
        while (at < n && !isnan(member[at])) at++;
        node->nmembers = at - node->members;
        if (at < n) at++;
    }
    return TN_OK;
}

static tn_status make_nodes(tn_call *c, tni_forest *f, const lists *l) {
    for (size_t i = 0; i < l->nnodes; i++) {
        int64_t branch = tni_get_int(l->modes, (int64_t)i);
        if (branch < 0 || branch >= TNI_BRANCHES)
            return tn_call_fail(c, TN_INVALID, "nodes_modes[%zu] is %lld", i, (long long)branch);
        if (l->yes[i] < 0 || l->no[i] < 0)
            return tn_call_fail(c, TN_INVALID, "node %zu has a negative branch", i);
        f->node[i] = (tni_tree_node){.branch = (tni_branch)branch,
                                     .nan_is_true = l->nnan && l->nan_true[i] != 0,
                                     .feature = l->features[i],
                                     .split = tni_get(l->splits, (int64_t)i),
                                     .yes = l->yes_leaf[i] ? -1 - l->yes[i] : l->yes[i],
                                     .no = l->no_leaf[i] ? -1 - l->no[i] : l->no[i]};
    }
    return TN_OK;
}

static tn_status make_forest(tn_call *c, tni_forest *f, const lists *l) {
    *f = (tni_forest){.nnodes = (int64_t)l->nnodes, .nroots = (int64_t)l->nroots};
    f->nvotes = f->nleaves = (int64_t)l->nleaves;
    f->targets = c->out[0]->dim[1];
    f->features = c->in[0]->dim[1];
    f->node = tni_scratch(c, f->nnodes, sizeof *f->node);
    f->root = tni_scratch(c, f->nroots, sizeof *f->root);
    f->vote = tni_scratch(c, f->nvotes, sizeof *f->vote);
    if (!f->node || !f->root || !f->vote) return TN_NOMEM;
    TN_TRY(make_nodes(c, f, l));
    TN_TRY(give_members(c, f, l));
    for (size_t i = 0; i < l->nroots; i++) {
        if (l->roots[i] < 0) return tn_call_fail(c, TN_INVALID, "a tree's root is negative");
        f->root[i] = l->roots[i];
    }
    for (size_t i = 0; i < l->nleaves; i++)
        f->vote[i] = (tni_tree_vote){(int64_t)i, l->targets[i], tni_get(l->weights, (int64_t)i)};
    return tni_forest_check(c, f);
}

static tn_status ref(tn_call *c) {
    lists l = lists_of(c->attrs);
    tni_forest f;
    const tn_tensor *x = c->in[0], *y = c->out[0];
    if (!y) return TN_OK;
    TN_TRY(make_forest(c, &f, &l));
    double *row = tni_scratch(c, f.features, sizeof *row), *score = tni_scratch(c, f.targets, sizeof *score);
    bool *voted = tni_scratch(c, f.targets, sizeof *voted);
    if (!row || !score || !voted) return TN_NOMEM;
    for (int64_t r = 0; r < x->dim[0]; r++) {
        tni_load(row, x, r * f.features, 1, f.features);
        if (!tni_forest_run(&f, (tni_tree_sum)tn_attr_int(c->attrs, "aggregate_function"), row, score, voted))
            return tn_call_fail(c, TN_INVALID, "the nodes of a tree run in a circle");
        tni_ml_apply((tni_ml_transform)tn_attr_int(c->attrs, "post_transform"), score, f.targets);
        tni_store(y, r * f.targets, 1, f.targets, score);
    }
    return TN_OK;
}

TN_OP(ml_tree_ensemble) = {
    TN_HERE,
    .name = "TreeEnsemble",
    TNI_ML,
    .since = 5,
    .doc = "decision trees, whose leaves' votes are added up",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_BIT(TN_F32) | TN_BIT(TN_F64) | TN_BIT(TN_F16)}},
    .attrs = {{.name = "aggregate_function", .kind = TN_ATTR_INT, .i = TNI_TREE_SUM, .max = TNI_TREE_MAX},
              {.name = "post_transform", .kind = TN_ATTR_INT, .max = TNI_ML_PROBIT},
              {.name = "n_targets", .kind = TN_ATTR_INT, .flags = TN_PRESENCE, .max = INT32_MAX},
              {"tree_roots", TN_ATTR_INTS, TN_REQUIRED},
              {"nodes_featureids", TN_ATTR_INTS, TN_REQUIRED},
              {"nodes_splits", TN_ATTR_TENSOR, TN_REQUIRED},
              {"nodes_modes", TN_ATTR_TENSOR, TN_REQUIRED},
              {"nodes_truenodeids", TN_ATTR_INTS, TN_REQUIRED},
              {"nodes_falsenodeids", TN_ATTR_INTS, TN_REQUIRED},
              {"nodes_trueleafs", TN_ATTR_INTS, TN_REQUIRED},
              {"nodes_falseleafs", TN_ATTR_INTS, TN_REQUIRED},
              {"nodes_missing_value_tracks_true", TN_ATTR_INTS},
              {"nodes_hitrates", TN_ATTR_TENSOR}, // how often nodes are passed: says nothing of the result
              {"leaf_targetids", TN_ATTR_INTS, TN_REQUIRED},
              {"leaf_weights", TN_ATTR_TENSOR, TN_REQUIRED},
              {"membership_values", TN_ATTR_TENSOR}},
    .infer = infer,
    .ref = ref,
};
