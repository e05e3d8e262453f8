/* What the dashboard shows beside the ledger, copied out of the parts under their locks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/wiring_parts.h"

/* Texts of the parts are at most as long as the dashboard's; a longer one is cut. */
static void text_copy(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	br_assert(size > 0);
	if (n >= size)
		n = br_utf8_cut(from, size - 1);
	br_assert(n < size);
	memcpy(to, from, n);
	to[n] = '\0';
}

static int64_t known_or(int32_t value)
{
	return value == BR_BRAP_UNKNOWN ? BR_WEB_UNKNOWN : value;
}

static void label_copy(const struct br_wiring *wiring, const struct br_label_now *label,
	struct br_web_live_label *to)
{
	br_assert(label->label[0] != '\0' && label->phase < BR_LABEL_PHASES);
	*to = (struct br_web_live_label){
		.w = label->display.w,
		.h = label->display.h,
		.delivery = label->phase >= BR_LABEL_SENDING   ? BR_WEB_DELIVERY_SENDING
			    : label->phase >= BR_LABEL_OFFERED ? BR_WEB_DELIVERY_OFFERED
							       : BR_WEB_DELIVERY_NONE,
		.tries = label->tries,
		.lost = br_label_lost(label, wiring->clock->wall_ms(wiring->clock->context)),
		.last_seen_ms = label->last_seen_ms,
		.battery_mv = known_or(label->mv),
		.rssi = known_or(label->rssi),
		.tc = known_or(label->tc),
	};
	text_copy(to->label, sizeof(to->label), label->label);
	text_copy(to->type, sizeof(to->type), label->type);
	if (label->ap != NULL)
		text_copy(to->ap, sizeof(to->ap), label->ap->name);
}

static bool live_label(void *context, struct br_str name, struct br_web_live_label *ret_label)
{
	struct br_wiring *wiring = context;
	const struct br_label_now *label;

	br_labels_lock(wiring->labels);
	label = br_labels_find(wiring->labels, name);
	if (label != NULL)
		label_copy(wiring, label, ret_label);
	br_assert(label == NULL || br_str_is(name, label->label));
	br_labels_unlock(wiring->labels);
	return label != NULL;
}

static bool live_label_next(void *context, struct br_str after, struct br_web_live_label *ret_label)
{
	struct br_wiring *wiring = context;
	const struct br_label_now *label;

	br_labels_lock(wiring->labels);
	label = br_labels_next(wiring->labels, after);
	if (label != NULL)
		label_copy(wiring, label, ret_label);
	br_assert(label == NULL || br_str_compare(br_str_from(label->label), after) > 0);
	br_labels_unlock(wiring->labels);
	return label != NULL;
}

static void channel_copy(const struct br_sensor_channel *channel, struct br_web_live_channel *to)
{
	/* A channel that was restored and not heard yet has no kind. */
	bool known = (unsigned)channel->kind < BR_READING_KINDS;
	const struct br_reading_kind_row *kind = known ? br_reading_kind_row(channel->kind) : NULL;

	*to = (struct br_web_live_channel){
		.has_value = channel->has_value,
		.value = channel->value,
		.observed_ms = channel->observed_ms,
	};
	text_copy(to->channel, sizeof(to->channel), channel->settings.name);
	text_copy(to->kind, sizeof(to->kind), known ? kind->name : "");
	text_copy(to->unit, sizeof(to->unit), known ? kind->unit : "");
}

static void sensor_copy(const struct br_wiring *wiring, const struct br_sensor *sensor,
	struct br_web_live_sensor *to)
{
	const struct br_clock *clock = wiring->clock;
	struct br_sensor_moment now = {
		clock->wall_ms(clock->context), clock->boot_ms(clock->context)};

	br_assert(sensor->channel_n <= BR_ARRAY_LEN(to->channels));
	*to = (struct br_web_live_sensor){
		.stale = sensor->heard_ever &&
			 br_sensor_silence_ms(sensor, now) > br_sensor_stale_ms(sensor),
		.last_seen_ms = sensor->heard_ever ? sensor->heard.wall_ms : 0,
		.battery = BR_WEB_UNKNOWN,
		.channel_n = sensor->channel_n,
	};
	br_sensor_name(sensor, to->device);
	text_copy(to->source, sizeof(to->source), sensor->source);
	text_copy(to->name, sizeof(to->name), sensor->name[0] != '\0' ? sensor->name : sensor->id);
	text_copy(to->zone, sizeof(to->zone), sensor->zone);
	for (unsigned i = 0; i < sensor->channel_n; i++) {
		channel_copy(&sensor->channels[i], &to->channels[i]);
		if (sensor->channels[i].kind == BR_READING_BATTERY && sensor->channels[i].has_value)
			to->battery = sensor->channels[i].value;
	}
}

