// SPDX-License-Identifier: Apache-2.0
// preset.c - values that a model brings for its own inputs: examples of them, and the state (buffers that
// PyTorch's module writes to) that is an input whose value the last run's output of another name is.
#include "ir/graph.h"

#include <string.h>

tn_status tni_graph_give(tn_graph *g, const char *input, const char *next, const tn_tensor *value) {
    tni_arena *a = &g->root->arena;
    tni_preset *given = tni_arena_zalloc(a, sizeof *given);
    if (!given) return TN_NOMEM;
    given->input = tni_arena_text(a, input, strlen(input));
    given->next = next ? tni_arena_text(a, next, strlen(next)) : NULL;
    if (!given->input || (next && !given->next)) return TN_NOMEM;
    given->value = value;
    given->more = g->root->preset;
    g->root->preset = given;
    return TN_OK;
}

// The type is exactly that of the tensor, whatever the other inputs are.
static bool holds(const tn_type *type, const tn_tensor *value) {
    bool same = type->kind == TN_TENSOR && value->kind == TN_TENSOR && type->dtype == value->dtype &&
                type->rank == value->rank && value->dtype != TN_STRING;
    for (int d = 0; same && d < type->rank; d++) same = tn_dim_is(type->dim[d], value->dim[d]);
    return same;
}

const tni_preset *tni_graph_state(const tn_graph *g, size_t i, size_t *output) {
    const tni_value *in = g->input[i];
    for (const tni_preset *s = g->root->preset; s; s = s->more) {
        if (!s->next || strcmp(s->input, in->name) || !holds(&in->info.type, s->value)) continue;
        for (size_t k = 0; k < g->noutput; k++) {
            const tni_value *out = g->output[k]->value;
            if (strcmp(out->name, s->next) || !holds(&out->info.type, s->value)) continue;
            *output = k;
            return s;
        }
    }
    return NULL;
}

const tn_tensor *tn_graph_sample(const tn_graph *g, size_t i) {
    for (const tni_preset *s = i < g->ninput ? g->root->preset : NULL; s; s = s->more)
        if (!s->next && !strcmp(s->input, g->input[i]->name)) return s->value;
    return NULL;
}
