#include "cloud-sync/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/limits.h"
#include "tests/lib/test.h"

#define EPOCH "0123456789abcdef"

static struct br_fault fault;

static int parse_bytes(struct br_str bytes, struct br_ctl *ret_ctl)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int result = br_json_parse(bytes, &root, &fault);

	return result < 0 ? result : br_ctl_read(root, ret_ctl, &fault);
}

static int parse(const char *text, struct br_ctl *ret_ctl)
{
	fault.text[0] = '\0';
	return parse_bytes(br_str_from(text), ret_ctl);
}

static void test_an_ack_is_read(void)
{
	struct br_ctl ctl;

	REQUIRE(parse("{\"type\":\"ack\",\"epoch\":\"" EPOCH
		      "\",\"lane\":\"stock\",\"cum_seq\":140,\"nack\":[[150,160],[170,170]],"
		      "\"credit\":7}",
			&ctl) == 0);
	CHECK_INT(ctl.kind, BR_CTL_ACK);
	CHECK_TEXT(ctl.epoch, EPOCH);
	CHECK_INT(ctl.lane, BR_LANE_STOCK);
	CHECK_INT(ctl.has.cum_seq, 140);
	CHECK_INT(ctl.nack_n, 2);
	CHECK_INT(ctl.nack[0].first, 150);
	CHECK_INT(ctl.nack[0].last, 160);
	CHECK_INT(ctl.nack[1].last, 170);
	CHECK_INT(ctl.credit, 7);
	/* Without credit and nack the whole window is open. */
	REQUIRE(parse("{\"type\":\"ack\",\"epoch\":\"" EPOCH
		      "\",\"lane\":\"orders\",\"cum_seq\":0}",
			&ctl) == 0);
	CHECK_INT(ctl.lane, BR_LANE_ORDERS);
	CHECK_INT(ctl.nack_n, 0);
	CHECK_INT(ctl.credit, BR_LINK_WINDOW_BATCHES);
}

static void test_a_welcome_is_read(void)
{
	struct br_ctl ctl;

	REQUIRE(parse("{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH
		      "\",\"lanes\":{\"orders\":{\"cum_seq\":3,\"have\":[[5,7],[9,12]]},"
		      "\"stock\":{\"cum_seq\":9007199254740992}}}",
			&ctl) == 0);
	CHECK_INT(ctl.kind, BR_CTL_WELCOME);
	CHECK_TEXT(ctl.hq_epoch, EPOCH);
	CHECK_TEXT(ctl.epoch, "");
	CHECK_INT(ctl.lanes[br_lane_index(BR_LANE_ORDERS)].cum_seq, 3);
	CHECK_INT(ctl.lanes[br_lane_index(BR_LANE_ORDERS)].beyond.n, 2);
	CHECK_INT(ctl.lanes[br_lane_index(BR_LANE_ORDERS)].beyond.pieces[1].until, 12);
	CHECK_INT(ctl.lanes[br_lane_index(BR_LANE_STOCK)].cum_seq, INT64_C(9007199254740992));
	REQUIRE(parse("{\"type\":\"welcome\",\"epoch\":\"fedcba9876543210\",\"hq_epoch\":\"" EPOCH
		      "\",\"lanes\":{\"orders\":{\"cum_seq\":3},"
		      "\"stock\":{\"cum_seq\":4}},\"more\":true}",
			&ctl) == 0);
	CHECK_TEXT(ctl.epoch, "fedcba9876543210");
	/* The two lanes that every HQ takes are enough; who names the third one says how far it is.
	 */
	CHECK(!ctl.telemetry);
	REQUIRE(parse("{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH
		      "\",\"lanes\":{\"orders\":{\"cum_seq\":3},\"stock\":{\"cum_seq\":4},"
		      "\"telemetry\":{\"cum_seq\":5}}}",
			&ctl) == 0);
	CHECK(ctl.telemetry);
	CHECK_INT(ctl.lanes[br_lane_index(BR_LANE_TELEMETRY)].cum_seq, 5);
	/* EPCIS's words are for who asks. */
	CHECK(!ctl.epcis);
	REQUIRE(parse("{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH
		      "\",\"lanes\":{\"orders\":{\"cum_seq\":3},\"stock\":{\"cum_seq\":4}},"
		      "\"epcis\":true}",
			&ctl) == 0);
	CHECK(ctl.epcis);
}

