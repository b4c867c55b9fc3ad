// SPDX-License-Identifier: Apache-2.0
// pickle.h - Python pickles read as data. A pickle is a program; here it only builds a tree of values. A name
// stays a name, a call stays an object that says what would have been called with what: nothing is imported
// and nothing runs. A file that names what only an attack needs (os.system, builtins.eval) is refused.
#ifndef TN_IMPORT_PICKLE_H
#define TN_IMPORT_PICKLE_H

#include "base/arena.h"
#include "base/diag.h"

typedef enum tni_pickle_kind {
    TNI_PICKLE_NONE,
    TNI_PICKLE_BOOL,
    TNI_PICKLE_INT,
    TNI_PICKLE_LONG, // does not fit 64 bits: its little-endian bytes
    TNI_PICKLE_FLOAT,
    TNI_PICKLE_TEXT,
    TNI_PICKLE_BYTES,
    TNI_PICKLE_TUPLE,
    TNI_PICKLE_LIST,
    TNI_PICKLE_SET,
    TNI_PICKLE_DICT,       // items: key, value, key, value...
    TNI_PICKLE_GLOBAL,     // a name: "torch._utils._rebuild_tensor_v2"
    TNI_PICKLE_OBJECT,     // what a call would have made
    TNI_PICKLE_PERSISTENT, // kept outside the pickle; `call->what` identifies it
} tni_pickle_kind;

typedef struct tni_pickle tni_pickle;

typedef struct tni_pickle_call {
    const tni_pickle *what;  // the class or function: mostly a GLOBAL
    const tni_pickle *args;  // a TUPLE
    const tni_pickle *state; // what __setstate__ or __dict__ would have got; NULL: nothing
    tni_pickle *list, *dict; // items added afterwards, as OrderedDict has them; NULL: none
} tni_pickle_call;

// Containers may contain each other, and so themselves, and one value may be reached in many ways: who walks
// the tree keeps a budget.
struct tni_pickle {
    tni_pickle_kind kind;
    size_t count; // of item
    union {
        bool yes;
        int64_t i;
        double f;
        tn_str text; // TEXT, BYTES, LONG, GLOBAL; points into the file or the arena
        struct {
            tni_pickle **item;
            size_t capacity;
        } list; // TUPLE, LIST, SET, DICT
        tni_pickle_call *call;
    } as;
};

typedef struct tni_pickle_tree {
    const tni_pickle *root;
    size_t used;             // bytes of the pickle: others may follow
    tni_pickle **persistent; // every PERSISTENT in it
    size_t persistents, room;
} tni_pickle_tree;

// Reads one pickle, of protocols 2 to 5, from the beginning of `data`, which texts point into. `name` is for
// messages.
tn_status tni_pickle_read(tni_pickle_tree *tree, tni_arena *to, const void *data, size_t size,
                          const char *name, tn_diags *diags);

bool tni_pickle_is_text(const tni_pickle *v, const char *text); // these and the next accept NULL
bool tni_pickle_is_global(const tni_pickle *v, const char *name);
// The object's class or function as "module.name"; empty for anything else.
tn_str tni_pickle_class(const tni_pickle *v);
const tni_pickle *tni_pickle_item(const tni_pickle *v, size_t i); // of a tuple or list; NULL: there is none
bool tni_pickle_int(const tni_pickle *v, int64_t *to);

// Pair `i` of whatever is a dictionary in Python: a dict, or an object that dict items were added to
// (OrderedDict, defaultdict). False at the end.
bool tni_pickle_pair(const tni_pickle *v, size_t i, const tni_pickle **key, const tni_pickle **value);
bool tni_pickle_is_dict(const tni_pickle *v);
const tni_pickle *tni_pickle_get(const tni_pickle *v, const char *key); // NULL: there is none

#endif
