/*
 * Whether HQ, working only with the events that it has, comes to the same stock and the same orders
 * as the store's views say: what a comparison would find, without its messages.
 */
#pragma once

#include "tests/cloud-sync/fake_hq.h"
#include "tests/cloud-sync/shop.h"

/*
 * How many keys of both views differ; each is printed. What HQ refuses does not count; `all`: as if
 * it did, for then nothing else may differ.
 */
unsigned same_differences(struct shop *shop, const struct fake_hq *hq, bool all);

/*
 * The same of HQ's own views, catalogue and prices, at an instant (unix ms): of what it commanded
 * counts what the store has accepted. With `repair`, nothing is printed, and that is given the
 * commands which make the store's rows HQ's.
 */
unsigned same_catalogue_differences(struct shop *shop, const struct fake_hq *hq, int64_t at_ms,
	void (*repair)(void *context, const char *type, struct br_str body), void *context);
