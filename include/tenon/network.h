// SPDX-License-Identifier: Apache-2.0
// tenon/network.h - a network written by hand, layer by layer, in C. What comes out is a tn_graph like any
// other. The layers themselves are in tenon/layers.h (one function per operator, made from the operators'
// definitions); blocks with PyTorch's names and parameters are in tenon/nn.h.
//
//     tn_value *x = tn_input(net, "x", "f32[N,3,224,224]");
//     tn_value *h = tn_conv(net, x, tn_weight(net, "stem.weight", NULL), .strides = tn_ints(2, 2));
//     tn_output(net, tn_relu(net, h), "y");
//     tn_network_finish(net, &graph);
//
// The first call that fails is recorded, with the layer's name and the line of the source; from then on every
// call returns NULL and does nothing, and tn_network_finish returns the failure. No call needs a check.
// The functions of one network are for one thread at a time.
#ifndef TENON_NETWORK_H
#define TENON_NETWORK_H

#include "tenon.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tn_network tn_network;
typedef struct tni_value tn_value; // a tensor of the network; lives as long as the network's graph

// `name` is the graph's. `diags` (may be NULL) must outlive the network.
TN_API tn_status tn_network_new(tn_network **net, tn_env *env, const char *name, tn_diags *diags);
TN_API void tn_network_free(tn_network *net);
// Hands the graph out, which the caller then owns; the network is spent. The first failure if there was one.
TN_API tn_status tn_network_finish(tn_network *net, tn_graph **graph);
TN_API tn_status tn_network_status(const tn_network *net); // TN_OK until a call has failed
// Records a failure of the caller's own, at the scope in force: blocks written on top use it.
TN_API void tn_network_fail(tn_network *net, const char *message, ...) TN_PRINTF(2, 3);

// ----------------------------------------------------------------------------------- what goes in and out

// An input. `type` is written as in the text form: "f32[N,3,H,W]", "i64[]", "seq(f32[?])". A name that
// occurs twice means the same size; "?" beside other dimensions is one that nothing is known of.
TN_API tn_value *tn_input(tn_network *net, const char *name, const char *type);
// Makes any value an output, under `name` (NULL: its own). Returns it.
TN_API tn_value *tn_output(tn_network *net, tn_value *value, const char *name);
// What is known of a size whose name the type of an input has (0: it is not): what kernels are chosen for,
// and the least and the most that a run may bring.
TN_API void tn_open_size(tn_network *net, const char *name, int64_t usual, int64_t least, int64_t most);
// Makes an input state: where a run brings none, it is what `output` was in the last run, and before the
// first `first`, a constant of its type (NULL: zeros). All three are of one type, without open sizes.
TN_API void tn_state(tn_network *net, const char *input, const char *output, tn_value *first);
// A constant written out: "f32[2] = {1, 0.5}", "i64[3] = {0...}". `name` may be NULL.
TN_API tn_value *tn_const(tn_network *net, const char *name, const char *text);
// A constant from memory, which is copied.
TN_API tn_value *tn_const_data(tn_network *net, const char *name, tn_dtype dtype, int rank,
                               const int64_t *dims, const void *data);
// A tensor that is an attribute and no value, written as for tn_const; it lives as long as the graph.
TN_API const tn_tensor *tn_literal(tn_network *net, const char *text);
TN_API tn_value *tn_scalar(tn_network *net, tn_dtype dtype, double value);        // rank 0
TN_API tn_value *tn_vector(tn_network *net, size_t count, const int64_t *values); // i64[count]
// An i64 vector of numbers that sizes of inputs come to, when it runs: tn_sizes(net, "N, 2*H, 64"), where the
// types of inputs name N and H. tn_reshape(net, x, tn_sizes(net, "4*N, 49, 384")).
#define tn_sizes(net, text) tn_sizes_at(TN_SITE_(""), net, text)
// An i64 vector from its elements: tn_index(net, 1, -1, 64).
#define tn_index(net, ...) \
    tn_vector(net, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (const int64_t[]){__VA_ARGS__})

// ------------------------------------------------------------------------------------------ names, scopes

// A module path in force until it is popped: layers and weights are named below it, as PyTorch names them
// ("layer1.0" then "conv1" is layer1.0.conv1, its weight layer1.0.conv1.weight).
TN_API void tn_scope_push(tn_network *net, const char *path, ...) TN_PRINTF(2, 3);
TN_API void tn_scope_pop(tn_network *net);
TN_API const char *tn_scope(const tn_network *net); // "" at the top
// A name from pieces, for as long as the graph: tn_path(net, "layer%d.%d", stage, i).
TN_API const char *tn_path(tn_network *net, const char *format, ...) TN_PRINTF(2, 3);
// Layers made until the matching pop are told as coming from this line of source.
TN_API void tn_site_push(tn_network *net, const char *file, int line);
TN_API void tn_site_pop(tn_network *net);

// -------------------------------------------------------------------------------------------- known sizes

// What is known of a value's type now. Rank and dimensions are -1 where only a run will tell; of NULL (after
// a failure) nothing is known.
TN_API const char *tn_value_name(const tn_value *value);
TN_API tn_dtype tn_value_dtype(const tn_value *value);
TN_API int tn_value_rank(const tn_value *value);
TN_API int64_t tn_value_dim(const tn_value *value, int axis); // negative axes count from the end
// "f32[N,64,112,112]"; borrowed until the next call.
TN_API const char *tn_value_type(tn_network *net, const tn_value *value);

// ------------------------------------------------------------------------------------------------ weights

