// SPDX-License-Identifier: Apache-2.0
// host.h - who runs an inference or a kernel: what tn_infer_* and tn_call_* stand on.
#ifndef TN_IR_HOST_H
#define TN_IR_HOST_H

#include "base/diag.h"
#include "base/meter.h"
#include "ir/graph.h"

// Where inference keeps what it knows of a value. While a model is being optimised that is the value itself;
// a context keeps its own table, so that many contexts may infer over one shared graph.
typedef struct tni_infer_env {
    tn_info *(*info)(void *user, const tni_value *v); // NULL function: &v->info
    void *user;
    tn_dims *dims;
    tni_arena *arena;
    tn_diags *diags;
    int depth; // of nested bodies
} tni_infer_env;

struct tn_infer_host {
    tni_infer_env *env;
    const tni_node *node;
    bool nomem;
};

tn_status tni_infer_node(tni_infer_env *env, const tni_node *n);
tn_status tni_infer_graph(tni_infer_env *env, const tn_graph *g);
// One node by itself: `in` is what its inputs hold now (NULL: omitted), `out[n->nout]` gets what follows of
// its outputs. Only its bodies' values are looked up in `env`.
tn_status tni_infer_values(tni_infer_env *env, const tni_node *n, const tn_tensor *const *in, tn_info *out);

// What a kernel may ask for while it runs.
struct tn_call_host {
    const tni_node *node; // for messages; NULL in tests and timing
    tn_diags *diags;
    tni_pool *pool;
    tni_meter *meter;                                       // measures the shared loops; NULL: nobody asks
    bool pins;                                              // what `memory` gives lives until the run ends
    void *(*memory)(struct tn_call_host *h, size_t bytes);  // as long as outputs do; 64-byte aligned
    void *(*keep)(struct tn_call_host *h, size_t bytes);    // until the run ends; 64-byte aligned
    void *(*scratch)(struct tn_call_host *h, size_t bytes); // until the call returns; 64-byte aligned
    tn_status (*graph)(struct tn_call_host *h, tn_graph *g, int nin, const tn_tensor *const *in, int nout,
                       const tn_tensor **out);
};

// For whoever runs a kernel of `h->node`. Before it: an output, its kind and element type set, gets the shape
// that `info` tells, and memory; where only the data tell, its data stays NULL and is the kernel's to make.
tn_status tni_call_place(struct tn_call_host *h, const tn_info *info, tn_tensor *t);
// After it: every tensor that is wanted must be there.
tn_status tni_call_check(struct tn_call_host *h, tn_tensor *const *out);

#endif
