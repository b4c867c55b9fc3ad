// SPDX-License-Identifier: Apache-2.0
// rewrite.c - what plug-ins' passes rewrite with (tenon/rewrite.h), over the steps that the built-in passes
// use.
#include "tenon/rewrite.h"

#include "ir/text.h"
#include "pass/rewrite.h"

#include <string.h>

// ---- looking

tn_graph_node *tn_graph_first(tn_graph *g) { return g->first; }
tn_graph_node *tn_graph_following(tn_graph_node *n) { return n ? n->next : NULL; }

bool tn_node_is(const tn_graph_node *n, const char *op) {
    char text[128];
    return n && !strcmp(tni_op_text(n->op, text), op);
}

int tn_node_ins(const tn_graph_node *n) { return n ? n->nin : 0; }
int tn_node_outs(const tn_graph_node *n) { return n ? n->nout : 0; }
tn_value *tn_node_in(const tn_graph_node *n, int i) {
    return n && i >= 0 && i < n->nin ? n->in[i].value : NULL;
}
tn_value *tn_node_out(const tn_graph_node *n, int i) { return n && i >= 0 && i < n->nout ? n->out[i] : NULL; }
tn_attrs tn_node_attrs(const tn_graph_node *n) { return (tn_attrs){n->op, n->attr}; }

tn_graph *tn_node_body(const tn_graph_node *n, size_t i) {
    tn_graph *body = NULL;
    size_t at = 0;
    for (size_t k = 0; n && k <= i; k++)
        if (!(body = tni_next_body(n, &at))) break;
    return body;
}

const tn_info *tn_value_info(const tn_value *v) { return v ? &v->info : NULL; }
const tn_tensor *tn_value_constant(const tn_value *v) { return v ? tni_known(v) : NULL; }

bool tn_value_is_number(const tn_value *v, double x) {
    double number;
    return v && tni_known_number(v, &number) && number == x;
}

tn_graph_node *tn_value_maker(const tn_value *v) {
    return v && v->def && v->def->graph == v->graph ? v->def : NULL;
}
tn_graph_node *tn_value_only_reader(const tn_value *v) { return v ? tni_read_by(v, NULL) : NULL; }

// ---- changing

tn_value *tn_rewrite_add(tn_graph_node *at, const char *op, int count, tn_value *const *ins,
                         const char *attributes, tn_diags *diags) {
    enum { ROOM = TNI_MAX_ATTRS };
    tn_attr attr[ROOM];
    size_t nattr = 0;
    tn_status status = TN_OK;
    if (attributes) status = tni_attrs_parse(at->graph, attributes, attr, ROOM, &nattr, diags);
    if (status != TN_OK) return NULL;
    return tni_emit(at, (tni_new_node){.op = op, .nin = count, .in = ins, .nattr = nattr, .attr = attr},
                    &status, diags);
}

tn_value *tn_rewrite_constant(tn_graph *g, const tn_tensor *value) {
    tn_tensor *copy = tni_tensor_copy(&g->root->arena, value);
    return copy ? tni_value_const(g, NULL, copy) : NULL;
}

// What is told of one may be told of the other, as far as it is known.
static bool suits(const tn_type *a, const tn_type *b) {
    if (a->kind != b->kind || a->dtype != b->dtype) return false;
    if (a->rank < 0 || b->rank < 0) return true;
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (!a->dim[i].e && !b->dim[i].e && a->dim[i].k != b->dim[i].k) return false;
    return true;
}

bool tn_rewrite_replace(tn_graph_node *n, tn_value *by) {
    bool changed = false;
    tn_value *from = tn_node_out(n, 0);
    if (from && by && from != by && suits(&from->info.type, &by->info.type)) tni_forward(n, by, &changed);
    return changed;
}
