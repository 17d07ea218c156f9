/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parallel NOR flash that answers a CFI query, with the commands of Intel and Sharp (sets 1
 * and 3) or of AMD and Fujitsu (set 2): one chip or several side by side on a bus of 8, 16 or
 * 32 bits.
 *
 * What is to be done is a list of bus cycles; run() carries it out.
 * Source: JEDEC JESD68.01 (query), JEP137B (command sets); Intel 290606 (28FxxxJ3) and 290702
 * (28FxxxK3: locks of single blocks); Spansion S29GL-N rev. B8 (command set 2).
 */
#include "arch/arch.h"
#include "flash.h"
#include "mmio.h"

enum {
	/* commands, the same to every chip on the bus */
	CMD_READ_ARRAY = 0xff,
	CMD_QUERY = 0x98,
	CMD_READ_ID = 0x90,
	CMD_CLEAR_STATUS = 0x50,
	CMD_PROGRAM = 0x40,
	CMD_BUFFER = 0xe8,
	CMD_ERASE = 0x20,
	CMD_CONFIRM = 0xd0,
	CMD_LOCK_SETUP = 0x60,
	CMD_SUSPEND = 0xb0,
	STATUS_READY = 0x80,
	STATUS_ERASE_SUSPENDED = 0x40,
	STATUS_ERASE = 0x20,
	STATUS_PROGRAM = 0x10,
	STATUS_VOLTAGE = 0x08,
	STATUS_PROGRAM_SUSPENDED = 0x04,
	STATUS_LOCKED = 0x02,
	LOCK_ADDRESS = 2, /* in a block, in the identifier's mode */
	LOCKED = 1,
	LOCKED_DOWN = 2,

	AMD_RESET = 0xf0,
	AMD_PROGRAM = 0xa0,
	AMD_BUFFER = 0x25,
	AMD_BUFFER_GO = 0x29,
	AMD_ERASE_SETUP = 0x80,
	AMD_ERASE = 0x30,
	AMD_KEY_1 = 0x555, /* addresses; higher bits do not count */
	AMD_KEY_2 = 0x2aa,
	AMD_KEY_SPAN = 0x800,
	AMD_TOGGLES = 0x40,  /* DQ6, while it works */
	AMD_EXCEEDED = 0x20, /* DQ5 */
	AMD_ABORTED = 0x02,  /* DQ1, of a buffer */

	/* addresses of the query */
	Q_ENTER = 0x55,
	Q_FIRST = 0x10, /* "QRY" */
	Q_COMMANDS = 0x13,
	Q_EXTENDED = 0x15, /* where what only this command set has stands */
	Q_TIMES = 0x1f,	   /* typical: write, buffer, block, chip; then the longest, as factors */
	Q_BYTES = 0x27,
	Q_BUFFER = 0x2a,
	Q_REGIONS = 0x2c,
	Q_END = 0x80,
	X_FEATURES = 5, /* Intel, in the extended table: bits */
	X_LOCKS = 1 << 3,
	X_LOCKS_EACH = 1 << 5,
	X_BOOT = 0xf, /* AMD: where the small blocks are */
	X_BOOT_TOP = 3,
	X_BYTES = 0x10,
	SIZE_LOG2_MAX = 28,

	POLLS_PER_US = 16, /* without a clock: flash is not read faster than that */
	SUSPEND_POLLS = 1000,
	PROGRAM_US_MIN = 1000,
	PROGRAM_US_MAX = 1000000,
	ERASE_US_MIN = 1000000,
	ERASE_US_MAX = 30000000,

	STEP_BYTES = 512, /* at most at once: they wait on the stack */
	STEP_WORDS = 256,
	LEAD_MAX = 6
};

/* ---- bus cycles ---------------------------------------------------------------------------- */

struct cycle {
	uint32_t at, value;
};

enum job_wait { WAIT_NONE, WAIT_STATUS, WAIT_TOGGLE };

/*
 * Cycles to the chips: lead, count, data, confirm; then words are read, or an end is waited for;
 * then whatever happened the way back to where the bank can be read.
 */
