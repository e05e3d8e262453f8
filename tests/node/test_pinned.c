/*
 * Numbers and words that stores and their partners already have: on disk a number, on the wire a
 * word. Each list stands here once more, so that whoever changes one meets this test first.
 */
#include <stdio.h>
#include <string.h>

#include "node/command.h"
#include "node/history.h"
#include "node/movement.h"
#include "node/order.h"
#include "node/tables.h"
#include "node/timer.h"
#include "tests/lib/test.h"
#include "tests/node/shapes.h"

#define TEXT_BYTES 4096

struct pin {
	const char *what;
	const char *words; /* in the order of their numbers from 0, "-" for an empty one */
};

/* The lists that records keep by number; found by their words, since fields share them. */
static const struct pin pins[] = {
	{"enum br_sold_by", "piece weight length volume"},
	{"enum br_unit", "piece kg l m"},
	{"enum br_price_kind, as commands have it", "regular promotion override"},
	{"enum br_price_kind", "regular promotion override held"},
	{"enum br_price_release", "shown hold_over fallen override no_label"},
	{"enum br_policy_steps", "- each first"},
	{"enum br_policy_perishable", "- as_all none"},
	{"enum br_move_kind",
		"receive put_away fill pull_back adjust count waste damage inspect display "
		"undisplay"},
	{"enum br_bucket",
		"backroom shelf staged damaged returned in_transit_in in_transit_out display"},
	{"1 + enum br_bucket",
		"- backroom shelf staged damaged returned in_transit_in in_transit_out display"},
	{"enum br_policy_scope", "default category sku"},
	{"enum br_channel", "web app marketplace phone kiosk store"},
	{"enum br_breach_kind", "reservation rights"},
	{"enum br_delivery_kind", "supplier transfer"},
	{"where a delivery is received", "backroom shelf"},
	{"enum br_transfer_state", "sent confirmed differs settled cancelled"},
	{"enum br_transfer_outcome", "- lost found"},
	{"enum br_count_scope", "sku category position"},
	{"where one counts", "shelf backroom display damaged"},
	{"enum br_count_state", "open closed approved rejected cancelled"},
	{"enum br_task_kind",
		"answer pick pack stage hand_over restock inspect receive fill count approve "
		"markdown waste call other"},
	{"enum br_method", "pickup curbside ship_from_store endless_aisle return"},
	{"enum br_payment", "none due paid"},
	{"enum br_substitution", "none same_brand any ask"},
	{"enum br_order_state",
		"offered accepted picking picked staged ready arrived handed_over packed "
		"shipped received inspected refund_due on_hold expired cancelling restocking "
		"closed rejected cancelled"},
	{"enum br_short_outcome", "partial offered_back"},
	{"enum br_order_verb",
		"accept reject hold release pick unpick short substitute stage ready arrive "
		"hand_over pack ship cancel restock receive inspect refund close split update "
		"expire return"},
	{"1 + enum br_payment", "- none due paid"},
	{"enum br_pick_list_kind", "single batch wave"},
	{"enum br_severity", "attention problem"},
	{"1 + enum br_bucket, in commands",
		"auto backroom shelf staged damaged returned in_transit_in in_transit_out "
		"display"},
	{"enum br_place, of a pick", "- shelf backroom display"},
	{"enum br_place, of a restock", "- shelf backroom display damaged"},
	{"enum br_place", "- shelf backroom display damaged vendor"},
	{"enum br_device_state", "ok lost"},
	{"enum br_delivery_state", "announced receiving closed cancelled"},
	{"enum br_erased_why", "asked expired"},
	{"enum br_task_noun", "task product order delivery count transfer"},
	{"enum br_view", "stock orders prices catalogue"},
	{"1 + enum br_view", "- stock orders prices catalogue"},
	{"enum br_reconcile_outcome", "equal repaired failed"},
	{"enum br_vouch_clock", "- store machine"},
	{"enum br_withdrawal", "repeated touched unreadable gap poison measured"},
};

static bool used[BR_ARRAY_LEN(pins)];

static void word_add(char *text, const char *word)
{
	size_t n = strlen(text);

	REQUIRE(n + strlen(word) + 2 < TEXT_BYTES);
	(void)snprintf(
		text + n, TEXT_BYTES - n, "%s%s", n > 0 ? " " : "", word[0] != '\0' ? word : "-");
}

/* How many words both begin with. */
static unsigned words_common(const char *a, const char *b)
{
	struct br_str left = br_str_from(a), right = br_str_from(b);
	unsigned n = 0;

	while (left.n > 0 && right.n > 0 &&
		br_str_equal(br_str_split(&left, ' '), br_str_split(&right, ' ')))
		n++;
	return n;
}

