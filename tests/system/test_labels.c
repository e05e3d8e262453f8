/*
 * Shelf labels end to end: the daemon, a real broker and simulated access points. Whatever happens
 * on the way, in the end every label shows, pixel by pixel, what the dashboard's preview shows, and
 * none was sent a picture that it showed already.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/json.h"
#include "tests/system/glass.h"
#include "tests/system/store_node.h"

#define LABELS 30
#define SETTLE_MS 240000
#define LABEL_BYTES 17

static struct store_node node;
static struct test_process ap;
static char labels[LABELS][LABEL_BYTES];
static char glass_folder[TEST_PATH_BYTES], list_path[TEST_PATH_BYTES];
static const char *ap_more[16]; /* what this test asks of the air, NULL at the end */

/* The air with its labels, or the same again after it was killed: the glass keeps its pictures. */
static void ap_start(void)
{
	char *program = strdup(test_program("tests/peers/peer-ap")), port[16], count[16];
	const char *argv[48] = {program, "--port", port, "--ap", "ap-1", "--ap", "ap-2", "--labels",
		count, "--glass", glass_folder, "--labels-out", list_path, "--check-in", "1",
		"--refresh", "300", "--speed", "100000", "--json"};
	unsigned n = 20;

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", node.broker.port);
	(void)snprintf(count, sizeof(count), "%d", LABELS);
	for (unsigned i = 0; ap_more[i] != NULL; i++)
		argv[n++] = ap_more[i];
	test_process_start(&ap, "peer-ap", argv, NULL);
	REQUIRE(test_process_says(&ap, "2 access points, 30 labels", 10000));
	free(program);
}

/* Stops the air; one of its figures, -1 when it is not there. */
static void ap_stop(struct br_json **ret_figures)
{
	const char *line;
	char *log;

	CHECK_INT(test_process_stop(&ap), 0);
	log = test_file_read(ap.log, NULL);
	line = strstr(log, "{\"jobs\":");
	REQUIRE(line != NULL);
	REQUIRE(br_json_parse(br_str_from(line), ret_figures, NULL) == 0);
	printf("air: %s", line);
	free(log);
}

static int64_t figure(const struct br_json *figures, const char *name)
{
	int64_t number;

	return br_json_i64(br_json_member(figures, name), &number) ? number : -1;
}

static void list_read(void)
{
	char *text = test_file_read(list_path, NULL);
	struct br_str rest = br_str_from(text);

	(void)br_str_split(&rest, '\n');
	for (unsigned i = 0; i < LABELS; i++) {
		struct br_str line = br_str_split(&rest, '\n');

		REQUIRE(br_str_copy(br_str_split(&line, ','), labels[i], sizeof(labels[0])));
	}
	free(text);
}

/* What an address of the API gives, as a file's bytes of the caller; NULL when it does not. */
static char *fetch(const char *path, size_t *ret_n)
{
	char command[4 * TEST_PATH_BYTES], file[TEST_PATH_BYTES];

	(void)snprintf(file, sizeof(file), "%s/fetched", test_folder());
	(void)snprintf(command, sizeof(command),
		"curl -sf --noproxy '*' --max-time 10 --unix-socket '%s' -o '%s' "
		"'http://localhost/api/v1%s'",
		node.api, file, path);
	return system(command) == 0 ? test_file_read(file, ret_n) : NULL;
}

/* How many labels have this state. */
static unsigned in_state(const char *state)
{
	char part[64], *text = fetch("/labels?limit=100", NULL);
	unsigned n = 0;

	(void)snprintf(part, sizeof(part), "\"state\":\"%s\"", state);
	for (const char *at = text; at != NULL && (at = strstr(at, part)) != NULL; at++)
		n++;
	free(text);
	return n;
}

/* The pixels in which a label's glass differs from its preview; -1 when one cannot be seen now. */
static int label_differs(const char *label)
{
	char path[TEST_PATH_BYTES + 32];
	struct glass shown = {0}, wanted = {0};
	char *preview, *glass;
	size_t preview_n, glass_n;
	int differ = -1;

	(void)snprintf(path, sizeof(path), "/labels/%s/picture.png", label);
	preview = fetch(path, &preview_n);
	(void)snprintf(path, sizeof(path), "%s/%s.png", glass_folder, label);
	if (preview == NULL || access(path, R_OK) < 0) {
		free(preview);
		return -1;
	}
	glass = test_file_read(path, &glass_n);
	if (glass_read((struct br_str){preview, preview_n}, &wanted) &&
		glass_read((struct br_str){glass, glass_n}, &shown))
		differ = (int)glass_differ(&wanted, &shown);
	glass_finish(&wanted);
	glass_finish(&shown);
	free(preview);
	free(glass);
	return differ;
}

