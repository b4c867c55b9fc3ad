// SPDX-License-Identifier: Apache-2.0
// 4_blocked.c - regions around convolutions get blocked activations ([N,C/16,H,W,16] and [N,C/16,D,H,W,16],
// op/blocked.h). A line [N,C,W] is an image of height 1 in them.
// Going forwards, a node that can work on the blocked form of what it reads gets a twin that does; a
// convolution asks for that form, other nodes take it where it is there already. What is read in plain form
// outside the region comes back through one tn.FromBlocked; every value is converted at most once each way.
#include "base/alloc.h"
#include "ir/attr.h"
#include "ir/blocked.h"
#include "pass/layout.h"
#include "pass/rewrite.h"

#include <string.h>

enum { BLOCK = 16, FEW_CHANNELS = 8, MANY_IN = 64, MANY_TAPS = 9, WIDE = 32, NARROW = 12 };

typedef struct blocker {
    tn_graph *g;
    tni_value **twin; // by value id: the blocked form
    size_t ntwin;
    tn_diags *diags;
} blocker;

static tni_value *twin_of(const blocker *b, const tni_value *v) {
    return v && v->graph == b->g && v->id < b->ntwin ? b->twin[v->id] : NULL;
}

static int64_t channels_of(const tni_value *v) {
    const tn_type *t = v ? &v->info.type : NULL;
    return t && t->rank >= 3 && t->rank <= 5 && !t->dim[1].e ? t->dim[1].k : 0;
}

static bool whole_blocks(const tni_value *v) { return channels_of(v) > 0 && channels_of(v) % BLOCK == 0; }

// f32[N,C,W], f32[N,C,H,W] or f32[N,C,D,H,W] with a known number of channels.
static bool is_image(const tni_value *v) {
    return v && v->info.type.kind == TN_TENSOR && tni_dtype(v) == TN_F32 && channels_of(v) > 0;
}

// A node like `n`, before it. NULL: failed, see *status.
static tni_value *emit(const blocker *b, tni_node *n, const char *op, int nin, tni_value *const *in,
                       size_t nattr, const tn_attr *attr, tn_status *status) {
    tni_new_node spec = {.op = op, .nin = nin, .in = in, .nattr = nattr, .attr = attr};
    return tni_emit(n, spec, status, b->diags);
}

// The blocked form of v for node `n`, made on the way when there is none.
static tni_value *blocked(blocker *b, tni_node *n, tni_value *v, tn_status *status) {
    *status = TN_OK;
    tni_value *twin = twin_of(b, v), *in[1] = {v};
    if (twin) return twin;
    twin = emit(b, n, "tn.ToBlocked", 1, in, 0, NULL, status);
    if (twin && v->id < b->ntwin && v->graph == b->g) b->twin[v->id] = twin;
    return twin;
}

// ---- what a node's twin is

typedef struct twin {
    const char *op;
    int nin;
    tni_value *in[MANY_IN];
    size_t nattr;
    tn_attr attr[TNI_MAX_ATTRS + 1];
    int nout;
} twin;

// A rule fills in `to`; it leaves to->op NULL when the node stays as it is.
typedef tn_status rule(blocker *b, tni_node *n, twin *to);

static const tn_attr *given(const twin *t, const char *name) {
    for (size_t i = 0; i < t->nattr; i++)
        if (!strcmp(t->attr[i].name, name)) return &t->attr[i];
    return NULL;
}

static void put(twin *t, tn_attr a) {
    for (size_t i = 0; i < t->nattr; i++)
        if (!strcmp(t->attr[i].name, a.name)) {
            t->attr[i] = a;
            return;
        }
    t->attr[t->nattr++] = a;
}

static bool is_volume(const tni_value *v) { return tni_rank(v) == 5; }
static bool is_line(const tni_value *v) { return tni_rank(v) == 3; }

static bool constant(const tni_value *v) { return !v || tni_known(v); }

// Most of a block would be empty: better along the width (cpu's conv.f32.few and conv.f32.planar), if there
// is any. A first layer's output may be narrower: nothing has to leave its blocks for it.
static bool few_outputs(const tni_node *n, int64_t m, bool inside) {
    const tn_tensor *w = tni_known(n->in[1].value);
    const tn_dim *width = &n->out[0]->info.type.dim[w->rank - 1];
    bool stem = !inside && channels_of(n->in[0].value) <= TNI_STEM_CHANNELS;
    return m <= FEW_CHANNELS && tn_count_range(w, 2, w->rank) >= MANY_TAPS &&
           (width->e || width->k >= (stem ? NARROW : WIDE));
}

