#include "tests/system/storm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/time.h"
#include "tests/peers/latency.h"
#include "tests/system/proof.h"

#define CATCH_UP_MS 120000
/* A bridge is back within some 10 s; a half-open line is known for dead after two keepalives. */
#define CONVERGE_MS 180000
#define COMPARE_AGAIN_MS 30000
#define LOOK_MS 200 /* between two looks into the quarantine */
#define LOOKS 10    /* before what has come into it since is sent again */
#define KEEPALIVE_OWN_S 45
#define STORM_MAX_MS 2000 /* of one round */
#define PAUSE_MAX_MS 1000 /* between two blows */
#define DELAY_MIN_MS 50
#define DELAY_SPAN_MS 350
#define PRODUCTS 200
#define PRODUCTS_WORD "200"
#define ROUND_PRICES 3
/* Of a type that nothing at HQ waits for, and of which there are a few in each round. */
#define REFUSED "org.backroom.order.offered.v1"

enum blow {
	BLOW_STORE_BROKER,
	BLOW_HQ_BROKER,
	BLOW_HQ,
	BLOW_DAEMON,
	BLOW_CUT,
	BLOW_SILENCE,
	BLOW_HALF_OPEN_HERE,
	BLOW_HALF_OPEN_THERE,
	BLOW_SLOW,
	BLOW_N
};

static const char *const blow_words[BLOW_N] = {"store's broker", "HQ's broker", "HQ", "daemon",
	"cut", "silent", "half-open here", "half-open there", "slow"};

struct storm {
	const struct storm_broker *broker;
	const struct storm_settings *settings;
	struct store_node node;
	struct test_process till;
	struct test_proxy *line;
	char products[TEST_PATH_BYTES], tills[TEST_PATH_BYTES];
	unsigned blows[BLOW_N], struck;
	unsigned prices, resent; /* HQ's commands; events that it had refused */
	struct peer_latency converged;
};

static const char none_quarantined[] = "{\"rows\":[],";
static const char none_refused[] = "select count(*) from event where refused is not null";

static int64_t wall_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void till_start(struct storm *storm)
{
	char *program = strdup(test_program("tests/peers/peer-till"));
	char port[16];
	const char *argv[] = {program, "--port", port, "--products", storm->products, "--tills",
		"4", "--rate", "3000", "--in-flight", "8", "--timeout", "500", "--ledger",
		storm->tills, "--ledger-sync", NULL};

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u", storm->node.broker.port);
	test_process_start(&storm->till, "peer-till", argv, NULL);
	free(program);
}

/* HQ's made-up products, as the tills' list. */
static void products_print(struct storm *storm)
{
	char command[2 * TEST_PATH_BYTES];

	(void)snprintf(storm->products, sizeof(storm->products), "%s/products.csv", test_folder());
	(void)snprintf(command, sizeof(command),
		"'%s' --print-products " PRODUCTS_WORD " --currency GBP > '%s'",
		test_program("tests/peers/peer-hq"), storm->products);
	REQUIRE(system(command) == 0);
}

static void storm_begin(struct storm *storm)
{
	struct store_node *node = &storm->node;
	unsigned first_port = storm->broker->first_port;
	char more[80];

	storm->line = test_proxy_start(0, storm->broker->bridge_port);
	(void)snprintf(more, sizeof(more), "fallback_host = 127.0.0.1\nfallback_port = %u\n",
		test_proxy_port(storm->line));
	store_node_prepare_to(node, storm->broker->hq_port,
		first_port > 0 ? first_port : test_proxy_port(storm->line),
		storm->settings->keepalive_s, first_port > 0 ? more : "");
	node->hq_more[0] = "--generate";
	node->hq_more[1] = PRODUCTS_WORD;
	node->hq_more[2] = "--orders-per-minute";
	node->hq_more[3] = "120";
	products_print(storm);
	(void)snprintf(storm->tills, sizeof(storm->tills), "%s/tills-%s.jsonl", test_folder(),
		storm->broker->name);
	store_node_hq_start(node);
	store_node_daemon_start(node);
	REQUIRE(store_node_says(node, "/api/v1/status", "\"products\":" PRODUCTS_WORD, 60000));
	till_start(storm);
}

