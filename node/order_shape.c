/* The shapes of orders: what commands may say, what events and rows hold, and every limit. */
#include "node/order.h"

#include "node/order_inside.h"
#include "node/rules.h"
#include "node/stock.h"

const char *const br_order_state_words[] = {"offered", "accepted", "picking", "picked", "staged",
	"ready", "arrived", "handed_over", "packed", "shipped", "received", "inspected",
	"refund_due", "on_hold", "expired", "cancelling", "restocking", "closed", "rejected",
	"cancelled", NULL};
const char *const br_method_words[] = {
	"pickup", "curbside", "ship_from_store", "endless_aisle", "return", NULL};
const char *const br_payment_words[] = {"none", "due", "paid", NULL};
const char *const br_substitution_words[] = {"none", "same_brand", "any", "ask", NULL};
const char *const br_short_outcome_words[] = {"partial", "offered_back", NULL};
const char *const br_order_verb_words[] = {"accept", "reject", "hold", "release", "pick", "unpick",
	"short", "substitute", "stage", "ready", "arrive", "hand_over", "pack", "ship", "cancel",
	"restock", "receive", "inspect", "refund", "close", "split", "update", "expire", "return",
	NULL};
const char *const br_order_work_words[] = {"none", "answer", "pick", "pack", "stage", "hand_over",
	"restock", "receive", "inspect", "refund", NULL};
/* As br_payment_words, behind a word for "as it is". */
static const char *const payment_or_words[] = {"", "none", "due", "paid", NULL};
/* enum br_place, each as far as a command allows it. */
static const char *const pick_words[] = {"", "shelf", "backroom", "display", NULL};
static const char *const restock_words[] = {"", "shelf", "backroom", "display", "damaged", NULL};
static const char *const inspect_words[] = {
	"", "shelf", "backroom", "display", "damaged", "vendor", NULL};

