// SPDX-License-Identifier: Apache-2.0
// select.c - the choice of tactics: reasons for what is not chosen, one choice per problem, the timing cache
// read, merged, refused when damaged.
#define _POSIX_C_SOURCE 200809L // mkdtemp
#include "tactic/select.h"

#include "check.h"
#include "ir/registry.h"
#include "tactic/cache.h"
#include "tactic/problem.h"

#include <stdlib.h>
#include <unistd.h>

static tn_env *env;
static tn_diags *diags;
static char folder[] = "/tmp/tenon-select-XXXXXX", path[100];

// A matrix product of f32 [4,m] by a constant [m,8].
typedef struct fixture {
    tn_tensor x, w, y;
    const tn_tensor *in[2], *out[1];
    float weights[32 * 8];
    tn_problem p;
} fixture;

static void fixture_init(fixture *f, int64_t m) {
    static const tn_attr none[1];
    *f = (fixture){.x = {.dtype = TN_F32, .rank = 2, .dim = {4, m}, .bytes = (size_t)m * 16},
                   .w = {.dtype = TN_F32, .rank = 2, .dim = {m, 8}, .bytes = (size_t)m * 32},
                   .y = {.dtype = TN_F32, .rank = 2, .dim = {4, 8}, .bytes = 128}};
    f->w.data = f->weights;
    f->in[0] = &f->x;
    f->in[1] = &f->w;
    f->out[0] = &f->y;
    f->p = (tn_problem){{tni_op_find(NULL, NULL, "MatMul"), none}, 2, 1, f->in, f->out};
}

typedef struct heard {
    int all, chosen, refused, timed;
} heard;

static void hear(void *user, const char *tactic, bool chosen, double ns, const char *reason) {
    heard *h = user;
    CHECK(!strncmp(tactic, "cpu.", 4));
    h->all++;
    h->chosen += chosen;
    h->refused += reason != NULL;
    h->timed += ns > 0;
}

static tni_tuner *tuner(const char *cache, bool no_timing) {
    tni_tuner_options o = {.threads = 1, .cache_path = cache, .no_timing = no_timing};
    tni_tuner *t = NULL;
    CHECK(tni_tuner_new(&t, env, &o, diags) == TN_OK);
    return t;
}

static void key_tells_problems_apart(void) {
    fixture a, b;
    tni_text text = {.env = env};
    fixture_init(&a, 16);
    tni_problem_key(&text, &a.p);
    CHECK_TEXT(text.data, "MatMul(f32[4,16], f32[16,8]c) f32[4,8]");
    tni_text_free(&text);
    fixture_init(&b, 16);
    b.w.data = NULL;
    text = (tni_text){.env = env};
    tni_problem_key(&text, &b.p);
    CHECK_TEXT(text.data, "MatMul(f32[4,16], f32[16,8]) f32[4,8]");
    tni_text_free(&text);
}

static void best_rank_wins_without_timing(void) {
    fixture f;
    heard h = {0};
    const tn_tactic_def *best = NULL;
    fixture_init(&f, 16);
    tni_tuner *t = tuner(NULL, true);
    CHECK(tni_select(t, &f.p, hear, &h, &best) == TN_OK && best);
    CHECK(h.chosen == 1 && h.timed == 0);
    for (size_t i = 0; best && i < tni_tactic_count; i++)
        if (!strcmp(tni_tactics[i]->op, "MatMul") && !tni_tactic_reject(tni_tactics[i], &f.p, env->isa))
            CHECK(tni_tactics[i]->rank <= best->rank);
    tni_tuner_free(t);
}

static void what_does_not_fit_says_why(void) {
    fixture f;
    heard h = {0};
    const tn_tactic_def *best = NULL;
    fixture_init(&f, 16);
    f.x.dtype = f.w.dtype = f.y.dtype = TN_I64;
    tni_tuner *t = tuner(NULL, true);
    CHECK(tni_select(t, &f.p, hear, &h, &best) == TN_OK);
    CHECK(!best && h.all > 0 && h.refused == h.all);
    tni_tuner_free(t);
}

static void timing_is_remembered(void) {
    fixture f;
    heard first = {0}, second = {0};
    const tn_tactic_def *best = NULL, *again = NULL;
    fixture_init(&f, 32);
    tni_tuner *t = tuner(path, false);
    CHECK(tni_select(t, &f.p, hear, &first, &best) == TN_OK && best && first.timed > 0);
    CHECK(tni_tuner_save(t, diags) == TN_OK);
    tni_tuner_free(t);
    t = tuner(path, true); // may not time: what it knows is the file's
    CHECK(tni_select(t, &f.p, hear, &second, &again) == TN_OK);
    CHECK(again == best && second.timed == first.timed);
    tni_tuner_free(t);
}

