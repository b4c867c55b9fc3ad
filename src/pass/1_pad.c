// SPDX-License-Identifier: Apache-2.0
// 1_pad.c - a Pad with zeros ahead of a Conv becomes the Conv's own padding, and ahead of an AveragePool that
// of a mean which counts it: PyTorch's older exporter writes count_include_pad so.
#include "ir/attr.h"
#include "pass/rewrite.h"

#include <string.h>

enum { MAX_SPATIAL = TN_MAX_RANK - 2, MAX_PAD = 4096 };

// Zeros before and after each spatial dimension: pads[0..n) and pads[n..2n); n of them.
static bool zeros_around(const tni_node *pad, int n, int64_t *pads) {
    const tn_info *amounts = &pad->in[1].value->info;
    const tni_value *value = tni_in(pad, 2);
    size_t rank = (size_t)n + 2;
    if (!tn_attr_is(tni_attrs(pad), "mode", "constant") || (value && !tni_known_is(value, 0))) return false;
    if (tni_in(pad, 3) || !amounts->content || amounts->ncontent != 2 * rank) return false;
    for (size_t i = 0; i < 2 * rank; i++) {
        size_t d = i % rank;
        tn_dim k = amounts->content[i];
        if (k.e || k.k < 0 || k.k > MAX_PAD || (d < 2 && k.k)) return false;
        if (d >= 2) pads[d - 2 + (i < rank ? 0 : (size_t)n)] = k.k;
    }
    return true;
}

// Adds the layer's own padding; false where that depends on the input's size.
static bool add_own(const tni_node *layer, int n, int64_t *pads) {
    size_t given;
    const int64_t *own = tn_attr_ints(tni_attrs(layer), "pads", &given);
    bool none = tn_attr_is(tni_attrs(layer), "auto_pad", "VALID");
    if (!none && !tn_attr_is(tni_attrs(layer), "auto_pad", "NOTSET")) return false;
    if (none || !given) return true;
    for (int i = 0; given == 2 * (size_t)n && i < 2 * n; i++)
        if (own[i] > MAX_PAD || (pads[i] += own[i]) > MAX_PAD) return false;
    return given == 2 * (size_t)n;
}

// A mean that counts all of the padding and nothing behind it; what other tools refuse, a pad as wide as the
// window, stays a Pad.
static bool counts(const tni_node *pool, int n, const int64_t *pads) {
    tn_attrs a = tni_attrs(pool);
    bool own = false;
    for (int i = 0; i < 2 * n; i++) {
        if (pads[i] >= tni_ints_at(a, "kernel_shape", i % n, 1)) return false;
        own |= tni_ints_at(a, "pads", i, 0) != 0;
    }
    return !tn_attr_int(a, "ceil_mode") && (!own || tn_attr_int(a, "count_include_pad"));
}

static tn_status merge(tni_node *layer, const tni_node *pad, bool *changed, tn_diags *diags) {
    static const char *const replaced[] = {"pads", "auto_pad", "count_include_pad"};
    int64_t pads[2 * MAX_SPATIAL];
    tn_attr given[TNI_MAX_ATTRS], attr[TNI_MAX_ATTRS + 2];
    bool pool = tni_is(layer, "AveragePool");
    int n = tni_rank(layer->in[0].value) - 2;
    if (n < 1 || n > MAX_SPATIAL || !zeros_around(pad, n, pads) || !add_own(layer, n, pads)) return TN_OK;
    if (pool && !counts(layer, n, pads)) return TN_OK;
    size_t count = 0, total = tni_given_attrs(layer, given);
    for (size_t i = 0; i < total; i++) {
        bool kept = true;
        for (size_t k = 0; k < sizeof replaced / sizeof *replaced; k++)
            kept &= strcmp(given[i].name, replaced[k]) != 0;
        if (kept) attr[count++] = given[i];
    }
    attr[count++] = TN_A_INTS("pads", pads, 2 * (size_t)n);
    if (pool) attr[count++] = TN_A_INT("count_include_pad", 1);
    tni_value *in[] = {pad->in[0].value, tni_in(layer, 1), tni_in(layer, 2)};
    *changed = true;
    return tni_rewrite(
        layer,
        (tni_new_node){.op = layer->op->name, .nin = pool ? 1 : 3, .in = in, .nattr = count, .attr = attr},
        NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        bool pads = (tni_is(n, "Conv") || tni_is(n, "AveragePool")) && n->out[0];
        const tni_node *pad = pads ? tni_made_by(n->in[0].value, "Pad") : NULL;
        if (pad && pad->graph == g) TN_TRY(merge(n, pad, changed, diags));
    }
    return TN_OK;
}

TN_PASS(pad) = {
    TN_HERE,
    .name = "pad",
    .level = 1,
    .run = run,
    .doc = "makes a Pad with zeros the padding of the Conv or AveragePool behind",
};
