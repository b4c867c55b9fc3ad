// SPDX-License-Identifier: Apache-2.0
// export.c - graphs written as ONNX and read back: the same text; cut graphs; every allocation may fail.
#define _DEFAULT_SOURCE
#include "check.h"

#include "export/onnx.h"

#include <stdlib.h>
#include <unistd.h>

static tn_env *env;
static tn_diags *diags;
static char folder[] = "/tmp/tenon-export-XXXXXX";
static char path[64];

static tn_graph *parsed(const char *text) {
    tn_graph *g = NULL;
    tn_diags_clear(diags);
    CHECK(tn_graph_parse(&g, env, text, "t", diags) == TN_OK);
    if (!g && tn_diags_count(diags)) printf("  %s\n", tn_diags_get(diags, 0)->message);
    return g;
}

static const char *complaint(void) {
    size_t n = tn_diags_count(diags);
    return n ? tn_diags_get(diags, n - 1)->message : "(nothing)";
}

// The graph that was written for `text`, as text.
static void reads_back(const char *text, const char *want) {
    tn_graph *g = parsed(text), *again = NULL;
    const char *got = "(none)";
    CHECK(g && tn_graph_save(g, path, false, diags) == TN_OK);
    CHECK(tn_graph_load(&again, env, path, NULL, diags) == TN_OK);
    if (again) tn_graph_text(again, false, &got);
    CHECK_TEXT(got, want);
    tn_graph_free(g);
    tn_graph_free(again);
}

static void operators_attributes_bodies_and_types(void) {
    static const char text[] = "graph \"g\" {\n"
                               "  in %x: f32[N,4]\n"
                               "  in %go: bool[]\n"
                               "  in %words: string[2]\n"
                               "  const %names: string[2] = {\"a\", \"b\\n\"}\n"
                               "  const %eight: f8e4m3fn[3] = {1, 2, 0.5}\n"
                               "  const %four: i4[3] = {1, -2, 3}\n"
                               "  %same = Equal(%words, %names) : bool[2]\n"
                               "  %wide = Cast(%eight) {to=1} : f32[3]\n"
                               "  %int = Cast(%four) {to=7} : i64[3]\n"
                               "  %y = If(%go) {then_branch=graph {\n"
                               "    %a = Relu(%x) : f32[N,4]\n"
                               "    out %a\n"
                               "  }, else_branch=graph {\n"
                               "    const %minus: f32[] = {-1}\n"
                               "    %b = Mul(%x, %minus) : f32[N,4]\n"
                               "    out %b\n"
                               "  }} : f32[N,4]\n"
                               "  %s = SequenceConstruct(%y, %x)\n"
                               "  out %same\n  out %wide\n  out %int\n  out %y\n  out %s\n"
                               "}\n";
    tn_graph *g = parsed(text);
    const char *want = "";
    CHECK(g && tn_graph_text(g, false, &want) == TN_OK);
    char *copy = strdup(want);
    reads_back(text, copy);
    free(copy);
    tn_graph_free(g);
}

