// SPDX-License-Identifier: Apache-2.0
// codegen.h - from a graph to C source that builds it. The stages, in order:
//
//     tree      the modules of the model, from its nodes' module paths; small ones dissolve in their parents
//     function  each module as the text of a function in which what may differ between modules is left open
//     class     modules with the same text are one function; what differs among them becomes its parameters
//     names     what everything will be called when the source runs, beside what the model calls it
//     project   network.c, main.c, weights.safetensors, names.txt, build files, README
#ifndef TN_EXPORT_CODEGEN_H
#define TN_EXPORT_CODEGEN_H

#include "ir/graph.h"

typedef struct cg_module cg_module;
typedef struct cg_class cg_class;

// What may differ between two modules that are otherwise the same: a literal, or all that a call passes on.
typedef enum cg_kind { CG_INT, CG_FLOAT, CG_TEXT, CG_INTS, CG_FLOATS, CG_TEXTS, CG_COUNT, CG_CALL } cg_kind;
typedef struct cg_open {
    cg_kind kind;
    const char *name;  // what a parameter of it is called
    const char *text;  // the literal in C
    cg_module *callee; // of CG_CALL
} cg_open;

// One statement of a module: an operator, or a call of another module (`count` alike ones in a row).
typedef struct cg_item {
    tni_node *node;
    cg_module *call;
    size_t count;
    cg_module **run; // the `count` alike ones
} cg_item;

struct cg_module {
    cg_module *parent;
    const char *path; // "layer1.0"; "" for the whole
    const char *name; // below the parent's path
    cg_item *item;
    size_t items, citems;
    size_t ops;        // all of its operators, those of calls included
    size_t begin, end; // numbers of its nodes
    tni_value **in, **out;
    size_t nin, cin, nout, cout;
    const char *text; // of the function's body, with marks for what is open
    cg_open *open;
    size_t nopen, copen;
    cg_class *type;
    int height;            // of calls below
    const char **argument; // what the callers pass: one per parameter of the class
};

struct cg_class {
    cg_class *next;
    const char *key;
    const char *function;
    cg_module **member;
    size_t members, cmembers;
    int height;
    const char *const *param_name; // parameters
    cg_kind *param_kind;
    size_t params;
    int *param_of; // of every open thing, flattened: its parameter, or -1
    size_t flat;   // open things, those of calls replaced by the callee's parameters
};

// What is known of a constant: where the source takes it from.
typedef struct cg_constant {
    tni_value *value;
    const char *key; // name in weights.safetensors; NULL: written out in the source
    size_t uses;     // by nodes and outputs
    bool seen;
} cg_constant;

enum { CG_POOL = 24 };          // names of variables
#define CG_NEVER (SIZE_MAX - 1) // no node reads it
#define CG_END SIZE_MAX         // it is an output

// Marks in texts.
#define CG_OPEN "\1"      // the next open thing
#define CG_FUNCTION "\2"  // the next call's function
#define CG_ARGUMENTS "\3" // what the next call passes on, each after ", "

typedef struct codegen {
    tn_graph *g;
    tni_arena *arena; // of texts and tables; freed when done
    tn_diags *diags;
    const char *file; // the model's name
    cg_module *main;
    cg_class *classes, **last_class;
    size_t nodes;           // bodies' included
    size_t *last;           // by value: number of the last node that reads it
    cg_constant **constant; // by value
    tni_map keys;           // names in weights.safetensors
    tni_map functions;      // names of functions that are taken
    tni_text bodies;        // functions of If's, Loop's and Scan's bodies, in order
    size_t nbodies;
    bool nomem;
} codegen;

const char *cg_print(codegen *c, const char *format, ...)
    TN_PRINTF(2, 3);                      // in the arena; "" when there is none
void *cg_alloc(codegen *c, size_t bytes); // zeroed; NULL sets nomem
cg_constant *cg_constant_of(codegen *c, const tni_value *v);

// ---- codegen_tree.c
tn_status cg_tree(codegen *c);
bool cg_read_from(const codegen *c, const tni_value *v, size_t number); // by a node of that number or later
// "layer1.0.conv1" of a node, "" when nothing is known.
const char *cg_module_path(codegen *c, const tni_node *n);

// ---- codegen_constant.c
tn_status cg_constants(codegen *c);
// "weight", "bias", "axes": what input i of a node is called; no two of a node are the same.
const char *cg_role(codegen *c, const tni_node *n, int i);

// ---- codegen_literal.c
const char *cg_string(codegen *c, const char *text, size_t size); // with quotes
const char *cg_tensor(codegen *c, const tn_tensor *t);            // "\"f32[2] = {1, 2}\""
// The literal of an attribute of kinds INT to STRINGS and TYPE; *kind is what it is as a parameter.
const char *cg_attribute(codegen *c, const tn_op_def *op, const tn_attr *a, cg_kind *kind);
const char *cg_kind_type(cg_kind kind); // "int64_t "

// ---- codegen_function.c
tn_status cg_functions(codegen *c);

// ---- codegen_class.c
void cg_class_of(codegen *c, cg_module *m); // gives m, whose text stands, its class
tn_status cg_parameters(codegen *c);        // of all classes
const char *cg_function_name(codegen *c, const char *wish);
// What member `m` has in place of open thing `i`: a parameter, a literal, or a call's arguments (each after
// ", ").
const char *cg_open_text(codegen *c, const cg_module *m, size_t i);

// ---- codegen_names.c
tn_status cg_names(codegen *c, tni_text *names);

// ---- codegen_source.c
void cg_source(codegen *c, tni_text *t); // network.c

// ---- codegen_project.c
// Writes the files of the project into `folder`, which is made. `name` is the model's, for people.
tn_status cg_project(codegen *c, const char *folder, const char *name);

// ---- the whole way
tn_status tni_codegen(tn_graph *g, const char *folder, tn_diags *diags);

#endif
