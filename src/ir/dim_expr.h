// SPDX-License-Identifier: Apache-2.0
// dim_expr.h - what an expression is made of; for dim.c, which computes, dim_text.c, which prints and parses,
// and who must look inside. An expression is a sorted list of terms, a term a coefficient times a sorted list
// of atoms:
//
//     2*H*W + H + 3   =   [ 2 * {H, W} ]  [ 1 * {H} ]  [ 3 * {} ]
#ifndef TN_IR_DIM_EXPR_H
#define TN_IR_DIM_EXPR_H

#include "ir/dim.h"

typedef enum atom_kind { SYMBOL, FLOOR_DIV, MAX, MIN } atom_kind;

typedef struct atom {
    atom_kind kind;
    const char *name; // SYMBOL
    tn_dim a, b;      // the others
    unsigned id;      // order of making: the order within a term
    bool data;        // depends on a size only the data will tell
    bool sized;       // known to be >= 0
    int64_t usual;    // of a SYMBOL: the size it mostly has, as far as the model says; 0: not known
    int64_t most;     // of a SYMBOL: the largest size the model is made for; 0: there is none
    int64_t least;    // and the smallest
} atom;

typedef struct term {
    int64_t coefficient;
    unsigned natoms;
    const atom *const *atom;
} term;

struct tn_expr {
    uint64_t hash;
    unsigned nterms;
    const term *term;
    const atom *alone; // set when this is exactly that atom
    bool data;
};

// A symbol's usual size. Names that are no symbols are ignored, and have none.
void tni_dim_set_usual(tn_dims *pool, const char *symbol, int64_t size);
int64_t tni_dim_usual(const tn_dims *pool, const char *symbol); // 0: not known
// The sizes that the model is made for: of `d`, when it is a multiple of a symbol; 0 and INT64_MAX: any.
void tni_dim_set_range(tn_dims *pool, const char *symbol, int64_t least, int64_t most); // most 0: any
void tni_dim_range(const tn_dims *pool, tn_dim d, int64_t *least, int64_t *most);
void tni_dim_range_text(char *to, size_t size, int64_t least, int64_t most); // "2 to 50", "at most 32"
// True when d is factor * a symbol (whose name is *symbol), factor > 0.
bool tni_dim_is_multiple(tn_dim d, const char **symbol, int64_t *factor);

// Records the first failure; returns 0 to go on with.
tn_dim tni_dim_stuck(tn_dims *pool, tn_status why);

#endif
