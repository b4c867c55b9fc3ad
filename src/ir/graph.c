// SPDX-License-Identifier: Apache-2.0
// graph.c - making and editing graphs. Every edit keeps the use lists true; names are unique within a graph
// and its parents.
#include "ir/graph.h"

#include "ir/registry.h"
#include "ir/spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- making and freeing

static tn_graph *make_graph(tni_root *root, tn_graph *parent, const char *name) {
    tn_graph *g = tni_arena_zalloc(&root->arena, sizeof *g);
    if (!g) return NULL;
    g->root = root;
    g->parent = parent;
    g->names.env = root->env;
    g->sibling = root->graphs;
    root->graphs = g;
    g->name = tni_arena_text(&root->arena, name ? name : "", name ? strlen(name) : 0);
    return g->name ? g : NULL;
}

tn_status tni_graph_new(tn_graph **g, tn_env *env, const char *file) {
    tni_root *root = tni_calloc(env, 1, sizeof *root);
    if (!root) return TN_NOMEM;
    root->env = env;
    root->text.env = env;
    tni_arena_init(&root->arena, env);
    tni_dims_init(&root->dims, env);
    root->file = file ? tni_arena_text(&root->arena, file, strlen(file)) : NULL;
    tn_graph *made = make_graph(root, NULL, "");
    if (made && (root->file || !file)) return *g = made, TN_OK;
    tni_arena_free(&root->arena);
    tni_dims_free(&root->dims);
    tni_free(env, root);
    return TN_NOMEM;
}

tn_status tni_graph_new_body(tn_graph **g, tn_graph *parent, const char *attr, const char *name) {
    *g = make_graph(parent->root, parent, name);
    if (!*g) return TN_NOMEM;
    (*g)->conditional = parent->conditional || !strcmp(attr, "then_branch") || !strcmp(attr, "else_branch");
    return TN_OK;
}

void tn_graph_free(tn_graph *g) {
    if (!g) return;
    tni_root *root = g->root;
    for (tn_graph *each = root->graphs; each; each = each->sibling) tni_map_free(&each->names);
    for (size_t i = 0; i < root->nfiles; i++) tni_file_close(&root->files[i]);
    tni_free(root->env, root->files);
    tni_text_free(&root->text);
    tni_dims_free(&root->dims);
    tni_arena_free(&root->arena);
    tni_free(root->env, root);
}

tn_status tni_graph_keep_file(tn_graph *g, tni_file file) {
    tni_root *r = g->root;
    if (!tni_grow(r->env, &r->files, r->nfiles, &r->cfiles, sizeof file)) return TN_NOMEM;
    r->files[r->nfiles++] = file;
    return TN_OK;
}

// ---- values

tni_value *tni_value_find(const tn_graph *g, const char *name) {
    for (size_t n = strlen(name); g; g = g->parent) {
        tni_value *v = tni_map_get(&g->names, name, n);
        if (v) return v;
    }
    return NULL;
}

static const char *unique_name(tn_graph *g, const char *name) {
    tni_root *r = g->root;
    if (name && *name && !tni_value_find(g, name)) return tni_arena_text(&r->arena, name, strlen(name));
    for (;;) {
        const char *made = name && *name ? tni_arena_printf(&r->arena, "%s.%u", name, ++r->fresh)
                                         : tni_arena_printf(&r->arena, "t.%u", ++r->fresh);
        if (!made || !tni_value_find(g, made)) return made;
    }
}

tni_value *tni_value_new(tn_graph *g, const char *name, const tn_type *type) {
    tni_value *v = tni_arena_zalloc(&g->root->arena, sizeof *v);
    if (!v) return NULL;
    v->graph = g;
    v->id = g->root->nvalues++;
    v->info.type.rank = -1;
    if (type) v->info.type = *type;
    v->name = unique_name(g, name);
    if (!v->name || !tni_map_set(&g->names, v->name, strlen(v->name), v)) return NULL;
    return v;
}

bool tni_value_rename(tni_value *v, const char *name) {
    tni_value *other = tni_value_find(v->graph, name);
    if (other && strcmp(other->name, name)) other = NULL; // it had the name once
    if (other == v) return true;
    char *copy = tni_arena_text(&v->graph->root->arena, name, strlen(name));
    if (other || !copy || !tni_map_set(&v->graph->names, copy, strlen(copy), v)) return false;
    tni_map_set(&v->graph->names, v->name, strlen(v->name), NULL); // its old name is free; the key stays
    v->name = copy;
    return true;
}

