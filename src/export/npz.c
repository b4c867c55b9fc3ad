// SPDX-License-Identifier: Apache-2.0
// npz.c - writes named arrays as NumPy's .npz: a zip archive of stored .npy files. Every array begins at a
// multiple of 64 bytes, so that it can be used in place; sizes are 64-bit ones throughout.
#include "export/npy.h"
#include "export/weights.h"

#include "base/le.h"

#include <string.h>

enum { LOCAL_BYTES = 30, ENTRY_BYTES = 46, FIELD64_BYTES = 20, FIELD64_ENTRY_BYTES = 28, ALIGN = 64 };

typedef struct member {
    uint64_t at, size;
    uint32_t crc;
} member;

typedef struct writer {
    tni_save *to;
    uint64_t at;
    uint32_t table[256];
} writer;

static void put(writer *z, const void *data, size_t size) {
    tni_save_write(z->to, data, size);
    z->at += size;
}

// CRC-32 as in ISO 3309, a byte at a time.
static void make_table(uint32_t table[256]) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        table[i] = c;
    }
}

typedef struct measure {
    const uint32_t *table;
    uint32_t crc;
    uint64_t size;
} measure;

static void measure_piece(void *user, const void *data, size_t size) {
    measure *m = user;
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++) m->crc = m->table[(m->crc ^ p[i]) & 255] ^ m->crc >> 8;
    m->size += size;
}

static void write_piece(void *user, const void *data, size_t size) { put(user, data, size); }

// What a local header and a directory's entry have in common, from "version needed" on.
static void common(unsigned char *to, const member *m, const char *name) {
    le_store(to, 45, 2);           // version: 64-bit sizes
    le_store(to + 2, 1 << 11, 2);  // names are UTF-8
    le_store(to + 6, 0x210000, 4); // 1980-01-01, 00:00: the same bytes every time
    le_store(to + 10, m->crc, 4);
    le_store(to + 14, 0xffffffff, 4);
    le_store(to + 18, 0xffffffff, 4);
    le_store(to + 22, strlen(name) + 4, 2);
}

static void put_name(writer *z, const char *name) {
    put(z, name, strlen(name));
    put(z, ".npy", 4);
}

// The field for 64-bit sizes, then one of blanks up to the alignment.
static void put_local(writer *z, const member *m, const char *name) {
    unsigned char h[LOCAL_BYTES] = "PK\3\4", field[FIELD64_BYTES] = {1, 0, 16, 0}, pad[4 + ALIGN] = "TN";
    size_t end = (size_t)(z->at % ALIGN) + sizeof h + strlen(name) + 4 + sizeof field + 4;
    size_t blanks = (ALIGN - end % ALIGN) % ALIGN;
    common(h + 4, m, name);
    le_store(h + 28, sizeof field + 4 + blanks, 2);
    le_store(field + 4, m->size, 8);
    le_store(field + 12, m->size, 8);
    le_store(pad + 2, blanks, 2);
    put(z, h, sizeof h);
    put_name(z, name);
    put(z, field, sizeof field);
    put(z, pad, 4 + blanks);
}

static void put_entry(writer *z, const member *m, const char *name) {
    unsigned char h[ENTRY_BYTES] = "PK\1\2", field[FIELD64_ENTRY_BYTES] = {1, 0, 24, 0};
    le_store(h + 4, 45, 2);
    common(h + 6, m, name);
    le_store(h + 30, sizeof field, 2);
    le_store(h + 42, 0xffffffff, 4);
    le_store(field + 4, m->size, 8);
    le_store(field + 12, m->size, 8);
    le_store(field + 20, m->at, 8);
    put(z, h, sizeof h);
    put_name(z, name);
    put(z, field, sizeof field);
}

static void put_end(writer *z, uint64_t directory, size_t count) {
    unsigned char end64[56] = "PK\6\6", locator[20] = "PK\6\7", end[22] = "PK\5\6";
    uint64_t at = z->at;
    le_store(end64 + 4, sizeof end64 - 12, 8);
    le_store(end64 + 12, 45, 2);
    le_store(end64 + 14, 45, 2);
    le_store(end64 + 24, count, 8);
    le_store(end64 + 32, count, 8);
    le_store(end64 + 40, at - directory, 8);
    le_store(end64 + 48, directory, 8);
    le_store(locator + 8, at, 8);
    le_store(locator + 16, 1, 4);
    memset(end + 8, 0xff, 12); // see the 64-bit record
    put(z, end64, sizeof end64);
    put(z, locator, sizeof locator);
    put(z, end, sizeof end);
}

static tn_status put_array(tni_weights_out *o, writer *z, size_t i, member *m) {
    const tn_tensor *t;
    measure size = {z->table, 0xffffffff, 0};
    TN_TRY(tni_weights_next(o, i, &t));
    TN_TRY(tni_npy_pieces(t, o->w->env, &(tni_npy_sink){measure_piece, &size}, o->diags));
    *m = (member){z->at, size.size, ~size.crc};
    put_local(z, m, o->row[i]->info.name);
    return tni_npy_pieces(t, o->w->env, &(tni_npy_sink){write_piece, z}, o->diags);
}

tn_status tni_npz_write(tni_weights_out *o) {
    writer z = {.to = o->to};
    member *made = tni_calloc(o->w->env, o->count + 1, sizeof *made);
    tn_status status = made ? TN_OK : TN_NOMEM;
    make_table(z.table);
    for (size_t i = 0; i < o->count && status == TN_OK; i++)
        status = strlen(o->row[i]->info.name) < 60000
                     ? put_array(o, &z, i, &made[i])
                     : tni_error(o->diags, TN_UNSUPPORTED, "a name is too long for a zip archive");
    uint64_t directory = z.at;
    for (size_t i = 0; i < o->count && status == TN_OK; i++) put_entry(&z, &made[i], o->row[i]->info.name);
    if (status == TN_OK) put_end(&z, directory, o->count);
    tni_free(o->w->env, made);
    return status;
}
