// SPDX-License-Identifier: Apache-2.0
// cast_rows.inl - rows of any number or of bool to and from f32: floats through convert.inl, integers in one
// rounding. A float becomes an integer by truncation to 64 bits (held to their range, NaN is 0), of which the
// low ones are kept; 32 bits do where they hold all of a row.
#ifndef TN_CPU_CAST_ROWS_INL
#define TN_CPU_CAST_ROWS_INL

#include "cpu/kern/convert.inl"

enum { CAST_PIECE = 1024 };

#define CAST_REALS (TN_BIT(TN_F32) | TN_BIT(TN_F16) | TN_BIT(TN_BF16))
#define CAST_INTEGERS (TN_INTEGERS | TN_BIT(TN_BOOL))

INLINE int64_t cast_truncate(float x, bool is_u64) {
    if (!(x == x)) return 0;
    if (x <= -0x1p63f) return INT64_MIN;
    if (x < 0x1p63f) return (int64_t)x;
    if (!is_u64) return INT64_MAX;
    return x < 0x1p64f ? (int64_t)(uint64_t)x : -1;
}

#define CAST_CASES(CASE)   \
    CASE(TN_U8, uint8_t)   \
    CASE(TN_I8, int8_t)    \
    CASE(TN_U16, uint16_t) \
    CASE(TN_I16, int16_t)  \
    CASE(TN_U32, uint32_t) \
    CASE(TN_I32, int32_t)  \
    CASE(TN_U64, uint64_t) \
    CASE(TN_I64, int64_t)

// to[i] = x[first + i]
static inline void cast_to_reals(tn_dtype type, const void *x, int64_t first, float *to, int64_t n) {
    switch (type) {
#define CAST_REAL(type_, T)                                                       \
    case type_:                                                                   \
        for (int64_t i = 0; i < n; i++) to[i] = (float)((const T *)x + first)[i]; \
        return;
        CAST_CASES(CAST_REAL)
#undef CAST_REAL
    case TN_BOOL:
        for (int64_t i = 0; i < n; i++) to[i] = ((const uint8_t *)x + first)[i] != 0 ? 1 : 0;
        return;
    default: row_from(type, x, first, to, n);
    }
}

#define CAST_STORE(type_, T)                                                        \
    case type_:                                                                     \
        for (int64_t i = 0; i < n; i++) ((T *)y + first)[i] = (T)(uint64_t)from[i]; \
        return;
#define CAST_STORES(W)                                                                                   \
    static inline void cast_store_##W(tn_dtype type, const W *from, void *y, int64_t first, int64_t n) { \
        switch (type) {                                                                                  \
            CAST_CASES(CAST_STORE)                                                                       \
        default:                                                                                         \
            for (int64_t i = 0; i < n; i++) ((uint8_t *)y + first)[i] = from[i] != 0;                    \
        }                                                                                                \
    }
CAST_STORES(int64_t)
CAST_STORES(int32_t)

// Whether all of them are whole numbers of 32 bits when they are truncated.
static inline bool cast_fits(const float *x, int64_t n) {
    int32_t wrong = 0;
    for (int64_t i = 0; i < n; i++) wrong |= !(fabsf(x[i]) < 0x1p31f);
    return !wrong;
}

// y[first + i] = x[i], n at most CAST_PIECE.
static inline void cast_from_reals(tn_dtype to, const float *x, void *y, int64_t first, int64_t n) {
    int32_t piece[CAST_PIECE], *narrow = to == TN_I32 ? (int32_t *)y + first : piece;
    int64_t whole[CAST_PIECE];
    if (CAST_REALS >> to & 1) {
        row_to(to, x, y, first, n);
    } else if (to == TN_BOOL) { // before truncation: 0.5 is true, as is NaN
        for (int64_t i = 0; i < n; i++) ((uint8_t *)y + first)[i] = !(x[i] == 0);
    } else if (to != TN_I64 && to != TN_U64 && cast_fits(x, n)) {
        for (int64_t i = 0; i < n; i++) narrow[i] = (int32_t)x[i];
        if (narrow == piece) cast_store_int32_t(to, piece, y, first, n);
    } else {
        for (int64_t i = 0; i < n; i++) whole[i] = cast_truncate(x[i], to == TN_U64);
        cast_store_int64_t(to, whole, y, first, n);
    }
}

#endif
