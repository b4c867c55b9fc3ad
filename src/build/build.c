// SPDX-License-Identifier: Apache-2.0
// build.c - freezing: run the passes, infer once with the shapes to tune for, choose a kernel for every node,
// pack its constants, write the block, and open it as if it had been loaded.
#include "build/build.h"

#include "base/cpuid.h"
#include "build/budget.h"
#include "build/once.h"
#include "ir/host.h"
#include "ir/program.h"
#include "pass/pass.h"
#include "plan/needs.h"
#include "plan/pick.h"
#include "plan/profile.h"
#include "plan/writer.h"
#include "tactic/select.h"
#include "tenon/network.h"

#include <string.h>

typedef struct builder {
    tn_env *env;
    tn_graph *g;
    const tn_build_options *o;
    tn_diags *diags;
    tni_arena arena;
    tni_tuner *tuner;
    tn_info *info; // by value id, in the shapes tuned for
    tni_encoded_step *step;
    tni_needs needs;
    tni_writer writer;
    tni_choice *choice; // by step
    size_t nsteps;
    const tni_node *node; // being chosen for: explain names it
} builder;

static void progress(const builder *b, const char *phase, size_t done, size_t total) {
    if (b->o->progress) b->o->progress(b->o->user, phase, done, total);
}

// ---- the shapes to tune for

static tn_info *info_of(void *user, const tni_value *v) {
    builder *b = user;
    tn_info *info = &b->info[v->id];
    if (info->type.dtype == TN_UNDEFINED && !v->def) *info = v->info; // constants
    return info;
}

// Fills b->info. Where the chosen sizes do not suit the model, what could be inferred still counts.
static tn_status infer_concrete(builder *b) {
    b->info = tni_arena_zalloc(&b->arena, (b->g->root->nvalues + 1u) * sizeof *b->info);
    if (!b->info) return TN_NOMEM;
    for (size_t i = 0; i < b->g->ninput; i++) {
        tn_info *info = &b->info[b->g->input[i]->id];
        int64_t dims[TN_MAX_RANK];
        tni_profile_sizes(b->g, b->o, i, dims);
        info->type = b->g->input[i]->info.type;
        for (int d = 0; d < info->type.rank; d++)
            if (dims[d] >= 0) info->type.dim[d] = tn_k(dims[d]);
    }
    tni_infer_env env = {.info = info_of, .user = b, .dims = &b->g->root->dims, .arena = &b->arena};
    tn_status status = tni_infer_graph(&env, b->g);
    return status == TN_NOMEM ? status : TN_OK;
}

// ---- problems

// Stands for every size that only the data tell, so that what follows them gets a kernel too.
static bool some_size(void *user, const char *symbol, int64_t *value) {
    (void)user, (void)symbol;
    return *value = 64, true;
}

static const tn_tensor *as_tensor(tni_arena *a, const tn_info *info) {
    int64_t dims[TN_MAX_RANK] = {0};
    if (info->type.dtype == TN_UNDEFINED || info->type.kind != TN_TENSOR || info->type.rank < 0) return NULL;
    for (int i = 0; i < info->type.rank; i++)
        if (!tni_dim_eval(info->type.dim[i], some_size, NULL, &dims[i]) || dims[i] < 0) return NULL;
    return tni_tensor_view(a, info->type.dtype, info->type.rank, dims,
                           info->constant ? info->constant->data : NULL);
}

// A node's problem in the shapes tuned for; false when a rank is not known or an input is no tensor.
static bool problem_of(builder *b, const tni_node *n, tn_problem *p) {
    tni_arena *a = &b->arena;
    const tn_tensor **in = tni_arena_zalloc(a, (size_t)(n->nin + 1) * sizeof *in);
    const tn_tensor **out = tni_arena_zalloc(a, (size_t)(n->nout + 1) * sizeof *out);
    if (!in || !out) return false;
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value && !(in[i] = as_tensor(a, info_of(b, n->in[i].value)))) return false;
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && !(out[i] = as_tensor(a, info_of(b, n->out[i])))) return false;
    *p = (tn_problem){.attrs = tni_attrs(n), .nin = n->nin, .nout = n->nout, .in = in, .out = out};
    return true;
}

// ---- choosing

static void explain(void *user, const char *tactic, bool chosen, double ns, const char *reason) {
    const builder *b = user;
    char op[96];
    b->o->explain(b->o->user, b->node->name, tni_op_text(b->node->op, op), tactic, chosen, ns, reason);
}

// What a kernel packs goes into the block at once: no two nodes' packed constants are in memory.
static tn_status pack(builder *b, const tn_tactic_def *tactic, const tn_problem *p, tni_encoded_step *s) {
    size_t bytes = tni_pack_bytes(tactic, p);
    tni_text order;
    if (!bytes) return TN_OK;
    s->packed_input = tni_packed_input(p, bytes);
    if (!tni_weights_order(&order, &b->writer, tactic, p, s->packed_input)) return TN_NOMEM;
    void *to = tni_calloc(b->env, bytes, 1); // padding is part of the engine's bytes
    if (to) {
        tactic->pack(p, to);
        s->packed = tni_writer_pack(&b->writer, to, bytes);
        if (s->packed_input >= 0) tni_weights_once(&b->writer, &order, p->in[s->packed_input], to, s->packed);
    }
    tni_text_free(&order);
    tni_free(b->env, to);
    return s->packed == TNI_NO_PIECE ? TN_NOMEM : TN_OK;
}

