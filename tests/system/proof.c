#include "tests/system/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/event.h"
#include "node/json.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/tables.h"
#include "tests/lib/test.h"
#include "tests/peers/csv.h"

/* One line of a request: which request, which line, and how much it moves. */
struct line {
	char request[BR_ID_BYTES_MAX + 1];
	uint32_t number;
	char name[BR_ID_BYTES_MAX + 1]; /* barcode in the tills' file, SKU in the journal */
	int64_t quantity;		/* signed: what the shop gains */
};

struct lines {
	struct line *list;
	size_t n, space;
};

static void lines_add(struct lines *lines, struct br_str request, uint32_t number,
	struct br_str name, int64_t quantity)
{
	struct line *line;

	if (lines->n == lines->space) {
		lines->space = lines->space > 0 ? 2 * lines->space : 4096;
		lines->list = realloc(lines->list, lines->space * sizeof(struct line));
		REQUIRE(lines->list != NULL);
	}
	line = &lines->list[lines->n++];
	REQUIRE(br_str_copy(request, line->request, sizeof(line->request)));
	REQUIRE(br_str_copy(name, line->name, sizeof(line->name)));
	line->number = number;
	line->quantity = quantity;
}

static int by_place(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = strcmp(x->request, y->request);

	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->name, ((const struct line *)b)->name);
}

/* The lines of one request as the till sent it. */
static void request_add(struct lines *lines, const struct br_json *request)
{
	struct br_str id, type, barcode;
	int64_t quantity;
	uint32_t number = 0;

	if (!br_json_string(br_json_member(request, "id"), &id) ||
		!br_json_string(br_json_member(request, "type"), &type) || br_str_is(type, "price"))
		return;
	if (br_str_is(type, "adjust")) {
		REQUIRE(br_json_string(br_json_member(request, "barcode"), &barcode));
		REQUIRE(br_json_milli(br_json_member(request, "quantity"), &quantity));
		lines_add(lines, id, 1, barcode, quantity);
		return;
	}
	BR_JSON_EACH (line, br_json_member(request, "lines")) {
		REQUIRE(br_json_string(br_json_member(line, "barcode"), &barcode));
		REQUIRE(br_json_milli(br_json_member(line, "quantity"), &quantity));
		lines_add(lines, id, ++number, barcode,
			br_str_is(type, "sale") ? -quantity : quantity);
	}
}

/* The tills' file: requests that were accepted, with their lines. */
static uint64_t file_read(const char *path, struct lines *lines)
{
	char *bytes = test_file_read(path, NULL);
	struct br_str rest = br_str_from(bytes);
	struct lines sent = {.n = 0}, accepted = {.n = 0};
	struct br_str none = BR_STR("-");

	while (rest.n > 0) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_str row = br_str_split(&rest, '\n'), id, outcome;

		/* A line that a kill cut short is no record. */
		if (row.n == 0 || br_json_parse(row, &root, NULL) < 0)
			continue;
		request_add(&sent, br_json_member(root, "request"));
		if (br_json_string(br_json_member(root, "reply"), &id) &&
			br_json_string(br_json_member(br_json_member(root, "answer"), "outcome"),
				&outcome) &&
			br_str_is(outcome, "accepted"))
			lines_add(&accepted, id, 0, none, 0);
	}
	free(bytes);
	qsort(accepted.list, accepted.n, sizeof(struct line), by_place);
	for (size_t i = 0; i < sent.n; i++) {
		struct line key = sent.list[i];

		key.number = 0;
		if (bsearch(&key, accepted.list, accepted.n, sizeof(struct line), by_place) != NULL)
			lines_add(lines, br_str_from(sent.list[i].request), sent.list[i].number,
				br_str_from(sent.list[i].name), sent.list[i].quantity);
	}
	free(sent.list);
	free(accepted.list);
	return accepted.n;
}

static void event_add(struct lines *lines, const struct br_event *event)
{
	const struct br_stock_moved *moved = event->body;
	const struct br_sold *sold = event->body;

	if (!br_str_starts(event->actor, "till/"))
		return;
	if (event->kind == BR_EVENT_STOCK_MOVED) {
		lines_add(lines, event->command, 1, moved->sku, moved->quantity);
		return;
	}
	if (event->kind != BR_EVENT_SALE_RECORDED && event->kind != BR_EVENT_RETURN_RECORDED)
		return;
	for (uint32_t i = 0; i < sold->lines.n; i++) {
		const struct br_sold_line *line = BR_LIST_AT(sold->lines, br_sold_line, i);

		lines_add(lines, event->command, (uint32_t)line->line, line->sku,
			event->kind == BR_EVENT_SALE_RECORDED ? -line->quantity : line->quantity);
	}
}

