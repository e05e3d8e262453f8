/*
 * Persons through the core: what is said of them is nowhere plain, is read by those who may, and is
 * gone from every file once it is erased. _GNU_SOURCE is for memmem() and nftw().
 */
#define _GNU_SOURCE
#include "node/customer.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/backup.h"
#include "node/folder.h"
#include "node/keys_inside.h"
#include "node/task.h"
#include "node/timer.h"
#include "tests/node/order_bench.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

static struct bench bench;

static void begin(const char *name)
{
	bench_open(&bench, name);
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':90}"), 0);
}

/* What the files hold is proven in all of them: the rows must add up, too. */
static void end(void)
{
	bench_verify(&bench);
	bench_close(&bench);
}

/* What is looked for in raw files, and what was found. */
static struct {
	const void *bytes;
	size_t n;
	unsigned files, hits;
	char last[512];
} hunt;

static int file_look(const char *path, const struct stat *file, int kind, struct FTW *at)
{
	size_t n = 0;
	char *content;

	(void)at;
	if (kind != FTW_F || file->st_size == 0)
		return 0;
	content = test_file_read(path, &n);
	hunt.files++;
	if (memmem(content, n, hunt.bytes, hunt.n) != NULL) {
		hunt.hits++;
		(void)snprintf(hunt.last, sizeof(hunt.last), "%s", path);
	}
	free(content);
	return 0;
}

/* In how many files below the test's folder these bytes are. */
static unsigned hits(const void *bytes, size_t n)
{
	hunt.bytes = bytes;
	hunt.n = n;
	hunt.files = hunt.hits = 0;
	REQUIRE(nftw(test_folder(), file_look, 16, FTW_PHYS) == 0);
	CHECK(hunt.files > 2);
	return hunt.hits;
}

/* The key of a person as it is now. */
static struct br_person_key key_of(struct br_person person)
{
	struct br_person_key key = {.id = 0};

	CHECK_INT(br_keys_find(bench.keys, br_str_from(person.name), 0, &key), 0);
	return key;
}

static bool key_there(struct br_person person)
{
	struct br_person_key key;

	return br_keys_find(bench.keys, br_str_from(person.name), 0, &key) == 0;
}

/* Every word that could give somebody away is one of these. */
static const char *const words[] = {"Grimhilde", "Quacksalber", "Schlotterstein", "grimhilde@post",
	"LOYAL-7781", "Wartburg-beige", "klingelt-dreimal", "Gurke-wie-letztes-Mal",
	"vergass-ihren-Schirm", "Pass-von-Grimhilde", "Zweitname", "ABXY77", "sms-erlaubt"};

static void nothing_is_plain(const char *when)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(words); i++)
		if (!CHECK_INT(hits(words[i], strlen(words[i])), 0))
			printf("%s: %s is in %s\n", when, words[i], hunt.last);
}

