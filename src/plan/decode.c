// SPDX-License-Identifier: Apache-2.0
// decode.c - records back into a graph; the mirror of encode.c. Nothing in the block is believed: every node
// is bound, type-checked and inferred as if a stranger's model had brought it, every constant's place and
// size is checked against its shape.
#include "base/ck.h"
#include "ir/program.h"
#include "ir/registry.h"
#include "ir/spec.h"
#include "plan/needs.h"
#include "plan/order.h"

#include <string.h>

typedef struct decoder {
    tni_bytes r;
    const tn_plan *plan;
    tn_plan *steps; // where they go; NULL: the origin has none
    tn_graph *g;    // being filled
    tni_arena *arena;
    tni_value **value; // by number
    size_t nvalues, cvalues;
    size_t csteps;
    int depth;
    tn_diags *diags;
} decoder;

static tn_status corrupt(decoder *d, const char *what) {
    tn_diag e = {.severity = TN_ERROR,
                 .status = TN_FORMAT,
                 .file = d->plan->name,
                 .hint = "build the engine again from its model"};
    return tni_diag(d->diags, &e, "the engine is damaged: %s", what);
}

static tn_status number(decoder *d, tni_value *v) {
    if (!v || !tni_grow(d->plan->env, &d->value, d->nvalues, &d->cvalues, sizeof v)) return TN_NOMEM;
    d->value[d->nvalues++] = v;
    return TN_OK;
}

static tn_status take_type(decoder *d, tn_type *type) {
    *type = (tn_type){.kind = (tn_kind)tni_take_u8(&d->r), .dtype = (tn_dtype)tni_take_u8(&d->r)};
    type->rank = (int)tni_take_u8(&d->r) - 1;
    if (type->kind > TN_OPTIONAL_SEQUENCE || type->dtype >= TN_DTYPE_COUNT || type->rank > TN_MAX_RANK)
        return corrupt(d, "a type");
    for (int i = 0; i < type->rank; i++) {
        tn_str s = tni_take_string(&d->r);
        const char *at = s.text;
        tn_status status = tni_dim_parse(&d->g->root->dims, &at, &type->dim[i]);
        if (status == TN_NOMEM) return status;
        if (status != TN_OK || *at || (!type->dim[i].e && type->dim[i].k < 0))
            return corrupt(d, "a dimension");
    }
    return d->r.bad ? corrupt(d, "a type") : TN_OK;
}

static const tni_piece *take_piece(decoder *d) {
    uint32_t at = tni_take_u32(&d->r);
    return !d->r.bad && at < d->plan->npieces ? &d->plan->piece[at] : NULL;
}

static tn_status take_tensor(decoder *d, tn_tensor **to);

static tn_status take_items(decoder *d, tn_tensor *t) {
    t->nitems = tni_take_count(&d->r, 3);
    t->item = tni_arena_zalloc(d->arena, (t->nitems + 1) * sizeof *t->item);
    if (!t->item) return TN_NOMEM;
    if (++d->depth > TNI_MAX_DEPTH) return corrupt(d, "nesting");
    for (size_t i = 0; i < t->nitems; i++) TN_TRY(take_tensor(d, &t->item[i]));
    d->depth--;
    return TN_OK;
}

static tn_status take_strings(decoder *d, tn_tensor *t) {
    tn_str *s =
        t->bytes / 5 > (size_t)(d->r.end - d->r.at) * 16 ? NULL : tni_arena_zalloc(d->arena, t->bytes);
    if (!s) return corrupt(d, "a string constant");
    t->data = s;
    for (size_t i = 0; i < t->bytes / sizeof *s; i++) s[i] = tni_take_string(&d->r);
    return TN_OK;
}

