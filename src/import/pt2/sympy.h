// SPDX-License-Identifier: Apache-2.0
// sympy.h - expressions over sizes as PyTorch writes them: the text of sympy's srepr, as a tree.
#ifndef TN_IMPORT_PT2_SYMPY_H
#define TN_IMPORT_PT2_SYMPY_H

#include "base/arena.h"

typedef struct tni_sympy {
    const char *op;   // "Integer", "Symbol", "Add"...
    int64_t k;        // Integer; Rational: numerator
    int64_t q;        // Rational: denominator
    double f;         // Float
    const char *name; // Symbol
    size_t n;
    struct tni_sympy **arg;
} tni_sympy;

// NULL: malformed, too deep, or out of memory.
tni_sympy *tni_sympy_parse(tni_arena *a, const char *text);
bool tni_sympy_is(const tni_sympy *e, const char *op);

#endif
