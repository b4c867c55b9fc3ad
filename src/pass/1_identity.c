// SPDX-License-Identifier: Apache-2.0
// 1_identity.c - removes nodes whose output is one of their inputs. One row an operator: a rule says which
// input passes through unchanged, or -1.
#include "pass/rewrite.h"

#include <string.h>

static int always(const tni_node *n) { return n->in[0].value ? 0 : -1; }
static int same_type(const tni_node *n) { return tni_same_type(n->in[0].value, n->out[0]) ? 0 : -1; }
static int alone(const tni_node *n) { return n->nin == 1 ? 0 : -1; }
static int one_part(const tni_node *n) { return n->nout == 1 ? same_type(n) : -1; }
static int unbounded(const tni_node *n) { return tni_in(n, 1) || tni_in(n, 2) ? -1 : 0; }

static int same_dtype(const tni_node *n) {
    return tni_dtype(n->in[0].value) == tni_dtype(n->out[0]) ? 0 : -1;
}

static int dropout(const tni_node *n) {
    const tni_value *training = tni_in(n, 2);
    return !training || tni_known_is(training, 0) ? 0 : -1;
}

static int ones(const tni_node *n) { return tni_contents_are(tni_in(n, 1), 1) ? same_type(n) : -1; }
static int zeros(const tni_node *n) { return tni_contents_are(tni_in(n, 1), 0) ? same_type(n) : -1; }

// A slice as long as its input starts at 0 with step 1, unless it runs backwards.
static int forward_slice(const tni_node *n) {
    const tni_value *steps = tni_in(n, 4);
    if (steps && !steps->info.content) return -1;
    for (size_t i = 0; steps && i < steps->info.ncontent; i++)
        if (steps->info.content[i].e || steps->info.content[i].k < 1) return -1;
    return same_type(n);
}

static int in_order(const tni_node *n) {
    int perm[TN_MAX_RANK], rank;
    if (!tni_perm(n, perm, &rank)) return -1;
    for (int i = 0; i < rank; i++)
        if (perm[i] != i) return -1;
    return 0;
}

// With a scale of exactly 1 every sampling point is a pixel. Equal sizes alone do not say so: 1.1 times 9
// pixels is 9 pixels.
static int unscaled(const tni_node *n) {
    tn_attrs a = tni_attrs(n);
    if (tn_attr_is(a, "coordinate_transformation_mode", "tf_crop_and_resize")) return -1;
    if (!tn_attr_is(a, "keep_aspect_ratio_policy", "stretch")) return -1;
    const tni_value *scales = tni_in(n, 2), *sizes = tni_in(n, 3);
    return sizes || tni_known_is(scales, 1) ? same_type(n) : -1;
}

// The operand beside a constant of neutral elements, when it has the result's shape.
static int beside(const tni_node *n, double neutral, bool either) {
    for (int i = either ? 0 : 1; i < 2; i++)
        if (tni_known_is(n->in[i].value, neutral) && tni_same_type(n->in[1 - i].value, n->out[0]))
            return 1 - i;
    return -1;
}

static int plus(const tni_node *n) { return beside(n, 0, true); }
static int minus(const tni_node *n) { return beside(n, 0, false); }
static int times(const tni_node *n) { return beside(n, 1, true); }
static int over(const tni_node *n) { return beside(n, 1, false); } // divided by 1, to the power of 1

static const struct {
    const char *op;
    int (*passes)(const tni_node *n);
} rules[] = {
    {"Identity", always},   {"Dropout", dropout},   {"Cast", same_dtype},   {"CastLike", same_dtype},
    {"Reshape", same_type}, {"Flatten", same_type}, {"Squeeze", same_type}, {"Unsqueeze", same_type},
    {"Expand", same_type},  {"Tile", ones},         {"Pad", zeros},         {"Slice", forward_slice},
    {"Concat", alone},      {"Sum", alone},         {"Max", alone},         {"Min", alone},
    {"Mean", alone},        {"Split", one_part},    {"Clip", unbounded},    {"Transpose", in_order},
    {"Resize", unscaled},   {"Add", plus},          {"Sub", minus},         {"Mul", times},
    {"Div", over},          {"Pow", over},
};

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    (void)diags;
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
            if (!tni_is(n, rules[i].op)) continue;
            int in = n->out[0] ? rules[i].passes(n) : -1;
            if (in >= 0) tni_forward(n, n->in[in].value, changed);
            break;
        }
    }
    return TN_OK;
}

TN_PASS(identity) = {TN_HERE, .name = "identity", .level = 1, .run = run,
                     .doc = "removes nodes whose output is one of their inputs"};
