#include "node/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/limits.h"
#include "tests/lib/test.h"

#define LINE_BYTES_MAX 199 /* of inih, without the line's end */

/* A folder for one test's files, and the main file's path in it. */
static char folder[400], path[420];

static void files_clear(void)
{
	static unsigned folders;

	(void)snprintf(folder, sizeof(folder), "%s/%u", test_folder(), ++folders);
	(void)snprintf(path, sizeof(path), "%s/backroom.conf", folder);
	REQUIRE(mkdir(folder, 0700) == 0);
}

static void bytes_write(const char *name, const char *bytes, size_t n)
{
	char file_path[512];
	FILE *file;

	(void)snprintf(file_path, sizeof(file_path), "%s/%s", folder, name);
	file = fopen(file_path, "we");
	REQUIRE(file != NULL);
	REQUIRE(fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void file_write(const char *name, const char *text)
{
	bytes_write(name, text, strlen(text));
}

static void conf_d_make(void)
{
	char name[512];

	(void)snprintf(name, sizeof(name), "%s/conf.d", folder);
	REQUIRE(mkdir(name, 0700) == 0);
}

/* Reads a main file with this text over the defaults. */
static int config_read(const char *text, struct br_config *ret_config, struct br_fault *ret_fault)
{
	files_clear();
	file_write("backroom.conf", text);
	br_config_init(ret_config);
	ret_fault->text[0] = '\0';
	return br_config_read(ret_config, path, ret_fault);
}

static void reads(const char *text, struct br_config *ret_config)
{
	struct br_fault fault;

	CHECK_INT(config_read(text, ret_config, &fault), 0);
	CHECK_TEXT(fault.text, "");
}

static void refuses(const char *text, const char *part)
{
	struct br_config config, defaults;
	struct br_fault fault;

	CHECK(config_read(text, &config, &fault) < 0);
	CHECK_HAS(fault.text, part);
	CHECK_HAS(fault.text, path);
	br_config_init(&defaults);
	CHECK(memcmp(&config, &defaults, sizeof(config)) == 0);
}

static const char *text_of(const struct br_config *config, const struct br_config_key *key)
{
	br_assert(key->kind == BR_CONFIG_TEXT);
	return (const char *)config + key->offset;
}

static int64_t number_of(const struct br_config *config, const struct br_config_key *key)
{
	const void *field = (const char *)config + key->offset;

	br_assert(key->kind != BR_CONFIG_TEXT);
	return key->kind == BR_CONFIG_FLAG ? *(const bool *)field : *(const int64_t *)field;
}

/* The key's value as a file would have it. */
static const char *value_of(const struct br_config *config, const struct br_config_key *key)
{
	static char text[32];

	if (key->kind == BR_CONFIG_TEXT)
		return text_of(config, key);
	if (key->kind == BR_CONFIG_FLAG)
		return number_of(config, key) != 0 ? "yes" : "no";
	(void)snprintf(text, sizeof(text), "%" PRId64, number_of(config, key));
	return text;
}

static void test_defaults_are_what_the_table_says(void)
{
	struct br_config config;

	br_config_init(&config);
	for (unsigned i = 0; i < br_config_key_n; i++)
		CHECK_TEXT(value_of(&config, &br_config_keys[i]), br_config_keys[i].fallback);
	CHECK_TEXT(config.state_dir, "/var/lib/backroom");
	CHECK_TEXT(config.web_listen, "127.0.0.1");
	CHECK_INT(config.web_port, 8080);
	CHECK(!config.link_enabled);
}

static void test_no_key_stands_twice_and_each_has_help(void)
{
	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];

		CHECK(strlen(key->help) > 8 && key->help[strlen(key->help) - 1] == '.');
		CHECK(key->min <= key->max);
		for (unsigned j = 0; j < i; j++) {
			CHECK(strcmp(key->section, br_config_keys[j].section) != 0 ||
				strcmp(key->key, br_config_keys[j].key) != 0);
			CHECK(key->offset != br_config_keys[j].offset);
		}
	}
}

/* What is refused as full must come before what the store cannot hold: that would end the daemon.
 */
