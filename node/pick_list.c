#include "node/pick_list.h"

#include "node/policy.h"
#include "node/tables.h"
#include "node/time.h"
#include "node/timer.h"

const char *const br_pick_list_kind_words[] = {"single", "batch", "wave", NULL};

static const struct br_field order_fields[] = {
	BR_MUST_TEXT(br_pick_list_order, order, 1, BR_ID_BYTES_MAX),
};
static BR_DEFINE_SHAPE(order_shape, br_pick_list_order, 1, order_fields);

static const struct br_field make_fields[] = {
	BR_MUST_TEXT(br_pick_list_make, list, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_pick_list_make, associate, 1, BR_WORD_BYTES_MAX),
	BR_WORD(br_pick_list_make, kind, br_pick_list_kind_words),
	BR_U64(br_pick_list_make, max, 0, BR_PICK_LIST_ORDERS_MAX),
	BR_LIST(br_pick_list_make, orders, 0, BR_PICK_LIST_ORDERS_MAX, &order_shape),
};
BR_DEFINE_SHAPE(br_pick_list_make_shape, br_pick_list_make, 1, make_fields);

static const struct br_field hand_over_fields[] = {
	BR_MUST_TEXT(br_pick_list_hand_over, list, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_pick_list_hand_over, associate, 0, BR_WORD_BYTES_MAX),
	BR_MUST_TEXT(br_pick_list_hand_over, to, 1, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_pick_list_hand_over_shape, br_pick_list_hand_over, 1, hand_over_fields);

static const struct br_field end_fields[] = {
	BR_MUST_TEXT(br_pick_list_end, list, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_pick_list_end, associate, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_pick_list_end, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_pick_list_end_shape, br_pick_list_end, 1, end_fields);

static const struct br_field made_fields[] = {
	BR_MUST_TEXT(br_pick_list_made, list, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_pick_list_made, associate, 1, BR_WORD_BYTES_MAX),
	BR_WORD(br_pick_list_made, kind, br_pick_list_kind_words),
	BR_MUST_LIST(br_pick_list_made, orders, 1, BR_PICK_LIST_ORDERS_PER_EVENT_MAX, &order_shape),
};
BR_DEFINE_SHAPE(br_pick_list_made_shape, br_pick_list_made, 1, made_fields);

static const struct br_field extended_fields[] = {
	BR_MUST_TEXT(br_pick_list_extended, list, 1, BR_ID_BYTES_MAX),
	BR_MUST_LIST(
		br_pick_list_extended, orders, 1, BR_PICK_LIST_ORDERS_PER_EVENT_MAX, &order_shape),
};
BR_DEFINE_SHAPE(br_pick_list_extended_shape, br_pick_list_extended, 1, extended_fields);

static const struct br_field list_fields[] = {
	BR_MUST_TEXT(br_pick_list, list, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_pick_list, associate, 1, BR_WORD_BYTES_MAX),
	BR_WORD(br_pick_list, kind, br_pick_list_kind_words),
	BR_TIME(br_pick_list, since),
	BR_TIME(br_pick_list, expires),
	BR_MUST_U64(br_pick_list, order_n, 1, BR_PICK_LIST_ORDERS_MAX),
};
BR_DEFINE_SHAPE(br_pick_list_shape, br_pick_list, 1, list_fields);

int br_pick_list_get(struct br_txn *txn, struct br_str list, struct br_arena *arena,
	struct br_pick_list *ret_list)
{
	struct br_key key = br_key_of_str(list);

	return br_row_get(
		txn, BR_TABLE_PICK_LIST, br_key_str(&key), &br_pick_list_shape, arena, ret_list);
}

/* The orders that a new list takes. */
struct choice {
	struct br_order orders[BR_PICK_LIST_ORDERS_MAX];
	unsigned n, max;
};

/*
 * The same table that allows the picks themselves, so that no list holds an order that could not
 * be picked.
 */
static bool order_pickable(const struct br_order *order)
{
	br_assert(order->method < BR_METHOD_N);
	return order->list.n == 0 &&
	       br_order_verb_allowed(br_order_flow(order->method), order->state, BR_VERB_PICK);
}

/* Below 0 when `a` is to be picked before `b`: priority, then deadline, then age. */
static int urgency_compare(const struct br_order *a, const struct br_order *b)
{
	int64_t a_ms = a->ready_by > 0 ? a->ready_by : INT64_MAX;
	int64_t b_ms = b->ready_by > 0 ? b->ready_by : INT64_MAX;

	br_assert(a->version > 0 && b->version > 0);
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (a_ms != b_ms)
		return a_ms < b_ms ? -1 : 1;
	if (a->since != b->since)
		return a->since < b->since ? -1 : 1;
	return br_str_compare(a->order, b->order);
}

/* Keeps the most urgent ones, sorted. */
static bool choice_add(void *context, const struct br_order *order)
{
	struct choice *choice = context;
	unsigned at;

	br_assert(choice->n <= choice->max && choice->max <= BR_PICK_LIST_ORDERS_MAX);
	if (!order_pickable(order))
		return true;
	/*
	 * All open orders are looked at and only so many kept: a store has a hundred of them,
	 * and no index by urgency has to follow every update.
	 */
	at = choice->n < choice->max ? choice->n++ : choice->max;
	while (at > 0 && urgency_compare(order, &choice->orders[at - 1]) < 0) {
		if (at < choice->max)
			choice->orders[at] = choice->orders[at - 1];
		at--;
	}
	if (at < choice->max)
		choice->orders[at] = *order;
	return true;
}

/* The named orders: each is known, is to be picked and stands once. */
static int choice_named(
	struct br_decision *decision, const struct br_pick_list_make *make, struct choice *choice)
{
	br_assert(make->orders.n <= BR_PICK_LIST_ORDERS_MAX);
	for (uint32_t i = 0; i < make->orders.n; i++) {
		struct br_str name = BR_LIST_AT(make->orders, br_pick_list_order, i)->order;
		struct br_order *order = &choice->orders[choice->n];
		int result = br_order_get(decision->txn, name, decision->arena, order);

		if (result == BR_E_NOT_FOUND)
			return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_ORDER,
				"orders[%u] \"%.*s\": not known here", i, BR_STR_ARG(name));
		if (result < 0)
			return result;
		if (order->list.n > 0)
			return br_decision_refuse(decision, BR_REFUSAL_ON_LIST,
				"orders[%u] \"%.*s\": is on list \"%.*s\"", i, BR_STR_ARG(name),
				BR_STR_ARG(order->list));
		if (!order_pickable(order))
			return br_decision_refuse(decision, BR_REFUSAL_ILLEGAL_MOVE,
				"orders[%u] \"%.*s\" is %s: allowed is accepted or picking", i,
				BR_STR_ARG(name), br_order_state_words[order->state]);
		for (unsigned j = 0; j < choice->n; j++)
			if (br_str_equal(choice->orders[j].order, name))
				return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
					"orders[%u] \"%.*s\": stands twice", i, BR_STR_ARG(name));
		choice->n++;
	}
	return 0;
}

