// SPDX-License-Identifier: Apache-2.0
// ml_map.c - ZipMap, DictVectorizer and CastMap: the operators that give or take maps. A map named m is two
// tensors here: m holds the values and m.keys the keys. A sequence of maps with the same keys, which is what
// ZipMap gives, is a matrix of values, one row a map, and one vector of keys.
#include "op/ml.h"

#include <stdio.h>
#include <stdlib.h>

static const char *keys_name(tni_spec *s, const char *of) {
    size_t n = strlen(of);
    char *name = tni_arena_alloc(&s->graph->root->arena, n + sizeof ".keys");
    if (name) memcpy(memcpy(name, of, n) ? name + n : name, ".keys", sizeof ".keys");
    return name;
}

// --------------------------------------------------------------------------------------------- ZipMap

static tn_tensor *labels(tni_spec *s, const tn_attr *list) {
    bool texts = list->kind == TN_ATTR_STRINGS;
    int64_t n = (int64_t)list->n;
    tn_tensor *t = tni_tensor_new(&s->graph->root->arena, texts ? TN_STRING : TN_I64, 1, &n);
    if (t && n) memcpy(t->data, texts ? (const void *)list->strings : (const void *)list->ints, t->bytes);
    return t;
}

static tn_status check_columns(tni_spec *s, size_t n) {
    const tni_value *x = s->nin > 0 ? s->in[0] : NULL;
    if (!x) return tni_spec_fail(s, NULL, "the input is missing");
    const tn_type *t = &x->info.type;
    if (t->rank < 0) return TN_OK;
    if (t->rank < 1 || t->rank > 2) return tni_spec_fail(s, NULL, "the input must have rank 1 or 2");
    tn_dim columns = t->dim[t->rank - 1];
    if (columns.e || columns.k == (int64_t)n) return TN_OK;
    return tni_spec_fail(s, NULL, "there are %zu class labels for %lld columns", n, (long long)columns.k);
}

// The values are the input as it is, the keys a constant beside it; readers make both the model's outputs.
static tn_status zip_upgrade(tni_spec *s) {
    const tn_attr *list = tni_spec_attr(s, "classlabels_strings");
    if (!list || list->n == 0) list = tni_spec_attr(s, "classlabels_int64s");
    if (!list || list->n == 0 || (list->kind != TN_ATTR_INTS && list->kind != TN_ATTR_STRINGS))
        return tni_spec_fail(s, NULL, "none of the attributes classlabels_* is given");
    TN_TRY(check_columns(s, list->n));
    const char *name = s->nout > 0 && s->outs[0] && *s->outs[0] ? keys_name(s, s->outs[0]) : NULL;
    tn_tensor *keys = labels(s, list);
    if (!keys || (name && !tni_value_const(s->graph, name, keys))) return TN_NOMEM;
    tni_spec_drop(s, "classlabels_strings");
    tni_spec_drop(s, "classlabels_int64s");
    s->domain = "";
    s->op = "Identity";
    return TN_OK;
}

TN_OP(ml_zip_map) = {
    TN_HERE,
    .name = "ZipMap",
    TNI_ML,
    .since = 1,
    .doc = "rows as maps: the rows as they are, the keys beside them",
    .in = {{"X", "f32"}},
    .out = {{"Z", "f32"}},
    .attrs = {{"classlabels_int64s", TN_ATTR_INTS}, {"classlabels_strings", TN_ATTR_STRINGS}},
    .upgrade = zip_upgrade,
};

// -------------------------------------------------------------------------------------- DictVectorizer

// A node of the model has one input, the map: the keys are beside the values.
static tn_status map_upgrade(tni_spec *s) {
    if (s->nin != 1 || !s->in[0]) return TN_OK;
    const char *name = keys_name(s, s->in[0]->name);
    if (!name) return TN_NOMEM;
    tni_value *keys = tni_value_find(s->graph, name);
    if (!keys) return tni_spec_fail(s, NULL, "the input is not a map: there are no keys '%s'", name);
    return tni_spec_input(s, 1, keys);
}

