// SPDX-License-Identifier: Apache-2.0
// rewrite.h - the steps passes are written with: what is known of a value, who makes and reads it, one node
// in another's place. Passes walk a graph forwards and rewrite at the last node of what they match, so that
// the next node of the walk is never one that goes.
#ifndef TN_PASS_REWRITE_H
#define TN_PASS_REWRITE_H

#include "base/diag.h"
#include "ir/graph.h"

// ---- what is known

// The data of an initialiser or of what was folded. A body's input has none, even where inference knows what
// its first value is.
const tn_tensor *tni_known(const tni_value *v);
static inline const tn_tensor *tni_known_in(const tni_node *n, int i) { return tni_known(tni_in(n, i)); }
bool tni_all_are(const tn_tensor *t, double x); // numbers only; false when there are no elements
bool tni_known_is(const tni_value *v, double x);
bool tni_known_number(const tni_value *v, double *to);       // one element
bool tni_near(const tni_value *v, double x);                 // one element, equal to x within f16's precision
bool tni_contents_are(const tni_value *v, int64_t k);        // integers, all known to be k
bool tni_same_shape(const tni_value *a, const tni_value *b); // provably, for all inputs
bool tni_same_type(const tni_value *a, const tni_value *b);  // and the same element type
bool tni_perm(const tni_node *n, int *perm, int *rank);      // of a Transpose; false: rank not known
static inline tn_dtype tni_dtype(const tni_value *v) { return v->info.type.dtype; }
static inline int tni_rank(const tni_value *v) { return v->info.type.rank; }

// ---- who makes and who reads

tni_node *tni_made_by(const tni_value *v, const char *op); // the node, when it is in v's graph; else NULL
bool tni_used_once(const tni_value *v);                    // by one input of a node of its own graph
// The node that reads `v`, when it is the only use and of that operator; `op` NULL: any.
tni_node *tni_read_by(const tni_value *v, const char *op);
bool tni_only_first(const tni_node *n); // outputs after the first are not used
// Splits the inputs of a commutative node (or any with two) into a constant and the other one.
bool tni_split_const(const tni_node *n, int *variable, int *constant);

// ---- changing

// A graph's outputs keep their names and are made by their own graph: an output is not replaced by an input,
// by another output or by a value of an outer graph.
bool tni_may_replace(const tni_value *from, const tni_value *to);
// Replaces n's first output by `to` and removes n, if that may be done and nothing else of n is used.
void tni_forward(tni_node *n, tni_value *to, bool *changed);
// Makes `spec` (op, nin, in, nattr, attr, and like: by default n) where `n` stands, gives it n's outputs, and
// removes n with what only it needed. `made` may be NULL.
tn_status tni_rewrite(tni_node *n, tni_new_node spec, tni_node **made, tn_diags *diags);
// Makes `spec` before `n`; returns its first output. NULL: failed, see *status.
tni_value *tni_emit(tni_node *n, tni_new_node spec, tn_status *status, tn_diags *diags);
// Removes `n` when none of its outputs is used, and then what only it needed, in its graph.
void tni_sweep(tni_node *n);

// A new constant; its elements are rounded once from doubles. NULL: out of memory.
tni_value *tni_numbers(tn_graph *g, const char *name, tn_dtype dtype, int rank, const int64_t *dims,
                       const double *x);
// A constant shape that turns `x` into `type` through Reshape (allowzero 0): sizes, 0 where x's is copied, at
// most one -1, used only where no other size can be 0. NULL: there is none, or *status tells of an error.
tni_value *tni_shape_for(tn_graph *g, const tni_value *x, const tn_type *type, tn_status *status);

#endif
