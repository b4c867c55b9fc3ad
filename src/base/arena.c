// SPDX-License-Identifier: Apache-2.0
// arena.c - bump arenas: a list of chunks, the last one partly used.
#include "base/arena.h"

#include "base/ck.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct tni_chunk {
    tni_chunk *next;
    size_t bytes; // usable, after this header
};

enum { FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 4 << 20, HEADER = TN_ALIGN };

void tni_arena_init(tni_arena *a, tn_env *env) { *a = (tni_arena){.env = env, .chunk_bytes = FIRST_CHUNK}; }

void tni_arena_free(tni_arena *a) {
    for (tni_chunk *c = a->first, *next; c; c = next) {
        next = c->next;
        tni_free(a->env, c);
    }
    tni_arena_init(a, a->env);
}

static char *chunk_data(tni_chunk *c) { return (char *)c + HEADER; }

// Moves to the next chunk that holds `bytes`, making one when none of the kept ones does.
static bool advance(tni_arena *a, size_t bytes) {
    tni_chunk **link = a->current ? &a->current->next : &a->first;
    while (*link && (*link)->bytes < bytes) { // too small a kept chunk: give it back
        tni_chunk *small = *link;
        *link = small->next;
        tni_free(a->env, small);
    }
    if (!*link) {
        size_t usable = bytes > a->chunk_bytes ? bytes : a->chunk_bytes, total;
        if (!ck_add(usable, HEADER, &total)) return false;
        tni_chunk *c = tni_alloc(a->env, total);
        if (!c) return false;
        *c = (tni_chunk){.next = NULL, .bytes = usable};
        *link = c;
        if (a->chunk_bytes < LARGEST_CHUNK) a->chunk_bytes *= 2;
    }
    a->current = *link;
    a->used = 0;
    return true;
}

static void *take(tni_arena *a, size_t bytes, size_t align) {
    size_t at = (a->used + align - 1) & ~(align - 1);
    if (!a->current || at > a->current->bytes || bytes > a->current->bytes - at) {
        if (!advance(a, bytes ? bytes : 1)) return NULL;
        at = 0;
    }
    a->used = at + bytes;
    return chunk_data(a->current) + at;
}

void *tni_arena_alloc(tni_arena *a, size_t bytes) { return take(a, bytes, 16); }
void *tni_arena_tensor(tni_arena *a, size_t bytes) { return take(a, bytes, TN_ALIGN); }

void *tni_arena_zalloc(tni_arena *a, size_t bytes) {
    void *p = tni_arena_alloc(a, bytes);
    if (p) memset(p, 0, bytes);
    return p;
}

void *tni_arena_copy(tni_arena *a, const void *from, size_t bytes) {
    void *p = tni_arena_alloc(a, bytes);
    if (p && bytes) memcpy(p, from, bytes);
    return p;
}

char *tni_arena_text(tni_arena *a, const char *text, size_t size) {
    char *p = size < PTRDIFF_MAX ? tni_arena_alloc(a, size + 1) : NULL;
    if (!p) return NULL;
    if (size) memcpy(p, text, size);
    p[size] = 0;
    return p;
}

char *tni_arena_keep(tni_arena *a, tni_text *t) {
    char *kept = t->failed ? NULL : tni_arena_text(a, t->data, t->length);
    tni_text_free(t);
    return kept;
}

char *tni_arena_printf(tni_arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : tni_arena_alloc(a, (size_t)n + 1);
    if (p) vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

bool tni_arena_grow(tni_arena *a, void *array, size_t count, size_t *capacity, size_t item) {
    if (count < *capacity) return true;
    size_t larger = *capacity ? *capacity * 2 : 8, bytes;
    void *old, *fresh = ck_mul(larger, item, &bytes) ? tni_arena_zalloc(a, bytes) : NULL;
    if (!fresh) return false;
    memcpy(&old, array, sizeof old); // *array, whatever it points to
    if (count) memcpy(fresh, old, count * item);
    memcpy(array, &fresh, sizeof fresh);
    *capacity = larger;
    return true;
}

tni_mark tni_arena_mark(const tni_arena *a) { return (tni_mark){a->current, a->used}; }

void tni_arena_reset(tni_arena *a, tni_mark mark) {
    a->current = mark.chunk;
    a->used = mark.used;
}
