// SPDX-License-Identifier: Apache-2.0
// tfidf.c - TfIdfVectorizer: how often each n-gram of a pool occurs in a row of tokens, weighted. The pool's
// n-grams are sorted once, each token run is then looked up by bisection.
//
//     ngram_counts [0, 4, 10] with the pool t0..t15: four 1-grams, three 2-grams, two 3-grams
//
// Weights belong to columns of the output (and not to n-grams of the pool, as the operator's text can be
// read): so do ONNX' own implementation and ONNX Runtime's.
#include "op/buffer.h"

#include <stdlib.h>

typedef struct gram {
    const int64_t *ints; // [n], or
    const tn_str *texts; // [n]
    int64_t n, at;       // at: its place in the pool
} gram;

typedef struct pool {
    const int64_t *ints, *starts, *columns;
    const tn_str *texts;
    size_t size, nstarts, ncolumns;
} pool;

static pool pool_of(tn_attrs a) {
    pool p;
    size_t nints, ntexts;
    p.ints = tn_attr_ints(a, "pool_int64s", &nints);
    p.texts = tn_attr_strings(a, "pool_strings", &ntexts);
    p.size = nints ? nints : ntexts;
    p.starts = tn_attr_ints(a, "ngram_counts", &p.nstarts);
    p.columns = tn_attr_ints(a, "ngram_indexes", &p.ncolumns);
    if (nints)
        p.texts = NULL;
    else
        p.ints = NULL;
    return p;
}

static int64_t end_of(const pool *p, size_t length) {
    return length < p->nstarts ? p->starts[length] : (int64_t)p->size;
}

// ---------------------------------------------------------------------------------------------- inference

static tn_status check_pool(tn_infer *c, const pool *p) {
    size_t grams = 0, nints, ntexts;
    tn_attr_ints(c->attrs, "pool_int64s", &nints);
    tn_attr_strings(c->attrs, "pool_strings", &ntexts);
    if (nints && ntexts) return tn_infer_fail(c, "only one of pool_int64s and pool_strings may be given");
    if (p->size && (c->in[0]->type.dtype == TN_STRING) != (ntexts > 0))
        return tn_infer_fail(c, "the pool's n-grams are not of the input's type");
    if (p->nstarts == 0) return tn_infer_fail(c, "ngram_counts is empty");
    for (size_t i = 0; i < p->nstarts; i++) {
        int64_t from = p->starts[i], to = end_of(p, i + 1);
        if (from < 0 || from > to || to > (int64_t)p->size)
            return tn_infer_fail(c, "ngram_counts[%zu] = %lld does not ascend within the pool of %zu", i,
                                 (long long)from, p->size);
        if ((to - from) % (int64_t)(i + 1))
            return tn_infer_fail(c, "%lld tokens do not divide into %zu-grams", (long long)(to - from),
                                 i + 1);
        grams += (size_t)(to - from) / (i + 1);
    }
    if (p->starts[0] != 0) return tn_infer_fail(c, "ngram_counts must begin with 0");
    if (grams != p->ncolumns)
        return tn_infer_fail(c, "ngram_indexes has %zu entries for %zu n-grams", p->ncolumns, grams);
    return TN_OK;
}

static tn_status width_of(tn_infer *c, const pool *p, int64_t *width) {
    size_t n;
    *width = 0;
    for (size_t i = 0; i < p->ncolumns; i++) {
        if (p->columns[i] < 0 || p->columns[i] >= INT32_MAX)
            return tn_infer_fail(c, "ngram_indexes[%zu] is %lld", i, (long long)p->columns[i]);
        if (p->columns[i] + 1 > *width) *width = p->columns[i] + 1;
    }
    tn_attr_floats(c->attrs, "weights", &n);
    if (n && n != p->ncolumns)
        return tn_infer_fail(c, "there are %zu weights for %zu n-grams", n, p->ncolumns);
    return TN_OK;
}

static tn_status check_lengths(tn_infer *c) {
    int64_t least = tn_attr_int(c->attrs, "min_gram_length"), most = tn_attr_int(c->attrs, "max_gram_length");
    if (least > most)
        return tn_infer_fail(c, "min_gram_length %lld is above max_gram_length %lld", (long long)least,
                             (long long)most);
    if (!tn_attr_is(c->attrs, "mode", "TF") && !tn_attr_is(c->attrs, "mode", "IDF") &&
        !tn_attr_is(c->attrs, "mode", "TFIDF"))
        return tn_infer_fail(c, "mode must be 'TF', 'IDF' or 'TFIDF', not '%s'",
                             tn_attr_string(c->attrs, "mode"));
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    pool p = pool_of(c->attrs);
    int64_t width;
    TN_TRY(check_lengths(c));
    TN_TRY(check_pool(c, &p));
    TN_TRY(width_of(c, &p, &width));
    TN_TRY(tni_want_rank(c, 0, "the input", 0, 2));
    if (x->rank < 0) return tni_shape_unknown(c, 0, TN_F32), TN_OK;
    tn_dim dim[] = {tn_k(width), tn_k(width)};
    if (x->rank == 2) dim[0] = x->dim[0];
    tni_shape_out(c, 0, TN_F32, x->rank == 2 ? 2 : 1, dim);
    return TN_OK;
}

// ----------------------------------------------------------------------------------------------- kernel

