// SPDX-License-Identifier: Apache-2.0
// unknown.h - nodes whose operator nobody knows: noted while a model is read, told together when all of it
// was read. Each operator is one error, with the nodes that use it; each connected region of such nodes is a
// note, with the tensors that enter and leave it: what a plug-in would have to compute.
#ifndef TN_IMPORT_UNKNOWN_H
#define TN_IMPORT_UNKNOWN_H

#include "ir/graph.h"

typedef struct tni_unknown {
    const char *domain, *op; // "" is ai.onnx; NULL: an operator of PyTorch
    const char *hint;
    tn_diag where;
    int nin, nout;
    tni_value **in, **out; // NULL: omitted; `out` are values of their own that stand for what is not made
    bool *used;            // of `out`: by a node that is known, or as an output of the graph
    bool told;
    size_t region; // another node of the same region, or itself
} tni_unknown;

typedef struct tni_unknowns {
    tni_arena *arena; // lives until they are told
    tni_unknown *node;
    size_t count, capacity;
    bool failed; // for want of memory
} tni_unknowns;

// Copies what `n` points to, the values excepted. Marks `out`'s values as its own.
void tni_unknowns_add(tni_unknowns *u, const tni_unknown *n);
// To be called for every value that a known node reads, and for the outputs of graphs.
void tni_unknowns_read(tni_unknowns *u, const tni_value *v);
void tni_unknowns_tell(tni_unknowns *u, tn_diags *diags);
// What to do about an operator of that name. Lives in `a` or for ever.
const char *tni_unknown_hint(const tn_env *env, tni_arena *a, const char *domain, const char *op, int opset);

#endif
