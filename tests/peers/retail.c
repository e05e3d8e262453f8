#include "tests/peers/retail.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/time.h"
#include "tests/peers/csv.h"

#define CURRENCY "GBP"
#define SKU_BYTES 65
#define NAME_BYTES 96

struct product {
	char sku[SKU_BYTES];
	char name[NAME_BYTES];
	int64_t price_milli;
};

/* One row, read; the texts live until the next row. */
struct row {
	struct br_str invoice, reason;
	size_t product;
	int64_t quantity_milli, price_milli, happened_ms;
	enum peer_request_kind kind;
};

struct peer_retail {
	struct peer_csv *csv;
	int invoice, code, description, quantity, date, price; /* columns */
	int64_t row_n, rows_max, rows_done, left_out;
	struct product *products;
	size_t product_n, product_space;
	uint32_t *slots; /* hash table of product numbers + 1, open addressing */
	size_t slot_n;
	bool pending; /* `held` is the row that closed the draft before */
	struct row held;
	char held_invoice[SKU_BYTES], held_reason[NAME_BYTES];
};

static uint64_t hash_of(struct br_str text)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.s[i]) * UINT64_C(0x100000001B3);
	return hash ^ (hash >> 29);
}

static void slots_grow(struct peer_retail *retail)
{
	retail->slot_n = retail->slot_n * 2 + 1024;
	free(retail->slots);
	retail->slots = calloc(retail->slot_n, sizeof(*retail->slots));
	br_assert(retail->slots != NULL);
	for (size_t i = 0; i < retail->product_n; i++) {
		size_t at = hash_of(br_str_from(retail->products[i].sku)) % retail->slot_n;

		while (retail->slots[at] != 0)
			at = (at + 1) % retail->slot_n;
		retail->slots[at] = (uint32_t)i + 1;
	}
}

static size_t product_add(struct peer_retail *retail, struct br_str sku)
{
	struct product *product;

	if (retail->product_n == retail->product_space) {
		retail->product_space = retail->product_space * 2 + 256;
		retail->products =
			realloc(retail->products, retail->product_space * sizeof(struct product));
		br_assert(retail->products != NULL);
	}
	product = &retail->products[retail->product_n];
	*product = (struct product){.price_milli = 0};
	if (!br_str_copy(sku, product->sku, sizeof(product->sku)))
		br_assert(false);
	return retail->product_n++;
}

/* The product of this code, made when the code is new. */
static size_t product_of(struct peer_retail *retail, struct br_str sku)
{
	size_t at;

	if ((retail->product_n + 1) * 2 > retail->slot_n)
		slots_grow(retail);
	at = hash_of(sku) % retail->slot_n;
	while (retail->slots[at] != 0) {
		if (br_str_is(sku, retail->products[retail->slots[at] - 1].sku))
			return retail->slots[at] - 1;
		at = (at + 1) % retail->slot_n;
	}
	retail->slots[at] = (uint32_t)retail->product_n + 1;
	return product_add(retail, sku);
}

/* "2010-12-01 08:26:00", taken as UTC. */
static bool date_read(struct br_str date, int64_t *ret_ms)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.*sZ", BR_STR_ARG(date));

	if (n < 12 || (size_t)n >= sizeof(text) || text[10] != ' ')
		return false;
	text[10] = 'T';
	return br_time_parse(br_str_from(text), ret_ms);
}

static int columns_find(struct peer_retail *retail, const char *path, struct br_fault *fault)
{
	const struct {
		const char *name;
		int *column;
	} wanted[] = {{"InvoiceNo", &retail->invoice}, {"StockCode", &retail->code},
		{"Description", &retail->description}, {"Quantity", &retail->quantity},
		{"InvoiceDate", &retail->date}, {"UnitPrice", &retail->price}};

	for (size_t i = 0; i < BR_ARRAY_LEN(wanted); i++) {
		*wanted[i].column = peer_csv_column(retail->csv, wanted[i].name);
		if (*wanted[i].column < 0)
			return br_fault_set(
				fault, BR_E_INVALID, "%s: no column %s", path, wanted[i].name);
	}
	return 0;
}

