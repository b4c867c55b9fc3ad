// SPDX-License-Identifier: Apache-2.0
// weights.c - one small network's weights in every format (scripts/make_weights_fixtures.py), what is written
// read back, and files that lie.
#define _DEFAULT_SOURCE
#include "check.h"

#include "import/weights.h"
#include "zip_writer.h"

#include <sys/stat.h>
#include <unistd.h>

static tn_env *env;
static tn_diags *diags;
static char folder[] = "/tmp/tenon-weights-XXXXXX";

static const char *fixture(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/test/data/weights/%s", TN_SOURCE_DIR, name);
    return path;
}

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

static tn_weights *opened(const char *path) {
    tn_weights *w = NULL;
    tn_diags_clear(diags);
    return tn_weights_open(&w, env, path, diags) == TN_OK ? w : NULL;
}

static const char *complaint(void) {
    return tn_diags_count(diags) ? tn_diags_get(diags, 0)->message : "(nothing)";
}

static const tn_tensor *weight(tn_weights *w, const char *name) {
    const tn_tensor *t = NULL;
    return w && tn_weights_tensor(w, name, &t, diags) == TN_OK ? t : NULL;
}

static bool is_mapped(const tn_weights *w, const tn_tensor *t) {
    for (size_t i = 0; t && i < w->files; i++) {
        const unsigned char *p = t->data;
        if (p >= w->file[i].data && p < w->file[i].data + w->file[i].size) return true;
    }
    return false;
}

// ---- formats

// All of `want` are in `got` under names with `prefix`, with the same types, shapes and bits.
static bool holds(tn_weights *got, const char *prefix, tn_weights *want) {
    bool fine = got != NULL;
    for (size_t i = 0; fine && i < tn_weights_count(want); i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", prefix, tn_weights_get(want, i)->name);
        const tn_tensor *a = weight(got, name), *b = weight(want, tn_weights_get(want, i)->name);
        fine = a && b && tni_tensor_equal(a, b);
        if (!fine) printf("  '%s' differs or is missing\n", name);
    }
    return fine;
}

static void every_format_holds_the_same_tensors(void) {
    static const struct {
        const char *file, *format, *prefix;
        size_t count; // 0: some more than the network's own
    } files[] = {{"state_dict.pth", "PyTorch", "", 9},
                 {"legacy.pth", "PyTorch (legacy)", "", 9},
                 {"module.pth", "PyTorch", "", 9},
                 {"script.pt", "TorchScript", "", 10}, // which has the buffer that is not persistent
                 {"checkpoint.pt", "PyTorch", "model.", 0},
                 {"checkpoint.pt", "PyTorch", "ema.state_dict.", 0},
                 {"exported.pt2", "pt2", "", 10},
                 {"exported_2_1.pt2", "pt2", "", 9},
                 {"compressed.npz", "npz", "", 9},
                 {"model.safetensors", "safetensors", "", 9},
                 {"sharded", "safetensors", "", 9},
                 {"sharded/model.safetensors.index.json", "safetensors", "", 9}};
    tn_weights *want = opened(fixture("expected.npz"));
    CHECK(want && tn_weights_count(want) == 9);
    for (size_t i = 0; want && i < sizeof files / sizeof *files; i++) {
        tn_weights *w = opened(fixture(files[i].file));
        CHECK(holds(w, files[i].prefix, want));
        CHECK(tn_diags_count(diags) == 0);
        if (w && files[i].count) CHECK(tn_weights_count(w) == files[i].count);
        if (w) CHECK_TEXT(tn_weights_format(w), files[i].format);
        tn_weights_free(w);
    }
    tn_weights_free(want);
}

