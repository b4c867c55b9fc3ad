// SPDX-License-Identifier: Apache-2.0
// pickle.c - the stack machine of Python's pickle module (protocols 2 to 5) without its two dangerous ideas:
// GLOBAL imports nothing and REDUCE calls nothing. Opcodes after CPython's Lib/pickletools.py.
#include "import/pickle.h"

#include "base/ck.h"
#include "base/le.h"

#include <string.h>

// More than any checkpoint has, and little enough to be read in a second.
enum { MOST_VALUES = 1 << 22, MOST_OPCODES = 1 << 25, MOST_MARKS = 1 << 16 };

typedef struct machine {
    tni_arena *to;
    const unsigned char *start, *at, *end;
    tni_pickle **stack, **memo;
    size_t depth, stack_room, memos, memo_room, *mark, marks, mark_room;
    size_t values, opcodes;
    tni_pickle_tree *tree;
    const char *why;    // it went wrong
    const char *attack; // the name that it was refused for; NULL: none
    tn_status status;   // how
} machine;

static bool wrong(machine *m, tn_status status, const char *why) {
    if (m->status == TN_OK) {
        m->status = status;
        m->why = why;
    }
    return false;
}

static bool no_memory(machine *m) { return wrong(m, TN_NOMEM, "out of memory"); }

// ---- values and the stack

static tni_pickle *make(machine *m, tni_pickle_kind kind) {
    if (++m->values > MOST_VALUES) return wrong(m, TN_LIMIT, "it has more than four million values"), NULL;
    tni_pickle *v = tni_arena_zalloc(m->to, sizeof *v);
    if (!v) return no_memory(m), NULL;
    v->kind = kind;
    return v;
}

static bool push(machine *m, tni_pickle *v) {
    if (!v) return false;
    if (!tni_grow(m->to->env, &m->stack, m->depth, &m->stack_room, sizeof *m->stack)) return no_memory(m);
    m->stack[m->depth++] = v;
    return true;
}

// The stack's end as the innermost mark leaves it.
static size_t floor_of(const machine *m) { return m->marks ? m->mark[m->marks - 1] : 0; }

static tni_pickle *pop(machine *m) {
    if (m->depth == floor_of(m)) return wrong(m, TN_FORMAT, "its stack runs empty"), NULL;
    return m->stack[--m->depth];
}

static tni_pickle *top(machine *m) {
    if (m->depth == floor_of(m)) return wrong(m, TN_FORMAT, "its stack runs empty"), NULL;
    return m->stack[m->depth - 1];
}

static bool push_mark(machine *m) {
    if (m->marks == MOST_MARKS) return wrong(m, TN_LIMIT, "it nests too deeply");
    if (!tni_grow(m->to->env, &m->mark, m->marks, &m->mark_room, sizeof *m->mark)) return no_memory(m);
    m->mark[m->marks++] = m->depth;
    return true;
}

// What lies above the innermost mark, which goes; the items stay in place until the next push.
static bool pop_mark(machine *m, tni_pickle ***item, size_t *n) {
    if (!m->marks) return wrong(m, TN_FORMAT, "it lacks a mark");
    size_t from = m->mark[--m->marks];
    *item = m->stack + from;
    *n = m->depth - from;
    m->depth = from;
    return true;
}

static bool add(machine *m, tni_pickle *list, tni_pickle *item) {
    if (!tni_arena_grow(m->to, &list->as.list.item, list->count, &list->as.list.capacity, sizeof item))
        return no_memory(m);
    list->as.list.item[list->count++] = item;
    return true;
}

// ---- operands

static const unsigned char *take(machine *m, size_t n) {
    if (n > (size_t)(m->end - m->at)) return wrong(m, TN_FORMAT, "it is truncated"), NULL;
    m->at += n;
    return m->at - n;
}

static bool take_int(machine *m, size_t bytes, uint64_t *to) {
    const unsigned char *p = take(m, bytes);
    if (p) *to = le_load(p, bytes);
    return p != NULL;
}

