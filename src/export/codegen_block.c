// SPDX-License-Identifier: Apache-2.0
// codegen_block.c - layers that stand in the source as the blocks of tenon/nn.h, which find their weights by
// PyTorch's names: tn_batch_norm(net, x, "bn1"). A node is one when the block makes that very node; blocks of
// several layers are not looked for (docs/design/015-source-from-models.md).
#include "export/codegen_writer.h"

#include "ir/registry.h"

#include <string.h>

static const cg_block blocks[] = {
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
static const char *owner_of(codegen *c, const cg_module *m, const cg_constant *k, const char *role) {
    size_t n = strlen(m->path), tail = strlen(role);
    if (!k || !k->key || (n && (strncmp(k->key, m->path, n) || k->key[n] != '.'))) return NULL;
    const char *rest = k->key + n + (n != 0);
    size_t length = strlen(rest);
    if (length < tail + 2 || strcmp(rest + length - tail, role) || rest[length - tail - 1] != '.')
        return NULL;
    return cg_print(c, "%.*s", (int)(length - tail - 1), rest);
}

// What the block would ask for: weights of f32 of the shapes that follow from x, all below one name.
static const char *owner_of_all(codegen *c, const cg_module *m, const tni_node *n, const cg_block *b) {
    const tn_type *x = n->in[0].value ? &n->in[0].value->info.type : NULL;
    const char *owner = NULL;
    if (!x || x->rank < 2 || (b->matrix && x->rank != 2)) return NULL;
    tn_dim d = x->dim[b->axis < 0 ? x->rank + b->axis : b->axis];
    int64_t channels = d.k;
    if (d.e) return NULL; // the block has to know it
    for (int i = 1; i < n->nin; i++) {
        const tni_value *v = n->in[i].value;
        const tn_tensor *t = cg_is_constant(v) ? v->info.constant : NULL;
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

static bool says_the_same(const cg_block *b, const char *name, const tn_attr *a) {
    if (b->matrix && !strcmp(name, b->matrix)) return a->present && a->i == 1;
    return !a->present || (b->attribute && !strcmp(name, b->attribute) && a->f > 0);
}

const cg_block *cg_block_of(codegen *c, const cg_module *m, const tni_node *n, const char **owner) {
    const cg_block *b = NULL;
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
