// SPDX-License-Identifier: Apache-2.0
// program.c - elementwise nodes as one step (the pass `program`, tn.Program): the bits are those of the nodes
// one by one, for any number of threads, over made-up graphs of odd sizes, all kinds of broadcasting, casts,
// masks and special values; what is fused is written as the nodes that it was, and tapped by their names.
#include "check.h"
#include "ir/text.h"
#include "pass/pass.h"

#include <math.h>
#include <stdlib.h>

static tn_env *env;
static tn_diags *diags;

static unsigned seed = 1;
static int any(int from, int to) {
    seed = seed * 1664525u + 1013904223u;
    return from + (int)((seed >> 8) % (unsigned)(to - from + 1));
}

// ---------------------------------------------------------------------------------------- made-up graphs

enum { ROOM = 1 << 16, MANY = 80 };
typedef struct writer {
    char *text;
    size_t n;
    int rank, dim[4];
    int values;
    bool mask[MANY]; // else f32
} writer;

#define PUT(w, ...)                                                          \
    do {                                                                     \
        int put_ = snprintf((w)->text + (w)->n, ROOM - (w)->n, __VA_ARGS__); \
        if (put_ < 0 || (size_t)put_ >= ROOM - (w)->n) abort();              \
        (w)->n += (size_t)put_;                                              \
    } while (0)

// A shape that broadcasts to the graph's; `all`: that shape.
static void put_shape(writer *w, bool all) {
    int from = all ? 0 : any(0, 2 * w->rank), first = from > w->rank ? 0 : from;
    PUT(w, "[");
    for (int d = first; d < w->rank; d++) PUT(w, d > first ? ",%d" : "%d", all || any(0, 2) ? w->dim[d] : 1);
    PUT(w, "]");
}

static void put_input(writer *w, int i, bool all) {
    static const char *const types[] = {"u8", "i8", "u16", "i16", "i32", "i64", "f16", "bf16", "u32", "u64"};
    int kind = any(0, 9);
    bool cast = kind > 7;
    PUT(w, "  in %%%s%d: %s", cast ? "raw" : "v", i, kind == 0 ? "bool" : cast ? types[any(0, 9)] : "f32");
    put_shape(w, all);
    PUT(w, "\n");
    w->mask[w->values++] = kind == 0;
}

// A value of that kind; -1: there is none.
static int any_value(const writer *w, bool mask) {
    for (int tries = 0; tries < 40; tries++) {
        int i = any(0, 2) ? any(w->values > 4 ? w->values - 4 : 0, w->values - 1) : any(0, w->values - 1);
        if (w->mask[i] == mask) return i;
    }
    return -1;
}

