/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "cloud-sync/comparison.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/crypto.h"
#include "node/day.h"
#include "node/log.h"
#include "node/metrics.h"

#define ROWS_PER_TICK 200
#define COMMANDS_PER_TICK 32
#define TURN_SHARE (BR_TURN_COMMANDS_MAX / 4) /* the core's turn is for others, too */
#define LOOK_MS 1000			      /* between two looks for what has become due */
#define REST_MS 60000 /* without a commit there is nothing new to see, but the night comes */
#define AWAY_MS 5000  /* between two looks whether the link has come back */
#define RESEND_MS 10000
#define RESEND_LAST_MS 60000
#define PATIENCE_MS (10 * 60 * 1000)
#define CATCH_UP_MS (60 * 60 * 1000)
#define NIGHT_MS (6 * 60 * 60 * 1000) /* a night's comparison is not begun later than that */
#define HOUR_MS (60 * 60 * 1000)
#define DAY_MS (24 * INT64_C(3600000))
#define ARENA_BYTES_MAX (4u << 20)
#define VALUE_BYTES_MAX (64u << 10)
#define COMMAND_ID_BYTES 48
/* Orders and stock, the first ones: of what is compared nothing travels as telemetry. */
#define COMPARED_LANES 2

const char *const br_comparison_phase_words[] = {
	"idle", "waiting", "reading", "asking", "stating", "telling", "ended", NULL};

struct br_comparison {
	struct br_core *core; /* borrowed, as the next ones */
	struct br_store *store;
	const struct br_clock *clock;
	struct br_dice dice;
	struct br_comparison_settings settings;
	const struct br_command_type *end_type, *stock_type, *order_type;
	struct br_arena arena;
	struct br_text value, message;

	enum br_comparison_phase phase;
	enum br_view view;
	bool wanted[BR_VIEW_N]; /* by HQ, or after an outage */
	int64_t spread_ms;	/* of this night, within the hour */
	int64_t down_ms;	/* boot ms since when the link is away; 0 = it is up */
	bool up;		/* the link, at the last tick */
	uint64_t looked;	/* the journal's head at the last look */
	unsigned again;		/* sessions in a row that found more than they could repair */
	int64_t ticked_ms, look_ms, due_ms; /* boot ms */

	/* Of the session. */
	struct br_range_head head;
	char hq_epoch[BR_EPOCH_TEXT_BYTES];
	uint64_t asked; /* the ask that it answers */
	uint64_t base;
	uint64_t acked[COMPARED_LANES]; /* what HQ had confirmed when it was asked first */
	int64_t begun_ms;		/* boot ms, of the phase */
	struct br_view_walk walk;
	struct br_range_set *set;
	struct br_range_search *search;
	struct br_range_reply *reply;
	size_t next;	    /* difference to be repaired next */
	size_t told;	    /* telling: differences in the message that waits */
	uint64_t round;	    /* of that message */
	unsigned commands;  /* of this session */
	bool message_ready; /* waits for its answer */
	int64_t send_ms;    /* boot ms: when it is sent next */
	int64_t wait_ms;    /* then it doubles */
	struct br_reconcile_ended ended;
	char reason[BR_REASON_BYTES_MAX + 1];
	int fatal;
};

static void invariant_check(const struct br_comparison *comparison)
{
	br_assert(comparison->core != NULL && comparison->store != NULL);
	br_assert(comparison->phase != BR_COMPARISON_IDLE || comparison->set == NULL);
	br_assert((comparison->search != NULL) <= (comparison->set != NULL));
	br_assert(!comparison->message_ready || comparison->phase == BR_COMPARISON_ASKING ||
		  comparison->phase == BR_COMPARISON_TELLING);
}

static int64_t boot_now(const struct br_comparison *comparison)
{
	return comparison->clock->boot_ms(comparison->clock->context);
}

static int64_t wall_now(const struct br_comparison *comparison)
{
	return comparison->clock->wall_ms(comparison->clock->context);
}

