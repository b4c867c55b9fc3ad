// SPDX-License-Identifier: Apache-2.0
// plan.h - the plan: one block of bytes that is the engine file, and what is read out of it once.
//
//     header     64 bytes: magic, version, size, digest, where the parts begin, threads tuned for
//     program    the optimised graph as records, each node with its tactic's name and its packed constants
//     origin     the imported graph as records: for taps of fused tensors, for planning again on other
//     machines data       constants and packed constants, 64-byte aligned, equal ones once
//
// Records name things (operators, tactics) and point into `data` by (offset, size); nothing in the block is
// an address. Building writes the block and then loads it, so a model that is run directly and one that is
// run from its engine go the same way.
#ifndef TN_PLAN_PLAN_H
#define TN_PLAN_PLAN_H

#include "base/file.h"
#include "ir/graph.h"
#include "plan/bytes.h"

// How one node runs. Index: the node's `mark`.
typedef struct tni_step {
    const tni_node *node;
    const tn_tactic_def *tactic; // NULL: the reference kernel, or whatever fits when shapes are bound
    const void *packed;          // in the block
    size_t packed_bytes;
} tni_step;

struct tn_plan {
    tn_env *env;
    char *name;    // file name, for messages
    tni_file file; // the block, when it came from a file
    void *built;   // the block, when it was built here
    const unsigned char *block;
    size_t size;
    size_t origin, origin_size; // part of the block
    size_t data, data_size;     // part of the block
    tn_graph *graph;            // the program; constants are views on the block; `mark` of a node: its step
    tni_step *step;             // bodies' nodes included
    size_t nsteps;
    int threads;
    int64_t (*tuned)[TN_MAX_RANK]; // by input: the sizes the kernels were chosen for
    tn_io *io;                     // inputs, then outputs
};

enum { TNI_PLAN_HEADER = 64, TNI_PLAN_VERSION = 1 };

// What encode needs to know of a node's step.
typedef struct tni_encoded_step {
    const char *tactic; // "" for the reference
    const void *packed;
    size_t packed_bytes;
} tni_encoded_step;

// The data part before it is written: where each piece will lie, equal ones once. Pieces are borrowed until
// the block is assembled, so that weights are copied once, into their place.
typedef struct tni_blobs {
    tn_env *env;
    struct tni_blob {
        uint64_t digest;
        size_t offset, size;
        const void *data;
    } * blob;
    size_t count, capacity;
    size_t bytes; // of the data part
    bool failed;
} tni_blobs;
size_t tni_blobs_add(tni_blobs *b, const void *data, size_t size); // its offset
void tni_blobs_free(tni_blobs *b);

// Writes a graph as records. `step` is indexed by the nodes' mark, or NULL.
tn_status tni_encode_graph(tni_text *t, tni_blobs *blobs, const tn_graph *g, const tni_encoded_step *step);
// Follows the program's records: per input, the sizes that its dimensions were tuned for.
void tni_encode_tuned(tni_text *t, int rank, const int64_t *dims);
// Reads it back, every node going through the checks and the inference that any model goes through. Steps are
// appended to `plan` and nodes marked when `with_steps`.
tn_status tni_decode_graph(tn_graph **g, tn_plan *plan, size_t at, size_t size, bool with_steps,
                           tn_diags *diags);

// Takes over `block` (env memory), or `file`.
tn_status tni_plan_open(tn_plan **plan, tn_env *env, void *block, tni_file file, size_t size,
                        const char *name, tn_diags *diags);
// Inputs and outputs of a graph as the public structs, in the graph's arena.
tn_io *tni_graph_io(const tn_graph *g);

#endif
