#include "node/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/barcode_rule.h"
#include "node/breach.h"
#include "node/conflict.h"
#include "node/correction.h"
#include "node/count.h"
#include "node/customer.h"
#include "node/delivery.h"
#include "node/device.h"
#include "node/hlc.h"
#include "node/hole.h"
#include "node/label.h"
#include "node/label_design.h"
#include "node/limits.h"
#include "node/order.h"
#include "node/pick_list.h"
#include "node/pickup_code.h"
#include "node/parked.h"
#include "node/policy.h"
#include "node/price.h"
#include "node/product.h"
#include "node/quarantine.h"
#include "node/reconcile.h"
#include "node/rights_grant.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/stock_policy.h"
#include "node/summary.h"
#include "node/tables.h"
#include "node/task.h"
#include "node/time.h"
#include "node/transfer.h"
#include "node/vouch.h"

/* Most shapes begin with the name of the one thing they touch. */
static struct br_str subject_first(const struct br_event *event)
{
	/* What lies at the body's start is a text only if the shape says so. */
	br_assert(br_event_types[event->kind].shape->fields[0].kind == BR_FIELD_TEXT);
	br_assert(br_event_types[event->kind].shape->fields[0].offset == 0);
	return *(const struct br_str *)event->body;
}

/* There is one policy. */
static struct br_str subject_policy(const struct br_event *event)
{
	br_assert(event->kind == BR_EVENT_POLICY_CHANGED);
	return BR_STR("policy");
}

/* What somebody asks for or is told of a comparison with the central system is about no one thing.
 */
static struct br_str subject_reconcile(const struct br_event *event)
{
	const struct br_reconcile_ended *ended = event->body;

	if (event->kind != BR_EVENT_RECONCILE_ENDED)
		return BR_STR("all");
	br_assert(ended->view < BR_VIEW_N);
	return br_str_from(br_view_words[ended->view]);
}

/* How the store works touches no single thing. */
static void nothing_touches(
	const struct br_event *event BR_UNUSED, const struct br_touch *touch BR_UNUSED)
{
}

static struct br_str subject_sweep(const struct br_event *event)
{
	br_assert(event->kind == BR_EVENT_RIGHTS_SWEPT);
	return BR_STR("rights");
}

/* There is one clock. */
static struct br_str subject_clock(const struct br_event *event)
{
	br_assert(event->kind == BR_EVENT_CLOCK_CORRECTED || event->kind == BR_EVENT_CLOCK_VOUCHED);
	return BR_STR("clock");
}

/* A question to the central system, or somebody's word: nothing changes by it in the ledger. */
static void nothing_applied(struct br_txn *txn BR_UNUSED, const struct br_event *event BR_UNUSED,
	struct br_arena *arena BR_UNUSED)
{
}

static void product_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_PRODUCT, subject_first(event));
}

/* A category's policy is no single product's history. */
static void policy_touches(const struct br_event *event, const struct br_touch *touch)
{
	const struct br_stock_policy *policy = event->body;

	br_assert(event->kind == BR_EVENT_STOCK_POLICY_SET);
	if (policy->scope == BR_SCOPE_SKU)
		touch->touch(touch->context, BR_NOUN_PRODUCT, policy->key);
}

/* The products that an event moves, whatever it is; one that it moves twice is touched twice. */
struct moved_touch {
	const struct br_touch *touch;
};

static void moved_touch(void *context, const struct br_movement *movement)
{
	const struct moved_touch *moved = context;

	br_assert(movement->sku.n > 0);
	moved->touch->touch(moved->touch->context, BR_NOUN_PRODUCT, movement->sku);
}

static void moved_touches(const struct br_event *event, const struct br_touch *touch)
{
	struct moved_touch moved = {touch};
	struct br_movement_visit visit = {moved_touch, &moved};

	br_assert(br_event_types[event->kind].movements != NULL);
	br_event_types[event->kind].movements(event, &visit);
}

static void delivery_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_DELIVERY, subject_first(event));
	if (br_event_types[event->kind].movements != NULL)
		moved_touches(event, touch);
}

static void transfer_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_TRANSFER, subject_first(event));
	if (br_event_types[event->kind].movements != NULL)
		moved_touches(event, touch);
}

static void count_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_COUNT, subject_first(event));
	if (br_event_types[event->kind].movements != NULL)
		moved_touches(event, touch);
}

/* A task belongs to the history of what it is about. */
static void task_touches(const struct br_event *event, const struct br_touch *touch)
{
	uint8_t kind = event->kind == BR_EVENT_TASK_CREATED
			       ? ((const struct br_task_create *)event->body)->kind
			       : ((const struct br_task_done *)event->body)->kind;

	br_assert(kind < BR_TASK_N);
	if (kind == BR_TASK_CALL)
		touch->touch(touch->context, BR_NOUN_ORDER, subject_first(event));
	else if (kind != BR_TASK_OTHER)
		touch->touch(touch->context, BR_NOUN_PRODUCT, subject_first(event));
}

static void order_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_ORDER, subject_first(event));
}

/* The order that stands for its person; a customer's orders are found by person.h. */
static void erased_touches(const struct br_event *event, const struct br_touch *touch)
{
	const struct br_customer_erased *erased = event->body;

	br_assert(event->kind == BR_EVENT_CUSTOMER_ERASED);
	if (erased->order.n > 0)
		touch->touch(touch->context, BR_NOUN_ORDER, erased->order);
}

static struct br_str subject_erased(const struct br_event *event)
{
	const struct br_customer_erased *erased = event->body;

