// SPDX-License-Identifier: Apache-2.0
// file.c - reading by map, saving by rename.
#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static tn_status fail_errno(tn_diags *diags, const char *what, const char *path) {
    return tni_error(diags, TN_IO, "cannot %s '%s': %s", what, path, strerror(errno));
}

static tn_status open_regular(const char *path, int *fd, size_t *size, tn_diags *diags) {
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return fail_errno(diags, "open", path);
    struct stat st;
    if (fstat(*fd, &st)) {
        tn_status s = fail_errno(diags, "look at", path);
        close(*fd);
        return s;
    }
    if (!S_ISREG(st.st_mode)) {
        close(*fd);
        return tni_error(diags, TN_IO, "'%s' is not a regular file", path);
    }
    *size = (size_t)st.st_size;
    return TN_OK;
}

// Maps an open file and closes its descriptor.
static tn_status map_fd(tni_file *f, int fd, size_t size, const char *path, tn_diags *diags) {
    *f = (tni_file){.size = size};
    if (size) {
        void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) {
            tn_status s = fail_errno(diags, "map", path);
            close(fd);
            return s;
        }
        f->data = data;
    }
    close(fd);
    return TN_OK;
}

tn_status tni_file_map(tni_file *f, const char *path, tn_diags *diags) {
    int fd;
    size_t size;
    TN_TRY(open_regular(path, &fd, &size, diags));
    return map_fd(f, fd, size, path, diags);
}

tn_status tni_file_read(tni_file *f, tn_env *env, const char *path, tn_diags *diags) {
    int fd;
    size_t size;
    TN_TRY(open_regular(path, &fd, &size, diags));
    unsigned char *data = tni_alloc(env, size ? size : 1);
    tn_status status = data ? TN_OK : TN_NOMEM;
    for (size_t at = 0; status == TN_OK && at < size;) {
        ssize_t n = read(fd, data + at, size - at);
        if (n > 0)
            at += (size_t)n;
        else if (n == 0)
            status = tni_error(diags, TN_IO, "'%s' became shorter while it was read", path);
        else if (errno != EINTR)
            status = fail_errno(diags, "read", path);
    }
    close(fd);
    if (status != TN_OK) {
        tni_free(env, data);
        return status;
    }
    *f = (tni_file){.data = data, .size = size, .env = env};
    return TN_OK;
}

void tni_file_release(const tni_file *f, size_t offset, size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), end = (offset + size) / page * page;
    size_t start = (offset + page - 1) / page * page;
    if (f->env || f->borrowed || !f->data || end <= start) return;
    madvise(tni_mutable(f->data + start), end - start,
            MADV_DONTNEED); // a wish: nothing is lost if it is refused
}

void tni_file_close(tni_file *f) {
    void *data = tni_mutable(f->data);
    if (f->borrowed) data = NULL;
    if (f->env)
        tni_free(f->env, data);
    else if (data)
        munmap(data, f->size);
    *f = (tni_file){0};
}

// Opens `name` beneath `folder` one component at a time, never through a link, so that a link swapped in
// between check and use changes nothing.
static int open_beneath(const char *folder, const char *name, const char **why) {
    *why = NULL;
    if (!*name || *name == '/') *why = "the path is empty or absolute";
    int dir = *why ? -1 : open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (dir >= 0) {
        while (*name == '/') name++;
        size_t n = strcspn(name, "/");
        char part[256];
        if (n == 0 || n >= sizeof part || (n == 2 && !memcmp(name, "..", 2))) {
            *why = "the path leaves the model's folder";
            close(dir);
            return -1;
        }
        memcpy(part, name, n);
        part[n] = 0;
        bool last = !name[n];
        int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (last ? 0 : O_DIRECTORY);
        int next = openat(dir, part, flags);
        int saved = errno;
        close(dir);
        errno = saved;
        if (next < 0 && (errno == ELOOP || errno == EMLINK)) *why = "the path goes through a symbolic link";
        if (next < 0 || last) return next;
        dir = next;
        name += n;
    }
    return -1;
}

