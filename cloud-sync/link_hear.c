#include "cloud-sync/link_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BRIDGE_PATIENCE_MS 10000 /* for the bridge to come up, before its absence is told */

/* A new connection to HQ's broker: HQ must answer a hello before anything else is sent. */
static void greeting_begin(struct br_link *link)
{
	link->greeted = false;
	link->hello_open = false;
	link->hello_answered = link->hello_n;
	link->hello_tries = 0;
	link->hello_due_ms = br_link_boot_ms(link);
	link->retry_ms = link->window_ms = 0;
	br_ctl_window_open(&link->window);
}

void br_link_connected(void *owner, bool connected)
{
	struct br_link *link = owner;

	link->connected = connected;
	/* The broker tells the bridge's state anew to each connection. */
	link->bridge = link->bridge_heard = false;
	link->bridge_due_ms = connected ? br_link_boot_ms(link) + BRIDGE_PATIENCE_MS : INT64_MAX;
	link->stirred = true;
	greeting_begin(link);
}

static void bridge_told(struct br_link *link, struct br_str payload)
{
	bool up = br_str_is(payload, "1");

	br_assert(link->options.enabled);
	link->bridge_heard = true;
	if (up == link->bridge)
		return;
	link->bridge = up;
	link->bridge_due_ms = up ? INT64_MAX : br_link_boot_ms(link) + BRIDGE_PATIENCE_MS;
	greeting_begin(link);
	if (!up)
		br_link_trouble(link, "the bridge to HQ's broker is down, the broker tries again");
}

/* Only the local broker knows why its bridge stays away: where to look is told, once each time. */
void br_link_bridge_look(struct br_link *link, int64_t now_ms)
{
	struct br_fault fault;

	if (now_ms < link->bridge_due_ms)
		return;
	br_assert(link->connected && !link->bridge);
	link->bridge_due_ms = INT64_MAX;
	if (link->bridge_heard)
		(void)br_fault_set(&fault, BR_E_OFFLINE,
			"no bridge to HQ's broker: it does not answer at link.host and link.port, "
			"or a certificate is not accepted (link.ca, link.certificate); the log of "
			"the store's broker says which");
	else
		(void)br_fault_set(&fault, BR_E_OFFLINE,
			"the store's broker has no bridge backroom-%s: give it what `backroom "
			"config bridge` writes, and restart it",
			link->store_id);
	br_link_trouble(link, fault.text);
}

/* Keeps in the store how far HQ has the lane. The stored number never goes back. */
static void cursor_keep(struct br_link *link, unsigned i)
{
	uint64_t acked = br_outbox_acked(link->outboxes[i]);
	int result;

	br_assert(i < BR_LANES_UP);
	if (acked <= link->cursors[i])
		return;
	result = br_core_cursor(link->core, br_outbox_cursor_name(link->outboxes[i]), acked);
	if (result < 0)
		link->fatal = result;
	else
		link->cursors[i] = acked;
}

static bool epoch_is_own(struct br_link *link, const struct br_ctl *ctl)
{
	struct br_fault fault;

	br_assert(br_epoch_valid(br_str_from(ctl->epoch)));
	if (strcmp(ctl->epoch, br_core_epoch(link->core)) == 0)
		return true;
	link->figures.other_epoch++;
	(void)br_fault_set(&fault, BR_E_INVALID,
		"an answer for epoch %s of this store, which is %s now", ctl->epoch,
		br_core_epoch(link->core));
	br_link_refuse(link, fault.text);
	return false;
}

static void beyond_refuse(struct br_link *link, unsigned i, const struct br_ctl_has *has)
{
	unsigned n = has->beyond.n;
	uint64_t last = n > 0 ? has->beyond.pieces[n - 1].until : has->cum_seq;
	struct br_fault fault;

	br_assert(last > br_outbox_acked(link->outboxes[i]));
	link->figures.acks_beyond++;
	(void)br_fault_set(&fault, BR_E_INVALID,
		"HQ says it has the lane %s up to %" PRIu64
		", which this store never sent under its epoch: if an old copy of the ledger was "
		"put "
		"back, use `backroom restore` for it",
		br_lane_word(br_lane_at(i)), last);
	br_link_refuse(link, fault.text);
}