static void wts_has_floats_and_no_shapes(void) {
    tn_weights *w = opened(fixture("model.wts")), *want = opened(fixture("expected.npz"));
    CHECK(w && tn_weights_count(w) == 9);
    for (size_t i = 0; w && want && i < tn_weights_count(want); i++) {
        const tn_tensor *a = weight(w, tn_weights_get(want, i)->name);
        const tn_tensor *b = weight(want, tn_weights_get(want, i)->name);
        CHECK(a && b && a->dtype == TN_F32 && a->rank == 1 && tn_count(a) == tn_count(b));
        for (int64_t k = 0; a && b && k < tn_count(b); k++) CHECK(tni_get(a, k) == tni_get(b, k));
    }
    tn_weights_free(w);
    tn_weights_free(want);
}

static void optimizer_state_has_numbers_for_names(void) {
    tn_weights *w = opened(fixture("checkpoint.pt"));
    const tn_tensor *step = weight(w, "optimizer.state.0.step");
    CHECK(step && step->dtype == TN_F32 && tni_get(step, 0) == 1);
    CHECK(w && tn_weights_find(w, "optimizer.state.5.exp_avg_sq") && !tn_weights_find(w, "epoch"));
    tn_weights_free(w);
}

static void every_type_and_view_of_pytorch(void) {
    static const struct {
        const char *name, *type;
        int rank;
        int64_t count, at;
        double number;
    } want[] = {
        {"bf16", "bf16", 1, 12, 11, 11}, {"f8", "f8e4m3fn", 1, 12, 7, 7}, {"half", "f16", 1, 12, 3, 3},
        {"flag", "bool", 1, 12, 6, 1},   {"long", "i64", 1, 12, 9, 9},    {"u16", "u16", 1, 12, 9, 9},
        {"row", "f32", 1, 4, 0, 4},      {"column", "f32", 1, 3, 2, 9},   {"expanded", "f32", 1, 5, 4, 0},
        {"scalar", "i64", 0, 1, 0, 7},   {"empty", "f32", 2, 0, -1, 0},   {"parameter", "f32", 1, 2, 1, 1},
        {"quantized", "u8", 1, 12, 1, 5}};
    tn_weights *w = opened(fixture("types.pth"));
    CHECK(tn_diags_count(diags) == 1 && strstr(complaint(), "left out: it is sparse"));
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const tn_tensor *t = weight(w, want[i].name);
        bool fine = t && !strcmp(tn_dtype_text(t->dtype), want[i].type) && t->rank == want[i].rank &&
                    tn_count(t) == want[i].count &&
                    (want[i].at < 0 || tni_get(t, want[i].at) == want[i].number);
        CHECK(fine);
        if (!fine) printf("  %s\n", want[i].name);
    }
    const tn_tensor *c = weight(w, "complex");
    CHECK(c && c->dtype == TN_C64 && ((const float *)c->data)[5] == 1 && ((const float *)c->data)[4] == 2);
    CHECK(is_mapped(w, weight(w, "row")) && is_mapped(w, weight(w, "bf16")));
    CHECK(!is_mapped(w, weight(w, "column")) && weight(w, "column") == weight(w, "column"));
    tn_weights_free(w);
}

// Conjugated and negated views lie in the file as what they are views of.
static void lazy_numbers_of_pytorch(void) {
    tn_weights *w = opened(fixture("lazy.pth"));
    const tn_tensor *c = weight(w, "conjugate"), *d = weight(w, "wide"), *i = weight(w, "imaginary");
    CHECK(c && c->dtype == TN_C64 && ((const float *)c->data)[4] == 2 && ((const float *)c->data)[5] == -3);
    CHECK(d && d->dtype == TN_C128 && d->dim[0] == 3); // turned: element [0,1] is 3 + 4i conjugated
    CHECK(d && ((const double *)d->data)[2] == 3 && ((const double *)d->data)[3] == -4);
    CHECK(i && i->dtype == TN_F32 && tni_get(i, 0) == -1 && tni_get(i, 5) == -6);
    tn_weights_free(w);
}

