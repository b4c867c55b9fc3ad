// SPDX-License-Identifier: Apache-2.0
// op_signal.c - losses, Fourier transforms, windows, determinants, bits, random numbers and the newest
// operators of language models at the edges: what is ignored, lengths that are no power of two, empty inputs.
#include "check.h"
#include "evaluate.h"

// -------------------------------------------------------------------------------------------------- losses

static void ignored_labels_have_no_weight(void) {
    CHECK_TEXT(
        evaluate("const %x: f32[3,2] = {1, 2, 3, 4, 5, 6}\nconst %t: i64[3] = {0, -7, 1}\n"
                 "const %w: f32[2] = {1, 3}\n%a = NegativeLogLikelihoodLoss(%x, %t, %w) {ignore_index=-7}\n"
                 "%b = NegativeLogLikelihoodLoss(%x, %t, %w) {ignore_index=-7, reduction=\"none\"}\n"
                 "out %a\nout %b"),
        "f32[]{-4.75} f32[3]{-1, 0, -18}");
    CHECK(strstr(evaluate("const %x: f32[1,2] = {1, 2}\nconst %t: i64[1] = {5}\n"
                          "%a = NegativeLogLikelihoodLoss(%x, %t) {ignore_index=5}\nout %a"),
                 "nan}")); // the mean of nothing
}

static void labels_outside_the_classes_are_named(void) {
    CHECK(strstr(evaluate("const %x: f32[1,2] = {1, 2}\nconst %t: i32[1] = {2}\n"
                          "%a = SoftmaxCrossEntropyLoss(%x, %t)\nout %a"),
                 "label 2 is outside [0, 2)"));
    CHECK(strstr(infer("in %x: f32[4,3]\nin %t: i64[5]\n%a = SoftmaxCrossEntropyLoss(%x, %t)\nout %a"),
                 "the number of labels must be 4, but is 5"));
    CHECK(strstr(infer("in %x: f32[4,3]\nin %t: i64[4]\n"
                       "%a = SoftmaxCrossEntropyLoss(%x, %t) {reduction=\"max\"}\nout %a"),
                 "'none', 'sum' or 'mean', not 'max'"));
}

static void large_scores_do_not_overflow(void) {
    CHECK_TEXT(evaluate("const %x: f32[1,2] = {1000, -1000}\nconst %t: i64[1] = {1}\n"
                        "%a, %p = SoftmaxCrossEntropyLoss(%x, %t)\nout %a\nout %p"),
               "f32[]{2000} f32[1,2]{0, -2000}");
}

// ------------------------------------------------------------------------------------------- transforms

static void transforms_of_any_length_come_back(void) {
    // 1 = shorter than a factor, 30 = 2*3*5, 13 a prime: forth and back is the identity
    static const char *const lengths[] = {"1", "2", "13", "30", "64"};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "const %%a: i64[] = {0}\nconst %%b: i64[] = {%s}\nconst %%c: i64[] = {1}\n"
                 "const %%s: i64[3] = {1, -1, 1}\nconst %%e: f32[] = {1e-4}\n%%r = Range(%%a, %%b, %%c)\n"
                 "%%f = Cast(%%r) {to=1}\n%%x = Reshape(%%f, %%s)\n%%y = DFT(%%x, _, %%c)\n"
                 "%%z = DFT(%%y, _, %%c) {inverse=1}\n%%re, %%im = Split(%%z) {axis=2, num_outputs=2}\n"
                 "%%d = Sub(%%re, %%x)\n%%m = ReduceL2(%%d)\n%%n = ReduceL2(%%im)\n%%t = Max(%%m, %%n)\n"
                 "%%u = Less(%%t, %%e)\nout %%u",
                 lengths[i]);
        CHECK_TEXT(evaluate(text), "bool[1,1,1]{1}");
    }
}