	br_assert(erased->customer.n + erased->order.n + erased->day.n > 0);
	if (erased->customer.n > 0)
		return erased->customer;
	return erased->order.n > 0 ? erased->order : erased->day;
}

static void label_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_LABEL, subject_first(event));
}

static void device_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_DEVICE, subject_first(event));
}

/* Which event it is about; the key lives as long as the call. */
static void refused_touches(const struct br_event *event, const struct br_touch *touch)
{
	const struct br_quarantined *quarantined = event->body;
	const struct br_quarantine_step *step = event->body;
	uint64_t refused =
		event->kind == BR_EVENT_EVENT_QUARANTINED ? quarantined->event : step->event;
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, refused);

	br_assert(n > 0 && n < (int)sizeof(digits));
	touch->touch(touch->context, BR_NOUN_REFUSED, (struct br_str){digits, (size_t)n});
}

static void alarm_touches(const struct br_event *event, const struct br_touch *touch)
{
	touch->touch(touch->context, BR_NOUN_ALARM, subject_first(event));
}

static void sold_touches(const struct br_event *event, const struct br_touch *touch)
{
	const struct br_sold *sold = event->body;

	br_assert(sold->lines.n <= BR_SALE_LINES_PER_EVENT_MAX);
	for (uint32_t i = 0; i < sold->lines.n; i++)
		touch->touch(touch->context, BR_NOUN_PRODUCT,
			BR_LIST_AT(sold->lines, br_sold_line, i)->sku);
}

/* The orders too, so that each has in its history what it lost. */
static void breached_touches(const struct br_event *event, const struct br_touch *touch)
{
	const struct br_breached *breached = event->body;

	br_assert(breached->orders.n <= BR_BREACH_ORDERS_PER_EVENT_MAX);
	product_touches(event, touch);
	for (uint32_t i = 0; i < breached->orders.n; i++)
		touch->touch(touch->context, BR_NOUN_ORDER,
			BR_LIST_AT(breached->orders, br_breach_order, i)->order);
}

/* The products whose stock an order's move changes. */
static void movement_touch(void *context, const struct br_movement *movement)
{
	const struct br_touch *touch = context;

	br_assert(movement->sku.n > 0);
	touch->touch(touch->context, BR_NOUN_PRODUCT, movement->sku);
}

static void movements_touches(const struct br_event *event, const struct br_touch *touch)
{
	struct br_touch copy = *touch;
	struct br_movement_visit visit = {movement_touch, &copy};

	br_assert(br_event_types[event->kind].movements != NULL);
	br_event_types[event->kind].movements(event, &visit);
}

static void order_moved_touches(const struct br_event *event, const struct br_touch *touch)
{
	br_assert(event->kind != BR_EVENT_ORDER_MOVEMENTS);
	order_touches(event, touch);
	movements_touches(event, touch);
}

/* A wrong code may have been for no order at all. */
static void code_refused_touches(const struct br_event *event, const struct br_touch *touch)
{
	br_assert(event->kind == BR_EVENT_ORDER_CODE_REFUSED);
	if (subject_first(event).n > 0)
		order_touches(event, touch);
}

static void list_touches(const struct br_event *event, const struct br_touch *touch)
{
	br_assert(subject_first(event).n > 0);
	touch->touch(touch->context, BR_NOUN_PICK_LIST, subject_first(event));
}

/* Also the orders that a pick list takes. */
static void list_orders_touches(const struct br_event *event, const struct br_touch *touch)
{
	const struct br_pick_list_extended *extended = event->body;
	const struct br_pick_list_made *made = event->body;
	const struct br_list *orders =
		event->kind == BR_EVENT_PICK_LIST_MADE ? &made->orders : &extended->orders;

	br_assert(orders->n <= BR_PICK_LIST_ORDERS_PER_EVENT_MAX);
	list_touches(event, touch);
	for (uint32_t i = 0; i < orders->n; i++)
		touch->touch(touch->context, BR_NOUN_ORDER,
			BR_LIST_AT(*orders, br_pick_list_order, i)->order);
}

#define TYPE(NAME, SHAPE, LANE, HISTORY, APPLY, TOUCHES) \
	{ \
		NAME, &(SHAPE), LANE, HISTORY, APPLY, TOUCHES, NULL, subject_first \
	}
/* The same for one that moves stock. */
#define MOVES(NAME, SHAPE, LANE, APPLY, TOUCHES, MOVEMENTS) \
	{ \
		NAME, &(SHAPE), LANE, true, APPLY, TOUCHES, MOVEMENTS, subject_first \
	}
#define ORDER_MOVED(NAME) \
	MOVES(NAME, br_order_moved_shape, BR_LANE_ORDERS, br_order_apply_moved, \
		order_moved_touches, br_order_movements)
#define DELIVERY(NAME, SHAPE) \
	TYPE(NAME, SHAPE, BR_LANE_STOCK, true, br_delivery_apply, delivery_touches)
#define TRANSFER(NAME) \
	TYPE(NAME, br_transfer_moved_shape, BR_LANE_STOCK, true, br_transfer_apply, \
		transfer_touches)
#define COUNT(NAME, SHAPE) TYPE(NAME, SHAPE, BR_LANE_STOCK, true, br_count_apply, count_touches)
#define PICK_LIST(NAME, SHAPE, TOUCHES) \
	TYPE(NAME, SHAPE, BR_LANE_ORDERS, true, br_pick_list_apply, TOUCHES)
