// SPDX-License-Identifier: Apache-2.0
// ranges.h - `tenon run --ranges`: what the numbers of one run were like, and where f16 would not hold them.
#ifndef TN_CLI_RANGES_H
#define TN_CLI_RANGES_H

#include "json.h"

typedef struct ranges ranges;

// Taps every tensor of floats that the plan reads or makes. Reports what goes wrong.
int ranges_tap(cli *c, ranges **r, const tn_plan *plan, tn_context *context);
// After the run.
void ranges_print(cli *c, const ranges *r, const tn_context *context);
void ranges_json(json *j, const ranges *r, const tn_context *context);

#endif
