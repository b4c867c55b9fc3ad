// SPDX-License-Identifier: Apache-2.0
// codegen.h - from a graph to source that builds it, in C or Python. The stages, in order:
//
//     order     the order of statements: what is made of constants alone stands where it is used
//     tree      the modules of the model, from its nodes' module paths; small ones dissolve in their parents
//     constant  where each constant is taken from, under a name of the module that uses it
//     function  each module as the text of a function in which what may differ between modules is left open
//     repeat    what a module says several times, as functions too
//     class     modules with the same text are one function; what differs among them becomes its parameters
//     names     what everything will be called when the source runs, beside what the model calls it
//     block     layers that tenon/nn.h has with PyTorch's names
//     project   network.c or network.py, what builds its engine, weights.safetensors, names.txt, README
#ifndef TN_EXPORT_CODEGEN_H
#define TN_EXPORT_CODEGEN_H

#include "ir/graph.h"

typedef struct tni_cg_module tni_cg_module;
typedef struct tni_cg_class tni_cg_class;

// What may differ between two modules that are otherwise the same: a literal, or all that a call passes on.
typedef enum tni_cg_kind {
    CG_INT,
    CG_FLOAT,
    CG_TEXT,
    CG_INTS,
    CG_FLOATS,
    CG_TEXTS,
    CG_COUNT,
    CG_CALL
} tni_cg_kind;
typedef struct tni_cg_open {
    tni_cg_kind kind;
    const char *name;      // what a parameter of it is called
    const char *text;      // the literal
    const char *otherwise; // what is the case without it, in an attribute that may be left out; or NULL
    tni_cg_module *callee; // of CG_CALL
} tni_cg_open;

// An open thing with the calls' spread out: what a parameter may stand for.
typedef struct tni_cg_flat {
    const char *name, *text;
    tni_cg_kind kind;
} tni_cg_flat;

// One statement of a module: an operator, or a call of another module (`count` alike ones in a row).
typedef struct tni_cg_item {
    tni_node *node;
    tni_node *rest[2]; // further nodes that the same call makes: of a linear layer
    int nrest;
    tni_cg_module *call;
    size_t count;
    tni_cg_module **run; // the `count` alike ones
} tni_cg_item;

struct tni_cg_module {
    tni_cg_module *parent;
    const char *path; // "layer1.0"; "" for the whole
    const char *name; // below the parent's path
    bool part;        // no module of the model, but statements that its parent makes several times
    tni_cg_item *item;
    size_t items, citems;
    size_t ops;        // all of its operators, those of calls included
    size_t begin, end; // numbers of its nodes
    tni_value **in, **out;
    size_t nin, cin, nout, cout;
    const char *text; // of the function's body, with marks for what is open
    tni_cg_open *open;
    size_t nopen, copen;
    tni_cg_class *type;
    int height;            // of calls below
    tni_cg_flat *flat;     // of the open things, as many as its class says
    const char **argument; // what the callers pass: one per parameter of the class
};

struct tni_cg_class {
    tni_cg_class *next;
    const char *key;
    const char *function;
    tni_cg_module **member;
    size_t members, cmembers;
    int height;
    const char *const *param_name; // parameters
    tni_cg_kind *param_kind;
    size_t params;
    int *param_of; // of every open thing, flattened: its parameter, or -1
    size_t flat;   // open things, those of calls replaced by the callee's parameters
};

// Where the source takes a constant from, for one use of it or for several.
typedef struct tni_cg_constant {
    tni_value *value;
    const char *key;  // name in weights.safetensors; NULL: written out in the source
    const char *leaf; // the module that uses it; NULL: many
    struct tni_cg_constant *next;
} tni_cg_constant;

// Marks in texts.
#define CG_OPEN "\1"      // the next open thing
#define CG_FUNCTION "\2"  // the next call's function
#define CG_ARGUMENTS "\3" // what the next call passes on, each after ", "
#define CG_MORE "\4"      // a line's indent is one more for this line alone
#define CG_IN "\5"        // at a line's end: what follows is one level deeper
#define CG_OUT "\6"       // at a line's beginning: one level less from here
#define CG_MAYBE "\x0e"   // up to the next CG_SURE: left out when everywhere the case anyway
#define CG_SURE "\x0f"

