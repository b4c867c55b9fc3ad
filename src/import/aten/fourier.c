// SPDX-License-Identifier: Apache-2.0
// fourier.c - PyTorch's discrete Fourier transforms, one dimension after another by DFT, and its short-time
// ones. In between complex numbers are a last dimension of 2, as DFT has them.
#include "import/aten/complex.h"

#include "ir/dim.h"

#include <string.h>

typedef struct transform {
    int64_t axis[TN_MAX_RANK];
    tni_value *length[TN_MAX_RANK]; // vectors of one; NULL: as the input's
    int n;
    bool inverse;
} transform;

// One dimension of `pair`: a last dimension of 1 is real, of 2 complex.
static tni_value *along(tn_aten *c, const transform *t, int i, tni_value *pair, bool onesided) {
    tni_at_set_int(c, "inverse", t->inverse);
    tni_at_set_int(c, "onesided", onesided);
    tni_value *axis = tni_at_scalar(c, TN_I64, (double)t->axis[i]), *y = NULL, *n = NULL;
    if (t->length[i]) n = tni_at_expr(c, "Squeeze($0, [0])", t->length[i]);
    tni_at_node(c, "DFT", 3, (tni_value *[]){pair, n, axis}, 1, &y);
    tni_at_clear(c);
    return y;
}

// Real parts as pairs, with a last dimension of 1; complex numbers with one of 2.
static tni_value *pairs(tn_aten *c, tni_value *v, tn_dtype real) {
    if (!tni_at_is_complex(tni_at_type(v)))
        return tni_at_expr(c, "Unsqueeze($0, [-1])", tni_at_cast(c, v, real));
    return tni_at_expr(c, "tn.ViewAsReal($0)", v);
}

// How many elements of `whole` one sum goes over, in the type of the parts.
static tni_value *points(tn_aten *c, const transform *t, tni_value *whole, tn_dtype real) {
    tni_value *shape = tni_at_expr(c, "Shape($0)", whole);
    return tni_at_cast(c,
                       tni_at_expr(c, "ReduceProd(Gather($0, $1)){keepdims=0}", shape,
                                   tni_at_vector(c, t->axis, (size_t)t->n)),
                       real);
}

// DFT divides the inverse by the number of points. `power`: that number to which power the sum is to be
// multiplied by.
static tni_value *scaled(tn_aten *c, const transform *t, tni_value *y, tni_value *whole, double power) {
    tn_dtype real = tni_at_type(y);
    if (t->inverse) power += 1;
    if (power == 0) return y;
    tni_value *k = tni_at_expr(c, "Pow($0, $1)", points(c, t, whole, real), tni_at_scalar(c, real, power));
    return tni_at_expr(c, "Mul($0, $1)", y, k);
}

enum kind { REAL_TO_COMPLEX, COMPLEX_TO_REAL, COMPLEX_TO_COMPLEX };

// The last dimension in the list is the one of which a half is left out; it is the first when going there,
// and the last when coming back.
static tni_value *transformed(tn_aten *c, const transform *t, tni_value *v, enum kind kind, double power) {
    tn_dtype real = tni_at_real(c->out);
    tni_value *pair = pairs(c, v, real), *whole = pair;
    int half = kind == COMPLEX_TO_COMPLEX ? t->n : t->n - 1;
    if (kind == REAL_TO_COMPLEX) {
        if (t->length[half]) // as long as the transform; only its shape is looked at
            whole = along(c, t, half, pair, false);
        pair = along(c, t, half, pair, true);
    }
    for (int i = half - 1; i >= 0 && !c->failed; i--) pair = along(c, t, i, pair, false);
    if (kind == COMPLEX_TO_REAL) pair = along(c, t, half, pair, true);
    if (kind != REAL_TO_COMPLEX)
        whole = pair;
    else if (t->n > 1) { // the other dimensions as they came out, the halved one as it went in
        transform rest = *t, last = *t;
        rest.n--;
        last.axis[0] = t->axis[half];
        last.n = 1;
        pair = scaled(c, &rest, pair, pair, power);
        return scaled(c, &last, pair, whole, power);
    }
    return scaled(c, t, pair, whole, power);
}