static void initializers_of_onnx(void) {
    const float data[] = {1, 2, 3};
    bytes t = tensor_raw("w", TN_F32, "3", data, sizeof data), graph = {0}, model = {0};
    put_message(&graph, 5, t);
    put_int(&model, 1, 8);
    put_message(&model, 7, graph);
    tn_weights *w = opened(written("m.onnx", model.data, model.size));
    const tn_tensor *got = weight(w, "w");
    CHECK(got && tni_get(got, 2) == 3 && !strcmp(tn_weights_format(w), "ONNX"));
    tn_weights_free(w);
    free(model.data);
}

static void a_file_of_holes_costs_nothing(void) {
    static const char header[] = "{\"big\":{\"dtype\":\"F16\",\"shape\":[3221225472],"
                                 "\"data_offsets\":[0,6442450944]}}";
    bytes b = {0};
    put_le(&b, 88, 8);
    put(&b, header, sizeof header - 1);
    while (b.size < 96) put(&b, " ", 1);
    const char *path = written("big.safetensors", b.data, b.size);
    CHECK(!truncate(path, (off_t)(b.size + 6442450944u)));
    tn_weights *w = opened(path);
    const tn_tensor *t = weight(w, "big");
    CHECK(t && is_mapped(w, t) && tni_get(t, 3221225471) == 0);
    CHECK(tn_env_bytes(env) < 1 << 20);
    tn_weights_free(w);
    unlink(path);
    free(b.data);
}

// ---- writing

static bool same_file(const char *a, const char *b) {
    tni_file x = {0}, y = {0};
    bool same = tni_file_map(&x, a, diags) == TN_OK && tni_file_map(&y, b, diags) == TN_OK &&
                x.size == y.size && !memcmp(x.data, y.data, x.size);
    tni_file_close(&x);
    tni_file_close(&y);
    return same;
}

static void what_is_written_reads_back_and_is_always_the_same(void) {
    static const char *const ends[] = {"safetensors", "npz"};
    for (size_t i = 0; i < 2; i++) {
        char first[300], second[300];
        snprintf(first, sizeof first, "%s/first.%s", folder, ends[i]);
        snprintf(second, sizeof second, "%s/second.%s", folder, ends[i]);
        tn_weights *w = opened(fixture("state_dict.pth")), *npz = opened(fixture("compressed.npz"));
        CHECK(w && tn_weights_save(w, first, diags) == TN_OK);
        CHECK(npz && tn_weights_save(npz, second, diags) == TN_OK); // another order
        CHECK(same_file(first, second));
        tn_weights *again = opened(first);
        CHECK(again && tn_weights_count(again) == 9 && holds(again, "", w));
        for (size_t k = 0; again && k < tn_weights_count(again); k++)
            CHECK(is_mapped(again, weight(again, tn_weights_get(again, k)->name)));
        tn_weights_free(again);
        tn_weights_free(w);
        tn_weights_free(npz);
    }
}

static void wts_is_written_as_tensorrtx_reads_it(void) {
    tn_weights *w = NULL;
    tn_tensor *a = NULL, *b = NULL;
    CHECK(tn_weights_new(&w, env) == TN_OK && tn_tensor_new(&a, env, TN_F32, 2, (int64_t[]){1, 2}) == TN_OK &&
          tn_tensor_new(&b, env, TN_I64, 0, NULL) == TN_OK);
    tn_tensor_set(a, 0, 1);
    tn_tensor_set(a, 1, -2.5);
    tn_tensor_set(b, 0, 3);
    CHECK(tn_weights_add(w, "z.weight", a) == TN_OK && tn_weights_add(w, "count", b) == TN_OK);
    const char *path = in_folder("a.wts");
    CHECK(tn_weights_save(w, path, diags) == TN_OK);
    tni_file f = {0};
    CHECK(tni_file_map(&f, path, diags) == TN_OK);
    static const char want[] = "2\ncount 1 40400000\nz.weight 2 3f800000 c0200000\n";
    CHECK(f.size == sizeof want - 1 && !memcmp(f.data, want, f.size));
    tni_file_close(&f);
    CHECK(tn_weights_add(w, "a name", b) == TN_OK);
    CHECK(tn_weights_save(w, path, diags) == TN_UNSUPPORTED && strstr(complaint(), "no blanks"));
    CHECK(tn_weights_save(w, "a.txt", diags) == TN_UNSUPPORTED);
    tn_weights *again = opened(path); // the old file is still there
    CHECK(again && tn_weights_count(again) == 2);
    tn_weights_free(again);
    tn_weights_free(w);
    tn_tensor_free(a);
    tn_tensor_free(b);
}

