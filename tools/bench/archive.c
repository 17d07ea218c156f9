/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the archive costs, on a flash in RAM that counts:
 *
 *     archive entry RECORD CONSOLE FTRACE PMSG ECC CPUS < region > entry
 *     archive text RECORD CONSOLE FTRACE PMSG ECC CPUS < region > texts of the same records
 *     archive ring BLOCK BLOCKS TURNS ENTRY...     the entries round and round
 *     archive fill BLOCK BLOCKS IMAGE ENTRY...     a full ring whose head takes most to find
 *     archive open BLOCK BLOCKS IMAGE              find it
 *
 * Sizes of a region as tools/bench/report.c has them. ENTRY: a file with what is appended at a
 * time, 4 bytes of length (little-endian) before each. Prints numbers; ring and open say which.
 * Exit status 0, 1: something went wrong, 2: usage.
 */
#include "core/archive/archive.h"
#include "core/archive/archive_send.h"
#include "crash.h"

enum { FLASH_MAX = 64 << 20, ENTRIES_MAX = 256 };

static void die(const char *why)
{
	fprintf(stderr, "archive: %s\n", why);
	exit(1);
}

/* ---- an entry, as the monitor writes it --------------------------------------------------- */

static enum om_err append_out(void *ctx, struct span bytes, bool last)
{
	uint8_t head[4];

	(void)ctx;
	(void)last;
	le32_store(head, (uint32_t)bytes.len);
	fwrite(head, 1, sizeof(head), stdout);
	fwrite(bytes.p, 1, bytes.len, stdout);
	return OM_OK;
}

static void entry(const struct report_job *job)
{
	struct archive_send send = { .chapters = chapters_start(job),
				     .put = append_out,
				     .room_bytes = UINT32_MAX };

	if (!send.chapters || archive_send(&send) || send.cut)
		die("not all of the region is in the entry");
}

/* The records' bytes, ftrace's binary and what is still packed as they are in the entry. */
static void texts(const struct report_job *job)
{
	for (uint32_t i = 0; i < job->head.n_records; i++) {
		struct record r;

		if (store_read(job->store, job->numbers[i], job->records[i]->piece, job->work, &r))
			die("a record cannot be read again");
		fwrite(r.text.p, 1, r.text.len, stdout);
	}
}

static int read_region(char **word, bool as_text)
{
	static struct crash crash;

	if (!crash_read(&crash, word))
		die("sizes do not fit");
	if (as_text)
		texts(&crash.job);
	else
		entry(&crash.job);
	return 0;
}

/* ---- flash -------------------------------------------------------------------------------- */

struct ram {
	struct archive_flash flash;
	uint8_t bytes[FLASH_MAX];
	uint32_t wear[ARCHIVE_BLOCKS_MAX];
	uint64_t n_read, n_programmed, n_erased;
};

static enum om_err ram_read(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	struct ram *m = ctx;

	memcpy(to, m->bytes + off, len);
	m->n_read += len;
	return OM_OK;
}

static enum om_err ram_program(void *ctx, uint32_t off, const uint8_t *from, uint32_t len)
{
	struct ram *m = ctx;

	for (uint32_t i = 0; i < len; i++)
		m->bytes[off + i] &= from[i];
	m->n_programmed += len;
	return OM_OK;
}

static enum om_err ram_erase(void *ctx, uint32_t block)
{
	struct ram *m = ctx;

	memset(m->bytes + (size_t)block * m->flash.block_bytes, 0xff, m->flash.block_bytes);
	m->wear[block]++;
	m->n_erased++;
	return OM_OK;
}

static size_t ram_size(const struct ram *m)
{
	return (size_t)m->flash.block_bytes * m->flash.n_blocks;
}

static struct ram *ram_make(char **word)
{
	static struct ram m;

	memset(&m, 0, sizeof(m));
	m.flash = (struct archive_flash){ .ctx = &m,
					  .block_bytes = crash_number(word[0]),
					  .n_blocks = crash_number(word[1]),
					  .read = ram_read,
					  .program = ram_program,
					  .erase = ram_erase };
	if (m.flash.block_bytes == 0 || m.flash.n_blocks > FLASH_MAX / m.flash.block_bytes)
		die("flash too large");
	memset(m.bytes, 0xff, ram_size(&m));
	return &m;
}

