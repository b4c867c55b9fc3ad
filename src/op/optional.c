// SPDX-License-Identifier: Apache-2.0
// optional.c - Optional, OptionalGetElement, OptionalHasElement. An optional holds nothing, a tensor, or a
// sequence; since opset 18 the latter two operators also take plain tensors and sequences, which always hold
// something.
#include "op/buffer.h"

static bool is_optional(tn_kind k) { return k == TN_OPTIONAL || k == TN_OPTIONAL_SEQUENCE; }

static tn_kind wrapped(tn_kind k) {
    if (k == TN_TENSOR) return TN_OPTIONAL;
    return k == TN_SEQUENCE ? TN_OPTIONAL_SEQUENCE : k;
}

static tn_kind unwrapped(tn_kind k) {
    if (k == TN_OPTIONAL) return TN_TENSOR;
    return k == TN_OPTIONAL_SEQUENCE ? TN_SEQUENCE : k;
}

static tn_status make_infer(tn_infer *c) {
    const tn_type *type = tni_given(c, 0) ? &c->in[0]->type : tn_attr_type(c->attrs, "type");
    if (!type) return tn_infer_fail(c, "without an input the attribute 'type' must say what it would hold");
    if (!c->out[0]) return TN_OK;
    c->out[0]->type = *type;
    c->out[0]->type.kind = wrapped(type->kind);
    return TN_OK;
}

static tn_status make_ref(tn_call *c) {
    const tn_tensor *x = tni_arg(c, 0);
    tn_tensor *to = c->out[0];
    if (!to) return TN_OK;
    if (!x) {
        TN_TRY(tn_call_items(c, 0, 0, NULL));
        to->has_item = false;
    } else if (x->kind == TN_TENSOR) {
        TN_TRY(tn_call_items(c, 0, 1, &x));
        to->has_item = true;
    } else if (is_optional(x->kind)) {
        return tn_call_assign(c, 0, x);
    } else {
        TN_TRY(tn_call_items(c, 0, x->nitems, (const tn_tensor *const *)x->item));
        to->has_item = true;
    }
    return TN_OK;
}

#define OPTIONALS (1u << TN_OPTIONAL | 1u << TN_OPTIONAL_SEQUENCE)

TN_OP(optional) = {
    TN_HERE,
    .name = "Optional",
    .since = 28,
    .first = 15,
    .doc = "An optional that holds the input, or nothing",
    .in = {{"input", "V", TN_OPTIONAL_IN}},
    .out = {{"output", "O"}},
    .types = {{"V", TN_ANY_DTYPE, TN_ANY_KIND}, {"O", TN_ANY_DTYPE, OPTIONALS}},
    .attrs = {{.name = "type", .kind = TN_ATTR_TYPE}},
    .infer = make_infer,
    .ref = make_ref,
};

static tn_status get_infer(tn_infer *c) {
    if (!c->out[0]) return TN_OK;
    c->out[0]->type = c->in[0]->type;
    c->out[0]->type.kind = unwrapped(c->in[0]->type.kind);
    return TN_OK;
}

static tn_status get_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *item = x;
    if (is_optional(x->kind) && !x->has_item)
        return tn_call_fail(c, TN_INVALID, "the optional holds nothing");
    if (x->kind == TN_OPTIONAL_SEQUENCE)
        return tn_call_items(c, 0, x->nitems, (const tn_tensor *const *)x->item);
    if (x->kind == TN_OPTIONAL) item = x->item[0];
    if (item->kind == TN_TENSOR) TN_TRY(tn_call_resize(c, 0, item->rank, item->dim));
    return tn_call_assign(c, 0, item);
}

TN_OP(optional_get_element) = {
    TN_HERE,
    .name = "OptionalGetElement",
    .since = 28,
    .first = 15,
    .doc = "What an optional holds",
    .traits = TN_DATA_SHAPE,
    .in = {{"input", "O"}},
    .out = {{"output", "V"}},
    .types = {{"O", TN_ANY_DTYPE, TN_ANY_KIND}, {"V", TN_ANY_DTYPE, TN_ANY_KIND}},
    .infer = get_infer,
    .ref = get_ref,
};

static tn_status has_infer(tn_infer *c) {
    tni_shape_out(c, 0, TN_BOOL, 0, NULL);
    tn_dim no = tn_k(0), yes = tn_k(1);
    if (!tni_given(c, 0)) tn_infer_content(c, 0, &no, 1);
    if (tni_given(c, 0) && !is_optional(c->in[0]->type.kind)) tn_infer_content(c, 0, &yes, 1);
    return TN_OK;
}

static tn_status has_ref(tn_call *c) {
    const tn_tensor *x = tni_arg(c, 0);
    if (c->out[0]) tni_set_int(c->out[0], 0, x && (!is_optional(x->kind) || x->has_item));
    return TN_OK;
}

TN_OP(optional_has_element) = {
    TN_HERE,
    .name = "OptionalHasElement",
    .since = 28,
    .first = 15,
    .doc = "Whether an optional holds something",
    .in = {{"input", "O", TN_OPTIONAL_IN}},
    .out = {{"output", "bool"}},
    .types = {{"O", TN_ANY_DTYPE, TN_ANY_KIND}},
    .infer = has_infer,
    .ref = has_ref,
};
