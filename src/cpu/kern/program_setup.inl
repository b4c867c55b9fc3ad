// SPDX-License-Identifier: Apache-2.0
// program_setup.inl - a tn.Program's body as instructions (program_f32.c runs them): what each node is as a
// row, where inputs lie in a piece, which bank holds what lies between two instructions. All that does not
// depend on data is found here, before anything runs.
#ifndef TN_CPU_PROGRAM_SETUP_INL
#define TN_CPU_PROGRAM_SETUP_INL

#include "cpu/kern/cast_rows.inl"
#include "cpu/kern/pow_row.inl"
#include "cpu/kern/rows_f32.inl"
#include "cpu/kern/walk.inl"

#include "ir/program.h"

enum {
    PROGRAM_PIECE = 1024,
    PROGRAM_TASK = 8 * PROGRAM_PIECE, // elements
    PROGRAM_SHORT = 128,              // a shorter innermost axis is walked with the next one
    PROGRAM_BANKS = 24,
};

typedef enum program_what {
    DO_ACT,
    DO_BINARY,
    DO_POW,
    DO_COMPARE,
    DO_NOT,
    DO_WHERE,
    DO_REAL, // of a mask: 1 or 0
    DO_MASK, // of a float: is it not 0
} program_what;

typedef enum compare_kind {
    COMPARE_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_AND, // of masks
    COMPARE_OR,
    COMPARE_XOR,
    COMPARE_SAME,
} compare_kind;

typedef struct instruction {
    uint8_t what, kind; // kind: of DO_BINARY and DO_COMPARE
    uint8_t in[3], to;  // operands: inputs, then banks
    int8_t out;         // the output that it writes instead of a bank; -1: none
    act act;
} instruction;

// What of an input belongs to a plane.
typedef enum program_reach {
    REACH_ALL,
    REACH_ONE,    // one element
    REACH_PERIOD, // the innermost axis, again and again
    REACH_RUNS,   // an element for each run of the innermost axis
} program_reach;

typedef struct program_input {
    tn_dtype type;
    program_reach reach;
    int bank; // -1: read where it lies
} program_input;

typedef struct program_output {
    tn_dtype type;
    uint8_t operand;
    bool mask, direct; // direct: an instruction writes it
} program_output;

typedef struct program {
    int inputs, outputs, count, rank;           // rank: of the axes around a plane
    int64_t plane, planes, piece, pieces, task; // pieces: of a plane; task: pieces
    program_input input[TNI_PROGRAM_IN];
    program_output output[TNI_PROGRAM_OUT];
    instruction step[TNI_PROGRAM_NODES];
    walk walk;
} program;

// ---------------------------------------------------------------------------------------- nodes

// Until banks are given out, an operand is an input or, behind them, an instruction.
typedef struct compiler {
    const tn_problem *p;
    const tn_graph *body;
    program *s;
    const tni_node *node[TNI_PROGRAM_NODES]; // and what each has made
    int made[TNI_PROGRAM_NODES], nodes;
} compiler;

static int operand_of(const compiler *c, const tni_value *v) { // -1: there is none
    for (size_t i = 0; i < c->body->ninput; i++)
        if (c->body->input[i] == v) return (int)i;
    for (int i = 0; i < c->nodes; i++)
        if (v && c->node[i] == v->def) return c->made[i];
    return -1;
}

static tn_dtype type_in(const tni_node *n, int i) {
    const tni_value *v = tni_in(n, i);
    return v ? v->info.type.dtype : TN_UNDEFINED;
}

// One number that is known before anything runs.
static bool known_number(const compiler *c, const tni_node *n, int i, float *to) {
    int k = operand_of(c, tni_in(n, i));
    if (k < 0 || k >= c->p->nin || !c->p->in[k]->data || tn_count(c->p->in[k]) != 1) return false;
    cast_to_reals(c->p->in[k]->dtype, c->p->in[k]->data, 0, to, 1);
    return true;
}

static const char *put(compiler *c, const tni_node *n, int nin, instruction i) {
    for (int k = 0; k < 3; k++) {
        int from = operand_of(c, tni_in(n, k < nin ? k : 0));
        if (from < 0) return "reads what is not its own";
        i.in[k] = (uint8_t)from;
    }
    i.to = (uint8_t)(c->p->nin + c->s->count);
    i.out = -1;
    c->made[c->nodes++] = i.to;
    c->s->step[c->s->count++] = i;
    return NULL;
}

static const char *put_cast(compiler *c, const tni_node *n) {
    tn_dtype from = type_in(n, 0), to = n->out[0]->info.type.dtype;
    int x = operand_of(c, tni_in(n, 0));
    if (x < 0) return "reads what is not its own";
    if (from != to && from == TN_BOOL) return put(c, n, 1, (instruction){.what = DO_REAL});
    if (from == TN_F32 && to == TN_BOOL) return put(c, n, 1, (instruction){.what = DO_MASK});
    bool input = x < c->p->nin && c->p->in[x]->dtype == from;
    if (from != to && from != TN_F32 && !(input && to == TN_F32)) return "casts in between";
    c->made[c->nodes++] = x; // inputs are read, outputs are written in their own types
    return NULL;
}

