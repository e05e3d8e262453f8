/* How long persons are kept: what their orders, the central system and erasures make of it. */
#include <string.h>

#include "node/customer.h"
#include "node/policy.h"
#include "node/tables.h"
#include "node/time.h"
#include "node/timer.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

struct br_person br_customer_erased_person(const struct br_customer_erased *erased)
{
	struct br_person person = {.name = {BR_PERSON_DAY}};

	br_assert((erased->customer.n > 0) + (erased->order.n > 0) + (erased->day.n > 0) == 1);
	if (erased->customer.n > 0)
		return br_person_of_customer(erased->customer);
	if (erased->order.n > 0)
		return br_person_of_order(erased->order);
	br_assert(erased->day.n + 1 < sizeof(person.name));
	memcpy(person.name + 1, erased->day.s, erased->day.n);
	return person;
}

/* The node's own words in such a field say nothing of anybody. */
bool br_person_sealed(struct br_str text)
{
	br_assert(text.s != NULL || text.n == 0);
	return text.n > 0 && text.s[0] == BR_SEALED_MARK;
}

static struct br_person_row person_get(struct br_txn *txn, const struct br_person *person)
{
	struct br_key key = br_key_of_str(br_str_from(person->name));
	struct br_person_row row = {.open_n = 0}, found;

	br_assert(person->name[0] != '\0');
	if (br_row_get(txn, BR_TABLE_PERSON, br_key_str(&key), &br_person_row_shape, NULL,
		    &found) == 0)
		row = found;
	return row;
}

/* When nothing keeps the person any more, on the full hour; 0 = something still does. */
static int64_t timer_due(struct br_txn *txn, const struct br_person_row *row)
{
	int64_t days_ms = (int64_t)br_policy_get(txn).person_days * DAY_MS, at_ms = row->until;

	br_assert(days_ms > 0);
	if (row->open_n > 0 || (!row->said && row->until == 0))
		return 0;
	if (row->ended > 0 && row->ended + days_ms > at_ms)
		at_ms = row->ended + days_ms;
	at_ms = (at_ms + HOUR_MS - 1) / HOUR_MS * HOUR_MS;
	return at_ms < BR_TIME_MAX_MS ? at_ms : BR_TIME_MAX_MS;
}

static enum br_timer_kind timer_kind(struct br_str person)
{
	br_assert(person.n > 1);
	if (person.s[0] == BR_PERSON_CUSTOMER)
		return BR_TIMER_CUSTOMER;
	return person.s[0] == BR_PERSON_ORDER ? BR_TIMER_FORGET : BR_TIMER_FORGET_DAY;
}

/* Keeps the row with its timer wound; one that says nothing is none. */
static void person_put(struct br_txn *txn, const struct br_person *person, struct br_person_row row)
{
	struct br_str name = br_str_from(person->name), id = {name.s + 1, name.n - 1};
	enum br_timer_kind kind = timer_kind(name);
	struct br_key key = br_key_of_str(name);
	int64_t at_ms = timer_due(txn, &row);

	br_assert(id.n > 0);
	if (row.timer != at_ms && row.timer > 0)
		br_timer_delete(txn, kind, id, row.timer);
	if (row.timer != at_ms && at_ms > 0)
		br_timer_put(txn, kind, id, at_ms);
	row.timer = at_ms;
	if (row.open_n == 0 && row.timer == 0)
		br_txn_delete(txn, BR_TABLE_PERSON, br_key_str(&key));
	else
		br_row_put(txn, BR_TABLE_PERSON, br_key_str(&key), &br_person_row_shape, &row);
}

void br_customer_apply_changed(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_customer *changed = event->body;
	struct br_customer row = *changed;
	struct br_person person = br_person_of_customer(changed->customer);
	struct br_key key = br_key_of_str(changed->customer);
	struct br_person_row kept = person_get(txn, &person);

	br_assert(changed->customer.n > 0);
	if (row.until == 0)
		row.until = event->recorded_ms + (int64_t)br_policy_get(txn).person_days * DAY_MS;
	kept.until = row.until;
	person_put(txn, &person, kept);
	br_row_put(txn, BR_TABLE_CUSTOMER, br_key_str(&key), &br_customer_shape, &row);
}

