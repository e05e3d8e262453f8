/*
 * The window of control messages: how many of them may be on their way to HQ.
 *
 * Answers to commands, questions of a recovery, comparisons and the like have no number and no
 * acknowledgement of their own. Each is asked again after a while, so while HQ is silent behind a
 * broker that takes everything they would fill its queue. Hence at most BR_CTL_WINDOW of them leave
 * between two words of HQ's, whatever it says; then only hellos do, one at a time (link.h), and
 * HQ's welcome opens the window. Nothing is lost by waiting: who sends has what it sends.
 *
 *	inbox, recovery, comparison ──► window ──► publisher
 *	                                               ▲
 *	                     any word of HQ's ─────────┘
 *
 * Pure but for the publisher. Core thread only.
 */
#pragma once

#include "node/bus.h"

#define BR_CTL_WINDOW 32

struct br_ctl_window {
	struct br_publisher inner; /* borrowed */
	unsigned out;		   /* since HQ's last word */
	uint64_t held_back;	   /* messages that had to wait */
};

void br_ctl_window_init(struct br_ctl_window *window, struct br_publisher inner);

/* A publisher that refuses with BR_E_BUSY when the window is full; else as the inner one. */
struct br_publisher br_ctl_window_publisher(struct br_ctl_window *window);

/* HQ has said something, or what was on its way is gone with the connection. */
void br_ctl_window_open(struct br_ctl_window *window);
