/*
 * Personal data in the running store: HQ sends a customer and an order over the bridge, people see
 * them, and no raw file, log or event in the store has a word of it, before they are erased and
 * after. _GNU_SOURCE is for memmem() and nftw().
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/system/store_node.h"

#define WAIT_MS 20000

static struct store_node node;
static struct test_process feed; /* everything the store tells on its own broker */

static const char *const words[] = {"Grimhilde", "Quacksalber", "grimhilde@post", "LOYAL-7781",
	"Wartburg-beige", "klingelt-dreimal", "ruft-zurueck", "Gurke-wie-letztes-Mal"};

static struct {
	const char *word;
	unsigned files, hits;
} hunt;

static bool file_has(const char *path, const char *word)
{
	size_t n = 0;
	char *content = test_file_read(path, &n);
	bool has = memmem(content, n, word, strlen(word)) != NULL;

	free(content);
	return has;
}

static int file_look(const char *path, const struct stat *file, int kind, struct FTW *at)
{
	(void)at;
	if (kind != FTW_F || file->st_size == 0)
		return 0;
	hunt.files++;
	if (file_has(path, hunt.word)) {
		hunt.hits++;
		printf("%s is in %s\n", hunt.word, path);
	}
	return 0;
}

/* Neither the state folder, nor what the daemon logged at its most talkative, nor its feed. */
static void nothing_is_plain(void)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(words); i++) {
		hunt.word = words[i];
		hunt.files = hunt.hits = 0;
		REQUIRE(nftw(node.state, file_look, 16, FTW_PHYS) == 0);
		CHECK_INT(hunt.hits, 0);
		CHECK(hunt.files >= 3);
		CHECK(!file_has(node.daemon.log, words[i]));
		CHECK(!file_has(feed.log, words[i]));
	}
}

static void hq_command(const char *lane, const char *id, const char *type, const char *body)
{
	char line[2048];

	(void)snprintf(line, sizeof(line),
		"{\"cmd\":\"command\",\"lane\":\"%s\",\"id\":\"%s\",\"type\":\"%s\",\"data\":%s}\n",
		lane, id, type, body);
	CHECK_HAS(store_node_hq_say(line), "\"ok\":true");
}

static void tool(const char *type, const char *body)
{
	char *output = NULL;

	if (!CHECK_INT(store_node_tool(&node, &output, "command", type, body, (char *)NULL), 0))
		printf("%s: %s\n", type, output);
	free(output);
}

static void store_start(void)
{
	char more[TEST_PATH_BYTES + 80];
	const char *master = test_file_write(NULL, "master", "0123456789abcdef0123456789abcdef");
	const char *argv[] = {
		"mosquitto_sub", "--unix", NULL, "-t", "backroom/v1/event/#", "-v", NULL};

	REQUIRE(chmod(master, 0600) == 0);
	(void)snprintf(more, sizeof(more), "[store]\nmaster_key = %s\n[log]\nlevel = 7\n", master);
	store_node_start(&node, true, more);
	argv[2] = node.broker.socket;
	test_process_start(&feed, "feed", argv, NULL);
	REQUIRE(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", WAIT_MS));
}

/* From the offer to its hand-over, with a word of the person wherever one can be said. */
static void order_live(void)
{
	hq_command("catalog", "p-1", "product.upsert", "{\"sku\":\"A\",\"name\":\"Apple juice\"}");
	hq_command("orders", "c-1", "customer.upsert",
		"{\"customer\":\"C-7\",\"name\":\"Grimhilde Quacksalber\",\"contact\":"
		"\"grimhilde@post\",\"loyalty\":\"LOYAL-7781\"}");
	REQUIRE(store_node_says(&node, "/api/v1/products/A", "Apple juice", WAIT_MS));
	hq_command("orders", "o-1", "order.offer",
		"{\"order\":\"O-7\",\"method\":\"curbside\",\"customer\":\"C-7\",\"person\":"
		"\"Grimhilde Quacksalber\",\"vehicle\":\"Wartburg-beige\",\"note\":"
		"\"klingelt-dreimal\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\",\"quantity\":1,"
		"\"note\":\"Gurke-wie-letztes-Mal\"}]}");
	REQUIRE(store_node_says(
		&node, "/api/v1/orders/O-7", "\"person\":\"Grimhilde Quacksalber\"", WAIT_MS));
	CHECK(store_node_says(
		&node, "/api/v1/orders/O-7", "\"contact\":\"grimhilde@post\"", WAIT_MS));
	tool("stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":5}");
	tool("order.hold", "{\"order\":\"O-7\",\"reason\":\"ruft-zurueck\"}");
	tool("order.release", "{\"order\":\"O-7\"}");
	tool("order.accept", "{\"order\":\"O-7\"}");
	tool("order.pick", "{\"order\":\"O-7\",\"line\":\"1\"}");
	tool("order.ready", "{\"order\":\"O-7\"}");
	REQUIRE(store_node_quiet(&node, 60000));
}

/* HQ hears in plain words what is the store's to tell: the events of its own order. */
static void test_from_hq_to_erased(void)
{
	store_start();
	order_live();
	CHECK(test_process_says(&feed, "order.held", WAIT_MS));
	CHECK(store_node_hq_number(
		      &node, "select count(*) from event where body like '%ruft-zurueck%'") > 0);
	nothing_is_plain();
	hq_command("orders", "c-2", "customer.erase", "{\"customer\":\"C-7\"}");
	REQUIRE(store_node_says(&node, "/api/v1/orders/O-7", "\"person\":null", WAIT_MS));
	CHECK(store_node_says(&node, "/api/v1/customers/C-7", "unknown_customer", WAIT_MS));
	CHECK(test_process_says(&feed, "customer.erased", WAIT_MS));
	/* The order goes on without its name. */
	tool("order.hand_over", "{\"order\":\"O-7\"}");
	REQUIRE(store_node_quiet(&node, 60000));
	nothing_is_plain();
}

static void test_it_stays_erased(void)
{
	char folder[TEST_PATH_BYTES + 16], *output = NULL;

	CHECK_INT(test_process_stop(&node.daemon), 0);
	store_node_daemon_start(&node);
	CHECK(store_node_says(&node, "/api/v1/orders/O-7", "\"person\":null", WAIT_MS));
	CHECK_INT(store_node_tool(&node, &output, "verify", (char *)NULL), 0);
	free(output);
	(void)snprintf(folder, sizeof(folder), "%s/backup", node.state);
	CHECK_INT(store_node_tool(&node, &output, "backup", folder, (char *)NULL), 0);
	free(output);
	nothing_is_plain();
	CHECK_INT(test_process_stop(&feed), 0);
	store_node_stop(&node);
}

int main(int argc, char **argv)
{
	TEST(test_from_hq_to_erased);
	TEST(test_it_stays_erased);
	return test_end(argc, argv);
}