static bool is_bf16(const tni_node *n) { return tni_is(n, "tn.Conv") && tn_attr_int(tni_attrs(n), "bf16"); }

// Every slice of the output meets one of the input: what its kernels need.
static bool slices_meet(const tni_node *n) {
    const tn_tensor *w = tni_known(n->in[1].value);
    size_t count;
    const int64_t *pads = tn_attr_ints(tni_attrs(n), "pads", &count);
    if (!is_volume(n->in[0].value)) return true;
    return tni_ints_at(tni_attrs(n), "dilations", 0, 1) == 1 &&
           (!count || (pads[0] < w->dim[2] && pads[3] < w->dim[2]));
}

// `inside`: X is blocked already, and stays in the region however few channels there are.
static bool conv_fits(const blocker *b, const tni_node *n, bool inside) {
    const tni_value *x = tni_in(n, 0), *w = tni_in(n, 1);
    if (!is_image(x) || !w || !tni_known(w) || tni_known(x) || !constant(tni_in(n, 2)) ||
        !is_image(n->out[0]) || !slices_meet(n))
        return false;
    int64_t group = tn_attr_int(tni_attrs(n), "group"), c = channels_of(x), m = channels_of(n->out[0]);
    if (group == 1 && few_outputs(n, m, inside)) return false;
    if (group == 1 && is_bf16(n) && b->g->root->env->isa & TN_ISA_AMX)
        return false; // tiles are of the plain form
    if (group == 1) return inside || m >= FEW_CHANNELS;
    bool lanes = group == c ? group == m : tni_groups_in_block(c, m, group);
    int64_t taps = tn_count_range(tni_known(w), 2, tni_known(w)->rank);
    lanes = lanes && !is_volume(x) && taps <= TNI_DEPTHWISE_TAPS;
    if (is_line(x) && group == c) return lanes && inside && taps <= MANY_TAPS; // along the width it is faster
    return lanes || (c / group % BLOCK == 0 && m / group % BLOCK == 0);
}

// The list with one number more, in front or behind; of two halves (pads) so each. An empty one says nothing,
// and still does.
static tn_attr longer(blocker *b, const tn_attr *a, size_t halves, bool front, int64_t more,
                      tn_status *status) {
    if (!a->n) return *a;
    int64_t *list = tni_arena_zalloc(&b->g->root->arena, (a->n + halves) * sizeof *list);
    size_t part = a->n / halves, at = 0;
    if (!list) *status = TN_NOMEM;
    for (size_t h = 0; list && h < halves; h++) {
        if (front) list[at++] = more;
        for (size_t i = 0; i < part; i++) list[at++] = a->ints[h * part + i];
        if (!front) list[at++] = more;
    }
    return TN_A_INTS(a->name, list, at);
}

// The lists of a window of one axis more.
static tn_status longer_window(blocker *b, twin *to, bool front) {
    tn_status status = TN_OK;
    for (size_t i = 0; i < to->nattr; i++) {
        tn_attr *a = &to->attr[i];
        if (!strcmp(a->name, "pads")) *a = longer(b, a, 2, front, 0, &status);
        if (!strcmp(a->name, "kernel_shape") || !strcmp(a->name, "strides") || !strcmp(a->name, "dilations"))
            *a = longer(b, a, 1, front, 1, &status);
    }
    return status;
}

// Weights [M,C,k] as [M,C,1,k], and attributes to suit.
static tn_status conv_of_line(blocker *b, tni_node *n, twin *to) {
    tni_arena *arena = &b->g->root->arena;
    tn_tensor *w = tni_arena_zalloc(arena, sizeof *w);
    if (!w) return TN_NOMEM;
    *w = *tni_known_in(n, 1);
    w->owner = NULL;
    w->rank = 4;
    w->dim[3] = w->dim[2];
    w->dim[2] = 1;
    if (!(to->in[1] = tni_value_const(b->g, NULL, w))) return TN_NOMEM;
    if (!to->nattr) to->nattr = tni_given_attrs(n, to->attr);
    return longer_window(b, to, true);
}

