// SPDX-License-Identifier: Apache-2.0
// frame.c - running a layout: point the slots at memory, do the steps in order, hand out the results.
#include "run/frame.h"
#include "base/numa.h"
#include "run/tap.h"

#include <string.h>

enum { MAX_LAYOUTS = 32 };

// ---- what kernels ask for

static void *memory(struct tn_call_host *h, size_t bytes) {
    tni_frame *f = (tni_frame *)h;
    return tni_arena_tensor(&f->dynamic[f->turn], bytes);
}

static void *keep(struct tn_call_host *h, size_t bytes) {
    return tni_arena_tensor(&((tni_frame *)h)->context->run, bytes);
}

static void *scratch(struct tn_call_host *h, size_t bytes) {
    return tni_arena_tensor(&((tni_frame *)h)->context->scratch, bytes);
}

static tn_status run_body(struct tn_call_host *h, tn_graph *g, int nin, const tn_tensor *const *in, int nout,
                          const tn_tensor **out) {
    tni_frame *f = (tni_frame *)h, *body = f->child;
    while (body && body->graph != g) body = body->sibling;
    if (!body || (size_t)nin != g->ninput || (size_t)nout != g->noutput) return TN_INTERNAL;
    tni_mark mark = tni_arena_mark(&f->context->scratch);
    const tn_tensor **all = tni_arena_zalloc(&f->context->scratch, (body->ninput + 1) * sizeof *all);
    tn_status status = all ? TN_OK : TN_NOMEM;
    for (size_t i = 0; all && i < body->ninput; i++) {
        all[i] = i < (size_t)nin ? in[i] : tni_frame_value(f, body->input[i]);
        if (!all[i])
            status = tni_node_diag(h->node, f->context->diags, TN_ERROR, TN_INTERNAL, body->input[i]->name,
                                   NULL, "a body reads it before it is computed");
    }
    if (status == TN_OK) status = tni_frame_run(body, all);
    if (status == TN_OK && f->context->taps) status = tni_taps_take(f->context->taps, body);
    for (int i = 0; status == TN_OK && i < nout; i++) out[i] = &body->result[body->turn][i];
    tni_arena_reset(&f->context->scratch, mark);
    return status;
}

// ---- the tree

typedef struct captures {
    const tn_graph *g;
    const tni_value **value;
    size_t n, capacity;
    bool failed;
} captures;

static bool inside(const tn_graph *g, const tn_graph *of) {
    while (g && g != of) g = g->parent;
    return g == of;
}

static void add_capture(captures *c, const tni_value *v, tni_arena *a) {
    if (!v || inside(v->graph, c->g) || (!v->def && !v->is_input)) return; // its own, or a constant
    for (size_t i = 0; i < c->n; i++)
        if (c->value[i] == v) return;
    if (tni_arena_grow(a, &c->value, c->n, &c->capacity, sizeof v))
        c->value[c->n++] = v;
    else
        c->failed = true;
}

static void find_captures(captures *c, const tn_graph *g, tni_arena *a) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) add_capture(c, n->in[i].value, a);
        for (size_t i = 0; (body = tni_next_body(n, &i));) find_captures(c, body, a);
    }
    for (size_t i = 0; i < g->noutput; i++) add_capture(c, g->output[i]->value, a);
}

static tn_status list_inputs(tni_frame *f) {
    tni_arena *a = &f->context->own;
    captures c = {.g = f->graph};
    find_captures(&c, f->graph, a);
    f->ninput = f->graph->ninput + c.n;
    f->input = tni_arena_zalloc(a, (f->ninput + 1) * sizeof *f->input);
    if (c.failed || !f->input) return TN_NOMEM;
    for (size_t i = 0; i < f->graph->ninput; i++) f->input[i] = f->graph->input[i];
    for (size_t i = 0; i < c.n; i++) f->input[f->graph->ninput + i] = c.value[i];
    return TN_OK;
}

// Values were numbered when the plan was opened: inputs and outputs of nodes, from 0.
static size_t count_values(const tn_graph *g) {
    size_t n = g->ninput;
    for (const tni_node *node = g->first; node; node = node->next)
        for (int i = 0; i < node->nout; i++) n += node->out[i] != NULL;
    return n;
}

static tn_status make_children(tni_frame *f) {
    for (const tni_node *n = f->graph->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; (body = tni_next_body(n, &i));) {
            tni_frame *child;
            TN_TRY(tni_frame_new(&child, f->context, f, body));
            child->sibling = f->child;
            f->child = child;
        }
    }
    return TN_OK;
}

