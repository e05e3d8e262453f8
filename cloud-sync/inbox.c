#include "cloud-sync/inbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/ordeal.h"
#include "node/metrics.h"
#include "node/tables.h"

/* Half of a turn is kept for everybody else. */
#define TURN_SHARE (BR_TURN_COMMANDS_MAX / 2)
#define RESULTS_MAX 256
#define LEFT_MAX 8 /* epochs of HQ that are remembered as left */
#define ACK_BYTES_MAX 64000
#define RESULT_BYTES_MAX 3000 /* id and message with every byte escaped, and the rest */
#define ARENA_BYTES_MAX (1u << 20)

/* What HQ is told about one command. */
struct result {
	uint64_t hq_seq;
	char id[BR_ID_BYTES_MAX + 1];
	bool known; /* answered: at once, or by the core after its commit */
	struct br_answer answer;
};

struct waiting {
	char *bytes; /* owned */
	size_t n;
	uint64_t taken; /* commands up to this hq_seq were done in an earlier turn */
};

struct lane {
	uint64_t mark;
	uint64_t head; /* HQ has commands up to here */
	struct waiting queue[BR_LINK_WINDOW_BATCHES];
	unsigned queue_first, queue_n;
	struct result results[RESULTS_MAX];
	unsigned result_n;
	unsigned turn_n; /* commands in this turn */
	bool ack_wanted;
};

struct br_inbox {
	struct br_core *core; /* borrowed, as the store and the clock */
	struct br_store *store;
	const struct br_clock *clock;
	struct br_inbox_listener listener;
	struct br_ordeal *ordeal; /* what of HQ's commands the process may die of */
	struct br_arena arena;
	struct br_text text; /* the ack being written */
	char epoch[BR_EPOCH_TEXT_BYTES];
	char left[LEFT_MAX][BR_EPOCH_TEXT_BYTES]; /* the newest first */
	unsigned left_n;
	int64_t generation;  /* of the epoch in this process: late answers of another are dropped */
	uint64_t commit_due; /* the core's number of commits with which all results are durable */
	struct lane lanes[BR_DOWN_N];
	struct br_inbox_figures figures;
};

/* One batch while it is worked on. */
struct batch {
	uint64_t prev_seq, head;
	uint64_t hlc; /* HQ's stamp, 0 = none */
	const struct br_json *commands;
};

struct epoch_item {
	struct br_str epoch;
};

/* BR_TABLE_INBOX */
struct mark_row {
	struct br_str epoch;
	uint64_t sequence;
	struct br_list left; /* of struct epoch_item */
};

static const struct br_field epoch_fields[] = {BR_TEXT(epoch_item, epoch, 16, 16)};
static BR_DEFINE_SHAPE(epoch_shape, epoch_item, 1, epoch_fields);
static const struct br_field mark_fields[] = {
	BR_TEXT(mark_row, epoch, 16, 16),
	BR_U64(mark_row, sequence, 0, 0),
	BR_LIST(mark_row, left, 0, LEFT_MAX, &epoch_shape),
};
static BR_DEFINE_SHAPE(mark_shape, mark_row, 1, mark_fields);

/* What HQ owns (products, prices) and may ask of orders; all else is the store's own business. */
static const char *const types[] = {"product.upsert", "product.remove", "product.place",
	"barcode.rule", "barcode.unrule", "price.set", "price.cancel", "policy.set", "template.set",
	"order.offer", "order.accept", "order.reject", "order.hold", "order.release", "order.ship",
	"order.cancel", "order.refund", "order.close", "order.split", "order.update",
	"stock.policy", "rights.request", "rights.revoke", "rights.keep", "delivery.announce",
	"delivery.cancel", "transfer.confirm", "count.open", "task.create", "task.done",
	"customer.upsert", "customer.erase"};

