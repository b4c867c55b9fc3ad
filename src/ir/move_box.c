// SPDX-License-Identifier: Apache-2.0
// move_box.c - the copies of Slice and Pad (see move.h), and the boxes they are made of.
#include "base/ck.h"
#include "ir/move.h"
#include "ir/tensor.h"

// Backwards these say "to the beginning", as in ONNX Runtime: nothing else would ever come out.
bool tni_whole_back(int64_t end) { return end == INT32_MAX || end == INT64_MAX; }

// Start, end and step made fit for a dimension: the elements start, start + step, ... (count of them).
int64_t tni_slice_exact(int64_t dim, int64_t *start, int64_t end, int64_t *step) {
    int64_t low = *step < 0 ? -1 : 0, high = *step < 0 ? dim - 1 : dim;
    if (*step < 0 && tni_whole_back(end)) end = INT64_MIN;
    if (*start < 0) *start += dim;
    if (end < 0) end += dim;
    *start = *start < 0 ? 0 : *start > high ? high : *start;
    end = end < low ? low : end > high ? high : end;
    if (dim == 0) return *start = 0, 0;
    if (*step > dim) *step = dim; // one element at most, and no overflow below
    if (*step < -dim) *step = -dim;
    int64_t way = *step > 0 ? end - *start : *start - end, by = *step > 0 ? *step : -*step;
    return way > 0 ? (way - 1) / by + 1 : 0;
}

// False when the lists are not there yet or do not fit the input.
bool tni_slice_read(const tn_tensor *const *in, int nin, tni_slice *p) {
    const tn_tensor *data = in[0];
    for (int d = 0; d < data->rank; d++) {
        p->start[d] = 0;
        p->step[d] = 1;
        p->count[d] = data->dim[d];
    }
    for (int i = 1; i < nin; i++)
        if (in[i] && tn_count(in[i]) && !in[i]->data) return false;
    const tn_tensor *axes = nin > 3 ? in[3] : NULL, *steps = nin > 4 ? in[4] : NULL;
    int64_t n = tn_count(in[1]);
    if (tn_count(in[2]) != n || (axes && tn_count(axes) != n) || (steps && tn_count(steps) != n))
        return false;
    for (int64_t k = 0; k < n; k++) {
        int64_t d = axes ? tni_get_int(axes, k) : k;
        if (d < 0) d += data->rank;
        if (d < 0 || d >= data->rank) return false;
        int64_t step = steps ? tni_get_int(steps, k) : 1;
        if (step == 0) return false;
        p->step[d] = step == INT64_MIN ? step + 1 : step;
        p->start[d] = tni_get_int(in[1], k);
        p->count[d] = tni_slice_exact(data->dim[d], &p->start[d], tni_get_int(in[2], k), &p->step[d]);
    }
    return true;
}

int tni_slice_moves(const tn_problem *p, int i, tni_move *m) {
    const tn_tensor *in = p->in[0], *out = p->out[0];
    int64_t to[TN_MAX_RANK], from[TN_MAX_RANK];
    tni_slice s;
    (void)i;
    if (!out) return 0;
    if (!tni_slice_read(p->in, p->nin, &s)) return -1;
    for (int d = 0; d < in->rank; d++)
        if (s.count[d] != out->dim[d]) return -1;
    if (!m) return 1;
    tni_strides(in->rank, in->dim, from);
    tni_strides(in->rank, out->dim, to);
    for (int d = 0; d < in->rank; d++) {
        m->from_at += s.start[d] * from[d];
        tni_move_loop(m, s.count[d], to[d], s.step[d] * from[d]);
    }
    return 1;
}

bool tni_pad_mode_of(tn_attrs a, tni_pad_mode *mode) {
    static const char *const names[] = {"constant", "reflect", "edge", "wrap"};
    for (int i = 0; i < 4; i++)
        if (tn_attr_is(a, "mode", names[i])) return *mode = (tni_pad_mode)i, true;
    return false;
}

typedef struct pad_plan {
    int64_t begin[TN_MAX_RANK], end[TN_MAX_RANK]; // added; not below 0
    int64_t cut[TN_MAX_RANK], kept[TN_MAX_RANK];  // of the input: from, how many
} pad_plan;

