/* What can be asked about how a product's stock came to be what it is. */
#include "web-ui/query.h"

#include "node/event.h"
#include "node/movement.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/stock_policy.h"

#define MOVEMENT_EVENTS_MAX 5000 /* looked through for one page */

static int product_check(
	const struct br_web_view *view, struct br_str sku, struct br_web_refusal *refusal)
{
	br_assert(sku.n > 0);
	if (br_product_exists(view->txn, sku))
		return 0;
	return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_product",
		"product \"%.*s\": not in the catalogue", BR_STR_ARG(sku));
}

/* One product's rows out of an event. */
struct page {
	struct br_json_out *out;
	const struct br_event *event;
	struct br_str sku;
	unsigned written;
};

/* One row: what a place gained, or what went from it to another. */
static void row_write(struct page *page, const struct br_movement *movement, const char *kind,
	const char *place, const char *to, int64_t quantity)
{
	struct br_json_out *out = page->out;

	br_assert(page->event->sequence > 0);
	br_json_out_object(out, NULL);
	br_json_out_u64(out, "sequence", page->event->sequence);
	br_json_out_time(out, "time", page->event->happened_ms);
	br_json_out_puts(out, "kind", kind);
	br_json_out_puts(out, "bucket", place);
	if (to != NULL)
		br_json_out_puts(out, "to_bucket", to);
	br_json_out_milli(out, "quantity", quantity);
	if (movement->kind == BR_MOVEMENT_COUNT) {
		br_json_out_milli(out, "counted", movement->counted);
		br_json_out_milli(out, "expected", movement->expected);
	}
	br_json_out_personal(out, "reason", movement->reason);
	if (movement->lot.n > 0)
		br_json_out_string(out, "lot", movement->lot);
	if (movement->expiry_ms != 0)
		br_json_out_time(out, "expiry", movement->expiry_ms);
	if (movement->source.n > 0)
		br_json_out_string(out, "source", movement->source);
	br_json_out_string(out, "actor", page->event->actor);
	br_json_out_end(out);
	page->written++;
}

/* Writes the goods: what one bucket lost and another gained is one row. */
static void goods_write(struct page *page, const struct br_movement *movement)
{
	int64_t left[BR_BUCKET_N];
	const char *kind = br_movement_kind_words[movement->kind];

	br_assert(movement->sku.n > 0);
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		left[i] = movement->buckets[i];
	for (unsigned from = 0; from < BR_BUCKET_N; from++) {
		for (unsigned to = 0; to < BR_BUCKET_N && left[from] < 0; to++) {
			int64_t part = -left[from] < left[to] ? -left[from] : left[to];

			if (part <= 0)
				continue;
			row_write(page, movement, kind, br_bucket_words[from], br_bucket_words[to],
				-part);
			left[from] += part;
			left[to] -= part;
		}
	}
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		if (left[i] != 0)
			row_write(page, movement, kind, br_bucket_words[i], NULL, left[i]);
}

/* An event's movements of the product; added up by place they are what its numbers gained. */
static void movement_write(void *context, const struct br_movement *movement)
{
	struct page *page = context;
	const char *kind = br_movement_kind_words[movement->kind];
	unsigned before = page->written;

	if (!br_str_equal(movement->sku, page->sku))
		return;
	br_assert(movement->kind < BR_MOVEMENT_N);
	if (movement->reserved != 0)
		row_write(page, movement, kind, "reserved", NULL, movement->reserved);
	if (movement->rights != 0)
		row_write(page, movement, kind, "rights", NULL, movement->rights);
	goods_write(page, movement);
	/* A count that found all as it should be is worth a line, too. */
	if (page->written == before && movement->kind == BR_MOVEMENT_COUNT)
		row_write(page, movement, kind, br_bucket_words[movement->bucket], NULL, 0);
}

/* Writes movements older than `before`, newest first; true when there are more. */
static bool movements_write(const struct br_web_view *view, struct br_str sku, uint64_t before,
	unsigned limit, struct br_json_out *out)
{
	struct page page = {.out = out, .sku = sku};
	struct br_movement_visit visit = {movement_write, &page};
	struct br_history history;
	unsigned looked = 0;
	uint64_t sequence;
	bool more = false;

	br_assert(sku.n > 0 && limit > 0);
	/* Nothing is older than the journal's beginning. */
	if (before == 0)
		return false;
	br_history_begin(&history, view->txn, BR_NOUN_PRODUCT, sku, before);
	while (br_history_next(&history, &sequence)) {
		struct br_event event;

		more = page.written >= limit || looked++ == MOVEMENT_EVENTS_MAX;
		if (more)
			break;
		br_arena_reset(view->arena);
		if (br_event_get(view->txn, sequence, view->arena, &event) < 0)
			continue;
		page.event = &event;
		/* Events that touch a product without moving it, such as prices, are none. */
		if (br_event_type(&event)->movements != NULL)
			br_event_type(&event)->movements(&event, &visit);
	}
	br_history_end(&history);
	return more;
}

BR_WEB_QUERY(product_movements)
{
	int result = product_check(view, args->texts[0], refusal);
	bool more;

	if (result < 0)
		return result;
	br_assert(args->numbers[2] > 0);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	more = movements_write(
		view, args->texts[0], (uint64_t)args->numbers[1], (unsigned)args->numbers[2], out);
	br_json_out_end(out);
	br_json_out_bool(out, "more", more);
	br_json_out_end(out);
	return 0;
}

BR_WEB_QUERY(stock_at)
{
	int result = product_check(view, args->texts[0], refusal);
	struct br_stock stock;

	if (result < 0)
		return result;
	br_assert(args->texts[0].n > 0);
	stock = br_stock_at(view->txn, args->texts[0], args->numbers[1], view->arena);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "sku", args->texts[0]);
	br_json_out_time(out, "at", args->numbers[1]);
	br_json_out_milli(out, "on_hand", br_stock_on_hand(&stock));
	br_json_out_milli(out, "reserved", stock.reserved);
	br_json_out_milli(out, "rights", stock.rights);
	br_json_out_object(out, "buckets");
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		br_json_out_milli(out, br_bucket_words[i], stock.buckets[i]);
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}

/* Below 0 more is promised than there is: that is said here, where the promises are looked at. */
BR_WEB_QUERY(product_available)
{
	int result = product_check(view, args->texts[0], refusal);
	struct br_str sku = args->texts[0];
	struct br_stock stock;

	if (result < 0)
		return result;
	br_assert(sku.n > 0);
	stock = br_stock_get(view->txn, sku);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "sku", sku);
	br_json_out_milli(out, "on_hand", br_stock_on_hand(&stock));
	br_json_out_milli(out, "safety", br_stock_kept(view->txn, sku).safety);
	br_json_out_milli(
		out, "available", br_stock_available(view->txn, sku, &stock, BR_CHANNEL_NONE));
	br_json_out_object(out, "channels");
	for (unsigned i = 0; i < BR_CHANNEL_N; i++)
		br_json_out_milli(out, br_channel_words[i],
			br_stock_available(view->txn, sku, &stock, (enum br_channel)i));
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}
