/*
 * Recovery: after a restore, what HQ has of the store's past comes back (node/hole.h).
 *
 *	up  {"type":"recover","epoch":"…","after":600,"until":4294967296}
 *	dn  {"type":"recovered","epoch":"…","after":600,"until":…,"end":false,"told":950,
 *	     "whole":{"orders":940,"stock":950,"telemetry":0},"events":[CloudEvent,…]}
 *
 * The store asks for what lies behind the last event that it has judged, HQ answers with the next
 * ones of all lanes in the order of their sequences, as many as a message holds, and says when
 * there are no more. So it goes on from wherever it was, after any loss or crash. `told` is the
 * highest sequence that HQ ever heard of in this stretch: what lies between its last event and that
 * one is lost, and the store says so. `whole` tells for each lane up to where HQ has all of it.
 *
 * HQ may tell what cannot have been, and the process may die of merging it: then what is merged
 * next is marked first, command by command, and the one that it died of is withdrawn (ordeal.h).
 *
 * While a hole is open HQ's commands and verdicts wait: they are told again behind it, and what
 * they had done comes back as events first. The store's own work goes on. Core thread only.
 */
#pragma once

#include "cloud-sync/ctl.h"
#include "node/bus.h"
#include "node/core.h"
#include "node/hole.h"

struct br_recovery;

/* All borrowed. The store's errors, BR_E_MEMORY. */
BR_MUST_CHECK int br_recovery_create(struct br_core *core, struct br_store *store,
	const struct br_clock *clock, struct br_recovery **ret_recovery);
void br_recovery_destroy(struct br_recovery *recovery);
BR_DEFINE_CLEANUP(recovery, br_recovery_destroy)

/* True while something may still come back. */
bool br_recovery_open(const struct br_recovery *recovery);

/*
 * A message of the type "recovered"; takes over the tree, also when it is refused: BR_E_INVALID
 * with the fault set. 1: it is worked on, 0: it answers no question that is open.
 */
BR_MUST_CHECK int br_recovery_message(
	struct br_recovery *recovery, struct br_json *root, struct br_fault *fault);

/* Submits what the turn has room for to the core. Negative: the store failed. */
BR_MUST_CHECK int br_recovery_work(struct br_recovery *recovery);
/* True when br_recovery_work() would find something to do in the next turn. */
bool br_recovery_waits(const struct br_recovery *recovery);

/* After the commit: asks for more when it is time. BR_E_OFFLINE as the publisher. */
BR_MUST_CHECK int br_recovery_send(
	struct br_recovery *recovery, const struct br_publisher *publisher, int64_t now_ms);
/* When it next wants to ask (boot ms); INT64_MAX for not at all. */
int64_t br_recovery_due_ms(const struct br_recovery *recovery);

/* The process ends on purpose: kept in this turn's transaction. 0 or negative. */
BR_MUST_CHECK int br_recovery_end(struct br_recovery *recovery);

/* What the last restore left behind; false when this ledger never was restored. */
bool br_recovery_hole(const struct br_recovery *recovery, struct br_hole *ret_hole);
