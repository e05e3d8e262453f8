#include "tests/peers/hq_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json_out.h"
#include "node/time.h"
#include "tests/peers/hq_projection.h"

#define PLANTED_MAX 64

struct planted {
	enum peer_view view;
	char key[65];
	char *value; /* owned */
	uint64_t after;
	bool done;
};

struct peer_hq_compare {
	struct peer_hq_store *store; /* borrowed */
	char session[17], shop[65];
	struct peer_projection *projection; /* of that session, as the next one */
	struct peer_ranges *ranges;
	enum peer_view view;
	struct planted planted[PLANTED_MAX];
	size_t planted_n;
};

struct peer_hq_compare *peer_hq_compare_create(struct peer_hq_store *store)
{
	struct peer_hq_compare *compare = calloc(1, sizeof(*compare));

	br_assert(compare != NULL);
	compare->store = store;
	return compare;
}

static void session_drop(struct peer_hq_compare *compare)
{
	peer_projection_destroy(compare->projection);
	peer_ranges_destroy(compare->ranges);
	compare->projection = NULL;
	compare->ranges = NULL;
	compare->session[0] = '\0';
	while (compare->planted_n > 0)
		free(compare->planted[--compare->planted_n].value);
}

void peer_hq_compare_destroy(struct peer_hq_compare *compare)
{
	if (compare == NULL)
		return;
	session_drop(compare);
	free(compare);
}

static bool by_events(enum peer_view view)
{
	return view == PEER_VIEW_STOCK || view == PEER_VIEW_ORDERS;
}

/* The mistakes that lie before an event or a command take their place. */
static void planted_take(struct peer_hq_compare *compare, bool events, uint64_t number)
{
	for (size_t i = 0; i < compare->planted_n; i++) {
		struct planted *planted = &compare->planted[i];

		if (planted->done || by_events(planted->view) != events || planted->after >= number)
			continue;
		planted->done = true;
		peer_projection_plant(compare->projection, planted->view, br_str_from(planted->key),
			br_str_from(planted->value));
	}
}

static void on_planted(void *context, const struct peer_hq_planted *from)
{
	struct peer_hq_compare *compare = context;
	struct planted *planted = &compare->planted[compare->planted_n];

	if (compare->planted_n == PLANTED_MAX)
		return;
	*planted = (struct planted){.view = peer_view_named(from->view), .after = from->after};
	(void)!br_str_copy(from->key, planted->key, sizeof(planted->key));
	planted->value = malloc(from->value.n + 1);
	br_assert(planted->value != NULL);
	(void)!br_str_copy(from->value, planted->value, from->value.n + 1);
	compare->planted_n++;
}

static void on_event(void *context, uint64_t sequence, struct br_str type, struct br_str event)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct peer_hq_compare *compare = context;

	planted_take(compare, true, sequence);
	if (br_json_parse(event, &root, NULL) == 0)
		peer_projection_event(
			compare->projection, sequence, type, br_json_member(root, "data"));
}

static void on_command(void *context, const struct peer_hq_command *command)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct peer_hq_compare *compare = context;
	struct br_str body = br_str_from(command->body);

	planted_take(compare, false, command->hq_seq);
	if (br_json_parse(body, &root, NULL) == 0)
		peer_projection_command(
			compare->projection, br_str_from(command->type), root, body);
}

/* Works out what HQ knows, for a session that is new here. */
static void session_take(struct peer_hq_compare *compare, const struct peer_hq_compare_shop *shop,
	const struct peer_ranges_message *message)
{
	if (compare->projection != NULL && br_str_is(message->session, compare->session) &&
		strcmp(compare->shop, shop->id) == 0)
		return;
	session_drop(compare);
	compare->projection = peer_projection_create();
	compare->ranges = peer_ranges_create(message->key);
	compare->view = peer_view_named(message->view);
	peer_hq_store_planted(compare->store, shop->id, on_planted, compare);
	if (by_events(compare->view))
		peer_hq_store_events(compare->store, shop->id, on_event, compare);
	else
		peer_hq_store_commands_taken(
			compare->store, shop->id, PEER_DOWN_CATALOG, on_command, compare);
	planted_take(compare, by_events(compare->view), UINT64_MAX);
	peer_projection_items(compare->projection, compare->view, message->after, message->at_ms,
		compare->ranges);
	(void)!br_str_copy(message->session, compare->session, sizeof(compare->session));
	(void)snprintf(compare->shop, sizeof(compare->shop), "%s", shop->id);
}

static bool refuse(const struct peer_ranges_message *message, struct br_text *text, const char *why)
{
	struct br_json_out out;

	peer_ranges_answer_begin(&out, message, text);
	br_json_out_puts(&out, "refused", why);
	br_json_out_end(&out);
	return br_text_error(text) == 0;
}

static bool wait(const struct peer_ranges_message *message, struct br_text *text)
{
	struct br_json_out out;

	peer_ranges_answer_begin(&out, message, text);
	br_json_out_bool(&out, "wait", true);
	br_json_out_end(&out);
	return br_text_error(text) == 0;
}

/* Commands for each key that differs. A message that comes twice makes them twice: they say how
 * things are, and not what is to be added. */
static bool repair(struct peer_hq_compare *compare, const struct peer_ranges_message *message,
	struct br_text *text, void (*command)(void *context, const char *type, struct br_str body),
	void *context)
{
	struct br_json_out out;
	uint64_t repairs = 0;

	BR_JSON_EACH (pair, message->differ) {
		const struct br_json *key = br_json_first(pair);
		struct br_str name, value;

		if (br_json_count(pair) != 2 || !br_json_string(key, &name) ||
			!br_json_string(br_json_next(key), &value))
			return false;
		repairs += peer_projection_repair(compare->projection, compare->view, name, value,
				   message->at_ms, command, context) > 0;
	}
	peer_ranges_answer_begin(&out, message, text);
	br_json_out_u64(&out, "repairs", repairs);
	br_json_out_end(&out);
	return br_text_error(text) == 0;
}

bool peer_hq_compare_answer(struct peer_hq_compare *compare,
	const struct peer_hq_compare_shop *shop, const struct br_json *root, struct br_text *text,
	void (*command)(void *context, const char *type, struct br_str body), void *context)
{
	struct peer_ranges_message message;
	enum peer_view view;

	if (!peer_ranges_read(root, &message))
		return false;
	view = peer_view_named(message.view);
	if (view == PEER_VIEWS)
		return refuse(&message, text, "this view is not known here");
	/* What is on its way to the store is no difference. */
	if (!by_events(view) && message.differ == NULL && !shop->drained)
		return wait(&message, text);
	session_take(compare, shop, &message);
	/* An HQ that knows nothing of its own would have everything taken away. */
	if (!by_events(view) && peer_ranges_n(compare->ranges) == 0)
		return refuse(&message, text, "nothing is known here to compare with");
	if (message.differ != NULL)
		return repair(compare, &message, text, command, context);
	return peer_ranges_answer(compare->ranges, &message, shop->at, text);
}
