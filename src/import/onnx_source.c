// SPDX-License-Identifier: Apache-2.0
// onnx_source.c - the user's own line of PyTorch source, from what exporters leave with a node. The newer one
// writes Python's traceback ("  File "net.py", line 12, in forward"), innermost last; the older one a doc
// string of "net.py(12): forward" lines, innermost first. Lines within PyTorch itself are passed over.
#include "import/onnx.h"

#include <string.h>

static bool is_library(tn_str path) {
    const char *end = path.text + path.size;
    return tni_find(path.text, end, "site-packages/torch/") ||
           tni_find(path.text, end, "dist-packages/torch/") || tni_find(path.text, end, "/torch/nn/modules/");
}

static size_t digits(const char *at, const char *end) {
    size_t n = 0;
    while (at + n < end && at[n] >= '0' && at[n] <= '9') n++;
    return n;
}

// `File "path", line N` in [at, end).
static bool traceback_line(const char *at, const char *end, tn_str *path, tn_str *number) {
    const char *file = tni_find(at, end, "File \"");
    if (!file) return false;
    path->text = file + 6;
    const char *quote = tni_find(path->text, end, "\", line ");
    if (!quote) return false;
    path->size = (size_t)(quote - path->text);
    number->text = quote + 8;
    number->size = digits(number->text, end);
    return number->size > 0 && path->size > 0;
}

// `path(N): function` in [at, end).
static bool doc_line(const char *at, const char *end, tn_str *path, tn_str *number) {
    const char *close = tni_find(at, end, "):");
    const char *open = close;
    while (open && open > at && *open != '(') open--;
    if (!open || open == at || *open != '(') return false;
    *path = (tn_str){at, (size_t)(open - at)};
    *number = (tn_str){open + 1, digits(open + 1, close)};
    return number->size > 0 && open + 1 + number->size == close;
}

static const char *scan(tni_arena *a, tn_str text,
                        bool (*line)(const char *, const char *, tn_str *, tn_str *), bool last) {
    tn_str path, number, best_path = {0}, best_number = {0};
    const char *end = text.text + text.size;
    for (const char *at = text.text, *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        if (!next) next = end;
        if (!line(at, next, &path, &number) || is_library(path)) continue;
        best_path = path;
        best_number = number;
        if (!last) break;
    }
    if (!best_path.size || best_path.size > 400 || best_number.size > 9) return NULL;
    return tni_arena_printf(a, "%.*s:%.*s", (int)best_path.size, best_path.text, (int)best_number.size,
                            best_number.text);
}

const char *tni_onnx_source(tni_arena *a, tn_str stack, tn_str doc) {
    const char *source = stack.size ? scan(a, stack, traceback_line, true) : NULL;
    return source || !doc.size ? source : scan(a, doc, doc_line, false);
}

// The next quoted text in [*at, end).
static bool quoted(const char **at, const char *end, tn_str *text) {
    while (*at < end && **at != '\'' && **at != '"') ++*at;
    if (*at == end) return false;
    char quote = *(*at)++;
    text->text = *at;
    while (*at < end && **at != quote) ++*at;
    text->size = (size_t)(*at - text->text);
    if (*at < end) ++*at;
    return true;
}

const char *tni_onnx_module(tni_arena *a, tn_str scopes) {
    tn_str before = {0}, last = {0}, text;
    const char *at = scopes.text, *end = at + scopes.size;
    while (scopes.size && quoted(&at, end, &text)) before = last, last = text;
    if (!before.size || before.size > 400) return NULL;
    return tni_arena_text(a, before.text, before.size);
}
