// SPDX-License-Identifier: Apache-2.0
// model.h - about how long a kernel takes on a problem, without running it: a sum of what it does, each times
// a constant that was fitted to measurements of that kernel (model.def; scripts/fit_costs.py writes it). It
// says which candidates are worth timing, and which one to take where nothing is timed.
#ifndef TN_TACTIC_MODEL_H
#define TN_TACTIC_MODEL_H

#include "tenon/ext.h"

enum { TNI_WORK = 5 };
typedef struct tni_work {
    double of[TNI_WORK]; // 1 (the call), multiply-adds, turns (rows or transforms), bytes, bytes of weights
} tni_work;

// What the kernel does, all padding counted.
tni_work tni_work_of(const tn_tactic_def *t, const tn_problem *p);
// Nanoseconds of one thread on the machine that the constants come from; 0: the kernel has none.
double tni_estimate(const tn_tactic_def *t, const tn_problem *p);

#endif
