// SPDX-License-Identifier: Apache-2.0
// string.c - StringConcat, StringSplit, StringNormalizer: text in front of a network. Text is UTF-8; elements
// may share their bytes with the input's.
#include "op/buffer.h"
#include "op/letter_case.h"

static tn_str *texts(const tn_tensor *t) { return (tn_str *)t->data; }

// ----------------------------------------------------------------------------------------- StringConcat

static tn_status join(tn_call *c, tn_str a, tn_str b, tn_str *to) {
    size_t size;
    if (!ck_add(a.size, b.size, &size) || size == SIZE_MAX) return TN_NOMEM;
    char *text = tn_call_text(c, size + 1);
    if (!text) return TN_NOMEM;
    if (a.size) memcpy(text, a.text, a.size);
    if (b.size) memcpy(text + a.size, b.text, b.size);
    text[size] = 0;
    *to = (tn_str){text, size};
    return TN_OK;
}

static tn_status concat_ref(tn_call *c) {
    if (!c->out[0]) return TN_OK;
    const tn_str *a = tni_strings(c->in[0]), *b = tni_strings(c->in[1]);
    tn_str *y = texts(c->out[0]);
    tni_walk w;
    tni_walk_begin(&w, c->out[0], 2, c->in);
    while (tni_walk_next(&w))
        for (int64_t k = 0; k < w.n; k++)
            TN_TRY(join(c, a[w.in_at[0] + k * w.step[0]], b[w.in_at[1] + k * w.step[1]], &y[w.at + k]));
    return TN_OK;
}

TN_OP(string_concat) = {
    TN_HERE,
    .name = "StringConcat",
    .since = 20,
    .doc = "texts joined, element by element",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "string"}, {"Y", "string"}},
    .out = {{"Z", "string"}},
    .infer = tn_infer_broadcast,
    .ref = concat_ref,
};

// ------------------------------------------------------------------------------------------ StringSplit

// Where the parts of one text end: at `by`, or, when `by` is empty, at runs of white space, which are dropped
// at both ends of the text as well. After `most` cuts the rest is the last part.
typedef struct cutter {
    tn_str by, rest;
    int64_t most, cuts;
    bool done;
} cutter;

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static tn_str skip(tn_str s, size_t n) { return (tn_str){s.text + n, s.size - n}; }

static tn_str skip_space(tn_str s) {
    while (s.size && is_space(*s.text)) s = skip(s, 1);
    return s;
}

static size_t find_space(tn_str s) {
    size_t at = 0;
    while (at < s.size && !is_space(s.text[at])) at++;
    return at;
}

static size_t find(tn_str s, tn_str by) {
    for (size_t at = 0; by.size <= s.size && at <= s.size - by.size; at++)
        if (!memcmp(s.text + at, by.text, by.size)) return at;
    return s.size;
}

static bool next_part(cutter *k, tn_str *part) {
    bool space = k->by.size == 0;
    if (space) k->rest = skip_space(k->rest);
    if (k->done || (space && k->rest.size == 0)) return false;
    size_t at = k->cuts == k->most ? k->rest.size : space ? find_space(k->rest) : find(k->rest, k->by);
    *part = (tn_str){k->rest.text, at};
    k->done = at == k->rest.size;
    k->rest = skip(k->rest, k->done ? at : at + k->by.size);
    k->cuts++;
    return true;
}

static cutter begin_cut(const tn_call *c, tn_str text) {
    const char *by = tn_attr_string(c->attrs, "delimiter");
    int64_t most = tn_attr_has(c->attrs, "maxsplit") ? tn_attr_int(c->attrs, "maxsplit") : -1;
    if (!text.text) text.text = "";
    while (!*by && text.size && is_space(text.text[text.size - 1])) text.size--;
    return (cutter){.by = {by, strlen(by)}, .rest = text, .most = most < 0 ? INT64_MAX : most};
}

static tn_status split_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    if (x->rank == TN_MAX_RANK)
        return tn_infer_fail(c, "the result would have rank %d, the limit is %d", TN_MAX_RANK + 1,
                             TN_MAX_RANK);
    tni_shape_unknown(c, 0, TN_STRING);
    tni_shape_unknown(c, 1, TN_I64);
    if (x->rank < 0) return TN_OK;
    tn_dim dim[TN_MAX_RANK];
    memcpy(dim, x->dim, (size_t)x->rank * sizeof *dim);
    tni_shape_out(c, 1, TN_I64, x->rank, dim);
    dim[x->rank] = tn_dim_fresh(c->dims);
    tni_shape_out(c, 0, TN_STRING, x->rank + 1, dim);
    return TN_OK;
}

static tn_status split_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    int64_t n = tn_count(x), widest = 0, dim[TN_MAX_RANK];
    int64_t *counts = tni_scratch(c, n, sizeof *counts);
    tn_str part;
    if (!counts) return TN_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        cutter k = begin_cut(c, tni_strings(x)[i]);
        for (counts[i] = 0; next_part(&k, &part); counts[i]++) {}
        if (counts[i] > widest) widest = counts[i];
    }
    memcpy(dim, x->dim, (size_t)x->rank * sizeof *dim);
    dim[x->rank] = widest;
    TN_TRY(tn_call_resize(c, 1, x->rank, dim));
    TN_TRY(tn_call_resize(c, 0, x->rank + 1, dim));
    for (int64_t i = 0; i < n; i++) {
        cutter k = begin_cut(c, tni_strings(x)[i]);
        tn_str *y = c->out[0] ? texts(c->out[0]) + i * widest : NULL;
        for (int64_t at = 0; y && at < widest; at++) {
            if (!next_part(&k, &part)) part = (tn_str){"", 0};
            TN_TRY(join(c, part, (tn_str){"", 0}, &y[at])); // parts must end in a zero byte
        }
    }
    if (c->nout > 1 && c->out[1]) tni_store_int(c->out[1], 0, 1, n, counts);
    return TN_OK;
}

