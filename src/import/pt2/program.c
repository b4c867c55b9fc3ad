// SPDX-License-Identifier: Apache-2.0
// program.c - the exported program into a tn_graph: what goes in by the signature, the calls in their order,
// what comes out.
#include "import/pt2/call.h"

#include <stdarg.h>
#include <string.h>

tn_status tni_pt2_error(tni_pt2 *x, const tn_diag *where, tn_status status, const char *hint,
                        const char *message, ...) {
    tn_diag d = where ? *where : (tn_diag){0};
    va_list args;
    x->errors++;
    d.severity = TN_ERROR;
    d.status = status;
    d.file = x->file;
    d.hint = hint;
    va_start(args, message);
    tni_vdiag(x->diags, &d, message, args);
    va_end(args);
    return status;
}

tni_pt2_scope *tni_pt2_scope_new(tni_pt2 *x, tni_pt2_scope *parent, tn_graph *g, const json_t *json) {
    tni_pt2_scope *s = tni_arena_zalloc(&x->scratch, sizeof *s);
    if (!s) return x->nomem = true, NULL;
    *s = (tni_pt2_scope){.parent = parent, .graph = g, .json = json, .next = x->scopes};
    s->tensors.env = s->scalars.env = x->env;
    return x->scopes = s;
}

void tni_pt2_run_nodes(tni_pt2 *x, tni_pt2_scope *s) {
    const json_t *nodes = json_object_get(s->json, "nodes");
    for (size_t i = 0; i < json_array_size(nodes) && !x->nomem; i++) i = tni_pt2_step(x, s, nodes, i);
}

// ---- what goes in

static void add_weight(tni_pt2 *x, tni_pt2_scope *s, const char *arg, const char *name) {
    if (!tni_pt2_is_written(x, arg)) tni_pt2_define(x, s, arg, tni_pt2_weight(x, name, name));
}

// A buffer that the program writes to: an input that has a value already.
static void add_state(tni_pt2 *x, tni_pt2_scope *s, const char *arg, const char *name) {
    const tn_tensor *first = tni_pt2_is_written(x, arg) ? tni_pt2_weight_tensor(x, name) : NULL;
    if (!first) return;
    tn_type type = tni_tensor_type(first);
    tni_value *v = tni_value_new(s->graph, name, &type);
    tni_pt2_tensor *t = tni_pt2_define(x, s, arg, v);
    if (t) t->first = v;
    const char *next = v ? tni_arena_printf(&x->scratch, "%s.next", v->name) : NULL;
    if (!next || !t || tni_graph_add_input(s->graph, v) != TN_OK ||
        tni_graph_give(s->graph, v->name, next, first) != TN_OK)
        x->nomem = true;
}

// Symbols of a dimension need the input's value; the type needs the symbols: the value is made first.
static void add_tensor_input(tni_pt2 *x, tni_pt2_scope *s, const char *name) {
    tni_pt2_tensor *t = tni_pt2_define(x, s, name, NULL);
    tni_value *v = tni_value_new(s->graph, name, NULL);
    if (!t || !v || tni_graph_add_input(s->graph, v) != TN_OK) {
        x->nomem = true;
        return;
    }
    const json_t *sizes = json_object_get(t->meta, "sizes");
    for (size_t d = 0; d < json_array_size(sizes) && d < TN_MAX_RANK; d++)
        tni_pt2_bind_dim(x, json_array_get(sizes, d), v, (int)d);
    t->value = v;
    t->first = v;
    if (!tni_pt2_type(x, t->meta, &v->info.type))
        tni_pt2_error(
            x, &(tn_diag){.tensor = name}, TN_UNSUPPORTED, NULL,
            "the input's type is malformed, of an element type that is not known, or of more than %d "
            "dimensions",
            TN_MAX_RANK);
}

static void add_number_input(tni_pt2 *x, tni_pt2_scope *s, const char *name, tn_dtype dtype) {
    tn_type type = {.dtype = dtype};
    tni_value *v = tni_value_new(s->graph, name, &type);
    if (!v || tni_graph_add_input(s->graph, v) != TN_OK || !tni_map_set(&s->scalars, name, strlen(name), v)) {
        x->nomem = true;
        return;
    }
    const json_t *sym = tni_pt2_sym(s, name);
    if (sym && dtype == TN_I64) tni_pt2_bind_scalar(x, sym, v);
}

