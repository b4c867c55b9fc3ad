// SPDX-License-Identifier: Apache-2.0
// rnn_cell.c - the cells and definitions of LSTM, GRU and RNN. Formulas: ONNX LSTM-22, GRU-22, RNN-22.
#include "op/rnn.h"

// ---------------------------------------------------------------------------------------------- activations

#define FUNCTION(name, expr)                                  \
    static double name(double x, double alpha, double beta) { \
        (void)alpha, (void)beta;                              \
        return expr;                                          \
    }
FUNCTION(fn_relu, x > 0 ? x : 0)
FUNCTION(fn_tanh, tanh(x))
FUNCTION(fn_sigmoid, 1 / (1 + exp(-x)))
FUNCTION(fn_affine, alpha *x + beta)
FUNCTION(fn_leaky, x >= 0 ? x : alpha * x)
FUNCTION(fn_thresholded, x >= alpha ? x : 0)
FUNCTION(fn_scaled_tanh, alpha *tanh(beta *x))
FUNCTION(fn_hard_sigmoid, fmin(fmax(alpha *x + beta, 0), 1))
FUNCTION(fn_elu, x >= 0 ? x : alpha * expm1(x))
FUNCTION(fn_softsign, x / (1 + fabs(x)))
FUNCTION(fn_softplus, x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)))

static const struct row {
    const char *name;
    double (*fn)(double, double, double);
    bool takes_alpha, takes_beta;
    double alpha, beta; // defaults
} rows[] = {
    {"Relu", fn_relu, false, false, 0, 0},
    {"Tanh", fn_tanh, false, false, 0, 0},
    {"Sigmoid", fn_sigmoid, false, false, 0, 0},
    {"Affine", fn_affine, true, true, 1, 0},
    {"LeakyRelu", fn_leaky, true, false, 0.01, 0},
    {"ThresholdedRelu", fn_thresholded, true, false, 1, 0},
    {"ScaledTanh", fn_scaled_tanh, true, true, 1, 1},
    {"HardSigmoid", fn_hard_sigmoid, true, true, 0.2, 0.5},
    {"Elu", fn_elu, true, false, 1, 0},
    {"Softsign", fn_softsign, false, false, 0, 0},
    {"Softplus", fn_softplus, false, false, 0, 0},
};

static bool same_word(const char *a, const char *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((a[i] | 0x20) != (b[i] | 0x20) || !b[i]) return false;
    return !b[n];
}

static const struct row *find_row(const char *name, size_t n) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (same_word(name, rows[i].name, n)) return &rows[i];
    return NULL;
}

// Factors are consumed in order by the activations that take them.
bool tni_rnn_functions(tn_attrs a, const tni_rnn_cell *cell, tni_rnn_function to[2][3]) {
    size_t names, alphas, betas, used_alpha = 0, used_beta = 0;
    const tn_str *name = tn_attr_strings(a, "activations", &names);
    const float *alpha = tn_attr_floats(a, "activation_alpha", &alphas);
    const float *beta = tn_attr_floats(a, "activation_beta", &betas);
    for (int i = 0; i < 2 * cell->functions; i++) {
        const char *standard = cell->defaults[i % cell->functions];
        bool given = (size_t)i < names;
        const struct row *row =
            given ? find_row(name[i].text, name[i].size) : find_row(standard, strlen(standard));
        if (!row) return false;
        tni_rnn_function f = {row->fn, row->alpha, row->beta};
        if (row->takes_alpha && used_alpha < alphas) f.alpha = (double)alpha[used_alpha++];
        if (row->takes_beta && used_beta < betas) f.beta = (double)beta[used_beta++];
        to[i / cell->functions][i % cell->functions] = f;
    }
    return true;
}

static double call(const tni_rnn_step *s, int which, double x) {
    const tni_rnn_function *f = &s->function[which];
    return f->fn(x, f->alpha, f->beta);
}

static double clipped(const tni_rnn_step *s, double x) {
    double clip = s->cell->clip;
    return x > clip ? clip : x < -clip ? -clip : x;
}