static uint32_t roll(const struct br_comparison *comparison)
{
	return comparison->dice.roll(comparison->dice.context);
}

int br_comparison_create(struct br_core *core, struct br_store *store, const struct br_clock *clock,
	struct br_dice dice, const struct br_comparison_settings *settings,
	struct br_comparison **ret_comparison)
{
	BR_CLEANUP(br_comparison_cleanup)
	struct br_comparison *comparison = calloc(1, sizeof(*comparison));

	br_assert(dice.roll != NULL && settings->hour < 24);
	if (comparison == NULL)
		return BR_E_MEMORY;
	comparison->core = core;
	comparison->store = store;
	comparison->clock = clock;
	comparison->dice = dice;
	comparison->settings = *settings;
	comparison->end_type = br_command_type_named(BR_STR("reconcile.end"));
	comparison->stock_type = br_command_type_named(BR_STR("stock.state"));
	comparison->order_type = br_command_type_named(BR_STR("order.state"));
	br_arena_init(&comparison->arena, ARENA_BYTES_MAX);
	br_text_init(&comparison->value, VALUE_BYTES_MAX);
	br_text_init(&comparison->message, BR_RANGE_MESSAGE_BYTES_MAX);
	comparison->spread_ms = roll(comparison) % HOUR_MS;
	comparison->down_ms = boot_now(comparison);
	comparison->reply = calloc(1, sizeof(*comparison->reply));
	if (comparison->reply == NULL)
		return BR_E_MEMORY;
	invariant_check(comparison);
	*ret_comparison = BR_TAKE(comparison);
	return 0;
}

/* Drops what a session holds. */
static void session_drop(struct br_comparison *comparison)
{
	/* The search borrows the set. */
	br_assert(comparison->search == NULL || comparison->set != NULL);
	br_range_search_destroy(BR_TAKE(comparison->search));
	br_range_set_destroy(BR_TAKE(comparison->set));
	comparison->message_ready = false;
	br_text_finish(&comparison->message);
}

void br_comparison_destroy(struct br_comparison *comparison)
{
	if (comparison == NULL)
		return;
	br_assert(comparison->core != NULL || comparison->reply == NULL);
	session_drop(comparison);
	if (comparison->reply != NULL)
		br_range_reply_finish(comparison->reply);
	free(comparison->reply);
	br_arena_finish(&comparison->arena);
	br_text_finish(&comparison->value);
	free(comparison);
}

/* The only place where the phase changes. */
static void phase_move(struct br_comparison *comparison, enum br_comparison_phase phase)
{
	br_assert(phase != BR_COMPARISON_IDLE || comparison->phase == BR_COMPARISON_ENDED);
	comparison->phase = phase;
	comparison->begun_ms = boot_now(comparison);
	comparison->due_ms = 0;
	invariant_check(comparison);
}

/* The session has come to its end; what it came to is journalled with the next tick. */
static void session_end(
	struct br_comparison *comparison, enum br_reconcile_outcome outcome, const char *reason)
{
	struct br_range_figures figures = {.complete = true};

	br_assert(comparison->phase != BR_COMPARISON_IDLE);
	br_assert((outcome == BR_RECONCILE_FAILED) == (reason[0] != '\0'));
	if (comparison->search != NULL)
		figures = br_range_search_figures(comparison->search);
	comparison->ended.outcome = (uint8_t)outcome;
	comparison->ended.compared = comparison->set != NULL ? br_range_set_n(comparison->set) : 0;
	comparison->ended.differing =
		comparison->search != NULL ? br_range_search_found(comparison->search) : 0;
	comparison->ended.more = outcome != BR_RECONCILE_FAILED && !figures.complete;
	comparison->ended.rounds += figures.rounds;
	comparison->ended.up_bytes += figures.up_bytes;
	comparison->ended.dn_bytes += figures.dn_bytes;
	(void)snprintf(comparison->reason, sizeof(comparison->reason), "%s", reason);
	br_utf8_mend(comparison->reason);
	session_drop(comparison);
	phase_move(comparison, BR_COMPARISON_ENDED);
}