static void test_the_largest_ledger_fits_its_map(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < br_config_key_n; i++)
		if (strcmp(br_config_keys[i].key, "ledger_max_mb") == 0) {
			CHECK((uint64_t)br_config_keys[i].max << 20 <=
				BR_LEDGER_MAP_BYTES / 16 * 15);
			n++;
		}
	CHECK_INT(n, 1);
}

/* A file with this one key. */
static const char *one_key(const struct br_config_key *key, const char *value)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text), "[%s]\n%s = %s\n", key->section, key->key, value);
	return text;
}

static void number_check(const struct br_config_key *key)
{
	static const char *const wrong[] = {
		"", "x", "1.5", "0x10", "+1", "1 2", "--1", "9223372036854775808", "yes"};
	const int64_t right[] = {key->min, key->max}, outside[] = {key->min - 1, key->max + 1};
	struct br_config config;
	char value[32], allowed[64];

	(void)snprintf(
		allowed, sizeof(allowed), "allowed is %" PRId64 " to %" PRId64, key->min, key->max);
	for (unsigned i = 0; i < BR_ARRAY_LEN(right); i++) {
		(void)snprintf(value, sizeof(value), "%" PRId64, right[i]);
		reads(one_key(key, value), &config);
		CHECK_INT(number_of(&config, key), right[i]);
		(void)snprintf(value, sizeof(value), "%" PRId64, outside[i]);
		refuses(one_key(key, value), allowed);
	}
	for (unsigned i = 0; i < BR_ARRAY_LEN(wrong); i++)
		refuses(one_key(key, wrong[i]), allowed);
}

static void test_every_number_has_its_range(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < br_config_key_n; i++)
		if (br_config_keys[i].kind == BR_CONFIG_NUMBER) {
			number_check(&br_config_keys[i]);
			n++;
		}
	CHECK(n >= 5);
}

/* A text of this length, of letters; valid until the next one. */
static const char *long_text(int64_t n)
{
	static char text[512];

	br_assert(n >= 0 && n < (int64_t)sizeof(text));
	memset(text, 'a', (size_t)n);
	text[n] = '\0';
	return text;
}

static void test_every_text_has_its_length(void)
{
	struct br_config config;
	char allowed[64];
	unsigned n = 0;

	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];
		const char *longest;

		if (key->kind != BR_CONFIG_TEXT)
			continue;
		n++;
		(void)snprintf(allowed, sizeof(allowed),
			"allowed is a text of %" PRId64 " to %" PRId64 " bytes", key->min,
			key->max);
		if (key->min > 0)
			refuses(one_key(key, ""), allowed);
		if (key->min > 0 && key->min < key->max && key->rule == NULL)
			reads(one_key(key, long_text(key->min)), &config);
		refuses(one_key(key, long_text(key->max + 1)), allowed);
		longest = key->max == 3 ? "GBP" : long_text(key->max);
		/* What such a rule takes is below. */
		if (key->rule != NULL && !key->rule->check(br_str_from(longest)))
			continue;
		reads(one_key(key, longest), &config);
		CHECK_INT(strlen(text_of(&config, key)), key->max);
	}
	CHECK(n >= 15);
}

static void test_every_flag_is_yes_or_no(void)
{
	static const char *const wrong[] = {"", "true", "1", "Yes", "NO", "on", "yes no"};
	struct br_config config;
	unsigned n = 0;

	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];

		if (key->kind != BR_CONFIG_FLAG)
			continue;
		n++;
		reads(one_key(key, "yes"), &config);
		CHECK_INT(number_of(&config, key), 1);
		reads(one_key(key, "no"), &config);
		CHECK_INT(number_of(&config, key), 0);
		for (unsigned j = 0; j < BR_ARRAY_LEN(wrong); j++)
			refuses(one_key(key, wrong[j]), "allowed is yes or no");
	}
	CHECK(n > 0);
}

