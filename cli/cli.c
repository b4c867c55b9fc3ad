// SPDX-License-Identifier: Apache-2.0
// cli.c - memory until the end, messages, safe text, the progress line, and how quantities are written.
#define _POSIX_C_SOURCE 200809L
#include "cli.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

// ------------------------------------------------------------------------------------------ memory

struct cli_block {
    cli_block *next;
    max_align_t data[];
};

void *cli_alloc(cli *c, size_t count, size_t size) {
    size_t room = SIZE_MAX - sizeof(cli_block);
    cli_block *b = !size || count <= room / size ? calloc(1, sizeof *b + count * size) : NULL;
    if (!b) {
        fputs("error: out of memory\n", stderr);
        exit(EXIT_PROBLEM);
    }
    b->next = c->blocks;
    c->blocks = b;
    return b->data;
}

void *cli_grow(cli *c, void *items, size_t *capacity, size_t need, size_t size) {
    if (need <= *capacity) return items;
    size_t old = *capacity;
    *capacity = need > 2 * old ? need : 2 * old;
    void *bigger = cli_alloc(c, *capacity, size);
    if (old) memcpy(bigger, items, old * size);
    return bigger;
}

const char *cli_joined(cli *c, option_id id) {
    const option_value *v = &c->o.value[id];
    const char *text = NULL;
    for (size_t i = 0; i < v->count; i++) text = text ? cli_printf(c, "%s,%s", text, v->list[i]) : v->list[i];
    return text;
}

char *cli_copy(cli *c, const char *text, size_t length) {
    char *copy = cli_alloc(c, length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *cli_printf(cli *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = cli_alloc(c, (size_t)(n > 0 ? n : 0) + 1, 1);
    va_start(args, format);
    vsnprintf(text, (size_t)(n > 0 ? n : 0) + 1, format, args);
    va_end(args);
    return text;
}

void cli_free(cli *c) {
    while (c->blocks) {
        cli_block *next = c->blocks->next;
        free(c->blocks);
        c->blocks = next;
    }
}

// -------------------------------------------------------------------------------------------- text

size_t utf8_length(const unsigned char *p, unsigned *code) {
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
    if (n < 2) {
        *code = *p;
        return n;
    }
    *code = *p & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2) return 0;
        *code = *code << 6 | (p[i] & 0x3Fu);
    }
    bool surrogate = *code >= 0xD800 && *code < 0xE000;
    return *code < least[n] || *code > 0x10FFFF || surrogate ? 0 : n;
}

// What could move the cursor, change colours or turn the direction of writing.
static bool dangerous(unsigned code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

const char *safe(cli *c, const char *text) {
    if (!text) return "";
    char *out = cli_alloc(c, strlen(text) * 4 + 1, 1), *to = out;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        unsigned code;
        size_t n = utf8_length(p, &code);
        if (n && !dangerous(code)) {
            memcpy(to, p, n);
            to += n;
        } else if (n > 1) {
            to += snprintf(to, 9, "\\u%04x", code);
        } else {
            n = 1;
            to += snprintf(to, 5, *p == '\n' ? "\\n" : "\\x%02x", *p);
        }
        p += n;
    }
    return out;
}

size_t edit_distance(const char *a, const char *b) {
    size_t row[64], n = strlen(b);
    if (n >= 64 || strlen(a) >= 64) return 64;
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j], best = corner + (a[i - 1] != b[j - 1]);
            if (above + 1 < best) best = above + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
            corner = above;
        }
    }
    return row[n];
}

// ---------------------------------------------------------------------------------------- messages

static void say(cli *c, const char *word, const char *color, const char *format, va_list args)
    TN_PRINTF(4, 0);
static void say(cli *c, const char *word, const char *color, const char *format, va_list args) {
    char text[4096];
    vsnprintf(text, sizeof text, format, args);
    cli_progress_clear(c);
    fflush(stdout);
    fprintf(stderr, "%s%s:%s %s\n", c->color_err ? color : "", word, c->color_err ? ANSI_OFF : "", text);
    c->last_message = cli_copy(c, text, strlen(text));
}

int cli_error(cli *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(c, "error", ANSI_RED, format, args);
    va_end(args);
    return EXIT_PROBLEM;
}

int cli_usage(cli *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(c, "tenon", ANSI_RED, format, args);
    va_end(args);
    return EXIT_USAGE;
}

void cli_warn(cli *c, const char *format, ...) {
    if (c->quiet) return;
    va_list args;
    va_start(args, format);
    say(c, "warning", ANSI_YELLOW, format, args);
    va_end(args);
}

void cli_note(cli *c, const char *format, ...) {
    if (!c->verbose) return;
    va_list args;
    va_start(args, format);
    say(c, "note", ANSI_BOLD, format, args);
    va_end(args);
}

