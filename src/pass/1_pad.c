// SPDX-License-Identifier: Apache-2.0
// 1_pad.c - a Pad with zeros ahead of a Conv becomes the Conv's own padding.
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

// Adds the Conv's own padding; false where that depends on the input's size.
static bool add_own(const tni_node *conv, int n, int64_t *pads) {
    size_t given;
    const int64_t *own = tn_attr_ints(tni_attrs(conv), "pads", &given);
    bool none = tn_attr_is(tni_attrs(conv), "auto_pad", "VALID");
    if (!none && !tn_attr_is(tni_attrs(conv), "auto_pad", "NOTSET")) return false;
    if (none || !given) return true;
    for (int i = 0; given == 2 * (size_t)n && i < 2 * n; i++)
        if (own[i] > MAX_PAD || (pads[i] += own[i]) > MAX_PAD) return false;
    return given == 2 * (size_t)n;
}

static tn_status merge(tni_node *conv, const tni_node *pad, bool *changed, tn_diags *diags) {
    int64_t pads[2 * MAX_SPATIAL];
    tn_attr given[TNI_MAX_ATTRS], attr[TNI_MAX_ATTRS + 1];
    int n = tni_rank(conv->in[0].value) - 2;
    if (n < 1 || n > MAX_SPATIAL || !zeros_around(pad, n, pads) || !add_own(conv, n, pads)) return TN_OK;
    size_t count = 0, total = tni_given_attrs(conv, given);
    for (size_t i = 0; i < total; i++)
        if (strcmp(given[i].name, "pads") != 0 && strcmp(given[i].name, "auto_pad") != 0)
            attr[count++] = given[i];
    attr[count++] = TN_A_INTS("pads", pads, 2 * (size_t)n);
    tni_value *in[] = {pad->in[0].value, conv->in[1].value, tni_in(conv, 2)};
    *changed = true;
    return tni_rewrite(conv, (tni_new_node){.op = "Conv", .nin = 3, .in = in, .nattr = count, .attr = attr},
                       NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        const tni_node *pad = tni_is(n, "Conv") && n->out[0] ? tni_made_by(n->in[0].value, "Pad") : NULL;
        if (pad && pad->graph == g) TN_TRY(merge(n, pad, changed, diags));
    }
    return TN_OK;
}

TN_PASS(pad) = {
    TN_HERE,
    .name = "pad",
    .level = 1,
    .run = run,
    .doc = "makes a Pad with zeros the padding of the Conv behind",
};
