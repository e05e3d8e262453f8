/* Comparing both sides: marks, sums and parts as the guide says, and what HQ does about them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/rule.h"

#define ITEMS_TOLD_MAX 16
#define PARTS_MAX 16
#define STATED_FIRST 10
#define STATED_END 50
#define BEFORE_SKU 51 /* moved before it was stated, and told behind it */
#define WITHDRAWN_SKU 0
#define LOOK_MS 500

/* One session. */
struct session {
	char id[17], view[16], time[40];
	unsigned char key[CONFORM_KEY_BYTES];
	unsigned round;
	const struct br_json *answer; /* the last message, valid until the next one */
	bool refused;		      /* HQ does not compare, which it need not */
};

/* What the store has between two keys. */
struct sum {
	unsigned count;
	struct conform_mark mark;
};

static void session_begin(struct session *session, const char *view)
{
	time_t now = time(NULL);
	struct tm parts;
	const struct tm *known = gmtime_r(&now, &parts);

	*session = (struct session){.round = 0};
	conform_random_text(8, session->id);
	(void)snprintf(session->view, sizeof(session->view), "%s", view);
	for (unsigned i = 0; i < CONFORM_KEY_BYTES; i++)
		session->key[i] = (unsigned char)session->id[i];
	br_assert(known != NULL);
	(void)strftime(session->time, sizeof(session->time), "%Y-%m-%dT%H:%M:%S.000Z", known);
}

/* The stock's value of a product of which so much lies in the backroom. */
static struct conform_mark mark_of(
	struct conform_play *play, const struct session *session, unsigned sku)
{
	char value[64];

	br_assert(sku < CONFORM_SKUS);
	(void)snprintf(value, sizeof(value), "%" PRId64 "|0|0|0|0|0|0|0|0|0", play->backroom[sku]);
	return conform_mark_make(
		session->key, br_str_from(conform_sku(play, sku)), br_str_from(value));
}

/* All of ours with lower <= SKU < upper; an empty upper one is the end. */
static struct sum sum_of(struct conform_play *play, const struct session *session,
	struct br_str lower, struct br_str upper)
{
	struct sum sum = {.count = 0};

	for (unsigned i = 0; i < CONFORM_SKUS; i++) {
		struct br_str name = br_str_from(conform_sku(play, i));

		if (play->backroom[i] == 0 || br_str_compare(name, lower) < 0 ||
			(upper.n > 0 && br_str_compare(name, upper) >= 0))
			continue;
		sum.count++;
		sum.mark = conform_mark_add(sum.mark, mark_of(play, session, i));
	}
	br_assert(sum.count <= CONFORM_SKUS);
	return sum;
}

/* Sends a question with `list` as its last member, and waits for HQ's answer to this round. */
static bool ask(
	struct conform_play *play, struct session *session, const char *name, const char *list)
{
	unsigned before = play->heard[CONFORM_RANGES];
	char key[2 * CONFORM_KEY_BYTES + 1], text[4096];
	struct br_str told = {NULL, 0}, view = {NULL, 0}, why = {NULL, 0};
	int64_t round = -1;

	br_assert(list[0] == '[');
	session->round++;
	for (unsigned i = 0; i < CONFORM_KEY_BYTES; i++)
		(void)snprintf(key + 2 * (size_t)i, 3, "%02x", session->key[i]);
	(void)snprintf(text, sizeof(text),
		"{\"type\":\"ranges\",\"session\":\"%s\",\"round\":%u,\"view\":\"%s\",\"key\":\"%"
		"s\","
		"\"after\":0,\"time\":\"%s\",\"%s\":%s}",
		session->id, session->round, session->view, key, session->time, name, list);
	conform_play_send(play, "ctl", br_str_from(text));
	if (!conform_play_await(play, &play->heard[CONFORM_RANGES], before, play->patience_ms))
		return conform_fail(play, "no answer to ranges of the view %s", session->view);
	session->answer = conform_heard(play, CONFORM_RANGES);
	(void)!br_json_string(br_json_member(session->answer, "session"), &told);
	(void)!br_json_string(br_json_member(session->answer, "view"), &view);
	(void)!br_json_i64(br_json_member(session->answer, "round"), &round);
	if (!br_str_is(told, session->id) || !br_str_is(view, session->view) ||
		round != session->round)
		return conform_fail(
			play, "session, round or view of the answer is not the question's");
	session->refused = br_json_string(br_json_member(session->answer, "refused"), &why);
	return !session->refused || conform_fail(play, "HQ refuses to compare the view %s: %.*s",
					    session->view, BR_STR_ARG(why));
}

