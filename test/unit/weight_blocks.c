// SPDX-License-Identifier: Apache-2.0
// weight_blocks.c - the pass of that name on weights, scales and zero points that all differ: what comes out
// is a MatMulNBits that computes the same, however the scales lie and whichever side is transposed.
#include "base/alloc.h"
#include "check.h"
#include "ir/eval.h"
#include "ir/text.h"
#include "pass/pass.h"

#include <math.h>

enum { K = 96, N = 200, ROWS = 3 };

static tn_env *env;
static tn_diags *diags;
static uint64_t seed;

static int number(int low, int high) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (int)(seed >> 33) % (high - low + 1);
}

// const %name: type[dims] = {count numbers within [low, high]}; `step`: times it
static void constant(tni_text *t, const char *name, const char *type, const char *dims, int count, int low,
                     int high, double step) {
    tni_text_printf(t, "  const %%%s: %s[%s] = {", name, type, dims);
    for (int i = 0; i < count; i++) tni_text_printf(t, "%s%g", i ? "," : "", number(low, high) * step);
    tni_text_puts(t, "}\n");
}

typedef struct layout {
    const char *type;
    int low, high;
    bool turned, transpose; // weights are [N,K]; by a Transpose, else by Gemm's transB
    int block;              // of the scales; 0: by column; -1: one scale
    bool zeros;
} layout;

static void write_graph(const layout *l, tni_text *t) {
    char scale_dims[32];
    int rows = l->block > 0 ? (K + l->block - 1) / l->block : 1, scales = l->block < 0 ? 1 : rows * N;
    if (l->block > 0)
        snprintf(scale_dims, sizeof scale_dims, "%d,%d", l->turned ? N : rows, l->turned ? rows : N);
    else
        snprintf(scale_dims, sizeof scale_dims, "%.*d", l->block ? 0 : 3, l->block ? 0 : N); // "" or "200"
    tni_text_printf(t, "graph \"g\" {\n  in %%x: f32[%d,%d]\n", ROWS, K);
    constant(t, "w", l->type, l->turned ? "200,96" : "96,200", K * N, l->low, l->high, 1);
    constant(t, "s", "f32", scale_dims, scales, 1, 1000, 1e-4);
    if (l->zeros) constant(t, "z", l->type, scale_dims, scales, l->low, l->high, 1);
    if (!l->transpose) constant(t, "c", "f32", "200", N, -50, 50, 0.1);
    tni_text_printf(t, "  %%d = DequantizeLinear(%%w, %%s%s) {axis=%d%s", l->zeros ? ", %z" : "",
                    (l->block > 0) == l->turned ? 1 : 0, l->block > 0 ? ", block_size=" : "");
    if (l->block > 0) tni_text_printf(t, "%d", l->block);
    tni_text_puts(t, "}\n");
    if (l->turned && l->transpose)
        tni_text_puts(t, "  %t = Transpose(%d) {perm=[1,0]}\n  %y = MatMul(%x, %t)\n");
    else if (l->transpose)
        tni_text_puts(t, "  %y = MatMul(%x, %d)\n");
    else
        tni_text_printf(t, "  %%y = Gemm(%%x, %%d, %%c) {transB=%d}\n", l->turned);
    tni_text_puts(t, "  out %y\n}\n");
}

static const tn_tensor *run(const tn_graph *g, tni_arena *a) {
    const tn_tensor *in[1], *out[1] = {NULL};
    tn_tensor *x = tni_tensor_new(a, TN_F32, 2, (int64_t[]){ROWS, K});
    for (int64_t i = 0; i < ROWS * K; i++) tni_set(x, i, number(-100, 100) * 0.01);
    in[0] = x;
    return tni_eval_graph(g, a, in, out, NULL, NULL, NULL, diags) == TN_OK ? out[0] : NULL;
}

