// SPDX-License-Identifier: Apache-2.0
// move.c - operators that only copy elements (ir/move.h), at the speed of memory. Each nest of loops
// becomes one of a few kernels, by its innermost loops:
//
//     rows      both sides run on:                   copied as they are
//     fills     one element over and over
//     squares   one side runs along another loop:    transposed in registers, a line of the cache at a time
//     splits    the same, `from` by 2 to 4 elements: channels of a picture become planes
//     braids    the same, `to` by 2 to 4 elements:   planes become channels of a picture
//     steps     anything else, element by element
//
// Short rows of a power of two bytes count as one element: a transpose of pixels is one of wide elements.
#include "cpu/isa.h"

#include "cpu/kern/move_square.inl"
#include "ir/move.h"
#include "ir/tensor.h"

enum {
    MOVE_LOOPS = 8,
    MOVE_KEPT = 4,         // plans made ahead; those of further copies are made when they run
    MOVE_TASK = 1 << 17,   // bytes
    MOVE_SHARED = 1 << 18, // fewer bytes are not worth waking a thread for
    MOVE_SHORT = 2048,     // bytes of a row that is not worth a turn of its own
    MOVE_REPEAT = 1 << 13, // bytes that are repeated at once
    MOVE_LINE = 64
};

typedef enum move_kind {
    MOVE_ROWS,
    MOVE_FILLS,
    MOVE_SQUARES,
    MOVE_SPLITS,
    MOVE_BRAIDS,
    MOVE_STEPS
} move_kind;

typedef struct move_plan { // all in bytes
    move_kind kind;
    int in, out, rank; // rank: of the loops around the kernel's
    int64_t size, to_at, from_at;
    int64_t n, to_step, from_step;  // the innermost loop
    int64_t rows, to_row, from_row; // the loop beside it (of rows and fills: the one around); or 1
    bool by_rows;                   // that one is shared over turns
    int64_t piece, pieces, turns;   // of that loop in a turn; turns in it; all turns
    int64_t turn_bytes;
    int64_t dim[MOVE_LOOPS], to[MOVE_LOOPS], from[MOVE_LOOPS];
} move_plan;

// ---- kernels

// Rows of at least `word` bytes, by words: the last one reaches back over what is copied already.
INLINE void move_words(const move_plan *m, char *to, const char *from, int64_t bytes, int64_t rows,
                       int64_t word) {
    int64_t to_row = m->to_row, from_row = m->from_row;
    for (int64_t r = 0; r < rows; r++, to += to_row, from += from_row) {
        for (int64_t i = 0; i < bytes - word; i += word) memcpy(to + i, from + i, (size_t)word);
        memcpy(to + bytes - word, from + bytes - word, (size_t)word);
    }
}

// The same row, `bytes` of it, again and again: what is there already is copied behind itself.
static void move_repeat(char *to, const char *from, int64_t bytes, int64_t rows) {
    int64_t all = bytes * rows, done = bytes;
    memcpy(to, from, (size_t)bytes);
    while (done < all) {
        int64_t n = min64(min64(done, max64(bytes, MOVE_REPEAT / bytes * bytes)), all - done);
        memcpy(to + done, to, (size_t)n);
        done += n;
    }
}

static void move_rows(const move_plan *m, char *to, const char *from, int64_t bytes, int64_t rows) {
    if (rows > 2 && m->from_row == 0 && m->to_row == bytes)
        move_repeat(to, from, bytes, rows);
    else if (bytes >= 1024)
        for (int64_t r = 0; r < rows; r++) memcpy(to + r * m->to_row, from + r * m->from_row, (size_t)bytes);
    else if (bytes >= MOVE_LINE)
        move_words(m, to, from, bytes, rows, MOVE_LINE);
    else if (bytes >= 16)
        move_words(m, to, from, bytes, rows, 16);
    else if (bytes >= 4)
        move_words(m, to, from, bytes, rows, 4);
    else
        move_words(m, to, from, bytes, rows, 1);
}

