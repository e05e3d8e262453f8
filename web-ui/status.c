#include "web-ui/status.h"

#include <stdio.h>
#include <string.h>

#include "node/crc32c.h"
#include "node/device.h"
#include "node/hole.h"
#include "node/label.h"
#include "node/order.h"
#include "node/quarantine.h"
#include "node/stock.h"
#include "node/task.h"
#include "node/tables.h"
#include "node/till_day.h"

#define ITEMS_MAX 64
#define ROW_BYTES_MAX (64u << 10)

/* One thing that needs somebody. Equal ones share an item and are counted. */
struct item {
	enum br_web_state severity;
	const char *what, *noun;
	char key[BR_WEB_ROW_KEY_BYTES_MAX + 1]; /* of the one that has been so for longest */
	char text[BR_NAME_BYTES_MAX + 1];	/* of that one; empty: made from `what` */
	int64_t since_ms;
	unsigned count;
};

struct board {
	struct item items[ITEMS_MAX];
	unsigned item_n;
	unsigned orders_open, orders_overdue, labels_failed, sensors, sensors_stale, alarms;
	unsigned tasks[BR_TASK_N];
};

void br_web_status_init(struct br_web_status *status)
{
	br_assert(status != NULL);
	memset(status, 0, sizeof(*status));
	br_keymap_init(&status->labels, BR_WEB_UNRULY_MAX);
	br_keymap_init(&status->negative, BR_WEB_UNRULY_MAX);
	br_text_init(&status->row, ROW_BYTES_MAX);
	status->dirty = true;
}

void br_web_status_finish(struct br_web_status *status)
{
	br_keymap_finish(&status->labels);
	br_keymap_finish(&status->negative);
	br_text_finish(&status->row);
}

void br_web_status_touch(struct br_web_status *status)
{
	br_assert(status->labels.max > 0);
	status->dirty = true;
}

void br_web_status_unreadable(struct br_web_status *status, int64_t now_ms)
{
	br_assert(now_ms > 0);
	if (status->unreadable++ > 0)
		return;
	status->unreadable_since_ms = now_ms;
	status->dirty = true;
}

bool br_web_status_due(const struct br_web_status *status, int64_t now_ms)
{
	br_assert(status->labels.max > 0);
	/* A clock that was set back must not keep the row from being worked out. */
	return status->dirty &&
	       (now_ms - status->made_ms >= BR_WEB_STATUS_INTERVAL_MS || now_ms < status->made_ms);
}

static void label_follow(struct br_web_status *status, const struct br_label *label)
{
	uint64_t since = (uint64_t)label->dirty_since << 1;

	br_assert(label->label.n > 0);
	/* One label more than can be followed is one line less on the page, no more. */
	if (label->sku.n == 0 || br_label_clean(label) || label->dirty_since <= 0)
		br_keymap_remove(&status->labels, label->label);
	else if (br_keymap_put(&status->labels, label->label, since | (label->error.n > 0)) < 0)
		status->dirty = true;
}

static void stock_follow(struct br_web_status *status, struct br_str sku,
	const struct br_stock *stock, int64_t now_ms)
{
	br_assert(sku.n > 0);
	if (br_stock_on_hand(stock) >= 0)
		br_keymap_remove(&status->negative, sku);
	else if (!br_keymap_has(&status->negative, sku) &&
		 br_keymap_put(&status->negative, sku, (uint64_t)now_ms) < 0)
		status->dirty = true;
}

/* Reads every label once at start; from then on their events say which one to look at again. */
static void labels_load(struct br_web_status *status, const struct br_web_view *view)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_label label;
	struct br_scan scan;

	br_assert(!status->loaded);
	br_scan_begin(&scan, view->txn, BR_TABLE_LABEL, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		int result;

		br_arena_reset(view->arena);
		result = br_record_decode(&br_label_shape, value, view->arena, &label);
		if (result < 0)
			(void)br_txn_fail(view->txn, result);
		else
			label_follow(status, &label);
	}
	br_scan_end(&scan);
}

