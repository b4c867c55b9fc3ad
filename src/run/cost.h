// SPDX-License-Identifier: Apache-2.0
// cost.h - what a step had to do in the shapes last run: operations and bytes, for the profile.
#ifndef TN_RUN_COST_H
#define TN_RUN_COST_H

#include "run/frame.h"

// Fills flops, bytes and the tactic that ran. Zeros for steps that have not run.
void tni_step_cost(const tni_frame *f, const tni_step *s, tn_step *to);

#endif