static int compare_texts(tn_str a, tn_str b) {
    size_t n = a.size < b.size ? a.size : b.size;
    int order = n ? memcmp(a.text, b.text, n) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare(const void *x, const void *y) {
    const gram *a = x, *b = y;
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (int64_t i = 0; i < a->n; i++) {
        int order = a->texts ? compare_texts(a->texts[i], b->texts[i])
                             : (a->ints[i] > b->ints[i]) - (a->ints[i] < b->ints[i]);
        if (order) return order;
    }
    return 0;
}

// The n-grams of lengths least to most, sorted.
static size_t list_grams(const pool *p, int64_t least, int64_t most, gram *to) {
    size_t count = 0;
    int64_t at = 0;
    for (size_t i = 0; i < p->nstarts; i++) {
        int64_t n = (int64_t)i + 1;
        for (int64_t first = p->starts[i]; first < end_of(p, i + 1); first += n, at++)
            if (n >= least && n <= most)
                to[count++] =
                    (gram){p->ints ? p->ints + first : NULL, p->texts ? p->texts + first : NULL, n, at};
    }
    if (count) qsort(to, count, sizeof *to, compare);
    return count;
}

typedef struct job {
    gram *list;
    size_t count;
    int64_t least, most, skips, length;
    const int64_t *ints; // one row of tokens
    const tn_str *texts;
    int64_t *row_ints; // room for one n-gram
    tn_str *row_texts;
    int64_t *found; // [n-grams of the pool]: how often
    double *sums;   // [width]
} job;

static void look_up(const job *j, int64_t n, int64_t first, int64_t step) {
    for (int64_t i = 0; i < n; i++) {
        if (j->ints) j->row_ints[i] = j->ints[first + i * step];
        if (j->texts) j->row_texts[i] = j->texts[first + i * step];
    }
    gram key = {j->ints ? j->row_ints : NULL, j->texts ? j->row_texts : NULL, n, 0};
    const gram *found = j->count ? bsearch(&key, j->list, j->count, sizeof key, compare) : NULL;
    if (found) j->found[found->at]++;
}

// Single tokens are not affected by skips: they count once.
static void count_row(const job *j) {
    for (int64_t n = j->least; n <= j->most && n <= j->length; n++)
        for (int64_t step = 1; step <= (n == 1 ? 1 : j->skips + 1); step++) {
            if (n > 1 && step > (j->length - 1) / (n - 1)) break;
            for (int64_t first = 0; first + (n - 1) * step < j->length; first++) look_up(j, n, first, step);
        }
}

static void add_up(tn_attrs a, const job *j, const pool *p) {
    size_t n;
    const float *weights = tn_attr_floats(a, "weights", &n);
    bool idf = tn_attr_is(a, "mode", "IDF"), weighted = n && !tn_attr_is(a, "mode", "TF");
    for (size_t i = 0; i < p->ncolumns; i++) {
        size_t w = p->columns[i] < (int64_t)n ? (size_t)p->columns[i] : i;
        double count = idf && j->found[i] > 1 ? 1 : (double)j->found[i];
        j->sums[p->columns[i]] += weighted ? count * (double)weights[w] : count;
    }
}

static tn_status make_room(tn_call *c, job *j, const pool *p, int64_t width, int64_t tokens) {
    int64_t *ints = tni_scratch(c, tokens, sizeof *ints);
    j->list = tni_scratch(c, (int64_t)p->ncolumns, sizeof *j->list);
    j->found = tni_scratch(c, (int64_t)p->ncolumns, sizeof *j->found);
    j->sums = tni_scratch(c, width, sizeof *j->sums);
    j->row_ints = tni_scratch(c, j->length, sizeof *j->row_ints);
    j->row_texts = tni_scratch(c, j->length, sizeof *j->row_texts);
    if (!ints || !j->list || !j->found || !j->sums || !j->row_ints || !j->row_texts) return TN_NOMEM;
    if (c->in[0]->dtype == TN_STRING) {
        j->texts = tni_strings(c->in[0]);
    } else {
        tni_load_int(ints, c->in[0], 0, 1, tokens);
        j->ints = ints;
    }
    return TN_OK;
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    if (!y || tn_count(y) == 0) return TN_OK;
    pool p = pool_of(c->attrs);
    job j = {.least = tn_attr_int(c->attrs, "min_gram_length")};
    j.most = tn_attr_int(c->attrs, "max_gram_length");
    j.skips = tn_attr_int(c->attrs, "max_skip_count");
    j.length = x->rank ? x->dim[x->rank - 1] : 1;
    int64_t rows = x->rank == 2 ? x->dim[0] : 1, width = y->dim[y->rank - 1];
    TN_TRY(make_room(c, &j, &p, width, tn_count(x)));
    j.count = list_grams(&p, j.least, j.most, j.list);
    for (int64_t r = 0; r < rows; r++) {
        memset(j.sums, 0, (size_t)width * sizeof *j.sums);
        memset(j.found, 0, p.ncolumns * sizeof *j.found);
        count_row(&j);
        add_up(c->attrs, &j, &p);
        tni_store(y, r * width, 1, width, j.sums);
        if (j.ints) j.ints += j.length;
        if (j.texts) j.texts += j.length;
    }
    return TN_OK;
}

TN_OP(tfidf_vectorizer) = {
    TN_HERE,
    .name = "TfIdfVectorizer",
    .since = 9,
    .doc = "how often the n-grams of a pool occur, weighted",
    .in = {{"X", "T"}},
    .out = {{"Y", "f32"}},
    .types = {{"T", TN_INDEXES | TN_BIT(TN_STRING)}},
    .attrs =
        {{"mode", TN_ATTR_STRING, TN_REQUIRED},
         {.name = "min_gram_length", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
         {.name = "max_gram_length", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
         {.name = "max_skip_count", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 0, .max = INT32_MAX},
         {"ngram_counts", TN_ATTR_INTS, TN_REQUIRED},
         {"ngram_indexes", TN_ATTR_INTS, TN_REQUIRED},
         {"pool_int64s", TN_ATTR_INTS},
         {"pool_strings", TN_ATTR_STRINGS},
         {"weights", TN_ATTR_FLOATS}},
    .infer = infer,
    .ref = ref,
};
