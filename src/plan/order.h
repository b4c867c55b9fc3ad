// SPDX-License-Identifier: Apache-2.0
// order.h - where the numbers of a constant lie in what a kernel packed of it. Most kernels only move
// numbers, into panels of columns or blocks of channels. Then an engine holds what was packed and this order,
// from which the constant is made again: to the bit, on any CPU, without the kernel. Nobody writes an order
// down: it is found by packing the numbers' places instead of the numbers.
//
// An order is a list of nests of loops that copy elements of 4 bytes, as records (bytes.h):
//
//     order:  count | nest*
//     nest:   first element of the packed, of the constant | loops | (turns, step in the one, in the other)*
#ifndef TN_PLAN_ORDER_H
#define TN_PLAN_ORDER_H

#include "plan/bytes.h"

enum { TNI_ORDER_ELEMENT = 4 }; // bytes

// place[i]: which of the constant's `count` elements lies there, counted from 1; others are padding or
// something else that was packed. False: each is not there once, or where has no rule (or order->failed).
bool tni_order_find(tni_text *order, const uint32_t *place, size_t n, size_t count);
// The order of a matrix [rows, columns] in its transpose.
void tni_order_transpose(tni_text *order, size_t rows, size_t columns);

// Reads past an order that makes `count` elements from `packed` ones, and is r->bad if it does anything else.
void tni_order_take(tni_bytes *r, size_t packed, size_t count);
// Follows an order that has been read once: makes the constant, or compares it.
void tni_order_make(tni_bytes order, const void *packed, void *constant);
bool tni_order_same(tni_bytes order, const void *packed, const void *constant);

#endif
