#include "tests/peers/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *program_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static void help_print(
	const char *program, const char *summary, const struct peer_option *options, size_t n)
{
	printf("usage: %s [OPTION]...\n%s\n\n", program, summary);
	for (size_t i = 0; i < n; i++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "--%s%s%s", options[i].name,
			options[i].kind == PEER_FLAG ? "" : " ",
			options[i].kind == PEER_FLAG ? "" : options[i].argument);
		printf("  %-28s %s\n", left, options[i].help);
	}
	printf("  %-28s %s\n", "--help", "print this and end");
}

static const struct peer_option *option_find(
	const struct peer_option *options, size_t n, struct br_str name)
{
	for (size_t i = 0; i < n; i++)
		if (br_str_is(name, options[i].name))
			return &options[i];
	return NULL;
}

static bool in_range(const struct peer_option *option, double value)
{
	return (option->min == 0 && option->max == 0) ||
	       (value >= (double)option->min && value <= (double)option->max);
}

static bool value_set(const struct peer_option *option, const char *value)
{
	struct peer_list *list = option->target;
	double decimal;
	int64_t number;
	char *end;

	switch (option->kind) {
	case PEER_FLAG:
		*(bool *)option->target = true;
		return true;
	case PEER_NUMBER:
		if (!br_str_to_i64(br_str_from(value), &number) ||
			!in_range(option, (double)number))
			return false;
		*(int64_t *)option->target = number;
		return true;
	case PEER_DECIMAL:
		decimal = strtod(value, &end);
		if (end == value || *end != '\0' || !in_range(option, decimal))
			return false;
		*(double *)option->target = decimal;
		return true;
	case PEER_TEXT:
		*(const char **)option->target = value;
		return true;
	default:
		if (list->n == PEER_LIST_MAX)
			return false;
		list->items[list->n++] = value;
		return true;
	}
}

static void value_refuse(const struct peer_option *option, const char *value)
{
	if (option->kind == PEER_LIST)
		(void)fprintf(stderr, "--%s: at most %d of them\n", option->name, PEER_LIST_MAX);
	else if (option->max != 0)
		(void)fprintf(stderr,
			"--%s %s: a number from %" PRId64 " to %" PRId64 " goes here\n",
			option->name, value, option->min, option->max);
	else
		(void)fprintf(stderr, "--%s %s: a number goes here\n", option->name, value);
}

/* Reads the option at argv[*i] and moves *i over its value. */
static bool option_read(int argc, char **argv, int *i, const struct peer_option *options, size_t n)
{
	const char *word = argv[*i], *equals = strchr(word, '=');
	const struct peer_option *option = NULL;
	const char *value = "";

	if (strncmp(word, "--", 2) == 0)
		option = option_find(options, n,
			(struct br_str){word + 2,
				equals != NULL ? (size_t)(equals - word - 2) : strlen(word) - 2});
	if (option == NULL) {
		(void)fprintf(stderr, "%s: unknown option, --help lists them\n", word);
		return false;
	}
	if (option->kind != PEER_FLAG) {
		if (equals == NULL && *i + 1 >= argc) {
			(void)fprintf(stderr, "%s: %s is missing\n", word, option->argument);
			return false;
		}
		value = equals != NULL ? equals + 1 : argv[++*i];
	}
	if (value_set(option, value))
		return true;
	value_refuse(option, value);
	return false;
}

enum peer_options_outcome peer_options_read(
	int argc, char **argv, const char *summary, const struct peer_option *options, size_t n)
{
	/* A peer's log is read while it runs, often through a pipe. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			help_print(program_name(argv[0]), summary, options, n);
			return PEER_OPTIONS_DONE;
		}
		if (!option_read(argc, argv, &i, options, n))
			return PEER_OPTIONS_BAD;
	}
	return PEER_OPTIONS_GO;
}

static int password_read(const char *path, char *password, size_t size)
{
	FILE *file = fopen(path, "re");

	if (file == NULL || fgets(password, (int)size, file) == NULL) {
		(void)fprintf(stderr, "--password-file %s: cannot be read\n", path);
		if (file != NULL)
			(void)fclose(file);
		return BR_E_IO;
	}
	(void)fclose(file);
	password[strcspn(password, "\r\n")] = '\0';
	return 0;
}

int peer_broker_settings(const struct peer_broker *broker, struct peer_mqtt_settings *settings,
	char *password, size_t size)
{
	settings->host = broker->host;
	settings->port = (unsigned)broker->port;
	settings->socket = broker->socket;
	settings->user = broker->user;
	if (broker->password_file == NULL)
		return 0;
	settings->password = password;
	return password_read(broker->password_file, password, size);
}