static void put_node(writer *w) {
    static const char *const unary[] = {"Abs",        "Ceil",           "Cos",       "Elu",  "Erf",
                                        "Exp",        "Floor",          "Gelu",      "Log",  "Mish",
                                        "Neg",        "HardSigmoid",    "HardSwish", "Relu", "LeakyRelu",
                                        "Reciprocal", "Round",          "Selu",      "Sign", "Sigmoid",
                                        "Sin",        "Softplus",       "Softsign",  "Sqrt", "Swish",
                                        "Tanh",       "ThresholdedRelu"};
    static const char *const binary[] = {"Add", "Sub", "Mul", "Div", "Max", "Min", "Sum"};
    static const char *const compare[] = {"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"};
    static const char *const logic[] = {"And", "Or", "Xor", "Equal"};
    int kind = any(0, 11), y = w->values, a = any_value(w, false), b = any_value(w, false);
    int m = any_value(w, true), k = any_value(w, true);
    bool mask = false;
    if (a < 0 || b < 0) return;
    if (kind < 4 && !any(0, 4)) { // no elementwise node
        if (any(0, 1))
            PUT(w, "  %%v%d = Identity(%%v%d)\n", y, a);
        else
            PUT(w, "  %%v%d = ReduceMax(%%v%d) {keepdims=1}\n", y, a);
    } else if (kind < 4 && !w->mask[0] && !any(0, 9)) {
        PUT(w, "  %%v%d = PRelu(%%v0, %%v%d)\n", y, b); // a slope broadcasts to what it is for
    } else if (kind < 4) {
        PUT(w, "  %%v%d = %s(%%v%d)\n", y, unary[any(0, 26)], a);
    } else if (kind < 8) {
        PUT(w, "  %%v%d = %s(%%v%d, %%v%d)\n", y, binary[any(0, 6)], a, b);
    } else if (kind == 8) {
        PUT(w, "  %%v%d = %s(%%v%d, %%v%d)\n", y, compare[any(0, 4)], a, b);
        mask = true;
    } else if (kind == 9 && m >= 0) {
        PUT(w, "  %%v%d = Where(%%v%d, %%v%d, %%v%d)\n", y, m, a, b);
    } else if (kind == 10 && m >= 0) {
        mask = any(0, 2) > 0;
        if (!mask)
            PUT(w, "  %%v%d = Cast(%%v%d) {to=1}\n", y, m);
        else if (any(0, 2))
            PUT(w, "  %%v%d = %s(%%v%d, %%v%d)\n", y, logic[any(0, 3)], m, k < 0 ? m : k);
        else
            PUT(w, "  %%v%d = Not(%%v%d)\n", y, m);
    } else if (any(0, 1)) {
        PUT(w, "  %%v%d = Pow(%%v%d, %%%s)\n", y, a, any(0, 1) ? "two" : any(0, 1) ? "half" : "odd");
    } else {
        PUT(w, "  %%v%d = Clip(%%v%d, %%half, %s)\n", y, a, any(0, 1) ? "_" : "%odd");
    }
    w->mask[w->values++] = mask;
}

static void any_graph(writer *w) {
    int inputs = any(1, 6), nodes = any(2, 26);
    bool large = any(0, 9) == 0;
    w->n = 0;
    w->values = 0;
    w->rank = any(1, 4);
    for (int d = 0; d < w->rank; d++) w->dim[d] = any(0, 60) ? any(1, large ? 40 : 9) : 0;
    if (any(0, 2) == 0) w->dim[w->rank - 1] = any(100, 700);
    PUT(w, "graph \"\" {\n");
    for (int i = 0; i < inputs; i++) put_input(w, i, i == 0);
    PUT(w, "  const %%two: f32[] = {2}\n  const %%half: f32[] = {0.5}\n"
           "  const %%odd: f32[] = {1.7}\n");
    for (int i = 0; i < inputs; i++) {
        char name[20];
        snprintf(name, sizeof name, "%%raw%d:", i);
        if (strstr(w->text, name)) PUT(w, "  %%v%d = Cast(%%raw%d) {to=1}\n", i, i);
    }
    for (int i = 0; i < nodes; i++) put_node(w);
    static const int to[] = {2, 3, 6, 7, 9, 10, 16, 5};
    int casts = any(0, 2) ? 0 : any(1, 3);
    for (int i = 0; i < casts; i++)
        PUT(w, "  %%c%d = Cast(%%v%d) {to=%d}\n  out %%c%d\n", i, any(0, w->values - 1), to[any(0, 7)], i);
    for (int i = inputs; i + 1 < w->values; i++)
        if (!any(0, 5)) PUT(w, "  out %%v%d\n", i);
    PUT(w, "  out %%v%d\n}\n", w->values - 1);
}

// ---------------------------------------------------------------------------------------- the same bits

static tn_graph *parse(const char *text) {
    tn_graph *g = NULL;
    CHECK(tni_graph_parse(&g, env, text, strlen(text), "test", diags) == TN_OK);
    if (!g) printf("%s", text);
    return g;
}

static float any_float(void) {
    static const float odd[] = {NAN,    INFINITY, -INFINITY, 0.0F, -0.0F, 1,   -1,
                                1e-30F, 3e38F,    88,        -87,  0.5F,  2.5F};
    return any(0, 9) ? (float)any(-4000, 4000) * 0.001F : odd[any(0, 12)];
}

