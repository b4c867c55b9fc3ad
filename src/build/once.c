// SPDX-License-Identifier: Apache-2.0
// once.c - see once.h. The kernel packs a matrix of the same shape once more, whose elements are their own
// numbers: what it moves these to is where it moves any. Kernels that compute (Winograd's transforms,
// rounding to fewer bits) leave no such numbers, or not all of them, and the constant is compared with what
// was packed.
#include "build/once.h"

#include "base/pool.h"
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
        unsigned fp = tni_fp_begin(); // as floats they are denormal: arithmetic with them could take long
        t->pack(&of_numbers, place);
        tni_fp_end(fp);
    }
    tni_free(env, in);
    return place;
}

static bool find_order(tni_text *order, const tn_tactic_def *t, const tn_problem *p, int i) {
    size_t count = p->in[i]->bytes / TNI_ORDER_ELEMENT, bytes = tni_pack_bytes(t, p);
    uint32_t *number = tni_alloc(order->env, p->in[i]->bytes);
    for (size_t k = 0; number && k < count; k++) number[k] = (uint32_t)k + 1;
    uint32_t *place = number ? packed_places(order->env, t, p, i, number, bytes) : NULL;
    tni_free(order->env, number);
    bool found = place && tni_order_find(order, place, bytes / sizeof *place, count);
    bool failed = !place || order->failed;
    tni_free(order->env, place);
    if (!found) tni_text_free(order);
    return !failed;
}

bool tni_weights_order(tni_text *order, const tni_writer *w, const tn_tactic_def *t, const tn_problem *p,
                       int i) {
    *order = (tni_text){.env = w->env};
    if (i < 0) return true;
    const tn_tensor *x = p->in[i];
    bool fits = tn_dtype_bits(x->dtype) == 8 * TNI_ORDER_ELEMENT && x->bytes >= TNI_LEAST_SPARE &&
                x->bytes / TNI_ORDER_ELEMENT < UINT32_MAX;
    return !fits || tni_writer_makes(w, x) || find_order(order, t, p, i);
}

void tni_weights_once(tni_writer *w, tni_text *order, const tn_tensor *constant, const void *packed,
                      uint32_t from) {
    const unsigned char *r = (const unsigned char *)order->data;
    if (r && tni_order_same((tni_bytes){r, r + order->length, false}, packed, constant->data))
        tni_writer_make(w, constant, from, order);
    tni_text_free(order);
}
