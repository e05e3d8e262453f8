/*
 * What the files of the link share: the link itself, and the few things that all of them do.
 * Nobody else includes it.
 *
 *	link.c		making it, its turn, what it shows
 *	link_hear.c	what the broker, the bridge and HQ say, and what is done about it
 *	link_send.c	hellos, answers, questions, and the lanes' share of a turn
 */
#pragma once

#include "cloud-sync/bridge.h"
#include "cloud-sync/ctl_window.h"
#include "cloud-sync/link.h"

#define BR_LINK_HELLO_FIRST_MS 2000 /* doubling up to the interval until HQ has answered */

struct br_link {
	struct br_loop_source *timer; /* NULL without a loop */
	struct br_core *core;	      /* borrowed, as the store and the clock */
	struct br_store *store;
	struct br_publisher publisher;
	struct br_ctl_window window; /* over it, for all control messages but hellos */
	const struct br_clock *clock;
	struct br_link_options options;
	char store_id[BR_ID_BYTES_MAX + 1];
	char state_topic[64 + BR_BRIDGE_NAME_BYTES];
	struct br_outbox *outboxes[BR_LANES_UP];
	uint64_t cursors[BR_LANES_UP]; /* as stored, this turn included */
	bool stuck[BR_LANES_UP];       /* the journal cannot be read there: a person must act */
	bool declined[BR_LANES_UP];    /* HQ's last welcome does not want the lane */
	struct br_inbox *inbox;
	struct br_comparison *comparison;
	struct br_recovery *recovery;
	struct br_hq_clock hq_clock;
	struct br_quarantine_link *quarantine;
	struct br_batch_builder builder;
	bool connected, bridge, greeted;
	bool bridge_heard; /* the local broker has told of the bridge, up or down */
	bool stirred;	   /* something happened since the last turn */
	bool more;	   /* the last turn left work that can go on at once */
	int fatal;	   /* the store failed */
	/* Boot ms. */
	int64_t hello_due_ms, hello_sent_ms, heard_ms, retry_ms, bridge_due_ms, due_ms, logged_ms;
	int64_t window_ms; /* the window was full: looked at again then */
	unsigned hello_tries;
	bool hello_open; /* sent, and no welcome yet */
	/* Hellos are named after the process and their number; up to `answered` none waits. */
	uint32_t hello_run, hello_n, hello_answered;
	enum br_link_condition condition;
	int64_t since_ms, last_ack_ms, last_error_ms, oldest_ms; /* unix ms */
	int64_t round_trip_ms;
	char last_error[BR_FAULT_BYTES_MAX];
	struct br_link_figures figures;
};

static inline int64_t br_link_boot_ms(const struct br_link *link)
{
	return link->clock->boot_ms(link->clock->context);
}

static inline int64_t br_link_wall_ms(const struct br_link *link)
{
	return link->clock->wall_ms(link->clock->context);
}

static inline int64_t br_link_sooner(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

/* Keeps what went wrong for people, and logs it unless much of it comes at once. */
void br_link_trouble(struct br_link *link, const char *text);
/* A message from HQ that cannot be followed: counted, said, and nothing else happens. */
void br_link_refuse(struct br_link *link, const char *text);
/* HQ has said something that can be followed. */
void br_link_hear(struct br_link *link);
/* Where a lane stands, as far as HQ takes it. */
struct br_outbox_state br_link_lane(const struct br_link *link, unsigned i);

/* Only the local broker knows why its bridge stays away: where to look is told, once each time. */
void br_link_bridge_look(struct br_link *link, int64_t now_ms);

/* Each lane's share of a turn. 1: there is more at once, 0, or an error of the store. */
BR_MUST_CHECK int br_link_lanes_turn(struct br_link *link, int64_t now_ms);
BR_MUST_CHECK int br_link_heads_count(struct br_link *link);
/* Tells HQ what it waits for; a publisher that refuses is asked again later. */
void br_link_answers_send(struct br_link *link, int64_t now_ms);
/* When the link next wants to ask HQ something (boot ms). */
int64_t br_link_questions_due_ms(const struct br_link *link, int64_t now_ms);
