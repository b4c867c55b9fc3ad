// SPDX-License-Identifier: Apache-2.0
// call.c - what kernels ask for while they run, on top of the host that runs them.
#include "base/ck.h"
#include "ir/host.h"

#include <stdio.h>
#include <string.h>

tn_status tn_call_fail(tn_call *c, tn_status status, const char *message, ...) {
    char text[1024];
    va_list args;
    va_start(args, message);
    vsnprintf(text, sizeof text, message, args);
    va_end(args);
    return tni_node_diag(c->host->node, c->host->diags, TN_ERROR, status, NULL, NULL, "%s", text);
}

tn_status tn_call_resize(tn_call *c, int i, int rank, const int64_t *dims) {
    tn_tensor *t = i < c->nout ? c->out[i] : NULL;
    if (!t) return TN_OK;
    size_t bytes;
    if (!tni_tensor_size(t->dtype, rank, dims, &bytes))
        return tn_call_fail(c, TN_LIMIT, "output %d would have a negative dimension or be too large", i);
    if (!t->data || t->bytes != bytes) {
        if (!(t->data = c->host->memory(c->host, bytes))) return TN_NOMEM;
        t->pinned = c->host->pins;
    }
    if (t->dtype == TN_STRING) memset(t->data, 0, bytes);
    t->bytes = bytes;
    t->rank = rank;
    if (rank) memmove(t->dim, dims, (size_t)rank * sizeof *dims);
    return TN_OK;
}

tn_status tni_call_place(struct tn_call_host *h, const tn_info *info, tn_tensor *t) {
    const tni_node *n = h->node;
    *t = (tn_tensor){.kind = t->kind, .dtype = t->dtype, .pinned = h->pins};
    if ((n->op->traits & (TN_DATA_SHAPE | TN_CONTROL)) || !tni_type_dims(&info->type, t->dim)) return TN_OK;
    t->rank = info->type.rank;
    if (!tni_tensor_size(t->dtype, t->rank, t->dim, &t->bytes))
        return tni_node_diag(n, h->diags, TN_ERROR, TN_LIMIT, NULL, NULL,
                             "an output has a negative size or is too large");
    if (!(t->data = h->memory(h, t->bytes))) return TN_NOMEM;
    if (t->dtype == TN_STRING) memset(t->data, 0, t->bytes);
    return TN_OK;
}

tn_status tni_call_check(struct tn_call_host *h, tn_tensor *const *out) {
    for (int i = 0; i < h->node->nout; i++)
        if (out[i] && out[i]->kind == TN_TENSOR && !out[i]->data)
            return tni_node_diag(h->node, h->diags, TN_ERROR, TN_INTERNAL, h->node->out[i]->name, NULL,
                                 "the kernel gave no result");
    return TN_OK;
}

typedef void *(*allocate)(struct tn_call_host *h, size_t bytes);

// A copy of `from` in memory from `get`; pinned data and items are shared.
static tn_tensor *retain(struct tn_call_host *h, const tn_tensor *from, allocate get, bool pins) {
    tn_tensor *t = get(h, sizeof *t);
    if (!t) return NULL;
    *t = *from;
    t->owner = NULL;
    if (from->data && !from->pinned) {
        if (!(t->data = get(h, from->bytes))) return NULL;
        if (from->bytes) memcpy(t->data, from->data, from->bytes);
        t->pinned = pins;
    }
    return t;
}

tn_status tn_call_items(tn_call *c, int i, size_t n, const tn_tensor *const *items) {
    tn_tensor *t = i < c->nout ? c->out[i] : NULL;
    if (!t) return TN_OK;
    size_t bytes;
    if (!ck_mul(n, sizeof *t->item, &bytes)) return TN_NOMEM;
    tn_tensor **item = c->host->keep(c->host, bytes);
    if (!item) return TN_NOMEM;
    for (size_t k = 0; k < n; k++)
        if (!(item[k] = retain(c->host, items[k], c->host->keep, true))) return TN_NOMEM;
    t->item = item;
    t->nitems = n;
    t->has_item = n > 0;
    return TN_OK;
}

tn_status tn_call_assign(tn_call *c, int i, const tn_tensor *from) {
    tn_tensor *t = i < c->nout ? c->out[i] : NULL;
    if (!t) return TN_OK;
    if (from->kind == TN_TENSOR && t->data && t->bytes == from->bytes && t->dtype != TN_STRING) {
        if (t->data != from->data && t->bytes) memmove(t->data, from->data, t->bytes);
        return TN_OK; // the shape is the inference's: Reshape assigns too
    }
    tn_tensor *copy = retain(c->host, from, c->host->memory, c->host->pins);
    if (!copy) return TN_NOMEM;
    bool shaped = from->kind == TN_TENSOR && t->data && t->bytes == from->bytes; // strings: keep our shape
    tn_tensor old = *t;
    *t = *copy;
    t->owner = old.owner;
    if (shaped) {
        t->rank = old.rank;
        memcpy(t->dim, old.dim, sizeof t->dim);
    }
    return TN_OK;
}

void *tn_call_scratch(tn_call *c, size_t bytes) { return c->host->scratch(c->host, bytes); }
char *tn_call_text(tn_call *c, size_t bytes) { return c->host->keep(c->host, bytes ? bytes : 1); }

tn_status tn_call_graph(tn_call *c, const char *attr, int nin, const tn_tensor *const *in, int nout,
                        const tn_tensor **out) {
    return c->host->graph(c->host, tn_attr_graph(c->attrs, attr), nin, in, nout, out);
}

void tn_call_parallel(tn_call *c, int64_t n, void (*fn)(void *arg, int64_t i, int worker), void *arg) {
    if (c->host->meter)
        tni_meter_run(c->host->meter, c->host->pool, n, fn, arg);
    else
        tni_pool_run(c->host->pool, n, fn, arg);
}

int tn_call_threads(const tn_call *c) { return tni_pool_threads(c->host->pool); }
