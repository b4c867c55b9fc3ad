// SPDX-License-Identifier: Apache-2.0
// op_reduce_norm.c - reductions, scans, softmax and normalisations at the edges: nothing to reduce,
// infinities, ties, axes known late or wrong; and what forms of older opsets become.
#include "check.h"
#include "evaluate.h"

static void reducing_nothing_gives_the_neutral_element(void) {
    CHECK_TEXT(
        evaluate("const %x: f32[2,0] = {}\nconst %a: i64[1] = {1}\n%s = ReduceSum(%x, %a) {keepdims=0}\n"
                 "%p = ReduceProd(%x, %a) {keepdims=0}\n%m = ReduceMax(%x, %a) {keepdims=0}\n"
                 "%l = ReduceLogSumExp(%x, %a) {keepdims=0}\nout %s\nout %p\nout %m\nout %l"),
        "f32[2]{0, 0} f32[2]{1, 1} f32[2]{-inf, -inf} f32[2]{-inf, -inf}");
    CHECK_TEXT(
        evaluate("const %x: i32[0] = {}\n%m = ReduceMax(%x) {keepdims=0}\n%n = ReduceMin(%x) {keepdims=0}\n"
                 "out %m\nout %n"),
        "i32[]{-2.14748e+09} i32[]{2.14748e+09}");
}

static void no_axes_is_all_or_none(void) {
    const char *all = "const %x: f32[2,2] = {1, 2, 3, 4}\n%y = ReduceSumSquare(%x) {keepdims=0}\nout %y";
    const char *none = "const %x: f32[2] = {1, 2}\n%y = ReduceSumSquare(%x) {noop_with_empty_axes=1}\nout %y";
    CHECK_TEXT(evaluate(all), "f32[]{30}");
    CHECK_TEXT(evaluate(none), "f32[2]{1, 4}");
}

static void scattered_axes_are_one_loop(void) {
    CHECK_TEXT(evaluate("const %x: i64[2,2,2] = {1, 2, 3, 4, 5, 6, 7, 8}\nconst %a: i64[2] = {0, -1}\n"
                        "%y = ReduceSum(%x, %a) {keepdims=0}\n%m = ReduceMean(%x, %a)\nout %y\nout %m"),
               "i64[2]{14, 22} i64[1,2,1]{3, 5}");
}

static void log_sum_exp_does_not_overflow(void) {
    CHECK_TEXT(evaluate("const %x: f32[3,2] = {1000, 1000, inf, 0, -inf, -inf}\nconst %a: i64[1] = {1}\n"
                        "%y = ReduceLogSumExp(%x, %a) {keepdims=0}\nout %y"),
               "f32[3]{1000.69, inf, -inf}");
}

static void wrong_axes_are_named(void) {
    CHECK(strstr(infer("in %x: f32[2,3]\nconst %a: i64[1] = {2}\n%y = ReduceSum(%x, %a)\nout %y"),
                 "error: axis 2"));
    CHECK_TEXT(infer("in %x: f32[2,3]\nconst %a: i64[2] = {1, -1}\n%y = ReduceSum(%x, %a)\nout %y"),
               "error: axis 1 occurs twice in axes");
    CHECK(strstr(infer("in %x: f32[2,3]\n%y = Softmax(%x) {axis=-3}\nout %y"), "error: axis -3"));
    CHECK(strstr(infer("in %x: f32[2,3]\n%y = MeanVarianceNormalization(%x)\nout %y"), "error: axis 2"));
}

static void axes_known_late_leave_the_rank(void) {
    const char *text = infer("in %x: f32[2,3,4]\nin %a: i64[2]\n%y = ReduceSum(%x, %a) {keepdims=0}\nout %y");
    CHECK(strncmp(text, "f32[", 4) == 0 && !strchr(text, ','));
    CHECK_TEXT(infer("in %x: f32[2,3,4]\nin %a: i64[K]\n%y = ReduceSum(%x, %a) {keepdims=0}\nout %y"),
               "f32[?]");
}

static void first_of_equals_wins(void) {
    CHECK_TEXT(
        evaluate("const %x: f32[4] = {1, 3, 3, 1}\n%a = ArgMax(%x)\n%b = ArgMin(%x)\n"
                 "%c = ArgMax(%x) {select_last_index=1}\n%h = Hardmax(%x)\nout %a\nout %b\nout %c\nout %h"),
        "i64[1]{1} i64[1]{0} i64[1]{2} f32[4]{0, 1, 0, 0}");
}

