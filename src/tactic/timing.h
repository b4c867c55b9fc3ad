// SPDX-License-Identifier: Apache-2.0
// timing.h - how long candidates take on one problem, measured side by side.
#ifndef TN_TACTIC_TIMING_H
#define TN_TACTIC_TIMING_H

#include "base/pool.h"
#include "tenon/ext.h"

// What counts: processor time as if each thread had a CPU (base/meter.h), or the clock on the wall, for
// kernels that may have threads of their own.
typedef enum tni_timed_by { TNI_BY_PROCESSOR, TNI_BY_WALL } tni_timed_by;

// Fills ns[i] with candidate i's time: the least of several rounds in which the candidates take turns, 0 for
// one that failed. False (all zero): the problem cannot be timed (no memory for it, or its inputs cannot be
// made up).
bool tni_time(tn_env *env, tni_pool *pool, const tn_problem *p, int n, const tn_tactic_def *const *candidate,
              tni_timed_by clock, double *ns);

#endif
