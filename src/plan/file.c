// SPDX-License-Identifier: Apache-2.0
// file.c - the engine file: its header, opening a block, saving and loading.
#include "base/le.h"
#include "plan/share.h"

#include <stdio.h>
#include <string.h>

static const char magic[8] = {'T', 'E', 'N', 'O', 'N', '\r', '\n', 0x1a};
enum {
    VERSION_AT = 8,
    THREADS_AT = 12,
    EXACT_AT = 14,
    SIZE_AT = 16,
    DIGEST_AT = 24,
    SPARE_AT = 32,
    PROGRAM_AT = 40,
    ORIGIN_AT = 48
};

bool tni_is_plan(const void *data, size_t size) {
    return size >= sizeof magic && !memcmp(data, magic, sizeof magic);
}

bool tn_file_is_plan(const char *path) {
    char start[sizeof magic];
    FILE *f = fopen(path, "rb");
    bool is = f && fread(start, 1, sizeof start, f) == sizeof start && tni_is_plan(start, sizeof start);
    if (f) fclose(f);
    return is;
}

// Over everything but the digest itself and the pieces, which have their own.
static uint64_t digest_of(const unsigned char *head, const void *records, size_t size) {
    return tni_digest(head + SPARE_AT, TNI_PLAN_HEADER - SPARE_AT) ^ tni_digest(head, DIGEST_AT) << 1 ^
           tni_digest(records, size) << 2;
}

static uint64_t digest_of_block(const unsigned char *block, size_t size) {
    uint64_t program = le_load(block + PROGRAM_AT, 8);
    if (program > size) program = size;
    return digest_of(block, block + program, size - (size_t)program);
}

void tni_plan_seal(unsigned char *block, size_t size) {
    le_store(block + SIZE_AT, size, 8);
    le_store(block + DIGEST_AT, digest_of_block(block, size), 8);
}

void tni_plan_head(unsigned char head[TNI_PLAN_HEADER], const tn_plan *p, const void *records) {
    memset(head, 0, TNI_PLAN_HEADER);
    memcpy(head, magic, sizeof magic);
    le_store(head + VERSION_AT, TNI_PLAN_VERSION, 4);
    le_store(head + THREADS_AT, (uint64_t)p->threads, 2);
    le_store(head + EXACT_AT, p->exact, 2);
    le_store(head + SIZE_AT, p->size, 8);
    le_store(head + SPARE_AT, p->spare, 8);
    le_store(head + PROGRAM_AT, p->program, 8);
    le_store(head + ORIGIN_AT, p->origin, 8);
    le_store(head + DIGEST_AT, digest_of(head, records, p->size - p->program), 8);
}

static tn_status refuse(const tn_plan *p, tn_diags *diags, const char *why, const char *hint) {
    tn_diag d = {.severity = TN_ERROR, .status = TN_FORMAT, .file = p->name, .hint = hint};
    return tni_diag(diags, &d, "%s", why);
}

static tn_status read_header(tn_plan *p, tn_diags *diags) {
    const unsigned char *b = p->block;
    const char *rebuild = "build the engine again from its model";
    if (p->size < TNI_PLAN_HEADER || !tni_is_plan(b, p->size))
        return refuse(p, diags, "this is not an engine file", NULL);
    if (le_load(b + VERSION_AT, 4) != TNI_PLAN_VERSION)
        return refuse(p, diags, "the engine was written by another version of Tenon", rebuild);
    if (le_load(b + SIZE_AT, 8) != p->size)
        return refuse(p, diags, "the engine is truncated or too long", rebuild);
    if (le_load(b + DIGEST_AT, 8) != digest_of_block(b, p->size))
        return refuse(p, diags, "the engine's digest does not match", rebuild);
    uint64_t spare = le_load(b + SPARE_AT, 8), program = le_load(b + PROGRAM_AT, 8),
             origin = le_load(b + ORIGIN_AT, 8);
    if (spare < TNI_PLAN_HEADER || program < spare || origin < program || p->size < origin)
        return refuse(p, diags, "the engine is damaged: its parts overlap", rebuild);
    p->spare = (size_t)spare;
    p->program = (size_t)program;
    p->origin = (size_t)origin;
    uint64_t threads = le_load(b + THREADS_AT, 2);
    p->threads = threads >= 1 && threads <= 1024 ? (int)threads : 1;
    p->exact = le_load(b + EXACT_AT, 2) != 0;
    return TN_OK;
}

