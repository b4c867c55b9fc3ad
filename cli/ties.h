// SPDX-License-Identifier: Apache-2.0
// ties.h - outputs that are indices of the largest elements: where several are equal, more than one answer is
// right. Frameworks and devices choose differently, so indices are judged by what they point at.
#ifndef TN_CLI_TIES_H
#define TN_CLI_TIES_H

#include "model.h"

// For each output the tensor that its indices point into, or NULL: it is not made by TopK, ArgMax or ArgMin.
void ties_find(cli *c, const cli_model *m, const char *const *output, size_t n, const char **into);
// Elements that differ but point at equal values; -1: some point at different ones, or it cannot be told.
int64_t ties_count(const tn_tensor *got, const tn_tensor *want, const tn_tensor *into);

#endif
