// SPDX-License-Identifier: Apache-2.0
// zip.c - after PKWARE's APPNOTE: end-of-directory record, central directory, local headers; zip64 where
// sizes or counts need it. No size is believed before it is compared with the bytes that are there.
#include "import/zip.h"

#include "base/ck.h"
#include "base/le.h"

#include <string.h>

#ifdef TN_ZLIB
#define ZLIB_CONST // input is const
#include <zlib.h>
#endif

enum { END_BYTES = 22, ENTRY_BYTES = 46, LOCAL_BYTES = 30, LOCATOR_BYTES = 20, END64_BYTES = 56 };
enum { DEFLATE_RATIO = 1032 }; // deflate cannot do better

static tn_status damaged(tn_diags *diags, const char *what) {
    return tni_error(diags, TN_FORMAT, "the zip archive is truncated or damaged: %s", what);
}

// The end record lies in the last 64 KiB: a comment may follow it.
static bool find_end(const tni_zip *z, size_t *at) {
    if (z->size < END_BYTES) return false;
    size_t lowest = z->size > 65557 ? z->size - 65557 : 0;
    for (*at = z->size - END_BYTES;; --*at) {
        if (!memcmp(z->data + *at, "PK\5\6", 4)) return true;
        if (*at == lowest) return false;
    }
}

bool tni_zip_is(const void *data, size_t size) {
    return size >= END_BYTES && (!memcmp(data, "PK\3\4", 4) || !memcmp(data, "PK\5\6", 4));
}

static bool read_end64(const tni_zip *z, size_t end, uint64_t *count, uint64_t *offset) {
    if (end < LOCATOR_BYTES || memcmp(z->data + end - LOCATOR_BYTES, "PK\6\7", 4)) return false;
    uint64_t at = le_load(z->data + end - LOCATOR_BYTES + 8, 8);
    if (!ck_range(at, END64_BYTES, z->size) || memcmp(z->data + at, "PK\6\6", 4)) return false;
    *count = le_load(z->data + at + 32, 8);
    *offset = le_load(z->data + at + 48, 8);
    return true;
}

tn_status tni_zip_open(tni_zip *z, const void *data, size_t size, tn_diags *diags) {
    *z = (tni_zip){.data = data, .size = size};
    size_t end;
    if (!find_end(z, &end)) return damaged(diags, "it has no directory");
    uint64_t count = le_load(z->data + end + 10, 2), offset = le_load(z->data + end + 16, 4);
    if ((count == 0xffff || offset == 0xffffffff) && !read_end64(z, end, &count, &offset))
        return damaged(diags, "its 64-bit directory is missing");
    if (offset > size || count > size / ENTRY_BYTES) return damaged(diags, "its directory is out of range");
    z->directory = (size_t)offset;
    z->count = (size_t)count;
    return TN_OK;
}

// Sizes that do not fit 32 bits are in the zip64 field, in the order in which they are missing.
static bool read_extra64(const unsigned char *extra, size_t size, uint64_t *unpacked, uint64_t *packed,
                         uint64_t *header) {
    uint64_t *want[] = {unpacked, packed, header};
    for (size_t at = 0; at + 4 <= size;) {
        size_t id = (size_t)le_load(extra + at, 2), length = (size_t)le_load(extra + at + 2, 2);
        at += 4;
        if (length > size - at) return false;
        if (id == 1) {
            size_t used = 0;
            for (int i = 0; i < 3; i++) {
                if (*want[i] != 0xffffffff) continue;
                if (length - used < 8) return false;
                *want[i] = le_load(extra + at + used, 8);
                used += 8;
            }
            return true;
        }
        at += length;
    }
    return true;
}

bool tni_zip_next(const tni_zip *z, size_t *at, tni_zip_member *m) {
    if (!ck_range(*at, ENTRY_BYTES, z->size) || memcmp(z->data + *at, "PK\1\2", 4)) return false;
    const unsigned char *e = z->data + *at;
    size_t name = (size_t)le_load(e + 28, 2), extra = (size_t)le_load(e + 30, 2),
           comment = (size_t)le_load(e + 32, 2);
    if (!ck_range(*at + ENTRY_BYTES, name + extra + comment, z->size)) return false;
    uint64_t packed = le_load(e + 20, 4), unpacked = le_load(e + 24, 4), header = le_load(e + 42, 4);
    if (!read_extra64(e + ENTRY_BYTES + name, extra, &unpacked, &packed, &header)) return false;
    *m = (tni_zip_member){.name = {(const char *)e + ENTRY_BYTES, name},
                          .method = (unsigned)le_load(e + 10, 2),
                          .encrypted = e[8] & 1,
                          .header = (size_t)header,
                          .packed = (size_t)packed,
                          .unpacked = (size_t)unpacked};
    *at += ENTRY_BYTES + name + extra + comment;
    return true;
}

