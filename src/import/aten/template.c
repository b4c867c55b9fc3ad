// SPDX-License-Identifier: Apache-2.0
// template.c - templates into nodes: a recursive-descent reader that makes what it reads. Its language is
// described in aten.h.
#include "import/aten/complex.h"

#include "ir/registry.h"
#include "ir/spec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IN = 16, MAX_GIVEN = 16, MAX_ATTR = 16 };

typedef struct reader {
    tn_aten *c;
    const char *at;
    tni_value *given[MAX_GIVEN];
    bool omitted; // the operand just read is an omitted input
    int depth;
} reader;

static tni_value *read_operand(reader *r);

static tni_value *stuck(reader *r) {
    tni_at_fail(r->c, NULL, "its template does not read, at '%.40s'", r->at);
    return NULL;
}

static void blanks(reader *r) {
    while (*r->at == ' ') r->at++;
}

static bool take(reader *r, char c) {
    blanks(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static bool read_word(reader *r, char word[64]) {
    size_t n = 0;
    blanks(r);
    while (n < 63 && (isalnum((unsigned char)*r->at) || *r->at == '_' || *r->at == '.')) word[n++] = *r->at++;
    word[n] = 0;
    return n > 0;
}

// ---- making one node

// Small integers that are already known become a constant: most of what is written about shapes.
static tni_value *known(tn_aten *c, tni_node *n) {
    tni_value *v = n->out[0], *k = NULL;
    tn_dtype dtype = v->info.type.dtype;
    int64_t content[TN_MAX_CONTENT];
    if (!v->info.content || v->info.type.rank < 0 ||
        !(dtype == TN_I64 || dtype == TN_BOOL || dtype == TN_I32))
        return v;
    for (size_t i = 0; i < v->info.ncontent; i++) {
        if (v->info.content[i].e) return v;
        content[i] = v->info.content[i].k;
    }
    tn_tensor *t = tni_tensor_new(&c->graph->root->arena, dtype, v->info.type.rank,
                                  (int64_t[]){(int64_t)v->info.ncontent});
    for (size_t i = 0; t && i < v->info.ncontent; i++) tni_set_int(t, (int64_t)i, content[i]);
    if (t) k = tni_value_const(c->graph, NULL, t);
    if (!k) return c->x->nomem = c->failed = true, NULL;
    tni_node_remove(n);
    return k;
}

static tni_value **outputs(tn_aten *c, const char *domain, const char *op, int nin, tni_value **in,
                           size_t nattr, tn_attr *attr, size_t nout) {
    tni_arena *a = &c->graph->root->arena;
    const char **name = tni_arena_zalloc(a, (nout + 1) * sizeof *name);
    tni_node *n;
    for (size_t i = 0; name && i < nout; i++)
        if (!(name[i] = tni_arena_printf(a, "%s.%u", *c->name ? c->name : op, ++c->graph->root->fresh)))
            name = NULL;
    tni_spec s = {.graph = c->graph,
                  .diags = c->x->diags,
                  .domain = domain,
                  .op = op,
                  .name = c->name,
                  .source = c->source,
                  .module = c->module,
                  .opset = TN_OPSET,
                  .nin = nin,
                  .nout = (int)nout,
                  .outs = name,
                  .nattr = nattr,
                  .attr = attr};
    s.in = name ? tni_spec_room(a, (size_t)nin) : NULL;
    if (!s.in) return c->x->nomem = c->failed = true, NULL;
    memcpy(s.in, in, (size_t)nin * sizeof *in);
    tn_status status = tni_spec_add(&s, &n);
    if (status == TN_OK && nout == 1 && !(n->out[0] = known(c, n))) return NULL;
    if (status == TN_OK) return n->out;
    c->failed = true;
    c->x->nomem |= status == TN_NOMEM;
    c->x->errors++;
    return NULL;
}

// Numbers are what the operator's table says they are.
static void coerce(const tn_env *env, const char *domain, const char *op, size_t nattr, tn_attr *attr) {
    const tn_op_def *def = tni_op_find(env, domain, op);
    for (size_t i = 0; def && i < nattr; i++)
        for (const tn_attr_def *row = def->attrs; row->name; row++) {
            if (strcmp(row->name, attr[i].name)) continue;
            if (row->kind == TN_ATTR_FLOAT && attr[i].kind == TN_ATTR_INT) attr[i].f = (double)attr[i].i;
            if (row->kind == TN_ATTR_INT && attr[i].kind == TN_ATTR_FLOAT) attr[i].i = (int64_t)attr[i].f;
            if (attr[i].kind == TN_ATTR_INT || attr[i].kind == TN_ATTR_FLOAT)
                if (row->kind == TN_ATTR_INT || row->kind == TN_ATTR_FLOAT) attr[i].kind = row->kind;
        }
}

// "com.microsoft.Gelu" in its parts.
static tni_value **place(tn_aten *c, const char *text, int nin, tni_value **in, size_t nattr,
                         const tn_attr *attr, size_t nout) {
    tni_arena *a = &c->graph->root->arena;
    const char *dot = strrchr(text, '.');
    const char *domain = dot ? tni_arena_text(a, text, (size_t)(dot - text)) : "";
    const char *op = tni_arena_text(a, dot ? dot + 1 : text, strlen(dot ? dot + 1 : text));
    tn_attr *own = tni_arena_alloc(a, (nattr + 1) * sizeof *own);
    if (c->failed) return NULL;
    if (!domain || !op || !own) return c->x->nomem = c->failed = true, NULL;
    if (nattr) memcpy(own, attr, nattr * sizeof *own);
    coerce(c->x->env, domain, op, nattr, own);
    while (nin > 0 && !in[nin - 1]) nin--;
    return outputs(c, domain, op, nin, in, nattr, own, nout);
}

bool tni_at_node(tn_aten *c, const char *op, size_t nin, tni_value *const *in, size_t nout, tni_value **out) {
    tni_value *room[TNI_AT_LIST];
    for (size_t i = 0; i < nin; i++) room[i] = in[i];
    tni_value **made = c->failed ? NULL : place(c, op, (int)nin, room, c->nlocal, c->local, nout);
    for (size_t i = 0; i < nout; i++) out[i] = made ? made[i] : NULL;
    return made != NULL;
}

tni_value *tni_at_list(tn_aten *c, const char *op, size_t nin, tni_value *const *in) {
    tni_value *out = NULL;
    tni_at_node(c, op, nin, in, 1, &out);
    return out;
}

tni_value *tni_at_cast(tn_aten *c, tni_value *v, tn_dtype dtype) {
    if (!v || c->failed || v->info.type.dtype == dtype || !dtype) return c->failed ? NULL : v;
    if (TN_COMPLEX >> v->info.type.dtype & 1 || TN_COMPLEX >> dtype & 1)
        return tni_at_cast_complex(c, v, dtype);
    tni_value **out = place(c, "Cast", 1, &v, 1, &TN_A_INT("to", dtype), 1);
    return out ? out[0] : NULL;
}

static bool is_whole(tn_dtype t) { return (TN_INTEGERS | TN_BIT(TN_BOOL)) >> t & 1; }

tni_value *tni_at_as_real(tn_aten *c, tni_value *v) {
    return is_whole(tni_at_type(v)) ? tni_at_cast(c, v, TN_F64) : v;
}

// By way of i64, from which narrower integers wrap around.
tni_value *tni_at_as_out(tn_aten *c, tni_value *v) {
    bool back = tni_at_type(v) == TN_F64 && is_whole(c->out);
    return back ? tni_at_cast(c, tni_at_cast(c, v, TN_I64), c->out) : v;
}

tni_value *tni_at_scalar(tn_aten *c, tn_dtype dtype, double value) {
    tn_tensor *t = c->failed ? NULL : tni_tensor_new(&c->graph->root->arena, dtype, 0, NULL);
    if (t) tni_set(t, 0, value);
    tni_value *v = t ? tni_value_const(c->graph, NULL, t) : NULL;
    if (!v && !c->failed) c->x->nomem = c->failed = true;
    return v;
}

tni_value *tni_at_vector(tn_aten *c, const int64_t *values, size_t n) {
    tni_value *v = c->failed ? NULL : tni_value_ints(c->graph, NULL, values, n);
    if (!v && !c->failed) c->x->nomem = c->failed = true;
    return v;
}

int tni_at_rank(tn_aten *c, const tni_value *v) {
    if (v && v->info.type.rank >= 0) return v->info.type.rank;
    tni_at_fail(c, NULL, "the number of dimensions of an input is not known");
    return 0;
}

tni_value *tni_at_of_rank(tn_aten *c, tni_value *v, int rank) {
    while (!c->failed && tni_at_rank(c, v) < rank) v = tni_at_expr(c, "Unsqueeze($0, [0])", v);
    return v;
}

// ---- what converters set for templates

static void set_local(tn_aten *c, tn_attr a) {
    size_t i = 0;
    while (i < c->nlocal && strcmp(c->local[i].name, a.name)) i++;
    if (i == sizeof c->local / sizeof *c->local) {
        tni_at_fail(c, NULL, "it has too many attributes");
        return;
    }
    c->nlocal += i == c->nlocal;
    c->local[i] = a;
}

void tni_at_set_int(tn_aten *c, const char *name, int64_t v) { set_local(c, TN_A_INT(name, v)); }
void tni_at_set_float(tn_aten *c, const char *name, double v) { set_local(c, TN_A_FLOAT(name, v)); }
void tni_at_set_text(tn_aten *c, const char *name, const char *v) {
    const char *copy = tni_arena_text(&c->graph->root->arena, v, strlen(v));
    if (!copy) c->x->nomem = c->failed = true;
    if (copy) set_local(c, TN_A_STRING(name, copy));
}

void tni_at_clear(tn_aten *c) { c->nlocal = 0; }

void tni_at_set_ints(tn_aten *c, const char *name, const int64_t *v, size_t n) {
    const int64_t *copy = tni_arena_copy(&c->graph->root->arena, v, (n ? n : 1) * sizeof *v);
    if (!copy) {
        c->x->nomem = c->failed = true;
        return;
    }
    set_local(c, TN_A_INTS(name, copy, n));
}

void tni_at_set_graph(tn_aten *c, const char *name, tn_graph *v) {
    if (v) set_local(c, (tn_attr){.name = name, .kind = TN_ATTR_GRAPH, .present = true, .graph = v});
}

void tni_at_set_texts(tn_aten *c, const char *name, const tn_str *v, size_t n) {
    set_local(c, (tn_attr){.name = name, .kind = TN_ATTR_STRINGS, .present = true, .strings = v, .n = n});
}

static const tn_attr *local(const tn_aten *c, const char *name) {
    for (size_t i = 0; i < c->nlocal; i++)
        if (!strcmp(c->local[i].name, name)) return &c->local[i];
    return NULL;
}

// ---- attributes

static bool read_list(reader *r, int64_t *to, size_t *n) {
    char word[64];
    for (*n = 0; !take(r, ']'); ++*n) {
        if (*n == 16 || (*n && !take(r, ','))) return stuck(r), false;
        blanks(r);
        if (isdigit((unsigned char)*r->at) || *r->at == '-') {
            char *end;
            to[*n] = strtoll(r->at, &end, 10);
            r->at = end;
        } else if (read_word(r, word)) {
            const tn_attr *set = local(r->c, word);
            to[*n] = set && set->kind == TN_ATTR_INT ? set->i : tni_at_int(r->c, word);
        } else {
            return stuck(r), false;
        }
    }
    return true;
}

// An argument of the call as an attribute.
static tn_attr argument_attr(tn_aten *c, const char *word) {
    int64_t ints[TNI_AT_LIST];
    const tn_attr *set = local(c, word);
    if (set) return *set;
    switch (tni_at_kind(c, word)) {
    case TN_ATTR_FLOAT: return TN_A_FLOAT("", tni_at_float(c, word));
    case TN_ATTR_STRING: {
        const char *text = tni_at_string(c, word),
                   *copy = tni_arena_text(&c->graph->root->arena, text, strlen(text));
        if (!copy) c->x->nomem = c->failed = true;
        return TN_A_STRING("", copy ? copy : "");
    }
    case TN_ATTR_INTS: {
        size_t n = tni_at_ints(c, word, ints);
        const int64_t *copy = tni_arena_copy(&c->graph->root->arena, ints, (n + 1) * sizeof *ints);
        if (!copy) c->x->nomem = c->failed = true;
        return TN_A_INTS("", copy, copy ? n : 0);
    }
    default: return TN_A_INT("", tni_at_int(c, word));
    }
}

static tn_attr read_attr(reader *r) {
    char word[64];
    int64_t ints[16];
    size_t n;
    blanks(r);
    if (take(r, '[')) {
        if (!read_list(r, ints, &n)) return TN_A_INT("", 0);
        const int64_t *copy = tni_arena_copy(&r->c->graph->root->arena, ints, sizeof ints);
        if (!copy) r->c->x->nomem = r->c->failed = true;
        return TN_A_INTS("", copy, copy ? n : 0);
    }
    if (take(r, '\'')) {
        const char *end = strchr(r->at, '\'');
        const char *text =
            end ? tni_arena_text(&r->c->graph->root->arena, r->at, (size_t)(end - r->at)) : NULL;
        if (!text) return stuck(r), TN_A_INT("", 0);
        r->at = end + 1;
        return TN_A_STRING("", text);
    }
    if (isdigit((unsigned char)*r->at) || *r->at == '-') {
        char *end;
        double f = strtod(r->at, &end);
        bool whole = !memchr(r->at, '.', (size_t)(end - r->at)) && !memchr(r->at, 'e', (size_t)(end - r->at));
        r->at = end;
        return whole ? TN_A_INT("", (int64_t)f) : TN_A_FLOAT("", f);
    }
    return read_word(r, word) ? argument_attr(r->c, word) : (stuck(r), TN_A_INT("", 0));
}

static bool read_attrs(reader *r, tn_attr *attr, size_t *n) {
    char word[64];
    *n = 0;
    if (!take(r, '{')) return true;
    while (!take(r, '}')) {
        if (*n == MAX_ATTR || (*n && !take(r, ',')) || !read_word(r, word) || !take(r, '='))
            return stuck(r), false;
        const char *name = tni_arena_text(&r->c->graph->root->arena, word, strlen(word));
        if (!name) return !(r->c->x->nomem = r->c->failed = true);
        attr[*n] = read_attr(r);
        attr[(*n)++].name = name;
    }
    return !r->c->failed;
}

// ---- operands

static tni_value *read_call(reader *r, const char *op) {
    tni_value *in[MAX_IN];
    tn_attr attr[MAX_ATTR];
    size_t nattr;
    int nin = 0;
    while (!take(r, ')')) {
        if (nin == MAX_IN || (nin && !take(r, ','))) return stuck(r);
        in[nin] = read_operand(r);
        if (!in[nin++] && !r->omitted) return r->c->failed ? NULL : stuck(r);
    }
    if (!read_attrs(r, attr, &nattr)) return NULL;
    tni_value **out = place(r->c, op, nin, in, nattr, attr, 1);
    r->omitted = false;
    return out ? out[0] : NULL;
}

static tni_value *read_cast(reader *r, const char *word) {
    tn_dtype dtype = r->c->out;
    if (strcmp(word, "out") && !tni_dtype_parse(word, strlen(word), &dtype)) return stuck(r);
    tni_value *v = read_operand(r);
    if (r->omitted || !v) return r->c->failed ? NULL : stuck(r);
    return take(r, ')') ? tni_at_cast(r->c, v, dtype) : stuck(r);
}

// An argument of the call as an input.
static tni_value *argument_value(reader *r, const char *word) {
    tn_aten *c = r->c;
    bool convert = c->def->flags & (TN_ATEN_OUT | TN_ATEN_COMPARE);
    if (!tni_at_has(c, word)) {
        r->omitted = !c->failed;
        return NULL;
    }
    switch (tni_at_kind(c, word)) {
    case TN_ATTR_TENSOR: {
        tni_value *v = tni_at_tensor(c, word);
        return convert ? tni_at_cast(c, v, c->compute) : v;
    }
    case TN_ATTR_INTS: return tni_at_size(c, word);
    default: return tni_at_number(c, word, c->compute);
    }
}

static tni_value *read_operand(reader *r) {
    char word[64];
    int64_t ints[16];
    size_t n;
    r->omitted = false;
    if (r->depth > 16 || r->c->failed) return NULL;
    blanks(r);
    if (take(r, '[')) return read_list(r, ints, &n) ? tni_at_vector(r->c, ints, n) : NULL;
    if (take(r, '$')) {
        unsigned i = (unsigned)(*r->at++ - '0');
        if (i >= MAX_GIVEN || !r->given[i]) return r->c->failed ? NULL : stuck(r);
        return r->given[i];
    }
    if (isdigit((unsigned char)*r->at) || *r->at == '-') {
        char *end;
        double f = strtod(r->at, &end);
        r->at = end;
        return tni_at_scalar(r->c, r->c->compute, f);
    }
    if (!read_word(r, word)) return stuck(r);
    if (!strcmp(word, "_")) return r->omitted = true, NULL;
    if (take(r, '?')) {
        tni_value *otherwise = read_operand(r);
        return tni_at_has(r->c, word) ? argument_value(r, word) : otherwise;
    }
    if (!take(r, '(')) return argument_value(r, word);
    r->depth++;
    tni_value *v =
        islower((unsigned char)*word) && !strchr(word, '.') ? read_cast(r, word) : read_call(r, word);
    r->depth--;
    return v;
}

static int count_given(const char *format) {
    int most = -1;
    for (const char *p = format; (p = strchr(p, '$')); p++)
        if (p[1] - '0' > most) most = p[1] - '0';
    return most + 1;
}

tni_value *tni_at_expr(tn_aten *c, const char *format, ...) {
    reader r = {.c = c, .at = format};
    int n = count_given(format);
    va_list args;
    if (c->failed) return NULL;
    if (c->def->flags & TN_ATEN_COMPARE) c->compute = tni_at_promote(c, "self", "other");
    va_start(args, format);
    for (int i = 0; i < n && i < MAX_GIVEN; i++) r.given[i] = va_arg(args, tni_value *);
    va_end(args);
    for (int i = 0; i < n && i < MAX_GIVEN; i++)
        if (!r.given[i]) {
            tni_at_fail(c, NULL, "an input of its template is missing");
            return NULL;
        }
    tni_value *v = read_operand(&r);
    blanks(&r);
    if (!c->failed && (*r.at || r.omitted)) return stuck(&r);
    return v;
}

void tni_at_exprs(tn_aten *c, const char *format) {
    reader r = {.c = c, .at = format};
    if (c->def->flags & TN_ATEN_COMPARE) c->compute = tni_at_promote(c, "self", "other");
    size_t n = 0;
    do tni_at_give(c, n++, read_operand(&r));
    while (!c->failed && take(&r, ';'));
    blanks(&r);
    if (!c->failed && (*r.at || r.omitted)) stuck(&r);
}
