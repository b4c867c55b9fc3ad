// SPDX-License-Identifier: Apache-2.0
// model.c - the cost model: what kernels do, and the constants it is weighed with.
#include "tactic/model.h"

#include "base/cpuid.h"
#include "ir/attr.h"
#include "ir/blocked.h"
#include "ir/chain.h"
#include "tactic/minimal.h"
#include "tactic/split.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 };

static double up(int64_t n, int64_t to) { return (double)((n + to - 1) / to * to); }
static double blocks(int64_t channels) { return up(channels, LANES) / LANES; }

static int64_t step_at(const tn_problem *p, const char *name, int i) { // a stride or a dilation
    return tni_ints_at(p->attrs, name, i, 1);
}

// f32 as three bf16, products on tiles (src/cpu/kern/split.inl): steps of 32 values of k, 16 columns, up to
// 16 rows; what the tile's unit takes beside a row's time counts as one more. Turns are vectors that are
// split, B's once for each `band` of rows.
static bool is_split(const tn_tactic_def *t) { return strstr(t->name, ".split") != NULL; }
static double tiled(double runs, double rows) { // rows of so many runs, in tiles
    return runs * (rows + ceil(rows / TNI_SPLIT_ROWS));
}
static void split(double rows, double vectors, double steps, double a, double bands, tni_work *w) {
    w->of[1] = rows * vectors * steps * (TNI_SPLIT_K * LANES);
    w->of[2] = a + bands * vectors * steps * TNI_SPLIT_K;
}

static double packed_bytes(const tn_tactic_def *t, const tn_problem *p) {
    double own = 0;
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && p->in[i]->data) own += (double)p->in[i]->bytes;
    size_t packed = t->pack_bytes ? t->pack_bytes(p) : 0;
    return packed ? (double)packed : own;
}

// Winograd's tile of m by m outputs, or 0: "...winograd:F4", "...winograd.split:T4".
static int tile_of(const tn_tactic_def *t) {
    const char *at = strstr(t->name, "winograd") ? strchr(t->name, ':') : NULL;
    return at ? at[2] - '0' : 0;
}

// Each tile takes one product per number of the packed weights; of those that stay as they are, as many for
// each tap as positions come of it. A stride gives each of its phases a share of the taps, and m - 1
// positions more than that.
static void winograd(const tn_tactic_def *t, const tn_problem *p, int m, bool turned, tni_work *w) {
    const tn_tensor *x = p->in[0], *f = p->in[1], *y = p->out[0];
    bool volume = f->rank == 5; // a tile goes through all slices of its window
    double tiles = (double)y->dim[0], depth = (double)x->dim[1], phases = 1, positions = 1;
    if (volume) tiles *= (double)y->dim[2], depth *= (double)f->dim[2];
    for (int i = volume; i < 2 + volume; i++) {
        int64_t stride = step_at(p, "strides", i);
        int64_t every = turned ? stride : step_at(p, "dilations", i);
        tiles *= (turned ? 1 : (double)every) * up((y->dim[2 + i] + every - 1) / every, m) / m;
        phases *= (double)stride;
        positions *= (double)(stride * (m - 1) + f->dim[2 + i]) / (double)f->dim[2 + i];
    }
    double out = (double)y->dim[1];
    bool late = strstr(t->name, "-late") || strstr(t->name, ".split");
    w->of[1] = tiles * w->of[4] / 4 * (late ? positions : 1);
    w->of[2] = tiles * (m + 2) * (m + 2) * (turned ? depth + phases * out : phases * depth + out);
}

