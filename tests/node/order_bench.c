#include "tests/node/order_bench.h"

#include <stdio.h>
#include <string.h>

void order_offer(struct bench *bench, const char *name, const char *method, const char *more)
{
	CHECK_INT(bench_do(bench, "order.offer",
			  "{'order':'%s','method':'%s','lines':[{'line':'1','sku':'A',"
			  "'quantity':3,'policy':'any'}]%s}",
			  name, method, more),
		0);
}

struct br_order order_of(struct bench *bench, const char *name)
{
	struct br_order order;

	REQUIRE(br_order_get(bench_read(bench), br_str_from(name), &bench->arena, &order) == 0);
	return order;
}

struct br_order_line order_line_of(struct bench *bench, const char *name, uint32_t index)
{
	struct br_order_line line;

	REQUIRE(br_order_line_get(
			bench_read(bench), br_str_from(name), index, &bench->arena, &line) == 0);
	return line;
}

/* What a verb needs beside the order; %c is the order's name, %d the number of pieces. */
static const struct {
	const char *verb, *one, *all;
} bodies[] = {
	{"reject", NULL, ",'reason':'closed today'"},
	{"hold", NULL, ",'reason':'asked to wait'"},
	{"pick", ",'line':'1','quantity':%c", ",'line':'1'"},
	{"unpick", ",'line':'1','quantity':%c", ",'line':'1'"},
	{"short", ",'line':'1','quantity':%c,'reason':'not found'", ",'line':'1','reason':'gone'"},
	{"substitute", ",'line':'1','sku':'B','quantity':%c", ",'line':'1','sku':'B','quantity':3"},
	{"stage", NULL, ",'location':'rack 1'"},
	{"ship", NULL, ",'carrier':'DHL','tracking':'T-1'"},
	{"restock", ",'line':'1','quantity':%c", ""},
	{"receive", ",'line':'1','quantity':%c", ",'line':'1'"},
	{"inspect", ",'line':'1','quantity':%c,'to':'backroom'", ",'to':'shelf'"},
	{"refund", NULL, ",'amount':4.5"},
	{"update", NULL, ",'note':'ring twice'"},
};

static enum br_refusal timer_fire(struct bench *bench, const char *name)
{
	char at[BR_TIME_TEXT_BYTES];
	int64_t timer_ms = order_of(bench, name).timer;

	br_time_format(timer_ms, at);
	return bench_do(bench, "order.timer", "{'key':'%s','at':'%s'}", name, at);
}

enum br_refusal order_do(struct bench *bench, const char *name, const char *word)
{
	char verb[24], type[40], rest[120] = "";
	size_t n = strlen(word);
	char digit = word[n - 1];
	bool one = digit >= '0' && digit <= '9';

	(void)snprintf(verb, sizeof(verb), "%.*s", (int)(one ? n - 1 : n), word);
	if (strcmp(verb, "expire") == 0 || strcmp(verb, "timer") == 0)
		return timer_fire(bench, name);
	if (strcmp(verb, "split") == 0)
		return bench_do(bench, "order.split",
			"{'order':'%s','into':'%s+','lines':[{'line':'1','quantity':1}]}", name,
			name);
	for (size_t i = 0; i < BR_ARRAY_LEN(bodies); i++) {
		const char *body = one ? bodies[i].one : bodies[i].all;
		const char *at = body != NULL ? strchr(body, '%') : NULL;

		if (strcmp(verb, bodies[i].verb) != 0)
			continue;
		REQUIRE(body != NULL);
		(void)snprintf(rest, sizeof(rest), "%s", body);
		if (at != NULL)
			(void)snprintf(rest, sizeof(rest), "%.*s%c%s", (int)(at - body), body,
				digit, at + 2);
	}
	(void)snprintf(type, sizeof(type), "order.%s", verb);
	return bench_do(bench, type, "{'order':'%s'%s}", name, rest);
}

void order_go(struct bench *bench, const char *name, const char *way)
{
	struct br_str rest = br_str_from(way);

	while (rest.n > 0) {
		struct br_str step = br_str_split(&rest, ' ');
		char word[24];

		(void)snprintf(word, sizeof(word), "%.*s", BR_STR_ARG(step));
		if (!CHECK_INT(order_do(bench, name, word), 0))
			printf("%s: %s: %s\n", name, word, bench->answer.message);
	}
}
