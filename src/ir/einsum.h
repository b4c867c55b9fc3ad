// SPDX-License-Identifier: Apache-2.0
// einsum.h - the equation of Einsum: what the operator and the pass that turns it into products agree on.
#ifndef TN_IR_EINSUM_H
#define TN_IR_EINSUM_H

#include "tenon/ext.h"

// A label is a letter or one dimension of the ellipsis. Labels 0..51 are letters; the ellipsis' last
// dimension is TNI_EINSUM_LABELS - 1.
enum {
    TNI_EINSUM_LETTERS = 52,
    TNI_EINSUM_LABELS = TNI_EINSUM_LETTERS + TN_MAX_RANK,
    TNI_EINSUM_OPERANDS = 32,
};

// A term as written: letters' labels, and where the ellipsis stands (-1: nowhere).
typedef struct tni_einsum_term {
    int n, dots;
    unsigned char label[2 * TN_MAX_RANK];
} tni_einsum_term;

typedef struct tni_einsum {
    int nterms; // operands
    tni_einsum_term in[TNI_EINSUM_OPERANDS], out;
} tni_einsum;

// False: the text is no equation for so many operands.
bool tni_einsum_read(const char *text, int operands, tni_einsum *e);
// The labels of a term's dimensions when `rank` of them are there; -1: they cannot be.
int tni_einsum_labels(const tni_einsum_term *t, int rank, unsigned char labels[3 * TN_MAX_RANK]);

#endif
