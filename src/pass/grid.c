// SPDX-License-Identifier: Apache-2.0
// grid.c - see grid.h. Numbers stay below LIMIT, so that no product of two overflows.
#include "pass/grid.h"

#include "base/ck.h"

enum { MAX_DEPTH = 24 };
static const int64_t LIMIT = INT64_C(1) << 30;

static bool small(int64_t x) { return x > -LIMIT && x < LIMIT; }

bool tni_known_ints(const tni_value *v, int64_t *to, size_t room, size_t *n) {
    const tn_tensor *t = tni_known(v);
    if (t && t->kind == TN_TENSOR && (TN_INTEGERS >> t->dtype & 1)) {
        if ((size_t)tn_count(t) > room) return false;
        *n = (size_t)tn_count(t);
        for (size_t i = 0; i < *n; i++) to[i] = tni_get_int(t, (int64_t)i);
        return true;
    }
    if (!v || !v->info.content || v->info.ncontent > room) return false;
    *n = v->info.ncontent;
    for (size_t i = 0; i < *n; i++) {
        if (v->info.content[i].e) return false;
        to[i] = v->info.content[i].k;
    }
    return true;
}

// ---- constants

// Every `every`-th element from `first` on, over dims[rank]: is it a grid?
static bool fit(const tn_tensor *t, int64_t first, int64_t every, int rank, const int64_t *dim,
                tni_grid *to) {
    int64_t count = 1, at[TN_MAX_RANK] = {0}, inner = 1;
    *to = (tni_grid){.rank = rank};
    for (int d = 0; d < rank; d++) count *= dim[d]; // at most the tensor's elements
    if (count == 0) return false;
    to->base = tni_get_int(t, first);
    if (!small(to->base)) return false;
    for (int d = rank - 1; d >= 0; inner *= dim[d--]) {
        if (dim[d] == 1) continue;
        int64_t next = tni_get_int(t, first + inner * every);
        if (!small(next)) return false;
        to->step[d] = next - to->base;
    }
    for (int64_t k = 0; k < count; k++) {
        int64_t want = to->base;
        for (int d = 0; d < rank; d++) want += to->step[d] * at[d];
        if (tni_get_int(t, first + k * every) != want) return false;
        for (int d = rank - 1; d >= 0 && ++at[d] == dim[d]; d--) at[d] = 0;
    }
    return true;
}

static bool is_index(const tn_tensor *t) { return t && t->kind == TN_TENSOR && (TN_INDEXES >> t->dtype & 1); }

// ---- through the nodes that make a grid

static bool grid(const tni_value *v, tni_grid *to, int depth);

static bool of_range(const tni_node *n, tni_grid *to) {
    int64_t start, step;
    size_t one;
    if (!tni_known_ints(n->in[0].value, &start, 1, &one) || !tni_known_ints(n->in[2].value, &step, 1, &one))
        return false;
    *to = (tni_grid){.rank = 1, .base = start, .step = {step}};
    return small(start) && small(step);
}

static bool of_slice(const tni_node *n, tni_grid *to, int depth) {
    tni_box box;
    if (!tni_box_of_slice(n, &box) || !grid(n->in[0].value, to, depth)) return false;
    for (int d = 0; d < to->rank; d++) {
        int64_t shift;
        if (!ck_mul64(box.start[d], to->step[d], &shift) || !small(shift)) return false;
        if (!ck_mul64(box.step[d], to->step[d], &to->step[d]) || !small(to->step[d])) return false;
        to->base += shift;
        if (!small(to->base)) return false;
    }
    return true;
}

static bool is_one(const tni_value *v, int d) { return tn_dim_is(v->info.type.dim[d], 1); }

