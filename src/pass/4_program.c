// SPDX-License-Identifier: Apache-2.0
// 4_program.c - elementwise nodes that read each other become one step, tn.Program, whose body they are: what
// lies between them is not stored. Nodes are taken in order; each joins the groups of those that it reads
// when all of their results have one shape and no way leads out of the group and back into it:
//
//     a - b - d        a, b and d are a group, c is none of their kind: a - c - d would run before and after
//      \- c -/         the step, so that d stays outside
//
// What a group makes that others read is a result of the step. A group of one node stays the node.
#include "pass/pass.h"

#include "ir/program.h"
#include "pass/rewrite.h"

#include <string.h>

typedef struct place { // a node, by its mark
    tni_node *node;
    int group; // 0: none
    int seen;  // the search that came by last
} place;

typedef struct group {
    int member[TNI_PROGRAM_NODES], count; // in order
    tni_value *in[TNI_PROGRAM_IN], *out[TNI_PROGRAM_OUT];
    int nin, nout;
    tni_node *made;
} group;

typedef struct grouper {
    tn_graph *g;
    tn_diags *diags;
    place *at; // by place
    int places;
    group *group; // by number, from 1
    int groups;
    int *stack; // of a search
    int searches;
} grouper;

// ---- which nodes

typedef bool fits(const tni_node *n);

static bool is_f32(const tni_node *n, int i) {
    const tni_value *v = tni_in(n, i);
    return v && v->info.type.kind == TN_TENSOR && tni_dtype(v) == TN_F32;
}

static bool is_bool(const tni_node *n, int i) {
    const tni_value *v = tni_in(n, i);
    return v && v->info.type.kind == TN_TENSOR && tni_dtype(v) == TN_BOOL;
}

static bool one(const tni_node *n) { return n->nin == 1 && is_f32(n, 0); }
static bool two(const tni_node *n) { return n->nin == 2 && is_f32(n, 0) && is_f32(n, 1); }
static bool mask(const tni_node *n) { return n->nin == 1 && is_bool(n, 0); }
static bool masks(const tni_node *n) { return n->nin == 2 && is_bool(n, 0) && is_bool(n, 1); }
static bool equal(const tni_node *n) { return two(n) || masks(n); }
static bool where(const tni_node *n) { return is_bool(n, 0) && is_f32(n, 1) && is_f32(n, 2); }

static bool clip(const tni_node *n) {
    double bound;
    for (int i = 1; i < n->nin; i++)
        if (n->in[i].value && !tni_known_number(n->in[i].value, &bound)) return false;
    return is_f32(n, 0);
}

static bool power(const tni_node *n) {
    double exponent;
    return is_f32(n, 0) && is_f32(n, 1) && tni_known_number(n->in[1].value, &exponent);
}

// From and to f32 (or bool, which is 1 or 0 there): integers, f16 and bf16 are not computed with.
static bool cast(const tni_node *n) {
    const uint64_t types = TN_INTEGERS | TN_BIT(TN_BOOL) | TN_BIT(TN_F32) | TN_BIT(TN_F16) | TN_BIT(TN_BF16);
    const tni_value *x = tni_in(n, 0);
    if (!x || x->info.type.kind != TN_TENSOR || !(types >> tni_dtype(x) & 1) ||
        !(types >> tni_dtype(n->out[0]) & 1))
        return false;
    return tni_dtype(n->out[0]) == TN_F32 || is_f32(n, 0) || is_bool(n, 0);
}

