// SPDX-License-Identifier: Apache-2.0
// tactics.c - every registered tactic against its operator's reference: on every problem of test/tactic it
// accepts, with constant and with dynamic weights, with ordinary and with special values, for one and three
// threads (same bits), in place where it says so, with guards around results and workspace. A tactic that no
// problem reaches fails. With arguments: those of these plug-ins instead (of them other bits for more threads
// are taken; kernels whose line begins with "unavailable" are told and left out).
#define _GNU_SOURCE // scandir, posix_memalign
#include "check.h"
#include "tactic_problem.h"

#include "ir/host.h"
#include "plan/order.h"
#include "plan/pick.h"

#include <ctype.h>

enum { GUARD = 256, GUARD_BYTE = 0xA5 };

static tni_pool *pools[2]; // of one and of three threads
static bool foreign;       // plug-ins' kernels are tried, not the built-in ones

static const tn_tactic_def *tactic_at(size_t i) {
    return foreign ? tni_tactic_at(env, tni_tactic_count + i) : i < tni_tactic_count ? tni_tactics[i] : NULL;
}

// --------------------------------------------------------------------------------------------- running

typedef struct guarded {
    unsigned char *block, *data;
    size_t bytes;
} guarded;

static guarded guarded_new(size_t bytes) {
    guarded g = {.bytes = bytes};
    void *block = NULL;
    if (posix_memalign(&block, 64, bytes + 2 * GUARD)) abort();
    g.block = block;
    memset(g.block, GUARD_BYTE, bytes + 2 * GUARD);
    g.data = g.block + GUARD;
    memset(g.data, 0xff, bytes); // NaN: what a kernel does not write, or reads before it does, is seen
    return g;
}
static bool guarded_free(guarded g) {
    bool intact = true;
    for (size_t i = 0; i < GUARD; i++)
        intact &= g.block[i] == GUARD_BYTE && g.data[g.bytes + i] == GUARD_BYTE;
    free(g.block);
    return intact;
}

static void *no_memory(struct tn_call_host *h, size_t bytes) {
    (void)h, (void)bytes;
    return NULL;
}

// One run of a tactic. `inplace` >= 0: out 0 lies in that input's (copied) memory.
typedef struct trial {
    problem *p;
    const tn_tactic_def *t;
    bool constant; // all inputs but the first are
    int inplace, pool;
    guarded out[MAX_ARGS];
} trial;

static tn_tensor shapes[2][MAX_ARGS]; // what reject and setup see
static tn_problem shapes_of(const problem *p, bool constant) {
    static const tn_tensor *in[MAX_ARGS], *out[MAX_ARGS];
    for (int i = 0; i < p->nin; i++) {
        in[i] = NULL;
        if (!p->in[i]) continue;
        shapes[0][i] = *p->in[i];
        if (!p->given[i] && !(constant && i > 0)) shapes[0][i].data = NULL;
        in[i] = &shapes[0][i];
    }
    for (int i = 0; i < p->nout; i++) {
        out[i] = NULL;
        if (!p->want[i]) continue;
        shapes[1][i] = *p->want[i];
        shapes[1][i].data = NULL;
        out[i] = &shapes[1][i];
    }
    return (tn_problem){.attrs = tni_attrs(p->node), .nin = p->nin, .nout = p->nout, .in = in, .out = out};
}

// An engine's constants that were packed are not held against their digests before running
// (tni_packed_input): the kernel gets other bytes instead of them, in `to`.
static guarded spoil(const problem *p, tn_problem *shape, size_t packed, const tn_tensor **in,
                     tn_tensor *to) {
    int i = packed ? tni_packed_input(shape, packed) : -1;
    guarded other = guarded_new(i < 0 ? 0 : p->in[i]->bytes);
    if (i < 0) return other;
    memset(other.data, 0xff, other.bytes); // NaN
    *to = *p->in[i];
    to->data = other.data;
    in[i] = to;
    shapes[0][i].data = other.data;
    return other;
}