static unsigned equal_n(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LABELS; i++)
		n += label_differs(labels[i]) == 0;
	return n;
}

/* Until every label is clean and shows what it should. */
static void all_settle(void)
{
	int64_t begin_ms = test_now_ms();
	unsigned clean = 0, equal = 0;

	while (test_now_ms() - begin_ms < SETTLE_MS) {
		clean = in_state("clean");
		equal = clean == LABELS ? equal_n() : 0;
		if (equal == LABELS)
			break;
		test_sleep_ms(300);
	}
	printf("settled in %d ms\n", (int)(test_now_ms() - begin_ms));
	CHECK_INT(clean, LABELS);
	CHECK_INT(equal, LABELS);
	if (equal != LABELS) {
		char *text = fetch("/labels?limit=100", NULL);

		printf("%s\n", text != NULL ? text : "no answer");
		free(text);
	}
}

/* How often a label was made to show what it showed already, by the glass's own records. */
static unsigned shown_twice(void)
{
	char last[LABELS][64] = {""}, path[TEST_PATH_BYTES + 32], *text;
	struct br_str rest;
	unsigned twice = 0;

	(void)snprintf(path, sizeof(path), "%s/shown.jsonl", glass_folder);
	text = test_file_read(path, NULL);
	rest = br_str_from(text);
	while (rest.n > 0) {
		BR_CLEANUP(br_json_cleanup) struct br_json *line = NULL;
		struct br_str label, hash;
		unsigned i = 0;

		REQUIRE(br_json_parse(br_str_split(&rest, '\n'), &line, NULL) == 0);
		REQUIRE(br_json_string(br_json_member(line, "label"), &label) &&
			br_json_string(br_json_member(line, "hash"), &hash));
		while (i < LABELS && !br_str_is(label, labels[i]))
			i++;
		REQUIRE(i < LABELS);
		twice += br_str_is(hash, last[i]);
		REQUIRE(br_str_copy(hash, last[i], sizeof(last[0])));
	}
	free(text);
	return twice;
}

/* Every product gets a price that it did not have before. */
static void prices_change(void)
{
	static unsigned changes;
	char path[TEST_PATH_BYTES];
	FILE *file;

	changes++;
	(void)snprintf(path, sizeof(path), "%s/prices.csv", test_folder());
	file = fopen(path, "we");
	REQUIRE(file != NULL);
	(void)fputs("sku,name,price\n", file);
	for (unsigned i = 1; i <= LABELS; i++)
		(void)fprintf(file, "L%u,Product %u,%u.%02u\n", i, i, i, changes);
	(void)fclose(file);
	CHECK_INT(store_node_tool(&node, NULL, "import", "products", path, (char *)NULL), 0);
}

static void bind_all(void)
{
	for (unsigned i = 0; i < LABELS; i++) {
		char body[LABEL_BYTES + 64];

		(void)snprintf(body, sizeof(body), "{\"label\":\"%.*s\",\"sku\":\"L%u\"}",
			LABEL_BYTES - 1, labels[i], i + 1);
		CHECK_INT(store_node_tool(&node, NULL, "command", "label.bind", body, (char *)NULL),
			0);
	}
}

/* A store with thirty products and as many labels in the air, bound and settled. */
static void scene_open(bool linked, const char *const more[])
{
	static unsigned scenes;

	(void)snprintf(glass_folder, sizeof(glass_folder), "%s/glass-%u", test_folder(), ++scenes);
	(void)snprintf(list_path, sizeof(list_path), "%s/labels.csv", test_folder());
	memset(ap_more, 0, sizeof(ap_more));
	for (unsigned i = 0; more[i] != NULL; i++)
		ap_more[i] = more[i];
	store_node_start(&node, linked, NULL);
	prices_change();
	ap_start();
	list_read();
	bind_all();
	all_settle();
}

static void scene_close(void)
{
	char *output;

	CHECK_INT(shown_twice(), 0);
	CHECK_INT(store_node_tool(&node, &output, "verify", (char *)NULL), 0);
	CHECK_HAS(output, "clean");
	free(output);
	store_node_stop(&node);
}

