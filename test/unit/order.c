// SPDX-License-Identifier: Apache-2.0
// order.c - orders of constants in what was packed: found for every way of moving numbers that kernels have,
// refused when more was done than that, and never believed when a file brings them.
#include "plan/order.h"
#include "base/le.h"
#include "check.h"

#include <stdlib.h>

static tn_env *env;

enum { MOST = 1 << 16 };
static uint32_t place[MOST], packed[MOST], constant[MOST], made[MOST];

static tni_bytes bytes_of(const tni_text *t) {
    return (tni_bytes){(const unsigned char *)t->data, (const unsigned char *)t->data + t->length, false};
}

// Finds the order of `place`, and makes by it what was packed by it. Returns the order's bytes, 0: none.
static size_t through(size_t n, size_t count) {
    tni_text order = {.env = env};
    size_t length = 0;
    for (size_t i = 0; i < count; i++) constant[i] = (uint32_t)i * 2654435761u;
    for (size_t i = 0; i < n; i++) packed[i] = place[i] && place[i] <= count ? constant[place[i] - 1] : 77;
    if (tni_order_find(&order, place, n, count)) {
        tni_bytes r = bytes_of(&order);
        tni_order_take(&r, n, count);
        CHECK(!r.bad && r.at == r.end);
        memset(made, 0, sizeof made);
        tni_order_make(bytes_of(&order), packed, made);
        CHECK(tni_order_same(bytes_of(&order), packed, constant));
        constant[count / 2] ^= 1;
        CHECK(!tni_order_same(bytes_of(&order), packed, constant));
        constant[count / 2] ^= 1;
        CHECK(!memcmp(made, constant, count * sizeof *made));
        length = order.length;
    }
    tni_text_free(&order);
    return length;
}

// Panels of `width` columns of [k, n], as matrix products read them.
static size_t panels(uint32_t k, uint32_t n, uint32_t width) {
    uint32_t at = 0;
    memset(place, 0, sizeof place);
    for (uint32_t first = 0; first < n; first += width)
        for (uint32_t row = 0; row < k; row++)
            for (uint32_t c = 0; c < width; c++, at++)
                if (first + c < n) place[at] = 1 + row * n + first + c;
    return at;
}

static void columns_in_panels(void) {
    for (uint32_t n = 1; n <= 70; n += 3)
        for (uint32_t k = 1; k <= 40; k += 13) {
            size_t bytes = through(panels(k, n, 16), (size_t)k * n);
            CHECK(bytes > 0 && bytes < 400);
        }
}

// [out, in, window] in blocks of 16 of both, as convolutions read them.
static size_t blocks(uint32_t out, uint32_t in, uint32_t window) {
    uint32_t at = 0;
    memset(place, 0, sizeof place);
    for (uint32_t o = 0; o < out; o += 16)
        for (uint32_t i = 0; i < in; i += 16)
            for (uint32_t w = 0; w < window; w++)
                for (uint32_t k = 0; k < 256; k++, at++) {
                    uint32_t to = o + k % 16, from = i + k / 16;
                    if (to < out && from < in) place[at] = 1 + (to * in + from) * window + w;
                }
    return at;
}

static void channels_in_blocks(void) {
    static const uint32_t channels[] = {1, 3, 16, 17, 48, 50};
    for (int o = 0; o < 6; o++)
        for (int i = 0; i < 6; i++)
            for (uint32_t window = 1; window <= 9; window += 8) {
                size_t n = blocks(channels[o], channels[i], window);
                size_t bytes = through(n, (size_t)channels[o] * channels[i] * window);
                CHECK(bytes > 0 && bytes < 1000);
            }
}

// Numbers that are there twice, or not at all, or that were computed, are no order.
static void what_computes_has_no_order(void) {
    size_t n = panels(8, 32, 16);
    place[40] = place[41];
    CHECK(!through(n, 256));
    n = panels(8, 32, 16);
    place[40] = 0;
    CHECK(!through(n, 256));
    for (size_t i = 0; i < 4096; i++) place[i] = (uint32_t)(i * 2654435761u % 4096) + 1; // no rule
    CHECK(!through(4096, 4096));
    n = panels(8, 32, 16);
    for (size_t i = 0; i < 16; i++) place[n + i] = 0x3f800000; // other numbers beside them
    CHECK(through(n + 16, 256));
}

static void a_transpose_is_an_order(void) {
    for (size_t rows = 1; rows < 70; rows += 9)
        for (size_t columns = 1; columns < 70; columns += 5) {
            tni_text order = {.env = env};
            tni_order_transpose(&order, rows, columns);
            tni_bytes r = bytes_of(&order);
            tni_order_take(&r, rows * columns, rows * columns);
            CHECK(!r.bad && r.at == r.end);
            for (uint32_t i = 0; i < rows * columns; i++) packed[i] = i;
            tni_order_make(bytes_of(&order), packed, made);
            int wrong = 0;
            for (size_t i = 0; i < rows; i++)
                for (size_t k = 0; k < columns; k++) wrong += made[i * columns + k] != k * rows + i;
            CHECK(wrong == 0);
            tni_text_free(&order);
        }
}

// Whatever numbers a file has for an order: what is not refused stays within both memories.
static void forged_orders_stay_within(void) {
    static const uint64_t values[] = {0, 1, 2, 15, 16, 255, 256, 0x7fffffff, UINT64_C(1) << 62, UINT64_MAX};
    tni_text order = {.env = env};
    size_t n = panels(8, 40, 16), count = 320;
    CHECK(tni_order_find(&order, place, n, count));
    unsigned char *copy = malloc(order.length);
    uint32_t *from = malloc(n * sizeof *from),
             *to = malloc(count * sizeof *to); // a sanitizer watches their ends
    if (!copy || !from || !to) exit(2);
    memset(from, 0, n * sizeof *from);
    uint64_t seed = 1;
    int taken = 0;
    for (int round = 0; round < 20000; round++) {
        memcpy(copy, order.data, order.length);
        for (int edits = 1 + round % 3; edits; edits--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t at = 4 + (seed >> 33) % (order.length - 4 - 8);
            le_store(copy + at, values[(seed >> 20) % 10], round % 2 ? 8 : 1);
        }
        tni_bytes r = {copy, copy + order.length, false};
        tni_order_take(&r, n, count);
        if (r.bad) continue;
        tni_order_make((tni_bytes){copy, copy + order.length, false}, from, to);
        taken++;
    }
    CHECK(taken > 0 && taken < 20000);
    free(copy);
    free(from);
    free(to);
    tni_text_free(&order);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 2;
    RUN(columns_in_panels);
    RUN(channels_in_blocks);
    RUN(what_computes_has_no_order);
    RUN(a_transpose_is_an_order);
    RUN(forged_orders_stay_within);
    if (tn_env_bytes(env)) check_failed++, puts("memory leaked");
    tn_env_free(env);
    return DONE();
}
