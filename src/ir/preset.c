// SPDX-License-Identifier: Apache-2.0
// preset.c - what a model says of its own inputs: examples of them; the state (buffers that PyTorch's module
// writes to) that is an input whose value the last run's output of another name is; and what their sizes may
// be.
#include "ir/dim.h"
#include "ir/dim_expr.h"
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

// The size that dimension `at` counts in, all inputs' dimensions in a row; NULL: it has no name of its own.
static const char *size_at(const tn_graph *g, size_t at) {
    const tn_type *t = &g->input[at / TN_MAX_RANK]->info.type;
    int axis = (int)(at % TN_MAX_RANK);
    const char *name;
    int64_t factor;
    return axis < t->rank && tni_dim_is_multiple(t->dim[axis], &name, &factor) ? name : NULL;
}

static bool is_named_before(const tn_graph *g, size_t end, const char *name) {
    for (size_t at = 0; at < end; at++) {
        const char *other = size_at(g, at);
        if (other && !strcmp(other, name)) return true;
    }
    return false;
}

bool tni_graph_next_size(const tn_graph *g, size_t *at, tni_size *size) {
    tn_dims *pool = &g->root->dims;
    while (*at < g->ninput * TN_MAX_RANK) {
        const char *name = size_at(g, (*at)++);
        if (!name) continue;
        *size = (tni_size){.name = name, .usual = tni_dim_usual(pool, name)};
        tni_dim_range(pool, tn_dim_symbol(pool, name), &size->least, &size->most);
        if (size->most == INT64_MAX) size->most = 0;
        if ((size->usual || size->least || size->most) && !is_named_before(g, *at - 1, name)) return true;
    }
    return false;
}

bool tni_graph_set_size(tn_graph *g, const tni_size *size) {
    if (size->usual < 0 || size->least < 0 || size->most < 0 || (size->most && size->least > size->most) ||
        !is_named_before(g, g->ninput * TN_MAX_RANK, size->name))
        return false;
    tni_dim_set_usual(&g->root->dims, size->name, size->usual);
    tni_dim_set_range(&g->root->dims, size->name, size->least, size->most);
    return true;
}
