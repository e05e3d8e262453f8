/*
 * What the lines of orders, deliveries, counts and transfers have in common when people look at
 * them: the product's name and how it is sold, as the catalogue has them now.
 */
#pragma once

#include "node/history.h"
#include "web-ui/query.h"

/* Writes `name` and `sold_by` into the object that is open; nothing when the product is gone. */
void br_web_line_product(
	const struct br_web_view *view, struct br_str sku, struct br_json_out *out);

/* Writes the member `allowed`: the words of the bits that are set, up to the NULL. */
void br_web_allowed(unsigned allowed, const char *const *words, struct br_json_out *out);

/*
 * Writes {"rows":[…], "more":…}: what is open of a noun (node/open.h), at most `limit` of it. `row`
 * writes the members of one of them; a mark without its row is a fault of the store.
 */
void br_web_open_list(const struct br_web_view *view, enum br_noun noun, int64_t limit,
	int (*row)(const struct br_web_view *view, struct br_str key, struct br_json_out *out),
	struct br_json_out *out);
