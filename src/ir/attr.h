// SPDX-License-Identifier: Apache-2.0
// attr.h - reading attributes that may not be there: beyond what ext.h has.
#ifndef TN_IR_ATTR_H
#define TN_IR_ATTR_H

#include "tenon/ext.h"

// Attribute row present in the operator's table.
bool tni_has_row(tn_attrs attrs, const char *name);
// Entry i of INTS attribute `name`; `otherwise` when it is absent or not in the operator's table.
int64_t tni_ints_at(tn_attrs attrs, const char *name, int i, int64_t otherwise);
// FLOATS attribute in the operator's table and given, with entries.
bool tni_has_list(tn_attrs attrs, const char *name);
// The same of FLOATS.
float tni_floats_at(tn_attrs attrs, const char *name, int i, float otherwise);

#endif
