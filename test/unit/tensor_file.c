// SPDX-License-Identifier: Apache-2.0
// tensor_file.c - values from .npy, .npz, .pb and raw files.
#define _DEFAULT_SOURCE
#include "check.h"

#include "export/npy.h"
#include "import/import.h"
#include "onnx_writer.h"

#include <unistd.h>

static tn_env *env;
static tn_diags *diags;
static tni_arena arena;
static char folder[] = "/tmp/tenon-tensor-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *written(const char *name, const void *data, size_t size) {
    const char *path = in_folder(name);
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, size, f) == size);
    if (f) fclose(f);
    return path;
}

static const tn_tensor *load(const char *path, const tn_tensor_format *format) {
    tn_tensor *t = NULL;
    tn_diags_clear(diags);
    return tni_tensor_file_load(&t, &arena, path, format, diags) == TN_OK ? t : NULL;
}

static const char *complaint(void) {
    return tn_diags_count(diags) ? tn_diags_get(diags, 0)->message : "(nothing)";
}

// A .npy file of version `version` around a header's dictionary and data.
static bytes npy(int version, const char *dictionary, const void *data, size_t size) {
    bytes b = {0};
    size_t n = strlen(dictionary);
    unsigned char head[12] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0, (unsigned char)n,
                              0,    0,   0};
    put(&b, head, version == 1 ? 10 : 12);
    put(&b, dictionary, n);
    put(&b, data, size);
    return b;
}

static const tn_tensor *load_npy(int version, const char *dictionary, const void *data, size_t size) {
    bytes b = npy(version, dictionary, data, size);
    const tn_tensor *t = load(written("a.npy", b.data, b.size), NULL);
    free(b.data);
    return t;
}

static void every_version_of_npy(void) {
    const float data[] = {1, 2, 3, 4, 5, 6};
    for (int version = 1; version <= 3; version++) {
        const tn_tensor *t = load_npy(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                                      data, sizeof data);
        CHECK(t && t->dtype == TN_F32 && t->rank == 2 && t->dim[0] == 2 && t->dim[1] == 3 &&
              tni_get(t, 5) == 6);
    }
}

static void fortran_order_becomes_row_major(void) {
    const int16_t data[] = {1, 2, 3, 4, 5, 6}; // [2,3] column by column
    const double want[] = {1, 3, 5, 2, 4, 6};
    const tn_tensor *t =
        load_npy(1, "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", data, sizeof data);
    for (int i = 0; t && i < 6; i++) CHECK(tni_get(t, i) == want[i]);
    CHECK(t != NULL);
}

static void big_endian_is_swapped(void) {
    const tn_tensor *t =
        load_npy(1, "{'descr': '>i4', 'fortran_order': False, 'shape': (1,), }", "\0\0\1\2", 4);
    CHECK(t && tni_get_int(t, 0) == 0x102);
}

static void half_bool_bfloat_and_scalars(void) {
    const tn_tensor *t = load_npy(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (), }", "\0\x3c", 2);
    CHECK(t && t->rank == 0 && t->dtype == TN_F16 && tni_get(t, 0) == 1);
    t = load_npy(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\0\7", 2);
    CHECK(t && t->dtype == TN_BOOL && ((const unsigned char *)t->data)[1] == 1);
    t = load_npy(1, "{'descr': '|V2', 'fortran_order': False, 'shape': (1,), }", "\x80\x3f", 2);
    CHECK(t && t->dtype == TN_BF16 && tni_get(t, 0) == 1);
}

static void lying_npy_is_refused(void) {
    CHECK(!load_npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }", "abcd", 4));
    CHECK(strstr(complaint(), "shorter than its shape says"));
    CHECK(!load_npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999,), }", "abcd",
                    4));
    CHECK(!load_npy(1, "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "abcd", 4));
    CHECK(strstr(complaint(), "none of a tensor's"));
    CHECK(!load_npy(1, "{'descr': '<f4'", "", 0));
    CHECK(!load_npy(9, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "abcd", 4));
}

static void what_is_saved_loads_again(void) {
    static const tn_dtype types[] = {TN_F32, TN_F64, TN_F16, TN_BF16, TN_I8, TN_I64, TN_U16, TN_BOOL, TN_C64};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        tn_tensor *t = tni_tensor_new(&arena, types[i], 2, (int64_t[]){2, 3});
        if (types[i] != TN_C64)
            for (int k = 0; k < 6; k++) tni_set(t, k, k);
        const char *path = in_folder("saved.npy");
        CHECK(tni_npy_write(t, env, path, diags) == TN_OK);
        const tn_tensor *again = load(path, NULL);
        CHECK(again && tni_tensor_equal(again, t));
    }
}