static bool live_sensor(void *context, struct br_str device, struct br_web_live_sensor *ret_sensor)
{
	struct br_wiring *wiring = context;
	const struct br_registry *registry = br_intake_lock(wiring->intake);
	struct br_str id = device, source = br_str_split(&id, '/');
	const struct br_sensor *sensor = br_registry_find(registry, source, id);

	if (sensor != NULL)
		sensor_copy(wiring, sensor, ret_sensor);
	br_intake_unlock(wiring->intake);
	return sensor != NULL;
}

static bool live_sensor_next(
	void *context, struct br_str after, struct br_web_live_sensor *ret_sensor)
{
	struct br_wiring *wiring = context;
	const struct br_registry *registry = br_intake_lock(wiring->intake);
	const struct br_sensor *found =
		br_sensor_order_after(&wiring->sensor_order, registry, after);

	if (found != NULL)
		sensor_copy(wiring, found, ret_sensor);
	br_assert(found == NULL || br_str_compare(br_str_from(ret_sensor->device), after) > 0);
	br_intake_unlock(wiring->intake);
	return found != NULL;
}

/* What the node says of itself, each with the time of its last change. */
static void node_show(struct br_wiring *wiring, struct br_web_live_node *node, int64_t now_ms)
{
	static const enum br_web_space spaces[] = {
		[BR_SHED_NOTHING] = BR_WEB_SPACE_ENOUGH,
		[BR_SHED_MOST] = BR_WEB_SPACE_LOW,
		[BR_SHED_ALL] = BR_WEB_SPACE_NONE,
	};
	enum br_web_space space = spaces[wiring->shed];

	br_assert((size_t)wiring->shed < BR_ARRAY_LEN(spaces));
	if (node->broker_away != !wiring->bus_connected || node->broker_since_ms == 0)
		node->broker_since_ms = now_ms;
	node->broker_away = !wiring->bus_connected;
	if (node->space != space || node->space_since_ms == 0)
		node->space_since_ms = now_ms;
	node->space = space;
}

static void clock_show(
	const struct br_time_state *state, struct br_web_live_node *node, int64_t now_ms)
{
	static const enum br_web_clock clocks[] = {
		[BR_TIME_GOOD] = BR_WEB_CLOCK_GOOD,
		[BR_TIME_BEHIND] = BR_WEB_CLOCK_BEHIND,
		[BR_TIME_AHEAD] = BR_WEB_CLOCK_AHEAD,
	};
	static const enum br_web_time times[] = {
		[BR_TIME_MACHINE] = BR_WEB_TIME_MACHINE,
		[BR_TIME_SERVER] = BR_WEB_TIME_SERVER,
		[BR_TIME_HQ] = BR_WEB_TIME_HQ,
		[BR_TIME_KEPT] = BR_WEB_TIME_KEPT,
		[BR_TIME_PERSON] = BR_WEB_TIME_PERSON,
	};
	bool disputed = br_time_disputed(state);

	br_assert((size_t)state->condition < BR_ARRAY_LEN(clocks));
	_Static_assert(BR_ARRAY_LEN(times) == BR_TIME_SOURCE_N, "each source is shown");
	br_assert((size_t)state->source < BR_ARRAY_LEN(times));
	node->clock = clocks[state->condition];
	node->time = times[state->source];
	node->clock_since_ms = state->since_ms;
	node->machine_apart_ms = state->apart_ms;
	if (node->clock_apart != disputed)
		node->apart_since_ms = now_ms;
	node->clock_apart = disputed;
}

/* What keeps a certificate from being renewed belongs to what is said about its end. */
static void renewal_add(const struct br_wiring *wiring, struct br_credentials_state *credentials)
{
	const char *trouble = br_renewal_trouble(wiring->renewal);
	size_t n = strlen(credentials->sentence);

	br_assert(n < sizeof(credentials->sentence));
	if (trouble[0] != '\0' && credentials->condition != BR_CREDENTIALS_NONE)
		(void)snprintf(credentials->sentence + n, sizeof(credentials->sentence) - n, "; %s",
			trouble);
}

void br_wiring_show(struct br_wiring *wiring)
{
	int64_t now_ms = wiring->clock->wall_ms(wiring->clock->context);
	struct br_credentials_state credentials;
	struct br_link_state state;

	br_link_state(wiring->link, &state);
	br_credentials_state(wiring->credentials, &credentials);
	renewal_add(wiring, &credentials);
	br_mutex_lock(&wiring->shown_lock);
	if (memcmp(&state, &wiring->link_state, sizeof(state)) != 0 ||
		memcmp(&credentials, &wiring->credentials_state, sizeof(credentials)) != 0)
		wiring->link_changed_ms = now_ms;
	wiring->link_state = state;
	wiring->credentials_state = credentials;
	node_show(wiring, &wiring->node, now_ms);
	clock_show(&wiring->time_state, &wiring->node, now_ms);
	wiring->time_shown = wiring->time_state;
	br_mutex_unlock(&wiring->shown_lock);
}

