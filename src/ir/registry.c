// SPDX-License-Identifier: Apache-2.0
// registry.c - look-ups in the generated tables.
#include "ir/registry.h"

#include <string.h>

const char *tni_domain(const char *domain) { return !domain || !strcmp(domain, "ai.onnx") ? "" : domain; }
bool tni_same_domain(const char *a, const char *b) { return !strcmp(tni_domain(a), tni_domain(b)); }

const tn_op_def *tni_op_find(const char *domain, const char *name) {
    for (size_t i = 0; i < tni_op_count; i++)
        if (tni_ops[i]->name[0] == name[0] && !strcmp(tni_ops[i]->name, name) &&
            tni_same_domain(tni_ops[i]->domain, domain))
            return tni_ops[i];
    return NULL;
}

bool tni_tactic_serves(const tn_tactic_def *tactic, const tn_op_def *op) {
    return !strcmp(tactic->op, op->name) && tni_same_domain(tactic->domain, op->domain);
}

const tn_tactic_def *tni_tactic_find(const char *name) {
    for (size_t i = 0; i < tni_tactic_count; i++)
        if (!strcmp(tni_tactics[i]->name, name)) return tni_tactics[i];
    return NULL;
}
