// SPDX-License-Identifier: Apache-2.0
// doctor.c - `tenon doctor`: what bears on speed and on what works: the machine, the build, the environment.
#define _POSIX_C_SOURCE 200809L
#include "json.h"
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

extern char **environ;

// A line of the report, and its member in JSON.
typedef struct report {
    cli *c;
    json j;
} report;

static void text(report *r, const char *key, const char *label, const char *value) {
    if (r->c->json)
        json_text(&r->j, key, value);
    else
        printf("%-18s %s\n", label, safe(r->c, value));
}

static void number(report *r, const char *key, const char *label, double value, const char *unit) {
    if (r->c->json)
        json_double(&r->j, key, value);
    else
        printf("%-18s %.4g%s%s\n", label, value, *unit ? " " : "", unit);
}

static void bytes(report *r, const char *key, const char *label, double value) {
    if (r->c->json)
        json_double(&r->j, key, value);
    else
        printf("%-18s %s\n", label, text_bytes(r->c, value));
}

static const char *first_line(cli *c, const char *path) {
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    char line[256] = "";
    if (!fgets(line, sizeof line, f)) line[0] = 0;
    fclose(f);
    line[strcspn(line, "\n")] = 0;
    return cli_copy(c, line, strlen(line));
}

static int machine(report *r) {
    tn_machine m;
    tn_status status = tn_machine_measure(r->c->env, &m);
    if (status != TN_OK) return cli_report(r->c, status);
    text(r, "cpu", "CPU", m.cpu);
    text(r, "isa", "level in use", m.isa);
    number(r, "cores", "cores", m.cores, "");
    number(r, "gflops", "one thread", m.gflops, "GFLOP/s (f32, measured)");
    number(r, "gbytes", "one thread reads", m.gbytes, "GB/s (measured)");
    return EXIT_FINE;
}

static void memory(report *r) {
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && size > 0) bytes(r, "memory_bytes", "memory", (double)pages * (double)size);
    const char *huge = first_line(r->c, "/sys/kernel/mm/transparent_hugepage/enabled");
    text(r, "huge_pages", "huge pages", huge ? huge : "not known");
    const char *folder = getenv("TMPDIR");
    struct statvfs disk;
    if (!statvfs(folder && *folder ? folder : "/tmp", &disk))
        bytes(r, "temporary_free_bytes", "free for temporary", (double)disk.f_bavail * (double)disk.f_frsize);
    if (!statvfs(".", &disk))
        bytes(r, "free_bytes", "free here", (double)disk.f_bavail * (double)disk.f_frsize);
}

static void libraries(report *r) {
    const char *list = tn_features();
    text(r, "version", "tenon", tn_version());
#ifdef __clang__
    text(r, "compiler", "compiled by", __VERSION__);
#else
    text(r, "compiler", "compiled by", "gcc " __VERSION__);
#endif
    text(r, "libraries", "libraries", *list ? list : "none");
}

static void counts(report *r) {
    static const char *const kind[][2] = {{"op", "operators"}, {"tactic", "kernels"}, {"pass", "passes"}};
    for (size_t k = 0; k < 3; k++) {
        size_t n = 0;
        for (size_t i = 0; i < tn_list_count(r->c->env); i++) {
            tn_listing l;
            n += tn_list_get(r->c->env, i, &l) == TN_OK && !strcmp(l.kind, kind[k][0]);
        }
        number(r, kind[k][1], kind[k][1], (double)n, "");
    }
}

static void environment(report *r) {
    static const char *const prefix[] = {"TENON_", "TN_", "NO_COLOR="};
    if (r->c->json) json_open(&r->j, "environment", '[');
    for (char **e = environ; *e; e++)
        for (size_t k = 0; k < sizeof prefix / sizeof *prefix; k++) {
            if (strncmp(*e, prefix[k], strlen(prefix[k]))) continue;
            if (r->c->json)
                json_text(&r->j, NULL, *e);
            else
                printf("%-18s %s\n", "environment", safe(r->c, *e));
        }
    if (r->c->json) json_close(&r->j, ']');
}

int run_doctor(cli *c) {
    report r = {.c = c};
    if (c->json) {
        r.j = json_begin(c);
        json_open(&r.j, NULL, '{');
    }
    libraries(&r);
    int status = machine(&r);
    memory(&r);
    counts(&r);
    const char *cache = model_timing_cache(c);
    text(&r, "timing_cache", "timing cache", cache ? cache : "none");
    environment(&r);
    if (c->json) json_close(&r.j, '}');
    return status;
}
