#include "web-ui/query.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/json.h"
#include "node/time.h"

#define TEXT(NAME, MAX) \
	{ \
		NAME, BR_WEB_PARAM_TEXT, false, 0, MAX, 0 \
	}
#define MUST_TEXT(NAME, MAX) \
	{ \
		NAME, BR_WEB_PARAM_TEXT, true, 1, MAX, 0 \
	}
#define NUMBER(NAME, MIN, MAX, OTHERWISE) \
	{ \
		NAME, BR_WEB_PARAM_NUMBER, false, MIN, MAX, OTHERWISE \
	}
#define MUST_TIME(NAME) \
	{ \
		NAME, BR_WEB_PARAM_TIME, true, 0, BR_TIME_MAX_MS, 0 \
	}
#define TIME(NAME) \
	{ \
		NAME, BR_WEB_PARAM_TIME, false, 0, BR_TIME_MAX_MS, 0 \
	}
#define SEQUENCE_MAX (INT64_C(1) << 53)

const struct br_web_query br_web_queries[] = {
	{"status.get", "/status", {{0}}, br_web_query_status,
		"Is the store all right? What needs somebody now, worst first."},
	{"clock.get", "/clock", {{0}}, br_web_query_clock_get,
		"The store's time and whose it is, beside the machine's clock and HQ's."},
	{"policy.get", "/policy", {{0}}, br_web_query_policy_get,
		"The store's own limits and waiting times, as they count now."},
	{"stock_policy.list", "/stock-policies", {{0}}, br_web_query_stock_policy_list,
		"What is kept back of products, categories and everything."},
	{"product.search", "/products",
		{TEXT("q", BR_NAME_BYTES_MAX), NUMBER("limit", 1, 50, 20),
			TEXT("after", BR_ID_BYTES_MAX)},
		br_web_query_product_search,
		"Finds products by words or barcode; without words the catalogue."},
	{"product.get", "/products/{sku}", {MUST_TEXT("sku", BR_ID_BYTES_MAX)},
		br_web_query_product_get, "One product with its price and stock."},
	{"product.movements", "/products/{sku}/movements",
		{MUST_TEXT("sku", BR_ID_BYTES_MAX), NUMBER("before", 0, SEQUENCE_MAX, SEQUENCE_MAX),
			NUMBER("limit", 1, 100, 50)},
		br_web_query_product_movements,
		"The movements of a product's stock, newest first."},
	{"price.get", "/products/{sku}/price", {MUST_TEXT("sku", BR_ID_BYTES_MAX), TIME("at")},
		br_web_query_price_get,
		"What the tills charge and the labels shall show, now or at another instant."},
	{"price.history", "/products/{sku}/prices",
		{MUST_TEXT("sku", BR_ID_BYTES_MAX), NUMBER("skip", 0, 10000, 0),
			NUMBER("limit", 1, 100, 50)},
		br_web_query_price_history,
		"All prices of a product, ended and planned ones too, the latest beginning first."},
	{"price.planned", "/prices/planned",
		{TIME("from"), TEXT("after", BR_ID_BYTES_MAX), NUMBER("limit", 1, 100, 50)},
		br_web_query_price_planned,
		"The price changes to come in the whole store, and rises that wait for labels."},
	{"product.available", "/products/{sku}/available", {MUST_TEXT("sku", BR_ID_BYTES_MAX)},
		br_web_query_product_available,
		"How many may still be promised, and how many to each channel's orders."},
	{"product.stock_at", "/products/{sku}/stock",
		{MUST_TEXT("sku", BR_ID_BYTES_MAX), MUST_TIME("at")}, br_web_query_stock_at,
		"A product's stock as it was at a past instant."},
	{"product.lots", "/products/{sku}/lots", {MUST_TEXT("sku", BR_ID_BYTES_MAX)},
		br_web_query_product_lots, "A product's lots, the first to expire first."},
	{"barcode.get", "/barcodes/{code}", {MUST_TEXT("code", 512)}, br_web_query_barcode_get,
		"The product of a barcode."},
	{"barcode_rule.list", "/barcode-rules", {{0}}, br_web_query_barcode_rule_list,
		"How the store's own barcodes with a price or a weight in them are read."},
	{"scan", "/scan", {MUST_TEXT("code", 512)}, br_web_query_scan,
		"What a scanner read: the product behind a code of any kind."},
	{"export.rows", "/export/{noun}",
		{MUST_TEXT("noun", 16), TEXT("after", BR_ID_BYTES_MAX),
			NUMBER("limit", 1, 200, 100)},
		br_web_query_export_rows,
		"Products, prices or stock as the commands that would make them, by SKU."},
	{"order.list", "/orders", {TEXT("state", 16), NUMBER("limit", 1, 1000, 100)},
		br_web_query_order_list, "The open orders, then those that ended last."},
	{"order.get", "/orders/{order}", {MUST_TEXT("order", BR_ID_BYTES_MAX)},
		br_web_query_order_get, "One order, open or ended."},
	{"order.history", "/orders/{order}/history", {MUST_TEXT("order", BR_ID_BYTES_MAX)},
		br_web_query_order_history, "What happened to an order, oldest first."},
	{"customer.get", "/customers/{customer}", {MUST_TEXT("customer", BR_ID_BYTES_MAX)},
		br_web_query_customer_get, "What is known of a customer, and their orders here."},
	{"task.list", "/tasks", {NUMBER("limit", 1, 1000, 200)}, br_web_query_task_list,
		"What somebody in the store must do now, the most urgent first."},
	{"delivery.list", "/deliveries", {NUMBER("limit", 1, 1000, 200)},
		br_web_query_delivery_list, "The deliveries that are still to be received."},
	{"delivery.get", "/deliveries/{delivery}", {MUST_TEXT("delivery", BR_ID_BYTES_MAX)},
		br_web_query_delivery_get, "One delivery with its lines."},
	{"transfer.list", "/transfers", {NUMBER("limit", 1, 1000, 200)}, br_web_query_transfer_list,
		"The transfers that are not confirmed and settled."},
	{"transfer.get", "/transfers/{transfer}", {MUST_TEXT("transfer", BR_ID_BYTES_MAX)},
		br_web_query_transfer_get, "One transfer with its lines."},
	{"count.list", "/counts", {NUMBER("limit", 1, 1000, 200)}, br_web_query_count_list,
		"The counts that are open or wait for approval."},
	{"count.get", "/counts/{count}", {MUST_TEXT("count", BR_ID_BYTES_MAX)},
		br_web_query_count_get, "One count with what was counted."},
	{"till.day", "/tills",
		{TIME("at"), TEXT("till", BR_WORD_BYTES_MAX), NUMBER("limit", 1, 1000, 200)},
		br_web_query_till_day,
		"What each till took and gave back on a day of the store: today, or that of `at`."},
	{"parked.list", "/parked", {NUMBER("limit", 1, 1000, 200)}, br_web_query_parked_list,
		"The sales that tills have set aside."},
	{"breach.list", "/breaches",
		{NUMBER("before", 0, SEQUENCE_MAX, 0), NUMBER("limit", 1, 100, 50)},
		br_web_query_breach_list,
		"What tills sold of promised goods and whom it hits, newest first."},
	{"rights.list", "/rights",
		{NUMBER("recalled", 0, 1, 0), TEXT("after", BR_ID_BYTES_MAX),
			NUMBER("limit", 1, 1000, 100)},
		br_web_query_rights_list,
		"What the central system may promise of each product, and what was asked back."},
	{"quarantine.list", "/quarantine",
		{NUMBER("after", 0, SEQUENCE_MAX, 0), NUMBER("limit", 1, 200, 100)},
		br_web_query_quarantine_list,
		"The events that the central system refuses and nobody has seen to yet."},
	{"conflict.list", "/conflicts", {NUMBER("limit", 1, 1000, 200)}, br_web_query_conflict_list,
		"Commands that came under an id which was used for another one."},
	{"pick_list.list", "/pick-lists", {NUMBER("limit", 1, 1000, 200)},
		br_web_query_pick_list_list, "The pick lists and who walks them."},
	{"pick_list.get", "/pick-lists/{list}",
		{MUST_TEXT("list", BR_ID_BYTES_MAX), NUMBER("limit", 1, 500, 200)},
		br_web_query_pick_list_get,
		"One pick list with what is still to pick, in the order of the walk."},
	{"product.reservations", "/products/{sku}/reservations",
		{MUST_TEXT("sku", BR_ID_BYTES_MAX)}, br_web_query_product_reservations,
		"The orders that hold a product, the least promised first."},
	{"label.list", "/labels",
		{TEXT("state", 16), NUMBER("limit", 1, 1000, 100), TEXT("after", 16)},
		br_web_query_label_list, "The shelf labels that are bound or were heard."},
	{"label.get", "/labels/{label}", {MUST_TEXT("label", 16)}, br_web_query_label_get,
		"One shelf label."},
	{"sensor.list", "/sensors",
		{NUMBER("limit", 1, 1000, 1000), TEXT("after", BR_DEVICE_BYTES_MAX)},
		br_web_query_sensor_list, "The sensors that are adopted or were heard."},
	{"sensor.get", "/sensors/{device}", {MUST_TEXT("device", BR_DEVICE_BYTES_MAX)},
		br_web_query_sensor_get, "One sensor."},
	{"sensor.series", "/sensors/{device}/series",
		{MUST_TEXT("device", BR_DEVICE_BYTES_MAX), MUST_TEXT("channel", BR_WORD_BYTES_MAX),
			MUST_TIME("from"), MUST_TIME("to"),
			NUMBER("points", 1, BR_WEB_POINTS_MAX, 400)},
		br_web_query_sensor_series, "What one channel of a sensor measured over a time."},
	{"alarm.list", "/alarms", {{0}}, br_web_query_alarm_list,
		"The alarms that stand, and those cleared within the last day."},
	{"link.get", "/link", {{0}}, br_web_query_link_get, "The link to the central system."},
	{"journal.tail", "/journal",
		{NUMBER("after", 0, SEQUENCE_MAX, 0), NUMBER("limit", 1, 100, 100)},
		br_web_query_journal_tail, "The journal's events after a sequence, oldest first."},
	{"epcis.document", "/epcis",
		{NUMBER("after", 0, SEQUENCE_MAX, 0), NUMBER("limit", 1, 200, 100)},
		br_web_query_epcis_document,
		"The journal's events after a sequence as a GS1 EPCIS 2.0 document."},
};
const unsigned br_web_query_n = BR_ARRAY_LEN(br_web_queries);

