// SPDX-License-Identifier: Apache-2.0
// memory.h - where buffers lie in one arena: two that live at the same time do not overlap.
#ifndef TN_PLAN_MEMORY_H
#define TN_PLAN_MEMORY_H

#include "base/alloc.h"

typedef struct tni_buffer {
    size_t bytes;
    int first, last; // steps, both included, during which it holds something
    size_t offset;   // out: a multiple of TN_ALIGN
} tni_buffer;

// Places all buffers; *total is the arena's size. False: out of memory or too large.
bool tni_memory_plan(tn_env *env, tni_buffer *buffer, size_t n, size_t *total);

#endif
