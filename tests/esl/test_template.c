#include "esl/template.h"

#include <string.h>

#include "esl/template_parse.h"
#include "tests/esl/sample.h"

#define HEAD \
	"{\"name\":\"t\",\"version\":1,\"w\":296,\"h\":128,\"colours\":[\"white\",\"black\"]," \
	"\"state\":\"regular\""
#define PLACE "\"x\":0,\"y\":0,\"w\":100,\"h\":40"

static int parse(const char *json, struct br_template **ret_template, struct br_fault *fault)
{
	return br_template_parse(br_str_from(json), ret_template, fault);
}

static void test_a_whole_template_is_read(void)
{
	static const char json[] =
		"{\"name\":\"shelf\",\"version\":7,\"w\":296,\"h\":128,\"colours\":[\"white\","
		"\"black\",\"red\"],\"state\":\"sold_out\",\"note\":\"x\",\"boxes\":["
		"{\"type\":\"text\"," PLACE ",\"text\":[\"{brand}\",\"{name}\"],\"size\":[10,16],"
		"\"lines\":2,\"bold\":true,\"align\":\"end\",\"valign\":\"bottom\",\"if\":\"name\","
		"\"unless\":\"x_a\",\"colour\":\"red\",\"inverse\":true,\"wrap\":false},"
		"{\"type\":\"price\"," PLACE ",\"field\":\"price\",\"size\":20,\"symbol\":false}]}";
	BR_CLEANUP(br_template_cleanup) struct br_template *template = NULL;
	const struct br_box *box;

	REQUIRE(parse(json, &template, NULL) == 0);
	CHECK_TEXT(template->name, "shelf");
	CHECK_INT(template->version, 7);
	CHECK_INT(template->state, BR_TEMPLATE_SOLD_OUT);
	CHECK(template->red);
	CHECK_INT(template->box_n, 2);
	box = &template->boxes[0];
	CHECK_INT(box->text_n, 2);
	CHECK_INT(box->size_min_px, 10);
	CHECK_INT(box->size_max_px, 16);
	CHECK_INT(box->lines, 2);
	CHECK(box->bold && box->inverse && box->ellipsis && !box->wrap && !box->required);
	CHECK_INT(box->align, BR_ALIGN_END);
	CHECK_INT(box->valign, BR_VALIGN_BOTTOM);
	CHECK_INT(box->colour, BR_COLOUR_RED);
	CHECK_STR(box->only_if, "name");
	CHECK_STR(box->unless, "x_a");
	box = &template->boxes[1];
	CHECK(box->required && box->bold && box->raised && !box->symbol);
	CHECK_INT(box->size_min_px, 20);
	CHECK_INT(box->size_max_px, 20);
}

static void test_errors_of_the_head(void)
{
	static const struct {
		const char *json, *part;
	} bad[] = {
		{"", "empty text"},
		{"[]", "the template is a list; an object is needed"},
		{"{\"name\":\"t\"}", "boxes is nothing"},
		{"{\"boxes\":[]}", "boxes is empty"},
		{"{\"boxes\":[1],\"nmae\":\"t\"}", "unknown member \"nmae\" of the template"},
		{"{\"boxes\":[1]}", "name is nothing"},
		{"{\"boxes\":[1],\"name\":\"\"}", "a text that is not empty"},
		{"{\"boxes\":[1],\"name\":\"0123456789012345678901234567890123456789012345678\"}",
			"name has 49 bytes; at most 48"},
		{"{\"boxes\":[1],\"name\":\"t\",\"version\":0}",
			"version is 0; 1 to 1000000 is allowed"},
		{"{\"boxes\":[1],\"name\":\"t\",\"version\":1.5}", "version is not whole"},
		{"{\"boxes\":[1],\"name\":\"t\",\"version\":1,\"w\":8}", "w is 8; 16 to 1600"},
		{"{\"boxes\":[1],\"name\":\"t\",\"version\":1,\"w\":296,\"h\":\"128\"}",
			"h is a text; a whole number"},
		{"{\"boxes\":[1],\"name\":\"t\",\"version\":1,\"w\":296,\"h\":128}",
			"colours is nothing; a list"},
		{"{\"boxes\":[1],\"name\":\"t\",\"version\":1,\"w\":296,\"h\":128,\"colours\":["
		 "\"blue\"]}",
			"colours is \"blue\"; one of white, black, red"},
		{"{\"boxes\":[1],\"name\":\"t\",\"version\":1,\"w\":296,\"h\":128,\"colours\":[],"
		 "\"state\":\"gone\"}",
			"state is \"gone\"; one of regular, promotion, sold_out, not_for_sale"},
	};
	struct br_template *template = NULL;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad); i++) {
		struct br_fault fault = {""};

		CHECK(parse(bad[i].json, &template, &fault) < 0);
		CHECK_HAS(fault.text, bad[i].part);
	}
	CHECK(template == NULL);
}