static const struct {
    const char *op;
    fits *fits;
} kinds[] = {
    {"Abs", one},         {"Add", two},
    {"And", masks},       {"Cast", cast},
    {"Ceil", one},        {"Clip", clip},
    {"Cos", one},         {"Div", two},
    {"Elu", one},         {"Equal", equal},
    {"Erf", one},         {"Exp", one},
    {"Floor", one},       {"Gelu", one},
    {"Greater", two},     {"GreaterOrEqual", two},
    {"HardSigmoid", one}, {"HardSwish", one},
    {"LeakyRelu", one},   {"Less", two},
    {"LessOrEqual", two}, {"Log", one},
    {"Max", two},         {"Min", two},
    {"Mish", one},        {"Mul", two},
    {"Neg", one},         {"Not", mask},
    {"Or", masks},        {"PRelu", two},
    {"Pow", power},       {"Reciprocal", one},
    {"Relu", one},        {"Round", one},
    {"Selu", one},        {"Sigmoid", one},
    {"Sign", one},        {"Sin", one},
    {"Softplus", one},    {"Softsign", one},
    {"Sqrt", one},        {"Sub", two},
    {"Sum", two},         {"Swish", one},
    {"Tanh", one},        {"ThresholdedRelu", one},
    {"Where", where},     {"Xor", masks},
};

static bool may_be_member(const tni_node *n) {
    if (n->nout != 1 || !n->out[0] || n->out[0]->info.type.kind != TN_TENSOR || tni_rank(n->out[0]) < 0)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (tni_is(n, kinds[i].op)) return kinds[i].fits(n);
    return false;
}

// ---- what a group reads and gives

static int place_of(const grouper *p, const tni_value *v) {
    return v && v->graph == p->g && v->def ? v->def->mark : -1;
}

static bool is_in(const group *g, int at) {
    for (int i = 0; i < g->count; i++)
        if (g->member[i] == at) return true;
    return false;
}

static bool add_value(tni_value **list, int *n, int most, tni_value *v) {
    for (int i = 0; i < *n; i++)
        if (list[i] == v) return true;
    if (*n == most) return false;
    list[(*n)++] = v;
    return true;
}

static bool read_outside(const grouper *p, const group *g, const tni_value *v) {
    for (const tni_use *u = v->uses; u; u = u->next)
        if (!u->node || u->node->graph != p->g || !is_in(g, u->node->mark)) return true;
    return false;
}

// Fills in and out, the last node's result first: it may lie where an input lay. False: too many, or members
// read each other's casts, which round.
static bool find_ends(const grouper *p, group *g) {
    g->nin = g->nout = 0;
    for (int i = g->count - 1; i >= 0; i--) {
        tni_value *v = p->at[g->member[i]].node->out[0];
        if (read_outside(p, g, v) && !add_value(g->out, &g->nout, TNI_PROGRAM_OUT, v)) return false;
    }
    for (int i = 0; i < g->count; i++) {
        const tni_node *n = p->at[g->member[i]].node;
        for (int k = 0; k < n->nin; k++) {
            tni_value *v = n->in[k].value;
            if (!v) continue;
            bool inner = is_in(g, place_of(p, v));
            if (inner && tni_dtype(v) != TN_F32 && tni_dtype(v) != TN_BOOL) return false;
            if (!inner && !add_value(g->in, &g->nin, TNI_PROGRAM_IN, v)) return false;
        }
    }
    return true;
}

// ---- whether a group can be one step

typedef struct search {
    grouper *p;
    const group *g;
    int depth;
    bool found; // a way back into the group
} search;

static void push(search *s, const tni_value *v, bool from_group) {
    int at = place_of(s->p, v);
    if (at < 0) return;
    if (is_in(s->g, at)) {
        s->found |= !from_group;
        return;
    }
    place *to = &s->p->at[at];
    if (to->seen == s->p->searches) return;
    to->seen = s->p->searches;
    s->p->stack[s->depth++] = at;
}

static void push_inputs(search *s, const tni_node *n, bool from_group) {
    tn_graph *body;
    for (int i = 0; i < n->nin; i++) push(s, n->in[i].value, from_group);
    for (size_t i = 0; (body = tni_next_body(n, &i));) {
        for (const tni_node *inner = body->first; inner; inner = inner->next)
            push_inputs(s, inner, from_group);
        for (size_t k = 0; k < body->noutput; k++) push(s, body->output[k]->value, from_group);
    }
}

