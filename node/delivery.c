#include "node/delivery.h"

#include <stdio.h>

#include "node/lot.h"
#include "node/open.h"
#include "node/product.h"
#include "node/tables.h"
#include "node/verb.h"

enum verb { ANNOUNCE, RECEIVE, CLOSE, CANCEL };
const char *const br_delivery_verb_words[] = {"announce", "receive", "close", "cancel", NULL};

#define MAY(VERB) (1u << (VERB))
static const unsigned allowed[BR_DELIVERY_STATE_N] = {
	[BR_DELIVERY_ANNOUNCED] = MAY(RECEIVE) | MAY(CLOSE) | MAY(CANCEL),
	[BR_DELIVERY_RECEIVING] = MAY(RECEIVE) | MAY(CLOSE),
	[BR_DELIVERY_CLOSED] = 0,
	[BR_DELIVERY_CANCELLED] = 0,
};
static const struct br_verbs verbs = {
	"delivery", br_delivery_verb_words, br_delivery_state_words, allowed};

unsigned br_delivery_allowed(enum br_delivery_state state)
{
	br_assert(state < BR_DELIVERY_STATE_N);
	return allowed[state];
}

static struct br_key line_key(struct br_str name, uint64_t index)
{
	struct br_key key = br_key_of_str(name);

	br_assert(index <= BR_DELIVERY_LINES_MAX);
	br_key_add_u32(&key, (uint32_t)index);
	return key;
}

int br_delivery_get(struct br_txn *txn, struct br_str name, struct br_arena *arena,
	struct br_delivery *ret_delivery)
{
	struct br_key key = br_key_of_str(name);

	return br_row_get(
		txn, BR_TABLE_DELIVERY, br_key_str(&key), &br_delivery_shape, arena, ret_delivery);
}

int br_delivery_line_get(struct br_txn *txn, struct br_str name, uint64_t index,
	struct br_arena *arena, struct br_delivery_line *ret_line)
{
	struct br_key key = line_key(name, index);

	return br_row_get(txn, BR_TABLE_DELIVERY_LINE, br_key_str(&key), &br_delivery_line_shape,
		arena, ret_line);
}

int64_t br_delivery_outstanding(const struct br_delivery_line *line)
{
	int64_t left = line->expected - line->received - line->damaged;

	br_assert(line->received >= 0 && line->damaged >= 0);
	return left > 0 ? left : 0;
}

/* Emits lines in events of a bounded size. */
static void lines_emit(struct br_decision *decision, enum br_event_kind kind, struct br_str name,
	struct br_delivery_event_line *lines, uint32_t n)
{
	br_assert(n <= BR_DELIVERY_LINES_MAX + 1);
	for (uint32_t i = 0; i < n; i += BR_STOCK_LINES_PER_EVENT_MAX) {
		struct br_delivery_lines event = {
			.delivery = name,
			.index = kind == BR_EVENT_DELIVERY_LINES_ANNOUNCED ? i : 0,
			.lines = {&lines[i], n - i < BR_STOCK_LINES_PER_EVENT_MAX
						     ? n - i
						     : BR_STOCK_LINES_PER_EVENT_MAX},
		};

		br_decision_emit(decision, kind, &event);
	}
}

/* Resolves the announced lines' products. */
static int lines_resolve(struct br_decision *decision, const struct br_delivery_announce *announce,
	struct br_delivery_event_line *lines)
{
	br_assert(announce->lines.n <= BR_DELIVERY_LINES_MAX);
	for (uint32_t i = 0; i < announce->lines.n; i++) {
		const struct br_delivery_announce_line *line =
			BR_LIST_AT(announce->lines, br_delivery_announce_line, i);
		char where[32];
		int result;

		(void)snprintf(where, sizeof(where), "lines[%u]", i);
		result = br_product_resolve(
			decision, line->sku, line->barcode, where, &lines[i].sku);
		if (result != 0)
			return result;
		lines[i].quantity = line->quantity;
		lines[i].lot = line->lot;
		lines[i].expiry = line->expiry;
	}
	return 0;
}

int br_delivery_decide_announce(struct br_decision *decision, const void *body)
{
	const struct br_delivery_announce *announce = body;
	struct br_delivery_announced event = {
		.delivery = announce->delivery,
		.kind = announce->kind,
		.sender = announce->sender,
		.expected = announce->expected,
		.note = announce->note,
		.associate = announce->associate,
		.line_n = announce->lines.n,
	};
	struct br_delivery_event_line *lines =
		br_arena_take(decision->arena, announce->lines.n * sizeof(*lines));
	struct br_delivery old;
	int result = br_delivery_get(decision->txn, announce->delivery, decision->arena, &old);

	br_assert(announce->lines.n > 0);
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"delivery \"%.*s\" is here already and is %s",
			BR_STR_ARG(announce->delivery), br_delivery_state_words[old.state]);
	if (result != BR_E_NOT_FOUND)
		return result;
	if (lines == NULL)
		return BR_E_MEMORY;
	result = lines_resolve(decision, announce, lines);
	if (result != 0)
		return result;
	br_decision_emit(decision, BR_EVENT_DELIVERY_ANNOUNCED, &event);
	lines_emit(decision, BR_EVENT_DELIVERY_LINES_ANNOUNCED, announce->delivery, lines,
		announce->lines.n);
	return 0;
}