#define MOVE_BY_SIZE(size, call) \
    switch (size) {              \
    case 1: call(1); break;      \
    case 2: call(2); break;      \
    case 4: call(4); break;      \
    case 8: call(8); break;      \
    case 16: call(16); break;    \
    case 32: call(32); break;    \
    default: call(64); break;    \
    }

INLINE void move_steps_of(const move_plan *m, char *to, const char *from, int64_t n, size_t size) {
    int64_t ts = m->to_step, fs = m->from_step, w = (int64_t)size;
    if (ts == w && fs == 2 * w)
        for (int64_t i = 0; i < n; i++) memcpy(to + i * w, from + 2 * i * w, size);
    else if (ts == w && fs == -w)
        for (int64_t i = 0; i < n; i++) memcpy(to + i * w, from - i * w, size);
    else
        for (int64_t i = 0; i < n; i++) memcpy(to + i * ts, from + i * fs, size);
}

static void move_steps(const move_plan *m, char *to, const char *from, int64_t n, int64_t rows) {
#define STEPS(size) \
    for (int64_t r = 0; r < rows; r++) move_steps_of(m, to + r * m->to_row, from + r * m->from_row, n, size)
    MOVE_BY_SIZE(m->size, STEPS)
#undef STEPS
}

INLINE void move_fill_of(const move_plan *m, char *to, const char *from, int64_t n, int64_t rows,
                         size_t size) {
    char pattern[MOVE_LINE];
    int64_t w = (int64_t)size, bytes = n * w;
    for (int64_t r = 0; r < rows; r++, to += m->to_row, from += m->from_row) {
        int64_t i = 0;
        if (bytes >= MOVE_LINE)
            for (size_t k = 0; k < MOVE_LINE; k += size) memcpy(pattern + k, from, size);
        for (; i + MOVE_LINE <= bytes; i += MOVE_LINE) memcpy(to + i, pattern, MOVE_LINE);
        for (; i < bytes; i += w) memcpy(to + i, from, size);
    }
}

static void move_fill(const move_plan *m, char *to, const char *from, int64_t n, int64_t rows){
#define FILL(size) move_fill_of(m, to, from, n, rows, size)
    MOVE_BY_SIZE(m->size, FILL)
#undef FILL
}

// to[i][r] = from[r][i] for few r.
INLINE void move_braid_of(const move_plan *m, char *to, const char *from, int64_t n, int rows, size_t size) {
    int64_t w = (int64_t)size;
    for (int64_t i = 0; i < n; i++)
        for (int r = 0; r < rows; r++) memcpy(to + (i * rows + r) * w, from + r * m->from_row + i * w, size);
}
// to[r][i] = from[i][r] for few r.
INLINE void move_split_of(const move_plan *m, char *to, const char *from, int64_t n, int rows, size_t size) {
    int64_t w = (int64_t)size;
    for (int r = 0; r < rows; r++)
        for (int64_t i = 0; i < n; i++) memcpy(to + r * m->to_row + i * w, from + (i * rows + r) * w, size);
}

static void move_braid(const move_plan *m, char *to, const char *from, int64_t n) {
#define BRAID(size)                                        \
    switch (m->rows) {                                     \
    case 2: move_braid_of(m, to, from, n, 2, size); break; \
    case 3: move_braid_of(m, to, from, n, 3, size); break; \
    default: move_braid_of(m, to, from, n, 4, size);       \
    }
    MOVE_BY_SIZE(m->size, BRAID)
#undef BRAID
}

// As many of two or three rows as there are whole vectors.
static int64_t move_parts(const move_plan *m, char *to, const char *from, int64_t n) {
    if (m->rows > 3) return 0;
    bool two = m->rows == 2;
    switch (m->size) {
    case 1: return two ? halves_1(to, m->to_row, from, n) : thirds_1(to, m->to_row, from, n);
    case 2: return two ? halves_2(to, m->to_row, from, n) : thirds_2(to, m->to_row, from, n);
    case 4: return two ? halves_4(to, m->to_row, from, n) : thirds_4(to, m->to_row, from, n);
    default: return 0;
    }
}

