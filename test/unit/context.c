// SPDX-License-Identifier: Apache-2.0
// context.c - what a context promises: no allocation once a shape has been seen, the same bits for any number
// of threads and contexts, the caller's floating-point state untouched, taps that change nothing.
#include "tenon.h"

#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"

// A convolution net with a branch that is concatenated, a tail that is reshaped, and a dynamic batch.
static const char net[] = "graph \"net\" {\n"
                          "  in %x: f32[N,3,H,W]\n"
                          "  const %w1: f32[8,3,3,3] = {0.03...}\n"
                          "  const %b1: f32[8] = {0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8}\n"
                          "  const %w2: f32[8,8,1,1] = {-0.05...}\n"
                          "  const %shape: i64[2] = {0, -1}\n"
                          "  %c1 = Conv(%x, %w1, %b1) {pads=[1,1,1,1]}\n"
                          "  %r1 = Relu(%c1)\n"
                          "  %c2 = Conv(%r1, %w2)\n"
                          "  %s2 = Sigmoid(%c2)\n"
                          "  %cat = Concat(%r1, %s2) {axis=1}\n"
                          "  %p = GlobalAveragePool(%cat)\n"
                          "  %y = Reshape(%p, %shape)\n"
                          "  out %y\n"
                          "}\n";

// A loop that doubles its state and collects it, with a body that reads an outer value.
static const char loop[] = "graph \"loop\" {\n"
                           "  in %trips: i64[]\n"
                           "  in %x: f32[2]\n"
                           "  const %yes: bool[] = {1}\n"
                           "  %last, %all = Loop(%trips, %yes, %x) {body=graph {\n"
                           "    in %i: i64[]\n"
                           "    in %go: bool[]\n"
                           "    in %s: f32[2]\n"
                           "    %t = Add(%s, %s)\n"
                           "    %u = Add(%t, %x)\n"
                           "    %going = Identity(%go)\n"
                           "    out %going\n"
                           "    out %t\n"
                           "    out %u\n"
                           "  }}\n"
                           "  out %last\n"
                           "  out %all\n"
                           "}\n";

static bool forbidden; // an allocation now is a failure of the test
static int allocations;

static void *counted(void *user, void *block, size_t bytes) {
    (void)user;
    if (forbidden) allocations++;
    if (bytes) return realloc(block, bytes);
    free(block);
    return NULL;
}

static tn_env *env;

static tn_plan *build(const char *text) {
    tn_graph *g = NULL;
    tn_plan *p = NULL;
    tn_diags *d;
    if (tn_diags_new(&d, env) != TN_OK) return NULL;
    tn_status status = tn_graph_parse(&g, env, text, "test", d);
    if (status == TN_OK)
        status = tn_plan_build(&p, g, &(tn_build_options){.threads = 2, .no_timing = true}, d);
    for (size_t i = 0; status != TN_OK && i < tn_diags_count(d); i++) puts(tn_diags_get(d, i)->message);
    tn_graph_free(g);
    tn_diags_free(d);
    return p;
}

static tn_tensor *image(int64_t n, int64_t h, int64_t w) {
    tn_tensor *t = NULL;
    if (tn_tensor_new(&t, env, TN_F32, 4, (int64_t[]){n, 3, h, w}) != TN_OK) return NULL;
    for (int64_t i = 0; i < tn_tensor_count(t); i++) tn_tensor_set(t, i, sin((double)i) * 2);
    return t;
}

static void no_allocation_once_a_shape_has_been_seen(void) {
    tn_plan *p = build(net);
    tn_context *c = NULL;
    tn_tensor *a = image(1, 17, 9), *b = image(3, 8, 21);
    CHECK(p && tn_context_new(&c, p, NULL, NULL) == TN_OK);
    for (int round = 0; round < 3; round++) {
        forbidden = round > 0;
        CHECK(tn_context_set_input(c, 0, a, NULL) == TN_OK && tn_context_run(c, NULL) == TN_OK);
        CHECK(tn_context_set_input(c, 0, b, NULL) == TN_OK && tn_context_run(c, NULL) == TN_OK);
        forbidden = false;
    }
    CHECK(allocations == 0);
    tn_context_free(c);
    tn_tensor_free(a);
    tn_tensor_free(b);
    tn_plan_free(p);
}

