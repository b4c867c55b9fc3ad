// SPDX-License-Identifier: Apache-2.0
// layout.c - layouts as a minimum cut: a node costs its time in either form, a value costs a conversion once
// when it is made in one form and read in the other. First by the cost model; what comes out plain there, and
// what would leave half of a block empty, is measured, and decided again by that.
//
//     blocked side --time when plain--> node --time when blocked--> plain side
//     maker of a value --conversion--> [] --never--> its readers         made blocked, read plain
//     readers --never--> [] --conversion--> maker                       made plain, read blocked
#include "pass/layout.h"

#include "pass/cut.h"
#include "pass/rewrite.h"

// By which a measured plain time counts for more: an unclear gain changes nothing.
static const double clear_loss = 1.03;

typedef struct moved { // a value that may be converted, and a node that would do it, each way
    tni_value *plain, *blocked;
    tni_node *in, *out;
} moved;

typedef struct chooser {
    tn_graph *g;
    tni_value **twin;
    size_t ntwin;
    const tni_costs *costs;
    tn_diags *diags;
    moved *value;
    size_t nvalues, nnodes, nuses;
    tni_node **node; // by place, from FIRST_NODE on
    bool *second;    // by place: what the last cut says
} chooser;

enum { FIRST_NODE = 2, HALF_BLOCK = 8 };

static tni_value *twin_of(const chooser *c, const tni_value *v) {
    return v && v->graph == c->g && v->id < c->ntwin ? c->twin[v->id] : NULL;
}

static tni_node *twin_node(const chooser *c, const tni_node *n) {
    for (int i = 0; i < n->nout; i++)
        if (twin_of(c, n->out[i])) return c->twin[n->out[i]->id]->def;
    return NULL;
}

// The place of a node that may be either, else the plain side.
static int place_of(const tni_node *n) { return n && n->mark >= FIRST_NODE ? n->mark : TNI_CUT_SECOND; }

static bool reads(const tni_node *n, const tni_value *v) {
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value == v) return true;
    return false;
}

// Readers of a value that is there in both forms. A first layer's twin reads the plain one.
typedef enum reader { IGNORED, PLAIN, EITHER } reader;
static reader reader_of(const chooser *c, const moved *v, const tni_use *u) {
    const tni_node *n = u->node;
    if (!n) return PLAIN;
    if (n == v->in || tni_is(n, "tn.ToBlocked")) return IGNORED;
    if (n->mark < FIRST_NODE) return n->op->domain && tni_is(n, "tn.BlockedConv") ? IGNORED : PLAIN;
    const tni_node *t = twin_node(c, n);
    return t && reads(t, v->blocked) ? EITHER : PLAIN;
}

// ---- what there is to decide

static tni_node *converter(const chooser *c, const char *op, tni_value *from, tni_node *before,
                           const tn_type *plain, tn_status *status) {
    tn_attr attr[2];
    size_t nattr = plain ? tni_from_blocked_attrs(plain, attr) : 0;
    tni_new_node spec = {
        .op = op, .nin = 1, .in = &from, .nattr = nattr, .attr = attr, .before = before, .nout = 1};
    tni_node *made = NULL;
    *status = tni_node_new(&made, c->g, &spec, c->diags);
    return made;
}

static tn_status add_value(chooser *c, tni_value *v) {
    moved *m = &c->value[c->nvalues++];
    tn_status status;
    *m = (moved){.plain = v, .blocked = c->twin[v->id]};
    for (const tni_use *u = v->uses; u; u = u->next) c->nuses++;
    if (tni_is(m->blocked->def, "tn.ToBlocked")) return TN_OK; // made plain, and the node is there already
    m->in = converter(c, "tn.ToBlocked", v, NULL, NULL, &status);
    if (m->in) m->out = converter(c, "tn.FromBlocked", m->blocked, NULL, &v->info.type, &status);
    return status;
}

static tn_status collect(chooser *c) {
    tni_arena *a = &c->g->root->arena;
    size_t nodes = c->g->nnodes;
    c->node = tni_arena_zalloc(a, (nodes + FIRST_NODE) * sizeof *c->node);
    c->value = tni_arena_zalloc(a, (c->ntwin + 1) * sizeof *c->value);
    if (!c->node || !c->value) return TN_NOMEM;
    for (tni_node *n = c->g->first; n; n = n->next) {
        if (n->mark != 1) continue;
        n->mark = FIRST_NODE + (int)c->nnodes++;
        c->node[n->mark] = n;
    }
    for (size_t i = 0; i < c->ntwin; i++) {
        tni_value *t = c->twin[i], *v = NULL;
        if (!t) continue;
        const tni_node *made = t->def;
        if (tni_is(made, "tn.ToBlocked")) v = made->in[0].value;
        for (size_t k = 0; !v && k < c->nnodes; k++) {
            const tni_node *n = c->node[FIRST_NODE + k];
            for (int o = 0; o < n->nout; o++)
                if (twin_of(c, n->out[o]) == t) v = n->out[o];
        }
        if (v) TN_TRY(add_value(c, v));
    }
    return TN_OK;
}

static void forget(chooser *c) { // the nodes that were made to be asked about
    for (size_t i = 0; i < c->nvalues; i++) {
        if (c->value[i].in) tni_node_remove(c->value[i].in);
        if (c->value[i].out) tni_node_remove(c->value[i].out);
        c->value[i].in = c->value[i].out = NULL;
    }
}

