#include "node/epcis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/crypto.h"
#include "node/device.h"
#include "node/epcis_inside.h"
#include "node/limits.h"
#include "node/order.h"
#include "node/product.h"
#include "node/rules.h"
#include "node/sale.h"

#define CONTEXT "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

enum epcis_type { NOTHING, OBJECT, TRANSACTION };

/* What a kind of movement is called there; the words are those of the Core Business Vocabulary. */
static const struct fact {
	enum epcis_type type;
	const char *action, *step, *disposition;
	const char *transaction; /* what the movement's source is; NULL = not told */
} facts[BR_MOVEMENT_N] = {
	[BR_MOVEMENT_RECEIVE] = {OBJECT, "OBSERVE", "receiving", "in_progress", "desadv"},
	[BR_MOVEMENT_PUT_AWAY] = {OBJECT, "OBSERVE", "storing", "sellable_not_accessible", NULL},
	[BR_MOVEMENT_FILL] = {OBJECT, "OBSERVE", "stocking", "sellable_accessible", NULL},
	[BR_MOVEMENT_PULL_BACK] = {OBJECT, "OBSERVE", "storing", "sellable_not_accessible", NULL},
	[BR_MOVEMENT_COUNT] = {OBJECT, "OBSERVE", "cycle_counting", NULL, NULL},
	[BR_MOVEMENT_WASTE] = {OBJECT, "DELETE", "destroying", "disposed", NULL},
	[BR_MOVEMENT_DAMAGE] = {OBJECT, "OBSERVE", "inspecting", "damaged", NULL},
	[BR_MOVEMENT_INSPECT] = {OBJECT, "OBSERVE", "inspecting", "sellable_not_accessible", NULL},
	[BR_MOVEMENT_DISPLAY] = {OBJECT, "OBSERVE", "stocking", "non_sellable_other", NULL},
	[BR_MOVEMENT_UNDISPLAY] = {OBJECT, "OBSERVE", "storing", "sellable_not_accessible", NULL},
	[BR_MOVEMENT_SALE] = {OBJECT, "OBSERVE", "retail_selling", "retail_sold", "inv"},
	[BR_MOVEMENT_RETURN] = {OBJECT, "OBSERVE", "receiving", "returned", "rma"},
	[BR_MOVEMENT_TRANSFER_OUT] = {OBJECT, "OBSERVE", "shipping", "in_transit", "desadv"},
	[BR_MOVEMENT_TRANSFER_IN] = {OBJECT, "OBSERVE", "receiving", "in_progress", "desadv"},
	[BR_MOVEMENT_RESERVE] = {TRANSACTION, "ADD", "reserving", "reserved", "po"},
	[BR_MOVEMENT_RELEASE] = {TRANSACTION, "DELETE", "reserving", "available", "po"},
	[BR_MOVEMENT_PICK] = {OBJECT, "OBSERVE", "picking", "reserved", "po"},
	[BR_MOVEMENT_UNPICK] = {OBJECT, "OBSERVE", "stocking", "sellable_accessible", "po"},
	[BR_MOVEMENT_STAGE] = {OBJECT, "OBSERVE", "staging_outbound", "reserved", "po"},
	[BR_MOVEMENT_HAND_OVER] = {TRANSACTION, "OBSERVE", "retail_selling", "retail_sold", "po"},
	[BR_MOVEMENT_SHIP] = {OBJECT, "OBSERVE", "shipping", "in_transit", "po"},
	[BR_MOVEMENT_RESTOCK] = {OBJECT, "OBSERVE", "storing", "sellable_not_accessible", "po"},
};

/* One event while it is written. */
struct writing {
	const struct br_epcis_place *place;
	struct br_txn *txn;
	const struct br_event *event;
	struct br_arena *arena;
	struct br_json_out *out;
	struct br_event voided;	    /* the sale's that did not occur */
	int64_t declared_ms;	    /* when that was found out, unix ms; 0 = all is right */
	enum br_movement_kind kind; /* whose movements are written in this pass */
	unsigned counts[BR_MOVEMENT_N];
	struct br_str source; /* of the kind's first movement */
	int error;
};

