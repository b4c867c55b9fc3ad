// SPDX-License-Identifier: Apache-2.0
// onnx.h - ONNX's messages as plain structs over the mapped file, and what turns them into a graph.
//
//     file --onnx_message--> tni_onnx_model --onnx_graph--> tn_graph
//
// The structs say what the file says and nothing more: text and data stay in the file, numbers of tensors are
// not even looked at. Parse functions add to the struct they get, which is how protobuf merges a message that
// was written in several pieces. All of it lives in one scratch arena that goes when the import is over.
#ifndef TN_IMPORT_ONNX_H
#define TN_IMPORT_ONNX_H

#include "base/file.h"
#include "import/wire.h"
#include "ir/graph.h"

// ---- messages

typedef struct tni_onnx_body { // one piece of a TensorProto, kept for when its numbers are wanted
    tni_wire wire;
    struct tni_onnx_body *next;
} tni_onnx_body;

typedef struct tni_onnx_tensor {
    tn_str name, raw, location, offset, length; // text NULL: not given
    int64_t dtype, dim[TN_MAX_RANK];
    size_t rank; // may be more than TN_MAX_RANK: then refused
    bool external;
    tni_onnx_body *body;
    struct tni_onnx_tensor *next;
} tni_onnx_tensor;

typedef struct tni_onnx_sparse {
    tni_onnx_tensor values, indices;
    int64_t dim[TN_MAX_RANK];
    size_t rank;
    struct tni_onnx_sparse *next;
} tni_onnx_sparse;

typedef struct tni_onnx_dim {
    enum { TNI_DIM_UNKNOWN, TNI_DIM_VALUE, TNI_DIM_PARAM } kind;
    int64_t value;
    tn_str param;
} tni_onnx_dim;

typedef struct tni_onnx_type {
    // TypeProto's field numbers.
    enum {
        TNI_TYPE_NONE = 0,
        TNI_TYPE_TENSOR = 1,
        TNI_TYPE_SEQUENCE = 4,
        TNI_TYPE_MAP = 5,
        TNI_TYPE_OPAQUE = 7,
        TNI_TYPE_SPARSE = 8,
        TNI_TYPE_OPTIONAL = 9
    } kind;
    int64_t dtype;
    bool has_shape;
    size_t rank;
    tni_onnx_dim *dim;
    struct tni_onnx_type *item; // of a sequence or optional; of a map: its values
    int64_t key;                // of a map: the element type of its keys
} tni_onnx_type;

typedef struct tni_onnx_value { // ValueInfoProto
    tn_str name;
    tni_onnx_type *type;
    struct tni_onnx_value *next;
} tni_onnx_value;

enum { // AttributeProto.AttributeType
    TNI_ONNX_FLOAT = 1,
    TNI_ONNX_INT,
    TNI_ONNX_STRING,
    TNI_ONNX_TENSOR,
    TNI_ONNX_GRAPH,
    TNI_ONNX_FLOATS,
    TNI_ONNX_INTS,
    TNI_ONNX_STRINGS,
    TNI_ONNX_TENSORS,
    TNI_ONNX_GRAPHS,
    TNI_ONNX_SPARSE,
    TNI_ONNX_SPARSES,
    TNI_ONNX_TYPE,
    TNI_ONNX_TYPES
};

typedef struct tni_onnx_attr {
    tn_str name, ref; // ref: the attribute of the function that gives the value
    int64_t type;
    float f;
    int64_t i;
    tn_str s;
    tni_onnx_tensor *t;
    struct tni_onnx_graph *g;
    tni_onnx_type *tp;
    tni_onnx_sparse *sparse;
    float *floats;
    int64_t *ints;
    tn_str *strings;
    size_t nfloats, nints, nstrings;
    struct tni_onnx_attr *next;
} tni_onnx_attr;

typedef struct tni_onnx_node {
    tn_str name, op, domain, overload, doc, stack, scopes; // stack: PyTorch's traceback; scopes: its modules
    tn_str *in, *out;
    size_t nin, nout;
    tni_onnx_attr *attrs;
    struct tni_onnx_node *next;
} tni_onnx_node;