// How much of the windows of a dilated convolution lies on the image. Direct kernels leave out the rest where
// it is much.
static double met(const tn_problem *p) {
    const tn_tensor *x = p->in[0], *f = p->in[1], *y = p->out[0];
    double share = 1;
    for (int i = 0; i < f->rank - 2; i++) {
        int64_t stride = step_at(p, "strides", i), dilation = step_at(p, "dilations", i), n = 0;
        size_t npads;
        const int64_t *pads = tn_attr_ints(p->attrs, "pads", &npads);
        for (int64_t k = 0; k < f->dim[2 + i] && dilation > 1; k++)
            for (int64_t o = 0; o < y->dim[2 + i]; o++) {
                int64_t at = o * stride + k * dilation - (npads ? pads[i] : 0);
                n += at >= 0 && at < x->dim[(tni_channels_last(p->attrs) ? 1 : 2) + i];
            }
        if (dilation > 1) share *= (double)n / (double)(f->dim[2 + i] * y->dim[2 + i]);
    }
    return share < 0.8 ? share : 1;
}

static void minimal(const tn_problem *p, tni_work *w) {
    const tn_tensor *x = p->in[0], *f = p->in[1], *y = p->out[0];
    double tiles = (double)y->dim[0], positions = 1, in = (double)x->dim[1];
    for (int i = 0; i < f->rank - 2; i++) {
        tni_minimal_axis a = tni_minimal_axis_of(f->dim[2 + i], step_at(p, "strides", i));
        tiles *= ceil((double)y->dim[2 + i] / (double)a.m);
        positions *= (double)a.n;
        in *= (double)a.parts;
    }
    if (x->rank == f->rank) in /= LANES; // a plain X has tiles in its lanes
    w->of[1] = tiles * w->of[4] / 4;
    w->of[2] = tiles * positions * (in + (double)y->dim[1]);
}

// Class by class of phases; weights are transformed once for each, as each phase's inputs and outputs are.
static void phases(const tn_problem *p, tni_work *w) {
    const tn_tensor *x = p->in[0], *f = p->in[1], *y = p->out[0];
    double in = (double)x->dim[1] * LANES, out = (double)y->dim[1] * LANES;
    w->of[1] = w->of[2] = 0;
    for (int i = 0; i < TNI_PHASE_KINDS * TNI_PHASE_KINDS; i++) {
        double products = 1, n = 1;
        for (int axis = 0; axis < 2; axis++) {
            int kind = axis ? i % TNI_PHASE_KINDS : i / TNI_PHASE_KINDS;
            tni_phases a = tni_phases_of(x->dim[2 + axis], step_at(p, "dilations", axis), kind);
            n *= (double)a.count;
            products *= (double)tni_phase_products(a.pixels);
        }
        if (!(n > 0)) continue;
        n *= (double)x->dim[0];
        w->of[1] += n * products * (double)f->dim[1] * out;
        w->of[2] += products * (n * (in + out) + in * out) / LANES;
    }
}

// Rows of tiles go along rows of outputs, or along all of them with what X has between; bands are as large as
// a core's second level holds. A step is a tap of two blocks of channels.
static void split_conv(const tn_problem *p, tni_work *w) {
    const tn_tensor *x = p->in[0], *f = p->in[1], *y = p->out[0];
    double outer = (double)(y->dim[0] * tn_attr_int(p->attrs, "group")), oh = (double)y->dim[2],
           ow = (double)y->dim[3], area = (double)(x->dim[2] * x->dim[3]);
    double pairs = ceil((double)f->dim[1] / TNI_SPLIT_K), taps = (double)tn_count_range(f, 2, 4);
    double rows = tiled(oh, ow), bands = ceil(oh * ow / TNI_SPLIT_PIXELS);
    bool flat = step_at(p, "strides", 0) == 1 && step_at(p, "strides", 1) == 1;
    if (flat) rows = fmin(rows, tiled(1, oh * (ow + (double)(f->dim[3] - 1))));
    bands = fmax(bands, ceil(area * TNI_SPLIT_PIXEL * pairs / TNI_SPLIT_BAND));
    split(rows * outer, (double)y->dim[1] / (double)tn_attr_int(p->attrs, "group"), pairs * taps,
          outer * area * pairs * 2, bands * outer, w);
}

