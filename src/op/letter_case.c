// SPDX-License-Identifier: Apache-2.0
// letter_case.c - letters' cases by ranges in which upper and lower case lie a constant apart, or in turns.
#include "op/letter_case.h"

#include <string.h>

size_t tni_utf8_read(const char *text, size_t size, uint32_t *code) {
    const unsigned char *p = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    *code = p[0];
    if (n == 1) return 1;
    uint32_t c = p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n && i < size && (p[i] & 0xC0) == 0x80; i++) {
        c = c << 6 | (p[i] & 0x3Fu);
        bool whole = i + 1 == n && c >= least[n] && c < 0x110000 && (c < 0xD800 || c > 0xDFFF);
        if (whole) return *code = c, n;
    }
    *code = TNI_NOT_UTF8 + p[0];
    return 1;
}

size_t tni_utf8_write(char *p, uint32_t code) {
    if (code >= TNI_NOT_UTF8) return *p = (char)(code - TNI_NOT_UTF8), (size_t)1;
    if (code < 0x80) return *p = (char)code, (size_t)1;
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6) p[i] = (char)(0x80 | (code & 0x3F));
    p[0] = (char)((0xF00u >> n & 0xFF) | code);
    return n;
}

// Upper-case letters first..last, each `apart` before its lower case; apart 0: upper and lower case in turns,
// an upper one first.
typedef struct letters {
    uint32_t first, last, apart;
} letters;

static const letters alphabets[] = {
    {'A', 'Z', 32},     {0xC0, 0xD6, 32},    {0xD8, 0xDE, 32},    {0x100, 0x12F, 0},  {0x132, 0x137, 0},
    {0x139, 0x148, 0},  {0x14A, 0x177, 0},   {0x179, 0x17E, 0},   {0x391, 0x3A1, 32}, {0x3A3, 0x3AB, 32},
    {0x400, 0x40F, 80}, {0x410, 0x42F, 32},  {0x460, 0x481, 0},   {0x48A, 0x4BF, 0},  {0x4D0, 0x52F, 0},
    {0x531, 0x556, 48}, {0x1E00, 0x1E95, 0}, {0x1EA0, 0x1EFF, 0},
};

uint32_t tni_letter_lower(uint32_t code) {
    for (size_t i = 0; i < sizeof alphabets / sizeof *alphabets; i++) {
        const letters *a = &alphabets[i];
        if (code < a->first || code > a->last) continue;
        return a->apart ? code + a->apart : code + ((code - a->first) % 2 == 0);
    }
    return code;
}

uint32_t tni_letter_upper(uint32_t code) {
    for (size_t i = 0; i < sizeof alphabets / sizeof *alphabets; i++) {
        const letters *a = &alphabets[i];
        if (code < a->first + a->apart || code > a->last + a->apart) continue;
        return a->apart ? code - a->apart : code - ((code - a->first) % 2);
    }
    return code;
}

size_t tni_change_case(char *to, tn_str from, tni_letter_case action) {
    size_t size = 0;
    for (size_t at = 0; at < from.size;) {
        uint32_t code;
        at += tni_utf8_read(from.text + at, from.size - at, &code);
        if (action == TNI_LOWER) code = tni_letter_lower(code);
        if (action == TNI_UPPER) code = tni_letter_upper(code);
        size += tni_utf8_write(to + size, code);
    }
    return size;
}
