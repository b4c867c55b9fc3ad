// SPDX-License-Identifier: Apache-2.0
// move.c - the strided copy and the small steps that data-moving operators share (see move.h).
#include "op/move.h"

// ---------------------------------------------------------------------------------- the innermost loops

// Rows of a packed type, element by element.
static void move_packed(const tn_tensor *to, int64_t to_at, int64_t ts, const tn_tensor *from,
                        int64_t from_at, int64_t fs, int64_t n) {
    if (ts == 1)
        tni_copy(to, to_at, from, from_at, fs, n);
    else if (fs == 1)
        tni_scatter(to, to_at, ts, from, from_at, n);
    else
        for (int64_t k = 0; k < n; k++) tni_copy(to, to_at + k * ts, from, from_at + k * fs, 1, 1);
}

typedef struct move_job {
    const tni_move *m;
    const tn_tensor *to, *from;
    int64_t to_at, from_at;
    size_t bits;
    int64_t chunk; // of loop 0
} move_job;

// The two innermost loops in square tiles, so that both sides stay within cache lines (transposes):
//
//        from: unit stride along a, to: unit stride along b
enum { TILE = 16 };
static void move_tiles(uint8_t *to, const uint8_t *from, const int64_t dim[2], const ptrdiff_t ts[2],
                       const ptrdiff_t fs[2], size_t size) {
    for (int64_t a = 0; a < dim[0]; a += TILE)
        for (int64_t b = 0; b < dim[1]; b += TILE) {
            int64_t na = dim[0] - a < TILE ? dim[0] - a : TILE, nb = dim[1] - b < TILE ? dim[1] - b : TILE;
            for (int64_t k = 0; k < na; k++)
                tni_copy_bytes(to + (a + k) * ts[0] + b * ts[1], ts[1], from + (a + k) * fs[0] + b * fs[1],
                               fs[1], nb, size);
        }
}

// Loops [first, last) of the job as an odometer; calls for each position the rows or tiles inside.
static void move_inner(const move_job *j, int64_t to_at, int64_t from_at) {
    const tni_move *m = j->m;
    int in = m->rank - 1;
    ptrdiff_t size = (ptrdiff_t)(j->bits / 8);
    if (j->bits < 8) {
        move_packed(j->to, to_at, m->to[in], j->from, from_at, m->from[in], m->dim[in]);
        return;
    }
    uint8_t *to = (uint8_t *)j->to->data + to_at * size;
    const uint8_t *from = (const uint8_t *)j->from->data + from_at * size;
    tni_copy_bytes(to, m->to[in] * size, from, m->from[in] * size, m->dim[in], (size_t)size);
}

static void move_pair(const move_job *j, int64_t to_at, int64_t from_at) {
    const tni_move *m = j->m;
    int in = m->rank - 2;
    ptrdiff_t size = (ptrdiff_t)(j->bits / 8);
    uint8_t *to = (uint8_t *)j->to->data + to_at * size;
    const uint8_t *from = (const uint8_t *)j->from->data + from_at * size;
    const ptrdiff_t ts[2] = {m->to[in] * size, m->to[in + 1] * size};
    const ptrdiff_t fs[2] = {m->from[in] * size, m->from[in + 1] * size};
    move_tiles(to, from, m->dim + in, ts, fs, (size_t)size);
}

// A transpose at heart: reading along the innermost loop jumps, along the next one it does not.
static bool tiled(const move_job *j) {
    const tni_move *m = j->m;
    return m->rank >= 3 && j->bits >= 8 && m->from[m->rank - 2] == 1 && m->from[m->rank - 1] != 1;
}

// Loop 0 at positions [first, first + n).
static void move_span(const move_job *j, int64_t first, int64_t n) {
    const tni_move *m = j->m;
    bool pair = tiled(j);
    int inner = pair ? m->rank - 2 : m->rank - 1; // loops [1, inner) are the odometer's
    int64_t index[TNI_MOVE_RANK] = {0};
    for (int64_t i = first; i < first + n; i++) {
        int64_t to_at = j->to_at + i * m->to[0], from_at = j->from_at + i * m->from[0];
        for (;;) {
            if (pair)
                move_pair(j, to_at, from_at);
            else
                move_inner(j, to_at, from_at);
            int d = inner - 1;
            for (; d >= 1; d--) {
                to_at += m->to[d];
                from_at += m->from[d];
                if (++index[d] < m->dim[d]) break;
                index[d] = 0;
                to_at -= m->to[d] * m->dim[d];
                from_at -= m->from[d] * m->dim[d];
            }
            if (d < 1) break;
        }
    }
}