static void session_fail(struct br_comparison *comparison, const char *reason)
{
	br_assert(comparison->view < BR_VIEW_N && reason[0] != '\0');
	br_log(BR_LOG_WARNING, "link",
		"comparing the view %s with HQ was given up: %s; it is tried again the next night",
		br_view_words[comparison->view], reason);
	session_end(comparison, BR_RECONCILE_FAILED, reason);
}

static int session_name(struct br_comparison *comparison)
{
	unsigned char name[8];
	int result = br_random(comparison->head.key, sizeof(comparison->head.key));

	if (result == 0)
		result = br_random(name, sizeof(name));
	for (unsigned i = 0; i < sizeof(name) && result == 0; i++)
		(void)snprintf(comparison->head.session + 2 * i, 3, "%02x", name[i]);
	br_assert(result < 0 || comparison->head.session[BR_SESSION_BYTES - 1] != '\0');
	return result;
}

static int session_begin(struct br_comparison *comparison, struct br_txn *txn, enum br_view view,
	const struct br_comparison_link *link, uint64_t asked)
{
	int64_t now_ms = wall_now(comparison);
	int result;

	comparison->head = (struct br_range_head){.view = view, .at_ms = now_ms};
	result = session_name(comparison);
	if (result < 0)
		return result;
	if (view == BR_VIEW_ORDERS)
		comparison->head.after = br_view_sequence_at(
			txn, now_ms - comparison->settings.order_days * DAY_MS, &comparison->arena);
	br_assert(comparison->set == NULL && link->up);
	result = br_range_set_create(comparison->head.key, &comparison->set);
	if (result < 0)
		return result;
	comparison->view = view;
	comparison->asked = asked;
	comparison->base = br_core_head(comparison->core);
	comparison->wanted[view] = false;
	comparison->ended = (struct br_reconcile_ended){.view = (uint8_t)view, .asked = asked};
	(void)snprintf(comparison->hq_epoch, sizeof(comparison->hq_epoch), "%s", link->hq_epoch);
	comparison->next = comparison->told = 0;
	comparison->commands = 0;
	br_view_walk_begin(&comparison->walk, view, comparison->head.after, now_ms);
	phase_move(comparison, BR_COMPARISON_WAITING);
	return 0;
}

/* True when this night's time has come and the view was not compared since. */
static bool night_due(const struct br_comparison *comparison, const struct br_reconcile_row *row)
{
	int64_t now_ms = wall_now(comparison);
	int64_t night_ms = br_day_of(now_ms).from_ms + comparison->settings.hour * HOUR_MS +
			   comparison->spread_ms;

	if (comparison->settings.hour < 0)
		return false;
	br_assert(comparison->spread_ms < HOUR_MS);
	return now_ms >= night_ms && now_ms < night_ms + NIGHT_MS && row->at_ms < night_ms;
}

/*
 * True when the last session left differences because it found too many. One session more than it
 * takes for all of the items: a counterpart that does not follow must not be told for ever.
 */
static bool again_due(const struct br_comparison *comparison, const struct br_reconcile_row *row)
{
	br_assert(row->last.view < BR_VIEW_N);
	return row->last.more &&
	       comparison->again <= 1 + row->last.compared / BR_RANGE_DIFFERENCES_MAX;
}

/* Prices come behind the catalogue, since they are those of its products. */
static const enum br_view views_in_turn[BR_VIEW_N] = {
	BR_VIEW_STOCK, BR_VIEW_ORDERS, BR_VIEW_CATALOGUE, BR_VIEW_PRICES};

