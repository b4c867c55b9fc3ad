// SPDX-License-Identifier: Apache-2.0
// select.c - the choice. Candidates in order of rank, less those that the cost model takes for much slower; a
// later one must be clearly faster to replace an earlier one, or noise would decide. The same rule is applied
// to times that come from the cache, so a frozen cache gives the same engine every time.
#include "tactic/select.h"

#include "base/cpuid.h"
#include "base/pool.h"
#include "ir/registry.h"
#include "tactic/cache.h"
#include "tactic/model.h"
#include "tactic/problem.h"
#include "tactic/timing.h"

#include <math.h>
#include <string.h>

enum { MOST_CANDIDATES = 64 };
static const double clear_gain = 0.97; // of the earlier candidate's time
// Nanoseconds for a byte that packing makes of weights beyond their own, unless somebody sets another: as if
// it were read at 25 GB/s. Winograd's kernels keep up to seven times the weights; where that saves little
// time it is not worth the memory.
static const double least_price = 0.04;
#if defined(TN_TIME_ALL) // for scripts/fit_costs.py
enum { MOST_TIMED = TNI_TIMES };
static const double not_far = HUGE_VAL;
#else
enum { MOST_TIMED = 6 };
// What the cost model takes for slower than its best by more than this is not timed.
static const double not_far = 1.5;
#endif

struct tni_tuner {
    tn_env *env;
    tni_tuner_options options;
    tni_pool *pool;
    tni_cache cache;
    char *machine; // first part of every key
    double price;  // of a byte
    const tni_model *model;
};

typedef struct candidate {
    const tn_tactic_def *tactic;
    bool foreign;  // a plug-in's
    double ns;     // measured; 0: it could not run, or was not timed
    double guess;  // by the cost model; 0: it has none
    double extra;  // bytes that it packs beyond the constants' own
    double weight; // what they cost, as time of one thread
    int threads;   // share that
} candidate;

typedef struct candidates {
    int n, timed; // the first `timed` are worth timing
    candidate of[MOST_CANDIDATES];
} candidates;

static tn_status prepare(tni_tuner *t, const tni_tuner_options *options, tn_diags *diags) {
    char brand[64];
    tni_cpu_brand(brand);
    for (char *c = brand; *c; c++)
        if (*c < ' ' || *c == ';') *c = ' ';
    t->options.threads = options->threads > 0 ? options->threads : tni_cpu_cores();
    t->machine = tni_arena_printf(&t->cache.arena, "%s;%s;%d threads;tenon %s;", brand, t->env->isa_name,
                                  t->options.threads, TN_VERSION);
    if (!t->machine) return TN_NOMEM;
    if (options->cache_path) {
        size_t n = strlen(options->cache_path);
        if (!(t->options.cache_path = tni_arena_text(&t->cache.arena, options->cache_path, n)))
            return TN_NOMEM;
        TN_TRY(tni_cache_read(&t->cache, options->cache_path, diags));
    }
    return options->no_timing ? TN_OK : tni_pool_new(&t->pool, t->env, t->options.threads, true);
}

tn_status tni_tuner_new(tni_tuner **tuner, tn_env *env, const tni_tuner_options *options, tn_diags *diags) {
    tni_tuner *t = tni_calloc(env, 1, sizeof *t);
    if (!t) return TN_NOMEM;
    t->env = env;
    t->options.no_timing = options->no_timing;
    t->options.exact = options->exact;
    t->options.tactics = options->tactics;
    t->price = least_price;
    t->model = tni_model_here();
    tni_cache_init(&t->cache, env);
    tn_status status = prepare(t, options, diags);
    if (status == TN_OK)
        *tuner = t;
    else
        tni_tuner_free(t);
    return status;
}

void tni_tuner_price(tni_tuner *t, double price) { t->price = price > least_price ? price : least_price; }

void tni_tuner_free(tni_tuner *t) {
    if (!t) return;
    tni_pool_free(t->pool);
    tni_cache_free(&t->cache);
    tni_free(t->env, t);
}