static void loops_allocate_nothing_the_second_time(void) {
    tn_plan *p = build(loop);
    tn_context *c = NULL;
    tn_tensor *trips = NULL, *x = NULL;
    CHECK(p && tn_tensor_new(&trips, env, TN_I64, 0, NULL) == TN_OK &&
          tn_tensor_new(&x, env, TN_F32, 1, (int64_t[]){2}) == TN_OK);
    tn_tensor_set(trips, 0, 5);
    tn_tensor_set(x, 0, 1);
    tn_tensor_set(x, 1, -3);
    CHECK(tn_context_new(&c, p, NULL, NULL) == TN_OK);
    CHECK(tn_context_set_input(c, 0, trips, NULL) == TN_OK && tn_context_set_input(c, 1, x, NULL) == TN_OK);
    for (int round = 0; round < 3; round++) {
        forbidden = round > 0;
        allocations = 0;
        CHECK(tn_context_run(c, NULL) == TN_OK);
        forbidden = false;
        CHECK(allocations == 0);
        CHECK(tn_tensor_get(tn_context_output(c, 0), 1) == -96);
        const tn_tensor *all = tn_context_output(c, 1);
        CHECK(tn_tensor_rank(all) == 2 && tn_tensor_dims(all)[0] == 5);
        for (int i = 0; i < 5; i++) CHECK(tn_tensor_get(all, 2 * i) == (double)(2 << i) + 1);
    }
    tn_context_free(c);
    tn_tensor_free(trips);
    tn_tensor_free(x);
    tn_plan_free(p);
}

// What %cat1 to %cat4 are made of: b and c are the halves of a = -sin(x), d = 2 * c, e = -b.
static const char slices[] = "graph \"slices\" {\n"
                             "  in %x: f32[1,4,N]\n"
                             "  const %k: f32[1,1,3] = {7, 8, 9}\n"
                             "  const %two: f32[1] = {2}\n"
                             "  %s = Sin(%x)\n"
                             "  %a = Neg(%s)\n"
                             "  %b, %c = Split(%a) {axis=1}\n"
                             "  %d = Mul(%c, %two)\n"
                             "  %cat1 = Concat(%b, %c, %d) {axis=1}\n"
                             "  %e = Neg(%b)\n"
                             "  %cat2 = Concat(%b, %c, %d, %e) {axis=1}\n"
                             "  %cat3 = Concat(%d, %c, %d, %k, %x) {axis=1}\n"
                             "  %cat4 = Concat(%c, %e) {axis=1}\n"
                             "  %f = Exp(%cat2)\n"
                             "  %cat5 = Concat(%f, %cat4) {axis=1}\n"
                             "  out %cat1\n"
                             "  out %cat2\n"
                             "  out %cat3\n"
                             "  out %cat5\n"
                             "  out %e\n"
                             "}\n";

// A letter stands for two rows of a tensor (xX: of x, capitals: of f), '#' for the constant.
static double piece_at(char piece, const tn_tensor *x, int64_t i, int64_t width) {
    double first = tn_tensor_get(x, i), last = tn_tensor_get(x, i + 2 * width), b = -sin(first),
           c = -sin(last);
    switch (piece) {
    case 'b': return b;
    case 'c': return c;
    case 'd': return 2 * c;
    case 'e': return -b;
    case 'x': return first;
    case 'X': return last;
    case 'B': return exp(b);
    case 'C': return exp(c);
    case 'D': return exp(2 * c);
    case 'E': return exp(-b);
    default: return 7 + (double)i;
    }
}

