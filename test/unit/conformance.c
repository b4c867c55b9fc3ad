// SPDX-License-Identifier: Apache-2.0
// conformance.c - ONNX's own test suites through the importer and the reference kernels:
//     test_conformance DIR [FILTER]
// runs every DIR/*/model.onnx whose path contains FILTER against its test_data_set_*. Without arguments it
// checks its own judge. One line a failure with the reason, then "N passed, M failed, K skipped".
#define _DEFAULT_SOURCE
#include "check.h"

#include "import/import.h"
#include "ir/eval.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 256 };   // inputs or outputs of a case
enum { SECONDS = 60 }; // a case may take
enum { PASSED, FAILED, SKIPPED };

typedef struct counts {
    int passed, failed, skipped;
} counts;

static bool exists(const char *path) {
    struct stat st;
    return !stat(path, &st);
}

// ---- the judge

static bool near(double got, double want) {
    if (isnan(want)) return isnan(got);
    if (isinf(want) || isinf(got)) return got == want;
    return fabs(got - want) <= 1e-7 + 1e-3 * fabs(want);
}

static bool same_text(const tn_tensor *a, const tn_tensor *b, int64_t i) {
    const tn_str *s = (const tn_str *)a->data + i, *t = (const tn_str *)b->data + i;
    return s->size == t->size && (!s->size || !memcmp(s->text, t->text, s->size));
}

static const char *shape_text(const tn_tensor *t, char text[160]) {
    size_t n = (size_t)snprintf(text, 160, "%s[", tn_dtype_text(t->dtype));
    for (int i = 0; i < t->rank && n < 140; i++)
        n += (size_t)snprintf(text + n, 160 - n, "%s%lld", i ? "," : "", (long long)t->dim[i]);
    snprintf(text + n, 160 - n, "]");
    return text;
}

static bool same_element(const tn_tensor *got, const tn_tensor *want, int64_t i) {
    if (want->dtype == TN_STRING) return same_text(got, want, i);
    if (want->dtype == TN_C64) {
        const float *g = got->data, *w = want->data;
        return near((double)g[2 * i], (double)w[2 * i]) && near((double)g[2 * i + 1], (double)w[2 * i + 1]);
    }
    if ((TN_INTEGERS | TN_BIT(TN_BOOL)) >> want->dtype & 1)
        return tni_get_int(got, i) == tni_get_int(want, i);
    return near(tni_get(got, i), tni_get(want, i));
}

// NULL when equal, else why not.
static const char *judge(const tn_tensor *got, const tn_tensor *want, bool values, char why[512]) {
    char a[160], b[160];
    if (!got) return snprintf(why, 512, "no result"), why;
    if (got->kind != want->kind) return snprintf(why, 512, "kind %d, want %d", got->kind, want->kind), why;
    if (want->kind != TN_TENSOR) {
        bool full = want->kind == TN_SEQUENCE || got->has_item == want->has_item;
        if (got->nitems != want->nitems || !full)
            return snprintf(why, 512, "%zu items, want %zu", got->nitems, want->nitems), why;
        for (size_t i = 0; i < want->nitems; i++)
            if (judge(got->item[i], want->item[i], values, why)) return why;
        return NULL;
    }
    bool same = got->dtype == want->dtype && got->rank == want->rank;
    for (int i = 0; same && i < want->rank; i++) same = got->dim[i] == want->dim[i];
    if (!same) return snprintf(why, 512, "%s, want %s", shape_text(got, a), shape_text(want, b)), why;
    for (int64_t i = 0, n = tn_count(want); values && i < n; i++)
        if (!same_element(got, want, i))
            return snprintf(why, 512, "%s at %lld of %lld: %.9g, want %.9g", shape_text(want, a),
                            (long long)i, (long long)n, tni_get(got, i), tni_get(want, i)),
                   why;
    return NULL;
}

// ---- one case

typedef struct test_case {
    tn_env *env;
    tn_diags *diags;
    tni_arena arena;
    tn_graph *g;
    const char *why;
    char text[1024];
} test_case;

static const char *reason(test_case *c, tn_status status) {
    size_t n = tn_diags_count(c->diags);
    for (size_t i = 0; i < n; i++)
        if (tn_diags_get(c->diags, i)->severity == TN_ERROR) {
            tn_diags_format(c->diags, i, c->text, sizeof c->text);
            char *end = strchr(c->text, '\n');
            if (end) *end = 0;
            return c->text;
        }
    snprintf(c->text, sizeof c->text, "%s", tn_status_text(status));
    return c->text;
}

// Random results are only compared in type and shape. (Dropout draws as NumPy does: it is compared.)
static bool is_random(const tn_graph *g) {
    static const char *const random[] = {"Bernoulli",        "Multinomial",   "RandomNormal",
                                         "RandomNormalLike", "RandomUniform", "RandomUniformLike"};
    for (const tni_node *n = g->first; n; n = n->next)
        for (size_t i = 0; i < sizeof random / sizeof *random; i++)
            if (tni_is(n, random[i])) return true;
    return false;
}

static const tn_tensor *load(test_case *c, const char *folder, const char *what, size_t i, tn_kind kind) {
    char path[1200];
    snprintf(path, sizeof path, "%s/%s_%zu.pb", folder, what, i);
    tn_tensor *t;
    tn_status status = tni_tensor_file_load(&t, &c->arena, path, &(tn_tensor_format){.kind = kind}, c->diags);
    if (status == TN_OK) return t;
    c->why = reason(c, status);
    return NULL;
}

