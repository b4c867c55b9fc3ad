// SPDX-License-Identifier: Apache-2.0
// ml_tree_legacy.c - TreeEnsembleRegressor and TreeEnsembleClassifier: one list of nodes, known by the ids of
// tree and node, leaves among them, and a list of votes for such ids. How a classifier with two classes turns
// one score into two is ONNX Runtime's way, which the specification leaves open.
#include "op/ml_forest.h"

#include <stdlib.h>

// ------------------------------------------------------------------------------------------------- lists

typedef struct votes { // names of the attributes
    const char *trees, *nodes, *ids, *weights, *weights_tensor;
} votes;

static const votes regressor_votes = {"target_treeids", "target_nodeids", "target_ids", "target_weights",
                                      "target_weights_as_tensor"};
static const votes classifier_votes = {"class_treeids", "class_nodeids", "class_ids", "class_weights",
                                       "class_weights_as_tensor"};

// A list of numbers that is a list of floats, or a tensor of doubles.
typedef struct reals {
    size_t n;
    const float *floats;
    const tn_tensor *tensor;
} reals;

static reals reals_of(tn_attrs a, const char *floats, const char *tensor) {
    reals r = {.tensor = tn_attr_tensor(a, tensor)};
    r.floats = tn_attr_floats(a, floats, &r.n);
    if (r.tensor && r.tensor->dtype == TN_STRING) r.tensor = NULL;
    if (r.tensor) r.n = (size_t)tn_count(r.tensor);
    return r;
}

static double real_at(const reals *r, size_t i) {
    return r->tensor ? tni_get(r->tensor, (int64_t)i) : (double)r->floats[i];
}

static tn_status check_ints(tn_infer *c, const char *name, size_t want) {
    size_t n;
    tn_attr_ints(c->attrs, name, &n);
    if (n == want) return TN_OK;
    return tn_infer_fail(c, "'%s' has %zu entries, expected %zu", name, n, want);
}

static tn_status check_lists(tn_infer *c, const votes *v) {
    static const char *const names[] = {"nodes_treeids", "nodes_featureids", "nodes_truenodeids",
                                        "nodes_falsenodeids"};
    size_t nodes, modes, nan_true, nvotes;
    tn_attr_ints(c->attrs, "nodes_nodeids", &nodes);
    for (int i = 0; i < 4; i++) TN_TRY(check_ints(c, names[i], nodes));
    tn_attr_ints(c->attrs, "nodes_missing_value_tracks_true", &nan_true);
    if (nan_true) TN_TRY(check_ints(c, "nodes_missing_value_tracks_true", nodes));
    tn_attr_strings(c->attrs, "nodes_modes", &modes);
    if (modes != nodes) return tn_infer_fail(c, "'nodes_modes' has %zu entries, expected %zu", modes, nodes);
    reals splits = reals_of(c->attrs, "nodes_values", "nodes_values_as_tensor");
    if (splits.n != nodes)
        return tn_infer_fail(c, "'nodes_values' has %zu entries, expected %zu", splits.n, nodes);
    tn_attr_ints(c->attrs, v->ids, &nvotes);
    TN_TRY(check_ints(c, v->trees, nvotes));
    TN_TRY(check_ints(c, v->nodes, nvotes));
    reals weights = reals_of(c->attrs, v->weights, v->weights_tensor);
    if (weights.n != nvotes)
        return tn_infer_fail(c, "'%s' has %zu entries, expected %zu", v->weights, weights.n, nvotes);
    return tni_ml_check_transform(c);
}

// --------------------------------------------------------------------------------------------- the forest

typedef struct place { // where a node is listed
    int64_t tree, node, at;
} place;

