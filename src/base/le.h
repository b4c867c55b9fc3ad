// SPDX-License-Identifier: Apache-2.0
// le.h - numbers as files hold them: little-endian, of 1 to 8 bytes, at any address.
#ifndef TN_BASE_LE_H
#define TN_BASE_LE_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t le_load(const unsigned char *at, size_t bytes) {
    uint64_t x = 0;
    while (bytes--) x = x << 8 | at[bytes];
    return x;
}

static inline void le_store(unsigned char *at, uint64_t x, size_t bytes) {
    for (; bytes--; x >>= 8) *at++ = (unsigned char)x;
}

#endif
