/*
 * Events: what happened, as the journal keeps it.
 *
 * One table (br_event_types) says for every type its name, its body's shape, the lane on which the
 * central system gets it, how it changes the views (`apply`), what it moves in the stock
 * (`movements`) and which things it touches. The journal, HQ's batches, the MQTT feed and the
 * dashboard all work from this table.
 *
 * `apply` is pure: it sees the event and the store's transaction, nothing else. It never refuses;
 * what an event says has happened.
 */
#pragma once

#include "node/history.h"
#include "node/json_out.h"
#include "node/movement.h"
#include "node/record.h"
#include "node/store.h"

/* Stored in journals: never renumber, only add before BR_EVENT_N. */
enum br_event_kind {
	BR_EVENT_PRODUCT_CHANGED,
	BR_EVENT_PRODUCT_REMOVED,
	BR_EVENT_BARCODE_RULED,
	BR_EVENT_BARCODE_UNRULED,
	BR_EVENT_PRICE_SET,
	BR_EVENT_PRICE_OVERRIDDEN,
	BR_EVENT_PRICE_CANCELLED,
	BR_EVENT_PRICE_EFFECTIVE,
	BR_EVENT_PRICE_HELD,
	BR_EVENT_PRICE_RELEASED,
	BR_EVENT_POLICY_CHANGED,
	BR_EVENT_STOCK_MOVED,
	BR_EVENT_STOCK_POLICY_SET,
	BR_EVENT_STOCK_BREACHED,
	BR_EVENT_RIGHTS_GRANTED,
	BR_EVENT_RIGHTS_REVOKED,
	BR_EVENT_DELIVERY_ANNOUNCED,
	BR_EVENT_DELIVERY_LINES_ANNOUNCED,
	BR_EVENT_DELIVERY_RECEIVED,
	BR_EVENT_DELIVERY_CLOSED,
	BR_EVENT_DELIVERY_CANCELLED,
	BR_EVENT_DELIVERY_SHORT,
	BR_EVENT_TRANSFER_SENT,
	BR_EVENT_TRANSFER_CONFIRMED,
	BR_EVENT_TRANSFER_SETTLED,
	BR_EVENT_TRANSFER_CANCELLED,
	BR_EVENT_TRANSFER_LINES,
	BR_EVENT_COUNT_OPENED,
	BR_EVENT_COUNT_LISTED,
	BR_EVENT_COUNT_ENTERED,
	BR_EVENT_COUNT_CLOSED,
	BR_EVENT_COUNT_APPROVED,
	BR_EVENT_COUNT_REJECTED,
	BR_EVENT_COUNT_CANCELLED,
	BR_EVENT_COUNT_ADJUSTED,
	BR_EVENT_TASK_CREATED,
	BR_EVENT_TASK_DONE,
	BR_EVENT_SALE_RECORDED,
	BR_EVENT_RETURN_RECORDED,
	BR_EVENT_SALE_VOIDED,
	BR_EVENT_SALE_PARKED,
	BR_EVENT_SALE_PARKED_LINES,
	BR_EVENT_SALE_UNPARKED,
	BR_EVENT_COMMAND_CONFLICTED,
	BR_EVENT_ORDER_OFFERED,
	BR_EVENT_ORDER_LINE_OFFERED,
	/* From here to order.returned the bodies are alike: order.c looks at the range. */
	BR_EVENT_ORDER_ACCEPTED,
	BR_EVENT_ORDER_REJECTED,
	BR_EVENT_ORDER_HELD,
	BR_EVENT_ORDER_RELEASED,
	BR_EVENT_ORDER_PICKED,
	BR_EVENT_ORDER_UNPICKED,
	BR_EVENT_ORDER_SHORTED,
	BR_EVENT_ORDER_SUBSTITUTED,
	BR_EVENT_ORDER_STAGED,
	BR_EVENT_ORDER_READY,
	BR_EVENT_ORDER_ARRIVED,
	BR_EVENT_ORDER_HANDED_OVER,
	BR_EVENT_ORDER_PACKED,
	BR_EVENT_ORDER_SHIPPED,
	BR_EVENT_ORDER_CANCELLED,
	BR_EVENT_ORDER_EXPIRED,
	BR_EVENT_ORDER_RESTOCKED,
	BR_EVENT_ORDER_RECEIVED,
	BR_EVENT_ORDER_INSPECTED,
	BR_EVENT_ORDER_REFUNDED,
	BR_EVENT_ORDER_CLOSED,
	BR_EVENT_ORDER_SPLIT,
	BR_EVENT_ORDER_RETURNED,
	BR_EVENT_ORDER_MOVEMENTS,
	BR_EVENT_ORDER_UPDATED,
	BR_EVENT_ORDER_CODE_REFUSED,
	BR_EVENT_ORDER_CANCEL_LATE,
	BR_EVENT_PICK_LIST_MADE,
	BR_EVENT_PICK_LIST_EXTENDED,
	BR_EVENT_PICK_LIST_HANDED_OVER,
	BR_EVENT_PICK_LIST_ENDED,
	BR_EVENT_LABEL_BOUND,
	BR_EVENT_LABEL_UNBOUND,
	BR_EVENT_LABEL_WANTED,
	BR_EVENT_LABEL_SHOWN,
	BR_EVENT_LABEL_FAILED,
	BR_EVENT_DEVICE_ADOPTED,
	BR_EVENT_DEVICE_FORGOTTEN,
	BR_EVENT_DEVICE_LOST,
	BR_EVENT_DEVICE_BACK,
	BR_EVENT_ALARM_RAISED,
	BR_EVENT_ALARM_CLEARED,
	BR_EVENT_ALARM_ACKNOWLEDGED,
	BR_EVENT_CUSTOMER_CHANGED,
	BR_EVENT_CUSTOMER_ERASED,
	BR_EVENT_RECONCILE_ASKED,
	BR_EVENT_RECONCILE_ENDED,
	BR_EVENT_STOCK_STATED,
	BR_EVENT_ORDER_STATED,
	BR_EVENT_STORE_RESTORED,
	BR_EVENT_STORE_RECOVERED,
	BR_EVENT_EVENT_WITHDRAWN,
	BR_EVENT_RIGHTS_RECALLED,
	BR_EVENT_RIGHTS_KEPT,
	BR_EVENT_RIGHTS_SWEPT,
	BR_EVENT_ORDER_RESOURCE_WANTED,
	BR_EVENT_DEVICE_SUMMARISED,
	/* From here to event.dismissed: quarantine.c looks at the range. */
	BR_EVENT_EVENT_QUARANTINED,
	BR_EVENT_EVENT_RESENT,
	BR_EVENT_EVENT_ACCEPTED,
	BR_EVENT_EVENT_DISMISSED,
	BR_EVENT_CLOCK_CORRECTED,
	BR_EVENT_TEMPLATE_CHANGED,
	BR_EVENT_CLOCK_VOUCHED,
	BR_EVENT_N
};

