// SPDX-License-Identifier: Apache-2.0
// scatter_elements.c - ScatterElements that replaces whole bytes or adds f32: the indices are checked once,
// then each row along the last dimension is one loop. One thread, in the updates' order: the last of several
// to one place wins, and sums are in that order.
#include "cpu/isa.h"

#include "cpu/kern/elements.inl"

static const char *reject(const tn_problem *p) {
    bool adds = tn_attr_is(p->attrs, "reduction", "add");
    if (!adds && !tn_attr_is(p->attrs, "reduction", "none")) return "another reduction than add";
    if (adds && p->in[0]->dtype != TN_F32) return "adds, and is not f32";
    if (tn_count(p->in[2]) != tn_count(p->in[1])) return "sizes that only the data tell";
    return elements_reject(p);
}

INLINE void put_of(const elements *s, char *y, bool wide, const void *index, int64_t first, const char *from,
                   size_t size, bool adds) {
    int64_t n = s->n, bound = s->bound, step = s->step, along = s->along; // y's bytes might be these
    for (int64_t k = 0; k < n; k++) {
        int64_t i = elements_index(wide, index, first + k);
        i += i < 0 ? bound : 0;
        char *to = y + (i * step + k * along) * (int64_t)size;
        if (adds)
            *(float *)(void *)to += ((const float *)(const void *)from)[k];
        else
            memcpy(to, from + k * (int64_t)size, size);
    }
}
INLINE void put(const elements *s, char *y, const tn_tensor *index, int64_t first, const char *from,
                size_t size, bool adds) {
    if (index->dtype == TN_I64)
        put_of(s, y, true, index->data, first, from, size, adds);
    else
        put_of(s, y, false, index->data, first, from, size, adds);
}

static tn_status run(tn_call *c) {
    const elements *s = c->params;
    const tn_tensor *index = c->in[1];
    size_t size = tni_bits(c->in[0]->dtype) / 8;
    bool adds = tn_attr_is(c->attrs, "reduction", "add");
    tn_status status = elements_check(c, s);
    if (status != TN_OK) return status;
    if (c->out[0]->data != c->in[0]->data && c->out[0]->bytes)
        memcpy(c->out[0]->data, c->in[0]->data, c->out[0]->bytes);
    for (int64_t r = 0; r < s->rows && s->n; r++) {
        char *y = (char *)c->out[0]->data + elements_row(s, r) * (int64_t)size;
        const char *from = (const char *)c->in[2]->data + r * s->n * (int64_t)size;
        switch (adds ? 0 : size) {
        case 0: put(s, y, index, r * s->n, from, 4, true); break;
        case 1: put(s, y, index, r * s->n, from, 1, false); break;
        case 2: put(s, y, index, r * s->n, from, 2, false); break;
        case 4: put(s, y, index, r * s->n, from, 4, false); break;
        case 8: put(s, y, index, r * s->n, from, 8, false); break;
        default: put(s, y, index, r * s->n, from, size, false);
        }
    }
    return TN_OK;
}

TN_ISAS(generic);

TN_KERNEL(scatter_elements) = {
    TN_HERE,
    .name = AT("scatter_elements"),
    .op = "ScatterElements",
    .doc = "indices checked once, then row by row",
    .rank = ISA_RANK,
    .inplace = 1,
    .reject = reject,
    .params_bytes = sizeof(elements),
    .setup = elements_setup,
    .run = run,
};
