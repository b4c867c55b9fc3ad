// SPDX-License-Identifier: Apache-2.0
// murmur_hash.c - com.microsoft MurmurHash3: Austin Appleby's MurmurHash3_x86_32 of each element's bytes
// (numbers in little-endian order, texts as they are).
#include "op/op.h"

static tn_status infer(tn_infer *c) {
    TN_TRY(tn_infer_same(c));
    c->out[0]->type.dtype = tn_attr_int(c->attrs, "positive") ? TN_U32 : TN_I32;
    return TN_OK;
}

static uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

static uint32_t mixed(uint32_t k) { return rotate(k * 0xcc9e2d51U, 15) * 0x1b873593U; }

static uint32_t word(const uint8_t *p, size_t n) {
    uint32_t k = 0;
    for (size_t i = 0; i < n; i++) k |= (uint32_t)p[i] << (8 * i);
    return k;
}

static uint32_t murmur(const uint8_t *p, size_t n, uint32_t h) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) h = rotate(h ^ mixed(word(p + i, 4)), 13) * 5 + 0xe6546b64U;
    if (i < n) h ^= mixed(word(p + i, n - i));
    h ^= (uint32_t)n;
    h = (h ^ h >> 16) * 0x85ebca6bU;
    h = (h ^ h >> 13) * 0xc2b2ae35U;
    return h ^ h >> 16;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    uint32_t seed = (uint32_t)tn_attr_int(c->attrs, "seed");
    int64_t count = tn_count(x);
    if (!y) return TN_OK;
    size_t size = count && !tni_is_string(x) ? x->bytes / (size_t)count : 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t h = tni_is_string(x)
                         ? murmur((const uint8_t *)tni_strings(x)[i].text, tni_strings(x)[i].size, seed)
                         : murmur((const uint8_t *)x->data + (size_t)i * size, size, seed);
        tni_set_int(y, i, h);
    }
    return TN_OK;
}

#define HASHED                                                                                             \
    (TN_BIT(TN_U32) | TN_BIT(TN_I32) | TN_BIT(TN_U64) | TN_BIT(TN_I64) | TN_BIT(TN_F32) | TN_BIT(TN_F64) | \
     TN_BIT(TN_STRING))

TN_OP(ms_murmur_hash) = {
    TN_HERE,
    .name = "MurmurHash3",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "a 32-bit hash of each element",
    .in = {{"X", "T1"}},
    .out = {{"Y", "T2"}},
    .types = {{"T1", HASHED}, {"T2", TN_BIT(TN_U32) | TN_BIT(TN_I32)}},
    .attrs = {{"positive", TN_ATTR_INT, .i = 1}, {"seed", TN_ATTR_INT}},
    .infer = infer,
    .ref = ref,
};