static void give_complex(tn_aten *c, tni_value *pair) {
    tni_at_give(c, 0, tni_at_expr(c, "tn.ViewAsComplex($0)", pair));
}

static void give_real(tn_aten *c, tni_value *pair) {
    tni_at_give(c, 0, tni_at_expr(c, "Squeeze($0, [-1])", pair));
}

// ---- of decomposed programs: dimensions by a list, the scale by a number

static bool read_dims(tn_aten *c, tni_value *v, transform *t) {
    t->n = (int)tni_at_axes(c, "dim", tni_at_rank(c, v), t->axis);
    return t->n > 0;
}

static double power_of(tn_aten *c) {
    int64_t mode = tni_at_int(c, "normalization"); // none, by the root, by n
    return mode == 1 ? -0.5 : mode == 2 ? -1 : 0;
}

static void r2c(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    transform t = {.n = 0};
    bool half = tni_at_bool(c, "onesided");
    if (!read_dims(c, v, &t)) return;
    give_complex(c, transformed(c, &t, v, half ? REAL_TO_COMPLEX : COMPLEX_TO_COMPLEX, power_of(c)));
}

static void c2c(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    transform t = {.inverse = !tni_at_bool(c, "forward")};
    if (!read_dims(c, v, &t))
        tni_at_give(c, 0, v);
    else
        give_complex(c, transformed(c, &t, v, COMPLEX_TO_COMPLEX, power_of(c)));
}

static void c2r(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    transform t = {.inverse = true};
    if (!read_dims(c, v, &t)) return;
    t.length[t.n - 1] = tni_at_size(c, "last_dim_size");
    give_real(c, transformed(c, &t, v, COMPLEX_TO_REAL, power_of(c)));
}

// ---- as PyTorch's functions are called: n or s, dim, norm

static bool is_given(tn_aten *c, const char *name) { return tni_at_has(c, name); }

// Lengths by `n` or `s` (-1: as it is), dimensions by `dim` (none: all, or as many last ones as there are
// lengths).
static bool read_call(tn_aten *c, tni_value *v, transform *t) {
    const char *name = is_given(c, "n") ? "n" : is_given(c, "s") ? "s" : NULL;
    tni_value *sizes = name ? tni_at_size(c, name) : NULL;
    int rank = tni_at_rank(c, v), lengths = sizes ? (int)sizes->info.type.dim[0].k : 0;
    if (is_given(c, "dim")) {
        read_dims(c, v, t);
    } else {
        t->n = lengths ? lengths : rank;
        for (int i = 0; i < t->n && i < rank; i++) t->axis[i] = rank - t->n + i;
    }
    if (!c->failed && (t->n < 1 || t->n > rank || (lengths && lengths != t->n)))
        tni_at_fail(c, NULL, "its dimensions and sizes do not fit");
    for (int i = 0; sizes && i < t->n && !c->failed; i++) {
        int64_t first = i, last = i + 1;
        bool keep = sizes->info.content && tn_dim_is(sizes->info.content[i], -1);
        if (!keep)
            t->length[i] = tni_at_expr(c, "Slice($0, $1, $2)", sizes, tni_at_vector(c, &first, 1),
                                       tni_at_vector(c, &last, 1));
    }
    return !c->failed;
}

// "backward" (none given) scales the inverse, "forward" the other, "ortho" both by the root.
static double norm_of(tn_aten *c, bool inverse) {
    const char *norm = tni_at_string(c, "norm");
    if (!strcmp(norm, "ortho")) return -0.5;
    return inverse == !strcmp(norm, "forward") ? 0 : -1;
}

static void complex_(tn_aten *c, bool inverse) {
    tni_value *v = tni_at_tensor(c, "self");
    transform t = {.inverse = inverse};
    if (read_call(c, v, &t)) give_complex(c, transformed(c, &t, v, COMPLEX_TO_COMPLEX, norm_of(c, inverse)));
}

