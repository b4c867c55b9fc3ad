// SPDX-License-Identifier: Apache-2.0
// skip_layer_norm.c - com.microsoft's fused transformer pieces: SkipLayerNormalization (of input + skip +
// bias) and EmbedLayerNormalization (of word + position + segment embeddings). One row of H elements at a
// time.
#include "op/op.h"

// Normalises a row, scales, shifts and stores it and what goes with it; any output may be NULL.
typedef struct finish {
    const double *gamma, *beta; // [H]; beta may be NULL
    double epsilon;
    bool rms;
    const tn_tensor *y, *mean, *inverse, *sum;
} finish;

static void finish_row(const finish *f, double *x, int64_t row, int64_t n) {
    if (f->sum) tni_store(f->sum, row * n, 1, n, x);
    tni_moments m = tni_normalize(x, n, f->epsilon, f->rms);
    if (f->mean) tni_store(f->mean, row, 1, 1, &m.mean);
    if (f->inverse) tni_store(f->inverse, row, 1, 1, &m.inverse);
    for (int64_t k = 0; k < n; k++) x[k] = x[k] * f->gamma[k] + (f->beta ? f->beta[k] : 0);
    if (f->y) tni_store(f->y, row * n, 1, n, x);
}

static void add_row(double *to, double *row, const tn_tensor *t, int64_t first, int64_t n) {
    tni_load(row, t, first, 1, n);
    for (int64_t k = 0; k < n; k++) to[k] += row[k];
}

static double *vector(tn_call *c, const tn_tensor *t, int64_t n) {
    return t ? tni_call_doubles(c, t, 1, &n) : NULL;
}

static double *two_rows(tn_call *c, int64_t n) { return tni_scratch(c, n, 2 * sizeof(double)); }

// ------------------------------------------------------------------------- input + skip (+ bias)

// Inputs: input, skip, gamma, then beta (not with rms) and bias.
static tn_status skip_ref(tn_call *c, bool rms) {
    const tn_tensor *x = c->in[0], *skip = c->in[1];
    const tn_tensor *beta = rms ? NULL : tni_arg(c, 3), *bias = tni_arg(c, rms ? 3 : 4);
    int64_t n = x->dim[x->rank - 1], period = tn_count(skip);
    if (tn_count(x) == 0) return TN_OK;
    finish f = {.epsilon = tn_attr_float(c->attrs, "epsilon"), .rms = rms};
    double *both = two_rows(c, n);
    f.gamma = vector(c, c->in[2], n);
    f.beta = vector(c, beta, n);
    double *shift = vector(c, bias, n);
    if (!both || !f.gamma || (beta && !f.beta) || (bias && !shift)) return TN_NOMEM;
    f.y = tni_result(c, 0), f.mean = tni_result(c, 1), f.inverse = tni_result(c, 2), f.sum = tni_result(c, 3);
    for (int64_t row = 0; row < tn_count(x) / n; row++) {
        tni_load(both, x, row * n, 1, n);
        add_row(both, both + n, skip, row * n % period, n); // a skip without batch repeats
        for (int64_t k = 0; shift && k < n; k++) both[k] += shift[k];
        finish_row(&f, both, row, n);
    }
    return TN_OK;
}

static tn_status skip_layer_norm_ref(tn_call *c) { return skip_ref(c, false); }
static tn_status skip_rms_norm_ref(tn_call *c) { return skip_ref(c, true); }

// The skip is the input's shape, or lacks (or has 1 as) its first dimension.
static tn_status want_skip(tn_infer *c) {
    if (!tni_ranked(c, 0) || !tni_ranked(c, 1)) return TN_OK;
    const tn_type *x = &c->in[0]->type, *t = &c->in[1]->type;
    if (t->rank != x->rank && t->rank != x->rank - 1)
        return tn_infer_fail(c, "skip has rank %d beside an input of rank %d", t->rank, x->rank);
    for (int d = 1; d <= t->rank; d++) {
        tn_dim got = t->dim[t->rank - d], want = x->dim[x->rank - d];
        bool first = d == x->rank;
        if (got.e || want.e || got.k == want.k || (first && got.k == 1)) continue;
        return tn_infer_fail(c, "dimension %d of skip is %lld, but %lld in the input", t->rank - d,
                             (long long)got.k, (long long)want.k);
    }
    return TN_OK;
}

