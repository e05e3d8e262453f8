/* What can be asked about orders, labels, sensors, alarms, the link and the journal. */
#include "web-ui/query.h"

#include <stdlib.h>
#include <string.h>

#include "node/event.h"
#include "node/label.h"
#include "node/order.h"
#include "node/tables.h"

#define LIST_LOOKED_MAX 20000 /* rows looked through for one list */
#define HISTORY_ROWS_MAX 200

/* A row by its key, or a refusal when it is not there. */
static int one_write(const struct br_web_view *view, enum br_web_noun noun, struct br_str key,
	const char *code, struct br_json_out *out, struct br_web_refusal *refusal)
{
	int result = br_web_row(view, noun, key, out, NULL);

	br_assert(key.n > 0);
	if (result > 0)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, code, "%s \"%.*s\": not known",
			br_web_noun_names[noun], BR_STR_ARG(key));
	return result;
}

BR_WEB_QUERY(status)
{
	(void)args;
	return one_write(view, BR_WEB_STATUS, BR_STR(BR_WEB_STATUS_KEY), "internal", out, refusal);
}

BR_WEB_QUERY(link_get)
{
	(void)args;
	return one_write(view, BR_WEB_LINK, BR_STR(BR_WEB_LINK_KEY), "internal", out, refusal);
}

BR_WEB_QUERY(order_get)
{
	return one_write(view, BR_WEB_ORDER, args->texts[0], "unknown_order", out, refusal);
}

BR_WEB_QUERY(label_get)
{
	return one_write(view, BR_WEB_LABEL, args->texts[0], "unknown_label", out, refusal);
}

BR_WEB_QUERY(sensor_get)
{
	return one_write(view, BR_WEB_SENSOR, args->texts[0], "unknown_device", out, refusal);
}

struct list {
	enum br_web_noun noun;
	/* True when the row with this key is wanted; NULL = all are. */
	bool (*wanted)(const struct br_web_view *view, struct br_str key, struct br_str state);
	struct br_str state;
	unsigned limit;
	struct br_web_walk walk;
};

/* Writes {rows, more}: the rows of a walk that are wanted, as far as the limit goes. */
static int list_write(const struct br_web_view *view, struct list *list, struct br_json_out *out)
{
	unsigned written = 0, looked = 0;
	struct br_str key;
	bool more = false;
	int result = 0;

	br_assert(list->limit > 0);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	while (result >= 0 && br_web_walk_next(view, list->noun, &list->walk, &key)) {
		if (written == list->limit || looked++ == LIST_LOOKED_MAX) {
			more = true;
			break;
		}
		br_arena_reset(view->arena);
		if (list->wanted != NULL && !list->wanted(view, key, list->state))
			continue;
		result = br_web_row(view, list->noun, key, out, NULL);
		written++;
	}
	br_json_out_end(out);
	br_json_out_bool(out, "more", more);
	br_json_out_end(out);
	return result < 0 ? result : 0;
}

/* Begins a walk behind the key `after`. */
static void list_after(struct list *list, struct br_str after)
{
	br_assert(after.n <= sizeof(list->walk.key));
	if (after.n > 0)
		memcpy(list->walk.key, after.s, after.n);
	list->walk.n = after.n;
}

/* A row is read twice when it is wanted; most rows of a filtered list are not. */
static bool order_wanted(const struct br_web_view *view, struct br_str key, struct br_str state)
{
	struct br_order order;

	br_assert(key.n > 0 && state.n > 0);
	return br_order_get(view->txn, key, view->arena, &order) == 0 &&
	       br_str_is(state, br_order_state_words[order.state]);
}

static int state_refuse(struct br_web_refusal *refusal)
{
	char allowed[300] = "";

	for (unsigned i = 0; i < BR_ORDER_STATE_N; i++) {
		strcat(allowed, i == 0 ? "" : i < BR_ORDER_STATE_N - 1 ? ", " : " or ");
		strcat(allowed, br_order_state_words[i]);
	}
	br_assert(strlen(allowed) < sizeof(allowed));
	return br_web_refuse(
		refusal, BR_E_INVALID, 400, "malformed", "state: allowed is %s", allowed);
}

