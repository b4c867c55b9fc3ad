// SPDX-License-Identifier: Apache-2.0
// graph.h - the mutable graph: nodes in order of running, values between them, every use of a value linked.
// All of a model's graphs (the main one and the bodies of If, Loop, Scan) share one root, whose arena owns
// everything; nothing is freed before the root is. A body may use its parents' values directly.
#ifndef TN_IR_GRAPH_H
#define TN_IR_GRAPH_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/str.h"
#include "ir/dim.h"
#include "ir/tensor.h"
#include "tenon/ext.h"

typedef struct tni_value tni_value;
typedef struct tni_node tni_node;
typedef struct tni_use tni_use;

// One place where a value is read: an input slot of a node, or an output slot of a graph (node NULL).
struct tni_use {
    tni_value *value; // NULL: omitted optional input
    tni_node *node;
    tni_use *prev, *next; // other uses of the value
};

struct tni_value {
    const char *name; // unique within its graph and the graph's parents
    tn_info info;
    tni_node *def; // NULL: graph input or constant
    int def_index; // which output of def
    tn_graph *graph;
    tni_use *uses;
    bool is_input; // of its graph
    unsigned id;   // dense within the root: the index of executors' tables
    int mark;      // free for the pass that is running
};

struct tni_node {
    const tn_op_def *op;
    const char *name;
    const char *source; // the user's PyTorch line, or NULL
    const char *module; // the PyTorch module that made it, "layer1.0.conv1", or NULL
    int opset;          // the model asked for, 0: made by a pass
    tn_attr *attr;      // one per row of op->attrs
    int nin, nout;
    tni_use *in;
    tni_value **out; // NULL: nobody wants it
    tni_node *prev, *next;
    tn_graph *graph;
    int mark; // free for the pass that is running
};

// A value that the model brings for one of its inputs, by name: an example of it, or what state holds before
// the first run.
typedef struct tni_preset {
    const char *input;
    const char *next; // of state: the output that it holds in the next run. NULL: an example
    const tn_tensor *value;
    struct tni_preset *more;
} tni_preset;

typedef struct tni_root { // shared by all graphs of a model
    tn_env *env;
    tni_arena arena;
    tn_dims dims;
    const char *file; // the model's name in messages
    bool pytorch;     // one of PyTorch's exporters wrote it: where ONNX leaves a choice, PyTorch's is meant
    tni_file *files;  // mapped while the graph lives
    size_t nfiles, cfiles;
    tni_preset *preset;
    tn_graph *graphs; // all of them, linked by `sibling`
    unsigned nvalues; // made so far: one more than the largest id
    unsigned fresh;   // names handed out
    bool unaligned;   // some constants are: see tni_graph_align
    tni_text text;    // what tn_graph_text handed out last
    tn_io *io;        // what tn_graph_input and _output handed out last
} tni_root;

struct tn_graph {
    tni_root *root;
    tn_graph *parent; // NULL: the main graph
    tn_graph *sibling;
    const char *name;
    tni_node *first, *last;
    tni_value **input;
    size_t ninput, cinput;
    tni_use **output; // stable addresses: uses are linked
    size_t noutput, coutput;
    tni_map names; // values by name
    size_t nnodes;
    // A branch of an If, or a body inside one: it may be wrong for the shapes at hand and never run.
    // Inference leaves unknown what a node there cannot make; running the node is the error.
    bool conditional;
};

enum { TNI_MAX_DEPTH = 64 }; // of bodies within bodies, whoever brings them

static inline tn_attrs tni_attrs(const tni_node *n) { return (tn_attrs){n->op, n->attr}; }
static inline tni_value *tni_in(const tni_node *n, int i) { return i < n->nin ? n->in[i].value : NULL; }
static inline tni_value *tni_out(const tni_node *n, int i) { return i < n->nout ? n->out[i] : NULL; }
// The value's data when constant, else NULL.
static inline const tn_tensor *tni_constant(const tni_value *v) { return v ? v->info.constant : NULL; }
// A node's bodies: for (size_t i = 0; (body = tni_next_body(n, &i));)
static inline tn_graph *tni_next_body(const tni_node *n, size_t *i) {
    while (n->op->attrs[*i].name) {
        tn_graph *body = n->attr[(*i)++].graph;
        if (body) return body;
    }
    return NULL;
}
bool tni_is(const tni_node *n, const char *op); // "Conv", "tn.Conv", "com.microsoft.Gelu"

tn_status tni_graph_new(tn_graph **g, tn_env *env, const char *file);
// `attr` is the attribute that the body will be the value of.
tn_status tni_graph_new_body(tn_graph **g, tn_graph *parent, const char *attr, const char *name);
// Keeps `file` open while the graph lives.
tn_status tni_graph_keep_file(tn_graph *g, tni_file file);

// Makes what is done to the graph from here on depend on what it says, not on how it was made (settle.c).
tn_status tni_graph_settle(tn_graph *g);

// Copies constants that lie unaligned in the model's file. To be called before elements are read.
tn_status tni_graph_align(tn_graph *g);