// Unpacks `size` bytes, the member's first.
static tn_status inflate_member(const unsigned char *from, const tni_zip_member *m, void *to, size_t size,
                                tn_diags *diags) {
#ifdef TN_ZLIB
    if (m->unpacked / DEFLATE_RATIO > m->packed) return damaged(diags, "a member claims an impossible size");
    if (m->packed > UINT32_MAX || m->unpacked > UINT32_MAX)
        return tni_error(diags, TN_LIMIT,
                         "compressed members above 4 GiB are not supported: save uncompressed");
    z_stream s = {
        .next_in = from, .avail_in = (unsigned)m->packed, .next_out = to, .avail_out = (unsigned)size};
    if (inflateInit2(&s, -MAX_WBITS) != Z_OK) return TN_NOMEM;
    int result = inflate(&s, size == m->unpacked ? Z_FINISH : Z_SYNC_FLUSH);
    size_t got = s.total_out;
    inflateEnd(&s);
    bool whole = size < m->unpacked ? result == Z_OK || result == Z_STREAM_END : result == Z_STREAM_END;
    return whole && got == size ? TN_OK : damaged(diags, "a member does not unpack");
#else
    (void)from, (void)m, (void)to, (void)size;
    return tni_error(diags, TN_UNSUPPORTED,
                     "the archive is compressed, and this build has no zlib: save it uncompressed "
                     "(numpy.savez instead of numpy.savez_compressed)");
#endif
}

// Where the member's bytes begin. The local header has names and fields of its own, and nothing else that
// is believed: PyTorch leaves its sizes zero.
static tn_status find_bytes(const tni_zip *z, const tni_zip_member *m, size_t *at, tn_diags *diags) {
    if (!ck_range(m->header, LOCAL_BYTES, z->size) || memcmp(z->data + m->header, "PK\3\4", 4))
        return damaged(diags, "a member is out of range");
    *at = m->header + LOCAL_BYTES + (size_t)le_load(z->data + m->header + 26, 2) +
          (size_t)le_load(z->data + m->header + 28, 2);
    if (!ck_range(*at, m->packed, z->size)) return damaged(diags, "a member is out of range");
    if (m->encrypted) return tni_error(diags, TN_UNSUPPORTED, "the zip archive is encrypted");
    if (m->method != 0 && m->method != 8)
        return tni_error(diags, TN_UNSUPPORTED, "the archive is compressed in a way (%u) other than deflate",
                         m->method);
    if (m->method == 0 && m->packed != m->unpacked) return damaged(diags, "a stored member has two sizes");
    return TN_OK;
}

tn_status tni_zip_read(const tni_zip *z, const tni_zip_member *m, tni_arena *to, tn_str *bytes,
                       tn_diags *diags) {
    size_t at;
    TN_TRY(find_bytes(z, m, &at, diags));
    *bytes = (tn_str){(const char *)z->data + at, m->unpacked};
    if (m->method == 0) return TN_OK;
    if (m->unpacked / DEFLATE_RATIO > m->packed) return damaged(diags, "a member claims an impossible size");
    unsigned char *data = tni_arena_tensor(to, m->unpacked ? m->unpacked : 1);
    if (!data) return TN_NOMEM;
    bytes->text = (const char *)data;
    return inflate_member(z->data + at, m, data, m->unpacked, diags);
}

tn_status tni_zip_peek(const tni_zip *z, const tni_zip_member *m, void *to, size_t size, size_t *got,
                       tn_diags *diags) {
    size_t at;
    TN_TRY(find_bytes(z, m, &at, diags));
    *got = size < m->unpacked ? size : m->unpacked;
    if (m->method == 8) return inflate_member(z->data + at, m, to, *got, diags);
    if (*got) memcpy(to, z->data + at, *got);
    return TN_OK;
}

// ---- by name

static tn_status add_member(tni_zip_index *x, const tni_zip_member *m, tn_diags *diags) {
    if (tni_map_get(&x->by_name, m->name.text, m->name.size))
        return damaged(diags, "two members have the same name");
    x->member[x->count] = *m;
    return tni_map_set(&x->by_name, m->name.text, m->name.size, &x->member[x->count++]) ? TN_OK : TN_NOMEM;
}

tn_status tni_zip_index_open(tni_zip_index *x, tni_arena *to, const void *data, size_t size,
                             tn_diags *diags) {
    *x = (tni_zip_index){.by_name.env = to->env};
    TN_TRY(tni_zip_open(&x->zip, data, size, diags));
    x->member = tni_arena_alloc(to, (x->zip.count + 1) * sizeof *x->member);
    if (!x->member) return TN_NOMEM;
    size_t at = x->zip.directory;
    for (tni_zip_member m; x->count < x->zip.count;) {
        if (!tni_zip_next(&x->zip, &at, &m)) return damaged(diags, "its directory is malformed");
        TN_TRY(add_member(x, &m, diags));
    }
    const char *slash = x->count ? memchr(x->member[0].name.text, '/', x->member[0].name.size) : NULL;
    if (slash) x->root = (tn_str){x->member[0].name.text, (size_t)(slash - x->member[0].name.text)};
    return TN_OK;
}

void tni_zip_index_free(tni_zip_index *x) { tni_map_free(&x->by_name); }

const tni_zip_member *tni_zip_find(const tni_zip_index *x, const char *name, size_t size) {
    return tni_map_get(&x->by_name, name, size);
}

const tni_zip_member *tni_zip_find_in_root(const tni_zip_index *x, const char *name, size_t size) {
    char path[1024];
    if (!x->root.size) return tni_zip_find(x, name, size);
    if (x->root.size >= sizeof path || size >= sizeof path - x->root.size) return NULL;
    memcpy(path, x->root.text, x->root.size);
    path[x->root.size] = '/';
    memcpy(path + x->root.size + 1, name, size);
    return tni_zip_find(x, path, x->root.size + 1 + size);
}
