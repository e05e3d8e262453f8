#include "tests/peers/till.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/peers/random.h"

#define TOPIC "backroom/v1/till/"
#define LOOK_MS 50 /* how often overdue requests are looked for */

/* One place in the window. */
struct slot {
	struct peer_request request;
	bool used;
	int64_t begun_us;
	int64_t due_ms; /* when it is sent again */
};

struct peer_till {
	struct peer_loop *loop;
	struct peer_mqtt *mqtt;
	struct peer_till_settings settings;
	struct peer_draft_source source;
	struct peer_ledger *ledger; /* borrowed, may be NULL */
	struct peer_till_events events;
	struct peer_till_stats stats;
	struct peer_random random;
	struct peer_timer look, pace;
	struct slot *slots;
	struct peer_draft *draft;
	uint64_t number;
	int64_t next_ms; /* when the pace lets the next request begin */
	bool source_ended, ended;
};

static void end_with(struct peer_till *till, int error, const char *text)
{
	if (till->ended)
		return;
	till->ended = true;
	till->source_ended = true;
	till->events.ended(till->events.context, error, text);
}

static void slot_send(struct peer_till *till, struct slot *slot)
{
	char topic[80];

	(void)snprintf(topic, sizeof(topic), TOPIC "%s/request", slot->request.till);
	slot->due_ms = peer_loop_now(till->loop) + till->settings.timeout_ms;
	if (peer_mqtt_is_up(till->mqtt))
		(void)peer_mqtt_publish(
			till->mqtt, topic, br_text_str(&slot->request.body), 1, false, NULL);
}

static void slot_send_again(struct peer_till *till, struct slot *slot)
{
	if (peer_mqtt_is_up(till->mqtt))
		till->stats.resent++;
	slot_send(till, slot);
}

static struct slot *slot_free(struct peer_till *till)
{
	for (int64_t i = 0; i < till->settings.window; i++)
		if (!till->slots[i].used)
			return &till->slots[i];
	return NULL;
}

static void slot_begin(struct peer_till *till, struct slot *slot)
{
	br_assert(!slot->used && slot->request.body.n > 0);
	slot->used = true;
	slot->begun_us = peer_boot_us();
	till->stats.waiting++;
	till->stats.made[slot->request.kind]++;
	slot_send(till, slot);
}

/* Draws one request from the source; false when there is none for now. */
static bool begin_one(struct peer_till *till, struct slot *slot)
{
	struct peer_request *request = &slot->request;
	struct br_fault fault = {""};
	int got = till->source.next(till->source.context, till->draft, &fault);

	if (got <= 0) {
		till->source_ended = true;
		if (got < 0)
			end_with(till, got, fault.text);
		return false;
	}
	request->number = ++till->number;
	(void)snprintf(request->till, sizeof(request->till), "%.20s%u", till->settings.prefix,
		(unsigned)(request->number % (uint64_t)till->settings.tills) + 1);
	(void)snprintf(request->id, sizeof(request->id), "%s-%s-%" PRIu64, request->till,
		till->settings.run, request->number);
	got = peer_request_write(request, till->draft);
	/* Recorded before it is sent: after a crash the ledger knows all that the store may know.
	 */
	if (got == 0 && till->ledger != NULL && request->kind != PEER_PRICE)
		got = peer_ledger_send(till->ledger, request);
	if (got < 0) {
		end_with(till, got, "the request could not be recorded");
		return false;
	}
	slot_begin(till, slot);
	return true;
}

/* True when the pace lets one more begin now; else the timer is set. */
static bool pace_allows(struct peer_till *till)
{
	int64_t now_ms = peer_loop_now(till->loop);

	if (till->settings.per_minute <= 0)
		return true;
	if (till->next_ms > now_ms) {
		peer_timer_set(till->loop, &till->pace, till->next_ms - now_ms);
		return false;
	}
	/* After a stand-still the tills do not catch up what no shopper waited for. */
	if (till->next_ms < now_ms - 10000)
		till->next_ms = now_ms;
	till->next_ms +=
		(int64_t)peer_random_gap(&till->random, 60000.0 / till->settings.per_minute);
	return true;
}

