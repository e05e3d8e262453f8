#include "tests/peers/hq_projection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json_out.h"
#include "node/text.h"
#include "tests/peers/hq_product.h"

#define KEY_BYTES 65
#define COUNTERS 10
#define VALUE_BYTES_MAX (64u << 10)
#define LINES_MAX 100

/* The stock's counters, in the order in which they are compared. */
static const char *const stock_names[COUNTERS] = {"backroom", "shelf", "staged", "damaged",
	"returned", "in_transit_in", "in_transit_out", "display", "reserved", "rights"};
enum {
	BACKROOM,
	SHELF,
	STAGED,
	DAMAGED,
	RETURNED,
	TRANSIT_IN,
	TRANSIT_OUT,
	DISPLAY,
	RESERVED,
	RIGHTS
};
static const char *const line_names[COUNTERS] = {"ordered", "reserved", "picked", "short",
	"substituted", "staged", "handed_over", "shipped", "returned", "restocked"};

struct order {
	char state[16];
	uint64_t version, sequence;
	size_t line_n;
	int64_t lines[LINES_MAX][COUNTERS];
};

/* All that is known under one key; a SKU and an order may be called the same. */
struct row {
	char key[KEY_BYTES];
	int64_t stock[COUNTERS];
	struct order *order; /* owned, as the next one; NULL = none */
	struct peer_hq_product *product;
};

struct peer_projection {
	struct row *rows;
	size_t n, space;
	uint32_t *places; /* 1 + index, by hash; twice as many as there is space */
};

enum peer_view peer_view_named(struct br_str word)
{
	static const char *const words[] = {"stock", "orders", "prices", "catalogue"};

	for (unsigned i = 0; i < PEER_VIEWS; i++)
		if (br_str_is(word, words[i]))
			return i;
	return PEER_VIEWS;
}

struct peer_projection *peer_projection_create(void)
{
	struct peer_projection *projection = calloc(1, sizeof(*projection));

	br_assert(projection != NULL);
	return projection;
}

void peer_projection_destroy(struct peer_projection *projection)
{
	if (projection == NULL)
		return;
	for (size_t i = 0; i < projection->n; i++) {
		free(projection->rows[i].order);
		peer_hq_product_destroy(projection->rows[i].product);
	}
	free(projection->rows);
	free(projection->places);
	free(projection);
}

/* FNV-1a. */
static size_t place_of(const struct peer_projection *projection, struct br_str key)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	size_t place;

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (unsigned char)key.s[i]) * UINT64_C(1099511628211);
	place = hash % (projection->space * 2);
	while (projection->places[place] != 0 &&
		!br_str_is(key, projection->rows[projection->places[place] - 1].key))
		place = (place + 1) % (projection->space * 2);
	return place;
}

static void grow(struct peer_projection *projection)
{
	projection->space = projection->space * 2 + 256;
	projection->rows =
		reallocarray(projection->rows, projection->space, sizeof(*projection->rows));
	free(projection->places);
	projection->places = calloc(projection->space * 2, sizeof(*projection->places));
	br_assert(projection->rows != NULL && projection->places != NULL);
	for (size_t i = 0; i < projection->n; i++)
		projection->places[place_of(projection, br_str_from(projection->rows[i].key))] =
			(uint32_t)i + 1;
}

/* The row of a key, made when there is none; NULL for no key. */
static struct row *row_of(struct peer_projection *projection, struct br_str key)
{
	struct row *row;
	size_t place;

	if (key.n == 0 || key.n >= KEY_BYTES)
		return NULL;
	if (projection->n == projection->space)
		grow(projection);
	place = place_of(projection, key);
	if (projection->places[place] != 0)
		return &projection->rows[projection->places[place] - 1];
	row = &projection->rows[projection->n++];
	*row = (struct row){.order = NULL};
	(void)!br_str_copy(key, row->key, sizeof(row->key));
	projection->places[place] = (uint32_t)projection->n;
	return row;
}

static struct br_str text_of(const struct br_json *object, const char *name)
{
	struct br_str text = {"", 0};

	(void)!br_json_string(br_json_member(object, name), &text);
	return text;
}

static int64_t milli_of(const struct br_json *object, const char *name)
{
	int64_t milli = 0;

	(void)!br_json_milli(br_json_member(object, name), &milli);
	return milli;
}

static uint64_t number_of(const struct br_json *object, const char *name)
{
	int64_t number = 0;

	(void)!br_json_i64(br_json_member(object, name), &number);
	return (uint64_t)number;
}

static void gain(struct peer_projection *projection, const struct br_json *line, int counter,
	int64_t quantity)
{
	struct row *row = row_of(projection, text_of(line, "sku"));

	if (row != NULL && counter >= 0)
		row->stock[counter] += quantity;
}

