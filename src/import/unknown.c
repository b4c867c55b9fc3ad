// SPDX-License-Identifier: Apache-2.0
// unknown.c - the report on operators nobody knows. A value made by such a node carries the node's number
// (from 1) in `mark` and which output it is in `def_index`, though nothing defines it.
#include "import/unknown.h"

#include "ir/registry.h"

#include <stdio.h>
#include <string.h>

enum { NAMED = 6, OPERATORS = 100, REGIONS = 8 }; // at most told by name

// ---- noting

static const char *keep(tni_unknowns *u, const char *text) {
    const char *copy = text ? tni_arena_text(u->arena, text, strlen(text)) : NULL;
    u->failed |= text && !copy;
    return copy;
}

static tni_value **keep_values(tni_unknowns *u, tni_value *const *v, int n) {
    tni_value **copy = tni_arena_zalloc(u->arena, (size_t)(n + 1) * sizeof *copy);
    if (copy && n) memcpy(copy, v, (size_t)n * sizeof *copy);
    u->failed |= !copy;
    return copy;
}

void tni_unknowns_add(tni_unknowns *u, const tni_unknown *from) {
    if (!tni_arena_grow(u->arena, &u->node, u->count, &u->capacity, sizeof *u->node)) {
        u->failed = true;
        return;
    }
    tni_unknown n = *from;
    n.domain = keep(u, n.domain), n.op = keep(u, n.op), n.hint = keep(u, n.hint);
    n.where.file = keep(u, n.where.file), n.where.node = keep(u, n.where.node);
    n.where.op = keep(u, n.where.op), n.where.source = keep(u, n.where.source);
    n.in = keep_values(u, n.in, n.nin);
    n.out = keep_values(u, n.out, n.nout);
    n.used = tni_arena_zalloc(u->arena, (size_t)n.nout + 1);
    n.region = u->count;
    if (u->failed || !n.used) {
        u->failed = true;
        return;
    }
    u->node[u->count++] = n;
    for (int i = 0; i < n.nout; i++)
        if (n.out[i]) n.out[i]->mark = (int)u->count, n.out[i]->def_index = i;
}

// The unknown node that would make `v`, or NULL.
static tni_unknown *maker(const tni_unknowns *u, const tni_value *v) {
    if (!v || v->def || v->is_input || v->mark < 1 || (size_t)v->mark > u->count) return NULL;
    return &u->node[v->mark - 1];
}

void tni_unknowns_read(tni_unknowns *u, const tni_value *v) {
    tni_unknown *n = maker(u, v);
    if (n) n->used[v->def_index] = true;
}

// ---- what is wrong

// ONNX Runtime's own that are left out on purpose.
static const struct {
    const char *ops, *hint; // names between blanks
} left_out[] = {
    {" BeamSearch GreedySearch Sampling WhisperBeamSearch ",
     "a generation loop belongs into the program: export the encoder and the decoder as models of their own, "
     "with their "
     "caches as inputs and outputs"},
    {" EPContext Snpe ",
     "it holds a program for another processor: use the model from before it was compiled"},
    {" MatMulFpQ4 QuantizeBFP DequantizeBFP PagedAttention ",
     "its data lie as one library or processor wants them: export without it (4-bit weights as MatMulNBits)"},
    {" SparseToDenseMatMul ", "sparse tensors are not supported: export with dense weights"},
};

static const char *left_out_hint(const char *domain, const char *op) {
    char name[64];
    snprintf(name, sizeof name, " %.60s ", op);
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out && !strcmp(domain, "com.microsoft"); i++)
        if (strstr(left_out[i].ops, name)) return left_out[i].hint;
    return NULL;
}

const char *tni_unknown_hint(const tn_env *env, tni_arena *a, const char *domain, const char *op, int opset) {
    const tn_op_def *other;
    const char *ours = left_out_hint(domain, op);
    if (ours) return ours;
    if (!strncmp(domain, "ai.onnx.preview", 15) || !strncmp(domain, "ai.onnx.training", 16))
        return "training is not supported: export the model for inference";
    for (size_t i = 0; (other = tni_op_at(env, i)); i++)
        if (!strcmp(other->name, op))
            return tni_arena_printf(a, "there is one of this name in domain '%s'",
                                    *tni_domain(other->domain) ? other->domain : "ai.onnx");
    if (!*domain && opset > TN_OPSET)
        return tni_arena_printf(a, "opset %d is newer than %d, the newest known here", opset, TN_OPSET);
    if (!*domain) return "the name may be misspelt, or the operator experimental and withdrawn from ONNX";
    return "write it as a plug-in, one C file of some 60 lines (docs/design/012-plug-ins.md, "
           "examples/plugin/pixel_norm.c), and load it with --plugin; or put it into the model as a "
           "function; or "
           "export with operators of ONNX";
}

static bool same_op(const tni_unknown *a, const tni_unknown *b) {
    return !strcmp(a->op, b->op) && (a->domain == b->domain || !strcmp(a->domain, b->domain));
}

// "'a', 'b' (net.py:14), and 3 more"; sources that differ from the first node's, which the message begins
// with.
static void list_nodes(tni_text *t, const tni_unknowns *u, size_t first, size_t count) {
    const char *source = u->node[first].where.source;
    size_t told = 0;
    for (size_t i = first; i < u->count && told < NAMED; i++) {
        const tn_diag *w = &u->node[i].where;
        if (!same_op(&u->node[i], &u->node[first])) continue;
        tni_text_printf(t, "%s'%s'", told++ ? ", " : "", w->node);
        if (w->source && (!source || strcmp(w->source, source))) tni_text_printf(t, " (%s)", w->source);
    }
    if (count > told) tni_text_printf(t, " and %zu more", count - told);
}