static tn_status skip_infer(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the input", 2, 3));
    TN_TRY(tn_infer_same(c));
    TN_TRY(want_skip(c));
    const tn_type *x = &c->in[0]->type;
    for (int i = 2; i < c->nin && x->rank > 0; i++)
        TN_TRY(tni_want_vector(c, i, "gamma, beta or bias", x->dim[x->rank - 1]));
    for (int i = 1; i < 4; i++) {
        tn_type *t = tni_out_type(c, i);
        if (!t) continue;
        *t = *x;
        if (i == 3) continue;
        t->dtype = TN_F32;
        if (t->rank > 0) t->dim[t->rank - 1] = tn_k(1);
    }
    return TN_OK;
}

// ----------------------------------------------------------------------------------------- embedding

enum { IDS, SEGMENTS, WORDS, POSITIONS, SEGMENT_TABLE, GAMMA, BETA, MASK, POSITION_IDS };

static tn_status look_up(tn_call *c, double *to, double *row, const tn_tensor *table, int64_t id,
                         const char *what) {
    if (id < 0 || id >= table->dim[0])
        return tn_call_fail(c, TN_INVALID, "%s index %lld is outside the table of %lld rows", what,
                            (long long)id, (long long)table->dim[0]);
    add_row(to, row, table, id * table->dim[1], table->dim[1]);
    return TN_OK;
}

static int64_t position(const tn_tensor *ids, int64_t row, int64_t length) {
    if (!ids) return row % length;
    return tni_get_int(ids, tn_count(ids) == length ? row % length : row);
}

static tn_status embed_row(tn_call *c, double *x, int64_t row, int64_t n) {
    const tn_tensor *ids = c->in[IDS], *segments = tni_arg(c, SEGMENTS), *table = tni_arg(c, SEGMENT_TABLE);
    double *term = x + n;
    memset(x, 0, (size_t)n * sizeof *x);
    TN_TRY(look_up(c, x, term, c->in[WORDS], tni_get_int(ids, row), "word"));
    TN_TRY(look_up(c, x, term, c->in[POSITIONS], position(tni_arg(c, POSITION_IDS), row, ids->dim[1]),
                   "position"));
    if (!table) return TN_OK;
    return look_up(c, x, term, table, segments ? tni_get_int(segments, row) : 0, "segment");
}

// How many of a sample's words the mask keeps.
static void count_mask(const tn_tensor *mask, const tn_tensor *to, int64_t batch, int64_t length) {
    for (int64_t b = 0; b < batch; b++) {
        int64_t count = 0;
        for (int64_t k = 0; mask && k < length; k++) count += tni_get_int(mask, b * length + k) == 1;
        tni_set_int(to, b, count);
    }
}

static tn_status embed_ref(tn_call *c) {
    const tn_tensor *ids = c->in[IDS];
    int64_t n = c->in[WORDS]->dim[1], rows = tn_count(ids);
    finish f = {
        .epsilon = tn_attr_float(c->attrs, "epsilon"), .y = tni_result(c, 0), .sum = tni_result(c, 2)};
    if (tni_result(c, 1)) count_mask(tni_arg(c, MASK), tni_result(c, 1), ids->dim[0], ids->dim[1]);
    double *x = two_rows(c, n > 0 ? n : 1);
    f.gamma = vector(c, c->in[GAMMA], n);
    f.beta = vector(c, c->in[BETA], n);
    if (!x || !f.gamma || !f.beta) return TN_NOMEM;
    for (int64_t row = 0; row < rows; row++) {
        TN_TRY(embed_row(c, x, row, n));
        finish_row(&f, x, row, n);
    }
    return TN_OK;
}

static tn_status want_tables(tn_infer *c) {
    static const int tables[] = {WORDS, POSITIONS, SEGMENT_TABLE};
    static const int vectors[] = {GAMMA, BETA};
    for (int i = 0; i < 3; i++) TN_TRY(tni_want_rank(c, tables[i], "an embedding table", 2, 2));
    if (!tni_ranked(c, WORDS)) return TN_OK;
    tn_dim hidden = c->in[WORDS]->type.dim[1];
    for (int i = 1; i < 3; i++)
        if (tni_ranked(c, tables[i]))
            TN_TRY(tni_want_dim(c, c->in[tables[i]]->type.dim[1], hidden, "width of the embedding tables"));
    for (int i = 0; i < 2; i++) TN_TRY(tni_want_vector(c, vectors[i], "gamma or beta", hidden));
    return TN_OK;
}

