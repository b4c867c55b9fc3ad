// SPDX-License-Identifier: Apache-2.0
// list.c - what is built in: the registry's rows as the public struct.
#include "ir/registry.h"

size_t tn_list_count(void) { return tni_op_count + tni_tactic_count + tni_pass_count; }

tn_status tn_list_get(size_t i, tn_listing *to) {
    if (i < tni_op_count) {
        const tn_op_def *o = tni_ops[i];
        *to = (tn_listing){.kind = "op",
                           .name = o->name,
                           .domain = tni_domain(o->domain),
                           .since = o->since,
                           .doc = o->doc,
                           .file = o->file,
                           .line = o->line};
        return TN_OK;
    }
    if ((i -= tni_op_count) < tni_tactic_count) {
        const tn_tactic_def *t = tni_tactics[i];
        *to = (tn_listing){.kind = "tactic",
                           .name = t->name,
                           .domain = tni_domain(t->domain),
                           .op = t->op,
                           .doc = t->doc,
                           .file = t->file,
                           .line = t->line};
        return TN_OK;
    }
    if ((i -= tni_tactic_count) < tni_pass_count) {
        const tn_pass_def *p = tni_passes[i];
        *to = (tn_listing){.kind = "pass",
                           .name = p->name,
                           .domain = "",
                           .since = p->level,
                           .doc = p->doc,
                           .file = p->file,
                           .line = p->line};
        return TN_OK;
    }
    return TN_INVALID;
}
