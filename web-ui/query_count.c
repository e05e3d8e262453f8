/*
 * What can be asked about counts: those that are open or wait for approval, and one of them. While
 * people count, nobody is told what the ledger expects: they would find it.
 */
#include "node/count.h"
#include "node/policy.h"
#include "node/price.h"
#include "web-ui/query_line.h"

/* Who may approve it, so that nobody has to try; none = anybody who gives a name. */
static void managers_write(const struct br_web_view *view, struct br_json_out *out)
{
	struct br_policy policy = br_policy_get_all(view->txn, view->arena);

	br_assert(policy.managers.n <= BR_MANAGERS_MAX);
	br_json_out_array(out, "managers");
	for (uint32_t i = 0; i < policy.managers.n; i++)
		br_json_out_string(
			out, NULL, BR_LIST_AT(policy.managers, br_policy_manager, i)->name);
	br_json_out_end(out);
}

static void head_write(
	const struct br_web_view *view, const struct br_count *count, struct br_json_out *out)
{
	br_assert(count->state < BR_COUNT_STATE_N);
	br_record_to_json(&br_count_shape, count, out);
	br_web_allowed(br_count_allowed(count->state), br_count_verb_words, out);
	if (count->state == BR_COUNT_CLOSED)
		managers_write(view, out);
}

static int row_write(const struct br_web_view *view, struct br_str key, struct br_json_out *out)
{
	struct br_count count;
	int result = br_count_get(view->txn, key, view->arena, &count);

	br_assert(key.n > 0);
	if (result == 0)
		head_write(view, &count, out);
	return result;
}

BR_WEB_QUERY(count_list)
{
	(void)refusal;
	br_web_open_list(view, BR_NOUN_COUNT, args->numbers[0], row_write, out);
	return 0;
}

struct lines {
	const struct br_web_view *view;
	struct br_json_out *out;
	bool blind; /* the count is still open */
};

/* What the variance is worth at today's price; nothing without one. */
static void amount_write(
	const struct lines *lines, struct br_str sku, int64_t variance, struct br_json_out *out)
{
	struct br_price_quote quote =
		br_price_at(lines->view->txn, sku, lines->view->now_ms, lines->view->arena);
	int64_t amount;

	br_assert(!lines->blind);
	/* Far outside what a store holds, a sum of money would not fit any more. */
	if (!quote.known || __builtin_mul_overflow(quote.amount, variance, &amount))
		return;
	br_json_out_milli(out, "amount", amount / 1000);
	br_json_out_puts(out, "currency", quote.currency);
}

static bool line_visit(void *context, const struct br_count_line *line)
{
	struct lines *lines = context;
	struct br_json_out *out = lines->out;

	br_assert(line->sku.n > 0);
	br_json_out_object(out, NULL);
	br_json_out_string(out, "sku", line->sku);
	br_web_line_product(lines->view, line->sku, out);
	br_json_out_u64(out, "entries", line->entries);
	if (line->entries > 0) {
		br_json_out_milli(out, "counted", line->counted);
		br_json_out_time(out, "entered", line->entered);
		if (line->associate.n > 0)
			br_json_out_string(out, "associate", line->associate);
	}
	if (line->entries > 0 && !lines->blind) {
		int64_t variance = line->counted - line->expected;

		br_json_out_milli(out, "expected", line->expected);
		br_json_out_milli(out, "variance", variance);
		amount_write(lines, line->sku, variance, out);
	}
	br_json_out_end(out);
	return true;
}

BR_WEB_QUERY(count_get)
{
	struct br_str name = args->texts[0];
	struct lines lines = {view, out, true};
	struct br_count count;
	int result = br_count_get(view->txn, name, view->arena, &count);

	br_assert(name.n > 0);
	if (result == BR_E_NOT_FOUND)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_count",
			"count \"%.*s\": not known", BR_STR_ARG(name));
	if (result < 0)
		return result;
	lines.blind = count.state == BR_COUNT_OPEN;
	br_json_out_object(out, NULL);
	head_write(view, &count, out);
	br_json_out_array(out, "lines");
	br_count_line_walk(view->txn, name, line_visit, &lines);
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}
