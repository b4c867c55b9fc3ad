// SPDX-License-Identifier: Apache-2.0
// torch_file.c - the containers of torch.save, and its tensors. The formats are those of
// torch/serialization.py and torch/_utils.py.
#include "import/torch_file.h"

#include "base/ck.h"
#include "base/le.h"

#include <string.h>

// ---- element types

// X(dtype, PyTorch's name, its old storage class)
#define TORCH_TYPES(X)                     \
    X(F32, "float32", "Float")             \
    X(F64, "float64", "Double")            \
    X(F16, "float16", "Half")              \
    X(BF16, "bfloat16", "BFloat16")        \
    X(I64, "int64", "Long")                \
    X(I32, "int32", "Int")                 \
    X(I16, "int16", "Short")               \
    X(I8, "int8", "Char")                  \
    X(U8, "uint8", "Byte")                 \
    X(BOOL, "bool", "Bool")                \
    X(C64, "complex64", "ComplexFloat")    \
    X(C128, "complex128", "ComplexDouble") \
    X(I8, "qint8", "QInt8")                \
    X(U8, "quint8", "QUInt8")              \
    X(I32, "qint32", "QInt32")             \
    X(U16, "uint16", "")                   \
    X(U32, "uint32", "")                   \
    X(U64, "uint64", "")                   \
    X(F8E4M3FN, "float8_e4m3fn", "")       \
    X(F8E5M2, "float8_e5m2", "")           \
    X(F8E4M3FNUZ, "float8_e4m3fnuz", "")   \
    X(F8E5M2FNUZ, "float8_e5m2fnuz", "")   \
    X(F8E8M0, "float8_e8m0fnu", "")

static const struct {
    tn_dtype dtype;
    const char *name, *storage;
} torch_types[] = {
#define ROW(dtype, name, storage) {TN_##dtype, name, storage},
    TORCH_TYPES(ROW)
#undef ROW
};
enum { TORCH_TYPE_COUNT = sizeof torch_types / sizeof *torch_types };

tn_dtype tni_torch_dtype(tn_str name) {
    for (int i = 0; i < TORCH_TYPE_COUNT; i++)
        if (tni_str_is(name, torch_types[i].name)) return torch_types[i].dtype;
    return TN_UNDEFINED;
}

static bool begins_with(tn_str s, const char *text) {
    size_t n = strlen(text);
    return s.size >= n && !memcmp(s.text, text, n);
}

static tn_dtype dtype_of_global(const tni_pickle *v) { // torch.float8_e4m3fn
    if (!v || v->kind != TNI_PICKLE_GLOBAL || !begins_with(v->as.text, "torch.")) return TN_UNDEFINED;
    return tni_torch_dtype((tn_str){v->as.text.text + 6, v->as.text.size - 6});
}

// "torch.FloatStorage": F32. Untyped ones are bytes, and the tensor says what of.
static tn_dtype dtype_of_storage(const tni_pickle *v) {
    static const char end[] = "Storage";
    size_t n = sizeof end - 1;
    tn_str s = v && v->kind == TNI_PICKLE_GLOBAL ? v->as.text : (tn_str){"", 0};
    const char *dot = s.text;
    for (size_t i = 0; i < s.size; i++)
        if (s.text[i] == '.') dot = s.text + i + 1;
    s = (tn_str){dot, (size_t)(s.text + s.size - dot)};
    if (s.size <= n || memcmp(s.text + s.size - n, end, n)) return TN_UNDEFINED;
    s.size -= n;
    for (int i = 0; i < TORCH_TYPE_COUNT; i++)
        if (tni_str_is(s, torch_types[i].storage)) return torch_types[i].dtype;
    return tni_str_is(s, "Untyped") ? TN_U8 : TN_UNDEFINED;
}

// ---- storages

// ("storage", class, key, location, element count[, view]), or ("module", ...) for a class's source text.
static const tni_pickle *storage_id(const tni_pickle *v) {
    const tni_pickle *id = v && v->kind == TNI_PICKLE_PERSISTENT ? v->as.call->what : NULL;
    const tni_pickle *key = tni_pickle_item(id, 2);
    bool fits = tni_pickle_is_text(tni_pickle_item(id, 0), "storage") && key && key->kind == TNI_PICKLE_TEXT;
    return fits ? id : NULL;
}

