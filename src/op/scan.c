// SPDX-License-Identifier: Apache-2.0
// scan.c - Scan: a loop over slices of its inputs along an axis. Inputs that are not sliced along their first
// dimension are first laid out so that each slice is contiguous; outputs are written where they belong.
#include "op/control.h"

#include "ir/graph.h"
#include "ir/spec.h"

// A list attribute's entry for scan input or output i, 0 when the list is absent.
static int64_t entry(tn_attrs a, const char *name, int i) {
    size_t n;
    const int64_t *v = tn_attr_ints(a, name, &n);
    return (size_t)i < n ? v[i] : 0;
}

static tn_status check_list(tn_infer *c, const char *name, int want) {
    size_t n;
    tn_attr_ints(c->attrs, name, &n);
    if (n == 0 || n == (size_t)want) return TN_OK;
    return tn_infer_fail(c, "'%s' has %zu entries, expected %d", name, n, want);
}

// ---------------------------------------------------------------------------------------------- inference

static tn_status slice_infos(tn_infer *c, int nstate, int nscan, tn_info *slices, tn_dim *trips) {
    *trips = tn_dim_fresh(c->dims);
    for (int i = 0; i < nscan; i++) {
        const tn_type *t = &c->in[nstate + i]->type;
        int axis;
        slices[i] = (tn_info){.type = {.kind = TN_TENSOR, .dtype = t->dtype, .rank = -1}};
        if (t->rank < 0) continue;
        if (t->rank == 0)
            return tn_infer_fail(c, "scan input %d is a scalar: there is no axis to go along", i);
        TN_TRY(tn_infer_axis(c, entry(c->attrs, "scan_input_axes", i), t->rank, &axis));
        if (!trips->e && !t->dim[axis].e && trips->k != t->dim[axis].k)
            return tn_infer_fail(c, "scan input %d has %lld slices, another one has %lld", i,
                                 (long long)t->dim[axis].k, (long long)trips->k);
        if (trips->e) *trips = t->dim[axis];
        slices[i].type.rank = t->rank - 1;
        for (int d = 0, n = 0; d < t->rank; d++)
            if (d != axis) slices[i].type.dim[n++] = t->dim[d];
    }
    return TN_OK;
}

static tn_status scan_output(tn_infer *c, int i, const tn_type *from, tn_dim trips, tn_type *to) {
    int axis;
    *to = *from;
    if (from->rank < 0) return TN_OK;
    if (from->rank >= TN_MAX_RANK) return tn_infer_fail(c, "a scan output's rank is too large");
    TN_TRY(tn_infer_axis(c, entry(c->attrs, "scan_output_axes", i), from->rank + 1, &axis));
    to->rank = from->rank + 1;
    to->dim[axis] = trips;
    for (int d = 0, n = 0; d < to->rank; d++)
        if (d != axis) to->dim[d] = tni_outer_dim(c, from->dim[n++]);
    return TN_OK;
}

static tn_status scan_infer(tn_infer *c) {
    const tn_graph *g = tn_attr_graph(c->attrs, "body");
    int64_t given = tn_attr_int(c->attrs, "num_scan_inputs");
    if (given < 1 || given > c->nin)
        return tn_infer_fail(c, "num_scan_inputs is %lld, but there are %d inputs", (long long)given, c->nin);
    int nscan = (int)given, nstate = c->nin - nscan, nout = (int)g->noutput;
    if (nout < nstate || nout < c->nout)
        return tn_infer_fail(c, "the body gives %d outputs, expected %d", nout,
                             c->nout > nstate ? c->nout : nstate);
    TN_TRY(check_list(c, "scan_input_axes", nscan));
    TN_TRY(check_list(c, "scan_input_directions", nscan));
    TN_TRY(check_list(c, "scan_output_axes", nout - nstate));
    TN_TRY(check_list(c, "scan_output_directions", nout - nstate));
    tn_info *slices = tn_infer_alloc(c, (size_t)nscan * sizeof *slices);
    tni_body_types b = {.attr = "body", .ncarried = nstate, .nafter = nscan, .after = slices, .nout = nout};
    b.carried = tn_infer_alloc(c, ((size_t)nstate + 1) * sizeof *b.carried);
    b.out = tn_infer_alloc(c, ((size_t)nout + 1) * sizeof *b.out);
    if (!slices || !b.carried || !b.out) return TN_NOMEM;
    tn_dim trips;
    TN_TRY(slice_infos(c, nstate, nscan, slices, &trips));
    for (int i = 0; i < nstate; i++) b.carried[i] = c->in[i]->type;
    TN_TRY(tni_infer_carried(c, &b));
    for (int i = 0; i < c->nout; i++) {
        if (!c->out[i]) continue;
        if (i < nstate)
            c->out[i]->type = b.carried[i];
        else
            TN_TRY(scan_output(c, i - nstate, &b.out[i].type, trips, &c->out[i]->type));
    }
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- kernel

// `t` with dimension `axis` first; itself when it is already.
static tn_status axis_first(tn_call *c, const tn_tensor *t, int axis, tn_tensor *to) {
    *to = *t;
    if (axis == 0) return TN_OK;
    int64_t outer = tn_count_range(t, 0, axis), n = t->dim[axis],
            inner = tn_count_range(t, axis + 1, t->rank);
    memmove(to->dim + 1, t->dim, (size_t)axis * sizeof *t->dim);
    to->dim[0] = n;
    to->data = tn_call_scratch(c, t->bytes ? t->bytes : 1);
    if (!to->data) return TN_NOMEM;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < n; i++)
            tni_copy(to, (i * outer + o) * inner, t, (o * n + i) * inner, 1, inner);
    return TN_OK;
}

