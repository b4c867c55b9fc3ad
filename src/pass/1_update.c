// SPDX-License-Identifier: Apache-2.0
// 1_update.c - assignments to slices. Exporters write z[1:3] = u as a ScatterND with a grid of indices,
// between Transposes or behind other slices, and often twice. Here it becomes one tn.Update of the tensor
// itself:
//
//     ScatterND(z, grid, u), ScatterElements(z, grid, u)          -> Update(z, u)
//     Add(z, Pad(u))                                              -> Update(z, u) {add=1}
//     Update(Transpose(z), u), Update(constant, Transpose(u))     -> Transpose(Update(z, u))
//     Update(z, Update(z[box], u)) on the same box                -> Update(z, u) on the inner box
//     Update(z, z[box] + u) on the same box                       -> Update(z, u) {add=1}
//     Update(z, z[box]) on the same box, Update(Update(z, u), u)  -> what is updated
#include "pass/grid.h"

static tn_status make(tni_node *n, tni_value *data, tni_value *updates, const tni_box *box, bool add,
                      bool *changed, tn_diags *diags) {
    const tn_attr attr[] = {TN_A_INTS("starts", box->start, (size_t)box->rank),
                            TN_A_INTS("steps", box->step, (size_t)box->rank), TN_A_INT("add", add)};
    tni_new_node update = {.op = "tn.Update",
                           .nin = 2,
                           .in = (tni_value *[]){data, updates},
                           .nattr = add ? 3 : 2,
                           .attr = attr};
    *changed = true;
    return tni_rewrite(n, update, NULL, diags);
}

// ---- from grids of indices

static bool is_box(const tni_box *b, const tni_value *data, const tni_value *updates) {
    for (int d = 0; d < b->rank; d++) {
        tn_dim size = updates->info.type.dim[d], have = data->info.type.dim[d];
        if (b->start[d] < 0 || b->step[d] < 1) return false;
        if (size.e || have.e) continue;
        if (size.k > have.k || (size.k && b->start[d] + (size.k - 1) * b->step[d] >= have.k)) return false;
    }
    return true;
}

// The box that tuples of indices name, and the updates in its shape: dimension d of the indices counts along
// one place in the tuples, in the same order, or has size 1.
static bool box_of_tuples(const tni_value *data, const tni_value *updates, const tni_grid *column, int k,
                          tni_box *box, tn_type *shape) {
    int batch = column[0].rank, next = 0, rank = tni_rank(data);
    const tn_type *u = &updates->info.type;
    if (k < 1 || k > rank || u->rank != batch + rank - k) return false;
    *box = (tni_box){.rank = rank};
    *shape = *u;
    shape->rank = rank;
    for (int c = 0; c < k; c++) {
        int along = -1;
        for (int d = 0; d < batch; d++)
            if (column[c].step[d] && !tn_dim_is(u->dim[d], 1)) {
                if (along >= 0) return false;
                along = d;
            }
        for (; along >= 0 && next < along; next++)
            if (!tn_dim_is(u->dim[next], 1)) return false;
        if (along >= 0 && next++ != along) return false;
        tn_dim have = data->info.type.dim[c];
        box->start[c] = column[c].base;
        if (box->start[c] < 0 && !have.e) box->start[c] += have.k;
        box->step[c] = along >= 0 ? column[c].step[along] : 1;
        shape->dim[c] = along >= 0 ? u->dim[along] : tn_k(1);
    }
    for (; next < batch; next++)
        if (!tn_dim_is(u->dim[next], 1)) return false;
    for (int d = k; d < rank; d++) {
        box->step[d] = 1;
        shape->dim[d] = u->dim[batch + d - k];
    }
    return true;
}

// `v` in this shape, which has the same elements. NULL: it cannot be said, or *status.
static tni_value *shaped(tni_node *at, tni_value *v, const tn_type *type, tn_status *status,
                         tn_diags *diags) {
    bool same = tni_rank(v) == type->rank;
    for (int d = 0; same && d < type->rank; d++) same = tn_dim_equal(v->info.type.dim[d], type->dim[d]);
    *status = TN_OK;
    if (same) return v;
    tni_value *shape = tni_shape_for(at->graph, v, type, status);
    if (!shape) return NULL;
    return tni_emit(at, (tni_new_node){.op = "Reshape", .nin = 2, .in = (tni_value *[]){v, shape}}, status,
                    diags);
}

static bool adds(const tni_node *n, bool *add) {
    *add = tn_attr_is(tni_attrs(n), "reduction", "add") && (TN_NUMBERS >> tni_dtype(n->out[0]) & 1);
    return *add || tn_attr_is(tni_attrs(n), "reduction", "none");
}