int br_web_refuse(struct br_web_refusal *refusal, int error, unsigned status, const char *code,
	const char *format, ...)
{
	char text[BR_FAULT_BYTES_MAX];
	va_list arguments;

	br_assert(error < 0 && status >= 400);
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	refusal->status = status;
	refusal->code = code;
	return br_fault_set(&refusal->fault, error, "%s", text);
}

/* The table is short, and a request is rare beside what a row costs. */
const struct br_web_query *br_web_query_named(struct br_str name)
{
	br_assert(br_web_query_n > 0);
	for (unsigned i = 0; i < br_web_query_n; i++)
		if (br_str_is(name, br_web_queries[i].name))
			return &br_web_queries[i];
	return NULL;
}

/* Matches "/a/{x}/b": all between the fixed ends is the value, which must not be empty. */
static bool path_matches(const char *pattern, struct br_str path, struct br_str *ret_value)
{
	const char *open = strchr(pattern, '{');
	size_t before, after;
	const char *tail;

	br_assert(pattern != NULL && pattern[0] == '/');
	if (open == NULL)
		return br_str_is(path, pattern);
	tail = strchr(open, '}') + 1;
	before = (size_t)(open - pattern);
	after = strlen(tail);
	if (path.n <= before + after || memcmp(path.s, pattern, before) != 0 ||
		memcmp(path.s + path.n - after, tail, after) != 0)
		return false;
	*ret_value = (struct br_str){path.s + before, path.n - before - after};
	return true;
}