// A text or bytes with its length, of `bytes` bytes, before it.
static bool push_text(machine *m, tni_pickle_kind kind, size_t bytes) {
    uint64_t n;
    if (!take_int(m, bytes, &n)) return false;
    const unsigned char *p = n > SIZE_MAX / 2 ? NULL : take(m, (size_t)n);
    if (!p) return wrong(m, TN_FORMAT, "it is truncated");
    tni_pickle *v = make(m, kind);
    if (v) v->as.text = (tn_str){(const char *)p, (size_t)n};
    return push(m, v);
}

static bool push_int(machine *m, int64_t i) {
    tni_pickle *v = make(m, TNI_PICKLE_INT);
    if (v) v->as.i = i;
    return push(m, v);
}

static bool push_bool(machine *m, bool yes) {
    tni_pickle *v = make(m, TNI_PICKLE_BOOL);
    if (v) v->as.yes = yes;
    return push(m, v);
}

static bool push_unsigned(machine *m, size_t bytes) {
    uint64_t i;
    return take_int(m, bytes, &i) && push_int(m, bytes == 4 ? (int32_t)(uint32_t)i : (int64_t)i);
}

// Two's complement of any length.
static bool push_long(machine *m, size_t bytes) {
    uint64_t n;
    if (!take_int(m, bytes, &n)) return false;
    const unsigned char *p = take(m, (size_t)n);
    if (!p) return false;
    if (n <= 8) {
        uint64_t i = le_load(p, (size_t)n);
        if (n && n < 8 && p[n - 1] & 0x80) i |= UINT64_MAX << 8 * n;
        return push_int(m, (int64_t)i);
    }
    tni_pickle *v = make(m, TNI_PICKLE_LONG);
    if (v) v->as.text = (tn_str){(const char *)p, (size_t)n};
    return push(m, v);
}

static bool push_float(machine *m) {
    const unsigned char *p = take(m, 8);
    tni_pickle *v = p ? make(m, TNI_PICKLE_FLOAT) : NULL;
    if (!v) return false;
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) bits = bits << 8 | p[i]; // big-endian
    memcpy(&v->as.f, &bits, 8);
    return push(m, v);
}

// ---- containers

static bool push_tuple(machine *m, tni_pickle **item, size_t n) {
    tni_pickle *v = make(m, TNI_PICKLE_TUPLE);
    if (!v) return false;
    if (n) v->as.list.item = tni_arena_copy(m->to, item, n * sizeof *item);
    if (n && !v->as.list.item) return no_memory(m);
    v->count = v->as.list.capacity = n;
    return push(m, v);
}

static bool push_marked_tuple(machine *m) {
    tni_pickle **item;
    size_t n;
    return pop_mark(m, &item, &n) && push_tuple(m, item, n);
}

static bool push_small_tuple(machine *m, size_t n) {
    if (m->depth - floor_of(m) < n) return wrong(m, TN_FORMAT, "its stack runs empty");
    m->depth -= n;
    return push_tuple(m, m->stack + m->depth, n);
}

// Where items added to `v` go: itself, or an object's own list or dict.
static tni_pickle *container(machine *m, tni_pickle *v, tni_pickle_kind kind) {
    if (v && v->kind == kind) return v;
    if (!v || v->kind != TNI_PICKLE_OBJECT)
        return wrong(m, TN_FORMAT, "it adds items to something that has none"), NULL;
    tni_pickle **part = kind == TNI_PICKLE_DICT ? &v->as.call->dict : &v->as.call->list;
    if (!*part) *part = make(m, kind);
    return *part;
}

static bool add_one(machine *m) { // APPEND
    tni_pickle *item = pop(m), *list = container(m, item ? top(m) : NULL, TNI_PICKLE_LIST);
    return list && add(m, list, item);
}

