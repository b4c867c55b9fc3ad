// SPDX-License-Identifier: Apache-2.0
// budget.c - a limit for the memory of an engine, kept by the price of a byte: each step still weighs its own
// time against its own memory, so that what is given up first is what gains least by the byte. Winograd's
// weights, up to seven times a layer's own, are what it is about.
//
//     what is packed beyond the weights + what the largest step reads, writes and works with
//         <= 0.5 * weights, 80 MB at most; 8 MB are free in any case
#include "build/budget.h"

#include <math.h>

enum { FREE_BYTES = 8 << 20, MOST_BYTES = 80 << 20, ROUNDS = 8 };
static const double share = 0.5;                  // of the weights, for all else
static const double cheapest = 0.04, dearest = 1; // ns a byte; what saves more time than that has its memory

typedef struct taken {
    double weights, extra, at_once;
} taken;

static double bytes_of(const tn_tensor *t) { return t && !t->data ? (double)t->bytes : 0; }

static double weights_of(const tn_problem *p) {
    double bytes = 0;
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && p->in[i]->data) bytes += (double)p->in[i]->bytes;
    return bytes;
}

static double extra_of(const tni_choice *c) { return c->best ? tni_extra_bytes(c->best, &c->problem) : 0; }

static double at_once(const tni_choice *c, int threads) {
    const tn_problem *p = &c->problem;
    double bytes = c->best && c->best->workspace ? (double)c->best->workspace(p, threads) : 0;
    for (int i = 0; i < p->nin; i++) bytes += bytes_of(p->in[i]);
    for (int i = 0; i < p->nout; i++) bytes += bytes_of(p->out[i]);
    return bytes;
}

static bool too_much(const taken *t) {
    double allowed = fmin(share * t->weights, MOST_BYTES) - t->at_once;
    return t->extra > (allowed > FREE_BYTES ? allowed : FREE_BYTES);
}

typedef struct budget {
    tni_tuner *tuner;
    tni_choice *choice;
    size_t n;
    int threads;
} budget;

static tn_status choose(const budget *b, tni_choice *c, double price) {
    c->price = price;
    tni_tuner_price(b->tuner, price);
    return c->problem.attrs.op ? tni_select(b->tuner, &c->problem, NULL, NULL, &c->best) : TN_OK;
}

static tn_status choose_all(const budget *b, double price, tni_progress *progress, void *user, taken *sum) {
    *sum = (taken){0};
    for (size_t i = 0; i < b->n; i++) {
        tni_choice *c = &b->choice[i];
        if (progress) progress(user, i);
        TN_TRY(choose(b, c, price));
        double once = at_once(c, b->threads);
        sum->weights += weights_of(&c->problem);
        sum->extra += extra_of(c);
        if (once > sum->at_once) sum->at_once = once;
    }
    return TN_OK;
}

// Steps alike change their kernels at one price, and then less may be taken than is allowed: some of them get
// back what they had at a lower price.
static tn_status give_back(const budget *b, double price, taken *sum) {
    for (size_t i = 0; i < b->n; i++) {
        tni_choice *c = &b->choice[i], before = *c;
        taken with = *sum;
        TN_TRY(choose(b, c, price));
        double once = at_once(c, b->threads);
        with.extra += extra_of(c) - extra_of(&before);
        if (once > with.at_once) with.at_once = once;
        if (too_much(&with))
            *c = before;
        else
            *sum = with;
    }
    return TN_OK;
}

tn_status tni_budget_choose(tni_tuner *tuner, tni_choice *choice, size_t n, int threads,
                            tni_progress *progress, void *user) {
    budget b = {tuner, choice, n, threads};
    taken sum;
    double low = cheapest, high = dearest;
    TN_TRY(choose_all(&b, low, progress, user, &sum));
    if (!too_much(&sum)) return TN_OK;
    for (int i = 0; i < ROUNDS; i++) {
        double price = sqrt(low * high);
        TN_TRY(choose_all(&b, price, NULL, NULL, &sum));
        *(too_much(&sum) ? &low : &high) = price;
    }
    TN_TRY(choose_all(&b, high, NULL, NULL, &sum));
    return too_much(&sum) ? TN_OK : give_back(&b, low, &sum);
}
