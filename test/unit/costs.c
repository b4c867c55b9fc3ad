// SPDX-License-Identifier: Apache-2.0
// costs.c - the cost model: it knows every kernel that it has constants for, prefers what takes less work,
// and is what a build without timing goes by, on either kind of machine. With the path of a timing cache:
// prints one line for each time in it, kernel, nanoseconds, and the work that the kernel does, for
// scripts/fit_costs.py.
#include "ir/graph.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "tactic/cache.h"
#include "tactic/model.h"

#include "check.h"

#include <stdlib.h>

static tn_env *env;
static tn_diags *diags;

// ------------------------------------------------------------------------ a problem out of its key

enum { MOST = 64 };
typedef struct problem {
    tn_graph *graph;
    tn_tensor tensor[2 * MOST];
    const tn_tensor *in[MOST], *out[MOST];
    tn_problem p;
} problem;

static int64_t zeros[1 << 10]; // data of constants: nobody reads further than small lists

// One argument, "f32[1,2]", "i64[2]c{3,4}", "_", into *t and as an input of the graph.
static const char *argument(const char *at, tn_tensor *t, tni_text *graph, int i, bool *given) {
    const char *open = at + strcspn(at, "[,) "), *end = open;
    *given = *open == '[';
    if (!*given) return open;
    end += strcspn(end, "]") + 1;
    tni_text_printf(graph, "  in %%a%d: %.*s\n", i, (int)(end - at), at);
    if (*end != 'c') return end;
    t->data = zeros;
    end++;
    return *end == '{' ? end + strcspn(end, "}") + 1 : end;
}

// The key behind the machine, "Op(ins) outs {attributes}". False: not one that can be made up.
static bool problem_open(problem *q, const char *key) {
    memset(q, 0, sizeof *q);
    const char *open = strchr(key, '(');
    if (!open) return false;
    tni_text graph = {.env = env}, args = {.env = env};
    tni_text_puts(&graph, "graph \"g\" {\n");
    int nin = 0, nout = 0;
    const char *at = open + 1;
    for (bool given; *at && *at != ')' && nin < MOST; nin++) {
        at = argument(at, &q->tensor[nin], &graph, nin, &given);
        tni_text_printf(&args, given ? "%s%%a%d" : "%s_", nin ? ", " : "", nin);
        if (*at == ',') at += 2;
    }
    if (*at) at++;
    tni_text outs = {.env = env};
    while (*at == ' ' && at[1] != '{' && nout < MOST) {
        bool given;
        int i = MOST + nout++;
        tni_text unused = {.env = env};
        const char *from = at + 1;
        at = argument(from, &q->tensor[i], &unused, i, &given);
        tni_text_printf(&outs, nout > 1 ? ", %%y%d" : "%%y%d", i);
        tni_text_printf(&graph, "  in %%a%d: %.*s\n", i, (int)(strcspn(from, "]") + 1), from);
        tni_text_free(&unused);
    }
    tni_text_printf(&graph, "  %s = %.*s(%s)%s\n}\n", outs.data ? outs.data : "", (int)(open - key), key,
                    args.data ? args.data : "", at);
    bool fine = !graph.failed && nout &&
                tni_graph_parse(&q->graph, env, graph.data, graph.length, "key", diags) == TN_OK;
    tni_text_free(&graph);
    tni_text_free(&args);
    tni_text_free(&outs);
    if (!fine) return false;
    const tni_node *n = q->graph->first;
    size_t input = 0;
    for (int i = 0; i < 2 * MOST; i++) {
        bool is_in = i < nin, used = is_in ? n->in[i].value != NULL : i >= MOST && i < MOST + nout;
        if (!used) continue;
        const tn_type *type = &q->graph->input[input++]->info.type;
        tn_tensor *t = &q->tensor[i];
        t->kind = TN_TENSOR;
        t->dtype = type->dtype;
        t->rank = type->rank;
        for (int d = 0; d < t->rank; d++) t->dim[d] = type->dim[d].k;
        tni_tensor_size(t->dtype, t->rank, t->dim, &t->bytes);
        if (is_in)
            q->in[i] = t;
        else
            q->out[i - MOST] = t;
    }
    q->p = (tn_problem){tni_attrs(n), nin, nout, q->in, q->out};
    return true;
}

