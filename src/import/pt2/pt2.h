// SPDX-License-Identifier: Apache-2.0
// pt2.h - the state of one import of a .pt2 file (torch.export.save), shared by the files of this folder.
//
//     zip --archive--> JSON, payloads --program--> tn_graph
//                                        node by node: import/aten/
//
// PyTorch's graph writes into tensors and through views of them; ours does not. A tni_pt2_tensor is a name of
// the file; what it holds at the moment is a value of the graph (alias.c).
#ifndef TN_IMPORT_PT2_PT2_H
#define TN_IMPORT_PT2_PT2_H

#include "import/json.h"
#include "import/unknown.h"
#include "import/zip.h"
#include "ir/graph.h"

typedef struct tni_pt2_symbol tni_pt2_symbol;
typedef struct tni_pt2_tensor tni_pt2_tensor;
typedef struct tni_pt2_scope tni_pt2_scope;

struct tni_pt2_tensor {
    const char *name;
    const json_t *meta;     // TensorMeta; NULL: the file has none
    const tni_value *first; // of an input of the program: the graph's input
    tni_value *value;       // what it holds, as of `seen`; NULL: could not be made
    tni_pt2_tensor *parent; // what it is a view of; NULL: it has memory of its own
    tni_pt2_scope *scope;   // of the call that made it
    const json_t *call;     // that call, to make it again after its parent was written
    const tn_aten_def *def;
    size_t output;          // which of the call's tensors
    unsigned version, seen; // of memory: times written; of a view: the version its value belongs to
};

struct tni_pt2_symbol {
    const char *name; // the file's: "s77"
    tn_dim dim;       // as the graph has it
    tni_value *value; // whose dimension `axis` it comes from, or (axis -1) which scalar it is
    int axis;
    int64_t factor, offset; // that dimension is factor * symbol + offset
    bool bound;
    tni_pt2_symbol *next;
};

struct tni_pt2_scope { // a graph of the file: the main one, or a branch or body
    tni_pt2_scope *parent;
    tn_graph *graph;
    const json_t *json;  // Graph
    tni_map tensors;     // name -> tni_pt2_tensor
    tni_map scalars;     // name of a symbolic number -> tni_value, once it was needed as one
    tni_pt2_scope *next; // all of them
};

typedef struct tni_pt2 {
    tn_env *env;
    tn_diags *diags;
    const char *file;
    tni_arena scratch; // lives as long as the import
    tni_zip zip;
    tni_map members;             // name below the archive's root -> tni_zip_member
    json_t *program;             // ExportedProgram
    tni_map saved;               // older layouts: name -> what torch.save kept
    json_t *weights, *constants; // name -> {path_name, tensor_meta}; NULL: none
    tn_graph *graph;
    tni_map containers;  // paths of modules that have children
    json_t *defaults;    // of arguments, parsed
    json_t *made;        // calls that stand in no file
    const char *samples; // member with the inputs that it was exported with; NULL: none
    tni_map written; // name in the graph of what the program writes to -> its last value's argument, or the
                     // import
    tni_map symbols; // the file's name -> tni_pt2_symbol
    tni_pt2_symbol *first_symbol;
    tni_unknowns unknown;
    tni_pt2_scope *scopes;
    size_t errors;
    bool nomem;
} tni_pt2;

// Counts and adds an error. `where` may be NULL.
tn_status tni_pt2_error(tni_pt2 *x, const tn_diag *where, tn_status status, const char *hint,
                        const char *message, ...) TN_PRINTF(5, 6);

// archive.c: opens the zip; finds the layout, the program and the tables of payloads.
tn_status tni_pt2_open(tni_pt2 *x, const void *data, size_t size);
bool tni_pt2_is(const void *data, size_t size); // a zip archive that holds an exported program
const tni_zip_member *tni_pt2_member(const tni_pt2 *x, const char *name); // below the root

// weights.c: tensors that torch.save wrote into a member (none: there are none), for tni_pt2_weight.
tn_status tni_pt2_read_saved(tni_pt2 *x, const char *path);
// A parameter, buffer or constant of this name (the module's, not the graph's). NULL: an error.
tni_value *tni_pt2_weight(tni_pt2 *x, const char *name, const char *as);
const tn_tensor *tni_pt2_weight_tensor(tni_pt2 *x, const char *name);