static tn_tensor *any_input(const tn_io *io) {
    tn_tensor *t = NULL;
    CHECK(tn_tensor_new(&t, env, io->dtype, io->rank, io->dims) == TN_OK);
    for (int64_t i = 0; t && i < tn_tensor_count(t); i++) {
        if (tni_is_float(io->dtype))
            tni_set(t, i, (double)any_float());
        else
            tni_set_int(t, i, io->dtype == TN_BOOL ? any(0, 1) : any(-70000, 70000));
    }
    return t;
}

static tn_plan *plan_of(tn_graph *g, const char *only) {
    const tn_pass_options passes = {.only = only};
    tn_build_options o = {.no_timing = true, .passes = &passes};
    tn_plan *plan = NULL;
    CHECK(tn_plan_build(&plan, g, &o, diags) == TN_OK);
    return plan;
}

static tn_context *run(const tn_plan *plan, int threads, tn_tensor *const *in) {
    tn_context *context = NULL;
    const tn_context_options o = {.threads = threads};
    CHECK(tn_context_new(&context, plan, &o, diags) == TN_OK);
    for (size_t i = 0; i < tn_plan_input_count(plan); i++)
        CHECK(tn_context_set_input(context, i, in[i], diags) == TN_OK);
    CHECK(tn_context_run(context, diags) == TN_OK);
    return context;
}

// The same bits; any NaN is any NaN: which of two a sum keeps is the compiler's choice.
static bool same_tensors(const tn_tensor *x, const tn_tensor *y) {
    if (tn_tensor_bytes(x) != tn_tensor_bytes(y)) return false;
    size_t each = tni_bits(x->dtype) / 8;
    for (size_t at = 0; at < tn_tensor_bytes(x); at += each) {
        int64_t i = (int64_t)(at / each);
        bool nan = tni_is_float(x->dtype) && isnan(tni_get(x, i)) && isnan(tni_get(y, i));
        if (!nan && memcmp((char *)x->data + at, (char *)y->data + at, each) != 0) return false;
    }
    return true;
}

static bool same_outputs(const tn_context *a, const tn_context *b, size_t n) {
    bool same = true;
    for (size_t i = 0; i < n; i++) same &= same_tensors(tn_context_output(a, i), tn_context_output(b, i));
    return same;
}

static int count(const tn_graph *g, const char *op) {
    int n = 0;
    for (const tni_node *each = g->first; each; each = each->next) n += tni_is(each, op);
    return n;
}

static int compare(const char *text) {
    tn_graph *apart = parse(text), *together = parse(text);
    if (!apart || !together) return 0;
    tn_plan *a = plan_of(apart, "dead"), *b = plan_of(together, "dead,program");
    int programs = count(together, "tn.Program");
    tn_tensor *in[MANY];
    size_t inputs = tn_plan_input_count(a), outputs = tn_plan_output_count(a);
    for (size_t i = 0; i < inputs; i++) in[i] = any_input(tn_plan_input(a, i));
    tn_context *want = run(a, 1, in);
    for (int threads = 1; threads <= 3; threads++) {
        tn_context *got = run(b, threads, in);
        bool same = same_outputs(want, got, outputs);
        CHECK(same);
        if (!same) printf("  %d threads: other bits\n%s", threads, text);
        tn_context_free(got);
    }
    tn_context_free(want);
    for (size_t i = 0; i < inputs; i++) tn_tensor_free(in[i]);
    tn_plan_free(a), tn_plan_free(b);
    tn_graph_free(apart), tn_graph_free(together);
    return programs;
}

static void programs_have_the_bits_of_their_nodes(void) {
    writer w = {.text = malloc(ROOM)};
    int programs = 0;
    if (!w.text) abort();
    for (int done = 0; done < 400; done++) {
        any_graph(&w);
        programs += compare(w.text);
    }
    CHECK(programs > 400);
    free(w.text);
}

