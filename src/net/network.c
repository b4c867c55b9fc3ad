// SPDX-License-Identifier: Apache-2.0
// network.c - networks, their bodies, scopes and names, inputs, outputs and constants written out.
#include "net/net.h"

#include "ir/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- making and handing out

static tn_network *add_network(tni_net_root *root, tn_graph *g, tn_network *outer) {
    tn_network *net = tni_calloc(root->env, 1, sizeof *net);
    if (!net) return NULL;
    *net = (tn_network){root, g, root->all, outer, {.env = root->env}};
    root->all = net;
    return net;
}

static void free_root(tni_net_root *root) {
    tn_env *env = root->env;
    for (tn_network *net = root->all, *next; net; net = next) {
        next = net->next;
        tni_map_free(&net->known);
        tni_free(env, net);
    }
    tni_map_free(&root->taken);
    tni_map_free(&root->consts);
    tni_text_free(&root->type);
    tni_free(env, root);
}

tn_status tn_network_new(tn_network **net, tn_env *env, const char *name, tn_diags *diags) {
    if (!net || !env) return tni_error(diags, TN_INVALID, "a network needs an env, and a place to be put");
    tni_net_root *root = tni_calloc(env, 1, sizeof *root);
    if (!root) return TN_NOMEM;
    *root = (tni_net_root){
        .env = env, .diags = diags, .taken = {.env = env}, .consts = {.env = env}, .type = {.env = env}};
    tn_graph *g = NULL;
    tn_status status = tni_graph_new(&g, env, name);
    if (status == TN_OK && !(*net = add_network(root, g, NULL))) status = TN_NOMEM;
    if (status == TN_OK &&
        !(g->name = tni_arena_text(&g->root->arena, name ? name : "", name ? strlen(name) : 0)))
        status = TN_NOMEM;
    if (status == TN_OK) return TN_OK;
    tn_graph_free(g);
    free_root(root);
    return status;
}

void tn_network_free(tn_network *net) {
    if (!net) return;
    while (net->next) net = net->next; // the main one was made first
    tn_graph_free(net->graph);
    free_root(net->root);
}

tn_status tn_network_status(const tn_network *net) { return net ? net->root->status : TN_INVALID; }

tn_status tn_network_finish(tn_network *net, tn_graph **graph) {
    if (!net) return TN_INVALID;
    tni_net_root *r = net->root;
    if (r->status == TN_OK && !graph)
        return tni_net_fail(net, TN_INVALID, NULL, NULL, "tn_network_finish has no place for the graph");
    if (r->status == TN_OK && (!net->graph || net->graph->parent))
        return tni_net_fail(net, TN_INVALID, NULL, NULL, "only a main network is finished, and once");
    if (r->status == TN_OK && !net->graph->noutput)
        tni_net_fail(net, TN_INVALID, NULL, NULL, "it has no outputs: tn_output marks them");
    if (r->status == TN_OK && r->nscopes)
        tni_net_fail(net, TN_INVALID, NULL, NULL, "scope '%s' was not popped", r->scope);
    if (r->status != TN_OK) return r->status;
    *graph = net->graph;
    for (tn_network *each = r->all; each; each = each->next) each->graph = NULL;
    return TN_OK;
}

tn_network *tn_body(tn_network *net, const char *attribute, const char *name) {
    if (!tni_net_given(net, attribute, "a body has no attribute that it is made for")) return NULL;
    tn_graph *g = NULL;
    tn_network *body = NULL;
    if (tni_graph_new_body(&g, net->graph, attribute, name ? name : attribute) == TN_OK)
        body = add_network(net->root, g, net);
    if (!body) tni_net_fail(net, TN_NOMEM, NULL, NULL, "out of memory");
    return body;
}

// ---- failures

tn_status tni_net_fail(tn_network *net, tn_status status, const char *layer, const char *tensor,
                       const char *message, ...) {
    tni_net_root *r = net->root;
    if (r->status != TN_OK) return r->status;
    r->status = status;
    char source[512];
    snprintf(source, sizeof source, "%s:%d", r->site_file ? r->site_file : "", r->site_line);
    tn_diag d = {.severity = TN_ERROR, .status = status, .node = layer, .tensor = tensor};
    if (net->graph) d.file = net->graph->root->file;
    if (!layer && r->nscopes) d.node = r->scope;
    if (r->site_file) d.source = source;
    va_list args;
    va_start(args, message);
    tni_vdiag(r->diags, &d, message, args);
    va_end(args);
    return status;
}

bool tni_net_given(tn_network *net, const void *p, const char *what) {
    if (tni_net_stopped(net)) return false;
    if (!p) tni_net_fail(net, TN_INVALID, NULL, NULL, "%s: NULL was given", what);
    return p;
}

