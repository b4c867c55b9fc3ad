// SPDX-License-Identifier: Apache-2.0
// timing.c - what candidates are timed by: the processor time of every thread counts, the caller's and the
// workers'. A kernel is made whose workers alone do something; how fast the machine is does not matter.
#define _POSIX_C_SOURCE 200809L // nanosleep
#include "tactic/timing.h"

#include "check.h"
#include "ir/graph.h"
#include "ir/registry.h"

#include <stdatomic.h>
#include <time.h>

enum { BURNT_NS = 3000000, THREADS = 3 };

static tn_env *env;
static atomic_int arrived;
static bool callers; // time counts, instead of the workers'

// Every thread gets one index, as none goes on before all have come.
static void burn(void *arg, int64_t i, int worker) {
    (void)i;
    int n = *(int *)arg, turn = atomic_fetch_add(&arrived, 1) / n;
    while (atomic_load(&arrived) < (turn + 1) * n) nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    int64_t start = tni_thread_ns();
    while ((worker == 0) == callers && tni_thread_ns() - start < BURNT_NS) {}
}

static tn_status run(tn_call *c) {
    int n = tn_call_threads(c);
    tn_call_parallel(c, n, burn, &n);
    return TN_OK;
}

static double timed(int threads) {
    static const tn_tactic_def burner = {.name = "test.burner", .op = "Relu", .run = run};
    static const tn_attr none[1];
    const tn_tactic_def *candidate = &burner;
    tn_tensor x = {.dtype = TN_F32, .rank = 1, .dim = {4}, .bytes = 16}, y = x;
    const tn_tensor *in[] = {&x}, *out[] = {&y};
    tn_problem p = {{tni_op_find(NULL, NULL, "Relu"), none}, 1, 1, in, out};
    tni_pool *pool = NULL;
    double ns = 0;
    atomic_store(&arrived, 0);
    CHECK(tni_pool_new(&pool, env, threads, false) == TN_OK);
    CHECK(tni_time(env, pool, &p, 1, &candidate, TNI_BY_PROCESSOR, &ns));
    tni_pool_free(pool);
    return ns;
}

static void workers_time_counts(void) {
    callers = false;
    CHECK(timed(2) >= BURNT_NS);
    CHECK(timed(THREADS) >= BURNT_NS); // two workers, at the same time
}

static void callers_time_counts(void) {
    callers = true;
    CHECK(timed(1) >= BURNT_NS);
    CHECK(timed(THREADS) >= BURNT_NS);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 1;
    RUN(workers_time_counts);
    RUN(callers_time_counts);
    size_t leaked = tn_env_bytes(env);
    if (leaked) printf("%zu bytes leaked\n", leaked);
    tn_env_free(env);
    return DONE() || leaked;
}
