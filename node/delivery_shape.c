/* The shapes of deliveries: commands, events and rows. */
#include "node/delivery.h"

#include "node/limits.h"
#include "node/rules.h"
#include "node/stock.h"

const char *const br_delivery_state_words[] = {
	"announced", "receiving", "closed", "cancelled", NULL};
const char *const br_delivery_kind_words[] = {"supplier", "transfer", NULL};
static const char *const to_words[] = {"backroom", "shelf", NULL};

#define QUANTITY(S, F) BR_MILLI(S, F, 0, BR_QUANTITY_MAX)
#define SIGNED(S, F) BR_MILLI(S, F, -BR_QUANTITY_MAX, BR_QUANTITY_MAX)

static const struct br_field announce_line_fields[] = {
	BR_TEXT(br_delivery_announce_line, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_delivery_announce_line, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_MUST_MILLI(br_delivery_announce_line, quantity, 1, BR_QUANTITY_MAX),
	BR_TEXT(br_delivery_announce_line, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_delivery_announce_line, expiry),
};
static BR_DEFINE_SHAPE(announce_line_shape, br_delivery_announce_line, 1, announce_line_fields);

static const struct br_field announce_fields[] = {
	BR_MUST_TEXT(br_delivery_announce, delivery, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_delivery_announce, kind, br_delivery_kind_words),
	BR_TEXT(br_delivery_announce, sender, 0, BR_ID_BYTES_MAX),
	BR_TIME(br_delivery_announce, expected),
	BR_TEXT(br_delivery_announce, note, 0, BR_NOTE_BYTES_MAX),
	BR_MUST_LIST(br_delivery_announce, lines, 1, BR_DELIVERY_LINES_MAX, &announce_line_shape),
	BR_TEXT(br_delivery_announce, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_delivery_announce_shape, br_delivery_announce, 1, announce_fields);

static const struct br_field receive_fields[] = {
	BR_MUST_TEXT(br_delivery_receive, delivery, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_delivery_receive, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_delivery_receive, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	SIGNED(br_delivery_receive, quantity),
	SIGNED(br_delivery_receive, damaged),
	BR_WORD(br_delivery_receive, to, to_words),
	BR_TEXT(br_delivery_receive, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_delivery_receive, expiry),
	BR_TEXT(br_delivery_receive, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_delivery_receive, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_delivery_receive_shape, br_delivery_receive, 1, receive_fields);

static const struct br_field end_fields[] = {
	BR_MUST_TEXT(br_delivery_end, delivery, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_delivery_end, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_delivery_end, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_delivery_end_shape, br_delivery_end, 1, end_fields);

static const struct br_field announced_fields[] = {
	BR_MUST_TEXT(br_delivery_announced, delivery, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_delivery_announced, kind, br_delivery_kind_words),
	BR_TEXT(br_delivery_announced, sender, 0, BR_ID_BYTES_MAX),
	BR_TIME(br_delivery_announced, expected),
	BR_TEXT(br_delivery_announced, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_delivery_announced, associate, 0, BR_WORD_BYTES_MAX),
	BR_MUST_U64(br_delivery_announced, line_n, 1, BR_DELIVERY_LINES_MAX),
};
BR_DEFINE_SHAPE(br_delivery_announced_shape, br_delivery_announced, 1, announced_fields);

static const struct br_field event_line_fields[] = {
	BR_MUST_TEXT(br_delivery_event_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_delivery_event_line, quantity, 0, BR_QUANTITY_MAX),
	BR_TEXT(br_delivery_event_line, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_delivery_event_line, expiry),
};
static BR_DEFINE_SHAPE(event_line_shape, br_delivery_event_line, 1, event_line_fields);

static const struct br_field lines_fields[] = {
	BR_MUST_TEXT(br_delivery_lines, delivery, 1, BR_ID_BYTES_MAX),
	BR_U64(br_delivery_lines, index, 0, BR_DELIVERY_LINES_MAX),
	BR_MUST_LIST(br_delivery_lines, lines, 1, BR_STOCK_LINES_PER_EVENT_MAX, &event_line_shape),
};
BR_DEFINE_SHAPE(br_delivery_lines_shape, br_delivery_lines, 1, lines_fields);

static const struct br_field received_fields[] = {
	BR_MUST_TEXT(br_delivery_received, delivery, 1, BR_ID_BYTES_MAX),
	BR_U64(br_delivery_received, index, 0, BR_DELIVERY_LINES_MAX),
	BR_MUST_TEXT(br_delivery_received, sku, 1, BR_ID_BYTES_MAX),
	SIGNED(br_delivery_received, quantity),
	SIGNED(br_delivery_received, damaged),
	SIGNED(br_delivery_received, transit),
	BR_WORD(br_delivery_received, to, to_words),
	BR_TEXT(br_delivery_received, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_delivery_received, expiry),
	BR_TEXT(br_delivery_received, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_delivery_received, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_delivery_received_shape, br_delivery_received, 1, received_fields);

static const struct br_field ended_fields[] = {
	BR_MUST_TEXT(br_delivery_ended, delivery, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_delivery_ended, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_delivery_ended, associate, 0, BR_WORD_BYTES_MAX),
	BR_U64(br_delivery_ended, short_n, 0, BR_DELIVERY_LINES_MAX),
	BR_U64(br_delivery_ended, over_n, 0, BR_DELIVERY_LINES_MAX),
	BR_U64(br_delivery_ended, damaged_n, 0, BR_DELIVERY_LINES_MAX),
};
BR_DEFINE_SHAPE(br_delivery_ended_shape, br_delivery_ended, 1, ended_fields);

static const struct br_field delivery_fields[] = {
	BR_MUST_TEXT(br_delivery, delivery, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_delivery, kind, br_delivery_kind_words),
	BR_WORD(br_delivery, state, br_delivery_state_words),
	BR_TEXT(br_delivery, sender, 0, BR_ID_BYTES_MAX),
	BR_TIME(br_delivery, expected),
	BR_TEXT(br_delivery, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_delivery, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_delivery, associate, 0, BR_WORD_BYTES_MAX),
	BR_MUST_U64(br_delivery, line_n, 1, BR_DELIVERY_LINES_MAX),
	BR_U64(br_delivery, short_n, 0, BR_DELIVERY_LINES_MAX),
	BR_U64(br_delivery, over_n, 0, BR_DELIVERY_LINES_MAX),
	BR_U64(br_delivery, damaged_n, 0, BR_DELIVERY_LINES_MAX),
	BR_TIME(br_delivery, announced),
	BR_TIME(br_delivery, since),
	BR_MUST_U64(br_delivery, sequence, 1, 0),
};
BR_DEFINE_SHAPE(br_delivery_shape, br_delivery, 1, delivery_fields);

static const struct br_field line_fields[] = {
	BR_MUST_TEXT(br_delivery_line, sku, 1, BR_ID_BYTES_MAX),
	QUANTITY(br_delivery_line, expected),
	BR_MILLI(br_delivery_line, received, 0, INT64_MAX),
	BR_MILLI(br_delivery_line, damaged, 0, INT64_MAX),
	BR_TEXT(br_delivery_line, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_delivery_line, expiry),
};
BR_DEFINE_SHAPE(br_delivery_line_shape, br_delivery_line, 1, line_fields);
