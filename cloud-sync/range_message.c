#include "cloud-sync/range_message.h"

#include <string.h>

#include "node/error.h"

/* The largest range: two keys of 64 control characters, each six bytes in JSON, and its numbers. */
#define RANGE_BYTES_MAX (2 * (6 * BR_ID_BYTES_MAX + 3) + 60)

void br_range_message_begin(struct br_json_out *out, struct br_text *text,
	const struct br_range_head *head, uint64_t round, const char *list)
{
	br_assert(head->view < BR_VIEW_N && strlen(head->session) == BR_SESSION_TEXT_BYTES - 1);
	br_assert(round > 0 && list[0] != '\0');
	br_text_clear(text);
	br_json_out_begin(out, text);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "type", "ranges");
	br_json_out_puts(out, "session", head->session);
	br_json_out_u64(out, "round", round);
	br_json_out_puts(out, "view", br_view_words[head->view]);
	br_json_out_hex(out, "key", head->key, sizeof(head->key));
	br_json_out_u64(out, "after", head->after);
	br_json_out_time(out, "time", head->at_ms);
	br_json_out_array(out, list);
}

void br_range_write(
	struct br_json_out *out, const struct br_range *range, const struct br_range *before)
{
	unsigned char sum[16];

	br_assert(range->upper.n == 0 || br_str_compare(range->lower, range->upper) < 0);
	for (unsigned i = 0; i < 8; i++) {
		sum[i] = (unsigned char)(range->sum.high >> (56 - 8 * i));
		sum[8 + i] = (unsigned char)(range->sum.low >> (56 - 8 * i));
	}
	br_json_out_array(out, NULL);
	if (before == NULL || !br_str_equal(before->upper, range->lower))
		br_json_out_string(out, NULL, range->lower);
	br_json_out_string(out, NULL, range->upper);
	br_json_out_u64(out, NULL, range->count);
	br_json_out_hex(out, NULL, sum, sizeof(sum));
	br_json_out_end(out);
}

bool br_range_message_fits(const struct br_text *text)
{
	br_assert(text->max >= BR_RANGE_MESSAGE_BYTES_MAX);
	/* Two bytes close the list and the message. */
	return text->n + RANGE_BYTES_MAX + 2 <= BR_RANGE_MESSAGE_BYTES_MAX;
}