/* The time of the first bad movement is not kept anywhere, so it counts from now on. */
static void stock_load(struct br_web_status *status, const struct br_web_view *view)
{
	struct br_str none = {NULL, 0}, key, value, sku;
	struct br_stock stock;
	struct br_scan scan;

	br_assert(!status->loaded);
	br_scan_begin(&scan, view->txn, BR_TABLE_STOCK, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		if (!br_key_take_str(&key, &sku))
			continue;
		stock = br_stock_get(view->txn, sku);
		stock_follow(status, sku, &stock, view->now_ms);
	}
	br_scan_end(&scan);
}

int br_web_status_load(struct br_web_status *status, const struct br_web_view *view)
{
	br_assert(!status->loaded);
	labels_load(status, view);
	stock_load(status, view);
	status->loaded = true;
	status->dirty = true;
	return br_txn_error(view->txn);
}

void br_web_status_label(
	struct br_web_status *status, const struct br_web_view *view, struct br_str label)
{
	struct br_label row;

	br_assert(view->txn != NULL);
	br_assert(label.n > 0);
	if (br_label_get(view->txn, label, view->arena, &row) == 0)
		label_follow(status, &row);
	status->dirty = true;
}

void br_web_status_product(
	struct br_web_status *status, const struct br_web_view *view, struct br_str sku)
{
	struct br_stock stock = br_stock_get(view->txn, sku);

	br_assert(view->txn != NULL);
	br_assert(sku.n > 0);
	stock_follow(status, sku, &stock, view->now_ms);
	status->dirty = true;
}

/* Adds to the item of `what`, or begins it. */
static void board_add(struct board *board, enum br_web_state severity, const char *what,
	const char *noun, struct br_str key, int64_t since_ms)
{
	struct item *item = NULL;

	br_assert(board->item_n <= ITEMS_MAX);
	br_assert(severity != BR_WEB_OK);
	for (unsigned i = 0; i < board->item_n && item == NULL; i++)
		if (strcmp(board->items[i].what, what) == 0 && board->items[i].text[0] == '\0')
			item = &board->items[i];
	if (item == NULL) {
		if (board->item_n == ITEMS_MAX)
			return;
		item = &board->items[board->item_n++];
		*item = (struct item){
			.severity = severity, .what = what, .noun = noun, .since_ms = since_ms};
	}
	item->count++;
	if (item->count > 1 && since_ms >= item->since_ms)
		return;
	item->since_ms = since_ms;
	if (!br_str_copy(key, item->key, sizeof(item->key)))
		item->key[0] = '\0';
}

/*
 * Open orders are few enough to be looked at each time, and their deadlines pass without an event.
 */
static void orders_add(struct board *board, const struct br_web_view *view)
{
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_scan scan;

	br_assert(view->txn != NULL);
	br_scan_begin(&scan, view->txn, BR_TABLE_ORDER_OPEN, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_order order;
		int64_t due_ms;

		br_arena_reset(view->arena);
		if (!br_key_take_str(&key, &name) ||
			br_order_get(view->txn, name, view->arena, &order) < 0)
			continue;
		board->orders_open++;
		due_ms = br_order_due_ms(&order);
		if (due_ms > 0 && due_ms < view->now_ms) {
			board->orders_overdue++;
			board_add(board, BR_WEB_PROBLEM, "orders_overdue", "order", name, due_ms);
		} else if (order.state == BR_ORDER_OFFERED) {
			board_add(board, BR_WEB_ATTENTION, "orders_waiting", "order", name,
				order.since);
		}
	}
	br_scan_end(&scan);
}

/* Every alarm that stands is an item of its own, in its own words. */
static void alarm_add(struct board *board, const struct br_alarm *alarm)
{
	struct item *item;

	br_assert(alarm->alarm.n > 0);
	board->alarms++;
	if (board->item_n == ITEMS_MAX)
		return;
	item = &board->items[board->item_n++];
	*item = (struct item){
		.severity = alarm->severity == BR_SEVERITY_PROBLEM && alarm->acknowledged == 0
				    ? BR_WEB_PROBLEM
				    : BR_WEB_ATTENTION,
		.what = "alarm",
		.noun = "alarm",
		.since_ms = alarm->raised,
		.count = 1,
	};
	if (!br_str_copy(alarm->alarm, item->key, sizeof(item->key)) ||
		!br_str_copy(alarm->text, item->text, sizeof(item->text)))
		item->key[0] = '\0';
}

