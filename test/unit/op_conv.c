// SPDX-License-Identifier: Apache-2.0
// op_conv.c - convolutions, pools and products at the edges: windows that reach into padding, sizes as
// symbols, the order of epilogues, and what a file may get wrong.
#include "check.h"
#include "evaluate.h"

static void ceil_mode_drops_windows_in_the_end_padding(void) {
    CHECK_TEXT(evaluate("const %x: f32[1,1,4] = {1, 2, 3, 4}\n"
                        "%a = MaxPool(%x) {kernel_shape=[1], strides=[2], ceil_mode=1}\n"
                        "%b = AveragePool(%x) {kernel_shape=[3], strides=[2], ceil_mode=1}\nout %a\nout %b"),
               "f32[1,1,2]{1, 3} f32[1,1,2]{2, 3.5}");
}

static void padding_counts_only_when_asked(void) {
    CHECK_TEXT(
        evaluate("const %x: f32[1,1,2] = {3, 6}\n"
                 "%a = AveragePool(%x) {kernel_shape=[3], pads=[1,1]}\n"
                 "%b = AveragePool(%x) {kernel_shape=[3], pads=[1,1], count_include_pad=1}\nout %a\nout %b"),
        "f32[1,1,2]{4.5, 4.5} f32[1,1,2]{3, 3}");
}

static void max_pool_takes_the_first_nan_and_the_first_of_equals(void) {
    CHECK_TEXT(evaluate("const %x: f32[1,1,4] = {7, nan, 7, 7}\n"
                        "%a, %i = MaxPool(%x) {kernel_shape=[2], strides=[2]}\nout %a\nout %i"),
               "f32[1,1,2]{nan, 7} i64[1,1,2]{1, 2}");
}

static void sizes_stay_symbolic(void) {
    CHECK_TEXT(infer("in %x: f32[N,3,H,W]\nconst %w: f32[8,3,3,3] = {0...}\n"
                     "%y = Conv(%x, %w) {pads=[1,1,1,1], strides=[2,1]}\nout %y"),
               "f32[N,8,floor(H+1, 2),W]");
}

static void wrong_windows_are_refused(void) {
    CHECK_TEXT(infer("in %x: f32[1,3,2,2]\nin %w: f32[8,3,3,3]\n%y = Conv(%x, %w)\nout %y"),
               "error: the window covers 3 positions in spatial dimension 0, but the padded input has 2");
    CHECK_TEXT(infer("in %x: f32[1,4,5]\nin %w: f32[8,3,3]\n%y = Conv(%x, %w)\nout %y"),
               "error: the input has 4 channels, but the weights expect 3 (3 for each of 1 groups)");
    CHECK_TEXT(infer("in %x: f32[1,4,5]\nin %w: f32[3,2,3]\n%y = Conv(%x, %w) {group=2}\nout %y"),
               "error: 3 output channels do not divide into 2 groups");
    CHECK_TEXT(
        infer("in %x: f32[1,3,5,5]\nin %w: f32[8,3,3,3]\n%y = Conv(%x, %w) {pads=[1,1]}\nout %y"),
        "error: 'pads' has 2 entries, expected 4 (begin of every spatial dimension, then end of every one)");
    CHECK(strstr(infer("in %x: f32[1,3,5]\n%y = MaxPool(%x)\nout %y"), "'kernel_shape'"));
    CHECK(strstr(infer("in %x: f32[1,3,5]\n%y = MaxPool(%x) {kernel_shape=[0]}\nout %y"), "outside [1, "));
    CHECK(strstr(infer("in %x: f32[5]\n%y = MaxPool(%x) {kernel_shape=[2]}\nout %y"), "at least rank 3"));
    CHECK(strstr(infer("in %x: f32[1,1,5]\nin %w: f32[1,1,3]\n%y = Conv(%x, %w) {auto_pad=\"SAME\"}\nout %y"),
                 "auto_pad is 'SAME'"));
}

static void huge_attributes_do_not_overflow(void) {
    CHECK(strstr(infer("in %x: f32[1,1,5]\nin %w: f32[1,1,2]\n"
                       "%y = ConvTranspose(%x, %w) {strides=[2147483647], dilations=[2147483647]}\nout %y"),
                 "f32[1,1,10737418236]"));
    CHECK(strstr(infer("in %x: f32[1,1,5]\n%y = MaxPool(%x) {kernel_shape=[2147483647], "
                       "dilations=[2147483647]}\nout %y"),
                 "error: the window covers"));
    CHECK(strstr(infer("in %x: f32[1,1,9223372036854775807]\nin %w: f32[1,1,2]\n"
                       "%y = ConvTranspose(%x, %w) {strides=[2147483647]}\nout %y"),
                 "error"));
}

