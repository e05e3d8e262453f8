#include "tests/peers/ap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/peers/ap_inside.h"

#define STATE_MS 60000
#define SEEN_MS 500
#define SEEN_ROW_BYTES 320 /* a label's row is never longer */
#define DOWN_MS 1500	   /* how long a restart takes */
#define TOPIC_BYTES 128

/* A message that is held back. */
struct later {
	struct later *next;
	struct ap *ap;
	struct peer_timer timer;
	char topic[TOPIC_BYTES];
	struct br_text text;
};

static void ap_start(struct ap *ap);

static void publish(struct ap *ap, const char *what, int qos, bool retained, struct br_str text)
{
	char topic[TOPIC_BYTES];

	(void)snprintf(topic, sizeof(topic), "brap/1/%s/%.80s", ap->id, what);
	if (ap->mqtt != NULL)
		(void)!peer_mqtt_publish(ap->mqtt, topic, text, qos, retained, NULL);
}

bool ap_hears(const struct ap *ap, const struct label *label)
{
	return label->home == ap->index || ap->air->settings.overlap;
}

static void list_write(
	struct br_json_out *out, const char *name, const char *const words[], size_t n)
{
	br_json_out_array(out, name);
	for (size_t i = 0; i < n; i++)
		br_json_out_puts(out, NULL, words[i]);
	br_json_out_end(out);
}

