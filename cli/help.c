// SPDX-License-Identifier: Apache-2.0
// help.c - what is printed from the tables of commands and options: help, man page, bash completion.
#include "cli.h"

#include <string.h>

// ---------------------------------------------------------------------------------------- plain text

enum { WIDTH = 96, COLUMN = 34 };

// `text` in lines of at most WIDTH, each after `indent` blanks; the cursor stands in column `at`.
static void wrap(FILE *to, const char *text, int indent, int at) {
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (at > indent && at + 1 + n > WIDTH) {
            fputc('\n', to);
            at = 0;
        }
        if (at < indent)
            fprintf(to, "%*s", indent - at, "");
        else if (at > indent)
            fputc(' ', to);
        at = (at < indent ? indent : at > indent ? at + 1 : at) + n;
        fprintf(to, "%.*s", n, text);
        text += n + (text[n] == ' ');
    }
    fputc('\n', to);
}

static void print_option(FILE *to, const option_row *row) {
    char head[96], letter[8] = "    ";
    if (row->letter) snprintf(letter, sizeof letter, "-%c, ", row->letter);
    int n = snprintf(head, sizeof head, "  %s--%s%s%s", letter, row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "");
    fputs(head, to);
    if (n >= COLUMN - 1) {
        fputc('\n', to);
        n = 0;
    }
    char help[1024];
    snprintf(help, sizeof help, "%s%s%s%s%s%s%s", row->help, row->fallback ? " [" : "",
             row->fallback ? row->fallback : "", row->fallback ? "]" : "", row->env ? " (environment: " : "",
             row->env ? row->env : "", row->env ? ")" : "");
    wrap(to, help, COLUMN, n);
}

static void print_options(FILE *to, const char *command, bool common) {
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_applies(&option_table[i], command) && !strcmp(option_table[i].commands, "*") == common)
            print_option(to, &option_table[i]);
}

static const char statuses[] =
    "0 fine; 1 a problem in the model, a mismatch, or something that could not be read or written; "
    "2 wrong usage. An interrupted command dies of its signal and leaves no partial file.";

static void print_overview(FILE *to) {
    fprintf(to,
            "tenon %s - compiles trained networks into engines and runs them\n\nusage: tenon COMMAND ...\n\n",
            tn_version());
    for (size_t i = 0; i < command_count; i++)
        fprintf(to, "  %-13s %s\n", commands[i].name, commands[i].line);
    fprintf(to, "\nEvery command takes:\n");
    print_options(to, "*", true);
    fprintf(to, "\nExit status: ");
    wrap(to, statuses, 2, 13);
    fprintf(to, "\n'tenon help COMMAND' tells the rest.\n");
}

void print_help(FILE *to, const cli_command *one) {
    if (!one) {
        print_overview(to);
        return;
    }
    fprintf(to, "usage: tenon %s %s%s[options]\n\n", one->name, one->operands, *one->operands ? " " : "");
    char line[1024];
    snprintf(line, sizeof line, "%c%s. %s", one->line[0] - 'a' + 'A', one->line + 1, one->details);
    wrap(to, line, 0, 0);
    fputc('\n', to);
    print_options(to, one->name, false);
    fprintf(to, "\nEverywhere:\n");
    print_options(to, one->name, true);
}

// -------------------------------------------------------------------------------------------- roff

// Backslashes, leading dots and quotes mean something to roff; a hyphen must be one to be copied.
static void roff(const char *text) {
    if (*text == '.' || *text == '\'') fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            fputc(*text, stdout);
    }
}

static void man_option(const option_row *row) {
    fputs(".TP\n", stdout);
    if (row->letter) printf("\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", stdout);
    roff(row->name);
    fputs("\\fR", stdout);
    if (row->argument) {
        fputs(" \\fI", stdout);
        roff(row->argument);
        fputs("\\fR", stdout);
    }
    fputc('\n', stdout);
    roff(row->help);
    if (row->fallback) {
        fputs(" (default: ", stdout);
        roff(row->fallback);
        fputc(')', stdout);
    }
    fputc('\n', stdout);
}

static void man_command(const cli_command *one) {
    printf(".SS tenon %s %s [options]\n", one->name, one->operands);
    printf("%c", one->line[0] - 'a' + 'A');
    roff(one->line + 1);
    fputs(". ", stdout);
    roff(one->details);
    fputc('\n', stdout);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strcmp(option_table[i].commands, "*") && option_applies(&option_table[i], one->name))
            man_option(&option_table[i]);
}

static void man_environment(void) {
    fputs(".SH ENVIRONMENT\n", stdout);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!option_table[i].env) continue;
        printf(".TP\n\\fB%s\\fR\nstands in for \\fB\\-\\-", option_table[i].env);
        roff(option_table[i].name);
        fputs("\\fR\n", stdout);
    }
}

static void print_man(void) {
    printf(".\\\" Generated by 'tenon help --man'.\n.TH TENON 1 \"\" \"tenon %s\" \"User Commands\"\n",
           tn_version());
    fputs(".SH NAME\ntenon \\- compiles trained networks into engines and runs them\n", stdout);
    fputs(".SH SYNOPSIS\n\\fBtenon\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] ...\n.SH COMMANDS\n", stdout);
    for (size_t i = 0; i < command_count; i++) man_command(&commands[i]);
    fputs(".SH COMMON OPTIONS\n", stdout);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (!strcmp(option_table[i].commands, "*")) man_option(&option_table[i]);
    fputs(".SH EXIT STATUS\n", stdout);
    roff(statuses);
    fputc('\n', stdout);
    man_environment();
}

// -------------------------------------------------------------------------------------- completion

static void complete_options(const char *command) {
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_applies(&option_table[i], command)) printf(" --%s", option_table[i].name);
}

static void print_completion(void) {
    printf("# bash completion for tenon, generated by 'tenon help --completion'\n"
           "_tenon() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} options=\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; i < command_count; i++) printf("%s%s", i ? " " : "", commands[i].name);
    printf("\" -- \"$word\"))\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < command_count; i++) {
        printf("    %s) options=\"", commands[i].name);
        complete_options(commands[i].name);
        printf("\" ;;\n");
    }
    printf("    esac\n"
           "    case $word in\n"
           "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
           "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
           "    esac\n"
           "}\n"
           "complete -o filenames -F _tenon tenon\n");
}

int run_help(cli *c) {
    if (opt_on(&c->o, OPT_MAN)) {
        print_man();
    } else if (opt_on(&c->o, OPT_COMPLETION)) {
        print_completion();
    } else {
        const char *name = c->o.operands ? c->o.operand[0] : NULL;
        const cli_command *one = name ? command_find(name) : NULL;
        if (name && !one) {
            const char *near = command_nearest(name);
            return cli_usage(c, "there is no command '%s'%s%s%s", safe(c, name),
                             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
        print_help(stdout, one);
    }
    return EXIT_FINE;
}