tn_status tni_tuner_save(tni_tuner *t, tn_diags *diags) {
    bool news = false;
    for (const tni_times *e = t->cache.first; e; e = e->next) news |= e->measured;
    if (!t->options.cache_path || !news) return TN_OK;
    size_t before = tn_diags_count(diags);
    tn_status status = tni_cache_merge(&t->cache, t->options.cache_path, diags);
    if (status == TN_NOMEM || status == TN_OK) return status;
    tni_diags_soften(diags, before, "the engine is fine; the times measured for it are not kept");
    return TN_OK;
}

static void place(candidates *c, int from, int at) {
    candidate moved = c->of[from];
    for (; from > at; from--) c->of[from] = c->of[from - 1];
    c->of[at] = moved;
}

double tni_extra_bytes(const tn_tactic_def *tactic, const tn_problem *p) {
    double own = 0, packed = tactic->pack_bytes ? (double)tactic->pack_bytes(p) : 0;
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && p->in[i]->data) own += (double)p->in[i]->bytes;
    return packed > own ? packed - own : 0;
}

// What the cost model and the memory of packed weights say of a candidate. The model's time is one thread's;
// threads share what the memory costs as they share the work, so that it weighs as much for any number.
static void weigh(const tni_tuner *t, const tn_problem *p, candidate *c) {
    c->extra = tni_extra_bytes(c->tactic, p);
    c->weight = t->price * c->extra;
    c->threads = t->options.threads;
    c->guess = tni_estimate(t->model, c->tactic, p);
}

static double measured(const candidate *c) { return c->ns > 0 ? c->ns + c->weight / c->threads : 0; }
static double guessed(const candidate *c) { return c->guess > 0 ? c->guess + c->weight : 0; }
// At the least price: what is timed does not depend on how dear memory is later.
static double hoped(const candidate *c) { return c->guess > 0 ? c->guess + least_price * c->extra : 0; }

// Worth a measurement: what the model takes for not much slower than the best, and what it does not know. The
// baseline's kernels are not where there are others. A plug-in's always are: somebody asked for them.
static void find_worthy(candidates *c) {
    double least = HUGE_VAL;
    bool baseline = true;
    for (int i = 0; i < c->n; i++) baseline &= !c->of[i].tactic->isa;
    for (int i = 0; i < c->n; i++) {
        const candidate *each = &c->of[i];
        if ((each->tactic->isa || baseline) && each->guess > 0 && hoped(each) < least) least = hoped(each);
    }
    for (int i = 0; i < c->n && c->timed < TNI_TIMES; i++) {
        const candidate *each = &c->of[i];
        bool near = hoped(each) <= not_far * least; // or not known: 0
        bool worthy = near && (each->tactic->isa || baseline) && c->timed < MOST_TIMED;
        if (worthy || each->foreign) place(c, i, c->timed++);
    }
}

// What fits, by rank, and among equals in the table's order.
static void gather(const tni_tuner *t, const tn_problem *p, tni_explain *explain, void *user, candidates *c) {
    const tn_tactic_def *tactic;
    for (size_t i = 0; (tactic = tni_tactic_at(t->env, i)); i++) {
        if (!tni_tactic_serves(tactic, p->attrs.op)) continue;
        const char *why = tni_tactic_reject(tactic, p, t->env->isa);
        if (!why && t->options.exact && tactic->error > 0)
            why = "exact kernels are asked for, and it rounds more";
        if (!why && t->options.tactics && !tni_listed(t->options.tactics, tactic->name))
            why = "it is not among the kernels asked for";
        if (why || c->n == MOST_CANDIDATES) {
            if (explain) explain(user, tactic->name, false, 0, why ? why : "too many candidates");
            continue;
        }
        int at = c->n;
        c->of[c->n] = (candidate){.tactic = tactic, .foreign = i >= tni_tactic_count};
        weigh(t, p, &c->of[c->n]);
        while (at > 0 && c->of[at - 1].tactic->rank < tactic->rank) at--;
        place(c, c->n++, at);
    }
    find_worthy(c);
}

// Times from an earlier measurement; false when one is missing.
static bool recall(const tni_times *times, candidates *c) {
    if (!times) return false;
    for (int i = 0; i < c->timed; i++) {
        int k = 0;
        while (k < times->n && strcmp(times->tactic[k], c->of[i].tactic->name) != 0) k++;
        if (k == times->n) return false;
        c->of[i].ns = times->ns[k];
    }
    return true;
}

