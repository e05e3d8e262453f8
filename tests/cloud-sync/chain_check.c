/*
 * What must hold of a chain.
 *
 * At every step: what the store was asked to keep and what HQ was told is in its ledger, over any
 * crash; HQ may promise no more than the stores keep back for it; clocks that jump move no time.
 * When all is quiet: both sides hold the same events byte for byte, and HQ comes from them to the
 * store's own stock and orders, which is all that a comparison could find, once what HQ refuses is
 * counted; both know the same of that; catalogue, prices and policy are HQ's; the marks and cursors
 * on the disk are where both sides say they are; nothing was done twice; nothing was promised that
 * was not there; what a shopper wants once stands at one store.
 */
#include "tests/cloud-sync/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/order.h"
#include "node/policy.h"
#include "node/stock.h"
#include "node/tables.h"
#include "tests/cloud-sync/refused.h"
#include "tests/cloud-sync/same.h"
#include "tests/cloud-sync/site_check.h"

#define ARENA_BYTES_MAX (1u << 20)
#define COMMANDS_MAX 4096

/* The journal's sums of one store, made from its movements alone. */
struct fold {
	struct chain *chain;
	unsigned site;
	struct {
		int64_t buckets[BR_BUCKET_N], reserved, rights, promised;
	} sums[OFFICE_SKUS];
	uint64_t commands[COMMANDS_MAX]; /* hashes */
	unsigned command_n;
	uint64_t last;
};

static unsigned sku_number(struct br_str sku)
{
	return sku.n == 1 && sku.s[0] >= 'A' && sku.s[0] < 'A' + OFFICE_SKUS
		       ? (unsigned)(sku.s[0] - 'A')
		       : OFFICE_SKUS;
}

static void sum_add(void *context, const struct br_movement *movement)
{
	struct fold *fold = context;
	unsigned sku = sku_number(movement->sku);

	br_assert(sku < OFFICE_SKUS);
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		fold->sums[sku].buckets[i] += movement->buckets[i];
	fold->sums[sku].reserved += movement->reserved;
	fold->sums[sku].rights += movement->rights;
	if (fold->sums[sku].rights < 0 || fold->sums[sku].reserved < 0)
		chain_break(fold->chain, "store %u: less than nothing of %c is held", fold->site,
			'A' + (int)sku);
}

/*
 * What is promised anew must be there and free; sales take what was promised, and what a restored
 * store hears of its own past it has promised long ago.
 */
static void promises_check(struct fold *fold, bool past, uint64_t sequence)
{
	for (unsigned sku = 0; sku < OFFICE_SKUS; sku++) {
		int64_t promised = fold->sums[sku].reserved + fold->sums[sku].rights +
				   fold->sums[sku].buckets[BR_BUCKET_STAGED];
		int64_t free = fold->sums[sku].buckets[BR_BUCKET_BACKROOM] +
			       fold->sums[sku].buckets[BR_BUCKET_SHELF] - fold->sums[sku].reserved -
			       fold->sums[sku].rights;

		if (!past && promised > fold->sums[sku].promised && free < 0)
			chain_break(fold->chain,
				"store %u, before event %" PRIu64
				": more of %c is promised than left",
				fold->site, sequence, 'A' + (int)sku);
		fold->sums[sku].promised = promised;
	}
}

static uint64_t command_hash(const struct br_event *event)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < event->actor.n; i++)
		hash = (hash ^ (unsigned char)event->actor.s[i]) * UINT64_C(1099511628211);
	for (size_t i = 0; i < event->command.n; i++)
		hash = (hash ^ (unsigned char)event->command.s[i]) * UINT64_C(1099511628211);
	return hash;
}

/* A command's events stand together, once in the whole journal. */
static void command_check(struct fold *fold, const struct br_event *event)
{
	uint64_t hash = command_hash(event);

	/* What becomes of a past that comes back is told event by event under the epoch's name. */
	if (hash == fold->last || event->kind == BR_EVENT_COMMAND_CONFLICTED ||
		event->kind == BR_EVENT_EVENT_WITHDRAWN || event->kind == BR_EVENT_STORE_RECOVERED)
		return;
	for (unsigned i = 0; i < fold->command_n; i++)
		if (fold->commands[i] == hash)
			chain_break(fold->chain,
				"store %u, event %" PRIu64 ": the command %.*s of %.*s took "
				"effect twice",
				fold->site, event->sequence, BR_STR_ARG(event->command),
				BR_STR_ARG(event->actor));
	br_assert(fold->command_n < COMMANDS_MAX);
	fold->commands[fold->command_n++] = hash;
	fold->last = hash;
}

