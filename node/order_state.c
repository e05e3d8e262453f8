/* The flows: which state follows from what, what may follow it, and what may be asked in it. */
#include <stdio.h>
#include <string.h>

#include "node/order_inside.h"

#define IN(STATE) (1u << BR_ORDER_##STATE)

/* The allowed moves of each flow: a bit of `to` for each state. Staying is always allowed. */
static const unsigned moves[BR_FLOW_N][BR_ORDER_STATE_N] = {
	[BR_FLOW_COLLECT] =
		{
			[BR_ORDER_OFFERED] =
				IN(ACCEPTED) | IN(REJECTED) | IN(ON_HOLD) | IN(CANCELLED),
			[BR_ORDER_ACCEPTED] =
				IN(PICKING) | IN(PICKED) | IN(ON_HOLD) | IN(CANCELLED),
			[BR_ORDER_PICKING] =
				IN(ACCEPTED) | IN(PICKED) | IN(ON_HOLD) | IN(CANCELLING),
			[BR_ORDER_PICKED] = IN(ACCEPTED) | IN(PICKING) | IN(STAGED) | IN(READY) |
					    IN(ON_HOLD) | IN(CANCELLING),
			[BR_ORDER_STAGED] = IN(READY) | IN(ON_HOLD) | IN(CANCELLING),
			[BR_ORDER_READY] =
				IN(ARRIVED) | IN(HANDED_OVER) | IN(EXPIRED) | IN(CANCELLING),
			[BR_ORDER_ARRIVED] = IN(HANDED_OVER) | IN(EXPIRED) | IN(CANCELLING),
			[BR_ORDER_HANDED_OVER] = IN(CLOSED),
			[BR_ORDER_ON_HOLD] = IN(OFFERED) | IN(ACCEPTED) | IN(PICKING) | IN(PICKED) |
					     IN(STAGED) | IN(CANCELLING) | IN(CANCELLED),
			[BR_ORDER_EXPIRED] = IN(RESTOCKING) | IN(CLOSED),
			[BR_ORDER_CANCELLING] = IN(RESTOCKING) | IN(CANCELLED),
			[BR_ORDER_RESTOCKING] = IN(CLOSED) | IN(CANCELLED),
		},
	[BR_FLOW_SHIP] =
		{
			[BR_ORDER_OFFERED] =
				IN(ACCEPTED) | IN(REJECTED) | IN(ON_HOLD) | IN(CANCELLED),
			[BR_ORDER_ACCEPTED] =
				IN(PICKING) | IN(PICKED) | IN(ON_HOLD) | IN(CANCELLED),
			[BR_ORDER_PICKING] =
				IN(ACCEPTED) | IN(PICKED) | IN(ON_HOLD) | IN(CANCELLING),
			[BR_ORDER_PICKED] = IN(ACCEPTED) | IN(PICKING) | IN(STAGED) | IN(PACKED) |
					    IN(ON_HOLD) | IN(CANCELLING),
			[BR_ORDER_STAGED] = IN(PACKED) | IN(ON_HOLD) | IN(CANCELLING),
			[BR_ORDER_PACKED] = IN(SHIPPED) | IN(CANCELLING),
			[BR_ORDER_SHIPPED] = IN(CLOSED),
			[BR_ORDER_ON_HOLD] = IN(OFFERED) | IN(ACCEPTED) | IN(PICKING) | IN(PICKED) |
					     IN(STAGED) | IN(CANCELLING) | IN(CANCELLED),
			[BR_ORDER_CANCELLING] = IN(RESTOCKING) | IN(CANCELLED),
			[BR_ORDER_RESTOCKING] = IN(CANCELLED),
		},
	[BR_FLOW_ELSEWHERE] =
		{
			[BR_ORDER_OFFERED] = IN(ACCEPTED) | IN(REJECTED) | IN(CANCELLED),
			[BR_ORDER_ACCEPTED] = IN(SHIPPED) | IN(CANCELLED),
			[BR_ORDER_SHIPPED] = IN(CLOSED),
		},
	[BR_FLOW_RETURN] =
		{
			[BR_ORDER_OFFERED] = IN(RECEIVED) | IN(CANCELLED),
			[BR_ORDER_RECEIVED] = IN(INSPECTED),
			[BR_ORDER_INSPECTED] = IN(RECEIVED) | IN(REFUND_DUE),
			[BR_ORDER_REFUND_DUE] = IN(CLOSED),
		},
};

