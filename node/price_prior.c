/*
 * The prior price that an announced reduction must show: Directive 98/6/EC, Article 6a, as inserted
 * by Directive (EU) 2019/2161, Article 2(1).
 *
 * Paragraph 1: an announcement of a reduction shows the prior price. Every promotion's quote has
 * it; an override is no announcement.
 *
 * Paragraph 2: that is the lowest price applied during at least 30 days before the reduction was
 * applied (policy prior_price_days). Applied is what the tills charged, so overrides and held
 * prices count, what was planned and cancelled does not, and a rise that the store heard of too
 * late only since then.
 *
 * Paragraph 3: goods that deteriorate or expire rapidly (policy prior_price_perishable).
 *
 * Paragraph 4: goods on the market for less than 30 days have what there is of the period, or the
 * shorter one of policy prior_price_new_days.
 *
 * Paragraph 5: a reduction that is increased step by step (policy prior_price_steps).
 *
 * Paragraphs 3 to 5 are options of the Member States, so the store chooses and the plain rule is
 * the default.
 */
#include <string.h>

#include "node/policy.h"
#include "node/price_inside.h"

#define DAY_MS INT64_C(86400000)
#define STEPS_MAX 50 /* of one reduction; nobody announces more */
#define LOWEST_NONE INT64_MAX

/* A product's prices, and what is asked of them. */
struct prior {
	const struct br_price_row *rows; /* the latest beginning first */
	unsigned n;
	const char *currency; /* of the reduction: others cannot be compared with it */
	int64_t since_ms, begin_ms;
};

/* The price that counts at an instant, of those that were recorded by another. */
static const struct br_price_row *counting_at(
	const struct prior *prior, int64_t at_ms, int64_t known_by_ms)
{
	const struct br_price_row *counting = NULL;

	br_assert(at_ms >= 0);
	/* The kinds are in the order of their weight: a held price counts before all others. */
	for (unsigned i = 0; i < prior->n; i++)
		if (br_price_covers(&prior->rows[i], at_ms) &&
			prior->rows[i].set_ms <= known_by_ms &&
			(counting == NULL || prior->rows[i].kind > counting->kind))
			counting = &prior->rows[i];
	return counting;
}

/*
 * What the tills charged at an instant; NULL when there was no price. Of a price that was recorded
 * after its beginning nobody knew at first: the one before it was charged, unless that was the
 * higher one (br_price_till_at()).
 */
static const struct br_price_row *applied_at(const struct prior *prior, int64_t at_ms)
{
	const struct br_price_row *counting = counting_at(prior, at_ms, INT64_MAX);
	const struct br_price_row *known = counting_at(prior, at_ms, at_ms);

	br_assert(known == NULL || counting != NULL);
	return known != NULL && known->amount < counting->amount &&
			       br_str_equal(known->currency, counting->currency)
		       ? known
		       : counting;
}

/* Art. 6a(5): back to the first of the steps that follow on each other, each below the last. */
static int64_t first_step_ms(const struct prior *prior, int64_t begin_ms, int64_t amount)
{
	for (unsigned i = 0; i < STEPS_MAX && begin_ms > 0; i++) {
		const struct br_price_row *before = applied_at(prior, begin_ms - 1);

		if (before == NULL || before->kind != BR_PRICE_PROMOTION ||
			before->amount <= amount || !br_str_is(before->currency, prior->currency))
			break;
		br_assert(before->from_ms < begin_ms);
		begin_ms = before->from_ms;
		amount = before->amount;
	}
	return begin_ms;
}

/* Since when the product has had a price; INT64_MAX when it had none before the reduction. */
static int64_t on_market_ms(const struct prior *prior)
{
	int64_t first_ms = INT64_MAX;

	br_assert(prior->begin_ms > 0);
	for (unsigned i = 0; i < prior->n; i++)
		if (prior->rows[i].to_ms != prior->rows[i].from_ms &&
			prior->rows[i].from_ms < prior->begin_ms &&
			prior->rows[i].from_ms < first_ms)
			first_ms = prior->rows[i].from_ms;
	return first_ms;
}

