// SPDX-License-Identifier: Apache-2.0
// dft.c - DFT (along one axis) and STFT (of windows that slide over a signal). Complex numbers are a last
// dimension of 2, real ones of 1. One unit of work is one transform.
#include "op/fourier.h"
#include "op/move.h"

// An optional integer input as a dim: its content, a fresh symbol, or `otherwise` when it is omitted.
static tn_status scalar_dim(tn_infer *c, int i, const char *what, tn_dim otherwise, tn_dim *to) {
    tn_dim v[TN_MAX_CONTENT];
    size_t n;
    *to = otherwise;
    if (!tni_given(c, i)) return TN_OK;
    *to = tn_dim_fresh(c->dims);
    TN_TRY(tni_want_rank(c, i, what, 0, 1));
    if (!tni_content(c->in[i], v, &n)) return TN_OK;
    if (n != 1) return tn_infer_fail(c, "%s must be one number, but has %zu", what, n);
    if (!v[0].e && v[0].k < 1)
        return tn_infer_fail(c, "%s must be at least 1, not %lld", what, (long long)v[0].k);
    *to = v[0];
    return TN_OK;
}

static tn_dim half_spectrum(tn_infer *c, tn_dim n) {
    return tn_dim_add(c->dims, tn_dim_div(c->dims, n, tn_k(2)), tn_k(1));
}

// Real or complex, as the last dimension tells.
static tn_status check_parts(tn_infer *c, tn_dim last, bool real_only, bool complex_only) {
    if (last.e) return TN_OK;
    if (last.k != 1 && last.k != 2)
        return tn_infer_fail(c, "the last dimension is %lld, expected 1 (real) or 2 (complex)",
                             (long long)last.k);
    if (real_only && last.k == 2)
        return tn_infer_hint(c, "set onesided to 0", "a complex signal has no one-sided spectrum");
    if (complex_only && last.k == 1)
        return tn_infer_fail(c, "the inverse of a one-sided spectrum needs a complex input");
    return TN_OK;
}

// One line of a transform: how it is read and written.
typedef struct lines {
    tni_fourier f;
    const tn_tensor *x, *y;
    int64_t inner, in_size, out_size, in_parts; // inner: lines that lie side by side
    bool inverse, onesided;
    // STFT: frames of a signal
    int64_t frames, frame_step;
    const double *window; // [f.n], or NULL
    double *room;         // of each worker
} lines;

// x [n], y [n], room [n], and one part of a line.
static tn_status make_room(tn_call *c, lines *l) {
    int64_t size;
    if (!tni_fourier_new(c, &l->f, l->f.n) || !ck_mul64(l->f.n, 7, &size)) return TN_NOMEM;
    if (!ck_mul64(size, tn_call_threads(c), &size)) return TN_NOMEM;
    l->room = tni_scratch(c, size, sizeof *l->room);
    return l->room ? TN_OK : TN_NOMEM;
}

// Parts of `count` numbers from element `first` on, `step` numbers apart; zeros after them.
static void load_line(const lines *l, tni_complex *x, double *part, int64_t first, int64_t step,
                      int64_t count) {
    memset(x, 0, (size_t)l->f.n * sizeof *x);
    tni_load(part, l->x, first * l->in_parts, step * l->in_parts, count);
    for (int64_t k = 0; k < count; k++) x[k].re = part[k];
    if (l->in_parts == 1) return;
    tni_load(part, l->x, first * l->in_parts + 1, step * l->in_parts, count);
    for (int64_t k = 0; k < count; k++) x[k].im = part[k];
}

static void store_line(const lines *l, const tni_complex *y, double *part, int64_t first, int64_t step,
                       int64_t parts) {
    for (int64_t k = 0; k < l->out_size; k++) part[k] = y[k].re;
    tni_store(l->y, first * parts, step * parts, l->out_size, part);
    if (parts == 1) return;
    for (int64_t k = 0; k < l->out_size; k++) part[k] = y[k].im;
    tni_store(l->y, first * parts + 1, step * parts, l->out_size, part);
}

// ------------------------------------------------------------------------------------------------- DFT

// The signal axis; false when only the run will tell.
static tn_status dft_axis(tn_infer *c, int rank, int *axis, bool *known) {
    int64_t given = -2;
    *known = !tni_given(c, 2) || tni_const_int(c->in[2], &given);
    if (!*known) return TN_OK;
    if (given < -rank || given > rank - 2 || given == -1)
        return tn_infer_fail(c, "axis %lld is no signal dimension of an input of rank %d", (long long)given,
                             rank);
    *axis = tni_axis(given, rank);
    return TN_OK;
}

