// SPDX-License-Identifier: Apache-2.0
// timing.c - timing candidates. The clock of a shared machine wanders by more than candidates differ, so they
// take turns, round after round, and each keeps its best time. Weights come from far away in a network, so
// between runs a buffer larger than a core's own cache is read when the problem has weights to speak of.
// Where candidates pack much, fewer take turns, so that a build needs no more memory than the largest of
// them.
#include "tactic/timing.h"

#include "base/ck.h"
#include "ir/host.h"
#include "ir/tensor.h"

#include <string.h>

enum {
    ROUNDS = 7,
    ENOUGH_NS = 60000000,  // of the caller's, for all candidates of a problem: after that, two rounds must do
    SHORT_NS = 30000,      // a shorter run is repeated within its round
    FLUSH_BYTES = 4 << 20, // per thread
    COLD_BYTES = 32 << 10, // constants from this size on are timed cold
    MOST_BYTES = 1 << 30,  // of all inputs and outputs
    GROUP_BYTES = 64 << 20, // of what the candidates that take turns pack and work in
    MAX_IN = 64,
};

typedef struct stage { // inputs and outputs that the candidates share
    tn_env *env;
    tni_pool *pool;
    const tn_problem *p;
    tni_arena arena;
    const tn_tensor *in[MAX_IN];
    tn_tensor *out[MAX_IN];
    char *flush;      // NULL: weights stay warm
    uint64_t *seen;   // one per thread, so that the reads are not optimised away
    tni_meter *meter; // NULL: by the clock on the wall
} stage;

typedef struct actor { // one candidate, ready to run
    const tn_tactic_def *t;
    tn_call call;
    struct tn_call_host host;
} actor;

static void fill_random(tn_tensor *t) {
    uint32_t x = 12345;
    memset(t->data, 0, t->bytes); // integers: zero is a valid index
    if (!tni_is_float(t->dtype)) return;
    for (int64_t i = 0; i < tn_count(t); i++) {
        x = x * 1664525u + 1013904223u;
        float value = (float)(x >> 8) * 0x1p-23f - 1.0f;
        if (t->dtype == TN_F32)
            ((float *)t->data)[i] = value;
        else
            tni_set(t, i, (double)value);
    }
}

static tn_tensor *stage_tensor(stage *s, const tn_tensor *like, size_t *total) {
    tn_tensor *t = tni_arena_copy(&s->arena, like, sizeof *like);
    if (!t || like->kind != TN_TENSOR || like->dtype == TN_STRING) return NULL;
    if (!tni_tensor_size(t->dtype, t->rank, t->dim, &t->bytes)) return NULL;
    if (!ck_add(*total, t->bytes, total) || *total > MOST_BYTES) return NULL;
    t->data = tni_arena_tensor(&s->arena, t->bytes);
    if (!t->data) return NULL;
    fill_random(t);
    return t;
}

static bool stage_open(stage *s) {
    const tn_problem *p = s->p;
    size_t total = 0, constants = 0;
    tni_arena_init(&s->arena, s->env);
    if (p->nin > MAX_IN || p->nout > MAX_IN) return false;
    for (int i = 0; i < p->nin; i++) {
        if (!p->in[i]) continue;
        if (p->in[i]->data) constants += p->in[i]->bytes;
        s->in[i] = p->in[i]->data ? p->in[i] : stage_tensor(s, p->in[i], &total);
        if (!s->in[i]) return false;
    }
    for (int i = 0; i < p->nout; i++)
        if (p->out[i] && !(s->out[i] = stage_tensor(s, p->out[i], &total))) return false;
    size_t threads = (size_t)tni_pool_threads(s->pool);
    s->seen = tni_arena_zalloc(&s->arena, threads * sizeof *s->seen);
    if (constants >= COLD_BYTES) s->flush = tni_arena_zalloc(&s->arena, threads * FLUSH_BYTES);
    return s->seen != NULL;
}

static void flush_part(void *arg, int64_t i, int worker) {
    stage *s = arg;
    uint64_t sum = 0;
    for (size_t at = 0; at < FLUSH_BYTES; at += 64)
        sum += (unsigned char)s->flush[(size_t)i * FLUSH_BYTES + at];
    s->seen[worker] += sum;
}

static void *scratch(struct tn_call_host *h, size_t bytes) {
    (void)h, (void)bytes;
    return NULL; // tactics have a workspace
}

