// SPDX-License-Identifier: Apache-2.0
// expect.h - comparing outputs with expected values, and saying how they differ.
#ifndef TN_CLI_EXPECT_H
#define TN_CLI_EXPECT_H

#include "json.h"

typedef struct outcome {
    const char *file; // NULL: nothing was expected of this output
    tn_comparison figures;
    double rtol, atol;
    const char *expected_type; // "f32[1,10]"
    bool passed;
    int64_t ties; // indices that differ, but point at equal values
    bool kept;    // they are boxes, compared as sets
} outcome;

// The tolerance of --rtol and --atol, or the default of the type and of the model (see `tenon help run`).
void expect_tolerance(cli *c, const tn_tensor *want, bool quantised, double *rtol, double *atol);
// `values`: what the elements are indices of, or NULL; `scores`: of the boxes that they are indices of, or
// NULL.
int expect_compare(cli *c, outcome *o, const char *name, const tn_tensor *got, const char *file,
                   bool quantised, const tn_tensor *values, const tn_tensor *scores);
// One sentence; `name` is the tensor's.
void expect_print(cli *c, const outcome *o, const char *name, const tn_tensor *got);
void expect_json(json *j, const outcome *o);
const char *text_tensor(cli *c, const tn_tensor *t); // "f32[1,10]", "sequence of 3 f32"
// Why two values differ, in words; NULL: they do not.
const char *difference(cli *c, const tn_comparison *f, const tn_tensor *got, const tn_tensor *want);

#endif