tn_type tni_tensor_type(const tn_tensor *t) {
    tn_type type = {.kind = t->kind, .dtype = t->dtype, .rank = t->kind == TN_TENSOR ? t->rank : -1};
    for (int i = 0; i < type.rank; i++) type.dim[i] = tn_k(t->dim[i]);
    return type;
}

bool tni_type_dims(const tn_type *type, int64_t *dims) {
    if (type->kind != TN_TENSOR || type->rank < 0) return false;
    for (int i = 0; i < type->rank; i++) {
        if (type->dim[i].e) return false;
        dims[i] = type->dim[i].k;
    }
    return true;
}

bool tni_tensor_info(tn_info *info, tni_arena *a, const tn_tensor *t) {
    *info = (tn_info){.type = tni_tensor_type(t), .constant = t};
    if (t->kind != TN_TENSOR || t->rank > 1 || !((TN_INTEGERS | TN_BIT(TN_BOOL)) >> t->dtype & 1))
        return true;
    int64_t count = tn_count(t);
    if (count > TN_MAX_CONTENT) return true;
    tn_dim *content = tni_arena_alloc(a, (size_t)(count + 1) * sizeof *content);
    if (!content) return false;
    for (int64_t i = 0; i < count; i++) content[i] = tn_k(tni_get_int(t, i));
    info->content = content;
    info->ncontent = (size_t)count;
    return true;
}

tni_value *tni_value_const(tn_graph *g, const char *name, const tn_tensor *t) {
    tni_value *v = tni_value_new(g, name, NULL);
    return v && tni_tensor_info(&v->info, &g->root->arena, t) ? v : NULL;
}

tni_value *tni_value_ints(tn_graph *g, const char *name, const int64_t *values, size_t n) {
    tn_tensor *t = tni_tensor_new(&g->root->arena, TN_I64, 1, (int64_t[]){(int64_t)n});
    if (!t) return NULL;
    if (n) memcpy(t->data, values, n * sizeof *values);
    return tni_value_const(g, name, t);
}

tn_status tni_graph_add_input(tn_graph *g, tni_value *v) {
    if (!tni_arena_grow(&g->root->arena, &g->input, g->ninput, &g->cinput, sizeof v)) return TN_NOMEM;
    g->input[g->ninput++] = v;
    v->is_input = true;
    return TN_OK;
}

// ---- uses

static void link_use(tni_use *u, tni_value *v) {
    u->value = v;
    u->prev = NULL;
    u->next = v ? v->uses : NULL;
    if (!v) return;
    if (v->uses) v->uses->prev = u;
    v->uses = u;
}

static void unlink_use(tni_use *u) {
    if (!u->value) return;
    if (u->prev)
        u->prev->next = u->next;
    else
        u->value->uses = u->next;
    if (u->next) u->next->prev = u->prev;
    u->value = NULL;
}

static void set_use(tni_use *u, tni_value *v) {
    unlink_use(u);
    link_use(u, v);
}

tn_status tni_graph_add_output(tn_graph *g, tni_value *v) {
    tni_use *u = tni_arena_zalloc(&g->root->arena, sizeof *u);
    if (!u || !tni_arena_grow(&g->root->arena, &g->output, g->noutput, &g->coutput, sizeof u))
        return TN_NOMEM;
    link_use(u, v);
    g->output[g->noutput++] = u;
    return TN_OK;
}

void tni_graph_set_output(tn_graph *g, size_t i, tni_value *v) { set_use(g->output[i], v); }
void tni_node_set_input(tni_node *n, int i, tni_value *v) { set_use(&n->in[i], v); }

size_t tni_use_count(const tni_value *v) {
    size_t n = 0;
    for (const tni_use *u = v->uses; u; u = u->next) n++;
    return n;
}

bool tni_is_graph_output(const tni_value *v) {
    for (const tni_use *u = v->uses; u; u = u->next)
        if (!u->node) return true;
    return false;
}

void tni_replace_uses(tni_value *from, tni_value *to) {
    while (from->uses) set_use(from->uses, to);
}

static void swap_names(tni_value *a, tni_value *b) {
    const char *name = a->name;
    a->name = b->name;
    b->name = name;
    // Both keys exist already: setting them again replaces values and takes no memory.
    tni_map_set(&a->graph->names, a->name, strlen(a->name), a);
    tni_map_set(&b->graph->names, b->name, strlen(b->name), b);
}

