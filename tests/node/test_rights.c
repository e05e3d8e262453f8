#include "node/rights.h"

#include "node/stock.h"
#include "tests/node/bench.h"

static int64_t rights_of(struct bench *bench, const char *sku)
{
	return br_stock_get(bench_read(bench), br_str_from(sku)).rights;
}

/* Each row asks for something on top of what the rows before left: A begins with 10. */
static void test_rights_are_granted_and_revoked_within_what_there_is(void)
{
	static const struct {
		const char *command, *data;
		enum br_refusal refusal;
		int64_t rights, available;
	} rows[] = {
		{"rights.grant", "{'sku':'A','quantity':4}", 0, 4000, 6000},
		{"rights.grant", "{'sku':'A','quantity':6.001}", BR_REFUSAL_INSUFFICIENT_STOCK,
			4000, 6000},
		{"rights.grant", "{'sku':'A','quantity':6}", 0, 10000, 0},
		{"rights.grant", "{'sku':'A','quantity':0.001}", BR_REFUSAL_INSUFFICIENT_STOCK,
			10000, 0},
		{"rights.revoke", "{'sku':'A','quantity':10.001}", BR_REFUSAL_INSUFFICIENT_RIGHTS,
			10000, 0},
		{"rights.revoke", "{'sku':'A','quantity':3}", 0, 7000, 3000},
		{"stock.policy", "{'scope':'sku','key':'A','safety':2}", 0, 7000, 1000},
		{"rights.grant", "{'sku':'A','quantity':2}", BR_REFUSAL_INSUFFICIENT_STOCK, 7000,
			1000},
		{"stock.move", "{'sku':'A','kind':'display','bucket':'backroom','quantity':1}", 0,
			7000, 0},
		{"sale.record", "{'till':'t','lines':[{'sku':'A','quantity':5,'price':1}]}", 0,
			7000, -5000},
		{"rights.grant", "{'sku':'A','quantity':1}", BR_REFUSAL_INSUFFICIENT_STOCK, 7000,
			-5000},
		{"rights.revoke", "{'sku':'A','quantity':7}", 0, 0, 2000},
		{"rights.revoke", "{'sku':'A','quantity':1}", BR_REFUSAL_INSUFFICIENT_RIGHTS, 0,
			2000},
	};
	struct bench bench;

	bench_open(&bench, "rights");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, rows[i].command, "%s", rows[i].data), rows[i].refusal);
		CHECK_INT(rights_of(&bench, "A"), rows[i].rights);
		CHECK_INT(bench_available(&bench, "A"), rows[i].available);
	}
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_rights_of_a_removed_product_can_be_taken_back(void)
{
	struct bench bench;

	bench_open(&bench, "removed");
	bench_catalogue(&bench);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':4}"), 0);
	CHECK_INT(bench_do(&bench, "product.remove", "{'sku':'A'}"), 0);
	CHECK_INT(bench_do(&bench, "rights.grant", "{'sku':'A','quantity':1}"),
		BR_REFUSAL_UNKNOWN_PRODUCT);
	CHECK_INT(bench_do(&bench, "rights.revoke", "{'sku':'A','quantity':4}"), 0);
	CHECK_INT(rights_of(&bench, "A"), 0);
	bench_close(&bench);
}

static void test_what_rights_refuse(void)
{
	static const char *const rows[] = {"{'sku':'A','quantity':0}", "{'sku':'A','quantity':-1}",
		"{'sku':'A'}", "{'quantity':1}", "{'sku':'A','quantity':1000001}"};
	struct bench bench;

	bench_open(&bench, "refuses");
	bench_catalogue(&bench);
	for (size_t i = 0; i < BR_ARRAY_LEN(rows); i++) {
		CHECK_INT(bench_do(&bench, "rights.grant", "%s", rows[i]), BR_REFUSAL_MALFORMED);
		CHECK_INT(bench_do(&bench, "rights.revoke", "%s", rows[i]), BR_REFUSAL_MALFORMED);
	}
	CHECK_INT(rights_of(&bench, "A"), 0);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_rights_are_granted_and_revoked_within_what_there_is);
	TEST(test_rights_of_a_removed_product_can_be_taken_back);
	TEST(test_what_rights_refuse);
	return test_end(argc, argv);
}
