// SPDX-License-Identifier: Apache-2.0
// io.c - a graph's inputs and outputs as the public struct.
#include "ir/dim_expr.h"
#include "plan/plan.h"
#include "plan/profile.h"

#include <string.h>

static bool describe(tni_root *r, const tni_value *v, tn_io *io) {
    const tn_type *t = &v->info.type;
    *io = (tn_io){.name = v->name, .kind = t->kind, .dtype = t->dtype, .rank = t->rank};
    for (int i = 0; i < t->rank; i++) {
        io->dims[i] = io->tuned[i] = t->dim[i].e ? -1 : t->dim[i].k;
        tni_dim_range(&r->dims, t->dim[i], &io->least[i], &io->most[i]);
        if (!t->dim[i].e) continue;
        tni_text s = {.env = r->env};
        tni_dim_print(&s, t->dim[i]);
        io->expr[i] = tni_arena_keep(&r->arena, &s);
        if (!io->expr[i]) return false;
    }
    return true;
}

tn_io *tni_graph_io(const tn_graph *g) {
    tni_root *r = g->root;
    tn_io *io = tni_arena_zalloc(&r->arena, (g->ninput + g->noutput + 1) * sizeof *io);
    for (size_t i = 0; io && i < g->ninput; i++)
        if (!describe(r, g->input[i], &io[i])) return NULL;
    for (size_t i = 0; io && i < g->ninput; i++) tni_profile_sizes(g, &(tn_build_options){0}, i, io[i].tuned);
    for (size_t i = 0, next; io && i < g->ninput; i++)
        if (tni_graph_state(g, i, &next)) io[i].next = g->output[next]->value->name;
    for (size_t i = 0; io && i < g->noutput; i++)
        if (!describe(r, g->output[i]->value, &io[g->ninput + i])) return NULL;
    return io;
}
