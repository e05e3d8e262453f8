#include "node/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/conflict.h"
#include "node/core_inside.h"
#include "node/correction.h"
#include "node/crypto.h"
#include "node/discretion.h"
#include "node/erasure.h"
#include "node/hlc.h"
#include "node/vouch.h"

/* A creator's clock may run ahead by this much; what claims more is taken as "now". */
#define HAPPENED_AHEAD_MS_MAX (5 * 60 * 1000)

/* What is stored under a command's id. */
struct answer_row {
	unsigned char body_hash[BR_BODY_HASH_BYTES];
	uint8_t outcome, refusal;
	uint64_t sequence;
	struct br_str message;
	struct br_str print; /* of what it says of a person: discretion.h */
};

static const struct br_field answer_fields[] = {
	BR_BYTES(answer_row, body_hash),
	BR_WORD(answer_row, outcome, br_outcome_words),
	BR_WORD(answer_row, refusal, br_refusal_words),
	BR_U64(answer_row, sequence, 0, 0),
	BR_TEXT(answer_row, message, 0, BR_MESSAGE_BYTES_MAX),
	BR_TEXT(answer_row, print, 0, BR_PRINT_BYTES),
};
static BR_DEFINE_SHAPE(answer_shape, answer_row, 1, answer_fields);

static void epoch_write(char ret_text[2 * BR_EPOCH_BYTES + 1], const void *bytes)
{
	for (size_t i = 0; i < BR_EPOCH_BYTES; i++)
		(void)snprintf(ret_text + 2 * i, 3, "%02x", ((const unsigned char *)bytes)[i]);
	br_assert(strlen(ret_text) == 2 * BR_EPOCH_BYTES);
}

static int epoch_make(struct br_core *core, struct br_txn *txn)
{
	unsigned char bytes[BR_EPOCH_BYTES];
	int result = br_random(bytes, sizeof(bytes));

	/* A ledger that holds events keeps its epoch until it is restored from a backup. */
	br_assert(core->head == 0);
	if (result < 0)
		return result;
	br_txn_put(
		txn, BR_TABLE_STATE, BR_STATE_EPOCH, (struct br_str){(char *)bytes, sizeof(bytes)});
	br_txn_put(txn, BR_TABLE_STATE, BR_STATE_CHAIN,
		(struct br_str){(char *)core->chain, sizeof(core->chain)});
	return 0;
}

static int since_load(struct br_core *core, struct br_txn *txn)
{
	struct br_str value;
	int result = br_txn_get(txn, BR_TABLE_STATE, BR_STATE_SINCE, &value);

	core->since = 1;
	if (result == BR_E_NOT_FOUND)
		return 0;
	if (result == 0 && (!br_key_take_u64(&value, &core->since) || core->since == 0))
		result = BR_E_CORRUPT;
	br_assert(core->since > 0);
	return result;
}

/*
 * What the next events go on from. A damaged last one says nothing: whoever reads it says so, and
 * the store works on.
 */
static void last_load(struct br_core *core, struct br_txn *txn)
{
	struct br_key key = br_key_of_u64(core->head);
	struct br_event last = {.hlc = 0};
	struct br_str bytes;
	uint64_t latest_ms, stamp;

	br_assert(core->txn == NULL && core->latest_ms == 0);
	if (br_txn_get(txn, BR_TABLE_JOURNAL, br_key_str(&key), &bytes) == 0 &&
		br_event_decode(core->head, bytes, &core->arena, &last) == 0) {
		core->latest_ms = last.recorded_ms;
		/* What came back, or did not, has the times of long ago. */
		if (last.origin == 0 && last.kind != BR_EVENT_EVENT_WITHDRAWN)
			core->hlc = last.hlc;
	}
	br_arena_reset(&core->arena);
	if (br_txn_get(txn, BR_TABLE_STATE, BR_STATE_LATEST, &bytes) == 0 &&
		br_key_take_u64(&bytes, &latest_ms) && latest_ms <= (uint64_t)BR_TIME_MAX_MS)
		core->latest_kept_ms = (int64_t)latest_ms;
	if (core->latest_kept_ms > core->latest_ms)
		core->latest_ms = core->latest_kept_ms;
	if (core->hlc == 0 && br_txn_get(txn, BR_TABLE_STATE, BR_STATE_STAMP, &bytes) == 0 &&
		br_key_take_u64(&bytes, &stamp))
		core->hlc = stamp;
}

