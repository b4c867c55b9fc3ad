// SPDX-License-Identifier: Apache-2.0
// main.c - the tenon command: the table of commands, what happens before and after each of them.
#define _POSIX_C_SOURCE 200809L
#include "json.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const cli_command commands[] = {
    {"check", "MODEL...", 1, SIZE_MAX, "say whether models can be used, with every problem they have",
     "Reads each model (or engine) completely and lists all problems: node, operator, opset, tensor, cause "
     "and "
     "what to do. Exit status 0 when every one is accepted, else 1.",
     run_check},
    {"build", "MODEL -o ENGINE", 1, 1, "make an engine, tuned for this machine",
     "Simplifies the model, picks a kernel for every node by measurement, lays memory out and writes one "
     "engine file. The file appears whole or not at all.",
     run_build},
    {"run", "MODEL|ENGINE", 1, 1, "run once; print, save or compare the outputs",
     "Feeds the inputs from files (or random values), runs, and prints each output's name, type, shape and a "
     "summary. With --expect the exit status is 1 when a value is out of tolerance.",
     run_run},
    {"bench", "MODEL|ENGINE", 1, 1, "measure latency, throughput and memory",
     "Runs again and again with the same inputs (random ones unless --input names files) and prints min, "
     "median, p90, p95 and p99 of the latency, throughput, peak memory and load time.",
     run_bench},
    {"conformance", "DIR", 1, 1, "run a folder of operator tests",
     "Runs every folder under DIR that holds model.onnx and test_data_set_*/ (input_K.pb, output_K.pb), and "
     "every X.onnx with X_output_0.pb beside it, whose inputs are 0, 1/n, 2/n... Values must agree within "
     "1e-3 "
     "relative + 1e-7 absolute (X.onnx: 2e-3 + 1e-7); results of random operators are compared by type and "
     "shape. A case counts in the table under each operator of its model. The last line is "
     "'N passed, M failed, K skipped'.",
     run_conformance},
    {"codegen", "MODEL|ENGINE -o DIR", 1, 1, "write source that builds the network",
     "Writes a small project in C or, with --lang python, in Python: network.c or network.py, in which the "
     "model's modules are functions and repeated ones are one function, weights.safetensors, a main program, "
     "build files and a README. Run, it makes the same engine, to the byte. With --after or --optimized it "
     "is "
     "the network as it really runs.",
     run_codegen},
    {"show", "MODEL|ENGINE", 1, 1, "print or draw the graph", "Prints a summary by default.", run_show},
    {"list", "[ops|tactics|passes] [NAME]", 0, 2, "list operators, kernels and passes and where they live",
     "With NAME only those of that name, and kernels that compute the operator NAME.", run_list},
    {"simplify", "MODEL -o OUT.onnx", 1, 1, "write a simpler model that computes the same",
     "Runs the passes that stay within ONNX (levels 0 and 1 of 'tenon list passes') and writes the result, "
     "in the "
     "oldest opset from 21 on that has what it uses.",
     run_simplify},
    {"extract", "MODEL -o OUT.onnx", 1, 1, "write a part of a model as a model",
     "What computes the tensors --to from the tensors --from, with their names and types. Without --from it "
     "begins at the model's own inputs, without --to it ends at its outputs; without both it is the whole "
     "model "
     "as it was read.",
     run_extract},
    {"embed", "ENGINE -o NAME.o|NAME.c|--list-ops", 1, 1, "put an engine into an object file, with a header",
     "Writes NAME.o (for this kind of machine; no assembler is needed) or NAME.c, and NAME.h. Linked into a "
     "program "
     "the engine is used where it lies: tn_plan_wrap(&plan, env, NAME, NAME_size, ...).",
     run_embed},
    {"weights", "ls FILE | convert IN -o OUT | diff A B", 2, 3, "list, convert or compare files of weights",
     "Reads safetensors (one file, a folder, or the index.json of several), PyTorch's .pth, .pt and .bin "
     "(nothing in them is executed), .npz, .npy, TensorRTx's .wts and an ONNX model's initializers; writes "
     ".safetensors, .npz and .wts. diff ends with status 1 when names, types, shapes or values differ.",
     run_weights},
    {"doctor", "", 0, 0, "tell what this machine and this build can do", "", run_doctor},
    {"help", "[COMMAND]", 0, 1, "print help, the man page or shell completion", "", run_help},
};
const size_t command_count = sizeof commands / sizeof *commands;

const cli_command *command_find(const char *name) {
    for (size_t i = 0; i < command_count; i++)
        if (!strcmp(commands[i].name, name)) return &commands[i];
    return NULL;
}

