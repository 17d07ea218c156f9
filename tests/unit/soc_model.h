/* SPDX-License-Identifier: BSD-2-Clause */
/* Units of a SoC as registers in a table: what is not set reads 0, every write is kept. */
#ifndef OM_TESTS_SOC_MODEL_H
#define OM_TESTS_SOC_MODEL_H

#define OM_MMIO_MODEL
#include "drivers/match.h"
#include "drivers/mmio.h"
#include "drivers/soc.h"

#include "support.h"

#include <string.h>

enum { MODEL_REGS = 64, MODEL_WRITES = 64 };

struct model_reg {
	uint64_t pa;
	uint32_t value;
};

struct model_write {
	uint64_t pa;
	uint32_t value;
	uint32_t bytes;
};

static struct {
	struct range allowed[SOC_UNITS_MAX]; /* nothing else may be touched */
	uint32_t n_allowed;
	struct model_reg reg[MODEL_REGS];
	uint32_t n_regs;
	struct model_write write[MODEL_WRITES];
	uint32_t n_writes;
	uint32_t n_reads;
	/* called before each read */
	void (*before_read)(uint64_t pa);
} model;

static inline void model_check(uint64_t pa, uint32_t bytes)
{
	for (uint32_t i = 0; i < model.n_allowed; i++)
		if (pa >= model.allowed[i].base_pa &&
		    pa + bytes <= model.allowed[i].base_pa + model.allowed[i].bytes)
			return;
	fail_msg("0x%llx is of no unit", (unsigned long long)pa);
}

static inline void model_set(uint64_t pa, uint32_t value)
{
	uint32_t i = 0;

	while (i < model.n_regs && model.reg[i].pa != pa)
		i++;
	assert_true(i < MODEL_REGS);
	model.reg[i] = (struct model_reg){ pa, value };
	model.n_regs += i == model.n_regs;
}

static inline uint32_t model_get(uint64_t pa, uint32_t bytes)
{
	model_check(pa, bytes);
	model.n_reads++;
	if (model.before_read)
		model.before_read(pa);
	for (uint32_t i = 0; i < model.n_regs; i++)
		if (model.reg[i].pa == pa)
			return model.reg[i].value;
	return 0;
}

static inline void model_put(uint64_t pa, uint32_t value, uint32_t bytes)
{
	model_check(pa, bytes);
	assert_true(model.n_writes < MODEL_WRITES);
	model.write[model.n_writes++] = (struct model_write){ pa, value, bytes };
	model_set(pa, value);
}

uint8_t mmio_read8(uint64_t pa)
{
	return (uint8_t)model_get(pa, 1);
}

uint16_t mmio_read16(uint64_t pa)
{
	return (uint16_t)model_get(pa, 2);
}

uint32_t mmio_read32(uint64_t pa)
{
	return model_get(pa, 4);
}

void mmio_write8(uint64_t pa, uint8_t value)
{
	model_put(pa, value, 1);
}

void mmio_write16(uint64_t pa, uint16_t value)
{
	model_put(pa, value, 2);
}

void mmio_write32(uint64_t pa, uint32_t value)
{
	model_put(pa, value, 4);
}

/* Nothing there yet. */
static inline void model_start(struct devices *d)
{
	memset(&model, 0, sizeof(model));
	*d = (struct devices){ 0 };
}

/* The table's string of that number. */
static inline const char *model_name(uint32_t kind)
{
	const char *name = driver_soc.compatible;

	while (kind-- && *name)
		name += strlen(name) + 1;
	return name;
}

/* One more unit: that of the compatible string. */
static inline struct soc_unit *model_unit(struct devices *d, const char *name, uint64_t base_pa,
					  uint32_t bytes)
{
	struct soc_unit *u = &d->soc[d->n_soc++];
	const uint32_t kind = match_number(driver_soc.compatible, name, strlen(name) + 1);

	assert_string_equal(model_name(kind), name);
	*u = (struct soc_unit){ .base_pa = base_pa, .bytes = bytes, .kind = kind };
	model.allowed[model.n_allowed++] = range_make(base_pa, bytes);
	return u;
}

#endif
