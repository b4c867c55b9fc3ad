// SPDX-License-Identifier: Apache-2.0
// module.c - which module a node lies in, and which node's result is that of a module: nodes stand in the
// order in which they were called, so that it is the last one within the module. Of a module that is called
// several times it is the last call's.
#include "ir/module.h"

#include <string.h>

const char *tni_module_of(const tni_node *node, char path[TNI_MODULE]) {
    const char *name = node->name ? node->name : "";
    size_t n = 0, last = 0; // `last`: where the last part begins
    if (node->module) return node->module;
    path[0] = 0;
    for (const char *at = name + 1, *end; *name == '/' && (end = strchr(at, '/')); at = end + 1) {
        size_t size = (size_t)(end - at), before = n - last;
        bool repeats = n && size > before && at[before] == '.' && !memcmp(at, path + last, before);
        if (repeats) n = last;
        if (n + size + 2 > TNI_MODULE) return "";
        if (n && !repeats) path[n++] = '.';
        last = n;
        memcpy(path + n, at, size);
        path[n += size] = 0;
    }
    return path;
}

static bool within(const tni_node *n, const char *path) {
    char own[TNI_MODULE];
    size_t want = strlen(path);
    const char *module = tni_module_of(n, own);
    return !strncmp(module, path, want) && (!module[want] || module[want] == '.');
}

tni_value *tni_module_output(const tn_graph *g, const char *path) {
    tni_value *found = NULL;
    for (const tni_node *n = g->first; n && *path; n = n->next)
        if (n->nout && n->out[0] && within(n, path)) found = n->out[0];
    return found;
}