static tn_status check_map(tn_infer *c) {
    TN_TRY(tni_want_rank(c, 0, "the values", 1, 1));
    TN_TRY(tni_want_rank(c, 1, "the keys", 1, 1));
    if (!tni_ranked(c, 0) || !tni_ranked(c, 1)) return TN_OK;
    return tni_want_dim(c, c->in[1]->type.dim[0], c->in[0]->type.dim[0], "number of keys");
}

static tn_status check_map_call(tn_call *c) {
    if (c->in[0]->dim[0] == c->in[1]->dim[0]) return TN_OK;
    return tn_call_fail(c, TN_INVALID, "there are %lld keys for %lld values", (long long)c->in[1]->dim[0],
                        (long long)c->in[0]->dim[0]);
}

static tn_status vectorizer_infer(tn_infer *c) {
    tn_tensor words;
    TN_TRY(check_map(c));
    if (!tni_ml_list(c->attrs, "int64_vocabulary", "", "string_vocabulary", &words))
        return tn_infer_fail(c, "none of the attributes *_vocabulary is given");
    if (tni_given(c, 1) && words.dtype != c->in[1]->type.dtype)
        return tn_infer_fail(c, "the vocabulary is %s, the keys are %s", tn_dtype_text(words.dtype),
                             tn_dtype_text(c->in[1]->type.dtype));
    tn_dim dim[] = {tn_k(1), tn_k(words.dim[0])};
    tni_shape_out(c, 0, c->in[0]->type.dtype, 2, dim);
    return TN_OK;
}

static tn_status vectorizer_ref(tn_call *c) {
    tn_tensor words;
    tni_ml_table table;
    const tn_tensor *y = c->out[0];
    if (!y) return TN_OK;
    TN_TRY(check_map_call(c));
    TN_TRY(tni_ml_table_new(c, &table, c->in[1]));
    if (!tni_ml_list(c->attrs, "int64_vocabulary", "", "string_vocabulary", &words)) return TN_INVALID;
    if (y->dtype == TN_STRING)
        for (int64_t i = 0; i < words.dim[0]; i++) ((tn_str *)y->data)[i] = (tn_str){"", 0};
    else if (y->bytes)
        memset(y->data, 0, y->bytes);
    for (int64_t i = 0; i < words.dim[0]; i++) {
        int64_t at = tni_ml_find(&table, &words, i);
        if (at >= 0) tni_copy(y, i, c->in[0], at, 1, 1);
    }
    return TN_OK;
}

#define KEYS (TN_BIT(TN_I64) | TN_BIT(TN_STRING))

TN_OP(ml_dict_vectorizer) = {
    TN_HERE,
    .name = "DictVectorizer",
    TNI_ML,
    .since = 1,
    .doc = "a map's values in the order of a vocabulary, 0 where there is none",
    .in = {{"X", "T"}, {"keys", "K"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_ML_NUMBERS | TN_BIT(TN_STRING)}, {"K", KEYS}},
    .attrs = {{"int64_vocabulary", TN_ATTR_INTS}, {"string_vocabulary", TN_ATTR_STRINGS}},
    .infer = vectorizer_infer,
    .ref = vectorizer_ref,
    .upgrade = map_upgrade,
};

// --------------------------------------------------------------------------------------------- CastMap

static tn_dtype cast_to(tn_attrs a) {
    if (tn_attr_is(a, "cast_to", "TO_STRING")) return TN_STRING;
    if (tn_attr_is(a, "cast_to", "TO_INT64")) return TN_I64;
    return tn_attr_is(a, "cast_to", "TO_FLOAT") ? TN_F32 : TN_UNDEFINED;
}

