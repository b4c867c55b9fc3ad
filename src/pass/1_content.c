// SPDX-License-Identifier: Apache-2.0
// 1_content.c - shape arithmetic goes. Inference knows the elements of small integer tensors, as numbers or
// as expressions over the sizes of the graph's inputs:
//
//     numbers                     -> a constant
//     the shape of a Reshape      -> a constant with 0 and -1, where that says the same
//     anything else               -> one tn.Dims on the inputs, where the arithmetic ends
//
// It belongs to the simplifications because folding (of floating-point scales, say) lets inference know more.
#include "ir/dim.h"
#include "pass/rewrite.h"

#include <string.h>

typedef enum knowledge { UNKNOWN, NUMBERS, EXPRESSIONS } knowledge;

static knowledge knowledge_of(const tni_value *v) {
    const tn_info *info = &v->info;
    if (!info->content || info->type.kind != TN_TENSOR || info->type.rank < 0 || info->type.rank > 1)
        return UNKNOWN;
    if (!((TN_INTEGERS | TN_BIT(TN_BOOL)) >> info->type.dtype & 1)) return UNKNOWN;
    knowledge k = NUMBERS;
    for (size_t i = 0; i < info->ncontent; i++)
        if (info->content[i].e) k = EXPRESSIONS;
    return k;
}

static tn_status make_constant(tni_value *v, tni_value **to) {
    tn_tensor *t = tni_tensor_new(&v->graph->root->arena, tni_dtype(v), tni_rank(v),
                                  (int64_t[]){(int64_t)v->info.ncontent});
    if (!t) return TN_NOMEM;
    for (size_t i = 0; i < v->info.ncontent; i++) tni_set_int(t, (int64_t)i, v->info.content[i].k);
    *to = tni_value_const(v->graph, NULL, t);
    return *to ? TN_OK : TN_NOMEM;
}

// ---- the shape of a Reshape

// The shape asked for, element by element: a number stays, x's own size is copied. What is left over may be
// -1 where the shape has none yet and no other size can be 0, because beside a 0 it would mean nothing.
static bool copied_shape(const tni_node *n, int64_t to[TN_MAX_RANK]) {
    const tn_info *shape = &n->in[1].value->info;
    const tn_type *x = &n->in[0].value->info.type;
    bool allowzero = tn_attr_int(tni_attrs(n), "allowzero") != 0, others_positive = true;
    int left_over = 0;
    if (!shape->content || shape->ncontent > TN_MAX_RANK) return false;
    for (size_t i = 0; i < shape->ncontent; i++) {
        tn_dim d = shape->content[i];
        bool copied = d.e && (int)i < x->rank && tn_dim_equal(d, x->dim[i]);
        to[i] = copied ? 0 : d.e ? -1 : d.k;
        left_over += d.e && !copied;
        others_positive &= (d.e && !copied) || to[i] > 0;
        if (allowzero && tn_dim_is(d, 0)) return false;
    }
    return left_over == 0 || (left_over == 1 && others_positive);
}

static tn_status constant_shape(tni_node *n, bool *changed) {
    int64_t dims[TN_MAX_RANK];
    if (!tni_is(n, "Reshape") || !n->out[0] || knowledge_of(n->in[1].value) != EXPRESSIONS) return TN_OK;
    if (!copied_shape(n, dims)) return TN_OK;
    tni_value *shape = n->in[1].value, *to = tni_value_ints(n->graph, NULL, dims, shape->info.ncontent);
    if (!to) return TN_NOMEM;
    if (tn_attr_int(tni_attrs(n), "allowzero")) TN_TRY(tni_node_set_attr(n, &TN_A_INT("allowzero", 0)));
    tni_node_set_input(n, 1, to);
    if (shape->def) tni_sweep(shape->def);
    *changed = true;
    return TN_OK;
}

// ---- tn.Dims

enum { MAX_SYMBOLS = 16, MAX_DEPTH = 64 };

typedef struct scope {
    const tn_graph *main;
    tni_value *input[MAX_SYMBOLS]; // each once
    int ninput;
    tn_str symbol[MAX_SYMBOLS];
    int64_t place[MAX_SYMBOLS], axis[MAX_SYMBOLS];
    size_t n;
    bool unbound; // a symbol is no graph input's size
} scope;

static int64_t input_place(scope *s, tni_value *v) {
    for (int i = 0; i < s->ninput; i++)
        if (s->input[i] == v) return i;
    s->input[s->ninput] = v;
    return s->ninput++;
}

static bool bind(scope *s, const char *symbol) {
    for (size_t i = 0; i < s->main->ninput; i++) {
        tni_value *v = s->main->input[i];
        for (int d = 0; v->info.type.kind == TN_TENSOR && d < tni_rank(v); d++) {
            const char *name = tni_dim_symbol_name(v->info.type.dim[d]);
            if (!name || strcmp(name, symbol)) continue;
            s->symbol[s->n] = (tn_str){symbol, strlen(symbol)};
            s->place[s->n] = input_place(s, v);
            s->axis[s->n++] = d;
            return true;
        }
    }
    return false;
}