/* What a person said of a label is kept in its history; what it shows changes too often. */
#define LABEL(NAME, SHAPE, LANE, HISTORY) \
	TYPE(NAME, SHAPE, LANE, HISTORY, br_label_apply, label_touches)
#define DEVICE(NAME, SHAPE) \
	TYPE(NAME, SHAPE, BR_LANE_TELEMETRY, true, br_device_apply, device_touches)
/* In the lane that goes first: what HQ must not count any more, it should know soon. */
#define HOLE(NAME, SHAPE) TYPE(NAME, SHAPE, BR_LANE_ORDERS, false, br_hole_apply, nothing_touches)
#define ALARM(NAME, SHAPE) TYPE(NAME, SHAPE, BR_LANE_TELEMETRY, true, br_alarm_apply, alarm_touches)
#define QUARANTINE(NAME, SHAPE) \
	TYPE(NAME, SHAPE, BR_LANE_ORDERS, true, br_quarantine_apply, refused_touches)

const struct br_event_type br_event_types[BR_EVENT_N] = {
	[BR_EVENT_PRODUCT_CHANGED] = TYPE("product.changed", br_product_shape, BR_LANE_NONE, true,
		br_product_apply_changed, product_touches),
	[BR_EVENT_PRODUCT_REMOVED] = TYPE("product.removed", br_product_removed_shape, BR_LANE_NONE,
		true, br_product_apply_removed, product_touches),
	[BR_EVENT_BARCODE_RULED] = TYPE("barcode.ruled", br_barcode_rule_shape, BR_LANE_NONE, false,
		br_barcode_rule_apply, nothing_touches),
	[BR_EVENT_BARCODE_UNRULED] = TYPE("barcode.unruled", br_barcode_unrule_shape, BR_LANE_NONE,
		false, br_barcode_rule_apply, nothing_touches),
	[BR_EVENT_PRICE_SET] = TYPE("price.set", br_price_shape, BR_LANE_NONE, true,
		br_price_apply_set, product_touches),
	[BR_EVENT_PRICE_OVERRIDDEN] = TYPE("price.overridden", br_price_shape, BR_LANE_STOCK, true,
		br_price_apply_set, product_touches),
	[BR_EVENT_PRICE_CANCELLED] = TYPE("price.cancelled", br_price_cancelled_shape,
		BR_LANE_STOCK, true, br_price_apply_cancelled, product_touches),
	[BR_EVENT_PRICE_EFFECTIVE] = TYPE("price.effective", br_price_effective_shape, BR_LANE_NONE,
		true, br_price_apply_effective, product_touches),
	[BR_EVENT_PRICE_HELD] = TYPE("price.held", br_price_held_shape, BR_LANE_NONE, true,
		br_price_apply_held, product_touches),
	[BR_EVENT_PRICE_RELEASED] = TYPE("price.released", br_price_released_shape, BR_LANE_NONE,
		true, br_price_apply_released, product_touches),
	[BR_EVENT_POLICY_CHANGED] = {"policy.changed", &br_policy_shape, BR_LANE_NONE, false,
		br_policy_apply, nothing_touches, NULL, subject_policy},
	[BR_EVENT_STOCK_MOVED] = MOVES("stock.moved", br_stock_moved_shape, BR_LANE_STOCK, NULL,
		product_touches, br_stock_movements),
	[BR_EVENT_STOCK_POLICY_SET] = TYPE("stock.policy_set", br_stock_policy_shape, BR_LANE_STOCK,
		true, br_stock_policy_apply, policy_touches),
	[BR_EVENT_STOCK_BREACHED] = TYPE("stock.breached", br_breached_shape, BR_LANE_STOCK, true,
		br_breach_apply, breached_touches),
	/* Rights are what orders are promised of: they go ahead of the stock's own events. */
	[BR_EVENT_RIGHTS_GRANTED] = MOVES("rights.granted", br_rights_shape, BR_LANE_ORDERS,
		br_rights_apply, moved_touches, br_rights_movements),
	[BR_EVENT_RIGHTS_REVOKED] = MOVES("rights.revoked", br_rights_shape, BR_LANE_ORDERS,
		br_rights_apply, moved_touches, br_rights_movements),
	[BR_EVENT_DELIVERY_ANNOUNCED] = DELIVERY("delivery.announced", br_delivery_announced_shape),
	[BR_EVENT_DELIVERY_LINES_ANNOUNCED] =
		MOVES("delivery.lines_announced", br_delivery_lines_shape, BR_LANE_STOCK,
			br_delivery_apply, delivery_touches, br_delivery_movements),
	[BR_EVENT_DELIVERY_RECEIVED] = MOVES("delivery.received", br_delivery_received_shape,
		BR_LANE_STOCK, br_delivery_apply, delivery_touches, br_delivery_movements),
	[BR_EVENT_DELIVERY_CLOSED] = DELIVERY("delivery.closed", br_delivery_ended_shape),
	[BR_EVENT_DELIVERY_CANCELLED] = DELIVERY("delivery.cancelled", br_delivery_ended_shape),
	[BR_EVENT_DELIVERY_SHORT] = MOVES("delivery.short", br_delivery_lines_shape, BR_LANE_STOCK,
		NULL, delivery_touches, br_delivery_movements),
	[BR_EVENT_TRANSFER_SENT] = TRANSFER("transfer.sent"),
	[BR_EVENT_TRANSFER_CONFIRMED] = TRANSFER("transfer.confirmed"),
	[BR_EVENT_TRANSFER_SETTLED] = TRANSFER("transfer.settled"),
	[BR_EVENT_TRANSFER_CANCELLED] = TRANSFER("transfer.cancelled"),
	[BR_EVENT_TRANSFER_LINES] = MOVES("transfer.lines", br_transfer_lines_shape, BR_LANE_STOCK,
		br_transfer_apply_lines, transfer_touches, br_transfer_movements),
	[BR_EVENT_COUNT_OPENED] = COUNT("count.opened", br_count_opened_shape),
	[BR_EVENT_COUNT_LISTED] = COUNT("count.listed", br_count_listed_shape),
	[BR_EVENT_COUNT_ENTERED] = COUNT("count.entered", br_count_entered_shape),
	[BR_EVENT_COUNT_CLOSED] = COUNT("count.closed", br_count_moved_shape),
	[BR_EVENT_COUNT_APPROVED] = COUNT("count.approved", br_count_moved_shape),
	[BR_EVENT_COUNT_REJECTED] = COUNT("count.rejected", br_count_moved_shape),
	[BR_EVENT_COUNT_CANCELLED] = COUNT("count.cancelled", br_count_moved_shape),
	[BR_EVENT_COUNT_ADJUSTED] = MOVES("count.adjusted", br_count_adjusted_shape, BR_LANE_STOCK,
		NULL, count_touches, br_count_movements),
	[BR_EVENT_TASK_CREATED] = TYPE("task.created", br_task_create_shape, BR_LANE_STOCK, true,
		br_task_apply, task_touches),
	[BR_EVENT_TASK_DONE] = TYPE(
		"task.done", br_task_done_shape, BR_LANE_STOCK, true, br_task_apply, task_touches),
	[BR_EVENT_SALE_RECORDED] = MOVES("sale.recorded", br_sold_shape, BR_LANE_STOCK,
		br_sale_apply, sold_touches, br_sale_movements),
	[BR_EVENT_RETURN_RECORDED] = MOVES("return.recorded", br_sold_back_shape, BR_LANE_STOCK,
		br_sale_apply, sold_touches, br_sale_movements),
	[BR_EVENT_SALE_VOIDED] = MOVES("sale.voided", br_sold_back_shape, BR_LANE_STOCK,
		br_sale_apply, sold_touches, br_sale_movements),
	[BR_EVENT_SALE_PARKED] = TYPE("sale.parked", br_parked_made_shape, BR_LANE_NONE, false,
		br_parked_apply, nothing_touches),
	[BR_EVENT_SALE_PARKED_LINES] = TYPE("sale.parked_lines", br_parked_lines_shape,
		BR_LANE_NONE, false, br_parked_apply, nothing_touches),
	[BR_EVENT_SALE_UNPARKED] = TYPE("sale.unparked", br_unpark_shape, BR_LANE_NONE, false,
		br_parked_apply, nothing_touches),
	[BR_EVENT_COMMAND_CONFLICTED] = TYPE("command.conflicted", br_conflict_shape, BR_LANE_STOCK,
		false, br_conflict_apply, nothing_touches),
	[BR_EVENT_ORDER_OFFERED] = TYPE("order.offered", br_order_offered_shape, BR_LANE_ORDERS,
		true, br_order_apply_offered, order_touches),
	[BR_EVENT_ORDER_LINE_OFFERED] = TYPE("order.line_offered", br_order_line_offered_shape,
		BR_LANE_ORDERS, false, br_order_apply_line, order_touches),
	[BR_EVENT_ORDER_ACCEPTED] = ORDER_MOVED("order.accepted"),
	[BR_EVENT_ORDER_REJECTED] = ORDER_MOVED("order.rejected"),
	[BR_EVENT_ORDER_HELD] = ORDER_MOVED("order.held"),
	[BR_EVENT_ORDER_RELEASED] = ORDER_MOVED("order.released"),
	[BR_EVENT_ORDER_PICKED] = ORDER_MOVED("order.picked"),
	[BR_EVENT_ORDER_UNPICKED] = ORDER_MOVED("order.unpicked"),
	[BR_EVENT_ORDER_SHORTED] = ORDER_MOVED("order.shorted"),
	[BR_EVENT_ORDER_SUBSTITUTED] = ORDER_MOVED("order.substituted"),
	[BR_EVENT_ORDER_STAGED] = ORDER_MOVED("order.staged"),
	[BR_EVENT_ORDER_READY] = ORDER_MOVED("order.ready"),
	[BR_EVENT_ORDER_ARRIVED] = ORDER_MOVED("order.arrived"),
	[BR_EVENT_ORDER_HANDED_OVER] = ORDER_MOVED("order.handed_over"),
	[BR_EVENT_ORDER_PACKED] = ORDER_MOVED("order.packed"),
	[BR_EVENT_ORDER_SHIPPED] = ORDER_MOVED("order.shipped"),
	[BR_EVENT_ORDER_CANCELLED] = ORDER_MOVED("order.cancelled"),
	[BR_EVENT_ORDER_EXPIRED] = ORDER_MOVED("order.expired"),
	[BR_EVENT_ORDER_RESTOCKED] = ORDER_MOVED("order.restocked"),
	[BR_EVENT_ORDER_RECEIVED] = ORDER_MOVED("order.received"),
	[BR_EVENT_ORDER_INSPECTED] = ORDER_MOVED("order.inspected"),
	[BR_EVENT_ORDER_REFUNDED] = ORDER_MOVED("order.refunded"),
	[BR_EVENT_ORDER_CLOSED] = ORDER_MOVED("order.closed"),
	[BR_EVENT_ORDER_SPLIT] = ORDER_MOVED("order.split"),
	[BR_EVENT_ORDER_RETURNED] = ORDER_MOVED("order.returned"),
	[BR_EVENT_ORDER_MOVEMENTS] = MOVES("order.movements", br_order_movements_shape,
		BR_LANE_ORDERS, br_order_apply_movements, movements_touches, br_order_movements),
	[BR_EVENT_ORDER_UPDATED] = TYPE("order.updated", br_order_updated_shape, BR_LANE_ORDERS,
		true, br_order_apply_updated, order_touches),
	[BR_EVENT_ORDER_CODE_REFUSED] = TYPE("order.code_refused", br_code_refused_shape,
		BR_LANE_ORDERS, true, br_pickup_code_apply, code_refused_touches),
	[BR_EVENT_ORDER_CANCEL_LATE] = TYPE("order.cancel_late", br_order_cancel_late_shape,
		BR_LANE_ORDERS, true, br_order_apply_cancel_late, order_touches),
	[BR_EVENT_PICK_LIST_MADE] =
		PICK_LIST("pick_list.made", br_pick_list_made_shape, list_orders_touches),
	[BR_EVENT_PICK_LIST_EXTENDED] =
		PICK_LIST("pick_list.extended", br_pick_list_extended_shape, list_orders_touches),
	[BR_EVENT_PICK_LIST_HANDED_OVER] =
		PICK_LIST("pick_list.handed_over", br_pick_list_hand_over_shape, list_touches),
	[BR_EVENT_PICK_LIST_ENDED] =
		PICK_LIST("pick_list.ended", br_pick_list_end_shape, list_touches),
	[BR_EVENT_LABEL_BOUND] = LABEL("label.bound", br_label_bind_shape, BR_LANE_TELEMETRY, true),
	[BR_EVENT_LABEL_UNBOUND] =
		LABEL("label.unbound", br_label_unbind_shape, BR_LANE_TELEMETRY, true),
	[BR_EVENT_LABEL_WANTED] = LABEL("label.wanted", br_label_wanted_shape, BR_LANE_NONE, false),
	[BR_EVENT_LABEL_SHOWN] =
		LABEL("label.shown", br_label_shown_shape, BR_LANE_TELEMETRY, false),
	[BR_EVENT_LABEL_FAILED] =
		LABEL("label.failed", br_label_failed_shape, BR_LANE_TELEMETRY, false),
	[BR_EVENT_DEVICE_ADOPTED] = DEVICE("device.adopted", br_device_adopt_shape),
	[BR_EVENT_DEVICE_FORGOTTEN] = DEVICE("device.forgotten", br_device_named_shape),
	[BR_EVENT_DEVICE_LOST] = DEVICE("device.lost", br_device_named_shape),
	[BR_EVENT_DEVICE_BACK] = DEVICE("device.back", br_device_named_shape),
	[BR_EVENT_ALARM_RAISED] = ALARM("alarm.raised", br_alarm_raise_shape),
	[BR_EVENT_ALARM_CLEARED] = ALARM("alarm.cleared", br_alarm_named_shape),
	[BR_EVENT_ALARM_ACKNOWLEDGED] = ALARM("alarm.acknowledged", br_alarm_named_shape),
	[BR_EVENT_CUSTOMER_CHANGED] = TYPE("customer.changed", br_customer_shape, BR_LANE_NONE,
		false, br_customer_apply_changed, nothing_touches),
	[BR_EVENT_CUSTOMER_ERASED] = {"customer.erased", &br_customer_erased_shape, BR_LANE_ORDERS,
		true, br_customer_apply_erased, erased_touches, NULL, subject_erased},
	[BR_EVENT_RECONCILE_ASKED] = {"reconcile.asked", &br_reconcile_ask_shape, BR_LANE_NONE,
		false, br_reconcile_apply, nothing_touches, NULL, subject_reconcile},
	[BR_EVENT_RECONCILE_ENDED] = {"reconcile.ended", &br_reconcile_ended_shape, BR_LANE_STOCK,
		false, br_reconcile_apply, nothing_touches, NULL, subject_reconcile},
	[BR_EVENT_STOCK_STATED] = TYPE("stock.stated", br_stock_stated_shape, BR_LANE_STOCK, true,
		br_reconcile_apply, product_touches),
	[BR_EVENT_ORDER_STATED] = TYPE("order.stated", br_order_stated_shape, BR_LANE_ORDERS, true,
		br_reconcile_apply, order_touches),
	[BR_EVENT_STORE_RESTORED] = HOLE("store.restored", br_restored_shape),
	[BR_EVENT_STORE_RECOVERED] = HOLE("store.recovered", br_recovered_shape),
	[BR_EVENT_EVENT_WITHDRAWN] = TYPE("event.withdrawn", br_withdrawn_shape, BR_LANE_ORDERS,
		true, br_hole_apply, br_hole_touches),
	[BR_EVENT_RIGHTS_RECALLED] = TYPE("rights.recalled", br_rights_shape, BR_LANE_ORDERS, true,
		br_rights_apply, product_touches),
	[BR_EVENT_RIGHTS_KEPT] = TYPE("rights.kept", br_rights_keep_shape, BR_LANE_ORDERS, true,
		br_rights_apply, product_touches),
	[BR_EVENT_RIGHTS_SWEPT] = {"rights.swept", &br_rights_swept_shape, BR_LANE_NONE, false,
		br_rights_apply_swept, nothing_touches, NULL, subject_sweep},
	[BR_EVENT_ORDER_RESOURCE_WANTED] = TYPE("order.resource_wanted", br_order_resource_shape,
		BR_LANE_ORDERS, true, nothing_applied, order_touches),
	[BR_EVENT_DEVICE_SUMMARISED] = TYPE("device.summarised", br_summary_shape,
		BR_LANE_TELEMETRY, false, br_summary_apply, nothing_touches),
	[BR_EVENT_EVENT_QUARANTINED] = QUARANTINE("event.quarantined", br_quarantined_shape),
	[BR_EVENT_EVENT_RESENT] = QUARANTINE("event.resent", br_quarantine_step_shape),
	[BR_EVENT_EVENT_ACCEPTED] = QUARANTINE("event.accepted", br_quarantine_step_shape),
	[BR_EVENT_EVENT_DISMISSED] = QUARANTINE("event.dismissed", br_quarantine_step_shape),
	/* HQ gets it, because an override's later events are about what it made of the row. */
	[BR_EVENT_CLOCK_CORRECTED] = {"clock.corrected", &br_corrected_shape, BR_LANE_STOCK, false,
		br_correction_apply, nothing_touches, NULL, subject_clock},
	[BR_EVENT_TEMPLATE_CHANGED] = TYPE("template.changed", br_label_design_part_shape,
		BR_LANE_NONE, false, br_label_design_apply, nothing_touches),
	[BR_EVENT_CLOCK_VOUCHED] = {"clock.vouched", &br_vouched_shape, BR_LANE_STOCK, false,
		nothing_applied, nothing_touches, NULL, subject_clock},
};