/* The delivery that a command is about, when its state allows the verb. */
static int delivery_find(struct br_decision *decision, struct br_str name, enum verb verb,
	struct br_delivery *ret_delivery)
{
	int result = br_delivery_get(decision->txn, name, decision->arena, ret_delivery);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_DELIVERY,
			"delivery \"%.*s\": not known here", BR_STR_ARG(name));
	if (result < 0)
		return result;
	return br_verb_check(decision, &verbs, name, ret_delivery->state, verb);
}

/* How well a line suits goods that came; 0 = not at all. */
static unsigned line_suits(const struct br_delivery_line *line, struct br_str sku,
	const struct br_delivery_receive *receive)
{
	bool back = receive->quantity < 0 || receive->damaged < 0;
	bool fits = back ? line->received + line->damaged > 0 : br_delivery_outstanding(line) > 0;
	bool dated = receive->expiry == 0 || line->expiry == 0 ||
		     (receive->expiry == line->expiry && br_str_equal(receive->lot, line->lot));

	br_assert(sku.n > 0);
	if (!br_str_equal(line->sku, sku))
		return 0;
	return 1 + (fits ? 2U : 0U) + (dated ? 1U : 0U);
}

/*
 * Finds the line that the goods belong to: that of the product which still waits for some, the
 * lot's own before others. One behind the last when the product was not announced.
 */
static int line_find(struct br_decision *decision, const struct br_delivery *delivery,
	struct br_str sku, const struct br_delivery_receive *receive, uint64_t *ret_index,
	struct br_delivery_line *ret_line)
{
	struct br_delivery_line best = {.sku = sku, .lot = receive->lot, .expiry = receive->expiry};
	uint64_t index = delivery->line_n;
	unsigned most = 0;

	br_assert(delivery->line_n > 0);
	for (uint64_t i = 0; i < delivery->line_n; i++) {
		struct br_delivery_line line;
		unsigned suits;
		int result = br_delivery_line_get(
			decision->txn, delivery->delivery, i, decision->arena, &line);

		if (result < 0)
			return br_txn_fail(
				decision->txn, result == BR_E_NOT_FOUND ? BR_E_CORRUPT : result);
		suits = line_suits(&line, sku, receive);
		if (suits <= most)
			continue;
		most = suits;
		best = line;
		index = i;
	}
	if (index >= BR_DELIVERY_LINES_MAX)
		return br_decision_refuse(decision, BR_REFUSAL_TOO_LARGE,
			"delivery \"%.*s\" has %d lines already: receive this by stock.move",
			BR_STR_ARG(delivery->delivery), BR_DELIVERY_LINES_MAX);
	*ret_index = index;
	*ret_line = best;
	return 0;
}

static int amount_refuse(struct br_decision *decision, const struct br_delivery_receive *receive,
	const struct br_delivery_line *line)
{
	br_assert(line->received >= 0 && line->damaged >= 0);
	if (receive->quantity == 0 && receive->damaged == 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"data: one of quantity and damaged is needed");
	if (line->received + receive->quantity < 0 || line->damaged + receive->damaged < 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"quantity: of \"%.*s\" %.10g were received and %.10g damaged, more "
			"cannot be taken back",
			BR_STR_ARG(line->sku), (double)line->received / 1000,
			(double)line->damaged / 1000);
	if (line->received + receive->quantity > BR_QUANTITY_MAX ||
		line->damaged + receive->damaged > BR_QUANTITY_MAX)
		return br_decision_refuse(
			decision, BR_REFUSAL_TOO_LARGE, "quantity: is over one million");
	return 0;
}

