// SPDX-License-Identifier: Apache-2.0
// bytes.h - little-endian records of the engine file: a writer over a growing text, a reader over a range
// that it never leaves. A read past the end gives zeros and sets `bad` for good.
#ifndef TN_PLAN_BYTES_H
#define TN_PLAN_BYTES_H

#include "base/str.h"

void tni_put_u8(tni_text *t, uint8_t x);
void tni_put_u32(tni_text *t, uint32_t x);
void tni_put_u64(tni_text *t, uint64_t x);
void tni_put_double(tni_text *t, double x);
void tni_put_string(tni_text *t, const char *s, size_t n); // length, bytes, a NUL; NULL is written as empty

typedef struct tni_bytes {
    const unsigned char *at, *end;
    bool bad;
} tni_bytes;

uint8_t tni_take_u8(tni_bytes *r);
uint32_t tni_take_u32(tni_bytes *r);
uint64_t tni_take_u64(tni_bytes *r);
double tni_take_double(tni_bytes *r);
tn_str tni_take_string(tni_bytes *r); // points into the range, NUL-terminated
// A count of records of at least `least` bytes each, so that a lie cannot make us allocate more than the
// file.
size_t tni_take_count(tni_bytes *r, size_t least);

// 64 bits over any number of bytes, at memory speed. Every bit of the input changes it; it does not resist an
// attacker, and nothing relies on that.
uint64_t tni_digest(const void *data, size_t size);

#endif
