/*
 * HQ's durable file: what stores have reported, and what they are to be told. SQLite with WAL and
 * synchronous=FULL; the only file of the peers that includes it.
 *
 *	event    (store, epoch, lane, sequence) type, subject, time, body   what came up
 *	refusal  (type) code                                                what HQ refuses
 *	cursor   (store, epoch, lane) cum_seq                               how far it came
 *	command  (store, lane, hq_seq) id, type, data, outcome, …           outbox, results
 *	down     (store, lane) cum_seq                                      how far answered
 *	store, product, meta                                                who, what is sold
 *	planted  (store, view, key) value, after                            mistakes made on purpose
 *
 * Writes gather in one transaction until peer_hq_store_commit(); nothing is answered before it. A
 * database error is fatal: the first one is kept and returned by every commit.
 */
#pragma once

#include "tests/peers/hq_batch.h"
#include "tests/peers/products.h"

enum peer_lane_down { PEER_DOWN_ORDERS, PEER_DOWN_CATALOG };
#define PEER_DOWN_LANES 2
enum peer_lane_up { PEER_UP_ORDERS, PEER_UP_STOCK, PEER_UP_TELEMETRY };
#define PEER_UP_LANES 3

/* "orders", "catalog", "stock", "telemetry"; the parsers return -1 for no lane. */
const char *peer_lane_down_text(int lane);
const char *peer_lane_up_text(int lane);
int peer_lane_down_parse(struct br_str text);
int peer_lane_up_parse(struct br_str text);

struct peer_hq_store;

BR_MUST_CHECK int peer_hq_store_open(
	const char *path, struct peer_hq_store **ret_store, struct br_fault *fault);
void peer_hq_store_close(struct peer_hq_store *store);

/* Ends the transaction, if there is one, durably. 0 or BR_E_IO: then the program must end. */
BR_MUST_CHECK int peer_hq_store_commit(struct peer_hq_store *store);

/* The sentence of the first error. */
const char *peer_hq_store_error(const struct peer_hq_store *store);

/* HQ's own epoch: 16 hex digits, made with the file. */
const char *peer_hq_store_epoch(const struct peer_hq_store *store);

/* Counts 1, 2, 3 … under a name, over restarts. */
uint64_t peer_hq_store_number(struct peer_hq_store *store, const char *name);
/* Adds to what is kept under a name, 0 at first, and returns what it is then. */
int64_t peer_hq_store_sum(struct peer_hq_store *store, const char *name, int64_t more);

/* The stores that were ever seen, with the epoch seen last. */
void peer_hq_store_shops(struct peer_hq_store *store,
	void (*shop)(void *context, const char *id, const char *epoch), void *context);
void peer_hq_store_shop_put(struct peer_hq_store *store, const char *id, const char *epoch);

/* HQ has the events of a lane in (after, until]. */
struct peer_piece {
	uint64_t after, until;
};

#define PEER_PIECES_MAX 32

/* What HQ has of one lane of a store: all up to cum_seq, and pieces beyond it, ascending. */
struct peer_has {
	uint64_t cum_seq;
	struct peer_piece beyond[PEER_PIECES_MAX];
	size_t beyond_n;
};
void peer_hq_store_has(
	struct peer_hq_store *store, const char *shop, int lane_up, struct peer_has *ret_has);
bool peer_has_all(const struct peer_has *has, uint64_t after, uint64_t until);

/* The last number of any lane of the store. */
uint64_t peer_hq_store_last(struct peer_hq_store *store, const char *shop);

/* Keeps those events of the batch that are new, and that the lane is whole between prev_seq and
 * last_seq; returns how many were new. */
size_t peer_hq_store_take(struct peer_hq_store *store, const struct peer_batch *batch);

/*
 * Events of a type that HQ has a code to refuse for are kept and acknowledged, but do not count.
 * An empty code ends that; what was refused counts only when the store lets it be judged anew.
 */
void peer_hq_store_refuse(struct peer_hq_store *store, struct br_str type, struct br_str code);
/* What the store has not heard yet: the code of a refusal, "" for what counts after all. */
void peer_hq_store_verdicts(struct peer_hq_store *store, const char *shop,
	void (*each)(void *context, uint64_t sequence, const char *code), void *context);

