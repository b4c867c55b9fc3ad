// SPDX-License-Identifier: Apache-2.0
// regex.c - RegexFullMatch, and the machine behind it: the tree becomes a program whose every step reads one
// character, and all threads through it advance together (Thompson, 1968; Pike's virtual machine). No pattern
// and no text can make it slower than steps times characters.
#include "op/regex.h"

#include "op/letter_case.h"
#include "op/op.h"

enum { MAX_STEPS = 100000 };

typedef enum step_kind { SET, ASSERT, SPLIT, JUMP, MATCH } step_kind;

typedef struct step {
    step_kind kind;
    const tni_regex_node *node; // SET, ASSERT
    uint32_t to, or_to;         // SPLIT: both; JUMP: to
} step;

struct tni_regex {
    uint32_t nsteps;
    step *step;
    uint32_t *now, *next, *stack; // [nsteps]
    uint32_t *seen, round;        // [nsteps]: the last round in which the step was added
};

// --------------------------------------------------------------------------------------------- program

static uint64_t count_steps(const tni_regex_node *n);

// Of a sequence, or of alternatives with `extra` steps between two.
static uint64_t count_chain(const tni_regex_node *n, uint64_t extra) {
    uint64_t all = 0;
    for (; n && all <= MAX_STEPS; n = n->b) all += count_steps(n->a) + (n->b ? extra : 0);
    return all;
}

// Steps of a tree; at least MAX_STEPS + 1 when there are more.
static uint64_t count_steps(const tni_regex_node *n) {
    uint64_t all = 1;
    if (n->kind == TNI_REGEX_EMPTY) all = 0;
    if (n->kind == TNI_REGEX_CAT) all = count_chain(n, 0);
    if (n->kind == TNI_REGEX_ALT) all = count_chain(n, 2);
    if (n->kind == TNI_REGEX_REPEAT) {
        uint64_t least = (uint64_t)n->least, most = n->most < 0 ? least + 1 : (uint64_t)n->most;
        uint64_t a = count_steps(n->a);
        all = least * a + (most - least) * (a + 2);
    }
    return all > MAX_STEPS ? MAX_STEPS + 1 : all;
}

static uint32_t put(tni_regex *re, step_kind kind, const tni_regex_node *n) {
    re->step[re->nsteps] = (step){.kind = kind, .node = n};
    return re->nsteps++;
}

static void emit(tni_regex *re, const tni_regex_node *n);

static void emit_repeat(tni_regex *re, const tni_regex_node *n) {
    for (int i = 0; i < n->least; i++) emit(re, n->a);
    for (int i = n->least; i < (n->most < 0 ? n->least + 1 : n->most); i++) {
        uint32_t split = put(re, SPLIT, NULL);
        re->step[split].to = re->nsteps;
        emit(re, n->a);
        if (n->most < 0) re->step[put(re, JUMP, NULL)].to = split;
        re->step[split].or_to = re->nsteps;
    }
}

// Every alternative but the last: SPLIT to it or to the next, then a JUMP to the end. Until the end is known
// each JUMP holds the one before it.
static void emit_alternatives(tni_regex *re, const tni_regex_node *n) {
    uint32_t jump = UINT32_MAX;
    for (; n->b; n = n->b) {
        uint32_t split = put(re, SPLIT, NULL);
        re->step[split].to = re->nsteps;
        emit(re, n->a);
        uint32_t end = put(re, JUMP, NULL);
        re->step[end].to = jump;
        jump = end;
        re->step[split].or_to = re->nsteps;
    }
    emit(re, n->a);
    while (jump != UINT32_MAX) {
        uint32_t before = re->step[jump].to;
        re->step[jump].to = re->nsteps;
        jump = before;
    }
}

static void emit(tni_regex *re, const tni_regex_node *n) {
    switch (n->kind) {
    case TNI_REGEX_EMPTY: return;
    case TNI_REGEX_SET: put(re, SET, n); return;
    case TNI_REGEX_ASSERT: put(re, ASSERT, n); return;
    case TNI_REGEX_ALT: emit_alternatives(re, n); return;
    case TNI_REGEX_REPEAT: emit_repeat(re, n); return;
    case TNI_REGEX_CAT:
        for (; n; n = n->b) emit(re, n->a);
        return;
    }
}

tn_status tni_regex_new(tni_regex **to, tni_regex_memory memory, const char *pattern, const char **problem,
                        size_t *at) {
    const tni_regex_node *root;
    TN_TRY(tni_regex_parse(&root, memory, pattern, problem, at));
    uint64_t n = count_steps(root) + 1;
    if (n > MAX_STEPS) {
        *problem = "the pattern is too large";
        return TN_INVALID;
    }
    tni_regex *re = memory.get(memory.user, sizeof *re);
    if (!re) return TN_NOMEM;
    *re = (tni_regex){.step = memory.get(memory.user, n * sizeof(step))};
    uint32_t *lists = memory.get(memory.user, 4 * n * sizeof *lists);
    if (!re->step || !lists) return TN_NOMEM;
    memset(lists, 0, 4 * n * sizeof *lists);
    re->now = lists;
    re->next = lists + n;
    re->stack = lists + 2 * n;
    re->seen = lists + 3 * n;
    emit(re, root);
    put(re, MATCH, NULL);
    *to = re;
    return TN_OK;
}

// --------------------------------------------------------------------------------------------- matching

enum { NO_CHARACTER = UINT32_MAX >> 1 }; // before the text and after it

static bool in_ranges(const tni_regex_node *n, uint32_t code) {
    for (size_t i = 0; i < n->nrange; i++)
        if (code >= n->range[i].low && code <= n->range[i].high) return true;
    return false;
}

