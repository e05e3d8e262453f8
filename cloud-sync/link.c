#include "cloud-sync/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/bridge.h"
#include "cloud-sync/ctl_window.h"
#include "node/log.h"
#include "node/metrics.h"
#include "node/tables.h"
#include "node/person.h"

#define BATCHES_PER_TURN 4  /* of one lane */
#define COUNT_BUDGET 20000  /* records of the journal in one turn, for one lane */
#define RETRY_MS 1000	    /* after the publisher refused */
#define HELLO_FIRST_MS 2000 /* doubling up to the interval until HQ has answered */
#define LOG_INTERVAL_MS 10000
#define BRIDGE_PATIENCE_MS 10000 /* for the bridge to come up, before its absence is told */
#define HELLO_BYTES_MAX 4096

const char *const br_link_condition_words[] = {"off", "down", "up"};

struct br_link {
	struct br_loop_source *timer; /* NULL without a loop */
	struct br_core *core;	      /* borrowed, as the store and the clock */
	struct br_store *store;
	struct br_publisher publisher;
	struct br_ctl_window window; /* over it, for all control messages but hellos */
	const struct br_clock *clock;
	struct br_link_options options;
	char store_id[BR_ID_BYTES_MAX + 1];
	char state_topic[64 + BR_BRIDGE_NAME_BYTES];
	struct br_outbox *outboxes[BR_LANES_UP];
	uint64_t cursors[BR_LANES_UP]; /* as stored, this turn included */
	bool stuck[BR_LANES_UP];       /* the journal cannot be read there: a person must act */
	bool declined[BR_LANES_UP];    /* HQ's last welcome does not want the lane */
	struct br_inbox *inbox;
	struct br_comparison *comparison;
	struct br_recovery *recovery;
	struct br_hq_clock hq_clock;
	struct br_quarantine_link *quarantine;
	struct br_batch_builder builder;
	bool connected, bridge, greeted;
	bool bridge_heard; /* the local broker has told of the bridge, up or down */
	bool stirred;	   /* something happened since the last turn */
	bool more;	   /* the last turn left work that can go on at once */
	int fatal;	   /* the store failed */
	/* Boot ms. */
	int64_t hello_due_ms, hello_sent_ms, heard_ms, retry_ms, bridge_due_ms, due_ms, logged_ms;
	int64_t window_ms; /* the window was full: looked at again then */
	unsigned hello_tries;
	bool hello_open; /* sent, and no welcome yet */
	/* Hellos are named after the process and their number; up to `answered` none waits. */
	uint32_t hello_run, hello_n, hello_answered;
	enum br_link_condition condition;
	int64_t since_ms, last_ack_ms, last_error_ms, oldest_ms; /* unix ms */
	int64_t round_trip_ms;
	char last_error[BR_FAULT_BYTES_MAX];
	struct br_link_figures figures;
};

static void invariant_check(const struct br_link *link)
{
	br_assert(link->core != NULL && link->store != NULL && link->inbox != NULL);
	br_assert(link->options.enabled == (link->condition != BR_LINK_OFF));
	/* HQ can only have answered over a bridge that is there. */
	br_assert(!link->greeted || (link->connected && link->bridge));
	br_assert(!link->bridge || (link->connected && link->bridge_heard));
	br_assert(link->fatal <= 0);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		br_assert(link->cursors[i] <= br_core_head(link->core));
}

static int64_t boot_now(const struct br_link *link)
{
	return link->clock->boot_ms(link->clock->context);
}

static int64_t wall_now(const struct br_link *link)
{
	return link->clock->wall_ms(link->clock->context);
}

/* Keeps what went wrong for people, and logs it unless much of it comes at once. */
static void trouble(struct br_link *link, const char *text)
{
	int64_t now_ms = boot_now(link);

	br_assert(text[0] != '\0');
	(void)snprintf(link->last_error, sizeof(link->last_error), "%s", text);
	link->last_error_ms = wall_now(link);
	if (link->logged_ms != 0 && now_ms - link->logged_ms < LOG_INTERVAL_MS)
		return;
	link->logged_ms = now_ms;
	br_log(BR_LOG_WARNING, "link", "HQ: %s", text);
}

