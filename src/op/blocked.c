// SPDX-License-Identifier: Apache-2.0
// blocked.c - tn.ToBlocked, tn.FromBlocked and the convolutions of blocked activations (layout: blocked.h).
// The convolutions are their plain operators between two permutations: inference and reference kernel hand a
// plain view of the problem to conv.c and conv_transpose.c.
#include "op/blocked.h"

#include "ir/blocked.h"
#include "op/conv.h"

// ---------------------------------------------------------------------------------------------- layout

enum { LINE = 3, PLAIN = 4, VOLUME = 5 }; // ranks of plain activations

void tni_to_blocked(const tn_tensor *blocked, const tn_tensor *plain) {
    int64_t plane = tn_count_range(plain, 2, plain->rank);
    memset(blocked->data, 0, blocked->bytes);
    for (int64_t i = 0; i < plain->dim[0] * plain->dim[1]; i++)
        tni_scatter(blocked, tni_lane_at(blocked, i / plain->dim[1], i % plain->dim[1]), TNI_BLOCK, plain,
                    i * plane, plane);
}

void tni_from_blocked(const tn_tensor *plain, const tn_tensor *blocked) {
    int64_t plane = tn_count_range(plain, 2, plain->rank);
    for (int64_t i = 0; i < plain->dim[0] * plain->dim[1]; i++)
        tni_copy(plain, i * plane, blocked, tni_lane_at(blocked, i / plain->dim[1], i % plain->dim[1]),
                 TNI_BLOCK, plane);
}

// Out 0: the blocked form of `plain`.
static void blocked_out(tn_infer *c, const tn_type *plain) {
    if (plain->rank < 0) {
        tni_shape_unknown(c, 0, plain->dtype);
        return;
    }
    tn_dim shape[TN_MAX_RANK];
    int rank = plain->rank == LINE ? PLAIN : plain->rank; // a line is an image of height 1
    for (int i = 0; i < plain->rank; i++) shape[i] = plain->dim[i];
    if (plain->rank == LINE) shape[3] = shape[2], shape[2] = tn_k(1);
    shape[1] = tn_dim_ceil_div(c->dims, plain->dim[1], tn_k(TNI_BLOCK));
    shape[rank] = tn_k(TNI_BLOCK);
    tni_shape_out(c, 0, plain->dtype, rank + 1, shape);
}

tn_status tni_want_blocked(tn_infer *c, int i, const char *what) {
    TN_TRY(tni_want_rank(c, i, what, PLAIN + 1, VOLUME + 1));
    if (!tni_ranked(c, i)) return TN_OK;
    const tn_type *t = &c->in[i]->type;
    return tni_want_dim(c, t->dim[t->rank - 1], tn_k(TNI_BLOCK), "size of a block");
}

// ---------------------------------------------------------------------------------------------- ToBlocked

static tn_status to_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the input", LINE, VOLUME));
    blocked_out(c, &c->in[0]->type);
    return TN_OK;
}

static tn_status to_ref(tn_call *c) {
    if (tni_result(c, 0)) tni_to_blocked(c->out[0], c->in[0]);
    return TN_OK;
}

// One pixel of whole blocks is the same sequence of channels in both forms.
static bool same_sequence(int64_t channels, const tn_tensor *plain) {
    return tn_count_range(plain, 2, plain->rank) == 1 && (plain->dim[0] == 1 || channels % TNI_BLOCK == 0);
}

static bool to_view(const tn_problem *p, int out, size_t *offset) {
    *offset = 0;
    return out == 0 && p->in[0] && p->in[0]->dim[1] % TNI_BLOCK == 0 &&
           same_sequence(p->in[0]->dim[1], p->in[0]);
}

TN_OP(tn_to_blocked) = {
    TN_HERE,
    .name = "ToBlocked",
    .domain = "tn",
    .since = 1,
    .doc = "[N,C,H,W] as [N,ceil(C/16),H,W,16], zeros in the lanes behind the last channel; also volumes, "
           "and [N,C,W] as height 1",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .infer = to_infer,
    .ref = to_ref,
    .view = to_view,
};

// -------------------------------------------------------------------------------------------- FromBlocked

