// SPDX-License-Identifier: Apache-2.0
// library.c - oneDNN behind library.h: the shared library is looked for once, and what differs between 2.x
// and 3.x is decided here, call by call.
#define _POSIX_C_SOURCE 200809L
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_ANY = 1, MD_BYTES = 4096, DESC_BYTES = 65536 }; // of 2.x's structures: 696 and 5976 in 2.6

static od_library lib;

// What 2.x and 3.x call differently; one of each pair is there.
static struct {
    int (*md_by_tag_2)(void *md, int rank, const int64_t *dim, int type, int tag);
    int (*md_by_tag_3)(od_md *md, int rank, const int64_t *dim, int type, int tag);
    int (*md_by_strides_2)(void *md, int rank, const int64_t *dim, int type, const int64_t *stride);
    int (*md_by_strides_3)(od_md *md, int rank, const int64_t *dim, int type, const int64_t *stride);
    int (*md_destroy_3)(od_md md);
    int (*conv_2)(void *desc, int prop, int algorithm, const void *src, const void *weights, const void *bias,
                  const void *dst, const int64_t *stride, const int64_t *dilation, const int64_t *before,
                  const int64_t *after);
    int (*conv_3)(od_handle *pd, od_handle engine, int prop, int algorithm, const void *src,
                  const void *weights, const void *bias, const void *dst, const int64_t *stride,
                  const int64_t *dilation, const int64_t *before, const int64_t *after, const void *attr);
    int (*matmul_2)(void *desc, const void *src, const void *weights, const void *bias, const void *dst);
    int (*matmul_3)(od_handle *pd, od_handle engine, const void *src, const void *weights, const void *bias,
                    const void *dst, const void *attr);
    int (*pd_2)(od_handle *pd, const void *desc, const void *attr, od_handle engine, const void *hint);
    int (*eltwise_2)(od_handle ops, float scale, int kind, float alpha, float beta);
    int (*eltwise_3)(od_handle ops, int kind, float alpha, float beta);
} own;

static int tag_16c(void) { return lib.major == 2 ? 69 : 78; } // aBcd16b

static const struct {
    int kind_2, kind_3;
} eltwise[] = {
    [OD_RELU] = {0x1f, 0x20},     [OD_TANH] = {0x2f, 0x21},      [OD_LINEAR] = {0x7f, 0x26},
    [OD_LOGISTIC] = {0xaf, 0x29}, [OD_SWISH] = {0xdf, 0x2c},     [OD_CLIP] = {0xff, 0x2e},
    [OD_GELU_ERF] = {0x30, 0x31}, [OD_HARDSWISH] = {0x70, 0x34},
};

// ------------------------------------------------------------------------------------------ opening

static void say(const char *why, const char *more) {
    snprintf(lib.text, sizeof lib.text, "%s%s", why, more ? more : "");
    lib.missing = lib.text;
}

// A function pointer is stored as data: what POSIX says of dlsym.
static bool find(void *handle, const char *name, void *to) {
    void *symbol = dlsym(handle, name);
    if (!symbol && !lib.missing) say("this libdnnl lacks ", name);
    memcpy(to, &symbol, sizeof symbol);
    return symbol;
}

static void find_own(void *h) {
    if (lib.major == 2) {
        find(h, "dnnl_memory_desc_init_by_tag", &own.md_by_tag_2);
        find(h, "dnnl_memory_desc_init_by_strides", &own.md_by_strides_2);
        find(h, "dnnl_dilated_convolution_forward_desc_init", &own.conv_2);
        find(h, "dnnl_matmul_desc_init", &own.matmul_2);
        find(h, "dnnl_primitive_desc_create", &own.pd_2);
        find(h, "dnnl_post_ops_append_eltwise", &own.eltwise_2);
    } else {
        find(h, "dnnl_memory_desc_create_with_tag", &own.md_by_tag_3);
        find(h, "dnnl_memory_desc_create_with_strides", &own.md_by_strides_3);
        find(h, "dnnl_memory_desc_destroy", &own.md_destroy_3);
        find(h, "dnnl_convolution_forward_primitive_desc_create", &own.conv_3);
        find(h, "dnnl_matmul_primitive_desc_create", &own.matmul_3);
        find(h, "dnnl_post_ops_append_eltwise", &own.eltwise_3);
    }
}

// The tag for blocks of 16 channels is the one number that another minor version might change: asked by name.
static void check_tag(void *h) {
    const char *(*name)(int tag) = NULL;
    if (find(h, "dnnl_fmt_tag2str", &name) && strcmp(name(tag_16c()), "aBcd16b") != 0)
        say("this version of oneDNN numbers its layouts differently", NULL);
}

static const char *runtime_text(unsigned runtime) {
    switch (runtime) { // DNNL_RUNTIME_*
    case 1: return "sequential";
    case 2: return "OpenMP";
    case 4: return "TBB, on all cores it may use";
    case 8: return "thread pool";
    case 512: return "SYCL";
    }
    return "unknown run time";
}

typedef struct version { // how dnnl_version_t begins
    int major, minor, patch;
    const char *hash;
    unsigned cpu_runtime;
} version;