/* What would only show later, as a sale that cannot be written or a topic that is none. */
static void test_texts_with_rules(void)
{
	struct br_config config;

	reads("[store]\nid = Shop_4-2\ncurrency = USD\n[broker]\nhost = ::1\n", &config);
	CHECK_TEXT(config.store_id, "Shop_4-2");
	reads("[broker]\nhost = localhost\n", &config);
	reads("[broker]\nhost = 127.1.2.3\n", &config);
	CHECK_TEXT(config.broker_host, "127.1.2.3");
	refuses("[store]\ngln = 9506000134353\n", "allowed is 13 digits with a right GS1");
	refuses("[store]\ncurrency = eur\n", "allowed is an ISO 4217 code");
	refuses("[store]\ncurrency = E1R\n", "allowed is an ISO 4217 code");
	refuses("[store]\nid = a/b\n", "made of A-Z, a-z, 0-9, _ and -");
	refuses("[store]\nid = +\n", "made of A-Z");
	reads("[labels]\ndigit_zero = \u06f0\ndate_form = y-m-d\n", &config);
	CHECK_TEXT(config.digit_zero, "\u06f0");
	CHECK_TEXT(config.date_form, "y-m-d");
	refuses("[labels]\ndigit_zero = 1\n", "allowed is the digit zero of one script");
	refuses("[labels]\ndigit_zero = 00\n", "allowed is the digit zero of one script");
	refuses("[labels]\ndigit_zero = \u06f9\n", "allowed is the digit zero of one script");
	refuses("[labels]\ndate_form = soon.\n", "allowed is d.m.y, d/m/y, m/d/y or y-m-d");
	refuses("[broker]\nhost = 192.168.1.4\n", "an address of this machine");
	refuses("[broker]\nhost = broker.example\n", "an address of this machine");
	refuses("[broker]\nhost = 127.evil.example\n", "an address of this machine");
}

static void test_an_unknown_key_names_the_nearest(void)
{
	refuses("[web]\nprot = 80\n", "line 2: [web] prot: no such key; the nearest is [web] port");
	refuses("[link]\nenable = yes\n", "the nearest is [link] enabled");
	refuses("[lables]\ntemplates = /x\n", "the nearest is [labels] templates");
	refuses("[Store]\nid = 1\n", "[Store] id: no such key; the nearest is [store] id");
	refuses("port = 80\n", "line 1: [] port: no such key");
	refuses("[web]\ncompletely_different_and_quite_a_long_name_that_goes_on = 1\n",
		"no such key; the nearest is");
}

static void test_a_missing_file_is_an_error(void)
{
	struct br_config config;
	struct br_fault fault;

	files_clear();
	br_config_init(&config);
	CHECK_INT(br_config_read(&config, path, &fault), BR_E_NOT_FOUND);
	CHECK_HAS(fault.text, path);
	CHECK_HAS(fault.text, "No such file");
}

static void test_a_folder_is_no_file(void)
{
	struct br_config config;
	struct br_fault fault;
	char inner[512];

	files_clear();
	br_config_init(&config);
	CHECK(br_config_read(&config, folder, &fault) < 0);
	CHECK_HAS(fault.text, "Is a directory");
	file_write("backroom.conf", "");
	conf_d_make();
	(void)snprintf(inner, sizeof(inner), "%s/conf.d/x.conf", folder);
	REQUIRE(mkdir(inner, 0700) == 0);
	CHECK(br_config_read(&config, path, &fault) < 0);
	CHECK_HAS(fault.text, "conf.d/x.conf: Is a directory");
}

static void test_an_empty_file_is_a_good_one(void)
{
	struct br_config config, defaults;

	br_config_init(&defaults);
	reads("", &config);
	CHECK(memcmp(&config, &defaults, sizeof(config)) == 0);
	reads("; nothing\n\n   # here\n[web]\n", &config);
	CHECK(memcmp(&config, &defaults, sizeof(config)) == 0);
}

static void test_lines_may_be_written_in_many_ways(void)
{
	struct br_config config;

	reads("\xEF\xBB\xBF[store]\r\nname=  Caf\xC3\xA9 = best  \r\n[web]\nport:81\nport = 82",
		&config);
	CHECK_TEXT(config.store_name, "Caf\xC3\xA9 = best");
	/* The last one counts. */
	CHECK_INT(config.web_port, 82);
	reads("[store]\nname = Corner ; the one by the sea\n", &config);
	CHECK_TEXT(config.store_name, "Corner");
	reads("[store]\nname = A;B #1\n", &config);
	CHECK_TEXT(config.store_name, "A;B #1");
}

