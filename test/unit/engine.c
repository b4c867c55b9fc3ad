// SPDX-License-Identifier: Apache-2.0
// engine.c - engine files: the same bytes every time, the same bits as the model, and never a crash, whatever
// is in them - also when their digest has been forged.
#include "plan/needs.h"
#include "plan/order.h"
#include "plan/writer.h"
#include "tenon/network.h"

#include <stdlib.h>

#include "check.h"

static const char net[] = "graph \"net\" {\n"
                          "  in %x: f32[N,4,8]\n"
                          "  const %w: f32[8,6] = {0.25...}\n"
                          "  const %b: f32[6] = {1, 2, 3, 4, 5, 6}\n"
                          "  const %axes: i64[1] = {1}\n"
                          "  %m = MatMul(%x, %w)\n"
                          "  %a = Add(%m, %b)\n"
                          "  %t = Tanh(%a)\n"
                          "  %s = ReduceSum(%t, %axes) {keepdims=0}\n"
                          "  %c = IsNaN(%s)\n"
                          "  %n = Not(%c)\n"
                          "  %k, %i = TopK(%s, %axes) {axis=-1}\n"
                          "  out %s\n"
                          "  out %n\n"
                          "  out %i\n"
                          "}\n";

static tn_env *env;

static tn_plan *build(void) {
    tn_graph *g = NULL;
    tn_plan *p = NULL;
    if (tn_graph_parse(&g, env, net, "net", NULL) == TN_OK)
        tn_plan_build(&p, g, &(tn_build_options){.threads = 1, .no_timing = true}, NULL);
    tn_graph_free(g);
    return p;
}

static bool run(const tn_plan *p, float *y) {
    tn_context *c = NULL;
    tn_tensor *x = NULL;
    bool ok = tn_tensor_new(&x, env, TN_F32, 3, (int64_t[]){2, 4, 8}) == TN_OK;
    for (int i = 0; ok && i < 64; i++) tn_tensor_set(x, i, (i % 7 - 3) * 0.125);
    ok = ok && tn_context_new(&c, p, NULL, NULL) == TN_OK && tn_context_set_input(c, 0, x, NULL) == TN_OK &&
         tn_context_run(c, NULL) == TN_OK;
    if (ok && tn_tensor_bytes(tn_context_output(c, 0)) == 12 * sizeof *y)
        memcpy(y, tn_tensor_const_data(tn_context_output(c, 0)), 12 * sizeof *y);
    tn_context_free(c);
    tn_tensor_free(x);
    return ok;
}

static void building_twice_gives_the_same_bytes(void) {
    tn_plan *a = build(), *b = build();
    CHECK(a && b && a->size == b->size && !memcmp(a->block, b->block, a->size));
    tn_plan_free(a);
    tn_plan_free(b);
}

static void a_saved_engine_gives_the_same_bits(void) {
    const char *path = "engine_test.tne";
    float y[12] = {0}, z[12] = {0};
    tn_plan *p = build(), *q = NULL;
    CHECK(p && tn_plan_save(p, path, NULL) == TN_OK && tn_file_is_plan(path));
    for (int map = 0; map < 2; map++) {
        CHECK(tn_plan_load(&q, env, path, map, NULL) == TN_OK);
        CHECK(q && run(p, y) && run(q, z) && !memcmp(y, z, sizeof y));
        tn_plan_free(q);
        q = NULL;
    }
    remove(path);
    tn_plan_free(p);
}

// Loads bytes; when they are accepted, the engine must also run or fail in words.
static bool accepted(const unsigned char *block, size_t size) {
    tn_plan *q = NULL;
    if (tn_plan_load_memory(&q, env, block, size, "forged", NULL) != TN_OK) return false;
    float y[12];
    run(q, y);
    tn_plan_free(q);
    return true;
}

