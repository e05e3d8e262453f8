#include "node/till.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/log.h"
#include "node/metrics.h"
#include "node/person.h"
#include "node/till_look.h"
#include "node/till_reply.h"

#define TOPIC_PREFIX "backroom/v1/till/"
#define TOPIC_SUFFIX "/request"

struct br_till {
	struct br_core *core;	/* borrowed */
	struct br_store *store; /* borrowed */
	struct br_publisher publisher;
	const struct br_clock *clock;
	const char *currency;
	struct br_arena arena;	     /* of the request at hand */
	struct br_arena reply_arena; /* of the reply to another one */
	struct br_text reply;
};

static void reply_send(struct br_till *till, const char *name)
{
	char topic[sizeof(TOPIC_PREFIX) + BR_WORD_BYTES_MAX + sizeof("/reply")];

	br_assert(name[0] != '\0');
	(void)snprintf(topic, sizeof(topic), TOPIC_PREFIX "%s/reply", name);
	br_assert(br_text_error(&till->reply) == 0);
	/* A reply that cannot leave is asked for again by the till, with the same id. */
	(void)!till->publisher.publish(
		till->publisher.context, topic, br_text_str(&till->reply), 1, false);
}

static void reply_refuse(struct br_till *till, const char *name, struct br_str id,
	enum br_refusal refusal, const char *message)
{
	struct br_json_out out;

	br_text_clear(&till->reply);
	br_json_out_begin(&out, &till->reply);
	br_till_reply_refuse(&out, id, BR_OUTCOME_REFUSED, refusal, message);
	reply_send(till, name);
}

/* The ticket carries what the reply says: lines in `count`, the total in `figure`, the rest here.
 */
static uint64_t asked_pack(const struct br_till_asked *asked)
{
	return (uint64_t)asked->type << 1 | asked->charged;
}

static struct br_till_asked asked_unpack(const struct br_ticket *ticket)
{
	br_assert(ticket->number >> 1 < BR_TILL_TYPE_N);
	return (struct br_till_asked){
		.type = (uint8_t)(ticket->number >> 1),
		.charged = (ticket->number & 1) != 0,
		.line_n = ticket->count,
		.total = ticket->figure,
	};
}

/* After the commit. */
static void answer_deliver(
	void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct br_till_asked asked = asked_unpack(ticket);
	struct br_till *till = owner;
	struct br_json_out out;

	br_assert(ticket->address[0] != '\0' && ticket->command[0] != '\0');
	if (answer->outcome == BR_OUTCOME_BUSY)
		br_metric_add(BR_METRIC_COMMANDS_BUSY, 1);
	br_text_clear(&till->reply);
	br_json_out_begin(&out, &till->reply);
	br_till_reply_answer(&out, br_str_from(ticket->command), &asked, answer, till->store,
		till->currency, &till->reply_arena);
	reply_send(till, ticket->address);
}

/* A store that cannot be read is no answer to the till's question: it gets none and asks again. */
static void request_look(
	struct br_till *till, const char *name, const struct br_till_request *request)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(till->store, false, &txn);
	struct br_till_view view = {
		.txn = txn,
		.now_ms = till->clock->wall_ms(till->clock->context),
		.currency = till->currency,
		.arena = &till->arena,
		.opener = br_person_opener(br_core_keys(till->core)),
	};

	br_assert(br_till_request_looks(request));
	br_text_clear(&till->reply);
	if (result == 0)
		result = br_till_look(&view, name, request, &till->reply);
	if (result == 0)
		result = br_text_error(&till->reply);
	if (result == 0)
		reply_send(till, name);
	else
		br_log(BR_LOG_ERR, "till", "%s asks for a %s, the ledger cannot be read (%s)", name,
			br_till_type_words[request->type], br_error_text(result));
}

