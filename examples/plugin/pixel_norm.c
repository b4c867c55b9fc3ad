// SPDX-License-Identifier: Apache-2.0
// pixel_norm.c - a plug-in: the pixel-wise normalisation of image generators (Karras et al., "Progressive
// Growing of GANs", 2018), which ONNX lacks. One operator with its shape inference and its reference kernel,
// one fast kernel, and a pass that recognises the operator where a model has it written out; against
// tenon/ext.h and tenon/rewrite.h alone.
//
//     y[n,c,p] = gain[c] * x[n,c,p] / sqrt(epsilon + mean over c of x[n,c,p]^2)
//
//     cc -O3 -shared -fPIC pixel_norm.c -o pixel_norm.so
//     tenon run pixel_norm.tnt --plugin pixel_norm.so --random 1
#include <math.h>
#include <stdio.h>
#include <tenon/rewrite.h>

// ------------------------------------------------------------------------------------- the operator

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type, *gain = c->nin > 1 && c->in[1] ? &c->in[1]->type : NULL;
    if (x->rank >= 0 && x->rank < 2) return tn_infer_fail(c, "X has rank %d, not [N,C,...]", x->rank);
    if (gain && gain->rank >= 0 && gain->rank != 1)
        return tn_infer_fail(c, "gain has rank %d, not 1", gain->rank);
    bool sizes = gain && gain->rank == 1 && x->rank >= 2 && !gain->dim[0].e && !x->dim[1].e;
    if (sizes && !tn_dim_equal(gain->dim[0], x->dim[1]))
        return tn_infer_hint(c, "gain has one element for each channel",
                             "X has %lld channels, gain %lld elements", (long long)x->dim[1].k,
                             (long long)gain->dim[0].k);
    return tn_infer_same(c);
}

// What sizes only the run knows must be checked there.
static tn_status check(tn_call *c) {
    const tn_tensor *gain = c->nin > 1 ? c->in[1] : NULL;
    if (!gain || gain->dim[0] == c->in[0]->dim[1]) return TN_OK;
    return tn_call_fail(c, TN_INVALID, "X has %lld channels, gain %lld elements", (long long)c->in[0]->dim[1],
                        (long long)gain->dim[0]);
}

// Plain and exact: any float type, everything in double. It folds constants, runs where no kernel fits, and
// kernels are tested against it.
static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *gain = c->nin > 1 ? c->in[1] : NULL; /* [N,C,P...] and [C] */
    int64_t channels = x->dim[1], pixels = tn_count_range(x, 2, x->rank);
    double epsilon = tn_attr_float(c->attrs, "epsilon");
    tn_status status = check(c);
    if (status != TN_OK) return status;
    for (int64_t n = 0; n < x->dim[0]; n++)
        for (int64_t p = 0; p < pixels; p++) {
            double sum = 0;
            for (int64_t k = 0; k < channels; k++) {
                double v = tn_tensor_get(x, (n * channels + k) * pixels + p);
                sum += v * v;
            }
            double scale = 1 / sqrt(epsilon + sum / (double)channels);
            for (int64_t k = 0; k < channels; k++) {
                int64_t at = (n * channels + k) * pixels + p;
                double g = gain ? tn_tensor_get(gain, k) : 1;
                tn_tensor_set(c->out[0], at, g * scale * tn_tensor_get(x, at));
            }
        }
    return TN_OK;
}

