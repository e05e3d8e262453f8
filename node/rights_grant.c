#include "node/rights_grant.h"

#include <string.h>

#include "node/policy.h"
#include "node/product.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/time.h"
#include "node/timer.h"

#define UNIT 1000
#define MINUTE_MS INT64_C(60000)
#define DAY_MS (24 * 60 * MINUTE_MS)
#define SWEEP_KEY BR_STR("store")
/* One event of a product's history at a time. */
#define EVENT_ARENA_BYTES_MAX (256u << 10)

static const struct br_field swept_fields[] = {
	BR_TIME(br_rights_swept, at),
	BR_TIME(br_rights_swept, next),
	BR_TEXT(br_rights_swept, cursor, 0, BR_ID_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_rights_swept_shape, br_rights_swept, 1, swept_fields);

static const struct br_field sweep_fields[] = {
	BR_TIME(br_rights_sweep, mark),
	BR_TEXT(br_rights_sweep, cursor, 0, BR_ID_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_rights_sweep_shape, br_rights_sweep, 1, sweep_fields);

/* Why a product gets no rights. */
enum hindrance {
	HINDRANCE_NONE,
	HINDRANCE_FORGOTTEN,
	HINDRANCE_RECALL,
	HINDRANCE_LITTLE,
	HINDRANCE_STALE,
	HINDRANCE_BREACH
};
static const char *const hindrances[] = {
	[HINDRANCE_FORGOTTEN] = "the store was restored and has not heard what it had granted",
	[HINDRANCE_RECALL] = "a recall of its rights is open",
	[HINDRANCE_LITTLE] = "fewer are free than rights_stock_min",
	[HINDRANCE_STALE] = "nobody counted or moved it for rights_stale_days",
	[HINDRANCE_BREACH] = "a promise of it was broken and it was not counted since",
};

/* What an event says of one product: whether its goods were touched, or counted. */
struct look {
	struct br_str sku;
	bool moved, counted;
};

static void look_visit(void *context, const struct br_movement *movement)
{
	struct look *look = context;

	br_assert(movement->sku.n > 0);
	if (!br_str_equal(movement->sku, look->sku))
		return;
	look->counted = look->counted || movement->kind == BR_MOVEMENT_COUNT;
	look->moved = look->moved || look->counted;
	for (unsigned i = 0; i < BR_BUCKET_N; i++)
		look->moved = look->moved || movement->buckets[i] != 0;
}

/*
 * From the product's last event back: a count says that the numbers are good, a breach before one
 * that they are not, and anything that touched the goods at all that somebody was there.
 */
static enum hindrance age_look(struct br_txn *txn, struct br_str sku, int64_t since_ms)
{
	struct look look = {.sku = sku};
	struct br_movement_visit visit = {look_visit, &look};
	bool breached = false;
	struct br_history history;
	struct br_arena arena;
	uint64_t sequence;
	unsigned n = 0;

	br_assert(sku.n > 0);
	br_arena_init(&arena, EVENT_ARENA_BYTES_MAX);
	br_history_begin(&history, txn, BR_NOUN_PRODUCT, sku, 0);
	while (!look.counted && !breached && n++ < BR_RIGHTS_HISTORY_MAX &&
		br_history_next(&history, &sequence)) {
		struct br_event event;

		br_arena_reset(&arena);
		/* What was cut from the journal is older than any time that counts. */
		if (br_event_get(txn, sequence, &arena, &event) < 0 || event.recorded_ms < since_ms)
			break;
		breached = event.kind == BR_EVENT_STOCK_BREACHED;
		if (br_event_types[event.kind].movements != NULL)
			br_event_types[event.kind].movements(&event, &visit);
	}
	br_history_end(&history);
	br_arena_finish(&arena);
	if (breached)
		return HINDRANCE_BREACH;
	return look.moved ? HINDRANCE_NONE : HINDRANCE_STALE;
}

/* What is free to be granted, in whole units; 0 with the reason why nothing is. */
static int64_t free_find(struct br_decision *decision, const struct br_policy *policy,
	struct br_str sku, const struct br_rights_row *row, enum hindrance *ret_hindrance)
{
	struct br_stock stock = br_stock_get(decision->txn, sku);
	int64_t available =
		br_stock_available(decision->txn, sku, &stock, BR_CHANNEL_NONE) / UNIT * UNIT;
	int64_t since_ms = decision->command->now_ms - (int64_t)policy->rights_stale_days * DAY_MS;

	br_assert(policy->rights_stock_min >= 0);
	if (br_rights_forgotten(decision))
		*ret_hindrance = HINDRANCE_FORGOTTEN;
	else if (row->recalled > 0)
		*ret_hindrance = HINDRANCE_RECALL;
	else if (available <= 0 || available < policy->rights_stock_min)
		*ret_hindrance = HINDRANCE_LITTLE;
	else
		*ret_hindrance = age_look(decision->txn, sku, since_ms);
	if (*ret_hindrance != HINDRANCE_NONE)
		return 0;
	return available < BR_QUANTITY_MAX ? available : BR_QUANTITY_MAX;
}

/* The rights that a product should have until HQ is heard again. */
static int64_t target_of(
	const struct br_policy *policy, const struct br_rights_row *row, int64_t now_ms)
{
	int64_t minutes = (int64_t)policy->rights_contact_minutes;
	int64_t span = INT64_C(24) * 60 * BR_RIGHTS_DEMAND_DAYS;
	int64_t expected = br_rights_demand(row, now_ms) * minutes;

	br_assert(expected >= 0);
	return (expected + span * UNIT - 1) / (span * UNIT) * UNIT;
}

int br_rights_decide_request(struct br_decision *decision, const void *body)
{
	const struct br_rights *asked = body;
	struct br_policy policy = br_policy_get(decision->txn);
	struct br_str sku, none = {NULL, 0};
	struct br_rights granted = *asked;
	enum hindrance hindrance;
	struct br_rights_row row;
	int64_t available;
	int result = br_rights_central_refuse(decision, "ask for rights");

	if (result == 0)
		result = br_product_resolve(decision, asked->sku, none, "data", &sku);
	if (result != 0)
		return result;
	if (policy.rights_contact_minutes == 0)
		return br_decision_refuse(decision, BR_REFUSAL_NOT_ALLOWED,
			"the store's policy grants no rights: rights_contact_minutes is 0");
	row = br_rights_get(decision->txn, sku, decision->arena);
	available = free_find(decision, &policy, sku, &row, &hindrance);
	if (available == 0)
		return br_decision_refuse(decision, BR_REFUSAL_INSUFFICIENT_STOCK,
			"product \"%.*s\": nothing is granted, %s", BR_STR_ARG(sku),
			hindrances[hindrance]);
	br_assert(available > 0);
	granted.sku = sku;
	if (available < asked->quantity) {
		granted.quantity = available;
		br_decision_warn(decision, "%.10g of \"%.*s\" are asked for, %.10g are granted",
			(double)asked->quantity / 1000, BR_STR_ARG(sku), (double)available / 1000);
	}
	br_decision_emit(decision, BR_EVENT_RIGHTS_GRANTED, &granted);
	return br_txn_error(decision->txn);
}

/* One slice on its way. */
struct slice {
	struct br_decision *decision;
	struct br_policy policy;
	struct br_str last;
	unsigned n;
	bool over; /* there are no more products behind it */
};

static struct br_str text_keep(struct br_decision *decision, struct br_str text)
{
	char *copy = br_arena_take(decision->arena, text.n);

	br_assert(text.n > 0);
	if (copy == NULL) {
		(void)br_txn_fail(decision->txn, BR_E_MEMORY);
		return (struct br_str){NULL, 0};
	}
	memcpy(copy, text.s, text.n);
	return (struct br_str){copy, text.n};
}

static bool product_exists(struct br_txn *txn, struct br_str sku)
{
	struct br_key key = br_key_of_str(sku);

	br_assert(sku.n > 0);
	return br_txn_has(txn, BR_TABLE_PRODUCT, br_key_str(&key));
}

static void product_top_up(
	struct slice *slice, struct br_str sku, const struct br_rights_row *row, int64_t now_ms)
{
	struct br_txn *txn = slice->decision->txn;
	int64_t lacking = target_of(&slice->policy, row, now_ms) - br_stock_get(txn, sku).rights;
	struct br_rights granted = {.sku = sku, .reason = BR_STR("expected until HQ is heard")};
	enum hindrance hindrance;
	int64_t available;

	br_assert(now_ms >= 0);
	if (lacking <= 0 || !product_exists(txn, sku))
		return;
	available = free_find(slice->decision, &slice->policy, sku, row, &hindrance);
	granted.quantity = lacking < available ? lacking : available;
	/* What is left of a unit is no order's. */
	granted.quantity -= granted.quantity % UNIT;
	if (granted.quantity > 0)
		br_decision_emit(slice->decision, BR_EVENT_RIGHTS_GRANTED, &granted);
}

static bool slice_visit(void *context, struct br_str sku, const struct br_rights_row *row)
{
	struct slice *slice = context;

	br_assert(slice->n <= BR_RIGHTS_SLICE);
	/* One more than the slice takes shows that there is a next one. */
	if (slice->n == BR_RIGHTS_SLICE) {
		slice->over = false;
		return false;
	}
	slice->n++;
	slice->last = text_keep(slice->decision, sku);
	if (br_txn_error(slice->decision->txn) == 0)
		product_top_up(slice, slice->last, row, slice->decision->command->now_ms);
	return br_txn_error(slice->decision->txn) == 0;
}

static struct br_rights_sweep sweep_get(struct br_txn *txn, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(SWEEP_KEY);
	struct br_rights_sweep sweep;

	if (br_row_get_copy(txn, BR_TABLE_RIGHTS_SWEEP, br_key_str(&key), &br_rights_sweep_shape,
		    arena, &sweep) < 0)
		return (struct br_rights_sweep){.mark = 0};
	br_assert(sweep.mark >= 0);
	return sweep;
}

int br_rights_decide_sweep(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;
	struct br_rights_sweep sweep = sweep_get(decision->txn, decision->arena);
	struct slice slice = {.decision = decision, .over = true};
	struct br_rights_swept swept = {.at = fired->at_ms};
	int64_t pause_ms = BR_RIGHTS_SLICE_PAUSE_MS;

	if (!br_str_equal(fired->key, SWEEP_KEY) || sweep.mark == 0 || sweep.mark != fired->at_ms)
		return br_decision_refuse(
			decision, BR_REFUSAL_ALREADY, "rights: nothing is to be looked at now");
	slice.policy = br_policy_get(decision->txn);
	br_assert(slice.policy.rights_contact_minutes > 0);
	br_rights_walk(decision->txn, sweep.cursor, slice_visit, &slice);
	if (slice.over)
		pause_ms = (int64_t)slice.policy.rights_top_up_minutes * MINUTE_MS;
	else
		swept.cursor = slice.last;
	swept.next = decision->command->now_ms + pause_ms;
	if (swept.next > BR_TIME_MAX_MS)
		swept.next = BR_TIME_MAX_MS;
	br_decision_emit(decision, BR_EVENT_RIGHTS_SWEPT, &swept);
	return br_txn_error(decision->txn);
}

/* Writes the row and moves the timer's mark with it. */
static void sweep_put(
	struct br_txn *txn, int64_t mark_before_ms, const struct br_rights_sweep *sweep)
{
	struct br_key key = br_key_of_str(SWEEP_KEY);

	br_assert(sweep->mark >= 0 && mark_before_ms >= 0);
	if (mark_before_ms > 0)
		br_timer_delete(txn, BR_TIMER_RIGHTS, SWEEP_KEY, mark_before_ms);
	if (sweep->mark > 0)
		br_timer_put(txn, BR_TIMER_RIGHTS, SWEEP_KEY, sweep->mark);
	br_row_put(txn, BR_TABLE_RIGHTS_SWEEP, br_key_str(&key), &br_rights_sweep_shape, sweep);
}

void br_rights_apply_swept(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_rights_swept *swept = event->body;
	struct br_rights_sweep sweep = {.mark = swept->next, .cursor = swept->cursor};

	br_assert(event->kind == BR_EVENT_RIGHTS_SWEPT);
	sweep_put(txn, swept->at, &sweep);
}

void br_rights_policy_follow(struct br_txn *txn, const struct br_event *event)
{
	const struct br_policy *policy = event->body;
	bool on = policy->rights_contact_minutes > 0;
	struct br_rights_sweep sweep = {.mark = on ? event->recorded_ms : 0};
	struct br_rights_sweep before;
	struct br_arena arena;

	br_assert(event->kind == BR_EVENT_POLICY_CHANGED);
	br_arena_init(&arena, 4096);
	before = sweep_get(txn, &arena);
	/* A changed policy is heeded at once: a new round begins. */
	if (on || before.mark > 0)
		sweep_put(txn, before.mark, &sweep);
	br_arena_finish(&arena);
}

void br_rights_correct(struct br_txn *txn, int64_t at_ms, struct br_arena *arena)
{
	int64_t round_ms = (int64_t)br_policy_get(txn).rights_top_up_minutes * MINUTE_MS;
	struct br_rights_sweep sweep = sweep_get(txn, arena);
	int64_t mark = sweep.mark;

	br_assert(at_ms > 0);
	if (mark <= at_ms + round_ms)
		return;
	sweep.mark = at_ms;
	sweep_put(txn, mark, &sweep);
}