static void parts_of_a_concat_hold_what_they_should(void) {
    static const char *const pieces[] = {"bcd", "bcde", "dcd#xX", "BCDEce", "e"};
    enum { WIDTH = 3 };
    tn_plan *p = build(slices);
    tn_context *c = NULL;
    tn_tensor *x = NULL;
    CHECK(p && tn_tensor_new(&x, env, TN_F32, 3, (int64_t[]){1, 4, WIDTH}) == TN_OK);
    for (int64_t i = 0; i < 4 * WIDTH; i++) tn_tensor_set(x, i, (double)i / 3 - 1);
    CHECK(tn_context_new(&c, p, NULL, NULL) == TN_OK && tn_context_set_input(c, 0, x, NULL) == TN_OK);
    CHECK(tn_context_run(c, NULL) == TN_OK);
    for (size_t o = 0; o < sizeof pieces / sizeof *pieces; o++) {
        const tn_tensor *y = tn_context_output(c, o);
        int64_t at = 0;
        for (const char *piece = pieces[o]; *piece; piece++)
            for (int64_t row = 0; row < (*piece == '#' ? 1 : 2); row++)
                for (int64_t i = 0; i < WIDTH; i++, at++) {
                    double want = piece_at(*piece, x, row * WIDTH + i, WIDTH);
                    CHECK(fabs(tn_tensor_get(y, at) - want) < 1e-6 * (1 + fabs(want)));
                }
        CHECK(at == tn_tensor_count(y));
    }
    tn_context_free(c);
    tn_tensor_free(x);
    tn_plan_free(p);
}

typedef struct job {
    const tn_plan *plan;
    const tn_tensor *x;
    float y[64];
    tn_status status;
    int threads;
} job;

static void *run_job(void *arg) {
    job *j = arg;
    tn_context *c = NULL;
    j->status = tn_context_new(&c, j->plan, &(tn_context_options){.threads = j->threads}, NULL);
    for (int i = 0; i < 5 && j->status == TN_OK; i++) {
        j->status = tn_context_set_input(c, 0, j->x, NULL);
        if (j->status == TN_OK) j->status = tn_context_run(c, NULL);
    }
    if (j->status == TN_OK)
        memcpy(j->y, tn_tensor_const_data(tn_context_output(c, 0)), 2 * 16 * sizeof(float));
    tn_context_free(c);
    return NULL;
}

static void same_bits_for_any_threads_and_contexts(void) {
    static const int threads[] = {1, 2, 3, 7};
    enum { N = sizeof threads / sizeof *threads };
    tn_plan *p = build(net);
    tn_tensor *x = image(2, 33, 31);
    job j[N];
    pthread_t id[N];
    for (int i = 0; i < N; i++) {
        j[i] = (job){.plan = p, .x = x, .threads = threads[i]};
        CHECK(pthread_create(&id[i], NULL, run_job, &j[i]) == 0);
    }
    for (int i = 0; i < N; i++) pthread_join(id[i], NULL);
    for (int i = 0; i < N; i++) CHECK(j[i].status == TN_OK && !memcmp(j[i].y, j[0].y, sizeof j[0].y));
    tn_tensor_free(x);
    tn_plan_free(p);
}

static void the_callers_floating_point_state_is_untouched(void) {
    tn_plan *p = build(net);
    tn_tensor *x = image(1, 5, 5);
    tn_context *c = NULL;
    CHECK(tn_context_new(&c, p, NULL, NULL) == TN_OK && tn_context_set_input(c, 0, x, NULL) == TN_OK);
    fesetround(FE_UPWARD);
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(tn_context_run(c, NULL) == TN_OK);
    CHECK(fegetround() == FE_UPWARD && fetestexcept(FE_ALL_EXCEPT) == 0);
    fesetround(FE_TONEAREST);
    tn_context_free(c);
    tn_tensor_free(x);
    tn_plan_free(p);
}