void cli_print_diag(cli *c, FILE *to, bool color, size_t i) {
    static const char *const paint[] = {ANSI_BOLD, ANSI_YELLOW, ANSI_RED};
    size_t size = tn_diags_format(c->diags, i, NULL, 0) + 1;
    char *text = cli_alloc(c, size, 1);
    tn_diags_format(c->diags, i, text, size);
    char *colon = strchr(text, ':');
    size_t word = colon ? (size_t)(colon - text) + 1 : 0;
    const char *on = color ? paint[tn_diags_get(c->diags, i)->severity] : "";
    fprintf(to, "%s%.*s%s", on, (int)word, text, color ? ANSI_OFF : "");
    for (char *line = text + word; line;) { // the hint stands on its own line
        char *next = strstr(line, "\n  hint: ");
        if (next) *next++ = 0;
        fprintf(to, "%s\n", safe(c, line));
        line = next;
    }
}

int cli_report(cli *c, tn_status status) {
    bool told = false;
    cli_progress_clear(c);
    for (size_t i = 0; i < tn_diags_count(c->diags); i++) {
        tn_severity severity = tn_diags_get(c->diags, i)->severity;
        if (severity == TN_NOTE && !c->verbose && status == TN_OK) continue; // they explain a failure
        if (severity != TN_ERROR && c->quiet) continue;
        fflush(stdout);
        cli_print_diag(c, stderr, c->color_err, i);
        told |= severity == TN_ERROR;
    }
    if (status != TN_OK && !told) cli_error(c, "%s", tn_status_text(status));
    if (status == TN_OK || !c->json) tn_diags_clear(c->diags);
    return status == TN_OK ? EXIT_FINE : EXIT_PROBLEM;
}

// ---------------------------------------------------------------------------------------- progress

void cli_progress(cli *c, const char *phase, size_t done, size_t total) {
    double now = now_seconds();
    if (!c->progress || (now - c->progress_time < 0.05 && done < total)) return;
    c->progress_time = now;
    c->progress_shown = true;
    if (total)
        fprintf(stderr, "\r\033[K%s %zu/%zu", phase, done, total);
    else
        fprintf(stderr, "\r\033[K%s", phase);
    fflush(stderr);
}

void cli_progress_clear(cli *c) {
    if (!c->progress_shown) return;
    fputs("\r\033[K", stderr);
    c->progress_shown = false;
}

// ------------------------------------------------------------------------------------------ saving

static volatile sig_atomic_t saving, waiting;

static void interrupted(int number) {
    if (saving) {
        waiting = number;
        return;
    }
    signal(number, SIG_DFL);
    raise(number);
}

void cli_save_begin(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    saving = 1;
    struct sigaction action = {.sa_handler = interrupted, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        if (!sigaction(numbers[i], NULL, &old) && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

void cli_save_end(void) {
    saving = 0;
    if (waiting) interrupted(waiting);
}

// -------------------------------------------------------------------------------------- quantities

double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

size_t peak_resident_bytes(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) ? 0 : (size_t)usage.ru_maxrss * 1024;
}

const char *text_bytes(cli *c, double bytes) {
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    int u = 0;
    while (bytes >= 1000 && u < 4) bytes /= 1000, u++;
    return cli_printf(c, "%.*f %s", u && bytes < 100 ? 1 : 0, bytes, unit[u]);
}

const char *text_seconds(cli *c, double seconds) {
    static const char *const unit[] = {"s", "ms", "us"};
    int u = 0;
    while (seconds > 0 && seconds < 1 && u < 2) seconds *= 1000, u++;
    return cli_printf(c, "%.*f %s", seconds < 10 ? 3 : seconds < 100 ? 2 : 1, seconds, unit[u]);
}

const char *text_shape(cli *c, int rank, const int64_t *dims) {
    char text[TN_MAX_RANK * 22 + 3] = "[", *to = text + 1;
    for (int k = 0; k < rank; k++) to += snprintf(to, 23, "%s%lld", k ? "," : "", (long long)dims[k]);
    memcpy(to, "]", 2);
    return cli_copy(c, text, strlen(text));
}

const char *text_io_shape(cli *c, const tn_io *io) {
    const char *text = "[";
    for (int k = 0; k < io->rank; k++) {
        const char *comma = k ? "," : "";
        if (io->dims[k] >= 0)
            text = cli_printf(c, "%s%s%lld", text, comma, (long long)io->dims[k]);
        else
            text = cli_printf(c, "%s%s%s", text, comma, io->expr[k] ? safe(c, io->expr[k]) : "?");
    }
    return io->rank < 0 ? "[?]" : cli_printf(c, "%s]", text);
}

const char *text_io(cli *c, const tn_io *io) {
    static const char *const kind[] = {"", "seq ", "optional ", "optional seq "};
    return cli_printf(c, "%s%s%s", kind[io->kind], tn_dtype_text(io->dtype), text_io_shape(c, io));
}
