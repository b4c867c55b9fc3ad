// SPDX-License-Identifier: Apache-2.0
// buffer.h - whole tensors in scratch as one plain type, for reference kernels that read an input many times:
// narrow floats are widened once, quantised integers lose their zero point once.
#ifndef TN_OP_BUFFER_H
#define TN_OP_BUFFER_H

#include "op/op.h"

// All elements as F32 or F64 (*type says which): the tensor's own data, or a copy. NULL: out of memory.
const void *tni_as_real(tn_call *c, const tn_tensor *t, tn_dtype *type);
double *tni_as_double(tn_call *c, const tn_tensor *t);
// An 8-bit integer tensor less its zero point (NULL: none), which is one value or one for each index of
// `axis`.
int32_t *tni_centred(tn_call *c, const tn_tensor *t, const tn_tensor *zero, int axis);

// `x` rounded half to even and clamped to the integer type's range; NaN becomes 0.
int64_t tni_saturate(double x, tn_dtype type);
void tni_int_range(tn_dtype type, int64_t *low, int64_t *high);

#endif
