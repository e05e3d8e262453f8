#include "node/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/barcode_rule.h"
#include "node/correction.h"
#include "node/count.h"
#include "node/customer.h"
#include "node/delivery.h"
#include "node/device.h"
#include "node/label.h"
#include "node/label_design.h"
#include "node/order.h"
#include "node/pick_list.h"
#include "node/parked.h"
#include "node/policy.h"
#include "node/price.h"
#include "node/product.h"
#include "node/quarantine.h"
#include "node/reconcile.h"
#include "node/rights_grant.h"
#include "node/sale.h"
#include "node/stock.h"
#include "node/stock_set.h"
#include "node/stock_policy.h"
#include "node/summary.h"
#include "node/task.h"
#include "node/time.h"
#include "node/timer.h"
#include "node/transfer.h"
#include "node/vouch.h"

const char *const br_outcome_words[] = {"accepted", "refused", "conflict", "busy", NULL};
const char *const br_refusal_words[] = {
	[BR_REFUSAL_NONE] = "",
	[BR_REFUSAL_MALFORMED] = "malformed",
	[BR_REFUSAL_TOO_LARGE] = "too_large",
	[BR_REFUSAL_UNKNOWN_TYPE] = "unknown_type",
	[BR_REFUSAL_UNKNOWN_BARCODE] = "unknown_barcode",
	[BR_REFUSAL_UNKNOWN_PRODUCT] = "unknown_product",
	[BR_REFUSAL_UNKNOWN_PRICE] = "unknown_price",
	[BR_REFUSAL_UNKNOWN_ORDER] = "unknown_order",
	[BR_REFUSAL_UNKNOWN_LINE] = "unknown_line",
	[BR_REFUSAL_UNKNOWN_LIST] = "unknown_list",
	[BR_REFUSAL_UNKNOWN_SALE] = "unknown_sale",
	[BR_REFUSAL_UNKNOWN_DELIVERY] = "unknown_delivery",
	[BR_REFUSAL_UNKNOWN_TRANSFER] = "unknown_transfer",
	[BR_REFUSAL_UNKNOWN_COUNT] = "unknown_count",
	[BR_REFUSAL_UNKNOWN_TASK] = "unknown_task",
	[BR_REFUSAL_UNKNOWN_LABEL] = "unknown_label",
	[BR_REFUSAL_UNKNOWN_DEVICE] = "unknown_device",
	[BR_REFUSAL_UNKNOWN_ALARM] = "unknown_alarm",
	[BR_REFUSAL_ILLEGAL_MOVE] = "illegal_move",
	[BR_REFUSAL_VERSION] = "version",
	[BR_REFUSAL_INSUFFICIENT_STOCK] = "insufficient_stock",
	[BR_REFUSAL_INSUFFICIENT_RIGHTS] = "insufficient_rights",
	[BR_REFUSAL_OUT_OF_SCOPE] = "out_of_scope",
	[BR_REFUSAL_WRONG_PRODUCT] = "wrong_product",
	[BR_REFUSAL_TOO_MUCH] = "too_much",
	[BR_REFUSAL_SUBSTITUTION] = "substitution",
	[BR_REFUSAL_ON_LIST] = "on_list",
	[BR_REFUSAL_WRONG_CODE] = "wrong_code",
	[BR_REFUSAL_LOCKED] = "locked",
	[BR_REFUSAL_BARCODE_TAKEN] = "barcode_taken",
	[BR_REFUSAL_CURRENCY] = "currency",
	[BR_REFUSAL_NO_PRICE] = "no_price",
	[BR_REFUSAL_NOT_SOLD] = "not_sold",
	[BR_REFUSAL_ALREADY] = "already",
	[BR_REFUSAL_CONFLICT] = "conflict",
	[BR_REFUSAL_BUSY] = "busy",
	[BR_REFUSAL_STORE_FULL] = "store_full",
	[BR_REFUSAL_EXPIRED] = "expired",
	[BR_REFUSAL_NOT_ALLOWED] = "not_allowed",
	[BR_REFUSAL_UNKNOWN_EVENT] = "unknown_event",
	[BR_REFUSAL_POISON] = "poison",
	[BR_REFUSAL_N] = NULL,
};

