// SPDX-License-Identifier: Apache-2.0
// epilogue.h - what the fusing passes share: convolutions and products that can take more work before they
// store, as tn.Conv, tn.ConvTranspose (which takes no residual) and tn.Gemm:
//
//     Y = activation(sum + bias + residual)
#ifndef TN_PASS_EPILOGUE_H
#define TN_PASS_EPILOGUE_H

#include "pass/rewrite.h"

// An operator that can be made a fused one: X, W, bias, residual.
typedef struct tni_fusable {
    const tni_node *node;
    const char *op; // "tn.Conv", "tn.Gemm"
    tni_value *in[4];
    bool residual;  // one can go in
    bool activated; // nothing more goes in
} tni_fusable;

// The one that makes `v`, when `v` has no other use.
bool tni_fusable_before(const tni_value *v, tni_fusable *to);
// Makes it, fused, where `at` stands, with these attributes besides its own.
tn_status tni_fuse(tni_node *at, const tni_fusable *f, size_t nattr, const tn_attr *attr, tn_diags *diags);

#endif