const struct br_event_type *br_event_type(const struct br_event *event)
{
	br_assert(event->kind < BR_EVENT_N);
	return &br_event_types[event->kind];
}

uint64_t br_event_number(const struct br_event *event)
{
	br_assert(event->origin < event->sequence);
	return event->origin > 0 ? event->origin : event->sequence;
}

/* The journal's record around the body. */
struct envelope {
	uint64_t kind, origin, left;
	int64_t happened_ms, recorded_ms;
	struct br_str command, actor, body;
	uint64_t ahead; /* the stamp less that of recorded_ms: mostly a small counter */
};

static const struct br_field envelope_fields[] = {
	BR_U64(envelope, kind, 0, 0),
	BR_U64(envelope, origin, 0, 0),
	BR_U64(envelope, left, 0, UINT16_MAX),
	BR_TIME(envelope, happened_ms),
	BR_TIME(envelope, recorded_ms),
	BR_TEXT(envelope, command, 0, BR_ID_BYTES_MAX),
	BR_TEXT(envelope, actor, 0, BR_ID_BYTES_MAX),
	BR_TEXT(envelope, body, 0, BR_RECORD_BYTES_MAX),
	{BR_FIELD_AT(envelope, ahead, BR_FIELD_U64), .since = 2},
};
static BR_DEFINE_SHAPE(envelope_shape, envelope, 2, envelope_fields);

