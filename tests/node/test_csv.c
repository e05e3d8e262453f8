#include "node/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

/* A file under reading, in memory of exactly its size, so that a byte too far is noticed. */
struct file {
	struct br_csv csv;
	char *bytes;
	struct br_str row[BR_CSV_COLUMNS_MAX];
	unsigned n;
	struct br_fault fault;
};

static void file_open(struct file *file, const char *bytes, size_t n)
{
	memset(file, 0, sizeof(*file));
	file->bytes = malloc(n > 0 ? n : 1);
	REQUIRE(file->bytes != NULL);
	memcpy(file->bytes, bytes, n);
	br_csv_init(&file->csv, file->bytes, n);
}

static int file_next(struct file *file)
{
	return br_csv_next(&file->csv, file->row, &file->n, &file->fault);
}

/* The next row is exactly these columns, written with | between them. */
static void row_is(struct file *file, const char *columns)
{
	struct br_str rest = br_str_from(columns);
	unsigned i = 0;

	CHECK_INT(file_next(file), 1);
	for (; i < file->n && (rest.n > 0 || i == 0); i++) {
		struct br_str want = br_str_split(&rest, '|');
		char text[256];

		REQUIRE(br_str_copy(want, text, sizeof(text)));
		CHECK_STR(file->row[i], text);
	}
	CHECK_INT(i, file->n);
	CHECK_INT(rest.n, 0);
}

static void file_ends(struct file *file)
{
	CHECK_INT(file_next(file), 0);
	CHECK_INT(file_next(file), 0);
	free(file->bytes);
}

/* Reading fails with a sentence that has `part`. */
static void file_fails(const char *bytes, size_t n, const char *part)
{
	struct file file;
	int result;

	file_open(&file, bytes, n);
	while ((result = file_next(&file)) > 0)
		continue;
	CHECK_INT(result, BR_E_INVALID);
	CHECK_HAS(file.fault.text, part);
	free(file.bytes);
}

#define OPEN(FILE, LITERAL) file_open((FILE), LITERAL, sizeof(LITERAL) - 1)
#define FAILS(LITERAL, PART) file_fails(LITERAL, sizeof(LITERAL) - 1, PART)

static void test_rows_and_columns(void)
{
	struct file file;

	OPEN(&file, "sku,name\nA,Apple juice\nB, Bread \n");
	row_is(&file, "sku|name");
	row_is(&file, "A|Apple juice");
	/* Blanks belong to the field (RFC 4180, section 2.4). */
	row_is(&file, "B| Bread ");
	file_ends(&file);
}

static void test_the_last_line_needs_no_end(void)
{
	struct file file;

	OPEN(&file, "a,b\nc,d");
	row_is(&file, "a|b");
	row_is(&file, "c|d");
	file_ends(&file);
}

static void test_an_empty_file_has_no_rows(void)
{
	struct file file;

	OPEN(&file, "");
	file_ends(&file);
	OPEN(&file, "\xEF\xBB\xBF");
	file_ends(&file);
	OPEN(&file, "\n\r\n\n");
	file_ends(&file);
}

static void test_empty_fields_count(void)
{
	struct file file;

	OPEN(&file, ",,\n\"\"\nx,\n");
	CHECK_INT(file_next(&file), 1);
	CHECK_INT(file.n, 3);
	CHECK_STR(file.row[2], "");
	CHECK_INT(file_next(&file), 1);
	CHECK_INT(file.n, 1);
	CHECK_STR(file.row[0], "");
	CHECK_INT(file_next(&file), 1);
	CHECK_INT(file.n, 2);
	CHECK_STR(file.row[1], "");
	file_ends(&file);
}

static void test_blank_lines_are_passed_over(void)
{
	struct file file;

	OPEN(&file, "\n\na\n\r\n\nb\n\n");
	row_is(&file, "a");
	CHECK_INT(file.csv.line, 3);
	row_is(&file, "b");
	CHECK_INT(file.csv.line, 6);
	file_ends(&file);
}