// Values. Names are copied; a NULL or taken name is made unique.
tni_value *tni_value_new(tn_graph *g, const char *name, const tn_type *type);  // NULL: out of memory
tni_value *tni_value_const(tn_graph *g, const char *name, const tn_tensor *t); // borrows t, sets content
tni_value *tni_value_ints(tn_graph *g, const char *name, const int64_t *v, size_t n); // i64[n]
tni_value *tni_value_find(const tn_graph *g, const char *name); // in g, then its parents
bool tni_value_rename(tni_value *v, const char *name);          // false: the name is taken, or out of memory
tn_status tni_graph_add_input(tn_graph *g, tni_value *v);
// Names are copied, the value is borrowed.
tn_status tni_graph_give(tn_graph *g, const char *input, const char *next, const tn_tensor *value);
// What input `i` begins with when it is state of the graph as it is now, and which output follows it. NULL:
// it is none.
const tni_preset *tni_graph_state(const tn_graph *g, size_t i, size_t *output);
// What is known of a size that dimensions of inputs name; 0: it is not. A run is refused outside [least,
// most].
typedef struct tni_size {
    const char *name;
    int64_t usual, least, most;
} tni_size;
// Goes through them, once each: for (size_t at = 0; tni_graph_next_size(g, &at, &size);)
bool tni_graph_next_size(const tn_graph *g, size_t *at, tni_size *size);
bool tni_graph_set_size(tn_graph *g, const tni_size *size); // false: no input has a size of that name
tn_status tni_graph_add_output(tn_graph *g, tni_value *v);
void tni_graph_set_output(tn_graph *g, size_t i, tni_value *v);

// Nodes. `before` NULL appends. Outputs are made with the names given (NULL name array: fresh ones).
// Attributes are bound to the operator's table (unknown or missing ones fail), types are checked and
// inference is run: see spec.h for the form that readers use.
typedef struct tni_new_node {
    const char *op;       // "Conv", "tn.Conv"
    const char *name;     // NULL: derived from the first output
    const tni_node *like; // source line, opset and name are taken from it; may be NULL
    tni_node *before;     // NULL: at the end of `graph`
    int nin, nout;
    tni_value *const *in;
    const char *const *outs; // names; NULL: fresh names
    size_t nattr;
    const tn_attr *attr; // see TN_A_* below
} tni_new_node;
tn_status tni_node_new(tni_node **node, tn_graph *g, const tni_new_node *spec, tn_diags *diags);
// The attributes a node was given, to be given to one like it. Returns how many.
enum { TNI_MAX_ATTRS = sizeof((tn_op_def *)0)->attrs / sizeof(tn_attr_def) };
size_t tni_given_attrs(const tni_node *n, tn_attr to[TNI_MAX_ATTRS]);

#define TN_A_INT(n, v) ((tn_attr){.name = n, .kind = TN_ATTR_INT, .present = true, .i = (v)})
#define TN_A_FLOAT(n_, v) ((tn_attr){.name = n_, .kind = TN_ATTR_FLOAT, .present = true, .f = (v)})
#define TN_A_INTS(n_, v, c) \
    ((tn_attr){.name = n_, .kind = TN_ATTR_INTS, .present = true, .ints = (v), .n = (c)})
#define TN_A_STRING(n_, v) \
    ((tn_attr){.name = n_, .kind = TN_ATTR_STRING, .present = true, .s = {v, strlen(v)}})

void tni_node_remove(tni_node *n);                         // its outputs must have no uses
void tni_node_set_input(tni_node *n, int i, tni_value *v); // v may be NULL
void tni_node_move_before(tni_node *n, tni_node *before);
tn_status tni_node_set_attr(tni_node *n, const tn_attr *attr); // by name; infer again afterwards
void tni_replace_uses(tni_value *from, tni_value *to);         // graph outputs included
// The same, and `to` takes over `from`'s name when `from` was a graph output or `to`'s is made up.
void tni_replace_value(tni_value *from, tni_value *to);
size_t tni_use_count(const tni_value *v);
bool tni_is_graph_output(const tni_value *v);

// Runs inference for one node, or for all of a graph in order; fills the outputs' infos. The first tells of a
// node that fails in a conditional graph as well.
tn_status tni_node_infer(tni_node *n, tn_diags *diags);
tn_status tni_graph_infer(tn_graph *g, tn_diags *diags);

// Puts nodes in an order of running (stable: only nodes that must move do). *moved tells; false when the
// graph has a cycle, then *stuck is one of its nodes.
bool tni_graph_sort(tn_graph *g, bool *moved, tni_node **stuck);

// The invariants: links consistent, order of running, names unique, types as inferred. Run after every pass
// in debug builds and on every engine file.
tn_status tni_verify(const tn_graph *g, tn_diags *diags);

// A diagnostic about a node, with everything known of it filled in. Returns `status`.
tn_status tni_node_diag(const tni_node *n, tn_diags *diags, tn_severity severity, tn_status status,
                        const char *tensor, const char *hint, const char *message, ...) TN_PRINTF(7, 8);
// "Conv", "tn.Conv": the operator's name as the text form writes it.
const char *tni_op_text(const tn_op_def *op, char buffer[96]);

tn_type tni_tensor_type(const tn_tensor *t);
// All that is known of a value that is there: its type, itself as the constant, contents of small integers
// (in the arena). False: out of memory.
bool tni_tensor_info(tn_info *info, tni_arena *a, const tn_tensor *t);
// The concrete shape, when every dimension is a constant.
bool tni_type_dims(const tn_type *type, int64_t *dims);
void tni_type_print(tni_text *t, const tn_type *type); // "f32[N,3,224,224]", "f32[?]" for unknown rank

#endif
