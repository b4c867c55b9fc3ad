// SPDX-License-Identifier: Apache-2.0
// cli.h - what every command shares: its state, memory that lives until the end, messages, and text that is
// safe to print whatever a file put into it.
#ifndef TN_CLI_H
#define TN_CLI_H

#include "options.h"
#include "tenon.h"

#include <stdio.h>

// Exit statuses, documented in `tenon --help`. An interrupted command dies of its signal.
enum { EXIT_FINE = 0, EXIT_PROBLEM = 1, EXIT_USAGE = 2 };

typedef struct cli_block cli_block;

typedef struct cli {
    cli_options o;
    tn_env *env;
    tn_diags *diags;
    bool json, quiet, verbose;
    bool color_out, color_err; // colours allowed on stdout, on stderr
    bool json_written;         // a JSON document went to stdout
    const char *last_message;
    bool progress;        // stderr is a terminal and nobody asked for quiet
    bool progress_shown;  // a progress line stands on the terminal now
    double progress_time; // when it was last drawn
    cli_block *blocks;
} cli;

// Zeroed memory that lives until the command ends. Running out ends the program with a message.
void *cli_alloc(cli *c, size_t count, size_t size);
// An array grown to hold at least `need` items; the old one stays valid until the end.
void *cli_grow(cli *c, void *items, size_t *capacity, size_t need, size_t size);
char *cli_printf(cli *c, const char *format, ...) TN_PRINTF(2, 3);
char *cli_copy(cli *c, const char *text, size_t length);
// The values of a list option with commas between them; NULL: not given.
const char *cli_joined(cli *c, option_id id);
void cli_free(cli *c);

// `text` with control characters, invalid UTF-8 and direction overrides written as escapes. NULL stays "".
const char *safe(cli *c, const char *text);
// Length of the well-formed UTF-8 character at `p`, its code point in *code; 0: none starts here.
size_t utf8_length(const unsigned char *p, unsigned *code);

// Sentences for the person, on stderr: "error: ...", "warning: ...". Return EXIT_PROBLEM and EXIT_USAGE.
int cli_error(cli *c, const char *format, ...) TN_PRINTF(2, 3);
int cli_usage(cli *c, const char *format, ...) TN_PRINTF(2, 3);
void cli_warn(cli *c, const char *format, ...) TN_PRINTF(2, 3);
void cli_note(cli *c, const char *format, ...) TN_PRINTF(2, 3); // only with --verbose
// Prints and clears the diagnostics collected so far; with a failed `status` and no error among them says
// what the status says. Returns EXIT_FINE or EXIT_PROBLEM by the status alone. With --json a failure's
// diagnostics are kept for the document that main writes.
int cli_report(cli *c, tn_status status);
// One diagnostic, coloured, to `to`.
void cli_print_diag(cli *c, FILE *to, bool color, size_t i);

// One line that is overwritten; nothing when stderr is no terminal.
void cli_progress(cli *c, const char *phase, size_t done, size_t total);
void cli_progress_clear(cli *c);

// Between these a Ctrl-C waits, so that a file being written appears whole or not at all.
void cli_save_begin(void);
void cli_save_end(void);

double now_seconds(void);                         // monotonic
size_t peak_resident_bytes(void);                 // of this process
const char *text_bytes(cli *c, double bytes);     // "12.3 MB"
const char *text_seconds(cli *c, double seconds); // "1.23 ms"
const char *text_shape(cli *c, int rank, const int64_t *dims);
const char *text_io_shape(cli *c, const tn_io *io); // "[N,3,224,224]"; "[?]" when the rank is open
const char *text_io(cli *c, const tn_io *io);       // "f32[N,3,224,224]"
size_t edit_distance(const char *a, const char *b);

#define ANSI_BOLD "\033[1m"
#define ANSI_RED "\033[1;31m"
#define ANSI_YELLOW "\033[1;33m"
#define ANSI_GREEN "\033[32m"
#define ANSI_DIM "\033[2m"
#define ANSI_OFF "\033[0m"

// One command; `operands` as in the synopsis, between `fewest` and `most` of them.
typedef struct cli_command {
    const char *name, *operands;
    size_t fewest, most;
    const char *line, *details;
    int (*run)(cli *c);
} cli_command;
extern const cli_command commands[];
extern const size_t command_count;
const cli_command *command_find(const char *name);
const char *command_nearest(const char *name); // NULL: nothing is near

int run_check(cli *c);
int run_build(cli *c);
int run_run(cli *c);
int run_bench(cli *c);
int run_show(cli *c);
int run_codegen(cli *c);
int run_list(cli *c);
int run_conformance(cli *c);
int run_simplify(cli *c);
int run_extract(cli *c);
int run_embed(cli *c);
int run_weights(cli *c);
int run_doctor(cli *c);
int run_help(cli *c);

void print_help(FILE *to, const cli_command *one); // NULL: the overview

#endif