/* Begins the session of the first view that is due. */
static int look(struct br_comparison *comparison, const struct br_comparison_link *link)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int64_t now_ms = boot_now(comparison);
	int result;

	br_assert(comparison->phase == BR_COMPARISON_IDLE);
	comparison->due_ms = now_ms + REST_MS;
	if (!link->up)
		return 0;
	if (now_ms < comparison->look_ms) {
		comparison->due_ms = comparison->look_ms;
		return 0;
	}
	comparison->looked = br_core_head(comparison->core);
	comparison->look_ms = now_ms + LOOK_MS;
	result = br_txn_begin(comparison->store, false, &txn);
	for (unsigned i = 0; i < BR_VIEW_N && result == 0; i++) {
		enum br_view view = views_in_turn[i];
		struct br_reconcile_row row;

		br_arena_reset(&comparison->arena);
		row = br_reconcile_row_get(txn, view, &comparison->arena);
		result = br_txn_error(txn);
		if (result == 0 &&
			(row.asked > row.served || comparison->wanted[view] ||
				again_due(comparison, &row) || night_due(comparison, &row)))
			return session_begin(comparison, txn, view, link,
				row.asked > row.served ? row.asked : 0);
	}
	return result;
}

/* HQ has confirmed every event up to `base`. */
static bool caught_up(const struct br_comparison *comparison, const struct br_comparison_link *link)
{
	br_assert(comparison->base <= br_core_head(comparison->core));
	for (unsigned i = 0; i < COMPARED_LANES; i++)
		if (link->lanes[i].counting ||
			(link->lanes[i].backlog > 0 && link->lanes[i].acked < comparison->base))
			return false;
	return true;
}

static void waiting_tick(
	struct br_comparison *comparison, const struct br_comparison_link *link, int64_t now_ms)
{
	br_assert(comparison->phase == BR_COMPARISON_WAITING);
	if (!caught_up(comparison, link)) {
		comparison->due_ms = now_ms + LOOK_MS;
		if (now_ms - comparison->begun_ms > CATCH_UP_MS)
			session_fail(comparison, "events still wait for HQ's confirmation");
		return;
	}
	for (unsigned i = 0; i < COMPARED_LANES; i++)
		comparison->acked[i] = link->lanes[i].acked;
	phase_move(comparison, BR_COMPARISON_READING);
}

static void message_arm(struct br_comparison *comparison)
{
	br_assert(comparison->message.n > 0 && !comparison->message_ready);
	comparison->message_ready = true;
	comparison->send_ms = 0;
	comparison->wait_ms = RESEND_MS;
	comparison->begun_ms = boot_now(comparison);
	invariant_check(comparison);
}

static void asking_done(struct br_comparison *comparison)
{
	struct br_range_figures figures = br_range_search_figures(comparison->search);

	br_assert(!comparison->message_ready);
	comparison->round = figures.rounds;
	if (br_range_search_found(comparison->search) == 0)
		session_end(comparison, BR_RECONCILE_EQUAL, "");
	else
		phase_move(comparison, br_view_own(comparison->view) ? BR_COMPARISON_STATING
								     : BR_COMPARISON_TELLING);
}

/* Writes the search's next message; a search that leads nowhere ends the session. */
static int asking_tick(struct br_comparison *comparison)
{
	int result;

	if (comparison->message_ready)
		return 0;
	br_text_clear(&comparison->message);
	result = br_range_search_write(comparison->search, &comparison->message);
	br_assert(result <= 1);
	if (result > 0)
		message_arm(comparison);
	else if (result == 0)
		asking_done(comparison);
	else if (result == BR_E_TOO_LARGE)
		session_fail(comparison, "HQ's answers lead nowhere");
	return result == BR_E_MEMORY ? result : 0;
}

static int reading_tick(struct br_comparison *comparison)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	int result = br_txn_begin(comparison->store, false, &txn);

	br_assert(comparison->search == NULL);
	comparison->due_ms = 0;
	if (result == 0)
		result = br_view_walk_step(&comparison->walk, txn, comparison->set, ROWS_PER_TICK,
			&comparison->arena, &comparison->value);
	if (result == BR_E_CORRUPT || result == BR_E_VERSION || result == BR_E_TOO_LARGE ||
		result == BR_E_INVALID) {
		session_fail(
			comparison, "a row of the store cannot be read; run `backroom verify`");
		return 0;
	}
	if (result != 0)
		return result < 0 ? result : 0;
	result = br_range_search_create(comparison->set, &comparison->head, &comparison->search);
	if (result == 0)
		phase_move(comparison, BR_COMPARISON_ASKING);
	return result;
}

