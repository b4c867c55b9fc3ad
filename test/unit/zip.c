// SPDX-License-Identifier: Apache-2.0
// zip.c - archives as PyTorch writes them, and what damaged or lying ones come to.
#include "check.h"

#include "import/zip.h"
#include "zip_writer.h"

static tn_env *env;
static tn_diags *diags;
static tni_arena arena;

static const char *complaint(void) {
    return tn_diags_count(diags) ? tn_diags_get(diags, 0)->message : "(nothing)";
}

static bytes example(void) {
    zip_writer z = {0};
    zip_add(&z, "model/data.pkl", "abc", 3);
    zip_add(&z, "model/data/0", "0123456789", 10);
    zip_add(&z, "model/data/1", "", 0);
    return zip_end(&z);
}

static tn_status open_index(tni_zip_index *x, const bytes *b) {
    tn_diags_clear(diags);
    return tni_zip_index_open(x, &arena, b->data, b->size, diags);
}

static void members_are_found_by_name_and_used_in_place(void) {
    bytes b = example();
    tni_zip_index x;
    tn_str got = {0};
    CHECK(tni_zip_is(b.data, b.size));
    CHECK(open_index(&x, &b) == TN_OK && x.count == 3 && tni_str_is(x.root, "model"));
    const tni_zip_member *m = tni_zip_find_in_root(&x, "data/0", 6);
    CHECK(m && m == tni_zip_find(&x, "model/data/0", 12) && !tni_zip_find(&x, "data/0", 6));
    CHECK(m && tni_zip_read(&x.zip, m, &arena, &got, diags) == TN_OK && tni_str_is(got, "0123456789"));
    CHECK((const unsigned char *)got.text > b.data && (const unsigned char *)got.text < b.data + b.size);
    CHECK(((const unsigned char *)got.text - b.data) % 64 == 0);
    m = tni_zip_find_in_root(&x, "data/1", 6);
    CHECK(m && tni_zip_read(&x.zip, m, &arena, &got, diags) == TN_OK && got.size == 0);
    tni_zip_index_free(&x);
    free(b.data);
}

static void the_beginning_of_a_deflated_member_can_be_had(void) {
    zip_writer z = {0};
    zip_add_packed(&z, "a", "\x4b\x4c\xc4\x04\x00", 5, 8, 20); // raw deflate of 20 times "a"
    bytes b = zip_end(&z);
    tni_zip_index x;
    char start[8] = "";
    size_t n = 0;
    CHECK(open_index(&x, &b) == TN_OK && x.root.size == 0);
    tn_status status = tni_zip_peek(&x.zip, &x.member[0], start, 6, &n, diags);
    if (strstr(tn_features(), "zlib"))
        CHECK(status == TN_OK && n == 6 && !memcmp(start, "aaaaaa", 7));
    else
        CHECK(status == TN_UNSUPPORTED && strstr(complaint(), "no zlib"));
    tni_zip_index_free(&x);
    free(b.data);
}

static void a_name_that_occurs_twice_is_refused(void) {
    zip_writer z = {0};
    zip_add(&z, "m/a", "1", 1);
    zip_add(&z, "m/a", "2", 1);
    bytes b = zip_end(&z);
    tni_zip_index x;
    CHECK(open_index(&x, &b) == TN_FORMAT && strstr(complaint(), "same name"));
    tni_zip_index_free(&x);
    free(b.data);
}

static void lies_about_sizes_and_places_are_refused(void) {
    zip_writer z = {0};
    zip_add_packed(&z, "two", "12345678", 8, 0, 9);
    zip_add(&z, "far", "1", 1);
    zip_add_packed(&z, "lzma", "1", 1, 14, 1);
    zip_add_packed(&z, "bomb", "\x03\x00", 2, 8, 1000000000);
    for (size_t at = 49 + 20; at < 49 + 28; at++) z.directory.data[at] = 0x7f; // both sizes of "far"
    bytes b = zip_end(&z);
    static const char *const want[] = {"two sizes", "out of range", "other than deflate", "impossible"};
    tni_zip_index x;
    tn_str got;
    CHECK(open_index(&x, &b) == TN_OK && x.count == 4);
    for (size_t i = 0; i < x.count; i++) {
        tn_diags_clear(diags);
        CHECK(tni_zip_read(&x.zip, &x.member[i], &arena, &got, diags) != TN_OK);
        CHECK(strstr(complaint(), want[i]));
    }
    tni_zip_index_free(&x);
    free(b.data);
}

static void cut_and_damaged_archives_never_crash(void) {
    bytes b = example();
    tni_zip_index x;
    tn_str got;
    for (size_t cut = 0; cut < b.size; cut++) {
        bytes part = {b.data, cut};
        CHECK(open_index(&x, &part) != TN_OK);
        tni_zip_index_free(&x);
    }
    for (size_t at = 0; at < b.size; at++) {
        unsigned char was = b.data[at];
        for (int bit = 0; bit < 8; bit++) {
            b.data[at] = (unsigned char)(was ^ 1 << bit);
            if (open_index(&x, &b) == TN_OK)
                for (size_t i = 0; i < x.count; i++)
                    if (tni_zip_read(&x.zip, &x.member[i], &arena, &got, diags) == TN_OK)
                        CHECK(got.size <= b.size);
            tni_zip_index_free(&x);
        }
        b.data[at] = was;
        tni_arena_reset(&arena, (tni_mark){0});
    }
    free(b.data);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    tni_arena_init(&arena, env);
    RUN(members_are_found_by_name_and_used_in_place);
    RUN(the_beginning_of_a_deflated_member_can_be_had);
    RUN(a_name_that_occurs_twice_is_refused);
    RUN(lies_about_sizes_and_places_are_refused);
    RUN(cut_and_damaged_archives_never_crash);
    tni_arena_free(&arena);
    tn_diags_free(diags);
    CHECK(tn_env_bytes(env) == 0);
    tn_env_free(env);
    return DONE();
}