/* An order from beginning to end with something of the person in every field there is. */
static void life_live(const char *order, const char *customer)
{
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'%s','method':'curbside'%s,'person':'Grimhilde Quacksalber',"
			  "'surname':'Schlotterstein','code':'ABXY77','vehicle':'Wartburg-beige',"
			  "'note':'klingelt-dreimal','lines':[{'line':'1','sku':'A','quantity':3,"
			  "'policy':'any','note':'Gurke-wie-letztes-Mal'}]}",
			  order, customer),
		0);
	CHECK_INT(bench_do(&bench, "order.hold", "{'order':'%s','reason':'vergass-ihren-Schirm'}",
			  order),
		0);
	CHECK_INT(bench_do(&bench, "order.release", "{'order':'%s','reason':'Grimhilde rief an'}",
			  order),
		0);
	CHECK_INT(bench_do(&bench, "order.update",
			  "{'order':'%s','person':'Zweitname','surname':'Schlotterstein',"
			  "'note':'klingelt-dreimal'}",
			  order),
		0);
	order_go(&bench, order, "accept pick stage ready");
	CHECK_INT(bench_do(&bench, "order.arrive",
			  "{'order':'%s','vehicle':'Wartburg-beige','bay':'2'}", order),
		0);
	CHECK_INT(bench_do(&bench, "order.hand_over",
			  "{'order':'%s','surname':'Schlotterstein','code':'NOPE99'}", order),
		BR_REFUSAL_WRONG_CODE);
	CHECK_INT(bench_do(&bench, "order.hand_over",
			  "{'order':'%s','waived':'Pass-von-Grimhilde'}", order),
		0);
	CHECK_INT(bench_do(&bench, "order.close", "{'order':'%s','reason':'vergass-ihren-Schirm'}",
			  order),
		0);
	/* Refused, and yet an event. */
	CHECK_INT(bench_do(&bench, "order.cancel", "{'order':'%s','reason':'Grimhilde will nicht'}",
			  order),
		BR_REFUSAL_ILLEGAL_MOVE);
	/* Refused, and none: no order, so that nobody is known. */
	CHECK_INT(bench_do(&bench, "order.hold", "{'order':'nowhere','reason':'Grimhilde wartet'}"),
		BR_REFUSAL_UNKNOWN_ORDER);
}

static void customer_put(const char *more)
{
	CHECK_INT(
		bench_do(&bench, "customer.upsert",
			"{'customer':'C-7','name':'Grimhilde Quacksalber',"
			"'contact':'grimhilde@post','loyalty':'LOYAL-7781',"
			"'consents':[{'purpose':'sms-erlaubt','given':'2026-02-01T10:00:00Z'}]%s}",
			more),
		0);
}

static const char *json_of(const struct br_shape *shape, const void *record)
{
	static struct br_text text;
	struct br_opener opener = br_person_opener(bench.keys);
	struct br_json_out out;

	br_text_finish(&text);
	br_text_init(&text, 10000);
	br_json_out_begin(&out, &text);
	out.opener = &opener;
	br_json_out_object(&out, NULL);
	br_record_to_json(shape, record, &out);
	br_json_out_end(&out);
	REQUIRE(br_text_error(&text) == 0);
	return text.bytes;
}

static const char *order_json(const char *name)
{
	struct br_order order = order_of(&bench, name);

	return json_of(&br_order_shape, &order);
}

static void backup_take(const char *name)
{
	char path[700];
	struct br_fault fault = {.text = ""};

	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	CHECK_INT(br_backup(bench.store, bench.keys->store, path, BR_STR("0412"), BENCH_NOW_MS,
			  NULL, &fault),
		0);
	CHECK_TEXT(fault.text, "");
}

/*
 * The proof. Before anything is erased nothing said of anybody is plain in any raw file, used page
 * or not, while the keys themselves are found in the keys' file: so the search does find what is
 * there. After it neither is anywhere, backups made since included.
 */
static void test_what_is_erased_is_in_no_file(void)
{
	struct br_person customer = br_person_of_customer(BR_STR("C-7"));
	struct br_person alone = br_person_of_order(BR_STR("O-2")),
			 other = br_person_of_order(BR_STR("O-3"));
	struct br_person_key key, alone_key, other_key;

	begin("proof");
	customer_put("");
	life_live("O-1", ",'customer':'C-7'");
	life_live("O-2", "");
	life_live("O-3", "");
	nothing_is_plain("before");
	key = key_of(customer);
	alone_key = key_of(alone);
	other_key = key_of(other);
	CHECK_INT(hits(key.bytes, sizeof(key.bytes)), 1);
	CHECK_INT(hits(alone_key.bytes, sizeof(alone_key.bytes)), 1);
	CHECK_HAS(order_json("O-1"), "\"person\":\"Zweitname\"");
	CHECK_HAS(order_json("O-1"), "\"vehicle\":\"Wartburg-beige\"");
	CHECK_INT(bench_do(&bench, "customer.erase", "{'customer':'C-7','associate':'eva'}"), 0);
	CHECK_INT(hits(key.bytes, sizeof(key.bytes)), 0);
	CHECK_HAS(order_json("O-1"), "\"person\":null");
	CHECK_HAS(order_json("O-1"), "\"vehicle\":null");
	CHECK_HAS(order_json("O-2"), "\"person\":\"Zweitname\"");
	CHECK_INT(bench_do(&bench, "customer.erase", "{'order':'O-2','associate':'eva'}"), 0);
	CHECK_INT(hits(alone_key.bytes, sizeof(alone_key.bytes)), 0);
	CHECK_HAS(order_json("O-2"), "\"note\":null");
	/* Who was not meant is still there. */
	CHECK_INT(hits(other_key.bytes, sizeof(other_key.bytes)), 1);
	CHECK_HAS(order_json("O-3"), "\"note\":\"klingelt-dreimal\"");
	backup_take("since");
	nothing_is_plain("after");
	CHECK_INT(hits(key.bytes, sizeof(key.bytes)), 0);
	bench_reopen(&bench);
	CHECK_HAS(order_json("O-1"), "\"person\":null");
	CHECK_HAS(order_json("O-3"), "\"person\":\"Zweitname\"");
	end();
}

