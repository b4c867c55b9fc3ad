// SPDX-License-Identifier: Apache-2.0
// oom.c - every allocation may fail: the k-th one does, once or from then on, for every k, through reading,
// building and running, through a network written by hand, through PyTorch's files and through source from
// models. Nothing crashes, nothing leaks, and what is read is whole.
#define _POSIX_C_SOURCE 200809L // mkdtemp

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tenon/nn.h"

#include "check.h"

static const char net[] = "graph \"net\" {\n"
                          "  in %x: f32[N,3,9,9]\n"
                          "  in %k: i64[1]\n"
                          "  const %w: f32[4,3,3,3] = {0.1...}\n"
                          "  const %b: f32[4] = {1, -1, 2, -2}\n"
                          "  const %s: i64[2] = {0, -1}\n"
                          "  const %yes: bool[] = {1}\n"
                          "  const %trips: i64[] = {3}\n"
                          "  %c = Conv(%x, %w, %b)\n"
                          "  %r = Relu(%c)\n"
                          "  %f = Reshape(%r, %s)\n"
                          "  %v, %i = TopK(%f, %k)\n"
                          "  %n = NonZero(%v)\n"
                          "  %l = Loop(%trips, %yes, %f) {body=graph {\n"
                          "    in %it: i64[]\n"
                          "    in %go: bool[]\n"
                          "    in %st: f32[?]\n"
                          "    %on = Identity(%go)\n"
                          "    %nx = Add(%st, %st)\n"
                          "    out %on\n"
                          "    out %nx\n"
                          "  }}\n"
                          "  %sq = SequenceConstruct(%f, %v)\n"
                          "  out %n\n"
                          "  out %l\n"
                          "  out %sq\n"
                          "}\n";

typedef struct faults {
    long calls, fail_at; // fail_at 0: never
    bool sticky;
} faults;

static void *faulty(void *user, void *block, size_t bytes) {
    faults *f = user;
    if (!bytes) {
        free(block);
        return NULL;
    }
    f->calls++;
    if (f->fail_at && (f->sticky ? f->calls >= f->fail_at : f->calls == f->fail_at)) return NULL;
    return realloc(block, bytes);
}

static tn_status run_it(tn_env *env, tn_diags *d) {
    tn_graph *g = NULL;
    tn_plan *p = NULL;
    tn_context *c = NULL;
    tn_tensor *x = NULL, *k = NULL;
    tn_status s = tn_graph_parse(&g, env, net, "net", d);
    if (s == TN_OK) s = tn_plan_build(&p, g, &(tn_build_options){.threads = 1, .no_timing = true}, d);
    if (s == TN_OK) s = tn_context_new(&c, p, &(tn_context_options){.threads = 2}, d);
    if (s == TN_OK) s = tn_context_tap(c, "c", d);
    if (s == TN_OK) s = tn_tensor_new(&x, env, TN_F32, 4, (int64_t[]){2, 3, 9, 9});
    if (s == TN_OK) s = tn_tensor_new(&k, env, TN_I64, 1, (int64_t[]){1});
    if (s == TN_OK) tn_tensor_set(k, 0, 3);
    if (s == TN_OK) s = tn_context_set_input(c, 0, x, d);
    if (s == TN_OK) s = tn_context_set_input(c, 1, k, d);
    if (s == TN_OK) s = tn_context_run(c, d);
    tn_context_free(c);
    tn_plan_free(p);
    tn_graph_free(g);
    tn_tensor_free(x);
    tn_tensor_free(k);
    return s;
}

static char room[] = "/dev/shm/tenon_oom_XXXXXX"; // a folder, in memory where there is such a place

static tn_status write_source(tn_env *env, tn_diags *d) {
    tn_graph *g = NULL;
    tn_status s = tn_graph_parse(&g, env, net, "net", d);
    if (s == TN_OK) s = tn_graph_codegen(g, room, "c", d);
    if (s == TN_OK) s = tn_graph_codegen(g, room, "python", d);
    tn_graph_free(g);
    return s;
}

// What it says several times becomes a function.
static tn_status write_repeats(tn_env *env, tn_diags *d) {
    tn_graph *g = NULL;
    tn_status s = tn_graph_load(&g, env, "test/cli/data/repeats.tnt", NULL, d);
    if (s == TN_OK) s = tn_graph_codegen(g, room, "c", d);
    tn_graph_free(g);
    return s;
}