static int by_ids(const void *x, const void *y) {
    const place *a = x, *b = y;
    if (a->tree != b->tree) return a->tree < b->tree ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

static int64_t find_node(const place *list, size_t n, int64_t tree, int64_t node) {
    place key = {tree, node, 0};
    const place *found = n ? bsearch(&key, list, n, sizeof key, by_ids) : NULL;
    return found ? found->at : -1;
}

// TNI_BRANCHES is a leaf; TNI_BRANCHES + 1 is unknown.
static int branch_of(tn_str mode) {
    static const char *const names[] = {"BRANCH_LEQ", "BRANCH_LT",  "BRANCH_GTE",    "BRANCH_GT",
                                        "BRANCH_EQ",  "BRANCH_NEQ", "BRANCH_MEMBER", "LEAF"};
    int i = 0;
    while (i <= TNI_BRANCHES && !tni_str_equal(mode, (tn_str){names[i], strlen(names[i])})) i++;
    return i;
}

// A node's index as a branch wants it: leaves are numbered as the nodes are.
static bool link(const tni_forest *f, const place *list, int64_t tree, int64_t node, int64_t *to) {
    int64_t at = find_node(list, (size_t)f->nnodes, tree, node);
    if (at < 0) return false;
    *to = f->node[at].branch == TNI_BRANCHES ? -1 - at : at;
    return true;
}

static tn_status make_nodes(tn_call *c, tni_forest *f) {
    size_t n, nan_true;
    const int64_t *features = tn_attr_ints(c->attrs, "nodes_featureids", &n);
    const int64_t *nan = tn_attr_ints(c->attrs, "nodes_missing_value_tracks_true", &nan_true);
    const tn_str *modes = tn_attr_strings(c->attrs, "nodes_modes", &n);
    reals splits = reals_of(c->attrs, "nodes_values", "nodes_values_as_tensor");
    for (size_t i = 0; i < n; i++) {
        int branch = branch_of(modes[i]);
        if (branch > TNI_BRANCHES || branch == TNI_BRANCH_MEMBER)
            return tn_call_fail(c, TN_INVALID, "nodes_modes[%zu] is '%.*s'", i, (int)modes[i].size,
                                modes[i].text);
        f->node[i] = (tni_tree_node){.branch = (tni_branch)branch,
                                     .feature = branch == TNI_BRANCHES ? 0 : features[i],
                                     .split = real_at(&splits, i),
                                     .nan_is_true = nan_true && nan[i] != 0,
                                     .yes = -1,
                                     .no = -1};
    }
    return TN_OK;
}

// Links the nodes; what no branch leads to is a root.
static tn_status link_nodes(tn_call *c, tni_forest *f, const place *list) {
    size_t n;
    const int64_t *tree = tn_attr_ints(c->attrs, "nodes_treeids", &n);
    const int64_t *yes = tn_attr_ints(c->attrs, "nodes_truenodeids", &n);
    const int64_t *no = tn_attr_ints(c->attrs, "nodes_falsenodeids", &n);
    bool *child = tni_scratch(c, f->nnodes, sizeof *child);
    if (!child) return TN_NOMEM;
    memset(child, 0, n * sizeof *child);
    for (size_t i = 0; i < n; i++) {
        tni_tree_node *node = &f->node[i];
        if (node->branch == TNI_BRANCHES) continue;
        if (!link(f, list, tree[i], yes[i], &node->yes) || !link(f, list, tree[i], no[i], &node->no))
            return tn_call_fail(c, TN_INVALID, "a branch of node %zu leads out of its tree", i);
        child[node->yes < 0 ? -1 - node->yes : node->yes] = true;
        child[node->no < 0 ? -1 - node->no : node->no] = true;
    }
    for (int64_t i = 0; i < f->nnodes; i++)
        if (!child[i]) f->root[f->nroots++] = f->node[i].branch == TNI_BRANCHES ? -1 - i : i;
    return TN_OK;
}

static tn_status make_votes(tn_call *c, tni_forest *f, const votes *v, const place *list) {
    size_t n;
    const int64_t *trees = tn_attr_ints(c->attrs, v->trees, &n);
    const int64_t *nodes = tn_attr_ints(c->attrs, v->nodes, &n);
    const int64_t *ids = tn_attr_ints(c->attrs, v->ids, &n);
    reals weights = reals_of(c->attrs, v->weights, v->weights_tensor);
    f->vote = tni_scratch(c, (int64_t)n, sizeof *f->vote);
    if (!f->vote) return TN_NOMEM;
    for (size_t i = 0; i < n; i++) {
        int64_t leaf = find_node(list, (size_t)f->nnodes, trees[i], nodes[i]);
        if (leaf < 0)
            return tn_call_fail(c, TN_INVALID, "vote %zu is of node %lld in tree %lld, which does not exist",
                                i, (long long)nodes[i], (long long)trees[i]);
        f->vote[f->nvotes++] = (tni_tree_vote){leaf, ids[i], real_at(&weights, i)};
    }
    return TN_OK;
}

static tn_status make_forest(tn_call *c, tni_forest *f, const votes *v, int64_t targets) {
    size_t n;
    const int64_t *nodes = tn_attr_ints(c->attrs, "nodes_nodeids", &n);
    const int64_t *trees = tn_attr_ints(c->attrs, "nodes_treeids", &n);
    int64_t rows;
    *f = (tni_forest){.nnodes = (int64_t)n, .nleaves = (int64_t)n, .targets = targets};
    tni_ml_rows(c->in[0], &rows, &f->features);
    place *list = tni_scratch(c, f->nnodes, sizeof *list);
    f->node = tni_scratch(c, f->nnodes, sizeof *f->node);
    f->root = tni_scratch(c, f->nnodes, sizeof *f->root);
    if (!list || !f->node || !f->root) return TN_NOMEM;
    for (size_t i = 0; i < n; i++) list[i] = (place){trees[i], nodes[i], (int64_t)i};
    if (n) qsort(list, n, sizeof *list, by_ids);
    TN_TRY(make_nodes(c, f));
    TN_TRY(link_nodes(c, f, list));
    TN_TRY(make_votes(c, f, v, list));
    if (f->features == 0 && n) return tn_call_fail(c, TN_INVALID, "there are no features");
    return tni_forest_check(c, f);
}

// ---------------------------------------------------------------------------------------------- regressor

static tni_tree_sum sum_of(tn_attrs a) {
    return tn_attr_is(a, "aggregate_function", "AVERAGE") ? TNI_TREE_AVERAGE
           : tn_attr_is(a, "aggregate_function", "MIN")   ? TNI_TREE_MIN
           : tn_attr_is(a, "aggregate_function", "MAX")   ? TNI_TREE_MAX
                                                          : TNI_TREE_SUM;
}

static int64_t count_targets(tn_attrs a) {
    size_t n;
    const int64_t *ids = tn_attr_ints(a, "target_ids", &n);
    int64_t most = 0;
    if (tn_attr_has(a, "n_targets")) return tn_attr_int(a, "n_targets");
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= most && ids[i] < INT32_MAX) most = ids[i] + 1;
    return most;
}