static void negative_pads_crop(void) {
    CHECK_TEXT(evaluate("const %x: f32[1,1,4] = {1, 2, 3, 4}\nconst %w: f32[1,1,1] = {10}\n"
                        "%y = Conv(%x, %w) {pads=[-1,-1]}\nout %y"),
               "f32[1,1,2]{20, 30}");
}

static void fused_convolution_adds_before_the_activation(void) {
    CHECK_TEXT(
        evaluate(
            "const %x: f32[1,1,3] = {-2, 1, 3}\nconst %w: f32[1,1,1] = {1}\nconst %b: f32[1] = {1}\n"
            "const %z: f32[1,1,3] = {0, -3, 4}\n"
            "%y = tn.Conv(%x, %w, %b, %z) {activation=\"Clip\", activation_alpha=-0.5, activation_beta=6.0}\n"
            "%l = tn.Conv(%x, %w) {activation=\"LeakyRelu\", activation_alpha=0.5}\nout %y\nout %l"),
        "f32[1,1,3]{-0.5, -0.5, 6} f32[1,1,3]{-1, 1, 3}");
    CHECK(strstr(
        infer("in %x: f32[1,1,3]\nin %w: f32[1,1,1]\n%y = tn.Conv(%x, %w) {activation=\"Mish\"}\nout %y"),
        "activation 'Mish' is not known"));
}

static void products_follow_numpy(void) {
    CHECK_TEXT(evaluate("const %a: f32[2] = {1, 2}\nconst %b: f32[2,2,1] = {1, 2, 3, 4}\n"
                        "%y = MatMul(%a, %b)\n%z = MatMul(%a, %a)\nout %y\nout %z"),
               "f32[2,1]{5, 11} f32[]{5}");
    CHECK_TEXT(infer("in %a: f32[M,3]\nin %b: f32[4,N]\n%y = MatMul(%a, %b)\nout %y"),
               "error: A has 3 columns, but B has 4 rows");
    CHECK_TEXT(evaluate("const %a: i64[1,1] = {9223372036854775807}\nconst %b: i64[1,1] = {2}\n"
                        "%y = MatMul(%a, %b)\nout %y"),
               "i64[1,1]{-2}");
}

static void empty_sums_are_zero(void) {
    CHECK_TEXT(evaluate("const %a: f32[2,0] = {}\nconst %b: f32[0,2] = {}\n%y = MatMul(%a, %b)\nout %y"),
               "f32[2,2]{0, 0, 0, 0}");
    CHECK_TEXT(evaluate("const %a: f32[0,3] = {}\nconst %b: f32[3,2] = {1...}\nconst %c: f32[2] = {1, 2}\n"
                        "%y = Gemm(%a, %b, %c)\nout %y"),
               "f32[0,2]{}");
}

static void einsum_reads_every_form(void) {
    CHECK_TEXT(
        evaluate(
            "const %a: f32[2,2] = {1, 2, 3, 4}\n%t = Einsum(%a) {equation=\"ii\"}\n"
            "%d = Einsum(%a) {equation=\" i i -> i \"}\n%s = Einsum(%a, %a) {equation=\"...j,...j->...\"}\n"
            "out %t\nout %d\nout %s"),
        "f32[]{5} f32[2]{1, 4} f32[2]{5, 25}");
    CHECK(strstr(infer("in %a: f32[2,2]\n%y = Einsum(%a) {equation=\"ij->k\"}\nout %y"), "cannot be read"));
    CHECK(strstr(infer("in %a: f32[2,3]\n%y = Einsum(%a) {equation=\"ii->i\"}\nout %y"), "same label"));
    CHECK(strstr(infer("in %a: f32[2]\n%y = Einsum(%a) {equation=\"i.->i\"}\nout %y"), "cannot be read"));
}

int main(void) {
    RUN(ceil_mode_drops_windows_in_the_end_padding);
    RUN(padding_counts_only_when_asked);
    RUN(max_pool_takes_the_first_nan_and_the_first_of_equals);
    RUN(sizes_stay_symbolic);
    RUN(wrong_windows_are_refused);
    RUN(huge_attributes_do_not_overflow);
    RUN(negative_pads_crop);
    RUN(fused_convolution_adds_before_the_activation);
    RUN(products_follow_numpy);
    RUN(empty_sums_are_zero);
    RUN(einsum_reads_every_form);
    return DONE();
}
