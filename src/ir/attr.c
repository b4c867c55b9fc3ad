// SPDX-License-Identifier: Apache-2.0
// attr.c - reading a node's attributes by name. A name that is not in the operator's table is a mistake of
// ours, not of the model: it is asserted.
#include "ir/attr.h"

#include <assert.h>
#include <string.h>

static const tn_attr *slot(tn_attrs a, const char *name) {
    for (int i = 0; i < (int)(sizeof a.op->attrs / sizeof *a.op->attrs) && a.op->attrs[i].name; i++)
        if (!strcmp(a.op->attrs[i].name, name)) return &a.slot[i];
    assert(0 && "the attribute is in the operator's table");
    static const tn_attr none;
    return &none;
}

bool tn_attr_has(tn_attrs a, const char *name) { return slot(a, name)->present; }
int64_t tn_attr_int(tn_attrs a, const char *name) { return slot(a, name)->i; }
double tn_attr_float(tn_attrs a, const char *name) { return slot(a, name)->f; }
const tn_tensor *tn_attr_tensor(tn_attrs a, const char *name) { return slot(a, name)->tensor; }
tn_graph *tn_attr_graph(tn_attrs a, const char *name) { return slot(a, name)->graph; }
const tn_type *tn_attr_type(tn_attrs a, const char *name) { return slot(a, name)->type; }

const char *tn_attr_string(tn_attrs a, const char *name) {
    const char *s = slot(a, name)->s.text;
    return s ? s : "";
}

bool tn_attr_is(tn_attrs a, const char *name, const char *text) {
    return !strcmp(tn_attr_string(a, name), text);
}

const int64_t *tn_attr_ints(tn_attrs a, const char *name, size_t *n) {
    const tn_attr *s = slot(a, name);
    *n = s->n;
    return s->ints;
}

const float *tn_attr_floats(tn_attrs a, const char *name, size_t *n) {
    const tn_attr *s = slot(a, name);
    *n = s->n;
    return s->floats;
}

const tn_str *tn_attr_strings(tn_attrs a, const char *name, size_t *n) {
    const tn_attr *s = slot(a, name);
    *n = s->n;
    return s->strings;
}

bool tni_has_row(tn_attrs attrs, const char *name) {
    for (const tn_attr_def *d = attrs.op->attrs; d->name; d++)
        if (!strcmp(d->name, name)) return true;
    return false;
}

int64_t tni_ints_at(tn_attrs attrs, const char *name, int i, int64_t otherwise) {
    if (!tni_has_row(attrs, name)) return otherwise;
    size_t n;
    const int64_t *v = tn_attr_ints(attrs, name, &n);
    return (size_t)i < n ? v[i] : otherwise;
}

bool tni_has_list(tn_attrs attrs, const char *name) {
    size_t n = 0;
    return tni_has_row(attrs, name) && tn_attr_floats(attrs, name, &n) && n;
}

float tni_floats_at(tn_attrs attrs, const char *name, int i, float otherwise) {
    if (!tni_has_row(attrs, name)) return otherwise;
    size_t n;
    const float *v = tn_attr_floats(attrs, name, &n);
    return (size_t)i < n ? v[i] : otherwise;
}