static void fused_operators_are_taken_apart(void) {
    tn_graph *g = parsed("graph \"g\" {\n"
                         "  in %a: f32[2,3]\n  in %b: f32[4,3]\n  in %z: f32[2,4]\n"
                         "  %y = tn.Gemm(%a, %b, _, %z) {alpha=2.0, transB=1, activation=\"Silu\"}\n"
                         "  out %y\n}\n"),
             *again = NULL;
    const char *text = "";
    CHECK(g && tn_graph_save(g, path, false, diags) == TN_OK);
    CHECK(tn_graph_load(&again, env, path, NULL, diags) == TN_OK &&
          tn_graph_text(again, false, &text) == TN_OK);
    CHECK(!strstr(text, "tn.") && strstr(text, "MatMul") && strstr(text, "Sigmoid") &&
          strstr(text, "out %y"));
    tn_graph_free(g);
    tn_graph_free(again);
    reads_back("graph \"g\" {\n  in %x: f16[2,3]\n"
               "  %y = tn.Normalize(%x) {axes=[1], epsilon=0.5}\n  out %y\n}\n",
               "graph \"g\" {\n  in %x: f16[2,3]\n  const %t.2: i64[1] = {1}\n  const %t.4: f32[] = {0.5}\n"
               "  %t.1 = Cast(%x) {to=1} : f32[2,3]\n"
               "  %t.3 = ReduceL2(%t.1, %t.2) {noop_with_empty_axes=1} : f32[2,1]\n"
               "  %t.5 = Max(%t.3, %t.4) : f32[2,1]\n  %t.6 = Div(%t.1, %t.5) : f32[2,3]\n"
               "  %y = Cast(%t.6) {to=10} : f16[2,3]\n  out %y\n}\n");
    reads_back("graph \"g\" {\n  in %x: f32[2,3,5]\n  in %w: f32[3]\n"
               "  %y = tn.SoftmaxSum(%x, %w) {axis=-2, keepdims=0}\n  out %y\n}\n",
               "graph \"g\" {\n  in %x: f32[2,3,5]\n  in %w: f32[3]\n  const %t.2: i64[1] = {1}\n"
               "  const %t.5: i64[1] = {1}\n  %t.1 = Softmax(%x) {axis=1} : f32[2,3,5]\n  %t.3 = "
               "Unsqueeze(%w, %t.2) : f32[3,1]\n"
               "  %t.4 = Mul(%t.1, %t.3) : f32[2,3,5]\n"
               "  %y = ReduceSum(%t.4, %t.5) {keepdims=0} : f32[2,5]\n  out %y\n}\n");
    reads_back("graph \"g\" {\n  in %x: u8[N,3]\n  in %s: f32[3]\n"
               "  %y, %m, %x2 = tn.Program(%x, %s) {body=graph {\n"
               "    in %a: u8[N,3]\n    in %b: f32[3]\n    %c = Cast(%a) {to=1}\n    %d = Sub(%c, %b)\n"
               "    %e = Less(%d, %b)\n    out %d\n    out %e\n    out %a\n  }}\n"
               "  out %y\n  out %m\n  out %x2\n}\n",
               "graph \"g\" {\n  in %x: u8[N,3]\n  in %s: f32[3]\n"
               "  %t.1 = Cast(%x) {to=1} : f32[N,3]\n  %y = Sub(%t.1, %s) : f32[N,3]\n"
               "  %m = Less(%y, %s) : bool[N,3]\n  %x2 = Identity(%x) : u8[N,3]\n"
               "  out %y\n  out %m\n  out %x2\n}\n");
    g = parsed("graph \"g\" {\n  in %x: f32[1,16,4,4]\n  %y = tn.ToBlocked(%x)\n  out %y\n}\n");
    CHECK(g && tn_graph_save(g, path, false, diags) == TN_UNSUPPORTED);
    CHECK(strstr(complaint(), "ONNX does not have"));
    tn_graph_free(g);
}

static void swish_is_written_out(void) {
    reads_back("graph \"g\" {\n  in %x: f32[4]\n  %y = Swish(%x)\n  out %y\n}\n",
               "graph \"g\" {\n  in %x: f32[4]\n  %y/gate1 = Sigmoid(%x) : f32[4]\n"
               "  %y = Mul(%x, %y/gate1) : f32[4]\n  out %y\n}\n");
}

static const char chain[] = "graph \"chain\" {\n"
                            "  in %x: f32[N,8]\n  in %k: f32[N,4]\n"
                            "  const %w: f32[8,4] = {0.5...}\n"
                            "  %a = Relu(%x)\n  %b = MatMul(%a, %w)\n  %c = Add(%b, %k)\n  %d = Tanh(%c)\n"
                            "  %e = Neg(%a)\n"
                            "  out %d\n  out %e\n}\n";

static tn_status extracted(tn_graph *g, const char *from1, const char *from2, const char *to) {
    const char *from[] = {from1, from2};
    tn_diags_clear(diags);
    return tn_graph_extract(g, from, from1 ? from2 ? 2 : 1 : 0, &to, 1, diags);
}