// A zip archive of one stored member.
static bytes zip(const char *name, bytes member, size_t claimed) {
    unsigned char local[30] = {'P', 'K', 3, 4}, entry[46] = {'P', 'K', 1, 2}, end[22] = {'P', 'K', 5, 6};
    size_t n = strlen(name), directory = 30 + n + member.size;
    local[26] = entry[28] = (unsigned char)n;
    entry[20] = entry[24] = (unsigned char)claimed;
    entry[21] = entry[25] = (unsigned char)(claimed >> 8);
    end[8] = end[10] = 1;
    end[12] = (unsigned char)(46 + n);
    end[16] = (unsigned char)directory;
    end[17] = (unsigned char)(directory >> 8);
    bytes b = {0};
    put(&b, local, sizeof local);
    put(&b, name, n);
    put(&b, member.data, member.size);
    put(&b, entry, sizeof entry);
    put(&b, name, n);
    put(&b, end, sizeof end);
    return b;
}

static void members_of_npz(void) {
    const float data[] = {1, 2};
    bytes b = npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", data, sizeof data);
    bytes z = zip("first.npy", b, b.size), lying = zip("first.npy", b, 60000);
    char path[300];
    snprintf(path, sizeof path, "%s", written("a.npz", z.data, z.size));
    CHECK(load(path, NULL) != NULL);
    strcat(path, ":first");
    const tn_tensor *t = load(path, NULL);
    CHECK(t && tni_get(t, 1) == 2);
    strcat(path, "x");
    CHECK(!load(path, NULL) && strstr(complaint(), "has no member 'firstx'"));
    CHECK(!load(written("lying.npz", lying.data, lying.size), NULL));
    CHECK(strstr(complaint(), "out of range"));
    for (size_t cut = 4; cut < z.size; cut++) CHECK(!load(written("cut.npz", z.data, cut), NULL));
    free(z.data);
    free(lying.data);
    free(b.data);
}

static void protobuf_values(void) {
    const float data[] = {1, 2};
    bytes b = tensor_raw("t", TN_F32, "2", data, sizeof data), sequence = {0}, optional = {0};
    put_bytes(&sequence, 3, b.data, b.size);
    put_bytes(&sequence, 3, b.data, b.size);
    put_int(&optional, 2, 1);
    const tn_tensor *t = load(written("t.pb", b.data, b.size), NULL);
    CHECK(t && t->dtype == TN_F32 && tni_get(t, 1) == 2);
    t = load(written("s.pb", sequence.data, sequence.size), &(tn_tensor_format){.kind = TN_SEQUENCE});
    CHECK(t && t->kind == TN_SEQUENCE && t->nitems == 2 && tni_get(t->item[1], 0) == 1);
    t = load(written("o.pb", optional.data, optional.size), &(tn_tensor_format){.kind = TN_OPTIONAL});
    CHECK(t && t->kind == TN_OPTIONAL && !t->has_item);
    put_bytes(&optional, 3, b.data, b.size);
    t = load(written("o.pb", optional.data, optional.size), &(tn_tensor_format){.kind = TN_OPTIONAL});
    CHECK(t && t->has_item && tni_get(t->item[0], 1) == 2);
    for (size_t cut = 0; cut < b.size; cut++) load(written("cut.pb", b.data, cut), NULL);
    free(b.data);
    free(sequence.data);
    free(optional.data);
}

static void raw_needs_a_type(void) {
    const int32_t data[] = {5, 6};
    const int64_t two[] = {2}, three[] = {3};
    const char *path = written("a.bin", data, sizeof data);
    CHECK(!load(path, NULL) && strstr(complaint(), "the type must be known"));
    const tn_tensor *t = load(path, &(tn_tensor_format){.dtype = TN_I32, .rank = 1, .dims = two});
    CHECK(t && tni_get_int(t, 1) == 6);
    CHECK(!load(path, &(tn_tensor_format){.dtype = TN_I32, .rank = 1, .dims = three}));
    CHECK(strstr(complaint(), "it has 8 bytes, its type and shape need 12"));
}

int main(void) {
    if (!mkdtemp(folder) || tn_env_new(&env, &(tn_env_options){.max_bytes = 64 << 20}) != TN_OK) return 2;
    if (tn_diags_new(&diags, env) != TN_OK) return 2;
    tni_arena_init(&arena, env);
    RUN(every_version_of_npy);
    RUN(fortran_order_becomes_row_major);
    RUN(big_endian_is_swapped);
    RUN(half_bool_bfloat_and_scalars);
    RUN(lying_npy_is_refused);
    RUN(what_is_saved_loads_again);
    RUN(members_of_npz);
    RUN(protobuf_values);
    RUN(raw_needs_a_type);
    static const char *const made[] = {"a.npy", "saved.npy", "a.npz", "lying.npz", "cut.npz",
                                       "t.pb",  "s.pb",      "o.pb",  "cut.pb",    "a.bin"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) unlink(in_folder(made[i]));
    CHECK(!rmdir(folder));
    tni_arena_free(&arena);
    tn_diags_free(diags);
    CHECK(tn_env_bytes(env) == 0);
    tn_env_free(env);
    return DONE();
}
