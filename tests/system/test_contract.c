/*
 * The MQTT contract is what the daemon does: the document in the repository is the one the tool
 * writes, every filter that the daemon subscribes and every topic that it publishes is in it with
 * its quality of service, and nothing stands in it that the daemon does not do.
 */
/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "tests/system/store_node.h"

#define CHANNELS_MAX 64

static struct store_node node;

static struct channel {
	char name[64], address[128];
	bool receives, retain, seen;
	int64_t qos;
} channels[CHANNELS_MAX];
static unsigned channel_n;
static unsigned unknown; /* messages on topics that the contract does not have */

static struct br_json *contract_read(void)
{
	struct br_json *root = NULL;
	char *text;

	CHECK_INT(store_node_tool(&node, &text, "contract", (char *)NULL), 0);
	REQUIRE(br_json_parse(br_str_from(text), &root, NULL) == 0);
	free(text);
	return root;
}

/* Fills the list of channels out of the document. */
static void channels_read(void)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = contract_read();
	const struct br_json *addresses = br_json_member(root, "channels");

	channel_n = 0;
	BR_JSON_EACH (operation, br_json_member(root, "operations")) {
		const struct br_json *mqtt =
			br_json_member(br_json_member(operation, "bindings"), "mqtt");
		struct channel *channel = &channels[channel_n++];
		struct br_str text;

		REQUIRE(channel_n <= CHANNELS_MAX);
		memset(channel, 0, sizeof(*channel));
		REQUIRE(br_str_copy(br_json_name(operation), channel->name, sizeof(channel->name)));
		REQUIRE(br_json_string(
				br_json_member(br_json_member(addresses, channel->name), "address"),
				&text) &&
			br_str_copy(text, channel->address, sizeof(channel->address)));
		REQUIRE(br_json_string(br_json_member(operation, "action"), &text));
		channel->receives = br_str_is(text, "receive");
		REQUIRE(br_json_i64(br_json_member(mqtt, "qos"), &channel->qos));
		REQUIRE(br_json_bool(br_json_member(mqtt, "retain"), &channel->retain));
	}
	CHECK(channel_n > 10);
}

/*
 * Whether a topic or a filter and an address may mean the same: a parameter of the address and a +
 * stand for any one level, a # for all that follow.
 */
static bool fits(struct br_str topic, struct br_str address)
{
	while (topic.n > 0 && address.n > 0) {
		struct br_str ours = br_str_split(&topic, '/');
		struct br_str level = br_str_split(&address, '/');

		if (br_str_is(ours, "#"))
			return true;
		if (!br_str_is(ours, "+") && !br_str_starts(level, "{") &&
			!br_str_equal(ours, level))
			return false;
	}
	return topic.n == 0 && address.n == 0;
}

/* The broker tells in its log whatever its clients do. */
static void broker_tells_everything(void)
{
	FILE *file = fopen(node.broker.config, "ae");

	REQUIRE(file != NULL);
	(void)fputs("log_type all\n", file);
	(void)fclose(file);
	test_broker_stop(&node.broker);
	test_broker_restart(&node.broker);
}

static void test_the_document_is_the_one_in_the_repository(void)
{
	const char *source = getenv("BACKROOM_SOURCE");
	char path[TEST_PATH_BYTES], *kept, *written;

	store_node_prepare(&node, false, NULL);
	(void)snprintf(path, sizeof(path), "%s/node/asyncapi.json", source != NULL ? source : ".");
	kept = test_file_read(path, NULL);
	CHECK_INT(store_node_tool(&node, &written, "contract", (char *)NULL), 0);
	CHECK(strcmp(kept, written) == 0);
	if (strcmp(kept, written) != 0)
		printf("write it anew: backroom contract > node/asyncapi.json\n");
	free(kept);
	free(written);
	test_broker_stop(&node.broker);
}

