// SPDX-License-Identifier: Apache-2.0
// bytes.c - records of the engine file, byte by byte.
#include "plan/bytes.h"

#include "base/le.h"

#include <string.h>

static void put(tni_text *t, uint64_t x, size_t bytes) {
    unsigned char b[8];
    le_store(b, x, bytes);
    tni_text_add(t, (const char *)b, bytes);
}

void tni_put_u8(tni_text *t, uint8_t x) { put(t, x, 1); }
void tni_put_u32(tni_text *t, uint32_t x) { put(t, x, 4); }
void tni_put_u64(tni_text *t, uint64_t x) { put(t, x, 8); }

void tni_put_double(tni_text *t, double x) {
    uint64_t u;
    memcpy(&u, &x, 8);
    put(t, u, 8);
}

void tni_put_string(tni_text *t, const char *s, size_t n) {
    tni_put_u32(t, (uint32_t)n);
    if (n) tni_text_add(t, s, n);
    tni_put_u8(t, 0);
}

static uint64_t take(tni_bytes *r, size_t bytes) {
    if (r->bad || (size_t)(r->end - r->at) < bytes) {
        r->bad = true;
        return 0;
    }
    r->at += bytes;
    return le_load(r->at - bytes, bytes);
}

uint8_t tni_take_u8(tni_bytes *r) { return (uint8_t)take(r, 1); }
uint32_t tni_take_u32(tni_bytes *r) { return (uint32_t)take(r, 4); }
uint64_t tni_take_u64(tni_bytes *r) { return take(r, 8); }

double tni_take_double(tni_bytes *r) {
    uint64_t u = take(r, 8);
    double x;
    memcpy(&x, &u, 8);
    return x;
}

tn_str tni_take_string(tni_bytes *r) {
    size_t n = tni_take_u32(r);
    if (r->bad || (size_t)(r->end - r->at) <= n || r->at[n]) {
        r->bad = true;
        return (tn_str){"", 0};
    }
    tn_str s = {(const char *)r->at, n};
    r->at += n + 1;
    return s;
}

size_t tni_take_count(tni_bytes *r, size_t least) {
    size_t n = tni_take_u32(r);
    if (!r->bad && n > (size_t)(r->end - r->at) / least) r->bad = true;
    return r->bad ? 0 : n;
}

// Eight independent lanes hide the latency of the multiplication. Each step is a bijection of its lane, so
// one changed word always changes the result.
uint64_t tni_digest(const void *data, size_t size) {
    enum { LANES = 8 };
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t lane[LANES], word[LANES];
    const unsigned char *p = data;
    size_t left = size;
    for (int i = 0; i < LANES; i++) lane[i] = odd * (uint64_t)(i + 1);
    for (; left >= sizeof word; p += sizeof word, left -= sizeof word) {
        memcpy(word, p, sizeof word);
        for (int i = 0; i < LANES; i++) {
            lane[i] = (lane[i] ^ word[i]) * odd;
            lane[i] ^= lane[i] >> 32;
        }
    }
    uint64_t h = size * odd;
    for (; left; p++, left--) h = (h ^ *p) * odd, h ^= h >> 32;
    for (int i = 0; i < LANES; i++) h = (h ^ lane[i]) * odd, h ^= h >> 32;
    return h;
}