static void scans_run_both_ways(void) {
    CHECK_TEXT(
        evaluate("const %x: i32[4] = {1, 2, 3, 4}\nconst %a: i64[] = {0}\n%s = CumSum(%x, %a) {exclusive=1}\n"
                 "%r = CumSum(%x, %a) {reverse=1}\n%p = CumProd(%x, %a) {exclusive=1, reverse=1}\n"
                 "out %s\nout %r\nout %p"),
        "i32[4]{0, 1, 3, 6} i32[4]{10, 9, 7, 4} i32[4]{24, 12, 4, 1}");
    CHECK_TEXT(
        evaluate("const %x: i32[4] = {1, 2, 3, 4}\nconst %a: i64[] = {1}\n%s = CumSum(%x, %a)\nout %s"),
        "error: axis 1 is outside [-1, 0] of a rank-1 tensor");
}

static void softmax_of_large_numbers_is_finite(void) {
    CHECK_TEXT(
        evaluate(
            "const %x: f16[1,2] = {60000, 60000}\n%y = Softmax(%x)\n%z = LogSoftmax(%x)\nout %y\nout %z"),
        "f16[1,2]{0.5, 0.5} f16[1,2]{-0.693359, -0.693359}");
}

// 300^2 and 2048 * 8 * 8 do not fit f16, the sums inside do not have to.
static void half_precision_norms_accumulate_wide(void) {
    CHECK_TEXT(evaluate("const %x: f16[1,2] = {300, -300}\nconst %s: f16[2] = {1, 2}\n"
                        "%y = RMSNormalization(%x, %s)\n%z = LpNormalization(%x)\nout %y\nout %z"),
               "f16[1,2]{1, -2} f16[1,2]{0.707031, -0.707031}");
    CHECK_TEXT(evaluate("const %x: f16[70000] = {2...}\n%m = ReduceMean(%x)\nout %m"), "f16[1]{2}");
}

static void zero_vectors_normalise_to_zero(void) {
    CHECK_TEXT(evaluate("const %x: f32[2,2] = {0, 0, 3, 4}\n%y = LpNormalization(%x)\nout %y"),
               "f32[2,2]{0, 0, 0.6, 0.8}");
}

// What F.normalize means: a bound on the norm, in a wide type; without one a vector of zeros is 0 / 0.
static void a_norm_is_bounded_from_below(void) {
    const char *x = "const %x: f16[2,2] = {0, 0, 300, 400}\n";
    char text[400];
    snprintf(text, sizeof text,
             "%s%%y = tn.Normalize(%%x) {axes=[1], epsilon=1e-12}\n%%z = tn.Normalize(%%x) {axes=[1]}\n"
             "%%n = IsNaN(%%z)\nout %%y\nout %%n",
             x);
    CHECK_TEXT(evaluate(text), "f16[2,2]{0, 0, 0.600098, 0.799805} bool[2,2]{1, 1, 0, 0}");
    snprintf(text, sizeof text,
             "%s%%y = tn.Normalize(%%x) {axes=[1], p=1.0, epsilon=1000.0}\n"
             "%%z = tn.Normalize(%%x) {axes=[-1], p=inf, epsilon=1.0}\nout %%y\nout %%z",
             x);
    CHECK_TEXT(evaluate(text), "f16[2,2]{0, 0, 0.300049, 0.399902} f16[2,2]{0, 0, 0.75, 1}");
    CHECK_TEXT(infer("in %x: f32[2]\n%y = tn.Normalize(%x) {axes=[0], p=3.0}\nout %y"),
               "error: p is 3; it can be 1, 2 or inf");
    CHECK_TEXT(infer("in %x: f32[2]\n%y = tn.Normalize(%x) {axes=[1]}\nout %y"),
               "error: axis 1 is outside [-1, 0] of a rank-1 tensor");
}

static void a_softmax_weighs_a_sum(void) {
    const char *w = "const %w: f32[3] = {0, 1, 10}\n";
    char text[600];
    snprintf(text, sizeof text,
             "%sconst %%x: f32[2,3,1] = {0, 0, 0, 0, 1000, 1000}\n%%y = tn.SoftmaxSum(%%x, %%w) {axis=1}\n"
             "const %%e: f32[0,2] = {}\nconst %%n: f32[0] = {}\n"
             "%%z = tn.SoftmaxSum(%%e, %%n) {axis=0, keepdims=0}\nout %%y\nout %%z",
             w);
    CHECK_TEXT(evaluate(text), "f32[2,1,1]{3.66667, 5.5} f32[2]{0, 0}");
    snprintf(text, sizeof text, "%sin %%x: f32[N,4]\n%%y = tn.SoftmaxSum(%%x, %%w)\nout %%y", w);
    CHECK_TEXT(infer(text), "error: the row of weights must have 4 elements, but has 3");
    snprintf(text, sizeof text, "%sin %%x: f32[N,3]\n%%y = tn.SoftmaxSum(%%x, %%w) {axis=2}\nout %%y", w);
    CHECK_TEXT(infer(text), "error: axis 2 is outside [-2, 1] of a rank-2 tensor");
}

