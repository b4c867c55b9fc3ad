// SPDX-License-Identifier: Apache-2.0
// wire.c - protobuf's wire format, after "Encoding" in the protocol buffers documentation: a key is
// (field number << 3 | wire type) as a varint, a varint is seven bits a byte, low bits first.
#include "import/wire.h"

#include "base/le.h"

#include <string.h>

tni_wire tni_wire_open(const void *data, size_t size, tni_wire_fault *fault) {
    const unsigned char *p = data;
    return (tni_wire){p, p, size ? p + size : p, fault, 0};
}

bool tni_wire_fail(tni_wire *w, const void *where, const char *what) {
    if (!w->fault->what) *w->fault = (tni_wire_fault){what, (size_t)((const unsigned char *)where - w->file)};
    w->at = w->end;
    return false;
}

static bool read_varint(tni_wire *w, uint64_t *to) {
    const unsigned char *start = w->at;
    uint64_t value = 0;
    for (unsigned shift = 0; w->at < w->end; shift += 7) {
        unsigned char byte = *w->at++;
        if (shift == 63 && byte > 1) return tni_wire_fail(w, start, "a number has more than 64 bits");
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return *to = value, true;
    }
    return tni_wire_fail(w, start, "the file ends within a number");
}

static bool take(tni_wire *w, tni_field *f, uint64_t size) {
    if (size > (size_t)(w->end - w->at))
        return tni_wire_fail(w, w->at,
                             "a field is longer than what it lies in: the file is truncated or damaged");
    f->bytes = (tn_str){(const char *)w->at, (size_t)size};
    w->at += size;
    return true;
}

static bool read_key(tni_wire *w, tni_field *f) {
    const unsigned char *start = w->at;
    uint64_t key;
    if (!read_varint(w, &key)) return false;
    if (key >> 3 == 0 || key >> 3 > 0x1fffffff)
        return tni_wire_fail(w, start, "a field has an impossible number");
    *f = (tni_field){.number = (uint32_t)(key >> 3), .type = (tni_wire_type)(key & 7)};
    return true;
}

// Skips to the end of the group that `f` opens. Groups are long out of use: only unknown fields can be one.
static bool skip_group(tni_wire *w, const tni_field *f) {
    uint32_t open[TNI_WIRE_DEPTH] = {f->number};
    for (int depth = 1; depth > 0;) {
        tni_field inner;
        uint64_t size = 0;
        const unsigned char *start = w->at;
        if (w->at == w->end) return tni_wire_fail(w, start, "the file ends within a group");
        if (!read_key(w, &inner)) return false;
        bool fine = true;
        switch (inner.type) {
        case TNI_WIRE_VARINT: fine = read_varint(w, &size); break;
        case TNI_WIRE_FIXED64: fine = take(w, &inner, 8); break;
        case TNI_WIRE_FIXED32: fine = take(w, &inner, 4); break;
        case TNI_WIRE_BYTES: fine = read_varint(w, &size) && take(w, &inner, size); break;
        case TNI_WIRE_GROUP:
            if (depth == TNI_WIRE_DEPTH) return tni_wire_fail(w, start, "groups are nested too deeply");
            open[depth++] = inner.number;
            break;
        case TNI_WIRE_GROUP_END:
            fine =
                open[--depth] == inner.number || tni_wire_fail(w, start, "a group ends that was not begun");
            break;
        default: return tni_wire_fail(w, start, "a field has an unknown wire type");
        }
        if (!fine) return false;
    }
    return true;
}

bool tni_wire_next(tni_wire *w, tni_field *f) {
    if (w->fault->what || w->at == w->end) return false;
    const unsigned char *start = w->at;
    if (!read_key(w, f)) return false;
    const unsigned char *payload = w->at;
    uint64_t size;
    switch (f->type) {
    case TNI_WIRE_VARINT:
        if (!read_varint(w, &f->value)) return false;
        f->bytes = (tn_str){(const char *)payload, (size_t)(w->at - payload)};
        return true;
    case TNI_WIRE_FIXED64: return take(w, f, 8);
    case TNI_WIRE_FIXED32: return take(w, f, 4);
    case TNI_WIRE_BYTES: return read_varint(w, &size) && take(w, f, size);
    case TNI_WIRE_GROUP: return skip_group(w, f);
    case TNI_WIRE_GROUP_END: break;
    }
    return tni_wire_fail(w, start, "a field has an unknown wire type");
}