static tn_status remember(tni_tuner *t, const char *key, tni_times *times, candidates *c) {
    if (!times && !(times = tni_cache_add(&t->cache, key))) return TN_NOMEM;
    times->n = 0;
    times->measured = true;
    for (int i = 0; i < c->timed; i++)
        c->of[i].ns = ceil(c->of[i].ns); // as the file has them: later builds choose alike
    for (int i = 0; i < c->timed; i++)
        if (!tni_cache_put(&t->cache, times, c->of[i].tactic->name, c->of[i].ns)) return TN_NOMEM;
    return TN_OK;
}

static tn_status time_all(tni_tuner *t, const char *key, tni_times *times, const tn_problem *p,
                          candidates *c) {
    const tn_tactic_def *tactic[TNI_TIMES];
    double ns[TNI_TIMES];
    tni_timed_by clock = TNI_BY_PROCESSOR;
    for (int i = 0; i < c->timed; i++) {
        tactic[i] = c->of[i].tactic;
        if (c->of[i].foreign && t->options.threads > 1)
            clock = TNI_BY_WALL; // its threads need not be the pool's
    }
    if (!tni_time(t->env, t->pool, p, c->timed, tactic, clock, ns)) return TN_OK;
    for (int i = 0; i < c->timed; i++) c->of[i].ns = ns[i];
    return remember(t, key, times, c);
}

static tn_status measure(tni_tuner *t, const tn_problem *p, candidates *c) {
    tni_text key = {.env = t->env};
    tni_text_puts(&key, t->machine);
    tni_problem_key(&key, p);
    tn_status status = key.failed ? TN_NOMEM : TN_OK;
    tni_times *times = status == TN_OK ? tni_cache_find(&t->cache, key.data) : NULL;
    if (status == TN_OK && !recall(times, c)) {
        for (int i = 0; i < c->n; i++) c->of[i].ns = 0;
        if (!t->options.no_timing) status = time_all(t, key.data, times, p, c);
    }
    tni_text_free(&key);
    return status;
}

// The least cost among the first n; an earlier one stays unless the gain is clear, or it has no cost while
// the later one has.
static int least(const candidates *c, int n, double (*cost)(const candidate *c)) {
    int best = 0;
    for (int i = 1; i < n; i++) {
        double mine = cost(&c->of[i]), other = cost(&c->of[best]);
        if (mine > 0 && (!(other > 0) || mine < clear_gain * other)) best = i;
    }
    return best;
}

// By the times there are; without any by the model, if it knows the kernel of the highest rank.
static int choose(const candidates *c) {
    for (int i = 0; i < c->timed; i++)
        if (c->of[i].ns > 0) return least(c, c->timed, measured);
    return c->of[0].guess > 0 ? least(c, c->timed, guessed) : 0;
}

tn_status tni_select(tni_tuner *t, const tn_problem *p, tni_explain *explain, void *user,
                     const tn_tactic_def **best) {
    candidates c = {0};
    *best = NULL;
    gather(t, p, explain, user, &c);
    if (!c.n) return TN_OK;
    if (c.n > 1 || explain) TN_TRY(measure(t, p, &c));
    int chosen = choose(&c);
    *best = c.of[chosen].tactic;
    for (int i = 0; explain && i < c.n; i++)
        explain(user, c.of[i].tactic->name, i == chosen, c.of[i].ns, NULL);
    return TN_OK;
}

bool tni_select_served(const tni_tuner *t, const tn_problem *p) {
    candidates c = {0};
    gather(t, p, NULL, NULL, &c);
    return c.n > 0;
}

tn_status tni_select_cost(tni_tuner *t, const tn_problem *p, bool time, double *ns) {
    candidates c = {0};
    *ns = 0;
    gather(t, p, NULL, NULL, &c);
    if (!c.n) return TN_OK;
    if (time) TN_TRY(measure(t, p, &c));
    const candidate *best = &c.of[time ? choose(&c) : least(&c, c.timed, guessed)];
    *ns = measured(best) > 0 ? measured(best) : guessed(best);
    return TN_OK;
}
