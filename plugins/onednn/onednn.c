// SPDX-License-Identifier: Apache-2.0
// onednn.c - a plug-in whose kernels are oneDNN's: convolutions and matrix products in f32, with what Tenon's
// fused operators do to the sums. It is there to be compared with: `tenon bench --against onednn`. oneDNN is
// found at run time; without it every kernel says so.
#include "layer.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 16 }; // channels side by side in a blocked activation: [N, ceil(C/16), H, W, 16]

static bool fused(const tn_problem *p) { return p->attrs.op->domain && *p->attrs.op->domain; }

static const tn_tensor *input(const tn_problem *p, int i) { return i < p->nin ? p->in[i] : NULL; }

static const char *check_types(const tn_problem *p) {
    if (!input(p, 0) || !input(p, 1) || p->nout < 1 || !p->out[0]) return "an input or the result is missing";
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && p->in[i]->dtype != TN_F32) return "only f32";
    if (!tn_count(p->in[0]) || !tn_count(p->in[1]) || !tn_count(p->out[0])) return "nothing to do";
    return NULL;
}

// ---------------------------------------------------------------------------------------- operands

// Dense, row-major.
static od_operand plain(int i, int rank, const int64_t *dim) {
    od_operand o = {.format = OD_STRIDED, .rank = rank, .input = i};
    int64_t stride = 1;
    for (int d = rank - 1; d >= 0; d--) {
        o.dim[d] = dim[d];
        o.stride[d] = stride;
        stride *= dim[d];
    }
    return o;
}

static od_operand tensor(int i, const tn_tensor *t) { return plain(i, t->rank, t->dim); }

// A blocked activation of that many channels.
static od_operand blocked(int i, const tn_tensor *t, int64_t channels) {
    od_operand o = {.format = OD_NCHW16C, .rank = 4, .input = i};
    memcpy(o.dim, (const int64_t[]){t->dim[0], channels, t->dim[2], t->dim[3]}, 4 * sizeof(int64_t));
    return o;
}

static void add_term(od_spec *s, od_operand o) { s->term[s->terms++] = o; }

static void add_act(od_spec *s, od_eltwise kind, float alpha, float beta) {
    s->act[s->acts].kind = (int32_t)kind;
    s->act[s->acts].alpha = alpha;
    s->act[s->acts++].beta = beta;
}

static const char *activation(const tn_problem *p, od_spec *s) {
    if (!fused(p)) return NULL;
    const char *name = tn_attr_string(p->attrs, "activation");
    float alpha = (float)tn_attr_float(p->attrs, "activation_alpha");
    float beta = (float)tn_attr_float(p->attrs, "activation_beta");
    if (!name || !*name) return NULL;
    if (!strcmp(name, "Relu"))
        add_act(s, OD_RELU, 0, 0);
    else if (!strcmp(name, "LeakyRelu"))
        add_act(s, OD_RELU, alpha, 0);
    else if (!strcmp(name, "Clip"))
        add_act(s, OD_CLIP, alpha, beta);
    else if (!strcmp(name, "Sigmoid"))
        add_act(s, OD_LOGISTIC, 0, 0);
    else if (!strcmp(name, "Tanh"))
        add_act(s, OD_TANH, 0, 0);
    else if (!strcmp(name, "Silu"))
        add_act(s, OD_SWISH, 1, 0);
    else if (!strcmp(name, "HardSwish"))
        add_act(s, OD_HARDSWISH, 1.0F / 6, 0.5F);
    else if (!strcmp(name, "Gelu"))
        add_act(s, OD_GELU_ERF, 0, 0);
    else if (!strcmp(name, "HardSigmoid"))
        add_act(s, OD_LINEAR, alpha, beta), add_act(s, OD_CLIP, 0, 1);
    else
        return "an activation that oneDNN does not have";
    return NULL;
}

// ------------------------------------------------------------------------------------ convolutions

static int64_t attr_at(const tn_problem *p, const char *name, int i, int64_t otherwise) {
    size_t n;
    const int64_t *v = tn_attr_ints(p->attrs, name, &n);
    return (size_t)i < n ? v[i] : otherwise;
}

// Padding of one axis, explicit or what auto_pad makes of the sizes.
static void pad_axis(const tn_problem *p, int axis, int axes, int64_t in, int64_t out, int64_t k,
                     od_window *w) {
    const char *how = tn_attr_string(p->attrs, "auto_pad");
    int64_t reach = (out - 1) * w->stride[axis] + (k - 1) * (w->dilation[axis] + 1) + 1;
    w->before[axis] = w->after[axis] = 0;
    if (!how || !strcmp(how, "NOTSET")) {
        w->before[axis] = attr_at(p, "pads", axis, 0);
        w->after[axis] = attr_at(p, "pads", axes + axis, 0);
    } else if (strcmp(how, "VALID") != 0 && reach > in) {
        w->before[axis] = (reach - in + !strcmp(how, "SAME_LOWER")) / 2;
        w->after[axis] = reach - in - w->before[axis];
    }
}