int br_delivery_decide_receive(struct br_decision *decision, const void *body)
{
	struct br_delivery_receive receive = *(const struct br_delivery_receive *)body;
	struct br_delivery_received event = {
		.delivery = receive.delivery,
		.quantity = receive.quantity,
		.damaged = receive.damaged,
		.to = receive.to,
		.reason = receive.reason,
		.associate = receive.associate,
	};
	struct br_scan_result scan;
	struct br_delivery delivery;
	struct br_delivery_line line = {.expected = 0};
	int64_t before;
	int result = delivery_find(decision, receive.delivery, RECEIVE, &delivery);

	if (result == 0)
		result = br_product_resolve_scan(
			decision, receive.sku, receive.barcode, "data", &scan);
	if (result != 0)
		return result;
	event.sku = scan.sku;
	/* What was typed counts before what the code says. */
	if (receive.lot.n == 0 && receive.expiry == 0)
		(void)br_lot_of_scan(&scan, &receive.lot, &receive.expiry);
	result = line_find(decision, &delivery, event.sku, &receive, &event.index, &line);
	if (result == 0)
		result = amount_refuse(decision, &receive, &line);
	if (result != 0)
		return result;
	br_assert(event.index < BR_DELIVERY_LINES_MAX);
	event.lot = receive.expiry != 0 ? receive.lot : line.lot;
	event.expiry = receive.expiry != 0 ? receive.expiry : line.expiry;
	before = br_delivery_outstanding(&line);
	line.received += receive.quantity;
	line.damaged += receive.damaged;
	event.transit = before - br_delivery_outstanding(&line);
	br_decision_emit(decision, BR_EVENT_DELIVERY_RECEIVED, &event);
	return 0;
}

/* Ends a delivery: what has not come leaves the transit, line by line. */
static int delivery_end(struct br_decision *decision, const struct br_delivery_end *end,
	enum verb verb, enum br_event_kind kind)
{
	struct br_delivery_ended event = {
		.delivery = end->delivery, .reason = end->reason, .associate = end->associate};
	struct br_delivery_event_line *missing;
	struct br_delivery delivery;
	uint32_t n = 0;
	int result = delivery_find(decision, end->delivery, verb, &delivery);

	if (result != 0)
		return result;
	br_assert(delivery.line_n > 0);
	missing = br_arena_take(decision->arena, delivery.line_n * sizeof(*missing));
	if (missing == NULL)
		return BR_E_MEMORY;
	for (uint64_t i = 0; i < delivery.line_n; i++) {
		struct br_delivery_line line;

		result = br_delivery_line_get(
			decision->txn, end->delivery, i, decision->arena, &line);
		if (result < 0)
			return br_txn_fail(decision->txn, BR_E_CORRUPT);
		if (br_delivery_outstanding(&line) > 0)
			missing[n++] = (struct br_delivery_event_line){
				.sku = line.sku, .quantity = br_delivery_outstanding(&line)};
		event.over_n += line.received + line.damaged > line.expected;
		event.damaged_n += line.damaged > 0;
	}
	event.short_n = n;
	br_decision_emit(decision, kind, &event);
	lines_emit(decision, BR_EVENT_DELIVERY_SHORT, end->delivery, missing, n);
	return 0;
}

int br_delivery_decide_close(struct br_decision *decision, const void *body)
{
	return delivery_end(decision, body, CLOSE, BR_EVENT_DELIVERY_CLOSED);
}

int br_delivery_decide_cancel(struct br_decision *decision, const void *body)
{
	return delivery_end(decision, body, CANCEL, BR_EVENT_DELIVERY_CANCELLED);
}

static void delivery_put(struct br_txn *txn, const struct br_delivery *delivery)
{
	struct br_key key = br_key_of_str(delivery->delivery);

	br_assert(delivery->state < BR_DELIVERY_STATE_N && delivery->sequence > 0);
	br_row_put(txn, BR_TABLE_DELIVERY, br_key_str(&key), &br_delivery_shape, delivery);
	br_open_set(txn, BR_NOUN_DELIVERY, delivery->delivery, allowed[delivery->state] != 0);
}

static void apply_announced(struct br_txn *txn, const struct br_event *event)
{
	const struct br_delivery_announced *announced = event->body;
	struct br_delivery delivery = {
		.delivery = announced->delivery,
		.kind = announced->kind,
		.state = BR_DELIVERY_ANNOUNCED,
		.sender = announced->sender,
		.expected = announced->expected,
		.note = announced->note,
		.associate = announced->associate,
		.line_n = announced->line_n,
		.announced = event->happened_ms,
		.since = event->happened_ms,
		.sequence = event->sequence,
	};

	br_assert(announced->line_n > 0);
	delivery_put(txn, &delivery);
}

static void apply_lines(struct br_txn *txn, const struct br_event *event)
{
	const struct br_delivery_lines *lines = event->body;

	br_assert(lines->index + lines->lines.n <= BR_DELIVERY_LINES_MAX);
	for (uint32_t i = 0; i < lines->lines.n; i++) {
		const struct br_delivery_event_line *given =
			BR_LIST_AT(lines->lines, br_delivery_event_line, i);
		struct br_key key = line_key(lines->delivery, lines->index + i);
		struct br_delivery_line line = {.sku = given->sku,
			.expected = given->quantity,
			.lot = given->lot,
			.expiry = given->expiry};

		br_row_put(txn, BR_TABLE_DELIVERY_LINE, br_key_str(&key), &br_delivery_line_shape,
			&line);
	}
}