/* Says what to do about a list that is not as it was. */
static void list_check(const char *what, const char *pinned, const char *now)
{
	size_t n = strlen(pinned);

	if (CHECK(strcmp(pinned, now) == 0))
		return;
	if (strncmp(pinned, now, n) == 0 && now[n] == ' ')
		printf("%s: \"%s\" is new and stands at the end, as it must: append it here, too\n",
			what, now + n + 1);
	else
		printf("%s: from number %u on the words are others than stores have. Put a new one "
		       "at the end, or raise BR_LEDGER_LAYOUT and write the list here:\n%s\n",
			what, words_common(pinned, now), now);
}

static void field_check(const struct br_shape *shape, const struct br_field *field)
{
	char now[TEXT_BYTES] = "", what[200];
	unsigned nearest = 0, most = 0;

	for (unsigned i = 0; field->words[i] != NULL; i++)
		word_add(now, field->words[i]);
	for (unsigned i = 0; i < BR_ARRAY_LEN(pins); i++) {
		unsigned common = words_common(pins[i].words, now);

		if (strcmp(pins[i].words, now) == 0) {
			used[i] = true;
			return;
		}
		if (common > most) {
			most = common;
			nearest = i;
		}
	}
	(void)snprintf(what, sizeof(what), "%s.%s (%s?)", shape->name, field->name,
		most > 0 ? pins[nearest].what : "a new list");
	list_check(what, pins[nearest].words, now);
}

static void shape_check(const struct br_shape *shape)
{
	for (unsigned i = 0; i < shape->field_n; i++) {
		if (shape->fields[i].kind == BR_FIELD_WORD)
			field_check(shape, &shape->fields[i]);
		else if (shape->fields[i].kind == BR_FIELD_LIST)
			shape_check(shape->fields[i].item);
	}
}

static void test_words_in_records_keep_their_numbers(void)
{
	for (unsigned i = 0; i < BR_EVENT_N; i++)
		shape_check(br_event_types[i].shape);
	for (unsigned i = 0; i < br_command_type_n; i++)
		shape_check(br_command_types[i].shape);
	for (unsigned i = 0; i < shapes_all_n; i++)
		shape_check(shapes_all[i]);
	for (unsigned i = 0; i < BR_ARRAY_LEN(pins); i++)
		if (!CHECK(used[i]))
			printf("%s: no record has this list any more, take it out\n", pins[i].what);
}

static void test_kinds_of_events_keep_their_numbers(void)
{
	char now[TEXT_BYTES] = "";

	for (unsigned i = 0; i < BR_EVENT_N; i++)
		word_add(now, br_event_types[i].name);
	list_check("enum br_event_kind",
		"product.changed product.removed barcode.ruled barcode.unruled price.set "
		"price.overridden price.cancelled price.effective price.held price.released "
		"policy.changed stock.moved stock.policy_set stock.breached rights.granted "
		"rights.revoked delivery.announced delivery.lines_announced delivery.received "
		"delivery.closed delivery.cancelled delivery.short transfer.sent "
		"transfer.confirmed transfer.settled transfer.cancelled transfer.lines "
		"count.opened count.listed count.entered count.closed count.approved "
		"count.rejected count.cancelled count.adjusted task.created task.done "
		"sale.recorded return.recorded sale.voided sale.parked sale.parked_lines "
		"sale.unparked command.conflicted order.offered order.line_offered "
		"order.accepted order.rejected order.held order.released order.picked "
		"order.unpicked order.shorted order.substituted order.staged order.ready "
		"order.arrived order.handed_over order.packed order.shipped order.cancelled "
		"order.expired order.restocked order.received order.inspected order.refunded "
		"order.closed order.split order.returned order.movements order.updated "
		"order.code_refused order.cancel_late pick_list.made pick_list.extended "
		"pick_list.handed_over pick_list.ended label.bound label.unbound label.wanted "
		"label.shown label.failed device.adopted device.forgotten device.lost "
		"device.back alarm.raised alarm.cleared alarm.acknowledged "
		"customer.changed customer.erased reconcile.asked reconcile.ended stock.stated "
		"order.stated store.restored store.recovered event.withdrawn "
		"rights.recalled rights.kept rights.swept "
		"order.resource_wanted device.summarised event.quarantined event.resent "
		"event.accepted "
		"event.dismissed clock.corrected template.changed clock.vouched",
		now);
}

