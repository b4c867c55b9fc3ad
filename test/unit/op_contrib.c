// SPDX-License-Identifier: Apache-2.0
// op_contrib.c - ONNX Runtime's own operators at the edges, and what a file may get wrong in them. Their
// results are held to ONNX Runtime's by test/cases/contrib and by the random cases.
#include "check.h"
#include "evaluate.h"

static void the_path_goes_along_the_border_where_all_costs_are_infinite(void) {
    CHECK_TEXT(evaluate("const %x: f32[2,3] = {inf, inf, inf, inf, inf, inf}\n"
                        "%y = com.microsoft.DynamicTimeWarping(%x)\nout %y"),
               "i32[2,4]{0, 1, 1, 1, 0, 0, 1, 2}");
    CHECK_TEXT(evaluate("const %x: f32[3,1] = {1, 2, 3}\n%y = com.microsoft.DynamicTimeWarping(%x)\nout %y"),
               "i32[2,3]{0, 1, 2, 0, 0, 0}");
    CHECK_TEXT(evaluate("const %x: f32[0,3] = {}\n%y = com.microsoft.DynamicTimeWarping(%x)\nout %y"),
               "i32[2,0]{}");
}

static void nothing_is_finite(void) {
    CHECK_TEXT(evaluate("const %x: f32[0] = {}\n%y = com.microsoft.IsAllFinite(%x)\nout %y"), "bool[]{1}");
    CHECK_TEXT(
        evaluate("const %x: f32[1] = {nan}\n%y = com.microsoft.IsAllFinite(%x) {isinf_only=1}\nout %y"),
        "bool[]{1}");
    CHECK(strstr(
        infer("in %x: f32[1]\n%y = com.microsoft.IsAllFinite(%x) {isinf_only=1, isnan_only=1}\nout %y"),
        "both set"));
}

// Experts that multiply by 1, 10 and 100; what the router says of each token.
static const char experts[] = "const %x: f32[2,1] = {1, 2}\nconst %a: f32[3,1,1] = {1, 10, 100}\n"
                              "const %b: f32[3,1,1] = {1, 1, 1}\n";

static const char *mixed(const char *router, const char *attributes) {
    static char text[1024];
    snprintf(text, sizeof text,
             "%sconst %%r: f32[2,3] = {%s}\n%%y = com.microsoft.MoE(%%x, %%r, %%a, _, %%b) {%s}\nout %%y",
             experts, router, attributes);
    return evaluate(text);
}

static void equal_experts_are_taken_by_number_and_nan_first(void) {
    CHECK_TEXT(mixed("0, 0, 0, 5, 5, 0", "k=1, normalize_routing_weights=1, activation_type=\"identity\""),
               "f32[2,1]{1, 2}");
    CHECK_TEXT(mixed("0, 9, 9, 0, 9, 0", "k=2, normalize_routing_weights=1, activation_type=\"identity\""),
               "f32[2,1]{55, 19.9978}");
    CHECK(strstr(mixed("0, nan, 0, 0, 0, 0", "k=1"), "{nan, "));
}

static void experts_that_do_not_fit_are_refused(void) {
    const struct {
        const char *a, *b, *attributes, *says;
    } wrong[] = {
        {"f32[3,5,4]", "f32[3,4,5]", "k=4", "k is 4, but there are 3 experts"},
        {"f32[2,5,4]", "f32[3,4,5]", "k=1", "number of experts"},
        {"f32[3,5,3]", "f32[3,4,5]", "k=1", "columns of an expert's weights"},
        {"f32[3,5,4]", "f32[3,3,5]", "k=1", "rows of an expert's weights"},
        {"f32[3,5,4]", "f32[3,4,5]", "activation_type=\"swiglu\"", "swiglu takes either"},
        {"f32[3,5,4]", "f32[3,4,5]", "activation_type=\"tanh\"", "'tanh' is none of"},
        {"f32[3,5,4]", "f32[3,4,5]", "use_sparse_mixer=1", "use_sparse_mixer"},
        {"f32[3,5,4]", "f32[3,4,5]", "k=0", "outside"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "in %%x: f32[2,4]\nin %%r: f32[2,3]\nin %%a: %s\nin %%b: %s\n"
                 "%%y = com.microsoft.MoE(%%x, %%r, %%a, _, %%b) {%s}\nout %%y",
                 wrong[i].a, wrong[i].b, wrong[i].attributes);
        if (!strstr(infer(text), wrong[i].says)) CHECK_TEXT(evaluate_text.data, wrong[i].says);
    }
    CHECK(strstr(infer("in %x: f32[2,32]\nin %r: f32[2,3]\nin %a: u8[3,8,16]\nin %s: f32[3,8]\nin %b: "
                       "u8[3,32,4]\nin %t: f32[3,32]\n"
                       "%y = com.microsoft.QMoE(%x, %r, %a, %s, _, %b, %t) {block_size=16}\nout %y"),
                 "must have rank 3"));
    // columns that end within a block, and within a byte
    CHECK(strstr(infer("in %x: f32[2,8]\nin %r: f32[2,3]\nin %a: u8[3,8,4]\nin %s: f32[3,8,0]\nin %b: "
                       "u8[3,8,4]\nin %t: f32[3,8,0]\n"
                       "%y = com.microsoft.QMoE(%x, %r, %a, %s, _, %b, %t) {block_size=16}\nout %y"),
                 "8 columns"));
    CHECK(strstr(infer("in %x: f32[2,3]\nin %r: f32[2,3]\nin %a: u8[3,8,1]\nin %s: f32[3,8]\nin %b: "
                       "u8[3,3,4]\nin %t: f32[3,3]\n"
                       "%y = com.microsoft.QMoE(%x, %r, %a, %s, _, %b, %t)\nout %y"),
                 "3 columns"));
}

// The table is constant, so nothing but the kernel looks at how the zero points lie.
static void zero_points_of_another_shape_are_refused(void) {
    CHECK(strstr(evaluate("const %x: u8[2,8] = {0...}\nconst %i: i64[1] = {0}\nconst %s: f32[2,1] = {1, 1}\n"
                          "const %z: u8[1,1] = {0}\n"
                          "%y = com.microsoft.GatherBlockQuantized(%x, %i, %s, %z) {block_size=16}\nout %y"),
                 "zero points' shape does not fit the scales', two of them in a byte"));
}

int main(void) {
    RUN(the_path_goes_along_the_border_where_all_costs_are_infinite);
    RUN(nothing_is_finite);
    RUN(equal_experts_are_taken_by_number_and_nan_first);
    RUN(experts_that_do_not_fit_are_refused);
    RUN(zero_points_of_another_shape_are_refused);
    return DONE();
}
