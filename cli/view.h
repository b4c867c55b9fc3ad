// SPDX-License-Identifier: Apache-2.0
// view.h - a graph's nodes copied out for looking at: kept in order, values found by name, counted.
#ifndef TN_CLI_VIEW_H
#define TN_CLI_VIEW_H

#include "model.h"

typedef struct view_row { // open addressing, by name
    const char *name;
    size_t index;
} view_row;

// Names to numbers.
typedef struct view_map {
    view_row *row;
    size_t count, capacity; // capacity: a power of two
} view_map;
enum { VIEW_NONE = -1 };
void view_set(cli *c, view_map *m, const char *name, size_t index); // the first one stays
int64_t view_get(const view_map *m, const char *name);              // VIEW_NONE: not there

typedef struct view_count {
    const char *name;
    size_t count;
} view_count;

typedef struct view {
    cli *c;
    tn_node *node; // [nodes], bodies' nodes after their owner
    size_t nodes, capacity;
    view_map constants; // by name
    int64_t parameters; // elements of all constants
    double parameter_bytes;
    view_count *op; // [ops], the most frequent first
    size_t ops, op_capacity;
} view;

int view_graph(cli *c, view *v, const tn_graph *graph);

// Draws the view in layers, from inputs at the top to outputs at the bottom.
void view_svg(FILE *to, const view *v, const tn_graph *graph, const char *title);

#endif
