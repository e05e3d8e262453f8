/* peer-ap: jobs and pictures as bytes, and the program driven by jobs that are written by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/json.h"
#include "tests/lib/broker.h"
#include "tests/lib/test.h"
#include "tests/peers/brap.h"
#include "tests/peers/mqtt.h"
#include "tests/peers/picture.h"
#include "tests/peers/zip.h"

#define LABEL "B0C0DE0000000000" /* the first label; a bwr29 */
#define OTHER "B0C0DE0000000001"
#define PICTURE_BYTES (296 * 128 / 8 * 2)

static uint8_t planes[PICTURE_BYTES];

static void test_a_raw_picture_is_decoded(void)
{
	struct peer_picture picture;
	uint8_t bytes[4] = {0x80, 0x01, 0x40, 0x00};
	struct br_str text = {(char *)bytes, 4};

	REQUIRE(peer_picture_decode(text, BR_STR("raw"), 8, 2, 2, &picture) == 0);
	CHECK_INT(peer_picture_at(&picture, 0, 0), PEER_BLACK);
	CHECK_INT(peer_picture_at(&picture, 1, 0), PEER_RED);
	CHECK_INT(peer_picture_at(&picture, 2, 0), PEER_WHITE);
	CHECK_INT(peer_picture_at(&picture, 7, 1), PEER_BLACK);
	peer_picture_finish(&picture);
	text.n = 3;
	CHECK_INT(peer_picture_decode(text, BR_STR("raw"), 8, 2, 2, &picture), BR_E_CORRUPT);
	CHECK_INT(peer_picture_decode(text, BR_STR("png"), 8, 2, 2, &picture), BR_E_UNSUPPORTED);
}

/* The zlib12 file of the planes, for w × h; `breaks` damages one byte of the inner head. */
static struct br_str zlib12(unsigned w, unsigned h, int breaks, char *buffer, size_t size)
{
	static uint8_t plain[6 + PICTURE_BYTES];
	void *packed = NULL;
	size_t n = 0, whole = sizeof(plain);

	plain[0] = 6;
	plain[1] = (uint8_t)w;
	plain[2] = (uint8_t)(w >> 8);
	plain[3] = (uint8_t)h;
	plain[4] = (uint8_t)(h >> 8);
	plain[5] = 2;
	if (breaks >= 0)
		plain[breaks] ^= 1;
	memcpy(plain + 6, planes, sizeof(planes));
	REQUIRE(peer_deflate(plain, whole, 12, &packed, &n) == 0 && n + 4 <= size);
	for (size_t i = 0; i < 4; i++)
		buffer[i] = (char)(whole >> (8 * i));
	memcpy(buffer + 4, packed, n);
	free(packed);
	return (struct br_str){buffer, n + 4};
}

static void test_a_packed_picture_is_decoded(void)
{
	static char buffer[2 * PICTURE_BYTES];
	struct peer_picture picture;
	struct br_str text;

	for (size_t i = 0; i < sizeof(planes); i++)
		planes[i] = (uint8_t)(i / 37);
	text = zlib12(296, 128, -1, buffer, sizeof(buffer));
	REQUIRE(peer_picture_decode(text, BR_STR("zlib12"), 296, 128, 2, &picture) == 0);
	CHECK(memcmp(picture.bytes, planes, sizeof(planes)) == 0);
	peer_picture_finish(&picture);
	for (int i = 0; i < 6; i++) {
		text = zlib12(296, 128, i, buffer, sizeof(buffer));
		CHECK_INT(peer_picture_decode(text, BR_STR("zlib12"), 296, 128, 2, &picture),
			BR_E_CORRUPT);
	}
	text = zlib12(296, 128, -1, buffer, sizeof(buffer));
	buffer[1] ^= 1;
	CHECK_INT(peer_picture_decode(text, BR_STR("zlib12"), 296, 128, 2, &picture), BR_E_CORRUPT);
	CHECK_INT(peer_picture_decode(
			  (struct br_str){text.s, 3}, BR_STR("zlib12"), 296, 128, 2, &picture),
		BR_E_CORRUPT);
}

