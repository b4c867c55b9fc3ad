// SPDX-License-Identifier: Apache-2.0
// plugin.c - what plug-ins bring is held to the rules; what is faulty never becomes part of the env; what is
// good is found everywhere and belongs to its env alone.
#include "check.h"
#include "ir/registry.h"
#include "onnx_writer.h"
#include "tenon/rewrite.h"

static tn_env *env;
static tn_diags *diags;
static char text[4096];

static const char *complaints(void) {
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < tn_diags_count(diags) && n < sizeof text; i++)
        n += tn_diags_format(diags, i, text + n, sizeof text - n);
    tn_diags_clear(diags);
    return text;
}

static tn_status negate(tn_call *c) {
    for (int64_t i = 0; i < tn_count(c->in[0]); i++) tn_tensor_set(c->out[0], i, -tn_tensor_get(c->in[0], i));
    return TN_OK;
}

static int runs; // of the plug-in's kernel
static tn_status clamp(tn_call *c) {
    const float *x = c->in[0]->data;
    float *y = c->out[0]->data;
    runs++;
    for (int64_t i = 0; i < tn_count(c->in[0]); i++) y[i] = x[i] > 0 ? x[i] : 0;
    return TN_OK;
}

static int passes_run;
static tn_status watch(tn_graph *g, bool *changed, tn_diags *d) {
    (void)g, (void)changed, (void)d;
    passes_run++;
    return TN_OK;
}

static const tn_op_def good_op = {
    TN_HERE,
    .name = "Minus",
    .domain = "com.test",
    .since = 1,
    .doc = "the input, negated",
    .aten = "test::minus.default",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .infer = tn_infer_same,
    .ref = negate,
};
static const tn_tactic_def good_tactic = {TN_HERE,       .name = "test.relu", .op = "Relu",
                                          .doc = "slow", .rank = 1000,        .run = clamp};
static const tn_pass_def good_pass = {TN_HERE, .name = "watch", .level = 2, .doc = "looks", .run = watch};
static const tn_plugin good = {TN_PLUGIN_HERE,
                               .name = "good",
                               .version = "1",
                               .ops = TN_OPS(&good_op),
                               .tactics = TN_TACTICS(&good_tactic),
                               .passes = TN_PASSES(&good_pass)};

static const tn_plugin kernels = {TN_PLUGIN_HERE, .name = "kernels", .tactics = TN_TACTICS(&good_tactic)};

static const char small[] = "graph \"g\" {\n in %x: f32[4]\n %r = Relu(%x)\n %y = com.test.Minus(%r)\n"
                            " out %y\n}\n";

static void a_good_one_is_found_everywhere_and_in_its_env_alone(void) {
    tn_env *other;
    size_t before = tn_list_count(env);
    CHECK(tn_env_new(&other, NULL) == TN_OK);
    CHECK(tn_env_extend(other, &good, diags) == TN_OK && tn_env_extend(other, &good, diags) == TN_OK);
    CHECK(tni_op_find(other, "com.test", "Minus") == &good_op);
    CHECK(tni_op_find_aten(other, "test::minus.default") == &good_op);
    CHECK(tni_op_find_aten(other, "test.minus.default") == &good_op);
    CHECK(!tni_op_find_aten(other, "test.minus.defaul") && !tni_op_find_aten(env, "test.minus.default"));
    CHECK(tni_tactic_find(other, "test.relu") == &good_tactic);
    CHECK(tni_pass_find(other, "watch", 5) == &good_pass);
    CHECK(tn_list_count(other) == before + 3 && tn_list_count(env) == before);
    CHECK(!tni_op_find(env, "com.test", "Minus") && !tni_tactic_find(env, "test.relu"));
    size_t named = 0;
    for (size_t i = 0; i < before + 3; i++) {
        tn_listing l;
        CHECK(tn_list_get(other, i, &l) == TN_OK);
        named += l.plugin && !strcmp(l.plugin, "good");
    }
    CHECK(named == 3);
    tn_env_free(other);
}

