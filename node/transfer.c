#include "node/transfer.h"

#include <stdio.h>

#include "node/open.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/verb.h"

enum verb { SEND, CONFIRM, SETTLE, CANCEL };
const char *const br_transfer_verb_words[] = {"send", "confirm", "settle", "cancel", NULL};

#define MAY(VERB) (1u << (VERB))
static const unsigned allowed[BR_TRANSFER_STATE_N] = {
	[BR_TRANSFER_SENT] = MAY(CONFIRM) | MAY(CANCEL),
	[BR_TRANSFER_CONFIRMED] = 0,
	[BR_TRANSFER_DIFFERS] = MAY(SETTLE),
	[BR_TRANSFER_SETTLED] = 0,
	[BR_TRANSFER_CANCELLED] = 0,
};
static const struct br_verbs verbs = {
	"transfer", br_transfer_verb_words, br_transfer_state_words, allowed};

unsigned br_transfer_allowed(enum br_transfer_state state)
{
	br_assert(state < BR_TRANSFER_STATE_N);
	return allowed[state];
}

static struct br_key line_key(struct br_str name, uint64_t index)
{
	struct br_key key = br_key_of_str(name);

	br_assert(index <= BR_TRANSFER_LINES_MAX);
	br_key_add_u32(&key, (uint32_t)index);
	return key;
}

int br_transfer_get(struct br_txn *txn, struct br_str name, struct br_arena *arena,
	struct br_transfer *ret_transfer)
{
	struct br_key key = br_key_of_str(name);

	return br_row_get(
		txn, BR_TABLE_TRANSFER, br_key_str(&key), &br_transfer_shape, arena, ret_transfer);
}

int br_transfer_line_get(struct br_txn *txn, struct br_str name, uint64_t index,
	struct br_arena *arena, struct br_transfer_line *ret_line)
{
	struct br_key key = line_key(name, index);

	return br_row_get(txn, BR_TABLE_TRANSFER_LINE, br_key_str(&key), &br_transfer_line_shape,
		arena, ret_line);
}

/* Emits the move and its lines behind it, in events of a bounded size. */
static void move_emit(struct br_decision *decision, enum br_event_kind kind,
	const struct br_transfer_moved *moved, struct br_transfer_event_line *lines)
{
	br_assert(moved->line_n > 0 && moved->line_n <= BR_TRANSFER_LINES_MAX);
	br_decision_emit(decision, kind, moved);
	for (uint32_t i = 0; i < moved->line_n; i += BR_STOCK_LINES_PER_EVENT_MAX) {
		uint32_t left = (uint32_t)moved->line_n - i;
		struct br_transfer_lines event = {
			.transfer = moved->transfer,
			.state = moved->state,
			.bucket = moved->bucket,
			.index = i,
			.lines = {&lines[i], left < BR_STOCK_LINES_PER_EVENT_MAX
						     ? left
						     : BR_STOCK_LINES_PER_EVENT_MAX},
		};

		br_decision_emit(decision, BR_EVENT_TRANSFER_LINES, &event);
	}
}

/* What a product's earlier lines take already: two lines must not count on the same piece. */
static int64_t taken_before(const struct br_transfer_event_line *lines, uint32_t n)
{
	int64_t taken = 0;

	for (uint32_t i = 0; i < n; i++)
		if (br_str_equal(lines[i].sku, lines[n].sku))
			taken += lines[i].transit;
	br_assert(taken >= 0);
	return taken;
}

static int send_line_make(struct br_decision *decision, const struct br_transfer_send *send,
	uint32_t index, struct br_transfer_event_line *lines)
{
	const struct br_transfer_send_line *line =
		BR_LIST_AT(send->lines, br_transfer_send_line, index);
	struct br_transfer_event_line *made = &lines[index];
	struct br_stock stock;
	int64_t available;
	char where[32];
	int result;

	(void)snprintf(where, sizeof(where), "lines[%u]", index);
	result = br_product_resolve(decision, line->sku, line->barcode, where, &made->sku);
	if (result != 0)
		return result;
	stock = br_stock_get(decision->txn, made->sku);
	available = br_stock_available(decision->txn, made->sku, &stock, BR_CHANNEL_NONE) -
		    taken_before(lines, index);
	br_assert(line->quantity > 0);
	if (line->quantity > available)
		return br_decision_refuse(decision, BR_REFUSAL_INSUFFICIENT_STOCK,
			"%s: of product \"%.*s\" %.10g are free to be sent away", where,
			BR_STR_ARG(made->sku), (double)(available > 0 ? available : 0) / 1000);
	made->transit = line->quantity;
	made->here = -line->quantity;
	made->lot = line->lot;
	made->expiry = line->expiry;
	return 0;
}

