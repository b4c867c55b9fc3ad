// SPDX-License-Identifier: Apache-2.0
// codegen_source.c - network.c or network.py: the functions, callees before callers, with lines of at most
// 110 columns.
#include "export/codegen_writer.h"

#include <ctype.h>
#include <string.h>

enum { COLUMNS = 110, INDENT = 4, MAX_TITLE = 35 };

// ---- lines

typedef struct line {
    const char *text;
    size_t size;
} line;

// The length of the piece at `at`: up to and with the next comma outside of strings and brackets, or to the
// end.
static size_t piece(const char *at, const char *end) {
    int depth = 0;
    bool quoted = false;
    for (const char *p = at; p < end; p++) {
        if (quoted) {
            if (*p == '\\')
                p++;
            else if (*p == '"')
                quoted = false;
        } else if (*p == '"') {
            quoted = true;
        } else if (strchr("([{", *p)) {
            depth++;
        } else if (strchr(")]}", *p)) {
            depth--;
        } else if (*p == ',' && !depth) {
            return (size_t)(p - at) + 1;
        }
    }
    return (size_t)(end - at);
}

static void put_indent(tni_text *t, size_t n) { tni_text_printf(t, "%*s", (int)n, ""); }

// The bracket that opens the arguments of the statement's call, or a list of Python's, or NULL.
static const char *opening(const char *at, const char *end) {
    for (const char *p = at; p < end; p++) {
        if (*p == '"') return NULL;
        bool named = p > at && (isalnum((unsigned char)p[-1]) || p[-1] == '_');
        if ((*p == '(' && named) || (*p == '[' && !named)) return p;
    }
    return NULL;
}

static size_t put_piece(tni_text *t, const char *at, const char *end, size_t column);

// Arguments go on below the first one, as many on a line as fit, but the one behind an argument that
// is broken itself begins a line. Returns the column at the end.
static size_t put_arguments(tni_text *t, const char *at, const char *end, size_t column) {
    size_t used = column;
    bool broken = false;
    for (bool first = true; at < end; first = false) {
        while (at < end && *at == ' ') at++;
        size_t n = piece(at, end);
        bool wraps = !first && (broken || used + 1 + n > COLUMNS);
        if (wraps) {
            tni_text_puts(t, "\n");
            put_indent(t, column);
        } else if (!first) {
            tni_text_puts(t, " ");
        }
        size_t from = t->length;
        used = put_piece(t, at, at + n, wraps ? column : first ? used : used + 1);
        broken = t->length > from && memchr(t->data + from, '\n', t->length - from);
        at += n;
    }
    return used;
}

// One argument; a call that is too long for a line is broken at its own commas.
static size_t put_piece(tni_text *t, const char *at, const char *end, size_t column) {
    size_t size = (size_t)(end - at);
    const char *open = column + size > COLUMNS ? opening(at, end) : NULL;
    size_t head = open ? (size_t)(open - at) + 1 : size;
    tni_text_add(t, at, head);
    return open ? put_arguments(t, open + 1, end, column + head) : column + size;
}

// True when a piece of text is longer than a line, which nothing can help.
static bool is_endless(const char *text) {
    size_t column = 0;
    for (; *text; text++) {
        column = *text == '\n' ? 0 : column + 1;
        if (column > COLUMNS) return true;
    }
    return false;
}

// What clang-format counts of a layout: a break costs more the deeper it is in brackets, the first one of a
// bracket and one right behind it more again, and a line that is too long more than anything.
enum {
    DEPTHS = 16,
    BREAK = 1,
    LEVEL = 20,
    FIRST = 15,
    BEHIND_BRACKET = 18,
    FUNCTION = 81,
    TOO_LONG = 1000000
};

typedef struct layout {
    size_t cost, column, depth; // of brackets within those of the statement's call
    bool broken[DEPTHS];        // one that is open: has a break
} layout;

static void put_break(layout *l, bool behind) {
    bool *broken = &l->broken[l->depth < DEPTHS ? l->depth : DEPTHS - 1];
    l->cost += BREAK + LEVEL * (l->depth + 2) + (*broken ? 0 : FIRST) + (behind ? BEHIND_BRACKET : 0);
    *broken |= !behind; // the first break between arguments is one of its own
    l->column = 0;
}

static size_t cost(const tni_text *t) {
    layout l = {0};
    bool quoted = false;
    for (size_t i = 0; i < t->length; i++) {
        char at = t->data[i];
        l.cost += ++l.column > COLUMNS && at != '\n' ? TOO_LONG : 0;
        if (quoted && at == '\\')
            l.column++, i++;
        else if (at == '"')
            quoted = !quoted;
        else if (at == '\n')
            put_break(&l, !i || strchr("([{", t->data[i - 1]));
        else if (!quoted && strchr("([{", at) && ++l.depth < DEPTHS)
            l.broken[l.depth] = false;
        else if (!quoted && strchr(")]}", at) && l.depth)
            l.depth--;
    }
    return l.cost;
}