/* What the journal says of it names nobody, and the central system hears of it. */
static void test_the_event_says_only_that(void)
{
	const struct br_customer_erased *erased;
	struct br_event event;

	begin("event");
	customer_put("");
	CHECK_INT(bench_do(&bench, "customer.erase", "{'customer':'C-7','associate':'eva'}"), 0);
	event = bench_event(&bench, bench.answer.sequence);
	CHECK_INT(event.kind, BR_EVENT_CUSTOMER_ERASED);
	CHECK_INT(br_event_type(&event)->lane, BR_LANE_ORDERS);
	CHECK_STR(br_event_type(&event)->subject(&event), "C-7");
	erased = event.body;
	CHECK_STR(erased->customer, "C-7");
	CHECK_STR(erased->order, "");
	CHECK_INT(erased->why, BR_ERASED_ASKED);
	CHECK_INT(bench_do(&bench, "customer.erase", "{'customer':'unheard-of','associate':'eva'}"),
		0);
	end();
}

static void test_who_may_erase(void)
{
	static const struct bench_refused rows[] = {
		{"customer.erase", "{}", "either this or order", BR_REFUSAL_MALFORMED},
		{"customer.erase", "{'customer':'C-7','order':'O'}", "either this or order",
			BR_REFUSAL_MALFORMED},
		{"customer.erase", "{'order':'nowhere','associate':'eva'}", "not known here",
			BR_REFUSAL_UNKNOWN_ORDER},
		{"customer.erase", "{'customer':'C-7','associate':'tom'}", "eva",
			BR_REFUSAL_NOT_ALLOWED},
	};

	begin("may");
	customer_put("");
	CHECK_INT(bench_do(&bench, "policy.set", "{'managers':['eva']}"), 0);
	bench_refuses(&bench, rows, BR_ARRAY_LEN(rows));
	CHECK(key_there(br_person_of_customer(BR_STR("C-7"))));
	/* The central system owns its customers, and has no associates. */
	bench.actor = "hq";
	CHECK_INT(bench_do(&bench, "customer.erase", "{'customer':'C-7'}"), 0);
	CHECK(!key_there(br_person_of_customer(BR_STR("C-7"))));
	end();
}

static void test_the_central_systems_version_counts(void)
{
	struct br_customer customer;

	begin("version");
	customer_put(",'version':5");
	CHECK_INT(
		bench_do(&bench, "customer.upsert", "{'customer':'C-7','name':'Old','version':4}"),
		BR_REFUSAL_VERSION);
	CHECK_INT(bench_do(&bench, "customer.upsert",
			  "{'customer':'C-7','until':'2026-02-01T00:00:00Z'}"),
		BR_REFUSAL_EXPIRED);
	CHECK_INT(
		bench_do(&bench, "customer.upsert", "{'customer':'C-7','name':'New','version':6}"),
		0);
	REQUIRE(br_customer_get(bench_read(&bench), BR_STR("C-7"), &bench.arena, &customer) == 0);
	CHECK_HAS(json_of(&br_customer_shape, &customer), "\"name\":\"New\"");
	CHECK_INT(customer.until, BENCH_NOW_MS + 30 * DAY_MS);
	CHECK_STR(customer.contact, "");
	end();
}

