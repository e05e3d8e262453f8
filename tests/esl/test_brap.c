#include "esl/brap.h"

#include <stdio.h>
#include <string.h>

#include "node/json.h"
#include "tests/lib/test.h"

/* JSON with ' for ", until the next call. */
static struct br_str quoted(const char *json)
{
	static char buffer[BR_BRAP_SEEN_BYTES_MAX * 2];
	size_t n = strlen(json);

	br_assert(n < sizeof(buffer));
	for (size_t i = 0; i < n; i++)
		buffer[i] = json[i] == '\'' ? '"' : json[i];
	return (struct br_str){buffer, n};
}

static bool topic_is(const char *text, enum br_brap_what what, const char *ap, const char *label)
{
	struct br_brap_topic topic;

	return br_brap_topic_read(br_str_from(text), &topic) && topic.what == what &&
	       br_str_is(topic.ap, ap) && br_str_is(topic.label, label);
}

static void test_topics_of_the_contract(void)
{
	CHECK(topic_is("brap/1/ap-1/state", BR_BRAP_STATE, "ap-1", ""));
	CHECK(topic_is("brap/1/ap-1/types", BR_BRAP_TYPES, "ap-1", ""));
	CHECK(topic_is("brap/1/a/seen", BR_BRAP_SEEN, "a", ""));
	CHECK(topic_is("brap/1/ap-1/ack/0123456789AB", BR_BRAP_ACK, "ap-1", "0123456789AB"));
	CHECK(topic_is("brap/1/x/event/0123456789ABCDEF", BR_BRAP_EVENT, "x", "0123456789ABCDEF"));
	CHECK(topic_is("brap/1/x/job/0123456789ABCDEF", BR_BRAP_JOB, "x", "0123456789ABCDEF"));
	CHECK(topic_is("brap/1/x/job/0123456789AB/12", BR_BRAP_JOB, "x", "0123456789AB"));
	CHECK(topic_is("brap/1/x/cmd/0123456789AB", BR_BRAP_CMD, "x", "0123456789AB"));
}

static void test_other_topics_are_refused(void)
{
	static const char *const topics[] = {"", "brap", "brap/1", "brap/1/", "brap/1/ap",
		"brap/2/ap/state", "brap/1/AP/state", "brap/1/a_b/state", "brap/1//state",
		"brap/1/ap/state/x", "brap/1/ap/seen/0123456789AB", "brap/1/ap/ack",
		"brap/1/ap/ack/", "brap/1/ap/ack/0123456789ab", "brap/1/ap/ack/0123456789A",
		"brap/1/ap/ack/0123456789AB/1", "brap/1/ap/job/0123456789AB/x",
		"brap/1/ap/job/0123456789AB/-1", "brap/1/ap/what",
		"brap/1/abcdefghijklmnopqrstuvwxyz0123456/state"};
	struct br_brap_topic topic = {.what = BR_BRAP_CMD};

	for (unsigned i = 0; i < BR_ARRAY_LEN(topics); i++)
		if (!CHECK(!br_brap_topic_read(br_str_from(topics[i]), &topic)))
			printf("taken: %s\n", topics[i]);
	CHECK_INT(topic.what, BR_BRAP_CMD);
}

static void test_a_state_with_all_it_may_say(void)
{
	struct br_fault fault = {""};
	struct br_brap_state state;

	CHECK_INT(br_brap_state_read(
			  quoted("{'on':true,'boot':4294967295,'model':'m','fw':'1','radio':'r',"
				 "'q_max':200,'q_free':3,'win':8,'msg_max':65536,'enc':['raw',"
				 "'zlib12','other'],'can':['led'],'labels':3,'up':5,'more':{}}"),
			  &state, &fault),
		0);
	CHECK(state.on);
	CHECK_INT(state.boot, UINT32_MAX);
	CHECK_INT(state.win, 8);
	CHECK_INT(state.q_max, 200);
	CHECK_INT(state.msg_max, 65536);
	CHECK_INT(state.encoding, BR_ENCODING_ZLIB12);
}

