// SPDX-License-Identifier: Apache-2.0
// wire.c - the protobuf reader: what it accepts, and that nothing makes it read outside its slice.
#include "check.h"

#include "import/wire.h"
#include "onnx_writer.h"

static tni_wire_fault fault;

static tni_wire open_wire(const bytes *b) {
    fault = (tni_wire_fault){0};
    return tni_wire_open(b->data, b->size, &fault);
}

static void reads_every_wire_type(void) {
    bytes b = {0};
    put_int(&b, 1, -1);
    put_float(&b, 2, 1.5f);
    put_text(&b, 300, "text");
    tni_wire w = open_wire(&b);
    tni_field f;
    int64_t i = 0;
    float x = 0;
    tn_str s = {0};
    CHECK(tni_wire_next(&w, &f) && f.number == 1 && tni_wire_int(&w, &f, &i) && i == -1);
    CHECK(tni_wire_next(&w, &f) && f.number == 2 && tni_wire_float(&w, &f, &x) && x == 1.5f);
    CHECK(tni_wire_next(&w, &f) && f.number == 300 && tni_wire_text(&w, &f, &s) && s.size == 4);
    CHECK(!tni_wire_next(&w, &f) && !fault.what);
    free(b.data);
}

static void repeated_numbers_may_be_packed_or_not(void) {
    bytes packed = {0}, b = {0};
    put_varint(&packed, 300);
    put_varint(&packed, 2);
    put_message(&b, 1, packed);
    put_int(&b, 1, 5);
    tni_wire w = open_wire(&b), values;
    tni_field f;
    size_t n = 0;
    CHECK(tni_wire_next(&w, &f) && tni_wire_values(&w, &f, TNI_WIRE_VARINT, &values, &n) && n == 2);
    CHECK(tni_wire_varint(&values) == 300);
    CHECK(tni_wire_varint(&values) == 2);
    CHECK(tni_wire_next(&w, &f) && tni_wire_values(&w, &f, TNI_WIRE_VARINT, &values, &n) && n == 1);
    CHECK(tni_wire_varint(&values) == 5);
    free(b.data);
}

static void refuses(const void *data, size_t size, const char *what, size_t offset) {
    fault = (tni_wire_fault){0};
    tni_wire w = tni_wire_open(data, size, &fault);
    tni_field f;
    while (tni_wire_next(&w, &f)) {}
    CHECK_TEXT(fault.what, what);
    CHECK(fault.offset == offset);
}

static void faults_have_a_place(void) {
    refuses("\x08\x01\x0a\x05"
            "abc",
            7, "a field is longer than what it lies in: the file is truncated or damaged", 4);
    refuses("\x08\xff", 2, "the file ends within a number", 1);
    refuses("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11, "a number has more than 64 bits", 1);
    refuses("\x00\x01", 2, "a field has an impossible number", 0);
    refuses("\x0f", 1, "a field has an unknown wire type", 0);
    refuses("\x0b\x08\x01", 3, "the file ends within a group", 3);
    refuses("\x0b\x14", 2, "a group ends that was not begun", 1);
}

static void unknown_groups_are_skipped(void) {
    static const char data[] = "\x0b\x13\x08\x01\x14\x0c\x10\x07"; // group 1 { group 2 { 1: 1 } } 2: 7
    fault = (tni_wire_fault){0};
    tni_wire w = tni_wire_open(data, sizeof data - 1, &fault);
    tni_field f;
    CHECK(tni_wire_next(&w, &f) && f.type == TNI_WIRE_GROUP);
    CHECK(tni_wire_next(&w, &f) && f.number == 2 && f.value == 7);
    CHECK(!tni_wire_next(&w, &f) && !fault.what);
}

static void depth_is_limited(void) {
    bytes b = {0};
    for (int i = 0; i < TNI_WIRE_DEPTH + 1; i++) {
        bytes outer = {0};
        put_message(&outer, 1, b);
        b = outer;
    }
    tni_wire w = open_wire(&b);
    tni_field f;
    int depth = 0;
    while (tni_wire_next(&w, &f) && tni_wire_message(&w, &f, &w)) depth++;
    CHECK(depth == TNI_WIRE_DEPTH);
    CHECK_TEXT(fault.what, "messages are nested too deeply");
    free(b.data);
}

static void the_first_fault_sticks(void) {
    bytes b = {0};
    put_text(&b, 1, "text");
    put_int(&b, 2, 3);
    tni_wire w = open_wire(&b);
    tni_field f;
    int64_t i;
    CHECK(tni_wire_next(&w, &f) && !tni_wire_int(&w, &f, &i));
    CHECK(!tni_wire_next(&w, &f));
    CHECK(fault.what != NULL && fault.offset == 2);
    free(b.data);
}

int main(void) {
    RUN(reads_every_wire_type);
    RUN(repeated_numbers_may_be_packed_or_not);
    RUN(faults_have_a_place);
    RUN(unknown_groups_are_skipped);
    RUN(depth_is_limited);
    RUN(the_first_fault_sticks);
    return DONE();
}
