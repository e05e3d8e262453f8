#include "tests/web-ui/ledger.h"

#include <stdio.h>
#include <string.h>

#include "node/person.h"
#include "node/tables.h"
#include "tests/lib/test.h"

void ledger_open(struct ledger *ledger, const char *name)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_keys_options keys_options = {.sync_off = true};
	char path[512];

	*ledger = (struct ledger){.now_ms = LEDGER_NOW_MS};
	(void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	REQUIRE(br_store_open(path, &options, &ledger->store, NULL) == 0);
	(void)snprintf(path, sizeof(path), "%s/%s-keys", test_folder(), name);
	REQUIRE(br_keys_open(path, &keys_options, &ledger->keys, NULL) == 0);
	REQUIRE(br_core_create(ledger->store, ledger->keys, &ledger->core, NULL) == 0);
}

void ledger_close(struct ledger *ledger)
{
	br_core_destroy(ledger->core);
	br_keys_close(ledger->keys);
	br_store_close(ledger->store);
}

static void answer_keep(
	void *owner, const struct br_ticket *ticket BR_UNUSED, const struct br_answer *answer)
{
	struct ledger *ledger = owner;

	ledger->answer = *answer;
}

void ledger_run(struct ledger *ledger, const char *type, const char *body)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_command_type *known = br_command_type_named(br_str_from(type));
	struct br_command command = {
		.actor = BR_STR("test"), .type = known, .now_ms = ledger->now_ms};
	struct br_ticket ticket = {.deliver = answer_keep, .owner = ledger};
	unsigned char record[512] __attribute__((aligned(16)));
	struct br_arena arena;
	struct br_fault fault = {""};
	char id[32];

	REQUIRE(known != NULL && known->shape->size <= sizeof(record));
	(void)snprintf(id, sizeof(id), "c-%u", ++ledger->commands);
	command.id = br_str_from(id);
	br_arena_init(&arena, 1 << 20);
	REQUIRE(br_json_parse(br_str_from(body), &root, &fault) == 0);
	if (br_record_from_json(known->shape, root, &arena, record, &fault) < 0) {
		printf("%s: %s\n", type, fault.text);
		test_abandon();
	}
	command.body = record;
	REQUIRE(br_core_submit(ledger->core, &command, &ticket) == 0);
	REQUIRE(br_core_commit(ledger->core) == 0);
	br_arena_finish(&arena);
}

void ledger_must(struct ledger *ledger, const char *type, const char *body)
{
	ledger_run(ledger, type, body);
	if (ledger->answer.outcome != BR_OUTCOME_ACCEPTED)
		printf("%s: %s\n", type, ledger->answer.message);
	REQUIRE(ledger->answer.outcome == BR_OUTCOME_ACCEPTED);
}

