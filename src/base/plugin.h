// SPDX-License-Identifier: Apache-2.0
// plugin.h - the plug-ins of an env: a list that only grows, freed with the env. What a definition may say is
// checked above (src/ir/plugin.c); here a file becomes a descriptor.
#ifndef TN_BASE_PLUGIN_H
#define TN_BASE_PLUGIN_H

#include "base/alloc.h"
#include "base/diag.h"
#include "tenon/ext.h"

struct tni_plugin {
    const tn_plugin *def;
    void *library; // NULL: part of the program
    struct tni_plugin *next;
};

// Opens the shared library at `path` and finds its descriptor; refuses one compiled against another header.
// *library is to be closed with tni_plugin_close.
tn_status tni_plugin_open(const char *path, void **library, const tn_plugin **def, tn_diags *diags);
void tni_plugin_close(void *library);
// Whether the descriptor is of this version; the reason is told.
tn_status tni_plugin_check_abi(const tn_plugin *def, const char *path, tn_diags *diags);
// Appends; on success the env owns `library`.
tn_status tni_plugin_attach(tn_env *env, void *library, const tn_plugin *def);
void tni_plugins_free(tn_env *env);

#endif
