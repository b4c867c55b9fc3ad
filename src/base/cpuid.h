// SPDX-License-Identifier: Apache-2.0
// cpuid.h - what this CPU can do, and which part of it may be used.
#ifndef TN_BASE_CPUID_H
#define TN_BASE_CPUID_H

#include <stdbool.h>

// Features (enum tn_isa bits) of this machine capped at a named level; NULL: no cap. *name is the highest
// level left. False when the level's name is unknown.
bool tni_cpu_features(const char *cap, unsigned *features, const char **name);
// The level of the ladder that has all of `features`: "generic", "avx2"...
const char *tni_cpu_level(unsigned features);
// "AMD EPYC 7xx3": the brand string, or "unknown".
void tni_cpu_brand(char brand[64]);
// "GenuineIntel", "AuthenticAMD": who made it, as CPUID says; "" on other machines.
void tni_cpu_vendor(char vendor[16]);
int tni_cpu_cores(void); // that this process may run on

#endif