const struct br_command_type br_command_types[] = {
	{"product.upsert", &br_product_shape, br_product_decide_upsert, .sheds = true,
		.help = "A product as it is from now on; what is left out is empty."},
	{"product.remove", &br_product_removed_shape, br_product_decide_remove, .sheds = true,
		.help = "Takes a product out of the catalogue."},
	{"product.place", &br_product_place_shape, br_product_decide_place, .sheds = true,
		.help = "Where the planogram puts a product: all its positions, none takes it "
			"off."},
	{"barcode.rule", &br_barcode_rule_shape, br_barcode_rule_decide, .sheds = true,
		.help = "How the store's own barcodes with a price or a weight in them are read."},
	{"barcode.unrule", &br_barcode_unrule_shape, br_barcode_rule_decide_remove, .sheds = true,
		.help = "Takes the rule of a prefix away."},
	{"price.set", &br_price_shape, br_price_decide_set, .sheds = true,
		.help = "A price, from now or from a time on; an override says why and until when.",
		.words = "sku amount currency"},
	{"price.cancel", &br_price_cancel_shape, br_price_decide_cancel, .sheds = true,
		.help = "Takes back a planned price, or ends a promotion or override that counts.",
		.words = "sku kind reason"},
	{"price.activate", &br_timer_fired_shape, br_price_decide_activate, .internal = true},
	{"price.release", &br_price_release_shape, br_price_decide_release, .internal = true},
	{"price.hold_over", &br_timer_fired_shape, br_price_decide_hold_over, .internal = true},
	{"policy.set", &br_policy_shape, br_policy_decide, .sheds = true,
		.help = "Changes limits and waiting times of the store; what is left out stays."},
	{"stock.set", &br_stock_set_shape, br_stock_set_decide, .sheds = true,
		.help = "What lies in one place is so much; says nothing when it is so already.",
		.words = "sku|barcode bucket quantity reason"},
	{"stock.move", &br_stock_move_shape, br_stock_decide_move, .sheds = true,
		.help = "Receives, puts away, fills, adjusts, counts, wastes and so on.",
		.words = "sku|barcode kind quantity reason"},
	{"stock.policy", &br_stock_policy_shape, br_stock_policy_decide, .sheds = true,
		.help = "What is kept back of a product, a category or everything.",
		.words = "scope key safety"},
	{"rights.grant", &br_rights_shape, br_rights_decide_grant, .sheds = true,
		.help = "Lets the central system promise some of a product online."},
	{"rights.request", &br_rights_shape, br_rights_decide_request, .sheds = true,
		.help = "The central system asks for rights: it gets what the policy and the free "
			"stock allow.",
		.words = "sku quantity"},
	{"rights.recall", &br_rights_shape, br_rights_decide_recall, .sheds = true,
		.help = "Asks the central system to give unspent rights back.",
		.words = "sku quantity reason"},
	{"rights.revoke", &br_rights_shape, br_rights_decide_revoke, .sheds = false,
		.help = "The central system gives unspent rights back, as a recall asks or "
			"unasked.",
		.words = "sku quantity"},
	{"rights.keep", &br_rights_keep_shape, br_rights_decide_keep, .sheds = false,
		.help = "The central system says no to a recall: what was granted is spent.",
		.words = "sku recall"},
	{"rights.sweep", &br_timer_fired_shape, br_rights_decide_sweep, .internal = true},
	{"delivery.announce", &br_delivery_announce_shape, br_delivery_decide_announce,
		.sheds = true, .help = "Says what a supplier or another store has sent."},
	{"delivery.receive", &br_delivery_receive_shape, br_delivery_decide_receive, .sheds = true,
		.help = "Goods of an announced delivery are here: the good ones, and beside them "
			"the damaged.",
		.words = "delivery sku|barcode quantity"},
	{"delivery.close", &br_delivery_end_shape, br_delivery_decide_close, .sheds = true,
		.help = "No more comes of a delivery: what is missing is short."},
	{"delivery.cancel", &br_delivery_end_shape, br_delivery_decide_cancel, .sheds = true,
		.help = "A delivery does not come."},
	{"transfer.send", &br_transfer_send_shape, br_transfer_decide_send, .sheds = true,
		.help = "Goods leave for another store."},
	{"transfer.confirm", &br_transfer_confirm_shape, br_transfer_decide_confirm, .sheds = true,
		.help = "What of a transfer arrived at the other store; without lines all."},
	{"transfer.settle", &br_transfer_settle_shape, br_transfer_decide_settle, .sheds = true,
		.help = "What became of goods that did not arrive: lost or found."},
	{"transfer.cancel", &br_transfer_cancel_shape, br_transfer_decide_cancel, .sheds = true,
		.help = "A transfer did not leave; its goods are back."},
	{"count.open", &br_count_open_shape, br_count_decide_open, .sheds = true,
		.help = "Asks for products, a category, or the places from one --range to another "
			"to be "
			"counted.",
		.words = "count"},
	{"count.enter", &br_count_enter_shape, br_count_decide_enter, .sheds = true,
		.help = "What somebody counted; entries of one product are summed.",
		.words = "count sku|barcode quantity"},
	{"count.close", &br_count_step_shape, br_count_decide_close, .sheds = true,
		.help = "All is counted; small variances are approved by it."},
	{"count.approve", &br_count_step_shape, br_count_decide_approve, .sheds = true,
		.help = "The variances of a closed count become the stock; a manager says so.",
		.words = "count associate"},
	{"count.reject", &br_count_step_shape, br_count_decide_reject, .sheds = true,
		.help = "A manager does not believe a closed count: it is to be done again.",
		.words = "count associate reason"},
	{"count.cancel", &br_count_step_shape, br_count_decide_cancel, .sheds = true,
		.help = "An open count is given up."},
	{"task.create", &br_task_create_shape, br_task_decide_create, .sheds = true,
		.help = "Asks somebody in the store to do something.", .words = "kind key reason"},
	{"task.done", &br_task_done_shape, br_task_decide_done, .sheds = true,
		.help = "Something that was asked for is done.", .words = "kind key"},
	{"sale.record", &br_sale_shape, br_sale_decide, .sheds = false,
		.help = "A sale that was made, as a till records it."},
	{"return.record", &br_sale_return_shape, br_sale_decide_return, .sheds = false,
		.help = "Goods that came back, as a till records them."},
	{"sale.void", &br_sale_void_shape, br_sale_decide_void, .sheds = false,
		.help = "Takes a sale back as a whole, as if it had not been.",
		.words = "till sale reason"},
	{"sale.park", &br_park_shape, br_parked_decide_park, .sheds = false,
		.help = "Sets a sale aside, for any till to go on with."},
	{"sale.unpark", &br_unpark_shape, br_parked_decide_unpark, .sheds = false,
		.help = "Goes on with a sale that was set aside, or drops it.",
		.words = "parked till"},
	{"order.offer", &br_order_offer_shape, br_order_decide_offer, .sheds = false,
		.help = "Places an order."},
	{"order.accept", &br_order_accept_shape, br_order_decide_accept, .sheds = false,
		.help = "Accepts an order and reserves what it needs.", .words = "order"},
	{"order.reject", &br_order_reject_shape, br_order_decide_reject, .sheds = false,
		.help = "Says no to an order.", .words = "order reason"},
	{"order.hold", &br_order_hold_shape, br_order_decide_hold, .sheds = false,
		.help = "Lets an order wait, until a time if one is given.",
		.words = "order reason"},
	{"order.release", &br_order_release_shape, br_order_decide_release, .sheds = false,
		.help = "Goes on with an order that was held.", .words = "order"},
	{"order.pick", &br_order_pick_shape, br_order_decide_pick, .sheds = false,
		.help = "Some of a line was picked; the scan says what.",
		.words = "order sku|barcode quantity"},
	{"order.unpick", &br_order_unpick_shape, br_order_decide_unpick, .sheds = false,
		.help = "Puts picked goods back; they stay reserved.",
		.words = "order sku|barcode quantity"},
	{"order.short", &br_order_short_shape, br_order_decide_short, .sheds = false,
		.help = "Some of a line is not to be found.",
		.words = "order line quantity reason"},
	{"order.substitute", &br_order_substitute_shape, br_order_decide_substitute, .sheds = false,
		.help = "Another product takes the place of a line's.",
		.words = "order line sku|barcode quantity"},
	{"order.stage", &br_order_stage_shape, br_order_decide_stage, .sheds = false,
		.help = "What is picked lies at this place.", .words = "order location"},
	{"order.ready", &br_order_ready_shape, br_order_decide_ready, .sheds = false,
		.help = "The customer can come.", .words = "order"},
	{"order.arrive", &br_order_arrive_shape, br_order_decide_arrive, .sheds = false,
		.help = "The customer is here.", .words = "order bay"},
	{"order.hand_over", &br_order_hand_over_shape, br_order_decide_hand_over, .sheds = false,
		.help = "Gives an order to its customer, who proves it with the code.",
		.words = "order code"},
	{"order.pack", &br_order_pack_shape, br_order_decide_pack, .sheds = false,
		.help = "What is picked is packed.", .words = "order packages"},
	{"order.ship", &br_order_ship_shape, br_order_decide_ship, .sheds = false,
		.help = "The carrier has it.", .words = "order carrier tracking"},
	{"order.cancel", &br_order_cancel_shape, br_order_decide_cancel, .sheds = false,
		.help = "Calls an order off.", .words = "order reason"},
	{"order.restock", &br_order_restock_shape, br_order_decide_restock, .sheds = false,
		.help = "Puts goods of a cancelled order back.",
		.words = "order sku|barcode quantity"},
	{"order.receive", &br_order_receive_shape, br_order_decide_receive, .sheds = false,
		.help = "Goods of a return are here.", .words = "order sku|barcode quantity"},
	{"order.inspect", &br_order_inspect_shape, br_order_decide_inspect, .sheds = false,
		.help = "Where goods of a return go.", .words = "order sku|barcode quantity to"},
	{"order.refund", &br_order_refund_shape, br_order_decide_refund, .sheds = false,
		.help = "What is to be paid back for a return.", .words = "order amount"},
	{"order.close", &br_order_close_shape, br_order_decide_close, .sheds = false,
		.help = "Nothing more is to be done.", .words = "order"},
	{"order.split", &br_order_split_shape, br_order_decide_split, .sheds = false,
		.help = "Takes lines into an order of their own."},
	{"order.update", &br_order_update_shape, br_order_decide_update, .sheds = false,
		.help = "What the customer says anew."},
	{"order.timer", &br_timer_fired_shape, br_order_decide_timer, .internal = true},
	{"pick_list.make", &br_pick_list_make_shape, br_pick_list_decide_make, .sheds = false,
		.help = "Takes orders, or the most urgent ones, for one walk through the store.",
		.words = "list associate"},
	{"pick_list.hand_over", &br_pick_list_hand_over_shape, br_pick_list_decide_hand_over,
		.sheds = false, .help = "Somebody else goes on with the list.", .words = "list to"},
	{"pick_list.end", &br_pick_list_end_shape, br_pick_list_decide_end, .sheds = false,
		.help = "Gives what is not picked back to all.", .words = "list"},
	{"pick_list.timer", &br_timer_fired_shape, br_pick_list_decide_timer, .internal = true},
	{"label.bind", &br_label_bind_shape, br_label_decide_bind, .sheds = true,
		.help = "Ties a shelf label to a product."},
	{"label.unbind", &br_label_unbind_shape, br_label_decide_unbind, .sheds = true,
		.help = "Frees a shelf label from its product."},
	{"label.want", &br_label_wanted_shape, br_label_decide_want, .internal = true,
		.sheds = true},
	{"label.report", &br_label_shown_shape, br_label_decide_report, .internal = true,
		.sheds = true},
	{"label.give_up", &br_label_failed_shape, br_label_decide_give_up, .internal = true,
		.sheds = true},
	{"device.adopt", &br_device_adopt_shape, br_device_decide_adopt, .sheds = true,
		.help = "Takes a sensor into the store: its name, its zone, its rules."},
	{"device.forget", &br_device_named_shape, br_device_decide_forget, .sheds = true,
		.help = "Gives a sensor up."},
	{"device.lost", &br_device_named_shape, br_device_decide_lost, .internal = true,
		.sheds = true},
	{"device.back", &br_device_named_shape, br_device_decide_back, .internal = true,
		.sheds = true},
	{"alarm.raise", &br_alarm_raise_shape, br_alarm_decide_raise, .internal = true,
		.sheds = true},
	{"alarm.clear", &br_alarm_named_shape, br_alarm_decide_clear, .internal = true,
		.sheds = true},
	{"alarm.acknowledge", &br_alarm_named_shape, br_alarm_decide_acknowledge, .sheds = true,
		.help = "Somebody has seen the alarm and sees to it."},
	{"customer.upsert", &br_customer_shape, br_customer_decide_upsert, .sheds = true,
		.help = "A customer as the store needs to know them, until a time.",
		.words = "customer name"},
	{"customer.erase", &br_customer_erase_shape, br_customer_decide_erase, .sheds = false,
		.help = "Erases all that is known of a customer, or of whoever an order is for.",
		.words = "customer"},
	{"customer.timer", &br_timer_fired_shape, br_customer_decide_timer, .internal = true},
	{"customer.forget", &br_timer_fired_shape, br_customer_decide_forget, .internal = true},
	{"customer.forget_day", &br_timer_fired_shape, br_customer_decide_forget_day,
		.internal = true},
	{"link.reconcile", &br_reconcile_ask_shape, br_reconcile_decide_ask, .sheds = true,
		.help = "Compares a view of the store, or all of them, with the central system's.",
		.words = "view"},
	{"reconcile.end", &br_reconcile_ended_shape, br_reconcile_decide_end, .internal = true,
		.sheds = true},
	{"stock.state", &br_stock_state_shape, br_reconcile_decide_stock, .internal = true,
		.sheds = true},
	{"order.state", &br_order_state_shape, br_reconcile_decide_order, .internal = true,
		.sheds = false},
	{"template.set", &br_label_design_shape, br_label_design_decide, .sheds = true,
		.help = "The central system sets a label template, as JSON; the last version "
			"wins."},
	{"device.summarise", &br_summary_shape, br_summary_decide, .internal = true, .sheds = true},
	{"event.quarantine", &br_quarantine_ask_shape, br_quarantine_decide_add, .internal = true,
		.sheds = true},
	{"event.accept", &br_quarantine_named_shape, br_quarantine_decide_accept, .internal = true,
		.sheds = true},
	{"event.resend", &br_quarantine_named_shape, br_quarantine_decide_resend, .sheds = true,
		.help = "Sends an event in quarantine to the central system once more.",
		.words = "event"},
	{"event.dismiss", &br_quarantine_named_shape, br_quarantine_decide_dismiss, .sheds = true,
		.help = "Takes an event out of quarantine: the central system goes without it.",
		.words = "event reason"},
	/* What is wrong as long as it waits are the prices. */
	{"clock.correct", &br_correct_shape, br_correction_decide, .internal = true},
	{"clock.vouch", &br_vouch_shape, br_vouch_decide, .timed = true,
		.help = "Somebody vouches for the store's time, for the machine's clock, or for "
			"another time that it is now.",
		.words = "clock"},
};
const unsigned br_command_type_n = BR_ARRAY_LEN(br_command_types);

