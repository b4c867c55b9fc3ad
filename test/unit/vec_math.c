// SPDX-License-Identifier: Apache-2.0
// vec_math.c - exp, log, erf, tanh and sigmoid of every instruction set over floats of all sizes and signs:
// within two units in the last place of the exact value, where that is a normal number.
#include "base/str.h"
#include "check.h"
#include "ir/host.h"
#include "ir/registry.h"
#include "ir/text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { COUNT = 1 << 18, STEP = 16369 }; // a prime: the low bits differ as well; COUNT * STEP is nearly 2^32

static tn_env *env;
static tni_pool *pool;
static tn_diags *diags;

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static const struct {
    const char *op;
    double (*exact)(double);
} functions[] = {{"Exp", exp}, {"Log", log}, {"Erf", erf}, {"Tanh", tanh}, {"Sigmoid", sigmoid}};

// |got - want| in units of the last place of want.
static double units(float got, double want) {
    int e;
    if (isnan(want)) return isnan(got) ? 0 : HUGE_VAL;
    if (fabs(want) > (double)FLT_MAX * (1 + 0x1p-25))
        return isinf(got) && (double)got * want > 0 ? 0 : HUGE_VAL;
    if (isnan(got) || isinf(got)) return HUGE_VAL;
    if (fabs((double)got - want) <= (double)FLT_MIN) return 0; // what is below the normal numbers is zero
    frexp(want, &e);
    return fabs((double)got - want) / ldexp(1, e - 24);
}

static void sweep(const tn_tactic_def *t, const tni_node *node, double (*exact)(double), float *x, float *y) {
    tn_tensor in = {.kind = TN_TENSOR,
                    .dtype = TN_F32,
                    .rank = 1,
                    .dim = {COUNT},
                    .data = x,
                    .bytes = COUNT * 4},
              out = in;
    const tn_tensor *ins[] = {&in}, *outs[] = {&out};
    tn_tensor *result[] = {&out};
    tn_problem p = {.attrs = tni_attrs(node), .nin = 1, .nout = 1, .in = ins, .out = outs};
    struct tn_call_host host = {.diags = diags, .pool = pool};
    out.data = y;
    if (t->reject && t->reject(&p)) return;
    void *params = calloc(1, t->params_bytes + 1);
    if (t->setup) t->setup(&p, params);
    tn_call c = {
        .attrs = p.attrs, .nin = 1, .nout = 1, .in = ins, .out = result, .params = params, .host = &host};
    CHECK(t->run(&c) == TN_OK);
    free(params);
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < COUNT; i++) {
        double u = units(y[i], exact((double)x[i]));
        if (u > worst) worst = u, at = i;
    }
    if (worst > 2)
        check_bad++,
            printf("  %s(%.9g) = %.9g: %.2f units off\n", t->name, (double)x[at], (double)y[at], worst);
}

static void functions_are_within_two_units(void) {
    float *x = malloc(COUNT * sizeof *x), *y = malloc(COUNT * sizeof *y);
    for (uint32_t i = 0, bits = 0; i < COUNT; i++, bits += STEP) memcpy(&x[i], &bits, sizeof bits);
    for (size_t i = 0; i < COUNT; i++) // subnormal numbers are zeros
        if (fabsf(x[i]) < FLT_MIN) x[i] = 0;
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        tni_text text = {.env = env};
        tn_graph *g = NULL;
        tni_text_printf(&text, "graph \"\" {\n  in %%x: f32[%d]\n  %%y = %s(%%x)\n  out %%y\n}\n", COUNT,
                        functions[f].op);
        CHECK(tni_graph_parse(&g, env, text.data, text.length, functions[f].op, diags) == TN_OK);
        tni_text_free(&text);
        unsigned tried = 0;
        for (size_t i = 0; g && i < tni_tactic_count; i++) {
            const tn_tactic_def *t = tni_tactics[i];
            if (t->isa & ~env->isa || t->domain || strcmp(t->op, functions[f].op) != 0) continue;
            sweep(t, g->first, functions[f].exact, x, y);
            tried++;
        }
        CHECK(tried > 0);
        tn_graph_free(g);
    }
    free(x);
    free(y);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    if (tni_pool_new(&pool, env, 1, false) != TN_OK) return 1;
    unsigned saved = tni_fp_begin();
    RUN(functions_are_within_two_units);
    tni_fp_end(saved);
    tni_pool_free(pool);
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