static void its_parts_run(void) {
    tn_env *e;
    tn_graph *g = NULL;
    tn_plan *plan = NULL;
    tn_context *c = NULL;
    tn_tensor *x = NULL;
    float values[] = {-1, 2, -3, 4};
    const int64_t dims[] = {4};
    CHECK(tn_env_new(&e, NULL) == TN_OK && tn_env_extend(e, &good, diags) == TN_OK);
    CHECK(tn_graph_parse(&g, e, small, "m", diags) == TN_OK);
    passes_run = runs = 0;
    CHECK(tn_plan_build(&plan, g, &(tn_build_options){.no_timing = true}, diags) == TN_OK);
    CHECK(passes_run > 0);
    CHECK(tn_plan_plugin_count(plan) == 1);
    CHECK_TEXT(tn_plan_plugin_get(plan, 0)->operators, "com.test.Minus");
    CHECK(tn_context_new(&c, plan, NULL, diags) == TN_OK);
    CHECK(tn_tensor_wrap(&x, e, TN_F32, 1, dims, values) == TN_OK);
    CHECK(tn_context_set_input(c, 0, x, diags) == TN_OK && tn_context_run(c, diags) == TN_OK);
    const float *y = tn_tensor_const_data(tn_context_output(c, 0));
    CHECK(runs == 1 && y[0] == 0 && y[1] == -2 && y[3] == -4);
    tn_context_free(c);
    tn_tensor_free(x);
    tn_plan_free(plan);
    tn_graph_free(g);
    tn_env_free(e);
}

// Neg(Neg(x)) is x; Add(x, 0) is x; Sub(x, k) becomes Add(x, -k), which it names.
static tn_status rewrite(tn_graph *g, bool *changed, tn_diags *d) {
    for (tn_graph_node *n = tn_graph_first(g), *next; n; n = next) {
        tn_graph_node *inner = tn_value_maker(tn_node_in(n, 0));
        const tn_tensor *k = tn_value_constant(tn_node_in(n, 1));
        next = tn_graph_following(n);
        for (size_t i = 0; tn_node_body(n, i); i++)
            if (rewrite(tn_node_body(n, i), changed, d) != TN_OK) return TN_INVALID;
        if (tn_node_is(n, "Neg") && tn_node_is(inner, "Neg"))
            *changed |= tn_rewrite_replace(n, tn_node_in(inner, 0));
        else if (tn_node_is(n, "Add") && tn_value_is_number(tn_node_in(n, 1), 0))
            *changed |= tn_rewrite_replace(n, tn_node_in(n, 0));
        else if (tn_node_is(n, "Sub") && k && k->rank == 0 && k->dtype == TN_F32) {
            float minus = -*(const float *)k->data;
            tn_tensor number = *k;
            number.data = &minus;
            tn_value *in[] = {tn_node_in(n, 0), tn_rewrite_constant(g, &number)};
            tn_value *sum = in[1] ? tn_rewrite_add(n, "Add", 2, in, NULL, d) : NULL;
            if (!sum) return TN_NOMEM;
            *changed |= tn_rewrite_replace(n, sum);
        }
    }
    return TN_OK;
}

static tn_status refuse(tn_graph *g, bool *changed, tn_diags *d) {
    tn_graph_node *n = tn_graph_first(g);
    tn_value *x = tn_node_in(n, 0), *y = tn_node_out(n, 0);
    (void)changed;
    CHECK(!tn_rewrite_add(n, "NoSuchOperator", 1, &x, NULL, d));
    CHECK(!tn_rewrite_add(n, "Softmax", 1, &x, "axis=\"one\"", d));
    tn_value *other = tn_rewrite_add(n, "Shape", 1, &x, "start=0", d);
    CHECK(other && !tn_rewrite_replace(n, other)); // an i64 for an f32
    CHECK(!tn_rewrite_replace(n, y) && !tn_rewrite_replace(n, NULL) && !tn_rewrite_replace(NULL, y));
    CHECK(!tn_rewrite_replace(n, x)); // an input is no output of the graph
    CHECK(!tn_value_maker(x) && !tn_node_in(n, 7) && !tn_value_only_reader(y) && tn_node_ins(NULL) == 0);
    return TN_OK;
}

static const char *after_pass(const tn_pass_def *pass, const char *model) {
    static char kept[2048];
    tn_env *e;
    tn_graph *g = NULL;
    const tn_plugin plugin = {TN_PLUGIN_HERE, .name = "rewriter", .version = "1", .passes = TN_PASSES(pass)};
    const char *out = "";
    CHECK(tn_env_new(&e, NULL) == TN_OK && tn_env_extend(e, &plugin, diags) == TN_OK);
    CHECK(tn_graph_parse(&g, e, model, "m", diags) == TN_OK);
    CHECK(tn_graph_optimize(g, &(tn_pass_options){.only = pass->name}, diags) == TN_OK);
    CHECK(tn_graph_text(g, false, &out) == TN_OK);
    snprintf(kept, sizeof kept, "%s", out);
    tn_graph_free(g);
    tn_env_free(e);
    return kept;
}