static int choice_make(
	struct br_decision *decision, const struct br_pick_list_make *make, struct choice *choice)
{
	int result = 0;

	if (make->orders.n > 0)
		result = choice_named(decision, make, choice);
	else
		br_order_open_walk(decision->txn, decision->arena, choice_add, choice);
	if (result == 0)
		result = br_txn_error(decision->txn);
	if (result != 0)
		return result;
	br_assert(choice->n <= BR_PICK_LIST_ORDERS_MAX);
	/* An empty list would belong to somebody who has nothing to do, until it expires. */
	if (choice->n == 0)
		return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_ORDER,
			"orders: none waits to be picked that is on no list");
	if (make->kind == BR_PICK_SINGLE && choice->n != 1)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"kind: a single list has 1 order, not %u; allowed for more is batch or "
			"wave",
			choice->n);
	return 0;
}

/* Emits the list with its first orders, and the rest behind it. */
static void made_emit(struct br_decision *decision, struct br_pick_list_made *made,
	struct br_pick_list_order *orders, unsigned n)
{
	for (unsigned i = 0; i < n; i += BR_PICK_LIST_ORDERS_PER_EVENT_MAX) {
		unsigned rest = n - i;
		struct br_pick_list_extended more = {
			.list = made->list,
			.orders = {&orders[i], rest < BR_PICK_LIST_ORDERS_PER_EVENT_MAX
						       ? rest
						       : BR_PICK_LIST_ORDERS_PER_EVENT_MAX},
		};

		br_assert(n <= BR_PICK_LIST_ORDERS_MAX);
		made->orders = more.orders;
		if (i == 0)
			br_decision_emit(decision, BR_EVENT_PICK_LIST_MADE, made);
		else
			br_decision_emit(decision, BR_EVENT_PICK_LIST_EXTENDED, &more);
	}
}

