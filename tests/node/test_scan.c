#include "node/scan.h"

#include <stdio.h>
#include <string.h>

#include "node/product.h"
#include "tests/node/bench.h"

static struct bench bench;

/* What the code says, in one text. */
static const char *scanned(const char *code)
{
	static char buffer[512];
	struct br_scan_result result;
	int outcome = br_scan_resolve(bench_read(&bench), br_str_from(code), &bench.arena, &result);
	size_t n;

	if (outcome == BR_E_INVALID)
		return "invalid";
	if (outcome == BR_E_NOT_FOUND)
		return "unknown";
	REQUIRE(outcome == 0);
	n = (size_t)snprintf(buffer, sizeof(buffer), "%s %.*s", br_scan_form_words[result.form],
		BR_STR_ARG(result.sku));
	if (result.lot.n > 0)
		n += (size_t)snprintf(
			buffer + n, sizeof(buffer) - n, " lot %.*s", BR_STR_ARG(result.lot));
	if (result.serial.n > 0)
		n += (size_t)snprintf(
			buffer + n, sizeof(buffer) - n, " serial %.*s", BR_STR_ARG(result.serial));
	if (result.expiry_ms != 0)
		n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, " day %lld",
			(long long)(result.expiry_ms / 86400000));
	if (result.quantity > 0)
		n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, " quantity %lld",
			(long long)result.quantity);
	if (result.price >= 0)
		(void)snprintf(buffer + n, sizeof(buffer) - n, " price %lld%s",
			(long long)result.price, result.currency);
	return buffer;
}

static void shop_open(const char *name)
{
	bench_open(&bench, name);
	CHECK_INT(bench_do(&bench, "product.upsert",
			  "{'sku':'A','name':'a','gtins':['09506000134352','012345000058']}"),
		0);
	CHECK_INT(
		bench_do(&bench, "product.upsert", "{'sku':'E8','name':'e','gtins':['40170725']}"),
		0);
}

static void test_plain_barcodes_with_and_without_their_symbology(void)
{
	shop_open("plain");
	CHECK_TEXT(scanned("9506000134352"), "gtin A");
	CHECK_TEXT(scanned("09506000134352"), "gtin A");
	CHECK_TEXT(scanned("]E09506000134352"), "gtin A");
	CHECK_TEXT(scanned("]E440170725"), "gtin E8");
	CHECK_TEXT(scanned("40170725"), "gtin E8");
	CHECK_TEXT(scanned("]I109506000134352"), "gtin A");
	CHECK_TEXT(scanned("]E09506000134352|]e099X"), "gtin A");
	CHECK_TEXT(scanned("9506000134353"), "invalid");
	CHECK_TEXT(scanned("4006381333931"), "unknown");
	CHECK_TEXT(scanned(""), "invalid");
	CHECK_TEXT(scanned("]E0"), "invalid");
	CHECK_TEXT(scanned("hello"), "invalid");
	bench_close(&bench);
}

/* Eight digits behind ]E0 are a UPC-E; without it nobody can tell, and GTIN-8 is what stands. */
static void test_upc_e_is_expanded(void)
{
	static const char *const pairs[][2] = {{"]E001278907", "012000007897"},
		{"]E001278925", "012200007895"}, {"]E001231233", "012300000123"},
		{"]E001234543", "012340000053"}, {"]E001234596", "012345000096"}};
	char want[32];

	shop_open("upce");
	CHECK_TEXT(scanned("]E001234558"), "gtin A");
	CHECK_TEXT(scanned("01234558"), "unknown");
	CHECK_TEXT(scanned("]E031234558"), "invalid");
	for (size_t i = 0; i < BR_ARRAY_LEN(pairs); i++) {
		CHECK_INT(bench_do(&bench, "product.upsert",
				  "{'sku':'U-%zu','name':'u','gtins':['%s']}", i, pairs[i][1]),
			0);
		(void)snprintf(want, sizeof(want), "gtin U-%zu", i);
		CHECK_TEXT(scanned(pairs[i][0]), want);
	}
	bench_close(&bench);
}

