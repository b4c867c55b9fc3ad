// SPDX-License-Identifier: Apache-2.0
// onnx_graph.c - GraphProto into a tn_graph: inputs, initializers, nodes in an order of running, outputs; for
// the main graph and for the bodies of If, Loop and Scan alike.
#include "import/onnx_graph.h"

#include "ir/registry.h"

#include <string.h>

static bool known(const tni_map *m, tn_str name) { return tni_map_get(m, name.text, name.size) != NULL; }

static void declare(tni_onnx *x, tni_onnx_scope *s, tni_onnx_value *list) {
    for (tni_onnx_value *v = list; v; v = v->next)
        if (v->name.size && !known(&s->declared, v->name) &&
            !tni_map_set(&s->declared, v->name.text, v->name.size, v))
            x->nomem = true;
}

// ---- what is there before the first node

static void add_constant(tni_onnx *x, tni_onnx_scope *s, tn_str name, const tn_tensor *t, tn_status status) {
    if (status == TN_NOMEM) x->nomem = true;
    if (status != TN_OK) {
        x->errors++;
        tni_onnx_define_unknown(x, s, name, true);
        return;
    }
    tni_onnx_define(x, s, name, tni_value_const(s->graph, tni_onnx_fresh_name(x, s, name), t));
}

static void read_initializers(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_graph *g) {
    const tn_diag where = {.file = x->file};
    for (const tni_onnx_tensor *t = g->initializers; t && !x->nomem; t = t->next) {
        tni_mark mark = tni_arena_mark(&x->temp);
        tn_tensor *tensor = NULL;
        tn_status status = tni_onnx_decode(&x->data, t, &where, &tensor);
        add_constant(x, s, t->name, tensor, status);
        tni_arena_reset(&x->temp, mark);
    }
    for (const tni_onnx_sparse *t = g->sparse; t && !x->nomem; t = t->next) {
        tni_mark mark = tni_arena_mark(&x->temp);
        tn_tensor *tensor = NULL;
        tn_status status = tni_onnx_decode_sparse(&x->data, t, &where, &tensor);
        add_constant(x, s, t->values.name, tensor, status);
        tni_arena_reset(&x->temp, mark);
    }
}

// A map named m is two tensors: m has its values, m.keys its keys (see src/op/ml_map.c).
static const char *keys_name(tni_onnx *x, const char *map) {
    char *name = tni_arena_alloc(&x->temp, strlen(map) + sizeof ".keys");
    if (!name) return x->nomem = true, NULL;
    return strcat(strcpy(name, map), ".keys");
}

static tni_onnx_type vector_of(int64_t dtype) {
    static tni_onnx_dim any; // without value and name; only read
    return (tni_onnx_type){
        .kind = TNI_TYPE_TENSOR, .dtype = dtype, .has_shape = true, .rank = 1, .dim = &any};
}

static void add_keys(tni_onnx *x, tni_onnx_scope *s, const char *map, int64_t dtype) {
    const char *name = keys_name(x, map);
    if (!name) return;
    tni_onnx_type tensor = vector_of(dtype);
    tn_diag where = {.tensor = name};
    tn_type type;
    if (tni_onnx_type_of(x, &tensor, name, true, &where, &type) != TN_OK) return;
    tni_value *keys = tni_value_new(s->graph, name, &type);
    if (!keys || tni_graph_add_input(s->graph, keys) != TN_OK) x->nomem = true;
}

// An input that is also an initializer is a constant; that callers could override it is not followed.
static void read_inputs(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_graph *g) {
    bool main = !s->graph->parent;
    for (const tni_onnx_value *v = g->inputs; v && !x->nomem; v = v->next) {
        const tni_value *given = main ? tni_map_get(&s->values, v->name.text, v->name.size) : NULL;
        if (given && !given->is_input) continue;
        tni_mark mark = tni_arena_mark(&x->temp);
        const char *name = tni_onnx_text(x, &x->temp, v->name);
        tn_diag where = {.tensor = name};
        tn_type type = {.rank = -1};
        if (!v->name.size) tni_onnx_error(x, NULL, TN_INVALID, NULL, "a graph input has no name");
        bool map = main && v->type && v->type->kind == TNI_TYPE_MAP;
        tni_onnx_type values = vector_of(map && v->type->item ? v->type->item->dtype : 0);
        tni_onnx_type_of(x, map ? &values : v->type, name, main, main ? &where : NULL, &type);
        tni_value *value = tni_value_new(s->graph, tni_onnx_fresh_name(x, s, v->name), &type);
        if (!value || tni_graph_add_input(s->graph, value) != TN_OK) x->nomem = true;
        if (value) tni_onnx_define(x, s, v->name, value);
        if (value && map) add_keys(x, s, value->name, v->type->key);
        tni_arena_reset(&x->temp, mark);
    }
}