static void live_node(void *context, struct br_web_live_node *ret_node)
{
	struct br_wiring *wiring = context;

	br_mutex_lock(&wiring->shown_lock);
	*ret_node = wiring->node;
	br_mutex_unlock(&wiring->shown_lock);
}

static void lane_copy(
	const struct br_outbox_state *lane, const char *name, struct br_web_live_lane *to)
{
	*to = (struct br_web_live_lane){
		.backlog = lane->backlog,
		.oldest_ms = lane->oldest_ms,
		.acked = lane->acked,
		.head = lane->head,
		.thinned = lane->thinned,
	};
	text_copy(to->name, sizeof(to->name), name);
}

static struct br_web_live_certificate certificate_of(const struct br_credentials_state *credentials)
{
	static const enum br_web_certificate_state states[] = {
		[BR_CREDENTIALS_NONE] = BR_WEB_CERTIFICATE_NONE,
		[BR_CREDENTIALS_GOOD] = BR_WEB_CERTIFICATE_GOOD,
		[BR_CREDENTIALS_SOON] = BR_WEB_CERTIFICATE_SOON,
		[BR_CREDENTIALS_URGENT] = BR_WEB_CERTIFICATE_URGENT,
		[BR_CREDENTIALS_OVER] = BR_WEB_CERTIFICATE_OVER,
		[BR_CREDENTIALS_CLOCK] = BR_WEB_CERTIFICATE_CLOCK,
		[BR_CREDENTIALS_UNREADABLE] = BR_WEB_CERTIFICATE_UNREADABLE,
	};
	struct br_web_live_certificate certificate = {
		.since_ms = credentials->since_ms,
		.until_ms = credentials->not_after_ms,
		.days = credentials->days,
	};

	br_assert((size_t)credentials->condition < BR_ARRAY_LEN(states));
	certificate.state = states[credentials->condition];
	text_copy(certificate.text, sizeof(certificate.text), credentials->sentence);
	return certificate;
}

/* "host:port", "" for none. */
static void address_write(char *text, size_t size, const char *host, int64_t port)
{
	br_assert(size > 0 && port >= 0);
	text[0] = '\0';
	if (host[0] != '\0')
		(void)snprintf(text, size, "%s:%" PRId64, host, port);
}

static void live_link(void *context, struct br_web_live_link *ret_link)
{
	static const enum br_web_link_state conditions[] = {
		[BR_LINK_OFF] = BR_WEB_LINK_OFF,
		[BR_LINK_DOWN] = BR_WEB_LINK_DOWN,
		[BR_LINK_UP] = BR_WEB_LINK_UP,
	};
	struct br_wiring *wiring = context;
	struct br_credentials_state credentials;
	struct br_time_state time;
	struct br_link_state state;

	br_mutex_lock(&wiring->shown_lock);
	state = wiring->link_state;
	time = wiring->time_shown;
	credentials = wiring->credentials_state;
	br_mutex_unlock(&wiring->shown_lock);
	br_assert((size_t)state.condition < BR_ARRAY_LEN(conditions));
	br_assert(BR_LANES_UP <= BR_ARRAY_LEN(ret_link->lanes));
	br_assert(BR_DOWN_N <= BR_ARRAY_LEN(ret_link->down));
	*ret_link = (struct br_web_live_link){
		.state = conditions[state.condition],
		.since_ms = state.since_ms,
		.lane_n = BR_LANES_UP,
		.down_n = BR_DOWN_N,
		.last_ack_ms = state.last_ack_ms,
		.round_trip_ms = state.round_trip_ms >= 0 ? state.round_trip_ms : BR_WEB_UNKNOWN,
		.hq_clock_ms = time.hq_heard ? time.hq_apart_ms : BR_WEB_UNKNOWN,
		.hq_clock_apart = br_time_disputed(&time),
	};
	ret_link->certificate = certificate_of(&credentials);
	address_write(ret_link->hq, sizeof(ret_link->hq), wiring->config.link_host,
		wiring->config.link_port);
	address_write(ret_link->fallback, sizeof(ret_link->fallback),
		wiring->config.link_fallback_host, wiring->config.link_fallback_port);
	text_copy(ret_link->last_error, sizeof(ret_link->last_error), state.last_error);
	if (state.comparison.phase != BR_COMPARISON_IDLE)
		text_copy(ret_link->comparing, sizeof(ret_link->comparing),
			br_view_words[state.comparison.view]);
	for (unsigned i = 0; i < BR_LANES_UP; i++)
		lane_copy(&state.lanes[i], br_lane_word(br_lane_at(i)), &ret_link->lanes[i]);
	for (unsigned i = 0; i < BR_DOWN_N; i++)
		ret_link->down[i] = (struct br_web_live_down){
			br_down_words[i], state.down[i], state.down_heads[i]};
}

