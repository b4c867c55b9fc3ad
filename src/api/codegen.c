// SPDX-License-Identifier: Apache-2.0
// codegen.c - the public functions from a model back to source.
#include "export/codegen.h"
#include "plan/plan.h"
#include "tenon/network.h"

tn_status tn_graph_codegen(tn_graph *graph, const char *folder, const char *language, tn_diags *diags) {
    return tni_codegen(graph, folder, language, diags);
}

tn_status tn_plan_model(const tn_plan *plan, tn_graph **graph, tn_diags *diags) {
    return tni_decode_origin(graph, plan, diags);
}

tn_status tn_plan_optimized(const tn_plan *plan, tn_graph **graph, tn_diags *diags) {
    return tni_decode_optimized(graph, plan, diags);
}
