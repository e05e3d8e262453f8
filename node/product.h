/*
 * Products: the catalogue of one store, keyed by the retailer's SKU; barcodes map to it.
 *
 * The same fields are the command that HQ or an import sends, the event in the journal and the row
 * in the view, so they are one shape. HQ owns the catalogue: the last version wins.
 */
#pragma once

#include "node/command.h"
#include "node/gtin.h"
#include "node/position.h"

enum br_sold_by { BR_SOLD_BY_PIECE, BR_SOLD_BY_WEIGHT, BR_SOLD_BY_LENGTH, BR_SOLD_BY_VOLUME };
enum br_unit { BR_UNIT_PIECE, BR_UNIT_KG, BR_UNIT_L, BR_UNIT_M };
extern const char *const br_sold_by_words[];
extern const char *const br_unit_words[];

struct br_barcode {
	struct br_str gtin;
};

/* The name in one more language. */
struct br_product_name {
	struct br_str lang; /* BCP 47 tag */
	struct br_str text;
};

struct br_product {
	struct br_str sku;
	struct br_str name;
	struct br_str lang;   /* BCP 47 tag of the name; empty = not said */
	struct br_list names; /* of struct br_product_name: in other languages */
	struct br_str brand;
	struct br_list gtins; /* of struct br_barcode */
	uint8_t sold_by;
	int64_t content; /* net content in 1/1000 of content_unit, for the unit price; 0 = none */
	uint8_t content_unit;	/* enum br_unit */
	struct br_str category; /* a path: "drinks/juice/apple" */
	struct br_str image;
	struct br_str origin;
	struct br_str allergens;
	struct br_str tax; /* the tax class, in the words of the store's tills */
	uint64_t age;	   /* youngest age it may be sold to, in years; 0 = any */
	bool fragile;
	int64_t deposit;	  /* on the packaging, in the currency of the price */
	bool not_stocked;	  /* sold, but never counted or reserved: a bag, a service */
	int64_t rating;		  /* 0 to 5 stars in 1/1000 */
	uint64_t reviews;	  /* that the rating is made of */
	struct br_list positions; /* of struct br_position: the planogram's places */
	int64_t case_size;	  /* pieces in the case that the supplier delivers; 0 = not said */
	struct br_str supplier;
	int64_t min, max;  /* what should lie on the shelf at least and fits on it; 0 = not said */
	bool track_expiry; /* lots with dates are kept for it */
	uint64_t markdown_days; /* before its date it is to be marked down; 0 = never */
};

struct br_product_removed {
	struct br_str sku;
};

/* The planogram's word on one product: all its positions; none takes it off the planogram. */
struct br_product_place {
	struct br_str sku;
	struct br_list positions; /* of struct br_position */
};

extern const struct br_shape br_product_shape, br_product_removed_shape, br_product_place_shape;

/*
 * An upsert without positions leaves those that are there: the catalogue and the planogram come
 * from different people. A product whose record is over BR_RECORD_BYTES_MAX is refused with its
 * size.
 */
int br_product_decide_upsert(struct br_decision *decision, const void *body);
int br_product_decide_place(struct br_decision *decision, const void *body);
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
 * What a decision's `sku` or `barcode` member means: sets *ret_sku and returns 0, or refuses the
 * command (unknown_product, unknown_barcode, malformed) naming `where`, and returns BR_DECIDED_NO.
 */
BR_MUST_CHECK int br_product_resolve(struct br_decision *decision, struct br_str sku,
	struct br_str barcode, const char *where, struct br_str *ret_sku);

/*
 * The same for who wants to know what else the code says (scan.h): the price or the weight in the
 * store's own numbers, lot and date in a GS1 code. For an `sku` only that is set.
 */
struct br_scan_result;
BR_MUST_CHECK int br_product_resolve_scan(struct br_decision *decision, struct br_str sku,
	struct br_str barcode, const char *where, struct br_scan_result *ret_result);
