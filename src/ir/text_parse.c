// SPDX-License-Identifier: Apache-2.0
// text_parse.c - reads the text form. One pass, no look-back: nodes go through tni_spec_add as they are read.
#include "base/ck.h"
#include "ir/registry.h"
#include "ir/spec.h"
#include "ir/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct parser {
    tn_graph *g; // being filled
    tni_arena *arena;
    const char *at; // the text is NUL-terminated
    const char *start;
    tn_diags *diags;
    const char *file;
    int depth;
} parser;

static tn_status fail(parser *p, const char *message, ...) TN_PRINTF(2, 3);
static tn_status fail(parser *p, const char *message, ...) {
    int line = 1;
    for (const char *c = p->start; c < p->at; c++) line += *c == '\n';
    char where[32], text[512];
    snprintf(where, sizeof where, "line %d", line);
    va_list args;
    va_start(args, message);
    vsnprintf(text, sizeof text, message, args);
    va_end(args);
    tn_diag d = {.severity = TN_ERROR, .status = TN_FORMAT, .file = p->file};
    return tni_diag(p->diags, &d, "%s: %s", where, text);
}

static void skip(parser *p) {
    for (;;) {
        while (isspace((unsigned char)*p->at)) p->at++;
        if (*p->at != '#') return;
        while (*p->at && *p->at != '\n') p->at++;
    }
}

static bool take(parser *p, const char *word) {
    skip(p);
    size_t n = strlen(word);
    if (strncmp(p->at, word, n)) return false;
    if (isalnum((unsigned char)word[n - 1]) && (isalnum((unsigned char)p->at[n]) || p->at[n] == '_'))
        return false;
    p->at += n;
    return true;
}

