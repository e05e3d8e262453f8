#include "tests/peers/associate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "node/json_out.h"
#include "tests/peers/random.h"

#define ORDERS_MAX 2000
#define PAGE 50
#define PAGE_MS 150 /* between two pages of the catalogue */
#define TRIES_MAX 3
#define BODY_BYTES_MAX 1024

/* What is done with an order in each state, after a time between the two. */
static const struct step {
	const char *from, *verb;
	double first_s, last_s;
} steps[] = {{"offered", "accept", 3, 12}, {"accepted", "pick", 20, 60}, {"picked", "ready", 4, 15},
	{"ready", "hand_over", 30, 180}, {"picking", "pick", 4, 15},
	{"arrived", "hand_over", 5, 20}, {"cancelling", "restock", 10, 40},
	{"expired", "restock", 10, 40}, {"restocking", "restock", 5, 10}};

struct order {
	char id[65];
	size_t step;
	int64_t version;
	int64_t due_ms;
	unsigned tries;
	bool cancels; /* this one will be cancelled at its next step */
};

struct peer_associate {
	struct peer_loop *loop;
	struct peer_http *http;
	struct peer_associate_settings settings;
	struct peer_associate_stats stats;
	struct peer_random random;
	struct peer_timer poll, work, walk;
	struct order orders[ORDERS_MAX];
	size_t order_n;
	uint64_t commands;
	char after[65]; /* the catalogue's last SKU of the page before */
	struct br_text answer, body, path;
};

static int64_t delay_ms(struct peer_associate *associate, double first_s, double last_s)
{
	double s = first_s + (last_s - first_s) * peer_random_share(&associate->random);

	return (int64_t)(s * 1000 / associate->settings.speed);
}

/* GET; NULL when there is no good answer. The caller frees the tree. */
static struct br_json *get(struct peer_associate *associate, const char *path)
{
	struct br_json *root = NULL;
	int status = peer_http_ask(associate->http, path, NULL, &associate->answer);

	if (status < 0) {
		associate->stats.unanswered++;
		return NULL;
	}
	if (status != 200 || br_json_parse(br_text_str(&associate->answer), &root, NULL) < 0) {
		associate->stats.strange++;
		return NULL;
	}
	return root;
}

/* Begins a command's JSON up to its `data`, which the caller fills and ends twice. */
static void command_begin(
	struct peer_associate *associate, struct br_json_out *out, const char *type)
{
	char id[65];

	(void)snprintf(id, sizeof(id), "as-%.32s-%" PRIu64, associate->settings.run,
		++associate->commands);
	br_text_clear(&associate->body);
	br_json_out_begin(out, &associate->body);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "id", id);
	br_json_out_puts(out, "type", type);
	br_json_out_object(out, "data");
}

enum told { TOLD_ACCEPTED, TOLD_REFUSED, TOLD_SHORT, TOLD_LATER };

/* Sends the command, again under the same id when there is no answer or the store is busy. */
static enum told command_send(struct peer_associate *associate)
{
	struct br_str body = br_text_str(&associate->body), outcome = {"", 0}, code = {"", 0};

	for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
		int status = peer_http_ask(
			associate->http, "/api/v1/commands", &body, &associate->answer);

		if (status < 0) {
			associate->stats.unanswered++;
			continue;
		}
		if (status == 503)
			continue;
		if (br_json_parse(br_text_str(&associate->answer), &root, NULL) < 0 ||
			!br_json_string(br_json_member(root, "outcome"), &outcome)) {
			associate->stats.strange++;
			return TOLD_REFUSED;
		}
		if (br_str_is(outcome, "accepted"))
			return TOLD_ACCEPTED;
		(void)!br_json_string(br_json_member(root, "code"), &code);
		associate->stats.refused++;
		return br_str_is(code, "insufficient_stock") ? TOLD_SHORT : TOLD_REFUSED;
	}
	return TOLD_LATER;
}

static enum told stock_move(struct peer_associate *associate, struct br_str sku, const char *kind,
	int64_t quantity_milli)
{
	struct br_json_out out;

	br_assert(quantity_milli > 0);
	command_begin(associate, &out, "stock.move");
	br_json_out_string(&out, "sku", sku);
	br_json_out_puts(&out, "kind", kind);
	br_json_out_milli(&out, "quantity", quantity_milli);
	br_json_out_end(&out);
	br_json_out_end(&out);
	return command_send(associate);
}

static void deliver(struct peer_associate *associate, struct br_str sku, int64_t quantity_milli)
{
	if (stock_move(associate, sku, "receive", quantity_milli) == TOLD_ACCEPTED)
		associate->stats.deliveries++;
}

/* The order as the store has it now; the caller frees the tree, NULL when there is no answer. */
static struct br_json *order_get(struct peer_associate *associate, const struct order *order)
{
	br_text_clear(&associate->path);
	br_text_puts(&associate->path, "/api/v1/orders/");
	peer_http_escape(&associate->path, br_str_from(order->id));
	return get(associate, associate->path.bytes);
}

