// SPDX-License-Identifier: Apache-2.0
// epilogue.c - see epilogue.h.
#include "pass/epilogue.h"

#include <string.h>

static const struct {
    const char *from, *to;
} forms[] = {{"Conv", "tn.Conv"},
             {"tn.Conv", "tn.Conv"},
             {"ConvTranspose", "tn.ConvTranspose"},
             {"tn.ConvTranspose", "tn.ConvTranspose"},
             {"Gemm", "tn.Gemm"},
             {"MatMul", "tn.Gemm"},
             {"tn.Gemm", "tn.Gemm"}};

bool tni_fusable_before(const tni_value *v, tni_fusable *to) {
    const tni_node *n = v ? v->def : NULL;
    if (!n || n->graph != v->graph || !tni_used_once(v) || !tni_is_float(tni_dtype(v))) return false;
    *to = (tni_fusable){.node = n};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (tni_is(n, forms[i].from)) to->op = forms[i].to;
    if (!to->op) return false;
    if (tni_is(n, "MatMul") && (tni_rank(n->in[0].value) < 2 || tni_rank(n->in[1].value) < 2)) return false;
    for (int i = 0; i < 4; i++) to->in[i] = tni_in(n, i);
    to->residual = !tni_is(n, "ConvTranspose") && !tni_is(n, "tn.ConvTranspose");
    to->activated = tni_is(n, to->op) && *tn_attr_string(tni_attrs(n), "activation");
    return true;
}

tn_status tni_fuse(tni_node *at, const tni_fusable *f, size_t nattr, const tn_attr *attr, tn_diags *diags) {
    tn_attr all[TNI_MAX_ATTRS + 4];
    size_t n = tni_given_attrs(f->node, all);
    for (size_t i = 0; i < nattr && n < TNI_MAX_ATTRS + 4; i++) all[n++] = attr[i];
    tni_value *in[4];
    memcpy(in, f->in, sizeof in);
    tni_new_node spec = {
        .op = f->op, .like = f->node, .nin = f->residual ? 4 : 3, .in = in, .nattr = n, .attr = all};
    return tni_rewrite(at, spec, NULL, diags);
}