static void ended_delivered(
	void *owner, const struct br_ticket *ticket BR_UNUSED, const struct br_answer *answer)
{
	struct br_comparison *comparison = owner;

	br_assert(comparison->phase == BR_COMPARISON_ENDED);
	/* Not taken: the disk is full, or the turn was. The comparison itself has been done. */
	if (answer->outcome != BR_OUTCOME_ACCEPTED)
		comparison->look_ms = boot_now(comparison) + RESEND_LAST_MS;
	else
		comparison->look_ms = 0;
	comparison->again = comparison->ended.more ? comparison->again + 1 : 0;
	phase_move(comparison, BR_COMPARISON_IDLE);
}

static int command_submit(struct br_comparison *comparison, const struct br_command_type *type,
	const void *body, const struct br_ticket *ticket)
{
	char id[COMMAND_ID_BYTES];
	struct br_command command = {
		.actor = BR_STR("reconcile"),
		.type = type,
		.body = body,
		.now_ms = wall_now(comparison),
	};
	int n = snprintf(id, sizeof(id), "%s-%u", comparison->head.session, comparison->commands++);

	br_assert(n > 0 && n < (int)sizeof(id) && type != NULL);
	command.id = (struct br_str){id, (size_t)n};
	return br_core_submit(comparison->core, &command, ticket);
}

static void ended_show(const struct br_comparison *comparison)
{
	const struct br_reconcile_ended *ended = &comparison->ended;

	br_assert(ended->view < BR_VIEW_N);
	br_metric_add(BR_METRIC_RECONCILE_SESSIONS, 1);
	br_metric_add(BR_METRIC_RECONCILE_FAILURES, ended->outcome == BR_RECONCILE_FAILED);
	br_metric_add(BR_METRIC_RECONCILE_DIFFERENCES, ended->differing);
	br_metric_add(BR_METRIC_RECONCILE_REPAIRS, ended->repaired);
	br_metric_add(BR_METRIC_RECONCILE_BYTES, ended->up_bytes + ended->dn_bytes);
	if (ended->differing > 0)
		br_log(BR_LOG_NOTICE, "link",
			"compared %" PRIu64 " items of the view %s with HQ: %" PRIu64
			" differ, %" PRIu64 " are repaired",
			ended->compared, br_view_words[ended->view], ended->differing,
			ended->repaired);
}

static int ended_tick(struct br_comparison *comparison)
{
	struct br_ticket ticket = {.deliver = ended_delivered, .owner = comparison};

	comparison->due_ms = INT64_MAX;
	/* Submitted already: its answer comes with the commit. */
	if (comparison->ended.session.n > 0)
		return 0;
	if (br_core_turn_n(comparison->core) >= TURN_SHARE) {
		comparison->due_ms = 0;
		return 0;
	}
	comparison->ended.session = br_str_from(comparison->head.session);
	comparison->ended.reason = br_str_from(comparison->reason);
	ended_show(comparison);
	return command_submit(comparison, comparison->end_type, &comparison->ended, &ticket);
}

/* 1: it was touched behind the base, so the difference may be on its way. */
static int in_flight(struct br_comparison *comparison, struct br_txn *txn, struct br_str key)
{
	uint64_t touched = br_view_touched(txn, comparison->view, key);
	int result = br_txn_error(txn);

	br_assert(key.n > 0);
	return result < 0 ? result : touched > comparison->base;
}

static int row_state(struct br_comparison *comparison, struct br_str key)
{
	struct br_str session = br_str_from(comparison->head.session);
	struct br_stock_state stock = {key, session};
	struct br_order_state_ask order = {key, session};
	bool orders = comparison->view == BR_VIEW_ORDERS;

	br_assert(br_view_own(comparison->view));
	return command_submit(comparison, orders ? comparison->order_type : comparison->stock_type,
		orders ? (const void *)&order : (const void *)&stock, NULL);
}