#define ALL (~0u)
#define BEFORE_READY (IN(OFFERED) | IN(ACCEPTED) | IN(PICKING) | IN(PICKED) | IN(STAGED))
#define ENDED (IN(CLOSED) | IN(REJECTED) | IN(CANCELLED))
/* What both flows that pick here have in common. */
#define PICKS_HERE \
	[BR_VERB_ACCEPT] = IN(OFFERED), [BR_VERB_REJECT] = IN(OFFERED), \
	[BR_VERB_HOLD] = BEFORE_READY, [BR_VERB_RELEASE] = IN(ON_HOLD), \
	[BR_VERB_PICK] = IN(ACCEPTED) | IN(PICKING), [BR_VERB_UNPICK] = IN(PICKING) | IN(PICKED), \
	[BR_VERB_SHORT] = IN(ACCEPTED) | IN(PICKING), \
	[BR_VERB_SUBSTITUTE] = IN(ACCEPTED) | IN(PICKING), \
	[BR_VERB_SPLIT] = IN(OFFERED) | IN(ACCEPTED) | IN(PICKING)

/* The states in which a verb may be asked. */
static const unsigned verbs[BR_FLOW_N][BR_VERB_N] = {
	[BR_FLOW_COLLECT] =
		{
			PICKS_HERE,
			[BR_VERB_STAGE] = IN(PICKED) | IN(STAGED) | IN(READY),
			[BR_VERB_READY] = IN(PICKED) | IN(STAGED),
			[BR_VERB_ARRIVE] = IN(READY) | IN(ARRIVED),
			[BR_VERB_HAND_OVER] = IN(READY) | IN(ARRIVED),
			[BR_VERB_CANCEL] = BEFORE_READY | IN(READY) | IN(ARRIVED) | IN(ON_HOLD),
			[BR_VERB_RESTOCK] = IN(CANCELLING) | IN(EXPIRED) | IN(RESTOCKING),
			[BR_VERB_CLOSE] = IN(HANDED_OVER),
			[BR_VERB_UPDATE] = ALL & ~ENDED,
			[BR_VERB_EXPIRE] = IN(READY) | IN(ARRIVED),
			[BR_VERB_RETURN] = IN(HANDED_OVER) | IN(CLOSED),
		},
	[BR_FLOW_SHIP] =
		{
			PICKS_HERE,
			[BR_VERB_STAGE] = IN(PICKED) | IN(STAGED),
			[BR_VERB_PACK] = IN(PICKED) | IN(STAGED),
			[BR_VERB_SHIP] = IN(PACKED),
			[BR_VERB_CANCEL] = BEFORE_READY | IN(PACKED) | IN(ON_HOLD),
			[BR_VERB_RESTOCK] = IN(CANCELLING) | IN(RESTOCKING),
			[BR_VERB_CLOSE] = IN(SHIPPED),
			[BR_VERB_UPDATE] = ALL & ~ENDED,
			[BR_VERB_RETURN] = IN(SHIPPED) | IN(CLOSED),
		},
	[BR_FLOW_ELSEWHERE] =
		{
			[BR_VERB_ACCEPT] = IN(OFFERED),
			[BR_VERB_REJECT] = IN(OFFERED),
			[BR_VERB_SHIP] = IN(ACCEPTED),
			[BR_VERB_CANCEL] = IN(OFFERED) | IN(ACCEPTED),
			[BR_VERB_CLOSE] = IN(SHIPPED),
			[BR_VERB_UPDATE] = ALL & ~ENDED,
			[BR_VERB_RETURN] = IN(SHIPPED) | IN(CLOSED),
		},
	[BR_FLOW_RETURN] =
		{
			[BR_VERB_RECEIVE] = IN(OFFERED) | IN(RECEIVED) | IN(INSPECTED),
			[BR_VERB_INSPECT] = IN(RECEIVED),
			[BR_VERB_REFUND] = IN(INSPECTED),
			[BR_VERB_CANCEL] = IN(OFFERED),
			[BR_VERB_CLOSE] = IN(REFUND_DUE),
			[BR_VERB_UPDATE] = ALL & ~ENDED,
		},
};