struct job {
	uint64_t base_pa;
	uint32_t width;
	uint32_t n_lead, n_count, n_data, n_confirm, n_in, n_back;
	struct cycle lead[LEAD_MAX], count, confirm, suspend, back[3];
	bool asks; /* the chips have to be ready before the rest */
	const uint32_t *data;
	uint32_t data_at;
	uint32_t *in;
	uint32_t in_at, in_stride;
	enum job_wait wait;
	uint32_t wait_at;
	uint32_t ready;		  /* WAIT_STATUS: bits of all chips */
	uint32_t toggles, errors; /* WAIT_TOGGLE: AMD_* bits of all chips */
	uint64_t limit_ticks;	  /* 0: no clock */
	uint32_t limit_polls;

	uint32_t status; /* out: as read last */
	bool late, failed;
};

static uint32_t bus_read(uint64_t pa, uint32_t width)
{
	if (width == 4)
		return mmio_read32(pa);
	return width == 2 ? mmio_read16(pa) : mmio_read8(pa);
}

static void bus_write(uint64_t pa, uint32_t width, uint32_t value)
{
	if (width == 4)
		mmio_write32(pa, value);
	else if (width == 2)
		mmio_write16(pa, (uint16_t)value);
	else
		mmio_write8(pa, (uint8_t)value);
}

static void send(const struct job *j, const struct cycle *c, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		bus_write(j->base_pa + c[i].at, j->width, c[i].value);
}

/* Has it ended? Sets j->status, and j->failed if the chips of AMD's kind say so. */
static bool ended(struct job *j)
{
	const uint64_t pa = j->base_pa + j->wait_at;
	uint32_t before, moves, wrong;

	j->status = bus_read(pa, j->width);
	if (j->wait == WAIT_STATUS)
		return (j->status & j->ready) == j->ready;
	before = j->status;
	j->status = bus_read(pa, j->width);
	moves = (before ^ j->status) & j->toggles;
	if (!moves)
		return true;
	/* bit 5 or 1 of a chip whose bit 6 moves; it may have ended between the two reads */
	wrong = j->status & j->errors & (moves >> 1 | moves >> 5);
	if (!wrong)
		return false;
	before = bus_read(pa, j->width);
	moves = (before ^ bus_read(pa, j->width)) & j->toggles;
	j->failed = (wrong & (moves >> 1 | moves >> 5)) != 0;
	return j->failed;
}

/* Bounded by the clock, or by a number of reads. The time is taken before what it is about. */
static void wait(struct job *j)
{
	const uint64_t begin = j->limit_ticks ? arch_ticks() : 0;

	for (uint32_t i = 0; !j->late; i++) {
		j->late = i == j->limit_polls ||
			  (j->limit_ticks && arch_ticks() - begin > j->limit_ticks);
		if (ended(j)) {
			j->late = false;
			return;
		}
	}
}

/* Busy chips take no other command; most can be asked to pause. */
static void give_up(struct job *j)
{
	send(j, &j->suspend, 1);
	for (uint32_t i = 0; i < SUSPEND_POLLS; i++)
		(void)bus_read(j->base_pa + j->wait_at, j->width);
}

static void run(struct job *j)
{
	send(j, j->lead, j->n_lead);
	if (j->asks)
		wait(j);
	if (!j->late) {
		send(j, &j->count, j->n_count);
		for (uint32_t i = 0; i < j->n_data; i++)
			bus_write(j->base_pa + j->data_at + i * j->width, j->width, j->data[i]);
		send(j, &j->confirm, j->n_confirm);
		for (uint32_t i = 0; i < j->n_in; i++)
			j->in[i] = bus_read(j->base_pa + j->in_at + i * j->in_stride, j->width);
		if (j->wait != WAIT_NONE)
			wait(j);
	}
	if (j->late)
		give_up(j);
	send(j, j->back, j->n_back);
}

/* ---- jobs ---------------------------------------------------------------------------------- */

/* @byte where each chip on the bus has its low byte. */
static uint32_t each(const struct flash *f, uint32_t byte)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < f->chips; i++)
		out |= byte << (i * 8 * f->width / f->chips);
	return out;
}

/* What all chips on the bus say, as if they were one. */
static uint32_t any(const struct flash *f, uint32_t word)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < f->chips; i++)
		out |= word >> (i * 8 * f->width / f->chips) & 0xff;
	return out;
}

static struct cycle cycle(const struct flash *f, uint32_t at, uint32_t byte)
{
	return (struct cycle){ at, each(f, byte) };
}