static bool add_pair(machine *m) { // SETITEM
    tni_pickle *value = pop(m), *key = value ? pop(m) : NULL;
    tni_pickle *dict = container(m, key ? top(m) : NULL, TNI_PICKLE_DICT);
    return dict && add(m, dict, key) && add(m, dict, value);
}

static bool add_marked(machine *m, tni_pickle_kind kind) { // APPENDS, ADDITEMS, SETITEMS
    tni_pickle **item;
    size_t n;
    if (!pop_mark(m, &item, &n)) return false;
    if (kind == TNI_PICKLE_DICT && n % 2) return wrong(m, TN_FORMAT, "a key of a dictionary has no value");
    tni_pickle *to = container(m, top(m), kind);
    for (size_t i = 0; to && i < n; i++)
        if (!add(m, to, item[i])) return false;
    return to != NULL;
}

static bool push_frozen_set(machine *m) {
    tni_pickle **item;
    size_t n;
    tni_pickle *v = pop_mark(m, &item, &n) ? make(m, TNI_PICKLE_SET) : NULL;
    for (size_t i = 0; v && i < n; i++)
        if (!add(m, v, item[i])) return false;
    return push(m, v);
}

// ---- names and calls, none of which is ever looked up or made

// What pickles name that are made to attack who loads them: other programs, files, the network, more code. No
// weights need them, and here they would be as inert as any name; but whoever has such a file should be told.
// Up to protocol 2, which torch.save uses, modules have the names of Python 2: subprocess is `commands`.
static const char attacks[] =
    "os.*,posix.*,nt.*,subprocess.*,sys.*,pty.*,shutil.*,socket.*,importlib.*,runpy.*,ctypes.*,webbrowser.*,"
    "commands.Popen,commands.run,commands.call,commands.check_*,commands.get*output,*.os.system,*.os.popen,"
    "*.os.exec*,*.os.spawn*,*.subprocess.*,"
    "builtins.eval,builtins.exec,builtins.compile,builtins.__import__,builtins.open,builtins.breakpoint,"
    "builtins.input,__builtin__.eval,__builtin__.exec,__builtin__.compile,__builtin__.__import__,"
    "__builtin__.open,__builtin__.breakpoint,__builtin__.input,__builtin__.execfile,"
    "io.open,io.open_code,io.FileIO,_io.open,_io.open_code,_io.FileIO,urllib.*,urllib2.*,http.client.*,"
    "httplib.*,requests.*,pickle.load,pickle.loads,_pickle.load,_pickle.loads,cPickle.load,cPickle.loads,"
    "operator.attrgetter,_operator.attrgetter,operator.methodcaller,_operator.methodcaller,"
    "marshal.*,timeit.*,code.interact,code.Interactive*,pdb.*,bdb.*,cProfile.run*,profile.run*,pip.*,"
    "ensurepip.*,"
    "torch.hub.*,torch.utils.cpp_extension.*,torch.utils.collect_env.*,torch.load,torch.serialization.load,"
    "torch.jit.load,torch.jit._serialization.load,torch.package.*,numpy.testing._private.utils.runstring,"
    "asyncio.create_subprocess_*,asyncio.subprocess.*,ftplib.*,smtplib.*,telnetlib.*,"
    "*.__globals__*,*.__builtins__*,*.__self__*,*.__subclasses__*,*.__getattribute__*";

enum { LONGEST_GLOBAL = 512 }; // each is copied and looked up, and takes five bytes of a file

static bool push_global(machine *m, tn_str module, tn_str name) {
    if (module.size > LONGEST_GLOBAL || name.size > LONGEST_GLOBAL)
        return wrong(m, TN_UNSUPPORTED, "it names something by a text that is too long");
    tni_pickle *v = make(m, TNI_PICKLE_GLOBAL);
    if (!v) return false;
    char *text = tni_arena_alloc(m->to, module.size + name.size + 2);
    if (!text) return no_memory(m);
    memcpy(text, module.text, module.size);
    text[module.size] = '.';
    memcpy(text + module.size + 1, name.text, name.size);
    text[module.size + 1 + name.size] = 0;
    v->as.text = (tn_str){text, module.size + 1 + name.size};
    if (tni_listed(attacks, text)) {
        m->attack = text;
        return wrong(m, TN_INVALID, "it is made to act on the machine of whoever loads it in Python");
    }
    return push(m, v);
}

