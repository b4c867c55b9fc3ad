// SPDX-License-Identifier: Apache-2.0
// writer.c - see writer.h. The order of the block is header, run, spare, program, origin; the header is known
// last.
#define _POSIX_C_SOURCE 200809L
#include "plan/writer.h"

#include "base/ck.h"
#include "plan/order.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

// ---- bytes

static bool make_room(tni_writer *w, size_t size) {
    size_t need;
    if (!ck_add(w->size, size, &need)) return false;
    if (need <= w->room) return true;
    size_t room = need + need / 4;
    unsigned char *block = tni_resize(w->env, w->block, room);
    if (!block) return false;
    w->block = block;
    w->room = room;
    return true;
}

static void put(tni_writer *w, const void *data, size_t size) {
    if (w->failed || !size) return;
    if (w->to_file)
        tni_save_write(&w->save, data, size);
    else if (make_room(w, size))
        memcpy(w->block + w->size, data, size);
    else
        w->failed = true;
    w->size += size;
}

// The gaps between pieces are zeros: the same model gives the same bytes.
static void align(tni_writer *w) {
    static const unsigned char zeros[TN_ALIGN];
    put(w, zeros, (0 - w->size) % TN_ALIGN);
}

tn_status tni_writer_begin(tni_writer *w, tn_env *env, const char *path, tn_diags *diags) {
    static const unsigned char head[TNI_PLAN_HEADER];
    *w = (tni_writer){.env = env, .to_file = path != NULL, .save = {.fd = -1}};
    if (path) TN_TRY(tni_save_begin(&w->save, env, path, diags));
    put(w, head, sizeof head);
    return w->failed ? TN_NOMEM : TN_OK;
}

// ---- pieces

static bool same_as_written(tni_writer *w, const struct tni_written *x, const void *data) {
    if (!w->to_file) return !memcmp(w->block + x->offset, data, x->size);
    unsigned char part[4096];
    for (size_t at = 0; at < x->size;) {
        size_t n = x->size - at < sizeof part ? x->size - at : sizeof part;
        ssize_t got = pread(w->save.fd, part, n, (off_t)(x->offset + at));
        if (got <= 0 || memcmp(part, (const char *)data + at, (size_t)got)) return false;
        at += (size_t)got;
    }
    return true;
}

static bool is_piece(tni_writer *w, const struct tni_written *x, uint64_t digest, const void *data,
                     size_t size) {
    if (x->digest != digest || x->size != size) return false;
    if (!size || x->data == data) return true;
    return x->data ? !memcmp(x->data, data, size) : same_as_written(w, x, data);
}

// NULL: there is no memory.
static struct tni_written *find_or_add(tni_writer *w, const void *data, size_t size) {
    for (size_t i = 0; i < w->count; i++) // most are asked for again by the same address
        if (w->piece[i].data && w->piece[i].data == data && w->piece[i].size == size) return &w->piece[i];
    uint64_t digest = tni_digest(data, size);
    for (size_t i = 0; i < w->count; i++)
        if (is_piece(w, &w->piece[i], digest, data, size)) return &w->piece[i];
    if (w->count == TNI_NO_PIECE || !tni_grow(w->env, &w->piece, w->count, &w->capacity, sizeof *w->piece))
        return w->failed = true, NULL;
    w->piece[w->count] = (struct tni_written){
        .digest = digest, .size = size, .data = data, .part = TNI_SPARE, .from = TNI_NO_PIECE};
    return &w->piece[w->count++];
}

static void write_piece(tni_writer *w, struct tni_written *x) {
    if (x->offset) return;
    align(w);
    x->offset = w->size;
    put(w, x->data, x->size);
}

static uint32_t number_of(const tni_writer *w, const struct tni_written *x) {
    return (uint32_t)(x - w->piece);
}

uint32_t tni_writer_add(tni_writer *w, const tn_tensor *t, tni_part part) {
    struct tni_written *x = find_or_add(w, t->data, t->bytes);
    if (!x) return TNI_NO_PIECE;
    if (part == TNI_RUN) x->part = TNI_RUN;
    if (t->rank == 2 && tn_dtype_bits(t->dtype) == 8 * TNI_ORDER_ELEMENT && t->bytes >= TNI_LEAST_SPARE)
        x->rows = t->dim[0], x->columns = t->dim[1];
    return number_of(w, x);
}

uint32_t tni_writer_pack(tni_writer *w, const void *data, size_t size) {
    struct tni_written *x = find_or_add(w, data, size);
    if (!x) return TNI_NO_PIECE;
    x->part = TNI_RUN;
    write_piece(w, x);
    if (x->data == data) x->data = NULL;
    return number_of(w, x);
}

// ---- what is not written

bool tni_writer_makes(const tni_writer *w, const tn_tensor *t) {
    for (size_t i = 0; i < w->count; i++)
        if (w->piece[i].data == t->data && w->piece[i].size == t->bytes)
            return w->piece[i].from != TNI_NO_PIECE;
    return false;
}

void tni_writer_make(tni_writer *w, const tn_tensor *t, uint32_t from, tni_text *order) {
    struct tni_written *x = find_or_add(w, t->data, t->bytes);
    w->failed |= order->failed;
    if (x && x->from == TNI_NO_PIECE) {
        x->from = from;
        x->order = *order;
    } else {
        tni_text_free(order);
    }
    *order = (tni_text){.env = w->env};
}

