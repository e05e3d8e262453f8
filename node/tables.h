/*
 * The tables of the `ledger` environment: what the store holds, and how its rows are read and
 * written.
 *
 * The journal is the truth. The views are what the journal adds up to: they can be thrown away and
 * rebuilt from it, and `backroom verify` does so in a scratch store and compares. The rest (command
 * ids, cursors, state) belongs to the transaction that wrote the journal but not to its meaning.
 */
#pragma once

#include "node/record.h"
#include "node/store.h"

/*
 * Version of what the tables hold; raised when an older program could not read them. A store of
 * another version is refused, an older one too, since nothing turns one into the other yet.
 */
#define BR_LEDGER_LAYOUT 7

enum br_table {
	BR_TABLE_JOURNAL, /* sequence u64 -> event record */
	BR_TABLE_SEAL,	  /* sequence u64 -> hash of the chain up to it, every BR_SEAL_INTERVAL */
	BR_TABLE_STATE,	  /* name -> value: epoch, the chain's head */
	BR_TABLE_COMMAND, /* actor, id -> first answer */
	BR_TABLE_CURSOR,  /* consumer's name -> sequence confirmed by the other side */
	BR_TABLE_INBOX,	  /* lane of the central system -> its epoch and last sequence applied */
	/* Views, from here on. */
	BR_TABLE_PRODUCT,      /* sku -> product */
	BR_TABLE_BARCODE,      /* GTIN-14 -> sku */
	BR_TABLE_BARCODE_OWN,  /* GTIN-14 for restricted circulation -> sku */
	BR_TABLE_BARCODE_RULE, /* prefix -> how the store's own numbers are read */
	BR_TABLE_PRICE,	       /* sku, kind, from, sequence -> price */
	BR_TABLE_TIMER,	       /* time, kind u8, key -> nothing: timer.h */
	BR_TABLE_POLICY,       /* "store" -> policy */
	BR_TABLE_STOCK,	       /* sku -> stock */
	BR_TABLE_LOT,	       /* sku, expiry u64, lot -> how many are of it */
	BR_TABLE_LOT_EXPIRY,   /* expiry u64, sku, lot -> nothing */
	BR_TABLE_DELIVERY,     /* delivery -> delivery */
	/* delivery, line index u32 -> line */
	BR_TABLE_DELIVERY_LINE,
	BR_TABLE_TRANSFER, /* transfer -> transfer */
	/* transfer, line index u32 -> line */
	BR_TABLE_TRANSFER_LINE,
	BR_TABLE_COUNT,	       /* count -> count */
	BR_TABLE_COUNT_LINE,   /* count, sku -> what was counted of it */
	BR_TABLE_OPEN,	       /* noun u8, key -> nothing, while it is not ended: open.h */
	BR_TABLE_STOCK_POLICY, /* scope u8, key -> what is kept back */
	BR_TABLE_HISTORY,      /* noun u8, key, oldest sequence -> block of sequences: history.h */
	BR_TABLE_ORDER,	       /* order -> order */
	BR_TABLE_ORDER_LINE,   /* order, line index u32 -> line */
	BR_TABLE_ORDER_OPEN,   /* order -> nothing, while it is not ended */
	BR_TABLE_ORDER_CODE,   /* hash of its code, order -> nothing, while it is not ended */
	BR_TABLE_CODE_TRY,     /* kind u8, order or actor -> wrong codes: pickup_code.h */
	BR_TABLE_RESERVATION,  /* sku, order, line index u32 -> quantity: reservation.h */
	BR_TABLE_PICK_LIST,    /* list -> pick list, while it has orders: pick_list.h */
	BR_TABLE_PICK_LIST_ORDER, /* list, order -> nothing */
	BR_TABLE_LABEL,		  /* label -> label */
	BR_TABLE_LABEL_SKU,	  /* sku, label -> nothing: labels bound to a product */
	BR_TABLE_DEVICE,	  /* device -> device */
	BR_TABLE_ALARM,		  /* alarm -> alarm */
	BR_TABLE_TASK,		  /* kind u8, key -> what somebody must do: task.h */
	BR_TABLE_TILL_DAY,	  /* date "2026-03-01", till, currency -> the day's totals */
	BR_TABLE_SALE_BACK,	  /* sequence of a sale u64, line u32 -> what came back of it */
	BR_TABLE_PARKED,	  /* parked sale -> parked */
	BR_TABLE_PARKED_LINE,	  /* parked sale, line index u32 -> line */
	BR_TABLE_BREACH,	  /* sequence u64 -> breach */
	BR_TABLE_CONFLICT,	  /* actor, command -> conflict */
	BR_TABLE_CUSTOMER,	  /* customer -> customer, sealed */
	BR_TABLE_PERSON,	  /* person -> how long they are kept: customer.h */
	BR_TABLE_PERSON_ORDER,	  /* person, order -> nothing */
	BR_TABLE_RECONCILE,	  /* view -> its last comparison with HQ: reconcile.h */
	BR_TABLE_HOLE,		  /* sequence u64 -> what a restore forgot behind it: hole.h */
	BR_TABLE_RIGHTS,	  /* sku -> demand and open recall: rights.h */
	BR_TABLE_RIGHTS_SWEEP,	  /* "store" -> where the next slice begins: rights_grant.h */
	BR_TABLE_SUMMARY,      /* device -> up to when its measurements are summed up: summary.h */
	BR_TABLE_QUARANTINE,   /* sequence u64 -> an event that HQ refuses: quarantine.h */
	BR_TABLE_LABEL_DESIGN, /* template, part u32 -> a part of it: label_design.h */
	BR_TABLE_N
};

