// SPDX-License-Identifier: Apache-2.0
// op.c - rows, walks and loops that the operators' reference kernels share (see op.h).
#include "op/op.h"

// ---------------------------------------------------------------------------------------------- rows

// p[0], p[step], ... of element type T into to[0..n) by `expr` of x.
#define LOAD_CASE(DTYPE, T, expr)                \
    case TN_##DTYPE: {                           \
        const T *p = (const T *)t->data + first; \
        for (int64_t k = 0; k < n; k++) {        \
            T x = p[k * step];                   \
            to[k] = (expr);                      \
        }                                        \
        return;                                  \
    }

#define STORE_CASE(DTYPE, T, expr)        \
    case TN_##DTYPE: {                    \
        T *p = (T *)t->data + first;      \
        for (int64_t k = 0; k < n; k++) { \
            p[k * step] = (T)(expr);      \
        }                                 \
        return;                           \
    }

#define INTEGER_CASES(CASE, expr) \
    CASE(U8, uint8_t, expr)       \
    CASE(I8, int8_t, expr)        \
    CASE(U16, uint16_t, expr)     \
    CASE(I16, int16_t, expr)      \
    CASE(U32, uint32_t, expr)     \
    CASE(I32, int32_t, expr)      \
    CASE(U64, uint64_t, expr)     \
    CASE(I64, int64_t, expr)

void tni_load(double *to, const tn_tensor *t, int64_t first, int64_t step, int64_t n) {
    switch (t->dtype) {
        LOAD_CASE(F32, float, (double)x)
        LOAD_CASE(F64, double, x)
        LOAD_CASE(F16, uint16_t, (double)tni_f16_to_float(x))
        LOAD_CASE(BF16, uint16_t, (double)tni_bf16_to_float(x))
        LOAD_CASE(BOOL, uint8_t, x ? 1.0 : 0.0)
        INTEGER_CASES(LOAD_CASE, (double)x)
    default:
        for (int64_t k = 0; k < n; k++) to[k] = tni_get(t, first + k * step);
    }
}

void tni_store(const tn_tensor *t, int64_t first, int64_t step, int64_t n, const double *from) {
    switch (t->dtype) {
        STORE_CASE(F32, float, from[k])
        STORE_CASE(F64, double, from[k])
        STORE_CASE(F16, uint16_t, tni_double_to_f16(from[k]))
        STORE_CASE(BF16, uint16_t, tni_double_to_bf16(from[k]))
        STORE_CASE(BOOL, uint8_t, from[k] != 0)
        INTEGER_CASES(STORE_CASE, (uint64_t)tni_truncate(from[k], t->dtype == TN_U64))
    default:
        for (int64_t k = 0; k < n; k++) tni_set(t, first + k * step, from[k]);
    }
}

void tni_load_int(int64_t *to, const tn_tensor *t, int64_t first, int64_t step, int64_t n) {
    switch (t->dtype) {
        LOAD_CASE(BOOL, uint8_t, x != 0)
        INTEGER_CASES(LOAD_CASE, (int64_t)x)
    default:
        for (int64_t k = 0; k < n; k++) to[k] = tni_get_int(t, first + k * step);
    }
}

void tni_store_int(const tn_tensor *t, int64_t first, int64_t step, int64_t n, const int64_t *from) {
    switch (t->dtype) {
        STORE_CASE(BOOL, uint8_t, from[k] != 0)
        INTEGER_CASES(STORE_CASE, (uint64_t)from[k])
    default:
        for (int64_t k = 0; k < n; k++) tni_set_int(t, first + k * step, from[k]);
    }
}

int64_t tni_wrap(tn_dtype dtype, int64_t v) {
    size_t bits = dtype == TN_BOOL ? 1 : tni_bits(dtype);
    if (bits >= 64) return v;
    uint64_t mask = (UINT64_C(1) << bits) - 1, low = (uint64_t)v & mask;
    if (!tni_is_unsigned(dtype) && low >> (bits - 1) & 1) low |= ~mask;
    return (int64_t)low;
}