/* BACKROOM to DISPLAY by its word; -1 for none. */
static int bucket_of(const struct br_json *object, const char *name)
{
	struct br_str word = text_of(object, name);

	for (int i = BACKROOM; i <= DISPLAY; i++)
		if (br_str_is(word, stock_names[i]))
			return i;
	return -1;
}

static void stock_moved(struct peer_projection *projection, const struct br_json *body)
{
	int64_t quantity = milli_of(body, "quantity");

	gain(projection, body, bucket_of(body, "bucket"), quantity);
	gain(projection, body, bucket_of(body, "to_bucket"), -quantity);
}

/* What a sale, a return or a voided sale does to each line's product. */
static void sold(
	struct peer_projection *projection, const struct br_json *body, int counter, int sign)
{
	BR_JSON_EACH (line, br_json_member(body, "lines"))
		gain(projection, line, counter, sign * milli_of(line, "quantity"));
}

static void received(struct peer_projection *projection, const struct br_json *body)
{
	bool shelf = br_str_is(text_of(body, "to"), "shelf");

	gain(projection, body, shelf ? SHELF : BACKROOM, milli_of(body, "quantity"));
	gain(projection, body, DAMAGED, milli_of(body, "damaged"));
	gain(projection, body, TRANSIT_IN, -milli_of(body, "transit"));
}

static void transferred(struct peer_projection *projection, const struct br_json *body)
{
	bool shelf = br_str_is(text_of(body, "bucket"), "shelf");

	BR_JSON_EACH (line, br_json_member(body, "lines")) {
		gain(projection, line, TRANSIT_OUT, milli_of(line, "transit"));
		gain(projection, line, shelf ? SHELF : BACKROOM, milli_of(line, "here"));
	}
}

static void counted(struct peer_projection *projection, const struct br_json *body)
{
	BR_JSON_EACH (line, br_json_member(body, "lines"))
		gain(projection, line, bucket_of(body, "bucket"),
			milli_of(line, "counted") - milli_of(line, "expected"));
}

static void stock_stated(struct peer_projection *projection, const struct br_json *body)
{
	struct row *row = row_of(projection, text_of(body, "sku"));

	for (int i = 0; row != NULL && i < COUNTERS; i++)
		row->stock[i] = milli_of(body, stock_names[i]);
}

/* The order that a body names, made when it is new. */
static struct order *order_of(struct peer_projection *projection, const struct br_json *body)
{
	struct row *row = row_of(projection, text_of(body, "order"));

	if (row == NULL)
		return NULL;
	if (row->order == NULL)
		row->order = calloc(1, sizeof(*row->order));
	br_assert(row->order != NULL);
	return row->order;
}

static int64_t *line_of(struct order *order, const struct br_json *json)
{
	uint64_t index = number_of(json, "index");

	if (index >= LINES_MAX)
		return NULL;
	if (order->line_n <= index)
		order->line_n = index + 1;
	return order->lines[index];
}

static void counts_add(int64_t *line, const struct br_json *json)
{
	for (int i = 0; line != NULL && i < COUNTERS; i++)
		line[i] += milli_of(json, line_names[i]);
}

/* What an order's change does to its line and to the stock of the line's product. */
static void changed(
	struct peer_projection *projection, struct order *order, const struct br_json *change)
{
	counts_add(line_of(order, change), change);
	gain(projection, change, STAGED, milli_of(change, "picked"));
	gain(projection, change, RESERVED, milli_of(change, "reserved"));
	gain(projection, change, RIGHTS, milli_of(change, "rights"));
	gain(projection, change, BACKROOM, milli_of(change, "backroom"));
	gain(projection, change, SHELF, milli_of(change, "shelf"));
	gain(projection, change, DISPLAY, milli_of(change, "display"));
	gain(projection, change, DAMAGED, milli_of(change, "damaged"));
	gain(projection, change, RETURNED, milli_of(change, "to_inspect"));
}

static void order_moved(
	struct peer_projection *projection, uint64_t sequence, const struct br_json *body)
{
	struct order *order = order_of(projection, body);
	uint64_t version = number_of(body, "version");

	if (order == NULL)
		return;
	if (text_of(body, "state").n > 0)
		(void)!br_str_copy(text_of(body, "state"), order->state, sizeof(order->state));
	if (version > 0)
		order->version = version;
	order->sequence = sequence;
	BR_JSON_EACH (change, br_json_member(body, "changes"))
		changed(projection, order, change);
}

static void order_offered(
	struct peer_projection *projection, uint64_t sequence, const struct br_json *body)
{
	struct order *order = order_of(projection, body);