static void lane_check(const struct lane *lane)
{
	br_assert(lane->queue_n <= BR_LINK_WINDOW_BATCHES);
	br_assert(lane->queue_first < BR_LINK_WINDOW_BATCHES);
	br_assert(lane->result_n <= RESULTS_MAX);
	br_assert(lane->turn_n <= BR_INBOX_TURN_MAX);
}

static void invariant_check(const struct br_inbox *inbox)
{
	br_assert(inbox->left_n <= LEFT_MAX);
	br_assert(inbox->commit_due <= br_core_figures(inbox->core).commits + 1);
	for (unsigned which = 0; which < BR_DOWN_N; which++) {
		const struct lane *lane = &inbox->lanes[which];

		lane_check(lane);
		/* Before HQ's first welcome nothing can have been taken. */
		br_assert(inbox->epoch[0] != '\0' || (lane->mark == 0 && lane->result_n == 0));
	}
}

/* The row's own words are checked, since they come into messages. */
static int mark_load(struct br_inbox *inbox, struct br_txn *txn, enum br_down lane)
{
	struct br_key key = br_key_of_str(br_str_from(br_down_words[lane]));
	struct mark_row row;
	int result =
		br_row_get(txn, BR_TABLE_INBOX, br_key_str(&key), &mark_shape, &inbox->arena, &row);

	if (result == BR_E_NOT_FOUND)
		return 0;
	if (result < 0)
		return result;
	br_assert(row.left.n <= LEFT_MAX);
	if (!br_epoch_valid(row.epoch) ||
		!br_str_copy(row.epoch, inbox->epoch, sizeof(inbox->epoch)))
		return BR_E_CORRUPT;
	inbox->lanes[lane].mark = row.sequence;
	inbox->left_n = row.left.n;
	for (uint32_t i = 0; i < row.left.n; i++) {
		struct br_str left = BR_LIST_AT(row.left, epoch_item, i)->epoch;

		if (!br_epoch_valid(left) ||
			!br_str_copy(left, inbox->left[i], sizeof(inbox->left[i])))
			return BR_E_CORRUPT;
	}
	return 0;
}

/* From here on nothing is told to HQ before the next commit. */
static void commit_expect(struct br_inbox *inbox)
{
	inbox->commit_due = br_core_figures(inbox->core).commits + 1;
}

/* Into this turn's transaction. */
static int mark_store(struct br_inbox *inbox, enum br_down lane)
{
	struct br_key key = br_key_of_str(br_str_from(br_down_words[lane]));
	struct br_txn *txn = br_core_txn(inbox->core);
	struct epoch_item left[LEFT_MAX];
	struct mark_row row = {
		.epoch = br_str_from(inbox->epoch),
		.sequence = inbox->lanes[lane].mark,
		.left = {left, inbox->left_n},
	};

	if (txn == NULL)
		return BR_E_IO;
	br_assert(inbox->epoch[0] != '\0');
	for (unsigned i = 0; i < inbox->left_n; i++)
		left[i].epoch = br_str_from(inbox->left[i]);
	br_row_put(txn, BR_TABLE_INBOX, br_key_str(&key), &mark_shape, &row);
	commit_expect(inbox);
	return br_txn_error(txn);
}

int br_inbox_create(struct br_core *core, struct br_store *store, const struct br_clock *clock,
	struct br_inbox_listener listener, struct br_inbox **ret_inbox)
{
	BR_CLEANUP(br_inbox_cleanup) struct br_inbox *inbox = calloc(1, sizeof(*inbox));
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	/* A turn takes so many of each lane. */
	struct br_ordeal_options options = {"ordeal/commands", BR_DOWN_N * BR_INBOX_TURN_MAX};
	int result;

	if (inbox == NULL)
		return BR_E_MEMORY;
	br_assert(listener.valid != NULL && listener.refused != NULL);
	inbox->core = core;
	inbox->store = store;
	inbox->clock = clock;
	inbox->listener = listener;
	br_arena_init(&inbox->arena, ARENA_BYTES_MAX);
	br_text_init(&inbox->text, ACK_BYTES_MAX + RESULT_BYTES_MAX);
	result = br_ordeal_create(core, store, clock, &options, &inbox->ordeal);
	if (result == 0)
		result = br_txn_begin(store, false, &txn);
	for (unsigned lane = 0; lane < BR_DOWN_N && result == 0; lane++)
		result = mark_load(inbox, txn, lane);
	if (result == 0)
		*ret_inbox = BR_TAKE(inbox);
	return result;
}