static uint32_t u32_be(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Checks that the file is a PNG of that size whose chunks all have their CRC. */
static void png_check(const char *path, unsigned w, unsigned h)
{
	size_t n, at = 8, chunks = 0;
	char *bytes = test_file_read(path, &n);

	CHECK(n > 40 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0);
	CHECK_INT(u32_be(bytes + 16), w);
	CHECK_INT(u32_be(bytes + 20), h);
	while (at + 12 <= n) {
		size_t length = u32_be(bytes + at);

		REQUIRE(at + 12 + length <= n);
		CHECK_INT(
			u32_be(bytes + at + 8 + length), peer_crc32(0, bytes + at + 4, 4 + length));
		at += 12 + length;
		chunks++;
	}
	CHECK_INT(at, n);
	CHECK_INT(chunks, 4);
	free(bytes);
}

static void test_a_picture_is_written(void)
{
	struct peer_picture picture = {296, 128, 2, PICTURE_BYTES, planes};
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/x.png", test_folder());
	CHECK_INT(peer_picture_write(&picture, path), 0);
	png_check(path, 296, 128);
	CHECK_INT(peer_picture_write(&picture, "/no/such/folder/x.png"), BR_E_NOT_FOUND);
}

/* A job: length, header, bytes. The header is printf'ed by the caller. */
static struct br_str job_write(char *buffer, size_t size, const char *header, struct br_str bytes)
{
	size_t n = strlen(header);

	REQUIRE(n + 2 + bytes.n <= size);
	buffer[0] = (char)(n >> 8);
	buffer[1] = (char)n;
	memcpy(buffer + 2, header, n);
	memcpy(buffer + 2 + n, bytes.s, bytes.n);
	return (struct br_str){buffer, n + 2 + bytes.n};
}

#define HASH "00112233445566778899AABBCCDDEEFF"

static void test_a_job_is_read(void)
{
	char buffer[1024];
	struct peer_brap_job job;
	struct br_str bytes;
	struct br_fault fault = {""};

	REQUIRE(peer_brap_job_read(
			job_write(buffer, sizeof(buffer),
				"{\"job\":\"j1\",\"rev\":7,\"page\":1,\"show\":false,\"at\":"
				"2000000000,"
				"\"exp\":\"2033-05-18T03:33:20Z\",\"pri\":3,\"enc\":\"raw\",\"w\":"
				"8,"
				"\"h\":2,\"bpp\":2,\"len\":4,\"sha256\":\"" HASH
				"\",\"refresh\":\"fast\",\"boot\":4294967295,\"more\":{}}",
				BR_STR("abcd")),
			&job, &bytes, &fault) == 0);
	CHECK_STR(bytes, "abcd");
	CHECK_TEXT(job.job, "j1");
	CHECK_TEXT(job.hash, "00112233445566778899aabbccddeeff");
	CHECK(job.rev == 7 && job.page == 1 && !job.show && job.fast && job.pri == 3);
	CHECK(job.has_boot && job.boot == UINT32_MAX);
	CHECK_INT(job.at_ms, INT64_C(2000000000000));
	CHECK_INT(job.exp_ms, INT64_C(2000000000000));
}

static void test_a_wrong_job_is_refused(void)
{
	static const char *const bad[] = {"[]", "{}", "{\"job\":\"\"}", "{\"job\":\"a\"}",
		"{\"job\":\"a\",\"sha256\":\"00\"}",
		"{\"job\":\"a\",\"sha256\":\"" HASH "\",\"rev\":1}",
		"{\"job\":\"a\",\"sha256\":\"" HASH "\",\"rev\":1,\"len\":99999999}",
		"{\"job\":\"a\",\"sha256\":\"" HASH "\",\"rev\":1,\"len\":4,\"page\":9}",
		"{\"job\":\"a\",\"sha256\":\"" HASH "\",\"rev\":1,\"len\":4,\"at\":\"soon\"}",
		("{\"job\":\"a\",\"sha256\":\"G0112233445566778899AABBCCDDEEFF\","
		 "\"rev\":1,\"len\":4}")};
	char buffer[1024];
	struct peer_brap_job job;
	struct br_str bytes;
	struct br_fault fault;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		fault.text[0] = '\0';
		CHECK_INT(peer_brap_job_read(
				  job_write(buffer, sizeof(buffer), bad[i], BR_STR("abcd")), &job,
				  &bytes, &fault),
			BR_E_INVALID);
		CHECK(fault.text[0] != '\0');
	}
	CHECK_INT(peer_brap_job_read(BR_STR(""), &job, &bytes, NULL), BR_E_INVALID);
	CHECK_INT(peer_brap_job_read(BR_STR("\xff\xff{}"), &job, &bytes, NULL), BR_E_INVALID);
}

