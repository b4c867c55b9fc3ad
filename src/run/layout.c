// SPDX-License-Identifier: Apache-2.0
// layout.c - from input shapes to a layout. Shapes are inferred once with the concrete inputs; then every
// value is given a place: views share their source's memory, the inputs of a Concat are made inside it,
// elementwise steps write over what they read last, and what is left is packed into one block by life-time.
#include "plan/memory.h"
#include "plan/pick.h"
#include "run/frame.h"
#include "run/pack.h"

#include <limits.h>
#include <string.h>

typedef struct maker {
    tni_frame *f;
    tni_layout *l;
    tn_info *info; // by value id
    tni_buffer *buffer;
} maker;

// ---- shapes

static tn_info *info_of(void *user, const tni_value *v) {
    maker *m = user;
    tn_info *info = &m->info[v->id];
    if (info->type.dtype == TN_UNDEFINED && !v->def && !v->is_input) *info = v->info; // constants
    return info;
}

static tn_status infer(maker *m, const tn_tensor *const *in) {
    tn_context *c = m->f->context;
    m->info = tni_arena_zalloc(&c->scratch, (c->plan->graph->root->nvalues + 1u) * sizeof *m->info);
    if (!m->info) return TN_NOMEM;
    for (size_t i = 0; i < m->f->ninput; i++) // contents may change from run to run: only the type counts
        m->info[m->f->input[i]->id].type = tni_tensor_type(in[i]);
    tni_dims_reset(&c->dims);
    tni_infer_env env = {
        .info = info_of, .user = m, .dims = &c->dims, .arena = &m->l->arena, .diags = c->diags};
    return tni_infer_graph(&env, m->f->graph);
}

static bool is_known(const tn_info *info) {
    if (info->constant) return true;
    int64_t dims[TN_MAX_RANK];
    if (!info->content || !tni_type_dims(&info->type, dims)) return false;
    for (size_t i = 0; i < info->ncontent; i++)
        if (info->content[i].e) return false;
    return true;
}

// The tensor of a value whose contents follow from the shapes.
static const tn_tensor *known_tensor(maker *m, const tn_info *info) {
    if (info->constant) return info->constant;
    int64_t dims[TN_MAX_RANK] = {0};
    tni_type_dims(&info->type, dims);
    tn_tensor *t = tni_tensor_new(&m->l->arena, info->type.dtype, info->type.rank, dims);
    for (size_t i = 0; t && i < info->ncontent && (int64_t)i < tn_count(t); i++)
        tni_set_int(t, (int64_t)i, info->content[i].k);
    return t;
}

// ---- slots and steps

size_t tni_input_slot(const tni_frame *f, size_t i) {
    return i < f->graph->ninput ? (size_t)f->input[i]->mark : f->nslots - f->ninput + i;
}

// NULL: it has none, being omitted or a constant.
static tni_slot *find_slot(const tni_frame *f, tni_layout *l, const tni_value *v) {
    if (v && v->graph == f->graph && (v->def || v->is_input)) return &l->slot[v->mark];
    for (size_t i = f->graph->ninput; v && i < f->ninput; i++)
        if (f->input[i] == v) return &l->slot[tni_input_slot(f, i)];
    return NULL;
}

static tni_slot *slot_of(maker *m, const tni_value *v) { return find_slot(m->f, m->l, v); }
// The slot of what a node of this graph makes.
static tni_slot *made_slot(maker *m, const tni_value *v) { return &m->l->slot[v->mark]; }
static int index_of(const maker *m, const tni_slot *s) { return (int)(s - m->l->slot); }
static bool is_root(const maker *m, const tni_slot *s) { return s->root == index_of(m, s); }

static const tn_tensor *tensor_of(maker *m, const tni_value *v) {
    tni_slot *s = slot_of(m, v);
    return s ? &s->tensor : tni_constant(v);
}

static tn_status set_known(maker *m, tni_slot *s, const tn_info *info) {
    const tn_tensor *t = known_tensor(m, info);
    if (!t) return TN_NOMEM;
    s->tensor = *t;
    s->tensor.pinned = true;
    s->place = TNI_CONSTANT;
    return TN_OK;
}

static void set_inputs(maker *m, const tn_tensor *const *in) {
    for (size_t i = 0; i < m->f->ninput; i++) {
        size_t at = tni_input_slot(m->f, i);
        tni_slot *s = &m->l->slot[at];
        *s = (tni_slot){.value = m->f->input[i],
                        .tensor = *in[i],
                        .place = TNI_INPUT,
                        .root = (int)at,
                        .first = -1,
                        .last = INT_MAX};
        s->tensor.pinned = false;
        s->tensor.owner = NULL;
    }
}