static bool in_set(const tni_regex_node *n, uint32_t code) {
    if (code >= TNI_NOT_UTF8) return false;
    bool in = in_ranges(n, code) ||
              (n->any_case && (in_ranges(n, tni_letter_lower(code)) || in_ranges(n, tni_letter_upper(code))));
    return in != n->negated;
}

static bool is_word(uint32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z');
}

static bool holds(tni_regex_assert what, uint32_t before, uint32_t after) {
    switch (what) {
    case TNI_REGEX_TEXT_BEGIN: return before == NO_CHARACTER;
    case TNI_REGEX_TEXT_END: return after == NO_CHARACTER;
    case TNI_REGEX_LINE_BEGIN: return before == NO_CHARACTER || before == '\n';
    case TNI_REGEX_LINE_END: return after == NO_CHARACTER || after == '\n';
    case TNI_REGEX_WORD_EDGE: return is_word(before) != is_word(after);
    case TNI_REGEX_NO_WORD_EDGE: return is_word(before) == is_word(after);
    }
    return false;
}

// Adds to list[n] the steps that read a character (or match) and can be reached from step `from`.
static uint32_t follow(tni_regex *re, uint32_t *list, uint32_t n, uint32_t from, uint32_t before,
                       uint32_t after) {
    uint32_t depth = 0;
    re->stack[depth++] = from;
    while (depth) {
        uint32_t at = re->stack[--depth];
        const step *s = &re->step[at];
        while (re->seen[at] != re->round) {
            re->seen[at] = re->round;
            if (s->kind == SPLIT && re->seen[s->or_to] != re->round) re->stack[depth++] = s->or_to;
            if (s->kind == SET || s->kind == MATCH) list[n++] = at;
            if (s->kind == SET || s->kind == MATCH) break;
            if (s->kind == ASSERT && !holds(s->node->assertion, before, after)) break;
            at = s->kind == ASSERT ? at + 1 : s->to;
            s = &re->step[at];
        }
    }
    return n;
}

static uint32_t read_next(tn_str text, size_t at, size_t *size) {
    uint32_t code = NO_CHARACTER;
    *size = at < text.size ? tni_utf8_read(text.text + at, text.size - at, &code) : 0;
    return code;
}

static bool matches(const tni_regex *re, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (re->step[re->now[i]].kind == MATCH) return true;
    return false;
}

// The character before byte `at`.
static uint32_t read_back(tn_str text, size_t at) {
    size_t size, begin = at;
    if (at == 0) return NO_CHARACTER;
    do begin--;
    while (begin > 0 && at - begin < 4 && ((unsigned char)text.text[begin] & 0xc0) == 0x80);
    return read_next(text, begin, &size);
}

bool tni_regex_longest(tni_regex *re, tn_str text, size_t from, size_t *end) {
    size_t at = from, size;
    uint32_t before = read_back(text, from), code = read_next(text, from, &size), n;
    memset(re->seen, 0, re->nsteps * sizeof *re->seen);
    re->round = 1;
    n = follow(re, re->now, 0, 0, before, code);
    bool found = matches(re, n);
    *end = from;
    while (code != NO_CHARACTER && n) {
        uint32_t count = 0;
        at += size;
        before = code;
        code = read_next(text, at, &size);
        if (++re->round == 0) { // after 2^32 characters
            memset(re->seen, 0, re->nsteps * sizeof *re->seen);
            re->round = 1;
        }
        for (uint32_t i = 0; i < n; i++) {
            const step *s = &re->step[re->now[i]];
            if (s->kind == SET && in_set(s->node, before))
                count = follow(re, re->next, count, re->now[i] + 1, before, code);
        }
        uint32_t *swap = re->now;
        re->now = re->next;
        re->next = swap;
        n = count;
        if (matches(re, n)) found = true, *end = at;
    }
    return found;
}

bool tni_regex_full_match(tni_regex *re, tn_str text) {
    size_t end;
    return tni_regex_longest(re, text, 0, &end) && end == text.size;
}

// -------------------------------------------------------------------------------------------- operator

static void *infer_memory(void *c, size_t bytes) { return tn_infer_alloc(c, bytes); }
static void *call_memory(void *c, size_t bytes) { return tn_call_scratch(c, bytes); }

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    const char *problem = NULL;
    size_t at = 0;
    tni_regex *re;
    tn_status status = tni_regex_new(&re, (tni_regex_memory){infer_memory, c},
                                     tn_attr_string(c->attrs, "pattern"), &problem, &at);
    if (status == TN_INVALID) return tn_infer_fail(c, "pattern, at character %zu: %s", at, problem);
    TN_TRY(status);
    if (x->rank < 0) return tni_shape_unknown(c, 0, TN_BOOL), TN_OK;
    tni_shape_out(c, 0, TN_BOOL, x->rank, x->dim);
    return TN_OK;
}

static tn_status ref(tn_call *c) {
    const char *problem;
    size_t at;
    tni_regex *re;
    if (!c->out[0]) return TN_OK;
    TN_TRY(tni_regex_new(&re, (tni_regex_memory){call_memory, c}, tn_attr_string(c->attrs, "pattern"),
                         &problem, &at));
    uint8_t *y = c->out[0]->data;
    for (int64_t i = 0; i < tn_count(c->in[0]); i++)
        y[i] = tni_regex_full_match(re, tni_strings(c->in[0])[i]);
    return TN_OK;
}

TN_OP(regex_full_match) = {
    TN_HERE,
    .name = "RegexFullMatch",
    .since = 20,
    .doc = "whether texts match a regular expression from beginning to end",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "string"}},
    .out = {{"Y", "bool"}},
    .attrs = {{"pattern", TN_ATTR_STRING, TN_REQUIRED}},
    .infer = infer,
    .ref = ref,
};
