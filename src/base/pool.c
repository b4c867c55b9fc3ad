// SPDX-License-Identifier: Apache-2.0
// pool.c - the thread pool. A job is published by raising `epoch`. Each thread has an equal share of the
// indices, neighbours, the same in every job: what it wrote in one layer lies in its core's cache when it
// reads it in the next. Who is done with his share takes from others', and the caller waits for the indices
// that were taken. It never waits for a worker to wake: one that comes late (its processor was idle, or it
// was put on the caller's own) finds the job done, or another.
#define _GNU_SOURCE
#include "base/pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
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

enum { SPIN_NS = 50000, MOVE_NS = 200000 };

typedef void (*task)(void *arg, int64_t i, int worker);

enum { RENEW = 1 << 20 }; // jobs: cursors that nobody needed for so long must not look like those to come

struct tni_pool {
    tn_env *env;
    int threads;
    bool spin;
    // The job. It is written while `job` says that it has no indices; who finds `job` unchanged behind them
    // has read that job's.
    _Atomic(task) fn;
    _Atomic(void *) arg;
    atomic_uint_fast64_t job;       // upper half: its epoch; lower: how many indices it has
    _Alignas(64) atomic_uint epoch; // raised once per job; workers wait for it to change
    _Alignas(64) atomic_uint left;  // indices that are not done
    atomic_uint sleepers, stop;
    struct worker {
        // Of its share, taken by whomever. Upper half: the epoch of the job that it was last taken from;
        // lower: the next index.
        _Alignas(64) atomic_uint_fast64_t cursor;
        pthread_t thread;
        tni_pool *pool;
        int id;
        atomic_int cpu; // that it runs on; -1 while it sleeps. Of worker 0, the caller, since the job began
        int64_t moved;  // when it last looked for a CPU of its own
    } * worker;         // [threads]
};

static void futex_wait(atomic_uint *word, unsigned value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void futex_wake(atomic_uint *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static uint_fast64_t pair(unsigned epoch, unsigned low) { return (uint_fast64_t)epoch << 32 | low; }

static unsigned share_begin(unsigned n, int threads, int w) {
    return (unsigned)((uint_fast64_t)n * (unsigned)w / (unsigned)threads);
}

// The next index of w's share in a job, or -1. A job that is over has nothing left to take: each share of it
// that had any index was taken to its end.
static int64_t take(tni_pool *p, uint_fast64_t job, int w) {
    unsigned epoch = (unsigned)(job >> 32), n = (uint32_t)job, end = share_begin(n, p->threads, w + 1);
    uint_fast64_t at = atomic_load(&p->worker[w].cursor);
    for (;;) {
        unsigned of = (unsigned)(at >> 32),
                 index = of == epoch ? (uint32_t)at : share_begin(n, p->threads, w);
        if ((int32_t)(of - epoch) > 0 || index >= end) return -1;
        if (atomic_compare_exchange_weak(&p->worker[w].cursor, &at, pair(epoch, index + 1))) return index;
    }
}

// What was taken is told once: the job is not over, nor what it is made of another's, before that.
static void work(tni_pool *p, int worker) {
    uint_fast64_t job = atomic_load(&p->job);
    task fn = atomic_load(&p->fn);
    void *arg = atomic_load(&p->arg);
    if (atomic_load(&p->job) != job) return; // the next one is being written, and its epoch still to come
    unsigned done = 0;
    for (int k = 0; k < p->threads; k++) {
        int w = (worker + k) % p->threads;
        for (int64_t i; (i = take(p, job, w)) >= 0; done++) fn(arg, i, worker);
    }
    if (done && atomic_fetch_sub(&p->left, done) == done && worker && atomic_load(&p->sleepers))
        futex_wake(&p->left);
}

// ---- a CPU for each thread
//
// A kernel may wake a worker on the very CPU that the caller keeps busy and leave it there, while others
// idle; in virtual machines, whose idle CPUs look taken, it mostly does. Such a worker asks for any CPU that
// none of the others is on, and then for all that it had before, which moves nobody.

static bool is_shared(const struct worker *w, int cpu) {
    for (int i = 0; i < w->id; i++)
        if (atomic_load_explicit(&w->pool->worker[i].cpu, memory_order_relaxed) == cpu) return true;
    return false;
}

static void leave_shared_cpu(struct worker *w) {
    int64_t now = tni_clock_ns();
    cpu_set_t had, wanted;
    if (now - w->moved < MOVE_NS || sched_getaffinity(0, sizeof had, &had)) return;
    w->moved = now;
    wanted = had;
    for (int i = 0; i < w->pool->threads; i++) {
        int cpu = atomic_load_explicit(&w->pool->worker[i].cpu, memory_order_relaxed);
        if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_CLR((unsigned)cpu, &wanted);
    }
    if (!CPU_COUNT(&wanted) || sched_setaffinity(0, sizeof wanted, &wanted)) return;
    sched_setaffinity(0, sizeof had, &had);
}

static void settle(struct worker *w) {
    int cpu = sched_getcpu();
    atomic_store_explicit(&w->cpu, cpu, memory_order_relaxed);
    if (!w->id || !is_shared(w, cpu)) return;
    leave_shared_cpu(w);
    atomic_store_explicit(&w->cpu, sched_getcpu(), memory_order_relaxed);
}

// Waits until *word differs from `old`: spinning first, then asleep.
static void await_change(struct worker *w, atomic_uint *word, unsigned old) {
    tni_pool *p = w->pool;
    if (p->spin) {
        int64_t until = tni_clock_ns() + SPIN_NS;
        do {
            for (int i = 0; i < 64; i++) {
                if (atomic_load_explicit(word, memory_order_acquire) != old) return;
                relax();
            }
        } while (tni_clock_ns() < until);
    }
    atomic_store_explicit(&w->cpu, -1, memory_order_relaxed);
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(word) == old) futex_wait(word, old);
    atomic_fetch_sub(&p->sleepers, 1);
}

static void *worker_main(void *arg) {
    struct worker *w = arg;
    tni_pool *p = w->pool;
    tni_fp_begin();
    for (unsigned seen = 0;;) {
        await_change(w, &p->epoch, seen);
        seen = atomic_load(&p->epoch);
        if (atomic_load(&p->stop)) return NULL;
        settle(w);
        work(p, w->id);
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
    for (int i = 0; i < threads; i++) {
        w[i].pool = p;
        w[i].id = i;
        atomic_store(&w[i].cpu, -1);
    }
    sigset_t all, old; // signals go to the program's own threads
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    tn_status status = TN_OK;
    for (int i = 1; i < threads && status == TN_OK; i++) {
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
    if (!p || p->threads == 1 || n < 2 || n > INT_MAX) {
        for (int64_t i = 0; i < n; i++) fn(arg, i, 0);
        return;
    }
    settle(&p->worker[0]);
    unsigned epoch = atomic_load(&p->epoch) + 1;
    atomic_store(&p->job, pair(epoch, 0));
    for (int w = 0; epoch % RENEW == 0 && w < p->threads; w++)
        atomic_store(&p->worker[w].cursor, pair(epoch - 1, INT_MAX));
    atomic_store(&p->fn, fn);
    atomic_store(&p->arg, arg);
    atomic_store(&p->left, (unsigned)n);
    atomic_store(&p->job, pair(epoch, (unsigned)n));
    atomic_store(&p->epoch, epoch);
    if (atomic_load(&p->sleepers)) futex_wake(&p->epoch);
    work(p, 0);
    for (unsigned left; (left = atomic_load(&p->left)) != 0;) await_change(&p->worker[0], &p->left, left);
}
