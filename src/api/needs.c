// SPDX-License-Identifier: Apache-2.0
// needs.c - what of the registry an engine's running takes: for a library with that and nothing else.
#include "ir/registry.h"
#include "plan/plan.h"

#include <string.h>

static bool runs_op(const tni_step *s, const tn_listing *l) {
    return !strcmp(s->node->op->name, l->name) && tni_same_domain(s->node->op->domain, l->domain);
}

// A step that chose none takes, once its sizes are known, whichever fits: unless they were known to the
// builder.
static bool may_run_tactic(const tni_step *s, const tn_listing *l) {
    if (s->tactic) return !strcmp(s->tactic->name, l->name);
    for (const tn_tactic_def *const *t = s->candidate; *t; t++)
        if (!strcmp((*t)->name, l->name)) return true;
    return false;
}

bool tn_plan_needs(const tn_plan *plan, size_t i) {
    tn_listing l;
    if (tn_list_get(plan->env, i, &l) != TN_OK) return false;
    for (size_t k = 0; k < plan->nsteps; k++) {
        const tni_step *s = &plan->step[k];
        if (!strcmp(l.kind, "op") && runs_op(s, &l)) return true;
        if (!strcmp(l.kind, "tactic") && may_run_tactic(s, &l)) return true;
    }
    return false;
}