static void test_the_separator_is_what_the_first_line_has_most_of(void)
{
	struct file file;

	OPEN(&file, "a;b;c,d\n1;2;3\n");
	row_is(&file, "a|b|c,d");
	row_is(&file, "1|2|3");
	file_ends(&file);
	OPEN(&file, "a\tb\n1,5\t2;5\n");
	row_is(&file, "a|b");
	row_is(&file, "1,5|2;5");
	file_ends(&file);
	OPEN(&file, "only\n1;2\n");
	row_is(&file, "only");
	row_is(&file, "1;2");
	file_ends(&file);
}

/* The header decides, wherever it begins and whatever stands in its quotes. */
static void test_what_is_quoted_is_no_separator(void)
{
	struct file file;

	OPEN(&file, "\"a, the first, of all\";\"b\"\"x,y,z\"\n1,5;2\n");
	row_is(&file, "a, the first, of all|b\"x,y,z");
	row_is(&file, "1,5|2");
	file_ends(&file);
	OPEN(&file, "\r\n\n\xC3\xA4;b\n1;2,5,5,5\n");
	row_is(&file, "\xC3\xA4|b");
	row_is(&file, "1|2,5,5,5");
	file_ends(&file);
	OPEN(&file, "a;b\r1,5;2,5\r3,5;4,5\r");
	row_is(&file, "a|b");
	row_is(&file, "1,5|2,5");
	row_is(&file, "3,5|4,5");
	file_ends(&file);
	/* A quote inside a field opens nothing. */
	OPEN(&file, "TV 32\" flat;b\n1,2,3;4\n");
	row_is(&file, "TV 32\" flat|b");
	row_is(&file, "1,2,3|4");
	file_ends(&file);
}

static void test_a_byte_order_mark_is_no_text(void)
{
	struct file file;

	OPEN(&file, "\xEF\xBB\xBFsku,name\n");
	row_is(&file, "sku|name");
	file_ends(&file);
}

static void test_every_kind_of_line_end(void)
{
	struct file file;

	OPEN(&file, "a,b\r\nc,d\ne,f\r\n");
	row_is(&file, "a|b");
	row_is(&file, "c|d");
	row_is(&file, "e|f");
	CHECK_INT(file.csv.line, 3);
	file_ends(&file);
}

/* Files of old spreadsheets: nothing may be swallowed behind the lone carriage return. */
static void test_a_lone_carriage_return_ends_a_line(void)
{
	struct file file;

	OPEN(&file, "a,b\rc,d\r\re,f");
	row_is(&file, "a|b");
	row_is(&file, "c|d");
	CHECK_INT(file.csv.line, 2);
	row_is(&file, "e|f");
	CHECK_INT(file.csv.line, 4);
	file_ends(&file);
}

static void test_quoted_fields(void)
{
	struct file file;

	OPEN(&file, "\"a, b\",\"say \"\"hi\"\"\",\"\"\"\",plain\n\"x\",y\n");
	row_is(&file, "a, b|say \"hi\"|\"|plain");
	row_is(&file, "x|y");
	file_ends(&file);
}

/* What begins without a quote is text as it stands. */
static void test_a_quote_inside_a_field_is_a_letter(void)
{
	struct file file;

	OPEN(&file, "TV 32\" flat,b\n");
	row_is(&file, "TV 32\" flat|b");
	file_ends(&file);
}

static void test_a_row_over_several_lines_keeps_its_first_number(void)
{
	struct file file;

	OPEN(&file, "h,i\r\"a\rb\",x\rc,y\r");
	row_is(&file, "h|i");
	row_is(&file, "a\rb|x");
	row_is(&file, "c|y");
	CHECK_INT(file.csv.line, 4);
	file_ends(&file);
	OPEN(&file, "h,i\n\"one\ntwo\r\nthree\",x\nlast,y\n");
	row_is(&file, "h|i");
	row_is(&file, "one\ntwo\r\nthree|x");
	CHECK_INT(file.csv.line, 2);
	row_is(&file, "last|y");
	CHECK_INT(file.csv.line, 5);
	file_ends(&file);
}

static void test_a_quote_that_is_never_closed_names_its_line(void)
{
	FAILS("a\n\"b\nc\nd\n", "line 2: a quote is opened and never closed");
	FAILS("\"", "line 1");
	FAILS("a,\"b\"\"", "line 1: a quote is opened");
}

static void test_text_behind_a_closing_quote_is_refused(void)
{
	FAILS("a,b\n\"c\"d,e\n", "line 2: text follows a closing quote");
	FAILS("\"c\" ,e\n", "line 1: text follows");
}