void tni_copy_bytes(uint8_t *to, ptrdiff_t to_step, const uint8_t *from, ptrdiff_t from_step, int64_t n,
                    size_t size) {
    if (to_step == (ptrdiff_t)size && from_step == to_step) {
        memcpy(to, from, (size_t)n * size);
        return;
    }
#define COPY_CASE(SIZE)                                                                       \
    case SIZE:                                                                                \
        for (int64_t k = 0; k < n; k++) memcpy(to + k * to_step, from + k * from_step, SIZE); \
        return;
    switch (size) {
        COPY_CASE(1)
        COPY_CASE(2)
        COPY_CASE(4)
        COPY_CASE(8)
        COPY_CASE(16)
    default: return;
    }
#undef COPY_CASE
}

static void copy_steps(const tn_tensor *to, int64_t at, int64_t to_step, const tn_tensor *from, int64_t first,
                       int64_t from_step, int64_t n) {
    unsigned bits = (unsigned)tni_bits(to->dtype);
    ptrdiff_t size = (ptrdiff_t)bits / 8;
    if (n <= 0) return;
    if (bits >= 8) {
        tni_copy_bytes((uint8_t *)to->data + at * size, to_step * size,
                       (const uint8_t *)from->data + first * size, from_step * size, n, (size_t)size);
        return;
    }
    for (int64_t k = 0; k < n; k++)
        tni_set_bits(to, at + k * to_step, bits, tni_get_bits(from, first + k * from_step, bits));
}

void tni_copy(const tn_tensor *to, int64_t at, const tn_tensor *from, int64_t first, int64_t step,
              int64_t n) {
    copy_steps(to, at, 1, from, first, step, n);
}

void tni_scatter(const tn_tensor *to, int64_t at, int64_t step, const tn_tensor *from, int64_t first,
                 int64_t n) {
    copy_steps(to, at, step, from, first, 1, n);
}

// ---------------------------------------------------------------------------------------------- walk

tn_tensor tni_kept(const tn_tensor *in, unsigned mask) {
    tn_tensor t = {.dtype = in->dtype, .rank = in->rank};
    for (int d = 0; d < in->rank; d++) t.dim[d] = mask >> d & 1 ? 1 : in->dim[d];
    return t;
}

// Dim d may be joined to the walk's first dim (which it precedes) when every input runs on without a jump.
static bool runs_on(const tni_walk *w, const int64_t stride[][TN_MAX_RANK], int d) {
    for (int i = 0; i < w->nin; i++)
        if (stride[i][d] != w->stride[i][0] * w->dim[0]) return false;
    return true;
}

void tni_walk_begin(tni_walk *w, const tn_tensor *out, int nin, const tn_tensor *const *in) {
    int64_t stride[TNI_WALK_IN][TN_MAX_RANK];
    memset(w, 0, sizeof *w);
    w->nin = nin;
    w->count = tn_count(out);
    for (int i = 0; i < nin; i++) {
        memset(stride[i], 0, sizeof stride[i]);
        if (in[i]) tni_broadcast_strides(in[i], out->rank, out->dim, stride[i]);
    }
    w->rank = 1;
    w->dim[0] = 1;
    for (int d = out->rank - 1; d >= 0; d--) {
        if (out->dim[d] == 1) continue;
        bool empty = w->rank == 1 && w->dim[0] == 1;
        if (!empty && runs_on(w, (const int64_t(*)[TN_MAX_RANK])stride, d)) {
            w->dim[0] *= out->dim[d];
            continue;
        }
        if (!empty) {
            memmove(w->dim + 1, w->dim, (size_t)w->rank * sizeof *w->dim);
            for (int i = 0; i < nin; i++)
                memmove(w->stride[i] + 1, w->stride[i], (size_t)w->rank * sizeof **w->stride);
            w->rank++;
        }
        w->dim[0] = out->dim[d];
        for (int i = 0; i < nin; i++) w->stride[i][0] = stride[i][d];
    }
    for (int i = 0; i < nin; i++) w->step[i] = w->stride[i][w->rank - 1];
}

