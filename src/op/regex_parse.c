// SPDX-License-Identifier: Apache-2.0
// regex_parse.c - RE2's syntax to a tree, by recursive descent:
//
//     alternatives = sequence { '|' sequence }
//     sequence     = { atom [ '*' | '+' | '?' | '{' n [ ',' [ m ] ] '}' ] [ '?' ] }
//     atom         = '(' alternatives ')' | '[' set ']' | '.' | '^' | '$' | '\' escape | character
#include "op/letter_case.h"
#include "op/regex.h"

#include <string.h>

enum { MAX_DEPTH = 200, MAX_REPEAT = 1000, MAX_RANGES = 256, LAST_CODE = 0x10FFFF, MAX_PATTERN = 1 << 16 };

typedef struct parser {
    tni_regex_memory memory;
    const char *begin, *p, *problem;
    bool nomem, any_case, lines, dot_all; // flags i, m, s
    bool quoted;                          // between \Q and \E
    int depth;
} parser;

typedef tni_regex_node node;
typedef tni_regex_range range;

static void *fail(parser *s, const char *problem) {
    if (!s->problem) s->problem = problem;
    return NULL;
}

static node *new_node(parser *s, tni_regex_kind kind) {
    node *n = s->memory.get(s->memory.user, sizeof *n);
    if (!n) return s->nomem = true, fail(s, "out of memory");
    *n = (node){.kind = kind};
    return n;
}

// A chain of CAT or ALT nodes that grows at its end.
typedef struct chain {
    node *first, *last;
} chain;

static bool append(parser *s, chain *to, tni_regex_kind kind, const node *item) {
    node *n = item ? new_node(s, kind) : NULL;
    if (!n) return false;
    n->a = item;
    if (to->last)
        to->last->b = n;
    else
        to->first = n;
    to->last = n;
    return true;
}

static bool take(parser *s, const char *text) {
    size_t n = strlen(text);
    if (strncmp(s->p, text, n) != 0) return false;
    s->p += n;
    return true;
}

// ------------------------------------------------------------------------------------------------ sets

typedef struct set {
    range range[MAX_RANGES];
    size_t n;
} set;

static const range digits[] = {{'0', '9'}};
static const range spaces[] = {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}};
static const range words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};

typedef struct named_set {
    const char *name;
    range range[4];
    size_t n;
} named_set;

static const named_set posix[] = {
    {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, 3},
    {"alpha", {{'A', 'Z'}, {'a', 'z'}}, 2},
    {"ascii", {{0, 0x7F}}, 1},
    {"blank", {{'\t', '\t'}, {' ', ' '}}, 2},
    {"cntrl", {{0, 0x1F}, {0x7F, 0x7F}}, 2},
    {"digit", {{'0', '9'}}, 1},
    {"graph", {{'!', '~'}}, 1},
    {"lower", {{'a', 'z'}}, 1},
    {"print", {{' ', '~'}}, 1},
    {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, 4},
    {"space", {{'\t', '\r'}, {' ', ' '}}, 2},
    {"upper", {{'A', 'Z'}}, 1},
    {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}, 4},
    {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, 3},
};

static bool add_range(parser *s, set *to, uint32_t low, uint32_t high) {
    if (to->n == MAX_RANGES) return fail(s, "the set of characters is too large");
    to->range[to->n++] = (range){low, high};
    return true;
}

// Ascending ranges, or what lies between them.
static bool add_ranges(parser *s, set *to, const range *from, size_t n, bool negated) {
    uint32_t next = 0;
    for (size_t i = 0; i < n; i++) {
        if (!negated && !add_range(s, to, from[i].low, from[i].high)) return false;
        if (negated && from[i].low > next && !add_range(s, to, next, from[i].low - 1)) return false;
        next = from[i].high + 1;
    }
    return !negated || add_range(s, to, next, LAST_CODE);
}

