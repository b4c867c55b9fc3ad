// SPDX-License-Identifier: Apache-2.0
// ml_forest.h - decision trees in one form, whichever operator they come from: inner nodes that compare a
// feature, leaves with votes.
#ifndef TN_OP_ML_FOREST_H
#define TN_OP_ML_FOREST_H

#include "op/ml.h"

typedef enum tni_branch {
    TNI_BRANCH_LEQ,
    TNI_BRANCH_LT,
    TNI_BRANCH_GTE,
    TNI_BRANCH_GT,
    TNI_BRANCH_EQ,
    TNI_BRANCH_NEQ,
    TNI_BRANCH_MEMBER,
    TNI_BRANCHES,
} tni_branch;

typedef struct tni_tree_node {
    tni_branch branch;
    bool nan_is_true;
    int64_t feature;
    double split;
    int64_t members, nmembers; // MEMBER: of `member`
    int64_t yes, no;           // a node's index; a leaf's as -1 - index
} tni_tree_node;

typedef struct tni_tree_vote {
    int64_t leaf, target;
    double weight;
} tni_tree_vote;

typedef struct tni_forest {
    tni_tree_node *node;
    int64_t nnodes;
    int64_t *root; // as `yes`
    int64_t nroots;
    tni_tree_vote *vote;
    int64_t nvotes;
    int64_t *first_vote; // [leaves + 1]
    int64_t nleaves;
    const double *member;
    int64_t targets, features;
} tni_forest;

typedef enum tni_tree_sum { TNI_TREE_AVERAGE, TNI_TREE_SUM, TNI_TREE_MIN, TNI_TREE_MAX } tni_tree_sum;

// Everything an index points at is there: at run time, when the number of features is known. Sorts the votes.
tn_status tni_forest_check(tn_call *c, tni_forest *f);
// score[targets] and (may be NULL) voted[targets] for one row of features. False: the nodes run in a circle.
bool tni_forest_run(const tni_forest *f, tni_tree_sum how, const double *x, double *score, bool *voted);

#endif
