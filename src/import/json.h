// SPDX-License-Identifier: Apache-2.0
// json.h - JSON from files, parsed by jansson within limits; and looking into it without asking at every step
// whether something is there: what is missing or of another kind is NULL, 0 or "".
#ifndef TN_IMPORT_JSON_H
#define TN_IMPORT_JSON_H

#include "base/alloc.h"
#include "base/diag.h"

#include <jansson.h>

// `what` names the document in messages. To be released with json_decref.
tn_status tni_json_parse(json_t **to, tn_env *env, tn_str text, const char *what, tn_diags *diags);

const char *tni_json_text(const json_t *object, const char *key); // "" when it is no string
bool tni_json_int(const json_t *value, int64_t *to);              // integers and booleans
// The only member of a union written as an object with one key; its key is *tag. NULL: it is none.
json_t *tni_json_union(const json_t *object, const char **tag);

#endif
