// SPDX-License-Identifier: Apache-2.0
// program.c - tn.Program: elementwise nodes as one step. Its body holds the ordinary nodes that it stands
// for, each with what they mean, infer and say of themselves: there is no second definition of any of them
// here. The reference kernel runs the body node by node; what a program is for is said in ir/program.h.
#include "op/op.h"

#include "ir/graph.h"

static tn_status infer(tn_infer *c) {
    tn_info *out = tn_infer_alloc(c, ((size_t)c->nout + 1) * sizeof *out);
    if (!out) return TN_NOMEM;
    TN_TRY(tn_infer_graph(c, "body", c->nin, c->in, c->nout, out));
    for (int i = 0; i < c->nout; i++)
        if (c->out[i]) c->out[i]->type = out[i].type;
    return TN_OK;
}

static tn_status ref(tn_call *c) {
    const tn_tensor **out = tni_scratch(c, c->nout, sizeof *out);
    if (!out) return TN_NOMEM;
    TN_TRY(tn_call_graph(c, "body", c->nin, c->in, c->nout, out));
    for (int i = 0; i < c->nout; i++) TN_TRY(tn_call_assign(c, i, out[i]));
    return TN_OK;
}

TN_OP(tn_program) = {
    TN_HERE,
    .name = "Program",
    .domain = "tn",
    .since = 1,
    .doc = "elementwise operators as one step: those of its body",
    .in = {{"inputs", "V", TN_VARIADIC | TN_MIXED}},
    .out = {{"outputs", "V", TN_VARIADIC | TN_MIXED}},
    .types = {{"V", TN_NUMBERS | TN_BIT(TN_BOOL)}},
    .attrs = {{.name = "body", .kind = TN_ATTR_GRAPH, .flags = TN_REQUIRED}},
    .infer = infer,
    .ref = ref,
};