static const char *put_clip(compiler *c, const tni_node *n) {
    act a = {ACT_CLAMP, -INFINITY, INFINITY};
    if ((tni_in(n, 1) && !known_number(c, n, 1, &a.alpha)) ||
        (tni_in(n, 2) && !known_number(c, n, 2, &a.beta)))
        return "bounds that are not known";
    return put(c, n, 1, (instruction){.what = DO_ACT, .act = a});
}

static const struct {
    const char *op;
    bool masks;
    compare_kind kind;
} compare_ops[] = {
    {"And", true, COMPARE_AND},
    {"Equal", false, COMPARE_EQUAL},
    {"Equal", true, COMPARE_SAME},
    {"Greater", false, COMPARE_GREATER},
    {"GreaterOrEqual", false, COMPARE_GREATER_EQUAL},
    {"Less", false, COMPARE_LESS},
    {"LessOrEqual", false, COMPARE_LESS_EQUAL},
    {"Or", true, COMPARE_OR},
    {"Xor", true, COMPARE_XOR},
};

static const char *put_compare(compiler *c, const tni_node *n) {
    tn_dtype type = type_in(n, 0);
    for (size_t i = 0; i < sizeof compare_ops / sizeof *compare_ops; i++)
        if (tni_is(n, compare_ops[i].op) && type == (compare_ops[i].masks ? TN_BOOL : TN_F32))
            return put(c, n, 2, (instruction){.what = DO_COMPARE, .kind = (uint8_t)compare_ops[i].kind});
    return "an operator that has no row";
}

static const char *put_node(compiler *c, const tni_node *n) {
    binary_kind kind;
    float exponent;
    bool real = type_in(n, 0) == TN_F32;
    if (n->nout != 1 || !n->out[0] || c->nodes == TNI_PROGRAM_NODES) return "too long";
    c->node[c->nodes] = n;
    if (tni_is(n, "Cast")) return put_cast(c, n);
    if (tni_is(n, "Clip") && real) return put_clip(c, n);
    if (tni_is(n, "Not")) return put(c, n, 1, (instruction){.what = DO_NOT});
    if (tni_is(n, "Where") && type_in(n, 1) == TN_F32) return put(c, n, 3, (instruction){.what = DO_WHERE});
    if (tni_is(n, "Pow") && real && known_number(c, n, 1, &exponent))
        return put(c, n, 1, (instruction){.what = DO_POW, .act.alpha = exponent});
    if (real && n->nin == 1 && is_unary(n->op))
        return put(c, n, 1, (instruction){.what = DO_ACT, .act = act_of(tni_attrs(n))});
    if (real && n->nin == 2 && binary_of(n->op, &kind))
        return put(c, n, 2, (instruction){.what = DO_BINARY, .kind = (uint8_t)kind});
    return put_compare(c, n);
}

// ---------------------------------------------------------------------------------------- inputs and outputs