static bool is_left_out(const struct tni_written *x) {
    return x->part == TNI_SPARE && !x->offset && x->from != TNI_NO_PIECE;
}

// Whether `x` is the transpose of `of`, which will be there: written for running, or made from what is
// written.
static bool is_transpose(tni_writer *w, const struct tni_written *x, struct tni_written *of,
                         tni_text *order) {
    bool there = of->part == TNI_RUN || (is_left_out(of) && !is_left_out(&w->piece[of->from]));
    if (x == of || !of->data || !there || x->rows != of->columns || x->columns != of->rows) return false;
    tni_order_transpose(order, (size_t)x->rows, (size_t)x->columns);
    tni_bytes r = {(const unsigned char *)order->data, (const unsigned char *)order->data + order->length,
                   false};
    if (!order->failed && tni_order_same(r, of->data, x->data)) return true;
    order->length = 0;
    return false;
}

static void find_transposes(tni_writer *w) {
    for (size_t i = 0; i < w->count; i++) {
        struct tni_written *x = &w->piece[i];
        tni_text order = {.env = w->env};
        bool found = x->part == TNI_RUN || x->offset || is_left_out(x) || !x->rows;
        for (size_t k = 0; !found && k < w->count; k++)
            if ((found = is_transpose(w, x, &w->piece[k], &order))) {
                x->from = (uint32_t)k;
                x->order = order;
                order = (tni_text){.env = w->env};
            }
        w->failed |= order.failed;
        tni_text_free(&order);
    }
}

// ---- the end

static void write_pieces(tni_writer *w, tni_part part) {
    for (size_t i = 0; i < w->count; i++)
        if (w->piece[i].part == part && !is_left_out(&w->piece[i])) write_piece(w, &w->piece[i]);
    align(w);
}

// The orders of pieces that are made from the block, or (`later`) from those.
static uint32_t put_orders(const tni_writer *w, tni_text *t, bool later) {
    uint32_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct tni_written *x = &w->piece[i];
        if (!is_left_out(x) || is_left_out(&w->piece[x->from]) != later) continue;
        tni_put_u32(t, (uint32_t)i);
        tni_put_u32(t, x->from);
        tni_text_add(t, x->order.data, x->order.length);
        n++;
    }
    return n;
}

static void put_table(const tni_writer *w, tni_text *t) {
    tni_text orders = {.env = w->env};
    tni_put_u32(t, (uint32_t)w->count);
    for (size_t i = 0; i < w->count; i++) {
        tni_put_u64(t, w->piece[i].offset);
        tni_put_u64(t, w->piece[i].size);
        tni_put_u64(t, w->piece[i].digest);
    }
    uint32_t n = put_orders(w, &orders, false);
    tni_put_u32(t, n + put_orders(w, &orders, true));
    tni_text_add(t, orders.data, orders.length);
    t->failed |= orders.failed;
    tni_text_free(&orders);
}

static void put_head(tni_writer *w, const unsigned char head[TNI_PLAN_HEADER]) {
    if (!w->to_file) {
        memcpy(w->block, head, TNI_PLAN_HEADER);
        return;
    }
    ssize_t n;
    do n = pwrite(w->save.fd, head, TNI_PLAN_HEADER, 0);
    while (n < 0 && errno == EINTR);
    if (n != TNI_PLAN_HEADER) w->save.status = TN_IO;
}

tn_status tni_writer_end(tni_writer *w, const tni_text *program, const tni_text *origin, int threads,
                         bool exact, void **block, size_t *size, tn_diags *diags) {
    tn_plan parts = {.threads = threads, .exact = exact};
    tni_text records = {.env = w->env};
    unsigned char head[TNI_PLAN_HEADER];
    find_transposes(w);
    write_pieces(w, TNI_RUN);
    parts.spare = w->size;
    write_pieces(w, TNI_SPARE);
    parts.program = w->size;
    put_table(w, &records);
    tni_text_add(&records, program->data, program->length);
    parts.origin = parts.program + records.length;
    tni_text_add(&records, origin->data, origin->length);
    w->failed |= records.failed || program->failed || origin->failed;
    put(w, records.data, records.length);
    parts.size = w->size;
    if (!w->failed) {
        tni_plan_head(head, &parts, records.data);
        put_head(w, head);
    }
    tni_text_free(&records);
    if (w->failed) return TN_NOMEM;
    *size = w->size;
    if (w->to_file) {
        w->to_file = false;
        return tni_save_end(&w->save, diags);
    }
    *block = w->block;
    w->block = NULL;
    return TN_OK;
}

void tni_writer_free(tni_writer *w) {
    if (w->to_file) {
        w->save.status = w->save.status == TN_OK ? TN_NOMEM : w->save.status; // nothing appears
        tni_save_end(&w->save, NULL);
    }
    for (size_t i = 0; i < w->count; i++) tni_text_free(&w->piece[i].order);
    tni_free(w->env, w->block);
    tni_free(w->env, w->piece);
    *w = (tni_writer){.env = w->env};
}
