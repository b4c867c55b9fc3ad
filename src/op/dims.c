// SPDX-License-Identifier: Apache-2.0
// dims.c - tn.Dims: numbers computed from the sizes of graph inputs, in one node, where an exporter wrote a
// chain of Shape, Gather, arithmetic and Concat. symbols[i] is dimension axes[i] of input inputs[i]; exprs
// are over those symbols, one an element. tn.View is a Reshape by such numbers, which it takes from its
// inputs' sizes by itself: no shape is computed at run time.
#include "ir/dim.h"
#include "op/move.h"

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

// The numbers that the expressions come to; *n 0: the sizes are not known.
static tn_status numbers(tn_infer *c, tn_dim to[TN_MAX_CONTENT], size_t *n) {
    size_t count;
    const tn_str *expr = tn_attr_strings(c->attrs, "exprs", &count);
    scope s = {.infer = c};
    *n = 0;
    if (!read_scope(c->attrs, &s))
        return tn_infer_fail(c, "symbols, inputs and axes must have one entry per symbol");
    if (count > TN_MAX_CONTENT)
        return tn_infer_fail(c, "%zu expressions are above the limit of %d", count, TN_MAX_CONTENT);
    for (int i = 0; i < c->nin; i++)
        if (!tni_ranked(c, i)) return TN_OK;
    for (size_t i = 0; i < count; i++)
        if (tni_dim_parse_with(c->dims, expr[i].text, get, &s, &to[i]) == TN_FORMAT)
            return tn_infer_fail(c, "expression '%s' does not read, or names a size that is not there",
                                 expr[i].text);
    *n = count;
    return TN_OK;
}

static tn_status dims_infer(tn_infer *c) {
    tn_dim content[TN_MAX_CONTENT];
    size_t n, count;
    bool scalar = tn_attr_int(c->attrs, "scalar") != 0;
    TN_TRY(numbers(c, content, &n));
    tn_attr_strings(c->attrs, "exprs", &count);
    if (scalar && count != 1) return tn_infer_fail(c, "a scalar takes one expression, not %zu", count);
    tni_shape_out(c, 0, TN_I64, scalar ? 0 : 1, &(tn_dim){.k = (int64_t)count});
    if (n == count) tn_infer_content(c, 0, content, n);
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

static tn_status view_infer(tn_infer *c) {
    tn_dim dim[TN_MAX_CONTENT];
    size_t n, count;
    const tn_type *x = &c->in[0]->type;
    TN_TRY(numbers(c, dim, &n));
    tn_attr_strings(c->attrs, "exprs", &count);
    if (count > TN_MAX_RANK)
        return tn_infer_fail(c, "%zu dimensions are above the limit of %d", count, TN_MAX_RANK);
    if (n < count) return tni_shape_fresh(c, 0, x->dtype, (int)count), TN_OK;
    tn_dim have = tni_dim_product(c, x->dim, 0, x->rank), want = tni_dim_product(c, dim, 0, (int)n);
    if (!have.e && !want.e && have.k != want.k)
        return tn_infer_fail(c, "the input has %lld elements, the shape asked for holds %lld",
                             (long long)have.k, (long long)want.k);
    for (size_t i = 0; i < n; i++)
        if (!dim[i].e && dim[i].k < 0)
            return tn_infer_fail(c, "dimension %zu of the shape is %lld", i, (long long)dim[i].k);
    tni_shape_out(c, 0, x->dtype, (int)n, dim);
    return TN_OK;
}

TN_OP(tn_view) = {
    TN_HERE,
    .name = "View",
    .domain = "tn",
    .since = 1,
    .doc = "The first input's elements under a shape that comes from the inputs' sizes",
    .traits = TN_SAME_DATA,
    .in = {{"x", "T"}, {"inputs", "S", TN_VARIADIC | TN_MIXED}},
    .out = {{"y", "T"}},
    .types = {{"T", TN_ANY_DTYPE}, {"S", TN_ANY_DTYPE}},
    .attrs = {{"exprs", TN_ATTR_STRINGS},
              {"symbols", TN_ATTR_STRINGS},
              {"inputs", TN_ATTR_INTS, .max = 1 << 20},
              {"axes", TN_ATTR_INTS, .max = TN_MAX_RANK - 1}},
    .infer = view_infer,
    .ref = tni_call_same,
    .view = tni_view_same,
};