static void ack_take(struct br_link *link, const struct br_ctl *ctl)
{
	unsigned i = br_lane_index(ctl->lane);
	struct br_outbox *outbox = link->outboxes[i];
	int64_t now_ms = br_link_boot_ms(link);
	enum br_ack_outcome outcome;

	br_assert(ctl->kind == BR_CTL_ACK && ctl->nack_n <= BR_CTL_RANGES_MAX);
	if (!epoch_is_own(link, ctl))
		return;
	outcome = br_outbox_ack(outbox, ctl->has.cum_seq, &ctl->has.beyond, now_ms);
	if (outcome == BR_ACK_BEYOND) {
		beyond_refuse(link, i, &ctl->has);
		return;
	}
	br_outbox_credit(outbox, ctl->credit);
	for (unsigned k = 0; k < ctl->nack_n; k++)
		(void)br_outbox_nack(outbox, ctl->nack[k].first, ctl->nack[k].last, now_ms);
	br_link_hear(link);
	link->last_ack_ms = br_link_wall_ms(link);
	link->figures.acks++;
	cursor_keep(link, i);
}

/*
 * Whether a welcome answers a hello that still waits. One that was long on its way, behind a later
 * one, was written by what HQ was before: it could bring back an epoch that HQ has left.
 */
static bool hello_answer(struct br_link *link, const struct br_ctl *ctl)
{
	uint64_t id = strtoull(ctl->hello, NULL, 16);
	uint32_t number = (uint32_t)id;

	br_assert(link->hello_answered <= link->hello_n);
	/* An HQ that does not say which one is believed while any waits. */
	if (ctl->hello[0] == '\0')
		return link->hello_open;
	if (id >> 32 != link->hello_run || number <= link->hello_answered || number > link->hello_n)
		return false;
	link->hello_answered = number;
	return true;
}

/* HQ's epoch, if it may be followed. */
static bool hq_epoch_take(struct br_link *link, const struct br_ctl *ctl)
{
	int result;

	if (!hello_answer(link, ctl)) {
		link->figures.unasked++;
		return false;
	}
	br_assert(link->hello_sent_ms <= br_link_boot_ms(link));
	result = br_inbox_epoch(link->inbox, ctl->hq_epoch);
	if (result == BR_E_EXISTS) {
		link->figures.unasked++;
		br_link_refuse(link, "a welcome of an epoch that HQ has left before");
		return false;
	}
	if (result < 0)
		link->fatal = result;
	return result == 0;
}

static void welcome_take(struct br_link *link, const struct br_ctl *ctl)
{
	int64_t now_ms = br_link_boot_ms(link);
	struct br_fault sentence;

	br_assert(ctl->kind == BR_CTL_WELCOME);
	if ((ctl->epoch[0] != '\0' && !epoch_is_own(link, ctl)) || !hq_epoch_take(link, ctl))
		return;
	link->hello_open = false;
	br_link_hear(link);
	link->round_trip_ms = now_ms - link->hello_sent_ms;
	link->figures.welcomes++;
	link->builder.epcis = ctl->epcis;
	if (br_hq_clock_welcome(&link->hq_clock, ctl,
		    ctl->hello[0] != '\0' && link->hello_answered == link->hello_n
			    ? link->round_trip_ms
			    : -1,
		    &sentence))
		br_link_trouble(link, sentence.text);
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		const struct br_ctl_has *has = &ctl->lanes[i];
		uint64_t before = br_outbox_acked(link->outboxes[i]);
		bool again, was_declined = link->declined[i];
		enum br_ack_outcome outcome;

		link->declined[i] = br_lane_at(i) == BR_LANE_TELEMETRY && !ctl->telemetry;
		if (link->declined[i])
			continue;
		again = !link->greeted || was_declined || has->cum_seq < before;
		outcome = again ? br_outbox_resume(
					  link->outboxes[i], has->cum_seq, &has->beyond, now_ms)
				: br_outbox_ack(
					  link->outboxes[i], has->cum_seq, &has->beyond, now_ms);
		if (outcome == BR_ACK_BEYOND) {
			/* Whatever is sent now, HQ would take for old: nothing is sent. */
			beyond_refuse(link, i, has);
			link->greeted = false;
			return;
		}
		link->figures.rewinds += has->cum_seq < before;
		cursor_keep(link, i);
	}
	link->greeted = true;
	link->hello_tries = 0;
	link->hello_due_ms = link->hello_sent_ms + BR_LINK_HELLO_INTERVAL_MS;
}

/*
 * HQ does not follow this epoch. Nothing is sent until it does; the store works on, and a person
 * must decide which node, or which copy of the ledger, is the store.
 */