void br_event_encode(const struct br_event *event, struct br_text *text)
{
	struct envelope envelope = {
		.kind = event->kind,
		.origin = event->origin,
		.left = event->left,
		.happened_ms = event->happened_ms,
		.recorded_ms = event->recorded_ms,
		.command = event->command,
		.actor = event->actor,
	};
	uint64_t least = br_hlc_at(event->recorded_ms);
	struct br_text body;

	br_assert(event->body != NULL);
	br_assert(event->hlc == 0 || event->hlc >= least);
	/* One without a stamp has the smallest of its time. */
	envelope.ahead = event->hlc > least ? event->hlc - least : 0;
	br_text_init(&body, BR_RECORD_BYTES_MAX);
	br_record_encode(br_event_type(event)->shape, event->body, &body);
	br_assert(br_text_error(&body) != BR_E_TOO_LARGE);
	if (br_text_error(&body) != 0)
		text->error = br_text_error(&body);
	envelope.body = br_text_str(&body);
	br_record_encode(&envelope_shape, &envelope, text);
	br_text_finish(&body);
}

int br_event_decode(
	uint64_t sequence, struct br_str bytes, struct br_arena *arena, struct br_event *ret_event)
{
	struct envelope envelope;
	uint64_t stamp;
	void *body;
	int result = br_record_decode(&envelope_shape, bytes, arena, &envelope);

	if (result < 0)
		return result;
	/* A kind that this program does not know was written by a newer one. */
	if (envelope.kind >= BR_EVENT_N)
		return BR_E_VERSION;
	stamp = br_hlc_at(envelope.recorded_ms);
	if (envelope.ahead > UINT64_MAX - stamp)
		return BR_E_CORRUPT;
	body = br_arena_take(arena, br_event_types[envelope.kind].shape->size);
	if (body == NULL)
		return BR_E_MEMORY;
	br_assert(envelope.body.n <= BR_RECORD_BYTES_MAX);
	result = br_record_decode(br_event_types[envelope.kind].shape, envelope.body, arena, body);
	if (result < 0)
		return result;
	*ret_event = (struct br_event){
		.sequence = sequence,
		.kind = (enum br_event_kind)envelope.kind,
		.origin = envelope.origin,
		.left = (uint32_t)envelope.left,
		.happened_ms = envelope.happened_ms,
		.recorded_ms = envelope.recorded_ms,
		.hlc = stamp + envelope.ahead,
		.command = envelope.command,
		.actor = envelope.actor,
		.body = body,
	};
	return 0;
}

