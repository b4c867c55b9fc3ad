// SPDX-License-Identifier: Apache-2.0
// pick.c - the kernel for a step once its shapes are known.
#include "plan/pick.h"

#include "ir/registry.h"
#include "tactic/select.h"

static size_t pack_bytes(const tn_tactic_def *t, const tn_problem *p) {
    return t->pack_bytes ? t->pack_bytes(p) : 0;
}

const tn_tactic_def *tni_step_pick(const tni_step *step, const tn_problem *p, unsigned isa) {
    const tn_tactic_def *chosen = step->tactic, *best = NULL;
    if (chosen && !tni_tactic_reject(chosen, p, isa) && pack_bytes(chosen, p) == step->packed_bytes)
        return chosen;
    for (size_t i = 0; i < tni_tactic_count; i++) {
        const tn_tactic_def *t = tni_tactics[i];
        if ((best && best->rank >= t->rank) || !tni_tactic_serves(t, p->attrs.op)) continue;
        if (!tni_tactic_reject(t, p, isa) && !pack_bytes(t, p)) best = t;
    }
    return best;
}
