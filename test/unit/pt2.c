// SPDX-License-Identifier: Apache-2.0
// pt2.c - PyTorch's exported programs. The files of test/pt2 are small networks, each for some rules of
// reading them, with what PyTorch computed; scripts/make_pt2.py wrote them.
#include "check.h"

#include "import/import.h"
#include "import/pt2/pt2.h"
#include "import/pt2/sympy.h"
#include "ir/eval.h"
#include "ir/module.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tn_env *env;
static tn_diags *diags;
static const char folder[] = "test/pt2";

static tn_graph *load(const char *name) {
    char path[256];
    tn_graph *g = NULL;
    snprintf(path, sizeof path, "%s/%s.pt2", folder, name);
    tn_diags_clear(diags);
    CHECK(tn_graph_load(&g, env, path, NULL, diags) == TN_OK);
    for (size_t i = 0; !g && i < tn_diags_count(diags); i++) {
        char line[600];
        tn_diags_format(diags, i, line, sizeof line);
        printf("  %s\n", line);
    }
    return g;
}

// ---- what PyTorch computed

static const tn_tensor *member(tni_arena *a, const char *name, const char *what, size_t i) {
    char path[256];
    tn_tensor *t = NULL;
    snprintf(path, sizeof path, "%s/%s.npz:%s_%zu", folder, name, what, i);
    return tni_tensor_file_load(&t, a, path, NULL, NULL) == TN_OK ? t : NULL;
}

static bool equal(const tn_tensor *got, const tn_tensor *want) {
    tn_comparison c;
    double largest = 0;
    if (!want || !got) return false;
    for (int64_t i = 0; i < tn_count(want); i++) {
        double v = tni_get(want, i);
        if (v * v > largest * largest && v * v < 1e60) largest = v;
    }
    double atol = tni_is_float(want->dtype) ? 1e-4 * (largest < 0 ? -largest : largest) : 0;
    return tn_tensor_compare(got, want, atol > 0 ? 1e-3 : 0, atol, &c) == TN_OK && c.equal_type &&
           !c.failures;
}

static void compare_with_pytorch(const char *name) {
    enum { MOST = 64 };
    const tn_tensor *in[8], *out[MOST];
    size_t next;
    tni_arena arena;
    tn_graph *g = load(name);
    if (!g) return;
    tni_arena_init(&arena, env);
    bool fine = g->noutput <= MOST && tni_graph_align(g) == TN_OK;
    for (size_t i = 0; i < g->ninput && i < 8; i++) {
        const tni_preset *state = tni_graph_state(g, i, &next);
        fine &= (in[i] = state ? state->value : member(&arena, name, "in", i)) != NULL;
    }
    CHECK(fine);
    if (fine) fine = tni_eval_graph(g, &arena, in, out, NULL, NULL, NULL, diags) == TN_OK;
    CHECK(fine);
    if (!fine)
        printf("  %s: %s\n", name, tn_diags_count(diags) ? tn_diags_get(diags, 0)->message : "no reason");
    size_t nout = g->noutput; // what is written stands behind what the model gives
    while (nout > 1 && strstr(g->output[nout - 1]->value->name, ".next")) nout--;
    CHECK(!member(&arena, name, "out", nout));
    for (size_t i = 0; fine && i < nout; i++) {
        bool same = equal(out[i], member(&arena, name, "out", i));
        CHECK(same);
        if (!same) printf("  %s: output %zu, %s\n", name, i, g->output[i]->value->name);
    }
    CHECK(tni_verify(g, diags) == TN_OK);
    tni_arena_free(&arena);
    tn_graph_free(g);
}

static void every_network_gives_what_pytorch_gave(void) {
    DIR *d = opendir(folder);
    int n = 0;
    CHECK(d);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".pt2")) continue;
        *dot = 0;
        compare_with_pytorch(e->d_name);
        n++;
    }
    CHECK(n > 20);
    if (d) closedir(d);
}

// core_aten.txt names the 193 overloads that PyTorch 2.15 tags as core.
static void core_aten_is_complete(void) {
    char line[128];
    FILE *f = fopen("test/pt2/core_aten.txt", "r");
    int n = 0;
    CHECK(f);
    for (; f && fgets(line, sizeof line, f); n++) {
        line[strcspn(line, "\n")] = 0;
        bool fine = tni_pt2_reads(env, line);
        CHECK(fine);
        if (!fine) printf("  %s has no converter\n", line);
    }
    CHECK(n == 193);
    CHECK(!tni_pt2_reads(env, "aten.no_such_operator.default"));
    if (f) fclose(f);
}

