// SPDX-License-Identifier: Apache-2.0
// 1_fold_const.c - computes, with the reference kernels, what depends on constants only: single nodes, and
// whole Loop, Scan and If constructs whose bodies capture constants. Sequences cannot be constants of a
// graph; they are kept beside it for as long as the pass runs, so that what is taken out of them folds too.
#include "base/ck.h"
#include "ir/eval.h"
#include "pass/rewrite.h"

#include <math.h>
#include <string.h>

enum { ALWAYS_FITS = 1 << 20, GROWTH = 4, WORK_ROOM = 64 << 20, MAX_TRIPS = 1 << 18 };

typedef struct folder {
    tn_graph *g;
    tni_arena arena;         // of results that are not (yet) constants
    const tn_tensor **known; // sequences and optionals, by value id
    size_t nknown;
    bool *changed;
    tn_diags *diags;
} folder;

static const tn_tensor *known(const folder *f, const tni_value *v) {
    const tn_tensor *t = tni_known(v);
    return t || v->id >= f->nknown ? t : f->known[v->id];
}

static const tn_tensor *look_up(void *user, const tni_value *v) { return known(user, v); }

// ---- may it be folded?

static bool within(const tn_graph *g, const tn_graph *body) {
    while (g && g != body) g = g->parent;
    return g != NULL;
}

static bool captured_is_known(const folder *f, const tni_value *v, const tn_graph *body) {
    return !v || within(v->graph, body) || known(f, v);
}

// Everything that `inner`, which is `body` or nested in it, reads from outside `body`.
static bool captures_are_known(const folder *f, const tn_graph *inner, const tn_graph *body) {
    for (const tni_node *n = inner->first; n; n = n->next) {
        if (n->op->traits & TN_RANDOM) return false;
        for (int i = 0; i < n->nin; i++)
            if (!captured_is_known(f, n->in[i].value, body)) return false;
        for (size_t i = 0; n->op->attrs[i].name; i++)
            if (n->attr[i].graph && !captures_are_known(f, n->attr[i].graph, body)) return false;
    }
    for (size_t i = 0; i < inner->noutput; i++)
        if (!captured_is_known(f, inner->output[i]->value, body)) return false;
    return true;
}

static bool is_used(const tni_node *n) {
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && n->out[i]->uses) return true;
    return false;
}

static bool foldable(const folder *f, const tni_node *n) {
    if ((n->op->traits & TN_RANDOM) || !is_used(n)) return false;
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value && !known(f, n->in[i].value)) return false;
    for (size_t i = 0; n->op->attrs[i].name; i++)
        if (n->attr[i].graph && !captures_are_known(f, n->attr[i].graph, n->attr[i].graph)) return false;
    return true;
}

// ---- how large may it become?

static size_t value_bytes(const tn_tensor *t) {
    if (!t) return 0;
    size_t bytes = t->bytes;
    for (size_t i = 0; i < t->nitems; i++) bytes += value_bytes(t->item[i]);
    return bytes;
}

static size_t room_for(const folder *f, const tni_node *n) {
    size_t in = 0;
    for (int i = 0; i < n->nin; i++)
        if (n->in[i].value) in += value_bytes(known(f, n->in[i].value));
    return in > ALWAYS_FITS / GROWTH ? in * GROWTH : ALWAYS_FITS;
}

// What inference says already; the rest is known after running.
static bool too_large(const tni_node *n, size_t room) {
    size_t total = 0, bytes;
    for (int i = 0; i < n->nout; i++) {
        int64_t dims[TN_MAX_RANK];
        const tn_type *type = n->out[i] ? &n->out[i]->info.type : NULL;
        if (!type || !tni_type_dims(type, dims)) continue;
        if (!tni_tensor_size(type->dtype, type->rank, dims, &bytes) || !ck_add(total, bytes, &total))
            return true;
    }
    return total > room;
}

static size_t results_bytes(const tni_node *n, tn_tensor *const *out) {
    size_t total = 0;
    for (int i = 0; i < n->nout; i++)
        if (n->out[i] && out[i]) total += value_bytes(out[i]);
    return total;
}

// ---- folding

static tn_status put_constant(folder *f, tni_value *v, const tn_tensor *t) {
    tn_tensor *copy = tni_tensor_copy(&f->g->root->arena, t);
    tni_value *to = copy ? tni_value_const(f->g, NULL, copy) : NULL;
    if (!to) return TN_NOMEM;
    tni_replace_value(v, to);
    *f->changed = true;
    return TN_OK;
}

