// SPDX-License-Identifier: Apache-2.0
// control.c - PyTorch's control flow: cond, while_loop, scan and map. Their graphs stand in the file as
// arguments; what they work on is passed explicitly, and arguments have no names, only places. Also how
// operators become loops.
#include "import/aten/aten.h"

#include <string.h>

typedef struct operands {
    tni_value *v[TNI_AT_LIST];
    size_t n;
} operands;

static void add_operands(tn_aten *c, const char *name, operands *to) {
    tni_value *list[TNI_AT_LIST];
    size_t n = tni_at_has(c, name) ? tni_at_tensors(c, name, list) : 0;
    if (to->n + n > TNI_AT_LIST - 2) tni_at_fail(c, NULL, "it has too many operands");
    for (size_t i = 0; i < n && !c->failed; i++) to->v[to->n++] = list[i];
}

// The names of a graph's inputs stand for these values.
static tni_pt2_scope *enter(tn_aten *c, tn_graph *g, const json_t *json, const operands *in) {
    const json_t *inputs = json_object_get(json, "inputs");
    tni_pt2_scope *s = c->failed ? NULL : tni_pt2_scope_new(c->x, c->scope, g, json);
    if (s && json_array_size(inputs) != in->n)
        tni_at_fail(c, NULL, "its graph takes another number of inputs");
    for (size_t i = 0; s && i < in->n && !c->failed; i++) {
        const char *tag = "";
        const json_t *value = tni_json_union(json_array_get(inputs, i), &tag);
        if (strcmp(tag, "as_tensor"))
            tni_at_fail(c, NULL, "its graph takes something else than tensors");
        else
            tni_pt2_define(c->x, s, tni_json_text(value, "name"), in->v[i]);
    }
    if (c->failed || !s) return NULL;
    tni_pt2_run_nodes(c->x, s);
    return s;
}

// What the graph gives; values that it did not make itself pass through a node.
static void leave(tn_aten *c, tni_pt2_scope *s, operands *out) {
    const json_t *outputs = json_object_get(s->json, "outputs");
    out->n = 0;
    for (size_t i = 0; i < json_array_size(outputs) && !c->failed; i++) {
        const char *tag = "";
        const json_t *value = tni_json_union(json_array_get(outputs, i), &tag);
        tni_pt2_tensor *t = strcmp(tag, "as_tensor") ? NULL : tni_pt2_find(s, tni_json_text(value, "name"));
        tni_value *v = t ? tni_pt2_read(c->x, t) : NULL;
        if (!v && !c->x->errors) tni_at_fail(c, NULL, "output %zu of its graph is no tensor", i);
        if (!v || out->n == TNI_AT_LIST - 2) c->failed = true;
        if (!c->failed) out->v[out->n++] = v;
    }
}

void tni_at_add_output(tn_aten *c, tn_graph *g, tni_value *v) {
    tni_node *n;
    bool own = v->graph == g && v->def && !tni_is_graph_output(v);
    if (!own) {
        if (tni_node_new(&n, g, &(tni_new_node){.op = "Identity", .nin = 1, .nout = 1, .in = &v},
                         c->x->diags) != TN_OK) {
            c->failed = true;
            return;
        }
        v = n->out[0];
    }
    if (tni_graph_add_output(g, v) != TN_OK) c->x->nomem = c->failed = true;
}

tn_graph *tni_at_new_body(tn_aten *c, const char *attr) {
    tn_graph *g = NULL;
    if (!c->failed && tni_graph_new_body(&g, c->graph, attr, attr) != TN_OK) c->x->nomem = c->failed = true;
    int depth = 0;
    for (const tn_graph *p = g; p; p = p->parent) depth++;
    if (depth > TNI_MAX_DEPTH) tni_at_fail(c, NULL, "graphs are nested too deeply");
    return c->failed ? NULL : g;
}

tni_value *tni_at_body_input(tn_aten *c, tn_graph *g, const tn_type *type) {
    tni_value *v = tni_value_new(g, NULL, type);
    if (!v || tni_graph_add_input(g, v) != TN_OK) c->x->nomem = c->failed = true;
    return v;
}

static void give_all(tn_aten *c, const char *op, size_t nin, tni_value *const *in) {
    tni_value *out[TNI_AT_OUT];
    if (c->failed || !tni_at_node(c, op, nin, in, c->nout, out)) return;
    for (size_t i = 0; i < c->nout; i++) tni_at_give(c, i, out[i]);
}

// ---- cond: #0 the choice, #1 and #2 the graphs, #3 what they work on

