// SPDX-License-Identifier: Apache-2.0
// op.h - what the operators' files share: rows of elements as double or int64, a walk over broadcast inputs,
// element-wise loops over both, and the common steps of shape inference and of upgrades. The one idea: refs
// convert short rows into plain buffers and compute there, so no loop asks for an element's type.
#ifndef TN_OP_OP_H
#define TN_OP_OP_H

#include "base/ck.h"
#include "base/diag.h"
#include "ir/spec.h"
#include "ir/tensor.h"
#include "tenon/ext.h"

#include <math.h>

// Element types that several operators are given.
#define TNI_INT8S (TN_BIT(TN_I8) | TN_BIT(TN_U8))
#define TNI_FLOAT8S (TN_FLOAT8S & ~TN_BIT(TN_F8E8M0)) // those with a mantissa

// Inputs and outputs of a call, NULL where they are left out.
static inline const tn_tensor *tni_arg(const tn_call *c, int i) { return i < c->nin ? c->in[i] : NULL; }
static inline tn_tensor *tni_result(const tn_call *c, int i) { return i < c->nout ? c->out[i] : NULL; }
// Memory of the call for `count` elements of `size` bytes (room for one at least); NULL: out of memory.
void *tni_scratch(tn_call *c, int64_t count, size_t size);

// ---------------------------------------------------------------------------------------------- rows

// Elements first, first + step, ... (n of them; step 0 repeats one) of any numeric or bool tensor. Doubles
// are rounded once to the tensor's type, to nearest even; into integers they truncate and wrap. Integers
// wrap; u64 passes through int64 bit by bit.
void tni_load(double *to, const tn_tensor *t, int64_t first, int64_t step, int64_t n);
void tni_store(const tn_tensor *t, int64_t first, int64_t step, int64_t n, const double *from);
void tni_load_int(int64_t *to, const tn_tensor *t, int64_t first, int64_t step, int64_t n);
void tni_store_int(const tn_tensor *t, int64_t first, int64_t step, int64_t n, const int64_t *from);

// Copies n elements of the same type, strings and packed ones included; `step` applies to `from`.
void tni_copy(const tn_tensor *to, int64_t at, const tn_tensor *from, int64_t first, int64_t step, int64_t n);
// The same into to[at], to[at + step], ...
void tni_scatter(const tn_tensor *to, int64_t at, int64_t step, const tn_tensor *from, int64_t first,
                 int64_t n);

// n elements of `size` bytes (1, 2, 4, 8 or 16), steps in bytes.
void tni_copy_bytes(uint8_t *to, ptrdiff_t to_step, const uint8_t *from, ptrdiff_t from_step, int64_t n,
                    size_t size);

// Integer bit pattern `v` cut to the width of `dtype` and extended again (zeros for unsigned ones).
int64_t tni_wrap(tn_dtype dtype, int64_t v);

static inline bool tni_is_string(const tn_tensor *t) { return t->dtype == TN_STRING; }
static inline const tn_str *tni_strings(const tn_tensor *t) { return (const tn_str *)t->data; }

// ---------------------------------------------------------------------------------------------- walk

// Goes over an output row by row, at most TNI_ROW elements at a time, so that a buffer on the stack holds
// one:
//
//     tni_walk w;
//     tni_walk_begin(&w, out, nin, in);
//     while (tni_walk_next(&w))
//         out[w.at .. w.at + w.n) from in[i][w.in_at[i] + k * w.step[i]]
enum { TNI_ROW = 256, TNI_WALK_IN = 4 };
typedef struct tni_walk {
    int64_t at, n;                            // the row in the output
    int64_t in_at[TNI_WALK_IN];               // and in the inputs
    int64_t step[TNI_WALK_IN];                // 0 or 1
    int nin, rank;                            // dims that run together are one
    int64_t dim[TN_MAX_RANK];                 // of the output
    int64_t index[TN_MAX_RANK];               // of the next row
    int64_t stride[TNI_WALK_IN][TN_MAX_RANK]; // of the inputs seen with the output's shape
    int64_t next, count;
} tni_walk;

// A tensor without data that has 1 where bit d of `mask` is set and in's dim elsewhere: walking over `in`
// with it as the input names the place that each element is reduced to.
tn_tensor tni_kept(const tn_tensor *in, unsigned mask);

