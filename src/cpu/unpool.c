// SPDX-License-Identifier: Apache-2.0
// unpool.c - MaxUnpool whose output has the sizes that MaxPool read, so that indices are places in it. Moves
// bytes only, so one file serves all machines; by one thread, because any two indices may be the same.
#include "cpu/isa.h"

#include "cpu/kern/vec.h"
#include "ir/attr.h"
#include "ir/tensor.h"

static const char *reject(const tn_problem *p) {
    if (!p->in[0] || !p->in[1] || !p->out[0]) return "nothing to do";
    const tn_tensor *x = p->in[0], *y = p->out[0];
    if (y->rank != x->rank || tn_count(p->in[1]) != tn_count(x)) return "sizes that do not fit";
    for (int d = 0; d < x->rank; d++) {
        int i = d - 2, space = x->rank - 2;
        int64_t size = d < 2 ? x->dim[d]
                             : (x->dim[d] - 1) * tni_ints_at(p->attrs, "strides", i, 1) +
                                   tni_ints_at(p->attrs, "kernel_shape", i, 1) -
                                   tni_ints_at(p->attrs, "pads", i, 0) -
                                   tni_ints_at(p->attrs, "pads", space + i, 0);
        if (size != y->dim[d]) return "the output has other sizes than what was pooled";
    }
    return NULL;
}

INLINE tn_status put(tn_call *c, size_t size) {
    const tn_tensor *x = c->in[0];
    const int64_t *index = c->in[1]->data;
    const char *from = x->data;
    char *to = c->out[0]->data;
    int64_t n = tn_count(x), all = tn_count(c->out[0]);
    for (int64_t i = 0; i < n; i++) {
        if (index[i] < 0 || index[i] >= all)
            return tn_call_fail(c, TN_INVALID, "index %lld is outside the output", (long long)index[i]);
        memcpy(to + index[i] * (int64_t)size, from + i * (int64_t)size, size);
    }
    return TN_OK;
}

static tn_status run(tn_call *c) {
    memset(c->out[0]->data, 0, c->out[0]->bytes);
    switch (tni_bits(c->in[0]->dtype) / 8) {
    case 2: return put(c, 2);
    case 4: return put(c, 4);
    default: return put(c, 8);
    }
}

TN_ISAS(generic);

TN_KERNEL(unpool) = {
    TN_HERE,           .name = AT("unpool"),
    .op = "MaxUnpool", .doc = "zeros, then each element where its index says",
    .rank = ISA_RANK,  .reject = reject,
    .run = run,
};
