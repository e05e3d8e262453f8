#include "node/channel.h"

#include <stddef.h>

const char *const br_channel_words[] = {
	"web", "app", "marketplace", "phone", "kiosk", "store", NULL};