static void passes_rewrite_graphs(void) {
    static const tn_pass_def pass = {TN_HERE, .name = "rewrite", .level = 1, .doc = "rewrites",
                                     .run = rewrite};
    const char *after =
        after_pass(&pass, "graph \"g\" {\n in %x: f32[4]\n const %k: f32[] = {2}\n"
                          " const %o: f32[] = {0}\n %a = Neg(%x)\n %b = Neg(%a)\n %c = Add(%b, %o)\n"
                          " %y = Sub(%c, %k)\n out %y\n}\n");
    CHECK(strstr(after, "%y = Add(%x, ") && strstr(after, "{-2}"));
    CHECK(!strstr(after, "Neg") && !strstr(after, "Sub"));
}

static void what_cannot_be_rewritten_is_left(void) {
    static const tn_pass_def pass = {TN_HERE, .name = "refuse", .level = 1, .doc = "tries", .run = refuse};
    const char *after = after_pass(&pass, "graph \"g\" {\n in %x: f32[4]\n %y = Relu(%x)\n out %y\n}\n");
    CHECK(strstr(after, "%y = Relu(%x)"));
    tn_diags_clear(diags);
}

// An engine whose plug-in brings kernels only runs without it, with other kernels.
static void without_its_kernels_an_engine_is_planned_again(void) {
    const char *path = "build/plugin_kernels.tne";
    tn_env *e;
    tn_graph *g = NULL;
    tn_plan *plan = NULL;
    tn_step step;
    CHECK(tn_env_new(&e, NULL) == TN_OK && tn_env_extend(e, &kernels, diags) == TN_OK);
    CHECK(tn_graph_parse(&g, e, "graph \"g\" {\n in %x: f32[4]\n %y = Relu(%x)\n out %y\n}\n", "m", diags) ==
          TN_OK);
    CHECK(tn_plan_build(&plan, g, &(tn_build_options){.no_timing = true}, diags) == TN_OK);
    CHECK(tn_plan_step(plan, 0, &step) == TN_OK && !strcmp(step.tactic, "test.relu"));
    CHECK_TEXT(tn_plan_plugin_get(plan, 0)->operators, "");
    CHECK(tn_plan_save(plan, path, diags) == TN_OK);
    tn_plan_free(plan);
    tn_graph_free(g);
    tn_env_free(e);
    CHECK(tn_plan_load(&plan, env, path, false, diags) == TN_OK);
    CHECK(tn_plan_step(plan, 0, &step) == TN_OK && strcmp(step.tactic, "test.relu"));
    CHECK(strstr(complaints(), "'test.relu' is not available here: planning again"));
    CHECK(tn_plan_plugin_count(plan) == 0);
    tn_plan_free(plan);
    remove(path);
}

// FunctionProto: com.test.Minus as the identity.
static bytes function_model(void) {
    bytes f = {0}, g = {0}, call = node("Minus", "x", "y"), m;
    put_text(&f, 1, "Minus");
    put_words(&f, 4, "a");
    put_words(&f, 5, "b");
    put_message(&f, 7, node("Identity", "a", "b"));
    put_message(&f, 9, opset("", 17));
    put_text(&f, 10, "com.test");
    put_text(&call, 7, "com.test");
    put_message(&g, 1, call);
    put_message(&g, 11, value("x", TN_F32, "4"));
    put_message(&g, 12, value("y", TN_F32, "4"));
    m = model(g, 17);
    put_message(&m, 8, opset("com.test", 1));
    put_message(&m, 25, f);
    return m;
}

static const char *text_of(tn_env *e, bytes m) {
    tn_graph *g = NULL;
    const char *printed = "";
    if (tn_graph_load_memory(&g, e, m.data, m.size, "m", NULL, NULL, diags) == TN_OK &&
        tn_graph_text(g, true, &printed) == TN_OK)
        snprintf(text, sizeof text, "%s", printed);
    tn_graph_free(g);
    return text;
}

