/* HQ's control messages. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/peers/hq_compare.h"
#include "tests/peers/hq_inside.h"
#include "tests/peers/hq_stamp.h"

#define PAST_BYTES_MAX 56000 /* of events in one message to a restored store */

static void welcome(
	struct peer_hq *hq, const struct peer_hq_shop_state *shop, const struct br_json *hello)
{
	char stamp[PEER_STAMP_BYTES];
	struct br_json_out out;
	struct br_str id;

	if (peer_hq_reply_begin(hq, shop, &out, "welcome") == NULL)
		return;
	/* So that the store knows which hello this answers, however late it comes. */
	if (br_json_string(br_json_member(hello, "id"), &id) && id.n <= 64)
		br_json_out_string(&out, "id", id);
	br_json_out_puts(&out, "hq_epoch", peer_hq_store_epoch(hq->store));
	if (hq->epcis)
		br_json_out_bool(&out, "epcis", true);
	br_json_out_time(&out, "time", peer_wall_ms());
	br_json_out_puts(&out, "hlc", peer_stamp_next(&hq->stamp, peer_wall_ms(), stamp));
	br_json_out_object(&out, "lanes");
	for (int lane = 0; lane < PEER_UP_LANES; lane++) {
		br_json_out_object(&out, peer_lane_up_text(lane));
		peer_hq_has_write(hq, shop, lane, &out);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
}

/*
 * The store says how far it has answered. A store that was restored stands behind what HQ knows and
 * gets the commands again from there; their ids give their first answers.
 */
static void hello_down(struct peer_hq *hq, struct peer_hq_shop_state *shop,
	const struct br_json *hello, struct br_str hq_epoch)
{
	bool same = br_str_is(hq_epoch, peer_hq_store_epoch(hq->store));

	for (int lane = 0; lane < PEER_DOWN_LANES; lane++) {
		struct peer_hq_outbox *outbox = &shop->outboxes[lane];
		int64_t told = 0;

		/* Who was silent and now speaks gets what waits at once. */
		if (outbox->wait_ms > hq->resend_ms) {
			outbox->wait_ms = hq->resend_ms;
			peer_hq_outbox_rewind(outbox);
		}
		if (same && !br_json_i64(br_json_member(br_json_member(hello, "down"),
						 peer_lane_down_text(lane)),
				    &told))
			continue;
		if (told >= 0 && (uint64_t)told < outbox->cum_seq) {
			outbox->cum_seq = (uint64_t)told;
			peer_hq_store_down_set(hq->store, shop->id, lane, (uint64_t)told);
			peer_hq_outbox_rewind(outbox);
		} else if (told > 0) {
			peer_hq_outbox_answered(hq, shop, lane, (uint64_t)told);
		}
	}
}

/* How far the store's journal has come: so that what HQ never got can be named. */
static void heads_keep(
	struct peer_hq *hq, const struct peer_hq_shop_state *shop, const struct br_json *lanes)
{
	for (int lane = 0; lane < PEER_UP_LANES; lane++) {
		const struct br_json *json = br_json_member(lanes, peer_lane_up_text(lane));
		int64_t head;

		if (br_json_i64(br_json_member(json, "head"), &head) && head > 0)
			peer_hq_store_tell(hq->store, shop->id, shop->epoch, (uint64_t)head);
	}
}

static void refused(struct peer_hq *hq, const struct peer_hq_shop_state *shop, const char *epoch,
	const char *code)
{
	struct br_json_out out;

	(void)fprintf(stderr, "store %s: epoch %s is refused: %s\n", shop->id, epoch, code);
	if (peer_hq_reply_begin(hq, shop, &out, "refused") == NULL)
		return;
	br_json_out_puts(&out, "epoch", epoch);
	br_json_out_puts(&out, "code", code);
	br_json_out_end(&out);
	hq->stats.old_epoch++;
}

static void on_hello(
	struct peer_hq *hq, const char *id, const char *topic, const struct br_json *hello)
{
	struct br_str store, epoch, hq_epoch = {"", 0}, stamp = {"", 0};
	char epoch_text[PEER_EPOCH_BYTES];
	const char *code;
	struct peer_hq_shop_state *shop;
	int64_t since;