static void batch_norm_takes_any_rank_from_two(void) {
    const char *vectors = "const %s: f32[2] = {2, 1}\nconst %b: f32[2] = {0, 1}\nconst %m: f32[2] = {1, 0}\n"
                          "const %v: f32[2] = {4, 1}\n";
    char text[600];
    snprintf(text, sizeof text,
             "%sconst %%x: f32[1,2] = {3, 5}\n%%y = BatchNormalization(%%x, %%s, %%b, %%m, %%v) "
             "{epsilon=0.0}\nout %%y",
             vectors);
    CHECK_TEXT(evaluate(text), "f32[1,2]{2, 6}");
    snprintf(text, sizeof text,
             "%sin %%x: f32[N,3,4]\n%%y = BatchNormalization(%%x, %%s, %%b, %%m, %%v)\nout %%y", vectors);
    CHECK_TEXT(infer(text), "error: scale must have 3 elements, but has 2");
}

static void layer_norm_scale_may_differ_by_row(void) {
    CHECK_TEXT(evaluate("const %x: f32[2,2] = {1, -1, 2, -2}\nconst %s: f32[2,1] = {1, 10}\n"
                        "const %b: f32[1,2] = {5, 0}\n%y, %m = LayerNormalization(%x, %s, %b) {epsilon=0.0}\n"
                        "out %y\nout %m"),
               "f32[2,2]{6, -1, 15, -10} f32[2,1]{0, 0}");
}

// ---- forms of older opsets

// One node of an old opset with constant inputs, run.
static const char *run_old(tn_env *env, tn_diags *diags, tni_spec *spec, tn_graph *g) {
    const char *outs[] = {"y"};
    tni_value *in[TNI_SPEC_IN] = {NULL};
    tn_attr attrs[16];
    for (int i = 0; i < spec->nin; i++) in[i] = spec->in[i];
    for (size_t i = 0; i < spec->nattr; i++) attrs[i] = spec->attr[i];
    tni_text_free(&evaluate_text);
    evaluate_text = (tni_text){.env = env};
    spec->graph = g, spec->diags = diags, spec->in = in, spec->outs = outs, spec->nout = 1;
    spec->attr = attrs, spec->cattr = 16;
    if (tni_spec_add(spec, NULL) != TN_OK) return evaluate_problem(diags);
    if (tni_graph_add_output(g, tni_value_find(g, "y")) != TN_OK) return "no memory";
    return evaluate_graph(g, env, diags);
}

typedef struct old {
    tn_env *env;
    tn_diags *diags;
    tn_graph *graph;
    tni_value *in[4];
} old;

static bool old_begin(old *o) {
    *o = (old){NULL};
    return tn_env_new(&o->env, NULL) == TN_OK && tn_diags_new(&o->diags, o->env) == TN_OK &&
           tni_graph_new(&o->graph, o->env, "old") == TN_OK;
}

static void old_end(old *o) {
    tni_text_free(&evaluate_text);
    tn_graph_free(o->graph);
    tn_diags_free(o->diags);
    tn_env_free(o->env);
}

// An f32 constant counting 1, 2, 3...
static tni_value *counting(old *o, int rank, const int64_t *dims) {
    tn_tensor *t = tni_tensor_new(&o->graph->root->arena, TN_F32, rank, dims);
    for (int64_t i = 0; t && i < tn_count(t); i++) tni_set(t, i, (double)(i + 1));
    return t ? tni_value_const(o->graph, NULL, t) : NULL;
}

static void old_broadcast_aligns_at_the_axis(void) {
    old o;
    CHECK(old_begin(&o));
    tni_value *in[] = {counting(&o, 3, (int64_t[]){2, 2, 2}), counting(&o, 1, (int64_t[]){2})};
    tn_attr attrs[] = {TN_A_INT("broadcast", 1), TN_A_INT("axis", 1)};
    tni_spec spec = {.op = "Mul", .opset = 6, .nin = 2, .in = in, .nattr = 2, .attr = attrs};
    CHECK_TEXT(run_old(o.env, o.diags, &spec, o.graph), "f32[2,2,2]{1, 2, 6, 8, 5, 6, 14, 16}");
    old_end(&o);
}

