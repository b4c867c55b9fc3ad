// SPDX-License-Identifier: Apache-2.0
// library.h - what is called of oneDNN, found at run time: no header of it is needed, and 2.x and 3.x are one
// interface here. Names, numbers and signatures are those of oneDNN's public C interface (dnnl.h,
// dnnl_types.h). The two versions differ in descriptors (2.x: structures that the caller holds; 3.x:
// handles), in how a primitive's descriptor is made, and in the numbers of some enumerations.
#ifndef TN_ONEDNN_LIBRARY_H
#define TN_ONEDNN_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void *od_handle; // any object of oneDNN's
typedef void *od_md;     // a memory descriptor; NULL: none

enum { // the same in 2.x and 3.x
    OD_CPU = 1,
    OD_IN_ORDER = 1,
    OD_F32 = 3,
    OD_FORWARD_INFERENCE = 96,
    OD_USER_SCRATCHPAD = 1,
    OD_CONV_DIRECT = 1,
    OD_CONV_WINOGRAD = 2,
    OD_BINARY_ADD = 0x1fff0,
    OD_QUERY_IMPL_INFO = 8,
    OD_QUERY_WEIGHTS_MD = 131,
    OD_QUERY_SCRATCHPAD_MD = 136,
    OD_ARG_SRC = 1,
    OD_ARG_SRC_1 = 2,
    OD_ARG_DST = 17,
    OD_ARG_WEIGHTS = 33,
    OD_ARG_BIAS = 41,
    OD_ARG_SCRATCHPAD = 80,
    OD_RANK = 6, // at most, of what is described here
};

typedef enum od_format { OD_ANY, OD_STRIDED, OD_NCHW16C } od_format;
typedef enum od_eltwise { // a row of the table in library.c
    OD_RELU,
    OD_TANH,
    OD_LINEAR,
    OD_LOGISTIC,
    OD_SWISH,
    OD_CLIP,
    OD_GELU_ERF,
    OD_HARDSWISH,
} od_eltwise;

typedef struct od_exec_arg {
    int arg;
    od_handle memory;
} od_exec_arg;

// Functions that are the same in both: X(result, name without "dnnl_", parameters).
#define OD_FUNCTIONS(X)                                                                               \
    X(int, engine_create, (od_handle * engine, int kind, size_t index))                               \
    X(int, engine_destroy, (od_handle engine))                                                        \
    X(int, stream_create, (od_handle * stream, od_handle engine, unsigned flags))                     \
    X(int, stream_destroy, (od_handle stream))                                                        \
    X(int, stream_wait, (od_handle stream))                                                           \
    X(int, memory_create, (od_handle * memory, const void *md, od_handle engine, void *data))         \
    X(int, memory_destroy, (od_handle memory))                                                        \
    X(size_t, memory_desc_get_size, (const void *md))                                                 \
    X(int, primitive_create, (od_handle * primitive, const void *pd))                                 \
    X(int, primitive_execute, (od_handle primitive, od_handle stream, int n, const od_exec_arg *a))   \
    X(int, primitive_destroy, (od_handle primitive))                                                  \
    X(int, primitive_desc_query, (const void *pd, int what, int index, void *result))                 \
    X(const void *, primitive_desc_query_md, (const void *pd, int what, int index))                   \
    X(int, primitive_desc_destroy, (od_handle pd))                                                    \
    X(int, reorder_primitive_desc_create,                                                             \
      (od_handle * pd, const void *from, od_handle a, const void *to, od_handle b, const void *attr)) \
    X(int, primitive_attr_create, (od_handle * attr))                                                 \
    X(int, primitive_attr_destroy, (od_handle attr))                                                  \
    X(int, primitive_attr_set_scratchpad_mode, (od_handle attr, int mode))                            \
    X(int, primitive_attr_set_post_ops, (od_handle attr, const void *ops))                            \
    X(int, post_ops_create, (od_handle * ops))                                                        \
    X(int, post_ops_destroy, (od_handle ops))                                                         \
    X(int, post_ops_append_binary, (od_handle ops, int kind, const void *md))

typedef struct od_library {
#define OD_MEMBER(result, name, parameters) result(*name) parameters;
    OD_FUNCTIONS(OD_MEMBER)
#undef OD_MEMBER
    int major, minor, patch;
    unsigned runtime;       // what its loops run on
    int isa;                // what it generates code for
    int arg_post_op;        // DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE, times (number + 1)
    const char *missing;    // why it cannot be used, in words; NULL: it can
    char text[256];         // "oneDNN 3.2.0 (OpenMP)", or room for `missing`
    od_handle engine;       // the CPU
    void (*threads)(int n); // OpenMP's omp_set_num_threads; NULL: its own number of threads
} od_library;

// Found and opened at the first call: $TENON_ONEDNN, or libdnnl.so.3, libdnnl.so.2, libdnnl.so. Never NULL.
const od_library *od_open(void);

od_md od_md_new(od_format format, int rank, const int64_t *dim, const int64_t *stride); // NULL: it failed
void od_md_free(od_md md);
bool od_append_eltwise(od_handle ops, od_eltwise kind, float alpha, float beta);

typedef struct od_window {
    int algorithm;
    int64_t stride[3], dilation[3], before[3], after[3]; // dilation as oneDNN counts: 0 is dense
} od_window;
// NULL: it has no such primitive. `bias` may be NULL.
od_handle od_conv(const od_window *w, od_md src, const void *weights, od_md bias, od_md dst, od_handle attr);
od_handle od_matmul(od_md src, const void *weights, od_md bias, od_md dst, od_handle attr);

#endif
