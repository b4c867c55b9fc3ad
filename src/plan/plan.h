// SPDX-License-Identifier: Apache-2.0
// plan.h - the plan: one block of bytes that is the engine file, and what is read out of it once.
//
//     header     64 bytes: magic, version, size, digest of header and records, where the parts begin, threads
//                tuned for, whether exact kernels were asked for
//     run        pieces that running reads: what kernels packed, and the constants that they take as they are
//     spare      pieces that it does not: constants that were packed, and the imported model's, as far
//                as they cannot be made from what was packed. Mapped, and read only to plan again, for sizes
//                that the chosen kernel does not take, for taps and by codegen
//     program    the table of pieces, the orders of those that are made from others, the plug-ins needed, and
//                the optimised graph as records: each node with its tactic's name and its packed constants
//     origin     the imported graph as records: for taps of fused tensors, and to plan again elsewhere
//
// Records name things (operators, tactics) and pieces by their number; nothing in the block is an address.
// Pieces are 64-byte aligned, equal ones are there once, and each has a digest in the table. The records'
// digest is checked when a plan is loaded, those of a part's pieces before the part is first used. Building
// writes the block and then loads it, so a model that is run directly and one that is run from its engine go
// the same way.
#ifndef TN_PLAN_PLAN_H
#define TN_PLAN_PLAN_H

#include "base/file.h"
#include "ir/graph.h"
#include "plan/bytes.h"

// How one node runs. The node's `mark` is its step's index.
typedef struct tni_step {
    const tni_node *node;
    const char *op;              // "Conv", "tn.Conv"
    const tn_tactic_def *tactic; // NULL: the reference kernel, or whatever fits when shapes are bound
    const tn_tactic_def *const *candidate; // all that may compute the operator here; NULL-terminated
    const void *packed;                    // in the block
    size_t packed_bytes;
    bool described; // its node is part of what another node's body says of that (ir/program.h)
} tni_step;

// Of the data: what running reads, and the rest.
typedef enum tni_part { TNI_RUN, TNI_SPARE } tni_part;

typedef struct tni_piece { // a row of the table
    size_t offset, size;   // in the block; offset 0: it is not there but made from another piece
    uint64_t digest;
    uint32_t from;   // that piece: one in the block, or made from one that is
    size_t at;       // where it is made: plan->made
    tni_bytes order; // order.h
} tni_piece;

typedef struct tni_shared tni_shared; // what contexts find out for each other: share.h

struct tn_plan {
    tn_env *env;
    char *name;    // file name, for messages
    tni_file file; // the block, when it came from a file
    void *built;   // the block, when it was built here
    const unsigned char *block;
    size_t size;
    size_t spare, program, origin; // where in the block; the run part begins behind the header
    tni_piece *piece;
    size_t npieces;
    unsigned char *made; // reserved for the pieces that are not in the block; written by tni_plan_restore
    size_t made_bytes;
    tni_shared *shared;
    tn_graph *graph; // the program; constants are views on the block
    tni_step *step;  // bodies' nodes included, before the node they belong to
    size_t nsteps;
    size_t *told, ntold;          // those that the user is told of, by index: not the described ones
    const tn_plan_plugin *plugin; // that it needs
    size_t nplugins;
    bool again;                    // it cannot run as it is here: to be planned again from its origin
    int threads;                   // tuned for
    bool exact;                    // built without kernels that round more than a plain sum
    const char *tactics;           // patterns of the kernels it may use; in the block
    int64_t (*tuned)[TN_MAX_RANK]; // by input: the sizes the kernels were chosen for
    int64_t (*least)[TN_MAX_RANK], (*most)[TN_MAX_RANK]; // and those the model is made for
    tn_io *io;                                           // inputs, then outputs
};

enum { TNI_PLAN_HEADER = 64, TNI_PLAN_VERSION = 10 };

// ---- encode.c

