/*
 * A peer's command line as one table: it parses, checks the range, and prints `--help`.
 *
 *	static const struct peer_option options[] = {
 *		PEER_BROKER_OPTIONS(broker),
 *		{"tills", PEER_NUMBER, &tills, "N", "tills to play, 1 to 40", 1, 40}, ...
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/error.h"
#include "tests/peers/mqtt.h"

#define PEER_LIST_MAX 16

/* The values of an option that may be given more than once. */
struct peer_list {
	const char *items[PEER_LIST_MAX];
	size_t n;
};

enum peer_option_kind {
	PEER_FLAG,    /* bool: set by its presence */
	PEER_NUMBER,  /* int64_t */
	PEER_DECIMAL, /* double */
	PEER_TEXT,    /* const char *: points into argv */
	PEER_LIST     /* struct peer_list */
};

struct peer_option {
	const char *name; /* without the two dashes */
	enum peer_option_kind kind;
	void *target;	      /* keeps its value as the default when the option is absent */
	const char *argument; /* the argument's name in the help */
	const char *help;
	int64_t min, max; /* for numbers and decimals; both 0: no limits */
};

/* Go on, or end with this exit code. */
enum peer_options_outcome {
	PEER_OPTIONS_GO = -1,
	PEER_OPTIONS_DONE = 0, /* the help was printed */
	PEER_OPTIONS_BAD = 2   /* the mistake was printed */
};

enum peer_options_outcome peer_options_read(
	int argc, char **argv, const char *summary, const struct peer_option *options, size_t n);

/* Where the broker is and what the seed is: what all peers have in common. */
struct peer_broker {
	const char *host, *socket, *user, *password_file;
	int64_t port, seed;
};

#define PEER_BROKER_OPTIONS(BROKER) \
	{"host", PEER_TEXT, &(BROKER).host, "HOST", "the broker's address [127.0.0.1]", 0, 0}, \
		{"port", PEER_NUMBER, &(BROKER).port, "PORT", "the broker's port [1883]", 1, \
			65535}, \
		{"socket", PEER_TEXT, &(BROKER).socket, "PATH", \
			"the broker's unix socket, instead of host and port", 0, 0}, \
		{"user", PEER_TEXT, &(BROKER).user, "NAME", "user name at the broker", 0, 0}, \
		{"password-file", PEER_TEXT, &(BROKER).password_file, "FILE", \
			"file whose first line is the password", 0, 0}, \
	{ \
		"seed", PEER_NUMBER, &(BROKER).seed, "N", "makes all chance repeatable [1]", 0, \
			INT64_MAX \
	}

/*
 * Fills the connection's part of `settings`; `password` of `size` bytes receives the password.
 * Returns 0 or BR_E_IO with the mistake printed.
 */
BR_MUST_CHECK int peer_broker_settings(const struct peer_broker *broker,
	struct peer_mqtt_settings *settings, char *password, size_t size);
