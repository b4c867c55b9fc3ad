// SPDX-License-Identifier: Apache-2.0
// state.c - which buffers and inputs a program writes to, found before it is read: what is written cannot be
// a constant. A program as torch.export leaves it writes in place, through views too; a decomposed one says
// what each buffer holds at the end.
//
//     count <- view <- add_      "view" is count's memory, so count is written
#include "import/pt2/call.h"

#include <string.h>

// What is the last value of it; `x` stands for none, where only writes in place are known. The first stands.
static bool note(tni_pt2 *x, const char *name, const json_t *last) {
    const void *value = last ? (const void *)last : x;
    return tni_pt2_is_written(x, name) || tni_map_set(&x->written, name, strlen(name), tni_mutable(value));
}

bool tni_pt2_is_written(const tni_pt2 *x, const char *arg) {
    return tni_map_get(&x->written, arg, strlen(arg)) != NULL;
}

const json_t *tni_pt2_last_value(const tni_pt2 *x, const char *arg) {
    const void *last = tni_map_get(&x->written, arg, strlen(arg));
    return last == x ? NULL : last;
}

// The first input that shares the memory of `name`, by what is known so far.
static const char *memory_of(const tni_map *memory, const char *name) {
    const char *of = tni_map_get(memory, name, strlen(name));
    return of ? of : name;
}

static bool shares_memory(const tni_pt2 *x, const json_t *graph, const tn_aten_def *def, const char *from,
                          const char *to) {
    const json_t *metas = json_object_get(graph, "tensor_values");
    const json_t *a = json_object_get(metas, from), *b = json_object_get(metas, to);
    if (!def) return false;
    if (def->flags & TN_ATEN_MAY_VIEW) return !a || !b || tni_pt2_views(x, a, b);
    if (def->flags & TN_ATEN_SAME_TYPE)
        return json_integer_value(json_object_get(a, "dtype")) ==
               json_integer_value(json_object_get(b, "dtype"));
    return (def->flags & TN_ATEN_VIEW) != 0;
}

static bool note_declared(tni_pt2 *x, const tni_map *memory, const json_t *node, const tn_aten_def *def,
                          const char *target) {
    const char *name[TNI_PT2_WRITTEN];
    size_t n = tni_pt2_written(tni_pt2_signature(x, def, target), node, name);
    bool fine = true;
    for (size_t i = 0; i < n && fine; i++) fine = !name[i] || note(x, memory_of(memory, name[i]), NULL);
    return fine;
}

static bool follow(tni_pt2 *x, const json_t *graph, tni_map *memory, const json_t *node) {
    const char *target = tni_pt2_target(node), *plain = tni_pt2_functional(x, target), *out[TNI_AT_OUT];
    const char *from = tni_pt2_first_tensor(node);
    const tn_aten_def *def = tni_aten_find(x->env, plain ? plain : target);
    bool numbers, fine = note_declared(x, memory, node, def, plain ? plain : target);
    if (!from || !fine) return fine;
    size_t n = tni_pt2_output_names(node, out, TNI_AT_OUT, &numbers);
    const char *of = memory_of(memory, from);
    bool writes = plain && tni_pt2_writes(def);
    if (writes) fine = note(x, of, NULL);
    for (size_t i = 0; i < n && fine; i++)
        if (writes || shares_memory(x, graph, def, from, out[i]))
            fine = tni_map_set(memory, out[i], strlen(out[i]), tni_mutable(of));
    return fine;
}

// The module's names of parameters and buffers -> the graph's. False: out of memory.
static bool name_weights(tni_map *arg_of, const json_t *inputs) {
    bool fine = true;
    for (size_t i = 0; i < json_array_size(inputs) && fine; i++) {
        const char *tag = "";
        const json_t *in = tni_json_union(json_array_get(inputs, i), &tag);
        const char *name = tni_json_text(in, *tag == 'p' ? "parameter_name" : "buffer_name");
        const char *arg = tni_json_text(json_object_get(in, "arg"), "name");
        fine = !*name || tni_map_set(arg_of, name, strlen(name), tni_mutable(arg));
    }
    return fine;
}

// An output of the signature that is the last value of a buffer or input.
static bool note_last(tni_pt2 *x, const tni_map *arg_of, const json_t *output) {
    const char *tag = "", *weight = "", *arg = NULL;
    const json_t *spec = tni_json_union(output, &tag);
    if (!strcmp(tag, "user_input_mutation")) arg = tni_json_text(spec, "user_input_name");
    if (!strcmp(tag, "buffer_mutation")) weight = tni_json_text(spec, "buffer_name");
    if (!strcmp(tag, "parameter_mutation")) weight = tni_json_text(spec, "parameter_name");
    if (*weight) arg = tni_map_get(arg_of, weight, strlen(weight));
    return !arg || !*arg || note(x, arg, json_object_get(spec, "arg"));
}

bool tni_pt2_find_written(tni_pt2 *x, const json_t *graph, const json_t *signature) {
    const json_t *nodes = json_object_get(graph, "nodes"),
                 *outputs = json_object_get(signature, "output_specs");
    tni_map memory = {.env = x->env}, arg_of = {.env = x->env};
    bool fine = name_weights(&arg_of, json_object_get(signature, "input_specs"));
    for (size_t i = 0; i < json_array_size(outputs) && fine; i++)
        fine = note_last(x, &arg_of, json_array_get(outputs, i));
    for (size_t i = 0; i < json_array_size(nodes) && fine; i++)
        fine = follow(x, graph, &memory, json_array_get(nodes, i));
    tni_map_free(&memory);
    tni_map_free(&arg_of);
    return fine;
}
