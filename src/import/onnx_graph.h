// SPDX-License-Identifier: Apache-2.0
// onnx_graph.h - the state of one import, shared by the files that turn ONNX's messages into a tn_graph.
//
// A name of the model means something within a scope: the main graph, a body (which sees its parents' names),
// or one inlined call of a function (which does not). Scopes point at values; how those are called in the
// tn_graph is another matter, so inlining and shadowing need no renaming of what the file says.
#ifndef TN_IMPORT_ONNX_GRAPH_H
#define TN_IMPORT_ONNX_GRAPH_H

#include "import/onnx.h"
#include "import/unknown.h"

typedef struct tni_onnx_scope tni_onnx_scope;

// An attribute as given to a node, and the scope whose names its graph uses.
typedef struct tni_onnx_bound {
    tn_str name;
    const tni_onnx_attr *attr;
    tni_onnx_scope *scope;
    struct tni_onnx_bound *next;
} tni_onnx_bound;

// Whose text is being read: the model's own, or a function's in one of its calls.
typedef struct tni_onnx_frame {
    const struct tni_onnx_frame *caller; // NULL: the model's own
    const tni_onnx_function *fn;
    const tni_onnx_opset *opsets;
    const tni_onnx_bound *attrs; // what ref_attr_name refers to
    const char *prefix;          // of the names of its values and nodes
    const char *source;          // of the call
    int depth;
} tni_onnx_frame;

struct tni_onnx_scope {
    const tni_onnx_scope *parent; // whose names are seen too; NULL: none
    const tni_onnx_frame *frame;
    tn_graph *graph;           // where nodes go
    tni_map values;            // name -> tni_value; &x->omitted: an optional input that was not given
    tni_map produced;          // name -> tni_onnx_node of this graph that produces it
    tni_map nodes;             // names of nodes seen
    tni_map declared;          // name -> tni_onnx_value
    const tn_str *formal;      // of a function: names of its outputs...
    const char *const *actual; // ...and how the call names them, NULL: not wanted
    size_t nformal;
};

typedef struct tni_onnx {
    tn_env *env;
    tn_diags *diags;
    const char *file;
    tni_arena scratch; // messages; what lives as long as the import
    tni_arena temp;    // what lives as long as one node
    tni_onnx_model model;
    tni_wire_fault fault; // in the model's structure
    tni_onnx_data data;
    tn_graph *graph;
    tni_map functions; // "domain name overload" -> tni_onnx_function
    tni_map domains;   // without an import, already told
    tni_unknowns unknown;
    tni_value omitted;
    size_t errors;    // found so far
    size_t inlined;   // nodes from functions
    unsigned unnamed; // symbols made
    bool told_order, told_name, nomem;
} tni_onnx;

// Counts an error and adds it. `where` is completed with the file.
tn_status tni_onnx_error(tni_onnx *x, const tn_diag *where, tn_status status, const char *hint,
                         const char *message, ...) TN_PRINTF(5, 6);
void tni_onnx_warn(tni_onnx *x, const tn_diag *where, const char *hint, const char *message, ...)
    TN_PRINTF(4, 5);
const char *tni_onnx_text(tni_onnx *x, tni_arena *a, tn_str s); // "" (and nomem) when there is no memory

// onnx_type.c: with `symbols`, unknown dimensions become symbols named after `name` and dim_params keep their
// names; else they are only unknown. Without `where` a type that cannot be used is told nobody.
tn_status tni_onnx_type_of(tni_onnx *x, const tni_onnx_type *t, const char *name, bool symbols,
                           const tn_diag *where, tn_type *to);
// Warns when what the model declares of a value cannot be what it is.
void tni_onnx_check_declared(tni_onnx *x, const tni_onnx_type *declared, const tni_value *v);

// onnx_order.c: the graph's nodes in an order of running; fills scope->produced. NULL: out of memory.
const tni_onnx_node **tni_onnx_order(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_graph *g);

// onnx_scope.c
tni_onnx_scope tni_onnx_scope_new(tni_onnx *x, const tni_onnx_frame *frame, tn_graph *graph);
void tni_onnx_scope_free(tni_onnx_scope *s);
tni_value *tni_onnx_lookup(const tni_onnx_scope *s, tn_str name); // NULL: not known
void tni_onnx_define(tni_onnx *x, tni_onnx_scope *s, tn_str name, tni_value *v);
// A value of unknown type for what could not be made, so that the rest can be checked.
void tni_onnx_define_unknown(tni_onnx *x, tni_onnx_scope *s, tn_str name, bool use_declared);
void tni_onnx_define_unknowns(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n); // all its outputs
// What a node reads, told and of unknown type where nothing produces it. NULL: out of memory.
tni_value *tni_onnx_read(tni_onnx *x, tni_onnx_scope *s, tn_str name, const tn_diag *where);
static inline bool tni_onnx_is_unknown(const tni_value *v) { return v->info.type.dtype == TN_UNDEFINED; }
const char *tni_onnx_fresh_name(tni_onnx *x, tni_onnx_scope *s, tn_str name); // free in s->graph

// onnx_attr.c: a node's attributes with references to the calling function's resolved; and one of them as the
// graph wants it.
tni_onnx_bound *tni_onnx_resolve(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_attr *attrs);
tn_status tni_onnx_attr_value(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_bound *b, const tn_diag *where,
                              tn_attr *to);
// The tensor that a Constant node holds.
tn_status tni_onnx_constant(tni_onnx *x, const tni_onnx_bound *attrs, const tn_diag *where, tn_tensor **to);

// onnx_function.c
void tni_onnx_index_functions(tni_onnx *x); // the model's, for tni_onnx_find_function
const tni_onnx_function *tni_onnx_find_function(tni_onnx *x, const tni_onnx_node *n);
void tni_onnx_inline(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n, const tni_onnx_function *fn,
                     const tn_diag *where);

// onnx_node.c
void tni_onnx_read_node(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n);

// onnx_graph.c
void tni_onnx_read_nodes(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_graph *g);
// A body into a new graph below s->graph. Errors are counted; false when there were any.
bool tni_onnx_read_body(tni_onnx *x, tni_onnx_scope *outer, tn_graph *parent, const char *attr,
                        const tni_onnx_graph *g, tn_graph **to);
tn_status tni_onnx_load(tn_graph **g, tn_env *env, tni_file *file, const char *name, const char *folder,
                        const tn_load_options *options, tn_diags *diags);

#endif
