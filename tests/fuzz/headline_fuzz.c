/* SPDX-License-Identifier: BSD-2-Clause */
/* Headlines and endings of any text. */
#include "core/log/ending.h"
#include "core/log/headline.h"
#include "core/log/title.h"
#include "fuzz.h"

static void check_span(struct span part, struct span text)
{
	require(lies_in(part, text), "a headline's part lies in the text");
	require(part.len == 0 || memchr(part.p, '\n', part.len) == NULL, "no newline in a line");
}

static void check_facts(const struct headline *h, struct span text)
{
	struct headline_facts f;

	memset(&f, 0x5a, sizeof(f));
	headline_facts(h, &f);
	require(f.kind <= EVENT_NO_MEMORY && headline_kind_name(f.kind) != NULL, "a kind");
	check_span(f.task, text);
	check_span(f.taint, text);
	check_span(f.release, text);
	require(f.has_taint || f.taint.len == 0, "no taint without its word");
}

/* A line of letters that a terminal shows, with its end inside of the buffer. */
static void check_line(const char *s, size_t cap)
{
	const char *const end = memchr(s, '\0', cap);

	require(end != NULL, "a line that ends");
	for (const char *p = s; p < end; p++)
		require(*p >= 0x20 && *p < 0x7f, "nothing that a terminal obeys");
}

static void check_title(const struct headline *h)
{
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];

	memset(title, 0x5a, sizeof(title));
	memset(signature, 0x5a, sizeof(signature));
	title_write(h, title);
	signature_write(h, signature);
	check_line(title, sizeof(title));
	check_line(signature, sizeof(signature));
	require((h->kind == NULL) == (signature[0] == '\0'), "a signature of every crash");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = { data, size };
	const struct span text = make_copy(in);
	struct headline h;
	struct headline again;

	memset(&h, 0x5a, sizeof(h));
	memset(&again, 0xa5, sizeof(again));
	headline_find(text, &h);
	headline_find(text, &again);
	check_span(h.cause, text);
	check_span(h.fault, text);
	check_span(h.cpu, text);
	check_span(h.pc, text);
	check_span(h.lr, text);
	check_span(h.kernel, text);
	check_span(h.hardware, text);
	require(h.n_modules <= HEADLINE_MODULES_MAX, "module lines bounded");
	for (uint32_t i = 0; i < h.n_modules; i++)
		check_span(h.modules[i], text);
	require(h.n_trace <= HEADLINE_TRACE_MAX && h.n_trace == again.n_trace, "trace bounded");
	for (uint32_t i = 0; i < h.n_trace; i++)
		check_span(h.trace[i], text);
	require(same_bytes(h.cause, again.cause) && same_bytes(h.cpu, again.cpu), "the same again");

	check_span(h.root, text);
	check_span(h.other, text);
	require(lies_in(h.event, text), "the crash's lines lie in the text");
	require(h.n_blamed <= HEADLINE_BLAMED_MAX, "functions bounded");
	for (uint32_t i = 0; i < h.n_blamed; i++)
		check_span(h.blamed[i], text);
	check_title(&h);
	check_facts(&h, text);

	const enum ending ending = ending_of(text);

	require(ending <= ENDING_PANIC, "an ending there is");
	require((ending == ENDING_EMPTY) == (text.len == 0), "empty is empty");
	drop_copy(text, in);
	return 0;
}
