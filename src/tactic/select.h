// SPDX-License-Identifier: Apache-2.0
// select.h - which kernel runs a problem. A tuner lives as long as one build: it knows the machine, keeps
// what it has measured by problem key (a problem that occurs twice is timed once and gets the same kernel
// twice), and reads and writes the timing cache.
//
//     tni_tuner_new -> tni_select for every node -> tni_tuner_save -> tni_tuner_free
#ifndef TN_TACTIC_SELECT_H
#define TN_TACTIC_SELECT_H

#include "base/alloc.h"
#include "base/diag.h"
#include "tenon/ext.h"

typedef struct tni_tuner tni_tuner;

typedef struct tni_tuner_options {
    int threads;            // tuned for; 0: all cores
    const char *cache_path; // timing cache, read now and merged into by tni_tuner_save; NULL: none
    bool exact;             // leaves out kernels with an error of their own (tn_tactic_def.error)
    const char *tactics;    // patterns of those that may be chosen, NULL: all; borrowed
    bool no_timing;         // what the cost model prefers, else by rank; the cache still counts
} tni_tuner_options;

// Called once per candidate: whether it was chosen, its best time (0: not timed), and why it does not fit
// (NULL: it does).
typedef void tni_explain(void *user, const char *tactic, bool chosen, double ns, const char *reason);

// A cache that cannot be read or parsed counts as empty and is reported as a warning.
tn_status tni_tuner_new(tni_tuner **tuner, tn_env *env, const tni_tuner_options *options, tn_diags *diags);
void tni_tuner_free(tni_tuner *tuner);

// What a byte that a kernel packs beyond its constants' own costs from now on, in nanoseconds; never below
// what it costs at first. What was measured stays, and nothing is measured anew for it.
void tni_tuner_price(tni_tuner *tuner, double price);
double tni_extra_bytes(const tn_tactic_def *tactic, const tn_problem *p); // such bytes

// Chooses for `p` (concrete shapes; `data` set for constants only). *best NULL: the reference kernel.
// `explain` may be NULL. Fails only for want of memory.
tn_status tni_select(tni_tuner *tuner, const tn_problem *p, tni_explain *explain, void *user,
                     const tn_tactic_def **best);

// Nanoseconds of the kernel that would be chosen: measured (or remembered) with `time`, else by the cost
// model. 0: not known.
tn_status tni_select_cost(tni_tuner *tuner, const tn_problem *p, bool time, double *ns);

// Whether any kernel that may be chosen fits.
bool tni_select_served(const tni_tuner *tuner, const tn_problem *p);

// Merges what was measured into the cache file, atomically, under a lock: builds in parallel lose nothing. A
// file that cannot be written is a warning.
tn_status tni_tuner_save(tni_tuner *tuner, tn_diags *diags);

#endif
