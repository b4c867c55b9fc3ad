// SPDX-License-Identifier: Apache-2.0
// blocked_chain.c - tn.BlockedChain: up to three tn.BlockedConv of which each reads the one before, as one
// step, so that a kernel can take them depth first: rows of one go into the next while they are near. A list
// attribute has the links' values one behind the other. Inference and reference kernel are the links' own.
#include "op/blocked.h"

#include "ir/blocked.h"
#include "ir/chain.h"
#include "op/window.h"

enum { LINK_ATTRS = sizeof((tn_op_def *)0)->attrs / sizeof(tn_attr_def) };

// The attributes of one link, as tn.BlockedConv has them.
typedef struct link {
    tn_attr slot[LINK_ATTRS];
    tn_attrs attrs;
} link;

// `name` is in the operator's table.
static tn_attr *slot_of(link *l, const char *name) {
    int i = 0;
    while (strcmp(l->attrs.op->attrs[i].name, name) != 0) i++;
    return &l->slot[i];
}

static void put_ints(link *l, tn_attrs chain, const char *name, size_t each, size_t i) {
    size_t n;
    const int64_t *list = tn_attr_ints(chain, name, &n);
    if (!n) return;
    *slot_of(l, name) =
        (tn_attr){.name = name, .kind = TN_ATTR_INTS, .present = true, .n = each, .ints = list + each * i};
}

static void put_float(link *l, tn_attrs chain, const char *name, const char *list_name, size_t i) {
    size_t n;
    const float *list = tn_attr_floats(chain, list_name, &n);
    if (n) slot_of(l, name)->f = (double)list[i];
}

static void put_list(link *l, tn_attrs chain, const char *name) {
    size_t n;
    const float *list = tn_attr_floats(chain, name, &n);
    *slot_of(l, name) =
        (tn_attr){.name = name, .kind = TN_ATTR_FLOATS, .present = n > 0, .n = n, .floats = list};
}

// What the first link reads.
static void put_image(link *l, tn_attrs chain) {
    slot_of(l, "channels_last")->i = tn_attr_int(chain, "channels_last");
    put_list(l, chain, "scale");
    put_list(l, chain, "shift");
}

static void link_of(tn_attrs chain, size_t i, link *l) {
    size_t n;
    const tn_attr_def *row = tn_op_tn_blocked_conv.attrs;
    l->attrs = (tn_attrs){&tn_op_tn_blocked_conv, l->slot};
    for (int k = 0; k < LINK_ATTRS && row[k].name; k++) {
        l->slot[k] = (tn_attr){.name = row[k].name, .kind = row[k].kind, .i = row[k].i, .f = row[k].f};
        if (row[k].s) l->slot[k].s = (tn_str){.text = row[k].s, .size = strlen(row[k].s)};
    }
    put_ints(l, chain, "strides", 2, i);
    put_ints(l, chain, "dilations", 2, i);
    put_ints(l, chain, "pads", 4, i);
    const int64_t *group = tn_attr_ints(chain, "groups", &n);
    if (n) slot_of(l, "group")->i = group[i];
    const tn_str *activation = tn_attr_strings(chain, "activations", &n);
    if (n) slot_of(l, "activation")->s = activation[i];
    put_float(l, chain, "activation_alpha", "activation_alphas", i);
    put_float(l, chain, "activation_beta", "activation_betas", i);
    if (!i) put_image(l, chain);
}

// ---------------------------------------------------------------------------------------------- inference

static size_t links_of(const tn_infer *c) {
    size_t n = 1;
    while (n < TNI_LINKS && tni_given(c, tni_link_weights((int)n))) n++;
    return n;
}

static tn_status check_list(tn_infer *c, const char *name, size_t n, size_t want) {
    if (!n || n == want) return TN_OK;
    return tn_infer_fail(c, "%s has %zu entries, but the chain wants %zu", name, n, want);
}