static void lowest_take(const struct prior *prior, int64_t at_ms, int64_t *lowest)
{
	const struct br_price_row *applied;

	if (at_ms < prior->since_ms || at_ms >= prior->begin_ms)
		return;
	applied = applied_at(prior, at_ms);
	br_assert(applied == NULL || applied->amount >= 0);
	if (applied != NULL && br_str_is(applied->currency, prior->currency) &&
		applied->amount < *lowest)
		*lowest = applied->amount;
}

/*
 * Art. 6a(2). What is applied can change only where some price begins, ends or becomes known, so
 * those instants and the period's first are all that must be looked at.
 */
static int64_t lowest_find(const struct prior *prior)
{
	int64_t lowest = LOWEST_NONE;

	br_assert(prior->since_ms <= prior->begin_ms);
	lowest_take(prior, prior->since_ms, &lowest);
	for (unsigned i = 0; i < prior->n; i++) {
		lowest_take(prior, prior->rows[i].from_ms, &lowest);
		lowest_take(prior, prior->rows[i].to_ms, &lowest);
		lowest_take(prior, prior->rows[i].set_ms, &lowest);
	}
	return lowest;
}

/* Art. 6a(3): whether the product's prior price is left out. */
static bool left_out(const struct br_policy *policy, struct br_txn *txn, struct br_str sku,
	struct br_arena *arena)
{
	struct br_product product;

	br_assert(policy->prior_price_perishable != BR_POLICY_PERISHABLE_UNSAID);
	return policy->prior_price_perishable == BR_POLICY_PERISHABLE_NONE &&
	       br_product_get(txn, sku, arena, &product) == 0 && product.track_expiry;
}

/* The period's beginning: Art. 6a(2), and (4) for goods that are new on the market. */
static void period_set(
	const struct br_policy *policy, int64_t market_ms, int64_t begin_ms, struct prior *prior)
{
	int64_t days = (int64_t)policy->prior_price_days;

	br_assert(days >= 30);
	prior->since_ms = begin_ms - days * DAY_MS;
	if (market_ms > prior->since_ms && policy->prior_price_new_days > 0)
		prior->since_ms = begin_ms - (int64_t)policy->prior_price_new_days * DAY_MS;
	if (prior->since_ms < 0)
		prior->since_ms = 0;
}

void br_price_prior_set(
	struct br_txn *txn, struct br_str sku, struct br_price_quote *quote, struct br_arena *arena)
{
	struct br_policy policy = br_policy_get(txn);
	struct prior prior = {.currency = quote->currency, .begin_ms = quote->from_ms};
	int64_t market_ms, lowest;

	br_assert(quote->promotion && quote->from_ms > 0);
	if (left_out(&policy, txn, sku, arena))
		return;
	prior.n = br_price_rows(txn, sku, arena, &prior.rows);
	if (policy.prior_price_steps == BR_POLICY_STEPS_FIRST)
		prior.begin_ms = first_step_ms(&prior, prior.begin_ms, quote->amount);
	market_ms = on_market_ms(&prior);
	if (market_ms == INT64_MAX)
		return;
	period_set(&policy, market_ms, prior.begin_ms, &prior);
	lowest = lowest_find(&prior);
	if (lowest == LOWEST_NONE)
		return;
	quote->lowest_30d = lowest;
	quote->prior_from_ms = market_ms > prior.since_ms ? market_ms : prior.since_ms;
}

unsigned br_price_reduction(const struct br_price_quote *quote)
{
	int64_t prior = quote->lowest_30d;

	br_assert(prior >= 0 && quote->amount >= 0);
	if (!quote->promotion || prior <= quote->amount)
		return 0;
	return (unsigned)((__int128)(prior - quote->amount) * 100 / prior);
}