static bool made_up(const char *name) { return !strncmp(name, "t.", 2); }

void tni_replace_value(tni_value *from, tni_value *to) {
    bool keep_name =
        tni_is_graph_output(from) && from->graph == to->graph && !to->is_input && !tni_is_graph_output(to);
    if (keep_name || (made_up(to->name) && !made_up(from->name) && from->graph == to->graph))
        swap_names(from, to);
    tni_replace_uses(from, to);
}

// ---- nodes

bool tni_is(const tni_node *n, const char *op) {
    const char *domain = tni_domain(n->op->domain);
    size_t d = strlen(domain);
    if (!d) return !strcmp(n->op->name, op);
    return !strncmp(op, domain, d) && op[d] == '.' && !strcmp(op + d + 1, n->op->name);
}

const char *tni_op_text(const tn_op_def *op, char buffer[96]) {
    const char *domain = tni_domain(op->domain);
    snprintf(buffer, 96, "%s%s%s", domain, *domain ? "." : "", op->name);
    return buffer;
}

static void link_node(tn_graph *g, tni_node *n, tni_node *before) {
    n->next = before;
    n->prev = before ? before->prev : g->last;
    if (n->prev)
        n->prev->next = n;
    else
        g->first = n;
    if (before)
        before->prev = n;
    else
        g->last = n;
    g->nnodes++;
}

static void unlink_node(tni_node *n) {
    tn_graph *g = n->graph;
    if (n->prev)
        n->prev->next = n->next;
    else
        g->first = n->next;
    if (n->next)
        n->next->prev = n->prev;
    else
        g->last = n->prev;
    n->prev = n->next = NULL;
    g->nnodes--;
}

void tni_node_move_before(tni_node *n, tni_node *before) {
    if (n == before || n->next == before) return;
    unlink_node(n);
    link_node(n->graph, n, before);
}

// A removed body's uses of outer values must go too.
static void drop_body(tn_graph *g) {
    for (size_t i = 0; i < g->noutput; i++) unlink_use(g->output[i]);
    while (g->last) {
        for (int i = 0; i < g->last->nout; i++)
            if (g->last->out[i])
                while (g->last->out[i]->uses) unlink_use(g->last->out[i]->uses);
        tni_node_remove(g->last);
    }
}

void tni_node_remove(tni_node *n) {
    for (int i = 0; i < n->nin; i++) unlink_use(&n->in[i]);
    tn_graph *body;
    for (size_t i = 0; (body = tni_next_body(n, &i));) drop_body(body);
    unlink_node(n);
}

tn_status tni_node_set_attr(tni_node *n, const tn_attr *attr) {
    for (size_t i = 0; n->op->attrs[i].name; i++) {
        if (strcmp(n->op->attrs[i].name, attr->name)) continue;
        const char *name = n->op->attrs[i].name;
        tni_arena *a = &n->graph->root->arena;
        tn_attr copy = *attr;
        copy.name = name;
        copy.present = true;
        if (attr->kind == TN_ATTR_INTS &&
            !(copy.ints = tni_arena_copy(a, attr->ints, attr->n * sizeof *attr->ints)))
            return TN_NOMEM;
        if (attr->kind == TN_ATTR_STRING && !(copy.s.text = tni_arena_text(a, attr->s.text, attr->s.size)))
            return TN_NOMEM;
        n->attr[i] = copy;
        return TN_OK;
    }
    return TN_INTERNAL;
}

tn_status tni_node_diag(const tni_node *n, tn_diags *diags, tn_severity severity, tn_status status,
                        const char *tensor, const char *hint, const char *message, ...) {
    char op[96];
    tn_diag d = {.severity = severity, .status = status, .tensor = tensor, .hint = hint};
    if (n) {
        d.file = n->graph->root->file;
        d.node = n->name;
        d.op = tni_op_text(n->op, op);
        d.opset = n->opset;
        d.source = n->source;
    }
    va_list args;
    va_start(args, message);
    tni_vdiag(diags, &d, message, args);
    va_end(args);
    return status;
}

// ---- order of running

// Depth first over what a node needs; mark 0 new, 1 on the way, 2 done. Bodies need what they capture.
typedef struct sorter {
    tn_graph *g;
    tni_node **stack;
    size_t depth;
    tni_node *done; // last node placed
    bool moved;
} sorter;