int br_pick_list_decide_make(struct br_decision *decision, const void *body)
{
	const struct br_pick_list_make *make = body;
	struct br_pick_list_made made = {
		.list = make->list, .associate = make->associate, .kind = make->kind};
	struct choice *choice = br_arena_take(decision->arena, sizeof(*choice));
	struct br_pick_list_order *orders =
		br_arena_take(decision->arena, BR_PICK_LIST_ORDERS_MAX * sizeof(*orders));
	struct br_pick_list list;
	int result = br_pick_list_get(decision->txn, make->list, decision->arena, &list);

	if (choice == NULL || orders == NULL)
		return br_txn_fail(decision->txn, BR_E_MEMORY);
	if (result == 0)
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"list \"%.*s\" is here already, of \"%.*s\"", BR_STR_ARG(make->list),
			BR_STR_ARG(list.associate));
	if (result != BR_E_NOT_FOUND)
		return result;
	choice->max = make->max > 0 ? (unsigned)make->max : 1;
	result = choice_make(decision, make, choice);
	if (result != 0)
		return result;
	for (unsigned i = 0; i < choice->n; i++)
		orders[i].order = choice->orders[i].order;
	made_emit(decision, &made, orders, choice->n);
	return br_txn_error(decision->txn);
}

/* The list, or a refusal. */
static int list_find(
	struct br_decision *decision, struct br_str name, struct br_pick_list *ret_list)
{
	int result = br_pick_list_get(decision->txn, name, decision->arena, ret_list);

	br_assert(name.n > 0);
	if (result != BR_E_NOT_FOUND)
		return result;
	return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_LIST,
		"list \"%.*s\": not known here, or all of it is picked", BR_STR_ARG(name));
}

/* Anybody may take it over: a list that stays with somebody who went home is worse. */
int br_pick_list_decide_hand_over(struct br_decision *decision, const void *body)
{
	const struct br_pick_list_hand_over *hand_over = body;
	struct br_pick_list list;
	int result = list_find(decision, hand_over->list, &list);

	if (result != 0)
		return result;
	br_assert(list.order_n > 0);
	if (br_str_equal(list.associate, hand_over->to))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"list \"%.*s\" is with \"%.*s\" already", BR_STR_ARG(list.list),
			BR_STR_ARG(list.associate));
	br_decision_emit(decision, BR_EVENT_PICK_LIST_HANDED_OVER, hand_over);
	return 0;
}

int br_pick_list_decide_end(struct br_decision *decision, const void *body)
{
	const struct br_pick_list_end *end = body;
	struct br_pick_list list;
	int result = list_find(decision, end->list, &list);

	if (result != 0)
		return result;
	br_assert(list.order_n > 0);
	br_decision_emit(decision, BR_EVENT_PICK_LIST_ENDED, end);
	return 0;
}

/*
 * Nobody's orders are forgotten in a trolley: what was not picked goes back to where all see it.
 */
int br_pick_list_decide_timer(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;
	struct br_pick_list_end end = {
		.list = fired->key, .reason = BR_STR("nobody picked for too long")};

	if (!br_timer_has(decision->txn, BR_TIMER_PICK_LIST, fired->key, fired->at_ms))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"list \"%.*s\": this timer is over", BR_STR_ARG(fired->key));
	br_assert(fired->key.n > 0);
	br_decision_emit(decision, BR_EVENT_PICK_LIST_ENDED, &end);
	return 0;
}

static void list_put(struct br_txn *txn, const struct br_pick_list *list)
{
	struct br_key key = br_key_of_str(list->list);

	br_assert(list->order_n > 0 && list->order_n <= BR_PICK_LIST_ORDERS_MAX);
	br_row_put(txn, BR_TABLE_PICK_LIST, br_key_str(&key), &br_pick_list_shape, list);
}

/* The row, copied, because the writes that follow change what its texts would point to. */
static bool list_take(struct br_txn *txn, struct br_str name, struct br_arena *arena,
	struct br_pick_list *ret_list)
{
	struct br_key key = br_key_of_str(name);

