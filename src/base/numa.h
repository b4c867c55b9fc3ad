// SPDX-License-Identifier: Apache-2.0
// numa.h - memory of machines with more than one node: a page lies on the node of the thread that writes it
// first.
#ifndef TN_BASE_NUMA_H
#define TN_BASE_NUMA_H

#include "base/pool.h"

// How many nodes a list as the kernel writes it names, "0", "0-3", "0,2-3"; 1 for what is none.
int tni_nodes_of(const char *list);
int tni_nodes(void); // of this machine

// Spreads a block that nobody has written yet over the nodes of the pool's threads: they take turns with its
// huge pages, and each writes its own first. Nothing happens where there is one node, one thread, or little
// memory.
void tni_first_touch(tni_pool *pool, int nodes, void *block, size_t bytes);

#endif