/* The next timer of a person; false when none stands. */
static bool person_timer(struct br_timer *ret_timer)
{
	struct br_timer *after = NULL;

	while (br_timer_next(bench_read(&bench), after, ret_timer)) {
		if (ret_timer->kind == BR_TIMER_CUSTOMER || ret_timer->kind == BR_TIMER_FORGET ||
			ret_timer->kind == BR_TIMER_FORGET_DAY)
			return true;
		after = ret_timer;
	}
	return false;
}

/* Lets the person's timer fire at its time. */
static enum br_refusal timer_fire(void)
{
	char at[BR_TIME_TEXT_BYTES];
	struct br_timer timer;

	REQUIRE(person_timer(&timer));
	br_time_format(timer.at_ms, at);
	return bench_do(
		&bench, br_timer_commands[timer.kind], "{'key':'%s','at':'%s'}", timer.key, at);
}

static int64_t hour_above(int64_t at_ms)
{
	return (at_ms + HOUR_MS - 1) / HOUR_MS * HOUR_MS;
}

static void test_an_order_forgets_its_person(void)
{
	struct br_timer timer;
	struct br_person_key key;

	begin("forget");
	order_offer(&bench, "O", "pickup", ",'person':'Grimhilde'");
	key = key_of(br_person_of_order(BR_STR("O")));
	CHECK(!person_timer(&timer));
	order_go(&bench, "O", "accept pick ready hand_over");
	REQUIRE(person_timer(&timer));
	CHECK_INT(timer.at_ms, hour_above(BENCH_NOW_MS + 30 * DAY_MS));
	CHECK_INT(bench_do(&bench, "customer.forget", "{'key':'O','at':'2026-03-01T10:00:00Z'}"),
		BR_REFUSAL_ALREADY);
	bench.now_ms += 31 * DAY_MS;
	CHECK_INT(timer_fire(), 0);
	CHECK_INT(hits(key.bytes, sizeof(key.bytes)), 0);
	CHECK_HAS(order_json("O"), "\"person\":null");
	CHECK(!person_timer(&timer));
	/* A word that comes even later has a key and a time of its own. */
	CHECK_INT(bench_do(&bench, "order.close", "{'order':'O','reason':'Grimhilde war da'}"), 0);
	CHECK_HAS(order_json("O"), "\"person\":null");
	CHECK_HAS(order_json("O"), "\"reason\":\"Grimhilde war da\"");
	REQUIRE(person_timer(&timer));
	CHECK_INT(timer.at_ms, hour_above(bench.now_ms + 30 * DAY_MS));
	CHECK_INT(timer_fire(), 0);
	CHECK_HAS(order_json("O"), "\"reason\":null");
	end();
}

/* An order that says nothing of anybody has no key, no timer and no erasure. */
static void test_nobody_needs_no_key(void)
{
	struct br_timer timer;

	begin("nobody");
	order_offer(&bench, "O", "pickup", ",'code':'AB12','surname':'Lee'");
	order_go(&bench, "O", "accept pick ready");
	CHECK_INT(bench_do(&bench, "order.hand_over", "{'order':'O','code':'AB12'}"), 0);
	order_go(&bench, "O", "close");
	CHECK_INT(br_keys_count(bench.keys), 0);
	CHECK(!person_timer(&timer));
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_PERSON), 0);
	/* Nor has a command that is refused. */
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'X','method':'pickup','person':'Grimhilde','lines':"
			  "[{'line':'1','sku':'none','quantity':1}]}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(br_keys_count(bench.keys), 0);
	end();
}