static void a_wrapped_engine_is_used_in_place(void) {
    tn_plan *p = build(), *q = NULL;
    if (!p) exit(2);
    float want[12], got[12];
    unsigned char *copy = tni_alloc(env, p->size + 1); // aligned
    if (!copy) exit(2);
    memcpy(copy, p->block, p->size);
    CHECK(tn_plan_wrap(&q, env, copy, p->size, "wrapped", NULL) == TN_OK && q->block == copy);
    run(p, want);
    run(q, got);
    CHECK(!memcmp(want, got, sizeof want));
    tn_plan_free(q);
    memmove(copy + 1, copy, p->size);
    CHECK(tn_plan_wrap(&q, env, copy + 1, p->size, "wrapped", NULL) == TN_INVALID);
    tni_free(env, copy);
    tn_plan_free(p);
}

static void every_truncation_and_bit_flip_is_refused(void) {
    tn_plan *p = build();
    if (!p) exit(2);
    unsigned char *copy = malloc(p->size);
    if (!copy) exit(2);
    int wrong = 0;
    for (size_t n = 0; n < p->size; n++) wrong += accepted(p->block, n);
    memcpy(copy, p->block, p->size);
    for (size_t bit = 0; bit < p->size * 8; bit++) {
        copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
        wrong += accepted(copy, p->size);
        copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    CHECK(wrong == 0);
    free(copy);
    tn_plan_free(p);
}

// ---- the parts of the data

// Two matrices are packed as they are, `w` and `v`; the third is packed scaled, so that the model's own is
// needed beside it.
static const char wide[] = "graph \"wide\" {\n"
                           "  in %x: f32[2,4,8]\n"
                           "  const %w: f32[8,640] = {0.25...}\n"
                           "  const %v: f32[640,40] = {0.5...}\n"
                           "  const %u: f32[40,60] = {0.5...}\n"
                           "  const %two: f32[1] = {2}\n"
                           "  %m = MatMul(%x, %w)\n"
                           "  %t = Tanh(%m)\n"
                           "  %n = MatMul(%t, %v)\n"
                           "  %k = Mul(%u, %two)\n"
                           "  %y = MatMul(%n, %k)\n"
                           "  %s = ReduceSum(%y) {keepdims=0}\n"
                           "  out %y\n"
                           "  out %s\n"
                           "}\n";

enum { WIDE_OUT = 2 * 4 * 60 };

// Other numbers for constant `name`, the same every time.
static void scatter(tn_graph *g, const char *name) {
    for (const tni_node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->nin; i++) {
            const tni_value *v = n->in[i].value;
            if (!v || strcmp(v->name, name)) continue;
            float *x = tni_mutable(v->info.constant->data);
            for (size_t k = 0; k < v->info.constant->bytes / sizeof *x; k++)
                x[k] = (float)(k * 2654435761u % 1000) / 4096 - 0.1f;
        }
}

static tn_graph *graph_of_wide(void) {
    tn_graph *g = NULL;
    if (tn_graph_parse(&g, env, wide, "wide", NULL) != TN_OK) exit(2);
    scatter(g, "w");
    scatter(g, "v");
    scatter(g, "u");
    return g;
}

// A copy of the engine of `wide`, aligned, to be spoiled and wrapped.
static unsigned char *copy_of_wide(tn_plan **p) {
    tn_graph *g = graph_of_wide();
    *p = NULL;
    tn_plan_build(p, g, &(tn_build_options){.threads = 1, .no_timing = true}, NULL);
    tn_graph_free(g);
    unsigned char *copy = *p ? tni_alloc(env, (*p)->size) : NULL;
    if (!copy) exit(2);
    memcpy(copy, (*p)->block, (*p)->size);
    return copy;
}

static tn_status status_of_run(const tn_plan *p, float y[WIDE_OUT]) {
    tn_context *c = NULL;
    tn_tensor *x = NULL;
    tn_status s = tn_tensor_new(&x, env, TN_F32, 3, (int64_t[]){2, 4, 8});
    for (int i = 0; s == TN_OK && i < 64; i++) tn_tensor_set(x, i, (i % 7 - 3) * 0.125);
    if (s == TN_OK) s = tn_context_new(&c, p, NULL, NULL);
    if (s == TN_OK) s = tn_context_set_input(c, 0, x, NULL);
    if (s == TN_OK) s = tn_context_run(c, NULL);
    if (s == TN_OK) memcpy(y, tn_tensor_const_data(tn_context_output(c, 0)), WIDE_OUT * sizeof *y);
    tn_context_free(c);
    tn_tensor_free(x);
    return s;
}

static void constants_that_were_packed_are_not_read_again(void) {
    tn_plan *p, *q = NULL;
    tn_graph *g = NULL;
    float want[WIDE_OUT] = {0}, got[WIDE_OUT] = {1};
    unsigned char *copy = copy_of_wide(&p);
    CHECK(p->program - p->spare >= 40 * 60 * sizeof(float));
    for (size_t i = p->spare; i < p->program; i++) copy[i] ^= 0xff;
    CHECK(tn_plan_wrap(&q, env, copy, p->size, "spoiled", NULL) == TN_OK);
    CHECK(status_of_run(p, want) == TN_OK && q && status_of_run(q, got) == TN_OK);
    CHECK(!memcmp(want, got, sizeof want));
    CHECK(q && tn_plan_verify(p, NULL) == TN_OK && tn_plan_verify(q, NULL) == TN_FORMAT);
    CHECK(q && tn_plan_model(q, &g, NULL) == TN_FORMAT && tn_plan_optimized(q, &g, NULL) == TN_FORMAT);
    tn_plan_free(q);
    tn_plan_free(p);
    tni_free(env, copy);
}

static const tn_tensor *constant_of(const tn_graph *g, const char *name) {
    for (const tni_node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->nin; i++)
            if (n->in[i].value && !strcmp(n->in[i].value->name, name)) return n->in[i].value->info.constant;
    return NULL;
}

static bool same_constant(const tn_graph *a, const tn_graph *b, const char *name) {
    const tn_tensor *x = constant_of(a, name), *y = constant_of(b, name);
    return x && y && x->bytes == y->bytes && !memcmp(x->data, y->data, x->bytes);
}

static void weights_that_were_packed_are_there_once(void) {
    tn_plan *p, *q = NULL;
    tn_graph *g = NULL, *model = graph_of_wide();
    tni_free(env, copy_of_wide(&p));
    CHECK(p->made_bytes >= (8 * 640 + 640 * 40 + 40 * 60) * sizeof(float));
    CHECK(p->program - p->spare < 2 * 40 * 60 * sizeof(float)); // `u` only
    size_t held = tn_env_bytes(env);
    float y[WIDE_OUT];
    CHECK(status_of_run(p, y) == TN_OK && tn_env_bytes(env) < held + 4096); // running makes nothing
    CHECK(tn_plan_model(p, &g, NULL) == TN_OK && tn_env_bytes(env) >= held + p->made_bytes);
    CHECK(g && same_constant(g, model, "w") && same_constant(g, model, "v") && same_constant(g, model, "u"));
    CHECK(g && tn_plan_build(&q, g, &(tn_build_options){.no_timing = true, .threads = 1}, NULL) == TN_OK);
    CHECK(q && q->size == p->size && !memcmp(q->block, p->block, p->size));
    tn_plan_free(q);
    tn_graph_free(g);
    tn_graph_free(model);
    tn_plan_free(p);
}

// A matrix that its kernel reads as it is, and the model has the other way round.
static void a_transposed_matrix_is_there_once(void) {
    tn_graph *g = NULL, *model = NULL;
    tn_plan *p = NULL;
    const char *text = "graph \"g\" {\n"
                       "  in %x: f32[1,64]\n"
                       "  const %w: f32[80,64] = {0.25...}\n"
                       "  %t = Transpose(%w) {perm=[1,0]}\n"
                       "  %y = MatMul(%x, %t)\n"
                       "  out %y\n"
                       "}\n";
    CHECK(tn_graph_parse(&g, env, text, "g", NULL) == TN_OK);
    scatter(g, "w");
    CHECK(tn_plan_build(&p, g, &(tn_build_options){.threads = 1, .no_timing = true}, NULL) == TN_OK);
    tn_graph_free(g);
    CHECK(p && p->size < 2 * 80 * 64 * sizeof(float));
    CHECK(p && tn_plan_model(p, &model, NULL) == TN_OK);
    CHECK(tn_graph_parse(&g, env, text, "g", NULL) == TN_OK);
    scatter(g, "w");
    CHECK(model && same_constant(g, model, "w"));
    tn_graph_free(model);
    tn_graph_free(g);
    tn_plan_free(p);
}

static const char image[] = "graph \"image\" {\n"
                            "  in %x: f32[1,32,12,12]\n"
                            "  const %a: f32[64,32,3,3] = {0.25...}\n"
                            "  const %d: f32[64,1,5,5] = {0.5...}\n"
                            "  const %b: f32[40,64,1,1] = {0.5...}\n"
                            "  %p = Conv(%x, %a) {pads=[1,1,1,1]}\n"
                            "  %q = Conv(%p, %d) {group=64, pads=[2,2,2,2]}\n"
                            "  %y = Conv(%q, %b)\n"
                            "  out %y\n"
                            "}\n";

static tn_plan *plan_of_image(void) {
    tn_graph *g = NULL;
    tn_plan *p = NULL;
    if (tn_graph_parse(&g, env, image, "image", NULL) != TN_OK) exit(2);
    scatter(g, "a");
    scatter(g, "d");
    scatter(g, "b");
    tn_build_options o = {.threads = 1, .no_timing = true, .tactics = "!*winograd*"}; // it transforms
    if (tn_plan_build(&p, g, &o, NULL) != TN_OK) exit(2);
    tn_graph_free(g);
    return p;
}

static void weights_of_convolutions_are_there_once(void) {
    tn_plan *p = plan_of_image();
    CHECK(p->program < (64 * 32 * 9 + 64 * 25 + 40 * 64) * sizeof(float) * 4 / 3); // blocks are filled up
    tn_plan_free(p);
}

static bool run_image(const tn_plan *p, tn_tensor **to) {
    tn_context *c = NULL;
    tn_tensor *x = NULL;
    bool ok = tn_tensor_new(&x, env, TN_F32, 4, (int64_t[]){1, 32, 12, 12}) == TN_OK;
    for (int i = 0; ok && i < 32 * 144; i++) tn_tensor_set(x, i, (i % 13 - 6) * 0.125);
    ok = ok && tn_context_new(&c, p, NULL, NULL) == TN_OK && tn_context_set_input(c, 0, x, NULL) == TN_OK &&
         tn_context_run(c, NULL) == TN_OK &&
         tn_tensor_new(to, env, TN_F32, 4, (int64_t[]){1, 40, 12, 12}) == TN_OK;
    if (ok) memcpy(tn_tensor_data(*to), tn_tensor_const_data(tn_context_output(c, 0)), tn_tensor_bytes(*to));
    tn_context_free(c);
    tn_tensor_free(x);
    return ok;
}

// Its kernels cannot run there, nor undo what they packed: the weights come from orders alone.
static void another_cpu_plans_again_from_packed_weights(void) {
    tn_plan *p = plan_of_image(), *q = NULL;
    tn_env *plain = NULL;
    tn_tensor *want = NULL, *got = NULL;
    tn_comparison r;
    CHECK(tn_env_new(&plain, &(tn_env_options){.isa = "generic"}) == TN_OK);
    CHECK(tn_plan_load_memory(&q, plain, p->block, p->size, "image", NULL) == TN_OK);
    CHECK(run_image(p, &want) && q && run_image(q, &got));
    CHECK(want && got && tn_tensor_compare(got, want, 1e-5, 1e-5, &r) == TN_OK);
    tn_tensor_free(want);
    tn_tensor_free(got);
    tn_plan_free(q);
    tn_env_free(plain);
    tn_plan_free(p);
}

// Memory that may not be had is told, and nothing is lost: with more of it the constants are there.
static void made_constants_count_as_memory(void) {
    tn_env *own = NULL;
    tn_plan *p, *q = NULL;
    tn_graph *g = NULL;
    tn_diags *diags = NULL;
    unsigned char *copy = copy_of_wide(&p);
    CHECK(tn_env_new(&own, NULL) == TN_OK && tn_diags_new(&diags, own) == TN_OK);
    CHECK(tn_plan_wrap(&q, own, copy, p->size, "wide", NULL) == TN_OK);
    own->max_bytes = tn_env_bytes(own) + q->made_bytes / 2;
    CHECK(tn_plan_model(q, &g, diags) == TN_NOMEM);
    own->max_bytes = 0;
    CHECK(tn_plan_model(q, &g, diags) == TN_OK);
    tn_graph_free(g);
    tn_plan_free(q);
    tn_diags_free(diags);
    tn_env_free(own);
    tn_plan_free(p);
    tni_free(env, copy);
}

// What an engine runs is a graph for anybody: changing it leaves the engine alone.
static void its_network_can_be_had(void) {
    tn_plan *p, *again = NULL;
    tn_graph *g = NULL;
    const char *own, *text;
    float want[WIDE_OUT] = {0}, got[WIDE_OUT] = {1};
    tni_free(env, copy_of_wide(&p));
    CHECK(status_of_run(p, want) == TN_OK && tn_plan_optimized(p, &g, NULL) == TN_OK);
    CHECK(g && tn_plan_text(p, &own) == TN_OK && tn_graph_text(g, true, &text) == TN_OK &&
          !strcmp(own, text));
    CHECK(g && tn_plan_build(&again, g, &(tn_build_options){.no_timing = true, .threads = 1}, NULL) == TN_OK);
    CHECK(again && status_of_run(again, got) == TN_OK && !memcmp(want, got, sizeof want));
    tn_plan_free(again);
    tn_graph_free(g);
    tn_plan_free(p);
}

static void look_at(void *user, const tn_node *node) { *(int *)user += node->op != NULL; }

static void an_engine_that_was_looked_at_runs_as_before(void) {
    tn_plan *p;
    const char *text;
    int nodes = 0;
    float want[WIDE_OUT] = {0}, got[WIDE_OUT] = {1};
    tni_free(env, copy_of_wide(&p));
    CHECK(status_of_run(p, want) == TN_OK);
    CHECK(tn_plan_text(p, &text) == TN_OK && tn_plan_visit(p, look_at, &nodes) == TN_OK && nodes);
    CHECK(status_of_run(p, got) == TN_OK && !memcmp(want, got, sizeof want));
    tn_plan_free(p);
}

static void damaged_weights_are_refused_before_they_are_used(void) {
    tn_plan *p, *q = NULL;
    float y[WIDE_OUT];
    unsigned char *copy = copy_of_wide(&p);
    int wrong = 0;
    for (size_t at = TNI_PLAN_HEADER; at < p->spare; at += 1 + at % 41) {
        copy[at] ^= 0x10;
        CHECK(tn_plan_wrap(&q, env, copy, p->size, "spoiled", NULL) == TN_OK);
        wrong += status_of_run(q, y) != TN_FORMAT;
        tn_plan_free(q);
        copy[at] ^= 0x10;
    }
    CHECK(wrong == 0);
    tn_plan_free(p);
    tni_free(env, copy);
}

static void an_engine_written_while_it_is_built_has_the_same_bytes(void) {
    const char *path = "engine_built.tne";
    tn_plan *p, *q = NULL;
    tn_graph *g = graph_of_wide();
    float want[WIDE_OUT] = {0}, got[WIDE_OUT] = {1};
    unsigned char *copy = copy_of_wide(&p);
    tn_build_options o = {.threads = 1, .no_timing = true, .engine = path};
    CHECK(tn_plan_build(&q, g, &o, NULL) == TN_OK);
    CHECK(q && q->size == p->size && !memcmp(q->block, p->block, p->size));
    CHECK(q && status_of_run(p, want) == TN_OK && status_of_run(q, got) == TN_OK);
    CHECK(!memcmp(want, got, sizeof want));
    tn_plan_free(q);
    tn_plan_free(p);
    tn_graph_free(g);
    tni_free(env, copy);
    remove(path);
    o.engine = "no/such/folder/x.tne";
    g = graph_of_wide();
    CHECK(tn_plan_build(&q, g, &o, NULL) == TN_IO);
    tn_graph_free(g);
}

static uint64_t next(uint64_t *seed) {
    return *seed = *seed * 6364136223846793005u + 1442695040888963407u, *seed >> 33;
}

// The engine of `p` with one to three numbers in [from, to) overwritten, and a right digest.
static void forge(unsigned char *copy, const tn_plan *p, size_t from, size_t to, uint64_t *seed) {
    static const uint64_t values[] = {
        0, 1, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, UINT64_C(1) << 63, UINT64_MAX};
    memcpy(copy, p->block, p->size);
    for (uint64_t edits = 1 + next(seed) % 3; edits; edits--) {
        size_t at = from + (size_t)next(seed) % (to - from), width = (size_t)1 << next(seed) % 4;
        uint64_t value = next(seed) & 1 ? values[next(seed) % 9] : next(seed);
        for (size_t i = 0; i < width && at + i < to; i++) copy[at + i] = (unsigned char)(value >> (8 * i));
    }
    tni_plan_seal(copy, p->size);
}

// Any of these may be accepted; none may crash, hang or read outside the block (sanitizers watch).
static void forged_engines_never_crash(void) {
    tn_plan *p = build();
    if (!p) exit(2);
    unsigned char *copy = malloc(p->size);
    if (!copy) exit(2);
    uint64_t seed = 42;
    for (int round = 0; round < 6000; round++) {
        forge(copy, p, 32, p->size, &seed);
        accepted(copy, p->size);
    }
    memcpy(copy, p->block, p->size);
    tni_plan_seal(copy, p->size);
    CHECK(accepted(copy, p->size)); // the forger's digest is the real one
    free(copy);
    tn_plan_free(p);
}

// The same of the table of pieces and their orders: constants that are made by them stay where they belong.
static void forged_orders_never_crash(void) {
    tn_plan *p, *q;
    tn_graph *g;
    unsigned char *copy = copy_of_wide(&p);
    uint64_t seed = 43;
    int loaded = 0, made = 0;
    size_t table = p->program + 4 + p->npieces * 24;
    for (int round = 0; round < 4000; round++) {
        forge(copy, p, p->program, table + 500, &seed);
        if (tn_plan_wrap(&q, env, copy, p->size, "forged", NULL) != TN_OK) continue;
        loaded++;
        if (tn_plan_model(q, &g, NULL) == TN_OK) made++, tn_graph_free(g);
        tn_plan_free(q);
    }
    CHECK(loaded > made);
    tn_plan_free(p);
    tni_free(env, copy);
}

// An engine of one node, whose constant is made of what lies in the block the other way round; `packed`: the
// node's step says that it packed it so.
static tn_status status_of_made(const char *text, bool packed) {
    tn_graph *g = NULL;
    tn_plan *p = NULL;
    tni_text program = {.env = env}, origin = program, order = program;
    tni_writer w;
    void *block = NULL;
    size_t size = 0;
    if (tn_graph_parse(&g, env, text, "g", NULL) != TN_OK) exit(2);
    scatter(g, "w");
    const tn_tensor *x = g->first->in[1].value->info.constant;
    uint32_t n = (uint32_t)(x->bytes / 4), *place = calloc(n, 4), *turned = calloc(n, 4);
    if (!place || !turned || tni_writer_begin(&w, env, NULL, NULL) != TN_OK) exit(2);
    for (uint32_t i = 0; i < n; i++) {
        place[i] = n - i;
        memcpy(&turned[i], (const char *)x->data + (size_t)(n - 1 - i) * 4, 4);
    }
    CHECK(tni_order_find(&order, place, n, n));
    uint32_t from = tni_writer_pack(&w, turned, x->bytes);
    tni_writer_make(&w, x, from, &order);
    g->first->mark = 0;
    tni_encoded_step step = {"", packed ? from : TNI_NO_PIECE, -1};
    tni_put_string(&program, "*", 1);
    tni_needs_put(&program, &(tni_needs){.env = env});
    CHECK(tni_encode_graph(&program, &w, g, &step) == TN_OK);
    tni_encode_tuned(&program, &g->input[0]->info.type, &g->root->dims, (int64_t[]){64, 64});
    CHECK(tni_encode_graph(&origin, &w, g, NULL) == TN_OK);
    CHECK(tni_writer_end(&w, &program, &origin, 1, false, &block, &size, NULL) == TN_OK);
    tn_status status = tn_plan_load_memory(&p, env, block, size, "made", NULL);
    if (status == TN_OK) tn_plan_free(p);
    tni_writer_free(&w);
    tni_text_free(&program);
    tni_text_free(&origin);
    tni_free(env, block);
    tn_graph_free(g);
    free(place);
    free(turned);
    return status;
}

// What nobody packed is read as it is: were it made later, its numbers would change under those who had read
// them, as a shape, before.
static void only_what_was_packed_is_made(void) {
    static const char sum[] = "graph \"g\" {\n  in %x: f32[64,64]\n  const %w: f32[64,64] = {0.25...}\n"
                              "  %y = Add(%x, %w)\n  out %y\n}\n";
    static const char vector[] = "graph \"g\" {\n  in %x: f32[64,2048]\n  const %w: f32[2048] = {0.25...}\n"
                                 "  %y = Add(%x, %w)\n  out %y\n}\n";
    static const char shape[] = "graph \"g\" {\n  in %x: f32[64,64]\n  const %s: i64[2] = {32, 128}\n"
                                "  %y = Reshape(%x, %s)\n  out %y\n}\n";
    CHECK(status_of_made(sum, true) == TN_OK);
    CHECK(status_of_made(sum, false) == TN_FORMAT);
    CHECK(status_of_made(vector, true) == TN_FORMAT);
    CHECK(status_of_made(shape, true) == TN_FORMAT);
}

// It stays refused, and asking again takes no more memory.
static void what_is_made_wrong_is_refused(void) {
    tn_plan *p, *q = NULL;
    tn_graph *g = NULL;
    unsigned char *copy = copy_of_wide(&p);
    size_t piece = 0, held = 0;
    while (p->piece[piece].offset) piece++;
    copy[p->program + 4 + piece * 24 + 16] ^= 1; // its digest
    tni_plan_seal(copy, p->size);
    CHECK(tn_plan_wrap(&q, env, copy, p->size, "wrong", NULL) == TN_OK);
    for (int i = 0; q && i < 3; i++) {
        CHECK(tn_plan_model(q, &g, NULL) == TN_FORMAT);
        if (i) CHECK(tn_env_bytes(env) == held);
        held = tn_env_bytes(env);
    }
    tn_plan_free(q);
    tn_plan_free(p);
    tni_free(env, copy);
}

int main(void) {
    if (tn_env_new(&env, &(tn_env_options){.max_bytes = (size_t)1 << 28}) != TN_OK) return 2;
    RUN(building_twice_gives_the_same_bytes);
    RUN(a_saved_engine_gives_the_same_bits);
    RUN(a_wrapped_engine_is_used_in_place);
    RUN(every_truncation_and_bit_flip_is_refused);
    RUN(constants_that_were_packed_are_not_read_again);
    RUN(weights_that_were_packed_are_there_once);
    RUN(a_transposed_matrix_is_there_once);
    RUN(weights_of_convolutions_are_there_once);
    RUN(another_cpu_plans_again_from_packed_weights);
    RUN(made_constants_count_as_memory);
    RUN(its_network_can_be_had);
    RUN(an_engine_that_was_looked_at_runs_as_before);
    RUN(damaged_weights_are_refused_before_they_are_used);
    RUN(an_engine_written_while_it_is_built_has_the_same_bytes);
    RUN(forged_engines_never_crash);
    RUN(forged_orders_never_crash);
    RUN(only_what_was_packed_is_made);
    RUN(what_is_made_wrong_is_refused);
    if (tn_env_bytes(env)) check_failed++, puts("memory leaked");
    tn_env_free(env);
    return DONE();
}