/* Exactly `digits` (up to 16) lower-case hexadecimal digits. */
static bool hex_read(struct br_str text, size_t digits, uint64_t *ret_number)
{
	uint64_t number = 0;

	br_assert(digits <= 16);
	if (text.n < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		char c = text.s[i];

		if (c >= '0' && c <= '9')
			number = number << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			number = number << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret_number = number;
	return true;
}

static bool key_read(const struct br_json *json, struct br_str *ret_key)
{
	return br_json_string(json, ret_key) && ret_key->n <= BR_ID_BYTES_MAX;
}

static bool u64_read(const struct br_json *json, uint64_t *ret_number)
{
	int64_t number;

	if (!br_json_i64(json, &number) || number < 0)
		return false;
	br_assert(number <= INT64_C(1) << 53);
	*ret_number = (uint64_t)number;
	return true;
}

static bool sum_read(const struct br_json *json, struct br_range_sum *ret_sum)
{
	struct br_str text;

	return br_json_string(json, &text) && text.n == 32 && hex_read(text, 16, &ret_sum->high) &&
	       hex_read((struct br_str){text.s + 16, 16}, 16, &ret_sum->low);
}

/* Parts must go on without a gap: each upper bound above the one before, the last one may be open.
 */
static int part_read(
	const struct br_json *json, struct br_range_reply *reply, struct br_fault *fault)
{
	const struct br_json *upper = br_json_first(json);
	const struct br_json *count = upper != NULL ? br_json_next(upper) : NULL;
	struct br_range_answer *answer = &reply->answers[reply->answer_n];
	struct br_range *part = &reply->parts[reply->part_n];

	if (reply->part_n == BR_RANGE_PARTS_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"answers: more than the %d parts that are allowed", BR_RANGE_PARTS_MAX);
	br_assert(answer->first + answer->n == reply->part_n);
	if (br_json_kind(json) != BR_JSON_ARRAY || br_json_count(json) != 3 ||
		!key_read(upper, &part->upper) || !u64_read(count, &part->count) ||
		!sum_read(br_json_next(count), &part->sum))
		return br_fault_set(fault, BR_E_INVALID,
			"split: allowed are parts [upper bound, count, sum of 32 hexadecimal "
			"digits]");
	part->lower = answer->n > 0 ? part[-1].upper : BR_STR("");
	if (answer->n > 0 &&
		(part->lower.n == 0 ||
			(part->upper.n > 0 && br_str_compare(part->lower, part->upper) >= 0)))
		return br_fault_set(fault, BR_E_INVALID, "split: the bounds are not in order");
	answer->n++;
	reply->part_n++;
	return 0;
}

static int item_read(
	const struct br_json *json, struct br_range_reply *reply, struct br_fault *fault)
{
	const struct br_json *key = br_json_first(json);
	struct br_range_answer *answer = &reply->answers[reply->answer_n];
	struct br_range_item *item = &reply->items[reply->item_n];
	struct br_str mark;

	if (reply->item_n == BR_RANGE_ITEMS_TOLD_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"answers: more than the %d items that are allowed",
			BR_RANGE_ITEMS_TOLD_MAX);
	br_assert(answer->first + answer->n == reply->item_n);
	if (br_json_kind(json) != BR_JSON_ARRAY || br_json_count(json) != 2 ||
		!key_read(key, &item->key) || item->key.n == 0 ||
		!br_json_string(br_json_next(key), &mark) || mark.n != 16 ||
		!hex_read(mark, 16, &item->mark))
		return br_fault_set(fault, BR_E_INVALID,
			"items: allowed are pairs [key, 16 hexadecimal digits]");
	if (answer->n > 0 && br_str_compare(item[-1].key, item->key) >= 0)
		return br_fault_set(fault, BR_E_INVALID, "items: the keys are not in order");
	answer->n++;
	reply->item_n++;
	return 0;
}

static int answer_read(
	const struct br_json *json, struct br_range_reply *reply, struct br_fault *fault)
{
	const struct br_json *split = br_json_member(json, "split");
	const struct br_json *items = br_json_member(json, "items");
	struct br_range_answer *answer = &reply->answers[reply->answer_n];
	bool same = false;
	int result = 0;

	if (reply->answer_n == BR_RANGES_PER_MESSAGE)
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"answers: more than the %d that are allowed", BR_RANGES_PER_MESSAGE);
	*answer = (struct br_range_answer){.told = BR_RANGE_SAME};
	if (br_json_kind(split) == BR_JSON_ARRAY) {
		*answer = (struct br_range_answer){BR_RANGE_SPLIT, reply->part_n, 0};
		for (split = br_json_first(split); split != NULL && result == 0;
			split = br_json_next(split))
			result = part_read(split, reply, fault);
	} else if (br_json_kind(items) == BR_JSON_ARRAY) {
		*answer = (struct br_range_answer){BR_RANGE_ITEMS, reply->item_n, 0};
		for (items = br_json_first(items); items != NULL && result == 0;
			items = br_json_next(items))
			result = item_read(items, reply, fault);
	} else if (!br_json_bool(json, &same) || !same) {
		result = br_fault_set(fault, BR_E_INVALID,
			"answers: allowed are true, {\"split\":[…]} and {\"items\":[…]}");
	}
	br_assert(result <= 0);
	if (result == 0)
		reply->answer_n++;
	return result;
}

static int answers_read(struct br_range_reply *reply, struct br_fault *fault)
{
	const struct br_json *at = br_json_member(reply->root, "at");
	int result = 0;

	reply->kind = BR_REPLY_ANSWERS;
	br_assert(reply->root != NULL);
	if (!u64_read(br_json_member(at, "orders"), &reply->orders) ||
		!u64_read(br_json_member(at, "stock"), &reply->stock))
		return br_fault_set(fault, BR_E_INVALID,
			"at: allowed is {\"orders\":…,\"stock\":…} with whole numbers");
	BR_JSON_EACH (answer, br_json_member(reply->root, "answers")) {
		result = answer_read(answer, reply, fault);
		if (result < 0)
			break;
	}
	return result;
}

