// SPDX-License-Identifier: Apache-2.0
// options.h - the one table of options (options.def) and what the parser makes of a command line with it.
// Help, man page and shell completion are printed from the same rows.
#ifndef TN_CLI_OPTIONS_H
#define TN_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum option_type {
    OPTION_FLAG,
    OPTION_TEXT, // the last one counts
    OPTION_LIST, // all of them count
    OPTION_INT,  // >= 0
    OPTION_REAL, // >= 0
    OPTION_SIZE, // bytes, with K M G T or KiB...
} option_type;

typedef struct option_row {
    const char *commands; // separated by spaces; "*": all
    const char *name;
    char letter;          // 0: none
    const char *argument; // NULL: a flag
    option_type type;
    const char *fallback; // default, as it would be typed
    const char *env;      // an environment variable that stands in for the option
    const char *help;
} option_row;

typedef enum option_id {
#define OPTION(id, ...) OPT_##id,
#include "options.def"
#undef OPTION
    OPTION_COUNT
} option_id;

extern const option_row option_table[OPTION_COUNT];

typedef struct option_value {
    bool given; // on the command line or by the environment
    const char *text;
    const char **list; // OPTION_LIST
    size_t count;
    int64_t integer; // OPTION_INT, OPTION_SIZE
    double real;     // OPTION_REAL
} option_value;

typedef struct cli_options {
    option_value value[OPTION_COUNT];
    const char **operand;
    size_t operands;
} cli_options;

struct cli;
struct cli_command;
bool option_applies(const option_row *row, const char *command);
// Fills c->o from `argv`. Returns EXIT_FINE, or EXIT_USAGE after having said what is wrong.
int options_parse(struct cli *c, const struct cli_command *command, int argc, char **argv);

static inline bool opt_on(const cli_options *o, option_id id) { return o->value[id].given; }
static inline const char *opt_text(const cli_options *o, option_id id) { return o->value[id].text; }
static inline int64_t opt_int(const cli_options *o, option_id id) { return o->value[id].integer; }
static inline double opt_real(const cli_options *o, option_id id) { return o->value[id].real; }

#endif