// A member of the archive is looked for once. Overlapping compressed members could unpack to any size.
static const tn_str *find_storage(tni_torch_file *f, tn_str key) {
    tn_str *known = tni_map_get(&f->storage, key.text, key.size), bytes;
    if (known || !f->zip.count) return known;
    char path[256] = "data/";
    if (key.size > sizeof path - 5) return NULL;
    memcpy(path + 5, key.text, key.size);
    const tni_zip_member *m = tni_zip_find_in_root(&f->zip, path, 5 + key.size);
    if (m && m->method && !ck_add(f->inflated, m->packed, &f->inflated)) return NULL;
    if (!m || f->inflated > f->zip.zip.size) return NULL;
    tn_status status = tni_zip_read(&f->zip.zip, m, f->to, &bytes, NULL);
    if (status == TN_OK) known = tni_arena_copy(f->to, &bytes, sizeof bytes);
    if (known && !tni_map_set(&f->storage, key.text, key.size, known)) known = NULL;
    f->nomem |= status == TN_NOMEM || (status == TN_OK && !known);
    return known;
}

// The old format had views of storages: (key, offset, size) in elements.
static bool narrow_storage(const tni_pickle *view, tn_dtype dtype, tn_str *bytes) {
    int64_t from, count;
    size_t each = tn_dtype_bits(dtype) / 8, at, size;
    if (!view || view->kind == TNI_PICKLE_NONE) return true;
    if (!tni_pickle_int(tni_pickle_item(view, 1), &from) ||
        !tni_pickle_int(tni_pickle_item(view, 2), &count) || from < 0 || count < 0 ||
        !ck_mul((size_t)from, each, &at) || !ck_mul((size_t)count, each, &size) ||
        !ck_range(at, size, bytes->size))
        return false;
    *bytes = (tn_str){bytes->text + at, size};
    return true;
}

static const char *open_storage(tni_torch_file *f, const tni_pickle *v, tni_storage_view *view) {
    const tni_pickle *id = storage_id(v);
    if (!id) return "its storage is of a kind that is not read";
    view->dtype = dtype_of_storage(tni_pickle_item(id, 1));
    if (!view->dtype) return "its element type is not known";
    const tn_str *bytes = find_storage(f, tni_pickle_item(id, 2)->as.text);
    if (!bytes) return "its storage is not in the file";
    view->storage = *bytes;
    view->swap = f->swap;
    return narrow_storage(tni_pickle_item(id, 5), view->dtype, &view->storage) ? NULL
                                                                               : "its storage is damaged";
}

// ---- tensors

// A tuple of numbers, or torch.Size of one.
static int read_numbers(const tni_pickle *v, int64_t *to) {
    if (tni_str_is(tni_pickle_class(v), "torch.Size")) v = tni_pickle_item(v->as.call->args, 0);
    if (!v || (v->kind != TNI_PICKLE_TUPLE && v->kind != TNI_PICKLE_LIST) || v->count > TN_MAX_RANK)
        return -1;
    for (size_t i = 0; i < v->count; i++)
        if (!tni_pickle_int(tni_pickle_item(v, i), &to[i])) return -1;
    return (int)v->count;
}

static bool is_set(const tni_pickle *dict, const char *key) {
    const tni_pickle *v = tni_pickle_is_dict(dict) ? tni_pickle_get(dict, key) : NULL;
    return v && v->kind == TNI_PICKLE_BOOL && v->as.i;
}

// (storage, offset, sizes, strides, requires_grad, hooks, [dtype,] more): the newest form alone has the
// dtype.
static const char *read_tensor(tni_torch_file *f, const tni_pickle *args, bool typed,
                               tni_storage_view *view) {
    *view = (tni_storage_view){0};
    const char *why = open_storage(f, tni_pickle_item(args, 0), view);
    if (why) return why;
    if (typed) view->dtype = dtype_of_global(tni_pickle_item(args, 6));
    const tni_pickle *more = tni_pickle_item(args, typed ? 7 : 6);
    view->conjugate = is_set(more, "conj");
    view->negate = is_set(more, "neg");
    view->rank = read_numbers(tni_pickle_item(args, 2), view->dim);
    if (view->rank < 0 || read_numbers(tni_pickle_item(args, 3), view->stride) != view->rank ||
        !tni_pickle_int(tni_pickle_item(args, 1), &view->offset))
        return "its sizes and strides are not those of a tensor";
    return tni_storage_check(view);
}