// How an input of a node is written.
enum { TNI_OMITTED, TNI_NUMBERED, TNI_INLINE };
#define TNI_UNTOLD "?" // a size in a body that is known when it runs, as tni_dim_parse reads it

enum { TNI_NO_PIECE = 0x7fffffff };
enum { TNI_LEAST_SPARE = 4096 }; // bytes of a constant, a page: smaller ones are simply there

// What is written of a node's step.
typedef struct tni_encoded_step {
    const char *tactic; // "" for the reference
    uint32_t packed;    // piece
    int packed_input;   // whose constant running does not read, as it is packed; -1: none. Not written
} tni_encoded_step;

struct tni_writer;
// Writes a graph as records. `step` is indexed by the nodes' mark, or NULL.
tn_status tni_encode_graph(tni_text *t, struct tni_writer *w, const tn_graph *g,
                           const tni_encoded_step *step);
// Follows the program's records: per input, the sizes that its dimensions were tuned for, and the ranges that
// the model is made for.
void tni_encode_tuned(tni_text *t, const tn_type *type, const tn_dims *pool, const int64_t *dims);

// ---- decode.c: every node goes through the checks and the inference that any model goes through

// Fills the plan's graph, steps and tuned sizes. Nodes are marked with their step; values with their place
// among their graph's inputs and its nodes' outputs, which is how executors index their tables.
tn_status tni_decode_program(tn_plan *plan, tn_diags *diags);
// The imported graph; it borrows from the block.
tn_status tni_decode_origin(tn_graph **g, const tn_plan *plan, tn_diags *diags);
// The program's graph once more, for somebody who changes it; likewise.
tn_status tni_decode_optimized(tn_graph **g, const tn_plan *plan, tn_diags *diags);

// ---- file.c

bool tni_is_plan(const void *data, size_t size); // by its first bytes
// The header of a block of p->size bytes whose parts begin where `p` says; `records` are all behind
// p->program.
void tni_plan_head(unsigned char head[TNI_PLAN_HEADER], const tn_plan *p, const void *records);
// Writes size and the records' digest into the header of a block of at least TNI_PLAN_HEADER bytes.
void tni_plan_seal(unsigned char *block, size_t size);
// Builds a plan that cannot run here anew, from the model that it carries. Above this floor, and named by the
// table that the build generates; NULL in a library that only runs (TN_ONLY_OPS).
extern tn_status (*const tni_plan_again)(tn_plan **plan, const tn_plan *old, tn_diags *diags);
// When the pieces are held against their digests.
typedef enum tni_check { TNI_CHECK_NOW, TNI_CHECK_LATER, TNI_CHECK_NEVER /* just written here */ } tni_check;
// Takes over `block` (env memory), or `file`, whatever happens.
tn_status tni_plan_open(tn_plan **plan, tn_env *env, void *block, tni_file file, size_t size,
                        const char *name, tni_check check, tn_diags *diags);
// Holds a part's pieces against their digests, once in a plan's life. To be called before it is used.
tn_status tni_plan_check(const tn_plan *plan, tni_part part, tn_diags *diags);
// To be called before a constant's numbers are read, except by the kernel that packed it and those that take
// it as it is: checks it, and makes it when it is not in the block. NULL: all constants.
tn_status tni_plan_restore(const tn_plan *plan, const void *constant, tn_diags *diags);
// Where a piece is, or will be.
static inline const unsigned char *tni_piece_data(const tn_plan *p, const tni_piece *piece) {
    return piece->offset ? p->block + piece->offset : p->made + piece->at;
}
// Whether a constant is none of the block's.
static inline bool tni_is_made(const tn_plan *p, const void *constant) {
    return p->made && (uintptr_t)constant - (uintptr_t)p->made < p->made_bytes;
}

// ---- io.c

// Inputs, then outputs of a graph as the public structs, in the graph's arena. NULL: out of memory.
tn_io *tni_graph_io(const tn_graph *g);

#endif