static void blow_strike(struct storm *storm, enum blow blow)
{
	struct store_node *node = &storm->node;

	br_assert(blow < BLOW_N);
	test_proxy_mend(storm->line);
	storm->blows[blow] += blow != BLOW_HQ_BROKER;
	switch (blow) {
	case BLOW_STORE_BROKER:
		test_broker_kill(&node->broker);
		test_broker_restart(&node->broker);
		return;
	case BLOW_HQ_BROKER:
		if (!storm->broker->die(storm->broker->owner))
			blow_strike(storm, BLOW_CUT);
		else
			storm->blows[blow]++;
		return;
	case BLOW_HQ:
		test_process_kill(&node->hq);
		store_node_hq_start(node);
		return;
	case BLOW_CUT:
		test_proxy_cut(storm->line);
		return;
	case BLOW_SILENCE:
		test_proxy_freeze(storm->line);
		return;
	case BLOW_HALF_OPEN_HERE:
		test_proxy_strand(storm->line, TEST_PROXY_TARGET);
		return;
	case BLOW_HALF_OPEN_THERE:
		test_proxy_strand(storm->line, TEST_PROXY_CLIENT);
		return;
	case BLOW_SLOW:
		test_proxy_delay(
			storm->line, DELAY_MIN_MS + (int64_t)(test_random() % DELAY_SPAN_MS));
		return;
	case BLOW_DAEMON:
	case BLOW_N:
	default:
		test_process_kill(&node->daemon);
		store_node_daemon_start(node);
		return;
	}
}

/* A round's blows; afterwards everything runs and the line passes. */
static void blows_strike(struct storm *storm)
{
	int64_t end_ms = test_now_ms() + 200 + (int64_t)(test_random() % STORM_MAX_MS);

	do {
		/* The daemon's deaths are the dearest to get wrong: it gets more than its share. */
		unsigned roll = (unsigned)(test_random() % (BLOW_N + 2));
		enum blow blow = roll < BLOW_N ? (enum blow)roll : BLOW_DAEMON;

		if (storm->struck++ == 0)
			blow = BLOW_HQ_BROKER;
		blow_strike(storm, blow);
		printf("%s, ", blow_words[blow]);
		test_sleep_ms(100 + (int64_t)(test_random() % PAUSE_MAX_MS));
	} while (test_now_ms() < end_ms);
	test_proxy_mend(storm->line);
	test_proxy_delay(storm->line, 0);
}

/* HQ's prices are others from now on, and for a while from soon on. */
static void prices_set(struct storm *storm)
{
	char line[200], from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	br_time_format(wall_ms() + 500, from);
	br_time_format(wall_ms() + 2500, to);
	for (unsigned i = 0; i < ROUND_PRICES; i++) {
		unsigned sku = (unsigned)(test_random() % PRODUCTS);

		(void)snprintf(line, sizeof(line),
			"{\"cmd\":\"price\",\"sku\":\"A%06u\",\"amount\":%u.49}\n", 1 + sku,
			1 + (unsigned)(test_random() % 90));
		store_node_hq_do(line);
		(void)snprintf(line, sizeof(line),
			"{\"cmd\":\"price\",\"sku\":\"A%06u\",\"kind\":\"promotion\","
			"\"amount\":0.99,\"from\":\"%s\",\"to\":\"%s\"}\n",
			1 + sku, from, to);
		store_node_hq_do(line);
		storm->prices += 2;
	}
}

static void hq_refuses(const char *code)
{
	char line[120];

	(void)snprintf(line, sizeof(line),
		"{\"cmd\":\"refuse\",\"type\":\"" REFUSED "\",\"code\":\"%s\"}\n", code);
	store_node_hq_do(line);
}

/* HQ has put right why it refused them: somebody sends them again, all that the store knows of. */
static void refused_resend(struct storm *storm)
{
	char answer[65536], number[24];
	const char *at = answer;

	hq_refuses("");
	REQUIRE(store_node_answer(
		&storm->node, "/api/v1/quarantine?limit=100", answer, sizeof(answer)));
	while ((at = strstr(at, "\"event\":")) != NULL) {
		(void)snprintf(number, sizeof(number), "%lld", atoll(at += 8));
		/* One may be on its way already. */
		storm->resent += store_node_tool(&storm->node, NULL, "event", "resend", number,
					 (char *)NULL) == 0;
	}
}

/* Whether HQ has everything that was journalled before `since` (as the API tells times). */
static bool up_is_confirmed(struct storm *storm, const char *since)
{
	static const char up[] = "\"state\":\"up\"", oldest[] = "\"oldest_unacknowledged\":";
	char answer[65536];
	const char *at;

	if (!store_node_answer(&storm->node, "/api/v1/link", answer, sizeof(answer)) ||
		strstr(answer, up) == NULL)
		return false;
	at = strstr(answer, oldest);
	REQUIRE(at != NULL);
	at += strlen(oldest);
	/* null, or a text; texts of times compare as the times do. */
	return *at != '"' || strncmp(at + 1, since, strlen(since)) >= 0;
}

/* Whether the store has answered what HQ had commanded: so many of each lane. */
static bool down_is_answered(struct storm *storm, int64_t orders, int64_t catalog)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		"select count(*) from command where outcome is null and (lane='orders' and "
		"hq_seq<=%" PRId64 " or lane='catalog' and hq_seq<=%" PRId64 ")",
		orders, catalog);
	return store_node_hq_number(&storm->node, sql) == 0;
}

