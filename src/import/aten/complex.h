// SPDX-License-Identifier: Apache-2.0
// complex.h - complex tensors taken apart and put together.
#ifndef TN_IMPORT_ATEN_COMPLEX_H
#define TN_IMPORT_ATEN_COMPLEX_H

#include "import/aten/aten.h"

typedef struct tni_at_complex {
    tni_value *re, *im;
} tni_at_complex;

static inline bool tni_at_is_complex(tn_dtype t) { return TN_COMPLEX >> t & 1; }
static inline tn_dtype tni_at_real(tn_dtype t) { return t == TN_C64 ? TN_F32 : t == TN_C128 ? TN_F64 : t; }

// The parts of `v`, complex or not, in type `real`.
tni_at_complex tni_at_parts(tn_aten *c, tni_value *v, tn_dtype real);
tni_value *tni_at_joined(tn_aten *c, tni_at_complex z); // of parts of one shape
// A cast of which either side is complex: the imaginary part is 0, or gets lost.
tni_value *tni_at_cast_complex(tn_aten *c, tni_value *v, tn_dtype dtype);
// The angle of the point (x, y), as atan2.
tni_value *tni_at_angle(tn_aten *c, tni_value *y, tni_value *x);

// An argument, tensor or number, in the type that the call computes in.
tni_at_complex tni_at_operand(tn_aten *c, const char *name);
tni_at_complex tni_at_times(tn_aten *c, tni_at_complex a, tni_at_complex b);
tni_at_complex tni_at_quotient(tn_aten *c, tni_at_complex a, tni_at_complex b);
tni_value *tni_at_magnitude(tn_aten *c, tni_at_complex z);              // |z|
tni_at_complex tni_at_turned(tn_aten *c, tni_value *r, tni_value *phi); // r and phi as a number
tni_at_complex tni_at_exponential(tn_aten *c, tni_at_complex z);
tni_at_complex tni_at_logarithm(tn_aten *c, tni_at_complex z);
tni_at_complex tni_at_root(tn_aten *c, tni_at_complex z);

#endif
