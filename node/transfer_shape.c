/* The shapes of transfers: commands, events and rows. */
#include "node/transfer.h"

#include "node/limits.h"
#include "node/rules.h"
#include "node/stock.h"

const char *const br_transfer_state_words[] = {
	"sent", "confirmed", "differs", "settled", "cancelled", NULL};
const char *const br_transfer_outcome_words[] = {"", "lost", "found", NULL};
static const char *const bucket_words[] = {"backroom", "shelf", NULL};

static const struct br_field send_line_fields[] = {
	BR_TEXT(br_transfer_send_line, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_transfer_send_line, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_MUST_MILLI(br_transfer_send_line, quantity, 1, BR_QUANTITY_MAX),
	BR_TEXT(br_transfer_send_line, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_transfer_send_line, expiry),
};
static BR_DEFINE_SHAPE(send_line_shape, br_transfer_send_line, 1, send_line_fields);

static const struct br_field send_fields[] = {
	BR_MUST_TEXT(br_transfer_send, transfer, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_transfer_send, to, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_transfer_send, bucket, bucket_words),
	BR_TEXT(br_transfer_send, note, 0, BR_NOTE_BYTES_MAX),
	BR_MUST_LIST(br_transfer_send, lines, 1, BR_TRANSFER_LINES_MAX, &send_line_shape),
	BR_TEXT(br_transfer_send, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_transfer_send_shape, br_transfer_send, 1, send_fields);

static const struct br_field confirm_line_fields[] = {
	BR_MUST_TEXT(br_transfer_confirm_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_transfer_confirm_line, quantity, 0, BR_QUANTITY_MAX),
};
static BR_DEFINE_SHAPE(confirm_line_shape, br_transfer_confirm_line, 1, confirm_line_fields);

static const struct br_field confirm_fields[] = {
	BR_MUST_TEXT(br_transfer_confirm, transfer, 1, BR_ID_BYTES_MAX),
	BR_LIST(br_transfer_confirm, lines, 0, BR_TRANSFER_LINES_MAX, &confirm_line_shape),
	BR_TEXT(br_transfer_confirm, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_transfer_confirm_shape, br_transfer_confirm, 1, confirm_fields);

static const struct br_field settle_fields[] = {
	BR_MUST_TEXT(br_transfer_settle, transfer, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_transfer_settle, outcome, br_transfer_outcome_words),
	BR_TEXT(br_transfer_settle, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_transfer_settle, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_transfer_settle_shape, br_transfer_settle, 1, settle_fields);

static const struct br_field cancel_fields[] = {
	BR_MUST_TEXT(br_transfer_cancel, transfer, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_transfer_cancel, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_transfer_cancel, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_transfer_cancel_shape, br_transfer_cancel, 1, cancel_fields);

static const struct br_field moved_fields[] = {
	BR_MUST_TEXT(br_transfer_moved, transfer, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_transfer_moved, state, br_transfer_state_words),
	BR_MUST_TEXT(br_transfer_moved, to, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_transfer_moved, bucket, bucket_words),
	BR_WORD(br_transfer_moved, outcome, br_transfer_outcome_words),
	BR_TEXT(br_transfer_moved, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_transfer_moved, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_transfer_moved, associate, 0, BR_WORD_BYTES_MAX),
	BR_MUST_U64(br_transfer_moved, line_n, 1, BR_TRANSFER_LINES_MAX),
};
BR_DEFINE_SHAPE(br_transfer_moved_shape, br_transfer_moved, 1, moved_fields);

#define SIGNED(S, F) BR_MILLI(S, F, -BR_QUANTITY_MAX, BR_QUANTITY_MAX)
static const struct br_field event_line_fields[] = {
	BR_MUST_TEXT(br_transfer_event_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MILLI(br_transfer_event_line, received, 0, BR_QUANTITY_MAX),
	SIGNED(br_transfer_event_line, transit),
	SIGNED(br_transfer_event_line, here),
	BR_TEXT(br_transfer_event_line, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_transfer_event_line, expiry),
};
static BR_DEFINE_SHAPE(event_line_shape, br_transfer_event_line, 1, event_line_fields);

static const struct br_field lines_fields[] = {
	BR_MUST_TEXT(br_transfer_lines, transfer, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_transfer_lines, state, br_transfer_state_words),
	BR_WORD(br_transfer_lines, bucket, bucket_words),
	BR_U64(br_transfer_lines, index, 0, BR_TRANSFER_LINES_MAX),
	BR_MUST_LIST(br_transfer_lines, lines, 1, BR_STOCK_LINES_PER_EVENT_MAX, &event_line_shape),
};
BR_DEFINE_SHAPE(br_transfer_lines_shape, br_transfer_lines, 1, lines_fields);

static const struct br_field transfer_fields[] = {
	BR_MUST_TEXT(br_transfer, transfer, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_transfer, to, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_transfer, state, br_transfer_state_words),
	BR_WORD(br_transfer, bucket, bucket_words),
	BR_WORD(br_transfer, outcome, br_transfer_outcome_words),
	BR_TEXT(br_transfer, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_transfer, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_transfer, associate, 0, BR_WORD_BYTES_MAX),
	BR_MUST_U64(br_transfer, line_n, 1, BR_TRANSFER_LINES_MAX),
	BR_TIME(br_transfer, sent),
	BR_TIME(br_transfer, since),
	BR_MUST_U64(br_transfer, sequence, 1, 0),
};
BR_DEFINE_SHAPE(br_transfer_shape, br_transfer, 1, transfer_fields);

static const struct br_field line_fields[] = {
	BR_MUST_TEXT(br_transfer_line, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_transfer_line, sent, 1, BR_QUANTITY_MAX),
	BR_MILLI(br_transfer_line, received, 0, BR_QUANTITY_MAX),
	BR_TEXT(br_transfer_line, lot, 0, BR_LOT_BYTES_MAX),
	BR_DAY(br_transfer_line, expiry),
};
BR_DEFINE_SHAPE(br_transfer_line_shape, br_transfer_line, 1, line_fields);