static void names_of_any_kind_survive_safetensors(void) {
    tn_weights *w = NULL;
    tn_tensor *a = NULL;
    CHECK(tn_weights_new(&w, env) == TN_OK && tn_tensor_new(&a, env, TN_F32, 0, NULL) == TN_OK);
    static const char name[] = "a \"quoted\" \\ \x01 name \xc3\xa9";
    CHECK(tn_weights_add(w, name, a) == TN_OK && tn_weights_add(w, "", a) == TN_INVALID);
    const char *path = in_folder("names.safetensors");
    CHECK(tn_weights_save(w, path, diags) == TN_OK);
    tn_weights *again = opened(path);
    CHECK(again && tn_weights_count(again) == 1 && tn_weights_find(again, name));
    tn_weights_free(again);
    tn_weights_free(w);
    tn_tensor_free(a);
}

// ---- lies

static const char *try_safetensors(const char *header, size_t data) {
    bytes b = {0};
    put_le(&b, strlen(header), 8);
    put(&b, header, strlen(header));
    for (size_t i = 0; i < data; i++) put(&b, "", 1);
    tn_weights *w = opened(written("lie.safetensors", b.data, b.size));
    free(b.data);
    tn_weights_free(w);
    return w ? "fine" : complaint();
}

static void safetensors_that_lie_are_refused(void) {
    CHECK_TEXT(try_safetensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2), "fine");
    CHECK_TEXT(try_safetensors("{}", 0), "fine");
    static const struct {
        const char *header, *want;
        size_t data;
    } lies[] = {
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
         "overlap", 3},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", "leave out", 3},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", "leave out", 3},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
         "no JSON", 2},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,4]}}", "do not fit", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "shape is malformed", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", "do not fit",
         0},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,9]}}", "out of range", 2},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,0]}}", "out of range", 2},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":2,\"data_offsets\":[0,2]}}", "malformed", 2},
        {"{\"a\":7}", "out of range", 2},
        {"{\"a\":[", "no JSON", 2},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        const char *got = try_safetensors(lies[i].header, lies[i].data);
        CHECK(strstr(got, lies[i].want));
        if (!strstr(got, lies[i].want)) printf("  case %zu: %s\n", i, got);
    }
    CHECK(!opened(written("cut.safetensors", "\xff\0\0\0\0\0\0\0{\"a", 11)));
    CHECK(strstr(complaint(), "truncated"));
}

static void an_index_leaves_its_folder_alone(void) {
    static const char index[] = "{\"weight_map\": {\"a\": \"../secret.safetensors\"}}";
    CHECK(!opened(written("model.safetensors.index.json", index, sizeof index - 1)));
    CHECK(strstr(complaint(), "another folder"));
    CHECK(!opened("/") && strstr(complaint(), "neither model.safetensors"));
    CHECK(!opened("/nowhere/at/all"));
}

