// SPDX-License-Identifier: Apache-2.0
// layer.h - one convolution or product as numbers (what a tactic's setup writes), and what oneDNN makes of
// it: a primitive, kept for as long as the process lives and found again by those numbers. A primitive may
// run in any number of threads at once; its scratch memory is the caller's.
#ifndef TN_ONEDNN_LAYER_H
#define TN_ONEDNN_LAYER_H

#include "library.h"
#include "tenon/ext.h"

typedef struct od_operand {
    int32_t format; // an od_format
    int32_t rank;   // 0: there is none
    int32_t input;  // of the operator; which one
    int32_t unused;
    int64_t dim[OD_RANK], stride[OD_RANK]; // strides of OD_STRIDED
} od_operand;

enum { OD_TERMS = 2, OD_ACTS = 2 };

// All bytes count when two are compared: to be filled over zeros.
typedef struct od_spec {
    int32_t convolution; // else a matrix product
    int32_t packs;       // weights are constant and lie as oneDNN likes them
    od_operand src, weights, bias, dst;
    float scale; // of the sum; 1: none, and there is no bias otherwise
    int32_t terms, acts;
    od_operand term[OD_TERMS]; // added to the sum
    struct {
        int32_t kind; // an od_eltwise
        float alpha, beta;
    } act[OD_ACTS]; // then these, one after the other
    od_window window;
} od_spec;

typedef struct od_layer od_layer;

// What runs `s` with that many threads; NULL: it cannot, and *why says so in words that stay valid.
const od_layer *od_layer_get(const od_spec *s, int threads, const char **why);
size_t od_layer_packed_bytes(const od_layer *layer);
size_t od_layer_scratch_bytes(const od_layer *layer);
// Puts the weights into oneDNN's order. False: it failed.
bool od_layer_pack(const od_spec *s, const od_layer *layer, const void *weights, void *to);
tn_status od_layer_run(const od_spec *s, const od_layer *layer, tn_call *c);

#endif