int br_event_kind_peek(struct br_str bytes, enum br_event_kind *ret_kind)
{
	/* A record begins with the version byte; the kind is its first field, a varint. */
	_Static_assert(BR_EVENT_N <= 0x80, "a kind is one byte of varint");
	unsigned char kind;

	if (bytes.n < 2)
		return BR_E_CORRUPT;
	kind = (unsigned char)bytes.s[1];
	if (kind >= BR_EVENT_N)
		return BR_E_VERSION;
	*ret_kind = (enum br_event_kind)kind;
	return 0;
}

/* A sequence as it stands in events: 20 digits. */
static void sequence_to_json(struct br_json_out *out, const char *name, uint64_t sequence)
{
	char digits[20];

	br_assert(sequence > 0);
	for (size_t i = sizeof(digits); i > 0; i--) {
		digits[i - 1] = (char)('0' + sequence % 10);
		sequence /= 10;
	}
	br_json_out_string(out, name, (struct br_str){digits, sizeof(digits)});
}

static void joined_to_json(struct br_json_out *out, const char *name, struct br_str before,
	struct br_str middle, struct br_str after)
{
	char text[64 + BR_ID_BYTES_MAX];

	br_assert(before.n + middle.n + after.n <= sizeof(text));
	memcpy(text, before.s, before.n);
	if (middle.n > 0)
		memcpy(text + before.n, middle.s, middle.n);
	memcpy(text + before.n + middle.n, after.s, after.n);
	br_json_out_string(out, name, (struct br_str){text, before.n + middle.n + after.n});
}

