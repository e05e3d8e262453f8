/*
 * The conformance program's parts without a broker: what it takes from HQ and what it sends. That
 * its rules find what they are for is shown with HQ's program by tests/system/test_conformance.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/conformance/batch.h"
#include "cloud-sync/conformance/certificate.h"
#include "cloud-sync/conformance/rule.h"
#include "node/crc32c.h"
#include "tests/cloud-sync/fake_post.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#define EPOCH "9a4be1207c5f3d68"

static struct conform_play *play;
/* What HQ is about to say, and what was sent last. */
static struct conform_letter letters[16];
static unsigned letter_n, letter_at;
static char topic[128], payload[70000];

static bool letter_next(void *context BR_UNUSED, struct conform_letter *ret_letter)
{
	if (letter_at == letter_n)
		return false;
	*ret_letter = letters[letter_at++];
	return true;
}

static void letter_sent(void *context BR_UNUSED, const char *to, struct br_str text)
{
	(void)snprintf(topic, sizeof(topic), "%s", to);
	REQUIRE(br_str_copy(text, payload, sizeof(payload)));
}

static void begin(void)
{
	play = calloc(1, sizeof(*play));
	REQUIRE(play != NULL);
	play->store = "0412";
	play->patience_ms = 1000;
	fake_post = (struct fake_post){.next = letter_next, .sent = letter_sent};
	letter_n = letter_at = 0;
	REQUIRE(conform_play_begin(play, NULL));
}

static void end(void)
{
	conform_play_finish(play);
	free(play);
}

static void hq_says(const char *where, const char *text, int qos, bool retained)
{
	REQUIRE(letter_n < BR_ARRAY_LEN(letters));
	letters[letter_n++] = (struct conform_letter){
		br_str_from(where), br_str_from(text), .qos = qos, .retained = retained};
}

/* Takes all that HQ is about to say. */
static void hear(void)
{
	conform_play_rest(play, 10);
	CHECK_INT(letter_at, letter_n);
}

static void test_the_numbers_of_the_readme(void)
{
	static const unsigned char key[CONFORM_KEY_BYTES] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	struct conform_mark a =
		conform_mark_make(key, BR_STR("A"), BR_STR("0|12000|0|0|0|0|0|0|0|0"));
	struct conform_mark b =
		conform_mark_make(key, BR_STR("B"), BR_STR("5000|0|0|0|0|0|0|0|0|0"));
	char text[33], shard[3];

	conform_mark_text(a, text);
	CHECK_TEXT(text, "7728e648123cf4d8c87a1c7d5c203d6e");
	conform_mark_text(b, text);
	CHECK_TEXT(text, "620662e97df5e457c231c6f087d7ddd2");
	conform_mark_text(conform_mark_add(a, b), text);
	CHECK_TEXT(text, "d92f49319032d9308aabe36de3f81b40");
	/* A carry out of the low half, and one that is lost. */
	a = conform_mark_add((struct conform_mark){1, UINT64_MAX}, (struct conform_mark){0, 1});
	CHECK(a.high == 2 && a.low == 0);
	a = conform_mark_add(
		(struct conform_mark){UINT64_MAX, UINT64_MAX}, (struct conform_mark){0, 1});
	CHECK(a.high == 0 && a.low == 0);
	conform_shard(BR_STR("0412"), shard);
	CHECK_TEXT(shard, "d8");
}

static uint32_t mark_of(const char *text)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *json = NULL;

	REQUIRE(br_json_parse(br_str_from(text), &json, NULL) == 0);
	return conform_json_mark(json);
}

static void test_what_is_the_same_json(void)
{
	uint32_t mark = mark_of("{\"a\":1,\"b\":[true,null,\"x\"]}");

	CHECK(mark == mark_of("{ \"b\" : [true, null, \"x\"], \"a\" : 1.0 }"));
	CHECK(mark != mark_of("{\"a\":1,\"b\":[true,null,\"y\"]}"));
	CHECK(mark != mark_of("{\"a\":2,\"b\":[true,null,\"x\"]}"));
	CHECK(mark != mark_of("{\"a\":1,\"b\":[null,true,\"x\"]}"));
	CHECK(mark != mark_of("{\"a\":1,\"c\":[true,null,\"x\"]}"));
	CHECK(mark != mark_of("{\"a\":1,\"b\":[false,null,\"x\"]}"));
}

