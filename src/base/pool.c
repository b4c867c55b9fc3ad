// SPDX-License-Identifier: Apache-2.0
// pool.c - the thread pool. A job is published by raising `epoch`; workers take indices from a shared counter
// and the caller waits until all have left. Two words of shared state, no queue.
#define _GNU_SOURCE
#include "base/pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
enum { FTZ_DAZ = 0x8040 };
unsigned tni_fp_begin(void) {
    unsigned saved = _mm_getcsr();
    _mm_setcsr((0x1f80 | FTZ_DAZ)); // round to nearest, exceptions masked, subnormals are zero
    return saved;
}
void tni_fp_end(unsigned saved) { _mm_setcsr(saved); }
static void relax(void) { _mm_pause(); }
#elif defined(__aarch64__)
// What is kept of the two words, in one: FPCR from bit 8 on (rounding, flushing, traps) and its three low
// bits, FPSR's five exceptions, that of subnormal inputs, and saturation.
enum { FLUSH_TO_ZERO = 1 << 24 };
unsigned tni_fp_begin(void) {
    uint64_t control, status;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("mrs %0, fpsr" : "=r"(status));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)FLUSH_TO_ZERO)); // round to nearest, nothing trapped
    return (unsigned)((control >> 8 & 0x7ffff) | (control & 7) << 19 | (status & 31) << 22 |
                      (status >> 7 & 1) << 27 | (status >> 27 & 1) << 28);
}
void tni_fp_end(unsigned saved) {
    uint64_t control = (uint64_t)(saved & 0x7ffff) << 8 | (saved >> 19 & 7);
    uint64_t status = (saved >> 22 & 31) | (saved >> 27 & 1) << 7 | (uint64_t)(saved >> 28 & 1) << 27;
    __asm__ volatile("msr fpcr, %0" : : "r"(control));
    __asm__ volatile("msr fpsr, %0" : : "r"(status));
}
static void relax(void) { __asm__ volatile("yield"); }
#else
unsigned tni_fp_begin(void) { return 0; }
void tni_fp_end(unsigned saved) { (void)saved; }
static void relax(void) {}
#endif

static int64_t clock_of(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
int64_t tni_clock_ns(void) { return clock_of(CLOCK_MONOTONIC); }
int64_t tni_thread_ns(void) { return clock_of(CLOCK_THREAD_CPUTIME_ID); }

enum { SPIN_NS = 50000 };

typedef struct job {
    void (*fn)(void *arg, int64_t i, int worker);
    void *arg;
    int64_t n;
} job;

struct tni_pool {
    tn_env *env;
    int threads;
    bool spin;
    job job;
    _Alignas(64) atomic_uint epoch; // raised once per job; workers wait for it to change
    _Alignas(64) atomic_int_fast64_t next;
    _Alignas(64) atomic_uint busy; // workers that have not finished the job
    atomic_uint sleepers, stop;
    struct worker {
        pthread_t thread;
        tni_pool *pool;
        int id;
    } * worker;
};

static void futex_wait(atomic_uint *word, unsigned value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void futex_wake(atomic_uint *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void work(tni_pool *p, int worker) {
    for (int64_t i; (i = atomic_fetch_add(&p->next, 1)) < p->job.n;) p->job.fn(p->job.arg, i, worker);
}

// Waits until *word differs from `old`: spinning first, then asleep.
static void await_change(tni_pool *p, atomic_uint *word, unsigned old) {
    if (p->spin) {
        int64_t until = tni_clock_ns() + SPIN_NS;
        do {
            for (int i = 0; i < 64; i++) {
                if (atomic_load_explicit(word, memory_order_acquire) != old) return;
                relax();
            }
        } while (tni_clock_ns() < until);
    }
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(word) == old) futex_wait(word, old);
    atomic_fetch_sub(&p->sleepers, 1);
}

static void *worker_main(void *arg) {
    struct worker *w = arg;
    tni_pool *p = w->pool;
    tni_fp_begin();
    for (unsigned seen = 0;;) {
        await_change(p, &p->epoch, seen);
        seen = atomic_load(&p->epoch);
        if (atomic_load(&p->stop)) return NULL;
        work(p, w->id);
        if (atomic_fetch_sub(&p->busy, 1) == 1 && atomic_load(&p->sleepers)) futex_wake(&p->busy);
    }
}

tn_status tni_pool_new(tni_pool **pool, tn_env *env, int threads, bool spin) {
    if (threads < 1 || threads > 1024) return TN_INVALID;
    tni_pool *p = tni_calloc(env, 1, sizeof *p);
    struct worker *w = tni_calloc(env, (size_t)threads, sizeof *w);
    if (!p || !w) {
        tni_free(env, p);
        tni_free(env, w);
        return TN_NOMEM;
    }
    p->env = env;
    p->threads = 1;
    p->spin = spin;
    p->worker = w;
    sigset_t all, old; // signals go to the program's own threads
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    tn_status status = TN_OK;
    for (int i = 1; i < threads && status == TN_OK; i++) {
        w[i] = (struct worker){.pool = p, .id = i};
        if (pthread_create(&w[i].thread, NULL, worker_main, &w[i]))
            status = TN_NOMEM;
        else
            p->threads++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (status != TN_OK)
        tni_pool_free(p);
    else
        *pool = p;
    return status;
}

void tni_pool_free(tni_pool *p) {
    if (!p) return;
    atomic_store(&p->stop, 1);
    atomic_fetch_add(&p->epoch, 1);
    futex_wake(&p->epoch);
    for (int i = 1; i < p->threads; i++) pthread_join(p->worker[i].thread, NULL);
    tni_free(p->env, p->worker);
    tni_free(p->env, p);
}

int tni_pool_threads(const tni_pool *pool) { return pool ? pool->threads : 1; }

void tni_pool_run(tni_pool *p, int64_t n, void (*fn)(void *arg, int64_t i, int worker), void *arg) {
    if (!p || p->threads == 1 || n < 2) {
        for (int64_t i = 0; i < n; i++) fn(arg, i, 0);
        return;
    }
    p->job = (job){fn, arg, n};
    atomic_store(&p->next, 0);
    atomic_store(&p->busy, (unsigned)p->threads - 1);
    atomic_fetch_add(&p->epoch, 1);
    if (atomic_load(&p->sleepers)) futex_wake(&p->epoch);
    work(p, 0);
    for (unsigned left; (left = atomic_load(&p->busy)) != 0;) await_change(p, &p->busy, left);
}