static void one_sided_spectra(void) {
    CHECK_TEXT(evaluate("const %x: f32[1,4,1] = {1, 2, 3, 4}\nconst %a: i64[] = {1}\n"
                        "%y = DFT(%x, _, %a) {onesided=1}\n%z = DFT(%y, _, %a) {onesided=1, inverse=1}\n"
                        "out %y\nout %z"),
               "f32[1,3,2]{10, 0, -2, 2, -2, 0} f32[1,4,1]{1, 2, 3, 4}");
    CHECK_TEXT(infer("in %x: f32[B,N,1]\nconst %n: i64[] = {9}\n%y = DFT(%x, %n) {onesided=1}\n"
                     "%z = DFT(%x) {onesided=1}\nout %y\nout %z"),
               "f32[B,5,2] f32[B,floor(N, 2)+1,2]");
    CHECK(strstr(infer("in %x: f32[1,4,2]\n%y = DFT(%x) {onesided=1}\nout %y"),
                 "a complex signal has no one-sided spectrum"));
}

static void lengths_and_axes_that_cannot_be(void) {
    CHECK(strstr(infer("in %x: f32[1,4,1]\nconst %a: i64[] = {2}\n%y = DFT(%x, _, %a)\nout %y"),
                 "axis 2 is no signal dimension"));
    CHECK(strstr(infer("in %x: f32[1,4,3]\n%y = DFT(%x)\nout %y"), "expected 1 (real) or 2 (complex)"));
    CHECK(strstr(infer("in %x: f32[1,4,1]\nconst %n: i64[] = {0}\n%y = DFT(%x, %n)\nout %y"),
                 "dft_length must be at least 1, not 0"));
    CHECK(strstr(infer("in %x: f32[1,0,1]\n%y = DFT(%x)\nout %y"), "the transform has length 0"));
    CHECK(strstr(infer("in %x: f32[1,1,2]\n%y = DFT(%x) {onesided=1, inverse=1}\nout %y"),
                 "the transform has length 0"));
    CHECK(strstr(
        infer("in %x: f32[1,8,1]\nconst %s: i64[] = {0}\nin %w: f32[4]\n%y = STFT(%x, %s, %w)\nout %y"),
        "frame_step must be at least 1, not 0"));
    CHECK(strstr(
        infer("in %x: f32[1,3,1]\nconst %s: i64[] = {1}\nin %w: f32[4]\n%y = STFT(%x, %s, %w)\nout %y"),
        "a frame of 4 does not fit into a signal of 3"));
}

static void frames_of_a_signal(void) {
    CHECK_TEXT(
        infer("in %x: f32[B,L,1]\nconst %s: i64[] = {160}\nin %w: f32[400]\n%y = STFT(%x, %s, %w)\nout %y"),
        "f32[B,floor(L+80, 160)-2,201,2]");
    CHECK_TEXT(evaluate("const %x: f32[1,5,1] = {1, 2, 3, 4, 5}\nconst %s: i64[] = {2}\n"
                        "const %w: f32[2] = {1, 0.5}\n%y = STFT(%x, %s, %w)\nout %y"),
               "f32[1,2,2,2]{2, 0, 0, 0, 5, 0, 1, 0}");
}

static void windows_of_one_element(void) {
    CHECK_TEXT(evaluate("const %n: i64[] = {1}\nconst %z: i64[] = {0}\n%a = HannWindow(%n) {periodic=0}\n"
                        "%b = HammingWindow(%n)\n%c = BlackmanWindow(%z)\nout %a\nout %b\nout %c"),
               "f32[1]{1} f32[1]{0.0869565} f32[0]{}");
    CHECK(strstr(infer("const %n: i64[] = {-1}\n%a = HannWindow(%n)\nout %a"), "size is -1"));
    CHECK(strstr(infer("const %n: i64[] = {4}\n%a = HannWindow(%n) {output_datatype=8}\nout %a"),
                 "output_datatype = 8 is not a type of numbers"));
}

// --------------------------------------------------------------------------------------- matrices, bits

static void determinants(void) {
    CHECK_TEXT(evaluate("const %a: f32[2,2,2] = {0, 2, 3, 0, 1, 2, 2, 4}\nconst %e: f32[0,0] = {}\n"
                        "%y = Det(%a)\n%z = Det(%e)\nout %y\nout %z"),
               "f32[2]{-6, 0} f32[]{1}");
    CHECK(strstr(infer("in %a: f32[2,3]\n%y = Det(%a)\nout %y"), "must be 2, but is 3"));
}