static void it_comes_before_a_function_of_the_model_and_that_before_nothing(void) {
    tn_env *other;
    bytes m = function_model();
    CHECK(tn_env_new(&other, NULL) == TN_OK && tn_env_extend(other, &good, diags) == TN_OK);
    CHECK(strstr(text_of(env, m), "= Identity(%x)"));
    CHECK(strstr(text_of(other, m), "= com.test.Minus(%x)"));
    tn_env_free(other);
    free(m.data);
}

static void refuses(const tn_plugin *p, const char *why) {
    size_t before = tn_list_count(env);
    CHECK(tn_env_extend(env, p, diags) != TN_OK);
    const char *told = complaints();
    if (!strstr(told, why)) check_bad++, printf("  not told '%s' but:\n%s\n", why, told);
    CHECK(tn_list_count(env) == before);
}

static void faulty_operators_are_refused(void) {
    tn_op_def o = good_op, twin = good_op;
    const tn_plugin p = {TN_PLUGIN_HERE, .name = "faulty", .ops = (const tn_op_def *const[]){&o, NULL}};
    const tn_plugin two = {TN_PLUGIN_HERE, .name = "faulty",
                           .ops = (const tn_op_def *const[]){&o, &twin, NULL}};
    refuses(&two, "there is an operator 'Minus' in domain 'com.test' already");
    o.ref = NULL, refuses(&p, "lacks .infer or .ref"), o = good_op;
    o.infer = NULL, refuses(&p, "lacks .infer or .ref"), o = good_op;
    o.name = NULL, refuses(&p, "no name"), o = good_op;
    o.name = "a.b", refuses(&p, "with a dot"), o = good_op;
    o.since = 0, refuses(&p, ".since"), o = good_op;
    o.domain = NULL, refuses(&p, "ONNX's own domain"), o = good_op;
    o.in[0].type = "U", refuses(&p, "'X' has no type 'U'"), o = good_op;
    o.domain = "com.microsoft", o.name = "Gelu";
    refuses(&p, "there is an operator 'Gelu' in domain 'com.microsoft' already, from src/op/");
}

static void faulty_kernels_and_passes_are_refused(void) {
    tn_tactic_def t = good_tactic;
    tn_pass_def q = good_pass;
    const tn_plugin kernel = {TN_PLUGIN_HERE, .name = "faulty",
                              .tactics = (const tn_tactic_def *const[]){&t, NULL}};
    const tn_plugin pass = {TN_PLUGIN_HERE, .name = "faulty",
                            .passes = (const tn_pass_def *const[]){&q, NULL}};
    t.run = NULL, refuses(&kernel, "lacks .name, .op or .run"), t = good_tactic;
    t.op = "Rely", refuses(&kernel, "there is no operator 'Rely' in domain 'ai.onnx'"), t = good_tactic;
    t.name = "cpu.generic.eltwise.f32:Relu", refuses(&kernel, "a kernel of this name already"),
    t = good_tactic;
    t.params_bytes = 8, refuses(&kernel, "no .setup"), t = good_tactic;
    q.name = "dead", refuses(&pass, "a pass of this name already"), q = good_pass;
    q.level = 5, refuses(&pass, ".level is none of 0 to 4"), q = good_pass;
}

static void another_interface_and_no_name_are_refused(void) {
    tn_plugin p = good;
    p.abi++, refuses(&p, "has interface version"), p = good;
    p.call_bytes++, refuses(&p, "was compiled with the tenon/ext.h of"), p = good;
    p.name = NULL, refuses(&p, "has no .name"), p = good;
    CHECK(tn_env_plugin(env, "build/there is none.so", diags) == TN_IO);
    CHECK(strstr(complaints(), "cannot open 'build/there is none.so'"));
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    RUN(a_good_one_is_found_everywhere_and_in_its_env_alone);
    RUN(its_parts_run);
    RUN(passes_rewrite_graphs);
    RUN(what_cannot_be_rewritten_is_left);
    RUN(without_its_kernels_an_engine_is_planned_again);
    RUN(it_comes_before_a_function_of_the_model_and_that_before_nothing);
    RUN(faulty_operators_are_refused);
    RUN(faulty_kernels_and_passes_are_refused);
    RUN(another_interface_and_no_name_are_refused);
    tn_diags_free(diags);
    CHECK(tn_env_bytes(env) == 0);
    tn_env_free(env);
    return DONE();
}