static void move_split(const move_plan *m, char *to, const char *from, int64_t n) {
    int64_t done = move_parts(m, to, from, n);
    to += done * m->size;
    from += done * m->size * m->rows;
    n -= done;
#define SPLIT(size)                                        \
    switch (m->rows) {                                     \
    case 2: move_split_of(m, to, from, n, 2, size); break; \
    case 3: move_split_of(m, to, from, n, 3, size); break; \
    default: move_split_of(m, to, from, n, 4, size);       \
    }
    MOVE_BY_SIZE(m->size, SPLIT)
#undef SPLIT
}

// to[j][i] = from[i][j]: `to` runs on along i (n of them), `from` along j (rows). By squares of a line each
// way, inside them by squares in registers.
static void move_squares(const move_plan *m, char *to, const char *from, int64_t n, int64_t rows) {
    int64_t line = m->size < 16 ? MOVE_LINE / m->size : 16;
    for (int64_t j = 0; j < rows; j += line)
        for (int64_t i = 0; i < n; i += line) {
            int64_t a = n < line ? 0 : min64(i, n - line), b = rows < line ? 0 : min64(j, rows - line);
            move_square(to + b * m->to_row + a * m->size, m->to_row, from + a * m->from_step + b * m->size,
                        m->from_step, min64(line, n), min64(line, rows), m->size);
        }
}

static void move_turn(const move_plan *m, char *to, const char *from, int64_t n, int64_t rows) {
    switch (m->kind) {
    case MOVE_ROWS: move_rows(m, to, from, n * m->size, rows); break;
    case MOVE_FILLS: move_fill(m, to, from, n, rows); break;
    case MOVE_SQUARES: move_squares(m, to, from, n, rows); break;
    case MOVE_SPLITS: move_split(m, to, from, n); break;
    case MOVE_BRAIDS: move_braid(m, to, from, n); break;
    default: move_steps(m, to, from, n, rows);
    }
}

// ---- planning

static int move_beside(const tni_move *m, const int64_t *along) {
    for (int d = m->rank - 2; d >= 0; d--)
        if (along[d] == 1) return d;
    return -1;
}

static void move_take(tni_move *m, int d) { // a loop that the kernel runs itself
    for (m->rank--; d < m->rank; d++) {
        m->dim[d] = m->dim[d + 1];
        m->to[d] = m->to[d + 1];
        m->from[d] = m->from[d + 1];
    }
}

// Short rows become elements: steps of the other loops are counted in those.
static int64_t move_widen(tni_move *m, int64_t size) {
    int last = m->rank - 1;
    if (last < 1 || m->to[last] != 1 || m->from[last] != 1) return size;
    int64_t row = m->dim[last];
    if (row < 1 || row * size > MOVE_LINE || row & (row - 1)) return size;
    if (m->to_at % row || m->from_at % row) return size;
    for (int d = 0; d < last; d++)
        if (m->to[d] % row || m->from[d] % row) return size;
    for (int d = 0; d < last; d++) {
        m->to[d] /= row;
        m->from[d] /= row;
    }
    m->to_at /= row;
    m->from_at /= row;
    m->rank--;
    return size * row;
}

// A loop around short rows, fills or steps: one of the two next ones, that makes longer turns.
static void move_around(move_plan *p, tni_move *m, int64_t size) {
    int d = m->rank - 1;
    if (d < 0 || p->n * size > MOVE_SHORT) return;
    if (d > 0 && m->dim[d - 1] > m->dim[d]) d--;
    p->rows = m->dim[d];
    p->to_row = m->to[d];
    p->from_row = m->from[d];
    p->by_rows = true;
    move_take(m, d);
}