static void test_a_welcome_may_tell_the_time(void)
{
	struct br_ctl ctl;

	REQUIRE(parse("{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH
		      "\",\"time\":\"2026-03-01T10:10:00Z\",\"hlc\":\"019ca8d0b8400007\","
		      "\"lanes\":{\"orders\":{\"cum_seq\":3},"
		      "\"stock\":{\"cum_seq\":4}}}",
			&ctl) == 0);
	CHECK_INT(ctl.time_ms, INT64_C(1772359800000));
	CHECK(ctl.hlc == UINT64_C(0x019ca8d0b8400007));
	REQUIRE(parse("{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH
		      "\",\"lanes\":{\"orders\":{\"cum_seq\":3},\"stock\":{\"cum_seq\":4}}}",
			&ctl) == 0);
	CHECK_INT(ctl.time_ms, 0);
	CHECK(ctl.hlc == 0);
}

/* What is wrong, and a part of the sentence that says so. */
static const struct {
	const char *text, *says;
} bad[] = {
	{"", "empty"},
	{"{", "not JSON"},
	{"[]", "type: allowed is"},
	{"null", "type: allowed is"},
	{"\"ack\"", "type: allowed is"},
	{"{\"type\":7}", "type: allowed is"},
	{"{\"type\":\"hello\"}", "type: allowed is"},
	{"{\"type\":\"ack\"}", "epoch: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"\"}", "epoch: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"0123456789ABCDEF\"}", "epoch: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"0123456789abcdef0\"}", "epoch: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\"}", "lane: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"none\"}", "lane: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\"}", "cum_seq: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":-1}",
		"cum_seq: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":1.5}",
		"cum_seq: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":1e300}",
		"cum_seq: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":\"1\"}",
		"cum_seq: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH
	 "\",\"lane\":\"stock\",\"cum_seq\":1,\"credit\":-1}",
		"credit: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":1,\"have\":7}",
		"have: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH
	 "\",\"lane\":\"stock\",\"cum_seq\":1,\"have\":[[7,7]]}",
		"have: a pair ends before"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH
	 "\",\"lane\":\"stock\",\"cum_seq\":1,\"have\":[[7]]}",
		"have: allowed are pairs"},
	{"{\"type\":\"refused\",\"epoch\":\"" EPOCH "\",\"code\":\"no\"}", "code: allowed is"},
	{"{\"type\":\"refused\"}", "epoch: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":1,\"nack\":7}",
		"nack: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":1,\"nack\":[7]}",
		"nack: allowed are pairs"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH
	 "\",\"lane\":\"stock\",\"cum_seq\":1,\"nack\":[[7]]}",
		"nack: allowed are pairs"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH
	 "\",\"lane\":\"stock\",\"cum_seq\":1,\"nack\":[[7,\"8\"]]}",
		"nack: allowed is"},
	{"{\"type\":\"ack\",\"epoch\":\"" EPOCH
	 "\",\"lane\":\"stock\",\"cum_seq\":1,\"nack\":[[7,6]]}",
		"ends before"},
	{"{\"type\":\"welcome\"}", "hq_epoch: allowed is"},
	{"{\"type\":\"welcome\",\"hq_epoch\":7}", "hq_epoch: allowed is"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\",\"time\":1772359800}",
		"time: allowed is"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\",\"hlc\":\"019CA8D0B8400007\"}",
		"hlc: allowed is"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\",\"epcis\":1}",
		"epcis: allowed is true or false"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\"}", "orders: cum_seq: allowed is"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\",\"lanes\":[]}",
		"orders: cum_seq: allowed is"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\",\"lanes\":{\"orders\":{\"cum_seq\":1},"
	 "\"stock\":{\"cum_seq\":1},\"telemetry\":7}}",
		"telemetry: cum_seq: allowed is a whole number"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\",\"lanes\":{\"orders\":{\"cum_seq\":1}}}",
		"stock: cum_seq: allowed is"},
	{"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH
	 "\",\"epoch\":\"x\",\"lanes\":{\"orders\":1,\"stock\":1}}",
		"epoch: allowed is"},
};

