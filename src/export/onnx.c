// SPDX-License-Identifier: Apache-2.0
// onnx.c - a graph as an ONNX model in a file: ModelProto, and where the weights go. Protobuf ends at 2 GiB;
// a larger model has its weights in a file beside it, which appears first.
#include "export/onnx.h"

#include <string.h>

static const int64_t largest_message = (INT64_C(1) << 31) - (1 << 20);

// The IR version that came with an opset.
static int ir_version(int opset) {
    static const struct { int opset, ir; } rows[] = {{22, 10}, {23, 11}, {24, 12}, {27, 13}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (opset <= rows[i].opset) return rows[i].ir;
    return 14;
}

static void put_opset(tni_onnx_out *o, tni_proto *model, const char *domain, int version) {
    tni_proto p = tni_proto_new(&o->a);
    tni_proto_text(&p, 1, domain);
    tni_proto_int(&p, 2, version);
    tni_proto_message(model, 8, &p);
}

// ModelProto: ir_version 1, producer_name 2, producer_version 3, graph 7, opset_import 8. The producer stays
// PyTorch where it was: it decides what ONNX leaves open.
static tn_status make_model(tni_onnx_out *o, tni_proto *model) {
    tni_proto graph = tni_proto_new(&o->a);
    o->opset = TNI_ONNX_BASE_OPSET;
    tni_map_clear(&o->nodes);
    TN_TRY(tni_onnx_put_graph(o, &graph, 7, o->graph));
    tni_proto_int(model, 1, ir_version(o->opset));
    tni_proto_text(model, 2, o->graph->root->pytorch ? "pytorch" : "tenon");
    tni_proto_text(model, 3, TN_VERSION);
    put_opset(o, model, "", o->opset);
    for (size_t i = 0; i < o->domains; i++) put_opset(o, model, o->domain[i].name, o->domain[i].version);
    tni_proto_join(model, &graph);
    return model->failed ? TN_NOMEM : TN_OK;
}

// "model.onnx.data", beside the model.
static tn_status open_data(tni_onnx_out *o, const char *path) {
    const char *file = tni_arena_printf(&o->a, "%s.data", path), *slash = file ? strrchr(file, '/') : NULL;
    if (!file) return TN_NOMEM;
    o->data_name = slash ? slash + 1 : file;
    TN_TRY(tni_save_begin(&o->data, o->graph->root->env, file, o->diags));
    o->external = true;
    return TN_OK;
}

static tn_status write_model(tni_onnx_out *o, const tni_proto *model, const char *path) {
    tni_save to;
    if ((int64_t)model->size > largest_message)
        return tni_error(o->diags, TN_LIMIT, "cannot write '%s': even without weights it has more than 2 GiB",
                         path);
    TN_TRY(tni_save_begin(&to, o->graph->root->env, path, o->diags));
    tni_proto_write(model, &to);
    return tni_save_end(&to, o->diags);
}

static tn_status write_external(tni_onnx_out *o, const char *path) {
    tni_proto model = tni_proto_new(&o->a);
    TN_TRY(open_data(o, path));
    tn_status status = make_model(o, &model);
    if (status != TN_OK) o->data.status = status; // then nothing appears
    tn_status saved = tni_save_end(&o->data, o->diags);
    if (status == TN_OK) status = saved;
    return status == TN_OK ? write_model(o, &model, path) : status;
}

static tn_status write_any(tni_onnx_out *o, const char *path, bool external) {
    tni_proto model = tni_proto_new(&o->a);
    TN_TRY(tni_onnx_lower_dims(o->graph, o->diags));
    TN_TRY(tni_onnx_lower_fused(o->graph, o->diags));
    TN_TRY(tni_graph_align(o->graph));
    if (external) return write_external(o, path);
    TN_TRY(make_model(o, &model));
    return (int64_t)model.size > largest_message ? write_external(o, path) : write_model(o, &model, path);
}

tn_status tni_onnx_save(tn_graph *g, const char *path, bool external, tn_diags *diags) {
    tni_onnx_out o = {.graph = g, .diags = diags, .nodes.env = g->root->env};
    tni_arena_init(&o.a, g->root->env);
    tn_status status = write_any(&o, path, external);
    tni_map_free(&o.nodes);
    tni_arena_free(&o.a);
    return status;
}
