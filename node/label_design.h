/*
 * Label designs: templates of shelf labels that the central system has set.
 *
 * A design is the JSON text of a template (esl/README.md) under a name and a version. The central
 * system is its only writer: the last version wins, an older one is refused. It takes the place of
 * the template of the same name in the node's folder, and stands in the ledger in parts, because
 * records are small:
 *
 *	template.set {template, version, text}  ─►  template.changed, one for each part
 *
 * Whether the text is a template only the labels know. They say so by a check that the program sets
 * before it takes commands; it sees nothing but the text. Without one every text is taken.
 */
#pragma once

#include "node/command.h"

#define BR_LABEL_DESIGN_NAME_BYTES_MAX 48
#define BR_LABEL_DESIGN_BYTES_MAX 16000
#define BR_LABEL_DESIGN_PART_BYTES 1400
#define BR_LABEL_DESIGN_PARTS_MAX 12
#define BR_LABEL_DESIGNS_MAX 64

/* template.set */
struct br_label_design {
	struct br_str template, text;
	uint64_t version;
};

/* template.changed */
struct br_label_design_part {
	struct br_str template, text;
	uint64_t version, part, parts; /* parts count from 0 */
};

/* A row of BR_TABLE_LABEL_DESIGN; its key is template, part u32. */
struct br_label_design_row {
	uint64_t version, parts;
	struct br_str text;
};

extern const struct br_shape br_label_design_shape, br_label_design_part_shape,
	br_label_design_row_shape;

/*
 * Sets the check: 0 when the text is a template of that name, else BR_E_INVALID or the like with
 * the fault set. Once, before any command is taken; NULL = none.
 */
void br_label_design_check_set(
	int (*check)(struct br_str template, struct br_str text, struct br_fault *fault));

int br_label_design_decide(struct br_decision *decision, const void *body);
void br_label_design_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/*
 * Appends the text of a design. 0, BR_E_NOT_FOUND, BR_E_CORRUPT when parts are missing, or an error
 * kept by the transaction.
 */
BR_MUST_CHECK int br_label_design_get(
	struct br_txn *txn, struct br_str template, struct br_arena *arena, struct br_text *text);

/* The name of the first design behind `after` in byte order, copied; false when there is none. */
BR_MUST_CHECK bool br_label_design_next(
	struct br_txn *txn, struct br_str after, char ret_name[BR_LABEL_DESIGN_NAME_BYTES_MAX + 1]);
