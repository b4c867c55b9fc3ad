// SPDX-License-Identifier: Apache-2.0
// formula.h - operators that are nothing but others: their upgrade is a line of text.
//
//     tni_formula(s, "a = Add(#0, #1); l:r = Split(a){axis=-1, num_outputs=2}; g = Gelu(r); = Mul(l, g)")
//
// The last statement names no result: the node itself becomes that one and gives the node's outputs.
//
//     #2        input 2 of the node as it was (left out when it was); _ an input left out
//     [0, 1]    an i64 vector; 1.5 a scalar of input 0's type; 2i an i64 scalar
//     $1 = ...  gives the node's output 1
//     {k=1, k=0.5, k=[1, 2], k='text', *}   attributes; * all that the node has (left) go to this one
//
// Attributes that are left stay with the last statement's node.
#ifndef TN_OP_FORMULA_H
#define TN_OP_FORMULA_H

#include "op/op.h"

tn_status tni_formula(tni_spec *s, const char *format, ...) TN_PRINTF(2, 3);
// Input i is given.
static inline bool tni_spec_has(const tni_spec *s, int i) { return i < s->nin && s->in[i]; }
// "[0, 1, 2]" of attribute `name`; "[]" when it is absent. Lives as long as the model.
const char *tni_formula_ints(tni_spec *s, const char *name);
// "[0,2,3,1]": the permutation that moves the channels of input 0 to the front or to the end. NULL: its rank
// is not known (told).
const char *tni_formula_perm(tni_spec *s, bool to_front);
double tni_spec_float(tni_spec *s, const char *name, double otherwise);
const char *tni_spec_string(tni_spec *s, const char *name, const char *otherwise);

#endif