tn_status tni_frame_new(tni_frame **frame, tn_context *c, tni_frame *parent, const tn_graph *g) {
    tni_frame *f = tni_calloc(c->env, 1, sizeof *f);
    if (!f) return TN_NOMEM;
    *f = (tni_frame){.context = c, .parent = parent, .graph = g};
    f->host = (struct tn_call_host){.pool = c->pool,
                                    .pins = !parent,
                                    .memory = memory,
                                    .keep = keep,
                                    .scratch = scratch,
                                    .graph = run_body};
    tn_status status = list_inputs(f);
    f->nslots = count_values(g) + (f->ninput - g->ninput);
    for (int i = 0; i < 2; i++) {
        tni_arena_init(&f->dynamic[i], c->env);
        f->result[i] = tni_arena_zalloc(&c->own, (g->noutput + 1) * sizeof *f->result[i]);
        if (!f->result[i]) status = TN_NOMEM;
    }
    if (status == TN_OK) status = make_children(f);
    if (status == TN_OK)
        *frame = f;
    else
        tni_frame_free(f);
    return status;
}

void tni_frame_forget(tni_frame *f) {
    for (tni_layout *l = f->layouts, *next; l; l = next) {
        next = l->next;
        tni_layout_free(l);
    }
    f->layouts = f->current = NULL;
    for (tni_frame *child = f->child; child; child = child->sibling) tni_frame_forget(child);
}

void tni_frame_free(tni_frame *f) {
    if (!f) return;
    tni_frame_forget(f);
    for (tni_frame *child = f->child, *next; child; child = next) {
        next = child->sibling;
        tni_frame_free(child);
    }
    for (int i = 0; i < 2; i++) {
        tni_free(f->context->env, f->block[i]);
        tni_arena_free(&f->dynamic[i]);
    }
    tni_free(f->context->env, f);
}

size_t tni_frame_bytes(const tni_frame *f) {
    size_t n = f->block_bytes[0] + f->block_bytes[1];
    for (const tni_frame *child = f->child; child; child = child->sibling) n += tni_frame_bytes(child);
    return n;
}

const tn_tensor *tni_frame_value(const tni_frame *f, const tni_value *v) {
    if (!v->def && !v->is_input) return v->info.constant;
    for (; f; f = f->parent)
        if (f->graph == v->graph) return f->current ? &f->current->slot[v->mark].tensor : NULL;
    return NULL;
}

// ---- binding

static bool same_shape(const tn_tensor *a, const tn_tensor *b) {
    return a->kind == b->kind && a->dtype == b->dtype &&
           (a->kind != TN_TENSOR ||
            (a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim)));
}

static bool fits(const tni_layout *l, const tn_tensor *const *in, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!same_shape(&l->key[i], in[i])) return false;
    return true;
}

// Keeps the most recent layouts: shapes that come back cost nothing, shapes that never do not pile up.
static void add_layout(tni_frame *f, tni_layout *l) {
    l->next = f->layouts;
    f->layouts = l;
    int n = 1;
    for (tni_layout *each = l; each->next; each = each->next)
        if (++n > MAX_LAYOUTS) {
            tni_layout_free(each->next);
            each->next = NULL;
            break;
        }
}

static tn_status find_layout(tni_frame *f, const tn_tensor *const *in) {
    if (f->current && fits(f->current, in, f->ninput)) return TN_OK;
    for (tni_layout *l = f->layouts; l; l = l->next)
        if (fits(l, in, f->ninput)) {
            f->current = l;
            return TN_OK;
        }
    tni_layout *l;
    f->current = NULL;
    TN_TRY(tni_layout_new(&l, f, in));
    add_layout(f, l);
    f->current = l;
    return TN_OK;
}

static tn_status reserve_block(tni_frame *f) {
    size_t need = f->current->block_bytes;
    int turn = f->turn;
    if (f->block[turn] && f->block_bytes[turn] >= need) return TN_OK;
    tni_free(f->context->env, f->block[turn]);
    for (tni_layout *l = f->layouts; l; l = l->next) l->base = NULL;
    f->block_bytes[turn] = 0;
    f->block[turn] = tni_alloc(f->context->env, need ? need : 1);
    if (!f->block[turn]) return TN_NOMEM;
    tni_first_touch(f->context->pool, tni_nodes(), f->block[turn], need);
    f->block_bytes[turn] = need;
    return TN_OK;
}

// Where a slot begins, following what it is a part of.
static char *address(tni_layout *l, tni_slot *s, char *base) {
    size_t offset;
    const tni_slot *root = tni_slot_root(l, s, &offset);
    return root->place == TNI_INPUT ? (char *)root->tensor.data + offset : base + root->offset + offset;
}

static void point_slots(tni_frame *f, const tn_tensor *const *in) {
    tni_layout *l = f->current;
    char *base = f->block[f->turn];
    for (size_t i = 0; i < f->ninput; i++) {
        tn_tensor *t = &l->slot[tni_input_slot(f, i)].tensor;
        *t = *in[i];
        t->pinned = false;
        t->owner = NULL;
    }
    for (size_t i = 0; i < f->nslots; i++) {
        tni_slot *s = &l->slot[i];
        if ((s->place == TNI_BLOCK && l->base != base) || (s->place == TNI_INPUT && s->root != (int)i))
            s->tensor.data = address(l, s, base);
    }
    for (size_t i = 0; l->base != base && i < l->nexec; i++)
        l->exec[i].call.workspace = base + l->exec[i].workspace_at;
    l->base = base;
}