static void test_a_price_change_reaches_every_glass(void)
{
	static const char *const nothing[] = {NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;

	scene_open(false, nothing);
	prices_change();
	all_settle();
	ap_stop(&figures);
	CHECK_INT(figure(figures, "shown"), 2 * LABELS);
	CHECK_INT(figure(figures, "needless"), 0);
	CHECK_INT(figure(figures, "failed"), 0);
	CHECK_INT(figure(figures, "malformed"), 0);
	CHECK_INT(figure(figures, "foreign_boot"), 0);
	scene_close();
}

/* What is sold by weight, with a promotion, in another script: the preview is the glass, too. */
static void test_every_kind_of_content_is_the_previews(void)
{
	static const char *const overlapping[] = {"--overlap", NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;

	scene_open(false, overlapping);
	CHECK_INT(store_node_tool(&node, NULL, "command", "product.upsert",
			  "{\"sku\":\"L1\",\"name\":"
			  "\"\xD0\xAF\xD0\xB1\xD0\xBB\xD0\xBE\xD0\xBA\xD0\xB8\","
			  "\"sold_by\":\"weight\",\"content\":1,\"content_unit\":\"kg\",\"origin\":"
			  "\"PL\"}",
			  (char *)NULL),
		0);
	CHECK_INT(store_node_tool(&node, NULL, "command", "price.set",
			  "{\"sku\":\"L2\",\"kind\":\"promotion\",\"amount\":0.5,\"currency\":"
			  "\"GBP\"}",
			  (char *)NULL),
		0);
	CHECK_INT(store_node_tool(&node, NULL, "command", "product.upsert",
			  "{\"sku\":\"L3\",\"name\":\"Tea\",\"gtins\":[\"4006381333931\"],"
			  "\"brand\":\"Leaf\","
			  "\"content\":0.25,\"content_unit\":\"kg\"}",
			  (char *)NULL),
		0);
	test_sleep_ms(1000);
	all_settle();
	ap_stop(&figures);
	CHECK_INT(figure(figures, "needless"), 0);
	scene_close();
}

/* How many pixels of a label's glass are not white; -1 when it cannot be seen. */
static int inked_n(const char *label)
{
	char path[TEST_PATH_BYTES + 32], *png;
	struct glass shown = {0};
	int inked = -1;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s.png", glass_folder, label);
	png = test_file_read(path, &n);
	if (glass_read((struct br_str){png, n}, &shown)) {
		inked = 0;
		for (size_t i = 0; i < (size_t)shown.w * shown.h; i++)
			inked += shown.pixels[i] != GLASS_WHITE;
	}
	glass_finish(&shown);
	free(png);
	return inked;
}

/* A label that is unbound shows nothing any more, also when the daemon dies on the way. */
static void test_an_unbound_label_turns_white(void)
{
	static const char *const nothing[] = {NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;
	char body[LABEL_BYTES + 64];

	scene_open(false, nothing);
	CHECK(inked_n(labels[0]) > 0);
	(void)snprintf(body, sizeof(body), "{\"label\":\"%s\"}", labels[0]);
	CHECK_INT(store_node_tool(&node, NULL, "command", "label.unbind", body, (char *)NULL), 0);
	test_process_kill(&node.daemon);
	store_node_daemon_start(&node);
	for (unsigned i = 0; i < 300 && inked_n(labels[0]) != 0; i++)
		test_sleep_ms(100);
	CHECK_INT(inked_n(labels[0]), 0);
	CHECK_INT(in_state("unbound"), 1);
	CHECK(inked_n(labels[1]) > 0);
	bind_all();
	all_settle();
	ap_stop(&figures);
	CHECK_INT(figure(figures, "malformed"), 0);
	scene_close();
}

/* One line to HQ's control socket. */
static void hq_say(const char *line)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[512];

	REQUIRE(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/hq.sock", test_folder());
	REQUIRE(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	REQUIRE(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
	CHECK(read(fd, answer, sizeof(answer)) > 0);
	(void)close(fd);
}

static void test_hqs_price_reaches_the_glass(void)
{
	static const char *const nothing[] = {NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;
	char line[128];

	scene_open(true, nothing);
	REQUIRE(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", 30000));
	for (unsigned i = 1; i <= LABELS; i++) {
		(void)snprintf(line, sizeof(line),
			"{\"cmd\":\"price\",\"sku\":\"L%u\",\"amount\":%u.77}\n", i, i);
		hq_say(line);
	}
	REQUIRE(store_node_says(&node, "/api/v1/products/L30", "\"price\":30.77", 30000));
	all_settle();
	ap_stop(&figures);
	CHECK_INT(figure(figures, "shown"), 2 * LABELS);
	CHECK_INT(figure(figures, "needless"), 0);
	scene_close();
}

/* A bad air: transfers fail, acknowledgements never come, come late or come twice. */
static void test_losses_and_duplicates_on_the_air(void)
{
	static const char *const rough[] = {"--loss", "0.2", "--lose-acks", "0.2", "--duplicate",
		"0.3", "--delay", "400", NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;

	scene_open(false, rough);
	for (unsigned i = 0; i < 3; i++) {
		prices_change();
		test_sleep_ms((int64_t)(test_random() % 3000));
	}
	all_settle();
	ap_stop(&figures);
	CHECK(figure(figures, "lost") > 0);
	CHECK(figure(figures, "acks_lost") > 0);
	CHECK(figure(figures, "duplicates") > 0);
	CHECK_INT(figure(figures, "needless"), 0);
	scene_close();
}

/* The access points' program dies while pictures are on their way, and forgets all jobs. */
static void test_access_points_die_in_the_middle(void)
{
	static const char *const rough[] = {"--loss", "0.1", "--duplicate", "0.2", NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;

	scene_open(false, rough);
	for (unsigned i = 0; i < 3; i++) {
		prices_change();
		test_sleep_ms((int64_t)(test_random() % 1500));
		test_process_kill(&ap);
		test_sleep_ms(200);
		ap_start();
	}
	all_settle();
	ap_stop(&figures);
	CHECK_INT(figure(figures, "needless"), 0);
	scene_close();
}

/* They restart every few seconds, as often as not in the middle of a price change. */
static void test_access_points_restart_again_and_again(void)
{
	static const char *const restarting[] = {
		"--restart", "4", "--duplicate", "0.2", "--overlap", NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;

	scene_open(false, restarting);
	for (unsigned i = 0; i < 3; i++) {
		prices_change();
		test_sleep_ms(2500);
	}
	all_settle();
	ap_stop(&figures);
	CHECK(figure(figures, "restarts") >= 4);
	CHECK_INT(figure(figures, "needless"), 0);
	scene_close();
}

/*
 * A daemon that starts anew does not know which jobs are under way: its first job may cross the
 * report of the old one, and is then taken back before the label wakes. So here it is the glass
 * that counts, not the jobs.
 */
static void test_the_daemon_dies_in_the_middle(void)
{
	static const char *const rough[] = {"--loss", "0.1", "--duplicate", "0.2", NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;

	scene_open(false, rough);
	for (unsigned i = 0; i < 4; i++) {
		prices_change();
		test_sleep_ms((int64_t)(test_random() % 1500));
		test_process_kill(&node.daemon);
		store_node_daemon_start(&node);
	}
	all_settle();
	ap_stop(&figures);
	CHECK_INT(figure(figures, "malformed"), 0);
	scene_close();
}

static void test_the_broker_dies_in_the_middle(void)
{
	static const char *const nothing[] = {NULL};
	BR_CLEANUP(br_json_cleanup) struct br_json *figures = NULL;

	scene_open(false, nothing);
	for (unsigned i = 0; i < 2; i++) {
		prices_change();
		test_sleep_ms((int64_t)(test_random() % 1000));
		test_broker_kill(&node.broker);
		test_broker_restart(&node.broker);
		test_sleep_ms(3000);
	}
	all_settle();
	ap_stop(&figures);
	CHECK_INT(figure(figures, "needless"), 0);
	scene_close();
}

int main(int argc, char **argv)
{
	TEST(test_a_price_change_reaches_every_glass);
	TEST(test_every_kind_of_content_is_the_previews);
	TEST(test_an_unbound_label_turns_white);
	TEST(test_hqs_price_reaches_the_glass);
	TEST(test_losses_and_duplicates_on_the_air);
	TEST(test_access_points_die_in_the_middle);
	TEST(test_access_points_restart_again_and_again);
	TEST(test_the_daemon_dies_in_the_middle);
	TEST(test_the_broker_dies_in_the_middle);
	return test_end(argc, argv);
}