/*
 * The store's own views: its rows are stated. The look at what touched them is the committed one;
 * what this turn's commands touch is stated as it is after them, which is right as well.
 */
static int stating_tick(struct br_comparison *comparison)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	size_t found = br_range_search_found(comparison->search);
	int result = br_txn_begin(comparison->store, false, &txn);

	comparison->due_ms = 0;
	for (unsigned i = 0; i < COMMANDS_PER_TICK && comparison->next < found && result == 0;
		i++) {
		struct br_str key =
			br_range_search_difference(comparison->search, comparison->next).key;
		int flying;

		if (br_core_turn_n(comparison->core) >= TURN_SHARE)
			return 0;
		flying = in_flight(comparison, txn, key);
		if (flying < 0)
			return flying;
		if (flying == 0)
			result = row_state(comparison, key);
		comparison->ended.repaired += flying == 0;
		comparison->ended.left += flying > 0;
		comparison->next++;
	}
	if (result < 0 || comparison->next < found)
		return result;
	session_end(comparison, BR_RECONCILE_REPAIRED, "");
	return 0;
}

/* Adds [key, the value here] to the list of what differs. 1 for a key that was added. */
static int key_tell(struct br_comparison *comparison, struct br_txn *txn, struct br_str key,
	struct br_json_out *out)
{
	int result = in_flight(comparison, txn, key);

	if (result < 0)
		return result;
	if (result > 0) {
		comparison->ended.left++;
		return 0;
	}
	br_arena_reset(&comparison->arena);
	br_text_clear(&comparison->value);
	/* Prices may have to be taken back, and only the store knows which ones it has. */
	if (comparison->view == BR_VIEW_PRICES)
		result = br_view_value(txn, comparison->view, key, comparison->head.at_ms,
			&comparison->arena, &comparison->value);
	br_assert(result <= 0);
	if (result < 0)
		return result;
	br_json_out_array(out, NULL);
	br_json_out_string(out, NULL, key);
	br_json_out_string(out, NULL, br_text_str(&comparison->value));
	br_json_out_end(out);
	return 1;
}

/* HQ's views: HQ is told which keys differ, some in each message. */
static int telling_tick(struct br_comparison *comparison)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	size_t found = br_range_search_found(comparison->search), told = 0;
	struct br_json_out out;
	int result = 0;

	if (comparison->message_ready)
		return 0;
	result = br_txn_begin(comparison->store, false, &txn);
	if (result < 0)
		return result;
	br_range_message_begin(
		&out, &comparison->message, &comparison->head, comparison->round + 1, "differ");
	while (comparison->next < found && told < COMMANDS_PER_TICK &&
		br_range_message_fits(&comparison->message)) {
		result = key_tell(comparison, txn,
			br_range_search_difference(comparison->search, comparison->next).key, &out);
		if (result < 0)
			return result;
		comparison->next++;
		told += (size_t)result;
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_assert(br_text_error(&comparison->message) != BR_E_TOO_LARGE);
	comparison->told = told;
	if (told > 0)
		message_arm(comparison);
	else
		session_end(comparison, BR_RECONCILE_REPAIRED, "");
	return told > 0 ? br_text_error(&comparison->message) : 0;
}

/* Watches the link: how long it is away, and whether a session can still be answered. */
static void link_follow(
	struct br_comparison *comparison, const struct br_comparison_link *link, int64_t now_ms)
{
	comparison->up = link->up;
	if (!link->up) {
		if (comparison->down_ms == 0)
			comparison->down_ms = now_ms;
		return;
	}
	if (comparison->down_ms != 0 && comparison->settings.outage_ms > 0 &&
		now_ms - comparison->down_ms >= comparison->settings.outage_ms)
		for (unsigned view = 0; view < BR_VIEW_N; view++)
			comparison->wanted[view] = true;
	comparison->down_ms = 0;
	if (comparison->phase == BR_COMPARISON_IDLE || comparison->phase == BR_COMPARISON_ENDED ||
		strcmp(comparison->hq_epoch, link->hq_epoch) == 0)
		return;
	br_assert(comparison->view < BR_VIEW_N);
	session_fail(comparison, "HQ is another one than when it began");
}