/* A message from HQ that cannot be followed: counted, said, and nothing else happens. */
static void refused(struct br_link *link, const char *text)
{
	br_assert(link->options.enabled);
	br_metric_add(BR_METRIC_LINK_MALFORMED, 1);
	trouble(link, text);
}

static void inbox_refused(void *owner, const char *text)
{
	refused(owner, text);
}

static void inbox_stamp(void *owner, uint64_t stamp)
{
	struct br_link *link = owner;
	struct br_fault sentence;

	br_assert(link->options.enabled);
	if (br_hq_clock_stamp(&link->hq_clock, stamp, &sentence))
		trouble(link, sentence.text);
}

/* HQ has said something that is as the contract wants it. */
static void heard(struct br_link *link)
{
	br_assert(link->options.enabled);
	link->heard_ms = boot_now(link);
	link->window_ms = 0;
	br_ctl_window_open(&link->window);
}

static void inbox_valid(void *owner)
{
	heard(owner);
}

static void core_committed(void *owner, uint64_t head)
{
	struct br_link *link = owner;

	br_assert(head == br_core_head(link->core));
	link->stirred = true;
}

static void timer_fired(void *owner)
{
	br_link_tick(owner);
}

static int outboxes_create(struct br_link *link)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_outbox_options options = {
		.store = br_str_from(link->store_id),
		.epoch = br_core_epoch(link->core),
		.head = br_core_head(link->core),
		.dice = link->options.dice,
	};
	int result = br_txn_begin(link->store, false, &txn);

	br_assert(link->outboxes[0] == NULL);
	for (unsigned i = 0; i < BR_LANES_UP && result == 0; i++) {
		char name[16];

		options.lane = br_lane_at(i);
		if (options.lane == BR_LANE_TELEMETRY) {
			options.thin_backlog[BR_THIN_SUMMARIES] = BR_OUTBOX_THIN_SUMMARIES;
			options.thin_backlog[BR_THIN_LABELS] = BR_OUTBOX_THIN_LABELS;
		}
		(void)snprintf(name, sizeof(name), "hq/%s", br_lane_word(options.lane));
		options.cursor = link->cursors[i] = br_cursor_get(txn, br_str_from(name));
		result = br_txn_error(txn);
		/* A cursor beyond the journal is no work of this program. */
		if (result == 0 && options.cursor > options.head)
			result = BR_E_CORRUPT;
		if (result == 0)
			result = br_outbox_create(&options, &link->outboxes[i]);
	}
	return result;
}

static int parts_create(struct br_link *link, struct br_loop *loop)
{
	struct br_inbox_listener listener = {inbox_valid, inbox_refused, inbox_stamp, link};
	int result = outboxes_create(link);

	br_assert(link->inbox == NULL && link->timer == NULL);
	if (result == 0)
		result = br_inbox_create(
			link->core, link->store, link->clock, listener, &link->inbox);
	if (result == 0)
		result = br_comparison_create(link->core, link->store, link->clock,
			link->options.dice, &link->options.reconcile, &link->comparison);
	if (result == 0)
		result = br_recovery_create(link->core, link->store, link->clock, &link->recovery);
	if (result == 0)
		result = br_quarantine_link_create(link->core, link->store, link->clock,
			link->options.dice, &link->quarantine);
	if (result == 0 && loop != NULL)
		result = br_loop_timer(loop, timer_fired, link, &link->timer);
	return result;
}

