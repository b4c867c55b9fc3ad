// SPDX-License-Identifier: Apache-2.0
// archive.c - what lies where in a .pt2 file. PyTorch has written three layouts:
//
//     A (2.1 to 2.7)   serialized_exported_program.json, serialized_state_dict.pt... beside each other
//     B                <root>/models/<model>.json, <root>/data/weights/<model>.pt
//     C                the same with one raw payload a storage and <model>_weights_config.json
//
// <root> is whatever the first part of the path is. Members of B and C are looked up below it.
#include "import/pt2/pt2.h"

#include <string.h>

static const char old_program[] = "serialized_exported_program.json";

// "m" of "m/archive_format"; size 0 for layout A. False: neither.
static bool find_root(const tni_zip *z, tn_str *root) {
    static const char mark[] = "/archive_format";
    size_t at = z->directory;
    tni_zip_member m;
    for (size_t i = 0; i < z->count && tni_zip_next(z, &at, &m); i++) {
        size_t n = sizeof mark - 1;
        if (tni_str_is(m.name, old_program)) return *root = (tn_str){"", 0}, true;
        if (m.name.size <= n || memcmp(m.name.text + m.name.size - n, mark, n)) continue;
        *root = (tn_str){m.name.text, m.name.size - n};
        if (!memchr(root->text, '/', root->size)) return true;
    }
    return false;
}

bool tni_pt2_is(const void *data, size_t size) {
    tni_zip z;
    tn_str root;
    return size > 4 && !memcmp(data, "PK\3\4", 4) && tni_zip_open(&z, data, size, NULL) == TN_OK &&
           find_root(&z, &root);
}

static tn_status index_members(tni_pt2 *x) {
    tn_str root;
    size_t at = x->zip.directory, i = 0;
    if (!find_root(&x->zip, &root)) return TN_INTERNAL; // tni_pt2_is said otherwise
    size_t skip = root.size ? root.size + 1 : 0;
    for (tni_zip_member m; i < x->zip.count && tni_zip_next(&x->zip, &at, &m); i++) {
        if (m.name.size <= skip || memcmp(m.name.text, root.text, root.size)) continue;
        tni_zip_member *keep = tni_arena_copy(&x->scratch, &m, sizeof m);
        if (!keep || !tni_map_set(&x->members, m.name.text + skip, m.name.size - skip, keep)) return TN_NOMEM;
    }
    if (i == x->zip.count) return TN_OK;
    return tni_pt2_error(x, NULL, TN_FORMAT, "was it copied completely?",
                         "the zip archive's directory is damaged at entry %zu of %zu", i, x->zip.count);
}

const tni_zip_member *tni_pt2_member(const tni_pt2 *x, const char *name) {
    return tni_map_get(&x->members, name, strlen(name));
}

// The member's text; an archive without it is told of.
static tn_status read_json(tni_pt2 *x, const char *name, json_t **to) {
    const tni_zip_member *m = tni_pt2_member(x, name);
    tn_str text;
    if (!m)
        return tni_pt2_error(x, NULL, TN_FORMAT, "was it copied completely?", "the archive has no '%s'",
                             name);
    TN_TRY(tni_zip_read(&x->zip, m, &x->scratch, &text, x->diags));
    return tni_json_parse(to, x->env, text, name, x->diags);
}

// The table of payloads, under either of its names. Absent: no such tensors.
static tn_status read_config(tni_pt2 *x, const char *folder, const char *model, const char *name,
                             const char *older, json_t **to) {
    const char *path = tni_arena_printf(&x->scratch, "%s/%s_%s.json", folder, model, name);
    if (path && !tni_pt2_member(x, path))
        path = tni_arena_printf(&x->scratch, "%s/%s_%s.json", folder, model, older);
    if (!path) return TN_NOMEM;
    return tni_pt2_member(x, path) ? read_json(x, path, to) : TN_OK;
}