/* Whatever no HQ may send is noted, and the first of it stays. */
static void test_breaches_of_the_line(void)
{
	static const struct {
		const char *topic, *text;
		int qos;
		bool retained;
		const char *fault;
	} rows[] = {
		{"dn/0412/ctl", "{\"type\":\"reconcile\"}", 1, true, "is retained"},
		{"dn/0412/ctl", "{\"type\":\"reconcile\"}", 0, false, "QoS 0"},
		{"dn/0412/ctl", "{", 1, false, "is no JSON"},
		{"dn/0412/ctl", "{\"type\":\"thing\"}", 1, false, "no type \"thing\""},
		{"dn/0412/else", "{}", 1, false, "there is no topic dn/0412/else"},
		{"dn/0412/ctl", "{\"type\":\"welcome\",\"hq_epoch\":\"X\"}", 1, false, "hq_epoch"},
		{"dn/0412/ctl",
			"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH "\",\"lanes\":{\"orders\":"
			"{\"cum_seq\":0}}}",
			1, false, "lanes.stock"},
		{"dn/0412/ctl", "{\"type\":\"ack\",\"lane\":\"shelf\"}", 1, false, "no lane"},
		{"dn/0412/ctl",
			"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\","
			"\"cum_seq\":1,\"have\":[[5,5]]}",
			1, false, "have or credit"},
		{"dn/0412/ctl",
			"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\","
			"\"cum_seq\":-1}",
			1, false, "cum_seq"},
		{"dn/0412/ctl",
			"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\","
			"\"cum_seq\":1,\"credit\":-1}",
			1, false, "credit (0 to 1000000)"},
		{"dn/0412/ctl",
			"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\","
			"\"cum_seq\":1,\"credit\":1000001}",
			1, false, "credit (0 to 1000000)"},
		{"dn/0412/ctl", "{\"type\":\"verdict\",\"events\":[{\"event\":1}]}", 1, false,
			"verdict"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		begin();
		hq_says(rows[i].topic, rows[i].text, rows[i].qos, rows[i].retained);
		hq_says("dn/0412/ctl", "another", 1, false);
		hear();
		CHECK_HAS(play->line_fault, rows[i].fault);
		end();
	}
}

static void test_a_right_line_has_no_breach(void)
{
	begin();
	hq_says("dn/0412/ctl",
		"{\"type\":\"welcome\",\"hq_epoch\":\"" EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":"
		"3},\"stock\":{\"cum_seq\":9,\"have\":[[12,15]]}},\"more\":1}",
		1, false);
	hq_says("dn/0412/ctl",
		"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":10}", 1,
		false);
	hear();
	CHECK_TEXT(play->line_fault, "");
	CHECK_TEXT(play->hq_epoch, EPOCH);
	CHECK(!play->telemetry);
	CHECK_INT(play->has[CONFORM_STOCK].piece_n, 1);
	CHECK_INT(play->has[CONFORM_STOCK].until[0], 15);
	CHECK_INT(play->acked[CONFORM_STOCK].has.cum_seq, 10);
	CHECK_INT(play->acked[CONFORM_STOCK].credit, -1);
	end();
}

#define ACK(SEQ, HAVE) \
	"{\"type\":\"ack\",\"epoch\":\"" EPOCH "\",\"lane\":\"stock\",\"cum_seq\":" SEQ \
	",\"have\":[" HAVE "]}"

