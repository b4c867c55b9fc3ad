// SPDX-License-Identifier: Apache-2.0
// control.h - what the operators with bodies share: joining types, and results that grow by one a trip.
#ifndef TN_OP_CONTROL_H
#define TN_OP_CONTROL_H

#include "op/buffer.h"

// What is true of a value that may be either: equal dims stay, others become fresh, other ranks unknown.
// False when the element types differ.
bool tni_join_types(tn_dims *dims, const tn_type *a, const tn_type *b, tn_type *to);

// Loop-carried values: infers body `attr` with `fixed` infos before `n` carried ones (types `carried`), until
// the carried types are the same going in and coming out; dims that change from trip to trip become fresh.
// `after` infos follow the carried ones. Outs: `skip` before the carried ones. `out` has one per body output.
typedef struct tni_body_types {
    const char *attr;
    int nfixed, ncarried, nafter, skip;
    const tn_info *fixed, *after;
    tn_type *carried; // in: initial types; out: types that hold before and after every trip
    int nout;
    tn_info *out;
} tni_body_types;
tn_status tni_infer_carried(tn_infer *c, tni_body_types *b);

// A dim of a body's output as the world outside the body may know it.
tn_dim tni_outer_dim(tn_infer *c, tn_dim d);

// Tensors of one shape laid one after the other, in scratch.
typedef struct tni_stack {
    tn_tensor all; // dim[0]: how many there is room for
    int64_t count;
} tni_stack;
tn_status tni_stack_push(tn_call *c, tni_stack *s, const tn_tensor *item);
// Out i becomes [count, ...]; with nothing pushed its other sizes are `like`'s where they are known, else 0.
tn_status tni_stack_finish(tn_call *c, tni_stack *s, int i, const tn_type *like);

// True when a one-element boolean is.
bool tni_truth(const tn_tensor *t);

#endif
