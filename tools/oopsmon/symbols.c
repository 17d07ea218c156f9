/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	NEAR_BYTES = 1 << 20, /* no function of a kernel is larger */
	LAST_BYTES = 4096,    /* of the last one: nothing says where it ends */
	NAME_BYTES = 512,     /* KSYM_NAME_LEN */
	LINE_BYTES = NAME_BYTES + 64,
	TRIAL_LINES = 4096,	  /* if none of them has a symbol, it is no System.map */
	MAP_BYTES_MAX = 64 << 20, /* a kernel with everything in it has 30 MB */
	TABLE_BYTES_MAX = 256 << 20,
	BANNER_BYTES = 512
};

struct symbol {
	uint64_t address;
	const char *name; /* in struct symbols.names */
};

struct symbols {
	struct symbol *list; /* by address, then by name */
	size_t n, room;
	char **names;	  /* one allocation per name keeps pointers valid */
	uint32_t *byname; /* indices of the list, by name, then by address */
	uint64_t offset;
	char banner[BANNER_BYTES];
	const char *why; /* reading must end; NULL: go on */
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
			s->why = "out of memory";
			return;
		}
		s->names = names;
		s->room = room;
	}
	s->names[s->n] = strdup(name);
	if (!s->names[s->n]) {
		s->why = "out of memory";
		return;
	}
	s->list[s->n] = (struct symbol){ address, s->names[s->n] };
	s->n++;
}

/* ---- System.map ---------------------------------------------------------------------------- */

/* "c0101234 T name", and after modules' symbols "\t[module]" as in /proc/kallsyms. */
static bool add_line(struct symbols *s, char *line)
{
	char *end;
	const uint64_t address = strtoull(line, &end, 16);
	char *name = end + 3;

	if (end == line || end[0] != ' ' || end[1] <= ' ' || end[1] > '~' || end[2] != ' ')
		return false;
	name[strcspn(name, " \t\n")] = '\0';
	if (name[0] && is_wanted(end[1], name))
		add(s, address, name);
	return name[0] != '\0';
}

/* @begin: the @n characters that were read already */
static bool load_map(struct symbols *s, FILE *f, const char *begin, size_t n)
{
	char line[LINE_BYTES];
	size_t lines = 0, good = 0, bytes = n;

	if (memchr(begin, '\n', n) || memchr(begin, '\0', n))
		return false;
	memcpy(line, begin, n);
	line[n] = '\0';
	while (!s->why && fgets(line + n, (int)(sizeof(line) - n), f)) {
		bytes += strlen(line + n) + 1;
		n = 0;
		lines++;
		good += add_line(s, line);
		if (good == 0 && lines == TRIAL_LINES)
			return false;
		if (bytes > MAP_BYTES_MAX)
			s->why = "larger than a System.map can be";
	}
	return good > 0 && good >= lines / 2;
}

/* ---- ELF ----------------------------------------------------------------------------------- */

/* The string at @address, if the file has a section's bytes for it. */
static void load_banner(struct symbols *s, Elf *elf, uint64_t address)
{
	static const char begin[] = "Linux version ";
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS ||
		    address - header.sh_addr >= header.sh_size || !(header.sh_flags & SHF_ALLOC))
			continue;

		const Elf_Data *data = elf_rawdata(section, NULL);
		const uint64_t off = address - header.sh_addr;

		if (!data || off >= data->d_size)
			return;

		const char *text = (const char *)data->d_buf + off;
		const size_t left = data->d_size - off;

		snprintf(s->banner, sizeof(s->banner), "%.*s",
			 (int)(left < BANNER_BYTES ? left : BANNER_BYTES - 1), text);
		s->banner[strcspn(s->banner, "\n")] = '\0';
		if (strncmp(s->banner, begin, sizeof(begin) - 1) != 0)
			s->banner[0] = '\0';
		return;
	}
}

static void load_table(struct symbols *s, Elf_Data *data, Elf *elf, size_t strings)
{
	GElf_Ehdr header;
	GElf_Sym sym;
	/* bit 0 of an ARM function's value says Thumb */
	const uint64_t mask = gelf_getehdr(elf, &header) && header.e_machine == EM_ARM
				      ? ~(uint64_t)1
				      : ~(uint64_t)0;

	for (int i = 0; gelf_getsym(data, i, &sym) && !s->why; i++) {
		const char *name = elf_strptr(elf, strings, sym.st_name);
		const int type = GELF_ST_TYPE(sym.st_info);

		if (!name || sym.st_shndx == SHN_UNDEF)
			continue;
		if (strcmp(name, "linux_banner") == 0 && !s->banner[0])
			load_banner(s, elf, sym.st_value);
		else if ((type == STT_FUNC || type == STT_NOTYPE) && is_wanted('t', name))
			add(s, sym.st_value & mask, name);
	}
}

