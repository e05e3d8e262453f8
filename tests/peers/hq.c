#include "tests/peers/hq.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json_out.h"
#include "tests/peers/digest.h"
#include "tests/peers/hq_compare.h"
#include "tests/peers/hq_inside.h"
#include "tests/peers/hq_rights.h"
#include "tests/peers/hq_stamp.h"

#define RESEND_MS 5000
#define RESEND_LAST_MS 60000
#define LOOK_MS 500
#define CREDIT 32
#define COMMANDS_MAX 256
#define BATCH_BYTES_MAX 60000 /* of commands; with the head it stays below 64 kB */

/* The commands of one batch while they are gathered. */
struct gather {
	struct br_json_out out;
	struct br_text text;
	uint64_t last_seq;
	size_t n;
};

void peer_hq_shard(const char *shop, char ret_shard[3])
{
	uint8_t digest[PEER_SHA256_BYTES];

	peer_sha256(shop, strlen(shop), digest);
	peer_hex(digest, 1, ret_shard);
}

void peer_hq_turn_ends(struct peer_hq *hq)
{
	if (hq->turn_end.place == 0)
		peer_timer_set(hq->loop, &hq->turn_end, 0);
}

void peer_hq_malformed(struct peer_hq *hq, const char *topic, const char *text)
{
	hq->stats.malformed++;
	(void)fprintf(stderr, "%s: refused: %s\n", topic, text);
}

struct br_json_out *peer_hq_reply_begin(struct peer_hq *hq, const struct peer_hq_shop_state *shop,
	struct br_json_out *out, const char *type)
{
	struct peer_hq_reply *reply;

	peer_hq_turn_ends(hq);
	if (hq->reply_n == PEER_HQ_REPLIES_MAX)
		return NULL;
	reply = &hq->replies[hq->reply_n++];
	(void)snprintf(reply->topic, sizeof(reply->topic), "dn/%s/ctl", shop->id);
	br_text_clear(&reply->text);
	br_json_out_begin(out, &reply->text);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "type", type);
	return out;
}

void peer_hq_has_write(struct peer_hq *hq, const struct peer_hq_shop_state *shop, int lane,
	struct br_json_out *out)
{
	struct peer_has has;

