// SPDX-License-Identifier: Apache-2.0
// image.h - a first layer that reads its image as it comes.
#ifndef TN_PASS_IMAGE_H
#define TN_PASS_IMAGE_H

#include "pass/pass.h"

extern const tn_pass_def tn_pass_blocked_image;

// The pass `blocked_image`, with costs: where what was before is faster, it stays. Without them (NULL) it
// never does.
tn_status tni_image_run(tn_graph *g, const tni_costs *costs, bool *changed, tn_diags *diags);

#endif