int br_link_create(struct br_loop *loop, struct br_core *core, struct br_store *store,
	struct br_publisher publisher, const struct br_clock *clock,
	const struct br_link_options *options, struct br_link **ret_link, struct br_fault *fault)
{
	BR_CLEANUP(br_link_cleanup) struct br_link *link = calloc(1, sizeof(*link));
	char name[BR_BRIDGE_NAME_BYTES];
	int result;

	br_assert(publisher.publish != NULL && options->dice.roll != NULL);
	if (link == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	br_batch_builder_init(&link->builder);
	link->builder.opener = br_person_opener(br_core_keys(core));
	result = options->enabled ? br_bridge_store_check(options->store_id, fault) : 0;
	if (result < 0)
		return result;
	link->core = core;
	link->store = store;
	link->publisher = publisher;
	br_ctl_window_init(&link->window, publisher);
	link->clock = clock;
	link->options = *options;
	link->hello_run = options->dice.roll(options->dice.context);
	link->hq_clock =
		(struct br_hq_clock){.core = core, .clock = clock, .listener = options->time};
	(void)snprintf(link->store_id, sizeof(link->store_id), "%s", options->store_id);
	br_bridge_name(link->store_id, name);
	(void)snprintf(link->state_topic, sizeof(link->state_topic),
		"$SYS/broker/connection/%s/state", name);
	result = parts_create(link, loop);
	if (result < 0)
		return br_fault_set(fault, result, "the link to HQ: its cursors or marks: %s",
			br_error_text(result));
	link->condition = options->enabled ? BR_LINK_DOWN : BR_LINK_OFF;
	link->since_ms = wall_now(link);
	link->round_trip_ms = -1;
	link->due_ms = link->bridge_due_ms = INT64_MAX;
	link->stirred = true;
	br_core_listen(core, (struct br_core_listener){core_committed, link});
	*ret_link = BR_TAKE(link);
	return 0;
}

void br_link_destroy(struct br_link *link)
{
	if (link == NULL)
		return;
	br_loop_source_destroy(link->timer);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		br_outbox_destroy(link->outboxes[i]);
	br_comparison_destroy(link->comparison);
	br_inbox_destroy(link->inbox);
	br_recovery_destroy(link->recovery);
	br_quarantine_link_destroy(link->quarantine);
	br_batch_builder_finish(&link->builder);
	free(link);
}

/* A new connection to HQ's broker: HQ must answer a hello before anything else is sent. */
static void greeting_begin(struct br_link *link)
{
	link->greeted = false;
	link->hello_open = false;
	link->hello_answered = link->hello_n;
	link->hello_tries = 0;
	link->hello_due_ms = boot_now(link);
	link->retry_ms = link->window_ms = 0;
	br_ctl_window_open(&link->window);
}

void br_link_connected(void *owner, bool connected)
{
	struct br_link *link = owner;

	link->connected = connected;
	/* The broker tells the bridge's state anew to each connection. */
	link->bridge = link->bridge_heard = false;
	link->bridge_due_ms = connected ? boot_now(link) + BRIDGE_PATIENCE_MS : INT64_MAX;
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
	link->bridge_due_ms = up ? INT64_MAX : boot_now(link) + BRIDGE_PATIENCE_MS;
	greeting_begin(link);
	if (!up)
		trouble(link, "the bridge to HQ's broker is down, the broker tries again");
}

/* Only the local broker knows why its bridge stays away: where to look is told, once each time. */
static void bridge_look(struct br_link *link, int64_t now_ms)
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
	trouble(link, fault.text);
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
	refused(link, fault.text);
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
	refused(link, fault.text);
}

static void ack_take(struct br_link *link, const struct br_ctl *ctl)
{
	unsigned i = br_lane_index(ctl->lane);
	struct br_outbox *outbox = link->outboxes[i];
	int64_t now_ms = boot_now(link);
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
	heard(link);
	link->last_ack_ms = wall_now(link);
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
	br_assert(link->hello_sent_ms <= boot_now(link));
	result = br_inbox_epoch(link->inbox, ctl->hq_epoch);
	if (result == BR_E_EXISTS) {
		link->figures.unasked++;
		refused(link, "a welcome of an epoch that HQ has left before");
		return false;
	}
	if (result < 0)
		link->fatal = result;
	return result == 0;
}