	if (!br_json_i64(br_json_member(hello, "since"), &since) || since < 1) {
		peer_hq_malformed(hq, topic, "hello: since is missing");
		return;
	}
	if (!br_json_string(br_json_member(hello, "store"), &store) || !br_str_is(store, id) ||
		!br_json_string(br_json_member(hello, "epoch"), &epoch) ||
		epoch.n != PEER_EPOCH_BYTES - 1 ||
		!br_str_copy(epoch, epoch_text, sizeof(epoch_text))) {
		peer_hq_malformed(hq, topic, "hello: store or epoch is missing or not the topic's");
		return;
	}
	shop = peer_hq_shop_meet(hq, id, epoch_text, (uint64_t)since);
	if (shop == NULL) {
		peer_hq_malformed(hq, topic, "no room for more stores");
		return;
	}
	hq->stats.hellos++;
	code = peer_hq_epoch_follow(hq, shop, epoch_text, (uint64_t)since);
	if (code != NULL) {
		refused(hq, shop, epoch_text, code);
		return;
	}
	(void)!br_json_string(br_json_member(hello, "hq_epoch"), &hq_epoch);
	heads_keep(hq, shop, br_json_member(hello, "lanes"));
	hello_down(hq, shop, hello, hq_epoch);
	(void)!br_json_string(br_json_member(hello, "hlc"), &stamp);
	peer_stamp_hear(&hq->stamp, stamp, peer_wall_ms());
	welcome(hq, shop, hello);
	peer_hq_verdicts(hq, shop);
}

/* The store's past, one message's worth. */
struct past {
	struct br_json_out *out;
	size_t bytes;
	unsigned n;
	bool full;
};

static bool past_add(void *context, uint64_t sequence, const char *body)
{
	struct past *past = context;

	br_assert(sequence > 0);
	past->bytes += strlen(body) + 1;
	past->full = past->bytes > PAST_BYTES_MAX && past->n > 0;
	if (past->full)
		return false;
	br_json_out_raw(past->out, NULL, br_str_from(body));
	return ++past->n < PEER_BATCH_EVENTS_MAX;
}

static void on_recover(
	struct peer_hq *hq, const char *id, const char *topic, const struct br_json *root)
{
	struct peer_hq_shop_state *shop = peer_hq_shop_find(hq, id);
	struct br_str epoch = {"", 0};
	int64_t after, until;
	struct br_json_out out;
	struct past past = {.out = &out};