// ---- names, lines, sizes

static const char *type_text(const tni_value *v) {
    static char copy[128];
    tni_text t = {.env = env};
    tni_type_print(&t, &v->info.type);
    snprintf(copy, sizeof copy, "%s", t.data ? t.data : "");
    tni_text_free(&t);
    return copy;
}

static void nodes_are_called_by_their_module(void) {
    tn_graph *g = load("layers");
    if (!g) return;
    const tni_value *v = tni_value_find(g, "stem.0");
    CHECK(v && v->def && tni_is(v->def, "Conv"));
    CHECK_TEXT(v ? v->def->name : "", "stem.0");
    CHECK(v && v->def && v->def->source && strstr(v->def->source, "zoo_own.py:"));
    CHECK(tni_value_find(g, "stem.0.weight"));
    CHECK_TEXT(g->output[1]->value->name, "logits");
    tn_graph_free(g);
}

static void modules_stand_for_what_they_give(void) {
    tn_graph *g = load("layers");
    if (!g) return;
    const tni_value *v = tni_module_output(g, "stem");
    CHECK_TEXT(v ? v->name : "", "stem.2");
    CHECK(!tni_module_output(g, "ste") && !tni_module_output(g, "") && !tni_module_output(g, "stem.2.x"));
    tn_graph_free(g);
}

static void sizes_are_called_by_their_input(void) {
    tn_graph *g = load("sizes");
    if (!g) return;
    CHECK_TEXT(type_text(g->input[0]), "f32[args_0.0,3,2*args_0.2,args_0.3]");
    CHECK_TEXT(type_text(g->output[0]->value), "f32[args_0.0,6*args_0.2*args_0.3]");
    const tn_io *io = tn_graph_input(g, 0); // kernels are chosen for the sizes it was exported with
    CHECK(io && io->tuned[0] == 2 && io->tuned[2] == 8 && io->tuned[3] == 6);
    tn_graph_free(g);
}

// A sum is a tree as deep as it has terms.
static void long_sums_are_refused(void) {
    char text[2000] = "s0";
    tni_arena arena;
    tni_arena_init(&arena, env);
    for (int i = 0; i < 50; i++) strcat(text, "+s0");
    CHECK(tni_sympy_parse(&arena, text));
    for (int i = 0; i < 500; i++) strcat(text, "+s0");
    CHECK(!tni_sympy_parse(&arena, text));
    tni_arena_free(&arena);
}

// A buffer that is written to is an input that has a value, and what it holds at the end an output.
static void buffers_that_are_written_to_are_state(void) {
    tn_graph *g = load("counter");
    tn_plan *plan = NULL;
    tn_context *context = NULL;
    size_t next = 9;
    CHECK(tn_diags_count(diags) == 0);
    CHECK(g && g->ninput == 2 && g->noutput == 2);
    const tni_preset *state = g ? tni_graph_state(g, 1, &next) : NULL;
    CHECK(state && next == 1);
    CHECK_TEXT(state ? state->next : "", "count.next");
    CHECK(g && !tni_graph_state(g, 0, &next));
    CHECK(g && tn_plan_build(&plan, g, &(tn_build_options){.no_timing = true}, diags) == TN_OK);
    CHECK(plan && tn_context_new(&context, plan, NULL, diags) == TN_OK);
    CHECK_TEXT(plan ? tn_plan_input(plan, 1)->next : "", "count.next");
    tn_tensor *x = NULL, *held = NULL;
    CHECK(tn_tensor_new(&x, env, TN_F32, 2, (int64_t[]){3, 2}) == TN_OK);
    CHECK(tn_tensor_new(&held, env, TN_F32, 1, (int64_t[]){2}) == TN_OK);
    for (int i = 0; x && i < 6; i++) tn_tensor_set(x, i, 1);
    CHECK(context && tn_context_set_input(context, 0, x, diags) == TN_OK);
    for (int run = 1; context && run <= 3; run++) {
        CHECK(tn_context_run(context, diags) == TN_OK);
        CHECK((int)tn_tensor_get(tn_context_output(context, 0), 0) == run);
        CHECK((int)tn_tensor_get(tn_context_output(context, 1), 1) == run);
    }
    if (held) tn_tensor_set(held, 0, 40);
    CHECK(context && tn_context_set_input(context, 1, held, diags) == TN_OK);
    CHECK(context && tn_context_run(context, diags) == TN_OK);
    CHECK((int)tn_tensor_get(tn_context_output(context, 0), 0) == 41);
    CHECK((int)tn_tensor_get(tn_context_output(context, 0), 1) == 1);
    tn_tensor_free(x);
    tn_tensor_free(held);
    tn_context_free(context);
    tn_plan_free(plan);
    tn_graph_free(g);
}

