/* peer-ap: simulated access points and labels, see --help and ap.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/json_out.h"
#include "tests/peers/ap.h"
#include "tests/peers/options.h"

static const char summary[] = "Plays access points and their shelf labels over brap/1, with "
			      "losses, delays, restarts and\n"
			      "duplicates as asked, and writes what each label shows as a PNG.";

static struct program {
	struct peer_broker broker;
	struct peer_air_settings air_settings;
	struct peer_list aps;
	const char *list_path;
	bool json;
	struct peer_loop *loop;
	struct peer_air *air;
} program = {
	.broker = {.seed = 1},
	.air_settings = {.labels = 100,
		.types = "bwr29:75,bwr42:20,bw75:5",
		.win = 32,
		.queue = 512,
		.msg_max = 65536,
		.check_in_s = 15,
		.refresh_ms = 1500,
		.bytes_per_second = 20000},
};

static const struct peer_option options[] = {
	PEER_BROKER_OPTIONS(program.broker),
	{"ap", PEER_LIST, &program.aps, "ID", "an access point's name, may be repeated [ap-1]", 0,
		0},
	{"labels", PEER_NUMBER, &program.air_settings.labels, "N",
		"labels, shared among the access points [100]", 1, PEER_LABELS_MAX},
	{"first", PEER_NUMBER, &program.air_settings.first, "N", "number of the first label [0]", 0,
		1000000},
	{"types", PEER_TEXT, &program.air_settings.types, "LIST",
		"displays with weights [bwr29:75,bwr42:20,bw75:5]", 0, 0},
	{"labels-out", PEER_TEXT, &program.list_path, "FILE",
		"write the labels as CSV: label,type,ap; - is the output", 0, 0},
	{"glass", PEER_TEXT, &program.air_settings.glass, "DIR",
		"write <label>.png and shown.jsonl there", 0, 0},
	{"check-in", PEER_DECIMAL, &program.air_settings.check_in_s, "S",
		"seconds between a label's check-ins [15]", 0, 86400},
	{"refresh", PEER_NUMBER, &program.air_settings.refresh_ms, "MS",
		"length of a full refresh [1500]", 0, 60000},
	{"speed", PEER_NUMBER, &program.air_settings.bytes_per_second, "BYTES",
		"bytes a second over the air; 0: no time [20000]", 0, 100000000},
	{"win", PEER_NUMBER, &program.air_settings.win, "N", "jobs taken at once, as told [32]", 1,
		1000},
	{"queue", PEER_NUMBER, &program.air_settings.queue, "N", "jobs held at most [512]", 1,
		PEER_AP_QUEUE_MAX},
	{"msg-max", PEER_NUMBER, &program.air_settings.msg_max, "BYTES",
		"largest job message, as told [65536]", 1024, 1048576},
	{"loss", PEER_DECIMAL, &program.air_settings.loss, "SHARE", "transfers lost on the air [0]",
		0, 1},
	{"lose-acks", PEER_DECIMAL, &program.air_settings.lose_acks, "SHARE",
		"acknowledgements never sent [0]", 0, 1},
	{"duplicate", PEER_DECIMAL, &program.air_settings.duplicate, "SHARE",
		"messages taken twice, acknowledgements sent twice [0]", 0, 1},
	{"busy", PEER_DECIMAL, &program.air_settings.busy, "SHARE", "jobs refused as busy [0]", 0,
		1},
	{"delay", PEER_NUMBER, &program.air_settings.delay_ms, "MS",
		"acknowledgements come up to so much later [0]", 0, 60000},
	{"restart", PEER_DECIMAL, &program.air_settings.restart_s, "S",
		"restart, and forget all jobs, so often; 0: never [0]", 0, 1000000},
	{"roam", PEER_DECIMAL, &program.air_settings.roam_s, "S",
		"a label moves to the next access point so often; 0: never [0]", 0, 1000000},
	{"overlap", PEER_FLAG, &program.air_settings.overlap, "",
		"every access point hears every label, home 10 dB better", 0, 0},
	{"silent", PEER_NUMBER, &program.air_settings.silent, "N",
		"the last N labels are seen once and never again [0]", 0, PEER_LABELS_MAX},
	{"weak", PEER_NUMBER, &program.air_settings.weak, "N",
		"the first N labels have an empty battery and fail every picture [0]", 0,
		PEER_LABELS_MAX},
	{"presses", PEER_DECIMAL, &program.air_settings.presses, "N",
		"buttons and NFC tags touched a minute [0]", 0, 10000},
	{"json", PEER_FLAG, &program.json, "", "print the summary as JSON", 0, 0},
};

static void last_words(const struct peer_air_stats *stats)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {{"jobs", stats->jobs}, {"parts", stats->parts}, {"commands", stats->commands},
		{"queued", stats->queued}, {"shown", stats->shown}, {"failed", stats->failed},
		{"superseded", stats->superseded}, {"expired", stats->expired},
		{"cancelled", stats->cancelled}, {"refused", stats->refused},
		{"malformed", stats->malformed}, {"duplicates", stats->duplicates},
		{"foreign_boot", stats->foreign_boot}, {"needless", stats->needless},
		{"lost", stats->lost}, {"acks_lost", stats->acks_lost},
		{"restarts", stats->restarts}, {"pending_max", stats->pending_max}};
	struct br_json_out out;
	struct br_text text;

	br_text_init(&text, 4096);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		br_json_out_u64(&out, rows[i].name, rows[i].value);
		if (!program.json)
			printf("%s %" PRIu64 "%s", rows[i].name, rows[i].value,
				i + 1 < BR_ARRAY_LEN(rows) ? ", " : "\n");
	}
	br_json_out_end(&out);
	if (program.json)
		printf("%s\n", text.bytes);
	br_text_finish(&text);
}

static int list_write(void)
{
	bool to_output = strcmp(program.list_path, "-") == 0;
	FILE *file = to_output ? stdout : fopen(program.list_path, "we");

	if (file == NULL) {
		(void)fprintf(stderr, "%s: %s\n", program.list_path, strerror(errno));
		return BR_E_IO;
	}
	peer_air_list(program.air, file);
	return (to_output ? fflush(file) : fclose(file)) == 0 ? 0 : BR_E_IO;
}

static int air_open(const struct peer_mqtt_settings *mqtt)
{
	struct br_fault fault = {""};
	int error;

	program.air_settings.seed = (uint64_t)program.broker.seed;
	if (program.aps.n == 0)
		program.aps.items[program.aps.n++] = "ap-1";
	if (program.air_settings.glass != NULL)
		(void)mkdir(program.air_settings.glass, 0755);
	error = peer_air_create(program.loop, &program.air_settings, &program.air, &fault);
	if (error < 0) {
		(void)fprintf(stderr, "peer-ap: %s\n", fault.text);
		return error;
	}
	for (size_t i = 0; i < program.aps.n; i++) {
		error = peer_air_add(program.air, program.aps.items[i], mqtt);
		if (error < 0) {
			(void)fprintf(stderr, "--ap %s: 1 to 32 of a-z, 0-9 and - are allowed\n",
				program.aps.items[i]);
			return error;
		}
	}
	peer_air_start(program.air);
	return program.list_path != NULL ? list_write() : 0;
}

int main(int argc, char **argv)
{
	struct peer_mqtt_settings mqtt = {.host = NULL};
	char password[256];
	int code = 1;
	enum peer_options_outcome outcome;

	outcome = peer_options_read(argc, argv, summary, options, BR_ARRAY_LEN(options));
	if (outcome != PEER_OPTIONS_GO)
		return outcome;
	if (peer_broker_settings(&program.broker, &mqtt, password, sizeof(password)) < 0 ||
		peer_loop_create(&program.loop) < 0)
		return 1;
	if (air_open(&mqtt) == 0) {
		printf("%zu access points, %" PRId64 " labels\n", program.aps.n,
			program.air_settings.labels);
		code = peer_loop_run(program.loop);
		last_words(peer_air_stats(program.air));
	}
	peer_air_destroy(program.air);
	peer_loop_destroy(program.loop);
	return code;
}