static void test_commands_are_read(void)
{
	struct peer_brap_command command;

	REQUIRE(peer_brap_command_read(BR_STR("{\"job\":\"c1\",\"op\":\"wake\",\"every_s\":2,"
					      "\"for_s\":30,\"exp\":null}"),
			&command, NULL) == 0);
	CHECK(command.op == PEER_OP_WAKE && command.every_s == 2 && command.for_s == 30);
	REQUIRE(peer_brap_command_read(
			BR_STR("{\"job\":\"c2\",\"op\":\"page\",\"page\":{\"n\":1}}"), &command,
			NULL) == 0);
	CHECK(command.op == PEER_OP_PAGE && command.page == 1);
	REQUIRE(peer_brap_command_read(
			BR_STR("{\"job\":\"c3\",\"op\":\"dance\"}"), &command, NULL) == 0);
	CHECK_INT(command.op, PEER_OP_UNKNOWN);
	CHECK_INT(peer_brap_command_read(BR_STR("{\"op\":\"led\"}"), &command, NULL), BR_E_INVALID);
	CHECK_INT(peer_brap_command_read(BR_STR("led"), &command, NULL), BR_E_INVALID);
	CHECK_INT(peer_brap_command_read(
			  BR_STR("{\"job\":\"c\",\"op\":\"led\",\"s\":-1}"), &command, NULL),
		BR_E_INVALID);
}

static void test_no_bytes_make_the_reader_stumble(void)
{
	static const char header[] = "{\"job\":\"a\",\"sha256\":\"" HASH "\",\"rev\":1,\"len\":4,"
				     "\"w\":8,\"h\":2,\"bpp\":2,\"enc\":\"raw\",\"boot\":1}";
	char good[512], bad[512];
	struct br_str text = job_write(good, sizeof(good), header, BR_STR("abcd")), bytes;
	struct peer_brap_job job;
	unsigned refused = 0;

	for (int round = 0; round < 5000; round++) {
		size_t n = test_random() % 3 == 0 ? test_random() % text.n : text.n;

		memcpy(bad, good, text.n);
		for (uint64_t flips = test_random() % 3; flips > 0 && n > 0; flips--)
			bad[test_random() % n] = (char)test_random();
		refused += peer_brap_job_read((struct br_str){bad, n}, &job, &bytes, NULL) < 0;
	}
	CHECK(refused > 1500 && refused < 5000);
}

/* The store's side. */
static struct store {
	struct peer_mqtt *mqtt;
	uint32_t boot;
	unsigned acks, seen, states, types, offs;
	size_t seen_longest;
	char log[8192];	   /* "job:st/err " of every ack */
	char events[1024]; /* "ev " of every event */
	char last_ack[512], shown[64], last_seen[4096];
} store;

static struct peer_loop *loop;

static void ack_take(const struct br_json *root, struct br_str payload)
{
	struct br_str job = {"", 0}, st = {"", 0}, err = {"", 0}, shown = {"null", 4};
	size_t n = strlen(store.log);

	CHECK(br_json_string(br_json_member(root, "job"), &job));
	CHECK(br_json_string(br_json_member(root, "st"), &st));
	(void)!br_json_string(br_json_member(root, "err"), &err);
	(void)!br_json_string(br_json_member(root, "shown"), &shown);
	store.acks++;
	(void)snprintf(store.log + n, sizeof(store.log) - n, "%.*s:%.*s%s%.*s ", BR_STR_ARG(job),
		BR_STR_ARG(st), err.n > 0 ? "/" : "", BR_STR_ARG(err));
	(void)snprintf(store.last_ack, sizeof(store.last_ack), "%.*s", BR_STR_ARG(payload));
	(void)snprintf(store.shown, sizeof(store.shown), "%.*s", BR_STR_ARG(shown));
}