/* Why they do not agree: for whoever looks for it. */
static void quarrel_show(struct storm *storm)
{
	char answer[65536];

	if (store_node_answer(&storm->node, "/api/v1/link", answer, sizeof(answer)))
		printf("%s\n", answer);
	printf("%" PRId64 " commands wait, the first of lane orders is %" PRId64
	       ", of catalog %" PRId64 "\n",
		store_node_hq_number(
			&storm->node, "select count(*) from command where outcome is null"),
		store_node_hq_number(&storm->node,
			"select coalesce(min(hq_seq),0) from command where outcome is null and "
			"lane='orders'"),
		store_node_hq_number(&storm->node,
			"select coalesce(min(hq_seq),0) from command where outcome is null and "
			"lane='catalog'"));
	test_process_log_show(&storm->node.daemon);
	test_process_log_show(&storm->node.hq);
	test_process_log_show(&storm->node.broker.process);
}

/* Under the load that goes on: waits until all from before this moment is on both sides. */
static void converge(struct storm *storm)
{
	unsigned keepalive_s = storm->settings->keepalive_s;
	int64_t limit_ms = CONVERGE_MS + storm->broker->patience_ms +
			   2000 * (keepalive_s > 0 ? keepalive_s : KEEPALIVE_OWN_S);
	int64_t begin_ms = test_now_ms();
	int64_t orders = store_node_hq_number(
		&storm->node, "select coalesce(max(hq_seq),0) from command where lane='orders'");
	int64_t catalog = store_node_hq_number(
		&storm->node, "select coalesce(max(hq_seq),0) from command where lane='catalog'");
	char since[BR_TIME_TEXT_BYTES];

	br_time_format(wall_ms(), since);
	REQUIRE(orders >= 0 && catalog > 0);
	while (!up_is_confirmed(storm, since) || !down_is_answered(storm, orders, catalog)) {
		if (test_now_ms() - begin_ms > limit_ms) {
			printf("no agreement after %" PRId64 " ms\n", limit_ms);
			quarrel_show(storm);
			test_abandon();
		}
		test_sleep_ms(50);
	}
	peer_latency_add(&storm->converged, (test_now_ms() - begin_ms) * 1000);
	printf("converged after %" PRId64 " ms\n", test_now_ms() - begin_ms);
}

static void lane_equals(struct storm *storm, const char *lane, uint64_t head, uint64_t events)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		"select coalesce(max(sequence),0) from event where lane='%s'", lane);
	CHECK_INT(store_node_hq_number(&storm->node, sql), head);
	(void)snprintf(sql, sizeof(sql), "select count(*) from event where lane='%s'", lane);
	CHECK_INT(store_node_hq_number(&storm->node, sql), events);
	(void)snprintf(sql, sizeof(sql),
		"select count(distinct sequence) from event where lane='%s'", lane);
	CHECK_INT(store_node_hq_number(&storm->node, sql), events);
}

/* Downwards: every command has its answer, and every order that was taken began once. */
static void commands_once(struct storm *storm)
{
	static const char offered[] = "from event where type='org.backroom.order.offered.v1'";
	int64_t taken = store_node_hq_number(&storm->node,
		"select count(*) from command where type='order.offer' and outcome='accepted'");
	char sql[200];

	CHECK(taken > 0);
	CHECK_INT(store_node_hq_number(
			  &storm->node, "select count(*) from command where outcome is null"),
		0);
	(void)snprintf(sql, sizeof(sql), "select count(*) %s", offered);
	CHECK_INT(store_node_hq_number(&storm->node, sql), taken);
	(void)snprintf(sql, sizeof(sql), "select count(distinct subject) %s", offered);
	CHECK_INT(store_node_hq_number(&storm->node, sql), taken);
}

/* Beyond events and numbers: HQ works out the same stock, orders, prices and catalogue of them. */
static void nothing_differs(struct storm *storm)
{
	static const char equal[] =
		"select count(distinct json_extract(body,'$.data.view')) from event where "
		"type='org.backroom.reconcile.ended.v1' and "
		"json_extract(body,'$.data.outcome')='equal'";
	int64_t end_ms = test_now_ms() + CATCH_UP_MS + storm->broker->patience_ms, asked_ms = 0;

	CHECK_INT(store_node_hq_number(&storm->node, equal), 0);
	while (store_node_hq_number(&storm->node, equal) < 4 && test_now_ms() < end_ms) {
		/* One that finds no HQ is given up until the next night. */
		if (test_now_ms() - asked_ms > COMPARE_AGAIN_MS) {
			asked_ms = test_now_ms();
			CHECK_INT(store_node_tool(
					  &storm->node, NULL, "link", "reconcile", (char *)NULL),
				0);
		}
		test_sleep_ms(200);
	}
	if (!CHECK_INT(store_node_hq_number(&storm->node, equal), 4))
		quarrel_show(storm);
	CHECK_INT(store_node_metric(&storm->node, "backroom_reconcile_differences_total"), 0);
}

