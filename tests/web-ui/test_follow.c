/*
 * Clients that follow the store while it changes at random: some read everything, some little, some
 * leave and come back. Once they have caught up, what each of them believes must be what the store
 * says. The clients do what any client does with the messages, and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/web-ui/hub_bench.h"

#define CLIENTS 6
#define ROWS_MAX 512
#define STEPS 400

/* What a client believes of one noun. */
struct belief {
	char *rows[ROWS_MAX]; /* as sent */
	char keys[ROWS_MAX][BR_WEB_ROW_KEY_BYTES_MAX + 1];
	unsigned n;
	uint64_t sequence; /* the whole is true up to here */
	bool known;	   /* a sequence to come back with */
};

static const enum br_web_noun followed[] = {
	BR_WEB_ORDER, BR_WEB_LABEL, BR_WEB_ALARM, BR_WEB_SENSOR, BR_WEB_PRODUCT};

struct client {
	struct br_session *session;
	struct belief beliefs[BR_WEB_NOUN_N];
};

static struct hub_bench bench;
static struct client clients[CLIENTS];
static struct br_text text;

static void belief_forget(struct belief *belief)
{
	for (unsigned i = 0; i < belief->n; i++)
		free(belief->rows[i]);
	belief->n = 0;
}

static void belief_remove(struct belief *belief, unsigned i)
{
	free(belief->rows[i]);
	belief->n--;
	belief->rows[i] = belief->rows[belief->n];
	memmove(belief->keys[i], belief->keys[belief->n], sizeof(belief->keys[i]));
}

/* The row of a key; `n` when there is none. */
static unsigned belief_find(const struct belief *belief, const char *key)
{
	unsigned i = 0;

	while (i < belief->n && strcmp(belief->keys[i], key) != 0)
		i++;
	return i;
}

static void belief_put(struct belief *belief, const char *key, struct br_str row)
{
	unsigned i = belief_find(belief, key);

	REQUIRE(i < ROWS_MAX);
	if (i == belief->n) {
		(void)snprintf(belief->keys[i], sizeof(belief->keys[i]), "%s", key);
		belief->rows[i] = NULL;
		belief->n++;
	}
	free(belief->rows[i]);
	belief->rows[i] = strndup(row.s, row.n);
	REQUIRE(belief->rows[i] != NULL);
}

/* The row's own text in the message: rows are objects one after another in "rows". */
static struct br_str row_text(const char **at)
{
	const char *begin = strchr(*at, '{'), *end = begin;
	int depth = 0;
	bool quoted = false;

	REQUIRE(begin != NULL);
	do {
		if (*end == '\\')
			end++;
		else if (*end == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (*end == '{') - (*end == '}');
		end++;
	} while (depth > 0);
	*at = end;
	return (struct br_str){begin, (size_t)(end - begin)};
}

static void message_apply(struct client *client, const char *message)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_json *params;
	const char *at = strstr(message, "\"rows\":[");
	bool reset = false, more = false, removed;
	struct br_str name, key;
	struct belief *belief;
	enum br_web_noun noun;
	int64_t sequence;

	REQUIRE(br_json_parse(br_str_from(message), &root, NULL) == 0);
	params = br_json_member(root, "params");
	if (params == NULL)
		params = br_json_member(root, "result");
	if (!br_json_string(br_json_member(params, "noun"), &name))
		return;
	REQUIRE(at != NULL && br_web_noun_named(name, &noun));
	belief = &client->beliefs[noun];
	if (br_json_bool(br_json_member(params, "reset"), &reset) && reset)
		belief_forget(belief);
	at += 8;
	BR_JSON_EACH (row, br_json_member(params, "rows")) {
		char copy[BR_WEB_ROW_KEY_BYTES_MAX + 1];
		struct br_str slice = row_text(&at);

		REQUIRE(br_json_string(br_json_member(row, "key"), &key));
		REQUIRE(br_str_copy(key, copy, sizeof(copy)));
		if (!br_json_bool(br_json_member(row, "removed"), &removed))
			removed = false;
		if (!removed)
			belief_put(belief, copy, slice);
		else if (belief_find(belief, copy) < belief->n)
			belief_remove(belief, belief_find(belief, copy));
	}
	if (br_json_bool(br_json_member(params, "more"), &more) && more)
		return;
	REQUIRE(br_json_i64(br_json_member(params, "sequence"), &sequence));
	belief->sequence = (uint64_t)sequence;
	belief->known = true;
}