// What stands before it leads to no member, through whatever groups that are steps already: none of them
// reaches over it.
static int first_that_matters(const grouper *p, const group *g) {
    int first = g->member[0], before;
    do {
        before = first;
        for (int i = p->groups; i > 0; i--) {
            const group *other = &p->group[i];
            bool over = other->count > 1 && other->member[other->count - 1] > first;
            if (over && other->member[0] < first) first = other->member[0];
        }
    } while (first < before);
    return first;
}

// Backwards from what the group reads; the other groups are steps already.
static bool is_one_step(grouper *p, const group *g) {
    search s = {.p = p, .g = g};
    int first = first_that_matters(p, g);
    p->searches++;
    for (int i = 0; i < g->count; i++) push_inputs(&s, p->at[g->member[i]].node, true);
    while (s.depth && !s.found) {
        const place *at = &p->at[p->stack[--s.depth]];
        if (!at->group) {
            if (at->node->mark > first) push_inputs(&s, at->node, false);
            continue;
        }
        const group *other = &p->group[at->group];
        if (other->member[other->count - 1] < first) continue;
        for (int i = 0; i < other->count; i++) {
            p->at[other->member[i]].seen = p->searches;
            push_inputs(&s, p->at[other->member[i]].node, false);
        }
    }
    return !s.found;
}

// Members in order.
static bool join(const group *a, const group *b, group *to) {
    *to = (group){0};
    if (a->count + b->count > TNI_PROGRAM_NODES) return false;
    for (int i = 0, k = 0; i < a->count || k < b->count;) {
        bool first = k == b->count || (i < a->count && a->member[i] < b->member[k]);
        to->member[to->count++] = first ? a->member[i++] : b->member[k++];
    }
    return true;
}

static void try_join(grouper *p, int from, int into) {
    group both;
    const tni_value *a = p->at[p->group[from].member[0]].node->out[0];
    const tni_value *b = p->at[p->group[into].member[0]].node->out[0];
    if (!tni_same_shape(a, b) || !join(&p->group[from], &p->group[into], &both)) return;
    if (!find_ends(p, &both) || !is_one_step(p, &both)) return;
    p->group[from].count = 0;
    p->group[into] = both;
    for (int i = 0; i < both.count; i++) p->at[both.member[i]].group = into;
}

static tn_status find_groups(grouper *p) {
    size_t n = p->g->nnodes + 1;
    tni_arena *a = &p->g->root->arena;
    p->at = tni_arena_zalloc(a, n * sizeof *p->at);
    p->group = tni_arena_zalloc(a, n * sizeof *p->group);
    p->stack = tni_arena_zalloc(a, n * sizeof *p->stack);
    if (!p->at || !p->group || !p->stack) return TN_NOMEM;
    for (tni_node *each = p->g->first; each; each = each->next) {
        each->mark = p->places;
        p->at[p->places++] = (place){.node = each};
    }
    for (int i = 0; i < p->places; i++) {
        tni_node *each = p->at[i].node;
        if (!may_be_member(each)) continue;
        p->at[i].group = ++p->groups;
        p->group[p->groups] = (group){.member = {i}, .count = 1};
        for (int k = 0; k < each->nin; k++) {
            int from = place_of(p, each->in[k].value);
            if (from < 0 || !p->at[from].group || p->at[from].group == p->at[i].group) continue;
            try_join(p, p->at[i].group, p->at[from].group);
        }
    }
    return TN_OK;
}

// ---- making the step

static tni_value *inside(const group *g, const tn_graph *body, tni_value *const *made, const grouper *p,
                         const tni_value *v) {
    for (int i = 0; i < g->nin; i++)
        if (g->in[i] == v) return body->input[i];
    for (int i = 0; i < g->count; i++)
        if (v && p->at[g->member[i]].node->out[0] == v) return made[i];
    return NULL;
}

