/* The labels of the simulated air: check-ins, and what is on their glass. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/peers/ap_inside.h"

#define ID_FORMAT "B0C0DE0000%06X"
#define NUMBER_AT 10 /* where the number begins in the id */

/* The id carries the label's number, so that finding it is reading it. */
struct label *label_find(struct peer_air *air, struct br_str id)
{
	char text[LABEL_BYTES];
	long number;

	if (!br_str_copy(id, text, sizeof(text)) || strlen(text) != LABEL_BYTES - 1)
		return NULL;
	number = strtol(text + NUMBER_AT, NULL, 16) - (long)air->settings.first;
	if (number < 0 || number >= air->settings.labels ||
		strcmp(air->labels[number].id, text) != 0)
		return NULL;
	return &air->labels[number];
}

/* The time to the next check-in, without its unevenness. */
int64_t label_next_ms(const struct label *label)
{
	const struct peer_air *air = label->air;

	if (label->fast_until_ms > peer_loop_now(air->loop))
		return label->fast_every_ms;
	return (int64_t)(air->settings.check_in_s * 1000);
}

/* Real labels' clocks differ by some percent, so that they do not all come at once. */
static void next_arm(struct label *label)
{
	int64_t next_ms = label_next_ms(label);

	next_ms += next_ms * peer_random_range(&label->air->random, -5, 5) / 100;
	peer_timer_set(label->air->loop, &label->check_in, next_ms > 0 ? next_ms : 1);
}

static void checks_in(void *context)
{
	struct label *label = context;
	struct peer_air *air = label->air;

	/* A coin cell falls about one millivolt in a thousand check-ins, and cools in a freezer. */
	if (peer_random_hit(&air->random, 0.001) && label->mv > WEAK_MV)
		label->mv--;
	label->tc = 19 + (int)peer_random_below(&air->random, 5);
	label->rssi = -60 - (int)peer_random_below(&air->random, 15);
	if (label->mv < WEAK_MV && !label->weak_told) {
		ap_event(air->aps[label->home], label->id, "low_batt");
		label->weak_told = true;
	}
	/* Before anything is served: a command may well set another time. */
	if (!label->silent)
		next_arm(label);
	for (size_t i = 0; i < air->ap_n; i++)
		if (ap_hears(air->aps[i], label))
			ap_seen(air->aps[i], label);
	for (size_t i = 0; i < air->ap_n && !label->busy; i++)
		if (ap_hears(air->aps[i], label))
			ap_serve(air->aps[i], label);
}

void label_start(struct label *label)
{
	int64_t interval_ms = (int64_t)(label->air->settings.check_in_s * 1000);

	label->check_in = (struct peer_timer){.fire = checks_in, .context = label};
	/* The first check-ins are spread over one interval, of ten seconds at most. */
	peer_timer_set(label->air->loop, &label->check_in,
		peer_random_range(
			&label->air->random, 0, interval_ms < 10000 ? interval_ms : 10000));
}

void label_wake(struct label *label, int64_t every_s, int64_t for_s)
{
	label->fast_every_ms = every_s > 0 ? every_s * 1000 : 1000;
	label->fast_until_ms = peer_loop_now(label->air->loop) + for_s * 1000;
	if (!label->silent)
		next_arm(label);
}

/* The picture stays on the glass, but the label no longer knows which it is. */
void label_reboot(struct label *label)
{
	struct peer_air *air = label->air;

	for (unsigned i = 0; i < PEER_BRAP_PAGES; i++) {
		peer_picture_finish(&label->pages[i].picture);
		label->pages[i].hash[0] = '\0';
	}
	label->shown[0] = '\0';
	label->wake = "boot";
	for (size_t i = 0; i < air->ap_n; i++)
		if (ap_hears(air->aps[i], label))
			ap_event(air->aps[i], label->id, "boot");
	peer_timer_set(air->loop, &label->check_in, 200);
}

static void shown_write(
	const struct label *label, const struct ap *ap, const char *job, int64_t rev)
{
	struct br_json_out out;
	struct br_text text;

	br_text_init(&text, 1024);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_time(&out, "time", peer_wall_ms());
	br_json_out_puts(&out, "ap", ap->id);
	br_json_out_puts(&out, "label", label->id);
	br_json_out_puts(&out, "job", job);
	br_json_out_i64(&out, "rev", rev);
	br_json_out_u64(&out, "page", label->page);
	br_json_out_puts(&out, "hash", label->shown);
	br_json_out_end(&out);
	br_text_putc(&text, '\n');
	/* One write a line: whoever reads the file while it grows sees whole lines. */
	(void)fwrite(text.bytes, 1, text.n, label->air->shown_file);
	(void)fflush(label->air->shown_file);
	br_text_finish(&text);
}

