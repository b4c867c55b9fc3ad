// SPDX-License-Identifier: Apache-2.0
// pack.c - packing constants at run time, once per step and kernel; kept as long as the context.
#include "run/pack.h"

#include <string.h>

enum { MOST = 4 }; // kept of one step; shapes could ask for ever new ones

struct tni_packed {
    struct tni_packed *next;
    const tn_tactic_def *tactic;
    size_t bytes;
    const void *data;
};

bool tni_may_pack(const tni_exec *e, const tn_problem *p) {
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && p->in[i]->data && !tni_constant(e->step->node->in[i].value)) return false;
    return true;
}

static const void *pack(const tn_tactic_def *t, const tn_problem *p, size_t bytes, tni_arena *a) {
    void *data = tni_arena_tensor(a, bytes);
    if (!data) return NULL;
    memset(data, 0, bytes); // as the builder does: padding is zeros
    t->pack(p, data);
    return data;
}

const void *tni_pack(tn_context *c, const tni_step *s, const tn_tactic_def *t, const tn_problem *p,
                     size_t bytes, tni_arena *a) {
    struct tni_packed **first = &c->packed[s->node->mark], *k;
    int count = 0;
    for (k = *first; k; k = k->next, count++)
        if (k->tactic == t && k->bytes == bytes) return k->data;
    if (count == MOST) return pack(t, p, bytes, a);
    k = tni_arena_alloc(&c->own, sizeof *k);
    const void *data = k ? pack(t, p, bytes, &c->own) : NULL;
    if (!data) return NULL;
    *k = (struct tni_packed){*first, t, bytes, data};
    *first = k;
    return data;
}