void tn_network_fail(tn_network *net, const char *message, ...) {
    if (!tni_net_given(net, message, "a failure has no message")) return;
    char text[512];
    va_list args;
    va_start(args, message);
    vsnprintf(text, sizeof text, message, args);
    va_end(args);
    tni_net_fail(net, TN_INVALID, NULL, NULL, "%s", text);
}

// ---- scopes and names

// Blocks push the name that they were given.
static bool names_nothing(const char *path, va_list given) {
    va_list args;
    va_copy(args, given);
    bool nothing = !strncmp(path, "%s", 2) && !va_arg(args, const char *);
    va_end(args);
    return nothing;
}

void tn_scope_push(tn_network *net, const char *path, ...) {
    if (!tni_net_given(net, path, "a scope has no path")) return;
    tni_net_root *r = net->root;
    size_t end = strlen(r->scope), at = end;
    if (r->nscopes == TNI_NET_SCOPES) {
        tni_net_fail(net, TN_LIMIT, NULL, NULL, "scopes are nested deeper than %d", TNI_NET_SCOPES);
        return;
    }
    if (at && at + 1 < sizeof r->scope) r->scope[at++] = '.';
    va_list args;
    va_start(args, path);
    int n = 0;
    if (names_nothing(path, args))
        tni_net_given(net, NULL, "a scope, or the block that makes it, has no name");
    else
        n = vsnprintf(r->scope + at, sizeof r->scope - at, path, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof r->scope - at)
        tni_net_fail(net, TN_LIMIT, NULL, NULL, "a scope's path is longer than %d", TNI_NET_PATH);
    if (!n) r->scope[end] = 0; // an empty path adds nothing
    r->scope_end[r->nscopes++] = end;
}

void tn_scope_pop(tn_network *net) {
    if (tni_net_stopped(net)) return;
    tni_net_root *r = net->root;
    if (!r->nscopes)
        tni_net_fail(net, TN_INVALID, NULL, NULL, "tn_scope_pop without a tn_scope_push before it");
    else
        r->scope[r->scope_end[--r->nscopes]] = 0;
}

const char *tn_scope(const tn_network *net) { return net ? net->root->scope : ""; }

void tn_site_push(tn_network *net, const char *file, int line) {
    if (tni_net_stopped(net)) return;
    if (net->root->nsites++) return;
    net->root->site_file = file;
    net->root->site_line = line;
}

void tn_site_pop(tn_network *net) {
    if (tni_net_stopped(net) || !net->root->nsites || --net->root->nsites) return;
    net->root->site_file = NULL;
}

const char *tni_net_source(tn_network *net, const tn_site *site) {
    const tni_net_root *r = net->root;
    return tni_arena_printf(tni_net_arena(net), "%s:%d", r->site_file ? r->site_file : site->file,
                            r->site_file ? r->site_line : site->line);
}

char *tni_net_path(tn_network *net, const char *name) {
    const char *scope = net->root->scope;
    if (*name == '/') return tni_arena_text(tni_net_arena(net), name + 1, strlen(name + 1));
    size_t n = strlen(scope);
    for (; !strncmp(name, "../", 3); name += 3) {
        while (n && scope[n - 1] != '.') n--;
        if (n) n--;
    }
    return tni_arena_printf(tni_net_arena(net), "%.*s%s%s", (int)n, scope, n && *name ? "." : "", name);
}

const char *tni_unique_name(tni_map *taken, tni_arena *a, const char *path) {
    size_t *count = tni_map_get(taken, path, strlen(path));
    const char *made = path;
    while (count) { // "relu_1" may be somebody's own name
        made = tni_arena_printf(a, "%s_%zu", path, (*count)++);
        if (!made) return NULL;
        if (!tni_map_get(taken, made, strlen(made))) break;
    }
    made = tni_arena_text(a, made, strlen(made));
    count = tni_arena_alloc(a, sizeof *count);
    if (!made || !count || !tni_map_set(taken, made, strlen(made), count)) return NULL;
    *count = 1;
    return made;
}

const char *tni_net_unique(tn_network *net, const char *path) {
    return tni_unique_name(&net->root->taken, tni_net_arena(net), path);
}

const char *tn_path(tn_network *net, const char *format, ...) {
    if (!tni_net_given(net, format, "a path has no format")) return "";
    char text[TNI_NET_PATH];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *path =
        n >= 0 && n < TNI_NET_PATH ? tni_arena_text(tni_net_arena(net), text, (size_t)n) : NULL;
    if (!path) tni_net_fail(net, TN_LIMIT, NULL, NULL, "a path is too long, or there is no memory for it");
    return path ? path : "";
}

// ---- inputs and outputs

