// SPDX-License-Identifier: Apache-2.0
// writer.h - the block while it is written, front to back: into memory, or into the engine's file, so that of
// a large network's weights one piece at a time is in memory. Pieces are packed into the run part as kernels
// are chosen; constants are borrowed, and written at the end.
//
// A constant that only somebody else than running reads is left out where it can be made from what is there:
// from what was packed (tni_writer_make), or as the transpose of another matrix, which the end looks for.
//
//     tni_writer_begin -> tni_writer_pack, tni_writer_make, tni_writer_add... -> tni_writer_end,
//     tni_writer_free
#ifndef TN_PLAN_WRITER_H
#define TN_PLAN_WRITER_H

#include "plan/plan.h"

typedef struct tni_writer {
    tn_env *env;
    struct tni_written {
        uint64_t digest;
        size_t offset, size; // offset 0: not written yet
        const void *data;    // NULL: written already
        tni_part part;
        int64_t rows, columns; // when it is a matrix of numbers of four bytes; else 0
        uint32_t from;         // the piece that it can be made from; TNI_NO_PIECE: none
        tni_text order;
    } * piece;
    size_t count, capacity;
    bool failed; // out of memory, or too large
    // Where it goes: `save` when it is a file, else `block`, env memory that grows.
    bool to_file;
    tni_save save;
    unsigned char *block;
    size_t size, room;
} tni_writer;

// `path` NULL: into memory.
tn_status tni_writer_begin(tni_writer *w, tn_env *env, const char *path, tn_diags *diags);
// The number of a piece with a constant's bytes, which stay where they are until the end. Equal ones are one
// piece; it lies in the run part when anybody wanted it there.
uint32_t tni_writer_add(tni_writer *w, const tn_tensor *x, tni_part part);
// The same for bytes that are not needed afterwards: they go into the run part at once.
uint32_t tni_writer_pack(tni_writer *w, const void *data, size_t size);
// The constant can be made from that piece, by this order, which becomes the writer's. Known before: nothing
// has to be found out.
bool tni_writer_makes(const tni_writer *w, const tn_tensor *x);
void tni_writer_make(tni_writer *w, const tn_tensor *x, uint32_t from, tni_text *order);
// Constants, records and the header. `program` begins behind the table of pieces, which is written here. In
// memory the block is then `*block` (env memory, the caller's), else the file is complete.
tn_status tni_writer_end(tni_writer *w, const tni_text *program, const tni_text *origin, int threads,
                         bool exact, void **block, size_t *size, tn_diags *diags);
// Whatever became of it; a file that did not come to its end is not there.
void tni_writer_free(tni_writer *w);

#endif