// \d, \S and the like after the backslash; false when it is none (and no problem).
static bool add_class(parser *s, set *to) {
    char c = *s->p;
    const range *list = c == 'd' || c == 'D' ? digits : c == 's' || c == 'S' ? spaces : words;
    size_t n = list == digits ? 1 : list == spaces ? 3 : 4;
    if (!c || !strchr("dDsSwW", c)) return false;
    s->p++;
    return add_ranges(s, to, list, n, c < 'a');
}

static node *set_node(parser *s, const set *from, bool negated) {
    size_t bytes = (from->n ? from->n : 1) * sizeof(range);
    node *n = new_node(s, TNI_REGEX_SET);
    range *own = n ? s->memory.get(s->memory.user, bytes) : NULL;
    if (!own) return s->nomem = true, fail(s, "out of memory");
    if (from->n) memcpy(own, from->range, from->n * sizeof *own);
    n->range = own;
    n->nrange = from->n;
    n->negated = negated;
    n->any_case = s->any_case;
    return n;
}

static node *character(parser *s, uint32_t code) {
    range *own = s->memory.get(s->memory.user, sizeof *own);
    node *n = own ? new_node(s, TNI_REGEX_SET) : NULL;
    if (!n) return s->nomem = true, fail(s, "out of memory");
    *own = (range){code, code};
    n->range = own;
    n->nrange = 1;
    n->any_case = s->any_case;
    return n;
}

// -------------------------------------------------------------------------------------------- characters

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

static bool read_hex(parser *s, uint32_t *code) {
    bool braces = take(s, "{");
    int n = 0;
    *code = 0;
    for (; digit_of(*s->p) < 16 && n < (braces ? 8 : 2); n++)
        *code = *code * 16 + (uint32_t)digit_of(*s->p++);
    bool whole = braces ? n > 0 && take(s, "}") : n == 2;
    return (whole && *code <= LAST_CODE) || fail(s, "a hexadecimal escape is wrong");
}

static bool read_octal(parser *s, char first, uint32_t *code) {
    *code = (uint32_t)(first - '0');
    if (first != '0' && digit_of(*s->p) >= 8) return fail(s, "back-references are not supported");
    for (int n = 1; n < 3 && digit_of(*s->p) < 8; n++) *code = *code * 8 + (uint32_t)digit_of(*s->p++);
    return true;
}

// One character after a backslash.
static bool read_escape(parser *s, uint32_t *code) {
    static const char letters[] = "aftnrv", codes[] = "\a\f\t\n\r\v";
    char c = *s->p;
    if (!c) return fail(s, "a backslash ends the pattern");
    const char *letter = strchr(letters, c);
    if ((unsigned char)c >= 0x80) return fail(s, "a backslash comes before a letter");
    s->p++;
    if (letter) return *code = (uint32_t)codes[letter - letters], true;
    if (c == 'x') return read_hex(s, code);
    if (c >= '0' && c <= '7') return read_octal(s, c, code);
    if (c == 'p' || c == 'P') return fail(s, "classes by Unicode property (\\p) are not supported");
    bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    *code = (unsigned char)c;
    return !word || fail(s, "an escape is not known");
}

static bool read_plain(parser *s, uint32_t *code) {
    size_t n = 0;
    while (n < 4 && s->p[n]) n++;
    s->p += tni_utf8_read(s->p, n, code);
    return *code < TNI_NOT_UTF8 || fail(s, "the pattern is not UTF-8");
}

// ----------------------------------------------------------------------------------------------- [...]

// [:name:] or [:^name:]; false when there is none (and no problem).
static bool add_named(parser *s, set *to) {
    if (strncmp(s->p, "[:", 2) != 0 || !strstr(s->p + 2, ":]")) return false;
    const char *name = s->p + 2;
    bool negated = *name == '^';
    name += negated;
    for (size_t i = 0; i < sizeof posix / sizeof *posix; i++) {
        size_t n = strlen(posix[i].name);
        if (strncmp(name, posix[i].name, n) != 0 || strncmp(name + n, ":]", 2) != 0) continue;
        s->p = name + n + 2;
        return add_ranges(s, to, posix[i].range, posix[i].n, negated);
    }
    return fail(s, "a class of this name is not known");
}

