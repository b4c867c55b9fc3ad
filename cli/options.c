// SPDX-License-Identifier: Apache-2.0
// options.c - the command line by the one table: `--name value`, `--name=value`, `-n value`, `-nvalue`,
// joined flags (`-qv`), `--` before operands that begin with a dash, `-` as an operand. A typing error names
// the nearest option.
#include "options.h"

#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const option_row option_table[OPTION_COUNT] = {
#define OPTION(id, ...) [OPT_##id] = {__VA_ARGS__},
#include "options.def"
#undef OPTION
};

bool option_applies(const option_row *row, const char *command) {
    if (!strcmp(row->commands, "*")) return true;
    size_t n = strlen(command);
    for (const char *at = row->commands; (at = strstr(at, command)); at += n)
        if ((at == row->commands || at[-1] == ' ') && (!at[n] || at[n] == ' ')) return true;
    return false;
}

// ------------------------------------------------------------------------------------------ values

static bool parse_int(const char *text, int64_t *to) {
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    *to = v;
    return *text && !*end && !errno && v >= 0;
}

static bool parse_real(const char *text, double *to) {
    char *end;
    *to = strtod(text, &end);
    return *text && !*end && isfinite(*to) && *to >= 0;
}

// "512M" and "512MB" count in thousands, "512MiB" in 1024s.
static bool parse_size(const char *text, int64_t *to) {
    static const char unit[] = "KMGT";
    char *end;
    double v = strtod(text, &end);
    if (end == text || !(v >= 0)) return false;
    const char *at = *end ? strchr(unit, *end == 'k' ? 'K' : *end) : NULL;
    if (at) {
        bool binary = end[1] == 'i';
        for (const char *p = unit; p <= at; p++) v *= binary ? 1024 : 1000;
        end += binary ? 2 : 1;
    }
    if (*end == 'B') end++;
    *to = v < 9e18 ? (int64_t)v : -1;
    return !*end && v < 9e18;
}

static const char *const wanted[] = {
    [OPTION_FLAG] = "nothing",       [OPTION_TEXT] = "a text",
    [OPTION_LIST] = "a text",        [OPTION_INT] = "a whole number, zero or more",
    [OPTION_REAL] = "a number >= 0", [OPTION_SIZE] = "a size such as 512M or 2GiB",
};

static bool store(cli *c, option_id id, const char *text) {
    option_value *v = &c->o.value[id];
    v->text = text;
    switch (option_table[id].type) {
    case OPTION_INT: return parse_int(text, &v->integer);
    case OPTION_REAL: return parse_real(text, &v->real);
    case OPTION_SIZE: return parse_size(text, &v->integer);
    case OPTION_LIST: {
        size_t capacity = v->count;
        v->list = cli_grow(c, v->list, &capacity, v->count + 1, sizeof *v->list);
        v->list[v->count++] = text;
        return true;
    }
    case OPTION_FLAG:
    case OPTION_TEXT: break;
    }
    return true;
}

static int set(cli *c, option_id id, const char *said, const char *text) {
    if (!store(c, id, text ? text : ""))
        return cli_usage(c, "%s wants %s, not '%s'", said, wanted[option_table[id].type], safe(c, text));
    c->o.value[id].given = true;
    return EXIT_FINE;
}

static int set_defaults(cli *c, const char *command) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option_row *row = &option_table[i];
        if (!option_applies(row, command)) continue;
        if (row->fallback) store(c, (option_id)i, row->fallback);
        const char *env = row->env ? getenv(row->env) : NULL;
        if (!env || !*env) continue;
        int status = set(c, (option_id)i, row->env, env);
        if (status) return status;
    }
    return EXIT_FINE;
}

// ------------------------------------------------------------------------------------------- names

static const char *nearest_option(const char *command, const char *name) {
    const char *best = NULL;
    size_t least = strlen(name) / 2 + 2;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option_row *row = &option_table[i];
        if (!option_applies(row, command)) continue;
        size_t d = strncmp(row->name, name, strlen(name)) ? edit_distance(row->name, name) : 1;
        if (d < least) least = d, best = row->name;
    }
    return best;
}

