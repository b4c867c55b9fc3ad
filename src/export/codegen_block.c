// SPDX-License-Identifier: Apache-2.0
// codegen_block.c - layers that stand in the source as the blocks of tenon/nn.h, which find their weights by
// PyTorch's names: tn_batch_norm(net, x, "bn1"). A node is one when the block makes that very node, the nodes
// of a linear layer when tn_linear makes those; blocks of several layers are not looked for
// (docs/design/015-source-from-models.md). And sizes: tn_sizes.
#include "export/codegen_writer.h"

#include "ir/registry.h"
#include "net/net.h"

#include <string.h>

static const tni_cg_block blocks[] = {
    {.op = "BatchNormalization",
     .function = "batch_norm",
     .role = {"weight", "bias", "running_mean", "running_var"},
     .axis = 1,
     .attribute = "epsilon",
     .field = "eps"},
    {.op = "LayerNormalization",
     .function = "layer_norm",
     .role = {"weight", "bias"},
     .axis = -1,
     .attribute = "epsilon",
     .field = "eps"},
    {.op = "Gemm", .function = "linear", .role = {"weight", "bias"}, .axis = -1, .matrix = "transB"},
};

// "layer1.0.bn1.weight" below layer1.0 is "bn1", when the role is weight. NULL: something else.
static const char *owner_of(codegen *c, const tni_cg_module *m, const tni_cg_constant *k, const char *role) {
    size_t n = strlen(m->path), tail = strlen(role);
    if (!k || !k->key || (n && (strncmp(k->key, m->path, n) || k->key[n] != '.'))) return NULL;
    const char *rest = k->key + n + (n != 0);
    size_t length = strlen(rest);
    if (length < tail + 2 || strcmp(rest + length - tail, role) || rest[length - tail - 1] != '.')
        return NULL;
    return tni_cg_print(c, "%.*s", (int)(length - tail - 1), rest);
}

// What the block would ask for: weights of f32 of the shapes that follow from x, all below one name.
static const char *owner_of_all(codegen *c, const tni_cg_module *m, const tni_node *n,
                                const tni_cg_block *b) {
    const tn_type *x = n->in[0].value ? &n->in[0].value->info.type : NULL;
    const char *owner = NULL;
    if (!x || x->rank < 2 || (b->matrix && x->rank != 2)) return NULL;
    tn_dim d = x->dim[b->axis < 0 ? x->rank + b->axis : b->axis];
    int64_t channels = d.k;
    if (d.e) return NULL; // the block has to know it
    for (int i = 1; i < n->nin; i++) {
        const tni_value *v = n->in[i].value;
        const tn_tensor *t = tni_cg_is_constant(v) ? v->info.constant : NULL;
        bool matrix = b->matrix && i == 1;
        if (!t || t->dtype != TN_F32 || t->rank != (matrix ? 2 : 1) || t->dim[t->rank - 1] != channels)
            return NULL;
        if (matrix) channels = t->dim[0];
        const char *of = owner_of(c, m, c->operand[n->mark][i], b->role[i - 1]);
        if (!of || (owner && strcmp(owner, of))) return NULL;
        owner = of;
    }
    return owner;
}

// What is made and not read has to be made all the same, for the same bytes.
static bool only_first_output(const tni_node *n) {
    for (int i = 1; i < n->nout; i++)
        if (n->out[i]) return false;
    return true;
}

static bool says_the_same(const tni_cg_block *b, const char *name, const tn_attr *a) {
    if (b->matrix && !strcmp(name, b->matrix)) return a->present && a->i == 1;
    return !a->present || (b->attribute && !strcmp(name, b->attribute) && a->f > 0);
}

const tni_cg_block *tni_cg_block_of(codegen *c, const tni_cg_module *m, const tni_node *n,
                                    const char **owner) {
    const tni_cg_block *b = NULL;
    for (size_t i = 0; m && i < sizeof blocks / sizeof *blocks; i++)
        if (tni_same_domain(n->op->domain, "") && !strcmp(n->op->name, blocks[i].op)) b = &blocks[i];
    if (!b || n->graph != c->g || !only_first_output(n)) return NULL;
    int weights = 0;
    while (weights < CG_BLOCK_WEIGHTS && b->role[weights]) weights++;
    if (n->nin != 1 + weights) return NULL;
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (!says_the_same(b, n->op->attrs[i].name, &n->attr[i])) return NULL;
    *owner = owner_of_all(c, m, n, b);
    return *owner && **owner ? b : NULL;
}

// ---- torch.nn.Linear where x is no matrix: Transpose, MatMul and Add

