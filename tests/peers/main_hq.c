/* peer-hq: the central system's side of the link, see --help and hq.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/peers/hq_control.h"
#include "tests/peers/options.h"

static const char summary[] =
	"Plays the central system behind its own broker: takes events from stores into a durable "
	"file,\n"
	"sends products, prices and online orders, and repeats both until they are answered.";

static struct program {
	struct peer_broker broker;
	struct peer_demand_settings demand_settings;
	const char *file, *products, *currency, *control_path;
	int64_t generate, print, resend_ms;
	struct peer_ca_settings ca_settings;
	struct peer_ca *ca;
	struct peer_list shops;
	bool use_stdin, epcis;
	struct peer_loop *loop;
	struct peer_hq_store *store;
	struct peer_catalogue catalogue;
	struct peer_hq *hq;
	struct peer_demand *demand;
	struct peer_control *control;
} program = {.broker = {.seed = 1},
	.file = "hq.sqlite",
	.currency = "EUR",
	.resend_ms = 5000,
	.ca_settings = {.seconds = 90 * 86400}};

static const struct peer_option options[] = {
	PEER_BROKER_OPTIONS(program.broker),
	{"file", PEER_TEXT, &program.file, "FILE", "the durable file [hq.sqlite]", 0, 0},
	{"store", PEER_LIST, &program.shops, "ID",
		"a store that gets the catalogue before it says hello", 0, 0},
	{"generate", PEER_NUMBER, &program.generate, "N", "make up a catalogue of N products", 0,
		PEER_PRODUCTS_MAX},
	{"products", PEER_TEXT, &program.products, "FILE", "read the catalogue from a CSV", 0, 0},
	{"currency", PEER_TEXT, &program.currency, "CODE", "of made-up prices [EUR]", 0, 0},
	{"print-products", PEER_NUMBER, &program.print, "N",
		"print N made-up products as CSV and end", 0, PEER_PRODUCTS_MAX},
	{"orders-per-minute", PEER_DECIMAL, &program.demand_settings.orders_per_minute, "N",
		"online orders, all stores together [0]", 0, 100000},
	{"orders", PEER_NUMBER, &program.demand_settings.orders_max, "N",
		"no more than N of them; 0: no end [0]", 0, INT64_MAX},
	{"prices-per-minute", PEER_DECIMAL, &program.demand_settings.prices_per_minute, "N",
		"price changes [0]", 0, 100000},
	{"resend", PEER_NUMBER, &program.resend_ms, "MS",
		"send commands again when there is no answer for so long [5000]", 10, 600000},
	{"epcis", PEER_FLAG, &program.epcis, "", "ask for GS1 EPCIS 2.0's words in events", 0, 0},
	{"authority", PEER_TEXT, &program.ca_settings.certificate, "FILE",
		"sign the stores' certificates as this authority", 0, 0},
	{"authority-key", PEER_TEXT, &program.ca_settings.key, "FILE", "its private key", 0, 0},
	{"certificate-seconds", PEER_NUMBER, &program.ca_settings.seconds, "S",
		"how long they are good for [7776000]", 1, 100000000},
	{"address", PEER_TEXT, &program.ca_settings.addresses[0], "HOST:PORT",
		"of the broker, told to a store that enrols", 0, 0},
	{"control", PEER_TEXT, &program.control_path, "PATH",
		"take JSON lines on this unix socket: price, order, command, enrol_code, stats", 0,
		0},
	{"stdin", PEER_FLAG, &program.use_stdin, "", "take them on standard input too", 0, 0},
};

static void products_print(void)
{
	struct peer_product product;

	peer_product_csv_head(stdout);
	for (int64_t i = 0; i < program.print; i++) {
		peer_product_make(
			(uint64_t)program.broker.seed, (uint64_t)i, program.currency, &product);
		peer_product_csv(stdout, &product);
	}
}

/* The file's catalogue goes before the options: it has the prices as they are now. */
static int catalogue_ready(struct br_fault *fault)
{
	int error = 0;

	peer_catalogue_load(&program.catalogue, program.store);
	if (program.catalogue.n > 0)
		return 0;
	if (program.products != NULL)
		error = peer_catalogue_read(
			&program.catalogue, program.products, program.currency, fault);
	if (error < 0)
		return error;
	peer_catalogue_generate(&program.catalogue, (uint64_t)program.broker.seed,
		(size_t)program.generate, program.currency);
	peer_catalogue_save(&program.catalogue, program.store);
	return peer_hq_store_commit(program.store);
}

