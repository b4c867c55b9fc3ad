// SPDX-License-Identifier: Apache-2.0
// share.c - see share.h. One lock a plan: packing and checking happen once, and whoever needs the same waits.
#include "plan/share.h"

#include "plan/order.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { MOST = 4 }; // packed of one step; shapes could ask for ever new ones

typedef struct packed {
    struct packed *next;
    const tn_tactic_def *tactic;
    size_t bytes;
    const void *data;
} packed;

typedef enum making { NOT_YET, MADE, WRONG /* and refused ever after */ } making;

struct tni_shared {
    pthread_mutex_t lock;
    atomic_bool whole[2]; // by part
    tni_arena arena;
    packed **packed; // by step; NULL until something was
    making *made;    // by piece; NULL until something was
    size_t opened;   // bytes of plan->made
};

tn_status tni_shared_new(tn_plan *p, bool checked) {
    tni_shared *s = tni_calloc(p->env, 1, sizeof *s);
    if (!s) return TN_NOMEM;
    pthread_mutex_init(&s->lock, NULL);
    for (int i = 0; i < 2; i++) atomic_init(&s->whole[i], checked);
    tni_arena_init(&s->arena, p->env);
    p->shared = s;
    return TN_OK;
}

void tni_shared_free(tn_plan *p) {
    if (!p->shared) return;
    tni_unreserve(p->env, p->made, p->made_bytes, p->shared->opened);
    tni_arena_free(&p->shared->arena);
    pthread_mutex_destroy(&p->shared->lock);
    tni_free(p->env, p->shared);
}

// ---- digests

// The piece, and the zeros up to where the next one may begin.
static bool piece_is_whole(const tn_plan *p, const tni_piece *piece) {
    const unsigned char *end = p->block + piece->offset + piece->size;
    for (size_t at = piece->offset + piece->size; at % TN_ALIGN && at < p->program; at++)
        if (*end++) return false;
    return tni_digest(p->block + piece->offset, piece->size) == piece->digest;
}

static bool is_packed(const tn_plan *p, const tni_piece *piece) {
    for (size_t i = 0; i < p->nsteps; i++)
        if (p->step[i].packed == p->block + piece->offset) return true;
    return false;
}

// Of a large constant that no kernel packed few pages may be read again, as of a table of words: it gives
// back what checking it took. These come first, so that they and the others are never held at once.
static bool check_pieces(const tn_plan *p, tni_part part, bool giving_back) {
    enum { LARGE = 1 << 20 };
    for (size_t i = 0; i < p->npieces; i++) {
        const tni_piece *piece = &p->piece[i];
        bool gives_back = piece->size >= LARGE && !is_packed(p, piece);
        if (!piece->offset || (piece->offset >= p->spare) != (part == TNI_SPARE) || gives_back != giving_back)
            continue;
        if (!piece_is_whole(p, piece)) return false;
        if (gives_back) tni_file_release(&p->file, piece->offset, piece->size);
    }
    return true;
}

static tn_status damaged(const tn_plan *p, tn_diags *diags) {
    tn_diag d = {.severity = TN_ERROR,
                 .status = TN_FORMAT,
                 .file = p->name,
                 .hint = "build the engine again from its model"};
    return tni_diag(diags, &d, "the engine is damaged: a constant's digest does not match");
}

static tn_status check(const tn_plan *p, tni_part part, tn_diags *diags) {
    return check_pieces(p, part, true) && check_pieces(p, part, false) ? TN_OK : damaged(p, diags);
}

tn_status tni_plan_check(const tn_plan *p, tni_part part, tn_diags *diags) {
    tni_shared *s = p->shared;
    if (atomic_load_explicit(&s->whole[part], memory_order_acquire)) return TN_OK;
    pthread_mutex_lock(&s->lock);
    tn_status status = atomic_load(&s->whole[part]) ? TN_OK : check(p, part, diags);
    if (status == TN_OK) atomic_store_explicit(&s->whole[part], true, memory_order_release);
    pthread_mutex_unlock(&s->lock);
    return status;
}

