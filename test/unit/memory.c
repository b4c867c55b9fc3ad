// SPDX-License-Identifier: Apache-2.0
// memory.c - the memory planner: buffers alive together never overlap, and chains reuse what is free.
#include "plan/memory.h"

#include "check.h"

static tn_env *env;

static bool overlap(const tni_buffer *a, const tni_buffer *b) {
    bool in_time = a->first <= b->last && b->first <= a->last;
    return in_time && a->bytes && b->bytes && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

static void a_chain_needs_its_two_largest_neighbours(void) {
    tni_buffer b[] = {{.bytes = 640, .first = 0, .last = 1},
                      {.bytes = 1280, .first = 1, .last = 2},
                      {.bytes = 640, .first = 2, .last = 3}};
    size_t total;
    CHECK(tni_memory_plan(env, b, 3, &total));
    CHECK(total == 1920);
}

static void random_plans_never_overlap(void) {
    enum { N = 60 };
    uint64_t seed = 1;
    for (int round = 0; round < 200; round++) {
        tni_buffer b[N];
        size_t total, sum = 0;
        for (int i = 0; i < N; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            int first = (int)(seed >> 33) % 40, length = (int)(seed >> 50) % 8;
            b[i] = (tni_buffer){.bytes = (size_t)(seed >> 40) % 5000, .first = first, .last = first + length};
        }
        CHECK(tni_memory_plan(env, b, N, &total));
        for (int i = 0; i < N; i++) {
            CHECK(b[i].offset % TN_ALIGN == 0 && b[i].offset + b[i].bytes <= total);
            sum += b[i].bytes;
            for (int k = 0; k < i; k++) CHECK(!overlap(&b[i], &b[k]));
        }
        CHECK(total < sum);
    }
}

static void sizes_that_cannot_be_added_are_refused(void) {
    tni_buffer b[] = {{.bytes = SIZE_MAX / 2, .last = 1},
                      {.bytes = SIZE_MAX / 2, .last = 1},
                      {.bytes = SIZE_MAX / 2, .last = 1}};
    size_t total;
    CHECK(!tni_memory_plan(env, b, 3, &total));
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 2;
    RUN(a_chain_needs_its_two_largest_neighbours);
    RUN(random_plans_never_overlap);
    RUN(sizes_that_cannot_be_added_are_refused);
    tn_env_free(env);
    return DONE();
}