static int unknown(cli *c, const char *command, const char *name) {
    for (int i = 0; i < OPTION_COUNT; i++)
        if (!strcmp(option_table[i].name, name))
            return cli_usage(c, "'tenon %s' has no option --%s; it belongs to: %s", command, name,
                             option_table[i].commands);
    const char *near = nearest_option(command, name);
    if (near) return cli_usage(c, "unknown option '--%s'; did you mean '--%s'?", safe(c, name), near);
    return cli_usage(c, "unknown option '--%s'; 'tenon help %s' lists what there is", safe(c, name), command);
}

static int find_long(const char *command, const char *name) {
    for (int i = 0; i < OPTION_COUNT; i++)
        if (!strcmp(option_table[i].name, name) && option_applies(&option_table[i], command)) return i;
    return -1;
}

static int find_short(const char *command, char letter) {
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].letter == letter && option_applies(&option_table[i], command)) return i;
    return -1;
}

// ------------------------------------------------------------------------------------------ parser

typedef struct scan {
    const char *command;
    int argc, at;
    char **argv;
} scan;

// The value of option `id`: what follows in its own word, or the next word.
static int take_value(cli *c, scan *s, int id, const char *said, const char *inside) {
    if (inside) return set(c, (option_id)id, said, inside);
    const char *next = s->at < s->argc ? s->argv[s->at] : NULL;
    bool option = next && !strncmp(next, "--", 2) && find_long(s->command, next + 2) >= 0;
    if (!next || option) return cli_usage(c, "%s needs a value: %s", said, option_table[id].argument);
    s->at++;
    return set(c, (option_id)id, said, next);
}

static int parse_long(cli *c, scan *s, const char *word) {
    const char *equals = strchr(word, '=');
    const char *name = equals ? cli_copy(c, word, (size_t)(equals - word)) : word;
    int id = find_long(s->command, name);
    if (id < 0) return unknown(c, s->command, name);
    const char *said = cli_printf(c, "--%s", name);
    if (option_table[id].argument) return take_value(c, s, id, said, equals ? equals + 1 : NULL);
    if (equals) return cli_usage(c, "%s takes no value", said);
    return set(c, (option_id)id, said, NULL);
}

static int parse_short(cli *c, scan *s, const char *letters) {
    for (; *letters; letters++) {
        int id = find_short(s->command, *letters);
        const char *said = cli_printf(c, "-%c", *letters);
        if (id < 0)
            return cli_usage(c, "unknown option '%s'; 'tenon help %s' lists what there is", safe(c, said),
                             s->command);
        if (option_table[id].argument) return take_value(c, s, id, said, letters[1] ? letters + 1 : NULL);
        int status = set(c, (option_id)id, said, NULL);
        if (status) return status;
    }
    return EXIT_FINE;
}

static int check_operands(cli *c, const cli_command *command) {
    if (opt_on(&c->o, OPT_HELP) || opt_on(&c->o, OPT_VERSION)) return EXIT_FINE;
    if (c->o.operands < command->fewest)
        return cli_usage(c, "'tenon %s' needs %s", command->name, command->operands);
    if (c->o.operands > command->most)
        return cli_usage(c, "'tenon %s' does not know what to do with '%s'", command->name,
                         safe(c, c->o.operand[command->most]));
    return EXIT_FINE;
}

int options_parse(cli *c, const cli_command *command, int argc, char **argv) {
    scan s = {command->name, argc, 0, argv};
    int status = set_defaults(c, command->name);
    c->o.operand = cli_alloc(c, (size_t)argc + 1, sizeof *c->o.operand);
    bool only_operands = false;
    while (!status && s.at < argc) {
        const char *word = argv[s.at++];
        if (only_operands || word[0] != '-' || !word[1])
            c->o.operand[c->o.operands++] = word;
        else if (!strcmp(word, "--"))
            only_operands = true;
        else
            status = word[1] == '-' ? parse_long(c, &s, word + 2) : parse_short(c, &s, word + 1);
    }
    return status ? status : check_operands(c, command);
}
