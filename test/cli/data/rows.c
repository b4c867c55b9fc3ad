// SPDX-License-Identifier: Apache-2.0
// rows.c - a plug-in that says with operators there are what a custom operator of PyTorch means.
#include "tenon/ext.h"

static const tn_aten_def rows[] = {
    {.target = "example.pixel_norm",
     .as = "Div(Mul(x, Reshape(gain, [1, -1, 1, 1])), Sqrt(Add(ReduceMean(Mul(x, x), [1]), epsilon?1e-8)))"},
    {0},
};

TN_PLUGIN = {TN_PLUGIN_HERE, .name = "rows", .version = "1", .atens = rows};
