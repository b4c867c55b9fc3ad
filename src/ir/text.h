// SPDX-License-Identifier: Apache-2.0
// text.h - the graph as text, printed and parsed back. One line a node:
//
//     graph "name" {
//       in %x: f32[N,3,224,224]
//       const %w: f32[2] = {1, 0.5}            # or {0...}: all elements the same; or hex"..." raw bytes
//       %y, %idx = MaxPool(%x) {kernel_shape=[2,2]} : f32[N,3,112,112], i64[N,3,112,112]   @"model.py:12"
//       %r = If(%c) {then_branch=graph {...}, else_branch=graph {...}} : f32[]
//       out %y
//       size N = 4, 1 to 9                     # usual, least and most of a size of inputs; 0: not known
//       state %x = %y after f32[1] = {0}       # %x begins so; then it is the last run's %y. Behind the
//       outputs
//     }
//
// An omitted optional input is `_`. Names with characters outside [A-Za-z0-9_.:/-] are written %"so".
// Types after ':' are optional when parsing: inference fills them; when present they are checked.
#ifndef TN_IR_TEXT_H
#define TN_IR_TEXT_H

#include "ir/graph.h"

// `elide` leaves constants of more than 16 elements out ("..."): for people only.
void tni_graph_print(tni_text *t, const tn_graph *g, bool elide);
void tni_node_print(tni_text *t, const tni_node *n);
tn_status tni_graph_parse(tn_graph **g, tn_env *env, const char *text, size_t size, const char *name,
                          tn_diags *diags);

void tni_tensor_print(tni_text *t, const tn_tensor *x); // "f32[2] = {1, 0.5}"
void tni_attrs_print(tni_text *t, const tni_node *n);   // "axis=1, mode=\"linear\""
// Pieces of it, all of `text`; what they name is looked up in `g`, whose arena keeps what is made.
tn_status tni_type_parse(tn_graph *g, const char *text, tn_type *type, tn_diags *diags); // "f32[N,3]"
tn_status tni_tensor_parse(tn_graph *g, const char *text, const tn_tensor **t,
                           tn_diags *diags); // "i64[1] = {2}"
// "axis=1, mode=\"linear\"": up to `room` attributes.
tn_status tni_attrs_parse(tn_graph *g, const char *text, tn_attr *attr, size_t room, size_t *n,
                          tn_diags *diags);

#endif
