// SPDX-License-Identifier: Apache-2.0
// registry.h - the tables the build generates from every TN_OP, TN_TACTIC and TN_PASS under src/, sorted by
// path, and the look-ups over them.
#ifndef TN_IR_REGISTRY_H
#define TN_IR_REGISTRY_H

#include "tenon/ext.h"

extern const tn_op_def *const tni_ops[];
extern const size_t tni_op_count;
extern const tn_tactic_def *const tni_tactics[];
extern const size_t tni_tactic_count;
extern const tn_pass_def *const tni_passes[];
extern const size_t tni_pass_count;

enum { TN_OPSET = 28 }; // the newest ai.onnx opset: the language of the graph

// NULL: not known. `domain` NULL, "" and "ai.onnx" are the same.
const tn_op_def *tni_op_find(const char *domain, const char *name);
const tn_tactic_def *tni_tactic_find(const char *name);
bool tni_tactic_serves(const tn_tactic_def *tactic, const tn_op_def *op); // computes that operator
bool tni_same_domain(const char *a, const char *b);
const char *tni_domain(const char *domain); // NULL and "ai.onnx" become ""

#endif
