/*
 * backroomd: the daemon. Reads the configuration, opens the store, runs until it is told to stop.
 *
 * Ends with 0 after a signal, with 1 when the store failed (the service manager starts it again),
 * with 2 for bad arguments or a bad configuration (it does not).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/config.h"
#include "node/log.h"
#include "node/version.h"
#include "node/wiring.h"

#define CONFIG_PATH "/etc/backroom/backroom.conf"

static void help_print(void)
{
	(void)puts("usage: backroomd [--config FILE]\n"
		   "\n"
		   "The edge node of one store. Runs in the foreground.\n"
		   "\n"
		   "  -c, --config FILE  configuration (default " CONFIG_PATH ")\n"
		   "  -h, --help         this text\n"
		   "  -V, --version      the version\n"
		   "\n"
		   "See backroomd(8), backroom.conf(5) and `backroom --help`.");
}

/* The configuration's path, or NULL when the program shall end with *ret_status. */
static const char *arguments_read(int argc, char **argv, int *ret_status)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	const char *path = CONFIG_PATH;
	int option;

	*ret_status = 0;
	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			help_print();
			return NULL;
		case 'V':
			(void)puts("backroomd " BR_VERSION);
			return NULL;
		default:
			*ret_status = 2;
			return NULL;
		}
	}
	if (optind == argc)
		return path;
	(void)fprintf(
		stderr, "backroomd: \"%s\" is one argument too many, see --help\n", argv[optind]);
	*ret_status = 2;
	return NULL;
}

int main(int argc, char **argv)
{
	BR_CLEANUP(br_wiring_cleanup) struct br_wiring *wiring = NULL;
	struct br_config config;
	struct br_fault fault;
	const char *path;
	int status;

	path = arguments_read(argc, argv, &status);
	if (path == NULL)
		return status;
	br_config_init(&config);
	if (br_config_read(&config, path, &fault) < 0) {
		br_log(BR_LOG_ERR, "config", "%s", fault.text);
		return 2;
	}
	br_log_level_set((enum br_log_level)config.log_level);
	if (br_wiring_create(&config, path, &wiring, &fault) < 0) {
		br_log(BR_LOG_ERR, "start", "%s", fault.text);
		return 1;
	}
	return br_wiring_run(wiring) < 0 ? 1 : 0;
}