static void refusal_take(struct br_link *link, const struct br_ctl *ctl)
{
	br_assert(ctl->kind == BR_CTL_REFUSED);
	if (!epoch_is_own(link, ctl))
		return;
	link->hello_open = link->greeted = false;
	link->figures.epochs_refused++;
	br_link_refuse(link,
		ctl->refusal == BR_CTL_EPOCH_LEFT
			? "another node has taken this store's place: this one must not be used "
			  "any more, or restore a backup here to make it the store again"
			: "HQ knows this store with a longer journal than this one has: run "
			  "`backroom "
			  "restore` with a backup or --from-hq, so that what HQ has comes back; at "
			  "the soonest 10 s after another restore, and with this machine's "
			  "clock set right");
}

static void ctl_malformed(struct br_link *link, struct br_fault *fault)
{
	br_assert(fault->text[0] != '\0');
	br_fault_prefix(fault, "backroom/dn/ctl");
	link->figures.malformed++;
	br_link_refuse(link, fault->text);
}

/* What HQ has of the store's own past. */
static void recovered_take(struct br_link *link, struct br_json *root)
{
	struct br_fault fault;
	int result = br_recovery_message(link->recovery, root, &fault);

	br_assert(result <= 1);
	if (result < 0)
		ctl_malformed(link, &fault);
	if (result > 0) {
		br_link_hear(link);
		result = br_recovery_work(link->recovery);
		link->fatal = result < 0 ? result : 0;
	}
}

/* A verdict that cannot be followed is said; the others of its message count. */
static int verdicts_work(struct br_link *link)
{
	struct br_fault fault;
	int result = br_quarantine_link_work(link->quarantine, &fault);

	br_assert(result <= 0);
	if (fault.text[0] != '\0')
		br_link_refuse(link, fault.text);
	return result;
}

/* What HQ thinks of single events. */
static void verdict_take(struct br_link *link, const struct br_json *root)
{
	struct br_str epoch = {"", 0};
	struct br_fault fault;
	int result;

	br_assert(link->options.enabled);
	(void)!br_json_string(br_json_member(root, "epoch"), &epoch);
	/* Of an epoch that is over: what it was said of has come back under other numbers. */
	if (!br_str_is(epoch, br_core_epoch(link->core))) {
		link->figures.other_epoch++;
		return;
	}
	/* What was told of those events before the restore comes back first; HQ says it again. */
	if (br_recovery_open(link->recovery)) {
		br_link_hear(link);
		return;
	}
	result = br_quarantine_link_message(link->quarantine, root, &fault);
	if (result < 0) {
		ctl_malformed(link, &fault);
		return;
	}
	br_link_hear(link);
	link->fatal = verdicts_work(link);
}

static void ctl_take(struct br_link *link, struct br_str payload)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_str type = {NULL, 0};
	struct br_fault fault;
	struct br_ctl ctl;
	int result = 0;

	br_assert(link->fatal == 0);
	if (payload.n > BR_LINK_MESSAGE_BYTES_MAX)
		result = br_fault_set(&fault, BR_E_TOO_LARGE, "%zu bytes, allowed are %u",
			payload.n, BR_LINK_MESSAGE_BYTES_MAX);
	if (result == 0)
		result = br_json_parse(payload, &root, &fault);
	(void)!br_json_string(br_json_member(root, "type"), &type);
	if (result == 0 && br_str_is(type, "recovered")) {
		recovered_take(link, BR_TAKE(root));
		return;
	}
	if (result == 0 && br_str_is(type, "verdict")) {
		verdict_take(link, root);
		return;
	}
	if (result == 0 && br_comparison_message(link->comparison, payload, &fault)) {
		if (fault.text[0] != '\0')
			ctl_malformed(link, &fault);
		else
			br_link_hear(link);
		return;
	}
	if (result == 0)
		result = br_ctl_read(root, &ctl, &fault);
	if (result < 0)
		ctl_malformed(link, &fault);
	else if (ctl.kind == BR_CTL_ACK)
		ack_take(link, &ctl);
	else if (ctl.kind == BR_CTL_REFUSED)
		refusal_take(link, &ctl);
	else if (ctl.kind == BR_CTL_WELCOME)
		welcome_take(link, &ctl);
	else if (ctl.kind == BR_CTL_CERTIFICATE && link->options.certificate != NULL)
		link->options.certificate(link->options.certificate_owner, payload);
}

