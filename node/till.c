#include "node/till.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/log.h"
#include "node/metrics.h"
#include "node/price.h"
#include "node/product.h"
#include "node/rules.h"
#include "node/sale.h"
#include "node/stock.h"

#define TOPIC_PREFIX "backroom/v1/till/"
#define TOPIC_SUFFIX "/request"
#define REPLY_BYTES_MAX 2048
#define ACTOR_PREFIX "till/"

struct br_till {
	struct br_core *core;	/* borrowed */
	struct br_store *store; /* borrowed */
	struct br_publisher publisher;
	const struct br_clock *clock;
	const char *currency;
	struct br_arena arena;
	struct br_text reply;
};

enum till_type { TILL_SALE, TILL_RETURN, TILL_ADJUST, TILL_PRICE };
static const char *const type_words[] = {"sale", "return", "adjust", "price", NULL};

/* Everything a till may send; which members a type needs is checked in request_refuse(). */
struct till_request {
	struct br_str id;
	uint8_t type;
	int64_t happened;
	struct br_str currency;
	struct br_list lines; /* of struct br_sale_line */
	int64_t total;
	struct br_str barcode;
	int64_t quantity;
	struct br_str reason;
};

static const struct br_field request_fields[] = {
	BR_MUST_TEXT(till_request, id, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(till_request, type, type_words),
	BR_TIME(till_request, happened),
	BR_TEXT_RULED(till_request, currency, 0, 3, &br_rule_currency),
	BR_LIST(till_request, lines, 0, BR_SALE_LINES_MAX, &br_sale_line_shape),
	BR_MILLI(till_request, total, 0, INT64_MAX),
	BR_TEXT(till_request, barcode, 0, 14),
	BR_MILLI(till_request, quantity, -BR_QUANTITY_MAX, BR_QUANTITY_MAX),
	BR_TEXT(till_request, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_till_request_shape, till_request, 1, request_fields);

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
	struct br_answer answer;
	struct br_json_out out;

	br_assert(id.n <= BR_ID_BYTES_MAX);
	br_answer_refuse(&answer, BR_OUTCOME_REFUSED, refusal, message);
	br_text_clear(&till->reply);
	br_json_out_begin(&out, &till->reply);
	br_answer_to_json(&answer, id, &out, NULL);
	reply_send(till, name);
	if (refusal == BR_REFUSAL_MALFORMED || refusal == BR_REFUSAL_TOO_LARGE)
		br_metric_add(BR_METRIC_TILL_MALFORMED, 1);
}

/* After the commit. The ticket carries the sale's lines and total. */
static void answer_deliver(
	void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct br_till *till = owner;
	struct br_json_out out;

	br_assert(ticket->address[0] != '\0' && ticket->command[0] != '\0');
	if (answer->outcome == BR_OUTCOME_BUSY)
		br_metric_add(BR_METRIC_COMMANDS_BUSY, 1);
	br_text_clear(&till->reply);
	br_json_out_begin(&out, &till->reply);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "id", ticket->command);
	br_json_out_puts(&out, "outcome", br_outcome_words[answer->outcome]);
	if (answer->sequence > 0)
		br_json_out_u64(&out, "sequence", answer->sequence);
	if (answer->refusal != BR_REFUSAL_NONE) {
		br_json_out_puts(&out, "code", br_refusal_words[answer->refusal]);
		br_json_out_puts(&out, "message", answer->message);
	} else if (ticket->count > 0) {
		br_json_out_u64(&out, "lines", ticket->count);
		br_json_out_milli(&out, "total", ticket->figure);
	}
	br_json_out_end(&out);
	reply_send(till, ticket->address);
}

/* Says what is missing for the request's type; NULL when nothing is. */
static const char *request_missing(const struct till_request *request)
{
	br_assert(request->type <= TILL_PRICE);
	switch (request->type) {
	case TILL_SALE:
	case TILL_RETURN:
		return request->lines.n == 0 ? "lines: is missing, a sale has at least one" : NULL;
	case TILL_ADJUST:
		if (request->quantity == 0)
			return "quantity: is missing or 0, an adjustment changes something";
		return request->barcode.n == 0 ? "barcode: is missing" : NULL;
	default:
		return request->barcode.n == 0 ? "barcode: is missing" : NULL;
	}
}

/* Writes what is known of the product; false when the store failed in between. */
static bool price_write(
	struct br_till *till, struct br_txn *txn, struct br_str sku, struct br_json_out *out)
{
	struct br_price_quote quote =
		br_price_at(txn, sku, till->clock->wall_ms(till->clock->context), &till->arena);
	struct br_stock stock = br_stock_get(txn, sku);
	struct br_product product;

	if (br_product_get(txn, sku, &till->arena, &product) < 0 || br_txn_error(txn) < 0)
		return false;
	br_json_out_puts(out, "outcome", "found");
	br_json_out_string(out, "sku", product.sku);
	br_json_out_string(out, "name", product.name);
	if (quote.known) {
		br_json_out_milli(out, "price", quote.amount);
		br_json_out_puts(out, "currency", quote.currency);
		if (quote.promotion)
			br_json_out_milli(out, "regular_price", quote.regular);
		if (product.content > 0) {
			br_json_out_milli(out, "unit_price",
				br_price_per_unit(quote.amount, product.content));
			br_json_out_puts(
				out, "unit_price_base", br_unit_words[product.content_unit]);
		}
	}
	br_json_out_milli(out, "on_hand", br_stock_on_hand(&stock));
	return true;
}

