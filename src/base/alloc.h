// SPDX-License-Identifier: Apache-2.0
// alloc.h - the env and its one budgeted allocator. Every byte the library holds passes through here, so a
// budget, a fault-injecting or an aborting allocator reaches all of it.
#ifndef TN_BASE_ALLOC_H
#define TN_BASE_ALLOC_H

#include "tenon.h"

#include <stdatomic.h>

typedef struct tni_plugin tni_plugin; // plugin.h

struct tn_env {
    tn_allocator allocator;
    size_t max_bytes;
    atomic_size_t bytes, peak;
    unsigned isa; // enum tn_isa bits in use
    const char *isa_name;
    tni_plugin *plugins; // in the order of loading
};

#define TN_ALIGN 64 // every block, so that kernels may use aligned vectors

void *tni_alloc(tn_env *env, size_t bytes);                // contents undefined; NULL when there is none
void *tni_calloc(tn_env *env, size_t count, size_t bytes); // zeroed, product checked
void *tni_resize(tn_env *env, void *block, size_t bytes);  // NULL leaves the block as it was
void tni_free(tn_env *env, void *block);                   // NULL is fine
char *tni_strdup(tn_env *env, const char *text);

// Memory whose address is known before anybody needs it. Reserved, it reads as zeros and takes nothing (under
// a sanitizer it must not be read); opened, a part can be written and counts as the env's; closed, it can be
// read only. Parts are whole pages (tni_pages rounds up; false: too large). `opened` is the sum of what was.
bool tni_pages(size_t bytes, size_t *rounded);
void *tni_reserve(size_t bytes); // NULL when there is no address
bool tni_reserve_open(tn_env *env, void *part, size_t bytes);
void tni_reserve_close(void *part, size_t bytes);
void tni_unreserve(tn_env *env, void *block, size_t bytes, size_t opened);

// Room for one more item in an array that doubles as it fills: `array` is the address of its pointer. False
// leaves everything as it was.
bool tni_grow(tn_env *env, void *array, size_t count, size_t *capacity, size_t item);

// The same address without its const, for a field that serves readers and writers alike (a tensor's data),
// and for the owner of what everyone else may only read. Nothing that was made const is written through it.
static inline void *tni_mutable(const void *p) { return (void *)(uintptr_t)p; }

#endif