/* What becomes of a rule whose question has failed. */
static enum conform_outcome outcome_without(const struct session *session)
{
	br_assert(session->round > 0);
	return session->refused ? CONFORM_UNTRIED : CONFORM_FAILED;
}

/* One range, with its count and sum; `more` is added to the count, to make it differ. */
static bool ask_range(struct conform_play *play, struct session *session, const char *lower,
	const char *upper, unsigned more)
{
	char bounds[2][24], text[256], mark[33];
	struct sum sum;

	/* Adding up asks for more names than are kept. */
	(void)snprintf(bounds[0], sizeof(bounds[0]), "%s", lower);
	(void)snprintf(bounds[1], sizeof(bounds[1]), "%s", upper);
	sum = sum_of(play, session, br_str_from(bounds[0]), br_str_from(bounds[1]));
	conform_mark_text(sum.mark, mark);
	(void)snprintf(text, sizeof(text), "[[\"%s\",\"%s\",%u,\"%s\"]]", bounds[0], bounds[1],
		sum.count + more, mark);
	if (!ask(play, session, "ranges", text))
		return false;
	return br_json_count(br_json_member(session->answer, "answers")) == 1 ||
	       conform_fail(play, "one range was asked for, and there is not one answer");
}

static const struct br_json *first_answer(const struct session *session)
{
	br_assert(session->answer != NULL);
	return br_json_first(br_json_member(session->answer, "answers"));
}

/* HQ's stock is ours: the whole of it, in one range. */
static enum conform_outcome all_same(struct conform_play *play, const char *what)
{
	struct session session;
	bool same = false;

	session_begin(&session, "stock");
	if (!ask_range(play, &session, conform_sku(play, 0), conform_sku(play, CONFORM_SKUS), 0))
		return outcome_without(&session);
	br_assert(session.round == 1);
	return conform_outcome_of(
		(br_json_bool(first_answer(&session), &same) && same) ||
		conform_fail(play, "HQ's stock is another than what it was told: %s", what));
}

/* Also finds what was counted twice, or taken though it should not have been. */
enum conform_outcome conform_rule_compare_same(struct conform_play *play)
{
	enum conform_outcome outcome = all_same(play, "all of it is asked for in one range");
	const struct br_json *at;

	if (outcome != CONFORM_PASSED)
		return outcome;
	at = br_json_member(conform_heard(play, CONFORM_RANGES), "at");
	for (unsigned i = 0; i <= CONFORM_STOCK; i++) {
		int64_t number = -1;

		if (!br_json_i64(br_json_member(at, conform_lane_words[i]), &number) ||
			(uint64_t)number != play->last[i])
			return conform_outcome_of(conform_fail(play,
				"at.%s is %" PRId64 ", %" PRIu64 " was acknowledged",
				conform_lane_words[i], number, play->last[i]));
	}
	return CONFORM_PASSED;
}

