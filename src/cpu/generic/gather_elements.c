// SPDX-License-Identifier: Apache-2.0
// gather_elements.c - GatherElements of whole bytes: the indices are checked once, then each row along the
// last dimension is fetched in one loop. Moves bytes only, so one file serves all machines.
#include "cpu/generic/isa.h"

#include "cpu/kern/vec.h"
#include "ir/move.h"
#include "ir/tensor.h"

enum { ELEMENTS_TASK = 1 << 13 };

typedef struct elements {
    int64_t rows, n, bound; // of the indices; elements of a row; of the data along the axis
    int64_t step, along;    // of an index, of a position in the row: in elements of the data
    int rank;               // of the loops over rows
    int64_t dim[TN_MAX_RANK], stride[TN_MAX_RANK];
    int64_t each; // rows in a task
} elements;

static const char *reject(const tn_problem *p) {
    if (tni_bits(p->in[0]->dtype) < 8) return "elements are narrower than a byte";
    if (p->in[0]->dtype == TN_STRING) return "texts";
    if (p->in[0]->rank < 1) return "a scalar";
    int64_t axis = tn_attr_int(p->attrs, "axis");
    for (int d = 0; d < p->in[0]->rank; d++)
        if (d != (axis < 0 ? axis + p->in[0]->rank : axis) && p->in[1]->dim[d] > p->in[0]->dim[d])
            return "sizes that only the data tell";
    return NULL;
}

static void setup(const tn_problem *p, void *params) {
    const tn_tensor *x = p->in[0], *index = p->in[1];
    int64_t axis = tn_attr_int(p->attrs, "axis"), stride[TN_MAX_RANK];
    int last = x->rank - 1, at = (int)(axis < 0 ? axis + x->rank : axis);
    elements s = {.rows = tn_count_range(index, 0, last), .n = index->dim[last], .bound = x->dim[at]};
    tni_strides(x->rank, x->dim, stride);
    s.step = stride[at];
    s.along = at != last;
    s.rank = last;
    for (int d = 0; d < last; d++) {
        s.dim[d] = index->dim[d];
        s.stride[d] = d == at ? 0 : stride[d];
    }
    s.each = max64(1, ELEMENTS_TASK / max64(1, s.n));
    *(elements *)params = s;
}

INLINE int64_t index_at(bool wide, const void *index, int64_t k) {
    return wide ? ((const int64_t *)index)[k] : ((const int32_t *)index)[k];
}

// Whether an index of k to k + n leads outside.
INLINE bool strays(bool wide, const void *index, int64_t k, int64_t n, int64_t bound) {
    uint64_t out = 0; // the sign of i + bound or of bound - 1 - i
    for (int64_t end = k + n; k < end; k++) {
        uint64_t i = (uint64_t)index_at(wide, index, k);
        out |= (i + (uint64_t)bound) | ((uint64_t)bound - 1 - i);
    }
    return out >> 63;
}

static tn_status check(tn_call *c, const elements *s) {
    const tn_tensor *t = c->in[1];
    bool wide = t->dtype == TN_I64;
    int64_t n = s->rows * s->n, k = 0;
    if (wide ? !strays(true, t->data, 0, n, s->bound) : !strays(false, t->data, 0, n, s->bound)) return TN_OK;
    while (!strays(wide, t->data, k, 1, s->bound)) k++;
    return tn_call_fail(c, TN_INVALID, "index %lld is outside [-%lld, %lld)",
                        (long long)index_at(wide, t->data, k), (long long)s->bound, (long long)s->bound);
}

INLINE void fetch_of(const elements *s, const char *x, bool wide, const void *index, int64_t first, char *y,
                     size_t size) {
    int64_t n = s->n, bound = s->bound, step = s->step, along = s->along; // y's bytes might be these
    for (int64_t k = 0; k < n; k++) {
        int64_t i = index_at(wide, index, first + k);
        i += i < 0 ? bound : 0;
        memcpy(y + k * (int64_t)size, x + (i * step + k * along) * (int64_t)size, size);
    }
}
INLINE void fetch(const elements *s, const char *x, const tn_tensor *index, int64_t first, char *y,
                  size_t size) {
    if (index->dtype == TN_I64)
        fetch_of(s, x, true, index->data, first, y, size);
    else
        fetch_of(s, x, false, index->data, first, y, size);
}

static void task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const elements *s = c->params;
    size_t size = tni_bits(c->in[0]->dtype) / 8;
    (void)worker;
    for (int64_t r = i * s->each; r < min64((i + 1) * s->each, s->rows); r++) {
        int64_t base = 0, left = r;
        for (int d = s->rank - 1; d >= 0; d--) {
            base += left % s->dim[d] * s->stride[d];
            left /= s->dim[d];
        }
        const char *x = (const char *)c->in[0]->data + base * (int64_t)size;
        char *y = (char *)c->out[0]->data + r * s->n * (int64_t)size;
        switch (size) {
        case 1: fetch(s, x, c->in[1], r * s->n, y, 1); break;
        case 2: fetch(s, x, c->in[1], r * s->n, y, 2); break;
        case 4: fetch(s, x, c->in[1], r * s->n, y, 4); break;
        case 8: fetch(s, x, c->in[1], r * s->n, y, 8); break;
        default: fetch(s, x, c->in[1], r * s->n, y, size);
        }
    }
}

static tn_status run(tn_call *c) {
    const elements *s = c->params;
    tn_status status = check(c, s);
    if (status == TN_OK && s->n) tn_call_parallel(c, ceil_div(s->rows, s->each), task, c);
    return status;
}

TN_TACTIC(cpu_generic_gather_elements) = {
    TN_HERE,
    .name = "cpu.generic.gather_elements",
    .op = "GatherElements",
    .doc = "indices checked once, then row by row",
    .rank = ISA_RANK,
    .reject = reject,
    .params_bytes = sizeof(elements),
    .setup = setup,
    .run = run,
};
