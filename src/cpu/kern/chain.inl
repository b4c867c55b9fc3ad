// SPDX-License-Identifier: Apache-2.0
// chain.inl - what kernels of tn.BlockedChain ask of their problem.
#ifndef TN_CPU_CHAIN_INL
#define TN_CPU_CHAIN_INL

#include "cpu/kern/fused.inl"
#include "ir/attr.h"
#include "ir/chain.h"

INLINE bool chain_has(const tn_problem *p, int i) { return i < p->nin && p->in[i]; }
INLINE bool chain_means(int nout, const tn_tensor *const *out) { return nout > 1 && out[1]; }

// The activation of link i. False: these kernels do not know it.
static bool chain_act(const tn_problem *p, int i, act *to) {
    size_t names, alphas, betas;
    const tn_str *name = tn_attr_strings(p->attrs, "activations", &names);
    const float *alpha = tn_attr_floats(p->attrs, "activation_alphas", &alphas);
    const float *beta = tn_attr_floats(p->attrs, "activation_betas", &betas);
    return fused_named(names ? name[i].text : "", alphas ? alpha[i] : 0, betas ? beta[i] : 0, to);
}

#endif
