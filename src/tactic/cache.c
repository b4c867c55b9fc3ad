// SPDX-License-Identifier: Apache-2.0
// cache.c - the timing cache.
#define _GNU_SOURCE
#include "tactic/cache.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char heading[] = "tenon-timings 1";
enum { KIND = sizeof "tenon-timings" }; // of the heading: what every version begins with

void tni_cache_init(tni_cache *c, tn_env *env) {
    memset(c, 0, sizeof *c);
    c->env = env;
    c->map.env = env;
    tni_arena_init(&c->arena, env);
}

void tni_cache_free(tni_cache *c) {
    tni_map_free(&c->map);
    tni_arena_free(&c->arena);
}

tni_times *tni_cache_find(const tni_cache *c, const char *key) {
    return tni_map_get(&c->map, key, strlen(key));
}

tni_times *tni_cache_add(tni_cache *c, const char *key) {
    tni_times *t = tni_arena_zalloc(&c->arena, sizeof *t);
    if (!t || !(t->key = tni_arena_text(&c->arena, key, strlen(key)))) return NULL;
    if (!tni_map_set(&c->map, t->key, strlen(t->key), t)) return NULL;
    t->next = c->first;
    c->first = t;
    return t;
}

bool tni_cache_put(tni_cache *c, tni_times *t, const char *tactic, double ns) {
    if (t->n == TNI_TIMES) return true;
    const char *name = tni_arena_text(&c->arena, tactic, strlen(tactic));
    if (!name) return false;
    t->tactic[t->n] = name;
    t->ns[t->n++] = ns;
    return true;
}

// "TACTIC=NS" at the start of `field`; false when it is not that.
static bool parse_time(char *field, double *ns) {
    char *equals = strrchr(field, '=');
    if (!equals || equals == field || !equals[1]) return false;
    char *end;
    *ns = strtod(equals + 1, &end);
    if (*end || !(*ns >= 0) || *ns > 1e15) return false;
    *equals = 0;
    return true;
}

// One line, changed as it is taken apart. False: not a line of a cache.
static tn_status parse_line(tni_cache *c, char *line, bool *good) {
    char *rest = line, *key = strsep(&rest, "\t");
    *good = rest && *key;
    if (!*good) return TN_OK;
    bool known = tni_cache_find(c, key);
    tni_times *t = NULL;
    for (char *field; (field = strsep(&rest, "\t"));) {
        double ns;
        *good = parse_time(field, &ns);
        if (!*good) break;
        if (known) continue;
        if (!t && !(t = tni_cache_add(c, key))) return TN_NOMEM;
        if (!tni_cache_put(c, t, field, ns)) return TN_NOMEM;
    }
    return TN_OK;
}

static tn_status parse(tni_cache *c, char *text, bool *good) {
    char *line = strsep(&text, "\n");
    *good = !strcmp(line, heading);
    while (*good && text && (line = strsep(&text, "\n")) && (*line || text))
        TN_TRY(parse_line(c, line, good));
    return TN_OK;
}

static void forget(tni_cache *c) { // what was read from a file that turned out to be something else
    for (tni_times *t = c->first; t; t = t->next)
        if (!t->measured) t->n = 0;
}

tn_status tni_cache_read(tni_cache *c, const char *path, tn_diags *diags) {
    if (access(path, F_OK) != 0 && errno == ENOENT) return TN_OK;
    tni_file file = {0};
    tn_status status = tni_file_read(&file, c->env, path, NULL);
    bool good = status == TN_OK && file.size > 0 && !memchr(file.data, 0, file.size);
    if (status == TN_NOMEM) return status;
    c->foreign =
        status != TN_OK || (file.size && (file.size < KIND || memcmp(file.data, heading, KIND) != 0));
    if (good) {
        char *text = tni_arena_text(&c->arena, (const char *)file.data, file.size);
        status = text ? parse(c, text, &good) : TN_NOMEM;
    }
    if (file.data) tni_file_close(&file);
    if (status == TN_NOMEM) return status;
    if (good) return TN_OK;
    forget(c);
    tn_diag warning = {.severity = TN_WARNING,
                       .status = TN_FORMAT,
                       .file = path,
                       .hint = "it will be replaced; delete it to silence this"};
    if (c->foreign) warning.hint = "it is left as it is, and nothing is kept; name another file";
    tni_diag(diags, &warning,
             c->foreign ? "this is not a timing cache"
                        : "the timing cache is damaged or of another version and counts as empty");
    return TN_OK;
}

static int by_key(const void *a, const void *b) {
    const tni_times *const *x = a, *const *y = b;
    return strcmp((*x)->key, (*y)->key);
}

static void print_times(tni_text *text, const tni_times *t) {
    if (!t->n) return;
    tni_text_puts(text, t->key);
    for (int i = 0; i < t->n; i++) tni_text_printf(text, "\t%s=%.0f", t->tactic[i], t->ns[i]);
    tni_text_puts(text, "\n");
}

// All entries sorted by key, so that the same knowledge is the same file.
static tn_status write_all(tni_cache *c, const char *path, tn_diags *diags) {
    size_t n = 0;
    for (tni_times *t = c->first; t; t = t->next) n++;
    tni_times **sorted = tni_arena_alloc(&c->arena, (n + 1) * sizeof *sorted);
    if (!sorted) return TN_NOMEM;
    n = 0;
    for (tni_times *t = c->first; t; t = t->next) sorted[n++] = t;
    qsort(sorted, n, sizeof *sorted, by_key);
    tni_text text = {.env = c->env};
    tni_text_printf(&text, "%s\n", heading);
    for (size_t i = 0; i < n; i++) print_times(&text, sorted[i]);
    tni_save save;
    tn_status status = text.failed ? TN_NOMEM : tni_save_begin(&save, c->env, path, diags);
    if (status == TN_OK) {
        tni_save_write(&save, text.data, text.length);
        status = tni_save_end(&save, diags);
    }
    tni_text_free(&text);
    return status;
}

// The lock is a file of its own beside the cache, because the cache is replaced by renaming.
tn_status tni_cache_merge(tni_cache *c, const char *path, tn_diags *diags) {
    if (c->foreign) return TN_OK; // told when it was read
    char *lock = tni_arena_printf(&c->arena, "%s.lock", path);
    if (!lock) return TN_NOMEM;
    int fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return tni_error(diags, TN_IO, "%s: cannot be created: %s", lock, strerror(errno));
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR) {}
    tn_status status = tni_cache_read(c, path, NULL);
    if (status == TN_OK && !c->foreign) status = write_all(c, path, diags);
    close(fd); // the lock file stays: removing it would race with the next one to open it
    return status;
}