BR_WEB_QUERY(order_list)
{
	struct list list = {.noun = BR_WEB_ORDER,
		.wanted = args->texts[0].n > 0 ? order_wanted : NULL,
		.state = args->texts[0],
		.limit = (unsigned)args->numbers[1]};
	bool known = args->texts[0].n == 0;

	br_assert(args->numbers[1] >= 1);
	for (unsigned i = 0; i < BR_ORDER_STATE_N; i++)
		known = known || br_str_is(args->texts[0], br_order_state_words[i]);
	if (!known)
		return state_refuse(refusal);
	return list_write(view, &list, out);
}

/* The state of a label is made of two sources, so it cannot be looked up, only worked out. */
static bool label_wanted(const struct br_web_view *view, struct br_str key, struct br_str state)
{
	struct br_web_live_label live;
	bool heard = view->live->label(view->live->context, key, &live);
	struct br_label label = {.label = key};

	br_assert(key.n > 0 && state.n > 0);
	return (br_label_get(view->txn, key, view->arena, &label) == 0 || heard) &&
	       br_str_is(state, br_web_label_state(&label, heard ? &live : NULL));
}

BR_WEB_QUERY(label_list)
{
	static const char *const states[] = {
		"unbound", "clean", "dirty", "offered", "sending", "failed", "lost", "unknown"};
	struct list list = {.noun = BR_WEB_LABEL,
		.wanted = args->texts[0].n > 0 ? label_wanted : NULL,
		.state = args->texts[0],
		.limit = (unsigned)args->numbers[1]};
	bool known = args->texts[0].n == 0;

	br_assert(args->numbers[1] >= 1);
	for (unsigned i = 0; i < BR_ARRAY_LEN(states); i++)
		known = known || br_str_is(args->texts[0], states[i]);
	if (!known)
		return br_web_refuse(refusal, BR_E_INVALID, 400, "malformed",
			"state: allowed is unbound, clean, dirty, offered, sending, failed, lost "
			"or unknown");
	list_after(&list, args->texts[2]);
	return list_write(view, &list, out);
}

BR_WEB_QUERY(sensor_list)
{
	struct list list = {.noun = BR_WEB_SENSOR, .limit = (unsigned)args->numbers[0]};

	br_assert(args->numbers[0] >= 1);
	(void)refusal;
	list_after(&list, args->texts[1]);
	return list_write(view, &list, out);
}

BR_WEB_QUERY(alarm_list)
{
	struct list list = {.noun = BR_WEB_ALARM, .limit = LIST_LOOKED_MAX};

	(void)args;
	(void)refusal;
	return list_write(view, &list, out);
}

/* "picked" of an order's own event, "pick_list_made" of another noun's. */
static void what_write(const char *type, struct br_json_out *out)
{
	char what[64];
	size_t n = 0;

	br_assert(strlen(type) < sizeof(what));
	if (strncmp(type, "order.", 6) == 0)
		type += 6;
	for (; type[n] != '\0'; n++)
		what[n] = type[n] == '.' ? '_' : type[n];
	what[n] = '\0';
	br_json_out_puts(out, "what", what);
}

/* Writes a text that the event has, if it has it and it is not empty. */
static void event_text_write(
	const struct br_event *event, const char *name, struct br_json_out *out)
{
	const struct br_shape *shape = br_event_type(event)->shape;

	for (unsigned i = 0; i < shape->field_n; i++) {
		const struct br_field *field = &shape->fields[i];
		struct br_str text;

		if (field->kind != BR_FIELD_TEXT || strcmp(field->name, name) != 0)
			continue;
		memcpy(&text, (const unsigned char *)event->body + field->offset, sizeof(text));
		br_assert(text.s != NULL || text.n == 0);
		if (field->discretion == BR_DISCRETION_PERSONAL)
			br_json_out_personal(out, name, text);
		else if (text.n > 0)
			br_json_out_string(out, name, text);
	}
}