/* A customer is kept as long as the central system says, and as long as an order is open. */
static void test_how_long_a_customer_is_kept(void)
{
	struct br_timer timer;

	begin("long");
	customer_put(",'until':'2026-06-01T00:00:00Z'");
	order_offer(&bench, "O", "pickup", ",'customer':'C-7','person':'Grimhilde'");
	CHECK(!person_timer(&timer));
	order_go(&bench, "O", "accept pick ready hand_over");
	REQUIRE(person_timer(&timer));
	CHECK_INT(timer.at_ms, INT64_C(1780272000000));
	/* A shorter time does not outrun the order's. */
	customer_put(",'until':'2026-03-05T00:00:00Z'");
	REQUIRE(person_timer(&timer));
	CHECK_INT(timer.at_ms, hour_above(BENCH_NOW_MS + 30 * DAY_MS));
	CHECK_INT(bench_do(&bench, "policy.set", "{'person_days':7}"), 0);
	order_offer(&bench, "O2", "pickup", ",'customer':'C-7'");
	CHECK(!person_timer(&timer));
	bench.now_ms += DAY_MS;
	order_go(&bench, "O2", "cancel");
	REQUIRE(person_timer(&timer));
	CHECK_INT(timer.at_ms, hour_above(bench.now_ms + 7 * DAY_MS));
	CHECK_INT(timer_fire(), 0);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_CUSTOMER), 0);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_PERSON), 0);
	end();
}

/* What is split off belongs to the same person: neither is forgotten before the other. */
static void test_a_split_order_has_its_parents_person(void)
{
	struct br_timer timer;

	begin("split");
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'O','method':'pickup','person':'Grimhilde','lines':["
			  "{'line':'1','sku':'A','quantity':1},{'line':'2','sku':'B','quantity':1}]"
			  "}"),
		0);
	CHECK_INT(bench_do(&bench, "order.split",
			  "{'order':'O','into':'O-b','lines':[{'line':'2'}],'reason':'Gurke'}"),
		0);
	CHECK_INT(bench_do(&bench, "order.update", "{'order':'O-b','note':'klingelt'}"), 0);
	CHECK_INT(br_keys_count(bench.keys), 1);
	CHECK_INT(bench_do(&bench, "order.cancel", "{'order':'O','reason':'Gurke'}"), 0);
	CHECK(!person_timer(&timer));
	CHECK_HAS(order_json("O-b"), "\"person\":\"Grimhilde\"");
	CHECK_INT(bench_do(&bench, "order.cancel", "{'order':'O-b'}"), 0);
	CHECK(person_timer(&timer));
	CHECK_INT(bench_do(&bench, "customer.erase", "{'order':'O-b','associate':'eva'}"), 0);
	CHECK_HAS(order_json("O"), "\"person\":null");
	CHECK_HAS(order_json("O-b"), "\"note\":null");
	CHECK_INT(br_keys_count(bench.keys), 0);
	end();
}

/* Erased in one turn and back in it: what is new stays readable, what was before does not. */
static void test_who_comes_back_in_the_same_turn(void)
{
	begin("back");
	order_offer(&bench, "O1", "pickup", ",'customer':'C-7','person':'Grimhilde'");
	CHECK_INT(bench_submit(&bench, "e", "customer.erase",
			  "{'customer':'C-7','associate':'eva'}", false),
		0);
	CHECK_INT(bench_submit(&bench, "o", "order.offer",
			  "{'order':'O2','method':'pickup','customer':'C-7','person':'Grimhilde',"
			  "'lines':[{'line':'1','sku':'A','quantity':1}]}",
			  false),
		0);
	bench_commit(&bench);
	CHECK_HAS(order_json("O1"), "\"person\":null");
	CHECK_HAS(order_json("O2"), "\"person\":\"Grimhilde\"");
	CHECK_INT(br_keys_count(bench.keys), 1);
	bench_reopen(&bench);
	CHECK_HAS(order_json("O2"), "\"person\":\"Grimhilde\"");
	end();
}

