/*
 * What must hold after every commit.
 *
 * The sums here are made from the journal's movements alone; the store's views are compared with
 * them, so a view that drifts is found at the commit that made it drift.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/order.h"
#include "node/price.h"
#include "node/stock.h"
#include "node/verify.h"

/* The product's number out of "S7"; SIM_SKUS for anything else. */
static unsigned sku_number(struct br_str sku)
{
	unsigned number = 0;

	if (sku.n < 2 || sku.n > 3 || sku.s[0] != 'S')
		return SIM_SKUS;
	for (size_t i = 1; i < sku.n; i++)
		number = number * 10 + (unsigned)(sku.s[i] - '0');
	return number < SIM_SKUS ? number : SIM_SKUS;
}

static void sum_add(void *context, const struct br_movement *movement)
{
	struct sim *sim = context;
	unsigned number = sku_number(movement->sku);

	if (number == SIM_SKUS) {
		sim_break(sim, "a movement of a product that nobody sells");
		return;
	}
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		sim->sums[number].buckets[i] += movement->buckets[i];
	sim->sums[number].reserved += movement->reserved;
	sim->sums[number].rights += movement->rights;
}

static int64_t sum_sellable(const struct sim_sum *sum)
{
	return sum->buckets[BR_BUCKET_BACKROOM] + sum->buckets[BR_BUCKET_SHELF] - sum->reserved -
	       sum->rights;
}

static uint64_t command_hash(const struct br_event *event)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < event->actor.n; i++)
		hash = (hash ^ (unsigned char)event->actor.s[i]) * UINT64_C(1099511628211);
	hash = (hash ^ '/') * UINT64_C(1099511628211);
	for (size_t i = 0; i < event->command.n; i++)
		hash = (hash ^ (unsigned char)event->command.s[i]) * UINT64_C(1099511628211);
	return hash;
}

/*
 * What is promised anew, to an order or to the central system, must be there and free: a till may
 * sell what was promised, nobody may promise what is not left. It is asked command by command,
 * because one that splits an order gives back and reserves again.
 */
static void promise_check(struct sim *sim)
{
	for (unsigned i = 0; i < SIM_SKUS; i++) {
		const struct sim_sum *sum = &sim->sums[i];
		/* What is picked is still promised: putting it back promises nothing anew. */
		int64_t promised = sum->reserved + sum->rights + sum->buckets[BR_BUCKET_STAGED];

		if (promised > sim->promised[i] && sum_sellable(sum) < 0)
			sim_break(sim,
				"before event %" PRIu64 ": more of S%u is promised than left",
				sim->summed, i);
		sim->promised[i] = promised;
	}
}

/* A command's events stand together, once in the whole journal. */
static void command_check(struct sim *sim, const struct br_event *event)
{
	uint64_t hash = command_hash(event);

	/* A conflict names the id that it came under, and did nothing else. */
	if (hash == sim->command_last || event->kind == BR_EVENT_COMMAND_CONFLICTED)
		return;
	promise_check(sim);
	for (unsigned i = 0; i < sim->command_n; i++)
		if (sim->commands[i] == hash)
			sim_break(sim, "event %" PRIu64 ": the command %.*s took effect twice",
				event->sequence, BR_STR_ARG(event->command));
	if (sim->command_n < SIM_IDS_MAX)
		sim->commands[sim->command_n++] = hash;
	sim->command_last = hash;
}

static void event_check(struct sim *sim, const struct br_event *event)
{
	struct br_movement_visit visit = {sum_add, sim};

	command_check(sim, event);
	sim->kinds[event->kind]++;
	sim->corrected |= event->kind == BR_EVENT_CLOCK_CORRECTED;
	if (br_event_type(event)->movements != NULL)
		br_event_type(event)->movements(event, &visit);
	for (unsigned i = 0; i < SIM_SKUS; i++) {
		const struct sim_sum *sum = &sim->sums[i];

		if (sum->reserved < 0 || sum->rights < 0 || sum->buckets[BR_BUCKET_STAGED] < 0)
			sim_break(sim, "event %" PRIu64 " (%s): less than nothing of S%u is held",
				event->sequence, br_event_type(event)->name, i);
	}
}

