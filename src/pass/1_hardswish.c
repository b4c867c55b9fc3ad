// SPDX-License-Identifier: Apache-2.0
// 1_hardswish.c - recognises HardSigmoid and HardSwish where an exporter wrote them out:
//
//     Clip(x + 3, 0, 6) / 6          -> HardSigmoid(x)
//     x * HardSigmoid(x)             -> HardSwish(x)
//     x * Clip(x + 3, 0, 6) / 6      -> HardSwish(x)
#include "pass/rewrite.h"

#include <math.h>

// x, when `v` is Clip(x + 3, 0, 6).
static tni_value *clipped(const tni_value *v) {
    const tni_node *clip = tni_made_by(v, "Clip");
    int variable, constant;
    if (!clip || !tni_known_is(tni_in(clip, 1), 0) || !tni_known_is(tni_in(clip, 2), 6)) return NULL;
    const tni_node *add = tni_made_by(clip->in[0].value, "Add");
    if (!add || !tni_split_const(add, &variable, &constant) || !tni_known_is(add->in[constant].value, 3))
        return NULL;
    tni_value *x = add->in[variable].value;
    return tni_same_type(x, v) ? x : NULL;
}

// The other operand of a division by 6, or of a product with 1/6.
static tni_value *sixth_of(const tni_node *n) {
    int variable, constant;
    if (!n->out[0] || !tni_split_const(n, &variable, &constant)) return NULL;
    const tni_value *c = n->in[constant].value;
    bool is = tni_is(n, "Mul") ? tni_near(c, 1.0 / 6) : tni_is(n, "Div") && constant == 1 && tni_near(c, 6);
    return is && tni_same_type(n->in[variable].value, n->out[0]) ? n->in[variable].value : NULL;
}

static bool is_standard(const tni_node *n) {
    tn_attrs a = tni_attrs(n);
    return fabs(tn_attr_float(a, "alpha") - 1.0 / 6) < 1e-6 && fabs(tn_attr_float(a, "beta") - 0.5) < 1e-6;
}

// x, when `n` is x * HardSigmoid(x) or x * Clip(x + 3, 0, 6).
static tni_value *times_itself(const tni_node *n, bool clip) {
    for (int i = 0; i < 2; i++) {
        tni_value *gate = n->in[i].value, *x = n->in[1 - i].value;
        const tni_node *hard = tni_made_by(gate, "HardSigmoid");
        bool is = clip ? clipped(gate) == x : hard && is_standard(hard) && hard->in[0].value == x;
        if (is && x) return x;
    }
    return NULL;
}

static tni_value *hard_swish_input(const tni_node *n) {
    if (tni_is(n, "Mul")) {
        tni_value *x = times_itself(n, false);
        if (x) return x;
    }
    const tni_value *six = sixth_of(n);
    const tni_node *product = tni_made_by(six, "Mul");
    return product ? times_itself(product, true) : NULL;
}

static tn_status rewrite(tni_node *n, bool *changed, tn_diags *diags) {
    tni_value *x = hard_swish_input(n);
    *changed = true;
    if (x) return tni_rewrite(n, (tni_new_node){.op = "HardSwish", .nin = 1, .in = &x}, NULL, diags);
    const tn_attr attr[] = {TN_A_FLOAT("alpha", 1.0 / 6), TN_A_FLOAT("beta", 0.5)};
    const tni_value *six = sixth_of(n);
    x = six ? clipped(six) : NULL;
    if (x)
        return tni_rewrite(n,
                           (tni_new_node){.op = "HardSigmoid", .nin = 1, .in = &x, .nattr = 2, .attr = attr},
                           NULL, diags);
    *changed = false;
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        bool done = false;
        next = n->next;
        if ((tni_is(n, "Mul") || tni_is(n, "Div")) && n->out[0] && tni_is_float(tni_dtype(n->out[0])))
            TN_TRY(rewrite(n, &done, diags));
        *changed |= done;
    }
    return TN_OK;
}

TN_PASS(hardswish) = {
    TN_HERE, .name = "hardswish", .level = 1, .run = run, .doc = "recognises HardSigmoid and HardSwish",
};