// Slice `at` of `all` along its first dimension, as a view, or copied when elements are narrower than a byte.
static tn_status slice_of(tn_call *c, const tn_tensor *all, int64_t at, tn_tensor *to) {
    size_t bits = tni_bits(all->dtype);
    *to = (tn_tensor){.kind = TN_TENSOR, .dtype = all->dtype, .rank = all->rank - 1, .pinned = all->pinned};
    memcpy(to->dim, all->dim + 1, (size_t)to->rank * sizeof *to->dim);
    if (!tni_tensor_size(to->dtype, to->rank, to->dim, &to->bytes)) return TN_LIMIT;
    int64_t first = at * tn_count(to);
    if (bits >= 8) {
        to->data = (unsigned char *)all->data + (size_t)first * (bits / 8);
        return TN_OK;
    }
    to->data = tn_call_scratch(c, to->bytes + 1);
    if (!to->data) return TN_NOMEM;
    tni_copy(to, 0, all, first, 1, tn_count(to));
    return TN_OK;
}

typedef struct scan_run {
    int nstate, nscan, nout;
    int64_t trips;
    tn_tensor *all, *slice;      // per scan input
    const tn_tensor **in, **out; // of the body
} scan_run;

static tn_status prepare(tn_call *c, scan_run *s) {
    s->trips = -1;
    for (int i = 0; i < s->nscan; i++) {
        const tn_tensor *t = c->in[s->nstate + i];
        int axis = tni_axis(entry(c->attrs, "scan_input_axes", i), t->rank);
        TN_TRY(axis_first(c, t, axis, &s->all[i]));
        if (s->trips >= 0 && s->trips != s->all[i].dim[0])
            return tn_call_fail(c, TN_INVALID, "scan inputs have %lld and %lld slices", (long long)s->trips,
                                (long long)s->all[i].dim[0]);
        s->trips = s->all[i].dim[0];
        s->in[s->nstate + i] = &s->slice[i];
    }
    for (int i = 0; i < s->nstate; i++) s->in[i] = c->in[i];
    return TN_OK;
}

// Writes the body's output into its place in scan output `i`, which gets its size in the first trip.
static tn_status put_slice(tn_call *c, const scan_run *s, int i, int64_t trip) {
    const tn_tensor *from = s->out[s->nstate + i];
    tn_tensor *to = tni_result(c, s->nstate + i);
    if (!to) return TN_OK;
    int64_t dims[TN_MAX_RANK], axis = entry(c->attrs, "scan_output_axes", i);
    if (from->rank >= TN_MAX_RANK) return tn_call_fail(c, TN_LIMIT, "a scan output's rank is too large");
    if (axis < 0) axis += from->rank + 1;
    if (axis < 0 || axis > from->rank)
        return tn_call_fail(c, TN_INVALID, "scan output axis %lld is outside the rank", (long long)axis);
    for (int d = 0, n = 0; d <= from->rank; d++) dims[d] = d == axis ? s->trips : from->dim[n++];
    if (trip == 0) TN_TRY(tn_call_resize(c, s->nstate + i, from->rank + 1, dims));
    if (to->rank != from->rank + 1 || memcmp(dims, to->dim, (size_t)to->rank * sizeof *dims))
        return tn_call_fail(c, TN_INVALID, "scan output %d has another shape in trip %lld than before", i,
                            (long long)trip);
    int64_t at = entry(c->attrs, "scan_output_directions", i) ? s->trips - 1 - trip : trip;
    int64_t outer = tn_count_range(to, 0, (int)axis), inner = tn_count_range(to, (int)axis + 1, to->rank);
    for (int64_t o = 0; o < outer; o++) tni_copy(to, (o * s->trips + at) * inner, from, o * inner, 1, inner);
    return TN_OK;
}

