// SPDX-License-Identifier: Apache-2.0
// trilu.c - Trilu of whole bytes: of each row one side is copied, the other is zeros. Moves bytes only, so
// one file serves all machines.
#include "cpu/isa.h"

#include "cpu/kern/vec.h"
#include "ir/tensor.h"

enum { TRILU_TASK = 1 << 16 }; // bytes

typedef struct trilu {
    bool upper;
    int64_t rows, cols, all; // of a matrix; rows of all
    int64_t size, each;      // of an element; rows in a task
} trilu;

static const char *reject(const tn_problem *p) {
    if (!p->in[0] || !p->out[0]) return "nothing to do";
    if (tni_bits(p->in[0]->dtype) < 8) return "elements are narrower than a byte";
    return p->in[0]->dtype == TN_STRING ? "texts" : NULL;
}

static void setup(const tn_problem *p, void *params) {
    const tn_tensor *x = p->in[0];
    trilu s = {.upper = tn_attr_int(p->attrs, "upper") != 0,
               .rows = x->dim[x->rank - 2],
               .cols = x->dim[x->rank - 1],
               .all = tn_count_range(x, 0, x->rank - 1),
               .size = (int64_t)(tni_bits(x->dtype) / 8)};
    s.each = max64(1, TRILU_TASK / max64(1, s.cols * s.size));
    *(trilu *)params = s;
}

// The diagonal that the triangle ends with, above the main one; beyond the corners all are the same.
static int64_t diagonal(const tn_call *c, const trilu *s) {
    const tn_tensor *k = c->nin > 1 ? c->in[1] : NULL;
    int64_t at = k && tn_count(k) ? tni_get_int(k, 0) : 0;
    return max64(-s->rows - 1, min64(at, s->cols + 1));
}

static void task(void *arg, int64_t i, int worker) {
    const tn_call *c = arg;
    const trilu *s = c->params;
    int64_t k = diagonal(c, s), bytes = s->cols * s->size;
    (void)worker;
    for (int64_t r = i * s->each; r < min64((i + 1) * s->each, s->all); r++) {
        int64_t column = max64(0, min64(r % s->rows + k + !s->upper, s->cols)) * s->size;
        const char *x = (const char *)c->in[0]->data + r * bytes;
        char *y = (char *)c->out[0]->data + r * bytes;
        int64_t first = s->upper ? column : 0, last = s->upper ? bytes : column; // what is kept
        memset(y, 0, (size_t)first);
        if (x != y) memcpy(y + first, x + first, (size_t)(last - first));
        memset(y + last, 0, (size_t)(bytes - last));
    }
}

static tn_status run(tn_call *c) {
    const trilu *s = c->params;
    if (s->cols && s->rows) tn_call_parallel(c, ceil_div(s->all, s->each), task, c);
    return TN_OK;
}

TN_ISAS(generic);

TN_KERNEL(trilu) = {
    TN_HERE,          .name = AT("trilu"), .op = "Trilu",    .doc = "rows of bytes and of zeros",
    .rank = ISA_RANK, .inplace = 1,        .reject = reject, .params_bytes = sizeof(trilu),
    .setup = setup,   .run = run,
};