static void add_user_input(tni_pt2 *x, tni_pt2_scope *s, const json_t *arg) {
    const char *tag = "";
    const json_t *value = tni_json_union(arg, &tag);
    if (!strcmp(tag, "as_tensor")) add_tensor_input(x, s, tni_json_text(value, "name"));
    if (!strcmp(tag, "as_sym_int")) add_number_input(x, s, tni_json_text(value, "as_name"), TN_I64);
    if (!strcmp(tag, "as_sym_float")) add_number_input(x, s, tni_json_text(value, "as_name"), TN_F64);
    if (!strcmp(tag, "as_sym_bool")) add_number_input(x, s, tni_json_text(value, "as_name"), TN_BOOL);
    if (!strcmp(tag, "as_custom_obj"))
        tni_pt2_error(x, NULL, TN_UNSUPPORTED, "pass tensors and numbers only",
                      "an input is an object of its own class");
}

// The name that the module has for a weight; NULL: the input is none.
static const char *weight_name(const json_t *value, const char *tag) {
    static const char *const weights[][2] = {{"parameter", "parameter_name"},
                                             {"buffer", "buffer_name"},
                                             {"tensor_constant", "tensor_constant_name"}};
    for (size_t i = 0; i < 3; i++)
        if (!strcmp(tag, weights[i][0])) return tni_json_text(value, weights[i][1]);
    return NULL;
}

static void read_input(tni_pt2 *x, tni_pt2_scope *s, const json_t *spec) {
    const char *tag = "";
    const json_t *value = tni_json_union(spec, &tag), *arg = json_object_get(value, "arg");
    const char *weight = weight_name(value, tag);
    if (weight) add_weight(x, s, tni_json_text(arg, "name"), weight);
    if (!strcmp(tag, "user_input")) add_user_input(x, s, arg);
    if (!strcmp(tag, "custom_obj"))
        tni_pt2_error(x, NULL, TN_UNSUPPORTED, "replace it by tensors",
                      "the model holds a TorchScript object");
}

// State comes behind what the caller gives.
static void read_inputs(tni_pt2 *x, tni_pt2_scope *s, const json_t *specs) {
    for (size_t i = 0; i < json_array_size(specs) && !x->nomem; i++)
        read_input(x, s, json_array_get(specs, i));
    for (size_t i = 0; i < json_array_size(specs) && !x->nomem; i++) {
        const char *tag = "";
        const json_t *value = tni_json_union(json_array_get(specs, i), &tag);
        const char *weight = weight_name(value, tag);
        if (weight) add_state(x, s, tni_json_text(json_object_get(value, "arg"), "name"), weight);
    }
}

// ---- what comes out

// Names of a dict's entries, in the order of the outputs; NULL: they have none.
static json_t *output_keys(tni_pt2 *x) {
    const json_t *modules = json_object_get(json_object_get(x->program, "graph_module"), "module_call_graph");
    const char *text = tni_json_text(json_object_get(json_array_get(modules, 0), "signature"), "out_spec");
    json_t *spec = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *keys = NULL;
    const json_t *root = json_array_get(spec, 1);
    if (!strcmp(tni_json_text(root, "type"), "builtins.dict"))
        keys = json_loads(tni_json_text(root, "context"), 0, NULL);
    const json_t *children = json_object_get(root, "children_spec");
    bool flat = json_is_array(keys) && json_array_size(children) == json_array_size(keys);
    for (size_t i = 0; flat && i < json_array_size(children); i++)
        flat = json_is_null(json_object_get(json_array_get(children, i), "type"));
    json_decref(spec);
    if (flat) return keys;
    json_decref(keys);
    return NULL;
}