void ledger_fill(struct ledger *ledger)
{
	ledger_must(ledger, "product.upsert",
		"{\"sku\":\"A\",\"name\":\"Apple juice\",\"brand\":\"Orchard\",\"gtins\":["
		"\"2000000000015\"],\"content\":0.5,\"content_unit\":\"l\",\"category\":"
		"\"drinks\"}");
	ledger_must(ledger, "product.upsert", "{\"sku\":\"B\",\"name\":\"Bread\"}");
	ledger_must(ledger, "price.set",
		"{\"sku\":\"A\",\"kind\":\"regular\",\"amount\":2.5,\"currency\":\"GBP\"}");
	ledger_must(ledger, "stock.move", "{\"sku\":\"A\",\"kind\":\"receive\",\"quantity\":10}");
	ledger_must(ledger, "stock.move",
		"{\"sku\":\"A\",\"kind\":\"fill\",\"quantity\":4,\"reason\":\"morning\"}");
	ledger_must(ledger, "order.offer",
		"{\"order\":\"O-1\",\"channel\":\"web\",\"method\":\"pickup\",\"customer\":\"c1\","
		"\"accept_by\":\"2026-03-01T10:00:00Z\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\","
		"\"quantity\":2,\"price\":2.5}]}");
	ledger_must(ledger, "order.offer",
		"{\"order\":\"O-2\",\"channel\":\"app\",\"method\":\"curbside\",\"lines\":[{"
		"\"line\":\"1\",\"sku\":\"A\",\"quantity\":1}]}");
	ledger_must(ledger, "order.accept", "{\"order\":\"O-2\"}");
	ledger_must(ledger, "label.bind", "{\"label\":\"0123456789AB\",\"sku\":\"A\"}");
	ledger_must(ledger, "label.want",
		"{\"label\":\"0123456789AB\",\"hash\":\"00112233445566778899aabbccddeeff\",\"rev\":"
		"10}");
	ledger_must(ledger, "device.adopt",
		"{\"device\":\"zigbee2mqtt/cooler/dairy-1\",\"name\":\"Dairy cooler\",\"zone\":"
		"\"dairy\",\"channels\":[{\"channel\":\"temperature\",\"low\":1,\"high\":5,"
		"\"delay_s\":60}]}");
	ledger_must(ledger, "alarm.raise",
		"{\"alarm\":\"zigbee2mqtt/cooler/dairy-1/temperature/high\",\"device\":"
		"\"zigbee2mqtt/cooler/dairy-1\",\"channel\":\"temperature\",\"rule\":\"high\","
		"\"severity\":\"problem\",\"text\":\"Dairy cooler: 9.3 °C, above 5 °C\",\"value\":"
		"9.3}");
	ledger_must(ledger, "sale.record",
		"{\"till\":\"t1\",\"currency\":\"GBP\",\"lines\":[{\"sku\":\"A\",\"quantity\":1,"
		"\"price\":2.5},{\"sku\":\"A\",\"quantity\":2,\"price\":2.5}]}");
}

static bool fake_label(void *context, struct br_str label, struct br_web_live_label *ret_label)
{
	const struct fake_live *fake = context;

	for (unsigned i = 0; i < fake->label_n; i++) {
		if (!br_str_is(label, fake->labels[i].label))
			continue;
		*ret_label = fake->labels[i];
		return true;
	}
	return false;
}

static bool fake_label_next(void *context, struct br_str after, struct br_web_live_label *ret_label)
{
	const struct fake_live *fake = context;

	for (unsigned i = 0; i < fake->label_n; i++) {
		if (br_str_compare(br_str_from(fake->labels[i].label), after) <= 0)
			continue;
		*ret_label = fake->labels[i];
		return true;
	}
	return false;
}

static bool fake_sensor(void *context, struct br_str device, struct br_web_live_sensor *ret_sensor)
{
	const struct fake_live *fake = context;

	for (unsigned i = 0; i < fake->sensor_n; i++) {
		if (!br_str_is(device, fake->sensors[i].device))
			continue;
		*ret_sensor = fake->sensors[i];
		return true;
	}
	return false;
}

static bool fake_sensor_next(
	void *context, struct br_str after, struct br_web_live_sensor *ret_sensor)
{
	const struct fake_live *fake = context;

	for (unsigned i = 0; i < fake->sensor_n; i++) {
		if (br_str_compare(br_str_from(fake->sensors[i].device), after) <= 0)
			continue;
		*ret_sensor = fake->sensors[i];
		return true;
	}
	return false;
}

static void fake_link(void *context, struct br_web_live_link *ret_link)
{
	const struct fake_live *fake = context;

	*ret_link = fake->link;
}

static void fake_node(void *context, struct br_web_live_node *ret_node)
{
	const struct fake_live *fake = context;

	*ret_node = fake->node;
}

static uint64_t fake_changes(void *context, uint64_t after,
	void (*changed)(void *owner, enum br_web_live_noun noun, struct br_str key), void *owner)
{
	const struct fake_live *fake = context;

	if (after >= fake->version)
		return fake->version;
	for (unsigned i = 0; i < fake->label_n; i++)
		if (fake->changed[0] == '\0' || strcmp(fake->changed, fake->labels[i].label) == 0)
			changed(owner, BR_WEB_LIVE_LABEL, br_str_from(fake->labels[i].label));
	for (unsigned i = 0; i < fake->sensor_n; i++)
		changed(owner, BR_WEB_LIVE_SENSOR, br_str_from(fake->sensors[i].device));
	return fake->version;
}

