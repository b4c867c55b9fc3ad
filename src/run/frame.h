// SPDX-License-Identifier: Apache-2.0
// frame.h - one graph of the plan being run: the main graph, or the body of an If, Loop or Scan. For every
// distinct set of input shapes a frame has a layout: what each step runs, and where each value lies. Values
// whose sizes the inputs' shapes tell lie in one planned block; the others are given memory as they appear.
//
//     context -- frame (main graph) -- layouts
//                  +- frame (body of a Loop) -- layouts ...
#ifndef TN_RUN_FRAME_H
#define TN_RUN_FRAME_H

#include "base/pool.h"
#include "ir/host.h"
#include "plan/plan.h"

typedef struct tni_frame tni_frame;
typedef struct tni_layout tni_layout;

// Where a value's bytes are.
typedef enum tni_place {
    TNI_UNPLACED,
    TNI_CONSTANT, // in the plan, or known once the shapes are (kept in the layout)
    TNI_INPUT,    // the caller's: an input or a captured value, or a view of one
    TNI_BLOCK,    // in the frame's block, at the root's offset plus its own
    TNI_DYNAMIC,  // given memory by the step that makes it
} tni_place;

typedef struct tni_slot {
    const tni_value *value;
    tn_tensor tensor; // what kernels see; data follows from the place
    tni_place place;
    int root;      // slot whose memory this is a part of; itself when it is none's
    size_t offset; // within the root's memory
    int first, last;
} tni_slot;

typedef struct tni_exec { // one step of a layout
    const tni_step *step;
    const tn_tactic_def *tactic; // NULL: reference
    tn_call call;
    tn_tensor **out;     // call.out, to leave out what is a view
    bool skip;           // everything it makes is a view, or known already
    bool is_dynamic;     // inferred, placed and picked for each time it runs
    size_t workspace;    // bytes
    size_t workspace_at; // in the block
} tni_exec;

struct tni_layout {
    tni_layout *next; // least recently made last
    tni_arena arena;
    tn_tensor *key; // shapes of the frame's inputs
    tni_slot *slot; // by the value's mark
    tni_exec *exec;
    size_t nexec;
    size_t block_bytes;
    char *base; // the block that slots point into now
};

struct tni_frame {
    struct tn_call_host host; // first: kernels hand it back
    tn_context *context;
    tni_frame *parent, *child, *sibling;
    const tn_graph *graph;
    const tni_value **input; // the graph's inputs, then what it captures
    size_t ninput;
    size_t nslots;
    tni_layout *layouts, *current;
    // A body's results are read while it runs again, so it has two of everything, used in turn.
    int turn;
    char *block[2];
    size_t block_bytes[2];
    tni_arena dynamic[2];
    tn_tensor *result[2];
};

struct tn_context {
    tn_env *env;
    const tn_plan *plan;
    tni_pool *pool;
    tni_frame *main;
    const tn_tensor **input; // bound by the caller, or state
    tn_tensor **state;       // by input, in `own`; NULL: it is none
    size_t *next;            // the output that the state holds in the next run
    tni_arena own;           // as long as the context
    tni_arena run;           // until the next run
    tni_arena scratch;       // within a step
    tn_dims dims;
    tn_diags *diags; // of the call under way
    bool *keep;      // by value id: tapped, must stay readable
    bool profile, ran;
    bool follows; // the last run's results are what the state holds next
    double *ns;   // by step
    struct tni_taps *taps;
};

// Builds the tree of frames for a graph: one for each body below it.
tn_status tni_frame_new(tni_frame **f, tn_context *c, tni_frame *parent, const tn_graph *g);
void tni_frame_free(tni_frame *f);
void tni_frame_forget(tni_frame *f); // drops all layouts: what is kept has changed
size_t tni_frame_bytes(const tni_frame *f);
// Runs with `in` (graph inputs, then captures); afterwards f->result[f->turn] holds the outputs.
tn_status tni_frame_run(tni_frame *f, const tn_tensor *const *in);
// The tensor of a value as the frames stand now; NULL: not computed.
const tn_tensor *tni_frame_value(const tni_frame *f, const tni_value *v);

// context.c: the last run's results become the state, if they have not yet. To be called before they are
// gone.
void tni_context_keep_state(tn_context *c);

// layout.c: makes the layout for inputs of these shapes.
tn_status tni_layout_new(tni_layout **layout, tni_frame *f, const tn_tensor *const *in);
void tni_layout_free(tni_layout *l);
// The slot of input i: inputs are numbered first, captures lie at the end.
size_t tni_input_slot(const tni_frame *f, size_t i);
// The slot in whose memory `s` lies, and how far in.
tni_slot *tni_slot_root(tni_layout *l, tni_slot *s, size_t *offset);
// What a step is asked to do, in arena `a`: data only where constant, now and whenever this layout runs.
tn_status tni_exec_problem(const tni_frame *f, tni_layout *l, const tni_exec *e, tni_arena *a, tn_problem *p);
// Makes the constants among a step's inputs fit to be read by another kernel than the chosen one.
tn_status tni_exec_restore(const tn_context *c, int nin, const tn_tensor *const *in);
// Picks the step's kernel and sets it up; e->workspace is what it needs.
tn_status tni_exec_pick(const tni_frame *f, tni_exec *e, const tn_problem *p, tni_arena *a);

#endif
