#include "cloud-sync/range_search.h"

#include <stdlib.h>
#include <string.h>

#include "node/error.h"

#define COUNT_UNKNOWN UINT64_MAX

/* A bound with its bytes, so that it outlives the message it came in. */
struct bound {
	uint8_t n;
	char s[BR_ID_BYTES_MAX];
};

struct waiting {
	struct bound lower, upper;
	uint64_t theirs; /* HQ's count, or COUNT_UNKNOWN */
	bool whole;	 /* was asked and not answered: not to be cut further */
};

struct found {
	uint32_t key_at; /* in `keys` */
	uint8_t key_n;
	bool here, there;
};

struct br_range_search {
	const struct br_range_set *set; /* borrowed */
	struct br_range_head head;
	struct waiting *waiting; /* a stack */
	size_t waiting_n, waiting_space;
	struct waiting asked[BR_RANGES_PER_MESSAGE];
	unsigned asked_n;
	unsigned most; /* ranges asked next: twice as many as HQ's last full message answered */
	struct found *found;
	size_t found_n, found_space;
	struct br_text keys;
	size_t message_n; /* bytes of the message that waits for its answer */
	struct br_range_figures figures;
};

static struct br_str bound_str(const struct bound *bound)
{
	return (struct br_str){bound->s, bound->n};
}

static struct bound bound_of(struct br_str str)
{
	struct bound bound = {.n = (uint8_t)str.n};

	br_assert(str.n <= sizeof(bound.s));
	if (str.n > 0)
		memcpy(bound.s, str.s, str.n);
	return bound;
}

static void invariant_check(const struct br_range_search *search)
{
	br_assert(search->waiting_n <= search->waiting_space);
	br_assert(search->asked_n <= BR_RANGES_PER_MESSAGE);
	br_assert(search->found_n <= BR_RANGE_DIFFERENCES_MAX);
}

static int waiting_push(struct br_range_search *search, const struct waiting *waiting)
{
	if (search->waiting_n == BR_RANGE_WAITING_MAX)
		return BR_E_TOO_LARGE;
	if (search->waiting_n == search->waiting_space) {
		size_t space = search->waiting_space * 2 + 64;
		struct waiting *more =
			reallocarray(search->waiting, space, sizeof(*search->waiting));

		if (more == NULL)
			return BR_E_MEMORY;
		search->waiting = more;
		search->waiting_space = space;
	}
	search->waiting[search->waiting_n++] = *waiting;
	invariant_check(search);
	return 0;
}

int br_range_search_create(const struct br_range_set *set, const struct br_range_head *head,
	struct br_range_search **ret_search)
{
	BR_CLEANUP(br_range_search_cleanup)
	struct br_range_search *search = calloc(1, sizeof(*search));
	struct waiting all = {.theirs = COUNT_UNKNOWN, .whole = true};
	int result;

	if (search == NULL)
		return BR_E_MEMORY;
	search->set = set;
	search->head = *head;
	search->most = BR_RANGES_PER_MESSAGE;
	br_text_init(&search->keys, BR_RANGE_DIFFERENCES_MAX * BR_ID_BYTES_MAX);
	/* One range for all: where nothing differs this is the whole conversation. */
	result = waiting_push(search, &all);
	if (result < 0)
		return result;
	invariant_check(search);
	*ret_search = BR_TAKE(search);
	return 0;
}

void br_range_search_destroy(struct br_range_search *search)
{
	if (search == NULL)
		return;
	invariant_check(search);
	free(search->waiting);
	free(search->found);
	br_text_finish(&search->keys);
	free(search);
}

/* The items of this side in a range. */
static void own_find(const struct br_range_search *search, const struct waiting *range,
	size_t *ret_from, size_t *ret_until)
{
	*ret_from = br_range_set_find(search->set, bound_str(&range->lower));
	*ret_until = range->upper.n > 0 ? br_range_set_find(search->set, bound_str(&range->upper))
					: br_range_set_n(search->set);
	br_assert(*ret_from <= *ret_until);
}

static struct br_range range_of(const struct br_range_search *search, const struct waiting *range)
{
	size_t from, until;

	own_find(search, range, &from, &until);
	br_assert(until <= br_range_set_n(search->set));
	return (struct br_range){bound_str(&range->lower), bound_str(&range->upper), until - from,
		br_range_set_sum(search->set, from, until)};
}

/* Takes note of a difference, unless there are as many already as one search may find. */
static int found_add(struct br_range_search *search, struct br_str key, bool here, bool there)
{
	struct found *found;

	br_assert(here || there);
	if (search->found_n == BR_RANGE_DIFFERENCES_MAX)
		return 0;
	if (search->found_n == search->found_space) {
		size_t space = search->found_space * 2 + 64;

		found = reallocarray(search->found, space, sizeof(*found));
		if (found == NULL)
			return BR_E_MEMORY;
		search->found = found;
		search->found_space = space;
	}
	found = &search->found[search->found_n++];
	*found = (struct found){(uint32_t)search->keys.n, (uint8_t)key.n, here, there};
	br_text_add_str(&search->keys, key);
	invariant_check(search);
	return br_text_error(&search->keys);
}

