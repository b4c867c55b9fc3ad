// SPDX-License-Identifier: Apache-2.0
// build.h - what the generated table names of this floor: a plan that cannot run here is built anew. The rest
// of it is tn_plan_build.
#ifndef TN_BUILD_BUILD_H
#define TN_BUILD_BUILD_H

#include "plan/plan.h"

tn_status tni_build_again(tn_plan **plan, const tn_plan *old, tn_diags *diags);

#endif
