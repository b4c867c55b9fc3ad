// SPDX-License-Identifier: Apache-2.0
// affine.c - see affine.h.
#include "pass/affine.h"

#include <math.h>
#include <string.h>

// ---- reading "times, plus"

static bool make_room(tni_affine *to, int64_t n, tni_arena *a, tn_status *status) {
    to->n = n;
    to->scale = tni_arena_alloc(a, (size_t)n * sizeof *to->scale);
    to->shift = tni_arena_alloc(a, (size_t)n * sizeof *to->shift);
    if (!to->scale || !to->shift) *status = TN_NOMEM;
    for (int64_t i = 0; *status == TN_OK && i < n; i++) to->scale[i] = 1, to->shift[i] = 0;
    return *status == TN_OK;
}

static bool read_batch_norm(const tni_node *n, int axis, tni_arena *a, tni_affine *to, tn_status *status) {
    if (axis != 1 || tn_attr_int(tni_attrs(n), "training_mode") || !tni_only_first(n)) return false;
    const tn_tensor *t[5];
    for (int i = 1; i < 5; i++)
        if (!(t[i] = tni_known_in(n, i))) return false;
    to->input = 0;
    if (!make_room(to, tn_count(t[1]), a, status)) return false;
    double epsilon = tn_attr_float(tni_attrs(n), "epsilon");
    for (int64_t c = 0; c < to->n; c++) {
        to->scale[c] = tni_get(t[1], c) / sqrt(tni_get(t[4], c) + epsilon);
        to->shift[c] = tni_get(t[2], c) - tni_get(t[3], c) * to->scale[c];
    }
    return true;
}

// A constant that differs along dimension `axis` of a rank-`rank` value only, where that has `n` elements.
static bool runs_along(const tn_tensor *t, int axis, int rank, int64_t n) {
    if (t->rank > rank) return false;
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i] != 1 && (i + rank - t->rank != axis || t->dim[i] != n)) return false;
    return true;
}

typedef enum step { PLUS, MINUS, TIMES, OVER, NONE } step;

static step step_of(const tni_node *n) {
    static const char *const name[] = {"Add", "Sub", "Mul", "Div"};
    for (int i = 0; i < NONE; i++)
        if (tni_is(n, name[i])) return (step)i;
    return NONE;
}

static void take_step(step s, bool constant_first, double c, double *scale, double *shift) {
    switch (s) {
    case PLUS: *shift = c; break;
    case MINUS: *shift = constant_first ? c : -c, *scale = constant_first ? -1 : 1; break;
    case TIMES: *scale = c; break;
    default: *scale = 1 / c;
    }
}

static bool read_arithmetic(const tni_node *n, int axis, tni_arena *a, tni_affine *to, tn_status *status) {
    step s = step_of(n);
    int constant;
    if (s == NONE || !tni_split_const(n, &to->input, &constant) || (s == OVER && constant == 0)) return false;
    const tni_value *x = n->in[to->input].value;
    const tn_tensor *t = tni_known_in(n, constant);
    if (!n->out[0] || !tni_same_type(x, n->out[0]) || axis >= tni_rank(x) || x->info.type.dim[axis].e)
        return false;
    int64_t channels = x->info.type.dim[axis].k;
    if (!runs_along(t, axis, tni_rank(x), channels) || !make_room(to, channels, a, status)) return false;
    for (int64_t c = 0; c < channels; c++)
        take_step(s, constant == 0, tni_get(t, tn_count(t) == 1 ? 0 : c), &to->scale[c], &to->shift[c]);
    return true;
}

bool tni_affine_read(const tni_node *n, int axis, tni_arena *a, tni_affine *to, tn_status *status) {
    *status = TN_OK;
    const tni_value *x = tni_in(n, 0);
    if (!x || !n->nout || !n->out[0] || !tni_is_float(tni_dtype(n->out[0]))) return false;
    if (axis < 0) axis += tni_rank(n->out[0]);
    if (axis < 0) return false;
    if (tni_is(n, "BatchNormalization")) return read_batch_norm(n, axis, a, to, status);
    return read_arithmetic(n, axis, a, to, status);
}

bool tni_affine_shifts(const tni_affine *a) {
    for (int64_t i = 0; i < a->n; i++)
        if (a->shift[i] != 0) return true;
    return false;
}

// ---- writing constants

// Stores x; false when the type cannot hold it.
static bool put(tn_tensor *t, int64_t i, double x) {
    tni_set(t, i, x);
    return isfinite(tni_get(t, i));
}

static tni_value *as_constant(tn_graph *g, const tn_tensor *t, tn_status *status) {
    tni_value *v = tni_value_const(g, NULL, t);
    if (!v) *status = TN_NOMEM;
    return v;
}