static bool same_dims(const tn_tensor *a, const tn_tensor *b) {
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

static bool broadcasts(const tn_tensor *x, const tn_tensor *y) {
    if (x->rank > y->rank) return false;
    for (int d = 0; d < x->rank; d++)
        if (x->dim[d] != 1 && x->dim[d] != y->dim[d + y->rank - x->rank]) return false;
    return true;
}

// Output 0 may lie in the memory of an input of as many bytes: element i then has to be over element i.
static const char *check_shapes(const tn_problem *p) {
    const tn_tensor *y = p->nout ? p->out[0] : NULL;
    if (!y || p->nin < 1 || p->nin > TNI_PROGRAM_IN || p->nout > TNI_PROGRAM_OUT)
        return "too many inputs or results";
    for (int i = 0; i < p->nout; i++) {
        if (!p->out[i]) continue;
        if (!same_dims(p->out[i], y)) return "results of several shapes";
        if (!((CAST_REALS | CAST_INTEGERS) >> p->out[i]->dtype & 1)) return "odd elements";
    }
    for (int i = 0; i < p->nin; i++) {
        const tn_tensor *x = p->in[i];
        if (!x || !broadcasts(x, y)) return "an input of another shape";
        if (!((CAST_REALS | CAST_INTEGERS) >> x->dtype & 1)) return "odd elements";
        size_t bytes = (size_t)tn_count(x) * (tni_bits(x->dtype) / 8);
        if (bytes == (size_t)tn_count(y) * (tni_bits(y->dtype) / 8) && tn_count(x) != tn_count(y))
            return "an input as large as the result, of fewer elements";
    }
    return NULL;
}

// Plane, piece and task.
static void cut(program *s) {
    walk *w = &s->walk;
    bool two = w->rank && w->inner < PROGRAM_SHORT;
    s->rank = two ? w->rank - 1 : w->rank;
    s->plane = two ? w->inner * w->dim[w->rank - 1] : w->inner;
    s->planes = s->plane ? w->n / s->plane : 0;
    s->piece = two ? PROGRAM_PIECE / max64(1, w->inner) * w->inner : PROGRAM_PIECE;
    s->piece = max64(1, min64(s->piece, s->plane));
    s->pieces = ceil_div(s->plane, s->piece);
    if (!two && s->pieces > 1) { // of about one size
        s->piece = ceil_div(ceil_div(s->plane, s->pieces), VL) * VL;
        s->pieces = ceil_div(s->plane, s->piece);
    }
    s->task = max64(1, PROGRAM_TASK / s->piece);
    for (int k = 0; k < s->inputs; k++) {
        bool around = two && w->step[k][w->rank - 1];
        s->input[k].reach =
            w->steps[k] ? (around || !two ? REACH_ALL : REACH_PERIOD) : (around ? REACH_RUNS : REACH_ONE);
    }
}

// Whether anything behind instruction `from` reads an input, over which output 0 may lie.
static bool reads_later(const compiler *c, int from) {
    bool reads = false;
    for (int k = from + 1; k < c->s->count; k++)
        for (int j = 0; j < 3; j++) reads |= c->s->step[k].in[j] < c->p->nin;
    for (int i = 1; i < c->p->nout; i++) reads |= operand_of(c, c->body->output[i]->value) < c->p->nin;
    return reads;
}

static const char *put_outputs(compiler *c) {
    program *s = c->s;
    for (int i = 0; i < c->p->nout; i++) {
        const tni_value *v = c->body->output[i]->value;
        int x = operand_of(c, v);
        if (x < 0) return "gives what is not its own";
        tn_dtype type = v->info.type.dtype;
        s->output[i] = (program_output){.type = type, .operand = (uint8_t)x, .mask = type == TN_BOOL};
        int from = x - c->p->nin;
        if (type != TN_F32 || from < 0 || s->step[from].out >= 0 || !c->p->out[i]) continue;
        if (!i && reads_later(c, from)) continue;
        s->output[i].direct = true;
        s->step[from].out = (int8_t)i;
    }
    return NULL;
}

// ---------------------------------------------------------------------------------------- banks

static int last_use(const program *s, int operand) {
    int last = -1;
    for (int k = 0; k < s->count; k++)
        for (int j = 0; j < 3; j++)
            if (s->step[k].in[j] == operand) last = k;
    for (int i = 0; i < s->outputs; i++)
        if (s->output[i].operand == operand) last = s->count;
    return last;
}

// Inputs that are not read where they lie keep theirs; what lies between two instructions has one until its
// last use.
static const char *give_banks(program *s) {
    int until[PROGRAM_BANKS], to[TNI_PROGRAM_NODES], banks = 0;
    for (int k = 0; k < s->inputs; k++) {
        const program_input *in = &s->input[k];
        bool lies = in->type == TN_F32 && (in->reach == REACH_ALL || in->reach == REACH_ONE);
        if (!lies && banks == PROGRAM_BANKS) return "needs too many rows at once";
        s->input[k].bank = lies ? -1 : banks;
        if (!lies) until[banks++] = s->count + 1;
    }
    for (int k = 0; k < s->count; k++) {
        int b = 0;
        while (b < banks && until[b] > k) b++;
        if (b == PROGRAM_BANKS) return "needs too many rows at once";
        if (b == banks) banks++;
        until[b] = last_use(s, s->inputs + k);
        to[k] = s->inputs + b;
    }
    for (int k = 0; k < s->count; k++) {
        for (int j = 0; j < 3; j++)
            if (s->step[k].in[j] >= s->inputs) s->step[k].in[j] = (uint8_t)to[s->step[k].in[j] - s->inputs];
        s->step[k].to = (uint8_t)to[k];
    }
    for (int i = 0; i < s->outputs; i++)
        if (s->output[i].operand >= s->inputs)
            s->output[i].operand = (uint8_t)to[s->output[i].operand - s->inputs];
    return NULL;
}

static const char *program_compile(const tn_problem *p, program *s) {
    compiler c = {.p = p, .body = tn_attr_graph(p->attrs, "body"), .s = s};
    const char *why = check_shapes(p);
    if (!why && (c.body->ninput != (size_t)p->nin || c.body->noutput != (size_t)p->nout))
        why = "another body";
    if (why) return why;
    *s = (program){.inputs = p->nin, .outputs = p->nout};
    for (int k = 0; k < p->nin; k++) s->input[k].type = p->in[k]->dtype;
    walk_setup(&s->walk, p->nin, p->in, p->out[0]);
    cut(s);
    for (const tni_node *n = c.body->first; n && !why; n = n->next) why = put_node(&c, n);
    if (!why) why = put_outputs(&c);
    return why ? why : give_banks(s);
}

static const char *program_reject(const tn_problem *p) {
    program s;
    return program_compile(p, &s);
}

static void program_setup(const tn_problem *p, void *params) { program_compile(p, params); }

#endif