/* Up to the last number that was sent, and not one more. */
static void test_nobody_has_what_was_not_sent(void)
{
	struct conform_batch batch;
	char text[256];

	for (unsigned more = 0; more < 2; more++) {
		begin();
		conform_batch_begin(play, &batch, CONFORM_STOCK);
		conform_batch_receive(play, &batch, 3, 4);
		conform_batch_send(play, &batch);
		CHECK(play->sent[CONFORM_STOCK] == batch.last);
		(void)snprintf(
			text, sizeof(text), ACK("%llu", ""), (unsigned long long)batch.last + more);
		hq_says("dn/0412/ctl", text, 1, false);
		hear();
		CHECK_INT(play->ahead_fault[0] != '\0', more);
		conform_batch_finish(&batch);
		end();
	}
	begin();
	hq_says("dn/0412/ctl", ACK("1", "[9007199254740980,9007199254740990]"), 1, false);
	hear();
	CHECK_TEXT(play->line_fault, "");
	CHECK_HAS(play->ahead_fault, "HQ says it has 9007199254740990 of the lane stock");
	end();
}

#define BATCH(PREV, COMMANDS) \
	"{\"hq_epoch\":\"" EPOCH "\",\"lane\":\"catalog\",\"prev_seq\":" PREV \
	",\"commands\":[" COMMANDS "]}"
#define COMMAND(SEQ, ID, SKU) \
	"{\"hq_seq\":" SEQ ",\"id\":\"" ID \
	"\",\"type\":\"product.upsert\",\"data\":{\"sku\":\"" SKU "\"}}"

static void test_commands_are_looked_at(void)
{
	static const struct {
		const char *first, *second, *fault, *changed;
	} rows[] = {
		{BATCH("0", COMMAND("1", "a", "A")), BATCH("0", COMMAND("1", "a", "A")), "", ""},
		{BATCH("0", COMMAND("2", "a", "A")), NULL, "hq_seq 1 is expected", ""},
		{BATCH("0", COMMAND("1", "a", "A") "," COMMAND("3", "b", "B")), NULL,
			"hq_seq 2 is expected", ""},
		{BATCH("-1", ""), NULL, "prev_seq", ""},
		{"{\"lane\":\"orders\",\"prev_seq\":0,\"commands\":[]}", NULL, "lane", ""},
		{BATCH("0", "{\"hq_seq\":1}"), NULL, "id (1 to 64 bytes)", ""},
		{BATCH("0", COMMAND("1", "a", "A")), BATCH("0", COMMAND("1", "b", "A")), "",
			"and again as product.upsert b"},
		{BATCH("0", COMMAND("1", "a", "A")), BATCH("0", COMMAND("1", "a", "B")), "",
			"with other data"},
	};

	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		begin();
		hq_says("dn/0412/catalog", rows[i].first, 1, false);
		if (rows[i].second != NULL)
			hq_says("dn/0412/catalog", rows[i].second, 1, false);
		hear();
		CHECK_TEXT(play->line_fault, "");
		CHECK_HAS(play->command_fault, rows[i].fault);
		CHECK_INT(play->command_fault[0] != '\0', rows[i].fault[0] != '\0');
		CHECK_HAS(play->changed_fault, rows[i].changed);
		CHECK_INT(play->changed_fault[0] != '\0', rows[i].changed[0] != '\0');
		end();
	}
}

/* HQ doubles its pauses: who has seen one of eight seconds waits for the next one. */
static void test_longer_pauses_are_waited_for(void)
{
	begin();
	hq_says("dn/0412/catalog", BATCH("0", COMMAND("1", "a", "A")), 1, false);
	hear();
	CHECK(!conform_play_again(play, CONFORM_DOWN_CATALOG, 1, "has no answer"));
	CHECK_HAS(play->said, "does not come again within 2 s");
	CHECK_HAS(play->said, "needs a longer --patience");
	fake_post.now_ms += 8000;
	hq_says("dn/0412/catalog", BATCH("0", COMMAND("1", "a", "A")), 1, false);
	hear();
	CHECK(play->pause_ms >= 8000);
	CHECK(!conform_play_again(play, CONFORM_DOWN_CATALOG, 1, "has no answer"));
	CHECK_HAS(play->said, "does not come again within 2");
	CHECK_INT(play->commands[CONFORM_DOWN_CATALOG].items[0].seen, 2);
	end();
}

