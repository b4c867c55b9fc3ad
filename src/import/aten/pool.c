// SPDX-License-Identifier: Apache-2.0
// pool.c - PyTorch's pools and resizes.
#include "import/pt2/call.h"

#include "ir/dim.h"

#include <string.h>

// "max_pool2d": 2
static int spatial(const tn_aten *c) {
    return strstr(c->target, "1d") ? 1 : strstr(c->target, "2d") ? 2 : strstr(c->target, "3d") ? 3 : 0;
}

// Without a batch the input has one dimension less.
static tni_value *with_batch(tn_aten *c, tni_value *x, int n, bool *added) {
    *added = x && tni_at_rank(c, x) == n + 1;
    return *added ? tni_at_expr(c, "Unsqueeze($0, [0])", x) : x;
}

static tni_value *without_batch(tn_aten *c, tni_value *x, bool added) {
    return added && x ? tni_at_expr(c, "Squeeze($0, [0])", x) : x;
}

static bool has_dilation(tn_aten *c) {
    int64_t all[TNI_AT_LIST];
    size_t n = tni_at_has(c, "dilation") ? tni_at_ints(c, "dilation", all) : 0;
    for (size_t i = 0; i < n; i++)
        if (all[i] != 1) return true;
    return false;
}

static void set_window(tn_aten *c, int n, const tni_value *x) {
    int64_t kernel[3], stride[3], pad[3], pads[6], dilation[3], some[TNI_AT_LIST];
    tni_at_spatial(c, "kernel_size", n, kernel);
    bool given = tni_at_has(c, "stride") && tni_at_ints(c, "stride", some) > 0; // an empty one: the kernel's
    tni_at_spatial(c, given ? "stride" : "kernel_size", n, stride);
    tni_at_spatial(c, "padding", n, pad);
    for (int i = 0; i < n; i++) pads[i] = pads[n + i] = pad[i];
    for (int i = 0; i < n && x && tni_at_bool(c, "ceil_mode"); i++) { // one window that reaches beyond all
        tn_dim size = x->info.type.dim[i + 2];
        if (!size.e && kernel[i] > size.k + 2 * pad[i] && !has_dilation(c)) kernel[i] = size.k + 2 * pad[i];
    }
    tni_at_set_ints(c, "kernel_shape", kernel, (size_t)n);
    tni_at_set_ints(c, "strides", stride, (size_t)n);
    tni_at_set_ints(c, "pads", pads, 2 * (size_t)n);
    tni_at_set_int(c, "ceil_mode", tni_at_bool(c, "ceil_mode"));
    if (!tni_at_has(c, "dilation")) return;
    tni_at_spatial(c, "dilation", n, dilation);
    tni_at_set_ints(c, "dilations", dilation, (size_t)n);
}

// Indices count within one channel's plane here, within the whole input in ONNX.
static tni_value *within_plane(tn_aten *c, tni_value *index, tni_value *x, int n) {
    tn_dims *p = &c->graph->root->dims;
    tn_dim plane = tn_k(1);
    for (int d = 2; d < n + 2; d++) plane = tn_dim_mul(p, plane, x->info.type.dim[d]);
    tni_value *size = tni_pt2_dims_value(c->x, c->graph, &plane, 1, true);
    return size ? tni_at_expr(c, "Mod($0, $1)", index, size) : NULL;
}

static void max_pool(tn_aten *c) {
    int n = spatial(c);
    bool added, places = c->nout > 1;
    tni_value *x = with_batch(c, tni_at_tensor(c, "self"), n, &added), *out[2] = {NULL, NULL};
    if (x && tni_at_type(x) != TN_U8 && tni_at_type(x) != TN_I8) x = tni_at_as_real(c, x);
    set_window(c, n, x);
    if (!tni_at_node(c, "MaxPool", 1, &x, places ? 2 : 1, out)) return;
    tni_at_clear(c);
    tni_at_give(c, 0, without_batch(c, tni_at_as_out(c, out[0]), added));
    if (places) tni_at_give(c, 1, without_batch(c, within_plane(c, out[1], x, n), added));
}