static bool take_line(machine *m, tn_str *line) {
    const unsigned char *end = memchr(m->at, '\n', (size_t)(m->end - m->at));
    if (!end) return wrong(m, TN_FORMAT, "it is truncated");
    *line = (tn_str){(const char *)m->at, (size_t)(end - m->at)};
    m->at = end + 1;
    return true;
}

static bool read_global(machine *m) {
    tn_str module, name;
    return take_line(m, &module) && take_line(m, &name) && push_global(m, module, name);
}

static bool pop_global(machine *m) { // STACK_GLOBAL
    tni_pickle *name = pop(m), *module = name ? pop(m) : NULL;
    if (!module) return false;
    if (name->kind != TNI_PICKLE_TEXT || module->kind != TNI_PICKLE_TEXT)
        return wrong(m, TN_FORMAT, "it names something by what is no text");
    return push_global(m, module->as.text, name->as.text);
}

static bool push_call(machine *m, tni_pickle_kind kind, const tni_pickle *what, const tni_pickle *args) {
    tni_pickle *v = what ? make(m, kind) : NULL;
    if (!v) return false;
    v->as.call = tni_arena_zalloc(m->to, sizeof *v->as.call);
    if (!v->as.call) return no_memory(m);
    v->as.call->what = what;
    v->as.call->args = args;
    return push(m, v);
}

static bool push_persistent(machine *m) { // BINPERSID
    tni_pickle_tree *t = m->tree;
    if (!push_call(m, TNI_PICKLE_PERSISTENT, pop(m), NULL)) return false;
    if (!tni_arena_grow(m->to, &t->persistent, t->persistents, &t->room, sizeof *t->persistent))
        return no_memory(m);
    t->persistent[t->persistents++] = top(m);
    return true;
}

static bool call(machine *m) { // REDUCE, NEWOBJ
    tni_pickle *args = pop(m), *what = args ? pop(m) : NULL;
    if (args && args->kind != TNI_PICKLE_TUPLE) return wrong(m, TN_FORMAT, "a call's arguments are no tuple");
    return push_call(m, TNI_PICKLE_OBJECT, what, args);
}

static bool call_with_names(machine *m) { // NEWOBJ_EX: the named arguments are not kept
    return pop(m) && call(m);
}

static bool set_state(machine *m) { // BUILD
    tni_pickle *state = pop(m), *v = state ? top(m) : NULL;
    if (!v) return false;
    if (v->kind != TNI_PICKLE_OBJECT) return wrong(m, TN_FORMAT, "it sets the state of what has none");
    v->as.call->state = state;
    return true;
}

// ---- the memo

static bool put(machine *m, uint64_t i) {
    tni_pickle *v = top(m);
    if (!v) return false;
    if (i > m->opcodes) return wrong(m, TN_FORMAT, "it remembers under a number that is far too large");
    while (m->memos <= i) {
        if (!tni_grow(m->to->env, &m->memo, m->memos, &m->memo_room, sizeof *m->memo)) return no_memory(m);
        m->memo[m->memos++] = NULL;
    }
    m->memo[i] = v;
    return true;
}

static bool get(machine *m, uint64_t i) {
    if (i >= m->memos || !m->memo[i]) return wrong(m, TN_FORMAT, "it recalls what it never remembered");
    return push(m, m->memo[i]);
}

static bool memo_op(machine *m, bool (*op)(machine *, uint64_t), size_t bytes) {
    uint64_t i;
    return take_int(m, bytes, &i) && op(m, i);
}

// ---- opcodes

static bool drop(machine *m) { // POP takes a mark when it lies on top
    if (m->marks && m->mark[m->marks - 1] == m->depth) return m->marks--, true;
    return pop(m) != NULL;
}