static bool set_character(parser *s, uint32_t *code) {
    return take(s, "\\") ? read_escape(s, code) : read_plain(s, code);
}

static bool add_item(parser *s, set *to) {
    uint32_t low, high;
    if (add_named(s, to)) return true;
    if (s->problem) return false;
    if (s->p[0] == '\\' && s->p[1] && strchr("dDsSwW", s->p[1])) {
        s->p++;
        return add_class(s, to);
    }
    if (!set_character(s, &low)) return false;
    high = low;
    if (s->p[0] == '-' && s->p[1] && s->p[1] != ']') {
        s->p++;
        if (!set_character(s, &high)) return false;
        if (high < low) return fail(s, "a range of characters goes backwards");
    }
    return add_range(s, to, low, high);
}

static node *parse_set(parser *s) {
    set items = {.n = 0};
    bool negated = take(s, "^");
    for (bool first = true; first || *s->p != ']'; first = false) {
        if (!*s->p) return fail(s, "a '[' is not closed");
        if (!add_item(s, &items)) return NULL;
    }
    s->p++;
    return set_node(s, &items, negated);
}

// ----------------------------------------------------------------------------------------------- atoms

static const node *parse_alternatives(parser *s);

static node *place(parser *s, tni_regex_assert assertion) {
    node *n = new_node(s, TNI_REGEX_ASSERT);
    if (n) n->assertion = assertion;
    return n;
}

static node *parse_dot(parser *s) {
    static const range all = {0, LAST_CODE}, newline = {'\n', '\n'};
    node *n = new_node(s, TNI_REGEX_SET);
    if (!n) return NULL;
    n->range = s->dot_all ? &all : &newline;
    n->nrange = 1;
    n->negated = !s->dot_all;
    return n;
}

static node *parse_escape(parser *s) {
    set one = {.n = 0};
    uint32_t code;
    if (take(s, "A")) return place(s, TNI_REGEX_TEXT_BEGIN);
    if (take(s, "z")) return place(s, TNI_REGEX_TEXT_END);
    if (take(s, "b")) return place(s, TNI_REGEX_WORD_EDGE);
    if (take(s, "B")) return place(s, TNI_REGEX_NO_WORD_EDGE);
    if (take(s, "C")) return fail(s, "single bytes (\\C) are not supported");
    if (add_class(s, &one)) return set_node(s, &one, false);
    return !s->problem && read_escape(s, &code) ? character(s, code) : NULL;
}

static bool read_flags(parser *s) {
    bool on = true;
    for (; *s->p && *s->p != ':' && *s->p != ')'; s->p++) {
        if (*s->p == '-' && on)
            on = false;
        else if (*s->p == 'i')
            s->any_case = on;
        else if (*s->p == 'm')
            s->lines = on;
        else if (*s->p == 's')
            s->dot_all = on;
        else if (*s->p != 'U') // which of several matches is wanted: a whole one is a whole one
            return fail(s, "a group's flags are not known");
    }
    return *s->p || fail(s, "a '(' is not closed");
}

static bool read_name(parser *s) {
    while (*s->p && *s->p != '>') s->p++;
    return take(s, ">") || fail(s, "a group's name is not closed");
}

// After '('. Flags last until the group ends, those of "(?i)" until the group around it does.
static const node *parse_group(parser *s) {
    bool any_case = s->any_case, lines = s->lines, dot_all = s->dot_all;
    if (take(s, "?P<") || take(s, "?<")) {
        if (!read_name(s)) return NULL;
    } else if (take(s, "?")) {
        if (!read_flags(s)) return NULL;
        if (take(s, ")")) return new_node(s, TNI_REGEX_EMPTY);
        s->p++;
    }
    if (++s->depth > MAX_DEPTH) return fail(s, "groups are nested too deep");
    const node *inner = parse_alternatives(s);
    s->depth--;
    if (inner && !take(s, ")")) return fail(s, "a '(' is not closed");
    s->any_case = any_case;
    s->lines = lines;
    s->dot_all = dot_all;
    return inner;
}

