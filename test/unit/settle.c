// SPDX-License-Identifier: Apache-2.0
// settle.c - what a graph says is kept when a build begins, how it says so is not: graphs that mean the same
// are the same text afterwards.
#include "check.h"
#include "ir/graph.h"
#include "tenon/network.h"

static tn_env *env;
static tn_diags *diags;

static const char *settled(const char *model) {
    static char kept[4096];
    tn_graph *g = NULL;
    const char *text = "";
    CHECK(tn_graph_parse(&g, env, model, "m", diags) == TN_OK);
    if (g) CHECK(tni_graph_settle(g) == TN_OK && tn_graph_text(g, false, &text) == TN_OK);
    snprintf(kept, sizeof kept, "%s", text);
    tn_graph_free(g);
    return kept;
}

// The statements of a graph with one input and one output.
static bool becomes(const char *before, const char *after) {
    char model[1024];
    snprintf(model, sizeof model, "graph \"g\" {\n in %%x: f32[1,2,8,8]\n%s out %%y\n}\n", before);
    const char *text = settled(model);
    if (strstr(text, after)) return true;
    printf("  %s\n", text);
    return false;
}

static void attributes_that_say_the_default_go(void) {
    const char *w = " const %w: f32[2,2,3,3] = {1...}\n";
    char conv[512];
    snprintf(conv, sizeof conv,
             "%s %%y = Conv(%%x, %%w) {strides=[1,1], dilations=[1,1], pads=[0,0,0,0], group=1, "
             "auto_pad=\"NOTSET\"}\n",
             w);
    CHECK(becomes(conv, "%y = Conv(%x, %w) : f32[1,2,6,6]"));
    CHECK(becomes(" %y = Softmax(%x) {axis=-1}\n", "%y = Softmax(%x) :"));
    CHECK(becomes(" %y = LeakyRelu(%x) {alpha=0.01}\n", "%y = LeakyRelu(%x) :"));
}

static void others_stay(void) {
    const char *w = " const %w: f32[2,2,3,3] = {1...}\n";
    char conv[512];
    snprintf(conv, sizeof conv, "%s %%y = Conv(%%x, %%w) {strides=[1,2], pads=[0,0,0,1]}\n", w);
    CHECK(becomes(conv, "{strides=[1,2], pads=[0,0,0,1]}"));
    CHECK(becomes(" %y = Softmax(%x) {axis=1}\n", "{axis=1}"));
    CHECK(becomes(" %y = Concat(%x, %x) {axis=0}\n", "{axis=0}"));   // required
    CHECK(becomes(" %y = Shape(%x) {start=0, end=0}\n", "{end=0}")); // absent is another thing
    CHECK(becomes(" const %k: bool[1] = {1}\n %y = Compress(%x, %k) {axis=0}\n", "{axis=0}"));
}

static void allowzero_needs_a_zero(void) {
    CHECK(becomes(" const %s: i64[2] = {1, 128}\n %y = Reshape(%x, %s) {allowzero=1}\n",
                  "%y = Reshape(%x, %s) :"));
    CHECK(becomes(" const %s: i64[2] = {0, -1}\n %y = Reshape(%x, %s)\n", "%y = Reshape(%x, %s) :"));
    CHECK(becomes(" in %e: f32[0,4]\n const %s: i64[2] = {0, 9}\n %y = Reshape(%e, %s) {allowzero=1}\n",
                  "{allowzero=1}"));
}

static void what_nobody_reads_goes(void) {
    const char *text =
        settled("graph \"g\" {\n in %x: f32[2]\n %a = Exp(%x)\n %b = Neg(%a)\n %y = Abs(%x)\n out %y\n}\n");
    CHECK(!strstr(text, "Exp") && !strstr(text, "Neg") && strstr(text, "%y = Abs(%x)"));
}

static void a_copy_of_a_constant_is_the_constant(void) {
    CHECK(becomes(" const %k: f32[] = {2}\n %c = Identity(%k)\n %y = Mul(%x, %c)\n", "%y = Mul(%x, %k)"));
    CHECK(becomes(" const %k: f32[] = {2}\n %y = Identity(%k)\n", "%y = Identity(%k)")); // an output is made
}

static void constants_of_two_bodies_have_names_of_their_own(void) {
    const char *text =
        settled("graph \"g\" {\n in %x: f32[2]\n in %c: bool[]\n %y = If(%c) {then_branch=graph {\n"
                " const %k: f32[] = {2}\n %a = Mul(%x, %k)\n out %a\n}, else_branch=graph {\n"
                " const %k: f32[] = {3}\n %k.1 = Neg(%x)\n %a = Mul(%k.1, %k)\n out %a\n}}\n"
                " out %y\n}\n");
    CHECK(strstr(text, "%a = Mul(%x, %k)") && strstr(text, "%a = Mul(%k.1, %k.2)")); // %k.1 is another value
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    RUN(attributes_that_say_the_default_go);
    RUN(others_stay);
    RUN(allowzero_needs_a_zero);
    RUN(what_nobody_reads_goes);
    RUN(a_copy_of_a_constant_is_the_constant);
    RUN(constants_of_two_bodies_have_names_of_their_own);
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
