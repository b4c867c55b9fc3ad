// SPDX-License-Identifier: Apache-2.0
// signal.c - HannWindow, HammingWindow, BlackmanWindow and MelWeightMatrix: tables that audio models multiply
// their signals and spectra with. Integer tables are cut off towards 0.
#include "op/buffer.h"

#define PI 3.14159265358979323846

static tn_status out_dtype(tn_infer *c, tn_dtype *to) {
    int64_t dtype = tn_attr_int(c->attrs, "output_datatype");
    if (dtype <= 0 || dtype >= TN_DTYPE_COUNT || !(TN_NUMBERS >> dtype & 1))
        return tn_infer_fail(c, "output_datatype = %lld is not a type of numbers", (long long)dtype);
    *to = (tn_dtype)dtype;
    return TN_OK;
}

// In i as a size: a constant, an expression, or a size that only the data will tell.
static tn_status size_of(tn_infer *c, int i, const char *what, tn_dim *to) {
    tn_dim v[TN_MAX_CONTENT];
    size_t n;
    TN_TRY(tni_want_rank(c, i, what, 0, 1));
    *to = tn_dim_fresh(c->dims);
    if (!tni_content(c->in[i], v, &n)) return TN_OK;
    if (n != 1) return tn_infer_fail(c, "%s must be one number, but has %zu", what, n);
    if (!v[0].e && v[0].k < 0) return tn_infer_fail(c, "%s is %lld", what, (long long)v[0].k);
    *to = v[0];
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- windows

// a0 - a1 * cos(x) + a2 * cos(2x) over one turn; a symmetric window of one
// element, 0 / 0, is 1 as in PyTorch.
typedef struct cosines {
    double a0, a1, a2;
} cosines;

static tn_status window_infer(tn_infer *c) {
    tn_dim size;
    tn_dtype dtype = TN_F32;
    TN_TRY(out_dtype(c, &dtype));
    TN_TRY(size_of(c, 0, "size", &size));
    tni_shape_out(c, 0, dtype, 1, &size);
    return TN_OK;
}

static tn_status window(tn_call *c, const cosines *w) {
    const tn_tensor *y = c->out[0];
    if (!y) return TN_OK;
    int64_t n = y->dim[0], turn = tn_attr_int(c->attrs, "periodic") ? n : n - 1;
    for (int64_t k = 0; k < n; k++) {
        double x = 2 * PI * (double)k / (double)turn, v = w->a0 - w->a1 * cos(x) + w->a2 * cos(2 * x);
        if (turn == 0) v = 1;
        tni_store(y, k, 1, 1, &v);
    }
    return TN_OK;
}

static tn_status hann_ref(tn_call *c) { return window(c, &(cosines){0.5, 0.5, 0}); }
static tn_status hamming_ref(tn_call *c) { return window(c, &(cosines){25.0 / 46, 21.0 / 46, 0}); }
static tn_status blackman_ref(tn_call *c) { return window(c, &(cosines){0.42, 0.5, 0.08}); }

#define WINDOW(name_, doc_, ref_)                                                                            \
    {                                                                                                        \
        TN_HERE, .name = name_, .since = 17, .doc = doc_, .in = {{"size", "T1"}}, .out = {{"output", "T2"}}, \
                 .types = {{"T1", TN_INDEXES}, {"T2", TN_NUMBERS}},                                          \
                 .attrs = {{.name = "periodic", .kind = TN_ATTR_INT, .i = 1, .max = 1},                      \
                           {.name = "output_datatype", .kind = TN_ATTR_INT, .i = TN_F32}},                   \
                 .infer = window_infer, .ref = ref_                                                          \
    }

TN_OP(blackman_window) = WINDOW("BlackmanWindow", "0.42 - 0.5 cos(x) + 0.08 cos(2x)", blackman_ref);
TN_OP(hamming_window) = WINDOW("HammingWindow", "25/46 - 21/46 cos(x)", hamming_ref);
TN_OP(hann_window) = WINDOW("HannWindow", "(1 - cos(x)) / 2", hann_ref);

// -------------------------------------------------------------------------------------- MelWeightMatrix

enum { BANDS, DFT_LENGTH, RATE, LOWER, UPPER };

static tn_status mel_infer(tn_infer *c) {
    tn_dtype dtype = TN_F32;
    tn_dim length, dim[2];
    TN_TRY(out_dtype(c, &dtype));
    TN_TRY(size_of(c, BANDS, "num_mel_bins", &dim[1]));
    TN_TRY(size_of(c, DFT_LENGTH, "dft_length", &length));
    for (int i = RATE; i <= UPPER; i++) TN_TRY(tni_want_rank(c, i, "sample_rate and the edges", 0, 1));
    dim[0] = tn_dim_add(c->dims, tn_dim_div(c->dims, length, tn_k(2)), tn_k(1));
    tni_shape_out(c, 0, dtype, 2, dim);
    return TN_OK;
}

static double mel(double hertz) { return 2595 * log10(1 + hertz / 700); }
static double hertz(double mel) { return 700 * (pow(10, mel / 2595) - 1); }

// The spectrum's line where band edge k (of bands + 2) lies; the last edge is not reached, as in ONNX's own.
typedef struct scale {
    double low, step, length, rate;
} scale;

static int64_t edge(const scale *s, int64_t k, int64_t lines) {
    double line = floor((s->length + 1) * hertz(s->low + (double)k * s->step) / s->rate);
    if (!(line > 0)) return 0;
    return line < (double)lines ? (int64_t)line : lines;
}

// A triangle that rises from `from` to 1 at `top` and falls to `to`.
static void triangle(double *column, int64_t lines, int64_t from, int64_t top, int64_t to) {
    for (int64_t j = from; j <= top && j < lines; j++)
        column[j] = from == top ? 1 : (double)(j - from) / (double)(top - from);
    for (int64_t j = top; j < to && j < lines; j++) column[j] = (double)(to - j) / (double)(to - top);
}

static tn_status mel_ref(tn_call *c) {
    const tn_tensor *y = c->out[0];
    if (!y || tn_count(y) == 0) return TN_OK;
    int64_t lines = y->dim[0], bands = y->dim[1];
    double *column = tni_scratch(c, lines, sizeof *column);
    scale s = {mel(tni_get(c->in[LOWER], 0)), 0, tni_get(c->in[DFT_LENGTH], 0), tni_get(c->in[RATE], 0)};
    if (!column) return TN_NOMEM;
    if (!(s.rate > 0)) return tn_call_fail(c, TN_INVALID, "sample_rate is %g", s.rate);
    s.step = (mel(tni_get(c->in[UPPER], 0)) - s.low) / (double)(bands + 2);
    for (int64_t i = 0; i < bands; i++) {
        memset(column, 0, (size_t)lines * sizeof *column);
        triangle(column, lines, edge(&s, i, lines), edge(&s, i + 1, lines), edge(&s, i + 2, lines));
        tni_store(y, i, bands, lines, column);
    }
    return TN_OK;
}

TN_OP(mel_weight_matrix) = {
    TN_HERE,
    .name = "MelWeightMatrix",
    .since = 17,
    .doc = "triangles that turn a linear spectrum into mel bands",
    .in = {{"num_mel_bins", "T1"},
           {"dft_length", "T1"},
           {"sample_rate", "T1"},
           {"lower_edge_hertz", "T2"},
           {"upper_edge_hertz", "T2"}},
    .out = {{"output", "T3"}},
    .types = {{"T1", TN_INDEXES}, {"T2", TN_FLOATS}, {"T3", TN_NUMBERS}},
    .attrs = {{"output_datatype", TN_ATTR_INT, .i = TN_F32}},
    .infer = mel_infer,
    .ref = mel_ref,
};