// Sums of windows, by what is above and what is below 0, over a number that is given.
static tni_value *own_divisor(tn_aten *c, tni_value *x) {
    tni_value *divisor = tni_at_scalar(c, tni_at_type(x), tni_at_float(c, "divisor_override")), *sum[2];
    tni_value *part[] = {tni_at_expr(c, "Relu($0)", x), tni_at_expr(c, "Relu(Neg($0))", x)};
    for (size_t i = 0, last = c->nlocal; i < 2; i++) {
        c->nlocal = last - 1; // but count_include_pad
        tni_at_set_int(c, "p", 1);
        sum[i] = tni_at_list(c, "LpPool", 1, &part[i]);
    }
    tni_at_clear(c);
    return tni_at_expr(c, "Div(Sub($0, $1), $2)", sum[0], sum[1], divisor);
}

static void avg_pool(tn_aten *c) {
    int n = spatial(c);
    bool added;
    tni_value *x = tni_at_as_real(c, with_batch(c, tni_at_tensor(c, "self"), n, &added)), *y = NULL;
    set_window(c, n, x);
    tni_at_set_int(c, "count_include_pad", tni_at_bool(c, "count_include_pad"));
    if (tni_at_has(c, "divisor_override"))
        y = own_divisor(c, x);
    else
        tni_at_node(c, "AveragePool", 1, &x, 1, &y);
    tni_at_clear(c);
    tni_at_give(c, 0, without_batch(c, tni_at_as_out(c, y), added));
}

// Each element back to where it came from in its plane; zeros elsewhere.
static void max_unpool(tn_aten *c) {
    int n = spatial(c), rank = tni_at_rank(c, tni_at_tensor(c, "self"));
    int64_t flat[TN_MAX_RANK];
    for (int d = 0; d < rank - n; d++) flat[d] = 0;
    if (c->failed || rank < n + 1) return;
    flat[rank - n] = -1;
    tni_value *rows = tni_at_vector(c, flat, (size_t)(rank - n + 1));
    tni_value *lead =
        tni_at_expr(c, "Slice(Shape(self), [0], $0)", tni_at_vector(c, (int64_t[]){rank - n}, 1));
    tni_value *shape = tni_at_expr(c, "Concat($0, output_size){axis=0}", lead);
    tni_value *zeros =
        tni_at_expr(c, "Reshape(Expand($0, $1), $2)", tni_at_scalar(c, c->out, 0), shape, rows);
    tni_at_give(
        c, 0,
        tni_at_expr(c, "Reshape(ScatterElements($0, Reshape(indices, $1), Reshape(self, $1)){axis=-1}, $2)",
                    zeros, rows, shape));
}

// ---- adaptive pools: bin i of n over size s is [floor(i*s/n), ceil((i+1)*s/n))

// One dimension by a product with the matrix of its bins' shares.
static tni_value *averaged_along(tn_aten *c, tni_value *x, int axis, int64_t size, int64_t bins) {
    tn_tensor *t = tni_tensor_new(&c->graph->root->arena, tni_at_type(x), 2, (int64_t[]){size, bins});
    int rank = tni_at_rank(c, x);
    int64_t perm[TN_MAX_RANK];
    if (!t) return c->x->nomem = c->failed = true, NULL;
    for (int64_t i = 0; i < bins; i++) {
        int64_t begin = i * size / bins, end = ((i + 1) * size + bins - 1) / bins;
        for (int64_t k = begin; k < end; k++) tni_set(t, k * bins + i, 1.0 / (double)(end - begin));
    }
    for (int d = 0; d < rank; d++) perm[d] = d == axis ? rank - 1 : d == rank - 1 ? axis : d;
    tni_at_set_ints(c, "perm", perm, (size_t)rank);
    tni_value *w = tni_value_const(c->graph, NULL, t);
    if (axis == rank - 1) return tni_at_expr(c, "MatMul($0, $1)", x, w);
    return tni_at_expr(c, "Transpose(MatMul(Transpose($0){perm=perm}, $1)){perm=perm}", x, w);
}

// The largest of each bin of one dimension, by slices.
static tni_value *largest_along(tn_aten *c, tni_value *x, int64_t axis, int64_t size, int64_t bins) {
    tni_value *part[TNI_AT_LIST], *at = tni_at_vector(c, &axis, 1);
    if (bins > TNI_AT_LIST) {
        tni_at_fail(c, NULL, "it has more than %d bins", TNI_AT_LIST);
        return NULL;
    }
    for (int64_t i = 0; i < bins; i++) {
        int64_t begin = i * size / bins, end = ((i + 1) * size + bins - 1) / bins;
        tni_value *bin = tni_at_expr(c, "Slice($0, $1, $2, $3)", x, tni_at_vector(c, &begin, 1),
                                     tni_at_vector(c, &end, 1), at);
        part[i] = tni_at_expr(c, "ReduceMax($0, $1)", bin, at);
    }
    tni_at_clear(c);
    tni_at_set_int(c, "axis", axis);
    return bins == 1 ? part[0] : tni_at_list(c, "Concat", (size_t)bins, part);
}