static int fake_picture(
	void *context BR_UNUSED, struct br_str label, struct br_text *png, struct br_fault *fault)
{
	if (!br_str_is(label, "0123456789AB"))
		return br_fault_set(
			fault, BR_E_NOT_FOUND, "label %.*s is not bound", BR_STR_ARG(label));
	br_text_puts(png, "\x89PNG fake");
	return 0;
}

static int fake_series(void *context BR_UNUSED, struct br_str device BR_UNUSED,
	struct br_str channel, int64_t from_ms, int64_t to_ms, unsigned points,
	struct br_web_live_series *ret_series)
{
	if (!br_str_is(channel, "temperature"))
		return BR_E_NOT_FOUND;
	*ret_series = (struct br_web_live_series){
		.unit = "°C", .step_ms = (to_ms - from_ms) / points, .n = 1};
	ret_series->points[0] = (struct br_web_live_point){
		.t_ms = from_ms, .min = 1000, .mean = 1500, .max = 2000, .n = 3};
	return 0;
}

void fake_live_init(struct fake_live *fake)
{
	*fake = (struct fake_live){
		.live = {.context = fake,
			.label = fake_label,
			.label_next = fake_label_next,
			.sensor = fake_sensor,
			.sensor_next = fake_sensor_next,
			.link = fake_link,
			.node = fake_node,
			.changes = fake_changes,
			.picture = fake_picture,
			.series = fake_series},
		.link = {.state = BR_WEB_LINK_UP,
			.since_ms = LEDGER_NOW_MS - 3600000,
			.hq = "hq.example:8883",
			.lane_n = 1,
			.lanes = {{.name = "stock",
				.backlog = 3,
				.oldest_ms = LEDGER_NOW_MS - 5000,
				.acked = 10,
				.head = 13}},
			.last_ack_ms = LEDGER_NOW_MS - 1000,
			.round_trip_ms = 12,
			.hq_clock_ms = BR_WEB_UNKNOWN},
	};
}

void view_open(struct view *view, struct ledger *ledger, const struct br_web_live *live)
{
	br_arena_init(&view->arena, 1 << 20);
	br_text_init(&view->text, 1 << 20);
	view->view = (struct br_web_view){
		.live = live,
		.arena = &view->arena,
		.now_ms = ledger->now_ms,
		.store = "0412",
		.gln = "9506000134352",
		.currency = "GBP",
		.opener = br_person_opener(ledger->keys),
		.secret = br_keys_secret(ledger->keys),
	};
	REQUIRE(br_search_create(&view->view.search) == 0);
	REQUIRE(br_txn_begin(ledger->store, false, &view->view.txn) == 0);
	view->view.head = br_journal_head(view->view.txn);
}

void view_close(struct view *view)
{
	br_txn_abort(view->view.txn);
	br_search_destroy(view->view.search);
	br_arena_finish(&view->arena);
	br_text_finish(&view->text);
}

const char *view_row(struct view *view, enum br_web_noun noun, const char *key)
{
	struct br_json_out out;

	br_text_clear(&view->text);
	br_json_out_begin(&out, &view->text);
	CHECK(br_web_row(&view->view, noun, br_str_from(key), &out, NULL) >= 0);
	CHECK_INT(br_text_error(&view->text), 0);
	return view->text.bytes;
}

const char *ledger_ask(struct ledger *ledger, const struct br_web_live *live, const char *name,
	const char *params, struct br_web_refusal *ret_refusal)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_web_query *query = br_web_query_named(br_str_from(name));
	static char answer[1 << 18];
	struct br_web_args args;
	struct view view;
	char json[400];
	int result;

	*ret_refusal = (struct br_web_refusal){.status = 0};
	REQUIRE(query != NULL && strlen(params) < sizeof(json));
	(void)snprintf(json, sizeof(json), "%s", params);
	for (char *p = json; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	REQUIRE(br_json_parse(br_str_from(json), &root, NULL) == 0);
	view_open(&view, ledger, live);
	result = br_web_args_from_json(query, root, &args, ret_refusal);
	if (result == 0)
		result = br_web_query_run(query, &view.view, &args, &view.text, ret_refusal);
	(void)snprintf(answer, sizeof(answer), "%s", result == 0 ? view.text.bytes : "");
	view_close(&view);
	return answer;
}
