// SPDX-License-Identifier: Apache-2.0
// norm.c - PyTorch's normalisations and softmax.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <math.h>
#include <string.h>

// A vector of ones or zeros as long as the channels of `x`.
static tni_value *channel_constant(tn_aten *c, tni_value *x, tn_dtype dtype, double value) {
    if (c->failed) return NULL;
    if (tni_at_rank(c, x) < 2 || x->info.type.dim[1].e)
        return tni_at_expr(c, "Expand($0, Slice(Shape($1), [1], [2]))", tni_at_scalar(c, dtype, value), x);
    tn_tensor *t = tni_tensor_new(&c->graph->root->arena, dtype, 1, &x->info.type.dim[1].k);
    if (!t) return c->x->nomem = c->failed = true, NULL;
    for (int64_t i = 0; i < x->info.type.dim[1].k; i++) tni_set(t, i, value);
    return tni_value_const(c->graph, NULL, t);
}

static tni_value *weight_or(tn_aten *c, const char *name, tni_value *x, double otherwise) {
    return tni_at_has(c, name) ? tni_at_tensor(c, name) : channel_constant(c, x, tni_at_type(x), otherwise);
}

// The second and third results of training; of the functional form the new running statistics as well.
static void give_statistics(tn_aten *c, tni_value *x, tni_value *mean, tni_value *var, tni_value *root) {
    tni_value *flat = tni_at_vector(c, (int64_t[]){-1}, 1);
    if (c->nout < 3) return;
    tni_at_give(c, 1, tni_at_expr(c, "Reshape($0, $1)", mean, flat));
    tni_at_give(c, 2, tni_at_expr(c, "Reshape(Reciprocal($0), $1)", root, flat));
    if (c->nout < 5 || !strstr(c->target, "functional")) return;
    tni_value *count = tni_at_cast(c, tni_at_expr(c, "Div(Size($0), Size($1))", x, var), tni_at_type(x));
    var = tni_at_expr(c, "Mul($0, Div($1, Sub($1, $2)))", var, count, tni_at_scalar(c, tni_at_type(x), 1));
    tni_value *share = tni_at_number(c, "momentum", tni_at_type(x)), *now[2] = {mean, var};
    for (size_t i = 0; i < 2; i++) {
        tni_value *old = tni_at_tensor(c, i ? "running_var" : "running_mean");
        tni_value *to = tni_at_expr(c, "Reshape($0, $1)", now[i], flat);
        tni_at_give(c, c->nout - 2 + i, tni_at_expr(c, "Add($0, Mul(Sub($1, $0), $2))", old, to, share));
    }
}

// The statistics of the batch itself, for models exported in training mode.
static void batch_norm_own(tn_aten *c, tni_value *x) {
    int rank = tni_at_rank(c, x), n = 0;
    int64_t axes[TN_MAX_RANK];
    for (int d = 0; d < rank; d++)
        if (d != 1) axes[n++] = d;
    tni_value *over = tni_at_vector(c, axes, (size_t)n);
    tni_value *mean = tni_at_expr(c, "ReduceMean($0, $1)", x, over),
              *d = tni_at_expr(c, "Sub($0, $1)", x, mean);
    tni_value *var = tni_at_expr(c, "ReduceMean(Mul($0, $0), $1)", d, over);
    const char *eps = tni_at_has(c, "eps") ? "eps" : "epsilon";
    tni_value *root = tni_at_expr(c, "Sqrt(Add($0, $1))", var, tni_at_number(c, eps, tni_at_type(x)));
    tni_value *y = tni_at_expr(c, "Div($0, $1)", d, root);
    give_statistics(c, x, mean, var, root);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "bias" : "weight";
        if (!tni_at_has(c, name)) continue;
        int64_t shape[TN_MAX_RANK];
        for (int k = 0; k < rank; k++) shape[k] = k == 1 ? -1 : 1;
        tni_value *w =
            tni_at_expr(c, "Reshape($0, $1)", tni_at_tensor(c, name), tni_at_vector(c, shape, (size_t)rank));
        y = tni_at_expr(c, i ? "Add($0, $1)" : "Mul($0, $1)", y, w);
    }
    tni_at_give(c, 0, y);
}