// Which kernel; the loops that it takes are gone from `m` afterwards.
static void move_choose(move_plan *p, tni_move *m, int64_t size) {
    int last = m->rank - 1, beside = -1;
    p->rows = p->n = 1;
    p->to_step = p->from_step = 1;
    p->kind = MOVE_ROWS;
    if (last < 0) return;
    p->n = m->dim[last];
    p->to_step = m->to[last];
    p->from_step = m->from[last];
    if (p->to_step == 1 && p->from_step != 1 && p->from_step != 0) beside = move_beside(m, m->from);
    if (beside < 0) {
        p->kind = p->to_step != 1 ? MOVE_STEPS : p->from_step == 1 ? MOVE_ROWS : MOVE_STEPS;
        if (p->to_step == 1 && !p->from_step) p->kind = MOVE_FILLS;
        move_take(m, last);
        move_around(p, m, size);
        return;
    }
    p->rows = m->dim[beside];
    p->to_row = m->to[beside];
    p->from_row = 1;
    p->kind = MOVE_SQUARES;
    if (p->rows <= 4 && p->from_step == p->rows) p->kind = MOVE_SPLITS;
    if (p->n <= 4 && p->to_row == p->n) { // the other way round: rows are what was the innermost loop
        int64_t few = p->n;
        p->kind = MOVE_BRAIDS;
        p->n = p->rows;
        p->rows = few;
        p->from_row = p->from_step;
        p->to_step = few;
        p->from_step = 1;
    }
    move_take(m, last);
    move_take(m, beside);
}

// False: more loops than a plan holds.
static bool move_make(move_plan *p, tni_move *m, int64_t size) {
    *p = (move_plan){.in = m->in, .out = m->out};
    p->size = move_widen(m, size);
    move_choose(p, m, p->size);
    if (m->rank > MOVE_LOOPS) return false;
    p->to_at = m->to_at * p->size;
    p->from_at = m->from_at * p->size;
    p->to_step *= p->size;
    p->from_step *= p->size;
    p->to_row *= p->size;
    p->from_row *= p->size;
    p->rank = m->rank;
    p->turns = 1;
    for (int d = 0; d < m->rank; d++) {
        p->dim[d] = m->dim[d];
        p->to[d] = m->to[d] * p->size;
        p->from[d] = m->from[d] * p->size;
        p->turns *= m->dim[d];
    }
    if (p->kind == MOVE_SQUARES) p->by_rows = p->rows > p->n;
    int64_t long_side = p->by_rows ? p->rows : p->n, each = (p->by_rows ? p->n : p->rows) * p->size;
    p->piece = max64(MOVE_LINE, MOVE_TASK / max64(1, each) / MOVE_LINE * MOVE_LINE);
    p->pieces = ceil_div(long_side, p->piece);
    p->turns *= p->pieces;
    p->turn_bytes = min64(long_side, p->piece) * each;
    return true;
}

// ---- running

typedef struct move_run {
    const move_plan *m;
    char *to;
    const char *from;
    int64_t each; // turns in a task
} move_run;

static void move_span(const move_run *r, int64_t first, int64_t last) {
    const move_plan *m = r->m;
    int64_t index[MOVE_LOOPS] = {0}, at = first / m->pieces, piece = first % m->pieces;
    char *to = r->to + m->to_at;
    const char *from = r->from + m->from_at;
    for (int d = m->rank - 1; d >= 0; d--) {
        index[d] = at % m->dim[d];
        at /= m->dim[d];
        to += index[d] * m->to[d];
        from += index[d] * m->from[d];
    }
    for (int64_t t = first; t < last; t++) {
        int64_t done = piece * m->piece;
        if (m->by_rows)
            move_turn(m, to + done * m->to_row, from + done * m->from_row, m->n,
                      min64(m->piece, m->rows - done));
        else
            move_turn(m, to + done * m->to_step, from + done * m->from_step, min64(m->piece, m->n - done),
                      m->rows);
        if (++piece < m->pieces) continue;
        piece = 0;
        for (int d = m->rank - 1; d >= 0; d--) {
            to += m->to[d];
            from += m->from[d];
            if (++index[d] < m->dim[d]) break;
            index[d] = 0;
            to -= m->to[d] * m->dim[d];
            from -= m->from[d] * m->dim[d];
        }
    }
}

static void move_task(void *arg, int64_t i, int worker) {
    const move_run *r = arg;
    (void)worker;
    move_span(r, i * r->each, min64((i + 1) * r->each, r->m->turns));
}

