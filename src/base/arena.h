// SPDX-License-Identifier: Apache-2.0
// arena.h - memory that is given out piece by piece and taken back as a whole (or down to a mark).
#ifndef TN_BASE_ARENA_H
#define TN_BASE_ARENA_H

#include "base/alloc.h"
#include "base/str.h"

typedef struct tni_chunk tni_chunk;
typedef struct tni_arena {
    tn_env *env;
    tni_chunk *first, *current; // chunks after `current` are kept for reuse
    size_t used;                // of current
    size_t chunk_bytes;         // of the next new chunk
} tni_arena;

typedef struct tni_mark {
    tni_chunk *chunk;
    size_t used;
} tni_mark;

void tni_arena_init(tni_arena *a, tn_env *env);
void tni_arena_free(tni_arena *a);
void *tni_arena_alloc(tni_arena *a, size_t bytes);  // 16-byte aligned, contents undefined
void *tni_arena_zalloc(tni_arena *a, size_t bytes); // zeroed
void *tni_arena_tensor(tni_arena *a, size_t bytes); // 64-byte aligned, contents undefined
void *tni_arena_copy(tni_arena *a, const void *from, size_t bytes);
char *tni_arena_text(tni_arena *a, const char *text, size_t size); // adds a NUL
char *tni_arena_keep(tni_arena *a, tni_text *t); // a built text, which is freed; NULL when it failed
char *tni_arena_printf(tni_arena *a, const char *format, ...) TN_PRINTF(2, 3);
// As tni_grow; new items are zeroed, and what the array leaves behind goes with the arena.
bool tni_arena_grow(tni_arena *a, void *array, size_t count, size_t *capacity, size_t item);
tni_mark tni_arena_mark(const tni_arena *a); // (tni_mark){0} is the beginning
// Takes back what was given out since `mark`. The chunks stay for reuse: a second run allocates nothing.
void tni_arena_reset(tni_arena *a, tni_mark mark);

#endif