static void on_failed(void *context BR_UNUSED, const char *text)
{
	(void)fprintf(stderr, "peer-hq: %s: %s\n", program.file, text);
	peer_loop_stop(program.loop, 1);
}

static void on_up(void *context BR_UNUSED)
{
	printf("connected to the broker\n");
}

static void on_new_shop(void *context BR_UNUSED, const char *shop)
{
	printf("store %s: new, gets %zu products\n", shop, program.catalogue.n);
	peer_catalogue_tell(&program.catalogue, program.hq, shop);
}

static int parts_create(void)
{
	struct peer_mqtt_settings mqtt = {.client = "hq"};
	struct peer_hq_events events = {.failed = on_failed, .up = on_up, .new_shop = on_new_shop};
	struct peer_control_target target = {.store = program.store,
		.catalogue = &program.catalogue,
		.ca = program.ca,
		.currency = program.currency};
	char password[256];
	int error;

	error = peer_broker_settings(&program.broker, &mqtt, password, sizeof(password));
	if (error == 0)
		error = peer_hq_create(program.loop, &mqtt, program.store, &events, &program.hq);
	if (error < 0)
		return error;
	peer_hq_sign_by(program.hq, program.ca);
	peer_hq_resend_after(program.hq, program.resend_ms);
	if (program.epcis)
		peer_hq_want_epcis(program.hq);
	for (size_t i = 0; i < program.shops.n; i++)
		peer_hq_expect(program.hq, program.shops.items[i]);
	program.demand_settings.seed = (uint64_t)program.broker.seed;
	target.hq = program.hq;
	error = peer_demand_create(program.loop, &program.demand_settings, program.hq,
		program.store, &program.catalogue, &program.demand);
	if (error < 0)
		return error;
	return peer_control_create(
		program.loop, &target, program.control_path, program.use_stdin, &program.control);
}

static void last_words(void)
{
	const struct peer_hq_stats *stats = peer_hq_stats(program.hq);

	printf("took %" PRIu64 " events in %" PRIu64 " batches; duplicates %" PRIu64
	       ", gaps %" PRIu64 ", bad crc %" PRIu64 ", old epoch %" PRIu64 ", malformed %" PRIu64
	       "\n",
		stats->events, stats->batches, stats->duplicates, stats->gaps, stats->bad_crc,
		stats->old_epoch, stats->malformed);
	printf("sent %" PRIu64 " batches, %" PRIu64 " again; results %" PRIu64
	       ", of them refused %" PRIu64 "\n",
		stats->sent_batches, stats->resent, stats->results, stats->refused_results);
}

static int run(void)
{
	struct br_fault fault = {""};
	int error = peer_hq_store_open(program.file, &program.store, &fault), code = 1;

	if (error == 0)
		error = catalogue_ready(&fault);
	if (error == 0 && program.ca_settings.certificate != NULL)
		error = peer_ca_open(&program.ca_settings, &program.ca, &fault);
	if (error < 0)
		(void)fprintf(stderr, "peer-hq: %s\n",
			fault.text[0] != '\0' ? fault.text : br_error_text(error));
	if (error == 0)
		error = peer_loop_create(&program.loop);
	if (error == 0 && parts_create() == 0) {
		printf("HQ %s is open with %zu products\n", peer_hq_store_epoch(program.store),
			program.catalogue.n);
		code = peer_loop_run(program.loop);
		last_words();
	}
	peer_control_destroy(program.control);
	peer_demand_destroy(program.demand);
	peer_hq_destroy(program.hq);
	if (program.store != NULL && peer_hq_store_commit(program.store) < 0)
		code = 1;
	peer_hq_store_close(program.store);
	peer_ca_close(program.ca);
	peer_catalogue_finish(&program.catalogue);
	peer_loop_destroy(program.loop);
	return code;
}

int main(int argc, char **argv)
{
	enum peer_options_outcome outcome =
		peer_options_read(argc, argv, summary, options, BR_ARRAY_LEN(options));

	if (outcome != PEER_OPTIONS_GO)
		return outcome;
	if ((program.ca_settings.certificate == NULL) != (program.ca_settings.key == NULL)) {
		(void)fprintf(stderr, "peer-hq: --authority and --authority-key go together\n");
		return 2;
	}
	if (strlen(program.currency) != 3 || (program.products != NULL && program.generate > 0)) {
		(void)fprintf(stderr, "peer-hq: --currency has three letters; either --products or "
				      "--generate\n");
		return 2;
	}
	if (program.print > 0) {
		products_print();
		return 0;
	}
	return run();
}