/* Brings what an order wants into the store, as a van from the depot would. */
static void deliver_for(struct peer_associate *associate, const struct order *order)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = order_get(associate, order);
	const struct br_json *row;

	row = br_json_member(root, "row") != NULL ? br_json_member(root, "row") : root;
	BR_JSON_EACH (line, br_json_member(row, "lines")) {
		struct br_str sku;
		int64_t quantity_milli = 0;

		if (br_json_string(br_json_member(line, "sku"), &sku) &&
			br_json_milli(br_json_member(line, "quantity"), &quantity_milli) &&
			quantity_milli > 0)
			deliver(associate, sku, quantity_milli + associate->settings.target * 1000);
	}
}

static void order_forget(struct peer_associate *associate, struct order *order)
{
	*order = associate->orders[--associate->order_n];
}

static void step_count(struct peer_associate *associate, const struct order *order)
{
	uint64_t *const counts[BR_ARRAY_LEN(steps)] = {&associate->stats.accepted,
		&associate->stats.picked, &associate->stats.ready, &associate->stats.handed_over,
		&associate->stats.picked, &associate->stats.handed_over,
		&associate->stats.restocked, &associate->stats.restocked,
		&associate->stats.restocked};

	if (order->cancels)
		associate->stats.cancelled++;
	else
		++*counts[order->step];
}

/* Picks one line after the other, each whole, as if its barcode had been scanned. */
static enum told order_pick(struct peer_associate *associate, const struct order *order)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = order_get(associate, order);
	const struct br_json *row =
		br_json_member(root, "row") != NULL ? br_json_member(root, "row") : root;
	enum told told = root != NULL ? TOLD_ACCEPTED : TOLD_LATER;

	BR_JSON_EACH (line, br_json_member(row, "lines")) {
		struct br_json_out out;
		int64_t reserved_milli = 0;
		struct br_str name;

		if (!br_json_string(br_json_member(line, "line"), &name) ||
			!br_json_milli(br_json_member(line, "reserved"), &reserved_milli) ||
			reserved_milli == 0)
			continue;
		command_begin(associate, &out, "order.pick");
		br_json_out_puts(&out, "order", order->id);
		br_json_out_string(&out, "line", name);
		br_json_out_end(&out);
		br_json_out_end(&out);
		told = command_send(associate);
		if (told != TOLD_ACCEPTED)
			break;
	}
	return told;
}

static enum told order_move(struct peer_associate *associate, const struct order *order)
{
	struct br_json_out out;
	char type[32];

	if (!order->cancels && strcmp(steps[order->step].verb, "pick") == 0)
		return order_pick(associate, order);
	(void)snprintf(type, sizeof(type), "order.%s",
		order->cancels ? "cancel" : steps[order->step].verb);
	command_begin(associate, &out, type);
	br_json_out_puts(&out, "order", order->id);
	if (order->version > 0)
		br_json_out_i64(&out, "version", order->version);
	if (order->cancels)
		br_json_out_puts(
			&out, "reason", order->tries > 0 ? "out of stock" : "customer called");
	br_json_out_end(&out);
	br_json_out_end(&out);
	return command_send(associate);
}

/* One step of one order. What comes next is learned from the store at the next look. */
static void order_work(struct peer_associate *associate, struct order *order)
{
	switch (order_move(associate, order)) {
	case TOLD_ACCEPTED:
		step_count(associate, order);
		order_forget(associate, order);
		break;
	case TOLD_SHORT:
		associate->stats.short_of_stock++;
		order->tries++;
		deliver_for(associate, order);
		order->cancels = order->tries >= TRIES_MAX;
		order->due_ms = peer_loop_now(associate->loop) + delay_ms(associate, 2, 4);
		break;
	case TOLD_LATER:
		order->due_ms = peer_loop_now(associate->loop) + 1000;
		break;
	default: /* somebody else has moved it */
		order_forget(associate, order);
		break;
	}
}

static void work_fired(void *context)
{
	struct peer_associate *associate = context;
	int64_t now_ms = peer_loop_now(associate->loop);

	/* Backwards, because a forgotten order's place is taken by the last. */
	for (size_t i = associate->order_n; i-- > 0;)
		if (associate->orders[i].due_ms <= now_ms)
			order_work(associate, &associate->orders[i]);
	peer_timer_set(associate->loop, &associate->work, 250);
}

static struct order *order_find(struct peer_associate *associate, struct br_str id)
{
	for (size_t i = 0; i < associate->order_n; i++)
		if (br_str_is(id, associate->orders[i].id))
			return &associate->orders[i];
	return NULL;
}

static void order_meet(struct peer_associate *associate, const struct br_json *row, size_t step)
{
	struct order *order;
	struct br_str id;

	if (!br_json_string(br_json_member(row, "order"), &id) || id.n == 0) {
		associate->stats.strange++;
		return;
	}
	order = order_find(associate, id);
	if (order != NULL && order->step == step)
		return;
	if (order == NULL) {
		if (associate->order_n == ORDERS_MAX)
			return;
		order = &associate->orders[associate->order_n];
		*order = (struct order){.step = step};
		if (!br_str_copy(id, order->id, sizeof(order->id)))
			return;
		associate->order_n++;
	}
	order->step = step;
	order->tries = 0;
	if (!br_json_i64(br_json_member(row, "version"), &order->version))
		order->version = 0;
	order->due_ms = peer_loop_now(associate->loop) +
			delay_ms(associate, steps[step].first_s, steps[step].last_s);
	order->cancels =
		step == 0 && peer_random_hit(&associate->random, associate->settings.cancel);
}