static void old_softmax_flattens(void) {
    old o;
    CHECK(old_begin(&o));
    tni_value *in[] = {counting(&o, 3, (int64_t[]){2, 2, 2})};
    tni_spec spec = {.op = "Hardmax", .opset = 11, .nin = 1, .in = in};
    CHECK_TEXT(run_old(o.env, o.diags, &spec, o.graph), "f32[2,2,2]{0, 0, 0, 1, 0, 0, 0, 1}");
    old_end(&o);
}

static void old_clip_has_attributes(void) {
    old o;
    CHECK(old_begin(&o));
    tni_value *in[] = {counting(&o, 1, (int64_t[]){3})};
    tn_attr attrs[] = {TN_A_FLOAT("max", 2.0)};
    tni_spec spec = {.op = "Clip", .opset = 6, .nin = 1, .in = in, .nattr = 1, .attr = attrs};
    CHECK_TEXT(run_old(o.env, o.diags, &spec, o.graph), "f32[3]{1, 2, 2}");
    old_end(&o);
}

static void old_group_norm_scales_groups(void) {
    old o;
    CHECK(old_begin(&o));
    tni_value *in[] = {counting(&o, 2, (int64_t[]){1, 4}), counting(&o, 1, (int64_t[]){2}),
                       counting(&o, 1, (int64_t[]){2})};
    tn_attr attrs[] = {TN_A_INT("num_groups", 2), TN_A_FLOAT("epsilon", 0.0)};
    tni_spec spec = {.op = "GroupNormalization", .opset = 18, .nin = 3, .in = in, .nattr = 2, .attr = attrs};
    CHECK_TEXT(run_old(o.env, o.diags, &spec, o.graph), "f32[1,4]{0, 2, 0, 4}");
    old_end(&o);
}

static void old_batch_norm_of_every_element(void) {
    old o;
    CHECK(old_begin(&o));
    int64_t each[] = {2, 2};
    tni_value *v = counting(&o, 2, each), *in[] = {counting(&o, 3, (int64_t[]){1, 2, 2}), v, v, v, v};
    tn_attr attrs[] = {TN_A_INT("spatial", 0), TN_A_FLOAT("epsilon", 0.0)};
    tni_spec spec = {.op = "BatchNormalization", .opset = 7, .nin = 5, .in = in, .nattr = 2, .attr = attrs};
    CHECK_TEXT(run_old(o.env, o.diags, &spec, o.graph), "f32[1,2,2]{1, 2, 3, 4}");
    old_end(&o);
}

static void retired_operators_become_todays(void) {
    old o;
    CHECK(old_begin(&o));
    tni_value *in[] = {counting(&o, 4, (int64_t[]){1, 1, 3, 3})};
    int64_t border[] = {1, 0, 1, 2};
    tn_attr attrs[] = {TN_A_INTS("border", border, 4)};
    tni_spec spec = {.op = "Crop", .opset = 7, .nin = 1, .in = in, .nattr = 1, .attr = attrs};
    CHECK_TEXT(run_old(o.env, o.diags, &spec, o.graph), "f32[1,1,1,1]{2}");
    old_end(&o);
}

int main(void) {
    RUN(reducing_nothing_gives_the_neutral_element);
    RUN(no_axes_is_all_or_none);
    RUN(scattered_axes_are_one_loop);
    RUN(log_sum_exp_does_not_overflow);
    RUN(wrong_axes_are_named);
    RUN(axes_known_late_leave_the_rank);
    RUN(first_of_equals_wins);
    RUN(scans_run_both_ways);
    RUN(softmax_of_large_numbers_is_finite);
    RUN(half_precision_norms_accumulate_wide);
    RUN(zero_vectors_normalise_to_zero);
    RUN(a_norm_is_bounded_from_below);
    RUN(a_softmax_weighs_a_sum);
    RUN(batch_norm_takes_any_rank_from_two);
    RUN(layer_norm_scale_may_differ_by_row);
    RUN(old_broadcast_aligns_at_the_axis);
    RUN(old_softmax_flattens);
    RUN(old_clip_has_attributes);
    RUN(old_group_norm_scales_groups);
    RUN(old_batch_norm_of_every_element);
    RUN(retired_operators_become_todays);
    return DONE();
}
