// SPDX-License-Identifier: Apache-2.0
// base.c - the ground floor: budgets, arenas, maps, narrow floats, files that appear whole, the thread pool.
#define _GNU_SOURCE // popen, mkdtemp, symlink
#include "base/arena.h"
#include "base/ck.h"
#include "base/file.h"
#include "base/half.h"
#include "base/meter.h"
#include "base/numa.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static tn_env *env;

static void a_budget_is_kept(void) {
    tn_env *small;
    CHECK(tn_env_new(&small, &(tn_env_options){.max_bytes = 10000}) == TN_OK);
    void *a = tni_alloc(small, 6000), *b = tni_alloc(small, 6000);
    CHECK(a && !b && tn_env_bytes(small) <= 10000);
    CHECK(((uintptr_t)a & (TN_ALIGN - 1)) == 0);
    tni_free(small, a);
    CHECK(tn_env_bytes(small) == 0 && tn_env_peak_bytes(small) >= 6000);
    CHECK(!tni_alloc(small, SIZE_MAX) && !tni_calloc(small, SIZE_MAX / 2, 3));
    tn_env_free(small);
}

static void unknown_cpu_levels_are_refused(void) {
    tn_env *e;
    CHECK(tn_env_new(&e, &(tn_env_options){.isa = "abacus"}) == TN_INVALID);
    CHECK(tn_env_new(&e, &(tn_env_options){.isa = "generic"}) == TN_OK);
    CHECK_TEXT(tn_env_isa(e), "generic");
    tn_env_free(e);
}

static void a_reset_arena_allocates_nothing_the_second_time(void) {
    tni_arena a;
    tni_arena_init(&a, env);
    size_t held = 0;
    for (int round = 0; round < 3; round++) {
        tni_arena_reset(&a, (tni_mark){0});
        for (size_t i = 1; i < 300; i++) CHECK(tni_arena_tensor(&a, i * 97) != NULL);
        if (round) CHECK(tn_env_bytes(env) == held);
        held = tn_env_bytes(env);
    }
    CHECK_TEXT(tni_arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    tni_arena_free(&a);
}

static void maps_find_what_was_put(void) {
    enum { N = 1000 };
    static char key[N][16];
    tni_map m = {.env = env};
    for (int i = 0; i < N; i++) {
        snprintf(key[i], sizeof key[i], "key%d", i * 7919);
        CHECK(tni_map_set(&m, key[i], strlen(key[i]), key[i]));
    }
    for (int i = 0; i < N; i++) CHECK(tni_map_get(&m, key[i], strlen(key[i])) == key[i]);
    CHECK(!tni_map_get(&m, "none", 4) && m.count == N);
    tni_map_free(&m);
}

static void sizes_that_do_not_fit_are_refused(void) {
    size_t n;
    CHECK(ck_tensor_bytes(3, (int64_t[]){2, 3, 4}, 32, &n) && n == 96);
    CHECK(ck_tensor_bytes(2, (int64_t[]){3, 3}, 4, &n) && n == 5);
    CHECK(ck_tensor_bytes(2, (int64_t[]){INT64_MAX, 0}, 32, &n) && n == 0);
    CHECK(!ck_tensor_bytes(2, (int64_t[]){INT64_MAX, 2}, 32, &n));
    CHECK(!ck_tensor_bytes(2, (int64_t[]){-1, 0}, 32, &n));
    CHECK(ck_range(4, 4, 8) && !ck_range(5, 4, 8) && !ck_range(UINT64_MAX, 2, 8));
}

// Every 16-bit pattern survives the way to float and back; halfway values go to even.
static void narrow_floats_round_to_nearest_even(void) {
    for (uint32_t h = 0; h < 0x10000; h++) {
        float f = tni_f16_to_float((uint16_t)h), b = tni_bf16_to_float((uint16_t)h);
        if (!isnan(f))
            CHECK(tni_float_to_f16(f) == h && tni_double_to_f16((double)f) == h);
        else
            CHECK(isnan(tni_f16_to_float(tni_float_to_f16(f))));
        if (!isnan(b)) CHECK(tni_float_to_bf16(b) == h && tni_double_to_bf16((double)b) == h);
        if ((h & 0x7fff) < 0x7bff && h < 0x8000) {
            float up = tni_f16_to_float((uint16_t)(h + 1)), half = (f + up) / 2;
            CHECK(tni_float_to_f16(half) == (h & 1 ? h + 1 : h));
            CHECK(tni_float_to_f16(nextafterf(half, INFINITY)) == h + 1);
        }
    }
    CHECK(tni_float_to_f16(65520.0f) == 0x7c00 && tni_float_to_f16(65519.0f) == 0x7bff);
}

static void eight_bit_floats_survive_the_way_back(void) {
    static const int types[] = {TN_F8E4M3FN, TN_F8E4M3FNUZ, TN_F8E5M2, TN_F8E5M2FNUZ, TN_F8E8M0};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int c = 0; c < 256; c++) {
            float x = tni_f8_to_float(types[t], (uint8_t)c);
            if (!isnan(x)) CHECK(tni_float_to_f8(types[t], x, false) == c);
        }
    CHECK(tni_float_to_f8(TN_F8E4M3FN, 1000, true) == 0x7e &&
          tni_float_to_f8(TN_F8E5M2, 1e9f, false) == 0x7c);
    CHECK(tni_f8_to_float(TN_F4E2M1, 7) == 6.0f && tni_float_to_f8(TN_F4E2M1, 5.0f, true) == 6);
}