static void try_layout(const layout *l) {
    tn_graph *plain = NULL, *packed = NULL;
    tni_text text = {.env = env};
    tni_arena arena;
    tni_arena_init(&arena, env);
    write_graph(l, &text);
    tn_pass_options only = {.only = "weight_blocks"};
    CHECK(tni_graph_parse(&plain, env, text.data, text.length, "before", diags) == TN_OK);
    CHECK(tni_graph_parse(&packed, env, text.data, text.length, "after", diags) == TN_OK);
    CHECK(packed && tni_passes_run(packed, &only, diags) == TN_OK);
    CHECK(packed && packed->first == packed->last && !strcmp(packed->first->op->name, "MatMulNBits"));
    uint64_t here = seed;
    const tn_tensor *want = plain ? run(plain, &arena) : NULL;
    seed = here;
    const tn_tensor *got = packed ? run(packed, &arena) : NULL;
    CHECK(want && got && tn_count(want) == tn_count(got));
    double worst = 0;
    for (int64_t i = 0; want && got && i < tn_count(want); i++)
        worst = fmax(worst, fabs(tni_get(got, i) - tni_get(want, i)) / (1 + fabs(tni_get(want, i))));
    CHECK(worst <= 1e-5);
    tni_arena_free(&arena);
    tni_text_free(&text);
    if (plain) tn_graph_free(plain);
    if (packed) tn_graph_free(packed);
}

static void every_layout_computes_the_same(void) {
    static const struct {
        const char *type;
        int low, high;
    } types[] = {{"i8", -128, 127}, {"u8", 0, 255}, {"i4", -8, 7}, {"u4", 0, 15}};
    static const int blocks[] = {32, 16, 0, -1};
    for (int i = 0; i < 4 * 4 * 8; i++) {
        layout l = {types[i / 32].type, types[i / 32].low, types[i / 32].high, i & 1,
                    (i >> 1 & 1) == 1,  blocks[i / 8 % 4], (i >> 2 & 1) == 1};
        seed = (uint64_t)i;
        try_layout(&l);
    }
}

// Scales along k one by one, weights that others read too, and what is quantised on both sides stay.
static void what_does_not_fit_stays(void) {
    static const char *const graphs[] = {
        "graph \"g\" { in %x: f32[2,128]\n const %w: i8[128,128] = {1...}\n const %s: f32[128] = {1...}\n"
        " %d = DequantizeLinear(%w, %s) {axis=0}\n %y = MatMul(%x, %d)\n out %y\n}\n",
        "graph \"g\" { in %x: f32[2,128]\n const %w: i8[128,128] = {1...}\n const %s: f32[] = {1}\n"
        " %d = DequantizeLinear(%w, %s)\n %y = MatMul(%x, %d)\n out %y\n out %d\n}\n",
        "graph \"g\" { in %x: u8[2,128]\n const %w: i8[128,128] = {1...}\n const %s: f32[] = {1}\n"
        " %a = DequantizeLinear(%x, %s)\n %d = DequantizeLinear(%w, %s)\n %y = MatMul(%a, %d)\n out %y\n}\n",
        "graph \"g\" { in %x: f32[2,8]\n const %w: i8[8,8] = {1...}\n const %s: f32[] = {1}\n"
        " %d = DequantizeLinear(%w, %s)\n %y = MatMul(%x, %d)\n out %y\n}\n"};
    for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) {
        tn_graph *g = NULL;
        tn_pass_options only = {.only = "weight_blocks"};
        CHECK(tni_graph_parse(&g, env, graphs[i], strlen(graphs[i]), "graph", diags) == TN_OK);
        CHECK(g && tni_passes_run(g, &only, diags) == TN_OK && !strcmp(g->last->op->name, "MatMul"));
        if (g) tn_graph_free(g);
    }
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    RUN(every_layout_computes_the_same);
    RUN(what_does_not_fit_stays);
    tn_diags_free(diags);
    size_t leaked = tn_env_bytes(env);
    if (leaked) printf("%zu bytes leaked\n", leaked);
    tn_env_free(env);
    return DONE() || leaked;
}
