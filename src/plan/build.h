// SPDX-License-Identifier: Apache-2.0
// build.h - from a graph to the block.
#ifndef TN_PLAN_BUILD_H
#define TN_PLAN_BUILD_H

#include "plan/plan.h"

bool tni_is_plan(const void *data, size_t size);
// Writes size and digest into the header of a block of at least TNI_PLAN_HEADER bytes. Tests forge engines
// so.
void tni_plan_seal(unsigned char *block, size_t size);
// Joins the parts under a header. `*block` is env memory.
tn_status tni_plan_assemble(tn_env *env, const tni_text *program, const tni_text *origin,
                            const tni_blobs *data, int threads, void **block, size_t *size);

// A node's problem in concrete shapes; false when some shape is not concrete or an input is no tensor.
// Tensors are made in `a`. `info` as in tni_infer_env.
bool tni_node_problem(const tni_node *n, tni_arena *a, tn_info *(*info)(void *user, const tni_value *v),
                      void *user, tn_problem *p);

#endif
