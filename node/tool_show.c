/* What the tool shows: status, products, stock, the journal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/gtin.h"
#include "node/tool.h"

/* Asks, and with --json prints the answer as it is. 0 = go on and print for people, 1 = done. */
static int show_begin(
	struct br_tool *tool, const char *path, struct br_json **ret_json, int *ret_code)
{
	struct br_fault fault;
	struct br_text raw;
	int result;

	br_assert(path[0] == '/');
	br_text_init(&raw, BR_TOOL_BODY_BYTES_MAX);
	result = br_tool_ask(tool, path, NULL, ret_json, &raw, &fault);
	*ret_code = 0;
	if (result < 0)
		*ret_code = br_tool_fail(&fault);
	else if (tool->json)
		(void)printf("%s\n", raw.bytes);
	br_text_finish(&raw);
	return result < 0 || tool->json;
}

static const char *sentence(const char *state)
{
	br_assert(state != NULL);
	if (strcmp(state, "ok") == 0)
		return "The store is all right.";
	if (strcmp(state, "attention") == 0)
		return "The store needs attention.";
	if (strcmp(state, "problem") == 0)
		return "The store has a problem.";
	return "Nobody knows how the store is.";
}

int br_tool_status(struct br_tool *tool)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *status = NULL;
	const struct br_json *items, *counts;
	int code;

	br_assert(tool->argc == 0);
	if (show_begin(tool, "/status", &status, &code) != 0)
		return code;
	items = br_json_member(status, "items");
	counts = br_json_member(status, "counts");
	(void)printf("%s\n", sentence(br_tool_text(status, "state")));
	BR_JSON_EACH (item, items)
		(void)printf("  %-10s %s (since %s)\n", br_tool_text(item, "severity"),
			br_tool_text(item, "text"), br_tool_time(item, "since"));
	(void)printf("%s products, %s open orders, %s labels (%s waiting), %s sensors, "
		     "%s sales today\n",
		br_tool_number(counts, "products"), br_tool_number(counts, "orders_open"),
		br_tool_number(counts, "labels"), br_tool_number(counts, "labels_waiting"),
		br_tool_number(counts, "sensors"), br_tool_number(counts, "sales_today"));
	return 0;
}

/* "/products/<sku>" for a SKU, "/barcodes/<code>" for a barcode. */
static void product_path(struct br_text *path, const char *name)
{
	struct br_gtin gtin;

	br_text_puts(path, br_gtin_parse(br_str_from(name), &gtin) ? "/barcodes/" : "/products/");
	br_call_address_add(path, br_str_from(name));
}

static void product_print(const struct br_json *product)
{
	(void)printf("%s  %s\n", br_tool_text(product, "sku"), br_tool_text(product, "name"));
	if (strcmp(br_tool_text(product, "brand"), "-") != 0)
		(void)printf("  brand      %s\n", br_tool_text(product, "brand"));
	(void)printf("  price      %s %s\n", br_tool_number(product, "price"),
		br_tool_text(product, "currency"));
	(void)printf("  on hand    %s, available %s, reserved %s\n",
		br_tool_number(product, "on_hand"), br_tool_number(product, "available"),
		br_tool_number(product, "reserved"));
	BR_JSON_EACH (gtin, br_json_member(product, "gtins")) {
		struct br_str text;

		if (br_json_string(gtin, &text))
			(void)printf("  barcode    %.*s\n", BR_STR_ARG(text));
	}
}

int br_tool_product_show(struct br_tool *tool)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *product = NULL;
	struct br_text path;
	int code, done;

	br_assert(tool->argc == 1);
	br_text_init(&path, 1024);
	product_path(&path, tool->argv[0]);
	done = show_begin(tool, path.bytes, &product, &code);
	br_text_finish(&path);
	if (done == 0)
		product_print(product);
	return code;
}

int br_tool_product_find(struct br_tool *tool)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	const struct br_json *rows;
	struct br_text path;
	int code, done;

	br_assert(tool->argc >= 1);
	br_text_init(&path, 4096);
	br_text_printf(&path, "/products?limit=%s&q=", tool->limit != NULL ? tool->limit : "20");
	for (int i = 0; i < tool->argc; i++) {
		br_call_address_add(&path, br_str_from(tool->argv[i]));
		br_text_puts(&path, "%20");
	}
	done = show_begin(tool, path.bytes, &answer, &code);
	br_text_finish(&path);
	if (done != 0)
		return code;
	rows = br_json_member(answer, "rows");
	BR_JSON_EACH (row, rows)
		(void)printf("%-16s %10s %s  %s\n", br_tool_text(row, "sku"),
			br_tool_number(row, "price"), br_tool_text(row, "currency"),
			br_tool_text(row, "name"));
	if (br_json_count(rows) == 0)
		(void)puts("Nothing found. Try fewer letters, or the SKU or barcode.");
	return 0;
}