static void bits_keep_their_pattern(void) {
    CHECK_TEXT(evaluate("const %a: f32[2] = {1, -0.0}\n%y = BitCast(%a) {to=6}\n%z = BitCast(%y) {to=1}\n"
                        "%e = Div(%a, %z)\nout %y"),
               "i32[2]{1.06535e+09, -2.14748e+09}");
    CHECK(strstr(infer("in %a: f32[2]\n%y = BitCast(%a) {to=7}\nout %y"),
                 "only types of one width can be exchanged"));
    CHECK(strstr(infer("in %a: f32[2]\n%y = BitCast(%a) {to=8}\nout %y"), "is not an element type"));
}

// ------------------------------------------------------------------------------------------ random numbers

static void random_numbers_repeat_and_differ(void) {
    CHECK_TEXT(
        evaluate(
            "%a = RandomUniform() {shape=[100], seed=1.0}\n%b = RandomUniform() {shape=[100], seed=1.0}\n"
            "%c = RandomUniform() {shape=[100], seed=2.0}\n%d = RandomUniform() {shape=[100]}\n"
            "%e = RandomUniform() {shape=[100]}\n%p = Sub(%a, %b)\n%q = ReduceSumSquare(%p)\n"
            "%r = Equal(%a, %c)\n%s = Cast(%r) {to=6}\n%t = ReduceSum(%s)\n%u = Equal(%d, %e)\n"
            "%v = Cast(%u) {to=6}\n%w = ReduceSum(%v)\nout %q\nout %t\nout %w"),
        "f32[1]{0} i32[1]{0} i32[1]{0}");
}

// 10000 numbers: mean and deviation within five standard errors.
static void random_numbers_have_their_distribution(void) {
    CHECK_TEXT(
        evaluate(
            "const %m: f32[] = {2.95}\nconst %n: f32[] = {3.05}\nconst %h: f32[] = {0.5}\n"
            "const %three: f32[] = {3}\n%x = RandomNormal() {shape=[10000], mean=3.0, scale=0.5, seed=7.0}\n"
            "%a = ReduceMean(%x) {keepdims=0}\n%lo = Less(%m, %a)\n%hi = Less(%a, %n)\n%d = Sub(%x, %three)\n"
            "%v = Mul(%d, %d)\n%w = ReduceMean(%v) {keepdims=0}\n%r = Sqrt(%w)\n%o = Div(%r, %h)\n"
            "%c = Cast(%o) {to=7}\n%k = Round(%o)\nout %lo\nout %hi\nout %k"),
        "bool[]{1} bool[]{1} f32[]{1}");
    CHECK_TEXT(evaluate("const %p: f32[3] = {0, 1, nan}\n%y = Bernoulli(%p) {dtype=9}\nout %y"),
               "bool[3]{0, 1, 0}");
    CHECK_TEXT(evaluate("const %p: f32[2,3] = {-inf, 0, -inf, -inf, -inf, 5}\n"
                        "%y = Multinomial(%p) {sample_size=4, dtype=7}\nout %y"),
               "i64[2,4]{1, 1, 1, 1, 2, 2, 2, 2}");
}

static void random_shapes_and_types_are_checked(void) {
    CHECK(strstr(infer("%y = RandomNormal() {shape=[-1]}\nout %y"), "dimension 0 of the shape is -1"));
    CHECK(strstr(infer("in %x: i32[2]\n%y = RandomUniformLike(%x)\nout %y"), "i32 is no floating type"));
    CHECK_TEXT(infer("in %x: i32[N]\n%y = RandomUniformLike(%x) {dtype=1}\nout %y"), "f32[N]");
    CHECK(
        strstr(infer("in %p: f32[2,0]\n%y = Multinomial(%p)\nout %y"), "there are no outcomes to draw from"));
}

// ---------------------------------------------------------------------------------------- language models