static size_t packed_bytes(const stage *s, const tn_tactic_def *t) {
    return t->pack_bytes ? t->pack_bytes(s->p) : 0;
}
static size_t space_bytes(const stage *s, const tn_tactic_def *t) {
    return t->workspace ? t->workspace(s->p, tni_pool_threads(s->pool)) : 0;
}

static bool actor_open(stage *s, tni_arena *arena, actor *a, const tn_tactic_def *t) {
    const tn_problem *p = s->p;
    a->t = t;
    a->host =
        (struct tn_call_host){.pool = s->pool, .meter = s->meter, .memory = scratch, .scratch = scratch};
    a->call = (tn_call){
        .attrs = p->attrs, .nin = p->nin, .nout = p->nout, .in = s->in, .out = s->out, .host = &a->host};
    size_t bytes = packed_bytes(s, t);
    void *params = tni_arena_tensor(arena, t->params_bytes);
    void *packed = tni_arena_tensor(arena, bytes);
    void *space = tni_arena_tensor(arena, space_bytes(s, t));
    if (!params || !packed || !space) return false;
    if (t->setup) t->setup(p, params);
    if (bytes) t->pack(p, packed);
    a->call.params = params;
    a->call.packed = packed;
    a->call.workspace = space;
    return true;
}

// By processor time what a busy machine does meanwhile does not count.
static int64_t now(const stage *s) { return s->meter ? tni_thread_ns() + s->meter->ns : tni_clock_ns(); }

// One turn: nanoseconds of one run, 0 when it failed.
static double turn(stage *s, actor *a, int repeats) {
    if (s->flush) tni_pool_run(s->pool, tni_pool_threads(s->pool), flush_part, s);
    if (s->flush) repeats = 1;
    int64_t start = now(s);
    for (int i = 0; i < repeats; i++)
        if (a->t->run(&a->call) != TN_OK) return 0;
    double ns = (double)(now(s) - start) / repeats;
    return ns > 0 ? ns : 1;
}

static void take_turns(stage *s, int n, actor *actors, double *ns) {
    int64_t start = tni_thread_ns();
    for (int i = 0; i < n; i++)
        if (ns[i] > 0) ns[i] = turn(s, &actors[i], 1); // warm up; what it takes decides the repeats
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < n; i++) {
            if (!(ns[i] > 0)) continue;
            double again = turn(s, &actors[i], ns[i] < SHORT_NS ? (int)(SHORT_NS / ns[i]) + 1 : 1);
            if (again < ns[i]) ns[i] = again;
        }
        if (round > 0 && tni_thread_ns() - start > ENOUGH_NS) return;
    }
}

// How many of the candidates fit together; at least one.
static int group_size(const stage *s, int n, const tn_tactic_def *const *candidate) {
    size_t bytes = 0;
    int i = 0;
    do bytes += packed_bytes(s, candidate[i]) + space_bytes(s, candidate[i]);
    while (bytes <= GROUP_BYTES && ++i < n);
    return i ? i : 1;
}

static void time_group(stage *s, int n, const tn_tactic_def *const *candidate, actor *actors, double *ns) {
    tni_arena arena;
    tni_arena_init(&arena, s->env);
    for (int i = 0; i < n; i++) ns[i] = actor_open(s, &arena, &actors[i], candidate[i]) ? 1 : 0;
    take_turns(s, n, actors, ns);
    tni_arena_free(&arena);
}

bool tni_time(tn_env *env, tni_pool *pool, const tn_problem *p, int n, const tn_tactic_def *const *candidate,
              tni_timed_by clock, double *ns) {
    tni_meter meter;
    stage s = {.env = env, .pool = pool, .p = p, .meter = clock == TNI_BY_PROCESSOR ? &meter : NULL};
    tni_meter_init(&meter);
    memset(ns, 0, (size_t)n * sizeof *ns);
    bool fine = stage_open(&s);
    actor *actors = fine ? tni_arena_zalloc(&s.arena, (size_t)n * sizeof *actors) : NULL;
    unsigned saved = tni_fp_begin();
    for (int i = 0, size; actors && i < n; i += size) {
        size = group_size(&s, n - i, candidate + i);
        time_group(&s, size, candidate + i, actors + i, ns + i);
    }
    tni_fp_end(saved);
    tni_arena_free(&s.arena);
    return actors != NULL;
}