typedef struct tni_onnx_graph {
    tn_str name;
    tni_onnx_node *nodes;
    tni_onnx_tensor *initializers;
    tni_onnx_sparse *sparse;
    tni_onnx_value *inputs, *outputs, *values;
    size_t nnodes;
    // Where the next of each list goes.
    tni_onnx_node **node_end;
    tni_onnx_tensor **initializer_end;
    tni_onnx_sparse **sparse_end;
    tni_onnx_value **input_end, **output_end, **value_end;
} tni_onnx_graph;

typedef struct tni_onnx_opset {
    tn_str domain;
    int64_t version;
    struct tni_onnx_opset *next;
} tni_onnx_opset;

typedef struct tni_onnx_function {
    tn_str name, domain, overload;
    tn_str *in, *out;
    size_t nin, nout;
    tni_onnx_attr *defaults; // of its attributes
    tni_onnx_graph body;     // nodes and value_info only
    tni_onnx_opset *opsets;
    bool sorted;
    struct tni_onnx_function *next;
} tni_onnx_function;

typedef struct tni_onnx_model {
    int64_t ir_version;
    tn_str producer;
    tni_onnx_opset *opsets;
    bool has_graph;
    tni_onnx_graph graph;
    tni_onnx_function *functions, **function_end;
} tni_onnx_model;

// Each adds what `w` says. False: a fault (in w->fault), or out of memory when there is none.
bool tni_onnx_parse_model(tni_onnx_model *m, tni_arena *a, tni_wire w);
bool tni_onnx_parse_tensor(tni_onnx_tensor *t, tni_arena *a, tni_wire w);
bool tni_onnx_parse_type(tni_onnx_type *t, tni_arena *a, tni_wire w);
bool tni_onnx_parse_attr(tni_onnx_attr *attr, tni_arena *a, tni_wire w);
// A list of texts that lie in `field` of a message.
bool tni_onnx_parse_texts(tni_arena *a, tni_wire w, uint32_t field, tn_str **texts, size_t *count);

// "train.py:88": the innermost line of the user's own in an exporter's traceback; NULL when there is none.
const char *tni_onnx_source(tni_arena *a, tn_str stack, tn_str doc);
// The innermost module's path in "['', 'layer1', 'layer1.0', 'conv2d_1']", whose last entry is the node
// itself.
const char *tni_onnx_module(tni_arena *a, tn_str scopes);

// ---- data

// External files already mapped, or why not.
typedef struct tni_onnx_external {
    tni_file file;
    tn_status status;
} tni_onnx_external;

// Where tensors' numbers come from and go to.
typedef struct tni_onnx_data {
    tn_env *env;
    tni_arena *scratch;
    tni_arena *arena; // results
    tn_graph *graph;  // keeps external files open; NULL: external data is refused
    const char *folder;
    bool follow;
    tni_map external; // location -> tni_onnx_external
    tn_diags *diags;
} tni_onnx_data;

// A tensor's numbers: a view on the file where they are aligned for their type, else a copy in the arena.
// `where` says whose they are, for messages.
tn_status tni_onnx_decode(tni_onnx_data *d, const tni_onnx_tensor *t, const tn_diag *where, tn_tensor **to);
tn_status tni_onnx_decode_sparse(tni_onnx_data *d, const tni_onnx_sparse *t, const tn_diag *where,
                                 tn_tensor **to);
// The bytes of a tensor that lie in another file; exactly `size` of them.
tn_status tni_onnx_external_bytes(tni_onnx_data *d, const tni_onnx_tensor *t, size_t size,
                                  const tn_diag *where, tn_str *bytes);
// An error about `where`; the hint may be NULL.
tn_status tni_onnx_fail(tn_diags *diags, const tn_diag *where, tn_status status, const char *hint,
                        const char *message, ...) TN_PRINTF(5, 6);

#endif
