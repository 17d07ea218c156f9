# SPDX-License-Identifier: BSD-2-Clause
"""The laboratory of oopsmon: QEMU machines, the guest they boot, and what is compared.

Used by demo, system tests and bench; needs nothing but Python's own library.
"""
