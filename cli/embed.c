// SPDX-License-Identifier: Apache-2.0
// embed.c - `tenon embed`: an engine as an object file (or C source) and a header, for programs that carry
// their network within themselves. The bytes are aligned, so that tn_plan_wrap uses them where the linker
// puts them.
#include "files.h"

#include <errno.h>
#include <string.h>

typedef struct embedding {
    cli *c;
    const char *name; // of the symbol
    unsigned char *data;
    size_t size;
} embedding;

enum { ALIGN = 64 };

// ---- an ELF object of two symbols: the bytes, and their count

#if defined(__x86_64__)
enum { MACHINE = 62 };
#elif defined(__aarch64__)
enum { MACHINE = 183 };
#else
enum { MACHINE = 0 };
#endif

enum { HEADER = 64, SECTION = 64, SYMBOL = 24 };
enum { RODATA = 1, SYMTAB, STRTAB, NAMES, STACK, SECTIONS };
static const char section_names[] = "\0.rodata\0.symtab\0.strtab\0.shstrtab\0.note.GNU-stack";

static void put(unsigned char *at, uint64_t value, size_t bytes) {
    for (; bytes--; value >>= 8) *at++ = (unsigned char)value;
}

typedef struct section {
    uint64_t name, type, flags, at, size, link, info, align, entry;
} section;

static void put_section(unsigned char to[SECTION], const section *s) {
    put(to, s->name, 4);
    put(to + 4, s->type, 4);
    put(to + 8, s->flags, 8);
    put(to + 24, s->at, 8);
    put(to + 32, s->size, 8);
    put(to + 40, s->link, 4);
    put(to + 44, s->info, 4);
    put(to + 48, s->align, 8);
    put(to + 56, s->entry, 8);
}

static void put_symbol(unsigned char to[SYMBOL], size_t name, uint64_t value, uint64_t size) {
    put(to, name, 4);
    to[4] = 1 << 4 | 1; // global, an object
    put(to + 6, RODATA, 2);
    put(to + 8, value, 8);
    put(to + 16, size, 8);
}

// [header][rodata: bytes, padding, count][symbols][strings][section names][section table]
static int write_object(embedding *e, FILE *to) {
    size_t count_at = (e->size + 7) / 8 * 8, rodata = count_at + 8, name = strlen(e->name);
    size_t strings = 1 + name + 1 + name + sizeof "_size", symbols_at = HEADER + rodata;
    size_t strings_at = symbols_at + 3 * SYMBOL, names_at = strings_at + strings;
    size_t table_at = (names_at + sizeof section_names + 7) / 8 * 8;
    unsigned char *file = cli_alloc(e->c, table_at + SECTIONS * SECTION, 1);
    memcpy(file, "\177ELF\2\1\1", 7);
    put(file + 16, 1, 2); // relocatable
    put(file + 18, MACHINE, 2);
    put(file + 20, 1, 4);
    put(file + 40, table_at, 8);
    put(file + 52, HEADER, 2);
    put(file + 58, SECTION, 2);
    put(file + 60, SECTIONS, 2);
    put(file + 62, NAMES, 2);
    memcpy(file + HEADER, e->data, e->size);
    put(file + HEADER + count_at, e->size, 8);
    put_symbol(file + symbols_at + SYMBOL, 1, 0, e->size);
    put_symbol(file + symbols_at + 2 * SYMBOL, 1 + name + 1, count_at, 8);
    memcpy(file + strings_at + 1, e->name, name);
    memcpy(file + strings_at + 2 + name, e->name, name);
    memcpy(file + strings_at + 2 + 2 * name, "_size", sizeof "_size");
    memcpy(file + names_at, section_names, sizeof section_names);
    const section table[SECTIONS] = {
        [RODATA] = {1, 1, 2, HEADER, rodata, 0, 0, ALIGN, 0},
        [SYMTAB] = {9, 2, 0, symbols_at, 3 * SYMBOL, STRTAB, 1, 8, SYMBOL},
        [STRTAB] = {17, 3, 0, strings_at, strings, 0, 0, 1, 0},
        [NAMES] = {25, 3, 0, names_at, sizeof section_names, 0, 0, 1, 0},
        [STACK] = {35, 1, 0, names_at, 0, 0, 0, 1, 0},
    };
    for (int i = 0; i < SECTIONS; i++) put_section(file + table_at + (size_t)i * SECTION, &table[i]);
    fwrite(file, 1, table_at + SECTIONS * SECTION, to);
    return EXIT_FINE;
}

// ---- C