static tn_status run_trips(tn_call *c, scan_run *s) {
    for (int64_t trip = 0; trip < s->trips; trip++) {
        for (int i = 0; i < s->nscan; i++) {
            bool backward = entry(c->attrs, "scan_input_directions", i) != 0;
            TN_TRY(slice_of(c, &s->all[i], backward ? s->trips - 1 - trip : trip, &s->slice[i]));
        }
        TN_TRY(tn_call_graph(c, "body", s->nstate + s->nscan, s->in, s->nout, s->out));
        for (int i = 0; i < s->nstate; i++) s->in[i] = s->out[i];
        for (int i = 0; i < s->nout - s->nstate; i++) TN_TRY(put_slice(c, s, i, trip));
    }
    return TN_OK;
}

static tn_status scan_ref(tn_call *c) {
    const tn_graph *g = tn_attr_graph(c->attrs, "body");
    scan_run s = {.nscan = (int)tn_attr_int(c->attrs, "num_scan_inputs"), .nout = (int)g->noutput};
    s.nstate = c->nin - s.nscan;
    s.all = tni_scratch(c, s.nscan, sizeof *s.all);
    s.slice = tni_scratch(c, s.nscan, sizeof *s.slice);
    s.in = tni_scratch(c, c->nin, sizeof *s.in);
    s.out = tni_scratch(c, s.nout, sizeof *s.out);
    if (!s.all || !s.slice || !s.in || !s.out) return TN_NOMEM;
    TN_TRY(prepare(c, &s));
    TN_TRY(run_trips(c, &s));
    for (int i = 0; i < s.nstate; i++)
        if (tni_result(c, i)) TN_TRY(tn_call_assign(c, i, s.in[i]));
    tni_stack empty = {.count = 0};
    for (int i = s.nstate; i < s.nout && s.trips == 0; i++)
        TN_TRY(tni_stack_finish(c, &empty, i, &g->output[i]->value->info.type));
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- opset 8

// Values of the batch's body: what the inner Scan reads and gives, one image of the batch each.
static tni_value *unbatched(tn_graph *g, const tni_value *v) {
    tn_type t = v->info.type;
    if (t.rank > 0) memmove(t.dim, t.dim + 1, (size_t)--t.rank * sizeof *t.dim);
    return tni_value_new(g, NULL, &t);
}

// The body of the batch, while it is written.
typedef struct batch_body {
    tni_spec *spec;
    tn_graph *graph;
    int64_t nscan;
    tni_value *length; // i64[1], trips of this image; NULL: all
    tni_value *whole;  // a scan input in full length
} batch_body;

static tni_value *emit(batch_body *b, const char *op, int nin, tni_value *const *in, int nattr,
                       const tn_attr *attr) {
    tni_new_node d = {.op = op, .nin = nin, .nout = 1, .in = in, .nattr = (size_t)nattr, .attr = attr};
    tni_node *n;
    return tni_node_new(&n, b->graph, &d, b->spec->diags) == TN_OK ? n->out[0] : NULL;
}

static tni_value *first_slices(batch_body *b, tni_value *x) {
    const int64_t zero = 0;
    tni_value *none = tni_value_ints(b->graph, NULL, &zero, 1);
    tni_value *in[] = {x, none, b->length, none};
    b->whole = x;
    return none ? emit(b, "Slice", 4, in, 0, NULL) : NULL;
}

// A scan output with zeros after its last slice, up to the full length.
static tni_value *padded(batch_body *b, tni_value *y) {
    const int64_t zero = 0;
    const tn_attr first[] = {TN_A_INT("start", 0), TN_A_INT("end", 1)}, axis = TN_A_INT("axis", 0);
    tni_value *none = tni_value_ints(b->graph, NULL, &zero, 1);
    tni_value *rest[] = {emit(b, "Shape", 1, &b->whole, 2, first), b->length};
    if (!none || !rest[0]) return NULL;
    tni_value *both[] = {none, emit(b, "Sub", 2, rest, 0, NULL)};
    tni_value *pads = both[1] ? emit(b, "Concat", 2, both, 1, &axis) : NULL;
    tni_value *in[] = {y, pads, NULL, none};
    return pads ? emit(b, "Pad", 4, in, 0, NULL) : NULL;
}

// Inputs of the batch's body from the node's; in[] gets what the inner Scan reads.
static tn_status body_inputs(batch_body *b, tni_value **in) {
    tni_spec *s = b->spec;
    int first = s->in[0] ? 0 : 1, nstate = s->nin - 1 - (int)b->nscan;
    for (int i = first; i < s->nin; i++) {
        if (!s->in[i]) return tni_spec_fail(s, NULL, "input %d is omitted", i);
        tni_value *v = unbatched(b->graph, s->in[i]);
        if (!v) return TN_NOMEM;
        TN_TRY(tni_graph_add_input(b->graph, v));
        if (i == 0) {
            const int64_t zero = 0;
            tni_value *unsqueeze[] = {v, tni_value_ints(b->graph, NULL, &zero, 1)};
            b->length = emit(b, "Unsqueeze", 2, unsqueeze, 0, NULL);
            if (!b->length) return TN_INVALID;
            continue;
        }
        in[i - 1] = b->length && i - 1 >= nstate ? first_slices(b, v) : v;
        if (!in[i - 1]) return TN_INVALID;
    }
    return TN_OK;
}

static tn_status inner_scan(batch_body *b) {
    tni_spec *s = b->spec;
    tn_attr attr[3] = {*tni_spec_attr(s, "body"), TN_A_INT("num_scan_inputs", b->nscan)};
    const tn_attr *directions = tni_spec_attr(s, "directions");
    tni_value *in[TNI_SPEC_IN];
    TN_TRY(body_inputs(b, in));
    if (directions) {
        attr[2] = *directions;
        attr[2].name = "scan_input_directions";
    }
    attr[0].graph->parent = b->graph;
    tni_new_node d = {.op = "Scan",
                      .name = s->name,
                      .nin = s->nin - 1,
                      .nout = s->nout,
                      .in = in,
                      .nattr = directions ? 3 : 2,
                      .attr = attr};
    tni_node *n;
    TN_TRY(tni_node_new(&n, b->graph, &d, s->diags));
    for (int i = 0; i < s->nout; i++) {
        tni_value *y = n->out[i];
        if (b->length && i >= s->nin - 1 - b->nscan) y = padded(b, y);
        if (!y) return TN_INVALID;
        TN_TRY(tni_graph_add_output(b->graph, y));
    }
    return TN_OK;
}

// Opset 8 has a batch before the scanned axis, 1, and perhaps a length for each image: a Scan over the batch
// of the Scan of today.
static tn_status scan_upgrade(tni_spec *s) {
    if (s->opset >= 9) return TN_OK;
    const tn_attr *body = tni_spec_attr(s, "body");
    batch_body b = {.spec = s, .nscan = tni_spec_int(s, "num_scan_inputs", 0)};
    if (s->nin > TNI_SPEC_IN || s->nin < 2 || !body || body->kind != TN_ATTR_GRAPH || !body->graph)
        return tni_spec_fail(s, NULL, "Scan of opset 8 needs a body and 1 to %d inputs", TNI_SPEC_IN - 1);
    if (b.nscan < 1 || b.nscan > s->nin - 1)
        return tni_spec_fail(s, NULL, "num_scan_inputs is %lld, but there are %d inputs", (long long)b.nscan,
                             s->nin - 1);
    TN_TRY(tni_graph_new_body(&b.graph, s->graph, "body", "batch"));
    TN_TRY(inner_scan(&b));
    if (!s->in[0]) {
        memmove(s->in, s->in + 1, (size_t)(s->nin - 1) * sizeof(tni_value *));
        s->nin--;
    }
    tni_spec_drop(s, "directions");
    TN_TRY(
        tni_spec_put(s, (tn_attr){.name = "body", .kind = TN_ATTR_GRAPH, .present = true, .graph = b.graph}));
    return tni_spec_put(s, TN_A_INT("num_scan_inputs", s->nin));
}

TN_OP(scan) = {
    TN_HERE,
    .name = "Scan",
    .since = 25,
    .first = 8,
    .doc = "Runs a graph over the slices of inputs, carries values, collects scan outputs",
    .traits = TN_CONTROL,
    .in = {{"initial_state_and_scan_inputs", "V", TN_VARIADIC | TN_MIXED}},
    .out = {{"final_state_and_scan_outputs", "V", TN_VARIADIC | TN_MIXED}},
    .types = {{"V", TN_ANY_DTYPE}},
    .attrs =
        {{.name = "body", .kind = TN_ATTR_GRAPH, .flags = TN_REQUIRED},
         {.name = "num_scan_inputs", .kind = TN_ATTR_INT, .flags = TN_REQUIRED, .min = 1, .max = INT32_MAX},
         {.name = "scan_input_axes", .kind = TN_ATTR_INTS},
         {.name = "scan_input_directions", .kind = TN_ATTR_INTS, .max = 1},
         {.name = "scan_output_axes", .kind = TN_ATTR_INTS},
         {.name = "scan_output_directions", .kind = TN_ATTR_INTS, .max = 1}},
    .infer = scan_infer,
    .ref = scan_ref,
    .upgrade = scan_upgrade,
};