const struct br_web_query *br_web_query_at(struct br_str path, struct br_str *ret_value)
{
	const struct br_web_query *best = NULL;
	struct br_str value = {NULL, 0};

	*ret_value = value;
	/* The longest pattern is the most exact one: "…/movements" before a SKU that ends so. */
	for (unsigned i = 0; i < br_web_query_n; i++) {
		const struct br_web_query *query = &br_web_queries[i];

		if (!path_matches(query->path, path, &value))
			continue;
		if (best != NULL && strlen(best->path) > strlen(query->path))
			continue;
		best = query;
		*ret_value = value;
	}
	return best;
}

/* The index of a parameter, or -1. */
static int param_find(const struct br_web_query *query, struct br_str name)
{
	br_assert(query != NULL);
	for (int i = 0; query->params[i].name != NULL; i++)
		if (br_str_is(name, query->params[i].name))
			return i;
	return -1;
}

/* A misspelt parameter is answered with those there are. */
static int unknown_refuse(
	const struct br_web_query *query, struct br_str name, struct br_web_refusal *refusal)
{
	char allowed[160] = "none";
	size_t n = 0;

	br_assert(refusal != NULL);
	for (int i = 0; query->params[i].name != NULL && n < sizeof(allowed); i++)
		n += (size_t)snprintf(allowed + n, sizeof(allowed) - n, "%s%s", i > 0 ? ", " : "",
			query->params[i].name);
	return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
		"parameter \"%.*s\" is not known, allowed: %s",
		(int)(name.n > 40 ? br_utf8_cut(name.s, 40) : name.n), name.s, allowed);
}

