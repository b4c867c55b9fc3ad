// SPDX-License-Identifier: Apache-2.0
// numa.c - first touch. A page of a context's block serves many layers in turn, so that it belongs to none of
// the threads; but pages that the caller has written all lie on its node, and its memory serves all threads.
#define _GNU_SOURCE
#include "base/numa.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN = 2 << 20 /* bytes: a huge page */, PAGE = 4096, LEAST = 2 * TURN };

int tni_nodes_of(const char *list) {
    long n = 0;
    for (const char *at = list; *at && *at != '\n'; at += *at == ',') {
        char *end;
        long first = strtol(at, &end, 10), last = first;
        if (end == at || first < 0) return 1;
        if (*end == '-') {
            at = end + 1;
            last = strtol(at, &end, 10);
            if (end == at || last < first) return 1;
        }
        n += last - first + 1;
        at = end;
        if (n > 1 << 16 || (*at && *at != ',' && *at != '\n')) return 1;
    }
    return n > 0 ? (int)n : 1;
}

int tni_nodes(void) {
    char list[256] = "";
    FILE *f = fopen("/sys/devices/system/node/online", "re");
    if (!f) return 1;
    bool read = fgets(list, sizeof list, f) != NULL;
    fclose(f);
    return read ? tni_nodes_of(list) : 1;
}

typedef struct touching {
    char *block;
    size_t bytes;
    int threads;
    atomic_int here;
} touching;

// Who is done takes from others' shares: each waits until all are here, so that each takes one.
static void touch(void *arg, int64_t i, int worker) {
    touching *t = arg;
    (void)i;
    atomic_fetch_add(&t->here, 1);
    while (atomic_load(&t->here) < t->threads) sched_yield();
    for (size_t at = (size_t)worker * TURN; at < t->bytes; at += (size_t)t->threads * TURN)
        for (size_t page = at; page < at + TURN && page < t->bytes; page += PAGE)
            ((volatile char *)t->block)[page] = 0;
}

void tni_first_touch(tni_pool *pool, int nodes, void *block, size_t bytes) {
    touching t = {.block = block, .bytes = bytes, .threads = tni_pool_threads(pool)};
    if (nodes > 1 && t.threads > 1 && bytes >= LEAST) tni_pool_run(pool, t.threads, touch, &t);
}
