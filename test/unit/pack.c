// SPDX-License-Identifier: Apache-2.0
// pack.c - kernels that want packed weights serve steps whose sizes the builder could not know: packed once
// per context, with the results that a builder's choice gives.
#include "run/pack.h"
#include "check.h"

#include <math.h>

static tn_env *env;

static tn_plan *build(const char *text) {
    tn_graph *g = NULL;
    tn_plan *p = NULL;
    if (tn_graph_parse(&g, env, text, "test", NULL) != TN_OK ||
        tn_plan_build(&p, g, &(tn_build_options){.threads = 2, .no_timing = true}, NULL) != TN_OK)
        puts("  the plan was not built");
    tn_graph_free(g);
    return p;
}

static tn_tensor *image(int64_t n, int64_t size) {
    tn_tensor *t = NULL;
    if (tn_tensor_new(&t, env, TN_F32, 4, (int64_t[]){n, 4, size, size}) != TN_OK) return NULL;
    for (int64_t i = 0; i < tn_tensor_count(t); i++) tn_tensor_set(t, i, sin((double)i));
    return t;
}

#define WEIGHTS "  const %w: f32[32,4,3,3] = {0.03...}\n  const %yes: bool[1] = {1}\n"
// Nobody knows a size, not even the rank; shapes known when inputs are; shapes that the data tell.
static const char fixed[] =
    "graph \"a\" {\n  in %x: f32[1,4,9,9]\n" WEIGHTS "  %y = Conv(%x, %w)\n  out %y\n}\n";
static const char open[] = "graph \"b\" {\n  in %x: f32[?]\n" WEIGHTS "  %y = Conv(%x, %w)\n  out %y\n}\n";
static const char data[] = "graph \"c\" {\n  in %x: f32[?]\n" WEIGHTS
                           "  %k = Compress(%x, %yes) {axis=0}\n  %y = Conv(%k, %w)\n  out %y\n}\n";

static const tni_exec *conv_of(const tn_context *c) {
    const tni_layout *l = c->main->current;
    size_t i = 0;
    while (strcmp(l->exec[i].step->node->op->name, "Conv")) i++;
    return &l->exec[i];
}

static bool run(tn_context *c, const tn_tensor *x) {
    return tn_context_set_input(c, 0, x, NULL) == TN_OK && tn_context_run(c, NULL) == TN_OK;
}

static bool close_to(const tn_tensor *got, const tn_tensor *want) {
    tn_comparison r;
    return tn_tensor_compare(got, want, 1e-5, 1e-5, &r) == TN_OK;
}

static void serves(const char *text) {
    tn_plan *p = build(text), *known = build(fixed);
    tn_context *c = NULL, *reference = NULL;
    tn_tensor *small = image(1, 9), *large = image(1, 20);
    CHECK(tn_context_new(&c, p, NULL, NULL) == TN_OK &&
          tn_context_new(&reference, known, NULL, NULL) == TN_OK);
    CHECK(run(reference, small) && run(c, small));
    const tni_exec *e = conv_of(c);
    CHECK(!e->step->tactic && e->tactic && e->call.packed);
    CHECK(close_to(tn_context_output(c, 0), tn_context_output(reference, 0)));
    const void *packed = e->call.packed;
    const tn_tactic_def *tactic = e->tactic;
    size_t held = tn_env_bytes(env);
    CHECK(run(c, small) && conv_of(c)->call.packed == packed && tn_env_bytes(env) == held);
    CHECK(run(c, large)); // another shape, the same weights
    CHECK(conv_of(c)->tactic != tactic || conv_of(c)->call.packed == packed);
    CHECK(run(c, small) && close_to(tn_context_output(c, 0), tn_context_output(reference, 0)));
    tn_context_free(c);
    tn_context_free(reference);
    tn_tensor_free(small);
    tn_tensor_free(large);
    tn_plan_free(p);
    tn_plan_free(known);
}

static void sizes_that_the_inputs_tell(void) { serves(open); }
static void sizes_that_the_data_tell(void) { serves(data); }

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 1;
    RUN(sizes_that_the_inputs_tell);
    RUN(sizes_that_the_data_tell);
    CHECK(tn_env_bytes(env) == 0);
    tn_env_free(env);
    return DONE();
}