// The same elements under another shape: only dimensions of size 1 come and go.
static bool of_reshape(const tni_node *n, tni_grid *to, int depth) {
    const tni_value *x = n->in[0].value, *y = n->out[0];
    tni_grid from;
    int i = 0, j = 0;
    if (!y || !grid(x, &from, depth) || tni_rank(y) < 0) return false;
    *to = (tni_grid){.rank = tni_rank(y), .base = from.base};
    for (;;) {
        while (i < from.rank && is_one(x, i)) i++;
        while (j < to->rank && is_one(y, j)) j++;
        if (i == from.rank || j == to->rank) return i == from.rank && j == to->rank;
        if (!tn_dim_equal(x->info.type.dim[i], y->info.type.dim[j])) return false;
        to->step[j++] = from.step[i++];
    }
}

static bool of_expand(const tni_node *n, tni_grid *to, int depth) {
    const tni_value *x = n->in[0].value, *y = n->out[0];
    tni_grid from;
    if (!y || !grid(x, &from, depth) || tni_rank(y) < from.rank) return false;
    *to = (tni_grid){.rank = tni_rank(y), .base = from.base};
    for (int d = 0; d < from.rank; d++) {
        int at = to->rank - from.rank + d;
        bool same = tn_dim_equal(x->info.type.dim[d], y->info.type.dim[at]);
        if (!same && !is_one(x, d)) return false;
        to->step[at] = from.step[d];
    }
    return true;
}

static bool of_transpose(const tni_node *n, tni_grid *to, int depth) {
    int perm[TN_MAX_RANK], rank;
    tni_grid from;
    if (!tni_perm(n, perm, &rank) || !grid(n->in[0].value, &from, depth) || from.rank != rank) return false;
    *to = (tni_grid){.rank = rank, .base = from.base};
    for (int d = 0; d < rank; d++) to->step[d] = from.step[perm[d]];
    return true;
}

// Plus a number.
static bool of_add(const tni_node *n, tni_grid *to, int depth) {
    for (int i = 0; i < 2; i++) {
        int64_t more;
        size_t one;
        const tni_value *x = n->in[1 - i].value;
        if (!tni_known_ints(n->in[i].value, &more, 1, &one) || one != 1 || !n->out[0]) continue;
        if (!small(more) || tni_rank(x) != tni_rank(n->out[0]) || !grid(x, to, depth)) continue;
        to->base += more;
        return small(to->base);
    }
    return false;
}

static const struct {
    const char *op;
    bool (*read)(const tni_node *n, tni_grid *to, int depth);
} readers[] = {{"Slice", of_slice},     {"Unsqueeze", of_reshape}, {"Squeeze", of_reshape},
               {"Reshape", of_reshape}, {"Expand", of_expand},     {"Transpose", of_transpose},
               {"Add", of_add}};

static bool grid(const tni_value *v, tni_grid *to, int depth) {
    const tn_tensor *t = tni_known(v);
    const tni_node *n = v ? v->def : NULL;
    if (is_index(t)) return fit(t, 0, 1, t->rank, t->dim, to);
    if (!n || depth == MAX_DEPTH || tni_rank(v) < 0 || !(TN_INDEXES >> tni_dtype(v) & 1)) return false;
    if (tni_is(n, "Range")) return of_range(n, to);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (tni_is(n, readers[i].op)) return readers[i].read(n, to, depth + 1);
    return false;
}

bool tni_grid_of(const tni_value *v, tni_grid *to) { return grid(v, to, 0); }

// ---- tuples

static bool last_is_one(const tni_value *v) { return tni_rank(v) > 0 && is_one(v, tni_rank(v) - 1); }

// A grid whose last dimension, of size 1, is the tuple's.
static bool column(const tni_value *v, tni_grid *to) {
    if (!last_is_one(v) || !tni_grid_of(v, to)) return false;
    to->rank--;
    return true;
}

