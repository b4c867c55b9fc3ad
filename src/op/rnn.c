// SPDX-License-Identifier: Apache-2.0
// rnn.c - LSTM, GRU and RNN. The input's share of all gates, x * W' + b, is one matrix product for all steps;
// then every direction of every sequence is a unit of work of its own, whose steps add h * R' and go through
// the cell. States are double throughout, outputs are rounded once.
#include "op/rnn.h"

#include "op/mac.h"

typedef struct job {
    tni_rnn_cell cell;
    const tn_tensor *lengths;                              // sequence_lens; NULL: all as long as x
    int64_t steps, batch, hidden, gates, directions, wide; // wide = gates * hidden
    bool batch_first;
    double *input;                                         // [direction, row of x, wide]
    double *recurrent;                                     // R': [direction, hidden, wide]
    const double *bias, *initial_h, *initial_c, *peephole; // NULL: none
    double *memory;                                        // per unit: what a cell needs
    int64_t memory_size;
    const tn_tensor *y, *y_h, *y_c;
    bool reverse[2];
    tni_rnn_function function[2][3];
} job;

// ---------------------------------------------------------------------------------------------- input's
// share

// [rows, columns] -> [columns, rows]
static double *transposed(tn_call *c, const tn_tensor *t, int64_t matrices, int64_t rows, int64_t columns) {
    double *from = tni_as_double(c, t), *to = tni_scratch(c, tn_count(t), sizeof *to);
    if (!from || !to) return NULL;
    for (int64_t m = 0; m < matrices; m++)
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                to[(m * columns + j) * rows + i] = from[(m * rows + i) * columns + j];
    return to;
}

// Bias row of direction d: [Wb | Rb]. GRU's candidate keeps its Rb for inside the reset gate.
static void store_input(void *user, const tni_run *run, void *sum) {
    const job *j = user;
    const double *s = sum;
    double *to = j->input + run->first;
    for (int64_t i = 0; i < run->count; i++) {
        int64_t column = run->column + i;
        to[i] = s[i];
        if (!j->bias) continue;
        const double *b = j->bias + run->batch * 2 * j->wide;
        bool inside_reset = j->cell.reset_after && column >= 2 * j->hidden;
        to[i] += b[column] + (inside_reset ? 0 : b[j->wide + column]);
    }
}

static tn_status project_input(tn_call *c, job *j) {
    const tn_tensor *x = c->in[0], *w = c->in[1];
    int64_t rows = j->steps * j->batch, width = x->dim[2];
    size_t bytes;
    if (!ck_mul((size_t)rows * sizeof(double), (size_t)j->wide, &bytes)) return TN_NOMEM;
    j->input = tni_scratch(c, j->directions, bytes);
    tni_product p = {
        .type = TN_F64, .m = rows, .n = j->wide, .k = width, .a_row = width, .a_step = 1, .b_row = j->wide};
    p.rank = 1;
    p.batch[0] = j->directions;
    p.b_batch[0] = width * j->wide;
    p.a = tni_as_double(c, x);
    p.b = transposed(c, w, j->directions, j->wide, width);
    p.store = store_input;
    p.user = j;
    if (!j->input || !p.a || !p.b) return TN_NOMEM;
    tni_product_run(c, &p);
    return TN_OK;
}

// ---------------------------------------------------------------------------------------------- steps

// Index of [direction, batch] in the states' tensors, [direction, batch, hidden] or [batch, direction,
// hidden].
static int64_t state_row(const job *j, int64_t d, int64_t b) {
    return j->batch_first ? b * j->directions + d : d * j->batch + b;
}

static void load_state(const job *j, const double *from, int64_t row, double *to) {
    for (int64_t i = 0; i < j->hidden; i++) to[i] = from ? from[row * j->hidden + i] : 0;
}

