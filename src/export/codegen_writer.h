// SPDX-License-Identifier: Apache-2.0
// codegen_writer.h - what writes a function: its text so far and the variables in force.
#ifndef TN_EXPORT_CODEGEN_WRITER_H
#define TN_EXPORT_CODEGEN_WRITER_H

#include "export/codegen.h"

typedef struct cg_writer {
    codegen *c;
    cg_module *m; // NULL: a body
    tn_graph *g;
    const char *net; // "net", "body"
    tni_text t;
    const char **var;              // by value: what it is called here
    int *slot;                     // by value: its place among `busy`, or -1
    bool *busy, *declared, *given; // by variable
    size_t *last;                  // by value that comes in: the last node of the module that reads it
    size_t variables;
    const cg_block *block; // that the node being written is; NULL: none
    int arrays;            // of outputs, so far
} cg_writer;

enum {
    CG_MAX_IN = sizeof((tn_op_def *)0)->in / sizeof(tn_param),
    CG_MAX_OUT = sizeof((tn_op_def *)0)->out / sizeof(tn_param)
};

// ---- codegen_variable.c
void cg_begin(cg_writer *w, codegen *c, cg_module *m, tn_graph *g, const char *net);
const char *cg_variable(codegen *c, size_t i);
const char *cg_name_value(cg_writer *w, const tni_value *v);
void cg_declare(cg_writer *w, const tni_value *v);
void cg_put_declarations(const cg_writer *w, tni_text *t);
bool cg_is_read(const cg_writer *w, const tni_value *v, size_t next); // from node `next` on, or by who called
void cg_release(cg_writer *w, const tni_value *v, size_t next);       // the variable, when it is not read

// ---- codegen_operand.c
void cg_leave_open(cg_writer *w, cg_kind kind, const char *name, const char *text, cg_module *callee);
// `n` NULL: an output of the graph.
void cg_put_operand(cg_writer *w, const tni_node *n, int i, const tni_value *v, const char *what);
void cg_put_inputs(cg_writer *w, const tni_node *n, bool all); // `all`: everything is in a list
void cg_put_comma(cg_writer *w);                               // unless the call has just been opened
void cg_put_attributes(cg_writer *w, const tni_node *n);
const char *cg_body_name(cg_writer *w, const tni_node *n, const char *attribute);
bool cg_is_variadic(const tn_param *row, int rows, int i);

// ---- codegen_node.c
void cg_put_node(cg_writer *w, tni_node *n);
void cg_put_linear(cg_writer *w, const cg_item *item);
void cg_put_sizes(cg_writer *w, const tni_node *n); // but for the bracket at the end

// ---- codegen_call.c
void cg_find_runs(codegen *c, cg_module *m);
void cg_put_call(cg_writer *w, const cg_item *item);

// ---- codegen_body.c
void cg_put_bodies(cg_writer *w, const tni_node *n);
void cg_put_graph_inputs(codegen *c, tni_text *t, const tn_graph *g, const char *net, const char *const *var);
void cg_put_graph_outputs(cg_writer *w);
void cg_name_inputs(cg_writer *w, const tn_graph *g);

// ---- codegen_preset.c
void cg_put_known_sizes(codegen *c, tni_text *t);
void cg_put_state(cg_writer *w);

#endif
