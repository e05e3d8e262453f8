#include "node/till_request.h"

#include <stdio.h>
#include <string.h>

#include "node/day.h"
#include "node/gtin.h"
#include "node/order.h"
#include "node/parked.h"
#include "node/rules.h"
#include "node/sale.h"
#include "node/stock.h"

const char *const br_till_type_words[] = {"sale", "return", "void", "adjust", "park", "unpark",
	"hand_over", "price", "stock", "order", "parked", "totals", NULL};

static bool date_check(struct br_str text)
{
	struct br_day day;

	return br_day_read(text, &day);
}

static const struct br_text_rule date_rule = {date_check, "a date such as \"2026-03-01\""};

/* The members, in the order of request_fields. */
enum member {
	M_ID,
	M_TYPE,
	M_HAPPENED,
	M_ASSOCIATE,
	M_CURRENCY,
	M_LINES,
	M_TOTAL,
	M_SALE,
	M_SALE_TILL,
	M_PARKED,
	M_DROP,
	M_BARCODE,
	M_SKU,
	M_QUANTITY,
	M_REASON,
	M_NOTE,
	M_ORDER,
	M_SURNAME,
	M_CODE,
	M_WAIVED,
	M_DATE,
	M_N
};

#define REQUEST br_till_request
static const struct br_field request_fields[M_N] = {
	[M_ID] = BR_MUST_TEXT(REQUEST, id, 1, BR_ID_BYTES_MAX),
	[M_TYPE] = BR_MUST_WORD(REQUEST, type, br_till_type_words),
	[M_HAPPENED] = BR_TIME(REQUEST, happened),
	[M_ASSOCIATE] = BR_TEXT_RULED(REQUEST, associate, 0, BR_WORD_BYTES_MAX, &br_rule_no_card),
	[M_CURRENCY] = BR_TEXT_RULED(REQUEST, currency, 0, 3, &br_rule_currency),
	[M_LINES] = BR_LIST(REQUEST, lines, 0, BR_SALE_LINES_MAX, &br_sale_line_shape),
	[M_TOTAL] = BR_MILLI(REQUEST, total, 0, INT64_MAX),
	[M_SALE] = BR_TEXT(REQUEST, sale, 0, BR_ID_BYTES_MAX),
	[M_SALE_TILL] = BR_TEXT_RULED(REQUEST, sale_till, 0, BR_WORD_BYTES_MAX, &br_rule_slug),
	[M_PARKED] = BR_TEXT(REQUEST, parked, 0, BR_ID_BYTES_MAX),
	[M_DROP] = BR_BOOL(REQUEST, drop),
	[M_BARCODE] = BR_TEXT_RULED(REQUEST, barcode, 0, BR_BARCODE_BYTES_MAX, &br_rule_scan),
	[M_SKU] = BR_TEXT(REQUEST, sku, 0, BR_ID_BYTES_MAX),
	[M_QUANTITY] = BR_MILLI(REQUEST, quantity, -BR_QUANTITY_MAX, BR_QUANTITY_MAX),
	[M_REASON] = BR_TEXT_RULED(REQUEST, reason, 0, BR_REASON_BYTES_MAX, &br_rule_no_card),
	[M_NOTE] = BR_TEXT_RULED(REQUEST, note, 0, BR_REASON_BYTES_MAX, &br_rule_no_card),
	[M_ORDER] = BR_TEXT(REQUEST, order, 0, BR_ID_BYTES_MAX),
	[M_SURNAME] = BR_TEXT_RULED(REQUEST, surname, 0, BR_PERSON_BYTES_MAX, &br_rule_no_card),
	[M_CODE] = BR_TEXT(REQUEST, code, BR_CODE_BYTES_MIN, BR_CODE_BYTES_MAX),
	[M_WAIVED] = BR_TEXT_RULED(REQUEST, waived, 0, BR_REASON_BYTES_MAX, &br_rule_no_card),
	[M_DATE] = BR_TEXT_RULED(REQUEST, date, 0, BR_DATE_BYTES, &date_rule),
};
BR_DEFINE_SHAPE(br_till_request_shape, br_till_request, 1, request_fields);

#define BIT(M) (UINT32_C(1) << (M))
#define WHAT (BIT(M_BARCODE) | BIT(M_SKU))
#define ALWAYS (BIT(M_ID) | BIT(M_TYPE) | BIT(M_HAPPENED) | BIT(M_ASSOCIATE))
#define SELLS (BIT(M_LINES) | BIT(M_CURRENCY) | BIT(M_TOTAL))

