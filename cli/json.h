// SPDX-License-Identifier: Apache-2.0
// json.h - a writer of JSON: correct commas and escapes whatever the names from a file contain. Invalid UTF-8
// becomes U+FFFD. JSON has no NaN and no infinity: they are written as the texts "nan", "inf", "-inf".
#ifndef TN_CLI_JSON_H
#define TN_CLI_JSON_H

#include "cli.h"

typedef struct json {
    FILE *to;
    int depth;
    bool some; // the open object or array has a member already
    int flat;  // > 0: inside an array written on one line
} json;

// A document on stdout, once a command.
json json_begin(cli *c);
// The document of a command that failed before it had one: {"message": ..., "problems": [...]}.
void json_failure(cli *c);
// `key` is NULL inside arrays and at the top.
void json_open(json *j, const char *key, char bracket);      // '{' or '['
void json_close(json *j, char bracket);                      // '}' or ']'; the outermost ends the line
void json_text(json *j, const char *key, const char *value); // NULL: null
void json_int(json *j, const char *key, int64_t value);
void json_double(json *j, const char *key, double value);
void json_bool(json *j, const char *key, bool value);
void json_nothing(json *j, const char *key); // null; json_null and json_real are libjansson's
void json_dims(json *j, const char *key, int rank, const int64_t *dims);
bool io_has_range(const tn_io *io, int k);
// Members "name", "kind", "type", "shape" of an open object; open dimensions are texts. Where there are any:
// "ranges" of such dimensions, and "next" of state.
void json_io(json *j, const tn_io *io);
// "problems": the diagnostics collected so far; they stay in the list.
void json_problems(cli *c, json *j);

#endif