static void attention_carries_its_state(void) {
    // two tokens at once are one token twice
    static const char both[] = "const %q: f32[1,2,2] = {1, 2, 3, 4}\nconst %v: f32[1,2,1] = {5, 6}\n"
                               "%y, %s = LinearAttention(%q, %q, %v) {q_num_heads=1, kv_num_heads=1, "
                               "update_rule=\"linear\", scale=1.0}\n"
                               "out %y\nout %s";
    static const char twice[] =
        "const %a: f32[1,1,2] = {1, 2}\nconst %b: f32[1,1,2] = {3, 4}\nconst %u: f32[1,1,1] = {5}\n"
        "const %v: f32[1,1,1] = {6}\n"
        "%p, %r = LinearAttention(%a, %a, %u) {q_num_heads=1, kv_num_heads=1, update_rule=\"linear\", "
        "scale=1.0}\n"
        "%q, %s = LinearAttention(%b, %b, %v, %r) {q_num_heads=1, kv_num_heads=1, update_rule=\"linear\","
        " scale=1.0}\n%y = Concat(%p, %q) {axis=1}\nout %y\nout %s";
    CHECK_TEXT(evaluate(both), "f32[1,2,1]{25, 205} f32[1,1,2,1]{23, 34}");
    CHECK_TEXT(evaluate(twice), "f32[1,2,1]{25, 205} f32[1,1,2,1]{23, 34}");
    CHECK(strstr(
        infer("in %q: f32[1,2,4]\n%y, %s = LinearAttention(%q, %q, %q) {q_num_heads=2, kv_num_heads=2}\n"
              "out %y"),
        "update_rule 'gated_delta' needs the input decay"));
    CHECK(
        strstr(infer("in %q: f32[1,2,4]\n%y, %s = LinearAttention(%q, %q, %q) {q_num_heads=4, kv_num_heads=3,"
                     " update_rule=\"linear\"}\nout %y"),
               "4 query heads do not divide over 3 key heads"));
}

static void causal_convolution_keeps_the_end(void) {
    CHECK_TEXT(evaluate("const %x: f32[1,1,2] = {1, 2}\nconst %w: f32[1,1,4] = {1, 10, 100, 1000}\n"
                        "%y, %s = CausalConvWithState(%x, %w)\nout %y\nout %s"),
               "f32[1,1,2]{1000, 2100} f32[1,1,3]{0, 1, 2}");
    CHECK(strstr(infer("in %x: f32[1,2,4]\nin %w: f32[3,1,4]\n%y, %s = CausalConvWithState(%x, %w)\nout %y"),
                 "the number of kernels must be 2, but is 3"));
}

static void modifiers_must_keep_the_scores_shape(void) {
    CHECK(strstr(
        infer("in %q: f32[1,1,2,4]\n%y = ai.onnx.preview.FlexAttention(%q, %q, %q) {score_mod=graph {\n"
              " in %s: f32[B,H,L,S]\n %r = ReduceSum(%s) {keepdims=0}\n out %r\n}}\nout %y"),
        "score_mod gives rank 0, expected 4"));
    CHECK_TEXT(
        evaluate(
            "const %q: f32[1,1,1,1] = {1}\nconst %k: f32[1,1,2,1] = {1, 2}\n"
            "const %v: f32[1,1,2,1] = {3, 5}\n%y = ai.onnx.preview.FlexAttention(%q, %k, %v)"
            " {score_mod=graph {\n in %s: f32[B,H,L,S]\n const %z: f32[] = {0}\n %r = Mul(%s, %z)\n"
            " out %r\n}, prob_mod=graph {\n in %p: f32[B,H,L,S]\n %t = Add(%p, %p)\n out %t\n}}\nout %y"),
        "f32[1,1,1,1]{8}");
}

int main(void) {
    RUN(ignored_labels_have_no_weight);
    RUN(labels_outside_the_classes_are_named);
    RUN(large_scores_do_not_overflow);
    RUN(transforms_of_any_length_come_back);
    RUN(one_sided_spectra);
    RUN(lengths_and_axes_that_cannot_be);
    RUN(frames_of_a_signal);
    RUN(windows_of_one_element);
    RUN(determinants);
    RUN(bits_keep_their_pattern);
    RUN(random_numbers_repeat_and_differ);
    RUN(random_numbers_have_their_distribution);
    RUN(random_shapes_and_types_are_checked);
    RUN(attention_carries_its_state);
    RUN(causal_convolution_keeps_the_end);
    RUN(modifiers_must_keep_the_scores_shape);
    return DONE();
}
