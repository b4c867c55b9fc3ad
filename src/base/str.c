// SPDX-License-Identifier: Apache-2.0
// str.c - texts, text builders and the text map.
#include "base/str.h"

#include "base/ck.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool tni_str_equal(tn_str a, tn_str b) {
    return a.size == b.size && (!a.size || !memcmp(a.text, b.text, a.size));
}

bool tni_str_is(tn_str s, const char *text) { return tni_str_equal(s, (tn_str){text, strlen(text)}); }

const char *tni_find(const char *at, const char *end, const char *text) {
    size_t n = strlen(text);
    for (; (size_t)(end - at) >= n; at++)
        if (!memcmp(at, text, n)) return at;
    return NULL;
}

// `size` bytes of pattern; each '*' takes the least that lets the rest fit.
static bool fits(const char *pattern, size_t size, const char *name) {
    const char *end = pattern + size, *star = NULL, *again = NULL;
    while (*name) {
        if (pattern < end && *pattern == '*') {
            star = pattern++, again = name;
        } else if (pattern < end && *pattern == *name) {
            pattern++, name++;
        } else {
            if (!star) return false;
            pattern = star + 1, name = ++again;
        }
    }
    while (pattern < end && *pattern == '*') pattern++;
    return pattern == end;
}

// The last pattern that fits decides; "!x" takes away what x fits, and a list that begins so begins with all.
bool tni_listed(const char *patterns, const char *name) {
    bool listed = *patterns == '!';
    for (size_t n;; patterns += n + 1) {
        n = strcspn(patterns, ",");
        bool away = *patterns == '!';
        if (fits(patterns + away, n - away, name)) listed = !away;
        if (!patterns[n]) return listed;
    }
}

static bool reserve(tni_text *t, size_t more) {
    size_t need;
    if (t->failed || !ck_add(t->length, more, &need) || !ck_add(need, 1, &need)) return !(t->failed = true);
    if (need <= t->capacity) return true;
    size_t capacity = t->capacity ? t->capacity : 256;
    while (capacity < need && capacity < SIZE_MAX / 2) capacity *= 2;
    char *data = tni_resize(t->env, t->data, capacity);
    if (!data) return !(t->failed = true);
    t->data = data;
    t->capacity = capacity;
    return true;
}

void tni_text_add(tni_text *t, const char *data, size_t size) {
    if (!reserve(t, size)) return;
    if (size) memcpy(t->data + t->length, data, size);
    t->length += size;
    t->data[t->length] = 0;
}

void tni_text_puts(tni_text *t, const char *text) { tni_text_add(t, text, strlen(text)); }

void tni_text_printf(tni_text *t, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && reserve(t, (size_t)n)) {
        vsnprintf(t->data + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

void tni_text_free(tni_text *t) {
    tni_free(t->env, t->data);
    *t = (tni_text){.env = t->env};
}

void tni_fixed_printf(tni_fixed *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t room = t->length < t->size ? t->size - t->length : 0;
    int n = vsnprintf(room ? t->data + t->length : NULL, room, format, args);
    va_end(args);
    if (n > 0) t->length += (size_t)n;
}

uint64_t tni_hash(const void *data, size_t size, uint64_t seed) {
    const unsigned char *p = data;
    uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return h;
}

struct tni_map_row {
    const char *key;
    size_t size;
    void *value;
};

// The row of a key, or the free row where it would go. The table is never full.
static tni_map_row *find(const tni_map *m, const char *key, size_t size) {
    size_t at = tni_hash(key, size, 0) & (m->capacity - 1);
    while (m->row[at].key && !(m->row[at].size == size && !memcmp(m->row[at].key, key, size)))
        at = (at + 1) & (m->capacity - 1);
    return &m->row[at];
}

void *tni_map_get(const tni_map *m, const char *key, size_t size) {
    if (!m->capacity) return NULL;
    tni_map_row *row = find(m, key, size);
    return row->key ? row->value : NULL;
}

static bool grow(tni_map *m) {
    tni_map larger = {.env = m->env, .capacity = m->capacity ? m->capacity * 2 : 64};
    larger.row = tni_calloc(m->env, larger.capacity, sizeof *larger.row);
    if (!larger.row) return false;
    for (size_t i = 0; i < m->capacity; i++)
        if (m->row[i].key) *find(&larger, m->row[i].key, m->row[i].size) = m->row[i];
    larger.count = m->count;
    tni_free(m->env, m->row);
    *m = larger;
    return true;
}

bool tni_map_set(tni_map *m, const char *key, size_t size, void *value) {
    if (m->count * 2 >= m->capacity && !grow(m)) return false;
    tni_map_row *row = find(m, key, size);
    m->count += !row->key;
    *row = (tni_map_row){key, size, value};
    return true;
}

void tni_map_clear(tni_map *m) {
    if (m->row) memset(m->row, 0, m->capacity * sizeof *m->row);
    m->count = 0;
}

void tni_map_free(tni_map *m) {
    tni_free(m->env, m->row);
    *m = (tni_map){.env = m->env};
}
