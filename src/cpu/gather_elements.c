// SPDX-License-Identifier: Apache-2.0
// gather_elements.c - GatherElements of whole bytes: the indices are checked once, then each row along the
// last dimension is fetched in one loop. Moves bytes only, so one file serves all machines.
#include "cpu/isa.h"

#include "cpu/kern/elements.inl"

INLINE void fetch_of(const elements *s, const char *x, bool wide, const void *index, int64_t first, char *y,
                     size_t size) {
    int64_t n = s->n, bound = s->bound, step = s->step, along = s->along; // y's bytes might be these
    if (step == 1 && !along)                                              // along the last dimension
        for (int64_t k = 0; k < n; k++) {
            int64_t i = elements_index(wide, index, first + k);
            memcpy(y + k * (int64_t)size, x + (i + (i < 0 ? bound : 0)) * (int64_t)size, size);
        }
    else
        for (int64_t k = 0; k < n; k++) {
            int64_t i = elements_index(wide, index, first + k);
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
        const char *x = (const char *)c->in[0]->data + elements_row(s, r) * (int64_t)size;
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
    tn_status status = elements_check(c, s);
    if (status == TN_OK && s->n) tn_call_parallel(c, ceil_div(s->rows, s->each), task, c);
    return status;
}

TN_ISAS(generic);

TN_KERNEL(gather_elements) = {
    TN_HERE,
    .name = AT("gather_elements"),
    .op = "GatherElements",
    .doc = "indices checked once, then row by row",
    .rank = ISA_RANK,
    .reject = elements_reject,
    .params_bytes = sizeof(elements),
    .setup = elements_setup,
    .run = run,
};
