/*
 * The store's disk is gone, and a new ledger gets everything back from what HQ was told: each event
 * by way of its JSON, as br_hole_judge() lets it in. Then both ledgers must hold the same.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/epcis.h"
#include "node/hole.h"
#include "node/order.h"
#include "node/person.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/timer.h"
#include "node/verify.h"

#define TURN_EVENTS 64

static const struct br_epcis_place place = {BR_STR("0412"), BR_STR("9506000134352")};

struct swap {
	struct sim *sim;
	struct br_store *store;
	struct br_core *core;
	struct br_arena arena;
	struct br_text text;
	struct br_opener opener; /* HQ sees what is said of shoppers */
};

static void event_bring(struct swap *swap, struct br_txn *old, const struct br_event *event)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;
	struct br_fault fault = {""};
	struct br_json_out out;
	struct br_event back;

	br_text_clear(&swap->text);
	br_json_out_begin(&out, &swap->text);
	out.opener = &swap->opener;
	if (br_epcis_event_to_json(&place, old, event, &swap->arena, &out) < 0)
		sim_break(swap->sim, "event %" PRIu64 " cannot be told", event->sequence);
	if (swap->sim->said != NULL)
		(void)fprintf(swap->sim->said, "%.*s\n", BR_STR_ARG(br_text_str(&swap->text)));
	if (br_json_parse(br_text_str(&swap->text), &json, &fault) < 0 ||
		br_event_from_json(json, &swap->arena, &back, &fault) < 0)
		sim_break(swap->sim, "event %" PRIu64 " does not come back: %s", event->sequence,
			fault.text);
	else if (br_core_recover(swap->core, &back, BR_DOUBT_NONE) != 1)
		sim_break(swap->sim, "event %" PRIu64 " is not merged", event->sequence);
	if (br_core_turn_n(swap->core) >= TURN_EVENTS && br_core_commit(swap->core) < 0)
		sim_break(swap->sim, "the new ledger cannot be written");
}

/* What the event is in GS1's words, as a document of its own. */
static void epcis_tell(struct swap *swap, struct br_txn *old, const struct br_event *event)
{
	struct br_json_out out;

	if (swap->sim->epcis == NULL)
		return;
	br_text_clear(&swap->text);
	br_json_out_begin(&out, &swap->text);
	br_epcis_document_begin(&out, NULL, event->recorded_ms);
	if (br_epcis_write(&place, old, event, &swap->arena, &out) < 0)
		sim_break(swap->sim, "event %" PRIu64 " cannot be told in EPCIS", event->sequence);
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_json_out_u64(&out, "backroom:sequence", event->sequence);
	br_json_out_end(&out);
	if (strstr(swap->text.bytes, "\"eventList\":[]") == NULL)
		(void)fprintf(swap->sim->epcis, "%s\n", swap->text.bytes);
}

static void journal_bring(struct swap *swap, struct br_txn *old)
{
	uint64_t at = 0;

	while (swap->sim->broken[0] == '\0' && (at = br_journal_next(old, at)) > 0) {
		struct br_event event;

		br_arena_reset(&swap->arena);
		if (br_event_get(old, at, &swap->arena, &event) < 0)
			sim_break(swap->sim, "event %" PRIu64 " cannot be read", at);
		else {
			epcis_tell(swap, old, &event);
			event_bring(swap, old, &event);
		}
	}
	if (br_core_commit(swap->core) < 0)
		sim_break(swap->sim, "the new ledger cannot be written");
}

/* Who was erased does not come back, nor does the day on which that was to be. */
static bool row_counts(enum br_table table, struct br_str key)
{
	return table != BR_TABLE_TIMER || key.n < 9 ||
	       (key.s[8] != BR_TIMER_CUSTOMER && key.s[8] != BR_TIMER_FORGET);
}

/* The rows of `left` are in `right`, too. */
static void rows_compare(
	struct swap *swap, struct br_txn *left, struct br_txn *right, enum br_table table)
{
	struct br_str none = {NULL, 0}, key, value, here;
	struct br_scan scan;