enum { CG_POOL = 24 };          // names of variables
#define CG_NEVER (SIZE_MAX - 1) // no node reads it
#define CG_END SIZE_MAX         // it is an output

// A number with a name: HEADS.
typedef struct tni_cg_size {
    const char *name;
    int64_t value;
    size_t uses;
} tni_cg_size;
enum { CG_SIZES = 8 };

typedef struct codegen {
    tn_graph *g;
    tni_arena *arena; // of texts and tables; freed when done
    tn_diags *diags;
    const char *file; // the model's name
    bool python;
    tni_cg_module *main;
    tni_cg_class *classes, **last_class;
    tni_node **order; // of the main graph, as the source has it
    const char **path;
    size_t norder;
    const char **attention; // paths of the modules that compute attention
    size_t attentions;
    size_t nodes;               // bodies' included
    size_t *behind;             // by number of a node: that of the one after it and its bodies
    const char **sizes_of;      // by number of a node: what tni_cg_sizes_of says
    bool *inlined;              // by number of a node: it stands as an argument of the one behind it
    size_t *last;               // by value: number of the last node that reads it
    tni_cg_constant ***operand; // by number of a node: of its inputs
    tni_cg_constant **constant; // by value: all that it became
    tni_value **first;          // by input: what state begins with, unless with zeros
    tni_map keys;               // names in weights.safetensors
    tni_map functions;          // names of functions that are taken
    tni_map known_bodies;       // texts of functions to their names
    tni_text bodies;            // functions of If's, Loop's and Scan's bodies, in order
    tni_cg_size size[CG_SIZES];
    size_t sizes;
    bool nomem;
} codegen;

const char *tni_cg_print(codegen *c, const char *format, ...)
    TN_PRINTF(2, 3);                              // in the arena; "" when there is none
void *tni_cg_alloc(codegen *c, size_t bytes);     // zeroed; NULL sets nomem
const char *tni_cg_keep(codegen *c, tni_text *t); // into the arena; "" when there is no memory
static inline bool tni_cg_is_constant(const tni_value *v) {
    return v && v->info.constant && !v->def && !v->is_input;
}

// ---- codegen_preset.c
tn_status tni_cg_presets(codegen *c);

// ---- codegen_order.c
tn_status tni_cg_order(codegen *c);
bool tni_cg_read_from(const codegen *c, const tni_value *v,
                      size_t number); // by a node of that number or later
// "layer1.0.conv1" of a node, "" when nothing is known.
const char *tni_cg_module_path(codegen *c, const tni_node *n);

// ---- codegen_tree.c
tn_status tni_cg_tree(codegen *c);

// ---- codegen_constant.c
tn_status tni_cg_constants(codegen *c);
// Input i of a node; of an output of the graph with `n` NULL. NULL: `v` is no constant.
tni_cg_constant *tni_cg_constant_of(const codegen *c, const tni_node *n, int i, const tni_value *v);
// "weight", "bias", "axes": what input i of a node is called; no two of a node are the same.
const char *tni_cg_role(codegen *c, const tni_node *n, int i);

// How a constant that is written out is written.
typedef enum tni_cg_form { CG_WEIGHT, CG_INDEX, CG_SCALAR, CG_CONST } tni_cg_form;
tni_cg_form tni_cg_form_of(const tni_cg_constant *k);

// ---- codegen_literal.c
// `in_c` or `in_python` with what follows, texts, in place of each '$'.
void tni_cg_put(const codegen *c, tni_text *t, const char *in_c, const char *in_python, ...);
const char *tni_cg_string(codegen *c, const char *text, size_t size);     // with quotes
const char *tni_cg_tensor(codegen *c, const tn_tensor *t);                // "\"f32[2] = {1, 2}\""
const char *tni_cg_number(codegen *c, double x, bool single, bool whole); // as a double
const char *tni_cg_integer(codegen *c, int64_t x);
const char *tni_cg_dtype(codegen *c, tn_dtype dtype); // "TN_F32"
// The literal of an attribute of another kind than INTS; *kind is what it is as a parameter.
const char *tni_cg_attribute(codegen *c, const tn_op_def *op, const tn_attr *a, tni_cg_kind *kind);
const char *tni_cg_kind_type(tni_cg_kind kind); // "int64_t "

