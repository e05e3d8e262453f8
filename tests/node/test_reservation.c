#include "node/reservation.h"

#include <stdio.h>

#include "tests/node/order_bench.h"

static struct bench bench;

/* Accepts an order over one piece of A. */
static void hold(const char *name, const char *more)
{
	CHECK_INT(bench_do(&bench, "order.offer",
			  "{'order':'%s','lines':[{'line':'1','sku':'B','quantity':1},"
			  "{'line':'2','sku':'A','quantity':1}]%s}",
			  name, more),
		0);
	order_go(&bench, name, "accept");
}

static struct br_reservation *list(unsigned *ret_n)
{
	struct br_reservation *reservations = NULL;

	CHECK_INT(br_reservation_list(
			  bench_read(&bench), BR_STR("A"), &bench.arena, &reservations, ret_n),
		0);
	return reservations;
}

/* The lowest priority first, then the latest deadline, then the order that sorts last. */
static void test_the_least_promised_comes_first(void)
{
	static const char *const wanted[] = {"N2", "N1", "L", "E", "P3", "P9"};
	struct br_reservation *reservations;
	unsigned n = 0;

	bench_open(&bench, "least");
	bench_catalogue(&bench);
	hold("P9", ",'priority':9");
	hold("E", ",'ready_by':'2026-03-01T11:00:00Z'");
	hold("N1", "");
	hold("L", ",'ready_by':'2026-03-01T15:00:00Z'");
	hold("P3", ",'priority':3");
	hold("N2", "");
	reservations = list(&n);
	REQUIRE(n == BR_ARRAY_LEN(wanted));
	for (unsigned i = 0; i < n; i++) {
		CHECK_STR(reservations[i].order, wanted[i]);
		CHECK_INT(reservations[i].quantity, 1000);
		CHECK_INT(reservations[i].index, 1);
		CHECK_INT(reservations[i].state, BR_ORDER_ACCEPTED);
	}
	bench_close(&bench);
}

/* What is picked, short or given back is reserved no longer. */
static void test_only_what_is_reserved_stands(void)
{
	static const char *const ways[] = {"pick1", "short1", "substitute1", "pick", "cancel"};
	unsigned n = 0;

	bench_open(&bench, "stands");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(ways); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "O%zu", i);
		order_offer(&bench, name, "pickup", "");
		order_go(&bench, name, "accept");
		CHECK_INT(list(&n)->quantity, 3000);
		order_go(&bench, name, ways[i]);
		if (i < 3)
			CHECK_INT(list(&n)->quantity, 2000);
		if (!br_order_ended(order_of(&bench, name).state))
			order_go(&bench, name, "cancel");
		(void)list(&n);
		CHECK_INT(n, 0);
		if (order_of(&bench, name).state == BR_ORDER_CANCELLING)
			order_go(&bench, name, "restock");
	}
	bench_verify(&bench);
	bench_close(&bench);
}

/* More than are kept: the most promised ones fall out. */
static void test_a_long_list_keeps_the_least_promised(void)
{
	struct br_reservation *reservations;
	unsigned n = 0;
	char name[16], more[32];

	bench_open(&bench, "long");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'A','kind':'receive','quantity':999}"), 0);
	CHECK_INT(bench_do(&bench, "stock.move", "{'sku':'B','kind':'receive','quantity':999}"), 0);
	for (int i = 0; i < BR_RESERVATIONS_MAX + 10; i++) {
		(void)snprintf(name, sizeof(name), "O%03d", i);
		(void)snprintf(more, sizeof(more), ",'priority':%d", i < 10 ? 9 : 1);
		hold(name, more);
	}
	reservations = list(&n);
	CHECK_INT(n, BR_RESERVATIONS_MAX);
	for (unsigned i = 0; i < n; i++)
		CHECK_INT(reservations[i].priority, 1);
	CHECK_STR(reservations[0].order, "O209");
	bench_close(&bench);
}

static bool visit_first(void *context, const struct br_reservation *reservation)
{
	unsigned *n = context;

	CHECK(reservation->quantity > 0);
	return ++*n < 1;
}

static void test_a_walk_ends_when_the_visitor_has_enough(void)
{
	unsigned n = 0;

	bench_open(&bench, "walk");
	bench_catalogue(&bench);
	hold("O1", "");
	hold("O2", "");
	br_reservation_walk(bench_read(&bench), BR_STR("A"), &bench.arena, visit_first, &n);
	CHECK_INT(n, 1);
	n = 0;
	br_reservation_walk(bench_read(&bench), BR_STR("C"), &bench.arena, visit_first, &n);
	CHECK_INT(n, 0);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_the_least_promised_comes_first);
	TEST(test_only_what_is_reserved_stands);
	TEST(test_a_long_list_keeps_the_least_promised);
	TEST(test_a_walk_ends_when_the_visitor_has_enough);
	return test_end(argc, argv);
}
