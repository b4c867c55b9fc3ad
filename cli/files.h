// SPDX-License-Identifier: Apache-2.0
// files.h - which file belongs to which input or output ("[NAME=]FILE", "DIR", files in order), and values
// from files: .npy, .npz, .pb, pictures, raw.
#ifndef TN_CLI_FILES_H
#define TN_CLI_FILES_H

#include "cli.h"

// Both are there and one file: writing the one would lose the other.
bool same_file(const char *a, const char *b);

// A .pt2: of inputs, it holds those that it was exported with.
bool is_program(const char *path);

// The inputs, or the outputs and taps, that files are for.
typedef struct ports {
    const char *what; // "input", "output"
    size_t count;
    size_t numbered;   // the first so many may be called output_K in a DIR
    const char **name; // [count]
    const char **file; // [count], filled by files_assign; NULL: none
} ports;

ports ports_new(cli *c, const char *what, size_t count);
// Reads the values of option `id` (--input, --expect).
int files_assign(cli *c, option_id id, ports *p);

// The name of an output as a file name: '/' and ':' become '_', and a very long one is cut.
const char *file_name(cli *c, const char *name);

// Reads a value for `io` (its kind; type and shape too for what has none of its own). `shape` overrides the
// dimensions, or is NULL.
int value_load(cli *c, tn_tensor **t, const char *path, const tn_io *io, const tn_shape *shape);

#endif