static tn_status dft_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    bool inverse = tn_attr_int(c->attrs, "inverse") != 0, onesided = tn_attr_int(c->attrs, "onesided") != 0;
    tn_dim dim[TN_MAX_RANK], n;
    int axis = 0;
    bool known;
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 2, "axis", 0, 1));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    TN_TRY(check_parts(c, x->dim[x->rank - 1], onesided && !inverse, onesided && inverse));
    TN_TRY(dft_axis(c, x->rank, &axis, &known));
    for (int d = 0; d < x->rank - 1; d++) dim[d] = known ? x->dim[d] : tn_dim_fresh(c->dims);
    dim[x->rank - 1] = tn_k(onesided && inverse ? 1 : 2);
    if (known) {
        tn_dim whole = x->dim[axis];
        if (onesided && inverse) whole = tn_dim_mul(c->dims, tn_k(2), tn_dim_sub(c->dims, whole, tn_k(1)));
        TN_TRY(scalar_dim(c, 1, "dft_length", whole, &n));
        if (tn_dim_is(n, 0)) return tn_infer_fail(c, "the transform has length 0");
        dim[axis] = onesided && !inverse ? half_spectrum(c, n) : n;
    }
    tni_shape_out(c, 0, x->dtype, x->rank, dim);
    return TN_OK;
}

// The other half of a real signal's spectrum is the first one's mirror image.
static void mirror(tni_complex *x, int64_t n) {
    x[0].im = 0;
    for (int64_t k = 1; k <= n / 2; k++) {
        if (2 * k == n) x[k].im = 0;
        x[n - k] = (tni_complex){x[k].re, -x[k].im};
    }
    if (n % 2 == 0 && n > 1) x[n / 2].im = 0;
}

static void dft_line(void *user, int64_t line, int worker) {
    const lines *l = user;
    tni_complex *x = (tni_complex *)(l->room + worker * 7 * l->f.n), *y = x + l->f.n, *room = y + l->f.n;
    double *part = (double *)(room + l->f.n);
    int64_t outer = line / l->inner, at = line % l->inner, n = l->f.n;
    int64_t count = l->in_size < n ? l->in_size : n;
    bool real = l->onesided && l->inverse;
    if (real && count > n / 2 + 1) count = n / 2 + 1;
    load_line(l, x, part, outer * l->in_size * l->inner + at, l->inner, count);
    if (real) mirror(x, n);
    tni_fourier_run(&l->f, y, x, room, l->inverse);
    store_line(l, y, part, outer * l->out_size * l->inner + at, l->inner, real ? 1 : 2);
}

static tn_status dft_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0], *length = tni_arg(c, 1), *where = tni_arg(c, 2);
    if (!y || tn_count(y) == 0) return TN_OK;
    int axis = tni_axis(where ? tni_get_int(where, 0) : -2, x->rank);
    lines l = {.x = x, .y = y, .in_size = x->dim[axis], .out_size = y->dim[axis]};
    l.inverse = tn_attr_int(c->attrs, "inverse") != 0;
    l.onesided = tn_attr_int(c->attrs, "onesided") != 0;
    l.inner = tn_count_range(x, axis + 1, x->rank - 1);
    l.in_parts = x->dim[x->rank - 1];
    l.f.n = length ? tni_get_int(length, 0) : l.onesided && l.inverse ? 2 * (l.in_size - 1) : l.in_size;
    if (l.f.n < 1) return tn_call_fail(c, TN_INVALID, "the transform has length %lld", (long long)l.f.n);
    TN_TRY(make_room(c, &l));
    tn_call_parallel(c, tn_count_range(x, 0, axis) * l.inner, dft_line, &l);
    return TN_OK;
}

// Before opset 20 the axis is an attribute.
static tn_status dft_upgrade(tni_spec *s) {
    if (s->opset >= 20) return TN_OK;
    int64_t axis = tni_spec_int(s, "axis", 1);
    tni_spec_drop(s, "axis");
    return tni_spec_input_scalar(s, 2, TN_I64, (double)axis);
}

TN_OP(dft) = {
    TN_HERE,
    .name = "DFT",
    .since = 20,
    .first = 17,
    .doc = "discrete Fourier transform along an axis, or its inverse",
    .in = {{"input", "T1"}, {"dft_length", "T2", TN_OPTIONAL_IN}, {"axis", "i64", TN_OPTIONAL_IN}},
    .out = {{"output", "T1"}},
    .types = {{"T1", TN_FLOATS}, {"T2", TN_INDEXES}},
    .attrs = {{.name = "inverse", .kind = TN_ATTR_INT, .max = 1},
              {.name = "onesided", .kind = TN_ATTR_INT, .max = 1}},
    .infer = dft_infer,
    .ref = dft_ref,
    .upgrade = dft_upgrade,
};