TN_OP(string_split) = {
    TN_HERE,
    .name = "StringSplit",
    .since = 20,
    .doc = "the parts of texts between delimiters, and how many there are",
    .traits = TN_DATA_SHAPE,
    .in = {{"X", "string"}},
    .out = {{"Y", "string"}, {"Z", "i64"}},
    .attrs = {{"delimiter", TN_ATTR_STRING, .s = ""}, {"maxsplit", TN_ATTR_INT, TN_PRESENCE}},
    .infer = split_infer,
    .ref = split_ref,
};

// ------------------------------------------------------------------------------------- StringNormalizer

static bool case_action(tn_attrs a, tni_letter_case *to) {
    *to = tn_attr_is(a, "case_change_action", "LOWER")   ? TNI_LOWER
          : tn_attr_is(a, "case_change_action", "UPPER") ? TNI_UPPER
                                                         : TNI_KEEP;
    return *to != TNI_KEEP || tn_attr_is(a, "case_change_action", "NONE");
}

static tn_status normalizer_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    tni_letter_case action;
    if (!case_action(c->attrs, &action))
        return tn_infer_fail(c, "case_change_action must be 'LOWER', 'UPPER' or 'NONE', not '%s'",
                             tn_attr_string(c->attrs, "case_change_action"));
    TN_TRY(tni_want_rank(c, 0, "the input", 1, 2));
    if (x->rank < 0) return tni_shape_unknown(c, 0, TN_STRING), TN_OK;
    if (x->rank == 2) TN_TRY(tni_want_dim(c, x->dim[0], tn_k(1), "first dimension of a rank-2 input"));
    tn_dim dim[] = {x->dim[0], x->dim[0]};
    dim[x->rank - 1] = tn_dim_fresh(c->dims);
    tni_shape_out(c, 0, TN_STRING, x->rank, dim);
    return TN_OK;
}

static tn_status change(tn_call *c, tni_letter_case action, tn_str from, tn_str *to) {
    size_t room;
    if (!ck_mul(from.size, TNI_CASE_GROWTH, &room) || room == SIZE_MAX) return TN_NOMEM;
    char *text = tn_call_text(c, room + 1);
    if (!text) return TN_NOMEM;
    *to = (tn_str){text, tni_change_case(text, from, action)};
    text[to->size] = 0;
    return TN_OK;
}

// The stop words as they are compared: in lower case when case says nothing.
static tn_status load_stops(tn_call *c, bool exact, const tn_str **to, size_t *n) {
    const tn_str *words = tn_attr_strings(c->attrs, "stopwords", n);
    *to = words;
    if (exact || *n == 0) return TN_OK;
    tn_str *low = tni_scratch(c, (int64_t)*n, sizeof *low);
    if (!low) return TN_NOMEM;
    for (size_t i = 0; i < *n; i++) TN_TRY(change(c, TNI_LOWER, words[i], &low[i]));
    *to = low;
    return TN_OK;
}

static bool among(tn_str word, const tn_str *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (tni_str_equal(word, list[i])) return true;
    return false;
}

static tn_status normalizer_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    const tn_str *stops, none = {"", 0};
    int64_t n = tn_count(x), kept = 0;
    size_t nstops;
    tni_letter_case action;
    bool exact = tn_attr_int(c->attrs, "is_case_sensitive") != 0;
    tn_str *keep = tni_scratch(c, n + 1, sizeof *keep);
    if (!keep) return TN_NOMEM;
    case_action(c->attrs, &action);
    TN_TRY(load_stops(c, exact, &stops, &nstops));
    for (int64_t i = 0; i < n; i++) {
        tn_str word = tni_strings(x)[i];
        if (!exact && nstops) TN_TRY(change(c, TNI_LOWER, word, &word));
        if (among(word, stops, nstops)) continue;
        TN_TRY(change(c, action, tni_strings(x)[i], &keep[kept++]));
    }
    if (kept == 0) keep[kept++] = none; // nothing left is one empty text
    int64_t dim[] = {kept, kept};
    if (x->rank == 2) dim[0] = 1;
    TN_TRY(tn_call_resize(c, 0, x->rank, dim));
    if (c->out[0]) memcpy(c->out[0]->data, keep, (size_t)kept * sizeof *keep);
    return TN_OK;
}

TN_OP(string_normalizer) = {
    TN_HERE,
    .name = "StringNormalizer",
    .since = 10,
    .doc = "texts without the stop words, in lower or upper case",
    .traits = TN_DATA_SHAPE,
    .in = {{"X", "string"}},
    .out = {{"Y", "string"}},
    .attrs = {{"case_change_action", TN_ATTR_STRING, .s = "NONE"},
              {"is_case_sensitive", TN_ATTR_INT},
              {"locale", TN_ATTR_STRING, .s = ""}, // letters change the same way everywhere
              {"stopwords", TN_ATTR_STRINGS}},
    .infer = normalizer_infer,
    .ref = normalizer_ref,
};