static tn_status run_trial(trial *r, bool *intact) {
    problem *p = r->p;
    const tn_tactic_def *t = r->t;
    tn_problem shape = shapes_of(p, r->constant);
    int threads = r->pool ? 3 : 1;
    tn_tensor outs[MAX_ARGS], *out[MAX_ARGS] = {0}, first, spoiled;
    const tn_tensor *in[MAX_ARGS];
    memcpy(in, p->in, sizeof in);
    guarded packed = guarded_new(tni_pack_bytes(t, &shape));
    if (packed.bytes) t->pack(&shape, packed.data);
    guarded other = spoil(p, &shape, packed.bytes, in, &spoiled);
    guarded params = guarded_new(t->params_bytes);
    if (t->setup) t->setup(&shape, params.data);
    guarded space = guarded_new(t->workspace ? t->workspace(&shape, threads) : 0);
    for (int i = 0; i < p->nout; i++) {
        r->out[i] = guarded_new(p->want[i] ? p->want[i]->bytes : 0);
        if (!p->want[i]) continue;
        outs[i] = *p->want[i];
        outs[i].data = r->out[i].data;
        out[i] = &outs[i];
    }
    if (r->inplace >= 0) {
        first = *p->in[r->inplace];
        memcpy(r->out[0].data, first.data, first.bytes);
        first.data = r->out[0].data;
        in[r->inplace] = &first;
    }
    struct tn_call_host host = {
        .diags = diags, .pool = pools[r->pool], .memory = no_memory, .scratch = no_memory};
    tn_call c = {.attrs = shape.attrs,
                 .nin = p->nin,
                 .nout = p->nout,
                 .in = in,
                 .out = out,
                 .params = params.data,
                 .packed = packed.data,
                 .workspace = space.data,
                 .host = &host};
    tn_status status = t->run(&c);
    *intact = guarded_free(params);
    *intact &= guarded_free(packed);
    *intact &= guarded_free(other);
    *intact &= guarded_free(space);
    return status;
}

// Runs and compares; `same` (may be NULL) must be the same bits.
static bool try_once(trial *r, const trial *same, const char *what) {
    problem *p = r->p;
    bool intact, fine = true;
    tn_status status = run_trial(r, &intact);
    if (status != TN_OK) printf("  %s on %s (%s): %s\n", r->t->name, p->text, what, tn_status_text(status));
    if (!intact) printf("  %s on %s (%s): wrote outside its memory\n", r->t->name, p->text, what);
    fine = status == TN_OK && intact;
    for (int i = 0; fine && i < p->nout; i++) {
        if (!p->want[i]) continue;
        int64_t at = first_wrong(p, p->want[i], r->out[i].data);
        if (at >= 0) {
            tn_tensor got = *p->want[i];
            got.data = r->out[i].data;
            printf("  %s on %s (%s): output %d, element %lld: got %.9g, want %.9g\n", r->t->name, p->text,
                   what, i, (long long)at, tni_get(&got, at), tni_get(p->want[i], at));
            fine = false;
        } else if (same && memcmp(r->out[i].data, same->out[i].data, p->want[i]->bytes) != 0) {
            printf("  %s on %s (%s): output %d has other bits than with one thread\n", r->t->name, p->text,
                   what, i);
            fine = false;
        }
    }
    return fine;
}

static void trial_free(trial *r) {
    for (int i = 0; i < r->p->nout; i++)
        if (!guarded_free(r->out[i])) check_bad++, printf("  %s wrote outside its output\n", r->t->name);
}

