// SPDX-License-Identifier: Apache-2.0
// pick.c - the kernel for a step once its shapes are known.
#include "plan/pick.h"

#include "ir/registry.h"

size_t tni_pack_bytes(const tn_tactic_def *t, const tn_problem *p) {
    return t->pack_bytes ? t->pack_bytes(p) : 0;
}

// Weights come behind the data and before what is added to the result, which running reads whatever its size;
// packing does not make them smaller. test/unit/tactics.c holds every kernel to it.
int tni_packed_input(const tn_problem *p, size_t packed) {
    for (int i = 1; i < p->nin; i++)
        if (p->in[i] && p->in[i]->data && p->in[i]->rank >= 2) return packed >= p->in[i]->bytes ? i : -1;
    return -1;
}

const tn_tactic_def *tni_step_pick(const tni_step *step, const tn_problem *p, bool may_pack, unsigned isa) {
    const tn_tactic_def *chosen = step->tactic, *best = NULL;
    if (chosen && !tni_tactic_reject(chosen, p, isa) && tni_pack_bytes(chosen, p) == step->packed_bytes)
        return chosen;
    for (const tn_tactic_def *const *each = step->candidate; *each; each++) {
        const tn_tactic_def *t = *each;
        if (best && best->rank >= t->rank) continue;
        if (!tni_tactic_reject(t, p, isa) && (may_pack || !tni_pack_bytes(t, p))) best = t;
    }
    return best;
}