void br_event_json_begin(const struct br_event *event, struct br_str store, struct br_json_out *out,
	const char *name)
{
	const struct br_event_type *type = br_event_type(event);
	char stamp[BR_HLC_TEXT_BYTES];

	br_assert(event->sequence > 0);
	br_assert(store.n <= BR_ID_BYTES_MAX);
	br_json_out_object(out, name);
	br_json_out_puts(out, "specversion", "1.0");
	sequence_to_json(out, "id", event->sequence);
	joined_to_json(out, "source", BR_STR("/store/"), store, BR_STR(""));
	joined_to_json(
		out, "type", BR_STR("org.backroom."), br_str_from(type->name), BR_STR(".v1"));
	br_json_out_string(out, "subject", type->subject(event));
	br_json_out_time(out, "time", event->happened_ms);
	br_json_out_time(out, "recordedtime", event->recorded_ms);
	sequence_to_json(out, "sequence", event->sequence);
	br_hlc_format(event->hlc, stamp);
	br_json_out_puts(out, "hlc", stamp);
	br_json_out_string(out, "commandid", event->command);
	br_json_out_string(out, "actor", event->actor);
	if (event->left > 0)
		br_json_out_u64(out, "left", event->left);
	if (event->origin > 0)
		sequence_to_json(out, "origin", event->origin);
	br_json_out_puts(out, "datacontenttype", "application/json");
	br_json_out_object(out, "data");
	br_record_to_json(type->shape, event->body, out);
}

void br_event_to_json(const struct br_event *event, struct br_str store, struct br_json_out *out,
	const char *name)
{
	br_event_json_begin(event, store, out, name);
	br_json_out_end(out);
	br_json_out_end(out);
}

const struct br_record_beside br_event_beside = {"epcis",
	"{\"type\":\"array\",\"minItems\":1,\"description\":\"The same as GS1 EPCIS 2.0 events, "
	"for who "
	"asked for them.\",\"items\":{\"type\":\"object\",\"required\":[\"type\",\"eventTime\","
	"\"eventTimeZoneOffset\"]}}"};

/* The kind behind "org.backroom.<name>.v1"; BR_EVENT_N for none. */
static enum br_event_kind kind_named(struct br_str type)
{
	const struct br_str before = BR_STR("org.backroom."), after = BR_STR(".v1");
	struct br_str name = {type.s + before.n, type.n - before.n - after.n};
	unsigned kind = 0;

	if (type.n <= before.n + after.n || !br_str_starts(type, before.s) ||
		memcmp(name.s + name.n, after.s, after.n) != 0)
		return BR_EVENT_N;
	while (kind < BR_EVENT_N && !br_str_is(name, br_event_types[kind].name))
		kind++;
	br_assert(kind <= BR_EVENT_N);
	return (enum br_event_kind)kind;
}

/* An event from before there were stamps has the smallest of its time. */
static int stamp_from_json(
	const struct br_json *json, struct br_event *event, struct br_fault *fault)
{
	uint64_t least = br_hlc_at(event->recorded_ms);
	struct br_str text;

	event->hlc = least;
	if (br_json_kind(br_json_member(json, "hlc")) == BR_JSON_ABSENT)
		return 0;
	if (!br_json_string(br_json_member(json, "hlc"), &text) || !br_hlc_parse(text, &event->hlc))
		return br_fault_set(fault, BR_E_INVALID,
			"hlc: allowed is a text of 16 lower-case hexadecimal digits");
	if (event->hlc < least)
		event->hlc = least;
	br_assert(event->hlc >= least);
	return 0;
}