/* Loads the head, the chain and the epoch; a new ledger gets them. */
static int core_load(struct br_core *core, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str value;
	int result = br_txn_begin(core->store, true, &txn);

	if (result < 0)
		return br_fault_set(fault, result, "cannot read the ledger");
	core->head = core->head_turn = br_journal_head(txn);
	last_load(core, txn);
	result = br_txn_get(txn, BR_TABLE_STATE, BR_STATE_EPOCH, &value);
	if (result == BR_E_NOT_FOUND && core->head == 0)
		result = epoch_make(core, txn);
	if (result == 0)
		result = br_txn_get(txn, BR_TABLE_STATE, BR_STATE_EPOCH, &value);
	if (result == 0 && value.n != BR_EPOCH_BYTES)
		result = BR_E_CORRUPT;
	if (result == 0)
		epoch_write(core->epoch, value.s);
	if (result == 0)
		result = since_load(core, txn);
	if (result == 0)
		result = br_txn_get(txn, BR_TABLE_STATE, BR_STATE_CHAIN, &value);
	if (result == 0 && value.n != sizeof(core->chain))
		result = BR_E_CORRUPT;
	if (result < 0)
		return br_fault_set(fault, result == BR_E_NOT_FOUND ? BR_E_CORRUPT : result,
			"the ledger's epoch or the head of its hash chain is damaged: run "
			"`backroom verify`, then restore a backup");
	br_assert(strlen(core->epoch) == 2 * BR_EPOCH_BYTES);
	memcpy(core->chain, value.s, sizeof(core->chain));
	result = br_txn_commit(BR_TAKE(txn));
	return result < 0 ? br_fault_set(fault, result, "cannot write the ledger") : 0;
}

int br_core_create(struct br_store *store, struct br_keys *keys, struct br_core **ret_core,
	struct br_fault *fault)
{
	BR_CLEANUP(br_core_cleanup) struct br_core *core = calloc(1, sizeof(*core));
	int result;