tni_value *tni_affine_scale(tn_graph *g, const tni_value *w, const tni_channels *c, const double *scale,
                            tn_status *status) {
    const tn_tensor *from = w->info.constant;
    tn_tensor *to = tni_tensor_new(&g->root->arena, from->dtype, from->rank, from->dim);
    *status = to ? TN_OK : TN_NOMEM;
    int64_t n = to ? tn_count(from) : 0;
    for (int64_t i = 0; i < n; i++)
        if (!put(to, i, tni_get(from, i) * scale[tni_channel(c, i)])) return NULL;
    return to ? as_constant(g, to, status) : NULL;
}

tni_value *tni_affine_vector(tn_graph *g, tn_dtype dtype, const double *x, int64_t n, tn_status *status) {
    tn_tensor *to = tni_tensor_new(&g->root->arena, dtype, 1, &n);
    *status = to ? TN_OK : TN_NOMEM;
    for (int64_t i = 0; to && i < n; i++)
        if (!put(to, i, x[i])) return NULL;
    return to ? as_constant(g, to, status) : NULL;
}

// ---- linear operators

static bool read_conv(tni_linear *l, const tn_tensor *w) {
    int64_t count = tn_count(w);
    if (w->rank < 3 || count == 0) return false;
    l->n = w->dim[0];
    l->out = (tni_channels){count / l->n, l->n, count};
    return true;
}

// Weights are [input channel][output channel of the group][kernel].
static bool read_conv_transpose(tni_linear *l, const tn_tensor *w) {
    int64_t count = tn_count(w), group = tn_attr_int(tni_attrs(l->node), "group");
    if (w->rank < 3 || count == 0 || group < 1 || w->dim[0] % group) return false;
    l->n = w->dim[1] * group;
    l->out = (tni_channels){tn_count_range(w, 2, w->rank), w->dim[1], count / group};
    return true;
}

static bool read_gemm(tni_linear *l, const tn_tensor *w) {
    bool rows = tn_attr_int(tni_attrs(l->node), "transB") != 0; // an output channel is a row of w
    if (w->rank != 2 || tn_count(w) == 0) return false;
    l->n = w->dim[rows ? 0 : 1];
    l->out = (tni_channels){rows ? w->dim[1] : 1, l->n, tn_count(w)};
    l->alpha = tn_attr_float(tni_attrs(l->node), "alpha");
    l->beta = tn_attr_float(tni_attrs(l->node), "beta");
    l->gemm = true;
    return true;
}

static bool read_matmul(tni_linear *l, const tn_tensor *w) {
    if (w->rank != 2 || tn_count(w) == 0 || tni_rank(l->node->in[0].value) < 2) return false;
    l->n = w->dim[1];
    l->axis = -1;
    l->out = (tni_channels){1, l->n, tn_count(w)};
    return true;
}

static const struct {
    const char *op;
    bool (*read)(tni_linear *l, const tn_tensor *w);
} linears[] = {{"Conv", read_conv},
               {"ConvTranspose", read_conv_transpose},
               {"Gemm", read_gemm},
               {"MatMul", read_matmul}};

bool tni_linear_read(const tni_node *n, tni_linear *to) {
    *to = (tni_linear){.node = n, .w = tni_in(n, 1), .b = tni_in(n, 2), .axis = 1, .alpha = 1, .beta = 1};
    const tn_tensor *w = tni_known(to->w);
    if (!w || !tni_is_float(w->dtype) || (to->b && !tni_known(to->b))) return false;
    for (size_t i = 0; i < sizeof linears / sizeof *linears; i++)
        if (tni_is(n, linears[i].op)) return linears[i].read(to, w) && to->out.block > 0;
    return false;
}

bool tni_linear_bias(const tni_linear *l, double *to) {
    const tn_tensor *b = tni_known(l->b);
    if (b && !runs_along(b, l->gemm ? 1 : 0, l->gemm ? 2 : 1, l->n)) return false;
    for (int64_t c = 0; c < l->n; c++) to[c] = b ? l->beta * tni_get(b, tn_count(b) == 1 ? 0 : c) : 0;
    return true;
}

// The model's name of a constant goes to what it was folded into, unless others still read it.
static void take_name(tni_value *from, tni_value *to) {
    if (from && to && !from->uses) tni_replace_value(from, to);
}

// A MatMul of matrices that gets a bias becomes a Gemm; beta is in the bias already.
tn_status tni_linear_remake(tni_node *at, const tni_linear *l, tni_value *x, tni_value *w, tni_value *b,
                            tn_diags *diags) {
    char op[96];
    tn_attr attr[TNI_MAX_ATTRS];
    size_t given = tni_given_attrs(l->node, attr), kept = 0;
    for (size_t i = 0; i < given; i++)
        if (!l->gemm || strcmp(attr[i].name, "beta") != 0) attr[kept++] = attr[i];
    tni_value *in[] = {x, w, b};
    tni_new_node spec = {.op = b && tni_is(l->node, "MatMul") ? "Gemm" : tni_op_text(l->node->op, op),
                         .like = l->node,
                         .nin = b ? 3 : 2,
                         .in = in,
                         .nattr = kept,
                         .attr = attr};
    TN_TRY(tni_rewrite(at, spec, NULL, diags));
    take_name(l->w, w);
    take_name(l->b, b);
    return TN_OK;
}
