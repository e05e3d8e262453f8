/*
 * What HQ thinks of single events, and how one that it refuses gets to HQ again
 * (node/quarantine.h).
 *
 *	dn  {"type":"verdict","epoch":"…","events":[
 *	        {"event":101,"accepted":false,"code":"unknown_sku","message":"…"},
 *	        {"event":140,"accepted":true}]}
 *
 * HQ acknowledges the number of an event that it refuses as that of any other, so its lane goes on,
 * and keeps the event aside. It says so in a verdict, and says it again with each acknowledgement
 * until it has the store's event.quarantined of it. When a person lets the event be sent again,
 * event.resent goes up: HQ judges the event anew and says what came of that, until it has another
 * event.quarantined, or event.accepted.
 *
 * Core thread only.
 */
#pragma once

#include "cloud-sync/outbox.h"
#include "node/core.h"

/* Verdicts in one message, and verdicts that may wait; HQ repeats what is passed over. */
#define BR_VERDICTS_MAX 64

struct br_quarantine_link;

/* All borrowed. The store's errors, BR_E_MEMORY. */
BR_MUST_CHECK int br_quarantine_link_create(struct br_core *core, struct br_store *store,
	const struct br_clock *clock, struct br_dice dice,
	struct br_quarantine_link **ret_quarantine);
void br_quarantine_link_destroy(struct br_quarantine_link *quarantine);
BR_DEFINE_CLEANUP(quarantine_link, br_quarantine_link_destroy)

/*
 * A message of the type "verdict" of this epoch: BR_E_INVALID or BR_E_TOO_LARGE with the fault set,
 * and nothing of it counts.
 */
BR_MUST_CHECK int br_quarantine_link_message(
	struct br_quarantine_link *quarantine, const struct br_json *root, struct br_fault *fault);

/*
 * Gives the core what is news, as the turn has room. Negative: the store failed. A verdict that
 * cannot be followed sets the fault's text, else that is empty.
 */
BR_MUST_CHECK int br_quarantine_link_work(
	struct br_quarantine_link *quarantine, struct br_fault *fault);
/* True when br_quarantine_link_work() would find something to do in the next turn. */
bool br_quarantine_link_waits(const struct br_quarantine_link *quarantine);

/* Shows how many there are; a negative error of the store. */
BR_MUST_CHECK int br_quarantine_link_show(struct br_quarantine_link *quarantine);