// Bins of equal size are an ordinary pool.
static tni_value *by_window(tn_aten *c, tni_value *x, const char *op, int n, const int64_t *size,
                            const int64_t *bins) {
    int64_t kernel[3];
    tni_value *y = NULL;
    for (int i = 0; i < n; i++) kernel[i] = size[i] / bins[i];
    tni_at_clear(c);
    tni_at_set_ints(c, "kernel_shape", kernel, (size_t)n);
    tni_at_set_ints(c, "strides", kernel, (size_t)n);
    tni_at_node(c, op, 1, &x, 1, &y);
    tni_at_clear(c);
    return y;
}

static tni_value *by_bins(tn_aten *c, tni_value *x, bool largest, int n, const int64_t *size,
                          const int64_t *bins) {
    for (int i = 0; i < n && !c->failed; i++) {
        if (size[i] == bins[i]) continue;
        x = largest ? largest_along(c, x, i + 2, size[i], bins[i])
                    : averaged_along(c, x, i + 2, size[i], bins[i]);
    }
    return x;
}

static bool names_tensor(const json_t *argument, const char *name) {
    const char *tag = "";
    const json_t *value = tni_json_union(argument, &tag);
    if (!strcmp(tag, "as_tensor")) return !strcmp(tni_json_text(value, "name"), name);
    for (size_t i = 0; !strcmp(tag, "as_tensors") && i < json_array_size(value); i++)
        if (!strcmp(tni_json_text(json_array_get(value, i), "name"), name)) return true;
    return false;
}

// Whether anybody in the graph takes this output of the call.
static bool is_used(const tn_aten *c, size_t output) {
    const json_t *nodes = json_object_get(c->scope->json, "nodes"),
                 *outs = json_object_get(c->scope->json, "outputs");
    const char *name[TNI_AT_OUT];
    bool numbers, used = false;
    if (tni_pt2_output_names(c->call, name, TNI_AT_OUT, &numbers) <= output) return false;
    for (size_t i = 0; i < json_array_size(outs); i++)
        used |= names_tensor(json_array_get(outs, i), name[output]);
    for (size_t i = 0; i < json_array_size(nodes) && !used; i++) {
        const json_t *inputs = json_object_get(json_array_get(nodes, i), "inputs");
        for (size_t k = 0; k < json_array_size(inputs); k++)
            used |= names_tensor(json_object_get(json_array_get(inputs, k), "arg"), name[output]);
    }
    return used;
}

// Where the largest of each bin stands in its image, counted by rows: bin by bin.
static tni_value *places_of_largest(tn_aten *c, tni_value *x, int n, const int64_t *size,
                                    const int64_t *bins) {
    enum { MOST = 1 << 24 };
    int64_t total = 1, pixels = 1, axes[3], begin[3], end[3];
    tni_value *part[TNI_AT_LIST];
    for (int i = 0; i < n; i++) {
        total = total > TNI_AT_LIST ? total : total * bins[i];
        pixels = pixels > MOST ? pixels : pixels * size[i];
        axes[i] = i + 2;
    }
    if (total > TNI_AT_LIST || pixels > MOST) {
        tni_at_fail(c, NULL, "places of maxima are told of up to %d bins of %d pixels", TNI_AT_LIST, MOST);
        return NULL;
    }
    for (int64_t b = 0; b < total && !c->failed; b++) {
        int64_t count = 1;
        for (int64_t i = n - 1, left = b; i >= 0; i--, left /= bins[i + 1]) {
            int64_t k = left % bins[i];
            begin[i] = k * size[i] / bins[i], end[i] = ((k + 1) * size[i] + bins[i] - 1) / bins[i];
            count *= end[i] - begin[i];
        }
        tn_tensor *t = tni_tensor_new(&c->graph->root->arena, TN_I64, 1, &count);
        if (!t) return c->x->nomem = c->failed = true, NULL;
        for (int64_t k = 0; k < count; k++) {
            int64_t place = 0, left = k, unit = 1;
            for (int i = n - 1; i >= 0; i--) {
                place += (begin[i] + left % (end[i] - begin[i])) * unit;
                left /= end[i] - begin[i];
                unit *= size[i];
            }
            tni_set_int(t, k, place);
        }
        size_t dims = (size_t)n;
        tni_value *bin =
            tni_at_expr(c, "Reshape(Slice($0, $1, $2, $3), [0, 0, -1])", x, tni_at_vector(c, begin, dims),
                        tni_at_vector(c, end, dims), tni_at_vector(c, axes, dims));
        part[b] = tni_at_expr(c, "Gather($0, ArgMax($1){axis=2})", tni_value_const(c->graph, NULL, t), bin);
    }
    tni_at_clear(c);
    tni_at_set_int(c, "axis", 2);
    return total == 1 ? part[0] : tni_at_list(c, "Concat", (size_t)total, part);
}

