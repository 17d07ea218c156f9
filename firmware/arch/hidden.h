/* SPDX-License-Identifier: BSD-2-Clause */
/* Included before every source of the image: whatever is declared is in the image itself. */
#pragma GCC visibility push(hidden)