static tn_status check_lists(tn_infer *c, size_t links) {
    static const struct {
        const char *name;
        size_t each;
    } ints[] = {{"strides", 2}, {"dilations", 2}, {"pads", 4}, {"groups", 1}};
    size_t n;
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        tn_attr_ints(c->attrs, ints[i].name, &n);
        TN_TRY(check_list(c, ints[i].name, n, ints[i].each * links));
    }
    tn_attr_strings(c->attrs, "activations", &n);
    TN_TRY(check_list(c, "activations", n, links));
    tn_attr_floats(c->attrs, "activation_alphas", &n);
    TN_TRY(check_list(c, "activation_alphas", n, links));
    tn_attr_floats(c->attrs, "activation_betas", &n);
    return check_list(c, "activation_betas", n, links);
}

static tn_status infer_link(tn_infer *c, size_t i, bool last, const tn_info *x, tn_info *y) {
    link l;
    const tn_info *in[4] = {x, c->in[tni_link_weights((int)i)]};
    tn_info *out[1] = {y};
    tn_infer sub = *c;
    if (tni_given(c, tni_link_bias((int)i))) in[2] = c->in[tni_link_bias((int)i)];
    if (last && tni_given(c, TNI_CHAIN_RESIDUAL)) in[3] = c->in[TNI_CHAIN_RESIDUAL];
    link_of(c->attrs, i, &l);
    sub.attrs = l.attrs;
    sub.nin = 4;
    sub.in = in;
    sub.nout = 1;
    sub.out = out;
    return l.attrs.op->infer(&sub);
}