static tn_status keep_results(folder *f, tni_node *n, tn_tensor *const *out, bool *kept) {
    for (int i = 0; i < n->nout; i++) {
        tni_value *v = n->out[i];
        if (!v || !v->uses || !out[i]) continue;
        if (out[i]->kind == TN_TENSOR) {
            TN_TRY(put_constant(f, v, out[i]));
        } else if (v->id < f->nknown) {
            f->known[v->id] = out[i];
            *kept = true;
        }
    }
    return TN_OK;
}

// Numbers that a narrower type cannot hold: masks of -3.4e38 and an epsilon of 1e-12 are such. What is finite
// stays finite: a row that is masked from end to end would become NaN otherwise. Only what is read as an
// output is what ONNX's Cast makes of it.
typedef struct range_loss {
    int64_t over, gone; // beyond the type; become 0
    double which;       // one of them
} range_loss;

static bool is_output(const tni_value *v) {
    const tni_use *u = v->uses;
    while (u && u->node) u = u->next;
    return u != NULL;
}

static range_loss hold_range(const tn_tensor *from, const tn_tensor *to, bool clamp) {
    range_loss r = {0};
    double most = to->dtype == TN_F16 ? 65504 : 0x1.fep127;
    for (int64_t i = 0, count = tn_count(from); i < count; i++) {
        double x = tni_get(from, i), y = tni_get(to, i);
        bool over = isfinite(x) && !isfinite(y), under = x != 0 && y == 0;
        if (over && clamp) tni_set(to, i, copysign(most, x));
        if (over || under) r.which = x;
        r.over += over;
        r.gone += under;
    }
    return r;
}

static void check_range(const folder *f, const tni_node *n, const tn_tensor *from, const tn_tensor *to) {
    bool narrows = (tni_is(n, "Cast") || tni_is(n, "CastLike")) && to && tni_is_float(from->dtype) &&
                   (to->dtype == TN_F16 || to->dtype == TN_BF16);
    if (!narrows) return;
    bool clamp = !is_output(n->out[0]);
    range_loss r = hold_range(from, to, clamp);
    if (r.over || r.gone)
        tni_node_diag(n, f->diags, TN_WARNING, TN_OK, NULL,
                      "keep what reads them in f32, or clamp them to what the type holds before exporting",
                      "of %lld constants, %lld are beyond %s and become %s, and %lld become 0; one is %g",
                      (long long)tn_count(from), (long long)r.over, tn_dtype_text(to->dtype),
                      clamp ? "its largest finite number" : "infinite", (long long)r.gone, r.which);
}

// A node that fails here fails again when it runs, and says so then: no message.
static tn_status fold(folder *f, tni_node *n) {
    size_t room = room_for(f, n);
    if (too_large(n, room)) return TN_OK;
    tni_mark mark = tni_arena_mark(&f->arena);
    const tn_tensor **in = tni_arena_zalloc(&f->arena, ((size_t)n->nin + 1) * sizeof *in);
    tn_tensor **out = tni_arena_zalloc(&f->arena, ((size_t)n->nout + 1) * sizeof *out);
    if (!in || !out) return TN_NOMEM;
    for (int i = 0; i < n->nin; i++) in[i] = n->in[i].value ? known(f, n->in[i].value) : NULL;
    tni_eval_limits limits = {.max_trips = MAX_TRIPS};
    if (!ck_add(room, room, &limits.max_bytes) || !ck_add(limits.max_bytes, WORK_ROOM, &limits.max_bytes))
        return TN_OK;
    bool kept = false;
    tn_status status = tni_eval_node(n, &f->arena, in, out, look_up, f, &limits, NULL);
    if (status == TN_OK && results_bytes(n, out) <= room) {
        if (n->nin && in[0]) check_range(f, n, in[0], out[0]);
        TN_TRY(keep_results(f, n, out, &kept));
    }
    if (!kept) tni_arena_reset(&f->arena, mark);
    tni_sweep(n);
    return TN_OK;
}

static tn_status run(tn_graph *g, bool *changed, tn_diags *diags) {
    folder f = {.g = g, .nknown = g->root->nvalues, .changed = changed, .diags = diags};
    tni_arena_init(&f.arena, g->root->env);
    f.known = tni_calloc(g->root->env, f.nknown + 1, sizeof *f.known);
    tn_status status = f.known ? TN_OK : TN_NOMEM;
    for (tni_node *n = g->first, *next; n && status == TN_OK; n = next) {
        next = n->next;
        if (foldable(&f, n)) status = fold(&f, n);
    }
    tni_free(g->root->env, (void *)(uintptr_t)f.known);
    tni_arena_free(&f.arena);
    return status;
}

TN_PASS(fold_const) = {TN_HERE, .name = "fold_const", .level = 1, .run = run,
                       .doc = "computes what depends on constants only"};