// The name of the only model, or of the one called "model".
static tn_status find_model(tni_pt2 *x, const char **model) {
    static const char folder[] = "models/", ending[] = ".json";
    tn_str root;
    size_t at = x->zip.directory;
    *model = NULL;
    if (!find_root(&x->zip, &root)) return TN_INTERNAL;
    for (tni_zip_member m; tni_zip_next(&x->zip, &at, &m);) {
        tn_str s = {m.name.text + root.size + 1, m.name.size - root.size - 1};
        size_t skip = sizeof folder - 1, end = sizeof ending - 1;
        if (m.name.size <= root.size + 1 + skip + end || memcmp(s.text, folder, skip) ||
            memcmp(s.text + s.size - end, ending, end))
            continue;
        char *name = tni_arena_text(&x->scratch, s.text + skip, s.size - skip - end);
        if (!name) return TN_NOMEM;
        if (!*model || !strcmp(name, "model")) *model = name;
    }
    if (*model) return TN_OK;
    return tni_pt2_error(x, NULL, TN_FORMAT,
                         "archives of AOTInductor hold compiled code only: save with torch.export.save",
                         "the archive holds no exported program");
}

static tn_status check_order(tni_pt2 *x) {
    const tni_zip_member *m = tni_pt2_member(x, "byteorder");
    tn_str text = {"", 0};
    if (m) TN_TRY(tni_zip_read(&x->zip, m, &x->scratch, &text, x->diags));
    if (text.size < 3 || memcmp(text.text, "big", 3)) return TN_OK;
    return tni_pt2_error(x, NULL, TN_UNSUPPORTED, "export it on a little-endian machine",
                         "the weights are big-endian");
}

enum { OLDEST = 5, NEWEST = 8 }; // what differs between them is read as it comes

static tn_status check_schema(tni_pt2 *x) {
    const json_t *version = json_object_get(x->program, "schema_version");
    int64_t major = json_integer_value(json_object_get(version, "major"));
    if (major >= OLDEST && major <= NEWEST) return TN_OK;
    return tni_pt2_error(x, NULL, TN_UNSUPPORTED, "export it with a release of PyTorch from 2.4 on",
                         "the program has schema version %lld; %d to %d can be read", (long long)major,
                         OLDEST, NEWEST);
}

// Layout A. Early files call what torch.save wrote ".json" as well.
static tn_status open_flat(tni_pt2 *x) {
    static const char *const saved[] = {"serialized_state_dict.pt", "serialized_state_dict.json",
                                        "serialized_constants.pt", "serialized_constants.json"};
    TN_TRY(read_json(x, old_program, &x->program));
    TN_TRY(check_schema(x));
    x->samples = "serialized_example_inputs.pt";
    for (size_t i = 0; i < sizeof saved / sizeof *saved; i++) TN_TRY(tni_pt2_read_saved(x, saved[i]));
    return TN_OK;
}

// Layout B: one file of torch.save for all weights, one for all constants.
static tn_status read_saved(tni_pt2 *x, const char *folder, const char *model) {
    const char *path = tni_arena_printf(&x->scratch, "%s/%s.pt", folder, model);
    return path ? tni_pt2_read_saved(x, path) : TN_NOMEM;
}

tn_status tni_pt2_open(tni_pt2 *x, const void *data, size_t size) {
    const char *model;
    TN_TRY(tni_zip_open(&x->zip, data, size, x->diags));
    TN_TRY(index_members(x));
    if (tni_pt2_member(x, old_program)) return open_flat(x);
    TN_TRY(check_order(x));
    TN_TRY(find_model(x, &model));
    const char *program = tni_arena_printf(&x->scratch, "models/%s.json", model);
    x->samples = tni_arena_printf(&x->scratch, "data/sample_inputs/%s.pt", model);
    if (!program || !x->samples) return TN_NOMEM;
    TN_TRY(read_json(x, program, &x->program));
    TN_TRY(check_schema(x));
    TN_TRY(read_config(x, "data/weights", model, "weights_config", "model_param_config", &x->weights));
    TN_TRY(
        read_config(x, "data/constants", model, "constants_config", "model_constants_config", &x->constants));
    TN_TRY(read_saved(x, "data/weights", model));
    return read_saved(x, "data/constants", model);
}
