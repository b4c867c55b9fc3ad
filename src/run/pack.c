// SPDX-License-Identifier: Apache-2.0
// pack.c - packing constants at run time, once per step and kernel; kept as long as the plan.
#include "run/pack.h"

#include "plan/share.h"

#include <string.h>

bool tni_may_pack(const tni_exec *e, const tn_problem *p) {
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && p->in[i]->data && !tni_constant(e->step->node->in[i].value)) return false;
    return true;
}

const void *tni_pack(const tn_context *c, const tni_step *s, const tn_tactic_def *t, const tn_problem *p,
                     size_t bytes, tni_arena *a) {
    bool full;
    const void *shared = tni_shared_pack(c->plan, s, t, p, bytes, &full);
    if (!full) return shared;
    void *data = tni_arena_tensor(a, bytes);
    if (!data) return NULL;
    memset(data, 0, bytes); // as the builder does: padding is zeros
    t->pack(p, data);
    return data;
}
