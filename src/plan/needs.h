// SPDX-License-Identifier: Apache-2.0
// needs.h - which plug-ins a plan needs.
#ifndef TN_PLAN_NEEDS_H
#define TN_PLAN_NEEDS_H

#include "plan/plan.h"

typedef struct tni_needs { // definitions that come from plug-ins, as they were met
    tn_env *env;
    const void **def;
    size_t count, capacity;
} tni_needs;

tn_status tni_needs_graph(tni_needs *n, const tn_graph *g); // its nodes' operators, bodies included
tn_status tni_needs_tactic(tni_needs *n, const tn_tactic_def *tactic);
void tni_needs_put(tni_text *t, const tni_needs *n);
void tni_needs_free(tni_needs *n);

// Reads what tni_needs_put wrote into the plan. Fails, told, when a plug-in is missing without which the plan
// cannot run; sets plan->again (and fails) when one has another version. A damaged record is left in r->bad.
tn_status tni_needs_take(tn_plan *plan, tni_bytes *r, tni_arena *a, tn_diags *diags);

#endif
