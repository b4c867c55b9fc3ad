// SPDX-License-Identifier: Apache-2.0
// blocked_heads.c - tn.BlockedHeads: blocked maps of different sizes as one plain list of pixels, which is
// what a detector makes of what its heads say of each level. Channels stay in front, or become the rows:
//
//     last = 0: [N, C, pixels]        last = 1: [N, groups, pixels, C / groups]
//
// and an activation on the way. The pass `heads` makes it of what exporters write.
#include "op/blocked.h"
#include "op/epilogue.h"

static tn_status check_map(tn_infer *c, int i, int64_t channels) {
    const tn_type *x = &c->in[i]->type, *first = &c->in[0]->type;
    TN_TRY(tni_want_blocked(c, i, "a map"));
    if (x->rank < 0) return TN_OK;
    TN_TRY(tni_want_dim(c, x->dim[1], tn_k(tni_blocks(channels)), "blocks of channels"));
    return first->rank > 0 ? tni_want_dim(c, x->dim[0], first->dim[0], "images of a map") : TN_OK;
}

static tn_status heads_infer(tn_infer *c) {
    int64_t channels = tn_attr_int(c->attrs, "channels"), groups = tn_attr_int(c->attrs, "groups");
    tn_dim pixels = tn_k(0);
    bool unknown = false;
    TN_TRY(tni_activation_check(c));
    if (channels % groups)
        return tn_infer_fail(c, "%lld channels are no %lld groups", (long long)channels, (long long)groups);
    for (int i = 0; i < c->nin; i++) {
        if (!tni_given(c, i)) return tn_infer_fail(c, "map %d is missing", i);
        TN_TRY(check_map(c, i, channels));
        const tn_type *x = &c->in[i]->type;
        unknown |= x->rank < 0;
        tn_dim plane = tn_k(1);
        for (int d = 2; d + 1 < x->rank; d++) plane = tn_dim_mul(c->dims, plane, x->dim[d]);
        pixels = tn_dim_add(c->dims, pixels, plane);
    }
    const tn_type *x = &c->in[0]->type;
    if (unknown) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    bool last = tn_attr_int(c->attrs, "last") != 0;
    tn_dim rows[4] = {x->dim[0], tn_k(groups), pixels, tn_k(channels / groups)};
    tn_dim planes[3] = {x->dim[0], tn_k(channels), pixels};
    tni_shape_out(c, 0, x->dtype, last ? 4 : 3, last ? rows : planes);
    return TN_OK;
}

typedef struct activation {
    tni_activation kind;
    double alpha, beta;
} activation;

// One channel of one image's map, to y[at], y[at + step], ...
static void put_channel(const tn_tensor *x, int64_t from, const tn_tensor *y, int64_t at, int64_t step,
                        const activation *a) {
    double row[TNI_ROW];
    int64_t plane = tn_count_range(x, 2, x->rank - 1);
    for (int64_t p = 0, n; p < plane; p += n) {
        n = plane - p < TNI_ROW ? plane - p : TNI_ROW;
        tni_load(row, x, from + p * TNI_BLOCK, TNI_BLOCK, n);
        tni_activate(a->kind, a->alpha, a->beta, row, n);
        tni_store(y, at + p * step, step, n, row);
    }
}

static tn_status heads_ref(tn_call *c) {
    const tn_tensor *y = tni_result(c, 0);
    if (!y) return TN_OK;
    bool last = tn_attr_int(c->attrs, "last") != 0;
    int64_t channels = tn_attr_int(c->attrs, "channels");
    int64_t width = channels / tn_attr_int(c->attrs, "groups"), pixels = y->dim[2], before = 0;
    activation a = {tni_activation_find(tn_attr_string(c->attrs, "activation")),
                    tn_attr_float(c->attrs, "activation_alpha"), tn_attr_float(c->attrs, "activation_beta")};
    for (int i = 0; i < c->nin; i++) {
        const tn_tensor *x = c->in[i];
        for (int64_t k = 0; k < x->dim[0] * channels; k++) {
            int64_t ch = k % channels, group = k / width; // of all images
            int64_t at = last ? (group * pixels + before) * width + ch % width : k * pixels + before;
            put_channel(x, tni_lane_at(x, k / channels, ch), y, at, last ? width : 1, &a);
        }
        before += tn_count_range(x, 2, x->rank - 1);
    }
    return TN_OK;
}

TN_OP(tn_blocked_heads) = {
    TN_HERE,
    .name = "BlockedHeads",
    .domain = "tn",
    .since = 1,
    .doc = "blocked maps as one list of pixels, [N,C,pixels] or [N,groups,pixels,C/groups], activated",
    .in = {{"X", "T", TN_VARIADIC}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs =
        {{.name = "channels", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = TNI_WINDOW_MAX},
         {"last", TN_ATTR_INT},
         {.name = "groups", .kind = TN_ATTR_INT, .i = 1, .min = 1, .max = TNI_WINDOW_MAX},
         TNI_ACTIVATION_ATTRS},
    .infer = heads_infer,
    .ref = heads_ref,
};
