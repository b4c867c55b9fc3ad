// SPDX-License-Identifier: Apache-2.0
// sizes.c - sizes of the inputs as numbers: tn_sizes(net, "4*N, 49") is a tn.Dims that reads them where the
// types of inputs name them, so that nobody has to hand the inputs through.
#include "net/net.h"

#include "ir/text.h"

#include <string.h>

// The first dimension of an input that is this size and nothing else.
static tni_value *find_size(const tn_graph *g, const char *name, size_t n, int64_t *axis) {
    for (size_t i = 0; i < g->ninput; i++) {
        const tn_type *t = &g->input[i]->info.type;
        for (int k = 0; k < t->rank; k++) {
            const char *own = tni_dim_symbol_name(t->dim[k]);
            if (own && strlen(own) == n && !memcmp(own, name, n)) return *axis = k, g->input[i];
        }
    }
    return NULL;
}

typedef struct reader {
    tn_graph *g;
    tni_sizes *to;
} reader;

static bool note_symbol(void *user, const char *name, size_t n, tn_dim *dim) {
    const reader *r = user;
    tni_sizes *s = r->to;
    tni_arena *a = &r->g->root->arena;
    for (size_t i = 0; i < s->symbols; i++)
        if (strlen(s->symbol[i]) == n && !memcmp(s->symbol[i], name, n))
            return *dim = tn_dim_symbol(&r->g->root->dims, s->symbol[i]), true;
    if (s->symbols == TNI_SIZES) return false;
    int64_t axis;
    int at = 0;
    tni_value *v = find_size(r->g, name, n, &axis);
    const char *kept = v ? tni_arena_text(a, name, n) : NULL;
    if (!kept) return false;
    while (at < s->inputs && s->input[at] != v) at++;
    if (at == s->inputs) s->input[s->inputs++] = v;
    s->from[s->symbols] = at;
    s->axis[s->symbols] = axis;
    s->symbol[s->symbols++] = kept;
    *dim = tn_dim_symbol(&r->g->root->dims, kept);
    return true;
}

// Up to a comma that stands in no brackets.
static size_t piece(const char *text) {
    int depth = 0;
    const char *p = text;
    for (; *p && (*p != ',' || depth); p++) depth += (*p == '(') - (*p == ')');
    return (size_t)(p - text);
}

tn_status tni_sizes_read(tni_sizes *s, tn_graph *g, const char *text) {
    reader r = {g, s};
    *s = (tni_sizes){.exprs = 0};
    for (const char *at = text;; at++) {
        at += strspn(at, " ");
        size_t n = piece(at);
        tn_dim dim;
        if (s->exprs == TN_MAX_RANK) return TN_LIMIT;
        const char *expr = tni_arena_text(&g->root->arena, at, n);
        if (!expr) return TN_NOMEM;
        TN_TRY(tni_dim_parse_with(&g->root->dims, expr, note_symbol, &r, &dim));
        s->expr[s->exprs++] = expr;
        if (!*(at += n)) return TN_OK;
    }
}

// ---- the layer

static void put_texts(tni_text *t, const char *name, const char *const *text, size_t n) {
    tni_text_printf(t, "%s=[", name);
    for (size_t i = 0; i < n; i++) tni_text_printf(t, "%s\"%s\"", i ? ", " : "", text[i]);
    tni_text_puts(t, "], ");
}

static void put_numbers(tni_text *t, const char *name, const int64_t *number, size_t n) {
    tni_text_printf(t, "%s=[", name);
    for (size_t i = 0; i < n; i++) tni_text_printf(t, "%s%lld", i ? ", " : "", (long long)number[i]);
    tni_text_puts(t, "]");
}

tn_value *tn_sizes_at(const tn_site *site, tn_network *net, const char *text) {
    tni_sizes s;
    if (!tni_net_given(net, text, "sizes have no text")) return NULL;
    tn_graph *main = net->graph;
    while (main->parent) main = main->parent;
    tn_status status = tni_sizes_read(&s, main, text);
    if (status != TN_OK || strpbrk(text, "\"\\")) {
        tni_net_fail(
            net, status == TN_NOMEM ? status : TN_INVALID, NULL, NULL,
            "sizes '%s' cannot be read: they are sums and products of sizes that the types of inputs "
            "name, with commas between them, %d at most",
            text, TN_MAX_RANK);
        return NULL;
    }
    tni_text t = {.env = net->root->env};
    put_texts(&t, "exprs", s.expr, s.exprs);
    put_texts(&t, "symbols", s.symbol, s.symbols);
    put_numbers(&t, "inputs", s.from, s.symbols);
    put_numbers(&t, ", axes", s.axis, s.symbols);
    tn_layer_args args = {
        .net = net, .op = "tn.Dims", .inputs = {(size_t)s.inputs, s.input}, .attributes = t.data};
    tn_value *made = NULL;
    if (t.failed)
        tni_net_fail(net, TN_NOMEM, NULL, NULL, "out of memory");
    else
        made = tn_layer_by_name(site, &args);
    tni_text_free(&t);
    return made;
}