void tni_onnx_read_nodes(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_graph *g) {
    const tni_onnx_node **order = tni_onnx_order(x, s, g);
    for (size_t i = 0; order && i < g->nnodes && !x->nomem; i++)
        if (order[i]) tni_onnx_read_node(x, s, order[i]);
}

// ---- what comes out

// An output needs its own name in the main graph, and a value of its own graph everywhere.
static tni_value *own_value(tni_onnx *x, tni_onnx_scope *s, tni_value *v, const char *name) {
    bool right_name = s->graph->parent || !strcmp(v->name, name);
    if (tni_onnx_is_unknown(v) || (right_name && v->graph == s->graph)) return v;
    tni_node *n;
    tni_new_node identity = {.op = "Identity", .nin = 1, .nout = 1, .in = &v, .outs = &name};
    if (s->graph->parent) identity.outs = NULL;
    if (tni_node_new(&n, s->graph, &identity, x->diags) == TN_OK) return n->out[0];
    x->errors++;
    return v;
}

static void read_output(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_value *o) {
    const char *name = tni_onnx_text(x, &x->temp, o->name);
    tni_value *v = tni_onnx_lookup(s, o->name);
    if (!v || v == &x->omitted) {
        tni_onnx_error(x, &(tn_diag){.tensor = name}, TN_INVALID,
                       "the file may be cut, or its names misspelt",
                       "nothing produces this output of the graph");
        return;
    }
    tni_unknowns_read(&x->unknown, v);
    if (o->type) tni_onnx_check_declared(x, o->type, v);
    v = own_value(x, s, v, name);
    if (tni_graph_add_output(s->graph, v) != TN_OK) x->nomem = true;
    bool maps = o->type && o->type->kind == TNI_TYPE_SEQUENCE && o->type->item->kind == TNI_TYPE_MAP;
    const char *beside = maps ? keys_name(x, name) : NULL;
    tni_value *keys = beside ? tni_value_find(s->graph, beside) : NULL;
    if (keys && tni_graph_add_output(s->graph, keys) != TN_OK) x->nomem = true;
}

static void read_graph(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_graph *g) {
    declare(x, s, g->outputs);
    declare(x, s, g->values);
    bool main = !s->graph->parent;
    if (main) read_initializers(x, s, g);
    read_inputs(x, s, g);
    if (!main)
        read_initializers(x, s, g); // a body's inputs come from its node, whatever else they are called
    tni_onnx_read_nodes(x, s, g);
    for (const tni_onnx_value *o = g->outputs; o && !x->nomem; o = o->next) {
        tni_mark mark = tni_arena_mark(&x->temp);
        read_output(x, s, o);
        tni_arena_reset(&x->temp, mark);
    }
}

bool tni_onnx_read_body(tni_onnx *x, tni_onnx_scope *outer, tn_graph *parent, const char *attr,
                        const tni_onnx_graph *g, tn_graph **to) {
    size_t errors = x->errors;
    const char *name = tni_onnx_text(x, &x->temp, g->name);
    if (tni_graph_new_body(to, parent, attr, name) != TN_OK) return !(x->nomem = true);
    tni_onnx_scope s = tni_onnx_scope_new(x, outer->frame, *to);
    s.parent = outer;
    read_graph(x, &s, g);
    tni_onnx_scope_free(&s);
    return x->errors == errors && !x->nomem;
}

// ---- the model

static void check_versions(tni_onnx *x) {
    const tni_onnx_model *m = &x->model;
    if (m->ir_version < 3)
        tni_onnx_error(x, NULL, TN_UNSUPPORTED, "convert it with onnx.version_converter, or export it again",
                       "its IR version is %lld; 3 is the oldest that says which operators are meant",
                       (long long)m->ir_version);
    for (const tni_onnx_opset *o = m->opsets; o; o = o->next) {
        const char *domain = tni_domain(tni_onnx_text(x, &x->scratch, o->domain));
        if (o->version < 1)
            tni_onnx_error(x, NULL, TN_INVALID, NULL, "it imports opset %lld of domain '%s'",
                           (long long)o->version, *domain ? domain : "ai.onnx");
        if (!*domain && o->version > TN_OPSET)
            tni_onnx_warn(
                x, NULL, NULL,
                "its opset %lld is newer than %d, the newest known here; operators are read as of %d",
                (long long)o->version, TN_OPSET, TN_OPSET);
    }
}

