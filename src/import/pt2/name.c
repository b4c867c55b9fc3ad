// SPDX-License-Identifier: Apache-2.0
// name.c - what nodes are called. A node of PyTorch's graph knows the path of its module ("layer3.0.conv2");
// the last node of a module without children is that module's output and gets the path itself as its name, so
// that it can be asked for by it. The others get the path and their own name.
#include "import/onnx.h"
#include "import/pt2/pt2.h"

#include <string.h>

// The path in the last entry of "key,path,class;key,path,class".
static tn_str module_path(const json_t *node) {
    static const char self[] = "L['self'].";
    const char *stack = node ? tni_json_text(json_object_get(node, "metadata"), "nn_module_stack") : "";
    const char *last = strrchr(stack, ';'), *begin = strchr(last ? last : stack, ',');
    const char *end = begin ? strchr(begin + 1, ',') : NULL;
    if (!end) return (tn_str){"", 0};
    begin++;
    if (!strncmp(begin, self, sizeof self - 1)) begin += sizeof self - 1;
    size_t n = end > begin ? (size_t)(end - begin) : 0;
    bool empty = n > 200 || (n && tni_find(begin, end, "_empty_nn_module_stack"));
    return empty ? (tn_str){"", 0} : (tn_str){begin, n};
}

bool tni_pt2_name_modules(tni_pt2 *x) {
    const json_t *list = json_object_get(json_object_get(x->program, "graph_module"), "module_call_graph");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *fqn = tni_json_text(json_array_get(list, i), "fqn"), *dot = fqn;
        while ((dot = strchr(dot, '.'))) {
            if (!tni_map_set(&x->containers, fqn, (size_t)(dot - fqn), x)) return false;
            dot++;
        }
    }
    return true;
}

const char *tni_pt2_node_name(tni_pt2 *x, const json_t *node, const json_t *next) {
    tn_str path = module_path(node), following = module_path(next);
    const char *own = tni_json_text(node, "name"); // absent in old files
    if (!*own) {
        const char *tag;
        own =
            tni_json_text(tni_json_union(json_array_get(json_object_get(node, "outputs"), 0), &tag), "name");
    }
    if (!path.size) return own;
    bool leaf = !tni_map_get(&x->containers, path.text, path.size);
    const char *name = leaf && !tni_str_equal(path, following)
                           ? tni_arena_text(&x->scratch, path.text, path.size)
                           : tni_arena_printf(&x->scratch, "%.*s.%s", (int)path.size, path.text, own);
    if (!name) x->nomem = true;
    return name ? name : "";
}

bool tni_pt2_rename(tni_pt2 *x, tni_value *v, const char *name) {
    if (!name) return !(x->nomem = true);
    if (!strcmp(v->name, name)) return true;
    for (unsigned i = 1; tni_value_find(v->graph, name); i++) {
        tn_str stem = {name, strcspn(name, "@")};
        name = tni_arena_printf(&x->scratch, "%.*s@%u", (int)stem.size, stem.text, i);
        if (!name) return !(x->nomem = true);
    }
    return tni_value_rename(v, name) || !(x->nomem = true);
}

const char *tni_pt2_module(tni_pt2 *x, const json_t *node) {
    tn_str path = module_path(node);
    return path.size ? tni_arena_text(&x->graph->root->arena, path.text, path.size) : NULL;
}

const char *tni_pt2_source(tni_pt2 *x, const json_t *node) {
    const char *stack = tni_json_text(json_object_get(node, "metadata"), "stack_trace");
    return tni_onnx_source(&x->graph->root->arena, (tn_str){stack, strlen(stack)}, (tn_str){"", 0});
}
