// SPDX-License-Identifier: Apache-2.0
// tap.c - taps. The imported graph is read out of the plan's block when the first fused tensor is asked for.
// A tap has a home, the graph of the plan after which its value stands: it is taken each time that graph has
// run. A body's values are copied, because what they lie in is used again before anyone can read them.
#include "run/tap.h"
#include "ir/module.h"

#include "ir/eval.h"

#include <string.h>

typedef struct tap {
    const char *name;
    const tni_value *value; // of the plan's graph, or NULL
    tni_value *origin;      // of the imported graph when the plan has it no more
    const tn_graph *home;
    tni_arena arena; // of the result, when it is a copy or replayed
    const tn_tensor *result;
} tap;

struct tni_taps {
    tn_context *c;
    tn_graph *origin;
    const tn_tensor **known; // by id of the imported graph's values, while a tap is replayed
    tap *tap;
    size_t n, capacity;
};

void tni_taps_free(tni_taps *t) {
    if (!t) return;
    tn_env *env = t->c->env;
    for (size_t i = 0; i < t->n; i++) tni_arena_free(&t->tap[i].arena);
    tn_graph_free(t->origin);
    tni_free(env, t->known);
    tni_free(env, t->tap);
    tni_free(env, t);
}

// ---- finding

static bool is_computed(const tni_value *v) { return v->def || v->is_input; }

// A graph's values by name, in bodies too. Of a plan only what is computed is sure to be what the model calls
// so: its constants may have been changed (a BatchNormalization that went into them).
static tni_value *find_in(const tn_graph *g, const char *name, bool constants) {
    tni_value *v = tni_map_get(&g->names, name, strlen(name));
    if (v && (is_computed(v) || (constants && v->info.constant))) return v;
    v = NULL;
    for (const tni_node *n = g->first; n && !v; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; !v && (body = tni_next_body(n, &i));) v = find_in(body, name, constants);
    }
    return v;
}

static int depth_of(const tn_graph *g) {
    int depth = 0;
    while ((g = g->parent)) depth++;
    return depth;
}

static bool inside(const tn_graph *g, const tn_graph *of) {
    while (g && g != of) g = g->parent;
    return g == of;
}

static void keep_sources(tni_taps *t, const tni_value *v, tap *made);

// `in` is read on the way to a tap: what the plan still computes is kept, else what that was made of.
static void keep_source(tni_taps *t, tni_value *in, tap *made) {
    int stamp = (int)t->n + 1; // of this tap
    if (!in || in->mark == stamp || in->info.constant) return;
    in->mark = stamp;
    const tni_value *alive = find_in(t->c->plan->graph, in->name, false);
    if (!alive) {
        keep_sources(t, in, made);
        return;
    }
    t->c->keep[alive->id] = true;
    if (depth_of(alive->graph) > depth_of(made->home)) made->home = alive->graph;
}

// What a body reads of the graphs around `of`.
static void keep_captured(tni_taps *t, const tn_graph *body, const tn_graph *of, tap *made) {
    for (const tni_node *n = body->first; n; n = n->next) {
        const tn_graph *inner;
        for (int i = 0; i < n->nin; i++)
            if (n->in[i].value && !inside(n->in[i].value->graph, of)) keep_source(t, n->in[i].value, made);
        for (size_t i = 0; (inner = tni_next_body(n, &i));) keep_captured(t, inner, of, made);
    }
    for (size_t i = 0; i < body->noutput; i++)
        if (!inside(body->output[i]->value->graph, of)) keep_source(t, body->output[i]->value, made);
}

static void keep_sources(tni_taps *t, const tni_value *v, tap *made) {
    const tn_graph *body;
    for (int i = 0; v->def && i < v->def->nin; i++) keep_source(t, v->def->in[i].value, made);
    for (size_t i = 0; v->def && (body = tni_next_body(v->def, &i));) keep_captured(t, body, body, made);
}

static tn_status open_origin(tni_taps *t, tn_diags *diags) {
    if (!t->origin) TN_TRY(tni_decode_origin(&t->origin, t->c->plan, diags));
    if (!t->known) t->known = tni_calloc(t->c->env, t->origin->root->nvalues + 1u, sizeof *t->known);
    return t->known ? TN_OK : TN_NOMEM;
}

static tn_status add(tni_taps *t, tap made) {
    if (!tni_grow(t->c->env, &t->tap, t->n, &t->capacity, sizeof made)) return TN_NOMEM;
    tni_arena_init(&made.arena, t->c->env);
    t->tap[t->n++] = made;
    tni_frame_forget(t->c->main); // lives have changed
    return TN_OK;
}

// The tensor that the module gives, asked for by the module's path.
static tn_status tap_module(tni_taps *t, const char *path, const tni_value *v, tn_diags *diags) {
    const char *name = tni_arena_text(&t->origin->root->arena, path, strlen(path));
    if (!name) return TN_NOMEM;
    TN_TRY(tn_context_tap(t->c, v->name, diags));
    t->tap[t->n - 1].name = name;
    return TN_OK;
}