int tni_grid_columns(const tni_value *v, tni_grid to[TN_MAX_RANK]) {
    const tn_tensor *t = tni_known(v);
    int rank = tni_rank(v);
    if (rank < 1) return 0;
    if (is_index(t)) {
        int64_t k = t->dim[rank - 1];
        if (k > TN_MAX_RANK) return 0;
        for (int64_t i = 0; i < k; i++)
            if (!fit(t, i, k, rank - 1, t->dim, &to[i])) return 0;
        return (int)k;
    }
    const tni_node *concat = tni_made_by(v, "Concat");
    if (!concat) return column(v, to) ? 1 : 0;
    int64_t axis = tn_attr_int(tni_attrs(concat), "axis");
    if ((axis != -1 && axis != rank - 1) || concat->nin > TN_MAX_RANK) return 0;
    for (int i = 0; i < concat->nin; i++)
        if (!column(concat->in[i].value, &to[i])) return 0;
    return concat->nin;
}

// ---- boxes

// Where an axis is cut: from a place that does not depend on its size, forwards.
static bool cut(tni_box *to, const tni_value *x, int64_t axis, int64_t start, int64_t step) {
    if (axis < 0 || axis >= to->rank || step < 1 || !small(step)) return false;
    tn_dim dim = x->info.type.dim[axis];
    if (start < 0) {
        if (dim.e) return false;
        start = start < -dim.k ? 0 : start + dim.k;
    }
    if (!dim.e && start > dim.k) start = dim.k;
    to->start[axis] = start;
    to->step[axis] = step;
    return small(start);
}

bool tni_cuts_of_slice(const tni_node *n, tni_cuts *to) {
    size_t axes, steps;
    int rank = tni_rank(n->in[0].value);
    if (rank < 0 || !tni_known_ints(tni_in(n, 1), to->start, TN_MAX_RANK, &to->n)) return false;
    axes = steps = to->n;
    for (size_t i = 0; i < to->n; i++) to->axis[i] = (int64_t)i, to->step[i] = 1;
    if (tni_in(n, 3) && !tni_known_ints(tni_in(n, 3), to->axis, TN_MAX_RANK, &axes)) return false;
    if (tni_in(n, 4) && !tni_known_ints(tni_in(n, 4), to->step, TN_MAX_RANK, &steps)) return false;
    for (size_t i = 0; i < axes; i++)
        if (to->axis[i] < 0) to->axis[i] += rank;
    return axes == to->n && steps == to->n;
}

bool tni_box_of_slice(const tni_node *n, tni_box *to) {
    tni_cuts cuts;
    const tni_value *x = n->in[0].value;
    *to = (tni_box){.rank = tni_rank(x)};
    if (!tni_cuts_of_slice(n, &cuts)) return false;
    for (int d = 0; d < to->rank; d++) to->step[d] = 1;
    for (size_t i = 0; i < cuts.n; i++)
        if (!cut(to, x, cuts.axis[i], cuts.start[i], cuts.step[i])) return false;
    return true;
}

tni_box tni_box_within(const tni_box *outer, const tni_box *inner) {
    tni_box b = {.rank = outer->rank};
    for (int d = 0; d < b.rank; d++) {
        b.start[d] = outer->start[d] + inner->start[d] * outer->step[d];
        b.step[d] = inner->step[d] * outer->step[d];
    }
    return b;
}

bool tni_box_equal(const tni_box *a, const tni_box *b) {
    bool same = a->rank == b->rank;
    for (int d = 0; same && d < a->rank; d++) same = a->start[d] == b->start[d] && a->step[d] == b->step[d];
    return same;
}

bool tni_box_of(const tni_value *v, const tni_value *whole, tni_box *to) {
    tni_box box;
    const tni_node *n = tni_made_by(v, "Slice");
    if (!n || !tni_box_of_slice(n, to)) return false;
    for (int i = 0; n->in[0].value != whole; i++) {
        n = tni_made_by(n->in[0].value, "Slice");
        if (!n || i == MAX_DEPTH || !tni_box_of_slice(n, &box)) return false;
        *to = tni_box_within(&box, to);
        for (int d = 0; d < to->rank; d++)
            if (!small(to->start[d]) || !small(to->step[d])) return false;
    }
    return true;
}