static void wts_that_lie_are_refused(void) {
    static const char *const lies[] = {"2\na 1 3f800000\n", "1\na 3 3f800000\n", "1\na 1 3f800000\nb 1 0\n",
                                       "1\na 99999999999999999 3f800000\n"};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        CHECK(!opened(written("lie.wts", lies[i], strlen(lies[i]))));
    static const char bad[] = "1\na 2 3f800000 4xyz0000\n", loose[] = "1\n a  2  0  3F800000 \n\n";
    tn_weights *w = opened(written("bad.wts", bad, sizeof bad - 1));
    CHECK(w && !weight(w, "a") && strstr(complaint(), "hexadecimal"));
    tn_weights_free(w);
    w = opened(written("loose.wts", loose, sizeof loose - 1));
    CHECK(weight(w, "a") && tni_get(weight(w, "a"), 1) == 1);
    tn_weights_free(w);
}

// ---- hostile pickles: nothing runs, whatever they say

// A checkpoint whose pickle is `pickle` and whose storage "0" has 16 bytes.
static tn_weights *checkpoint(const void *pickle, size_t size) {
    zip_writer z = {0};
    zip_add(&z, "m/data.pkl", pickle, size);
    zip_add(&z, "m/data/0", "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40", 16);
    bytes b = zip_end(&z);
    tn_weights *w = opened(written("hostile.pth", b.data, b.size));
    free(b.data);
    return w;
}

// {"a": _rebuild_tensor_v2(("storage", FloatStorage, KEY, "cpu", 4), OFFSET, (SIZES), (STRIDES), ...)}
#define STORAGE(key)                                                                               \
    "\x80\2}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n" \
    "X\1\0\0\0" key "X\3\0\0\0cpuK\4tQ"
#define TENSOR(key, offset, sizes, strides) STORAGE(key) offset sizes strides "\x89}tRs."
#define CHECKPOINT(literal) checkpoint(literal, sizeof(literal) - 1)

