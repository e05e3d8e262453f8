#include "web-ui/recent.h"

#include <string.h>

#include "node/order.h"

void br_web_recent_add(struct br_web_recent *recent, struct br_str order)
{
	unsigned at = (recent->first + recent->n) % BR_WEB_RECENT_MAX;

	br_assert(recent->first < BR_WEB_RECENT_MAX);
	br_assert(recent->n <= BR_WEB_RECENT_MAX);
	/* What was handed over ends a second time when it is closed. */
	for (unsigned i = 0; i < recent->n; i++)
		if (br_str_is(order, recent->orders[i].order))
			return;
	if (!br_str_copy(order, recent->orders[at].order, sizeof(recent->orders[at].order)))
		return;
	if (recent->n == BR_WEB_RECENT_MAX)
		recent->first = (recent->first + 1) % BR_WEB_RECENT_MAX;
	else
		recent->n++;
}

void br_web_recent_event(struct br_web_recent *recent, const struct br_event *event)
{
	struct br_str order;

	br_assert(event->kind < BR_EVENT_N);
	if (br_order_event_ends(event, &order))
		br_web_recent_add(recent, order);
}

/* Where the last orders that ended begin in the journal. */
static uint64_t recent_begin(struct br_txn *txn, struct br_arena *arena, uint64_t head)
{
	uint64_t floor = head > BR_WEB_RECENT_EVENTS_MAX ? head - BR_WEB_RECENT_EVENTS_MAX : 0;
	unsigned found = 0;
	uint64_t sequence = head;

	br_assert(txn != NULL);
	while (sequence > floor && found < BR_WEB_RECENT_MAX) {
		struct br_event event;
		struct br_str order;

		br_arena_reset(arena);
		if (br_event_get(txn, sequence, arena, &event) < 0)
			break;
		found += br_order_event_ends(&event, &order);
		sequence--;
	}
	return sequence;
}

void br_web_recent_load(struct br_web_recent *recent, struct br_txn *txn, struct br_arena *arena)
{
	uint64_t head = br_journal_head(txn);
	uint64_t sequence = recent_begin(txn, arena, head);

	br_assert(txn != NULL);
	memset(recent, 0, sizeof(*recent));
	while (sequence < head) {
		struct br_event event;

		br_arena_reset(arena);
		if (br_event_get(txn, ++sequence, arena, &event) < 0)
			break;
		br_web_recent_event(recent, &event);
	}
	br_arena_reset(arena);
}

bool br_web_recent_at(const struct br_web_recent *recent, unsigned index, struct br_str *ret_order)
{
	br_assert(recent->n <= BR_WEB_RECENT_MAX);
	if (index >= recent->n)
		return false;
	*ret_order = br_str_from(recent->orders[(recent->first + index) % BR_WEB_RECENT_MAX].order);
	return true;
}
