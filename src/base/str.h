// SPDX-License-Identifier: Apache-2.0
// str.h - text compared and found, text builders (growing, and into a fixed buffer), and a hash map from text
// to pointers.
#ifndef TN_BASE_STR_H
#define TN_BASE_STR_H

#include "base/alloc.h"

bool tni_str_equal(tn_str a, tn_str b);
bool tni_str_is(tn_str s, const char *text);
// The first place of `text` in [at, end), or NULL.
const char *tni_find(const char *at, const char *end, const char *text);

// Whether `name` fits one of the comma-separated patterns; '*' in a pattern is any text.
bool tni_listed(const char *patterns, const char *name);

// Grows as needed; when memory runs out `failed` sticks and further text is dropped.
typedef struct tni_text {
    tn_env *env;
    char *data; // NUL-terminated once anything was written
    size_t length, capacity;
    bool failed;
} tni_text;

void tni_text_add(tni_text *t, const char *data, size_t size);
void tni_text_puts(tni_text *t, const char *text);
void tni_text_printf(tni_text *t, const char *format, ...) TN_PRINTF(2, 3);
void tni_text_free(tni_text *t);

// Writes into `data[size]` as snprintf would; `length` counts what a large enough buffer would hold.
typedef struct tni_fixed {
    char *data;
    size_t size, length;
} tni_fixed;

void tni_fixed_printf(tni_fixed *t, const char *format, ...) TN_PRINTF(2, 3);

// Text to pointer, insert only; keys are borrowed.
typedef struct tni_map_row tni_map_row;
typedef struct tni_map {
    tn_env *env;
    tni_map_row *row;
    size_t count, capacity;
} tni_map;

void *tni_map_get(const tni_map *m, const char *key, size_t size);
// Replaces an earlier value. False: out of memory.
bool tni_map_set(tni_map *m, const char *key, size_t size, void *value);
void tni_map_free(tni_map *m);
void tni_map_clear(tni_map *m); // keeps the memory

uint64_t tni_hash(const void *data, size_t size, uint64_t seed); // FNV-1a, 64 bits

#endif
