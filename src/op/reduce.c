// SPDX-License-Identifier: Apache-2.0
// reduce.c - ReduceSum and its nine relatives. The input is read once, in order; every element is folded into
// the place of a result buffer (double, or int64 where the result is a whole number) that the walk names, so
// contiguous and scattered axes are one loop.
#include "op/op.h"

// How one reduction works: the value of nothing, a step that takes in n elements, and the end. The step goes
// along y when `step` is 1 and stays at y[0] when it is 0.
typedef struct reduction {
    double empty;
    void (*take)(double *y, int64_t step, const double *x, int64_t n);
    double (*end)(double y, double count); // NULL: y
} reduction;

#define TAKE(id, expr)                                                      \
    static void id(double *y_, int64_t step, const double *x_, int64_t n) { \
        for (int64_t k_ = 0; k_ < n; k_++) {                                \
            double x = x_[k_], y = y_[k_ * step];                           \
            y_[k_ * step] = (expr);                                         \
        }                                                                   \
    }

TAKE(take_sum, y + x)
TAKE(take_abs, y + fabs(x))
TAKE(take_square, y + x * x)
TAKE(take_product, y *x)
TAKE(take_max, x > y || isnan(x) ? x : y)
TAKE(take_min, x < y || isnan(x) ? x : y)

static double end_mean(double y, double count) { return y / count; }
static double end_sqrt(double y, double count) { return (void)count, sqrt(y); }
static double end_log(double y, double count) { return (void)count, log(y); }

static const reduction sum = {0, take_sum, NULL}, mean = {0, take_sum, end_mean}, l1 = {0, take_abs, NULL},
                       l2 = {0, take_square, end_sqrt}, log_sum = {0, take_sum, end_log},
                       sum_square = {0, take_square, NULL}, product = {1, take_product, NULL},
                       maximum = {-HUGE_VAL, take_max, NULL}, minimum = {HUGE_VAL, take_min, NULL};

// The same for whole numbers, which wrap.
typedef void (*take_ints)(int64_t *y, int64_t step, const int64_t *x, int64_t n, bool is_u64);

#define TAKE_INT(id, expr)                                                                 \
    static void id(int64_t *y_, int64_t step, const int64_t *x_, int64_t n, bool is_u64) { \
        (void)is_u64;                                                                      \
        for (int64_t k_ = 0; k_ < n; k_++) {                                               \
            uint64_t x = (uint64_t)x_[k_], y = (uint64_t)y_[k_ * step];                    \
            y_[k_ * step] = (int64_t)(expr);                                               \
        }                                                                                  \
    }

TAKE_INT(take_int_sum, y + x)
TAKE_INT(take_int_abs, y + (!is_u64 && (int64_t)x < 0 ? 0 - x : x))
TAKE_INT(take_int_square, y + x * x)
TAKE_INT(take_int_product, y *x)
TAKE_INT(take_int_max, (is_u64 ? x > y : (int64_t)x > (int64_t)y) ? x : y)
TAKE_INT(take_int_min, (is_u64 ? x < y : (int64_t)x < (int64_t)y) ? x : y)

// --------------------------------------------------------------------------------------------- axes

// Which axes are reduced, from the values of the axes input (n of them) and the attribute.
static unsigned default_mask(tn_attrs a, int rank) {
    return tn_attr_int(a, "noop_with_empty_axes") ? 0 : (1u << rank) - 1;
}

static tn_status run_mask(tn_call *c, unsigned *mask) {
    int rank = c->in[0]->rank;
    const tn_tensor *axes = tni_arg(c, 1);
    int64_t n = axes ? tn_count(axes) : 0;
    *mask = n ? 0 : default_mask(c->attrs, rank);
    for (int64_t k = 0; k < n; k++) {
        int64_t axis = tni_get_int(axes, k);
        if (axis < -rank || axis >= rank)
            return tn_call_fail(c, TN_INVALID, "axis %lld is outside [-%d, %d)", (long long)axis, rank, rank);
        *mask |= 1u << tni_axis(axis, rank);
    }
    return TN_OK;
}