static int write_source(embedding *e, FILE *to) {
    fprintf(to,
            "// An engine, written by tenon embed.\n#include <stddef.h>\n\n_Alignas(%d) const unsigned char "
            "%s[] = {",
            ALIGN, e->name);
    for (size_t i = 0; i < e->size; i++) fprintf(to, i % 20 ? "%u," : "\n    %u,", e->data[i]);
    fprintf(to, "\n};\nconst size_t %s_size = sizeof %s;\n", e->name, e->name);
    return EXIT_FINE;
}

static int write_header(embedding *e, FILE *to) {
    const char *n = e->name;
    fprintf(to,
            "// An engine within the program, written by tenon embed:\n"
            "//     tn_plan_wrap(&plan, env, %s, %s_size, \"%s\", diags);\n"
            "#ifndef TENON_EMBEDDED_%s\n#define TENON_EMBEDDED_%s\n\n#include <stddef.h>\n\n"
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
            "extern const unsigned char %s[]; // aligned to %d bytes\n"
            "extern const size_t %s_size;\n"
            "#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
            n, n, n, n, n, n, ALIGN, n);
    return EXIT_FINE;
}

// ---- files

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return n > m && !strcmp(s + n - m, end);
}

static int write_file(embedding *e, const char *path, int (*write)(embedding *, FILE *)) {
    FILE *to = fopen(path, "wb");
    if (!to) return cli_error(e->c, "cannot write %s: %s", safe(e->c, path), strerror(errno));
    write(e, to);
    bool bad = ferror(to);
    if (fclose(to) || bad) {
        remove(path);
        return cli_error(e->c, "cannot write %s: %s", safe(e->c, path), strerror(errno));
    }
    return EXIT_FINE;
}

static int read_engine(embedding *e, const char *path) {
    tn_plan *plan; // whatever is wrong with it is better said now
    int status = cli_report(e->c, tn_plan_load(&plan, e->c->env, path, true, e->c->diags));
    if (status) return status;
    e->size = tn_plan_bytes(plan);
    tn_plan_free(plan);
    e->data = cli_alloc(e->c, e->size, 1);
    FILE *from = fopen(path, "rb");
    bool whole = from && fread(e->data, 1, e->size, from) == e->size;
    if (from) fclose(from);
    return whole ? EXIT_FINE : cli_error(e->c, "cannot read %s", safe(e->c, path));
}

// "build/digits.o" is digits; what C does not allow in a name becomes '_'.
static const char *symbol_of(cli *c, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *symbol = cli_printf(c, "_%.*s", (int)strcspn(name, "."), name);
    for (char *p = symbol; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *p)) *p = '_';
    return symbol[1] >= '0' && symbol[1] <= '9' ? symbol : symbol + 1;
}

// ---- what it takes to run it

static int list_ops(cli *c, const char *path) {
    tn_plan *plan;
    int status = cli_report(c, tn_plan_load(&plan, c->env, path, true, c->diags));
    if (status) return status;
    const char *between = "";
    for (size_t i = 0; i < tn_list_count(c->env); i++) {
        tn_listing l;
        if (!tn_plan_needs(plan, i) || tn_list_get(c->env, i, &l) != TN_OK || !l.id) continue;
        printf("%s%s", between, l.id);
        between = ";";
    }
    printf("\n");
    tn_plan_free(plan);
    return EXIT_FINE;
}

int run_embed(cli *c) {
    const char *path = c->o.operand[0], *to = opt_text(&c->o, OPT_OUTPUT);
    if (opt_on(&c->o, OPT_LIST_OPS))
        return tn_file_is_plan(path) ? list_ops(c, path)
                                     : cli_error(c, "%s is no engine: build one first", safe(c, path));
    bool object = to && ends_with(to, ".o");
    if (!object && (!to || !ends_with(to, ".c"))) return cli_usage(c, "embed wants -o NAME.o or -o NAME.c");
    if (object && !MACHINE) return cli_usage(c, "object files are not written for this machine: -o NAME.c");
    if (!tn_file_is_plan(path)) return cli_error(c, "%s is no engine: build one first", safe(c, path));
    embedding e = {.c = c, .name = symbol_of(c, to)};
    int status = read_engine(&e, path);
    if (!status) status = write_file(&e, to, object ? write_object : write_source);
    const char *header = cli_printf(c, "%.*s.h", (int)strlen(to) - 2, to);
    if (!status) status = write_file(&e, header, write_header);
    if (!status && !c->quiet) printf("%s, %s: %s[%zu]\n", safe(c, to), safe(c, header), e.name, e.size);
    return status;
}