// Every tensor of the model, fused away or not, can be read; the output keeps its bits.
static void taps_read_any_tensor_and_change_nothing(void) {
    static const char *const names[] = {"c1", "r1", "c2", "s2", "cat", "p", "y"};
    tn_plan *p = build(net);
    tn_tensor *x = image(2, 6, 7);
    tn_context *plain = NULL, *tapped = NULL;
    CHECK(tn_context_new(&plain, p, NULL, NULL) == TN_OK && tn_context_new(&tapped, p, NULL, NULL) == TN_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(tn_context_tap(tapped, names[i], NULL) == TN_OK);
    CHECK(tn_context_tap(tapped, "nothing", NULL) == TN_INVALID);
    tn_context_set_input(plain, 0, x, NULL);
    tn_context_set_input(tapped, 0, x, NULL);
    CHECK(tn_context_run(plain, NULL) == TN_OK && tn_context_run(tapped, NULL) == TN_OK);
    const tn_tensor *a = tn_context_output(plain, 0), *b = tn_context_output(tapped, 0);
    CHECK(tn_tensor_bytes(a) == tn_tensor_bytes(b) &&
          !memcmp(tn_tensor_const_data(a), tn_tensor_const_data(b), tn_tensor_bytes(a)));
    CHECK(tn_context_tap_count(tapped) == 7);
    const tn_tensor *c1 = tn_context_tap_value(tapped, 0), *r1 = tn_context_tap_value(tapped, 1);
    CHECK(c1 && r1 && tn_tensor_count(c1) == tn_tensor_count(r1));
    for (int64_t i = 0; c1 && r1 && i < tn_tensor_count(r1); i++)
        CHECK(fabs(fmax(tn_tensor_get(c1, i), 0) - tn_tensor_get(r1, i)) < 1e-5);
    tn_context_free(plain);
    tn_context_free(tapped);
    tn_tensor_free(x);
    tn_plan_free(p);
}

// A constant that a pass has changed is the model's when it is read.
static void a_tapped_constant_is_the_models(void) {
    tn_plan *p = build("graph \"bn\" {\n  in %x: f32[1,1,2,2]\n  const %w: f32[1,1,1,1] = {3}\n"
                       "  const %g: f32[1] = {4}\n  const %z: f32[1] = {0}\n  const %v: f32[1] = {1}\n"
                       "  %c = Conv(%x, %w)\n  %y = BatchNormalization(%c, %g, %z, %z, %v) {epsilon=0.0}\n"
                       "  out %y\n}\n");
    tn_context *c = NULL;
    tn_tensor *x = NULL;
    CHECK(tn_tensor_new(&x, env, TN_F32, 4, (int64_t[]){1, 1, 2, 2}) == TN_OK);
    for (int i = 0; i < 4; i++) tn_tensor_set(x, i, i);
    CHECK(p && tn_context_new(&c, p, NULL, NULL) == TN_OK && tn_context_set_input(c, 0, x, NULL) == TN_OK);
    CHECK(tn_context_tap(c, "w", NULL) == TN_OK && tn_context_tap(c, "c", NULL) == TN_OK);
    CHECK(tn_context_run(c, NULL) == TN_OK);
    CHECK(tn_tensor_get(tn_context_tap_value(c, 0), 0) == 3);
    CHECK(tn_tensor_get(tn_context_tap_value(c, 1), 2) == 6);
    CHECK(tn_tensor_get(tn_context_output(c, 0), 2) == 24);
    tn_context_free(c);
    tn_tensor_free(x);
    tn_plan_free(p);
}

static tn_tensor *scalar(tn_dtype dtype, double value) {
    tn_tensor *t = NULL;
    if (tn_tensor_new(&t, env, dtype, 0, NULL) == TN_OK) tn_tensor_set(t, 0, value);
    return t;
}

// In a body: the trip counter, what it computes, what was fused away there, what it reads from outside; then
// a run in which the body does not run.
static void taps_in_bodies_hold_the_last_trip(void) {
    static const char text[] = "graph \"loop\" {\n  in %m: i64[]\n  in %x: f32[2,2]\n"
                               "  const %w: f32[2,2] = {1, 0, 0, 1}\n  %k = Exp(%x)\n"
                               "  %y = Loop(%m, _, %x) {body=graph {\n"
                               "    in %i: i64[]\n    in %go: bool[]\n    in %s: f32[2,2]\n"
                               "    %p = MatMul(%s, %w)\n    %q = Add(%p, %k)\n    %r = Relu(%q)\n"
                               "    out %go\n    out %r\n  }}\n  out %y\n}\n";
    static const char *const names[] = {"i", "p", "q", "r", "k"};
    tn_plan *p = build(text);
    tn_context *c = NULL;
    tn_tensor *x = NULL, *three = scalar(TN_I64, 3), *none = scalar(TN_I64, 0);
    CHECK(tn_tensor_new(&x, env, TN_F32, 2, (int64_t[]){2, 2}) == TN_OK); // zeros: %k is 1 everywhere
    CHECK(p && tn_context_new(&c, p, NULL, NULL) == TN_OK);
    for (int i = 0; i < 5; i++) CHECK(tn_context_tap(c, names[i], NULL) == TN_OK);
    CHECK(tn_context_set_input(c, 0, three, NULL) == TN_OK && tn_context_set_input(c, 1, x, NULL) == TN_OK);
    static const double want[] = {2, 2, 3, 3, 1};
    CHECK(tn_context_run(c, NULL) == TN_OK && tn_tensor_get(tn_context_output(c, 0), 3) == 3);
    for (size_t i = 0; i < 5; i++) {
        const tn_tensor *t = tn_context_tap_value(c, i);
        CHECK(t && tn_tensor_get(t, 0) == want[i]);
    }
    CHECK(tn_context_set_input(c, 0, none, NULL) == TN_OK && tn_context_run(c, NULL) == TN_OK);
    for (size_t i = 0; i < 5; i++) CHECK(!tn_context_tap_value(c, i) == (i < 4));
    tn_context_free(c);
    tn_tensor_free(x);
    tn_tensor_free(three);
    tn_tensor_free(none);
    tn_plan_free(p);
}

// A sum, and what it was before.
static const char sum[] = "graph \"sum\" {\n"
                          "  in %s: f32[2]\n"
                          "  in %x: f32[2]\n"
                          "  %t = Add(%s, %x)\n"
                          "  out %s\n"
                          "  out %t\n"
                          "  state %s = %t after f32[2] = {1, 2}\n"
                          "}\n";

static void state_may_be_given_what_an_output_holds(void) {
    tn_plan *p = build(sum);
    tn_context *c = NULL;
    tn_tensor *x = NULL;
    CHECK(p && tn_context_new(&c, p, NULL, NULL) == TN_OK);
    CHECK(tn_tensor_new(&x, env, TN_F32, 1, (int64_t[]){2}) == TN_OK);
    tn_tensor_set(x, 0, 10), tn_tensor_set(x, 1, 20);
    CHECK(tn_context_set_input(c, 1, x, NULL) == TN_OK && tn_context_run(c, NULL) == TN_OK);
    CHECK(tn_context_set_input(c, 0, tn_context_output(c, 0), NULL) == TN_OK); // back to before the run
    CHECK(tn_context_run(c, NULL) == TN_OK);
    CHECK(tn_tensor_get(tn_context_output(c, 1), 0) == 11 && tn_tensor_get(tn_context_output(c, 1), 1) == 22);
    CHECK(tn_context_set_input(c, 0, tn_context_output(c, 1), NULL) == TN_OK);
    CHECK(tn_context_run(c, NULL) == TN_OK && tn_tensor_get(tn_context_output(c, 0), 1) == 22);
    CHECK(tn_context_run(c, NULL) == TN_OK && tn_tensor_get(tn_context_output(c, 1), 0) == 31);
    tn_context_free(c);
    tn_tensor_free(x);
    tn_plan_free(p);
}

static void profiles_are_checked(void) {
    static const struct {
        tn_shape min, opt, max;
        bool fine;
    } cases[] = {
        {{"x", 4, {1, 3, 4, 4}}, {"x", 4, {2, 3, 8, 8}}, {"x", 4, {4, 3, 9, 9}}, true},
        {{"x", 4, {3, 3, 4, 4}}, {"x", 4, {2, 3, 8, 8}}, {"x", 4, {4, 3, 9, 9}}, false}, // min above opt
        {{"x", 4, {1, 3, 4, 4}},
         {"x", 4, {2, 4, 8, 8}},
         {"x", 4, {4, 3, 9, 9}},
         false},                                                                      // 3 channels are fixed
        {{"x", 3, {1, 3, 4}}, {"x", 4, {2, 3, 8, 8}}, {"x", 4, {4, 3, 9, 9}}, false}, // rank
        {{"z", 4, {1, 3, 4, 4}}, {"x", 4, {2, 3, 8, 8}}, {"x", 4, {4, 3, 9, 9}}, false}, // no such input
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tn_graph *g = NULL;
        tn_plan *p = NULL;
        tn_build_options o = {.no_timing = true,
                              .threads = 1,
                              .min_shapes = &cases[i].min,
                              .min_count = 1,
                              .opt_shapes = &cases[i].opt,
                              .opt_count = 1,
                              .max_shapes = &cases[i].max,
                              .max_count = 1};
        CHECK(tn_graph_parse(&g, env, net, "test", NULL) == TN_OK);
        CHECK((tn_plan_build(&p, g, &o, NULL) == TN_OK) == cases[i].fine);
        tn_plan_free(p);
        tn_graph_free(g);
    }
}

static void wrong_inputs_are_refused_with_a_sentence(void) {
    tn_plan *p = build(net);
    tn_context *c = NULL;
    tn_diags *d = NULL;
    tn_tensor *small = NULL, *ints = NULL;
    CHECK(tn_diags_new(&d, env) == TN_OK && tn_context_new(&c, p, NULL, d) == TN_OK);
    CHECK(tn_context_run(c, d) == TN_INVALID && tn_diags_count(d) == 1);
    CHECK(tn_tensor_new(&small, env, TN_F32, 4, (int64_t[]){1, 4, 5, 5}) == TN_OK);
    CHECK(tn_context_set_input(c, 0, small, d) == TN_INVALID && tn_diags_count(d) == 2);
    CHECK(tn_tensor_new(&ints, env, TN_I32, 4, (int64_t[]){1, 3, 5, 5}) == TN_OK);
    CHECK(tn_context_set_input(c, 0, ints, d) == TN_INVALID && tn_diags_count(d) == 3);
    tn_tensor_free(small);
    tn_tensor_free(ints);
    tn_context_free(c);
    tn_diags_free(d);
    tn_plan_free(p);
}

int main(void) {
    if (tn_env_new(&env, &(tn_env_options){.allocator = {counted, NULL}}) != TN_OK) return 2;
    RUN(no_allocation_once_a_shape_has_been_seen);
    RUN(loops_allocate_nothing_the_second_time);
    RUN(parts_of_a_concat_hold_what_they_should);
    RUN(same_bits_for_any_threads_and_contexts);
    RUN(the_callers_floating_point_state_is_untouched);
    RUN(taps_read_any_tensor_and_change_nothing);
    RUN(a_tapped_constant_is_the_models);
    RUN(taps_in_bodies_hold_the_last_trip);
    RUN(state_may_be_given_what_an_output_holds);
    RUN(profiles_are_checked);
    RUN(wrong_inputs_are_refused_with_a_sentence);
    if (tn_env_bytes(env)) check_failed++, puts("memory leaked");
    tn_env_free(env);
    return DONE();
}
