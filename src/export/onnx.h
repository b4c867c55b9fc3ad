// SPDX-License-Identifier: Apache-2.0
// onnx.h - the state of writing one ONNX model, shared by the files that turn a tn_graph into ONNX's
// messages.
#ifndef TN_EXPORT_ONNX_H
#define TN_EXPORT_ONNX_H

#include "export/proto.h"
#include "ir/graph.h"

typedef struct tni_onnx_domain {
    const char *name;
    int version;
} tni_onnx_domain;

typedef struct tni_onnx_out {
    tni_arena a;
    tn_graph *graph;
    tn_diags *diags;
    // Weights in a file beside the model: its name in the model, and where in it the next one goes.
    bool external;
    const char *data_name;
    tni_save data;
    uint64_t data_at;
    tni_onnx_domain domain[16]; // of operators other than ONNX's own
    size_t domains;
    tni_map nodes;  // names that nodes have
    int opset;      // needed so far
    unsigned fresh; // names made
} tni_onnx_out;

enum { TNI_ONNX_BASE_OPSET = 21 }; // what is written when nothing needs a newer one

// onnx_tensor.c
tn_status tni_onnx_put_tensor(tni_onnx_out *o, tni_proto *to, unsigned field, const char *name,
                              const tn_tensor *t, bool may_be_external);
tni_proto tni_onnx_type(tni_onnx_out *o, const tn_type *t);                                  // TypeProto
void tni_onnx_put_value(tni_onnx_out *o, tni_proto *to, unsigned field, const tni_value *v); // ValueInfoProto
// onnx_opset.c: counts what a node needs; false when ONNX has no such operator.
bool tni_onnx_need(tni_onnx_out *o, const tni_node *n);
bool tni_onnx_is_written_out(const tni_node *n); // a newer operator as several older ones
// onnx_dims.c: puts ONNX's own operators in the place of tn.Dims.
tn_status tni_onnx_lower_dims(tn_graph *g, tn_diags *diags);
// onnx_fused.c: the same for tn.Conv, tn.Gemm, tn.Normalize and tn.SoftmaxSum.
tn_status tni_onnx_lower_fused(tn_graph *g, tn_diags *diags);
// onnx_graph.c
tn_status tni_onnx_put_graph(tni_onnx_out *o, tni_proto *to, unsigned field, const tn_graph *g);
// onnx.c
tn_status tni_onnx_save(tn_graph *g, const char *path, bool external, tn_diags *diags);

#endif
