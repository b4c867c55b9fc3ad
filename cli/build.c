// SPDX-License-Identifier: Apache-2.0
// build.c - `tenon build`: a model becomes an engine file.
#define _POSIX_C_SOURCE 200809L
#include "files.h"
#include "json.h"
#include "model.h"

#include <string.h>
#include <sys/stat.h>

static int check_output(cli *c, const char *model, const char *engine) {
    struct stat st;
    if (!engine || !*engine) return cli_usage(c, "'tenon build' needs -o ENGINE");
    if (same_file(model, engine))
        return cli_usage(c, "-o %s is the model itself; name another file", safe(c, engine));
    if (!stat(engine, &st) && !S_ISREG(st.st_mode))
        return cli_usage(c, "-o %s is not a regular file", safe(c, engine));
    return EXIT_FINE;
}

static void print_result(cli *c, const cli_model *m, const char *engine) {
    if (c->quiet) return;
    printf("%s: %zu steps, %s, tuned for %d thread%s\n", safe(c, engine), tn_plan_step_count(m->plan),
           text_bytes(c, (double)tn_plan_bytes(m->plan)), tn_plan_threads(m->plan),
           tn_plan_threads(m->plan) == 1 ? "" : "s");
    printf("time: load %s", text_seconds(c, m->load_seconds));
    for (size_t i = 0; i < m->phase_count; i++)
        printf(", %s %s", m->phases[i].name, text_seconds(c, m->phases[i].seconds));
    printf("; total %s\n", text_seconds(c, m->load_seconds + m->build_seconds));
    printf("peak memory: %s (%s of it allocated)\n", text_bytes(c, (double)peak_resident_bytes()),
           text_bytes(c, (double)tn_env_peak_bytes(c->env)));
}

static void json_result(cli *c, const cli_model *m, const char *engine) {
    json j = json_begin(c);
    json_open(&j, NULL, '{');
    json_text(&j, "model", m->path);
    json_text(&j, "engine", engine);
    json_int(&j, "steps", (int64_t)tn_plan_step_count(m->plan));
    json_int(&j, "bytes", (int64_t)tn_plan_bytes(m->plan));
    json_int(&j, "threads", tn_plan_threads(m->plan));
    json_open(&j, "seconds", '{');
    json_double(&j, "load", m->load_seconds);
    for (size_t i = 0; i < m->phase_count; i++) json_double(&j, m->phases[i].name, m->phases[i].seconds);
    json_close(&j, '}');
    json_int(&j, "peak_bytes", (int64_t)peak_resident_bytes());
    json_int(&j, "peak_allocated_bytes", (int64_t)tn_env_peak_bytes(c->env));
    json_close(&j, '}');
}

int run_build(cli *c) {
    const char *path = c->o.operand[0], *engine = opt_text(&c->o, OPT_OUTPUT);
    int status = check_output(c, path, engine);
    if (status) return status;
    cli_model m;
    status = model_open(c, &m, path);
    if (!status && m.engine) status = cli_error(c, "%s is an engine already", safe(c, path));
    if (!status) {
        m.output = engine; // signals wait from the phase "writing" on
        status = model_plan(c, &m);
        cli_save_end();
    }
    if (!status && c->json) json_result(c, &m, engine);
    if (!status && !c->json) print_result(c, &m, engine);
    model_close(&m);
    return status;
}
