/* What can be asked about tills: their days, what they parked, and what went wrong. */
#include "web-ui/query.h"

#include "node/breach.h"
#include "node/conflict.h"
#include "node/parked.h"
#include "node/till_day.h"

/* A list that is being written: `more` when a row had no place in it. */
struct listing {
	struct br_json_out *out;
	unsigned left;
	bool more;
};

/* True when there is room for one more row. */
static bool listing_takes(struct listing *listing)
{
	br_assert(listing->out != NULL);
	listing->more = listing->left == 0;
	if (listing->more)
		return false;
	listing->left--;
	return true;
}

static void listing_end(const struct listing *listing)
{
	br_json_out_end(listing->out);
	br_json_out_bool(listing->out, "more", listing->more);
	br_json_out_end(listing->out);
}

static void day_add(
	void *context, struct br_str till, struct br_str currency, const struct br_till_day *day)
{
	struct listing *listing = context;
	struct br_json_out *out = listing->out;

	br_assert(till.n > 0);
	if (!listing_takes(listing))
		return;
	br_json_out_object(out, NULL);
	br_json_out_string(out, "till", till);
	if (currency.n > 0)
		br_json_out_string(out, "currency", currency);
	br_json_out_u64(out, "sales", day->sales);
	br_json_out_u64(out, "returns", day->returns);
	br_json_out_u64(out, "voids", day->voids);
	br_json_out_u64(out, "lines", day->lines);
	br_json_out_milli(out, "sold", day->sold);
	br_json_out_milli(out, "given_back", day->given_back);
	br_json_out_milli(out, "voided", day->voided);
	br_json_out_milli(out, "net", day->sold - day->given_back - day->voided);
	br_json_out_end(out);
}

BR_WEB_QUERY(till_day)
{
	struct listing listing = {out, (unsigned)args->numbers[2], false};
	int64_t at_ms = args->numbers[0] > 0 ? args->numbers[0] : view->now_ms;
	struct br_day day = br_day_of(at_ms);

	br_assert(args->numbers[2] >= 1);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "date", day.date);
	br_json_out_time(out, "from", day.from_ms);
	br_json_out_time(out, "to", day.to_ms);
	br_json_out_array(out, "rows");
	br_till_day_walk(view->txn, &day, args->texts[1], day_add, &listing);
	listing_end(&listing);
	return 0;
}

static bool parked_add(void *context, const struct br_parked *parked)
{
	struct listing *listing = context;
	struct br_json_out *out = listing->out;

	br_assert(parked->line_n > 0);
	if (!listing_takes(listing))
		return false;
	br_json_out_object(out, NULL);
	br_record_to_json(&br_parked_shape, parked, out);
	br_json_out_end(out);
	return true;
}

BR_WEB_QUERY(parked_list)
{
	struct listing listing = {out, (unsigned)args->numbers[0], false};

	br_assert(args->numbers[0] >= 1);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_parked_walk(view->txn, view->arena, parked_add, &listing);
	listing_end(&listing);
	return 0;
}

static bool breach_add(void *context, uint64_t sequence, const struct br_breached *breached)
{
	struct listing *listing = context;
	struct br_json_out *out = listing->out;

	br_assert(sequence > 0);
	if (!listing_takes(listing))
		return false;
	br_json_out_object(out, NULL);
	br_json_out_u64(out, "sequence", sequence);
	br_record_to_json(&br_breach_row_shape, breached, out);
	br_json_out_end(out);
	return true;
}

BR_WEB_QUERY(breach_list)
{
	struct listing listing = {out, (unsigned)args->numbers[1], false};

	br_assert(args->numbers[0] >= 0 && args->numbers[1] >= 1);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_breach_walk(view->txn, (uint64_t)args->numbers[0], view->arena, breach_add, &listing);
	listing_end(&listing);
	return 0;
}

static bool conflict_add(void *context, const struct br_conflict *conflict)
{
	struct listing *listing = context;
	struct br_json_out *out = listing->out;

	br_assert(conflict->command.n > 0);
	if (!listing_takes(listing))
		return false;
	br_json_out_object(out, NULL);
	br_record_to_json(&br_conflict_row_shape, conflict, out);
	br_json_out_end(out);
	return true;
}

BR_WEB_QUERY(conflict_list)
{
	struct listing listing = {out, (unsigned)args->numbers[0], false};

	br_assert(args->numbers[0] >= 1);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_conflict_walk(view->txn, view->arena, conflict_add, &listing);
	listing_end(&listing);
	return 0;
}
