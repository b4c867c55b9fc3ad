// SPDX-License-Identifier: Apache-2.0
// zip_writer.h - writes zip archives for tests as PyTorch does: stored, sizes in the central directory only,
// payloads aligned to 64 bytes by an extra field, and a 64-bit end record.
#ifndef TN_TEST_ZIP_WRITER_H
#define TN_TEST_ZIP_WRITER_H

#include "onnx_writer.h"

typedef struct zip_writer {
    bytes file, directory;
    size_t count;
} zip_writer;

static inline void put_le(bytes *b, uint64_t v, size_t n) {
    for (; n--; v >>= 8) put(b, &(unsigned char){(unsigned char)v}, 1);
}

// Adds a member whose `packed` bytes are `data`; `method` 8 with `unpacked` its real size, 0 stored.
static inline void zip_add_packed(zip_writer *z, const char *name, const void *data, size_t packed,
                                  unsigned method, size_t unpacked) {
    size_t n = strlen(name), at = z->file.size, pad = (64 - (at + 30 + n + 4) % 64) % 64;
    put(&z->file, "PK\3\4", 4);
    put_le(&z->file, 20, 2);
    put_le(&z->file, 0x0808, 2);
    put_le(&z->file, method, 2);
    put_le(&z->file, 0, 16); // time, crc and sizes: in the directory
    put_le(&z->file, n, 2);
    put_le(&z->file, pad + 4, 2);
    put(&z->file, name, n);
    put(&z->file, "FB", 2);
    put_le(&z->file, pad, 2);
    for (size_t i = 0; i < pad; i++) put(&z->file, "Z", 1);
    put(&z->file, data, packed);
    put(&z->directory, "PK\1\2", 4);
    put_le(&z->directory, 20, 2);
    put_le(&z->directory, 20, 2);
    put_le(&z->directory, 0x0808, 2);
    put_le(&z->directory, method, 2);
    put_le(&z->directory, 0, 8);
    put_le(&z->directory, packed, 4);
    put_le(&z->directory, unpacked, 4);
    put_le(&z->directory, n, 2);
    put_le(&z->directory, 0, 12);
    put_le(&z->directory, at, 4);
    put(&z->directory, name, n);
    z->count++;
}

static inline void zip_add(zip_writer *z, const char *name, const void *data, size_t size) {
    zip_add_packed(z, name, data, size, 0, size);
}

// The archive; the writer is empty again.
static inline bytes zip_end(zip_writer *z) {
    bytes b = z->file;
    size_t directory = b.size;
    put(&b, z->directory.data, z->directory.size);
    size_t end64 = b.size;
    put(&b, "PK\6\6", 4);
    put_le(&b, 44, 8);
    put_le(&b, 45, 2);
    put_le(&b, 45, 2);
    put_le(&b, 0, 8);
    put_le(&b, z->count, 8);
    put_le(&b, z->count, 8);
    put_le(&b, z->directory.size, 8);
    put_le(&b, directory, 8);
    put(&b, "PK\6\7", 4);
    put_le(&b, 0, 4);
    put_le(&b, end64, 8);
    put_le(&b, 1, 4);
    put(&b, "PK\5\6", 4);
    put_le(&b, 0, 4);
    put_le(&b, 0xffff, 2);
    put_le(&b, 0xffff, 2);
    put_le(&b, 0xffffffff, 4);
    put_le(&b, 0xffffffff, 4);
    put_le(&b, 0, 2);
    free(z->directory.data);
    *z = (zip_writer){0};
    return b;
}

#endif
