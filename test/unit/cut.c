// SPDX-License-Identifier: Apache-2.0
// cut.c - minimum cuts against every way to take sides.
#include "pass/cut.h"

#include "check.h"
#include "tenon.h"

enum { PLACES = 9, EDGES = 24 };

static tn_env *env;
static uint32_t seed = 7;
static int drawn(int below) {
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (uint32_t)below);
}

static int64_t cost_of(int n, int edge[][3], unsigned second) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        if (!(second >> edge[i][0] & 1) && second >> edge[i][1] & 1) sum += edge[i][2];
    return sum;
}

static void least_of_all_ways(void) {
    for (int round = 0; round < 300; round++) {
        int edge[EDGES][3], n = 1 + drawn(EDGES);
        tni_arena a;
        tni_arena_init(&a, env);
        tni_cut *c = tni_cut_new(&a, PLACES, EDGES);
        bool second[PLACES];
        for (int i = 0; i < n; i++) {
            edge[i][0] = drawn(PLACES);
            edge[i][1] = drawn(PLACES);
            edge[i][2] = drawn(6);
            tni_cut_edge(c, edge[i][0], edge[i][1], edge[i][2]);
        }
        int64_t least = INT64_MAX, got = tni_cut_solve(c, second);
        unsigned sides = 0, fewest = PLACES + 1, chosen = 0;
        for (int i = 0; i < PLACES; i++) sides |= (unsigned)second[i] << i, chosen += second[i];
        for (unsigned way = 0; way < 1u << PLACES; way++) {
            if ((way & 3) != 2) continue;
            int64_t cost = cost_of(n, edge, way);
            unsigned count = (unsigned)__builtin_popcount(way);
            if (cost < least || (cost == least && count < fewest)) least = cost, fewest = count;
        }
        CHECK((sides & 3) == 2 && got == least && cost_of(n, edge, sides) == least);
        CHECK(chosen == fewest); // a tie is the first side's
        tni_arena_free(&a);
    }
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 2;
    RUN(least_of_all_ways);
    tn_env_free(env);
    return DONE();
}