static tni_torch_answer answer(const char *result, const char **why) {
    *why = result;
    return result ? TNI_TORCH_UNUSABLE : TNI_TORCH_TENSOR;
}

// What calling `function` with `args` would make.
static tni_torch_answer rebuild(tni_torch_file *f, tn_str function, const tni_pickle *args, int depth,
                                tni_storage_view *view, const char **why) {
    static const char from_type[] = "torch._tensor._rebuild_from_type", build[] = "torch._utils._rebuild_";
    const tni_pickle *first = tni_pickle_item(args, 0);
    if (depth > 8) return TNI_TORCH_OTHER;
    if (begins_with(function, from_type)) { // (function, type, arguments, state)
        if (!first || first->kind != TNI_PICKLE_GLOBAL) return TNI_TORCH_OTHER;
        return rebuild(f, first->as.text, tni_pickle_item(args, 2), depth + 1, view, why);
    }
    if (!begins_with(function, build)) return TNI_TORCH_OTHER;
    function = (tn_str){function.text + sizeof build - 1, function.size - (sizeof build - 1)};
    if (begins_with(function, "parameter")) {
        tn_str inner = tni_pickle_class(first);
        return rebuild(f, inner, inner.size ? first->as.call->args : NULL, depth + 1, view, why);
    }
    if (tni_str_is(function, "tensor") || tni_str_is(function, "tensor_v2") ||
        tni_str_is(function, "qtensor"))
        return answer(read_tensor(f, args, false, view), why);
    if (tni_str_is(function, "tensor_v3")) return answer(read_tensor(f, args, true, view), why);
    return answer("it is sparse, nested or of another kind that is not read", why);
}

tni_torch_answer tni_torch_tensor(tni_torch_file *f, const tni_pickle *v, tni_storage_view *view,
                                  const char **why) {
    tn_str function = tni_pickle_class(v);
    return function.size ? rebuild(f, function, v->as.call->args, 0, view, why) : TNI_TORCH_OTHER;
}

// ---- containers

static tn_status fail(const tni_torch_file *f, tn_status status, const char *what, tn_diags *diags) {
    return tni_error(diags, status, "cannot read '%s': %s", f->name, what);
}

static tn_status open_zip(tni_torch_file *f, const void *data, size_t size, tn_diags *diags) {
    tn_str pickle, order;
    tni_pickle_tree tree;
    TN_TRY(tni_zip_index_open(&f->zip, f->to, data, size, diags));
    const tni_zip_member *m = tni_zip_find_in_root(&f->zip, "data.pkl", 8);
    if (!m) return fail(f, TN_UNSUPPORTED, "this archive was not written by torch.save", diags);
    TN_TRY(tni_zip_read(&f->zip.zip, m, f->to, &pickle, diags));
    m = tni_zip_find_in_root(&f->zip, "byteorder", 9);
    if (m) TN_TRY(tni_zip_read(&f->zip.zip, m, f->to, &order, diags));
    f->swap = m && begins_with(order, "big");
    f->script = tni_zip_find_in_root(&f->zip, "constants.pkl", 13) != NULL;
    TN_TRY(tni_pickle_read(&tree, f->to, pickle.text, pickle.size, f->name, diags));
    f->root = tree.root;
    return TN_OK;
}

typedef struct reader { // the old format's pickles, one after the other
    tni_torch_file *f;
    const unsigned char *at;
    size_t left;
    tn_diags *diags;
} reader;

static tn_status next_pickle(reader *r, tni_pickle_tree *tree) {
    TN_TRY(tni_pickle_read(tree, r->f->to, r->at, r->left, r->f->name, r->diags));
    r->at += tree->used;
    r->left -= tree->used;
    return TN_OK;
}

