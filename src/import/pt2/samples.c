// SPDX-License-Identifier: Apache-2.0
// samples.c - the inputs that a model was exported with, which torch.export.save keeps as torch.save's pickle
// of (args, kwargs). Nothing needs them: what is damaged, or does not suit the inputs one by one, is left
// alone. Only memory that ends is an error, so that a model has its examples or is not read.
#include "import/pt2/pt2.h"

#include "import/torch_file.h"

#include <string.h>

typedef struct samples {
    tni_pt2 *x;
    const tni_pt2_scope *scope; // the main graph's
    size_t count, capacity;
    tn_tensor **tensor;
} samples;

static tn_status take(void *user, const char *name, const tni_storage_view *view, const char *why) {
    samples *s = user;
    tni_arena *a = &s->x->graph->root->arena;
    (void)name;
    if (why) return TN_UNSUPPORTED;
    if (!tni_arena_grow(&s->x->scratch, &s->tensor, s->count, &s->capacity, sizeof *s->tensor))
        return TN_NOMEM;
    return tni_storage_tensor(&s->tensor[s->count++], a, view);
}

static bool suits(const tni_value *v, const tn_tensor *t) {
    const tn_type *type = &v->info.type;
    bool fits = type->kind == TN_TENSOR && type->dtype == t->dtype && type->rank == t->rank;
    for (int d = 0; fits && d < t->rank; d++) fits = type->dim[d].e || type->dim[d].k == t->dim[d];
    return fits;
}

// The graph's inputs that are tensors, in their order; numbers and state are not among what was saved.
static bool is_tensor_input(const samples *s, const tni_value *v) {
    const tni_pt2_tensor *t = tni_pt2_find(s->scope, v->name);
    return t && t->first == v;
}

static void give(const samples *s) {
    tn_graph *g = s->x->graph;
    for (int round = 0; round < 2; round++) { // nothing is given before all is known to fit
        size_t n = 0;
        for (size_t i = 0; i < g->ninput; i++) {
            if (!is_tensor_input(s, g->input[i])) continue;
            if (n == s->count || !suits(g->input[i], s->tensor[n])) return;
            if (round && tni_graph_give(g, g->input[i]->name, NULL, s->tensor[n]) != TN_OK)
                s->x->nomem = true;
            n++;
        }
        if (n != s->count) return;
    }
}

void tni_pt2_read_samples(tni_pt2 *x, const tni_pt2_scope *s) {
    const tni_zip_member *m = x->samples ? tni_pt2_member(x, x->samples) : NULL;
    samples to = {.x = x, .scope = s};
    tni_torch_file file;
    tn_str bytes;
    tni_arena *a = &x->graph->root->arena;
    tn_status status = m ? tni_zip_read(&x->zip, m, a, &bytes, NULL) : TN_INVALID;
    if (status == TN_OK) {
        status = tni_torch_open(&file, a, bytes.text, bytes.size, x->samples, NULL);
        if (status == TN_OK) status = tni_torch_each(&file, &(tni_torch_walk){take, &to}, NULL);
        if (status == TN_OK) give(&to);
        tni_torch_close(&file);
    }
    x->nomem |= status == TN_NOMEM;
}