/* The method is the customer's word, the flow is ours: two methods may go one way. */
enum br_order_flow br_order_flow(enum br_method method)
{
	static const uint8_t flows[BR_METHOD_N] = {
		[BR_METHOD_PICKUP] = BR_FLOW_COLLECT,
		[BR_METHOD_CURBSIDE] = BR_FLOW_COLLECT,
		[BR_METHOD_SHIP_FROM_STORE] = BR_FLOW_SHIP,
		[BR_METHOD_ENDLESS_AISLE] = BR_FLOW_ELSEWHERE,
		[BR_METHOD_RETURN] = BR_FLOW_RETURN,
	};

	br_assert(method < BR_METHOD_N);
	return flows[method];
}

/* Of an order that is to be put back, because it was cancelled or nobody came. */
static enum br_order_state state_of_ending(const struct br_order *order)
{
	bool expired = (order->marks & BR_MARK_EXPIRED) != 0;

	br_assert((order->marks & (BR_MARK_EXPIRED | BR_MARK_CANCELLED)) != 0);
	br_assert(order->counts.reserved == 0);
	if (order->counts.picked == 0)
		return expired ? BR_ORDER_CLOSED : BR_ORDER_CANCELLED;
	if (order->counts.restocked > 0)
		return BR_ORDER_RESTOCKING;
	return expired ? BR_ORDER_EXPIRED : BR_ORDER_CANCELLING;
}

/* Of an accepted order that is picked here, on its way. */
static enum br_order_state state_of_picked(const struct br_order *order)
{
	const struct br_order_counts *counts = &order->counts;

	br_assert((order->marks & BR_MARK_ACCEPTED) != 0);
	br_assert((order->marks & BR_MARK_HELD) == 0);
	if (counts->handed_over > 0)
		return BR_ORDER_HANDED_OVER;
	if (counts->shipped > 0)
		return BR_ORDER_SHIPPED;
	/* Everything was short: nothing will ever leave, so this is its end. */
	if (counts->reserved == 0 && counts->picked == 0)
		return BR_ORDER_CANCELLED;
	if ((order->marks & BR_MARK_ARRIVED) != 0)
		return BR_ORDER_ARRIVED;
	if ((order->marks & BR_MARK_READY) != 0)
		return BR_ORDER_READY;
	if ((order->marks & BR_MARK_PACKED) != 0)
		return BR_ORDER_PACKED;
	if ((order->marks & BR_MARK_STAGED) != 0)
		return BR_ORDER_STAGED;
	if (counts->reserved == 0)
		return BR_ORDER_PICKED;
	return counts->picked > 0 ? BR_ORDER_PICKING : BR_ORDER_ACCEPTED;
}

static enum br_order_state state_of_return(const struct br_order *order)
{
	br_assert(order->method == BR_METHOD_RETURN);
	br_assert(order->counts.restocked <= order->counts.returned);
	/*
	 * What came back decides, not what was announced: people bring less than they said, and
	 * in several visits.
	 */
	if ((order->marks & BR_MARK_REFUND) != 0)
		return BR_ORDER_REFUND_DUE;
	if (order->counts.returned == 0)
		return (order->marks & BR_MARK_CANCELLED) != 0 ? BR_ORDER_CANCELLED
							       : BR_ORDER_OFFERED;
	return order->counts.restocked < order->counts.returned ? BR_ORDER_RECEIVED
								: BR_ORDER_INSPECTED;
}

enum br_order_state br_order_state_of(const struct br_order *order)
{
	enum br_order_flow flow = br_order_flow(order->method);

	br_assert(order->marks <= BR_MARKS_MAX);
	/* From the end to the beginning, since marks stay: a closed order was also ready once. */
	if ((order->marks & BR_MARK_REJECTED) != 0)
		return BR_ORDER_REJECTED;
	if ((order->marks & BR_MARK_CLOSED) != 0)
		return BR_ORDER_CLOSED;
	if (flow == BR_FLOW_RETURN)
		return state_of_return(order);
	if ((order->marks & (BR_MARK_CANCELLED | BR_MARK_EXPIRED)) != 0)
		return state_of_ending(order);
	if ((order->marks & BR_MARK_HELD) != 0)
		return BR_ORDER_ON_HOLD;
	if ((order->marks & BR_MARK_ACCEPTED) == 0)
		return BR_ORDER_OFFERED;
	if (flow == BR_FLOW_ELSEWHERE)
		return order->counts.shipped > 0 ? BR_ORDER_SHIPPED : BR_ORDER_ACCEPTED;
	return state_of_picked(order);
}