static void read_version(void *h) {
    const version *(*get)(void) = NULL;
    int (*isa)(void) = NULL;
    if (!find(h, "dnnl_version", &get)) return;
    const version *v = get();
    lib.major = v->major, lib.minor = v->minor, lib.patch = v->patch, lib.runtime = v->cpu_runtime;
    lib.arg_post_op = v->major == 2 ? 16384 : 32768;
    if (find(h, "dnnl_get_effective_cpu_isa", &isa)) lib.isa = isa();
    char found[64];
    snprintf(found, sizeof found, "%d.%d.%d", v->major, v->minor, v->patch);
    if (v->major < 2 || v->major > 3 || (v->major == 2 && v->minor < 4))
        say("oneDNN 2.4 to 3.x is needed; the one found is ", found);
    else if (v->cpu_runtime != 1 && v->cpu_runtime != 2 && v->cpu_runtime != 4)
        say("a build of oneDNN on OpenMP, TBB or one thread is needed; this one is for ",
            runtime_text(v->cpu_runtime));
}

static void *open_library(void) {
    static const char *const names[] = {"libdnnl.so.3", "libdnnl.so.2", "libdnnl.so"};
    const char *path = getenv("TENON_ONEDNN");
    void *handle = NULL;
    // It stays: OpenMP's threads outlive whoever loaded it.
    if (path && *path) {
        if (!(handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE))) say("TENON_ONEDNN: ", dlerror());
        return handle;
    }
    for (size_t i = 0; !handle && i < sizeof names / sizeof *names; i++)
        handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle)
        say("no libdnnl.so.3 or libdnnl.so.2 was found: install it (Debian: libdnnl2; PyPI: "
            "onednn-cpu-gomp), "
            "or name the file in TENON_ONEDNN",
            NULL);
    return handle;
}

static void open_once(void) {
    void *h = open_library();
    if (h) read_version(h);
    if (lib.missing || !h) return;
#define OD_FIND(result, name, parameters) find(h, "dnnl_" #name, &lib.name);
    OD_FUNCTIONS(OD_FIND)
#undef OD_FIND
    find_own(h);
    check_tag(h);
    void *threads = lib.runtime == 2 ? dlsym(h, "omp_set_num_threads") : NULL;
    memcpy(&lib.threads, &threads, sizeof threads);
    if (lib.missing) return;
    if (lib.engine_create(&lib.engine, OD_CPU, 0)) {
        say("oneDNN has no engine for this CPU", NULL);
        return;
    }
    snprintf(lib.text, sizeof lib.text, "oneDNN %d.%d.%d (%s)", lib.major, lib.minor, lib.patch,
             runtime_text(lib.runtime));
}

const od_library *od_open(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_once);
    return &lib;
}

// -------------------------------------------------------------------------------------- descriptors

od_md od_md_new(od_format format, int rank, const int64_t *dim, const int64_t *stride) {
    od_md md = lib.major == 2 ? calloc(1, MD_BYTES) : NULL;
    int tag = format == OD_ANY ? TAG_ANY : tag_16c(), failed;
    if (lib.major == 2 && !md) return NULL;
    if (format == OD_STRIDED)
        failed = md ? own.md_by_strides_2(md, rank, dim, OD_F32, stride)
                    : own.md_by_strides_3(&md, rank, dim, OD_F32, stride);
    else
        failed =
            md ? own.md_by_tag_2(md, rank, dim, OD_F32, tag) : own.md_by_tag_3(&md, rank, dim, OD_F32, tag);
    if (!failed) return md;
    if (lib.major == 2) free(md);
    return NULL;
}

void od_md_free(od_md md) {
    if (!md) return;
    if (lib.major == 2)
        free(md);
    else
        own.md_destroy_3(md);
}

bool od_append_eltwise(od_handle ops, od_eltwise kind, float alpha, float beta) {
    if (lib.major == 2) return !own.eltwise_2(ops, 1, eltwise[kind].kind_2, alpha, beta);
    return !own.eltwise_3(ops, eltwise[kind].kind_3, alpha, beta);
}

static od_handle make_pd(const void *desc, od_handle attr) {
    od_handle pd = NULL;
    return own.pd_2(&pd, desc, attr, lib.engine, NULL) ? NULL : pd;
}

od_handle od_conv(const od_window *w, od_md src, const void *weights, od_md bias, od_md dst, od_handle attr) {
    od_handle pd = NULL;
    if (lib.major == 3)
        return own.conv_3(&pd, lib.engine, OD_FORWARD_INFERENCE, w->algorithm, src, weights, bias, dst,
                          w->stride, w->dilation, w->before, w->after, attr)
                   ? NULL
                   : pd;
    void *desc = calloc(1, DESC_BYTES);
    if (desc && !own.conv_2(desc, OD_FORWARD_INFERENCE, w->algorithm, src, weights, bias, dst, w->stride,
                            w->dilation, w->before, w->after))
        pd = make_pd(desc, attr);
    free(desc);
    return pd;
}

od_handle od_matmul(od_md src, const void *weights, od_md bias, od_md dst, od_handle attr) {
    od_handle pd = NULL;
    if (lib.major == 3) return own.matmul_3(&pd, lib.engine, src, weights, bias, dst, attr) ? NULL : pd;
    void *desc = calloc(1, DESC_BYTES);
    if (desc && !own.matmul_2(desc, src, weights, bias, dst)) pd = make_pd(desc, attr);
    free(desc);
    return pd;
}
