// SPDX-License-Identifier: Apache-2.0
// alloc.c - the env. Each block carries a header in front with its size and where the allocator's own block
// began:
//
//     | slack | header (16 bytes) | the caller's bytes, 64-byte aligned ...
//     ^ what the allocator gave
//
// Large blocks (weights, a context's arena) ask for huge pages: a network walks through all of them in every
// run, and with small pages the translation of addresses costs 7 to 8 % of ResNet-50 and MobileNetV2.
#define _DEFAULT_SOURCE // madvise, MAP_ANONYMOUS
#include "base/alloc.h"

#include "base/ck.h"
#include "base/cpuid.h"
#include "base/plugin.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature) // clang's word for it
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

enum { HUGE_PAGE = 2 << 20, HUGE_FROM = 2 * HUGE_PAGE };

typedef struct header {
    void *base;
    size_t bytes; // taken from the allocator
} header;

static void *huge_block(size_t bytes) {
    size_t whole;
    if (!ck_add(bytes, HUGE_PAGE - 1, &whole)) return NULL;
    whole &= ~(size_t)(HUGE_PAGE - 1);
    void *block = aligned_alloc(HUGE_PAGE, whole);
#ifdef MADV_HUGEPAGE
    if (block) madvise(block, whole, MADV_HUGEPAGE); // a wish: nothing is lost when it is refused
#endif
    return block;
}

static void *libc_resize(void *user, void *block, size_t bytes) {
    (void)user;
    if (!block && bytes >= HUGE_FROM) return huge_block(bytes);
    if (bytes) return realloc(block, bytes);
    free(block);
    return NULL;
}

tn_status tn_env_new(tn_env **env, const tn_env_options *options) {
    tn_env_options o = options ? *options : (tn_env_options){0};
    if (!o.allocator.resize) o.allocator.resize = libc_resize;
    const char *isa = o.isa ? o.isa : getenv("TENON_CPU");
    unsigned features;
    const char *isa_name;
    if (!tni_cpu_features(isa, &features, &isa_name)) return TN_INVALID;
    tn_env *e = o.allocator.resize(o.allocator.user, NULL, sizeof *e);
    if (!e) return TN_NOMEM;
    *e = (tn_env){.allocator = o.allocator, .max_bytes = o.max_bytes, .isa = features, .isa_name = isa_name};
    *env = e;
    return TN_OK;
}

void tn_env_free(tn_env *env) {
    if (!env) return;
    tni_plugins_free(env);
    env->allocator.resize(env->allocator.user, env, 0);
}

size_t tn_env_bytes(const tn_env *env) { return atomic_load(&env->bytes); }
size_t tn_env_peak_bytes(const tn_env *env) { return atomic_load(&env->peak); }
const char *tn_env_isa(const tn_env *env) { return env->isa_name; }

static bool charge(tn_env *env, size_t bytes) {
    size_t held = atomic_fetch_add(&env->bytes, bytes) + bytes;
    if (env->max_bytes && held > env->max_bytes) {
        atomic_fetch_sub(&env->bytes, bytes);
        return false;
    }
    size_t peak = atomic_load(&env->peak);
    while (held > peak && !atomic_compare_exchange_weak(&env->peak, &peak, held)) {}
    return true;
}

static header *header_of(void *block) { return (header *)block - 1; }

void *tni_alloc(tn_env *env, size_t bytes) {
    size_t total;
    if (!ck_add(bytes, sizeof(header) + TN_ALIGN, &total) || total > PTRDIFF_MAX) return NULL;
    if (!charge(env, total)) return NULL;
    char *base = env->allocator.resize(env->allocator.user, NULL, total);
    if (!base) {
        atomic_fetch_sub(&env->bytes, total);
        return NULL;
    }
    uintptr_t at = ((uintptr_t)base + sizeof(header) + TN_ALIGN - 1) & ~(uintptr_t)(TN_ALIGN - 1);
    char *block = base + (at - (uintptr_t)base);
    *header_of(block) = (header){base, total};
    return block;
}

void *tni_calloc(tn_env *env, size_t count, size_t bytes) {
    size_t total;
    if (!ck_mul(count, bytes, &total)) return NULL;
    void *block = tni_alloc(env, total);
    if (block) memset(block, 0, total);
    return block;
}

void *tni_resize(tn_env *env, void *block, size_t bytes) {
    if (!block) return tni_alloc(env, bytes);
    void *larger = tni_alloc(env, bytes);
    if (!larger) return NULL;
    header *h = header_of(block);
    size_t held = h->bytes - (size_t)((char *)block - (char *)h->base);
    memcpy(larger, block, held < bytes ? held : bytes);
    tni_free(env, block);
    return larger;
}

void tni_free(tn_env *env, void *block) {
    if (!block) return;
    header h = *header_of(block);
    env->allocator.resize(env->allocator.user, h.base, 0);
    atomic_fetch_sub(&env->bytes, h.bytes);
}

bool tni_pages(size_t bytes, size_t *rounded) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (!ck_add(bytes, page - 1, rounded)) return false;
    *rounded &= ~(page - 1);
    return true;
}

void *tni_reserve(size_t bytes) {
    void *block = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return NULL;
    ASAN_POISON_MEMORY_REGION(block, bytes);
    return block;
}

bool tni_reserve_open(tn_env *env, void *part, size_t bytes) {
    if (!charge(env, bytes)) return false;
    if (mprotect(part, bytes, PROT_READ | PROT_WRITE)) {
        atomic_fetch_sub(&env->bytes, bytes);
        return false;
    }
    ASAN_UNPOISON_MEMORY_REGION(part, bytes);
    return true;
}

void tni_reserve_close(void *part, size_t bytes) { mprotect(part, bytes, PROT_READ); }

void tni_unreserve(tn_env *env, void *block, size_t bytes, size_t opened) {
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
    if (block) munmap(block, bytes);
    atomic_fetch_sub(&env->bytes, opened);
}

bool tni_grow(tn_env *env, void *array, size_t count, size_t *capacity, size_t item) {
    if (count < *capacity) return true;
    size_t larger = *capacity ? *capacity * 2 : 8, bytes;
    void *block; // *array, whatever it points to
    memcpy(&block, array, sizeof block);
    if (!ck_mul(larger, item, &bytes) || !(block = tni_resize(env, block, bytes))) return false;
    memcpy(array, &block, sizeof block);
    *capacity = larger;
    return true;
}

char *tni_strdup(tn_env *env, const char *text) {
    size_t n = strlen(text) + 1;
    char *copy = tni_alloc(env, n);
    return copy ? memcpy(copy, text, n) : NULL;
}
