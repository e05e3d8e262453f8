/*
 * A shop under test: a real ledger, core and loop, the labels on top of them, a clock that the test
 * sets, and simulated access points (label_air.h) in the broker's place.
 */
#pragma once

#include "esl/label_drawing.h"
#include "esl/label_report.h"
#include "tests/esl/label_air.h"
#include "tests/node/bench.h"

struct shop {
	struct bench bench;
	struct br_clock clock;
	_Atomic int64_t wall_ms, boot_ms; /* read by other threads, too */
	struct br_loop *loop;
	struct br_labels *labels;
	struct air air;
	bool connected;	       /* the broker is there */
	unsigned fail_publish; /* so many publishes fail as if the broker had just gone */
	int publish_error;     /* all publishes fail with it */
	const char *templates; /* folder, from the next restart on; NULL = the shipped ones */
};

/* A shop of that name with product A (barcode, 2.50) and the labels' templates. */
void shop_open(struct shop *shop, const char *name);
void shop_close(struct shop *shop);

/* As the daemon's restart does: everything in memory is gone. */
void shop_restart(struct shop *shop);

/* Turns until nothing is drawn, nothing waits for a commit and no message is due. */
void shop_pump(struct shop *shop);

/* Lets time pass in steps of `step_ms`: check-ins, ticks and turns come with it. */
void shop_pass(struct shop *shop, int64_t ms, int64_t step_ms);

/* A message as if an access point had sent it. */
void shop_say(struct shop *shop, const char *topic, const char *format, ...) BR_PRINTF(3, 4);

/* Commands; each is committed and followed. */
void shop_price(struct shop *shop, const char *sku, int64_t cents);
void shop_bind(struct shop *shop, const char *label, const char *sku);
void shop_unbind(struct shop *shop, const char *label);

const struct br_label_now *shop_label(struct shop *shop, const char *label);

/* The label's row in the ledger; its texts live until the next call. */
struct br_label shop_row(struct shop *shop, const char *label);

/* Events of that kind in the journal about that label. */
unsigned shop_events(struct shop *shop, enum br_event_kind kind, const char *label);

/* The label shows what it should by the ledger, and nothing is under way. */
void shop_shows_check(struct shop *shop, const struct air_label *label);

/* The hash that drawing gives now: the product's, or white; false when it cannot be drawn. */
bool shop_hash(struct shop *shop, const char *label, const struct br_display *display,
	unsigned char ret_hash[BR_PICTURE_HASH_BYTES]);
