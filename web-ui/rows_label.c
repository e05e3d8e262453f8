/* The row of a label: what the ledger decided, what the access points say. */
#include "web-ui/rows.h"

#include "node/label.h"
#include "node/price.h"
#include "node/product.h"

/*
 * Worst first: a label that is not heard is lost whatever it showed last; one that was given up is
 * failed until it shows the picture; then what is under way; then what it says it shows.
 */
const char *br_web_label_state(const struct br_label *label, const struct br_web_live_label *live)
{
	br_assert(label != NULL);
	if (label->sku.n == 0)
		return "unbound";
	if (live != NULL && live->lost)
		return "lost";
	if (br_label_clean(label))
		return "clean";
	if (label->error.n > 0)
		return "failed";
	if (live != NULL && live->delivery == BR_WEB_DELIVERY_SENDING)
		return "sending";
	if (live != NULL && live->delivery == BR_WEB_DELIVERY_OFFERED)
		return "offered";
	return label->wanted_rev > 0 ? "dirty" : "unknown";
}

/* Name and price are what the label should show now, whatever is on its glass. */
static void product_write(
	const struct br_web_view *view, const struct br_label *label, struct br_json_out *out)
{
	struct br_price_quote quote;
	struct br_product product;

	br_assert(view->txn != NULL);
	if (label->sku.n == 0) {
		br_json_out_null(out, "sku");
		return;
	}
	br_json_out_string(out, "sku", label->sku);
	if (br_product_get(view->txn, label->sku, view->arena, &product) == 0)
		br_json_out_string(out, "name", product.name);
	quote = br_price_at(view->txn, label->sku, view->now_ms, view->arena);
	if (quote.known) {
		br_json_out_milli(out, "price", quote.amount);
		br_json_out_puts(out, "currency", quote.currency);
	} else {
		br_json_out_null(out, "price");
	}
	if (label->template.n > 0)
		br_json_out_string(out, "template", label->template);
}

/* Hashes are compared, never looked at; null says that there is no picture yet. */
static void picture_write(struct br_json_out *out, const char *name, uint64_t rev,
	const unsigned char hash[BR_PICTURE_HASH_BYTES])
{
	br_assert(hash != NULL);
	if (rev > 0)
		br_json_out_hex(out, name, hash, BR_PICTURE_HASH_BYTES);
	else
		br_json_out_null(out, name);
}

static void known_write(struct br_json_out *out, const char *name, int64_t value)
{
	br_assert(name[0] != '\0');
	if (value != BR_WEB_UNKNOWN)
		br_json_out_i64(out, name, value);
}

/* Only what was heard; a label that is silent since the start has none of it. */
static void live_write(const struct br_web_live_label *live, struct br_json_out *out)
{
	br_assert(live->label[0] != '\0');
	if (live->type[0] != '\0')
		br_json_out_puts(out, "type", live->type);
	if (live->w > 0) {
		br_json_out_u64(out, "w", live->w);
		br_json_out_u64(out, "h", live->h);
	}
	br_json_out_time(out, "last_seen", live->last_seen_ms);
	known_write(out, "battery_mv", live->battery_mv);
	known_write(out, "rssi", live->rssi);
	known_write(out, "tc", live->tc);
}

static void label_write(const struct br_web_view *view, const struct br_label *label,
	const struct br_web_live_label *live, struct br_json_out *out)
{
	struct br_str ap = label->ap;

	br_assert(label->label.n > 0);
	/* A picture on its way may have been tried more often than the ledger knows. */
	uint64_t tries = live != NULL && live->tries > label->tries ? live->tries : label->tries;

	if (live != NULL && live->ap[0] != '\0')
		ap = br_str_from(live->ap);
	br_json_out_string(out, "label", label->label);
	if (ap.n > 0)
		br_json_out_string(out, "ap", ap);
	product_write(view, label, out);
	br_json_out_puts(out, "state", br_web_label_state(label, live));
	br_json_out_time(out, "since", label->dirty_since > 0 ? label->dirty_since : label->since);
	picture_write(out, "wanted", label->wanted_rev, label->wanted);
	picture_write(out, "shown", label->shown_rev, label->shown);
	br_json_out_u64(out, "rev", label->wanted_rev);
	br_json_out_u64(out, "tries", br_label_clean(label) ? 0 : tries);
	if (label->error.n > 0)
		br_json_out_string(out, "error", label->error);
	else
		br_json_out_null(out, "error");
	if (live != NULL)
		live_write(live, out);
}

int br_web_row_label(const struct br_web_view *view, struct br_str key, struct br_json_out *out,
	const char *name)
{
	struct br_web_live_label live;
	bool heard = view->live->label(view->live->context, key, &live);
	struct br_label label = {.label = key};
	int result = br_label_get(view->txn, key, view->arena, &label);

	br_assert(key.n > 0);
	if (result == BR_E_NOT_FOUND && !heard) {
		br_web_row_removed(key, 0, out, name);
		return 1;
	}
	if (result < 0 && result != BR_E_NOT_FOUND)
		return result;
	br_json_out_object(out, name);
	br_json_out_string(out, "key", key);
	br_json_out_u64(out, "sequence", label.sequence);
	label_write(view, &label, heard ? &live : NULL, out);
	br_json_out_end(out);
	return 0;
}