// ---------------------------------------------------------------------------------------- sizes and names

static const char chain[] = "graph \"\" {\n"
                            "  in %x: f32[N,M]\n"
                            "  in %s: f32[M]\n"
                            "  %a = Sub(%x, %s)\n"
                            "  %b = Mul(%a, %a)\n"
                            "  %c = Sqrt(%b)\n"
                            "  out %c\n"
                            "}\n";

static tn_tensor *numbers(int rank, int64_t n, int64_t m) {
    tn_tensor *t = NULL;
    const int64_t dims[2] = {n, m};
    CHECK(tn_tensor_new(&t, env, TN_F32, rank, rank == 2 ? dims : dims + 1) == TN_OK);
    for (int64_t i = 0; t && i < tn_tensor_count(t); i++) ((float *)tn_tensor_data(t))[i] = (float)any(-9, 9);
    return t;
}

// Each of them once more, with sizes that nothing was tuned for.
static void one_step_serves_all_sizes(void) {
    static const int64_t sizes[][2] = {{1, 1}, {3, 700}, {700, 3}, {0, 5}, {5, 0}, {40, 40}};
    tn_graph *g = parse(chain);
    tn_plan *plan = plan_of(g, "program");
    CHECK(g->nnodes == 1 && count(g, "tn.Program") == 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tn_tensor *in[2] = {numbers(2, sizes[i][0], sizes[i][1]), numbers(1, 0, sizes[i][1])};
        tn_context *c = run(plan, 2, in);
        const float *x = tn_tensor_const_data(in[0]), *s = tn_tensor_const_data(in[1]);
        const float *y = tn_tensor_const_data(tn_context_output(c, 0));
        for (int64_t k = 0; k < sizes[i][0] * sizes[i][1]; k++)
            CHECK(y[k] == fabsf(x[k] - s[k % sizes[i][1]])); // whole numbers: exact
        tn_context_free(c);
        tn_tensor_free(in[0]), tn_tensor_free(in[1]);
    }
    tn_plan_free(plan);
    tn_graph_free(g);
}

static void what_lies_inside_can_be_tapped(void) {
    tn_graph *g = parse(chain);
    tn_plan *plan = plan_of(g, "program");
    tn_tensor *in[2] = {numbers(2, 3, 5), numbers(1, 0, 5)};
    tn_context *c = NULL;
    CHECK(tn_context_new(&c, plan, NULL, diags) == TN_OK);
    CHECK(tn_context_tap(c, "a", diags) == TN_OK && tn_context_tap(c, "c", diags) == TN_OK);
    for (size_t i = 0; i < 2; i++) CHECK(tn_context_set_input(c, i, in[i], diags) == TN_OK);
    CHECK(tn_context_run(c, diags) == TN_OK);
    const tn_tensor *a = tn_context_tap_value(c, 0), *y = tn_context_tap_value(c, 1);
    CHECK(a && y && tn_tensor_count(a) == 15);
    const float *x = tn_tensor_const_data(in[0]), *s = tn_tensor_const_data(in[1]);
    for (int i = 0; a && y && i < 15; i++) {
        float inner = ((const float *)tn_tensor_const_data(a))[i];
        CHECK(inner == x[i] - s[i % 5]);
        CHECK(((const float *)tn_tensor_const_data(y))[i] == fabsf(inner));
    }
    tn_context_free(c);
    tn_tensor_free(in[0]), tn_tensor_free(in[1]);
    tn_plan_free(plan);
    tn_graph_free(g);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 2;
    RUN(programs_have_the_bits_of_their_nodes);
    RUN(one_step_serves_all_sizes);
    RUN(what_lies_inside_can_be_tapped);
    char text[500];
    for (size_t i = 0; i < tn_diags_count(diags) && i < 20; i++) {
        tn_diags_format(diags, i, text, sizeof text);
        printf("  %s\n", text);
    }
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