static tn_status tap_fused(tni_taps *t, const char *name, tn_diags *diags) {
    const tn_graph *g = t->c->plan->graph;
    TN_TRY(open_origin(t, diags));
    tni_value *v = find_in(t->origin, name, true);
    if (v) {
        tap made = {.name = v->name, .origin = v, .home = g};
        keep_sources(t, v, &made);
        return add(t, made);
    }
    v = find_in(g, name, true); // a constant that a pass has made
    if (v) return add(t, (tap){.name = v->name, .value = v, .home = g});
    if ((v = tni_module_output(t->origin, name))) return tap_module(t, name, v, diags);
    tn_diag d = {.severity = TN_ERROR,
                 .status = TN_INVALID,
                 .file = t->c->plan->name,
                 .hint =
                     "'tenon show --text' lists all tensors; a module of PyTorch's can be named by its path"};
    return tni_diag(diags, &d, "the model has no tensor '%s'", name);
}

tn_status tn_context_tap(tn_context *c, const char *tensor, tn_diags *diags) {
    tni_context_keep_state(c);
    if (!c->taps) {
        c->taps = tni_calloc(c->env, 1, sizeof *c->taps);
        if (!c->taps) return TN_NOMEM;
        c->taps->c = c;
    }
    const tni_value *v = find_in(c->plan->graph, tensor, false);
    if (!v) return tap_fused(c->taps, tensor, diags);
    c->keep[v->id] = true;
    return add(c->taps, (tap){.name = v->name, .value = v, .home = v->graph});
}

// ---- taking

static const tn_tensor *value_now(const tni_frame *f, const tni_value *v) {
    if (!is_computed(v)) return v->info.constant;
    for (; f; f = f->parent)
        if (f->graph == v->graph) return f->current ? &f->current->slot[v->mark].tensor : NULL;
    return NULL;
}

typedef struct replay {
    tni_taps *t;
    const tni_frame *frame;
    tni_arena *arena;
    tn_status status;
} replay;

static const tn_tensor *replayed(replay *r, const tni_value *v);

static const tn_tensor *look_up(void *user, const tni_value *v) { return replayed(user, v); }

static const tn_tensor *run_again(replay *r, const tni_value *v) {
    const tni_node *n = v->def;
    const tn_tensor **in = tni_arena_zalloc(r->arena, (size_t)(n->nin + 1) * sizeof *in);
    tn_tensor **out = tni_arena_zalloc(r->arena, (size_t)(n->nout + 1) * sizeof *out);
    if (!in || !out) r->status = TN_NOMEM;
    for (int i = 0; r->status == TN_OK && i < n->nin; i++)
        if (n->in[i].value) in[i] = replayed(r, n->in[i].value);
    if (r->status == TN_OK) r->status = tni_eval_node(n, r->arena, in, out, look_up, r, NULL, r->t->c->diags);
    for (int i = 0; r->status == TN_OK && i < n->nout; i++)
        if (n->out[i]) r->t->known[n->out[i]->id] = out[i];
    return r->status == TN_OK ? out[v->def_index] : NULL;
}

// A value of the imported graph: constant, still in the plan, or computed again, once.
static const tn_tensor *replayed(replay *r, const tni_value *v) {
    if (v->info.constant) return v->info.constant;
    const tn_tensor **known = &r->t->known[v->id];
    const tni_value *alive = *known ? NULL : find_in(r->t->c->plan->graph, v->name, false);
    if (alive) *known = value_now(r->frame, alive);
    if (!*known && v->def && r->status == TN_OK) *known = run_again(r, v);
    if (!*known && r->status == TN_OK)
        r->status = tni_error(r->t->c->diags, TN_INVALID,
                              "tensor '%s' cannot be computed from what the engine keeps", v->name);
    return *known;
}

static tn_status take(tni_taps *t, const tni_frame *f, tap *p) {
    tni_arena_reset(&p->arena, (tni_mark){0});
    replay r = {.t = t, .frame = f, .arena = &p->arena};
    if (p->value) {
        p->result = value_now(f, p->value);
    } else {
        memset(t->known, 0, (t->origin->root->nvalues + 1u) * sizeof *t->known);
        p->result = replayed(&r, p->origin);
    }
    if (r.status != TN_OK || !f->parent || !p->result) return r.status;
    p->result = tni_tensor_copy(&p->arena, p->result);
    return p->result ? TN_OK : TN_NOMEM;
}

tn_status tni_taps_take(tni_taps *t, const tni_frame *f) {
    for (size_t i = 0; i < t->n; i++)
        if (t->tap[i].home == f->graph) TN_TRY(take(t, f, &t->tap[i]));
    return TN_OK;
}

void tni_taps_clear(tni_taps *t) {
    for (size_t i = 0; i < t->n; i++) t->tap[i].result = NULL;
}

size_t tn_context_tap_count(const tn_context *c) { return c->taps ? c->taps->n : 0; }
const char *tn_context_tap_name(const tn_context *c, size_t i) {
    return i < tn_context_tap_count(c) ? c->taps->tap[i].name : NULL;
}
const tn_tensor *tn_context_tap_value(const tn_context *c, size_t i) {
    return c->ran && i < tn_context_tap_count(c) ? c->taps->tap[i].result : NULL;
}