static void try_tactic(problem *p, const tn_tactic_def *t, bool constant) {
    trial one = {.p = p, .t = t, .constant = constant, .inplace = -1};
    trial three = one, inplace = one;
    p->error = t->error;
    three.pool = 1;
    CHECK(try_once(&one, NULL, constant ? "constant weights" : "dynamic weights"));
    CHECK(try_once(&three, foreign ? NULL : &one, "three threads"));
    trial_free(&three);
    for (int i = 0; i < p->nin; i++) {
        bool fits = t->inplace >> i & 1 && p->in[i] && !p->given[i] && !(constant && i) &&
                    p->in[i]->bytes == p->want[0]->bytes;
        inplace.inplace = i;
        if (!fits) continue;
        CHECK(try_once(&inplace, &one, "in place"));
        trial_free(&inplace);
    }
    trial_free(&one);
}

enum { MAX_TACTICS = 4096 };
static unsigned reached[MAX_TACTICS];

// Kernels that give the same bits: then it does not matter which of the two was faster that day.
static const tn_tactic_def *narrow_twin(const tn_tactic_def *t) { // the same one for AVX2
    static const char wide[] = "cpu.avx512.", narrow[] = "cpu.avx2.";
    char name[200];
    if (strncmp(t->name, wide, strlen(wide)) != 0) return NULL;
    snprintf(name, sizeof name, "%s%s", narrow, t->name + strlen(wide));
    return tni_tactic_find(env, name);
}
static const tn_tactic_def *early_twin(const tn_tactic_def *t) { // transforms its weights when it packs
    static const char late[] = "-late";
    char name[200];
    size_t n = strlen(t->name);
    if (n < strlen(late) || strcmp(t->name + n - strlen(late), late) != 0) return NULL;
    snprintf(name, sizeof name, "%.*s", (int)(n - strlen(late)), t->name);
    return tni_tactic_find(env, name);
}

// Whether element i of two results has the same bits. NaN is NaN: which of two an instruction passes on, with
// its sign, depends on the order in which a compiler names them.
static bool same_element(const tn_tensor *a, const tn_tensor *b, int64_t i) {
    double x = tni_get(a, i), y = tni_get(b, i);
    return isnan(x) ? isnan(y) : x == y && signbit(x) == signbit(y);
}

static void try_twin(problem *p, const tn_tactic_def *t, const tn_tactic_def *twin, bool constant) {
    tn_problem shape = shapes_of(p, constant);
    if (!twin || (twin->reject && twin->reject(&shape))) return;
    trial a = {.p = p, .t = t, .constant = constant, .inplace = -1}, b = a;
    b.t = twin;
    bool intact;
    CHECK(run_trial(&a, &intact) == TN_OK && run_trial(&b, &intact) == TN_OK);
    for (int i = 0; i < p->nout; i++) {
        if (!p->want[i] || !memcmp(a.out[i].data, b.out[i].data, p->want[i]->bytes)) continue;
        tn_tensor x = *p->want[i], y = x;
        x.data = a.out[i].data;
        y.data = b.out[i].data;
        int64_t at = 0, n = tn_count(&x);
        while (at < n && same_element(&x, &y, at)) at++;
        if (at == n && tni_is_float(x.dtype)) continue;
        check_bad++;
        printf("  %s on %s: element %lld has other bits than with %s\n", t->name, p->text, (long long)at,
               twin->name);
    }
    trial_free(&a);
    trial_free(&b);
}

// ---- what is packed can be undone, so that an engine holds weights once

static unsigned ordered[MAX_TACTICS], unordered[MAX_TACTICS];

// Whether the f32 matrix that the kernel packed can be made of that again (plan/order.h).
static void try_order(const problem *p, const tn_tactic_def *t, size_t which) {
    tn_problem shape = shapes_of(p, true);
    size_t bytes = tni_pack_bytes(t, &shape);
    int i = tni_packed_input(&shape, bytes);
    if (!bytes || i < 0 || p->in[i]->dtype != TN_F32) return;
    size_t count = p->in[i]->bytes / 4;
    const tn_tensor *in[MAX_ARGS];
    tn_tensor numbers = *p->in[i];
    uint32_t *number = malloc(count * 4 + 1), *place = calloc(1, bytes + 1);
    if (!number || !place) abort();
    for (size_t k = 0; k < count; k++) number[k] = (uint32_t)k + 1;
    memcpy(in, shape.in, (size_t)shape.nin * sizeof *in);
    numbers.data = number;
    in[i] = &numbers;
    shape.in = in;
    tni_text order = {.env = env};
    t->pack(&shape, place);
    bool found = tni_order_find(&order, place, bytes / 4, count);
    (found ? ordered : unordered)[which]++;
    tni_text_free(&order);
    free(number), free(place);
}

