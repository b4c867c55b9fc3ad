// SPDX-License-Identifier: Apache-2.0
// cases.c - finds conformance cases: folders with model.onnx, and X.onnx with X_output_0.pb beside it.
#define _POSIX_C_SOURCE 200809L
#include "conformance.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 8 };

typedef struct names {
    const char **name;
    size_t count, capacity;
} names;

static void add_name(cli *c, names *n, const char *name) {
    n->name = cli_grow(c, n->name, &n->capacity, n->count + 1, sizeof *n->name);
    n->name[n->count++] = name;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_folder(cli *c, const char *folder, names *n) {
    DIR *dir = opendir(folder);
    if (!dir) return cli_error(c, "cannot open the folder %s: %s", safe(c, folder), strerror(errno));
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.') add_name(c, n, cli_copy(c, e->d_name, strlen(e->d_name)));
    closedir(dir);
    if (n->count) qsort(n->name, n->count, sizeof *n->name, by_text);
    return EXIT_FINE;
}

static bool is_folder(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

bool case_has_file(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISREG(st.st_mode);
}

bool case_matches(const char *name, const char *pattern) {
    const char *slash = strrchr(name, '/');
    return !fnmatch(pattern, slash ? slash + 1 : name, 0);
}

void case_add_op(cli *c, test_case *t, const char *op) {
    for (size_t i = 0; i < t->ops; i++)
        if (!strcmp(t->op[i], op)) return;
    t->op = cli_grow(c, t->op, &t->op_capacity, t->ops + 1, sizeof *t->op);
    t->op[t->ops++] = cli_copy(c, op, strlen(op));
}

static test_case *add_case(cli *c, test_list *list, const char *name, const char *model) {
    list->test = cli_grow(c, list->test, &list->capacity, list->count + 1, sizeof *list->test);
    test_case *t = &list->test[list->count++];
    *t = (test_case){.name = name, .model = model};
    return t;
}

// X.onnx beside X_output_0.pb.
static void add_light(cli *c, test_list *list, const char *path, const char *under) {
    size_t n = strlen(path);
    if (n < 5 || strcmp(path + n - 5, ".onnx")) return;
    const char *stem = cli_copy(c, path, n - 5);
    if (!case_has_file(cli_printf(c, "%s_output_0.pb", stem))) return;
    const char *name = cli_copy(c, under, strlen(under) - 5);
    add_case(c, list, name, path)->light = stem;
}

static const char *join_path(cli *c, const char *folder, const char *name) {
    return *folder ? cli_printf(c, "%s/%s", folder, name) : name;
}

// `under`: the folder's path beneath the one asked for, "" at the top.
static int walk(cli *c, test_list *list, const char *folder, const char *under, int depth) {
    names n = {0};
    int status = list_folder(c, folder, &n);
    const char *model = join_path(c, folder, "model.onnx");
    size_t own = list->count; // the folder's case, once it is known to be one
    bool is_case = !status && case_has_file(model);
    if (is_case) add_case(c, list, *under ? under : ".", model);
    for (size_t i = 0; !status && i < n.count; i++) {
        const char *path = join_path(c, folder, n.name[i]);
        bool set = !strncmp(n.name[i], "test_data_set_", 14);
        if (!is_folder(path)) {
            add_light(c, list, path, join_path(c, under, n.name[i]));
        } else if (set && is_case) {
            test_case *t = &list->test[own];
            t->set = cli_grow(c, t->set, &t->set_capacity, t->sets + 1, sizeof *t->set);
            t->set[t->sets++] = path;
        } else if (!set && depth < DEEPEST) {
            status = walk(c, list, path, join_path(c, under, n.name[i]), depth + 1);
        }
    }
    return status;
}

int cases_find(cli *c, test_list *list, const char *folder) { return walk(c, list, folder, "", 0); }
