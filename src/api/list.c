// SPDX-License-Identifier: Apache-2.0
// list.c - what there is: the registry's rows as the public struct. Operators come first, then kernels, then
// passes; of each, what is built in before what plug-ins bring.
#include "base/plugin.h"
#include "base/str.h"
#include "ir/registry.h"

static const char *plugin_name(const tn_plugin *p) { return p ? p->name : NULL; }

static tn_listing op_listing(const tn_env *env, size_t i) {
    const tn_op_def *o = tni_op_at(env, i);
    return (tn_listing){.kind = "op",
                        .name = o->name,
                        .domain = tni_domain(o->domain),
                        .since = o->since,
                        .first = o->first ? o->first : o->since,
                        .plugin = plugin_name(tni_op_plugin(env, o)),
                        .id = i < tni_op_count ? tni_op_ids[i] : NULL,
                        .doc = o->doc,
                        .file = o->file,
                        .line = o->line};
}

static tn_listing tactic_listing(const tn_env *env, size_t i) {
    const tn_tactic_def *t = tni_tactic_at(env, i);
    return (tn_listing){.kind = "tactic",
                        .name = t->name,
                        .domain = tni_domain(t->domain),
                        .op = t->op,
                        .isa = tni_tactic_isa(t),
                        .plugin = plugin_name(tni_tactic_plugin(env, t)),
                        .id = i < tni_tactic_count ? tni_tactic_ids[i] : NULL,
                        .doc = t->doc,
                        .file = t->file,
                        .line = t->line};
}

static tn_listing pass_listing(const tn_env *env, size_t i) {
    const tn_pass_def *p = tni_pass_at(env, i);
    return (tn_listing){.kind = "pass",
                        .name = p->name,
                        .domain = "",
                        .since = p->level,
                        .plugin = plugin_name(tni_pass_plugin(env, p)),
                        .id = i < tni_pass_count ? tni_pass_ids[i] : NULL,
                        .doc = p->doc,
                        .file = p->file,
                        .line = p->line};
}

static size_t rows(const tn_env *env, size_t built_in, char what) {
    size_t n = built_in;
    if (what == 'o')
        while (tni_op_at(env, n)) n++;
    else if (what == 't')
        while (tni_tactic_at(env, n)) n++;
    else
        while (tni_pass_at(env, n)) n++;
    return n;
}

size_t tn_list_count(const tn_env *env) {
    return rows(env, tni_op_count, 'o') + rows(env, tni_tactic_count, 't') + rows(env, tni_pass_count, 'p');
}

tn_status tn_list_get(const tn_env *env, size_t i, tn_listing *to) {
    size_t ops = rows(env, tni_op_count, 'o'), tactics = rows(env, tni_tactic_count, 't');
    if (i < ops)
        *to = op_listing(env, i);
    else if (i - ops < tactics)
        *to = tactic_listing(env, i - ops);
    else if (tni_pass_at(env, i - ops - tactics))
        *to = pass_listing(env, i - ops - tactics);
    else
        return TN_INVALID;
    return TN_OK;
}

size_t tn_list_types(const tn_env *env, size_t i, char *text, size_t size) {
    const tn_op_def *op = i < rows(env, tni_op_count, 'o') ? tni_op_at(env, i) : NULL;
    tni_fixed f = {text, size, 0};
    if (size) text[0] = 0;
    for (size_t t = 0; op && t < sizeof op->types / sizeof *op->types && op->types[t].name; t++) {
        tni_fixed_printf(&f, "%s%s:", t ? "; " : "", op->types[t].name);
        for (int d = 1; d < TN_DTYPE_COUNT; d++)
            if (op->types[t].dtypes >> d & 1) tni_fixed_printf(&f, " %s", tn_dtype_text((tn_dtype)d));
    }
    return f.length;
}
