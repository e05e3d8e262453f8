/*
 * What HQ refuses, as tests of the link play it: which of it somebody sees to, and whether both
 * sides agree about all of it (node/quarantine.h).
 */
#pragma once

#include "node/quarantine.h"
#include "tests/cloud-sync/fake_hq.h"
#include "tests/cloud-sync/shop.h"

/*
 * The event of a row in the store's quarantine that `fits`, the skip-th of them or the last; 0 for
 * none.
 */
uint64_t refused_choose(
	struct shop *shop, bool (*fits)(const struct br_quarantine_row *row), unsigned skip);

/* How many events stand in quarantine. */
uint64_t refused_count(struct shop *shop);

/* A row whose event is not on its way again. */
bool refused_waits(const struct br_quarantine_row *row);

/*
 * How many events one side has in quarantine and the other has not, or that HQ has not said its
 * last word about; and how many steps in the journal are none of the diagram in node/quarantine.h.
 * Each is printed.
 */
unsigned refused_differences(struct shop *shop, const struct fake_hq *hq);
