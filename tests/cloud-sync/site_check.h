/*
 * Whether a store and HQ hold the same, by what HQ was told.
 */
#pragma once

#include "tests/cloud-sync/site.h"

/*
 * HQ's copy of one lane (0 orders, 1 stock, 2 telemetry) is the journal's, byte for byte. 0, or how
 * many events differ, each printed.
 */
unsigned site_lane_differences(struct site *site, unsigned lane);
