/*
 * The fan-out: reads what is new in the journal once and says which rows it changes.
 *
 *	event		touches (br_event_types)	and besides
 *	product.*	the product			the labels bound to it, which show its name
 *	price.*		the product			the same, they show its price
 *	order.*		the order			its products, whose stock moves with it
 *	label.*		the label			when bound or unbound: its products
 *	device.*	the sensor			when adopted or forgotten: its alarms
 *	alarm.*		the alarm			its sensor
 *
 * What changed is gathered per noun (`fresh`), each key once, until it is taken. Belongs to the web
 * thread.
 */
#pragma once

#include "web-ui/keymap.h"
#include "web-ui/recent.h"
#include "web-ui/rows.h"

#define BR_WEB_FRESH_MAX 100000
#define BR_WEB_FANOUT_EVENTS_MAX 2000 /* read in one go, so that sockets are served in between */
#define BR_WEB_VERSIONS_MAX 512

struct br_fanout {
	uint64_t sequence;     /* read up to here */
	uint64_t live_version; /* live values were looked at up to here */
	struct br_keymap fresh[BR_WEB_NOUN_N];
	/* A label was bound or unbound: the product it was bound to before is not in the event. */
	bool bindings;
	bool overflow; /* a key found no place: whoever follows anything must begin anew */
	/* A ring: when the journal first was at `sequence`, live values were at `version`. */
	struct {
		uint64_t sequence, version;
	} versions[BR_WEB_VERSIONS_MAX];
	unsigned version_first, version_n;
};

/* Begins behind everything that is in the journal. */
void br_fanout_init(struct br_fanout *fanout, uint64_t head);
void br_fanout_finish(struct br_fanout *fanout);

/*
 * Reads on; *ret_more says whether there is more to read. `recent` takes the orders that end. 0 or
 * the transaction's error.
 */
BR_MUST_CHECK int br_fanout_read(struct br_fanout *fanout, const struct br_web_view *view,
	struct br_web_recent *recent, bool *ret_more);

/* Asks the live values what changed. */
void br_fanout_live(struct br_fanout *fanout, const struct br_web_view *view);

void br_fanout_clear(struct br_fanout *fanout);

/*
 * Puts the keys of the noun's rows that changed after sequence `after`, by journal and by live
 * value. 0, or BR_E_TOO_LARGE when that is too long ago or too much, BR_E_UNSUPPORTED for nouns
 * that have no journal.
 */
BR_MUST_CHECK int br_fanout_changes(const struct br_fanout *fanout, const struct br_web_view *view,
	enum br_web_noun noun, uint64_t after, struct br_keymap *keys);
