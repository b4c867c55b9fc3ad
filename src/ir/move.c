// SPDX-License-Identifier: Apache-2.0
// move.c - nests of loops that copy elements (see move.h): how they are made, and those of Transpose, Concat,
// Split, Expand, Tile, DepthToSpace and SpaceToDepth.
#include "ir/move.h"

#include "base/ck.h"
#include "ir/tensor.h"

#include <string.h>

void tni_move_loop(tni_move *m, int64_t dim, int64_t to, int64_t from) {
    int r = m->rank;
    if (dim == 1) return;
    if (r > 0 && m->to[r - 1] == to * dim && m->from[r - 1] == from * dim) {
        m->dim[r - 1] *= dim;
        m->to[r - 1] = to;
        m->from[r - 1] = from;
        return;
    }
    m->dim[r] = dim;
    m->to[r] = to;
    m->from[r] = from;
    m->rank++;
}

int64_t tni_move_count(const tni_move *m) {
    int64_t n = 1;
    for (int d = 0; d < m->rank; d++) n *= m->dim[d];
    return n;
}

void tni_strides(int rank, const int64_t *dim, int64_t *stride) {
    int64_t n = 1;
    for (int d = rank - 1; d >= 0; d--) {
        stride[d] = n;
        n *= dim[d];
    }
}

static int axis_of(const tn_problem *p, int rank) {
    int64_t axis = tn_attr_int(p->attrs, "axis");
    return (int)(axis < 0 ? axis + rank : axis);
}

void tni_permutation(tn_attrs attrs, int rank, int *perm) {
    size_t n;
    const int64_t *given = tn_attr_ints(attrs, "perm", &n);
    for (int d = 0; d < rank; d++)
        perm[d] = n == (size_t)rank ? (int)(given[d] < 0 ? given[d] + rank : given[d]) : rank - 1 - d;
}

int tni_transpose_moves(const tn_problem *p, int i, tni_move *m) {
    const tn_tensor *in = p->in[0], *out = p->out[0];
    int perm[TN_MAX_RANK];
    int64_t to[TN_MAX_RANK], from[TN_MAX_RANK];
    (void)i;
    if (!out) return 0;
    if (!m) return 1;
    tni_permutation(p->attrs, in->rank, perm);
    tni_strides(in->rank, in->dim, from);
    tni_strides(in->rank, out->dim, to);
    for (int d = 0; d < in->rank; d++) tni_move_loop(m, out->dim[d], to[d], from[perm[d]]);
    return 1;
}

int tni_concat_moves(const tn_problem *p, int i, tni_move *m) {
    const tn_tensor *out = p->out[0];
    if (!out) return 0;
    int axis = axis_of(p, out->rank);
    int64_t inner = tn_count_range(out, axis + 1, out->rank), outer = tn_count_range(out, 0, axis), sum = 0;
    for (int k = 0; k < p->nin; k++) {
        int64_t dim = p->in[k]->dim[axis];
        if (tn_count(p->in[k]) != outer * dim * inner) return -1; // a size that only the data tell
        sum += dim;
    }
    if (sum != out->dim[axis]) return -1;
    if (!m) return p->nin;
    int64_t piece = p->in[i]->dim[axis] * inner;
    m->in = i;
    for (int k = 0; k < i; k++) m->to_at += p->in[k]->dim[axis] * inner;
    tni_move_loop(m, outer, out->dim[axis] * inner, piece);
    tni_move_loop(m, piece, 1, 1);
    return p->nin;
}

int64_t tni_split_parts(tn_attrs attrs, int nout) {
    return tn_attr_has(attrs, "num_outputs") ? tn_attr_int(attrs, "num_outputs") : nout;
}

// Where piece `i` begins along the axis: by the list when there is one (it names pieces nobody wants too).
static bool piece_start(tn_attrs attrs, int64_t dim, int nout, const tn_tensor *list, int i, int64_t *at) {
    *at = 0;
    if (list) {
        if (!list->data || i > tn_count(list)) return false;
        for (int k = 0; k < i; k++)
            if (!ck_add64(*at, tni_get_int(list, k), at)) return false;
        return true;
    }
    int64_t n = tni_split_parts(attrs, nout), chunk = dim / n + (dim % n != 0);
    *at = chunk * i < dim ? chunk * i : dim;
    return true;
}

bool tni_split_start(const tn_problem *p, int axis, int i, int64_t *at) {
    const tn_tensor *in = p->in[0], *list = p->nin > 1 ? p->in[1] : NULL;
    return piece_start(p->attrs, in->dim[axis], p->nout, list, i, at) && *at >= 0 &&
           *at <= in->dim[axis] - p->out[i]->dim[axis];
}

int tni_split_moves(const tn_problem *p, int i, tni_move *m) {
    const tn_tensor *in = p->in[0], *out = p->out[i];
    int axis = axis_of(p, in->rank);
    int64_t inner = tn_count_range(in, axis + 1, in->rank), at;
    for (int k = 0; !m && k < p->nout; k++)
        if (p->out[k] && !tni_split_start(p, axis, k, &at)) return -1;
    if (!m || !out) return p->nout;
    tni_split_start(p, axis, i, &at);
    m->out = i;
    m->from_at = at * inner;
    tni_move_loop(m, tn_count_range(in, 0, axis), out->dim[axis] * inner, in->dim[axis] * inner);
    tni_move_loop(m, out->dim[axis] * inner, 1, 1);
    return p->nout;
}

