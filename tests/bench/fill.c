/*
 * bench-fill: makes the state directory of a store of some size, through the core as the daemon
 * does, but without a flush: bench-fill FOLDER PRODUCTS RECORDS. A record is a delivery or a sale
 * of ten lines, turn about; in the store all of it was told. Prints the journal's head and the
 * ledger's bytes in use.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tests/bench/shop.h"

#define LINES 10

static bool number_read(const char *text, int64_t max, int64_t *ret_number)
{
	return br_str_to_i64(br_str_from(text), ret_number) && *ret_number >= 0 &&
	       *ret_number <= max;
}

int main(int argc, char **argv)
{
	struct bench_shop shop;
	int64_t products = 0, records = 0;

	if (argc != 4 || !number_read(argv[2], 200000, &products) || products == 0 ||
		!number_read(argv[3], 100000000, &records)) {
		(void)fprintf(stderr, "Usage: %s FOLDER PRODUCTS RECORDS\n", argv[0]);
		return 2;
	}
	bench_shop_open(&shop, argv[1], false);
	bench_shop_stock(&shop, (uint64_t)products);
	for (int64_t i = (int64_t)br_core_head(shop.core); i < records; i++) {
		if (i % 2 == 0)
			bench_shop_sell(&shop, LINES);
		else
			bench_shop_receive(&shop);
	}
	bench_shop_told(&shop);
	printf("%" PRIu64 " records, %" PRIu64 " bytes\n", br_core_head(shop.core),
		br_store_usage(shop.store).used_bytes);
	bench_shop_close(&shop);
	return 0;
}
