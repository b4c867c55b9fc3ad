// SPDX-License-Identifier: Apache-2.0
// sequence.h - types of sequences, for the operators that make or read them.
#ifndef TN_OP_SEQUENCE_H
#define TN_OP_SEQUENCE_H

#include "op/buffer.h"

tn_type tni_sequence_type(const tn_type *item);
// Widens `all`, what is known of the items so far, by one more.
void tni_join_items(tn_dims *dims, tn_type *all, const tn_type *item);

#endif
