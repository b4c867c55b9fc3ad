// SPDX-License-Identifier: Apache-2.0
// json.c - the writer of JSON: two blanks a level, arrays of numbers on one line.
#include "json.h"

#include <math.h>
#include <string.h>

static void quote(FILE *to, const char *text) {
    fputc('"', to);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        unsigned code;
        size_t n = utf8_length(p, &code);
        if (!n)
            fputs("\\ufffd", to), n = 1;
        else if (*p == '"' || *p == '\\')
            fprintf(to, "\\%c", *p);
        else if (code < 0x20 || (code >= 0x7F && code < 0xA0))
            fprintf(to, "\\u%04x", code);
        else
            fwrite(p, 1, n, to);
        p += n;
    }
    fputc('"', to);
}

static void begin(json *j, const char *key) {
    if (j->some) fputc(',', j->to);
    if (j->flat > 0)
        fputs(j->some ? " " : "", j->to);
    else if (j->depth)
        fprintf(j->to, "\n%*s", 2 * j->depth, "");
    j->some = true;
    if (!key) return;
    quote(j->to, key);
    fputs(": ", j->to);
}

void json_open(json *j, const char *key, char bracket) {
    begin(j, key);
    fputc(bracket, j->to);
    j->depth++;
    j->some = false;
}

void json_close(json *j, char bracket) {
    j->depth--;
    if (j->some && !j->flat) fprintf(j->to, "\n%*s", 2 * j->depth, "");
    fputc(bracket, j->to);
    if (!j->depth) fputc('\n', j->to);
    j->some = true;
}

void json_text(json *j, const char *key, const char *value) {
    begin(j, key);
    if (value)
        quote(j->to, value);
    else
        fputs("null", j->to);
}

void json_nothing(json *j, const char *key) { json_text(j, key, NULL); }

void json_int(json *j, const char *key, int64_t value) {
    begin(j, key);
    fprintf(j->to, "%lld", (long long)value);
}

void json_double(json *j, const char *key, double value) {
    if (!isfinite(value)) {
        json_text(j, key, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    begin(j, key);
    fputs(text, j->to);
}

void json_bool(json *j, const char *key, bool value) {
    begin(j, key);
    fputs(value ? "true" : "false", j->to);
}

void json_dims(json *j, const char *key, int rank, const int64_t *dims) {
    json_open(j, key, '[');
    j->flat++;
    for (int k = 0; k < rank; k++) json_int(j, NULL, dims[k]);
    json_close(j, ']');
    j->flat--;
}

static void json_io_dims(json *j, const tn_io *io) {
    json_open(j, "shape", '[');
    j->flat++;
    for (int k = 0; k < io->rank; k++) {
        if (io->dims[k] >= 0)
            json_int(j, NULL, io->dims[k]);
        else
            json_text(j, NULL, io->expr[k] ? io->expr[k] : "?");
    }
    json_close(j, ']');
    j->flat--;
}

// A size that may change, but not to any other.
bool io_has_range(const tn_io *io, int k) {
    return io->dims[k] < 0 && io->expr[k] && (io->least[k] > 1 || io->most[k] < INT64_MAX);
}

static void json_io_ranges(json *j, const tn_io *io) {
    bool any = false;
    for (int k = 0; k < io->rank; k++) {
        if (!io_has_range(io, k)) continue;
        if (!any) json_open(j, "ranges", '{');
        any = true;
        json_open(j, io->expr[k], '{');
        json_int(j, "least", io->least[k]);
        if (io->most[k] < INT64_MAX) json_int(j, "most", io->most[k]);
        json_close(j, '}');
    }
    if (any) json_close(j, '}');
}

void json_io(json *j, const tn_io *io) {
    static const char *const kind[] = {"tensor", "sequence", "optional", "optional sequence"};
    json_text(j, "name", io->name);
    json_text(j, "kind", kind[io->kind]);
    json_text(j, "type", tn_dtype_text(io->dtype));
    if (io->rank < 0)
        json_nothing(j, "shape");
    else
        json_io_dims(j, io);
    json_io_ranges(j, io);
    if (io->next) json_text(j, "next", io->next);
}

static void json_diag(json *j, const tn_diag *d) {
    static const char *const severity[] = {"note", "warning", "error"};
    json_open(j, NULL, '{');
    json_text(j, "severity", severity[d->severity]);
    json_text(j, "status", tn_status_text(d->status));
    json_text(j, "file", d->file);
    json_text(j, "node", d->node);
    json_text(j, "op", d->op);
    if (d->opset)
        json_int(j, "opset", d->opset);
    else
        json_nothing(j, "opset");
    json_text(j, "tensor", d->tensor);
    json_text(j, "source", d->source);
    json_text(j, "message", d->message);
    json_text(j, "hint", d->hint);
    json_close(j, '}');
}

void json_problems(cli *c, json *j) {
    json_open(j, "problems", '[');
    for (size_t i = 0; i < tn_diags_count(c->diags); i++) json_diag(j, tn_diags_get(c->diags, i));
    json_close(j, ']');
}

json json_begin(cli *c) {
    c->json_written = true;
    return (json){.to = stdout};
}

void json_failure(cli *c) {
    json j = json_begin(c);
    json_open(&j, NULL, '{');
    json_text(&j, "message", c->last_message);
    json_problems(c, &j);
    json_close(&j, '}');
}
