// SPDX-License-Identifier: Apache-2.0
// onnx_function.c - model-local functions: each call is replaced by the function's nodes, read in a scope of
// their own where the formal names mean the call's values. A function that leads back to itself, and calls
// that multiply beyond reason, are refused.
#include "import/onnx_graph.h"

#include "ir/registry.h"

#include <string.h>

enum { MAX_CALLS = 32, MAX_NODES = 1 << 20 };

static const char *function_key(tni_onnx *x, tni_arena *a, tn_str domain, tn_str name, tn_str overload) {
    const char *key =
        tni_arena_printf(a, "%s %.*s %.*s", tni_domain(tni_onnx_text(x, a, domain)), (int)name.size,
                         name.text ? name.text : "", (int)overload.size, overload.text ? overload.text : "");
    if (!key) x->nomem = true;
    return key;
}

void tni_onnx_index_functions(tni_onnx *x) {
    for (tni_onnx_function *f = x->model.functions; f && !x->nomem; f = f->next) {
        const char *key = function_key(x, &x->scratch, f->domain, f->name, f->overload);
        if (!key) return;
        if (tni_map_get(&x->functions, key, strlen(key)))
            tni_onnx_error(x, NULL, TN_INVALID, NULL, "two functions are called '%s'", key);
        else if (!tni_map_set(&x->functions, key, strlen(key), f))
            x->nomem = true;
    }
}

const tni_onnx_function *tni_onnx_find_function(tni_onnx *x, const tni_onnx_node *n) {
    if (!x->functions.count) return NULL;
    const char *key = function_key(x, &x->temp, n->domain, n->op, n->overload);
    return key ? tni_map_get(&x->functions, key, strlen(key)) : NULL;
}

// False, told, when the call must not be followed.
static bool may_call(tni_onnx *x, const tni_onnx_scope *s, const tni_onnx_function *fn,
                     const tn_diag *where) {
    for (const tni_onnx_frame *f = s->frame; f; f = f->caller)
        if (f->fn == fn)
            return tni_onnx_error(x, where, TN_INVALID, NULL, "the function calls itself%s",
                                  s->frame->fn == fn ? "" : " through another one"),
                   false;
    if (s->frame->depth >= MAX_CALLS)
        return tni_onnx_error(x, where, TN_LIMIT, NULL, "functions are nested deeper than %d", MAX_CALLS),
               false;
    x->inlined += fn->body.nnodes + 1;
    if (x->inlined > MAX_NODES)
        return tni_onnx_error(x, where, TN_LIMIT, NULL, "inlining its functions gives more than %d nodes",
                              MAX_NODES),
               false;
    return true;
}

// The call's attributes, then the defaults of those it does not give: the first of a name counts.
static const tni_onnx_bound *bind_attrs(tni_onnx *x, tni_onnx_scope *caller, const tni_onnx_node *n,
                                        const tni_onnx_function *fn) {
    tni_onnx_bound *given = tni_onnx_resolve(x, caller, n->attrs), **end = &given;
    while (*end) end = &(*end)->next;
    *end = tni_onnx_resolve(x, caller, fn->defaults);
    return given;
}

static void bind_inputs(tni_onnx *x, tni_onnx_scope *caller, tni_onnx_scope *s, const tni_onnx_node *n,
                        const tni_onnx_function *fn, const tn_diag *where) {
    for (size_t i = 0; i < fn->nin; i++) {
        bool given = i < n->nin && n->in[i].size;
        tni_value *v = given ? tni_onnx_read(x, caller, n->in[i], where) : &x->omitted;
        if (v) tni_onnx_define(x, s, fn->in[i], v);
    }
}

// What the call names its results, made free of clashes in the graph.
static const char **actual_names(tni_onnx *x, tni_onnx_scope *caller, const tni_onnx_node *n,
                                 const tni_onnx_function *fn) {
    const char **names = tni_arena_zalloc(&x->scratch, (fn->nout + 1) * sizeof *names);
    for (size_t i = 0; names && i < fn->nout && i < n->nout; i++) {
        if (!n->out[i].size) continue;
        const char *name = tni_onnx_fresh_name(x, caller, n->out[i]);
        names[i] = tni_arena_text(&x->scratch, name, strlen(name));
    }
    if (!names) x->nomem = true;
    return names;
}

static void bind_outputs(tni_onnx *x, tni_onnx_scope *caller, const tni_onnx_scope *s, const tni_onnx_node *n,
                         const tni_onnx_function *fn, const tn_diag *where) {
    for (size_t i = 0; i < n->nout && i < fn->nout; i++) {
        if (!n->out[i].size) continue;
        tni_value *v = tni_onnx_lookup(s, fn->out[i]);
        if (v && v != &x->omitted) {
            tni_onnx_define(x, caller, n->out[i], v);
            continue;
        }
        tn_diag at = *where;
        at.tensor = tni_onnx_text(x, &x->temp, fn->out[i]);
        tni_onnx_error(x, &at, TN_INVALID, NULL, "the function does not produce this output");
        tni_onnx_define_unknown(x, caller, n->out[i], true);
    }
}

// The function's name before its nodes' and values' names, unless the call has a name of its own.
static const char *call_prefix(tni_onnx *x, const tni_onnx_scope *caller, const tni_onnx_node *n) {
    tn_str own = n->name.size ? n->name : n->nout && n->out[0].size ? n->out[0] : n->op;
    const char *name = tni_onnx_text(x, &x->scratch, own);
    if (!caller->frame->prefix) return name;
    return tni_arena_printf(&x->scratch, "%s/%s", caller->frame->prefix, name);
}

static void declare_values(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_function *fn) {
    for (tni_onnx_value *v = fn->body.values; v; v = v->next)
        if (v->name.size && !tni_map_set(&s->declared, v->name.text, v->name.size, v)) x->nomem = true;
}

void tni_onnx_inline(tni_onnx *x, tni_onnx_scope *caller, const tni_onnx_node *n, const tni_onnx_function *fn,
                     const tn_diag *where) {
    bool too_many_in = n->nin > fn->nin, too_many_out = n->nout > fn->nout;
    if (too_many_in || too_many_out)
        tni_onnx_error(x, where, TN_INVALID, NULL, "the function has %zu %s, the call %zu",
                       too_many_in ? fn->nin : fn->nout, too_many_in ? "inputs" : "outputs",
                       too_many_in ? n->nin : n->nout);
    if (too_many_in || too_many_out || !may_call(x, caller, fn, where)) {
        tni_onnx_define_unknowns(x, caller, n);
        return;
    }
    tni_onnx_frame frame = {.caller = caller->frame,
                            .fn = fn,
                            .opsets = fn->opsets,
                            .attrs = bind_attrs(x, caller, n, fn),
                            .prefix = call_prefix(x, caller, n),
                            .source = where->source,
                            .depth = caller->frame->depth + 1};
    tni_onnx_scope s = tni_onnx_scope_new(x, &frame, caller->graph);
    s.formal = fn->out;
    s.nformal = fn->nout;
    s.actual = actual_names(x, caller, n, fn);
    if (!s.actual || !frame.prefix) {
        x->nomem = true;
        return;
    }
    declare_values(x, &s, fn);
    bind_inputs(x, caller, &s, n, fn, where);
    tni_onnx_read_nodes(x, &s, &fn->body);
    bind_outputs(x, caller, &s, n, fn, where);
    tni_onnx_scope_free(&s);
}