static void move_one(tn_call *c, const move_plan *m) {
    static const uint64_t zero[2] = {0};
    if (!c->out[m->out] || !m->turns || !m->n || !m->rows) return;
    char *to = c->out[m->out]->data;
    const char *from = m->in >= 0 ? c->in[m->in]->data : m->in == TNI_MOVE_OUT ? to : (const char *)zero;
    if (to + m->to_at == from + m->from_at) return; // made in its place (tn_op_def.embed)
    move_run r = {m, to, from, max64(1, MOVE_TASK / max64(1, m->turn_bytes))};
    if (m->turns * m->turn_bytes < MOVE_SHARED)
        move_span(&r, 0, m->turns);
    else
        tn_call_parallel(c, ceil_div(m->turns, r.each), move_task, &r);
}

// ---- the tactic

typedef struct move_params {
    int n;
    move_plan plan[MOVE_KEPT];
} move_params;

INLINE bool move_plan_of(tni_moves *moves, const tn_problem *p, int i, move_plan *plan) {
    tni_move m = {0};
    moves(p, i, &m);
    const tn_tensor *out = p->out[m.out];
    return move_make(plan, &m, out ? (int64_t)(tni_bits(out->dtype) / 8) : 1);
}

static const char *move_reject(tni_moves *moves, const tn_problem *p) {
    if (!p->in[0] || p->in[0]->kind != TN_TENSOR) return "not of tensors";
    if (tni_bits(p->in[0]->dtype) < 8) return "elements are narrower than a byte";
    if (p->in[0]->dtype == TN_STRING) return "texts";
    int n = moves(p, 0, NULL);
    if (n < 0) return "what goes where is not known before it runs";
    for (int i = 0; i < n; i++) {
        move_plan plan;
        if (!move_plan_of(moves, p, i, &plan)) return "more loops than it has";
    }
    return NULL;
}

static void move_setup(tni_moves *moves, const tn_problem *p, void *params) {
    move_params *s = params;
    s->n = moves(p, 0, NULL);
    for (int i = 0; i < s->n && i < MOVE_KEPT; i++) move_plan_of(moves, p, i, &s->plan[i]);
}

static tn_status move_call(tni_moves *moves, tn_call *c) {
    const move_params *s = c->params;
    const tn_problem p = {c->attrs, c->nin, c->nout, c->in, (const tn_tensor *const *)c->out};
    for (int i = 0; i < s->n; i++) {
        move_plan plan;
        if (i >= MOVE_KEPT) move_plan_of(moves, &p, i, &plan);
        move_one(c, i < MOVE_KEPT ? &s->plan[i] : &plan);
    }
    return TN_OK;
}

// The functions of one operator.
#define MOVES(what)                                                                                      \
    static const char *what##_reject(const tn_problem *p) { return move_reject(tni_##what##_moves, p); } \
    static void what##_setup(const tn_problem *p, void *params) {                                        \
        move_setup(tni_##what##_moves, p, params);                                                       \
    }                                                                                                    \
    static tn_status what##_call(tn_call *c) { return move_call(tni_##what##_moves, c); }
MOVES(transpose)
MOVES(concat)
MOVES(split)
MOVES(slice)
MOVES(pad)
MOVES(expand)
MOVES(tile)
MOVES(depth_to_space)
MOVES(space_to_depth)

#define MOVE(op_, what)                                                                               \
    {                                                                                                 \
        TN_HERE, .name = AT("move:" op_), .op = op_, .isa = ISA, .rank = ISA_RANK,                    \
                 .doc = "rows, fills and squares in registers, by one nest of loops a piece",         \
                 .reject = what##_reject, .params_bytes = sizeof(move_params), .setup = what##_setup, \
                 .run = what##_call,                                                                  \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(move_transpose) = MOVE("Transpose", transpose);
TN_KERNEL(move_concat) = MOVE("Concat", concat);
TN_KERNEL(move_split) = MOVE("Split", split);
TN_KERNEL(move_slice) = MOVE("Slice", slice);
TN_KERNEL(move_pad) = MOVE("Pad", pad);
TN_KERNEL(move_expand) = MOVE("Expand", expand);
TN_KERNEL(move_tile) = MOVE("Tile", tile);
TN_KERNEL(move_depth_to_space) = MOVE("DepthToSpace", depth_to_space);
TN_KERNEL(move_space_to_depth) = MOVE("SpaceToDepth", space_to_depth);