static void on_message(void *context BR_UNUSED, const struct peer_message *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int64_t boot;
	bool on;

	REQUIRE(br_json_parse(message->payload, &root, NULL) == 0);
	if (strstr(message->topic, "/ack/") != NULL) {
		ack_take(root, message->payload);
	} else if (strstr(message->topic, "/event/") != NULL) {
		struct br_str event = {"", 0};
		size_t n = strlen(store.events);

		CHECK(br_json_string(br_json_member(root, "ev"), &event));
		(void)snprintf(
			store.events + n, sizeof(store.events) - n, "%.*s ", BR_STR_ARG(event));
	} else if (strstr(message->topic, "/seen") != NULL) {
		store.seen += (unsigned)br_json_count(root);
		if (message->payload.n > store.seen_longest)
			store.seen_longest = message->payload.n;
		(void)snprintf(store.last_seen, sizeof(store.last_seen), "%.*s",
			BR_STR_ARG(message->payload));
	} else if (strstr(message->topic, "/types") != NULL) {
		store.types += (unsigned)br_json_count(br_json_member(root, "displays"));
	} else if (strstr(message->topic, "/state") != NULL &&
		   br_json_bool(br_json_member(root, "on"), &on)) {
		store.states++;
		store.offs += !on;
		if (br_json_i64(br_json_member(root, "boot"), &boot))
			store.boot = (uint32_t)boot;
	}
}

static bool log_has(void *context)
{
	return strstr(store.log, context) != NULL;
}

static bool said(const char *text)
{
	bool has = peer_loop_until(loop, log_has, (void *)(uintptr_t)text, 8000);

	if (!has)
		printf("no \"%s\" in: %s\n", text, store.log);
	return has;
}

static bool is_ready(void *context)
{
	return store.boot != 0 && (store.seen >= 2 || *(bool *)context);
}

static struct test_broker broker;
static struct test_process ap;
static char glass[256];

static void ap_open(const char *name, const char *const extra[])
{
	static char port[16];
	const char *argv[TEST_ARGUMENTS_MAX] = {test_program("tests/peers/peer-ap"), "--port", port,
		"--labels", "2", "--types", "bwr29", "--check-in", "0.1", "--refresh", "20",
		"--glass", glass, "--json"};
	struct peer_mqtt_events events = {.message = on_message};
	static const char *const topics[] = {"brap/1/+/state", "brap/1/+/types", "brap/1/+/seen",
		"brap/1/+/ack/+", "brap/1/+/event/+"};
	struct peer_mqtt_settings settings;
	bool seldom = false;
	size_t n = 14;

	memset(&store, 0, sizeof(store));
	(void)snprintf(glass, sizeof(glass), "%s/%s", test_folder(), name);
	test_broker_start(&broker, name, NULL);
	(void)snprintf(port, sizeof(port), "%u", broker.port);
	for (; extra != NULL && *extra != NULL; extra++) {
		seldom = seldom || strcmp(*extra, "60") == 0;
		argv[n++] = *extra;
	}
	test_process_start(&ap, "ap", argv, NULL);
	settings = (struct peer_mqtt_settings){.port = broker.port};
	REQUIRE(peer_loop_create(&loop) == 0);
	REQUIRE(peer_mqtt_create(loop, &settings, &events, &store.mqtt) == 0);
	for (size_t i = 0; i < BR_ARRAY_LEN(topics); i++)
		peer_mqtt_subscribe(store.mqtt, topics[i], 1);
	REQUIRE(peer_loop_until(loop, is_ready, &seldom, 10000));
}

/* Stops all; the access point's summary goes to `log`. */
static void ap_close(char *log, size_t size)
{
	char *text;

	CHECK_INT(test_process_stop(&ap), 0);
	text = test_file_read(ap.log, NULL);
	(void)snprintf(log, size, "%s", text);
	free(text);
	peer_mqtt_destroy(store.mqtt);
	peer_loop_destroy(loop);
	test_broker_stop(&broker);
}