static void try_problem(const char *text, fill how) {
    problem p;
    if (!problem_open(&p, text, how)) {
        check_bad++;
        problem_close(&p);
        return;
    }
    const tn_tactic_def *t;
    for (size_t i = 0; (t = tactic_at(i)); i++) {
        if (t->isa & ~env->isa || strcmp(t->op, p.node->op->name) != 0 ||
            !tni_same_domain(t->domain, p.node->op->domain))
            continue;
        for (int constant = 0; constant < 2; constant++) {
            tn_problem shape = shapes_of(&p, constant);
            const char *why = t->reject ? t->reject(&shape) : NULL;
            if (why) {
                CHECK(*why);
                continue;
            }
            reached[i]++;
            if (constant && how == PLAIN) try_order(&p, t, i);
            try_tactic(&p, t, constant);
            try_twin(&p, t, narrow_twin(t), constant);
            try_twin(&p, t, early_twin(t), constant);
        }
    }
    problem_close(&p);
}

static void every_tactic_agrees_with_its_reference(void) {
    for (size_t i = 0; i < problem_count; i++) {
        try_problem(problems[i], PLAIN);
        if (takes_special(problems[i])) try_problem(problems[i], SPECIAL);
    }
}

// Sums of products of small whole numbers are exact in any order: what is left is one rounding of the result.
static void products_are_rounded_once(void) {
    for (size_t i = 0; i < problem_count; i++) {
        const char *text = problems[i], *activation = strstr(text, "activation=");
        const char *op = strncmp(text, "tn.", 3) != 0 ? text : text + 3;
        bool product = !strncmp(op, "MatMul(", 7) || !strncmp(op, "Gemm(", 5);
        bool bf16_conv = !strncmp(op, "Conv(bf16", 9) || (!strncmp(op, "Conv(", 5) && strstr(op, "bf16=1"));
        if (!product && !bf16_conv) continue;
        if (!activation || strstr(activation, "Relu")) try_problem(text, WHOLE);
    }
}

// Activations that are whole numbers of 8 bits already: quantising them to 8 bits changes nothing.
static void eight_bits_stay_eight_bits(void) {
    for (size_t i = 0; i < problem_count; i++)
        if (strstr(problems[i], "accuracy_level=4")) try_problem(problems[i], EIGHT_BITS);
}

static void casts_between_all_numbers(void) {
    static const tn_dtype types[] = {TN_F32, TN_F16, TN_BF16, TN_BOOL, TN_U8,  TN_I8,
                                     TN_U16, TN_I16, TN_U32,  TN_I32,  TN_U64, TN_I64};
    enum { TYPES = sizeof types / sizeof *types };
    for (int i = 0; i < TYPES * TYPES; i++) {
        char text[80];
        tn_dtype from = types[i / TYPES], to = types[i % TYPES];
        snprintf(text, sizeof text, "Cast(%s[3,201]) {to=%d}", tn_dtype_text(from), (int)to);
        if (from == to) continue;
        try_problem(text, PLAIN);
        try_problem(text, SPECIAL);
    }
}

