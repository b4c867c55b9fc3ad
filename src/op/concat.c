// SPDX-License-Identifier: Apache-2.0
// concat.c - Concat: the inputs one after the other along an axis. Where the axis is the outermost dimension
// that counts, producers may write straight into the output (embed).
#include "op/move.h"

// What all inputs agree on: a constant wins over an expression.
static tn_status merge(tn_infer *c, const tn_type *in, int i, int axis, tn_type *to) {
    if (in->rank != to->rank)
        return tn_infer_fail(c, "input %d has rank %d, the inputs before it have rank %d", i, in->rank,
                             to->rank);
    for (int d = 0; d < to->rank; d++) {
        if (d == axis) {
            to->dim[d] = tn_dim_add(c->dims, to->dim[d], in->dim[d]);
            continue;
        }
        if (to->dim[d].e && !in->dim[d].e) to->dim[d] = in->dim[d];
        if (to->dim[d].e || in->dim[d].e || to->dim[d].k == in->dim[d].k) continue;
        return tn_infer_fail(c, "dimension %d is %lld in input %d and %lld in the inputs before it", d,
                             (long long)in->dim[d].k, i, (long long)to->dim[d].k);
    }
    return TN_OK;
}

static void concat_content(tn_infer *c) {
    tn_dim all[TN_MAX_CONTENT], v[TN_MAX_CONTENT];
    size_t n, count = 0;
    for (int i = 0; i < c->nin; i++) {
        if (!tni_content(c->in[i], v, &n) || count + n > TN_MAX_CONTENT) return;
        memcpy(all + count, v, n * sizeof *v);
        count += n;
    }
    tn_infer_content(c, 0, all, count);
}

static tn_status concat_infer(tn_infer *c) {
    tn_type to = {.kind = TN_TENSOR, .rank = -1};
    int axis = 0;
    bool unknown = false;
    for (int i = 0; i < c->nin; i++) {
        if (!tni_given(c, i)) return tn_infer_fail(c, "input %d is missing", i);
        const tn_type *in = &c->in[i]->type;
        unknown |= in->rank < 0;
        if (in->rank < 0) continue;
        if (to.rank >= 0) {
            TN_TRY(merge(c, in, i, axis, &to));
            continue;
        }
        if (in->rank == 0) return tn_infer_fail(c, "input %d is a scalar, which has no axis to join", i);
        TN_TRY(tn_infer_axis(c, tn_attr_int(c->attrs, "axis"), in->rank, &axis));
        to.rank = in->rank;
        memcpy(to.dim, in->dim, sizeof to.dim);
    }
    if (to.rank < 0) {
        tni_shape_unknown(c, 0, c->in[0]->type.dtype);
        return TN_OK;
    }
    if (unknown) to.dim[axis] = tn_dim_fresh(c->dims);
    tni_shape_out(c, 0, c->in[0]->type.dtype, to.rank, to.dim);
    if (to.rank == 1) concat_content(c);
    return TN_OK;
}

static tn_status concat_ref(tn_call *c) {
    return tni_call_moves(c, tni_concat_moves, "the inputs do not fit");
}

static bool concat_embed(const tn_problem *p, int in, size_t *offset) {
    const tn_tensor *out = p->out[0];
    if (!out) return false;
    int axis = tni_attr_axis(p->attrs, out->rank);
    if (tn_count_range(out, 0, axis) != 1) return false;
    int64_t inner = tn_count_range(out, axis + 1, out->rank), at = 0;
    for (int i = 0; i < in; i++) at += p->in[i]->dim[axis] * inner;
    return tni_byte_offset(out, at, offset);
}

static tn_status concat_upgrade(tni_spec *s) { // until opset 3 the axis had a default
    return s->opset < 4 ? tni_spec_put(s, TN_A_INT("axis", tni_spec_int(s, "axis", 1))) : TN_OK;
}

TN_OP(concat) = {
    TN_HERE,
    .name = "Concat",
    .since = 13,
    .first = 1,
    .doc = "The inputs one after the other along an axis",
    .in = {{"inputs", "T", TN_VARIADIC}},
    .out = {{"concat_result", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"axis", TN_ATTR_INT, TN_REQUIRED}},
    .infer = concat_infer,
    .ref = concat_ref,
    .upgrade = concat_upgrade,
    .embed = concat_embed,
};