/* Cleared alarms stay in the table as history; they need nobody. */
static void alarms_add(struct board *board, const struct br_web_view *view)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_alarm alarm;
	struct br_scan scan;

	br_assert(view->txn != NULL);
	br_scan_begin(&scan, view->txn, BR_TABLE_ALARM, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		int result;

		br_arena_reset(view->arena);
		result = br_record_decode(&br_alarm_shape, value, view->arena, &alarm);
		if (result < 0)
			(void)br_txn_fail(view->txn, result);
		else if (alarm.cleared == 0)
			alarm_add(board, &alarm);
	}
	br_scan_end(&scan);
}

/* Of the sensors only the adopted ones count: a stranger that falls silent is no loss. */
static void sensors_add(struct board *board, const struct br_web_view *view)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_scan scan;

	br_assert(view->txn != NULL);
	br_scan_begin(&scan, view->txn, BR_TABLE_DEVICE, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_web_live_sensor live;
		struct br_device device;
		bool lost, silent;

		br_arena_reset(view->arena);
		if (br_record_decode(&br_device_shape, value, view->arena, &device) < 0)
			continue;
		board->sensors++;
		lost = device.state == BR_DEVICE_LOST;
		silent =
			view->live->sensor(view->live->context, device.device, &live) && live.stale;
		if (!lost && !silent)
			continue;
		board->sensors_stale++;
		board_add(board, BR_WEB_ATTENTION, "sensors_lost", "sensor", device.device,
			lost ? device.since : live.last_seen_ms);
	}
	br_scan_end(&scan);
}

/* Only the labels out of order are here, however many there are in the store. */
static void labels_add(
	struct board *board, const struct br_web_status *status, const struct br_web_view *view)
{
	struct br_str label;
	uint32_t cursor = 0;
	uint64_t value;

	br_assert(status->loaded);
	while (br_keymap_next(&status->labels, &cursor, &label, &value)) {
		int64_t since_ms = (int64_t)(value >> 1);

		if ((value & 1) != 0) {
			board->labels_failed++;
			board_add(board, BR_WEB_PROBLEM, "labels_failed", "label", label, since_ms);
		} else if (view->now_ms - since_ms > BR_WEB_LABEL_LATE_MS) {
			board_add(board, BR_WEB_ATTENTION, "labels_late", "label", label, since_ms);
		}
	}
}

/* The goods are there or they are not; a number below zero says that somebody should count. */
static void stock_add(struct board *board, const struct br_web_status *status)
{
	struct br_str sku;
	uint32_t cursor = 0;
	uint64_t since_ms;

	br_assert(status->loaded);
	while (br_keymap_next(&status->negative, &cursor, &sku, &since_ms))
		board_add(board, BR_WEB_ATTENTION, "stock_negative", "product", sku,
			(int64_t)since_ms);
}

/* Where tasks go: those counted here, and those of them that are worth an item of their own. */
struct task_sink {
	struct board *board;
	const struct br_web_status *status;
	int64_t now_ms;
};

/*
 * Tasks are the day's work and no alarm: an item is what cannot wait for its turn. What an order
 * wants, and a product with less than nothing, have items already.
 */
static bool task_add(void *context, const struct br_task *task)
{
	static const char *const whats[BR_TASK_N] = {
		[BR_TASK_COUNT] = "tasks_count",
		[BR_TASK_APPROVE] = "tasks_approve",
		[BR_TASK_WASTE] = "tasks_waste",
		[BR_TASK_CALL] = "tasks_call",
	};
	const struct task_sink *sink = context;
	const char *what = whats[task->kind];

	br_assert(task->kind < BR_TASK_N);
	sink->board->tasks[task->kind]++;
	if (task->noun == BR_TASK_OF_ORDER && task->kind != BR_TASK_CALL)
		return true;
	if (task->noun == BR_TASK_OF_COUNT && task->kind == BR_TASK_COUNT)
		what = NULL;
	if (task->kind == BR_TASK_COUNT && br_keymap_has(&sink->status->negative, task->key))
		what = NULL;
	else if (what == NULL && task->due_ms > 0 && task->due_ms < sink->now_ms)
		what = "tasks_overdue";
	if (what != NULL)
		board_add(sink->board, BR_WEB_ATTENTION, what, "task", task->key, task->since_ms);
	return true;
}

