// SPDX-License-Identifier: Apache-2.0
// codegen.c - the public functions from a model back to source.
#include "export/codegen.h"
#include "plan/plan.h"
#include "tenon/network.h"

tn_status tn_graph_codegen(tn_graph *graph, const char *folder, const char *language, tn_diags *diags) {
    if (!graph || !folder)
        return tni_error(diags, TN_INVALID, "source needs a graph and a folder: NULL was given");
    return tni_codegen(graph, folder, language, diags);
}

static const char no_engine[] = "a graph is taken from an engine, and put somewhere: NULL was given";

tn_status tn_plan_model(const tn_plan *plan, tn_graph **graph, tn_diags *diags) {
    if (!plan || !graph) return tni_error(diags, TN_INVALID, "%s", no_engine);
    return tni_decode_origin(graph, plan, diags);
}

tn_status tn_plan_optimized(const tn_plan *plan, tn_graph **graph, tn_diags *diags) {
    if (!plan || !graph) return tni_error(diags, TN_INVALID, "%s", no_engine);
    return tni_decode_optimized(graph, plan, diags);
}