// The axes may be known only now: then so is the shape.
static tn_status shape_output(tn_call *c, unsigned mask) {
    int64_t dims[TN_MAX_RANK];
    int rank = 0;
    if (c->out[0]->data) return TN_OK;
    bool keep = tn_attr_int(c->attrs, "keepdims") != 0;
    for (int d = 0; d < c->in[0]->rank; d++)
        if (!(mask >> d & 1))
            dims[rank++] = c->in[0]->dim[d];
        else if (keep)
            dims[rank++] = 1;
    return tn_call_resize(c, 0, rank, dims);
}

// ------------------------------------------------------------------------------------------- kernels

static double reduced_count(const tn_tensor *in, unsigned mask) {
    double count = 1;
    for (int d = 0; d < in->rank; d++)
        if (mask >> d & 1) count *= (double)in->dim[d];
    return count;
}

static void fold(const tn_tensor *in, const tn_tensor *to, const reduction *r, double *y) {
    double row[TNI_ROW];
    tni_walk w;
    tni_walk_begin(&w, in, 1, &to);
    while (tni_walk_next(&w)) {
        tni_load(row, in, w.at, 1, w.n);
        r->take(y + w.in_at[0], w.step[0], row, w.n);
    }
}

static tn_status reduce_floats(tn_call *c, const reduction *r) {
    unsigned mask;
    if (!c->out[0]) return TN_OK;
    TN_TRY(run_mask(c, &mask));
    TN_TRY(shape_output(c, mask));
    const tn_tensor *in = c->in[0], to = tni_kept(in, mask);
    int64_t count = tn_count(c->out[0]);
    double *y = tni_scratch(c, count, sizeof *y), n = reduced_count(in, mask);
    if (!y) return TN_NOMEM;
    for (int64_t k = 0; k < count; k++) y[k] = r->empty;
    fold(in, &to, r, y);
    for (int64_t k = 0; k < count && r->end; k++) y[k] = r->end(y[k], n);
    tni_store(c->out[0], 0, 1, count, y);
    return TN_OK;
}

static tn_status reduce_ints(tn_call *c, take_ints take, int64_t empty, bool is_mean) {
    unsigned mask;
    if (!c->out[0]) return TN_OK;
    TN_TRY(run_mask(c, &mask));
    TN_TRY(shape_output(c, mask));
    const tn_tensor *in = c->in[0], kept_in = tni_kept(in, mask), *to = &kept_in;
    int64_t count = tn_count(c->out[0]), row[TNI_ROW], *y = tni_scratch(c, count, sizeof *y);
    bool is_u64 = in->dtype == TN_U64;
    if (!y) return TN_NOMEM;
    for (int64_t k = 0; k < count; k++) y[k] = empty;
    tni_walk w;
    tni_walk_begin(&w, in, 1, &to);
    while (tni_walk_next(&w)) {
        tni_load_int(row, in, w.at, 1, w.n);
        take(y + w.in_at[0], w.step[0], row, w.n, is_u64);
    }
    int64_t n = (int64_t)reduced_count(in, mask);
    for (int64_t k = 0; k < count && is_mean; k++)
        y[k] = n == 0 ? 0 : is_u64 ? (int64_t)((uint64_t)y[k] / (uint64_t)n) : y[k] / n;
    tni_store_int(c->out[0], 0, 1, count, y);
    return TN_OK;
}

static bool whole(const tn_call *c) { return !tni_is_float(c->in[0]->dtype); }

// The ends of an integer type's range.
static int64_t lowest(tn_dtype t) {
    return tni_is_unsigned(t) ? 0 : (int64_t)(~UINT64_C(0) << (tni_bits(t) - 1));
}
static int64_t highest(tn_dtype t) { return t == TN_BOOL ? 1 : tni_wrap(t, ~lowest(t)); }

#define REDUCE_REF(id, r, ...)                                                \
    static tn_status id##_ref(tn_call *c) {                                   \
        return whole(c) ? reduce_ints(c, __VA_ARGS__) : reduce_floats(c, &r); \
    }

REDUCE_REF(sum, sum, take_int_sum, 0, false)
REDUCE_REF(mean, mean, take_int_sum, 0, true)
REDUCE_REF(l1, l1, take_int_abs, 0, false)
REDUCE_REF(sum_square, sum_square, take_int_square, 0, false)
REDUCE_REF(prod, product, take_int_product, 1, false)
REDUCE_REF(max, maximum, take_int_max, lowest(c->in[0]->dtype), false)
REDUCE_REF(min, minimum, take_int_min, highest(c->in[0]->dtype), false)
static tn_status l2_ref(tn_call *c) { return reduce_floats(c, &l2); }
static tn_status log_sum_ref(tn_call *c) { return reduce_floats(c, &log_sum); }