/* ---- entries from files ------------------------------------------------------------------- */

struct entries {
	uint32_t n;
	struct span file[ENTRIES_MAX];
};

static struct span load(const char *name)
{
	FILE *f = fopen(name, "rb");
	uint8_t *p;
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		die("cannot read a file");
	p = malloc((size_t)len + 1);
	if (!p || fread(p, 1, (size_t)len, f) != (size_t)len)
		die("cannot read a file");
	fclose(f);
	return (struct span){ p, (size_t)len };
}

static void load_all(char **name, int n, struct entries *e)
{
	if (n < 1 || n > ENTRIES_MAX)
		die("too few or too many entries");
	for (int i = 0; i < n; i++)
		e->file[e->n++] = load(name[i]);
}

/* What writing one entry took. */
struct took {
	uint64_t erased;
	uint64_t erased_once; /* most in one append */
	uint64_t programmed;
};

static struct took append_all(struct ram *m, struct archive *a, struct span file)
{
	const uint64_t erased = m->n_erased, programmed = m->n_programmed;
	struct took t = { 0 };

	if (archive_begin(a))
		die("begin failed");
	for (size_t at = 0; at < file.len;) {
		const size_t len = le32_load(file.p + at);
		const uint64_t before = m->n_erased;

		at += 4;
		if (archive_append(a, span_sub(file, at, len), at + len == file.len))
			die("append failed");
		at += len;
		if (m->n_erased - before > t.erased_once)
			t.erased_once = m->n_erased - before;
	}
	t.erased = m->n_erased - erased;
	t.programmed = m->n_programmed - programmed;
	return t;
}

/* ---- ring --------------------------------------------------------------------------------- */

/* Entries of which every chunk is there and sound. */
static uint32_t complete_entries(const struct ram *m)
{
	uint8_t payload[ARCHIVE_PAYLOAD_MAX];
	struct archive_walk w;
	struct archive_chunk c;
	struct archive a;
	uint32_t n = 0, of = 0, next = 0;
	bool good = false;

	archive_open(&a, &m->flash);
	archive_walk_start(&w, &a);
	while (archive_walk_next(&w, &c)) {
		if (c.entry != of) {
			of = c.entry;
			next = 0;
			good = true;
		}
		good = good && c.number == next++ &&
		       archive_payload(&a, &c, payload) == ARCHIVE_SOUND;
		n += good && c.last;
	}
	return n;
}

struct sums {
	uint32_t kept, kept_max;
	uint64_t written, erased, erased_crash, erased_append, programmed;
	uint64_t late; /* entries smaller than a block for which more than one was erased */
};

/* An entry that is split once more than it must be has a chunk head more, and a unit. */
static bool fits_block(const struct ram *m, const struct took *t)
{
	const uint64_t heads = t->erased * ARCHIVE_BLOCK_HEAD_BYTES;

	return t->programmed - heads + ARCHIVE_CHUNK_HEAD_BYTES + ARCHIVE_UNIT_BYTES <=
	       m->flash.block_bytes - ARCHIVE_BLOCK_HEAD_BYTES;
}

static void count(const struct ram *m, const struct took *t, struct sums *s)
{
	const uint32_t kept = complete_entries(m);

	if (s->written == 0 || kept < s->kept)
		s->kept = kept;
	if (kept > s->kept_max)
		s->kept_max = kept;
	s->written++;
	s->erased += t->erased;
	s->programmed += t->programmed;
	s->late += t->erased > 1 && fits_block(m, t);
	if (t->erased > s->erased_crash)
		s->erased_crash = t->erased;
	if (t->erased_once > s->erased_append)
		s->erased_append = t->erased_once;
}