int br_transfer_decide_send(struct br_decision *decision, const void *body)
{
	const struct br_transfer_send *send = body;
	struct br_transfer_moved moved = {
		.transfer = send->transfer,
		.state = BR_TRANSFER_SENT,
		.to = send->to,
		.bucket = send->bucket,
		.note = send->note,
		.associate = send->associate,
		.line_n = send->lines.n,
	};
	struct br_transfer_event_line *lines =
		br_arena_take(decision->arena, send->lines.n * sizeof(*lines));
	struct br_transfer old;
	int result = br_transfer_get(decision->txn, send->transfer, decision->arena, &old);

	br_assert(send->lines.n > 0);
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"transfer \"%.*s\" is here already and is %s", BR_STR_ARG(send->transfer),
			br_transfer_state_words[old.state]);
	if (result != BR_E_NOT_FOUND)
		return result;
	if (lines == NULL)
		return BR_E_MEMORY;
	result = 0;
	for (uint32_t i = 0; i < send->lines.n && result == 0; i++)
		result = send_line_make(decision, send, i, lines);
	if (result == 0)
		move_emit(decision, BR_EVENT_TRANSFER_SENT, &moved, lines);
	return result;
}

/* A transfer with its lines, read for a decision. */
struct reading {
	struct br_transfer transfer;
	struct br_transfer_line *lines;
	struct br_transfer_event_line *moves; /* one for each line, to be filled */
};

/* The transfer that a command is about, when its state allows the verb. */
static int transfer_read(struct br_decision *decision, struct br_str name, enum verb verb,
	struct reading *ret_reading)
{
	struct reading reading;
	int result = br_transfer_get(decision->txn, name, decision->arena, &reading.transfer);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_TRANSFER,
			"transfer \"%.*s\": not known here", BR_STR_ARG(name));
	if (result == 0)
		result = br_verb_check(decision, &verbs, name, reading.transfer.state, verb);
	if (result != 0)
		return result;
	reading.lines =
		br_arena_take(decision->arena, reading.transfer.line_n * sizeof(*reading.lines));
	reading.moves =
		br_arena_take(decision->arena, reading.transfer.line_n * sizeof(*reading.moves));
	if (reading.lines == NULL || reading.moves == NULL)
		return BR_E_MEMORY;
	for (uint64_t i = 0; i < reading.transfer.line_n; i++) {
		if (br_transfer_line_get(
			    decision->txn, name, i, decision->arena, &reading.lines[i]) < 0)
			return br_txn_fail(decision->txn, BR_E_CORRUPT);
		reading.moves[i].sku = reading.lines[i].sku;
		reading.moves[i].received = reading.lines[i].received;
	}
	*ret_reading = reading;
	return 0;
}

static struct br_transfer_moved moved_make(
	const struct br_transfer *transfer, enum br_transfer_state state, struct br_str associate)
{
	br_assert(state < BR_TRANSFER_STATE_N);
	return (struct br_transfer_moved){
		.transfer = transfer->transfer,
		.state = (uint8_t)state,
		.to = transfer->to,
		.bucket = transfer->bucket,
		.associate = associate,
		.line_n = transfer->line_n,
	};
}