/*
 * Texts go into messages and keys as they are, so they must be whole characters within the limit.
 */
static int text_check(
	const struct br_web_param *param, struct br_str text, struct br_web_refusal *refusal)
{
	br_assert(param->kind == BR_WEB_PARAM_TEXT);
	if (text.n < (size_t)param->min || text.n > (size_t)param->max)
		return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
			"%s: has %zu bytes, allowed is %" PRId64 " to %" PRId64, param->name,
			text.n, param->min, param->max);
	if (!br_utf8_valid(text.s, text.n))
		return br_web_refuse(
			refusal, BR_E_INVALID, 400, "malformed", "%s: is not UTF-8", param->name);
	return 0;
}

/* One sentence for all that is wrong with a number: it names what is allowed. */
static int number_check(const struct br_web_param *param, bool is_number, int64_t number,
	struct br_web_refusal *refusal)
{
	br_assert(param->kind != BR_WEB_PARAM_TEXT);
	if (is_number && number >= param->min && number <= param->max)
		return 0;
	if (param->kind == BR_WEB_PARAM_TIME)
		return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
			"%s: allowed is an RFC 3339 time such as 2026-03-01T10:00:00Z, or "
			"unix milliseconds",
			param->name);
	return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
		"%s: allowed is a whole number from %" PRId64 " to %" PRId64, param->name,
		param->min, param->max);
}

static int text_read(const struct br_web_param *param, struct br_str text, struct br_str *ret_text,
	int64_t *ret_number, struct br_web_refusal *refusal)
{
	int64_t number = 0;
	bool is_number;

	br_assert(param->name[0] != '\0');
	if (param->kind == BR_WEB_PARAM_TEXT) {
		*ret_text = text;
		return text_check(param, text, refusal);
	}
	is_number = br_str_to_i64(text, &number) ||
		    (param->kind == BR_WEB_PARAM_TIME && br_time_parse(text, &number));
	*ret_number = number;
	return number_check(param, is_number, number, refusal);
}

/*
 * Takes the types that JSON has; a time may be a text or a number, everything else is one of them.
 */
static int json_read(const struct br_web_param *param, const struct br_json *value,
	struct br_str *ret_text, int64_t *ret_number, struct br_web_refusal *refusal)
{
	struct br_str text;
	int64_t number = 0;
	bool is_number;