/* One item of HQ's: [key, the first 16 digits of its mark]. */
static bool item_check(struct conform_play *play, const struct session *session,
	const struct br_json *item, unsigned sku)
{
	const struct br_json *json = br_json_first(item);
	struct br_str key = {NULL, 0}, mark = {NULL, 0};
	const char *name = conform_sku(play, sku);
	char text[33];

	br_assert(play->backroom[sku] != 0);
	conform_mark_text(mark_of(play, session, sku), text);
	text[16] = '\0';
	if (json == NULL || !br_json_string(json, &key) ||
		!br_json_string(br_json_next(json), &mark) || !br_str_is(key, name))
		return conform_fail(play, "items: %s with its mark is expected", name);
	return br_str_is(mark, text) ||
	       conform_fail(play, "items: the mark of %s is %.*s, %s is expected", name,
		       BR_STR_ARG(mark), text);
}

/* Few enough to be told one by one: the first eight. */
enum conform_outcome conform_rule_compare_items(struct conform_play *play)
{
	const struct br_json *items, *item;
	struct session session;
	unsigned sku = 0;

	session_begin(&session, "stock");
	if (!ask_range(play, &session, conform_sku(play, 0), conform_sku(play, 8), 1))
		return outcome_without(&session);
	items = br_json_member(first_answer(&session), "items");
	if (br_json_kind(items) != BR_JSON_ARRAY)
		return conform_outcome_of(
			conform_fail(play, "up to %d items are told one by one", ITEMS_TOLD_MAX));
	item = br_json_first(items);
	for (; sku < 8; sku++) {
		if (play->backroom[sku] == 0)
			continue;
		if (!item_check(play, &session, item, sku))
			return CONFORM_FAILED;
		item = br_json_next(item);
	}
	return conform_outcome_of(item == NULL || conform_fail(play, "items: more than there are"));
}

/* One part of HQ's: [upper, count, sum], from *lower on. */
static bool part_check(struct conform_play *play, const struct session *session,
	const struct br_json *part, struct br_str *lower)
{
	const struct br_json *json = br_json_first(part);
	struct br_str upper, text;
	int64_t count = -1;
	struct sum sum;
	char mark[33];

	if (br_json_count(part) != 3 || !br_json_string(json, &upper) ||
		!br_json_i64(br_json_next(json), &count) ||
		!br_json_string(br_json_next(br_json_next(json)), &text))
		return conform_fail(play, "split: a part is [upper bound, count, sum]");
	br_assert(lower->n > 0);
	/* An empty bound is the end of all keys, and the range ends before it. */
	if (br_str_compare(upper, *lower) <= 0)
		return conform_fail(play, "split: the bounds do not ascend");
	sum = sum_of(play, session, *lower, upper);
	conform_mark_text(sum.mark, mark);
	if (count != sum.count || !br_str_is(text, mark))
		return conform_fail(play,
			"split: [\"%.*s\",\"%.*s\") has %" PRId64 " items with the sum %.*s, %u "
			"with %s are expected",
			BR_STR_ARG(*lower), BR_STR_ARG(upper), count, BR_STR_ARG(text), sum.count,
			mark);
	*lower = upper;
	return true;
}

/* More than can be told one by one: 40 products are stated first. */
enum conform_outcome conform_rule_compare_split(struct conform_play *play)
{
	struct br_str lower, upper;
	struct conform_batch batch;
	const struct br_json *parts;
	struct session session;
	char bounds[2][24];
	size_t n;

	conform_batch_begin(play, &batch, CONFORM_STOCK);
	for (unsigned i = STATED_FIRST; i < STATED_END; i++) {
		const char *name = conform_sku(play, i);

		conform_batch_add(play, &batch, "stock.stated", name,
			"{'sku':'%s','backroom':%u.5}", name, i);
		play->backroom[i] = INT64_C(1000) * i + 500;
	}
	br_assert(batch.n > ITEMS_TOLD_MAX);
	if (!conform_batch_deliver(play, &batch))
		return CONFORM_FAILED;
	session_begin(&session, "stock");
	(void)snprintf(bounds[0], sizeof(bounds[0]), "%s", conform_sku(play, 0));
	(void)snprintf(bounds[1], sizeof(bounds[1]), "%s", conform_sku(play, CONFORM_SKUS));
	lower = br_str_from(bounds[0]);
	upper = br_str_from(bounds[1]);
	if (!ask_range(play, &session, lower.s, upper.s, 1))
		return outcome_without(&session);
	parts = br_json_member(first_answer(&session), "split");
	n = br_json_count(parts);
	if (br_json_kind(parts) != BR_JSON_ARRAY || n < 2 || n > PARTS_MAX)
		return conform_outcome_of(
			conform_fail(play, "more than %d items are cut into 2 to %d parts",
				ITEMS_TOLD_MAX, PARTS_MAX));
	BR_JSON_EACH (part, parts)
		if (!part_check(play, &session, part, &lower))
			return CONFORM_FAILED;
	return conform_outcome_of(
		br_str_equal(lower, upper) ||
		conform_fail(play, "split: the last part does not end as the range"));
}