static void patience_check(struct br_comparison *comparison, int64_t now_ms)
{
	if (!comparison->message_ready || now_ms - comparison->begun_ms < PATIENCE_MS)
		return;
	br_assert(comparison->set != NULL);
	session_fail(comparison, "HQ does not answer");
}

static int phase_tick(
	struct br_comparison *comparison, const struct br_comparison_link *link, int64_t now_ms)
{
	switch (comparison->phase) {
	case BR_COMPARISON_IDLE:
		return look(comparison, link);
	case BR_COMPARISON_WAITING:
		waiting_tick(comparison, link, now_ms);
		return 0;
	case BR_COMPARISON_READING:
		return reading_tick(comparison);
	case BR_COMPARISON_ASKING:
		return asking_tick(comparison);
	case BR_COMPARISON_STATING:
		return stating_tick(comparison);
	case BR_COMPARISON_TELLING:
		return telling_tick(comparison);
	case BR_COMPARISON_ENDED:
		return ended_tick(comparison);
	}
	return 0;
}

int br_comparison_tick(struct br_comparison *comparison, const struct br_comparison_link *link)
{
	int64_t now_ms = boot_now(comparison);
	int result;

	invariant_check(comparison);
	if (comparison->fatal < 0)
		return comparison->fatal;
	comparison->ticked_ms = now_ms;
	link_follow(comparison, link, now_ms);
	patience_check(comparison, now_ms);
	result = phase_tick(comparison, link, now_ms);
	/* Too little memory for a comparison is no reason to end the store's day. */
	if (result == BR_E_MEMORY && comparison->phase != BR_COMPARISON_IDLE &&
		comparison->phase != BR_COMPARISON_ENDED) {
		session_fail(comparison, "no memory for it");
		result = 0;
	}
	if (result == BR_E_MEMORY || result == BR_E_CRYPTO)
		result = 0;
	comparison->fatal = result;
	return result;
}

static void answers_take(struct br_comparison *comparison, size_t payload_n)
{
	const struct br_range_reply *reply = comparison->reply;
	struct br_fault fault = {""};
	int result;

	br_assert(comparison->phase == BR_COMPARISON_ASKING);
	if (reply->orders < comparison->acked[br_lane_index(BR_LANE_ORDERS)] ||
		reply->stock < comparison->acked[br_lane_index(BR_LANE_STOCK)]) {
		session_fail(comparison, "HQ compares with less than it has confirmed");
		return;
	}
	result = br_range_search_take(comparison->search, reply, payload_n, &fault);
	if (result == 1) {
		comparison->message_ready = false;
		comparison->due_ms = 0;
	} else if (result < 0) {
		session_fail(
			comparison, fault.text[0] != '\0' ? fault.text : br_error_text(result));
	}
}

static void repairs_take(struct br_comparison *comparison, size_t payload_n)
{
	uint64_t repairs = comparison->reply->repairs;

	br_assert(comparison->phase == BR_COMPARISON_TELLING);
	comparison->ended.repaired += repairs < comparison->told ? repairs : comparison->told;
	comparison->ended.rounds++;
	comparison->ended.up_bytes += comparison->message.n;
	comparison->ended.dn_bytes += payload_n;
	comparison->round++;
	comparison->message_ready = false;
	comparison->due_ms = 0;
}