/* HQ sends again what has no answer, until one of them comes behind the rest. */
static bool commands_rest(struct br_link *link)
{
	int64_t left_ms = br_inbox_rest_until_ms(link->inbox) - br_link_boot_ms(link);
	struct br_fault fault;

	if (left_ms <= 0)
		return false;
	br_assert(link->options.enabled);
	if (link->figures.resting++ > 0)
		return true;
	(void)br_fault_set(&fault, BR_E_BUSY,
		"HQ's commands wait for %" PRId64
		" s, because this program ended again and again while it was applying some",
		(left_ms + 999) / 1000);
	br_link_trouble(link, fault.text);
	return true;
}

static void commands_take(struct br_link *link, enum br_down lane, struct br_str payload)
{
	uint64_t epochs = br_inbox_figures(link->inbox).epochs;
	struct br_fault fault;
	int result;

	br_assert(lane < BR_DOWN_N);
	/* What these commands once did comes back first; HQ sends them again. */
	if (br_recovery_open(link->recovery)) {
		link->figures.recovering++;
		return;
	}
	if (commands_rest(link))
		return;
	result = br_inbox_message(link->inbox, lane, payload);
	if (result < 0) {
		(void)br_fault_set(&fault, result, "backroom/dn/%s: %zu bytes not taken: %s",
			br_down_words[lane], payload.n, br_error_text(result));
		link->figures.malformed += result == BR_E_TOO_LARGE;
		br_link_refuse(link, fault.text);
		return;
	}
	result = br_inbox_work(link->inbox);
	if (result < 0)
		link->fatal = result;
	/* HQ seems to be another one than before: ask it who it is, unless it was asked just now.
	 */
	if (br_inbox_figures(link->inbox).epochs > epochs &&
		br_link_boot_ms(link) - link->hello_sent_ms >= BR_LINK_HELLO_FIRST_MS)
		link->hello_due_ms = br_link_boot_ms(link);
}

/* The lane behind "backroom/dn/", or BR_DOWN_N. */
static enum br_down lane_of(struct br_str topic)
{
	for (unsigned i = 0; i < BR_DOWN_N; i++)
		if (br_str_is(topic, br_down_words[i]))
			return i;
	return BR_DOWN_N;
}

void br_link_message(void *owner, const struct br_message *message)
{
	static const char prefix[] = "backroom/dn/";
	struct br_link *link = owner;
	struct br_str topic = message->topic;

	if (!link->options.enabled || link->fatal != 0)
		return;
	if (br_str_starts(topic, "$SYS/")) {
		if (br_str_is(topic, link->state_topic)) {
			link->stirred = true;
			bridge_told(link, message->payload);
		}
		return;
	}
	link->stirred = true;
	if (br_str_starts(topic, prefix)) {
		topic.s += sizeof(prefix) - 1;
		topic.n -= sizeof(prefix) - 1;
	}
	if (br_str_is(topic, "ctl")) {
		ctl_take(link, message->payload);
	} else if (lane_of(topic) < BR_DOWN_N) {
		commands_take(link, lane_of(topic), message->payload);
	} else {
		link->figures.malformed++;
		br_link_refuse(link,
			"a message on a topic below backroom/dn/ that is no lane: allowed "
			"are orders, catalog and ctl");
	}
}

/* Comparing with HQ goes on beside all else. */
static int comparison_tick(struct br_link *link)
{
	struct br_comparison_link seen = {
		/* What still comes back would be told as a difference. */
		.up = link->condition == BR_LINK_UP && !br_recovery_open(link->recovery),
		.hq_epoch = br_inbox_epoch_known(link->inbox),
	};

	br_assert(link->options.enabled);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		seen.lanes[i] = br_outbox_state(link->outboxes[i]);
	return br_comparison_tick(link->comparison, &seen);
}

void br_link_tick(struct br_link *link)
{
	int result = 0;

	link->stirred = true;
	if (link->options.enabled && link->fatal == 0)
		result = br_recovery_work(link->recovery);
	if (link->options.enabled && link->fatal == 0 && result == 0)
		result = br_inbox_work(link->inbox);
	if (link->options.enabled && link->fatal == 0 && result == 0)
		result = verdicts_work(link);
	if (link->options.enabled && link->fatal == 0 && result == 0)
		result = comparison_tick(link);
	if (result < 0)
		link->fatal = result;
}
