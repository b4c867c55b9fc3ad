// SPDX-License-Identifier: Apache-2.0
// rnn_f32.c - LSTM, GRU and RNN, for AVX-512: see ../kern/rnn_f32.inl.
#include "cpu/avx512/isa.h"

#include "cpu/kern/rnn_f32.inl"

TN_TACTIC(cpu_avx512_rnn_f32_lstm) = RNN(AT("rnn.f32:LSTM"), "LSTM", ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_rnn_f32_gru) = RNN(AT("rnn.f32:GRU"), "GRU", ISA, ISA_RANK);
TN_TACTIC(cpu_avx512_rnn_f32_plain) = RNN(AT("rnn.f32:RNN"), "RNN", ISA, ISA_RANK);