static tni_value *plain_number(tni_pt2 *x, tn_graph *g, tn_dtype dtype, double value) {
    tn_tensor *t = tni_tensor_new(&g->root->arena, dtype, 0, NULL);
    if (!t) return x->nomem = true, NULL;
    tni_set(t, 0, value);
    return tni_value_const(g, NULL, t);
}

// The value of an output argument; *none: there is none to give.
static tni_value *output_value(tni_pt2 *x, tni_pt2_scope *s, const json_t *arg, const char **name,
                               bool *none) {
    const char *tag = "";
    const json_t *value = tni_json_union(arg, &tag);
    int64_t k;
    *none = !value || !strcmp(tag, "as_none") || json_is_null(value) || json_is_string(value);
    *name = "output";
    if (*none) return NULL;
    if (!strcmp(tag, "as_tensor")) {
        *name = tni_json_text(value, "name");
        tni_pt2_tensor *t = tni_pt2_find(s, *name);
        return t ? tni_pt2_read(x, t) : NULL;
    }
    if (!strncmp(tag, "as_sym", 6) && *tni_json_text(value, "as_name"))
        return tni_pt2_sym_value(x, s, *name = tni_json_text(value, "as_name"));
    if (!strncmp(tag, "as_sym", 6)) value = tni_json_union(value, &tag);
    if (json_is_real(value)) return plain_number(x, s->graph, TN_F64, json_real_value(value));
    if (tni_json_int(value, &k))
        return plain_number(x, s->graph, json_is_boolean(value) ? TN_BOOL : TN_I64, (double)k);
    return NULL;
}

// An output has a name of its own, and a node that makes it.
static void add_output(tni_pt2 *x, tni_pt2_scope *s, tni_value *v, const char *name) {
    bool own = v->def && v->graph == s->graph && !tni_is_graph_output(v);
    tni_value *other = tni_value_find(s->graph, name);
    if (other && other != v && !other->is_input &&
        !tni_is_graph_output(other)) // the output's name comes first
        tni_pt2_rename(x, other, tni_arena_printf(&x->scratch, "%s.inner", name));
    if (!own) {
        tni_node *n;
        tni_new_node identity = {.op = "Identity", .nin = 1, .nout = 1, .in = &v, .outs = &name};
        if (tni_node_new(&n, s->graph, &identity, x->diags) != TN_OK) {
            x->errors++;
            return;
        }
        v = n->out[0];
    } else {
        tni_pt2_rename(x, v, name);
    }
    if (tni_graph_add_output(s->graph, v) != TN_OK) x->nomem = true;
}

static void read_outputs(tni_pt2 *x, tni_pt2_scope *s, const json_t *specs) {
    json_t *keys = output_keys(x);
    size_t user = 0;
    for (size_t i = 0; i < json_array_size(specs) && !x->nomem; i++) {
        const char *tag = "", *name;
        const json_t *spec = tni_json_union(json_array_get(specs, i), &tag);
        bool none;
        if (strcmp(tag, "user_output")) continue; // what is written: add_written
        const char *key = json_string_value(json_array_get(keys, user++));
        tni_value *v = output_value(x, s, json_object_get(spec, "arg"), &name, &none);
        if (none) continue;
        tni_unknowns_read(&x->unknown, v);
        if (v)
            add_output(x, s, v, key ? key : name);
        else if (!x->errors)
            tni_pt2_error(x, &(tn_diag){.tensor = name}, TN_INVALID, "is the file damaged?",
                          "nothing produces this output");
    }
    json_decref(keys);
}

// What an input that was written to, or state, holds at the end.
static void add_written(tni_pt2 *x, tni_pt2_scope *s, const char *arg) {
    const json_t *last = tni_pt2_last_value(x, arg);
    tni_pt2_tensor *t = tni_pt2_find(s, last ? tni_json_text(last, "name") : arg);
    tni_pt2_tensor *in = tni_pt2_find(s, arg);
    tni_value *v = t ? tni_pt2_read(x, t) : NULL;
    if (!v || !in || !in->first) return;
    const char *name = tni_arena_printf(&x->scratch, "%s.next", in->first->name);
    if (name)
        add_output(x, s, v, name);
    else
        x->nomem = true;
}