	(void)!br_json_string(br_json_member(root, "epoch"), &epoch);
	if (shop == NULL || !br_str_is(epoch, shop->epoch) ||
		!br_json_i64(br_json_member(root, "after"), &after) || after < 0 ||
		!br_json_i64(br_json_member(root, "until"), &until) || until < after) {
		peer_hq_malformed(hq, topic, "recover: epoch, after or until is missing or wrong");
		return;
	}
	if (peer_hq_reply_begin(hq, shop, &out, "recovered") == NULL)
		return;
	br_json_out_puts(&out, "epoch", shop->epoch);
	br_json_out_i64(&out, "after", after);
	br_json_out_i64(&out, "until", until);
	br_json_out_u64(&out, "told", peer_hq_store_told(hq->store, id, (uint64_t)until));
	br_json_out_object(&out, "whole");
	for (int lane = 0; lane < PEER_UP_LANES; lane++)
		br_json_out_u64(&out, peer_lane_up_text(lane),
			peer_hq_store_whole(hq->store, id, lane, (uint64_t)after));
	br_json_out_end(&out);
	br_json_out_array(&out, "events");
	peer_hq_store_past(hq->store, id, (uint64_t)after, (uint64_t)until, past_add, &past);
	br_json_out_end(&out);
	br_json_out_bool(&out, "end", !past.full && past.n < PEER_BATCH_EVENTS_MAX);
	br_json_out_end(&out);
	hq->stats.recovered += past.n;
}

static void result_keep(struct peer_hq *hq, const struct peer_hq_shop_state *shop, int lane,
	const struct br_json *result)
{
	struct br_str outcome, code = {"", 0}, message = {"", 0};
	int64_t hq_seq;

	if (!br_json_i64(br_json_member(result, "hq_seq"), &hq_seq) || hq_seq < 1 ||
		!br_json_string(br_json_member(result, "outcome"), &outcome)) {
		peer_hq_malformed(hq, shop->id, "ack: a result without hq_seq or outcome");
		return;
	}
	(void)!br_json_string(br_json_member(result, "code"), &code);
	(void)!br_json_string(br_json_member(result, "message"), &message);
	peer_hq_store_result(hq->store, shop->id, lane, (uint64_t)hq_seq, outcome, code, message);
	hq->stats.results++;
	if (!br_str_is(outcome, "accepted")) {
		hq->stats.refused_results++;
		(void)fprintf(stderr, "store %s, %s %" PRId64 ": %.*s %.*s %.*s\n", shop->id,
			peer_lane_down_text(lane), hq_seq, BR_STR_ARG(outcome), BR_STR_ARG(code),
			BR_STR_ARG(message));
	}
}

static void on_store_ack(
	struct peer_hq *hq, const char *id, const char *topic, const struct br_json *root)
{
	struct peer_hq_shop_state *shop = peer_hq_shop_find(hq, id);
	struct br_str hq_epoch, lane_text, epoch;
	int64_t cum_seq;
	int lane;

	if (shop == NULL || !br_json_string(br_json_member(root, "hq_epoch"), &hq_epoch) ||
		!br_json_string(br_json_member(root, "lane"), &lane_text) ||
		!br_json_i64(br_json_member(root, "cum_seq"), &cum_seq) || cum_seq < 0) {
		peer_hq_malformed(
			hq, topic, "ack: hq_epoch, lane or cum_seq is missing, or no hello yet");
		return;
	}
	lane = peer_lane_down_parse(lane_text);
	if (lane < 0 || !br_str_is(hq_epoch, peer_hq_store_epoch(hq->store))) {
		peer_hq_malformed(hq, topic, "ack: another HQ's epoch, or no such lane");
		return;
	}
	/* What an earlier ledger answered, a restored one may have forgotten: it is asked again. */
	if (br_json_string(br_json_member(root, "epoch"), &epoch) &&
		!br_str_is(epoch, shop->epoch)) {
		hq->stats.old_epoch++;
		return;
	}
	BR_JSON_EACH (result, br_json_member(root, "results"))
		result_keep(hq, shop, lane, result);
	peer_hq_outbox_answered(hq, shop, lane, (uint64_t)cum_seq);
	peer_hq_turn_ends(hq);
}

/* Somebody at a store asks whether HQ is there: nothing is kept, so nothing has to be committed. */
static void on_check(
	struct peer_hq *hq, const char *shop, const char *topic, const struct br_json *root)
{
	struct br_json_out out;
	struct br_str id;
	struct br_text text;
	char down[80];

	if (!br_json_string(br_json_member(root, "id"), &id) || id.n > 64) {
		peer_hq_malformed(hq, topic, "check: id is missing");
		return;
	}
	(void)snprintf(down, sizeof(down), "dn/%s/ctl", shop);
	br_text_init(&text, 1024);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "checked");
	br_json_out_string(&out, "id", id);
	br_json_out_time(&out, "time", peer_wall_ms());
	br_json_out_end(&out);
	if (br_text_error(&text) == 0)
		(void)peer_mqtt_publish(hq->mqtt, down, br_text_str(&text), 1, false, NULL);
	br_text_finish(&text);
}

/* A comparison's commands go to the store that is compared. */
struct repair {
	struct peer_hq *hq;
	const char *shop;
};