tn_value *tn_input(tn_network *net, const char *name, const char *type) {
    if (!tni_net_given(net, name, "an input has no name")) return NULL;
    if (!tni_net_given(net, type, "an input has no type")) return NULL;
    tn_type t;
    tn_status status = tni_type_parse(net->graph, type, &t, net->root->diags);
    if (status != TN_OK) {
        tni_net_fail(net, status, NULL, name, "input '%s' has no type that can be read: '%s'", name, type);
        return NULL;
    }
    if (tni_map_get(&net->graph->names, name, strlen(name))) {
        tni_net_fail(net, TN_INVALID, NULL, name, "there is a value '%s' already", name);
        return NULL;
    }
    tni_value *v = tni_value_new(net->graph, name, &t);
    if (v && tni_graph_add_input(net->graph, v) == TN_OK) return v;
    tni_net_fail(net, TN_NOMEM, NULL, name, "out of memory");
    return NULL;
}

// A value in the middle gives way to an output that wants its name.
static bool rename_output(tni_value *v, const char *name) {
    tni_value *other = tni_value_find(v->graph, name);
    if (other && other != v && other->graph == v->graph && !other->is_input && !tni_is_graph_output(other)) {
        const char *made = tni_arena_printf(&v->graph->root->arena, "%s.%u", name, ++v->graph->root->fresh);
        if (!made || !tni_value_rename(other, made)) return false;
    }
    return tni_value_rename(v, name);
}

// Inputs and constants keep their names: an output of another name is a copy.
static tni_value *copy_value(tn_network *net, tni_value *value, const char *name) {
    tni_node *n = NULL;
    tni_new_node copy = {.op = "Identity", .name = name, .nin = 1, .nout = 1, .in = &value, .outs = &name};
    tn_status s = tni_node_new(&n, net->graph, &copy, net->root->diags);
    if (s != TN_OK) return tni_net_fail(net, s, NULL, name, "it cannot be an output"), NULL;
    return n->out[0];
}

tn_value *tn_output(tn_network *net, tn_value *value, const char *name) {
    if (tni_net_stopped(net)) return NULL;
    if (!value) {
        tni_net_fail(net, TN_INVALID, NULL, name, "output '%s' is no value", name ? name : "");
        return NULL;
    }
    if (name && strcmp(name, value->name)) {
        bool own = value->def && value->graph == net->graph && !tni_is_graph_output(value);
        if (!own && !(value = copy_value(net, value, name))) return NULL;
        if (own && !rename_output(value, name)) {
            tni_net_fail(net, TN_INVALID, NULL, name, "there is an input or output '%s' already", name);
            return NULL;
        }
    }
    if (tni_graph_add_output(net->graph, value) == TN_OK) return value;
    tni_net_fail(net, TN_NOMEM, NULL, name, "out of memory");
    return NULL;
}

// ---- what is said of inputs

void tn_open_size(tn_network *net, const char *name, int64_t usual, int64_t least, int64_t most) {
    if (!tni_net_given(net, name, "an open size has no name")) return;
    tni_size size = {name, usual, least, most};
    if (!tni_graph_set_size(net->graph, &size))
        tni_net_fail(net, TN_INVALID, NULL, NULL,
                     "size '%s': %lld, from %lld to %lld, is no range, or no input has this size", name,
                     (long long)usual, (long long)least, (long long)most);
}

// NULL: the type leaves sizes open, or there is no memory, which the network then says.
static const tn_tensor *zeros_like(tn_network *net, const char *name, const tn_type *type) {
    int64_t dims[TN_MAX_RANK];
    for (int i = 0; i < type->rank; i++) dims[i] = type->dim[i].e ? -1 : type->dim[i].k;
    size_t bytes;
    if (type->kind != TN_TENSOR || !tni_tensor_size(type->dtype, type->rank, dims, &bytes)) return NULL;
    tn_tensor *t = tni_tensor_new(tni_net_arena(net), type->dtype, type->rank, dims);
    if (!t) return tni_net_fail(net, TN_NOMEM, NULL, name, "out of memory"), NULL;
    memset(t->data, 0, t->bytes);
    return t;
}

static bool is_state(const tn_graph *g, const char *input) {
    size_t output;
    for (size_t i = 0; i < g->ninput; i++)
        if (!strcmp(g->input[i]->name, input) && tni_graph_state(g, i, &output)) return true;
    return false;
}

void tn_state(tn_network *net, const char *input, const char *output, tn_value *first) {
    if (!tni_net_given(net, input, "state has no input")) return;
    if (!tni_net_given(net, output, "state has no output that follows it")) return;
    tni_value *v = tni_map_get(&net->graph->names, input, strlen(input));
    const tn_tensor *begin = first ? tni_constant(first) : v ? zeros_like(net, input, &v->info.type) : NULL;
    if (tni_net_stopped(net)) return;
    if (begin && tni_graph_give(net->graph, input, output, begin) != TN_OK)
        tni_net_fail(net, TN_NOMEM, NULL, input, "out of memory");
    else if (!begin || !is_state(net->graph, input))
        tni_net_fail(net, TN_INVALID, NULL, input,
                     "'%s' cannot be state that '%s' follows: an input, an output and what it begins with "
                     "have to be of one type without open sizes",
                     input, output);
}