TN_OP(pixel_norm) = {
    TN_HERE,
    .name = "PixelNorm",
    .domain = "com.example",
    .since = 1,
    .doc = "each pixel's channels divided by their root mean square",
    .aten = "example::pixel_norm.default",
    .in = {{"X", "T"}, {"gain", "T", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{"epsilon", TN_ATTR_FLOAT, .f = 1e-8}},
    .infer = infer,
    .ref = ref,
};

// --------------------------------------------------------------------------------------- its kernel

enum { BLOCK = 256 }; // pixels a thread takes at once: their scales stay in the first cache

static const char *reject(const tn_problem *p) { return p->in[0]->dtype == TN_F32 ? NULL : "not f32"; }

static void scales(const float *x, int64_t channels, int64_t pixels, int64_t n, float epsilon, float *scale) {
    for (int64_t i = 0; i < n; i++) scale[i] = 0;
    for (int64_t k = 0; k < channels; k++)
        for (int64_t i = 0; i < n; i++) scale[i] += x[k * pixels + i] * x[k * pixels + i];
    for (int64_t i = 0; i < n; i++) scale[i] = 1 / sqrtf(epsilon + scale[i] / (float)channels);
}

// Block `i` of all images' pixels.
static void block(void *arg, int64_t i, int worker) {
    tn_call *c = arg;
    const tn_tensor *x = c->in[0], *gain = c->nin > 1 ? c->in[1] : NULL; /* [N,C,P...] and [C] */
    int64_t channels = x->dim[1], pixels = tn_count_range(x, 2, x->rank);
    int64_t blocks = (pixels + BLOCK - 1) / BLOCK, first = i % blocks * BLOCK;
    int64_t n = pixels - first < BLOCK ? pixels - first : BLOCK, at = i / blocks * channels * pixels + first;
    const float *from = (const float *)x->data + at, *g = gain ? gain->data : NULL;
    float *to = (float *)c->out[0]->data + at, scale[BLOCK];
    (void)worker; // whoever computes a block: the result is the same
    scales(from, channels, pixels, n, (float)tn_attr_float(c->attrs, "epsilon"), scale);
    for (int64_t k = 0; k < channels; k++)
        for (int64_t p = 0; p < n; p++) to[k * pixels + p] = (g ? g[k] : 1) * scale[p] * from[k * pixels + p];
}

static tn_status run(tn_call *c) {
    int64_t pixels = tn_count_range(c->in[0], 2, c->in[0]->rank);
    tn_status status = check(c);
    if (status == TN_OK) tn_call_parallel(c, c->in[0]->dim[0] * ((pixels + BLOCK - 1) / BLOCK), block, c);
    return status;
}

TN_TACTIC(pixel_norm_f32) = {
    TN_HERE,
    .name = "example.pixel_norm.f32",
    .op = "PixelNorm",
    .domain = "com.example",
    .doc = "blocks of pixels, channel by channel",
    .rank = 10,
    .inplace = 1, // Y may lie where X lay: a block is read before it is written
    .reject = reject,
    .run = run,
};

// ----------------------------------------------------------------------------------------- its pass

// The value that `v` is `op` of; NULL when it is not.
static tn_value *operand(tn_value *v, const char *op) {
    tn_graph_node *n = tn_value_maker(v);
    return tn_node_is(n, op) ? tn_node_in(n, 0) : NULL;
}

static bool over_channels(const tn_graph_node *mean) {
    const tn_tensor *axes = tn_value_constant(tn_node_in(mean, 1));
    return axes && tn_count(axes) == 1 && tn_tensor_get(axes, 0) == 1 &&
           tn_attr_int(tn_node_attrs(mean), "keepdims");
}

// x / sqrt(mean(x * x) + epsilon), as exporters write it.
static tn_value *match(tn_graph_node *div, double *epsilon) {
    tn_value *x = tn_node_in(div, 0), *sum = operand(tn_node_in(div, 1), "Sqrt");
    tn_graph_node *add = tn_value_maker(sum), *mean = tn_value_maker(tn_node_in(add, 0));
    tn_graph_node *square = tn_value_maker(tn_node_in(mean, 0));
    const tn_tensor *number = tn_value_constant(tn_node_in(add, 1));
    if (!tn_node_is(div, "Div") || !tn_node_is(add, "Add") || !tn_node_is(mean, "ReduceMean")) return NULL;
    if (!tn_node_is(square, "Mul") || tn_node_in(square, 0) != x || tn_node_in(square, 1) != x) return NULL;
    if (!number || tn_count(number) != 1 || !over_channels(mean)) return NULL;
    *epsilon = tn_tensor_get(number, 0);
    return x;
}

static tn_status recognise(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tn_graph_node *n = tn_graph_first(g), *next; n; n = next) {
        double epsilon = 0;
        char attributes[64];
        tn_value *x = match(n, &epsilon);
        next = tn_graph_following(n);
        if (!x) continue;
        snprintf(attributes, sizeof attributes, "epsilon=%.9g", epsilon);
        tn_value *y = tn_rewrite_add(n, "com.example.PixelNorm", 1, &x, attributes, diags);
        if (!y) return TN_INVALID;
        if (tn_rewrite_replace(n, y)) *changed = true;
    }
    return TN_OK;
}

TN_PASS(pixel_norm) = {
    TN_HERE,          .name = "pixel_norm", .level = 1, .doc = "recognises PixelNorm where it is written out",
    .run = recognise,
};

TN_PLUGIN = {
    TN_PLUGIN_HERE,
    .name = "pixel_norm",
    .version = "1",
    .ops = TN_OPS(&tn_op_pixel_norm),
    .tactics = TN_TACTICS(&tn_tactic_pixel_norm_f32),
    .passes = TN_PASSES(&tn_pass_pixel_norm),
};
