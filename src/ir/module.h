// SPDX-License-Identifier: Apache-2.0
// module.h - modules of the network, by their paths: "layer3", "layer3.0.conv2".
#ifndef TN_IR_MODULE_H
#define TN_IR_MODULE_H

#include "ir/graph.h"

enum { TNI_MODULE = 512 };
// The path of the module that a node lies in: what it says, or what TorchScript's names say
// ("/layer3/layer3.0/conv2/Conv"), written into `path`. "": none, or a longer one than fits.
const char *tni_module_of(const tni_node *node, char path[TNI_MODULE]);

// What the last node within module `path` computes. NULL: no node lies within it.
tni_value *tni_module_output(const tn_graph *g, const char *path);

#endif