// A count of elements, then their bytes.
static tn_status next_storage(reader *r, const tni_pickle *id, tn_str key) {
    size_t each = tn_dtype_bits(dtype_of_storage(tni_pickle_item(id, 1))) / 8, bytes;
    if (!each || r->left < 8) return fail(r->f, TN_FORMAT, "its storages are damaged", r->diags);
    uint64_t count = le_load(r->at, 8);
    if (r->f->swap) count = __builtin_bswap64(count);
    if (count > SIZE_MAX / 16 || !ck_mul((size_t)count, each, &bytes) || bytes > r->left - 8)
        return fail(r->f, TN_FORMAT, "it is truncated", r->diags);
    tn_str *kept = tni_arena_alloc(r->f->to, sizeof *kept);
    if (!kept) return TN_NOMEM;
    *kept = (tn_str){(const char *)r->at + 8, bytes};
    r->at += 8 + bytes;
    r->left -= 8 + bytes;
    return tni_map_set(&r->f->storage, key.text, key.size, kept) ? TN_OK : TN_NOMEM;
}

// The ids by key: a file may have many thousands.
static tn_status index_ids(tni_map *ids, const tni_pickle_tree *tree) {
    for (size_t i = 0; i < tree->persistents; i++) {
        const tni_pickle *id = storage_id(tree->persistent[i]);
        tn_str key = id ? tni_pickle_item(id, 2)->as.text : (tn_str){"", 0};
        if (id && !tni_map_set(ids, key.text, key.size, tni_mutable(id))) return TN_NOMEM;
    }
    return TN_OK;
}

static tn_status read_storages(reader *r, const tni_pickle_tree *tree, const tni_pickle *keys) {
    tni_map ids = {.env = r->f->to->env};
    tn_status status = index_ids(&ids, tree);
    const tni_pickle *key;
    for (size_t i = 0; status == TN_OK && (key = tni_pickle_item(keys, i)); i++) {
        if (key->kind != TNI_PICKLE_TEXT) break;
        const tni_pickle *id = tni_map_get(&ids, key->as.text.text, key->as.text.size);
        status = id ? next_storage(r, id, key->as.text)
                    : fail(r->f, TN_FORMAT, "a storage belongs to no tensor", r->diags);
    }
    tni_map_free(&ids);
    return status;
}

// Magic number, protocol, what machine it was, the object, the storages' keys, the storages.
static tn_status open_pickles(tni_torch_file *f, const void *data, size_t size, tn_diags *diags) {
    static const char magic[] = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
    reader r = {f, data, size, diags};
    tni_pickle_tree tree, keys;
    TN_TRY(next_pickle(&r, &tree));
    f->root = tree.root;
    if (tree.root->kind != TNI_PICKLE_LONG || !tni_str_is(tree.root->as.text, magic)) return TN_OK;
    TN_TRY(next_pickle(&r, &tree)); // 1001
    TN_TRY(next_pickle(&r, &tree));
    const tni_pickle *little = tni_pickle_get(tree.root, "little_endian");
    f->swap = little && little->kind == TNI_PICKLE_BOOL && !little->as.yes;
    TN_TRY(next_pickle(&r, &tree));
    f->root = tree.root;
    TN_TRY(next_pickle(&r, &keys));
    return read_storages(&r, &tree, keys.root);
}

tn_status tni_torch_open(tni_torch_file *f, tni_arena *to, const void *data, size_t size, const char *name,
                         tn_diags *diags) {
    *f = (tni_torch_file){.name = name, .to = to, .storage.env = to->env, .zip.by_name.env = to->env};
    if (tni_zip_is(data, size)) return open_zip(f, data, size, diags);
    if (size > 262 && !memcmp((const char *)data + 257, "ustar", 5))
        return fail(f, TN_UNSUPPORTED, "checkpoints of PyTorch before 0.1.10 (tar archives) are not read",
                    diags);
    return open_pickles(f, data, size, diags);
}

void tni_torch_close(tni_torch_file *f) {
    tni_map_free(&f->storage);
    tni_zip_index_free(&f->zip);
}
