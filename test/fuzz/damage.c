// SPDX-License-Identifier: Apache-2.0
// damage.c - damages models and engines at random and loads, builds and runs what comes out: anything may be
// refused, nothing may crash. Most damaged engines get a digest that is right, as from a forger.
// usage: damage SECONDS SEED SCRATCH FILE...
// The damaged bytes live in SCRATCH, a shared mapping: after a crash the file that did it lies there.
#define _DEFAULT_SOURCE
#include "plan/plan.h"
#include "tenon/network.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 20, ROOM = 2 * MOST, MEMORY = 1 << 28 };

static uint64_t state;

// splitmix64: any seed is good
static uint64_t next(void) {
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
static size_t below(size_t n) { return n ? (size_t)(next() % n) : 0; }

static void flip_bits(uint8_t *data, size_t size) {
    for (size_t n = 1 + below(8); n--;) data[below(size)] ^= (uint8_t)(1u << below(8));
}

// A field of 1, 2, 4 or 8 bytes becomes one of the numbers that break sums.
static void overwrite(uint8_t *data, size_t size) {
    static const uint64_t odd[] = {0,      1,         0x7f,       0x80,      0xff,
                                   0xffff, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
    uint64_t value = odd[below(sizeof odd / sizeof *odd)];
    size_t bytes = (size_t)1 << below(4), at = below(size);
    memcpy(data + at, &value, bytes < size - at ? bytes : size - at);
}

// A piece is copied over another place: records change places, lengths no longer fit.
static void transplant(uint8_t *data, size_t size) {
    size_t from = below(size), to = below(size), most = size - (from > to ? from : to);
    memmove(data + to, data + from, below(most < 256 ? most : 256));
}

static size_t cut_out(uint8_t *data, size_t size) {
    size_t from = below(size), bytes = below(size - from < 64 ? size - from : 64);
    memmove(data + from, data + from + bytes, size - from - bytes);
    return size - bytes;
}

static size_t damage(uint8_t *data, size_t size) {
    for (size_t n = 1 + below(3); n-- && size > 1;) {
        switch (below(6)) {
        case 0: size = 1 + below(size); break;
        case 1: size = cut_out(data, size); break;
        case 2: transplant(data, size); break;
        case 3: overwrite(data, size); break;
        default: flip_bits(data, size); break;
        }
    }
    return size;
}

// Runs a plan on zeros, with 2 for every open dimension, when that stays small.
static void run_plan(tn_env *env, const tn_plan *plan) {
    enum { INPUTS = 8 };
    tn_tensor *in[INPUTS] = {0};
    tn_context *context = NULL;
    tn_status s = tn_context_new(&context, plan, &(tn_context_options){.threads = 1}, NULL);
    for (size_t i = 0; !s && i < tn_plan_input_count(plan); i++) {
        const tn_io *io = tn_plan_input(plan, i);
        int64_t dims[TN_MAX_RANK], count = 1;
        for (int d = 0; d < io->rank; d++) {
            dims[d] = io->dims[d] < 0 ? 2 : io->dims[d];
            count = dims[d] > 0 && count > INT32_MAX / dims[d] ? INT32_MAX : count * dims[d];
        }
        if (i >= INPUTS || io->kind != TN_TENSOR || io->rank < 0 || count > 1 << 20) s = TN_LIMIT;
        if (!s) s = tn_tensor_new(&in[i], env, io->dtype, io->rank, dims);
        if (!s) s = tn_context_set_input(context, i, in[i], NULL);
    }
    if (!s) tn_context_run(context, NULL);
    tn_context_free(context);
    for (size_t i = 0; i < INPUTS; i++) tn_tensor_free(in[i]);
}

// Both return whether it was accepted.
static bool try_engine(tn_env *env, const uint8_t *data, size_t size, tn_diags *diags) {
    tn_plan *plan;
    tn_graph *model = NULL;
    if (tn_plan_load_memory(&plan, env, data, size, "damaged", diags)) return false;
    run_plan(env, plan);
    if (!tn_plan_model(plan, &model, diags)) tn_graph_free(model); // constants that are made when asked for
    tn_plan_free(plan);
    return true;
}

static bool try_model(tn_env *env, const uint8_t *data, size_t size, tn_diags *diags) {
    tn_graph *graph;
    tn_plan *plan = NULL;
    if (tn_graph_load_memory(&graph, env, data, size, "damaged", NULL, NULL, diags)) return false;
    if (!tn_plan_build(&plan, graph, &(tn_build_options){.no_timing = true, .threads = 1}, diags))
        run_plan(env, plan);
    bool accepted = plan != NULL;
    tn_plan_free(plan);
    tn_graph_free(graph);
    return accepted;
}

static bool try_once(uint8_t *data, size_t size, bool engine) {
    bool accepted = false;
    tn_env *env;
    tn_diags *diags;
    char text[256];
    if (tn_env_new(&env, &(tn_env_options){.max_bytes = MEMORY})) return false;
    if (!tn_diags_new(&diags, env)) {
        accepted = (engine ? try_engine : try_model)(env, data, size, diags);
        for (size_t i = 0; i < tn_diags_count(diags); i++) tn_diags_format(diags, i, text, sizeof text);
        tn_diags_free(diags);
    }
    tn_env_free(env);
    return accepted;
}

static uint8_t *map_scratch(const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || ftruncate(file, ROOM)) return NULL;
    void *p = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return p == MAP_FAILED ? NULL : p;
}

static size_t read_file(const char *path, uint8_t *to) {
    FILE *f = fopen(path, "rb");
    size_t size = f ? fread(to, 1, MOST, f) : 0;
    if (f) fclose(f);
    return size;
}

int main(int argc, char **argv) {
    static uint8_t whole[MOST];
    if (argc < 5) return fprintf(stderr, "usage: damage SECONDS SEED SCRATCH FILE...\n"), 2;
    double seconds = atof(argv[1]) / (argc - 4);
    uint8_t *data = map_scratch(argv[3]);
    if (!data) return perror(argv[3]), 1;
    for (int i = 4; i < argc; i++) {
        size_t size = read_file(argv[i], whole);
        if (!size) return perror(argv[i]), 1;
        state = (uint64_t)strtoull(argv[2], NULL, 0) + (uint64_t)i;
        uint64_t tries = 0, accepted = 0;
        clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC);
        do {
            memcpy(data, whole, size);
            size_t left = damage(data, size);
            // Right behind the last byte nothing may be read: the tail is moved to the end of the mapping.
            unsigned char *at = memmove(data + ROOM - left, data, left);
            bool engine = tn_file_is_plan(argv[i]);
            if (engine && left >= TNI_PLAN_HEADER && below(8)) tni_plan_seal(at, left);
            accepted += try_once(at, left, engine);
            tries++;
        } while (clock() < end);
        printf("%s: %" PRIu64 " tried, %" PRIu64 " accepted\n", argv[i], tries, accepted);
    }
    printf("%d passed, 0 failed\n", argc - 4);
    return 0;
}
