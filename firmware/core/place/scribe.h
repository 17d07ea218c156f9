/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes down what is to be changed in a tree: knows cell counts, unit addresses, where a
 * new node may be, and who else mentions a node's path. The first error stays in @err
 * and silences everything after it, so a caller looks once, at the end.
 */
#ifndef OM_CORE_SCRIBE_H
#define OM_CORE_SCRIBE_H

#include "core/tree/edits.h"
#include "survey.h"

enum { SCRIBE_PATH_BYTES = 160 };

struct scribe {
	const void *fdt;
	const struct survey *survey;
	struct edits *list;
	bool has_reserved;  /* /reserved-memory is as Linux wants it, here or by an edit */
	bool by_memreserve; /* Linux ignores /reserved-memory, /memreserve/ was used */
	enum om_err err;    /* OM_OK, OM_E_NO_SPACE: a list or a path is full */
};

/* Starts with the empty @list; all three stay in use. */
void scribe_open(struct scribe *s, const void *fdt, const struct survey *survey,
		 struct edits *list);

/* Set or delete one property; deleting what is not there writes nothing. */
void scribe_u32(struct scribe *s, const char *path, const char *name, uint32_t value);
void scribe_string(struct scribe *s, const char *path, const char *name, const char *value);
void scribe_flag(struct scribe *s, const char *path, const char *name);
void scribe_delete(struct scribe *s, int node, const char *path, const char *name);

/* A /memreserve/ entry. */
void scribe_reserve(struct scribe *s, struct range r);

/* True if a node can go below /reserved-memory: Linux honours it, or will. */
bool scribe_can_nest(const struct scribe *s);

/* Makes /reserved-memory, or what it lacks. */
void scribe_reserved_memory(struct scribe *s);

/**
 * scribe_node - a new node that reserves @r
 * @name: without unit address
 * @compatible: NULL: none
 * @path: set to the node's path
 *
 * Goes below /reserved-memory; where Linux ignores that, to the root, with a /memreserve/
 * entry. Returns true below /reserved-memory, where the node can be no-map.
 */
bool scribe_node(struct scribe *s, const char *name, const char *compatible, struct range r,
		 char path[SCRIBE_PATH_BYTES]);

/* A new node at the root, which reserves nothing: something else in the tree does. */
void scribe_root_node(struct scribe *s, const char *name, const char *compatible, struct range r,
		      char path[SCRIBE_PATH_BYTES]);

/* Path of a node that exists. */
void scribe_path(struct scribe *s, int node, char path[SCRIBE_PATH_BYTES]);

/**
 * scribe_place - reg of a node that exists, and its unit address
 * @parent: of the node, whose cell counts hold
 *
 * /aliases and /__symbols__ follow the new name. To be called last for a node: later
 * edits would need its new path.
 */
void scribe_place(struct scribe *s, int node, int parent, struct range r);

#endif