/* A code is read aloud and typed: nothing that sounds or looks like something else in between. */
static bool code_check(struct br_str text)
{
	br_assert(text.s != NULL || text.n == 0);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.s[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

static const struct br_text_rule code_rule = {code_check, "letters A to Z and digits"};

#define ORDER(S) \
	BR_MUST_TEXT(S, order, 1, BR_ID_BYTES_MAX), BR_U64(S, version, 0, 0), \
		BR_TEXT(S, associate, 0, BR_WORD_BYTES_MAX)
#define CODE(S) BR_SECRET(S, code, BR_CODE_BYTES_MIN, BR_CODE_BYTES_MAX, &code_rule)

static const struct br_field offer_line_fields[] = {
	BR_MUST_TEXT(br_order_offer_line, line, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_offer_line, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_order_offer_line, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_MUST_MILLI(br_order_offer_line, quantity, 1, BR_QUANTITY_MAX),
	BR_MILLI(br_order_offer_line, price, 0, BR_AMOUNT_MAX),
	BR_WORD(br_order_offer_line, policy, br_substitution_words),
	BR_BOOL(br_order_offer_line, rights),
	BR_PERSONAL(br_order_offer_line, note, 0, BR_REASON_BYTES_MAX),
};
static BR_DEFINE_SHAPE(offer_line_shape, br_order_offer_line, 1, offer_line_fields);

static const struct br_field offer_fields[] = {
	BR_MUST_TEXT(br_order_offer, order, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_offer, fo, 0, BR_ID_BYTES_MAX),
	BR_WORD(br_order_offer, channel, br_channel_words),
	BR_WORD(br_order_offer, method, br_method_words),
	BR_TEXT(br_order_offer, customer, 0, BR_ID_BYTES_MAX),
	BR_PERSONAL(br_order_offer, person, 0, BR_PERSON_BYTES_MAX),
	BR_SECRET(br_order_offer, surname, 0, BR_PERSON_BYTES_MAX, NULL),
	CODE(br_order_offer),
	BR_PERSONAL(br_order_offer, vehicle, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_offer, bay, 0, BR_BAY_BYTES_MAX),
	BR_TIME(br_order_offer, placed),
	BR_TIME(br_order_offer, accept_by),
	BR_TIME(br_order_offer, ready_by),
	BR_TIME(br_order_offer, collect_by),
	BR_U64(br_order_offer, priority, 0, BR_PRIORITY_MAX),
	BR_WORD(br_order_offer, payment, br_payment_words),
	BR_TEXT(br_order_offer, original, 0, BR_ID_BYTES_MAX),
	BR_PERSONAL(br_order_offer, note, 0, BR_NOTE_BYTES_MAX),
	BR_MUST_LIST(br_order_offer, lines, 1, BR_ORDER_LINES_MAX, &offer_line_shape),
};
BR_DEFINE_SHAPE(br_order_offer_shape, br_order_offer, 1, offer_fields);

static const struct br_field accept_fields[] = {
	ORDER(br_order_step),
	BR_BOOL(br_order_step, partial),
};
BR_DEFINE_SHAPE(br_order_accept_shape, br_order_step, 1, accept_fields);

static const struct br_field reject_fields[] = {
	ORDER(br_order_step),
	BR_MUST_PERSONAL(br_order_step, reason, 1, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_reject_shape, br_order_step, 1, reject_fields);

static const struct br_field hold_fields[] = {
	ORDER(br_order_step),
	BR_MUST_PERSONAL(br_order_step, reason, 1, BR_REASON_BYTES_MAX),
	BR_TIME(br_order_step, until),
};
BR_DEFINE_SHAPE(br_order_hold_shape, br_order_step, 1, hold_fields);

static const struct br_field reason_fields[] = {
	ORDER(br_order_step),
	BR_PERSONAL(br_order_step, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_release_shape, br_order_step, 1, reason_fields);
BR_DEFINE_SHAPE(br_order_cancel_shape, br_order_step, 1, reason_fields);
BR_DEFINE_SHAPE(br_order_close_shape, br_order_step, 1, reason_fields);

static const struct br_field stage_fields[] = {
	ORDER(br_order_step),
	BR_MUST_TEXT(br_order_step, location, 1, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_stage_shape, br_order_step, 1, stage_fields);

static const struct br_field ready_fields[] = {
	ORDER(br_order_step),
	BR_TEXT(br_order_step, location, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_ready_shape, br_order_step, 1, ready_fields);

static const struct br_field arrive_fields[] = {
	ORDER(br_order_step),
	BR_TEXT(br_order_step, bay, 0, BR_BAY_BYTES_MAX),
	BR_PERSONAL(br_order_step, vehicle, 0, BR_ID_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_arrive_shape, br_order_step, 1, arrive_fields);

static const struct br_field pack_fields[] = {
	ORDER(br_order_step),
	BR_U64(br_order_step, packages, 0, BR_PACKAGES_MAX),
};
BR_DEFINE_SHAPE(br_order_pack_shape, br_order_step, 1, pack_fields);

static const struct br_field ship_fields[] = {
	ORDER(br_order_step),
	BR_TEXT(br_order_step, carrier, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_order_step, tracking, 0, BR_ID_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_ship_shape, br_order_step, 1, ship_fields);

static const struct br_field refund_fields[] = {
	ORDER(br_order_step),
	BR_MILLI(br_order_step, amount, 0, BR_AMOUNT_MAX),
	BR_PERSONAL(br_order_step, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_refund_shape, br_order_step, 1, refund_fields);

/* What all commands about a line's goods begin with. */
#define GOODS \
	ORDER(br_order_goods), BR_TEXT(br_order_goods, line, 0, BR_ID_BYTES_MAX), \
		BR_TEXT(br_order_goods, sku, 0, BR_ID_BYTES_MAX), \
		BR_TEXT_RULED(br_order_goods, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan), \
		BR_MILLI(br_order_goods, quantity, 0, BR_QUANTITY_MAX)

static const struct br_field pick_fields[] = {
	GOODS,
	BR_WORD(br_order_goods, from, pick_words),
	BR_TEXT(br_order_goods, list, 0, BR_ID_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_pick_shape, br_order_goods, 1, pick_fields);

static const struct br_field unpick_fields[] = {
	GOODS,
	BR_WORD(br_order_goods, to, pick_words),
	BR_TEXT(br_order_goods, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_unpick_shape, br_order_goods, 1, unpick_fields);

static const struct br_field short_fields[] = {
	GOODS,
	BR_MUST_TEXT(br_order_goods, reason, 1, BR_REASON_BYTES_MAX),
	BR_WORD(br_order_goods, outcome, br_short_outcome_words),
};
BR_DEFINE_SHAPE(br_order_short_shape, br_order_goods, 1, short_fields);

static const struct br_field substitute_fields[] = {
	ORDER(br_order_goods),
	BR_MUST_TEXT(br_order_goods, line, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_goods, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_order_goods, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_MILLI(br_order_goods, quantity, 0, BR_QUANTITY_MAX),
	BR_WORD(br_order_goods, from, pick_words),
	BR_BOOL(br_order_goods, asked),
};
BR_DEFINE_SHAPE(br_order_substitute_shape, br_order_goods, 1, substitute_fields);

static const struct br_field restock_fields[] = {
	GOODS,
	BR_WORD(br_order_goods, to, restock_words),
};
BR_DEFINE_SHAPE(br_order_restock_shape, br_order_goods, 1, restock_fields);

static const struct br_field receive_fields[] = {GOODS};
BR_DEFINE_SHAPE(br_order_receive_shape, br_order_goods, 1, receive_fields);

static const struct br_field inspect_fields[] = {
	GOODS,
	BR_WORD(br_order_goods, to, inspect_words),
	BR_TEXT(br_order_goods, reason, 0, BR_REASON_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_inspect_shape, br_order_goods, 1, inspect_fields);

static const struct br_field hand_over_fields[] = {
	BR_TEXT(br_order_hand_over, order, 0, BR_ID_BYTES_MAX),
	BR_U64(br_order_hand_over, version, 0, 0),
	BR_TEXT(br_order_hand_over, associate, 0, BR_WORD_BYTES_MAX),
	BR_SECRET(br_order_hand_over, surname, 0, BR_PERSON_BYTES_MAX, NULL),
	CODE(br_order_hand_over),
	{BR_FIELD_AT(br_order_hand_over, waived, BR_FIELD_TEXT), .max = BR_REASON_BYTES_MAX,
		.discretion = BR_DISCRETION_PERSONAL, .sealed_as = "reason"},
};
BR_DEFINE_SHAPE(br_order_hand_over_shape, br_order_hand_over, 1, hand_over_fields);

static const struct br_field split_line_fields[] = {
	BR_MUST_TEXT(br_order_split_line, line, 1, BR_ID_BYTES_MAX),
	BR_MILLI(br_order_split_line, quantity, 0, BR_QUANTITY_MAX),
};
static BR_DEFINE_SHAPE(split_line_shape, br_order_split_line, 1, split_line_fields);

static const struct br_field split_fields[] = {
	ORDER(br_order_split),
	BR_PERSONAL(br_order_split, reason, 0, BR_REASON_BYTES_MAX),
	BR_MUST_TEXT(br_order_split, into, 1, BR_ID_BYTES_MAX),
	BR_MUST_LIST(br_order_split, lines, 1, BR_ORDER_LINES_MAX, &split_line_shape),
};
BR_DEFINE_SHAPE(br_order_split_shape, br_order_split, 1, split_fields);

static const struct br_field update_fields[] = {
	ORDER(br_order_update),
	BR_PERSONAL(br_order_update, person, 0, BR_PERSON_BYTES_MAX),
	BR_SECRET(br_order_update, surname, 0, BR_PERSON_BYTES_MAX, NULL),
	BR_TIME(br_order_update, ready_by),
	BR_TIME(br_order_update, collect_by),
	BR_U64(br_order_update, priority, 0, BR_PRIORITY_MAX),
	BR_WORD(br_order_update, payment, payment_or_words),
	BR_PERSONAL(br_order_update, note, 0, BR_NOTE_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_update_shape, br_order_update, 1, update_fields);

static const struct br_field offered_fields[] = {
	BR_MUST_TEXT(br_order_offered, order, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_offered, fo, 0, BR_ID_BYTES_MAX),
	BR_WORD(br_order_offered, channel, br_channel_words),
	BR_WORD(br_order_offered, method, br_method_words),
	BR_TEXT(br_order_offered, customer, 0, BR_ID_BYTES_MAX),
	BR_PERSONAL(br_order_offered, person, 0, BR_PERSON_BYTES_MAX),
	BR_BYTES(br_order_offered, code_hash),
	BR_BYTES(br_order_offered, surname_hash),
	BR_PERSONAL(br_order_offered, vehicle, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_offered, bay, 0, BR_BAY_BYTES_MAX),
	BR_TIME(br_order_offered, placed),
	BR_TIME(br_order_offered, accept_by),
	BR_TIME(br_order_offered, ready_by),
	BR_TIME(br_order_offered, collect_by),
	BR_U64(br_order_offered, priority, 0, BR_PRIORITY_MAX),
	BR_WORD(br_order_offered, payment, br_payment_words),
	BR_TEXT(br_order_offered, original, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_offered, parent, 0, BR_ID_BYTES_MAX),
	BR_BOOL(br_order_offered, provisional),
	BR_PERSONAL(br_order_offered, note, 0, BR_NOTE_BYTES_MAX),
	BR_MUST_U64(br_order_offered, line_n, 1, BR_ORDER_LINES_MAX),
	BR_MUST_MILLI(br_order_offered, ordered, 1, BR_ORDER_LINES_MAX *BR_QUANTITY_MAX),
};
BR_DEFINE_SHAPE(br_order_offered_shape, br_order_offered, 1, offered_fields);

static const struct br_field line_offered_fields[] = {
	BR_MUST_TEXT(br_order_line_offered, order, 1, BR_ID_BYTES_MAX),
	BR_U64(br_order_line_offered, index, 0, BR_ORDER_LINES_MAX),
	BR_MUST_TEXT(br_order_line_offered, line, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_order_line_offered, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_order_line_offered, quantity, 1, BR_QUANTITY_MAX),
	BR_MILLI(br_order_line_offered, price, 0, BR_AMOUNT_MAX),
	BR_WORD(br_order_line_offered, policy, br_substitution_words),
	BR_BOOL(br_order_line_offered, rights),
	BR_PERSONAL(br_order_line_offered, note, 0, BR_REASON_BYTES_MAX),
	BR_U64(br_order_line_offered, substitutes, 0, BR_ORDER_LINES_MAX),
};
BR_DEFINE_SHAPE(br_order_line_offered_shape, br_order_line_offered, 1, line_offered_fields);

/* A product may stand on all of an order's lines. */
#define SUM_MAX (BR_ORDER_LINES_MAX * BR_QUANTITY_MAX)
#define COUNT(S, NAME, MEMBER, MIN) \
	{ \
		.name = (NAME), .kind = BR_FIELD_MILLI, \
		.offset = offsetof(struct S, counts) + offsetof(struct br_order_counts, MEMBER), \
		.min = (MIN), .max = SUM_MAX \
	}
#define COUNTS(S, MIN) \
	COUNT(S, "ordered", ordered, MIN), COUNT(S, "reserved", reserved, MIN), \
		COUNT(S, "picked", picked, MIN), COUNT(S, "short", shortage, MIN), \
		COUNT(S, "substituted", substituted, MIN), COUNT(S, "staged", staged, MIN), \
		COUNT(S, "handed_over", handed_over, MIN), COUNT(S, "shipped", shipped, MIN), \
		COUNT(S, "returned", returned, MIN), COUNT(S, "restocked", restocked, MIN)
#define GAINED(F) BR_MILLI(br_order_change, F, -SUM_MAX, SUM_MAX)

/* A lot is known by its number, which may be empty, and its date. */
#define LOT(S, SINCE) \
	{BR_FIELD_AT(S, lot, BR_FIELD_TEXT), .max = BR_LOT_BYTES_MAX, .since = (SINCE)}, \
	{ \
		BR_FIELD_AT(S, expiry, BR_FIELD_TIME), .day = true, .since = (SINCE) \
	}

static const struct br_field change_fields[] = {
	BR_U64(br_order_change, index, 0, BR_ORDER_LINES_MAX),
	BR_MUST_TEXT(br_order_change, sku, 1, BR_ID_BYTES_MAX),
	COUNTS(br_order_change, -SUM_MAX),
	GAINED(backroom),
	GAINED(shelf),
	GAINED(display),
	GAINED(damaged),
	GAINED(to_inspect),
	GAINED(rights),
	LOT(br_order_change, 2),
};
static BR_DEFINE_SHAPE(change_shape, br_order_change, 2, change_fields);

static const struct br_field moved_fields[] = {
	BR_MUST_TEXT(br_order_moved, order, 1, BR_ID_BYTES_MAX),
	BR_MUST_U64(br_order_moved, version, 1, 0),
	BR_MUST_WORD(br_order_moved, state, br_order_state_words),
	BR_TEXT(br_order_moved, associate, 0, BR_WORD_BYTES_MAX),
	BR_PERSONAL(br_order_moved, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_order_moved, location, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_order_moved, bay, 0, BR_BAY_BYTES_MAX),
	BR_PERSONAL(br_order_moved, vehicle, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_moved, carrier, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_order_moved, tracking, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_order_moved, other, 0, BR_ID_BYTES_MAX),
	BR_U64(br_order_moved, packages, 0, BR_PACKAGES_MAX),
	BR_TIME(br_order_moved, until),
	BR_MILLI(br_order_moved, amount, 0, BR_AMOUNT_MAX),
	BR_WORD(br_order_moved, outcome, br_short_outcome_words),
	BR_BOOL(br_order_moved, waived),
	BR_U64(br_order_moved, left, 0, BR_ORDER_CHANGES_MAX),
	BR_LIST(br_order_moved, changes, 0, BR_ORDER_CHANGES_PER_EVENT_MAX, &change_shape),
};
BR_DEFINE_SHAPE(br_order_moved_shape, br_order_moved, 2, moved_fields);

static const struct br_field movements_fields[] = {
	BR_MUST_TEXT(br_order_movements, order, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_order_movements, verb, br_order_verb_words),
	BR_MUST_WORD(br_order_movements, state, br_order_state_words),
	BR_U64(br_order_movements, left, 0, BR_ORDER_CHANGES_MAX),
	BR_MUST_LIST(br_order_movements, changes, 1, BR_ORDER_CHANGES_PER_EVENT_MAX, &change_shape),
};
BR_DEFINE_SHAPE(br_order_movements_shape, br_order_movements, 2, movements_fields);

static const struct br_field cancel_late_fields[] = {
	BR_MUST_TEXT(br_order_cancel_late, order, 1, BR_ID_BYTES_MAX),
	BR_MUST_U64(br_order_cancel_late, version, 1, 0),
	BR_MUST_WORD(br_order_cancel_late, state, br_order_state_words),
	BR_TEXT(br_order_cancel_late, associate, 0, BR_WORD_BYTES_MAX),
	BR_PERSONAL(br_order_cancel_late, reason, 0, BR_REASON_BYTES_MAX),
	BR_MILLI(br_order_cancel_late, handed_over, 0, SUM_MAX),
	BR_MILLI(br_order_cancel_late, shipped, 0, SUM_MAX),
};
BR_DEFINE_SHAPE(br_order_cancel_late_shape, br_order_cancel_late, 1, cancel_late_fields);

static const struct br_field updated_fields[] = {
	BR_MUST_TEXT(br_order_updated, order, 1, BR_ID_BYTES_MAX),
	BR_MUST_U64(br_order_updated, version, 1, 0),
	BR_MUST_WORD(br_order_updated, state, br_order_state_words),
	BR_TEXT(br_order_updated, associate, 0, BR_WORD_BYTES_MAX),
	BR_PERSONAL(br_order_updated, person, 0, BR_PERSON_BYTES_MAX),
	BR_BYTES(br_order_updated, surname_hash),
	BR_TIME(br_order_updated, ready_by),
	BR_TIME(br_order_updated, collect_by),
	BR_U64(br_order_updated, priority, 0, BR_PRIORITY_MAX),
	BR_WORD(br_order_updated, payment, payment_or_words),
	BR_PERSONAL(br_order_updated, note, 0, BR_NOTE_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_order_updated_shape, br_order_updated, 1, updated_fields);

static const struct br_field order_fields[] = {
	BR_MUST_TEXT(br_order, order, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_order, fo, 0, BR_ID_BYTES_MAX),
	BR_WORD(br_order, channel, br_channel_words),
	BR_WORD(br_order, method, br_method_words),
	BR_WORD(br_order, state, br_order_state_words),
	BR_TEXT(br_order, customer, 0, BR_ID_BYTES_MAX),
	BR_PERSONAL(br_order, person, 0, BR_PERSON_BYTES_MAX),
	BR_BYTES(br_order, code_hash),
	BR_BYTES(br_order, surname_hash),
	BR_TIME(br_order, placed),
	BR_TIME(br_order, accept_by),
	BR_TIME(br_order, ready_by),
	BR_TIME(br_order, collect_by),
	BR_U64(br_order, priority, 0, BR_PRIORITY_MAX),
	BR_WORD(br_order, payment, br_payment_words),
	BR_TEXT(br_order, original, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_order, parent, 0, BR_ID_BYTES_MAX),
	BR_BOOL(br_order, provisional),
	BR_PERSONAL(br_order, note, 0, BR_NOTE_BYTES_MAX),
	BR_PERSONAL(br_order, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_order, associate, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_order, location, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_order, bay, 0, BR_BAY_BYTES_MAX),
	BR_PERSONAL(br_order, vehicle, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_order, carrier, 0, BR_WORD_BYTES_MAX),
	BR_TEXT(br_order, tracking, 0, BR_ID_BYTES_MAX),
	BR_U64(br_order, packages, 0, BR_PACKAGES_MAX),
	BR_MILLI(br_order, amount, 0, BR_AMOUNT_MAX),
	BR_TIME(br_order, until),
	BR_TEXT(br_order, list, 0, BR_ID_BYTES_MAX),
	BR_U64(br_order, marks, 0, BR_MARKS_MAX),
	BR_U64(br_order, line_n, 1, BR_ORDER_LINES_MAX),
	COUNTS(br_order, 0),
	BR_MUST_U64(br_order, version, 1, 0),
	BR_MUST_U64(br_order, sequence, 1, 0),
	BR_TIME(br_order, since),
	BR_TIME(br_order, timer),
};
BR_DEFINE_SHAPE(br_order_shape, br_order, 1, order_fields);

static const struct br_field lot_fields[] = {
	LOT(br_order_lot, 0),
	BR_MILLI(br_order_lot, quantity, 1, BR_QUANTITY_MAX),
};
static BR_DEFINE_SHAPE(lot_shape, br_order_lot, 1, lot_fields);

static const struct br_field line_fields[] = {
	BR_MUST_TEXT(br_order_line, line, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_order_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MILLI(br_order_line, price, 0, BR_AMOUNT_MAX),
	BR_WORD(br_order_line, policy, br_substitution_words),
	BR_BOOL(br_order_line, rights),
	BR_PERSONAL(br_order_line, note, 0, BR_REASON_BYTES_MAX),
	BR_U64(br_order_line, substitutes, 0, BR_ORDER_LINES_MAX),
	COUNTS(br_order_line, 0),
	{BR_FIELD_AT(br_order_line, lots, BR_FIELD_LIST), .max = BR_ORDER_LOTS_MAX,
		.item = &lot_shape, .since = 2},
};
BR_DEFINE_SHAPE(br_order_line_shape, br_order_line, 2, line_fields);