tn_status tni_plan_open(tn_plan **plan, tn_env *env, void *block, tni_file file, size_t size,
                        const char *name, tni_check check, tn_diags *diags) {
    tn_plan *p = tni_calloc(env, 1, sizeof *p);
    if (!p) {
        tni_free(env, block);
        tni_file_close(&file);
        return TN_NOMEM;
    }
    *p = (tn_plan){.env = env, .file = file, .built = block, .size = size};
    p->block = block ? block : (const unsigned char *)file.data;
    p->name = tni_strdup(env, name ? name : "engine");
    tn_status status = p->name ? tni_shared_new(p, check == TNI_CHECK_NEVER) : TN_NOMEM;
    if (status == TN_OK) status = read_header(p, diags);
    if (status == TN_OK) status = tni_decode_program(p, diags);
    if (check == TNI_CHECK_NOW && (status == TN_OK || p->again)) {
        tn_status whole = tn_plan_verify(p, diags);
        if (whole != TN_OK) status = whole, p->again = false;
    }
    if (status == TN_OK && !(p->io = tni_graph_io(p->graph))) status = TN_NOMEM;
    for (size_t i = 0; status == TN_OK && i < p->graph->ninput; i++) {
        memcpy(p->io[i].tuned, p->tuned[i], sizeof p->io[i].tuned);
        memcpy(p->io[i].least, p->least[i], sizeof p->io[i].least);
        memcpy(p->io[i].most, p->most[i], sizeof p->io[i].most);
    }
    if (status == TN_OK)
        *plan = p;
    else if (p->again && tni_plan_again)
        status = tni_plan_again(plan, p, diags);
    if (status != TN_OK || *plan != p) tn_plan_free(p);
    return status;
}

tn_status tn_plan_load(tn_plan **plan, tn_env *env, const char *path, bool map, tn_diags *diags) {
    tni_file file;
    TN_TRY(map ? tni_file_map(&file, path, diags) : tni_file_read(&file, env, path, diags));
    return tni_plan_open(plan, env, NULL, file, file.size, path, map ? TNI_CHECK_LATER : TNI_CHECK_NOW,
                         diags);
}

tn_status tn_plan_load_memory(tn_plan **plan, tn_env *env, const void *data, size_t size, const char *name,
                              tn_diags *diags) {
    void *copy = tni_alloc(env, size ? size : 1);
    if (!copy) return TN_NOMEM;
    if (size) memcpy(copy, data, size);
    return tni_plan_open(plan, env, copy, (tni_file){0}, size, name, TNI_CHECK_NOW, diags);
}

tn_status tn_plan_wrap(tn_plan **plan, tn_env *env, const void *data, size_t size, const char *name,
                       tn_diags *diags) {
    if ((uintptr_t)data % TN_ALIGN)
        return tni_error(diags, TN_INVALID, "'%s': an engine that is used in place is aligned to %d bytes",
                         name ? name : "engine", TN_ALIGN);
    // A borrowed file: closing it has nothing to unmap or free.
    return tni_plan_open(plan, env, NULL, (tni_file){.data = data, .size = size, .borrowed = true}, size,
                         name, TNI_CHECK_LATER, diags);
}

tn_status tn_plan_save(const tn_plan *plan, const char *path, tn_diags *diags) {
    tni_save s;
    TN_TRY(tni_save_begin(&s, plan->env, path, diags));
    tni_save_write(&s, plan->block, plan->size);
    return tni_save_end(&s, diags);
}

tn_status tn_plan_verify(const tn_plan *p, tn_diags *diags) {
    TN_TRY(tni_plan_check(p, TNI_RUN, diags));
    return tni_plan_check(p, TNI_SPARE, diags);
}

void tn_plan_free(tn_plan *p) {
    if (!p) return;
    tni_shared_free(p);
    tn_graph_free(p->graph);
    tni_free(p->env, p->step);
    tni_free(p->env, p->piece);
    tni_free(p->env, p->name);
    tni_free(p->env, p->built);
    tni_file_close(&p->file);
    tni_free(p->env, p);
}

size_t tn_plan_bytes(const tn_plan *p) { return p->size; }
int tn_plan_threads(const tn_plan *p) { return p->threads; }
size_t tn_plan_input_count(const tn_plan *p) { return p->graph->ninput; }
size_t tn_plan_output_count(const tn_plan *p) { return p->graph->noutput; }
const tn_io *tn_plan_input(const tn_plan *p, size_t i) { return i < p->graph->ninput ? &p->io[i] : NULL; }
const tn_io *tn_plan_output(const tn_plan *p, size_t i) {
    return i < p->graph->noutput ? &p->io[p->graph->ninput + i] : NULL;
}
size_t tn_plan_step_count(const tn_plan *p) { return p->ntold; }

tn_status tn_plan_step(const tn_plan *p, size_t i, tn_step *to) {
    if (i >= p->ntold) return TN_INVALID;
    const tni_step *s = &p->step[p->told[i]];
    *to = (tn_step){.node = s->node->name, .op = s->op, .source = s->node->source};
    to->tactic = s->tactic ? s->tactic->name : "ref";
    for (int k = s->node->nout - 1; k >= 0; k--)
        if (s->node->out[k]) to->output = s->node->out[k]->name;
    return TN_OK;
}

tn_status tn_plan_text(tn_plan *plan, const char **text) {
    TN_TRY(tni_plan_restore(plan, NULL, NULL)); // constants that are one number are told from others
    return tn_graph_text(plan->graph, true, text);
}
tn_status tn_plan_visit(const tn_plan *plan, void (*visit)(void *user, const tn_node *node), void *user) {
    return tn_graph_visit(plan->graph, visit, user);
}