const struct br_command_type *br_command_type_named(struct br_str name)
{
	for (unsigned i = 0; i < br_command_type_n; i++)
		if (br_str_is(name, br_command_types[i].name))
			return &br_command_types[i];
	return NULL;
}

void br_decision_emit(struct br_decision *decision, enum br_event_kind kind, const void *body)
{
	size_t size = br_event_types[kind].shape->size;
	struct br_emitted *emitted =
		br_arena_take(decision->arena, sizeof(struct br_emitted) + size);

	br_assert(kind < BR_EVENT_N);
	if (emitted == NULL) {
		(void)br_txn_fail(decision->txn, BR_E_MEMORY);
		return;
	}
	memcpy(emitted + 1, body, size);
	emitted->kind = kind;
	emitted->body = emitted + 1;
	br_assert(*decision->end == NULL);
	*decision->end = emitted;
	decision->end = &emitted->next;
}

int br_decision_refuse(
	struct br_decision *decision, enum br_refusal refusal, const char *format, ...)
{
	br_assert(refusal != BR_REFUSAL_NONE);
	/* Longer than what is kept, so that the cut is br_answer_refuse()'s, at a character's
	 * border.
	 */
	char message[BR_MESSAGE_BYTES_MAX + 8];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	br_answer_refuse(decision->answer, BR_OUTCOME_REFUSED, refusal, message);
	return BR_DECIDED_NO;
}

