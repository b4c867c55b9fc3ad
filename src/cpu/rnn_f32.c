// SPDX-License-Identifier: Apache-2.0
// rnn_f32.c - LSTM, GRU and RNN with their own activations, or HardSigmoid for the gates. The input's share
// of all gates is a matrix product for many steps at once; then each step adds h R' block of units by block,
// all gates of VL units together, so that they meet in registers:
//
//     gates of a row [block of VL units][gate][VL]        R packed [phase][block][k][gate of the phase][VL]
//
// A plain GRU has two phases: the candidate wants r * h of all units. Steps come in chunks, which bounds the
// workspace; with little to do in a step, a task runs all steps of some sequences.
//
//     workspace: | off[KC] | X of a chunk, packed | gates of a chunk [direction][row][columns] |
//                | h, next h, c or r * h, z [direction][batch][units] | weights, when not constant |
#include "cpu/isa.h"

#include "cpu/kern/gemm.inl"

typedef enum rnn_kind { RNN_LSTM, RNN_GRU, RNN_GRU_RESET_AFTER, RNN_PLAIN } rnn_kind;

enum { CHUNK_FLOATS = 4 << 20, WIDE_FLOATS = 1 << 18, RNN_SEQUENCES = 8, RNN_PANELS = 8, RNN_TILES = 4 };
#if VL == 16
enum { RNN_ROWS = 4 };
#else
enum { RNN_ROWS = 2 };
#endif

static const tn_tensor *rnn_in(int nin, const tn_tensor *const *in, int i) { return i < nin ? in[i] : NULL; }

static bool rnn_word(tn_str s, const char *word) {
    if (s.size != strlen(word)) return false;
    for (size_t i = 0; i < s.size; i++)
        if ((s.text[i] | 0x20) != (word[i] | 0x20)) return false;
    return true;
}

static int rnn_gates(const tn_problem *p) {
    return p->attrs.op->name[0] == 'L' ? 4 : p->attrs.op->name[0] == 'G' ? 3 : 1;
}

// The sigmoids of the gates: hard ones come with the same factors for both directions.
typedef struct rnn_sigmoid {
    bool hard;
    float alpha, beta;
} rnn_sigmoid;

static bool rnn_factor(const tn_problem *p, const char *name, float *to) {
    size_t n;
    const float *v = tn_attr_floats(p->attrs, name, &n);
    int64_t directions = p->in[1]->dim[0];
    if (n) *to = v[0];
    return n == 0 || (n == (size_t)directions && v[n - 1] == v[0]);
}

// False: activations that these kernels do not know.
static bool rnn_activations(const tn_problem *p, rnn_sigmoid *to) {
    size_t n;
    const tn_str *names = tn_attr_strings(p->attrs, "activations", &n);
    int gates = rnn_gates(p), functions = gates == 4 ? 3 : gates == 3 ? 2 : 1;
    *to = (rnn_sigmoid){.alpha = 0.2f, .beta = 0.5f};
    for (size_t i = 0; i < n; i++) {
        bool sigmoid = gates > 1 && (int)i % functions == 0;
        if (sigmoid && i == 0) to->hard = rnn_word(names[i], "HardSigmoid");
        if (!rnn_word(names[i], !sigmoid ? "Tanh" : to->hard ? "HardSigmoid" : "Sigmoid")) return false;
    }
    return !to->hard ||
           (rnn_factor(p, "activation_alpha", &to->alpha) && rnn_factor(p, "activation_beta", &to->beta));
}

typedef struct rnn {
    rnn_kind kind;
    int64_t steps, batch, width, hidden, directions, gates;
    rnn_sigmoid sigmoid;
    int64_t blocks, columns;    // of VL units; of a row of gates
    int64_t chunk;              // steps
    bool reverse, packed, wide; // the first direction; weights packed at build time; steps cut into tasks
} rnn;