// False when the pads are not known yet, or do not fit.
static bool pad_read(const tn_problem *p, pad_plan *s) {
    const tn_tensor *in = p->in[0], *pads = p->in[1], *axes = p->nin > 3 ? p->in[3] : NULL;
    for (int d = 0; d < in->rank; d++) {
        s->begin[d] = s->end[d] = s->cut[d] = 0;
        s->kept[d] = in->dim[d];
    }
    int64_t n = axes ? tn_count(axes) : in->rank;
    if (!pads->data || (axes && !axes->data) || tn_count(pads) != 2 * n) return false;
    for (int64_t k = 0; k < n; k++) {
        int64_t d = axes ? tni_get_int(axes, k) : k, begin = tni_get_int(pads, k), sum;
        int64_t end = tni_get_int(pads, n + k);
        if (d < 0) d += in->rank;
        if (d < 0 || d >= in->rank) return false;
        if (!ck_add64(begin, end, &sum) || !ck_add64(sum, in->dim[d], &sum) || sum != p->out[0]->dim[d])
            return false;
        s->begin[d] = begin > 0 ? begin : 0;
        s->end[d] = end > 0 ? end : 0;
        s->cut[d] = begin < 0 ? -begin : 0;
        s->kept[d] = in->dim[d] - s->cut[d] - (end < 0 ? -end : 0);
        if (s->kept[d] < 0) return false;
    }
    return true;
}

// Whether each border shows what was kept, once: what goes back and forth, or round, more often is rare.
static bool pad_once(tni_pad_mode mode, const pad_plan *s, int rank) {
    for (int d = 0; d < rank; d++) {
        int64_t most = mode == TNI_PAD_REFLECT ? s->kept[d] - 1 : s->kept[d];
        if (mode == TNI_PAD_EDGE && s->kept[d] > 0) continue;
        if (mode != TNI_PAD_CONSTANT && (s->begin[d] > most || s->end[d] > most)) return false;
    }
    return true;
}

// The border before (or behind) what was kept of dimension d, as wide as the dimensions inside it have grown.
static void border(const tn_problem *p, tni_pad_mode mode, const pad_plan *s, int d, bool behind,
                   tni_move *m) {
    const tn_tensor *out = p->out[0], *value = p->nin > 2 ? p->in[2] : NULL;
    int64_t stride[TN_MAX_RANK], first = behind ? s->begin[d] + s->kept[d] : 0;
    int64_t n = behind ? s->end[d] : s->begin[d], from = 0, step = 1, last = s->begin[d] + s->kept[d] - 1;
    bool fill = mode == TNI_PAD_CONSTANT;
    tni_strides(out->rank, out->dim, stride);
    if (mode == TNI_PAD_EDGE) from = behind ? last : s->begin[d], step = 0;
    if (mode == TNI_PAD_REFLECT) from = behind ? last - 1 : 2 * s->begin[d], step = -1;
    if (mode == TNI_PAD_WRAP) from = behind ? s->begin[d] : s->kept[d];
    m->in = !fill ? TNI_MOVE_OUT : value && tn_count(value) ? 2 : TNI_MOVE_ZERO;
    m->to_at = first * stride[d];
    m->from_at = fill ? 0 : from * stride[d];
    for (int k = 0; k < d; k++) m->to_at += s->begin[k] * stride[k];
    for (int k = 0; k < d && !fill; k++) m->from_at += s->begin[k] * stride[k];
    for (int k = 0; k < out->rank; k++) {
        int64_t dim = k < d ? s->kept[k] : k > d ? out->dim[k] : n;
        tni_move_loop(m, dim, stride[k], fill ? 0 : k == d ? step * stride[k] : stride[k]);
    }
}

// What was kept, then the borders, from the innermost dimension out.
int tni_pad_moves(const tn_problem *p, int i, tni_move *m) {
    const tn_tensor *in = p->in[0], *out = p->out[0];
    tni_pad_mode mode = TNI_PAD_CONSTANT;
    pad_plan s;
    int64_t to[TN_MAX_RANK], from[TN_MAX_RANK];
    int count = 1;
    if (!out) return 0;
    if (!tni_pad_mode_of(p->attrs, &mode) || !pad_read(p, &s) || !pad_once(mode, &s, in->rank)) return -1;
    for (int d = in->rank - 1; d >= 0; d--)
        for (int behind = 0; behind < 2; behind++) {
            if (!(behind ? s.end[d] : s.begin[d])) continue;
            if (m && count == i) border(p, mode, &s, d, behind, m);
            count++;
        }
    if (!m || i) return count;
    tni_strides(in->rank, in->dim, from);
    tni_strides(in->rank, out->dim, to);
    for (int d = 0; d < in->rank; d++) {
        m->to_at += s.begin[d] * to[d];
        m->from_at += s.cut[d] * from[d];
        tni_move_loop(m, s.kept[d], to[d], from[d]);
    }
    return count;
}
