// SPDX-License-Identifier: Apache-2.0
// once.c - see once.h. The kernel packs a matrix of the same shape once more, whose elements are their own
// numbers: what it moves these to is where it moves any. Kernels that compute (Winograd's transforms,
// rounding to fewer bits) leave no such numbers, or not all of them, and what would be made is compared in
// the end.
#include "build/once.h"

#include "plan/order.h"
#include "plan/pick.h"

#include <string.h>

// What the kernel packs of the problem with other numbers in input `i`; env memory, NULL: there is none.
static uint32_t *packed_places(tn_env *env, const tn_tactic_def *t, const tn_problem *p, int i,
                               uint32_t *number, size_t bytes) {
    const tn_tensor **in = tni_calloc(env, (size_t)p->nin, sizeof *in);
    uint32_t *place = in ? tni_calloc(env, 1, bytes) : NULL;
    if (place) {
        tn_tensor numbers = *p->in[i];
        tn_problem of_numbers = *p;
        memcpy(in, p->in, (size_t)p->nin * sizeof *in);
        numbers.data = number;
        in[i] = &numbers;
        of_numbers.in = in;
        t->pack(&of_numbers, place);
    }
    tni_free(env, in);
    return place;
}

// Fills *order when the constant is made by it; `number` is memory of its size.
static tn_status find_order(tni_text *order, const tn_tactic_def *t, const tn_problem *p, int i,
                            const void *packed, uint32_t *number) {
    const tn_tensor *constant = p->in[i];
    size_t count = constant->bytes / sizeof *number, bytes = tni_pack_bytes(t, p);
    for (size_t k = 0; k < count; k++) number[k] = (uint32_t)k + 1;
    uint32_t *place = packed_places(order->env, t, p, i, number, bytes);
    if (!place) return TN_NOMEM;
    bool found = tni_order_find(order, place, bytes / sizeof *place, count);
    tni_free(order->env, place);
    if (order->failed) return TN_NOMEM;
    if (found) {
        const unsigned char *r = (const unsigned char *)order->data;
        memset(number, 0, constant->bytes);
        tni_order_make((tni_bytes){r, r + order->length, false}, packed, number);
        found = !memcmp(number, constant->data, constant->bytes);
    }
    if (!found) tni_text_free(order);
    return TN_OK;
}

tn_status tni_weights_once(tni_writer *w, const tn_tactic_def *t, const tn_problem *p, int i,
                           const void *packed, uint32_t from) {
    const tn_tensor *x = p->in[i];
    size_t element = TNI_ORDER_ELEMENT;
    if (tn_dtype_bits(x->dtype) != 8 * element || x->bytes < TNI_LEAST_SPARE ||
        x->bytes / element >= UINT32_MAX || tni_writer_makes(w, x))
        return TN_OK;
    tni_text order = {.env = w->env};
    uint32_t *number = tni_alloc(w->env, x->bytes);
    tn_status status = number ? find_order(&order, t, p, i, packed, number) : TN_NOMEM;
    tni_free(w->env, number);
    if (order.length) tni_writer_make(w, x, from, &order);
    tni_text_free(&order);
    return status;
}