// Whether every input is there in a shape known now.
static bool inputs_static(maker *m, const tni_node *n) {
    for (int i = 0; i < n->nin; i++) {
        const tni_slot *s = slot_of(m, n->in[i].value);
        if (s && (s->place == TNI_DYNAMIC || s->tensor.kind != TN_TENSOR)) return false;
    }
    return true;
}

static bool outputs_static(maker *m, const tni_node *n) {
    int64_t dims[TN_MAX_RANK];
    for (int i = 0; i < n->nout; i++) {
        const tn_info *info = n->out[i] ? &m->info[n->out[i]->id] : NULL;
        if (info && (!tni_type_dims(&info->type, dims) || info->type.dtype == TN_STRING)) return false;
    }
    return true;
}

static bool outputs_known(maker *m, const tni_node *n) {
    if (n->op->traits & (TN_RANDOM | TN_CONTROL)) return false;
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && !is_known(&m->info[n->out[i]->id])) return false;
    return n->nout > 0;
}

static tn_status shape_slot(maker *m, const tni_node *n, tni_slot *s, const tn_info *info) {
    tn_tensor *t = &s->tensor;
    t->rank = info->type.rank;
    for (int i = 0; i < t->rank; i++) t->dim[i] = info->type.dim[i].k;
    if (tni_tensor_size(t->dtype, t->rank, t->dim, &t->bytes)) return TN_OK;
    return tni_node_diag(n, m->f->context->diags, TN_ERROR, TN_LIMIT, s->value->name, NULL,
                         "the tensor is too large");
}

static tn_status set_outputs(maker *m, const tni_node *n, tni_exec *e, int at) {
    bool known = outputs_known(m, n);
    e->is_dynamic = !known && ((n->op->traits & (TN_DATA_SHAPE | TN_CONTROL)) || !inputs_static(m, n) ||
                               !outputs_static(m, n));
    e->skip = known;
    for (int i = 0; i < n->nout; i++) {
        if (!n->out[i]) continue;
        const tn_info *info = &m->info[n->out[i]->id];
        tni_slot *s = made_slot(m, n->out[i]);
        *s = (tni_slot){.value = n->out[i], .root = index_of(m, s), .first = at, .last = at};
        s->tensor.kind = info->type.kind;
        s->tensor.dtype = info->type.dtype;
        s->place = e->is_dynamic ? TNI_DYNAMIC : TNI_BLOCK;
        if (known)
            TN_TRY(set_known(m, s, info));
        else if (!e->is_dynamic)
            TN_TRY(shape_slot(m, n, s, info));
    }
    return TN_OK;
}

static tn_status set_call(maker *m, const tni_node *n, tni_exec *e) {
    tni_arena *a = &m->l->arena;
    const tn_tensor **in = tni_arena_zalloc(a, (size_t)(n->nin + 1) * sizeof *in);
    tn_tensor **out = tni_arena_zalloc(a, (size_t)(n->nout + 1) * sizeof *out);
    if (!in || !out) return TN_NOMEM;
    for (int i = 0; i < n->nin; i++) in[i] = tensor_of(m, n->in[i].value);
    for (int i = 0; i < n->nout; i++)
        if (n->out[i]) out[i] = &made_slot(m, n->out[i])->tensor;
    e->out = out;
    e->call = (tn_call){
        .attrs = tni_attrs(n), .nin = n->nin, .nout = n->nout, .in = in, .out = out, .host = &m->f->host};
    return TN_OK;
}

tn_status tni_exec_problem(const tni_frame *f, tni_layout *l, const tni_exec *e, tni_arena *a,
                           tn_problem *p) {
    const tn_call *c = &e->call;
    const tn_tensor **in = tni_arena_zalloc(a, (size_t)(c->nin + 1) * sizeof *in);
    if (!in) return TN_NOMEM;
    for (int i = 0; i < c->nin; i++) {
        if (!c->in[i]) continue;
        const tni_slot *s = find_slot(f, l, e->step->node->in[i].value);
        tn_tensor *t = tni_arena_copy(a, c->in[i], sizeof *t);
        if (!t) return TN_NOMEM;
        if (s && s->place != TNI_CONSTANT) t->data = NULL;
        in[i] = t;
    }
    *p = (tn_problem){
        .attrs = c->attrs, .nin = c->nin, .nout = c->nout, .in = in, .out = (const tn_tensor *const *)c->out};
    return TN_OK;
}