static void state_say(struct ap *ap)
{
	static const char *const encodings[] = {"raw", "zlib12"};
	static const char *const abilities[] = {"led", "page", "nfc", "fw", "timed"};
	const struct peer_air_settings *settings = &ap->air->settings;
	struct br_json_out out;
	struct br_text text;
	int64_t labels = 0;

	for (int64_t i = 0; i < settings->labels; i++)
		labels += ap_hears(ap, &ap->air->labels[i]);
	br_text_init(&text, PEER_BRAP_JSON_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_bool(&out, "on", true);
	br_json_out_u64(&out, "boot", ap->boot);
	br_json_out_puts(&out, "model", "simulated");
	br_json_out_puts(&out, "fw", "1.0");
	br_json_out_puts(&out, "radio", "none");
	br_json_out_i64(&out, "q_max", settings->queue);
	br_json_out_i64(&out, "q_free", settings->queue - (int64_t)ap->job_n);
	br_json_out_i64(&out, "win", settings->win);
	br_json_out_i64(&out, "msg_max", settings->msg_max);
	list_write(&out, "enc", encodings, BR_ARRAY_LEN(encodings));
	list_write(&out, "can", abilities, BR_ARRAY_LEN(abilities));
	br_json_out_i64(&out, "labels", labels);
	br_json_out_i64(&out, "up", (peer_loop_now(ap->air->loop) - ap->up_ms) / 1000);
	br_json_out_end(&out);
	publish(ap, "state", 1, true, br_text_str(&text));
	br_text_finish(&text);
}

static void state_fired(void *context)
{
	struct ap *ap = context;

	state_say(ap);
	peer_timer_set(ap->air->loop, &ap->state_timer, STATE_MS);
}

static void seen_row(struct ap *ap, const struct label *label, struct br_json_out *out)
{
	/* The access point at home hears a label 10 dB better than the others do. */
	int rssi = label->rssi - (label->home == ap->index ? 0 : 10);

	br_json_out_object(out, NULL);
	br_json_out_puts(out, "l", label->id);
	br_json_out_puts(out, "type", label->display->type);
	br_json_out_i64(out, "rssi", rssi);
	br_json_out_i64(out, "lqi", 200 + rssi);
	br_json_out_i64(out, "mv", label->mv);
	br_json_out_i64(out, "tc", label->tc);
	br_json_out_puts(out, "fw", label->fw);
	br_json_out_i64(out, "caps", 7);
	br_json_out_puts(out, "wake", label->wake);
	if (label->shown[0] != '\0')
		br_json_out_puts(out, "shown", label->shown);
	else
		br_json_out_null(out, "shown");
	br_json_out_i64(out, "next", (label_next_ms(label) + 999) / 1000);
	br_json_out_u64(out, "pend", ap_jobs_of(ap, label));
	br_json_out_end(out);
}

/* Says the labels from `from` on, as many as a message of the contract holds; how many they were.
 */
static size_t seen_say(struct ap *ap, size_t from)
{
	struct br_json_out out;
	struct br_text text;
	size_t n = 0;

	br_text_init(&text, PEER_BRAP_JSON_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_array(&out, NULL);
	while (from + n < ap->seen_n && text.n + SEEN_ROW_BYTES < PEER_BRAP_JSON_MAX)
		seen_row(ap, ap->seen[from + n++], &out);
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0 && n > 0);
	publish(ap, "seen", 0, false, br_text_str(&text));
	br_text_finish(&text);
	return n;
}

static void seen_fired(void *context)
{
	struct ap *ap = context;

	for (size_t from = 0; from < ap->seen_n;)
		from += seen_say(ap, from);
	for (size_t i = 0; i < ap->seen_n; i++)
		ap->seen[i]->wake = "timed";
	ap->seen_n = 0;
}

/* Check-ins are gathered: up to 50, or for half a second. */
void ap_seen(struct ap *ap, struct label *label)
{
	for (size_t i = 0; i < ap->seen_n; i++)
		if (ap->seen[i] == label)
			return;
	if (ap->seen_n == 0)
		peer_timer_set(ap->air->loop, &ap->seen_timer, SEEN_MS);
	ap->seen[ap->seen_n++] = label;
	if (ap->seen_n == SEEN_MAX)
		seen_fired(ap);
}

static void later_free(struct peer_air *air, struct later *later)
{
	for (struct later **link = &air->later; *link != NULL; link = &(*link)->next) {
		if (*link != later)
			continue;
		*link = later->next;
		break;
	}
	peer_timer_clear(air->loop, &later->timer);
	br_text_finish(&later->text);
	free(later);
}

static void later_fired(void *context)
{
	struct later *later = context;
	struct ap *ap = later->ap;

	publish(ap, later->topic, 1, false, br_text_str(&later->text));
	later_free(ap->air, later);
}

static void ack_send(struct ap *ap, const char *topic, struct br_str text)
{
	struct peer_air *air = ap->air;
	struct later *later;

	if (air->settings.delay_ms == 0) {
		publish(ap, topic, 1, false, text);
		return;
	}
	later = calloc(1, sizeof(*later));
	br_assert(later != NULL);
	later->ap = ap;
	later->timer = (struct peer_timer){.fire = later_fired, .context = later};
	(void)snprintf(later->topic, sizeof(later->topic), "%s", topic);
	br_text_init(&later->text, PEER_BRAP_JSON_MAX);
	br_text_add_str(&later->text, text);
	later->next = air->later;
	air->later = later;
	peer_timer_set(air->loop, &later->timer,
		peer_random_range(&air->random, 0, air->settings.delay_ms));
}

void ap_ack(struct ap *ap, const char *label_id, const struct ack *ack)
{
	struct peer_air *air = ap->air;
	char topic[TOPIC_BYTES];
	struct br_json_out out;
	struct br_text text;

	if (peer_random_hit(&air->random, air->settings.lose_acks)) {
		air->stats.acks_lost++;
		return;
	}
	br_text_init(&text, PEER_BRAP_JSON_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "job", ack->job);
	br_json_out_i64(&out, "rev", ack->rev);
	br_json_out_puts(&out, "st", ack->st);
	if (ack->err[0] != '\0')
		br_json_out_puts(&out, "err", ack->err);
	if (ack->retry_s > 0)
		br_json_out_i64(&out, "retry_s", ack->retry_s);
	if (ack->label != NULL && ack->label->shown[0] != '\0')
		br_json_out_puts(&out, "shown", ack->label->shown);
	else
		br_json_out_null(&out, "shown");
	br_json_out_u64(&out, "tries", ack->tries);
	br_json_out_i64(&out, "ms", ack->ms);
	if (ack->label != NULL) {
		br_json_out_i64(&out, "mv", ack->label->mv);
		br_json_out_i64(&out, "rssi", ack->label->rssi);
	}
	br_json_out_end(&out);
	(void)snprintf(topic, sizeof(topic), "ack/%s", label_id);
	ack_send(ap, topic, br_text_str(&text));
	if (peer_random_hit(&air->random, air->settings.duplicate))
		ack_send(ap, topic, br_text_str(&text));
	br_text_finish(&text);
}

void ap_event(struct ap *ap, const char *label_id, const char *event)
{
	char topic[TOPIC_BYTES], text[64];

	(void)snprintf(topic, sizeof(topic), "event/%s", label_id);
	(void)snprintf(text, sizeof(text), "{\"ev\":\"%s\"}", event);
	publish(ap, topic, 1, false, br_str_from(text));
}

static void message_take(struct ap *ap, struct br_str rest, struct br_str payload)
{
	struct br_str kind = br_str_split(&rest, '/'), label = br_str_split(&rest, '/');
	char label_id[33];
	int64_t part;

	if (!br_str_copy(label, label_id, sizeof(label_id)) || label_id[0] == '\0')
		ap->air->stats.malformed++;
	else if (br_str_is(kind, "cmd") && rest.n == 0)
		ap_take_command(ap, label_id, payload);
	else if (br_str_is(kind, "job") && rest.n == 0)
		ap_take_job(ap, label_id, payload);
	else if (br_str_is(kind, "job") && br_str_to_i64(rest, &part) && part >= 0 &&
		 part < PEER_BRAP_PARTS_MAX)
		ap_take_part(ap, label_id, (unsigned)part, payload);
	else
		ap->air->stats.malformed++;
}

/* True for what a real access point could not even receive. */
static bool is_too_long(const struct ap *ap, const struct peer_message *message)
{
	bool part = false;
	struct br_str rest = br_str_from(message->topic);

	for (int i = 0; i < 5; i++)
		(void)br_str_split(&rest, '/');
	part = rest.n > 0;
	return message->payload.n > (size_t)ap->air->settings.msg_max ||
	       (part && message->payload.n > PEER_BRAP_PART_MAX);
}

/* brap/1/<ap>/job/<label>[/<part>] and brap/1/<ap>/cmd/<label> */
static void on_message(void *context, const struct peer_message *message)
{
	struct ap *ap = context;
	struct br_str rest = br_str_from(message->topic);

	for (int i = 0; i < 3; i++)
		(void)br_str_split(&rest, '/');
	/* A retained job is one that the broker kept: a stale price, and against the contract. */
	if (message->retained) {
		ap->air->stats.malformed++;
		(void)fprintf(stderr, "%s: retained, refused\n", message->topic);
		return;
	}
	if (is_too_long(ap, message)) {
		ap->air->stats.malformed++;
		(void)fprintf(stderr, "%s: %zu bytes are more than msg_max or a part allow\n",
			message->topic, message->payload.n);
		return;
	}
	message_take(ap, rest, message->payload);
	if (ap->mqtt != NULL && peer_random_hit(&ap->air->random, ap->air->settings.duplicate))
		message_take(ap, rest, message->payload);
}

static void on_up(void *context)
{
	struct ap *ap = context;
	struct br_text text;

	br_text_init(&text, PEER_BRAP_JSON_MAX);
	peer_brap_types(&text);
	publish(ap, "types", 1, true, br_text_str(&text));
	br_text_finish(&text);
	state_fired(ap);
}

static void restart_fired(void *context)
{
	struct ap *ap = context;
	struct peer_air *air = ap->air;

	if (ap->mqtt == NULL) {
		ap_start(ap);
		return;
	}
	/* As if the plug were pulled: no good-bye, so the broker publishes the will. */
	air->stats.restarts++;
	peer_mqtt_drop(ap->mqtt);
	peer_mqtt_destroy(ap->mqtt);
	ap->mqtt = NULL;
	ap_jobs_forget(ap);
	peer_timer_clear(air->loop, &ap->state_timer);
	peer_timer_set(air->loop, &ap->restart_timer, DOWN_MS);
}

static void ap_start(struct ap *ap)
{
	struct peer_air *air = ap->air;
	struct peer_mqtt_events events = {.up = on_up, .message = on_message, .context = ap};
	struct peer_mqtt_settings settings = ap->settings;
	char topic[TOPIC_BYTES];

	/* From the clock, not the seed: a new start is another boot, also under the same seed. */
	ap->boot = (uint32_t)((uint64_t)peer_boot_us() * 2654435761u >> 8) | 1;
	ap->up_ms = peer_loop_now(air->loop);
	(void)snprintf(topic, sizeof(topic), "brap/1/%s/state", ap->id);
	settings.will_topic = topic;
	settings.will = "{\"on\":false}";
	settings.will_retained = true;
	if (peer_mqtt_create(air->loop, &settings, &events, &ap->mqtt) < 0) {
		ap->mqtt = NULL;
		peer_timer_set(air->loop, &ap->restart_timer, DOWN_MS);
		return;
	}
	(void)snprintf(topic, sizeof(topic), "brap/1/%s/job/#", ap->id);
	peer_mqtt_subscribe(ap->mqtt, topic, 1);
	(void)snprintf(topic, sizeof(topic), "brap/1/%s/cmd/#", ap->id);
	peer_mqtt_subscribe(ap->mqtt, topic, 1);
	if (air->settings.restart_s > 0)
		peer_timer_set(
			air->loop, &ap->restart_timer, (int64_t)(air->settings.restart_s * 1000));
}

int peer_air_add(struct peer_air *air, const char *id, const struct peer_mqtt_settings *mqtt)
{
	struct ap *ap;

	if (strlen(id) == 0 || strlen(id) >= sizeof(ap->id) || air->ap_n == PEER_APS_MAX ||
		strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
		return BR_E_INVALID;
	ap = calloc(1, sizeof(*ap));
	br_assert(ap != NULL);
	ap->air = air;
	ap->index = (unsigned)air->ap_n;
	ap->settings = *mqtt;
	(void)snprintf(ap->id, sizeof(ap->id), "%s", id);
	ap->revs = calloc((size_t)air->settings.labels, sizeof(*ap->revs));
	br_assert(ap->revs != NULL);
	ap->state_timer = (struct peer_timer){.fire = state_fired, .context = ap};
	ap->seen_timer = (struct peer_timer){.fire = seen_fired, .context = ap};
	ap->restart_timer = (struct peer_timer){.fire = restart_fired, .context = ap};
	ap_jobs_forget(ap);
	air->aps[air->ap_n++] = ap;
	return 0;
}

/* A label is carried elsewhere: the old access point loses it and fails its jobs. */
static void roam_fired(void *context)
{
	struct peer_air *air = context;
	struct label *label =
		&air->labels[peer_random_below(&air->random, (uint64_t)air->settings.labels)];
	struct ap *from = air->aps[label->home];

	label->home = (label->home + 1) % (unsigned)air->ap_n;
	if (!ap_hears(from, label)) {
		ap_jobs_fail(from, label, "timeout");
		ap_event(from, label->id, "lost");
		ap_event(air->aps[label->home], label->id, "found");
	}
	peer_timer_set(air->loop, &air->roam, (int64_t)(air->settings.roam_s * 1000));
}

static void press_fired(void *context)
{
	static const char *const touches[] = {"button1", "button1", "button2", "nfc"};
	struct peer_air *air = context;
	struct label *label =
		&air->labels[peer_random_below(&air->random, (uint64_t)air->settings.labels)];

	ap_event(air->aps[label->home], label->id,
		touches[peer_random_below(&air->random, BR_ARRAY_LEN(touches))]);
	peer_timer_set(air->loop, &air->press,
		(int64_t)peer_random_gap(&air->random, 60000.0 / air->settings.presses));
}

void peer_air_start(struct peer_air *air)
{
	br_assert(air->ap_n > 0);
	for (int64_t i = 0; i < air->settings.labels; i++) {
		air->labels[i].home = (unsigned)((size_t)i % air->ap_n);
		label_start(&air->labels[i]);
	}
	for (size_t i = 0; i < air->ap_n; i++)
		ap_start(air->aps[i]);
	air->roam = (struct peer_timer){.fire = roam_fired, .context = air};
	air->press = (struct peer_timer){.fire = press_fired, .context = air};
	if (air->settings.roam_s > 0 && air->ap_n > 1)
		peer_timer_set(air->loop, &air->roam, (int64_t)(air->settings.roam_s * 1000));
	if (air->settings.presses > 0)
		peer_timer_set(air->loop, &air->press, 1000);
}

static void ap_destroy(struct ap *ap)
{
	/* Switched off in good order: the retained state must say so, as the will is not sent. */
	if (ap->mqtt != NULL)
		publish(ap, "state", 1, true, BR_STR("{\"on\":false}"));
	peer_mqtt_destroy(ap->mqtt);
	ap_jobs_forget(ap);
	peer_timer_clear(ap->air->loop, &ap->state_timer);
	peer_timer_clear(ap->air->loop, &ap->seen_timer);
	peer_timer_clear(ap->air->loop, &ap->restart_timer);
	free(ap->revs);
	free(ap);
}

void peer_air_destroy(struct peer_air *air)
{
	if (air == NULL)
		return;
	while (air->later != NULL)
		later_free(air, air->later);
	for (size_t i = 0; i < air->ap_n; i++)
		ap_destroy(air->aps[i]);
	for (int64_t i = 0; i < air->settings.labels; i++)
		label_finish(&air->labels[i]);
	peer_timer_clear(air->loop, &air->roam);
	peer_timer_clear(air->loop, &air->press);
	if (air->shown_file != NULL)
		(void)fclose(air->shown_file);
	free(air->labels);
	free(air);
}

const struct peer_air_stats *peer_air_stats(const struct peer_air *air)
{
	return &air->stats;
}
