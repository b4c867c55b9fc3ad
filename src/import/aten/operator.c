// SPDX-License-Identifier: Apache-2.0
// operator.c - a call whose target an operator names itself (`.aten` of its definition, so that a plug-in
// needs no converter): tensors, in the schema's order, are its inputs; everything else is an attribute of the
// same name. What the file leaves out has the operator's own default.
#include "import/pt2/call.h"

#include "ir/registry.h"

#include <string.h>

static const tn_attr_def *row_of(const tn_op_def *op, const char *name) {
    for (const tn_attr_def *row = op->attrs; row->name; row++)
        if (!strcmp(row->name, name)) return row;
    return NULL;
}

static void set_floats(tn_aten *c, const char *name) {
    double v[TNI_AT_LIST];
    size_t n = tni_at_floats(c, name, v);
    float *copy = tni_arena_zalloc(&c->graph->root->arena, (n + 1) * sizeof *copy);
    if (!copy) {
        c->x->nomem = c->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) copy[i] = (float)v[i];
    if (c->nlocal < sizeof c->local / sizeof *c->local)
        c->local[c->nlocal++] =
            (tn_attr){.name = name, .kind = TN_ATTR_FLOATS, .present = true, .floats = copy, .n = n};
    else
        tni_at_fail(c, NULL, "the call has too many attributes");
}

static void set_attribute(tn_aten *c, const tn_op_def *op, const char *name) {
    const tn_attr_def *row = row_of(op, name);
    int64_t ints[TNI_AT_LIST];
    if (!row) {
        tni_at_fail(c, "give the operator a row of that name in .attrs",
                    "operator '%s' has no attribute '%s'", op->name, name);
        return;
    }
    switch (row->kind) {
    case TN_ATTR_INT: tni_at_set_int(c, row->name, tni_at_int(c, name)); break;
    case TN_ATTR_FLOAT: tni_at_set_float(c, row->name, tni_at_float(c, name)); break;
    case TN_ATTR_STRING: tni_at_set_text(c, row->name, tni_at_string(c, name)); break;
    case TN_ATTR_INTS: {
        size_t n = tni_at_ints(c, name, ints);
        tni_at_set_ints(c, row->name, ints, n);
        break;
    }
    case TN_ATTR_FLOATS: set_floats(c, row->name); break;
    default: tni_at_fail(c, NULL, "attribute '%s' is of a kind that no argument of a call has", name);
    }
}

// One argument of the call: appended to the inputs, or set.
static void take_argument(tn_aten *c, const tn_op_def *op, const json_t *input, tni_value **in, size_t *nin) {
    const char *name = tni_json_text(input, "name"), *tag = "as_none";
    const json_t *value = tni_json_union(json_object_get(input, "arg"), &tag);
    if (!strcmp(tag, "as_optional_tensor")) tni_json_union(value, &tag); // a union within
    bool none = !strcmp(tag, "as_none");
    if (!strcmp(tag, "as_tensors")) {
        if (*nin + json_array_size(value) > TNI_AT_LIST)
            tni_at_fail(c, NULL, "the call has too many tensors");
        else
            *nin += tni_at_tensors(c, name, in + *nin);
    } else if (!strcmp(tag, "as_tensor") || (none && !row_of(op, name))) {
        if (*nin < TNI_AT_LIST) in[(*nin)++] = none ? NULL : tni_at_tensor(c, name);
    } else if (!none) {
        set_attribute(c, op, name);
    }
}

static void to_operator(tn_aten *c) {
    const tn_op_def *op = tni_op_find_aten(c->x->env, c->target);
    const json_t *inputs = json_object_get(c->call, "inputs");
    tni_value *in[TNI_AT_LIST * 2] = {0}, *out[TNI_AT_OUT + TNI_PT2_WRITTEN];
    char text[96];
    const char *written[TNI_PT2_WRITTEN];
    size_t nin = 0,
           nout = c->nout + tni_pt2_written(tni_pt2_signature(c->x, NULL, c->target), c->call, written);
    for (size_t i = 0; op && i < json_array_size(inputs) && !c->failed; i++)
        take_argument(c, op, json_array_get(inputs, i), in, &nin);
    if (!op || c->failed || !tni_at_node(c, tni_op_text(op, text), nin, in, nout, out)) return;
    tni_at_clear(c);
    for (size_t i = 0; i < nout; i++) tni_at_give(c, i, out[i]);
}

const tn_aten_def *tni_aten_operator(const tn_env *env, const char *target) {
    static const tn_aten_def row = {.convert = to_operator};
    return tni_op_find_aten(env, target) ? &row : NULL;
}
