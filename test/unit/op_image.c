// SPDX-License-Identifier: Apache-2.0
// op_image.c - ImageDecoder: the pixels that Pillow reads, from every format, and what damaged files do.
#include "check.h"
#include "pictures.h"

#include "base/str.h"
#include "ir/eval.h"
#include "ir/spec.h"
#include "ir/text.h"

#include <stdlib.h>

static tn_env *env;
static tn_diags *diags;
static tn_graph *graphs[3]; // RGB, BGR, Grayscale
static tni_arena arena;
static tn_status status; // of the last call of decode

static void begin(void) {
    static const char *const pixels[3] = {"RGB", "BGR", "Grayscale"};
    tn_env_new(&env, &(tn_env_options){.max_bytes = 64 << 20});
    tn_diags_new(&diags, env);
    for (int k = 0; k < 3; k++) {
        char text[200];
        snprintf(
            text, sizeof text,
            "graph \"test\" {\n in %%x: u8[N]\n %%y = ImageDecoder(%%x) {pixel_format=\"%s\"}\n out %%y\n}\n",
            pixels[k]);
        CHECK(tni_graph_parse(&graphs[k], env, text, strlen(text), "test", diags) == TN_OK);
    }
}

static void end(void) {
    for (int k = 0; k < 3; k++) tn_graph_free(graphs[k]);
    tn_diags_free(diags);
    tn_env_free(env);
}

// The picture, until the next call; or NULL, and why in complaint(). The file lies in a block of its own
// size, so that a sanitizer sees who reads behind it.
static const tn_tensor *decode(int pixels, const void *file, size_t size) {
    const tn_tensor *out[1] = {NULL};
    tni_arena_free(&arena);
    tni_arena_init(&arena, env);
    tn_diags_free(diags);
    tn_diags_new(&diags, env);
    void *copy = malloc(size ? size : 1);
    if (!copy) return NULL;
    memcpy(copy, file, size);
    tn_tensor x = {.dtype = TN_U8, .rank = 1, .dim = {(int64_t)size}, .data = copy};
    status = tni_eval_graph(graphs[pixels], &arena, (const tn_tensor *[]){&x}, out, NULL, NULL, NULL, diags);
    free(copy);
    return status == TN_OK ? out[0] : NULL;
}

static const char *complaint(void) {
    const tn_diag *d = tn_diags_count(diags) ? tn_diags_get(diags, 0) : NULL;
    return d ? d->message : "";
}

// Some formats need a library: this build has none, and says which.
static bool refused(const char *name) { return name && strstr(complaint(), "this build has no"); }

static bool is_lossy(const struct picture *p) {
    return strstr(p->name, "jpeg") || strstr(p->name, "lossy") || strstr(p->name, "j2k") ||
           strstr(p->name, "jp2");
}

static const size_t many = sizeof pictures / sizeof *pictures;
enum { COUNT = PICTURE_HEIGHT * PICTURE_WIDTH };

static int worst(const unsigned char *a, const unsigned char *b, int n) {
    int most = 0;
    for (int i = 0; i < n; i++) most = abs(a[i] - b[i]) > most ? abs(a[i] - b[i]) : most;
    return most;
}

// Versions of the lossy decoders may round differently.
static void pixels_are_those_of_pillow(void) {
    for (size_t i = 0; i < many; i++) {
        const struct picture *p = &pictures[i];
        const tn_tensor *t = decode(0, p->file, p->size);
        if (!t && refused(p->name)) continue;
        bool fine = t && t->rank == 3 && t->dim[0] == PICTURE_HEIGHT && t->dim[1] == PICTURE_WIDTH &&
                    t->dim[2] == 3 && worst(t->data, p->pixels, COUNT * 3) <= (is_lossy(p) ? 2 : 0);
        if (!fine)
            printf("  %s: %s (%d)\n", p->name, complaint(), t ? worst(t->data, p->pixels, COUNT * 3) : -1);
        CHECK(fine);
    }
}