static tn_status take_tensor(decoder *d, tn_tensor **to) {
    tn_tensor *t = tni_arena_zalloc(d->arena, sizeof *t);
    if (!t) return TN_NOMEM;
    *to = t;
    t->pinned = true;
    t->kind = (tn_kind)tni_take_u8(&d->r);
    t->dtype = (tn_dtype)tni_take_u8(&d->r);
    t->has_item = tni_take_u8(&d->r);
    if (t->kind > TN_OPTIONAL_SEQUENCE || t->dtype >= TN_DTYPE_COUNT) return corrupt(d, "a constant's type");
    if (t->kind != TN_TENSOR) return take_items(d, t);
    t->rank = tni_take_u8(&d->r);
    if (t->rank > TN_MAX_RANK || !tn_dtype_bits(t->dtype)) return corrupt(d, "a constant's type");
    for (int i = 0; i < t->rank; i++) t->dim[i] = (int64_t)tni_take_u64(&d->r);
    if (d->r.bad || !tni_tensor_size(t->dtype, t->rank, t->dim, &t->bytes))
        return corrupt(d, "a constant's shape");
    if (t->dtype == TN_STRING) return take_strings(d, t);
    const tni_piece *piece = take_piece(d);
    bool made = d->steps && piece && !piece->offset; // one that a step packed: a matrix
    if (!piece || piece->size != t->bytes || (made && t->rank < 2)) return corrupt(d, "a constant's place");
    t->data = tni_mutable(tni_piece_data(d->plan, piece));
    return TN_OK;
}

static tn_status take_operand(decoder *d, tni_value **to) {
    *to = NULL;
    switch (tni_take_u8(&d->r)) {
    case TNI_OMITTED: return d->r.bad ? corrupt(d, "an operand") : TN_OK;
    case TNI_NUMBERED: {
        uint32_t at = tni_take_u32(&d->r);
        if (d->r.bad || at >= d->nvalues) return corrupt(d, "an operand");
        *to = d->value[at];
        return TN_OK;
    }
    case TNI_INLINE: {
        tn_str name = tni_take_string(&d->r);
        tn_tensor *t;
        TN_TRY(take_tensor(d, &t));
        tn_graph *main = d->g; // where every body can read it
        while (main->parent) main = main->parent;
        *to = tni_value_const(main, name.text, t);
        return number(d, *to);
    }
    default: return corrupt(d, "an operand");
    }
}

static tn_status take_graph(decoder *d, tn_graph *g);

static tn_status take_list(decoder *d, tn_attr *a) {
    size_t n = tni_take_count(&d->r, 5);
    int64_t *ints = tni_arena_zalloc(d->arena, (n + 1) * sizeof *ints);
    float *floats = tni_arena_zalloc(d->arena, (n + 1) * sizeof *floats);
    tn_str *strings = tni_arena_zalloc(d->arena, (n + 1) * sizeof *strings);
    if (!ints || !floats || !strings) return TN_NOMEM;
    for (size_t i = 0; i < n; i++) {
        if (a->kind == TN_ATTR_INTS)
            ints[i] = (int64_t)tni_take_u64(&d->r);
        else if (a->kind == TN_ATTR_FLOATS)
            floats[i] = (float)tni_take_double(&d->r);
        else
            strings[i] = tni_take_string(&d->r);
    }
    a->n = n;
    a->ints = ints, a->floats = floats, a->strings = strings;
    return TN_OK;
}

static tn_status take_attr(decoder *d, tn_attr *a) {
    *a = (tn_attr){
        .name = tni_take_string(&d->r).text, .kind = (tn_attr_kind)tni_take_u8(&d->r), .present = true};
    switch (a->kind) {
    case TN_ATTR_INT: a->i = (int64_t)tni_take_u64(&d->r); return TN_OK;
    case TN_ATTR_FLOAT: a->f = tni_take_double(&d->r); return TN_OK;
    case TN_ATTR_STRING: a->s = tni_take_string(&d->r); return TN_OK;
    case TN_ATTR_TENSOR: {
        tn_tensor *t;
        TN_TRY(take_tensor(d, &t));
        a->tensor = t;
        return TN_OK;
    }
    case TN_ATTR_TYPE: {
        tn_type *type = tni_arena_zalloc(d->arena, sizeof *type);
        a->type = type;
        return type ? take_type(d, type) : TN_NOMEM;
    }
    case TN_ATTR_GRAPH:
        if (++d->depth > TNI_MAX_DEPTH) return corrupt(d, "nesting");
        TN_TRY(tni_graph_new_body(&a->graph, d->g, a->name, ""));
        TN_TRY(take_graph(d, a->graph));
        d->depth--;
        return TN_OK;
    case TN_ATTR_INTS:
    case TN_ATTR_FLOATS:
    case TN_ATTR_STRINGS: return take_list(d, a);
    default: return corrupt(d, "an attribute");
    }
}