// ------------------------------------------------------------------------------------------------ STFT

static tn_status stft_length(tn_infer *c, tn_dim signal, tn_dim *n) {
    tn_dim window = tn_dim_fresh(c->dims);
    TN_TRY(tni_want_rank(c, 2, "window", 1, 1));
    if (!tni_given(c, 2)) return scalar_dim(c, 3, "frame_length", signal, n);
    if (tni_ranked(c, 2)) window = c->in[2]->type.dim[0];
    if (tn_dim_is(window, 0)) return tn_infer_fail(c, "the window has no elements");
    TN_TRY(scalar_dim(c, 3, "frame_length", window, n));
    TN_TRY(tni_want_dim(c, window, *n, "length of the window"));
    if (!window.e) *n = window;
    return TN_OK;
}

static tn_status stft_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    bool onesided = tn_attr_int(c->attrs, "onesided") != 0;
    tn_dim step, n, dim[4];
    TN_TRY(tni_want_rank(c, 0, "the signal", 3, 3));
    TN_TRY(scalar_dim(c, 1, "frame_step", tn_k(1), &step));
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    TN_TRY(check_parts(c, x->dim[2], onesided, false));
    TN_TRY(stft_length(c, x->dim[1], &n));
    tn_dim slack = tn_dim_sub(c->dims, x->dim[1], n);
    if (!slack.e && slack.k < 0)
        return tn_infer_fail(c, "a frame of %lld does not fit into a signal of %lld", (long long)n.k,
                             (long long)x->dim[1].k);
    if (tn_dim_is(n, 0)) return tn_infer_fail(c, "the frames have length 0");
    dim[0] = x->dim[0];
    dim[1] = tn_dim_add(c->dims, tn_dim_div(c->dims, slack, step), tn_k(1));
    dim[2] = onesided ? half_spectrum(c, n) : n;
    dim[3] = tn_k(2);
    tni_shape_out(c, 0, x->dtype, 4, dim);
    return TN_OK;
}

static void stft_frame(void *user, int64_t unit, int worker) {
    const lines *l = user;
    tni_complex *x = (tni_complex *)(l->room + worker * 7 * l->f.n), *y = x + l->f.n, *room = y + l->f.n;
    double *part = (double *)(room + l->f.n);
    int64_t b = unit / l->frames, frame = unit % l->frames;
    load_line(l, x, part, b * l->in_size + frame * l->frame_step, 1, l->f.n);
    for (int64_t k = 0; l->window && k < l->f.n; k++)
        x[k] = (tni_complex){x[k].re * l->window[k], x[k].im * l->window[k]};
    tni_fourier_run(&l->f, y, x, room, false);
    store_line(l, y, part, unit * l->out_size, 1, 2);
}

static tn_status stft_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0], *window = tni_arg(c, 2), *length = tni_arg(c, 3);
    if (!y || tn_count(y) == 0) return TN_OK;
    lines l = {.x = x, .y = y, .in_size = x->dim[1], .in_parts = x->dim[2]};
    l.frames = y->dim[1];
    l.out_size = y->dim[2];
    l.frame_step = tni_get_int(c->in[1], 0);
    l.f.n = window ? window->dim[0] : length ? tni_get_int(length, 0) : l.in_size;
    if (window && !(l.window = tni_as_double(c, window))) return TN_NOMEM;
    TN_TRY(make_room(c, &l));
    tn_call_parallel(c, x->dim[0] * l.frames, stft_frame, &l);
    return TN_OK;
}

TN_OP(stft) = {
    TN_HERE,
    .name = "STFT",
    .since = 17,
    .doc = "Fourier transforms of windows that slide over a signal",
    .in = {{"signal", "T1"},
           {"frame_step", "T2"},
           {"window", "T1", TN_OPTIONAL_IN},
           {"frame_length", "T2", TN_OPTIONAL_IN}},
    .out = {{"output", "T1"}},
    .types = {{"T1", TN_FLOATS}, {"T2", TN_INDEXES}},
    .attrs = {{.name = "onesided", .kind = TN_ATTR_INT, .i = 1, .max = 1}},
    .infer = stft_infer,
    .ref = stft_ref,
};