static void peer_start(struct test_process *peer, const char *program, const char *const more[])
{
	char *path = strdup(test_program(program)), port[16];
	const char *argv[24] = {path, "--port", port};
	unsigned n = 3;

	REQUIRE(path != NULL);
	(void)snprintf(port, sizeof(port), "%u", node.broker.port);
	for (; *more != NULL; more++) {
		REQUIRE(n < BR_ARRAY_LEN(argv) - 1);
		argv[n++] = *more;
	}
	test_process_start(peer, strrchr(program, '/') + 1, argv, NULL);
	free(path);
}

/* Labels 0 to 7 of the simulated access points get a product each. */
static void labels_bind(const char *list)
{
	char *text = test_file_read(list, NULL);
	struct br_str rest = br_str_from(text);
	unsigned bound = 0;

	(void)br_str_split(&rest, '\n');
	while (rest.n > 0 && bound < 8) {
		struct br_str line = br_str_split(&rest, '\n');
		struct br_str label = br_str_split(&line, ',');
		char body[128];

		(void)snprintf(body, sizeof(body), "{\"label\":\"%.*s\",\"sku\":\"A00000%u\"}",
			BR_STR_ARG(label), ++bound);
		CHECK_INT(store_node_tool(&node, NULL, "command", "label.bind", body, (char *)NULL),
			0);
	}
	CHECK_INT(bound, 8);
	free(text);
}

/* A day in the store in some seconds: everything that the daemon may say is said. */
static void store_lives(void)
{
	char products[TEST_PATH_BYTES], labels[TEST_PATH_BYTES], command[3 * TEST_PATH_BYTES];
	struct test_process till = {0}, ap = {0};
	const char *const till_more[] = {
		"--products", products, "--tills", "2", "--rate", "600", NULL};
	/* Messages so small that a picture needs parts, and labels that roam, so that jobs end. */
	const char *const ap_more[] = {"--ap", "ap-1", "--ap", "ap-2", "--labels", "8", "--types",
		"bw75:1", "--msg-max", "1024", "--check-in", "1", "--roam", "0.5", "--refresh",
		"700", "--lose-acks", "0.3", "--labels-out", labels, NULL};

	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	(void)snprintf(labels, sizeof(labels), "%s/labels.csv", test_folder());
	(void)snprintf(command, sizeof(command), "'%s' --print-products 50 --currency GBP > '%s'",
		test_program("tests/peers/peer-hq"), products);
	REQUIRE(system(command) == 0);
	CHECK_INT(store_node_tool(&node, NULL, "import", "products", products, (char *)NULL), 0);
	peer_start(&till, "tests/peers/peer-till", till_more);
	peer_start(&ap, "tests/peers/peer-ap", ap_more);
	REQUIRE(test_process_says(&ap, "8 labels", 10000));
	labels_bind(labels);
	CHECK_INT(store_node_tool(&node, NULL, "command", "order.offer",
			  "{\"order\":\"o-1\",\"lines\":[{\"line\":\"1\",\"sku\":\"A000001\","
			  "\"quantity\":1}]}",
			  (char *)NULL),
		0);
	/* Until a label has moved on while its picture was under way. */
	for (unsigned i = 0;
		i < 150 && (i < 10 || !test_process_says(&node.broker.process, "/cmd/B0C0DE", 0));
		i++) {
		char body[128];

		(void)snprintf(body, sizeof(body),
			"{\"sku\":\"A00000%u\",\"amount\":%u.5,\"currency\":\"GBP\"}", 1 + i % 8,
			i + 1);
		CHECK_INT(store_node_tool(&node, NULL, "command", "price.set", body, (char *)NULL),
			0);
		test_sleep_ms(300);
	}
	(void)test_process_stop(&till);
	(void)test_process_stop(&ap);
	CHECK(store_node_says(&node, "/api/v1/link", "\"state\":\"up\"", 30000));
	test_sleep_ms(500);
}

