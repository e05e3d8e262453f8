/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "tests/peers/hq_control.h"

#include <stdio.h>
#include <string.h>

#include "node/json_out.h"
#include "node/time.h"
#include "tests/peers/hq_projection.h"

static void refuse(struct br_text *answer, const char *message)
{
	struct br_json_out out;

	br_text_clear(answer);
	br_json_out_begin(&out, answer);
	br_json_out_object(&out, NULL);
	br_json_out_bool(&out, "ok", false);
	br_json_out_puts(&out, "message", message);
	br_json_out_end(&out);
}

static void agree(struct br_text *answer, uint64_t hq_seq, const char *order)
{
	struct br_json_out out;

	br_json_out_begin(&out, answer);
	br_json_out_object(&out, NULL);
	br_json_out_bool(&out, "ok", true);
	br_json_out_u64(&out, "hq_seq", hq_seq);
	if (order != NULL)
		br_json_out_puts(&out, "order", order);
	br_json_out_end(&out);
}

static bool text_member(const struct br_json *root, const char *name, const char *otherwise,
	char *buffer, size_t size)
{
	struct br_str text = br_str_from(otherwise);

	if (br_json_member(root, name) != NULL &&
		!br_json_string(br_json_member(root, name), &text))
		return false;
	return br_str_copy(text, buffer, size);
}

static bool time_member(const struct br_json *root, const char *name, int64_t *ret_ms)
{
	struct br_str text;

	if (br_json_member(root, name) == NULL)
		return true;
	return br_json_string(br_json_member(root, name), &text) && br_time_parse(text, ret_ms);
}

/* Calls `tell` for the store named in the line, or for all; false when HQ knows none such. */
static bool shops_each(const struct peer_control_target *target, const struct br_json *root,
	void (*tell)(void *context, const char *shop), void *context)
{
	struct br_str wanted = {"", 0};
	bool any = false;

	(void)!br_json_string(br_json_member(root, "store"), &wanted);
	for (size_t i = 0; i < peer_hq_shops(target->hq); i++) {
		const char *shop = peer_hq_shop(target->hq, i);

		if (wanted.n > 0 && !br_str_is(wanted, shop))
			continue;
		tell(context, shop);
		any = true;
	}
	return any;
}

struct price {
	const struct peer_control_target *target;
	char sku[65], kind[16], currency[4];
	int64_t amount_milli, from_ms, to_ms;
	uint64_t hq_seq;
};

static void price_tell(void *context, const char *shop)
{
	struct price *price = context;

	price->hq_seq = peer_catalogue_tell_price(price->target->hq, shop, price->sku, price->kind,
		price->amount_milli, price->currency, price->from_ms, price->to_ms);
}

static void on_price(const struct peer_control_target *target, const struct br_json *root,
	struct br_text *answer)
{
	struct price price = {.target = target};
	struct peer_product *product;

	if (!text_member(root, "sku", "", price.sku, sizeof(price.sku)) || price.sku[0] == '\0' ||
		!text_member(root, "kind", "regular", price.kind, sizeof(price.kind)) ||
		!text_member(root, "currency", target->currency, price.currency,
			sizeof(price.currency)) ||
		!br_json_milli(br_json_member(root, "amount"), &price.amount_milli) ||
		!time_member(root, "from", &price.from_ms) ||
		!time_member(root, "to", &price.to_ms)) {
		refuse(answer, "price: sku, amount; kind, currency, from, to, store");
		return;
	}
	product = peer_catalogue_find(target->catalogue, br_str_from(price.sku));
	if (product != NULL && strcmp(price.kind, "regular") == 0 && price.from_ms == 0) {
		product->price_milli = price.amount_milli;
		peer_hq_store_product_put(target->store, product);
	}
	if (shops_each(target, root, price_tell, &price))
		agree(answer, price.hq_seq, NULL);
	else
		refuse(answer, "no such store has said hello yet");
}