static void adaptive_pool(tn_aten *c) {
    int n = spatial(c);
    bool added, largest = strstr(c->target, "max") != NULL, even = true, ones = true, known = true;
    tni_value *x = with_batch(c, tni_at_tensor(c, "self"), n, &added);
    int64_t size[3], bins[TNI_AT_LIST] = {0};
    size_t count = tni_at_ints(c, "output_size", bins);
    if (tni_at_rank(c, x) != n + 2) tni_at_fail(c, NULL, "it needs an image");
    if (count != (size_t)n && !c->failed) tni_at_fail(c, NULL, "output_size has %zu entries", count);
    for (int i = 0; i < n && !c->failed; i++) {
        size[i] = x->info.type.dim[i + 2].k;
        known &= !x->info.type.dim[i + 2].e;
        ones &= bins[i] == 1;
        even &= bins[i] > 0 && size[i] % bins[i] == 0;
        if (bins[i] < 0 || bins[i] > INT32_MAX || size[i] > INT32_MAX)
            tni_at_fail(c, NULL, "%lld bins of %lld pixels cannot be laid out", (long long)bins[i],
                        (long long)size[i]);
    }
    if (c->failed) return;
    if (!ones && !known) {
        tni_at_fail(c, "export it with fixed sizes",
                    "bins of an image without a fixed size cannot be laid out");
        return;
    }
    tni_value *y = ones   ? tni_at_expr(c, largest ? "GlobalMaxPool($0)" : "GlobalAveragePool($0)", x)
                   : even ? by_window(c, x, largest ? "MaxPool" : "AveragePool", n, size, bins)
                          : by_bins(c, x, largest, n, size, bins);
    tni_at_give(c, 0, without_batch(c, y, added));
    if (!largest || !known || c->failed || !is_used(c, 1)) return;
    tni_at_clear(c);
    tni_value *places = places_of_largest(c, x, n, size, bins);
    if (places) places = tni_at_expr(c, "Reshape($0, Shape($1))", places, y);
    if (places) tni_at_give(c, 1, without_batch(c, places, added));
}

// ---- resizes

// Scales are those that were given; else what follows from the sizes is used for the places as well.
static bool given_scales(tn_aten *c, int n, double *to) {
    static const char *const names[] = {"scales_d", "scales_h", "scales_w"};
    double list[TNI_AT_LIST];
    if (tni_at_has(c, "scale_factors")) {
        size_t count = tni_at_floats(c, "scale_factors", list);
        for (int i = 0; i < n && count == (size_t)n; i++) to[i] = list[i];
        return count == (size_t)n;
    }
    if (n == 1 && tni_at_has(c, "scales")) return to[0] = tni_at_float(c, "scales"), true;
    for (int i = 0; i < n; i++) {
        const char *name = names[3 - n + i];
        if (n == 1 || !tni_at_has(c, name)) return false;
        to[i] = tni_at_float(c, name);
    }
    return true;
}

// The size that PyTorch computed is the file's: the scale must lead to it.
static tni_value *wanted_sizes(tn_aten *c, int n) {
    if (tni_at_has(c, "output_size")) return tni_at_size(c, "output_size");
    tn_type type;
    if (!c->want_meta || !tni_pt2_type(c->x, c->want_meta, &type) || type.rank < n) return NULL;
    return tni_pt2_dims_value(c->x, c->graph, &type.dim[type.rank - n], (size_t)n, false);
}