/* The delivery's row as it may be written back; an event for one that is not there is corrupt. */
static bool delivery_take(struct br_txn *txn, struct br_str name, struct br_arena *arena,
	struct br_delivery *ret_delivery)
{
	struct br_key key = br_key_of_str(name);

	br_assert(name.n > 0);
	if (br_row_get_copy(txn, BR_TABLE_DELIVERY, br_key_str(&key), &br_delivery_shape, arena,
		    ret_delivery) == 0)
		return true;
	(void)br_txn_fail(txn, BR_E_CORRUPT);
	return false;
}

static void apply_received(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_delivery_received *received = event->body;
	struct br_key key = line_key(received->delivery, received->index);
	struct br_delivery_line line = {
		.sku = received->sku, .lot = received->lot, .expiry = received->expiry};
	struct br_delivery delivery;

	if (!delivery_take(txn, received->delivery, arena, &delivery))
		return;
	br_assert((allowed[delivery.state] & MAY(RECEIVE)) != 0);
	if (received->index < delivery.line_n) {
		if (br_row_get_copy(txn, BR_TABLE_DELIVERY_LINE, br_key_str(&key),
			    &br_delivery_line_shape, arena, &line) < 0) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			return;
		}
	} else {
		delivery.line_n = received->index + 1;
	}
	line.received += received->quantity;
	line.damaged += received->damaged;
	br_assert(line.received >= 0 && line.damaged >= 0);
	br_row_put(txn, BR_TABLE_DELIVERY_LINE, br_key_str(&key), &br_delivery_line_shape, &line);
	if (delivery.state != BR_DELIVERY_RECEIVING)
		delivery.since = event->happened_ms;
	delivery.state = BR_DELIVERY_RECEIVING;
	delivery.associate = received->associate;
	delivery.sequence = event->sequence;
	delivery_put(txn, &delivery);
}

static void apply_ended(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_delivery_ended *ended = event->body;
	struct br_delivery delivery;

	if (!delivery_take(txn, ended->delivery, arena, &delivery))
		return;
	br_assert((allowed[delivery.state] & MAY(CLOSE)) != 0);
	delivery.state = event->kind == BR_EVENT_DELIVERY_CLOSED ? BR_DELIVERY_CLOSED
								 : BR_DELIVERY_CANCELLED;
	delivery.reason = ended->reason;
	delivery.associate = ended->associate;
	delivery.short_n = ended->short_n;
	delivery.over_n = ended->over_n;
	delivery.damaged_n = ended->damaged_n;
	delivery.since = event->happened_ms;
	delivery.sequence = event->sequence;
	delivery_put(txn, &delivery);
}

void br_delivery_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	br_assert(event->sequence > 0);
	switch (event->kind) {
	case BR_EVENT_DELIVERY_ANNOUNCED:
		apply_announced(txn, event);
		return;
	case BR_EVENT_DELIVERY_LINES_ANNOUNCED:
		apply_lines(txn, event);
		return;
	case BR_EVENT_DELIVERY_RECEIVED:
		apply_received(txn, event, arena);
		return;
	default:
		apply_ended(txn, event, arena);
		return;
	}
}

/* What was announced comes into transit; what did not come leaves it again. */
static void lines_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_delivery_lines *lines = event->body;
	bool announced = event->kind == BR_EVENT_DELIVERY_LINES_ANNOUNCED;

	br_assert(announced || event->kind == BR_EVENT_DELIVERY_SHORT);
	for (uint32_t i = 0; i < lines->lines.n; i++) {
		const struct br_delivery_event_line *line =
			BR_LIST_AT(lines->lines, br_delivery_event_line, i);
		struct br_movement movement = {
			.sku = line->sku,
			.kind = BR_MOVEMENT_ANNOUNCE,
			.source = lines->delivery,
		};

		movement.buckets[BR_BUCKET_TRANSIT_IN] =
			announced ? line->quantity : -line->quantity;
		visit->visit(visit->context, &movement);
	}
}

void br_delivery_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_delivery_received *received = event->body;
	struct br_movement movement;

	if (event->kind != BR_EVENT_DELIVERY_RECEIVED) {
		lines_movements(event, visit);
		return;
	}
	br_assert(received->sku.n > 0);
	movement = (struct br_movement){
		.sku = received->sku,
		.kind = BR_MOVEMENT_RECEIVE,
		.lot = received->lot,
		.expiry_ms = received->expiry,
		.reason = received->reason,
		.source = received->delivery,
	};
	movement.buckets[received->to == 0 ? BR_BUCKET_BACKROOM : BR_BUCKET_SHELF] =
		received->quantity;
	movement.buckets[BR_BUCKET_DAMAGED] = received->damaged;
	movement.buckets[BR_BUCKET_TRANSIT_IN] = -received->transit;
	visit->visit(visit->context, &movement);
}