int peer_retail_open(const char *path, int64_t rows_max, int64_t rows_done,
	struct peer_retail **ret_retail, struct br_fault *fault)
{
	struct peer_retail *retail = calloc(1, sizeof(*retail));
	int error;

	if (retail == NULL)
		return BR_E_MEMORY;
	retail->rows_max = rows_max > 0 ? rows_max : INT64_MAX;
	retail->rows_done = rows_done;
	error = peer_csv_open(path, &retail->csv, fault);
	if (error == 0)
		error = columns_find(retail, path, fault);
	if (error < 0) {
		peer_retail_close(retail);
		return error;
	}
	*ret_retail = retail;
	return 0;
}

void peer_retail_close(struct peer_retail *retail)
{
	if (retail == NULL)
		return;
	peer_csv_close(retail->csv);
	free(retail->products);
	free(retail->slots);
	free(retail);
}

static struct br_str trimmed(struct br_str text)
{
	while (text.n > 0 && text.s[0] == ' ') {
		text.s++;
		text.n--;
	}
	while (text.n > 0 && text.s[text.n - 1] == ' ')
		text.n--;
	return text;
}

static void product_learn(struct product *product, struct br_str name, int64_t price_milli)
{
	/* Rows without a price carry remarks such as "damaged" where the name should be. */
	if (name.n > 0 && product->price_milli == 0 &&
		(product->name[0] == '\0' || price_milli > 0)) {
		name.n = name.n < NAME_BYTES ? name.n : br_utf8_cut(name.s, NAME_BYTES - 1);
		if (!br_str_copy(name, product->name, sizeof(product->name)))
			br_assert(false);
	}
	if (product->price_milli == 0 && price_milli > 0)
		product->price_milli = price_milli;
}

/* Reads the next row that counts: 1, 0 at the end or at the limit, or a fault. */
static int row_next(struct peer_retail *retail, struct row *ret_row, struct br_fault *fault)
{
	while (retail->row_n < retail->rows_max) {
		struct peer_csv *csv = retail->csv;
		struct row row = {.invoice = {"", 0}};
		struct br_str code;
		int got = peer_csv_next(csv, fault);

		if (got <= 0)
			return got;
		retail->row_n++;
		code = peer_csv_field(csv, retail->code);
		row.invoice = peer_csv_field(csv, retail->invoice);
		row.reason = trimmed(peer_csv_field(csv, retail->description));
		if (code.n == 0 || code.n >= SKU_BYTES || row.invoice.n >= SKU_BYTES ||
			!br_utf8_valid(row.reason.s, row.reason.n) ||
			!br_str_to_milli(
				peer_csv_field(csv, retail->quantity), &row.quantity_milli) ||
			!br_str_to_milli(peer_csv_field(csv, retail->price), &row.price_milli) ||
			!date_read(peer_csv_field(csv, retail->date), &row.happened_ms))
			return br_fault_set(fault, BR_E_INVALID,
				"line %" PRIu64 ": not a row of a retailer's invoice",
				peer_csv_line(csv));
		row.product = product_of(retail, code);
		product_learn(&retail->products[row.product], row.reason, row.price_milli);
		if (retail->row_n <= retail->rows_done)
			continue;
		if (row.quantity_milli == 0 || row.price_milli < 0) {
			retail->left_out++;
			continue;
		}
		row.kind = row.quantity_milli > 0	     ? PEER_SALE
			   : br_str_starts(row.invoice, "C") ? PEER_RETURN
							     : PEER_ADJUST;
		*ret_row = row;
		return 1;
	}
	return 0;
}

static void line_add(
	const struct peer_retail *retail, struct peer_draft *draft, const struct row *row)
{
	uint32_t i = draft->line_n++;
	char gtin[PEER_GTIN13_BYTES];

	br_assert(i < PEER_REQUEST_LINES_MAX && row->product < retail->product_n);
	peer_gtin_restricted(row->product + 1, gtin);
	(void)snprintf(draft->lines[i].barcode, PEER_BARCODE_BYTES, "%s", gtin);
	draft->lines[i].quantity_milli =
		row->kind == PEER_RETURN ? -row->quantity_milli : row->quantity_milli;
	draft->lines[i].price_milli = row->price_milli;
}