static void test_a_state_with_little_in_it(void)
{
	struct br_fault fault = {""};
	struct br_brap_state state;

	CHECK_INT(br_brap_state_read(quoted("{'on':false}"), &state, &fault), 0);
	CHECK(!state.on);
	CHECK_INT(br_brap_state_read(quoted("{'on':true,'win':0,'q_max':-1,'msg_max':10,'boot':"
					    "1e300,'enc':'zlib12'}"),
			  &state, &fault),
		0);
	CHECK_INT(state.win, 1);
	CHECK_INT(state.q_max, 0);
	CHECK_INT(state.msg_max, 0);
	CHECK_INT(state.boot, 0);
	CHECK_INT(state.encoding, BR_ENCODING_RAW);
	/* One that takes more than is ever under way is not held to one job at a time. */
	CHECK_INT(br_brap_state_read(quoted("{'on':true,'win':1000}"), &state, &fault), 0);
	CHECK_INT(state.win, BR_BRAP_WIN_MAX);
}

static void test_a_state_that_cannot_be_read_says_why(void)
{
	char large[BR_BRAP_JSON_BYTES_MAX + 2];
	struct br_brap_state state = {.win = 77};
	struct br_fault fault = {""};

	CHECK_INT(br_brap_state_read(quoted("{}"), &state, &fault), BR_E_INVALID);
	CHECK_TEXT(fault.text, "on: is missing, allowed is true or false");
	CHECK_INT(br_brap_state_read(quoted("{'on':1}"), &state, &fault), BR_E_INVALID);
	CHECK_INT(br_brap_state_read(quoted("nothing"), &state, &fault), BR_E_INVALID);
	memset(large, ' ', sizeof(large));
	CHECK_INT(br_brap_state_read((struct br_str){large, sizeof(large)}, &state, &fault),
		BR_E_TOO_LARGE);
	CHECK_TEXT(fault.text, "has 4098 bytes, allowed are 4096");
	CHECK_INT(state.win, 77);
}

static void test_types_become_displays(void)
{
	struct br_brap_type types[BR_BRAP_TYPES_MAX];
	struct br_fault fault = {""};
	unsigned n, refused;

	CHECK_INT(
		br_brap_types_read(
			quoted("{'displays':{'a':{'w':296,'h':128,'bpp':1,'rot':1},"
			       "'b':{'w':400,'h':300,'bpp':2,'planes':2,'palette':['white','black',"
			       "'yellow']},'c':{'w':800,'h':480,'planes':2,'palette':['red']},"
			       "'small':{'w':8,'h':8,'bpp':1},'flat':{'w':100,'bpp':1},"
			       "'grey':{'w':100,'h':100,'bpp':4},'turned':{'w':100,'h':100,'bpp':1,"
			       "'rot':90},'':{'w':100,'h':100,'bpp':1},'no':7}}"),
			types, &n, &refused, &fault),
		0);
	CHECK_INT(n, 3);
	CHECK_INT(refused, 6);
	CHECK_TEXT(types[0].name, "a");
	CHECK_INT(types[0].display.rotation, 1);
	CHECK_INT(types[0].display.accent, BR_ACCENT_NONE);
	CHECK_INT(types[1].display.accent, BR_ACCENT_YELLOW);
	CHECK_INT(types[2].display.accent, BR_ACCENT_RED);
	CHECK_INT(types[2].display.w, 800);
	CHECK_INT(br_brap_types_read(quoted("{'displays':[]}"), types, &n, &refused, &fault),
		BR_E_INVALID);
	CHECK_TEXT(fault.text, "displays: is missing or no object");
	CHECK_INT(n, 3);
}

static void test_too_many_types_are_counted(void)
{
	struct br_brap_type types[BR_BRAP_TYPES_MAX];
	char json[BR_BRAP_JSON_BYTES_MAX] = "{'displays':{";
	struct br_fault fault = {""};
	unsigned n, refused;

	for (unsigned i = 0; i < BR_BRAP_TYPES_MAX + 3; i++) {
		size_t at = strlen(json);

		(void)snprintf(json + at, sizeof(json) - at, "%s't%u':{'w':296,'h':128,'bpp':1}",
			i > 0 ? "," : "", i);
	}
	(void)strcat(json, "}}");
	CHECK_INT(br_brap_types_read(quoted(json), types, &n, &refused, &fault), 0);
	CHECK_INT(n, BR_BRAP_TYPES_MAX);
	CHECK_INT(refused, 3);
}

