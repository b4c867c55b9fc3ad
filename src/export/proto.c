// SPDX-License-Identifier: Apache-2.0
// proto.c - protobuf messages as lists of pieces. Little-endian machines only, as all of the files written
// here.
#include "export/proto.h"

#include "base/le.h"

#include <string.h>

enum { OWN_BYTES = 200 };

struct tni_proto_piece {
    tni_proto_piece *next;
    const void *data; // `own`, or somebody else's
    size_t size, room;
    unsigned char own[];
};

tni_proto tni_proto_new(tni_arena *a) { return (tni_proto){.a = a}; }

static void append(tni_proto *p, tni_proto_piece *piece) {
    if (p->last)
        p->last->next = piece;
    else
        p->first = piece;
    p->last = piece;
}

// Room for `size` bytes at the message's end; NULL: out of memory.
static unsigned char *extend(tni_proto *p, size_t size) {
    tni_proto_piece *last = p->last;
    if (!last || last->room - last->size < size) {
        size_t room = size > OWN_BYTES ? size : OWN_BYTES;
        last = tni_arena_alloc(p->a, sizeof *last + room);
        if (!last) return p->failed = true, NULL;
        *last = (tni_proto_piece){.room = room};
        last->data = last->own;
        append(p, last);
    }
    last->size += size;
    p->size += size;
    return last->own + last->size - size;
}

static void put(tni_proto *p, const void *data, size_t size) {
    unsigned char *to = extend(p, size);
    if (to && size) memcpy(to, data, size);
}

static size_t varint(unsigned char to[10], uint64_t v) {
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) to[n++] = (unsigned char)(v | 0x80);
    to[n++] = (unsigned char)v;
    return n;
}

static void put_varint(tni_proto *p, uint64_t v) {
    unsigned char bytes[10];
    put(p, bytes, varint(bytes, v));
}

static void put_tag(tni_proto *p, unsigned field, unsigned wire_type) {
    put_varint(p, (uint64_t)field << 3 | wire_type);
}

void tni_proto_int(tni_proto *p, unsigned field, int64_t value) {
    put_tag(p, field, 0);
    put_varint(p, (uint64_t)value);
}

void tni_proto_float(tni_proto *p, unsigned field, float value) {
    put_tag(p, field, 5);
    put(p, &value, 4);
}

void tni_proto_bytes(tni_proto *p, unsigned field, const void *data, size_t size) {
    put_tag(p, field, 2);
    put_varint(p, size);
    put(p, data, size);
}

void tni_proto_text(tni_proto *p, unsigned field, const char *text) {
    tni_proto_bytes(p, field, text, strlen(text));
}

void tni_proto_borrow(tni_proto *p, unsigned field, const void *data, size_t size) {
    if (size <= OWN_BYTES) {
        tni_proto_bytes(p, field, data, size);
        return;
    }
    put_tag(p, field, 2);
    put_varint(p, size);
    tni_proto_piece *piece = tni_arena_zalloc(p->a, sizeof *piece);
    if (!piece) {
        p->failed = true;
        return;
    }
    piece->data = data;
    piece->size = piece->room = size;
    append(p, piece);
    p->size += size;
}

void tni_proto_ints(tni_proto *p, unsigned field, const int64_t *value, size_t n) {
    unsigned char bytes[10];
    size_t size = 0;
    for (size_t i = 0; i < n; i++) size += varint(bytes, (uint64_t)value[i]);
    put_tag(p, field, 2);
    put_varint(p, size);
    for (size_t i = 0; i < n; i++) put_varint(p, (uint64_t)value[i]);
}

void tni_proto_floats(tni_proto *p, unsigned field, const float *value, size_t n) {
    tni_proto_bytes(p, field, value, n * sizeof *value);
}

void tni_proto_join(tni_proto *p, tni_proto *fields) {
    if (fields->first) {
        if (p->last)
            p->last->next = fields->first;
        else
            p->first = fields->first;
        p->last = fields->last;
    }
    p->size += fields->size;
    p->failed |= fields->failed;
    *fields = (tni_proto){.a = p->a};
}

void tni_proto_message(tni_proto *p, unsigned field, tni_proto *message) {
    put_tag(p, field, 2);
    put_varint(p, message->size);
    tni_proto_join(p, message);
}

void tni_proto_write(const tni_proto *p, tni_save *to) {
    for (const tni_proto_piece *piece = p->first; piece; piece = piece->next)
        tni_save_write(to, piece->data, piece->size);
}
