// SPDX-License-Identifier: Apache-2.0
// 1_slice.c - a Slice that steps over elements, read only by Slices of other axes, goes into these: the four
// corners of each square of pixels, as YOLOX and YOLOv5 begin, are picked from the image itself.
#include "pass/rewrite.h"

typedef struct ranges { // by place in a Slice's lists
    int n;
    int64_t start[TN_MAX_RANK], end[TN_MAX_RANK], axis[TN_MAX_RANK], step[TN_MAX_RANK];
} ranges;

// All of it known, each axis once.
static bool ranges_of(const tni_node *slice, ranges *r) {
    const tn_tensor *start = tni_known_in(slice, 1), *end = tni_known_in(slice, 2);
    const tn_tensor *axes = tni_known_in(slice, 3), *steps = tni_known_in(slice, 4);
    int rank = tni_rank(slice->in[0].value);
    bool known = start && end && (axes || !tni_in(slice, 3)) && (steps || !tni_in(slice, 4));
    if (!known || rank < 0 || tn_count(start) > rank) return false;
    for (int i = 0; i < (int)tn_count(start); i++) {
        int64_t axis = axes ? tni_get_int(axes, i) : i;
        r->start[i] = tni_get_int(start, i);
        r->end[i] = tni_get_int(end, i);
        r->axis[i] = axis < 0 ? axis + rank : axis;
        r->step[i] = steps ? tni_get_int(steps, i) : 1;
    }
    r->n = (int)tn_count(start);
    return true;
}

static bool is_apart(const ranges *a, const ranges *b) {
    for (int i = 0; i < a->n; i++)
        for (int k = 0; k < b->n; k++)
            if (a->axis[i] == b->axis[k]) return false;
    return a->n + b->n <= TN_MAX_RANK;
}

static bool steps_over(const ranges *r) {
    for (int i = 0; i < r->n; i++)
        if (r->step[i] != 1) return true;
    return false;
}

// Then it goes: what all of them take is not made twice.
static bool read_by_slices_apart(const tni_node *slice, const ranges *r) {
    for (const tni_use *u = slice->out[0]->uses; u; u = u->next) {
        ranges other;
        if (!u->node || u->node->graph != slice->graph || !tni_is(u->node, "Slice") ||
            u->node->in[0].value != slice->out[0] || !ranges_of(u->node, &other) || !is_apart(r, &other))
            return false;
    }
    return true;
}

static tn_status merge(tni_node *n, const tni_node *first, ranges *r, const ranges *more, bool *changed,
                       tn_diags *diags) {
    for (int i = 0; i < more->n; i++, r->n++) {
        r->start[r->n] = more->start[i];
        r->end[r->n] = more->end[i];
        r->axis[r->n] = more->axis[i];
        r->step[r->n] = more->step[i];
    }
    const int64_t *lists[] = {r->start, r->end, r->axis, r->step};
    tni_value *in[5] = {first->in[0].value};
    for (int i = 0; i < 4; i++)
        if (!(in[1 + i] = tni_value_ints(n->graph, NULL, lists[i], (size_t)r->n))) return TN_NOMEM;
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "Slice", .nin = 5, .in = in}, NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        ranges r, more;
        const tni_node *first = tni_is(n, "Slice") && n->out[0] ? tni_made_by(n->in[0].value, "Slice") : NULL;
        if (!first || first->graph != g || !ranges_of(first, &r) || !ranges_of(n, &more)) continue;
        if (steps_over(&r) && read_by_slices_apart(first, &r))
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