// ---- making what is not in the block

static bool may_make(tni_shared *s, size_t npieces) {
    if (!s->made) s->made = tni_arena_zalloc(&s->arena, npieces * sizeof *s->made);
    return s->made != NULL;
}

static tn_status make(const tn_plan *p, const tni_piece *piece, tn_diags *diags) {
    making *state = &p->shared->made[piece - p->piece];
    const tni_piece *from = &p->piece[piece->from];
    unsigned char *to = p->made + piece->at;
    size_t bytes;
    if (*state != NOT_YET) return *state == MADE ? TN_OK : damaged(p, diags);
    if (!from->offset) TN_TRY(make(p, from, diags)); // once: such a piece is made from one in the block
    if (!tni_pages(piece->size, &bytes) || !tni_reserve_open(p->env, to, bytes)) return TN_NOMEM;
    p->shared->opened += bytes;
    tni_order_make(piece->order, tni_piece_data(p, from), to);
    tni_reserve_close(to, bytes);
    *state = tni_digest(to, piece->size) == piece->digest ? MADE : WRONG;
    return *state == MADE ? TN_OK : damaged(p, diags);
}

static bool within(const void *at, const unsigned char *begin, size_t size) {
    return (uintptr_t)at - (uintptr_t)begin < size;
}

static tn_status make_those(const tn_plan *p, const void *constant, tn_diags *diags) {
    TN_TRY(tni_plan_check(p, TNI_RUN, diags)); // what they are made from
    pthread_mutex_lock(&p->shared->lock);
    tn_status status = may_make(p->shared, p->npieces) ? TN_OK : TN_NOMEM;
    for (size_t i = 0; status == TN_OK && i < p->npieces; i++) {
        const tni_piece *x = &p->piece[i];
        if (!x->offset && (!constant || within(constant, p->made + x->at, x->size)))
            status = make(p, x, diags);
    }
    pthread_mutex_unlock(&p->shared->lock);
    return status;
}

tn_status tni_plan_restore(const tn_plan *p, const void *constant, tn_diags *diags) {
    bool spare = !constant || within(constant, p->block + p->spare, p->program - p->spare);
    bool made = constant ? tni_is_made(p, constant) : p->made != NULL;
    if (!constant) TN_TRY(tni_plan_check(p, TNI_RUN, diags));
    if (spare) TN_TRY(tni_plan_check(p, TNI_SPARE, diags));
    return made ? make_those(p, constant, diags) : TN_OK;
}

// ---- packing

static packed *pack(tni_arena *a, packed *next, const tn_tactic_def *t, const tn_problem *p, size_t bytes) {
    packed *k = tni_arena_alloc(a, sizeof *k);
    void *data = k ? tni_arena_tensor(a, bytes) : NULL;
    if (!data) return NULL;
    memset(data, 0, bytes); // as the builder does: padding is zeros
    t->pack(p, data);
    *k = (packed){next, t, bytes, data};
    return k;
}

// The step's list of what was packed.
static packed **list_of(const tn_plan *p, const tni_step *s) {
    tni_shared *x = p->shared;
    if (!x->packed) x->packed = tni_arena_zalloc(&x->arena, (p->nsteps + 1) * sizeof(packed *));
    return x->packed ? &x->packed[s->node->mark] : NULL;
}

const void *tni_shared_pack(const tn_plan *p, const tni_step *s, const tn_tactic_def *t,
                            const tn_problem *problem, size_t bytes, bool *full) {
    const void *data = NULL;
    *full = false;
    pthread_mutex_lock(&p->shared->lock);
    packed **first = list_of(p, s);
    int count = 0;
    for (packed *k = first ? *first : NULL; k && !data; k = k->next, count++)
        if (k->tactic == t && k->bytes == bytes) data = k->data;
    *full = !data && count == MOST;
    if (!data && !*full && first) {
        packed *k = pack(&p->shared->arena, *first, t, problem, bytes);
        if (k) *first = k, data = k->data;
    }
    pthread_mutex_unlock(&p->shared->lock);
    return data;
}