/* AMD's keys before a command, in the part of the bank that @off is in. */
static uint32_t keys(const struct flash *f, uint32_t off, struct cycle *to)
{
	const uint32_t base = off & ~(AMD_KEY_SPAN * f->stride - 1);
	const uint32_t odd = f->stride > f->width ? f->width : 0; /* a narrow chip's 0x555 */

	to[0] = cycle(f, base + AMD_KEY_1 * f->stride, 0xaa);
	to[1] = cycle(f, base + AMD_KEY_2 * f->stride + odd, 0x55);
	return 2;
}

static struct cycle keyed(const struct flash *f, uint32_t off, uint32_t byte)
{
	struct cycle key[2];

	(void)keys(f, off, key);
	return (struct cycle){ key[0].at, each(f, byte) };
}

/* What every job has that changes or reads something at @off. */
static void job_make(struct job *j, const struct flash *f, uint32_t off, uint32_t limit_us)
{
	const uint32_t ticks_per_us = (arch_tick_hz() + 999999) / 1000000;

	*j = (struct job){ .base_pa = f->base_pa,
			   .width = f->width,
			   .limit_ticks = (uint64_t)limit_us * ticks_per_us,
			   .limit_polls = ticks_per_us ? UINT32_MAX : limit_us * POLLS_PER_US,
			   .wait_at = off,
			   .ready = each(f, STATUS_READY),
			   .toggles = each(f, AMD_TOGGLES),
			   .errors = each(f, AMD_EXCEEDED),
			   .suspend = cycle(f, off, CMD_SUSPEND) };
	if (f->commands == FLASH_AMD) {
		j->wait = WAIT_TOGGLE;
		j->n_lead = keys(f, off, j->lead);
		/* ends an aborted buffer as well, which takes no plain reset */
		j->n_back = keys(f, off, j->back);
		j->back[j->n_back++] = keyed(f, off, AMD_RESET);
	} else {
		j->wait = WAIT_STATUS;
		j->lead[j->n_lead++] = cycle(f, off, CMD_CLEAR_STATUS);
		j->back[j->n_back++] = cycle(f, off, CMD_CLEAR_STATUS);
		j->back[j->n_back++] = cycle(f, off, CMD_READ_ARRAY);
	}
}

/* What went wrong; @otherwise: what an error that says nothing else is. */
static enum flash_failure failure_of(const struct flash *f, const struct job *j,
				     enum flash_failure otherwise)
{
	const uint32_t status = any(f, j->status);

	if (j->late)
		return FLASH_LATE;
	if (j->wait == WAIT_TOGGLE)
		return j->failed ? otherwise : FLASH_FINE;
	if (status & STATUS_LOCKED)
		return FLASH_PROTECTED;
	if (status & STATUS_VOLTAGE)
		return FLASH_VOLTAGE;
	if (status & (STATUS_ERASE_SUSPENDED | STATUS_PROGRAM_SUSPENDED))
		return FLASH_SUSPENDED;
	return status & (STATUS_ERASE | STATUS_PROGRAM) ? otherwise : FLASH_FINE;
}

static enum om_err failed(struct flash *f, enum flash_failure why)
{
	f->failure = why;
	if (why == FLASH_FINE)
		return OM_OK;
	return why == FLASH_LATE ? OM_E_TIMEOUT : OM_E_CORRUPT;
}

/* ---- query --------------------------------------------------------------------------------- */

/* Bytes of the first chip's query from Q_FIRST on, by their addresses. */
struct query {
	uint8_t byte[Q_END - Q_FIRST];
};

static uint32_t q8(const struct query *q, uint32_t address)
{
	return q->byte[address - Q_FIRST];
}

static uint32_t q16(const struct query *q, uint32_t address)
{
	return q8(q, address) | q8(q, address + 1) << 8;
}