struct heard {
	struct br_brap_seen list[BR_BRAP_SEEN_MAX + 1];
	unsigned n;
};

static void seen_keep(void *context, const struct br_brap_seen *seen)
{
	struct heard *heard = context;

	br_assert(heard->n <= BR_BRAP_SEEN_MAX);
	heard->list[heard->n++] = *seen;
}

static void test_a_batch_of_check_ins(void)
{
	static struct heard heard;
	struct br_fault fault = {""};
	unsigned refused;

	CHECK_INT(
		br_brap_seen_read(
			quoted("[{'l':'0123456789AB','type':'bw','rssi':-71.6,'lqi':120,'mv':2950,"
			       "'tc':-5,'fw':'1','caps':7,'wake':'timed','shown':"
			       "'000102030405060708090a0B0c0D0e0F','next':300,'pend':0},"
			       "{'l':'0123456789ABCDEF','shown':null},"
			       "{'l':'0123456789AC','shown':'xx','rssi':1e9,'next':-1},"
			       "{'l':'short'},{'type':'bw'},7,"
			       "{'l':'0123456789AD','type':'a type of more than thirty-two "
			       "bytes'}]"),
			seen_keep, &heard, &refused, &fault),
		0);
	CHECK_INT(heard.n, 4);
	CHECK_INT(refused, 3);
	CHECK_TEXT(heard.list[0].label, "0123456789AB");
	CHECK_TEXT(heard.list[0].type, "bw");
	CHECK_INT(heard.list[0].rssi, -72);
	CHECK_INT(heard.list[0].mv, 2950);
	CHECK_INT(heard.list[0].tc, -5);
	CHECK_INT(heard.list[0].next_s, 300);
	CHECK_INT(heard.list[0].pend, 0);
	CHECK(heard.list[0].shows);
	for (unsigned i = 0; i < BR_PICTURE_HASH_BYTES; i++)
		CHECK_INT(heard.list[0].shown[i], i);
	/* Nothing on the glass is a word, too. */
	CHECK(heard.list[1].shows);
	CHECK_INT(heard.list[1].shown[0], 0);
	CHECK_INT(heard.list[1].mv, BR_BRAP_UNKNOWN);
	CHECK_INT(heard.list[1].pend, BR_BRAP_UNKNOWN);
	/* What cannot be is as if it were not said. */
	CHECK(!heard.list[2].shows);
	CHECK_INT(heard.list[2].rssi, BR_BRAP_UNKNOWN);
	CHECK_INT(heard.list[2].next_s, 0);
	CHECK_TEXT(heard.list[3].type, "");
}

static void test_a_batch_has_a_limit(void)
{
	static struct heard heard;
	char json[BR_BRAP_SEEN_BYTES_MAX] = "[";
	struct br_fault fault = {""};
	unsigned refused;

	for (unsigned i = 0; i < BR_BRAP_SEEN_MAX + 5; i++) {
		size_t at = strlen(json);

		(void)snprintf(json + at, sizeof(json) - at, "%s{'l':'0000000000%02X'}",
			i > 0 ? "," : "", i);
	}
	(void)strcat(json, "]");
	CHECK_INT(br_brap_seen_read(quoted(json), seen_keep, &heard, &refused, &fault), 0);
	CHECK_INT(heard.n, BR_BRAP_SEEN_MAX);
	CHECK_INT(refused, 5);
	CHECK_INT(br_brap_seen_read(
			  quoted("{'l':'0123456789AB'}"), seen_keep, &heard, &refused, &fault),
		BR_E_INVALID);
	CHECK_TEXT(fault.text, "is no list of labels");
}