// What PyTorch's exporters make of keyword arguments: a tensor becomes a constant, a number an input.
static void check_inputs(tni_onnx *x) {
    const tn_graph *g = x->graph;
    if (!g->ninput)
        tni_onnx_warn(x, NULL, "give the exporter the input in its args, not in kwargs or bound by partial",
                      "the model has no inputs: all that it computes is constant");
    for (size_t i = 0; i < g->ninput && g->root->pytorch; i++) {
        const tni_value *v = g->input[i];
        if (v->info.type.kind == TN_TENSOR && v->info.type.rank == 0)
            tni_onnx_warn(x, &(tn_diag){.tensor = v->name},
                          "--bind NAME=NUMBER (tn_graph_set_value) makes it a constant again",
                          "this input is a scalar: a number that the exporter was given in args or kwargs");
    }
}

static void read_model(tni_onnx *x) {
    tni_onnx_frame frame = {.opsets = x->model.opsets};
    tni_onnx_scope s = tni_onnx_scope_new(x, &frame, x->graph);
    tni_arena *a = &x->graph->root->arena;
    static const char pytorch[] = "pytorch";
    tn_str producer = x->model.producer;
    x->graph->name = tni_onnx_text(x, a, x->model.graph.name);
    x->graph->root->pytorch =
        producer.size == sizeof pytorch - 1 && !memcmp(producer.text, pytorch, producer.size);
    check_versions(x);
    tni_onnx_index_functions(x);
    read_graph(x, &s, &x->model.graph);
    if (!x->errors && !x->nomem) check_inputs(x);
    if (!x->model.graph.outputs && !x->nomem)
        tni_onnx_error(x, NULL, TN_INVALID, NULL, "its graph has no outputs");
    tni_onnx_scope_free(&s);
}

static tn_status parse(tni_onnx *x, const tni_file *file) {
    if (tni_onnx_parse_model(&x->model, &x->scratch, tni_wire_open(file->data, file->size, &x->fault))) {
        if (x->model.has_graph) return TN_OK;
        return tni_onnx_error(x, NULL, TN_FORMAT, NULL, "it holds no graph: it is not an ONNX model");
    }
    if (!x->fault.what) return TN_NOMEM;
    return tni_onnx_error(x, NULL, TN_FORMAT, "the file is truncated or damaged, or not an ONNX model",
                          "at byte %zu of %zu: %s", x->fault.offset, file->size, x->fault.what);
}

// What the file says becomes the graph; all that is wrong with it is told.
static tn_status build(tni_onnx *x, const tni_file *file) {
    TN_TRY(parse(x, file));
    read_model(x);
    if (x->nomem || x->unknown.failed) return TN_NOMEM;
    tni_unknowns_tell(&x->unknown, x->diags);
    if (!x->errors) return TN_OK;
    size_t n = tn_diags_count(x->diags);
    while (n && tn_diags_get(x->diags, n - 1)->severity != TN_ERROR) n--;
    return n ? tn_diags_get(x->diags, n - 1)->status : TN_INVALID;
}

static void finish(tni_onnx *x) {
    tni_map_free(&x->functions);
    tni_map_free(&x->domains);
    tni_map_free(&x->data.external);
    tni_arena_free(&x->scratch);
    tni_arena_free(&x->temp);
}

static void begin(tni_onnx *x, tn_env *env, const char *name, const char *folder,
                  const tn_load_options *options, tn_diags *diags) {
    *x = (tni_onnx){
        .env = env, .diags = diags, .file = name, .functions = {.env = env}, .domains = {.env = env}};
    tni_arena_init(&x->scratch, env);
    tni_arena_init(&x->temp, env);
    x->unknown.arena = &x->scratch;
    x->data = (tni_onnx_data){.env = env,
                              .scratch = &x->scratch,
                              .folder = folder,
                              .follow = options && options->follow_external,
                              .external = {.env = env},
                              .diags = diags};
}

tn_status tni_onnx_load(tn_graph **g, tn_env *env, tni_file *file, const char *name, const char *folder,
                        const tn_load_options *options, tn_diags *diags) {
    tni_onnx x;
    begin(&x, env, name, folder, options, diags);
    TN_TRY(tni_graph_new(&x.graph, env, name));
    x.data.graph = x.graph;
    x.data.arena = &x.graph->root->arena;
    tn_status status = build(&x, file);
    finish(&x);
    if (status == TN_OK)
        *g = x.graph;
    else
        tn_graph_free(x.graph);
    return status;
}