// [M, C/group, k...] as oneDNN has groups: [group, M/group, C/group, k...].
static od_operand filters(const tn_tensor *w, int64_t group) {
    if (group == 1) return tensor(1, w);
    int64_t dim[OD_RANK] = {group, w->dim[0] / group};
    memcpy(dim + 2, w->dim + 1, (size_t)(w->rank - 1) * sizeof *dim);
    return plain(1, w->rank + 1, dim);
}

// A first layer of ours may read an image that is not normalised yet, or has its channels last.
static bool raw_image(tn_attrs a) {
    size_t scales, shifts;
    tn_attr_floats(a, "scale", &scales);
    tn_attr_floats(a, "shift", &shifts);
    return tn_attr_int(a, "channels_last") || scales || shifts;
}

static const char *convolution(const tn_problem *p, bool blocks, int algorithm, od_spec *s) {
    const char *why = check_types(p);
    if (why) return why;
    if (blocks && raw_image(p->attrs)) return "the image is not normalised, or has its channels last";
    const tn_tensor *x = p->in[0], *w = p->in[1], *bias = input(p, 2), *z = input(p, 3), *y = p->out[0];
    int axes = w->rank - 2;
    if (axes < 1 || axes > 3) return "oneDNN has convolutions of one to three axes";
    int64_t group = tn_attr_int(p->attrs, "group"), filter = w->dim[0];
    *s = (od_spec){.convolution = 1, .packs = w->data != NULL, .scale = 1};
    if (blocks && !s->packs) return "the weights are not constant";
    s->window.algorithm = algorithm;
    for (int i = 0; i < axes; i++) {
        s->window.stride[i] = attr_at(p, "strides", i, 1);
        s->window.dilation[i] = attr_at(p, "dilations", i, 1) - 1;
        pad_axis(p, i, axes, x->dim[2 + i], y->dim[2 + i], w->dim[2 + i], &s->window);
    }
    s->src = x->rank == w->rank ? tensor(0, x) : blocked(0, x, w->dim[1] * group);
    s->weights = filters(w, group);
    if (s->packs) s->weights.format = OD_ANY;
    if (bias) s->bias = tensor(2, bias);
    s->dst = blocks ? blocked(0, y, filter) : tensor(0, y);
    if (z) add_term(s, blocks ? blocked(3, z, filter) : tensor(3, z));
    return activation(p, s);
}

// ---------------------------------------------------------------------------------------- products

typedef struct matrix { // [batch..., rows, columns]
    int rank;
    int64_t dim[TN_MAX_RANK], row, column; // strides of the last two
} matrix;

// `left`: a vector is a row of it, else a column.
static matrix matrix_of(const tn_tensor *t, bool turned, bool left) {
    matrix m = {.rank = t->rank < 2 ? 2 : t->rank};
    if (t->rank == 1) {
        m.dim[0] = left ? 1 : t->dim[0];
        m.dim[1] = left ? t->dim[0] : 1;
    } else {
        memcpy(m.dim, t->dim, (size_t)t->rank * sizeof *m.dim);
    }
    int64_t *rows = &m.dim[m.rank - 2], *columns = rows + 1, kept = *rows;
    m.row = turned ? 1 : *columns;
    m.column = turned ? *columns : 1;
    if (turned) *rows = *columns, *columns = kept;
    return m;
}

static int64_t batch_of(const matrix *m) {
    int64_t n = 1;
    for (int i = 0; i < m->rank - 2; i++) n *= m->dim[i];
    return n;
}

// With ones before its batch up to `rank`; of row-major matrices of its own size.
static od_operand widened(int i, const matrix *m, int rank) {
    od_operand o = {.format = OD_STRIDED, .rank = rank, .input = i};
    int64_t step = m->dim[m->rank - 2] * m->dim[m->rank - 1];
    o.stride[rank - 2] = m->row;
    o.stride[rank - 1] = m->column;
    for (int k = 1; k <= rank; k++) { // from the end
        o.dim[rank - k] = k <= m->rank ? m->dim[m->rank - k] : 1;
        if (k <= 2) continue;
        o.stride[rank - k] = step;
        step *= o.dim[rank - k];
    }
    return o;
}

static matrix folded(const matrix *m) {
    matrix f = {.rank = 2, .row = m->row, .column = m->column};
    f.dim[0] = batch_of(m) * m->dim[m->rank - 2];
    f.dim[1] = m->dim[m->rank - 1];
    return f;
}