	if (order == NULL)
		return;
	memset(order, 0, sizeof(*order));
	(void)snprintf(order->state, sizeof(order->state), "offered");
	order->version = 1;
	order->sequence = sequence;
}

static void order_line_offered(struct peer_projection *projection, const struct br_json *body)
{
	struct order *order = order_of(projection, body);
	int64_t *line = order != NULL ? line_of(order, body) : NULL;

	if (line != NULL)
		line[0] += milli_of(body, "quantity");
}

static void order_forget(struct row *row)
{
	if (row == NULL)
		return;
	free(row->order);
	row->order = NULL;
}

static void order_stated(struct peer_projection *projection, const struct br_json *body)
{
	struct order *order = order_of(projection, body);
	bool unknown = false;

	if (order == NULL)
		return;
	(void)!br_json_bool(br_json_member(body, "unknown"), &unknown);
	if (unknown) {
		order_forget(row_of(projection, text_of(body, "order")));
		return;
	}
	if (number_of(body, "first") == 0)
		memset(order, 0, sizeof(*order));
	(void)!br_str_copy(text_of(body, "state"), order->state, sizeof(order->state));
	order->version = number_of(body, "version");
	order->sequence = number_of(body, "sequence");
	BR_JSON_EACH (line, br_json_member(body, "lines"))
		counts_add(line_of(order, line), line);
}

static void stock_event(
	struct peer_projection *projection, struct br_str what, const struct br_json *body)
{
	if (br_str_is(what, "stock.moved.v1"))
		stock_moved(projection, body);
	else if (br_str_is(what, "sale.recorded.v1"))
		sold(projection, body, SHELF, -1);
	else if (br_str_is(what, "sale.voided.v1"))
		sold(projection, body, SHELF, 1);
	else if (br_str_is(what, "return.recorded.v1"))
		sold(projection, body, RETURNED, 1);
	else if (br_str_is(what, "rights.granted.v1"))
		gain(projection, body, RIGHTS, milli_of(body, "quantity"));
	else if (br_str_is(what, "rights.revoked.v1"))
		gain(projection, body, RIGHTS, -milli_of(body, "quantity"));
	else if (br_str_is(what, "delivery.lines_announced.v1"))
		sold(projection, body, TRANSIT_IN, 1);
	else if (br_str_is(what, "delivery.short.v1"))
		sold(projection, body, TRANSIT_IN, -1);
	else if (br_str_is(what, "delivery.received.v1"))
		received(projection, body);
	else if (br_str_is(what, "transfer.lines.v1"))
		transferred(projection, body);
	else if (br_str_is(what, "count.adjusted.v1"))
		counted(projection, body);
	else if (br_str_is(what, "stock.stated.v1"))
		stock_stated(projection, body);
}

/* Of an order's events these say nothing about its state. */
static bool order_aside(struct br_str what)
{
	return br_str_is(what, "order.cancel_late.v1") || br_str_is(what, "order.code_refused.v1");
}

void peer_projection_event(struct peer_projection *projection, uint64_t sequence,
	struct br_str type, const struct br_json *body)
{
	static const char prefix[] = "org.backroom.";

	if (!br_str_starts(type, prefix))
		return;
	type.s += sizeof(prefix) - 1;
	type.n -= sizeof(prefix) - 1;
	if (!br_str_starts(type, "order."))
		stock_event(projection, type, body);
	else if (br_str_is(type, "order.offered.v1"))
		order_offered(projection, sequence, body);
	else if (br_str_is(type, "order.line_offered.v1"))
		order_line_offered(projection, body);
	else if (br_str_is(type, "order.stated.v1"))
		order_stated(projection, body);
	else if (!order_aside(type))
		order_moved(projection, sequence, body);
}

void peer_projection_command(struct peer_projection *projection, struct br_str type,
	const struct br_json *body, struct br_str text)
{
	struct row *row = row_of(projection, text_of(body, "sku"));

	if (row == NULL)
		return;
	if (row->product == NULL)
		row->product = peer_hq_product_create(row->key);
	if (br_str_is(type, "product.upsert"))
		peer_hq_product_put(row->product, text);
	else if (br_str_is(type, "product.remove"))
		peer_hq_product_put(row->product, (struct br_str){"", 0});
	else if (br_str_is(type, "price.set"))
		peer_hq_product_price(row->product, body);
	else if (br_str_is(type, "price.cancel"))
		peer_hq_product_price_cancel(row->product, body);
}

static void stock_plant(struct row *row, struct br_str value)
{
	for (int i = 0; i < COUNTERS; i++) {
		struct br_str number = br_str_split(&value, '|');

		row->stock[i] = 0;
		(void)!br_str_to_i64(number, &row->stock[i]);
	}
}