/* What each type takes beside ALWAYS, and which of it must be there; WHAT is one of the two. */
static const struct {
	uint32_t takes, needs;
	bool what;
} types[BR_TILL_TYPE_N] = {
	[BR_TILL_SALE] = {SELLS | BIT(M_PARKED), BIT(M_LINES), false},
	[BR_TILL_RETURN] = {SELLS | BIT(M_SALE) | BIT(M_SALE_TILL) | BIT(M_REASON), BIT(M_LINES),
		false},
	[BR_TILL_VOID] = {BIT(M_SALE) | BIT(M_SALE_TILL) | BIT(M_REASON), BIT(M_SALE), false},
	[BR_TILL_ADJUST] = {WHAT | BIT(M_QUANTITY) | BIT(M_REASON), BIT(M_QUANTITY), true},
	[BR_TILL_PARK] = {BIT(M_PARKED) | BIT(M_LINES) | BIT(M_NOTE), BIT(M_PARKED) | BIT(M_LINES),
		false},
	[BR_TILL_UNPARK] = {BIT(M_PARKED) | BIT(M_DROP), BIT(M_PARKED), false},
	[BR_TILL_HAND_OVER] = {BIT(M_ORDER) | BIT(M_SURNAME) | BIT(M_CODE) | BIT(M_WAIVED), 0,
		false},
	[BR_TILL_PRICE] = {WHAT, 0, true},
	[BR_TILL_STOCK] = {WHAT, 0, true},
	[BR_TILL_ORDER] = {BIT(M_ORDER), BIT(M_ORDER), false},
	[BR_TILL_PARKED] = {BIT(M_PARKED), 0, false},
	[BR_TILL_TOTALS] = {BIT(M_DATE), 0, false},
};

static bool member_given(const struct br_till_request *request, enum member member)
{
	const struct br_field *field = &request_fields[member];
	const void *value = (const unsigned char *)request + field->offset;

	br_assert(member < M_N);
	switch (field->kind) {
	case BR_FIELD_TEXT:
		return ((const struct br_str *)value)->n > 0;
	case BR_FIELD_LIST:
		return ((const struct br_list *)value)->n > 0;
	case BR_FIELD_BOOL:
		return *(const bool *)value;
	case BR_FIELD_WORD:
		return true;
	default:
		return *(const int64_t *)value != 0;
	}
}

static int members_check(const struct br_till_request *request, struct br_fault *fault)
{
	uint32_t takes = types[request->type].takes | ALWAYS, needs = types[request->type].needs;

	br_assert(request->type < BR_TILL_TYPE_N);
	for (unsigned i = 0; i < M_N; i++) {
		bool given = member_given(request, (enum member)i);

		if (given && (takes & BIT(i)) == 0)
			return br_fault_set(fault, BR_E_INVALID, "%s: is no member of \"%s\"",
				request_fields[i].name, br_till_type_words[request->type]);
		if (!given && (needs & BIT(i)) != 0)
			return br_fault_set(fault, BR_E_INVALID,
				"%s: is missing or 0, \"%s\" needs it", request_fields[i].name,
				br_till_type_words[request->type]);
	}
	if (types[request->type].what && (request->barcode.n > 0) == (request->sku.n > 0))
		return br_fault_set(fault, BR_E_INVALID,
			"barcode: is missing, exactly one of barcode and sku is needed");
	if (request->type == BR_TILL_PARK && request->lines.n > BR_PARKED_LINES_MAX)
		return br_fault_set(fault, BR_E_INVALID,
			"lines: has %u items, allowed is 1 to %d in a parked sale",
			request->lines.n, BR_PARKED_LINES_MAX);
	return 0;
}

int br_till_request_read(const struct br_json *json, struct br_arena *arena,
	struct br_till_request *ret_request, struct br_fault *fault)
{
	struct br_till_request request;
	int result = br_record_from_json(&br_till_request_shape, json, arena, &request, fault);

	if (result == 0)
		result = members_check(&request, fault);
	if (result == 0)
		*ret_request = request;
	return result;
}

struct br_str br_till_request_id(const struct br_json *json)
{
	struct br_str id = {NULL, 0};

	if (!br_json_string(br_json_member(json, "id"), &id) || id.n > BR_ID_BYTES_MAX)
		return (struct br_str){NULL, 0};
	return id;
}