static tn_status regressor_infer(tn_infer *c) {
    tn_dim dim[2], features;
    reals base = reals_of(c->attrs, "base_values", "base_values_as_tensor");
    TN_TRY(check_lists(c, &regressor_votes));
    if (sum_of(c->attrs) == TNI_TREE_SUM && !tn_attr_is(c->attrs, "aggregate_function", "SUM"))
        return tn_infer_fail(c, "aggregate_function must be AVERAGE, SUM, MIN or MAX, not '%s'",
                             tn_attr_string(c->attrs, "aggregate_function"));
    TN_TRY(tni_ml_infer_rows(c, &dim[0], &features));
    dim[1] = tn_k(count_targets(c->attrs));
    if (base.n && (int64_t)base.n != dim[1].k)
        return tn_infer_fail(c, "there are %zu base values for %lld targets", base.n, (long long)dim[1].k);
    tni_shape_out(c, 0, TN_F32, 2, dim);
    return TN_OK;
}

typedef struct rows { // buffers of a run over the input
    double *x, *score;
    bool *voted;
    int64_t count;
} rows;

static tn_status make_rows(tn_call *c, const tni_forest *f, rows *r) {
    int64_t features;
    tni_ml_rows(c->in[0], &r->count, &features);
    r->x = tni_scratch(c, features, sizeof *r->x);
    r->score = tni_scratch(c, f->targets + 2, sizeof *r->score);
    r->voted = tni_scratch(c, f->targets + 2, sizeof *r->voted);
    return r->x && r->score && r->voted ? TN_OK : TN_NOMEM;
}