static const tn_tensor *f32_constant(const tni_value *v, int rank) {
    const tn_tensor *t = tni_cg_is_constant(v) ? v->info.constant : NULL;
    return t && t->dtype == TN_F32 && t->rank == rank ? t : NULL;
}

static bool feeds_only(const tni_node *n, const tni_node *reader, int input) {
    const tni_value *v = n->nout == 1 ? n->out[0] : NULL;
    return v && v->uses && !v->uses->next && v->uses->node == reader && tni_in(reader, input) == v;
}

static bool turns_matrix(const tni_node *n) {
    size_t count = 0;
    const int64_t *perm = tni_is(n, "Transpose") ? tn_attr_ints(tni_attrs(n), "perm", &count) : NULL;
    return count == 2 && perm[0] == 1 && perm[1] == 0;
}

int tni_cg_linear_nodes(tni_node *const *node, size_t count) {
    if (count < 2 || !turns_matrix(node[0]) || !tni_is(node[1], "MatMul") || !feeds_only(node[0], node[1], 1))
        return 0;
    const tn_tensor *w = f32_constant(tni_in(node[0], 0), 2), *b;
    const tn_type *x = tni_in(node[1], 0) ? &node[1]->in[0].value->info.type : NULL;
    if (!w || !x || x->rank < 3 || x->dim[x->rank - 1].e || x->dim[x->rank - 1].k != w->dim[1]) return 0;
    if (count < 3 || !tni_is(node[2], "Add") || !feeds_only(node[1], node[2], 0)) return 2;
    b = f32_constant(tni_in(node[2], 1), 1);
    return b && b->dim[0] == w->dim[0] ? 3 : 2;
}

const char *tni_cg_linear_of(codegen *c, const tni_cg_module *m, tni_node *const *node, int nodes) {
    const char *of = owner_of(c, m, c->operand[node[0]->mark][0], "weight");
    const char *bias = nodes > 2 ? owner_of(c, m, c->operand[node[2]->mark][1], "bias") : of;
    return of && bias && !strcmp(of, bias) ? of : NULL;
}

// ---- tn_sizes

static bool same_texts(const tn_attr *a, const char *const *text, size_t n) {
    bool same = a && a->n == n;
    for (size_t i = 0; same && i < n; i++) same = !strcmp(a->strings[i].text, text[i]);
    return same;
}

static bool same_ints(const tn_attr *a, const int64_t *number, size_t n) {
    return a && a->n == n && (!n || !memcmp(a->ints, number, n * sizeof *number));
}

static const tn_attr *attr_of(const tni_node *n, const char *name) {
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (!strcmp(n->op->attrs[i].name, name) && n->attr[i].present) return &n->attr[i];
    return NULL;
}

static bool makes(const tni_sizes *s, const tni_node *n) {
    bool same = same_texts(attr_of(n, "exprs"), s->expr, s->exprs) &&
                same_texts(attr_of(n, "symbols"), s->symbol, s->symbols) &&
                same_ints(attr_of(n, "inputs"), s->from, s->symbols) &&
                same_ints(attr_of(n, "axes"), s->axis, s->symbols) && n->nin == s->inputs;
    for (int i = 0; same && i < n->nin; i++) same = tni_in(n, i) == s->input[i];
    return same;
}

static const char *sizes_text(codegen *c, const tni_node *n) {
    const tn_attr *exprs = tni_is(n, "tn.Dims") && !attr_of(n, "scalar") ? attr_of(n, "exprs") : NULL;
    tni_text t = {.env = c->g->root->env};
    tni_sizes s;
    for (size_t i = 0; exprs && i < exprs->n; i++)
        tni_text_printf(&t, "%s%s", i ? ", " : "", exprs->strings[i].text);
    const char *text = exprs && exprs->n ? tni_cg_keep(c, &t) : NULL;
    tn_status status = text ? tni_sizes_read(&s, c->g, text) : TN_INVALID;
    if (status == TN_NOMEM) c->nomem = true;
    return status == TN_OK && !strpbrk(text, "\"\\") && makes(&s, n) ? text : NULL;
}

void tni_cg_note_sizes(codegen *c) {
    c->inlined = tni_cg_alloc(c, c->nodes + 1);
    c->sizes_of = tni_cg_alloc(c, (c->nodes + 1) * sizeof *c->sizes_of);
    for (size_t i = 0; i < c->norder && !c->nomem; i++)
        c->sizes_of[c->order[i]->mark] = sizes_text(c, c->order[i]);
}

const char *tni_cg_sizes_of(const codegen *c, const tni_node *n) {
    return n->graph == c->g ? c->sizes_of[n->mark] : NULL;
}