static void batch_norm(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input");
    bool training = tni_at_has(c, "training")
                        ? tni_at_bool(c, "training")
                        : !strstr(c->target, "no_training") && !strstr(c->target, "no_update");
    if (strstr(c->target, "no_stats") || !tni_at_has(c, "running_mean") ||
        (training && strcmp(c->target, "aten.cudnn_batch_norm.default"))) {
        batch_norm_own(c, x);
        return;
    }
    tni_at_set_float(c, "epsilon",
                     tni_at_has(c, "eps") ? tni_at_float(c, "eps") : tni_at_float(c, "epsilon"));
    tni_at_give(c, 0,
                tni_at_expr(c, "BatchNormalization($0, $1, $2, running_mean, running_var){epsilon=epsilon}",
                            x, weight_or(c, "weight", x, 1), weight_or(c, "bias", x, 0)));
    for (size_t i = 1; i < c->nout; i++)
        tni_at_give(c, i, tni_at_vector(c, NULL, 0)); // statistics of training
}

// Scale of the normalised dimensions, ones when there is none.
static tni_value *row_scale(tn_aten *c, tni_value *x) {
    if (tni_at_has(c, "weight")) return tni_at_tensor(c, "weight");
    return tni_at_expr(c, "Expand($0, normalized_shape)", tni_at_scalar(c, tni_at_type(x), 1));
}

static void layer_norm(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input"), *out[3] = {NULL, NULL, NULL};
    int64_t shape[TNI_AT_LIST];
    size_t n = tni_at_ints(c, "normalized_shape", shape);
    tn_dtype type = tni_at_type(x);
    tni_value *weight = tni_at_has(c, "weight") ? tni_at_tensor(c, "weight") : NULL;
    bool mixed = tni_at_type(weight) == TN_F32 && type != TN_F32; // 16 bits, computed in f32 with its weights
    if (mixed) x = tni_at_cast(c, x, TN_F32);
    tni_value *scale = row_scale(c, x), *bias = tni_at_has(c, "bias") ? tni_at_tensor(c, "bias") : NULL;
    tni_at_set_int(c, "axis", -(int64_t)n);
    tni_at_set_float(c, "epsilon", tni_at_float(c, "eps"));
    if (!tni_at_node(c, "LayerNormalization", bias ? 3 : 2, (tni_value *[]){x, scale, bias},
                     c->nout < 3 ? 1 : 3, out))
        return;
    for (size_t i = 0; i < 3; i++)
        if (out[i]) tni_at_give(c, i, mixed && i == 0 ? tni_at_cast(c, out[i], type) : out[i]);
}

static void rms_norm(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input");
    int64_t shape[TNI_AT_LIST];
    size_t n = tni_at_ints(c, "normalized_shape", shape);
    double tiny =
        tni_at_type(x) == TN_F64 ? 2.220446049250313e-16 : 1.1920928955078125e-07; // of the type computed in
    tni_at_set_float(c, "epsilon", tni_at_has(c, "eps") ? tni_at_float(c, "eps") : tiny);
    tni_at_set_int(c, "axis", -(int64_t)n);
    tni_at_give(c, 0,
                tni_at_expr(c, "RMSNormalization($0, $1){axis=axis, epsilon=epsilon}", x, row_scale(c, x)));
}

static void group_norm(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input");
    const char *groups = tni_at_has(c, "num_groups") ? "num_groups" : "group";
    tni_at_set_int(c, "num_groups", tni_at_int(c, groups));
    tni_at_set_float(c, "epsilon", tni_at_float(c, "eps"));
    tni_at_give(c, 0,
                tni_at_expr(c, "GroupNormalization($0, $1, $2){num_groups=num_groups, epsilon=epsilon}", x,
                            weight_or(c, "weight", x, 1), weight_or(c, "bias", x, 0)));
    if (c->nout < 3) return;
    int64_t shape[] = {0, tni_at_int(c, groups), -1};
    tni_value *rows = tni_at_expr(c, "Reshape($0, $1)", x, tni_at_vector(c, shape, 3));
    tni_value *mean = tni_at_expr(c, "ReduceMean($0, [2])", rows),
              *d = tni_at_expr(c, "Sub($0, $1)", rows, mean);
    tni_value *eps = tni_at_number(c, "eps", tni_at_type(x));
    tni_at_give(c, 1, tni_at_expr(c, "Squeeze($0, [2])", mean));
    tni_at_give(
        c, 2, tni_at_expr(c, "Reciprocal(Sqrt(Add(ReduceMean(Mul($0, $0), [2]){keepdims=0}, $1)))", d, eps));
}