/* Each is one box; the sentence must begin with its number and kind and say what is wrong. */
static const struct {
	const char *box, *sentence;
} bad_boxes[] = {
	{"7", "box 2: it is a number; an object is needed"},
	{"{}", "box 2: type is nothing; one of text, price, barcode, qr, line, rect, image, stars"},
	{"{\"type\":\"txt\"}", "box 2: type is \"txt\"; one of text, price"},
	{"{\"type\":\"line\"}", "box 2 (line): x is missing"},
	{"{\"type\":\"line\",\"x\":0,\"y\":0,\"w\":9}", "box 2 (line): h is missing"},
	{"{\"type\":\"line\",\"x\":-1}", "box 2 (line): x is -1; 0 to 295 is allowed"},
	{"{\"type\":\"line\",\"y\":128}", "box 2 (line): y is 128; 0 to 127 is allowed"},
	{"{\"type\":\"line\",\"w\":0}", "box 2 (line): w is 0; 1 to 296 is allowed"},
	{"{\"type\":\"line\",\"x\":290,\"y\":0,\"w\":10,\"h\":1}",
		"box 2 (line): it ends at (300, 1), outside the template's 296x128 pixels"},
	{"{\"type\":\"line\",\"x\":0,\"x\":0}", "box 2 (line): x is given twice"},
	{"{\"type\":\"line\",\"size\":3}", "box 2 (line): unknown member \"size\"; allowed are "
					   "type, note, x, y, w, h, colour, if, "
					   "unless, dash"},
	{"{\"type\":\"line\",\"colour\":\"red\"}",
		"box 2 (line): colour is red, which the template's colours do not list"},
	{"{\"type\":\"line\",\"colour\":3}", "box 2 (line): colour is a number; one of white"},
	{"{\"type\":\"line\",\"dash\":65}", "box 2 (line): dash is 65; 0 to 64"},
	{"{\"type\":\"rect\",\"if\":\"nmae\"}",
		"box 2 (rect): if names the unknown field \"nmae\""},
	{"{\"type\":\"rect\",\"unless\":true}",
		"box 2 (rect): unless is true or false; a field's name is needed"},
	{"{\"type\":\"rect\",\"border\":\"x\"}", "box 2 (rect): border is a text"},
	{"{\"type\":\"rect\",\"radius\":-1}", "box 2 (rect): radius is -1"},
	{"{\"type\":\"text\"," PLACE "}", "box 2 (text): text is missing"},
	{"{\"type\":\"text\"," PLACE ",\"text\":\"a\"}", "box 2 (text): size is missing"},
	{"{\"type\":\"text\",\"text\":7}", "box 2 (text): text is a number"},
	{"{\"type\":\"text\",\"text\":[]}", "box 2 (text): text is an empty list"},
	{"{\"type\":\"text\",\"text\":[\"a\",\"b\",\"c\",\"d\"]}",
		"box 2 (text): text has more than 3 alternatives"},
	{"{\"type\":\"text\",\"text\":\"{nmae}\"}", "box 2 (text): unknown field \"nmae\""},
	{"{\"type\":\"text\",\"size\":5}", "box 2 (text): size is 5; 6 to 400 is allowed"},
	{"{\"type\":\"text\",\"size\":[20,10]}", "box 2 (text): size is 10; 20 to 400 is allowed"},
	{"{\"type\":\"text\",\"size\":[20]}", "box 2 (text): size is a list of 1"},
	{"{\"type\":\"text\",\"size\":[1,2,3]}", "box 2 (text): size is a list of 3"},
	{"{\"type\":\"text\",\"lines\":13}", "box 2 (text): lines is 13; 1 to 12"},
	{"{\"type\":\"text\",\"bold\":1}", "box 2 (text): bold is a number; true or false"},
	{"{\"type\":\"text\",\"align\":\"middle\"}",
		"box 2 (text): align is \"middle\"; one of start, center, end, left, right"},
	{"{\"type\":\"text\",\"valign\":\"up\"}", "box 2 (text): valign is \"up\""},
	{"{\"type\":\"text\"," PLACE ",\"text\":\"a\",\"size\":18,\"lines\":2}",
		"box 2 (text): h is 40; 2 lines of 18 px need at least 44"},
	{"{\"type\":\"text\"," PLACE ",\"text\":\"{price:money}\",\"size\":12,\"ellipsis\":true}",
		"box 2 (text): ellipsis is true; a text with an amount of money must not be cut"},
	{"{\"type\":\"price\"," PLACE ",\"size\":12}", "box 2 (price): field is missing"},
	{"{\"type\":\"price\"," PLACE ",\"size\":60,\"field\":\"price\"}",
		"box 2 (price): h is 40; 1 line of 60 px need at least 42"},
	{"{\"type\":\"price\",\"field\":\"prise\"}",
		"box 2 (price): field names the unknown field \"prise\""},
	{"{\"type\":\"price\",\"lines\":2}", "box 2 (price): unknown member \"lines\""},
	{"{\"type\":\"barcode\"," PLACE ",\"field\":\"gtin\"}",
		"box 2 (barcode): 100x40 pixels; an EAN-13 needs at least 226x12, quiet zones"},
	{"{\"type\":\"barcode\",\"digits\":\"yes\"}", "box 2 (barcode): digits is a text"},
	{"{\"type\":\"barcode\",\"colour\":\"black\"}",
		"box 2 (barcode): unknown member \"colour\""},
	{"{\"type\":\"qr\"," PLACE ",\"text\":\"{link}\"}",
		"box 2 (qr): 100x40 pixels; a QR code needs at least 58x58, quiet zones included"},
	{"{\"type\":\"stars\"," PLACE "}", "box 2 (stars): field is missing"},
	{"{\"type\":\"image\"," PLACE "}", "box 2 (image): rows is missing"},
	{"{\"type\":\"image\",\"rows\":[]}", "box 2 (image): rows must be a list of 1 to 128"},
	{"{\"type\":\"image\",\"rows\":[\"##\",\"#x\"]}",
		"box 2 (image): row 2 must be a text of the characters .#kw"},
	{"{\"type\":\"image\",\"rows\":[\"r\"]}", "box 2 (image): row 1 must be a text"},
	{"{\"type\":\"image\",\"x\":0,\"y\":0,\"w\":3,\"h\":9,\"rows\":[\"##\"],\"scale\":2}",
		"box 2 (image): row 1 is 4 pixels wide; w is 3"},
	{"{\"type\":\"image\",\"x\":0,\"y\":0,\"w\":3,\"h\":1,\"rows\":[\"#\",\"#\"]}",
		"box 2 (image): the rows are 2 pixels high; h is 1"},
	{"{\"type\":\"image\",\"scale\":9}", "box 2 (image): scale is 9; 1 to 8"},
};