// ---- what is wrong is told

typedef struct content {
    unsigned char *data;
    size_t size;
} content;

static content whole_file(const char *name) {
    char path[256];
    content c = {NULL, 0};
    snprintf(path, sizeof path, "%s/%s.pt2", folder, name);
    FILE *f = fopen(path, "rb");
    c.data = malloc(1 << 20);
    CHECK(f && c.data);
    if (f && c.data) c.size = fread(c.data, 1, 1 << 20, f);
    if (f) fclose(f);
    return c;
}

// Every `from` becomes `to`, which is as long; how often.
static int replace(content *c, const char *from, const char *to) {
    size_t n = strlen(from);
    int count = 0;
    for (size_t i = 0; i + n <= c->size; i++)
        if (!memcmp(c->data + i, from, n)) memcpy(c->data + i, to, n), count++;
    return count;
}

// The first complaint about a file whose members are not packed after a replacement.
static const tn_diag *complaint_of(const char *name, const char *from, const char *to) {
    content c = whole_file(name);
    tn_graph *g = NULL;
    tn_diags_clear(diags);
    CHECK(replace(&c, from, to) > 0);
    CHECK(tn_graph_load_memory(&g, env, c.data, c.size, "changed.pt2", NULL, NULL, diags) != TN_OK);
    free(c.data);
    CHECK(tn_diags_count(diags) > 0);
    static const tn_diag none = {.message = "(nothing)"};
    return tn_diags_count(diags) ? tn_diags_get(diags, 0) : &none;
}

static const tn_diag *complaint(const char *from, const char *to) {
    return complaint_of("weights", from, to);
}

static void unknown_operators_are_told_once_with_their_line(void) {
    const tn_diag *d = complaint("torch.ops.aten.mul.Tensor", "torch.ops.aten.mol.Tensor");
    CHECK(strstr(d->message, "this operator of PyTorch cannot be read; 2 nodes use it: 'mul', 'mul_1'"));
    CHECK_TEXT(d->op, "aten.mol.Tensor");
    CHECK(d->source && strstr(d->source, "zoo_own.py:"));
    CHECK(tn_diags_count(diags) == 3); // and where they are
    d = tn_diags_get(diags, 1);
    CHECK(d->severity == TN_NOTE && strstr(d->message, "out of it come"));
}

static void damaged_programs_are_told(void) {
    CHECK_TEXT(complaint("\"path_name\": \"weight_1\"", "\"path_name\": \"weight_x\"")->message,
               "its payload is not in the archive");
    CHECK_TEXT(complaint("{\"major\": 8,", "{\"major\": 9,")->message,
               "the program has schema version 9; 5 to 8 can be read");
    CHECK(strstr(complaint("{\"graph_module\":", "[\"graph_module\":")->message, "is no JSON"));
    CHECK_TEXT(complaint("\"parameter_name\": \"turned\"", "\"parameter_name\": \"turmed\"")->message,
               "the archive has no data for it");
}

static void views_beyond_their_payload_are_refused(void) {
    const tn_diag *d =
        complaint("\"storage_offset\": {\"as_int\": 8}", "\"storage_offset\": {\"as_int\":99}");
    CHECK_TEXT(d->message, "it reaches beyond its storage");
}

static void bins_of_pools_are_checked(void) {
    CHECK_TEXT(complaint_of("packed", "\"as_ints\": [2, 3]", "\"as_ints\": [-1,9]")->message,
               "-1 bins of 5 pixels cannot be laid out");
    CHECK_TEXT(complaint_of("packed", "\"as_ints\": [2, 3]", "\"as_ints\": [99,9]")->message,
               "places of maxima are told of up to 256 bins of 16777216 pixels");
}

