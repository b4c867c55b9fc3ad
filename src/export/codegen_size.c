// SPDX-License-Identifier: Apache-2.0
// codegen_size.c - numbers with a name. A vector that says a shape is full of them: where a network splits
// its width into heads, everywhere alike, they are HEADS and HEAD_SIZE, and what is joined again is WIDTH;
// BATCH and SEQUENCE are the sizes of the input. Only positions that mean the thing get its name.
#include "export/codegen.h"

#include <string.h>

enum { HEADS, HEAD_SIZE, WIDTH, SEQUENCE, BATCH };
static const char *const names[] = {"HEADS", "HEAD_SIZE", "WIDTH", "SEQUENCE", "BATCH"};

static const tn_tensor *shape_of(const tni_node *n, int input) {
    const tni_value *v = input < n->nin ? n->in[input].value : NULL;
    bool vector = input == 1 && !strcmp(n->op->name, "Reshape") && cg_is_constant(v);
    return vector && v->info.constant->rank == 1 ? v->info.constant : NULL;
}

static bool swaps_heads(const tni_node *n) {
    static const int64_t perm[] = {0, 2, 1, 3};
    if (!n || strcmp(n->op->name, "Transpose") || n->attr[0].n != 4) return false;
    return !memcmp(n->attr[0].ints, perm, sizeof perm);
}

// [batch, sequence, heads, size], transposed right away.
static bool splits_heads(const tni_node *n) {
    const tn_tensor *t = shape_of(n, 1);
    const tni_use *u = n->nout && n->out[0] ? n->out[0]->uses : NULL;
    bool joined = n->in[0].value && n->in[0].value->info.type.rank == 3;
    return t && t->dim[0] == 4 && joined && u && swaps_heads(u->node);
}

// The other way: [batch, sequence, width].
static bool joins_heads(const tni_node *n) {
    const tn_tensor *t = shape_of(n, 1);
    const tni_value *x = n->nin ? n->in[0].value : NULL;
    if (!t || t->dim[0] != 3 || !x || !swaps_heads(x->def)) return false;
    const tn_dim *d = x->info.type.dim;
    return !d[2].e && !d[3].e && tni_get_int(t, 2) == d[2].k * d[3].k;
}

// What element `at` of a shape is, or -1.
static int meaning(const tni_node *n, size_t at) {
    if (splits_heads(n)) return at == 0 ? BATCH : at == 1 ? SEQUENCE : at == 2 ? HEADS : HEAD_SIZE;
    if (joins_heads(n)) return at == 0 ? BATCH : at == 1 ? SEQUENCE : WIDTH;
    return -1;
}

static void note(codegen *c, int what, int64_t value) {
    cg_size *s = &c->size[what];
    s->name = names[what];
    if (value < 2) return; // 1 and -1 say more as they are
    if (s->uses && s->value != value) s->value = -1;
    if (!s->uses) s->value = value;
    s->uses++;
}

void cg_sizes(codegen *c) {
    for (const tni_node *n = c->g->first; n; n = n->next) {
        const tn_tensor *t = shape_of(n, 1);
        for (size_t i = 0; t && i < (size_t)t->dim[0]; i++) {
            int what = meaning(n, i);
            if (what >= 0) note(c, what, tni_get_int(t, (int64_t)i));
        }
    }
    c->sizes = c->size[HEADS].uses + c->size[HEAD_SIZE].uses > 1 ? BATCH + 1 : 0;
    for (size_t i = 0; i < c->sizes; i++)
        if (c->size[i].uses < 2) c->size[i].value = -1;
}

const char *cg_size_name(codegen *c, const tni_node *n, int input, size_t at, int64_t value) {
    int what = c->sizes && n->graph == c->g && shape_of(n, input) ? meaning(n, at) : -1;
    return what >= 0 && value > 1 && c->size[what].value == value ? names[what] : NULL;
}