// ---- nodes and their steps

static const tn_tactic_def *const no_kernels[1];

// The kernels that compute an operator here. Steps of one operator share the list.
static tn_status candidates(decoder *d, const tn_op_def *op, const tn_tactic_def *const **to) {
    tn_plan *p = d->steps;
    for (size_t i = 0; i < p->nsteps; i++)
        if (p->step[i].node->op == op && p->step[i].candidate != no_kernels)
            return *to = p->step[i].candidate, TN_OK;
    const tn_tactic_def *t, **list;
    size_t n = 0;
    for (size_t i = 0; (t = tni_tactic_at(p->env, i)); i++) n += tni_tactic_serves(t, op);
    if (!(list = tni_arena_zalloc(d->arena, (n + 1) * sizeof *list))) return TN_NOMEM;
    *to = list;
    for (size_t i = 0; (t = tni_tactic_at(p->env, i)); i++)
        if (tni_tactic_serves(t, op) && !(t->isa & ~p->env->isa) && tni_listed(p->tactics, t->name))
            *list++ = t;
    return TN_OK;
}

// The kernel that was chosen cannot run: the plan is made again, where the library can do that.
static tn_status no_kernel(decoder *d, const tni_node *n, const char *name, const tn_tactic_def *there) {
    if (!tni_only_runs) {
        tn_diag e = {.severity = TN_NOTE, .status = TN_UNSUPPORTED, .file = d->plan->name};
        d->steps->again = true;
        return tni_diag(d->diags, &e, "kernel '%s' is not available here: planning again", name);
    }
    tn_diag e = {.severity = TN_ERROR, .status = TN_UNSUPPORTED, .file = d->plan->name, .node = n->name};
    e.hint = there ? "build the engine for this CPU (--cpu)"
                   : "add it to TN_ONLY_OPS: 'tenon embed --list-ops' prints all that an engine needs";
    return tni_diag(d->diags, &e,
                    there ? "the CPU (or the level asked for) lacks the instructions of kernel '%s'"
                          : "kernel '%s' was left out of this library",
                    name);
}

// What is made when it is asked for is a constant that a step packed. Others are read as they are, some
// before anybody asks for them, as a shape.
static bool may_be_made(const tn_plan *p, const tni_step *s) {
    for (int i = 0; i < s->node->nin; i++) {
        const tn_tensor *x = tni_constant(s->node->in[i].value);
        if (x && !s->packed && tni_is_made(p, x->data)) return false;
    }
    return true;
}

// What a node's bodies say of it is no step that anybody sees; where a kernel reads them it takes no kernels.
static void describe(decoder *d, const tni_node *n, bool kernel) {
    tn_graph *body;
    for (size_t i = 0; (body = tni_next_body(n, &i));)
        for (size_t k = d->steps->nsteps; k-- > 0 && d->steps->step[k].node->graph == body;) {
            d->steps->step[k].described = true;
            if (kernel) d->steps->step[k].candidate = no_kernels;
        }
}

static tn_status tell_steps(decoder *d) {
    tn_plan *p = d->steps;
    if (!(p->told = tni_arena_zalloc(d->arena, (p->nsteps + 1) * sizeof *p->told))) return TN_NOMEM;
    for (size_t i = 0; i < p->nsteps; i++)
        if (!p->step[i].described) p->told[p->ntold++] = i;
    return TN_OK;
}

static tn_status add_step(decoder *d, tni_node *n) {
    tn_str tactic = tni_take_string(&d->r);
    uint32_t packed = tni_take_u32(&d->r);
    tn_plan *p = d->steps;
    if (!tni_grow(p->env, &p->step, p->nsteps, &d->csteps, sizeof *p->step)) return TN_NOMEM;
    char op[96];
    tni_op_text(n->op, op);
    tni_step s = {.node = n};
    if (packed < p->npieces && p->piece[packed].offset) {
        s.packed = p->block + p->piece[packed].offset;
        s.packed_bytes = p->piece[packed].size;
    }
    if (!(s.op = tni_arena_text(d->arena, op, strlen(op)))) return TN_NOMEM;
    if (d->r.bad || (!s.packed && packed != TNI_NO_PIECE) || (s.packed && !s.packed_bytes) ||
        !may_be_made(p, &s))
        return corrupt(d, "a step's constants");
    TN_TRY(candidates(d, n->op, &s.candidate));
    if (tactic.size) {
        s.tactic = tni_tactic_find(p->env, tactic.text);
        if (s.tactic && !tni_tactic_serves(s.tactic, n->op))
            return corrupt(d, "a kernel does not belong to its operator");
        if (!s.tactic || (s.tactic->isa & ~p->env->isa)) return no_kernel(d, n, tactic.text, s.tactic);
    }
    if (tni_bodies_describe(n)) describe(d, n, tactic.size != 0);
    p->step[p->nsteps++] = s;
    return TN_OK;
}