static bool expect(tni_wire *w, const tni_field *f, tni_wire_type type) {
    return f->type == type || tni_wire_fail(w, f->bytes.text ? (const void *)f->bytes.text : w->at,
                                            "a field has another wire type than ONNX gives it");
}

bool tni_wire_bytes(tni_wire *w, const tni_field *f, tn_str *to) {
    if (!expect(w, f, TNI_WIRE_BYTES)) return false;
    *to = f->bytes;
    return true;
}

bool tni_wire_text(tni_wire *w, const tni_field *f, tn_str *to) {
    if (!tni_wire_bytes(w, f, to)) return false;
    return !memchr(to->text, 0, to->size) || tni_wire_fail(w, to->text, "a name or text holds a NUL byte");
}

bool tni_wire_message(tni_wire *w, const tni_field *f, tni_wire *message) {
    *message = (tni_wire){w->file, w->end, w->end, w->fault, w->depth + 1};
    if (!expect(w, f, TNI_WIRE_BYTES)) return false;
    if (message->depth > TNI_WIRE_DEPTH)
        return tni_wire_fail(w, f->bytes.text, "messages are nested too deeply");
    message->at = (const unsigned char *)f->bytes.text;
    message->end = message->at + f->bytes.size;
    return true;
}

bool tni_wire_int(tni_wire *w, const tni_field *f, int64_t *to) {
    if (!expect(w, f, TNI_WIRE_VARINT)) return false;
    *to = (int64_t)f->value;
    return true;
}

bool tni_wire_float(tni_wire *w, const tni_field *f, float *to) {
    if (!expect(w, f, TNI_WIRE_FIXED32)) return false;
    tni_wire value = {w->file, (const unsigned char *)f->bytes.text, w->end, w->fault, 0};
    uint32_t bits = tni_wire_fixed32(&value);
    memcpy(to, &bits, sizeof bits);
    return true;
}

// Every varint ends with a byte below 0x80, so their number needs no decoding.
static size_t count_varints(const tn_str *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->size; i++) n += !((unsigned char)s->text[i] & 0x80);
    return n;
}

bool tni_wire_values(tni_wire *w, const tni_field *f, tni_wire_type scalar, tni_wire *values, size_t *count) {
    *count = 0;
    *values = (tni_wire){w->file, w->end, w->end, w->fault, w->depth};
    if (f->type != TNI_WIRE_BYTES && !expect(w, f, scalar)) return false;
    size_t width = scalar == TNI_WIRE_FIXED64 ? 8 : scalar == TNI_WIRE_FIXED32 ? 4 : 1;
    if (f->bytes.size % width)
        return tni_wire_fail(w, f->bytes.text, "a packed field does not hold a whole number of values");
    *count = scalar == TNI_WIRE_VARINT ? count_varints(&f->bytes) : f->bytes.size / width;
    values->at = (const unsigned char *)f->bytes.text;
    values->end = values->at + f->bytes.size;
    return true;
}

uint64_t tni_wire_varint(tni_wire *values) {
    uint64_t value;
    return read_varint(values, &value) ? value : 0;
}

uint32_t tni_wire_fixed32(tni_wire *values) {
    const unsigned char *p = values->at;
    if (values->end - p < 4) return tni_wire_fail(values, p, "the file ends within a number"), 0;
    values->at += 4;
    return (uint32_t)le_load(p, 4);
}

uint64_t tni_wire_fixed64(tni_wire *values) {
    uint64_t low = tni_wire_fixed32(values);
    return low | (uint64_t)tni_wire_fixed32(values) << 32;
}