static void order_plant(struct row *row, struct br_str state)
{
	if (state.n == 0) {
		order_forget(row);
		return;
	}
	if (row->order == NULL)
		row->order = calloc(1, sizeof(*row->order));
	br_assert(row->order != NULL);
	(void)!br_str_copy(state, row->order->state, sizeof(row->order->state));
}

void peer_projection_plant(struct peer_projection *projection, enum peer_view view,
	struct br_str key, struct br_str value)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *body = NULL;
	struct row *row = row_of(projection, key);

	if (row == NULL)
		return;
	if (row->product == NULL)
		row->product = peer_hq_product_create(row->key);
	switch (view) {
	case PEER_VIEW_STOCK:
		stock_plant(row, value);
		return;
	case PEER_VIEW_ORDERS:
		order_plant(row, value);
		return;
	case PEER_VIEW_CATALOGUE:
		peer_hq_product_put(row->product, value);
		return;
	case PEER_VIEW_PRICES:
		peer_hq_product_prices_clear(row->product);
		if (value.n > 0 && br_json_parse(value, &body, NULL) == 0)
			peer_hq_product_price(row->product, body);
		return;
	}
}

static void stock_value(const struct row *row, struct br_text *text)
{
	bool any = false;

	for (int i = 0; i < COUNTERS; i++)
		any = any || row->stock[i] != 0;
	for (int i = 0; any && i < COUNTERS; i++)
		br_text_printf(text, "%s%" PRId64, i > 0 ? "|" : "", row->stock[i]);
}

static bool order_ended(const struct order *order)
{
	static const char *const words[] = {
		"handed_over", "shipped", "closed", "rejected", "cancelled"};

	for (size_t i = 0; i < BR_ARRAY_LEN(words); i++)
		if (strcmp(order->state, words[i]) == 0)
			return true;
	return false;
}

static void order_value(const struct order *order, struct br_text *text)
{
	br_text_printf(text, "%s\n", order->state);
	for (size_t i = 0; i < order->line_n; i++) {
		br_text_printf(text, "%zu", i);
		for (int k = 0; k < COUNTERS; k++)
			br_text_printf(text, "|%" PRId64, order->lines[i][k]);
		br_text_putc(text, '\n');
	}
}

/* A row's value in a view: empty for no item. */
static void value_of(const struct row *row, enum peer_view view, uint64_t after, int64_t at_ms,
	struct br_text *text)
{
	br_text_clear(text);
	if (view == PEER_VIEW_STOCK)
		stock_value(row, text);
	else if (view == PEER_VIEW_ORDERS && row->order != NULL &&
		 (!order_ended(row->order) || row->order->sequence > after))
		order_value(row->order, text);
	else if (view == PEER_VIEW_PRICES && row->product != NULL)
		peer_hq_product_price_value(row->product, at_ms, text);
	else if (view == PEER_VIEW_CATALOGUE && row->product != NULL)
		peer_hq_product_value(row->product, text);
}

void peer_projection_items(struct peer_projection *projection, enum peer_view view, uint64_t after,
	int64_t at_ms, struct peer_ranges *ranges)
{
	struct br_text text;

	br_text_init(&text, VALUE_BYTES_MAX);
	for (size_t i = 0; i < projection->n; i++) {
		const struct row *row = &projection->rows[i];

		value_of(row, view, after, at_ms, &text);
		if (text.n > 0)
			peer_ranges_add(ranges, br_str_from(row->key),
				view == PEER_VIEW_ORDERS ? row->order->version : 0,
				br_text_str(&text));
	}
	br_text_finish(&text);
}

size_t peer_projection_repair(struct peer_projection *projection, enum peer_view view,
	struct br_str key, struct br_str theirs, int64_t at_ms,
	void (*command)(void *context, const char *type, struct br_str body), void *context)
{
	struct row *row = row_of(projection, key);

	if (row == NULL)
		return 0;
	if (row->product == NULL)
		row->product = peer_hq_product_create(row->key);
	if (view == PEER_VIEW_CATALOGUE)
		return peer_hq_product_repair(row->product, command, context);
	if (view == PEER_VIEW_PRICES)
		return peer_hq_product_price_repair(row->product, theirs, at_ms, command, context);
	return 0;
}

void peer_projection_value(struct peer_projection *projection, enum peer_view view,
	struct br_str key, uint64_t after, int64_t at_ms, struct br_text *text)
{
	const struct row *row = row_of(projection, key);

	if (row != NULL)
		value_of(row, view, after, at_ms, text);
}