static void journal_read(const char *state_dir, struct lines *lines, struct proof *proof)
{
	BR_CLEANUP(br_store_cleanup) struct br_store *store = NULL;
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_store_options options = br_ledger_options(true);
	struct br_str none = {NULL, 0}, key, value;
	struct br_arena arena;
	struct br_scan scan;
	char path[600];
	uint64_t sequence;

	(void)snprintf(path, sizeof(path), "%s/ledger", state_dir);
	REQUIRE(br_store_open(path, &options, &store, NULL) == 0);
	REQUIRE(br_txn_begin(store, false, &txn) == 0);
	br_arena_init(&arena, 1 << 20);
	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_event event;

		br_arena_reset(&arena);
		REQUIRE(br_key_take_u64(&key, &sequence));
		REQUIRE(br_event_decode(sequence, value, &arena, &event) == 0);
		event_add(lines, &event);
		if (br_event_type(&event)->lane == BR_LANE_STOCK) {
			proof->stock_events++;
			proof->stock_head = sequence;
		} else if (br_event_type(&event)->lane == BR_LANE_ORDERS) {
			proof->orders_events++;
			proof->orders_head = sequence;
		}
	}
	br_scan_end(&scan);
	br_arena_finish(&arena);
}

/* The journal names SKUs, the tills barcodes: the same barcode must always be the same SKU. */
static void places_compare(struct lines *file, struct lines *journal, struct proof *proof)
{
	qsort(file->list, file->n, sizeof(struct line), by_place);
	qsort(journal->list, journal->n, sizeof(struct line), by_place);
	for (size_t i = 1; i < journal->n; i++)
		proof->doubled += by_place(&journal->list[i - 1], &journal->list[i]) == 0;
	for (size_t i = 0; i < file->n; i++) {
		struct line *found = bsearch(
			&file->list[i], journal->list, journal->n, sizeof(struct line), by_place);

		if (found == NULL || found->quantity != file->list[i].quantity)
			proof->missing++;
		else
			memcpy(file->list[i].name, found->name, sizeof(found->name));
	}
}

static int64_t sum_take(const struct lines *lines, size_t *at, const char *name)
{
	int64_t sum = 0;

	while (*at < lines->n && strcmp(lines->list[*at].name, name) == 0)
		sum += lines->list[(*at)++].quantity;
	return sum;
}

static void sums_compare(struct lines *file, struct lines *journal, struct proof *proof)
{
	size_t i = 0, j = 0;

	qsort(file->list, file->n, sizeof(struct line), by_name);
	qsort(journal->list, journal->n, sizeof(struct line), by_name);
	while (j < journal->n) {
		const char *name = journal->list[j].name;

		while (i < file->n && strcmp(file->list[i].name, name) < 0) {
			proof->sums_differ++;
			(void)sum_take(file, &i, file->list[i].name);
		}
		proof->sums_differ += sum_take(file, &i, name) != sum_take(journal, &j, name);
	}
	proof->sums_differ += i < file->n;
}

struct proof proof_read(const char *till_ledger, const char *state_dir)
{
	struct lines file = {.n = 0}, journal = {.n = 0};
	struct proof proof = {.missing = 0};

	proof.acknowledged = file_read(till_ledger, &file);
	journal_read(state_dir, &journal, &proof);
	proof.lines = file.n;
	proof.journal_lines = journal.n;
	places_compare(&file, &journal, &proof);
	sums_compare(&file, &journal, &proof);
	free(file.list);
	free(journal.list);
	return proof;
}

/* Sales take out, and returns (whose invoice begins with C) and losses are told as negative. */
static int64_t row_moves(struct br_str invoice, int64_t quantity)
{
	return quantity > 0 || br_str_starts(invoice, "C") ? -quantity : quantity;
}

uint64_t proof_retail_differ(
	const char *csv, int64_t rows, const char *state_dir, uint64_t *ret_lines)
{
	struct lines file = {.n = 0}, journal = {.n = 0};
	struct proof proof = {.missing = 0};
	struct peer_csv *table = NULL;
	struct br_fault fault;
	int invoice, code, amount;

	REQUIRE(peer_csv_open(csv, &table, &fault) == 0);
	invoice = peer_csv_column(table, "InvoiceNo");
	code = peer_csv_column(table, "StockCode");
	amount = peer_csv_column(table, "Quantity");
	for (int64_t i = 0; i < rows && peer_csv_next(table, &fault) == 1; i++) {
		int64_t quantity;

		REQUIRE(br_str_to_milli(peer_csv_field(table, amount), &quantity));
		if (quantity != 0)
			lines_add(&file, BR_STR("-"), (uint32_t)i, peer_csv_field(table, code),
				row_moves(peer_csv_field(table, invoice), quantity));
	}
	peer_csv_close(table);
	journal_read(state_dir, &journal, &proof);
	sums_compare(&file, &journal, &proof);
	*ret_lines = file.n;
	free(file.list);
	free(journal.list);
	return proof.sums_differ;
}