static void fft(tn_aten *c) { complex_(c, false); }
static void ifft(tn_aten *c) { complex_(c, true); }

static void rfft(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    transform t = {.n = 0};
    if (read_call(c, v, &t)) give_complex(c, transformed(c, &t, v, REAL_TO_COMPLEX, norm_of(c, false)));
}

static void irfft(tn_aten *c) {
    tni_value *v = tni_at_cast(c, tni_at_tensor(c, "self"), c->out == TN_F64 ? TN_C128 : TN_C64);
    transform t = {.inverse = true};
    if (read_call(c, v, &t)) give_real(c, transformed(c, &t, v, COMPLEX_TO_REAL, norm_of(c, true)));
}

static tni_value *conjugate(tn_aten *c, tni_value *v) {
    tni_at_complex z = tni_at_parts(c, v, tni_at_real(c->out));
    z.im = tni_at_expr(c, "Neg($0)", z.im);
    return tni_at_joined(c, z);
}

// What comes out is real: the inverse's sum over the conjugates, scaled as the forward one.
static void hfft(tn_aten *c) {
    tni_value *v = conjugate(c, tni_at_tensor(c, "self"));
    transform t = {.inverse = true};
    if (read_call(c, v, &t)) give_real(c, transformed(c, &t, v, COMPLEX_TO_REAL, norm_of(c, false)));
}

static void ihfft(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    transform t = {.n = 0};
    if (!read_call(c, v, &t)) return;
    give_complex(c, transformed(c, &t, v, REAL_TO_COMPLEX, norm_of(c, true)));
    tni_at_give(c, 0, conjugate(c, c->result[0]));
}

// ---- order of frequencies

// Each dimension is cut, and its parts change places.
static void shifted(tn_aten *c, bool back) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    transform t = {.n = rank};
    for (int i = 0; i < rank; i++) t.axis[i] = i;
    if (is_given(c, "dim") && !read_dims(c, v, &t)) return;
    for (int i = 0; i < t.n && !c->failed; i++) {
        tn_dims *dims = &c->graph->root->dims;
        tn_dim n = v->info.type.dim[t.axis[i]];
        tn_dim cut = tn_dim_div(dims, back ? n : tn_dim_add(dims, n, tn_k(1)), tn_k(2));
        tni_value *at = tni_pt2_dims_value(c->x, c->graph, &cut, 1, false);
        tni_value *axis = tni_at_vector(c, &t.axis[i], 1), *end = tni_at_vector(c, (int64_t[]){INT64_MAX}, 1);
        tni_at_set_int(c, "axis", t.axis[i]);
        if (!at) tni_at_fail(c, NULL, "the size of a dimension is not known");
        v = tni_at_expr(c, "Concat(Slice($0, $1, $2, $3), Slice($0, [0], $1, $3)){axis=axis}", v, at, end,
                        axis);
        tni_at_clear(c);
    }
    tni_at_give(c, 0, v);
}

static void fftshift(tn_aten *c) { shifted(c, false); }
static void ifftshift(tn_aten *c) { shifted(c, true); }

static void frequencies(tn_aten *c) {
    bool half = strstr(c->target, "rfft") != NULL;
    int64_t n = tni_at_int(c, "n"), count = half ? n / 2 + 1 : n;
    double d = tni_at_float(c, "d");
    if (!c->failed && (n < 1 || n > 1 << 24)) tni_at_fail(c, NULL, "it has %lld points", (long long)n);
    tn_tensor *t = c->failed ? NULL : tni_tensor_new(&c->graph->root->arena, c->out, 1, &count);
    for (int64_t i = 0; t && i < count; i++)
        tni_set(t, i, (double)(half || i < (n + 1) / 2 ? i : i - n) / ((double)n * d));
    if (t) tni_at_give(c, 0, tni_value_const(c->graph, NULL, t));
}

// ---- short-time transforms