static void fill(struct peer_till *till)
{
	struct slot *slot;

	while (!till->source_ended && (slot = slot_free(till)) != NULL) {
		if (!pace_allows(till) || !begin_one(till, slot))
			break;
	}
	if (till->source_ended && till->stats.waiting == 0)
		end_with(till, 0, "");
}

static void pace_fired(void *context)
{
	fill(context);
}

static void look_fired(void *context)
{
	struct peer_till *till = context;
	int64_t now_ms = peer_loop_now(till->loop);

	for (int64_t i = 0; i < till->settings.window; i++)
		if (till->slots[i].used && till->slots[i].due_ms <= now_ms)
			slot_send_again(till, &till->slots[i]);
	/* An idle till sleeps until its pace wakes it. */
	peer_timer_set(till->loop, &till->look, till->stats.waiting > 0 ? LOOK_MS : 1000);
}

static struct slot *slot_find(struct peer_till *till, struct br_str id)
{
	for (int64_t i = 0; i < till->settings.window; i++)
		if (till->slots[i].used && br_str_is(id, till->slots[i].request.id))
			return &till->slots[i];
	return NULL;
}

static void price_learn(
	struct peer_till *till, const struct br_json *reply, const struct slot *slot)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *asked = NULL;
	struct br_str barcode;
	int64_t price_milli;

	if (till->events.price == NULL ||
		!br_json_milli(br_json_member(reply, "price"), &price_milli) ||
		br_json_parse(br_text_str(&slot->request.body), &asked, NULL) < 0 ||
		!br_json_string(br_json_member(asked, "barcode"), &barcode))
		return;
	till->events.price(till->events.context, barcode, price_milli);
}

static void refusal_keep(struct peer_till *till, const struct br_json *reply)
{
	struct br_str code = {"", 0}, message = {"", 0};

	if (!br_json_string(br_json_member(reply, "code"), &code) ||
		!br_json_string(br_json_member(reply, "message"), &message))
		code = code.n > 0 ? code : BR_STR("no code");
	(void)snprintf(till->stats.last_refusal, sizeof(till->stats.last_refusal), "%.*s: %.*s",
		BR_STR_ARG(code), BR_STR_ARG(message));
}

/* Counts a final outcome; false when the outcome is none of the contract's. */
static bool outcome_count(struct peer_till *till, struct br_str outcome, const struct slot *slot)
{
	if (br_str_is(outcome, "accepted")) {
		till->stats.accepted++;
		if (slot->request.kind == PEER_SALE || slot->request.kind == PEER_RETURN)
			till->stats.lines += slot->request.line_n;
	} else if (br_str_is(outcome, "found")) {
		till->stats.found++;
	} else if (br_str_is(outcome, "refused")) {
		till->stats.refused++;
	} else if (br_str_is(outcome, "conflict")) {
		till->stats.conflict++;
	} else {
		till->stats.strange++;
		return false;
	}
	return true;
}

static void slot_end(struct peer_till *till, struct slot *slot, struct br_str payload)
{
	bool price = slot->request.kind == PEER_PRICE;

	peer_latency_add(price ? &till->stats.price_latency : &till->stats.latency,
		peer_boot_us() - slot->begun_us);
	slot->used = false;
	till->stats.waiting--;
	if (till->ledger != NULL && !price &&
		peer_ledger_reply(till->ledger, slot->request.id, payload) < 0)
		end_with(till, BR_E_IO, "the reply could not be recorded");
	fill(till);
}

static void on_message(void *context, const struct peer_message *message)
{
	struct peer_till *till = context;
	BR_CLEANUP(br_json_cleanup) struct br_json *reply = NULL;
	struct br_str id, outcome;
	struct slot *slot;

	if (br_json_parse(message->payload, &reply, NULL) < 0 ||
		!br_json_string(br_json_member(reply, "id"), &id) ||
		!br_json_string(br_json_member(reply, "outcome"), &outcome)) {
		till->stats.strange++;
		return;
	}
	/* A second reply to a repeated request finds its slot gone: that is as it should be. */
	slot = slot_find(till, id);
	if (slot == NULL)
		return;
	if (br_str_is(outcome, "busy")) {
		till->stats.busy++;
		slot->due_ms = peer_loop_now(till->loop) + till->settings.timeout_ms / 8;
		return;
	}
	if (!outcome_count(till, outcome, slot))
		return;
	if (br_str_is(outcome, "refused") || br_str_is(outcome, "conflict"))
		refusal_keep(till, reply);
	else if (br_str_is(outcome, "found"))
		price_learn(till, reply, slot);
	slot_end(till, slot, message->payload);
}