// The arguments of a long call stand below its first one, or all of them below the call when that costs less;
// parameters of a function where it costs much less.
static void put_line(tni_text *t, const char *at, const char *end, size_t indent) {
    put_indent(t, indent);
    size_t size = (size_t)(end - at);
    const char *open = indent + size > COLUMNS ? opening(at, end) : NULL;
    if (!open) {
        tni_text_add(t, at, size);
        return;
    }
    size_t head = (size_t)(open - at) + 1;
    tni_text aligned = {.env = t->env}, below = {.env = t->env};
    put_indent(&aligned, indent + head); // stands for what is before
    put_arguments(&aligned, open + 1, end, indent + head);
    tni_text_puts(&below, "\n");
    put_indent(&below, indent + INDENT);
    put_arguments(&below, open + 1, end, indent + INDENT);
    tni_text_add(t, at, head);
    size_t more = size > 7 && !memcmp(at, "static ", 7) ? FUNCTION : 0;
    if (cost(&below) + more < cost(&aligned))
        tni_text_puts(t, below.data ? below.data : "");
    else
        tni_text_puts(t, aligned.data ? aligned.data + indent + head : "");
    t->failed |= aligned.failed || below.failed;
    tni_text_free(&aligned);
    tni_text_free(&below);
}

// Lines of statements, with marks for how far they are in. A loop of one short statement is one line of C.
static void put_lines(const codegen *c, tni_text *t, const char *text, size_t level) {
    for (const char *at = text, *next; *at && (next = strchr(at, '\n')); at = next + 1) {
        size_t more = *at == *CG_MORE, out = *at == *CG_OUT, in = next > at && next[-1] == *CG_IN;
        const char *begin = at + more + out, *end = next - in;
        level -= out;
        if (begin < end) put_line(t, begin, end, (level + more) * INDENT);
        const char *body = next[1] == *CG_MORE ? strchr(next + 1, '\n') : NULL;
        if (body && !c->python &&
            level * INDENT + (size_t)(end - begin) + (size_t)(body - next) - 1 <= COLUMNS) {
            tni_text_puts(t, " ");
            tni_text_add(t, next + 2, (size_t)(body - next) - 2);
            next = body;
        }
        if (begin < end || !(out + in)) tni_text_puts(t, "\n");
        level += in;
    }
}

// ---- functions

static const char *callee_name(const tni_cg_module *m, size_t next) {
    while (next < m->nopen && m->open[next].kind != CG_CALL) next++;
    return next < m->nopen ? m->open[next].callee->type->function : "";
}

// The body with everything in place.
static char *body_text(codegen *c, const tni_cg_module *m) {
    tni_text t = {.env = c->g->root->env};
    size_t next = 0, at = 0;
    for (const char *p = m->text; *p; p++) {
        if (*p == *CG_FUNCTION) {
            tni_text_puts(&t, callee_name(m, next));
        } else if ((*p == *CG_OPEN || *p == *CG_ARGUMENTS) && next < m->nopen) {
            tni_cg_put_open(m, next++, &at, &t);
        } else if (*p == *CG_MAYBE) {
            size_t count = 0, end = strcspn(p, CG_SURE);
            for (size_t i = 0; i < end; i++) count += p[i] == *CG_OPEN;
            if (!tni_cg_says_nothing(m, next, next + count, at)) continue;
            next += count, at += count, p += end;
        } else if (*p != *CG_SURE) {
            tni_text_add(&t, p, 1);
        }
    }
    char *text = tni_arena_keep(c->arena, &t);
    if (!text) c->nomem = true;
    return text;
}

// One line, whatever the path is made of.
static const char *comment(codegen *c, const tni_cg_class *k) {
    const char *path = k->member[0]->path, *mark = c->python ? "#" : "//";
    char *text = tni_cg_alloc(c, strlen(path) + 1);
    for (size_t i = 0; text && path[i]; i++) text[i] = path[i] == '\n' || path[i] == '\\' ? ' ' : path[i];
    if (k->member[0]->part)
        return tni_cg_print(c, "%s made %zu times in %s\n", mark, k->members,
                            text && *text ? text : "the network");
    if (k->members == 1) return tni_cg_print(c, "%s %s\n", mark, text ? text : "");
    return tni_cg_print(c, "%s %s and %zu more like it\n", mark, text ? text : "", k->members - 1);
}