const char *command_nearest(const char *name) {
    const char *best = NULL;
    size_t least = strlen(name) / 2 + 2;
    for (size_t i = 0; i < command_count; i++) {
        bool begins = *name && !strncmp(commands[i].name, name, strlen(name));
        size_t d = begins ? 0 : edit_distance(commands[i].name, name);
        if (d < least) least = d, best = commands[i].name;
    }
    return best;
}

static int unknown_command(cli *c, const char *name) {
    const char *near = command_nearest(name);
    if (near)
        return cli_usage(c, "unknown command '%s'; did you mean '%s'? ('tenon help' lists all)",
                         safe(c, name), near);
    return cli_usage(c, "unknown command '%s'; 'tenon help' lists what there is", safe(c, name));
}

// A write to a closed pipe or past a file size limit must come back as an error, not kill the process.
static void ignore_signals(void) {
    signal(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN);
#endif
}

static void look_at_terminal(cli *c) {
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    bool smart = term && strcmp(term, "dumb");
    bool color = smart && !(no_color && *no_color);
    c->color_out = color && isatty(STDOUT_FILENO);
    c->color_err = color && isatty(STDERR_FILENO);
    c->progress = smart && isatty(STDERR_FILENO);
}

static void apply_options(cli *c) {
    c->json = opt_on(&c->o, OPT_JSON);
    c->quiet = opt_on(&c->o, OPT_QUIET);
    c->verbose = opt_on(&c->o, OPT_VERBOSE) && !c->quiet;
    c->progress = c->progress && !c->quiet;
    if (opt_on(&c->o, OPT_NO_COLOR)) c->color_out = c->color_err = false;
}

static int load_plugins(cli *c) {
    const option_value *v = &c->o.value[OPT_PLUGIN];
    for (size_t i = 0; i < v->count; i++) {
        int status = cli_report(c, tn_env_plugin(c->env, v->list[i], c->diags));
        if (status) return status;
    }
    return EXIT_FINE;
}

static int run_command(cli *c, const cli_command *command) {
    tn_env_options env = {.isa = opt_text(&c->o, OPT_CPU),
                          .max_bytes = (size_t)opt_int(&c->o, OPT_MAX_MEMORY)};
    tn_status status = tn_env_new(&c->env, &env);
    if (status == TN_OK) status = tn_diags_new(&c->diags, c->env);
    if (status == TN_INVALID && env.isa)
        return cli_usage(c, "--cpu: this machine and this build have no level '%s'", safe(c, env.isa));
    int result = status == TN_OK ? load_plugins(c) : cli_error(c, "%s", tn_status_text(status));
    if (result == EXIT_FINE) result = command->run(c);
    if (result == EXIT_PROBLEM && c->json && !c->json_written) json_failure(c);
    tn_diags_free(c->diags);
    tn_env_free(c->env);
    return result;
}

static int print_version(void) {
    printf("tenon %s\n", tn_version());
    return EXIT_FINE;
}

static int parse_and_run(cli *c, int argc, char **argv) {
    const char *first = argc > 1 ? argv[1] : NULL;
    if (!first) {
        print_help(stderr, NULL);
        return EXIT_USAGE;
    }
    if (!strcmp(first, "--version") || !strcmp(first, "-V")) return print_version();
    if (!strcmp(first, "--help") || !strcmp(first, "-h")) {
        print_help(stdout, NULL);
        return EXIT_FINE;
    }
    if (*first == '-') return cli_usage(c, "the command comes first: tenon COMMAND [options]");
    const cli_command *command = command_find(first);
    if (!command) return unknown_command(c, first);
    int status = options_parse(c, command, argc - 2, argv + 2);
    if (status) return status;
    apply_options(c);
    if (opt_on(&c->o, OPT_VERSION)) return print_version();
    if (!opt_on(&c->o, OPT_HELP)) return run_command(c, command);
    print_help(stdout, command);
    return EXIT_FINE;
}

// Output that could not be written is a failure, except that a reader may always hang up early.
static int close_output(cli *c, int status) {
    errno = 0;
    bool bad = fflush(stdout) || ferror(stdout);
    if (!bad || errno == EPIPE) return status;
    return cli_error(c, "cannot write standard output: %s",
                     errno ? strerror(errno) : "an earlier write failed");
}

int main(int argc, char **argv) {
    cli c = {0};
    ignore_signals();
    look_at_terminal(&c);
    int status = parse_and_run(&c, argc, argv);
    cli_progress_clear(&c);
    status = close_output(&c, status);
    cli_free(&c);
    return status;
}