static void queue_pop(struct lane *lane)
{
	br_assert(lane->queue_n > 0);
	free(lane->queue[lane->queue_first].bytes);
	lane->queue[lane->queue_first] = (struct waiting){.bytes = NULL};
	lane->queue_first = (lane->queue_first + 1) % BR_LINK_WINDOW_BATCHES;
	lane->queue_n--;
}

static void queue_clear(struct lane *lane)
{
	while (lane->queue_n > 0)
		queue_pop(lane);
	br_assert(lane->queue[lane->queue_first].bytes == NULL);
}

void br_inbox_destroy(struct br_inbox *inbox)
{
	if (inbox == NULL)
		return;
	for (unsigned lane = 0; lane < BR_DOWN_N; lane++)
		queue_clear(&inbox->lanes[lane]);
	br_ordeal_destroy(inbox->ordeal);
	br_arena_finish(&inbox->arena);
	br_text_finish(&inbox->text);
	free(inbox);
}

int br_inbox_message(struct br_inbox *inbox, enum br_down which, struct br_str payload)
{
	struct lane *lane = &inbox->lanes[which];
	struct waiting *place;

	br_assert(which < BR_DOWN_N);
	if (payload.n > BR_LINK_MESSAGE_BYTES_MAX)
		return BR_E_TOO_LARGE;
	if (lane->queue_n == BR_LINK_WINDOW_BATCHES) {
		inbox->figures.dropped++;
		return BR_E_BUSY;
	}
	place = &lane->queue[(lane->queue_first + lane->queue_n) % BR_LINK_WINDOW_BATCHES];
	br_assert(place->bytes == NULL);
	place->bytes = malloc(payload.n + 1);
	if (place->bytes == NULL)
		return BR_E_MEMORY;
	if (payload.n > 0)
		memcpy(place->bytes, payload.s, payload.n);
	place->n = payload.n;
	place->taken = 0;
	lane->queue_n++;
	return 0;
}

/* Each has the number behind the one before: what is missing could never be noticed else. */
static int sequences_check(const struct batch *batch, struct br_fault *fault)
{
	uint64_t expected = batch->prev_seq;
	unsigned n = 0;

	br_assert(expected <= INT64_MAX);
	BR_JSON_EACH (command, batch->commands) {
		int64_t hq_seq;

		expected++;
		if (++n > BR_LINK_BATCH_EVENTS_MAX)
			return br_fault_set(fault, BR_E_TOO_LARGE,
				"commands: more than the %d that are allowed",
				BR_LINK_BATCH_EVENTS_MAX);
		if (!br_json_i64(br_json_member(command, "hq_seq"), &hq_seq) || hq_seq < 1 ||
			(uint64_t)hq_seq != expected)
			return br_fault_set(fault, BR_E_INVALID,
				"commands[%u].hq_seq: %" PRIu64
				" is expected, one after the other from prev_seq",
				n - 1, expected);
	}
	return 0;
}

static int batch_read(const struct br_json *root, enum br_down lane, struct batch *ret_batch,
	struct br_str *ret_epoch, struct br_fault *fault)
{
	struct batch batch = {.commands = br_json_member(root, "commands")};
	struct br_str word;
	int64_t prev_seq, head = 0;
	int result;