static void tasks_add(
	struct board *board, const struct br_web_status *status, const struct br_web_view *view)
{
	struct task_sink sink = {board, status, view->now_ms};
	struct br_task_visit visit = {task_add, &sink};

	br_assert(status->loaded);
	/* The error stays in the transaction, too, where whoever asked for the row finds it. */
	if (br_task_walk(view->txn, view->now_ms, view->arena, &visit) < 0)
		memset(board->tasks, 0, sizeof(board->tasks));
}

/* What waits in all lanes together. */
static uint64_t link_backlog(const struct br_web_live_link *link)
{
	uint64_t backlog = 0;

	br_assert(link->lane_n <= BR_WEB_LANES_MAX);
	for (unsigned i = 0; i < link->lane_n && i < BR_WEB_LANES_MAX; i++)
		backlog += link->lanes[i].backlog;
	return backlog;
}

/* HQ away is not an error: the store works, so it is worth attention at most, and not at once. */
static void link_add(
	struct board *board, const struct br_web_live_link *link, const struct br_web_view *view)
{
	br_assert(link->state <= BR_WEB_LINK_UP);
	if (link->state == BR_WEB_LINK_DOWN && view->now_ms - link->since_ms > BR_WEB_LINK_LATE_MS)
		board_add(board, BR_WEB_ATTENTION, "link_down", "link", BR_STR(BR_WEB_LINK_KEY),
			link->since_ms);
}

/*
 * A restored store does not know yet what HQ has of its past; and what HQ never got somebody must
 * put right by hand, for which there is a week.
 */
static void restored_add(
	struct board *board, const struct br_web_live_link *link, const struct br_web_view *view)
{
	struct br_hole hole;
	bool open;

	br_arena_reset(view->arena);
	if (br_hole_last(view->txn, view->arena, &hole) < 0)
		return;
	br_assert(hole.restored_ms > 0);
	open = !hole.closed && link->state != BR_WEB_LINK_OFF;
	if (open ||
		(br_hole_lost(&hole) > 0 && view->now_ms - hole.restored_ms < BR_WEB_LOST_SHOWN_MS))
		board_add(board, BR_WEB_ATTENTION, open ? "restore_coming" : "restore_lost", "link",
			BR_STR(BR_WEB_LINK_KEY), hole.restored_ms);
}

/* What HQ does not take somebody must see to: it goes on without it. */
static bool refused_add(void *context, const struct br_quarantine_row *row)
{
	/* What was sent again waits for HQ. */
	if (!row->resent)
		board_add(context, BR_WEB_ATTENTION, "events_refused", "link",
			BR_STR(BR_WEB_LINK_KEY), row->at_ms);
	return true;
}

/* The link ends with its certificate: a month before it is worth attention, a week before more. */
static void certificate_add(struct board *board, const struct br_web_live_certificate *certificate)
{
	static const struct {
		const char *what; /* NULL: all is well */
		enum br_web_state severity;
	} items[] = {
		[BR_WEB_CERTIFICATE_NONE] = {NULL, BR_WEB_OK},
		[BR_WEB_CERTIFICATE_GOOD] = {NULL, BR_WEB_OK},
		[BR_WEB_CERTIFICATE_SOON] = {"certificate_soon", BR_WEB_ATTENTION},
		[BR_WEB_CERTIFICATE_URGENT] = {"certificate_urgent", BR_WEB_PROBLEM},
		[BR_WEB_CERTIFICATE_OVER] = {"certificate_over", BR_WEB_PROBLEM},
		[BR_WEB_CERTIFICATE_CLOCK] = {"certificate_clock", BR_WEB_PROBLEM},
		[BR_WEB_CERTIFICATE_UNREADABLE] = {"certificate_unreadable", BR_WEB_ATTENTION},
	};

	br_assert((size_t)certificate->state < BR_ARRAY_LEN(items));
	if (items[certificate->state].what != NULL)
		board_add(board, items[certificate->state].severity, items[certificate->state].what,
			"link", BR_STR(BR_WEB_LINK_KEY), certificate->since_ms);
}

