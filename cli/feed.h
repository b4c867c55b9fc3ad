// SPDX-License-Identifier: Apache-2.0
// feed.h - the inputs of a run: from the files of --input, the rest random when --random asks for it.
#ifndef TN_CLI_FEED_H
#define TN_CLI_FEED_H

#include "model.h"

typedef struct feed {
    size_t count;
    const char **name; // [count]
    tn_tensor **value; // [count], owned
} feed;

// `random`: fill what got no file although nobody said --random (bench).
int feed_load(cli *c, feed *f, const cli_model *m, bool random);
int feed_bind(cli *c, const feed *f, const tn_plan *plan, tn_context *context);
const tn_tensor *feed_value(const feed *f, const char *name); // NULL: there is no such input
void feed_free(feed *f);

#endif