static void read_written(tni_pt2 *x, tni_pt2_scope *s, const json_t *signature) {
    const json_t *specs = json_object_get(signature, "input_specs");
    for (int state = 0; state < 2; state++) // in the order of the inputs
        for (size_t i = 0; i < json_array_size(specs) && !x->nomem; i++) {
            const char *tag = "";
            const json_t *arg = json_object_get(tni_json_union(json_array_get(specs, i), &tag), "arg");
            if (!strcmp(tag, "user_input")) arg = json_object_get(arg, "as_tensor");
            const char *name = tni_json_text(arg, "name");
            if (!strcmp(tag, "user_input") == !state && tni_pt2_is_written(x, name)) add_written(x, s, name);
        }
}

// ---- the whole

static tn_status read_program(tni_pt2 *x) {
    const json_t *module = json_object_get(x->program, "graph_module");
    const json_t *signature = json_object_get(module, "signature"),
                 *inputs = json_object_get(signature, "input_specs");
    tni_pt2_scope *s = tni_pt2_scope_new(x, NULL, x->graph, json_object_get(module, "graph"));
    if (!s || !tni_pt2_name_modules(x)) return TN_NOMEM;
    if (!json_is_array(json_object_get(s->json, "nodes")) || !json_is_array(inputs))
        return tni_pt2_error(x, NULL, TN_FORMAT, "was it saved by torch.export.save?",
                             "the program has no graph");
    if (!tni_pt2_find_written(x, s->json, signature)) return TN_NOMEM;
    read_inputs(x, s, inputs);
    tni_pt2_run_nodes(x, s);
    read_outputs(x, s, json_object_get(signature, "output_specs"));
    read_written(x, s, signature);
    tni_unknowns_tell(&x->unknown, x->diags);
    if (x->unknown.failed) x->nomem = true;
    if (!x->errors && !x->nomem) tni_pt2_read_samples(x);
    if (!x->graph->noutput && !x->errors && !x->nomem)
        tni_pt2_error(x, NULL, TN_INVALID, NULL, "the model has no outputs");
    return x->nomem ? TN_NOMEM : TN_OK;
}

static void finish(tni_pt2 *x) {
    for (tni_pt2_scope *s = x->scopes; s; s = s->next) {
        tni_map_free(&s->tensors);
        tni_map_free(&s->scalars);
    }
    tni_map_free(&x->members);
    tni_map_free(&x->symbols);
    tni_map_free(&x->written);
    tni_map_free(&x->containers);
    tni_map_free(&x->saved);
    json_decref(x->program);
    json_decref(x->weights);
    json_decref(x->constants);
    json_decref(x->defaults);
    json_decref(x->made);
    tni_arena_free(&x->scratch);
}

// The status of the last error that was told.
static tn_status last_status(const tn_diags *diags) {
    size_t n = tn_diags_count(diags);
    while (n && tn_diags_get(diags, n - 1)->severity != TN_ERROR) n--;
    return n ? tn_diags_get(diags, n - 1)->status : TN_INVALID;
}

tn_status tni_pt2_load(tn_graph **g, tn_env *env, const tni_file *file, const char *name,
                       const tn_load_options *options, tn_diags *diags) {
    tni_pt2 x = {.env = env, .diags = diags, .file = name};
    (void)options;
    tni_arena_init(&x.scratch, env);
    x.members.env = x.symbols.env = x.containers.env = x.saved.env = x.written.env = env;
    x.unknown.arena = &x.scratch;
    x.defaults = json_object();
    *g = NULL;
    tn_status status = x.defaults ? tni_graph_new(&x.graph, env, name) : TN_NOMEM;
    if (status == TN_OK) status = tni_pt2_open(&x, file->data, file->size);
    if (status == TN_OK) status = read_program(&x);
    if (status == TN_OK && x.errors) status = last_status(diags);
    if (status == TN_OK && x.graph->root->dims.status != TN_OK) status = x.graph->root->dims.status;
    if (status == TN_OK)
        *g = x.graph;
    else
        tn_graph_free(x.graph);
    finish(&x);
    return status;
}
