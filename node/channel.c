#include "node/channel.h"

#include <stddef.h>

const char *const br_channel_words[] = {
	"web", "app", "marketplace", "phone", "kiosk", "store", NULL};

bool br_channel_online(unsigned channel)
{
	return channel == BR_CHANNEL_WEB || channel == BR_CHANNEL_APP ||
	       channel == BR_CHANNEL_MARKETPLACE;
}