#define WELCOME(HQ_EPOCH) \
	"{\"type\":\"welcome\",\"hq_epoch\":\"" HQ_EPOCH \
	"\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}"

/* Under another epoch of HQ's the commands begin anew, once it was restored, and only then. */
static void test_commands_begin_anew_with_a_restored_hq(void)
{
	for (unsigned restored = 0; restored < 2; restored++) {
		const struct conform_commands *commands;

		begin();
		commands = &play->commands[CONFORM_DOWN_CATALOG];
		hq_says("dn/0412/ctl", WELCOME(EPOCH), 1, false);
		hq_says("dn/0412/catalog", BATCH("0", COMMAND("1", "a", "A")), 1, false);
		hear();
		CHECK_INT(commands->n, 1);
		play->restored = restored == 1;
		hq_says("dn/0412/ctl", WELCOME("1111111111111111"), 1, false);
		/* Of the one before: it was on its way. */
		hq_says("dn/0412/ctl", WELCOME("1111111111111111"), 1, false);
		hear();
		CHECK_TEXT(play->hq_epoch, "1111111111111111");
		CHECK_INT(commands->n, restored == 1 ? 0 : 1);
		CHECK_INT(commands->items[0].seen, restored == 1 ? 0 : 1);
		CHECK(!play->restored);
		CHECK_TEXT(play->line_fault, "");
		end();
	}
	/* Before the welcome has told it, what comes under it is passed over. */
	begin();
	hq_says("dn/0412/ctl", WELCOME("1111111111111111"), 1, false);
	hear();
	play->restored = true;
	hq_says("dn/0412/catalog", BATCH("0", COMMAND("1", "a", "A")), 1, false);
	hear();
	CHECK_TEXT(play->command_fault, "");
	CHECK_INT(play->commands[CONFORM_DOWN_CATALOG].n, 0);
	end();
}

/* What an openssl of the machine signs, looked at as a store would. */
static void test_certificates_are_looked_at(void)
{
	char *request, *other, *right, *ended, *strange;

	test_authority_make("authority");
	test_shell("for n in a b; do openssl req -new -newkey ec -pkeyopt "
		   "ec_paramgen_curve:P-256 -nodes -subj /O=Chain/CN=0412 -keyout $n.key "
		   "-out $n.csr; done; openssl x509 -req -in a.csr -CA authority.pem -CAkey "
		   "authority.key -CAcreateserial -days 2 -out a.pem; "
		   "openssl x509 -req -in a.csr -CA authority.pem -CAkey authority.key "
		   "-CAcreateserial -days -1 -out ended.pem; "
		   "openssl req -new -key a.key -subj /CN=0413 -out c.csr; "
		   "openssl x509 -req -in c.csr -CA authority.pem -CAkey authority.key "
		   "-CAcreateserial -days 2 -out strange.pem");
	request = test_file_read(test_in_folder("a.csr"), NULL);
	other = test_file_read(test_in_folder("b.csr"), NULL);
	right = test_file_read(test_in_folder("a.pem"), NULL);
	strange = test_file_read(test_in_folder("strange.pem"), NULL);
	ended = test_file_read(test_in_folder("ended.pem"), NULL);
	CHECK(conform_request_fault(request, "0412") == NULL);
	CHECK_HAS(conform_request_fault(request, "041"), "is not made out to the store");
	CHECK_HAS(conform_request_fault(right, "0412"), "no certificate request");
	CHECK_HAS(conform_request_fault("", "0412"), "no certificate request");
	CHECK(conform_certificate_fault(request, br_str_from(right), "0412") == NULL);
	CHECK_HAS(conform_certificate_fault(other, br_str_from(right), "0412"), "another key");
	CHECK_HAS(conform_certificate_fault(request, br_str_from(strange), "0412"),
		"is not the store's id");
	CHECK_HAS(conform_certificate_fault(request, br_str_from(ended), "0412"), "has ended");
	CHECK_HAS(conform_certificate_fault(request, BR_STR("-----BEGIN"), "0412"), "in PEM");
	free(request);
	free(other);
	free(right);
	free(ended);
	free(strange);
}