// Segment, mask and position ids go with the words: [B,S], or [1,S] for positions.
static tn_status want_ids(tn_infer *c) {
    static const int like[] = {SEGMENTS, MASK, POSITION_IDS};
    TN_TRY(tni_want_rank(c, IDS, "input_ids", 2, 2));
    for (int i = 0; i < 3; i++) {
        TN_TRY(tni_want_rank(c, like[i], "segment_ids, mask or position_ids", 2, 2));
        if (!tni_ranked(c, like[i]) || !tni_ranked(c, IDS)) continue;
        const tn_dim *got = c->in[like[i]]->type.dim, *want = c->in[IDS]->type.dim;
        TN_TRY(tni_want_dim(c, got[1], want[1], "length of segment_ids, mask or position_ids"));
        if (like[i] == POSITION_IDS && tn_dim_is(got[0], 1)) continue;
        TN_TRY(tni_want_dim(c, got[0], want[0], "batch of segment_ids, mask or position_ids"));
    }
    return TN_OK;
}

static tn_status embed_infer(tn_infer *c) {
    TN_TRY(want_ids(c));
    TN_TRY(want_tables(c));
    tn_dtype dtype = c->in[WORDS]->type.dtype;
    if (!tni_ranked(c, IDS) || !tni_ranked(c, WORDS)) {
        tni_shape_unknown(c, 0, dtype);
        tni_shape_unknown(c, 1, TN_I32);
        tni_shape_unknown(c, 2, dtype);
        return TN_OK;
    }
    const tn_type *ids = &c->in[IDS]->type;
    tn_dim dim[] = {ids->dim[0], ids->dim[1], c->in[WORDS]->type.dim[1]};
    tni_shape_out(c, 0, dtype, 3, dim);
    tni_shape_out(c, 1, TN_I32, 1, dim);
    tni_shape_out(c, 2, dtype, 3, dim);
    return TN_OK;
}

// --------------------------------------------------------------------------------------- definitions

#define MICROSOFT .domain = "com.microsoft", .since = 1, .types = {{"T", TN_FLOATS}, {"U", TN_FLOATS}}
#define EPSILON \
    { "epsilon", TN_ATTR_FLOAT, .f = 1e-12 }
#define SKIP_OUTPUTS \
    .out = {{"output", "T"}, {"mean", "U"}, {"inv_std_var", "U"}, {"input_skip_bias_sum", "T"}}

TN_OP(ms_skip_layer_norm) = {
    TN_HERE,
    .name = "SkipLayerNormalization",
    MICROSOFT,
    .doc = "LayerNormalization of input + skip + bias",
    .in = {{"input", "T"},
           {"skip", "T"},
           {"gamma", "T"},
           {"beta", "T", TN_OPTIONAL_IN},
           {"bias", "T", TN_OPTIONAL_IN}},
    SKIP_OUTPUTS,
    .attrs = {EPSILON},
    .infer = skip_infer,
    .ref = skip_layer_norm_ref,
};

TN_OP(ms_skip_rms_norm) = {
    TN_HERE,
    .name = "SkipSimplifiedLayerNormalization",
    MICROSOFT,
    .doc = "RMSNormalization of input + skip + bias",
    .in = {{"input", "T"}, {"skip", "T"}, {"gamma", "T"}, {"bias", "T", TN_OPTIONAL_IN}},
    SKIP_OUTPUTS,
    .attrs = {EPSILON},
    .infer = skip_infer,
    .ref = skip_rms_norm_ref,
};

TN_OP(ms_embed_layer_norm) = {
    TN_HERE,
    .name = "EmbedLayerNormalization",
    MICROSOFT,
    .doc = "LayerNormalization of word + position + segment embeddings",
    .in = {{"input_ids", "i32"},
           {"segment_ids", "i32", TN_OPTIONAL_IN},
           {"word_embedding", "T"},
           {"position_embedding", "T"},
           {"segment_embedding", "T", TN_OPTIONAL_IN},
           {"gamma", "T"},
           {"beta", "T"},
           {"mask", "i32", TN_OPTIONAL_IN},
           {"position_ids", "i32", TN_OPTIONAL_IN}},
    .out = {{"output", "T"}, {"mask_index", "i32"}, {"embedding_sum", "T"}},
    .attrs = {EPSILON, {"mask_index_type", TN_ATTR_INT, .i = 0}},
    .infer = embed_infer,
    .ref = embed_ref,
};