static void labels_changes(struct br_wiring *wiring, int64_t after_ms,
	void (*changed)(void *owner, enum br_web_live_noun noun, struct br_str key), void *owner)
{
	const struct br_label_now *label = NULL;
	struct br_str none = {NULL, 0};

	br_assert(changed != NULL);
	br_labels_lock(wiring->labels);
	while ((label = br_labels_next(
			wiring->labels, label != NULL ? br_str_from(label->label) : none)) != NULL)
		if (label->changed_ms >= after_ms)
			changed(owner, BR_WEB_LIVE_LABEL, br_str_from(label->label));
	br_labels_unlock(wiring->labels);
}

static void sensors_changes(struct br_wiring *wiring, int64_t after_ms,
	void (*changed)(void *owner, enum br_web_live_noun noun, struct br_str key), void *owner)
{
	const struct br_registry *registry = br_intake_lock(wiring->intake);
	char name[BR_DEVICE_BYTES_MAX + 1];
	const struct br_sensor *sensor;
	unsigned cursor = 0;

	br_assert(changed != NULL);
	while ((sensor = br_registry_next(registry, &cursor)) != NULL) {
		if (!sensor->heard_ever || sensor->heard.wall_ms < after_ms)
			continue;
		br_sensor_name(sensor, name);
		changed(owner, BR_WEB_LIVE_SENSOR, br_str_from(name));
	}
	br_intake_unlock(wiring->intake);
}

/*
 * The version is the time in milliseconds: everything knows when it was last heard, and a change of
 * the same millisecond is told twice rather than never.
 */
static uint64_t live_changes(void *context, uint64_t after,
	void (*changed)(void *owner, enum br_web_live_noun noun, struct br_str key), void *owner)
{
	struct br_wiring *wiring = context;
	int64_t now_ms = wiring->clock->wall_ms(wiring->clock->context);
	/* A clock that was set back would hide what is new: then all is told. */
	int64_t after_ms = (int64_t)after > now_ms ? 0 : (int64_t)after;
	bool link_changed;

	labels_changes(wiring, after_ms, changed, owner);
	sensors_changes(wiring, after_ms, changed, owner);
	br_mutex_lock(&wiring->shown_lock);
	link_changed = wiring->link_changed_ms >= after_ms;
	br_mutex_unlock(&wiring->shown_lock);
	if (link_changed)
		changed(owner, BR_WEB_LIVE_LINK, BR_STR("hq"));
	return (uint64_t)now_ms;
}

static int live_picture(
	void *context, struct br_str label, struct br_text *png, struct br_fault *fault)
{
	struct br_wiring *wiring = context;

	return br_labels_picture(wiring->labels, label, png, fault);
}

static int live_series(void *context, struct br_str device, struct br_str channel, int64_t from_ms,
	int64_t to_ms, unsigned points, struct br_web_live_series *ret_series)
{
	struct br_wiring *wiring = context;
	struct br_series_point read[BR_WEB_POINTS_MAX];
	const char *unit = "";
	unsigned n = 0;
	int result = br_intake_series(wiring->intake, device, channel, from_ms, to_ms,
		points < BR_WEB_POINTS_MAX ? points : BR_WEB_POINTS_MAX, read, &n,
		&ret_series->step_ms, &unit);

	if (result < 0)
		return result;
	br_assert(n <= BR_WEB_POINTS_MAX);
	text_copy(ret_series->unit, sizeof(ret_series->unit), unit);
	ret_series->n = n;
	for (unsigned i = 0; i < n; i++)
		ret_series->points[i] = (struct br_web_live_point){
			read[i].t_ms, read[i].min, read[i].mean, read[i].max, read[i].n};
	return 0;
}

struct br_web_live br_wiring_live(struct br_wiring *wiring)
{
	return (struct br_web_live){
		.context = wiring,
		.label = live_label,
		.sensor = live_sensor,
		.label_next = live_label_next,
		.sensor_next = live_sensor_next,
		.link = live_link,
		.node = live_node,
		.changes = live_changes,
		.picture = live_picture,
		.series = live_series,
	};
}