/* A command of the options: what it says by its exit code. */
static void test_a_command_of_the_options(void)
{
	begin();
	CHECK(conform_play_shell(play, "--restart", "exit 0"));
	CHECK(!conform_play_shell(play, "--restart", "exit 3"));
	CHECK_TEXT(play->said, "the command of --restart failed");
	end();
}

/* Far more than is kept, and numbers that no index holds. */
static void test_numbers_without_end(void)
{
	begin();
	hq_says("dn/0412/catalog", BATCH("9007199254740990", COMMAND("9007199254740991", "a", "A")),
		1, false);
	hq_says("dn/0412/catalog", BATCH("4095", COMMAND("4096", "a", "A")), 1, false);
	hear();
	CHECK_INT(play->commands[CONFORM_DOWN_CATALOG].n, CONFORM_COMMANDS_MAX);
	CHECK(play->too_many);
	CHECK(!conform_play_drain(play));
	CHECK_HAS(play->said, "give it fewer products");
	CHECK(play->commands[CONFORM_DOWN_CATALOG].items[CONFORM_COMMANDS_MAX - 1].seen == 1);
	end();
}

static void test_what_a_batch_says(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct conform_batch batch;
	struct br_str crc;
	const char *events;
	char expected[9];
	int64_t number;

	begin();
	conform_batch_begin(play, &batch, CONFORM_STOCK);
	conform_batch_receive(play, &batch, 3, 4);
	conform_batch_receive(play, &batch, 3, 2);
	conform_batch_send(play, &batch);
	conform_batch_send(play, &batch);
	CHECK_INT(fake_post.sent_n, 2);
	CHECK_TEXT(topic, "up/d8/0412/stock");
	REQUIRE(br_json_parse(br_str_from(payload), &root, NULL) == 0);
	CHECK(br_json_i64(br_json_member(root, "n"), &number) && number == 2);
	CHECK(br_json_i64(br_json_member(root, "prev_seq"), &number) && number == 0);
	CHECK(br_json_i64(br_json_member(root, "last_seq"), &number) &&
		(uint64_t)number == play->last[CONFORM_STOCK]);
	events = strstr(payload, "\"events\":") + 9;
	(void)snprintf(expected, sizeof(expected), "%08x", br_crc32c(events, strlen(events) - 1));
	REQUIRE(br_json_string(br_json_member(root, "crc32c"), &crc));
	CHECK_STR(crc, expected);
	CHECK_INT(play->backroom[3], 6000);
	CHECK_INT(play->past_n, 2);
	/* What is remembered is what stands there. */
	CHECK_HAS(payload, play->past[0].json);
	CHECK_HAS(payload, play->past[1].json);
	conform_batch_finish(&batch);
	/* And what HQ must not take is not remembered. */
	conform_batch_begin(play, &batch, CONFORM_STOCK);
	batch.forgotten = batch.wrong_crc = true;
	conform_batch_add(play, &batch, "stock.moved", "X", "{'sku':'X'}");
	conform_batch_send(play, &batch);
	CHECK_INT(play->past_n, 2);
	conform_batch_finish(&batch);
	end();
}

static unsigned outcomes[3];

static void outcome_count(unsigned index, enum conform_outcome outcome, const char *said)
{
	CHECK(index < conform_rule_n);
	CHECK(outcome == CONFORM_PASSED || said[0] != '\0');
	outcomes[outcome]++;
}

static bool nothing_left_out(const struct conform_rule *rule BR_UNUSED)
{
	return false;
}