bool tni_walk_next(tni_walk *w) {
    if (w->next >= w->count) return false;
    int last = w->rank - 1;
    w->at = w->next;
    w->n = w->dim[last] - w->index[last];
    if (w->n > TNI_ROW) w->n = TNI_ROW;
    for (int i = 0; i < w->nin; i++) {
        w->in_at[i] = 0;
        for (int d = 0; d < w->rank; d++) w->in_at[i] += w->index[d] * w->stride[i][d];
    }
    w->next += w->n;
    w->index[last] += w->n;
    for (int d = last; d > 0 && w->index[d] == w->dim[d]; d--) {
        w->index[d] = 0;
        w->index[d - 1]++;
    }
    return true;
}

// --------------------------------------------------------------------------------- element-wise loops

enum { BLOCK = 64 * TNI_ROW }; // elements a thread takes at once

typedef struct map1_job {
    const tn_tensor *in, *out;
    tni_map1 fn;
    const void *arg;
    int64_t count;
} map1_job;

static void map1_block(void *user, int64_t block, int worker) {
    const map1_job *job = user;
    int64_t end = (block + 1) * BLOCK < job->count ? (block + 1) * BLOCK : job->count;
    double x[TNI_ROW], y[TNI_ROW];
    (void)worker;
    for (int64_t at = block * BLOCK; at < end; at += TNI_ROW) {
        int64_t n = end - at < TNI_ROW ? end - at : TNI_ROW;
        tni_load(x, job->in, at, 1, n);
        job->fn(y, x, n, job->arg);
        tni_store(job->out, at, 1, n, y);
    }
}

tn_status tni_call_map1(tn_call *c, tni_map1 fn, const void *arg) {
    if (!c->out[0]) return TN_OK;
    map1_job job = {c->in[0], c->out[0], fn, arg, tn_count(c->out[0])};
    tn_call_parallel(c, job.count / BLOCK + (job.count % BLOCK != 0), map1_block, &job);
    return TN_OK;
}

tn_status tni_call_map1_int(tn_call *c, tni_map1_int fn) {
    const tn_tensor *in = c->in[0], *out = c->out[0];
    int64_t x[TNI_ROW], y[TNI_ROW], count = out ? tn_count(out) : 0;
    for (int64_t at = 0; at < count; at += TNI_ROW) {
        int64_t n = count - at < TNI_ROW ? count - at : TNI_ROW;
        tni_load_int(x, in, at, 1, n);
        fn(y, x, n, in->dtype);
        tni_store_int(out, at, 1, n, y);
    }
    return TN_OK;
}

tn_status tni_call_either1(tn_call *c, tni_map1 floats, tni_map1_int ints) {
    return tni_is_float(c->in[0]->dtype) ? tni_call_map1(c, floats, NULL) : tni_call_map1_int(c, ints);
}

tn_status tni_call_map2(tn_call *c, const tn_tensor *a, const tn_tensor *b, tni_map2 fn, const void *arg) {
    if (!c->out[0]) return TN_OK;
    const tn_tensor *in[] = {a, b};
    double x[TNI_ROW], z[TNI_ROW], y[TNI_ROW];
    tni_walk w;
    tni_walk_begin(&w, c->out[0], 2, in);
    while (tni_walk_next(&w)) {
        tni_load(x, a, w.in_at[0], w.step[0], w.n);
        tni_load(z, b, w.in_at[1], w.step[1], w.n);
        fn(y, x, z, w.n, arg);
        tni_store(c->out[0], w.at, 1, w.n, y);
    }
    return TN_OK;
}

