#include "node/policy.h"

#include <inttypes.h>

#include "node/rights_grant.h"
#include "node/tables.h"

#define NOT_GIVEN (-1)
#define MINUTES_DAY (24 * 60)
#define ROW_KEY BR_STR("store")

const char *const br_policy_steps_words[] = {"", "each", "first", NULL};
const char *const br_policy_perishable_words[] = {"", "as_all", "none", NULL};

/* Quantities, amounts and numbers that may be left out: zero is a value of its own. */
#define QUANTITY(F, MAX) BR_MILLI_OR(br_policy, F, 0, MAX, NOT_GIVEN)
#define NUMBER(F, MIN, MAX) \
	{ \
		BR_FIELD_AT(br_policy, F, BR_FIELD_U64), .min = (MIN), .max = (MAX), \
							 .absent = NOT_GIVEN \
	}

static const struct br_field manager_fields[] = {
	BR_TEXT(br_policy_manager, name, 0, BR_WORD_BYTES_MAX),
};
static BR_DEFINE_SHAPE(manager_shape, br_policy_manager, 1, manager_fields);

static const struct br_field policy_fields[] = {
	QUANTITY(count_approve_above, BR_QUANTITY_MAX),
	QUANTITY(count_approve_amount, BR_AMOUNT_MAX),
	NUMBER(code_tries, 1, 20),
	NUMBER(code_lock_minutes, 1, BR_CODE_LOCK_MINUTES_MAX),
	NUMBER(pick_list_minutes, 1, MINUTES_DAY),
	NUMBER(no_show_hours, 0, 24 * 60),
	NUMBER(close_after_minutes, 0, 60 * MINUTES_DAY),
	NUMBER(price_hold_minutes, 0, 7 * MINUTES_DAY),
	NUMBER(override_hours, 1, 24 * 60),
	NUMBER(prior_price_days, 30, 365),
	NUMBER(prior_price_new_days, 0, 29),
	BR_WORD(br_policy, prior_price_steps, br_policy_steps_words),
	BR_WORD(br_policy, prior_price_perishable, br_policy_perishable_words),
	QUANTITY(cash_step, 10000),
	NUMBER(markdown_percent, 1, 99),
	BR_TEXT(br_policy, associate, 0, BR_WORD_BYTES_MAX),
	{BR_FIELD_AT(br_policy, managers, BR_FIELD_LIST), .max = BR_MANAGERS_MAX,
		.item = &manager_shape, .since = 2},
	{BR_FIELD_AT(br_policy, person_days, BR_FIELD_U64), .min = 1, .max = 3650,
		.absent = NOT_GIVEN, .since = 3},
	{BR_FIELD_AT(br_policy, rights_contact_minutes, BR_FIELD_U64), .max = 60 * MINUTES_DAY,
		.absent = NOT_GIVEN, .since = 4},
	{BR_FIELD_AT(br_policy, rights_stock_min, BR_FIELD_MILLI), .max = BR_QUANTITY_MAX,
		.absent = NOT_GIVEN, .since = 4},
	{BR_FIELD_AT(br_policy, rights_stale_days, BR_FIELD_U64), .min = 1, .max = 365,
		.absent = NOT_GIVEN, .since = 4},
	{BR_FIELD_AT(br_policy, rights_top_up_minutes, BR_FIELD_U64), .min = 1, .max = MINUTES_DAY,
		.absent = NOT_GIVEN, .since = 4},
	{BR_FIELD_AT(br_policy, version, BR_FIELD_U64), .max = 1000000000, .absent = NOT_GIVEN,
		.since = 5},
};
BR_DEFINE_SHAPE(br_policy_shape, br_policy, 5, policy_fields);

static const struct br_policy defaults = {
	.count_approve_above = 10000,
	.count_approve_amount = 50000,
	.code_tries = 5,
	.code_lock_minutes = 15,
	.pick_list_minutes = 30,
	.no_show_hours = 24,
	.close_after_minutes = 60,
	.price_hold_minutes = 60,
	.override_hours = 72,
	.prior_price_days = 30,
	.prior_price_new_days = 0,
	.prior_price_steps = BR_POLICY_STEPS_EACH,
	.prior_price_perishable = BR_POLICY_PERISHABLE_AS_ALL,
	.cash_step = 0,
	.markdown_percent = 30,
	.person_days = 30,
	.rights_contact_minutes = 0,
	.rights_stock_min = 3000,
	.rights_stale_days = 30,
	.rights_top_up_minutes = 60,
};

/* An empty list is one that was not given; one empty name stands for "nobody in particular". */
static void managers_merge(const struct br_list *from, struct br_list *to)
{
	br_assert(from->n <= BR_MANAGERS_MAX);
	if (from->n == 1 && BR_LIST_AT(*from, br_policy_manager, 0)->name.n == 0)
		*to = (struct br_list){NULL, 0};
	else if (from->n > 0)
		*to = *from;
}

/* Takes over what `from` gives; what it leaves out stays. */
static void policy_merge(const struct br_policy *from, struct br_policy *to)
{
	for (unsigned i = 0; i < BR_ARRAY_LEN(policy_fields); i++) {
		const struct br_field *field = &policy_fields[i];
		const void *source = (const unsigned char *)from + field->offset;
		void *target = (unsigned char *)to + field->offset;

		switch (field->kind) {
		case BR_FIELD_U64:
		case BR_FIELD_MILLI:
			if (*(const int64_t *)source != NOT_GIVEN)
				*(int64_t *)target = *(const int64_t *)source;
			break;
		case BR_FIELD_WORD:
			if (*(const uint8_t *)source != 0)
				*(uint8_t *)target = *(const uint8_t *)source;
			break;
		case BR_FIELD_LIST:
			managers_merge(source, target);
			break;
		default:
			br_assert(field->kind == BR_FIELD_TEXT);
			*(struct br_str *)target = *(const struct br_str *)source;
		}
	}
	br_assert(to->prior_price_days >= 30 && to->code_tries > 0);
}

