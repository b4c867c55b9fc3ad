// SPDX-License-Identifier: Apache-2.0
// control.c - If and Loop. Bodies are inferred with what is known of their inputs and run by the host; a
// carried value may change its shape from trip to trip, the scan outputs of all trips are laid end to end.
#include "op/control.h"

#include "ir/dim.h"
#include "ir/graph.h"

bool tni_truth(const tn_tensor *t) { return tn_count(t) > 0 && tni_get_int(t, 0) != 0; }

// ---------------------------------------------------------------------------------------------- types

bool tni_join_types(tn_dims *dims, const tn_type *a, const tn_type *b, tn_type *to) {
    tn_type t = *b;
    bool same = !a->dtype || !b->dtype || a->dtype == b->dtype;
    if (!t.dtype) t.dtype = a->dtype;
    if (a->kind != b->kind || a->rank != b->rank) t.rank = -1;
    for (int d = 0; d < t.rank; d++)
        if (!tn_dim_equal(a->dim[d], b->dim[d])) t.dim[d] = tn_dim_fresh(dims);
    *to = t;
    return same;
}

// Widens `in`, the type a carried value has at the start of a trip, by `out`, what it has at the end. A dim
// in `loose` changes already. True when something was widened.
static bool widen(tn_infer *c, tn_type *in, const tn_type *out, unsigned *loose) {
    if (in->kind != out->kind || (in->rank != out->rank && in->rank >= 0)) {
        in->kind = out->kind;
        in->rank = -1;
        return true;
    }
    bool changed = false;
    for (int d = 0; d < in->rank; d++) {
        if ((*loose >> d & 1) || tn_dim_equal(in->dim[d], out->dim[d])) continue;
        in->dim[d] = tn_dim_fresh(c->dims);
        *loose |= 1u << d;
        changed = true;
    }
    return changed;
}

static tn_status infer_once(tn_infer *c, tni_body_types *b, tn_info *infos, const tn_info **in) {
    int n = 0;
    for (int i = 0; i < b->nfixed; i++) infos[n++] = b->fixed[i];
    for (int i = 0; i < b->ncarried; i++) infos[n++] = (tn_info){.type = b->carried[i]};
    for (int i = 0; i < b->nafter; i++) infos[n++] = b->after[i];
    for (int i = 0; i < n; i++) in[i] = &infos[i];
    return tn_infer_graph(c, b->attr, n, in, b->nout, b->out);
}

tn_status tni_infer_carried(tn_infer *c, tni_body_types *b) {
    size_t n = (size_t)(b->nfixed + b->ncarried + b->nafter);
    tn_info *infos = tn_infer_alloc(c, (n + 1) * sizeof *infos);
    const tn_info **in = tn_infer_alloc(c, (n + 1) * sizeof *in);
    unsigned *loose = tn_infer_alloc(c, (n + 1) * sizeof *loose);
    if (!infos || !in || !loose) return TN_NOMEM;
    memset(loose, 0, (n + 1) * sizeof *loose);
    int rounds = 2 + b->ncarried * (TN_MAX_RANK + 2); // each round loosens a dim or gives up a rank
    for (bool changed = true; changed;) {
        if (!rounds--) return tn_infer_fail(c, "the types of the carried values do not settle");
        changed = false;
        TN_TRY(infer_once(c, b, infos, in));
        for (int i = 0; i < b->ncarried; i++) {
            const tn_type *out = &b->out[b->skip + i].type;
            if (b->carried[i].dtype && out->dtype && b->carried[i].dtype != out->dtype)
                return tn_infer_fail(c, "carried value %d goes in as %s and comes out as %s", i,
                                     tn_dtype_text(b->carried[i].dtype), tn_dtype_text(out->dtype));
            changed |= widen(c, &b->carried[i], out, &loose[i]);
        }
    }
    for (int i = 0; i < b->ncarried; i++)
        for (int d = 0; d < b->carried[i].rank; d++)
            if (loose[i] >> d & 1) b->carried[i].dim[d] = tn_dim_fresh(c->dims);
    return TN_OK;
}

tn_dim tni_outer_dim(tn_infer *c, tn_dim d) { return tni_dim_depends_on_data(d) ? tn_dim_fresh(c->dims) : d; }

// ---------------------------------------------------------------------------------------------- stack

