// SPDX-License-Identifier: Apache-2.0
// cache.h - measured times by key, and the file they are kept in: one line a key, tab-separated,
//
//     tenon-timings 1
//     KEY <tab> TACTIC=NANOSECONDS <tab> TACTIC=NANOSECONDS ...
//
// where KEY names the machine, the version and the problem.
#ifndef TN_TACTIC_CACHE_H
#define TN_TACTIC_CACHE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

enum { TNI_TIMES = 32 }; // candidates timed of one problem

typedef struct tni_times {
    const char *key;
    bool measured; // by this process: to be saved
    int n;
    const char *tactic[TNI_TIMES];
    double ns[TNI_TIMES];
    struct tni_times *next;
} tni_times;

typedef struct tni_cache {
    tn_env *env;
    tni_arena arena;
    tni_map map;
    tni_times *first; // all of them
    bool foreign;     // the file is something else, or cannot be read: it stays as it is
} tni_cache;

void tni_cache_init(tni_cache *c, tn_env *env);
void tni_cache_free(tni_cache *c);
tni_times *tni_cache_find(const tni_cache *c, const char *key);
tni_times *tni_cache_add(tni_cache *c, const char *key); // NULL: out of memory
bool tni_cache_put(tni_cache *c, tni_times *t, const char *tactic, double ns);

// Reads a file; keys that are already there stay. A file that is missing is empty; one that is damaged counts
// as empty too and adds a warning, and so does one that is no cache, which is never written over.
tn_status tni_cache_read(tni_cache *c, const char *path, tn_diags *diags);
// Reads what others have written meanwhile, then writes everything: under a lock, atomically.
tn_status tni_cache_merge(tni_cache *c, const char *path, tn_diags *diags);

#endif