void br_epcis_uri_add(char uri[BR_EPCIS_URI_BYTES_MAX], struct br_str text)
{
	size_t n = strlen(uri);

	for (size_t i = 0; i < text.n && n + 4 < BR_EPCIS_URI_BYTES_MAX; i++) {
		unsigned char c = (unsigned char)text.s[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';

		n += (size_t)snprintf(
			uri + n, BR_EPCIS_URI_BYTES_MAX - n, plain ? "%c" : "%%%02X", (unsigned)c);
	}
	br_assert(n < BR_EPCIS_URI_BYTES_MAX);
}

/* The first GTIN that means the same everywhere; false when the product has none. */
static bool gtin_find(const struct br_product *product, struct br_gtin *ret_gtin)
{
	for (uint32_t i = 0; i < product->gtins.n; i++)
		if (br_gtin_parse(BR_LIST_AT(product->gtins, br_barcode, i)->gtin, ret_gtin) &&
			!ret_gtin->restricted)
			return true;
	return false;
}

/* https://id.gs1.org/01/<gtin>/10/<lot>, or urn:backroom:product:<store>:<sku>. */
static void class_write(struct writing *writing, const struct br_product *product,
	const struct br_movement *movement)
{
	char uri[BR_EPCIS_URI_BYTES_MAX];
	struct br_gtin gtin;

	if (product != NULL && gtin_find(product, &gtin)) {
		(void)snprintf(uri, sizeof(uri), "https://id.gs1.org/01/%s", gtin.digits);
		if (movement->lot.n > 0) {
			strcat(uri, "/10/");
			br_epcis_uri_add(uri, movement->lot);
		}
	} else {
		(void)snprintf(uri, sizeof(uri),
			"urn:backroom:product:%.*s:", BR_STR_ARG(writing->place->store));
		br_epcis_uri_add(uri, movement->sku);
	}
	br_json_out_puts(writing->out, "epcClass", uri);
}

/*
 * Staging moves no counter, since what is picked is kept for its order already; it is an event of
 * GS1's all the same, so it is made of what the order's lines say.
 */
static void staged_visit(const struct br_event *event, const struct br_list *changes,
	const struct br_movement_visit *visit)
{
	/* Both kinds of events begin with the order. */
	struct br_str order = *(const struct br_str *)event->body;

	br_assert(br_event_type(event)->shape->fields[0].offset == 0);
	for (uint32_t i = 0; i < changes->n; i++) {
		const struct br_order_change *change = BR_LIST_AT(*changes, br_order_change, i);
		struct br_movement movement = {.sku = change->sku,
			.kind = BR_MOVEMENT_STAGE,
			.lot = change->lot,
			.source = order};

		movement.buckets[BR_BUCKET_STAGED] = change->counts.staged;
		visit->visit(visit->context, &movement);
	}
}

static void movements_visit(const struct br_event *event, const struct br_movement_visit *visit)
{
	enum br_order_verb verb = BR_VERB_N;
	const struct br_list *changes = br_order_event_changes(event, &verb);

	if (changes != NULL && verb == BR_VERB_STAGE)
		staged_visit(event, changes, visit);
	else if (br_event_type(event)->movements != NULL)
		br_event_type(event)->movements(event, visit);
}

/* What was moved, whatever direction that had in our counters. */
static int64_t quantity_of(const struct br_movement *movement)
{
	int64_t gained = 0, lost = 0;

	if (movement->kind == BR_MOVEMENT_COUNT)
		return movement->counted;
	for (unsigned i = 0; i < BR_BUCKET_N; i++) {
		gained += movement->buckets[i] > 0 ? movement->buckets[i] : 0;
		lost -= movement->buckets[i] < 0 ? movement->buckets[i] : 0;
	}
	br_assert(gained >= 0 && lost >= 0);
	if (gained > 0)
		return gained;
	if (lost > 0)
		return lost;
	return movement->reserved < 0 ? -movement->reserved : movement->reserved;
}

static bool is_told(const struct br_movement *movement)
{
	enum epcis_type type;

	br_assert(movement->kind < BR_MOVEMENT_N);
	type = facts[movement->kind].type;
	/* A transaction without one would be none: what it is about is not said. */
	if (type == NOTHING || (type == TRANSACTION && movement->source.n == 0))
		return false;
	return movement->kind == BR_MOVEMENT_COUNT || quantity_of(movement) > 0;
}

static void movement_count(void *context, const struct br_movement *movement)
{
	struct writing *writing = context;

	writing->counts[movement->kind] += is_told(movement);
}

static void source_look(void *context, const struct br_movement *movement)
{
	struct writing *writing = context;

	if (movement->kind == writing->kind && writing->source.n == 0)
		writing->source = movement->source;
}

/* UN/CEFACT Recommendation 20; pieces have none. */
static const char *uom_of(const struct br_product *product)
{
	static const char *const uoms[] = {[BR_SOLD_BY_PIECE] = NULL,
		[BR_SOLD_BY_WEIGHT] = "KGM",
		[BR_SOLD_BY_LENGTH] = "MTR",
		[BR_SOLD_BY_VOLUME] = "LTR"};

	br_assert(product == NULL || product->sold_by < BR_ARRAY_LEN(uoms));
	return product != NULL ? uoms[product->sold_by] : NULL;
}

static void quantity_write(void *context, const struct br_movement *movement)
{
	struct writing *writing = context;
	struct br_product product;
	bool known;
	int result;

	if (movement->kind != writing->kind || !is_told(movement) || writing->error < 0)
		return;
	result = br_product_get(writing->txn, movement->sku, writing->arena, &product);
	known = result == 0;
	if (result < 0 && result != BR_E_NOT_FOUND) {
		writing->error = result;
		return;
	}
	br_json_out_object(writing->out, NULL);
	class_write(writing, known ? &product : NULL, movement);
	br_json_out_milli(writing->out, "quantity", quantity_of(movement));
	if (uom_of(known ? &product : NULL) != NULL)
		br_json_out_puts(writing->out, "uom", uom_of(&product));
	br_json_out_end(writing->out);
}

/* The same for the same event and kind, also after a restore: urn:uuid of version 8 (RFC 9562). */
static void id_write(const struct writing *writing, const char *what)
{
	unsigned char digest[BR_SHA256_BYTES];
	char text[160], uri[64];
	int n = snprintf(text, sizeof(text), "%.*s/%" PRIu64 "/%s",
		BR_STR_ARG(writing->place->store), br_event_number(writing->event), what);

	br_assert(n > 0 && (size_t)n < sizeof(text));
	br_sha256(text, (size_t)n, digest);
	digest[6] = (unsigned char)(0x80 | (digest[6] & 0x0F));
	digest[8] = (unsigned char)(0x80 | (digest[8] & 0x3F));
	n = snprintf(uri, sizeof(uri), "urn:uuid:");
	for (unsigned i = 0; i < 16; i++)
		n += snprintf(uri + n, sizeof(uri) - (size_t)n, "%s%02x",
			i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", digest[i]);
	br_json_out_puts(writing->out, "eventID", uri);
}

/* The store, or a zone of it. */
static void place_write(const struct writing *writing, const char *name, struct br_str zone)
{
	const struct br_epcis_place *place = writing->place;
	char uri[BR_EPCIS_URI_BYTES_MAX];

	if (place->gln.n > 0)
		(void)snprintf(uri, sizeof(uri), "https://id.gs1.org/414/%.*s%s",
			BR_STR_ARG(place->gln), zone.n > 0 ? "/254/" : "");
	else
		(void)snprintf(uri, sizeof(uri), "urn:backroom:store:%.*s%s",
			BR_STR_ARG(place->store), zone.n > 0 ? ":" : "");
	br_epcis_uri_add(uri, zone);
	br_json_out_object(writing->out, name);
	br_json_out_puts(writing->out, "id", uri);
	br_json_out_end(writing->out);
}

/* An order, a delivery: by its id; a sale: by its event's number, for tills count their own. */
static void transaction_write(const struct writing *writing)
{
	const char *type = facts[writing->kind].transaction;
	char uri[BR_EPCIS_URI_BYTES_MAX];

	if (type == NULL || writing->source.n == 0)
		return;
	(void)snprintf(
		uri, sizeof(uri), "urn:backroom:%s:%.*s:", type, BR_STR_ARG(writing->place->store));
	br_epcis_uri_add(uri, writing->source);
	if (writing->kind == BR_MOVEMENT_SALE)
		(void)snprintf(uri + strlen(uri), sizeof(uri) - strlen(uri), ":%" PRIu64,
			br_event_number(writing->event));
	br_json_out_array(writing->out, "bizTransactionList");
	br_json_out_object(writing->out, NULL);
	br_json_out_puts(writing->out, "type", type);
	br_json_out_puts(writing->out, "bizTransaction", uri);
	br_json_out_end(writing->out);
	br_json_out_end(writing->out);
}

/* What stands in every event; `what` makes its id, and `zone` may be empty. */
static void head_write(const struct writing *writing, const char *what, const struct fact *fact,
	struct br_str zone)
{
	struct br_json_out *out = writing->out;

	br_assert(fact->type != NOTHING);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "type", fact->type == OBJECT ? "ObjectEvent" : "TransactionEvent");
	id_write(writing, what);
	br_json_out_time(out, "eventTime", writing->event->happened_ms);
	br_json_out_puts(out, "eventTimeZoneOffset", "+00:00");
	br_json_out_time(out, "recordTime", writing->event->recorded_ms);
	if (writing->declared_ms > 0) {
		br_json_out_object(out, "errorDeclaration");
		br_json_out_time(out, "declarationTime", writing->declared_ms);
		br_json_out_puts(out, "reason", "did_not_occur");
		br_json_out_end(out);
	}
	br_json_out_puts(out, "action", fact->action);
	br_json_out_puts(out, "bizStep", fact->step);
	if (fact->disposition != NULL)
		br_json_out_puts(out, "disposition", fact->disposition);
	place_write(writing, "readPoint", zone);
	place_write(writing, "bizLocation", (struct br_str){NULL, 0});
}

static void tail_write(const struct writing *writing)
{
	br_assert(writing->event->sequence > 0);
	br_json_out_puts(writing->out, "backroom:type", br_event_type(writing->event)->name);
	br_json_out_u64(writing->out, "backroom:sequence", writing->event->sequence);
	br_json_out_end(writing->out);
}

static void kind_write(struct writing *writing)
{
	struct br_movement_visit look = {source_look, writing},
				 quantities = {quantity_write, writing};

	br_assert(writing->counts[writing->kind] > 0);
	writing->source = (struct br_str){NULL, 0};
	movements_visit(writing->event, &look);
	head_write(writing, br_movement_kind_words[writing->kind], &facts[writing->kind],
		(struct br_str){NULL, 0});
	transaction_write(writing);
	br_json_out_array(writing->out, "quantityList");
	movements_visit(writing->event, &quantities);
	br_json_out_end(writing->out);
	tail_write(writing);
}

/* Where a device was taken on, and what it has measured there. */
static void measured_write(struct writing *writing)
{
	static const struct fact fact = {OBJECT, "OBSERVE", "sensor_reporting", NULL, NULL};
	struct br_device device = {.zone = {NULL, 0}};
	int result = br_device_get(
		writing->txn, br_epcis_measured(writing->event), writing->arena, &device);

	br_assert(writing->error == 0);
	/* Somebody has forgotten it since. */
	if (result < 0 && result != BR_E_NOT_FOUND) {
		writing->error = result;
		return;
	}
	head_write(writing, "sensor", &fact, device.zone);
	br_epcis_elements_write(writing->event, writing->place->store, writing->out);
	tail_write(writing);
}

/*
 * The event of a sale that this one voids, which has the same lines: both were written down twenty
 * lines at a time. 1, 0 when the journal has it no more, or an error kept by the transaction.
 */
static int voided_find(struct br_txn *txn, const struct br_event *voided, struct br_arena *arena,
	struct br_event *ret_sale)
{
	const struct br_sold *sold = voided->body;
	uint64_t line = sold->lines.n > 0 ? BR_LIST_AT(sold->lines, br_sold_line, 0)->of_line : 0;
	uint64_t sequence = 0;
	int result;

	br_assert(voided->kind == BR_EVENT_SALE_VOIDED);
	/* As HQ may have given it back to a restored store, whatever it says. */
	if (sold->sale_till.n == 0 || sold->sale.n == 0)
		return 0;
	result = br_sale_find(txn, sold->sale_till, voided->actor, sold->sale, arena, &sequence);
	for (; result == 0 && sequence > 0; sequence = br_journal_next(txn, sequence)) {
		const struct br_sold *of;

		result = br_event_get(txn, sequence, arena, ret_sale);
		if (result < 0 || ret_sale->kind != BR_EVENT_SALE_RECORDED ||
			!br_str_equal(ret_sale->command, sold->sale))
			break;
		of = ret_sale->body;
		if (of->lines.n > 0 && BR_LIST_AT(of->lines, br_sold_line, 0)->line == line)
			return 1;
	}
	return result == BR_E_NOT_FOUND ? 0 : result;
}

/*
 * What is to be said, and counted: the event itself, or of one that takes a sale back that sale's,
 * which did not occur. 1, 0 when EPCIS has no word for it, or an error kept by the transaction.
 */
static int writing_begin(struct writing *writing, const struct br_epcis_place *place,
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena)
{
	struct br_movement_visit count = {movement_count, writing};
	unsigned n = 0;

	br_assert(place->store.n > 0 && place->store.n <= BR_ID_BYTES_MAX);
	br_assert(place->gln.n == 0 || br_rule_gln.check(place->gln));
	*writing = (struct writing){.place = place, .txn = txn, .event = event, .arena = arena};
	if (event->kind == BR_EVENT_SALE_VOIDED) {
		int found = voided_find(txn, event, arena, &writing->voided);

		if (found <= 0)
			return found;
		writing->event = &writing->voided;
		writing->declared_ms = event->happened_ms;
	}
	movements_visit(writing->event, &count);
	for (unsigned kind = 0; kind < BR_MOVEMENT_N; kind++)
		n += writing->counts[kind];
	return n > 0 || br_epcis_measured(event).n > 0;
}

static int events_write(struct writing *writing, struct br_json_out *out)
{
	writing->out = out;
	if (br_epcis_measured(writing->event).n > 0)
		measured_write(writing);
	for (unsigned kind = 0; kind < BR_MOVEMENT_N && writing->error == 0; kind++) {
		if (writing->counts[kind] == 0)
			continue;
		writing->kind = (enum br_movement_kind)kind;
		kind_write(writing);
	}
	br_assert(writing->error <= 0);
	return writing->error;
}

int br_epcis_write(const struct br_epcis_place *place, struct br_txn *txn,
	const struct br_event *event, struct br_arena *arena, struct br_json_out *out)
{
	struct writing writing;
	int result = writing_begin(&writing, place, txn, event, arena);

	return result > 0 ? events_write(&writing, out) : result;
}

int br_epcis_event_to_json(const struct br_epcis_place *place, struct br_txn *txn,
	const struct br_event *event, struct br_arena *arena, struct br_json_out *out)
{
	struct writing writing;
	int result = writing_begin(&writing, place, txn, event, arena);

	br_event_json_begin(event, place->store, out, NULL);
	if (result > 0) {
		br_json_out_array(out, br_event_beside.name);
		result = events_write(&writing, out);
		br_json_out_end(out);
	}
	br_json_out_end(out);
	br_json_out_end(out);
	return result;
}

bool br_epcis_tells(enum br_event_kind kind)
{
	br_assert(kind < BR_EVENT_N);
	return br_event_types[kind].movements != NULL || kind == BR_EVENT_ALARM_RAISED ||
	       kind == BR_EVENT_DEVICE_SUMMARISED;
}

void br_epcis_document_begin(struct br_json_out *out, const char *name, int64_t now_ms)
{
	br_assert(now_ms >= 0);
	br_json_out_object(out, name);
	br_json_out_array(out, "@context");
	br_json_out_puts(out, NULL, CONTEXT);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "backroom", "urn:backroom:epcis:");
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_puts(out, "type", "EPCISDocument");
	br_json_out_puts(out, "schemaVersion", "2.0");
	br_json_out_time(out, "creationDate", now_ms);
	br_json_out_object(out, "epcisBody");
	br_json_out_array(out, "eventList");
}
