#include "node/movement.h"

const char *const br_bucket_words[] = {"backroom", "shelf", "staged", "damaged", "returned",
	"in_transit_in", "in_transit_out", "display", NULL};

const char *const br_movement_kind_words[] = {"other", "receive", "put_away", "fill", "pull_back",
	"adjust", "count", "waste", "damage", "inspect", "display", "undisplay", "announce", "sale",
	"sale_void", "return", "transfer_out", "transfer_in", "reserve", "release", "pick",
	"unpick", "stage", "hand_over", "ship", "restock", "grant", "revoke", "spend", NULL};
