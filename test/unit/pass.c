// SPDX-License-Identifier: Apache-2.0
// pass.c - runs every case of test/pass/*.t: a graph, a line "=>", the graph that must come out. The first
// line names the passes to run, the protagonist first, and the rule the case protects:
//
//     # identity: a Cast to the type it already has goes
//
// Made-up names (%t.7) and sizes (?7) are compared by order of appearance. Both graphs are then run on the
// same random inputs and must agree: an expected graph that computes something else is a wrong case.
#define _GNU_SOURCE // scandir
#include "pass/pass.h"

#include "base/alloc.h"
#include "ir/eval.h"
#include "ir/registry.h"
#include "ir/text.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tn_env *env;
static tn_diags *diags;

static char *read_file(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    char *text = calloc(1, 1 << 20);
    if (text) text[fread(text, 1, (1 << 20) - 1, f)] = 0;
    fclose(f);
    return text;
}

static void print_diags(void) {
    char text[2048];
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        printf("  %s\n", text);
    }
    tn_diags_clear(diags);
}

// ---- comparing texts

// The number of `text[0, n)` among the texts seen, by first appearance.
typedef struct numbering {
    char *seen[512];
    size_t n;
} numbering;

static size_t number_of(numbering *k, const char *text, size_t n) {
    size_t at = 0;
    while (at < k->n && (strlen(k->seen[at]) != n || memcmp(k->seen[at], text, n))) at++;
    if (at == k->n && at < 512) k->seen[k->n++] = strndup(text, n);
    return at;
}

// How much of `at` is a name with a made-up ending ("%t.7", "%w.12") or a size the data tells ("?3"): the
// length, and where the number begins; 0: neither.
static size_t made_up(const char *at, size_t *number) {
    static const char digits[] = "0123456789";
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.:/-0123456789";
    if (*at == '?') return *number = 1, strspn(at + 1, digits) ? 1 + strspn(at + 1, digits) : 0;
    if (*at != '%') return 0;
    size_t n = 1 + strspn(at + 1, name);
    if (at[n - 1] == ':') n--; // "%x: f32"
    size_t dot = n;
    while (dot > 1 && at[dot - 1] != '.') dot--;
    *number = dot;
    return dot > 1 && dot < n && strspn(at + dot, digits) == n - dot ? n : 0;
}

// Copies `from` with made-up numbers replaced by their order of appearance.
static void renumber(char *to, const char *from) {
    numbering k = {{NULL}, 0};
    while (*from) {
        size_t number, n = made_up(from, &number);
        if (!n) {
            *to++ = *from++;
            continue;
        }
        to += sprintf(to, "%.*s%zu", (int)number, from, number_of(&k, from, n));
        from += n;
    }
    *to = 0;
    while (k.n) free(k.seen[--k.n]);
}

static char *normal_text(const tn_graph *g) {
    tni_text t = {.env = env};
    tni_graph_print(&t, g, false);
    char *text = malloc(t.length * 2 + 1);
    renumber(text, t.data);
    tni_text_free(&t);
    return text;
}

// ---- running both graphs

static uint64_t seed;
static double uniform(void) { // [0, 1)
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) * 0x1p-53;
}

// Symbols become 2, 3, 4... in order of appearance.
typedef struct binding {
    const char *name[16];
    int count;
} binding;

static bool size_of(void *user, const char *symbol, int64_t *value) {
    binding *b = user;
    int i = 0;
    while (i < b->count && strcmp(b->name[i], symbol)) i++;
    if (i == b->count && i < 16) b->name[b->count++] = symbol;
    *value = 2 + i;
    return true;
}

static tn_tensor *random_input(tni_arena *a, const tn_type *type, binding *b) {
    int64_t dims[TN_MAX_RANK];
    for (int i = 0; i < type->rank; i++)
        if (!tni_dim_eval(type->dim[i], size_of, b, &dims[i])) return NULL;
    tn_tensor *t = tni_tensor_new(a, type->dtype, type->rank, dims);
    if (!t || type->dtype == TN_STRING) return t;
    bool numbers = tni_is_float(type->dtype);
    for (int64_t i = 0, n = tn_count(t); i < n; i++)
        tni_set(t, i, numbers ? uniform() * 4 - 2 : floor(uniform() * 2));
    return t;
}

static tn_status run_graph(const tn_graph *g, tni_arena *a, const tn_tensor **out) {
    const tn_tensor *in[16] = {NULL};
    binding b = {{NULL}, 0};
    seed = 7;
    for (size_t i = 0; i < g->ninput && i < 16; i++)
        if (!(in[i] = random_input(a, &g->input[i]->info.type, &b))) return TN_NOMEM;
    return tni_eval_graph(g, a, in, out, NULL, NULL, NULL, diags);
}