// Inputs broadcast to the output's shape; NULL ones stay at element 0.
void tni_walk_begin(tni_walk *w, const tn_tensor *out, int nin, const tn_tensor *const *in);
bool tni_walk_next(tni_walk *w);

// Element-wise: out 0 from in 0 (and in 1, broadcast), by rows. `arg` is passed on.
typedef void (*tni_map1)(double *y, const double *x, int64_t n, const void *arg);
typedef void (*tni_map1_int)(int64_t *y, const int64_t *x, int64_t n, tn_dtype dtype);
typedef void (*tni_map2)(double *y, const double *a, const double *b, int64_t n, const void *arg);
typedef void (*tni_map2_int)(int64_t *y, const int64_t *a, const int64_t *b, int64_t n, tn_dtype dtype);
tn_status tni_call_map1(tn_call *c, tni_map1 fn, const void *arg);
tn_status tni_call_map1_int(tn_call *c, tni_map1_int fn); // dtype is in 0's
// From a and b, two inputs or an input and out 0 itself (for variadic ones), into out 0.
tn_status tni_call_map2(tn_call *c, const tn_tensor *a, const tn_tensor *b, tni_map2 fn, const void *arg);
tn_status tni_call_map2_int(tn_call *c, const tn_tensor *a, const tn_tensor *b, tni_map2_int fn);
// One or the other, as the type of in 0 wants it.
tn_status tni_call_either1(tn_call *c, tni_map1 floats, tni_map1_int ints);
tn_status tni_call_either2(tn_call *c, tni_map2 floats, tni_map2_int ints);

// Row by row along an axis of in 0, into out 0 of the same shape: fn gets the n elements of one row.
tn_status tni_call_rows(tn_call *c, int axis, tni_map1 fn, const void *arg);
// Where row `row` along an axis of n elements begins; they are `inner` apart.
static inline int64_t tni_row_at(int64_t row, int64_t n, int64_t inner) {
    return row / inner * n * inner + row % inner;
}
// The axis of a node whose inference has accepted it, made non-negative; and attribute `axis` so.
static inline int tni_axis(int64_t axis, int rank) { return (int)(axis < 0 ? axis + rank : axis); }
static inline int tni_attr_axis(tn_attrs a, int rank) { return tni_axis(tn_attr_int(a, "axis"), rank); }

// `t`, broadcast to the shape `dim[rank]`, as doubles in memory of the call; NULL when there is none.
double *tni_call_doubles(tn_call *c, const tn_tensor *t, int rank, const int64_t *dim);

// x[k] = (x[k] - mean) * inverse for mean and inverse deviation of the row; with `rms` the mean is taken as
// 0.
typedef struct tni_moments {
    double mean, inverse;
} tni_moments;
tni_moments tni_normalize(double *x, int64_t n, double epsilon, bool rms);

// Rows of a definition's loop: y[k] = (expr of x), or of a and b.
#define TNI_MAP1(id, expr)                                                     \
    static void id(double *y, const double *in_, int64_t n, const void *arg) { \
        (void)arg;                                                             \
        for (int64_t k_ = 0; k_ < n; k_++) {                                   \
            double x = in_[k_];                                                \
            y[k_] = (expr);                                                    \
        }                                                                      \
    }
#define TNI_MAP2(id, expr)                                                                      \
    static void id(double *y, const double *a_, const double *b_, int64_t n, const void *arg) { \
        (void)arg;                                                                              \
        for (int64_t k_ = 0; k_ < n; k_++) {                                                    \
            double a = a_[k_], b = b_[k_];                                                      \
            y[k_] = (expr);                                                                     \
        }                                                                                       \
    }

// ----------------------------------------------------------------------------------------- inference

