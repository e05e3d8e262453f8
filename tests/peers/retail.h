/*
 * Plays the rows of UCI "Online Retail" (InvoiceNo, StockCode, Description, Quantity, InvoiceDate,
 * UnitPrice, CustomerID, Country) as what tills do:
 *
 *   consecutive positive rows of one invoice   one sale (a new one after 1,500 lines)
 *   consecutive rows of a 'C' invoice          one return
 *   any other negative row                     an adjustment, its Description the reason
 *   a row of quantity 0 or with no number      counted and left out
 *
 * Every StockCode (exact, with its letter case) is a product with a restricted GTIN-13 numbered by
 * first appearance, so the same file always gives the same barcodes, however much of it is read.
 */
#pragma once

#include "tests/peers/request.h"

struct peer_retail;

/*
 * `rows_max` stops after that many rows (0: all); `rows_done` rows are only looked at for their
 * products, because an earlier run has played them.
 */
BR_MUST_CHECK int peer_retail_open(const char *path, int64_t rows_max, int64_t rows_done,
	struct peer_retail **ret_retail, struct br_fault *fault);
void peer_retail_close(struct peer_retail *retail);

/* A source of drafts; the retail outlives it. */
struct peer_draft_source peer_retail_source(struct peer_retail *retail);

/* Rows read, and rows left out because their quantity or price is not one to sell. */
int64_t peer_retail_rows(const struct peer_retail *retail);
int64_t peer_retail_left_out(const struct peer_retail *retail);

/*
 * Reads all rows and writes the products as CSV (sku,name,gtins,price,currency): the first
 * Description and the first price above 0 of each; 0 when it never had one. Returns how many, or a
 * BR_E_* with the fault set.
 */
BR_MUST_CHECK int64_t peer_retail_products(
	struct peer_retail *retail, const char *path, struct br_fault *fault);