tn_status tni_exec_restore(const tn_context *c, int nin, const tn_tensor *const *in) {
    for (int i = 0; i < nin; i++)
        if (in[i] && in[i]->data) TN_TRY(tni_plan_restore(c->plan, in[i]->data, c->diags));
    return TN_OK;
}

tn_status tni_exec_pick(const tni_frame *f, tni_exec *e, const tn_problem *p, tni_arena *a) {
    tn_context *c = f->context;
    e->tactic = tni_step_pick(e->step, p, tni_may_pack(e, p), c->env->isa);
    e->workspace = 0;
    size_t packed = e->tactic ? tni_pack_bytes(e->tactic, p) : 0;
    bool built = e->tactic == e->step->tactic && packed == e->step->packed_bytes;
    // Another kernel reads the constants that were packed for the chosen one.
    if (!built) TN_TRY(tni_exec_restore(c, p->nin, p->in));
    if (!e->tactic) return TN_OK;
    void *params = tni_arena_zalloc(a, e->tactic->params_bytes + 1);
    if (!params) return TN_NOMEM;
    if (e->tactic->setup) e->tactic->setup(p, params);
    e->call.params = params;
    e->call.packed = built ? e->step->packed : NULL;
    if (packed && !built && !(e->call.packed = tni_pack(c, e->step, e->tactic, p, packed, a)))
        return TN_NOMEM;
    if (e->tactic->workspace) e->workspace = e->tactic->workspace(p, tni_pool_threads(c->pool));
    return TN_OK;
}

// ---- sharing memory

tni_slot *tni_slot_root(tni_layout *l, tni_slot *s, size_t *offset) {
    *offset = 0;
    for (tni_slot *up; (up = &l->slot[s->root]) != s; s = up) *offset += s->offset;
    return s;
}

// Makes slot `s`, so far its own root, a part of `into` at `offset`, and stretches the root's life over it.
static void share(maker *m, tni_slot *s, tni_slot *into, size_t offset) {
    size_t unused;
    tni_slot *r = tni_slot_root(m->l, into, &unused);
    s->root = index_of(m, into);
    s->offset = offset;
    s->place = r->place;
    if (s->first < r->first) r->first = s->first;
    if (s->last > r->last) r->last = s->last;
}

// Outputs that are dense pieces of input 0.
static void share_views(maker *m, const tni_node *n, tni_exec *e, const tn_problem *p) {
    const tni_value *from = tni_in(n, 0);
    if (!from || !(n->op->view || (n->op->traits & TN_SAME_DATA))) return;
    tni_slot *source = slot_of(m, from);
    bool all = true;
    for (int i = 0; i < n->nout; i++) {
        if (!n->out[i]) continue;
        tni_slot *s = made_slot(m, n->out[i]);
        size_t offset = 0;
        bool is = n->op->view ? n->op->view(p, i, &offset) : i == 0 && s->tensor.bytes == p->in[0]->bytes;
        if (!is) {
            all = false;
            continue;
        }
        if (source) share(m, s, source, offset);
        if (!source || source->place == TNI_CONSTANT) {
            s->place = TNI_CONSTANT;
            s->root = index_of(m, s);
            s->tensor.data = (char *)(source ? source->tensor.data : from->info.constant->data) + offset;
        }
        e->out[i] = NULL;
    }
    e->skip = all;
}

// The memory that input i is all or a part of, and where that would lie in output 0 if i lay in its place
// there. NULL: it cannot.
static tni_slot *embeddable(maker *m, const tni_node *n, int i, const tn_problem *p, size_t *at) {
    tni_slot *s = slot_of(m, n->in[i].value), *root;
    size_t within, offset, whole = p->out[0]->bytes;
    if (!s || s->place != TNI_BLOCK || s->tensor.kind != TN_TENSOR) return NULL;
    root = tni_slot_root(m->l, s, &within);
    if (!n->op->embed(p, i, &offset) || offset < within) return NULL;
    *at = offset - within;
    return root->tensor.bytes <= whole && *at <= whole - root->tensor.bytes ? root : NULL;
}

// Whether memory that would lie at `at` in output 0 is all input there: nothing else may have a place in it.
static bool all_input(maker *m, const tni_node *n, const tni_slot *root, size_t at, const tn_problem *p) {
    size_t covered = 0, other;
    for (int i = 0; i < n->nin; i++)
        if (embeddable(m, n, i, p, &other) == root && other == at) covered += p->in[i]->bytes;
    return covered == root->tensor.bytes;
}

