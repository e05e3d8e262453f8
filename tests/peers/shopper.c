#include "tests/peers/shopper.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/peers/csv.h"
#include "tests/peers/loop.h"
#include "tests/peers/random.h"

#define PRODUCTS_MAX 200000

struct ware {
	char barcode[PEER_BARCODE_BYTES];
	int64_t price_milli;
	bool in_fractions;
};

struct peer_shopper {
	struct peer_shopper_settings settings;
	struct peer_random random;
	struct ware *wares;
	size_t ware_n;
	char currency[4];
	int64_t made;
	bool only_one_kind;
	enum peer_request_kind only;
};

static int ware_read(struct peer_shopper *shopper, struct peer_csv *csv, struct br_fault *fault)
{
	struct ware ware = {.price_milli = 0};
	struct br_str codes = peer_csv_field(csv, peer_csv_column(csv, "gtins"));
	struct br_str price = peer_csv_field(csv, peer_csv_column(csv, "price"));
	struct br_str sold_by = peer_csv_field(csv, peer_csv_column(csv, "sold_by"));
	struct br_str currency = peer_csv_field(csv, peer_csv_column(csv, "currency"));
	struct br_str code;

	if (codes.n == 0)
		codes = peer_csv_field(csv, peer_csv_column(csv, "gtin"));
	code = br_str_split(&codes, ' ');
	if (code.n == 0)
		return 0;
	if (!br_str_copy(code, ware.barcode, sizeof(ware.barcode)) ||
		(price.n > 0 && !br_str_to_milli(price, &ware.price_milli)))
		return br_fault_set(
			fault, BR_E_INVALID, "line %" PRIu64 ": not a product", peer_csv_line(csv));
	if (shopper->currency[0] == '\0' && currency.n == 3)
		(void)snprintf(shopper->currency, 4, "%.*s", BR_STR_ARG(currency));
	ware.in_fractions = sold_by.n > 0 && !br_str_is(sold_by, "piece");
	if (shopper->ware_n == PRODUCTS_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "over %d products", PRODUCTS_MAX);
	if ((shopper->ware_n & (shopper->ware_n - 1)) == 0) {
		size_t space = shopper->ware_n > 0 ? shopper->ware_n * 2 : 1;

		shopper->wares = realloc(shopper->wares, space * sizeof(ware));
		br_assert(shopper->wares != NULL);
	}
	shopper->wares[shopper->ware_n++] = ware;
	return 0;
}

static int wares_read(struct peer_shopper *shopper, struct br_fault *fault)
{
	struct peer_csv *csv = NULL;
	int error = peer_csv_open(shopper->settings.products, &csv, fault), got;

	if (error < 0)
		return error;
	while (error == 0 && (got = peer_csv_next(csv, fault)) != 0)
		error = got < 0 ? got : ware_read(shopper, csv, fault);
	peer_csv_close(csv);
	if (error == 0 && shopper->ware_n == 0)
		return br_fault_set(fault, BR_E_INVALID, "%s: no product with a barcode",
			shopper->settings.products);
	return error;
}

int peer_shopper_open(const struct peer_shopper_settings *settings,
	struct peer_shopper **ret_shopper, struct br_fault *fault)
{
	struct peer_shopper *shopper = calloc(1, sizeof(*shopper));
	int error = 0;

	if (shopper == NULL)
		return BR_E_MEMORY;
	shopper->settings = *settings;
	peer_random_init(&shopper->random, settings->seed, 1);
	if (settings->only != NULL) {
		shopper->only_one_kind = true;
		if (!peer_request_kind_parse(br_str_from(settings->only), &shopper->only))
			error = br_fault_set(fault, BR_E_INVALID,
				"--only %s: sale, return, adjust or price goes here",
				settings->only);
	}
	if (error == 0)
		error = wares_read(shopper, fault);
	if (error < 0) {
		peer_shopper_close(shopper);
		return error;
	}
	if (shopper->currency[0] == '\0')
		(void)snprintf(shopper->currency, 4, "EUR");
	*ret_shopper = shopper;
	return 0;
}

