/* peer-associate: simulated associates, see --help and associate.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/peers/associate.h"
#include "tests/peers/options.h"

static const char summary[] = "Plays the associates of a store over its HTTP interface: works "
			      "through the orders, takes in\n"
			      "deliveries of what runs low, fills the shelves.";

static struct program {
	struct peer_associate_settings settings;
	const char *host, *url;
	int64_t port, seed, seconds;
	bool no_orders;
	struct peer_loop *loop;
	struct peer_timer over;
} program = {
	.settings =
		{.speed = 1, .cancel = 0.03, .poll_s = 2, .restock_s = 60, .low = 8, .target = 40},
	.host = "127.0.0.1",
	.port = 8080,
	.seed = 1};

static const struct peer_option options[] = {
	{"host", PEER_TEXT, &program.host, "HOST", "the store's address [127.0.0.1]", 0, 0},
	{"port", PEER_NUMBER, &program.port, "PORT", "the store's port [8080]", 1, 65535},
	{"url", PEER_TEXT, &program.url, "URL", "instead of both, such as http://127.0.0.1:8080", 0,
		0},
	{"seed", PEER_NUMBER, &program.seed, "N", "makes all chance repeatable [1]", 0, INT64_MAX},
	{"speed", PEER_DECIMAL, &program.settings.speed, "X", "work X times as fast [1]", 0, 1000},
	{"cancel", PEER_DECIMAL, &program.settings.cancel, "SHARE",
		"offered orders that are cancelled [0.03]", 0, 1},
	{"poll", PEER_DECIMAL, &program.settings.poll_s, "S",
		"seconds between two looks at the orders [2]", 0, 3600},
	{"restock", PEER_DECIMAL, &program.settings.restock_s, "S",
		"seconds between two walks through the catalogue; 0: none [60]", 0, 86400},
	{"low", PEER_NUMBER, &program.settings.low, "N", "below so many a delivery comes [8]", 0,
		100000},
	{"target", PEER_NUMBER, &program.settings.target, "N", "and brings it to so many [40]", 1,
		1000000},
	{"seconds", PEER_NUMBER, &program.seconds, "N", "end after N seconds; 0: never [0]", 0,
		1000000},
};

static void on_over(void *context BR_UNUSED)
{
	peer_loop_stop(program.loop, 0);
}

static void last_words(const struct peer_associate_stats *stats)
{
	printf("orders: accepted %" PRIu64 ", picked %" PRIu64 ", ready %" PRIu64
	       ", handed over %" PRIu64 ", cancelled %" PRIu64 ", short of stock %" PRIu64 "\n",
		stats->accepted, stats->picked, stats->ready, stats->handed_over, stats->cancelled,
		stats->short_of_stock);
	printf("deliveries %" PRIu64 ", shelves filled %" PRIu64 ", walks %" PRIu64
	       "; refused %" PRIu64 ", without answer %" PRIu64 ", strange answers %" PRIu64 "\n",
		stats->deliveries, stats->fills, stats->walks, stats->refused, stats->unanswered,
		stats->strange);
}

static int run(struct peer_http *http)
{
	struct peer_associate *associate = NULL;
	char word[17];
	int code = 1;

	(void)snprintf(word, sizeof(word), "%" PRIx64, (uint64_t)peer_wall_ms() & 0xFFFFFFFFFF);
	program.settings.run = word;
	program.settings.seed = (uint64_t)program.seed;
	program.over = (struct peer_timer){.fire = on_over};
	if (program.seconds > 0)
		peer_timer_set(program.loop, &program.over, program.seconds * 1000);
	if (peer_associate_create(program.loop, http, &program.settings, &associate) == 0) {
		code = peer_loop_run(program.loop);
		last_words(peer_associate_stats(associate));
	}
	peer_associate_destroy(associate);
	peer_timer_clear(program.loop, &program.over);
	return code;
}

int main(int argc, char **argv)
{
	struct peer_http *http = NULL;
	char base[256];
	int code = 1;
	enum peer_options_outcome outcome;

	outcome = peer_options_read(argc, argv, summary, options, BR_ARRAY_LEN(options));
	if (outcome != PEER_OPTIONS_GO)
		return outcome;
	if (program.settings.speed <= 0 || program.settings.target <= program.settings.low) {
		(void)fprintf(stderr, "peer-associate: --speed is above 0, --target above --low\n");
		return 2;
	}
	if (program.url != NULL)
		(void)snprintf(base, sizeof(base), "%s", program.url);
	else
		(void)snprintf(
			base, sizeof(base), "http://%s:%" PRId64, program.host, program.port);
	if (peer_loop_create(&program.loop) == 0 && peer_http_create(base, &http) == 0)
		code = run(http);
	peer_http_destroy(http);
	peer_loop_destroy(program.loop);
	return code;
}
