// SPDX-License-Identifier: Apache-2.0
// dim.h - symbolic dimensions: polynomials with integer coefficients over atoms, in one canonical form, kept
// once each so that equality is pointer equality. An atom is a symbol, or floor(a/b), a mod b, max, min of
// polynomials. Symbols stand for sizes: integers >= 0.
#ifndef TN_IR_DIM_H
#define TN_IR_DIM_H

#include "base/arena.h"
#include "base/str.h"
#include "tenon/ext.h"

struct tn_dims {
    tn_env *env;
    tni_arena arena;
    tni_map symbols;       // name -> atom
    const tn_expr **table; // open hash of all expressions
    size_t count, capacity;
    unsigned fresh;   // names handed out
    tn_status status; // sticks: TN_LIMIT on overflow, TN_NOMEM
};

void tni_dims_init(tn_dims *pool, tn_env *env);
void tni_dims_free(tn_dims *pool);
void tni_dims_reset(tn_dims *pool); // forgets everything, keeps the memory for reuse

// "2*H + 1", "floor(W/2)", "max(N, 1)". tni_dim_parse reads it back; names are [A-Za-z_][A-Za-z0-9_.]*,
// anything else is quoted as 'odd name'.
void tni_dim_print(tni_text *t, tn_dim d);
tn_status tni_dim_parse(tn_dims *pool, const char **text, tn_dim *to);
// Reads all of `text` with each symbol (`size` bytes, not NUL-terminated) replaced by what `get` says; one it
// does not know is an error. `pool` may be NULL when those are constants.
tn_status tni_dim_parse_with(tn_dims *pool, const char *text,
                             bool (*get)(void *user, const char *symbol, size_t size, tn_dim *value),
                             void *user, tn_dim *to);

// The value of `d` when every symbol is looked up by `get` (false: not known).
bool tni_dim_eval(tn_dim d, bool (*get)(void *user, const char *symbol, int64_t *value), void *user,
                  int64_t *to);
// The name when `d` is a plain symbol, else NULL.
const char *tni_dim_symbol_name(tn_dim d);
// True when a symbol made by tn_dim_fresh occurs in `d`.
bool tni_dim_depends_on_data(tn_dim d);
// a / b when b divides a exactly as polynomials.
bool tni_dim_divide(tn_dims *pool, tn_dim a, tn_dim b, tn_dim *quotient);
// d with each symbol s replaced by get(s); symbols get() does not know stay.
tn_dim tni_dim_substitute(tn_dims *pool, tn_dim d, bool (*get)(void *user, const char *symbol, tn_dim *value),
                          void *user);

#endif
