// SPDX-License-Identifier: Apache-2.0
// pt2_damage.c - damaged .pt2 files: every truncation and every byte changed of a small one whose members are
// not packed (program, table of weights, payloads, pickle of examples) ends in a graph or in an error that
// says why.
#include "check.h"

#include "base/file.h"
#include "import/import.h"

#include <stdlib.h>
#include <string.h>

static tni_file file;

// A graph that the verifier accepts, or an error with a message; nothing is left behind.
static bool survives(const unsigned char *data, size_t size) {
    tn_env *env;
    tn_diags *diags;
    tn_graph *g = NULL;
    if (tn_env_new(&env, &(tn_env_options){.max_bytes = 64 << 20}) != TN_OK) return false;
    if (tn_diags_new(&diags, env) != TN_OK) return false;
    tn_status status = tni_import_memory(&g, env, data, size, "damaged.pt2", NULL, NULL, diags);
    bool told = status == TN_OK || status == TN_NOMEM || tni_diags_errors(diags) > 0;
    bool fine = (status == TN_OK) == (g != NULL) && told && (!g || tni_verify(g, diags) == TN_OK);
    for (size_t i = 0; fine && g && i < tn_graph_input_count(g); i++) {
        const tn_tensor *sample = tn_graph_sample(g, i);
        for (int64_t k = 0; sample && k < tn_tensor_count(sample); k++) (void)tn_tensor_get(sample, k);
    }
    tn_graph_free(g);
    tn_diags_free(diags);
    fine &= tn_env_bytes(env) == 0;
    tn_env_free(env);
    return fine;
}

static void every_truncation_is_dealt_with(void) {
    CHECK(survives(file.data, file.size));
    for (size_t size = 0; size < file.size; size++) {
        unsigned char *copy =
            malloc(size + 1); // of its own size, so that a sanitizer sees what is read behind it
        if (!copy) abort();
        memcpy(copy, file.data, size);
        bool fine = survives(copy, size);
        CHECK(fine);
        if (!fine) printf("  cut at %zu\n", size);
        free(copy);
    }
}

// One bit, all bits, and what digits, braces and names become when they are exchanged.
static void every_changed_byte_is_dealt_with(void) {
    static const unsigned char change[] = {0x01, 0x80, 0xff, 0x04};
    unsigned char *copy = malloc(file.size);
    if (!copy) abort();
    memcpy(copy, file.data, file.size);
    for (size_t i = 0; i < file.size; i++) {
        unsigned char was = copy[i];
        copy[i] ^= change[i % sizeof change];
        bool fine = survives(copy, file.size);
        CHECK(fine);
        if (!fine) printf("  byte %zu changed\n", i);
        copy[i] = was;
    }
    free(copy);
}

int main(int argc, char **argv) {
    if (!strstr(tn_features(), "json")) return printf("this build does not read .pt2\n"), 0;
    const char *path = argc > 1 ? argv[1] : "test/cli/data/sample.pt2";
    if (tni_file_map(&file, path, NULL) != TN_OK) return 1;
    RUN(every_truncation_is_dealt_with);
    RUN(every_changed_byte_is_dealt_with);
    tni_file_close(&file);
    return DONE();
}