// What the person has been told to do already is not repeated.
static const char *new_hint(const char *hint, const tn_diags *diags) {
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        const char *other = tn_diags_get(diags, i)->hint;
        if (other && !strcmp(other, hint)) return NULL;
    }
    return hint;
}

// All nodes of the operator of node `first` in one error.
static void tell_operator(tni_unknowns *u, size_t first, tn_diags *diags) {
    tni_unknown *n = &u->node[first];
    tni_text t = {.env = u->arena->env};
    size_t count = 0;
    for (size_t i = first; i < u->count; i++)
        if (same_op(&u->node[i], n)) u->node[i].told = true, count++;
    if (count > 1) {
        tni_text_printf(&t, "; %zu nodes use it: ", count);
        list_nodes(&t, u, first, count);
    }
    tn_diag d = n->where;
    d.severity = TN_ERROR;
    d.status = TN_UNSUPPORTED;
    d.hint = new_hint(n->hint, diags);
    const char *nodes = t.data ? t.data : "";
    if (!n->domain)
        tni_diag(diags, &d, "this operator of PyTorch cannot be read%s", nodes);
    else
        tni_diag(diags, &d, "there is no operator '%s' in domain '%s'%s", n->op,
                 *n->domain ? n->domain : "ai.onnx", nodes);
    tni_text_free(&t);
}

// ---- where it is

static size_t region_of(tni_unknowns *u, size_t i) {
    while (u->node[i].region != i) {
        u->node[i].region = u->node[u->node[i].region].region;
        i = u->node[i].region;
    }
    return i;
}

// Nodes of which one reads what the other would make are one region, which is named after its first node.
static void join(tni_unknowns *u) {
    for (size_t i = 0; i < u->count; i++)
        for (int k = 0; k < u->node[i].nin; k++) {
            tni_unknown *from = maker(u, u->node[i].in[k]);
            if (!from) continue;
            size_t a = region_of(u, (size_t)(from - u->node)), b = region_of(u, i);
            u->node[a < b ? b : a].region = a < b ? a : b;
        }
}

typedef struct list {
    tni_text t;
    size_t count;
} list;

static void list_value(list *l, const tni_value *v) {
    if (l->count++ >= NAMED) return;
    tni_text_printf(&l->t, "%s'%s'", l->count > 1 ? ", " : "", v->name);
    if (v->info.type.dtype == TN_UNDEFINED) return;
    tni_text_puts(&l->t, " ");
    tni_type_print(&l->t, &v->info.type);
    if (v->info.constant) tni_text_puts(&l->t, " (constant)");
}

static const char *listed(list *l) {
    if (!l->count) return "nothing";
    if (l->count > NAMED) tni_text_printf(&l->t, " and %zu more", l->count - NAMED);
    return l->t.data ? l->t.data : "";
}

// Whether an earlier node of the region reads `v` too.
static bool entered_before(tni_unknowns *u, size_t region, size_t node, int input, const tni_value *v) {
    for (size_t i = region; i <= node; i++)
        for (int k = 0; region_of(u, i) == region && k < (i < node ? u->node[i].nin : input); k++)
            if (u->node[i].in[k] == v) return true;
    return false;
}

static void tell_region(tni_unknowns *u, size_t region, tn_diags *diags) {
    list nodes = {.t.env = u->arena->env}, in = nodes, out = nodes;
    for (size_t i = region; i < u->count; i++) {
        const tni_unknown *n = &u->node[i];
        if (region_of(u, i) != region) continue;
        if (nodes.count++ < NAMED)
            tni_text_printf(&nodes.t, "%s'%s' (%s)", nodes.count > 1 ? ", " : "", n->where.node, n->where.op);
        for (int k = 0; k < n->nin; k++)
            if (n->in[k] && !maker(u, n->in[k]) && in.count <= NAMED &&
                !entered_before(u, region, i, k, n->in[k]))
                list_value(&in, n->in[k]);
        for (int k = 0; k < n->nout; k++)
            if (n->out[k] && n->used[k]) list_value(&out, n->out[k]);
    }
    tn_diag d = {.severity = TN_NOTE, .status = TN_UNSUPPORTED, .file = u->node[region].where.file};
    tni_diag(diags, &d, "what is not supported is %zu node%s, %s; into it go%s %s; out of it come%s %s",
             nodes.count, nodes.count > 1 ? "s" : "", listed(&nodes), in.count == 1 ? "es" : "", listed(&in),
             out.count == 1 ? "s" : "", listed(&out));
    tni_text_free(&nodes.t);
    tni_text_free(&in.t);
    tni_text_free(&out.t);
}

void tni_unknowns_tell(tni_unknowns *u, tn_diags *diags) {
    size_t operators = 0, regions = 0, rest = 0;
    for (size_t i = 0; i < u->count; i++)
        if (!u->node[i].told && operators++ < OPERATORS) tell_operator(u, i, diags);
    for (size_t i = 0; i < u->count; i++) rest += !u->node[i].told;
    if (rest) {
        tn_diag d = {.severity = TN_ERROR, .status = TN_UNSUPPORTED, .file = u->node[0].where.file};
        tni_diag(diags, &d, "%zu more nodes use other unknown operators", rest);
    }
    join(u);
    for (size_t i = 0; i < u->count; i++)
        if (region_of(u, i) == i && regions++ < REGIONS) tell_region(u, i, diags);
    if (regions <= REGIONS) return;
    tn_diag d = {.severity = TN_NOTE, .status = TN_UNSUPPORTED, .file = u->node[0].where.file};
    tni_diag(diags, &d, "there are %zu more such regions", regions - REGIONS);
}
