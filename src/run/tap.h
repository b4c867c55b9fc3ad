// SPDX-License-Identifier: Apache-2.0
// tap.h - tensors read by name after a run. One that the plan still computes is kept; one that was fused away
// is computed from the kept ones by the reference kernels over the imported graph, so tapping changes no
// kernel.
#ifndef TN_RUN_TAP_H
#define TN_RUN_TAP_H

#include "run/frame.h"

typedef struct tni_taps tni_taps;
void tni_taps_free(tni_taps *t);
tn_status tni_taps_collect(tn_context *c); // after a run

#endif
