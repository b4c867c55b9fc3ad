// SPDX-License-Identifier: Apache-2.0
// tensor.h - concrete tensors inside the library: made in arenas, read and written element by element.
#ifndef TN_IR_TENSOR_H
#define TN_IR_TENSOR_H

#include "base/arena.h"
#include "base/half.h"
#include "tenon/ext.h"

static inline size_t tni_bits(tn_dtype t) { return tn_dtype_bits(t); }
static inline bool tni_is_float(tn_dtype t) { return TN_FLOATS >> t & 1; }
static inline bool tni_is_integer(tn_dtype t) { // bool too
    return (TN_INTEGERS | TN_BIT(TN_BOOL) | TN_BIT(TN_U4) | TN_BIT(TN_I4) | TN_BIT(TN_U2) | TN_BIT(TN_I2)) >>
               t &
           1;
}
static inline bool tni_is_unsigned(tn_dtype t) {
    return (TN_UNSIGNED | TN_BIT(TN_BOOL) | TN_BIT(TN_U4) | TN_BIT(TN_U2)) >> t & 1;
}
size_t tni_dtype_align(tn_dtype t);                                // of an element in memory, in bytes
bool tni_dtype_parse(const char *text, size_t size, tn_dtype *to); // "f32"

// Bytes of a dense tensor; false when they do not fit a size_t or a dim is negative.
bool tni_tensor_size(tn_dtype dtype, int rank, const int64_t *dims, size_t *bytes);

// A tensor in an arena with zeroed data (64-byte aligned), or around `data`. NULL: out of memory or too
// large.
tn_tensor *tni_tensor_new(tni_arena *a, tn_dtype dtype, int rank, const int64_t *dims);
tn_tensor *tni_tensor_view(tni_arena *a, tn_dtype dtype, int rank, const int64_t *dims, const void *data);
// A deep copy, texts and items included.
tn_tensor *tni_tensor_copy(tni_arena *a, const tn_tensor *from);
bool tni_tensor_equal(const tn_tensor *a, const tn_tensor *b); // same type, shape and bits

// Element i of a tensor of any numeric type. Integers convert to double exactly up to 2^53.
double tni_get(const tn_tensor *t, int64_t i);
void tni_set(const tn_tensor *t, int64_t i, double value); // rounds to nearest even; ints truncate and wrap
int64_t tni_get_int(const tn_tensor *t, int64_t i);        // integers and bool exactly; floats truncate
void tni_set_int(const tn_tensor *t, int64_t i, int64_t value); // integers wrap; floats round

// Towards zero; what does not fit saturates at 64 bits (u64 bit by bit). NaN is 0.
int64_t tni_truncate(double x, bool is_u64);
// Element i of elements of `bits` < 8, first in the low bits.
unsigned tni_get_bits(const tn_tensor *t, int64_t i, unsigned bits);
void tni_set_bits(const tn_tensor *t, int64_t i, unsigned bits, unsigned value);

// Row-major strides in elements of `t` seen with the shape `dims[rank]` it broadcasts to: 0 along repeats.
void tni_broadcast_strides(const tn_tensor *t, int rank, const int64_t *dims, int64_t *stride);

#endif