// Blocked, of any kind: y[N,C/16,H,W,16], w[M,C/group,kh,kw] or [C,M/group,kh,kw].
static void blocked_conv(const tn_tactic_def *t, const tn_problem *p, bool turned, tni_work *w) {
    const tn_tensor *x = p->in[0], *f = p->in[1], *y = p->out[0];
    if (f->rank < 4 || f->rank > 5 || y->rank != f->rank + 1) return;
    int m = tile_of(t);
    if (m) {
        winograd(t, p, m, turned, w);
        return;
    }
    if (strstr(t->name, "phases")) {
        if (f->rank == 4) phases(p, w);
        return;
    }
    if (strstr(t->name, "minimal")) {
        minimal(p, w);
        return;
    }
    if (is_split(t)) {
        split_conv(p, w);
        return;
    }
    const tn_tensor *pixels = turned ? x : y;
    double taps = (double)tn_count_range(f, 2, f->rank),
           inner = turned ? (double)f->dim[0] : (double)f->dim[1];
    double at = (double)(pixels->dim[0] * tn_count_range(pixels, 2, pixels->rank - 1));
    w->of[1] = at * inner * taps * (double)(y->dim[1] * LANES) * (turned ? 1 : met(p));
    w->of[2] = (double)tn_count_range(y, 0, y->rank - 2);
}

// A product over columns of pixels, which are gathered first where a window is larger than one; or rows.
static void plain_conv(const tn_tactic_def *t, const tn_problem *p, tni_work *w) {
    const tn_tensor *x = p->in[0], *f = p->in[1], *y = p->out[0];
    if (f->rank < 3 || y->rank < 3) return;
    double each = (double)tn_count_range(f, 1, f->rank), taps = (double)tn_count_range(f, 2, f->rank);
    int64_t pixels = tn_count_range(y, 2, y->rank), width = y->dim[y->rank - 1];
    double maps = (double)(y->dim[0] * y->dim[1]);
    if (strstr(t->name, "gemm")) {
        w->of[0] = (double)(x->dim[0] * tn_attr_int(p->attrs, "group")); // products
        w->of[1] = each * maps * up(pixels, LANES);
        w->of[2] = taps > 1 ? taps * (double)(x->dim[0] * x->dim[1] * pixels) : 0;
    } else {
        w->of[2] = maps * (double)(pixels / (width > 0 ? width : 1));
        w->of[1] = each * w->of[2] * up(width, LANES);
    }
}

static void product(const tn_tactic_def *t, const tn_problem *p, bool transposed, tni_work *w) {
    const tn_tensor *x = p->in[0], *y = p->out[0];
    if (x->rank < 2 || y->rank < 2) return;
    double depth = (double)x->dim[x->rank - (transposed ? 2 : 1)];
    double rows = (double)tn_count_range(y, 0, y->rank - 1), vectors = blocks(y->dim[y->rank - 1]);
    if (is_split(t)) {
        double steps = ceil(depth / TNI_SPLIT_K);
        split(tiled(1, rows), vectors, steps, rows * steps * 2, ceil(rows / TNI_SPLIT_BLOCK), w);
        return;
    }
    w->of[1] = depth * rows * vectors * LANES;
    w->of[2] = rows * vectors;
}

// What is not a comparison takes about as long as this many multiply-adds, by element.
enum { ACTIVATION = 32 };
static bool is_cheap(const char *name) {
    static const char *const cheap[] = {"", "Relu", "Clip", "LeakyRelu"};
    for (size_t i = 0; i < sizeof cheap / sizeof *cheap; i++)
        if (!strcmp(name, cheap[i])) return true;
    return false;
}

static double activation(const tn_problem *p) {
    const tn_attr_def *def = p->attrs.op->attrs;
    while (def->name && strcmp(def->name, "activation") != 0) def++;
    if (!def->name || is_cheap(tn_attr_string(p->attrs, "activation"))) return 0;
    return ACTIVATION * (double)tn_count(p->out[0]);
}

