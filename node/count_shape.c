/* The shapes of counts: commands, events and rows. */
#include "node/count.h"

#include "node/limits.h"
#include "node/movement.h"
#include "node/rules.h"

const char *const br_count_state_words[] = {
	"open", "closed", "approved", "rejected", "cancelled", NULL};
const char *const br_count_scope_words[] = {"sku", "category", "position", NULL};
const char *const br_count_bucket_words[] = {"shelf", "backroom", "display", "damaged", NULL};

unsigned br_count_bucket(uint8_t bucket)
{
	static const unsigned buckets[] = {
		BR_BUCKET_SHELF, BR_BUCKET_BACKROOM, BR_BUCKET_DISPLAY, BR_BUCKET_DAMAGED};

	br_assert(bucket < BR_ARRAY_LEN(buckets));
	return buckets[bucket];
}

static const struct br_field sku_fields[] = {
	BR_MUST_TEXT(br_count_sku, sku, 1, BR_ID_BYTES_MAX),
};
static BR_DEFINE_SHAPE(sku_shape, br_count_sku, 1, sku_fields);

static const struct br_field open_fields[] = {
	BR_MUST_TEXT(br_count_open, count, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_count_open, scope, br_count_scope_words),
	BR_LIST(br_count_open, skus, 0, BR_COUNT_SKUS_MAX, &sku_shape),
	BR_TEXT(br_count_open, category, 0, BR_PATH_BYTES_MAX),
	BR_LIST(br_count_open, range, 0, 2, &br_position_shape),
	BR_WORD(br_count_open, bucket, br_count_bucket_words),
	BR_TIME(br_count_open, due),
	BR_TEXT(br_count_open, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_count_open, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_count_open_shape, br_count_open, 1, open_fields);

static const struct br_field enter_fields[] = {
	BR_MUST_TEXT(br_count_enter, count, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_count_enter, sku, 0, BR_ID_BYTES_MAX),
	BR_TEXT_RULED(br_count_enter, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	BR_MUST_MILLI(br_count_enter, quantity, 0, BR_QUANTITY_MAX),
	BR_BOOL(br_count_enter, again),
	BR_TEXT(br_count_enter, place, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_count_enter, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_count_enter_shape, br_count_enter, 1, enter_fields);

static const struct br_field step_fields[] = {
	BR_MUST_TEXT(br_count_step, count, 1, BR_ID_BYTES_MAX),
	BR_TEXT(br_count_step, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_count_step, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_count_step_shape, br_count_step, 1, step_fields);

static const struct br_field opened_fields[] = {
	BR_MUST_TEXT(br_count_opened, count, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_count_opened, scope, br_count_scope_words),
	BR_TEXT(br_count_opened, category, 0, BR_PATH_BYTES_MAX),
	BR_LIST(br_count_opened, range, 0, 2, &br_position_shape),
	BR_MUST_WORD(br_count_opened, bucket, br_count_bucket_words),
	BR_TIME(br_count_opened, due),
	BR_TEXT(br_count_opened, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_count_opened, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_count_opened_shape, br_count_opened, 1, opened_fields);

static const struct br_field listed_fields[] = {
	BR_MUST_TEXT(br_count_listed, count, 1, BR_ID_BYTES_MAX),
	BR_MUST_LIST(br_count_listed, skus, 1, BR_STOCK_LINES_PER_EVENT_MAX, &sku_shape),
};
BR_DEFINE_SHAPE(br_count_listed_shape, br_count_listed, 1, listed_fields);

static const struct br_field entered_fields[] = {
	BR_MUST_TEXT(br_count_entered, count, 1, BR_ID_BYTES_MAX),
	BR_MUST_TEXT(br_count_entered, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_count_entered, quantity, 0, BR_QUANTITY_MAX),
	BR_MUST_MILLI(br_count_entered, expected, INT64_MIN, INT64_MAX),
	BR_BOOL(br_count_entered, again),
	BR_TEXT(br_count_entered, place, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_count_entered, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_count_entered_shape, br_count_entered, 1, entered_fields);

static const struct br_field moved_fields[] = {
	BR_MUST_TEXT(br_count_moved, count, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_count_moved, state, br_count_state_words),
	BR_TEXT(br_count_moved, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_count_moved, associate, 0, BR_WORD_BYTES_MAX),
	BR_U64(br_count_moved, counted_n, 0, BR_COUNT_LINES_MAX),
	BR_U64(br_count_moved, variance_n, 0, BR_COUNT_LINES_MAX),
	BR_MILLI(br_count_moved, value, 0, INT64_MAX),
};
BR_DEFINE_SHAPE(br_count_moved_shape, br_count_moved, 1, moved_fields);

static const struct br_field variance_fields[] = {
	BR_MUST_TEXT(br_count_variance, sku, 1, BR_ID_BYTES_MAX),
	BR_MUST_MILLI(br_count_variance, counted, 0, BR_QUANTITY_MAX),
	/* Half of what a number can be, so that the difference is one, too. */
	BR_MUST_MILLI(br_count_variance, expected, INT64_MIN / 2, INT64_MAX / 2),
};
static BR_DEFINE_SHAPE(variance_shape, br_count_variance, 1, variance_fields);

static const struct br_field adjusted_fields[] = {
	BR_MUST_TEXT(br_count_adjusted, count, 1, BR_ID_BYTES_MAX),
	BR_MUST_WORD(br_count_adjusted, bucket, br_count_bucket_words),
	BR_MUST_LIST(br_count_adjusted, lines, 1, BR_STOCK_LINES_PER_EVENT_MAX, &variance_shape),
};
BR_DEFINE_SHAPE(br_count_adjusted_shape, br_count_adjusted, 1, adjusted_fields);

static const struct br_field count_fields[] = {
	BR_MUST_TEXT(br_count, count, 1, BR_ID_BYTES_MAX),
	BR_WORD(br_count, state, br_count_state_words),
	BR_WORD(br_count, scope, br_count_scope_words),
	BR_WORD(br_count, bucket, br_count_bucket_words),
	BR_TEXT(br_count, category, 0, BR_PATH_BYTES_MAX),
	BR_LIST(br_count, range, 0, 2, &br_position_shape),
	BR_TIME(br_count, due),
	BR_TEXT(br_count, note, 0, BR_NOTE_BYTES_MAX),
	BR_TEXT(br_count, reason, 0, BR_REASON_BYTES_MAX),
	BR_TEXT(br_count, associate, 0, BR_WORD_BYTES_MAX),
	BR_U64(br_count, line_n, 0, BR_COUNT_LINES_MAX),
	BR_U64(br_count, counted_n, 0, BR_COUNT_LINES_MAX),
	BR_U64(br_count, variance_n, 0, BR_COUNT_LINES_MAX),
	BR_MILLI(br_count, value, 0, INT64_MAX),
	BR_TIME(br_count, opened),
	BR_TIME(br_count, since),
	BR_MUST_U64(br_count, sequence, 1, 0),
};
BR_DEFINE_SHAPE(br_count_shape, br_count, 1, count_fields);

static const struct br_field line_fields[] = {
	BR_MUST_TEXT(br_count_line, sku, 1, BR_ID_BYTES_MAX),
	BR_U64(br_count_line, entries, 0, 0),
	BR_MILLI(br_count_line, counted, 0, BR_QUANTITY_MAX),
	BR_MILLI(br_count_line, expected, INT64_MIN, INT64_MAX),
	BR_TIME(br_count_line, entered),
	BR_TEXT(br_count_line, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_count_line_shape, br_count_line, 1, line_fields);