struct offer {
	const struct peer_control_target *target;
	struct peer_order order;
	uint64_t hq_seq;
};

static void order_tell(void *context, const char *shop)
{
	struct offer *offer = context;

	offer->hq_seq =
		peer_order_offer(offer->target->hq, offer->target->store, shop, &offer->order);
}

static bool lines_read(const struct br_json *lines, struct peer_order *order)
{
	BR_JSON_EACH (json, lines) {
		struct peer_order_line *line = &order->lines[order->line_n];

		if (order->line_n++ == PEER_ORDER_LINES_MAX)
			return false;
		line->quantity_milli = 1000;
		line->price_milli = 0;
		if (!text_member(json, "sku", "", line->sku, sizeof(line->sku)) ||
			(br_json_member(json, "quantity") != NULL &&
				!br_json_milli(
					br_json_member(json, "quantity"), &line->quantity_milli)) ||
			(br_json_member(json, "price") != NULL &&
				!br_json_milli(br_json_member(json, "price"), &line->price_milli)))
			return false;
	}
	return order->line_n > 0;
}

static void on_order(const struct peer_control_target *target, const struct br_json *root,
	struct br_text *answer)
{
	struct offer offer = {.target = target};
	struct peer_order *order = &offer.order;

	if (!text_member(root, "order", "", order->id, sizeof(order->id)) ||
		!text_member(root, "channel", "web", order->channel, sizeof(order->channel)) ||
		!text_member(root, "method", "pickup", order->method, sizeof(order->method)) ||
		!text_member(root, "customer", "", order->customer, sizeof(order->customer)) ||
		!text_member(root, "note", "", order->note, sizeof(order->note)) ||
		!lines_read(br_json_member(root, "lines"), order)) {
		refuse(answer, "order: 1 to 100 lines of sku, quantity, price; order, channel, "
			       "method, customer, note, store");
		return;
	}
	if (shops_each(target, root, order_tell, &offer))
		agree(answer, offer.hq_seq, order->id);
	else
		refuse(answer, "no such store has said hello yet");
}

struct raw {
	const struct peer_control_target *target;
	int lane;
	char id[65], type[33];
	struct br_str body;
	uint64_t hq_seq;
};

static void raw_tell(void *context, const char *shop)
{
	struct raw *raw = context;

	raw->hq_seq = peer_hq_command(raw->target->hq, shop, raw->lane,
		raw->id[0] != '\0' ? raw->id : NULL, raw->type, raw->body);
}

/* The text of the member `data`, which must stand last in the line. */
static struct br_str raw_body(struct br_str line)
{
	static const char mark[] = "\"data\":";
	char *at = memmem(line.s, line.n, mark, sizeof(mark) - 1);

	while (line.n > 0 && line.s[line.n - 1] != '}')
		line.n--;
	if (at == NULL || line.n < 2)
		return (struct br_str){NULL, 0};
	at += sizeof(mark) - 1;
	return (struct br_str){at, (size_t)(line.s + line.n - 1 - at)};
}

static void on_command(const struct peer_control_target *target, const struct br_json *root,
	struct br_str line, struct br_text *answer)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *body = NULL;
	struct raw raw = {.target = target, .body = raw_body(line)};
	struct br_str lane = {"", 0};

	(void)!br_json_string(br_json_member(root, "lane"), &lane);
	raw.lane = peer_lane_down_parse(lane);
	if (raw.lane < 0 || !text_member(root, "id", "", raw.id, sizeof(raw.id)) ||
		!text_member(root, "type", "", raw.type, sizeof(raw.type)) ||
		raw.body.n > PEER_CONTROL_LINE_MAX / 2 ||
		br_json_parse(raw.body, &body, NULL) < 0) {
		refuse(answer,
			"command: lane (orders, catalog), type, id, and data as last member");
		return;
	}
	if (shops_each(target, root, raw_tell, &raw))
		agree(answer, raw.hq_seq, NULL);
	else
		refuse(answer, "no such store has said hello yet");
}

