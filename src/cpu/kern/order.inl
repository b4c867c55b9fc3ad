// SPDX-License-Identifier: Apache-2.0
// order.inl - sorting by keys: 32-bit integers in the order of the values they stand for, the best the
// greatest. Equal values have equal keys (-0 and 0, all NaNs, which are above all numbers); of equals the
// first stays first. The threshold of the best k is found bit by bit, counting in vectors, and no input is
// worse than another by more than that.
#ifndef TN_CPU_ORDER_INL
#define TN_CPU_ORDER_INL

#include "cpu/kern/convert.inl"
#include "cpu/kern/vec_math.h"

#include "base/sort.h"

enum { ORDER_PIECE = 512, ORDER_FEW = 64 };

static bool order_has_keys(tn_dtype type) {
    return (TN_BIT(TN_F32) | TN_BIT(TN_F16) | TN_BIT(TN_BF16) | TN_BIT(TN_U8) | TN_BIT(TN_I8) |
            TN_BIT(TN_U16) | TN_BIT(TN_I16) | TN_BIT(TN_U32) | TN_BIT(TN_I32)) >>
               type &
           1;
}

// ---- keys

INLINE vi order_key(vf x) {
    vi bits = (vi)(x + 0.0f); // -0 becomes 0
    return (vi)v_select(x == x, (vf)(bits ^ (bits >> 31 & INT32_MAX)), (vf)vi_set(INT32_MAX));
}

static void order_keys_f32(const float *x, int32_t *to, int64_t n) {
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store((float *)to + i, (vf)order_key(v_load(x + i)));
    if (i < n) v_store_n((float *)to + i, (vf)order_key(v_load_n(x + i, n - i)), n - i);
}

// Of n <= ORDER_PIECE elements from `first` on.
static void order_keys_of(tn_dtype type, const void *x, int64_t first, int32_t *to, int64_t n) {
    float piece[ORDER_PIECE];
    switch (type) {
    case TN_F32: order_keys_f32((const float *)x + first, to, n); break;
#define ORDER_KEYS(type_, T, flip)                                                                     \
    case type_:                                                                                        \
        for (int64_t i = 0; i < n; i++) to[i] = (int32_t)((uint32_t)((const T *)x + first)[i] ^ flip); \
        break;
        ORDER_KEYS(TN_U8, uint8_t, 0)
        ORDER_KEYS(TN_I8, int8_t, 0)
        ORDER_KEYS(TN_U16, uint16_t, 0)
        ORDER_KEYS(TN_I16, int16_t, 0)
        ORDER_KEYS(TN_U32, uint32_t, 0x80000000u)
        ORDER_KEYS(TN_I32, int32_t, 0)
#undef ORDER_KEYS
    default: row_from(type, x, first, piece, n); order_keys_f32(piece, to, n);
    }
}

// The same where the smallest is the best: the order turned round.
static void order_keys(tn_dtype type, const void *x, int64_t first, bool least, int32_t *to, int64_t n) {
    for (int64_t i = 0; i < n; i += ORDER_PIECE)
        order_keys_of(type, x, first + i, to + i, min64(ORDER_PIECE, n - i));
    for (int64_t i = 0; least && i < n; i++) to[i] = ~to[i];
}

// ---- the best k

// One bit for each of VL keys that is not below `least`.
INLINE unsigned order_hits(const int32_t *keys, int32_t least) {
#if VL == 16
    return _mm512_cmpge_epi32_mask(_mm512_loadu_si512(keys), _mm512_set1_epi32(least));
#elif VL == 8
    return (unsigned)_mm256_movemask_ps((__m256)((vi)v_load((const float *)keys) >= vi_set(least)));
#else
    unsigned bits = 0;
    for (int i = 0; i < VL; i++) bits |= (unsigned)(keys[i] >= least) << i;
    return bits;
#endif
}

// Behind the last key there is room for a vector: what lies there is no better than any.
INLINE void order_close(int32_t *keys, int64_t n) {
    for (int64_t i = n; i % VL; i++) keys[i] = INT32_MIN;
}

static int64_t order_count(const int32_t *keys, int64_t n, int32_t least) {
    int64_t count = 0;
#if VL >= 8
    for (int64_t i = 0; i < n; i += VL) count += __builtin_popcount(order_hits(keys + i, least));
#else
    vi sum = {0};
    for (int64_t i = 0; i < n; i += VL) sum -= (vi)v_load((const float *)keys + i) >= vi_set(least);
    for (int j = 0; j < VL; j++) count += sum[j];
#endif
    return count;
}

// What separates the best of n keys, n > k, from the others: k to `most` of them are above it, or fewer, and
// with those that are equal to it at least k.
typedef struct order_bound {
    int32_t key;
    int64_t above, equals; // that are kept
} order_bound;

static order_bound order_bound_of(const int32_t *keys, int64_t n, int64_t k, int64_t most) {
    uint32_t bound = 0;
    for (uint32_t bit = 0x80000000u; bit; bit >>= 1) {
        int64_t count = order_count(keys, n, (int32_t)((bound | bit) ^ 0x80000000u));
        bound |= count >= k ? bit : 0; // no branch: nobody could foretell it
        if (count >= k && count <= most) return (order_bound){(int32_t)((bound ^ 0x80000000u) - 1), count, 0};
    }
    int32_t key = (int32_t)(bound ^ 0x80000000u);
    int64_t above = key == INT32_MAX ? 0 : order_count(keys, n, key + 1);
    return (order_bound){key, above, k - above};
}

// Moves the best of n keys, k to `most` of them, to the front, and their places with them; the order stays.
// `at` NULL: the places are 0 to n - 1, and go to `to`, which may be `at`. Returns how many; what comes later
// and is not above *bound is not among the best k.
static int64_t order_select(int32_t *keys, const int32_t *at, int32_t *to, int64_t n, int64_t k, int64_t most,
                            int32_t *bound) {
    order_close(keys, n);
    order_bound b = order_bound_of(keys, n, k, most);
    int64_t m = 0, all = b.above + b.equals;
    for (int64_t i = 0; i < n && m < all; i += VL) {
        unsigned hits = order_hits(keys + i, b.key);
        for (; hits && m < all; hits &= hits - 1) {
            int64_t j = i + __builtin_ctz(hits);
            if (keys[j] == b.key && b.equals-- <= 0) continue;
            to[m] = at ? at[j] : (int32_t)j;
            keys[m++] = keys[j];
        }
    }
    *bound = b.key;
    return all;
}

// The best first.
INLINE uint64_t order_pair(int32_t key, int32_t at) {
    return tni_pair((uint32_t)key ^ 0x7fffffffu, (uint32_t)at);
}

#endif
