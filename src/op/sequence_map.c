// SPDX-License-Identifier: Apache-2.0
// sequence_map.c - SequenceMap: runs a body on each item of a sequence. Further inputs are sequences of the
// same length (item by item) or tensors (the same every time).
#include "op/sequence.h"

#include "ir/dim.h"
#include "ir/graph.h"

static tn_status map_infer(tn_infer *c) {
    const tn_graph *g = tn_attr_graph(c->attrs, "body");
    int nout = (int)g->noutput;
    if (nout < c->nout) return tn_infer_fail(c, "the body gives %d outputs, expected %d", nout, c->nout);
    tn_info *infos = tn_infer_alloc(c, (size_t)c->nin * sizeof *infos);
    const tn_info **in = tn_infer_alloc(c, (size_t)c->nin * sizeof *in);
    tn_info *out = tn_infer_alloc(c, ((size_t)nout + 1) * sizeof *out);
    if (!infos || !in || !out) return TN_NOMEM;
    for (int i = 0; i < c->nin; i++) {
        infos[i] = (tn_info){.type = c->in[i]->type};
        if (infos[i].type.kind == TN_SEQUENCE) infos[i].type.kind = TN_TENSOR;
        in[i] = &infos[i];
    }
    TN_TRY(tn_infer_graph(c, "body", c->nin, in, nout, out));
    for (int i = 0; i < c->nout; i++) {
        tn_type t = tni_sequence_type(&out[i].type);
        for (int d = 0; d < t.rank; d++)
            if (tni_dim_depends_on_data(t.dim[d])) t.dim[d] = tn_dim_fresh(c->dims);
        if (c->out[i]) c->out[i]->type = t;
    }
    return TN_OK;
}

// A copy that outlives the trips after it.
static tn_status keep(tn_call *c, const tn_tensor *from, const tn_tensor **to) {
    tn_tensor *t = tn_call_scratch(c, sizeof *t);
    if (from->kind != TN_TENSOR) return tn_call_fail(c, TN_INVALID, "the body must give tensors");
    void *data = tn_call_scratch(c, from->bytes + 1);
    if (!t || !data) return TN_NOMEM;
    *t = *from;
    t->data = data;
    t->pinned = false;
    t->owner = NULL;
    if (from->bytes) memcpy(data, from->data, from->bytes);
    *to = t;
    return TN_OK;
}

static tn_status map_ref(tn_call *c) {
    size_t n = c->in[0]->nitems;
    int nout = (int)tn_attr_graph(c->attrs, "body")->noutput;
    const tn_tensor **in = tni_scratch(c, c->nin, sizeof *in), **out = tni_scratch(c, nout, sizeof *out);
    size_t room;
    if (!ck_mul(n, (size_t)nout, &room)) return TN_NOMEM;
    const tn_tensor **items = tni_scratch(c, (int64_t)room, sizeof *items); // [output][item]
    if (!in || !out || !items) return TN_NOMEM;
    for (size_t k = 0; k < n; k++) {
        for (int i = 0; i < c->nin; i++) {
            const tn_tensor *t = c->in[i];
            if (t->kind == TN_SEQUENCE && t->nitems != n)
                return tn_call_fail(c, TN_INVALID, "input %d has %zu items, expected %zu", i, t->nitems, n);
            in[i] = t->kind == TN_SEQUENCE ? t->item[k] : t;
        }
        TN_TRY(tn_call_graph(c, "body", c->nin, in, nout, out));
        for (int i = 0; i < c->nout; i++) TN_TRY(keep(c, out[i], &items[(size_t)i * n + k]));
    }
    for (int i = 0; i < c->nout; i++) TN_TRY(tn_call_items(c, i, n, items + (size_t)i * n));
    return TN_OK;
}

#define TENSOR_OR_SEQUENCE (1u << TN_TENSOR | 1u << TN_SEQUENCE)

TN_OP(sequence_map) = {
    TN_HERE,
    .name = "SequenceMap",
    .since = 17,
    .doc = "Runs a graph on every item of a sequence",
    .traits = TN_CONTROL,
    .in = {{"input_sequence", "S"}, {"additional_inputs", "V", TN_VARIADIC | TN_MIXED}},
    .out = {{"out_sequence", "S", TN_VARIADIC | TN_MIXED}},
    .types = {{"S", TN_ANY_DTYPE, 1u << TN_SEQUENCE}, {"V", TN_ANY_DTYPE, TENSOR_OR_SEQUENCE}},
    .attrs = {{.name = "body", .kind = TN_ATTR_GRAPH, .flags = TN_REQUIRED}},
    .infer = map_infer,
    .ref = map_ref,
};
