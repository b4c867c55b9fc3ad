// SPDX-License-Identifier: Apache-2.0
// cut.c - minimum cuts by maximum flows: along shortest paths, a level of the graph at a time (Dinic, 1970).
#include "pass/cut.h"

#include <assert.h>
#include <string.h>

typedef struct edge { // edges 2k and 2k + 1 are each other's reverse
    int to, next;
    int64_t left;
} edge;

struct tni_cut {
    int places, edges, most;
    edge *edge;
    int *first, *level, *queue, *way; // by place; way: the edge that leads on, of the path being made
    int *at;                          // next edge to try
};

tni_cut *tni_cut_new(tni_arena *a, size_t places, size_t edges) {
    if (places > INT32_MAX / 8 || edges > INT32_MAX / 8) return NULL;
    tni_cut *c = tni_arena_zalloc(a, sizeof *c);
    int *table = tni_arena_zalloc(a, 5 * places * sizeof *table);
    edge *list = tni_arena_zalloc(a, (2 * edges + 1) * sizeof *list);
    if (!c || !table || !list) return NULL;
    *c = (tni_cut){.places = (int)places, .most = (int)(2 * edges), .edge = list, .first = table};
    c->level = c->first + places;
    c->queue = c->level + places;
    c->way = c->queue + places;
    c->at = c->way + places;
    for (size_t i = 0; i < places; i++) c->first[i] = -1;
    return c;
}

static void half(tni_cut *c, int from, int to, int64_t left) {
    c->edge[c->edges] = (edge){to, c->first[from], left};
    c->first[from] = c->edges++;
}

void tni_cut_edge(tni_cut *c, int from, int to, int64_t cost) {
    if (cost <= 0 || from == to) return;
    assert(c->edges + 2 <= c->most);
    half(c, from, to, cost);
    half(c, to, from, 0);
}

// Distances from `start` along edges with something left; backwards: to it.
static void measure(tni_cut *c, int start, bool backwards) {
    int n = 0;
    for (int i = 0; i < c->places; i++) c->level[i] = -1;
    c->level[start] = 0;
    c->queue[n++] = start;
    for (int i = 0; i < n; i++) {
        int from = c->queue[i];
        for (int e = c->first[from]; e >= 0; e = c->edge[e].next) {
            int to = c->edge[e].to;
            if (c->level[to] >= 0 || !(backwards ? c->edge[e ^ 1].left : c->edge[e].left)) continue;
            c->level[to] = c->level[from] + 1;
            c->queue[n++] = to;
        }
    }
}

// One path from the first side to the second, level by level; returns what flows along it.
static int64_t path(tni_cut *c) {
    int depth = 0, place = TNI_CUT_FIRST;
    while (place != TNI_CUT_SECOND) {
        int e = c->at[place];
        while (e >= 0 && !(c->edge[e].left && c->level[c->edge[e].to] == c->level[place] + 1))
            e = c->edge[e].next;
        c->at[place] = e;
        if (e >= 0) {
            c->way[depth++] = e;
            place = c->edge[e].to;
            continue;
        }
        if (!depth) return 0;
        place = c->edge[c->way[--depth] ^ 1].to; // a dead end: back, and on with the next edge
        c->at[place] = c->edge[c->at[place]].next;
    }
    int64_t flow = INT64_MAX;
    for (int i = 0; i < depth; i++)
        if (c->edge[c->way[i]].left < flow) flow = c->edge[c->way[i]].left;
    for (int i = 0; i < depth; i++) {
        c->edge[c->way[i]].left -= flow;
        c->edge[c->way[i] ^ 1].left += flow;
    }
    return flow;
}

int64_t tni_cut_solve(tni_cut *c, bool *second) {
    int64_t total = 0;
    for (;;) {
        measure(c, TNI_CUT_FIRST, false);
        if (c->level[TNI_CUT_SECOND] < 0) break;
        memcpy(c->at, c->first, (size_t)c->places * sizeof *c->at);
        for (int64_t flow; (flow = path(c));) total += flow;
    }
    measure(c, TNI_CUT_SECOND, true);
    for (int i = 0; i < c->places; i++) second[i] = c->level[i] >= 0;
    return total;
}
