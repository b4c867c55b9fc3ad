// SPDX-License-Identifier: Apache-2.0
// 1_slice.c - a Slice that steps over elements (or goes backwards), read only by Slices of other axes, goes
// into these: the four corners of each square of pixels, as YOLOX and YOLOv5 begin, are picked from the image
// itself.
#include "pass/grid.h"

#include <string.h>

typedef struct ranges {
    tni_cuts cuts;
    int64_t end[TN_MAX_RANK];
} ranges;

// Each axis once, as inference has seen to.
static bool ranges_of(const tni_node *slice, ranges *r) {
    size_t ends;
    return tni_cuts_of_slice(slice, &r->cuts) &&
           tni_known_ints(tni_in(slice, 2), r->end, TN_MAX_RANK, &ends) && ends == r->cuts.n;
}

static bool is_apart(const tni_cuts *a, const tni_cuts *b) {
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++)
            if (a->axis[i] == b->axis[k]) return false;
    return a->n + b->n <= TN_MAX_RANK;
}

static bool steps_over(const tni_cuts *c) {
    for (size_t i = 0; i < c->n; i++)
        if (c->step[i] != 1) return true;
    return false;
}

// Then it goes: what all of them take is not made twice.
static bool read_by_slices_apart(const tni_node *slice, const ranges *r) {
    for (const tni_use *u = slice->out[0]->uses; u; u = u->next) {
        ranges other;
        if (!u->node || u->node->graph != slice->graph || !tni_is(u->node, "Slice") ||
            u->node->in[0].value != slice->out[0] || !ranges_of(u->node, &other) ||
            !is_apart(&r->cuts, &other.cuts))
            return false;
    }
    return true;
}

static tn_status merge(tni_node *n, const tni_node *first, ranges *r, const ranges *more, bool *changed,
                       tn_diags *diags) {
    int64_t *to[] = {r->cuts.start, r->end, r->cuts.axis, r->cuts.step};
    const int64_t *from[] = {more->cuts.start, more->end, more->cuts.axis, more->cuts.step};
    tni_value *in[5] = {first->in[0].value};
    for (int i = 0; i < 4; i++) {
        memcpy(to[i] + r->cuts.n, from[i], more->cuts.n * sizeof *from[i]);
        in[1 + i] = tni_value_ints(n->graph, NULL, to[i], r->cuts.n + more->cuts.n);
        if (!in[1 + i]) return TN_NOMEM;
    }
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "Slice", .nin = 5, .in = in}, NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        ranges r, more;
        const tni_node *first = tni_is(n, "Slice") && n->out[0] ? tni_made_by(n->in[0].value, "Slice") : NULL;
        if (!first || first->graph != g || !ranges_of(first, &r) || !ranges_of(n, &more)) continue;
        if (steps_over(&r.cuts) && read_by_slices_apart(first, &r))
            TN_TRY(merge(n, first, &r, &more, changed, diags));
    }
    return TN_OK;
}

TN_PASS(slice) = {
    TN_HERE,
    .name = "slice",
    .level = 1,
    .run = run,
    .doc = "merges a Slice that steps over elements into the Slices that read it",
};
