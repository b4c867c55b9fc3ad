// SPDX-License-Identifier: Apache-2.0
// text.c - the text form: what is printed parses back to the same text; what is wrong is told with its line.
#define _GNU_SOURCE // strdup
#include "ir/text.h"

#include <stdlib.h>

#include "check.h"

static tn_env *env;
static tn_diags *diags;

static char *print(const tn_graph *g) {
    tni_text t = {.env = env};
    tni_graph_print(&t, g, false);
    char *copy = t.failed ? NULL : strdup(t.data);
    tni_text_free(&t);
    return copy;
}

static char *there_and_back(const char *text) {
    tn_graph *g = NULL;
    tn_diags_clear(diags);
    if (tni_graph_parse(&g, env, text, strlen(text), "test", diags) != TN_OK) {
        char line[512];
        tn_diags_format(diags, 0, line, sizeof line);
        puts(line);
        return NULL;
    }
    CHECK(tni_verify(g, diags) == TN_OK);
    char *again = print(g);
    tn_graph_free(g);
    return again;
}

static void expect_stable(const char *text) {
    char *once = there_and_back(text), *twice = once ? there_and_back(once) : NULL;
    CHECK(once && twice);
    if (once && twice) CHECK_TEXT(twice, once);
    free(once);
    free(twice);
}

static void every_kind_of_constant_survives(void) {
    expect_stable(
        "graph \"constants\" {\n"
        "  in %x: f32[2]\n"
        "  const %a: f32[2] = {0.1, -0}\n"
        "  const %b: f32[3] = {nan, inf, -inf}\n"
        "  const %c: f16[1000] = {0.5...}\n"
        "  const %d: i64[2] = {-9223372036854775808, 9223372036854775807}\n"
        "  const %e: u64[1] = {18446744073709551615}\n"
        "  const %f: bool[3] = {1, 0, 1}\n"
        "  const %g: string[2] = {\"a \\\"b\\\"\", \"\\x0a\\\\\"}\n"
        "  const %h: u4[3] = {1, 15, 7}\n"
        "  const %i: f64[0] = {}\n"
        "  const %j: bf16[] = {3}\n"
        "  %y = Add(%x, %a)\n"
        "  out %y\n  out %b\n  out %c\n  out %d\n  out %e\n  out %f\n  out %g\n  out %h\n  out %i\n  out %j\n"
        "}\n");
}

static void odd_names_are_quoted(void) {
    expect_stable("graph \"odd \\\"name\\\"\" {\n"
                  "  in %\"with space\": f32[N]\n"
                  "  in %/layer1/conv.1:0: f32['batch size']\n"
                  "  %onnx::Relu_7 = Relu(%\"with space\") @\"model.py:12\"\n"
                  "  %\"q\\\"uote\" = Neg(%/layer1/conv.1:0)\n"
                  "  out %onnx::Relu_7\n"
                  "  out %\"q\\\"uote\"\n"
                  "}\n");
}

static void omitted_operands_attributes_and_bodies_survive(void) {
    expect_stable(
        "graph \"all\" {\n"
        "  in %c: bool[]\n"
        "  in %x: f32[N,3,2*H,floor(W+1, 2)]\n"
        "  const %hi: f32[] = {6}\n"
        "  %a = Clip(%x, _, %hi)\n"
        "  %y, %i = MaxPool(%a) {kernel_shape=[2,2], strides=[2,1], ceil_mode=1, auto_pad=\"NOTSET\"}\n"
        "  %e = Elu(%y) {alpha=0.5}\n"
        "  %r = If(%c) {then_branch=graph {\n"
        "    %t = Abs(%e)\n"
        "    out %t\n"
        "  }, else_branch=graph {\n"
        "    %u = Neg(%e)\n"
        "    out %u\n"
        "  }}\n"
        "  out %r\n"
        "  out %i\n"
        "}\n");
}

static void mistakes_are_told_with_their_line(void) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"graph \"x\" {\n  in %x: f32[N\n}", "line 3"},
        {"graph \"x\" {\n  in %x: f99[N]\n}", "unknown element type 'f99'"},
        {"graph \"x\" {\n  %y = Relu(%x)\n}", "nothing before this line makes 'x'"},
        {"graph \"x\" {\n  in %x: f32[2]\n  %y = Nothing(%x)\n}", "no operator 'Nothing'"},
        {"graph \"x\" {\n  in %x: f32[2]\n  %y = Elu(%x) {beta=1.0}\n}", "no attribute 'beta'"},
        {"graph \"x\" {\n  in %x: f32[2]\n  %y = Elu(%x) {alpha=1}\n}", "is an integer, expected a float"},
        {"graph \"x\" {\n  in %x: i32[2]\n  in %z: f32[2]\n  %y = Add(%x, %z)\n}",
         "input 'B' is f32, but 'A' is i32"},
        {"graph \"x\" {\n  in %x: f32[2]\n  in %z: f32[3]\n  %y = Add(%x, %z)\n}", "do not broadcast"},
        {"graph \"x\" {\n  in %x: f32[2]\n  %y = Relu(%x) : f32[3]\n}",
         "is inferred with dimension 0 of 2, not 3"},
        {"graph \"x\" {\n  const %c: f32[9] = ...\n}", "left out when this text was written"},
        {"graph \"x\" {\n  const %c: f32[9999999999999] = {0...}\n}", "too large"},
        {"graph \"x\" {\n  out %z\n}", "nothing makes the output 'z'"},
        {"graph \"x\" {\n", "ends inside a graph"},
        {"graph \"x\" {}\ngraph", "text after the graph"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tn_graph *g = NULL;
        char line[512] = "";
        tn_diags_clear(diags);
        CHECK(tni_graph_parse(&g, env, cases[i].text, strlen(cases[i].text), "test", diags) != TN_OK);
        tn_diags_format(diags, 0, line, sizeof line);
        if (!strstr(line, cases[i].says)) check_bad++, printf("  case %zu says: %s\n", i, line);
    }
}

// Whatever is cut or changed, parsing ends in a graph or in a sentence.
static void damaged_text_never_crashes(void) {
    static const char good[] = "graph \"g\" {\n in %x: f32[N,2]\n const %w: f32[2,2] = {1, 2, 3, 4}\n"
                               " %y = Gemm(%x, %w) {alpha=0.5, transB=1} : f32[N,2] @\"m.py:1\"\n"
                               " %s = Softmax(%y) {axis=-1}\n out %s\n}\n";
    char text[sizeof good];
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        memcpy(text, good, sizeof good);
        size_t size = sizeof good - 1;
        for (int edit = 0; edit < 1 + round % 3; edit++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[(seed >> 33) % size] = "{}[]()%\"=,.:0-9azNx \n#"[(seed >> 20) % 22];
        }
        if (round % 5 == 0) size = (size_t)(seed >> 40) % size;
        tn_graph *g = NULL;
        if (tni_graph_parse(&g, env, text, size, "damaged", NULL) == TN_OK) tn_graph_free(g);
    }
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 2;
    RUN(every_kind_of_constant_survives);
    RUN(odd_names_are_quoted);
    RUN(omitted_operands_attributes_and_bodies_survive);
    RUN(mistakes_are_told_with_their_line);
    RUN(damaged_text_never_crashes);
    tn_diags_free(diags);
    if (tn_env_bytes(env)) check_failed++, puts("memory leaked");
    tn_env_free(env);
    return DONE();
}
