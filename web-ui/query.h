/*
 * Queries: everything that can be asked, in one table that JSON-RPC and REST share.
 *
 * A query has a method name, for REST a path, its parameters with their limits, and a function that
 * writes the answer from a view. A parameter the query does not know is refused, because a misspelt
 * one would otherwise be lost in silence. The API description (openapi.yaml) is compared with this
 * table by a test.
 */
#pragma once

#include "web-ui/rows.h"

struct br_json;

#define BR_WEB_PARAMS_MAX 6

enum br_web_param_kind {
	BR_WEB_PARAM_TEXT,
	BR_WEB_PARAM_NUMBER, /* whole */
	BR_WEB_PARAM_TIME    /* RFC 3339, or a whole number of unix milliseconds */
};

struct br_web_param {
	const char *name; /* NULL ends the list */
	enum br_web_param_kind kind;
	bool required;
	int64_t min, max;  /* texts: bytes; numbers: range */
	int64_t otherwise; /* numbers and times: when not given */
};

/* The parameters' values in the order of the query's list. */
struct br_web_args {
	struct br_str texts[BR_WEB_PARAMS_MAX]; /* empty when not given */
	int64_t numbers[BR_WEB_PARAMS_MAX];	/* numbers and times */
};

/* Why there is no answer. */
struct br_web_refusal {
	unsigned status;  /* of HTTP */
	const char *code; /* stable word */
	struct br_fault fault;
};

struct br_web_query {
	const char *name; /* of JSON-RPC */
	const char *path; /* of REST below /api/v1, with one {parameter} at most */
	struct br_web_param params[BR_WEB_PARAMS_MAX + 1];
	/*
	 * Writes the answer as one value. 0, BR_E_INVALID or BR_E_NOT_FOUND with the refusal set,
	 * or an error of the store.
	 */
	int (*run)(const struct br_web_view *view, const struct br_web_args *args,
		struct br_json_out *out, struct br_web_refusal *refusal);
	const char *help; /* one sentence for people: the command-line tool's help says it */
};

extern const struct br_web_query br_web_queries[];
extern const unsigned br_web_query_n;

/* NULL when there is none. */
const struct br_web_query *br_web_query_named(struct br_str name);

/*
 * The query of a path such as "/products/4711/movements", and its parameter's value. The value may
 * hold slashes, as device ids do. NULL when no path matches.
 */
const struct br_web_query *br_web_query_at(struct br_str path, struct br_str *ret_value);

/* A parameter as REST has it. */
struct br_web_pair {
	struct br_str name, value;
};

/* Reads the parameters. 0, or BR_E_INVALID with the refusal naming the parameter. */
BR_MUST_CHECK int br_web_args_from_json(const struct br_web_query *query,
	const struct br_json *params, struct br_web_args *ret_args, struct br_web_refusal *refusal);
BR_MUST_CHECK int br_web_args_from_pairs(const struct br_web_query *query,
	const struct br_web_pair *pairs, unsigned pair_n, struct br_web_args *ret_args,
	struct br_web_refusal *refusal);

/* Runs the query and appends its answer to `text`. As `run`; on failure `text` is as before. */
BR_MUST_CHECK int br_web_query_run(const struct br_web_query *query, const struct br_web_view *view,
	const struct br_web_args *args, struct br_text *text, struct br_web_refusal *refusal);

/* Fills a refusal and returns `error`. */
int br_web_refuse(struct br_web_refusal *refusal, int error, unsigned status, const char *code,
	const char *format, ...) BR_PRINTF(5, 6);

/* The functions behind the table, one file a noun. */
#define BR_WEB_QUERY(NAME) \
	int br_web_query_##NAME(const struct br_web_view *view, const struct br_web_args *args, \
		struct br_json_out *out, struct br_web_refusal *refusal)
BR_WEB_QUERY(status);
BR_WEB_QUERY(clock_get);
BR_WEB_QUERY(policy_get);
BR_WEB_QUERY(stock_policy_list);
BR_WEB_QUERY(price_get);
BR_WEB_QUERY(price_history);
BR_WEB_QUERY(price_planned);
BR_WEB_QUERY(product_search);
BR_WEB_QUERY(product_get);
BR_WEB_QUERY(product_movements);
BR_WEB_QUERY(product_available);
BR_WEB_QUERY(stock_at);
BR_WEB_QUERY(barcode_get);
BR_WEB_QUERY(barcode_rule_list);
BR_WEB_QUERY(scan);
BR_WEB_QUERY(export_rows);
BR_WEB_QUERY(order_list);
BR_WEB_QUERY(order_get);
BR_WEB_QUERY(order_history);
BR_WEB_QUERY(product_reservations);
BR_WEB_QUERY(label_list);
BR_WEB_QUERY(label_get);
BR_WEB_QUERY(sensor_list);
BR_WEB_QUERY(sensor_get);
BR_WEB_QUERY(sensor_series);
BR_WEB_QUERY(alarm_list);
BR_WEB_QUERY(link_get);
BR_WEB_QUERY(product_lots);
BR_WEB_QUERY(task_list);
BR_WEB_QUERY(delivery_list);
BR_WEB_QUERY(delivery_get);
BR_WEB_QUERY(transfer_list);
BR_WEB_QUERY(transfer_get);
BR_WEB_QUERY(count_list);
BR_WEB_QUERY(count_get);
BR_WEB_QUERY(till_day);
BR_WEB_QUERY(parked_list);
BR_WEB_QUERY(breach_list);
BR_WEB_QUERY(rights_list);
BR_WEB_QUERY(quarantine_list);
BR_WEB_QUERY(conflict_list);
BR_WEB_QUERY(pick_list_list);
BR_WEB_QUERY(pick_list_get);
BR_WEB_QUERY(customer_get);
BR_WEB_QUERY(journal_tail);
BR_WEB_QUERY(epcis_document);