/* An indented key is a key, and no second line of the value before it. */
static void test_indented_lines_mean_what_they_say(void)
{
	struct br_config config;

	reads("[store]\n  id = 7\n  name = Shop\n\t; a comment\n [web]\n\tport = 81\n", &config);
	CHECK_TEXT(config.store_id, "7");
	CHECK_TEXT(config.store_name, "Shop");
	CHECK_INT(config.web_port, 81);
	refuses("[store]\nname = Shop\n  by the sea\n", "line 3: allowed are [section]");
}

static void test_a_line_that_is_none_is_named(void)
{
	refuses("[store]\nname\n", "line 2: allowed are [section], key = value and ; comments");
	refuses("[store\n", "line 1: allowed are");
	/* The first bad line is told, of whatever kind it is. */
	refuses("[web]\n???\nport = x\n", "line 2: allowed are");
	refuses("[web]\nport = x\n???\n", "line 2: [web] port");
	refuses("[web]\nport = x\n\xFF\n", "line 2: [web] port");
}

static void test_no_line_is_cut_in_silence(void)
{
	struct br_config config;
	char line[1200];

	(void)snprintf(line, sizeof(line), "[store]\n; %s\n", long_text(400));
	refuses(line, "line 2: the line is too long, a value has at most 180 bytes");
	/* The longest line there may be, with and without its end. */
	(void)snprintf(line, sizeof(line), "[store]\nname = %s\n;%s", long_text(180),
		long_text(LINE_BYTES_MAX - 1));
	reads(line, &config);
	CHECK_INT(strlen(config.store_name), 180);
	strcat(line, "\n[web]\nport = 81\n");
	reads(line, &config);
	CHECK_INT(config.web_port, 81);
	(void)snprintf(line, sizeof(line), "[store]\nname = x\n;%s", long_text(LINE_BYTES_MAX));
	refuses(line, "line 3: the line is too long");
}

static void test_every_line_is_text(void)
{
	static const char nul[] = "[store]\nname = a\0b\n";
	struct br_config config;
	struct br_fault fault;

	refuses("[store]\nname = K\xE4se\n", "line 2: not UTF-8: save the file as UTF-8");
	refuses("[store]\nname = a\x1b[2J\n", "line 2: control characters are not allowed");
	files_clear();
	bytes_write("backroom.conf", nul, sizeof(nul) - 1);
	br_config_init(&config);
	CHECK_INT(br_config_read(&config, path, &fault), BR_E_INVALID);
	CHECK_HAS(fault.text, "line 2: not UTF-8");
}

static void test_conf_d_is_read_in_the_order_of_names(void)
{
	struct br_config config;
	struct br_fault fault;

	files_clear();
	conf_d_make();
	file_write("backroom.conf", "[web]\nport = 1000\n[store]\nname = main\n");
	file_write("conf.d/20-b.conf", "[web]\nport = 1020\n");
	file_write("conf.d/10-a.conf", "[web]\nport = 1010\nlisten = ::1\n");
	/* Neither what an editor leaves behind nor a hidden file counts. */
	file_write("conf.d/30-c.conf~", "[web]\nport = 1030\n");
	file_write("conf.d/.40-d.conf", "[web]\nport = 1040\n");
	file_write("conf.d/.conf", "[web]\nport = 1050\n");
	file_write("conf.d/README", "not a configuration");
	br_config_init(&config);
	CHECK_INT(br_config_read(&config, path, &fault), 0);
	CHECK_INT(config.web_port, 1020);
	CHECK_TEXT(config.web_listen, "::1");
	CHECK_TEXT(config.store_name, "main");
}

static void test_a_fault_in_conf_d_names_its_file(void)
{
	struct br_config config, before;
	struct br_fault fault;

	files_clear();
	conf_d_make();
	file_write("backroom.conf", "[web]\nport = 1000\n");
	file_write("conf.d/10-a.conf", "[web]\nport = 1010\n");
	file_write("conf.d/20-b.conf", "\n\n[web]\nport = no\n");
	br_config_init(&config);
	before = config;
	CHECK_INT(br_config_read(&config, path, &fault), BR_E_INVALID);
	CHECK_HAS(
		fault.text, "/conf.d/20-b.conf line 4: [web] port = \"no\": allowed is 0 to 65535");
	CHECK(memcmp(&config, &before, sizeof(config)) == 0);
}

