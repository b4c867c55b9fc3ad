// SPDX-License-Identifier: Apache-2.0
// program.h - which elementwise nodes become one step.
#ifndef TN_PASS_PROGRAM_H
#define TN_PASS_PROGRAM_H

#include "pass/pass.h"

extern const tn_pass_def tn_pass_program;

// The pass `program`; with costs (NULL: none) only what kernels take and what is not slower so.
tn_status tni_program_run(tn_graph *g, const tni_costs *costs, bool *changed, tn_diags *diags);

#endif