/* Confirmed products that were never sent, or that stand twice. */
static int confirm_refuse(
	struct br_decision *decision, const struct reading *reading, const struct br_list *lines)
{
	br_assert(lines->n <= BR_TRANSFER_LINES_MAX);
	for (uint32_t i = 0; i < lines->n; i++) {
		struct br_str sku = BR_LIST_AT(*lines, br_transfer_confirm_line, i)->sku;
		bool sent = false;

		for (uint64_t j = 0; j < reading->transfer.line_n; j++)
			sent = sent || br_str_equal(reading->lines[j].sku, sku);
		if (!sent)
			return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
				"lines[%u].sku \"%.*s\": was not sent with it", i, BR_STR_ARG(sku));
		for (uint32_t j = 0; j < i; j++)
			if (br_str_equal(sku, BR_LIST_AT(*lines, br_transfer_confirm_line, j)->sku))
				return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
					"lines[%u].sku \"%.*s\": stands twice", i, BR_STR_ARG(sku));
	}
	return 0;
}

/* True when another line of the same product comes behind this one. */
static bool line_follows(const struct reading *reading, uint64_t index)
{
	br_assert(index < reading->transfer.line_n);
	for (uint64_t i = index + 1; i < reading->transfer.line_n; i++)
		if (br_str_equal(reading->lines[i].sku, reading->lines[index].sku))
			return true;
	return false;
}

/*
 * Spreads what arrived of a product over its lines, in their order; what is too much goes to the
 * last one.
 */
static void arrived_spread(struct reading *reading, struct br_str sku, int64_t arrived)
{
	br_assert(arrived >= 0);
	for (uint64_t i = 0; i < reading->transfer.line_n; i++) {
		int64_t part = reading->lines[i].sent;

		if (!br_str_equal(reading->lines[i].sku, sku))
			continue;
		if (part > arrived || !line_follows(reading, i))
			part = arrived;
		reading->moves[i].received = part;
		arrived -= part;
	}
	br_assert(arrived == 0);
}

int br_transfer_decide_confirm(struct br_decision *decision, const void *body)
{
	const struct br_transfer_confirm *confirm = body;
	struct br_transfer_moved moved;
	struct reading reading;
	bool differs = false;
	int result = transfer_read(decision, confirm->transfer, CONFIRM, &reading);

	if (result == 0)
		result = confirm_refuse(decision, &reading, &confirm->lines);
	if (result != 0)
		return result;
	for (uint64_t i = 0; i < reading.transfer.line_n && confirm->lines.n == 0; i++)
		reading.moves[i].received = reading.lines[i].sent;
	for (uint32_t i = 0; i < confirm->lines.n; i++) {
		const struct br_transfer_confirm_line *line =
			BR_LIST_AT(confirm->lines, br_transfer_confirm_line, i);

		arrived_spread(&reading, line->sku, line->quantity);
	}
	for (uint64_t i = 0; i < reading.transfer.line_n; i++) {
		int64_t sent = reading.lines[i].sent, received = reading.moves[i].received;

		br_assert(sent > 0 && received >= 0);
		reading.moves[i].transit = -(received < sent ? received : sent);
		differs = differs || received != sent;
	}
	moved = moved_make(&reading.transfer, differs ? BR_TRANSFER_DIFFERS : BR_TRANSFER_CONFIRMED,
		confirm->associate);
	move_emit(decision, BR_EVENT_TRANSFER_CONFIRMED, &moved, reading.moves);
	return 0;
}

int br_transfer_decide_settle(struct br_decision *decision, const void *body)
{
	const struct br_transfer_settle *settle = body;
	struct br_transfer_moved moved;
	struct reading reading;
	int result = transfer_read(decision, settle->transfer, SETTLE, &reading);

	if (result != 0)
		return result;
	for (uint64_t i = 0; i < reading.transfer.line_n; i++) {
		int64_t missing = reading.lines[i].sent - reading.lines[i].received;
		bool found = settle->outcome == BR_TRANSFER_FOUND;

		br_assert(reading.lines[i].sent > 0);
		/* What is missing is in transit still; what was too much had never been in it. */
		reading.moves[i].transit = missing > 0 ? -missing : 0;
		reading.moves[i].here = missing < 0 || found ? missing : 0;
	}
	moved = moved_make(&reading.transfer, BR_TRANSFER_SETTLED, settle->associate);
	moved.outcome = settle->outcome;
	moved.reason = settle->reason;
	move_emit(decision, BR_EVENT_TRANSFER_SETTLED, &moved, reading.moves);
	return 0;
}

