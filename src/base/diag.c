// SPDX-License-Identifier: Apache-2.0
// diag.c - diagnostics: copied into the list's own arena, formatted in one way everywhere.
#include "base/diag.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct tn_diags {
    tn_env *env;
    tni_arena arena;
    tn_diag *item; // in env memory
    size_t count, capacity;
};

const char *tn_status_text(tn_status status) {
    static const char *const text[] = {
#define TN_STATUS_ROW(name, words) [TN_##name] = words,
        TN_STATUS_TABLE(TN_STATUS_ROW)
#undef TN_STATUS_ROW
    };
    return (size_t)status < sizeof text / sizeof *text ? text[status] : "unknown status";
}

const char *tn_version(void) { return TN_VERSION; }

tn_status tn_diags_new(tn_diags **diags, tn_env *env) {
    tn_diags *d = tni_calloc(env, 1, sizeof *d);
    if (!d) return TN_NOMEM;
    d->env = env;
    tni_arena_init(&d->arena, env);
    *diags = d;
    return TN_OK;
}

void tn_diags_free(tn_diags *diags) {
    if (!diags) return;
    tni_arena_free(&diags->arena);
    tni_free(diags->env, diags->item);
    tni_free(diags->env, diags);
}

size_t tn_diags_count(const tn_diags *diags) { return diags ? diags->count : 0; }

const tn_diag *tn_diags_get(const tn_diags *diags, size_t i) {
    return diags && i < diags->count ? &diags->item[i] : NULL;
}

void tn_diags_clear(tn_diags *diags) {
    if (!diags) return;
    diags->count = 0;
    tni_arena_free(&diags->arena);
}

size_t tni_diags_errors(const tn_diags *diags) {
    size_t n = 0;
    for (size_t i = 0; diags && i < diags->count; i++) n += diags->item[i].severity == TN_ERROR;
    return n;
}

void tni_diags_soften(tn_diags *diags, size_t first, const char *hint) {
    for (size_t i = first; i < tn_diags_count(diags); i++) {
        tn_diag *d = &diags->item[i];
        if (d->severity != TN_ERROR) continue;
        d->severity = TN_WARNING;
        if (!d->hint) d->hint = hint;
    }
}

static const char *keep(tn_diags *diags, const char *text) {
    return text ? tni_arena_text(&diags->arena, text, strlen(text)) : NULL;
}

TN_PRINTF(2, 0)
static const char *format(tn_diags *diags, const char *message, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, message, args);
    char *text = n < 0 ? NULL : tni_arena_alloc(&diags->arena, (size_t)n + 1);
    if (text) vsnprintf(text, (size_t)n + 1, message, again);
    va_end(again);
    return text;
}

tn_status tni_vdiag(tn_diags *diags, const tn_diag *d, const char *message, va_list args) {
    tn_diag copy;
    if (!diags) return d->status;
    if (!tni_grow(diags->env, &diags->item, diags->count, &diags->capacity, sizeof copy)) return d->status;
    copy = *d;
    copy.file = keep(diags, d->file);
    copy.node = keep(diags, d->node);
    copy.op = keep(diags, d->op);
    copy.tensor = keep(diags, d->tensor);
    copy.source = keep(diags, d->source);
    copy.hint = keep(diags, d->hint);
    copy.message = format(diags, message, args);
    if (copy.message) diags->item[diags->count++] = copy;
    return d->status;
}

tn_status tni_diag(tn_diags *diags, const tn_diag *d, const char *message, ...) {
    va_list args;
    va_start(args, message);
    tni_vdiag(diags, d, message, args);
    va_end(args);
    return d->status;
}

tn_status tni_error(tn_diags *diags, tn_status status, const char *message, ...) {
    va_list args;
    va_start(args, message);
    tni_vdiag(diags, &(tn_diag){.severity = TN_ERROR, .status = status}, message, args);
    va_end(args);
    return status;
}

// "error: model.onnx: Resize: node 'neck/up1' (opset 13, from model.py:88), tensor 'sizes': <message>"
size_t tn_diags_format(const tn_diags *diags, size_t i, char *text, size_t size) {
    static const char *const word[] = {"note", "warning", "error"};
    const tn_diag *d = tn_diags_get(diags, i);
    if (size) text[0] = 0;
    if (!d) return 0;
    tni_fixed s = {text, size, 0};
    tni_fixed_printf(&s, "%s: ", word[d->severity]);
    if (d->file && *d->file) tni_fixed_printf(&s, "%s: ", d->file);
    if (d->op) tni_fixed_printf(&s, "%s: ", d->op);
    if (d->node) {
        tni_fixed_printf(&s, "node '%s'", d->node);
        if (d->opset && d->source)
            tni_fixed_printf(&s, " (opset %d, from %s)", d->opset, d->source);
        else if (d->opset)
            tni_fixed_printf(&s, " (opset %d)", d->opset);
        else if (d->source)
            tni_fixed_printf(&s, " (from %s)", d->source);
        if (d->tensor) tni_fixed_printf(&s, ", ");
    }
    if (d->tensor) tni_fixed_printf(&s, "tensor '%s'", d->tensor);
    if (d->node || d->tensor) tni_fixed_printf(&s, ": ");
    tni_fixed_printf(&s, "%s", d->message);
    if (d->hint) tni_fixed_printf(&s, "\n  hint: %s", d->hint);
    return s.length;
}