// ---- running

typedef struct body_infos {
    const tn_graph *body;
    tn_info *info; // of what it computes
} body_infos;

static tn_info *body_info(void *user, const tni_value *v) {
    const body_infos *b = user;
    bool computed = v->graph == b->body && (v->def || v->is_input);
    return computed ? &b->info[v->mark] : (tn_info *)(uintptr_t)&v->info; // constants: nobody writes to them
}

// What follows inside a node's own body goes into a table: the plan's graph is all contexts'.
static tn_status infer_now(const tni_frame *f, const tni_exec *e, tn_info *out) {
    tn_context *c = f->context;
    size_t i = 0;
    body_infos b = {.body = tni_next_body(e->step->node, &i)};
    tni_dims_reset(&c->dims);
    tni_infer_env env = {.dims = &c->dims, .arena = &c->scratch, .diags = c->diags};
    if (b.body) {
        b.info = tni_arena_zalloc(&c->scratch, (count_values(b.body) + 1) * sizeof *b.info);
        if (!b.info) return TN_NOMEM;
        env.info = body_info;
        env.user = &b;
    }
    return tni_infer_values(&env, e->step->node, e->call.in, out);
}

static tn_status pick_now(tni_frame *f, tni_exec *e) {
    tni_arena *a = &f->context->scratch;
    tn_problem p;
    TN_TRY(tni_exec_problem(f, f->current, e, a, &p));
    TN_TRY(tni_exec_pick(f, e, &p, a));
    e->call.workspace = tni_arena_tensor(a, e->workspace);
    return e->call.workspace ? TN_OK : TN_NOMEM;
}

// A step whose shapes had to wait for the data: infer, give memory, pick a kernel, all in scratch memory.
static tn_status prepare(tni_frame *f, tni_exec *e) {
    const tni_node *n = e->step->node;
    tn_info *info = tni_arena_zalloc(&f->context->scratch, (size_t)(n->nout + 1) * sizeof *info);
    if (!info) return TN_NOMEM;
    bool complete = true; // shapes known, tensors only: a tactic may serve
    // A control operator's types are the plan's: its bodies find out for themselves.
    if (!(n->op->traits & TN_CONTROL)) TN_TRY(infer_now(f, e, info));
    for (int i = 0; i < n->nout; i++) {
        if (!e->call.out[i]) continue;
        TN_TRY(tni_call_place(&f->host, &info[i], e->call.out[i]));
        complete &= e->call.out[i]->data != NULL;
    }
    for (int i = 0; i < n->nin; i++) complete &= !e->call.in[i] || e->call.in[i]->kind == TN_TENSOR;
    e->tactic = NULL;
    return complete ? pick_now(f, e) : tni_exec_restore(f->context, e->call.nin, e->call.in);
}

static tn_status run_step(tni_frame *f, tni_exec *e) {
    tn_context *c = f->context;
    const tni_node *n = e->step->node;
    tni_mark mark = tni_arena_mark(&c->scratch);
    int64_t begin = c->profile ? tni_clock_ns() : 0;
    f->host.node = n;
    f->host.diags = c->diags;
    tn_status status = e->is_dynamic ? prepare(f, e) : TN_OK;
    if (status == TN_OK) status = e->tactic ? e->tactic->run(&e->call) : n->op->ref(&e->call);
    if (status == TN_OK && e->is_dynamic) status = tni_call_check(&f->host, e->call.out);
    if (c->profile) c->ns[n->mark] += (double)(tni_clock_ns() - begin);
    tni_arena_reset(&c->scratch, mark);
    return status;
}

// Results that lie in the caller's memory are copied: the caller may change it before they are read.
static tn_status hand_out(tni_frame *f) {
    for (size_t i = 0; i < f->graph->noutput; i++) {
        const tni_value *v = f->graph->output[i]->value;
        const tn_tensor *from = tni_frame_value(f, v);
        if (!from) return TN_INTERNAL;
        tn_tensor *to = &f->result[f->turn][i];
        *to = *from;
        bool own = v->graph == f->graph && (v->def || v->is_input);
        if (!own || f->current->slot[v->mark].place != TNI_INPUT || from->kind != TN_TENSOR) continue;
        to->data = memory(&f->host, from->bytes);
        if (!to->data) return TN_NOMEM;
        if (from->bytes) memcpy(to->data, from->data, from->bytes);
    }
    return TN_OK;
}

tn_status tni_frame_run(tni_frame *f, const tn_tensor *const *in) {
    TN_TRY(find_layout(f, in));
    if (f->parent) f->turn ^= 1;
    tni_arena_reset(&f->dynamic[f->turn], (tni_mark){0});
    TN_TRY(reserve_block(f));
    point_slots(f, in);
    for (size_t i = 0; i < f->current->nexec; i++)
        if (!f->current->exec[i].skip) TN_TRY(run_step(f, &f->current->exec[i]));
    return hand_out(f);
}
