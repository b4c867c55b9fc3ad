// SPDX-License-Identifier: Apache-2.0
// amx_emulated.h - the AMX instructions that kernels use, in plain C, so that src/cpu/amx is tested on
// machines that lack them: cmake -DTN_EMULATED_AMX=ON includes it ahead of each of those files. Eight tiles
// of up to 16 rows of 64 bytes; after Intel's Software Developer's Manual, volume 2.
#ifndef TN_TEST_AMX_EMULATED_H
#define TN_TEST_AMX_EMULATED_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool amx_configured; // what is not configured must not be used
static _Thread_local size_t amx_rows[8];  // of each tile; all rows are 64 bytes
static _Thread_local union {
    unsigned char bytes[16][64];
    uint32_t word[16][16];
    float sum[16][16];
} amx_tile[8];

static inline void amx_config(const void *config) {
    const unsigned char *c = config;
    amx_configured = c[0] == 1;
    for (int i = 0; i < 8; i++)
        amx_configured &= c[16 + 2 * i] == 64 && c[17 + 2 * i] == 0 && c[48 + i] - 1u < 16;
    for (int i = 0; i < 8; i++) amx_rows[i] = c[48 + i];
    memset(amx_tile, 0, sizeof amx_tile);
}
static inline void amx_check(void) {
    if (!amx_configured) abort();
}
static inline void amx_release(void) {
    amx_check();
    amx_configured = false;
}
static inline void amx_load(int t, const void *from, size_t step) {
    amx_check();
    for (size_t i = 0; i < amx_rows[t]; i++) memcpy(amx_tile[t].bytes[i], (const char *)from + i * step, 64);
}
static inline void amx_store(int t, void *to, size_t step) {
    amx_check();
    for (size_t i = 0; i < amx_rows[t]; i++) memcpy((char *)to + i * step, amx_tile[t].bytes[i], 64);
}
static inline void amx_zero(int t) {
    amx_check();
    memset(&amx_tile[t], 0, sizeof amx_tile[t]);
}

static inline float amx_bf16(uint32_t word, int half) {
    uint32_t bits = half ? word & 0xffff0000u : word << 16;
    if (!(bits & 0x7f800000u)) bits &= 0x80000000u; // subnormal: zero
    float x;
    memcpy(&x, &bits, 4);
    return x;
}
// Words of A's rows meet rows of B, rows of A are those of the sums.
static inline void amx_check_product(int c, int a, int b) {
    amx_check();
    if (amx_rows[c] != amx_rows[a] || amx_rows[b] != 16) abort();
}
static inline void amx_dpbf16ps(int c, int a, int b) {
    amx_check_product(c, a, b);
    for (size_t i = 0; i < amx_rows[c]; i++)
        for (int k = 0; k < 16; k++)
            for (int j = 0; j < 16; j++)
                for (int h = 0; h < 2; h++)
                    amx_tile[c].sum[i][j] +=
                        amx_bf16(amx_tile[a].word[i][k], h) * amx_bf16(amx_tile[b].word[k][j], h);
}
static inline void amx_dpbsud(int c, int a, int b) { // signed by unsigned
    amx_check_product(c, a, b);
    for (size_t i = 0; i < amx_rows[c]; i++)
        for (int k = 0; k < 16; k++)
            for (int j = 0; j < 16; j++)
                for (int q = 0; q < 4; q++) {
                    int x = (int8_t)amx_tile[a].bytes[i][4 * k + q], y = amx_tile[b].bytes[k][4 * j + q];
                    amx_tile[c].word[i][j] += (uint32_t)(x * y);
                }
}

#undef _tile_loadconfig
#undef _tile_release
#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbf16ps
#undef _tile_dpbsud
#define _tile_loadconfig amx_config
#define _tile_release amx_release
#define _tile_loadd amx_load
#define _tile_stored amx_store
#define _tile_zero amx_zero
#define _tile_dpbf16ps amx_dpbf16ps
#define _tile_dpbsud amx_dpbsud

#endif
