#include "node/config.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/folder.h"
#include "node/rules.h"

#define RULED(SECTION, KEY, FIELD, FALLBACK, MIN, RULE, HELP) \
	{ \
		SECTION, KEY, BR_CONFIG_TEXT, offsetof(struct br_config, FIELD), \
			sizeof(((struct br_config *)0)->FIELD), FALLBACK, MIN, \
			(int64_t)sizeof(((struct br_config *)0)->FIELD) - 1, HELP, RULE \
	}
#define TEXT(SECTION, KEY, FIELD, FALLBACK, MIN, HELP) \
	RULED(SECTION, KEY, FIELD, FALLBACK, MIN, NULL, HELP)
#define NUMBER(SECTION, KEY, FIELD, FALLBACK, MIN, MAX, HELP) \
	{ \
		SECTION, KEY, BR_CONFIG_NUMBER, offsetof(struct br_config, FIELD), \
			sizeof(int64_t), FALLBACK, MIN, MAX, HELP, NULL \
	}
#define FLAG(SECTION, KEY, FIELD, FALLBACK, HELP) \
	{ \
		SECTION, KEY, BR_CONFIG_FLAG, offsetof(struct br_config, FIELD), sizeof(bool), \
			FALLBACK, 0, 1, HELP, NULL \
	}

static bool store_id_check(struct br_str text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";

	for (size_t i = 0; i < text.n; i++)
		if (strchr(allowed, text.s[i]) == NULL)
			return false;
	return true;
}

/* Connecting blocks, which only this machine's own addresses make harmless. */
static bool loopback_check(struct br_str text)
{
	if (br_str_is(text, "::1") || br_str_is(text, "localhost"))
		return true;
	if (!br_str_starts(text, "127."))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (strchr("0123456789.", text.s[i]) == NULL)
			return false;
	return true;
}

/* One character, behind which its nine others follow: their last bytes are UTF-8's, too. */
static bool digit_zero_check(struct br_str text)
{
	br_assert(text.n > 0);
	if (text.n == 1)
		return text.s[0] == '0';
	return br_utf8_cut(text.s, text.n - 1) == 0 &&
	       (unsigned char)text.s[text.n - 1] <= 0xBF - 9;
}

static bool date_form_check(struct br_str text)
{
	static const char *const forms[] = {"d.m.y", "d/m/y", "m/d/y", "y-m-d"};

	for (size_t i = 0; i < BR_ARRAY_LEN(forms); i++)
		if (br_str_is(text, forms[i]))
			return true;
	return false;
}

static const struct br_text_rule store_id_rule = {
	store_id_check, "made of A-Z, a-z, 0-9, _ and -, as it stands in MQTT topics"};
static const struct br_text_rule loopback_rule = {
	loopback_check, "an address of this machine: 127.0.0.1, ::1 or localhost"};
static const struct br_text_rule digit_zero_rule = {
	digit_zero_check, "the digit zero of one script, such as 0 or ۰"};
static const struct br_text_rule date_form_rule = {date_form_check, "d.m.y, d/m/y, m/d/y or y-m-d"};