/* Lets a client read at most `messages`. */
static void client_read(struct client *client, unsigned messages)
{
	int64_t wait_ms = 0;

	while (messages-- > 0) {
		bench.boot_ms += 5;
		br_text_clear(&text);
		if (!br_session_due(client->session, br_hub_now_ms(bench.hub), &wait_ms) ||
			!br_hub_write(bench.hub, client->session, &text))
			return;
		message_apply(client, text.bytes);
	}
}

static void client_say(struct client *client, const char *message)
{
	REQUIRE(br_hub_receive(bench.hub, client->session, br_str_from(message)));
}

static void client_come(struct client *client)
{
	char message[512];

	REQUIRE(br_hub_session_open(bench.hub, false, &client->session) == 0);
	for (unsigned i = 0; i < BR_ARRAY_LEN(followed); i++) {
		const struct belief *belief = &client->beliefs[followed[i]];
		char after[64] = "";

		if (belief->known)
			(void)snprintf(after, sizeof(after), ",\"after\":%llu",
				(unsigned long long)belief->sequence);
		(void)snprintf(message, sizeof(message),
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{"
			"\"noun\":\"%s\"%s%s}}",
			br_web_noun_names[followed[i]], after,
			followed[i] == BR_WEB_PRODUCT
				? ",\"keys\":[\"A\",\"B\",\"P0\",\"P1\",\"P2\",\"P3\"]"
				: "");
		client_say(client, message);
	}
}

static void client_go(struct client *client)
{
	br_hub_session_close(bench.hub, client->session);
	client->session = NULL;
}

/* One thing that happens in a store; what is refused is no matter. */
static void store_step(void)
{
	static const char *const verbs[] = {
		"order.accept", "order.ready", "order.hand_over", "order.cancel"};
	unsigned number = (unsigned)(test_random() % 12);
	char body[256];
	const char *type = "stock.move";

	(void)snprintf(body, sizeof(body), "{\"sku\":\"%s\",\"kind\":\"receive\",\"quantity\":%u}",
		number % 2 ? "A" : "B", number + 1);
	switch (test_random() % 9) {
	case 0:
		type = "order.offer";
		(void)snprintf(body, sizeof(body),
			"{\"order\":\"F-%u\",\"channel\":\"web\",\"method\":\"pickup\",\"lines\":[{"
			"\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}",
			(unsigned)(test_random() % 60));
		break;
	case 1:
		type = "order.pick";
		(void)snprintf(body, sizeof(body), "{\"order\":\"F-%u\",\"line\":\"1\"}",
			(unsigned)(test_random() % 60));
		break;
	case 2:
		type = verbs[test_random() % 4];
		(void)snprintf(
			body, sizeof(body), "{\"order\":\"F-%u\"}", (unsigned)(test_random() % 60));
		break;
	case 3:
		type = "label.bind";
		(void)snprintf(body, sizeof(body), "{\"label\":\"00000000000%X\",\"sku\":\"%s\"}",
			number, test_random() % 2 ? "A" : "B");
		break;
	case 4:
		type = "label.unbind";
		(void)snprintf(body, sizeof(body), "{\"label\":\"00000000000%X\"}", number);
		break;
	case 5:
		type = "price.set";
		(void)snprintf(body, sizeof(body),
			"{\"sku\":\"A\",\"kind\":\"regular\",\"amount\":%u,\"currency\":\"GBP\"}",
			number + 1);
		break;
	case 6:
		type = test_random() % 2 ? "alarm.raise" : "alarm.clear";
		(void)snprintf(body, sizeof(body),
			strcmp(type, "alarm.raise") == 0
				? "{\"alarm\":\"zigbee2mqtt/cooler/dairy-1/c/r%u\",\"device\":"
				  "\"zigbee2mqtt/cooler/dairy-1\",\"channel\":\"c\",\"rule\":"
				  "\"r\",\"severity\":\"attention\",\"text\":\"t\"}"
				: "{\"alarm\":\"zigbee2mqtt/cooler/dairy-1/c/r%u\"}",
			number);
		break;
	case 7:
		type = test_random() % 2 ? "product.upsert" : "product.remove";
		(void)snprintf(body, sizeof(body),
			strcmp(type, "product.upsert") == 0 ? "{\"sku\":\"P%u\",\"name\":\"n\"}"
							    : "{\"sku\":\"P%u\"}",
			number % 4);
		break;
	default:
		break;
	}
	ledger_run(&bench.ledger, type, body);
}

/* Labels change without events, too. */
static void live_step(void)
{
	unsigned i = (unsigned)(test_random() % bench.fake.label_n);

	bench.fake.labels[i].battery_mv = (int64_t)(test_random() % 3000);
	bench.fake.version++;
	bench.fake.changed[0] = '\0';
	bench.boot_ms += BR_WEB_LIVE_INTERVAL_MS;
	br_hub_tick(bench.hub);
}

/* Compares a belief with the store row by row. */
static void belief_compare(const struct belief *belief, enum br_web_noun noun)
{
	struct br_web_walk walk = {.n = 0};
	struct br_str key;
	struct view view;
	unsigned there = 0;

	view_open(&view, &bench.ledger, &bench.fake.live);
	for (unsigned i = 0; i < belief->n; i++)
		if (noun != BR_WEB_LINK &&
			!CHECK_TEXT(belief->rows[i], view_row(&view, noun, belief->keys[i])))
			printf("%s %s\n", br_web_noun_names[noun], belief->keys[i]);
	/* Nothing is missing either. Ended orders are in a snapshot only while they are recent. */
	while (br_web_walk_next(&view.view, noun, &walk, &key)) {
		char copy[BR_WEB_ROW_KEY_BYTES_MAX + 1];

		REQUIRE(br_str_copy(key, copy, sizeof(copy)));
		if (!CHECK(belief_find(belief, copy) < belief->n))
			printf("%s %s is missing\n", br_web_noun_names[noun], copy);
		there++;
	}
	CHECK(noun == BR_WEB_ORDER || noun == BR_WEB_PRODUCT || there == belief->n);
	view_close(&view);
}

static void wake(void)
{
	while (br_hub_wake(bench.hub))
		;
}

/* Everybody reads all there is, and then knows all there is. */
static void all_compare(void)
{
	wake();
	bench.boot_ms += BR_WEB_LIVE_INTERVAL_MS;
	br_hub_tick(bench.hub);
	for (unsigned i = 0; i < CLIENTS; i++) {
		if (clients[i].session == NULL)
			client_come(&clients[i]);
		client_read(&clients[i], 100000);
		for (unsigned each = 0; each < BR_ARRAY_LEN(followed); each++)
			belief_compare(&clients[i].beliefs[followed[each]], followed[each]);
	}
}

static void begin(const char *name)
{
	memset(clients, 0, sizeof(clients));
	hub_bench_open(&bench, name);
	br_text_init(&text, 2u << 20);
	bench.fake.label_n = 3;
	memcpy(bench.fake.labels[0].label, "000000000002", 13);
	memcpy(bench.fake.labels[1].label, "000000000005", 13);
	memcpy(bench.fake.labels[2].label, "AAAAAAAAAAAA", 13);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_come(&clients[i]);
}

static void end(void)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		for (unsigned noun = 0; noun < BR_WEB_NOUN_N; noun++)
			belief_forget(&clients[i].beliefs[noun]);
	br_text_finish(&text);
	hub_bench_close(&bench);
}

static void test_clients_that_read_know_the_store(void)
{
	begin("read");
	for (unsigned step = 0; step < STEPS; step++) {
		store_step();
		wake();
		for (unsigned i = 0; i < CLIENTS; i++)
			client_read(&clients[i], 100);
	}
	all_compare();
	end();
}

static void test_clients_that_come_and_go_know_it_too(void)
{
	begin("come");
	for (unsigned step = 0; step < STEPS; step++) {
		struct client *client = &clients[test_random() % CLIENTS];

		store_step();
		if (test_random() % 4 == 0)
			live_step();
		/* What was committed is not always known to the web thread yet. */
		if (test_random() % 3 != 0)
			wake();
		if (client->session == NULL)
			client_come(client);
		else if (test_random() % 5 == 0)
			client_go(client);
		else
			client_read(client, (unsigned)(test_random() % 4));
		if (step % 100 == 99)
			all_compare();
	}
	all_compare();
	end();
}

int main(int argc, char **argv)
{
	TEST(test_clients_that_read_know_the_store);
	TEST(test_clients_that_come_and_go_know_it_too);
	return test_end(argc, argv);
}
