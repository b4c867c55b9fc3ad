// SPDX-License-Identifier: Apache-2.0
// budget.c - what packed weights may take together: fast kernels that multiply the weights keep them while
// there is room, some of many steps alike as long as they fit, and a small network all of them.
#include "build/budget.h"

#include "check.h"
#include "ir/graph.h"
#include "ir/text.h"

static tn_env *env;
static tn_diags *diags;

enum { MOST = 16 };
static const double room = 8 << 20;

// `n` 3x3 convolutions of blocked f32[1,channels,size,size].
typedef struct fixture {
    tn_graph *graph;
    tn_tensor x, w, y;
    const tn_tensor *in[2], *out[1];
    tni_choice choice[MOST];
    size_t n;
} fixture;

static float some_weight; // nobody packs: only whether there is data counts

static void fixture_open(fixture *f, size_t n, int64_t channels, int64_t size) {
    char text[300];
    *f = (fixture){.n = n};
    snprintf(text, sizeof text,
             "graph \"\" {\n in %%x: f32[1,%lld,%lld,%lld,16]\n in %%w: f32[%lld,%lld,3,3]\n"
             " %%y = tn.BlockedConv(%%x, %%w) {pads=[1,1,1,1]}\n out %%y\n}\n",
             (long long)channels / 16, (long long)size, (long long)size, (long long)channels,
             (long long)channels);
    CHECK(tni_graph_parse(&f->graph, env, text, strlen(text), "test", diags) == TN_OK);
    f->x = f->y = (tn_tensor){.dtype = TN_F32, .rank = 5, .dim = {1, channels / 16, size, size, 16}};
    f->w = (tn_tensor){.dtype = TN_F32, .rank = 4, .dim = {channels, channels, 3, 3}, .data = &some_weight};
    f->x.bytes = f->y.bytes = (size_t)(channels * size * size) * 4;
    f->w.bytes = (size_t)(channels * channels) * 36;
    f->in[0] = &f->x, f->in[1] = &f->w, f->out[0] = &f->y;
    for (size_t i = 0; i < n; i++)
        f->choice[i].problem = (tn_problem){tni_attrs(f->graph->first), 2, 1, f->in, f->out};
}

static tni_tuner *tuner(void) {
    tni_tuner_options o = {.threads = 1, .no_timing = true};
    tni_tuner *t = NULL;
    CHECK(tni_tuner_new(&t, env, &o, diags) == TN_OK);
    return t;
}

static void count(void *user, size_t done) { *(size_t *)user += done < MOST; }

// Chooses within the budget. Returns the bytes that are packed beyond the weights; *fastest: those of the
// fastest.
static double choose(fixture *f, double *fastest) {
    double extra = 0;
    size_t told = 0;
    const tn_tactic_def *best = NULL;
    tni_tuner *t = tuner();
    CHECK(tni_select(t, &f->choice[0].problem, NULL, NULL, &best) == TN_OK && best);
    *fastest = best ? (double)f->n * tni_extra_bytes(best, &f->choice[0].problem) : 0;
    CHECK(tni_budget_choose(t, f->choice, f->n, 1, count, &told) == TN_OK && told == f->n);
    for (size_t i = 0; i < f->n; i++) {
        const tn_tactic_def *again = NULL;
        extra += f->choice[i].best ? tni_extra_bytes(f->choice[i].best, &f->choice[i].problem) : 0;
        tni_tuner_price(t, f->choice[i].price); // which is why it was chosen
        CHECK(tni_select(t, &f->choice[i].problem, NULL, NULL, &again) == TN_OK &&
              again == f->choice[i].best);
    }
    tni_tuner_free(t);
    tn_graph_free(f->graph);
    return extra;
}

static void many_large_layers_share_what_there_is(void) {
    fixture f;
    double fastest, extra;
    fixture_open(&f, 12, 128, 56);
    extra = choose(&f, &fastest);
    CHECK(extra <= room || extra <= 0.5 * (double)f.n * (double)f.w.bytes);
    CHECK(fastest > 2 * room && extra > 0.5 * room);
}

static void small_ones_have_what_is_fastest(void) {
    fixture f;
    double fastest, extra;
    fixture_open(&f, 4, 64, 28);
    extra = choose(&f, &fastest);
    CHECK(extra == fastest);
    CHECK(fastest > 0);
}

static void nothing_to_choose_is_nothing(void) {
    tni_choice none[2] = {{.price = 0}};
    size_t told = 0;
    tni_tuner *t = tuner();
    CHECK(tni_budget_choose(t, none, 2, 1, count, &told) == TN_OK && told == 2);
    CHECK(!none[0].best && !none[1].best);
    tni_tuner_free(t);
}

int main(void) {
    const tn_env_options portable = {.isa = "generic"}; // the same kernels on every machine
    if (tn_env_new(&env, &portable) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    RUN(many_large_layers_share_what_there_is);
    RUN(small_ones_have_what_is_fastest);
    RUN(nothing_to_choose_is_nothing);
    tn_diags_free(diags);
    size_t leaked = tn_env_bytes(env);
    if (leaked) printf("%zu bytes leaked\n", leaked);
    tn_env_free(env);
    return DONE() || leaked;
}