void br_decision_warn(struct br_decision *decision, const char *format, ...)
{
	char message[BR_MESSAGE_BYTES_MAX + 8];
	struct br_answer *answer = decision->answer;
	va_list arguments;
	size_t n;

	br_assert(answer->outcome == BR_OUTCOME_ACCEPTED && answer->refusal == BR_REFUSAL_NONE);
	if (answer->message[0] != '\0')
		return;
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	n = strlen(message);
	if (n >= sizeof(answer->message))
		n = br_utf8_cut(message, sizeof(answer->message) - 1);
	br_assert(n < sizeof(answer->message));
	memcpy(answer->message, message, n);
	answer->message[n] = '\0';
}

void br_answer_refuse(struct br_answer *answer, enum br_outcome outcome, enum br_refusal refusal,
	const char *message)
{
	size_t n = strlen(message);

	br_assert(outcome != BR_OUTCOME_ACCEPTED);
	br_assert(refusal != BR_REFUSAL_NONE);
	*answer = (struct br_answer){.outcome = outcome, .refusal = refusal};
	if (n >= sizeof(answer->message))
		n = br_utf8_cut(message, sizeof(answer->message) - 1);
	br_assert(n < sizeof(answer->message));
	memcpy(answer->message, message, n);
}

int br_command_check(struct br_txn *txn, const unsigned char *secret,
	const struct br_command *command, struct br_arena *arena, struct br_answer *ret_answer)
{
	struct br_decision decision = {
		.txn = txn,
		.command = command,
		.arena = arena,
		.answer = ret_answer,
		.secret = secret,
	};
	int result;

	br_assert(command->type != NULL && command->body != NULL);
	decision.end = &decision.first;
	*ret_answer = (struct br_answer){.outcome = BR_OUTCOME_ACCEPTED};
	result = command->type->decide(&decision, command->body);
	br_assert(result <= BR_DECIDED_NO_BUT);
	return result < 0 ? br_txn_fail(txn, result) : br_txn_error(txn);
}