struct br_policy br_policy_get_all(struct br_txn *txn, struct br_arena *arena)
{
	struct br_key key = br_key_of_str(ROW_KEY);
	struct br_policy policy = defaults, row;

	/* A row from before a member was invented has it not given. */
	if (br_row_get(txn, BR_TABLE_POLICY, br_key_str(&key), &br_policy_shape, arena, &row) == 0)
		policy_merge(&row, &policy);
	br_assert(policy.prior_price_steps != BR_POLICY_STEPS_NONE);
	return policy;
}

struct br_policy br_policy_get(struct br_txn *txn)
{
	struct br_policy policy;
	struct br_arena arena;

	/* It takes memory only in a store that named its managers. */
	br_arena_init(&arena, BR_MANAGERS_MAX * 64);
	policy = br_policy_get_all(txn, &arena);
	policy.managers = (struct br_list){NULL, 0};
	br_assert(policy.code_tries > 0);
	br_arena_finish(&arena);
	return policy;
}

static bool managers_equal(const struct br_list *a, const struct br_list *b)
{
	bool equal = a->n == b->n;

	br_assert(a->n <= BR_MANAGERS_MAX && b->n <= BR_MANAGERS_MAX);
	for (uint32_t i = 0; i < a->n && equal; i++)
		equal = br_str_equal(BR_LIST_AT(*a, br_policy_manager, i)->name,
			BR_LIST_AT(*b, br_policy_manager, i)->name);
	return equal;
}

/* Equal in all that counts: who set it is no change. */
static bool policy_equal(const struct br_policy *a, const struct br_policy *b)
{
	bool equal = true;

	for (unsigned i = 0; i < BR_ARRAY_LEN(policy_fields) && equal; i++) {
		const unsigned char *left = (const unsigned char *)a + policy_fields[i].offset;
		const unsigned char *right = (const unsigned char *)b + policy_fields[i].offset;

		br_assert(policy_fields[i].offset < sizeof(*a));
		if (policy_fields[i].kind == BR_FIELD_WORD)
			equal = *left == *right;
		else if (policy_fields[i].kind == BR_FIELD_LIST)
			equal = managers_equal(&a->managers, &b->managers);
		else if (policy_fields[i].kind != BR_FIELD_TEXT)
			equal = *(const int64_t *)left == *(const int64_t *)right;
	}
	return equal;
}

int br_policy_decide(struct br_decision *decision, const void *body)
{
	struct br_policy before = br_policy_get_all(decision->txn, decision->arena);
	struct br_policy after = before, asked = *(const struct br_policy *)body;

	/* Whoever reads the policy here and sends it back has no version of his own. */
	if (!br_str_is(decision->command->actor, BR_ACTOR_CENTRAL))
		asked.version = (uint64_t)NOT_GIVEN;
	if (asked.version != (uint64_t)NOT_GIVEN && asked.version <= before.version)
		return br_decision_refuse(decision, BR_REFUSAL_VERSION,
			"version: is %" PRIu64 ", and the policy has %" PRIu64 " already",
			asked.version, before.version);
	policy_merge(&asked, &after);
	for (uint32_t i = 0; i < after.managers.n; i++)
		if (BR_LIST_AT(after.managers, br_policy_manager, i)->name.n == 0)
			return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
				"managers[%u]: is empty; one empty name by itself means anybody",
				i);
	if (after.prior_price_new_days > 0 && after.prior_price_new_days >= after.prior_price_days)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"prior_price_new_days: allowed is less than prior_price_days");
	br_assert(after.prior_price_steps != BR_POLICY_STEPS_NONE);
	/* The whole policy is journalled, so that one event tells how the store works from then on.
	 */
	if (!policy_equal(&before, &after))
		br_decision_emit(decision, BR_EVENT_POLICY_CHANGED, &after);
	return 0;
}

int br_policy_manager_refuse(
	struct br_decision *decision, struct br_str associate, const char *what)
{
	struct br_policy policy = br_policy_get_all(decision->txn, decision->arena);
	struct br_text names;
	int result;

	br_assert(what[0] != '\0');
	for (uint32_t i = 0; i < policy.managers.n; i++)
		if (br_str_equal(
			    BR_LIST_AT(policy.managers, br_policy_manager, i)->name, associate))
			return 0;
	if (policy.managers.n == 0 && associate.n > 0)
		return 0;
	br_text_init(&names, BR_MESSAGE_BYTES_MAX);
	for (uint32_t i = 0; i < policy.managers.n; i++)
		br_text_printf(&names, "%s%.*s", i > 0 ? ", " : "",
			BR_STR_ARG(BR_LIST_AT(policy.managers, br_policy_manager, i)->name));
	if (associate.n == 0)
		result = br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"associate: is missing; to %s it must be said who does, allowed is %s",
			what, names.n > 0 ? names.bytes : "anybody");
	else
		result = br_decision_refuse(decision, BR_REFUSAL_NOT_ALLOWED,
			"associate \"%.*s\": may not %s, allowed is %s", BR_STR_ARG(associate),
			what, names.bytes != NULL ? names.bytes : "a manager");
	br_text_finish(&names);
	return result;
}

void br_policy_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	struct br_key key = br_key_of_str(ROW_KEY);

	br_assert(event->kind == BR_EVENT_POLICY_CHANGED);
	br_row_put(txn, BR_TABLE_POLICY, br_key_str(&key), &br_policy_shape, event->body);
	br_rights_policy_follow(txn, event);
}