bool br_order_move_allowed(
	enum br_order_flow flow, enum br_order_state from, enum br_order_state to)
{
	br_assert(flow < BR_FLOW_N);
	br_assert(from < BR_ORDER_STATE_N && to < BR_ORDER_STATE_N);
	/* Staying is most of what happens: a second pick, a note, a part of a restock. */
	return from == to || (moves[flow][from] >> to & 1) != 0;
}

bool br_order_verb_allowed(
	enum br_order_flow flow, enum br_order_state state, enum br_order_verb verb)
{
	br_assert(flow < BR_FLOW_N);
	br_assert(state < BR_ORDER_STATE_N && verb < BR_VERB_N);
	return (verbs[flow][verb] >> state & 1) != 0;
}

/*
 * Handed over is an end for the store, although the order is closed only later: till then a
 * mistake can be told without a return.
 */
bool br_order_ended(enum br_order_state state)
{
	br_assert(state < BR_ORDER_STATE_N);
	return ((ENDED | IN(HANDED_OVER) | IN(SHIPPED)) >> state & 1) != 0;
}

int br_order_verb_refuse(
	struct br_decision *decision, const struct br_order *order, enum br_order_verb verb)
{
	enum br_order_flow flow = br_order_flow(order->method);
	char allowed[200] = "";

	br_assert(!br_order_verb_allowed(flow, order->state, verb));
	/*
	 * A refusal that names what is allowed saves the second question; the dashboard's
	 * buttons follow from the same table.
	 */
	for (unsigned i = 0; i < BR_VERB_EXPIRE; i++) {
		if (!br_order_verb_allowed(flow, order->state, i))
			continue;
		strcat(allowed, allowed[0] != '\0' ? ", " : "");
		strcat(allowed, br_order_verb_words[i]);
	}
	br_assert(strlen(allowed) < sizeof(allowed));
	return br_decision_refuse(decision, BR_REFUSAL_ILLEGAL_MOVE,
		"order \"%.*s\" (%s) is %s: %s is not allowed, allowed is: %s",
		BR_STR_ARG(order->order), br_method_words[order->method],
		br_order_state_words[order->state], br_order_verb_words[verb],
		allowed[0] != '\0' ? allowed : "nothing");
}

uint64_t br_order_marks_after(enum br_order_verb verb, uint64_t marks)
{
	static const unsigned set[BR_VERB_N] = {
		[BR_VERB_ACCEPT] = BR_MARK_ACCEPTED,
		[BR_VERB_REJECT] = BR_MARK_REJECTED,
		[BR_VERB_HOLD] = BR_MARK_HELD,
		[BR_VERB_STAGE] = BR_MARK_STAGED,
		[BR_VERB_READY] = BR_MARK_READY,
		[BR_VERB_ARRIVE] = BR_MARK_ARRIVED,
		[BR_VERB_PACK] = BR_MARK_PACKED,
		[BR_VERB_CANCEL] = BR_MARK_CANCELLED,
		[BR_VERB_EXPIRE] = BR_MARK_EXPIRED,
		[BR_VERB_REFUND] = BR_MARK_REFUND,
		[BR_VERB_CLOSE] = BR_MARK_CLOSED,
	};

	br_assert(verb < BR_VERB_N);
	br_assert(marks <= BR_MARKS_MAX);
	if (verb == BR_VERB_RELEASE)
		marks &= ~(uint64_t)BR_MARK_HELD;
	return marks | set[verb];
}