/* Asks for `range` in this message, cut into parts of this side's items where that is worth it. */
static void range_cut(struct br_range_search *search, const struct waiting *range)
{
	size_t from, until, parts = 1;
	struct waiting part = {.lower = range->lower, .theirs = COUNT_UNKNOWN, .whole = true};

	own_find(search, range, &from, &until);
	/* Parts of fewer items than that would cost more than telling the items. */
	if (!range->whole && range->theirs > BR_RANGE_LEAF && until - from > BR_RANGE_LEAF)
		parts = (until - from) / (BR_RANGE_LEAF / 2);
	if (parts > BR_RANGE_FANOUT)
		parts = BR_RANGE_FANOUT;
	br_assert(search->asked_n + parts <= BR_RANGES_PER_MESSAGE);
	for (size_t i = 1; i < parts; i++) {
		size_t border = from + (until - from) * i / parts;

		part.upper = bound_of(br_range_set_key(search->set, border));
		br_assert(br_str_compare(bound_str(&part.lower), bound_str(&part.upper)) < 0);
		search->asked[search->asked_n++] = part;
		part.lower = part.upper;
	}
	part.upper = range->upper;
	search->asked[search->asked_n++] = part;
}

/* Moves ranges from those that wait to those that are asked now. */
static void asked_fill(struct br_range_search *search)
{
	unsigned most = search->most;

	br_assert(search->asked_n == 0);
	if (most < BR_RANGE_FANOUT)
		most = BR_RANGE_FANOUT;
	if (most > BR_RANGES_PER_MESSAGE)
		most = BR_RANGES_PER_MESSAGE;
	while (search->waiting_n > 0 && search->asked_n + BR_RANGE_FANOUT <= most)
		range_cut(search, &search->waiting[--search->waiting_n]);
	br_assert(search->asked_n > 0 || search->waiting_n == 0);
}