	br_assert(name.n > 0);
	if (br_row_get_copy(txn, BR_TABLE_PICK_LIST, br_key_str(&key), &br_pick_list_shape, arena,
		    ret_list) == 0)
		return true;
	(void)br_txn_fail(txn, BR_E_CORRUPT);
	return false;
}

/* Its row and its timer go together; its orders have left it before. */
static void list_delete(struct br_txn *txn, const struct br_pick_list *list)
{
	struct br_key key = br_key_of_str(list->list);

	br_assert(list->expires > 0);
	br_timer_delete(txn, BR_TIMER_PICK_LIST, list->list, list->expires);
	br_txn_delete(txn, BR_TABLE_PICK_LIST, br_key_str(&key));
}

/* The list lives so much longer from `at_ms` on. */
static void timer_wind(struct br_txn *txn, struct br_pick_list *list, int64_t at_ms)
{
	struct br_policy policy = br_policy_get(txn);
	int64_t expires = at_ms + (int64_t)policy.pick_list_minutes * INT64_C(60000);

	br_assert(at_ms >= 0);
	if (expires > BR_TIME_MAX_MS)
		expires = BR_TIME_MAX_MS;
	if (list->expires > 0)
		br_timer_delete(txn, BR_TIMER_PICK_LIST, list->list, list->expires);
	br_timer_put(txn, BR_TIMER_PICK_LIST, list->list, expires);
	list->expires = expires;
}

/* A list that would end later than after `limit_ms`, from the name on; its name is copied. */
static bool late_next(struct br_txn *txn, int64_t limit_ms, struct br_arena *arena,
	char name[BR_ID_BYTES_MAX + 1], struct br_pick_list *ret_list)
{
	struct br_key from = br_key_of_str(br_str_from(name));
	struct br_str none = {NULL, 0}, key, value, part;
	struct br_scan scan;
	bool found = false;
	int result = 0;

	br_scan_begin(&scan, txn, BR_TABLE_PICK_LIST, none,
		name[0] != '\0' ? br_key_str(&from) : none, false);
	while (!found && result == 0 && br_scan_next(&scan, &key, &value)) {
		result = br_record_decode(&br_pick_list_shape, value, arena, ret_list);
		found = result == 0 && ret_list->expires > limit_ms;
		if (found && (!br_key_take_str(&key, &part) ||
				     !br_str_copy(part, name, BR_ID_BYTES_MAX + 1)))
			result = BR_E_CORRUPT;
	}
	br_scan_end(&scan);
	if (result < 0)
		(void)br_txn_fail(txn, result);
	return found && result == 0;
}

void br_pick_list_correct(struct br_txn *txn, int64_t at_ms, struct br_arena *arena)
{
	int64_t limit_ms = at_ms + (int64_t)br_policy_get(txn).pick_list_minutes * INT64_C(60000);
	char name[BR_ID_BYTES_MAX + 1] = "";
	struct br_pick_list list;

	br_assert(at_ms > 0);
	/* Each is found once: afterwards it ends at the limit. */
	while (br_txn_error(txn) == 0 && late_next(txn, limit_ms, arena, name, &list)) {
		if (!list_take(txn, br_str_from(name), arena, &list))
			return;
		timer_wind(txn, &list, at_ms);
		list_put(txn, &list);
	}
}

static struct br_key member_key(struct br_str list, struct br_str order)
{
	struct br_key key = br_key_of_str(list);

	br_key_add_str(&key, order);
	return key;
}

/* Writes into the order's row which list it is on; an empty text is none. */
static void order_list_set(
	struct br_txn *txn, struct br_str name, struct br_str list, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(name);
	struct br_order order;

	if (br_row_get_copy(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, arena, &order) <
		0) {
		(void)br_txn_fail(txn, BR_E_CORRUPT);
		return;
	}
	br_assert((order.list.n == 0) != (list.n == 0));
	order.list = list;
	br_row_put(txn, BR_TABLE_ORDER, br_key_str(&key), &br_order_shape, &order);
}

static void orders_join(struct br_txn *txn, struct br_str list, const struct br_list *orders,
	struct br_arena *arena)
{
	br_assert(orders->n <= BR_PICK_LIST_ORDERS_PER_EVENT_MAX);
	for (uint32_t i = 0; i < orders->n; i++) {
		struct br_str order = BR_LIST_AT(*orders, br_pick_list_order, i)->order;
		struct br_key key = member_key(list, order);

		br_mark_put(txn, BR_TABLE_PICK_LIST_ORDER, &key);
		order_list_set(txn, order, list, arena);
	}
}

