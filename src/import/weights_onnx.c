// SPDX-License-Identifier: Apache-2.0
// weights_onnx.c - an ONNX model's initializers as named tensors; the network is not looked at.
#include "import/onnx.h"
#include "import/weights.h"

#include <string.h>

static void release(tn_weights *w) {
    tni_onnx_data *d = w->reader;
    tni_map_free(&d->external);
    tn_graph_free(d->graph);
}

static tn_status make_initializer(tn_weights *w, const tni_weight *row, tni_arena *to, tn_tensor **t,
                                  tn_diags *diags) {
    tni_onnx_data *d = w->reader;
    tn_diag where = {.file = w->path, .tensor = row->info.name};
    d->arena = to;
    d->diags = diags;
    return tni_onnx_decode(d, row->source, &where, t);
}

static tn_status add_initializer(tn_weights *w, const tni_onnx_tensor *t, tn_diags *diags) {
    const char *name = tni_arena_text(&w->arena, t->name.text, t->name.size);
    tni_weight *row;
    if (!name) return TN_NOMEM;
    if (t->rank > TN_MAX_RANK) return tni_weights_left_out(w, name, "it has too many dimensions", diags);
    if (t->dtype <= TN_UNDEFINED || t->dtype >= TN_DTYPE_COUNT || t->dtype == TN_STRING)
        return tni_weights_left_out(w, name, "it holds no numbers", diags);
    TN_TRY(tni_weights_add(w, name, (tn_dtype)t->dtype, (int)t->rank, t->dim, &row, diags));
    row->make = make_initializer;
    row->source = t;
    return TN_OK;
}

// External data lies beside the model.
static tn_status open_data(tn_weights *w, const char *path) {
    tni_onnx_data *d = tni_arena_zalloc(&w->arena, sizeof *d);
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + (slash == path) : 0;
    if (!d || !(d->folder = tni_arena_text(&w->arena, path, n))) return TN_NOMEM;
    d->env = d->external.env = w->env;
    d->scratch = &w->arena;
    TN_TRY(tni_graph_new(&d->graph, w->env, path));
    w->reader = d;
    w->close = release;
    return TN_OK;
}

tn_status tni_onnx_weights(tn_weights *w, const tni_file *f, const char *path, tn_diags *diags) {
    tni_onnx_model model = {0};
    tni_wire_fault fault = {0};
    w->format = "ONNX";
    bool read = tni_onnx_parse_model(&model, &w->arena, tni_wire_open(f->data, f->size, &fault));
    if (!read && !fault.what) return TN_NOMEM;
    if (!read || !model.has_graph)
        return tni_error(diags, TN_UNSUPPORTED,
                         "'%s' is no weight file: none of safetensors, PyTorch's, .npz, .npy, .wts and ONNX",
                         path);
    TN_TRY(open_data(w, path));
    for (const tni_onnx_tensor *t = model.graph.initializers; t; t = t->next)
        TN_TRY(add_initializer(w, t, diags));
    for (const tni_onnx_sparse *t = model.graph.sparse; t; t = t->next) {
        const char *name = tni_arena_text(&w->arena, t->values.name.text, t->values.name.size);
        if (!name) return TN_NOMEM;
        tni_weights_left_out(w, name, "it is sparse", diags);
    }
    return TN_OK;
}
