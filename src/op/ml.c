// SPDX-License-Identifier: Apache-2.0
// ml.c - transforms of scores, class labels and key tables of the ai.onnx.ml operators.
#include "op/ml.h"

#include <stdlib.h>

// ------------------------------------------------------------------------------------------- transforms

static const char *const names[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};

bool tni_ml_transform_parse(const char *name, tni_ml_transform *to) {
    for (int i = 0; i <= TNI_ML_PROBIT; i++)
        if (!strcmp(name, names[i])) return *to = (tni_ml_transform)i, true;
    return false;
}

tn_status tni_ml_check_transform(tn_infer *c) {
    tni_ml_transform t;
    const char *name = tn_attr_string(c->attrs, "post_transform");
    if (tni_ml_transform_parse(name, &t)) return TN_OK;
    return tn_infer_fail(
        c, "post_transform must be NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or PROBIT, not '%s'", name);
}

tni_ml_transform tni_ml_transform_of(tn_attrs a) {
    tni_ml_transform t = TNI_ML_NONE;
    tni_ml_transform_parse(tn_attr_string(a, "post_transform"), &t);
    return t;
}

static double probit(double p) {
    const double pi = 3.14159265358979323846, a = 0.147;
    double x = 2 * p - 1, l = log((1 - x) * (1 + x));
    double v = 2 / (pi * a) + l / 2;
    return (x < 0 ? -1 : 1) * sqrt(2.0) * sqrt(-v + sqrt(v * v - l / a));
}

// With `zeros`, scores of 0 stay 0 and have no part in the sum.
static void softmax(double *s, int64_t n, bool zeros) {
    double most = -HUGE_VAL, sum = 0;
    for (int64_t k = 0; k < n; k++)
        if (s[k] > most) most = s[k];
    for (int64_t k = 0; k < n; k++) {
        bool zero = zeros && fabs(s[k]) <= 1e-7;
        s[k] = zero ? s[k] * exp(-most) : exp(s[k] - most);
        sum += s[k];
    }
    for (int64_t k = 0; k < n; k++) s[k] = sum == 0 ? 0.5 : s[k] / sum;
}

void tni_ml_apply(tni_ml_transform t, double *s, int64_t n) {
    if (t == TNI_ML_SOFTMAX || t == TNI_ML_SOFTMAX_ZERO) softmax(s, n, t == TNI_ML_SOFTMAX_ZERO);
    for (int64_t k = 0; k < n && t == TNI_ML_LOGISTIC; k++) s[k] = 1 / (1 + exp(-s[k]));
    for (int64_t k = 0; k < n && t == TNI_ML_PROBIT; k++) s[k] = probit(s[k]);
}

// ------------------------------------------------------------------------------------------------ labels

tni_ml_labels tni_ml_labels_of(tn_attrs a, const char *ints, const char *texts) {
    tni_ml_labels l;
    size_t n;
    l.ints = tn_attr_ints(a, ints, &l.n);
    l.texts = tn_attr_strings(a, texts, &n);
    if (l.n == 0 && n) l = (tni_ml_labels){n, NULL, l.texts};
    return l;
}

void tni_ml_give_label(const tn_tensor *y, int64_t row, const tni_ml_labels *l, size_t label) {
    if (!y) return;
    if (y->dtype == TN_STRING)
        ((tn_str *)y->data)[row] = l->texts[label];
    else
        tni_store_int(y, row, 1, 1, &l->ints[label]);
}

void tni_ml_rows(const tn_tensor *x, int64_t *rows, int64_t *features) {
    *rows = x->rank == 2 ? x->dim[0] : 1;
    *features = x->dim[x->rank - 1];
}

tn_status tni_ml_infer_rows(tn_infer *c, tn_dim *rows, tn_dim *features) {
    TN_TRY(tni_want_rank(c, 0, "the input", 1, 2));
    *rows = tn_dim_fresh(c->dims);
    *features = tn_dim_fresh(c->dims);
    if (!tni_ranked(c, 0)) return TN_OK;
    const tn_type *x = &c->in[0]->type;
    *rows = x->rank == 2 ? x->dim[0] : tn_k(1);
    *features = x->dim[x->rank - 1];
    return TN_OK;
}

tn_status tni_ml_infer_classes(tn_infer *c, const tni_ml_labels *l, int64_t scores) {
    tn_dim dim[2], features;
    TN_TRY(tni_ml_infer_rows(c, &dim[0], &features));
    dim[1] = tn_k(scores);
    tni_shape_out(c, 0, l->ints ? TN_I64 : TN_STRING, 1, dim);
    tni_shape_out(c, 1, TN_F32, 2, dim);
    return TN_OK;
}

// ------------------------------------------------------------------------------------------------ tables

static void *mutable(const void *p) { return (void *)(uintptr_t)p; }

static bool vector(tn_tensor *t, tn_dtype dtype, size_t n, const void *data) {
    *t =
        (tn_tensor){.kind = TN_TENSOR, .dtype = dtype, .rank = 1, .dim = {(int64_t)n}, .data = mutable(data)};
    t->bytes = n * tni_bits(dtype) / 8;
    return n > 0;
}

bool tni_ml_list(tn_attrs a, const char *ints, const char *floats, const char *texts, tn_tensor *to) {
    size_t n;
    const int64_t *i = tn_attr_ints(a, ints, &n);
    if (n) return vector(to, TN_I64, n, i);
    const float *f = tn_attr_floats(a, floats, &n);
    if (n) return vector(to, TN_F32, n, f);
    const tn_str *s = tn_attr_strings(a, texts, &n);
    return vector(to, TN_STRING, n, s);
}

static tni_ml_key key_of(const tn_tensor *t, int64_t i) {
    tni_ml_key k = {.at = i};
    if (t->dtype == TN_STRING)
        k.text = tni_strings(t)[i];
    else if (tni_is_float(t->dtype))
        k.real = tni_get(t, i);
    else
        k.whole = tni_get_int(t, i);
    return k;
}

// NaN is greatest; 0 and -0 are equal.
static int compare_keys(const tni_ml_key *a, const tni_ml_key *b) {
    size_t n = a->text.size < b->text.size ? a->text.size : b->text.size;
    int order = n ? memcmp(a->text.text, b->text.text, n) : 0;
    if (!order) order = (a->text.size > b->text.size) - (a->text.size < b->text.size);
    if (!order) order = (a->whole > b->whole) - (a->whole < b->whole);
    if (!order) order = (isnan(a->real) != 0) - (isnan(b->real) != 0);
    return order ? order : (a->real > b->real) - (a->real < b->real);
}

static int compare_places(const void *x, const void *y) {
    const tni_ml_key *a = x, *b = y;
    int order = compare_keys(a, b);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

tn_status tni_ml_table_new(tn_call *c, tni_ml_table *t, const tn_tensor *keys) {
    t->n = (size_t)tn_count(keys);
    t->key = tni_scratch(c, (int64_t)t->n, sizeof *t->key);
    if (!t->key) return TN_NOMEM;
    for (size_t i = 0; i < t->n; i++) t->key[i] = key_of(keys, (int64_t)i);
    if (t->n) qsort(t->key, t->n, sizeof *t->key, compare_places);
    return TN_OK;
}

int64_t tni_ml_find(const tni_ml_table *t, const tn_tensor *x, int64_t i) {
    tni_ml_key key = key_of(x, i);
    size_t low = 0, high = t->n; // the first key that is greater
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(&t->key[middle], &key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && compare_keys(&t->key[low - 1], &key) == 0 ? t->key[low - 1].at : -1;
}