/* The same id twice: the same words are a repeat, other words a conflict, and after the erasure
 * nobody can tell, so the id counts. */
static void test_repeats_and_conflicts(void)
{
	static const char *const body =
		"{'order':'O','method':'pickup','person':'%s','lines':[{'line':'1',"
		"'sku':'A','quantity':1}]}";
	char same[256], other[256];

	(void)snprintf(same, sizeof(same), body, "Grimhilde");
	(void)snprintf(other, sizeof(other), body, "Kunigunde");
	begin("repeat");
	CHECK_INT(bench_submit(&bench, "1", "order.offer", same, true), 0);
	CHECK_INT(bench_submit(&bench, "1", "order.offer", same, true), 0);
	CHECK_INT(bench_submit(&bench, "1", "order.offer", other, true), BR_REFUSAL_CONFLICT);
	CHECK_INT(bench_submit(&bench, "1", "order.offer",
			  "{'order':'O','method':'pickup','lines':[{'line':'1','sku':'A',"
			  "'quantity':1}]}",
			  true),
		BR_REFUSAL_CONFLICT);
	CHECK_INT(bench_submit(&bench, "2", "order.release", "{'order':'O'}", true),
		BR_REFUSAL_ILLEGAL_MOVE);
	CHECK_INT(bench_submit(&bench, "2", "order.release", "{'order':'O','reason':'x'}", true),
		BR_REFUSAL_CONFLICT);
	CHECK_INT(bench_submit(
			  &bench, "3", "order.hand_over", "{'surname':'Lee','code':'AB12'}", true),
		BR_REFUSAL_WRONG_CODE);
	CHECK_INT(bench_submit(
			  &bench, "3", "order.hand_over", "{'surname':'Lee','code':'AB12'}", true),
		BR_REFUSAL_WRONG_CODE);
	CHECK_INT(bench_submit(
			  &bench, "3", "order.hand_over", "{'surname':'Lee','code':'AB13'}", true),
		BR_REFUSAL_CONFLICT);
	CHECK_INT(bench_do(&bench, "customer.erase", "{'order':'O','associate':'eva'}"), 0);
	CHECK_INT(bench_submit(&bench, "1", "order.offer", other, true), 0);
	CHECK_INT(bench_submit(&bench, "1", "order.offer", same, true), 0);
	/* A repeat makes no key for somebody who was erased. */
	CHECK_INT(br_keys_count(bench.keys), 0);
	end();
}

static int commit_fail(void *context, const char *call)
{
	int *left = context;

	if (strcmp(call, "commit") != 0)
		return 0;
	return (*left)-- == 0 ? BR_E_IO : 0;
}

static int step_fail(void *context, const char *step)
{
	return strcmp(context, step) == 0 ? BR_E_IO : 0;
}

/* What a crash in the middle of an erasure leaves, and that it then goes on by itself. */
static void crash_check(const char *where, unsigned answers, struct br_person_key key, bool sure)
{
	bool erased;

	/* No answer leaves before the key is gone. */
	CHECK_INT(bench.answers, answers);
	bench_reopen(&bench);
	erased = !key_there(br_person_of_order(BR_STR("O")));
	if (sure && !CHECK(erased))
		printf("%s: the erasure did not go on\n", where);
	if (erased && !CHECK_INT(hits(key.bytes, sizeof(key.bytes)), 0))
		printf("%s: the key is in %s\n", where, hunt.last);
	if (!erased)
		CHECK_HAS(order_json("O"), "\"person\":\"Grimhilde\"");
	/* Its sender asks again, and gets the answer now. */
	CHECK_INT(bench_submit(&bench, "erase", "customer.erase", "{'order':'O','associate':'eva'}",
			  true),
		0);
	CHECK_INT(hits(key.bytes, sizeof(key.bytes)), 0);
	CHECK_HAS(order_json("O"), "\"person\":null");
	CHECK_INT(br_keys_erased(bench.keys), br_core_head(bench.core));
}