/* Submits what the request means; the reply leaves after the commit. */
static void request_submit(
	struct br_till *till, const char *name, const struct br_till_request *request)
{
	struct br_till_asked asked = br_till_request_asked(request);
	char actor[BR_TILL_ACTOR_BYTES];
	struct br_command command = {.now_ms = till->clock->wall_ms(till->clock->context)};
	struct br_ticket ticket = {
		.deliver = answer_deliver,
		.owner = till,
		.number = asked_pack(&asked),
		.count = asked.line_n,
		.figure = asked.total,
	};
	bool copied;

	br_assert(!br_till_request_looks(request));
	if (br_till_request_command(request, name, till->currency, &till->arena, &command) < 0) {
		reply_refuse(till, name, request->id, BR_REFUSAL_TOO_LARGE,
			"needs more memory than one request may");
		return;
	}
	br_till_actor(name, actor);
	command.actor = br_str_from(actor);
	copied = br_str_copy(request->id, ticket.command, sizeof(ticket.command)) &&
		 br_str_copy(br_str_from(name), ticket.address, sizeof(ticket.address));
	br_assert(copied);
	/* A failure stays with the turn, whose commit returns it and ends the process. */
	if (br_core_submit(till->core, &command, &ticket) < 0)
		return;
}

/* The till's name out of the topic; false when it is none. */
static bool name_read(struct br_str topic, char name[BR_WORD_BYTES_MAX + 1])
{
	struct br_str text = topic;

	if (topic.n < sizeof(TOPIC_PREFIX) + sizeof(TOPIC_SUFFIX) - 1)
		return false;
	text.s += sizeof(TOPIC_PREFIX) - 1;
	text.n -= sizeof(TOPIC_PREFIX) + sizeof(TOPIC_SUFFIX) - 2;
	br_assert(text.n > 0 && text.n < topic.n);
	return br_till_name_valid(text) && br_str_copy(text, name, BR_WORD_BYTES_MAX + 1);
}

void br_till_message(void *owner, const struct br_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_till *till = owner;
	char name[BR_WORD_BYTES_MAX + 1];
	struct br_till_request request;
	struct br_fault fault;

	/* A till's name is made of what a topic may carry; another topic has nobody to answer. */
	if (!name_read(message->topic, name)) {
		br_metric_add(BR_METRIC_TILL_MALFORMED, 1);
		return;
	}
	if (message->payload.n > BR_TILL_MESSAGE_BYTES_MAX) {
		reply_refuse(till, name, (struct br_str){NULL, 0}, BR_REFUSAL_TOO_LARGE,
			"the message is over 256 KiB: split the sale");
		return;
	}
	br_arena_reset(&till->arena);
	if (br_json_parse(message->payload, &root, &fault) < 0)
		reply_refuse(
			till, name, (struct br_str){NULL, 0}, BR_REFUSAL_MALFORMED, fault.text);
	else if (br_till_request_read(root, &till->arena, &request, &fault) < 0)
		reply_refuse(
			till, name, br_till_request_id(root), BR_REFUSAL_MALFORMED, fault.text);
	else if (br_till_request_looks(&request))
		request_look(till, name, &request);
	else
		request_submit(till, name, &request);
}

int br_till_create(struct br_core *core, struct br_store *store, struct br_publisher publisher,
	const struct br_clock *clock, const char *currency, struct br_till **ret_till)
{
	struct br_till *till = calloc(1, sizeof(*till));

	br_assert(publisher.publish != NULL);
	if (till == NULL)
		return BR_E_MEMORY;
	till->core = core;
	till->store = store;
	till->publisher = publisher;
	till->clock = clock;
	till->currency = currency;
	br_arena_init(&till->arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_arena_init(&till->reply_arena, BR_COMMAND_ARENA_BYTES_MAX);
	br_text_init(&till->reply, BR_TILL_REPLY_BYTES_MAX);
	*ret_till = till;
	return 0;
}

void br_till_destroy(struct br_till *till)
{
	if (till == NULL)
		return;
	br_arena_finish(&till->arena);
	br_arena_finish(&till->reply_arena);
	br_text_finish(&till->reply);
	free(till);
}
