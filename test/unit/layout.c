// SPDX-License-Identifier: Apache-2.0
// layout.c - which nodes stay plain, by made-up costs: a node that is faster so by less than the conversions
// beside it does not, one that is by more does, and the graph is sound either way.
#include "pass/layout.h"

#include "check.h"
#include "ir/registry.h"
#include "ir/text.h"

static tn_env *env;
static tn_diags *diags;

static const char net[] = "graph \"g\" {\n"
                          "  in %x: f32[1,32,8,8]\n"
                          "  const %w: f32[32,32,3,3] = {0.01...}\n"
                          "  %a = Conv(%x, %w) {pads=[1,1,1,1]}\n"
                          "  %b = Conv(%a, %w) {pads=[1,1,1,1]}\n"
                          "  %s = Add(%a, %b)\n"
                          "  %c = Conv(%s, %w) {pads=[1,1,1,1]}\n"
                          "  out %c\n"
                          "}\n";

typedef struct prices {
    const char *faster; // the node whose plain form takes `plain`, the others' 100
    double plain, conversion;
    int begun;
} prices;

static tn_status begin(void *user) {
    prices *p = user;
    p->begun++;
    return TN_OK;
}

static double price_of(void *user, const tni_node *n, bool measured) {
    const prices *p = user;
    (void)measured;
    if (tni_is(n, "tn.ToBlocked") || tni_is(n, "tn.FromBlocked")) return p->conversion;
    if (n->out[0]->info.type.rank == 5) return 80;
    return !strcmp(n->out[0]->name, p->faster) ? p->plain : 100;
}

static int count(const tn_graph *g, const char *op) {
    int n = 0;
    for (const tni_node *each = g->first; each; each = each->next) n += tni_is(each, op);
    return n;
}

// How many convolutions are blocked, and conversions there are: "3 1 1" says 3, one in and one out.
static void chosen(const char *faster, double plain, double conversion, const char *want) {
    tn_graph *g = NULL;
    prices p = {faster, plain, conversion, 0};
    const tni_costs costs = {begin, price_of, &p, NULL};
    bool changed = false;
    char got[40];
    CHECK(tni_graph_parse(&g, env, net, strlen(net), "net", diags) == TN_OK);
    CHECK(tni_pass_find(env, "blocked", 7)->run_by(g, &costs, &changed, diags) == TN_OK && p.begun == 1);
    CHECK(tni_verify(g, diags) == TN_OK);
    snprintf(got, sizeof got, "%d %d %d", count(g, "tn.BlockedConv"), count(g, "tn.ToBlocked"),
             count(g, "tn.FromBlocked"));
    CHECK_TEXT(got, want);
    CHECK(changed == (want[0] != '0'));
    tn_graph_free(g);
}

static void small_gains_are_not_worth_a_conversion(void) {
    chosen("none", 0, 1, "3 1 1");
    chosen("b", 80, 10, "3 1 1"); // gains 10, costs 20
}

static void large_gains_are(void) {
    chosen("b", 20, 10, "2 2 2"); // a and s blocked around it
    chosen("c", 20, 10, "2 1 1"); // the last one: the conversion moves before it
    chosen("a", 20, 10, "2 1 1"); // the first one
}

static void without_a_gain_from_blocks_there_are_none(void) { chosen("none", 0, 1000, "0 0 0"); }

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 2;
    RUN(small_gains_are_not_worth_a_conversion);
    RUN(large_gains_are);
    RUN(without_a_gain_from_blocks_there_are_none);
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