/* The store's events in (after, until], all lanes, in order, until `each` says false. */
void peer_hq_store_past(struct peer_hq_store *store, const char *shop, uint64_t after,
	uint64_t until, bool (*each)(void *context, uint64_t sequence, const char *body),
	void *context);

/* The epochs a store has had, with the first number of each. */
/* The store has had this epoch, which is not its present one, or one that began behind it. */
bool peer_hq_store_epoch_passed(
	struct peer_hq_store *store, const char *shop, const char *epoch, uint64_t since);
void peer_hq_store_epoch_put(
	struct peer_hq_store *store, const char *shop, const char *epoch, uint64_t since);

/*
 * An epoch begins at `since`: how whole each lane is now is kept. The epoch's first batch covers
 * what lies before it, also what never came, and whole() is how far a lane is, as far as the
 * store asks behind `after`.
 */
void peer_hq_store_begin(struct peer_hq_store *store, const char *shop, uint64_t since);
uint64_t peer_hq_store_whole(
	struct peer_hq_store *store, const char *shop, int lane_up, uint64_t after);

/* The store said that its journal has come to `told`; the highest such number up to `until`. */
void peer_hq_store_tell(
	struct peer_hq_store *store, const char *shop, const char *epoch, uint64_t told);
uint64_t peer_hq_store_told(struct peer_hq_store *store, const char *shop, uint64_t until);

struct peer_hq_command {
	uint64_t hq_seq;
	const char *id, *type, *body; /* body: the JSON object of `data` */
};

/* Adds to the outbox with the next hq_seq of the lane, which is returned. */
uint64_t peer_hq_store_command(struct peer_hq_store *store, const char *shop, int lane_down,
	const char *id, const char *type, struct br_str body);
/* Walks the commands after `after` in order until `each` says false. */
void peer_hq_store_commands(struct peer_hq_store *store, const char *shop, int lane_down,
	uint64_t after, bool (*each)(void *context, const struct peer_hq_command *command),
	void *context);
uint64_t peer_hq_store_command_last(struct peer_hq_store *store, const char *shop, int lane_down);
void peer_hq_store_result(struct peer_hq_store *store, const char *shop, int lane_down,
	uint64_t hq_seq, struct br_str outcome, struct br_str code, struct br_str message);

uint64_t peer_hq_store_down(struct peer_hq_store *store, const char *shop, int lane_down);
/* The last command up to `until` before which, from behind `after` on, each has its answer. */
uint64_t peer_hq_store_answered(struct peer_hq_store *store, const char *shop, int lane_down,
	uint64_t after, uint64_t until);
void peer_hq_store_down_set(
	struct peer_hq_store *store, const char *shop, int lane_down, uint64_t cum_seq);

/* The catalogue, in the order of its SKUs. */
void peer_hq_store_product_put(struct peer_hq_store *store, const struct peer_product *product);
void peer_hq_store_products(struct peer_hq_store *store,
	void (*each)(void *context, const struct peer_product *product), void *context);

struct peer_hq_counts {
	uint64_t events, commands, accepted, refused, waiting;
};
void peer_hq_store_counts(
	struct peer_hq_store *store, const char *shop, struct peer_hq_counts *ret_counts);

/* A store's events of all epochs, in the order of their sequences; `event` is the CloudEvent. */
void peer_hq_store_events(struct peer_hq_store *store, const char *shop,
	void (*each)(void *context, uint64_t sequence, struct br_str type, struct br_str event),
	void *context);

/* The commands of a lane that the store accepted, in order. */
void peer_hq_store_commands_taken(struct peer_hq_store *store, const char *shop, int lane_down,
	void (*each)(void *context, const struct peer_hq_command *command), void *context);

/* Loses the last event of that type and subject, in silence: its sequence, 0 for none. For tests.
 */
uint64_t peer_hq_store_event_drop(
	struct peer_hq_store *store, const char *shop, struct br_str type, struct br_str subject);

/* What HQ believes of a row from a point on, by mistake. For tests. */
struct peer_hq_planted {
	struct br_str view, key, value;
	uint64_t after; /* the last event, or command, before it */
	bool by_events; /* in planting: `after` is the last event there is, else the last command */
};
void peer_hq_store_plant(
	struct peer_hq_store *store, const char *shop, const struct peer_hq_planted *planted);
void peer_hq_store_planted(struct peer_hq_store *store, const char *shop,
	void (*each)(void *context, const struct peer_hq_planted *planted), void *context);
