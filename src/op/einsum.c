// SPDX-License-Identifier: Apache-2.0
// einsum.c - Einsum: any number of operands, ellipsis, repeated labels, implicit output. The kernel walks all
// labels, with the last label of the output as the inner loop:
//
//     for output labels but the last: for summed labels: sum[j] += product over operands of x[base + j *
//     step]
#include "ir/einsum.h"
#include "op/buffer.h"

// ---------------------------------------------------------------------------------------------- inference

// Labels' sizes from the operands; a size of 1 gives way to any other.
static tn_status label_sizes(tn_infer *c, const tni_einsum *e, tn_dim *size, bool *known, int *extra) {
    unsigned char labels[3 * TN_MAX_RANK];
    for (int i = 0; i < e->nterms; i++) {
        const tn_type *t = &c->in[i]->type;
        int n = tni_einsum_labels(&e->in[i], t->rank, labels);
        if (n < 0)
            return tn_infer_fail(c, "operand %d has rank %d, which its term of '%s' does not fit", i, t->rank,
                                 tn_attr_string(c->attrs, "equation"));
        if (e->in[i].dots >= 0 && t->rank - e->in[i].n > *extra) *extra = t->rank - e->in[i].n;
        for (int d = 0; d < n; d++) {
            tn_dim *have = &size[labels[d]], got = t->dim[d];
            if (known[labels[d]] && !have->e && !got.e && have->k != got.k && have->k != 1 && got.k != 1)
                return tn_infer_fail(
                    c, "dimension %d of operand %d is %lld, but the same label stands for %lld elsewhere", d,
                    i, (long long)got.k, (long long)have->k);
            if (!known[labels[d]] || tn_dim_is(*have, 1) || (have->e && !got.e && got.k != 1)) *have = got;
            known[labels[d]] = true;
        }
    }
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    tni_einsum e;
    const char *text = tn_attr_string(c->attrs, "equation");
    if (!tni_einsum_read(text, c->nin, &e))
        return tn_infer_hint(
            c, "as in 'bij,bjk->bik': one term for each input, letters and at most one '...' in each",
            "equation '%s' cannot be read for %d inputs", text, c->nin);
    tn_dim size[TNI_EINSUM_LABELS], shape[2 * TN_MAX_RANK];
    bool known[TNI_EINSUM_LABELS] = {false};
    unsigned char labels[3 * TN_MAX_RANK];
    int extra = 0;
    for (int i = 0; i < c->nin; i++)
        if (c->in[i]->type.rank < 0) return tni_shape_unknown(c, 0, c->in[0]->type.dtype), TN_OK;
    TN_TRY(label_sizes(c, &e, size, known, &extra));
    int rank = e.out.n + (e.out.dots >= 0 ? extra : 0);
    if (rank > TN_MAX_RANK) return tn_infer_fail(c, "the result would have rank %d", rank);
    tni_einsum_labels(&e.out, rank, labels);
    for (int d = 0; d < rank; d++) shape[d] = size[labels[d]];
    tni_shape_out(c, 0, c->in[0]->type.dtype, rank, shape);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- kernel

typedef struct job {
    const tn_tensor *y;
    int operands, nouter, nsummed;
    bool whole;                         // integers
    const void *x[TNI_EINSUM_OPERANDS]; // double, or int64
    int64_t size[TNI_EINSUM_LABELS];
    int64_t stride[TNI_EINSUM_OPERANDS][TNI_EINSUM_LABELS];
    unsigned char outer[TN_MAX_RANK], summed[TNI_EINSUM_LABELS]; // labels
    int inner;            // label of the inner loop; -1: a single element
    int64_t trips, width; // of the sum; of the inner loop
} job;

static void offsets(const job *j, const unsigned char *labels, int n, int64_t index, int64_t *at) {
    for (int k = n - 1; k >= 0; k--) {
        int64_t i = index % j->size[labels[k]];
        index /= j->size[labels[k]];
        for (int o = 0; o < j->operands; o++) at[o] += i * j->stride[o][labels[k]];
    }
}

#define ADD_PRODUCTS(name, type)                                                             \
    static void name(const job *j, const int64_t *at, int64_t n, type *sum) {                \
        type row[TNI_ROW];                                                                   \
        for (int o = 0; o < j->operands; o++) {                                              \
            const type *x = (const type *)j->x[o] + at[o];                                   \
            int64_t step = j->inner < 0 ? 0 : j->stride[o][j->inner];                        \
            for (int64_t i = 0; i < n; i++) row[i] = o ? row[i] * x[i * step] : x[i * step]; \
        }                                                                                    \
        for (int64_t i = 0; i < n; i++) sum[i] += row[i];                                    \
    }
ADD_PRODUCTS(add_double, double)
ADD_PRODUCTS(add_whole, uint64_t)

static void einsum_unit(void *user, int64_t unit, int worker) {
    const job *j = user;
    (void)worker;
    for (int64_t first = 0; first < j->width; first += TNI_ROW) {
        double sum[TNI_ROW] = {0};
        uint64_t whole[TNI_ROW] = {0};
        int64_t n = j->width - first < TNI_ROW ? j->width - first : TNI_ROW, start[TNI_EINSUM_OPERANDS] = {0},
                at[TNI_EINSUM_OPERANDS];
        offsets(j, j->outer, j->nouter, unit, start);
        for (int o = 0; o < j->operands && j->inner >= 0; o++) start[o] += first * j->stride[o][j->inner];
        for (int64_t t = 0; t < j->trips; t++) {
            memcpy(at, start, sizeof at);
            offsets(j, j->summed, j->nsummed, t, at);
            if (j->whole)
                add_whole(j, at, n, whole);
            else
                add_double(j, at, n, sum);
        }
        if (j->whole)
            tni_store_int(j->y, unit * j->width + first, 1, n, (const int64_t *)whole);
        else
            tni_store(j->y, unit * j->width + first, 1, n, sum);
    }
}

// A label that stands twice in a term walks the diagonal: its strides add up.
static tn_status bind_operand(tn_call *c, job *j, int o, const tni_einsum_term *t) {
    const tn_tensor *x = c->in[o];
    unsigned char labels[3 * TN_MAX_RANK];
    int64_t step = 1, n = tn_count(x);
    tni_einsum_labels(t, x->rank, labels);
    for (int d = x->rank - 1; d >= 0; d--) {
        if (x->dim[d] != 1) j->size[labels[d]] = x->dim[d];
        if (x->dim[d] != 1) j->stride[o][labels[d]] += step;
        step *= x->dim[d];
    }
    if (!j->whole) {
        j->x[o] = tni_as_double(c, x);
    } else {
        int64_t *to = tni_scratch(c, n, sizeof *to);
        if (to) tni_load_int(to, x, 0, 1, n);
        j->x[o] = to;
    }
    return j->x[o] ? TN_OK : TN_NOMEM;
}

static void split_labels(job *j, const tni_einsum *e) {
    unsigned char labels[3 * TN_MAX_RANK];
    bool out[TNI_EINSUM_LABELS] = {false};
    tni_einsum_labels(&e->out, j->y->rank, labels);
    for (int d = 0; d < j->y->rank; d++) out[labels[d]] = true;
    j->inner = j->y->rank ? labels[j->y->rank - 1] : -1;
    j->width = j->inner < 0 ? 1 : j->y->dim[j->y->rank - 1];
    for (int d = 0; d < j->y->rank - 1; d++) j->outer[j->nouter++] = labels[d];
    j->trips = 1;
    for (int l = 0; l < TNI_EINSUM_LABELS; l++) {
        if (out[l] || j->size[l] == 1) continue;
        j->summed[j->nsummed++] = (unsigned char)l;
        j->trips *= j->size[l];
    }
}

static tn_status ref(tn_call *c) {
    tni_einsum e;
    job *j = tn_call_scratch(c, sizeof *j);
    if (!tni_result(c, 0)) return TN_OK;
    if (!j) return TN_NOMEM;
    memset(j, 0, sizeof *j);
    if (!tni_einsum_read(tn_attr_string(c->attrs, "equation"), c->nin, &e))
        return tn_call_fail(c, TN_INVALID, "the equation cannot be read");
    j->y = c->out[0];
    j->operands = c->nin;
    j->whole = TN_INTEGERS >> j->y->dtype & 1;
    for (int l = 0; l < TNI_EINSUM_LABELS; l++) j->size[l] = 1;
    for (int o = 0; o < c->nin; o++) TN_TRY(bind_operand(c, j, o, &e.in[o]));
    split_labels(j, &e);
    if (tn_count(j->y) > 0) tn_call_parallel(c, tn_count(j->y) / j->width, einsum_unit, j);
    return TN_OK;
}

TN_OP(einsum) = {
    TN_HERE,
    .name = "Einsum",
    .since = 28,
    .first = 12,
    .doc = "Sums of products, as the equation says",
    .in = {{"Inputs", "T", TN_VARIADIC}},
    .out = {{"Output", "T"}},
    .types = {{"T", TN_NUMBERS}},
    .attrs = {{.name = "equation", .kind = TN_ATTR_STRING, .flags = TN_REQUIRED}},
    .infer = infer,
    .ref = ref,
};
