/* What can be asked about a customer. */
#include "web-ui/query.h"

#include "node/customer.h"

#define ORDERS_MAX 100

struct orders {
	struct br_json_out *out;
	unsigned n;
};

static bool order_add(void *context, struct br_str order)
{
	struct orders *orders = context;

	br_assert(orders->n < ORDERS_MAX);
	br_json_out_string(orders->out, NULL, order);
	return ++orders->n < ORDERS_MAX;
}

/* One at a time: nobody needs a list of all that is known of people. */
BR_WEB_QUERY(customer_get)
{
	struct orders orders = {out, 0};
	struct br_customer customer;
	struct br_person person;
	int result = br_customer_get(view->txn, args->texts[0], view->arena, &customer);

	br_assert(args->texts[0].n > 0);
	if (result == BR_E_NOT_FOUND)
		return br_web_refuse(refusal, BR_E_NOT_FOUND, 404, "unknown_customer",
			"customer \"%.*s\": not known here, or erased", BR_STR_ARG(args->texts[0]));
	if (result < 0)
		return result;
	person = br_person_of_customer(customer.customer);
	br_json_out_object(out, NULL);
	br_record_to_json(&br_customer_shape, &customer, out);
	br_json_out_array(out, "orders");
	br_person_orders_walk(view->txn, &person, order_add, &orders);
	br_json_out_end(out);
	br_json_out_end(out);
	return 0;
}
