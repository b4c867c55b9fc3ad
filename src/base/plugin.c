// SPDX-License-Identifier: Apache-2.0
// plugin.c - a shared library as a plug-in. It calls the functions of tenon/ext.h, which whoever loads it
// has: the program itself when it was linked with Tenon's archive (and exports its symbols), or libtenon.so,
// whose symbols are made visible first in case it was loaded without being so (as Python does).
#define _GNU_SOURCE
#include "base/plugin.h"

#include "base/file.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const char way[] = "compile it: cc -O2 -shared -fPIC plugin.c -o plugin.so";

static tn_status refuse(tn_diags *diags, const char *path, tn_status status, const char *hint,
                        const char *why) {
    tn_diag d = {.severity = TN_ERROR, .status = status, .file = path, .hint = hint};
    return tni_diag(diags, &d, "%s", why);
}

// What the file is, by its first bytes, so that the system's loader is only asked about shared libraries.
static tn_status check_file(const char *path, tn_diags *diags) {
    enum { TYPE_AT = 16, OBJECT = 1, SHARED = 3 };
    tni_file f;
    TN_TRY(tni_file_map(&f, path, diags));
    bool elf = f.size > TYPE_AT + 1 && !memcmp(f.data, "\177ELF", 4);
    int type = elf ? f.data[TYPE_AT] | f.data[TYPE_AT + 1] : 0; // one of them is 0 in either byte order
    tni_file_close(&f);
    if (!elf) return refuse(diags, path, TN_FORMAT, way, "this is not a shared library, which a plug-in is");
    if (type == OBJECT)
        return refuse(diags, path, TN_FORMAT, way, "this is an object file, not yet a shared library");
    if (type != SHARED) return refuse(diags, path, TN_FORMAT, way, "this is not a shared library");
    return TN_OK;
}

// When this code is in a library that was loaded for its loader's eyes only, shows it to everyone.
static void show_ourselves(void) {
    static const char here;
    Dl_info info;
    if (!dladdr(&here, &info) || !info.dli_fname) return;
    void *self = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    if (self) dlclose(self); // it was open before and stays
}

static tn_status refuse_loading(const char *path, tn_diags *diags) {
    const char *why = dlerror();
    bool symbol = why && strstr(why, "undefined symbol: tn_");
    tn_diag d = {.severity = TN_ERROR, .status = TN_UNSUPPORTED, .file = path};
    if (symbol)
        d.hint =
            "compile it with this version's tenon/ext.h; a program that is linked with Tenon's archive must "
            "hold all of it and export its symbols (-Wl,--whole-archive, -rdynamic)";
    return tni_diag(diags, &d, "the plug-in cannot be loaded: %s", why ? why : "no reason given");
}

tn_status tni_plugin_check_abi(const tn_plugin *p, const char *path, tn_diags *diags) {
    const tn_plugin here = {TN_PLUGIN_HERE};
    const char *hint = "compile it again with the tenon/ext.h of this version";
    tn_diag d = {.severity = TN_ERROR, .status = TN_UNSUPPORTED, .file = path, .hint = hint};
    if (p->abi != here.abi) // nothing else of it can be read
        return tni_diag(diags, &d, "the plug-in has interface version %u, Tenon %s has %u", p->abi,
                        tn_version(), here.abi);
    bool same = p->op_bytes == here.op_bytes && p->tactic_bytes == here.tactic_bytes &&
                p->pass_bytes == here.pass_bytes && p->infer_bytes == here.infer_bytes &&
                p->call_bytes == here.call_bytes && p->tensor_bytes == here.tensor_bytes;
    if (same) return TN_OK;
    return tni_diag(diags, &d, "the plug-in was compiled with the tenon/ext.h of %s, which differs from %s's",
                    p->tenon ? p->tenon : "another version", tn_version());
}

tn_status tni_plugin_open(const char *path, void **library, const tn_plugin **def, tn_diags *diags) {
    char local[4096]; // without a '/' the loader would search its own folders
    TN_TRY(check_file(path, diags));
    if ((size_t)snprintf(local, sizeof local, "%s%s", strchr(path, '/') ? "" : "./", path) >= sizeof local)
        return refuse(diags, path, TN_LIMIT, NULL, "the path is too long");
    show_ourselves();
    void *handle = dlopen(local, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return refuse_loading(path, diags);
    const tn_plugin *p = dlsym(handle, "tn_plugin_");
    tn_status status = TN_OK;
    if (!p)
        status = refuse(diags, path, TN_FORMAT, "its C file must end with TN_PLUGIN = {...}: see tenon/ext.h",
                        "this is a shared library, but not a plug-in of Tenon");
    if (status == TN_OK) status = tni_plugin_check_abi(p, path, diags);
    if (status != TN_OK) return dlclose(handle), status;
    *library = handle;
    *def = p;
    return TN_OK;
}

void tni_plugin_close(void *library) {
    if (library) dlclose(library);
}

tn_status tni_plugin_attach(tn_env *env, void *library, const tn_plugin *def) {
    tni_plugin **end = &env->plugins, *p = tni_alloc(env, sizeof *p);
    if (!p) return TN_NOMEM;
    *p = (tni_plugin){.def = def, .library = library};
    while (*end) end = &(*end)->next;
    *end = p;
    return TN_OK;
}

void tni_plugins_free(tn_env *env) {
    for (tni_plugin *p = env->plugins, *next; p; p = next) {
        next = p->next;
        tni_plugin_close(p->library);
        tni_free(env, p);
    }
    env->plugins = NULL;
}