static tn_status run_row(tn_call *c, const tni_forest *f, const rows *r, tni_tree_sum how, int64_t row) {
    tni_load(r->x, c->in[0], row * f->features, 1, f->features);
    if (tni_forest_run(f, how, r->x, r->score, r->voted)) return TN_OK;
    return tn_call_fail(c, TN_INVALID, "the nodes of a tree run in a circle");
}

static tn_status regressor_ref(tn_call *c) {
    tni_forest f;
    rows r;
    const tn_tensor *y = c->out[0];
    reals base = reals_of(c->attrs, "base_values", "base_values_as_tensor");
    if (!y) return TN_OK;
    TN_TRY(make_forest(c, &f, &regressor_votes, y->dim[1]));
    TN_TRY(make_rows(c, &f, &r));
    for (int64_t row = 0; row < r.count; row++) {
        TN_TRY(run_row(c, &f, &r, sum_of(c->attrs), row));
        for (size_t k = 0; k < base.n; k++) r.score[k] += real_at(&base, k);
        tni_ml_apply(tni_ml_transform_of(c->attrs), r.score, f.targets);
        tni_store(y, row * f.targets, 1, f.targets, r.score);
    }
    return TN_OK;
}

// --------------------------------------------------------------------------------------------- classifier

static tni_ml_labels labels_of(tn_attrs a) {
    return tni_ml_labels_of(a, "classlabels_int64s", "classlabels_strings");
}

static tn_status classifier_infer(tn_infer *c) {
    tni_ml_labels l = labels_of(c->attrs);
    reals base = reals_of(c->attrs, "base_values", "base_values_as_tensor");
    TN_TRY(check_lists(c, &classifier_votes));
    if (l.n < 2) return tn_infer_fail(c, "there are %zu class labels, at least two are needed", l.n);
    if (base.n && base.n != l.n && !(l.n == 2 && base.n == 1))
        return tn_infer_fail(c, "there are %zu base values for %zu classes", base.n, l.n);
    return tni_ml_infer_classes(c, &l, (int64_t)l.n);
}

// Two classes, but all votes are for one of them: its score decides, and makes the other one's.
typedef struct binary {
    bool one_class, positive; // all weights >= 0: scores are probabilities
} binary;

static binary binary_of(tn_attrs a, size_t labels) {
    binary b = {labels == 2, true};
    size_t n;
    const int64_t *ids = tn_attr_ints(a, "class_ids", &n);
    reals weights = reals_of(a, "class_weights", "class_weights_as_tensor");
    for (size_t i = 0; i < n; i++) {
        if (ids[i] != ids[0]) b.one_class = false;
        if (real_at(&weights, i) < 0) b.positive = false;
    }
    return b;
}

// The greatest of the scores that have votes; the first class when none has.
static size_t most(const rows *r, size_t n) {
    size_t best = n;
    for (size_t k = 0; k < n; k++)
        if (r->voted[k] && (best == n || r->score[k] > r->score[best])) best = k;
    return best == n ? 0 : best;
}

// From the score of the one class that has any to both; returns the winner.
static size_t split_score(const binary *b, tni_ml_transform t, double x, double score[2]) {
    score[0] = b->positive && t != TNI_ML_LOGISTIC ? 1 - x : -x;
    score[1] = x;
    if (t == TNI_ML_LOGISTIC) tni_ml_apply(t, score, 2);
    return b->positive ? x > 0.5 : x > 0;
}

static size_t decide(const binary *b, tni_ml_transform t, const reals *base, const rows *r, size_t n) {
    if (b->one_class && !r->voted[1] && base->n < 2)
        return split_score(b, t, r->score[0] + (base->n ? real_at(base, 0) : 0), r->score);
    for (size_t k = 0; k < n && base->n == n; k++) {
        r->score[k] += real_at(base, k);
        r->voted[k] = true;
    }
    bool lonely = b->one_class && base->n < 2; // only the second class has a score
    size_t best = lonely ? r->score[1] > (b->positive ? 0.5 : 0) : most(r, n);
    tni_ml_apply(t, r->score, (int64_t)n);
    return best;
}

