// SPDX-License-Identifier: Apache-2.0
// call.h - a call of the file being made into nodes, once, and again for views.
#ifndef TN_IMPORT_PT2_CALL_H
#define TN_IMPORT_PT2_CALL_H

#include "import/aten/aten.h"

// What a node calls: "aten.add_.Tensor".
const char *tni_pt2_target(const json_t *node);
// "aten.add_.Tensor" -> "aten.add.Tensor"; NULL: it is not in-place.
const char *tni_pt2_functional(tni_pt2 *x, const char *target);
// Whether an in-place call of it changes elements.
bool tni_pt2_writes(const tn_aten_def *def);
// What stands in the parentheses of a row's target, or of an operator's `.aten`; "": nothing.
const char *tni_pt2_signature(const tni_pt2 *x, const tn_aten_def *def, const char *target);
// The tensors that the call `node` writes to by its signature: names of the file; NULL: no such argument.
enum { TNI_PT2_WRITTEN = 8 };
size_t tni_pt2_written(const char *signature, const json_t *node, const char *tensor[TNI_PT2_WRITTEN]);
// The name of its first argument, when that is a tensor; NULL: it is none.
const char *tni_pt2_first_tensor(const json_t *node);
// The names of the tensors among its outputs; *numbers: there are symbolic numbers among them.
size_t tni_pt2_output_names(const json_t *node, const char **name, size_t room, bool *numbers);

// Makes view `t` of `value` instead of what its parent holds.
tni_value *tni_pt2_call_again(tni_pt2 *x, tni_pt2_tensor *t, const tni_pt2_tensor *parent, tni_value *value);
// `t` is output `output` of `c`, a view of `of`. False: the chain of views is too long.
bool tni_pt2_make_view(tni_pt2 *x, tni_pt2_tensor *t, tni_pt2_tensor *of, const tn_aten *c, size_t output);
// What the parent holds after `v` was written to its view `t`; it held `parent` before.
tni_value *tni_pt2_unview(tni_pt2 *x, tni_pt2_tensor *t, tni_value *parent, tni_value *v);
// A call of the file before its arguments are looked at; `next`: the node after it.
tn_aten tni_pt2_call_at(tni_pt2 *x, tni_pt2_scope *s, const json_t *node, const json_t *next);
// A call set up to convert view `t` (unview.c).
tn_aten tni_pt2_call_of(tni_pt2 *x, const tni_pt2_tensor *t);

#endif