// gate[first, first + n) += h * R'
static void add_recurrent(const tni_rnn_step *s, const double *h, int64_t first, int64_t n, double *gate) {
    for (int64_t k = 0; k < s->hidden; k++) {
        const double *r = s->recurrent + k * s->wide + first;
        double v = h[k];
        for (int64_t i = 0; i < n; i++) gate[i] += v * r[i];
    }
}

// ---------------------------------------------------------------------------------------------- LSTM

static void lstm_step(tni_rnn_step *s) {
    int64_t n = s->hidden;
    double *i = s->gate, *o = i + n, *f = o + n, *g = f + n;
    const double *p = s->peephole;
    add_recurrent(s, s->h, 0, s->wide, s->gate);
    for (int64_t k = 0; k < n; k++) {
        double in = call(s, 0, clipped(s, i[k] + (p ? p[k] * s->c[k] : 0)));
        double forget =
            s->cell->couple ? 1 - in : call(s, 0, clipped(s, f[k] + (p ? p[2 * n + k] * s->c[k] : 0)));
        s->c[k] = forget * s->c[k] + in * call(s, 1, clipped(s, g[k]));
        double out = call(s, 0, clipped(s, o[k] + (p ? p[n + k] * s->c[k] : 0)));
        s->h[k] = out * call(s, 2, s->c[k]);
    }
}

// ---------------------------------------------------------------------------------------------- GRU

static void gru_step(tni_rnn_step *s) {
    int64_t n = s->hidden;
    double *z = s->gate, *r = z + n, *g = r + n, *inner = s->gate + s->wide;
    add_recurrent(s, s->h, 0, 2 * n, s->gate);
    for (int64_t k = 0; k < 2 * n; k++) s->gate[k] = call(s, 0, clipped(s, s->gate[k]));
    for (int64_t k = 0; k < n; k++) {
        inner[k] = s->candidate_bias ? s->candidate_bias[k] : 0;
        s->spare[k] = s->cell->reset_after ? s->h[k] : r[k] * s->h[k];
    }
    add_recurrent(s, s->spare, 2 * n, n, inner);
    for (int64_t k = 0; k < n; k++) {
        double candidate = call(s, 1, clipped(s, g[k] + (s->cell->reset_after ? r[k] * inner[k] : inner[k])));
        s->h[k] = (1 - z[k]) * candidate + z[k] * s->h[k];
    }
}

// ---------------------------------------------------------------------------------------------- RNN

static void rnn_step(tni_rnn_step *s) {
    add_recurrent(s, s->h, 0, s->hidden, s->gate);
    for (int64_t k = 0; k < s->hidden; k++) s->h[k] = call(s, 0, clipped(s, s->gate[k]));
}

// ---------------------------------------------------------------------------------------------- inference

static const char *const lstm_defaults[] = {"Sigmoid", "Tanh", "Tanh"};
static const char *const gru_defaults[] = {"Sigmoid", "Tanh"};
static const char *const rnn_defaults[] = {"Tanh"};

static tni_rnn_cell cell_of(tn_attrs a, int gates) {
    tni_rnn_cell cell = {.gates = gates, .clip = HUGE_VAL};
    if (tn_attr_has(a, "clip") && tn_attr_float(a, "clip") > 0) cell.clip = tn_attr_float(a, "clip");
    cell.functions = gates == 4 ? 3 : gates == 3 ? 2 : 1;
    cell.defaults = gates == 4 ? lstm_defaults : gates == 3 ? gru_defaults : rnn_defaults;
    cell.step = gates == 4 ? lstm_step : gates == 3 ? gru_step : rnn_step;
    if (gates == 4) cell.couple = tn_attr_int(a, "input_forget") != 0;
    if (gates == 3) cell.reset_after = tn_attr_int(a, "linear_before_reset") != 0;
    return cell;
}