/* Writes as many of the asked ranges as fit and puts the others back. */
static int asked_write(struct br_range_search *search, struct br_text *text)
{
	struct br_range before = {.count = 0};
	struct br_json_out out;
	unsigned i;

	br_assert(search->asked_n > 0);
	br_range_message_begin(&out, text, &search->head, search->figures.rounds + 1, "ranges");
	for (i = 0; i < search->asked_n && br_range_message_fits(text); i++) {
		struct br_range range = range_of(search, &search->asked[i]);

		br_range_write(&out, &range, i > 0 ? &before : NULL);
		before = range;
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
	while (search->asked_n > i) {
		int result = waiting_push(search, &search->asked[--search->asked_n]);

		if (result < 0)
			return result;
	}
	search->message_n = text->n;
	return br_text_error(text);
}

int br_range_search_write(struct br_range_search *search, struct br_text *text)
{
	int result;

	invariant_check(search);
	if (search->found_n == BR_RANGE_DIFFERENCES_MAX)
		return 0;
	if (search->figures.rounds == BR_RANGE_ROUNDS_MAX)
		return BR_E_TOO_LARGE;
	if (search->asked_n == 0)
		asked_fill(search);
	if (search->asked_n == 0)
		return 0;
	result = asked_write(search, text);
	return result < 0 ? result : 1;
}

/* HQ's items of a range against this side's: both are in order. */
static int items_compare(struct br_range_search *search, const struct waiting *range,
	const struct br_range_item *items, unsigned n)
{
	unsigned i = 0;
	int result = 0;
	size_t own, until;

	own_find(search, range, &own, &until);
	while (result == 0 && (i < n || own < until)) {
		struct br_str key = own < until ? br_range_set_key(search->set, own) : BR_STR("");
		int order = own == until ? 1 : i == n ? -1 : br_str_compare(key, items[i].key);

		if (order < 0) {
			result = found_add(search, key, true, false);
		} else if (order > 0) {
			result = found_add(search, items[i].key, false, true);
		} else if (br_range_set_mark(search->set, own).high != items[i].mark) {
			result = found_add(search, key, true, true);
		}
		own += order <= 0;
		i += order >= 0;
	}
	br_assert(result < 0 || (i == n && own == until));
	return result;
}

static int own_found(struct br_range_search *search, const struct waiting *range)
{
	size_t from, until;
	int result = 0;

	own_find(search, range, &from, &until);
	for (; from < until && result == 0; from++)
		result = found_add(search, br_range_set_key(search->set, from), true, false);
	br_assert(result <= 0);
	return result;
}

/* HQ's parts of a range: those that are not the same here wait to be asked. */
static int parts_take(struct br_range_search *search, const struct waiting *range,
	const struct br_range *parts, unsigned n)
{
	int result = 0;

	br_assert(n > 0);
	/* From the last to the first, so that the first lies on top. */
	for (unsigned i = n; i > 0 && result == 0; i--) {
		const struct br_range *theirs = &parts[i - 1];
		struct waiting part = {.theirs = theirs->count};
		struct br_range own;

		part.lower = i > 1 ? bound_of(theirs->lower) : range->lower;
		part.upper = i < n ? bound_of(theirs->upper) : range->upper;
		own = range_of(search, &part);
		if (own.count == theirs->count && br_range_sum_equal(own.sum, theirs->sum))
			continue;
		result = theirs->count > 0 ? waiting_push(search, &part) : own_found(search, &part);
	}
	return result;
}

/* The parts must fill the range exactly, and be more than one: else the search would not end. */
static bool parts_fit(const struct waiting *range, const struct br_range *parts, unsigned n)
{
	struct br_str lower = bound_str(&range->lower), upper = bound_str(&range->upper);

	if (n < 2 || !br_str_equal(parts[n - 1].upper, upper))
		return false;
	br_assert(parts[0].lower.n == 0);
	return br_str_compare(lower, parts[0].upper) < 0 &&
	       (upper.n == 0 || br_str_compare(parts[n - 2].upper, upper) < 0);
}

static bool items_fit(const struct waiting *range, const struct br_range_item *items, unsigned n)
{
	struct br_str upper = bound_str(&range->upper);

	br_assert(upper.n == 0 || range->lower.n == 0 ||
		  br_str_compare(bound_str(&range->lower), upper) < 0);
	return n == 0 || (br_str_compare(items[0].key, bound_str(&range->lower)) >= 0 &&
				 (upper.n == 0 || br_str_compare(items[n - 1].key, upper) < 0));
}

static int answer_take(struct br_range_search *search, const struct waiting *range,
	const struct br_range_reply *reply, const struct br_range_answer *answer,
	struct br_fault *fault)
{
	const struct br_range *parts = reply->parts + answer->first;
	const struct br_range_item *items = reply->items + answer->first;

	br_assert(answer->first + answer->n <= BR_RANGE_ITEMS_TOLD_MAX);
	if (answer->told == BR_RANGE_SAME)
		return 0;
	if (answer->told == BR_RANGE_SPLIT)
		return parts_fit(range, parts, answer->n)
			       ? parts_take(search, range, parts, answer->n)
			       : br_fault_set(fault, BR_E_INVALID,
					 "split: the parts do not fill the range that was asked");
	return items_fit(range, items, answer->n)
		       ? items_compare(search, range, items, answer->n)
		       : br_fault_set(fault, BR_E_INVALID,
				 "items: a key that is not in the range that was asked");
}

int br_range_search_take(struct br_range_search *search, const struct br_range_reply *reply,
	size_t payload_n, struct br_fault *fault)
{
	unsigned asked_n = search->asked_n;
	int result = 0;

	invariant_check(search);
	if (reply->kind != BR_REPLY_ANSWERS || asked_n == 0 ||
		strcmp(reply->session, search->head.session) != 0 ||
		reply->view != search->head.view || reply->round != search->figures.rounds + 1)
		return 0;
	if (reply->answer_n == 0 || reply->answer_n > asked_n)
		return br_fault_set(
			fault, BR_E_INVALID, "answers: %u to %u ranges", reply->answer_n, asked_n);
	/* What was not answered goes below what the answers open up. */
	for (unsigned i = asked_n; i > reply->answer_n && result == 0; i--)
		result = waiting_push(search, &search->asked[i - 1]);
	for (unsigned i = 0; i < reply->answer_n && result == 0; i++)
		result = answer_take(search, &search->asked[i], reply, &reply->answers[i], fault);
	if (result < 0)
		return result;
	search->asked_n = 0;
	search->most = reply->answer_n < asked_n ? reply->answer_n * 2 : BR_RANGES_PER_MESSAGE;
	search->figures.rounds++;
	search->figures.up_bytes += search->message_n;
	search->figures.dn_bytes += payload_n;
	return 1;
}

size_t br_range_search_found(const struct br_range_search *search)
{
	br_assert(search->found_n <= search->found_space);
	return search->found_n;
}

struct br_range_difference br_range_search_difference(
	const struct br_range_search *search, size_t index)
{
	const struct found *found = &search->found[index];

	br_assert(index < search->found_n);
	return (struct br_range_difference){
		{search->keys.bytes + found->key_at, found->key_n}, found->here, found->there};
}

struct br_range_figures br_range_search_figures(const struct br_range_search *search)
{
	struct br_range_figures figures = search->figures;

	invariant_check(search);
	figures.complete = search->waiting_n == 0 && search->asked_n == 0 &&
			   search->found_n < BR_RANGE_DIFFERENCES_MAX;
	return figures;
}
