// SPDX-License-Identifier: Apache-2.0
// import_fuzz.c - damaged files: whatever happens to a model's bytes, importing it ends in a graph that the
// verifier accepts or in an error with a message, within its memory budget. Mutations are the same in every
// run.
//     test_import_fuzz [MODEL...]     also damages these
#include "check.h"

#include "import/import.h"
#include "onnx_writer.h"

#include <stdio.h>

static uint64_t state = 0x9e3779b97f4a7c15u;

// xorshift64* (Vigna, 2016)
static size_t random_below(size_t n) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return n ? (size_t)((state * 0x2545f4914f6cdd1du) >> 16) % n : 0;
}

// True when the damaged file was dealt with as it should be.
static bool survives(const unsigned char *data, size_t size) {
    tn_env *env;
    tn_diags *diags;
    tn_graph *g = NULL;
    if (tn_env_new(&env, &(tn_env_options){.max_bytes = 256 << 20}) != TN_OK) return false;
    if (tn_diags_new(&diags, env) != TN_OK) return false;
    tn_status status = tni_import_memory(&g, env, data, size, "damaged", NULL, NULL, diags);
    bool told = status == TN_OK || status == TN_NOMEM || tni_diags_errors(diags) > 0;
    bool fine = (status == TN_OK) == (g != NULL) && told && (!g || tni_verify(g, diags) == TN_OK);
    char line[512];
    for (size_t i = 0; i < tn_diags_count(diags); i++) tn_diags_format(diags, i, line, sizeof line);
    if (!fine) printf("  status %d, graph %s: %s\n", status, g ? "made" : "none", line);
    tn_graph_free(g);
    tn_diags_free(diags);
    if (tn_env_bytes(env)) fine = false, printf("  leaked %zu bytes\n", tn_env_bytes(env));
    tn_env_free(env);
    return fine;
}

static void flip(unsigned char *data, size_t size, size_t times) {
    for (size_t i = 0; i < times; i++) data[random_below(size)] ^= (unsigned char)(1u << random_below(8));
}

// Copies a piece of the file over another place.
static void splice(unsigned char *data, size_t size) {
    size_t n = 1 + random_below(size < 64 ? size : 64), from = random_below(size - n + 1);
    memmove(data + random_below(size - n + 1), data + from, n);
}

// Half of the damage goes to the first bytes: large models are mostly weights, whose damage no reader sees.
static void mutate(const bytes *model_, size_t rounds) {
    unsigned char *copy = malloc(model_->size + 1);
    if (!copy) abort();
    for (size_t i = 0; i < rounds; i++) {
        size_t size = model_->size, near = size < 4096 ? size : 4096;
        memcpy(copy, model_->data, size);
        if (i % 3 == 0) flip(copy, i % 2 ? size : near, 1 + random_below(4));
        if (i % 3 == 1) splice(copy, i % 2 ? size : near);
        if (i % 3 == 2) size = random_below(size);
        bool fine = survives(copy, size);
        CHECK(fine);
        if (!fine) printf("  round %zu\n", i);
    }
    free(copy);
}

static bytes with(bytes node_, bytes attr) {
    put_message(&node_, 5, attr);
    return node_;
}

// A bit of everything: initializers of several kinds, a body, a function, a sparse tensor, a constant.
static bytes sample(void) {
    static const float w[] = {1, 2, 3, 4};
    static const int64_t shape[] = {-1, 2}, index[] = {1};
    bytes g = {0}, then = {0}, otherwise = {0}, f = {0}, sparse = {0};
    put_message(&then, 1, node("Neg", "m", "t"));
    put_message(&then, 12, value("t", TN_F32, NULL));
    put_message(&otherwise, 1, node("Transpose", "m", "e"));
    put_message(&otherwise, 12, value("e", TN_F32, NULL));
    put_message(&g, 11, value("x", TN_F32, "N 2"));
    put_message(&g, 11, value("c", TN_BOOL, ""));
    put_message(&g, 1, node("MatMul", "x w", "m"));
    put_message(&g, 1,
                with(with(node("If", "c", "b"), attr_message("then_branch", 6, 5, then)),
                     attr_message("else_branch", 6, 5, otherwise)));
    put_message(&g, 1, node("Reshape", "b s", "r"));
    put_message(&g, 1, with(node("Softmax", "r", "q"), attr_int("axis", 1)));
    put_message(&g, 1, node("Shape", "q", "d"));
    bytes call = with(node("Own", "q", "o"), attr_float("slope", 0.5f));
    put_text(&call, 7, "own");
    put_message(&g, 1, call);
    put_message(&g, 1, node("Add", "o z", "y"));
    put_message(&g, 12, value("y", TN_F32, "_ 2"));
    put_message(&g, 12, value("d", TN_I64, "2"));
    put_message(&g, 13, value("m", TN_F32, "N 2"));
    put_message(&g, 5, tensor_raw("w", TN_F32, "2 2", w, sizeof w));
    put_message(&g, 5, tensor_raw("s", TN_I64, "2", shape, sizeof shape));
    put_message(&sparse, 1, tensor_raw("z", TN_F32, "1", w, 4));
    put_message(&sparse, 2, tensor_raw("", TN_I64, "1", index, sizeof index));
    put_int(&sparse, 3, 2);
    put_message(&g, 15, sparse);
    put_text(&f, 1, "Own");
    put_text(&f, 4, "a");
    put_text(&f, 5, "r");
    put_message(&f, 7, with(node("LeakyRelu", "a", "r"), attr_ref("alpha", "slope", 1)));
    put_message(&f, 9, opset("", 17));
    put_text(&f, 10, "own");
    bytes m = model(g, 17);
    put_message(&m, 25, f);
    put_message(&m, 8, opset("own", 1));
    return m;
}

static void the_sample_is_whole(void) {
    bytes m = sample();
    tn_env *env;
    tn_graph *g = NULL;
    if (tn_env_new(&env, NULL) != TN_OK) return;
    CHECK(tni_import_memory(&g, env, m.data, m.size, "sample", NULL, NULL, NULL) == TN_OK);
    tn_graph_free(g);
    tn_env_free(env);
    free(m.data);
}

static void every_truncation(void) {
    bytes m = sample();
    for (size_t size = 0; size < m.size; size++) CHECK(survives(m.data, size));
    free(m.data);
}

static void every_flipped_bit(void) {
    bytes m = sample();
    for (size_t bit = 0; bit < m.size * 8; bit++) {
        m.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        bool fine = survives(m.data, m.size);
        CHECK(fine);
        if (!fine) printf("  bit %zu\n", bit);
        m.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    free(m.data);
}

static void random_damage(void) {
    bytes m = sample();
    mutate(&m, 6000);
    free(m.data);
}

static bytes read_file(const char *path) {
    static unsigned char block[65536];
    bytes b = {0};
    FILE *f = fopen(path, "rb");
    for (size_t n; f && (n = fread(block, 1, sizeof block, f)) > 0;) put(&b, block, n);
    if (f) fclose(f);
    return b;
}

int main(int argc, char **argv) {
    RUN(the_sample_is_whole);
    RUN(every_truncation);
    RUN(every_flipped_bit);
    RUN(random_damage);
    for (int i = 1; i < argc; i++) {
        bytes m = read_file(argv[i]);
        check_bad = 0;
        if (m.size) mutate(&m, 30);
        check_bad ? check_failed++ : check_passed++;
        if (check_bad) printf("FAILED %s\n", argv[i]);
        free(m.data);
    }
    return DONE();
}
