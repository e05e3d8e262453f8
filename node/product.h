/*
 * Products: the catalogue of one store, keyed by the retailer's SKU; barcodes map to it.
 *
 * The same fields are the command that HQ or an import sends, the event in the journal and the row
 * in the view, so they are one shape. HQ owns the catalogue: the last version wins.
 */
#pragma once

#include "node/command.h"
#include "node/gtin.h"

enum br_sold_by { BR_SOLD_BY_PIECE, BR_SOLD_BY_WEIGHT, BR_SOLD_BY_LENGTH, BR_SOLD_BY_VOLUME };
enum br_unit { BR_UNIT_PIECE, BR_UNIT_KG, BR_UNIT_L, BR_UNIT_M };
extern const char *const br_sold_by_words[];
extern const char *const br_unit_words[];

struct br_barcode {
	struct br_str gtin;
};

struct br_product {
	struct br_str sku;
	struct br_str name;
	struct br_str lang; /* BCP 47 tag of the name; empty = not said */
	struct br_str brand;
	struct br_list gtins; /* of struct br_barcode */
	uint8_t sold_by;
	int64_t content; /* net content in 1/1000 of content_unit, for the unit price; 0 = none */
	uint8_t content_unit; /* enum br_unit */
	struct br_str origin;
	struct br_str category;
	struct br_str image;
};

struct br_product_removed {
	struct br_str sku;
};

extern const struct br_shape br_product_shape, br_product_removed_shape;

int br_product_decide_upsert(struct br_decision *decision, const void *body);
int br_product_decide_remove(struct br_decision *decision, const void *body);
void br_product_apply_changed(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
void br_product_apply_removed(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* 0, BR_E_NOT_FOUND, or an error kept by the transaction. Texts point into the store. */
BR_MUST_CHECK int br_product_get(struct br_txn *txn, struct br_str sku, struct br_arena *arena,
	struct br_product *ret_product);
bool br_product_exists(struct br_txn *txn, struct br_str sku);

/* The SKU of a scanned barcode (8, 12, 13 or 14 digits). BR_E_INVALID when it is no GTIN. */
BR_MUST_CHECK int br_product_by_barcode(
	struct br_txn *txn, struct br_str barcode, struct br_str *ret_sku);

/*
 * Finds products whose name, brand or SKU hold words beginning with each word of `text`; a text
 * that is a barcode finds its product. Calls `found` at most `limit` times.
 */
void br_product_search(struct br_txn *txn, struct br_str text, unsigned limit,
	struct br_arena *arena, void (*found)(void *context, const struct br_product *product),
	void *context);

/*
 * What a decision's `sku` or `barcode` member means: sets *ret_sku and returns 0, or refuses the
 * command (unknown_product, unknown_barcode, malformed) naming `where`, and returns BR_DECIDED_NO.
 */
BR_MUST_CHECK int br_product_resolve(struct br_decision *decision, struct br_str sku,
	struct br_str barcode, const char *where, struct br_str *ret_sku);