struct mistake {
	const struct peer_control_target *target;
	struct peer_hq_planted planted;
	struct br_str type, subject, message;
	uint64_t sequence;
};

static void plant_tell(void *context, const char *shop)
{
	struct mistake *mistake = context;

	peer_hq_store_plant(mistake->target->store, shop, &mistake->planted);
}

static void on_plant(const struct peer_control_target *target, const struct br_json *root,
	struct br_text *answer)
{
	struct mistake mistake = {.target = target};
	struct peer_hq_planted *planted = &mistake.planted;

	if (!br_json_string(br_json_member(root, "view"), &planted->view) ||
		peer_view_named(planted->view) == PEER_VIEWS ||
		!br_json_string(br_json_member(root, "key"), &planted->key) ||
		!br_json_string(br_json_member(root, "value"), &planted->value)) {
		refuse(answer, "plant: view, key, value, store");
		return;
	}
	planted->by_events =
		br_str_is(planted->view, "stock") || br_str_is(planted->view, "orders");
	if (shops_each(target, root, plant_tell, &mistake))
		agree(answer, 0, NULL);
	else
		refuse(answer, "no such store has said hello yet");
}

static void drop_tell(void *context, const char *shop)
{
	struct mistake *mistake = context;

	mistake->sequence = peer_hq_store_event_drop(
		mistake->target->store, shop, mistake->type, mistake->subject);
}

static void on_drop(const struct peer_control_target *target, const struct br_json *root,
	struct br_text *answer)
{
	struct mistake mistake = {.target = target};

	if (!br_json_string(br_json_member(root, "type"), &mistake.type) ||
		!br_json_string(br_json_member(root, "subject"), &mistake.subject))
		refuse(answer, "drop: type, subject, store");
	else if (shops_each(target, root, drop_tell, &mistake) && mistake.sequence > 0)
		agree(answer, mistake.sequence, NULL);
	else
		refuse(answer, "no such event of such a store");
}

/* Events of a type are refused from now on; without a code, no more. */
static void on_refuse(const struct peer_control_target *target, const struct br_json *root,
	struct br_text *answer)
{
	struct br_str type = {"", 0}, code = {"", 0};

	(void)!br_json_string(br_json_member(root, "code"), &code);
	if (!br_json_string(br_json_member(root, "type"), &type) || type.n == 0) {
		refuse(answer, "refuse: type, code");
		return;
	}
	peer_hq_store_refuse(target->store, type, code);
	agree(answer, 0, NULL);
}

static void reconcile_tell(void *context, const char *shop)
{
	struct mistake *ask = context;

	peer_hq_say(ask->target->hq, shop, ask->message);
}

static void on_reconcile(const struct peer_control_target *target, const struct br_json *root,
	struct br_text *answer)
{
	struct mistake ask = {.target = target};
	struct br_str view = {"", 0};
	struct br_json_out out;
	struct br_text text;

	(void)!br_json_string(br_json_member(root, "view"), &view);
	br_text_init(&text, 256);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "reconcile");
	br_json_out_array(&out, "views");
	if (view.n > 0)
		br_json_out_string(&out, NULL, view);
	br_json_out_end(&out);
	br_json_out_end(&out);
	ask.message = br_text_str(&text);
	if (br_text_error(&text) == 0 && shops_each(target, root, reconcile_tell, &ask))
		agree(answer, 0, NULL);
	else
		refuse(answer, "no such store has said hello yet");
	br_text_finish(&text);
}

/* The code that somebody tells the installer, by telephone. */
static void on_enrol_code(const struct peer_control_target *target, const struct br_json *root,
	struct br_text *answer)
{
	char shop[65], code[PEER_CA_CODE_BYTES];
	struct br_json_out out;
	int64_t minutes = 60;