static void resize(tn_aten *c) {
    bool cubic = strstr(c->target, "bicubic"), nearest = strstr(c->target, "nearest"),
         exact = strstr(c->target, "exact");
    bool corners = !nearest && tni_at_bool(c, "align_corners"), antialias = strstr(c->target, "_aa") != NULL;
    int n = spatial(c);
    tni_value *x = tni_at_tensor(c, "input");
    if (!x) x = tni_at_tensor(c, "self");
    if (corners && antialias) {
        tni_at_resize_to_corners(c, x, wanted_sizes(c, 2));
        return;
    }
    if (!n && x) n = tni_at_rank(c, x) - 2;
    double scale[3];
    int64_t axes[3];
    for (int i = 0; i < n; i++) axes[i] = i + 2;
    tni_at_set_ints(c, "axes", axes, (size_t)n);
    tni_at_set_text(c, "mode", nearest ? "nearest" : cubic ? "cubic" : "linear");
    tni_at_set_text(c, "nearest_mode", exact ? "round_prefer_ceil" : "floor");
    tni_at_set_text(c, "coordinate_transformation_mode",
                    corners             ? "align_corners"
                    : nearest && !exact ? "asymmetric"
                                        : "half_pixel");
    tni_at_set_int(c, "antialias", antialias);
    tni_at_set_int(c, "exclude_outside", antialias);
    if (cubic) tni_at_set_float(c, "cubic_coeff_a", antialias ? -0.5 : -0.75); // PIL's, and OpenCV's
    tni_value *in[4] = {x, NULL, NULL, NULL}, *y = NULL;
    if (given_scales(c, n, scale) && !corners) {
        tn_tensor *t = tni_tensor_new(&c->graph->root->arena, TN_F32, 1, (int64_t[]){n});
        if (!t) {
            c->x->nomem = c->failed = true;
            return;
        }
        for (int i = 0; i < n; i++) tni_set(t, i, scale[i]);
        in[2] = tni_value_const(c->graph, NULL, t);
    } else {
        in[3] = wanted_sizes(c, n);
        if (!in[3]) tni_at_fail(c, NULL, "the size wanted is not known");
    }
    tni_at_node(c, "Resize", in[2] ? 3 : 4, in, 1, &y);
    tni_at_give(c, 0, y);
}

static void grid_sampler(tn_aten *c) {
    static const char *const modes[] = {"linear", "nearest", "cubic"}, *const pads[] = {"zeros", "border",
                                                                                        "reflection"};
    int64_t mode = tni_at_int(c, "interpolation_mode"), pad = tni_at_int(c, "padding_mode");
    if (mode < 0 || mode > 2 || pad < 0 || pad > 2) {
        tni_at_fail(c, NULL, "its mode is not known");
        return;
    }
    tni_at_set_text(c, "mode", modes[mode]);
    tni_at_set_text(c, "padding_mode", pads[pad]);
    tni_at_set_int(c, "align_corners", tni_at_bool(c, "align_corners"));
    tni_at_give(
        c, 0,
        tni_at_expr(
            c, "GridSample(input, grid){mode=mode, padding_mode=padding_mode, align_corners=align_corners}"));
}

static void affine_grid(tn_aten *c) {
    tni_at_give(c, 0, tni_at_expr(c, "AffineGrid(theta, size){align_corners=align_corners}"));
}

// col2im and im2col: unfold's columns are [N, C * kernel, places].
static void col2im(tn_aten *c) {
    int64_t kernel[2], stride[2], pad[2], pads[4], dilation[2];
    tni_at_spatial(c, "kernel_size", 2, kernel);
    tni_at_spatial(c, "stride", 2, stride);
    tni_at_spatial(c, "padding", 2, pad);
    tni_at_spatial(c, "dilation", 2, dilation);
    for (int i = 0; i < 2; i++) pads[i] = pads[2 + i] = pad[i];
    tni_at_set_ints(c, "strides", stride, 2);
    tni_at_set_ints(c, "pads", pads, 4);
    tni_at_set_ints(c, "dilations", dilation, 2);
    tni_at_give(c, 0,
                tni_at_expr(c,
                            "Col2Im(self, output_size, $0){strides=strides, pads=pads, dilations=dilations}",
                            tni_at_vector(c, kernel, 2)));
}