/* The members around the body. */
static int envelope_from_json(
	const struct br_json *json, struct br_event *event, struct br_fault *fault)
{
	struct br_str type = {NULL, 0}, id = {NULL, 0}, time = {NULL, 0}, recorded = {NULL, 0};
	int64_t sequence, left = 0;

	(void)!br_json_string(br_json_member(json, "type"), &type);
	(void)!br_json_string(br_json_member(json, "id"), &id);
	(void)!br_json_string(br_json_member(json, "time"), &time);
	(void)!br_json_string(br_json_member(json, "recordedtime"), &recorded);
	event->kind = kind_named(type);
	if (event->kind == BR_EVENT_N)
		return br_fault_set(fault, BR_E_INVALID, "type: \"%.*s\" is no event's",
			(int)(type.n < 80 ? type.n : 80), type.s);
	if (id.n != 20 || !br_str_to_i64(id, &sequence) || sequence < 1)
		return br_fault_set(fault, BR_E_INVALID, "id: allowed is a sequence of 20 digits");
	if (!br_time_parse(time, &event->happened_ms) ||
		!br_time_parse(recorded, &event->recorded_ms))
		return br_fault_set(
			fault, BR_E_INVALID, "time, recordedtime: allowed is RFC 3339 text");
	if (!br_json_string(br_json_member(json, "commandid"), &event->command) ||
		!br_json_string(br_json_member(json, "actor"), &event->actor) ||
		event->command.n == 0 || event->command.n > BR_ID_BYTES_MAX ||
		event->actor.n == 0 || event->actor.n > BR_ID_BYTES_MAX)
		return br_fault_set(fault, BR_E_INVALID,
			"commandid, actor: allowed are texts of 1 to %d bytes", BR_ID_BYTES_MAX);
	if (br_json_kind(br_json_member(json, "left")) != BR_JSON_ABSENT &&
		(!br_json_i64(br_json_member(json, "left"), &left) || left < 0 ||
			left > UINT16_MAX))
		return br_fault_set(
			fault, BR_E_INVALID, "left: allowed is a number up to %d", UINT16_MAX);
	event->left = (uint32_t)left;
	event->sequence = (uint64_t)sequence;
	return stamp_from_json(json, event, fault);
}

int br_event_from_json(const struct br_json *json, struct br_arena *arena,
	struct br_event *ret_event, struct br_fault *fault)
{
	struct br_event event = {.origin = 0};
	const struct br_shape *shape;
	void *body;
	int result = envelope_from_json(json, &event, fault);

	if (result < 0)
		return result;
	shape = br_event_types[event.kind].shape;
	body = br_arena_take(arena, shape->size);
	if (body == NULL)
		return br_fault_set(fault, BR_E_TOO_LARGE, "data: is too large");
	result = br_record_from_json_beside(
		shape, br_json_member(json, "data"), &br_event_beside, arena, body, fault);
	br_assert(event.sequence > 0);
	if (result < 0) {
		br_fault_prefix(fault, "data");
		return result;
	}
	event.body = body;
	*ret_event = event;
	return 0;
}

struct history_entry {
	struct br_txn *txn;
	uint64_t sequence;
};

static void history_touch(void *context, enum br_noun noun, struct br_str name)
{
	const struct history_entry *entry = context;

	br_assert(entry->sequence > 0);
	br_history_add(entry->txn, noun, name, entry->sequence);
}

/* An event that moves stock, on its way into the counters. */
struct projection {
	struct br_txn *txn;
	const struct br_event *event;
	struct br_arena *arena;
};

static void movement_project(void *context, const struct br_movement *movement)
{
	const struct projection *projection = context;

	br_assert(movement->sku.n > 0);
	br_stock_add(projection->txn, projection->event, movement, projection->arena);
}

void br_event_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	const struct br_event_type *type = br_event_type(event);
	struct history_entry entry = {txn, event->sequence};
	struct br_touch touch = {history_touch, &entry};
	struct projection projection = {txn, event, arena};
	struct br_movement_visit visit = {movement_project, &projection};

	br_assert(event->sequence > 0);
	br_assert(event->body != NULL);
	br_assert(type->apply != NULL || type->movements != NULL);
	if (type->apply != NULL)
		type->apply(txn, event, arena);
	if (type->movements != NULL)
		type->movements(event, &visit);
	if (type->history)
		type->touches(event, &touch);
	if (event->origin > 0)
		br_hole_apply_origin(txn, event, arena);
}

int br_event_get(
	struct br_txn *txn, uint64_t sequence, struct br_arena *arena, struct br_event *ret_event)
{
	struct br_key key = br_key_of_u64(sequence);
	struct br_str bytes;
	int result = br_txn_get(txn, BR_TABLE_JOURNAL, br_key_str(&key), &bytes);

	br_assert(sequence > 0);
	if (result < 0)
		return result;
	result = br_event_decode(sequence, bytes, arena, ret_event);
	return result < 0 ? br_txn_fail(txn, result) : 0;
}

uint64_t br_journal_next(struct br_txn *txn, uint64_t sequence)
{
	struct br_key from = br_key_of_u64(sequence + 1);
	struct br_str none = {NULL, 0}, key, value;
	uint64_t next = 0;
	struct br_scan scan;

	br_assert(sequence < UINT64_MAX);
	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, br_key_str(&from), false);
	if (br_scan_next(&scan, &key, &value) && !br_key_take_u64(&key, &next))
		(void)br_txn_fail(txn, BR_E_CORRUPT);
	br_scan_end(&scan);
	return next;
}

uint64_t br_journal_head(struct br_txn *txn)
{
	struct br_str none = {NULL, 0}, key, value;
	uint64_t sequence = 0;
	struct br_scan scan;

	br_scan_begin(&scan, txn, BR_TABLE_JOURNAL, none, none, true);
	if (br_scan_next(&scan, &key, &value) && !br_key_take_u64(&key, &sequence))
		(void)br_txn_fail(txn, BR_E_CORRUPT);
	br_scan_end(&scan);
	return sequence;
}
