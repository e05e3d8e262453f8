#include "tests/peers/hq_product.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json_out.h"
#include "node/time.h"

#define PRICES_MAX 64
#define LINE_BYTES 128
#define COMMAND_BYTES_MAX 2048

struct price {
	char kind[16], currency[4];
	int64_t amount, from_ms, to_ms; /* 0 = not said */
};

struct peer_hq_product {
	char sku[65];
	char *body;	      /* owned; NULL = not in the catalogue */
	struct price *prices; /* owned; in the order of their commands */
	size_t price_n, price_space;
};

struct lines {
	char lines[PRICES_MAX][LINE_BYTES];
	size_t n;
};

/* The members of product.upsert in the order in which they are compared, without positions. */
enum kind { TEXT, WORD, MILLI, NUMBER, TRUTH, TEXTS, NAMES };
static const struct {
	const char *name;
	enum kind kind;
	const char *absent; /* of a word */
} members[] = {
	{"sku", TEXT, NULL},
	{"name", TEXT, NULL},
	{"lang", TEXT, NULL},
	{"names", NAMES, NULL},
	{"brand", TEXT, NULL},
	{"gtins", TEXTS, NULL},
	{"sold_by", WORD, "piece"},
	{"content", MILLI, NULL},
	{"content_unit", WORD, "piece"},
	{"category", TEXT, NULL},
	{"image", TEXT, NULL},
	{"origin", TEXT, NULL},
	{"allergens", TEXT, NULL},
	{"tax", TEXT, NULL},
	{"age", NUMBER, NULL},
	{"fragile", TRUTH, NULL},
	{"deposit", MILLI, NULL},
	{"not_stocked", TRUTH, NULL},
	{"rating", MILLI, NULL},
	{"reviews", NUMBER, NULL},
	{"case_size", MILLI, NULL},
	{"supplier", TEXT, NULL},
	{"min", MILLI, NULL},
	{"max", MILLI, NULL},
	{"track_expiry", TRUTH, NULL},
	{"markdown_days", NUMBER, NULL},
};

struct peer_hq_product *peer_hq_product_create(const char *sku)
{
	struct peer_hq_product *product = calloc(1, sizeof(*product));

	br_assert(product != NULL);
	(void)snprintf(product->sku, sizeof(product->sku), "%s", sku);
	return product;
}

void peer_hq_product_destroy(struct peer_hq_product *product)
{
	if (product == NULL)
		return;
	free(product->body);
	free(product->prices);
	free(product);
}

void peer_hq_product_put(struct peer_hq_product *product, struct br_str body)
{
	free(product->body);
	product->body = NULL;
	if (body.n == 0)
		return;
	product->body = malloc(body.n + 1);
	br_assert(product->body != NULL);
	memcpy(product->body, body.s, body.n);
	product->body[body.n] = '\0';
}

static void text_read(const struct br_json *body, const char *name, const char *otherwise,
	char *buffer, size_t size)
{
	struct br_str text = br_str_from(otherwise);

	(void)!br_json_string(br_json_member(body, name), &text);
	(void)!br_str_copy(text, buffer, size);
}

static int64_t time_read(const struct br_json *body, const char *name)
{
	struct br_str text;
	int64_t at_ms = 0;

	if (!br_json_string(br_json_member(body, name), &text) || !br_time_parse(text, &at_ms))
		return 0;
	return at_ms;
}

static void price_drop(struct peer_hq_product *product, size_t i)
{
	product->price_n--;
	memmove(&product->prices[i], &product->prices[i + 1],
		(product->price_n - i) * sizeof(product->prices[0]));
}

void peer_hq_product_price(struct peer_hq_product *product, const struct br_json *body)
{
	struct price price = {.from_ms = time_read(body, "from"), .to_ms = time_read(body, "to")};

	text_read(body, "kind", "regular", price.kind, sizeof(price.kind));
	text_read(body, "currency", "", price.currency, sizeof(price.currency));
	(void)!br_json_milli(br_json_member(body, "amount"), &price.amount);
	if (strcmp(price.kind, "override") == 0)
		return;
	if (product->price_n == PRICES_MAX)
		price_drop(product, 0);
	if (product->price_n == product->price_space) {
		product->price_space = product->price_space * 2 + 2;
		product->prices = reallocarray(
			product->prices, product->price_space, sizeof(*product->prices));
		br_assert(product->prices != NULL);
	}
	product->prices[product->price_n++] = price;
}