static const char *rnn_reject(const tn_problem *p) {
    if (p->nin < 3 || !p->in[0] || !p->in[1] || !p->in[2]) return "an input is missing";
    if (p->in[0]->dtype != TN_F32) return "only f32";
    rnn_sigmoid sigmoid;
    if (!rnn_activations(p, &sigmoid)) return "other activations than its own";
    if (tn_attr_float(p->attrs, "clip") > 0) return "clipping";
    if (tn_attr_int(p->attrs, "layout")) return "the batch comes first";
    if (rnn_in(p->nin, p->in, 4)) return "sequences of different lengths";
    if (rnn_in(p->nin, p->in, 7)) return "peepholes";
    if (rnn_gates(p) == 4 && tn_attr_int(p->attrs, "input_forget")) return "coupled gates";
    return tn_count(p->in[0]) && tn_count(p->in[2]) ? NULL : "nothing to do";
}

static void rnn_setup(const tn_problem *p, void *params) {
    rnn *s = params;
    const tn_tensor *x = p->in[0], *b = rnn_in(p->nin, p->in, 3);
    *s = (rnn){.steps = x->dim[0],
               .batch = x->dim[1],
               .width = x->dim[2],
               .hidden = p->in[2]->dim[2],
               .directions = p->in[1]->dim[0],
               .gates = rnn_gates(p),
               .reverse = tn_attr_is(p->attrs, "direction", "reverse"),
               .packed = p->in[1]->data && p->in[2]->data && (!b || b->data)};
    rnn_activations(p, &s->sigmoid);
    s->kind = s->gates == 4 ? RNN_LSTM : s->gates == 1 ? RNN_PLAIN : RNN_GRU;
    if (s->kind == RNN_GRU && tn_attr_int(p->attrs, "linear_before_reset")) s->kind = RNN_GRU_RESET_AFTER;
    s->blocks = ceil_div(s->hidden, VL);
    s->columns = s->blocks * s->gates * VL;
    s->chunk = CHUNK_FLOATS / (s->directions * s->batch * max64(s->columns, s->width));
    s->chunk = max64(1, min64(s->steps, s->chunk));
    s->wide = s->hidden * s->gates * s->hidden >= WIDE_FLOATS;
}

// --------------------------------------------------------------------------------------------- weights

// Of one direction, in floats: | bias of the columns | bias inside the reset gate | W | R |
typedef struct rnn_weights {
    int64_t inner, w, r, all;
} rnn_weights;

static rnn_weights rnn_weight_sizes(const rnn *s) {
    rnn_weights z = {.inner = ceil_div(s->columns, NR) * NR};
    z.w = z.inner + s->blocks * VL;
    z.r = z.w + packed_b_floats(s->columns, s->width);
    z.all = ceil_div(z.r + s->columns * s->hidden, 16) * 16;
    return z;
}

// The row of W or R that column `column` comes from; -1: of no unit.
static int64_t rnn_row(const rnn *s, int64_t column) {
    int64_t gate = column / VL % s->gates, unit = column / (VL * s->gates) * VL + column % VL;
    return unit < s->hidden ? gate * s->hidden + unit : -1;
}

static void rnn_pack_bias(const rnn *s, const float *b, float *to, float *inner) {
    int64_t wide = s->gates * s->hidden;
    for (int64_t j = 0; j < ceil_div(s->columns, NR) * NR; j++) {
        int64_t row = j < s->columns ? rnn_row(s, j) : -1;
        bool apart = s->kind == RNN_GRU_RESET_AFTER && row >= 2 * s->hidden;
        to[j] = b && row >= 0 ? b[row] + (apart ? 0 : b[wide + row]) : 0;
    }
    for (int64_t j = 0; j < s->blocks * VL; j++)
        inner[j] = b && s->gates == 3 && j < s->hidden ? b[wide + 2 * s->hidden + j] : 0;
}

static void rnn_pack_w(const rnn *s, const float *w, float *to) { /* w: [gates * hidden, width] */
    for (int64_t b = 0; b < block_count(s->width); b++) {
        int64_t k0 = block_start(s->width, b), k1 = block_start(s->width, b + 1);
        for (int64_t t = 0; t < ceil_div(s->columns, NR); t++, to += (k1 - k0) * NR)
            for (int64_t j = 0; j < NR; j++) {
                int64_t row = t * NR + j < s->columns ? rnn_row(s, t * NR + j) : -1;
                for (int64_t k = k0; k < k1; k++) to[(k - k0) * NR + j] = row < 0 ? 0 : w[row * s->width + k];
            }
    }
}

