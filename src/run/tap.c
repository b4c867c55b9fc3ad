// SPDX-License-Identifier: Apache-2.0
// tap.c - taps. The imported graph is read out of the plan's block when the first fused tensor is asked for.
#include "run/tap.h"

#include "ir/eval.h"

#include <string.h>

typedef struct tap {
    const char *name;
    const tni_value *value; // of the plan's graph, or NULL
    tni_value *origin;      // of the imported graph when the plan has it no more
    const tn_tensor *result;
} tap;

struct tni_taps {
    tn_context *c;
    tn_graph *origin;
    tni_arena arena; // replayed tensors, until the next run
    tap *tap;
    size_t n, capacity;
};

void tni_taps_free(tni_taps *t) {
    if (!t) return;
    tn_env *env = t->c->env;
    tn_graph_free(t->origin);
    tni_arena_free(&t->arena);
    tni_free(env, t->tap);
    tni_free(env, t);
}

// Values of the plan by name, in bodies too.
static const tni_value *find_in(const tn_graph *g, const char *name) {
    const tni_value *v = tni_map_get(&g->names, name, strlen(name));
    if (v && (v->def || v->is_input || v->info.constant)) return v;
    v = NULL;
    for (const tni_node *n = g->first; n && !v; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; !v && (body = tni_next_body(n, &i));) v = find_in(body, name);
    }
    return v;
}

// Keeps what the replay of `v` starts from: the nearest values above it that the plan still computes.
static void keep_sources(tni_taps *t, const tni_value *v) {
    for (int i = 0; v->def && i < v->def->nin; i++) {
        tni_value *in = v->def->in[i].value;
        if (!in || in->mark == 1 || in->info.constant) continue;
        in->mark = 1;
        const tni_value *alive = find_in(t->c->plan->graph, in->name);
        if (alive)
            t->c->keep[alive->id] = true;
        else
            keep_sources(t, in);
    }
}

static tn_status open_origin(tni_taps *t, tn_diags *diags) {
    return t->origin ? TN_OK : tni_decode_origin(&t->origin, t->c->plan, diags);
}

static tn_status add(tni_taps *t, tap made) {
    if (!tni_grow(t->c->env, &t->tap, t->n, &t->capacity, sizeof made)) return TN_NOMEM;
    t->tap[t->n++] = made;
    tni_frame_forget(t->c->main); // lives have changed
    return TN_OK;
}

static tn_status tap_fused(tni_taps *t, const char *name, tn_diags *diags) {
    TN_TRY(open_origin(t, diags));
    tni_value *v = tni_value_find(t->origin, name);
    if (!v) {
        tn_diag d = {.severity = TN_ERROR,
                     .status = TN_INVALID,
                     .file = t->c->plan->name,
                     .hint = "'tenon show --text' lists all tensors"};
        return tni_diag(diags, &d, "the model has no tensor '%s'", name);
    }
    keep_sources(t, v);
    return add(t, (tap){.name = v->name, .origin = v});
}

tn_status tn_context_tap(tn_context *c, const char *tensor, tn_diags *diags) {
    if (!c->taps) {
        c->taps = tni_calloc(c->env, 1, sizeof *c->taps);
        if (!c->taps) return TN_NOMEM;
        c->taps->c = c;
        tni_arena_init(&c->taps->arena, c->env);
    }
    const tni_value *v = find_in(c->plan->graph, tensor);
    if (!v) return tap_fused(c->taps, tensor, diags);
    c->keep[v->id] = true;
    return add(c->taps, (tap){.name = v->name, .value = v});
}

// ---- after a run

static const tn_tensor *value_now(const tni_frame *f, const tni_value *v) {
    if (!v->def && !v->is_input) return v->info.constant;
    if (f->graph == v->graph) return f->current ? &f->current->slot[v->mark].tensor : NULL;
    for (const tni_frame *child = f->child; child; child = child->sibling) {
        const tn_tensor *t = value_now(child, v);
        if (t) return t;
    }
    return NULL;
}

// A value of the imported graph: constant, still in the plan, or replayed.
static tn_status replay(tni_taps *t, tni_value *v, const tn_tensor **to) {
    const tni_value *alive = v->info.constant ? NULL : find_in(t->c->plan->graph, v->name);
    *to = v->info.constant ? v->info.constant : alive ? value_now(t->c->main, alive) : NULL;
    if (*to) return TN_OK;
    tni_node *n = v->def;
    if (!n)
        return tni_error(t->c->diags, TN_INVALID, "tensor '%s' cannot be computed from what the engine keeps",
                         v->name);
    const tn_tensor **in = tni_arena_zalloc(&t->arena, (size_t)(n->nin + 1) * sizeof *in);
    tn_tensor **out = tni_arena_zalloc(&t->arena, (size_t)(n->nout + 1) * sizeof *out);
    if (!in || !out) return TN_NOMEM;
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value) TN_TRY(replay(t, n->in[i].value, &in[i]));
    TN_TRY(tni_eval_node(n, &t->arena, in, out, NULL, NULL, NULL, t->c->diags));
    *to = out[v->def_index];
    return *to ? TN_OK : TN_INTERNAL;
}

tn_status tni_taps_collect(tn_context *c) {
    tni_taps *t = c->taps;
    if (!t) return TN_OK;
    tni_arena_reset(&t->arena, (tni_mark){0});
    for (size_t i = 0; i < t->n; i++) {
        if (t->tap[i].value)
            t->tap[i].result = value_now(c->main, t->tap[i].value);
        else
            TN_TRY(replay(t, t->tap[i].origin, &t->tap[i].result));
    }
    return TN_OK;
}

size_t tn_context_tap_count(const tn_context *c) { return c->taps ? c->taps->n : 0; }
const char *tn_context_tap_name(const tn_context *c, size_t i) {
    return i < tn_context_tap_count(c) ? c->taps->tap[i].name : NULL;
}
const tn_tensor *tn_context_tap_value(const tn_context *c, size_t i) {
    return c->ran && i < tn_context_tap_count(c) ? c->taps->tap[i].result : NULL;
}