// One for each channel of each image of a blocked X.
static tn_status check_factors(tn_infer *c) {
    if (!tni_given(c, TNI_CHAIN_FACTORS)) return TN_OK;
    TN_TRY(tni_want_rank(c, TNI_CHAIN_FACTORS, "the factors", 5, 5));
    if (!tni_ranked(c, 0) || !tni_ranked(c, TNI_CHAIN_FACTORS)) return TN_OK;
    TN_TRY(tni_want_rank(c, 0, "an input with factors", 5, 5));
    const tn_dim *x = c->in[0]->type.dim, *s = c->in[TNI_CHAIN_FACTORS]->type.dim;
    const tn_dim want[5] = {x[0], x[1], tn_k(1), tn_k(1), x[4]};
    for (int d = 0; d < 5; d++) TN_TRY(tni_want_dim(c, s[d], want[d], "size of the factors"));
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    size_t links = links_of(c);
    tn_info y[TNI_LINKS] = {0};
    TN_TRY(check_lists(c, links));
    TN_TRY(check_factors(c));
    for (size_t i = 0; i < links; i++)
        TN_TRY(infer_link(c, i, i + 1 == links, i ? &y[i - 1] : c->in[0], &y[i]));
    const tn_type *t = &y[links - 1].type;
    if (t->rank != 5) {
        for (int k = 0; k < 2; k++) tni_shape_unknown(c, k, t->dtype);
        return TN_OK;
    }
    tn_dim mean[5] = {t->dim[0], t->dim[1], tn_k(1), tn_k(1), t->dim[4]};
    tni_shape_out(c, 0, t->dtype, 5, t->dim);
    tni_shape_out(c, 1, t->dtype, 5, mean);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- reference

static bool make_result(tn_call *c, const int64_t size[2], const tn_tensor *x, const tn_tensor *w,
                        tn_tensor *y) {
    int64_t dims[5] = {x->dim[0], tni_blocks(w->dim[0]), size[0], size[1], TNI_BLOCK};
    *y = (tn_tensor){.kind = TN_TENSOR, .dtype = w->dtype, .rank = 5};
    memcpy(y->dim, dims, sizeof dims);
    return tni_tensor_size(y->dtype, 5, dims, &y->bytes) && (y->data = tni_scratch(c, 1, y->bytes + 1));
}

static void mean_of(const tn_tensor *y, const tn_tensor *mean) {
    int64_t pixels = y->dim[2] * y->dim[3];
    double lane[TNI_BLOCK], sum[TNI_BLOCK];
    for (int64_t plane = 0; plane < y->dim[0] * y->dim[1]; plane++) {
        memset(sum, 0, sizeof sum);
        for (int64_t i = 0; i < pixels; i++) {
            tni_load(lane, y, (plane * pixels + i) * TNI_BLOCK, 1, TNI_BLOCK);
            for (int k = 0; k < TNI_BLOCK; k++) sum[k] += lane[k];
        }
        for (int k = 0; k < TNI_BLOCK; k++) sum[k] /= (double)pixels;
        tni_store(mean, plane * TNI_BLOCK, 1, TNI_BLOCK, sum);
    }
}

// X times its factors, in memory of the call.
static bool multiplied(tn_call *c, const tn_tensor *x, const tn_tensor *factors, tn_tensor *to) {
    int64_t pixels = x->dim[2] * x->dim[3];
    double lane[TNI_BLOCK], factor[TNI_BLOCK];
    *to = *x;
    if (!(to->data = tni_scratch(c, 1, x->bytes + 1))) return false;
    for (int64_t i = 0; i < x->dim[0] * x->dim[1] * pixels; i++) {
        tni_load(lane, x, i * TNI_BLOCK, 1, TNI_BLOCK);
        tni_load(factor, factors, i / pixels * TNI_BLOCK, 1, TNI_BLOCK);
        for (int k = 0; k < TNI_BLOCK; k++) lane[k] *= factor[k];
        tni_store(to, i * TNI_BLOCK, 1, TNI_BLOCK, lane);
    }
    return true;
}

static tn_status ref(tn_call *c) {
    tn_tensor between[TNI_LINKS], scaled, *y = NULL;
    const tn_tensor *x = c->in[0], *factors = tni_arg(c, TNI_CHAIN_FACTORS);
    if (factors && !multiplied(c, x, factors, &scaled)) return TN_NOMEM;
    if (factors) x = &scaled;
    int links = tni_chain_links(c->nin, c->in);
    int64_t size[TNI_LINKS][2];
    tni_chain_sizes(c->attrs, c->nin, c->in, size);
    for (int i = 0; i < links; i++, x = y) {
        link l;
        bool last = i + 1 == links;
        const tn_tensor *w = c->in[tni_link_weights(i)];
        link_of(c->attrs, (size_t)i, &l);
        y = last && tni_result(c, 0) ? c->out[0] : &between[i];
        if (y == &between[i] && !make_result(c, size[i], x, w, y)) return TN_NOMEM;
        const tn_tensor *in[4] = {x, w, tni_arg(c, tni_link_bias(i)),
                                  last ? tni_arg(c, TNI_CHAIN_RESIDUAL) : NULL};
        tn_call sub = *c;
        sub.attrs = l.attrs;
        sub.nin = 4;
        sub.in = in;
        sub.nout = 1;
        sub.out = &y;
        TN_TRY(l.attrs.op->ref(&sub));
    }
    if (tni_result(c, 1)) mean_of(y, c->out[1]);
    return TN_OK;
}

TN_OP(tn_blocked_chain) = {
    TN_HERE,
    .name = "BlockedChain",
    .domain = "tn",
    .since = 1,
    .doc = "up to three tn.BlockedConv, each of the one before, and a residual; also the mean over all "
           "pixels. S: "
           "factors of X, one for each channel of each image, [N,ceil(C/16),1,1,16]",
    .in = {{"X", "I"},
           {"W1", "T"},
           {"B1", "T", TN_OPTIONAL_IN},
           {"W2", "T", TN_OPTIONAL_IN},
           {"B2", "T", TN_OPTIONAL_IN},
           {"W3", "T", TN_OPTIONAL_IN},
           {"B3", "T", TN_OPTIONAL_IN},
           {"Z", "T", TN_OPTIONAL_IN},
           {"S", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}, {"Mean", "T"}},
    .types = {{"T", TN_FLOATS}, {"I", TNI_IMAGE_TYPES}},
    .attrs = {TNI_STEP_ATTRS,
              {.name = "groups", .kind = TN_ATTR_INTS, .flags = TN_ONES, .min = 1, .max = TNI_WINDOW_MAX},
              {.name = "activations", .kind = TN_ATTR_STRINGS},
              {.name = "activation_alphas", .kind = TN_ATTR_FLOATS},
              {.name = "activation_betas", .kind = TN_ATTR_FLOATS},
              TNI_IMAGE_ATTRS},
    .infer = infer,
    .ref = ref,
};