static tn_status conv_rule(blocker *b, tni_node *n, twin *to) {
    tn_status status = TN_OK;
    tni_value *x = tni_in(n, 0), *z = tni_in(n, 3);
    if (!conv_fits(b, n, twin_of(b, x) != NULL)) return TN_OK;
    // Kernels read a plain X of few channels, but not in groups, and no line.
    bool stem =
        !twin_of(b, x) && channels_of(x) <= TNI_STEM_CHANNELS && tn_attr_int(tni_attrs(n), "group") == 1;
    if (stem && is_line(x)) return TN_OK;
    to->in[0] = stem ? x : blocked(b, n, x, &status);
    to->in[1] = tni_in(n, 1);
    to->in[2] = tni_in(n, 2);
    if (z && status == TN_OK) to->in[3] = blocked(b, n, z, &status);
    to->nin = 4;
    to->op = "tn.BlockedConv";
    if (is_bf16(n)) { // computed in f32
        tn_attr all[TNI_MAX_ATTRS];
        size_t count = tni_given_attrs(n, all);
        put(to, TN_A_INT("group", tn_attr_int(tni_attrs(n), "group")));
        for (size_t i = 0; i < count; i++)
            if (strcmp(all[i].name, "bf16") != 0) put(to, all[i]);
    }
    return status == TN_OK && is_line(x) ? conv_of_line(b, n, to) : status;
}

// Its kernels have neither groups nor dilations, nor depth.
static tn_status transposed_rule(blocker *b, tni_node *n, twin *to) {
    tn_status status = TN_OK;
    tni_value *x = tni_in(n, 0), *w = tni_in(n, 1);
    if (!w || !tni_known(w) || tni_known(x) || !constant(tni_in(n, 2)) || !is_image(n->out[0])) return TN_OK;
    if (is_volume(x)) return TN_OK;
    if (!twin_of(b, x) && channels_of(x) < FEW_CHANNELS) return TN_OK;
    if (channels_of(n->out[0]) < FEW_CHANNELS) return TN_OK; // most of a block would be empty
    size_t count;
    const int64_t *dilations = tn_attr_ints(tni_attrs(n), "dilations", &count);
    for (size_t i = 0; i < count; i++)
        if (dilations[i] != 1) return TN_OK;
    if (tn_attr_int(tni_attrs(n), "group") != 1) return TN_OK;
    to->in[0] = blocked(b, n, x, &status);
    to->in[1] = w;
    to->in[2] = tni_in(n, 2);
    to->nin = 3;
    to->op = "tn.BlockedConvTranspose";
    return status;
}

// Functions of one element with f(0) = 0: padded lanes stay zero.
static tn_status unary_rule(blocker *b, tni_node *n, twin *to) {
    (void)b;
    to->in[0] = twin_of(b, n->in[0].value);
    to->nin = 1;
    to->op = "";
    return TN_OK;
}

// The others, where there are no padded lanes.
static tn_status full_unary_rule(blocker *b, tni_node *n, twin *to) {
    return whole_blocks(n->in[0].value) ? unary_rule(b, n, to) : TN_OK;
}

static tn_status clip_rule(blocker *b, tni_node *n, twin *to) {
    double low = 0, high = 0;
    for (int i = 1; i < n->nin; i++)
        if (n->in[i].value && !tni_known_number(n->in[i].value, i == 1 ? &low : &high)) return TN_OK;
    if (!(low <= 0 && high >= 0) && !whole_blocks(n->in[0].value)) return TN_OK;
    TN_TRY(unary_rule(b, n, to));
    for (int i = 1; i < n->nin; i++) to->in[i] = n->in[i].value;
    to->nin = n->nin;
    return TN_OK;
}

// A constant of one number, or of one for each channel ([C,1,1] or [1,C,1,1]), as a blocked one for a plain
// value of that rank.
static tni_value *blocked_constant(blocker *b, const tni_value *v, int rank, int64_t channels,
                                   tn_status *status) {
    const tn_tensor *t = tni_known(v);
    int64_t n = t ? tn_count(t) : 0, dims[6] = {1, (channels + BLOCK - 1) / BLOCK, 1, 1, 1, 1};
    int images = rank < 4 ? 4 : rank;
    dims[images] = BLOCK;
    bool each = t && n == channels && (t->rank == rank || t->rank == rank - 1) &&
                t->dim[t->rank - rank + 1] == channels;
    if (!t || t->dtype != TN_F32 || (n != 1 && !each)) return NULL;
    tn_tensor *to = tni_tensor_new(&b->g->root->arena, TN_F32, images + 1, dims);
    tni_value *made = NULL;
    if (to) {
        for (int64_t i = 0; i < channels; i++) ((float *)to->data)[i] = (float)tni_get(t, n == 1 ? 0 : i);
        made = tni_value_const(b->g, NULL, to);
    }
    if (!made) *status = TN_NOMEM;
    return made;
}

