// SPDX-License-Identifier: Apache-2.0
// registry.h - the tables the build generates from every TN_OP, TN_TACTIC, TN_PASS and TN_ATEN under src/,
// sorted by path; behind them what the env's plug-ins bring; and the look-ups over both.
#ifndef TN_IR_REGISTRY_H
#define TN_IR_REGISTRY_H

#include "tenon/ext.h"

// What is built in.
extern const tn_op_def *const tni_ops[];
extern const size_t tni_op_count;
extern const tn_tactic_def *const tni_tactics[];
extern const size_t tni_tactic_count;
extern const tn_pass_def *const tni_passes[];
extern const size_t tni_pass_count;
extern const tn_aten_def *const tni_atens[]; // tables: each ends with a row without a target
extern const size_t tni_aten_count;

// Their names in the macros, row by row: "conv" of TN_OP(conv).
extern const char *const tni_op_ids[];
extern const char *const tni_tactic_ids[];
extern const char *const tni_pass_ids[];
// Operators and kernels were left out, and all that makes engines: a library that only runs (TN_ONLY_OPS).
extern const bool tni_only_runs;

enum { TN_OPSET = 28 }; // the newest ai.onnx opset: the language of the graph

// What there is, one after the other: built in first. NULL after the last. `env` NULL: only what is built in.
const tn_op_def *tni_op_at(const tn_env *env, size_t i);
const tn_tactic_def *tni_tactic_at(const tn_env *env, size_t i);
const tn_pass_def *tni_pass_at(const tn_env *env, size_t i);

// NULL: not known. `domain` NULL, "" and "ai.onnx" are the same.
const tn_op_def *tni_op_find(const tn_env *env, const char *domain, const char *name);
const tn_op_def *tni_op_find_aten(const tn_env *env, const char *target); // "my::foo.default"
const tn_tactic_def *tni_tactic_find(const tn_env *env, const char *name);
const tn_pass_def *tni_pass_find(const tn_env *env, const char *name, size_t length);
bool tni_tactic_serves(const tn_tactic_def *tactic, const tn_op_def *op); // computes that operator
// NULL when `tactic` can run `p` on a CPU with the features `isa`, else why not.
const char *tni_tactic_reject(const tn_tactic_def *tactic, const tn_problem *p, unsigned isa);
const char *tni_tactic_isa(const tn_tactic_def *tactic); // the CPU level it needs: "generic", "avx2"...
bool tni_same_domain(const char *a, const char *b);
const char *tni_domain(const char *domain); // NULL and "ai.onnx" become ""
// Who brings a definition; NULL: built in.
const tn_plugin *tni_op_plugin(const tn_env *env, const tn_op_def *op);
const tn_plugin *tni_tactic_plugin(const tn_env *env, const tn_tactic_def *tactic);
const tn_plugin *tni_pass_plugin(const tn_env *env, const tn_pass_def *pass);
const tn_plugin *tni_plugin_find(const tn_env *env, const char *name);

#endif
