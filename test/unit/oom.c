// SPDX-License-Identifier: Apache-2.0
// oom.c - every allocation may fail: the k-th one does, once or from then on, for every k, through reading,
// building, saving to memory, loading and running. Nothing crashes and nothing leaks.
#include "tenon.h"

#include <stdlib.h>

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

static tn_status use(tn_env *env, tn_diags *d) {
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
    CHECK(total > 50);
    for (long k = 1; k <= total; k++) {
        f = (faults){.fail_at = k, .sticky = sticky};
        int status = attempt(&f);
        if (status != TN_NOMEM && !(status == TN_OK && !sticky))
            check_bad++, printf("  allocation %ld of %ld: status %d\n", k, total, status);
    }
}

static void one_failed_allocation_is_reported_and_nothing_leaks(void) { fail_each(false); }
static void no_memory_from_some_point_on_is_reported_and_nothing_leaks(void) { fail_each(true); }

int main(void) {
    RUN(one_failed_allocation_is_reported_and_nothing_leaks);
    RUN(no_memory_from_some_point_on_is_reported_and_nothing_leaks);
    return DONE();
}