static void sequence_unit(void *user, int64_t unit, int worker) {
    const job *j = user;
    int64_t d = unit / j->batch, b = unit % j->batch, hidden = j->hidden, row = state_row(j, d, b);
    int64_t length = j->lengths ? tni_get_int(j->lengths, b) : j->steps;
    double *memory = j->memory + unit * j->memory_size;
    tni_rnn_step s = {.cell = &j->cell, .hidden = hidden, .wide = j->wide, .function = j->function[d]};
    (void)worker;
    s.h = memory;
    s.c = s.h + hidden;
    s.spare = s.c + hidden;
    s.gate = s.spare + hidden;
    s.recurrent = j->recurrent + d * hidden * j->wide;
    s.peephole = j->peephole ? j->peephole + d * 3 * hidden : NULL;
    s.candidate_bias =
        j->bias && j->cell.reset_after ? j->bias + d * 2 * j->wide + j->wide + 2 * hidden : NULL;
    load_state(j, j->initial_h, row, s.h);
    load_state(j, j->initial_c, row, s.c);
    for (int64_t k = 0; k < j->steps; k++) {
        int64_t t = !j->reverse[d] ? k : k < length ? length - 1 - k : k;
        int64_t x_row = j->batch_first ? b * j->steps + t : t * j->batch + b;
        int64_t y_row = j->batch_first ? x_row * j->directions + d : (t * j->directions + d) * j->batch + b;
        if (k < length) {
            memcpy(s.gate, j->input + (d * j->steps * j->batch + x_row) * j->wide,
                   (size_t)j->wide * sizeof(double));
            j->cell.step(&s);
        }
        for (int64_t i = 0; i < hidden; i++) s.spare[i] = k < length ? s.h[i] : 0;
        if (j->y) tni_store(j->y, y_row * hidden, 1, hidden, s.spare);
    }
    if (j->y_h) tni_store(j->y_h, row * hidden, 1, hidden, s.h);
    if (j->y_c) tni_store(j->y_c, row * hidden, 1, hidden, s.c);
}

static tn_status optional_double(tn_call *c, int i, const double **to) {
    *to = NULL;
    if (!tni_arg(c, i)) return TN_OK;
    *to = tni_as_double(c, c->in[i]);
    return *to ? TN_OK : TN_NOMEM;
}

static tn_status check_lengths(tn_call *c, const job *j) {
    for (int64_t b = 0; j->lengths && b < j->batch; b++) {
        int64_t n = tni_get_int(j->lengths, b);
        if (n < 0 || n > j->steps)
            return tn_call_fail(c, TN_INVALID, "sequence_lens[%lld] is %lld, outside [0, %lld]", (long long)b,
                                (long long)n, (long long)j->steps);
    }
    return TN_OK;
}

tn_status tni_rnn_run(tn_call *c, const tni_rnn_cell *cell) {
    const tn_tensor *x = c->in[0];
    job j = {.cell = *cell, .lengths = tni_arg(c, 4), .y = tni_result(c, 0), .y_h = tni_result(c, 1)};
    if (cell->gates == 4) j.y_c = tni_result(c, 2);
    j.batch_first = tn_attr_int(c->attrs, "layout") == 1;
    j.steps = x->dim[j.batch_first ? 1 : 0];
    j.batch = x->dim[j.batch_first ? 0 : 1];
    j.directions = c->in[1]->dim[0];
    j.hidden = c->in[2]->dim[2];
    j.gates = cell->gates;
    j.wide = j.gates * j.hidden;
    j.reverse[0] = tn_attr_is(c->attrs, "direction", "reverse");
    j.reverse[1] = true;
    if (!tni_rnn_functions(c->attrs, cell, j.function))
        return tn_call_fail(c, TN_INVALID, "an activation is not known");
    TN_TRY(check_lengths(c, &j));
    TN_TRY(optional_double(c, 3, &j.bias));
    TN_TRY(optional_double(c, 5, &j.initial_h));
    if (cell->gates == 4) {
        TN_TRY(optional_double(c, 6, &j.initial_c));
        TN_TRY(optional_double(c, 7, &j.peephole));
    }
    TN_TRY(project_input(c, &j));
    j.recurrent = transposed(c, c->in[2], j.directions, j.wide, j.hidden);
    j.memory_size = 3 * j.hidden + 2 * j.wide;
    j.memory = tni_scratch(c, j.directions * j.batch, (size_t)j.memory_size * sizeof(double));
    if (!j.recurrent || !j.memory) return TN_NOMEM;
    tn_call_parallel(c, j.directions * j.batch, sequence_unit, &j);
    return TN_OK;
}