// Windows as columns: gathered out of the padded image's pixels.
static void im2col(tn_aten *c) {
    int64_t kernel[2], stride[2], pad[2], dilation[2], size[2], n[2];
    tni_value *x = tni_at_tensor(c, "self");
    tni_at_spatial(c, "kernel_size", 2, kernel);
    tni_at_spatial(c, "stride", 2, stride);
    tni_at_spatial(c, "padding", 2, pad);
    tni_at_spatial(c, "dilation", 2, dilation);
    bool known = !c->failed && tni_at_rank(c, x) == 4 && !x->info.type.dim[2].e && !x->info.type.dim[3].e;
    for (int i = 0; known && i < 2; i++) {
        size[i] = x->info.type.dim[2 + i].k + 2 * pad[i];
        known = stride[i] > 0 && kernel[i] > 0 && size[i] > dilation[i] * (kernel[i] - 1);
        n[i] = known ? (size[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i] + 1 : 0;
    }
    tn_tensor *index = known ? tni_tensor_new(&c->graph->root->arena, TN_I64, 2,
                                              (int64_t[]){kernel[0] * kernel[1], n[0] * n[1]})
                             : NULL;
    if (!index) {
        tni_at_fail(c, "export it with fixed sizes",
                    "windows of an image without a fixed size cannot be laid out");
        return;
    }
    for (int64_t k = 0; k < index->dim[0]; k++)
        for (int64_t i = 0; i < index->dim[1]; i++) {
            int64_t row = i / n[1] * stride[0] + k / kernel[1] * dilation[0],
                    column = i % n[1] * stride[1] + k % kernel[1] * dilation[1];
            tni_set_int(index, k * index->dim[1] + i, row * size[1] + column);
        }
    tni_value *pads = tni_at_vector(c, (int64_t[]){0, 0, pad[0], pad[1], 0, 0, pad[0], pad[1]}, 8);
    tni_value *all = tni_at_expr(c, "Gather(Reshape(Pad($0, $1), [0, 0, -1]), $2){axis=2}", x, pads,
                                 tni_value_const(c->graph, NULL, index));
    tni_at_give(
        c, 0, tni_at_expr(c, "Reshape($0, $1)", all, tni_at_vector(c, (int64_t[]){0, -1, index->dim[1]}, 3)));
}

TN_ATEN(pool) = {
    {"aten.im2col", NULL, im2col, 0},
    {"aten.max_pool1d", NULL, max_pool, 0},
    {"aten.max_pool2d", NULL, max_pool, 0},
    {"aten.max_pool3d", NULL, max_pool, 0},
    {"aten.max_pool1d_with_indices", NULL, max_pool, 0},
    {"aten.max_pool2d_with_indices", NULL, max_pool, 0},
    {"aten.max_pool3d_with_indices", NULL, max_pool, 0},
    {"aten.max_unpool2d", NULL, max_unpool, 0},
    {"aten.max_unpool3d", NULL, max_unpool, 0},
    {"aten.avg_pool1d", NULL, avg_pool, 0},
    {"aten.avg_pool2d", NULL, avg_pool, 0},
    {"aten.avg_pool3d", NULL, avg_pool, 0},
    {"aten.adaptive_avg_pool1d", NULL, adaptive_pool, 0},
    {"aten.adaptive_avg_pool2d", NULL, adaptive_pool, 0},
    {"aten.adaptive_avg_pool3d", NULL, adaptive_pool, 0},
    {"aten._adaptive_avg_pool2d", NULL, adaptive_pool, 0},
    {"aten._adaptive_avg_pool3d", NULL, adaptive_pool, 0},
    {"aten.adaptive_max_pool1d", NULL, adaptive_pool, 0},
    {"aten.adaptive_max_pool2d", NULL, adaptive_pool, 0},
    {"aten.adaptive_max_pool3d", NULL, adaptive_pool, 0},
    {"aten.upsample_nearest1d", NULL, resize, 0},
    {"aten.upsample_nearest2d", NULL, resize, 0},
    {"aten.upsample_nearest3d", NULL, resize, 0},
    {"aten._upsample_nearest_exact1d", NULL, resize, 0},
    {"aten._upsample_nearest_exact2d", NULL, resize, 0},
    {"aten._upsample_nearest_exact3d", NULL, resize, 0},
    {"aten.upsample_linear1d", NULL, resize, 0},
    {"aten.upsample_bilinear2d", NULL, resize, 0},
    {"aten.upsample_trilinear3d", NULL, resize, 0},
    {"aten.upsample_bicubic2d", NULL, resize, 0},
    {"aten._upsample_bilinear2d_aa", NULL, resize, 0},
    {"aten._upsample_bicubic2d_aa", NULL, resize, 0},
    {"aten.grid_sampler", NULL, grid_sampler, 0},
    {"aten.grid_sampler_2d", NULL, grid_sampler, 0},
    {"aten.grid_sampler_3d", NULL, grid_sampler, 0},
    {"aten.affine_grid_generator", NULL, affine_grid, 0},
    {"aten.col2im", NULL, col2im, 0},
    {0},
};