static void problem_close(problem *q) {
    tn_graph_free(q->graph);
    q->graph = NULL;
    tn_diags_clear(diags);
}

static const tn_tactic_def *tactic_named(const char *name) {
    for (size_t i = 0; i < tni_tactic_count; i++)
        if (!strcmp(tni_tactics[i]->name, name)) return tni_tactics[i];
    return NULL;
}

static int print_work(const char *path) {
    tni_cache cache;
    tni_cache_init(&cache, env);
    if (tni_cache_read(&cache, path, diags) != TN_OK) return 2;
    size_t lost = 0;
    for (const tni_times *t = cache.first; t; t = t->next) {
        static problem q;
        const char *key = t->key;
        for (int i = 0; i < 4 && key; i++) key = strchr(key, ';') ? strchr(key, ';') + 1 : NULL;
        if (!key || !problem_open(&q, key)) {
            lost++;
            problem_close(&q);
            continue;
        }
        for (int i = 0; i < t->n; i++) {
            const tn_tactic_def *tactic = tactic_named(t->tactic[i]);
            if (!tactic || tni_tactic_reject(tactic, &q.p, ~0u)) continue;
            tni_work w = tni_work_of(tactic, &q.p);
            printf("%s\t%s\t%.0f", t->key, tactic->name, t->ns[i]);
            for (int k = 0; k < TNI_WORK; k++) printf("\t%.9g", w.of[k]);
            printf("\n");
        }
        problem_close(&q);
    }
    tni_cache_free(&cache);
    fprintf(stderr, "%zu keys could not be read\n", lost);
    return 0;
}

// A layer of 3x3 with as many channels in as out, in blocks; `size` is the output's.
static const char *layer(char *key, int channels, int size, int stride) {
    sprintf(key,
            "tn.BlockedConv(f32[1,%d,%d,%d,16], f32[%d,%d,3,3]c, f32[%d]c) f32[1,%d,%d,%d,16] "
            "{pads=[1,1,1,1],strides=[%d,%d]}",
            channels / 16, size * stride, size * stride, channels, channels, channels, channels / 16, size,
            size, stride, stride);
    return key;
}

static const tni_model *model; // that the tests look at

static double estimate(const char *name, int channels, int size, int stride) {
    static problem q;
    char key[300];
    const tn_tactic_def *t = tactic_named(name);
    double ns = t && problem_open(&q, layer(key, channels, size, stride)) ? tni_estimate(model, t, &q.p) : 0;
    problem_close(&q);
    return ns;
}

static double products(const char *name, int channels, int size, int stride) {
    static problem q;
    char key[300];
    const tn_tactic_def *t = tactic_named(name);
    double n = t && problem_open(&q, layer(key, channels, size, stride)) ? tni_work_of(t, &q.p).of[1] : 0;
    problem_close(&q);
    return n;
}

static void more_work_takes_longer(void) {
    int known = 0;
    for (size_t i = 0; i < tni_tactic_count; i++) {
        if (!strstr(tni_tactics[i]->name, "winograd:F")) continue;
        double small = estimate(tni_tactics[i]->name, 64, 28, 1),
               large = estimate(tni_tactics[i]->name, 128, 56, 1);
        CHECK((small > 0) == (large > 0) && (!(small > 0) || large > 3 * small));
        known += small > 0;
    }
    CHECK(known >= 6); // three sizes of tiles, two instruction sets
}

static void tiles_that_do_not_fit_cost_what_they_cover(void) {
    double f4 = estimate("cpu.avx512.conv.f32.winograd:F4", 512, 7, 1);
    CHECK(estimate("cpu.avx512.conv.f32.winograd:F2", 512, 7, 1) < f4);
    CHECK(estimate("cpu.avx512.conv.f32.winograd:F4", 64, 56, 1) <
          estimate("cpu.avx512.conv.f32.blocked:tn.BlockedConv", 64, 56, 1));
}

// Weights that are transformed as they are used are packed plainly, but multiplied as often.
static void late_weights_make_as_many_products(void) {
    for (int stride = 1; stride <= 2; stride++) {
        double early = products("cpu.avx512.conv.f32.winograd:F4", 128, 28, stride);
        double late = products("cpu.avx512.conv.f32.winograd:F4-late", 128, 28, stride);
        CHECK(early > 0 && late > 0.99 * early && late < 1.01 * early);
    }
    CHECK(estimate("cpu.avx512.conv.f32.blocked:tn.BlockedConv", 256, 14, 2) <
          1.5 * estimate("cpu.avx512.conv.f32.winograd:F4-late", 256, 14, 2)); // so that both are timed
}