const struct br_config_key br_config_keys[] = {
	RULED("store", "id", store_id, "0001", 1, &store_id_rule,
		"The store's id at the central system; in every event's source and in MQTT "
		"topics."),
	TEXT("store", "name", store_name, "My store", 1, "What people call the store."),
	RULED("store", "gln", store_gln, "", 0, &br_rule_gln,
		"Its GS1 Global Location Number, 13 digits: says in EPCIS events where something "
		"happened; empty = they name the store by its id."),
	RULED("store", "currency", currency, "EUR", 3, &br_rule_currency,
		"ISO 4217 code of the prices."),
	TEXT("store", "state_dir", state_dir, "/var/lib/backroom", 1,
		"Folder of the ledger, the telemetry and the keys."),
	TEXT("store", "master_key", master_key, "", 0,
		"File of 32 to 4,096 random bytes, mode 0600, that wraps the keys of personal "
		"data; empty: the service's credential backroom.master, or none."),
	NUMBER("store", "utc_offset_min", utc_offset_min, "0", -840, 840,
		"Minutes ahead of UTC of clocks that send local time (Tasmota sensors)."),
	NUMBER("store", "ledger_max_mb", ledger_max_mb, "8192", 16, 61440,
		"Size up to which the ledger may grow. At 80 % only sales and orders are taken."),
	TEXT("broker", "socket", broker_socket, "/run/backroom-broker/mqtt.sock", 0,
		"Unix socket of the store's MQTT broker; empty to use host and port."),
	RULED("broker", "host", broker_host, "127.0.0.1", 1, &loopback_rule,
		"Loopback address of the broker when there is no socket."),
	NUMBER("broker", "port", broker_port, "1883", 1, 65535, "Port of the broker."),
	FLAG("broker", "epcis", broker_epcis, "no",
		"Events that are told on the broker say what goods did in the words of GS1 EPCIS "
		"2.0, too."),
	TEXT("web", "listen", web_listen, "127.0.0.1", 1,
		"Address the dashboard listens on. There is no log-in yet: leave it on loopback "
		"unless the network is trusted."),
	NUMBER("web", "port", web_port, "8080", 0, 65535,
		"Port of the dashboard; 0 = any free one."),
	TEXT("web", "root", web_root, "/usr/share/backroom/web", 1, "Folder of the bundled app."),
	TEXT("web", "hosts", web_hosts, "", 0,
		"Further host names the dashboard answers to, separated by blanks."),
	TEXT("web", "socket", web_socket, "/run/backroom/api.sock", 0,
		"Unix socket of the API for the backroom tool; empty = none."),
	TEXT("web", "certificate", web_certificate, "", 0,
		"File with the dashboard's certificate (PEM); with the key: HTTPS only."),
	TEXT("web", "key", web_key, "", 0, "File with the certificate's private key (PEM)."),
	FLAG("link", "enabled", link_enabled, "no", "Reconcile with the central system."),
	TEXT("link", "host", link_host, "", 0, "The central system's MQTT broker."),
	NUMBER("link", "port", link_port, "8883", 1, 65535, "Its port."),
	TEXT("link", "fallback_host", link_fallback_host, "", 0,
		"Another address of it, taken while the first does not answer; empty = none."),
	NUMBER("link", "fallback_port", link_fallback_port, "8883", 1, 65535,
		"The other address's port."),
	NUMBER("link", "enrol_port", link_enrol_port, "8884", 1, 65535,
		"The port, at both addresses, for a store that has no certificate yet."),
	TEXT("link", "ca", link_ca, "", 0,
		"File with the certificates that may sign the broker's; empty = no TLS."),
	TEXT("link", "certificate", link_certificate, "", 0,
		"File with the node's certificate and, best, its key; `backroom enrol` makes it."),
	TEXT("link", "key", link_key, "", 0,
		"File with the node's private key; empty = it is in the certificate's file, which "
		"is "
		"then renewed by itself."),
	TEXT("link", "crl", link_crl, "", 0,
		"File with revoked certificates of the central system; empty = none. For `backroom "
		"link check` and `backroom enrol`: Mosquitto's bridge has no such list."),
	NUMBER("link", "reconcile_hour", link_reconcile_hour, "3", -1, 23,
		"Hour of the night, by the clock on the store's wall, in which stock, orders, "
		"prices "
		"and catalogue are compared with the central system's; -1 = only when asked."),
	NUMBER("link", "reconcile_outage_hours", link_reconcile_outage_hours, "24", 0, 8760,
		"They are also compared once a link that was away for so long is back; 0 = not for "
		"that."),
	NUMBER("link", "reconcile_order_days", link_reconcile_order_days, "30", 1, 365,
		"Orders that ended longer ago are not compared."),
	TEXT("labels", "templates", label_templates, "/usr/share/backroom/templates", 1,
		"Folder of the label templates."),
	TEXT("labels", "link_host", label_link_host, "id.gs1.org", 1,
		"Host of the GS1 Digital Link in QR codes."),
	NUMBER("labels", "render_threads", render_threads, "1", 1, 8,
		"Threads that draw label pictures."),
	TEXT("labels", "decimal_mark", decimal_mark, ".", 1, "What stands before cents."),
	TEXT("labels", "group_mark", group_mark, ",", 1,
		"What stands between thousands; a no-break space for a blank."),
	RULED("labels", "digit_zero", digit_zero, "0", 1, &digit_zero_rule,
		"The zero of the digits that prices are written in."),
	RULED("labels", "date_form", date_form, "d.m.y", 5, &date_form_rule,
		"d.m.y, d/m/y, m/d/y or y-m-d."),
	TEXT("sensors", "zigbee2mqtt", zigbee2mqtt_base, "zigbee2mqtt", 0,
		"Base topic of zigbee2mqtt; empty = none."),
	TEXT("sensors", "tasmota", tasmota_topic, "%prefix%/%topic%/", 0,
		"Tasmota's FullTopic; empty = none."),
	FLAG("sensors", "tasmota_grams", tasmota_grams, "no",
		"Weighing shelves on Tasmota send grams (WeightRes 3) and not kilograms."),
	NUMBER("sensors", "summary_hours", summary_hours, "1", 0, 24,
		"Hours of which the central system is told what each sensor measured; 0 = it is "
		"told of alarms alone."),
	NUMBER("log", "level", log_level, "5", 3, 7,
		"3 errors, 4 warnings, 5 notices, 6 information, 7 everything."),
};
const unsigned br_config_key_n = BR_ARRAY_LEN(br_config_keys);

