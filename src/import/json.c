// SPDX-License-Identifier: Apache-2.0
// json.c - jansson allocates for itself, outside the env. What it will need is therefore held against the
// env's budget before it starts: a document becomes about ten times its size.
#include "import/json.h"

enum { GROWTH = 10 };

tn_status tni_json_parse(json_t **to, tn_env *env, tn_str text, const char *what, tn_diags *diags) {
    json_error_t error;
    *to = NULL;
    void *room = text.size > SIZE_MAX / GROWTH ? NULL : tni_alloc(env, text.size * GROWTH + 1);
    if (!room) return TN_NOMEM;
    tni_free(env, room);
    *to = json_loadb(text.text, text.size, JSON_REJECT_DUPLICATES, &error);
    if (*to) return TN_OK;
    if (json_error_code(&error) == json_error_out_of_memory) return TN_NOMEM;
    return tni_error(diags, TN_FORMAT, "%s is no JSON: line %d, column %d: %s", what, error.line,
                     error.column, error.text);
}

const char *tni_json_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

bool tni_json_int(const json_t *value, int64_t *to) {
    if (json_is_boolean(value)) return *to = json_is_true(value), true;
    if (!json_is_integer(value)) return false;
    *to = json_integer_value(value);
    return true;
}

json_t *tni_json_union(const json_t *object, const char **tag) {
    json_t *o = tni_mutable(object);
    void *first = json_is_object(o) ? json_object_iter(o) : NULL;
    if (!first) return NULL;
    *tag = json_object_iter_key(first);
    return json_object_iter_value(first);
}
