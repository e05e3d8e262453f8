/* peer-till: simulated tills, see --help and till.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json_out.h"
#include "tests/peers/options.h"
#include "tests/peers/retail.h"
#include "tests/peers/shopper.h"
#include "tests/peers/till.h"

static const char summary[] = "Plays the tills of a store over MQTT: sales, returns, adjustments "
			      "and price look-ups, each\n"
			      "repeated until the store has replied. With --replay the rows of a "
			      "retailer's file are played.";

/* How long a run that is over waits for the last replies. */
#define LAST_REPLIES_MS 10000

static struct program {
	struct peer_broker broker;
	struct peer_till_settings till;
	struct peer_shopper_settings shop;
	const char *ledger_path, *replay, *products_out;
	int64_t rows, seconds;
	bool json, sync;
	struct peer_loop *loop;
	struct peer_ledger *ledger;
	struct peer_retail *retail;
	struct peer_shopper *shopper;
	struct peer_till *tills;
	struct peer_timer over;
	bool closing;
	int64_t start_us;
	char run[17];
} program = {
	.till = {.prefix = "till-", .tills = 1, .window = 16, .timeout_ms = 2000},
	.broker = {.seed = 1},
	.shop = {.unknown_rate = 0.02},
};

static const struct peer_option options[] = {
	PEER_BROKER_OPTIONS(program.broker),
	{"tills", PEER_NUMBER, &program.till.tills, "N", "tills to play [1]", 1, PEER_TILLS_MAX},
	{"till-prefix", PEER_TEXT, &program.till.prefix, "TEXT",
		"tills are called TEXT1, TEXT2, ... [till-]", 0, 0},
	{"in-flight", PEER_NUMBER, &program.till.window, "N",
		"requests without a reply at most, all tills together [16]", 1,
		PEER_TILL_WINDOW_MAX},
	{"rate", PEER_DECIMAL, &program.till.per_minute, "N",
		"requests a minute, all tills together; 0: as fast as replies come [0]", 0,
		10000000},
	{"count", PEER_NUMBER, &program.shop.count, "N", "end after N requests; 0: never [0]", 0,
		INT64_MAX},
	{"seconds", PEER_NUMBER, &program.seconds, "N", "end after N seconds; 0: never [0]", 0,
		1000000},
	{"timeout", PEER_NUMBER, &program.till.timeout_ms, "MS",
		"send again when there is no reply for so long [2000]", 10, 600000},
	{"products", PEER_TEXT, &program.shop.products, "FILE",
		"CSV of what is sold: gtin or gtins, price, currency, sold_by", 0, 0},
	{"only", PEER_TEXT, &program.shop.only, "KIND", "only sale, return, adjust or price", 0, 0},
	{"basket", PEER_NUMBER, &program.shop.basket, "N", "lines of each sale; 0: by chance [0]",
		0, PEER_REQUEST_LINES_MAX},
	{"ledger", PEER_TEXT, &program.ledger_path, "FILE",
		"own file of what was asked and answered; a later run goes on from it", 0, 0},
	{"ledger-sync", PEER_FLAG, &program.sync, "", "flush the ledger before each request", 0, 0},
	{"replay", PEER_TEXT, &program.replay, "FILE",
		"play this retailer's CSV (also .gz) instead of --products", 0, 0},
	{"lines", PEER_NUMBER, &program.rows, "N", "replay the first N rows; 0: all [0]", 0,
		INT64_MAX},
	{"products-out", PEER_TEXT, &program.products_out, "FILE",
		"write the replay's products as CSV and end; - is the output", 0, 0},
	{"json", PEER_FLAG, &program.json, "", "print the summary as JSON", 0, 0},
};

static int complain(const char *what, int error, const struct br_fault *fault)
{
	(void)fprintf(stderr, "peer-till: %s: %s\n", what,
		fault != NULL && fault->text[0] != '\0' ? fault->text : br_error_text(error));
	return 1;
}

static int products_write(void)
{
	struct br_fault fault = {""};
	int64_t got = peer_retail_open(program.replay, program.rows, 0, &program.retail, &fault);

	if (got == 0)
		got = peer_retail_products(program.retail, program.products_out, &fault);
	if (got < 0)
		return complain("products", (int)got, &fault);
	(void)fprintf(stderr, "%" PRId64 " products in %" PRId64 " rows\n", got,
		peer_retail_rows(program.retail));
	return 0;
}