static tn_status take_operands(decoder *d, tni_spec *s) {
    size_t nin = tni_take_count(&d->r, 1);
    s->in = tni_spec_room(d->arena, nin);
    if (!s->in) return TN_NOMEM;
    for (s->nin = 0; (size_t)s->nin < nin; s->nin++) TN_TRY(take_operand(d, &s->in[s->nin]));
    size_t nout = tni_take_count(&d->r, 5);
    s->outs = tni_arena_zalloc(d->arena, (nout + 1) * sizeof *s->outs);
    if (!s->outs) return TN_NOMEM;
    for (s->nout = 0; (size_t)s->nout < nout; s->nout++) s->outs[s->nout] = tni_take_string(&d->r).text;
    return TN_OK;
}

static tn_status take_node(decoder *d) {
    tni_spec s = {.graph = d->g, .diags = d->diags, .opset = TN_OPSET, .newest = true};
    s.op = tni_take_string(&d->r).text;
    s.domain = tni_take_string(&d->r).text;
    s.name = tni_take_string(&d->r).text;
    tn_str source = tni_take_string(&d->r);
    s.source = source.size ? source.text : NULL;
    tn_str module = tni_take_string(&d->r);
    s.module = module.size ? module.text : NULL;
    int opset = (int)tni_take_u32(&d->r);
    TN_TRY(take_operands(d, &s));
    s.nattr = s.cattr = tni_take_count(&d->r, 6);
    s.attr = tni_arena_zalloc(d->arena, (s.nattr + 1) * sizeof *s.attr);
    if (!s.attr) return TN_NOMEM;
    for (size_t i = 0; i < s.nattr; i++) TN_TRY(take_attr(d, &s.attr[i]));
    if (d->r.bad) return corrupt(d, "a node's record ends early");
    tni_node *n = NULL;
    TN_TRY(tni_spec_add(&s, &n));
    n->opset = opset;
    if (d->steps) TN_TRY(add_step(d, n));
    for (int i = 0; i < n->nout; i++)
        if (n->out[i]) TN_TRY(number(d, n->out[i]));
    return TN_OK;
}

static tn_status take_graph(decoder *d, tn_graph *g) {
    tn_graph *outer = d->g;
    d->g = g;
    g->name = tni_take_string(&d->r).text;
    size_t ninput = tni_take_count(&d->r, 8);
    for (size_t i = 0; i < ninput; i++) {
        tn_type type;
        tn_str name = tni_take_string(&d->r);
        TN_TRY(take_type(d, &type));
        tni_value *v = tni_value_new(g, name.text, &type);
        TN_TRY(number(d, v));
        TN_TRY(tni_graph_add_input(g, v));
    }
    size_t nnodes = tni_take_count(&d->r, 30);
    for (size_t i = 0; i < nnodes; i++) TN_TRY(take_node(d));
    size_t noutput = tni_take_count(&d->r, 1);
    for (size_t i = 0; i < noutput; i++) {
        tni_value *v;
        TN_TRY(take_operand(d, &v));
        if (!v) return corrupt(d, "an output is missing");
        TN_TRY(tni_graph_add_output(g, v));
    }
    d->g = outer;
    return d->r.bad ? corrupt(d, "a graph's record ends early") : TN_OK;
}

// What the graph's state begins with.
static tn_status take_state(decoder *d, tn_graph *g) {
    for (size_t n = tni_take_count(&d->r, 12); n > 0; n--) {
        uint32_t at = tni_take_u32(&d->r);
        tn_str next = tni_take_string(&d->r);
        tn_tensor *value;
        size_t output;
        if (d->r.bad || at >= g->ninput) return corrupt(d, "its state");
        TN_TRY(take_tensor(d, &value));
        TN_TRY(tni_graph_give(g, g->input[at]->name, next.text, value));
        if (!tni_graph_state(g, at, &output)) return corrupt(d, "its state");
    }
    return d->r.bad ? corrupt(d, "its state") : TN_OK;
}