static void journal_check(struct chain *chain, unsigned site)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	static struct fold fold;
	struct br_movement_visit visit = {sum_add, &fold};
	struct br_arena arena;
	bool past = false;

	fold = (struct fold){.chain = chain, .site = site};
	br_arena_init(&arena, ARENA_BYTES_MAX);
	REQUIRE(br_txn_begin(chain->sites[site]->shop.store, false, &txn) == 0);
	for (uint64_t at = br_journal_next(txn, 0); at > 0; at = br_journal_next(txn, at)) {
		struct br_event event;

		br_arena_reset(&arena);
		REQUIRE(br_event_get(txn, at, &arena, &event) == 0);
		if (command_hash(&event) != fold.last)
			promises_check(&fold, past, at);
		past = event.origin != 0;
		command_check(&fold, &event);
		if (br_event_type(&event)->movements != NULL)
			br_event_type(&event)->movements(&event, &visit);
	}
	promises_check(&fold, past, UINT64_MAX);
	br_arena_finish(&arena);
}

/* What HQ has sent with a right, and the store has not decided on, is kept back for it as well. */
static int64_t under_way(struct chain *chain, unsigned site, unsigned sku, struct br_txn *txn)
{
	const struct office_book *book = &chain->office.book;
	struct br_arena arena;
	int64_t sum = 0;

	br_arena_init(&arena, ARENA_BYTES_MAX);
	for (unsigned i = 0; i < book->wish_n; i++) {
		const struct office_wish *wish = &book->wishes[i];
		struct br_order order;
		char name[24];

		if (wish->site != site || wish->sku != sku || !wish->rights || wish->attempt == 0 ||
			(wish->state != OFFICE_PLACED && wish->state != OFFICE_ENDING))
			continue;
		(void)snprintf(name, sizeof(name), "W%u-%u", wish->number, wish->attempt);
		br_arena_reset(&arena);
		if (br_order_get(txn, br_str_from(name), &arena, &order) < 0 ||
			order.state == BR_ORDER_OFFERED)
			sum += (int64_t)wish->quantity * 1000;
	}
	br_arena_finish(&arena);
	return sum;
}

static void rights_check(struct chain *chain, unsigned site)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_link_state state = shop_state(&chain->sites[site]->shop);

	/* One of the two has forgotten, and has not heard yet. */
	if ((state.restored && !state.hole.closed) || !fake_hq_level(&chain->sites[site]->hq) ||
		strcmp(state.hq, chain->sites[site]->hq.epoch) != 0)
		return;
	REQUIRE(br_txn_begin(chain->sites[site]->shop.store, false, &txn) == 0);
	for (unsigned sku = 0; sku < OFFICE_SKUS; sku++) {
		char name = (char)('A' + (int)sku);
		int64_t kept = br_stock_get(txn, (struct br_str){&name, 1}).rights;
		int64_t may = office_may(&chain->office, site, sku),
			sent = under_way(chain, site, sku, txn);

		if (may + sent > kept)
			chain_break(chain,
				"HQ may promise %" PRId64 " of %c and has promised %" PRId64
				", store %u keeps %" PRId64 " for it",
				may / 1000, name, sent / 1000, site, kept / 1000);
	}
}