static tn_status from_scatter_nd(tni_node *n, bool *changed, tn_diags *diags) {
    tni_grid column[TN_MAX_RANK];
    tni_value *data = n->in[0].value, *updates = n->in[2].value;
    tni_box box;
    tn_type shape;
    tn_status status;
    bool add;
    int k = tni_rank(data) > 0 && tni_rank(updates) >= 0 && adds(n, &add)
                ? tni_grid_columns(n->in[1].value, column)
                : 0;
    if (!k || !box_of_tuples(data, updates, column, k, &box, &shape)) return TN_OK;
    tni_value *u = shaped(n, updates, &shape, &status, diags);
    if (!u || !is_box(&box, data, u)) return status;
    return make(n, data, u, &box, add, changed, diags);
}

// Every index counts along the axis only.
static tn_status from_scatter_elements(tni_node *n, bool *changed, tn_diags *diags) {
    tni_grid grid;
    tni_value *data = n->in[0].value, *updates = n->in[2].value;
    int rank = tni_rank(data);
    bool add;
    if (rank < 1 || tni_rank(updates) != rank || !adds(n, &add) || !tni_grid_of(n->in[1].value, &grid))
        return TN_OK;
    int64_t axis = tn_attr_int(tni_attrs(n), "axis");
    if (axis < 0) axis += rank;
    tni_box box = {.rank = rank};
    for (int d = 0; d < rank; d++) {
        bool single = tn_dim_is(updates->info.type.dim[d], 1);
        if (d != axis && grid.step[d] && !single) return TN_OK;
        box.step[d] = d == axis && !single ? grid.step[d] : 1;
    }
    tn_dim have = data->info.type.dim[axis];
    box.start[axis] = grid.base < 0 && !have.e ? grid.base + have.k : grid.base;
    if (!is_box(&box, data, updates)) return TN_OK;
    return make(n, data, updates, &box, add, changed, diags);
}

// ---- from a Pad that is added

static bool never_negative(tn_graph *g, tn_dim d) {
    return tn_dim_equal(tn_dim_max(&g->root->dims, d, tn_k(0)), d);
}

static bool zeros_around(const tni_value *v, tni_box *box) {
    const tni_node *pad = v && v->def && v->graph == v->def->graph ? tni_made_by(v, "Pad") : NULL;
    if (!pad || !tni_used_once(v) || tni_rank(v) < 1 || tni_in(pad, 3)) return false;
    if (!tn_attr_is(tni_attrs(pad), "mode", "constant") ||
        (tni_in(pad, 2) && !tni_known_is(pad->in[2].value, 0)))
        return false;
    const tn_info *amounts = &pad->in[1].value->info;
    int rank = tni_rank(v);
    if (!amounts->content || amounts->ncontent != 2 * (size_t)rank || tni_rank(pad->in[0].value) != rank)
        return false;
    *box = (tni_box){.rank = rank};
    for (int d = 0; d < rank; d++) {
        tn_dim before = amounts->content[d], after = amounts->content[rank + d];
        if (before.e || before.k < 0 || !never_negative(v->graph, after)) return false;
        box->start[d] = before.k;
        box->step[d] = 1;
    }
    return true;
}

static tn_status from_add(tni_node *n, bool *changed, tn_diags *diags) {
    for (int i = 1; i >= 0; i--) {
        tni_box box;
        tni_value *z = n->in[1 - i].value, *padded = n->in[i].value;
        if (!zeros_around(padded, &box) || !tni_same_type(z, padded)) continue;
        return make(n, z, padded->def->in[0].value, &box, true, changed, diags);
    }
    return TN_OK;
}

// ---- one update and what is around it

typedef struct update {
    tni_value *data, *updates;
    tni_box box;
    bool add;
} update;

static bool read_update(const tni_node *n, update *u) {
    size_t count, steps;
    const int64_t *start, *step;
    if (!n || !tni_is(n, "tn.Update") || !n->out[0]) return false;
    start = tn_attr_ints(tni_attrs(n), "starts", &count);
    step = tn_attr_ints(tni_attrs(n), "steps", &steps);
    *u =
        (update){n->in[0].value, n->in[1].value, {.rank = (int)count}, tn_attr_int(tni_attrs(n), "add") != 0};
    if (tni_rank(u->data) != u->box.rank || count != steps || count > TN_MAX_RANK) return false;
    for (size_t d = 0; d < count; d++) {
        u->box.start[d] = start[d];
        u->box.step[d] = step[d];
    }
    return true;
}

static bool is_part(const tni_value *v, const update *u) {
    tni_box box;
    return tni_box_of(v, u->data, &box) && tni_box_equal(&box, &u->box);
}

static bool is_whole(const update *u) {
    for (int d = 0; d < u->box.rank; d++)
        if (u->box.start[d] || u->box.step[d] != 1) return false;
    return !u->add && tni_same_type(u->data, u->updates);
}

// What the update leaves as it was, or makes another value altogether.
static tni_value *nothing_new(const update *u) {
    update inner;
    if (is_whole(u)) return u->updates;
    if (!u->add && is_part(u->updates, u)) return u->data;
    bool again = !u->add && u->data->def && read_update(u->data->def, &inner) && !inner.add &&
                 inner.updates == u->updates && tni_box_equal(&inner.box, &u->box);
    return again ? u->data : NULL;
}

