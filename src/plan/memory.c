// SPDX-License-Identifier: Apache-2.0
// memory.c - greedy by size: the largest buffer first, each at the lowest offset where it overlaps none of
// those placed before it that live at the same time (Pisarchyk and Lee, "Efficient Memory Management for Deep
// Neural Net Inference", 2020).
#include "plan/memory.h"

#include "base/ck.h"

#include <stdlib.h>

static int larger_first(const void *x, const void *y) {
    const tni_buffer *a = *(tni_buffer *const *)x, *b = *(tni_buffer *const *)y;
    if (a->bytes != b->bytes) return a->bytes < b->bytes ? 1 : -1;
    if (a->first != b->first) return a->first > b->first ? 1 : -1;
    return a > b ? 1 : -1; // by position: the same input gives the same plan
}

static bool together(const tni_buffer *a, const tni_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

// `placed` is sorted by offset. Returns where the new one belongs in that order.
static size_t find_gap(tni_buffer *const *placed, size_t n, tni_buffer *b) {
    size_t offset = 0;
    for (size_t i = 0; i < n; i++) {
        if (!together(placed[i], b)) continue;
        if (placed[i]->offset >= offset && placed[i]->offset - offset >= b->bytes) break;
        size_t end = placed[i]->offset + placed[i]->bytes;
        if (end > offset) offset = end;
    }
    b->offset = offset;
    size_t at = n;
    while (at && placed[at - 1]->offset > offset) at--;
    return at;
}

bool tni_memory_plan(tn_env *env, tni_buffer *buffer, size_t n, size_t *total) {
    tni_buffer **order = tni_calloc(env, n + 1, sizeof *order),
               **placed = tni_calloc(env, n + 1, sizeof *placed);
    bool ok = order && placed;
    *total = 0;
    size_t sum = 0;
    for (size_t i = 0; ok && i < n; i++) {
        order[i] = &buffer[i];
        buffer[i].bytes = (buffer[i].bytes + TN_ALIGN - 1) & ~(size_t)(TN_ALIGN - 1);
        ok = ck_add(sum, buffer[i].bytes, &sum);
    }
    if (ok) qsort(order, n, sizeof *order, larger_first);
    for (size_t i = 0; ok && i < n; i++) {
        size_t at = find_gap(placed, i, order[i]);
        for (size_t k = i; k > at; k--) placed[k] = placed[k - 1];
        placed[at] = order[i];
        if (order[i]->offset + order[i]->bytes > *total) *total = order[i]->offset + order[i]->bytes;
    }
    tni_free(env, order);
    tni_free(env, placed);
    return ok;
}