	if (!text_member(root, "store", "", shop, sizeof(shop)) || shop[0] == '\0' ||
		(br_json_member(root, "minutes") != NULL &&
			!br_json_i64(br_json_member(root, "minutes"), &minutes)) ||
		minutes < 0 || minutes > 100000) {
		refuse(answer, "enrol_code: store; minutes");
		return;
	}
	if (target->ca == NULL ||
		!peer_ca_code_make(target->ca, shop, minutes, peer_wall_ms(), code)) {
		refuse(answer, "there is no authority here, or too many codes");
		return;
	}
	br_json_out_begin(&out, answer);
	br_json_out_object(&out, NULL);
	br_json_out_bool(&out, "ok", true);
	br_json_out_puts(&out, "code", code);
	br_json_out_end(&out);
}

static void shop_stats(
	const struct peer_control_target *target, const char *shop, struct br_json_out *out)
{
	struct peer_hq_counts counts;

	peer_hq_store_counts(target->store, shop, &counts);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "store", shop);
	br_json_out_u64(out, "events", counts.events);
	br_json_out_u64(out, "commands", counts.commands);
	br_json_out_u64(out, "accepted", counts.accepted);
	br_json_out_u64(out, "refused", counts.refused);
	br_json_out_u64(out, "waiting", counts.waiting);
	br_json_out_end(out);
}

static void on_stats(const struct peer_control_target *target, struct br_text *answer)
{
	const struct peer_hq_stats *stats = peer_hq_stats(target->hq);
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {{"batches", stats->batches}, {"events", stats->events},
		{"thinned", stats->thinned}, {"duplicates", stats->duplicates},
		{"gaps", stats->gaps}, {"bad_crc", stats->bad_crc}, {"old_epoch", stats->old_epoch},
		{"malformed", stats->malformed}, {"wrong_shard", stats->wrong_shard},
		{"hellos", stats->hellos}, {"acks", stats->acks},
		{"sent_batches", stats->sent_batches}, {"resent", stats->resent},
		{"results", stats->results}, {"refused_results", stats->refused_results}};
	struct br_json_out out;

	br_json_out_begin(&out, answer);
	br_json_out_object(&out, NULL);
	br_json_out_bool(&out, "ok", true);
	br_json_out_puts(&out, "hq_epoch", peer_hq_store_epoch(target->store));
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		br_json_out_u64(&out, rows[i].name, rows[i].value);
	br_json_out_array(&out, "stores");
	for (size_t i = 0; i < peer_hq_shops(target->hq); i++)
		shop_stats(target, peer_hq_shop(target->hq, i), &out);
	br_json_out_end(&out);
	br_json_out_end(&out);
}

void peer_control_line(
	const struct peer_control_target *target, struct br_str line, struct br_text *answer)
{
	static const struct {
		const char *cmd;
		void (*on)(const struct peer_control_target *target, const struct br_json *root,
			struct br_text *answer);
	} rows[] = {
		{"price", on_price},
		{"order", on_order},
		{"plant", on_plant},
		{"drop", on_drop},
		{"refuse", on_refuse},
		{"reconcile", on_reconcile},
		{"enrol_code", on_enrol_code},
	};
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_fault fault = {""};
	struct br_str cmd = {"", 0};

	br_text_clear(answer);
	if (br_json_parse(line, &root, &fault) < 0) {
		refuse(answer, fault.text);
		return;
	}
	(void)!br_json_string(br_json_member(root, "cmd"), &cmd);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++)
		if (br_str_is(cmd, rows[i].cmd)) {
			rows[i].on(target, root, answer);
			return;
		}
	if (br_str_is(cmd, "command"))
		on_command(target, root, line, answer);
	else if (br_str_is(cmd, "stats"))
		on_stats(target, answer);
	else
		refuse(answer, "cmd: price, order, command, plant, drop, refuse, reconcile, "
			       "enrol_code or stats is expected");
}