static bool drop_marked(machine *m) {
    tni_pickle **item;
    size_t n;
    return pop_mark(m, &item, &n);
}

static bool check_protocol(machine *m) {
    uint64_t version;
    return take_int(m, 1, &version) &&
           (version <= 5 || wrong(m, TN_UNSUPPORTED, "its protocol is newer than 5"));
}

static bool step(machine *m, unsigned char opcode) {
    switch (opcode) {
    case 0x80: return check_protocol(m);
    case 0x95: return take(m, 8) != NULL; // FRAME: only a hint about buffering
    case '(': return push_mark(m);
    case '0': return drop(m);
    case '1': return drop_marked(m);
    case '2': return push(m, top(m));
    case 'N': return push(m, make(m, TNI_PICKLE_NONE));
    case 0x88: return push_bool(m, true);
    case 0x89: return push_bool(m, false);
    case 'J': return push_unsigned(m, 4);
    case 'K': return push_unsigned(m, 1);
    case 'M': return push_unsigned(m, 2);
    case 0x8a: return push_long(m, 1);
    case 0x8b: return push_long(m, 4);
    case 'G': return push_float(m);
    case 'X': return push_text(m, TNI_PICKLE_TEXT, 4);
    case 0x8c: return push_text(m, TNI_PICKLE_TEXT, 1);
    case 0x8d: return push_text(m, TNI_PICKLE_TEXT, 8);
    case 'T': return push_text(m, TNI_PICKLE_TEXT, 4); // Python 2's str, which names were in
    case 'U': return push_text(m, TNI_PICKLE_TEXT, 1);
    case 'B': return push_text(m, TNI_PICKLE_BYTES, 4);
    case 'C': return push_text(m, TNI_PICKLE_BYTES, 1);
    case 0x8e: return push_text(m, TNI_PICKLE_BYTES, 8);
    case 0x96: return push_text(m, TNI_PICKLE_BYTES, 8);
    case ')': return push_tuple(m, NULL, 0);
    case 't': return push_marked_tuple(m);
    case 0x85: return push_small_tuple(m, 1);
    case 0x86: return push_small_tuple(m, 2);
    case 0x87: return push_small_tuple(m, 3);
    case ']': return push(m, make(m, TNI_PICKLE_LIST));
    case 'a': return add_one(m);
    case 'e': return add_marked(m, TNI_PICKLE_LIST);
    case '}': return push(m, make(m, TNI_PICKLE_DICT));
    case 's': return add_pair(m);
    case 'u': return add_marked(m, TNI_PICKLE_DICT);
    case 0x8f: return push(m, make(m, TNI_PICKLE_SET));
    case 0x90: return add_marked(m, TNI_PICKLE_SET);
    case 0x91: return push_frozen_set(m);
    case 'c': return read_global(m);
    case 0x93: return pop_global(m);
    case 'R': return call(m);
    case 0x81: return call(m);
    case 0x92: return call_with_names(m);
    case 'b': return set_state(m);
    case 'Q': return push_persistent(m);
    case 'q': return memo_op(m, put, 1);
    case 'r': return memo_op(m, put, 4);
    case 0x94: return put(m, m->memos);
    case 'h': return memo_op(m, get, 1);
    case 'j': return memo_op(m, get, 4);
    default: return wrong(m, TN_UNSUPPORTED, "an operation is none of those of protocols 2 to 5");
    }
}

// Runs to STOP; what then lies on the stack is the value.
static const tni_pickle *run(machine *m) {
    for (const unsigned char *opcode; (opcode = take(m, 1));) {
        if (*opcode == '.') return m->marks ? (wrong(m, TN_FORMAT, "a mark is left over"), NULL) : pop(m);
        if (++m->opcodes > MOST_OPCODES) return wrong(m, TN_LIMIT, "it has too many operations"), NULL;
        if (!step(m, *opcode)) break;
    }
    return NULL;
}