// ---- the cut

static int64_t time_of(const chooser *c, const tni_node *n, bool measured) {
    return n ? (int64_t)c->costs->of(c->costs->user, n, measured) : 0;
}

static bool half_empty(const tni_node *n) {
    const tn_type *t = n->out[0] ? &n->out[0]->info.type : NULL;
    return t && t->rank > 1 && !t->dim[1].e && t->dim[1].k <= HALF_BLOCK;
}

// Worth measuring, by what the model said.
static bool is_close(const chooser *c, int place) { return c->second[place] || half_empty(c->node[place]); }

// Measured: other places that are on the blocked side stay there.
static void add_node(const chooser *c, tni_cut *cut, int place, bool measured) {
    const tni_node *n = c->node[place];
    if (measured && !is_close(c, place)) {
        tni_cut_edge(cut, TNI_CUT_FIRST, place, TNI_CUT_NEVER);
        return;
    }
    int64_t plain = time_of(c, n, measured), blocked = time_of(c, twin_node(c, n), measured);
    if (!plain || !blocked) { // not known: as if it did not matter, or as it was
        if (measured) tni_cut_edge(cut, TNI_CUT_FIRST, place, TNI_CUT_NEVER);
        return;
    }
    tni_cut_edge(cut, TNI_CUT_FIRST, place, measured ? (int64_t)((double)plain * clear_loss) : plain);
    tni_cut_edge(cut, place, TNI_CUT_SECOND, blocked);
}

static void add_conversions(const chooser *c, tni_cut *cut, const moved *v, int made_plain, int made_blocked,
                            bool measured) {
    int maker = place_of(v->plain->def);
    const tni_node *in = v->in ? v->in : v->blocked->def;
    bool near = maker != TNI_CUT_SECOND && is_close(c, maker);
    for (const tni_use *u = v->plain->uses; u; u = u->next) {
        reader r = reader_of(c, v, u);
        if (r == IGNORED) continue;
        int place = r == EITHER ? u->node->mark : TNI_CUT_SECOND;
        tni_cut_edge(cut, made_blocked, place, TNI_CUT_NEVER);
        if (r == EITHER) tni_cut_edge(cut, place, made_plain, TNI_CUT_NEVER);
        near |= r == EITHER && is_close(c, place);
    }
    measured &= near;
    if (maker != TNI_CUT_SECOND) tni_cut_edge(cut, maker, made_blocked, time_of(c, v->out, measured));
    tni_cut_edge(cut, made_plain, maker, time_of(c, in, measured));
}

static tn_status solve(chooser *c, bool measured, size_t *close) {
    size_t places = FIRST_NODE + c->nnodes + 2 * c->nvalues;
    tni_cut *cut = tni_cut_new(&c->g->root->arena, places, 2 * c->nnodes + 2 * c->nuses + 2 * c->nvalues);
    if (!cut) return TN_NOMEM;
    for (size_t i = 0; i < c->nnodes; i++) add_node(c, cut, FIRST_NODE + (int)i, measured);
    int next = FIRST_NODE + (int)c->nnodes;
    for (size_t i = 0; i < c->nvalues; i++, next += 2)
        add_conversions(c, cut, &c->value[i], next, next + 1, measured);
    tni_cut_solve(cut, c->second);
    *close = 0;
    for (size_t i = 0; i < c->nnodes; i++) *close += is_close(c, FIRST_NODE + (int)i);
    return TN_OK;
}

// ---- undoing

// What still reads the twin's outputs in blocked form gets them converted.
static tn_status stay_plain(chooser *c, tni_node *n) {
    tni_node *t = twin_node(c, n);
    tn_status status = TN_OK;
    for (int i = 0; i < n->nout && status == TN_OK; i++) {
        tni_value *v = n->out[i], *blocked = twin_of(c, v);
        if (!blocked) continue;
        tni_node *made = blocked->uses ? converter(c, "tn.ToBlocked", v, n->next, NULL, &status) : NULL;
        if (made) tni_replace_value(blocked, made->out[0]);
        c->twin[v->id] = made ? made->out[0] : NULL;
    }
    if (status == TN_OK) tni_node_remove(t);
    return status;
}

static tn_status settle(chooser *c) {
    for (size_t i = c->nnodes; i-- > 0;) {
        tni_node *n = c->node[FIRST_NODE + i];
        n->mark = !c->second[FIRST_NODE + i];
        if (!n->mark) TN_TRY(stay_plain(c, n));
    }
    for (tni_node *n = c->g->first, *next; n; n = next) {
        next = n->next;
        if (tni_is(n, "tn.ToBlocked") && !n->out[0]->uses) tni_node_remove(n);
    }
    return TN_OK;
}

tn_status tni_layout_choose(tn_graph *g, tni_value **twin, size_t ntwin, const tni_costs *costs,
                            tn_diags *diags) {
    chooser c = {.g = g, .twin = twin, .ntwin = ntwin, .costs = costs, .diags = diags};
    size_t close;
    TN_TRY(collect(&c));
    c.second = tni_arena_zalloc(&g->root->arena, FIRST_NODE + c.nnodes + 2 * c.nvalues);
    tn_status status = c.second ? costs->begin(costs->user) : TN_NOMEM;
    if (status == TN_OK) status = solve(&c, false, &close);
    if (status == TN_OK && close) status = solve(&c, true, &close);
    forget(&c);
    return status == TN_OK ? settle(&c) : status;
}
