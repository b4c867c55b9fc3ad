// SPDX-License-Identifier: Apache-2.0
// load.c - which reader a model file wants, told by its first bytes and never by its name. Files that people
// mistake for models are recognised, so that the message can say what to do with them.
#include "import/import.h"

#include "import/onnx_graph.h"
#include "ir/text.h"

#ifdef TN_JSON
#include "import/pt2/pt2.h"
#endif

#include <string.h>

typedef struct known_file {
    size_t at, size;
    const char *bytes, *what, *hint;
} known_file;

static const char export_hint[] =
    "export the network to ONNX: torch.onnx.export(model, inputs, \"model.onnx\")";

static const known_file known_files[] = {
    {0, 8, "TENON\r\n\x1a", "an engine, not a model", "run it as it is: it needs no building"},
#ifdef TN_JSON
    {0, 4, "PK\3\4", "a zip archive (.pth, .pt, .npz) without an exported program", export_hint},
#else
    {0, 4, "PK\3\4", "a zip archive (.pt2, .pth, .pt, .npz), which needs a build with jansson", export_hint},
#endif
    {0, 2, "\x80\2", "a Python pickle (a PyTorch checkpoint): weights without a network", export_hint},
    {0, 2, "\x80\4", "a Python pickle: weights without a network", export_hint},
    {0, 2, "\x80\5", "a Python pickle: weights without a network", export_hint},
    {0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file (Keras)", "convert it to ONNX with tf2onnx"},
    {0, 6, "\x93NUMPY", "a NumPy array, not a model", "give it as an input instead"},
    {0, 4, "GGUF", "a GGUF file (llama.cpp)", export_hint},
    {4, 4, "TFL3", "a TensorFlow Lite model", "convert it to ONNX with tf2onnx"},
    {4, 4, "ET12", "an ExecuTorch program", export_hint},
    {8, 2, "{\"", "a safetensors file: weights without a network", export_hint},
    {0, 2, "\x1f\x8b", "compressed with gzip", "unpack it first"},
    {0, 4, "\177ELF", "a program or shared library", NULL},
    {0, 7, "version", "a Git LFS pointer: the model itself was not downloaded", "run: git lfs pull"},
    {0, 5, "<?xml", "XML (an OpenVINO model?)", "load the ONNX model it was made from"},
    {0, 9, "<!DOCTYPE", "a web page: the download went wrong", "download the file itself"},
    {0, 5, "<html", "a web page: the download went wrong", "download the file itself"},
    {0, 6, "7767517", "an ncnn model", "load the ONNX model it was made from"},
};

static const known_file *recognise(const tni_file *f) {
    for (size_t i = 0; i < sizeof known_files / sizeof *known_files; i++) {
        const known_file *k = &known_files[i];
        if (f->size >= k->at + k->size && !memcmp(f->data + k->at, k->bytes, k->size)) return k;
    }
    return NULL;
}

// The text form begins with "graph" after blanks and comments; no ONNX model can.
static bool is_text(const tni_file *f) {
    const unsigned char *p = f->data, *end = p + f->size;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == '#')) {
        if (*p == '#')
            while (p < end && *p != '\n') p++;
        else
            p++;
    }
    return end - p > 5 && !memcmp(p, "graph", 5) &&
           (p[5] == ' ' || p[5] == '\t' || p[5] == '\n' || p[5] == '{');
}

static tn_status read_any(tn_graph **g, tn_env *env, tni_file *f, const char *name, const char *folder,
                          const tn_load_options *options, tn_diags *diags) {
    if (!f->size) {
        tn_diag d = {
            .severity = TN_ERROR, .status = TN_FORMAT, .file = name, .hint = "was it copied completely?"};
        return tni_diag(diags, &d, "the file is empty");
    }
    if (is_text(f)) return tni_graph_parse(g, env, (const char *)f->data, f->size, name, diags);
#ifdef TN_JSON
    if (tni_pt2_is(f->data, f->size)) return tni_pt2_load(g, env, f, name, options, diags);
#endif
    const known_file *k = recognise(f);
    if (k) {
        tn_diag d = {.severity = TN_ERROR, .status = TN_UNSUPPORTED, .file = name, .hint = k->hint};
        return tni_diag(diags, &d, "this is %s", k->what);
    }
    return tni_onnx_load(g, env, f, name, folder, options, diags);
}

tn_status tni_import_memory(tn_graph **g, tn_env *env, const void *data, size_t size, const char *name,
                            const char *folder, const tn_load_options *options, tn_diags *diags) {
    tni_file f = {.data = data, .size = size};
    return read_any(g, env, &f, name, folder, options, diags);
}

tn_status tni_import_file(tn_graph **g, tn_env *env, const char *path, const tn_load_options *options,
                          tn_diags *diags) {
    tni_file f;
    TN_TRY(tni_file_map(&f, path, diags));
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + (slash == path) : 0; // "/" stays "/"
    char *folder = tni_strdup(env, path);
    tn_status status = folder ? TN_OK : TN_NOMEM;
    if (status == TN_OK) {
        folder[length] = 0;
        status = read_any(g, env, &f, path, folder, options, diags);
    }
    tni_free(env, folder);
    if (status == TN_OK && tni_graph_keep_file(*g, f) != TN_OK) {
        tn_graph_free(*g);
        *g = NULL;
        status = TN_NOMEM;
    }
    if (status != TN_OK) tni_file_close(&f);
    return status;
}