// Gates [g0, g1) of a phase.
static float *rnn_pack_phase(const rnn *s, const float *r, int64_t g0, int64_t g1, float *to) {
    for (int64_t block = 0; block < s->blocks; block++)
        for (int64_t k = 0; k < s->hidden; k++)
            for (int64_t g = g0; g < g1; g++)
                for (int64_t j = 0; j < VL; j++) {
                    int64_t unit = block * VL + j;
                    *to++ = unit < s->hidden ? r[(g * s->hidden + unit) * s->hidden + k] : 0;
                }
    return to;
}

static void rnn_pack_from(const rnn *s, const tn_tensor *w, const tn_tensor *r, const tn_tensor *b,
                          float *to) {
    rnn_weights z = rnn_weight_sizes(s);
    int64_t wide = s->gates * s->hidden, phase = s->kind == RNN_GRU ? 2 : s->gates;
    for (int64_t d = 0; d < s->directions; d++, to += z.all) {
        const float *rd = (const float *)r->data + d * wide * s->hidden;
        rnn_pack_bias(s, b ? (const float *)b->data + d * 2 * wide : NULL, to, to + z.inner);
        rnn_pack_w(s, (const float *)w->data + d * wide * s->width, to + z.w);
        float *next = rnn_pack_phase(s, rd, 0, phase, to + z.r);
        if (phase < s->gates) next = rnn_pack_phase(s, rd, phase, s->gates, next);
        memset(next, 0, (size_t)(to + z.all - next) * 4);
    }
}

static size_t rnn_weight_bytes(const rnn *s) { return (size_t)(s->directions * rnn_weight_sizes(s).all) * 4; }

static size_t rnn_pack_bytes(const tn_problem *p) {
    rnn s;
    rnn_setup(p, &s);
    return s.packed ? rnn_weight_bytes(&s) : 0;
}

static void rnn_pack(const tn_problem *p, void *to) {
    rnn s;
    rnn_setup(p, &s);
    rnn_pack_from(&s, p->in[1], p->in[2], rnn_in(p->nin, p->in, 3), to);
}

// --------------------------------------------------------------------------------------------- running

typedef struct rnn_room { // floats
    int64_t x, gates, units, states, all;
} rnn_room;

static rnn_room rnn_sizes(const rnn *s) {
    int64_t rows = s->chunk * s->batch;
    rnn_room r = {.x = ceil_div(rows * s->width, 16) * 16, .gates = s->directions * rows * s->columns};
    r.units = s->directions * s->batch * s->blocks * VL;
    r.states = 4 * r.units;
    r.all = ceil_div(KC + r.x + r.gates + r.states, 16) * 16;
    return r;
}

static size_t rnn_workspace(const tn_problem *p, int threads) {
    rnn s;
    (void)threads;
    rnn_setup(p, &s);
    return (size_t)rnn_sizes(&s).all * 4 + (s.packed ? 0 : rnn_weight_bytes(&s));
}

typedef struct rnn_run {
    const rnn *s;
    const float *x;       /* [steps,batch,width] */
    float *y;             /* [steps,directions,batch,hidden], or NULL */
    const float *weights; // of direction 0
    const int32_t *off;
    float *packed_x, *gates, *h[2], *c, *z;
    int64_t k0, k1; // steps of the chunk, in the order of running
    int64_t d;      // direction, of the input's share
} rnn_run;

static bool rnn_backwards(const rnn *s, int64_t d) { return d ? true : s->reverse; }

// The first step in time of the chunk.
static int64_t rnn_first(const rnn_run *r, int64_t d) {
    return rnn_backwards(r->s, d) ? r->s->steps - r->k1 : r->k0;
}

static void rnn_pack_x_task(void *arg, int64_t panel, int worker) {
    const rnn_run *r = arg;
    int64_t m = (r->k1 - r->k0) * r->s->batch, width = r->s->width;
    const float *x = r->x + rnn_first(r, r->d) * r->s->batch * width;
    (void)worker;
    for (int64_t b = 0; b < block_count(width); b++) {
        int64_t k0 = block_start(width, b), k1 = block_start(width, b + 1);
        pack_a_block(TN_F32, x, width, 1, m, panel, panel + 1, k0, k1,
                     r->packed_x + m * k0 + panel_row(m, panel) * (k1 - k0));
    }
}