// Links one after the other; the turns are the products of depthwise ones, which take another time each.
static void chain(const tn_problem *p, tni_work *w) {
    int64_t size[TNI_LINKS][2];
    size_t ngroups, names;
    const int64_t *groups = tn_attr_ints(p->attrs, "groups", &ngroups);
    const tn_str *name = tn_attr_strings(p->attrs, "activations", &names);
    tni_chain_sizes(p->attrs, p->nin, p->in, size);
    w->of[1] = 0;
    for (int i = 0; i < tni_chain_links(p->nin, p->in); i++) {
        const tn_tensor *f = p->in[tni_link_weights(i)];
        bool depthwise = ngroups && groups[i] > 1;
        double made = (double)(p->in[0]->dim[0] * size[i][0] * size[i][1]) * up(f->dim[0], LANES);
        w->of[depthwise ? 2 : 1] += made * (double)tn_count_range(f, 1, 4);
        if (names && !is_cheap(name[i].text)) w->of[1] += made * ACTIVATION;
    }
}

tni_work tni_work_of(const tn_tactic_def *t, const tn_problem *p) {
    const tn_op_def *op = p->attrs.op;
    tni_work w = {{1, 0, 0, 0, packed_bytes(t, p)}};
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && !p->in[i]->data) w.of[3] += (double)p->in[i]->bytes;
    for (int i = 0; i < p->nout; i++)
        if (p->out[i]) w.of[3] += (double)p->out[i]->bytes;
    if (p->nin < 1 || !p->in[0] || !p->nout || !p->out[0]) return w;
    w.of[1] = (double)tn_count(p->out[0]);
    if (p->nin < 2 || !p->in[1]) return w;
    if (!strcmp(op->name, "BlockedConv")) blocked_conv(t, p, false, &w);
    if (!strcmp(op->name, "BlockedConvTranspose")) blocked_conv(t, p, true, &w);
    if (!strcmp(op->name, "BlockedChain")) chain(p, &w);
    if (!strcmp(op->name, "Conv")) plain_conv(t, p, &w);
    if (!strcmp(op->name, "MatMul")) product(t, p, false, &w);
    if (!strcmp(op->name, "Gemm")) product(t, p, tn_attr_int(p->attrs, "transA") != 0, &w);
    w.of[1] += activation(p);
    return w;
}

typedef struct cost {
    const char *tactic;
    double ns[TNI_WORK]; // for each unit of the work
} cost;

// Each sorted by name.
#define COST(tactic, call, op, turn, byte, weight) {tactic, {call, op, turn, byte, weight}},
static const cost intel[] = {
#include "tactic/model_intel.def"
};
static const cost amd[] = {
#include "tactic/model_amd.def"
};
#undef COST

// The last one is everybody else's, too.
struct tni_model {
    const char *vendor;
    const cost *of;
    size_t n;
};
static const tni_model models[] = {
    {"GenuineIntel", intel, sizeof intel / sizeof *intel},
    {"AuthenticAMD", amd, sizeof amd / sizeof *amd},
};

const tni_model *tni_model_of(const char *vendor) {
    const tni_model *m = models, *last = models + sizeof models / sizeof *models - 1;
    while (m < last && strcmp(m->vendor, vendor) != 0) m++;
    return m;
}

const tni_model *tni_model_here(void) {
    char vendor[16];
    tni_cpu_vendor(vendor);
    return tni_model_of(vendor);
}

double tni_estimate(const tni_model *m, const tn_tactic_def *t, const tn_problem *p) {
    size_t low = 0, high = m->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(m->of[middle].tactic, t->name);
        if (!order) {
            tni_work w = tni_work_of(t, p);
            double ns = 0;
            for (int i = 0; i < TNI_WORK; i++) ns += m->of[middle].ns[i] * w.of[i];
            return ns;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}
