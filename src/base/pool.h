// SPDX-License-Identifier: Apache-2.0
// pool.h - threads that share loops. One caller at a time; the caller works too.
#ifndef TN_BASE_POOL_H
#define TN_BASE_POOL_H

#include "base/alloc.h"

typedef struct tni_pool tni_pool;

// `threads` counts the caller. With `spin` workers look for work for some tens of microseconds before they
// sleep, which is what makes small layers worth sharing.
tn_status tni_pool_new(tni_pool **pool, tn_env *env, int threads, bool spin);
void tni_pool_free(tni_pool *pool);
int tni_pool_threads(const tni_pool *pool); // 1 when pool is NULL

// fn(arg, i, worker) for every i in [0, n). Which worker does which i is not defined: results must not
// depend on it. A NULL pool runs on the caller.
void tni_pool_run(tni_pool *pool, int64_t n, void (*fn)(void *arg, int64_t i, int worker), void *arg);

// The caller's floating-point control and status word, and the one kernels run under (flush subnormals).
unsigned tni_fp_begin(void);
void tni_fp_end(unsigned saved);

int64_t tni_clock_ns(void);  // monotonic
int64_t tni_thread_ns(void); // processor time of the calling thread

#endif