int br_transfer_decide_cancel(struct br_decision *decision, const void *body)
{
	const struct br_transfer_cancel *cancel = body;
	struct br_transfer_moved moved;
	struct reading reading;
	int result = transfer_read(decision, cancel->transfer, CANCEL, &reading);

	if (result != 0)
		return result;
	for (uint64_t i = 0; i < reading.transfer.line_n; i++) {
		br_assert(reading.lines[i].sent > 0);
		reading.moves[i].transit = -reading.lines[i].sent;
		reading.moves[i].here = reading.lines[i].sent;
		reading.moves[i].lot = reading.lines[i].lot;
		reading.moves[i].expiry = reading.lines[i].expiry;
	}
	moved = moved_make(&reading.transfer, BR_TRANSFER_CANCELLED, cancel->associate);
	moved.reason = cancel->reason;
	move_emit(decision, BR_EVENT_TRANSFER_CANCELLED, &moved, reading.moves);
	return 0;
}

void br_transfer_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_transfer_moved *moved = event->body;
	struct br_key key = br_key_of_str(moved->transfer);
	struct br_transfer transfer = {
		.transfer = moved->transfer,
		.to = moved->to,
		.bucket = moved->bucket,
		.note = moved->note,
		.line_n = moved->line_n,
		.sent = event->happened_ms,
	};

	br_assert(moved->state < BR_TRANSFER_STATE_N);
	if (event->kind != BR_EVENT_TRANSFER_SENT &&
		br_row_get_copy(txn, BR_TABLE_TRANSFER, br_key_str(&key), &br_transfer_shape, arena,
			&transfer) < 0) {
		(void)br_txn_fail(txn, BR_E_CORRUPT);
		return;
	}
	transfer.state = moved->state;
	transfer.outcome = moved->outcome;
	transfer.reason = moved->reason;
	transfer.associate = moved->associate;
	transfer.since = event->happened_ms;
	transfer.sequence = event->sequence;
	br_row_put(txn, BR_TABLE_TRANSFER, br_key_str(&key), &br_transfer_shape, &transfer);
	br_open_set(txn, BR_NOUN_TRANSFER, moved->transfer, allowed[moved->state] != 0);
}

void br_transfer_apply_lines(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_transfer_lines *lines = event->body;

	br_assert(lines->index + lines->lines.n <= BR_TRANSFER_LINES_MAX);
	for (uint32_t i = 0; i < lines->lines.n; i++) {
		const struct br_transfer_event_line *move =
			BR_LIST_AT(lines->lines, br_transfer_event_line, i);
		struct br_key key = line_key(lines->transfer, lines->index + i);
		struct br_transfer_line line = {.sku = move->sku,
			.sent = move->transit,
			.lot = move->lot,
			.expiry = move->expiry};

		if (lines->state != BR_TRANSFER_SENT &&
			br_row_get_copy(txn, BR_TABLE_TRANSFER_LINE, br_key_str(&key),
				&br_transfer_line_shape, arena, &line) < 0) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			return;
		}
		line.received = move->received;
		br_row_put(txn, BR_TABLE_TRANSFER_LINE, br_key_str(&key), &br_transfer_line_shape,
			&line);
	}
}

void br_transfer_movements(const struct br_event *event, const struct br_movement_visit *visit)
{
	const struct br_transfer_lines *lines = event->body;
	unsigned bucket = lines->bucket == 0 ? BR_BUCKET_BACKROOM : BR_BUCKET_SHELF;

	br_assert(event->kind == BR_EVENT_TRANSFER_LINES);
	for (uint32_t i = 0; i < lines->lines.n; i++) {
		const struct br_transfer_event_line *move =
			BR_LIST_AT(lines->lines, br_transfer_event_line, i);
		struct br_movement movement = {
			.sku = move->sku,
			.kind = BR_MOVEMENT_TRANSFER_OUT,
			.lot = move->lot,
			.expiry_ms = move->expiry,
			.source = lines->transfer,
		};

		if (move->transit == 0 && move->here == 0)
			continue;
		movement.buckets[BR_BUCKET_TRANSIT_OUT] = move->transit;
		movement.buckets[bucket] = move->here;
		visit->visit(visit->context, &movement);
	}
}