static int ranges_read(struct br_range_reply *reply, struct br_fault *fault)
{
	struct br_str session = {NULL, 0}, view = {NULL, 0};
	bool wait = false;
	uint64_t number;

	br_assert(reply->answer_n == 0 && reply->part_n == 0 && reply->item_n == 0);
	if (!br_json_string(br_json_member(reply->root, "session"), &session) ||
		session.n != BR_SESSION_TEXT_BYTES - 1 || !hex_read(session, 16, &number) ||
		!br_str_copy(session, reply->session, sizeof(reply->session)))
		return br_fault_set(fault, BR_E_INVALID,
			"session: allowed is a text of 16 lower-case hexadecimal digits");
	if (!u64_read(br_json_member(reply->root, "round"), &reply->round))
		return br_fault_set(fault, BR_E_INVALID, "round: allowed is a whole number");
	(void)!br_json_string(br_json_member(reply->root, "view"), &view);
	reply->view = br_view_named(view);
	if (reply->view == BR_VIEW_N)
		return br_fault_set(fault, BR_E_INVALID,
			"view: allowed is \"stock\", \"orders\", \"prices\" or \"catalogue\"");
	reply->kind = BR_REPLY_REFUSED;
	if (br_json_string(br_json_member(reply->root, "refused"), &reply->refused))
		return 0;
	reply->kind = BR_REPLY_WAIT;
	if (br_json_bool(br_json_member(reply->root, "wait"), &wait) && wait)
		return 0;
	reply->kind = BR_REPLY_REPAIRS;
	if (u64_read(br_json_member(reply->root, "repairs"), &reply->repairs))
		return 0;
	if (br_json_kind(br_json_member(reply->root, "answers")) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID,
			"ranges: one of \"answers\", \"repairs\", \"refused\" and \"wait\" is "
			"wanted");
	return answers_read(reply, fault);
}

static int reconcile_read(struct br_range_reply *reply, struct br_fault *fault)
{
	const struct br_json *views = br_json_member(reply->root, "views");

	reply->kind = BR_REPLY_RECONCILE;
	br_assert(reply->answer_n == 0);
	for (unsigned i = 0; i < BR_VIEW_N; i++)
		reply->views[i] = br_json_count(views) == 0;
	if (br_json_kind(views) != BR_JSON_ABSENT && br_json_kind(views) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID, "views: allowed is a list");
	BR_JSON_EACH (element, views) {
		struct br_str view = {NULL, 0};

		if (!br_json_string(element, &view) || br_view_named(view) == BR_VIEW_N)
			return br_fault_set(fault, BR_E_INVALID,
				"views: allowed are \"stock\", \"orders\", \"prices\" and "
				"\"catalogue\"");
		reply->views[br_view_named(view)] = true;
	}
	return 0;
}

int br_range_reply_read(struct br_range_reply *reply, struct br_json *root, struct br_fault *fault)
{
	struct br_str type = {NULL, 0};
	int result;

	br_range_reply_finish(reply);
	reply->root = root;
	reply->answer_n = reply->part_n = reply->item_n = 0;
	reply->session[0] = '\0';
	reply->round = reply->orders = reply->stock = reply->repairs = 0;
	reply->refused = BR_STR("");
	memset(reply->views, 0, sizeof(reply->views));
	(void)!br_json_string(br_json_member(root, "type"), &type);
	if (br_str_is(type, "ranges"))
		result = ranges_read(reply, fault);
	else if (br_str_is(type, "reconcile"))
		result = reconcile_read(reply, fault);
	else
		result = br_fault_set(
			fault, BR_E_INVALID, "type: allowed is \"ranges\" or \"reconcile\"");
	br_assert(result <= 0);
	if (result < 0)
		br_range_reply_finish(reply);
	return result;
}

int br_range_reply_parse(
	struct br_range_reply *reply, struct br_str payload, struct br_fault *fault)
{
	struct br_json *root = NULL;
	int result;

	if (payload.n > BR_LINK_MESSAGE_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%zu bytes, allowed are %u", payload.n,
			BR_LINK_MESSAGE_BYTES_MAX);
	result = br_json_parse(payload, &root, fault);
	br_assert(result <= 0 && (root != NULL) == (result == 0));
	return result == 0 ? br_range_reply_read(reply, root, fault) : result;
}

void br_range_reply_finish(struct br_range_reply *reply)
{
	br_assert(reply->answer_n <= BR_RANGES_PER_MESSAGE);
	br_assert(reply->part_n <= BR_RANGE_PARTS_MAX && reply->item_n <= BR_RANGE_ITEMS_TOLD_MAX);
	br_json_free(reply->root);
	reply->root = NULL;
	reply->answer_n = reply->part_n = reply->item_n = 0;
}