/* Read it with chips of this shape; false: not all on the bus say "QRY". */
static bool ask(const struct flash *f, struct query *q)
{
	uint32_t words[Q_END - Q_FIRST] = { 0 };
	/* which commands they take is not known yet: the way back is that of both */
	struct job j = { .base_pa = f->base_pa,
			 .width = f->width,
			 .lead = { cycle(f, 0, AMD_RESET), cycle(f, 0, CMD_READ_ARRAY),
				   cycle(f, Q_ENTER * f->stride, CMD_QUERY) },
			 .n_lead = 3,
			 .in = words,
			 .in_at = Q_FIRST * f->stride,
			 .in_stride = f->stride,
			 .n_in = Q_END - Q_FIRST,
			 .back = { cycle(f, 0, AMD_RESET), cycle(f, 0, CMD_READ_ARRAY) },
			 .n_back = 2 };

	run(&j);
	for (uint32_t i = 0; i < Q_END - Q_FIRST; i++)
		q->byte[i] = (uint8_t)words[i];
	return words[0] == each(f, 'Q') && words[1] == each(f, 'R') && words[2] == each(f, 'Y');
}

/* A time of 2^@typical_log2 us or ms, at most 2^@factor_log2 times that. */
static uint32_t longest(uint32_t typical_log2, uint32_t factor_log2, uint32_t unit_us, uint32_t min,
			uint32_t max)
{
	uint64_t us = unit_us;

	us <<= typical_log2 < 24 ? typical_log2 : 24;
	us <<= factor_log2 < 16 ? factor_log2 : 16;
	return us < min ? min : us > max ? max : (uint32_t)us;
}

static enum om_err read_geometry(struct flash *f, const struct query *q, uint64_t room)
{
	const uint32_t log2 = q8(q, Q_BYTES);
	uint64_t sum = 0;

	f->n_regions = q8(q, Q_REGIONS);
	if (log2 > SIZE_LOG2_MAX || f->n_regions < 1 || f->n_regions > FLASH_REGIONS_MAX)
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < f->n_regions; i++) {
		struct flash_region *r = &f->regions[i];
		const uint32_t at = Q_REGIONS + 1 + 4 * i, size = q16(q, at + 2);

		r->n_blocks = q16(q, at) + 1;
		r->block_bytes = (size ? size * 256 : 128) * f->chips;
		if (r->block_bytes & (r->block_bytes - 1))
			return OM_E_CORRUPT;
		sum += (uint64_t)r->n_blocks * r->block_bytes;
	}
	f->bytes = (uint32_t)(1u << log2) * f->chips;
	if (sum != f->bytes)
		return OM_E_CORRUPT;
	return f->bytes > room ? OM_E_VARIANT : OM_OK;
}

/* Chips of AMD's kind list their regions as if the small blocks were at the bottom. */
static void turn_regions(struct flash *f)
{
	const uint32_t last = f->n_regions - 1;

	if (f->regions[0].block_bytes >= f->regions[last].block_bytes)
		return;
	for (uint32_t i = 0; i < f->n_regions / 2; i++) {
		const struct flash_region r = f->regions[i];

		f->regions[i] = f->regions[last - i];
		f->regions[last - i] = r;
	}
}

/* The part of the query that only this command set has, if it is there. */
static void read_extended(struct flash *f, const struct query *q)
{
	const uint32_t at = q16(q, Q_EXTENDED);

	if (at < Q_FIRST || at > Q_END - X_BYTES || q8(q, at) != 'P' || q8(q, at + 1) != 'R' ||
	    q8(q, at + 2) != 'I')
		return;
	if (f->commands == FLASH_INTEL) {
		f->unlocks_one = q8(q, at + X_FEATURES) & X_LOCKS_EACH;
		f->prints_locks = f->unlocks_one || q8(q, at + X_FEATURES) & X_LOCKS;
	} else if (q8(q, at + X_BOOT) == X_BOOT_TOP) {
		turn_regions(f);
	}
}

/* How much goes into the chips' buffers; a block begins where a buffer does. */
static void read_buffer(struct flash *f, const struct query *q)
{
	const uint32_t log2 = q16(q, Q_BUFFER), most = f->width * STEP_WORDS;

	f->buffer_bytes = f->width;
	if (log2 == 0 || q8(q, Q_TIMES + 1) == 0)
		return;
	f->buffer_bytes = (1u << (log2 < 10 ? log2 : 10)) * f->chips;
	for (uint32_t i = 0; i < f->n_regions; i++)
		if (f->buffer_bytes > f->regions[i].block_bytes)
			f->buffer_bytes = f->regions[i].block_bytes;
	if (f->buffer_bytes > STEP_BYTES)
		f->buffer_bytes = STEP_BYTES;
	if (f->buffer_bytes > most) /* the count is a byte where a chip has no more lines */
		f->buffer_bytes = most;
	if (f->buffer_bytes < f->width)
		f->buffer_bytes = f->width;
}