/* With nobody there the first rule fails, and no other is tried. */
static void test_an_hq_that_is_silent(void)
{
	begin();
	memset(outcomes, 0, sizeof(outcomes));
	conform_rules_run(play, nothing_left_out, outcome_count);
	CHECK_INT(outcomes[CONFORM_PASSED], 0);
	CHECK_INT(outcomes[CONFORM_FAILED], 1);
	CHECK_INT(outcomes[CONFORM_UNTRIED], conform_rule_n - 1);
	end();
}

/* Each rule by itself ends, and none passes, when nothing answers. */
static void test_no_rule_passes_without_an_answer(void)
{
	memset(outcomes, 0, sizeof(outcomes));
	for (unsigned i = 0; i < conform_rule_n; i++) {
		begin();
		outcome_count(i, conform_rules[i].run(play), play->said);
		end();
	}
	CHECK_INT(outcomes[CONFORM_PASSED], 0);
	CHECK(outcomes[CONFORM_FAILED] > 10);
	/* Every clause is one rule's. */
	for (unsigned i = 0; i < conform_rule_n; i++)
		for (unsigned j = 0; j < i; j++) {
			CHECK(strcmp(conform_rules[i].name, conform_rules[j].name) != 0);
			CHECK(strcmp(conform_rules[i].clause, conform_rules[j].clause) != 0);
		}
}

static bool three_hellos_answered(void *context BR_UNUSED, struct conform_letter *ret_letter)
{
	static char text[256];
	static unsigned answered;

	if (fake_post.sent_n == answered || answered == 3)
		return false;
	answered = fake_post.sent_n;
	(void)snprintf(text, sizeof(text),
		"{\"type\":\"welcome\",\"id\":\"%s\",\"hq_epoch\":\"" EPOCH
		"\",\"lanes\":{\"orders\":{\"cum_seq\":0},\"stock\":{\"cum_seq\":0}}}",
		play->hello_id);
	*ret_letter =
		(struct conform_letter){br_str_from("dn/0412/ctl"), br_str_from(text), .qos = 1};
	return true;
}

/* When HQ dies amidst a run, what is left is not tried one after the other. */
static void test_an_hq_that_falls_silent(void)
{
	begin();
	fake_post.next = three_hellos_answered;
	memset(outcomes, 0, sizeof(outcomes));
	conform_rules_run(play, nothing_left_out, outcome_count);
	CHECK_INT(outcomes[CONFORM_PASSED], 3);
	CHECK_INT(outcomes[CONFORM_FAILED], 1);
	CHECK_INT(outcomes[CONFORM_UNTRIED], conform_rule_n - 4);
	end();
}

/* The guide has each clause, so that who reads "3.4" finds it. */
static void test_each_clause_is_in_the_guide(void)
{
	const char *source = getenv("BACKROOM_SOURCE");
	char path[512], clause[16], *guide;

	(void)snprintf(path, sizeof(path), "%s/cloud-sync/GUIDE.md", source != NULL ? source : ".");
	guide = test_file_read(path, NULL);
	for (unsigned i = 0; i < conform_rule_n; i++) {
		(void)snprintf(clause, sizeof(clause), "**%s**", conform_rules[i].clause);
		CHECK_HAS(guide, clause);
	}
	free(guide);
}

int main(int argc, char **argv)
{
	TEST(test_the_numbers_of_the_readme);
	TEST(test_what_is_the_same_json);
	TEST(test_breaches_of_the_line);
	TEST(test_a_right_line_has_no_breach);
	TEST(test_commands_are_looked_at);
	TEST(test_nobody_has_what_was_not_sent);
	TEST(test_longer_pauses_are_waited_for);
	TEST(test_commands_begin_anew_with_a_restored_hq);
	TEST(test_numbers_without_end);
	TEST(test_certificates_are_looked_at);
	TEST(test_a_command_of_the_options);
	TEST(test_what_a_batch_says);
	TEST(test_an_hq_that_is_silent);
	TEST(test_no_rule_passes_without_an_answer);
	TEST(test_an_hq_that_falls_silent);
	TEST(test_each_clause_is_in_the_guide);
	return test_end(argc, argv);
}
