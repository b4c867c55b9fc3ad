// SPDX-License-Identifier: Apache-2.0
// meter.c - shared loops by processor time.
#include "base/meter.h"

#include <string.h>

enum { LOOKS = 32, MOST_THREADS = 1024, HANDING_NS = 500 /* out a loop, and waiting for its end */ };

typedef struct loop {
    tni_meter *m;
    int64_t n;
    void (*fn)(void *arg, int64_t i, int worker);
    void *arg;
} loop;

void tni_meter_init(tni_meter *m) {
    memset(m, 0, sizeof *m);
    m->clock = INT64_MAX;
    for (int i = 0; i < LOOKS; i++) {
        int64_t start = tni_thread_ns(), took = tni_thread_ns() - start;
        if (took < m->clock) m->clock = took;
    }
}

static int64_t pieces_of(int64_t n) { return n < TNI_METER_PIECES ? n : TNI_METER_PIECES; }
static int64_t piece_of(int64_t n, int64_t i) {
    return n <= TNI_METER_PIECES ? i : i / (n / TNI_METER_PIECES + 1);
}

static void measured(void *arg, int64_t i, int worker) {
    const loop *l = arg;
    int64_t start = tni_thread_ns();
    l->fn(l->arg, i, worker);
    int64_t took = tni_thread_ns() - start - l->m->clock;
    if (took > 0) atomic_fetch_add_explicit(&l->m->piece[piece_of(l->n, i)], took, memory_order_relaxed);
}

int64_t tni_meter_span(const int64_t *piece, int64_t n, int threads) {
    int64_t free_at[MOST_THREADS] = {0}, end = 0;
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    for (int64_t i = 0; i < n; i++) {
        int first = 0;
        for (int t = 1; t < threads; t++)
            if (free_at[t] < free_at[first]) first = t;
        free_at[first] += piece[i];
        if (free_at[first] > end) end = free_at[first];
    }
    return end;
}

void tni_meter_run(tni_meter *m, tni_pool *pool, int64_t n, void (*fn)(void *arg, int64_t i, int worker),
                   void *arg) {
    if (tni_pool_threads(pool) == 1 || n < 2) {
        tni_pool_run(pool, n, fn, arg);
        return;
    }
    int64_t start = tni_thread_ns(), took[TNI_METER_PIECES], pieces = pieces_of(n);
    loop l = {m, n, fn, arg};
    for (int64_t i = 0; i < pieces; i++) atomic_store_explicit(&m->piece[i], 0, memory_order_relaxed);
    tni_pool_run(pool, n, measured, &l);
    for (int64_t i = 0; i < pieces; i++) took[i] = atomic_load_explicit(&m->piece[i], memory_order_relaxed);
    m->ns += tni_meter_span(took, pieces, tni_pool_threads(pool)) + HANDING_NS;
    m->ns -= tni_thread_ns() - start;
}