static size_t files_in(const char *folder) {
    char command[256], line[32] = "";
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *p = popen(command, "r");
    if (p && !fgets(line, sizeof line, p)) line[0] = 0;
    if (p) pclose(p);
    return (size_t)atoi(line);
}

static void a_save_is_whole_or_nothing(void) {
    char folder[] = "/tmp/tenon_test_XXXXXX", path[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/file", folder);
    tni_save s;
    CHECK(tni_save_begin(&s, env, path, NULL) == TN_OK);
    tni_save_write(&s, "first", 5);
    CHECK(tni_save_end(&s, NULL) == TN_OK);
    CHECK(tni_save_begin(&s, env, path, NULL) == TN_OK);
    tni_save_write(&s, "second", 6);
    s.status = TN_IO; // the disk is full
    CHECK(tni_save_end(&s, NULL) == TN_IO);
    tni_file f;
    CHECK(tni_file_map(&f, path, NULL) == TN_OK && f.size == 5 && !memcmp(f.data, "first", 5));
    tni_file_close(&f);
    CHECK(files_in(folder) == 1);
    CHECK(tni_save_begin(&s, env, "/nowhere/file", NULL) == TN_IO);
    unlink(path);
    rmdir(folder);
}

static void external_data_stays_in_its_folder(void) {
    char folder[] = "/tmp/tenon_test_XXXXXX", path[96];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/data", folder);
    FILE *f = fopen(path, "w");
    CHECK(f && fputs("weights", f) >= 0);
    if (f) fclose(f);
    snprintf(path, sizeof path, "%s/link", folder);
    CHECK(symlink("/etc/passwd", path) == 0);
    snprintf(path, sizeof path, "%s/fifo", folder);
    CHECK(mkfifo(path, 0600) == 0);
    tni_file m;
    CHECK(tni_file_map_beneath(&m, folder, "data", false, NULL) == TN_OK && m.size == 7);
    tni_file_close(&m);
    static const char *const escapes[] = {
        "/etc/passwd", "../etc/passwd", "a/../../b", "link", "fifo", "", "missing", "."};
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        CHECK(tni_file_map_beneath(&m, folder, escapes[i], false, NULL) != TN_OK);
    snprintf(path, sizeof path, "rm -r %s", folder);
    CHECK(system(path) == 0);
}

enum { ITEMS = 5000 };
static int visits[ITEMS];

static void patterns_take_in_and_leave_out(void) {
    CHECK(tni_listed("*", "cpu.avx2.gemm") && tni_listed("cpu.avx2.*", "cpu.avx2.gemm"));
    CHECK(!tni_listed("ref", "cpu.avx2.gemm") && !tni_listed("!*", "cpu.avx2.gemm"));
    CHECK(tni_listed("!*wino*", "cpu.avx2.gemm") && !tni_listed("!*wino*", "cpu.avx2.winograd:F4"));
    CHECK(!tni_listed("cpu.avx2.*,!*gemm", "cpu.avx2.gemm") && tni_listed("!*gemm,*avx2*", "cpu.avx2.gemm"));
}

static void visit(void *arg, int64_t i, int worker) {
    (void)arg, (void)worker;
    visits[i]++; // each index belongs to one worker
}

static void add_one(void *arg, int64_t i, int worker) {
    (void)worker;
    atomic_fetch_add((atomic_int *)arg + i, 1);
}

// Jobs so short that workers come late to most of them: none takes an index of another job.
static void late_workers_find_the_job_done(void) {
    static atomic_int seen[2][8];
    tni_pool *p;
    CHECK(tni_pool_new(&p, env, 4, true) == TN_OK);
    for (int round = 1; round <= 5000; round++) {
        int n = 2 + round % 7;
        tni_pool_run(p, n, add_one, seen[round % 2]);
        for (int i = 0; i < n; i++) CHECK(atomic_exchange(&seen[round % 2][i], 0) == 1);
    }
    for (int i = 0; i < 16; i++) CHECK(!atomic_load(&seen[i / 8][i % 8]));
    tni_pool_free(p);
}

static void the_pool_visits_every_index_once(void) {
    for (int threads = 1; threads <= 7; threads += 2)
        for (int spin = 0; spin < 2; spin++) {
            tni_pool *p;
            CHECK(tni_pool_new(&p, env, threads, spin) == TN_OK);
            memset(visits, 0, sizeof visits);
            for (int round = 0; round < 20; round++) tni_pool_run(p, ITEMS - round, visit, NULL);
            for (int i = 0; i < ITEMS - 20; i++) CHECK(visits[i] == 20);
            tni_pool_free(p);
        }
}

static void the_meter_counts_as_if_threads_had_cpus(void) {
    const int64_t uneven[] = {4, 1, 1, 1, 1}, even[] = {3, 3, 3};
    CHECK(tni_meter_span(uneven, 5, 2) == 4 && tni_meter_span(uneven, 5, 1) == 8);
    CHECK(tni_meter_span(even, 3, 2) == 6 && tni_meter_span(even, 3, 9) == 3);
    CHECK(tni_meter_span(even, 0, 2) == 0);
}

static void a_measured_loop_visits_every_index_once(void) {
    static tni_meter m;
    tni_pool *p;
    CHECK(tni_pool_new(&p, env, 3, true) == TN_OK);
    tni_meter_init(&m);
    static const int sizes[] = {0, 1, 2, TNI_METER_PIECES, TNI_METER_PIECES + 1, ITEMS};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        memset(visits, 0, sizeof visits);
        tni_meter_run(&m, p, sizes[k], visit, NULL);
        for (int i = 0; i < ITEMS; i++) CHECK(visits[i] == (i < sizes[k]));
    }
    tni_pool_free(p);
    int64_t before = m.ns;
    tni_meter_run(&m, NULL, ITEMS, visit, NULL); // one thread: its own clock says it all
    CHECK(m.ns == before);
}

