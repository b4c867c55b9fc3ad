// SPDX-License-Identifier: Apache-2.0
// attend.h - scaled dot-product attention, the loop behind every attention operator: for each query row
//
//     s = scale * q * K';  s = softcap * tanh(s / softcap);  s += bias;  y = softmax(s) * V
//
// A row without any key to attend to (all -inf) gives zeros, or NaN as a plain softmax does.
#ifndef TN_OP_ATTEND_H
#define TN_OP_ATTEND_H

#include "op/buffer.h"

// Where element [batch, head, row, 0] of an operand is.
typedef struct tni_heads {
    int64_t batch, head, row; // strides in elements
} tni_heads;

// Strides of [B, heads, rows, width] (rank 4), or [B, rows, heads * width] (rank 3).
tni_heads tni_heads_of(const tn_tensor *t, int64_t heads, int64_t width);

typedef struct tni_attend {
    int64_t batch, heads, kv_heads, rows, keys, width, v_width;
    const double *q;       // [batch, heads, rows, width]
    double *k;             // [batch, kv_heads, width, keys]: transposed
    double *v;             // [batch, kv_heads, keys, v_width]
    double scale, softcap; // softcap 0: none
    bool blind_nan;        // a row of nothing but -inf gives NaN
    // Adds to the scores of one query row over all keys.
    void (*bias)(void *user, int64_t batch, int64_t head, int64_t row, double *scores);
    void *user;
    const double *sink; // [heads]: a score without a value that takes its part of the softmax; NULL: none
    const tn_tensor *y; // written at y_heads
    tni_heads y_heads;
    const tn_tensor *scores; // [batch, heads, rows, keys], or NULL
    int scores_mode;         // 0: scaled products, 1: after softcap, 2: after bias, 3: probabilities
} tni_attend;
tn_status tni_attend_run(tn_call *c, const tni_attend *a);

// Scratch for k and v of the job's sizes; false: out of memory.
bool tni_attend_room(tn_call *c, tni_attend *a);
// Loads `count` rows of `t` (its strides given, from element `first` on) as queries, [.., rows, width];
// NULL: out of memory.
double *tni_attend_queries(tn_call *c, const tn_tensor *t, int64_t first, tni_heads s, const tni_attend *a);
// Loads `count` keys or values to positions `at`... of k or v.
void tni_attend_keys(const tn_tensor *t, int64_t first, tni_heads s, const tni_attend *a, int64_t at,
                     int64_t count);
void tni_attend_values(const tn_tensor *t, int64_t first, tni_heads s, const tni_attend *a, int64_t at,
                       int64_t count);

// present [batch, heads, past + n, width] from past (the same with its own length; NULL: none) and new rows.
void tni_attend_present(const tn_tensor *present, int64_t to, const tn_tensor *past, int64_t from,
                        int64_t past_rows, const tn_tensor *t, int64_t first, tni_heads s, int64_t batch,
                        int64_t heads, int64_t rows, int64_t width);

#endif
