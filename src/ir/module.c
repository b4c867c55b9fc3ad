// SPDX-License-Identifier: Apache-2.0
// module.c - which node's result is that of a module: nodes stand in the order in which they were called, so
// that it is the last one within the module. Of a module that is called several times it is the last call's.
#include "ir/module.h"

#include <string.h>

// "/layer3/layer3.0/conv2/Conv" lies in layer3.0.conv2: a part that repeats the one before it and goes on
// replaces it, the last one is the operator. What is left to compare of `path`; NULL: it lies elsewhere.
static bool scope_within(const char *name, const char *path) {
    char scope[512];
    size_t n = 0, last = 0; // `last`: where the last part begins
    for (const char *at = name + 1, *end; (end = strchr(at, '/')); at = end + 1) {
        size_t size = (size_t)(end - at), before = n - last;
        bool repeats = n && size > before && at[before] == '.' && !memcmp(at, scope + last, before);
        if (repeats) n = last;
        if (n + size + 2 > sizeof scope) return false;
        if (n && !repeats) scope[n++] = '.';
        last = n;
        memcpy(scope + n, at, size);
        n += size;
    }
    size_t want = strlen(path);
    return n >= want && !memcmp(scope, path, want) && (n == want || scope[want] == '.');
}

static bool within(const tni_node *n, const char *path) {
    size_t want = strlen(path);
    if (n->module) return !strncmp(n->module, path, want) && (!n->module[want] || n->module[want] == '.');
    return n->name && *n->name == '/' && scope_within(n->name, path);
}

tni_value *tni_module_output(const tn_graph *g, const char *path) {
    tni_value *found = NULL;
    for (const tni_node *n = g->first; n && *path; n = n->next)
        if (n->nout && n->out[0] && within(n, path)) found = n->out[0];
    return found;
}