static struct br_person_key crash_begin(const char *name, unsigned *ret_answers)
{
	begin(name);
	order_offer(&bench, "O", "pickup", ",'person':'Grimhilde'");
	*ret_answers = bench.answers;
	return key_of(br_person_of_order(BR_STR("O")));
}

static void erase_try(int want)
{
	CHECK_INT(bench_submit(&bench, "erase", "customer.erase", "{'order':'O','associate':'eva'}",
			  false),
		bench.answer.refusal);
	CHECK_INT(br_core_commit(bench.core), want);
}

static void test_a_crash_at_each_commit_boundary(void)
{
	static char steps[][8] = {"build", "link", "rename", "wipe"};
	struct br_person_key key;
	unsigned answers;

	/* The ledger's commit: nothing was said yet. */
	key = crash_begin("crash-ledger", &answers);
	br_store_fault_set(bench.store, commit_fail, &(int){0});
	erase_try(BR_E_IO);
	crash_check("ledger", answers, key, false);
	end();
	/* Behind it the journal says so: from then on it is sure, wherever the process dies. */
	for (size_t i = 0; i < BR_ARRAY_LEN(steps); i++) {
		char name[48];

		(void)snprintf(name, sizeof(name), "crash-%s", steps[i]);
		key = crash_begin(name, &answers);
		br_keys_fault_set(bench.keys, step_fail, steps[i]);
		erase_try(BR_E_IO);
		crash_check(steps[i], answers, key, true);
		end();
	}
}

/* A key that did not reach the disk is none: the order that needs it must not be there either. */
static void test_a_key_is_durable_before_its_order(void)
{
	begin("durable");
	br_store_fault_set(bench.keys->store, commit_fail, &(int){0});
	CHECK_INT(bench_submit(&bench, "1", "order.offer",
			  "{'order':'O','method':'pickup','person':'Grimhilde','lines':"
			  "[{'line':'1','sku':'A','quantity':1}]}",
			  false),
		bench.answer.refusal);
	CHECK_INT(br_core_commit(bench.core), BR_E_IO);
	bench_reopen(&bench);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_ORDER), 0);
	/* The other way round: the order is not there, and the key harms nobody. */
	br_store_fault_set(bench.store, commit_fail, &(int){0});
	CHECK_INT(bench_submit(&bench, "1", "order.offer",
			  "{'order':'O','method':'pickup','person':'Grimhilde','lines':"
			  "[{'line':'1','sku':'A','quantity':1}]}",
			  false),
		bench.answer.refusal);
	CHECK_INT(br_core_commit(bench.core), BR_E_IO);
	bench_reopen(&bench);
	/* The start has swept it away, since nobody would ever erase it. */
	CHECK_INT(br_keys_count(bench.keys), 0);
	CHECK_INT(bench_submit(&bench, "1", "order.offer",
			  "{'order':'O','method':'pickup','person':'Grimhilde','lines':"
			  "[{'line':'1','sku':'A','quantity':1}]}",
			  true),
		0);
	CHECK_INT(br_keys_count(bench.keys), 1);
	CHECK_HAS(order_json("O"), "\"person\":\"Grimhilde\"");
	end();
}

static struct br_task_row task_of(const char *name)
{
	struct br_task_row row;
	struct br_key key;

	br_key_init(&key);
	br_key_add_u8(&key, BR_TASK_OTHER);
	br_key_add_str(&key, br_str_from(name));
	REQUIRE(br_row_get(bench_read(&bench), BR_TABLE_TASK, br_key_str(&key), &br_task_row_shape,
			&bench.arena, &row) == 0);
	return row;
}

