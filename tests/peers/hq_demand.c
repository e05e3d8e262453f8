#include "tests/peers/hq_demand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json_out.h"
#include "tests/peers/hq_rights.h"
#include "tests/peers/random.h"

#define MINUTE_MS INT64_C(60000)
#define ORDER_BYTES_MAX (32 * 1024)

struct peer_demand {
	struct peer_loop *loop;
	struct peer_demand_settings settings;
	struct peer_hq *hq;
	struct peer_hq_store *store;
	struct peer_catalogue *catalogue;
	struct peer_timer orders, prices;
	struct peer_random random;
	int64_t offered;
};

static void order_body(struct br_text *text, const struct peer_order *order)
{
	int64_t now_ms = peer_wall_ms();
	struct br_json_out out;

	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "order", order->id);
	br_json_out_puts(&out, "channel", order->channel);
	br_json_out_puts(&out, "method", order->method);
	if (order->customer[0] != '\0')
		br_json_out_puts(&out, "customer", order->customer);
	br_json_out_time(&out, "placed", now_ms);
	br_json_out_time(&out, "accept_by", now_ms + 15 * MINUTE_MS);
	br_json_out_time(&out, "ready_by", now_ms + 90 * MINUTE_MS);
	br_json_out_time(&out, "collect_by", now_ms + 24 * 60 * MINUTE_MS);
	if (order->note[0] != '\0')
		br_json_out_puts(&out, "note", order->note);
	br_json_out_array(&out, "lines");
	for (size_t i = 0; i < order->line_n; i++) {
		char line[8];

		(void)snprintf(line, sizeof(line), "%u", (unsigned)(i + 1) % 1000);
		br_json_out_object(&out, NULL);
		br_json_out_puts(&out, "line", line);
		br_json_out_puts(&out, "sku", order->lines[i].sku);
		br_json_out_milli(&out, "quantity", order->lines[i].quantity_milli);
		if (order->lines[i].price_milli > 0)
			br_json_out_milli(&out, "price", order->lines[i].price_milli);
		if (order->lines[i].rights)
			br_json_out_bool(&out, "rights", true);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_assert(br_text_error(text) == 0);
}

uint64_t peer_order_offer(
	struct peer_hq *hq, struct peer_hq_store *store, const char *shop, struct peer_order *order)
{
	struct br_text body;
	uint64_t hq_seq;

	br_assert(order->line_n > 0 && order->line_n <= PEER_ORDER_LINES_MAX);
	if (order->id[0] == '\0')
		(void)snprintf(order->id, sizeof(order->id), "W%" PRIu64,
			10000 + peer_hq_store_number(store, "order"));
	for (size_t i = 0; i < order->line_n; i++)
		order->lines[i].rights = peer_hq_rights_spend(
			store, shop, order->lines[i].sku, order->lines[i].quantity_milli);
	br_text_init(&body, ORDER_BYTES_MAX);
	order_body(&body, order);
	hq_seq = peer_hq_command(
		hq, shop, PEER_DOWN_ORDERS, NULL, "order.offer", br_text_str(&body));
	br_text_finish(&body);
	return hq_seq;
}

static const char *word_pick(struct peer_demand *demand, const char *const words[], size_t n)
{
	return words[peer_random_below(&demand->random, n)];
}

static void line_pick(struct peer_demand *demand, struct peer_order *order)
{
	const struct peer_catalogue *catalogue = demand->catalogue;
	double share = peer_random_share(&demand->random);
	const struct peer_product *product =
		&catalogue->items[(size_t)((double)catalogue->n * share * share)];
	struct peer_order_line *line = &order->lines[order->line_n];

	for (size_t i = 0; i < order->line_n; i++)
		if (strcmp(order->lines[i].sku, product->sku) == 0)
			return;
	(void)snprintf(line->sku, sizeof(line->sku), "%s", product->sku);
	line->price_milli = product->price_milli;
	line->quantity_milli = strcmp(product->sold_by, "piece") == 0
				       ? peer_random_range(&demand->random, 1, 3) * 1000
				       : peer_random_range(&demand->random, 3, 20) * 100;
	order->line_n++;
}

