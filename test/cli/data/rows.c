// SPDX-License-Identifier: Apache-2.0
// rows.c - a plug-in that says with operators there are what a custom operator of PyTorch means.
#include "tenon/ext.h"

static const tn_aten_def rows[] = {
    {.target = "example.pixel_norm",
     .as = "Div(Mul(x, Reshape(gain, [1, -1, 1, 1])), Sqrt(Add(ReduceMean(Mul(x, x), [1]), epsilon?1e-8)))"},
    {.target = "example.double_", .as = "Mul(x, 2)"},
    {.target = "example.mix(a!, b, kept!)",
     .as = "Sub(Add(a, Mul(b, share?0.5)), b); Add(a, Mul(b, share?0.5)); Mul(b, 3)"},
    {0},
};

TN_PLUGIN = {TN_PLUGIN_HERE, .name = "rows", .version = "1", .atens = rows};
