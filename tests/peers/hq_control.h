/*
 * HQ's little control: one JSON object a line in, one a line out.
 *
 *	{"cmd":"price","sku":"A000001","amount":2.49}            kind, currency, from, to, store
 *	{"cmd":"order","lines":[{"sku":"A000001","quantity":2}]} order, channel, method, customer, …
 *	{"cmd":"command","lane":"catalog","type":"product.remove","data":{…}}    id, store
 *	{"cmd":"reconcile","view":"stock"}                       asks stores to compare; view, store
 *	{"cmd":"plant","view":"stock","key":"A000001","value":"0|5000|0|0|0|0|0|0|0|0"}    store
 *	{"cmd":"drop","type":"org.backroom.stock.moved.v1","subject":"A000001"}            store
 *	{"cmd":"enrol_code","store":"0412"}                      minutes
 *	{"cmd":"stats"}
 *
 * `plant` and `drop` make mistakes for tests: HQ believes a wrong row from now on (see
 * hq_projection.h), or loses the last such event in silence.
 *
 * Without "store" a command goes to every store HQ knows. The answer is {"ok":true,…} or
 * {"ok":false,"message":"…"}, and comes when what was done is committed.
 */
#pragma once

#include "node/text.h"
#include "tests/peers/hq_demand.h"

struct peer_control;

#define PEER_CONTROL_LINE_MAX (64 * 1024)

/* Everything passed is borrowed and outlives the control. */
struct peer_control_target {
	struct peer_hq *hq;
	struct peer_hq_store *store;
	struct peer_catalogue *catalogue;
	struct peer_ca *ca; /* NULL = none */
	const char *currency;
};

/* Does what the line says and writes the answer, without a line end. */
void peer_control_line(
	const struct peer_control_target *target, struct br_str line, struct br_text *answer);

/*
 * Listens on a unix socket at `path` (up to 8 connections; an old socket there is replaced), and on
 * standard input when `use_stdin`. Path NULL: no socket. BR_E_IO with the mistake printed.
 */
BR_MUST_CHECK int peer_control_create(struct peer_loop *loop,
	const struct peer_control_target *target, const char *path, bool use_stdin,
	struct peer_control **ret_control);
void peer_control_destroy(struct peer_control *control);