/* The time of a machine that was off is behind by nobody knows how much, until HQ has told it. */
static void clock_add(struct board *board, const struct br_web_live_node *node)
{
	struct br_str none = BR_STR("");

	br_assert(node->clock <= BR_WEB_CLOCK_AHEAD && node->time <= BR_WEB_TIME_PERSON);
	if (node->clock != BR_WEB_CLOCK_GOOD && node->time == BR_WEB_TIME_HQ)
		board_add(board, BR_WEB_ATTENTION, "clock_hq", "node", none, node->clock_since_ms);
	else if (node->clock != BR_WEB_CLOCK_GOOD && node->time == BR_WEB_TIME_PERSON)
		board_add(board, BR_WEB_ATTENTION, "clock_person", "node", none,
			node->clock_since_ms);
	else if (node->clock != BR_WEB_CLOCK_GOOD)
		board_add(board, BR_WEB_PROBLEM, "clock_kept", "node", none, node->clock_since_ms);
	if (node->clock_apart)
		board_add(
			board, BR_WEB_ATTENTION, "clock_apart", "node", none, node->apart_since_ms);
}

/* What the node itself lacks is worse than anything in the store: it hears or keeps nothing. */
static void node_add(struct board *board, const struct br_web_status *status,
	const struct br_web_live_node *node, const struct br_web_view *view)
{
	struct br_str none = BR_STR("");

	br_assert(node->space <= BR_WEB_SPACE_NONE);
	if (node->broker_away && view->now_ms - node->broker_since_ms > BR_WEB_BROKER_LATE_MS)
		board_add(
			board, BR_WEB_PROBLEM, "broker_away", "node", none, node->broker_since_ms);
	if (node->space != BR_WEB_SPACE_ENOUGH)
		board_add(board, BR_WEB_PROBLEM,
			node->space == BR_WEB_SPACE_NONE ? "space_none" : "space_low", "node", none,
			node->space_since_ms);
	if (status->unreadable > 0)
		board_add(board, BR_WEB_PROBLEM, "rows_unreadable", "node", none,
			status->unreadable_since_ms);
}

/* Worst first, and of the same kind what has been so for longest. */
static void board_sort(struct board *board)
{
	br_assert(board->item_n <= ITEMS_MAX);
	for (unsigned i = 1; i < board->item_n; i++) {
		struct item item = board->items[i];
		unsigned at = i;

		while (at > 0 && (board->items[at - 1].severity < item.severity ||
					 (board->items[at - 1].severity == item.severity &&
						 board->items[at - 1].since_ms > item.since_ms))) {
			board->items[at] = board->items[at - 1];
			at--;
		}
		board->items[at] = item;
	}
}

/* The sentence of a counted item. */
static void item_text(const struct item *item, char *text, size_t size)
{
	static const struct {
		const char *what, *one, *many;
	} sentences[] = {
		{"orders_overdue", "1 order is past its deadline",
			"orders are past their deadline"},
		{"orders_waiting", "1 order waits to be accepted", "orders wait to be accepted"},
		{"sensors_lost", "1 sensor is silent", "sensors are silent"},
		{"labels_failed", "1 label could not be updated", "labels could not be updated"},
		{"labels_late", "1 label has not changed yet", "labels have not changed yet"},
		{"stock_negative", "1 product has less than nothing in stock",
			"products have less than nothing in stock"},
		{"tasks_count", "1 product is to be counted", "products are to be counted"},
		{"tasks_approve", "1 difference waits for approval",
			"differences wait for approval"},
		{"tasks_waste", "1 product is past its date", "products are past their date"},
		{"tasks_call", "1 customer is to be called", "customers are to be called"},
		{"tasks_overdue", "1 task is overdue", "tasks are overdue"},
		{"link_down", "HQ is unreachable, the store works", NULL},
		{"restore_coming", "The ledger was restored: the rest comes back from HQ", NULL},
		{"restore_lost", "The ledger was restored, and not all came back", NULL},
		{"events_refused", "HQ refuses 1 event", "events are refused by HQ"},
		{"certificate_soon", "The link's certificate ends within 30 days", NULL},
		{"certificate_urgent", "The link's certificate ends within 7 days", NULL},
		{"certificate_over", "The link's certificate has ended", NULL},
		{"certificate_clock", "The node's clock is wrong", NULL},
		{"certificate_unreadable", "The link's certificate cannot be read", NULL},
		{"broker_away",
			"The store's broker is away: tills, labels and sensors are not heard",
			NULL},
		{"space_low", "The node's disk is nearly full: only sales and orders are taken",
			NULL},
		{"space_none", "The node's disk is full: nothing is taken", NULL},
		{"clock_kept",
			"The node's clock is wrong: the time goes on from the last that was known",
			NULL},
		{"clock_hq", "The node's clock is wrong: the time is HQ's", NULL},
		{"clock_person", "The node's clock is wrong: the time is what somebody vouched for",
			NULL},
		{"clock_apart", "The node's clock and HQ's are more than 5 minutes apart", NULL},
		{"rows_unreadable", "The ledger is damaged: run backroom verify", NULL},
	};

	br_assert(item->count > 0 && size > 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(sentences); i++) {
		if (strcmp(sentences[i].what, item->what) != 0)
			continue;
		if (item->count == 1 || sentences[i].many == NULL)
			(void)snprintf(text, size, "%s", sentences[i].one);
		else
			(void)snprintf(text, size, "%u %s", item->count, sentences[i].many);
		return;
	}
	(void)snprintf(text, size, "%s", item->text);
}