static void branch(tn_aten *c, const char *attr, const char *graph, const operands *in) {
    operands out;
    const json_t *json = tni_at_graph(c, graph);
    tn_graph *g = tni_at_new_body(c, attr);
    tni_pt2_scope *s = g ? enter(c, g, json, in) : NULL;
    if (!s) return;
    leave(c, s, &out);
    for (size_t i = 0; i < out.n && !c->failed; i++) tni_at_add_output(c, g, out.v[i]);
    tni_at_set_graph(c, attr, g);
}

static void cond(tn_aten *c) {
    operands in = {.n = 0};
    tni_value *choice = tni_at_number(c, "#0", TN_BOOL);
    if (choice && tni_at_rank(c, choice))
        choice = tni_at_expr(c, "Reshape($0, $1)", choice, tni_at_vector(c, NULL, 0));
    add_operands(c, "#3", &in);
    branch(c, "then_branch", "#1", &in);
    branch(c, "else_branch", "#2", &in);
    give_all(c, "If", 1, &choice);
}

// ---- while_loop: #0 whether to go on, #1 the body, #2 what changes, #3 what stays

// Whether to go on, as nodes of graph `g`.
static tni_value *condition(tn_aten *c, tn_graph *g, const operands *state) {
    operands out;
    const json_t *json = tni_at_graph(c, "#0");
    tni_pt2_scope *s = json ? enter(c, g, json, state) : NULL;
    if (!s) return NULL;
    leave(c, s, &out);
    return out.n == 1 ? out.v[0] : NULL;
}

static void while_loop(tn_aten *c) {
    operands all = {.n = 0}, out;
    static const tn_type i64 = {.dtype = TN_I64}, boolean = {.dtype = TN_BOOL};
    add_operands(c, "#2", &all);
    size_t carried = all.n;
    add_operands(c, "#3", &all);
    tni_value *in[TNI_AT_LIST] = {NULL, condition(c, c->graph, &all)};
    memcpy(in + 2, all.v, carried * sizeof *in);
    tn_graph *g = tni_at_new_body(c, "body");
    if (!g) return;
    tni_at_body_input(c, g, &i64);
    tni_at_body_input(c, g, &boolean);
    for (size_t i = 0; i < carried; i++) all.v[i] = tni_at_body_input(c, g, &in[i + 2]->info.type);
    tni_pt2_scope *s = c->failed ? NULL : enter(c, g, tni_at_graph(c, "#1"), &all);
    if (!s) return;
    leave(c, s, &out);
    for (size_t i = 0; i < carried && i < out.n; i++) all.v[i] = out.v[i];
    tni_value *more = c->failed ? NULL : condition(c, g, &all);
    if (!more || out.n != carried) {
        tni_at_fail(c, NULL, "its body does not give what it takes");
        return;
    }
    tni_at_add_output(c, g, more);
    for (size_t i = 0; i < carried && !c->failed; i++) tni_at_add_output(c, g, all.v[i]);
    tni_at_set_graph(c, "body", g);
    give_all(c, "Loop", carried + 2, in);
}

// ---- scan: #0 the body, #1 what is carried, #2 what is walked along, #3 what stays; map: nothing is carried

static void along(tn_aten *c, const char *state, const char *xs, const char *rest) {
    operands all = {.n = 0}, out;
    if (state) add_operands(c, state, &all);
    size_t carried = all.n;
    add_operands(c, xs, &all);
    size_t n = all.n;
    add_operands(c, rest, &all);
    tni_value *in[TNI_AT_LIST];
    memcpy(in, all.v, n * sizeof *in);
    tn_graph *g = tni_at_new_body(c, "body");
    for (size_t i = 0; g && i < n; i++) {
        tn_type type = in[i]->info.type;
        if (i >= carried && type.rank > 0)
            memmove(type.dim, type.dim + 1, (size_t)--type.rank * sizeof *type.dim);
        all.v[i] = tni_at_body_input(c, g, &type);
    }
    tni_pt2_scope *s = g && !c->failed ? enter(c, g, tni_at_graph(c, "#0"), &all) : NULL;
    if (!s) return;
    leave(c, s, &out);
    for (size_t i = 0; i < out.n && !c->failed; i++) tni_at_add_output(c, g, out.v[i]);
    tni_at_set_graph(c, "body", g);
    tni_at_set_int(c, "num_scan_inputs", (int64_t)(n - carried));
    give_all(c, "Scan", n, in);
}

static void scan(tn_aten *c) { along(c, "#1", "#2", "#3"); }
static void map(tn_aten *c) { along(c, NULL, "#1", "#2"); }

// ---- operators that are loops themselves