/* Whoever has open orders stays a person: what is said from now on has a new key. */
void br_customer_apply_erased(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_customer_erased *erased = event->body;
	struct br_person person = br_customer_erased_person(erased);
	struct br_person_row row = person_get(txn, &person);
	struct br_key key;

	br_assert(event->sequence > 0);
	row.until = row.ended = 0;
	row.said = false;
	person_put(txn, &person, row);
	if (erased->customer.n == 0)
		return;
	key = br_key_of_str(erased->customer);
	br_txn_delete(txn, BR_TABLE_CUSTOMER, br_key_str(&key));
}

/*
 * The orders of a person are kept beside, so that a page which shows one learns that its name has
 * gone. An id of an order says nothing of whoever it was for.
 */
void br_person_offered(struct br_txn *txn, const struct br_event *event,
	const struct br_order *order, struct br_arena *arena)
{
	struct br_person person = br_person_of_order_row(txn, order, arena);
	struct br_person_row row = person_get(txn, &person);
	struct br_key mark = br_key_of_str(br_str_from(person.name));

	br_assert(event->kind == BR_EVENT_ORDER_OFFERED);
	row.open_n++;
	row.said = row.said || br_person_sealed(order->person) ||
		   br_person_sealed(order->vehicle) || br_person_sealed(order->note);
	person_put(txn, &person, row);
	br_key_add_str(&mark, order->order);
	br_mark_put(txn, BR_TABLE_PERSON_ORDER, &mark);
}

/* By the node's own clock: who sends a command must not be able to end somebody's time early. */
void br_person_ended(struct br_txn *txn, const struct br_event *event, const struct br_order *order,
	struct br_arena *arena)
{
	struct br_person person = br_person_of_order_row(txn, order, arena);
	struct br_person_row row = person_get(txn, &person);

	br_assert(row.open_n > 0 || br_txn_error(txn) < 0);
	if (row.open_n > 0)
		row.open_n--;
	if (event->recorded_ms > row.ended)
		row.ended = event->recorded_ms;
	person_put(txn, &person, row);
}

/* A word about an order that is long over must not outlive it by more than the others did. */
void br_person_said(struct br_txn *txn, const struct br_event *event, const struct br_order *order,
	struct br_arena *arena)
{
	struct br_person person = br_person_of_order_row(txn, order, arena);
	struct br_person_row row = person_get(txn, &person);

	if (row.said && (row.open_n > 0 || row.timer > 0))
		return;
	row.said = true;
	if (row.open_n == 0 && row.ended == 0)
		row.ended = event->recorded_ms;
	br_assert(row.open_n > 0 || row.ended > 0);
	person_put(txn, &person, row);
}

void br_person_day_said(struct br_txn *txn, const struct br_event *event, struct br_str text)
{
	struct br_person person = br_person_of_day(event->recorded_ms);
	struct br_person_row row;

	if (!br_person_sealed(text))
		return;
	row = person_get(txn, &person);
	br_assert(row.open_n == 0);
	/* The day counts as a whole, so that its timer is wound once. */
	row.said = true;
	row.ended = event->recorded_ms - event->recorded_ms % DAY_MS + DAY_MS;
	person_put(txn, &person, row);
}

void br_person_orders_walk(struct br_txn *txn, const struct br_person *person,
	bool (*visit)(void *context, struct br_str order), void *context)
{
	struct br_key prefix = br_key_of_str(br_str_from(person->name));
	struct br_str key, value, name, order;
	struct br_scan scan;

	br_assert(person->name[0] != '\0');
	br_scan_begin(
		&scan, txn, BR_TABLE_PERSON_ORDER, br_key_str(&prefix), br_key_str(&prefix), false);
	while (br_scan_next(&scan, &key, &value)) {
		if (!br_key_take_str(&key, &name) || !br_key_take_str(&key, &order)) {
			(void)br_txn_fail(txn, BR_E_CORRUPT);
			break;
		}
		if (!visit(context, order))
			break;
	}
	br_scan_end(&scan);
}
