// SPDX-License-Identifier: Apache-2.0
// 1_resize.c - scales that were computed from a size asked for, target / size, give that size. Exporters of
// opset 9 and 10 had no other way to say it; floor(size * (target / size)) would miss it where the quotient
// is rounded down.
#include "pass/rewrite.h"

#include "ir/dim.h"

static bool is_sizes(const tni_value *v) {
    return v && v->info.content && v->info.ncontent && (TN_INTEGERS >> tni_dtype(v) & 1);
}

// What a Cast to a floating type converts.
static tni_value *integers_of(tni_value *v) {
    const tni_node *n = tni_made_by(v, "Cast");
    return n && is_sizes(n->in[0].value) ? n->in[0].value : is_sizes(v) ? v : NULL;
}

// The target in Div(Cast(target), Cast(size)), where size is x's own from dimension `first` on.
static tni_value *target_of(const tni_value *v, const tni_value *x, int first, int64_t n) {
    const tni_node *div = tni_made_by(v, "Div");
    tni_value *target = div ? integers_of(div->in[0].value) : NULL,
              *size = div ? integers_of(div->in[1].value) : NULL;
    if (!target || !size || (int64_t)size->info.ncontent != n || (int64_t)target->info.ncontent != n)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        if (first + i >= tni_rank(x) || !tn_dim_equal(size->info.content[i], x->info.type.dim[first + i]))
            return NULL;
    return target;
}

static tni_value *own_sizes(tni_node *at, tni_value *x, int first, int64_t n, tn_status *status,
                            tn_diags *diags) {
    const tn_attr attr[] = {TN_A_INT("start", first), TN_A_INT("end", first + n)};
    return tni_emit(at, (tni_new_node){.op = "Shape", .nin = 1, .in = &x, .nattr = 2, .attr = attr}, status,
                    diags);
}

static tni_value *as_vector(tni_node *at, tni_value *v, tn_status *status, tn_diags *diags) {
    if (tni_rank(v) == 1 && tni_dtype(v) == TN_I64) return v;
    if (tni_dtype(v) != TN_I64) return NULL;
    tni_value *axes = tni_value_ints(at->graph, NULL, (int64_t[]){0}, 1);
    if (!axes) return *status = TN_NOMEM, NULL;
    return tni_emit(at, (tni_new_node){.op = "Unsqueeze", .nin = 2, .in = (tni_value *[]){v, axes}}, status,
                    diags);
}

// The sizes that a piece of the scales leads to; NULL: not known, or *status.
static tni_value *piece(tni_node *n, const tni_value *scales, int first, int64_t count, tn_status *status,
                        tn_diags *diags) {
    *status = TN_OK;
    if (tni_known_is(scales, 1)) return own_sizes(n, n->in[0].value, first, count, status, diags);
    tni_value *target = target_of(scales, n->in[0].value, first, count);
    return target ? as_vector(n, target, status, diags) : NULL;
}

static bool by_scales(const tni_node *n, const tni_node **concat) {
    size_t axes;
    const tni_value *sizes = tni_in(n, 3);
    if (!tni_is(n, "Resize") || !n->out[0] || tni_rank(n->in[0].value) < 1 || sizes) return false;
    tn_attr_ints(tni_attrs(n), "axes", &axes);
    *concat = tni_made_by(tni_in(n, 2), "Concat");
    return !axes && *concat && (*concat)->nin <= TN_MAX_RANK;
}

// Looked at first, so that nothing is made in vain.
static bool fits(const tni_node *n, const tni_node *concat) {
    int at = 0;
    bool computed = false;
    for (int i = 0; i < concat->nin; i++) {
        const tni_value *v = concat->in[i].value;
        if (tni_rank(v) != 1 || v->info.type.dim[0].e) return false;
        int64_t count = v->info.type.dim[0].k;
        bool one = tni_known_is(v, 1);
        if (!one && !target_of(v, n->in[0].value, at, count)) return false;
        computed |= !one;
        at += (int)count;
    }
    return computed && at == tni_rank(n->in[0].value);
}

static tn_status use_sizes(tni_node *n, const tni_node *concat, bool *changed, tn_diags *diags) {
    tni_value *part[TN_MAX_RANK];
    tn_status status;
    tn_attr attr[TNI_MAX_ATTRS];
    int at = 0;
    for (int i = 0; i < concat->nin; i++) {
        const tni_value *v = concat->in[i].value;
        part[i] = piece(n, v, at, v->info.type.dim[0].k, &status, diags);
        if (!part[i]) return status;
        at += (int)v->info.type.dim[0].k;
    }
    const tn_attr axis = TN_A_INT("axis", 0);
    tni_value *in[4] = {n->in[0].value, tni_in(n, 1)};
    in[3] =
        tni_emit(n, (tni_new_node){.op = "Concat", .nin = concat->nin, .in = part, .nattr = 1, .attr = &axis},
                 &status, diags);
    if (!in[3]) return status;
    *changed = true;
    tni_new_node resize = {
        .op = "Resize", .nin = 4, .in = in, .nattr = tni_given_attrs(n, attr), .attr = attr};
    return tni_rewrite(n, resize, NULL, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        const tni_node *concat;
        next = n->next;
        if (by_scales(n, &concat) && fits(n, concat)) TN_TRY(use_sizes(n, concat, changed, diags));
    }
    return TN_OK;
}

TN_PASS(resize) = {
    TN_HERE,
    .name = "resize",
    .level = 1,
    .run = run,
    .doc = "gives a Resize the size that its scales were computed from",
};