static void builds_in_parallel_lose_nothing(void) {
    fixture a, b;
    const tn_tactic_def *best;
    heard h = {0};
    fixture_init(&a, 8);
    fixture_init(&b, 24);
    tni_tuner *one = tuner(path, false), *two = tuner(path, false);
    heard unused = {0}; // with a listener even a single candidate is timed
    CHECK(tni_select(one, &a.p, hear, &unused, &best) == TN_OK &&
          tni_select(two, &b.p, hear, &unused, &best) == TN_OK);
    CHECK(tni_tuner_save(one, diags) == TN_OK && tni_tuner_save(two, diags) == TN_OK);
    tni_tuner_free(one);
    tni_tuner_free(two);
    tni_tuner *t = tuner(path, true);
    CHECK(tni_select(t, &a.p, hear, &h, &best) == TN_OK && h.timed > 0);
    h.timed = 0;
    CHECK(tni_select(t, &b.p, hear, &h, &best) == TN_OK && h.timed > 0);
    tni_tuner_free(t);
}

static void write_file(const char *text, size_t size) {
    FILE *f = fopen(path, "wb");
    if (!f) abort();
    CHECK(fwrite(text, 1, size, f) == size);
    fclose(f);
}

static void damaged_cache_is_empty_and_warned_of(void) {
    static const char *const damage[] = {"",
                                         "something else\n",
                                         "tenon-timings 1\nkey without times\n",
                                         "tenon-timings 1\nkey\tcpu.x=abc\n",
                                         "tenon-timings 1\nkey\tcpu.x=nan\n",
                                         "tenon-timings 1\n\tcpu.x=5\n",
                                         "tenon-timings 2\nkey\tcpu.x=5\n"};
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        tn_diags_clear(diags);
        write_file(damage[i], strlen(damage[i]));
        tni_tuner *t = tuner(path, true);
        CHECK(tn_diags_count(diags) == 1 && tn_diags_get(diags, 0)->severity == TN_WARNING);
        tni_tuner_free(t);
    }
    tn_diags_clear(diags);
}

// A model named by mistake must survive it.
static void what_is_no_cache_is_left_alone(void) {
    fixture a;
    const tn_tactic_def *best;
    fixture_init(&a, 16);
    write_file("something else, and dear\n", 25);
    tni_tuner *t = tuner(path, false);
    CHECK(tn_diags_count(diags) == 1 && strstr(tn_diags_get(diags, 0)->message, "not a timing cache"));
    CHECK(tni_select(t, &a.p, NULL, NULL, &best) == TN_OK && tni_tuner_save(t, diags) == TN_OK);
    tni_tuner_free(t);
    char text[64] = "";
    FILE *f = fopen(path, "rb");
    CHECK(f && fread(text, 1, sizeof text - 1, f) == 25 && !strcmp(text, "something else, and dear\n"));
    if (f) fclose(f);
    tn_diags_clear(diags);
}

static void a_cache_that_cannot_be_written_is_a_warning(void) {
    fixture a;
    const tn_tactic_def *best;
    fixture_init(&a, 16);
    static const char *const places[] = {"/nowhere/at/all/times", "/"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        heard unused = {0};
        tni_tuner *t = tuner(places[i], false);
        CHECK(tni_select(t, &a.p, hear, &unused, &best) == TN_OK && tni_tuner_save(t, diags) == TN_OK);
        CHECK(tn_diags_count(diags) == 1 && tn_diags_get(diags, 0)->severity == TN_WARNING);
        tni_tuner_free(t);
        tn_diags_clear(diags);
    }
}

static void good_lines_are_read(void) {
    static const char text[] = "tenon-timings 1\na key\tcpu.x=5\tcpu.y=7.5\nother\tcpu.z=1\n";
    tni_cache c;
    write_file(text, sizeof text - 1);
    tni_cache_init(&c, env);
    CHECK(tni_cache_read(&c, path, diags) == TN_OK && tn_diags_count(diags) == 0);
    const tni_times *t = tni_cache_find(&c, "a key");
    CHECK(t && t->n == 2 && !strcmp(t->tactic[1], "cpu.y") && t->ns[1] == 7.5);
    CHECK(tni_cache_find(&c, "other") && !tni_cache_find(&c, "a"));
    tni_cache_free(&c);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK || !mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/timings", folder);
    RUN(key_tells_problems_apart);
    RUN(best_rank_wins_without_timing);
    RUN(what_does_not_fit_says_why);
    RUN(timing_is_remembered);
    RUN(builds_in_parallel_lose_nothing);
    RUN(damaged_cache_is_empty_and_warned_of);
    RUN(what_is_no_cache_is_left_alone);
    RUN(a_cache_that_cannot_be_written_is_a_warning);
    RUN(good_lines_are_read);
    unlink(path);
    strcat(path, ".lock");
    unlink(path);
    rmdir(folder);
    tn_diags_free(diags);
    size_t leaked = tn_env_bytes(env);
    if (leaked) printf("%zu bytes leaked\n", leaked);
    tn_env_free(env);
    return DONE() || leaked;
}