/* The events of the verbs; those of BR_VERB_UPDATE have a body of their own. */
static const enum br_event_kind events[BR_VERB_N] = {
	[BR_VERB_ACCEPT] = BR_EVENT_ORDER_ACCEPTED,
	[BR_VERB_REJECT] = BR_EVENT_ORDER_REJECTED,
	[BR_VERB_HOLD] = BR_EVENT_ORDER_HELD,
	[BR_VERB_RELEASE] = BR_EVENT_ORDER_RELEASED,
	[BR_VERB_PICK] = BR_EVENT_ORDER_PICKED,
	[BR_VERB_UNPICK] = BR_EVENT_ORDER_UNPICKED,
	[BR_VERB_SHORT] = BR_EVENT_ORDER_SHORTED,
	[BR_VERB_SUBSTITUTE] = BR_EVENT_ORDER_SUBSTITUTED,
	[BR_VERB_STAGE] = BR_EVENT_ORDER_STAGED,
	[BR_VERB_READY] = BR_EVENT_ORDER_READY,
	[BR_VERB_ARRIVE] = BR_EVENT_ORDER_ARRIVED,
	[BR_VERB_HAND_OVER] = BR_EVENT_ORDER_HANDED_OVER,
	[BR_VERB_PACK] = BR_EVENT_ORDER_PACKED,
	[BR_VERB_SHIP] = BR_EVENT_ORDER_SHIPPED,
	[BR_VERB_CANCEL] = BR_EVENT_ORDER_CANCELLED,
	[BR_VERB_RESTOCK] = BR_EVENT_ORDER_RESTOCKED,
	[BR_VERB_RECEIVE] = BR_EVENT_ORDER_RECEIVED,
	[BR_VERB_INSPECT] = BR_EVENT_ORDER_INSPECTED,
	[BR_VERB_REFUND] = BR_EVENT_ORDER_REFUNDED,
	[BR_VERB_CLOSE] = BR_EVENT_ORDER_CLOSED,
	[BR_VERB_SPLIT] = BR_EVENT_ORDER_SPLIT,
	[BR_VERB_UPDATE] = BR_EVENT_N,
	[BR_VERB_EXPIRE] = BR_EVENT_ORDER_EXPIRED,
	[BR_VERB_RETURN] = BR_EVENT_ORDER_RETURNED,
};

enum br_event_kind br_order_verb_event(enum br_order_verb verb)
{
	br_assert(verb < BR_VERB_N);
	br_assert(events[verb] < BR_EVENT_N);
	return events[verb];
}

enum br_order_verb br_order_event_verb(enum br_event_kind kind)
{
	unsigned verb = 0;

	br_assert(kind >= BR_EVENT_ORDER_ACCEPTED && kind <= BR_EVENT_ORDER_RETURNED);
	while (events[verb] != kind && verb < BR_VERB_N - 1)
		verb++;
	br_assert(events[verb] == kind);
	return verb;
}

int64_t br_order_due_ms(const struct br_order *order)
{
	br_assert(order->state < BR_ORDER_STATE_N);
	switch (order->state) {
	case BR_ORDER_OFFERED:
		return order->accept_by;
	case BR_ORDER_ACCEPTED:
	case BR_ORDER_PICKING:
	case BR_ORDER_PICKED:
	case BR_ORDER_STAGED:
	case BR_ORDER_PACKED:
	case BR_ORDER_ON_HOLD:
		return order->ready_by;
	case BR_ORDER_READY:
	case BR_ORDER_ARRIVED:
		return order->collect_by;
	default:
		return 0;
	}
}

enum br_order_work br_order_work(const struct br_order *order)
{
	static const uint8_t works[BR_ORDER_STATE_N] = {
		[BR_ORDER_OFFERED] = BR_WORK_ANSWER,
		[BR_ORDER_ACCEPTED] = BR_WORK_PICK,
		[BR_ORDER_PICKING] = BR_WORK_PICK,
		[BR_ORDER_PICKED] = BR_WORK_STAGE,
		[BR_ORDER_STAGED] = BR_WORK_STAGE,
		[BR_ORDER_ARRIVED] = BR_WORK_HAND_OVER,
		[BR_ORDER_PACKED] = BR_WORK_HAND_OVER,
		[BR_ORDER_RECEIVED] = BR_WORK_INSPECT,
		[BR_ORDER_INSPECTED] = BR_WORK_REFUND,
		[BR_ORDER_REFUND_DUE] = BR_WORK_REFUND,
		[BR_ORDER_EXPIRED] = BR_WORK_RESTOCK,
		[BR_ORDER_CANCELLING] = BR_WORK_RESTOCK,
		[BR_ORDER_RESTOCKING] = BR_WORK_RESTOCK,
	};
	enum br_order_flow flow = br_order_flow(order->method);

	br_assert(order->state < BR_ORDER_STATE_N);
	if (flow == BR_FLOW_RETURN && order->state == BR_ORDER_OFFERED)
		return BR_WORK_RECEIVE;
	/* What the central system sends is none of the store's work. */
	if (flow == BR_FLOW_ELSEWHERE && order->state != BR_ORDER_OFFERED)
		return BR_WORK_NONE;
	if (flow == BR_FLOW_SHIP &&
		(order->state == BR_ORDER_PICKED || order->state == BR_ORDER_STAGED))
		return BR_WORK_PACK;
	return works[order->state];
}
