/*
 * Everybody at once on the same fifty products: 40 tills sell over MQTT, 20 associates take, pick
 * and hand over orders over HTTP, HQ cancels them under their hands, counts and deliveries run.
 * Afterwards the ledger is whole, nobody was left waiting, and no order holds what is not its own.
 * Ten seconds, a minute with BACKROOM_TEST_LONG.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/order.h"
#include "node/stock.h"
#include "node/tables.h"
#include "node/verify.h"
#include "tests/peers/http.h"
#include "tests/peers/latency.h"
#include "tests/system/store_node.h"

#define PRODUCTS 50
#define PICKERS 20
#define WORKERS (PICKERS + 8)
/* Whoever waits longer than so many times what half of all wait was starved. */
#define STARVED_FACTOR 20
/* Sales a second: so many that one stall of the machine, which all 40 tills wait for, is less than
 * a hundredth of them; two are not. */
#define RATE "800"

static struct store_node node;
static int64_t end_ms;

struct worker {
	pthread_t thread;
	unsigned number;
	void (*work)(struct worker *worker);
	struct peer_http *http;
	struct br_text answer;
	uint64_t random;
	unsigned commands, orders; /* made so far, for their ids */
	unsigned accepted, refused, unanswered, handed_over;
	struct peer_latency latency;
};

static struct worker workers[WORKERS];

