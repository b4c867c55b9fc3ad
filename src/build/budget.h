// SPDX-License-Identifier: Apache-2.0
// budget.h - what the packed weights of one engine may take together.
#ifndef TN_BUILD_BUDGET_H
#define TN_BUILD_BUDGET_H

#include "tactic/select.h"

// One step: what is to be computed (attrs.op NULL: nothing that a kernel could be chosen for), and by what.
typedef struct tni_choice {
    tn_problem problem;
    const tn_tactic_def *best; // NULL: the reference kernel
    double price;              // of a byte, in the end (tni_tuner_price)
} tni_choice;

// Chooses a kernel for every step: the fastest ones, as long as the memory of weights, of what kernels pack
// beyond them and of the largest step stay within bounds (budget.c); else memory is made dearer until they
// do. The first round, in which kernels are timed, tells of its progress.
typedef void tni_progress(void *user, size_t done);
tn_status tni_budget_choose(tni_tuner *tuner, tni_choice *choice, size_t n, int threads,
                            tni_progress *progress, void *user);

#endif
