#include "tests/cloud-sync/office.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cloud-sync/same.h"

/* The lanes down. */
#define ORDERS 0
#define CATALOG 1

void office_epoch(uint64_t seed, unsigned generation, char ret_epoch[17])
{
	(void)snprintf(ret_epoch, 17, "%08x%08x", (unsigned)seed, generation);
}

static void office_break(struct office *office, const char *format, ...) BR_PRINTF(2, 3);
static void office_break(struct office *office, const char *format, ...)
{
	va_list arguments;

	if (office->broken[0] != '\0')
		return;
	va_start(arguments, format);
	(void)vsnprintf(office->broken, sizeof(office->broken), format, arguments);
	va_end(arguments);
}

static unsigned upto(struct office *office, unsigned n)
{
	office->random ^= office->random >> 12;
	office->random ^= office->random << 25;
	office->random ^= office->random >> 27;
	return (unsigned)((office->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static struct br_str text_of(const struct br_json *json, const char *name)
{
	struct br_str text = {"", 0};

	(void)!br_json_string(br_json_member(json, name), &text);
	return text;
}

static int64_t milli_of(const struct br_json *json, const char *name)
{
	int64_t milli = 0;

	(void)!br_json_milli(br_json_member(json, name), &milli);
	return milli;
}

static unsigned sku_of(const struct br_json *json)
{
	struct br_str sku = text_of(json, "sku");

	return sku.n == 1 && sku.s[0] >= 'A' && sku.s[0] < 'A' + OFFICE_SKUS
		       ? (unsigned)(sku.s[0] - 'A')
		       : OFFICE_SKUS;
}

int64_t office_may(const struct office *office, unsigned site, unsigned sku)
{
	const struct office_account *account = &office->book.accounts[site];
	int64_t may = account->granted[sku];

	for (unsigned i = 0; i < account->paper_n; i++)
		if (account->papers[i].sku == sku)
			may -= account->papers[i].quantity;
	return may;
}

static void paper_file(struct office_account *account, struct br_str name, unsigned sku,
	int64_t quantity, bool told)
{
	struct office_paper *paper = &account->papers[account->paper_n];

	for (unsigned i = 0; i < account->paper_n; i++)
		if (br_str_is(name, account->papers[i].name))
			return;
	br_assert(account->paper_n < OFFICE_PAPERS_MAX && sku < OFFICE_SKUS);
	*paper = (struct office_paper){.sku = sku, .quantity = quantity, .told = told};
	(void)!br_str_copy(name, paper->name, sizeof(paper->name));
	account->paper_n++;
}

/* True when what spent a right is known from an event alone, and counts no more. */
static bool paper_drop(struct office_account *account, struct br_str name)
{
	for (unsigned i = 0; i < account->paper_n; i++)
		if (account->papers[i].told && br_str_is(name, account->papers[i].name)) {
			account->papers[i] = account->papers[--account->paper_n];
			return true;
		}
	return false;
}

/* The recall of that name, from whichever of its events HQ heard first. */
static struct office_recall *recall_get(struct office_account *account, struct br_str name)
{
	struct office_recall *recall = &account->recalls[account->recall_n];

	for (unsigned i = 0; i < account->recall_n; i++)
		if (br_str_is(name, account->recalls[i].name))
			return &account->recalls[i];
	br_assert(account->recall_n < OFFICE_PAPERS_MAX);
	account->recall_n++;
	*recall = (struct office_recall){.asked = false};
	(void)!br_str_copy(name, recall->name, sizeof(recall->name));
	return recall;
}

static void rights_take(
	struct office_account *account, struct br_str type, const struct br_json *body)
{
	struct br_str name = text_of(body, "recall");
	int64_t quantity = milli_of(body, "quantity");
	unsigned sku = sku_of(body);
	struct office_recall *recall;

	br_assert(sku < OFFICE_SKUS);
	if (br_str_is(type, "org.backroom.rights.granted.v1")) {
		account->granted[sku] += quantity;
		return;
	}
	recall = recall_get(account, name);
	if (br_str_is(type, "org.backroom.rights.recalled.v1")) {
		recall->asked = true;
		recall->sku = sku;
		recall->quantity = quantity;
		return;
	}
	/* A restore may have forgotten that HQ gave this answer. */
	recall->answered = true;
	if (br_str_is(type, "org.backroom.rights.revoked.v1"))
		paper_file(account, name, sku, quantity, true);
}

/* "W12-3" */
static bool order_read(struct br_str order, unsigned *ret_number, unsigned *ret_attempt)
{
	char text[24];

	return br_str_copy(order, text, sizeof(text)) &&
	       sscanf(text, "W%u-%u", ret_number, ret_attempt) == 2;
}

static struct office_wish *wish_find(struct office *office, unsigned number)
{
	for (unsigned i = 0; i < office->book.wish_n; i++)
		if (office->book.wishes[i].number == number)
			return &office->book.wishes[i];
	return NULL;
}

static struct office_wish *wish_add(struct office *office, unsigned number)
{
	struct office_wish *wish = &office->book.wishes[office->book.wish_n];

	if (office->book.wish_n == OFFICE_WISHES_MAX)
		return NULL;
	*wish = (struct office_wish){.number = number};
	office->book.wish_n++;
	return wish;
}

/* The wish whose order a store tells of. A restored HQ may have forgotten it, or where it went. */
static struct office_wish *wish_told(struct office *office, unsigned site, struct br_str order)
{
	struct office_wish *wish;
	unsigned number, attempt;

	if (!order_read(order, &number, &attempt))
		return NULL;
	wish = wish_find(office, number);
	if (wish == NULL)
		wish = wish_add(office, number);
	if (wish == NULL || attempt < wish->attempt)
		return NULL;
	if (attempt > wish->attempt) {
		wish->attempt = attempt;
		wish->site = site;
		wish->state = OFFICE_PLACED;
		wish->accept = wish->cancel = 0;
		wish->rights = wish->accepted = wish->ended = wish->unwanted = false;
	}
	return wish;
}

static void order_take(
	struct office *office, unsigned site, struct br_str type, const struct br_json *body)
{
	struct office_wish *wish = wish_told(office, site, text_of(body, "order"));
	bool line = br_str_is(type, "org.backroom.order.line_offered.v1"), rights = false;

	(void)!br_json_bool(br_json_member(body, "rights"), &rights);
	/* Also of an order that was long given up: what it spent is spent. */
	if (line && rights)
		paper_file(&office->book.accounts[site], text_of(body, "order"), sku_of(body),
			milli_of(body, "quantity"), true);
	if (wish == NULL)
		return;
	if (line) {
		wish->sku = sku_of(body);
		wish->quantity = (unsigned)(milli_of(body, "quantity") / 1000);
		wish->rights = rights;
	} else if (br_str_is(type, "org.backroom.order.accepted.v1")) {
		wish->accepted = true;
	} else if (br_str_is(type, "org.backroom.order.cancelled.v1") ||
		   br_str_is(type, "org.backroom.order.rejected.v1")) {
		wish->ended = true;
	} else if (br_str_is(type, "org.backroom.order.resource_wanted.v1")) {
		wish->unwanted = true;
	} else if (br_str_is(type, "org.backroom.order.handed_over.v1")) {
		wish->state = OFFICE_SERVED;
	}
}

static void event_take(void *owner, const struct br_json *event)
{
	const struct office_ear *ear = owner;
	struct br_str type = text_of(event, "type");
	const struct br_json *body = br_json_member(event, "data");

	if (br_str_is(type, "org.backroom.rights.granted.v1") ||
		br_str_is(type, "org.backroom.rights.recalled.v1") ||
		br_str_is(type, "org.backroom.rights.revoked.v1") ||
		br_str_is(type, "org.backroom.rights.kept.v1"))
		rights_take(&ear->office->book.accounts[ear->site], type, body);
	else if (br_str_starts(type, "org.backroom.order."))
		order_take(ear->office, ear->site, type, body);
}

/* An order that HQ knew from an event alone is at that store no more: its shopper still waits. */
static void order_withdraw(struct office *office, unsigned site, struct br_str order)
{
	struct office_wish *wish;
	unsigned number, attempt;

	if (!paper_drop(&office->book.accounts[site], order) ||
		!order_read(order, &number, &attempt))
		return;
	wish = wish_find(office, number);
	if (wish != NULL && wish->attempt == attempt &&
		(wish->state == OFFICE_PLACED || wish->state == OFFICE_ENDING))
		wish->state = OFFICE_NEW;
}

static void event_withdraw(void *owner, const struct br_json *event)
{
	const struct office_ear *ear = owner;
	struct office_account *account = &ear->office->book.accounts[ear->site];
	const struct br_json *body = br_json_member(event, "data");
	struct br_str type = text_of(event, "type");

	if (br_str_is(type, "org.backroom.order.line_offered.v1"))
		order_withdraw(ear->office, ear->site, text_of(body, "order"));
	else if (br_str_is(type, "org.backroom.rights.revoked.v1"))
		(void)paper_drop(account, text_of(body, "recall"));
}

/*
 * What tells of HQ's own commands it does not refuse: a restored HQ has only this to learn by that
 * it has given a right away. All else it may, as long as it is not to come to rest.
 */
static bool event_refuses(void *owner, struct br_str type)
{
	const struct office_ear *ear = owner;

	if (br_str_starts(type, "org.backroom.order."))
		return !ear->office->settled &&
		       !br_str_is(type, "org.backroom.order.line_offered.v1");
	if (br_str_starts(type, "org.backroom.rights."))
		return !ear->office->settled && !br_str_is(type, "org.backroom.rights.revoked.v1");
	return true;
}

static void command_put(
	struct office *office, unsigned site, unsigned lane, const char *type, struct br_str body)
{
	char json[640], id[32];

	/* A restored HQ may not use an id again that it has forgotten. */
	(void)snprintf(id, sizeof(id), "hq%u-%u", office->generation, ++office->book.commands);
	(void)snprintf(json, sizeof(json), "{\"id\":\"%s\",\"type\":\"%s\",\"data\":%.*s}", id,
		type, BR_STR_ARG(body));
	fake_hq_command(&office->sites[site]->hq, lane, id, json);
}

/* Returns the command's place in the outbox of orders, and one. */
static unsigned command(struct office *office, unsigned site, const char *type, const char *format,
	...) BR_PRINTF(4, 5);
static unsigned command(
	struct office *office, unsigned site, const char *type, const char *format, ...)
{
	char body[256];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(body, sizeof(body), format, arguments);
	va_end(arguments);
	command_put(office, site, ORDERS, type, br_str_from(body));
	return (unsigned)office->sites[site]->hq.outboxes[ORDERS].n;
}

/* The desk's word to all stores. */
static void all_command(void *context, const char *type, const char *body)
{
	struct office *office = context;

	for (unsigned site = 0; site < office->site_n; site++)
		command_put(office, site, CATALOG, type, br_str_from(body));
}

static int64_t now_ms(const struct office *office)
{
	return shop_true_ms(&office->sites[0]->shop);
}

void office_price(struct office *office)
{
	const struct desk_post post = {all_command, office};
	uint64_t random = upto(office, 1u << 30);

	desk_work(&office->book.desk, random, now_ms(office), &post);
}

void office_init(struct office *office, struct site *const sites[], unsigned site_n, uint64_t seed)
{
	const struct desk_post post = {all_command, office};

	br_assert(site_n >= 1 && site_n <= OFFICE_SITES_MAX);
	memset(office, 0, sizeof(*office));
	office->sites = sites;
	office->site_n = site_n;
	office->generation = 1;
	office->seed = seed;
	office->random = seed * UINT64_C(0xD1342543DE82EF95) + 1;
	for (unsigned i = 0; i < site_n; i++) {
		office->ears[i] = (struct office_ear){office, i};
		sites[i]->hq.took = event_take;
		sites[i]->hq.withdrew = event_withdraw;
		sites[i]->hq.refuses = event_refuses;
		sites[i]->hq.owner = &office->ears[i];
	}
	desk_open(&office->book.desk, &post);
}

void office_finish(struct office *office)
{
	free(office->copies);
}

struct repair {
	struct office *office;
	unsigned site;
};

static void repair_command(void *context, const char *type, struct br_str body)
{
	struct repair *repair = context;

	command_put(repair->office, repair->site, CATALOG, type, body);
}

unsigned office_repair(struct office *office, unsigned site)
{
	struct repair repair = {office, site};

	return same_catalogue_differences(&office->sites[site]->shop, &office->sites[site]->hq,
		now_ms(office), repair_command, &repair);
}

void office_wish(struct office *office, unsigned sku, unsigned quantity)
{
	struct office_wish *wish =
		wish_add(office, office->generation * 1000 + ++office->book.wishes_made);

	if (wish == NULL)
		return;
	wish->sku = sku;
	wish->quantity = quantity;
}

/* A store that has granted enough, else now and then one that may have the goods. */
static unsigned site_choose(struct office *office, const struct office_wish *wish, bool *ret_rights)
{
	unsigned first = upto(office, office->site_n);

	*ret_rights = true;
	for (unsigned i = 0; i < office->site_n; i++) {
		unsigned site = (first + i) % office->site_n;

		if (office_may(office, site, wish->sku) >= (int64_t)wish->quantity * 1000 &&
			(wish->attempt == 0 || site != wish->site))
			return site;
	}
	*ret_rights = false;
	return upto(office, 3) == 0 ? first : office->site_n;
}

static void wish_place(struct office *office, struct office_wish *wish)
{
	bool rights;
	unsigned site = site_choose(office, wish, &rights);
	char order[24];

	/* Of an order that HQ and the store have both forgotten nobody knows what it was. */
	if (wish->quantity == 0 || site == office->site_n || wish->attempt == OFFICE_ATTEMPTS_MAX) {
		wish->state = OFFICE_GIVEN_UP;
		office->given_up++;
		return;
	}
	office->placed++;
	office->resourced += wish->attempt > 0;
	wish->attempt++;
	wish->site = site;
	wish->state = OFFICE_PLACED;
	wish->rights = rights;
	wish->cancel = 0;
	wish->accepted = wish->ended = wish->unwanted = false;
	(void)snprintf(order, sizeof(order), "W%u-%u", wish->number, wish->attempt);
	if (rights)
		paper_file(&office->book.accounts[site], br_str_from(order), wish->sku,
			(int64_t)wish->quantity * 1000, false);
	(void)command(office, site, "order.offer",
		"{\"order\":\"%s\",\"channel\":\"web\",\"method\":\"pickup\",\"lines\":[{\"line\":"
		"\"1\",\"sku\":\"%c\",\"quantity\":%u%s}]}",
		order, 'A' + (int)wish->sku, wish->quantity, rights ? ",\"rights\":true" : "");
	wish->accept = command(office, site, "order.accept", "{\"order\":\"%s\"}", order);
}

/* The outcome of a command; "" while there is none. */
static const struct fake_command *command_of(
	const struct office *office, const struct office_wish *wish, unsigned place)
{
	const struct fake_outbox *outbox = &office->sites[wish->site]->hq.outboxes[ORDERS];

	br_assert(place > 0 && place <= outbox->n);
	return &outbox->commands[place - 1];
}

static bool refused(const struct office *office, const struct office_wish *wish, unsigned place)
{
	const struct fake_command *at = place > 0 ? command_of(office, wish, place) : NULL;

	return at != NULL && at->answers > 0 && strcmp(at->outcome, "accepted") != 0;
}

/* A line that spends a right must find it: it was kept back for this order. */
static void spend_check(struct office *office, const struct office_wish *wish)
{
	if (wish->rights && refused(office, wish, wish->accept) &&
		strstr(command_of(office, wish, wish->accept)->code, "insufficient") != NULL)
		office_break(office, "store %u refuses W%u-%u, which spends a right: %s",
			wish->site, wish->number, wish->attempt,
			command_of(office, wish, wish->accept)->code);
}

static void wish_work(struct office *office, struct office_wish *wish)
{
	if (wish->state == OFFICE_NEW) {
		wish_place(office, wish);
	} else if (wish->state == OFFICE_PLACED && wish->ended) {
		wish->state = OFFICE_NEW;
	} else if (wish->state == OFFICE_PLACED && wish->accept == 0 && !wish->accepted) {
		/* Forgotten by a restore, perhaps before it was sent. */
		wish->accept = command(office, wish->site, "order.accept", "{\"order\":\"W%u-%u\"}",
			wish->number, wish->attempt);
	} else if (wish->state == OFFICE_PLACED &&
		   (wish->unwanted || (!wish->accepted && refused(office, wish, wish->accept)))) {
		spend_check(office, wish);
		wish->cancel = command(office, wish->site, "order.cancel",
			"{\"order\":\"W%u-%u\",\"reason\":\"elsewhere\"}", wish->number,
			wish->attempt);
		wish->state = OFFICE_ENDING;
	} else if (wish->state == OFFICE_ENDING && wish->ended) {
		wish->state = OFFICE_NEW;
	} else if (wish->state == OFFICE_ENDING && refused(office, wish, wish->cancel)) {
		/* The shopper has it, or nobody will: either way nothing is sent elsewhere. */
		wish->state = OFFICE_GIVEN_UP;
	}
}

static void recalls_answer(struct office *office, unsigned site)
{
	struct office_account *account = &office->book.accounts[site];

	for (unsigned i = 0; i < account->recall_n; i++) {
		struct office_recall *recall = &account->recalls[i];
		int64_t may = office_may(office, site, recall->sku);
		int64_t back = may < recall->quantity ? may : recall->quantity;

		if (!recall->asked || recall->answered)
			continue;
		recall->answered = true;
		if (back <= 0) {
			(void)command(office, site, "rights.keep",
				"{\"sku\":\"%c\",\"recall\":\"%s\",\"reason\":\"spent\"}",
				'A' + (int)recall->sku, recall->name);
			continue;
		}
		paper_file(account, br_str_from(recall->name), recall->sku, back, false);
		(void)command(office, site, "rights.revoke",
			"{\"sku\":\"%c\",\"recall\":\"%s\",\"quantity\":%" PRId64 "}",
			'A' + (int)recall->sku, recall->name, back / 1000);
	}
}

static bool level(const struct office *office)
{
	for (unsigned i = 0; i < office->site_n; i++)
		if (!fake_hq_level(&office->sites[i]->hq))
			return false;
	return true;
}

void office_work(struct office *office)
{
	if (!level(office))
		return;
	for (unsigned site = 0; site < office->site_n; site++)
		recalls_answer(office, site);
	for (unsigned i = 0; i < office->book.wish_n; i++)
		wish_work(office, &office->book.wishes[i]);
	for (unsigned site = 0; site < office->site_n; site++)
		for (unsigned sku = 0; sku < OFFICE_SKUS; sku++)
			if (office_may(office, site, sku) < 0)
				office_break(office,
					"HQ has spent more of %c than store %u granted",
					'A' + (int)sku, site);
}

bool office_quiet(const struct office *office)
{
	for (unsigned i = 0; i < office->book.wish_n; i++) {
		const struct office_wish *wish = &office->book.wishes[i];

		if (wish->state == OFFICE_NEW || wish->state == OFFICE_ENDING ||
			(wish->state == OFFICE_PLACED && (wish->ended || wish->unwanted)))
			return false;
	}
	return level(office);
}

void office_backup(struct office *office)
{
	if (office->copies == NULL)
		office->copies = calloc(OFFICE_SITES_MAX, sizeof(*office->copies));
	br_assert(office->copies != NULL);
	for (unsigned i = 0; i < office->site_n; i++)
		office->copies[i] = office->sites[i]->hq;
	office->copy_book = office->book;
}

bool office_return(struct office *office)
{
	const struct desk_post post = {all_command, office};

	if (office->copies == NULL)
		return false;
	office->returns++;
	office->generation++;
	office->book = office->copy_book;
	for (unsigned i = 0; i < office->site_n; i++) {
		char epoch[17];

		office_epoch(office->seed, office->generation, epoch);
		fake_hq_return(&office->sites[i]->hq, &office->copies[i], epoch);
	}
	/* What it has forgotten of the policy nothing finds: it says it anew, as the newest. */
	desk_policy(&office->book.desk, office->generation, &post);
	return true;
}