/*
 * The statement replaces what was before it, and what is behind it is added, in whatever order they
 * come: the movement of 5 comes last, and counts no more.
 */
enum conform_outcome conform_rule_compare_stated(struct conform_play *play)
{
	struct conform_batch early, late;
	int64_t end_ms = conform_now_ms() + play->patience_ms;
	bool came;

	conform_batch_begin(play, &early, CONFORM_STOCK);
	conform_batch_receive(play, &early, BEFORE_SKU, 5);
	conform_batch_begin(play, &late, CONFORM_STOCK);
	conform_batch_add(play, &late, "stock.stated", conform_sku(play, BEFORE_SKU),
		"{'sku':'%s','backroom':7}", conform_sku(play, BEFORE_SKU));
	conform_batch_receive(play, &late, BEFORE_SKU, 1);
	play->backroom[BEFORE_SKU] = 8000;
	br_assert(early.last == late.prev && late.n == 2);
	conform_batch_send(play, &late);
	conform_batch_send(play, &early);
	do {
		came = conform_play_greet(play) && play->has[CONFORM_STOCK].cum_seq >= late.last;
		if (!came && !play->offline) {
			conform_play_rest(play, LOOK_MS);
			conform_batch_send(play, &early);
			conform_batch_send(play, &late);
		}
	} while (!came && !play->offline && conform_now_ms() < end_ms);
	conform_batch_finish(&early);
	conform_batch_finish(&late);
	if (!came)
		return conform_outcome_of(conform_fail(play, "the batches are not acknowledged"));
	return all_same(play, "a product was stated as 7, 1 came behind it and 5 before it");
}

/* The restored store takes back the first event of its past. */
enum conform_outcome conform_rule_compare_withdrawn(struct conform_play *play)
{
	struct conform_batch batch;

	if (play->past_n == 0 || play->backroom[WITHDRAWN_SKU] == 0) {
		(void)conform_fail(play, "no event was taken that could be withdrawn");
		return CONFORM_UNTRIED;
	}
	conform_batch_begin(play, &batch, CONFORM_ORDERS);
	conform_batch_add(play, &batch, "event.withdrawn", conform_sku(play, WITHDRAWN_SKU),
		"{'subject':'%s','type':'stock.moved','withdrawn':%" PRIu64 ",'reason':'repeated'}",
		conform_sku(play, WITHDRAWN_SKU), play->past[0].sequence);
	br_assert(play->past[0].sequence >= play->first_since);
	play->backroom[WITHDRAWN_SKU] = 0;
	if (!conform_batch_deliver(play, &batch))
		return CONFORM_FAILED;
	return all_same(play, "the only movement of a product was withdrawn");
}

/* The newest command about a product that upserts it; NULL when none did. */
static const struct conform_command *product_find(const struct conform_play *play)
{
	const struct conform_commands *commands = &play->commands[CONFORM_DOWN_CATALOG];

	br_assert(commands->n <= CONFORM_COMMANDS_MAX);
	for (unsigned i = commands->n; i > 0; i--) {
		const struct conform_command *found = &commands->items[i - 1];
		bool removed = false;

		if (strcmp(found->type, "product.upsert") != 0 || found->sku[0] == '\0')
			continue;
		for (unsigned j = i; j < commands->n && !removed; j++)
			removed = strcmp(commands->items[j].type, "product.remove") == 0 &&
				  strcmp(commands->items[j].sku, found->sku) == 0;
		if (!removed)
			return found;
	}
	return NULL;
}