static tn_status stack_grow(tn_call *c, tni_stack *s, const tn_tensor *item) {
    int64_t room = s->count ? s->count * 2 : 4;
    size_t bytes;
    tn_tensor all = {.kind = TN_TENSOR, .dtype = item->dtype, .rank = item->rank + 1};
    all.dim[0] = room;
    memcpy(all.dim + 1, item->dim, (size_t)item->rank * sizeof *item->dim);
    if (!tni_tensor_size(all.dtype, all.rank, all.dim, &bytes)) return TN_LIMIT;
    all.data = tn_call_scratch(c, bytes ? bytes : 1);
    if (!all.data) return TN_NOMEM;
    all.bytes = bytes;
    if (s->count) tni_copy(&all, 0, &s->all, 0, 1, s->count * tn_count(item));
    s->all = all;
    return TN_OK;
}

tn_status tni_stack_push(tn_call *c, tni_stack *s, const tn_tensor *item) {
    if (item->kind != TN_TENSOR) return tn_call_fail(c, TN_INVALID, "a scan output must be a tensor");
    if (item->rank >= TN_MAX_RANK) return tn_call_fail(c, TN_LIMIT, "a scan output's rank is too large");
    bool same = item->rank + 1 == s->all.rank &&
                !memcmp(item->dim, s->all.dim + 1, (size_t)item->rank * sizeof *item->dim);
    if (s->count && !same)
        return tn_call_fail(c, TN_INVALID, "a scan output has another shape in trip %lld than before",
                            (long long)s->count);
    if (!s->count || s->count == s->all.dim[0]) TN_TRY(stack_grow(c, s, item));
    tni_copy(&s->all, s->count * tn_count(item), item, 0, 1, tn_count(item));
    s->count++;
    return TN_OK;
}