	br_assert(value != NULL);
	if (br_json_string(value, &text) &&
		(param->kind == BR_WEB_PARAM_TEXT || param->kind == BR_WEB_PARAM_TIME))
		return text_read(param, text, ret_text, ret_number, refusal);
	if (param->kind == BR_WEB_PARAM_TEXT)
		return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
			"%s: is %s, allowed is a text", param->name,
			br_json_kind_text(br_json_kind(value)));
	is_number = br_json_i64(value, &number);
	*ret_number = number;
	return number_check(param, is_number, number, refusal);
}

/* Sets what was not given, or refuses. `given` has a bit per parameter. */
static int args_complete(const struct br_web_query *query, unsigned given, struct br_web_args *args,
	struct br_web_refusal *refusal)
{
	br_assert(args != NULL);
	for (unsigned i = 0; query->params[i].name != NULL; i++) {
		const struct br_web_param *param = &query->params[i];

		if ((given & (1u << i)) != 0)
			continue;
		if (param->required)
			return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
				"%s: is missing", param->name);
		args->numbers[i] = param->otherwise;
	}
	return 0;
}

int br_web_args_from_json(const struct br_web_query *query, const struct br_json *params,
	struct br_web_args *ret_args, struct br_web_refusal *refusal)
{
	struct br_web_args args = {0};
	unsigned given = 0;
	int result = 0;

	br_assert(query->run != NULL);
	BR_JSON_EACH (member, params) {
		int i = param_find(query, br_json_name(member));

		if (i < 0)
			return unknown_refuse(query, br_json_name(member), refusal);
		/* A member that is null is one that is not given. */
		if (br_json_kind(member) == BR_JSON_NULL)
			continue;
		result = json_read(
			&query->params[i], member, &args.texts[i], &args.numbers[i], refusal);
		if (result < 0)
			return result;
		given |= 1u << i;
	}
	result = args_complete(query, given, &args, refusal);
	if (result == 0)
		*ret_args = args;
	return result;
}

int br_web_args_from_pairs(const struct br_web_query *query, const struct br_web_pair *pairs,
	unsigned pair_n, struct br_web_args *ret_args, struct br_web_refusal *refusal)
{
	struct br_web_args args = {0};
	unsigned given = 0;
	int result = 0;

	br_assert(query->run != NULL);
	for (unsigned each = 0; each < pair_n; each++) {
		int i;

		if (!br_utf8_valid(pairs[each].name.s, pairs[each].name.n))
			return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
				"a parameter's name is not UTF-8");
		i = param_find(query, pairs[each].name);
		if (i < 0)
			return unknown_refuse(query, pairs[each].name, refusal);
		result = text_read(&query->params[i], pairs[each].value, &args.texts[i],
			&args.numbers[i], refusal);
		if (result < 0)
			return result;
		given |= 1u << i;
	}
	result = args_complete(query, given, &args, refusal);
	if (result == 0)
		*ret_args = args;
	return result;
}

/* Half an answer never leaves: on any failure the text is cut back to where it was. */
int br_web_query_run(const struct br_web_query *query, const struct br_web_view *view,
	const struct br_web_args *args, struct br_text *text, struct br_web_refusal *refusal)
{
	struct br_json_out out;
	size_t before = text->n;
	int result;

	br_assert(view->txn != NULL);
	br_assert(refusal != NULL);
	br_assert(text->error == 0);
	br_arena_reset(view->arena);
	br_json_out_begin(&out, text);
	out.opener = view->opener.open != NULL ? &view->opener : NULL;
	result = query->run(view, args, &out, refusal);
	if (result == 0)
		result = br_txn_error(view->txn);
	if (result == 0)
		result = br_text_error(text);
	if (result == 0)
		return 0;
	text->n = before;
	text->error = 0;
	if (result == BR_E_INVALID || result == BR_E_NOT_FOUND)
		return result;
	return br_web_refuse(refusal, result, result == BR_E_TOO_LARGE ? 413 : 500,
		result == BR_E_TOO_LARGE ? "too_large" : "internal", "%s: %s", query->name,
		br_error_text(result));
}