static inline bool tni_given(const tn_infer *c, int i) { return i < c->nin && c->in[i]; }
// In i is given and its rank is known.
static inline bool tni_ranked(const tn_infer *c, int i) {
    return tni_given(c, i) && c->in[i]->type.rank >= 0;
}
static inline tn_type *tni_out_type(tn_infer *c, int i) {
    return i < c->nout && c->out[i] ? &c->out[i]->type : NULL;
}
// Makes out i (when wanted) a tensor of the given type and unknown shape.
void tni_shape_unknown(tn_infer *c, int i, tn_dtype dtype);
// Makes out i (when wanted) a tensor of the given shape; `dim` may be NULL when rank is 0.
void tni_shape_out(tn_infer *c, int i, tn_dtype dtype, int rank, const tn_dim *dim);
// In i has a rank in [min, max], or one that is not known. `what` names the input: "weights".
tn_status tni_want_rank(tn_infer *c, int i, const char *what, int min, int max);
// In i, when given, is a vector with as many elements as `want` says.
tn_status tni_want_vector(tn_infer *c, int i, const char *what, tn_dim want);
// The dims of two values must be the same when both are constants. `what` says which: "channels of the bias".
tn_status tni_want_dim(tn_infer *c, tn_dim got, tn_dim want, const char *what);

// What is known of a value's integers (or booleans, or whole numbers kept as f32 or f64: exporters scale
// sizes in floating point) before it runs: content, or a small constant's elements. False: not known, or more
// than TN_MAX_CONTENT of them.
bool tni_countable(tn_dtype dtype); // a type that may have content
bool tni_content(const tn_info *v, tn_dim to[TN_MAX_CONTENT], size_t *n);
// The same when all of them are constants.
bool tni_const_ints(const tn_info *v, int64_t to[TN_MAX_CONTENT], size_t *n);
// A constant scalar (or one-element tensor) of any type.
bool tni_const_int(const tn_info *v, int64_t *to);
bool tni_const_float(const tn_info *v, double *to);
// Sets out 0's content from the inputs', element by element after broadcasting. `fn` returns false when it
// cannot say. Does nothing when an input's content or out 0's rank (<= 1) is not known.
typedef bool (*tni_content_fn)(tn_infer *c, int n, const tn_dim *in, tn_dim *to);
void tni_content_map(tn_infer *c, tni_content_fn fn);

// An inference, then out 0's content by `fn`.
tn_status tni_infer_with(tn_infer *c, tn_status (*infer)(tn_infer *c), tni_content_fn fn);
// Content arithmetic: constants wrap as the integers they are; with a symbol overflow is out of sight.
tn_dim tni_dim_wrap_add(tn_dims *pool, tn_dim a, tn_dim b);
tn_dim tni_dim_wrap_sub(tn_dims *pool, tn_dim a, tn_dim b);
tn_dim tni_dim_wrap_mul(tn_dims *pool, tn_dim a, tn_dim b);

// In i, when given, broadcasts to `to`, whose shape the output has. `what` names the input.
tn_status tni_want_broadcast(tn_infer *c, int i, const tn_type *to, const char *what);
// Out 0: x without the axes in `mask`, or with 1 in their place.
void tni_shape_reduced(tn_infer *c, tn_dtype dtype, const tn_type *x, unsigned mask, bool keep);
// Out 0: in 0's shape with element type bool.
tn_status tni_infer_bool(tn_infer *c);

// As tn_infer_same, and attribute or value `axis` must be an axis of in 0.
tn_status tni_infer_same_axis(tn_infer *c, int64_t axis);

// A list of axes (attribute ints or a constant input) made non-negative, as bits. Fails on out-of-range and
// repeated ones.
tn_status tni_axes_mask(tn_infer *c, const int64_t *axes, size_t n, int rank, unsigned *mask);

// ------------------------------------------------------------------------------------------ upgrades

// Operators of opset < 6: the attribute `consumed_inputs`, which says nothing, goes.
tn_status tni_upgrade_consumed(tni_spec *s);
// Emits `op` (Unsqueeze, Reshape, Expand...) of `v` and a list of integers.
tn_status tni_emit_ints(tni_spec *s, const char *op, tni_value *v, const int64_t *list, size_t n,
                        tni_value **to);
// Turns the spec into a Reshape of y to the shape of x.
tn_status tni_become_reshape(tni_spec *s, tni_value *y, tni_value *x);
// Element-wise operators of opset < 7: attributes `broadcast` and `axis` become an Unsqueeze of in 1.
tn_status tni_upgrade_broadcast(tni_spec *s);
// Operators with windows: a first input of one dimension too few is a batch of one, with a warning.
tn_status tni_upgrade_unbatched(tni_spec *s);

#endif
