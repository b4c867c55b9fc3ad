// SPDX-License-Identifier: Apache-2.0
// alias.c - tensors that are written to. A value of the graph never changes; a name of the file stands for
// another value after a write. A write to a view is a write to what it is a view of; other views of the same
// memory are made again when somebody reads them next.
//
//     zeros   <- slice_1 <- fill_        version of zeros: 0, 1 after fill_, 2 after add_
//             <- select  <- add_         select's value belongs to version 1 when it is made, 2 after add_
#include "import/aten/aten.h"
#include "import/pt2/call.h"

#include <string.h>

tni_pt2_tensor *tni_pt2_find(const tni_pt2_scope *s, const char *name) {
    tni_pt2_tensor *t = NULL;
    for (size_t n = strlen(name); s && !t; s = s->parent) t = tni_map_get(&s->tensors, name, n);
    return t;
}

tni_pt2_tensor *tni_pt2_define(tni_pt2 *x, tni_pt2_scope *s, const char *name, tni_value *v) {
    tni_pt2_tensor *t = tni_arena_zalloc(&x->scratch, sizeof *t);
    if (!t || !tni_map_set(&s->tensors, name, strlen(name), t)) return x->nomem = true, NULL;
    t->name = name;
    t->scope = s;
    t->value = v;
    t->meta = json_object_get(json_object_get(s->json, "tensor_values"), name);
    return t;
}

static tni_pt2_tensor *memory_of(tni_pt2_tensor *t) {
    while (t->parent) t = t->parent;
    return t;
}

bool tni_pt2_make_view(tni_pt2 *x, tni_pt2_tensor *t, tni_pt2_tensor *of, const tn_aten *c, size_t output) {
    enum { MAX_CHAIN = 200 };
    int length = 0;
    for (tni_pt2_tensor *p = of; p; p = p->parent) length++;
    if (length > MAX_CHAIN) return false;
    t->parent = of;
    t->scope = c->scope;
    t->call = c->call;
    t->def = c->def;
    t->output = output;
    t->seen = memory_of(of)->version;
    (void)x;
    return true;
}

tni_value *tni_pt2_read(tni_pt2 *x, tni_pt2_tensor *t) {
    if (!t->parent || t->seen == memory_of(t)->version) return t->value;
    t->value = tni_pt2_call_again(x, t, t->parent, tni_pt2_read(x, t->parent));
    t->seen = memory_of(t)->version;
    return t->value;
}

void tni_pt2_write(tni_pt2 *x, tni_pt2_tensor *t, tni_value *v) {
    tni_pt2_tensor *memory = memory_of(t);
    for (tni_pt2_tensor *at = t; at; at = at->parent) {
        at->value = v;
        at->seen = memory->version + 1;
        if (at->parent && v) v = tni_pt2_unview(x, at, tni_pt2_read(x, at->parent), v);
    }
    memory->version++;
}

// ---- whether a reshape is a view

static bool contiguous(int rank, const int64_t *size, const int64_t *stride) {
    int64_t expect = 1;
    for (int i = rank - 1; i >= 0; i--) {
        if (size[i] != 1 && stride[i] != expect) return false;
        if (size[i] > 0) expect = (int64_t)((uint64_t)expect * (uint64_t)size[i]);
    }
    return true;
}

// Runs of dimensions that lie densely behind each other must be cut at the same places by both shapes.
bool tni_pt2_views(const tni_pt2 *x, const json_t *from, const json_t *to) {
    int64_t size[TN_MAX_RANK], stride[TN_MAX_RANK], want[TN_MAX_RANK], other[TN_MAX_RANK];
    int rank, wanted;
    if (!tni_pt2_strides(x, from, size, stride, &rank) || !tni_pt2_strides(x, to, want, other, &wanted))
        return true;
    bool equal = rank == wanted;
    for (int i = 0; equal && i < rank; i++) equal = size[i] == want[i];
    for (int i = 0; equal && i < rank; i++) // of one shape: a copy is told by its strides
        if (size[i] > 1 && stride[i] != other[i]) return false;
    if (equal || contiguous(rank, size, stride)) return true;
    int64_t run = 1, base = rank ? stride[rank - 1] : 1, taken = 1;
    int at = wanted - 1;
    for (int i = rank - 1; i >= 0; i--) {
        run = (int64_t)((uint64_t)run * (uint64_t)size[i]);
        bool ends = i == 0 || (size[i - 1] != 1 && (uint64_t)stride[i - 1] != (uint64_t)run * (uint64_t)base);
        if (!ends) continue;
        while (at >= 0 && (taken < run || want[at] == 1))
            taken = (int64_t)((uint64_t)taken * (uint64_t)want[at--]);
        if (taken != run) return false;
        run = taken = 1;
        if (i > 0) base = stride[i - 1];
    }
    return at < 0;
}
