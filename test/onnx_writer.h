// SPDX-License-Identifier: Apache-2.0
// onnx_writer.h - writes ONNX models for tests: protobuf fields appended to byte strings, and the few
// messages that tests are made of. Lists of names are words: "x w"; "_" is an omitted one.
#ifndef TN_TEST_ONNX_WRITER_H
#define TN_TEST_ONNX_WRITER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static inline void put(bytes *b, const void *data, size_t size) {
    b->data = realloc(b->data, b->size + size + 1);
    if (!b->data) abort();
    if (size) memcpy(b->data + b->size, data, size);
    b->size += size;
}

static inline void put_varint(bytes *b, uint64_t v) {
    for (unsigned char c; v >= 0x80; v >>= 7) c = (unsigned char)(v | 0x80), put(b, &c, 1);
    unsigned char last = (unsigned char)v;
    put(b, &last, 1);
}

static inline void put_int(bytes *b, unsigned field, int64_t v) {
    put_varint(b, field << 3);
    put_varint(b, (uint64_t)v);
}

static inline void put_float(bytes *b, unsigned field, float v) {
    put_varint(b, field << 3 | 5);
    put(b, &v, 4);
}

static inline void put_bytes(bytes *b, unsigned field, const void *data, size_t size) {
    put_varint(b, field << 3 | 2);
    put_varint(b, size);
    put(b, data, size);
}

static inline void put_text(bytes *b, unsigned field, const char *text) {
    put_bytes(b, field, text, strlen(text));
}

// Appends a message and frees it.
static inline void put_message(bytes *b, unsigned field, bytes message) {
    put_bytes(b, field, message.data, message.size);
    free(message.data);
}

static inline void put_words(bytes *b, unsigned field, const char *words) {
    while (*words) {
        size_t n = strcspn(words, " ");
        put_bytes(b, field, words, n == 1 && *words == '_' ? 0 : n);
        words += n;
        while (*words == ' ') words++;
    }
}

// StringStringEntryProto
static inline bytes pair(const char *key, const char *value) {
    bytes b = {0};
    put_text(&b, 1, key);
    put_text(&b, 2, value);
    return b;
}

static inline bytes opset(const char *domain, int64_t version) {
    bytes b = {0};
    put_text(&b, 1, domain);
    put_int(&b, 2, version);
    return b;
}

static inline bytes node(const char *op, const char *ins, const char *outs) {
    bytes b = {0};
    put_words(&b, 1, ins);
    put_words(&b, 2, outs);
    put_text(&b, 4, op);
    return b;
}

// Attributes: INT is type 2, FLOAT 1, INTS 7, TENSOR 4, GRAPH 5.
static inline bytes attr_int(const char *name, int64_t v) {
    bytes b = {0};
    put_text(&b, 1, name);
    put_int(&b, 3, v);
    put_int(&b, 20, 2);
    return b;
}

static inline bytes attr_float(const char *name, float v) {
    bytes b = {0};
    put_text(&b, 1, name);
    put_float(&b, 2, v);
    put_int(&b, 20, 1);
    return b;
}

static inline bytes attr_ref(const char *name, const char *ref, int64_t type) {
    bytes b = {0};
    put_text(&b, 1, name);
    put_int(&b, 20, type);
    put_text(&b, 21, ref);
    return b;
}

static inline bytes attr_message(const char *name, unsigned field, int64_t type, bytes message) {
    bytes b = {0};
    put_text(&b, 1, name);
    put_message(&b, field, message);
    put_int(&b, 20, type);
    return b;
}

// A tensor without data; words of `dims` are numbers.
static inline bytes tensor(const char *name, int64_t dtype, const char *dims) {
    bytes b = {0};
    for (char *end; *dims; dims = end) put_int(&b, 1, strtoll(dims, &end, 10));
    put_int(&b, 2, dtype);
    put_text(&b, 8, name);
    return b;
}

static inline bytes tensor_raw(const char *name, int64_t dtype, const char *dims, const void *data,
                               size_t size) {
    bytes b = tensor(name, dtype, dims);
    put_bytes(&b, 9, data, size);
    return b;
}

// ValueInfoProto of a tensor: words of `dims` are numbers, names, or "_" (nothing said). NULL: no shape.
static inline bytes value(const char *name, int64_t dtype, const char *dims) {
    bytes shape = {0}, type = {0}, any = {0}, b = {0};
    for (size_t n; dims && *dims; dims += n, dims += *dims == ' ') {
        bytes dim = {0};
        char word[64] = {0}, *end;
        n = strcspn(dims, " ");
        memcpy(word, dims, n < 63 ? n : 63);
        long long k = strtoll(word, &end, 10);
        if (!*end) put_int(&dim, 1, k);
        if (*end && strcmp(word, "_")) put_text(&dim, 2, word);
        put_message(&shape, 1, dim);
    }
    put_int(&type, 1, dtype);
    if (dims) put_message(&type, 2, shape);
    put_message(&any, 1, type);
    put_text(&b, 1, name);
    put_message(&b, 2, any);
    return b;
}

// ModelProto around a graph.
static inline bytes model(bytes graph, int64_t version) {
    bytes b = {0};
    put_int(&b, 1, 8);
    put_message(&b, 7, graph);
    put_message(&b, 8, opset("", version));
    return b;
}

#endif