static void lists_of_nodes_are_counted(void) {
    CHECK(tni_nodes_of("0\n") == 1 && tni_nodes_of("0-3\n") == 4 && tni_nodes_of("0,2-3\n") == 3);
    CHECK(tni_nodes_of("") == 1 && tni_nodes_of("x") == 1 && tni_nodes_of("3-1") == 1 &&
          tni_nodes_of("0-") == 1);
    CHECK(tni_nodes_of("0-99999999") == 1 && tni_nodes() >= 1);
}

// How many pages of a fresh block are there after threads touched it.
static size_t pages_touched(int threads, int nodes, size_t bytes) {
    enum { PAGE = 4096, MOST = 4096 };
    static unsigned char there[MOST];
    tni_pool *p;
    char *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(block != MAP_FAILED && bytes <= (size_t)PAGE * MOST);
    CHECK(tni_pool_new(&p, env, threads, false) == TN_OK);
    tni_first_touch(p, nodes, block, bytes);
    size_t n = 0;
    CHECK(mincore(block, bytes, there) == 0);
    for (size_t i = 0; i < bytes / PAGE; i++) n += there[i] & 1;
    tni_pool_free(p);
    munmap(block, bytes);
    return n;
}

static void all_of_a_large_block_is_touched_where_there_are_nodes(void) {
    const size_t large = (9 << 20) + 4096 * 3, small = 1 << 20;
    CHECK(pages_touched(3, 2, large) == large / 4096);
    CHECK(pages_touched(2, 4, large) == large / 4096);
    CHECK(!pages_touched(3, 1, large) && !pages_touched(1, 2, large) && !pages_touched(3, 2, small));
}

static void diagnostics_read_as_one_sentence(void) {
    tn_diags *d;
    char text[256];
    CHECK(tn_diags_new(&d, env) == TN_OK);
    tn_diag what = {.severity = TN_ERROR,
                    .status = TN_INVALID,
                    .file = "m.onnx",
                    .node = "up1",
                    .op = "Resize",
                    .opset = 13,
                    .source = "model.py:88",
                    .hint = "list every dimension"};
    tni_diag(d, &what, "'sizes' has %d entries", 3);
    CHECK(tn_diags_format(d, 0, text, sizeof text) == strlen(text));
    CHECK_TEXT(text, "error: m.onnx: Resize: node 'up1' (opset 13, from model.py:88): 'sizes' has 3 entries\n"
                     "  hint: list every dimension");
    tn_diags_free(d);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK) return 2;
    RUN(a_budget_is_kept);
    RUN(unknown_cpu_levels_are_refused);
    RUN(a_reset_arena_allocates_nothing_the_second_time);
    RUN(maps_find_what_was_put);
    RUN(sizes_that_do_not_fit_are_refused);
    RUN(narrow_floats_round_to_nearest_even);
    RUN(eight_bit_floats_survive_the_way_back);
    RUN(patterns_take_in_and_leave_out);
    RUN(a_save_is_whole_or_nothing);
    RUN(external_data_stays_in_its_folder);
    RUN(the_pool_visits_every_index_once);
    RUN(late_workers_find_the_job_done);
    RUN(the_meter_counts_as_if_threads_had_cpus);
    RUN(a_measured_loop_visits_every_index_once);
    RUN(lists_of_nodes_are_counted);
    RUN(all_of_a_large_block_is_touched_where_there_are_nodes);
    RUN(diagnostics_read_as_one_sentence);
    if (tn_env_bytes(env)) check_failed++, puts("memory leaked");
    tn_env_free(env);
    return DONE();
}