static void tensors_beyond_their_storage_are_left_out(void) {
    tn_weights *w = CHECKPOINT(TENSOR("0", "K\1", "K\3\x85", "K\1\x85"));
    CHECK(weight(w, "a") && tni_get(weight(w, "a"), 2) == 4);
    tn_weights_free(w);
    static const struct {
        const char *pickle, *want;
        size_t size;
    } bad[] = {
#define BAD(pickle, want) {pickle, want, sizeof(pickle) - 1}
        BAD(TENSOR("0", "K\2", "K\3\x85", "K\1\x85"), "beyond its storage"),
        BAD(TENSOR("0", "K\0", "K\3\x85", "K\2\x85"), "beyond its storage"),
        BAD(TENSOR("0", "K\0", "\x8a\x08\0\0\0\0\0\0\0\x40\x85", "K\1\x85"), "too large"),
        BAD(TENSOR("0", "K\0", "K\2\x85", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"),
            "beyond its storage"),
        BAD(TENSOR("0", "K\0", "\x8a\5\0\0\0\0\1\x85", "K\0\x85"), "repeats its storage"),
        BAD(TENSOR("0", "J\xff\xff\xff\xff", "K\1\x85", "K\1\x85"), "negative"),
        BAD(TENSOR("0", "K\0", "J\xff\xff\xff\xff\x85", "K\1\x85"), "negative"),
        BAD(TENSOR("0", "K\0", "K\1\x85", ")"), "not those of a tensor"),
        BAD(TENSOR("0", "N", "K\1\x85", "K\1\x85"), "not those of a tensor"),
        BAD(TENSOR("9", "K\0", "K\1\x85", "K\1\x85"), "not in the file"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        w = checkpoint(bad[i].pickle, bad[i].size);
        CHECK(w && tn_weights_count(w) == 0 && strstr(complaint(), bad[i].want));
        if (!strstr(complaint(), bad[i].want)) printf("  case %zu: %s\n", i, complaint());
        tn_weights_free(w);
    }
}

static void attacks_in_a_checkpoint_are_refused(void) {
    char mark[256], pickle[512];
    snprintf(mark, sizeof mark, "%s", in_folder("executed"));
    int n = snprintf(pickle, sizeof pickle, "cos\nsystem\nX%c%c%c%ctouch %s\x85R.", (int)strlen(mark) + 6, 0,
                     0, 0, mark);
    size_t size = (size_t)n; // the text has NULs, which snprintf counts
    tn_weights *w = checkpoint(pickle, size);
    CHECK(!w && strstr(complaint(), "names 'os.system'") && access(mark, F_OK) != 0);
    w = CHECKPOINT("cbuiltins\neval\nX\x1c\0\0\0__import__('os').abort() or 0\x85R.");
    CHECK(!w && strstr(complaint(), "names 'builtins.eval'"));
    w = CHECKPOINT("cbuiltins\ngetattr\ncbuiltins\n__import__\nX\2\0\0\0os\x85RX\5\0\0\0abort\x86R)R.");
    CHECK(!w && strstr(complaint(), "names 'builtins.__import__'"));
    // An unknown name that is called where a tensor's maker should be, in all the places where one is looked
    // at.
    w = CHECKPOINT(
        "\x80\2}X\1\0\0\0actorch._tensor\n_rebuild_from_type_v2\n(cm\nabort\nctorch\nTensor\n)}tRs.");
    CHECK(w && tn_weights_count(w) == 0);
    tn_weights_free(w);
}

static void bombs_of_references_meet_a_limit(void) {
    bytes b = {0};
    put(&b, "]q\0", 3);
    for (int i = 1; i < 60; i++) { // each list holds the one before twice
        char level[] = {']', 'q', (char)i, '(', 'h', (char)(i - 1), 'h', (char)(i - 1), 'e'};
        put(&b, level, sizeof level);
    }
    put(&b, ".", 1);
    CHECK(!checkpoint(b.data, b.size) && strstr(complaint(), "too many ways"));
    free(b.data);
    b = (bytes){0};
    put(&b, "]", 1);
    for (int i = 0; i < 100000; i++) put(&b, "\x85", 1);
    put(&b, ".", 1);
    CHECK(!checkpoint(b.data, b.size) && strstr(complaint(), "nested too deeply"));
    free(b.data);
    tn_weights *w = CHECKPOINT("\x80\2]q\0h\0a."); // a list within itself
    CHECK(w && tn_weights_count(w) == 0);
    tn_weights_free(w);
}

static void other_files_are_named(void) {
    zip_writer z = {0};
    zip_add(&z, "word/document.xml", "<?xml?>", 7);
    bytes b = zip_end(&z);
    CHECK(!opened(written("a.zip", b.data, b.size)) && strstr(complaint(), "torch.save"));
    free(b.data);
    CHECK(!opened(written("empty", "", 0)) && strstr(complaint(), "empty"));
    CHECK(!opened(written("a.txt", "hello world", 11)) && strstr(complaint(), "no weight file"));
    char tar[512] = "";
    memcpy(tar + 257, "ustar", 5);
    CHECK(!opened(written("a.tar", tar, sizeof tar)) && strstr(complaint(), "0.1.10"));
}

// ---- damage and want of memory

static const char *const all[] = {"state_dict.pth", "legacy.pth",        "module.pth",     "script.pt",
                                  "checkpoint.pt",  "types.pth",         "compressed.npz", "expected.npz",
                                  "model.wts",      "model.safetensors", "exported.pt2",   "exported_2_1.pt2",
                                  "lazy.pth"};
enum { ALL = sizeof all / sizeof *all };

// Opens what is in memory and asks for every tensor.
static tn_status use(tn_env *e, tn_diags *d, const tni_file *f) {
    tn_weights *w = NULL;
    const tn_tensor *t;
    TN_TRY(tni_weights_new(&w, e, "m"));
    tn_status status = tni_weights_read(w, f, "m", d);
    for (size_t i = 0; status == TN_OK && i < tn_weights_count(w); i++)
        if (tn_weights_tensor(w, tn_weights_get(w, i)->name, &t, d) == TN_NOMEM) status = TN_NOMEM;
    tn_weights_free(w);
    return status;
}

static void damaged_files_are_survived(void) {
    uint64_t state = 88172645463325252u;
    for (size_t k = 0; k < ALL; k++) {
        tni_file f = {0};
        CHECK(tni_file_read(&f, env, fixture(all[k]), diags) == TN_OK);
        unsigned char *copy = malloc(f.size + 1);
        if (!copy) abort();
        for (int round = 0; round < 1500; round++) {
            memcpy(copy, f.data, f.size);
            for (int i = 0; i <= round % 3; i++) { // xorshift64 (Marsaglia, 2003)
                state ^= state << 13, state ^= state >> 7, state ^= state << 17;
                copy[(state >> 8) % f.size] ^= (unsigned char)(1u << state % 8);
            }
            size_t size = round % 5 ? f.size : (size_t)(state >> 20) % f.size;
            tn_diags_clear(diags);
            tn_status status = use(env, diags, &(tni_file){.data = copy, .size = size});
            CHECK(status == TN_OK || tn_diags_count(diags) > 0);
        }
        free(copy);
        tni_file_close(&f);
    }
}

typedef struct faults {
    long calls, fail_at;
} faults;

static void *faulty(void *user, void *block, size_t size) {
    faults *f = user;
    if (!size) return free(block), NULL;
    return ++f->calls == f->fail_at ? NULL : realloc(block, size);
}

static void every_allocation_may_fail(void) {
    for (size_t k = 0; k < ALL; k++) {
        tni_file f = {0};
        CHECK(tni_file_read(&f, env, fixture(all[k]), diags) == TN_OK);
        long total = 1;
        for (long at = 0; at <= total; at++) {
            faults injected = {.fail_at = at};
            tn_env *e = NULL;
            tn_diags *d = NULL;
            tn_status status = tn_env_new(&e, &(tn_env_options){.allocator = {faulty, &injected}});
            if (status == TN_OK) status = tn_diags_new(&d, e);
            if (status == TN_OK) status = use(e, d, &f);
            bool warned = at && status == TN_OK && !strcmp(all[k], "types.pth"); // it lost its warning
            CHECK(status == (at ? TN_NOMEM : TN_OK) || warned);
            if (!at) total = injected.calls;
            tn_diags_free(d);
            if (e) CHECK(tn_env_bytes(e) == 0);
            tn_env_free(e);
        }
        CHECK(total > 5);
        tni_file_close(&f);
    }
}

int main(void) {
    if (!mkdtemp(folder) || tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    RUN(wts_has_floats_and_no_shapes);
    RUN(optimizer_state_has_numbers_for_names);
    RUN(every_type_and_view_of_pytorch);
    RUN(lazy_numbers_of_pytorch);
    RUN(initializers_of_onnx);
    RUN(wts_is_written_as_tensorrtx_reads_it);
    RUN(wts_that_lie_are_refused);
    RUN(tensors_beyond_their_storage_are_left_out);
    RUN(attacks_in_a_checkpoint_are_refused);
    RUN(bombs_of_references_meet_a_limit);
    RUN(other_files_are_named);
    RUN(damaged_files_are_survived);
    if (strstr(tn_features(), "json")) { // safetensors is among their formats
        RUN(every_format_holds_the_same_tensors);
        RUN(a_file_of_holes_costs_nothing);
        RUN(what_is_written_reads_back_and_is_always_the_same);
        RUN(names_of_any_kind_survive_safetensors);
        RUN(safetensors_that_lie_are_refused);
        RUN(an_index_leaves_its_folder_alone);
        RUN(every_allocation_may_fail);
    } else {
        printf("  this build has no JSON: what needs safetensors is not run\n");
    }
    tn_diags_free(diags);
    tn_env_free(env);
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) || DONE();
}
