// SPDX-License-Identifier: Apache-2.0
// pick.c - the kernel for a step once its shapes are known.
#include "plan/pick.h"

#include "ir/registry.h"
#include "tactic/select.h"

static size_t pack_bytes(const tn_tactic_def *t, const tn_problem *p) {
    return t->pack_bytes ? t->pack_bytes(p) : 0;
}

const tn_tactic_def *tni_step_pick(const tni_step *step, const tn_problem *p, const tn_env *env) {
    const tn_tactic_def *chosen = step->tactic, *best = NULL, *t;
    if (chosen && !tni_tactic_reject(chosen, p, env->isa) && pack_bytes(chosen, p) == step->packed_bytes)
        return chosen;
    for (size_t i = 0; (t = tni_tactic_at(env, i)); i++) {
        if ((best && best->rank >= t->rank) || !tni_tactic_serves(t, p->attrs.op)) continue;
        if (!tni_tactic_reject(t, p, env->isa) && !pack_bytes(t, p)) best = t;
    }
    return best;
}
