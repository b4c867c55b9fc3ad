// SPDX-License-Identifier: Apache-2.0
// cpuid.c - CPU features by CPUID (and what the system lets us use, through the compiler's run-time library).
#define _GNU_SOURCE
#include "base/cpuid.h"

#include "tenon/ext.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

// The ladder: each level includes the ones before it.
static const struct {
    const char *name;
    unsigned adds;
} ladder[] = {
    {"generic", 0},
    {"avx2", TN_ISA_AVX2},
    {"avx512", TN_ISA_AVX512},
    {"avx512vnni", TN_ISA_VNNI},
    {"avx512bf16", TN_ISA_BF16},
    {"avx512fp16", TN_ISA_FP16},
    {"amx", TN_ISA_AMX},
};
enum { LEVELS = sizeof ladder / sizeof *ladder };

#if defined(__x86_64__)
#include <cpuid.h>

static bool leaf7_bit(unsigned subleaf, int reg, unsigned bit) {
    unsigned r[4] = {0};
    return __get_cpuid_count(7, subleaf, &r[0], &r[1], &r[2], &r[3]) && (r[reg] >> bit & 1);
}

enum { EAX, EBX, ECX, EDX };

#if defined(TN_EMULATED_AMX)
static bool has_amx(void) { return true; } // test/amx_emulated.h does it
#else
#include <sys/syscall.h>
#include <unistd.h>

// Tiles of bf16 and of 8-bit numbers. Linux saves the 8 KiB of tiles only for processes that ask (5.16 on):
// without its permission the first tile instruction ends the process.
static bool has_amx(void) {
    enum { TILE_DATA = 18, REQUEST_PERMISSION = 0x1023 }; // XFEATURE_XTILEDATA, ARCH_REQ_XCOMP_PERM
    bool cpu = leaf7_bit(0, EDX, 22) && leaf7_bit(0, EDX, 24) && leaf7_bit(0, EDX, 25);
    return cpu && !syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA);
}
#endif

static unsigned detect(void) {
    unsigned f = 0;
    __builtin_cpu_init(); // checks XGETBV: a feature the system does not save does not count
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) f |= TN_ISA_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        f |= TN_ISA_AVX512;
    if (!(f & TN_ISA_AVX512)) return f;
    if (__builtin_cpu_supports("avx512vnni")) f |= TN_ISA_VNNI;
    if (leaf7_bit(1, EAX, 5)) f |= TN_ISA_BF16;
    if (leaf7_bit(0, EDX, 23)) f |= TN_ISA_FP16;
    if (has_amx()) f |= TN_ISA_AMX;
    return f;
}

void tni_cpu_brand(char brand[64]) {
    unsigned r[12] = {0};
    for (unsigned i = 0; i < 3; i++)
        if (!__get_cpuid(0x80000002u + i, &r[4 * i], &r[4 * i + 1], &r[4 * i + 2], &r[4 * i + 3])) r[0] = 0;
    memset(brand, 0, 64);
    memcpy(brand, r, sizeof r);
    if (!brand[0]) memcpy(brand, "unknown", 8);
}

void tni_cpu_vendor(char vendor[16]) {
    unsigned most, r[3] = {0};
    if (!__get_cpuid(0, &most, &r[0], &r[2], &r[1])) r[0] = 0; // EBX, EDX, ECX
    memset(vendor, 0, 16);
    memcpy(vendor, r, sizeof r);
}
#elif defined(__aarch64__)
static unsigned detect(void) { return 0; } // NEON is everywhere: the generic kernels are made for it

// Who made it, and which part: MIDR_EL1 as the kernel shows it.
void tni_cpu_brand(char brand[64]) {
    unsigned long long midr = 0;
    FILE *f = fopen("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", "r");
    memcpy(memset(brand, 0, 64), "AArch64", 8);
    if (f && fscanf(f, "%llx", &midr) == 1)
        snprintf(brand, 64, "AArch64 implementer 0x%02llx part 0x%03llx", midr >> 24 & 0xff,
                 midr >> 4 & 0xfff);
    if (f) fclose(f);
}
void tni_cpu_vendor(char vendor[16]) { memset(vendor, 0, 16); }
#else
static unsigned detect(void) { return 0; }
void tni_cpu_brand(char brand[64]) { memcpy(memset(brand, 0, 64), "unknown", 8); }
void tni_cpu_vendor(char vendor[16]) { memset(vendor, 0, 16); }
#endif

bool tni_cpu_features(const char *cap, unsigned *features, const char **name) {
    unsigned have = detect(), f = 0;
    *name = ladder[0].name;
    bool found = !cap || !*cap;
    for (int i = 0; i < LEVELS; i++) {
        if (ladder[i].adds & have) {
            f |= ladder[i].adds;
            *name = ladder[i].name;
        }
        if (cap && !strcmp(cap, ladder[i].name)) {
            found = true;
            break;
        }
    }
    *features = f;
    return found;
}

const char *tni_cpu_level(unsigned features) {
    int level = 0;
    for (int i = 0; i < LEVELS; i++)
        if (ladder[i].adds & features) level = i;
    return ladder[level].name;
}

int tni_cpu_cores(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}
