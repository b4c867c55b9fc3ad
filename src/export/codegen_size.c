// SPDX-License-Identifier: Apache-2.0
// codegen_size.c - numbers with a name. Shapes of a network with attention are full of the same few: HEADS,
// HEAD_SIZE, their product WIDTH, and SEQUENCE. What they are is read off the attention itself; they get
// their names where all of it agrees, and where no two of them are the same number.
#include "export/codegen.h"

#include <string.h>

enum { HEADS, SEQUENCE, HEAD_SIZE, WIDTH, SMALL = 4 /* numbers up to it say more as they are */ };
static const char *const names[] = {"HEADS", "SEQUENCE", "HEAD_SIZE", "WIDTH"};

// ---- [batch, heads, sequence, size]

static int64_t dim_of(const tni_value *v, int i) {
    const tn_type *t = &v->info.type;
    return t->rank == 4 && !t->dim[i].e ? t->dim[i].k : -1;
}

// The softmax that a value comes from, through what has its shape (a mask of NaN, a cast).
static const tni_value *softmax_behind(const tni_value *v) {
    for (int hops = 0; v && v->def && hops < 4; hops++) {
        const tni_node *n = v->def;
        if (!strcmp(n->op->name, "Softmax")) return n->nin ? n->in[0].value : NULL;
        v = n->nin ? n->in[n->nin - 1].value : NULL; // Where's last input is what passes
    }
    return NULL;
}

static void note(codegen *c, int what, int64_t value) {
    tni_cg_size *s = &c->size[what];
    if (s->uses++ && s->value != value) s->value = -1;
    if (s->uses == 1) *s = (tni_cg_size){names[what], value, 1};
}

static void note_attention(codegen *c, const tni_node *n, int64_t heads, int64_t sequence, int64_t size) {
    if (c->path[n->mark]) c->attention[c->attentions++] = c->path[n->mark];
    note(c, HEADS, heads);
    note(c, SEQUENCE, sequence);
    note(c, HEAD_SIZE, size);
    note(c, WIDTH, heads > 0 && size > 0 ? heads * size : -1);
}

static void look_at(codegen *c, const tni_node *n) {
    const tni_value *first = n->nin ? n->in[0].value : NULL, *second = n->nin > 1 ? n->in[1].value : NULL;
    if (!first || !second) return;
    if (!strcmp(n->op->name, "Attention") && first->info.type.rank == 4)
        note_attention(c, n, dim_of(first, 1), dim_of(first, 2), dim_of(first, 3));
    if (strcmp(n->op->name, "MatMul") || second->info.type.rank != 4) return;
    const tni_value *scores = softmax_behind(first);
    if (scores) note_attention(c, n, dim_of(scores, 1), dim_of(scores, 2), dim_of(second, 3));
}

void tni_cg_sizes(codegen *c) {
    c->attention = tni_cg_alloc(c, (c->g->nnodes + 1) * sizeof *c->attention);
    if (!c->attention) return;
    for (const tni_node *n = c->g->first; n; n = n->next) look_at(c, n);
    for (int i = HEADS; i <= WIDTH; i++)
        for (int k = HEADS; k <= WIDTH; k++)
            if (i != k && c->size[i].value == c->size[k].value) c->size[i].uses = 0;
    c->sizes = WIDTH + 1;
}

static bool holds(const char *module, size_t size, const char *path) {
    return !strncmp(path, module, size) && (!path[size] || path[size] == '.' || !size);
}

// In the module that computes an attention, in what lies in it, and in the one it lies in: elsewhere the same
// number may well mean something else.
static bool belongs_to_attention(const codegen *c, const tni_node *n) {
    const char *path = c->path[n->mark];
    for (size_t i = 0; path && i < c->attentions; i++) {
        const char *of = c->attention[i], *last = strrchr(of, '.');
        if (holds(of, strlen(of), path)) return true;
        if (last && strlen(path) == (size_t)(last - of) && !strncmp(path, of, (size_t)(last - of)))
            return true;
    }
    return false;
}

const char *tni_cg_size_name(codegen *c, const tni_node *n, int input, int64_t value) {
    bool shape = input == 1 && (!strcmp(n->op->name, "Reshape") || !strcmp(n->op->name, "Expand"));
    if (!shape || n->graph != c->g || value <= SMALL || !belongs_to_attention(c, n)) return NULL;
    for (size_t i = 0; i < c->sizes; i++)
        if (c->size[i].uses && c->size[i].value == value) return c->size[i].name;
    return NULL;
}
