// SPDX-License-Identifier: Apache-2.0
// tap.h - tensors read by name after a run. One that the plan still computes is kept; one that was fused away
// is computed from the kept ones by the reference kernels over the imported graph, so tapping changes no
// kernel.
#ifndef TN_RUN_TAP_H
#define TN_RUN_TAP_H

#include "run/frame.h"

typedef struct tni_taps tni_taps;
void tni_taps_free(tni_taps *t);
void tni_taps_clear(tni_taps *t);                         // before a run
tn_status tni_taps_take(tni_taps *t, const tni_frame *f); // after a frame has run

#endif