/* The bytes of section @number are no more than a kernel's can be. */
static bool is_moderate(Elf *elf, size_t number)
{
	Elf_Scn *section = elf_getscn(elf, number);
	GElf_Shdr header;

	return section && gelf_getshdr(section, &header) && header.sh_size <= TABLE_BYTES_MAX;
}

static bool load_elf(struct symbols *s, int fd)
{
	Elf_Scn *section = NULL;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return false;

	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);

	while (elf && !s->why && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		if (!is_moderate(elf, elf_ndxscn(section)) || !is_moderate(elf, header.sh_link)) {
			s->why = "its symbol table is larger than a kernel's can be";
			break;
		}

		Elf_Data *data = elf_getdata(section, NULL);

		if (data)
			load_table(s, data, elf, header.sh_link);
	}
	elf_end(elf);
	return s->n > 0;
}

/* ---- both ---------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	const struct symbol *left = a;
	const struct symbol *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return strcmp(left->name, right->name);
}

static int by_name(const void *a, const void *b, void *arg)
{
	const struct symbols *s = arg;
	const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	const int order = strcmp(s->list[left].name, s->list[right].name);

	return order ? order : left < right ? -1 : left > right;
}

static bool sort(struct symbols *s)
{
	qsort(s->list, s->n, sizeof(*s->list), by_address);
	if (s->list[s->n / 2].address == 0) {
		s->why = "all addresses are 0: read it as root, or see kptr_restrict";
		return false;
	}
	s->byname = malloc(s->n * sizeof(*s->byname));
	if (!s->byname) {
		s->why = "out of memory";
		return false;
	}
	for (size_t i = 0; i < s->n; i++)
		s->byname[i] = (uint32_t)i;
	qsort_r(s->byname, s->n, sizeof(*s->byname), by_name, s);
	return true;
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
	const bool good = is_elf ? load_elf(s, fileno(f)) : load_map(s, f, magic, n);
	const bool failed = ferror(f) != 0;
	const int error = errno;

	fclose(f);
	if (good && !failed && !s->why && s->n > 0 && sort(s))
		return s;
	*why = failed	? strerror(error)
	       : s->why ? s->why
	       : is_elf ? "no symbol table: give the vmlinux before it was stripped"
			: "neither a System.map nor an ELF file with symbols";
	symbols_free(s);
	return NULL;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->names[i]);
	free(s->names);
	free(s->byname);
	free(s->list);
	free(s);
}

const char *symbols_banner(const struct symbols *s)
{
	return s->banner[0] ? s->banner : NULL;
}

void symbols_move(struct symbols *s, uint64_t offset)
{
	s->offset = offset;
}

/* ---- look-up ------------------------------------------------------------------------------- */

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
	if (low == 0 ||
	    address - s->list[low - 1].address >= (low == s->n ? LAST_BYTES : NEAR_BYTES))
		return NULL;
	low--;
	while (low > 0 && s->list[low - 1].address == s->list[low].address)
		low--;
	return &s->list[low];
}

/* Up to the next symbol that is not at the same place; 0: there is none. */
static uint64_t bytes_of(const struct symbols *s, const struct symbol *symbol)
{
	for (const struct symbol *next = symbol + 1; next < s->list + s->n; next++)
		if (next->address != symbol->address)
			return next->address - symbol->address;
	return 0;
}

size_t symbols_name(const struct symbols *s, uint64_t address, enum address_kind kind, char *out,
		    size_t cap)
{
	const uint64_t back = kind == ADDRESS_RETURN;
	const uint64_t at = address - s->offset;
	const struct symbol *symbol = nearest(s, at - back);

	if (!symbol || cap == 0)
		return 0;

	const uint64_t bytes = bytes_of(s, symbol);
	int n = bytes ? snprintf(out, cap, "%s+0x%" PRIx64 "/0x%" PRIx64, symbol->name,
				 at - symbol->address, bytes)
		      : snprintf(out, cap, "%s+0x%" PRIx64, symbol->name, at - symbol->address);

	return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

uint64_t symbols_into(const struct symbols *s, uint64_t address)
{
	const struct symbol *symbol = nearest(s, address - s->offset);

	return symbol ? address - s->offset - symbol->address : UINT64_MAX;
}

bool symbols_places(const struct symbols *s, const char *name, size_t i, uint64_t *address,
		    uint64_t *bytes)
{
	const struct symbol *symbol;
	size_t low = 0, high = s->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (strcmp(s->list[s->byname[mid]].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (i >= s->n - low)
		return false;
	symbol = &s->list[s->byname[low + i]];
	if (strcmp(symbol->name, name) != 0)
		return false;
	*address = symbol->address;
	*bytes = bytes_of(s, symbol);
	return true;
}