static double of_key(const char *name, const char *key) {
    static problem q;
    const tn_tactic_def *t = tactic_named(name);
    double ns =
        t && problem_open(&q, key) && !tni_tactic_reject(t, &q.p, ~0u) ? tni_estimate(model, t, &q.p) : 0;
    problem_close(&q);
    CHECK(ns > 0);
    return ns;
}

// What the pass `chain` goes by in a build without timing.
static void chains_cost_less_where_they_were_measured_to(void) {
    static const char dense[] = "cpu.avx512.conv.f32.blocked:tn.BlockedConv",
                      each[] = "cpu.avx512.conv.f32.blocked.depthwise:tn.BlockedConv",
                      together[] = "cpu.avx512.conv.f32.blocked:tn.BlockedChain";
    double layers =
        of_key(dense, "tn.BlockedConv(f32[1,2,56,56,16], f32[144,24,1,1]c, f32[144]c) f32[1,9,56,56,16]") +
        of_key(each, "tn.BlockedConv(f32[1,9,56,56,16], f32[144,1,3,3]c, f32[144]c) f32[1,9,56,56,16] "
                     "{group=144,pads=[1,1,1,1]}") +
        of_key(dense, "tn.BlockedConv(f32[1,9,56,56,16], f32[24,144,1,1]c, f32[24]c) f32[1,2,56,56,16]");
    CHECK(of_key(together, "tn.BlockedChain(f32[1,2,56,56,16], f32[144,24,1,1]c, f32[144]c, "
                           "f32[144,1,3,3]c, f32[144]c, f32[24,144,1,1]c, f32[24]c) f32[1,2,56,56,16] "
                           "{groups=[1,144,1],pads=[0,0,0,0,1,1,1,1,0,0,0,0]}") < layers);
    double products =
        of_key(dense, "tn.BlockedConv(f32[1,30,1,1,16], f32[20,480,1,1]c, f32[20]c) f32[1,2,1,1,16]") +
        of_key(dense, "tn.BlockedConv(f32[1,2,1,1,16], f32[480,20,1,1]c, f32[480]c) f32[1,30,1,1,16]");
    CHECK(of_key("cpu.avx512.gate.f32", "tn.BlockedChain(f32[1,30,1,1,16], f32[20,480,1,1]c, f32[20]c, "
                                        "f32[480,20,1,1]c, f32[480]c) f32[1,30,1,1,16]") < products);
}

// Kernels that only the other table has constants of are not known.
static void kinds_of_machine_have_their_own(void) {
    static const char split[] = "cpu.amx.conv.f32.blocked.split",
                      wide[] = "cpu.avx512.conv.f32.blocked:tn.BlockedConv";
    const tni_model *amd = tni_model_of("AuthenticAMD"), *intel = tni_model_of("GenuineIntel");
    CHECK(intel != amd && tni_model_of("") == amd);
    model = amd;
    CHECK(!(estimate(split, 256, 28, 1) > 0));
    model = intel;
    CHECK(estimate(split, 256, 28, 1) > 0 && estimate(split, 256, 28, 1) < 0.7 * estimate(wide, 256, 28, 1));
}

int main(int count, char **argument_list) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 2;
    if (count > 1) return print_work(argument_list[1]);
    if (!tactic_named("cpu.avx512.gate.f32")) {
        printf("note: this build has no kernels for x86-64: their costs are not looked at\n");
        tn_diags_free(diags);
        tn_env_free(env);
        return DONE();
    }
    RUN(kinds_of_machine_have_their_own);
    static const char *const vendors[] = {"AuthenticAMD", "GenuineIntel"};
    for (int i = 0; i < 2; i++) {
        model = tni_model_of(vendors[i]);
        RUN(more_work_takes_longer);
        RUN(tiles_that_do_not_fit_cost_what_they_cover);
        RUN(chains_cost_less_where_they_were_measured_to);
        RUN(late_weights_make_as_many_products);
    }
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