// ---- whatever the bytes, it ends in a graph or in a message

static uint64_t state = 0x9e3779b97f4a7c15u;

static size_t random_below(size_t n) { // xorshift64* (Vigna, 2016)
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return n ? (size_t)((state * 0x2545f4914f6cdd1du) >> 16) % n : 0;
}

static bool survives(const unsigned char *data, size_t size) {
    tn_env *own;
    tn_graph *g = NULL;
    if (tn_env_new(&own, &(tn_env_options){.max_bytes = 256 << 20}) != TN_OK) return false;
    tn_diags_clear(diags);
    tn_status status = tni_import_memory(&g, own, data, size, "damaged", NULL, NULL, diags);
    bool told = status == TN_OK || status == TN_NOMEM || tn_diags_count(diags) > 0;
    bool fine = (status == TN_OK) == (g != NULL) && told && (!g || tni_verify(g, diags) == TN_OK);
    tn_graph_free(g);
    if (tn_env_bytes(own)) fine = false, printf("  leaked %zu bytes\n", tn_env_bytes(own));
    tn_env_free(own);
    return fine;
}

// Damage that stays JSON, mostly: digits and letters of names become others.
static void mutate(content *c) {
    static const char digits[] = "0123456789";
    for (size_t tries = 0, done = 0; tries < 4000 && done < 1 + random_below(3); tries++) {
        size_t at = random_below(c->size);
        unsigned char *p = &c->data[at];
        if (*p >= '0' && *p <= '9')
            *p = (unsigned char)digits[random_below(10)], done++;
        else if (*p >= 'a' && *p <= 'z' && !random_below(4))
            *p = (unsigned char)('a' + random_below(26)), done++;
        else if (!random_below(200))
            *p ^= (unsigned char)(1u << random_below(8)), done++;
    }
}

static void damage_is_survived(const char *name) {
    content c = whole_file(name);
    unsigned char *copy = malloc(c.size + 1);
    if (!copy) abort();
    for (int round = 0; round < 400; round++) {
        content damaged = {copy, c.size};
        memcpy(copy, c.data, c.size);
        if (round % 8)
            mutate(&damaged);
        else
            damaged.size = random_below(c.size);
        bool fine = survives(damaged.data, damaged.size);
        CHECK(fine);
        if (!fine) printf("  round %d\n", round);
    }
    free(copy);
    free(c.data);
}

static void damaged_files_are_survived(void) {
    damage_is_survived("weights");
    damage_is_survived("packed");
}

static void memory_may_run_out_anywhere(void) {
    content c = whole_file("other_writes");
    size_t limit = 64 << 10;
    for (tn_status status = TN_NOMEM; status == TN_NOMEM && limit < 64 << 20; limit += limit / 8) {
        tn_env *own;
        tn_graph *g = NULL;
        if (tn_env_new(&own, &(tn_env_options){.max_bytes = limit}) != TN_OK) continue;
        status = tni_import_memory(&g, own, c.data, c.size, "large", NULL, NULL, NULL);
        CHECK(status == TN_OK || status == TN_NOMEM);
        tn_graph_free(g);
        CHECK(tn_env_bytes(own) == 0);
        tn_env_free(own);
    }
    CHECK(limit > 128 << 10 && limit < 64 << 20);
    free(c.data);
}

int main(void) {
    if (!strstr(tn_features(), "json")) return printf("this build does not read .pt2\n"), 0;
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    RUN(every_network_gives_what_pytorch_gave);
    RUN(core_aten_is_complete);
    RUN(nodes_are_called_by_their_module);
    RUN(modules_stand_for_what_they_give);
    RUN(sizes_are_called_by_their_input);
    RUN(long_sums_are_refused);
    RUN(buffers_that_are_written_to_are_state);
    RUN(unknown_operators_are_told_once_with_their_line);
    RUN(damaged_programs_are_told);
    RUN(views_beyond_their_payload_are_refused);
    RUN(bins_of_pools_are_checked);
    RUN(damaged_files_are_survived);
    RUN(memory_may_run_out_anywhere);
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