static void draft_begin(struct peer_draft *draft, const struct row *row)
{
	draft->kind = row->kind;
	draft->happened_ms = row->happened_ms;
	draft->line_n = 0;
	draft->reason[0] = '\0';
	(void)snprintf(draft->currency, sizeof(draft->currency), CURRENCY);
	if (row->kind == PEER_ADJUST)
		(void)snprintf(
			draft->reason, sizeof(draft->reason), "%.*s", BR_STR_ARG(row->reason));
}

/* Keeps the row, with its texts, for the next draft. */
static void row_hold(struct peer_retail *retail, const struct row *row)
{
	struct br_str reason = row->reason;

	reason.n = reason.n < NAME_BYTES ? reason.n : br_utf8_cut(reason.s, NAME_BYTES - 1);
	if (!br_str_copy(row->invoice, retail->held_invoice, SKU_BYTES) ||
		!br_str_copy(reason, retail->held_reason, NAME_BYTES))
		br_assert(false);
	retail->held = *row;
	retail->held.invoice = br_str_from(retail->held_invoice);
	retail->held.reason = br_str_from(retail->held_reason);
	retail->pending = true;
}

static int draft_next(void *context, struct peer_draft *draft, struct br_fault *fault)
{
	struct peer_retail *retail = context;
	struct row row;
	int got;

	if (!retail->pending) {
		got = row_next(retail, &row, fault);
		if (got <= 0)
			return got;
		row_hold(retail, &row);
	}
	/* `held` is the first row of this draft, and the one that the others must match. */
	draft_begin(draft, &retail->held);
	line_add(retail, draft, &retail->held);
	retail->pending = false;
	draft->row_end = retail->row_n;
	while (draft->kind != PEER_ADJUST && draft->line_n < PEER_REQUEST_LINES_MAX) {
		got = row_next(retail, &row, fault);
		if (got < 0)
			return got;
		if (got == 0)
			break;
		if (row.kind != draft->kind || !br_str_is(row.invoice, retail->held_invoice)) {
			row_hold(retail, &row);
			break;
		}
		line_add(retail, draft, &row);
		draft->row_end = retail->row_n;
	}
	return 1;
}

struct peer_draft_source peer_retail_source(struct peer_retail *retail)
{
	return (struct peer_draft_source){draft_next, retail};
}

int64_t peer_retail_rows(const struct peer_retail *retail)
{
	return retail->row_n;
}

int64_t peer_retail_left_out(const struct peer_retail *retail)
{
	return retail->left_out;
}

static void product_write(FILE *file, const struct product *product, size_t number)
{
	char gtin[PEER_GTIN13_BYTES];
	struct br_text price;

	peer_gtin_restricted(number, gtin);
	br_text_init(&price, 64);
	br_text_add_milli(&price, product->price_milli);
	peer_csv_write(file, br_str_from(product->sku));
	(void)fputc(',', file);
	peer_csv_write(file, br_str_from(product->name[0] != '\0' ? product->name : product->sku));
	(void)fprintf(file, ",%s,%s,%s\n", gtin, price.bytes, CURRENCY);
	br_text_finish(&price);
}

int64_t peer_retail_products(struct peer_retail *retail, const char *path, struct br_fault *fault)
{
	struct row row;
	FILE *file;
	int got;

	while ((got = row_next(retail, &row, fault)) > 0)
		continue;
	if (got < 0)
		return got;
	file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (file == NULL)
		return br_fault_set(fault, BR_E_IO, "%s: %s", path, strerror(errno));
	(void)fputs("sku,name,gtins,price,currency\n", file);
	for (size_t i = 0; i < retail->product_n; i++)
		product_write(file, &retail->products[i], i + 1);
	if (ferror(file) != 0 || (file == stdout ? fflush(file) : fclose(file)) != 0)
		return br_fault_set(fault, BR_E_IO, "%s: cannot be written", path);
	return (int64_t)retail->product_n;
}
