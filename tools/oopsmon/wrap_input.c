/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrap_input.h"
#include "input.h"

#include "core/boot/image64.h"
#include "core/boot/zimage.h"
#include "core/tree/dt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FIRST_BYTES = 1 << 20, /* of memory; more is taken as the file has it */
	EFI_MAGIC = 0x5a4d,    /* "MZ" */
};

bool refuse(const struct loaded *f, const char *program, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: %s: ", program, f->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

const char *version_text(uint32_t version, char out[24])
{
	snprintf(out, 24, "%" PRIu32 ".%" PRIu32 ".%" PRIu32, version >> 16, version >> 8 & 255,
		 version & 255);
	return out;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Makes room for more; false: there is none. */
static bool grow(struct loaded *f, size_t *room)
{
	const size_t more = *room ? 2 * *room : FIRST_BYTES;
	uint8_t *p = realloc(f->p, more);

	if (!p)
		return false;
	f->p = p;
	*room = more;
	return true;
}

static size_t next_unpacked(void *in, uint8_t *to, size_t len)
{
	return input_read(in, to, len);
}

static size_t next_raw(void *file, uint8_t *to, size_t len)
{
	return fread(to, 1, len, file);
}

/* All that @next gives, until it gives less than it was asked for. */
static bool read_all(struct loaded *f, const char *program,
		     size_t (*next)(void *from, uint8_t *to, size_t len), void *from)
{
	size_t room = 0;

	do {
		if (!grow(f, &room))
			return refuse(f, program, "out of memory");
		f->len += next(from, f->p + f->len, room - f->len);
		if (f->len > WRAP_INPUT_MAX)
			return refuse(f, program,
				      "larger than %d MiB: no kernel or firmware for a board",
				      WRAP_INPUT_MAX >> 20);
	} while (f->len == room);
	return true;
}

static void note_identity(struct loaded *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return;
	f->device = st.st_dev;
	f->inode = st.st_ino;
}

bool loaded_read(struct loaded *f, const char *program, const char *name)
{
	struct progress progress = { 0 };
	struct input in;
	bool good;

	*f = (struct loaded){ .name = name };
	if (!input_open(&in, program, name, &progress))
		return false;
	note_identity(f, in.fd);
	good = in.is_device ? refuse(f, program, "a device: give a file")
			    : read_all(f, program, next_unpacked, &in);
	f->packed = in.packed;
	if (good && in.damage)
		good = refuse(f, program, "%s", in.damage);
	if (good && f->len == 0)
		good = refuse(f, program, "the file is empty");
	input_close(&in);
	return good;
}

bool loaded_read_raw(struct loaded *f, const char *program, const char *name)
{
	FILE *file = fopen(name, "rb");
	bool good;

	*f = (struct loaded){ .name = name };
	if (!file)
		return refuse(f, program, "%s", strerror(errno));
	note_identity(f, fileno(file));
	good = read_all(f, program, next_raw, file);
	if (good && ferror(file))
		good = refuse(f, program, "%s", strerror(errno));
	fclose(file);
	return good;
}

void loaded_free(struct loaded *f)
{
	free(f->p);
	*f = (struct loaded){ 0 };
}

/* ---- files of another kind ------------------------------------------------------------------- */

#define GIVE_ZIMAGE                                                                                \
	"give the kernel's file arch/arm/boot/zImage or arch/arm64/boot/Image, or Debian's "       \
	"/boot/vmlinuz-*"
#define ONLY_ARM "only kernels for ARM can be wrapped"

/* By the bytes that they have in a fixed place; the first that fits counts. */
static const struct foreign {
	size_t off, n;
	const char *bytes;
	const char *what, *remedy;
} foreigners[] = {
	{ 4, 4, "zimg", "an EFI program with a kernel packed in it (vmlinuz.efi, EFI zboot)",
	  "give the kernel's file arch/arm64/boot/Image" },
	{ 0x38, 4, "ARM\x64", "an arm64 kernel (Image)", GIVE_ZIMAGE },
	{ 0x38, 4, "RSC\x05", "a RISC-V kernel", ONLY_ARM },
	{ 0x202, 4, "HdrS", "an x86 kernel", ONLY_ARM },
	{ 0, 4, "\x27\x05\x19\x56", "U-Boot's uImage",
	  "give the kernel in it (dumpimage -T kernel -p 0 -o KERNEL FILE); --uimage makes a "
	  "uImage again" },
	{ 0, 4,
	  "\x7f"
	  "ELF",
	  "an ELF file, such as vmlinux", GIVE_ZIMAGE },
	{ 0, 8, "ANDROID!", "Android's boot image", "give the kernel in it" },
	{ 0, 4, "\xd0\x0d\xfe\xed", "a device tree, or U-Boot's FIT",
	  "give the kernel alone; --fit makes a FIT again" },
	{ 0, 3, "BZh", "packed with bzip2", "unpack it first" },
	{ 0, 4, "\x28\xb5\x2f\xfd", "packed with zstd", "unpack it first" },
	{ 0, 4, "\x02\x21\x4c\x18", "packed with lz4", "unpack it first" },
	{ 0, 4, "\x04\x22\x4d\x18", "packed with lz4", "unpack it first" },
	{ 0, 4, "\x89LZO", "packed with lzop", "unpack it first" },
	{ 0, 3, "\x5d\x00\x00", "packed with lzma", "unpack it first" },
	{ 0, 2, "MZ", "an EFI program", GIVE_ZIMAGE },
	{ 0, 2, "#!", "a script", GIVE_ZIMAGE },
};

static const struct foreign *find_foreign(struct span s)
{
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(foreigners[0]); i++) {
		const struct foreign *a = &foreigners[i];

		if (span_has(s, a->off, a->n) && memcmp(s.p + a->off, a->bytes, a->n) == 0)
			return a;
	}
	return NULL;
}

/* The monitor's own files in place of what it is to start. */
static bool check_not_ours(const struct loaded *f, const char *program)
{
	struct wrapped w;
	char version[24];
	const enum om_err err = wrapped_find(loaded_span(f), &w);

	if (err == OM_E_NOT_FOUND || w.form == FORM_OTHER)
		return true;
	version_text(w.image.version, version);
	if (err == OM_E_EMPTY && w.form == FORM_PLAIN)
		return refuse(f, program,
			      "this is oopsmon's own image (%s): give what it is to "
			      "start; it itself is given by --image",
			      version);
	return refuse(f, program,
		      "already wrapped (with oopsmon %s): give the original, which "
		      "--unwrap brings back",
		      version);
}

static bool refuse_packed(const struct loaded *f, const char *program)
{
	const struct foreign *in = find_foreign(loaded_span(f));

	return refuse(f, program, "packed with %s%s%s: %s", f->packed, in ? ", and in it is " : "",
		      in ? in->what : "", in ? in->remedy : "unpack it first");
}

/*
 * The end of the last section, as the header for EFI has it; 0: there is none. The kernel's own
 * header does not say how long the file is.
 * Source: Microsoft's PE format; Linux arch/arm64/kernel/efi-header.S (6.1).
 */
static uint64_t efi_end(struct span s)
{
	enum {
		PE_OFF = 0x3c,
		PE_MAGIC = 0x4550, /* "PE", 0, 0 */
		PE_HEAD_BYTES = 24,
		PE_SECTIONS = 6,
		PE_OPTIONAL = 20,
		SECTION_BYTES = 40,
		SECTION_SIZE = 16, /* in the file */
		SECTION_OFF = 20,
	};
	const size_t at = span_has(s, PE_OFF, 4) ? le32_load(s.p + PE_OFF) : s.len;
	uint64_t end = 0;
	size_t section;

	if (!span_has(s, at, PE_HEAD_BYTES) || le32_load(s.p + at) != PE_MAGIC)
		return 0;
	section = at + PE_HEAD_BYTES + (le32_load(s.p + at + PE_OPTIONAL) & 0xffff);
	for (uint32_t left = le32_load(s.p + at + PE_SECTIONS) & 0xffff;
	     left && span_has(s, section, SECTION_BYTES); left--, section += SECTION_BYTES) {
		const uint64_t to = (uint64_t)le32_load(s.p + section + SECTION_OFF) +
				    le32_load(s.p + section + SECTION_SIZE);

		end = to > end ? to : end;
	}
	return end;
}

/* @err and @image: from image64_parse() */
static bool check_image64(const struct loaded *f, const char *program, bool takes_tree,
			  enum om_err err, const struct image64 *image)
{
	if (err == OM_E_VARIANT)
		return refuse(f, program, "a big-endian arm64 Image: only a %s can be wrapped",
			      kernel_image64.name);
	if (err)
		return refuse(f, program,
			      "an arm64 Image whose header says impossible sizes: get it again");
	if (image->is_efi && efi_end(loaded_span(f)) > f->len)
		return refuse(f, program,
			      "cut: its header says %" PRIu64 " bytes, it has %zu; get it again",
			      efi_end(loaded_span(f)), f->len);
	if (takes_tree)
		return refuse(f, program,
			      "an arm64 Image, which whoever starts it gives a device tree: leave "
			      "--dtb out, or make a FIT of both with --fit");
	return true;
}

static bool check_zimage(const struct loaded *f, const char *program, bool takes_tree)
{
	const struct span s = loaded_span(f);
	const struct foreign *other = find_foreign(s);
	struct zimage z;
	const enum om_err err =
		zimage_parse(span_sub(s, 0, ZIMAGE_HEAD_BYTES), (uint32_t)s.len, &z);

	if (err == OM_E_TRUNCATED)
		return refuse(f, program,
			      "cut: its header says that it is larger than its %zu "
			      "bytes; get it again",
			      s.len);
	if (err == OM_E_VARIANT)
		return refuse(f, program, "a big-endian zImage: only a %s can be wrapped",
			      kernel_zimage.name);
	if (err && other)
		return refuse(f, program, "not a zImage but %s: %s", other->what, other->remedy);
	if (err)
		return refuse(f, program, "not a kernel: " GIVE_ZIMAGE);
	if (takes_tree && z.file_bytes < s.len)
		return refuse(f, program,
			      "has %zu bytes after the kernel, such as a device tree: "
			      "leave --dtb out, or give the kernel alone",
			      s.len - z.file_bytes);
	return true;
}

/* An arm64 kernel does not unpack itself: it often comes packed. */
bool check_kernel(const struct loaded *f, const char *program, bool takes_tree,
		  struct kernel_file *out)
{
	struct image64 image;
	const struct span s = loaded_span(f);
	const enum om_err err =
		image64_parse(span_sub(s, 0, IMAGE64_HEAD_BYTES), (uint32_t)s.len, &image);

	out->machine = err == OM_E_BAD_MAGIC ? MACHINE_ARM : MACHINE_ARM64;
	if (f->packed && out->machine == MACHINE_ARM)
		return refuse_packed(f, program);
	if (!check_not_ours(f, program) ||
	    !(out->machine == MACHINE_ARM ? check_zimage(f, program, takes_tree)
					  : check_image64(f, program, takes_tree, err, &image)))
		return false;
	out->is_efi = (le32_load(s.p) & 0xffff) == EFI_MAGIC;
	return true;
}

void say_no_efi(const struct loaded *f, const char *program, enum wrapped_machine machine)
{
	fprintf(stderr,
		"%s: %s: not an EFI program when wrapped: EFI firmware and GRUB "
		"cannot start it, U-Boot's %s and all others can\n",
		program, f->name, machine == MACHINE_ARM64 ? "booti" : "bootz");
}

bool check_stage(const struct loaded *f, const char *program)
{
	const struct span s = loaded_span(f);
	const struct foreign *other = find_foreign(s);
	int32_t to = 0;

	if (f->packed)
		return refuse_packed(f, program);
	if (!check_not_ours(f, program))
		return false;
	if (s.len > STAGE_BYTES_MAX)
		return refuse(f, program, "larger than %d MiB: out of a branch's reach",
			      STAGE_BYTES_MAX >> 20);
	if (other)
		return refuse(f, program, "%s: give the raw file, such as u-boot.bin", other->what);
	if (s.len >= 4 && is_arm64_branch(le32_load(s.p)))
		return refuse(
			f, program,
			"its first instruction is arm64's branch: give a u-boot.bin for a "
			"32-bit board; one for a 64-bit board does not run in place in flash, "
			"and starts a wrapped kernel by booti");
	if (s.len < 4 || !branch_read(le32_load(s.p), &to))
		return refuse(f, program,
			      "its first word is not a branch in ARM state: not a "
			      "u-boot.bin that runs from the start of the flash");
	if (to < 4 || (size_t)to >= s.len)
		return refuse(f, program,
			      "its first instruction branches to %" PRId32 ", which is "
			      "not in the rest of the file: get it again",
			      to);
	return true;
}

bool check_tree(struct loaded *f, const char *program)
{
	size_t used;
	const enum om_err err = dt_check(f->p, f->len, &used);
	size_t all;

	if (err || f->packed)
		return refuse(f, program,
			      "is no device tree that can be used (%s); check it with "
			      "`dtc -I dtb`",
			      f->packed ? f->packed : om_err_name(err));
	all = be32_load(f->p + 4);
	if (all > f->len)
		return refuse(f, program,
			      "cut: its header says %zu bytes, the file has %zu; get it "
			      "again",
			      all, f->len);
	f->len = all; /* what is after it is not part of it */
	return true;
}

void say_not_wrapped(const struct loaded *f, const char *program, enum om_err err)
{
	static const struct {
		enum om_err err;
		const char *text;
	} texts[] = {
		{ OM_E_EMPTY, "oopsmon's own image: nothing is wrapped with it" },
		{ OM_E_VARIANT, "wrapped by a later version of oopsmon: take that one" },
		{ OM_E_TRUNCATED, "wrapped, but cut: get the file again" },
		{ OM_E_CORRUPT, "wrapped, but what describes it is damaged: get the file again" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err) {
			refuse(f, program, "%s", texts[i].text);
			return;
		}
	refuse(f, program, "not wrapped: oopsmon is not in it");
}
