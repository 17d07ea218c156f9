/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEAR_BYTES = 1 << 20 }; /* no function of a kernel is larger */

struct symbol {
	uint64_t address;
	const char *name; /* in struct symbols.names */
};

struct symbols {
	struct symbol *list; /* by address, then in the file's order */
	size_t n, room;
	char **names; /* one allocation per name keeps pointers valid */
	bool out_of_memory;
};

/* Code only; ARM's mapping symbols "$a", "$t", "$d" and "$x" mark places, not functions. */
static bool is_wanted(char type, const char *name)
{
	return strchr("tTwW", type) && name[0] != '\0' && name[0] != '$';
}

static void add(struct symbols *s, uint64_t address, const char *name)
{
	if (s->n == s->room) {
		const size_t room = s->room ? 2 * s->room : 4096;
		struct symbol *list = realloc(s->list, room * sizeof(*list));

		if (list)
			s->list = list;

		char **names = list ? realloc(s->names, room * sizeof(*names)) : NULL;

		if (!names) {
			s->out_of_memory = true;
			return;
		}
		s->names = names;
		s->room = room;
	}
	s->names[s->n] = strdup(name);
	if (!s->names[s->n]) {
		s->out_of_memory = true;
		return;
	}
	s->list[s->n] = (struct symbol){ address, s->names[s->n] };
	s->n++;
}

/* "c0101234 T name", and behind modules' symbols "\t[module]" as in /proc/kallsyms. */
static bool load_map(struct symbols *s, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	size_t lines = 0;
	size_t good = 0;

	while (getline(&line, &room, f) >= 0 && !s->out_of_memory) {
		uint64_t address;
		char type;
		char name[256];

		lines++;
		if (sscanf(line, "%" SCNx64 " %c %255s", &address, &type, name) != 3)
			continue;
		good++;
		if (is_wanted(type, name))
			add(s, address, name);
	}
	free(line);
	return good > 0 && good >= lines / 2;
}

static void load_table(struct symbols *s, Elf_Data *data, Elf *elf, size_t strings)
{
	GElf_Ehdr header;
	GElf_Sym sym;
	/* bit 0 of an ARM function's value says Thumb */
	const uint64_t mask = gelf_getehdr(elf, &header) && header.e_machine == EM_ARM
				      ? ~(uint64_t)1
				      : ~(uint64_t)0;

	for (int i = 0; gelf_getsym(data, i, &sym) && !s->out_of_memory; i++) {
		const char *name = elf_strptr(elf, strings, sym.st_name);

		if (name && GELF_ST_TYPE(sym.st_info) == STT_FUNC && sym.st_shndx != SHN_UNDEF &&
		    is_wanted('T', name))
			add(s, sym.st_value & mask, name);
	}
}

static bool load_elf(struct symbols *s, int fd)
{
	Elf_Scn *section = NULL;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return false;

	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);

	while (elf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
			continue;

		Elf_Data *data = elf_getdata(section, NULL);

		if (data)
			load_table(s, data, elf, header.sh_link);
	}
	elf_end(elf);
	return s->n > 0;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *left = a;
	const struct symbol *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return strcmp(left->name, right->name);
}

struct symbols *symbols_load(const char *path, const char **why)
{
	FILE *f = fopen(path, "rb");
	struct symbols *s = f ? calloc(1, sizeof(*s)) : NULL;
	char magic[SELFMAG] = { 0 };

	if (!s) {
		*why = strerror(errno);
		if (f)
			fclose(f);
		return NULL;
	}

	const size_t n = fread(magic, 1, sizeof(magic), f);
	const bool is_elf = n == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;

	rewind(f);

	const bool good = is_elf ? load_elf(s, fileno(f)) : load_map(s, f);
	const bool failed = ferror(f) != 0;

	if (!good || s->out_of_memory || s->n == 0) {
		*why = failed		  ? strerror(errno)
		       : s->out_of_memory ? "out of memory"
		       : is_elf ? "no symbol table: give the vmlinux before it was stripped"
				: "neither a System.map nor an ELF file with symbols";
		symbols_free(s);
		s = NULL;
	} else {
		qsort(s->list, s->n, sizeof(*s->list), by_address);
		if (s->list[s->n / 2].address == 0) {
			*why = "all addresses are 0: read it as root, or see kptr_restrict";
			symbols_free(s);
			s = NULL;
		}
	}
	fclose(f);
	return s;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->names[i]);
	free(s->names);
	free(s->list);
	free(s);
}

/* The last symbol at or below @address, the first of equal ones; NULL: none is near. */
static const struct symbol *nearest(const struct symbols *s, uint64_t address)
{
	size_t low = 0;
	size_t high = s->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (s->list[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || address - s->list[low - 1].address >= NEAR_BYTES)
		return NULL;
	low--;
	while (low > 0 && s->list[low - 1].address == s->list[low].address)
		low--;
	return &s->list[low];
}

size_t symbols_name(const struct symbols *s, uint64_t address, char *out, size_t cap)
{
	const struct symbol *symbol = nearest(s, address);

	if (!symbol || cap == 0)
		return 0;

	int n = snprintf(out, cap, "%s+0x%" PRIx64, symbol->name, address - symbol->address);

	return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}
