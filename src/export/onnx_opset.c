// SPDX-License-Identifier: Apache-2.0
// onnx_opset.c - the oldest opset that a graph can be written in, because that is what most readers accept.
// Nodes are in the newest form of their operator; since opset 21 new versions of existing operators have only
// added element types, except where a row below says otherwise.
#include "export/onnx.h"

#include "ir/registry.h"

#include <string.h>

// Element types that came after opset 21, as bits, and when.
static const struct {
    int opset;
    uint64_t dtypes;
} newer_types[] = {{25, TN_BIT(TN_U2) | TN_BIT(TN_I2)},
                   {24, TN_BIT(TN_F8E8M0)},
                   {23, TN_BIT(TN_F4E2M1)},
                   {22, TN_BIT(TN_BF16) | TN_FLOAT8S}};

// Attributes (and inputs, by place) that are newer than opset 21.
static const struct {
    const char *op, *attr;
    int input, opset;
} newer_parts[] = {{"Cast", "round_mode", -1, 24},          {"CastLike", "round_mode", -1, 24},
                   {"QuantizeLinear", "precision", -1, 23}, {"DequantizeLinear", "output_dtype", -1, 23},
                   {"Range", "stash_type", -1, 27},         {"Attention", NULL, 6, 24}};
enum { NEWER_PARTS = sizeof newer_parts / sizeof *newer_parts };

static const struct {
    const char *op;
    int opset;
} appeared_as_it_is[] = {{"Attention", 23}}; // its later version only has the input above

static bool uses(const tni_value *v, uint64_t dtypes) { return v && dtypes >> v->info.type.dtype & 1; }

static bool node_uses(const tni_node *n, uint64_t dtypes) {
    for (int i = 0; i < n->nin; i++)
        if (uses(n->in[i].value, dtypes)) return true;
    for (int i = 0; i < n->nout; i++)
        if (uses(n->out[i], dtypes)) return true;
    return false;
}

static bool has_attr(const tni_node *n, const char *name) {
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (!strcmp(n->op->attrs[i].name, name)) return n->attr[i].present;
    return false;
}

// What the parts and types in use ask for, above `least`.
static int newest_part(const tni_node *n, int least) {
    for (int i = 0; i < NEWER_PARTS; i++) {
        bool used = !strcmp(newer_parts[i].op, n->op->name) &&
                    (newer_parts[i].attr ? has_attr(n, newer_parts[i].attr)
                                         : tni_in(n, newer_parts[i].input) != NULL);
        if (used && newer_parts[i].opset > least) least = newer_parts[i].opset;
    }
    for (size_t i = 0; i < sizeof newer_types / sizeof *newer_types; i++)
        if (newer_types[i].opset > least && node_uses(n, newer_types[i].dtypes)) least = newer_types[i].opset;
    return least;
}

// Numbers beyond the 4-bit types saturate before opset 24.
static bool wraps(const tni_node *n) {
    return !strcmp(n->op->name, "Cast") && uses(tni_out(n, 0), TN_BIT(TN_U4) | TN_BIT(TN_I4));
}

static int opset_of(const tni_node *n) {
    int since = n->op->since, first = n->op->first ? n->op->first : since;
    if (since <= TNI_ONNX_BASE_OPSET) return since;
    for (size_t i = 0; i < sizeof appeared_as_it_is / sizeof *appeared_as_it_is; i++)
        if (!strcmp(appeared_as_it_is[i].op, n->op->name)) return newest_part(n, appeared_as_it_is[i].opset);
    if (first > TNI_ONNX_BASE_OPSET) return since;
    if (!strcmp(n->op->name, "Range") &&
        node_uses(n, TN_BIT(TN_F16) | TN_BIT(TN_BF16))) // others are as old as the operator
        return since;
    int needed = newest_part(n, wraps(n) ? 24 : TNI_ONNX_BASE_OPSET);
    return needed < since ? needed : since;
}

// Passes make nodes as of the newest opset; one of the model's own stays what it was.
bool tni_onnx_is_written_out(const tni_node *n) {
    return tni_is(n, "Swish") && (n->opset < n->op->since || n->opset == TN_OPSET);
}

static bool count_domain(tni_onnx_out *o, const char *name, int version) {
    size_t i = 0;
    while (i < o->domains && strcmp(o->domain[i].name, name)) i++;
    if (i == sizeof o->domain / sizeof *o->domain) return false;
    if (i == o->domains) o->domain[o->domains++] = (tni_onnx_domain){name, version};
    if (o->domain[i].version < version) o->domain[i].version = version;
    return true;
}

bool tni_onnx_need(tni_onnx_out *o, const tni_node *n) {
    const char *domain = n->op->domain;
    if (domain && !strcmp(domain, "tn")) return false;
    if (domain && *domain) return count_domain(o, domain, n->op->since > 0 ? n->op->since : 1);
    if (tni_onnx_is_written_out(n)) return true;
    int opset = opset_of(n);
    if (opset > o->opset) o->opset = opset;
    return true;
}