// As long as one transform, with zeros on both sides; ones when there is none.
static tni_value *window_of(tn_aten *c, int64_t n, int64_t length, tn_dtype real) {
    tni_value *w = tni_at_tensor(c, "window");
    if (!w) w = tni_at_expr(c, "Expand($0, $1)", tni_at_scalar(c, real, 1), tni_at_vector(c, &length, 1));
    w = tni_at_cast(c, w, real);
    if (length == n) return w;
    int64_t left = (n - length) / 2, pads[] = {left, n - length - left};
    return tni_at_expr(c, "Pad($0, $1)", w, tni_at_vector(c, pads, 2));
}

typedef struct frames {
    int64_t n, hop, window;
} frames;

static bool read_frames(tn_aten *c, frames *f) {
    f->n = tni_at_int(c, "n_fft");
    f->hop = tni_at_has(c, "hop_length") ? tni_at_int(c, "hop_length") : f->n / 4;
    f->window = tni_at_has(c, "win_length") ? tni_at_int(c, "win_length") : f->n;
    if (!c->failed && (f->n < 1 || f->hop < 1 || f->window < 1 || f->window > f->n))
        tni_at_fail(c, NULL, "its frames have no sizes that could be");
    return !c->failed;
}

// [B, T] or [T] to [B, bins, frames], complex or as pairs.
static void stft(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    frames f;
    tn_dtype real = tni_at_real(c->out);
    bool complex_in = tni_at_is_complex(tni_at_type(v));
    if (!read_frames(c, &f)) return;
    if (tni_at_has(c, "center") && tni_at_bool(c, "center")) {
        tni_at_fail(c, NULL, "a signal that it pads itself cannot be read");
        return;
    }
    v = pairs(c, v, real);
    if (rank == 1) v = tni_at_expr(c, "Unsqueeze($0, [0])", v);
    tni_at_set_int(c, "onesided", !complex_in && (!tni_at_has(c, "onesided") || tni_at_bool(c, "onesided")));
    v = tni_at_expr(c, "STFT($0, $1, $2){onesided=onesided}", v, tni_at_scalar(c, TN_I64, (double)f.hop),
                    window_of(c, f.n, f.window, real));
    v = tni_at_expr(c, "Transpose($0){perm=[0, 2, 1, 3]}", v);
    if (tni_at_bool(c, "normalized"))
        v = tni_at_expr(c, "Mul($0, Pow($1, $2))", v, tni_at_scalar(c, real, (double)f.n),
                        tni_at_scalar(c, real, -0.5));
    if (rank == 1) v = tni_at_expr(c, "Squeeze($0, [0])", v);
    if (tni_at_is_complex(c->out))
        give_complex(c, v);
    else
        tni_at_give(c, 0, v);
}

// Frames [B, n, L], each `hop` behind the one before it, added up: [B, T].
static tni_value *overlapped(tn_aten *c, const frames *f, tni_value *v, tni_value *length) {
    tni_at_set_ints(c, "strides", (int64_t[]){1, f->hop}, 2);
    tni_value *image = tni_at_expr(c, "Concat([1], $0){axis=0}", length);
    tni_value *y = tni_at_expr(c, "Squeeze(Col2Im($0, $1, $2){strides=strides}, [1, 2])", v, image,
                               tni_at_vector(c, (int64_t[]){1, f->n}, 2));
    tni_at_clear(c);
    return y;
}

