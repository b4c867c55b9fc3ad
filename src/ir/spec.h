// SPDX-License-Identifier: Apache-2.0
// spec.h - a node as a reader found it: raw attributes, the opset the model asked for. `.upgrade` of the
// operator's definition rewrites it into the newest form; then it is bound, checked and inferred. Readers add
// nodes in order of running, so inputs' types are known to an upgrade.
//
// An upgrade edits the spec in place. What must come before it is emitted with tni_spec_emit; what must come
// after it is done by emitting the node itself and turning the spec into the last one. Changing `op` to
// another operator's name makes that operator's upgrade run next.
#ifndef TN_IR_SPEC_H
#define TN_IR_SPEC_H

#include "ir/graph.h"

enum { TNI_SPEC_IN = 64 }; // upgrades may add inputs up to this many

typedef struct tni_spec {
    tn_graph *graph;
    tni_node *before; // NULL: at the end
    tn_diags *diags;
    const char *domain, *op, *name, *source, *module;
    int opset;   // of the domain, as the model imports it
    bool newest; // it is in its newest form and stays as it is: `.upgrade` is not asked
    int nin, nout;
    tni_value **in;    // see tni_spec_room
    const char **outs; // names, "" or NULL: not wanted
    size_t nattr, cattr;
    tn_attr *attr; // raw, in the model's order
} tni_spec;

// Room for `nin` inputs, and for what upgrades add. NULL: out of memory.
tni_value **tni_spec_room(tni_arena *a, size_t nin);
// The whole way of a node into the graph: upgrade, bind, check, infer. On failure the reason is in
// spec->diags. `node` may be NULL.
tn_status tni_spec_add(tni_spec *spec, tni_node **node);

// The last part of that way: makes the node of `proto` (op, name, source, opset, attr, nin, nout) with its
// links and outputs, unchecked.
tn_status tni_node_place(tni_node **node, tn_graph *g, const tni_node *proto, tni_value *const *in,
                         const char *const *outs, tni_node *before);

// What upgrades use.
tn_attr *tni_spec_attr(tni_spec *s, const char *name); // NULL: not given
void tni_spec_drop(tni_spec *s, const char *name);
tn_status tni_spec_put(tni_spec *s, tn_attr attr); // replaces one of the same name; contents are copied
int64_t tni_spec_int(tni_spec *s, const char *name, int64_t otherwise);
tn_status tni_spec_input(tni_spec *s, int i, tni_value *v);                        // extends nin as needed
tn_status tni_spec_input_ints(tni_spec *s, int i, const int64_t *v, size_t n);     // an i64[n] constant
tn_status tni_spec_input_scalar(tni_spec *s, int i, tn_dtype dtype, double value); // a rank-0 constant
// Moves INTS attribute `name`, when given, to an i64 constant at input i.
tn_status tni_spec_ints_to_input(tni_spec *s, const char *name, int i);
// Adds a node before this one and returns its first output; NULL on failure (the reason is in diags, and
// `return TN_INVALID` is right).
tni_value *tni_spec_emit(tni_spec *s, const char *op, int nin, tni_value *const *in, size_t nattr,
                         const tn_attr *attr);
// The same for a node with several outputs (TNI_SPEC_OUT at most): their values go to `to`. Names that are
// NULL are made up.
enum { TNI_SPEC_OUT = 8 };
tn_status tni_spec_emit_all(tni_spec *s, const char *op, int nin, tni_value *const *in, size_t nattr,
                            const tn_attr *attr, int nout, const char *const *names, tni_value **to);
tn_status tni_spec_fail(tni_spec *s, const char *hint, const char *message, ...) TN_PRINTF(3, 4);
void tni_spec_warn(tni_spec *s, const char *message, ...) TN_PRINTF(2, 3);

#endif