static enum om_err read_query(struct flash *f, const struct query *q, uint64_t room)
{
	const uint32_t commands = q16(q, Q_COMMANDS);
	uint32_t buffer_us;
	enum om_err err;

	if (commands != 1 && commands != 2 && commands != 3)
		return OM_E_VARIANT;
	f->commands = commands == 2 ? FLASH_AMD : FLASH_INTEL;
	f->program_us =
		longest(q8(q, Q_TIMES), q8(q, Q_TIMES + 4), 1, PROGRAM_US_MIN, PROGRAM_US_MAX);
	buffer_us =
		longest(q8(q, Q_TIMES + 1), q8(q, Q_TIMES + 5), 1, PROGRAM_US_MIN, PROGRAM_US_MAX);
	if (buffer_us > f->program_us)
		f->program_us = buffer_us;
	f->erase_us =
		longest(q8(q, Q_TIMES + 2), q8(q, Q_TIMES + 6), 1000, ERASE_US_MIN, ERASE_US_MAX);
	err = read_geometry(f, q, room);
	if (err)
		return err;
	if (f->commands == FLASH_AMD && f->bytes < AMD_KEY_SPAN * f->stride)
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < f->n_regions; i++)
		if (f->regions[i].block_bytes < f->width)
			return OM_E_CORRUPT;
	read_buffer(f, q);
	read_extended(f, q);
	return OM_OK;
}

/*
 * A chip is as wide as its share of the bus, or twice that and runs in its narrow mode, where
 * its addresses are twice as far apart.
 */
static enum om_err cfi_probe(const struct device *dev, uint32_t bank, struct flash *f)
{
	*f = (struct flash){ .dev = dev, .width = dev->bank_width };
	if (bank >= dev->n_banks || (f->width != 1 && f->width != 2 && f->width != 4))
		return OM_E_VARIANT;
	f->base_pa = dev->bank[bank].base_pa;
	for (f->chips = f->width; f->chips >= 1; f->chips /= 2)
		for (uint32_t narrow = 1; narrow <= 2; narrow++) {
			struct query q;

			f->stride = f->width * narrow;
			if ((uint64_t)f->stride * Q_END <= dev->bank[bank].bytes && ask(f, &q))
				return read_query(f, &q, dev->bank[bank].bytes);
		}
	return OM_E_NOT_FOUND;
}

/* ---- reading and writing ------------------------------------------------------------------- */

static enum om_err cfi_read(const struct flash *f, uint32_t off, uint8_t *to, uint32_t len)
{
	for (uint32_t i = 0; i < len;) {
		const uint64_t pa = f->base_pa + off + i;

		if ((off + i) % 4 || len - i < 4) {
			to[i++] = mmio_read8(pa);
		} else {
			const uint32_t word = mmio_read32(pa);

			for (uint32_t k = 0; k < 4; k++)
				to[i++] = (uint8_t)(word >> (8 * k));
		}
	}
	return OM_OK;
}

static bool cfi_blank(const struct flash *f, uint32_t off, uint32_t len)
{
	enum { AT_A_TIME = 32 };
	const uint64_t pa = f->base_pa + off;
	uint32_t all = UINT32_MAX;
	uint32_t i = 0;

	for (; i < len && (off + i) % 4; i++)
		all &= mmio_read8(pa + i) | 0xffffff00;
	for (; len - i >= AT_A_TIME && all == UINT32_MAX; i += AT_A_TIME) {
		const uint64_t at = pa + i;

		all = mmio_read32(at) & mmio_read32(at + 4) & mmio_read32(at + 8) &
		      mmio_read32(at + 12) & mmio_read32(at + 16) & mmio_read32(at + 20) &
		      mmio_read32(at + 24) & mmio_read32(at + 28);
	}
	for (; i < len && all == UINT32_MAX; i++)
		all &= mmio_read8(pa + i) | 0xffffff00;
	return all == UINT32_MAX;
}

