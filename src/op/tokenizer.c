// SPDX-License-Identifier: Apache-2.0
// tokenizer.c - com.microsoft Tokenizer, which converted text pipelines of scikit-learn begin with: each text
// becomes a row of its words, padded to the longest row. Words are what matches `tokenexp`, or what is left
// between matches of `separators`; one empty separator makes every character a word.
#include "op/letter_case.h"
#include "op/op.h"
#include "op/regex.h"

static const char begin_mark[] = "\x02", end_mark[] = "\x03";

static void *infer_memory(void *c, size_t bytes) { return tn_infer_alloc(c, bytes); }
static void *call_memory(void *c, size_t bytes) { return tn_call_scratch(c, bytes); }

// --------------------------------------------------------------------------------------------- inference

static tn_status check_pattern(tn_infer *c, const char *pattern) {
    const char *problem = NULL;
    size_t at = 0;
    tni_regex *re;
    tn_status status = tni_regex_new(&re, (tni_regex_memory){infer_memory, c}, pattern, &problem, &at);
    if (status != TN_INVALID) return status;
    return tn_infer_fail(c, "'%s', at character %zu: %s", pattern, at, problem);
}

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    size_t n;
    tn_dim dim[TN_MAX_RANK];
    const tn_str *separator = tn_attr_strings(c->attrs, "separators", &n);
    bool pattern = *tn_attr_string(c->attrs, "tokenexp") != 0;
    TN_TRY(tni_want_rank(c, 0, "the input", 1, 2));
    if (pattern == (n > 0))
        return tn_infer_fail(c, "exactly one of the attributes tokenexp and separators must be given");
    if (pattern) TN_TRY(check_pattern(c, tn_attr_string(c->attrs, "tokenexp")));
    for (size_t i = 0; i < n; i++) TN_TRY(check_pattern(c, separator[i].text));
    if (x->rank < 0) return tni_shape_unknown(c, 0, TN_STRING), TN_OK;
    memcpy(dim, x->dim, (size_t)x->rank * sizeof *dim);
    dim[x->rank] = tn_dim_fresh(c->dims);
    tni_shape_out(c, 0, TN_STRING, x->rank + 1, dim);
    return TN_OK;
}

// ------------------------------------------------------------------------------------------------- words

typedef struct splitter {
    tni_regex *pattern;        // of words; NULL: separators or characters
    tni_regex **separator;     // [nseparators]
    size_t nseparators, least; // characters of a word
    bool characters;
} splitter;

// Words of one text, written when `to` is there.
typedef struct row {
    const splitter *s;
    tn_str *to;
    int64_t n;
} row;

static size_t character(tn_str text, size_t at) {
    uint32_t code;
    size_t size = tni_utf8_read(text.text + at, text.size - at, &code);
    return size ? size : 1;
}

static void give(row *r, tn_str word) {
    size_t count = 0;
    for (size_t at = 0; at < word.size; at += character(word, at)) count++;
    if (count < r->s->least || count == 0) return;
    if (r->to) r->to[r->n] = word;
    r->n++;
}

static void by_pattern(row *r, tn_str text) {
    size_t end;
    for (size_t at = 0; at < text.size;) {
        bool found = tni_regex_longest(r->s->pattern, text, at, &end) && end > at;
        if (found) give(r, (tn_str){text.text + at, end - at});
        at = found ? end : at + character(text, at);
    }
}

// What is left of `text` after separator k and those behind it.
static void by_separators(row *r, tn_str text, size_t k) {
    size_t begin = 0, at = 0, end;
    if (k == r->s->nseparators) {
        give(r, text);
        return;
    }
    while (at < text.size) {
        bool found = tni_regex_longest(r->s->separator[k], text, at, &end) && end > at;
        if (found && at > begin) by_separators(r, (tn_str){text.text + begin, at - begin}, k + 1);
        at = found ? end : at + character(text, at);
        if (found) begin = at;
    }
    if (begin < text.size) by_separators(r, (tn_str){text.text + begin, text.size - begin}, k + 1);
}

static int64_t split(const splitter *s, tn_str text, tn_str *to) {
    row r = {.s = s, .to = to};
    if (s->characters)
        for (size_t at = 0; at < text.size; at += character(text, at))
            give(&r, (tn_str){text.text + at, character(text, at)});
    else if (s->pattern)
        by_pattern(&r, text);
    else
        by_separators(&r, text, 0);
    return r.n;
}

// ------------------------------------------------------------------------------------------------- kernel

static tn_status compile(tn_call *c, splitter *s) {
    const char *problem;
    size_t at;
    const tn_str *text = tn_attr_strings(c->attrs, "separators", &s->nseparators);
    tni_regex_memory memory = {call_memory, c};
    s->least = (size_t)tn_attr_int(c->attrs, "mincharnum");
    s->characters = s->nseparators == 1 && text[0].size == 0;
    if (!s->nseparators)
        return tni_regex_new(&s->pattern, memory, tn_attr_string(c->attrs, "tokenexp"), &problem, &at);
    s->separator = tni_scratch(c, (int64_t)s->nseparators, sizeof(tni_regex *));
    if (!s->separator) return TN_NOMEM;
    for (size_t i = 0; i < s->nseparators; i++)
        TN_TRY(tni_regex_new(&s->separator[i], memory, text[i].text, &problem, &at));
    return TN_OK;
}

static void write_rows(tn_call *c, const splitter *s, int64_t wide) {
    const tn_tensor *x = c->in[0];
    const char *pad = tn_attr_string(c->attrs, "pad_value");
    bool mark = tn_attr_int(c->attrs, "mark") != 0;
    tn_str *to = c->out[0]->data;
    for (int64_t i = 0; i < tn_count(x); i++, to += wide) {
        int64_t n = mark;
        if (mark) to[0] = (tn_str){begin_mark, 1};
        n += split(s, tni_strings(x)[i], to + n);
        if (mark) to[n++] = (tn_str){end_mark, 1};
        while (n < wide) to[n++] = (tn_str){pad, strlen(pad)};
    }
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    int64_t wide = 0, dim[TN_MAX_RANK], count = tn_count(x);
    splitter s = {0};
    TN_TRY(compile(c, &s));
    for (int64_t i = 0; i < count; i++) {
        int64_t n = split(&s, tni_strings(x)[i], NULL);
        if (n > wide) wide = n;
    }
    if (tn_attr_int(c->attrs, "mark")) wide += 2;
    memcpy(dim, x->dim, (size_t)x->rank * sizeof *dim);
    dim[x->rank] = wide;
    TN_TRY(tn_call_resize(c, 0, x->rank + 1, dim));
    if (c->out[0]) write_rows(c, &s, wide);
    return TN_OK;
}

TN_OP(ms_tokenizer) = {
    TN_HERE,
    .name = "Tokenizer",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "texts as rows of words",
    .traits = TN_DATA_SHAPE,
    .in = {{"X", "string"}},
    .out = {{"Y", "string"}},
    .attrs = {{"mark", TN_ATTR_INT},
              {.name = "mincharnum", .kind = TN_ATTR_INT, .i = 1, .min = 0, .max = INT32_MAX},
              {"pad_value", TN_ATTR_STRING, .s = ""},
              {"separators", TN_ATTR_STRINGS},
              {"tokenexp", TN_ATTR_STRING, .s = ""}},
    .infer = infer,
    .ref = ref,
};