// C of Gemm, which is broadcast against the result: as a bias where it is a row, else added to the sum.
static const char *add_c(const tn_tensor *c, od_spec *s) {
    int rank = s->dst.rank;
    int64_t dim[OD_RANK], count = tn_count(c), columns = s->dst.dim[rank - 1], all = 1;
    for (int i = 0; i < rank; i++) all *= s->dst.dim[i], dim[i] = 1;
    bool row = count == columns && c->rank > 0 && c->dim[c->rank - 1] == columns;
    if (row || count == 1) {
        dim[rank - 1] = count;
    } else if (count == all) {
        memcpy(dim, s->dst.dim, sizeof dim);
    } else if (rank == 2 && c->rank == 2 && c->dim[0] == s->dst.dim[0] && c->dim[1] == 1) {
        dim[0] = c->dim[0];
    } else {
        return "a C that is neither a row, a column, a number nor all of the result";
    }
    if (row && s->scale == 1)
        s->bias = plain(2, rank, dim);
    else
        add_term(s, plain(2, rank, dim));
    return NULL;
}

static const char *product(const tn_problem *p, bool gemm, od_spec *s) {
    const char *why = check_types(p);
    if (why) return why;
    const tn_tensor *c = gemm ? input(p, 2) : NULL, *z = gemm ? input(p, 3) : NULL;
    bool turn_a = gemm && tn_attr_int(p->attrs, "transA"), turn_b = gemm && tn_attr_int(p->attrs, "transB");
    matrix a = matrix_of(p->in[0], turn_a, true), b = matrix_of(p->in[1], turn_b, false), y = {.rank = 2};
    *s = (od_spec){.packs = p->in[1]->data != NULL,
                   .scale = gemm ? (float)tn_attr_float(p->attrs, "alpha") : 1};
    if (batch_of(&b) == 1 && !turn_a) a = folded(&a), b = folded(&b);
    int rank = a.rank > b.rank ? a.rank : b.rank;
    if (rank > OD_RANK) return "more than 4 dimensions of batch";
    s->src = widened(0, &a, rank);
    s->weights = widened(1, &b, rank);
    y.rank = rank;
    for (int i = 0; i < rank - 2; i++)
        y.dim[i] = s->src.dim[i] > s->weights.dim[i] ? s->src.dim[i] : s->weights.dim[i];
    y.dim[rank - 2] = a.dim[a.rank - 2];
    y.dim[rank - 1] = b.dim[b.rank - 1];
    s->dst = plain(0, rank, y.dim);
    if (s->packs) s->weights.format = OD_ANY;
    double beta = gemm ? tn_attr_float(p->attrs, "beta") : 0;
    if (c && beta != 0) {
        if (beta != 1) return "beta is neither 0 nor 1";
        if ((why = add_c(c, s))) return why;
    }
    if (z) add_term(s, plain(3, rank, y.dim));
    return activation(p, s);
}

// ----------------------------------------------------------------------------------------- tactics

// What a tactic's functions have in common; `fill` writes the problem as numbers or says why it cannot.
typedef const char *fill_fn(const tn_problem *p, od_spec *s);

static const char *reject(const tn_problem *p, fill_fn *fill) {
    od_spec s;
    const char *why = od_open()->missing ? od_open()->missing : fill(p, &s);
    if (!why) od_layer_get(&s, 1, &why);
    return why;
}

static const od_layer *layer_of(const tn_problem *p, fill_fn *fill, int threads, od_spec *s) {
    const char *why = fill(p, s);
    return why ? NULL : od_layer_get(s, threads, &why);
}

static void setup(const tn_problem *p, fill_fn *fill, void *params) {
    od_spec s = {0};
    if (!fill(p, &s)) memcpy(params, &s, sizeof s);
}

static size_t pack_bytes(const tn_problem *p, fill_fn *fill) {
    od_spec s;
    const od_layer *y = layer_of(p, fill, 1, &s);
    return y ? od_layer_packed_bytes(y) : 0;
}

// There is no way to tell of a failure here: weights that could not be put in order are not a number.
static void pack(const tn_problem *p, fill_fn *fill, void *to) {
    od_spec s;
    const od_layer *y = layer_of(p, fill, 1, &s);
    if (!y) return;
    size_t bytes = od_layer_packed_bytes(y);
    memset(to, 0, bytes);
    if (!od_layer_pack(&s, y, p->in[1]->data, to)) memset(to, 0xff, bytes);
}

static size_t workspace(const tn_problem *p, fill_fn *fill, int threads) {
    od_spec s;
    const od_layer *y = layer_of(p, fill, threads, &s);
    return y ? od_layer_scratch_bytes(y) : 0;
}

