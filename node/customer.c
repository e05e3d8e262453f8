#include "node/customer.h"

#include <string.h>

#include "node/policy.h"
#include "node/tables.h"
#include "node/timer.h"

#define HQ "hq"

static const char *const why_words[] = {"asked", "expired", NULL};

static const struct br_field consent_fields[] = {
	BR_MUST_PERSONAL(br_consent, purpose, 1, BR_WORD_BYTES_MAX),
	BR_TIME(br_consent, given),
};
static BR_DEFINE_SHAPE(consent_shape, br_consent, 1, consent_fields);

static const struct br_field customer_fields[] = {
	BR_MUST_TEXT(br_customer, customer, 1, BR_ID_BYTES_MAX),
	BR_U64(br_customer, version, 0, 0),
	BR_PERSONAL(br_customer, name, 0, BR_PERSON_BYTES_MAX),
	BR_PERSONAL(br_customer, contact, 0, BR_CONTACT_BYTES_MAX),
	BR_PERSONAL(br_customer, loyalty, 0, BR_ID_BYTES_MAX),
	BR_LIST(br_customer, consents, 0, BR_CONSENTS_MAX, &consent_shape),
	BR_TIME(br_customer, until),
};
BR_DEFINE_SHAPE(br_customer_shape, br_customer, 1, customer_fields);

static const struct br_field erase_fields[] = {
	BR_TEXT(br_customer_erase, customer, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_customer_erase, order, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_customer_erase, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_customer_erase_shape, br_customer_erase, 1, erase_fields);

static const struct br_field erased_fields[] = {
	BR_TEXT(br_customer_erased, customer, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_customer_erased, order, 0, BR_ID_BYTES_MAX),
	BR_TEXT(br_customer_erased, day, 0, BR_WORD_BYTES_MAX),
	BR_MUST_WORD(br_customer_erased, why, why_words),
	BR_TEXT(br_customer_erased, associate, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_customer_erased_shape, br_customer_erased, 1, erased_fields);

static const struct br_field person_fields[] = {
	BR_U64(br_person_row, open_n, 0, 0),
	BR_TIME(br_person_row, ended),
	BR_TIME(br_person_row, until),
	BR_TIME(br_person_row, timer),
	BR_BOOL(br_person_row, said),
};
BR_DEFINE_SHAPE(br_person_row_shape, br_person_row, 1, person_fields);

int br_customer_get(struct br_txn *txn, struct br_str customer, struct br_arena *arena,
	struct br_customer *ret_customer)
{
	struct br_key key = br_key_of_str(customer);

	br_assert(customer.n > 0);
	return br_row_get(
		txn, BR_TABLE_CUSTOMER, br_key_str(&key), &br_customer_shape, arena, ret_customer);
}

/* The central system owns its customers: what it says last counts, by its own version. */
int br_customer_decide_upsert(struct br_decision *decision, const void *body)
{
	const struct br_customer *customer = body;
	struct br_customer known;
	int result = br_customer_get(decision->txn, customer->customer, decision->arena, &known);

	br_assert(customer->customer.n > 0);
	if (result < 0 && result != BR_E_NOT_FOUND)
		return result;
	if (result == 0 && customer->version > 0 && customer->version < known.version)
		return br_decision_refuse(decision, BR_REFUSAL_VERSION,
			"customer \"%.*s\" is here in version %llu, which is newer than %llu",
			BR_STR_ARG(customer->customer), (unsigned long long)known.version,
			(unsigned long long)customer->version);
	if (customer->until > 0 && customer->until <= decision->command->now_ms)
		return br_decision_refuse(decision, BR_REFUSAL_EXPIRED,
			"until: customer \"%.*s\" is to be kept until a time that is over",
			BR_STR_ARG(customer->customer));
	br_decision_emit(decision, BR_EVENT_CUSTOMER_CHANGED, customer);
	return br_txn_error(decision->txn);
}

/* Whose an order is, as the event names them. */
static int order_person(struct br_decision *decision, const struct br_order *order,
	struct br_customer_erased *event)
{
	struct br_person person = br_person_of_order_row(decision->txn, order, decision->arena);
	size_t n = strlen(person.name);
	char *copy = br_arena_take(decision->arena, n);

	br_assert(n > 1);
	if (copy == NULL)
		return br_txn_fail(decision->txn, BR_E_MEMORY);
	memcpy(copy, person.name + 1, n - 1);
	if (person.name[0] == BR_PERSON_CUSTOMER)
		event->customer = (struct br_str){copy, n - 1};
	else
		event->order = (struct br_str){copy, n - 1};
	return 0;
}

/* Whoever has no such customer and never had has nothing to erase, and says so as if it had. */
int br_customer_decide_erase(struct br_decision *decision, const void *body)
{
	const struct br_customer_erase *erase = body;
	struct br_customer_erased event = {.why = BR_ERASED_ASKED, .associate = erase->associate};
	struct br_order order;
	int result = 0;

	if ((erase->customer.n > 0) == (erase->order.n > 0))
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"customer: either this or order says who is to be erased");
	if (!br_str_is(decision->command->actor, HQ))
		result = br_policy_manager_refuse(
			decision, erase->associate, "erase somebody's personal data");
	if (result != 0)
		return result;
	if (erase->customer.n > 0) {
		event.customer = erase->customer;
	} else {
		result = br_order_get(decision->txn, erase->order, decision->arena, &order);
		if (result == BR_E_NOT_FOUND)
			return br_decision_refuse(decision, BR_REFUSAL_UNKNOWN_ORDER,
				"order \"%.*s\": not known here", BR_STR_ARG(erase->order));
		if (result < 0)
			return result;
		result = order_person(decision, &order, &event);
		if (result < 0)
			return result;
	}
	br_decision_emit(decision, BR_EVENT_CUSTOMER_ERASED, &event);
	return br_txn_error(decision->txn);
}

/* The mark is the whole reason: what keeps the person longer has moved it. */
static int expire(struct br_decision *decision, const struct br_timer_fired *fired,
	enum br_timer_kind kind, struct br_customer_erased event)
{
	br_assert(event.customer.n + event.order.n + event.day.n > 0);
	if (!br_timer_has(decision->txn, kind, fired->key, fired->at_ms))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"person of \"%.*s\": this timer is over", BR_STR_ARG(fired->key));
	br_decision_emit(decision, BR_EVENT_CUSTOMER_ERASED, &event);
	return br_txn_error(decision->txn);
}

int br_customer_decide_timer(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;

	br_assert(fired->key.n > 0);
	return expire(decision, fired, BR_TIMER_CUSTOMER,
		(struct br_customer_erased){.customer = fired->key, .why = BR_ERASED_EXPIRED});
}

int br_customer_decide_forget(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;

	br_assert(fired->key.n > 0);
	return expire(decision, fired, BR_TIMER_FORGET,
		(struct br_customer_erased){.order = fired->key, .why = BR_ERASED_EXPIRED});
}

/* One for all that was said that day: whom it spoke of nobody can tell, and need not. */
int br_customer_decide_forget_day(struct br_decision *decision, const void *body)
{
	const struct br_timer_fired *fired = body;

	br_assert(fired->key.n > 0);
	return expire(decision, fired, BR_TIMER_FORGET_DAY,
		(struct br_customer_erased){.day = fired->key, .why = BR_ERASED_EXPIRED});
}