static int value_refuse(const struct br_config_key *key, const char *value, struct br_fault *fault)
{
	if (key->kind == BR_CONFIG_FLAG)
		return br_fault_set(fault, BR_E_INVALID,
			"[%s] %s = \"%.60s\": allowed is yes or no", key->section, key->key, value);
	return br_fault_set(fault, BR_E_INVALID,
		"[%s] %s = \"%.60s\": allowed is %s%" PRId64 " to %" PRId64 "%s", key->section,
		key->key, value, key->kind == BR_CONFIG_TEXT ? "a text of " : "", key->min,
		key->max, key->kind == BR_CONFIG_TEXT ? " bytes" : "");
}

static int text_set(
	const struct br_config_key *key, const char *value, void *field, struct br_fault *fault)
{
	struct br_str text = br_str_from(value);

	br_assert(key->kind == BR_CONFIG_TEXT && key->max == (int64_t)key->size - 1);
	if (text.n < (size_t)key->min || text.n > (size_t)key->max)
		return value_refuse(key, value, fault);
	if (key->rule != NULL && text.n > 0 && !key->rule->check(text))
		return br_fault_set(fault, BR_E_INVALID, "[%s] %s = \"%.60s\": allowed is %s",
			key->section, key->key, value, key->rule->allowed);
	return br_str_copy(text, field, key->size) ? 0 : BR_E_INVALID;
}

static int value_set(struct br_config *config, const struct br_config_key *key, const char *value,
	struct br_fault *fault)
{
	void *field = (char *)config + key->offset;
	struct br_str text = br_str_from(value);
	int64_t number;

	br_assert(key->offset < sizeof(*config));
	switch (key->kind) {
	case BR_CONFIG_TEXT:
		return text_set(key, value, field, fault);
	case BR_CONFIG_NUMBER:
		if (!br_str_to_i64(text, &number) || number < key->min || number > key->max)
			return value_refuse(key, value, fault);
		*(int64_t *)field = number;
		return 0;
	case BR_CONFIG_FLAG:
		if (!br_str_is(text, "yes") && !br_str_is(text, "no"))
			return value_refuse(key, value, fault);
		*(bool *)field = br_str_is(text, "yes");
		return 0;
	}
	return BR_E_INVALID;
}

void br_config_init(struct br_config *config)
{
	memset(config, 0, sizeof(*config));
	for (unsigned i = 0; i < br_config_key_n; i++) {
		int result =
			value_set(config, &br_config_keys[i], br_config_keys[i].fallback, NULL);

		br_assert(result == 0);
	}
}

