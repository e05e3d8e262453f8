/*
 * A label's content: the fields of one product as its template may show them, read from the ledger
 * at one instant.
 *
 * It owns its texts, because it is drawn on another thread after the read transaction has ended.
 */
#pragma once

#include "esl/fields.h"
#include "esl/template.h"
#include "node/arena.h"
#include "node/store.h"

/* All texts of one product at their limits fit: see the assertion in label_content.c. */
#define BR_LABEL_CONTENT_BYTES 1536

struct br_label_content {
	struct br_fields fields; /* texts point into `bytes` */
	enum br_template_state state;
	size_t used;
	char bytes[BR_LABEL_CONTENT_BYTES];
};

/* What of the store a label's content depends on beside the ledger. Borrowed. */
struct br_label_place {
	const char *link_host; /* of the GS1 Digital Link in QR codes; "" = no link */
	int utc_offset_min;    /* of the dates that people read */
	/* How the store writes numbers and dates: see format.h. NULL or "" = as that says. */
	const char *decimal_mark, *group_mark, *digit_zero, *date_form;
};

/*
 * 0, or BR_E_INVALID with the sentence when numbers or dates cannot be written like that. A content
 * is only ever read for a place that passed.
 */
BR_MUST_CHECK int br_label_place_check(const struct br_label_place *place, struct br_fault *fault);

/*
 * Reads what a label of the product shows at `now_ms`. 0, BR_E_NOT_FOUND (no such product; the
 * state is then not_for_sale and only the SKU is there), or an error of the store.
 */
BR_MUST_CHECK int br_label_content_read(struct br_txn *txn, struct br_str sku, int64_t now_ms,
	const struct br_label_place *place, struct br_arena *arena,
	struct br_label_content *ret_content);

/* After `*to` was copied from `*from`: points its fields into its own bytes. */
void br_label_content_moved(struct br_label_content *to, const struct br_label_content *from);