/* Programs read `what`, people read `text`: the app has its own words for each `what`. */
static void items_write(const struct board *board, struct br_json_out *out)
{
	br_assert(board->item_n <= ITEMS_MAX);
	br_json_out_array(out, "items");
	for (unsigned i = 0; i < board->item_n; i++) {
		const struct item *item = &board->items[i];
		char text[BR_NAME_BYTES_MAX + 1];

		item_text(item, text, sizeof(text));
		br_json_out_object(out, NULL);
		br_json_out_puts(out, "severity",
			item->severity == BR_WEB_PROBLEM ? "problem" : "attention");
		br_json_out_puts(out, "what", item->what);
		br_json_out_puts(out, "noun", item->noun);
		br_json_out_puts(out, "key", item->key);
		br_json_out_puts(out, "text", text);
		br_json_out_time(out, "since", item->since_ms);
		br_json_out_u64(out, "count", item->count);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

/* The figures of the page's head; all of them are there, so that none is taken for missing. */
static void counts_write(const struct board *board, const struct br_web_status *status,
	const struct br_web_view *view, struct br_json_out *out)
{
	struct br_day day = br_day_of(view->now_ms);
	struct br_till_day sums = br_till_day_all(view->txn, &day);

	br_assert(board->labels_failed <= status->labels.count);
	br_json_out_object(out, "counts");
	br_json_out_u64(out, "products", br_txn_count(view->txn, BR_TABLE_PRODUCT));
	br_json_out_u64(out, "orders_open", board->orders_open);
	br_json_out_u64(out, "orders_overdue", board->orders_overdue);
	br_json_out_u64(out, "labels", br_txn_count(view->txn, BR_TABLE_LABEL));
	br_json_out_u64(out, "labels_waiting", status->labels.count - board->labels_failed);
	br_json_out_u64(out, "labels_failed", board->labels_failed);
	br_json_out_u64(out, "sensors", board->sensors);
	br_json_out_u64(out, "sensors_stale", board->sensors_stale);
	br_json_out_u64(out, "alarms", board->alarms);
	br_json_out_u64(out, "sales_today", sums.sales);
	br_json_out_u64(out, "lines_today", sums.lines);
	br_json_out_end(out);
}

/* How much of each kind of work there is; the list itself is asked for. */
static void tasks_write(const struct board *board, struct br_json_out *out)
{
	br_assert(board->item_n <= ITEMS_MAX);
	br_json_out_object(out, "tasks");
	for (unsigned i = 0; i < BR_TASK_N; i++)
		if (board->tasks[i] > 0)
			br_json_out_u64(out, br_task_kind_words[i], board->tasks[i]);
	br_json_out_end(out);
}

/* A short form of the link's row, so that the first page needs one subscription only. */
static void link_write(const struct br_web_live_link *link, struct br_json_out *out)
{
	static const char *const states[] = {"off", "down", "up"};

	br_assert(link->state < BR_ARRAY_LEN(states));
	br_json_out_object(out, "link");
	br_json_out_puts(out, "state", states[link->state]);
	br_json_out_time(out, "since", link->since_ms);
	br_json_out_u64(out, "backlog", link_backlog(link));
	br_json_out_end(out);
}

/* What the machine's clock is, and whose time all others here are told by. */
static void clock_write(const struct br_web_live_node *node, struct br_json_out *out)
{
	br_assert(node->clock <= BR_WEB_CLOCK_AHEAD && node->time <= BR_WEB_TIME_PERSON);
	br_json_out_object(out, "clock");
	br_json_out_puts(out, "state", br_web_clock_words[node->clock]);
	br_json_out_puts(out, "source", br_web_time_words[node->time]);
	br_json_out_time(out, "since", node->clock_since_ms);
	br_json_out_end(out);
}

/* The state follows the worst item; its beginning is that item's, or now when all is well again. */
static void state_move(
	struct br_web_status *status, const struct board *board, const struct br_web_view *view)
{
	enum br_web_state state = board->item_n > 0 ? board->items[0].severity : BR_WEB_OK;

	br_assert(board->item_n <= ITEMS_MAX);
	if (state != status->state || status->since_ms == 0)
		status->since_ms = state == BR_WEB_OK ? view->now_ms : board->items[0].since_ms;
	status->state = state;
}

/* Works the row out. All of it is written before `sequence`, which alone changes all the time. */
static void status_make(struct br_web_status *status, const struct br_web_view *view)
{
	static const char *const words[] = {"ok", "attention", "problem"};
	struct br_web_live_link link;
	struct br_web_live_node node;
	struct board board = {.item_n = 0};
	struct br_json_out out;
	uint32_t said;

	br_assert(status->loaded);
	orders_add(&board, view);
	sensors_add(&board, view);
	labels_add(&board, status, view);
	stock_add(&board, status);
	tasks_add(&board, status, view);
	view->live->link(view->live->context, &link);
	link_add(&board, &link, view);
	restored_add(&board, &link, view);
	br_quarantine_walk(view->txn, 0, view->arena, refused_add, &board);
	certificate_add(&board, &link.certificate);
	view->live->node(view->live->context, &node);
	node_add(&board, status, &node, view);
	clock_add(&board, &node);
	/* Last, because only they have an item each. */
	alarms_add(&board, view);
	board_sort(&board);
	state_move(status, &board, view);
	br_text_clear(&status->row);
	br_json_out_begin(&out, &status->row);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "key", BR_WEB_STATUS_KEY);
	br_json_out_puts(&out, "state", words[status->state]);
	br_json_out_time(&out, "since", status->since_ms);
	items_write(&board, &out);
	counts_write(&board, status, view, &out);
	tasks_write(&board, &out);
	link_write(&link, &out);
	clock_write(&node, &out);
	said = br_crc32c(status->row.bytes, status->row.n);
	status->changed = status->changed || said != status->said;
	status->said = said;
	/* Last, so that all before it is what the row says. */
	br_json_out_u64(&out, "sequence", view->head);
	br_json_out_end(&out);
	status->made_ms = view->now_ms;
	status->dirty = false;
}

int br_web_row_status(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_web_status *status = view->status;

	if (!br_str_is(key, BR_WEB_STATUS_KEY)) {
		br_web_row_removed(key, 0, out, name);
		return 1;
	}
	if (status == NULL || !status->loaded) {
		br_json_out_object(out, name);
		br_json_out_string(out, "key", key);
		br_json_out_u64(out, "sequence", view->head);
		br_json_out_puts(out, "state", "unknown");
		br_json_out_array(out, "items");
		br_json_out_end(out);
		br_json_out_object(out, "counts");
		br_json_out_end(out);
		br_json_out_end(out);
		return 0;
	}
	/* Who asks gets what is so now, just after their own command, too. */
	if (status->row.n == 0 || status->dirty)
		status_make(status, view);
	br_arena_reset(view->arena);
	if (br_text_error(&status->row) < 0)
		return br_text_error(&status->row);
	br_json_out_raw(out, name, br_text_str(&status->row));
	return 0;
}
