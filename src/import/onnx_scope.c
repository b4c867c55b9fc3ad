// SPDX-License-Identifier: Apache-2.0
// onnx_scope.c - what the model's names mean, and the one way of reporting.
#include "import/onnx_graph.h"

#include <stdarg.h>
#include <string.h>

TN_PRINTF(3, 0)
static tn_status report(tni_onnx *x, tn_diag d, const char *message, va_list args) {
    if (!d.file) d.file = x->file;
    if (d.severity == TN_ERROR) x->errors++;
    return tni_vdiag(x->diags, &d, message, args);
}

tn_status tni_onnx_error(tni_onnx *x, const tn_diag *where, tn_status status, const char *hint,
                         const char *message, ...) {
    tn_diag d = where ? *where : (tn_diag){0};
    d.severity = TN_ERROR;
    d.status = status;
    d.hint = hint;
    va_list args;
    va_start(args, message);
    report(x, d, message, args);
    va_end(args);
    return status;
}

void tni_onnx_warn(tni_onnx *x, const tn_diag *where, const char *hint, const char *message, ...) {
    tn_diag d = where ? *where : (tn_diag){0};
    d.severity = TN_WARNING;
    d.hint = hint;
    va_list args;
    va_start(args, message);
    report(x, d, message, args);
    va_end(args);
}

const char *tni_onnx_text(tni_onnx *x, tni_arena *a, tn_str s) {
    if (!s.size) return "";
    const char *text = tni_arena_text(a, s.text, s.size);
    if (!text) x->nomem = true;
    return text ? text : "";
}

tni_onnx_scope tni_onnx_scope_new(tni_onnx *x, const tni_onnx_frame *frame, tn_graph *graph) {
    return (tni_onnx_scope){.frame = frame,
                            .graph = graph,
                            .values = {.env = x->env},
                            .produced = {.env = x->env},
                            .nodes = {.env = x->env},
                            .declared = {.env = x->env}};
}

void tni_onnx_scope_free(tni_onnx_scope *s) {
    tni_map_free(&s->values);
    tni_map_free(&s->produced);
    tni_map_free(&s->nodes);
    tni_map_free(&s->declared);
}

tni_value *tni_onnx_lookup(const tni_onnx_scope *s, tn_str name) {
    for (; s; s = s->parent) {
        tni_value *v = tni_map_get(&s->values, name.text, name.size);
        if (v) return v;
    }
    return NULL;
}

// Stands for what could not be made: what comes later may take its name.
static bool is_placeholder(const tni_value *v) { return !v->def && !v->is_input && !v->info.constant; }

void tni_onnx_define(tni_onnx *x, tni_onnx_scope *s, tn_str name, tni_value *v) {
    tni_value *old = tni_map_get(&s->values, name.text, name.size);
    if (old && !is_placeholder(old)) {
        const char *text = tni_onnx_text(x, &x->temp, name);
        tni_onnx_error(x, &(tn_diag){.tensor = text}, TN_INVALID, "names must be unique within a graph",
                       "two tensors have this name");
        return;
    }
    if (!v || !tni_map_set(&s->values, name.text, name.size, v)) x->nomem = true;
}

void tni_onnx_define_unknown(tni_onnx *x, tni_onnx_scope *s, tn_str name, bool use_declared) {
    if (!name.size) return;
    const tni_onnx_value *declared = tni_map_get(&s->declared, name.text, name.size);
    tn_type type = {.rank = -1};
    const char *text = tni_onnx_text(x, &x->temp, name);
    if (use_declared && declared && declared->type)
        tni_onnx_type_of(x, declared->type, text, false, NULL, &type);
    tni_onnx_define(x, s, name, tni_value_new(s->graph, text, &type));
}

void tni_onnx_define_unknowns(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n) {
    for (size_t i = 0; i < n->nout; i++) tni_onnx_define_unknown(x, s, n->out[i], true);
}

tni_value *tni_onnx_read(tni_onnx *x, tni_onnx_scope *s, tn_str name, const tn_diag *where) {
    tni_value *v = tni_onnx_lookup(s, name);
    if (v) return v;
    tn_diag at = *where;
    at.tensor = tni_onnx_text(x, &x->temp, name);
    if (!tni_map_get(&s->produced, name.text, name.size)) // else: a circle, told already
        tni_onnx_error(x, &at, TN_INVALID, "the file may be cut, or its names misspelt",
                       "the node reads '%s', which nothing produces", at.tensor);
    tni_onnx_define_unknown(x, s, name, true);
    return tni_onnx_lookup(s, name);
}

// A function's output takes the name that its call gives it; its other names get the call's before them.
static const char *wanted_name(tni_onnx *x, const tni_onnx_scope *s, tn_str name) {
    for (size_t i = 0; i < s->nformal; i++)
        if (tni_str_equal(s->formal[i], name) && s->actual[i]) return s->actual[i];
    const char *text = tni_onnx_text(x, &x->temp, name);
    if (!s->frame->prefix) return text;
    return tni_arena_printf(&x->temp, "%s/%s", s->frame->prefix, text);
}

const char *tni_onnx_fresh_name(tni_onnx *x, tni_onnx_scope *s, tn_str name) {
    const char *text = wanted_name(x, s, name), *made = text;
    while (made && tni_value_find(s->graph, made))
        made = tni_arena_printf(&x->temp, "%s.%u", text, ++s->graph->root->fresh);
    if (!made) x->nomem = true;
    return made ? made : "";
}
