// SPDX-License-Identifier: Apache-2.0
// scatter_nd.c - ScatterND that replaces whole bytes: slices whose places follow each other are copied at
// once, which is all of them where an exporter wrote `cache[:, :, a:b] = x`. One thread, in the updates'
// order: the last of several to one place wins.
#include "cpu/isa.h"

#include "cpu/kern/vec.h"
#include "ir/tensor.h"

typedef struct scatter {
    int tuple; // dimensions an index names
    int64_t n, dim[TN_MAX_RANK];
    int64_t bytes; // of a slice
} scatter;

static const char *reject(const tn_problem *p) {
    if (!tn_attr_is(p->attrs, "reduction", "none")) return "a reduction";
    if (tni_bits(p->in[0]->dtype) < 8) return "elements are narrower than a byte";
    return p->in[0]->dtype == TN_STRING ? "texts" : NULL;
}

static void setup(const tn_problem *p, void *params) {
    scatter *s = params;
    const tn_tensor *x = p->in[0], *index = p->in[1];
    *s = (scatter){.tuple = (int)index->dim[index->rank - 1], .n = tn_count_range(index, 0, index->rank - 1)};
    for (int d = 0; d < s->tuple; d++) s->dim[d] = x->dim[d];
    s->bytes = tn_count_range(x, s->tuple, x->rank) * (int64_t)(tni_bits(x->dtype) / 8);
}

// The slice that a tuple names, counted in slices; -1, told, when there is none.
static int64_t place(tn_call *c, const scatter *s, const int64_t *index) {
    int64_t at = 0;
    for (int d = 0; d < s->tuple; d++) {
        int64_t i = index[d], bound = s->dim[d];
        if (i < -bound || i >= bound) {
            tn_call_fail(c, TN_INVALID, "index %lld is outside [-%lld, %lld)", (long long)i, (long long)bound,
                         (long long)bound);
            return -1;
        }
        at = at * bound + (i < 0 ? i + bound : i);
    }
    return at;
}

static tn_status run(tn_call *c) {
    const scatter *s = c->params;
    const int64_t *index = c->in[1]->data; /* [n, tuple] */
    const char *updates = c->in[2]->data;  /* [n, bytes] */
    char *y = c->out[0]->data;
    int64_t from = 0, to = 0, run = 0; // slices not copied yet
    if (y != c->in[0]->data && c->out[0]->bytes) memcpy(y, c->in[0]->data, c->out[0]->bytes);
    if (!s->bytes) return TN_OK;
    for (int64_t k = 0; k < s->n; k++) {
        int64_t at = place(c, s, index + k * s->tuple);
        if (at < 0) return TN_INVALID;
        if (at != to + run || !run) {
            memcpy(y + to * s->bytes, updates + from * s->bytes, (size_t)(run * s->bytes));
            from = k, to = at, run = 0;
        }
        run++;
    }
    memcpy(y + to * s->bytes, updates + from * s->bytes, (size_t)(run * s->bytes));
    return TN_OK;
}

TN_ISAS(generic);

TN_KERNEL(scatter_nd) = {
    TN_HERE,           .name = AT("scatter.nd"),
    .op = "ScatterND", .doc = "slices that follow each other at once",
    .rank = ISA_RANK,  .inplace = 1,
    .reject = reject,  .params_bytes = sizeof(scatter),
    .setup = setup,    .run = run,
};