static void publish(const char *what, struct br_str payload)
{
	char topic[128];

	(void)snprintf(topic, sizeof(topic), "brap/1/ap-1/%s", what);
	CHECK_INT(peer_mqtt_publish(store.mqtt, topic, payload, 1, false, NULL), 0);
}

struct job {
	const char *topic, *id, *more; /* more: JSON members, each with a comma before it */
	int rev, page;
	size_t len, n; /* as told, and as sent; 0: all */
	uint32_t boot_off;
	bool bad_hash;
};

static void job_send(const struct job *job)
{
	static char buffer[2 * PICTURE_BYTES];
	char header[1024], hash[PEER_BRAP_HASH_BYTES];
	struct br_str bytes = {(const char *)planes, sizeof(planes)};

	peer_brap_hash(bytes, hash);
	if (job->bad_hash)
		hash[0] = hash[0] == '0' ? '1' : '0';
	(void)snprintf(header, sizeof(header),
		"{\"job\":\"%s\",\"rev\":%d,\"page\":%d,\"pri\":1,\"enc\":\"raw\",\"w\":296,\"h\":"
		"128,"
		"\"bpp\":2,\"len\":%zu,\"sha256\":\"%s\",\"refresh\":\"full\",\"boot\":%u%s}",
		job->id, job->rev, job->page, job->len > 0 ? job->len : bytes.n, hash,
		store.boot + job->boot_off, job->more != NULL ? job->more : "");
	if (job->n > 0)
		bytes.n = job->n;
	publish(job->topic != NULL ? job->topic : "job/" LABEL,
		job_write(buffer, sizeof(buffer), header, bytes));
}

static void test_a_job_reaches_the_glass(void)
{
	char log[4096], path[512], hash[PEER_BRAP_HASH_BYTES];
	char *shown;

	ap_open("glass", NULL);
	CHECK_INT(store.types, PEER_DISPLAYS);
	CHECK_HAS(store.last_seen, "\"l\":\"" LABEL "\",\"type\":\"bwr29\"");
	CHECK_HAS(store.last_seen, "\"shown\":null");
	job_send(&(struct job){.id = "a", .rev = 1});
	CHECK(said("a:queued a:sending a:shown "));
	peer_brap_hash((struct br_str){(char *)planes, sizeof(planes)}, hash);
	CHECK_TEXT(store.shown, hash);
	(void)snprintf(path, sizeof(path), "%s/" LABEL ".png", glass);
	png_check(path, 296, 128);
	(void)snprintf(path, sizeof(path), "%s/shown.jsonl", glass);
	shown = test_file_read(path, NULL);
	CHECK_HAS(shown, "\"label\":\"" LABEL "\",\"job\":\"a\",\"rev\":1,\"page\":0,\"hash\":\"");
	free(shown);
	/* A duplicate is answered with how it ended, and nothing is shown twice. */
	job_send(&(struct job){.id = "a", .rev = 1});
	CHECK(said("a:shown a:shown "));
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"shown\":1,");
	CHECK_HAS(log, "\"duplicates\":1,\"foreign_boot\":0,\"needless\":0,");
}

static void test_errors_have_their_words(void)
{
	char log[4096];

	ap_open("errors", NULL);
	job_send(&(struct job){.id = "h", .rev = 1, .bad_hash = true});
	job_send(&(struct job){.id = "l", .rev = 2, .len = 100});
	job_send(&(struct job){.id = "t", .rev = 3, .more = ",\"w\":400"});
	job_send(&(struct job){.id = "n", .rev = 1, .topic = "job/B0C0DE0000000099"});
	job_send(&(struct job){.id = "x", .rev = 4, .more = ",\"exp\":1000"});
	job_send(&(struct job){.id = "b", .rev = 5, .boot_off = 1});
	publish("job/" LABEL, BR_STR("no job"));
	publish("cmd/" LABEL, BR_STR("{\"job\":\"u\",\"op\":\"dance\"}"));
	publish("cmd/" LABEL, BR_STR("{\"job\":\"p\",\"op\":\"page\",\"n\":3}"));
	CHECK(said("p:refused/unsupported"));
	CHECK_HAS(store.log, "h:refused/bad_hash ");
	CHECK_HAS(store.log, "l:refused/bad_hash ");
	CHECK_HAS(store.log, "n:refused/no_label ");
	CHECK_HAS(store.log, "x:expired/expired ");
	CHECK_HAS(store.log, "u:refused/unsupported ");
	CHECK(strstr(store.log, "b:") == NULL);
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"malformed\":1,\"duplicates\":0,\"foreign_boot\":1,");
}

