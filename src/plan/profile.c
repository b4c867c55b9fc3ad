// SPDX-License-Identifier: Apache-2.0
// profile.c - the sizes that kernels are chosen for.
#include "plan/profile.h"

#include "ir/dim_expr.h"

#include <string.h>

static const tn_shape *find_shape(const tn_shape *shapes, size_t n, const char *input) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(shapes[i].input, input)) return &shapes[i];
    return NULL;
}

// ---- what was asked for

typedef struct asked {
    const tn_graph *g;
    tn_diags *diags;
} asked;

static tn_status refuse(const asked *a, const char *input, const char *why) {
    tn_diag d = {.severity = TN_ERROR,
                 .status = TN_INVALID,
                 .file = a->g->root->file,
                 .tensor = input,
                 .hint = "give min <= opt <= max for each dimension, in the input's rank"};
    return tni_diag(a->diags, &d, "%s", why);
}

tn_status tni_profile_range(const tn_graph *g, const tni_value *v, int rank, const int64_t *dims,
                            tn_diags *diags) {
    int64_t least, most;
    char range[64];
    for (int d = 0; d < v->info.type.rank && d < rank; d++) {
        tni_dim_range(&g->root->dims, v->info.type.dim[d], &least, &most);
        if (dims[d] < 0 || (dims[d] >= least && dims[d] <= most)) continue;
        tn_diag place = {.severity = TN_ERROR,
                         .status = TN_INVALID,
                         .file = g->root->file,
                         .tensor = v->name,
                         .hint = "export it with a wider range: torch.export.Dim(name, min=..., max=...)"};
        tni_dim_range_text(range, sizeof range, least, most);
        return tni_diag(diags, &place, "dimension %d cannot be %lld: the model was exported for %s", d,
                        (long long)dims[d], range);
    }
    return TN_OK;
}

static tn_status check_corner(const asked *a, const tn_shape *shapes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const tni_value *v = tni_value_find(a->g, shapes[i].input);
        if (!v || !v->is_input) return refuse(a, shapes[i].input, "a profile names no input of the model");
        const tn_type *type = &v->info.type;
        if (type->rank >= 0 && type->rank != shapes[i].rank)
            return refuse(a, v->name, "a profile's shape has another rank than the input");
        for (int d = 0; d < shapes[i].rank; d++)
            if (shapes[i].dims[d] < 0) return refuse(a, v->name, "a profile leaves a dimension open");
        TN_TRY(tni_profile_range(a->g, v, shapes[i].rank, shapes[i].dims, a->diags));
        for (int d = 0; d < type->rank; d++)
            if (!type->dim[d].e && shapes[i].dims[d] != type->dim[d].k)
                return refuse(a, v->name, "a profile changes a dimension that is fixed in the model");
    }
    return TN_OK;
}

// Every dimension of `low` is at most that of the same input in `high`, where both are given.
static tn_status check_order(const asked *a, const tn_shape *low, size_t nlow, const tn_shape *high,
                             size_t nhigh) {
    for (size_t i = 0; i < nlow; i++) {
        const tn_shape *s = find_shape(high, nhigh, low[i].input);
        for (int d = 0; s && d < s->rank && d < low[i].rank; d++)
            if (low[i].dims[d] > s->dims[d])
                return refuse(a, s->input, "a profile's shapes are not in order");
    }
    return TN_OK;
}

tn_status tni_profile_check(const tn_graph *g, const tn_build_options *o, tn_diags *diags) {
    asked a = {g, diags};
    TN_TRY(check_corner(&a, o->min_shapes, o->min_count));
    TN_TRY(check_corner(&a, o->opt_shapes, o->opt_count));
    TN_TRY(check_corner(&a, o->max_shapes, o->max_count));
    TN_TRY(check_order(&a, o->min_shapes, o->min_count, o->opt_shapes, o->opt_count));
    TN_TRY(check_order(&a, o->opt_shapes, o->opt_count, o->max_shapes, o->max_count));
    return check_order(&a, o->min_shapes, o->min_count, o->max_shapes, o->max_count);
}

// ---- what follows from it

// The shape an input is tuned for: opt, else the largest that was announced.
static const tn_shape *tuned_shape(const tn_build_options *o, const char *input) {
    const tn_shape *s = find_shape(o->opt_shapes, o->opt_count, input);
    if (!s) s = find_shape(o->max_shapes, o->max_count, input);
    return s ? s : find_shape(o->min_shapes, o->min_count, input);
}

// A dimension nobody gave a size: a batch of one, images of 224 pixels, sequences of 64.
static int64_t usual_size(const tn_type *type, int axis) {
    if (axis == 0) return 1;
    return type->rank == 4 && axis >= 2 ? 224 : 64;
}

typedef struct sizes {
    const tn_graph *g;
    const tn_build_options *o;
} sizes;

// The first axis whose size is the symbol or *factor times it, or -1.
static int axis_of(const tn_type *type, const char *symbol, int64_t *factor) {
    for (int d = 0; d < type->rank; d++) {
        const char *name;
        if (tni_dim_is_multiple(type->dim[d], &name, factor) && !strcmp(name, symbol)) return d;
    }
    return -1;
}

// The size of a symbol: what was asked for at any input wins over what the model says of it, and that over
// what is usual where it first stands.
static bool size_of(void *user, const char *symbol, int64_t *value) {
    const sizes *s = user;
    int64_t told = tni_dim_usual(&s->g->root->dims, symbol), factor;
    bool found = false;
    for (size_t i = 0; i < s->g->ninput; i++) {
        const tni_value *v = s->g->input[i];
        const tn_type *type = &v->info.type;
        int axis = axis_of(type, symbol, &factor);
        if (axis < 0) continue;
        const tn_shape *shape = tuned_shape(s->o, v->name);
        if (shape && shape->rank == type->rank) return *value = shape->dims[axis] / factor, true;
        if (!found) *value = told > 0 ? told : usual_size(type, axis);
        found = true;
    }
    return found;
}

void tni_profile_sizes(const tn_graph *g, const tn_build_options *o, size_t i, int64_t dims[TN_MAX_RANK]) {
    const tn_type *type = &g->input[i]->info.type;
    sizes s = {g, o};
    for (int d = 0; d < type->rank; d++)
        if (!tni_dim_eval(type->dim[d], size_of, &s, &dims[d])) dims[d] = -1;
}