static tn_status check_attributes(tn_infer *c, const tni_rnn_cell *cell, int64_t directions) {
    tni_rnn_function functions[2][3];
    size_t n, want = (size_t)(cell->functions * directions);
    bool known = tn_attr_is(c->attrs, "direction", "forward") ||
                 tn_attr_is(c->attrs, "direction", "reverse") || directions == 2;
    if (!known)
        return tn_infer_fail(c, "direction is '%s', expected forward, reverse or bidirectional",
                             tn_attr_string(c->attrs, "direction"));
    tn_attr_strings(c->attrs, "activations", &n);
    if (n && n != want) {
        bool shared = cell->gates == 1 && n == 2 && directions == 1; // RNN's own default lists two
        if (!shared) return tn_infer_fail(c, "'activations' has %zu entries, expected %zu", n, want);
    }
    if (!tni_rnn_functions(c->attrs, cell, functions))
        return tn_infer_hint(c,
                             "known are Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, "
                             "HardSigmoid, Elu, Softsign and Softplus",
                             "an activation is not known");
    return TN_OK;
}

// Input i has exactly these sizes, where known.
static tn_status check_shape(tn_infer *c, int i, const char *what, int rank, const tn_dim *want) {
    TN_TRY(tni_want_rank(c, i, what, rank, rank));
    if (!tni_ranked(c, i)) return TN_OK;
    for (int d = 0; d < rank; d++) {
        tn_dim got = c->in[i]->type.dim[d];
        if (!got.e && !want[d].e && got.k != want[d].k)
            return tn_infer_fail(c, "dimension %d of %s is %lld, expected %lld", d, what, (long long)got.k,
                                 (long long)want[d].k);
    }
    return TN_OK;
}

typedef struct sizes {
    tn_dim steps, batch, width, hidden, directions;
    bool batch_first;
} sizes;

static tn_status check_inputs(tn_infer *c, const sizes *z, int gates) {
    tn_dims *p = c->dims;
    tn_dim wide = tn_dim_mul(p, z->hidden, tn_k(gates)), d = z->directions;
    TN_TRY(check_shape(c, 1, "W", 3, (tn_dim[]){d, wide, z->width}));
    TN_TRY(check_shape(c, 2, "R", 3, (tn_dim[]){d, wide, z->hidden}));
    TN_TRY(check_shape(c, 3, "B", 2, (tn_dim[]){d, tn_dim_mul(p, wide, tn_k(2))}));
    TN_TRY(check_shape(c, 4, "sequence_lens", 1, (tn_dim[]){z->batch}));
    tn_dim state[] = {z->batch_first ? z->batch : d, z->batch_first ? d : z->batch, z->hidden};
    TN_TRY(check_shape(c, 5, "initial_h", 3, state));
    if (gates != 4) return TN_OK;
    TN_TRY(check_shape(c, 6, "initial_c", 3, state));
    return check_shape(c, 7, "P", 2, (tn_dim[]){d, tn_dim_mul(p, z->hidden, tn_k(3))});
}

static tn_dim dim_of(tn_infer *c, int i, int d) {
    return tni_ranked(c, i) && c->in[i]->type.rank > d ? c->in[i]->type.dim[d] : tn_dim_fresh(c->dims);
}

static tn_status infer(tn_infer *c, int gates) {
    tni_rnn_cell cell = cell_of(c->attrs, gates);
    bool two = tn_attr_is(c->attrs, "direction", "bidirectional");
    sizes z = {.batch_first = tn_attr_int(c->attrs, "layout") == 1, .directions = tn_k(two ? 2 : 1)};
    tn_dtype dtype = c->in[0]->type.dtype;
    TN_TRY(check_attributes(c, &cell, z.directions.k));
    TN_TRY(tni_want_rank(c, 0, "X", 3, 3));
    TN_TRY(tni_want_rank(c, 2, "R", 3, 3));
    z.steps = dim_of(c, 0, z.batch_first ? 1 : 0);
    z.batch = dim_of(c, 0, z.batch_first ? 0 : 1);
    z.width = dim_of(c, 0, 2);
    z.hidden = dim_of(c, 2, 2);
    if (z.hidden.e && tn_attr_has(c->attrs, "hidden_size"))
        z.hidden = tn_k(tn_attr_int(c->attrs, "hidden_size"));
    TN_TRY(check_inputs(c, &z, gates));
    tn_dim d = z.directions;
    tn_dim y[] = {z.steps, d, z.batch, z.hidden}, y_first[] = {z.batch, z.steps, d, z.hidden};
    tn_dim state[] = {z.batch_first ? z.batch : d, z.batch_first ? d : z.batch, z.hidden};
    tni_shape_out(c, 0, dtype, 4, z.batch_first ? y_first : y);
    tni_shape_out(c, 1, dtype, 3, state);
    if (gates == 4) tni_shape_out(c, 2, dtype, 3, state);
    return TN_OK;
}