static void move_task(void *arg, int64_t i, int worker) {
    const move_job *j = arg;
    (void)worker;
    int64_t first = i * j->chunk, left = j->m->dim[0] - first;
    move_span(j, first, left < j->chunk ? left : j->chunk);
}

// The loop that reads with stride 1 goes next to the innermost one, so that move_tiles can pair them.
static void pair_loops(tni_move *m) {
    int last = m->rank - 1;
    if (m->from[last] == 1) return;
    for (int d = 0; d < last; d++) {
        if (m->from[d] != 1) continue;
        int64_t dim = m->dim[d], to = m->to[d];
        for (int k = d; k < last - 1; k++) {
            m->dim[k] = m->dim[k + 1];
            m->to[k] = m->to[k + 1];
            m->from[k] = m->from[k + 1];
        }
        m->dim[last - 1] = dim;
        m->to[last - 1] = to;
        m->from[last - 1] = 1;
        return;
    }
}

// An outer loop of one turn: move_span runs over loop 0.
static void add_outer_loop(tni_move *m) {
    for (int d = m->rank; d > 0; d--) {
        m->dim[d] = m->dim[d - 1];
        m->to[d] = m->to[d - 1];
        m->from[d] = m->from[d - 1];
    }
    m->dim[0] = 1;
    m->to[0] = m->from[0] = 0;
    m->rank++;
}

void tni_move_run(tn_call *c, tni_move *m, const tn_tensor *to, const tn_tensor *from) {
    int64_t count = tni_move_count(m);
    if (count == 0) return;
    if (m->rank == 0) {
        tni_copy(to, m->to_at, from, m->from_at, 1, 1);
        return;
    }
    move_job j = {m, to, from, m->to_at, m->from_at, tni_bits(to->dtype), 1};
    pair_loops(m);
    if (m->rank == 1 || (m->rank == 2 && m->from[0] == 1 && m->from[1] != 1)) add_outer_loop(m);
    int64_t bytes = count * (int64_t)j.bits / 8;
    bool share = c && bytes > 1 << 18 && j.bits >= 8 && tn_call_threads(c) > 1 && m->to[0] != 0;
    if (!share) {
        move_span(&j, 0, m->dim[0]);
        return;
    }
    j.chunk = (m->dim[0] + 63) / 64;
    tn_call_parallel(c, (m->dim[0] + j.chunk - 1) / j.chunk, move_task, &j);
}

// ------------------------------------------------------------------------------------------------ picks

tn_status tni_pick_new(tn_call *c, const tn_tensor *out, tni_pick *p) {
    for (int d = 0; d < out->rank; d++) {
        p->from[d] = tni_scratch(c, out->dim[d], sizeof(int64_t));
        if (!p->from[d]) return TN_NOMEM;
    }
    return TN_OK;
}

// A row along the last dimension: runs of neighbours are copied at once.
static void pick_row(const tn_tensor *out, int64_t at, const tn_tensor *in, int64_t base, const int64_t *from,
                     int64_t n, const tn_tensor *fill) {
    for (int64_t k = 0; k < n;) {
        int64_t run = 1;
        if (from[k] < 0) {
            while (k + run < n && from[k + run] < 0) run++;
            tni_copy(out, at + k, fill, 0, 0, run);
        } else {
            while (k + run < n && from[k + run] == from[k] + run) run++;
            tni_copy(out, at + k, in, base + from[k], 1, run);
        }
        k += run;
    }
}

void tni_pick_copy(const tn_tensor *out, const tn_tensor *in, const tni_pick *p, const tn_tensor *fill) {
    int64_t index[TN_MAX_RANK] = {0}, stride[TN_MAX_RANK], at = 0;
    int last = out->rank - 1;
    if (tn_count(out) == 0) return;
    if (out->rank == 0) {
        tni_copy(out, 0, in, 0, 1, 1);
        return;
    }
    tni_strides(in->rank, in->dim, stride);
    do {
        int64_t base = 0;
        bool outside = false;
        for (int d = 0; d < last; d++) {
            int64_t from = p->from[d][index[d]];
            outside |= from < 0;
            base += from * stride[d];
        }
        if (outside)
            tni_copy(out, at, fill, 0, 0, out->dim[last]);
        else
            pick_row(out, at, in, base, p->from[last], out->dim[last], fill);
        at += out->dim[last];
    } while (tni_next_index(last, out->dim, index));
}