static void order_arrives(void *context)
{
	static const char *const channels[] = {"web", "web", "app", "app", "marketplace", "phone"};
	static const char *const methods[] = {"pickup", "pickup", "curbside"};
	static const char *const notes[] = {"", "", "", "", "Please ring on arrival",
		"Bitte ohne Tüte", "Без пакета", "لطفاً میوه رسیده"};
	struct peer_demand *demand = context;
	struct peer_order order = {.line_n = 0};
	size_t shops = peer_hq_shops(demand->hq), lines;

	peer_timer_set(demand->loop, &demand->orders,
		(int64_t)peer_random_gap(
			&demand->random, (double)MINUTE_MS / demand->settings.orders_per_minute));
	if (shops == 0 || demand->catalogue->n == 0 ||
		(demand->settings.orders_max > 0 && demand->offered >= demand->settings.orders_max))
		return;
	demand->offered++;
	(void)snprintf(order.channel, sizeof(order.channel), "%s",
		word_pick(demand, channels, BR_ARRAY_LEN(channels)));
	(void)snprintf(order.method, sizeof(order.method), "%s",
		word_pick(demand, methods, BR_ARRAY_LEN(methods)));
	(void)snprintf(order.customer, sizeof(order.customer), "C-%04" PRId64,
		peer_random_range(&demand->random, 1, 9999));
	(void)snprintf(order.note, sizeof(order.note), "%s",
		word_pick(demand, notes, BR_ARRAY_LEN(notes)));
	lines = (size_t)peer_random_range(&demand->random, 1, 6);
	for (size_t i = 0; i < lines; i++)
		line_pick(demand, &order);
	(void)peer_order_offer(demand->hq, demand->store,
		peer_hq_shop(demand->hq, peer_random_below(&demand->random, shops)), &order);
}

/* Four of five are new regular prices; the fifth is a promotion of ten minutes, 10 to 40 % off. */
static void price_changes(void *context)
{
	struct peer_demand *demand = context;
	struct peer_product *product;
	bool promotion = peer_random_hit(&demand->random, 0.2);
	int64_t amount_milli, now_ms = peer_wall_ms();

	peer_timer_set(demand->loop, &demand->prices,
		(int64_t)peer_random_gap(
			&demand->random, (double)MINUTE_MS / demand->settings.prices_per_minute));
	if (demand->catalogue->n == 0)
		return;
	product =
		&demand->catalogue->items[peer_random_below(&demand->random, demand->catalogue->n)];
	if (product->price_milli == 0)
		return;
	amount_milli = product->price_milli *
		       (promotion ? peer_random_range(&demand->random, 60, 90)
				  : peer_random_range(&demand->random, 92, 109)) /
		       100 / 10 * 10;
	if (amount_milli < 50)
		amount_milli = 50;
	if (!promotion) {
		product->price_milli = amount_milli;
		peer_hq_store_product_put(demand->store, product);
	}
	for (size_t i = 0; i < peer_hq_shops(demand->hq); i++)
		(void)peer_catalogue_tell_price(demand->hq, peer_hq_shop(demand->hq, i),
			product->sku, promotion ? "promotion" : "regular", amount_milli,
			product->currency, now_ms, promotion ? now_ms + 10 * MINUTE_MS : 0);
}

int peer_demand_create(struct peer_loop *loop, const struct peer_demand_settings *settings,
	struct peer_hq *hq, struct peer_hq_store *store, struct peer_catalogue *catalogue,
	struct peer_demand **ret_demand)
{
	struct peer_demand *demand = calloc(1, sizeof(*demand));

	if (demand == NULL)
		return BR_E_MEMORY;
	demand->loop = loop;
	demand->settings = *settings;
	demand->hq = hq;
	demand->store = store;
	demand->catalogue = catalogue;
	demand->orders = (struct peer_timer){.fire = order_arrives, .context = demand};
	demand->prices = (struct peer_timer){.fire = price_changes, .context = demand};
	/* Runs of one HQ differ in what is ordered, and can still be told apart by the seed. */
	peer_random_init(&demand->random, settings->seed, peer_hq_store_number(store, "start"));
	if (settings->orders_per_minute > 0)
		peer_timer_set(loop, &demand->orders, 1000);
	if (settings->prices_per_minute > 0)
		peer_timer_set(loop, &demand->prices, 1000);
	*ret_demand = demand;
	return 0;
}

void peer_demand_destroy(struct peer_demand *demand)
{
	if (demand == NULL)
		return;
	peer_timer_clear(demand->loop, &demand->orders);
	peer_timer_clear(demand->loop, &demand->prices);
	free(demand);
}
