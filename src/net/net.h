// SPDX-License-Identifier: Apache-2.0
// net.h - the network-definition API inside: a network is a graph being filled, the scope names are made in,
// and the first failure. Bodies are networks too and share all but the graph.
#ifndef TN_NET_NET_H
#define TN_NET_NET_H

#include "ir/graph.h"
#include "ir/spec.h"
#include "tenon/network.h"

enum { TNI_NET_PATH = 1024, TNI_NET_SCOPES = 64 };

typedef struct tni_net_root {
    tn_env *env;
    tn_diags *diags;
    tn_status status; // the first failure
    char scope[TNI_NET_PATH];
    size_t scope_end[TNI_NET_SCOPES]; // lengths before each push
    size_t nscopes;
    const char *site_file; // of the outermost tn_site_push
    int site_line;
    size_t nsites;
    tni_map taken;  // names of layers, to how often each was asked for
    tni_map consts; // all constants by the name they were meant to have
    tn_weights *weights;
    tn_weight_find find;
    void *user;
    bool random;
    uint64_t seed;
    tn_network *all; // linked by `next`, the main one last
    tni_text type;   // what tn_value_type handed out last
} tni_net_root;

struct tn_network {
    tni_net_root *root;
    tn_graph *graph;          // NULL: handed out
    tn_network *next, *outer; // outer: of a body
    tni_map known;            // weights that were asked for here, by complete name
};

static inline bool tni_net_stopped(const tn_network *net) {
    return !net || net->root->status != TN_OK || !net->graph;
}
static inline tni_arena *tni_net_arena(tn_network *net) { return &net->graph->root->arena; }

// Records the first failure; `layer` and `tensor` may be NULL.
tn_status tni_net_fail(tn_network *net, tn_status status, const char *layer, const char *tensor,
                       const char *message, ...) TN_PRINTF(5, 6);
// False: the call can do nothing, as it has failed already, or as `p` is NULL, which is told: "a weight has
// no name" of `what` "a weight has no name".
bool tni_net_given(tn_network *net, const void *p, const char *what);
// `name` below the scope, or what follows a leading '/'. In the graph's arena; NULL: out of memory.
char *tni_net_path(tn_network *net, const char *name);
// The first of "path", "path_1", "path_2"... that was not handed out yet.
const char *tni_net_unique(tn_network *net, const char *path);
// The same for a table of its own, which keeps what it hands out in `a`.
const char *tni_unique_name(tni_map *taken, tni_arena *a, const char *path);
// "layer.c:12" of the site in force. NULL: out of memory.
const char *tni_net_source(tn_network *net, const tn_site *site);
// The value of constant `t` under the complete name; NULL after a failure.
tni_value *tni_net_constant(tn_network *net, const char *path, const tn_tensor *t);

// "4*N, 49": expressions over sizes that the types of the graph's inputs name, as a tn.Dims has them.
// TN_NOMEM, or another failure: it cannot be read.
enum { TNI_SIZES = 16 };
typedef struct tni_sizes {
    const char *expr[TN_MAX_RANK], *symbol[TNI_SIZES];
    tni_value *input[TNI_SIZES];
    int64_t from[TNI_SIZES], axis[TNI_SIZES]; // by symbol: which input, and which of its dimensions
    size_t exprs, symbols;
    int inputs;
} tni_sizes;
tn_status tni_sizes_read(tni_sizes *s, tn_graph *g, const char *text);

// What an operator is called in C: "Conv" is conv, "com.microsoft.QLinearAdd" ms_qlinear_add.
enum { TNI_FUNCTION = 96 };
const char *tni_function_name(const tn_op_def *op, char buffer[TNI_FUNCTION]);
// Its last part, which layers that were given no name are called.
const char *tni_layer_name(const tn_op_def *op, char buffer[TNI_FUNCTION]);
// What a parameter or attribute is called in C. `index` counts inputs, then attributes.
const char *tni_field_name(const tn_op_def *op, const char *name, bool attribute, char buffer[TNI_FUNCTION]);
// What that is called in Python: "if" is if_.
const char *tni_python_name(const char *name, char buffer[TNI_FUNCTION]);
extern const char *const tni_python_words[]; // Python's keywords; ends with NULL
// Operators that the API has a function for: all that can stand in a graph.
bool tni_has_function(const tn_op_def *op);

#endif
