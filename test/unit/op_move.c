// SPDX-License-Identifier: Apache-2.0
// op_move.c - the operators that move elements: what is known of their results before they run, what they
// refuse and how they say it, and the values that specifications leave to us (ties, NaN, far bounds).
#include "check.h"

#include "ir/eval.h"
#include "ir/text.h"

#include <math.h>

typedef struct fixture {
    tn_env *env;
    tn_diags *diags;
    tn_graph *g;
    tni_arena arena;
    char text[2048];
} fixture;

// Parses a graph; inference runs as nodes are added.
static fixture begin(const char *text) {
    fixture f = {0};
    tn_env_new(&f.env, NULL);
    tn_diags_new(&f.diags, f.env);
    tni_arena_init(&f.arena, f.env);
    if (tni_graph_parse(&f.g, f.env, text, strlen(text), "test", f.diags) != TN_OK) f.g = NULL;
    return f;
}

static void end(fixture *f) {
    tn_graph_free(f->g);
    tni_arena_free(&f->arena);
    tn_diags_free(f->diags);
    tn_env_free(f->env);
}

static const char *type_of(fixture *f, size_t output) {
    tni_text t = {.env = f->env};
    if (!f->g) return "(no graph)";
    tni_type_print(&t, &f->g->output[output]->value->info.type);
    snprintf(f->text, sizeof f->text, "%s", t.data);
    tni_text_free(&t);
    return f->text;
}

// "N, 3, H*W": what is known of an output's integers.
static const char *content_of(fixture *f, size_t output) {
    tni_text t = {.env = f->env};
    const tn_info *v = f->g ? &f->g->output[output]->value->info : NULL;
    if (!v || !v->content) return "(not known)";
    for (size_t k = 0; k < v->ncontent; k++) {
        if (k) tni_text_puts(&t, ", ");
        tni_dim_print(&t, v->content[k]);
    }
    snprintf(f->text, sizeof f->text, "%s", t.data ? t.data : "");
    tni_text_free(&t);
    return f->text;
}

static void known_type(const char *graph, const char *want) {
    fixture f = begin(graph);
    CHECK_TEXT(type_of(&f, 0), want);
    end(&f);
}

static void known_content(const char *graph, const char *want) {
    fixture f = begin(graph);
    CHECK_TEXT(content_of(&f, 0), want);
    end(&f);
}

// The graph is refused with a sentence that contains `want`.
static void refused(const char *graph, const char *want) {
    fixture f = begin(graph);
    CHECK(!f.g);
    const char *got = tn_diags_count(f.diags) ? tn_diags_get(f.diags, 0)->message : "(nothing)";
    if (!strstr(got, want)) CHECK_TEXT(got, want);
    end(&f);
}