// A node that runs subgraphs, or whose sizes only the data tell, has its reference kernel.
static void set_problems(builder *b, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        tn_problem *p = &b->choice[n->mark].problem;
        if ((n->op->traits & (TN_CONTROL | TN_DATA_SHAPE)) || !problem_of(b, n, p)) *p = (tn_problem){0};
        for (size_t i = 0; !tni_bodies_describe(n) && (body = tni_next_body(n, &i));) set_problems(b, body);
    }
}

// Says what was chosen, and packs for it.
static tn_status freeze(builder *b, const tni_node *n) {
    const tni_choice *c = &b->choice[n->mark];
    const tn_tactic_def *best = c->best;
    tni_encoded_step *s = &b->step[n->mark];
    *s = (tni_encoded_step){.tactic = "", .packed = TNI_NO_PIECE, .packed_input = -1};
    b->node = n;
    tni_tuner_price(b->tuner, c->price);
    if (c->problem.attrs.op && b->o->explain) TN_TRY(tni_select(b->tuner, &c->problem, explain, b, &best));
    if (!best) return TN_OK;
    s->tactic = best->name;
    TN_TRY(tni_needs_tactic(&b->needs, best));
    return pack(b, best, &c->problem, s);
}

static tn_status freeze_all(builder *b, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        TN_TRY(freeze(b, n));
        for (size_t i = 0; (body = tni_next_body(n, &i));) TN_TRY(freeze_all(b, body));
    }
    return TN_OK;
}

static size_t number_nodes(tn_graph *g, size_t next) {
    for (tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        n->mark = (int)next++;
        for (size_t i = 0; (body = tni_next_body(n, &i));) next = number_nodes(body, next);
    }
    return next;
}

static tn_status open_tuner(builder *b) {
    tni_tuner_options t = {.threads = b->o->threads,
                           .cache_path = b->o->timing_cache,
                           .tactics = b->o->tactics,
                           .no_timing = b->o->no_timing,
                           .exact = b->o->exact};
    return tni_tuner_new(&b->tuner, b->env, &t, b->diags);
}

static void count_chosen(void *user, size_t done) {
    const builder *b = user;
    progress(b, "choosing kernels", done, b->nsteps);
}

static tn_status choose_kernels(builder *b) {
    b->nsteps = number_nodes(b->g, 0);
    b->step = tni_arena_zalloc(&b->arena, (b->nsteps + 1) * sizeof *b->step);
    b->choice = tni_arena_zalloc(&b->arena, (b->nsteps + 1) * sizeof *b->choice);
    if (!b->step || !b->choice) return TN_NOMEM;
    TN_TRY(infer_concrete(b));
    set_problems(b, b->g);
    TN_TRY(tni_budget_choose(b->tuner, b->choice, b->nsteps, b->o->threads, count_chosen, b));
    TN_TRY(freeze_all(b, b->g));
    return tni_tuner_save(b->tuner, b->diags);
}

// ---- what passes may ask

static tn_status begin_costs(void *user) { return infer_concrete(user); }

static double cost_of(void *user, const tni_node *n, bool measured) {
    builder *b = user;
    tn_problem p;
    double ns = 0;
    if (!problem_of(b, n, &p) || tni_select_cost(b->tuner, &p, measured, &ns) != TN_OK) return 0;
    return ns;
}

static bool is_served(void *user, const tni_node *n) {
    builder *b = user;
    tn_problem p;
    return problem_of(b, n, &p) && tni_select_served(b->tuner, &p);
}

static tn_status simplify(builder *b) {
    const tni_costs costs = {begin_costs, cost_of, b, is_served};
    progress(b, "simplifying", 0, 1);
    return tni_passes_run_by(b->g, b->o->passes, &costs, b->diags);
}

// ---- writing

static bool run_constant(builder *b, const tn_tensor *x) {
    return !x || x->kind != TN_TENSOR || x->dtype == TN_STRING ||
           tni_writer_add(&b->writer, x, TNI_RUN) != TNI_NO_PIECE;
}

// Constants that running reads as they are belong into the run part.
static bool place_constants(builder *b, const tn_graph *g) {
    bool fine = true;
    for (const tni_node *n = g->first; fine && n; n = n->next) {
        tn_graph *body;
        for (int i = 0; fine && i < n->nin; i++) {
            const tn_tensor *x = n->in[i].value ? tni_constant(n->in[i].value) : NULL;
            bool packed = x && x->bytes >= TNI_LEAST_SPARE && i == b->step[n->mark].packed_input;
            if (x && !packed) fine = run_constant(b, x);
        }
        for (size_t i = 0; fine && (body = tni_next_body(n, &i));) fine = place_constants(b, body);
    }
    for (size_t i = 0; fine && i < g->noutput; i++) fine = run_constant(b, tni_constant(g->output[i]->value));
    return fine;
}