int tni_expand_moves(const tn_problem *p, int i, tni_move *m) {
    const tn_tensor *out = p->out[0];
    int64_t to[TN_MAX_RANK], from[TN_MAX_RANK];
    (void)i;
    if (!out) return 0;
    for (int d = 1; d <= p->in[0]->rank; d++) {
        int64_t dim = p->in[0]->dim[p->in[0]->rank - d];
        if (d > out->rank || (dim != 1 && dim != out->dim[out->rank - d])) return -1;
    }
    if (!m) return 1;
    tni_strides(out->rank, out->dim, to);
    tni_broadcast_strides(p->in[0], out->rank, out->dim, from);
    for (int d = 0; d < out->rank; d++) tni_move_loop(m, out->dim[d], to[d], from[d]);
    return 1;
}

enum { LONG_ROW = 256 }; // elements

// The repeats of dimension d within out, which stand still in the input, and its own elements.
static void tile_loops(const tn_problem *p, int d, int64_t repeats, tni_move *m) {
    const tn_tensor *in = p->in[0];
    int64_t to = tn_count_range(p->out[0], d + 1, in->rank), from = tn_count_range(in, d + 1, in->rank);
    tni_move_loop(m, repeats, to * in->dim[d], 0);
    tni_move_loop(m, in->dim[d], to, from);
}

// The first dimension that is repeated; the last one of those when `last`.
static int tiled(const tn_problem *p, bool last) {
    int at = 0;
    for (int d = p->in[0]->rank - 1; d >= 0; d--)
        if (p->out[0]->dim[d] > p->in[0]->dim[d]) {
            at = d;
            if (last) break;
        }
    return at;
}

// All repeats but those of the first dimension that has any, then those, from what is there by then: longer
// rows. Where only one dimension has repeats, or rows are long already, it is one copy.
int tni_tile_moves(const tn_problem *p, int i, tni_move *m) {
    const tn_tensor *in = p->in[0], *out = p->out[0];
    if (!out || tn_count(out) == 0) return 0;
    for (int d = 0; d < in->rank; d++)
        if (in->dim[d] == 0 || out->dim[d] % in->dim[d]) return -1; // a size that only the data tell
    int first = tiled(p, false), last = tiled(p, true);
    int count = first < last && tn_count_range(out, last, out->rank) < LONG_ROW ? 2 : 1;
    if (!m) return count;
    if (i == 0) {
        for (int d = 0; d < in->rank; d++)
            tile_loops(p, d, count == 2 && d == first ? 1 : out->dim[d] / in->dim[d], m);
        return count;
    }
    int64_t part = in->dim[first] * tn_count_range(out, first + 1, out->rank);
    int64_t repeats = out->dim[first] / in->dim[first];
    m->in = TNI_MOVE_OUT;
    m->to_at = part;
    tni_move_loop(m, tn_count_range(out, 0, first), repeats * part, repeats * part);
    tni_move_loop(m, repeats - 1, part, 0);
    tni_move_loop(m, part, 1, 1);
    return count;
}

// Strides of the loops N, C, H, y, W, x (y and x within a block) on either side.
static void block_strides(tn_attrs attrs, const tn_tensor *space, int64_t b, int64_t dim[6],
                          int64_t in_space[6], int64_t in_depth[6]) {
    int64_t n = space->dim[0], channels = space->dim[1], h = space->dim[2] / b, w = space->dim[3] / b;
    const int64_t sizes[6] = {n, channels, h, b, w, b};
    int64_t plane = h * w;
    bool dcr = tn_attr_is(attrs, "mode", "DCR");
    const int64_t s[6] = {channels * b * b * plane, b * b * plane, b * b * w, b * w, b, 1};
    const int64_t d[6] = {channels * b * b * plane,
                          dcr ? plane : b * b * plane,
                          w,
                          dcr ? b * channels * plane : b * plane,
                          1,
                          dcr ? channels * plane : plane};
    memcpy(dim, sizes, sizeof sizes);
    memcpy(in_space, s, sizeof s);
    memcpy(in_depth, d, sizeof d);
}

int tni_depth_to_space_moves(const tn_problem *p, int i, tni_move *m) {
    int64_t dim[6], space[6], depth[6];
    (void)i;
    if (!p->out[0]) return 0;
    if (!m) return 1;
    block_strides(p->attrs, p->out[0], tn_attr_int(p->attrs, "blocksize"), dim, space, depth);
    for (int d = 0; d < 6; d++) tni_move_loop(m, dim[d], space[d], depth[d]);
    return 1;
}

int tni_space_to_depth_moves(const tn_problem *p, int i, tni_move *m) {
    static const int order_dcr[6] = {0, 3, 5, 1, 2, 4}, order_crd[6] = {0, 1, 3, 5, 2, 4};
    const int *order = tn_attr_is(p->attrs, "mode", "DCR") ? order_dcr : order_crd;
    int64_t dim[6], space[6], depth[6];
    (void)i;
    if (!p->out[0]) return 0;
    if (!m) return 1;
    block_strides(p->attrs, p->in[0], tn_attr_int(p->attrs, "blocksize"), dim, space, depth);
    for (int k = 0; k < 6; k++) tni_move_loop(m, dim[order[k]], depth[order[k]], space[order[k]]);
    return 1;
}