#define BR_TABLE_VIEW_FIRST BR_TABLE_PRODUCT

/* Keys of BR_TABLE_STATE. */
#define BR_STATE_EPOCH BR_STR("epoch") /* BR_EPOCH_BYTES: new with every creation and restore */
#define BR_STATE_CHAIN BR_STR("chain") /* hash of the chain over all of the journal */
/* The epoch's first sequence, u64; absent = 1. */
#define BR_STATE_SINCE BR_STR("since")
/* The latest time at which an event was recorded since the clock was last corrected, u64. */
#define BR_STATE_LATEST BR_STR("latest")
/* The last stamp (hlc.h) behind which events came back from HQ with older ones, u64. */
#define BR_STATE_STAMP BR_STR("stamp")
/* And "ordeal/<name>": how HQ's work was when the last process ended, cloud-sync/ordeal.h. */
#define BR_EPOCH_BYTES 8

extern const char *const br_table_names[BR_TABLE_N];

/* The options to open the ledger with. */
struct br_store_options br_ledger_options(bool read_only);

/* Encodes and puts one row; a record over BR_RECORD_BYTES_MAX is a broken invariant of its shape.
 */
void br_row_put(struct br_txn *txn, enum br_table table, struct br_str key,
	const struct br_shape *shape, const void *row);

/*
 * Gets and decodes one row: 0, BR_E_NOT_FOUND, or another error, which the transaction keeps. Texts
 * point into the store: valid until the next write of the transaction.
 */
BR_MUST_CHECK int br_row_get(struct br_txn *txn, enum br_table table, struct br_str key,
	const struct br_shape *shape, struct br_arena *arena, void *ret_row);

/*
 * The same from a copy in the arena, for callers that write before they have done with the texts.
 */
BR_MUST_CHECK int br_row_get_copy(struct br_txn *txn, enum br_table table, struct br_str key,
	const struct br_shape *shape, struct br_arena *arena, void *ret_row);

/* Puts a key without a value. */
void br_mark_put(struct br_txn *txn, enum br_table table, const struct br_key *key);

/* Numbers in BR_TABLE_CURSOR; 0 when there is none yet. */
uint64_t br_cursor_get(struct br_txn *txn, struct br_str name);
void br_cursor_put(struct br_txn *txn, struct br_str name, uint64_t sequence);