tn_status tni_pickle_read(tni_pickle_tree *tree, tni_arena *to, const void *data, size_t size,
                          const char *name, tn_diags *diags) {
    machine m = {.to = to, .start = data, .at = data, .tree = tree};
    *tree = (tni_pickle_tree){0};
    m.end = m.at + size;
    tree->root = run(&m);
    tree->used = (size_t)(m.at - m.start);
    tni_free(to->env, m.stack);
    tni_free(to->env, m.memo);
    tni_free(to->env, m.mark);
    if (tree->root) return TN_OK;
    if (m.status == TN_NOMEM) return TN_NOMEM;
    if (m.attack)
        return tni_diag(
            diags,
            &(tn_diag){.status = m.status,
                       .hint = "nothing of it was run; do not give it to torch.load, and have the weights "
                               "from where you trust, as safetensors"},
            "cannot read '%s': at byte %zu of its pickle: it names '%.80s': %s", name, tree->used, m.attack,
            m.why);
    return tni_error(diags, m.status, "cannot read '%s': at byte %zu of its pickle: %s", name, tree->used,
                     m.why);
}

// ---- looking at values

bool tni_pickle_is_text(const tni_pickle *v, const char *text) {
    return v && v->kind == TNI_PICKLE_TEXT && tni_str_is(v->as.text, text);
}

bool tni_pickle_is_global(const tni_pickle *v, const char *name) {
    return v && v->kind == TNI_PICKLE_GLOBAL && tni_str_is(v->as.text, name);
}

tn_str tni_pickle_class(const tni_pickle *v) {
    const tni_pickle *what = v && v->kind == TNI_PICKLE_OBJECT ? v->as.call->what : NULL;
    return what && what->kind == TNI_PICKLE_GLOBAL ? what->as.text : (tn_str){"", 0};
}

const tni_pickle *tni_pickle_item(const tni_pickle *v, size_t i) {
    if (!v || (v->kind != TNI_PICKLE_TUPLE && v->kind != TNI_PICKLE_LIST) || i >= v->count) return NULL;
    return v->as.list.item[i];
}

bool tni_pickle_int(const tni_pickle *v, int64_t *to) {
    if (v && v->kind == TNI_PICKLE_INT) return *to = v->as.i, true;
    return false;
}

// OrderedDict([[key, value], ...]), as Python 2 wrote it.
static const tni_pickle *pairs_of(const tni_pickle *v) {
    if (!tni_str_is(tni_pickle_class(v), "collections.OrderedDict")) return NULL;
    return tni_pickle_item(v->as.call->args, 0);
}

static const tni_pickle *dict_of(const tni_pickle *v) {
    if (v && v->kind == TNI_PICKLE_OBJECT) v = v->as.call->dict;
    return v && v->kind == TNI_PICKLE_DICT ? v : NULL;
}

bool tni_pickle_is_dict(const tni_pickle *v) {
    return dict_of(v) || tni_str_is(tni_pickle_class(v), "collections.OrderedDict");
}

bool tni_pickle_pair(const tni_pickle *v, size_t i, const tni_pickle **key, const tni_pickle **value) {
    const tni_pickle *dict = dict_of(v);
    if (!dict) {
        const tni_pickle *pair = tni_pickle_item(pairs_of(v), i);
        *key = tni_pickle_item(pair, 0);
        *value = tni_pickle_item(pair, 1);
        return *key && *value;
    }
    if (i >= dict->count / 2) return false;
    *key = dict->as.list.item[2 * i];
    *value = dict->as.list.item[2 * i + 1];
    return true;
}

const tni_pickle *tni_pickle_get(const tni_pickle *v, const char *key) {
    const tni_pickle *k, *value, *found = NULL;
    for (size_t i = 0; tni_pickle_pair(v, i, &k, &value); i++)
        if (tni_pickle_is_text(k, key)) found = value; // the last one wins, as in Python
    return found;
}