// Two tensors, or one and a constant; the result's channels are those of the blocked one.
static tn_status binary_rule(blocker *b, tni_node *n, twin *to) {
    tn_status status = TN_OK;
    bool any = false;
    int64_t channels = n->out[0] ? channels_of(n->out[0]) : 0;
    if (n->nin != 2 || !is_image(n->out[0])) return TN_OK;
    for (int i = 0; i < 2; i++) {
        tni_value *v = n->in[i].value;
        if (!v) return TN_OK;
        to->in[i] = twin_of(b, v);
        if (to->in[i] && (tni_rank(v) != tni_rank(n->out[0]) || channels_of(v) != channels)) return TN_OK;
        any |= to->in[i] != NULL;
    }
    if (!any) return TN_OK;
    for (int i = 0; i < 2; i++) // only what is there already: a sum by itself does not ask for blocks
        if (!to->in[i] &&
            !(to->in[i] = blocked_constant(b, n->in[i].value, tni_rank(n->out[0]), channels, &status)))
            return status;
    to->nin = 2;
    to->op = "";
    return TN_OK;
}

static tn_status full_binary_rule(blocker *b, tni_node *n, twin *to) {
    return n->out[0] && whole_blocks(n->out[0]) ? binary_rule(b, n, to) : TN_OK;
}

static tn_status pool_rule(blocker *b, tni_node *n, twin *to) {
    if (!tni_only_first(n) || !twin_of(b, n->in[0].value)) return TN_OK;
    if (tn_attr_int(tni_attrs(n), "ceil_mode") && !whole_blocks(n->in[0].value)) return TN_OK;
    to->nattr = tni_given_attrs(n, to->attr);
    TN_TRY(longer_window(b, to, false));
    to->nin = 1;
    to->in[0] = twin_of(b, n->in[0].value);
    to->op = "";
    return TN_OK;
}

static tn_status mean_over(blocker *b, tni_node *n, twin *to) {
    static const int64_t spatial[3] = {2, 3, 4};
    to->in[0] = twin_of(b, n->in[0].value);
    to->in[1] = tni_value_ints(b->g, NULL, spatial, (size_t)tni_rank(n->in[0].value) - 2);
    to->nin = 2;
    to->nattr = 0;
    to->op = "ReduceMean";
    return to->in[1] ? TN_OK : TN_NOMEM;
}

static tn_status global_rule(blocker *b, tni_node *n, twin *to) {
    return twin_of(b, n->in[0].value) ? mean_over(b, n, to) : TN_OK;
}

// Axis of a plain value, counted from the front.
static int64_t axis_of(const tni_value *v, int64_t axis) { return axis < 0 ? axis + tni_rank(v) : axis; }

static tn_status reduce_rule(blocker *b, tni_node *n, twin *to) {
    const tn_tensor *axes = tni_known_in(n, 1);
    int rank = tni_rank(n->in[0].value);
    if (!twin_of(b, n->in[0].value) || !tn_attr_int(tni_attrs(n), "keepdims") || !axes ||
        tn_count(axes) != rank - 2)
        return TN_OK;
    unsigned mask = 0;
    for (int64_t i = 0; i < rank - 2; i++) mask |= 1u << axis_of(n->in[0].value, tni_get_int(axes, i));
    return mask == (1u << rank) - (1u << 2) ? mean_over(b, n, to) : TN_OK;
}

// Convolutions only, which would have all of it converted.
static bool all_ask(const blocker *b, const tni_value *v) {
    for (const tni_use *u = v->uses; u; u = u->next)
        if (!u->node || !(tni_is(u->node, "Conv") || tni_is(u->node, "tn.Conv")) ||
            u->node->in[0].value != v || !conv_fits(b, u->node, true))
            return false;
    return v->uses != NULL;
}

