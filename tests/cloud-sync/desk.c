#include "tests/cloud-sync/desk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "node/time.h"

#define VERSIONS 1000 /* of one generation of HQ */
#define SECOND_MS 1000

static const char *const kinds[] = {"regular", "promotion"};

static void send(const struct desk_post *post, const char *type, const char *format, ...)
	BR_PRINTF(3, 4);
static void send(const struct desk_post *post, const char *type, const char *format, ...)
{
	char body[256];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(body, sizeof(body), format, arguments);
	va_end(arguments);
	br_assert(n > 0 && n < (int)sizeof(body));
	post->send(post->context, type, body);
}

static void product_put(const struct desk_post *post, unsigned sku, unsigned name)
{
	send(post, "product.upsert", "{\"sku\":\"%c\",\"name\":\"Product %u\"}", 'A' + (int)sku,
		name);
}

uint64_t desk_hours(uint64_t version)
{
	return 1 + version % 700;
}

static void policy_send(const struct desk_post *post, uint64_t version)
{
	send(post, "policy.set", "{\"no_show_hours\":%" PRIu64 ",\"version\":%" PRIu64 "}",
		desk_hours(version), version);
}

void desk_policy(struct desk *desk, unsigned generation, const struct desk_post *post)
{
	uint64_t first = (uint64_t)generation * VERSIONS;

	desk->version = desk->version >= first ? desk->version + 1 : first;
	br_assert(desk->version < first + VERSIONS);
	policy_send(post, desk->version);
}

void desk_open(struct desk *desk, const struct desk_post *post)
{
	for (unsigned sku = 0; sku < DESK_SKUS; sku++) {
		product_put(post, sku, 0);
		/* Of a product without any price no repair can take one away that counts. */
		send(post, "price.set",
			"{\"sku\":\"%c\",\"amount\":9,\"currency\":\"EUR\","
			"\"from\":\"2026-01-01T00:00:00Z\"}",
			'A' + (int)sku);
	}
	desk_policy(desk, 1, post);
}

/* A price from about now on, or from some time to come. */
static void price_set(struct desk *desk, unsigned sku, unsigned kind, uint64_t random,
	int64_t now_ms, const struct desk_post *post)
{
	int64_t from_ms = now_ms + ((int64_t)(random % 50) - 10) * SECOND_MS;
	char from[BR_TIME_TEXT_BYTES], to[BR_TIME_TEXT_BYTES];

	desk->from_ms[sku][kind] = from_ms;
	br_time_format(from_ms, from);
	br_time_format(from_ms + (1 + (int64_t)(random / 64 % 60)) * SECOND_MS, to);
	if (kind == 0)
		send(post, "price.set",
			"{\"sku\":\"%c\",\"kind\":\"%s\",\"amount\":%u.5,\"currency\":\"EUR\","
			"\"from\":\"%s\"}",
			'A' + (int)sku, kinds[kind], (unsigned)(1 + random % 40), from);
	else
		send(post, "price.set",
			"{\"sku\":\"%c\",\"kind\":\"%s\",\"amount\":%u.5,\"currency\":\"EUR\","
			"\"from\":\"%s\",\"to\":\"%s\"}",
			'A' + (int)sku, kinds[kind], (unsigned)(1 + random % 40), from, to);
}

/* The last price of a kind is taken back; a store refuses it when it is too late for that. */
static void price_cancel(
	const struct desk *desk, unsigned sku, unsigned kind, const struct desk_post *post)
{
	char from[BR_TIME_TEXT_BYTES];

	if (desk->from_ms[sku][kind] == 0)
		return;
	br_time_format(desk->from_ms[sku][kind], from);
	send(post, "price.cancel", "{\"sku\":\"%c\",\"kind\":\"%s\",\"from\":\"%s\"}",
		'A' + (int)sku, kinds[kind], from);
}

void desk_work(struct desk *desk, uint64_t random, int64_t now_ms, const struct desk_post *post)
{
	unsigned what = (unsigned)(random % 12), sku = (unsigned)(random / 12 % DESK_SKUS);
	uint64_t more = random / 12 / DESK_SKUS;

	br_assert(desk->version > 0);
	if (what < 6)
		price_set(desk, sku, what % 2, more, now_ms, post);
	else if (what < 9)
		price_cancel(desk, sku, what < 8 ? 1 : 0, post);
	else if (what == 9 && sku == DESK_SKUS - 1 && more % 2 == 0)
		send(post, "product.remove", "{\"sku\":\"%c\"}", 'A' + (int)sku);
	else if (what == 9)
		product_put(post, sku, (unsigned)(more % 90));
	else if (what == 10)
		policy_send(post, desk->version - more % 2);
	else
		desk_policy(desk, (unsigned)(desk->version / VERSIONS), post);
}
