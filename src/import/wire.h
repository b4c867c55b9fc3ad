// SPDX-License-Identifier: Apache-2.0
// wire.h - a bounded reader of protobuf's wire format over a slice of a file. Nothing is copied, no byte
// outside [at, end) is read, and the first fault sticks, with its place in the file, for all readers that
// were opened from the same one.
#ifndef TN_IMPORT_WIRE_H
#define TN_IMPORT_WIRE_H

#include "tenon/ext.h"

enum { TNI_WIRE_DEPTH = 64 }; // messages within messages

typedef struct tni_wire_fault {
    const char *what; // NULL: none so far
    size_t offset;    // in the file
} tni_wire_fault;

typedef struct tni_wire {
    const unsigned char *file; // its first byte, for offsets in messages
    const unsigned char *at, *end;
    tni_wire_fault *fault;
    int depth;
} tni_wire;

typedef enum tni_wire_type {
    TNI_WIRE_VARINT = 0,
    TNI_WIRE_FIXED64 = 1,
    TNI_WIRE_BYTES = 2,
    TNI_WIRE_GROUP = 3,
    TNI_WIRE_GROUP_END = 4,
    TNI_WIRE_FIXED32 = 5,
} tni_wire_type;

typedef struct tni_field {
    uint32_t number;
    tni_wire_type type;
    tn_str bytes;   // the payload, whatever the type: a varint's own bytes too
    uint64_t value; // of a VARINT
} tni_field;

tni_wire tni_wire_open(const void *data, size_t size, tni_wire_fault *fault);
// The next field; false at the end and after a fault. Unknown fields are the caller's to ignore.
bool tni_wire_next(tni_wire *w, tni_field *f);
// Records a fault at `where`. Returns false.
bool tni_wire_fail(tni_wire *w, const void *where, const char *what);

// What a field holds; each fails when its wire type is another.
bool tni_wire_message(tni_wire *w, const tni_field *f, tni_wire *message);
bool tni_wire_bytes(tni_wire *w, const tni_field *f, tn_str *to);
bool tni_wire_text(tni_wire *w, const tni_field *f, tn_str *to); // bytes without NUL
bool tni_wire_int(tni_wire *w, const tni_field *f, int64_t *to);
bool tni_wire_float(tni_wire *w, const tni_field *f, float *to);

// A repeated scalar, packed or not: a reader over the values in this field, and how many there are.
bool tni_wire_values(tni_wire *w, const tni_field *f, tni_wire_type scalar, tni_wire *values, size_t *count);
uint64_t tni_wire_varint(tni_wire *values);
uint32_t tni_wire_fixed32(tni_wire *values);
uint64_t tni_wire_fixed64(tni_wire *values);

#endif