static int id_read(const struct br_json *json, struct br_str *ret_id, struct br_fault *fault)
{
	struct br_str id;

	if (!br_json_string(br_json_member(json, "id"), &id))
		return br_fault_set(fault, BR_E_INVALID, "id: is missing or not a text");
	if (id.n == 0 || id.n > BR_ID_BYTES_MAX)
		return br_fault_set(fault, BR_E_INVALID, "id: has %zu bytes, allowed is 1 to %d",
			id.n, BR_ID_BYTES_MAX);
	for (size_t i = 0; i < id.n; i++)
		if ((unsigned char)id.s[i] < 0x20 || id.s[i] == 0x7F)
			return br_fault_set(
				fault, BR_E_INVALID, "id: control characters are not allowed");
	*ret_id = id;
	return 0;
}

static int happened_read(
	const struct br_json *json, int64_t *ret_happened_ms, struct br_fault *fault)
{
	const struct br_json *happened = br_json_member(json, "happened");
	struct br_str text;

	if (br_json_kind(happened) == BR_JSON_ABSENT || br_json_kind(happened) == BR_JSON_NULL)
		return 0;
	if (!br_json_string(happened, &text) || !br_time_parse(text, ret_happened_ms))
		return br_fault_set(fault, BR_E_INVALID,
			"happened: allowed is a time such as \"2026-03-01T10:15:00Z\" (RFC 3339)");
	return 0;
}