static void define(tn_network *n) {
    tn_value *x = tn_input(n, "x", "f32[N,8,6,6]"), *yes = tn_input(n, "yes", "bool[]"), *part[2];
    tn_scope_push(n, "layer%d", 1);
    x = tn_conv_bn_act(n, x, "conv", "bn", 8, .kernel = 3, .act = "relu");
    x = tn_basic_block(n, x, "block", 8);
    tn_split(n, x, .axis = 1, .num_outputs = 2, .outs = tn_outs(part));
    tn_scope_pop(n);
    tn_network *a = tn_body(n, "then_branch", NULL), *b = tn_body(n, "else_branch", NULL);
    tn_output(a, tn_neg(a, part[0]), "a");
    tn_output(b, tn_mul(b, part[1], tn_weight(b, "factor", "f32[1]")), "b");
    x = tn_if(n, yes, .then_branch = a, .else_branch = b);
    tn_output(n, tn_reshape(n, x, tn_index(n, 0, -1)), "y");
    tn_output(n, tn_neg(n, tn_input(n, "held", "f32[50000]")), "held.next"); // zeros of a block of their own
    tn_state(n, "held", "held.next", NULL);
}

static tn_status define_by_hand(tn_env *env, tn_diags *d) {
    tn_network *n = NULL;
    tn_graph *g = NULL;
    char names[64];
    snprintf(names, sizeof names, "%s/names.txt", room);
    tn_status s = tn_network_new(&n, env, "net", d);
    if (s != TN_OK) return s;
    tn_network_random(n, 1);
    define(n);
    tn_network_names(n, names);
    s = tn_network_finish(n, &g);
    tn_network_free(n);
    tn_graph_free(g);
    return s;
}

// The file keeps an input as an example: it may not get lost on the way.
static tn_status read_pt2(tn_env *env, tn_diags *d) {
    tn_graph *g = NULL;
    tn_status s = tn_graph_load(&g, env, "test/cli/data/sample.pt2", NULL, d);
    if (s == TN_OK && !tn_graph_sample(g, 0)) s = TN_INVALID;
    tn_graph_free(g);
    return s;
}

static tn_status (*use)(tn_env *env, tn_diags *d);

// The status with the k-th allocation failing; -1 when memory was left over.
static int attempt(faults *f) {
    tn_env *env = NULL;
    tn_diags *d = NULL;
    if (tn_env_new(&env, &(tn_env_options){.allocator = {faulty, f}}) != TN_OK) return TN_NOMEM;
    tn_status status = tn_diags_new(&d, env);
    if (status == TN_OK) status = use(env, d);
    tn_diags_free(d);
    size_t left = tn_env_bytes(env);
    tn_env_free(env);
    return left ? -1 : (int)status;
}

static void fail_each(bool sticky) {
    faults f = {0};
    CHECK(attempt(&f) == TN_OK);
    long total = f.calls;
    CHECK(total > 20);
    for (long k = 1; k <= total; k++) {
        f = (faults){.fail_at = k, .sticky = sticky};
        int status = attempt(&f);
        if (status != TN_NOMEM && !(status == TN_OK && !sticky))
            check_bad++, printf("  allocation %ld of %ld: status %d\n", k, total, status);
    }
}

static void one_failed_allocation_is_reported_and_nothing_leaks(void) {
    use = run_it;
    fail_each(false);
}
static void no_memory_from_some_point_on_is_reported_and_nothing_leaks(void) {
    use = run_it;
    fail_each(true);
}
static void source_from_models_survives_every_failed_allocation(void) {
    use = write_source;
    fail_each(false);
    fail_each(true);
    use = write_repeats;
    fail_each(false);
    fail_each(true);
}
static void a_network_by_hand_survives_every_failed_allocation(void) {
    use = define_by_hand;
    fail_each(false);
    fail_each(true);
}
static void files_of_pytorch_survive_every_failed_allocation(void) {
    use = read_pt2;
    fail_each(false);
    fail_each(true);
}

int main(void) {
    if (access("/dev/shm", W_OK)) memcpy(room, "/tmp/./.", 8);
    CHECK(mkdtemp(room));
    RUN(one_failed_allocation_is_reported_and_nothing_leaks);
    RUN(no_memory_from_some_point_on_is_reported_and_nothing_leaks);
    RUN(source_from_models_survives_every_failed_allocation);
    RUN(a_network_by_hand_survives_every_failed_allocation);
    if (strstr(tn_features(), "json")) RUN(files_of_pytorch_survive_every_failed_allocation);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", room);
    CHECK(system(command) == 0);
    return DONE();
}