void label_show(struct label *label, struct ap *ap, const char *job, int64_t rev)
{
	struct peer_air *air = label->air;
	const struct page *page = &label->pages[label->page];
	char path[512];

	(void)snprintf(label->shown, sizeof(label->shown), "%s", page->hash);
	if (air->settings.glass == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s.png", air->settings.glass, label->id);
	if (page->picture.bytes != NULL && peer_picture_write(&page->picture, path) < 0)
		(void)fprintf(stderr, "%s: cannot be written\n", path);
	shown_write(label, ap, job, rev);
}

void label_finish(struct label *label)
{
	peer_timer_clear(label->air->loop, &label->check_in);
	for (unsigned i = 0; i < PEER_BRAP_PAGES; i++)
		peer_picture_finish(&label->pages[i].picture);
}

/* Paper keeps its picture without power: what an earlier run showed is on the glass still. */
static void shown_read(struct peer_air *air, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t space = 0;
	ssize_t got;

	while (file != NULL && (got = getline(&line, &space, file)) > 0) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		struct br_str id, hash;
		struct label *label;

		if (br_json_parse((struct br_str){line, (size_t)got}, &root, NULL) < 0 ||
			!br_json_string(br_json_member(root, "label"), &id) ||
			!br_json_string(br_json_member(root, "hash"), &hash))
			continue;
		label = label_find(air, id);
		if (label != NULL && !br_str_copy(hash, label->shown, sizeof(label->shown)))
			label->shown[0] = '\0';
	}
	free(line);
	if (file != NULL)
		(void)fclose(file);
}

/* Reads "type:weight,…" and gives each label the type of the weight it falls into. */
static int types_deal(struct peer_air *air, struct br_fault *fault)
{
	const struct peer_display *displays[PEER_DISPLAYS];
	int64_t weights[PEER_DISPLAYS], total = 0;
	struct br_str rest = br_str_from(air->settings.types);
	size_t n = 0;

	while (rest.n > 0) {
		struct br_str entry = br_str_split(&rest, ','), type = br_str_split(&entry, ':');
		int64_t weight = 1;

		if (n == PEER_DISPLAYS || (displays[n] = peer_display_find(type)) == NULL ||
			(entry.n > 0 && !br_str_to_i64(entry, &weight)) || weight < 1)
			return br_fault_set(fault, BR_E_INVALID,
				"types \"%s\": bwr29, bwr42 or bw75, each with :weight, goes here",
				air->settings.types);
		weights[n++] = weight;
		total += weight;
	}
	if (n == 0)
		return br_fault_set(fault, BR_E_INVALID, "types: at least one is needed");
	for (int64_t i = 0; i < air->settings.labels; i++) {
		/* Spread evenly, so that a handful of labels has its share of each type too. */
		int64_t place = (i * 61) % total;
		size_t type = 0;

		while (place >= weights[type])
			place -= weights[type++];
		air->labels[i].display = displays[type];
	}
	return 0;
}

int peer_air_create(struct peer_loop *loop, const struct peer_air_settings *settings,
	struct peer_air **ret_air, struct br_fault *fault)
{
	struct peer_air *air = calloc(1, sizeof(*air));
	char path[512];
	int error = 0;

	br_assert(settings->labels >= 1 && settings->labels <= PEER_LABELS_MAX);
	if (air == NULL)
		return BR_E_MEMORY;
	air->loop = loop;
	air->settings = *settings;
	air->labels = calloc((size_t)settings->labels, sizeof(*air->labels));
	br_assert(air->labels != NULL);
	peer_random_init(&air->random, settings->seed, 3);
	for (int64_t i = 0; i < settings->labels; i++) {
		struct label *label = &air->labels[i];

		label->air = air;
		(void)snprintf(label->id, sizeof(label->id), ID_FORMAT,
			(unsigned)(settings->first + i) & 0xFFFFFF);
		(void)snprintf(label->fw, sizeof(label->fw), "1.0");
		label->wake = "boot";
		label->mv = 2900 + (int)peer_random_below(&air->random, 150);
		label->silent = i >= settings->labels - settings->silent;
		if (i < settings->weak)
			label->mv = WEAK_MV - 100;
	}
	error = types_deal(air, fault);
	if (error == 0 && settings->glass != NULL) {
		(void)snprintf(path, sizeof(path), "%s/shown.jsonl", settings->glass);
		shown_read(air, path);
		air->shown_file = fopen(path, "ae");
		if (air->shown_file == NULL)
			error = br_fault_set(fault, BR_E_IO, "%s: cannot be written", path);
	}
	if (error < 0) {
		peer_air_destroy(air);
		return error;
	}
	*ret_air = air;
	return 0;
}

void peer_air_list(const struct peer_air *air, FILE *file)
{
	(void)fputs("label,type,ap\n", file);
	for (int64_t i = 0; i < air->settings.labels; i++)
		(void)fprintf(file, "%s,%s,%s\n", air->labels[i].id, air->labels[i].display->type,
			air->aps[air->labels[i].home]->id);
}