static void istft(tn_aten *c) {
    tni_value *v = tni_at_tensor(c, "self");
    int rank = tni_at_rank(c, v);
    tn_dtype real = tni_at_real(c->out);
    tn_dims *dims = &c->graph->root->dims;
    frames f;
    if (!read_frames(c, &f)) return;
    if (tni_at_is_complex(c->out)) {
        tni_at_fail(c, "give return_complex=False", "only a real signal can be put together");
        return;
    }
    v = tni_at_expr(c, "tn.ViewAsReal($0)", v);
    if (rank == 2) v = tni_at_expr(c, "Unsqueeze($0, [0])", v);
    bool onesided = !tni_at_has(c, "onesided") || tni_at_bool(c, "onesided");
    transform t = {.axis = {1}, .n = 1, .inverse = true, .length = {tni_at_vector(c, &f.n, 1)}};
    tni_value *y = along(c, &t, 0, v, onesided); // [B, n, L, 1 or 2]
    y = tni_at_expr(c, "Gather($0, $1){axis=-1}", y, tni_at_scalar(c, TN_I64, 0));
    if (tni_at_bool(c, "normalized"))
        y = tni_at_expr(c, "Mul($0, Pow($1, $2))", y, tni_at_scalar(c, real, (double)f.n),
                        tni_at_scalar(c, real, 0.5));
    tni_value *w = tni_at_expr(c, "Unsqueeze($0, [1])", window_of(c, f.n, f.window, real)); // [n, 1]
    if (c->failed) return;
    tn_dim last = tn_dim_sub(dims, y->info.type.dim[2], tn_k(1));
    tn_dim total = tn_dim_add(dims, tn_dim_mul(dims, last, tn_k(f.hop)), tn_k(f.n));
    tni_value *length = tni_pt2_dims_value(c->x, c->graph, &total, 1, false);
    if (!length) tni_at_fail(c, NULL, "the number of frames is not known");
    tni_value *sum = overlapped(c, &f, tni_at_expr(c, "Mul($0, $1)", y, w), length);
    tni_value *weight = tni_at_expr(c, "Expand(Mul($0, $0), Shape($1))", w, y);
    weight = overlapped(c, &f, weight, length);
    int64_t start = tni_at_bool(c, "center") ? f.n / 2 : 0;
    tn_dim end = start ? tn_dim_sub(dims, total, tn_k(start)) : total;
    tni_value *stop = tni_pt2_dims_value(c->x, c->graph, &end, 1, false);
    tni_value *from = tni_at_vector(c, &start, 1), *axis = tni_at_vector(c, (int64_t[]){1}, 1);
    if (tni_at_has(c, "length")) stop = tni_at_expr(c, "Add($0, $1)", from, tni_at_size(c, "length"));
    sum = tni_at_expr(c, "Slice($0, $1, $2, $3)", sum, from, stop, axis);
    weight = tni_at_expr(c, "Slice($0, $1, $2, $3)", weight, from, stop, axis);
    y = tni_at_expr(c, "Div($0, $1)", sum, weight);
    tni_at_give(c, 0, rank == 2 ? tni_at_expr(c, "Squeeze($0, [0])", y) : y);
}

TN_ATEN(fourier) = {
    {"aten._fft_r2c", NULL, r2c, 0},
    {"aten._fft_c2c", NULL, c2c, 0},
    {"aten._fft_c2r", NULL, c2r, 0},
    {"aten.fft_fft", NULL, fft, 0},
    {"aten.fft_fft2", NULL, fft, 0},
    {"aten.fft_fftn", NULL, fft, 0},
    {"aten.fft_ifft", NULL, ifft, 0},
    {"aten.fft_ifft2", NULL, ifft, 0},
    {"aten.fft_ifftn", NULL, ifft, 0},
    {"aten.fft_rfft", NULL, rfft, 0},
    {"aten.fft_rfft2", NULL, rfft, 0},
    {"aten.fft_rfftn", NULL, rfft, 0},
    {"aten.fft_irfft", NULL, irfft, 0},
    {"aten.fft_irfft2", NULL, irfft, 0},
    {"aten.fft_irfftn", NULL, irfft, 0},
    {"aten.fft_hfft", NULL, hfft, 0},
    {"aten.fft_ihfft", NULL, ihfft, 0},
    {"aten.fft_fftshift", NULL, fftshift, 0},
    {"aten.fft_ifftshift", NULL, ifftshift, 0},
    {"aten.fft_fftfreq", NULL, frequencies, 0},
    {"aten.fft_rfftfreq", NULL, frequencies, 0},
    {"aten.stft", NULL, stft, 0},
    {"aten.istft", NULL, istft, 0},
    {0},
};
