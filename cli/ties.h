// SPDX-License-Identifier: Apache-2.0
// ties.h - outputs that are indices of the largest elements or of the boxes that were kept: where several are
// equal, more than one answer is right. Frameworks and devices choose differently, so indices are judged by
// what they point at.
#ifndef TN_CLI_TIES_H
#define TN_CLI_TIES_H

#include "model.h"

// What an output's elements are indices of, by name. NULL: nothing that is known.
typedef struct pointed {
    const char *values; // of TopK, ArgMax, ArgMin; the boxes of NonMaxSuppression
    const char *scores; // of NonMaxSuppression: the indices are a set
} pointed;

// Finds it for each of the n outputs, in a model or an engine.
void ties_find(cli *c, const cli_model *m, const char *const *output, size_t n, pointed *into);
// Elements that differ but point at equal values; -1: some point at different ones, or it cannot be told.
int64_t ties_along_axis(const tn_tensor *got, const tn_tensor *want, const tn_tensor *values);
// The same for lists of boxes, which are compared as sets: rows [batch, class, box], or boxes of one image.
int64_t ties_kept(cli *c, const tn_tensor *got, const tn_tensor *want, const tn_tensor *boxes,
                  const tn_tensor *scores);

#endif