static uint32_t lock_of(const struct flash *f, uint32_t block)
{
	uint32_t word = 0;
	struct job j;

	job_make(&j, f, block, f->program_us);
	j.lead[j.n_lead++] = cycle(f, block, CMD_READ_ID);
	j.in = &word;
	j.in_at = block + LOCK_ADDRESS * f->stride;
	j.n_in = 1;
	j.wait = WAIT_NONE;
	run(&j);
	return any(f, word);
}

/*
 * Chips that start with all blocks locked need this before anything is written. A block that is
 * locked down is somebody's options, and so is any lock that only goes with all others: left so.
 */
static enum flash_failure unlock(const struct flash *f, uint32_t block)
{
	uint32_t lock = f->prints_locks ? lock_of(f, block) : 0;
	enum flash_failure why;
	struct job j;

	if (!(lock & (LOCKED | LOCKED_DOWN)))
		return FLASH_FINE;
	if (lock & LOCKED_DOWN || !f->unlocks_one)
		return FLASH_PROTECTED;
	job_make(&j, f, block, f->program_us);
	j.lead[j.n_lead++] = cycle(f, block, CMD_LOCK_SETUP);
	j.confirm = cycle(f, block, CMD_CONFIRM);
	j.n_confirm = 1;
	run(&j);
	why = failure_of(f, &j, FLASH_PROTECTED);
	if (why == FLASH_FINE && lock_of(f, block) & LOCKED)
		return FLASH_PROTECTED;
	return why;
}

/* Some words of one buffer, on their way. */
struct step {
	uint32_t at; /* of the first */
	uint32_t n;
	uint32_t before[STEP_WORDS], want[STEP_WORDS];
	bool clears; /* there are bits to clear */
};

/* Bytes around those asked for are given as they are. */
static void step_make(const struct flash *f, struct step *s, uint32_t off, const uint8_t *from,
		      uint32_t len)
{
	s->at = off - off % f->width;
	s->n = (off + len - s->at + f->width - 1) / f->width;
	s->clears = false;
	for (uint32_t i = 0; i < s->n; i++) {
		const uint32_t at = s->at + i * f->width;
		uint32_t word = bus_read(f->base_pa + at, f->width);

		s->before[i] = word;
		for (uint32_t k = 0; k < f->width; k++) {
			if (at + k < off || at + k - off >= len)
				continue;
			word &= ~(0xffu << (8 * k));
			word |= (uint32_t)from[at + k - off] << (8 * k);
		}
		s->want[i] = word;
		s->clears |= word != UINT32_MAX >> (32 - 8 * f->width);
	}
}

static void step_commands(const struct flash *f, const struct step *s, struct job *j)
{
	const uint32_t last = s->at + (s->n - 1) * f->width;

	j->data = s->want;
	j->data_at = s->at;
	j->n_data = s->n;
	j->wait_at = last;
	if (s->n == 1) {
		j->lead[j->n_lead++] = f->commands == FLASH_AMD ? keyed(f, s->at, AMD_PROGRAM)
								: cycle(f, s->at, CMD_PROGRAM);
		return;
	}
	j->count = cycle(f, s->at, s->n - 1);
	j->n_count = j->n_confirm = 1;
	if (f->commands == FLASH_AMD) {
		j->lead[j->n_lead++] = cycle(f, s->at, AMD_BUFFER);
		j->confirm = cycle(f, s->at, AMD_BUFFER_GO);
		j->errors |= each(f, AMD_ABORTED);
	} else {
		j->lead[j->n_lead++] = cycle(f, s->at, CMD_BUFFER);
		j->confirm = cycle(f, s->at, CMD_CONFIRM);
		j->asks = true;
		j->wait_at = s->at;
	}
}

/* Is there what was wanted? Chips of AMD's kind do nothing to a protected block, and say nothing.
 */
static enum flash_failure step_check(const struct flash *f, const struct step *s)
{
	enum flash_failure why = FLASH_FINE;

	for (uint32_t i = 0; i < s->n; i++) {
		const uint32_t now = bus_read(f->base_pa + s->at + i * f->width, f->width);

		if (now == s->want[i])
			continue;
		if (now != s->before[i] || now == (s->before[i] & s->want[i]))
			return FLASH_PROGRAM;
		why = FLASH_PROTECTED;
	}
	return why;
}