static void test_tables_keep_their_names(void)
{
	char now[TEXT_BYTES] = "";

	for (unsigned i = 0; i < BR_TABLE_N; i++)
		word_add(now, br_table_names[i]);
	list_check("enum br_table",
		"journal seal state command cursor inbox product barcode barcode_own "
		"barcode_rule price timer policy stock lot lot_expiry delivery delivery_line "
		"transfer transfer_line count count_line open stock_policy history order "
		"order_line order_open order_code code_try reservation pick_list "
		"pick_list_order label label_sku device alarm task till_day sale_back parked "
		"parked_line breach conflict customer person person_order reconcile "
		"hole rights rights_sweep summary quarantine label_design",
		now);
}

static void test_timers_keep_their_numbers(void)
{
	char now[TEXT_BYTES] = "";

	for (unsigned i = 0; i < BR_TIMER_N; i++)
		word_add(now, br_timer_commands[i]);
	list_check("enum br_timer_kind",
		"price.activate price.hold_over order.timer pick_list.timer customer.timer "
		"customer.forget customer.forget_day rights.sweep",
		now);
}

/* Lists that are stored or sent, but in no shape's field. */
static void test_other_lists_keep_their_numbers(void)
{
	static const struct {
		const char *what;
		const char *const *words;
		const char *pinned;
	} rows[] = {
		{"enum br_refusal", br_refusal_words,
			"- malformed too_large unknown_type unknown_barcode unknown_product "
			"unknown_price unknown_order unknown_line unknown_list unknown_sale "
			"unknown_delivery unknown_transfer unknown_count unknown_task "
			"unknown_label unknown_device unknown_alarm illegal_move version "
			"insufficient_stock insufficient_rights out_of_scope wrong_product "
			"too_much substitution on_list wrong_code locked barcode_taken "
			"currency no_price not_sold already conflict busy store_full expired "
			"not_allowed unknown_event poison"},
		{"enum br_outcome", br_outcome_words, "accepted refused conflict busy"},
		{"enum br_movement_kind", br_movement_kind_words,
			"other receive put_away fill pull_back adjust count waste damage "
			"inspect display undisplay announce sale sale_void return transfer_out "
			"transfer_in reserve release pick unpick stage hand_over ship restock "
			"grant revoke spend"},
		{"enum br_order_work", br_order_work_words,
			"none answer pick pack stage hand_over restock receive inspect refund"},
	};

	for (unsigned i = 0; i < BR_ARRAY_LEN(rows); i++) {
		char now[TEXT_BYTES] = "";

		for (unsigned j = 0; rows[i].words[j] != NULL; j++)
			word_add(now, rows[i].words[j]);
		list_check(rows[i].what, rows[i].pinned, now);
	}
}

/* The layout itself, and the nouns of the history's keys, which have no words. */
static void test_the_layout_and_nouns_stay(void)
{
	CHECK_INT(BR_LEDGER_LAYOUT, 7);
	CHECK_INT(BR_NOUN_PRODUCT, 1);
	CHECK_INT(BR_NOUN_ORDER, 2);
	CHECK_INT(BR_NOUN_LABEL, 3);
	CHECK_INT(BR_NOUN_DEVICE, 4);
	CHECK_INT(BR_NOUN_ALARM, 5);
	CHECK_INT(BR_NOUN_DELIVERY, 6);
	CHECK_INT(BR_NOUN_TRANSFER, 7);
	CHECK_INT(BR_NOUN_COUNT, 8);
	CHECK_INT(BR_NOUN_PICK_LIST, 9);
	CHECK_INT(BR_NOUN_REFUSED, 10);
	CHECK_INT(BR_NOUN_END, 11);
}

/* An order's row keeps its marks as bits. */
static void test_an_orders_marks_keep_their_bits(void)
{
	static const unsigned marks[] = {BR_MARK_ACCEPTED, BR_MARK_REJECTED, BR_MARK_HELD,
		BR_MARK_STAGED, BR_MARK_READY, BR_MARK_ARRIVED, BR_MARK_PACKED, BR_MARK_EXPIRED,
		BR_MARK_CANCELLED, BR_MARK_REFUND, BR_MARK_CLOSED};

	for (unsigned i = 0; i < BR_ARRAY_LEN(marks); i++)
		CHECK_INT(marks[i], 1u << i);
	CHECK_INT(BR_MARKS_MAX, (1u << BR_ARRAY_LEN(marks)) - 1);
}

int main(int argc, char **argv)
{
	TEST(test_words_in_records_keep_their_numbers);
	TEST(test_kinds_of_events_keep_their_numbers);
	TEST(test_tables_keep_their_names);
	TEST(test_timers_keep_their_numbers);
	TEST(test_other_lists_keep_their_numbers);
	TEST(test_the_layout_and_nouns_stay);
	TEST(test_an_orders_marks_keep_their_bits);
	return test_end(argc, argv);
}
