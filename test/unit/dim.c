// SPDX-License-Identifier: Apache-2.0
// dim.c - symbolic dimensions: one canonical form, exact arithmetic, text there and back.
#include "ir/dim.h"

#include "check.h"

static tn_env *env;
static tn_dims pool;

static const char *text(tn_dim d) {
    static char buffer[256];
    tni_text t = {.env = env};
    tni_dim_print(&t, d);
    snprintf(buffer, sizeof buffer, "%s", t.data);
    tni_text_free(&t);
    return buffer;
}

static tn_dim parse(const char *s) {
    tn_dim d = tn_k(-999);
    CHECK(tni_dim_parse(&pool, &s, &d) == TN_OK && !*s);
    return d;
}

static void equal_expressions_are_one_pointer(void) {
    CHECK(tn_dim_equal(parse("2*(N + 1)"), parse("N + 2 + N")));
    CHECK(tn_dim_equal(parse("(N+1)*(N-1)"), parse("N*N - 1")));
    CHECK(tn_dim_equal(parse("H*W"), parse("W*H")));
    CHECK(!tn_dim_equal(parse("H*W"), parse("H*W + 1")));
    CHECK(tn_dim_is(parse("N - N + 7"), 7));
}

static void text_parses_back(void) {
    const char *const cases[] = {"N",         "2*H+1",        "N*C-3", "floor(H-1, 2)+1",
                                 "max(H, W)", "'odd name'*2", "-N+5",  "?3"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tn_dim d = parse(cases[i]);
        char once[256];
        snprintf(once, sizeof once, "%s", text(d));
        CHECK(tn_dim_equal(parse(once), d));
    }
    CHECK_TEXT(text(parse("H + 2*H*W + 3")), "2*H*W+H+3");
}

static void division_takes_whole_parts_out(void) {
    CHECK_TEXT(text(tn_dim_div(&pool, parse("4*N+3"), tn_k(4))), "N");
    CHECK_TEXT(text(tn_dim_div(&pool, parse("4*N+5"), tn_k(4))), "N+1");
    CHECK_TEXT(text(tn_dim_div(&pool, parse("N*H*W"), parse("H*W"))), "N");
    CHECK_TEXT(text(tn_dim_div(&pool, parse("N*H+N"), parse("H+1"))), "N");
    CHECK_TEXT(text(tn_dim_div(&pool, parse("H-1"), tn_k(2))), "floor(H+1, 2)-1");
    CHECK(tn_dim_is(tn_dim_div(&pool, tn_k(-7), tn_k(2)), -4));
    CHECK(tn_dim_is(tn_dim_ceil_div(&pool, tn_k(7), tn_k(2)), 4));
    CHECK(tn_dim_is(tn_dim_ceil_div(&pool, tn_k(-7), tn_k(2)), -3));
    CHECK(tn_dim_is(tn_dim_mod(&pool, parse("6*N"), tn_k(3)), 0));
    CHECK(tn_dim_is(tn_dim_mod(&pool, tn_k(-7), tn_k(3)), 2));
}

static void extremes_know_that_symbols_are_sizes(void) {
    CHECK(tn_dim_equal(tn_dim_max(&pool, parse("N+1"), parse("N")), parse("N+1")));
    CHECK(tn_dim_equal(tn_dim_max(&pool, parse("N"), parse("min(N, 512)")), parse("N")));
    CHECK(tn_dim_equal(tn_dim_min(&pool, parse("max(H, W)"), parse("W")), parse("W")));
    CHECK(tn_dim_equal(tn_dim_min(&pool, parse("N+1"), parse("N")), parse("N")));
    CHECK(tn_dim_equal(tn_dim_max(&pool, parse("H"), parse("W")), tn_dim_max(&pool, parse("W"), parse("H"))));
}

static bool sizes(void *user, const char *symbol, int64_t *value) {
    (void)user;
    *value = *symbol == 'H' ? 7 : 5;
    return *symbol == 'H' || *symbol == 'W';
}

static void evaluation_follows_the_symbols(void) {
    int64_t k = 0;
    CHECK(tni_dim_eval(parse("floor(H-1, 2)*W + max(H, W)"), sizes, NULL, &k) && k == 22);
    CHECK(!tni_dim_eval(parse("N + 1"), sizes, NULL, &k));
}

static void overflow_sticks_and_is_reported(void) {
    tn_dim_mul(&pool, tn_k(INT64_MAX), tn_k(2));
    CHECK(pool.status == TN_LIMIT);
    pool.status = TN_OK;
    tn_dim big = parse("4611686018427387904*N");
    tn_dim_add(&pool, big, big);
    CHECK(pool.status == TN_LIMIT);
    pool.status = TN_OK;
}

static void bad_text_is_refused(void) {
    const char *const cases[] = {"",         "N+", "floor(N)", "(N", "floor(N, 0)", "99999999999999999999",
                                 "foo(N, 1)"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *at = cases[i];
        tn_dim d;
        CHECK(tni_dim_parse(&pool, &at, &d) != TN_OK || *at);
        pool.status = TN_OK;
    }
}

static void sizes_of_data_are_told_apart(void) {
    CHECK(tni_dim_depends_on_data(tn_dim_add(&pool, tn_dim_fresh(&pool), parse("N"))));
    CHECK(!tni_dim_depends_on_data(parse("N")));
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 2;
    tni_dims_init(&pool, env);
    parse("H"), parse("W"), parse("N"); // the order in which they appear is the order in which they print
    RUN(equal_expressions_are_one_pointer);
    RUN(text_parses_back);
    RUN(division_takes_whole_parts_out);
    RUN(extremes_know_that_symbols_are_sizes);
    RUN(evaluation_follows_the_symbols);
    RUN(overflow_sticks_and_is_reported);
    RUN(bad_text_is_refused);
    RUN(sizes_of_data_are_told_apart);
    tni_dims_free(&pool);
    if (tn_env_bytes(env)) check_failed++, puts("memory leaked");
    tn_env_free(env);
    return DONE();
}
