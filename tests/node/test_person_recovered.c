/*
 * What HQ gives back after a restore it says in plain words: here it is sealed again, with keys of
 * the same persons, and whoever was erased meanwhile is erased again.
 */
#include <stdio.h>
#include <string.h>

#include "node/customer.h"
#include "node/hole.h"
#include "tests/node/order_bench.h"

static struct bench past, bench;
static struct br_text memory;
static struct br_json *known;
static struct br_arena arena;

/* HQ's memory of what went up: with all words plain, as it got them at the time. */
static void remember(uint64_t after, uint64_t upto)
{
	struct br_opener opener = br_person_opener(past.keys);
	struct br_json_out out;

	for (uint64_t at = after + 1; at <= upto; at++) {
		struct br_event event = bench_event(&past, at);

		if (memory.n > 1)
			br_text_putc(&memory, ',');
		br_json_out_begin(&out, &memory);
		out.opener = &opener;
		br_event_to_json(&event, BR_STR("0412"), &out, NULL);
	}
}

static void bring(void)
{
	struct br_fault fault = {.text = ""};

	br_text_putc(&memory, ']');
	REQUIRE(br_json_parse(br_text_str(&memory), &known, &fault) == 0);
	BR_JSON_EACH (json, known) {
		struct br_event event;

		br_arena_reset(&arena);
		if (!CHECK_INT(br_event_from_json(json, &arena, &event, &fault), 0))
			printf("%s\n", fault.text);
		CHECK(br_core_recover(bench.core, &event, BR_DOUBT_NONE) >= 0);
	}
	bench_commit(&bench);
}

/* Two ledgers with the same beginning; the second is the first one's backup, restored. */
static uint64_t begin(const char *name)
{
	char other[32];

	(void)snprintf(other, sizeof(other), "%s-past", name);
	bench_open(&past, other);
	bench_catalogue(&past);
	bench_open(&bench, name);
	bench_catalogue(&bench);
	CHECK_INT(br_core_renew(bench.core, 0, bench.now_ms), 0);
	br_arena_init(&arena, 1 << 20);
	br_text_init(&memory, 1 << 20);
	br_text_putc(&memory, '[');
	return br_core_head(past.core);
}

static void end(void)
{
	bench_verify(&bench);
	br_json_free(BR_TAKE(known));
	br_text_finish(&memory);
	br_arena_finish(&arena);
	bench_close(&past);
	bench_close(&bench);
}

static void reads(const char *order, const char *field, struct br_str text, const char *want)
{
	if (!CHECK_STR(bench_plain(&bench, field, text), want))
		printf("%s: %s\n", order, field);
	/* It did not come into the ledger plain. */
	CHECK(want[0] == '\0' || (text.n > 0 && text.s[0] == BR_SEALED_MARK));
}

static bool key_there(struct br_person person)
{
	struct br_person_key key;

	return br_keys_find(bench.keys, br_str_from(person.name), 0, &key) == 0;
}

static void test_what_comes_back_is_sealed(void)
{
	uint64_t after = begin("sealed");

	CHECK_INT(bench_do(&past, "order.offer",
			  "{'order':'O','method':'pickup','person':'Grimhilde','note':'rings','"
			  "lines':["
			  "{'line':'1','sku':'A','quantity':1,'note':'ripe'},"
			  "{'line':'2','sku':'B','quantity':1}]}"),
		0);
	CHECK_INT(bench_do(&past, "order.split",
			  "{'order':'O','into':'O-b','lines':[{'line':'2'}],'reason':'called'}"),
		0);
	order_offer(&past, "C", "pickup", ",'customer':'C-7','person':'Kunigunde'");
	CHECK_INT(bench_do(&past, "task.create",
			  "{'kind':'other','key':'T','reason':'call Grimhilde'}"),
		0);
	remember(after, br_core_head(past.core));
	bring();
	reads("O", "person", order_of(&bench, "O").person, "Grimhilde");
	reads("O", "note", order_of(&bench, "O").note, "rings");
	reads("O", "note", order_line_of(&bench, "O", 0).note, "ripe");
	reads("O-b", "person", order_of(&bench, "O-b").person, "Grimhilde");
	reads("C", "person", order_of(&bench, "C").person, "Kunigunde");
	/* Each with the key of whose it is, so that they can be erased. */
	CHECK(key_there(br_person_of_order(BR_STR("O"))));
	CHECK(!key_there(br_person_of_order(BR_STR("O-b"))));
	CHECK(key_there(br_person_of_customer(BR_STR("C-7"))));
	CHECK(key_there(br_person_of_day(BENCH_NOW_MS)));
	CHECK_INT(br_keys_count(bench.keys), 3);
	CHECK_INT(br_txn_count(bench_read(&bench), BR_TABLE_PERSON), 3);
	CHECK_INT(bench_do(&bench, "customer.erase", "{'order':'O-b','associate':'eva'}"), 0);
	CHECK_STR(bench_plain(&bench, "person", order_of(&bench, "O").person), "erased");
	end();
}

/* Even when the order has gone on since the restore, which holds all else back. */
static void test_an_erasure_always_comes_back(void)
{
	uint64_t after = begin("erased"), offered;

	order_offer(&past, "O", "pickup", ",'person':'Grimhilde'");
	order_offer(&past, "C", "pickup", ",'customer':'C-7','person':'Kunigunde'");
	remember(after, br_core_head(past.core));
	bring();
	br_json_free(BR_TAKE(known));
	br_text_clear(&memory);
	br_text_putc(&memory, '[');
	offered = br_core_head(past.core);
	CHECK_INT(bench_do(&bench, "order.update", "{'order':'O','note':'rings'}"), 0);
	CHECK_INT(bench_do(&past, "customer.erase", "{'order':'O','associate':'eva'}"), 0);
	CHECK_INT(bench_do(&past, "customer.erase", "{'customer':'C-7','associate':'eva'}"), 0);
	remember(offered, br_core_head(past.core));
	bring();
	CHECK_STR(bench_plain(&bench, "person", order_of(&bench, "O").person), "erased");
	CHECK_STR(bench_plain(&bench, "note", order_of(&bench, "O").note), "erased");
	CHECK_STR(bench_plain(&bench, "person", order_of(&bench, "C").person), "erased");
	CHECK_INT(br_keys_count(bench.keys), 0);
	end();
}

int main(int argc, char **argv)
{
	TEST(test_what_comes_back_is_sealed);
	TEST(test_an_erasure_always_comes_back);
	return test_end(argc, argv);
}
