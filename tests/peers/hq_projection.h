/*
 * What HQ knows of one store, worked out from what it has: the stock of each product and the state
 * of each order from the store's events, the catalogue and the prices from HQ's own commands that
 * the store has taken. Written from the contract alone. Pure: whoever calls it brings the events in
 * the order of their sequences and the commands in the order of theirs.
 *
 * A row of stock or of an order that the store has stated replaces what was known; events before it
 * are in it. So events must come in order, whatever their lane, however they arrived.
 */
#pragma once

#include "node/json.h"
#include "tests/peers/hq_ranges.h"

enum peer_view { PEER_VIEW_STOCK, PEER_VIEW_ORDERS, PEER_VIEW_PRICES, PEER_VIEW_CATALOGUE };
#define PEER_VIEWS 4
/* PEER_VIEWS for anything else. */
enum peer_view peer_view_named(struct br_str word);

struct peer_projection;

struct peer_projection *peer_projection_create(void);
void peer_projection_destroy(struct peer_projection *projection);

/* `type` is the CloudEvent's, `body` its `data`. */
void peer_projection_event(struct peer_projection *projection, uint64_t sequence,
	struct br_str type, const struct br_json *body);

/* A command of the lane catalog that the store accepted; `text` is `body` as it was sent. */
void peer_projection_command(struct peer_projection *projection, struct br_str type,
	const struct br_json *body, struct br_str text);

/*
 * A mistake of HQ's own, for tests: from here on it believes this. Stock: ten counters with '|'
 * between; an order: a state; catalogue and prices: the body of a product.upsert or a price.set.
 * "" forgets the row.
 */
void peer_projection_plant(struct peer_projection *projection, enum peer_view view,
	struct br_str key, struct br_str value);

/* Adds a view's items. Ended orders only when their last event is behind `after`; prices as of
 * `at_ms`. */
void peer_projection_items(struct peer_projection *projection, enum peer_view view, uint64_t after,
	int64_t at_ms, struct peer_ranges *ranges);

/* One key's value, appended; nothing when it is no item. */
void peer_projection_value(struct peer_projection *projection, enum peer_view view,
	struct br_str key, uint64_t after, int64_t at_ms, struct br_text *text);

/*
 * The commands that make the store's row what HQ wants it to be; `theirs` is the store's value of
 * prices. Returns how many were given to `command`.
 */
size_t peer_projection_repair(struct peer_projection *projection, enum peer_view view,
	struct br_str key, struct br_str theirs, int64_t at_ms,
	void (*command)(void *context, const char *type, struct br_str body), void *context);