tn_status tni_file_map_beneath(tni_file *f, const char *folder, const char *name, bool follow,
                               tn_diags *diags) {
    int fd;
    size_t size;
    if (follow) {
        char path[4096];
        int n = snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : folder,
                         *name == '/' || !*folder ? "" : "/", name);
        if (n < 0 || (size_t)n >= sizeof path) return tni_error(diags, TN_LIMIT, "path too long: '%s'", name);
        TN_TRY(open_regular(path, &fd, &size, diags));
        return map_fd(f, fd, size, name, diags);
    }
    const char *why;
    fd = open_beneath(folder, name, &why);
    if (fd < 0 && why) return tni_error(diags, TN_INVALID, "external data '%s' refused: %s", name, why);
    if (fd < 0) return fail_errno(diags, "open external data", name);
    struct stat st;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return tni_error(diags, TN_INVALID, "external data '%s' refused: not a regular file", name);
    }
    return map_fd(f, fd, (size_t)st.st_size, name, diags);
}

// "DIR/" of "DIR/NAME" as ".../.", "." of "NAME"; false when it does not fit.
static bool folder_of(const char *path, char folder[4096]) {
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    if (n > 4096 - 2) return false;
    memcpy(folder, path, n);
    memcpy(folder + n, ".", 2);
    return true;
}

// A file without a name, where the system has them: whatever kills the writer, nothing is left behind.
static int open_unnamed(const char *path) {
#ifdef O_TMPFILE
    char folder[4096];
    if (folder_of(path, folder) && !access("/proc/self/fd", X_OK))
        return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
#endif
    return -1;
}

// Gives the file without a name the temporary one, which only lives until the rename.
static bool name_it(const tni_save *s) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", s->fd);
    unlink(s->temporary);
    return !linkat(AT_FDCWD, link, AT_FDCWD, s->temporary, AT_SYMLINK_FOLLOW);
}

// The temporary's name carries the process id, so that a dead writer's leftovers can be told apart.
tn_status tni_save_begin(tni_save *s, tn_env *env, const char *path, tn_diags *diags) {
    *s = (tni_save){.fd = -1, .env = env};
    size_t size = strlen(path) + 32;
    s->path = tni_strdup(env, path);
    s->temporary = tni_alloc(env, size);
    if (!s->path || !s->temporary)
        s->status = TN_NOMEM;
    else {
        snprintf(s->temporary, size, "%s.%ld.tmp", path, (long)getpid());
        s->fd = open_unnamed(path);
        s->unnamed = s->fd >= 0;
        if (s->fd < 0) s->fd = open(s->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (s->fd < 0) s->status = fail_errno(diags, "create", s->temporary);
    }
    if (s->status == TN_OK) return TN_OK;
    tn_status status = s->status;
    tni_save_end(s, NULL);
    return status;
}

void tni_save_write(tni_save *s, const void *data, size_t size) {
    const char *p = data;
    while (s->status == TN_OK && size) {
        ssize_t n = write(s->fd, p, size);
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            s->status = TN_IO;
        }
    }
}

// Best effort: makes the rename itself survive a power cut.
static void flush_folder(const char *path) {
    char folder[4096];
    if (!folder_of(path, folder)) return;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

tn_status tni_save_end(tni_save *s, tn_diags *diags) {
    bool opened = s->fd >= 0;
    if (s->status == TN_OK && fsync(s->fd)) s->status = TN_IO;
    if (s->status == TN_OK && s->unnamed && !name_it(s)) s->status = TN_IO;
    if (opened && close(s->fd) && s->status == TN_OK) s->status = TN_IO;
    if (s->status == TN_OK && rename(s->temporary, s->path)) s->status = TN_IO;
    tn_status status = s->status;
    if (status == TN_OK)
        flush_folder(s->path);
    else if (opened) {
        if (status == TN_IO) fail_errno(diags, "write", s->path);
        unlink(s->temporary);
    }
    tni_free(s->env, s->path);
    tni_free(s->env, s->temporary);
    *s = (tni_save){.fd = -1};
    return status;
}