void peer_hq_product_price_cancel(struct peer_hq_product *product, const struct br_json *body)
{
	int64_t from_ms = time_read(body, "from");
	char kind[16];

	text_read(body, "kind", "regular", kind, sizeof(kind));
	for (size_t i = product->price_n; i > 0; i--) {
		const struct price *price = &product->prices[i - 1];

		if (strcmp(price->kind, kind) != 0 || price->from_ms != from_ms)
			continue;
		price_drop(product, i - 1);
	}
}

void peer_hq_product_prices_clear(struct peer_hq_product *product)
{
	product->price_n = 0;
}

static void names_write(const struct br_json *names, struct br_json_out *out)
{
	br_json_out_array(out, "names");
	BR_JSON_EACH (name, names) {
		struct br_str lang = {"", 0}, text = {"", 0};

		(void)!br_json_string(br_json_member(name, "lang"), &lang);
		(void)!br_json_string(br_json_member(name, "text"), &text);
		br_json_out_object(out, NULL);
		br_json_out_string(out, "lang", lang);
		br_json_out_string(out, "text", text);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

static void texts_write(const char *name, const struct br_json *list, struct br_json_out *out)
{
	br_json_out_array(out, name);
	BR_JSON_EACH (element, list) {
		struct br_str text = {"", 0};

		(void)!br_json_string(element, &text);
		br_json_out_string(out, NULL, text);
	}
	br_json_out_end(out);
}

static void scalar_write(
	const char *name, enum kind kind, const struct br_json *value, struct br_json_out *out)
{
	struct br_str text;
	int64_t number;
	bool truth;

	if (kind == TEXT && br_json_string(value, &text) && text.n > 0)
		br_json_out_string(out, name, text);
	else if (kind == MILLI && br_json_milli(value, &number) && number != 0)
		br_json_out_milli(out, name, number);
	else if (kind == NUMBER && br_json_i64(value, &number) && number != 0)
		br_json_out_i64(out, name, number);
	else if (kind == TRUTH && br_json_bool(value, &truth) && truth)
		br_json_out_bool(out, name, true);
}

void peer_hq_product_value(const struct peer_hq_product *product, struct br_text *text)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *body = NULL;
	struct br_json_out out;

	if (product->body == NULL || br_json_parse(br_str_from(product->body), &body, NULL) < 0)
		return;
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	for (size_t i = 0; i < BR_ARRAY_LEN(members); i++) {
		const struct br_json *value = br_json_member(body, members[i].name);
		struct br_str word = br_str_from(members[i].absent);

		if (members[i].kind == WORD) {
			(void)!br_json_string(value, &word);
			br_json_out_string(&out, members[i].name, word);
		} else if (members[i].kind == NAMES && br_json_count(value) > 0) {
			names_write(value, &out);
		} else if (members[i].kind == TEXTS && br_json_count(value) > 0) {
			texts_write(members[i].name, value, &out);
		} else {
			scalar_write(members[i].name, members[i].kind, value, &out);
		}
	}
	br_json_out_end(&out);
}

static bool begun(const struct price *price, int64_t at_ms)
{
	return price->from_ms <= at_ms;
}

static bool over(const struct price *price, int64_t at_ms)
{
	return price->to_ms != 0 && (price->to_ms <= at_ms || price->to_ms <= price->from_ms);
}

/* Another one of the kind counts instead, or begins at the same time and was sent later. */
static bool replaced(const struct peer_hq_product *product, size_t i, int64_t at_ms)
{
	const struct price *price = &product->prices[i];

	for (size_t k = 0; k < product->price_n; k++) {
		const struct price *other = &product->prices[k];
		bool same = other->from_ms == price->from_ms;

		if (strcmp(price->kind, other->kind) != 0 || over(other, at_ms) ||
			(!same && !begun(other, at_ms)))
			continue;
		if (same ? k > i : other->from_ms > price->from_ms && begun(price, at_ms))
			return true;
	}
	return false;
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void lines_make(const struct peer_hq_product *product, int64_t at_ms, struct lines *lines)
{
	lines->n = 0;
	for (size_t i = 0; i < product->price_n; i++) {
		const struct price *price = &product->prices[i];
		char from[24] = "", to[24] = "";

		if (over(price, at_ms) || replaced(product, i, at_ms))
			continue;
		if (!begun(price, at_ms))
			(void)snprintf(from, sizeof(from), "%" PRId64, price->from_ms);
		if (price->to_ms != 0)
			(void)snprintf(to, sizeof(to), "%" PRId64, price->to_ms);
		(void)snprintf(lines->lines[lines->n++], LINE_BYTES, "%s|%" PRId64 "|%s|%s|%s\n",
			price->kind, price->amount, price->currency, from, to);
	}
	qsort(lines->lines, lines->n, LINE_BYTES, line_compare);
}

void peer_hq_product_price_value(
	const struct peer_hq_product *product, int64_t at_ms, struct br_text *text)
{
	struct lines lines;

	/* The prices of what is not in the catalogue are nobody's. */
	if (product->body == NULL)
		return;
	lines_make(product, at_ms, &lines);
	for (size_t i = 0; i < lines.n; i++)
		br_text_puts(text, lines.lines[i]);
}

size_t peer_hq_product_repair(const struct peer_hq_product *product,
	void (*command)(void *context, const char *type, struct br_str body), void *context)
{
	char body[128];

	if (product->body != NULL) {
		command(context, "product.upsert", br_str_from(product->body));
		return 1;
	}
	(void)snprintf(body, sizeof(body), "{\"sku\":\"%s\"}", product->sku);
	command(context, "product.remove", br_str_from(body));
	return 1;
}

static bool line_in(struct br_str lines, struct br_str line)
{
	while (lines.n > 0)
		if (br_str_equal(br_str_split(&lines, '\n'), line))
			return true;
	return false;
}

/* A line "kind|amount|currency|from|to" as a command: price.set, or price.cancel. */
static void line_tell(const struct peer_hq_product *product, struct br_str line, bool cancel,
	void (*command)(void *context, const char *type, struct br_str body), void *context)
{
	struct br_str kind = br_str_split(&line, '|'), amount = br_str_split(&line, '|');
	struct br_str currency = br_str_split(&line, '|'), from = br_str_split(&line, '|');
	int64_t amount_milli = 0, from_ms = 0, to_ms = 0;
	struct br_json_out out;
	struct br_text text;

	(void)!br_str_to_i64(amount, &amount_milli);
	(void)!br_str_to_i64(from, &from_ms);
	(void)!br_str_to_i64(line, &to_ms);
	br_text_init(&text, COMMAND_BYTES_MAX);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "sku", product->sku);
	br_json_out_string(&out, "kind", kind);
	if (!cancel) {
		br_json_out_milli(&out, "amount", amount_milli);
		br_json_out_string(&out, "currency", currency);
	}
	if (from_ms > 0)
		br_json_out_time(&out, "from", from_ms);
	if (!cancel && to_ms > 0)
		br_json_out_time(&out, "to", to_ms);
	if (cancel)
		br_json_out_puts(&out, "reason", "not of the central system");
	br_json_out_end(&out);
	if (br_text_error(&text) == 0)
		command(context, cancel ? "price.cancel" : "price.set", br_text_str(&text));
	br_text_finish(&text);
}

/* A regular price that counts can only be replaced, not taken back. */
static bool cancellable(struct br_str line)
{
	struct br_str kind = br_str_split(&line, '|');

	(void)br_str_split(&line, '|');
	(void)br_str_split(&line, '|');
	return !br_str_is(kind, "regular") || br_str_split(&line, '|').n > 0;
}

size_t peer_hq_product_price_repair(const struct peer_hq_product *product, struct br_str theirs,
	int64_t at_ms, void (*command)(void *context, const char *type, struct br_str body),
	void *context)
{
	struct br_str rest = theirs, own, line;
	struct br_text text;
	size_t n = 0;

	br_text_init(&text, PRICES_MAX * LINE_BYTES);
	peer_hq_product_price_value(product, at_ms, &text);
	own = br_text_str(&text);
	while (rest.n > 0) {
		line = br_str_split(&rest, '\n');
		if (line_in(own, line) || !cancellable(line))
			continue;
		line_tell(product, line, true, command, context);
		n++;
	}
	rest = own;
	while (rest.n > 0) {
		line = br_str_split(&rest, '\n');
		if (line_in(theirs, line))
			continue;
		line_tell(product, line, false, command, context);
		n++;
	}
	br_text_finish(&text);
	return n;
}