static void on_repair(void *context, const char *type, struct br_str body)
{
	struct repair *repair = context;

	(void)peer_hq_command(repair->hq, repair->shop, PEER_DOWN_CATALOG, NULL, type, body);
}

static void on_ranges(
	struct peer_hq *hq, const char *id, const char *topic, const struct br_json *root)
{
	struct peer_hq_shop_state *shop = peer_hq_shop_find(hq, id);
	struct repair repair = {hq, id};
	struct peer_hq_compare_shop compared = {.id = id};
	struct peer_has has;
	struct peer_hq_reply *reply = &hq->replies[hq->reply_n];

	if (shop == NULL || hq->reply_n == PEER_HQ_REPLIES_MAX) {
		peer_hq_malformed(hq, topic, "ranges: no hello yet, or too much at once");
		return;
	}
	compared.drained = shop->outboxes[PEER_DOWN_CATALOG].cum_seq ==
			   shop->outboxes[PEER_DOWN_CATALOG].last_seq;
	peer_hq_store_has(hq->store, id, PEER_UP_ORDERS, &has);
	compared.at.orders = has.cum_seq;
	peer_hq_store_has(hq->store, id, PEER_UP_STOCK, &has);
	compared.at.stock = has.cum_seq;
	if (!peer_hq_compare_answer(
		    hq->compare, &compared, root, &reply->text, on_repair, &repair)) {
		peer_hq_malformed(hq, topic, "ranges: not as the contract says");
		return;
	}
	(void)snprintf(reply->topic, sizeof(reply->topic), "dn/%s/ctl", id);
	hq->reply_n++;
	peer_hq_turn_ends(hq);
}

/* A certificate, for a store without one (by code) or with one that ends. */
static void on_certificate_request(
	struct peer_hq *hq, const char *shop, const struct br_json *root, bool by_code)
{
	struct br_text text;
	char down[80];

	if (hq->ca == NULL)
		return;
	(void)snprintf(down, sizeof(down), by_code ? "enrol/%s/answer" : "dn/%s/ctl", shop);
	br_text_init(&text, 16384);
	peer_ca_answer(hq->ca, shop, root, by_code, peer_wall_ms(), &text);
	if (text.n > 0 && br_text_error(&text) == 0)
		(void)peer_mqtt_publish(hq->mqtt, down, br_text_str(&text), 1, false, NULL);
	br_text_finish(&text);
}

void peer_hq_on_enrol(struct peer_hq *hq, const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str rest = br_str_from(message->topic), id_text;
	char id[65];

	(void)br_str_split(&rest, '/');
	id_text = br_str_split(&rest, '/');
	if (id_text.n > 0 && br_str_copy(id_text, id, sizeof(id)) &&
		br_json_parse(message->payload, &root, NULL) == 0)
		on_certificate_request(hq, id, root, true);
}

void peer_hq_on_ctl(struct peer_hq *hq, const char *id, const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_fault fault = {""};
	struct br_str type;

	if (br_json_parse(message->payload, &root, &fault) < 0)
		peer_hq_malformed(hq, message->topic, fault.text);
	else if (!br_json_string(br_json_member(root, "type"), &type))
		peer_hq_malformed(hq, message->topic, "type: missing");
	else if (br_str_is(type, "hello"))
		on_hello(hq, id, message->topic, root);
	else if (br_str_is(type, "ack"))
		on_store_ack(hq, id, message->topic, root);
	else if (br_str_is(type, "certificate_request"))
		on_certificate_request(hq, id, root, false);
	else if (br_str_is(type, "check"))
		on_check(hq, id, message->topic, root);
	else if (br_str_is(type, "ranges"))
		on_ranges(hq, id, message->topic, root);
	else if (br_str_is(type, "recover"))
		on_recover(hq, id, message->topic, root);
	else
		peer_hq_malformed(hq, message->topic,
			"type: hello, ack, check, ranges or recover is expected");
}
