// SPDX-License-Identifier: Apache-2.0
// machine.c - what one thread can do at most: multiply-adds in registers, bytes read from memory. The figures
// that a kernel's own are held against.
#include "base/alloc.h"
#include "base/cpuid.h"
#include "base/pool.h"
#include "tenon/ext.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { STEPS = 20000, CHAINS = 12, TRIES = 40, MEMORY_BYTES = 64 << 20 };

// Twelve independent chains hide the latency of a multiply-add. The empty asm makes the compiler believe that
// the values change, so that nothing is hoisted or folded. Returns the operations done.
#define TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define ZERO(i) s##i = x,
#define STEP(i) s##i = FMA(x, x, s##i);
#define KEEP(i) __asm__ volatile("" : "+" REGISTER(s##i));
#define FMA_LOOP(vector, lanes)                 \
    vector x = {0}, TWELVE(ZERO) unused = x;    \
    (void)unused;                               \
    for (int i = 0; i < STEPS; i++) {           \
        __asm__ volatile("" : "+" REGISTER(x)); \
        TWELVE(STEP)                            \
        TWELVE(KEEP)                            \
    }                                           \
    return 2.0 * (lanes)*CHAINS * STEPS;

typedef float plain __attribute__((vector_size(16)));
#if defined(__x86_64__)
#define REGISTER(value) "x"(value)
#define FMA(a, b, c) ((c) + (a) * (b))
static double fma_generic(void) { FMA_LOOP(plain, 4) }
#undef FMA
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
__attribute__((target("avx2,fma"))) static double fma_avx2(void) { FMA_LOOP(__m256, 8) }
#undef FMA
#undef REGISTER
#define REGISTER(value) "v"(value)
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
__attribute__((target("avx512f"))) static double fma_avx512(void) { FMA_LOOP(__m512, 16) }
#else
#if defined(__aarch64__)
#define REGISTER(value) "w"(value)
#define FMA(a, b, c) (plain) vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b))
#else
#define REGISTER(value) "m"(value)
#define FMA(a, b, c) ((c) + (a) * (b))
#endif
static double fma_generic(void) { FMA_LOOP(plain, 4) }
#endif

static double fma_run(unsigned isa) {
#if defined(__x86_64__)
    if (isa & TN_ISA_AVX512) return fma_avx512();
    if (isa & TN_ISA_AVX2) return fma_avx2();
#endif
    (void)isa;
    return fma_generic();
}

// The best of many short tries: the first ones find the clock still low.
static double measure_gflops(unsigned isa) {
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
        int64_t start = tni_clock_ns();
        double done = fma_run(isa), ns = (double)(tni_clock_ns() - start);
        if (ns > 0 && done / ns > best) best = done / ns;
    }
    return best;
}

static double measure_gbytes(const uint64_t *memory) {
    double best = 0;
    for (int i = 0; i < 3; i++) {
        int64_t start = tni_clock_ns();
        uint64_t sum[8] = {0};
        for (size_t k = 0; k < MEMORY_BYTES / sizeof *memory; k += 8)
            for (size_t j = 0; j < 8; j++) sum[j] += memory[k + j];
        for (size_t j = 1; j < 8; j++) sum[0] += sum[j];
        __asm__ volatile("" : : "r"(sum[0]));
        double ns = (double)(tni_clock_ns() - start);
        if (ns > 0 && MEMORY_BYTES / ns > best) best = MEMORY_BYTES / ns;
    }
    return best;
}

tn_status tn_machine_measure(tn_env *env, tn_machine *machine) {
    uint64_t *memory = tni_alloc(env, MEMORY_BYTES);
    if (!memory) return TN_NOMEM;
    memset(memory, 1, MEMORY_BYTES); // pages that were never written are all one page of zeros
    memset(machine, 0, sizeof *machine);
    tni_cpu_brand(machine->cpu);
    machine->isa = env->isa_name;
    machine->cores = tni_cpu_cores();
    machine->gflops = measure_gflops(env->isa);
    machine->gbytes = measure_gbytes(memory);
    tni_free(env, memory);
    return TN_OK;
}