/* What was said out loud before a crash is there behind it. */
static void crash_check(struct chain *chain, unsigned site)
{
	struct shop *shop = &chain->sites[site]->shop;
	const struct fake_hq *hq = &chain->sites[site]->hq;
	struct br_link_state state = shop_state(shop);
	uint64_t head = br_core_head(shop->core);

	if (shop->answered > head)
		chain_break(chain,
			"store %u: somebody was told of event %" PRIu64
			", which a crash has undone",
			site, shop->answered);
	if (strcmp(hq->store_epoch, br_core_epoch(shop->core)) != 0)
		return;
	for (unsigned lane = 0; lane < FAKE_LANES; lane++)
		if (hq->lanes[lane].n > 0 &&
			hq->lanes[lane].events[hq->lanes[lane].n - 1].sequence > head)
			chain_break(
				chain, "store %u: HQ has an event that a crash has undone", site);
	for (unsigned lane = 0; lane < FAKE_DOWN; lane++)
		if (strcmp(hq->epoch, state.hq) == 0 &&
			hq->outboxes[lane].cum_seq > state.down[lane])
			chain_break(chain,
				"store %u: HQ was answered up to command %" PRIu64
				", the mark says %" PRIu64,
				site, hq->outboxes[lane].cum_seq, state.down[lane]);
}

/* An epoch that HQ has left never comes back, whatever arrives late. */
static void epoch_check(struct chain *chain, unsigned site)
{
	struct br_link_state state = shop_state(&chain->sites[site]->shop);
	unsigned seed, generation;

	if (sscanf(state.hq, "%8x%8x", &seed, &generation) != 2)
		return;
	if (generation < chain->epochs_seen[site])
		chain_break(chain, "store %u follows HQ's epoch %u again, behind %u", site,
			generation, chain->epochs_seen[site]);
	chain->epochs_seen[site] = generation;
}

/* However wrong the machine's clock is, the store's own goes on from what it knew. */
static void time_check(struct chain *chain, unsigned site)
{
	const struct shop *shop = &chain->sites[site]->shop;
	int64_t apart_ms = shop_now_ms(shop) - shop_true_ms(shop);

	if (apart_ms > BR_TIME_APART_MS || apart_ms < -BR_TIME_APART_MS)
		chain_break(chain, "store %u: its time is wrong by %" PRId64 " s", site,
			apart_ms / 1000);
}

void chain_check_always(struct chain *chain)
{
	for (unsigned i = 0; i < chain->site_n && chain->broken[0] == '\0'; i++) {
		struct site *site = chain->sites[i];

		if (chain->crashes_seen[i] != site->shop.crashes)
			crash_check(chain, i);
		chain->crashes_seen[i] = site->shop.crashes;
		rights_check(chain, i);
		epoch_check(chain, i);
		time_check(chain, i);
		if (site->hq.violations > 0)
			chain_break(chain, "store %u breaks the contract", i);
	}
	if (chain->office.broken[0] != '\0')
		chain_break(chain, "%s", chain->office.broken);
}

static void marks_check(struct chain *chain, unsigned site)
{
	const struct fake_hq *hq = &chain->sites[site]->hq;
	struct br_link_state state = shop_state(&chain->sites[site]->shop);

	for (unsigned lane = 0; lane < FAKE_DOWN; lane++)
		if (state.down[lane] != hq->outboxes[lane].n)
			chain_break(chain,
				"store %u: the mark says %" PRIu64 " of %zu commands are taken",
				site, state.down[lane], hq->outboxes[lane].n);
	for (unsigned lane = 0; lane < FAKE_LANES; lane++) {
		if (state.lanes[lane].acked != fake_hq_cum_seq(hq, lane))
			chain_break(chain, "store %u: the cursor is not where HQ is", site);
	}
	if (state.figures.malformed + state.figures.acks_beyond > 0)
		chain_break(chain, "store %u refuses what HQ says: %s", site, state.last_error);
}

/* Of what HQ asked, nothing was passed over that the store cannot refuse. */
static void commands_check(struct chain *chain, unsigned site)
{
	const struct fake_outbox *outbox = &chain->sites[site]->hq.outboxes[0];

	for (size_t i = 0; i < outbox->n; i++) {
		const struct fake_command *command = &outbox->commands[i];

		if ((strstr(command->json, "\"rights.revoke\"") != NULL ||
			    strstr(command->json, "\"order.offer\"") != NULL) &&
			strcmp(command->outcome, "accepted") != 0)
			chain_break(chain, "store %u: %s %s: %s", site, command->outcome,
				command->code, command->json);
	}
}