static tn_status from_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    int64_t channels = tn_attr_int(c->attrs, "channels");
    TN_TRY(tni_want_blocked(c, 0, "the input"));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    TN_TRY(tni_want_dim(c, x->dim[1], tn_k(tni_blocks(channels)), "blocks of channels"));
    int line = tn_attr_int(c->attrs, "line") != 0;
    if (line) TN_TRY(tni_want_rank(c, 0, "the input of a line", PLAIN + 1, PLAIN + 1));
    if (line) TN_TRY(tni_want_dim(c, x->dim[2], tn_k(1), "height of a line"));
    tn_dim shape[TN_MAX_RANK];
    for (int i = 0; i < x->rank - 1 - line; i++) shape[i] = x->dim[i < 2 ? i : i + line];
    shape[1] = tn_k(channels);
    tni_shape_out(c, 0, x->dtype, x->rank - 1 - line, shape);
    return TN_OK;
}

static tn_status from_ref(tn_call *c) {
    if (tni_result(c, 0)) tni_from_blocked(c->out[0], c->in[0]);
    return TN_OK;
}

static bool from_view(const tn_problem *p, int out, size_t *offset) {
    *offset = 0;
    return out == 0 && p->out[0] && same_sequence(p->out[0]->dim[1], p->out[0]);
}

