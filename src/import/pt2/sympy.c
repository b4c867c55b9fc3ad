// SPDX-License-Identifier: Apache-2.0
// sympy.c - Name(argument, ...), where an argument is an expression, an integer, a quoted text or an
// assumption (positive=True), which says nothing that we need. PyTorch up to 2.5 wrote 2*s0 + 1 instead: both
// are read as one language.
#include "import/pt2/sympy.h"

#include "base/ck.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64, MAX_PAIRS = 256 }; // a sum of many terms is as deep as it is long

typedef struct reader {
    tni_arena *arena;
    const char *at;
    int depth, pairs;
} reader;

static tni_sympy *read_expr(reader *r);

bool tni_sympy_is(const tni_sympy *e, const char *op) { return !strcmp(e->op, op); }

static void blanks(reader *r) {
    while (*r->at == ' ') r->at++;
}

static bool take(reader *r, char c) {
    blanks(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static bool read_int(reader *r, int64_t *to) {
    blanks(r);
    bool negative = *r->at == '-';
    const char *digit = r->at + negative;
    if (!isdigit((unsigned char)*digit)) return false;
    for (*to = 0; isdigit((unsigned char)*digit); digit++)
        if (!ck_mul64(*to, 10, to) || !ck_add64(*to, *digit - '0', to)) return false;
    if (negative) *to = -*to;
    r->at = digit;
    return true;
}

static const char *read_word(reader *r) {
    blanks(r);
    const char *start = r->at;
    while (isalnum((unsigned char)*r->at) || *r->at == '_' || *r->at == '.') r->at++;
    return r->at > start ? tni_arena_text(r->arena, start, (size_t)(r->at - start)) : NULL;
}

static const char *read_quoted(reader *r) {
    if (!take(r, '\'')) return NULL;
    const char *start = r->at, *end = strchr(start, '\'');
    if (!end) return NULL;
    r->at = end + 1;
    return tni_arena_text(r->arena, start, (size_t)(end - start));
}

// `name=value`, passed over.
static bool assumption(reader *r) {
    const char *start = r->at;
    blanks(r);
    while (isalnum((unsigned char)*r->at) || *r->at == '_') r->at++;
    if (*r->at == '=') {
        r->at++;
        while (isalnum((unsigned char)*r->at)) r->at++;
        return true;
    }
    r->at = start;
    return false;
}

static tni_sympy *leaf(reader *r, const char *op) {
    tni_sympy *e = tni_arena_zalloc(r->arena, sizeof *e);
    if (e) e->op = op, e->q = 1;
    return e;
}

// What stands in the parentheses of Integer, Rational, Float and Symbol.
static bool read_leaf(reader *r, tni_sympy *e) {
    const char *text;
    if (tni_sympy_is(e, "Integer")) return read_int(r, &e->k);
    if (tni_sympy_is(e, "Rational"))
        return read_int(r, &e->k) && take(r, ',') && read_int(r, &e->q) && e->q > 0;
    if (!(text = read_quoted(r))) return false;
    if (tni_sympy_is(e, "Symbol")) return e->name = text, true;
    e->f = strtod(text, NULL);
    return true;
}

static bool read_args(reader *r, tni_sympy *e) {
    size_t capacity = 0;
    while (!take(r, ')')) {
        if (e->n && !take(r, ',')) return false;
        tni_sympy *arg = read_expr(r);
        if (!arg || !tni_arena_grow(r->arena, &e->arg, e->n, &capacity, sizeof arg)) return false;
        e->arg[e->n++] = arg;
    }
    return true;
}

static tni_sympy *read_call(reader *r, const char *op) {
    tni_sympy *e = leaf(r, op);
    bool is_leaf =
        !strcmp(op, "Integer") || !strcmp(op, "Rational") || !strcmp(op, "Float") || !strcmp(op, "Symbol");
    if (!e) return NULL;
    if (!is_leaf) return read_args(r, e) ? e : NULL;
    if (!read_leaf(r, e)) return NULL;
    while (take(r, ','))
        if (!assumption(r)) return NULL;
    return take(r, ')') ? e : NULL;
}

// true, false, int_oo; or a symbol, as older files write it: s0, u1
static tni_sympy *read_bare(reader *r, const char *word) {
    bool symbol = (*word == 's' || *word == 'u') && isdigit((unsigned char)word[1]);
    tni_sympy *e = leaf(r, symbol ? "Symbol" : word);
    if (e && symbol) e->name = word;
    return e;
}

// A number, a word, a call, or an expression in parentheses.
static tni_sympy *read_primary(reader *r) {
    tni_sympy *e = NULL;
    int64_t k;
    if (take(r, '(')) return (e = read_expr(r)) && take(r, ')') ? e : NULL;
    if (read_int(r, &k)) {
        if ((e = leaf(r, "Integer"))) e->k = k;
        return e;
    }
    const char *word = read_word(r);
    if (!word) return NULL;
    return take(r, '(') ? read_call(r, word) : read_bare(r, word);
}

static tni_sympy *pair(reader *r, const char *op, tni_sympy *a, tni_sympy *b) {
    tni_sympy *e = a && b && ++r->pairs <= MAX_PAIRS ? leaf(r, op) : NULL;
    if (!e || !(e->arg = tni_arena_alloc(r->arena, 2 * sizeof *e->arg))) return NULL;
    e->arg[0] = a;
    e->arg[1] = b;
    e->n = 2;
    return e;
}

static tni_sympy *negated(reader *r, tni_sympy *e) {
    if (e && tni_sympy_is(e, "Integer")) return e->k = -e->k, e;
    tni_sympy *minus = leaf(r, "Integer");
    if (minus) minus->k = -1;
    return pair(r, "Mul", minus, e);
}

static tni_sympy *read_power(reader *r) {
    tni_sympy *e = read_primary(r);
    blanks(r);
    if (!e || strncmp(r->at, "**", 2)) return e;
    r->at += 2;
    return pair(r, "Pow", e, read_primary(r));
}

// By a number only: a fraction.
static tni_sympy *divided(reader *r, tni_sympy *e) {
    int64_t q;
    tni_sympy *share = leaf(r, "Rational");
    if (!share || !read_int(r, &q) || q <= 0) return NULL;
    share->k = 1;
    share->q = q;
    return pair(r, "Mul", e, share);
}

static tni_sympy *read_product(reader *r) {
    tni_sympy *e = read_power(r);
    while (e) {
        blanks(r);
        if (!strncmp(r->at, "//", 2)) {
            r->at += 2;
            e = pair(r, "FloorDiv", e, read_power(r));
        } else if (take(r, '/')) {
            e = divided(r, e);
        } else if (take(r, '*')) {
            e = pair(r, "Mul", e, read_power(r));
        } else {
            break;
        }
    }
    return e;
}

static tni_sympy *read_expr(reader *r) {
    if (++r->depth > MAX_DEPTH) return NULL;
    blanks(r);
    bool negative = *r->at == '-' && !isdigit((unsigned char)r->at[1]) && take(r, '-');
    tni_sympy *e = read_product(r);
    if (negative && e) e = negated(r, e);
    while (e) {
        if (take(r, '+'))
            e = pair(r, "Add", e, read_product(r));
        else if (take(r, '-'))
            e = pair(r, "Add", e, negated(r, read_product(r)));
        else
            break;
    }
    r->depth--;
    return e;
}

tni_sympy *tni_sympy_parse(tni_arena *a, const char *text) {
    reader r = {.arena = a, .at = text};
    tni_sympy *e = read_expr(&r);
    blanks(&r);
    return e && !*r.at ? e : NULL;
}