static enum flash_failure step_run(const struct flash *f, uint32_t off, const uint8_t *from,
				   uint32_t len)
{
	enum flash_failure why;
	struct step s;
	struct job j;

	step_make(f, &s, off, from, len);
	if (!s.clears)
		return FLASH_FINE;
	job_make(&j, f, s.at, f->program_us);
	step_commands(f, &s, &j);
	run(&j);
	why = failure_of(f, &j, FLASH_PROGRAM);
	return why == FLASH_FINE ? step_check(f, &s) : why;
}

static enum om_err cfi_program(struct flash *f, uint32_t off, const uint8_t *from, uint32_t len)
{
	uint32_t block = 0, bytes = 0;
	enum flash_failure why = FLASH_FINE;

	if (off > f->bytes || len > f->bytes - off)
		return OM_E_ARG;
	while (why == FLASH_FINE && len > 0) {
		const uint32_t room = f->buffer_bytes - off % f->buffer_bytes;
		const uint32_t n = room < len ? room : len;

		if (bytes == 0 || off - block >= bytes) {
			if (!flash_block_at(f, off, &block, &bytes))
				return OM_E_ARG;
			why = unlock(f, block);
		}
		if (why == FLASH_FINE)
			why = step_run(f, off, from, n);
		off += n;
		from += n;
		len -= n;
	}
	return failed(f, why);
}

static bool is_blank(const struct flash *f, uint32_t off, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i += 4)
		if (mmio_read32(f->base_pa + off + i) != UINT32_MAX)
			return false;
	return true;
}

static enum om_err cfi_erase(struct flash *f, uint32_t off)
{
	enum flash_failure why;
	uint32_t start, bytes;
	struct job j;

	if (!flash_block_at(f, off, &start, &bytes) || start != off)
		return OM_E_ARG;
	why = unlock(f, off);
	if (why != FLASH_FINE)
		return failed(f, why);
	job_make(&j, f, off, f->erase_us);
	if (f->commands == FLASH_AMD) {
		j.lead[j.n_lead++] = keyed(f, off, AMD_ERASE_SETUP);
		j.n_lead += keys(f, off, &j.lead[j.n_lead]);
		j.lead[j.n_lead++] = cycle(f, off, AMD_ERASE);
	} else {
		j.lead[j.n_lead++] = cycle(f, off, CMD_ERASE);
		j.confirm = cycle(f, off, CMD_CONFIRM);
		j.n_confirm = 1;
	}
	run(&j);
	why = failure_of(f, &j, FLASH_ERASE);
	/* as in step_check(); Intel's kind would have said so */
	if (why == FLASH_FINE && f->commands == FLASH_AMD && !is_blank(f, off, bytes))
		why = FLASH_PROTECTED;
	return failed(f, why);
}

bool flash_block_at(const struct flash *f, uint32_t off, uint32_t *start, uint32_t *bytes)
{
	uint32_t begin = 0;

	for (uint32_t i = 0; i < f->n_regions; i++) {
		const struct flash_region *r = &f->regions[i];
		const uint32_t len = r->n_blocks * r->block_bytes;

		if (off - begin < len) {
			*start = off - (off - begin) % r->block_bytes;
			*bytes = r->block_bytes;
			return true;
		}
		begin += len;
	}
	return false;
}

const char *flash_failure_text(enum flash_failure failure)
{
	static const char *const texts[] = {
		[FLASH_FINE] = "",
		[FLASH_LATE] = "it was not ready in time",
		[FLASH_PROGRAM] = "it could not be programmed",
		[FLASH_ERASE] = "it could not be erased",
		[FLASH_PROTECTED] = "it is protected",
		[FLASH_VOLTAGE] = "its programming voltage is too low",
		[FLASH_SUSPENDED] = "it has an operation suspended",
	};

	return (uint32_t)failure < sizeof(texts) / sizeof(texts[0]) ? texts[failure] : "";
}

static const char *const compatible[] = { "cfi-flash", NULL };

static const struct flash_ops ops = {
	.probe = cfi_probe,
	.read = cfi_read,
	.blank = cfi_blank,
	.program = cfi_program,
	.erase = cfi_erase,
};

const struct driver driver_cfi_flash = {
	.name = "CFI flash",
	.class = DRIVER_FLASH,
	.compatible = compatible,
	.ops.flash = &ops,
};
