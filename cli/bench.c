// SPDX-License-Identifier: Apache-2.0
// bench.c - `tenon bench`: latency percentiles over many runs, then (with --profile) a table by layer from a
// second context, so that measuring the layers does not disturb the latency. --against is in against.c.
#include "against.h"
#include "feed.h"
#include "json.h"

#include <math.h>
#include <stdlib.h>

typedef struct samples {
    double *ns; // sorted once measured
    size_t count, capacity;
    double seconds; // wall time of all of them
} samples;

typedef struct layer {
    tn_step step; // names; flops and bytes of the bound shapes
    double ns;    // mean
} layer;

typedef struct bench {
    cli *c;
    cli_model model;
    feed feed;
    samples samples;
    int threads;
    size_t context_bytes;
    layer *layer;
    size_t layers;
    double layer_ns; // sum
    tn_machine machine;
} bench;

// --------------------------------------------------------------------------------------- measuring

static int run_for(bench *b, tn_context *context, double seconds, size_t least, samples *s) {
    double start = now_seconds(), before = start, now = start;
    for (size_t n = 0; n < least || now - start < seconds; n++, before = now) {
        tn_status ran = tn_context_run(context, b->c->diags);
        now = now_seconds();
        if (ran != TN_OK) return cli_report(b->c, ran);
        if (!s) continue;
        s->ns = cli_grow(b->c, s->ns, &s->capacity, s->count + 1, sizeof *s->ns);
        s->ns[s->count++] = (now - before) * 1e9;
        s->seconds = now - start;
        now = now_seconds(); // what was done here belongs to no sample
    }
    return EXIT_FINE;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The smallest sample that `share` of all are not above.
static double percentile(const samples *s, double share) {
    size_t rank = (size_t)ceil(share * (double)s->count);
    return s->ns[rank ? rank - 1 : 0];
}

static int open_context(bench *b, bool profile, tn_context **context) {
    tn_context_options options = {
        .threads = b->threads, .no_spin = opt_on(&b->c->o, OPT_NO_SPIN), .profile = profile};
    int status = cli_report(b->c, tn_context_new(context, b->model.plan, &options, b->c->diags));
    return status ? status : feed_bind(b->c, &b->feed, b->model.plan, *context);
}

static int measure(bench *b) {
    const cli_options *o = &b->c->o;
    bool exactly = opt_on(o, OPT_ITERATIONS) && !opt_on(o, OPT_DURATION);
    size_t least = (size_t)opt_int(o, OPT_ITERATIONS);
    tn_context *context = NULL;
    int status = open_context(b, false, &context);
    if (!status) status = run_for(b, context, opt_real(o, OPT_WARM_UP) / 1000, 1, NULL);
    if (!status) {
        b->samples.ns = cli_grow(b->c, NULL, &b->samples.capacity, least + 1024, sizeof *b->samples.ns);
        status = run_for(b, context, exactly ? 0 : opt_real(o, OPT_DURATION), least ? least : 1, &b->samples);
    }
    b->context_bytes = context ? tn_context_bytes(context) : 0;
    tn_context_free(context);
    if (!status) qsort(b->samples.ns, b->samples.count, sizeof *b->samples.ns, by_value);
    return status;
}

// ----------------------------------------------------------------------------------------- profile

// One more run: of each layer the least time counts, which other programs disturb least.
static int profile_run(bench *b, tn_context *context, bool first) {
    int status = cli_report(b->c, tn_context_run(context, b->c->diags));
    for (size_t i = 0; !status && i < b->layers; i++) {
        layer *l = &b->layer[i];
        status = cli_report(b->c, tn_context_step(context, i, &l->step));
        if (first || l->step.ns < l->ns) l->ns = l->step.ns;
    }
    return status;
}

static int profile(bench *b) {
    enum { RUNS = 20 };
    tn_context *context = NULL;
    b->layers = tn_plan_step_count(b->model.plan);
    b->layer = cli_alloc(b->c, b->layers, sizeof *b->layer);
    int status = cli_report(b->c, tn_machine_measure(b->c->env, &b->machine));
    if (!status) status = open_context(b, true, &context);
    for (int k = 0; !status && k <= RUNS; k++)
        status = profile_run(b, context, k < 2); // after one to warm up
    for (size_t i = 0; i < b->layers; i++) b->layer_ns += b->layer[i].ns;
    tn_context_free(context);
    return status;
}

// Work per nanosecond is 1e9 a second: GFLOP/s, GB/s.
static double rate(double work, double ns) { return ns > 0 ? work / ns : 0; }

static double peak_gflops(const bench *b) {
    int threads = b->threads ? b->threads : tn_plan_threads(b->model.plan);
    return b->machine.gflops * (threads < b->machine.cores ? threads : b->machine.cores);
}

static void print_profile(bench *b) {
    printf("\npeak: %.0f GFLOP/s (measured on one thread, times threads), one thread reads %.1f GB/s\n",
           peak_gflops(b), b->machine.gbytes);
    printf("%10s %6s %9s %6s %8s  %-14s %-34s %s\n", "time us", "share", "GFLOP/s", "peak", "GB/s", "op",
           "kernel", "node");
    for (size_t i = 0; i < b->layers; i++) {
        const layer *l = &b->layer[i];
        double gflops = rate(l->step.flops, l->ns);
        printf("%10.1f %5.1f%% %9.2f %5.1f%% %8.2f  %-14s %-34s %s\n", l->ns / 1000,
               b->layer_ns > 0 ? 100 * l->ns / b->layer_ns : 0, gflops, 100 * gflops / peak_gflops(b),
               rate(l->step.bytes, l->ns), safe(b->c, l->step.op), safe(b->c, l->step.tactic),
               safe(b->c, l->step.node));
    }
    printf("%10.1f        in %zu layers\n", b->layer_ns / 1000, b->layers);
}

static void json_profile(bench *b, json *j) {
    json_double(j, "peak_gflops", peak_gflops(b));
    json_double(j, "one_thread_gbytes", b->machine.gbytes);
    json_open(j, "layers", '[');
    for (size_t i = 0; i < b->layers; i++) {
        const layer *l = &b->layer[i];
        json_open(j, NULL, '{');
        json_text(j, "node", l->step.node);
        json_text(j, "op", l->step.op);
        json_text(j, "kernel", l->step.tactic);
        json_text(j, "source", l->step.source);
        json_double(j, "ns", l->ns);
        json_double(j, "share", b->layer_ns > 0 ? l->ns / b->layer_ns : 0);
        json_double(j, "flops", l->step.flops);
        json_double(j, "bytes", l->step.bytes);
        json_double(j, "gflops", rate(l->step.flops, l->ns));
        json_double(j, "gbytes", rate(l->step.bytes, l->ns));
        json_close(j, '}');
    }
    json_close(j, ']');
}

// ------------------------------------------------------------------------------------------ report

static const struct {
    const char *name;
    double share;
} percentiles[] = {{"min", 0}, {"median", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}};
enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

static void print_report(bench *b) {
    const samples *s = &b->samples;
    cli *c = b->c;
    printf("latency:    ");
    for (int i = 0; i < PERCENTILES; i++)
        printf(" %s %s%s", percentiles[i].name, text_seconds(c, percentile(s, percentiles[i].share) * 1e-9),
               i + 1 < PERCENTILES ? "," : "\n");
    printf("throughput:  %.4g runs/s (%zu runs in %s)\n", (double)s->count / s->seconds, s->count,
           text_seconds(c, s->seconds));
    printf("memory:      peak %s, engine %s, context %s\n", text_bytes(c, (double)peak_resident_bytes()),
           text_bytes(c, (double)tn_plan_bytes(b->model.plan)), text_bytes(c, (double)b->context_bytes));
    printf("load:        %s", text_seconds(c, b->model.load_seconds));
    if (!b->model.engine) printf(", build %s", text_seconds(c, b->model.build_seconds));
    printf("\nthreads:     %d, CPU level %s\n", b->threads ? b->threads : tn_plan_threads(b->model.plan),
           tn_env_isa(c->env));
    if (b->layers) print_profile(b);
}

static void json_report(bench *b) {
    const samples *s = &b->samples;
    json j = json_begin(b->c);
    json_open(&j, NULL, '{');
    json_text(&j, "model", b->model.path);
    json_text(&j, "kind", b->model.engine ? "engine" : "model");
    json_open(&j, "latency_ns", '{');
    for (int i = 0; i < PERCENTILES; i++)
        json_double(&j, percentiles[i].name, percentile(s, percentiles[i].share));
    json_double(&j, "max", s->ns[s->count - 1]);
    json_close(&j, '}');
    json_int(&j, "runs", (int64_t)s->count);
    json_double(&j, "seconds", s->seconds);
    json_double(&j, "runs_per_second", (double)s->count / s->seconds);
    json_int(&j, "peak_bytes", (int64_t)peak_resident_bytes());
    json_int(&j, "engine_bytes", (int64_t)tn_plan_bytes(b->model.plan));
    json_int(&j, "context_bytes", (int64_t)b->context_bytes);
    json_double(&j, "load_seconds", b->model.load_seconds);
    json_double(&j, "build_seconds", b->model.build_seconds);
    json_int(&j, "threads", b->threads ? b->threads : tn_plan_threads(b->model.plan));
    json_text(&j, "isa", tn_env_isa(b->c->env));
    if (b->layers) json_profile(b, &j);
    json_close(&j, '}');
}

static int whole(bench *b) {
    int status = model_open(b->c, &b->model, b->c->o.operand[0]);
    if (!status) status = feed_load(b->c, &b->feed, &b->model, true);
    if (!status) status = model_plan(b->c, &b->model);
    if (!status) cli_progress(b->c, "measuring", 0, 0);
    if (!status) status = measure(b);
    if (!status && opt_on(&b->c->o, OPT_PROFILE)) status = profile(b);
    cli_progress_clear(b->c);
    if (status) return status;
    if (b->c->json)
        json_report(b);
    else
        print_report(b);
    return EXIT_FINE;
}

int run_bench(cli *c) {
    if (opt_on(&c->o, OPT_AGAINST)) return run_against(c);
    bench b = {.c = c, .threads = (int)opt_int(&c->o, OPT_THREADS)};
    int status = whole(&b);
    feed_free(&b.feed);
    model_close(&b.model);
    return status;
}
