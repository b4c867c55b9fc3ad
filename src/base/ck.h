// SPDX-License-Identifier: Apache-2.0
// ck.h - checked arithmetic for every size, offset, count and dimension that a file or a user can choose.
// Each returns false, leaving *to unspecified, when the exact result does not fit.
#ifndef TN_BASE_CK_H
#define TN_BASE_CK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool ck_add(size_t a, size_t b, size_t *to) { return !__builtin_add_overflow(a, b, to); }
static inline bool ck_mul(size_t a, size_t b, size_t *to) { return !__builtin_mul_overflow(a, b, to); }
static inline bool ck_add64(int64_t a, int64_t b, int64_t *to) { return !__builtin_add_overflow(a, b, to); }
static inline bool ck_sub64(int64_t a, int64_t b, int64_t *to) { return !__builtin_sub_overflow(a, b, to); }
static inline bool ck_mul64(int64_t a, int64_t b, int64_t *to) { return !__builtin_mul_overflow(a, b, to); }

// [offset, offset + length) lies within [0, size).
static inline bool ck_range(uint64_t offset, uint64_t length, uint64_t size) {
    return length <= size && offset <= size - length;
}

// Bytes of a dense tensor of `rank` dims, each >= 0, of elements `bits` wide (narrow ones are packed).
static inline bool ck_tensor_bytes(int rank, const int64_t *dims, size_t bits, size_t *to) {
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        if (dims[i] < 0) return false;
    for (int i = 0; i < rank; i++)
        if (dims[i] == 0) return *to = 0, true;
    for (int i = 0; i < rank; i++)
        if (!ck_mul(n, (size_t)dims[i], &n)) return false;
    if (!ck_mul(n, bits, &n) || !ck_add(n, 7, &n)) return false;
    *to = n / 8;
    return *to <= PTRDIFF_MAX / 2;
}

#endif