/* What was asked before the connection broke may never have arrived. */
static void on_up(void *context)
{
	struct peer_till *till = context;

	for (int64_t i = 0; i < till->settings.window; i++)
		if (till->slots[i].used)
			slot_send_again(till, &till->slots[i]);
	fill(till);
}

/* Puts what an earlier run left unanswered in the first places of the window. */
static void unanswered_take(struct peer_till *till)
{
	for (int64_t i = 0; till->ledger != NULL && i < till->settings.window; i++) {
		if (!peer_ledger_take_unanswered(till->ledger, &till->slots[i].request))
			break;
		slot_begin(till, &till->slots[i]);
	}
}

static int parts_create(struct peer_till *till, const struct peer_mqtt_settings *mqtt)
{
	struct peer_mqtt_events events = {.up = on_up, .message = on_message, .context = till};
	int error;

	till->slots = calloc((size_t)till->settings.window, sizeof(*till->slots));
	till->draft = calloc(1, sizeof(*till->draft));
	if (till->slots == NULL || till->draft == NULL)
		return BR_E_MEMORY;
	for (int64_t i = 0; i < till->settings.window; i++)
		peer_request_init(&till->slots[i].request);
	error = peer_mqtt_create(till->loop, mqtt, &events, &till->mqtt);
	if (error < 0)
		return error;
	/* One wildcard: a resumed ledger may know tills beyond today's; ids tell replies apart. */
	peer_mqtt_subscribe(till->mqtt, TOPIC "+/reply", 1);
	return 0;
}

int peer_till_create(struct peer_loop *loop, const struct peer_mqtt_settings *mqtt,
	const struct peer_till_settings *settings, const struct peer_draft_source *source,
	struct peer_ledger *ledger, const struct peer_till_events *events,
	struct peer_till **ret_till)
{
	struct peer_till *till = calloc(1, sizeof(*till));
	int error;

	br_assert(settings->tills >= 1 && settings->tills <= PEER_TILLS_MAX);
	br_assert(settings->window >= 1 && settings->window <= PEER_TILL_WINDOW_MAX);
	if (till == NULL)
		return BR_E_MEMORY;
	till->loop = loop;
	till->settings = *settings;
	till->source = *source;
	till->ledger = ledger;
	till->events = *events;
	till->number = ledger != NULL ? peer_ledger_number(ledger) : 0;
	till->look = (struct peer_timer){.fire = look_fired, .context = till};
	till->pace = (struct peer_timer){.fire = pace_fired, .context = till};
	peer_random_init(&till->random, settings->seed, 2);
	till->next_ms = peer_loop_now(loop);
	error = parts_create(till, mqtt);
	if (error < 0) {
		peer_till_destroy(till);
		return error;
	}
	unanswered_take(till);
	peer_timer_set(loop, &till->look, LOOK_MS);
	*ret_till = till;
	return 0;
}

void peer_till_destroy(struct peer_till *till)
{
	if (till == NULL)
		return;
	peer_mqtt_destroy(till->mqtt);
	peer_timer_clear(till->loop, &till->look);
	peer_timer_clear(till->loop, &till->pace);
	for (int64_t i = 0; till->slots != NULL && i < till->settings.window; i++)
		peer_request_finish(&till->slots[i].request);
	free(till->slots);
	free(till->draft);
	free(till);
}

void peer_till_close(struct peer_till *till)
{
	till->source_ended = true;
	fill(till);
}

const struct peer_till_stats *peer_till_stats(const struct peer_till *till)
{
	return &till->stats;
}