static void test_what_is_not_utf8_is_refused(void)
{
	FAILS("name\nK\xE4se\n", "line 2: not UTF-8: save the file as UTF-8");
	FAILS("name\n\"K\xE4se\"\n", "line 2: not UTF-8");
	FAILS("a\0b\n", "line 1: not UTF-8");
}

static void test_the_number_of_columns_has_a_limit(void)
{
	char line[2 * BR_CSV_COLUMNS_MAX + 2];
	struct file file;
	size_t n = 0;

	for (unsigned i = 0; i < BR_CSV_COLUMNS_MAX; i++) {
		line[n++] = 'x';
		line[n++] = ',';
	}
	file_open(&file, line, n - 1);
	CHECK_INT(file_next(&file), 1);
	CHECK_INT(file.n, BR_CSV_COLUMNS_MAX);
	file_ends(&file);
	line[n++] = 'x';
	file_fails(line, n, "line 1: has more than 64 columns");
}

/* Writes a field as a spreadsheet does. */
static size_t field_write(char *to, const char *field)
{
	size_t n = 0;

	to[n++] = '"';
	for (; *field != '\0'; field++) {
		if (*field == '"')
			to[n++] = '"';
		to[n++] = *field;
	}
	to[n++] = '"';
	return n;
}

static void test_any_text_survives_quoting(void)
{
	static const char letters[] = "ab,;\t\"\r\n ";

	for (unsigned round = 0; round < 500; round++) {
		unsigned n = 1 + (unsigned)(test_random() % 5);
		char fields[5][12], bytes[256] = "h,e,a,d,r\n";
		struct file file;
		size_t end = strlen(bytes);

		for (unsigned i = 0; i < n; i++) {
			size_t length = test_random() % 12;

			for (size_t j = 0; j < length; j++)
				fields[i][j] = letters[test_random() % (sizeof(letters) - 1)];
			fields[i][length] = '\0';
			if (i > 0)
				bytes[end++] = ',';
			end += field_write(bytes + end, fields[i]);
		}
		file_open(&file, bytes, end);
		row_is(&file, "h|e|a|d|r");
		CHECK_INT(file_next(&file), 1);
		CHECK_INT(file.n, n);
		for (unsigned i = 0; i < n && i < file.n; i++)
			CHECK_STR(file.row[i], fields[i]);
		file_ends(&file);
	}
}

/* Bytes of any kind come to an end without a step outside the file. */
static void test_any_bytes_come_to_an_end(void)
{
	static const char letters[] = "\",\n\r;\t\xC3\xA4 a\xEF\xBB\xBF";

	for (unsigned round = 0; round < 2000; round++) {
		char bytes[40];
		size_t n = test_random() % sizeof(bytes);
		struct file file;
		unsigned rows = 0;

		for (size_t i = 0; i < n; i++)
			bytes[i] = letters[test_random() % sizeof(letters)];
		file_open(&file, bytes, n);
		while (file_next(&file) > 0)
			rows++;
		CHECK(rows <= n);
		free(file.bytes);
	}
}

int main(int argc, char **argv)
{
	TEST(test_rows_and_columns);
	TEST(test_the_last_line_needs_no_end);
	TEST(test_an_empty_file_has_no_rows);
	TEST(test_empty_fields_count);
	TEST(test_blank_lines_are_passed_over);
	TEST(test_the_separator_is_what_the_first_line_has_most_of);
	TEST(test_what_is_quoted_is_no_separator);
	TEST(test_a_byte_order_mark_is_no_text);
	TEST(test_every_kind_of_line_end);
	TEST(test_a_lone_carriage_return_ends_a_line);
	TEST(test_quoted_fields);
	TEST(test_a_quote_inside_a_field_is_a_letter);
	TEST(test_a_row_over_several_lines_keeps_its_first_number);
	TEST(test_a_quote_that_is_never_closed_names_its_line);
	TEST(test_text_behind_a_closing_quote_is_refused);
	TEST(test_what_is_not_utf8_is_refused);
	TEST(test_the_number_of_columns_has_a_limit);
	TEST(test_any_text_survives_quoting);
	TEST(test_any_bytes_come_to_an_end);
	return test_end(argc, argv);
}