static void test_acknowledgements(void)
{
	struct br_fault fault = {""};
	struct br_brap_ack ack;
	char json[128];

	CHECK_INT(br_brap_ack_read(quoted("{'job':'j-1','rev':9007199254740992,'st':'refused',"
					  "'err':'busy','retry_s':30,'mv':3000,'rssi':-60,'tries':"
					  "2,'ms':7}"),
			  &ack, &fault),
		0);
	CHECK_TEXT(ack.job, "j-1");
	CHECK_INT(ack.rev, INT64_C(1) << 53);
	CHECK_INT(ack.status, BR_BRAP_REFUSED);
	CHECK_TEXT(ack.error, "busy");
	CHECK_INT(ack.retry_s, 30);
	CHECK_INT(ack.mv, 3000);
	CHECK(!ack.shows);
	for (unsigned i = 0; br_brap_status_words[i] != NULL; i++) {
		(void)snprintf(
			json, sizeof(json), "{'job':'j','st':'%s'}", br_brap_status_words[i]);
		CHECK_INT(br_brap_ack_read(quoted(json), &ack, &fault), 0);
		CHECK_INT(ack.status, i);
	}
}

static void test_acknowledgements_that_cannot_be_read_say_why(void)
{
	struct br_brap_ack ack = {.retry_s = 77};
	struct br_fault fault = {""};
	char json[128];

	CHECK_INT(br_brap_ack_read(quoted("{'st':'shown'}"), &ack, &fault), BR_E_INVALID);
	CHECK_TEXT(fault.text, "job: is missing or over 64 bytes");
	(void)snprintf(json, sizeof(json), "{'job':'%065d','st':'shown'}", 1);
	CHECK_INT(br_brap_ack_read(quoted(json), &ack, &fault), BR_E_INVALID);
	CHECK_INT(br_brap_ack_read(quoted("{'job':'j','st':'eaten'}"), &ack, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text,
		"st: \"eaten\" is unknown, allowed is one of: queued, sending, shown, "
		"failed, superseded, expired, refused");
	CHECK_INT(br_brap_ack_read(quoted("[]"), &ack, &fault), BR_E_INVALID);
	CHECK_INT(ack.retry_s, 77);
}

/* The header of what is framed; the caller frees it. */
static struct br_json *header_of(const struct br_text *text, struct br_str *ret_rest)
{
	struct br_json *root = NULL;
	size_t n;

	REQUIRE(text->n > 2);
	n = (size_t)((unsigned char)text->bytes[0] << 8 | (unsigned char)text->bytes[1]);
	REQUIRE(n + 2 <= text->n);
	REQUIRE(br_json_parse((struct br_str){text->bytes + 2, n}, &root, NULL) == 0);
	*ret_rest = (struct br_str){text->bytes + 2 + n, text->n - 2 - n};
	return root;
}

static void test_events(void)
{
	static const char *const words[] = {
		"button1", "button2", "nfc", "boot", "lost", "found", "low_batt", "fw_fail"};
	enum br_brap_event event = BR_BRAP_NFC;
	struct br_fault fault = {""};
	char json[64];

	CHECK_INT(br_brap_event_read(quoted("{'ev':'button3'}"), &event, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "ev: \"button3\" is unknown, allowed is one of: button1,");
	CHECK_INT(br_brap_event_read(quoted("{}"), &event, &fault), BR_E_INVALID);
	CHECK_INT(br_brap_event_read(quoted("lost"), &event, &fault), BR_E_INVALID);
	CHECK_INT(event, BR_BRAP_NFC);
	for (unsigned i = 0; i < BR_ARRAY_LEN(words); i++) {
		(void)snprintf(json, sizeof(json), "{'ev':'%s','x':1}", words[i]);
		CHECK_INT(br_brap_event_read(quoted(json), &event, &fault), 0);
		CHECK_INT(event, i);
	}
}

static void test_a_job_is_framed(void)
{
	static const unsigned char hash[BR_PICTURE_HASH_BYTES] = {0xAB, 1};
	struct br_brap_job job = {.job = "0123456789ABCDEF-0123456789abcdef-18446744073709551615",
		.rev = (UINT64_C(1) << 53) - 1,
		.boot = UINT32_MAX,
		.display = {1600, 1200, BR_ACCENT_RED, 3},
		.encoding = BR_ENCODING_ZLIB12,
		.hash = hash,
		.picture_bytes = 3};
	struct br_str rest, text_value;
	struct br_json *root;
	struct br_text text;
	int64_t number;
	bool show;

	br_text_init(&text, 4096);
	br_brap_job_write(&job, BR_STR("abc"), &text);
	CHECK_INT(br_text_error(&text), 0);
	CHECK(text.n - 3 <= BR_BRAP_JOB_HEADER_BYTES_MAX);
	root = header_of(&text, &rest);
	CHECK_STR(rest, "abc");
	CHECK(br_json_string(br_json_member(root, "job"), &text_value));
	CHECK_STR(text_value, job.job);
	CHECK(br_json_i64(br_json_member(root, "rev"), &number));
	CHECK_INT(number, job.rev);
	CHECK(br_json_i64(br_json_member(root, "boot"), &number));
	CHECK_INT(number, UINT32_MAX);
	CHECK(br_json_i64(br_json_member(root, "bpp"), &number));
	CHECK_INT(number, 2);
	CHECK(br_json_string(br_json_member(root, "sha256"), &text_value));
	CHECK_STR(text_value, "ab010000000000000000000000000000");
	CHECK(br_json_string(br_json_member(root, "enc"), &text_value));
	CHECK_STR(text_value, "zlib12");
	CHECK(br_json_bool(br_json_member(root, "show"), &show) && show);
	br_json_free(root);
	/* Behind other bytes, too: the length is put in the right place. */
	br_brap_part_write(&job, BR_STR("part"), &text);
	CHECK_INT(br_text_error(&text), 0);
	CHECK_STR(((struct br_str){text.bytes + text.n - 4, 4}), "part");
	br_text_finish(&text);
}

static void test_parts_keep_to_the_limits(void)
{
	struct br_brap_job job = {.job = "0123456789ABCDEF-0123456789abcdef-18446744073709551615"};
	static char bytes[BR_BRAP_PART_BYTES];
	struct br_text text;

	CHECK_INT(br_brap_part_bytes(1000000, 0), 0);
	CHECK_INT(br_brap_part_bytes(1000, 2000), 0);
	CHECK(br_brap_part_bytes(1000, 1400) > 0);
	CHECK_INT(br_brap_part_bytes(100000, 1 << 20), 0);
	CHECK_INT(br_brap_part_bytes(100000, 65536),
		BR_BRAP_PART_BYTES - BR_BRAP_PART_HEADER_BYTES_MAX);
	CHECK_INT(br_brap_part_bytes(100000, 1024), 1024 - BR_BRAP_PART_HEADER_BYTES_MAX);
	br_text_init(&text, BR_BRAP_PART_BYTES);
	br_brap_part_write(&job, (struct br_str){bytes, br_brap_part_bytes(100000, 65536)}, &text);
	CHECK_INT(br_text_error(&text), 0);
	CHECK(text.n <= BR_BRAP_PART_BYTES);
	br_text_finish(&text);
}

static void test_a_text_that_is_full_stays_so(void)
{
	static const unsigned char hash[BR_PICTURE_HASH_BYTES];
	struct br_brap_job job = {
		.job = "j", .display = {296, 128, BR_ACCENT_NONE, 0}, .hash = hash};
	struct br_text text;

	br_text_init(&text, 20);
	br_brap_job_write(&job, (struct br_str){NULL, 0}, &text);
	CHECK_INT(br_text_error(&text), BR_E_TOO_LARGE);
	br_text_finish(&text);
}

static void test_a_job_is_taken_back(void)
{
	struct br_text text;

	br_text_init(&text, 100);
	br_brap_cancel_write("j-1", &text);
	CHECK_STR(br_text_str(&text), "{\"job\":\"j-1\",\"op\":\"cancel\"}");
	br_text_finish(&text);
}

int main(int argc, char **argv)
{
	TEST(test_topics_of_the_contract);
	TEST(test_other_topics_are_refused);
	TEST(test_a_state_with_all_it_may_say);
	TEST(test_a_state_with_little_in_it);
	TEST(test_a_state_that_cannot_be_read_says_why);
	TEST(test_types_become_displays);
	TEST(test_too_many_types_are_counted);
	TEST(test_a_batch_of_check_ins);
	TEST(test_a_batch_has_a_limit);
	TEST(test_acknowledgements);
	TEST(test_acknowledgements_that_cannot_be_read_say_why);
	TEST(test_events);
	TEST(test_a_job_is_framed);
	TEST(test_parts_keep_to_the_limits);
	TEST(test_a_text_that_is_full_stays_so);
	TEST(test_a_job_is_taken_back);
	return test_end(argc, argv);
}