bool br_till_request_looks(const struct br_till_request *request)
{
	br_assert(request->type < BR_TILL_TYPE_N);
	return request->type >= BR_TILL_PRICE;
}

static struct br_sale sale_of(
	const struct br_till_request *request, const char *till, const char *currency)
{
	bool priced = request->lines.n > 0;

	return (struct br_sale){
		.till = br_str_from(till),
		.associate = request->associate,
		.currency = request->currency.n > 0 || !priced ? request->currency
							       : br_str_from(currency),
		.lines = request->lines,
		.total = request->total,
		.parked = request->parked,
		.sale = request->sale,
		.sale_till = request->sale_till,
		.reason = request->reason,
	};
}

/* The body of the command in the arena: a copy of what the type's shape describes. */
static const void *body_make(const struct br_till_request *request, const char *till,
	const char *currency, struct br_arena *arena)
{
	struct br_sale sale = sale_of(request, till, currency);
	struct br_stock_move move = {
		.sku = request->sku,
		.barcode = request->barcode,
		.kind = BR_MOVE_ADJUST,
		.quantity = request->quantity,
		/* Tills that know no reasons adjust all the same. */
		.reason = request->reason.n > 0 ? request->reason : BR_STR("at the till"),
	};
	struct br_park park = {
		request->parked, sale.till, request->associate, request->note, request->lines};
	struct br_unpark unpark = {request->parked, sale.till, request->associate, request->drop};
	struct br_order_hand_over hand_over = {
		.order = request->order,
		.associate = request->associate,
		.surname = request->surname,
		.code = request->code,
		.waived = request->waived,
	};
	const void *from = &sale;
	size_t size = sizeof(sale);
	void *body;

	br_assert(!br_till_request_looks(request));
	if (request->type == BR_TILL_ADJUST) {
		from = &move;
		size = sizeof(move);
	} else if (request->type == BR_TILL_PARK) {
		from = &park;
		size = sizeof(park);
	} else if (request->type == BR_TILL_UNPARK) {
		from = &unpark;
		size = sizeof(unpark);
	} else if (request->type == BR_TILL_HAND_OVER) {
		from = &hand_over;
		size = sizeof(hand_over);
	}
	body = br_arena_take(arena, size);
	if (body != NULL)
		memcpy(body, from, size);
	return body;
}

int br_till_request_command(const struct br_till_request *request, const char *till,
	const char *currency, struct br_arena *arena, struct br_command *ret_command)
{
	static const char *const names[] = {[BR_TILL_SALE] = "sale.record",
		[BR_TILL_RETURN] = "return.record",
		[BR_TILL_VOID] = "sale.void",
		[BR_TILL_ADJUST] = "stock.move",
		[BR_TILL_PARK] = "sale.park",
		[BR_TILL_UNPARK] = "sale.unpark",
		[BR_TILL_HAND_OVER] = "order.hand_over"};
	const void *body = body_make(request, till, currency, arena);

	br_assert(request->type < BR_ARRAY_LEN(names));
	if (body == NULL)
		return BR_E_MEMORY;
	ret_command->id = request->id;
	ret_command->type = br_command_type_named(br_str_from(names[request->type]));
	ret_command->body = body;
	ret_command->happened_ms = request->happened;
	br_assert(ret_command->type != NULL);
	return 0;
}

bool br_till_name_valid(struct br_str name)
{
	return name.n > 0 && name.n <= BR_WORD_BYTES_MAX && br_rule_slug.check(name);
}

void br_till_actor(const char *till, char ret_actor[BR_TILL_ACTOR_BYTES])
{
	br_assert(till[0] != '\0' && strlen(till) <= BR_WORD_BYTES_MAX);
	(void)snprintf(ret_actor, BR_TILL_ACTOR_BYTES, "till/%s", till);
}

struct br_till_asked br_till_request_asked(const struct br_till_request *request)
{
	struct br_sale sale = {.lines = request->lines};
	struct br_till_asked asked = {
		.type = request->type,
		.line_n = request->lines.n,
	};

	br_assert(request->type < BR_TILL_TYPE_N);
	/* What a return of a known sale charges is found out by the core. */
	asked.charged = (request->type == BR_TILL_SALE || request->type == BR_TILL_RETURN) &&
			request->sale.n == 0 && br_sale_total(&sale, &asked.total);
	return asked;
}