TN_OP(tn_from_blocked) = {
    TN_HERE,
    .name = "FromBlocked",
    .domain = "tn",
    .since = 1,
    .doc = "[N,ceil(C/16),H,W,16] as [N,C,H,W]; also volumes, and with `line` as [N,C,W]",
    .in = {{"X", "T"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs =
        {{.name = "channels", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = TNI_WINDOW_MAX},
         {.name = "line", .kind = TN_ATTR_INT, .min = 0, .max = 1}},
    .infer = from_infer,
    .ref = from_ref,
    .view = from_view,
};

// ------------------------------------------------------------------------------------------- convolutions

// The problem with plain activations: X may be plain already, and Z is blocked.
typedef struct plain_infer {
    tn_infer c;
    tn_info x, z, y;
    const tn_info *in[4];
    tn_info *out[1];
} plain_infer;

// Is input 0, of weights at input 1, blocked?
static bool is_blocked(const tn_type *x, const tn_type *w) { return x->rank == w->rank + 1; }

static tn_info plain_info(const tn_info *x, const tn_type *w, tn_dim channels) {
    tn_info plain = {.type = x->type};
    if (!is_blocked(&x->type, w)) return plain;
    plain.type.rank--;
    plain.type.dim[1] = channels;
    return plain;
}

static void plain_of(const tn_infer *c, tn_dim channels, plain_infer *p) {
    *p = (plain_infer){.c = *c};
    for (int i = 0; i < c->nin && i < 4; i++) p->in[i] = c->in[i];
    p->x = plain_info(c->in[0], &c->in[1]->type, channels);
    if (tni_channels_last(c->attrs))
        for (int i = 1; i < 4; i++) p->x.type.dim[i] = c->in[0]->type.dim[i == 1 ? 3 : i - 1];
    p->in[0] = &p->x;
    p->y.type = (tn_type){.kind = TN_TENSOR, .rank = -1};
    p->out[0] = &p->y;
    p->c.in = p->in;
    p->c.out = p->out;
    p->c.nout = 1;
}

static tn_status check_input(tn_infer *c, tn_dim channels) {
    int rank = c->in[1]->type.rank;
    TN_TRY(tni_want_rank(c, 0, "the input", rank, rank + 1));
    if (!tni_ranked(c, 0) || !is_blocked(&c->in[0]->type, &c->in[1]->type)) return TN_OK;
    TN_TRY(tni_want_blocked(c, 0, "the input"));
    return tni_want_dim(c, c->in[0]->type.dim[1], tn_dim_ceil_div(c->dims, channels, tn_k(TNI_BLOCK)),
                        "blocks of channels");
}

static tn_status check_list(tn_infer *c, const char *name, tn_dim channels) {
    size_t n;
    tn_attr_floats(c->attrs, name, &n);
    if (!n || channels.e || (int64_t)n == channels.k) return TN_OK;
    return tn_infer_fail(c, "%s has %zu entries for %lld channels", name, n, (long long)channels.k);
}

// Only an image that is not blocked may be of bytes, have its channels last and be normalised here.
static tn_status check_image(tn_infer *c, tn_dim channels) {
    const tn_type *x = &c->in[0]->type, *w = &c->in[1]->type;
    if (!tni_image_raw(c->attrs, x->dtype, w->dtype)) return TN_OK;
    if (x->rank != PLAIN || w->rank != PLAIN)
        return tn_infer_fail(c, "only an image that is not blocked may be of another type, have its channels "
                                "last or be normalised here");
    if (x->dtype != w->dtype && TN_FLOATS >> x->dtype & 1)
        return tn_infer_fail(c, "the input is %s, but the weights are %s", tn_dtype_text(x->dtype),
                             tn_dtype_text(w->dtype));
    TN_TRY(check_list(c, "scale", channels));
    return check_list(c, "shift", channels);
}

static tn_status check_residual(tn_infer *c, int i) {
    const tn_type *y = tni_out_type(c, 0);
    if (!tni_ranked(c, i) || !y || y->rank < 0) return TN_OK;
    TN_TRY(tni_want_rank(c, i, "the residual", y->rank, y->rank));
    for (int d = 0; d < y->rank; d++)
        TN_TRY(tni_want_dim(c, c->in[i]->type.dim[d], y->dim[d], "size of the residual"));
    return TN_OK;
}

static tn_status conv_infer(tn_infer *c) {
    TN_TRY(tni_activation_check(c));
    TN_TRY(tni_want_rank(c, 1, "the weights", PLAIN, VOLUME));
    tn_dtype type = c->in[1]->type.dtype;
    if (!tni_ranked(c, 0) || !tni_ranked(c, 1)) return tni_shape_unknown(c, 0, type), TN_OK;
    tn_dim group = tn_k(tn_attr_int(c->attrs, "group"));
    tn_dim channels = tn_dim_mul(c->dims, c->in[1]->type.dim[1], group);
    TN_TRY(check_input(c, channels));
    TN_TRY(check_image(c, channels));
    plain_infer p;
    plain_of(c, channels, &p);
    TN_TRY(tni_conv_infer(&p.c, 0, 1, type));
    TN_TRY(tni_conv_check_bias(c, 1, 2));
    blocked_out(c, &p.y.type);
    return check_residual(c, 3);
}

// A tensor in memory of the call, shaped as `blocked` with `channels` of them.
static bool plain_tensor(tn_call *c, const tn_tensor *blocked, int64_t channels, tn_tensor *to) {
    *to = *blocked;
    to->rank--;
    to->dim[1] = channels;
    return tni_tensor_size(to->dtype, to->rank, to->dim, &to->bytes) &&
           (to->data = tni_scratch(c, 1, to->bytes + 1));
}

// X as [N,C,H,W] of the weights' type, normalised, in memory of the call.
static bool normal_tensor(tn_call *c, tn_tensor *to) {
    const tn_tensor *x = c->in[0];
    int last = tni_channels_last(c->attrs), high = tni_height_axis(c->attrs, PLAIN);
    int64_t channels = x->dim[tni_channel_axis(c->attrs)], h = x->dim[high], w = x->dim[high + 1];
    int64_t dims[4] = {x->dim[0], channels, h, w};
    double *row = tni_scratch(c, w + 1, sizeof *row);
    *to = (tn_tensor){.kind = TN_TENSOR, .dtype = c->in[1]->dtype, .rank = 4};
    memcpy(to->dim, dims, sizeof dims);
    if (!row || !tni_tensor_size(to->dtype, 4, dims, &to->bytes) ||
        !(to->data = tni_scratch(c, 1, to->bytes + 1)))
        return false;
    for (int64_t i = 0; i < tn_count_range(to, 0, 3); i++) {
        int64_t n = i / h / channels, k = i / h % channels, y = i % h;
        double scale = (double)tni_floats_at(c->attrs, "scale", (int)k, 1);
        double shift = (double)tni_floats_at(c->attrs, "shift", (int)k, 0);
        tni_load(row, x, last ? (n * h + y) * w * channels + k : i * w, last ? channels : 1, w);
        for (int64_t j = 0; j < w; j++) row[j] = row[j] * scale + shift;
        tni_store(to, i * w, 1, w, row);
    }
    return true;
}

// Runs `ref` on plain activations with `channels` of them going in and `filters` coming out.
static tn_status plain_ref(tn_call *c, int64_t channels, int64_t filters,
                           tn_status (*ref)(tn_call *c, const tn_tensor *z)) {
    tn_tensor x = *c->in[0], z, y, *out[1] = {&y};
    const tn_tensor *in[4] = {0}, *residual = tni_arg(c, 3);
    for (int i = 0; i < c->nin && i < 4; i++) in[i] = c->in[i];
    if (x.rank > c->in[1]->rank) {
        if (!plain_tensor(c, c->in[0], channels, &x)) return TN_NOMEM;
        tni_from_blocked(&x, c->in[0]);
    } else if (tni_image_raw(c->attrs, x.dtype, c->in[1]->dtype)) {
        if (!normal_tensor(c, &x)) return TN_NOMEM;
    }
    if (residual) {
        if (!plain_tensor(c, residual, filters, &z)) return TN_NOMEM;
        tni_from_blocked(&z, residual);
    }
    if (!plain_tensor(c, c->out[0], filters, &y)) return TN_NOMEM;
    tn_call plain = *c;
    in[0] = &x;
    plain.in = in;
    plain.out = out;
    plain.nout = 1;
    TN_TRY(ref(&plain, residual ? &z : NULL));
    tni_to_blocked(c->out[0], &y);
    return TN_OK;
}

static tn_status conv_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *w = c->in[1];
    return plain_ref(c, w->dim[1] * tn_attr_int(c->attrs, "group"), w->dim[0], tni_conv_ref);
}

TN_OP(tn_blocked_conv) = {
    TN_HERE,
    .name = "BlockedConv",
    .domain = "tn",
    .since = 1,
    .doc = "tn.Conv with blocked activations, images or volumes; X may be plain, or an image as it comes; W "
           "and B are plain",
    .in = {{"X", "I"}, {"W", "T"}, {"B", "T", TN_OPTIONAL_IN}, {"Z", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}, {"I", TNI_IMAGE_TYPES}},
    .attrs = {TNI_CONV_ATTRS, TNI_ACTIVATION_ATTRS, TNI_IMAGE_ATTRS},
    .infer = conv_infer,
    .ref = conv_ref,
};

static tn_status transpose_infer(tn_infer *c) {
    TN_TRY(tni_activation_check(c));
    TN_TRY(tni_want_rank(c, 1, "the weights", 4, 4));
    if (!tni_ranked(c, 0) || !tni_ranked(c, 1)) return tni_shape_unknown(c, 0, c->in[0]->type.dtype), TN_OK;
    tn_dim channels = c->in[1]->type.dim[0];
    TN_TRY(tni_want_blocked(c, 0, "the input"));
    TN_TRY(check_input(c, channels));
    plain_infer p;
    plain_of(c, channels, &p);
    TN_TRY(tni_conv_transpose_infer(&p.c));
    blocked_out(c, &p.y.type);
    return TN_OK;
}

static tn_status plain_transpose(tn_call *c, const tn_tensor *z) {
    (void)z; // there is no residual
    return tni_conv_transpose_ref(c);
}

static tn_status transpose_ref(tn_call *c) {
    if (!tni_result(c, 0)) return TN_OK;
    const tn_tensor *w = c->in[1];
    return plain_ref(c, w->dim[0], w->dim[1] * tn_attr_int(c->attrs, "group"), plain_transpose);
}

TN_OP(tn_blocked_conv_transpose) = {
    TN_HERE,
    .name = "BlockedConvTranspose",
    .domain = "tn",
    .since = 1,
    .doc = "tn.ConvTranspose with blocked activations; W and B are plain",
    .in = {{"X", "T"}, {"W", "T"}, {"B", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {TNI_CONV_TRANSPOSE_ATTRS, TNI_ACTIVATION_ATTRS},
    .infer = transpose_infer,
    .ref = transpose_ref,
};
