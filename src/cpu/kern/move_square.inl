// SPDX-License-Identifier: Apache-2.0
// move_square.inl - transposes in registers of elements of 1, 2, 4 and 8 bytes: squares of N by N, taken
// apart into pairs, then pairs of pairs. At the edges the last square lies over the one before it.
#ifndef TN_CPU_MOVE_SQUARE_INL
#define TN_CPU_MOVE_SQUARE_INL

#include "cpu/kern/vec.h"

// Lists of N lanes, given by of(N, lane, s).
#define SQ_2(of, N, i, s) of(N, i, s), of(N, i + 1, s)
#define SQ_4(of, N, i, s) SQ_2(of, N, i, s), SQ_2(of, N, i + 2, s)
#define SQ_8(of, N, i, s) SQ_4(of, N, i, s), SQ_4(of, N, i + 4, s)
#define SQ_16(of, N, i, s) SQ_8(of, N, i, s), SQ_8(of, N, i + 8, s)

// Wide rows: i and i + s swap halves of every 2s lanes.
#define SQ_LO(N, i, s) ((i) & (s) ? (N) + (i) - (s) : (i))
#define SQ_HI(N, i, s) ((i) & (s) ? (N) + (i) : (i) + (s))
#define SWAP(N, s)                                                                      \
    _Pragma("GCC unroll 16") for (int i = 0; i < N; i++) {                              \
        if (i & (s)) continue;                                                          \
        row lo = __builtin_shufflevector(x[i], x[i + (s)], SQ_##N(SQ_LO, N, 0, s));     \
        x[i + (s)] = __builtin_shufflevector(x[i], x[i + (s)], SQ_##N(SQ_HI, N, 0, s)); \
        x[i] = lo;                                                                      \
    }

// Rows of 16 bytes: those of either half are zipped, which every instruction set does in one step.
#define SQ_ZIP(N, i, s) ((i) / 2 + (s) * ((N) / 2) + ((i)&1) * (N))
#define ZIP(N)                                                                                   \
    {                                                                                            \
        row z[N];                                                                                \
        _Pragma("GCC unroll 16") for (int i = 0; i < N / 2; i++) {                               \
            z[2 * i] = __builtin_shufflevector(x[i], x[i + N / 2], SQ_##N(SQ_ZIP, N, 0, 0));     \
            z[2 * i + 1] = __builtin_shufflevector(x[i], x[i + N / 2], SQ_##N(SQ_ZIP, N, 0, 1)); \
        }                                                                                        \
        _Pragma("GCC unroll 16") for (int i = 0; i < N; i++) x[i] = z[i];                        \
    }

// to[j][i] = from[i][j] for i, j < N; leading dimensions in bytes.
#define SQUARE(name, type, N, ...)                                                                         \
    INLINE void name(char *to, int64_t to_ld, const char *from, int64_t from_ld) {                         \
        typedef type row __attribute__((vector_size(sizeof(type) * N)));                                   \
        row x[N];                                                                                          \
        _Pragma("GCC unroll 16") for (int i = 0; i < N; i++) memcpy(&x[i], from + i * from_ld, sizeof *x); \
        __VA_ARGS__                                                                                        \
        _Pragma("GCC unroll 16") for (int i = 0; i < N; i++) memcpy(to + i * to_ld, &x[i], sizeof *x);     \
    }

SQUARE(square_1_16, uint8_t, 16, ZIP(16) ZIP(16) ZIP(16) ZIP(16))
SQUARE(square_1_8, uint8_t, 8, ZIP(8) ZIP(8) ZIP(8))
SQUARE(square_2_8, uint16_t, 8, ZIP(8) ZIP(8) ZIP(8))
SQUARE(square_2_4, uint16_t, 4, ZIP(4) ZIP(4))
SQUARE(square_4_4, uint32_t, 4, ZIP(4) ZIP(4))
SQUARE(square_8_2, uint64_t, 2, ZIP(2))
#if VL >= 8
SQUARE(square_4_8, uint32_t, 8, SWAP(8, 1) SWAP(8, 2) SWAP(8, 4))
SQUARE(square_8_4, uint64_t, 4, SWAP(4, 1) SWAP(4, 2))
#endif
#if VL == 16
SQUARE(square_4_16, uint32_t, 16, SWAP(16, 1) SWAP(16, 2) SWAP(16, 4) SWAP(16, 8))
SQUARE(square_8_8, uint64_t, 8, SWAP(8, 1) SWAP(8, 2) SWAP(8, 4))
#endif

// The whole of n by rows in squares of N; the last ones reach back over what is done.
#define SQUARES(square, N, size)                                                              \
    for (int64_t j = 0; j < rows; j += N)                                                     \
        for (int64_t i = 0; i < n; i += N) {                                                  \
            int64_t b = min64(j, rows - N), a = min64(i, n - N);                              \
            square(to + b * to_ld + a * size, to_ld, from + a * from_ld + b * size, from_ld); \
        }

// Three to three: of every third element a row (the channels of a picture). Returns how many it has done.
#define THIRD_1(N, k, r) (3 * (k) + (r) < 2 * (N) ? 3 * (k) + (r) : -1)
#define THIRD_2(N, k, r) (3 * (k) + (r) < 2 * (N) ? (k) : 3 * (k) + (r) - (N))
#define THIRDS(name, type, N)                                                         \
    INLINE int64_t name(char *to, int64_t to_ld, const char *from, int64_t n) {       \
        typedef type row __attribute__((vector_size(sizeof(type) * N)));              \
        int64_t i = 0;                                                                \
        for (; i + N <= n; i += N) {                                                  \
            row x[3], y[3];                                                           \
            memcpy(x, from + 3 * i * (int64_t)sizeof(type), sizeof x);                \
            y[0] = __builtin_shufflevector(x[0], x[1], SQ_##N(THIRD_1, N, 0, 0));     \
            y[1] = __builtin_shufflevector(x[0], x[1], SQ_##N(THIRD_1, N, 0, 1));     \
            y[2] = __builtin_shufflevector(x[0], x[1], SQ_##N(THIRD_1, N, 0, 2));     \
            y[0] = __builtin_shufflevector(y[0], x[2], SQ_##N(THIRD_2, N, 0, 0));     \
            y[1] = __builtin_shufflevector(y[1], x[2], SQ_##N(THIRD_2, N, 0, 1));     \
            y[2] = __builtin_shufflevector(y[2], x[2], SQ_##N(THIRD_2, N, 0, 2));     \
            for (int r = 0; r < 3; r++)                                               \
                memcpy(to + r * to_ld + i * (int64_t)sizeof(type), &y[r], sizeof *y); \
        }                                                                             \
        return i;                                                                     \
    }
#if VL == 16
THIRDS(thirds_4, uint32_t, 16)
#elif VL == 8
THIRDS(thirds_4, uint32_t, 8)
#else
THIRDS(thirds_4, uint32_t, 4)
#endif
THIRDS(thirds_2, uint16_t, 8)
THIRDS(thirds_1, uint8_t, 16)

// Two to two.
#define HALF(N, k, r) (2 * (k) + (r))
#define HALVES(name, type, N)                                                   \
    INLINE int64_t name(char *to, int64_t to_ld, const char *from, int64_t n) { \
        typedef type row __attribute__((vector_size(sizeof(type) * N)));        \
        int64_t i = 0;                                                          \
        for (; i + N <= n; i += N) {                                            \
            row x[2], y[2];                                                     \
            memcpy(x, from + 2 * i * (int64_t)sizeof(type), sizeof x);          \
            y[0] = __builtin_shufflevector(x[0], x[1], SQ_##N(HALF, N, 0, 0));  \
            y[1] = __builtin_shufflevector(x[0], x[1], SQ_##N(HALF, N, 0, 1));  \
            memcpy(to + i * (int64_t)sizeof(type), &y[0], sizeof *y);           \
            memcpy(to + to_ld + i * (int64_t)sizeof(type), &y[1], sizeof *y);   \
        }                                                                       \
        return i;                                                               \
    }
#if VL == 16
HALVES(halves_4, uint32_t, 16)
#elif VL == 8
HALVES(halves_4, uint32_t, 8)
#else
HALVES(halves_4, uint32_t, 4)
#endif
HALVES(halves_2, uint16_t, 8)
HALVES(halves_1, uint8_t, 16)

INLINE void square_by_one(char *to, int64_t to_ld, const char *from, int64_t from_ld, int64_t n, int64_t rows,
                          size_t size) {
    for (int64_t j = 0; j < rows; j++)
        for (int64_t i = 0; i < n; i++)
            memcpy(to + j * to_ld + i * (int64_t)size, from + i * from_ld + j * (int64_t)size, size);
}

// to[j][i] = from[i][j], i < n, j < rows: n and rows are a line of the cache at most.
static void move_square(char *to, int64_t to_ld, const char *from, int64_t from_ld, int64_t n, int64_t rows,
                        int64_t size) {
    int64_t least = min64(n, rows);
#define BY_ONE(size) square_by_one(to, to_ld, from, from_ld, n, rows, size)
    switch (size) {
    case 1:
        if (least >= 16) {
            SQUARES(square_1_16, 16, 1)
        } else if (least >= 8) {
            SQUARES(square_1_8, 8, 1)
        } else {
            BY_ONE(1);
        }
        break;
    case 2:
        if (least >= 8) {
            SQUARES(square_2_8, 8, 2)
        } else if (least >= 4) {
            SQUARES(square_2_4, 4, 2)
        } else {
            BY_ONE(2);
        }
        break;
    case 4:
#if VL == 16
        if (least >= 16) {
            square_4_16(to, to_ld, from, from_ld);
            break;
        }
#endif
#if VL >= 8
        if (least >= 8) {
            SQUARES(square_4_8, 8, 4)
            break;
        }
#endif
        if (least >= 4) {
            SQUARES(square_4_4, 4, 4)
        } else {
            BY_ONE(4);
        }
        break;
    case 8:
#if VL == 16
        if (least >= 8) {
            square_8_8(to, to_ld, from, from_ld);
            break;
        }
#endif
#if VL >= 8
        if (least >= 4) {
            SQUARES(square_8_4, 4, 8)
            break;
        }
#endif
        if (least >= 2) {
            SQUARES(square_8_2, 2, 8)
        } else {
            BY_ONE(8);
        }
        break;
    case 16: BY_ONE(16); break;
    case 32: BY_ONE(32); break;
    default: BY_ONE(64);
    }
#undef BY_ONE
}

#endif
