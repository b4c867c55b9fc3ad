// SPDX-License-Identifier: Apache-2.0
// identity.c - Identity: the value as it is, whatever its kind.
#include "op/move.h"

static tn_status identity_infer(tn_infer *c) {
    TN_TRY(tn_infer_same(c));
    if (c->in[0]->type.kind == TN_TENSOR) tni_content_same(c);
    return TN_OK;
}

static tn_status identity_ref(tn_call *c) { return c->out[0] ? tn_call_assign(c, 0, c->in[0]) : TN_OK; }

static tn_status identity_upgrade(tni_spec *s) {
    tni_spec_drop(s, "consumed_inputs");
    return TN_OK;
}

TN_OP(identity) = {
    TN_HERE,
    .name = "Identity",
    .since = 25,
    .first = 1,
    .doc = "The input as it is",
    .traits = TN_SAME_DATA,
    .in = {{"input", "V"}},
    .out = {{"output", "V"}},
    .types = {{"V", TN_ANY_DTYPE, TN_ANY_KIND}},
    .infer = identity_infer,
    .ref = identity_ref,
    .upgrade = identity_upgrade,
};