// log(sum(exp(x))) = m + log(sum(exp(x - m))) with m the largest x: twice over the input, no overflow.
static tn_status log_sum_exp_ref(tn_call *c) {
    unsigned mask;
    if (!c->out[0]) return TN_OK;
    TN_TRY(run_mask(c, &mask));
    TN_TRY(shape_output(c, mask));
    const tn_tensor *in = c->in[0], kept_in = tni_kept(in, mask), *to = &kept_in;
    int64_t count = tn_count(c->out[0]);
    double row[TNI_ROW], *most = tni_scratch(c, count, sizeof(double)), *y = tni_scratch(c, count, sizeof *y);
    if (!most || !y) return TN_NOMEM;
    for (int64_t k = 0; k < count; k++) most[k] = -HUGE_VAL, y[k] = 0;
    fold(in, to, &maximum, most);
    tni_walk w;
    tni_walk_begin(&w, in, 1, &to);
    while (tni_walk_next(&w)) {
        tni_load(row, in, w.at, 1, w.n);
        for (int64_t k = 0; k < w.n; k++) {
            int64_t i = w.in_at[0] + k * w.step[0];
            y[i] += isinf(most[i]) ? row[k] == most[i] : exp(row[k] - most[i]);
        }
    }
    for (int64_t k = 0; k < count; k++) y[k] = isinf(most[k]) ? most[k] : most[k] + log(y[k]);
    tni_store(c->out[0], 0, 1, count, y);
    return TN_OK;
}

// ----------------------------------------------------------------------------------------- inference

// Axes known only at run time: with keepdims the rank stays, else their number may be known.
static void unknown_axes(tn_infer *c, const tn_type *x, bool keep) {
    tn_dim dim[TN_MAX_RANK];
    const tn_type *axes = &c->in[1]->type;
    int gone = keep ? 0 : axes->rank == 1 && !axes->dim[0].e && axes->dim[0].k > 0 ? (int)axes->dim[0].k : -1;
    if (gone < 0 || gone > x->rank) {
        tni_shape_unknown(c, 0, x->dtype);
        return;
    }
    for (int d = 0; d < x->rank - gone; d++) dim[d] = tn_dim_fresh(c->dims);
    tni_shape_out(c, 0, x->dtype, x->rank - gone, dim);
}

static tn_status reduce_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    bool keep = tn_attr_int(c->attrs, "keepdims") != 0;
    int64_t axes[TN_MAX_CONTENT];
    size_t n = 0;
    if (x->rank < 0) return tni_shape_unknown(c, 0, x->dtype), TN_OK;
    if (tni_given(c, 1) && !tni_const_ints(c->in[1], axes, &n)) return unknown_axes(c, x, keep), TN_OK;
    unsigned mask = default_mask(c->attrs, x->rank);
    if (n) TN_TRY(tni_axes_mask(c, axes, n, x->rank, &mask));
    tni_shape_reduced(c, x->dtype, x, mask, keep);
    return TN_OK;
}

typedef tn_dim (*combine)(tn_dims *pool, tn_dim a, tn_dim b);

// All of a shape's dimensions in one: the number of elements, say. Beside a symbol only constants that can be
// sizes are taken, so that nothing overflows.
static tn_status infer_all(tn_infer *c, combine fn) {
    tn_dim x[TN_MAX_CONTENT];
    size_t n;
    bool symbolic = false, huge = false;
    TN_TRY(reduce_infer(c));
    const tn_type *out = tni_out_type(c, 0);
    if (!out || tni_is_float(out->dtype) || !tni_content(c->in[0], x, &n) || n == 0) return TN_OK;
    bool all = out->rank == 0 || (out->rank == 1 && tn_dim_is(out->dim[0], 1));
    for (size_t k = 0; k < n; k++) {
        symbolic = symbolic || x[k].e;
        huge = huge || (!x[k].e && (x[k].k > INT32_MAX || x[k].k < INT32_MIN));
    }
    if (!all || (symbolic && huge)) return TN_OK;
    for (size_t k = 1; k < n; k++) x[0] = fn(c->dims, x[0], x[k]);
    if (!x[0].e) x[0].k = tni_wrap(out->dtype, x[0].k);
    tn_infer_content(c, 0, x, 1);
    return TN_OK;
}