// type.c
tn_dtype tni_pt2_dtype(int64_t scalar_type);                    // TN_UNDEFINED: not known
bool tni_pt2_type(tni_pt2 *x, const json_t *meta, tn_type *to); // false: unknown types or symbols
// The strides of a TensorMeta, with hints in place of symbols. False: not all known.
bool tni_pt2_strides(const tni_pt2 *x, const json_t *meta, int64_t *size, int64_t *stride, int *rank);

// symbol.c: SymInt as the file has it ({"as_int": 3}, {"as_expr": {...}}) into a dimension. False: it
// depends on numbers that only running will tell, or on symbols that are not bound yet.
bool tni_pt2_dim(tni_pt2 *x, const json_t *symint, tn_dim *to);
// Gives the symbols in `symint`, which are dimension `axis` of `v`, their meaning where they have none yet.
void tni_pt2_bind_dim(tni_pt2 *x, const json_t *symint, tni_value *v, int axis);
void tni_pt2_bind_scalar(tni_pt2 *x, const json_t *symint, tni_value *v);
// The expression behind a symbolic int, float or bool of the graph. NULL: there is none.
const json_t *tni_pt2_sym(const tni_pt2_scope *s, const char *name);
// An i64 vector of dimensions in graph `g`.
tni_value *tni_pt2_dims_value(tni_pt2 *x, tn_graph *g, const tn_dim *dims, size_t n, bool scalar);
// A symbolic number as a rank-0 value: i64, f64 or bool. NULL: it cannot be made.
tni_value *tni_pt2_sym_value(tni_pt2 *x, tni_pt2_scope *s, const char *name);

// alias.c
tni_pt2_tensor *tni_pt2_find(const tni_pt2_scope *s, const char *name); // NULL: not known
tni_pt2_tensor *tni_pt2_define(tni_pt2 *x, tni_pt2_scope *s, const char *name, tni_value *v);
tni_value *tni_pt2_read(tni_pt2 *x, tni_pt2_tensor *t); // what it holds now; NULL: could not be made
void tni_pt2_write(tni_pt2 *x, tni_pt2_tensor *t, tni_value *v);
// Whether reshaping `from` as `to` says gives a view of it.
bool tni_pt2_views(const tni_pt2 *x, const json_t *from, const json_t *to);

// state.c: buffers and inputs that the program writes to. Buffers become inputs whose value is kept from run
// to run, and what is written becomes an output, called after it with ".next".
bool tni_pt2_find_written(tni_pt2 *x, const json_t *graph, const json_t *signature); // false: out of memory
// The output of the graph that is the last value of an input of it, as a decomposed program says. NULL: it
// does not.
const json_t *tni_pt2_last_value(const tni_pt2 *x, const char *arg);
bool tni_pt2_is_written(const tni_pt2 *x, const char *arg); // by its name in the graph

// samples.c: the inputs that the file keeps as examples, as far as they suit the graph's.
void tni_pt2_read_samples(tni_pt2 *x);

// call.c: one node of a graph.
void tni_pt2_call(tni_pt2 *x, tni_pt2_scope *s, const json_t *node, const json_t *next); // `next`: after it

// Whether calls of this target can be read: "aten.add.Tensor", "aten.add_.Tensor".
bool tni_pt2_reads(const tn_env *env, const char *target);

// program.c: the nodes of a graph.
tni_pt2_scope *tni_pt2_scope_new(tni_pt2 *x, tni_pt2_scope *parent, tn_graph *g, const json_t *json);
void tni_pt2_run_nodes(tni_pt2 *x, tni_pt2_scope *s);
// vmap.c: the call at `i`, or all from there on that torch.vmap runs on each sample. Returns the last of
// them.
size_t tni_pt2_step(tni_pt2 *x, tni_pt2_scope *s, const json_t *nodes, size_t i);

// name.c: what a node is called, from its module's path; the user's line that it stands for (or NULL).
bool tni_pt2_name_modules(tni_pt2 *x); // false: out of memory
const char *tni_pt2_node_name(tni_pt2 *x, const json_t *node, const json_t *next);
// Gives a value a name; a taken one gets "@1", "@2"... behind. False: out of memory.
bool tni_pt2_rename(tni_pt2 *x, tni_value *v, const char *name);
const char *tni_pt2_source(tni_pt2 *x, const json_t *node);
const char *tni_pt2_module(tni_pt2 *x, const json_t *node); // "layer3.0.conv2"; NULL: not known

tn_status tni_pt2_load(tn_graph **g, tn_env *env, const tni_file *file, const char *name,
                       const tn_load_options *options, tn_diags *diags);

#endif