static void test_the_newest_revision_wins(void)
{
	static const char *const slow[] = {"--check-in", "0.7", NULL};
	char log[4096];

	ap_open("newest", slow);
	job_send(&(struct job){.id = "r5", .rev = 5});
	job_send(&(struct job){.id = "r4", .rev = 4});
	job_send(&(struct job){.id = "r6", .rev = 6});
	job_send(&(struct job){.id = "other", .rev = 1, .topic = "job/" OTHER});
	CHECK(said("r6:shown"));
	CHECK(said("other:shown"));
	CHECK_HAS(store.log, "r4:superseded ");
	CHECK_HAS(store.log, "r5:superseded ");
	CHECK(strstr(store.log, "r5:shown") == NULL);
	job_send(&(struct job){.id = "c", .rev = 7});
	publish("cmd/" LABEL, BR_STR("{\"job\":\"c\",\"op\":\"cancel\"}"));
	CHECK(said("c:queued c:superseded "));
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"cancelled\":1,");
	/* The cancelled one was the picture that the label showed already. */
	CHECK_HAS(log, "\"needless\":1,");
}

static void test_parts_make_a_whole(void)
{
	static char buffer[PICTURE_BYTES + 64];
	char log[4096], topic[64];

	ap_open("parts", NULL);
	job_send(&(struct job){.id = "m", .rev = 1, .n = 1000});
	for (size_t i = 1, at = 1000; at < sizeof(planes); i++, at += 4000) {
		size_t n = sizeof(planes) - at < 4000 ? sizeof(planes) - at : 4000;

		(void)snprintf(topic, sizeof(topic), "job/" LABEL "/%zu", i);
		publish(topic, job_write(buffer, sizeof(buffer), "{\"job\":\"m\"}",
				       (struct br_str){(char *)planes + at, n}));
	}
	CHECK(said("m:queued m:sending m:shown "));
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"parts\":3,");
	CHECK_HAS(log, "\"malformed\":0,");
}

static void test_pages_wakes_and_reboots(void)
{
	char log[4096];

	ap_open("pages", NULL);
	job_send(&(struct job){.id = "p0", .rev = 1});
	CHECK(said("p0:shown"));
	planes[0] ^= 0xFF;
	job_send(&(struct job){.id = "p1", .rev = 2, .page = 1, .more = ",\"show\":false"});
	CHECK(said("p1:shown"));
	publish("cmd/" LABEL, BR_STR("{\"job\":\"go\",\"op\":\"page\",\"n\":1}"));
	CHECK(said("go:queued go:shown "));
	publish("cmd/" LABEL, BR_STR("{\"job\":\"w\",\"op\":\"wake\",\"every_s\":1,\"for_s\":5}"));
	publish("cmd/" LABEL, BR_STR("{\"job\":\"led\",\"op\":\"led\",\"s\":2}"));
	CHECK(said("led:shown"));
	publish("cmd/" LABEL, BR_STR("{\"job\":\"re\",\"op\":\"reboot\"}"));
	CHECK(said("re:shown"));
	CHECK_TEXT(store.shown, "null");
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"commands\":4,");
}

static void test_a_restart_forgets_and_says_so(void)
{
	static const char *const restarts[] = {"--restart", "1.5", "--check-in", "60", NULL};
	uint32_t first;
	char log[4096];

	ap_open("restart", restarts);
	first = store.boot;
	job_send(&(struct job){.id = "gone", .rev = 9});
	CHECK(said("gone:queued"));
	for (int i = 0; i < 400 && store.boot == first; i++)
		(void)peer_loop_turn(loop, 20);
	CHECK(store.boot != first);
	CHECK(store.offs >= 1);
	/* The old boot's jobs are dropped; after the restart an older revision is new again. */
	job_send(&(struct job){.id = "old", .rev = 1, .boot_off = first - store.boot});
	job_send(&(struct job){.id = "again", .rev = 1});
	CHECK(said("again:queued"));
	CHECK(strstr(store.log, "old:") == NULL);
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"foreign_boot\":1,");
}

