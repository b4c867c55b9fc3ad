// SPDX-License-Identifier: Apache-2.0
// files.c - assigning files to inputs and outputs, and reading values. "NAME=FILE" is taken apart at the '='
// that makes NAME one of the names, as names and file names may hold '=' too.
#define _POSIX_C_SOURCE 200809L
#include "files.h"

#include "image.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

// ------------------------------------------------------------------------------------------- names

ports ports_new(cli *c, const char *what, size_t count) {
    return (ports){what, count, count, cli_alloc(c, count, sizeof(char *)),
                   cli_alloc(c, count, sizeof(char *))};
}

enum { LONGEST = 200 };

const char *file_name(cli *c, const char *name) {
    size_t n = strlen(name);
    if (n > LONGEST)                                                          // file systems stop at 255
        for (n = LONGEST; n && ((unsigned char)name[n] & 0xc0) == 0x80;) n--; // before a character
    char *copy = cli_copy(c, name, n);
    for (char *p = copy; *p; p++)
        if (*p == '/' || *p == ':') *p = '_';
    return copy;
}

bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcasecmp(text + n - m, end);
}

bool is_program(const char *path) { return ends_with(path, ".pt2"); }

static bool is_folder(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool is_file(const char *path) {
    struct stat st;
    return !stat(path, &st) && !S_ISDIR(st.st_mode);
}

// The port that `text` names before one of its '='; the file follows. p->count: none.
static size_t named_port(const ports *p, const char *text, const char **file) {
    for (const char *equals = text; (equals = strchr(equals, '=')); equals++)
        for (size_t i = 0; i < p->count; i++) {
            size_t n = strlen(p->name[i]);
            if (n == (size_t)(equals - text) && !memcmp(text, p->name[i], n)) {
                *file = equals + 1;
                return i;
            }
        }
    return p->count;
}

static const char *list_names(cli *c, const ports *p) {
    const char *list = "none";
    for (size_t i = 0; i < p->count && i < 20; i++)
        list = cli_printf(c, "%s%s%s", i ? list : "", i ? ", " : "", safe(c, p->name[i]));
    return p->count > 20 ? cli_printf(c, "%s, ...", list) : list;
}

static int assign_folder(cli *c, ports *p, const char *folder) {
    size_t found = 0;
    for (size_t i = 0; i < p->count; i++) {
        const char *tries[3] = {cli_printf(c, "%s/%s.npy", folder, file_name(c, p->name[i]))};
        if (i < p->numbered) {
            tries[1] = cli_printf(c, "%s/%s_%zu.npy", folder, p->what, i);
            tries[2] = cli_printf(c, "%s/%s_%zu.pb", folder, p->what, i);
        }
        for (int k = 0; k < 3 && !p->file[i]; k++)
            if (tries[k] && is_file(tries[k])) p->file[i] = tries[k], found++;
    }
    if (found) return EXIT_FINE;
    return cli_error(c,
                     "%s holds no file for any %s: looked for NAME.npy, %s_K.npy, %s_K.pb; the names are: %s",
                     safe(c, folder), p->what, p->what, p->what, list_names(c, p));
}

static int assign_named(cli *c, ports *p, const char *option, const char *text, bool *named) {
    const char *file;
    size_t i = named_port(p, text, &file);
    *named = i < p->count;
    if (*named) {
        p->file[i] = file;
        return EXIT_FINE;
    }
    if (strchr(text, '=') && !is_file(text) && !is_folder(text))
        return cli_usage(c, "--%s %s: there is no such %s, and no such file; the %ss are: %s", option,
                         safe(c, text), p->what, p->what, list_names(c, p));
    return EXIT_FINE;
}

static int assign_next(cli *c, ports *p, const char *option, const char *text) {
    for (size_t i = 0; i < p->count; i++)
        if (!p->file[i]) {
            p->file[i] = text;
            return EXIT_FINE;
        }
    return cli_usage(c, "--%s %s: every %s has a file already; the %ss are: %s", option, safe(c, text),
                     p->what, p->what, list_names(c, p));
}

static int assign_all(cli *c, ports *p, const char *path) {
    if (is_folder(path)) return assign_folder(c, p, path);
    for (size_t i = 0; i < p->count; i++)
        if (!p->file[i]) p->file[i] = path;
    return EXIT_FINE;
}

static bool has_many(const char *path) { return is_folder(path) || is_program(path); }

// Named files first, so that those without a name fill what is left, in order; what holds many last.
int files_assign(cli *c, option_id id, ports *p) {
    const option_value *v = &c->o.value[id];
    const char *option = option_table[id].name;
    bool *named = cli_alloc(c, v->count, sizeof *named);
    int status = EXIT_FINE;
    for (size_t i = 0; !status && i < v->count; i++)
        status = assign_named(c, p, option, v->list[i], &named[i]);
    for (size_t i = 0; !status && i < v->count; i++)
        if (!named[i] && !has_many(v->list[i])) status = assign_next(c, p, option, v->list[i]);
    for (size_t i = 0; !status && i < v->count; i++)
        if (!named[i] && has_many(v->list[i])) status = assign_all(c, p, v->list[i]);
    return status;
}

// ------------------------------------------------------------------------------------------ values

// Files that say themselves what they hold.
static bool has_own_type(const char *path) {
    const char *npz = strstr(path, ".npz:");
    return npz || ends_with(path, ".npy") || ends_with(path, ".npz") || ends_with(path, ".pb");
}

// The dimensions of a raw file; one open dimension is what the file's size leaves.
static int raw_dims(cli *c, const char *path, const tn_io *io, const tn_shape *shape, int64_t *dims,
                    int *rank) {
    struct stat st;
    if (stat(path, &st)) return cli_error(c, "cannot open %s: %s", safe(c, path), strerror(errno));
    *rank = shape ? shape->rank : io->rank;
    const int64_t *from = shape ? shape->dims : io->dims;
    int open = -1, opens = 0;
    double known = (double)tn_dtype_bits(io->dtype) / 8;
    for (int k = 0; k < *rank; k++) {
        dims[k] = from[k];
        if (dims[k] < 0)
            open = k, opens++;
        else
            known *= (double)dims[k];
    }
    if (*rank < 0 || opens > 1)
        return cli_error(c, "%s is raw: say the shape with --shape %s:...", safe(c, path), safe(c, io->name));
    if (opens) dims[open] = known > 0 ? (int64_t)((double)st.st_size / known) : 0;
    return EXIT_FINE;
}

int value_load(cli *c, tn_tensor **t, const char *path, const tn_io *io, const tn_shape *shape) {
    tn_tensor_format format = {.kind = io->kind};
    int64_t dims[TN_MAX_RANK] = {0};
    if (!has_own_type(path)) {
        if (io->kind != TN_TENSOR)
            return cli_error(c, "%s: '%s' is no plain tensor; it is read from .pb only", safe(c, path),
                             safe(c, io->name));
        if (image_is(path)) return image_load(c, t, path, io, shape);
        int status = raw_dims(c, path, io, shape, dims, &format.rank);
        if (status) return status;
        format.dtype = io->dtype;
        format.dims = dims;
    }
    return cli_report(c, tn_tensor_load(t, c->env, path, &format, c->diags));
}
