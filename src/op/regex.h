// SPDX-License-Identifier: Apache-2.0
// regex.h - regular expressions in RE2's syntax, matched in time linear in the text. Left out: classes by
// Unicode property (\p) and single bytes (\C).
#ifndef TN_OP_REGEX_H
#define TN_OP_REGEX_H

#include "tenon/ext.h"

typedef struct tni_regex tni_regex;

// Memory that lives as long as the expression: tn_infer_alloc or tn_call_scratch.
typedef struct tni_regex_memory {
    void *(*get)(void *user, size_t bytes); // NULL: there is none
    void *user;
} tni_regex_memory;

// TN_NOMEM, or TN_INVALID with *problem saying why and *at where in the pattern.
tn_status tni_regex_new(tni_regex **re, tni_regex_memory memory, const char *pattern, const char **problem,
                        size_t *at);
// The whole text matches. Uses memory of the expression's own: one thread at a time.
bool tni_regex_full_match(tni_regex *re, tn_str text);
// The longest match that begins at byte `from` ends at *end. False: there is none.
bool tni_regex_longest(tni_regex *re, tn_str text, size_t from, size_t *end);

// regex_parse.c's result: a tree whose leaves are sets of characters and assertions.
typedef struct tni_regex_range {
    uint32_t low, high;
} tni_regex_range;

typedef enum tni_regex_kind {
    TNI_REGEX_EMPTY,
    TNI_REGEX_SET,
    TNI_REGEX_ASSERT,
    TNI_REGEX_CAT, // a, then b; b is NULL or of the same kind
    TNI_REGEX_ALT, // a, or b; likewise
    TNI_REGEX_REPEAT,
} tni_regex_kind;

typedef enum tni_regex_assert { // of a place in the text
    TNI_REGEX_TEXT_BEGIN,
    TNI_REGEX_TEXT_END,
    TNI_REGEX_LINE_BEGIN,
    TNI_REGEX_LINE_END,
    TNI_REGEX_WORD_EDGE,
    TNI_REGEX_NO_WORD_EDGE,
} tni_regex_assert;

enum { TNI_REGEX_MANY = -1 }; // of a repetition without an upper bound

typedef struct tni_regex_node {
    tni_regex_kind kind;
    tni_regex_assert assertion;
    const tni_regex_range *range; // SET
    size_t nrange;
    bool negated, any_case; // SET
    const struct tni_regex_node *a, *b;
    int least, most; // REPEAT
} tni_regex_node;

tn_status tni_regex_parse(const tni_regex_node **root, tni_regex_memory memory, const char *pattern,
                          const char **problem, size_t *at);

#endif