enum br_lane { BR_LANE_NONE, BR_LANE_ORDERS, BR_LANE_STOCK, BR_LANE_TELEMETRY };

struct br_event {
	uint64_t sequence;
	enum br_event_kind kind;
	int64_t happened_ms;   /* unix ms, as its creator says */
	int64_t recorded_ms;   /* unix ms of the node's clock when it was journalled */
	struct br_str command; /* id of the command that caused it */
	struct br_str actor;
	/* How many events of the same command that HQ gets follow behind it. */
	uint32_t left;
	/* Not 0: it came back from HQ after a restore, and this is the sequence HQ has it under. */
	uint64_t origin;
	uint64_t hlc; /* its stamp, to compare with other nodes: hlc.h; not before recorded_ms */
	const void *body; /* struct of the kind's shape */
};

/*
 * The number that other events and rows know it by: it stays when the event comes back from HQ and
 * gets another sequence.
 */
uint64_t br_event_number(const struct br_event *event);

/* Called once for each thing the event touches. */
struct br_touch {
	void (*touch)(void *context, enum br_noun noun, struct br_str key);
	void *context;
};

struct br_event_type {
	const char *name; /* "sale.recorded" */
	const struct br_shape *shape;
	enum br_lane lane;
	bool history; /* keep it in the history of what it touches */
	void (*apply)(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);
	void (*touches)(const struct br_event *event, const struct br_touch *touch);
	/* What it moves, by product; NULL = nothing. The stock's counters follow by themselves. */
	void (*movements)(const struct br_event *event, const struct br_movement_visit *visit);
	/* The CloudEvent's subject: SKU, order, device … */
	struct br_str (*subject)(const struct br_event *event);
};

extern const struct br_event_type br_event_types[BR_EVENT_N];

const struct br_event_type *br_event_type(const struct br_event *event);

/* The journal's record of an event (the sequence is its key). Failures stay in the text. */
void br_event_encode(const struct br_event *event, struct br_text *text);

/* Total, as br_record_decode(); texts point into `bytes`, the body lives in the arena. */
BR_MUST_CHECK int br_event_decode(
	uint64_t sequence, struct br_str bytes, struct br_arena *arena, struct br_event *ret_event);

/*
 * Looks up only the kind in a record, without checking the rest: so that a consumer of one lane can
 * pass over the others' events quickly. 0, BR_E_CORRUPT or BR_E_VERSION.
 */
BR_MUST_CHECK int br_event_kind_peek(struct br_str bytes, enum br_event_kind *ret_kind);

/*
 * Writes the event as a CloudEvents 1.0 object (JSON format, structured) with the extensions
 * `sequence`, `recordedtime` and `hlc`; `source` is "/store/<store>".
 */
void br_event_to_json(const struct br_event *event, struct br_str store, struct br_json_out *out,
	const char *name);

/* The same, with `data` still open for a member more; br_json_out_end() twice ends it. */
void br_event_json_begin(const struct br_event *event, struct br_str store, struct br_json_out *out,
	const char *name);

/*
 * What may stand in an event's `data` beside its record's members: the same in EPCIS's words
 * (epcis.h). It says nothing that the record does not say, so whoever reads passes over it.
 */
extern const struct br_record_beside br_event_beside;

/*
 * Reads an event as br_event_to_json() wrote it, with the sequence of its own; texts point into the
 * JSON tree, the body lives in the arena. BR_E_INVALID or BR_E_TOO_LARGE with the fault set.
 */
BR_MUST_CHECK int br_event_from_json(const struct br_json *json, struct br_arena *arena,
	struct br_event *ret_event, struct br_fault *fault);

/* Applies to the views, moves the stock and keeps the history of what was touched. */
void br_event_apply(struct br_txn *txn, const struct br_event *event, struct br_arena *arena);

/* Reads the event with `sequence`: 0, BR_E_NOT_FOUND or an error kept by the transaction. */
BR_MUST_CHECK int br_event_get(
	struct br_txn *txn, uint64_t sequence, struct br_arena *arena, struct br_event *ret_event);

/* The first sequence behind `sequence`, 0 when there is none. Not always the next number: hole.h.
 */
uint64_t br_journal_next(struct br_txn *txn, uint64_t sequence);

/* The last sequence in the journal, 0 when it is empty. */
uint64_t br_journal_head(struct br_txn *txn);