static tn_status cast_infer(tn_infer *c) {
    bool sparse = tn_attr_is(c->attrs, "map_form", "SPARSE");
    tn_dtype to = cast_to(c->attrs);
    TN_TRY(check_map(c));
    if (to == TN_UNDEFINED)
        return tn_infer_fail(c, "cast_to must be TO_FLOAT, TO_STRING or TO_INT64, not '%s'",
                             tn_attr_string(c->attrs, "cast_to"));
    if (!sparse && !tn_attr_is(c->attrs, "map_form", "DENSE"))
        return tn_infer_fail(c, "map_form must be DENSE or SPARSE, not '%s'",
                             tn_attr_string(c->attrs, "map_form"));
    tn_dim dim[] = {tn_k(1), tn_dim_fresh(c->dims)};
    if (sparse)
        dim[1] = tn_k(tn_attr_int(c->attrs, "max_map"));
    else if (tni_ranked(c, 0))
        dim[1] = c->in[0]->type.dim[0];
    tni_shape_out(c, 0, to, 2, dim);
    return TN_OK;
}

static tn_status cast_one(tn_call *c, int64_t from, int64_t to) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    if (x->dtype == y->dtype) return tni_copy(y, to, x, from, 1, 1), TN_OK;
    if (x->dtype != TN_STRING && y->dtype != TN_STRING) return tni_set(y, to, tni_get(x, from)), TN_OK;
    char *text = tn_call_text(c, 64), *end;
    if (!text) return TN_NOMEM;
    if (y->dtype == TN_STRING) {
        int n = snprintf(text, 64, "%f", tni_get(x, from));
        ((tn_str *)y->data)[to] = (tn_str){text, (size_t)(n < 64 ? n : 63)};
        return TN_OK;
    }
    tn_str s = tni_strings(x)[from];
    size_t n = s.size < 63 ? s.size : 63;
    if (n) memcpy(text, s.text, n);
    text[n] = 0;
    double v = strtod(text, &end);
    if (s.size >= 63 || end == text || *end)
        return tn_call_fail(c, TN_INVALID, "value %lld, '%s', is not a number", (long long)from, text);
    tni_set(y, to, v);
    return TN_OK;
}

// Dense: the values by ascending key. Sparse: each at the place that its key says.
static tn_status cast_ref(tn_call *c) {
    tni_ml_table table;
    const tn_tensor *y = c->out[0];
    if (!y) return TN_OK;
    TN_TRY(check_map_call(c));
    TN_TRY(tni_ml_table_new(c, &table, c->in[1]));
    bool sparse = tn_attr_is(c->attrs, "map_form", "SPARSE");
    if (y->dtype == TN_STRING)
        for (int64_t i = 0; i < y->dim[1]; i++) ((tn_str *)y->data)[i] = (tn_str){"", 0};
    else if (y->bytes)
        memset(y->data, 0, y->bytes);
    for (size_t i = 0; i < table.n; i++) {
        int64_t to = sparse ? table.key[i].whole : (int64_t)i;
        if (to < 0) return tn_call_fail(c, TN_INVALID, "key %lld is negative", (long long)to);
        if (to < y->dim[1]) TN_TRY(cast_one(c, table.key[i].at, to));
    }
    return TN_OK;
}

TN_OP(ml_cast_map) = {
    TN_HERE,
    .name = "CastMap",
    TNI_ML,
    .since = 1,
    .doc = "a map's values by ascending key, or each at its key's place",
    .in = {{"X", "T1"}, {"keys", "i64"}},
    .out = {{"Y", "T2"}},
    .types = {{"T1", TN_BIT(TN_F32) | TN_BIT(TN_STRING)},
              {"T2", TN_BIT(TN_F32) | TN_BIT(TN_STRING) | TN_BIT(TN_I64)}},
    .attrs = {{"cast_to", TN_ATTR_STRING, .s = "TO_FLOAT"},
              {"map_form", TN_ATTR_STRING, .s = "DENSE"},
              {.name = "max_map", .kind = TN_ATTR_INT, .i = 1, .min = 1, .max = INT32_MAX}},
    .infer = cast_infer,
    .ref = cast_ref,
    .upgrade = map_upgrade,
};
