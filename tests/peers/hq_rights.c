#include "tests/peers/hq_rights.h"

#include <stdio.h>
#include <string.h>

#include "node/json.h"
#include "node/json_out.h"

#define BODY_BYTES_MAX 1024

static int64_t may_add(
	struct peer_hq_store *store, const char *shop, const char *sku, int64_t more_milli)
{
	char name[160];

	(void)snprintf(name, sizeof(name), "rights/%s/%s", shop, sku);
	return peer_hq_store_sum(store, name, more_milli);
}

/* What an event of rights says. */
struct said {
	char sku[65], recall[65];
	int64_t quantity_milli;
};

static bool said_read(const struct br_json *event, struct said *ret_said)
{
	const struct br_json *body = br_json_member(event, "data");
	struct br_str sku, recall = {"", 0};

	(void)!br_json_string(br_json_member(body, "recall"), &recall);
	return br_json_string(br_json_member(body, "sku"), &sku) &&
	       br_json_milli(br_json_member(body, "quantity"), &ret_said->quantity_milli) &&
	       br_str_copy(sku, ret_said->sku, sizeof(ret_said->sku)) &&
	       br_str_copy(recall, ret_said->recall, sizeof(ret_said->recall));
}

/* In one commit with the event: what is given back can be spent no more. */
static void recall_answer(
	struct peer_hq *hq, struct peer_hq_store *store, const char *shop, const struct said *said)
{
	int64_t may = may_add(store, shop, said->sku, 0);
	int64_t back = may < said->quantity_milli ? may : said->quantity_milli;
	struct br_json_out out;
	struct br_text body;

	br_text_init(&body, BODY_BYTES_MAX);
	br_json_out_begin(&out, &body);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "sku", said->sku);
	br_json_out_puts(&out, "recall", said->recall);
	if (back > 0)
		br_json_out_milli(&out, "quantity", back);
	else
		br_json_out_puts(&out, "reason", "spent");
	br_json_out_end(&out);
	if (back > 0)
		(void)may_add(store, shop, said->sku, -back);
	(void)peer_hq_command(hq, shop, PEER_DOWN_ORDERS, NULL,
		back > 0 ? "rights.revoke" : "rights.keep", br_text_str(&body));
	br_text_finish(&body);
}

static void event_take(struct peer_hq *hq, struct peer_hq_store *store, const char *shop,
	const struct peer_event *event)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	bool granted = br_str_is(event->type, "org.backroom.rights.granted.v1");
	struct br_fault fault = {""};
	struct said said;

	if (!granted && !br_str_is(event->type, "org.backroom.rights.recalled.v1"))
		return;
	if (br_json_parse(event->raw, &root, &fault) < 0 || !said_read(root, &said))
		(void)fprintf(stderr, "store %s: an event of rights cannot be read: %s\n", shop,
			fault.text);
	else if (granted)
		(void)may_add(store, shop, said.sku, said.quantity_milli);
	else
		recall_answer(hq, store, shop, &said);
}

void peer_hq_rights_take(struct peer_hq *hq, struct peer_hq_store *store,
	const struct peer_batch *batch, const struct peer_has *has)
{
	br_assert(batch->event_n <= PEER_BATCH_EVENTS_MAX);
	for (size_t i = 0; i < batch->event_n; i++) {
		const struct peer_event *event = &batch->events[i];

		/* What came back to a restored store HQ has heard under its first number. */
		if (event->origin == 0 && !peer_has_all(has, event->sequence - 1, event->sequence))
			event_take(hq, store, batch->store, event);
	}
}

bool peer_hq_rights_spend(
	struct peer_hq_store *store, const char *shop, const char *sku, int64_t quantity_milli)
{
	br_assert(quantity_milli > 0);
	if (may_add(store, shop, sku, 0) < quantity_milli)
		return false;
	(void)may_add(store, shop, sku, -quantity_milli);
	return true;
}