static const node *parse_atom(parser *s) {
    uint32_t code;
    if (!s->quoted) {
        if (take(s, "(")) return parse_group(s);
        if (take(s, "[")) return parse_set(s);
        if (take(s, ".")) return parse_dot(s);
        if (take(s, "^")) return place(s, s->lines ? TNI_REGEX_LINE_BEGIN : TNI_REGEX_TEXT_BEGIN);
        if (take(s, "$")) return place(s, s->lines ? TNI_REGEX_LINE_END : TNI_REGEX_TEXT_END);
        if (take(s, "\\")) return parse_escape(s);
        if (strchr("*+?", *s->p)) return fail(s, "there is nothing to repeat");
    }
    return read_plain(s, &code) ? character(s, code) : NULL;
}

// ------------------------------------------------------------------------------------------- repetitions

static bool read_count(const char **p, int *to) {
    if (**p < '0' || **p > '9') return false;
    for (*to = 0; **p >= '0' && **p <= '9'; ++*p)
        if (*to <= MAX_REPEAT) *to = *to * 10 + (**p - '0');
    return true;
}

// "{n}", "{n,}" or "{n,m}"; what looks otherwise are characters.
static bool read_braces(parser *s, int *least, int *most) {
    const char *p = s->p + 1;
    if (*s->p != '{' || !read_count(&p, least)) return false;
    *most = *least;
    if (*p == ',') {
        p++;
        if (!read_count(&p, most)) *most = TNI_REGEX_MANY;
    }
    if (*p != '}') return false;
    s->p = p + 1;
    return true;
}

static bool read_repeat(parser *s, int *least, int *most) {
    *least = *s->p == '+';
    *most = *s->p == '?' ? 1 : TNI_REGEX_MANY;
    if (*s->p == '*' || *s->p == '+' || *s->p == '?') return s->p++, true;
    return read_braces(s, least, most);
}

static const node *parse_repeat(parser *s) {
    int least, most;
    const node *atom = parse_atom(s);
    if (atom && s->quoted && take(s, "\\E")) s->quoted = false;
    if (!atom || s->quoted || !read_repeat(s, &least, &most)) return atom;
    take(s, "?"); // fewest first: says nothing of whole matches
    if (least > MAX_REPEAT || most > MAX_REPEAT || (most >= 0 && most < least))
        return fail(s, "a repetition's bounds are wrong or above 1000");
    node *n = new_node(s, TNI_REGEX_REPEAT);
    if (!n) return NULL;
    n->a = atom;
    n->least = least;
    n->most = most;
    const char *here = s->p;
    if (read_repeat(s, &least, &most)) {
        s->p = here;
        return fail(s, "a repetition is repeated");
    }
    return n;
}

static bool at_end(parser *s) {
    while (take(s, s->quoted ? "\\E" : "\\Q")) s->quoted = !s->quoted;
    return !*s->p || (!s->quoted && (*s->p == '|' || *s->p == ')'));
}

static const node *parse_sequence(parser *s) {
    chain all = {NULL, NULL};
    while (!at_end(s))
        if (!append(s, &all, TNI_REGEX_CAT, parse_repeat(s))) return NULL;
    return all.first ? all.first : new_node(s, TNI_REGEX_EMPTY);
}

static const node *parse_alternatives(parser *s) {
    chain all = {NULL, NULL};
    do {
        if (!append(s, &all, TNI_REGEX_ALT, parse_sequence(s))) return NULL;
    } while (take(s, "|"));
    return all.first;
}

tn_status tni_regex_parse(const tni_regex_node **root, tni_regex_memory memory, const char *pattern,
                          const char **problem, size_t *at) {
    parser s = {.memory = memory, .begin = pattern, .p = pattern};
    *at = 0;
    *problem = "the pattern is too large";
    if (strlen(pattern) > MAX_PATTERN) return TN_INVALID;
    *root = parse_alternatives(&s);
    if (*root && *s.p) *root = fail(&s, "a ')' closes nothing");
    *problem = s.problem;
    *at = (size_t)(s.p - s.begin);
    return *root ? TN_OK : s.nomem ? TN_NOMEM : TN_INVALID;
}