static tn_status take_sizes(decoder *d, tn_graph *g) {
    for (size_t n = tni_take_count(&d->r, 28); n > 0; n--) {
        tni_size s = {.name = tni_take_string(&d->r).text};
        s.usual = (int64_t)tni_take_u64(&d->r);
        s.least = (int64_t)tni_take_u64(&d->r);
        s.most = (int64_t)tni_take_u64(&d->r);
        if (d->r.bad || !tni_graph_set_size(g, &s)) return corrupt(d, "its sizes");
    }
    return d->r.bad ? corrupt(d, "its sizes") : TN_OK;
}

// The sizes the kernels were chosen for, in the rank of each input.
static tn_status take_tuned(decoder *d) {
    tn_graph *g = d->g;
    tn_plan *p = d->steps;
    p->tuned = tni_arena_zalloc(d->arena, (g->ninput + 1) * sizeof *p->tuned);
    p->least = tni_arena_zalloc(d->arena, (g->ninput + 1) * sizeof *p->least);
    p->most = tni_arena_zalloc(d->arena, (g->ninput + 1) * sizeof *p->most);
    if (!p->tuned || !p->least || !p->most) return TN_NOMEM;
    for (size_t i = 0; i < g->ninput; i++) {
        int rank = (int)tni_take_u8(&d->r) - 1;
        if (rank != g->input[i]->info.type.rank) return corrupt(d, "a profile");
        for (int k = 0; k < rank; k++) {
            p->tuned[i][k] = (int64_t)tni_take_u64(&d->r);
            p->least[i][k] = (int64_t)tni_take_u64(&d->r);
            p->most[i][k] = (int64_t)tni_take_u64(&d->r);
            if (p->tuned[i][k] < 0 || p->least[i][k] < 0 || p->most[i][k] < 0) return corrupt(d, "a profile");
        }
    }
    return d->r.bad ? corrupt(d, "a profile") : TN_OK;
}

// Marks as plan.h says. Steps were read in this order too: bodies' before the node's own.
static void number_all(tn_graph *g, int *step) {
    int next = 0;
    for (size_t i = 0; i < g->ninput; i++) g->input[i]->mark = next++;
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; (body = tni_next_body(n, &i));) number_all(body, step);
        for (int i = 0; i < n->nout; i++)
            if (n->out[i]) n->out[i]->mark = next++;
        n->mark = (*step)++;
    }
}

// The table of pieces: each within its part, aligned as it was written.
static tn_status take_pieces(decoder *d, tn_plan *p) {
    size_t n = tni_take_count(&d->r, 24);
    tni_piece *list = tni_calloc(p->env, n + 1, sizeof *list); // outlives a program that cannot run here
    if (!list) return TN_NOMEM;
    p->piece = list;
    for (size_t i = 0; i < n; i++) {
        uint64_t offset = tni_take_u64(&d->r), size = tni_take_u64(&d->r);
        list[i].digest = tni_take_u64(&d->r);
        size_t end = offset < p->spare ? p->spare : p->program;
        bool within = offset >= TNI_PLAN_HEADER && offset % TN_ALIGN == 0 && ck_range(offset, size, end);
        if (offset ? !within : size > p->size) return corrupt(d, "the table of its pieces");
        list[i].offset = (size_t)offset;
        list[i].size = (size_t)size;
        list[i].from = TNI_NO_PIECE;
    }
    p->npieces = n;
    return d->r.bad ? corrupt(d, "the table of its pieces") : TN_OK;
}