static tn_status run(tn_call *c) {
    const od_spec *s = c->params;
    const char *why;
    const od_layer *y = od_layer_get(s, tn_call_threads(c), &why);
    return y ? od_layer_run(s, y, c) : tn_call_fail(c, TN_UNSUPPORTED, "%s", why);
}

static const char *fill_conv(const tn_problem *p, od_spec *s) {
    return convolution(p, false, OD_CONV_DIRECT, s);
}
static const char *fill_blocked(const tn_problem *p, od_spec *s) {
    return convolution(p, true, OD_CONV_DIRECT, s);
}
static const char no_winograd[] = "oneDNN has Winograd's convolution in 2.x only";
static const char *fill_winograd(const tn_problem *p, od_spec *s) {
    if (od_open()->major != 2) return no_winograd;
    return convolution(p, true, OD_CONV_WINOGRAD, s);
}
static const char *fill_matmul(const tn_problem *p, od_spec *s) { return product(p, false, s); }
static const char *fill_gemm(const tn_problem *p, od_spec *s) { return product(p, true, s); }

static char text[300], winograd_text[320]; // which oneDNN, or why the kernels are unavailable

// The five functions of a tactic around a `fill`.
#define ONEDNN_FUNCTIONS(id)                                                                   \
    static const char *reject_##id(const tn_problem *p) { return reject(p, fill_##id); }       \
    static void setup_##id(const tn_problem *p, void *params) { setup(p, fill_##id, params); } \
    static size_t pack_bytes_##id(const tn_problem *p) { return pack_bytes(p, fill_##id); }    \
    static void pack_##id(const tn_problem *p, void *to) { pack(p, fill_##id, to); }           \
    static size_t workspace_##id(const tn_problem *p, int threads) {                           \
        return workspace(p, fill_##id, threads);                                               \
    }

#define ONEDNN_TACTIC(fill_, name_, op_, domain_, doc_, error_)                                          \
    {                                                                                                    \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .doc = doc_, .rank = 1, .error = error_,   \
                 .reject = reject_##fill_, .params_bytes = sizeof(od_spec), .setup = setup_##fill_,      \
                 .pack_bytes = pack_bytes_##fill_, .pack = pack_##fill_, .workspace = workspace_##fill_, \
                 .run = run                                                                              \
    }

ONEDNN_FUNCTIONS(conv)
ONEDNN_FUNCTIONS(blocked)
ONEDNN_FUNCTIONS(winograd)
ONEDNN_FUNCTIONS(matmul)
ONEDNN_FUNCTIONS(gemm)

TN_TACTIC(conv) = ONEDNN_TACTIC(conv, "onednn.conv.f32", "Conv", NULL, text, 0);
TN_TACTIC(conv_fused) = ONEDNN_TACTIC(conv, "onednn.conv.f32.fused", "Conv", "tn", text, 0);
TN_TACTIC(conv_blocked) = ONEDNN_TACTIC(blocked, "onednn.conv.f32.blocked", "BlockedConv", "tn", text, 0);
TN_TACTIC(conv_winograd) = ONEDNN_TACTIC(winograd, "onednn.conv.f32.winograd", "BlockedConv", "tn",
                                         winograd_text, 1e-5);
TN_TACTIC(matmul) = ONEDNN_TACTIC(matmul, "onednn.matmul.f32", "MatMul", NULL, text, 0);
TN_TACTIC(gemm) = ONEDNN_TACTIC(gemm, "onednn.gemm.f32", "Gemm", NULL, text, 0);
TN_TACTIC(gemm_fused) = ONEDNN_TACTIC(gemm, "onednn.gemm.f32.fused", "Gemm", "tn", text, 0);

static char version[64]; // packed weights lie as this oneDNN on this CPU wants them

// The kernels' line in `tenon list`, and what engines remember, before anybody reads either.
__attribute__((constructor)) static void introduce(void) {
    const od_library *l = od_open();
    snprintf(text, sizeof text, "%s%s", l->missing ? "unavailable: " : "", l->text);
    bool without = !l->missing && l->major != 2;
    snprintf(winograd_text, sizeof winograd_text, "%s%s", without ? "unavailable: " : "",
             without ? no_winograd : text);
    snprintf(version, sizeof version, "1, oneDNN %d.%d.%d, isa %d", l->major, l->minor, l->patch, l->isa);
}

TN_PLUGIN = {
    TN_PLUGIN_HERE,
    .name = "onednn",
    .version = version,
    .tactics =
        TN_TACTICS(&tn_tactic_conv, &tn_tactic_conv_fused, &tn_tactic_conv_blocked, &tn_tactic_conv_winograd,
                   &tn_tactic_matmul, &tn_tactic_gemm, &tn_tactic_gemm_fused),
};