static tn_status write_block(builder *b, const tni_text *origin, void **block, size_t *size) {
    tni_text program = {.env = b->env};
    const char *tactics = b->o->tactics ? b->o->tactics : "*";
    tni_put_string(&program, tactics, strlen(tactics));
    tni_needs_put(&program, &b->needs);
    tn_status status = place_constants(b, b->g) ? TN_OK : TN_NOMEM;
    if (status == TN_OK) status = tni_encode_graph(&program, &b->writer, b->g, b->step);
    for (size_t i = 0; i < b->g->ninput; i++) {
        const tn_type *type = &b->info[b->g->input[i]->id].type;
        int64_t dims[TN_MAX_RANK];
        for (int d = 0; d < type->rank; d++)
            dims[d] = type->dim[d].e ? 0 : type->dim[d].k; // 0: not tuned for
        tni_encode_tuned(&program, &b->g->input[i]->info.type, &b->g->root->dims, dims);
    }
    if (status == TN_OK)
        status =
            tni_writer_end(&b->writer, &program, origin, b->o->threads, b->o->exact, block, size, b->diags);
    tni_text_free(&program);
    return status;
}

static tn_status build(builder *b, void **block, size_t *size) {
    tni_text origin = {.env = b->env};
    progress(b, "reading", 0, 1);
    tn_status status = tni_writer_begin(&b->writer, b->env, b->o->engine, b->diags);
    if (status == TN_OK) status = tni_graph_settle(b->g);
    if (status == TN_OK) status = tni_encode_graph(&origin, &b->writer, b->g, NULL);
    if (status == TN_OK) status = tni_needs_graph(&b->needs, b->g);
    if (status == TN_OK) status = open_tuner(b);
    if (status == TN_OK) status = simplify(b);
    if (status == TN_OK) status = tni_needs_graph(&b->needs, b->g);
    if (status == TN_OK) status = choose_kernels(b);
    tni_tuner_free(b->tuner);
    progress(b, "writing", 0, 1);
    if (status == TN_OK) status = write_block(b, &origin, block, size);
    tni_writer_free(&b->writer);
    tni_text_free(&origin);
    return status;
}

// The block just written is believed to be what was written; its records are checked as anybody's.
static tn_status open_built(builder *b, tn_plan **plan, void *block, size_t size) {
    tni_file file = {0};
    if (!b->o->engine)
        return tni_plan_open(plan, b->env, block, file, size, b->g->root->file, TNI_CHECK_NEVER, b->diags);
    TN_TRY(tni_file_map(&file, b->o->engine, b->diags));
    return tni_plan_open(plan, b->env, NULL, file, file.size, b->o->engine, TNI_CHECK_LATER, b->diags);
}

tn_status tn_plan_build(tn_plan **plan, tn_graph *graph, const tn_build_options *options, tn_diags *diags) {
    tn_build_options o = options ? *options : (tn_build_options){0};
    if (o.threads <= 0) o.threads = tni_cpu_cores();
    builder b = {.env = graph->root->env, .g = graph, .o = &o, .diags = diags, .needs.env = graph->root->env};
    tni_arena_init(&b.arena, b.env);
    void *block = NULL;
    size_t size = 0;
    tn_status status = tni_profile_check(graph, &o, diags);
    if (status == TN_OK) status = build(&b, &block, &size);
    tni_arena_free(&b.arena);
    tni_needs_free(&b.needs);
    if (status != TN_OK) return status;
    progress(&b, "checking", 0, 1);
    status = open_built(&b, plan, block, size);
    progress(&b, "done", 1, 1);
    return status;
}

static tn_status optimize(builder *b) {
    TN_TRY(tni_graph_settle(b->g));
    TN_TRY(open_tuner(b));
    tn_status status = simplify(b);
    return status == TN_OK ? tni_tuner_save(b->tuner, b->diags) : status;
}

tn_status tn_graph_optimize_for(tn_graph *graph, const tn_build_options *options, tn_diags *diags) {
    tn_build_options o = options ? *options : (tn_build_options){0};
    if (!graph) return tni_error(diags, TN_INVALID, "there is no graph to optimise: NULL was given");
    if (o.threads <= 0) o.threads = tni_cpu_cores();
    builder b = {.env = graph->root->env, .g = graph, .o = &o, .diags = diags};
    tni_arena_init(&b.arena, b.env);
    tn_status status = tni_profile_check(graph, &o, diags);
    if (status == TN_OK) status = optimize(&b);
    tni_tuner_free(b.tuner);
    tni_arena_free(&b.arena);
    progress(&b, "done", 1, 1);
    return status;
}

// Some kernel is not available on this machine: the imported graph, which the block carries, is built anew.
tn_status tni_build_again(tn_plan **plan, const tn_plan *old, tn_diags *diags) {
    tn_graph *g;
    TN_TRY(tni_decode_origin(&g, old, diags));
    tn_build_options options = {
        .no_timing = true, .threads = old->threads, .tactics = old->tactics, .exact = old->exact};
    tn_status status = tn_plan_build(plan, g, &options, diags);
    tn_graph_free(g);
    return status;
}