/* Whoever reads without the keys sees that much less, and nothing unreadable. */
static void test_the_feed_says_nothing_of_persons(void)
{
	struct br_event event;
	struct br_json_out out;
	struct br_text text;

	begin("feed");
	order_offer(&bench, "O", "pickup", ",'person':'Grimhilde','vehicle':'Wartburg'");
	event = bench_event(&bench, bench.answer.sequence);
	br_text_init(&text, 10000);
	br_json_out_begin(&out, &text);
	br_event_to_json(&event, BR_STR("0412"), &out, NULL);
	REQUIRE(br_text_error(&text) == 0);
	CHECK_HAS(text.bytes, "\"order\":\"O\"");
	CHECK(strstr(text.bytes, "person") == NULL && strstr(text.bytes, "Grim") == NULL);
	CHECK(strstr(text.bytes, "vehicle") == NULL && strstr(text.bytes, "\\u0001") == NULL);
	br_text_finish(&text);
	end();
}

/* Words that name no order are the day's, and go with it. */
static void test_a_day_is_forgotten(void)
{
	struct br_person day = br_person_of_day(BENCH_NOW_MS);
	struct br_timer timer;
	struct br_person_key key;
	struct br_task_row row;

	begin("day");
	CHECK_TEXT(day.name, "d2026-03-01");
	CHECK_INT(bench_do(&bench, "task.create",
			  "{'kind':'other','key':'T','reason':'Grimhilde anrufen'}"),
		0);
	CHECK_INT(bench_do(&bench, "sale.park",
			  "{'parked':'P','till':'t1','note':'Grimhilde holt Geld',"
			  "'lines':[{'sku':'A','quantity':1}]}"),
		0);
	CHECK_INT(br_keys_count(bench.keys), 1);
	nothing_is_plain("day");
	key = key_of(day);
	REQUIRE(person_timer(&timer));
	CHECK_TEXT(timer.key, "2026-03-01");
	/* The end of that day, and thirty more. */
	CHECK_INT(timer.at_ms, BENCH_NOW_MS - BENCH_NOW_MS % DAY_MS + 31 * DAY_MS);
	row = task_of("T");
	CHECK_HAS(json_of(&br_task_row_shape, &row), "\"reason\":\"Grimhilde anrufen\"");
	bench.now_ms += DAY_MS;
	CHECK_INT(bench_do(&bench, "task.done",
			  "{'kind':'other','key':'T','reason':'Grimhilde kam'}"),
		0);
	CHECK_INT(br_keys_count(bench.keys), 2);
	CHECK_INT(timer_fire(), 0);
	CHECK_INT(hits(key.bytes, sizeof(key.bytes)), 0);
	CHECK_INT(br_keys_count(bench.keys), 1);
	CHECK_INT(timer_fire(), 0);
	CHECK_INT(br_keys_count(bench.keys), 0);
	end();
}

static bool order_count(void *context, struct br_str order)
{
	CHECK(order.n > 0);
	return ++*(unsigned *)context < 2;
}

static void test_a_customers_orders_are_known(void)
{
	struct br_person person = br_person_of_customer(BR_STR("C-7"));
	unsigned n = 0;

	begin("orders");
	for (unsigned i = 0; i < 3; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "O%u", i);
		order_offer(&bench, name, "pickup", ",'customer':'C-7'");
	}
	order_offer(&bench, "X", "pickup", ",'customer':'C-77'");
	br_person_orders_walk(bench_read(&bench), &person, order_count, &n);
	CHECK_INT(n, 2);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_what_is_erased_is_in_no_file);
	TEST(test_the_event_says_only_that);
	TEST(test_who_may_erase);
	TEST(test_the_central_systems_version_counts);
	TEST(test_an_order_forgets_its_person);
	TEST(test_nobody_needs_no_key);
	TEST(test_how_long_a_customer_is_kept);
	TEST(test_a_split_order_has_its_parents_person);
	TEST(test_who_comes_back_in_the_same_turn);
	TEST(test_repeats_and_conflicts);
	TEST(test_a_crash_at_each_commit_boundary);
	TEST(test_a_key_is_durable_before_its_order);
	TEST(test_the_feed_says_nothing_of_persons);
	TEST(test_a_day_is_forgotten);
	TEST(test_a_customers_orders_are_known);
	return test_end(argc, argv);
}