static tn_status sum_infer(tn_infer *c) { return infer_all(c, tni_dim_wrap_add); }
static tn_status prod_infer(tn_infer *c) { return infer_all(c, tni_dim_wrap_mul); }
static tn_status max_infer(tn_infer *c) { return infer_all(c, tn_dim_max); }
static tn_status min_infer(tn_infer *c) { return infer_all(c, tn_dim_min); }

// --------------------------------------------------------------------------------------- definitions

// ReduceSum's axes became an input with opset 13, the others' with 18.
static tn_status sum_upgrade(tni_spec *s) {
    return s->opset < 13 ? tni_spec_ints_to_input(s, "axes", 1) : TN_OK;
}
static tn_status reduce_upgrade(tni_spec *s) {
    return s->opset < 18 ? tni_spec_ints_to_input(s, "axes", 1) : TN_OK;
}

#define SUMMABLE (TN_FLOATS | TN_INDEXES | TN_BIT(TN_U32) | TN_BIT(TN_U64))
#define COMPARABLE (SUMMABLE | TN_BIT(TN_I8) | TN_BIT(TN_U8) | TN_BIT(TN_BOOL))
#define REDUCE(name_, first_, since_, doc_, dtypes_, infer_, ref_, upgrade_)                             \
    {                                                                                                    \
        TN_HERE,                                                                                         \
            .name = name_, .since = since_, .first = first_, .doc = doc_,                                \
            .in = {{"data", "T"}, {"axes", "i64", TN_OPTIONAL_IN}}, .out = {{"reduced", "T"}},           \
            .types = {{"T", dtypes_}},                                                                   \
            .attrs = {{"keepdims", TN_ATTR_INT, .i = 1}, {"noop_with_empty_axes", TN_ATTR_INT, .i = 0}}, \
            .infer = infer_, .ref = ref_, .upgrade = upgrade_                                            \
    }

TN_OP(reduce_l1) = REDUCE("ReduceL1", 1, 18, "sum of |x| along axes", SUMMABLE, reduce_infer, l1_ref,
                          reduce_upgrade);
TN_OP(reduce_l2) = REDUCE("ReduceL2", 1, 18, "root of the sum of squares along axes", SUMMABLE, reduce_infer,
                          l2_ref, reduce_upgrade);
TN_OP(reduce_log_sum) = REDUCE("ReduceLogSum", 1, 28, "logarithm of the sum along axes", SUMMABLE,
                               reduce_infer, log_sum_ref, reduce_upgrade);
TN_OP(reduce_log_sum_exp) = REDUCE("ReduceLogSumExp", 1, 28, "logarithm of the sum of exp(x) along axes",
                                   SUMMABLE, reduce_infer, log_sum_exp_ref, reduce_upgrade);
TN_OP(reduce_max) = REDUCE("ReduceMax", 1, 20, "largest along axes", COMPARABLE, max_infer, max_ref,
                           reduce_upgrade);
TN_OP(reduce_mean) = REDUCE("ReduceMean", 1, 18, "mean along axes", SUMMABLE, reduce_infer, mean_ref,
                            reduce_upgrade);
TN_OP(reduce_min) = REDUCE("ReduceMin", 1, 20, "smallest along axes", COMPARABLE, min_infer, min_ref,
                           reduce_upgrade);
TN_OP(reduce_prod) = REDUCE("ReduceProd", 1, 18, "product along axes", SUMMABLE, prod_infer, prod_ref,
                            reduce_upgrade);
TN_OP(reduce_sum) = REDUCE("ReduceSum", 1, 13, "sum along axes", SUMMABLE, sum_infer, sum_ref, sum_upgrade);
TN_OP(reduce_sum_square) = REDUCE("ReduceSumSquare", 1, 18, "sum of squares along axes", SUMMABLE,
                                  reduce_infer, sum_square_ref, reduce_upgrade);