static float *rnn_gates_of(const rnn_run *r, int64_t d, int64_t row) {
    return r->gates + (d * r->s->chunk * r->s->batch + row) * r->s->columns;
}

// A few panels of rows by a few tiles of columns of X W' + b.
static void rnn_input_task(void *arg, int64_t i, int worker) {
    const rnn_run *r = arg;
    const rnn *s = r->s;
    rnn_weights z = rnn_weight_sizes(s);
    int64_t m = (r->k1 - r->k0) * s->batch, tile_count = ceil_div(s->columns, NR);
    int64_t groups = ceil_div(tile_count, RNN_TILES), t0 = i % groups * RNN_TILES,
            p0 = i / groups * RNN_PANELS;
    const float *weights = r->weights + r->d * z.all;
    epilogue e = {.alpha = 1, .column_bias = weights};
    (void)worker;
    for (int64_t b = 0; b < block_count(s->width); b++) {
        int64_t k0 = block_start(s->width, b), k1 = block_start(s->width, b + 1);
        for (int64_t t = t0; t < min64(t0 + RNN_TILES, tile_count); t++) {
            strip part = {.m = m,
                          .p0 = p0,
                          .p1 = min64(p0 + RNN_PANELS, panel_count(m)),
                          .n0 = t * NR,
                          .columns = min64(NR, s->columns - t * NR),
                          .a = r->packed_x + m * k0 + panel_row(m, p0) * (k1 - k0),
                          .b = weights + z.w + (tile_count * k0 + t * (k1 - k0)) * NR,
                          .off = r->off,
                          .k = k1 - k0,
                          .first = b == 0,
                          .last = b + 1 == block_count(s->width),
                          .c = rnn_gates_of(r, r->d, panel_row(m, p0)) + t * NR,
                          .ldc = s->columns};
            run_strip(&part, &e);
        }
    }
}

// to[row][unit block][gate] = h R' for `rows` rows and `units` neighbouring blocks of units.
#define RNN_SUMS(rows, units, gates)                                                                \
    static void rnn_sums_##rows##x##units##x##gates(const float *h, int64_t h_step, const float *r, \
                                                    int64_t n, vf *to) {                            \
        vf acc[rows][(units) * (gates)];                                                            \
        for (int i = 0; i < rows; i++)                                                              \
            for (int j = 0; j < (units) * (gates); j++) acc[i][j] = (vf){0};                        \
        for (int64_t k = 0; k < n; k++) {                                                           \
            vf x[(units) * (gates)];                                                                \
            for (int j = 0; j < (units) * (gates); j++)                                             \
                x[j] = v_load(r + ((j / (gates)) * n + k) * (gates)*VL + j % (gates)*VL);           \
            for (int i = 0; i < rows; i++) {                                                        \
                vf w = v_set(h[i * h_step + k]);                                                    \
                for (int j = 0; j < (units) * (gates); j++) acc[i][j] = v_fma(w, x[j], acc[i][j]);  \
            }                                                                                       \
        }                                                                                           \
        for (int i = 0; i < rows; i++)                                                              \
            for (int j = 0; j < (units) * (gates); j++) to[i * (units) * (gates) + j] = acc[i][j];  \
    }
RNN_SUMS(1, 1, 1)
RNN_SUMS(1, 1, 2)
RNN_SUMS(1, 1, 3)
RNN_SUMS(1, 1, 4)
RNN_SUMS(1, 8, 1)
RNN_SUMS(1, 4, 2)
RNN_SUMS(1, 2, 3)
RNN_SUMS(1, 2, 4)
#define RNN_SUMS_ROWS(rows) \
    RNN_SUMS(rows, 1, 1) RNN_SUMS(rows, 1, 2) RNN_SUMS(rows, 1, 3) RNN_SUMS(rows, 1, 4)