// Runs a graph without inputs; its first output must print as the list `want`.
static void computes(const char *graph, const char *want) {
    fixture f = begin(graph);
    const tn_tensor *out[8] = {NULL};
    char got[1024] = "";
    size_t n = 0;
    tn_status status = f.g ? tni_eval_graph(f.g, &f.arena, NULL, out, NULL, NULL, NULL, f.diags) : TN_INVALID;
    for (int64_t i = 0; status == TN_OK && i < tn_count(out[0]) && n < sizeof got - 32; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%g", i ? " " : "", tni_get(out[0], i));
    if (status != TN_OK && tn_diags_count(f.diags))
        snprintf(got, sizeof got, "%s", tn_diags_get(f.diags, 0)->message);
    CHECK_TEXT(got, want);
    end(&f);
}

// ------------------------------------------------------------------------------------- shape arithmetic

static void exporters_view_chain_folds_to_symbols(void) {
    known_type(
        "graph \"g\" {\n in %x: f32[N,C,H,W]\n const %zero: i64[] = {0}\n const %axes: i64[1] = {0}\n"
        " const %rest: i64[1] = {-1}\n %s = Shape(%x)\n %n = Gather(%s, %zero)\n"
        " %u = Unsqueeze(%n, %axes)\n %t = Concat(%u, %rest) {axis=0}\n %y = Reshape(%x, %t)\n out %y\n}",
        "f32[N,C*H*W]");
}

static void lists_are_cut_joined_and_repeated(void) {
    known_content(
        "graph \"g\" {\n in %x: f32[N,3,H]\n const %parts: i64[2] = {1, 2}\n const %two: i64[1] = {2}\n"
        " %s = Shape(%x)\n %a, %b = Split(%s, %parts) {axis=0}\n %c = Concat(%b, %a) {axis=0}\n"
        " %y = Tile(%c, %two)\n out %y\n}",
        "3, H, N, 3, H, N");
    known_content("graph \"g\" {\n in %x: f32[N,3,H]\n const %a: i64[1] = {-1}\n const %b: i64[1] = "
                  "{-9223372036854775807}\n"
                  " const %z: i64[1] = {0}\n const %m: i64[1] = {-1}\n %s = Shape(%x)\n"
                  " %y = Slice(%s, %a, %b, %z, %m)\n out %y\n}",
                  "H, 3, N");
}

static void ranges_and_fills_are_known(void) {
    known_content("graph \"g\" {\n const %a: i64[] = {7}\n const %b: i64[] = {0}\n const %d: i64[] = {-3}\n"
                  " %y = Range(%a, %b, %d)\n out %y\n}",
                  "7, 4, 1");
    known_type(
        "graph \"g\" {\n in %x: f32[N,2]\n const %z: i64[] = {0}\n const %one: i64[] = {1}\n %s = Shape(%x)\n"
        " %n = Gather(%s, %z)\n %y = Range(%z, %n, %one)\n out %y\n}",
        "i64[N]");
}

static void symbolic_sizes_of_cuts_and_resizes(void) {
    known_type("graph \"g\" {\n in %x: f32[N,4]\n const %a: i64[1] = {0}\n const %b: i64[1] = "
               "{9223372036854775807}\n"
               " const %s: i64[1] = {2}\n %y = Slice(%x, %a, %b, %a, %s)\n out %y\n}",
               "f32[floor(N+1, 2),4]");
    known_type("graph \"g\" {\n in %x: f32[1,3,H,W]\n const %s: f32[4] = {1, 1, 2, 0.5}\n"
               " %y = Resize(%x, _, %s)\n out %y\n}",
               "f32[1,3,2*H,floor(W, 2)]");
}

static void unknown_shape_of_known_length_gives_the_rank(void) {
    fixture f = begin("graph \"g\" {\n in %x: f32[N]\n in %s: i64[3]\n %y = Reshape(%x, %s)\n out %y\n}");
    CHECK(f.g && f.g->output[0]->value->info.type.rank == 3);
    end(&f);
}

// -------------------------------------------------------------------------------------------- refusals

static void shapes_that_do_not_fit_are_refused(void) {
    refused("graph \"g\" {\n in %x: f32[2,3]\n const %s: i64[2] = {4, -1}\n %y = Reshape(%x, %s)\n out %y\n}",
            "6 elements cannot be divided into pieces of 4");
    refused("graph \"g\" {\n in %x: f32[2,3]\n in %z: f32[2,4]\n %y = Concat(%x, %z) {axis=0}\n out %y\n}",
            "dimension 1 is 4 in input 1 and 3 in the inputs before it");
    refused("graph \"g\" {\n in %x: f32[2,3]\n const %a: i64[1] = {1}\n %y = Squeeze(%x, %a)\n out %y\n}",
            "its size is 3, not 1");
    refused(
        "graph \"g\" {\n in %x: f32[1,3,8,8]\n const %s: i64[3] = {3, 16, 16}\n %y = Resize(%x, _, _, %s)\n"
        " out %y\n}",
        "'sizes' has 3 entries for 4 dimensions");
    refused("graph \"g\" {\n in %x: f32[2,3]\n const %k: i64[1] = {4}\n %y, %i = TopK(%x, %k)\n out %y\n}",
            "K is 4, dimension 1 is 3");
}

static void indices_outside_are_named(void) {
    computes(
        "graph \"g\" {\n const %x: f32[3] = {1, 2, 3}\n const %i: i64[2] = {0, -4}\n %y = Gather(%x, %i)\n"
        " out %y\n}",
        "index -4 is outside [-3, 3)");
}

// ---------------------------------------------------------------------------------------------- values

static void ties_go_to_the_lower_index_and_nan_is_greatest(void) {
    computes("graph \"g\" {\n const %x: f32[5] = {1, 3, nan, 3, 2}\n const %k: i64[1] = {4}\n"
             " %v, %i = TopK(%x, %k)\n out %i\n}",
             "2 1 3 4");
    computes("graph \"g\" {\n const %x: f32[5] = {1, 3, nan, 3, 1}\n const %k: i64[1] = {4}\n"
             " %v, %i = TopK(%x, %k) {largest=0}\n out %i\n}",
             "0 4 1 3");
}

static void last_of_several_updates_wins(void) {
    computes("graph \"g\" {\n const %x: f32[3] = {0, 0, 0}\n const %i: i64[3] = {1, 1, -1}\n"
             " const %u: f32[3] = {5, 6, 7}\n %y = ScatterElements(%x, %i, %u)\n out %y\n}",
             "0 6 7");
}

static void negative_pads_crop_before_the_rest_is_continued(void) {
    computes("graph \"g\" {\n const %x: f32[5] = {1, 2, 3, 4, 5}\n const %p: i64[2] = {-2, 3}\n"
             " %y = Pad(%x, %p) {mode=\"reflect\"}\n out %y\n}",
             "3 4 5 4 3 4");
}

// 10 * 0.7f is 7 in float, and 4 / 1.3333334f is 3: what exporters meant.
static void float_scales_mean_their_fractions(void) {
    computes(
        "graph \"g\" {\n const %x: f32[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}\n const %s: f32[1] = {0.7}\n"
        " %y = Resize(%x, _, %s) {coordinate_transformation_mode=\"asymmetric\", nearest_mode=\"floor\"}\n"
        " out %y\n}",
        "0 1 2 4 5 7 8");
    computes(
        "graph \"g\" {\n const %x: f32[6] = {0, 1, 2, 3, 4, 5}\n const %s: f32[1] = {1.3333334}\n"
        " %y = Resize(%x, _, %s) {coordinate_transformation_mode=\"asymmetric\", nearest_mode=\"floor\"}\n"
        " out %y\n}",
        "0 0 1 2 3 3 4 5");
}

static void huge_box_limits_are_clamped(void) {
    computes("graph \"g\" {\n const %b: f32[1,3,4] = {0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3}\n"
             " const %s: f32[1,1,3] = {0.5, 0.5, 0.9}\n const %m: i64[1] = {9223372036854775807}\n"
             " const %t: f32[1] = {0.5}\n %y = NonMaxSuppression(%b, %s, %m, %t)\n out %y\n}",
             "0 0 2 0 0 0");
}

static void packed_types_move_whole_elements(void) {
    computes("graph \"g\" {\n const %x: i4[2,3] = {1, -2, 3, -4, 5, -6}\n %y = Transpose(%x) {perm=[1, 0]}\n"
             " out %y\n}",
             "1 -4 -2 5 3 -6");
}

// What NumPy's RandomState(0) drops: 0.5488 0.7152 0.6028 0.5449 0.4237 0.6459.
static void training_dropout_repeats(void) {
    computes("graph \"g\" {\n const %x: f32[6] = {1, 2, 3, 4, 5, 6}\n const %r: f32[] = {0.6}\n"
             " const %t: bool[] = {1}\n %y, %m = Dropout(%x, %r, %t) {seed=0}\n out %m\n}",
             "0 1 1 0 0 1");
}

int main(void) {
    RUN(exporters_view_chain_folds_to_symbols);
    RUN(lists_are_cut_joined_and_repeated);
    RUN(ranges_and_fills_are_known);
    RUN(symbolic_sizes_of_cuts_and_resizes);
    RUN(unknown_shape_of_known_length_gives_the_rank);
    RUN(shapes_that_do_not_fit_are_refused);
    RUN(indices_outside_are_named);
    RUN(ties_go_to_the_lower_index_and_nan_is_greatest);
    RUN(last_of_several_updates_wins);
    RUN(negative_pads_crop_before_the_rest_is_continued);
    RUN(float_scales_mean_their_fractions);
    RUN(huge_box_limits_are_clamped);
    RUN(packed_types_move_whole_elements);
    RUN(training_dropout_repeats);
    return DONE();
}