static void poll_fired(void *context)
{
	struct peer_associate *associate = context;
	char path[96];

	for (size_t i = 0; i < BR_ARRAY_LEN(steps); i++) {
		BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;

		(void)snprintf(
			path, sizeof(path), "/api/v1/orders?state=%s&limit=200", steps[i].from);
		root = get(associate, path);
		if (root == NULL)
			break;
		BR_JSON_EACH (row, br_json_member(root, "rows"))
			order_meet(associate, row, i);
	}
	peer_timer_set(associate->loop, &associate->poll,
		(int64_t)(associate->settings.poll_s * 1000) + 1);
}

/* Orders what runs low, and carries from the back room what the shelf lacks. */
static void product_look(struct peer_associate *associate, const struct br_json *row)
{
	const struct br_json *buckets = br_json_member(row, "buckets");
	int64_t on_hand = 0, shelf = 0, backroom = 0;
	int64_t low = associate->settings.low * 1000, target = associate->settings.target * 1000;
	struct br_str sku;

	if (!br_json_string(br_json_member(row, "sku"), &sku) || sku.n == 0 ||
		!br_str_copy(sku, associate->after, sizeof(associate->after))) {
		associate->stats.strange++;
		return;
	}
	(void)!br_json_milli(br_json_member(row, "on_hand"), &on_hand);
	(void)!br_json_milli(br_json_member(buckets, "shelf"), &shelf);
	(void)!br_json_milli(br_json_member(buckets, "backroom"), &backroom);
	if (on_hand < low) {
		deliver(associate, sku, target - on_hand);
		backroom += target - on_hand;
	}
	if (shelf < low && backroom > 0) {
		int64_t wanted = target / 2 > low ? target / 2 - shelf : low - shelf;

		if (stock_move(associate, sku, "fill", wanted < backroom ? wanted : backroom) ==
			TOLD_ACCEPTED)
			associate->stats.fills++;
	}
}

static void walk_fired(void *context)
{
	struct peer_associate *associate = context;
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	char last[65];
	size_t n = 0;

	(void)snprintf(last, sizeof(last), "%s", associate->after);
	br_text_clear(&associate->path);
	br_text_printf(&associate->path, "/api/v1/products?limit=%d", PAGE);
	if (associate->after[0] != '\0') {
		br_text_puts(&associate->path, "&after=");
		peer_http_escape(&associate->path, br_str_from(associate->after));
	}
	root = get(associate, associate->path.bytes);
	BR_JSON_EACH (row, br_json_member(root, "rows")) {
		product_look(associate, row);
		n++;
	}
	/* A page that does not end behind the one before would be walked for ever. */
	if (n == PAGE && strcmp(last, associate->after) != 0) {
		peer_timer_set(associate->loop, &associate->walk, PAGE_MS);
		return;
	}
	associate->stats.walks += root != NULL;
	associate->after[0] = '\0';
	peer_timer_set(associate->loop, &associate->walk,
		root != NULL ? (int64_t)(associate->settings.restock_s * 1000) : 1000);
}

int peer_associate_create(struct peer_loop *loop, struct peer_http *http,
	const struct peer_associate_settings *settings, struct peer_associate **ret_associate)
{
	struct peer_associate *associate = calloc(1, sizeof(*associate));

	br_assert(settings->speed > 0 && settings->target > settings->low);
	if (associate == NULL)
		return BR_E_MEMORY;
	associate->loop = loop;
	associate->http = http;
	associate->settings = *settings;
	peer_random_init(&associate->random, settings->seed, 5);
	br_text_init(&associate->answer, PEER_HTTP_BYTES_MAX);
	br_text_init(&associate->body, BODY_BYTES_MAX);
	br_text_init(&associate->path, BODY_BYTES_MAX);
	associate->poll = (struct peer_timer){.fire = poll_fired, .context = associate};
	associate->work = (struct peer_timer){.fire = work_fired, .context = associate};
	associate->walk = (struct peer_timer){.fire = walk_fired, .context = associate};
	peer_timer_set(loop, &associate->poll, 0);
	peer_timer_set(loop, &associate->work, 250);
	if (settings->restock_s > 0)
		peer_timer_set(loop, &associate->walk, 100);
	*ret_associate = associate;
	return 0;
}

void peer_associate_destroy(struct peer_associate *associate)
{
	if (associate == NULL)
		return;
	peer_timer_clear(associate->loop, &associate->poll);
	peer_timer_clear(associate->loop, &associate->work);
	peer_timer_clear(associate->loop, &associate->walk);
	br_text_finish(&associate->answer);
	br_text_finish(&associate->body);
	br_text_finish(&associate->path);
	free(associate);
}

const struct peer_associate_stats *peer_associate_stats(const struct peer_associate *associate)
{
	return &associate->stats;
}