// Weights from a checkpoint, which must outlive the network and its graph.
TN_API void tn_network_weights(tn_network *net, tn_weights *weights);
// Or from anywhere else. `find` returns a tensor that lives as long as the network, or NULL when there is
// none of that name.
typedef const tn_tensor *(*tn_weight_find)(void *user, const char *name);
TN_API void tn_network_find_weights(tn_network *net, tn_weight_find find, void *user);
// Made-up weights instead, the same on every machine, for trying a network without a checkpoint. Element i of
// a weight is a function of its name, its shape, the seed and i alone: docs/design/014-networks-by-hand.md.
TN_API void tn_network_random(tn_network *net, uint64_t seed);

// The weight of that name below the scope; each "../" in front goes one module up, and a name with a leading
// '/' is complete. `type` ("f32[64,3,7,7]") says what is expected, and is what made-up weights are made as;
// NULL takes it as it comes. Asked for again it is the same value.
TN_API tn_value *tn_weight(tn_network *net, const char *name, const char *type);
// The same with the f32 shape in numbers.
TN_API tn_value *tn_weight_f32(tn_network *net, const char *name, int rank, const int64_t *dims);
TN_API bool tn_has_weight(tn_network *net, const char *name);

// ------------------------------------------------------------------------------------------------- layers

// Lists in calls of layers: `.pads = tn_ints(1, 1, 1, 1)`, `tn_concat(net, tn_list(a, b), .axis = 1)`.
typedef struct tn_int_list {
    size_t n;
    const int64_t *v;
} tn_int_list;
typedef struct tn_float_list {
    size_t n;
    const float *v;
} tn_float_list;
typedef struct tn_text_list {
    size_t n;
    const char *const *v;
} tn_text_list;
typedef struct tn_value_list {
    size_t n;
    tn_value *const *v;
} tn_value_list;
typedef struct tn_out_list { // where a layer puts its outputs
    size_t n;
    tn_value **v;
} tn_out_list;
#define TN_LIST_(list, item, ...) \
    ((list){sizeof((item[]){__VA_ARGS__}) / sizeof(item), (item[]){__VA_ARGS__}})
#define tn_ints(...) TN_LIST_(tn_int_list, const int64_t, __VA_ARGS__)
#define tn_floats(...) TN_LIST_(tn_float_list, const float, __VA_ARGS__)
#define tn_texts(...) TN_LIST_(tn_text_list, const char *const, __VA_ARGS__)
#define tn_list(...) TN_LIST_(tn_value_list, tn_value *const, __VA_ARGS__)
#define tn_outs(array) ((tn_out_list){sizeof(array) / sizeof *(array), array}) // an array of tn_value *

// A body of If, Loop or Scan: a network of its own that may read what was made outside before it. It gets
// inputs and outputs as any network, and is given to its layer as the attribute that it was made for:
// `.then_branch = yes`. `name` is the body's graph's (NULL: the attribute's).
TN_API tn_network *tn_body(tn_network *net, const char *attribute, const char *name);

// Any operator by its name, plug-ins too: "Conv", "com.example.Twice". Attributes are written as in the text
// form: "axis=1, mode=\"linear\"".
//     tn_layer(net, "com.example.Twice", tn_list(x), "scale=0.5", .outs = tn_outs(out), .named = "twice")
typedef struct tn_layer_args {
    const char *named; // the layer's name; NULL: the operator's
    int args_;         // what comes in order begins after this
    tn_network *net;
    const char *op;
    tn_value_list inputs;   // NULL: an omitted one
    const char *attributes; // NULL: none
    tn_out_list outs;       // none: one output, which is returned
} tn_layer_args;
#define tn_layer(...) tn_layer_by_name(TN_SITE_(""), &(const tn_layer_args){.args_ = 0, __VA_ARGS__})

// What the functions of tenon/layers.h are: `args` is laid out as the operator's definition says, `written`
// is the text of the call, which tells an attribute given as 0 from one not given.
typedef struct tn_site {
    const char *file;
    int line;
    const char *written;
} tn_site;
#define TN_SITE_(written) (&(const tn_site){__FILE__, __LINE__, written})
TN_API tn_value *tn_layer_call(const char *op, const tn_site *site, const void *args);
TN_API tn_value *tn_sizes_at(const tn_site *site, tn_network *net, const char *text);
TN_API tn_value *tn_layer_by_name(const tn_site *site, const tn_layer_args *args);

// ------------------------------------------------------------------------------------ names of another model

// Gives layers and weights the names (and the source lines) that they have in the model which this source was
// written from, and their order in it: FILE lists them (`tenon codegen` writes it). What FILE does not know
// stays as it is. The engine of an unchanged source is then the model's, to the byte.
TN_API void tn_network_names(tn_network *net, const char *path);

// ----------------------------------------------------------------------------------------- source from
// models

// Writes source that builds the graph, in `language` "c" (NULL) or "python": a folder with network.c or
// network.py (a function for each of the model's modules), weights.safetensors, names.txt, a main program,
// build files and a README. Run, it makes the graph's engine. Nodes that nobody needs and attributes that say
// what is the case without them are taken out of the graph; else it stays as it is.
TN_API tn_status tn_graph_codegen(tn_graph *graph, const char *folder, const char *language, tn_diags *diags);
// The model that an engine was built from, which the engine carries. It borrows from the plan.
TN_API tn_status tn_plan_model(const tn_plan *plan, tn_graph **graph, tn_diags *diags);
// The network that it runs: optimised, fused, with its layouts. Likewise.
TN_API tn_status tn_plan_optimized(const tn_plan *plan, tn_graph **graph, tn_diags *diags);
// tn_graph_optimize as tn_plan_build does it: where a layout may be either way, the times of kernels decide
// (of the options, `engine` is not used).
TN_API tn_status tn_graph_optimize_for(tn_graph *graph, const tn_build_options *options, tn_diags *diags);

#ifdef __cplusplus
}
#endif
#endif
