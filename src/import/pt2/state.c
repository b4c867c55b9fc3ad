// SPDX-License-Identifier: Apache-2.0
// state.c - which buffers and inputs a program writes to, found before it is read: what is written cannot be
// a constant. A program as torch.export leaves it writes in place, through views too; a decomposed one says
// what each buffer holds at the end.
//
//     count <- view <- add_      "view" is count's memory, so count is written
#include "import/pt2/call.h"

#include <string.h>

static bool note(tni_pt2 *x, const char *name) { return tni_map_set(&x->written, name, strlen(name), x); }

bool tni_pt2_is_written(const tni_pt2 *x, const char *arg) {
    return tni_map_get(&x->written, arg, strlen(arg)) != NULL;
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

static bool follow(tni_pt2 *x, const json_t *graph, tni_map *memory, const json_t *node) {
    const char *target = tni_pt2_target(node), *plain = tni_pt2_functional(x, target), *out[TNI_AT_OUT];
    const char *from = tni_pt2_first_tensor(node);
    bool numbers, fine = true;
    if (!from) return true;
    size_t n = tni_pt2_output_names(node, out, TNI_AT_OUT, &numbers);
    const char *of = memory_of(memory, from);
    const tn_aten_def *def = tni_aten_find(x->env, target);
    if (plain) fine = note(x, of);
    for (size_t i = 0; i < n && fine; i++)
        if (plain || shares_memory(x, graph, def, from, out[i]))
            fine = tni_map_set(memory, out[i], strlen(out[i]), tni_mutable(of));
    return fine;
}

// The graph's name of the buffer or input that an output of the signature is the last value of.
static const char *written_arg(const json_t *inputs, const json_t *outputs, size_t i) {
    const char *tag = "", *of = "";
    const json_t *spec = tni_json_union(json_array_get(outputs, i), &tag);
    if (!strcmp(tag, "user_input_mutation")) return tni_json_text(spec, "user_input_name");
    if (!strcmp(tag, "buffer_mutation")) of = tni_json_text(spec, "buffer_name");
    if (!strcmp(tag, "parameter_mutation")) of = tni_json_text(spec, "parameter_name");
    for (size_t k = 0; *of && k < json_array_size(inputs); k++) {
        const json_t *in = tni_json_union(json_array_get(inputs, k), &tag);
        const char *name = tni_json_text(in, *tag == 'p' ? "parameter_name" : "buffer_name");
        if (!strcmp(name, of)) return tni_json_text(json_object_get(in, "arg"), "name");
    }
    return "";
}

const json_t *tni_pt2_last_value(const json_t *signature, const char *arg) {
    const json_t *inputs = json_object_get(signature, "input_specs"),
                 *outputs = json_object_get(signature, "output_specs");
    const char *tag;
    for (size_t i = 0; i < json_array_size(outputs); i++)
        if (!strcmp(written_arg(inputs, outputs, i), arg))
            return json_object_get(tni_json_union(json_array_get(outputs, i), &tag), "arg");
    return NULL;
}

bool tni_pt2_find_written(tni_pt2 *x, const json_t *graph, const json_t *signature) {
    const json_t *nodes = json_object_get(graph, "nodes"),
                 *inputs = json_object_get(signature, "input_specs"),
                 *outputs = json_object_get(signature, "output_specs");
    tni_map memory = {.env = x->env};
    bool fine = true;
    for (size_t i = 0; i < json_array_size(outputs) && fine; i++) {
        const char *arg = written_arg(inputs, outputs, i);
        fine = !*arg || note(x, arg);
    }
    for (size_t i = 0; i < json_array_size(nodes) && fine; i++)
        fine = follow(x, graph, &memory, json_array_get(nodes, i));
    tni_map_free(&memory);
    return fine;
}