// Inputs of a Concat (tn_op_def.embed) are made inside its output where they are whole memories: a tensor, or
// all the pieces of one side by side. The others (constants, what comes twice, what lies inside another
// output already) are copied when it runs; a kernel of Concat leaves out what is there.
static void share_embedded(maker *m, const tni_node *n, tni_exec *e, const tn_problem *p) {
    if (!n->op->embed || e->skip || !n->out[0]) return;
    tni_slot *to = made_slot(m, n->out[0]);
    int there = 0;
    size_t at, unused;
    for (int i = 0; i < n->nin; i++) {
        tni_slot *root = embeddable(m, n, i, p, &at);
        if (root && root != to && all_input(m, n, root, at, p)) share(m, root, to, at);
    }
    for (int i = 0; i < n->nin; i++) {
        tni_slot *s = slot_of(m, n->in[i].value);
        bool here = s && n->op->embed(p, i, &at) && tni_slot_root(m->l, s, &unused) == to && unused == at;
        there += here || !p->in[i]->bytes;
    }
    e->skip = there == n->nin;
}

// Whether another input than `i` lies in the memory of `root` too.
static bool read_twice(maker *m, const tni_node *n, int i, const tni_slot *root) {
    for (int k = 0; k < n->nin; k++) {
        size_t unused;
        tni_slot *other = k != i ? slot_of(m, n->in[k].value) : NULL;
        if (other && other->place == TNI_BLOCK && tni_slot_root(m->l, other, &unused) == root) return true;
    }
    return false;
}

// The slot that output 0 may be written over: input i fills it, and nobody reads it after step `at`.
static tni_slot *replaceable(maker *m, const tni_node *n, int i, size_t bytes, int at) {
    tni_slot *from = slot_of(m, n->in[i].value);
    if (!from || from->place != TNI_BLOCK) return NULL;
    size_t offset;
    tni_slot *root = tni_slot_root(m->l, from, &offset);
    bool fills = !offset && root->tensor.bytes == bytes && from->tensor.bytes == bytes;
    return fills && root->last <= at && !read_twice(m, n, i, root) ? root : NULL;
}

static void share_in_place(maker *m, const tni_node *n, tni_exec *e, int at) {
    if (e->skip || !e->tactic || n->nout != 1 || !n->out[0]) return;
    tni_slot *to = made_slot(m, n->out[0]), *over = NULL;
    if (to->place != TNI_BLOCK || !is_root(m, to)) return;
    for (int i = 0; i < n->nin && i < 32 && !over; i++) // `inplace` has 32 bits
        if (e->tactic->inplace >> i & 1) over = replaceable(m, n, i, to->tensor.bytes, at);
    if (over) share(m, to, over, 0);
}

// ---- life-times

static void touch(maker *m, const tni_value *v, int at) {
    tni_slot *s = slot_of(m, v);
    if (s && s->last < at) s->last = at;
}

static void touch_captures(maker *m, const tn_graph *body, int at) {
    for (const tni_node *n = body->first; n; n = n->next) {
        tn_graph *inner;
        for (int i = 0; i < n->nin; i++) touch(m, n->in[i].value, at);
        for (size_t i = 0; (inner = tni_next_body(n, &i));) touch_captures(m, inner, at);
    }
    for (size_t i = 0; i < body->noutput; i++) touch(m, body->output[i]->value, at);
}

static void set_lives(maker *m) {
    int at = 0;
    for (const tni_node *n = m->f->graph->first; n; n = n->next, at++) {
        tn_graph *body;
        for (int i = 0; i < n->nin; i++) touch(m, n->in[i].value, at);
        for (size_t i = 0; (body = tni_next_body(n, &i));) touch_captures(m, body, at);
        for (int i = 0; i < n->nout; i++)
            if (n->out[i] && m->f->context->keep[n->out[i]->id]) touch(m, n->out[i], INT_MAX);
    }
    for (size_t i = 0; i < m->f->graph->noutput; i++) touch(m, m->f->graph->output[i]->value, INT_MAX);
}