static void mark_all(tn_graph *g, int mark) {
    for (tni_node *n = g->first; n; n = n->next) n->mark = mark;
}

// The node of graph `g` that defines `v`, or whose body does.
static tni_node *definer(const tn_graph *g, const tni_value *v) { return v && v->graph == g ? v->def : NULL; }

static tni_node *unplaced_in_body(const tn_graph *g, const tn_graph *body);

static tni_node *unplaced_need(const tn_graph *g, const tni_node *n) {
    for (int i = 0; i < n->nin; i++) {
        tni_node *d = definer(g, n->in[i].value);
        if (d && d->mark != 2) return d;
    }
    tn_graph *body;
    tni_node *d = NULL;
    for (size_t i = 0; !d && (body = tni_next_body(n, &i));) d = unplaced_in_body(g, body);
    return d;
}

static tni_node *unplaced_in_body(const tn_graph *g, const tn_graph *body) {
    for (const tni_node *n = body->first; n; n = n->next) {
        tni_node *d = unplaced_need(g, n);
        if (d) return d;
    }
    for (size_t i = 0; i < body->noutput; i++) {
        tni_node *d = definer(g, body->output[i]->value);
        if (d && d->mark != 2) return d;
    }
    return NULL;
}

static void place(sorter *s, tni_node *n) {
    tni_node *next = s->done ? s->done->next : s->g->first;
    if (next != n) {
        s->moved = true;
        unlink_node(n);
        link_node(s->g, n, s->done ? s->done->next : s->g->first);
    }
    n->mark = 2;
    s->done = n;
}

bool tni_graph_sort(tn_graph *g, bool *moved, tni_node **stuck) {
    sorter s = {.g = g, .stack = tni_calloc(g->root->env, g->nnodes + 1, sizeof(tni_node *))};
    *moved = false;
    *stuck = g->first;
    if (!s.stack) return false;
    mark_all(g, 0);
    for (tni_node *next; (next = s.done ? s.done->next : g->first);) {
        s.stack[s.depth++] = next;
        next->mark = 1;
        while (s.depth) {
            tni_node *n = s.stack[s.depth - 1], *need = unplaced_need(g, n);
            if (need && need->mark == 1) {
                *stuck = need;
                tni_free(g->root->env, s.stack);
                return false;
            }
            if (need)
                need->mark = 1, s.stack[s.depth++] = need;
            else
                place(&s, n), s.depth--;
        }
    }
    tni_free(g->root->env, s.stack);
    *moved = s.moved;
    return true;
}

// ---- binding: from a spec to a node (the rest of the way is in spec.c)

static void link_inputs(tni_node *n, tni_value *const *in) {
    for (int i = 0; i < n->nin; i++) {
        n->in[i].node = n;
        link_use(&n->in[i], in[i]);
    }
}

tn_status tni_node_place(tni_node **node, tn_graph *g, const tni_node *proto, tni_value *const *in,
                         const char *const *outs, tni_node *before) {
    tni_arena *a = &g->root->arena;
    tni_node *n = tni_arena_copy(a, proto, sizeof *proto);
    if (!n) return TN_NOMEM;
    n->graph = g;
    n->in = tni_arena_zalloc(a, ((size_t)n->nin + 1) * sizeof *n->in);
    n->out = tni_arena_zalloc(a, ((size_t)n->nout + 1) * sizeof(tni_value *));
    if (!n->in || !n->out) return TN_NOMEM;
    for (int i = 0; i < n->nout; i++) {
        if (outs && (!outs[i] || !*outs[i])) continue;
        n->out[i] = tni_value_new(g, outs ? outs[i] : NULL, NULL);
        if (!n->out[i]) return TN_NOMEM;
        n->out[i]->def = n;
        n->out[i]->def_index = i;
    }
    if (!n->name || !*n->name) {
        n->name = "";
        for (int i = n->nout - 1; i >= 0; i--)
            if (n->out[i]) n->name = n->out[i]->name;
    }
    link_inputs(n, in);
    link_node(g, n, before);
    *node = n;
    return TN_OK;
}

size_t tni_given_attrs(const tni_node *n, tn_attr to[TNI_MAX_ATTRS]) {
    size_t given = 0;
    for (size_t i = 0; i < TNI_MAX_ATTRS && n->op->attrs[i].name; i++)
        if (n->attr[i].present) to[given++] = n->attr[i];
    return given;
}