// Blocks of channels one behind the other: every part but the last ends on a whole block. Where blocks are
// asked for, parts in plain form are converted by themselves: less than the whole.
static tn_status concat_rule(blocker *b, tni_node *n, twin *to) {
    int64_t axis = tn_attr_int(tni_attrs(n), "axis");
    bool any = false, all = true;
    if (!n->out[0] || !is_image(n->out[0]) || n->nin > MANY_IN || axis_of(n->out[0], axis) != 1) return TN_OK;
    for (int i = 0; i < n->nin; i++) {
        tni_value *v = n->in[i].value;
        to->in[i] = twin_of(b, v);
        any |= to->in[i] != NULL;
        all &= to->in[i] != NULL;
        if (!is_image(v) || (i + 1 < n->nin && !whole_blocks(v))) return TN_OK;
    }
    if (!any || (!all && !all_ask(b, n->out[0]))) return TN_OK;
    tn_status status = TN_OK;
    for (int i = 0; i < n->nin && status == TN_OK; i++) to->in[i] = blocked(b, n, n->in[i].value, &status);
    to->nin = n->nin;
    to->nattr = 0;
    put(to, TN_A_INT("axis", 1));
    to->op = "";
    return status;
}

static tn_status split_rule(blocker *b, tni_node *n, twin *to) {
    int64_t axis = tn_attr_int(tni_attrs(n), "axis"), parts[MANY_IN];
    if (!twin_of(b, n->in[0].value) || axis_of(n->in[0].value, axis) != 1 || n->nout > MANY_IN) return TN_OK;
    for (int i = 0; i < n->nout; i++) {
        if (!n->out[i] || !is_image(n->out[i]) || (i + 1 < n->nout && !whole_blocks(n->out[i]))) return TN_OK;
        parts[i] = (channels_of(n->out[i]) + BLOCK - 1) / BLOCK;
    }
    to->in[0] = twin_of(b, n->in[0].value);
    to->in[1] = tni_value_ints(b->g, NULL, parts, (size_t)n->nout);
    if (!to->in[1]) return TN_NOMEM;
    to->nin = 2;
    to->nattr = 0;
    put(to, TN_A_INT("axis", 1));
    to->nout = n->nout;
    to->op = "";
    return TN_OK;
}

// By scales or sizes of all four dimensions that leave images and channels alone.
static tn_status resize_rule(blocker *b, tni_node *n, twin *to) {
    const tn_tensor *scales = tni_known_in(n, 2), *sizes = tni_known_in(n, 3);
    const tn_tensor *t = scales && tn_count(scales) ? scales : sizes;
    tn_attrs a = tni_attrs(n);
    if (!twin_of(b, n->in[0].value) || !t || tn_count(t) != 4 || tn_attr_has(a, "axes")) return TN_OK;
    if (tn_attr_is(a, "mode", "cubic") ||
        tn_attr_is(a, "coordinate_transformation_mode", "tf_crop_and_resize") ||
        !tn_attr_is(a, "keep_aspect_ratio_policy", "stretch") || tn_attr_int(a, "antialias"))
        return TN_OK;
    if (!is_image(n->out[0]) || channels_of(n->out[0]) != channels_of(n->in[0].value) ||
        !tn_dim_equal(n->out[0]->info.type.dim[0], n->in[0].value->info.type.dim[0]))
        return TN_OK;
    bool by_scale = t == scales;
    double list[5] = {1, 1, tni_get(t, 2), tni_get(t, 3), 1};
    if (!by_scale)
        list[0] = tni_get(t, 0), list[1] = (double)((channels_of(n->out[0]) + BLOCK - 1) / BLOCK),
        list[4] = BLOCK;
    if (by_scale && (tni_get(t, 0) != 1 || tni_get(t, 1) != 1)) return TN_OK;
    int64_t dims[1] = {5};
    to->nattr = tni_given_attrs(n, to->attr);
    to->in[0] = twin_of(b, n->in[0].value);
    to->in[by_scale ? 2 : 3] = tni_numbers(b->g, NULL, by_scale ? TN_F32 : TN_I64, 1, dims, list);
    if (!to->in[by_scale ? 2 : 3]) return TN_NOMEM;
    to->nin = 4;
    to->op = "";
    return TN_OK;
}

