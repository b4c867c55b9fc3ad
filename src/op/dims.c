// SPDX-License-Identifier: Apache-2.0
// dims.c - tn.Dims: numbers computed from the sizes of graph inputs, in one node, where an exporter wrote a
// chain of Shape, Gather, arithmetic and Concat. symbols[i] is dimension axes[i] of input inputs[i]; exprs
// are over those symbols, one an element.
#include "ir/dim.h"
#include "op/op.h"

typedef struct scope {
    const tn_str *symbol;
    const int64_t *input, *axis;
    size_t n;
    const tn_infer *infer; // either of the two
    const tn_call *call;
} scope;

static bool dim_at(const scope *s, int64_t input, int64_t axis, tn_dim *to) {
    if (s->infer) {
        if (input >= s->infer->nin || axis >= s->infer->in[input]->type.rank) return false;
        *to = s->infer->in[input]->type.dim[axis];
    } else {
        if (input >= s->call->nin || axis >= s->call->in[input]->rank) return false;
        *to = tn_k(s->call->in[input]->dim[axis]);
    }
    return true;
}

static bool get(void *user, const char *symbol, size_t size, tn_dim *to) {
    const scope *s = user;
    for (size_t i = 0; i < s->n; i++)
        if (s->symbol[i].size == size && !memcmp(s->symbol[i].text, symbol, size))
            return dim_at(s, s->input[i], s->axis[i], to);
    return false;
}

static bool read_scope(tn_attrs a, scope *s) {
    size_t inputs, axes;
    s->symbol = tn_attr_strings(a, "symbols", &s->n);
    s->input = tn_attr_ints(a, "inputs", &inputs);
    s->axis = tn_attr_ints(a, "axes", &axes);
    return inputs == s->n && axes == s->n;
}

static tn_status dims_infer(tn_infer *c) {
    size_t n;
    const tn_str *expr = tn_attr_strings(c->attrs, "exprs", &n);
    scope s = {.infer = c};
    bool scalar = tn_attr_int(c->attrs, "scalar") != 0;
    if (!read_scope(c->attrs, &s))
        return tn_infer_fail(c, "symbols, inputs and axes must have one entry per symbol");
    if (scalar && n != 1) return tn_infer_fail(c, "a scalar takes one expression, not %zu", n);
    if (n > TN_MAX_CONTENT)
        return tn_infer_fail(c, "%zu expressions are above the limit of %d", n, TN_MAX_CONTENT);
    tni_shape_out(c, 0, TN_I64, scalar ? 0 : 1, &(tn_dim){.k = (int64_t)n});
    for (int i = 0; i < c->nin; i++)
        if (!tni_ranked(c, i)) return TN_OK;
    tn_dim content[TN_MAX_CONTENT];
    for (size_t i = 0; i < n; i++)
        if (tni_dim_parse_with(c->dims, expr[i].text, get, &s, &content[i]) == TN_FORMAT)
            return tn_infer_fail(c, "expression '%s' does not read, or names a size that is not there",
                                 expr[i].text);
    tn_infer_content(c, 0, content, n);
    return TN_OK;
}

static tn_status dims_ref(tn_call *c) {
    size_t n;
    const tn_str *expr = tn_attr_strings(c->attrs, "exprs", &n);
    scope s = {.call = c};
    read_scope(c->attrs, &s);
    for (size_t i = 0; i < n; i++) {
        tn_dim d;
        if (tni_dim_parse_with(NULL, expr[i].text, get, &s, &d) != TN_OK)
            return tn_call_fail(c, TN_LIMIT, "'%s' is too large for these sizes", expr[i].text);
        ((int64_t *)c->out[0]->data)[i] = d.k;
    }
    return TN_OK;
}

TN_OP(tn_dims) = {
    TN_HERE,
    .name = "Dims",
    .domain = "tn",
    .since = 1,
    .doc = "Numbers computed from the sizes of its inputs",
    .traits = TN_SHAPE_ONLY,
    .in = {{"inputs", "T", TN_VARIADIC | TN_MIXED}},
    .out = {{"dims", "i64"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .attrs = {{"exprs", TN_ATTR_STRINGS},
              {"symbols", TN_ATTR_STRINGS},
              {"inputs", TN_ATTR_INTS, .max = 1 << 20},
              {"axes", TN_ATTR_INTS, .max = TN_MAX_RANK - 1},
              {"scalar", TN_ATTR_INT, .max = 1}},
    .infer = dims_infer,
    .ref = dims_ref,
};