tn_tensor tni_zero_element(tn_dtype dtype, tni_zero_room *room) {
    *room = (tni_zero_room){.words = {0, 0}};
    if (dtype == TN_STRING) room->s = (tn_str){"", 0};
    return (tn_tensor){.kind = TN_TENSOR, .dtype = dtype, .data = room, .bytes = sizeof *room};
}

// ------------------------------------------------------------------------------------------------ calls

tn_status tni_call_moves(tn_call *c, tni_moves *moves, const char *unknown) {
    tn_problem p = {c->attrs, c->nin, c->nout, c->in, (const tn_tensor *const *)c->out};
    int n = moves(&p, 0, NULL);
    if (n < 0) return tn_call_fail(c, TN_INVALID, "%s", unknown);
    for (int i = 0; i < n; i++) {
        tni_move m = {0};
        tni_zero_room room;
        moves(&p, i, &m);
        const tn_tensor *to = c->out[m.out];
        if (!to) continue;
        const tn_tensor zero = tni_zero_element(to->dtype, &room);
        const tn_tensor *from = m.in >= 0 ? c->in[m.in] : m.in == TNI_MOVE_OUT ? to : &zero;
        size_t to_at, from_at;
        bool there = tni_byte_offset(to, m.to_at, &to_at) && tni_byte_offset(from, m.from_at, &from_at) &&
                     (char *)to->data + to_at == (char *)from->data + from_at; // tn_op_def.embed
        if (!there) tni_move_run(c, &m, to, from);
    }
    return TN_OK;
}

tn_status tni_call_same(tn_call *c) {
    const tn_tensor *in = c->in[0];
    tn_tensor *out = c->out[0];
    if (!out) return TN_OK;
    if (in->kind != TN_TENSOR) return tn_call_assign(c, 0, in);
    if (tn_count(in) != tn_count(out))
        return tn_call_fail(c, TN_INVALID, "the input has %lld elements, the output's shape holds %lld",
                            (long long)tn_count(in), (long long)tn_count(out));
    if (out->bytes) memcpy(out->data, in->data, out->bytes < in->bytes ? out->bytes : in->bytes);
    return TN_OK;
}

bool tni_view_same(const tn_problem *p, int out, size_t *offset) {
    (void)p;
    *offset = 0;
    return out == 0;
}

bool tni_byte_offset(const tn_tensor *t, int64_t at, size_t *offset) {
    size_t bits = tni_bits(t->dtype);
    *offset = (size_t)at * (bits / 8);
    return bits >= 8;
}

bool tni_next_index(int rank, const int64_t *dim, int64_t *index) {
    for (int d = rank - 1; d >= 0; d--) {
        if (++index[d] < dim[d]) return true;
        index[d] = 0;
    }
    return false;
}

tn_status tni_call_index(tn_call *c, int64_t index, int64_t bound, const char *what, int64_t *to) {
    if (index < -bound || index >= bound)
        return tn_call_fail(c, TN_INVALID, "%s %lld is outside [-%lld, %lld)", what, (long long)index,
                            (long long)bound, (long long)bound);
    *to = index < 0 ? index + bound : index;
    return TN_OK;
}

// -------------------------------------------------------------------------------------------- inference

void tni_content_same(tn_infer *c) {
    tn_dim v[TN_MAX_CONTENT];
    size_t n;
    const tn_type *out = tni_out_type(c, 0);
    if (out && out->rank >= 0 && out->rank <= 1 && tni_given(c, 0) && tni_content(c->in[0], v, &n))
        tn_infer_content(c, 0, v, n);
}

tn_dim tni_dim_product(tn_infer *c, const tn_dim *dim, int first, int last) {
    tn_dim n = tn_k(1);
    for (int d = first; d < last; d++) n = tn_dim_mul(c->dims, n, dim[d]);
    return n;
}

int64_t tni_known_length(const tn_infer *c, int i) {
    if (!tni_ranked(c, i)) return -1;
    const tn_type *t = &c->in[i]->type;
    if (t->rank == 0) return 1;
    return t->rank == 1 && !t->dim[0].e ? t->dim[0].k : -1;
}

void tni_shape_fresh(tn_infer *c, int i, tn_dtype dtype, int rank) {
    tn_dim dim[TN_MAX_RANK];
    for (int d = 0; d < rank; d++) dim[d] = tn_dim_fresh(c->dims);
    tni_shape_out(c, i, dtype, rank, dim);
}

tn_dim tni_dim_positive(tn_infer *c, tn_dim a) { return tn_dim_max(c->dims, a, tn_k(0)); }
