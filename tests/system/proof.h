/*
 * The proof that nothing was lost or doubled: what the tills' own file says was acknowledged,
 * against the journal of the ledger, read straight from the files after the daemon has ended.
 */
#pragma once

#include <stdint.h>

struct proof {
	uint64_t acknowledged;		  /* requests the tills hold an "accepted" for */
	uint64_t lines;			  /* lines in them */
	uint64_t missing;		  /* acknowledged lines that the journal lacks */
	uint64_t doubled;		  /* lines that the journal has more than once */
	uint64_t sums_differ;		  /* SKUs whose sums in file and journal differ */
	uint64_t journal_lines;		  /* lines in the journal from tills */
	uint64_t stock_events;		  /* events of the lane "stock" */
	uint64_t orders_events;		  /* events of the lane "orders" */
	uint64_t stock_head, orders_head; /* the lanes' last sequences, 0 = none */
};

/* Reads both; ends the test when one cannot be read. */
struct proof proof_read(const char *till_ledger, const char *state_dir);

/*
 * Holds the journal against a retailer's file that tills have replayed, read here by its columns
 * alone: what each row of the first `rows` moves, summed per StockCode. Returns for how many codes
 * the sums differ, and in *ret_lines how many of the rows move anything.
 */
uint64_t proof_retail_differ(
	const char *csv, int64_t rows, const char *state_dir, uint64_t *ret_lines);