static void welcome_take(struct br_link *link, const struct br_ctl *ctl)
{
	int64_t now_ms = boot_now(link);
	struct br_fault sentence;

	br_assert(ctl->kind == BR_CTL_WELCOME);
	if ((ctl->epoch[0] != '\0' && !epoch_is_own(link, ctl)) || !hq_epoch_take(link, ctl))
		return;
	link->hello_open = false;
	heard(link);
	link->round_trip_ms = now_ms - link->hello_sent_ms;
	link->figures.welcomes++;
	if (br_hq_clock_welcome(&link->hq_clock, ctl,
		    ctl->hello[0] != '\0' && link->hello_answered == link->hello_n
			    ? link->round_trip_ms
			    : -1,
		    &sentence))
		trouble(link, sentence.text);
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
	refused(link,
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
	refused(link, fault->text);
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
		heard(link);
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
		refused(link, fault.text);
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
	result = br_quarantine_link_message(link->quarantine, root, &fault);
	if (result < 0) {
		ctl_malformed(link, &fault);
		return;
	}
	heard(link);
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
			heard(link);
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
	result = br_inbox_message(link->inbox, lane, payload);
	if (result < 0) {
		(void)br_fault_set(&fault, result, "backroom/dn/%s: %zu bytes not taken: %s",
			br_down_words[lane], payload.n, br_error_text(result));
		link->figures.malformed += result == BR_E_TOO_LARGE;
		refused(link, fault.text);
		return;
	}
	result = br_inbox_work(link->inbox);
	if (result < 0)
		link->fatal = result;
	/* HQ seems to be another one than before: ask it who it is, unless it was asked just now.
	 */
	if (br_inbox_figures(link->inbox).epochs > epochs &&
		boot_now(link) - link->hello_sent_ms >= HELLO_FIRST_MS)
		link->hello_due_ms = boot_now(link);
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
		refused(link, "a message on a topic below backroom/dn/ that is no lane: allowed "
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

static int64_t hello_wait_ms(const struct br_link *link)
{
	int64_t wait_ms = BR_LINK_HELLO_INTERVAL_MS;

	if (!link->greeted && link->hello_tries < 4)
		wait_ms = HELLO_FIRST_MS << link->hello_tries;
	br_assert(wait_ms >= HELLO_FIRST_MS && wait_ms <= 2 * BR_LINK_HELLO_INTERVAL_MS);
	/* A little sooner, at random, so that stores that came back together drift apart. */
	return wait_ms - link->options.dice.roll(link->options.dice.context) % (wait_ms / 8);
}

static int hello_send(struct br_link *link, int64_t now_ms)
{
	char id[BR_EPOCH_TEXT_BYTES];
	struct br_hello hello = {
		.store = br_str_from(link->store_id),
		.epoch = br_core_epoch(link->core),
		.since = br_core_since(link->core),
		.id = id,
		.version = link->options.version,
		.hq_epoch = br_inbox_epoch_known(link->inbox),
		.now_ms = wall_now(link),
		.hlc = br_core_stamp(link->core, wall_now(link)),
	};
	struct br_text text;
	int result;

	br_assert(link->connected && link->bridge);
	link->hello_n++;
	(void)snprintf(id, sizeof(id), "%08" PRIx32 "%08" PRIx32, link->hello_run, link->hello_n);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		hello.heads[i] = br_outbox_state(link->outboxes[i]).head;
	for (unsigned i = 0; i < BR_DOWN_N; i++)
		hello.down[i] = br_inbox_mark(link->inbox, i);
	br_text_init(&text, HELLO_BYTES_MAX);
	br_hello_write(&hello, &text);
	result = br_text_error(&text);
	br_assert(result != BR_E_TOO_LARGE);
	if (result == 0)
		result = link->publisher.publish(
			link->publisher.context, "backroom/up/ctl", br_text_str(&text), 1, false);
	br_text_finish(&text);
	if (result < 0)
		return result;
	link->figures.hellos++;
	link->hello_open = true;
	link->hello_sent_ms = now_ms;
	link->hello_due_ms = now_ms + hello_wait_ms(link);
	link->hello_tries++;
	return 0;
}

/* The journal cannot be read: that lane stands, the other goes on, and a person must look. */
static void lane_stop(struct br_link *link, unsigned i, int error)
{
	struct br_fault fault;

	br_assert(error < 0 && !link->stuck[i]);
	link->stuck[i] = true;
	(void)br_fault_set(&fault, error,
		"the lane %s stands: the journal cannot be read (%s); run `backroom verify`",
		br_lane_word(br_lane_at(i)), br_error_text(error));
	trouble(link, fault.text);
	br_log(BR_LOG_ERR, "link", "%s", fault.text);
}

/* Counts what the lane has. 1: there is more to count, 0 or an error of the store. */
static int lane_count(struct br_link *link, struct br_txn *txn, unsigned i)
{
	int counted = br_outbox_count(link->outboxes[i], txn, COUNT_BUDGET);

	br_assert(!link->stuck[i]);
	if (counted == BR_E_CORRUPT || counted == BR_E_VERSION) {
		lane_stop(link, i, counted);
		return 0;
	}
	return counted == BR_E_MEMORY ? 0 : counted;
}

/* One lane's share of a turn: sends, then counts. 1: there is more, 0 or an error of the store. */
static int lane_turn(struct br_link *link, struct br_txn *txn, unsigned i, int64_t now_ms)
{
	int sent = 0, counted;

	if (link->stuck[i] || link->declined[i])
		return 0;
	br_assert(!link->greeted || (link->connected && link->bridge));
	if (link->greeted && now_ms >= link->retry_ms)
		sent = br_outbox_send(link->outboxes[i], txn, &link->builder, &link->publisher,
			BATCHES_PER_TURN, now_ms);
	if (sent == BR_E_OFFLINE || sent == BR_E_MEMORY) {
		link->retry_ms = now_ms + RETRY_MS;
		sent = 0;
	}
	if (sent == BR_E_CORRUPT || sent == BR_E_VERSION) {
		lane_stop(link, i, sent);
		return 0;
	}
	counted = sent < 0 ? sent : lane_count(link, txn, i);
	return counted < 0 ? counted : sent > 0 || counted > 0;
}

/* Orders or stock have so much to tell that telemetry must stand back. */
static bool others_are_behind(const struct br_link *link)
{
	bool behind = false;

	for (unsigned i = 0; i < BR_LANES_UP; i++)
		behind = behind || (br_lane_at(i) != BR_LANE_TELEMETRY && !link->stuck[i] &&
					   br_outbox_state(link->outboxes[i]).behind);
	return behind;
}

/* What was committed is read in a transaction of its own, which ends before anything else runs. */
static int lanes_turn(struct br_link *link, int64_t now_ms)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(link->store, false, &txn);

	br_assert(link->fatal == 0);
	for (unsigned i = 0; i < BR_LANES_UP && result >= 0; i++) {
		int more;

		if (br_lane_at(i) == BR_LANE_TELEMETRY)
			br_outbox_yield(link->outboxes[i], others_are_behind(link));
		more = lane_turn(link, txn, i, now_ms);
		result = more < 0 ? more : result | more;
	}
	return result;
}

/*
 * A hello tells how far each lane goes. An HQ that was restored knows from it what it has not heard
 * yet, so what this turn has committed must be in it. 1: not all is counted, 0 or an error.
 */
static int heads_count(struct br_link *link)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(link->store, false, &txn);

	br_assert(link->connected && link->bridge);
	for (unsigned i = 0; i < BR_LANES_UP && result >= 0; i++) {
		int more = link->stuck[i] ? 0 : lane_count(link, txn, i);

		result = more < 0 ? more : result | more;
	}
	return result;
}

/* The window is full: what does not fit waits, and a hello asks HQ for a word soon. */
static int window_wait(struct br_link *link, int result, int64_t now_ms)
{
	int64_t hello_ms = link->hello_sent_ms + HELLO_FIRST_MS;

	br_assert(result != BR_E_BUSY || link->window.out == BR_CTL_WINDOW);
	if (result != BR_E_BUSY)
		return result;
	link->window_ms = now_ms + RETRY_MS;
	if (link->hello_due_ms > hello_ms)
		link->hello_due_ms = hello_ms;
	return 0;
}

/* What the store asks HQ, beside its hellos. */
static int questions_send(
	struct br_link *link, const struct br_publisher *publisher, int64_t now_ms)
{
	int result = br_comparison_send(link->comparison, publisher);

	br_assert(link->greeted);
	if (result == 0)
		result = br_recovery_send(link->recovery, publisher, now_ms);
	return result;
}

/* Tells HQ what it waits for; a publisher that refuses is asked again later. */
static void answers_send(struct br_link *link, int64_t now_ms)
{
	struct br_publisher publisher = br_ctl_window_publisher(&link->window);
	int result = 0;

	if (!link->connected || !link->bridge || now_ms < link->retry_ms)
		return;
	/* The answers go first: a hello that told the marks alone would make HQ skip them. */
	if (now_ms >= link->window_ms)
		result = window_wait(link, br_inbox_send(link->inbox, &publisher), now_ms);
	if (result == 0 && now_ms >= link->hello_due_ms) {
		result = heads_count(link);
		if (result == 0)
			result = hello_send(link, now_ms);
	}
	if (result >= 0 && link->greeted && now_ms >= link->window_ms)
		result = window_wait(link, questions_send(link, &publisher, now_ms), now_ms);
	if (result < 0)
		link->retry_ms = now_ms + RETRY_MS;
}

static void condition_update(struct br_link *link, int64_t now_ms)
{
	enum br_link_condition condition = BR_LINK_DOWN;

	if (link->greeted && now_ms - link->heard_ms > BR_LINK_SILENCE_MS) {
		link->greeted = false;
		trouble(link, "HQ has not answered for 90 s, though its broker is there");
	}
	if (link->connected && link->bridge && link->greeted)
		condition = BR_LINK_UP;
	br_assert(link->condition != BR_LINK_OFF);
	if (condition == link->condition)
		return;
	link->condition = condition;
	link->since_ms = wall_now(link);
	br_metric_set(BR_METRIC_LINK_UP, condition == BR_LINK_UP);
	br_log(BR_LOG_NOTICE, "link", "the link to HQ is %s; %s",
		br_link_condition_words[condition],
		condition == BR_LINK_UP ? "events are sent"
					: "the store works on, events wait in the journal");
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

/* When there may be something to ask HQ; not before the window is looked at again. */
static int64_t questions_due_ms(const struct br_link *link, int64_t now_ms)
{
	int64_t due_ms = br_comparison_due_ms(link->comparison);

	if (link->greeted)
		due_ms = sooner(due_ms, br_recovery_due_ms(link->recovery));
	br_assert(due_ms >= 0 && link->window_ms >= 0);
	if (due_ms < link->window_ms)
		due_ms = link->window_ms;
	return link->window_ms > now_ms ? sooner(due_ms, link->window_ms) : due_ms;
}

/* When the link next wants to be called, and has the timer set so. */
static void due_update(struct br_link *link, int64_t now_ms)
{
	int64_t due_ms = INT64_MAX;

	if (link->connected && link->bridge)
		due_ms = sooner(due_ms, link->hello_due_ms);
	due_ms = sooner(due_ms, link->bridge_due_ms);
	for (unsigned i = 0; i < BR_LANES_UP && link->greeted; i++)
		if (!link->stuck[i] && !link->declined[i])
			due_ms = sooner(due_ms, br_outbox_due_ms(link->outboxes[i]));
	if (link->greeted)
		due_ms = sooner(due_ms, link->heard_ms + BR_LINK_SILENCE_MS + 1);
	due_ms = sooner(due_ms, questions_due_ms(link, now_ms));
	/* What the publisher refuses waits, whatever is due. */
	if (due_ms < link->retry_ms)
		due_ms = link->retry_ms;
	if (link->retry_ms > now_ms)
		due_ms = sooner(due_ms, link->retry_ms);
	if (link->more || br_inbox_waits(link->inbox) || br_recovery_waits(link->recovery) ||
		br_quarantine_link_waits(link->quarantine))
		due_ms = now_ms;
	br_assert(due_ms >= 0);
	link->due_ms = due_ms;
	if (link->timer == NULL)
		return;
	if (due_ms == INT64_MAX)
		br_loop_timer_stop(link->timer);
	else
		br_loop_timer_set(link->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* The earlier of two times, of which 0 is none. */
static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms == 0 || (b_ms > 0 && b_ms < a_ms) ? b_ms : a_ms;
}

/* In a lane that HQ does not take nothing waits. */
static struct br_outbox_state lane_state(const struct br_link *link, unsigned i)
{
	struct br_outbox_state state = br_outbox_state(link->outboxes[i]);

	br_assert(i < BR_LANES_UP);
	if (link->declined[i]) {
		state.behind = state.counting = false;
		state.backlog = state.in_flight = 0;
		state.oldest_ms = 0;
	}
	return state;
}

/* For /metrics: what waits, and how long the oldest of it has waited. */
static void figures_show(struct br_link *link)
{
	uint64_t backlog = 0, sent = 0, thinned = 0;

	link->oldest_ms = 0;
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		struct br_outbox_state state = lane_state(link, i);

		backlog += state.backlog;
		sent += state.sent;
		thinned += state.thinned;
		link->oldest_ms = earlier(link->oldest_ms, state.oldest_ms);
	}
	br_assert(link->oldest_ms >= 0);
	br_metric_set(BR_METRIC_LINK_BACKLOG, backlog);
	br_metric_set(BR_METRIC_LINK_BATCHES, sent);
	br_metric_set(BR_METRIC_LINK_THINNED, thinned);
}

/* Grows from turn to turn, also when nothing else happens. A clock that was set back shows 0. */
static void age_show(const struct br_link *link)
{
	int64_t age_ms = link->oldest_ms > 0 ? wall_now(link) - link->oldest_ms : 0;

	br_assert(link->options.enabled);
	br_metric_set(BR_METRIC_LINK_OLDEST, age_ms > 0 ? (uint64_t)age_ms / 1000 : 0);
}

int br_link_turn(struct br_link *link)
{
	int64_t now_ms;

	if (link->fatal != 0 || !link->options.enabled)
		return link->fatal;
	if (!link->stirred) {
		age_show(link);
		return 0;
	}
	invariant_check(link);
	link->stirred = false;
	now_ms = boot_now(link);
	br_inbox_turn_end(link->inbox);
	answers_send(link, now_ms);
	bridge_look(link, now_ms);
	condition_update(link, now_ms);
	link->fatal = lanes_turn(link, now_ms);
	if (link->fatal >= 0 && br_quarantine_link_show(link->quarantine) < 0)
		link->fatal = BR_E_IO;
	if (link->fatal < 0)
		return link->fatal;
	link->more = link->fatal > 0;
	link->fatal = 0;
	figures_show(link);
	age_show(link);
	due_update(link, now_ms);
	return 0;
}

void br_link_told(void *owner, const char *sentence)
{
	struct br_link *link = owner;

	br_assert(link->options.enabled);
	trouble(link, sentence);
}

int64_t br_link_due_ms(const struct br_link *link)
{
	return link->stirred ? 0 : link->due_ms;
}

void br_link_state(const struct br_link *link, struct br_link_state *ret_state)
{
	struct br_link_state state;

	/* The gaps between the members too: whoever asks may compare two states as bytes. */
	memset(&state, 0, sizeof(state));
	state.condition = link->condition;
	state.since_ms = link->since_ms;
	state.connected = link->connected;
	state.bridge = link->bridge;
	state.greeted = link->greeted;
	state.last_ack_ms = link->last_ack_ms;
	state.round_trip_ms = link->round_trip_ms;
	state.last_error_ms = link->last_error_ms;
	state.figures = link->figures;
	memcpy(state.hq, br_inbox_epoch_known(link->inbox), sizeof(state.hq));
	memcpy(state.last_error, link->last_error, sizeof(state.last_error));
	state.comparison = br_comparison_state(link->comparison);
	state.figures.inbox = br_inbox_figures(link->inbox);
	state.figures.clock_ahead = link->hq_clock.ahead_n;
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		const struct br_outbox_state *lane = &state.lanes[i];

		state.lanes[i] = lane_state(link, i);
		state.backlog += lane->backlog;
		state.figures.batches += lane->sent;
		state.figures.resent += lane->resent;
		state.oldest_ms = earlier(state.oldest_ms, lane->oldest_ms);
		if (lane->round_trip_ms >= 0)
			state.round_trip_ms = lane->round_trip_ms;
	}
	for (unsigned i = 0; i < BR_DOWN_N; i++) {
		state.down[i] = br_inbox_mark(link->inbox, i);
		state.down_heads[i] = br_inbox_head(link->inbox, i);
	}
	state.restored = br_recovery_hole(link->recovery, &state.hole);
	memcpy(ret_state, &state, sizeof(state));
}
