// SPDX-License-Identifier: Apache-2.0
// 2_activation.c - an activation behind a convolution or a product becomes part of it, so that the result is
// stored once. One row an operator; a rule fills in the two parameters, or says that this form cannot.
#include "pass/epilogue.h"

#include <math.h>

typedef struct parameters {
    double alpha, beta;
    bool given[2];
} parameters;

static bool plain(const tni_node *n, parameters *p) { return n && p; }

static bool with_alpha(const tni_node *n, parameters *p) {
    p->alpha = tn_attr_float(tni_attrs(n), "alpha");
    return p->given[0] = true;
}

static bool with_both(const tni_node *n, parameters *p) {
    p->beta = tn_attr_float(tni_attrs(n), "beta");
    return p->given[1] = with_alpha(n, p);
}

static bool unit_alpha(const tni_node *n, parameters *p) {
    return p && tn_attr_float(tni_attrs(n), "alpha") == 1;
}

static bool exact(const tni_node *n, parameters *p) {
    return p && tn_attr_is(tni_attrs(n), "approximate", "none");
}

static bool one_slope(const tni_node *n, parameters *p) {
    return tni_known_number(n->in[1].value, &p->alpha) && (p->given[0] = true);
}

static bool bounds(const tni_node *n, parameters *p) {
    const tni_value *low = tni_in(n, 1), *high = tni_in(n, 2);
    p->alpha = -(double)INFINITY;
    p->beta = (double)INFINITY;
    p->given[0] = p->given[1] = true;
    return (!low || tni_known_number(low, &p->alpha)) && (!high || tni_known_number(high, &p->beta)) &&
           p->alpha <= p->beta;
}

static const struct {
    const char *op, *activation;
    bool (*read)(const tni_node *n, parameters *p);
} rules[] = {
    {"Relu", "Relu", plain},
    {"Clip", "Clip", bounds},
    {"LeakyRelu", "LeakyRelu", with_alpha},
    {"PRelu", "LeakyRelu", one_slope},
    {"Sigmoid", "Sigmoid", plain},
    {"HardSigmoid", "HardSigmoid", with_both},
    {"HardSwish", "HardSwish", plain},
    {"Swish", "Silu", unit_alpha},
    {"Tanh", "Tanh", plain},
    {"Gelu", "Gelu", exact},
};

static tn_status fuse(tni_node *n, const char *activation, const parameters *p, bool *changed,
                      tn_diags *diags) {
    tni_fusable f;
    if (!tni_fusable_before(n->in[0].value, &f) || f.activated || !tni_same_type(n->in[0].value, n->out[0]))
        return TN_OK;
    tn_attr attr[3] = {TN_A_STRING("activation", activation)};
    size_t count = 1;
    if (p->given[0]) attr[count++] = TN_A_FLOAT("activation_alpha", p->alpha);
    if (p->given[1]) attr[count++] = TN_A_FLOAT("activation_beta", p->beta);
    *changed = true;
    return tni_fuse(n, &f, count, attr, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
            parameters p = {0};
            if (!tni_is(n, rules[i].op)) continue;
            if (n->out[0] && rules[i].read(n, &p)) TN_TRY(fuse(n, rules[i].activation, &p, changed, diags));
            break;
        }
    }
    return TN_OK;
}

TN_PASS(activation) = {
    TN_HERE,
    .name = "activation",
    .level = 2,
    .run = run,
    .doc = "puts activations into the convolution or product before",
};