	peer_hq_store_has(hq->store, shop->id, lane, &has);
	br_json_out_u64(out, "cum_seq", has.cum_seq);
	br_json_out_array(out, "have");
	for (size_t i = 0; i < has.beyond_n; i++) {
		br_json_out_array(out, NULL);
		br_json_out_u64(out, NULL, has.beyond[i].after);
		br_json_out_u64(out, NULL, has.beyond[i].until);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

/* One answer for all that a turn brought on the lane: it says how far all of it has come. */
static void ack_later(struct peer_hq *hq, struct peer_hq_shop_state *shop, int lane)
{
	br_assert(lane >= 0 && lane < PEER_UP_LANES);
	shop->ack_due[lane] = true;
	peer_hq_turn_ends(hq);
}

static void ack(struct peer_hq *hq, const struct peer_hq_shop_state *shop, int lane)
{
	struct br_json_out out;

	if (peer_hq_reply_begin(hq, shop, &out, "ack") == NULL)
		return;
	br_json_out_puts(&out, "epoch", shop->epoch);
	br_json_out_puts(&out, "lane", peer_lane_up_text(lane));
	peer_hq_has_write(hq, shop, lane, &out);
	br_json_out_array(&out, "nack");
	br_json_out_end(&out);
	br_json_out_i64(&out, "credit", CREDIT);
	br_json_out_end(&out);
	hq->stats.acks++;
}

/* The verdicts of one message while they are gathered. */
struct verdicts {
	struct peer_hq *hq;
	const struct peer_hq_shop_state *shop;
	struct br_json_out out;
	bool begun, full;
};

static void verdict_gather(void *context, uint64_t sequence, const char *code)
{
	struct verdicts *verdicts = context;
	struct br_json_out *out = &verdicts->out;

	if (!verdicts->begun && !verdicts->full) {
		verdicts->begun = true;
		verdicts->full =
			peer_hq_reply_begin(verdicts->hq, verdicts->shop, out, "verdict") == NULL;
		if (verdicts->full)
			return;
		br_json_out_puts(out, "epoch", verdicts->shop->epoch);
		br_json_out_array(out, "events");
	}
	if (verdicts->full)
		return;
	br_json_out_object(out, NULL);
	br_json_out_u64(out, "event", sequence);
	br_json_out_bool(out, "accepted", code[0] == '\0');
	if (code[0] != '\0') {
		br_json_out_puts(out, "code", code);
		br_json_out_puts(out, "message", "refused by a rule of HQ's");
	}
	br_json_out_end(out);
}

void peer_hq_verdicts(struct peer_hq *hq, const struct peer_hq_shop_state *shop)
{
	struct verdicts verdicts = {.hq = hq, .shop = shop};

	peer_hq_store_verdicts(hq->store, shop->id, verdict_gather, &verdicts);
	if (!verdicts.begun || verdicts.full)
		return;
	br_json_out_end(&verdicts.out);
	br_json_out_end(&verdicts.out);
}

/* What is in the file by now, which is committed before any of it is sent. */
static void acks_write(struct peer_hq *hq, struct peer_hq_shop_state *shop)
{
	bool told = false;

	for (int lane = 0; lane < PEER_UP_LANES; lane++) {
		if (!shop->ack_due[lane])
			continue;
		shop->ack_due[lane] = false;
		ack(hq, shop, lane);
		told = true;
	}
	if (told)
		peer_hq_verdicts(hq, shop);
}

struct peer_hq_shop_state *peer_hq_shop_find(struct peer_hq *hq, const char *id)
{
	for (size_t i = 0; i < hq->shop_n; i++)
		if (strcmp(hq->shops[i]->id, id) == 0)
			return hq->shops[i];
	return NULL;
}

static void shop_add(void *context, const char *id, const char *epoch)
{
	struct peer_hq *hq = context;
	struct peer_hq_shop_state *shop = calloc(1, sizeof(*shop));

	br_assert(shop != NULL && hq->shop_n < PEER_HQ_SHOPS_MAX);
	(void)snprintf(shop->id, sizeof(shop->id), "%s", id);
	(void)snprintf(shop->epoch, sizeof(shop->epoch), "%s", epoch);
	peer_hq_shard(id, shop->shard);
	for (int lane = 0; lane < PEER_DOWN_LANES; lane++) {
		struct peer_hq_outbox *outbox = &shop->outboxes[lane];

		outbox->cum_seq = outbox->sent_seq = peer_hq_store_down(hq->store, id, lane);
		outbox->last_seq = peer_hq_store_command_last(hq->store, id, lane);
	}
	hq->shops[hq->shop_n++] = shop;
}

struct peer_hq_shop_state *peer_hq_shop_meet(
	struct peer_hq *hq, const char *id, const char *epoch, uint64_t since)
{
	struct peer_hq_shop_state *shop = peer_hq_shop_find(hq, id);

	if (shop != NULL || hq->shop_n == PEER_HQ_SHOPS_MAX)
		return shop;
	peer_hq_store_shop_put(hq->store, id, epoch);
	peer_hq_store_epoch_put(hq->store, id, epoch, since);
	shop_add(hq, id, epoch);
	shop = hq->shops[hq->shop_n - 1];
	peer_hq_turn_ends(hq);
	if (hq->events.new_shop != NULL)
		hq->events.new_shop(hq->events.context, shop->id);
	return shop;
}

const char *peer_hq_epoch_follow(
	struct peer_hq *hq, struct peer_hq_shop_state *shop, const char *epoch, uint64_t since)
{
	if (strcmp(shop->epoch, epoch) == 0)
		return NULL;
	/* Also one that HQ never heard of while it was there, and hears of now, late. */
	if (peer_hq_store_epoch_passed(hq->store, shop->id, epoch, since))
		return "epoch_left";
	if (since <= peer_hq_store_last(hq->store, shop->id))
		return "sequence_reused";
	(void)fprintf(stderr, "store %s: new epoch %s after %s\n", shop->id, epoch, shop->epoch);
	(void)snprintf(shop->epoch, sizeof(shop->epoch), "%s", epoch);
	peer_hq_store_begin(hq->store, shop->id, since);
	peer_hq_store_shop_put(hq->store, shop->id, epoch);
	peer_hq_store_epoch_put(hq->store, shop->id, epoch, since);
	return NULL;
}

/* Gathers one command; false when the batch is full without it. */
static bool command_gather(void *context, const struct peer_hq_command *command)
{
	struct gather *gather = context;
	size_t bytes = strlen(command->body) + strlen(command->id) + strlen(command->type) + 64;

	if (gather->n == COMMANDS_MAX ||
		(gather->n > 0 && gather->text.n + bytes > BATCH_BYTES_MAX))
		return false;
	br_json_out_object(&gather->out, NULL);
	br_json_out_u64(&gather->out, "hq_seq", command->hq_seq);
	br_json_out_puts(&gather->out, "id", command->id);
	br_json_out_puts(&gather->out, "type", command->type);
	br_json_out_raw(&gather->out, "data", br_str_from(command->body));
	br_json_out_end(&gather->out);
	gather->last_seq = command->hq_seq;
	gather->n++;
	return true;
}

/* Sends the next batch of the lane; false when there is nothing or the broker is away. */
static bool batch_send(struct peer_hq *hq, const struct peer_hq_shop_state *shop, int lane,
	struct peer_hq_outbox *outbox)
{
	struct gather gather = {.last_seq = outbox->sent_seq};
	char topic[96], stamp[PEER_STAMP_BYTES];
	bool sent;

	br_text_init(&gather.text, PEER_BATCH_BYTES_MAX);
	br_json_out_begin(&gather.out, &gather.text);
	br_json_out_object(&gather.out, NULL);
	br_json_out_puts(&gather.out, "hq_epoch", peer_hq_store_epoch(hq->store));
	br_json_out_puts(&gather.out, "lane", peer_lane_down_text(lane));
	br_json_out_u64(&gather.out, "prev_seq", outbox->sent_seq);
	br_json_out_u64(&gather.out, "head", outbox->last_seq);
	br_json_out_puts(&gather.out, "hlc", peer_stamp_next(&hq->stamp, peer_wall_ms(), stamp));
	br_json_out_array(&gather.out, "commands");
	peer_hq_store_commands(
		hq->store, shop->id, lane, outbox->sent_seq, command_gather, &gather);
	br_json_out_end(&gather.out);
	br_json_out_end(&gather.out);
	(void)snprintf(topic, sizeof(topic), "dn/%s/%s", shop->id, peer_lane_down_text(lane));
	sent = gather.n > 0 && br_text_error(&gather.text) == 0 &&
	       peer_mqtt_publish(hq->mqtt, topic, br_text_str(&gather.text), 1, false, NULL) == 0;
	br_text_finish(&gather.text);
	if (!sent)
		return false;
	hq->stats.sent_batches++;
	outbox->sent_seq = gather.last_seq;
	outbox->ends[outbox->end_n++] = gather.last_seq;
	return true;
}

/* False, and the owner is told, when the file failed. */
static bool committed(struct peer_hq *hq)
{
	if (peer_hq_store_commit(hq->store) == 0)
		return true;
	hq->events.failed(hq->events.context, peer_hq_store_error(hq->store));
	return false;
}

/* Fills the window of every lane of the store. */
static void outboxes_send(struct peer_hq *hq, struct peer_hq_shop_state *shop)
{
	if (!committed(hq))
		return;
	for (int lane = 0; lane < PEER_DOWN_LANES; lane++) {
		struct peer_hq_outbox *outbox = &shop->outboxes[lane];

		if (outbox->wait_ms < hq->resend_ms)
			outbox->wait_ms = hq->resend_ms;
		if (outbox->end_n == 0)
			outbox->due_ms = peer_loop_now(hq->loop) + outbox->wait_ms;
		while (outbox->sent_seq < outbox->last_seq &&
			outbox->end_n < PEER_HQ_WINDOW_BATCHES)
			if (!batch_send(hq, shop, lane, outbox))
				break;
	}
}

void peer_hq_outbox_rewind(struct peer_hq_outbox *outbox)
{
	outbox->sent_seq = outbox->cum_seq;
	outbox->end_n = 0;
}

static void look_fired(void *context)
{
	struct peer_hq *hq = context;

	for (size_t i = 0; i < hq->shop_n; i++) {
		struct peer_hq_shop_state *shop = hq->shops[i];

		for (int lane = 0; lane < PEER_DOWN_LANES; lane++) {
			struct peer_hq_outbox *outbox = &shop->outboxes[lane];

			if (outbox->end_n == 0 || peer_loop_now(hq->loop) < outbox->due_ms)
				continue;
			hq->stats.resent += outbox->end_n;
			peer_hq_outbox_rewind(outbox);
			/* A store that is away must not find hours of repetitions in the broker. */
			outbox->wait_ms = outbox->wait_ms * 2 < RESEND_LAST_MS ? outbox->wait_ms * 2
									       : RESEND_LAST_MS;
		}
		if (peer_mqtt_is_up(hq->mqtt))
			outboxes_send(hq, shop);
	}
	peer_timer_set(hq->loop, &hq->look, LOOK_MS);
}

void peer_hq_outbox_answered(
	struct peer_hq *hq, struct peer_hq_shop_state *shop, int lane, uint64_t cum_seq)
{
	struct peer_hq_outbox *outbox = &shop->outboxes[lane];
	size_t done = 0;

	if (cum_seq <= outbox->cum_seq || cum_seq > outbox->last_seq)
		return;
	cum_seq = peer_hq_store_answered(hq->store, shop->id, lane, outbox->cum_seq, cum_seq);
	if (cum_seq == outbox->cum_seq)
		return;
	outbox->cum_seq = cum_seq;
	if (outbox->sent_seq < cum_seq)
		outbox->sent_seq = cum_seq;
	while (done < outbox->end_n && outbox->ends[done] <= cum_seq)
		done++;
	outbox->end_n -= done;
	memmove(outbox->ends, outbox->ends + done, outbox->end_n * sizeof(outbox->ends[0]));
	outbox->wait_ms = hq->resend_ms;
	outbox->due_ms = peer_loop_now(hq->loop) + hq->resend_ms;
	peer_hq_store_down_set(hq->store, shop->id, lane, cum_seq);
	peer_hq_turn_ends(hq);
}

/* The end of a turn: everything is committed, then everything is sent. */
static void turn_end_fired(void *context)
{
	struct peer_hq *hq = context;

	for (size_t i = 0; i < hq->shop_n; i++)
		acks_write(hq, hq->shops[i]);
	/* What they wrote goes out with this end, not with one more. */
	peer_timer_clear(hq->loop, &hq->turn_end);
	if (!committed(hq))
		return;
	for (size_t i = 0; i < hq->reply_n; i++)
		if (br_text_error(&hq->replies[i].text) == 0)
			(void)!peer_mqtt_publish(hq->mqtt, hq->replies[i].topic,
				br_text_str(&hq->replies[i].text), 1, false, NULL);
	hq->reply_n = 0;
	if (peer_mqtt_is_up(hq->mqtt))
		for (size_t i = 0; i < hq->shop_n; i++)
			outboxes_send(hq, hq->shops[i]);
}

static void batch_take(
	struct peer_hq *hq, struct peer_hq_shop_state *shop, int lane, const char *topic)
{
	const struct peer_batch *batch = &hq->batch;
	struct peer_has has;

	hq->stats.batches++;
	if (batch->event_n > 0)
		peer_stamp_hear(&hq->stamp, batch->events[batch->event_n - 1].hlc, peer_wall_ms());
	if (strcmp(batch->epoch, shop->epoch) != 0) {
		hq->stats.old_epoch++;
		(void)fprintf(stderr, "%s: epoch %s is over, %s is now\n", topic, batch->epoch,
			shop->epoch);
		return;
	}
	peer_hq_store_has(hq->store, shop->id, lane, &has);
	hq->stats.gaps += batch->prev_seq > has.cum_seq;
	if (peer_has_all(&has, batch->prev_seq, batch->last_seq))
		hq->stats.duplicates++;
	/* With no place for another piece, only what touches one can be taken. */
	else if (has.beyond_n < PEER_PIECES_MAX || batch->prev_seq <= has.cum_seq) {
		peer_hq_rights_take(hq, hq->store, batch, &has);
		hq->stats.events += peer_hq_store_take(hq->store, batch);
		hq->stats.thinned += batch->thinned;
	}
	ack_later(hq, shop, lane);
}

static void on_batch(
	struct peer_hq *hq, const char *id, int lane, const struct peer_message *message)
{
	struct br_fault fault = {""};
	struct peer_hq_shop_state *shop;
	int error = peer_batch_parse(message->payload, &hq->batch, &fault);

	if (error == 0 && (strcmp(hq->batch.store, id) != 0 ||
				  strcmp(hq->batch.lane, peer_lane_up_text(lane)) != 0))
		error = br_fault_set(&fault, BR_E_INVALID,
			"the batch names another store or lane than its topic");
	shop = error == 0 ? peer_hq_shop_meet(hq, id, hq->batch.epoch, 1)
			  : peer_hq_shop_find(hq, id);
	if (error == BR_E_CORRUPT)
		hq->stats.bad_crc++;
	if (error < 0)
		peer_hq_malformed(hq, message->topic, fault.text);
	else if (shop == NULL)
		peer_hq_malformed(hq, message->topic, "no room for more stores");
	else
		batch_take(hq, shop, lane, message->topic);
	/* Whoever sent it learns where HQ stands, and sends from there again. */
	if (error < 0 && shop != NULL)
		ack_later(hq, shop, lane);
	peer_batch_finish(&hq->batch);
}

/* up/<shard>/<store>/<lane> */
static void on_message(void *context, const struct peer_message *message)
{
	struct peer_hq *hq = context;
	struct br_str rest = br_str_from(message->topic), shard_text, id_text;
	char id[65], shard[3];
	int lane;

	if (strncmp(message->topic, "enrol/", 6) == 0) {
		peer_hq_on_enrol(hq, message);
		return;
	}
	(void)br_str_split(&rest, '/');
	shard_text = br_str_split(&rest, '/');
	id_text = br_str_split(&rest, '/');
	if (id_text.n == 0 || !br_str_copy(id_text, id, sizeof(id))) {
		peer_hq_malformed(hq, message->topic, "a store's id has 1 to 64 bytes");
		return;
	}
	peer_hq_shard(id, shard);
	lane = peer_lane_up_parse(rest);
	if (!br_str_is(shard_text, shard)) {
		hq->stats.wrong_shard++;
		peer_hq_malformed(hq, message->topic, "the shard is not the one of this store");
	} else if (br_str_is(rest, "ctl")) {
		peer_hq_on_ctl(hq, id, message);
	} else if (lane >= 0) {
		on_batch(hq, id, lane, message);
	} else {
		peer_hq_malformed(hq, message->topic, "no such lane");
	}
}

static void on_up(void *context)
{
	struct peer_hq *hq = context;

	if (hq->events.up != NULL)
		hq->events.up(hq->events.context);
	for (size_t i = 0; i < hq->shop_n; i++) {
		for (int lane = 0; lane < PEER_DOWN_LANES; lane++)
			peer_hq_outbox_rewind(&hq->shops[i]->outboxes[lane]);
		outboxes_send(hq, hq->shops[i]);
	}
}

int peer_hq_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	struct peer_hq_store *store, const struct peer_hq_events *events, struct peer_hq **ret_hq)
{
	struct peer_hq *hq = calloc(1, sizeof(*hq));
	struct peer_mqtt_events wanted = {.up = on_up, .message = on_message, .context = hq};
	int error;

	if (hq == NULL)
		return BR_E_MEMORY;
	hq->loop = loop;
	hq->store = store;
	hq->events = *events;
	hq->resend_ms = RESEND_MS;
	hq->turn_end = (struct peer_timer){.fire = turn_end_fired, .context = hq};
	hq->look = (struct peer_timer){.fire = look_fired, .context = hq};
	for (size_t i = 0; i < PEER_HQ_REPLIES_MAX; i++)
		br_text_init(&hq->replies[i].text, PEER_RANGES_BYTES_MAX);
	hq->compare = peer_hq_compare_create(store);
	peer_hq_store_shops(store, shop_add, hq);
	error = peer_mqtt_create(loop, mqtt, &wanted, &hq->mqtt);
	if (error < 0) {
		peer_hq_destroy(hq);
		return error;
	}
	peer_mqtt_subscribe(hq->mqtt, "up/+/+/orders", 1);
	peer_mqtt_subscribe(hq->mqtt, "up/+/+/stock", 1);
	peer_mqtt_subscribe(hq->mqtt, "up/+/+/telemetry", 1);
	peer_mqtt_subscribe(hq->mqtt, "up/+/+/ctl", 1);
	peer_mqtt_subscribe(hq->mqtt, "enrol/+/request", 1);
	peer_timer_set(loop, &hq->look, LOOK_MS);
	*ret_hq = hq;
	return 0;
}

void peer_hq_destroy(struct peer_hq *hq)
{
	if (hq == NULL)
		return;
	peer_mqtt_destroy(hq->mqtt);
	peer_hq_compare_destroy(hq->compare);
	peer_timer_clear(hq->loop, &hq->turn_end);
	peer_timer_clear(hq->loop, &hq->look);
	for (size_t i = 0; i < hq->shop_n; i++)
		free(hq->shops[i]);
	for (size_t i = 0; i < PEER_HQ_REPLIES_MAX; i++)
		br_text_finish(&hq->replies[i].text);
	free(hq);
}

uint64_t peer_hq_command(struct peer_hq *hq, const char *shop_id, int lane_down, const char *id,
	const char *type, struct br_str body)
{
	struct peer_hq_shop_state *shop = peer_hq_shop_find(hq, shop_id);
	char made[65];

	br_assert(shop != NULL);
	if (id == NULL) {
		(void)snprintf(made, sizeof(made), "hq-%.8s-%c%" PRIu64,
			peer_hq_store_epoch(hq->store), peer_lane_down_text(lane_down)[0],
			peer_hq_store_number(hq->store, "command"));
		id = made;
	}
	shop->outboxes[lane_down].last_seq =
		peer_hq_store_command(hq->store, shop->id, lane_down, id, type, body);
	peer_hq_turn_ends(hq);
	return shop->outboxes[lane_down].last_seq;
}

/* The epoch of a store that never spoke is no epoch at all, so its first one is new. */
void peer_hq_expect(struct peer_hq *hq, const char *shop)
{
	if (peer_hq_shop_find(hq, shop) == NULL)
		(void)peer_hq_shop_meet(hq, shop, "", 1);
}

void peer_hq_want_epcis(struct peer_hq *hq)
{
	hq->epcis = true;
}

void peer_hq_resend_after(struct peer_hq *hq, int64_t resend_ms)
{
	br_assert(resend_ms > 0);
	hq->resend_ms = resend_ms;
}

void peer_hq_sign_by(struct peer_hq *hq, struct peer_ca *ca)
{
	hq->ca = ca;
}

size_t peer_hq_shops(const struct peer_hq *hq)
{
	return hq->shop_n;
}

const char *peer_hq_shop(const struct peer_hq *hq, size_t i)
{
	br_assert(i < hq->shop_n);
	return hq->shops[i]->id;
}

const struct peer_hq_stats *peer_hq_stats(const struct peer_hq *hq)
{
	return &hq->stats;
}

void peer_hq_say(struct peer_hq *hq, const char *shop_id, struct br_str message)
{
	struct peer_hq_reply *reply = &hq->replies[hq->reply_n];

	if (hq->reply_n == PEER_HQ_REPLIES_MAX)
		return;
	(void)snprintf(reply->topic, sizeof(reply->topic), "dn/%s/ctl", shop_id);
	br_text_clear(&reply->text);
	br_text_add_str(&reply->text, message);
	hq->reply_n++;
	peer_hq_turn_ends(hq);
}
