// SPDX-License-Identifier: Apache-2.0
// gather.c - Gather of whole bytes: the indices become offsets once, then pieces of [inner] are copied, the
// common sizes without a call. Moves bytes only, so one file serves all machines.
#include "cpu/isa.h"

#include "cpu/kern/vec.h"
#include "ir/tensor.h"

typedef struct gather {
    int64_t outer, bound, n; // [outer, bound, inner] -> [outer, n, inner]
    int64_t bytes;           // of [inner]
    int64_t rows;            // of [outer] in a task
} gather;

enum { GATHER_TASK = 1 << 16 }; // bytes

static const char *reject(const tn_problem *p) {
    if (tni_bits(p->in[0]->dtype) < 8) return "elements are narrower than a byte";
    return p->in[0]->dtype == TN_STRING ? "texts" : NULL;
}

static void setup(const tn_problem *p, void *params) {
    gather *s = params;
    const tn_tensor *x = p->in[0];
    int64_t axis = tn_attr_int(p->attrs, "axis");
    int at = (int)(axis < 0 ? axis + x->rank : axis);
    *s = (gather){.outer = tn_count_range(x, 0, at),
                  .bound = x->dim[at],
                  .n = tn_count(p->in[1]),
                  .bytes = tn_count_range(x, at + 1, x->rank) * (int64_t)(tni_bits(x->dtype) / 8)};
    s->rows = max64(1, GATHER_TASK / max64(1, s->n * s->bytes));
}

static size_t workspace(const tn_problem *p, int threads) {
    (void)threads;
    return (size_t)tn_count(p->in[1]) * sizeof(int64_t);
}

// Where each index leads, in bytes; negative ones count from the end.
static tn_status offsets(tn_call *c, const gather *s, int64_t *to) {
    const tn_tensor *index = c->in[1];
    for (int64_t k = 0; k < s->n; k++) {
        int64_t i =
            index->dtype == TN_I64 ? ((const int64_t *)index->data)[k] : ((const int32_t *)index->data)[k];
        if (i < -s->bound || i >= s->bound)
            return tn_call_fail(c, TN_INVALID, "index %lld is outside [-%lld, %lld)", (long long)i,
                                (long long)s->bound, (long long)s->bound);
        to[k] = (i < 0 ? i + s->bound : i) * s->bytes;
    }
    return TN_OK;
}

INLINE void pieces(const char *x, const int64_t *at, int64_t n, size_t bytes, char *y) {
    for (int64_t k = 0; k < n; k++) memcpy(y + k * (int64_t)bytes, x + at[k], bytes);
}

static void task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const gather *s = c->params;
    const int64_t *at = c->workspace;
    (void)worker;
    for (int64_t o = i * s->rows; o < min64((i + 1) * s->rows, s->outer); o++) {
        const char *x = (const char *)c->in[0]->data + o * s->bound * s->bytes;
        char *y = (char *)c->out[0]->data + o * s->n * s->bytes;
        switch (s->bytes) { // a constant size is a move, any other a call
        case 1: pieces(x, at, s->n, 1, y); break;
        case 2: pieces(x, at, s->n, 2, y); break;
        case 4: pieces(x, at, s->n, 4, y); break;
        case 8: pieces(x, at, s->n, 8, y); break;
        default: pieces(x, at, s->n, (size_t)s->bytes, y);
        }
    }
}

static tn_status run(tn_call *c) {
    const gather *s = c->params;
    tn_status status = offsets(c, s, c->workspace);
    if (status == TN_OK && s->bytes && s->n) tn_call_parallel(c, ceil_div(s->outer, s->rows), task, c);
    return status;
}

TN_ISAS(generic);

TN_KERNEL(gather) = {
    TN_HERE,
    .name = AT("gather"),
    .op = "Gather",
    .doc = "offsets once, then pieces of bytes",
    .rank = ISA_RANK,
    .reject = reject,
    .params_bytes = sizeof(gather),
    .setup = setup,
    .workspace = workspace,
    .run = run,
};