static void channels_are_swapped_or_summed(void) {
    const struct picture *p = &pictures[0]; // BMP needs no library
    const tn_tensor *t = decode(1, p->file, p->size);
    const unsigned char *bgr = t ? t->data : NULL;
    for (int i = 0; bgr && i < COUNT * 3; i++) CHECK(bgr[i] == p->pixels[i / 3 * 3 + 2 - i % 3]);
    t = decode(2, p->file, p->size);
    const unsigned char *grey = t ? t->data : NULL;
    CHECK(bgr && grey && t->dim[2] == 1);
    for (int i = 0; grey && i < COUNT; i++) {
        const unsigned char *c = p->pixels + 3 * i;
        CHECK(abs(grey[i] - (int)(0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2] + 0.5)) <= 1);
    }
}

static void portable_formats(void) {
    static const struct {
        const char *file;
        unsigned char first, last;
    } cases[] = {
        {"P1 2 1 10", 0, 255},
        {"P1\n#c\n2 1\n0 1", 255, 0},
        {"P2 2 1 4 1 4", 64, 255},
        {"P2 2 1 1023 0 1023", 0, 255},
        {"P4 2 1\n\x40", 255, 0},
        {"P5 2 1 255\n\x07\x09", 7, 9},
        {"P5 2 1 511\n\x01\xff\x01\x01", 255, 128},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const tn_tensor *t = decode(2, cases[i].file, strlen(cases[i].file));
        const unsigned char *v = t ? t->data : NULL;
        CHECK(v && tn_count(t) == 2 && v[0] == cases[i].first && v[1] == cases[i].last);
    }
    const tn_tensor *t = decode(0, "P3 1 1 255 1 2 3", 16);
    CHECK(t && !memcmp(t->data, "\1\2\3", 3));
    t = decode(0, "P6 1 1 255\nabc", 14);
    CHECK(t && !memcmp(t->data, "abc", 3));
    t = decode(0, "P2 1 1 255 9", 12);
    CHECK(t && t->dim[2] == 3 && !memcmp(t->data, "\t\t\t", 3));
}

static void what_is_wrong_is_said(void) {
    CHECK(!decode(0, "", 0) && strstr(complaint(), "no picture"));
    CHECK(!decode(0, "GIF89a", 6) && strstr(complaint(), "they begin like none of"));
    CHECK(!decode(0, "P5 999999999 999999999 255\n", 27) &&
          strstr(complaint(), "ends before its last pixel"));
    CHECK(!decode(0, "P5 0 7 255\n", 11) && strstr(complaint(), "no pixels"));
    CHECK(!decode(0, "P5 1 1 0\n1", 10) && strstr(complaint(), "1..65535"));
    for (size_t i = 0; i < many; i++) {
        CHECK(!decode(0, pictures[i].file, pictures[i].size / 2));
        CHECK(*complaint() && tn_diags_count(diags) == 1);
    }
}

static void a_picture_cut_anywhere_is_refused_or_read(void) {
    for (size_t i = 0; i < many; i++)
        for (size_t size = 0; size < pictures[i].size; size++) {
            const tn_tensor *t = decode(0, pictures[i].file, size);
            CHECK(t ? t->dim[0] == PICTURE_HEIGHT : *complaint() != 0);
        }
}

// Every byte becomes others in turn: sizes, offsets and codes that are not what they should be.
static void a_picture_with_a_wrong_byte_is_refused_or_read(void) {
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    unsigned char file[2048];
    for (size_t i = 0; i < many; i++) {
        CHECK(pictures[i].size <= sizeof file);
        if (pictures[i].size > sizeof file) continue;
        for (size_t at = 0; at < pictures[i].size; at++) {
            memcpy(file, pictures[i].file, pictures[i].size);
            file[at] ^= flips[at % 3];
            const tn_tensor *t = decode(0, file, pictures[i].size);
            CHECK(t ? t->rank == 3 : *complaint() != 0 || status == TN_NOMEM);
        }
    }
}

int main(void) {
    begin();
    RUN(pixels_are_those_of_pillow);
    RUN(channels_are_swapped_or_summed);
    RUN(portable_formats);
    RUN(what_is_wrong_is_said);
    RUN(a_picture_cut_anywhere_is_refused_or_read);
    RUN(a_picture_with_a_wrong_byte_is_refused_or_read);
    tni_arena_free(&arena);
    end();
    return DONE();
}