// All sizes of a picture up to 40, by dilations that leave phases of one to six pixels, of one length or two.
static void phases_of_all_lengths(void) {
    for (int size = 1; size <= 40; size++) {
        int other = 41 - size, pixels = 1 + size % 6, dy = (size + pixels - 1) / pixels;
        int dx = (other + pixels) / (pixels + size % 2);
        char text[200];
        snprintf(text, sizeof text,
                 "tn.BlockedConv(f32[%d,%d,%d,%d,16], f32[%d,%d,3,3], f32[%d]) "
                 "{pads=[%d,%d,%d,%d], dilations=[%d,%d]%s}",
                 1 + size % 2, 1 + size % 3, size, other, 5 + 3 * size, 1 + size % 3 * 16, 5 + 3 * size, dy,
                 dx, dy, dx, dy, dx, size % 4 ? "" : ", activation=\"Silu\"");
        try_problem(text, PLAIN);
    }
}

static void every_tactic_is_tried(void) {
    const tn_tactic_def *t;
    for (size_t i = 0; (t = tactic_at(i)); i++) {
        bool unavailable = foreign && !strncmp(t->doc, "unavailable", 11);
        char level[20] = "";
        snprintf(level, sizeof level, "%s", tni_tactic_isa(t));
        for (char *c = level; *c; c++) *c = (char)toupper(*c);
        if (t->isa & ~env->isa)
            printf("  %s: skipped: no %s\n", t->name, level);
        else if (unavailable)
            printf("  %s: not run, %s\n", t->name, t->doc);
        else if (foreign)
            printf("  %s: %u problems, %s\n", t->name, reached[i], t->doc);
        if (!(t->isa & ~env->isa) && !unavailable && !reached[i])
            check_bad++, printf("  %s: untested, no problem reaches it\n", t->name);
    }
}

// Transforms are sums of weights: what they pack has no order.
static bool transforms(const char *name) {
    return strstr(name, ".minimal") || (strstr(name, "winograd:") && !strstr(name, "-late"));
}

static void every_other_packing_has_an_order(void) {
    const tn_tactic_def *t;
    unsigned tried = 0;
    for (size_t i = 0; (t = tactic_at(i)); i++) {
        unsigned wrong = transforms(t->name) ? ordered[i] : unordered[i];
        if (wrong) check_bad++, printf("  %s: %u orders not as said\n", t->name, wrong);
        tried += ordered[i] > 0;
    }
    CHECK(tried > 20);
}

static void names_are_addresses_and_unique(void) {
    const tn_tactic_def *t;
    for (size_t i = 0; (t = tactic_at(i)); i++) {
        CHECK(tni_tactic_find(env, t->name) == t);
        CHECK(tni_op_find(env, t->domain, t->op));
        CHECK(!strncmp(t->name, "cpu.", 4) == !foreign);
        CHECK(t->doc && t->file && t->run);
    }
}

int main(int n, char **argument) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    if (!read_problems(TN_SOURCE_DIR "/test/tactic")) return 1;
    foreign = n > 1;
    size_t before = tn_env_bytes(env);
    for (int i = 1; i < n; i++)
        if (tn_env_plugin(env, argument[i], diags) != TN_OK)
            return printf("%s: not loaded\n", argument[i]), 1;
    size_t held = tn_env_bytes(env) - before; // for the plug-ins, until the env goes
    if (tni_pool_new(&pools[0], env, 1, false) != TN_OK || tni_pool_new(&pools[1], env, 3, false) != TN_OK)
        return 1;
    unsigned saved = tni_fp_begin();
    RUN(names_are_addresses_and_unique);
    RUN(every_tactic_agrees_with_its_reference);
    RUN(products_are_rounded_once);
    RUN(eight_bits_stay_eight_bits);
    RUN(casts_between_all_numbers);
    RUN(phases_of_all_lengths);
    RUN(every_tactic_is_tried);
    if (!foreign) RUN(every_other_packing_has_an_order);
    tni_fp_end(saved);
    tni_pool_free(pools[0]);
    tni_pool_free(pools[1]);
    forget_problems();
    tn_diags_free(diags);
    size_t leaked = tn_env_bytes(env) - held;
    if (leaked) printf("%zu bytes leaked\n", leaked);
    tn_env_free(env);
    return DONE() || leaked;
}
