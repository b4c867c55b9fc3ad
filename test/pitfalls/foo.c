// SPDX-License-Identifier: Apache-2.0
// foo.c - the plug-in that P15_unknown asks for: custom.dom::Foo(x) = 2 * x, written as a user would.
#include <tenon/ext.h>

static tn_status twice(tn_call *c) {
    for (int64_t i = 0; i < tn_count(c->in[0]); i++)
        tn_tensor_set(c->out[0], i, 2 * tn_tensor_get(c->in[0], i));
    return TN_OK;
}

TN_OP(foo) = {
    TN_HERE,
    .name = "Foo",
    .domain = "custom.dom",
    .since = 1,
    .doc = "2 * x",
    .in = {{"x", "T"}},
    .out = {{"y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"alpha", TN_ATTR_FLOAT}},
    .infer = tn_infer_same,
    .ref = twice,
};

TN_PLUGIN = {TN_PLUGIN_HERE, .name = "foo", .version = "1", .ops = TN_OPS(&tn_op_foo)};