static void history_row_write(
	const struct br_web_view *view, uint64_t sequence, struct br_json_out *out)
{
	struct br_event event;

	br_assert(sequence > 0);
	br_arena_reset(view->arena);
	if (br_event_get(view->txn, sequence, view->arena, &event) < 0)
		return;
	br_json_out_object(out, NULL);
	br_json_out_u64(out, "sequence", event.sequence);
	br_json_out_time(out, "time", event.happened_ms);
	what_write(br_event_type(&event)->name, out);
	br_json_out_string(out, "actor", event.actor);
	event_text_write(&event, "associate", out);
	event_text_write(&event, "reason", out);
	br_json_out_end(out);
}

/* Told from the beginning, as people tell it; the walk comes from the end. */
BR_WEB_QUERY(order_history)
{
	uint64_t sequences[HISTORY_ROWS_MAX];
	struct br_history history;
	struct br_order order;
	unsigned n = 0;

	br_assert(args->texts[0].n > 0);
	if (br_order_get(view->txn, args->texts[0], view->arena, &order) == BR_E_NOT_FOUND)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_order",
			"order \"%.*s\": not known", BR_STR_ARG(args->texts[0]));
	br_history_begin(&history, view->txn, BR_NOUN_ORDER, args->texts[0], 0);
	while (n < HISTORY_ROWS_MAX && br_history_next(&history, &sequences[n]))
		n++;
	br_history_end(&history);
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	while (n > 0)
		history_row_write(view, sequences[--n], out);
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}

/* Steps are short lists, because a thousand objects would repeat five names a thousand times. */
static void series_write(const struct br_web_live_series *series, struct br_json_out *out)
{
	br_assert(series->n <= BR_WEB_POINTS_MAX);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "unit", series->unit);
	br_json_out_i64(out, "step_ms", series->step_ms);
	br_json_out_array(out, "rows");
	for (unsigned i = 0; i < series->n; i++) {
		const struct br_web_live_point *point = &series->points[i];

		br_json_out_array(out, NULL);
		br_json_out_i64(out, NULL, point->t_ms);
		br_json_out_milli(out, NULL, point->min);
		br_json_out_milli(out, NULL, point->mean);
		br_json_out_milli(out, NULL, point->max);
		br_json_out_u64(out, NULL, point->n);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
}

BR_WEB_QUERY(sensor_series)
{
	struct br_web_live_series *series;
	int result;

	br_assert(args->numbers[4] >= 1 && args->numbers[4] <= BR_WEB_POINTS_MAX);
	if (args->numbers[2] >= args->numbers[3])
		return br_web_refuse(
			refusal, BR_E_INVALID, 400, "malformed", "from: must be earlier than `to`");
	series = calloc(1, sizeof(*series));
	if (series == NULL)
		return BR_E_MEMORY;
	result = view->live->series(view->live->context, args->texts[0], args->texts[1],
		args->numbers[2], args->numbers[3], (unsigned)args->numbers[4], series);
	if (result == 0)
		series_write(series, out);
	free(series);
	if (result == BR_E_NOT_FOUND)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_device",
			"sensor \"%.*s\" has no channel \"%.*s\"", BR_STR_ARG(args->texts[0]),
			BR_STR_ARG(args->texts[1]));
	return result;
}

BR_WEB_QUERY(journal_tail)
{
	uint64_t sequence = (uint64_t)args->numbers[0];
	struct br_key from = br_key_of_u64(sequence + 1);
	struct br_str key, value;
	int64_t left = args->numbers[1];
	struct br_scan scan;
	int result = 0;

	br_assert(args->numbers[0] >= 0 && left >= 1);
	(void)refusal;
	br_json_out_object(out, NULL);
	br_json_out_array(out, "rows");
	br_scan_begin(&scan, view->txn, BR_TABLE_JOURNAL, (struct br_str){NULL, 0},
		br_key_str(&from), false);
	while (left-- > 0 && result == 0 && br_scan_next(&scan, &key, &value)) {
		struct br_event event;

		br_arena_reset(view->arena);
		if (!br_key_take_u64(&key, &sequence))
			result = BR_E_CORRUPT;
		if (result == 0)
			result = br_event_decode(sequence, value, view->arena, &event);
		if (result == 0)
			br_event_to_json(&event, br_str_from(view->store), out, NULL);
	}
	br_scan_end(&scan);
	br_json_out_end(out);
	br_json_out_u64(out, "sequence", sequence);
	br_json_out_u64(out, "head", view->head);
	br_json_out_end(out);
	return result;
}