static void test_losses_end_in_failures(void)
{
	static const char *const lossy[] = {"--loss", "1", "--duplicate", "1", NULL};
	char log[4096];

	ap_open("loss", lossy);
	job_send(&(struct job){.id = "f", .rev = 1});
	CHECK(said("f:failed/radio f:failed/radio "));
	CHECK_HAS(store.last_ack, "\"tries\":3,");
	publish("cmd/" LABEL, BR_STR("{\"job\":\"fw\",\"op\":\"fw\",\"ver\":\"2\"}"));
	CHECK(said("fw:failed/radio "));
	CHECK_HAS(store.events, "fw_fail ");
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"lost\":3,");
}

static bool has_seen_many(void *context BR_UNUSED)
{
	return store.seen >= 360;
}

/* Whatever the number of labels, no report is longer than the contract's 4 KiB. */
static void test_reports_keep_to_their_length(void)
{
	static const char *const many[] = {"--labels", "120", "--check-in", "0.4", NULL};
	char log[4096];

	ap_open("many", many);
	CHECK(peer_loop_until(loop, has_seen_many, NULL, 10000));
	CHECK(store.seen_longest <= PEER_BRAP_JSON_MAX);
	CHECK(store.seen_longest > PEER_BRAP_JSON_MAX / 2);
	ap_close(log, sizeof(log));
}

/* A battery that is too empty is told of, and no picture comes to that glass. */
static void test_an_empty_battery_fails_every_picture(void)
{
	static const char *const weak[] = {"--weak", "1", NULL};
	char log[4096];

	ap_open("weak", weak);
	job_send(&(struct job){.id = "w", .rev = 1});
	job_send(&(struct job){.id = "s", .rev = 1, .topic = "job/" OTHER});
	CHECK(said("w:failed/low_batt "));
	CHECK(said("s:shown "));
	CHECK_TEXT(store.events, "low_batt ");
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"shown\":1,\"failed\":1,");
}

/* What is longer than the access point said it takes is not taken, as on a real one. */
static void test_messages_that_are_too_long(void)
{
	static const char *const narrow[] = {"--msg-max", "8192", NULL};
	static char buffer[PICTURE_BYTES + 64];
	char log[4096];

	ap_open("long", narrow);
	job_send(&(struct job){.id = "x", .rev = 1});
	job_send(&(struct job){.id = "m", .rev = 2, .n = 4000});
	publish("job/" LABEL "/1",
		job_write(buffer, sizeof(buffer), "{\"job\":\"m\"}",
			(struct br_str){(char *)planes + 4000, sizeof(planes) - 4000}));
	CHECK(said("m:queued m:sending m:shown "));
	CHECK(strstr(store.log, "x:") == NULL);
	ap_close(log, sizeof(log));
	CHECK_HAS(log, "\"malformed\":1,");
}

int main(int argc, char **argv)
{
	TEST(test_a_raw_picture_is_decoded);
	TEST(test_a_packed_picture_is_decoded);
	TEST(test_a_picture_is_written);
	TEST(test_a_job_is_read);
	TEST(test_a_wrong_job_is_refused);
	TEST(test_commands_are_read);
	TEST(test_no_bytes_make_the_reader_stumble);
	TEST(test_a_job_reaches_the_glass);
	TEST(test_errors_have_their_words);
	TEST(test_the_newest_revision_wins);
	TEST(test_parts_make_a_whole);
	TEST(test_pages_wakes_and_reboots);
	TEST(test_a_restart_forgets_and_says_so);
	TEST(test_losses_end_in_failures);
	TEST(test_reports_keep_to_their_length);
	TEST(test_an_empty_battery_fails_every_picture);
	TEST(test_messages_that_are_too_long);
	return test_end(argc, argv);
}
