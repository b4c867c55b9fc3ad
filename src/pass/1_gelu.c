// SPDX-License-Identifier: Apache-2.0
// 1_gelu.c - recognises Gelu where an exporter wrote it out. Products are compared as sets of factors, so
// that it does not matter where 0.5 stands:
//
//     0.5 * x * (1 + Erf(x / sqrt(2)))                                -> Gelu(x)
//     0.5 * x * (1 + Tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))         -> Gelu(x) {approximate="tanh"}
#include "pass/rewrite.h"

enum { MANY = 6 };
static const double root_2 = 1.41421356237309504880, root_2_over_pi = 0.79788456080286535588;

typedef struct product {
    double number; // of all constant factors
    tni_value *factor[MANY];
    int n; // MANY: too many
} product;

static void add_factor(product *p, tni_value *v, bool root);

static void add_factors(product *p, const tni_node *n) {
    double c;
    for (int i = 0; i < 2; i++) {
        bool divisor = i == 1 && tni_is(n, "Div");
        if (tni_known_number(n->in[i].value, &c))
            p->number *= divisor ? 1 / c : c;
        else if (divisor)
            p->n = MANY;
        else
            add_factor(p, n->in[i].value, false);
    }
}

// Goes into products that only this one reads.
static void add_factor(product *p, tni_value *v, bool root) {
    const tni_node *n = v->def;
    if (p->n >= MANY) return;
    bool inside = n && n->nin == 2 && n->out[0] && (root || tni_used_once(v)) && n->graph == v->graph;
    if (inside && (tni_is(n, "Mul") || tni_is(n, "Div")))
        add_factors(p, n);
    else
        p->factor[p->n++] = v;
}

static product product_of(tni_value *v) {
    product p = {.number = 1};
    add_factor(&p, v, true);
    return p;
}

static bool about(double x, double want) { return x > want * 0.999 && x < want * 1.001; }

// The other operand of an Add of 1.
static tni_value *one_plus(const tni_value *v) {
    const tni_node *n = tni_made_by(v, "Add");
    int variable, constant;
    if (!n || !tni_split_const(n, &variable, &constant) || !tni_known_is(n->in[constant].value, 1))
        return NULL;
    return n->in[variable].value;
}

static bool is_erf_of(const tni_value *v, const tni_value *x) {
    const tni_node *erf = tni_made_by(v, "Erf");
    if (!erf) return false;
    product p = product_of(erf->in[0].value);
    return p.n == 1 && p.factor[0] == x && about(p.number, 1 / root_2);
}

// 0.044715 * x^3
static bool is_cube(tni_value *v, const tni_value *x) {
    product p = product_of(v);
    if (!about(p.number, 0.044715)) return false;
    if (p.n == 3) return p.factor[0] == x && p.factor[1] == x && p.factor[2] == x;
    const tni_node *pow = p.n == 1 ? tni_made_by(p.factor[0], "Pow") : NULL;
    return pow && pow->in[0].value == x && tni_known_is(pow->in[1].value, 3);
}

static bool is_tanh_of(const tni_value *v, const tni_value *x) {
    const tni_node *tanh = tni_made_by(v, "Tanh");
    if (!tanh) return false;
    product p = product_of(tanh->in[0].value);
    const tni_node *sum = p.n == 1 ? tni_made_by(p.factor[0], "Add") : NULL;
    if (!sum || !about(p.number, root_2_over_pi)) return false;
    const tni_use *in = sum->in;
    return (in[0].value == x && is_cube(in[1].value, x)) || (in[1].value == x && is_cube(in[0].value, x));
}

// x, when `n` is the whole product.
static tni_value *gelu_input(const tni_node *n, bool *approximate) {
    product p = product_of(n->out[0]);
    if (p.n != 2 || !about(p.number, 0.5)) return NULL;
    for (int i = 0; i < 2; i++) {
        const tni_value *gate = one_plus(p.factor[i]);
        tni_value *x = p.factor[1 - i];
        if (!gate || !tni_same_type(x, n->out[0])) continue;
        *approximate = is_tanh_of(gate, x);
        if (*approximate || is_erf_of(gate, x)) return x;
    }
    return NULL;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        bool approximate;
        next = n->next;
        bool is = (tni_is(n, "Mul") || tni_is(n, "Div")) && n->out[0] && tni_is_float(tni_dtype(n->out[0]));
        tni_value *x = is ? gelu_input(n, &approximate) : NULL;
        if (!x) continue;
        tn_attr how = TN_A_STRING("approximate", "tanh");
        tni_new_node gelu = {.op = "Gelu", .nin = 1, .in = &x, .nattr = approximate ? 1 : 0, .attr = &how};
        TN_TRY(tni_rewrite(n, gelu, NULL, diags));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(gelu) = {
    TN_HERE, .name = "gelu", .level = 1, .run = run, .doc = "recognises Gelu, exact and by tanh",
};
