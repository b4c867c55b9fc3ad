// SPDX-License-Identifier: Apache-2.0
// vec_math.c - functions of every instruction set over floats of all sizes and signs: exp, log, erf, tanh and
// sigmoid are within two units in the last place of the exact value, inverse and hyperbolic functions and the
// tangent within four, where that is a normal number. What Softmax takes exp by is seen as the softmax of x
// and 0.
#include "base/str.h"
#include "check.h"
#include "ir/host.h"
#include "ir/registry.h"
#include "ir/text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

// Every 4099th of the 2^32 floats, then STEPS from -20 to 20, then those at which something ends.
enum { STEP = 4099, PATTERNS = 1047809, STEPS = 1 << 18, EDGES = 64, COUNT = PATTERNS + STEPS + EDGES };
static const float edges[EDGES / 2] = {
    0,      INFINITY, FLT_MIN,  FLT_MAX,   0.5f,   0.625f, 0.9f, 1,      1.4142135f, 3,    6,
    12,     16,       16.6355f, 16.64553f, 17.33f, 20,     32,   64,     80,         86,   87.3365f,
    87.34f, 87.6f,    87.7f,    88,        88.72f, 88.73f, 89,   103.9f, 104,        1e30f};

static tn_env *env;
static tni_pool *pool;
static tn_diags *diags;

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softmax(double x) { return isinf(x) && x > 0 ? (double)NAN : sigmoid(x); }
static double swish(double x) { return x / (1 + exp(-x)); }
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double mish(double x) { return x * tanh(softplus(x)); }
static double elu(double x) { return x < 0 ? expm1(x) : x; }
static double selu(double x) {
    return (double)1.05070102214813232421875f * (x < 0 ? (double)1.67326319217681884765625f * expm1(x) : x);
}
static double gelu(double x) { return x / 2 * erfc(-x * 0.70710678118654752440); }
static double gelu_tanh(double x) {
    return x / (1 + exp(-1.59576912160573071176 * (x + 0.044715 * x * x * x)));
}

// docs/semantics.md has these bounds. A difference of no more than `below` is none: a factor below the normal
// numbers is zero, and so is its product with x.
static const double normal = (double)FLT_MIN, factor = 128 * (double)FLT_MIN, turns = 0x1p-35, tail = 0x1p-25;
static const struct {
    const char *op;
    double (*exact)(double);
    double bound;
    const double *below;
    int rows; // 0: one; the others are zeros
} functions[] = {{"Exp(%x)", exp, 2, &normal},
                 {"Log(%x)", log, 2, &normal},
                 {"Erf(%x)", erf, 2, &normal},
                 {"Tanh(%x)", tanh, 2, &normal},
                 {"Sigmoid(%x)", sigmoid, 2, &normal},
                 {"Softmax(%x) {axis=0}", softmax, 3, &normal, 2},
                 {"Swish(%x)", swish, 3, &factor},
                 {"Softplus(%x)", softplus, 2, &normal},
                 {"Mish(%x)", mish, 4, &factor},
                 {"Elu(%x)", elu, 3, &factor},
                 {"Selu(%x)", selu, 4, &factor},
                 {"Gelu(%x)", gelu, 6, &tail},
                 {"Gelu(%x) {approximate=\"tanh\"}", gelu_tanh, 6, &tail},
                 {"Sin(%x)", sin, 2, &turns},
                 {"Tan(%x)", tan, 4, &turns},
                 {"Asin(%x)", asin, 4, &normal},
                 {"Acos(%x)", acos, 4, &normal},
                 {"Atan(%x)", atan, 4, &normal},
                 {"Sinh(%x)", sinh, 4, &normal},
                 {"Cosh(%x)", cosh, 4, &normal},
                 {"Asinh(%x)", asinh, 4, &normal},
                 {"Acosh(%x)", acosh, 4, &normal},
                 {"Atanh(%x)", atanh, 4, &normal},
                 {"Cos(%x)", cos, 2, &turns}};

// |got - want| in units of the last place of want.
static double units(float got, double want, double below) {
    int e;
    if (isnan(want)) return isnan(got) ? 0 : HUGE_VAL;
    if (fabs(want) > (double)FLT_MAX * (1 + 0x1p-25))
        return isinf(got) && (double)got * want > 0 ? 0 : HUGE_VAL;
    if (isnan(got) || isinf(got)) return HUGE_VAL;
    if (fabs((double)got - want) <= below) return 0;
    frexp(want, &e);
    return fabs((double)got - want) / ldexp(1, e - 24);
}

static float *x, *y;
static double *want;

static void fill(void) {
    for (size_t i = 0; i < COUNT; i++) {
        size_t step = i - PATTERNS, edge = step - STEPS;
        uint32_t bits = (uint32_t)i * STEP;
        if (i < PATTERNS)
            memcpy(&x[i], &bits, sizeof bits);
        else if (step < STEPS)
            x[i] = ((float)step - STEPS / 2) * (40.0f / STEPS);
        else
            x[i] = edge % 2 ? -edges[edge / 2] : edges[edge / 2];
        if (fabsf(x[i]) < FLT_MIN) x[i] = copysignf(0, x[i]); // subnormal numbers are zeros
    }
}

static void sweep(const tn_tactic_def *t, const tni_node *node, int rows, double bound, double below) {
    tn_tensor in = {.kind = TN_TENSOR,
                    .dtype = TN_F32,
                    .rank = 2,
                    .dim = {rows, COUNT},
                    .data = x,
                    .bytes = (size_t)rows * COUNT * 4},
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
        double u = units(y[i], want[i], below);
        if (u > worst) worst = u, at = i;
    }
    if (worst > bound)
        check_bad++,
            printf("  %s(%.9g) = %.9g: %.2f units off\n", t->name, (double)x[at], (double)y[at], worst);
}

static void functions_are_as_exact_as_the_page_says(void) {
    x = calloc(2 * COUNT, sizeof *x), y = malloc(2 * COUNT * sizeof *y), want = malloc(COUNT * sizeof *want);
    fill();
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        tni_text text = {.env = env};
        tn_graph *g = NULL;
        int rows = functions[f].rows ? functions[f].rows : 1;
        tni_text_printf(&text, "graph \"\" {\n  in %%x: f32[%d,%d]\n  %%y = %s\n  out %%y\n}\n", rows, COUNT,
                        functions[f].op);
        CHECK(tni_graph_parse(&g, env, text.data, text.length, functions[f].op, diags) == TN_OK);
        tni_text_free(&text);
        for (size_t i = 0; i < COUNT; i++) want[i] = functions[f].exact((double)x[i]);
        unsigned tried = 0;
        for (size_t i = 0; g && i < tni_tactic_count; i++) {
            const tn_tactic_def *t = tni_tactics[i];
            if (t->isa & ~env->isa || t->domain || strcmp(t->op, g->first->op->name) != 0) continue;
            sweep(t, g->first, rows, functions[f].bound, *functions[f].below);
            tried++;
        }
        CHECK(tried > 0);
        tn_graph_free(g);
    }
    free(x);
    free(y);
    free(want);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    if (tni_pool_new(&pool, env, 1, false) != TN_OK) return 1;
    unsigned saved = tni_fp_begin();
    RUN(functions_are_as_exact_as_the_page_says);
    tni_fp_end(saved);
    tni_pool_free(pool);
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