	if (!br_json_string(br_json_member(root, "hq_epoch"), ret_epoch))
		return br_fault_set(fault, BR_E_INVALID, "hq_epoch: is missing or not a text");
	if (!br_json_string(br_json_member(root, "lane"), &word) ||
		!br_str_is(word, br_down_words[lane]))
		return br_fault_set(fault, BR_E_INVALID, "lane: allowed is the topic's own, \"%s\"",
			br_down_words[lane]);
	if (!br_json_i64(br_json_member(root, "prev_seq"), &prev_seq) || prev_seq < 0)
		return br_fault_set(
			fault, BR_E_INVALID, "prev_seq: allowed is a whole number from 0 to 2^53");
	if (br_json_kind(batch.commands) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID, "commands: a list is expected");
	if (br_json_kind(br_json_member(root, "head")) != BR_JSON_ABSENT &&
		(!br_json_i64(br_json_member(root, "head"), &head) || head < 0))
		return br_fault_set(
			fault, BR_E_INVALID, "head: allowed is a whole number from 0 to 2^53");
	batch.prev_seq = (uint64_t)prev_seq;
	batch.head = (uint64_t)head;
	result = br_ctl_hlc_read(root, "hlc", &batch.hlc, fault);
	if (result == 0)
		result = sequences_check(&batch, fault);
	if (result == 0)
		*ret_batch = batch;
	return result;
}

/* The core answers after its commit; the ticket names the place of the result. */
static void result_deliver(
	void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct br_inbox *inbox = owner;
	struct lane *lane = &inbox->lanes[ticket->count];

	br_assert(ticket->count < BR_DOWN_N);
	if (ticket->figure != inbox->generation)
		return;
	br_assert(ticket->number < lane->result_n && !lane->results[ticket->number].known);
	lane->results[ticket->number].answer = *answer;
	lane->results[ticket->number].known = true;
}

static struct result *result_begin(struct lane *lane, uint64_t hq_seq, struct br_str id)
{
	struct result *result = &lane->results[lane->result_n];

	br_assert(lane->result_n < RESULTS_MAX);
	*result = (struct result){.hq_seq = hq_seq};
	/* An id that is too long is not told back: the number says which command it was. */
	(void)!br_str_copy(id, result->id, sizeof(result->id));
	lane->result_n++;
	return result;
}

static void result_refuse(struct result *result, enum br_refusal refusal, const char *message)
{
	br_assert(!result->known);
	br_answer_refuse(&result->answer, BR_OUTCOME_REFUSED, refusal, message);
	result->known = true;
}

