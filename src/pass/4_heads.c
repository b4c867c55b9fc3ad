// SPDX-License-Identifier: Apache-2.0
// 4_heads.c - what leaves blocks only to be laid out anew leaves them in that layout, as tn.BlockedHeads:
//
//     Concat(Reshape(FromBlocked(x)), Reshape(FromBlocked(y)), ...)   along the pixels
//     Transpose(Reshape(FromBlocked(x)))                              channels, or groups of them, last
//     Transpose(BlockedHeads(x, y, ...)), Sigmoid(BlockedHeads(x, y, ...))
#include "pass/rewrite.h"

#include <string.h>

enum { MAPS = 16 }; // as many as the kernels take

typedef struct heads {
    int nin;
    tni_value *in[MAPS]; // blocked
    int64_t channels, groups;
    bool last;
    const char *activation;
    tn_dim images, pixels;
} heads;

// The node behind nodes that change nothing but the shape, when nobody else reads what is in between.
static const tni_node *source_of(const tni_value *v) {
    const tni_node *n = v->def;
    while (n && n->graph == v->graph && tni_used_once(v) && n->op->traits & TN_SAME_DATA) {
        v = n->in[0].value;
        n = v->def;
    }
    return n && n->graph == v->graph && tni_used_once(v) ? n : NULL;
}

static tn_dim product(tn_graph *g, const tn_type *t, int first, int last) {
    tn_dim all = tn_k(1);
    for (int d = first; d < last; d++) all = tn_dim_mul(&g->root->dims, all, t->dim[d]);
    return all;
}

// What leaves blocks here, by either operator.
static bool read_heads(const tni_node *n, heads *to) {
    const tn_type *t = n && n->nout && n->out[0] ? &n->out[0]->info.type : NULL;
    if (!t || t->rank < 3 || n->nin > MAPS) return false;
    tn_attrs a = tni_attrs(n);
    *to = (heads){.nin = n->nin, .groups = 1, .activation = "", .images = t->dim[0]};
    for (int i = 0; i < n->nin; i++) to->in[i] = n->in[i].value;
    bool whole = tni_is(n, "tn.FromBlocked");
    if (!whole && !tni_is(n, "tn.BlockedHeads")) return false;
    to->channels = tn_attr_int(a, "channels");
    to->pixels = whole ? product(n->graph, t, 2, t->rank) : t->dim[2];
    if (whole) return true;
    to->last = tn_attr_int(a, "last") != 0;
    to->groups = tn_attr_int(a, "groups");
    to->activation = tn_attr_string(a, "activation");
    return true;
}

// Makes it in n's place, in the shape of n's output.
static tn_status make(tni_node *n, const heads *h, bool *changed, tn_diags *diags) {
    tn_status status;
    tn_attr attr[4] = {TN_A_INT("channels", h->channels)};
    size_t nattr = 1;
    if (h->last) attr[nattr++] = TN_A_INT("last", 1);
    if (h->groups > 1) attr[nattr++] = TN_A_INT("groups", h->groups);
    if (*h->activation) attr[nattr++] = TN_A_STRING("activation", h->activation);
    tni_value *in[MAPS];
    memcpy(in, h->in, sizeof in);
    tni_new_node spec = {
        .op = "tn.BlockedHeads", .nin = h->nin, .in = in, .nattr = nattr, .attr = attr, .like = n};
    tni_value *y = tni_emit(n, spec, &status, diags);
    if (!y) return status;
    if (tni_same_shape(y, n->out[0]) && tni_may_replace(n->out[0], y)) {
        tni_forward(n, y, changed);
        return TN_OK;
    }
    tni_value *shape = tni_shape_for(n->graph, y, &n->out[0]->info.type, &status);
    if (!shape) return tni_node_remove(y->def), status;
    *changed = true;
    return tni_rewrite(n, (tni_new_node){.op = "Reshape", .nin = 2, .in = (tni_value *[]){y, shape}}, NULL,
                       diags);
}

// Concat's input: images in front, pixels behind, channels in between.
static bool is_flat(const tni_value *v, const heads *h) {
    const tn_type *t = &v->info.type;
    if (t->rank < 3 || !tn_dim_equal(t->dim[0], h->images)) return false;
    return tn_dim_equal(t->dim[t->rank - 1], h->pixels) &&
           tn_dim_is(product(v->graph, t, 1, t->rank - 1), h->channels);
}

static tn_status join(tni_node *n, bool *changed, tn_diags *diags) {
    heads all = {0};
    int rank = tni_rank(n->out[0]);
    int64_t axis = tn_attr_int(tni_attrs(n), "axis");
    if (rank < 3 || (axis < 0 ? axis + rank : axis) != rank - 1 || n->nin > MAPS) return TN_OK;
    for (int i = 0; i < n->nin; i++) {
        heads each;
        const tni_node *from = source_of(n->in[i].value);
        if (!from || !tni_is(from, "tn.FromBlocked") || !read_heads(from, &each)) return TN_OK;
        if (!is_flat(n->in[i].value, &each) || (i && each.channels != all.channels)) return TN_OK;
        if (!i) all = each;
        all.in[i] = each.in[0];
    }
    all.nin = n->nin;
    return make(n, &all, changed, diags);
}

// Channels, or what there is of them in a group, go from before the pixels to behind them.
static bool turns(const tni_node *n, heads *h) {
    int perm[TN_MAX_RANK], rank, at = 1;
    const tn_type *t = &n->in[0].value->info.type;
    if (!tni_perm(n, perm, &rank) || rank < 3) return false;
    while (at < rank && perm[at] == at) at++;
    for (int i = at; i < rank; i++)
        if (perm[i] != (i + 1 < rank ? i + 1 : at)) return false;
    if (perm[0] != 0 || at + 1 >= rank || t->dim[at].e || t->dim[at].k < 1) return false;
    h->groups = h->channels / t->dim[at].k;
    h->last = true;
    return tn_dim_equal(t->dim[0], h->images) && h->groups * t->dim[at].k == h->channels &&
           tn_dim_is(product(n->graph, t, 1, at), h->groups) &&
           tn_dim_equal(product(n->graph, t, at + 1, rank), h->pixels);
}

static tn_status turn(tni_node *n, bool *changed, tn_diags *diags) {
    heads h;
    if (!read_heads(source_of(n->in[0].value), &h) || h.last || !turns(n, &h)) return TN_OK;
    return make(n, &h, changed, diags);
}

static tn_status activate(tni_node *n, bool *changed, tn_diags *diags) {
    heads h;
    const tni_node *from = source_of(n->in[0].value);
    if (!from || !tni_is(from, "tn.BlockedHeads") || !read_heads(from, &h) || *h.activation) return TN_OK;
    h.activation = "Sigmoid";
    return make(n, &h, changed, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (!n->nin || !n->nout || !n->out[0] || !n->in[0].value) continue;
        if (tni_is(n, "Concat"))
            TN_TRY(join(n, changed, diags));
        else if (tni_is(n, "Transpose"))
            TN_TRY(turn(n, changed, diags));
        else if (tni_is(n, "Sigmoid"))
            TN_TRY(activate(n, changed, diags));
    }
    return TN_OK;
}

TN_PASS(heads) = {
    TN_HERE,
    .name = "heads",
    .level = 4,
    .run = run,
    .doc = "takes maps out of blocks in the layout that they are wanted in",
};