	br_assert(store != NULL);
	if (core == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	core->store = store;
	core->keys = keys;
	br_arena_init(&core->arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_text_init(&core->record, 2 * BR_RECORD_BYTES_MAX);
	core->pending = calloc(BR_TURN_COMMANDS_MAX, sizeof(*core->pending));
	if (core->pending == NULL || br_erasures_init(&core->erasures, keys) < 0)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	result = core_load(core, fault);
	if (result == 0 && keys != NULL)
		result = br_erasures_continue(&core->erasures, store, &core->arena, fault);
	if (result == 0)
		*ret_core = BR_TAKE(core);
	return result;
}

void br_core_destroy(struct br_core *core)
{
	if (core == NULL)
		return;
	br_txn_abort(core->txn);
	if (core->keys != NULL)
		br_keys_abort(core->keys);
	br_arena_finish(&core->arena);
	br_text_finish(&core->record);
	free(core->pending);
	br_erasures_finish(&core->erasures);
	free(core);
}

struct br_txn *br_core_txn(struct br_core *core)
{
	if (core->txn == NULL && core->error == 0)
		core->error = br_txn_begin(core->store, true, &core->txn);
	br_assert(core->error <= 0);
	return core->error == 0 ? core->txn : NULL;
}

static struct br_key command_key(const struct br_command *command)
{
	struct br_key key = br_key_of_str(command->actor);

	br_key_add_str(&key, command->id);
	return key;
}

static int answer_read(
	struct br_txn *txn, const struct answer_row *row, struct br_answer *ret_answer)
{
	struct br_answer answer = {
		.outcome = row->outcome, .refusal = row->refusal, .sequence = row->sequence};

	br_assert(row->message.n <= BR_MESSAGE_BYTES_MAX);
	if (!br_str_copy(row->message, answer.message, sizeof(answer.message)))
		return br_txn_fail(txn, BR_E_CORRUPT);
	*ret_answer = answer;
	return 0;
}

int br_core_answer_find(struct br_txn *txn, struct br_str actor, struct br_str id,
	struct br_arena *arena, struct br_answer *ret_answer)
{
	struct br_key key = br_key_of_str(actor);
	struct answer_row row;
	int result;

	br_assert(actor.n > 0 && id.n > 0);
	br_key_add_str(&key, id);
	result = br_row_get(txn, BR_TABLE_COMMAND, br_key_str(&key), &answer_shape, arena, &row);
	return result < 0 ? result : answer_read(txn, &row, ret_answer);
}

/*
 * Its events came back from HQ, or it was refused unread: what the command's body was, nobody
 * knows.
 */
static bool answer_recovered(const struct answer_row *row)
{
	static const unsigned char none[BR_BODY_HASH_BYTES];

	br_assert(row != NULL);
	return memcmp(row->body_hash, none, sizeof(none)) == 0;
}

/* 1 and the answer when the command was seen before, else 0 or an error. */
static int answer_known(struct br_core *core, const struct br_command *command,
	const unsigned char hash[BR_BODY_HASH_BYTES], struct br_answer *ret_answer)
{
	struct br_key key = command_key(command);
	struct answer_row row;
	int result = br_row_get(
		core->txn, BR_TABLE_COMMAND, br_key_str(&key), &answer_shape, &core->arena, &row);

	br_assert(core->txn != NULL);
	if (result == BR_E_NOT_FOUND)
		return 0;
	if (result < 0)
		return result;
	result = 1;
	if (!answer_recovered(&row))
		result = memcmp(row.body_hash, hash, BR_BODY_HASH_BYTES) != 0
				 ? 0
				 : br_discretion_same(core->keys, command, row.print);
	if (result < 0)
		return result;
	if (result == 0) {
		core->figures.conflicts++;
		br_answer_refuse(ret_answer, BR_OUTCOME_CONFLICT, BR_REFUSAL_CONFLICT,
			"this id came before with another body: send a changed command under a "
			"new id");
		ret_answer->sequence = row.sequence;
		return 1;
	}
	core->figures.repeated++;
	result = answer_read(core->txn, &row, ret_answer);
	return result < 0 ? result : 1;
}

static void answer_store(struct br_core *core, const struct br_command *command,
	const unsigned char hash[BR_BODY_HASH_BYTES], const struct br_discreet *discretion,
	const struct br_answer *answer)
{
	struct br_key key = command_key(command);
	struct answer_row row = {
		.outcome = (uint8_t)answer->outcome,
		.refusal = (uint8_t)answer->refusal,
		.sequence = answer->sequence,
		.message = br_str_from(answer->message),
		.print = {(const char *)discretion->print, discretion->print_n},
	};

	/* Only decisions are final: "busy" and "conflict" may turn out otherwise next time. */
	br_assert(answer->outcome == BR_OUTCOME_ACCEPTED || answer->outcome == BR_OUTCOME_REFUSED);
	memcpy(row.body_hash, hash, sizeof(row.body_hash));
	br_row_put(core->txn, BR_TABLE_COMMAND, br_key_str(&key), &answer_shape, &row);
}

static void chain_extend(struct br_core *core)
{
	struct br_key key = br_key_of_u64(core->head_turn);

	br_assert(core->head_turn > core->head && core->record.n > 0);
	br_sha256_two(
		core->chain, sizeof(core->chain), core->record.bytes, core->record.n, core->chain);
	if (core->head_turn % BR_SEAL_INTERVAL == 0)
		br_txn_put(core->txn, BR_TABLE_SEAL, br_key_str(&key),
			(struct br_str){(char *)core->chain, sizeof(core->chain)});
}

void br_core_append(struct br_core *core, struct br_event event)
{
	struct br_key key;
	int result;

	event.sequence = ++core->head_turn;
	/* What comes back from HQ has a stamp already. */
	core->hlc_old |= event.hlc != 0 || event.kind == BR_EVENT_EVENT_WITHDRAWN;
	if (event.hlc == 0)
		event.hlc = core->hlc = br_hlc_tick(core->hlc, event.recorded_ms);
	key = br_key_of_u64(event.sequence);
	br_assert(core->txn != NULL && event.sequence > core->head);
	br_text_clear(&core->record);
	br_event_encode(&event, &core->record);
	result = br_text_error(&core->record);
	if (result == 0)
		result = br_event_decode(
			event.sequence, br_text_str(&core->record), &core->arena, &event);
	if (result < 0) {
		(void)br_txn_fail(core->txn, result);
		return;
	}
	br_txn_append(core->txn, BR_TABLE_JOURNAL, br_key_str(&key), br_text_str(&core->record));
	br_event_apply(core->txn, &event, &core->arena);
	chain_extend(core);
	if (event.recorded_ms > core->latest_ms || event.kind == BR_EVENT_CLOCK_CORRECTED)
		core->latest_ms = event.recorded_ms;
	core->figures.events++;
	if (event.kind == BR_EVENT_CUSTOMER_ERASED)
		br_erasures_add(&core->erasures, &event);
	/* What comes back from HQ says what time it was then. */
	if (event.kind == BR_EVENT_CLOCK_VOUCHED && event.origin == 0)
		core->vouched_ms = ((const struct br_vouched *)event.body)->time_ms;
}

/* How many of the events behind this one HQ gets: so that it is known where a command ends. */
static uint32_t emitted_left(const struct br_emitted *emitted)
{
	uint32_t left = 0;

	br_assert(emitted != NULL);
	for (emitted = emitted->next; emitted != NULL; emitted = emitted->next)
		left += br_event_types[emitted->kind].lane != BR_LANE_NONE;
	return left;
}

static void event_write(
	struct br_core *core, const struct br_command *command, const struct br_emitted *emitted)
{
	br_assert(emitted->kind < BR_EVENT_N && command->id.n > 0);
	br_core_append(core, (struct br_event){
				     .kind = emitted->kind,
				     .left = emitted_left(emitted),
				     .happened_ms = command->happened_ms,
				     .recorded_ms = command->now_ms,
				     .command = command->id,
				     .actor = command->actor,
				     .body = emitted->body,
			     });
}

/*
 * All of a command's events are encoded before the first write, because their texts may point into
 * the store. Writing them one by one keeps that promise as long as the emitted bodies do not: so
 * the bodies are first brought into the arena by a round through their records.
 */
static int emitted_settle(struct br_core *core, struct br_emitted *first)
{
	for (struct br_emitted *emitted = first; emitted != NULL; emitted = emitted->next) {
		const struct br_shape *shape = br_event_types[emitted->kind].shape;
		void *body = br_arena_take(&core->arena, shape->size);
		char *copy;
		int result;

		br_assert(emitted->kind < BR_EVENT_N);
		br_text_clear(&core->record);
		br_record_encode(shape, emitted->body, &core->record);
		result = br_text_error(&core->record);
		copy = result == 0 ? br_arena_take(&core->arena, core->record.n) : NULL;
		if (body == NULL || copy == NULL)
			return result < 0 ? result : BR_E_MEMORY;
		memcpy(copy, core->record.bytes, core->record.n);
		result = br_record_decode(
			shape, (struct br_str){copy, core->record.n}, &core->arena, body);
		if (result < 0)
			return result;
		emitted->body = body;
	}
	return 0;
}

/* Decides a command that was not seen before. */
static int command_decide(
	struct br_core *core, const struct br_command *command, struct br_answer *ret_answer)
{
	struct br_decision decision = {
		.txn = core->txn,
		.command = command,
		.arena = &core->arena,
		.answer = ret_answer,
		.secret = br_keys_secret(core->keys),
	};
	struct br_time_state time;
	int result;

	if (command->type->timed && core->clock.state != NULL) {
		core->clock.state(core->clock.owner, &time);
		decision.time = &time;
	}
	decision.end = &decision.first;
	*ret_answer = (struct br_answer){.outcome = BR_OUTCOME_ACCEPTED};
	result = command->type->decide(&decision, command->body);
	br_assert(result <= BR_DECIDED_NO_BUT);
	br_assert((result > 0) == (ret_answer->refusal != BR_REFUSAL_NONE));
	core->figures.refused += result > 0;
	if (result == BR_DECIDED_NO)
		return 0;
	if (result >= 0)
		result = emitted_settle(core, decision.first);
	if (result < 0)
		return br_txn_fail(core->txn, result);
	ret_answer->sequence = decision.first != NULL ? core->head_turn + 1 : 0;
	for (const struct br_emitted *e = decision.first; e != NULL; e = e->next)
		event_write(core, command, e);
	return br_txn_error(core->txn);
}

/* Journals a conflict, once for each id: a sender that repeats it must not fill the disk. */
static void conflict_report(struct br_core *core, const struct br_command *command, uint64_t first)
{
	struct br_conflict conflict = {
		.command = command->id,
		.actor = command->actor,
		.type = br_str_from(command->type->name),
		.first = first,
	};
	struct br_emitted emitted = {.kind = BR_EVENT_COMMAND_CONFLICTED, .body = &conflict};

	br_assert(core->txn != NULL);
	if (core->shed == BR_SHED_NOTHING &&
		!br_conflict_known(core->txn, command->actor, command->id))
		event_write(core, command, &emitted);
}

/* Decides with what the command says of a person sealed, and keeps the answer. */
static int command_keep(struct br_core *core, const struct br_command *command,
	const unsigned char hash[BR_BODY_HASH_BYTES], struct br_answer *ret_answer)
{
	struct br_discretion_world world = {core->keys, core->txn, &core->arena, core->head_turn,
		br_erasures_of, &core->erasures};
	struct br_command sealed = *command;
	struct br_discreet discretion;
	int result = br_discretion_seal(&world, command, &discretion);

	if (result < 0)
		return br_txn_fail(core->txn, result);
	sealed.body = discretion.body;
	result = command_decide(core, &sealed, ret_answer);
	if (result == 0)
		result = br_discretion_end(&world, command, ret_answer->sequence > 0, &discretion);
	if (result < 0)
		return br_txn_fail(core->txn, result);
	br_assert(ret_answer->outcome <= BR_OUTCOME_REFUSED);
	answer_store(core, command, hash, &discretion, ret_answer);
	return br_txn_error(core->txn);
}

/* Decides inside the open turn, or gives the first answer again. */
static int command_answer(
	struct br_core *core, const struct br_command *given, struct br_answer *ret_answer)
{
	unsigned char hash[BR_BODY_HASH_BYTES];
	struct br_command command = *given;
	int result;

	br_assert(core->txn != NULL);
	if (command.happened_ms <= 0 ||
		command.happened_ms > command.now_ms + HAPPENED_AHEAD_MS_MAX)
		command.happened_ms = command.now_ms;
	result = br_discretion_hash(&command, &core->arena, hash);
	if (result < 0)
		return result;
	result = answer_known(core, &command, hash, ret_answer);
	if (result > 0 && ret_answer->outcome == BR_OUTCOME_CONFLICT)
		conflict_report(core, &command, ret_answer->sequence);
	if (result != 0)
		return result < 0 ? result : br_txn_error(core->txn);
	if (br_core_sheds(core, command.type)) {
		br_answer_refuse(ret_answer, BR_OUTCOME_BUSY, BR_REFUSAL_STORE_FULL,
			core->shed == BR_SHED_ALL
				? "the node's disk is full: free some space, then send it again"
				: "the node's disk fills up: only sales and orders are taken now");
		return 0;
	}
	return command_keep(core, &command, hash, ret_answer);
}

int br_core_submit(
	struct br_core *core, const struct br_command *command, const struct br_ticket *ticket)
{
	struct br_answer answer;
	int result;

	br_assert(core->turn_n <= BR_TURN_COMMANDS_MAX);
	br_assert(command->id.n > 0 && command->actor.n > 0);
	if (core->turn_n == BR_TURN_COMMANDS_MAX) {
		br_answer_refuse(&answer, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY,
			"too many commands at once: send it again");
		br_assert(core->pending_n <= core->turn_n);
		if (ticket != NULL)
			ticket->deliver(ticket->owner, ticket, &answer);
		return 0;
	}
	if (br_core_txn(core) == NULL)
		return core->error;
	br_arena_reset(&core->arena);
	result = command_answer(core, command, &answer);
	if (result < 0)
		return core->error = result;
	core->turn_n++;
	core->figures.commands += answer.outcome != BR_OUTCOME_BUSY;
	if (ticket != NULL)
		core->pending[core->pending_n++] = (struct br_core_pending){*ticket, answer};
	return 0;
}

int br_core_refuse(struct br_core *core, struct br_str actor, enum br_refusal refusal,
	const char *message, const struct br_ticket *ticket)
{
	static const unsigned char none[BR_BODY_HASH_BYTES];
	struct br_command command = {.actor = actor, .id = br_str_from(ticket->command)};
	struct br_answer answer;
	int result;

	br_assert(command.id.n > 0 && core->turn_n < BR_TURN_COMMANDS_MAX);
	if (br_core_txn(core) == NULL)
		return core->error;
	br_arena_reset(&core->arena);
	result = br_core_answer_find(core->txn, actor, command.id, &core->arena, &answer);
	if (result == BR_E_NOT_FOUND) {
		br_answer_refuse(&answer, BR_OUTCOME_REFUSED, refusal, message);
		answer_store(core, &command, none, &(struct br_discreet){.print_n = 0}, &answer);
		core->figures.refused++;
		result = br_txn_error(core->txn);
	}
	if (result < 0)
		return core->error = result;
	core->turn_n++;
	core->figures.commands++;
	core->pending[core->pending_n++] = (struct br_core_pending){*ticket, answer};
	return 0;
}

int br_core_renew(struct br_core *core, uint64_t given, int64_t now_ms)
{
	uint64_t since = br_hole_since(core->head > given ? core->head : given, now_ms);
	struct br_restored restored = {.head = core->head};
	char bytes[BR_EPOCH_BYTES], previous[sizeof(core->epoch)], epoch[sizeof(core->epoch)];
	struct br_key key = br_key_of_u64(since);
	int result = br_random(bytes, sizeof(bytes));

	br_assert(core->txn == NULL && core->turn_n == 0);
	if (result < 0 || br_core_txn(core) == NULL)
		return result < 0 ? result : core->error;
	memcpy(previous, core->epoch, sizeof(previous));
	epoch_write(epoch, bytes);
	restored.previous = br_str_from(previous);
	restored.epoch = br_str_from(epoch);
	br_txn_put(
		core->txn, BR_TABLE_STATE, BR_STATE_EPOCH, (struct br_str){bytes, sizeof(bytes)});
	br_txn_put(core->txn, BR_TABLE_STATE, BR_STATE_SINCE, br_key_str(&key));
	core->head_turn = since - 1;
	br_core_append(core, (struct br_event){
				     .kind = BR_EVENT_STORE_RESTORED,
				     .happened_ms = now_ms,
				     .recorded_ms = now_ms,
				     .command = restored.epoch,
				     .actor = BR_STR("restore"),
				     .body = &restored,
			     });
	result = br_core_commit(core);
	if (result < 0)
		return result;
	memcpy(core->epoch, epoch, sizeof(core->epoch));
	core->since = since;
	return 0;
}

bool br_core_origin_repeated(struct br_core *core, const struct br_event *event)
{
	struct br_command command = {.actor = event->actor, .id = event->command};
	struct br_key key = command_key(&command);
	struct answer_row row;

	br_assert(event->actor.n > 0 && event->command.n > 0);
	return br_row_get(core->txn, BR_TABLE_COMMAND, br_key_str(&key), &answer_shape,
		       &core->arena, &row) == 0 &&
	       !answer_recovered(&row);
}

void br_core_origin_answer(struct br_core *core, const struct br_event *event)
{
	static const unsigned char none[BR_BODY_HASH_BYTES];
	struct br_command command = {.actor = event->actor, .id = event->command};
	struct br_answer answer = {.outcome = BR_OUTCOME_ACCEPTED, .sequence = core->head_turn + 1};
	struct br_key key = command_key(&command);

	br_assert(event->sequence > 0);
	if (!br_txn_has(core->txn, BR_TABLE_COMMAND, br_key_str(&key)))
		answer_store(core, &command, none, &(struct br_discreet){.print_n = 0}, &answer);
}

int br_core_cursor(struct br_core *core, struct br_str name, uint64_t sequence)
{
	br_assert(name.n > 0);
	if (br_core_txn(core) == NULL)
		return core->error;
	br_assert(sequence >= br_cursor_get(core->txn, name));
	br_cursor_put(core->txn, name, sequence);
	return br_txn_error(core->txn);
}

/*
 * What the journal's last event does not say by itself. Not with every commit: on a minute more or
 * less nothing depends.
 */
static void latest_keep(struct br_core *core)
{
	struct br_key latest = br_key_of_u64((uint64_t)core->latest_ms);
	struct br_key stamp = br_key_of_u64(core->hlc);

	br_assert(core->latest_ms >= 0 && core->txn != NULL);
	if (core->hlc_old)
		br_txn_put(core->txn, BR_TABLE_STATE, BR_STATE_STAMP, br_key_str(&stamp));
	core->hlc_old = false;
	if (core->latest_ms >= core->latest_kept_ms &&
		core->latest_ms < core->latest_kept_ms + BR_CORRECTION_STEP_MS)
		return;
	br_txn_put(core->txn, BR_TABLE_STATE, BR_STATE_LATEST, br_key_str(&latest));
	core->latest_kept_ms = core->latest_ms;
}

int br_core_commit(struct br_core *core)
{
	bool grown = core->head_turn > core->head;
	int result;

	br_assert(core->head_turn >= core->head);
	br_assert(core->pending_n <= BR_TURN_COMMANDS_MAX);
	/* Whoever ignored the failure of a command relies on the commit to tell it. */
	if (core->error < 0)
		return core->error;
	if (core->txn == NULL)
		return 0;
	if (grown)
		br_txn_put(core->txn, BR_TABLE_STATE, BR_STATE_CHAIN,
			(struct br_str){(char *)core->chain, sizeof(core->chain)});
	latest_keep(core);
	/* First the keys: what is sealed with a key that is lost is lost. */
	result = core->keys != NULL ? br_keys_commit(core->keys) : 0;
	if (result == 0)
		result = br_txn_commit(BR_TAKE(core->txn));
	/* And last the erasures: no answer says "erased" while the key can still be found. */
	if (result == 0)
		result = br_erasures_commit(&core->erasures, core->head_turn, NULL);
	if (result < 0)
		return core->error = result;
	core->figures.commits++;
	core->head = core->head_turn;
	core->turn_n = 0;
	br_assert(core->txn == NULL);
	if (core->vouched_ms > 0 && core->clock.vouched != NULL)
		core->clock.vouched(core->clock.owner, core->vouched_ms);
	core->vouched_ms = 0;
	for (unsigned i = 0; i < core->pending_n; i++)
		core->pending[i].ticket.deliver(core->pending[i].ticket.owner,
			&core->pending[i].ticket, &core->pending[i].answer);
	core->pending_n = 0;
	for (unsigned i = 0; i < core->listener_n && grown; i++)
		core->listeners[i].committed(core->listeners[i].owner, core->head);
	return 0;
}

struct br_keys *br_core_keys(struct br_core *core)
{
	br_assert(core->keys != NULL);
	return core->keys;
}

unsigned br_core_turn_n(const struct br_core *core)
{
	return core->turn_n;
}

bool br_core_open(const struct br_core *core)
{
	return core->txn != NULL;
}

void br_core_listen(struct br_core *core, struct br_core_listener listener)
{
	br_assert(listener.committed != NULL);
	br_assert(core->listener_n < BR_CORE_LISTENERS_MAX);
	core->listeners[core->listener_n++] = listener;
}

void br_core_clock_set(struct br_core *core, struct br_core_clock clock)
{
	br_assert(core->clock.state == NULL);
	br_assert(clock.state != NULL && clock.vouched != NULL);
	core->clock = clock;
}

uint64_t br_core_head(const struct br_core *core)
{
	br_assert(core->head <= core->head_turn);
	return core->head;
}

bool br_core_hear(struct br_core *core, uint64_t stamp, int64_t now_ms)
{
	br_assert(now_ms >= 0);
	core->hlc = br_hlc_hear(core->hlc, stamp, now_ms);
	return !br_hlc_ahead(stamp, now_ms);
}

uint64_t br_core_stamp(struct br_core *core, int64_t now_ms)
{
	br_assert(now_ms >= 0);
	core->hlc = br_hlc_tick(core->hlc, now_ms);
	return core->hlc;
}

int64_t br_core_latest_ms(const struct br_core *core)
{
	br_assert(core->latest_ms >= 0);
	return core->latest_ms;
}

uint64_t br_core_since(const struct br_core *core)
{
	br_assert(core->since > 0);
	return core->since;
}

const char *br_core_epoch(const struct br_core *core)
{
	br_assert(core->epoch[0] != '\0');
	return core->epoch;
}

void br_core_shed(struct br_core *core, enum br_shed shed)
{
	br_assert(shed <= BR_SHED_ALL);
	core->shed = shed;
}

bool br_core_sheds(const struct br_core *core, const struct br_command_type *type)
{
	br_assert(core->shed <= BR_SHED_ALL);
	return core->shed == BR_SHED_ALL || (core->shed == BR_SHED_MOST && type->sheds);
}

struct br_core_figures br_core_figures(const struct br_core *core)
{
	return core->figures;
}