static unsigned upto(struct worker *worker, unsigned n)
{
	worker->random ^= worker->random >> 12;
	worker->random ^= worker->random << 25;
	worker->random ^= worker->random >> 27;
	return (unsigned)((worker->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static int64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Sends one command until it is answered; true when it was accepted. */
static bool command(struct worker *worker, const char *type, const char *format, ...)
	BR_PRINTF(3, 4);
static bool command(struct worker *worker, const char *type, const char *format, ...)
{
	char data[800], body[1000];
	int64_t start_us = now_us();
	struct br_str text;
	va_list arguments;
	int status = 0;

	va_start(arguments, format);
	(void)vsnprintf(data, sizeof(data), format, arguments);
	va_end(arguments);
	for (char *c = data; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	(void)snprintf(body, sizeof(body), "{\"id\":\"w%u-%u\",\"type\":\"%s\",\"data\":%s}",
		worker->number, ++worker->commands, type, data);
	text = br_str_from(body);
	for (unsigned tries = 0; tries < 5; tries++) {
		status = peer_http_ask(worker->http, "/api/v1/commands", &text, &worker->answer);
		if (status >= 0 && status != 503)
			break;
	}
	worker->unanswered += status < 0 || status == 503;
	peer_latency_add(&worker->latency, now_us() - start_us);
	br_text_putc(&worker->answer, '\0');
	if (strstr(worker->answer.bytes, "\"outcome\":\"accepted\"") != NULL) {
		worker->accepted++;
		return true;
	}
	worker->refused++;
	return false;
}

/*
 * One order from the offer to the hand-over, as far as it goes: the goods may not be there, and HQ
 * may cancel it at any moment, which shows as a refusal.
 */
static void order_carry(struct worker *worker)
{
	unsigned a = upto(worker, PRODUCTS), b = upto(worker, PRODUCTS);
	char order[32];

	(void)snprintf(order, sizeof(order), "c%u-%u", worker->number, ++worker->orders);
	if (!command(worker, "order.offer",
		    "{'order':'%s','lines':[{'line':'1','sku':'P%u','quantity':1},"
		    "{'line':'2','sku':'P%u','quantity':2}]}",
		    order, a, b) ||
		!command(worker, "order.accept", "{'order':'%s'}", order)) {
		(void)command(worker, "order.reject", "{'order':'%s','reason':'not there'}", order);
		return;
	}
	(void)command(worker, "order.pick", "{'order':'%s','line':'1','quantity':1}", order);
	(void)command(worker, "order.pick", "{'order':'%s','line':'2','quantity':2}", order);
	(void)command(worker, "order.ready", "{'order':'%s'}", order);
	if (command(worker, "order.hand_over", "{'order':'%s'}", order))
		worker->handed_over++;
	else
		(void)command(worker, "order.restock", "{'order':'%s'}", order);
}

/* HQ takes an order back that some associate has just begun. */
static void order_cancel(struct worker *worker)
{
	const struct worker *picker = &workers[upto(worker, PICKERS)];
	unsigned n = __atomic_load_n(&picker->orders, __ATOMIC_RELAXED);

	if (n > 0)
		(void)command(worker, "order.cancel",
			"{'order':'c%u-%u','reason':'customer called'}", picker->number, n);
	test_sleep_ms(5);
}

static void product_count(struct worker *worker)
{
	(void)command(worker, "stock.move", "{'sku':'P%u','kind':'count','quantity':%u}",
		upto(worker, PRODUCTS), upto(worker, 40));
	test_sleep_ms(20);
}

static void product_receive(struct worker *worker)
{
	(void)command(worker, "stock.move", "{'sku':'P%u','kind':'receive','quantity':%u}",
		upto(worker, PRODUCTS), 5 + upto(worker, 20));
	test_sleep_ms(5);
}

static void *worker_run(void *context)
{
	struct worker *worker = context;

	while (test_now_ms() < end_ms)
		worker->work(worker);
	return NULL;
}

static void worker_start(struct worker *worker, unsigned number, void (*work)(struct worker *))
{
	char base[64];

	*worker = (struct worker){.number = number, .work = work, .random = number + 1};
	br_text_init(&worker->answer, PEER_HTTP_BYTES_MAX);
	(void)snprintf(base, sizeof(base), "http://127.0.0.1:%u", node.web_port);
	REQUIRE(peer_http_create(base, &worker->http) == 0);
	REQUIRE(pthread_create(&worker->thread, NULL, worker_run, worker) == 0);
}

/* Products P0 … with barcodes, and the same as the tills' list. */
static void products_make(const char *path)
{
	FILE *file = fopen(path, "we");
	char *output;

	REQUIRE(file != NULL);
	(void)fputs("sku,name,gtins,price,currency\n", file);
	for (unsigned i = 0; i < PRODUCTS; i++) {
		char digits[16];
		unsigned sum = 0;

		(void)snprintf(digits, sizeof(digits), "20000000%04u", i);
		for (unsigned d = 0; d < 12; d++)
			sum += (unsigned)(digits[d] - '0') * (d % 2 == 0 ? 1 : 3);
		(void)fprintf(
			file, "P%u,Thing %u,%s%u,1.50,GBP\n", i, i, digits, (10 - sum % 10) % 10);
	}
	(void)fclose(file);
	CHECK_INT(store_node_tool(&node, &output, "import", "products", path, NULL), 0);
	free(output);
}

/* The counters of the stock are what the open orders hold; none has ended with goods. */
static void orders_hold_what_is_theirs(struct br_txn *txn)
{
	int64_t reserved = 0, staged = 0, held_reserved = 0, held_staged = 0;
	struct br_str none = {NULL, 0}, key, value, name;
	struct br_arena arena;
	struct br_scan scan;

	br_arena_init(&arena, 16 << 20);
	for (unsigned i = 0; i < PRODUCTS; i++) {
		char sku[16];
		struct br_stock stock;

		(void)snprintf(sku, sizeof(sku), "P%u", i);
		stock = br_stock_get(txn, br_str_from(sku));
		reserved += stock.reserved;
		staged += stock.buckets[BR_BUCKET_STAGED];
	}
	br_scan_begin(&scan, txn, BR_TABLE_ORDER, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		struct br_order order;

		br_arena_reset(&arena);
		REQUIRE(br_key_take_str(&key, &name));
		REQUIRE(br_order_get(txn, name, &arena, &order) == 0);
		held_reserved += order.counts.reserved;
		held_staged += order.counts.picked;
		if (br_order_ended(order.state))
			CHECK_INT(order.counts.reserved + order.counts.picked, 0);
	}
	br_scan_end(&scan);
	br_arena_finish(&arena);
	CHECK_INT(reserved, held_reserved);
	CHECK_INT(staged, held_staged);
}

static void ledger_is_whole(void)
{
	struct br_store_options options = br_ledger_options(true);
	struct br_verify_options verify = {.scratch = test_folder()};
	struct br_verify_report report = {.problems = 1};
	struct br_fault fault = {.text = ""};
	struct br_store *store;
	struct br_txn *txn;
	char path[TEST_PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%.400s/ledger", node.state);
	REQUIRE(br_store_open(path, &options, &store, &fault) == 0);
	REQUIRE(br_verify(store, &verify, &report, &fault) == 0);
	CHECK_INT(report.problems, 0);
	REQUIRE(br_txn_begin(store, false, &txn) == 0);
	orders_hold_what_is_theirs(txn);
	br_txn_abort(txn);
	br_store_close(store);
}

/* Nobody waits much longer than the others do. */
static void nobody_was_starved(const char *who, double p50_ms, double p99_ms)
{
	printf("%s: p50 %.1f ms, p99 %.1f ms\n", who, p50_ms, p99_ms);
	CHECK(p50_ms > 0);
	CHECK(p99_ms <= STARVED_FACTOR * p50_ms);
}

/* The same for the tills, from their own summary. */
static void no_till_was_starved(const struct test_process *tills)
{
	size_t n;
	char *log = test_file_read(tills->log, &n);
	const char *reply = strstr(log, "\"reply\":{");
	double p50_ms = 0, p99_ms = 0;

	REQUIRE(reply != NULL);
	REQUIRE(strstr(reply, "\"p99_ms\":") != NULL);
	p50_ms = strtod(strstr(reply, "\"p50_ms\":") + 9, NULL);
	p99_ms = strtod(strstr(reply, "\"p99_ms\":") + 9, NULL);
	nobody_was_starved("tills", p50_ms, p99_ms);
	free(log);
}

static void tills_start(struct test_process *tills, const char *products, const char *ledger)
{
	char *program = strdup(test_program("tests/peers/peer-till"));
	char port[16];
	const char *argv[] = {program, "--port", port, "--products", products, "--tills", "40",
		"--rate", RATE, "--in-flight", "1", "--only", "sale", "--ledger", ledger, "--json",
		NULL};

	(void)snprintf(port, sizeof(port), "%u", node.broker.port);
	test_process_start(tills, "peer-till", argv, NULL);
	free(program);
}

static const struct {
	const char *who;
	void (*work)(struct worker *worker);
	unsigned n;
} roles[] = {
	{"associates", order_carry, PICKERS},
	{"HQ", order_cancel, 2},
	{"counters", product_count, 3},
	{"suppliers", product_receive, 3},
};

static void crowd_run(void)
{
	unsigned n = 0;

	for (unsigned role = 0; role < BR_ARRAY_LEN(roles); role++)
		for (unsigned i = 0; i < roles[role].n; i++, n++)
			worker_start(&workers[n], n, roles[role].work);
	br_assert(n == WORKERS);
	for (unsigned i = 0; i < WORKERS; i++)
		REQUIRE(pthread_join(workers[i].thread, NULL) == 0);
}

/* What came of it, role by role. */
static void crowd_judge(void)
{
	unsigned handed_over = 0, n = 0;

	for (unsigned role = 0; role < BR_ARRAY_LEN(roles); role++) {
		struct peer_latency latency = {.n = 0};
		unsigned accepted = 0, refused = 0;

		for (unsigned i = 0; i < roles[role].n; i++, n++) {
			CHECK_INT(workers[n].unanswered, 0);
			accepted += workers[n].accepted;
			refused += workers[n].refused;
			handed_over += workers[n].handed_over;
			peer_latency_merge(&latency, &workers[n].latency);
			peer_http_destroy(workers[n].http);
			br_text_finish(&workers[n].answer);
		}
		printf("%s: %u accepted, %u refused\n", roles[role].who, accepted, refused);
		CHECK(accepted > 0);
		nobody_was_starved(roles[role].who, (double)peer_latency_at(&latency, 0.5) / 1000,
			(double)peer_latency_at(&latency, 0.99) / 1000);
	}
	CHECK(handed_over > 0);
}

static void test_everybody_at_once(void)
{
	char products[TEST_PATH_BYTES], ledger[TEST_PATH_BYTES];
	struct test_process tills = {.pid = 0};

	store_node_start(&node, false, "");
	(void)snprintf(products, sizeof(products), "%s/products.csv", test_folder());
	(void)snprintf(ledger, sizeof(ledger), "%s/tills.jsonl", test_folder());
	products_make(products);
	tills_start(&tills, products, ledger);
	end_ms = test_now_ms() + (getenv("BACKROOM_TEST_LONG") != NULL ? 60000 : 10000);
	crowd_run();
	CHECK_INT(test_process_stop(&tills), 0);
	crowd_judge();
	no_till_was_starved(&tills);
	store_node_stop(&node);
	ledger_is_whole();
}

int main(int argc, char **argv)
{
	TEST(test_everybody_at_once);
	return test_end(argc, argv);
}
