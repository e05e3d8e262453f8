/*
 * Channels: where an order came from. Stock can be kept back for one of them (stock_policy.h).
 */
#pragma once

#include <stdbool.h>

/* Stored: never reorder, only add before BR_CHANNEL_N. */
enum br_channel {
	BR_CHANNEL_WEB,
	BR_CHANNEL_APP,
	BR_CHANNEL_MARKETPLACE,
	BR_CHANNEL_PHONE,
	BR_CHANNEL_KIOSK,
	BR_CHANNEL_STORE,
	BR_CHANNEL_N,
	/* No order's channel: a till, or a question about the store as a whole. No buffer counts.
	 */
	BR_CHANNEL_NONE = BR_CHANNEL_N
};
extern const char *const br_channel_words[];

/* True for orders that the central system takes by itself, and may spend rights for. */
bool br_channel_online(unsigned channel);
