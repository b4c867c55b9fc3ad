// SPDX-License-Identifier: Apache-2.0
// sort.h - sorting pairs of a key and a place, which are one number: the key above, the place below. Few are
// inserted, many are sorted by the key's bytes; equal keys stay in the order that they are in.
#ifndef TN_BASE_SORT_H
#define TN_BASE_SORT_H

#include <stdint.h>
#include <string.h>

enum { TNI_SORT_FEW = 64 };

static inline uint64_t tni_pair(uint32_t key, uint32_t place) { return (uint64_t)key << 32 | place; }

// A key that falls as x rises: the greatest first. -0 is 0, NaN comes before all numbers.
static inline uint32_t tni_falling_key(float x) {
    int32_t bits;
    float positive_zero = x + 0.0F;
    if (x != x) return 0;
    memcpy(&bits, &positive_zero, sizeof bits);
    return (uint32_t)(bits ^ (bits >> 31 & INT32_MAX)) ^ 0x7fffffffU;
}

// By the keys alone, a byte a round; `spare` has room for n. Returns where the result is.
static inline uint64_t *tni_radix_sort(uint64_t *pair, uint64_t *spare, int64_t n) {
    int64_t count[4][256] = {{0}};
    for (int64_t i = 0; i < n; i++)
        for (int b = 0; b < 4; b++) count[b][pair[i] >> (32 + 8 * b) & 255]++;
    for (int b = 0; b < 4 && n > 0; b++) {
        if (count[b][pair[0] >> (32 + 8 * b) & 255] == n) continue; // the same byte everywhere
        for (int64_t v = 0, sum = 0; v < 256; v++) {
            int64_t each = count[b][v];
            count[b][v] = sum;
            sum += each;
        }
        for (int64_t i = 0; i < n; i++) spare[count[b][pair[i] >> (32 + 8 * b) & 255]++] = pair[i];
        uint64_t *swap = pair;
        pair = spare;
        spare = swap;
    }
    return pair;
}

// The same for pairs whose places rise.
static inline uint64_t *tni_sort_pairs(uint64_t *pair, uint64_t *spare, int64_t n) {
    if (n > TNI_SORT_FEW) return tni_radix_sort(pair, spare, n);
    for (int64_t i = 1; i < n; i++) {
        uint64_t v = pair[i];
        int64_t j = i;
        for (; j > 0 && pair[j - 1] > v; j--) pair[j] = pair[j - 1];
        pair[j] = v;
    }
    return pair;
}

#endif
