// SPDX-License-Identifier: Apache-2.0
// proto.h - a writer of protobuf's wire format. A message is a list of pieces, some of which are other
// people's bytes (weights in a mapped file): putting a message into another one moves its list and copies
// nothing.
#ifndef TN_EXPORT_PROTO_H
#define TN_EXPORT_PROTO_H

#include "base/arena.h"
#include "base/file.h"

typedef struct tni_proto_piece tni_proto_piece;

typedef struct tni_proto {
    tni_arena *a;
    tni_proto_piece *first, *last;
    size_t size; // bytes of the message
    bool failed; // out of memory: sticks, also to what it is put into
} tni_proto;

tni_proto tni_proto_new(tni_arena *a);
void tni_proto_int(tni_proto *p, unsigned field, int64_t value);
void tni_proto_float(tni_proto *p, unsigned field, float value);
void tni_proto_bytes(tni_proto *p, unsigned field, const void *data, size_t size); // copied
void tni_proto_borrow(tni_proto *p, unsigned field, const void *data,
                      size_t size); // must outlive the writing
void tni_proto_text(tni_proto *p, unsigned field, const char *text);
void tni_proto_ints(tni_proto *p, unsigned field, const int64_t *value, size_t n); // packed
void tni_proto_floats(tni_proto *p, unsigned field, const float *value, size_t n); // packed
void tni_proto_message(tni_proto *p, unsigned field, tni_proto *message);          // which is used up
void tni_proto_join(tni_proto *p, tni_proto *fields); // appends its fields; it is used up
void tni_proto_write(const tni_proto *p, tni_save *to);

#endif