static tn_status expect(parser *p, const char *word) {
    if (take(p, word)) return TN_OK;
    return fail(p, "expected '%s' before '%.20s'", word, p->at);
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// "..." with \" \\ \xNN, the opening quote already taken.
static tn_status read_string(parser *p, tn_str *to) {
    const char *end = p->at;
    while (*end && *end != '"') end += *end == '\\' && end[1] ? 2 : 1;
    char *text = tni_arena_alloc(p->arena, (size_t)(end - p->at) + 1);
    if (!text) return TN_NOMEM;
    size_t n = 0;
    for (; p->at < end; p->at++) {
        char c = *p->at;
        if (c == '\\' && p->at[1] == 'x') {
            int high = hex_digit(p->at[2]), low = high < 0 ? -1 : hex_digit(p->at[3]);
            if (low < 0) return fail(p, "\\x takes two hexadecimal digits");
            c = (char)(high * 16 + low);
            p->at += 3;
        } else if (c == '\\')
            c = *++p->at;
        text[n++] = c;
    }
    if (*p->at != '"') return fail(p, "a string is not closed");
    p->at++;
    text[n] = 0;
    *to = (tn_str){text, n};
    return TN_OK;
}

static tn_status read_name(parser *p, const char **to) {
    TN_TRY(expect(p, "%"));
    if (*p->at == '"') {
        tn_str s;
        p->at++;
        TN_TRY(read_string(p, &s));
        *to = s.text;
        return TN_OK;
    }
    const char *begin = p->at;
    while (isalnum((unsigned char)*p->at) || (*p->at && strchr("_.:/-", *p->at))) p->at++;
    if (p->at > begin && p->at[-1] == ':') p->at--; // "%x: f32"
    if (p->at == begin) return fail(p, "a name is missing after '%%'");
    *to = tni_arena_text(p->arena, begin, (size_t)(p->at - begin));
    return *to ? TN_OK : TN_NOMEM;
}

// ---- types

static tn_status read_dims(parser *p, tn_type *type) {
    TN_TRY(expect(p, "["));
    type->rank = 0;
    skip(p);
    if (p->at[0] == '?' && p->at[1] == ']') {
        p->at += 2;
        type->rank = -1;
        return TN_OK;
    }
    while (!take(p, "]")) {
        if (type->rank == TN_MAX_RANK) return fail(p, "the rank is above %d", TN_MAX_RANK);
        if (type->rank) TN_TRY(expect(p, ","));
        skip(p);
        tn_status status = tni_dim_parse(&p->g->root->dims, &p->at, &type->dim[type->rank]);
        if (status == TN_NOMEM) return status;
        if (status != TN_OK) return fail(p, "a dimension cannot be read at '%.20s'", p->at);
        type->rank++;
    }
    return TN_OK;
}

static tn_status read_type(parser *p, tn_type *type) {
    *type = (tn_type){.rank = -1};
    bool optional = take(p, "optional("), sequence = take(p, "seq(");
    type->kind = optional && sequence ? TN_OPTIONAL_SEQUENCE
                 : optional           ? TN_OPTIONAL
                 : sequence           ? TN_SEQUENCE
                                      : TN_TENSOR;
    skip(p);
    const char *begin = p->at;
    while (isalnum((unsigned char)*p->at)) p->at++;
    if (!tni_dtype_parse(begin, (size_t)(p->at - begin), &type->dtype) &&
        !(p->at - begin == 9 && !memcmp(begin, "undefined", 9)))
        return fail(p, "unknown element type '%.*s'", (int)(p->at - begin), begin);
    TN_TRY(read_dims(p, type));
    if (sequence) TN_TRY(expect(p, ")"));
    return optional ? expect(p, ")") : TN_OK;
}

// ---- constants

static tn_status read_number(parser *p, double *to) {
    skip(p);
    char *end;
    *to = strtod(p->at, &end); // reads inf and nan too
    if (end == p->at) return fail(p, "a number is missing at '%.20s'", p->at);
    if (end[-1] == '.' && *end == '.') end--; // "{1...}": the dots are not the number's
    p->at = end;
    return TN_OK;
}

static tn_status read_int(parser *p, int64_t *to) {
    skip(p);
    char *end;
    errno = 0;
    *to = *p->at == '-' ? strtoll(p->at, &end, 10) : (int64_t)strtoull(p->at, &end, 10);
    if (end == p->at || errno) return fail(p, "an integer is missing or too large at '%.20s'", p->at);
    p->at = end;
    return TN_OK;
}

static tn_status read_element(parser *p, tn_tensor *t, int64_t i) {
    if (t->dtype == TN_STRING) {
        TN_TRY(expect(p, "\""));
        return read_string(p, (tn_str *)t->data + i);
    }
    if (tni_is_integer(t->dtype)) {
        int64_t k;
        TN_TRY(read_int(p, &k));
        tni_set_int(t, i, k);
        return TN_OK;
    }
    double x;
    TN_TRY(read_number(p, &x));
    tni_set(t, i, x);
    return TN_OK;
}

static tn_status read_hex(parser *p, tn_tensor *t) {
    for (size_t i = 0; i < t->bytes; i++, p->at += 2) {
        int high = hex_digit(p->at[0]), low = high < 0 ? -1 : hex_digit(p->at[1]);
        if (low < 0) return fail(p, "%zu bytes of hexadecimal digits are expected", t->bytes);
        ((unsigned char *)t->data)[i] = (unsigned char)(high * 16 + low);
    }
    return expect(p, "\"");
}

// "{0...}": element 0 again and again.
static void repeat_first(tn_tensor *t) {
    size_t size = tn_dtype_bits(t->dtype) / 8; // 0: narrower than a byte
    for (int64_t i = 1; i < tn_count(t); i++) {
        if (size)
            memcpy((char *)t->data + (size_t)i * size, t->data, size);
        else
            tni_set(t, i, tni_get(t, 0));
    }
}

static tn_status read_elements(parser *p, tn_tensor *t) {
    TN_TRY(expect(p, "{"));
    for (int64_t i = 0, n = tn_count(t); i < n; i++) {
        if (i) TN_TRY(expect(p, ","));
        TN_TRY(read_element(p, t, i));
        if (i > 0 || !take(p, "...")) continue;
        repeat_first(t);
        break;
    }
    return expect(p, "}");
}

static tn_status read_tensor(parser *p, const tn_tensor **to) {
    enum { REPEATED_BYTES = 1 << 28 }; // a byte costs at least a character, unless it repeats one element
    tn_type type;
    int64_t dims[TN_MAX_RANK] = {0};
    size_t bytes;
    TN_TRY(read_type(p, &type));
    TN_TRY(expect(p, "="));
    if (!tni_type_dims(&type, dims) || type.dtype == TN_UNDEFINED)
        return fail(p, "a constant needs a constant shape");
    if (!tni_tensor_size(type.dtype, type.rank, dims, &bytes)) return fail(p, "a constant is too large");
    bool hex = take(p, "hex\"");
    if (!hex && take(p, "...")) return fail(p, "the constant was left out when this text was written");
    if (hex && bytes > strlen(p->at) / 2) return fail(p, "the constant's digits are missing");
    if (!hex && bytes > REPEATED_BYTES)
        return fail(p, "a repeated constant of %zu bytes is too large", bytes);
    tn_tensor *t = tni_tensor_new(p->arena, type.dtype, type.rank, dims);
    if (!t) return TN_NOMEM;
    *to = t;
    return hex ? read_hex(p, t) : read_elements(p, t);
}

// ---- attributes

static tn_status read_graph(parser *p, tn_graph *g);

// A number or a string. What has a point or an exponent, or is not finite, is a float.
static tn_status read_scalar(parser *p, tn_attr *a) {
    if (take(p, "\"")) {
        a->kind = TN_ATTR_STRING;
        return read_string(p, &a->s);
    }
    skip(p);
    const char *begin = p->at;
    TN_TRY(read_number(p, &a->f));
    size_t length = (size_t)(p->at - begin);
    a->kind = TN_ATTR_FLOAT;
    if (memchr(begin, '.', length) || memchr(begin, 'e', length) || !isfinite(a->f)) return TN_OK;
    a->kind = TN_ATTR_INT;
    p->at = begin;
    return read_int(p, &a->i);
}

// The opening bracket is taken. One float makes all of them floats.
static tn_status read_list(parser *p, tn_attr *a) {
    size_t room[3] = {0, 0, 0}, n = 0;
    int64_t *ints = NULL;
    float *floats = NULL;
    tn_str *strings = NULL;
    a->kind = TN_ATTR_INTS;
    for (; !take(p, "]"); n++) {
        tn_attr item = {.s = {"", 0}};
        if (n) TN_TRY(expect(p, ","));
        TN_TRY(read_scalar(p, &item));
        if (!tni_arena_grow(p->arena, &ints, n, &room[0], sizeof *ints) ||
            !tni_arena_grow(p->arena, &floats, n, &room[1], sizeof *floats) ||
            !tni_arena_grow(p->arena, &strings, n, &room[2], sizeof *strings))
            return TN_NOMEM;
        ints[n] = item.i, floats[n] = (float)item.f, strings[n] = item.s;
        if (item.kind == TN_ATTR_STRING) a->kind = TN_ATTR_STRINGS;
        if (item.kind == TN_ATTR_FLOAT) a->kind = TN_ATTR_FLOATS;
    }
    a->n = n;
    a->ints = ints, a->floats = floats, a->strings = strings;
    return TN_OK;
}

static tn_status read_attr(parser *p, tn_attr *a) {
    skip(p);
    const char *begin = p->at;
    while (isalnum((unsigned char)*p->at) || *p->at == '_') p->at++;
    *a = (tn_attr){.name = tni_arena_text(p->arena, begin, (size_t)(p->at - begin)), .present = true};
    if (!a->name) return TN_NOMEM;
    TN_TRY(expect(p, "="));
    if (take(p, "[")) return read_list(p, a);
    if (take(p, "tensor")) {
        a->kind = TN_ATTR_TENSOR;
        return read_tensor(p, &a->tensor);
    }
    if (take(p, "type")) {
        tn_type *type = tni_arena_zalloc(p->arena, sizeof *type);
        a->kind = TN_ATTR_TYPE;
        a->type = type;
        return type ? read_type(p, type) : TN_NOMEM;
    }
    if (take(p, "graph")) {
        a->kind = TN_ATTR_GRAPH;
        if (++p->depth > TNI_MAX_DEPTH) return fail(p, "bodies are nested deeper than %d", TNI_MAX_DEPTH);
        TN_TRY(tni_graph_new_body(&a->graph, p->g, a->name, a->name));
        TN_TRY(read_graph(p, a->graph));
        p->depth--;
        return TN_OK;
    }
    return read_scalar(p, a);
}

// ---- nodes

enum { MAX_LIST = 4096, MAX_OUTS = 256, MAX_ATTRS = 32 };

static tn_status read_operands(parser *p, tni_spec *s) {
    TN_TRY(expect(p, "("));
    tni_value *in[MAX_LIST];
    while (!take(p, ")")) {
        if (s->nin) TN_TRY(expect(p, ","));
        if (s->nin == MAX_LIST) return fail(p, "more than %d inputs", MAX_LIST);
        const char *name;
        if (take(p, "_")) {
            in[s->nin++] = NULL;
            continue;
        }
        TN_TRY(read_name(p, &name));
        tni_value *v = tni_value_find(p->g, name);
        if (!v) return fail(p, "nothing before this line makes '%s'", name);
        in[s->nin++] = v;
    }
    s->in = tni_spec_room(p->arena, (size_t)s->nin);
    if (!s->in) return TN_NOMEM;
    if (s->nin) memcpy(s->in, in, (size_t)s->nin * sizeof(tni_value *));
    return TN_OK;
}

static tn_status read_op(parser *p, tni_spec *s) {
    skip(p);
    const char *begin = p->at;
    while (isalnum((unsigned char)*p->at) || *p->at == '_' || *p->at == '.') p->at++;
    const char *dot = p->at;
    while (dot > begin && dot[-1] != '.') dot--;
    s->op = tni_arena_text(p->arena, dot, (size_t)(p->at - dot));
    s->domain = dot > begin ? tni_arena_text(p->arena, begin, (size_t)(dot - begin) - 1) : "";
    return s->op && s->domain ? TN_OK : TN_NOMEM;
}

// What was inferred must be what the text says, as far as it says something.
static tn_status check_types(parser *p, const tni_node *n) {
    if (!take(p, ":")) return TN_OK;
    for (int i = 0, first = 1; i < n->nout; i++) {
        if (!n->out[i]) continue;
        tn_type said;
        if (!first) TN_TRY(expect(p, ","));
        first = 0;
        TN_TRY(read_type(p, &said));
        const tn_type *type = &n->out[i]->info.type;
        if (type->dtype != said.dtype || type->kind != said.kind)
            return fail(p, "'%s' is inferred as %s, not %s", n->out[i]->name, tn_dtype_text(type->dtype),
                        tn_dtype_text(said.dtype));
        if (said.rank >= 0 && type->rank >= 0 && said.rank != type->rank)
            return fail(p, "'%s' is inferred with rank %d, not %d", n->out[i]->name, type->rank, said.rank);
        for (int d = 0; d < said.rank && type->rank >= 0; d++)
            if (!said.dim[d].e && !type->dim[d].e && said.dim[d].k != type->dim[d].k)
                return fail(p, "'%s' is inferred with dimension %d of %lld, not %lld", n->out[i]->name, d,
                            (long long)type->dim[d].k, (long long)said.dim[d].k);
    }
    return TN_OK;
}

static tn_status read_node(parser *p) {
    const char *outs[MAX_OUTS];
    tn_attr attr[MAX_ATTRS];
    tni_spec s = {
        .graph = p->g, .diags = p->diags, .opset = TN_OPSET, .outs = outs, .attr = attr, .cattr = MAX_ATTRS};
    do {
        if (s.nout == MAX_OUTS) return fail(p, "more than %d outputs", MAX_OUTS);
        if (take(p, "_"))
            outs[s.nout++] = "";
        else {
            TN_TRY(read_name(p, &outs[s.nout]));
            if (tni_map_get(&p->g->names, outs[s.nout], strlen(outs[s.nout])))
                return fail(p, "'%s' is made twice", outs[s.nout]);
            s.nout++;
        }
    } while (take(p, ","));
    TN_TRY(expect(p, "="));
    TN_TRY(read_op(p, &s));
    TN_TRY(read_operands(p, &s));
    for (const char *separator = "{"; take(p, separator); separator = ",") {
        if (s.nattr == MAX_ATTRS) return fail(p, "more than %d attributes", MAX_ATTRS);
        TN_TRY(read_attr(p, &attr[s.nattr++]));
    }
    if (s.nattr) TN_TRY(expect(p, "}"));
    tni_node *n = NULL;
    TN_TRY(tni_spec_add(&s, &n));
    TN_TRY(check_types(p, n));
    if (take(p, "@")) {
        tn_str source;
        TN_TRY(expect(p, "\""));
        TN_TRY(read_string(p, &source));
        n->source = source.text;
    }
    return TN_OK;
}

static tn_status read_input(parser *p) {
    const char *name;
    tn_type type;
    TN_TRY(read_name(p, &name));
    TN_TRY(expect(p, ":"));
    TN_TRY(read_type(p, &type));
    tni_value *v = tni_value_new(p->g, name, &type);
    return v ? tni_graph_add_input(p->g, v) : TN_NOMEM;
}

static tn_status read_const(parser *p) {
    const char *name;
    const tn_tensor *t;
    TN_TRY(read_name(p, &name));
    TN_TRY(expect(p, ":"));
    TN_TRY(read_tensor(p, &t));
    return tni_value_const(p->g, name, t) ? TN_OK : TN_NOMEM;
}

static tn_status read_output(parser *p) {
    const char *name;
    TN_TRY(read_name(p, &name));
    tni_value *v = tni_value_find(p->g, name);
    return v ? tni_graph_add_output(p->g, v) : fail(p, "nothing makes the output '%s'", name);
}

// size N = 4, 1 to 9
static tn_status read_size(parser *p) {
    tn_dim d;
    tni_size size;
    skip(p);
    tn_status status = tni_dim_parse(&p->g->root->dims, &p->at, &d);
    if (status == TN_NOMEM) return status;
    if (status != TN_OK) return fail(p, "a size cannot be read at '%.20s'", p->at);
    TN_TRY(expect(p, "="));
    TN_TRY(read_int(p, &size.usual));
    TN_TRY(expect(p, ","));
    TN_TRY(read_int(p, &size.least));
    TN_TRY(expect(p, "to"));
    TN_TRY(read_int(p, &size.most));
    size.name = tni_dim_symbol_name(d);
    if (size.name && tni_graph_set_size(p->g, &size)) return TN_OK;
    return fail(p, "no input has this size, or it is no range");
}

// state %input = %output after f32[1] = {0}
static tn_status read_state(parser *p) {
    const char *input, *output;
    const tn_tensor *first;
    TN_TRY(read_name(p, &input));
    TN_TRY(expect(p, "="));
    TN_TRY(read_name(p, &output));
    TN_TRY(expect(p, "after"));
    TN_TRY(read_tensor(p, &first));
    TN_TRY(tni_graph_give(p->g, input, output, first));
    for (size_t i = 0, at; i < p->g->ninput; i++)
        if (!strcmp(p->g->input[i]->name, input) && tni_graph_state(p->g, i, &at)) return TN_OK;
    return fail(p, "'%s' is no input of this type that an output '%s' above follows", input, output);
}

static tn_status read_graph(parser *p, tn_graph *g) {
    tn_graph *outer = p->g;
    p->g = g;
    TN_TRY(expect(p, "{"));
    while (!take(p, "}")) {
        skip(p);
        if (!*p->at) return fail(p, "the text ends inside a graph");
        if (take(p, "in"))
            TN_TRY(read_input(p));
        else if (take(p, "const"))
            TN_TRY(read_const(p));
        else if (take(p, "out"))
            TN_TRY(read_output(p));
        else if (!g->parent && take(p, "size"))
            TN_TRY(read_size(p));
        else if (!g->parent && take(p, "state"))
            TN_TRY(read_state(p));
        else
            TN_TRY(read_node(p));
    }
    p->g = outer;
    return TN_OK;
}

tn_status tni_graph_parse(tn_graph **g, tn_env *env, const char *text, size_t size, const char *name,
                          tn_diags *diags) {
    tn_graph *made;
    TN_TRY(tni_graph_new(&made, env, name));
    parser p = {.g = made, .arena = &made->root->arena, .diags = diags, .file = name};
    p.start = p.at = tni_arena_text(p.arena, text, size);
    tn_str title = {"", 0};
    tn_status status = p.at ? expect(&p, "graph") : TN_NOMEM;
    if (status == TN_OK && take(&p, "\"")) status = read_string(&p, &title);
    made->name = title.text;
    if (status == TN_OK) status = read_graph(&p, made);
    skip(&p);
    if (status == TN_OK && *p.at) status = fail(&p, "there is text after the graph");
    if (status == TN_OK)
        *g = made;
    else
        tn_graph_free(made);
    return status;
}

// ---- pieces

static parser piece(tn_graph *g, const char *text, tn_diags *diags) {
    return (parser){
        .g = g, .arena = &g->root->arena, .at = text, .start = text, .diags = diags, .file = g->root->file};
}

static tn_status at_end(parser *p) {
    skip(p);
    return *p->at ? fail(p, "nothing is expected at '%.20s'", p->at) : TN_OK;
}

tn_status tni_type_parse(tn_graph *g, const char *text, tn_type *type, tn_diags *diags) {
    parser p = piece(g, text, diags);
    TN_TRY(read_type(&p, type));
    return at_end(&p);
}

tn_status tni_tensor_parse(tn_graph *g, const char *text, const tn_tensor **t, tn_diags *diags) {
    parser p = piece(g, text, diags);
    TN_TRY(read_tensor(&p, t));
    return at_end(&p);
}

tn_status tni_attrs_parse(tn_graph *g, const char *text, tn_attr *attr, size_t room, size_t *n,
                          tn_diags *diags) {
    parser p = piece(g, text, diags);
    *n = 0;
    skip(&p);
    while (*p.at) {
        if (*n == room) return fail(&p, "more than %zu attributes", room);
        TN_TRY(read_attr(&p, &attr[(*n)++]));
        if (!take(&p, ",")) break;
    }
    return at_end(&p);
}