static tn_status run(tn_call *c, int gates) {
    tni_rnn_cell cell = cell_of(c->attrs, gates);
    return tni_rnn_run(c, &cell);
}

static tn_status lstm_infer(tn_infer *c) { return infer(c, 4); }
static tn_status gru_infer(tn_infer *c) { return infer(c, 3); }
static tn_status rnn_infer(tn_infer *c) { return infer(c, 1); }
static tn_status lstm_ref(tn_call *c) { return run(c, 4); }
static tn_status gru_ref(tn_call *c) { return run(c, 3); }
static tn_status rnn_ref(tn_call *c) { return run(c, 1); }

// Before opset 7 output_sequence said whether Y is wanted; an omitted output says it as well.
static tn_status upgrade(tni_spec *s) {
    tni_spec_drop(s, "output_sequence");
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- definitions

#define IN                                                          \
    {"X", "T"}, {"W", "T"}, {"R", "T"}, {"B", "T", TN_OPTIONAL_IN}, \
        {"sequence_lens", "i32", TN_OPTIONAL_IN}, {                 \
        "initial_h", "T", TN_OPTIONAL_IN                            \
    }
#define ATTRS                                                                                      \
    {.name = "activation_alpha", .kind = TN_ATTR_FLOATS},                                          \
        {.name = "activation_beta", .kind = TN_ATTR_FLOATS},                                       \
        {.name = "activations", .kind = TN_ATTR_STRINGS}, {.name = "clip", .kind = TN_ATTR_FLOAT}, \
        {.name = "direction", .kind = TN_ATTR_STRING, .s = "forward"},                             \
        {.name = "hidden_size", .kind = TN_ATTR_INT, .min = 0, .max = INT32_MAX}, {                \
        .name = "layout", .kind = TN_ATTR_INT, .max = 1                                            \
    }
#define OUT \
    {"Y", "T", TN_OPTIONAL_IN}, { "Y_h", "T", TN_OPTIONAL_IN }

TN_OP(lstm) = {
    TN_HERE,
    .name = "LSTM",
    .since = 22,
    .first = 1,
    .doc = "Long short-term memory, in one or both directions",
    .in = {IN, {"initial_c", "T", TN_OPTIONAL_IN}, {"P", "T", TN_OPTIONAL_IN}},
    .out = {OUT, {"Y_c", "T", TN_OPTIONAL_IN}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {ATTRS, {.name = "input_forget", .kind = TN_ATTR_INT, .max = 1}},
    .infer = lstm_infer,
    .ref = lstm_ref,
    .upgrade = upgrade,
};

TN_OP(gru) = {
    TN_HERE,
    .name = "GRU",
    .since = 22,
    .first = 1,
    .doc = "Gated recurrent unit, in one or both directions",
    .in = {IN},
    .out = {OUT},
    .types = {{"T", TN_FLOATS}},
    .attrs = {ATTRS, {.name = "linear_before_reset", .kind = TN_ATTR_INT, .max = 1}},
    .infer = gru_infer,
    .ref = gru_ref,
    .upgrade = upgrade,
};

TN_OP(rnn) = {
    TN_HERE,
    .name = "RNN",
    .since = 22,
    .first = 1,
    .doc = "Plain recurrent network, in one or both directions",
    .in = {IN},
    .out = {OUT},
    .types = {{"T", TN_FLOATS}},
    .attrs = {ATTRS},
    .infer = rnn_infer,
    .ref = rnn_ref,
    .upgrade = upgrade,
};