static bool close_to(const tn_tensor *got, const tn_tensor *want) {
    if (got->kind != want->kind || got->dtype != want->dtype || got->rank != want->rank) return false;
    if (memcmp(got->dim, want->dim, (size_t)want->rank * sizeof *want->dim)) return false;
    for (int64_t i = 0, n = want->kind == TN_TENSOR ? tn_count(want) : 0; i < n; i++) {
        double g = tni_get(got, i), w = tni_get(want, i);
        if ((isnan(g) && isnan(w)) || g == w || fabs(g - w) <= 1e-5 + 1e-4 * fabs(w)) continue;
        printf("  element %lld is %g instead of %g\n", (long long)i, g, w);
        return false;
    }
    return true;
}

static bool same_results(const tn_graph *before, const tn_graph *after) {
    tni_arena a;
    tni_arena_init(&a, env);
    const tn_tensor *want[16] = {NULL}, *got[16] = {NULL};
    bool same = run_graph(before, &a, want) == TN_OK && run_graph(after, &a, got) == TN_OK;
    if (!same) printf("  a graph does not run\n");
    for (size_t i = 0; same && i < before->noutput && i < 16; i++)
        if (!(same = close_to(got[i], want[i]))) printf("  output %zu differs\n", i);
    tni_arena_free(&a);
    return same;
}

// ---- cases

typedef struct test_case {
    char passes[256];
    const char *before, *after; // texts
} test_case;

// Cuts `text` in two at the line "=>".
static bool split_case(char *text, test_case *c) {
    const char *colon = strchr(text, ':');
    char *arrow = strstr(text, "\n=>\n");
    if (strncmp(text, "# ", 2) || !colon || !arrow || colon > arrow || colon - text > 200) return false;
    size_t n = 0;
    for (const char *at = text + 2; at < colon; at++)
        if (*at != ' ') c->passes[n++] = *at;
    c->passes[n] = 0;
    c->before = text;
    *arrow = 0;
    c->after = arrow + 4;
    return true;
}

static bool same_text(const tn_graph *got, const tn_graph *want) {
    char *g = normal_text(got), *w = normal_text(want);
    bool same = !strcmp(g, w);
    if (!same) printf("  got:\n%s  want:\n%s", g, w);
    free(g), free(w);
    return same;
}

static bool run_case(char *text, test_case *c) {
    tn_graph *before = NULL, *after = NULL, *want = NULL;
    if (!split_case(text, c)) {
        printf("  the first line must be '# PASS: rule', and a line '=>' must part the graphs\n");
        return false;
    }
    tn_pass_options o = {.only = c->passes};
    bool read = tni_graph_parse(&before, env, c->before, strlen(c->before), "before", diags) == TN_OK &&
                tni_graph_parse(&after, env, c->before, strlen(c->before), "before", diags) == TN_OK &&
                tni_graph_parse(&want, env, c->after, strlen(c->after), "after", diags) == TN_OK;
    bool ok = read && tni_passes_run(after, &o, diags) == TN_OK && tni_verify(after, diags) == TN_OK;
    ok = ok && same_text(after, want) && same_results(before, after);
    print_diags();
    tn_graph_free(before), tn_graph_free(after), tn_graph_free(want);
    return ok;
}

static void note_pass(bool *covered, const char *passes) {
    size_t n = strcspn(passes, ",");
    for (size_t i = 0; i < tni_pass_count; i++)
        covered[i] |= strlen(tni_passes[i]->name) == n && !strncmp(tni_passes[i]->name, passes, n);
}

static int is_case(const struct dirent *d) {
    size_t n = strlen(d->d_name);
    return n > 2 && !strcmp(d->d_name + n - 2, ".t");
}

int main(int argc, char **argv) {
    const char *folder = TN_SOURCE_DIR "/test/pass", *filter = argc > 1 ? argv[1] : "";
    struct dirent **file;
    int passed = 0, failed = 0, count = scandir(folder, &file, is_case, alphasort);
    bool *covered = calloc(tni_pass_count + 1, sizeof *covered);
    if (count < 0 || !covered || tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK)
        return 1;
    for (int i = 0; i < count; free(file[i++])) {
        char path[1024];
        test_case c = {"", NULL, NULL};
        if (!strstr(file[i]->d_name, filter)) continue;
        snprintf(path, sizeof path, "%s/%s", folder, file[i]->d_name);
        char *text = read_file(path);
        bool ok = text && run_case(text, &c);
        note_pass(covered, c.passes);
        free(text);
        ok ? passed++ : (failed++, printf("FAILED %s\n", file[i]->d_name));
    }
    for (size_t i = 0; i < tni_pass_count && !*filter; i++)
        if (!covered[i]) failed++, printf("FAILED the pass '%s' has no case\n", tni_passes[i]->name);
    free(file), free(covered);
    tn_diags_free(diags);
    tn_env_free(env);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