RNN_SUMS_ROWS(2)
#if VL == 16
RNN_SUMS_ROWS(3)
RNN_SUMS_ROWS(4)
#define RNN_MANY(gates) \
    { rnn_sums_2x1x##gates, rnn_sums_3x1x##gates, rnn_sums_4x1x##gates }
#else
#define RNN_MANY(gates) \
    { rnn_sums_2x1x##gates }
#endif

typedef void rnn_sums_fn(const float *h, int64_t h_step, const float *r, int64_t n, vf *to);
enum { RNN_ACC = 16 };
static const struct {
    int units; // of one row
    rnn_sums_fn *one, *neighbours;
    rnn_sums_fn *many[RNN_ROWS - 1]; // of 2 rows, 3...
} rnn_sums[4] = {{8, rnn_sums_1x1x1, rnn_sums_1x8x1, RNN_MANY(1)},
                 {4, rnn_sums_1x1x2, rnn_sums_1x4x2, RNN_MANY(2)},
                 {2, rnn_sums_1x1x3, rnn_sums_1x2x3, RNN_MANY(3)},
                 {2, rnn_sums_1x1x4, rnn_sums_1x2x4, RNN_MANY(4)}};

// One step of VL units of one row, given the recurrent sums.
typedef struct rnn_cell {
    rnn_sigmoid sigmoid;
    const vf *sum;
    const float *gate, *inner, *h;
    float *next, *c, *z;
} rnn_cell;

INLINE vf rnn_gate(const rnn_cell *u, int i) {
    vf x = u->sum[i] + v_load(u->gate + i * VL);
    if (!u->sigmoid.hard) return v_sigmoid(x);
    return v_clamp(u->sigmoid.alpha * x + u->sigmoid.beta, (vf){0}, v_set(1.0f));
}

static void rnn_lstm(const rnn_cell *u) {
    vf i = rnn_gate(u, 0), o = rnn_gate(u, 1);
    vf f = rnn_gate(u, 2), g = v_tanh(u->sum[3] + v_load(u->gate + 3 * VL));
    vf c = f * v_load(u->c) + i * g;
    v_store(u->c, c);
    v_store(u->next, o * v_tanh(c));
}

static void rnn_gru_end(const rnn_cell *u, vf z, vf candidate) {
    v_store(u->next, (1.0f - z) * candidate + z * v_load(u->h));
}

static void rnn_gru_reset_after(const rnn_cell *u) {
    vf z = rnn_gate(u, 0), r = rnn_gate(u, 1);
    rnn_gru_end(u, z, v_tanh(v_load(u->gate + 2 * VL) + r * (u->sum[2] + v_load(u->inner))));
}

static void rnn_gru_gates(const rnn_cell *u) {
    v_store(u->z, rnn_gate(u, 0));
    v_store(u->c, rnn_gate(u, 1) * v_load(u->h));
}

static void rnn_gru_candidate(const rnn_cell *u) {
    rnn_gru_end(u, v_load(u->z), v_tanh(u->sum[0] + v_load(u->gate + 2 * VL)));
}

static void rnn_plain(const rnn_cell *u) { v_store(u->next, v_tanh(u->sum[0] + v_load(u->gate))); }

typedef struct rnn_phase {
    int gates;
    int64_t weights; // floats before its part of R
    bool last;
    void (*cell)(const rnn_cell *u);
} rnn_phase;

static int rnn_phases(const rnn *s, rnn_phase to[2]) {
    int64_t first = 2 * s->blocks * VL * s->hidden;
    to[0] = (rnn_phase){(int)s->gates, 0, true,
                        s->kind == RNN_LSTM    ? rnn_lstm
                        : s->kind == RNN_PLAIN ? rnn_plain
                                               : rnn_gru_reset_after};
    if (s->kind != RNN_GRU) return 1;
    to[0] = (rnn_phase){2, 0, false, rnn_gru_gates};
    to[1] = (rnn_phase){1, first, true, rnn_gru_candidate};
    return 2;
}

// Step k of rows [row, row + rows) and blocks [block, block + units) of direction d, given their sums.
static void rnn_cells(const rnn_run *r, const rnn_phase *ph, int64_t d, int64_t k, int64_t row, int64_t rows,
                      int64_t block, int64_t units, const vf *sum) {
    const rnn *s = r->s;
    int64_t n = s->blocks * VL, t = rnn_backwards(s, d) ? s->steps - 1 - k : k;
    const float *inner = r->weights + d * rnn_weight_sizes(s).all + rnn_weight_sizes(s).inner;
    for (int64_t i = row; i < row + rows; i++)
        for (int64_t b = block; b < block + units; b++, sum += ph->gates) {
            int64_t at = (d * s->batch + i) * n + b * VL, left = min64(VL, s->hidden - b * VL);
            rnn_cell u = {.sigmoid = s->sigmoid,
                          .sum = sum,
                          .gate =
                              rnn_gates_of(r, d, (t - rnn_first(r, d)) * s->batch + i) + b * s->gates * VL,
                          .inner = inner + b * VL,
                          .h = r->h[k & 1] + at,
                          .next = r->h[(k + 1) & 1] + at,
                          .c = r->c + at,
                          .z = r->z + at};
            ph->cell(&u);
            float *y = r->y + (((t * s->directions + d) * s->batch + i) * s->hidden + b * VL);
            if (ph->last && r->y) v_store_n(y, v_load(u.next), left);
        }
}

// Step k of rows [row, last) and blocks [b0, b1) of direction d.
static void rnn_step(const rnn_run *r, const rnn_phase *ph, int64_t d, int64_t k, int64_t row, int64_t last,
                     int64_t b0, int64_t b1) {
    const rnn *s = r->s;
    vf sum[RNN_ACC];
    int64_t n = s->blocks * VL, stride = ph->gates * VL * s->hidden, units = rnn_sums[ph->gates - 1].units;
    rnn_weights z = rnn_weight_sizes(s);
    const float *weights = r->weights + d * z.all + z.r + ph->weights;
    const float *from = s->kind == RNN_GRU && ph->last ? r->c : r->h[k & 1];
    for (int64_t rows; row < last; row += rows) {
        const float *h = from + (d * s->batch + row) * n;
        rows = min64(RNN_ROWS, last - row);
        for (int64_t b = b0, now; b < b1; b += now) {
            now = rows == 1 && b1 - b >= units ? units : 1;
            rnn_sums_fn *sums = rows > 1  ? rnn_sums[ph->gates - 1].many[rows - 2]
                                : now > 1 ? rnn_sums[ph->gates - 1].neighbours
                                          : rnn_sums[ph->gates - 1].one;
            sums(h, n, weights + b * stride, s->hidden, sum);
            rnn_cells(r, ph, d, k, row, rows, b, now, sum);
        }
    }
}

// All steps of the chunk for some sequences.
static void rnn_sequences_task(void *arg, int64_t i, int worker) {
    const rnn_run *r = arg;
    const rnn *s = r->s;
    rnn_phase phase[2];
    int phases = rnn_phases(s, phase);
    int64_t groups = ceil_div(s->batch, RNN_SEQUENCES), d = i / groups, row = i % groups * RNN_SEQUENCES;
    (void)worker;
    for (int64_t k = r->k0; k < r->k1; k++)
        for (int p = 0; p < phases; p++)
            rnn_step(r, &phase[p], d, k, row, min64(row + RNN_SEQUENCES, s->batch), 0, s->blocks);
}

typedef struct rnn_part { // of one step
    const rnn_run *r;
    const rnn_phase *phase;
    int64_t k;
} rnn_part;

enum { RNN_BLOCKS = 4 };

static void rnn_units_task(void *arg, int64_t i, int worker) {
    const rnn_part *part = arg;
    const rnn *s = part->r->s;
    int64_t groups = ceil_div(s->blocks, RNN_BLOCKS), d = i / groups, b = i % groups * RNN_BLOCKS;
    (void)worker;
    rnn_step(part->r, part->phase, d, part->k, 0, s->batch, b, min64(b + RNN_BLOCKS, s->blocks));
}

static void rnn_chunk(tn_call *c, rnn_run *r) {
    const rnn *s = r->s;
    int64_t panels = panel_count((r->k1 - r->k0) * s->batch);
    int64_t tasks = ceil_div(panels, RNN_PANELS) * ceil_div(ceil_div(s->columns, NR), RNN_TILES);
    for (r->d = 0; r->d < s->directions; r->d++) {
        tn_call_parallel(c, panels, rnn_pack_x_task, r);
        tn_call_parallel(c, tasks, rnn_input_task, r);
    }
    if (!s->wide) {
        tn_call_parallel(c, s->directions * ceil_div(s->batch, RNN_SEQUENCES), rnn_sequences_task, r);
        return;
    }
    rnn_phase phase[2];
    int phases = rnn_phases(s, phase);
    for (int64_t k = r->k0; k < r->k1; k++)
        for (int p = 0; p < phases; p++) {
            rnn_part part = {r, &phase[p], k};
            tn_call_parallel(c, s->directions * ceil_div(s->blocks, RNN_BLOCKS), rnn_units_task, &part);
        }
}

// States [directions,batch,hidden] to rows of whole blocks, whose last units stay zero, and back.
static void rnn_load_states(const rnn *s, const tn_tensor *from, float *to) {
    int64_t n = s->blocks * VL;
    memset(to, 0, (size_t)(s->directions * s->batch * n) * 4);
    for (int64_t i = 0; from && i < s->directions * s->batch; i++)
        memcpy(to + i * n, (const float *)from->data + i * s->hidden, (size_t)s->hidden * 4);
}

static void rnn_store_states(const rnn *s, const float *from, const tn_tensor *to) {
    for (int64_t i = 0; to && i < s->directions * s->batch; i++)
        memcpy((float *)to->data + i * s->hidden, from + i * s->blocks * VL, (size_t)s->hidden * 4);
}

static tn_status rnn_call(tn_call *c) {
    const rnn *s = c->params;
    rnn_room room = rnn_sizes(s);
    float *space = c->workspace;
    int32_t *off = c->workspace;
    tn_tensor *y = c->nout > 0 ? c->out[0] : NULL;
    rnn_run r = {.s = s, .x = c->in[0]->data, .y = y ? y->data : NULL, .weights = c->packed, .off = off};
    for (int k = 0; k < KC; k++) off[k] = k * NR;
    r.packed_x = space + KC;
    r.gates = r.packed_x + room.x;
    r.h[0] = r.gates + room.gates;
    r.h[1] = r.h[0] + room.units;
    r.c = r.h[1] + room.units;
    r.z = r.c + room.units;
    if (!s->packed) {
        rnn_pack_from(s, c->in[1], c->in[2], rnn_in(c->nin, c->in, 3), space + room.all);
        r.weights = space + room.all;
    }
    rnn_load_states(s, rnn_in(c->nin, c->in, 5), r.h[0]);
    rnn_load_states(s, NULL, r.h[1]);
    rnn_load_states(s, s->gates == 4 ? rnn_in(c->nin, c->in, 6) : NULL, r.c);
    for (r.k0 = 0; r.k0 < s->steps; r.k0 = r.k1) {
        r.k1 = min64(r.k0 + s->chunk, s->steps);
        rnn_chunk(c, &r);
    }
    rnn_store_states(s, r.h[s->steps & 1], c->nout > 1 ? c->out[1] : NULL);
    rnn_store_states(s, r.c, s->gates == 4 && c->nout > 2 ? c->out[2] : NULL);
    return TN_OK;
}

#define RNN(name_, op_)                                                                      \
    {                                                                                        \
        TN_HERE, .name = name_, .op = op_, .isa = ISA, .rank = ISA_RANK,                     \
                 .doc = "the input's share as one product, then steps over packed weights",  \
                 .reject = rnn_reject, .params_bytes = sizeof(rnn), .setup = rnn_setup,      \
                 .pack_bytes = rnn_pack_bytes, .pack = rnn_pack, .workspace = rnn_workspace, \
                 .run = rnn_call,                                                            \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(rnn_f32_lstm) = RNN(AT("rnn.f32:LSTM"), "LSTM");
TN_KERNEL(rnn_f32_gru) = RNN(AT("rnn.f32:GRU"), "GRU");
TN_KERNEL(rnn_f32_plain) = RNN(AT("rnn.f32:RNN"), "RNN");