/* An answer to the message that waits; all others are late, or come twice, and change nothing. */
static void reply_take(struct br_comparison *comparison, size_t payload_n)
{
	const struct br_range_reply *reply = comparison->reply;
	uint64_t round = comparison->phase == BR_COMPARISON_ASKING
				 ? br_range_search_figures(comparison->search).rounds
				 : comparison->round;

	br_assert(comparison->message_ready);
	if (strcmp(reply->session, comparison->head.session) != 0 || reply->round != round + 1 ||
		reply->view != comparison->view)
		return;
	if (reply->kind == BR_REPLY_REFUSED) {
		char reason[BR_REASON_BYTES_MAX + 1];

		(void)snprintf(
			reason, sizeof(reason), "HQ refuses: %.*s", BR_STR_ARG(reply->refused));
		session_fail(comparison, reason);
	} else if (reply->kind == BR_REPLY_ANSWERS && comparison->phase == BR_COMPARISON_ASKING) {
		answers_take(comparison, payload_n);
	} else if (reply->kind == BR_REPLY_REPAIRS && comparison->phase == BR_COMPARISON_TELLING) {
		repairs_take(comparison, payload_n);
	}
}

bool br_comparison_message(
	struct br_comparison *comparison, struct br_str payload, struct br_fault *fault)
{
	static const char *const words[] = {"\"ranges\"", "\"reconcile\""};
	struct br_range_reply *reply = comparison->reply;
	bool ours = false;

	fault->text[0] = '\0';
	/* Most messages are acks: their bytes alone say that they are none of these. */
	for (unsigned i = 0; i < BR_ARRAY_LEN(words); i++)
		ours = ours || (payload.n > 0 && memmem(payload.s, payload.n, words[i],
							 strlen(words[i])) != NULL);
	if (!ours)
		return false;
	invariant_check(comparison);
	if (br_range_reply_parse(reply, payload, fault) < 0)
		return true;
	if (reply->kind == BR_REPLY_RECONCILE) {
		for (unsigned view = 0; view < BR_VIEW_N; view++)
			comparison->wanted[view] = comparison->wanted[view] || reply->views[view];
		comparison->look_ms = comparison->due_ms = 0;
	} else if (comparison->message_ready) {
		reply_take(comparison, payload.n);
	}
	br_range_reply_finish(reply);
	return true;
}

int br_comparison_send(struct br_comparison *comparison, const struct br_publisher *publisher)
{
	int64_t now_ms = boot_now(comparison);
	int result;

	if (!comparison->message_ready || now_ms < comparison->send_ms)
		return 0;
	br_assert(comparison->message.n > 0);
	result = publisher->publish(
		publisher->context, "backroom/up/ctl", br_text_str(&comparison->message), 1, false);
	if (result < 0)
		return result;
	comparison->send_ms = now_ms + comparison->wait_ms;
	comparison->wait_ms *= 2;
	if (comparison->wait_ms > RESEND_LAST_MS)
		comparison->wait_ms = RESEND_LAST_MS;
	return 0;
}

int64_t br_comparison_due_ms(const struct br_comparison *comparison)
{
	int64_t give_up_ms = comparison->begun_ms + PATIENCE_MS;

	invariant_check(comparison);
	if (!comparison->up)
		return comparison->ticked_ms + AWAY_MS;
	if (comparison->message_ready)
		return comparison->send_ms < give_up_ms ? comparison->send_ms : give_up_ms;
	if (comparison->phase == BR_COMPARISON_IDLE &&
		comparison->looked != br_core_head(comparison->core) &&
		comparison->look_ms < comparison->due_ms)
		return comparison->look_ms;
	return comparison->due_ms;
}

struct br_comparison_state br_comparison_state(const struct br_comparison *comparison)
{
	struct br_comparison_state state;

	memset(&state, 0, sizeof(state));
	state.phase = comparison->phase;
	state.view = comparison->phase == BR_COMPARISON_IDLE ? BR_VIEW_STOCK : comparison->view;
	state.items = comparison->set != NULL ? br_range_set_n(comparison->set) : 0;
	state.found = comparison->search != NULL ? br_range_search_found(comparison->search) : 0;
	invariant_check(comparison);
	return state;
}
