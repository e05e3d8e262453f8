/*
 * What the files of HQ for tests share. Nobody else includes it.
 *
 *	fake_hq.c	 events that come up, commands that go down, greeting, what a restore forgot
 *	fake_verdict.c	 what HQ refuses of single events, and what becomes of them
 */
#pragma once

#include "node/text.h"
#include "tests/cloud-sync/fake_hq.h"

#define FAKE_MESSAGE_BYTES_MAX (64u << 10)

/* A member of a message: "" and UINT64_MAX when it has none of that kind. */
struct br_str fake_text_of(const struct br_json *json, const char *name);
uint64_t fake_number_of(const struct br_json *json, const char *name);

/* Sends the text, unless HQ is mute, and finishes it. */
void fake_send(struct fake_hq *hq, const char *lane, struct br_text *text);

/* The event of that number; NULL when HQ has none. */
struct fake_event *fake_event_find(struct fake_hq *hq, uint64_t sequence);

/* Says where HQ stands with each event of which the store does not know it yet. */
void fake_verdicts_send(struct fake_hq *hq);

/*
 * What an event means for those that HQ has: one that came back is told again, one may be
 * withdrawn, and HQ judges it, or another one by its word. `fresh`: HQ had none of that number.
 */
void fake_event_settle(
	struct fake_hq *hq, struct fake_event *event, const struct br_json *json, bool fresh);