bool tni_at_loop(tn_aten *c, tni_value *trips, size_t n, tni_value **carried, tni_at_step step) {
    static const tn_type i64 = {.dtype = TN_I64}, boolean = {.dtype = TN_BOOL};
    tni_value *in[2 + TNI_AT_CARRIED] = {trips, tni_at_scalar(c, TN_BOOL, 1)};
    tn_graph *outer = c->graph, *g = tni_at_new_body(c, "body");
    if (!g) return false;
    memcpy(in + 2, carried, n * sizeof *in);
    tni_at_body_input(c, g, &i64);
    tni_at_body_input(c, g, &boolean);
    for (size_t i = 0; i < n && !c->failed; i++)
        if (carried[i]) carried[i] = tni_at_body_input(c, g, &carried[i]->info.type);
    c->graph = g;
    tni_value *more = step(c, carried);
    c->graph = outer;
    if (!c->failed) tni_at_add_output(c, g, more);
    for (size_t i = 0; i < n && !c->failed; i++) tni_at_add_output(c, g, carried[i]);
    tni_at_set_graph(c, "body", g);
    bool made = !c->failed && tni_at_node(c, "Loop", n + 2, in, n, carried);
    tni_at_clear(c);
    return made;
}

// ---- graphs that only say under which rules they are run: their nodes are those of the graph around them

// Names of the inner graph's inputs stand for the very tensors that go in: what is written to them is seen.
static void pass_tensor(tn_aten *c, tni_pt2_scope *s, size_t i, const char *name) {
    const char *tag = "";
    const json_t *input = tni_json_union(json_array_get(json_object_get(s->json, "inputs"), i), &tag);
    const char *inner = tni_json_text(input, "name");
    tni_pt2_tensor *t = tni_pt2_find(c->scope, name);
    if (strcmp(tag, "as_tensor") || !t)
        tni_at_fail(c, NULL, "its graph takes something else than tensors");
    else if (!tni_map_set(&s->tensors, inner, strlen(inner), t))
        c->x->nomem = c->failed = true;
}

static const json_t *inner_graph(const tn_aten *c) {
    const json_t *inputs = json_object_get(c->call, "inputs"), *graph = NULL;
    for (size_t i = 0; !graph && i < json_array_size(inputs); i++)
        graph = json_object_get(
            json_object_get(json_object_get(json_array_get(inputs, i), "arg"), "as_graph"), "graph");
    return graph;
}

static void inlined(tn_aten *c) {
    const json_t *inputs = json_object_get(c->call, "inputs"), *graph = inner_graph(c);
    tni_pt2_scope *s = graph ? tni_pt2_scope_new(c->x, c->scope, c->graph, graph) : NULL;
    int depth = 0;
    size_t at = 0;
    operands out;
    for (const tni_pt2_scope *p = s; p; p = p->parent) depth++;
    if (!s || depth > TNI_MAX_DEPTH) {
        tni_at_fail(c, NULL, "it has no graph, or graphs are nested too deeply");
        return;
    }
    for (size_t i = 0; i < json_array_size(inputs) && !c->failed; i++) {
        const char *tag = "";
        const json_t *value = tni_json_union(json_object_get(json_array_get(inputs, i), "arg"), &tag);
        if (!strcmp(tag, "as_tensor")) pass_tensor(c, s, at++, tni_json_text(value, "name"));
        for (size_t k = 0; !strcmp(tag, "as_tensors") && k < json_array_size(value); k++)
            pass_tensor(c, s, at++, tni_json_text(json_array_get(value, k), "name"));
        if (!strncmp(tag, "as_sym", 6) || !strcmp(tag, "as_int")) at++; // known by their expressions
    }
    if (c->failed) return;
    tni_pt2_run_nodes(c->x, s);
    leave(c, s, &out);
    for (size_t i = 0; i < out.n && !c->failed; i++) tni_at_give(c, i, out.v[i]);
}

TN_ATEN(control) = {
    {"higher_order.wrap_with_set_grad_enabled", NULL, inlined, 0},
    {"higher_order.wrap_with_autocast", NULL, inlined, 0},
    {"higher_order.invoke_subgraph", NULL, inlined, 0},
    {"higher_order.tag_activation_checkpoint", NULL, inlined, 0},
    {"higher_order.hints_wrapper", NULL, inlined, 0},
    {"higher_order.cond", NULL, cond, 0},
    {"higher_order.while_loop", NULL, while_loop, 0},
    {"higher_order.scan", NULL, scan, 0},
    {"higher_order.map_impl", NULL, map, 0},
    {0},
};