static int unknown_refuse(const char *section, const char *name, struct br_fault *fault)
{
	const struct br_config_key *nearest = NULL;
	size_t best = SIZE_MAX;
	char given[128], there[128];

	(void)snprintf(given, sizeof(given), "%.60s.%.60s", section, name);
	for (unsigned i = 0; i < br_config_key_n; i++) {
		size_t far;

		(void)snprintf(there, sizeof(there), "%s.%s", br_config_keys[i].section,
			br_config_keys[i].key);
		far = br_str_distance(br_str_from(given), br_str_from(there));
		if (far < best) {
			best = far;
			nearest = &br_config_keys[i];
		}
	}
	br_assert(nearest != NULL);
	return br_fault_set(fault, BR_E_INVALID,
		"[%.60s] %.60s: no such key; the nearest is [%s] %s", section, name,
		nearest->section, nearest->key);
}

/* One file being read: the first fault of a pair is kept, and the one that ends the reading. */
struct reading {
	struct br_config *config;
	FILE *file;
	int line; /* read last */
	struct br_fault pair_fault, line_fault;
	int pair_line, line_line; /* 0 = no fault */
};

static int pair_read(void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;
	const struct br_config_key *key = NULL;
	struct br_fault fault;
	int result;

	br_assert(reading->config != NULL && reading->line > 0);
	for (unsigned i = 0; i < br_config_key_n; i++)
		if (strcmp(br_config_keys[i].section, section) == 0 &&
			strcmp(br_config_keys[i].key, name) == 0)
			key = &br_config_keys[i];
	result = key != NULL ? value_set(reading->config, key, value != NULL ? value : "", &fault)
			     : unknown_refuse(section, name, &fault);
	if (result < 0 && reading->pair_line == 0) {
		reading->pair_line = reading->line;
		reading->pair_fault = fault;
	}
	/* inih counts the line when told that the pair was bad. */
	return result == 0;
}

/* Refuses what would be read as something else than it looks like. */
static int line_check(struct reading *reading, const char *line, size_t n, bool whole)
{
	struct br_fault *fault = &reading->line_fault;

	br_assert(n > 0 && reading->line > 0);
	reading->line_line = reading->line;
	if (!whole)
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"the line is too long, a value has at most %d bytes",
			BR_CONFIG_VALUE_BYTES - 1);
	if (!br_utf8_valid(line, n))
		return br_fault_set(fault, BR_E_INVALID, "not UTF-8: save the file as UTF-8");
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)line[i] < 0x20 && strchr("\t\r\n", line[i]) == NULL) ||
			line[i] == 0x7F)
			return br_fault_set(
				fault, BR_E_INVALID, "control characters are not allowed");
	reading->line_line = 0;
	return 0;
}

/*
 * Lines for inih, which would cut a long one in two and take an indented one for the rest of the
 * value before it: the first is refused here, the second loses its blanks.
 */
static char *line_read(char *buffer, int size, void *stream)
{
	struct reading *reading = stream;
	size_t n = 0, blanks;
	int c = '\n';

	br_assert(size > 1);
	while (n < (size_t)size - 1 && (c = getc(reading->file)) != EOF) {
		buffer[n++] = (char)c;
		if (c == '\n')
			break;
	}
	if (n == 0)
		return NULL;
	br_assert(n < (size_t)size);
	buffer[n] = '\0';
	reading->line++;
	/* The line's end may still follow a buffer that is just full. */
	if (c != EOF && c != '\n')
		c = getc(reading->file);
	if (line_check(reading, buffer, n, c == EOF || c == '\n') < 0)
		return NULL;
	blanks = strspn(buffer, " \t");
	memmove(buffer, buffer + blanks, n - blanks + 1);
	return buffer;
}

/* The fault of the first bad line; `line` is inih's first one, 0 for none. */
static int reading_result(
	const struct reading *reading, const char *path, int line, struct br_fault *fault)
{
	/* inih counts the lines that line_read() hands it. */
	br_assert(line <= reading->line);
	if (line > 0 && line == reading->pair_line)
		return br_fault_set(fault, BR_E_INVALID, "%s line %d: %s", path, line,
			reading->pair_fault.text);
	if (line > 0)
		return br_fault_set(fault, BR_E_INVALID,
			"%s line %d: allowed are [section], key = value and ; comments", path,
			line);
	if (reading->line_line > 0)
		return br_fault_set(fault, BR_E_INVALID, "%s line %d: %s", path, reading->line_line,
			reading->line_fault.text);
	return 0;
}

