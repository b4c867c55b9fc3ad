// SPDX-License-Identifier: Apache-2.0
// module.h - the tensor that a module of the network gives, by the module's path.
#ifndef TN_IR_MODULE_H
#define TN_IR_MODULE_H

#include "ir/graph.h"

// What the last node within module `path` ("layer3", "layer3.0.conv2") computes. NULL: no node lies within
// it. Nodes say their module, or have TorchScript's names ("/layer3/layer3.0/conv2/Conv").
tni_value *tni_module_output(const tn_graph *g, const char *path);

#endif
