// SPDX-License-Identifier: Apache-2.0
// import_tensors.c - tensors of ONNX models: their fields, sparse ones, and data in files beside the model.
#define _DEFAULT_SOURCE // mkdtemp, symlink
#include "import_model.h"

#include <unistd.h>

// ---- in the model

// The initializer `t` as the model's constant w.
static const tn_tensor *constant(bytes t) {
    bytes g = AROUND(node("Relu", "x", "y"));
    put_message(&g, 5, t);
    return load(model(g, 25)) == TN_OK ? tni_constant(tni_value_find(graph, "w")) : NULL;
}

static bytes ints32(const char *dims, int64_t dtype, const int64_t *v, size_t n) {
    bytes b = tensor("w", dtype, dims), packed = {0};
    for (size_t i = 0; i < n; i++) put_varint(&packed, (uint64_t)v[i]);
    put_message(&b, 5, packed);
    return b;
}

static void typed_fields(void) {
    const tn_tensor *t = constant(ints32("2", TN_F16, (int64_t[]){0x3c00, 0xc000}, 2));
    CHECK(t && tni_get(t, 0) == 1 && tni_get(t, 1) == -2);
    t = constant(ints32("3", TN_I4, (int64_t[]){0x71, 0x0f}, 2));
    CHECK(t && tni_get_int(t, 0) == 1 && tni_get_int(t, 1) == 7 && tni_get_int(t, 2) == -1);
    t = constant(ints32("5", TN_U2, (int64_t[]){0xe4, 2}, 2));
    CHECK(t && tni_get_int(t, 1) == 1 && tni_get_int(t, 3) == 3 && tni_get_int(t, 4) == 2);
    t = constant(ints32("2", TN_BOOL, (int64_t[]){2, 0}, 2));
    CHECK(t && ((const unsigned char *)t->data)[0] == 1);
    t = constant(ints32("2", TN_I8, (int64_t[]){-3, 4}, 2));
    CHECK(t && tni_get_int(t, 0) == -3);
    bytes b = tensor("w", TN_F32, "2");
    put_float(&b, 4, 1);
    put_float(&b, 4, 2); // not packed
    t = constant(b);
    CHECK(t && tni_get(t, 1) == 2);
    b = tensor("w", TN_STRING, "2");
    put_text(&b, 6, "ab");
    put_text(&b, 6, "");
    t = constant(b);
    CHECK(t && ((const tn_str *)t->data)[0].size == 2 && ((const tn_str *)t->data)[1].size == 0);
}

// Weights are not touched when a model is read; those that lie unaligned are copied when somebody needs them.
static void large_weights_stay_in_the_file(void) {
    enum { SIZE = 1 << 20 };
    unsigned char *data = calloc(1, SIZE);
    bool moved = false;
    memcpy(data + SIZE - 4, two_floats, 4);
    for (size_t shift = 1; shift <= 4; shift++) { // one of four names puts the data at an odd place
        bytes g = {0};
        put_bytes(&g, 2, "name", shift);
        put_message(&g, 5, tensor_raw("w", TN_F32, "262144", data, SIZE));
        input(&g, "x", "N 262144");
        add(&g, node("Add", "x w", "y"));
        output(&g, "y");
        size_t before = tn_env_bytes(env);
        CHECK(load(model(g, 17)) == TN_OK);
        const tn_tensor *w = tni_constant(tni_value_find(graph, "w"));
        CHECK(tn_env_bytes(env) < before + SIZE);
        CHECK(w && (unsigned char *)w->data > file.data && (unsigned char *)w->data < file.data + file.size);
        bool odd = w && (uintptr_t)w->data % 4 != 0;
        CHECK(tni_graph_align(graph) == TN_OK);
        w = tni_constant(tni_value_find(graph, "w"));
        CHECK(w && (uintptr_t)w->data % 4 == 0 && tni_get(w, 262143) == 0.5);
        moved = moved || odd;
    }
    CHECK(moved);
    free(data);
}