// ---- constants

tni_value *tni_net_constant(tn_network *net, const char *path, const tn_tensor *t) {
    tni_value *v = path && t ? tni_value_const(net->graph, path, t) : NULL;
    if (v && !tni_map_set(&net->root->consts, path, strlen(path), v)) v = NULL;
    if (!v) tni_net_fail(net, TN_NOMEM, NULL, NULL, "out of memory");
    return v;
}

static const char *constant_name(tn_network *net, const char *name) {
    char *path = tni_net_path(net, name ? name : "const");
    return path ? tni_net_unique(net, path) : NULL;
}

tn_value *tn_const(tn_network *net, const char *name, const char *text) {
    if (!tni_net_given(net, text, "a constant has no text")) return NULL;
    const tn_tensor *t = NULL;
    tn_status status = tni_tensor_parse(net->graph, text, &t, net->root->diags);
    if (status != TN_OK) {
        tni_net_fail(net, status, NULL, name, "a constant cannot be read: '%.40s'", text);
        return NULL;
    }
    return tni_net_constant(net, constant_name(net, name), t);
}

const tn_tensor *tn_literal(tn_network *net, const char *text) {
    if (!tni_net_given(net, text, "a tensor has no text")) return NULL;
    const tn_tensor *t = NULL;
    tn_status status = tni_tensor_parse(net->graph, text, &t, net->root->diags);
    if (status != TN_OK) tni_net_fail(net, status, NULL, NULL, "a tensor cannot be read: '%.40s'", text);
    return status == TN_OK ? t : NULL;
}

static bool is_type(tn_network *net, tn_dtype dtype) {
    if (tni_net_stopped(net)) return false;
    if (dtype > TN_UNDEFINED && dtype < TN_DTYPE_COUNT) return true;
    return tni_net_fail(net, TN_INVALID, NULL, NULL, "%d is no element type of a constant", (int)dtype),
           false;
}

tn_value *tn_const_data(tn_network *net, const char *name, tn_dtype dtype, int rank, const int64_t *dims,
                        const void *data) {
    if (!is_type(net, dtype)) return NULL;
    size_t bytes;
    if (rank < 0 || rank > TN_MAX_RANK || (rank && !dims) || !tni_tensor_size(dtype, rank, dims, &bytes)) {
        tni_net_fail(net, TN_INVALID, NULL, name, "a constant of rank %d and this type has no size", rank);
        return NULL;
    }
    if (bytes && !tni_net_given(net, data, "a constant has no data")) return NULL;
    tn_tensor view = {.kind = TN_TENSOR, .dtype = dtype, .rank = rank, .bytes = bytes};
    if (rank) memcpy(view.dim, dims, (size_t)rank * sizeof *dims);
    view.data = tni_mutable(data);
    return tni_net_constant(net, constant_name(net, name), tni_tensor_copy(tni_net_arena(net), &view));
}

tn_value *tn_scalar(tn_network *net, tn_dtype dtype, double value) {
    if (!is_type(net, dtype)) return NULL;
    if (dtype == TN_STRING)
        return tni_net_fail(net, TN_INVALID, NULL, NULL, "a scalar is a number, not a text"), NULL;
    tn_tensor *t = tni_tensor_new(tni_net_arena(net), dtype, 0, NULL);
    if (t) tni_set(t, 0, value);
    return tni_net_constant(net, constant_name(net, NULL), t);
}

tn_value *tn_vector(tn_network *net, size_t count, const int64_t *values) {
    return tn_const_data(net, NULL, TN_I64, 1, (int64_t[]){(int64_t)count}, values);
}

// ---- what is known

const char *tn_value_name(const tn_value *v) { return v ? v->name : ""; }
tn_dtype tn_value_dtype(const tn_value *v) { return v ? v->info.type.dtype : TN_UNDEFINED; }
int tn_value_rank(const tn_value *v) { return v ? v->info.type.rank : -1; }

int64_t tn_value_dim(const tn_value *v, int axis) {
    int rank = tn_value_rank(v);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank || v->info.type.dim[axis].e) return -1;
    return v->info.type.dim[axis].k;
}

const char *tn_value_type(tn_network *net, const tn_value *v) {
    if (!v || !net) return "";
    tni_text *t = &net->root->type;
    tni_text_free(t);
    tni_type_print(t, &v->info.type);
    return t->failed || !t->data ? "" : t->data;
}