static void test_errors_name_the_box(void)
{
	struct br_template *template = NULL;

	for (size_t i = 0; i < BR_ARRAY_LEN(bad_boxes); i++) {
		struct br_fault fault = {""};
		char json[1024];

		(void)snprintf(json, sizeof(json),
			HEAD ",\"boxes\":[{\"type\":\"rect\"," PLACE "},%s]}", bad_boxes[i].box);
		CHECK(parse(json, &template, &fault) < 0);
		CHECK_HAS(fault.text, bad_boxes[i].sentence);
		CHECK(strncmp(fault.text, "box 2", 5) == 0);
	}
	CHECK(template == NULL);
}

static void test_the_number_of_boxes_and_bytes_is_limited(void)
{
	struct br_template *template = NULL;
	struct br_fault fault = {""};
	struct br_text text;

	for (int n = BR_TEMPLATE_BOXES_MAX; n <= BR_TEMPLATE_BOXES_MAX + 1; n++) {
		br_text_init(&text, BR_TEMPLATE_BYTES_MAX);
		br_text_puts(&text, HEAD ",\"boxes\":[");
		for (int i = 0; i < n; i++)
			br_text_printf(&text, "%s{\"type\":\"rect\"," PLACE "}", i > 0 ? "," : "");
		br_text_puts(&text, "]}");
		if (n == BR_TEMPLATE_BOXES_MAX) {
			CHECK_INT(br_template_parse(br_text_str(&text), &template, NULL), 0);
			br_template_destroy(BR_TAKE(template));
		} else {
			CHECK_INT(br_template_parse(br_text_str(&text), &template, &fault),
				BR_E_TOO_LARGE);
			CHECK_HAS(fault.text, "49 boxes; at most 48");
		}
		br_text_finish(&text);
	}
	br_text_init(&text, BR_TEMPLATE_BYTES_MAX * 2);
	for (int i = 0; i <= BR_TEMPLATE_BYTES_MAX; i++)
		br_text_putc(&text, ' ');
	CHECK_INT(br_template_parse(br_text_str(&text), &template, &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "at most 65536");
	br_text_finish(&text);
}

static void test_the_display_must_have_the_size(void)
{
	struct br_template *template = sample_template("{\"type\":\"rect\"," PLACE "}");
	struct br_display other = {128, 296, BR_ACCENT_NONE, 0};
	struct br_display broken = {296, 128, BR_ACCENT_NONE, 9};
	struct br_fault fault = {""};

	CHECK_INT(br_template_check(template, &sample_29, NULL), 0);
	CHECK_INT(br_template_check(template, &sample_29_red, NULL), 0);
	CHECK_INT(br_template_check(template, &other, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "template t is for 296x128 pixels, the display has 128x296");
	CHECK_INT(br_template_check(template, &broken, &fault), BR_E_INVALID);
	br_template_destroy(template);
	br_template_destroy(NULL);
}

static void test_amounts_are_never_cut(void)
{
	BR_CLEANUP(br_template_cleanup)
	struct br_template *template = sample_template(
		"{\"type\":\"text\"," PLACE ",\"text\":[\"{name}\",\"{price:money}\"],\"size\":12},"
		"{\"type\":\"text\"," PLACE ",\"text\":\"{stock}\",\"size\":12},"
		"{\"type\":\"text\"," PLACE ",\"text\":\"only {price}\",\"size\":12},"
		"{\"type\":\"text\"," PLACE ",\"text\":\"{deposit:number}\",\"size\":12}");

	CHECK(!template->boxes[0].ellipsis);
	CHECK(template->boxes[1].ellipsis);
	CHECK(!template->boxes[2].ellipsis);
	CHECK(!template->boxes[3].ellipsis);
}

/* Damages a good template at random places: it parses, or there is a sentence. */
static void test_damaged_templates_are_total(void)
{
	char *path, *json;
	unsigned parsed = 0;
	size_t n;

	path = getenv("BACKROOM_SOURCE");
	REQUIRE(path != NULL);
	{
		char file[4096];

		(void)snprintf(
			file, sizeof(file), "%s/esl/templates/shelf-29-promotion.json", path);
		json = test_file_read(file, &n);
	}
	for (int round = 0; round < 3000; round++) {
		struct br_template *template = NULL;
		struct br_fault fault = {""};
		size_t at = test_random() % n;
		char before = json[at];

		json[at] = (char)(test_random() % 3 == 0 ? test_random() : 32 + test_random() % 95);
		if (br_template_parse((struct br_str){json, n}, &template, &fault) == 0)
			parsed++;
		else if (fault.text[0] == '\0')
			CHECK(fault.text[0] != '\0');
		br_template_destroy(template);
		json[at] = before;
	}
	CHECK(parsed > 0 && parsed < 3000);
	for (size_t cut = 0; cut < n - 2; cut += 7) {
		struct br_template *template = NULL;

		CHECK(br_template_parse((struct br_str){json, cut}, &template, NULL) < 0);
	}
	free(json);
}

static void test_names_of_states_and_kinds(void)
{
	CHECK_TEXT(br_template_state_text(BR_TEMPLATE_PROMOTION), "promotion");
	CHECK_TEXT(br_template_state_text(BR_TEMPLATE_NOT_FOR_SALE), "not_for_sale");
	CHECK_TEXT(br_box_kind_text(BR_BOX_QR), "qr");
	CHECK_INT(br_box_line_px(12), 15);
}

int main(int argc, char **argv)
{
	TEST(test_a_whole_template_is_read);
	TEST(test_errors_of_the_head);
	TEST(test_errors_name_the_box);
	TEST(test_the_number_of_boxes_and_bytes_is_limited);
	TEST(test_the_display_must_have_the_size);
	TEST(test_amounts_are_never_cut);
	TEST(test_damaged_templates_are_total);
	TEST(test_names_of_states_and_kinds);
	return test_end(argc, argv);
}