/* "shelf", or "backroom > shelf" for what went from one place to another. */
static void place_write(const struct br_json *row, char *place, size_t size)
{
	bool moved = br_json_kind(br_json_member(row, "to_bucket")) == BR_JSON_STRING;

	br_assert(size > 0);
	(void)snprintf(place, size, "%s%s%s", br_tool_text(row, "bucket"), moved ? " > " : "",
		moved ? br_tool_text(row, "to_bucket") : "");
}

static void movements_print(const struct br_json *answer)
{
	const struct br_json *rows = br_json_member(answer, "rows");
	char place[64];

	br_assert(br_json_kind(rows) != BR_JSON_OBJECT);
	BR_JSON_EACH (row, rows) {
		place_write(row, place, sizeof(place));
		(void)printf("  %s  %-10s %-20s %10s  %s %s %s\n", br_tool_time(row, "time"),
			br_tool_text(row, "kind"), place, br_tool_number(row, "quantity"),
			br_tool_text(row, "actor"), br_tool_text(row, "source"),
			br_tool_text(row, "reason"));
	}
}

int br_tool_stock_show(struct br_tool *tool)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *product = NULL;
	BR_CLEANUP(br_json_cleanup) struct br_json *movements = NULL;
	const struct br_json *buckets;
	struct br_text path;
	struct br_fault fault;
	int code, done, result;

	br_assert(tool->argc == 1);
	br_text_init(&path, 1024);
	product_path(&path, tool->argv[0]);
	done = show_begin(tool, path.bytes, &product, &code);
	if (done != 0) {
		br_text_finish(&path);
		return code;
	}
	(void)printf("%s  %s\n", br_tool_text(product, "sku"), br_tool_text(product, "name"));
	buckets = br_json_member(product, "buckets");
	BR_JSON_EACH (bucket, buckets)
		(void)printf("  %-16s %10s\n", br_json_name(bucket).s,
			br_tool_number(buckets, br_json_name(bucket).s));
	(void)printf("  %-16s %10s\n  %-16s %10s\n", "reserved",
		br_tool_number(product, "reserved"), "available",
		br_tool_number(product, "available"));
	br_text_clear(&path);
	br_text_puts(&path, "/products/");
	br_call_address_add(&path, br_str_from(br_tool_text(product, "sku")));
	br_text_printf(&path, "/movements?limit=%s", tool->limit != NULL ? tool->limit : "20");
	result = br_tool_ask(tool, path.bytes, NULL, &movements, NULL, &fault);
	br_text_finish(&path);
	if (result < 0)
		return br_tool_fail(&fault);
	movements_print(movements);
	return 0;
}

/* Without a sequence to begin behind: that of the last events, from where the journal ends. */
static int journal_after(struct br_tool *tool, int64_t limit, int64_t *ret_after)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	struct br_fault fault;
	int64_t head;

	if (br_tool_ask(tool, "/journal?limit=1", NULL, &answer, NULL, &fault) < 0)
		return br_tool_fail(&fault);
	if (!br_json_i64(br_json_member(answer, "head"), &head))
		head = 0;
	*ret_after = head > limit ? head - limit : 0;
	return 0;
}

int br_tool_journal_tail(struct br_tool *tool)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *answer = NULL;
	int64_t limit = 20, after = 0;
	char path[128];
	int code = 0;

	br_assert(tool->argc <= 1);
	if ((tool->limit != NULL && !br_str_to_i64(br_str_from(tool->limit), &limit)) ||
		(tool->argc > 0 && !br_str_to_i64(br_str_from(tool->argv[0]), &after))) {
		(void)fprintf(stderr, "backroom: a sequence and a limit are whole numbers\n");
		return 2;
	}
	if (tool->argc == 0)
		code = journal_after(tool, limit, &after);
	if (code != 0)
		return code;
	(void)snprintf(
		path, sizeof(path), "/journal?limit=%" PRId64 "&after=%" PRId64, limit, after);
	if (show_begin(tool, path, &answer, &code) != 0)
		return code;
	BR_JSON_EACH (row, br_json_member(answer, "rows"))
		(void)printf("%s  %s  %-36s %s  %s\n", br_tool_text(row, "id"),
			br_tool_time(row, "time"), br_tool_text(row, "type"),
			br_tool_text(row, "subject"), br_tool_text(row, "actor"));
	return 0;
}