static const struct {
    const char *op;
    rule *rule;
    bool images; // not of lines
} rules[] = {
    {"Conv", conv_rule},
    {"tn.Conv", conv_rule},
    {"Relu", unary_rule},
    {"LeakyRelu", unary_rule},
    {"HardSwish", unary_rule},
    {"Swish", unary_rule},
    {"Gelu", unary_rule},
    {"Tanh", unary_rule},
    {"Elu", unary_rule},
    {"Mish", unary_rule},
    {"Abs", unary_rule},
    {"Neg", unary_rule},
    {"Clip", clip_rule},
    {"Sigmoid", full_unary_rule},
    {"HardSigmoid", full_unary_rule},
    {"Add", full_binary_rule},
    {"Sub", full_binary_rule},
    {"Mul", binary_rule},
    {"MaxPool", pool_rule, true},
    {"AveragePool", pool_rule, true},
    {"GlobalAveragePool", global_rule, true},
    {"ReduceMean", reduce_rule, true},
    {"Concat", concat_rule},
    {"Split", split_rule},
    {"Resize", resize_rule, true},
    {"ConvTranspose", transposed_rule, true},
    {"tn.ConvTranspose", transposed_rule, true},
};

// ---- the walk

static tn_status make_twin(blocker *b, tni_node *n, twin *to) {
    tni_node *made;
    char op[96];
    if (!*to->op) to->op = tni_op_text(n->op, op);
    if (!to->nattr && !given(to, "axis") && strcmp(to->op, "ReduceMean") != 0)
        to->nattr = tni_given_attrs(n, to->attr);
    tni_new_node spec = {.op = to->op,
                         .like = n,
                         .before = n,
                         .nin = to->nin,
                         .nout = to->nout ? to->nout : 1,
                         .in = to->in,
                         .nattr = to->nattr,
                         .attr = to->attr};
    TN_TRY(tni_node_new(&made, b->g, &spec, b->diags));
    for (int i = 0; i < made->nout; i++)
        if (n->out[i] && n->out[i]->id < b->ntwin) b->twin[n->out[i]->id] = made->out[i];
    n->mark = 1; // replaced
    return TN_OK;
}

static tn_status visit(blocker *b, tni_node *n) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!tni_is(n, rules[i].op)) continue;
        twin to = {0};
        if (!n->nin || !n->nout || !is_image(n->in[0].value) || !n->out[0]) return TN_OK;
        if (rules[i].images && is_line(n->in[0].value)) return TN_OK;
        TN_TRY(rules[i].rule(b, n, &to));
        return to.op && to.in[0] ? make_twin(b, n, &to) : TN_OK;
    }
    return TN_OK;
}

// What is still read in plain form comes from the twin; then nothing reads the node.
static tn_status retire(blocker *b, tni_node *n) {
    for (int i = 0; i < n->nout; i++) {
        tni_value *v = n->out[i], *in[1], *plain;
        if (!v || !v->uses) continue;
        tn_status status;
        tn_attr attr[2];
        in[0] = twin_of(b, v);
        if (!(plain = emit(b, n, "tn.FromBlocked", 1, in, tni_from_blocked_attrs(&v->info.type, attr), attr,
                           &status)))
            return status;
        tni_replace_value(v, plain);
    }
    tni_node_remove(n);
    return TN_OK;
}

// Without costs every twin is kept.
static tn_status run_by(tn_graph *g, const tni_costs *costs, bool *changed, tn_diags *diags) {
    blocker b = {.g = g, .ntwin = g->root->nvalues, .diags = diags};
    bool any = false;
    for (tni_node *n = g->first; n; n = n->next) {
        n->mark = 0;
        any |= (tni_is(n, "Conv") || tni_is(n, "tn.Conv")) && conv_fits(&b, n, false);
    }
    if (!any) return TN_OK;
    b.twin = tni_arena_zalloc(&g->root->arena, (b.ntwin + 1u) * sizeof(tni_value *));
    if (!b.twin) return TN_NOMEM;
    for (tni_node *n = g->first; n; n = n->next) TN_TRY(visit(&b, n));
    if (costs) TN_TRY(tni_layout_choose(g, b.twin, b.ntwin, costs, diags));
    for (tni_node *n = g->last, *prev; n; n = prev) {
        prev = n->prev;
        if (!n->mark) continue;
        TN_TRY(retire(&b, n));
        *changed = true;
    }
    return TN_OK;
}

TN_PASS(blocked) = {
    TN_HERE,
    .name = "blocked",
    .level = 4,
    .run_by = run_by,
    .doc = "gives regions around convolutions activations in blocks of 16 channels",
};
