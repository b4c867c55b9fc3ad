// SPDX-License-Identifier: Apache-2.0
// meter.h - how long shared loops take, by processor time. On a busy machine a wall clock tells of the
// others: a thread that waits for its CPU makes every loop long. Here each index is measured by the clock of
// the thread that did it, and the loop takes as long as if the threads had taken these times one after
// another, each as it becomes free.
#ifndef TN_BASE_METER_H
#define TN_BASE_METER_H

#include "base/pool.h"

enum { TNI_METER_PIECES = 1024 }; // of a loop; of longer ones neighbours count as one

typedef struct tni_meter {
    int64_t ns;    // of the caller: what the loops take beyond what they took of its own time
    int64_t clock; // what it takes to look
    _Atomic(int64_t) piece[TNI_METER_PIECES];
} tni_meter;

void tni_meter_init(tni_meter *m);

// When the last of `n` pieces ends that threads take one after another.
int64_t tni_meter_span(const int64_t *piece, int64_t n, int threads);

// tni_pool_run, measured. The caller's own time (tni_thread_ns) and m->ns together are what a run takes.
void tni_meter_run(tni_meter *m, tni_pool *pool, int64_t n, void (*fn)(void *arg, int64_t i, int worker),
                   void *arg);

#endif
