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

static tn_status depth_to_space_ref(tn_call *c) {
    int64_t dim[6], space[6], depth[6];
    tni_move m = {0};
    if (!c->out[0]) return TN_OK;
    block_strides(c->attrs, c->out[0], tn_attr_int(c->attrs, "blocksize"), dim, space, depth);
    for (int d = 0; d < 6; d++) tni_move_loop(&m, dim[d], space[d], depth[d]);
    tni_move_run(c, &m, c->out[0], 0, c->in[0], 0);
    return TN_OK;
}

static tn_status space_to_depth_ref(tn_call *c) {
    static const int order_dcr[6] = {0, 3, 5, 1, 2, 4}, order_crd[6] = {0, 1, 3, 5, 2, 4};
    const int *order = tn_attr_is(c->attrs, "mode", "DCR") ? order_dcr : order_crd;
    int64_t dim[6], space[6], depth[6];
    tni_move m = {0};
    if (!c->out[0]) return TN_OK;
    block_strides(c->attrs, c->in[0], tn_attr_int(c->attrs, "blocksize"), dim, space, depth);
    for (int k = 0; k < 6; k++) tni_move_loop(&m, dim[order[k]], depth[order[k]], space[order[k]]);
    tni_move_run(c, &m, c->out[0], 0, c->in[0], 0);
    return TN_OK;
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