tn_status tni_stack_finish(tn_call *c, tni_stack *s, int i, const tn_type *like) {
    tn_tensor *to = tni_result(c, i);
    int64_t dims[TN_MAX_RANK] = {0};
    if (!to) return TN_OK;
    if (!s->count) {
        int rank = like->rank < 0 || like->rank >= TN_MAX_RANK ? 0 : like->rank;
        for (int d = 0; d < rank; d++) dims[d + 1] = like->dim[d].e ? 0 : like->dim[d].k;
        return tn_call_resize(c, i, rank + 1, dims);
    }
    memcpy(dims, s->all.dim, sizeof dims);
    dims[0] = s->count;
    TN_TRY(tn_call_resize(c, i, s->all.rank, dims));
    tni_copy(to, 0, &s->all, 0, 1, tn_count(to));
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- If

static tn_status branch_infer(tn_infer *c, const char *attr, tn_info **to) {
    const tn_graph *g = tn_attr_graph(c->attrs, attr);
    int n = (int)g->noutput;
    if (n < c->nout) return tn_infer_fail(c, "'%s' gives %d outputs, expected %d", attr, n, c->nout);
    *to = tn_infer_alloc(c, ((size_t)n + 1) * sizeof **to);
    return *to ? tn_infer_graph(c, attr, 0, NULL, n, *to) : TN_NOMEM;
}

static void copy_known(tn_infer *c, int i, const tn_info *from) {
    if (!c->out[i]) return;
    c->out[i]->type = from->type;
    if (from->content) tn_infer_content(c, i, from->content, from->ncontent);
}

// A branch that is known not to run is not looked at: it may well be wrong for these shapes.
static tn_status if_infer(tn_infer *c) {
    tn_info *then_out = NULL, *else_out = NULL;
    int64_t known;
    if (tni_const_int(c->in[0], &known)) {
        TN_TRY(branch_infer(c, known ? "then_branch" : "else_branch", &then_out));
        for (int i = 0; i < c->nout; i++) copy_known(c, i, &then_out[i]);
        return TN_OK;
    }
    TN_TRY(branch_infer(c, "then_branch", &then_out));
    TN_TRY(branch_infer(c, "else_branch", &else_out));
    for (int i = 0; i < c->nout; i++) {
        tn_type to;
        if (!then_out[i].type.dtype) then_out[i].type = else_out[i].type; // it cannot run for these shapes
        if (!else_out[i].type.dtype) else_out[i].type = then_out[i].type;
        if (!tni_join_types(c->dims, &then_out[i].type, &else_out[i].type, &to))
            return tn_infer_fail(c, "output %d is %s in then_branch and %s in else_branch", i,
                                 tn_dtype_text(then_out[i].type.dtype),
                                 tn_dtype_text(else_out[i].type.dtype));
        if (c->out[i]) c->out[i]->type = to;
    }
    return TN_OK;
}

static tn_status if_ref(tn_call *c) {
    if (tn_count(c->in[0]) != 1)
        return tn_call_fail(c, TN_INVALID, "the condition has %lld elements, expected one",
                            (long long)tn_count(c->in[0]));
    const char *attr = tni_truth(c->in[0]) ? "then_branch" : "else_branch";
    int n = (int)tn_attr_graph(c->attrs, attr)->noutput;
    const tn_tensor **out = tni_scratch(c, n, sizeof *out);
    if (!out) return TN_NOMEM;
    TN_TRY(tn_call_graph(c, attr, 0, NULL, n, out));
    for (int i = 0; i < c->nout; i++) TN_TRY(tn_call_assign(c, i, out[i]));
    return TN_OK;
}

TN_OP(if) = {
    TN_HERE,
    .name = "If",
    .since = 25,
    .first = 1,
    .doc = "Runs one of two graphs",
    .traits = TN_CONTROL,
    .in = {{"cond", "bool"}},
    .out = {{"outputs", "V", TN_VARIADIC | TN_MIXED}},
    .types = {{"V", TN_ANY_DTYPE, TN_ANY_KIND}},
    .attrs = {{.name = "then_branch", .kind = TN_ATTR_GRAPH, .flags = TN_REQUIRED},
              {.name = "else_branch", .kind = TN_ATTR_GRAPH, .flags = TN_REQUIRED}},
    .infer = if_infer,
    .ref = if_ref,
};

// ---------------------------------------------------------------------------------------------- Loop

// How many trips, when nothing in the body can end the loop early.
static tn_dim trips_of(tn_infer *c, const tn_info *body_cond) {
    tn_dim trips[TN_MAX_CONTENT];
    size_t n;
    int64_t goes_on;
    bool endless = tni_const_int(body_cond, &goes_on) && goes_on;
    if (endless && tni_given(c, 0) && tni_content(c->in[0], trips, &n) && n == 1)
        return tn_dim_max(c->dims, trips[0], tn_k(0));
    return tn_dim_fresh(c->dims);
}

static tn_status loop_outputs(tn_infer *c, const tni_body_types *b) {
    int64_t runs = 1;
    bool known = !tni_given(c, 1) || tni_const_int(c->in[1], &runs);
    tn_dim trips = known && !runs ? tn_k(0) : known ? trips_of(c, &b->out[0]) : tn_dim_fresh(c->dims);
    for (int i = 0; i < c->nout; i++) {
        if (!c->out[i]) continue;
        tn_type *to = &c->out[i]->type;
        if (i < b->ncarried) {
            *to = b->carried[i];
            continue;
        }
        const tn_type *from = &b->out[1 + i].type;
        if (from->rank >= TN_MAX_RANK) return tn_infer_fail(c, "a scan output's rank is too large");
        *to = *from;
        if (from->rank < 0) continue;
        to->rank = from->rank + 1;
        to->dim[0] = trips;
        for (int d = 0; d < from->rank; d++) to->dim[d + 1] = tni_outer_dim(c, from->dim[d]);
    }
    return TN_OK;
}

static tn_status loop_infer(tn_infer *c) {
    const tn_graph *g = tn_attr_graph(c->attrs, "body");
    int n = c->nin > 2 ? c->nin - 2 : 0, nout = (int)g->noutput;
    if (nout < 1 + n || nout - 1 < c->nout)
        return tn_infer_fail(
            c, "the body gives %d outputs, expected a condition, %d carried values and %d scan outputs", nout,
            n, c->nout > n ? c->nout - n : 0);
    tn_dim yes = tn_k(1);
    int64_t runs = 1;
    tn_info fixed[2] = {{.type = {.dtype = TN_I64}}, {.type = {.dtype = TN_BOOL}}};
    bool starts = !tni_given(c, 1) || (tni_const_int(c->in[1], &runs) && runs);
    if (starts) fixed[1].content = &yes, fixed[1].ncontent = 1; // in the first trip; if it stays so, in all
    tni_body_types b = {.attr = "body", .nfixed = 2, .ncarried = n, .skip = 1, .fixed = fixed, .nout = nout};
    b.carried = tn_infer_alloc(c, ((size_t)n + 1) * sizeof *b.carried);
    b.out = tn_infer_alloc(c, (size_t)nout * sizeof *b.out);
    if (!b.carried || !b.out) return TN_NOMEM;
    for (int i = 0; i < n; i++) b.carried[i] = c->in[2 + i]->type;
    TN_TRY(tni_infer_carried(c, &b));
    int64_t goes_on;
    if (fixed[1].content && !(tni_const_int(&b.out[0], &goes_on) && goes_on)) {
        fixed[1].content = NULL; // it may be false from the second trip on
        TN_TRY(tni_infer_carried(c, &b));
    }
    return loop_outputs(c, &b);
}

typedef struct loop_run {
    int ncarried, nscan;
    const tn_tensor **in, **out; // of the body
    tni_stack *scan;
} loop_run;

static tn_tensor *new_scalar(tn_call *c, tn_dtype dtype, int64_t value) {
    tn_tensor *t = tn_call_scratch(c, sizeof *t);
    void *data = tn_call_scratch(c, 8);
    if (!t || !data) return NULL;
    *t = (tn_tensor){.kind = TN_TENSOR, .dtype = dtype, .data = data, .bytes = tni_bits(dtype) / 8};
    tni_set_int(t, 0, value);
    return t;
}

// The trip number in `iter` may live on as an output of the body; then the next one needs memory of its own.
static bool next_trip(tn_call *c, const loop_run *l, tn_tensor **iter, int64_t trip) {
    for (int i = 0; i < 1 + l->ncarried; i++)
        if (l->out[i] && l->out[i]->data == (*iter)->data)
            return (*iter = new_scalar(c, TN_I64, trip)) != NULL;
    tni_set_int(*iter, 0, trip);
    return true;
}

static tn_status run_trips(tn_call *c, loop_run *l, int64_t max) {
    tn_tensor *iter = new_scalar(c, TN_I64, 0), *yes = new_scalar(c, TN_BOOL, 1);
    const tn_tensor *cond = tni_arg(c, 1) ? c->in[1] : yes;
    if (!iter || !yes) return TN_NOMEM;
    for (int64_t trip = 0; trip < max && tni_truth(cond); trip++) {
        if (trip && !next_trip(c, l, &iter, trip)) return TN_NOMEM;
        l->in[0] = iter;
        l->in[1] = cond;
        TN_TRY(tn_call_graph(c, "body", 2 + l->ncarried, l->in, 1 + l->ncarried + l->nscan, l->out));
        cond = l->out[0];
        for (int i = 0; i < l->ncarried; i++) l->in[2 + i] = l->out[1 + i];
        for (int i = 0; i < l->nscan; i++)
            if (tni_result(c, l->ncarried + i))
                TN_TRY(tni_stack_push(c, &l->scan[i], l->out[1 + l->ncarried + i]));
    }
    return TN_OK;
}

static tn_status loop_ref(tn_call *c) {
    const tn_graph *g = tn_attr_graph(c->attrs, "body");
    loop_run l = {.ncarried = c->nin > 2 ? c->nin - 2 : 0};
    l.nscan = (int)g->noutput - 1 - l.ncarried;
    l.in = tni_scratch(c, 2 + l.ncarried, sizeof *l.in);
    l.out = tni_scratch(c, (int64_t)g->noutput, sizeof *l.out);
    l.scan = tni_scratch(c, l.nscan, sizeof *l.scan);
    if (!l.in || !l.out || !l.scan) return TN_NOMEM;
    memset(l.scan, 0, (size_t)l.nscan * sizeof *l.scan);
    memset(l.out, 0, g->noutput * sizeof *l.out);
    for (int i = 0; i < l.ncarried; i++) l.in[2 + i] = c->in[2 + i];
    const tn_tensor *m = tni_arg(c, 0);
    if (m && tn_count(m) != 1) return tn_call_fail(c, TN_INVALID, "the trip count is not one number");
    TN_TRY(run_trips(c, &l, m ? tni_get_int(m, 0) : INT64_MAX));
    for (int i = 0; i < l.ncarried; i++)
        if (tni_result(c, i)) TN_TRY(tn_call_assign(c, i, l.in[2 + i]));
    for (int i = 0; i < l.nscan; i++)
        TN_TRY(tni_stack_finish(c, &l.scan[i], l.ncarried + i,
                                &g->output[1 + l.ncarried + i]->value->info.type));
    return TN_OK;
}

TN_OP(loop) = {
    TN_HERE,
    .name = "Loop",
    .since = 25,
    .first = 1,
    .doc = "Runs a graph while a condition holds, at most M times; carries values, collects scan outputs",
    .traits = TN_CONTROL,
    .in = {{"M", "i64", TN_OPTIONAL_IN},
           {"cond", "bool", TN_OPTIONAL_IN},
           {"v_initial", "V", TN_VARIADIC | TN_MIXED}},
    .out = {{"v_final_and_scan_outputs", "V", TN_VARIADIC | TN_MIXED}},
    .types = {{"V", TN_ANY_DTYPE, TN_ANY_KIND}},
    .attrs = {{.name = "body", .kind = TN_ATTR_GRAPH, .flags = TN_REQUIRED}},
    .infer = loop_infer,
    .ref = loop_ref,
};
