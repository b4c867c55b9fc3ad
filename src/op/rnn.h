// SPDX-License-Identifier: Apache-2.0
// rnn.h - the contract between a recurrent cell (rnn_cell.c) and the loop over steps that drives it (rnn.c).
#ifndef TN_OP_RNN_H
#define TN_OP_RNN_H

#include "op/buffer.h"

// An activation with its factors.
typedef struct tni_rnn_function {
    double (*fn)(double x, double alpha, double beta);
    double alpha, beta;
} tni_rnn_function;

typedef struct tni_rnn_step tni_rnn_step;
typedef struct tni_rnn_cell {
    int gates;     // matrices in W: LSTM 4 (i o f c), GRU 3 (z r h), RNN 1
    int functions; // activations per direction
    const char *const *defaults;
    double clip;      // of the gates before their activation; infinite: none
    bool couple;      // LSTM: the forget gate is 1 - input gate
    bool reset_after; // GRU: linear_before_reset
    void (*step)(tni_rnn_step *s);
} tni_rnn_cell;

// One step of one sequence: `gate` holds x * W' + b and is used up; h and c are updated.
struct tni_rnn_step {
    const tni_rnn_cell *cell;
    int64_t hidden, wide;         // wide: of all gates
    double *h, *c, *spare;        // [hidden]
    double *gate;                 // [2 * wide]
    const double *recurrent;      // R': [hidden, wide]
    const double *peephole;       // [3, hidden] for i o f, or NULL
    const double *candidate_bias; // GRU with reset_after: Rb of h, or NULL
    const tni_rnn_function *function;
};

// Runs LSTM (gates 4), GRU or RNN over its standard inputs.
tn_status tni_rnn_run(tn_call *c, const tni_rnn_cell *cell);
// The activations of both directions from the attributes; false when one is not known.
bool tni_rnn_functions(tn_attrs a, const tni_rnn_cell *cell, tni_rnn_function to[2][3]);

#endif