static int file_read(struct br_config *config, const char *path, struct br_fault *fault)
{
	struct reading reading = {.config = config, .file = fopen(path, "re")};
	int line, result = 0;

	if (reading.file == NULL)
		return br_path_fault(fault, path);
	errno = EIO;
	line = ini_parse_stream(line_read, &reading, pair_read, &reading);
	if (ferror(reading.file) != 0)
		result = br_path_fault(fault, path);
	else if (line < 0)
		result = br_fault_set(fault, BR_E_MEMORY, "%s: out of memory", path);
	else
		result = reading_result(&reading, path, line, fault);
	(void)fclose(reading.file);
	return result;
}

static int conf_is(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* The files of conf.d beside the main file, in the order of their names. */
static int folder_read(struct br_config *config, const char *path, struct br_fault *fault)
{
	struct br_path folder = br_path_parent(path);
	struct dirent **entries;
	int n, result = 0;

	folder = br_path_in(folder.s, "conf.d");
	n = scandir(folder.s, &entries, conf_is, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : br_path_fault(fault, folder.s);
	if (n > BR_CONFIG_FILES_MAX)
		result = br_fault_set(fault, BR_E_TOO_LARGE,
			"%s: has %d files, allowed are at most %d", folder.s, n,
			BR_CONFIG_FILES_MAX);
	for (int i = 0; i < n; i++) {
		struct br_path file = br_path_in(folder.s, entries[i]->d_name);

		if (result == 0)
			result = file_read(config, file.s, fault);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int br_config_read(struct br_config *config, const char *path, struct br_fault *fault)
{
	struct br_config read = *config;
	int result = file_read(&read, path, fault);

	if (result == 0)
		result = folder_read(&read, path, fault);
	if (result == 0)
		*config = read;
	return result;
}

static void value_write(
	const struct br_config *config, const struct br_config_key *key, struct br_text *text)
{
	const void *field = (const char *)config + key->offset;

	br_assert(key->offset < sizeof(*config));
	if (key->kind == BR_CONFIG_TEXT)
		br_text_puts(text, field);
	else if (key->kind == BR_CONFIG_FLAG)
		br_text_puts(text, *(const bool *)field ? "yes" : "no");
	else
		br_text_printf(text, "%" PRId64, *(const int64_t *)field);
}

void br_config_write(const struct br_config *config, struct br_text *text)
{
	const char *section = "";

	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];

		br_assert(key->help[0] != '\0');
		if (strcmp(section, key->section) != 0)
			br_text_printf(text, "%s[%s]\n", i > 0 ? "\n" : "", key->section);
		section = key->section;
		br_text_printf(text, "; %s\n%s = ", key->help, key->key);
		value_write(config, key, text);
		br_text_putc(text, '\n');
	}
}

void br_config_man(struct br_text *text)
{
	const char *section = "";

	for (unsigned i = 0; i < br_config_key_n; i++) {
		const struct br_config_key *key = &br_config_keys[i];

		br_assert(key->help[0] != '\0');
		if (strcmp(section, key->section) != 0)
			br_text_printf(text, ".SS [%s]\n", key->section);
		section = key->section;
		br_text_printf(text, ".TP\n.B %s\n%s\n", key->key, key->help);
		if (key->kind == BR_CONFIG_NUMBER)
			br_text_printf(text, "A number from %" PRId64 " to %" PRId64 ".\n",
				key->min, key->max);
		else if (key->kind == BR_CONFIG_FLAG)
			br_text_puts(text, "yes or no.\n");
		else if (key->rule != NULL)
			br_text_printf(text, "Allowed is %s.\n", key->rule->allowed);
		br_text_printf(
			text, "Default: %s\n", key->fallback[0] != '\0' ? key->fallback : "empty.");
	}
}