// Called for every symbol of an expression.
static bool note_symbol(void *user, const char *symbol, int64_t *value) {
    scope *s = user;
    *value = 1;
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->symbol[i].text, symbol)) return true;
    if (s->n == MAX_SYMBOLS || !bind(s, symbol)) s->unbound = true;
    return !s->unbound;
}

static bool bind_all(scope *s, const tn_dim *d, size_t n) {
    int64_t ignored;
    for (size_t i = 0; i < n; i++) tni_dim_eval(d[i], note_symbol, s, &ignored);
    return !s->unbound && s->n > 0;
}

static tn_status print_exprs(tni_arena *a, const tn_dim *d, size_t n, tn_str **to) {
    *to = tni_arena_zalloc(a, (n + 1) * sizeof **to);
    if (!*to) return TN_NOMEM;
    for (size_t i = 0; i < n; i++) {
        tni_text t = {.env = a->env};
        tni_dim_print(&t, d[i]);
        char *text = t.failed ? NULL : tni_arena_text(a, t.data, t.length);
        (*to)[i] = (tn_str){text, t.length};
        tni_text_free(&t);
        if (!text) return TN_NOMEM;
    }
    return TN_OK;
}

// The node of `content` before `at`; *to stays NULL where it cannot be said with the graph's inputs.
static tn_status make_dims(tni_node *at, const tn_dim *content, size_t n, bool scalar, tni_value **to,
                           tn_diags *diags) {
    scope s = {.main = at->graph};
    tn_status status;
    tn_str *expr, *symbol;
    while (s.main->parent) s.main = s.main->parent;
    *to = NULL;
    if (!bind_all(&s, content, n)) return TN_OK;
    tni_arena *a = &at->graph->root->arena;
    TN_TRY(print_exprs(a, content, n, &expr));
    if (!(symbol = tni_arena_copy(a, s.symbol, s.n * sizeof *symbol))) return TN_NOMEM;
    const tn_attr attr[] = {
        {.name = "exprs", .kind = TN_ATTR_STRINGS, .present = true, .strings = expr, .n = n},
        {.name = "symbols", .kind = TN_ATTR_STRINGS, .present = true, .strings = symbol, .n = s.n},
        TN_A_INTS("inputs", s.place, s.n),
        TN_A_INTS("axes", s.axis, s.n),
        TN_A_INT("scalar", 1),
    };
    *to =
        tni_emit(at,
                 (tni_new_node){
                     .op = "tn.Dims", .nin = s.ninput, .in = s.input, .nattr = scalar ? 5 : 4, .attr = attr},
                 &status, diags);
    return status;
}

// Arithmetic ends at a node that makes something else of `v` than numbers inference knows.
static bool ends_at(const tni_use *u) {
    if (!u->node || (u->node->op->traits & TN_CONTROL)) return true;
    for (int i = 0; i < u->node->nout; i++)
        if (u->node->out[i] && u->node->out[i]->uses && knowledge_of(u->node->out[i]) == UNKNOWN) return true;
    return false;
}

static bool is_end(const tni_value *v) {
    for (const tni_use *u = v->uses; u; u = u->next)
        if (ends_at(u)) return true;
    return false;
}

// Already as short as it gets: tn.Dims, the shape of an input, or a conversion of one.
static bool is_short(const tni_value *v) {
    const tni_node *n = v->def;
    if (tni_is(n, "Cast") && n->in[0].value->def) n = n->in[0].value->def;
    return tni_is(n, "tn.Dims") || (tni_is(n, "Shape") && n->in[0].value->is_input);
}

static tn_status replace_by_dims(tni_node *n, tni_value *v, bool *changed, tn_diags *diags) {
    tni_value *to;
    tn_status status;
    if (!is_end(v) || is_short(v)) return TN_OK;
    TN_TRY(make_dims(n, v->info.content, v->info.ncontent, tni_rank(v) == 0, &to, diags));
    if (to && tni_dtype(v) != TN_I64) {
        to = tni_emit(n,
                      (tni_new_node){.op = "Cast",
                                     .nin = 1,
                                     .in = &to,
                                     .nattr = 1,
                                     .attr = &TN_A_INT("to", (int64_t)tni_dtype(v))},
                      &status, diags);
        TN_TRY(status);
    }
    if (!to) return TN_OK;
    tni_replace_value(v, to);
    *changed = true;
    return TN_OK;
}

// ---- the pass

static tn_status simplify_output(tni_node *n, tni_value *v, bool *changed, tn_diags *diags) {
    tni_value *to;
    knowledge k = knowledge_of(v);
    if (k == UNKNOWN || !v->uses || (n->op->traits & TN_RANDOM)) return TN_OK;
    if (k == EXPRESSIONS) return replace_by_dims(n, v, changed, diags);
    TN_TRY(make_constant(v, &to));
    tni_replace_value(v, to);
    *changed = true;
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        TN_TRY(constant_shape(n, changed));
    }
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        for (int i = 0; i < n->nout; i++)
            if (n->out[i]) TN_TRY(simplify_output(n, n->out[i], changed, diags));
        tni_sweep(n);
    }
    return TN_OK;
}

TN_PASS(content) = {
    TN_HERE, .name = "content", .level = 1, .run = run,
    .doc = "replaces shape arithmetic by constants, or by one tn.Dims where sizes are symbolic"};
