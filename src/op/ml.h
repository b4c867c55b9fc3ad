// SPDX-License-Identifier: Apache-2.0
// ml.h - what the operators of ai.onnx.ml share: transforms of scores, class labels, tables of keys.
#ifndef TN_OP_ML_H
#define TN_OP_ML_H

#include "op/buffer.h"

#define TNI_ML .domain = "ai.onnx.ml"
#define TNI_ML_NUMBERS (TN_BIT(TN_F32) | TN_BIT(TN_F64) | TN_INDEXES)

// Transforms of a row of scores. PROBIT is Winitzki's approximation, as in ONNX' own implementation.
typedef enum tni_ml_transform {
    TNI_ML_NONE,
    TNI_ML_SOFTMAX,
    TNI_ML_LOGISTIC,
    TNI_ML_SOFTMAX_ZERO,
    TNI_ML_PROBIT,
} tni_ml_transform;

bool tni_ml_transform_parse(const char *name, tni_ml_transform *to);
tn_status tni_ml_check_transform(tn_infer *c); // attribute post_transform is one of them
tni_ml_transform tni_ml_transform_of(tn_attrs a);
void tni_ml_apply(tni_ml_transform t, double *scores, int64_t n);

// Class labels: whole numbers, or texts.
typedef struct tni_ml_labels {
    size_t n;
    const int64_t *ints; // NULL: texts
    const tn_str *texts;
} tni_ml_labels;

tni_ml_labels tni_ml_labels_of(tn_attrs a, const char *ints, const char *texts);
// Outs 0 and 1: a label for each row of in 0 [N,F] (or [F]), and `scores` of them.
tn_status tni_ml_infer_classes(tn_infer *c, const tni_ml_labels *l, int64_t scores);
void tni_ml_give_label(const tn_tensor *y, int64_t row, const tni_ml_labels *l, size_t label);

// Rows and features of in 0: [N,F], or one row [F].
void tni_ml_rows(const tn_tensor *x, int64_t *rows, int64_t *features);
// The same as dims; rank 1 or 2.
tn_status tni_ml_infer_rows(tn_infer *c, tn_dim *rows, tn_dim *features);

// A table from keys to their positions, sorted; of equal keys the last one counts. NaN equals NaN.
typedef struct tni_ml_key {
    double real;
    int64_t whole, at;
    tn_str text;
} tni_ml_key;

typedef struct tni_ml_table {
    tni_ml_key *key;
    size_t n;
} tni_ml_table;

tn_status tni_ml_table_new(tn_call *c, tni_ml_table *t, const tn_tensor *keys);
// Where element i of x (of the keys' type) stands among the keys; -1: nowhere.
int64_t tni_ml_find(const tni_ml_table *t, const tn_tensor *x, int64_t i);
// Attribute lists as tensors that borrow their memory. False: the list is not given.
bool tni_ml_list(tn_attrs a, const char *ints, const char *floats, const char *texts, tn_tensor *to);

#endif