static void test_conf_d_has_a_limit_and_must_be_readable(void)
{
	struct br_config config;
	struct br_fault fault;
	char name[64];

	files_clear();
	file_write("backroom.conf", "");
	file_write("conf.d", "a file");
	br_config_init(&config);
	CHECK(br_config_read(&config, path, &fault) < 0);
	CHECK_HAS(fault.text, "/conf.d: Not a directory");
	files_clear();
	file_write("backroom.conf", "");
	conf_d_make();
	for (unsigned i = 0; i < BR_CONFIG_FILES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "conf.d/%03u.conf", i);
		file_write(name, "[web]\nport = 77\n");
	}
	CHECK_INT(br_config_read(&config, path, &fault), 0);
	CHECK_INT(config.web_port, 77);
	file_write("conf.d/one-more.conf", "");
	CHECK_INT(br_config_read(&config, path, &fault), BR_E_TOO_LARGE);
	CHECK_HAS(fault.text, "/conf.d: has 65 files, allowed are at most 64");
}

static void test_a_bare_name_is_a_file_of_this_folder(void)
{
	struct br_config config;
	struct br_fault fault;
	char here[4096];

	REQUIRE(getcwd(here, sizeof(here)) != NULL);
	files_clear();
	conf_d_make();
	file_write("backroom.conf", "");
	file_write("conf.d/a.conf", "[web]\nport = 1234\n");
	REQUIRE(chdir(folder) == 0);
	br_config_init(&config);
	CHECK_INT(br_config_read(&config, "backroom.conf", &fault), 0);
	CHECK_INT(config.web_port, 1234);
	REQUIRE(chdir(here) == 0);
}

/* Another value for every key, within what is allowed. */
static void config_scramble(struct br_config *config)
{
	static const char letters[] = "abcXYZ019_-";

	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];
		void *field = (char *)config + key->offset;
		uint64_t random = test_random();
		char *text = field;
		size_t n;

		if (key->kind == BR_CONFIG_FLAG)
			*(bool *)field = random % 2 != 0;
		else if (key->kind == BR_CONFIG_NUMBER)
			*(int64_t *)field =
				key->min + (int64_t)(random % (uint64_t)(key->max - key->min + 1));
		if (key->kind != BR_CONFIG_TEXT ||
			(key->rule != NULL && strcmp(key->key, "id") != 0))
			continue;
		n = (size_t)key->min + random % (uint64_t)(key->max - key->min + 1);
		for (size_t j = 0; j < n; j++)
			text[j] = letters[test_random() % (sizeof(letters) - 1)];
		text[n] = '\0';
	}
}

static void test_what_is_written_reads_the_same(void)
{
	for (unsigned round = 0; round < 100; round++) {
		struct br_config config, again;
		struct br_text text;

		br_config_init(&config);
		if (round > 0)
			config_scramble(&config);
		br_text_init(&text, 1 << 16);
		br_config_write(&config, &text);
		REQUIRE(br_text_error(&text) == 0);
		reads(text.bytes, &again);
		for (unsigned i = 0; i < br_config_key_n; i++) {
			char first[BR_CONFIG_VALUE_BYTES];

			(void)snprintf(
				first, sizeof(first), "%s", value_of(&config, &br_config_keys[i]));
			CHECK_TEXT(value_of(&again, &br_config_keys[i]), first);
		}
		br_text_finish(&text);
	}
}

static void test_the_file_explains_itself(void)
{
	struct br_config config;
	struct br_text text;
	char *section;

	br_config_init(&config);
	br_text_init(&text, 1 << 16);
	br_config_write(&config, &text);
	REQUIRE(br_text_error(&text) == 0);
	for (unsigned i = 0; i < br_config_key_n; i++) {
		char part[512];

		(void)snprintf(part, sizeof(part), "; %s\n%s = %s\n", br_config_keys[i].help,
			br_config_keys[i].key, br_config_keys[i].fallback);
		CHECK_HAS(text.bytes, part);
		(void)snprintf(part, sizeof(part), "[%s]\n", br_config_keys[i].section);
		section = strstr(text.bytes, part);
		REQUIRE(section != NULL);
		CHECK(strstr(section + 1, part) == NULL);
	}
	br_text_finish(&text);
}