static void on_ended(void *context BR_UNUSED, int error, const char *text)
{
	if (error < 0)
		(void)fprintf(stderr, "peer-till: %s\n", text);
	peer_loop_stop(program.loop, error < 0 ? 1 : 0);
}

static void on_price(void *context BR_UNUSED, struct br_str barcode, int64_t price_milli)
{
	if (program.shopper != NULL)
		peer_shopper_price(program.shopper, barcode, price_milli);
}

/* The time is over: first nothing new begins, then the wait for replies ends too. */
static void on_over(void *context BR_UNUSED)
{
	if (program.closing) {
		peer_loop_stop(program.loop, 1);
		return;
	}
	program.closing = true;
	peer_timer_set(program.loop, &program.over, LAST_REPLIES_MS);
	peer_till_close(program.tills);
}

static double milliseconds(const struct peer_latency *latency, double share)
{
	return (double)peer_latency_at(latency, share) / 1000.0;
}

static void latency_write(
	struct br_json_out *out, const char *name, const struct peer_latency *latency)
{
	br_json_out_object(out, name);
	br_json_out_u64(out, "n", latency->n);
	br_json_out_double(out, "p50_ms", milliseconds(latency, 0.50));
	br_json_out_double(out, "p99_ms", milliseconds(latency, 0.99));
	br_json_out_double(out, "max_ms", (double)latency->max_us / 1000.0);
	br_json_out_end(out);
}

static void summary_json(const struct peer_till_stats *stats, double seconds)
{
	struct br_text text;
	struct br_json_out out;

	br_text_init(&text, 4096);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	for (unsigned kind = 0; kind < PEER_REQUEST_KINDS; kind++)
		br_json_out_u64(&out, peer_request_kind_text((enum peer_request_kind)kind),
			stats->made[kind]);
	br_json_out_u64(&out, "accepted", stats->accepted);
	br_json_out_u64(&out, "found", stats->found);
	br_json_out_u64(&out, "refused", stats->refused);
	br_json_out_u64(&out, "conflict", stats->conflict);
	br_json_out_u64(&out, "lines", stats->lines);
	br_json_out_u64(&out, "busy", stats->busy);
	br_json_out_u64(&out, "resent", stats->resent);
	br_json_out_u64(&out, "strange", stats->strange);
	br_json_out_u64(&out, "waiting", stats->waiting);
	if (program.retail != NULL) {
		br_json_out_i64(&out, "rows", peer_retail_rows(program.retail));
		br_json_out_i64(&out, "rows_left_out", peer_retail_left_out(program.retail));
	}
	br_json_out_double(&out, "seconds", seconds);
	br_json_out_double(&out, "answers_per_second",
		(double)(stats->latency.n + stats->price_latency.n) / seconds);
	latency_write(&out, "reply", &stats->latency);
	latency_write(&out, "price_reply", &stats->price_latency);
	if (stats->last_refusal[0] != '\0')
		br_json_out_puts(&out, "last_refusal", stats->last_refusal);
	br_json_out_end(&out);
	printf("%.*s\n", BR_STR_ARG(br_text_str(&text)));
	br_text_finish(&text);
}

static void summary_text(const struct peer_till_stats *stats, double seconds)
{
	printf("%" PRIu64 " sales, %" PRIu64 " returns, %" PRIu64 " adjustments, %" PRIu64
	       " price look-ups in %.1f s\n",
		stats->made[PEER_SALE], stats->made[PEER_RETURN], stats->made[PEER_ADJUST],
		stats->made[PEER_PRICE], seconds);
	printf("accepted %" PRIu64 " (%" PRIu64 " lines), found %" PRIu64 ", refused %" PRIu64
	       ", conflicts %" PRIu64 ", without reply %" PRIu64 "; busy %" PRIu64
	       ", sent again %" PRIu64 ", strange %" PRIu64 "\n",
		stats->accepted, stats->lines, stats->found, stats->refused, stats->conflict,
		stats->waiting, stats->busy, stats->resent, stats->strange);
	printf("reply p50 %.2f ms, p99 %.2f ms, slowest %.1f ms; look-up p50 %.2f ms, p99 %.2f "
	       "ms\n",
		milliseconds(&stats->latency, 0.50), milliseconds(&stats->latency, 0.99),
		(double)stats->latency.max_us / 1000.0, milliseconds(&stats->price_latency, 0.50),
		milliseconds(&stats->price_latency, 0.99));
	if (program.retail != NULL)
		printf("%" PRId64 " rows read, %" PRId64 " of quantity 0 left out\n",
			peer_retail_rows(program.retail), peer_retail_left_out(program.retail));
	if (stats->last_refusal[0] != '\0')
		printf("last refusal: %s\n", stats->last_refusal);
}

