// SPDX-License-Identifier: Apache-2.0
// tenon/rewrite.h - what a plug-in's pass changes a graph with: look at the nodes, add some, put a value in
// another's place. `.run` of a tn_pass_def (tenon/ext.h) gets the graph; what is built in is written with the
// same steps.
//
//     for (tn_graph_node *n = tn_graph_first(g), *next; n; n = next) {
//         tn_graph_node *inner = tn_value_maker(tn_node_in(n, 0));
//         next = tn_graph_following(n);
//         if (!tn_node_is(n, "Neg") || !tn_node_is(inner, "Neg")) continue;
//         if (tn_rewrite_replace(n, tn_node_in(inner, 0))) *changed = true;
//     }
//
// A node that is replaced goes, with what only it needed, which is all before it. So a pass rewrites at the
// last node of what it matches and asks for the following one first. A NULL that one of these functions
// returned may be given to the next: a node that is none is no Neg and has no inputs, a value that is none
// has no maker.
#ifndef TENON_REWRITE_H
#define TENON_REWRITE_H

#include "tenon/ext.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tni_node tn_graph_node; // a node; lives until it is removed
typedef struct tni_value tn_value;     // what nodes read and make; lives as long as the graph

// ---- looking

TN_API tn_graph_node *tn_graph_first(tn_graph *graph); // in the order of running; NULL: there is none
TN_API tn_graph_node *tn_graph_following(tn_graph_node *node);
TN_API bool tn_node_is(const tn_graph_node *node, const char *op); // "Conv", "com.example.Hat"
TN_API int tn_node_ins(const tn_graph_node *node);
TN_API int tn_node_outs(const tn_graph_node *node);
TN_API tn_value *tn_node_in(const tn_graph_node *node, int i); // NULL: omitted, or there are not so many
TN_API tn_value *tn_node_out(const tn_graph_node *node, int i);
TN_API tn_attrs tn_node_attrs(const tn_graph_node *node);
// Body `i` of an If, Loop or Scan, to be walked like any graph; NULL: there are not so many.
TN_API tn_graph *tn_node_body(const tn_graph_node *node, size_t i);

TN_API const tn_info *tn_value_info(const tn_value *value);       // type, and contents as far as known
TN_API const tn_tensor *tn_value_constant(const tn_value *value); // its data; NULL: no constant
TN_API bool tn_value_is_number(const tn_value *value, double x);  // a constant of this one number
// The node that makes it in its own graph; NULL: an input or a constant.
TN_API tn_graph_node *tn_value_maker(const tn_value *value);
// The node that reads it, when there is one reading and it is no output.
TN_API tn_graph_node *tn_value_only_reader(const tn_value *value);

// ---- changing

// Makes a node before `at`, which it takes its name and line of source from, and returns its first output;
// attributes are written as in the text form: "axis=1, mode=\"linear\"" (NULL: none). NULL: it cannot be, and
// `diags` says why; a pass then returns TN_INVALID.
TN_API tn_value *tn_rewrite_add(tn_graph_node *at, const char *op, int count, tn_value *const *ins,
                                const char *attributes, tn_diags *diags);
// A constant; `value` is copied. NULL: out of memory.
TN_API tn_value *tn_rewrite_constant(tn_graph *graph, const tn_tensor *value);
// Lets everybody who read `node`'s first output read `by`, and removes `node` with what only it needed.
// False: that may not be (an output of the graph has to be made in it, another output of the node is read,
// the types differ), and nothing has changed.
TN_API bool tn_rewrite_replace(tn_graph_node *node, tn_value *by);

#ifdef __cplusplus
}
#endif
#endif