tn_status tni_call_map2_int(tn_call *c, const tn_tensor *a, const tn_tensor *b, tni_map2_int fn) {
    if (!c->out[0]) return TN_OK;
    const tn_tensor *in[] = {a, b};
    int64_t x[TNI_ROW], z[TNI_ROW], y[TNI_ROW];
    tni_walk w;
    tni_walk_begin(&w, c->out[0], 2, in);
    while (tni_walk_next(&w)) {
        tni_load_int(x, a, w.in_at[0], w.step[0], w.n);
        tni_load_int(z, b, w.in_at[1], w.step[1], w.n);
        fn(y, x, z, w.n, a->dtype);
        tni_store_int(c->out[0], w.at, 1, w.n, y);
    }
    return TN_OK;
}

tn_status tni_call_either2(tn_call *c, tni_map2 floats, tni_map2_int ints) {
    const tn_tensor *a = c->in[0], *b = c->in[1];
    return tni_is_float(a->dtype) ? tni_call_map2(c, a, b, floats, NULL) : tni_call_map2_int(c, a, b, ints);
}

// ----------------------------------------------------------------------------------- rows along an axis

typedef struct rows_job {
    const tn_tensor *in, *out;
    tni_map1 fn;
    const void *arg;
    double *buffer;                  // two rows for each worker
    int64_t rows, n, inner, at_once; // a row's elements are `inner` apart
} rows_job;

static void rows_block(void *user, int64_t block, int worker) {
    const rows_job *job = user;
    double *x = job->buffer + 2 * job->n * worker, *y = x + job->n;
    int64_t first = block * job->at_once, last = first + job->at_once;
    if (last > job->rows) last = job->rows;
    for (int64_t row = first; row < last; row++) {
        int64_t at = tni_row_at(row, job->n, job->inner);
        tni_load(x, job->in, at, job->inner, job->n);
        job->fn(y, x, job->n, job->arg);
        tni_store(job->out, at, job->inner, job->n, y);
    }
}

tn_status tni_call_rows(tn_call *c, int axis, tni_map1 fn, const void *arg) {
    const tn_tensor *in = c->in[0];
    if (!c->out[0] || tn_count(in) == 0) return TN_OK;
    rows_job job = {.in = in, .out = c->out[0], .fn = fn, .arg = arg};
    job.n = in->rank ? in->dim[axis] : 1;
    job.inner = in->rank ? tn_count_range(in, axis + 1, in->rank) : 1;
    job.rows = tn_count(in) / job.n;
    job.at_once = job.n < BLOCK ? BLOCK / job.n : 1;
    job.buffer = tni_scratch(c, job.n, 2 * sizeof(double) * (size_t)tn_call_threads(c));
    if (!job.buffer) return TN_NOMEM;
    tn_call_parallel(c, (job.rows - 1) / job.at_once + 1, rows_block, &job);
    return TN_OK;
}

void *tni_scratch(tn_call *c, int64_t count, size_t size) {
    size_t bytes;
    if (count < 0 || !ck_mul((size_t)count, size, &bytes)) return NULL;
    return tn_call_scratch(c, bytes ? bytes : size);
}

double *tni_call_doubles(tn_call *c, const tn_tensor *t, int rank, const int64_t *dim) {
    tn_tensor shape = {.dtype = t->dtype, .rank = rank};
    memcpy(shape.dim, dim, (size_t)rank * sizeof *dim);
    double *to = tni_scratch(c, tn_count(&shape), sizeof *to);
    if (!to) return NULL;
    tni_walk w;
    tni_walk_begin(&w, &shape, 1, &t);
    while (tni_walk_next(&w)) tni_load(to + w.at, t, w.in_at[0], w.step[0], w.n);
    return to;
}

tni_moments tni_normalize(double *x, int64_t n, double epsilon, bool rms) {
    double sum = 0, squares = 0;
    for (int64_t k = 0; k < n && !rms; k++) sum += x[k];
    double mean = sum / (double)n;
    if (rms) mean = 0;
    for (int64_t k = 0; k < n; k++) squares += (x[k] - mean) * (x[k] - mean);
    double inverse = 1 / sqrt(squares / (double)n + epsilon);
    for (int64_t k = 0; k < n; k++) x[k] = (x[k] - mean) * inverse;
    return (tni_moments){mean, inverse};
}