static void stocks_check(struct sim *sim, struct br_txn *txn)
{
	char sku[8];

	for (unsigned i = 0; i < SIM_SKUS; i++) {
		const struct sim_sum *sum = &sim->sums[i];
		struct br_stock stock;

		(void)snprintf(sku, sizeof(sku), "S%u", i);
		stock = br_stock_get(txn, br_str_from(sku));
		if (memcmp(stock.buckets, sum->buckets, sizeof(stock.buckets)) != 0 ||
			stock.reserved != sum->reserved || stock.rights != sum->rights)
			sim_break(sim, "the counters of %s are not what its movements add up to",
				sku);
	}
}

/*
 * After a correction no price has been set at a time that is still to come: so none that somebody
 * set "from now on" waits, and an older one does not come back.
 */
static void prices_check(struct sim *sim, struct br_txn *txn)
{
	int64_t now_ms = br_core_latest_ms(sim->core);
	char sku[8];

	sim->corrected = false;
	for (unsigned i = 0; i < SIM_SKUS; i++) {
		const struct br_price_row *rows;
		unsigned n;

		(void)snprintf(sku, sizeof(sku), "S%u", i);
		n = br_price_rows(txn, br_str_from(sku), &sim->arena, &rows);
		for (unsigned j = 0; j < n; j++)
			if (rows[j].set_ms > now_ms || rows[j].cancelled_ms > now_ms)
				sim_break(sim, "a price of %s is of a time that is still to come",
					sku);
	}
}

void sim_check(struct sim *sim)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	uint64_t head;

	if (br_txn_begin(sim->store, false, &txn) < 0) {
		sim_break(sim, "the store cannot be read");
		return;
	}
	head = br_journal_head(txn);
	if (head < sim->summed)
		sim_break(sim, "the journal lost what was committed");
	while (sim->summed < head && sim->broken[0] == '\0') {
		struct br_event event;

		br_arena_reset(&sim->arena);
		if (br_event_get(txn, ++sim->summed, &sim->arena, &event) < 0)
			sim_break(sim, "event %" PRIu64 " cannot be read", sim->summed);
		else
			event_check(sim, &event);
	}
	promise_check(sim);
	if (sim->corrected)
		prices_check(sim, txn);
	stocks_check(sim, txn);
	sim_check_orders(sim, txn, false);
	if (br_txn_error(txn) < 0)
		sim_break(sim, "a row does not decode");
}

/* Every accepted answer names an event that is there, every refusal none that is not. */
static void answers_check(struct sim *sim, struct br_txn *txn)
{
	for (unsigned i = 0; i < SIM_LETTERS_MAX && i < sim->letter_n; i++) {
		const struct sim_letter *letter = &sim->letters[i];
		struct br_event event;

		if (!letter->answered || letter->answer.sequence == 0)
			continue;
		br_arena_reset(&sim->arena);
		if (br_event_get(txn, letter->answer.sequence, &sim->arena, &event) < 0 ||
			!br_str_is(event.command, letter->id))
			sim_break(sim,
				"letter %s was answered with event %" PRIu64 ", which is not its",
				letter->id, letter->answer.sequence);
	}
}

void sim_check_all(struct sim *sim)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_verify_options options = {.scratch = sim->scratch};
	struct br_verify_report report = {.problems = 1};
	struct br_fault fault = {.text = ""};

	if (br_verify(sim->store, &options, &report, &fault) < 0)
		sim_break(sim, "verify: %s", fault.text);
	else if (report.problems > 0)
		sim_break(sim, "verify: %s", report.findings[0]);
	if (br_txn_begin(sim->store, false, &txn) < 0) {
		sim_break(sim, "the store cannot be read");
		return;
	}
	sim_check_orders(sim, txn, true);
	answers_check(sim, txn);
}
