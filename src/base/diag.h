// SPDX-License-Identifier: Apache-2.0
// diag.h - the list of sentences for the person, and the one-line forwarding of a status at call sites.
#ifndef TN_BASE_DIAG_H
#define TN_BASE_DIAG_H

#include "tenon.h"

#include <stdarg.h>

// Returns from the calling function when `call` fails.
#define TN_TRY(call)                          \
    do {                                      \
        tn_status tn_try_ = (call);           \
        if (tn_try_ != TN_OK) return tn_try_; \
    } while (0)

// Adds a copy of `d` (its message excepted) with a formatted message. Returns d->status, so that
// `return tni_diag(...)` reads as a failure. A list that cannot grow drops the text, never the status.
tn_status tni_diag(tn_diags *diags, const tn_diag *d, const char *message, ...) TN_PRINTF(3, 4);
tn_status tni_vdiag(tn_diags *diags, const tn_diag *d, const char *message, va_list args) TN_PRINTF(3, 0);
// An error with nothing but a message.
tn_status tni_error(tn_diags *diags, tn_status status, const char *message, ...) TN_PRINTF(3, 4);
size_t tni_diags_errors(const tn_diags *diags); // how many are errors
// Makes warnings of the errors from `first` on, with `hint` (which lives longer) where they have none.
void tni_diags_soften(tn_diags *diags, size_t first, const char *hint);

#endif