int br_command_from_json(const struct br_json *json, struct br_arena *arena,
	struct br_command *ret_command, enum br_refusal *ret_refusal, struct br_fault *fault)
{
	struct br_str type;
	void *body;
	int result;

	*ret_refusal = BR_REFUSAL_MALFORMED;
	if (br_json_kind(json) != BR_JSON_OBJECT)
		return br_fault_set(fault, BR_E_INVALID, "a command is an object");
	result = id_read(json, &ret_command->id, fault);
	if (result == 0)
		result = happened_read(json, &ret_command->happened_ms, fault);
	if (result < 0)
		return result;
	br_assert(ret_command->id.n > 0 && ret_command->id.n <= BR_ID_BYTES_MAX);
	if (!br_json_string(br_json_member(json, "type"), &type))
		return br_fault_set(fault, BR_E_INVALID, "type: is missing or not a text");
	ret_command->type = br_command_type_named(type);
	if (ret_command->type == NULL || ret_command->type->internal) {
		*ret_refusal = BR_REFUSAL_UNKNOWN_TYPE;
		return br_fault_set(fault, BR_E_INVALID,
			"type: \"%.*s\" is no command, see the contract for those there are",
			(int)(type.n < 40 ? type.n : 40), type.s);
	}
	br_assert(!ret_command->type->internal);
	body = br_arena_take(arena, ret_command->type->shape->size);
	if (body == NULL) {
		*ret_refusal = BR_REFUSAL_TOO_LARGE;
		return br_fault_set(fault, BR_E_INVALID, "needs more memory than one command may");
	}
	result = br_record_from_json(
		ret_command->type->shape, br_json_member(json, "data"), arena, body, fault);
	if (result < 0)
		br_fault_prefix(fault, "data");
	ret_command->body = body;
	return result < 0 ? BR_E_INVALID : 0;
}

void br_answer_members(const struct br_answer *answer, struct br_str id, struct br_json_out *out)
{
	br_assert((answer->outcome == BR_OUTCOME_ACCEPTED) == (answer->refusal == BR_REFUSAL_NONE));
	if (id.n > 0)
		br_json_out_string(out, "id", id);
	else
		br_json_out_null(out, "id");
	br_json_out_puts(out, "outcome", br_outcome_words[answer->outcome]);
	if (answer->sequence > 0)
		br_json_out_u64(out, "sequence", answer->sequence);
	if (answer->refusal != BR_REFUSAL_NONE) {
		br_json_out_puts(out, "code", br_refusal_words[answer->refusal]);
		br_json_out_puts(out, "message", answer->message);
	} else if (answer->message[0] != '\0') {
		br_json_out_puts(out, "warning", answer->message);
	}
}

void br_answer_to_json(
	const struct br_answer *answer, struct br_str id, struct br_json_out *out, const char *name)
{
	br_json_out_object(out, name);
	br_answer_members(answer, id, out);
	br_json_out_end(out);
}