static tn_status make_body(const grouper *p, const group *g, tn_graph *body) {
    tni_value *made[TNI_PROGRAM_NODES];
    for (int i = 0; i < g->nin; i++) {
        tni_value *v = tni_value_new(body, NULL, &g->in[i]->info.type);
        if (!v) return TN_NOMEM;
        TN_TRY(tni_graph_add_input(body, v));
    }
    for (int i = 0; i < g->count; i++) {
        const tni_node *n = p->at[g->member[i]].node;
        tni_value *in[3] = {0};
        tn_attr attr[TNI_MAX_ATTRS];
        size_t nattr = tni_given_attrs(n, attr);
        for (int k = 0; k < n->nin && k < 3; k++) in[k] = inside(g, body, made, p, n->in[k].value);
        tni_new_node spec = {
            .op = n->op->name, .like = n, .nin = n->nin, .nout = 1, .in = in, .nattr = nattr, .attr = attr};
        tni_node *copy;
        TN_TRY(tni_node_new(&copy, body, &spec, p->diags));
        made[i] = copy->out[0];
    }
    for (int i = 0; i < g->nout; i++) TN_TRY(tni_graph_add_output(body, inside(g, body, made, p, g->out[i])));
    return TN_OK;
}

// Before the last of them.
static tn_status make(const grouper *p, group *g) {
    tni_node *last = p->at[g->member[g->count - 1]].node;
    tn_attr attr = {.name = "body", .kind = TN_ATTR_GRAPH, .present = true};
    TN_TRY(tni_graph_new_body(&attr.graph, p->g, "body", ""));
    TN_TRY(make_body(p, g, attr.graph));
    tni_new_node spec = {.op = "tn.Program",
                         .like = last,
                         .before = last,
                         .nin = g->nin,
                         .nout = g->nout,
                         .in = g->in,
                         .nattr = 1,
                         .attr = &attr};
    return tni_node_new(&g->made, p->g, &spec, p->diags);
}

static void take(const grouper *p, group *g) {
    for (int i = 0; i < g->nout; i++) tni_replace_value(g->out[i], g->made->out[i]);
    for (int i = g->count - 1; i >= 0; i--) tni_node_remove(p->at[g->member[i]].node);
}

// Where times are known a step is not slower than its nodes: rows of few elements, and kernels that know one
// kind of broadcasting, may be.
static bool is_worth_it(const grouper *p, const tni_costs *costs, const group *g) {
    double apart = 0;
    if (!costs) return true;
    if (costs->served && !costs->served(costs->user, g->made)) return false;
    for (int i = 0; i < g->count; i++) {
        double ns = costs->of(costs->user, p->at[g->member[i]].node, true);
        if (!(ns > 0)) return true;
        apart += ns;
    }
    return costs->of(costs->user, g->made, true) <= apart;
}

static tn_status settle(const grouper *p, const tni_costs *costs, bool *changed) {
    bool moved;
    tni_node *stuck;
    if (costs) TN_TRY(costs->begin(costs->user));
    for (int i = 1; i <= p->groups; i++) {
        group *g = &p->group[i];
        if (!g->made) continue;
        if (!is_worth_it(p, costs, g)) {
            tni_node_remove(g->made);
            continue;
        }
        take(p, g);
        *changed = true;
    }
    return tni_graph_sort(p->g, &moved, &stuck) ? TN_OK : TN_NOMEM;
}

// With costs only what kernels take, and what is not slower so.
static tn_status run_by(tn_graph *g, const tni_costs *costs, bool *changed, tn_diags *diags) {
    grouper p = {.g = g, .diags = diags};
    bool any = false;
    TN_TRY(find_groups(&p));
    for (int i = 1; i <= p.groups; i++) {
        if (p.group[i].count < 2) continue;
        TN_TRY(make(&p, &p.group[i]));
        any = true;
    }
    return any ? settle(&p, costs, changed) : TN_OK;
}

TN_PASS(program) = {
    TN_HERE,
    .name = "program",
    .level = 4,
    .run_by = run_by,
    .doc = "makes elementwise nodes that read each other one step",
};