static tn_status place_block(maker *m) {
    tni_layout *l = m->l;
    size_t n = 0;
    m->buffer = tni_arena_zalloc(&m->f->context->scratch, (m->f->nslots + l->nexec + 1) * sizeof *m->buffer);
    if (!m->buffer) return TN_NOMEM;
    for (size_t i = 0; i < m->f->nslots; i++)
        if (l->slot[i].place == TNI_BLOCK && l->slot[i].root == (int)i)
            m->buffer[n++] = (tni_buffer){
                .bytes = l->slot[i].tensor.bytes, .first = l->slot[i].first, .last = l->slot[i].last};
    for (size_t i = 0; i < l->nexec; i++)
        if (l->exec[i].workspace && !l->exec[i].skip)
            m->buffer[n++] = (tni_buffer){.bytes = l->exec[i].workspace, .first = (int)i, .last = (int)i};
    if (!tni_memory_plan(m->f->context->env, m->buffer, n, &l->block_bytes)) return TN_NOMEM;
    n = 0;
    for (size_t i = 0; i < m->f->nslots; i++)
        if (l->slot[i].place == TNI_BLOCK && l->slot[i].root == (int)i)
            l->slot[i].offset = m->buffer[n++].offset;
    for (size_t i = 0; i < l->nexec; i++)
        if (l->exec[i].workspace && !l->exec[i].skip) l->exec[i].workspace_at = m->buffer[n++].offset;
    return TN_OK;
}

// ---- the way

static tn_status make_steps(maker *m) {
    int at = 0;
    for (const tni_node *n = m->f->graph->first; n; n = n->next, at++) {
        tni_exec *e = &m->l->exec[at];
        e->step = &m->f->context->plan->step[n->mark];
        TN_TRY(set_outputs(m, n, e, at));
        TN_TRY(set_call(m, n, e));
    }
    return TN_OK;
}

typedef void (*sharing)(maker *m, const tni_node *n, tni_exec *e, const tn_problem *p);

static tn_status for_static(maker *m, bool tactics, sharing rule) {
    int at = 0;
    for (const tni_node *n = m->f->graph->first; n; n = n->next, at++) {
        tni_exec *e = &m->l->exec[at];
        tn_problem p;
        if (e->skip || e->is_dynamic) continue;
        tni_mark mark = tni_arena_mark(&m->f->context->scratch);
        TN_TRY(tni_exec_problem(m->f, m->l, e, &m->f->context->scratch, &p));
        if (rule) rule(m, n, e, &p);
        if (tactics && !e->skip) TN_TRY(tni_exec_pick(m->f, e, &p, &m->l->arena));
        tni_arena_reset(&m->f->context->scratch, mark);
    }
    return TN_OK;
}

static tn_status make(maker *m, const tn_tensor *const *in) {
    TN_TRY(infer(m, in));
    set_inputs(m, in);
    TN_TRY(make_steps(m));
    set_lives(m);
    TN_TRY(for_static(m, false, share_views));
    TN_TRY(for_static(m, false, share_embedded));
    TN_TRY(for_static(m, true, NULL));
    int at = 0;
    for (const tni_node *n = m->f->graph->first; n; n = n->next, at++)
        if (!m->l->exec[at].is_dynamic) share_in_place(m, n, &m->l->exec[at], at);
    return place_block(m);
}

static tn_status make_key(tni_layout *l, const tn_tensor *const *in, size_t n) {
    l->key = tni_arena_zalloc(&l->arena, (n + 1) * sizeof *l->key);
    for (size_t i = 0; l->key && i < n; i++) l->key[i] = *in[i];
    return l->key ? TN_OK : TN_NOMEM;
}

tn_status tni_layout_new(tni_layout **layout, tni_frame *f, const tn_tensor *const *in) {
    tn_context *c = f->context;
    tni_layout *l = tni_calloc(c->env, 1, sizeof *l);
    if (!l) return TN_NOMEM;
    tni_arena_init(&l->arena, c->env);
    maker m = {.f = f, .l = l};
    l->nexec = f->graph->nnodes;
    l->slot = tni_arena_zalloc(&l->arena, (f->nslots + 1) * sizeof *l->slot);
    l->exec = tni_arena_zalloc(&l->arena, (l->nexec + 1) * sizeof *l->exec);
    tni_mark mark = tni_arena_mark(&c->scratch);
    tn_status status = l->slot && l->exec ? make_key(l, in, f->ninput) : TN_NOMEM;
    if (status == TN_OK) status = make(&m, in);
    tni_arena_reset(&c->scratch, mark);
    if (status == TN_OK)
        *layout = l;
    else
        tni_layout_free(l);
    return status;
}

void tni_layout_free(tni_layout *l) {
    if (!l) return;
    tn_env *env = l->arena.env;
    tni_arena_free(&l->arena);
    tni_free(env, l);
}