static uint32_t spread(const struct ram *m)
{
	uint32_t low = m->wear[0], high = m->wear[0];

	for (uint32_t i = 1; i < m->flash.n_blocks; i++) {
		low = m->wear[i] < low ? m->wear[i] : low;
		high = m->wear[i] > high ? m->wear[i] : high;
	}
	return high - low;
}

static int ring(char **word, int n)
{
	static struct entries e;
	struct ram *m = ram_make(word);
	const uint64_t turns = crash_number(word[2]);
	struct sums s = { 0 };
	struct archive a;
	uint32_t worst = 0;

	load_all(word + 3, n - 3, &e);
	archive_open(&a, &m->flash);
	/* counted from the second turn on: the first one fills the ring */
	for (uint32_t i = 0; s.written < e.n || a.sequence < (turns + 1) * m->flash.n_blocks; i++) {
		const struct took t = append_all(m, &a, e.file[i % e.n]);

		if (a.sequence > m->flash.n_blocks)
			count(m, &t, &s);
		worst = spread(m) > worst ? spread(m) : worst;
	}
	printf("kept %u\nkept_max %u\nwritten %llu\nerased %llu\nerased_crash %llu\n"
	       "erased_append %llu\nprogrammed %llu\nlate %llu\nspread %u\nbad %u\n",
	       s.kept, s.kept_max, (unsigned long long)s.written, (unsigned long long)s.erased,
	       (unsigned long long)s.erased_crash, (unsigned long long)s.erased_append,
	       (unsigned long long)s.programmed, (unsigned long long)s.late, worst, a.n_bad);
	return 0;
}

/* ---- finding the head --------------------------------------------------------------------- */

static uint64_t open_bytes(struct ram *m, struct archive *a)
{
	m->n_read = 0;
	archive_open(a, &m->flash);
	return m->n_read;
}

/*
 * Entries until the ring is full and at least one turn of them and one block more are written;
 * at most @n_max. Returns after how many of them most is read to find the head.
 */
static uint32_t fill_up(struct ram *m, const struct entries *e, uint32_t n_max)
{
	struct archive a, again;
	uint64_t most = 0;
	uint32_t n_full = 0, worst = 0;

	archive_open(&a, &m->flash);
	for (uint32_t i = 0; i < n_max; i++) {
		uint64_t read;

		(void)append_all(m, &a, e->file[i % e->n]);
		if (a.sequence <= m->flash.n_blocks)
			continue;
		read = open_bytes(m, &again);
		if (read > most) {
			most = read;
			worst = i + 1;
		}
		if (++n_full > e->n && a.sequence > m->flash.n_blocks + 2)
			break;
	}
	return worst;
}

static int fill(char **word, int n)
{
	static struct entries e;
	struct ram *m = ram_make(word);
	uint32_t worst;
	FILE *out;

	load_all(word + 3, n - 3, &e);
	worst = fill_up(m, &e, UINT32_MAX);
	m = ram_make(word);
	(void)fill_up(m, &e, worst);
	out = fopen(word[2], "wb");
	if (!out || fwrite(m->bytes, 1, ram_size(m), out) != ram_size(m) || fclose(out))
		die("cannot write the image");
	return 0;
}

static int find_head(char **word)
{
	struct ram *m = ram_make(word);
	const struct span image = load(word[2]);
	struct archive a;
	uint64_t read;

	if (image.len != ram_size(m))
		die("image of another size");
	memcpy(m->bytes, image.p, image.len);
	read = open_bytes(m, &a);
	if (a.state != ARCHIVE_OURS || a.n_used != m->flash.n_blocks)
		die("the ring is not full");
	printf("read %llu\n", (unsigned long long)read);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if ((!strcmp(what, "entry") || !strcmp(what, "text")) && argc == 8)
		return read_region(argv + 2, what[0] == 't');
	if (!strcmp(what, "ring") && argc > 5)
		return ring(argv + 2, argc - 2);
	if (!strcmp(what, "fill") && argc > 5)
		return fill(argv + 2, argc - 2);
	if (!strcmp(what, "open") && argc == 5)
		return find_head(argv + 2);
	fprintf(stderr, "usage: archive entry|text|ring|fill|open ...\n");
	return 2;
}