static tn_status forward(tni_node *n, tni_value *to, bool *changed, tn_diags *diags) {
    bool done = false;
    tni_forward(n, to, &done);
    *changed = true;
    return done ? TN_OK : tni_rewrite(n, (tni_new_node){.op = "Identity", .nin = 1, .in = &to}, NULL, diags);
}

// An update of a part that is then written back.
static bool inside(update *u) {
    update inner;
    tni_box box;
    if (u->add || !u->updates->def || !tni_used_once(u->updates) || !read_update(u->updates->def, &inner))
        return false;
    if (!tni_box_of(inner.data, u->data, &box) || !tni_box_equal(&box, &u->box)) return false;
    u->box = tni_box_within(&u->box, &inner.box);
    u->updates = inner.updates;
    u->add = inner.add;
    return true;
}

// The part plus something of its shape.
static bool sum(update *u) {
    const tni_node *add = tni_made_by(u->updates, "Add");
    if (u->add || !add || !tni_used_once(u->updates)) return false;
    for (int i = 0; i < 2; i++) {
        tni_value *more = add->in[1 - i].value;
        if (!is_part(add->in[i].value, u) || !tni_same_type(more, u->updates)) continue;
        u->updates = more;
        return u->add = true;
    }
    return false;
}

static tni_value *transposed(tni_node *n, tni_value *v, const int *order, int rank, tn_status *status,
                             tn_diags *diags) {
    int64_t perm[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) perm[d] = order[d];
    const tn_attr attr = TN_A_INTS("perm", perm, (size_t)rank);
    tni_new_node transpose = {.op = "Transpose", .nin = 1, .in = &v, .nattr = 1, .attr = &attr};
    return tni_emit(n, transpose, status, diags);
}

// The order in which the update sees what it is meant for: that of the data, or of the updates of a constant.
// A transposed constant is one as soon as it is folded.
static const tni_node *transpose_around(const update *u) {
    const tni_node *t = tni_made_by(tni_known(u->data) ? u->updates : u->data, "Transpose");
    return t && !tni_known(t->in[0].value) ? t : NULL;
}

// Dimension d of the Transpose is perm[d] of what is transposed.
static tn_status behind_transpose(tni_node *n, const update *u, bool *changed, tn_diags *diags) {
    const tni_node *t = transpose_around(u);
    int perm[TN_MAX_RANK], back[TN_MAX_RANK], rank;
    tn_status status;
    if (!t || !tni_perm(t, perm, &rank) || rank != u->box.rank) return TN_OK;
    tni_box box = {.rank = rank};
    for (int d = 0; d < rank; d++) {
        back[perm[d]] = d;
        box.start[perm[d]] = u->box.start[d];
        box.step[perm[d]] = u->box.step[d];
    }
    tni_value *in[2] = {u->data, u->updates};
    for (int i = 0; i < 2; i++) {
        if (in[i] == t->out[0])
            in[i] = t->in[0].value;
        else if (!(in[i] = transposed(n, in[i], back, rank, &status, diags)))
            return status;
    }
    const tn_attr attr[] = {TN_A_INTS("starts", box.start, (size_t)rank),
                            TN_A_INTS("steps", box.step, (size_t)rank), TN_A_INT("add", u->add)};
    tni_new_node spec = {.op = "tn.Update", .nin = 2, .in = in, .nattr = u->add ? 3 : 2, .attr = attr};
    tni_value *made = tni_emit(n, spec, &status, diags);
    if (!made || !(made = transposed(n, made, perm, rank, &status, diags))) return status;
    return forward(n, made, changed, diags);
}

static tn_status simplify(tni_node *n, bool *changed, tn_diags *diags) {
    update u;
    if (!read_update(n, &u)) return TN_OK;
    tni_value *same = nothing_new(&u);
    if (same) return forward(n, same, changed, diags);
    if (inside(&u) || sum(&u)) return make(n, u.data, u.updates, &u.box, u.add, changed, diags);
    return behind_transpose(n, &u, changed, diags);
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    static const struct {
        const char *op;
        tn_status (*step)(tni_node *, bool *, tn_diags *);
    } steps[] = {{"ScatterND", from_scatter_nd},
                 {"ScatterElements", from_scatter_elements},
                 {"Add", from_add},
                 {"tn.Update", simplify}};
    for (tni_node *n = g->first, *next; n; n = next) {
        next = n->next;
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            if (!tni_is(n, steps[i].op) || !n->nout || !n->out[0]) continue;
            TN_TRY(steps[i].step(n, changed, diags));
            break;
        }
    }
    return TN_OK;
}

TN_PASS(update) = {
    TN_HERE,
    .name = "update",
    .level = 1,
    .run = run,
    .doc = "recognises assignments to slices, and what is added to one",
};
