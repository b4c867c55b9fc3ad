// SPDX-License-Identifier: Apache-2.0
// model.h - from an operand (model or engine) to a plan that can run, as the options say; and shapes as they
// are typed.
#ifndef TN_CLI_MODEL_H
#define TN_CLI_MODEL_H

#include "cli.h"

// The time one phase of building took.
typedef struct phase_time {
    const char *name;
    double seconds;
} phase_time;

typedef struct cli_model {
    const char *path;
    bool engine;        // the file is an engine: no graph
    bool quantised;     // activations are rounded to few steps on the way
    const char *output; // where model_plan writes the engine; NULL: nowhere
    tn_graph *graph;    // until model_close
    tn_plan *plan;      // after model_plan
    tn_shape *shapes;   // --shape
    size_t shape_count;
    double load_seconds, build_seconds;
    phase_time *phases;
    size_t phase_count, phase_capacity;
    double phase_start;
    cli *c;
    const char *explained; // the node whose candidates were printed last
    // Also called for every candidate, as tn_build_options.explain is; NULL: nobody wants to know.
    void (*watch)(void *user, const char *node, const char *op, const char *tactic, bool chosen, double ns,
                  const char *reason);
    void *watcher;
    bool fresh; // no times from an earlier build, unless --timing-cache names them
} cli_model;

// Reads what the operand names. All of these report and return EXIT_FINE, EXIT_PROBLEM or EXIT_USAGE.
int model_open(cli *c, cli_model *m, const char *path);
// Builds the plan, unless the operand was an engine and is one already.
int model_plan(cli *c, cli_model *m);
// The graph as a build optimises it, up to and with the pass `after` (NULL: all).
int model_optimize(cli *c, cli_model *m, const char *after);
void model_close(cli_model *m);

// The file that measured times are kept in, or NULL.
const char *model_timing_cache(cli *c);

// The --shape of input `name`, or NULL.
const tn_shape *model_shape(const cli_model *m, const char *name);
size_t model_input_count(const cli_model *m);
const tn_io *model_input(const cli_model *m, size_t i);

// "1x3x224x224", "?x3", "scalar" -> rank and dims; false when it is none.
bool parse_dims(const char *text, size_t length, int *rank, int64_t *dims);

#endif