void peer_shopper_close(struct peer_shopper *shopper)
{
	if (shopper == NULL)
		return;
	free(shopper->wares);
	free(shopper);
}

/* The cube of an even draw: a tenth of the products makes almost half of what is sold. */
static const struct ware *ware_pick(struct peer_shopper *shopper)
{
	double share = peer_random_share(&shopper->random);

	return &shopper->wares[(size_t)((double)shopper->ware_n * share * share * share)];
}

static enum peer_request_kind kind_pick(struct peer_shopper *shopper)
{
	uint64_t draw = peer_random_below(&shopper->random, 100);

	if (shopper->only_one_kind)
		return shopper->only;
	return draw < 80   ? PEER_SALE
	       : draw < 84 ? PEER_RETURN
	       : draw < 86 ? PEER_ADJUST
			   : PEER_PRICE;
}

static void line_pick(struct peer_shopper *shopper, struct peer_draft *draft)
{
	const struct ware *ware = ware_pick(shopper);
	uint32_t i = draft->line_n++;

	(void)snprintf(draft->lines[i].barcode, PEER_BARCODE_BYTES, "%s", ware->barcode);
	draft->lines[i].price_milli = ware->price_milli;
	draft->lines[i].quantity_milli = ware->in_fractions
						 ? peer_random_range(&shopper->random, 80, 1800)
					 : peer_random_hit(&shopper->random, 0.8)
						 ? 1000
						 : peer_random_range(&shopper->random, 2, 6) * 1000;
}

static uint32_t basket_size(struct peer_shopper *shopper, enum peer_request_kind kind)
{
	double size;

	if (kind == PEER_ADJUST || kind == PEER_PRICE)
		return 1;
	if (shopper->settings.basket > 0)
		return (uint32_t)shopper->settings.basket;
	size = 1 + peer_random_gap(&shopper->random, kind == PEER_SALE ? 6 : 1);
	return size < 30 ? (uint32_t)size : 30;
}

static int draft_next(void *context, struct peer_draft *draft, struct br_fault *fault BR_UNUSED)
{
	static const char *const reasons[] = {"damaged", "expired", "theft", "found", "miscounted"};
	struct peer_shopper *shopper = context;
	uint32_t size;

	if (shopper->settings.count > 0 && shopper->made >= shopper->settings.count)
		return 0;
	shopper->made++;
	draft->kind = kind_pick(shopper);
	draft->happened_ms = peer_wall_ms();
	draft->row_end = 0;
	draft->line_n = 0;
	draft->reason[0] = '\0';
	(void)snprintf(draft->currency, sizeof(draft->currency), "%s", shopper->currency);
	size = basket_size(shopper, draft->kind);
	br_assert(size > 0 && size <= PEER_REQUEST_LINES_MAX);
	while (draft->line_n < size)
		line_pick(shopper, draft);
	if (draft->kind == PEER_ADJUST) {
		size_t reason = peer_random_below(&shopper->random, BR_ARRAY_LEN(reasons));

		(void)snprintf(draft->reason, sizeof(draft->reason), "%s", reasons[reason]);
		if (reason != 3)
			draft->lines[0].quantity_milli *= -1;
	} else if (draft->kind == PEER_PRICE &&
		   peer_random_hit(&shopper->random, shopper->settings.unknown_rate)) {
		peer_gtin_restricted(UINT64_C(9999999999), draft->lines[0].barcode);
	}
	return 1;
}

struct peer_draft_source peer_shopper_source(struct peer_shopper *shopper)
{
	return (struct peer_draft_source){draft_next, shopper};
}

void peer_shopper_price(struct peer_shopper *shopper, struct br_str barcode, int64_t price_milli)
{
	for (size_t i = 0; i < shopper->ware_n; i++)
		if (br_str_is(barcode, shopper->wares[i].barcode))
			shopper->wares[i].price_milli = price_milli;
}