static void test_gs1_codes_say_lot_date_and_weight(void)
{
	static const char *const codes[] = {"]C1010950600013435217261231"
					    "10L7\x1D"
					    "21S1",
		"]e0010950600013435217261231"
		"10L7\x1D"
		"21S1",
		"]d2010950600013435217261231"
		"10L7\x1D"
		"21S1",
		"]Q3010950600013435217261231"
		"10L7\x1D"
		"21S1",
		"\x1D"
		"010950600013435217261231"
		"10L7\x1D"
		"21S1",
		"010950600013435217261231"
		"10L7\x1D"
		"21S1",
		"(01)09506000134352(17)261231(10)L7(21)S1"};

	shop_open("elements");
	for (size_t i = 0; i < BR_ARRAY_LEN(codes); i++)
		CHECK_TEXT(scanned(codes[i]), "elements A lot L7 serial S1 day 20818");
	CHECK_TEXT(scanned("https://id.gs1.org/01/09506000134352/10/L7/21/S1?17=261231"),
		"link A lot L7 serial S1 day 20818");
	CHECK_TEXT(scanned("]Q1https://id.gs1.org/01/09506000134352"), "link A");
	CHECK_TEXT(scanned("]C101095060001343523103000195"), "elements A quantity 195");
	CHECK_TEXT(scanned("]C10109506000134352310500019530"
			   "4"),
		"elements A quantity 4000");
	CHECK_TEXT(scanned("]C101095060001343523922299"), "elements A price 2990");
	CHECK_TEXT(scanned("]C101095060001343523932978299"), "elements A price 2990978");
	CHECK_TEXT(scanned("]C10109506000134352"
			   "3012"),
		"elements A quantity 12000");
	/* The month as a whole ends on its last day; use-by goes before best-before. */
	CHECK_TEXT(scanned("]C1010950600013435217240200"), "elements A day 19782");
	CHECK_TEXT(scanned("]C101095060001343521524010117240102"), "elements A day 19724");
	/* Damaged behind the GTIN: the product is known, and nothing else is. */
	CHECK_TEXT(scanned("]C1010950600013435217261331"), "elements A");
	CHECK_TEXT(scanned("]C1010950600013435289X"), "elements A");
	CHECK_TEXT(scanned("]C110L7"), "invalid");
	CHECK_TEXT(scanned("]C101040063813339317"), "unknown");
	CHECK_TEXT(scanned("https://example.com/"), "invalid");
	bench_close(&bench);
}

static enum br_refusal rule(const char *text)
{
	return bench_do(&bench, "barcode.rule", "%s", text);
}

static void test_a_rule_reads_the_price_out_of_the_stores_own_code(void)
{
	shop_open("price");
	CHECK_INT(
		bench_do(&bench, "product.upsert",
			"{'sku':'cheese','name':'c','sold_by':'weight','gtins':['2012345000001']}"),
		0);
	CHECK_TEXT(scanned("2012345000001"), "gtin cheese");
	CHECK_TEXT(scanned("2012345028753"), "unknown");
	CHECK_INT(rule("{'prefix':'20','pattern':'20IIIIIPPPPPC','decimals':2}"), 0);
	CHECK_TEXT(scanned("2012345028753"), "rule cheese price 28750");
	CHECK_TEXT(scanned("02012345028753"), "rule cheese price 28750");
	CHECK_TEXT(scanned("]E02012345028753"), "rule cheese price 28750");
	CHECK_TEXT(scanned("]C10102012345028753"), "elements cheese price 28750");
	/* What a product holds exactly goes before the rule. */
	CHECK_TEXT(scanned("2012345000001"), "gtin cheese");
	CHECK_TEXT(scanned("2099999028756"), "invalid");
	bench_verify(&bench);
	bench_close(&bench);
}

static void test_a_rule_reads_the_weight_and_makes_the_sku(void)
{
	shop_open("weight");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'PLU-04711','name':'ham'}"), 0);
	CHECK_INT(rule("{'prefix':'28','pattern':'28IIIIIWWWWWC','decimals':3,'sku_prefix':"
		       "'PLU-'}"),
		0);
	CHECK_TEXT(scanned("2804711012349"), "rule PLU-04711 quantity 1234");
	CHECK_TEXT(scanned("2804712012348"), "unknown");
	/* A longer prefix is meant for less. */
	CHECK_INT(rule("{'prefix':'2804','pattern':'2804IIIQQXXXC','sku_prefix':'Q-'}"), 0);
	CHECK_TEXT(scanned("2804711012349"), "unknown");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'Q-711','name':'rolls'}"), 0);
	CHECK_TEXT(scanned("2804711012349"), "rule Q-711 quantity 1000");
	CHECK_INT(bench_do(&bench, "barcode.unrule", "{'prefix':'2804'}"), 0);
	CHECK_TEXT(scanned("2804711012349"), "rule PLU-04711 quantity 1234");
	CHECK_INT(bench_do(&bench, "barcode.unrule", "{'prefix':'2804'}"), BR_REFUSAL_ALREADY);
	bench_verify(&bench);
	bench_close(&bench);
}

/* A command that names a barcode takes what a scanner sends. */
static void test_commands_take_the_stores_own_codes(void)
{
	shop_open("command");
	CHECK_INT(bench_do(&bench, "product.upsert", "{'sku':'PLU-04711','name':'ham'}"), 0);
	CHECK_INT(rule("{'prefix':'28','pattern':'28IIIIIWWWWWC','decimals':3,'sku_prefix':"
		       "'PLU-'}"),
		0);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'barcode':'2804711012349','kind':'receive','quantity':1}"),
		0);
	CHECK_INT(bench_available(&bench, "PLU-04711"), 1000);
	CHECK_INT(bench_do(&bench, "stock.move",
			  "{'barcode':'2804711012340','kind':'receive','quantity':1}"),
		BR_REFUSAL_MALFORMED);
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	TEST(test_plain_barcodes_with_and_without_their_symbology);
	TEST(test_upc_e_is_expanded);
	TEST(test_gs1_codes_say_lot_date_and_weight);
	TEST(test_a_rule_reads_the_price_out_of_the_stores_own_code);
	TEST(test_a_rule_reads_the_weight_and_makes_the_sku);
	TEST(test_commands_take_the_stores_own_codes);
	return test_end(argc, argv);
}