static void a_part_is_what_lies_between(void) {
    tn_graph *g = parsed(chain);
    CHECK(g && extracted(g, "a", "k", "c") == TN_OK && tni_verify(g, diags) == TN_OK);
    CHECK(tn_graph_input_count(g) == 2 && !strcmp(tn_graph_input(g, 0)->name, "a"));
    CHECK(tn_graph_output_count(g) == 1 && tn_graph_node_count(g) == 2);
    tn_graph_free(g);
    g = parsed(chain);
    CHECK(g && extracted(g, NULL, NULL, "e") == TN_OK && tni_verify(g, diags) == TN_OK);
    CHECK(tn_graph_input_count(g) == 1 && tn_graph_node_count(g) == 2);
    tn_graph_free(g);
}

static void what_cannot_be_cut_is_refused_and_left_alone(void) {
    tn_graph *g = parsed(chain);
    CHECK(extracted(g, "a", NULL, "d") == TN_INVALID && strstr(complaint(), "also depends on the input 'k'"));
    CHECK(extracted(g, "w", NULL, "d") == TN_INVALID && strstr(complaint(), "is a constant"));
    CHECK(extracted(g, "a", "a", "d") == TN_INVALID && strstr(complaint(), "named twice"));
    CHECK(extracted(g, "a", "k", "nosuch") == TN_INVALID && strstr(complaint(), "no tensor of this name"));
    CHECK(tn_graph_extract(g, NULL, 0, NULL, 0, diags) == TN_INVALID);
    CHECK(tn_graph_input_count(g) == 2 && tn_graph_output_count(g) == 2 && tn_graph_node_count(g) == 5);
    CHECK(tni_verify(g, diags) == TN_OK);
    CHECK(extracted(g, "x", "k", "e") == TN_OK &&
          strstr(complaint(), "nothing that is wanted depends on it"));
    tn_graph_free(g);
}

typedef struct faults {
    long calls, fail_at;
} faults;

static void *faulty(void *user, void *block, size_t size) {
    faults *f = user;
    if (!size) return free(block), NULL;
    return ++f->calls == f->fail_at ? NULL : realloc(block, size);
}

static tn_status use(tn_env *e, tn_diags *d) {
    tn_graph *g = NULL;
    tn_status status = tn_graph_parse(&g, e, chain, "chain", d);
    if (status == TN_OK) status = tn_graph_save(g, path, true, d);
    const char *const from[] = {"a", "k"}, *const to[] = {"d"};
    if (status == TN_OK) status = tn_graph_extract(g, from, 2, to, 1, d);
    if (status == TN_OK) status = tn_graph_save(g, path, false, d);
    tn_graph_free(g);
    return status;
}

static void every_allocation_may_fail(void) {
    long total = 1;
    for (long at = 0; at <= total; at++) {
        faults injected = {.fail_at = at};
        tn_env *e = NULL;
        tn_diags *d = NULL;
        tn_status status = tn_env_new(&e, &(tn_env_options){.allocator = {faulty, &injected}});
        if (status == TN_OK) status = tn_diags_new(&d, e);
        if (status == TN_OK) status = use(e, d);
        CHECK(status == (at ? TN_NOMEM : TN_OK));
        if (!at) total = injected.calls;
        tn_diags_free(d);
        if (e) CHECK(tn_env_bytes(e) == 0);
        tn_env_free(e);
    }
    CHECK(total > 10);
}

int main(void) {
    if (!mkdtemp(folder) || tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    snprintf(path, sizeof path, "%s/m.onnx", folder);
    RUN(operators_attributes_bodies_and_types);
    RUN(fused_operators_are_taken_apart);
    RUN(swish_is_written_out);
    RUN(a_part_is_what_lies_between);
    RUN(what_cannot_be_cut_is_refused_and_left_alone);
    RUN(every_allocation_may_fail);
    tn_diags_free(diags);
    tn_env_free(env);
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) || DONE();
}