/* Opens the ledger and the source; the ledger's word goes before a new one. */
static int sources_open(struct peer_draft_source *ret_source)
{
	struct br_fault fault = {""};
	int64_t rows_done = 0;
	int error = 0;

	(void)snprintf(program.run, sizeof(program.run), "%" PRIx64,
		(uint64_t)peer_wall_ms() & 0xFFFFFFFFFF);
	program.till.run = program.run;
	if (program.ledger_path != NULL) {
		error = peer_ledger_open(
			program.ledger_path, program.sync, &program.ledger, &fault);
		if (error == 0 && peer_ledger_run(program.ledger)[0] == '\0')
			error = peer_ledger_run_set(program.ledger, program.run);
		if (error < 0)
			return complain("ledger", error, &fault);
		program.till.run = peer_ledger_run(program.ledger);
		rows_done = peer_ledger_row(program.ledger);
	}
	if (program.replay != NULL) {
		error = peer_retail_open(
			program.replay, program.rows, rows_done, &program.retail, &fault);
		if (error == 0)
			*ret_source = peer_retail_source(program.retail);
	} else {
		/* A run that goes on from a ledger has other shoppers than the one before. */
		program.shop.seed =
			(uint64_t)program.broker.seed +
			(program.ledger != NULL ? peer_ledger_number(program.ledger) : 0);
		error = peer_shopper_open(&program.shop, &program.shopper, &fault);
		if (error == 0)
			*ret_source = peer_shopper_source(program.shopper);
	}
	return error < 0 ? complain("source", error, &fault) : 0;
}

static int run(void)
{
	struct peer_mqtt_settings mqtt = {.host = NULL};
	struct peer_till_events events = {.ended = on_ended, .price = on_price};
	struct peer_draft_source source;
	char password[256];
	int code = 1;

	if (sources_open(&source) != 0)
		return 1;
	if (peer_broker_settings(&program.broker, &mqtt, password, sizeof(password)) < 0 ||
		peer_loop_create(&program.loop) < 0)
		return 1;
	program.till.seed = (uint64_t)program.broker.seed;
	program.over = (struct peer_timer){.fire = on_over};
	program.start_us = peer_boot_us();
	if (peer_till_create(program.loop, &mqtt, &program.till, &source, program.ledger, &events,
		    &program.tills) == 0) {
		const struct peer_till_stats *stats = peer_till_stats(program.tills);
		double seconds;

		if (program.seconds > 0)
			peer_timer_set(program.loop, &program.over, program.seconds * 1000);
		code = peer_loop_run(program.loop);
		seconds = (double)(peer_boot_us() - program.start_us) / 1e6;
		if (program.json)
			summary_json(stats, seconds);
		else
			summary_text(stats, seconds);
		if (stats->conflict > 0 || stats->strange > 0)
			code = 1;
		peer_till_destroy(program.tills);
	}
	peer_loop_destroy(program.loop);
	return code;
}

int main(int argc, char **argv)
{
	enum peer_options_outcome outcome;
	int code;

	outcome = peer_options_read(argc, argv, summary, options, BR_ARRAY_LEN(options));
	if (outcome != PEER_OPTIONS_GO)
		return outcome;
	if ((program.replay != NULL) == (program.shop.products != NULL) ||
		(program.products_out != NULL && program.replay == NULL)) {
		(void)fprintf(stderr, "peer-till: either --products or --replay is needed; "
				      "--products-out goes with --replay\n");
		return 2;
	}
	code = program.products_out != NULL ? products_write() : run();
	peer_ledger_close(program.ledger);
	peer_retail_close(program.retail);
	peer_shopper_close(program.shopper);
	return code;
}