static void sizes_that_lie_cost_nothing(void) {
    size_t before = tn_env_peak_bytes(env);
    CHECK(!constant(tensor("w", TN_F32, "1000000000 1000")));
    CHECK(strstr(complaints(), "need 1000000000000 values, but the file holds 0"));
    CHECK(!constant(tensor_raw("w", TN_F32, "3", two_floats, sizeof two_floats)));
    CHECK(strstr(complaints(), "tensor 'w': its shape and type f32 need 12 bytes, but the file holds 8"));
    CHECK(!constant(tensor_raw("w", TN_F32, "-1", two_floats, sizeof two_floats)));
    CHECK(!constant(tensor_raw("w", 77, "2", two_floats, sizeof two_floats)));
    CHECK(!constant(tensor("w", TN_F32, "1 1 1 1 1 1 1 1 1 1 1 1 1")));
    CHECK(!constant(tensor("w", TN_F32, "9223372036854775807 4")));
    CHECK(tn_env_peak_bytes(env) < before + (1 << 20));
}

static void sparse_initializers_become_dense(void) {
    const int64_t index[] = {1, 0}, outside[] = {1, 9};
    for (int i = 0; i < 2; i++) {
        bytes sparse = {0}, g = AROUND(node("Relu", "x", "y"));
        put_message(&sparse, 1, tensor_raw("w", TN_F32, "1", two_floats, 4));
        put_message(&sparse, 2, tensor_raw("", TN_I64, "1 2", i ? outside : index, 16));
        put_int(&sparse, 3, 2);
        put_int(&sparse, 3, 3);
        put_message(&g, 15, sparse);
        tn_status status = load(model(g, 17));
        const tn_tensor *t = status == TN_OK ? tni_constant(tni_value_find(graph, "w")) : NULL;
        CHECK(i ? status == TN_FORMAT : t && tni_get(t, 3) == 0.5 && tni_get(t, 0) == 0);
    }
}

// ---- external data

static char folder[] = "/tmp/tenon-import-XXXXXX";

static void write_file(const char *name, const void *data, size_t size) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, size, f) == size);
    if (f) fclose(f);
}

static tn_status load_external(const char *location, const char *offset, const char *length, bool follow) {
    bytes t = tensor("w", TN_F32, "2"), g = AROUND(node("Add", "x w", "y"));
    put_message(&t, 13, pair("location", location));
    put_message(&t, 13, pair("offset", offset));
    if (length) put_message(&t, 13, pair("length", length));
    put_int(&t, 14, 1);
    put_message(&g, 5, t);
    bytes m = model(g, 17);
    char path[256];
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    write_file("model.onnx", m.data, m.size);
    free(m.data);
    forget();
    return tni_import_file(&graph, env, path, &(tn_load_options){.follow_external = follow}, diags);
}

static void external_data(void) {
    unsigned char weights[16] = {0};
    memcpy(weights + 5, two_floats, 8); // not aligned
    CHECK(mkdtemp(folder) != NULL);
    char link[256], path[256];
    snprintf(link, sizeof link, "%s/link", folder);
    write_file("weights", weights, sizeof weights);
    CHECK(load_external("weights", "5", "8", false) == TN_OK);
    CHECK(graph && tni_get(tni_constant(tni_value_find(graph, "w")), 1) == 2);
    CHECK(load_external("weights", "5", NULL, false) == TN_OK);
    CHECK(load_external("weights", "9", "8", false) == TN_FORMAT);
    CHECK(load_external("weights", "18446744073709551615", "8", false) == TN_FORMAT);
    CHECK(load_external("weights", "five", "8", false) == TN_FORMAT);
    CHECK(load_external("weights", "5", "4", false) == TN_FORMAT);
    CHECK(load_external("nowhere", "0", "8", false) == TN_IO);
    CHECK(load_external("../weights", "0", "8", false) == TN_INVALID);
    CHECK(load_external("/etc/passwd", "0", "8", false) == TN_INVALID);
    CHECK(!symlink("weights", link));
    CHECK(load_external("link", "5", "8", false) == TN_INVALID);
    CHECK(strstr(complaints(),
                 "tensor 'w': external data 'link' refused: the path goes through a symbolic link"));
    CHECK(load_external("link", "5", "8", true) == TN_OK);
    forget();
    static const char *const made[] = {"model.onnx", "weights", "link"};
    for (size_t i = 0; i < 3; i++) snprintf(path, sizeof path, "%s/%s", folder, made[i]), unlink(path);
    CHECK(!rmdir(folder));
}

int main(void) {
    if (!import_begin()) return 2;
    RUN(typed_fields);
    RUN(large_weights_stay_in_the_file);
    RUN(sizes_that_lie_cost_nothing);
    RUN(sparse_initializers_become_dense);
    RUN(external_data);
    return import_end();
}