static tn_status classifier_ref(tn_call *c) {
    tni_forest f;
    rows r;
    tni_ml_labels l = labels_of(c->attrs);
    binary b = binary_of(c->attrs, l.n);
    reals base = reals_of(c->attrs, "base_values", "base_values_as_tensor");
    TN_TRY(make_forest(c, &f, &classifier_votes, (int64_t)l.n));
    TN_TRY(make_rows(c, &f, &r));
    for (int64_t row = 0; row < r.count; row++) {
        TN_TRY(run_row(c, &f, &r, TNI_TREE_SUM, row));
        size_t best = decide(&b, tni_ml_transform_of(c->attrs), &base, &r, l.n);
        tni_ml_give_label(tni_result(c, 0), row, &l, best);
        if (tni_result(c, 1)) tni_store(c->out[1], row * f.targets, 1, f.targets, r.score);
    }
    return TN_OK;
}

// --------------------------------------------------------------------------------------- definitions

#define TREE_ATTRS                                                                                        \
    {"nodes_treeids", TN_ATTR_INTS}, {"nodes_nodeids", TN_ATTR_INTS}, {"nodes_featureids", TN_ATTR_INTS}, \
        {"nodes_values", TN_ATTR_FLOATS}, {"nodes_values_as_tensor", TN_ATTR_TENSOR},                     \
        {"nodes_modes", TN_ATTR_STRINGS}, {"nodes_truenodeids", TN_ATTR_INTS},                            \
        {"nodes_falsenodeids", TN_ATTR_INTS}, {"nodes_missing_value_tracks_true", TN_ATTR_INTS},          \
        {"nodes_hitrates", TN_ATTR_FLOATS}, {"nodes_hitrates_as_tensor", TN_ATTR_TENSOR},                 \
        {"base_values", TN_ATTR_FLOATS}, {"base_values_as_tensor", TN_ATTR_TENSOR}, {                     \
        "post_transform", TN_ATTR_STRING, .s = "NONE"                                                     \
    }

TN_OP(ml_tree_ensemble_regressor) = {
    TN_HERE,
    .name = "TreeEnsembleRegressor",
    TNI_ML,
    .since = 3,
    .last = 4,
    .first = 1,
    .doc = "decision trees, whose leaves' votes are added up",
    .in = {{"X", "T"}},
    .out = {{"Y", "f32"}},
    .types = {{"T", TNI_ML_NUMBERS}},
    .attrs = {TREE_ATTRS,
              {.name = "n_targets", .kind = TN_ATTR_INT, .flags = TN_PRESENCE, .max = INT32_MAX},
              {"aggregate_function", TN_ATTR_STRING, .s = "SUM"},
              {"target_treeids", TN_ATTR_INTS},
              {"target_nodeids", TN_ATTR_INTS},
              {"target_ids", TN_ATTR_INTS},
              {"target_weights", TN_ATTR_FLOATS},
              {"target_weights_as_tensor", TN_ATTR_TENSOR}},
    .infer = regressor_infer,
    .ref = regressor_ref,
};

TN_OP(ml_tree_ensemble_classifier) = {
    TN_HERE,
    .name = "TreeEnsembleClassifier",
    TNI_ML,
    .since = 3,
    .last = 4,
    .first = 1,
    .doc = "decision trees, whose leaves vote for classes",
    .in = {{"X", "T1"}},
    .out = {{"Y", "T2"}, {"Z", "f32"}},
    .types = {{"T1", TNI_ML_NUMBERS}, {"T2", TN_BIT(TN_STRING) | TN_BIT(TN_I64)}},
    .attrs = {TREE_ATTRS,
              {"classlabels_int64s", TN_ATTR_INTS},
              {"classlabels_strings", TN_ATTR_STRINGS},
              {"class_treeids", TN_ATTR_INTS},
              {"class_nodeids", TN_ATTR_INTS},
              {"class_ids", TN_ATTR_INTS},
              {"class_weights", TN_ATTR_FLOATS},
              {"class_weights_as_tensor", TN_ATTR_TENSOR}},
    .infer = classifier_infer,
    .ref = classifier_ref,
};