static void put_head(codegen *c, tni_text *t, const tni_cg_class *k) {
    const tni_cg_module *m = k->member[0];
    tni_cg_put(c, t, "static tn_value *$(tn_network *net", "def $(net", k->function);
    for (size_t i = 0; i < m->nin; i++) tni_cg_put(c, t, ", tn_value *$", ", $", tni_cg_variable(c, i));
    if (!m->part) tni_cg_put(c, t, ", const char *name", ", name");
    for (size_t i = 1; i < m->nout; i++) tni_cg_put(c, t, ", tn_value **out$", "", tni_cg_print(c, "%zu", i));
    for (size_t i = 0; i < k->params; i++)
        tni_cg_put(c, t, ", $$", c->python ? ", $" : "",
                   c->python ? k->param_name[i] : tni_cg_kind_type(k->param_kind[i]), k->param_name[i]);
    tni_cg_put(c, t, ") {" CG_IN "\n", "):" CG_IN "\n");
}

static void put_function(codegen *c, tni_text *t, const tni_cg_class *k) {
    tni_text text = {.env = c->g->root->env};
    put_head(c, &text, k);
    const char *body = body_text(c, k->member[0]);
    tni_text_puts(&text, body ? body : "");
    tni_cg_put(c, &text, CG_OUT "}\n", CG_OUT "\n");
    tni_cg_put(c, t, "\n$", "\n\n$", comment(c, k));
    put_lines(c, t, text.data ? text.data : "", 0);
    c->nomem |= text.failed;
    tni_text_free(&text);
}

static void put_functions(codegen *c, tni_text *t) {
    int highest = c->main->type->height;
    put_lines(c, t, c->bodies.data ? c->bodies.data : "", 0);
    for (int height = 0; height <= highest; height++)
        for (const tni_cg_class *k = c->classes; k; k = k->next)
            if (k->height == height && k != c->main->type) put_function(c, t, k);
    const char *body = body_text(c, c->main);
    tni_cg_put(c, t, "\nvoid build(tn_network *net) {\n", "\n\ndef build(net):\n");
    if (body) put_lines(c, t, body, 1);
    tni_cg_put(c, t, "}\n", "");
}

static bool has_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += n)
        if (!isalnum((unsigned char)at[n]) && at[n] != '_' && at > text && at[-1] != '_' && at[-1] != '"')
            return true;
    return false;
}

// Sizes that have a name, as far as they occur.
static void put_sizes(codegen *c, tni_text *t, const char *text) {
    bool any = false;
    for (size_t i = 0; i < c->sizes; i++) {
        const tni_cg_size *s = &c->size[i];
        if (!s->uses || s->value < 0 || !has_word(text, s->name)) continue;
        tni_cg_put(c, t, any ? ", $ = $" : "\nenum { $ = $", any ? "$ = $\n" : "\n$ = $\n", s->name,
                   tni_cg_print(c, "%lld", (long long)s->value));
        any = true;
    }
    if (any) tni_cg_put(c, t, " };\n", "");
}

static const char *title(const codegen *c) {
    const char *otherwise = c->python ? "The network" : "the network";
    static const char *const made_up[] = {"", "main_graph", "torch_jit", "torch-jit-export", "main"};
    for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
        if (!strcmp(c->g->name, made_up[i])) return otherwise;
    bool odd = strlen(c->g->name) > MAX_TITLE || strpbrk(c->g->name, "\n\r\\\"");
    return odd ? otherwise : c->g->name;
}

void tni_cg_source(codegen *c, tni_text *t) {
    tni_text functions = {.env = t->env};
    put_functions(c, &functions);
    const char *text = functions.data ? functions.data : "";
    tni_cg_put(c, t,
               "// network.c - $, layer by layer. Edit it: what is changed here is what runs.\n"
               "#include \"network.h\"\n",
               "\"\"\"$, layer by layer. Edit it: what is changed here is what runs.\"\"\"\n", title(c));
    bool limits = !c->python && has_word(text, "FLT_MAX"),
         special = !c->python && (has_word(text, "INFINITY") || has_word(text, "NAN"));
    if (limits || special)
        tni_text_printf(t, "\n%s%s", limits ? "#include <float.h>\n" : "",
                        special ? "#include <math.h>\n" : "");
    if (c->python && strstr(text, "math.")) tni_text_puts(t, "import math\n");
    if (!c->python && is_endless(text))
        tni_text_puts(t, "\n// Some texts are longer than a line.\n// clang-format off\n");
    put_sizes(c, t, text);
    tni_text_puts(t, text);
    c->nomem |= functions.failed || t->failed;
    tni_text_free(&functions);
}
