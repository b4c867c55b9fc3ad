// SPDX-License-Identifier: Apache-2.0
// unview.c - what a tensor holds after one of its views was written to. A view that keeps all elements is put
// back by the opposite arrangement; a piece along one dimension by joining what is before it, it, and what is
// behind it; any other view by scattering to the places that the same view of 0, 1, 2... names.
#include "import/pt2/call.h"

#include <string.h>

typedef tni_value *(*unview_fn)(tn_aten *c, tni_value *parent, tni_value *v);

static tni_value *reshaped(tn_aten *c, tni_value *parent, tni_value *v) {
    return tni_at_expr(c, "Reshape($0, Shape($1)){allowzero=1}", v, parent);
}

// The permutation that the view's converter made stands at its node.
static tni_value *permuted(tn_aten *c, tni_value *parent, tni_value *v) {
    size_t n = 0;
    int64_t back[TN_MAX_RANK];
    c->instead[0] = parent;
    c->def->convert(c);
    tni_value *view = c->result[0];
    if (!view || view == parent) return view ? v : NULL;
    const int64_t *perm = tn_attr_ints(tni_attrs(view->def), "perm", &n);
    for (size_t i = 0; i < n; i++) back[perm[i]] = (int64_t)i;
    tni_at_set_ints(c, "back", back, n);
    return tni_at_expr(c, "Transpose($0){perm=back}", v);
}

static tni_value *slice(tn_aten *c, tni_value *parent, tni_value *v) {
    return tni_at_put_slice(c, parent, v, tni_at_axis(c, "dim", tni_at_rank(c, parent)));
}

static tni_value *narrow(tn_aten *c, tni_value *parent, tni_value *v) {
    return tni_at_put_slice(c, parent, v, tni_at_axis(c, "dim", tni_at_rank(c, parent)));
}

static tni_value *select_(tn_aten *c, tni_value *parent, tni_value *v) {
    return tni_at_put_index(c, parent, v, tni_at_axis(c, "dim", tni_at_rank(c, parent)));
}

// Where each of the view's elements comes from, by making the same view of the places themselves.
static tni_value *scattered(tn_aten *c, tni_value *parent, tni_value *v) {
    tni_value *zero = tni_at_scalar(c, TN_I64, 0), *one = tni_at_scalar(c, TN_I64, 1);
    tni_at_clear(c);
    tni_value *places =
        tni_at_expr(c, "Reshape(Range($0, Size($1), $2), Shape($1)){allowzero=1}", zero, parent, one);
    tn_aten view = *c;
    view.instead[0] = places;
    view.out = view.compute = TN_I64;
    view.nlocal = 0;
    if (!places) return NULL;
    tni_at_convert(&view);
    c->failed |= view.failed;
    tni_value *index = view.result[c->output];
    if (!index) return NULL;
    return tni_at_expr(
        c,
        "Reshape(ScatterElements(Reshape($0, [-1]), Reshape($1, [-1]), Reshape($2, [-1])), Shape($0)){"
        "allowzero=1}",
        parent, index, v);
}

static const struct {
    const char *packet;
    unview_fn fn;
} table[] = {
    {"view.default", reshaped}, {"_unsafe_view", reshaped}, {"reshape", reshaped},   {"view_as", reshaped},
    {"reshape_as", reshaped},   {"flatten", reshaped},      {"unflatten", reshaped}, {"unsqueeze", reshaped},
    {"squeeze", reshaped},      {"alias", reshaped},        {"detach", reshaped},    {"contiguous", reshaped},
    {"lift", reshaped},         {"dropout", reshaped},      {"to", reshaped},        {"permute", permuted},
    {"transpose", permuted},    {"swapaxes", permuted},     {"swapdims", permuted},  {"t", permuted},
    {"numpy_T", permuted},      {"mT", permuted},           {"movedim", permuted},   {"moveaxis", permuted},
    {"slice", slice},           {"narrow", narrow},         {"select", select_},
};

// "aten.slice.Tensor" is of packet "slice".
static bool is_packet(const char *target, const char *packet) {
    const char *at = strchr(target, '.');
    size_t n = strlen(packet);
    return at && !strncmp(at + 1, packet, n) && (at[n + 1] == '.' || !at[n + 1]);
}

tni_value *tni_pt2_unview(tni_pt2 *x, tni_pt2_tensor *t, tni_value *parent, tni_value *v) {
    tn_aten c = tni_pt2_call_of(x, t);
    unview_fn fn = scattered;
    if (!parent) return NULL;
    c.instead_of[0] = t->parent;
    c.instead[0] = parent;
    c.output = t->output;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (is_packet(c.target, table[i].packet)) fn = table[i].fn;
    tni_value *made = fn(&c, parent, v);
    if (!made && !c.failed && !x->nomem) tni_at_fail(&c, NULL, "a write to this view cannot be followed");
    return made;
}