// ---- codegen_block.c
enum { CG_BLOCK_WEIGHTS = 4 };
typedef struct tni_cg_block {
    const char *op, *function;          // of tenon/nn.h, without tn_
    const char *role[CG_BLOCK_WEIGHTS]; // the weights, inputs 1 and on
    int axis;                           // of x: as long as the first weight's last dimension
    const char *matrix;                 // the first weight is [out,in] by this attribute; NULL: as the others
    const char *attribute, *field;      // what the block calls an attribute; NULL: it takes none
} tni_cg_block;
// How many nodes from `node` on, `count` of them in order, are a matrix product with a transposed weight and
// what is added to it: torch.nn.Linear where x is no matrix. 0: none.
int tni_cg_linear_nodes(tni_node *const *node, size_t count);
// The same nodes as tn_linear makes them: what their weights lie below; NULL: it would make others.
const char *tni_cg_linear_of(codegen *c, const tni_cg_module *m, tni_node *const *node, int nodes);
// "4*x.0, 49" of a tn.Dims that tn_sizes makes; NULL: any other node.
const char *tni_cg_sizes_of(const codegen *c, const tni_node *n);
void tni_cg_note_sizes(codegen *c); // once nodes have numbers
// The block that node `n` of module `m` is, and what its weights lie below. NULL: it is none.
const tni_cg_block *tni_cg_block_of(codegen *c, const tni_cg_module *m, const tni_node *n,
                                    const char **owner);

// ---- codegen_size.c
void tni_cg_sizes(codegen *c); // finds numbers that have a name
// An element of the vector that is input `input` of a node: a name, or NULL.
const char *tni_cg_size_name(codegen *c, const tni_node *n, int input, int64_t value);

// ---- codegen_function.c
tn_status tni_cg_functions(codegen *c);
void tni_cg_find_edges(codegen *c, tni_cg_module *m); // what goes in and out
void tni_cg_write(codegen *c, tni_cg_module *m);      // its text, once those that it calls have theirs

// ---- codegen_repeat.c
void tni_cg_find_repeats(codegen *c, tni_cg_module *m);

// ---- codegen_class.c
void tni_cg_class_of(codegen *c, tni_cg_module *m);         // gives m, whose text stands, its class
const char *tni_cg_key(codegen *c, const tni_cg_module *m); // the same for modules that are one function
tn_status tni_cg_parameters(codegen *c);                    // of all classes
const char *tni_cg_function_name(codegen *c, const char *wish);
tn_status tni_cg_reserve(codegen *c); // names that no function can have
// Puts what member `m` has in place of open thing `i`: a parameter, a literal, or a call's arguments, each
// after ", ". `*at` counts open things with the calls' spread out.
void tni_cg_put_open(const tni_cg_module *m, size_t i, size_t *at, tni_text *t);
// What the open things from `i` on up to and without `end` say is the case without them, in every member.
bool tni_cg_says_nothing(const tni_cg_module *m, size_t i, size_t end, size_t at);

// ---- codegen_names.c
tn_status tni_cg_names(codegen *c, tni_text *names);

// ---- codegen_source.c
void tni_cg_source(codegen *c, tni_text *t); // network.c or network.py

// ---- codegen_project.c
// Writes the files of the project into `folder`, which is made. `name` is the model's, for people.
tn_status tni_cg_project(codegen *c, const char *folder, const char *name);
extern const char *const tni_cg_c_files[][2], *const tni_cg_python_files[][2]; // names and texts, to {NULL}
extern const char tni_cg_c_readme[], tni_cg_python_readme[];

// ---- the whole way
tn_status tni_codegen(tn_graph *g, const char *folder, const char *language, tn_diags *diags);

#endif