static void test_the_man_page_has_every_key(void)
{
	struct br_str rest;
	struct br_text text;

	br_text_init(&text, 1 << 16);
	br_config_man(&text);
	REQUIRE(br_text_error(&text) == 0);
	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];
		char part[512];

		(void)snprintf(part, sizeof(part), ".TP\n.B %s\n%s\n", key->key, key->help);
		CHECK_HAS(text.bytes, part);
		(void)snprintf(part, sizeof(part), "Default: %s\n",
			key->fallback[0] != '\0' ? key->fallback : "empty.");
		CHECK_HAS(text.bytes, part);
		(void)snprintf(part, sizeof(part),
			".B %s\n%s\nA number from %" PRId64 " to %" PRId64 ".\n", key->key,
			key->help, key->min, key->max);
		if (key->kind == BR_CONFIG_NUMBER)
			CHECK_HAS(text.bytes, part);
	}
	CHECK_HAS(text.bytes, "Allowed is an ISO 4217 code");
	CHECK_HAS(text.bytes, "yes or no.\n");
	/* A text that began with a dot or an apostrophe would be taken for a request of roff. */
	rest = br_text_str(&text);
	while (rest.n > 0) {
		struct br_str line = br_str_split(&rest, '\n');

		CHECK(line.n > 0 && line.s[0] != '\'' && memchr(line.s, '\\', line.n) == NULL);
		if (line.s[0] == '.')
			CHECK(br_str_is(line, ".TP") || br_str_starts(line, ".B ") ||
				br_str_starts(line, ".SS ["));
	}
	br_text_finish(&text);
}

/* The file that is installed shows every key, commented out, with its default. */
static void test_the_installed_file_shows_every_default(void)
{
	const char *source = getenv("BACKROOM_SOURCE");
	struct br_config config;
	char name[512], *text, *to;

	(void)snprintf(
		name, sizeof(name), "%s/packaging/backroom.conf", source != NULL ? source : ".");
	text = test_file_read(name, NULL);
	reads(text, &config);
	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];

		(void)snprintf(name, sizeof(name), "\n;%s =%s%s\n", key->key,
			key->fallback[0] != '\0' ? " " : "", key->fallback);
		CHECK_HAS(text, name);
	}
	/* Without the ; before its keys it is a right file, too, that changes nothing. */
	to = text;
	for (const char *from = text; *from != '\0'; from++)
		if (*from != ';' || (from > text && from[-1] != '\n') || from[1] == ' ')
			*to++ = *from;
	*to = '\0';
	reads(text, &config);
	for (unsigned i = 0; i < br_config_key_n; i++)
		CHECK_TEXT(value_of(&config, &br_config_keys[i]), br_config_keys[i].fallback);
	free(text);
}

int main(int argc, char **argv)
{
	TEST(test_defaults_are_what_the_table_says);
	TEST(test_no_key_stands_twice_and_each_has_help);
	TEST(test_the_largest_ledger_fits_its_map);
	TEST(test_every_number_has_its_range);
	TEST(test_every_text_has_its_length);
	TEST(test_every_flag_is_yes_or_no);
	TEST(test_texts_with_rules);
	TEST(test_an_unknown_key_names_the_nearest);
	TEST(test_a_missing_file_is_an_error);
	TEST(test_a_folder_is_no_file);
	TEST(test_an_empty_file_is_a_good_one);
	TEST(test_lines_may_be_written_in_many_ways);
	TEST(test_indented_lines_mean_what_they_say);
	TEST(test_a_line_that_is_none_is_named);
	TEST(test_no_line_is_cut_in_silence);
	TEST(test_every_line_is_text);
	TEST(test_conf_d_is_read_in_the_order_of_names);
	TEST(test_a_fault_in_conf_d_names_its_file);
	TEST(test_conf_d_has_a_limit_and_must_be_readable);
	TEST(test_a_bare_name_is_a_file_of_this_folder);
	TEST(test_what_is_written_reads_the_same);
	TEST(test_the_file_explains_itself);
	TEST(test_the_man_page_has_every_key);
	TEST(test_the_installed_file_shows_every_default);
	return test_end(argc, argv);
}
