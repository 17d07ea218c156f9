/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

enum om_err store_again(const struct store *s, uint32_t i, const struct record *as,
			struct workspace work, struct record *out)
{
	struct span text;
	enum om_err err;

	/* of two readings the first is zlib's, which searches do not change */
	if (s->effort)
		*s->effort = (struct effort){ .left = as->has_mended ? 0 : as->effort };
	err = store_read(s, i, as->piece, work, out);
	if (err != OM_OK)
		return err;
	text = out->text;
	if (text.len != as->text.len)
		return OM_E_VARIANT;
	*out = *as;
	out->text = text;
	return OM_OK;
}
