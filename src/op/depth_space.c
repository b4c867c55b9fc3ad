// SPDX-License-Identifier: Apache-2.0
// depth_space.c - DepthToSpace and SpaceToDepth: transposes of
//
//     space [N, C, H, b, W, b]  <->  depth [N, b, b, C, H, W] (DCR)  or  [N, C, b, b, H, W] (CRD)
#include "op/move.h"

static tn_status check_blocks(tn_infer *c, int64_t *b) {
    *b = tn_attr_int(c->attrs, "blocksize");
    if (!tn_attr_is(c->attrs, "mode", "DCR") && !tn_attr_is(c->attrs, "mode", "CRD"))
        return tn_infer_fail(c, "mode '%s' is neither DCR nor CRD", tn_attr_string(c->attrs, "mode"));
    if (*b < 1 || *b > INT32_MAX) return tn_infer_fail(c, "blocksize %lld is not above 0", (long long)*b);
    return tni_want_rank(c, 0, "the input", 4, 4);
}

static tn_status divide(tn_infer *c, tn_dim *dim, int64_t by, const char *what) {
    if (!dim->e && dim->k % by)
        return tn_infer_fail(c, "the %s, %lld, cannot be divided by %lld", what, (long long)dim->k,
                             (long long)by);
    *dim = tn_dim_div(c->dims, *dim, tn_k(by));
    return TN_OK;
}

static tn_status to_space(tn_infer *c, tn_dim *dim, int64_t b) {
    TN_TRY(divide(c, &dim[1], b * b, "depth"));
    dim[2] = tn_dim_mul(c->dims, dim[2], tn_k(b));
    dim[3] = tn_dim_mul(c->dims, dim[3], tn_k(b));
    return TN_OK;
}

static tn_status to_depth(tn_infer *c, tn_dim *dim, int64_t b) {
    TN_TRY(divide(c, &dim[2], b, "height"));
    TN_TRY(divide(c, &dim[3], b, "width"));
    dim[1] = tn_dim_mul(c->dims, dim[1], tn_k(b * b));
    return TN_OK;
}

static tn_status infer(tn_infer *c, tn_status (*reshape)(tn_infer *c, tn_dim *dim, int64_t b)) {
    const tn_type *in = &c->in[0]->type;
    tn_dim dim[4];
    int64_t b;
    TN_TRY(check_blocks(c, &b));
    if (in->rank < 0) return tni_shape_fresh(c, 0, in->dtype, 4), TN_OK;
    memcpy(dim, in->dim, sizeof dim);
    TN_TRY(reshape(c, dim, b));
    tni_shape_out(c, 0, in->dtype, 4, dim);
    return TN_OK;
}

static tn_status depth_to_space_infer(tn_infer *c) { return infer(c, to_space); }
static tn_status space_to_depth_infer(tn_infer *c) { return infer(c, to_depth); }

static tn_status depth_to_space_ref(tn_call *c) {
    return tni_call_moves(c, tni_depth_to_space_moves, "the sizes do not fit");
}

static tn_status space_to_depth_ref(tn_call *c) {
    return tni_call_moves(c, tni_space_to_depth_moves, "the sizes do not fit");
}

#define DEPTH_SPACE(NAME, DOC, FN)                                                                         \
    {                                                                                                      \
        TN_HERE, .name = NAME, .since = 28, .first = 1, .doc = DOC, .in = {{"input", "T"}},                \
                 .out = {{"output", "T"}}, .types = {{"T", TNI_MOVABLE}},                                  \
                 .attrs = {{"blocksize", TN_ATTR_INT, TN_REQUIRED}, {"mode", TN_ATTR_STRING, .s = "DCR"}}, \
                 .infer = FN##_infer, .ref = FN##_ref,                                                     \
    }

TN_OP(depth_to_space) = DEPTH_SPACE("DepthToSpace", "Blocks of channels spread over space", depth_to_space);
TN_OP(space_to_depth) = DEPTH_SPACE("SpaceToDepth", "Blocks of space gathered into channels", space_to_depth);