// One that is made from another: that is in the block, or made from one that is.
static bool take_made(decoder *d, tn_plan *p, size_t *bytes) {
    size_t at = tni_take_u32(&d->r), from = tni_take_u32(&d->r), rounded;
    if (d->r.bad || at >= p->npieces || from >= p->npieces) return false;
    tni_piece *x = &p->piece[at], *source = &p->piece[from];
    const tni_piece *first =
        source->offset || source->from == TNI_NO_PIECE ? source : &p->piece[source->from];
    if (x->offset || x->from != TNI_NO_PIECE || !first->offset || x->size % TNI_ORDER_ELEMENT ||
        x->size < TNI_LEAST_SPARE)
        return false;
    x->from = (uint32_t)from;
    x->at = *bytes;
    x->order = d->r;
    tni_order_take(&d->r, source->size / TNI_ORDER_ELEMENT, x->size / TNI_ORDER_ELEMENT);
    return !d->r.bad && tni_pages(x->size, &rounded) && ck_add(*bytes, rounded, bytes);
}

// From a piece come a matrix and its transpose, at most a few. An engine that says more would have us take
// any amount of memory.
static tn_status take_orders(decoder *d, tn_plan *p) {
    enum { MOST_MADE = 8 };
    size_t bytes = 0, sum = 0, made = tni_take_count(&d->r, 12), missing = 0;
    bool fine = true;
    for (size_t i = 0; fine && i < p->npieces; i++) {
        if (p->piece[i].offset) continue;
        missing++;
        fine = ck_add(sum, p->piece[i].size, &sum) && sum / MOST_MADE <= p->size;
    }
    fine = fine && made == missing;
    for (size_t i = 0; fine && i < made; i++) fine = take_made(d, p, &bytes);
    if (!fine || d->r.bad) return corrupt(d, "the orders of its pieces");
    if (p->made || !bytes) return TN_OK; // read once more
    p->made = tni_reserve(bytes);
    p->made_bytes = p->made ? bytes : 0;
    return p->made ? TN_OK : TN_NOMEM;
}

static tn_status decode(tn_graph **to, const tn_plan *plan, size_t at, size_t size, tn_plan *steps,
                        tn_diags *diags) {
    tn_graph *g;
    TN_TRY(tni_graph_new(&g, plan->env, plan->name));
    decoder d = {.r = {plan->block + at, plan->block + at + size, false},
                 .plan = plan,
                 .steps = steps,
                 .g = g,
                 .arena = &g->root->arena,
                 .diags = diags};
    tn_status status = steps ? take_pieces(&d, steps) : TN_OK;
    if (status == TN_OK && steps) status = take_orders(&d, steps);
    if (status == TN_OK && steps) steps->tactics = tni_take_string(&d.r).text;
    if (status == TN_OK && steps) status = tni_needs_take(steps, &d.r, d.arena, diags);
    if (d.r.bad) status = corrupt(&d, "the lists of kernels and plug-ins");
    if (status == TN_OK) status = take_graph(&d, g);
    d.g = g;
    if (status == TN_OK) status = take_state(&d, g);
    if (status == TN_OK) status = take_sizes(&d, g);
    if (status == TN_OK && steps) status = take_tuned(&d);
    if (status == TN_OK && steps) status = tell_steps(&d);
    if (status == TN_OK && d.r.at != d.r.end) status = corrupt(&d, "records are left over");
    tni_free(plan->env, d.value);
    if (status == TN_OK) status = tni_verify(g, diags);
    if (status == TN_OK)
        *to = g;
    else
        tn_graph_free(g);
    return status;
}

tn_status tni_decode_program(tn_plan *plan, tn_diags *diags) {
    int step = 0;
    TN_TRY(decode(&plan->graph, plan, plan->program, plan->origin - plan->program, plan, diags));
    number_all(plan->graph, &step); // after the verification, which marks nodes itself
    return TN_OK;
}

tn_status tni_decode_origin(tn_graph **g, const tn_plan *plan, tn_diags *diags) {
    TN_TRY(tni_plan_restore(plan, NULL, diags));
    return decode(g, plan, plan->origin, plan->size - plan->origin, NULL, diags);
}

tn_status tni_decode_optimized(tn_graph **g, const tn_plan *plan, tn_diags *diags) {
    TN_TRY(tni_plan_restore(plan, NULL, diags));
    tn_plan read = {.env = plan->env, .name = plan->name, .block = plan->block};
    read.spare = plan->spare, read.program = plan->program; // the steps are for nobody
    read.size = plan->size, read.made = plan->made;
    tn_status status = decode(g, &read, plan->program, plan->origin - plan->program, &read, diags);
    tni_free(plan->env, read.piece);
    tni_free(plan->env, read.step);
    return status;
}