static void instance_norm(tn_aten *c) {
    tni_value *x = tni_at_tensor(c, "input");
    tni_at_set_float(c, "epsilon", tni_at_float(c, "eps"));
    if (!tni_at_bool(c, "use_input_stats"))
        tni_at_give(c, 0,
                    tni_at_expr(c,
                                "BatchNormalization($0, $1, $2, running_mean, running_var){epsilon=epsilon}",
                                x, weight_or(c, "weight", x, 1), weight_or(c, "bias", x, 0)));
    else
        tni_at_give(c, 0,
                    tni_at_expr(c, "InstanceNormalization($0, $1, $2){epsilon=epsilon}", x,
                                weight_or(c, "weight", x, 1), weight_or(c, "bias", x, 0)));
}

static void softmax(tn_aten *c) {
    tni_value *x = tni_at_cast(c, tni_at_tensor(c, "self"), c->out);
    bool log = strstr(c->target, "log_softmax") != NULL;
    if (tni_at_rank(c, x) == 0) x = tni_at_expr(c, "Reshape($0, [1])", x);
    tni_at_set_int(c, "axis", tni_at_axis(c, "dim", tni_at_rank(c, x)));
    tni_at_give(c, 0, tni_at_expr(c, log ? "LogSoftmax($0){axis=axis}" : "Softmax($0){axis=axis}", x));
}

// Rows without anything to attend to become zeros instead of NaN.
static void safe_softmax(tn_aten *c) {
    softmax(c);
    tni_value *y = c->result[0];
    tni_at_give(c, 0, tni_at_expr(c, "Where(IsNaN($0), $1, $0)", y, tni_at_scalar(c, c->out, 0)));
}

// The direction v with length g, along every dimension but one.
static void weight_norm(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "v");
    int rank = tni_at_rank(c, v), n = 0;
    int64_t axes[TN_MAX_RANK], dim = tni_at_int(c, "dim");
    for (int d = 0; d < rank; d++)
        if (d != dim && d != dim + rank) axes[n++] = d;
    tni_at_give(c, 0,
                tni_at_expr(c, "Mul($0, Div(g, ReduceL2($0, $1)))", v, tni_at_vector(c, axes, (size_t)n)));
    if (c->nout > 1)
        tni_at_give(c, 1, tni_at_expr(c, "ReduceL2($0, $1)", v, tni_at_vector(c, axes, (size_t)n)));
}

// Slices along `dim` whose p-norm is above `maxnorm` are made as long as that.
static void renorm(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v), dim = tni_at_axis(c, "dim", rank), n = 0;
    int64_t axes[TN_MAX_RANK];
    for (int d = 0; d < rank; d++)
        if (d != dim) axes[n++] = d;
    double p = tni_at_float(c, "p");
    if (!(p > 0) || isinf(p)) tni_at_fail(c, NULL, "norms of order %g cannot be followed", p);
    tni_value *sum = tni_at_expr(c, "ReduceSum(Pow(Abs($0), p), $1)", v, tni_at_vector(c, axes, (size_t)n));
    tni_value *norm = tni_at_expr(c, "Pow($0, $1)", sum, tni_at_scalar(c, c->out, 1 / p));
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Mul($0, Where(Greater($1, maxnorm), Div(maxnorm, Add($1, 1e-7)), 1))", v, norm));
}

TN_ATEN(norm) = {
    {"aten.renorm", NULL, renorm, 0},
    {"aten._weight_norm", NULL, weight_norm, 0},
    {"aten._weight_norm_interface", NULL, weight_norm, 0},
    {"aten.batch_norm.default", NULL, batch_norm, 0},
    {"aten._native_batch_norm_legit", NULL, batch_norm, 0},
    {"aten._native_batch_norm_legit_no_training", NULL, batch_norm, 0},
    {"aten._native_batch_norm_legit_functional", NULL, batch_norm, 0},
    {"aten.native_batch_norm", NULL, batch_norm, 0},
    {"aten._batch_norm_with_update", NULL, batch_norm, 0},
    {"aten._batch_norm_with_update_functional", NULL, batch_norm, 0},
    {"aten._batch_norm_no_update", NULL, batch_norm, 0},
    {"aten.layer_norm", NULL, layer_norm, 0},
    {"aten.native_layer_norm", NULL, layer_norm, 0},
    {"aten.rms_norm", NULL, rms_norm, 0},
    {"aten._fused_rms_norm", NULL, rms_norm, 0},
    {"aten.group_norm", NULL, group_norm, 0},
    {"aten.native_group_norm", NULL, group_norm, 0},
    {"aten.instance_norm", NULL, instance_norm, 0},
    {"aten.softmax.int", NULL, softmax, 0},
    {"aten._softmax", NULL, softmax, 0},
    {"aten.log_softmax.int", NULL, softmax, 0},
    {"aten._log_softmax", NULL, softmax, 0},
    {"aten._safe_softmax", NULL, safe_softmax, 0},
    {0},
};