/* A line of the broker's log about a subscription: "<time>: <client> <qos> <filter>". */
static void subscription_check(struct br_str line, unsigned *count)
{
	struct br_str client, qos;
	bool found = false;

	(void)br_str_split(&line, ' ');
	client = br_str_split(&line, ' ');
	qos = br_str_split(&line, ' ');
	if (!br_str_is(client, "backroom-0412") || qos.n != 1 || qos.s[0] < '0' || qos.s[0] > '2')
		return;
	++*count;
	for (unsigned i = 0; i < channel_n; i++) {
		if (!channels[i].receives || !fits(line, br_str_from(channels[i].address)))
			continue;
		found = channels[i].seen = true;
		/* More than the contract promises would be a promise nobody reads. */
		CHECK(qos.s[0] - '0' <= 1);
	}
	if (!found)
		printf("not in the contract: the daemon subscribes %.*s\n", BR_STR_ARG(line));
	CHECK(found);
}

/* "Received PUBLISH from <client> (d0, q1, r0, m5, '<topic>', ... (20 bytes))". */
static void publication_check(struct br_str line, unsigned *count)
{
	static const char head[] = "Received PUBLISH from backroom-0412 (d";
	const char *at = memmem(line.s, line.n, head, sizeof(head) - 1);
	struct br_str rest, topic;
	bool found = false;
	int64_t qos;

	if (at == NULL)
		return;
	rest = (struct br_str){
		at + sizeof(head) - 1, line.n - (size_t)(at - line.s) - sizeof(head) + 1};
	/* "0, q1, r0, m5, '<topic>'…" */
	REQUIRE(rest.n > 12 && rest.s[3] == 'q' && rest.s[7] == 'r');
	qos = rest.s[4] - '0';
	topic = rest;
	(void)br_str_split(&topic, '\'');
	topic = br_str_split(&topic, '\'');
	++*count;
	for (unsigned i = 0; i < channel_n && !found; i++) {
		struct channel *channel = &channels[i];

		if (channel->receives || !fits(topic, br_str_from(channel->address)))
			continue;
		found = channel->seen = true;
		CHECK_INT(qos, channel->qos);
		CHECK_INT(rest.s[8] == '1', channel->retain);
	}
	if (!found && unknown++ < 5)
		printf("not in the contract: the daemon publishes %.*s\n", BR_STR_ARG(topic));
}

static void test_the_daemon_does_what_the_contract_says(void)
{
	unsigned subscriptions = 0, publications = 0;
	struct test_process record = {0};
	struct br_str rest;
	char *log;

	/* HQ wants EPCIS's words, and the events in the store have them, too. */
	store_node_prepare(&node, true, "[store]\ngln = 9506000134352\n[broker]\nepcis = yes\n");
	node.hq_more[0] = "--epcis";
	broker_tells_everything();
	channels_read();
	store_node_record(&record, node.hq_broker.port, "#");
	store_node_hq_start(&node);
	store_node_daemon_start(&node);
	store_lives();
	(void)test_process_stop(&record);
	/* And what went over the link is what the schemas say. */
	CHECK_INT(store_node_schema("messages", record.log), 0);
	log = test_file_read(record.log, NULL);
	CHECK_HAS(log, ",\"epcis\":[{\"type\":\"ObjectEvent\",");
	CHECK_HAS(log, "\"readPoint\":{\"id\":\"https://id.gs1.org/414/9506000134352\"}");
	free(log);
	store_node_stop(&node);
	log = test_file_read(node.broker.process.log, NULL);
	rest = br_str_from(log);
	while (rest.n > 0) {
		struct br_str line = br_str_split(&rest, '\n');

		subscription_check(line, &subscriptions);
		publication_check(line, &publications);
	}
	printf("%u subscriptions, %u messages\n", subscriptions, publications);
	CHECK(subscriptions > 5);
	CHECK(publications > 100);
	CHECK_INT(unknown, 0);
	for (unsigned i = 0; i < channel_n; i++) {
		if (!channels[i].seen)
			printf("%s: nothing of it was seen\n", channels[i].name);
		CHECK(channels[i].seen);
	}
	free(log);
}

int main(int argc, char **argv)
{
	TEST(test_the_document_is_the_one_in_the_repository);
	TEST(test_the_daemon_does_what_the_contract_says);
	return test_end(argc, argv);
}