static bool run_set(test_case *c, const char *folder) {
    static const tn_tensor *in[MOST], *out[MOST], *want;
    char why[512];
    if (c->g->ninput > MOST || c->g->noutput > MOST) return c->why = "too many inputs or outputs", false;
    for (size_t i = 0; i < c->g->ninput; i++)
        if (!(in[i] = load(c, folder, "input", i, c->g->input[i]->info.type.kind))) return false;
    tni_eval_limits limits = {.max_bytes = (size_t)4 << 30};
    tn_status status = tni_eval_graph(c->g, &c->arena, in, out, NULL, NULL, &limits, c->diags);
    if (status != TN_OK) return c->why = reason(c, status), false;
    for (size_t i = 0; i < c->g->noutput; i++) {
        if (!(want = load(c, folder, "output", i, c->g->output[i]->value->info.type.kind))) return false;
        if (!judge(out[i], want, !is_random(c->g), why)) continue;
        snprintf(c->text, sizeof c->text, "output %zu '%s': %s", i, c->g->output[i]->value->name, why);
        return c->why = c->text, false;
    }
    return true;
}

static bool run_model(test_case *c, const char *folder) {
    char path[1100];
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    tn_status status = tni_import_file(&c->g, c->env, path, NULL, c->diags);
    if (status != TN_OK) return c->why = reason(c, status), false;
    status = tni_graph_align(c->g);
    if (status == TN_OK) status = tni_verify(c->g, c->diags);
    if (status != TN_OK) return c->why = reason(c, status), false;
    for (int i = 0;; i++) {
        snprintf(path, sizeof path, "%s/test_data_set_%d", folder, i);
        if (!exists(path)) return i > 0 || (c->why = "no test data", false);
        if (!run_set(c, path)) return false;
    }
}

static const char *skip_reason(const char *text) {
    if (strstr(text, "ai.onnx.preview.training") || strstr(text, "ai.onnx.training")) return "training";
    return NULL;
}

static int run_case(const char *folder, const char *name) {
    test_case c = {0};
    if (tn_env_new(&c.env, NULL) != TN_OK || tn_diags_new(&c.diags, c.env) != TN_OK) exit(2);
    tni_arena_init(&c.arena, c.env);
    bool fine = run_model(&c, folder);
    const char *skip = fine ? NULL : skip_reason(c.why);
    if (!fine && skip) printf("skipped %s: %s\n", name, skip);
    if (!fine && !skip) printf("FAILED %s: %s\n", name, c.why);
    fflush(stdout);
    tn_graph_free(c.g);
    tni_arena_free(&c.arena);
    tn_diags_free(c.diags);
    tn_env_free(c.env);
    return fine ? PASSED : skip ? SKIPPED : FAILED;
}

// In a process of its own, so that a crash or an endless loop is one case's failure.
static void run_apart(const char *folder, const char *name, counts *n) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        exit(run_case(folder, name));
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) exit(2);
    if (!WIFEXITED(status)) printf("FAILED %s: ended by signal %d\n", name, WTERMSIG(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) > SKIPPED) printf("FAILED %s: ended early\n", name);
    int result = WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
    n->passed += result == PASSED;
    n->skipped += result == SKIPPED;
    n->failed += result != PASSED && result != SKIPPED;
}

static int run_all(const char *dir, const char *filter) {
    struct dirent **entry;
    int count = scandir(dir, &entry, NULL, alphasort);
    counts n = {0};
    if (count < 0) return fprintf(stderr, "cannot read '%s'\n", dir), 2;
    for (int i = 0; i < count; i++) {
        char folder[1000], model[1100];
        snprintf(folder, sizeof folder, "%s/%s", dir, entry[i]->d_name);
        snprintf(model, sizeof model, "%s/model.onnx", folder);
        if (entry[i]->d_name[0] != '.' && exists(model) && (!filter || strstr(entry[i]->d_name, filter)))
            run_apart(folder, entry[i]->d_name, &n);
        free(entry[i]);
    }
    free(entry);
    printf("%d passed, %d failed, %d skipped\n", n.passed, n.failed, n.skipped);
    return n.failed != 0;
}

// ---- without a suite

static void judges_floats_by_tolerance(void) {
    float a[] = {1.0f, NAN, INFINITY, 2.0f}, b[] = {1.0005f, NAN, INFINITY, 2.0f};
    tn_tensor got = {.dtype = TN_F32, .rank = 1, .dim = {4}, .data = a, .bytes = sizeof a}, want = got;
    char why[512];
    want.data = b;
    CHECK(!judge(&got, &want, true, why));
    b[3] = 2.1f;
    CHECK(judge(&got, &want, true, why));
    CHECK(!judge(&got, &want, false, why));
}

static void judges_integers_exactly(void) {
    int32_t a[] = {1000000}, b[] = {1000001};
    tn_tensor got = {.dtype = TN_I32, .rank = 0, .data = a, .bytes = sizeof a}, want = got;
    char why[512];
    CHECK(!judge(&got, &want, true, why));
    want.data = b;
    CHECK(judge(&got, &want, true, why));
}

int main(int argc, char **argv) {
    if (argc > 1) return run_all(argv[1], argc > 2 ? argv[2] : NULL);
    RUN(judges_floats_by_tolerance);
    RUN(judges_integers_exactly);
    return DONE();
}