/* Waits for a command about the product behind the first `before` of the lane. */
static bool repair_comes(struct conform_play *play, const char *sku, unsigned before)
{
	const struct conform_commands *commands = &play->commands[CONFORM_DOWN_CATALOG];
	int64_t end_ms = conform_now_ms() + play->patience_ms;

	br_assert(sku[0] != '\0' && commands->n <= CONFORM_COMMANDS_MAX);
	do {
		for (unsigned i = before; i < commands->n; i++)
			if (strcmp(commands->items[i].sku, sku) == 0)
				return true;
		conform_play_rest(play, LOOK_MS);
	} while (conform_now_ms() < end_ms && !play->offline);
	return conform_fail(play, "HQ says that it repairs %s, and sends nothing for it", sku);
}

/* Asks about one product that is missing here. */
static bool ask_missing(struct conform_play *play, struct session *session, const char *sku)
{
	struct br_json_out out;
	struct br_text text;
	bool answered;

	br_assert(session->round == 0);
	br_text_init(&text, 1024);
	br_json_out_begin(&out, &text);
	br_json_out_array(&out, NULL);
	br_json_out_array(&out, NULL);
	br_json_out_puts(&out, NULL, sku);
	br_json_out_puts(&out, NULL, "");
	br_json_out_end(&out);
	br_json_out_end(&out);
	answered = br_text_error(&text) == 0 && ask(play, session, "differ", text.bytes);
	br_text_finish(&text);
	return answered;
}

/* The store tells that a product of HQ's is missing here. */
enum conform_outcome conform_rule_compare_repairs(struct conform_play *play)
{
	const struct conform_command *product = product_find(play);
	char sku[CONFORM_ID_BYTES];
	struct session session;
	int64_t repairs = -1;
	unsigned before;

	if (product == NULL) {
		(void)conform_fail(play, "HQ has sent no product.upsert");
		return CONFORM_UNTRIED;
	}
	br_assert(product->seen > 0 && product->sku[0] != '\0');
	memcpy(sku, product->sku, sizeof(sku));
	if (!conform_play_drain(play))
		return play->too_many ? CONFORM_UNTRIED : CONFORM_FAILED;
	before = play->commands[CONFORM_DOWN_CATALOG].n;
	session_begin(&session, "catalogue");
	if (!ask_missing(play, &session, sku))
		return outcome_without(&session);
	if (!br_json_i64(br_json_member(session.answer, "repairs"), &repairs) || repairs != 1)
		return conform_outcome_of(
			conform_fail(play, "repairs is not 1, for %s which is missing here", sku));
	return conform_outcome_of(repair_comes(play, sku, before));
}

/* That command has no answer yet: what is on its way is no difference. */
enum conform_outcome conform_rule_compare_wait(struct conform_play *play)
{
	const struct conform_commands *commands = &play->commands[CONFORM_DOWN_CATALOG];
	struct session session;
	bool wait = false;

	if (commands->answered >= commands->n) {
		(void)conform_fail(play, "no command waits for its answer");
		return CONFORM_UNTRIED;
	}
	session_begin(&session, "catalogue");
	if (!ask(play, &session, "ranges", "[[\"\",\"\",0,\"00000000000000000000000000000000\"]]"))
		return outcome_without(&session);
	if (!br_json_bool(br_json_member(session.answer, "wait"), &wait) || !wait)
		return conform_outcome_of(conform_fail(play,
			"a command of the lane catalog has no answer, and HQ does not say wait"));
	return conform_outcome_of(conform_play_drain(play));
}