static void made_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_pick_list_made *made = event->body;
	struct br_pick_list list = {
		.list = made->list,
		.associate = made->associate,
		.kind = made->kind,
		.since = event->happened_ms,
		.order_n = made->orders.n,
	};

	br_assert(event->kind == BR_EVENT_PICK_LIST_MADE);
	/* By the node's clock and not by the sender's, whose clock may be a year behind. */
	timer_wind(txn, &list, event->recorded_ms);
	list_put(txn, &list);
	orders_join(txn, made->list, &made->orders, arena);
}

static void extended_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_pick_list_extended *extended = event->body;
	struct br_pick_list list;

	br_assert(event->kind == BR_EVENT_PICK_LIST_EXTENDED);
	if (!list_take(txn, extended->list, arena, &list))
		return;
	list.order_n += extended->orders.n;
	list_put(txn, &list);
	orders_join(txn, extended->list, &extended->orders, arena);
}

/* The first order on the list, copied into `buffer`; false when there is none. */
static bool member_first(
	struct br_txn *txn, struct br_str list, char *buffer, size_t size, struct br_str *ret_order)
{
	struct br_key prefix = br_key_of_str(list);
	struct br_str key, value, name;
	struct br_scan scan;
	bool found;

	br_scan_begin(&scan, txn, BR_TABLE_PICK_LIST_ORDER, br_key_str(&prefix),
		br_key_str(&prefix), false);
	found = br_scan_next(&scan, &key, &value);
	if (found && (!br_key_take_str(&key, &name) || !br_key_take_str(&key, &name) ||
			     !br_str_copy(name, buffer, size)))
		found = br_txn_fail(txn, BR_E_CORRUPT) == 0;
	br_scan_end(&scan);
	br_assert(!found || buffer[0] != '\0');
	*ret_order = br_str_from(found ? buffer : "");
	return found;
}

/* One after the other, because a walk must not go on over a table that is written. */
static void ended_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_pick_list_end *end = event->body;
	struct br_str none = {NULL, 0}, order;
	char buffer[BR_ID_BYTES_MAX + 1];
	struct br_pick_list list;

	if (!list_take(txn, end->list, arena, &list))
		return;
	br_assert(list.order_n > 0);
	while (br_txn_error(txn) == 0 &&
		member_first(txn, end->list, buffer, sizeof(buffer), &order)) {
		struct br_key key = member_key(end->list, order);

		br_txn_delete(txn, BR_TABLE_PICK_LIST_ORDER, br_key_str(&key));
		order_list_set(txn, order, none, arena);
	}
	list_delete(txn, &list);
}

void br_pick_list_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_pick_list_hand_over *hand_over = event->body;
	struct br_pick_list list;

	br_assert(
		event->kind >= BR_EVENT_PICK_LIST_MADE && event->kind <= BR_EVENT_PICK_LIST_ENDED);
	if (event->kind == BR_EVENT_PICK_LIST_MADE) {
		made_apply(txn, event, arena);
	} else if (event->kind == BR_EVENT_PICK_LIST_EXTENDED) {
		extended_apply(txn, event, arena);
	} else if (event->kind == BR_EVENT_PICK_LIST_ENDED) {
		ended_apply(txn, event, arena);
	} else if (list_take(txn, hand_over->list, arena, &list)) {
		list.associate = hand_over->to;
		timer_wind(txn, &list, event->recorded_ms);
		list_put(txn, &list);
	}
}

void br_pick_list_picked(
	struct br_txn *txn, struct br_str name, int64_t at_ms, struct br_arena *arena)
{
	struct br_pick_list list;

	br_assert(name.n > 0);
	if (!list_take(txn, name, arena, &list))
		return;
	timer_wind(txn, &list, at_ms);
	list_put(txn, &list);
}

void br_pick_list_leave(
	struct br_txn *txn, struct br_str name, struct br_str order, struct br_arena *arena)
{
	struct br_key key = member_key(name, order);
	struct br_pick_list list;

	br_assert(name.n > 0 && order.n > 0);
	if (!list_take(txn, name, arena, &list))
		return;
	br_txn_delete(txn, BR_TABLE_PICK_LIST_ORDER, br_key_str(&key));
	if (--list.order_n == 0)
		list_delete(txn, &list);
	else
		list_put(txn, &list);
}