bool br_inbox_takes(const char *type)
{
	br_assert(type[0] != '\0');
	for (size_t i = 0; i < BR_ARRAY_LEN(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* True when the core has an answer for this id already. */
static bool answer_exists(struct br_inbox *inbox, struct br_str id)
{
	struct br_key key = br_key_of_str(BR_STR(BR_INBOX_ACTOR));
	struct br_txn *txn = br_core_txn(inbox->core);

	br_key_add_str(&key, id);
	return txn != NULL && br_txn_has(txn, BR_TABLE_COMMAND, br_key_str(&key));
}

/* Where the core's answer to the lane's next result goes. */
static struct br_ticket ticket_make(struct br_inbox *inbox, enum br_down which)
{
	br_assert(inbox->lanes[which].result_n < RESULTS_MAX);
	return (struct br_ticket){.deliver = result_deliver,
		.owner = inbox,
		.number = inbox->lanes[which].result_n,
		.count = which,
		.figure = inbox->generation};
}

/* What became of a command; negative: the store failed. */
enum taken {
	TAKEN_HELD,  /* the store is full: the lane waits as it stands */
	TAKEN_DONE,  /* submitted, or refused: its result has a place */
	TAKEN_LATER, /* its mark is kept first: it comes again with the next turn */
};

static int command_submit(
	struct br_inbox *inbox, enum br_down which, const struct br_json *json, uint64_t hq_seq)
{
	struct lane *lane = &inbox->lanes[which];
	bool repeat = hq_seq <= lane->mark;
	struct br_command command = {.actor = BR_STR(BR_INBOX_ACTOR),
		.now_ms = inbox->clock->wall_ms(inbox->clock->context)};
	struct br_ticket ticket = ticket_make(inbox, which);
	enum br_refusal refusal;
	struct br_fault fault;
	int result;

	br_assert(hq_seq <= lane->mark + 1);
	br_arena_reset(&inbox->arena);
	result = br_command_from_json(json, &inbox->arena, &command, &refusal, &fault);
	if (result == 0 && !br_inbox_takes(command.type->name)) {
		refusal = BR_REFUSAL_UNKNOWN_TYPE;
		result = br_fault_set(&fault, BR_E_INVALID,
			"type: %s is the store's own; HQ may send products, prices, barcode rules "
			"and policies, what it asks of orders, rights.request, .revoke and .keep, "
			"delivery.announce and .cancel, transfer.confirm, count.open and tasks",
			command.type->name);
	}
	if (result < 0) {
		result_refuse(result_begin(lane, hq_seq, command.id), refusal, fault.text);
		return TAKEN_DONE;
	}
	if (repeat && !answer_exists(inbox, command.id)) {
		result_refuse(result_begin(lane, hq_seq, command.id), BR_REFUSAL_ALREADY,
			"this number was taken before, and the answer to it is no longer kept");
		return TAKEN_DONE;
	}
	if (!repeat && br_core_sheds(inbox->core, command.type))
		return TAKEN_HELD;
	(void)result_begin(lane, hq_seq, command.id);
	commit_expect(inbox);
	result = br_core_submit(inbox->core, &command, &ticket);
	return result < 0 ? result : TAKEN_DONE;
}

/* This program died of it so often that it is not looked at again. */
static int command_poison(
	struct br_inbox *inbox, enum br_down which, struct br_str id, uint64_t hq_seq)
{
	struct br_ticket ticket = ticket_make(inbox, which);
	unsigned deaths = br_ordeal_deaths(inbox->ordeal, id);
	char message[BR_MESSAGE_BYTES_MAX];
	struct br_fault said;
	int result;

	br_assert(deaths >= BR_ORDEAL_DEATHS && id.n < sizeof(ticket.command));
	(void)!br_str_copy(id, ticket.command, sizeof(ticket.command));
	(void)snprintf(message, sizeof(message),
		"the store's program ended %u times while it was applying this command, so it is "
		"not applied: that is a fault of the program, whose log says more; say it in "
		"another way, under a new id",
		deaths);
	(void)br_fault_set(&said, BR_E_INVALID,
		"command %.*s, %" PRIu64 " of the lane %s, is refused: this program ended %u times "
		"while it was applying it",
		BR_STR_ARG(id), hq_seq, br_down_words[which], deaths);
	inbox->listener.refused(inbox->listener.owner, said.text);
	inbox->figures.poison++;
	br_metric_add(BR_METRIC_LINK_POISON, 1);
	(void)result_begin(&inbox->lanes[which], hq_seq, id);
	commit_expect(inbox);
	result = br_core_refuse(
		inbox->core, BR_STR(BR_INBOX_ACTOR), BR_REFUSAL_POISON, message, &ticket);
	return result < 0 ? result : TAKEN_DONE;
}

/* An enum taken, or an error. */
static int command_take(
	struct br_inbox *inbox, enum br_down which, const struct br_json *json, uint64_t hq_seq)
{
	struct br_str id = {"", 0};
	int result, word = BR_ORDEAL_GO;
	bool tried;

	/* What has no id is refused unread, and what was taken before is not applied again. */
	tried = hq_seq > inbox->lanes[which].mark &&
		br_json_string(br_json_member(json, "id"), &id) && id.n > 0 &&
		id.n <= BR_ID_BYTES_MAX;
	if (tried)
		word = br_ordeal_begin(inbox->ordeal, id);
	if (word < 0)
		return word;
	if (word == BR_ORDEAL_WAIT)
		return TAKEN_LATER;
	br_assert(word == BR_ORDEAL_GO || word == BR_ORDEAL_POISON);
	if (word == BR_ORDEAL_POISON)
		result = command_poison(inbox, which, id, hq_seq);
	else
		result = command_submit(inbox, which, json, hq_seq);
	if (tried && result == TAKEN_DONE)
		word = br_ordeal_done(inbox->ordeal, id);
	return word < 0 ? word : result;
}

static bool room_left(const struct br_inbox *inbox, const struct lane *lane)
{
	return lane->turn_n < BR_INBOX_TURN_MAX && lane->result_n < RESULTS_MAX &&
	       br_core_turn_n(inbox->core) < TURN_SHARE;
}

/* The disk runs full: the lane waits as it stands, HQ sends again what was not taken. */
static void lane_hold(struct br_inbox *inbox, enum br_down which)
{
	br_assert(inbox->lanes[which].queue_n > 0);
	inbox->figures.held++;
	inbox->listener.refused(inbox->listener.owner,
		"the store's disk space runs out: HQ's commands wait until there is room again");
	queue_clear(&inbox->lanes[which]);
}

/* 1: the batch is done with, 0: the rest of it waits for the next turn, or an error. */
static int batch_take(struct br_inbox *inbox, enum br_down which, struct waiting *waiting,
	const struct batch *batch)
{
	struct lane *lane = &inbox->lanes[which];
	uint64_t mark = lane->mark, hq_seq = batch->prev_seq;
	bool held = false, later = false;
	int result = 1, stored = 0;

	br_assert(room_left(inbox, lane));
	if (lane->head < batch->head)
		lane->head = batch->head;
	if (batch->prev_seq > lane->mark) {
		inbox->figures.gaps++;
		lane->ack_wanted = true;
		return 1;
	}
	BR_JSON_EACH (command, batch->commands) {
		if (++hq_seq <= waiting->taken)
			continue;
		if (!room_left(inbox, lane)) {
			waiting->taken = hq_seq - 1;
			result = 0;
			break;
		}
		result = command_take(inbox, which, command, hq_seq);
		held = result == TAKEN_HELD;
		later = result == TAKEN_LATER;
		if (later)
			waiting->taken = hq_seq - 1;
		if (result != TAKEN_DONE)
			break;
		lane->turn_n++;
		if (hq_seq > lane->mark) {
			lane->mark = hq_seq;
			inbox->figures.commands++;
			br_metric_add(BR_METRIC_LINK_COMMANDS, 1);
		} else {
			inbox->figures.repeats++;
		}
	}
	br_assert(lane->mark >= mark);
	if (result < 0)
		return result;
	/* What only waits for its mark is told with its result. */
	lane->ack_wanted = lane->ack_wanted || !later;
	if (lane->mark > mark)
		stored = mark_store(inbox, which);
	if (held)
		lane_hold(inbox, which);
	if (later)
		result = 0;
	return stored < 0 ? stored : result;
}

/* The first message that waits. 1: done with, 0: the rest waits, or an error. */
static int message_work(struct br_inbox *inbox, enum br_down which, struct waiting *waiting)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str payload = {waiting->bytes, waiting->n};
	struct br_str epoch = {NULL, 0};
	struct br_fault fault;
	struct batch batch = {.commands = NULL};
	int result = br_json_parse(payload, &root, &fault);

	br_assert(waiting->bytes != NULL);
	if (result == 0)
		result = batch_read(root, which, &batch, &epoch, &fault);
	if (result < 0) {
		inbox->figures.malformed++;
		inbox->lanes[which].ack_wanted = true;
		inbox->listener.refused(inbox->listener.owner, fault.text);
		return 1;
	}
	if (inbox->epoch[0] == '\0') {
		/* HQ has not welcomed this store yet. What it sent comes again behind that. */
		inbox->figures.epochs++;
		return 1;
	}
	if (!br_str_is(epoch, inbox->epoch)) {
		inbox->figures.epochs++;
		(void)br_fault_set(&fault, BR_E_INVALID,
			"hq_epoch: \"%.*s\" is not the one of HQ's last welcome, \"%s\"",
			(int)(epoch.n < 40 ? epoch.n : 40), epoch.s, inbox->epoch);
		inbox->listener.refused(inbox->listener.owner, fault.text);
		return 1;
	}
	if (waiting->taken == 0)
		inbox->listener.valid(inbox->listener.owner);
	inbox->listener.stamp(inbox->listener.owner, batch.hlc);
	return batch_take(inbox, which, waiting, &batch);
}

int br_inbox_work(struct br_inbox *inbox)
{
	for (unsigned which = 0; which < BR_DOWN_N; which++) {
		struct lane *lane = &inbox->lanes[which];

		while (lane->queue_n > 0 && room_left(inbox, lane)) {
			int result = message_work(inbox, which, &lane->queue[lane->queue_first]);

			if (result < 0)
				return result;
			if (result == 0)
				break;
			queue_pop(lane);
		}
	}
	invariant_check(inbox);
	return br_inbox_waits(inbox) ? 0 : br_ordeal_idle(inbox->ordeal);
}

int br_inbox_end(struct br_inbox *inbox)
{
	br_assert(inbox->ordeal != NULL);
	return br_ordeal_end(inbox->ordeal);
}

int64_t br_inbox_rest_until_ms(const struct br_inbox *inbox)
{
	return br_ordeal_rest_until_ms(inbox->ordeal);
}

bool br_inbox_waits(const struct br_inbox *inbox)
{
	for (unsigned which = 0; which < BR_DOWN_N; which++)
		if (inbox->lanes[which].queue_n > 0 && inbox->lanes[which].result_n < RESULTS_MAX)
			return true;
	return false;
}

static void result_write(const struct result *result, struct br_json_out *out)
{
	br_assert(result->known && result->hq_seq > 0);
	br_json_out_object(out, NULL);
	br_json_out_u64(out, "hq_seq", result->hq_seq);
	if (result->id[0] != '\0')
		br_json_out_puts(out, "id", result->id);
	else
		br_json_out_null(out, "id");
	br_json_out_puts(out, "outcome", br_outcome_words[result->answer.outcome]);
	if (result->answer.refusal != BR_REFUSAL_NONE) {
		br_json_out_puts(out, "code", br_refusal_words[result->answer.refusal]);
		br_json_out_puts(out, "message", result->answer.message);
	}
	br_json_out_end(out);
}

/*
 * Writes one ack with as many of the results as fit; returns how many. As long as results remain,
 * cum_seq stays at the last one in it, so that HQ never moves on past an answer it has not seen.
 */
static unsigned ack_write(struct br_inbox *inbox, enum br_down which)
{
	const struct lane *lane = &inbox->lanes[which];
	struct br_json_out out;
	struct br_text results;
	size_t bytes = 0;
	unsigned n = 0;

	br_text_init(&results, ACK_BYTES_MAX + RESULT_BYTES_MAX);
	br_json_out_begin(&out, &results);
	br_json_out_array(&out, NULL);
	while (n < lane->result_n && bytes < ACK_BYTES_MAX - 2 * RESULT_BYTES_MAX) {
		result_write(&lane->results[n++], &out);
		br_assert(results.n - bytes <= RESULT_BYTES_MAX);
		bytes = results.n;
	}
	br_json_out_end(&out);
	br_text_clear(&inbox->text);
	br_json_out_begin(&out, &inbox->text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "ack");
	/* What a ledger answered that was replaced by a backup since is no answer of this one. */
	br_json_out_puts(&out, "epoch", br_core_epoch(inbox->core));
	br_json_out_puts(&out, "hq_epoch", inbox->epoch);
	br_json_out_puts(&out, "lane", br_down_words[which]);
	br_json_out_u64(
		&out, "cum_seq", n < lane->result_n ? lane->results[n - 1].hq_seq : lane->mark);
	br_json_out_raw(&out, "results", br_text_str(&results));
	br_json_out_end(&out);
	br_assert(n > 0 || lane->result_n == 0);
	if (br_text_error(&results) != 0)
		inbox->text.error = br_text_error(&results);
	br_text_finish(&results);
	return n;
}

static int lane_send(
	struct br_inbox *inbox, enum br_down which, const struct br_publisher *publisher)
{
	struct lane *lane = &inbox->lanes[which];

	while (lane->ack_wanted || lane->result_n > 0) {
		unsigned n = ack_write(inbox, which);
		int result = br_text_error(&inbox->text);

		br_assert(result != 0 || inbox->text.n <= ACK_BYTES_MAX);
		if (result == 0)
			result = publisher->publish(publisher->context, "backroom/up/ctl",
				br_text_str(&inbox->text), 1, false);
		if (result < 0)
			return result;
		br_assert(n <= lane->result_n);
		lane->ack_wanted = false;
		lane->result_n -= n;
		memmove(lane->results, lane->results + n,
			lane->result_n * sizeof(lane->results[0]));
	}
	return 0;
}

void br_inbox_turn_end(struct br_inbox *inbox)
{
	for (unsigned which = 0; which < BR_DOWN_N; which++)
		inbox->lanes[which].turn_n = 0;
}

int br_inbox_send(struct br_inbox *inbox, const struct br_publisher *publisher)
{
	/* Nothing is said about what is not durable, even if somebody calls too early. */
	if (br_core_figures(inbox->core).commits < inbox->commit_due)
		return 0;
	for (unsigned which = 0; which < BR_DOWN_N; which++) {
		int result = 0;

		if (inbox->epoch[0] != '\0')
			result = lane_send(inbox, which, publisher);
		if (result < 0)
			return result;
	}
	return 0;
}

static bool epoch_left(const struct br_inbox *inbox, const char *hq_epoch)
{
	for (unsigned i = 0; i < inbox->left_n; i++)
		if (strcmp(inbox->left[i], hq_epoch) == 0)
			return true;
	return false;
}

int br_inbox_epoch(struct br_inbox *inbox, const char *hq_epoch)
{
	br_assert(br_epoch_valid(br_str_from(hq_epoch)));
	if (strcmp(inbox->epoch, hq_epoch) == 0)
		return br_ordeal_expect(inbox->ordeal);
	if (epoch_left(inbox, hq_epoch))
		return BR_E_EXISTS;
	if (inbox->epoch[0] != '\0') {
		br_assert(br_epoch_valid(br_str_from(inbox->epoch)));
		if (inbox->left_n < LEFT_MAX)
			inbox->left_n++;
		memmove(inbox->left[1], inbox->left[0],
			(inbox->left_n - 1) * sizeof(inbox->left[0]));
		memcpy(inbox->left[0], inbox->epoch, sizeof(inbox->left[0]));
	}
	memcpy(inbox->epoch, hq_epoch, sizeof(inbox->epoch));
	inbox->generation++;
	for (unsigned which = 0; which < BR_DOWN_N; which++) {
		struct lane *lane = &inbox->lanes[which];
		int result;

		lane->mark = lane->head = 0;
		lane->result_n = 0;
		lane->ack_wanted = false;
		queue_clear(lane);
		result = mark_store(inbox, which);
		if (result < 0)
			return result;
	}
	invariant_check(inbox);
	return br_ordeal_expect(inbox->ordeal);
}

const char *br_inbox_epoch_known(const struct br_inbox *inbox)
{
	return inbox->epoch;
}

uint64_t br_inbox_mark(const struct br_inbox *inbox, enum br_down lane)
{
	br_assert(lane < BR_DOWN_N);
	return inbox->lanes[lane].mark;
}

uint64_t br_inbox_head(const struct br_inbox *inbox, enum br_down lane)
{
	const struct lane *at = &inbox->lanes[lane];

	br_assert(lane < BR_DOWN_N);
	return at->head > at->mark ? at->head : at->mark;
}

struct br_inbox_figures br_inbox_figures(const struct br_inbox *inbox)
{
	return inbox->figures;
}
