// SPDX-License-Identifier: Apache-2.0
// letter_case.h - UTF-8 characters, and upper and lower case of the alphabets that have them one letter to
// one: Latin (ASCII, Latin-1, Extended-A), Greek, Cyrillic and Armenian. Other characters stay as they are.
#ifndef TN_OP_LETTER_CASE_H
#define TN_OP_LETTER_CASE_H

#include "tenon/ext.h"

typedef enum tni_letter_case { TNI_KEEP, TNI_LOWER, TNI_UPPER } tni_letter_case;

// The character at `p` and how many of `size` bytes it takes; a byte that begins none is a character of its
// own, above all of Unicode.
enum { TNI_NOT_UTF8 = 0x110000 };
size_t tni_utf8_read(const char *p, size_t size, uint32_t *code);
size_t tni_utf8_write(char *p, uint32_t code); // at most 4 bytes

uint32_t tni_letter_lower(uint32_t code);
uint32_t tni_letter_upper(uint32_t code);

enum { TNI_CASE_GROWTH = 2 }; // `to` has room for so many times the size of `from`
size_t tni_change_case(char *to, tn_str from, tni_letter_case action); // returns the size

#endif
