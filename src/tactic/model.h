// SPDX-License-Identifier: Apache-2.0
// model.h - about how long a kernel takes on a problem, without running it: a sum of what it does, each times
// a constant that was fitted to measurements of that kernel (model_*.def, which scripts/fit_costs.py writes).
// It says which candidates are worth timing, and which one to take where nothing is timed. Kinds of machine
// have constants of their own: what two kernels take beside each other is not the same everywhere.
#ifndef TN_TACTIC_MODEL_H
#define TN_TACTIC_MODEL_H

#include "tenon/ext.h"

enum { TNI_WORK = 5 };
typedef struct tni_work {
    double of[TNI_WORK]; // 1 (the call), multiply-adds, turns (rows or transforms), bytes, bytes of weights
} tni_work;

// What the kernel does, all padding counted.
tni_work tni_work_of(const tn_tactic_def *t, const tn_problem *p);

typedef struct tni_model tni_model;                // the constants of a kind of machine
const tni_model *tni_model_of(const char *vendor); // as tni_cpu_vendor has it
const tni_model *tni_model_here(void);
// Nanoseconds of one thread on the machine that the constants come from; 0: the kernel has none. Kernels that
// only another machine's constants are known of have none, for times of two machines say nothing beside each
// other.
double tni_estimate(const tni_model *m, const tn_tactic_def *t, const tn_problem *p);

#endif
