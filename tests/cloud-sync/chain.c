#include "tests/cloud-sync/chain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/order.h"
#include "node/tables.h"
#include "tests/cloud-sync/refused.h"

#define HEAL_MS_MAX (30 * 60 * 1000)
/* Of 1000 turns of a store, and of HQ's, so many end in each of the deaths. */
#define DEATHS 6
#define HQ_DEATHS 20
#define ARENA_BYTES_MAX (1u << 20)
#define REPAIRS_MAX 6

void chain_break(struct chain *chain, const char *format, ...)
{
	va_list arguments;

	if (chain->broken[0] != '\0')
		return;
	va_start(arguments, format);
	(void)vsnprintf(chain->broken, sizeof(chain->broken), format, arguments);
	va_end(arguments);
}

static unsigned upto(struct chain *chain, unsigned n)
{
	chain->random ^= chain->random >> 12;
	chain->random ^= chain->random << 25;
	chain->random ^= chain->random >> 27;
	return (unsigned)((chain->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static enum shop_fate store_fate(void *context)
{
	struct chain *chain = context;
	unsigned dice;

	if (++chain->turn == chain->doomed_turn)
		return chain->doom;
	if (!chain->dies || chain->calm)
		return SHOP_LIVES;
	dice = upto(chain, 1000);
	return dice < DEATHS * (SHOP_FATES - 1) ? 1 + dice % (SHOP_FATES - 1) : SHOP_LIVES;
}

static enum shop_fate hq_fate(void *context)
{
	struct chain *chain = context;
	unsigned dice;

	if (!chain->dies || chain->calm)
		return SHOP_LIVES;
	dice = upto(chain, 1000);
	if (dice >= 2 * HQ_DEATHS)
		return SHOP_LIVES;
	chain->figures.hq_crashes++;
	return dice < HQ_DEATHS ? SHOP_DIES_AT_COMMIT : SHOP_DIES_BEHIND_COMMIT;
}

static unsigned number_of(const struct chain *chain, const struct site *site)
{
	unsigned i = 0;

	while (chain->sites[i] != site)
		i++;
	return i;
}

static void submit(struct chain *chain, struct site *site, const char *type, const char *format,
	...) BR_PRINTF(4, 5);
static void submit(
	struct chain *chain, struct site *site, const char *type, const char *format, ...)
{
	unsigned i = number_of(chain, site);
	char *json = chain->asked[i][chain->asked_n[i]++ % CHAIN_ASKED];
	char body[256];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(body, sizeof(body), format, arguments);
	va_end(arguments);
	(void)snprintf(json, sizeof(chain->asked[i][0]),
		"{\"id\":\"c%" PRIu64 "\",\"type\":\"%s\",\"data\":%s}", ++site->shop.command_n,
		type, body);
	shop_submit(&site->shop, json);
}

/* Tills and people who have not heard their answer ask again, also a ledger that was restored. */
static void ask_again(struct chain *chain, unsigned i)
{
	for (unsigned n = 0; n < CHAIN_ASKED; n++)
		if (chain->asked[i][n][0] != '\0' && upto(chain, 2) == 0)
			shop_submit(&chain->sites[i]->shop, chain->asked[i][n]);
}

/* The catalogue, the first goods, and rights that grow with what is ordered. */
static void store_stock(struct chain *chain, struct site *site)
{
	submit(chain, site, "policy.set",
		"{\"rights_contact_minutes\":40320,\"rights_stock_min\":1,"
		"\"rights_top_up_minutes\":1}");
	for (unsigned sku = 0; sku < OFFICE_SKUS; sku++) {
		submit(chain, site, "product.upsert", "{\"sku\":\"%c\",\"name\":\"Product\"}",
			'A' + (int)sku);
		submit(chain, site, "stock.move",
			"{\"sku\":\"%c\",\"kind\":\"receive\",\"quantity\":%u}", 'A' + (int)sku,
			4 + upto(chain, 12));
		submit(chain, site, "rights.grant", "{\"sku\":\"%c\",\"quantity\":%u}",
			'A' + (int)sku, 1 + upto(chain, 4));
	}
	shop_turn(&site->shop);
}

static void chain_begin(struct chain *chain, uint64_t seed, unsigned site_n)
{
	memset(chain, 0, sizeof(*chain));
	chain->seed = seed;
	chain->random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	chain->site_n = site_n;
	for (unsigned i = 0; i < site_n; i++) {
		char name[32], id[16], epoch[17];

		chain->sites[i] = malloc(sizeof(*chain->sites[i]));
		REQUIRE(chain->sites[i] != NULL);
		(void)snprintf(name, sizeof(name), "store-%u", i);
		(void)snprintf(id, sizeof(id), "04%02u", i);
		office_epoch(seed, 1, epoch);
		site_open(chain->sites[i], name, id, seed * 8 + i, epoch);
		chain->sites[i]->context = chain;
		chain->sites[i]->hq_fate = hq_fate;
		chain->sites[i]->hq.batch_commands_max = 1 + upto(chain, 8);
		chain->sites[i]->hq.credit = upto(chain, 34);
		chain->sites[i]->hq.refuse_one_in = 4 * upto(chain, 8);
		shop_time_keep(&chain->sites[i]->shop);
		store_stock(chain, chain->sites[i]);
		chain->sites[i]->shop.files_stay = true;
		chain->sites[i]->shop.fate = store_fate;
		chain->sites[i]->shop.fate_context = chain;
	}
	office_init(&chain->office, chain->sites, site_n, seed);
}

static void chain_end(struct chain *chain)
{
	for (unsigned i = 0; i < chain->site_n; i++) {
		struct site *site = chain->sites[i];

		for (unsigned lane = 0; lane < FAKE_LANES; lane++)
			chain->figures.events += site->hq.lanes[lane].n;
		chain->figures.messages += site->pipe.posted;
		chain->figures.lost += site->pipe.lost;
		chain->figures.doubled += site->pipe.doubled;
		chain->figures.crashes += site->shop.crashes;
		chain->figures.commands += site->hq.outboxes[0].n + site->hq.outboxes[1].n;
		chain->figures.spent += chain->office.book.accounts[i].paper_n;
		chain->figures.refused += site->hq.refusals;
		site_close(site);
		free(site);
	}
	chain->figures.placed = chain->office.placed;
	chain->figures.resourced = chain->office.resourced;
	chain->figures.hq_restores = chain->office.returns;
	office_finish(&chain->office);
}

static void time_pass(struct chain *chain, int64_t pass_ms)
{
	site_run_all(chain->sites, chain->site_n, chain->sites[0]->shop.boot_ms + pass_ms);
	office_work(&chain->office);
	chain_check_always(chain);
}

/* Some order that is open here, steps from an end of the list; false when there is none. */
static bool order_any(
	struct chain *chain, struct site *site, char ret_order[65], enum br_order_state *ret_state)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str none = {NULL, 0}, key, value, name;
	unsigned skip = upto(chain, 4);
	struct br_order order;
	struct br_arena arena;
	struct br_scan scan;
	bool found = false;

	REQUIRE(br_txn_begin(site->shop.store, false, &txn) == 0);
	br_arena_init(&arena, ARENA_BYTES_MAX);
	br_scan_begin(&scan, txn, BR_TABLE_ORDER_OPEN, none, none, upto(chain, 2) == 0);
	while (br_scan_next(&scan, &key, &value)) {
		found = br_key_take_str(&key, &name) &&
			br_order_get(txn, name, &arena, &order) == 0;
		if (skip-- == 0)
			break;
	}
	br_scan_end(&scan);
	if (found) {
		(void)!br_str_copy(order.order, ret_order, 65);
		*ret_state = order.state;
	}
	br_arena_finish(&arena);
	return found;
}

/* An associate does what is due for an order. */
static void order_work(struct chain *chain, struct site *site)
{
	enum br_order_state state;
	char order[65];

	if (!order_any(chain, site, order, &state))
		return;
	switch (state) {
	case BR_ORDER_ACCEPTED:
	case BR_ORDER_PICKING:
		submit(chain, site, "order.pick",
			"{\"order\":\"%s\",\"line\":\"1\",\"quantity\":1}", order);
		return;
	case BR_ORDER_PICKED:
		submit(chain, site, "order.ready", "{\"order\":\"%s\"}", order);
		return;
	case BR_ORDER_READY:
		submit(chain, site, "order.hand_over", "{\"order\":\"%s\",\"waived\":\"known\"}",
			order);
		return;
	case BR_ORDER_CANCELLING:
	case BR_ORDER_RESTOCKING:
		submit(chain, site, "order.restock",
			"{\"order\":\"%s\",\"line\":\"1\",\"quantity\":1,\"to\":\"shelf\"}", order);
		return;
	default:
		return;
	}
}

static void store_work(struct chain *chain, struct site *site)
{
	int sku = 'A' + (int)upto(chain, OFFICE_SKUS);

	switch (upto(chain, 14)) {
	case 0:
		submit(chain, site, "stock.move",
			"{\"sku\":\"%c\",\"kind\":\"receive\",\"quantity\":%u}", sku,
			1 + upto(chain, 5));
		return;
	case 1:
		submit(chain, site, "stock.move",
			"{\"sku\":\"%c\",\"kind\":\"adjust\",\"quantity\":-1,\"reason\":"
			"\"broken\"}",
			sku);
		return;
	case 2:
	case 3:
		submit(chain, site, "rights.grant", "{\"sku\":\"%c\",\"quantity\":%u}", sku,
			1 + upto(chain, 3));
		return;
	case 4:
	case 10:
		submit(chain, site, "rights.recall", "{\"sku\":\"%c\",\"quantity\":1}", sku);
		return;
	case 5:
	case 6:
	case 7:
		order_work(chain, site);
		return;
	case 8:
	case 9:
		shop_telemetry(&site->shop, upto(chain, SHOP_TELEMETRY_N));
		return;
	default:
		submit(chain, site, "sale.record",
			"{\"till\":\"t1\",\"lines\":[{\"sku\":\"%c\",\"quantity\":%u,\"price\":1}]"
			"}",
			sku, 1 + upto(chain, 2));
	}
}

/* An event that only its own store needs may be given up: what HQ decides by must come to it. */
static bool row_spared(const struct br_quarantine_row *row)
{
	return !br_str_starts(row->last.type, "order.");
}

static bool row_needed(const struct br_quarantine_row *row)
{
	return !row->resent && (br_str_starts(row->last.type, "order.") ||
				       br_str_starts(row->last.type, "rights."));
}

/* Somebody sends an event that HQ refused once more; false when none fits. */
static bool event_resend(struct chain *chain, struct site *site,
	bool (*fits)(const struct br_quarantine_row *row), unsigned skip)
{
	uint64_t event = refused_choose(&site->shop, fits, skip);

	if (event == 0)
		return false;
	submit(chain, site, "event.resend", "{\"event\":%" PRIu64 "}", event);
	chain->figures.resent++;
	return true;
}

static void quarantine_work(struct chain *chain, struct site *site)
{
	uint64_t event;

	if (upto(chain, 3) > 0) {
		(void)event_resend(chain, site, refused_waits, upto(chain, 8));
		return;
	}
	event = refused_choose(&site->shop, row_spared, upto(chain, 8));
	if (event == 0)
		return;
	submit(chain, site, "event.dismiss", "{\"event\":%" PRIu64 ",\"reason\":\"by hand\"}",
		event);
	chain->figures.dismissed++;
}

/* HQ's rule is put right as far as the office needs it, and people send again what that was. */
static void quarantine_settle(struct chain *chain, struct site *site)
{
	while (event_resend(chain, site, row_needed, 0))
		shop_turn(&site->shop);
}

static void stores_work(struct chain *chain)
{
	struct site *site = chain->sites[upto(chain, chain->site_n)];

	for (unsigned i = 1 + upto(chain, 4); i > 0; i--)
		store_work(chain, site);
	if (upto(chain, 2) == 0)
		quarantine_work(chain, site);
	if (upto(chain, 8) == 0)
		ask_again(chain, number_of(chain, site));
	shop_timers(&site->shop);
	shop_turn(&site->shop);
}

static void shoppers_order(struct chain *chain)
{
	for (unsigned i = 1 + upto(chain, 3); i > 0; i--)
		office_wish(&chain->office, upto(chain, OFFICE_SKUS), 1 + upto(chain, 2));
	if (upto(chain, 3) == 0)
		office_price(&chain->office);
	office_work(&chain->office);
}

/* A broker starts again: what it had to bring is gone, or what it had brought comes once more. */
static void broker_restart(struct chain *chain, struct site *site, bool store_side)
{
	bool bus = site->shop.bus, bridge = site->shop.bridge;

	chain->figures.brokers++;
	shop_connect(&site->shop, bus && !store_side, false);
	if (upto(chain, 2) == 0)
		pipe_spill(&site->pipe);
	else
		pipe_repeat(&site->pipe, site->shop.boot_ms);
	shop_turn(&site->shop);
	shop_connect(&site->shop, bus, bridge);
}

static void store_restore(struct chain *chain, unsigned i)
{
	if (!shop_restore(&chain->sites[i]->shop))
		return;
	chain->figures.restores++;
	chain->excused[i] = true;
	chain->epochs_seen[i] = 0;
	ask_again(chain, i);
	/* Nor do people, who see to what stands in quarantine, as it did once before. */
	for (unsigned n = upto(chain, 4); n > 0; n--)
		quarantine_work(chain, chain->sites[i]);
	/* Shoppers do not wait until it has heard what it had promised. */
	for (unsigned n = upto(chain, 6); n > 0; n--)
		office_wish(&chain->office, upto(chain, OFFICE_SKUS), 1);
	office_work(&chain->office);
	chain->crashes_seen[i] = chain->sites[i]->shop.crashes;
}

/* The machine's clock is set wrong, or right again. */
static void clock_jump(struct chain *chain, struct site *site)
{
	static const int64_t hours[] = {
		0, 0, 1, -1, 24, -24, 24 * 40, -24 * 40, 24 * 365, -24 * 365};

	site->shop.skew_ms = hours[upto(chain, BR_ARRAY_LEN(hours))] * 3600 * 1000;
	chain->figures.jumps++;
}

/* Something goes wrong. */
static void trouble(struct chain *chain)
{
	unsigned i = upto(chain, chain->site_n);
	struct site *site = chain->sites[i];

	switch (upto(chain, 16)) {
	case 14:
	case 15:
		clock_jump(chain, site);
		return;
	case 0:
		pipe_spill(&site->pipe);
		return;
	case 1:
	case 2:
	case 3:
		shop_connect(&site->shop, true, !site->shop.bridge);
		return;
	case 4:
		shop_connect(&site->shop, !site->shop.bus, true);
		return;
	case 5:
		site->shop.publish_fails = upto(chain, 4);
		return;
	case 6:
		broker_restart(chain, site, true);
		return;
	case 7:
		for (unsigned k = 0; k < chain->site_n; k++)
			broker_restart(chain, chain->sites[k], false);
		return;
	case 8:
	case 9:
		shop_backup(&site->shop);
		return;
	case 10:
	case 11:
		store_restore(chain, i);
		return;
	case 12:
		office_backup(&chain->office);
		return;
	default:
		(void)office_return(&chain->office);
	}
}

static void step(struct chain *chain)
{
	time_pass(chain, upto(chain, 3000));
	switch (upto(chain, 10)) {
	case 0:
	case 1:
	case 2:
		trouble(chain);
		return;
	case 3:
	case 4:
	case 5:
		shoppers_order(chain);
		return;
	default:
		stores_work(chain);
	}
}

static bool caught_up(const struct chain *chain)
{
	for (unsigned i = 0; i < chain->site_n; i++)
		if (!site_caught_up(chain->sites[i]) ||
			!fake_hq_verdicts_heard(&chain->sites[i]->hq) ||
			refused_choose(&chain->sites[i]->shop, row_needed, 0) != 0)
			return false;
	return office_quiet(&chain->office);
}

/* Says what keeps the chain from its rest. */
static void unrest_tell(struct chain *chain)
{
	for (unsigned i = 0; i < chain->site_n; i++) {
		struct site *site = chain->sites[i];
		struct br_link_state state = shop_state(&site->shop);

		if (!site_caught_up(site))
			chain_break(chain,
				"store %u does not come to rest: link %s, backlog %" PRIu64
				", HQ %s answered, %zu letters%s; %s",
				i, br_link_condition_words[state.condition], state.backlog,
				fake_hq_answered(&site->hq) ? "is" : "is not", site->pipe.n,
				state.restored && !state.hole.closed ? ", its past is open" : "",
				state.last_error);
		if (!fake_hq_verdicts_heard(&site->hq) ||
			refused_choose(&site->shop, row_needed, 0) != 0)
			chain_break(chain, "store %u and HQ do not settle what HQ refuses", i);
		if (!fake_hq_level(&site->hq))
			chain_break(chain, "HQ does not become level with store %u", i);
	}
	chain_break(chain, "HQ has still to decide something");
}

/* Nothing goes wrong any more: whatever happened before, it all comes to rest in a bounded time. */
static void chain_rest(struct chain *chain)
{
	int64_t end_ms = chain->sites[0]->shop.boot_ms + HEAL_MS_MAX;

	chain->calm = chain->office.settled = true;
	for (unsigned i = 0; i < chain->site_n; i++)
		site_mend(chain->sites[i]);
	do {
		for (unsigned i = 0; i < chain->site_n; i++)
			quarantine_settle(chain, chain->sites[i]);
		time_pass(chain, 1000);
	} while (chain->broken[0] == '\0' && !caught_up(chain) &&
		 chain->sites[0]->shop.boot_ms < end_ms);
	if (!caught_up(chain))
		unrest_tell(chain);
}

/* As nights of comparisons: one price behind the other, when the one taken back had hidden it. */
static void prices_repair(struct chain *chain)
{
	unsigned found = 1;

	for (unsigned round = 0; round < REPAIRS_MAX && found > 0; round++) {
		found = 0;
		for (unsigned i = 0; i < chain->site_n; i++)
			found += office_repair(&chain->office, i);
		chain->figures.repaired += found;
		chain_rest(chain);
	}
}

/* What is only in memory does not count: all processes start once more. */
static void chain_close(struct chain *chain)
{
	chain_rest(chain);
	for (unsigned i = 0; i < chain->site_n; i++) {
		chain->sites[i]->shop.files_stay = false;
		shop_crash(&chain->sites[i]->shop);
	}
	chain_rest(chain);
	/*
	 * What a restored HQ commanded and has forgotten only comparisons find; one that is hidden
	 * by another, when that is over.
	 */
	if (chain->office.returns > 0) {
		prices_repair(chain);
		time_pass(chain, 2 * DESK_PRICE_MS_MAX);
		prices_repair(chain);
	}
	if (chain->broken[0] == '\0')
		chain_check_quiet(chain);
	chain_end(chain);
}

bool chain_run(struct chain *chain, uint64_t seed, unsigned steps)
{
	chain_begin(chain, seed, 2 + (unsigned)(seed % (CHAIN_SITES_MAX - 1)));
	chain->dies = true;
	for (unsigned i = 0; i < chain->site_n; i++) {
		site_rough(chain->sites[i]);
		chain->sites[i]->scattered = true;
		shop_connect(&chain->sites[i]->shop, true, true);
	}
	for (unsigned i = 0; i < steps && chain->broken[0] == '\0'; i++)
		step(chain);
	chain_close(chain);
	return chain->broken[0] == '\0';
}

bool chain_run_doomed(struct chain *chain, uint64_t turn, enum shop_fate doom, uint64_t *ret_turns)
{
	chain_begin(chain, 1, 2);
	chain->doomed_turn = turn;
	chain->doom = doom;
	for (unsigned i = 0; i < chain->site_n; i++) {
		chain->sites[i]->hq.refuse_one_in = 4;
		shop_connect(&chain->sites[i]->shop, true, true);
	}
	for (unsigned i = 0; i < 12 && chain->broken[0] == '\0'; i++) {
		time_pass(chain, 1500);
		if (i % 3 == 1)
			shoppers_order(chain);
		else
			stores_work(chain);
	}
	*ret_turns = chain->turn;
	chain_close(chain);
	return chain->broken[0] == '\0';
}