static void test_a_refusal_is_read(void)
{
	struct br_ctl ctl;

	REQUIRE(parse("{\"type\":\"refused\",\"epoch\":\"" EPOCH "\",\"code\":\"epoch_left\"}",
			&ctl) == 0);
	CHECK_INT(ctl.kind, BR_CTL_REFUSED);
	CHECK_TEXT(ctl.epoch, EPOCH);
	CHECK_INT(ctl.refusal, BR_CTL_EPOCH_LEFT);
	REQUIRE(parse("{\"type\":\"refused\",\"epoch\":\"" EPOCH "\",\"code\":\"sequence_reused\"}",
			&ctl) == 0);
	CHECK_INT(ctl.refusal, BR_CTL_SEQUENCE_REUSED);
}

static void test_what_is_wrong_is_said(void)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_ctl ctl = {.credit = 77};

		CHECK_INT(parse(bad[i].text, &ctl), BR_E_INVALID);
		CHECK_HAS(fault.text, bad[i].says);
		CHECK_INT(ctl.credit, 77);
	}
}

static void test_too_much_is_refused_with_the_limit(void)
{
	struct br_ctl ctl;
	char *text = malloc(BR_LINK_MESSAGE_BYTES_MAX + 2);
	size_t n;

	REQUIRE(text != NULL);
	n = (size_t)sprintf(text, "{\"type\":\"ack\",\"epoch\":\"" EPOCH
				  "\",\"lane\":\"stock\",\"cum_seq\":1,\"nack\":[[1,1]");
	for (unsigned i = 1; i <= BR_CTL_RANGES_MAX; i++)
		n += (size_t)sprintf(text + n, ",[1,1]");
	(void)sprintf(text + n, "]}");
	CHECK_INT(parse(text, &ctl), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "32 ranges");
	free(text);
}

/* Every cut of a good message, and every byte of it changed: no crash, and no half result. */
static void test_cut_and_changed_messages_are_borne(void)
{
	static const char good[] =
		"{\"type\":\"ack\",\"epoch\":\"" EPOCH
		"\",\"lane\":\"stock\",\"cum_seq\":140,\"nack\":[[150,160]],\"credit\":7}";
	struct br_ctl ctl;

	for (size_t n = 0; n < sizeof(good) - 1; n++)
		CHECK_INT(parse_bytes((struct br_str){good, n}, &ctl), BR_E_INVALID);
	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			char changed[sizeof(good)];

			memcpy(changed, good, sizeof(good));
			changed[i] = (char)(changed[i] ^ (1 << bit));
			fault.text[0] = '\0';
			if (parse_bytes((struct br_str){changed, sizeof(good) - 1}, &ctl) < 0)
				CHECK(fault.text[0] != '\0');
		}
}

static void test_a_hello_is_written(void)
{
	struct br_hello hello = {.id = "00000001000000ff",
		.store = BR_STR("0412"),
		.epoch = EPOCH,
		.version = "0.1.0",
		.since = 9,
		.hq_epoch = "",
		.heads = {5, 6, 7},
		.down = {7, 8},
		.now_ms = INT64_C(1772359800000),
		.hlc = UINT64_C(0x019ca8d0b8400007)};
	struct br_text text;

	br_text_init(&text, 4096);
	br_hello_write(&hello, &text);
	CHECK_STR(br_text_str(&text),
		"{\"type\":\"hello\",\"id\":\"00000001000000ff\",\"store\":\"0412\","
		"\"epoch\":\"" EPOCH
		"\",\"since\":9,\"version\":\"0.1.0\",\"hq_epoch\":\"\",\"lanes\":{\"orders\":{"
		"\"head\":5},"
		"\"stock\":{\"head\":6},\"telemetry\":{\"head\":7}},\"down\":{\"orders\":7,"
		"\"catalog\":8},"
		"\"time\":\"2026-03-01T10:10:00.000Z\",\"hlc\":\"019ca8d0b8400007\"}");
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_an_ack_is_read);
	TEST(test_a_welcome_is_read);
	TEST(test_a_welcome_may_tell_the_time);
	TEST(test_a_refusal_is_read);
	TEST(test_what_is_wrong_is_said);
	TEST(test_too_much_is_refused_with_the_limit);
	TEST(test_cut_and_changed_messages_are_borne);
	TEST(test_a_hello_is_written);
	return test_end(argc, argv);
}
