// SPDX-License-Identifier: Apache-2.0
// graph.c - the public functions on graphs.
#include "base/file.h"
#include "export/onnx.h"
#include "import/import.h"
#include "ir/text.h"
#include "pass/pass.h"
#include "plan/plan.h"
#include "plan/profile.h"

#include <string.h>

tn_status tn_graph_load(tn_graph **graph, tn_env *env, const char *path, const tn_load_options *options,
                        tn_diags *diags) {
    return tni_import_file(graph, env, path, options, diags);
}

tn_status tn_graph_load_memory(tn_graph **graph, tn_env *env, const void *data, size_t size, const char *name,
                               const char *folder, const tn_load_options *options, tn_diags *diags) {
    return tni_import_memory(graph, env, data, size, name, folder, options, diags);
}

tn_status tn_graph_parse(tn_graph **graph, tn_env *env, const char *text, const char *name, tn_diags *diags) {
    return tni_graph_parse(graph, env, text, strlen(text), name, diags);
}

tn_status tn_graph_save(tn_graph *graph, const char *path, bool external, tn_diags *diags) {
    return tni_onnx_save(graph, path, external, diags);
}

tn_status tn_graph_optimize(tn_graph *graph, const tn_pass_options *options, tn_diags *diags) {
    tn_status status = tni_graph_settle(graph); // as a build begins, for the same bits
    return status ? status : tni_passes_run(graph, options, diags);
}

size_t tn_graph_input_count(const tn_graph *g) { return g->ninput; }
size_t tn_graph_output_count(const tn_graph *g) { return g->noutput; }

size_t tn_graph_node_count(const tn_graph *g) {
    size_t count = g->nnodes;
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        for (size_t i = 0; (body = tni_next_body(n, &i));) count += tn_graph_node_count(body);
    }
    return count;
}

// Made when asked for: edits in between may have changed it.
static const tn_io *io_at(const tn_graph *g, size_t i) {
    g->root->io = tni_graph_io(g);
    return g->root->io ? &g->root->io[i] : NULL;
}

const tn_io *tn_graph_input(const tn_graph *g, size_t i) { return i < g->ninput ? io_at(g, i) : NULL; }
const tn_io *tn_graph_output(const tn_graph *g, size_t i) {
    return i < g->noutput ? io_at(g, g->ninput + i) : NULL;
}

typedef struct fixing { // symbols that an input's new shape gives a value
    const tn_type *old;
    const int64_t *dims;
} fixing;

static bool fixed(void *user, const char *symbol, tn_dim *value) {
    const fixing *f = user;
    for (int i = 0; i < f->old->rank; i++) {
        const char *name = tni_dim_symbol_name(f->old->dim[i]);
        if (name && f->dims[i] >= 0 && !strcmp(name, symbol)) return *value = tn_k(f->dims[i]), true;
    }
    return false;
}

static tn_status check_shape(const tn_type *type, int rank, const int64_t *dims, const char *input,
                             tn_diags *diags) {
    if (type->rank >= 0 && type->rank != rank)
        return tni_error(diags, TN_INVALID, "input '%s' has rank %d, the shape given has %d", input,
                         type->rank, rank);
    for (int i = 0; i < rank && type->rank >= 0; i++)
        if (!type->dim[i].e && dims[i] >= 0 && dims[i] != type->dim[i].k)
            return tni_error(diags, TN_INVALID,
                             "input '%s': dimension %d is fixed at %lld in the model, not %lld", input, i,
                             (long long)type->dim[i].k, (long long)dims[i]);
    return TN_OK;
}

tn_status tn_graph_set_shape(tn_graph *g, const char *input, int rank, const int64_t *dims, tn_diags *diags) {
    tni_value *v = tni_value_find(g, input);
    if (!v || !v->is_input || rank < 0 || rank > TN_MAX_RANK)
        return tni_error(diags, TN_INVALID, "the model has no input '%s' of rank %d", input, rank);
    tn_type old = v->info.type;
    TN_TRY(check_shape(&old, rank, dims, input, diags));
    TN_TRY(tni_profile_range(g, v, rank, dims, diags));
    if (old.rank < 0) {
        v->info.type.rank = rank;
        for (int i = 0; i < rank; i++)
            v->info.type.dim[i] = dims[i] < 0 ? tn_dim_fresh(&g->root->dims) : tn_k(dims[i]);
        return tni_graph_infer(g, diags);
    }
    fixing f = {&old, dims};
    for (size_t i = 0; i < g->ninput; i++) {
        tn_type *type = &g->input[i]->info.type;
        for (int d = 0; d < type->rank; d++)
            type->dim[d] = tni_dim_substitute(&g->root->dims, type->dim[d], fixed, &f);
    }
    return tni_graph_infer(g, diags);
}

tn_status tn_graph_set_value(tn_graph *g, const char *input, const tn_tensor *value, tn_diags *diags) {
    tni_value *v = tni_value_find(g, input);
    if (!v || !v->is_input || v->graph != g)
        return tni_error(diags, TN_INVALID, "the model has no input '%s'", input);
    if (value->kind != TN_TENSOR || v->info.type.kind != TN_TENSOR || value->dtype != v->info.type.dtype)
        return tni_error(diags, TN_INVALID, "input '%s' is %s, which the value is not", input,
                         tn_dtype_text(v->info.type.dtype));
    if (tni_is_graph_output(v))
        return tni_error(diags, TN_UNSUPPORTED, "input '%s' is an output too, and must stay one", input);
    TN_TRY(tn_graph_set_shape(g, input, value->rank, value->dim, diags));
    tn_tensor *copy = tni_tensor_copy(&g->root->arena, value);
    if (!copy || !tni_tensor_info(&v->info, &g->root->arena, copy)) return TN_NOMEM;
    size_t at = 0;
    while (g->input[at] != v) at++;
    memmove(&g->input[at], &g->input[at + 1], (--g->ninput - at) * sizeof *g->input);
    v->is_input = false;
    return tni_graph_infer(g, diags);
}