/* Of the policy's versions that the store has taken the last one counts. */
static void policy_check(struct chain *chain, unsigned site)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	const struct fake_outbox *outbox = &chain->sites[site]->hq.outboxes[1];
	struct br_policy policy;
	uint64_t last = 0;

	for (size_t i = 0; i < outbox->n; i++) {
		const char *at = strstr(outbox->commands[i].json, "\"version\":");
		uint64_t version = at != NULL ? strtoull(at + strlen("\"version\":"), NULL, 10) : 0;

		if (strcmp(outbox->commands[i].outcome, "accepted") == 0 && version > last)
			last = version;
	}
	REQUIRE(br_txn_begin(chain->sites[site]->shop.store, false, &txn) == 0);
	policy = br_policy_get(txn);
	if (policy.version != last || policy.no_show_hours != desk_hours(last))
		chain_break(chain,
			"store %u: the policy is version %" PRIu64 ", HQ's last one %" PRIu64, site,
			policy.version, last);
}

/* The wishes that stand at each store, alive or done. */
struct stand {
	struct chain *chain;
	unsigned numbers[OFFICE_SITES_MAX * OFFICE_WISHES_MAX];
	unsigned n;
};

static bool order_stands(const struct br_order *order)
{
	switch ((enum br_order_state)order->state) {
	case BR_ORDER_ACCEPTED:
	case BR_ORDER_PICKING:
	case BR_ORDER_PICKED:
	case BR_ORDER_STAGED:
	case BR_ORDER_READY:
	case BR_ORDER_HANDED_OVER:
		return true;
	case BR_ORDER_CLOSED:
		return order->counts.handed_over > 0;
	default:
		return false;
	}
}

static void stands_gather(struct stand *stand, unsigned site)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_arena arena;
	struct br_scan scan;

	br_arena_init(&arena, ARENA_BYTES_MAX);
	REQUIRE(br_txn_begin(stand->chain->sites[site]->shop.store, false, &txn) == 0);
	br_scan_begin(&scan, txn, BR_TABLE_ORDER, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_order order;
		unsigned number;
		char text[24];

		br_arena_reset(&arena);
		REQUIRE(br_key_take_str(&key, &name) &&
			br_order_get(txn, name, &arena, &order) == 0);
		if (!order_stands(&order) || !br_str_copy(order.order, text, sizeof(text)) ||
			sscanf(text, "W%u-", &number) != 1)
			continue;
		br_assert(stand->n < BR_ARRAY_LEN(stand->numbers));
		for (unsigned i = 0; i < stand->n; i++)
			if (stand->numbers[i] == number)
				chain_break(stand->chain,
					"what shopper %u ordered once stands twice, the second "
					"time at store %u",
					number, site);
		stand->numbers[stand->n++] = number;
	}
	br_scan_end(&scan);
	br_arena_finish(&arena);
}

void chain_check_quiet(struct chain *chain)
{
	static struct stand stand;
	bool excused = false;

	stand = (struct stand){.chain = chain};
	for (unsigned i = 0; i < chain->site_n && chain->broken[0] == '\0'; i++) {
		struct site *site = chain->sites[i];

		chain->figures.aside += refused_count(&site->shop);
		marks_check(chain, i);
		commands_check(chain, i);
		journal_check(chain, i);
		for (unsigned lane = 0; lane < FAKE_LANES; lane++)
			if (site_lane_differences(site, lane) > 0)
				chain_break(chain, "store %u and HQ have other events", i);
		if (same_differences(&site->shop, &site->hq, true) > 0)
			chain_break(chain, "store %u and HQ hold something else", i);
		if (same_catalogue_differences(
			    &site->shop, &site->hq, shop_true_ms(&site->shop), NULL, NULL) > 0)
			chain_break(chain, "store %u has not HQ's catalogue and prices", i);
		policy_check(chain, i);
		if (refused_differences(&site->shop, &site->hq) > 0)
			chain_break(chain, "store %u and HQ do not agree about what HQ refuses", i);
		excused = excused || chain->excused[i];
	}
	/* A store that was restored may have done meanwhile what it had been told not to. */
	for (unsigned i = 0; i < chain->site_n && !excused; i++)
		stands_gather(&stand, i);
}