static bool is_empty(struct storm *storm)
{
	char answer[65536];

	return store_node_answer(&storm->node, "/api/v1/quarantine", answer, sizeof(answer)) &&
	       strstr(answer, none_quarantined) != NULL &&
	       store_node_hq_number(&storm->node, none_refused) == 0;
}

/*
 * What HQ refused it has taken after all, and the store knows; none of its prices was refused. Of
 * some the store may hear only now, what with HQ and the line having been away. One that got lost
 * on its way back to HQ would stand for ever: nobody can send it twice.
 */
static void nothing_stands(struct storm *storm)
{
	int64_t end_ms = test_now_ms() + CATCH_UP_MS + storm->broker->patience_ms;

	do {
		refused_resend(storm);
		for (unsigned i = 0; i < LOOKS && !is_empty(storm); i++)
			test_sleep_ms(LOOK_MS);
	} while (!is_empty(storm) && test_now_ms() < end_ms);
	store_node_must_say(&storm->node, "/api/v1/quarantine", none_quarantined);
	store_node_hq_must(&storm->node, none_refused, 0);
	printf("%u prices; %u events were refused and sent again\n", storm->prices, storm->resent);
	CHECK(storm->resent > 0);
	CHECK_INT(store_node_hq_number(&storm->node, "select count(*) from command where "
						     "type='price.set' and outcome='accepted'"),
		PRODUCTS + storm->prices);
}

/* The tills and the shoppers end; then what is left on its way arrives. */
static void storm_end(struct storm *storm)
{
	struct store_node *node = &storm->node;
	char *output;

	(void)test_process_stop(&storm->till);
	test_process_kill(&node->hq);
	node->hq_more[2] = NULL;
	store_node_hq_start(node);
	nothing_stands(storm);
	nothing_differs(storm);
	REQUIRE(store_node_quiet(node, CATCH_UP_MS + storm->broker->patience_ms));
	CHECK_INT(store_node_tool(node, &output, "verify", (char *)NULL), 0);
	CHECK_HAS(output, "clean");
	free(output);
	(void)test_process_stop(&node->hq);
	CHECK_INT(test_process_stop(&node->daemon), 0);
}

static void storm_prove(struct storm *storm)
{
	struct proof proof = proof_read(storm->tills, storm->node.state);

	printf("%" PRIu64 " requests acknowledged, %" PRIu64 " lines, %" PRIu64
	       " lines in the journal, %" PRIu64 " stock events, %" PRIu64 " orders events\n",
		proof.acknowledged, proof.lines, proof.journal_lines, proof.stock_events,
		proof.orders_events);
	CHECK(proof.acknowledged > 100);
	CHECK_INT(proof.missing, 0);
	CHECK_INT(proof.doubled, 0);
	/* What had no answer may be in the journal all the same, but never twice. */
	CHECK(proof.journal_lines >= proof.lines);
	lane_equals(storm, "stock", proof.stock_head, proof.stock_events);
	lane_equals(storm, "orders", proof.orders_head, proof.orders_events);
	commands_once(storm);
}

static void figures_print(const struct storm *storm)
{
	printf("%s:", storm->broker->name);
	for (unsigned i = 0; i < BLOW_N; i++)
		printf("%s %s %u", i > 0 ? "," : "", blow_words[i], storm->blows[i]);
	printf("\n%s: %" PRIu64
	       " rounds; time to converge p50 %.2f s, p99 %.2f s, longest %.2f s\n",
		storm->broker->name, storm->converged.n,
		(double)peer_latency_at(&storm->converged, 0.5) / 1e6,
		(double)peer_latency_at(&storm->converged, 0.99) / 1e6,
		(double)storm->converged.max_us / 1e6);
}

void storm_run(const struct storm_broker *broker, const struct storm_settings *settings)
{
	static struct storm storm; /* large */
	int64_t end_ms;

	storm = (struct storm){.broker = broker, .settings = settings};
	storm_begin(&storm);
	end_ms = test_now_ms() + settings->seconds * 1000;
	do {
		hq_refuses("later");
		prices_set(&storm);
		blows_strike(&storm);
		converge(&storm);
		refused_resend(&storm);
	} while (test_now_ms() < end_ms);
	figures_print(&storm);
	storm_end(&storm);
	storm_prove(&storm);
	test_broker_stop(&storm.node.broker);
	test_proxy_stop(storm.line);
}
