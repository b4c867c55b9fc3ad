// SPDX-License-Identifier: Apache-2.0
// einsum.c - reads the equation of Einsum.
#include "ir/einsum.h"

static int label_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= 'a' && c <= 'z' ? 26 + (c - 'a') : -1;
}

// Reads one term up to ',', '-' or the end. False: something that does not belong there.
static bool read_term(const char **text, tni_einsum_term *t) {
    t->n = 0;
    t->dots = -1;
    for (const char *p = *text;; p++) {
        *text = p;
        if (*p == ' ') continue;
        if (!*p || *p == ',' || *p == '-') return true;
        if (*p == '.') {
            if (t->dots >= 0 || p[1] != '.' || p[2] != '.') return false;
            t->dots = t->n;
            p += 2;
            continue;
        }
        int label = label_of(*p);
        if (label < 0 || t->n >= TN_MAX_RANK) return false;
        t->label[t->n++] = (unsigned char)label;
    }
}

// Without "->" the output has the ellipsis first, then every letter that occurs once, in ASCII order.
static bool implicit_output(tni_einsum *e) {
    int count[TNI_EINSUM_LETTERS] = {0};
    bool dots = false;
    e->out.n = 0;
    for (int i = 0; i < e->nterms; i++) {
        dots |= e->in[i].dots >= 0;
        for (int k = 0; k < e->in[i].n; k++) count[e->in[i].label[k]]++;
    }
    e->out.dots = dots ? 0 : -1;
    for (int l = 0; l < TNI_EINSUM_LETTERS; l++) {
        if (count[l] != 1) continue;
        if (e->out.n >= TN_MAX_RANK) return false;
        e->out.label[e->out.n++] = (unsigned char)l;
    }
    return true;
}

static bool output_is_sound(const tni_einsum *e) {
    bool seen[TNI_EINSUM_LETTERS] = {false}, used[TNI_EINSUM_LETTERS] = {false};
    for (int i = 0; i < e->nterms; i++)
        for (int k = 0; k < e->in[i].n; k++) seen[e->in[i].label[k]] = true;
    for (int k = 0; k < e->out.n; k++) {
        int l = e->out.label[k];
        if (!seen[l] || used[l]) return false;
        used[l] = true;
    }
    return true;
}

bool tni_einsum_read(const char *text, int operands, tni_einsum *e) {
    e->nterms = 0;
    do {
        if (e->nterms) text++;
        if (e->nterms >= TNI_EINSUM_OPERANDS || !read_term(&text, &e->in[e->nterms++])) return false;
    } while (*text == ',');
    if (e->nterms != operands) return false;
    if (!*text) return implicit_output(e);
    if (text[0] != '-' || text[1] != '>') return false;
    text += 2;
    return read_term(&text, &e->out) && !*text && output_is_sound(e);
}

int tni_einsum_labels(const tni_einsum_term *t, int rank, unsigned char labels[3 * TN_MAX_RANK]) {
    int extra = t->dots < 0 ? 0 : rank - t->n, n = 0;
    if (extra < 0 || extra > TN_MAX_RANK || t->n + extra != rank) return -1;
    for (int k = 0; k <= t->n; k++) {
        for (int d = 0; k == t->dots && d < extra; d++)
            labels[n++] = (unsigned char)(TNI_EINSUM_LABELS - extra + d);
        if (k < t->n) labels[n++] = t->label[k];
    }
    return n;
}