	br_scan_begin(&scan, left, table, none, none, false);
	while (br_scan_next(&scan, &key, &value))
		if (row_counts(table, key) &&
			(br_txn_get(right, table, key, &here) < 0 || !br_str_equal(value, here)))
			sim_break(swap->sim, "a row of %s is not as before", br_table_names[table]);
	br_scan_end(&scan);
}

/* Rows that name no sequence must be the same byte for byte. */
static void table_compare(
	struct swap *swap, struct br_txn *old, struct br_txn *new, enum br_table table)
{
	rows_compare(swap, old, new, table);
	rows_compare(swap, new, old, table);
}

static void orders_compare(struct swap *swap, struct br_txn *old, struct br_txn *new)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;

	br_scan_begin(&scan, old, BR_TABLE_ORDER, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_order was, is;

		br_arena_reset(&swap->arena);
		if (br_record_decode(&br_order_shape, value, &swap->arena, &was) < 0 ||
			br_order_get(new, was.order, &swap->arena, &is) < 0 ||
			was.state != is.state || was.version != is.version ||
			was.since != is.since || was.until != is.until)
			sim_break(swap->sim, "order %.*s is not as before", BR_STR_ARG(was.order));
	}
	br_scan_end(&scan);
}

static void ledgers_compare(struct swap *swap, struct br_txn *old)
{
	static const enum br_table same[] = {BR_TABLE_LOT, BR_TABLE_RESERVATION,
		BR_TABLE_ORDER_LINE, BR_TABLE_ORDER_OPEN, BR_TABLE_PICK_LIST_ORDER,
		BR_TABLE_DELIVERY_LINE, BR_TABLE_TRANSFER_LINE, BR_TABLE_OPEN, BR_TABLE_TIMER,
		BR_TABLE_TILL_DAY, BR_TABLE_PARKED_LINE};
	BR_CLEANUP(br_txn_cleanup) struct br_txn *new = NULL;
	struct br_verify_options options = {.scratch = swap->sim->scratch};
	struct br_verify_report report = {.problems = 1};
	struct br_fault fault = {.text = ""};

	if (br_txn_begin(swap->store, false, &new) < 0) {
		sim_break(swap->sim, "the new ledger cannot be read");
		return;
	}
	for (unsigned i = 0; i < BR_ARRAY_LEN(same); i++)
		table_compare(swap, old, new, same[i]);
	orders_compare(swap, old, new);
	for (unsigned i = 0; i < SIM_SKUS; i++) {
		char sku[8];
		struct br_stock was, is;

		(void)snprintf(sku, sizeof(sku), "S%u", i);
		was = br_stock_get(old, br_str_from(sku));
		is = br_stock_get(new, br_str_from(sku));
		if (memcmp(was.buckets, is.buckets, sizeof(was.buckets)) != 0 ||
			was.reserved != is.reserved || was.rights != is.rights)
			sim_break(swap->sim, "the stock of %s is not as before", sku);
	}
	if (br_verify(swap->store, &options, &report, &fault) < 0)
		sim_break(swap->sim, "verify of the new ledger: %s", fault.text);
	else if (report.problems > 0)
		sim_break(swap->sim, "verify of the new ledger: %s", report.findings[0]);
}

void sim_come_back(struct sim *sim)
{
	struct br_store_options options = br_ledger_options(false);
	struct swap swap = {.sim = sim};
	struct br_fault fault = {""};
	struct br_txn *old = NULL;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s-new", sim->path);
	options.sync_off = true;
	swap.opener = br_person_opener(sim->keys);
	br_arena_init(&swap.arena, 16 << 20);
	br_text_init(&swap.text, 1 << 20);
	if (br_store_open(path, &options, &swap.store, &fault) < 0 ||
		br_core_create(swap.store, sim->keys, &swap.core, &fault) < 0 ||
		br_core_renew(swap.core, 0, sim->now_ms) < 0 ||
		br_txn_begin(sim->store, false, &old) < 0)
		sim_break(sim, "a new ledger: %s", fault.text);
	if (sim->broken[0] == '\0')
		journal_bring(&swap, old);
	if (sim->broken[0] == '\0')
		ledgers_compare(&swap, old);
	br_txn_abort(old);
	br_core_destroy(swap.core);
	br_store_close(swap.store);
	br_store_remove(path);
	br_text_finish(&swap.text);
	br_arena_finish(&swap.arena);
}