static void price_reply(struct br_till *till, const char *name, const struct till_request *request,
	struct br_txn *txn, struct br_str sku)
{
	struct br_json_out out;

	br_assert(sku.n > 0);
	br_assert(request->type == TILL_PRICE);
	br_text_clear(&till->reply);
	br_json_out_begin(&out, &till->reply);
	br_json_out_object(&out, NULL);
	br_json_out_string(&out, "id", request->id);
	if (!price_write(till, txn, sku, &out))
		return;
	br_json_out_end(&out);
	reply_send(till, name);
}

/*
 * A look-up: answered from what is committed, changes nothing. A store that cannot be read is no
 * answer to the till's question: it gets none and asks again.
 */
static void price_look_up(
	struct br_till *till, const char *name, const struct till_request *request)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_str sku;
	int result = br_txn_begin(till->store, false, &txn);

	br_assert(request->type == TILL_PRICE);
	if (result == 0)
		result = br_product_by_barcode(txn, request->barcode, &sku);
	if (result == 0)
		price_reply(till, name, request, txn, sku);
	else if (result == BR_E_INVALID)
		reply_refuse(till, name, request->id, BR_REFUSAL_MALFORMED,
			"barcode: allowed is 8, 12, 13 or 14 digits with a right GS1 check digit");
	else if (result == BR_E_NOT_FOUND)
		reply_refuse(till, name, request->id, BR_REFUSAL_UNKNOWN_BARCODE,
			"barcode: not in the catalogue");
	else
		br_log(BR_LOG_ERR, "till", "%s asks for a price, the ledger cannot be read (%s)",
			name, br_error_text(result));
}

/* Submits what the request means; the reply leaves after the commit. */
static void request_submit(
	struct br_till *till, const char *name, const struct till_request *request)
{
	static const char *const types[] = {"sale.record", "return.record", "stock.move"};
	struct br_sale sale = {
		.till = br_str_from(name),
		.currency =
			request->currency.n > 0 ? request->currency : br_str_from(till->currency),
		.lines = request->lines,
		.total = request->total,
	};
	struct br_stock_move move = {
		.barcode = request->barcode,
		.kind = BR_MOVE_ADJUST,
		.quantity = request->quantity,
		.reason = request->reason,
	};
	char actor[sizeof(ACTOR_PREFIX) + BR_WORD_BYTES_MAX];
	bool adjust = request->type == TILL_ADJUST, copied;
	struct br_command command = {
		.id = request->id,
		.type = br_command_type_named(br_str_from(types[request->type])),
		.body = adjust ? (const void *)&move : &sale,
		.happened_ms = request->happened,
		.now_ms = till->clock->wall_ms(till->clock->context),
	};
	struct br_ticket ticket = {
		.deliver = answer_deliver,
		.owner = till,
		.count = adjust ? 1 : request->lines.n,
		.figure = adjust ? 0 : br_sale_total(&sale),
	};

	br_assert(request->type != TILL_PRICE);
	(void)snprintf(actor, sizeof(actor), ACTOR_PREFIX "%s", name);
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
	return br_rule_slug.check(text) && br_str_copy(text, name, BR_WORD_BYTES_MAX + 1);
}

void br_till_message(void *owner, const struct br_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str id = {NULL, 0}, none = {NULL, 0};
	struct br_till *till = owner;
	char name[BR_WORD_BYTES_MAX + 1];
	struct till_request request;
	struct br_fault fault;
	const char *missing;

	/* A till's name is made of what a topic may carry; another topic has nobody to answer. */
	if (!name_read(message->topic, name)) {
		br_metric_add(BR_METRIC_TILL_MALFORMED, 1);
		return;
	}
	if (message->payload.n > BR_TILL_MESSAGE_BYTES_MAX) {
		reply_refuse(till, name, none, BR_REFUSAL_TOO_LARGE,
			"the message is over 256 KiB: split the sale");
		return;
	}
	br_arena_reset(&till->arena);
	if (br_json_parse(message->payload, &root, &fault) < 0) {
		reply_refuse(till, name, none, BR_REFUSAL_MALFORMED, fault.text);
		return;
	}
	if (br_record_from_json(&br_till_request_shape, root, &till->arena, &request, &fault) < 0) {
		if (!br_json_string(br_json_member(root, "id"), &id) || id.n > BR_ID_BYTES_MAX)
			id = none;
		reply_refuse(till, name, id, BR_REFUSAL_MALFORMED, fault.text);
		return;
	}
	missing = request_missing(&request);
	if (missing != NULL)
		reply_refuse(till, name, request.id, BR_REFUSAL_MALFORMED, missing);
	else if (request.type == TILL_PRICE)
		price_look_up(till, name, &request);
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
	br_text_init(&till->reply, REPLY_BYTES_MAX);
	*ret_till = till;
	return 0;
}

void br_till_destroy(struct br_till *till)
{
	if (till == NULL)
		return;
	br_arena_finish(&till->arena);
	br_text_finish(&till->reply);
	free(till);
}
