/* peer-liar: makes an HQ that is right look wrong in one thing, see --help and liar.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/peers/liar.h"
#include "tests/peers/options.h"

static const char summary[] = "Carries one store's messages between its broker and HQ's, and "
			      "breaks one rule of the contract on the way.";

static struct program {
	struct peer_broker broker;
	struct peer_liar_settings settings;
	int64_t hq_port;
	bool list;
	struct peer_loop *loop;
	struct peer_liar *liar;
} program = {.broker = {.seed = 1}, .hq_port = 1884};

static const struct peer_option options[] = {
	PEER_BROKER_OPTIONS(program.broker),
	{"hq-port", PEER_NUMBER, &program.hq_port, "PORT", "of HQ's broker on this machine [1884]",
		1, 65535},
	{"store", PEER_TEXT, &program.settings.shop, "ID", "whose messages", 0, 0},
	{"lie", PEER_TEXT, &program.settings.lie, "NAME", "how to lie; without it, not at all", 0,
		0},
	{"list", PEER_FLAG, &program.list, "",
		"print the lies with the rules that they break, and end", 0, 0},
};

static int run(void)
{
	char password[256], names[2][96];
	int error, code = 1;

	(void)snprintf(names[0], sizeof(names[0]), "liar-%s", program.settings.shop);
	(void)snprintf(names[1], sizeof(names[1]), "liar-%s-hq", program.settings.shop);
	program.settings.store.client = names[0];
	program.settings.hq =
		(struct peer_mqtt_settings){.client = names[1], .port = (unsigned)program.hq_port};
	error = peer_broker_settings(
		&program.broker, &program.settings.store, password, sizeof(password));
	if (error == 0)
		error = peer_loop_create(&program.loop);
	if (error == 0)
		error = peer_liar_create(program.loop, &program.settings, &program.liar);
	if (error == BR_E_NOT_FOUND)
		(void)fprintf(stderr, "peer-liar: --lie: --list names them\n");
	if (error == 0) {
		printf("carries %s\n", program.settings.shop);
		code = peer_loop_run(program.loop);
		printf("told %" PRIu64 " lies\n", peer_liar_lies(program.liar));
	}
	peer_liar_destroy(program.liar);
	peer_loop_destroy(program.loop);
	return code;
}

int main(int argc, char **argv)
{
	enum peer_options_outcome outcome =
		peer_options_read(argc, argv, summary, options, BR_ARRAY_LEN(options));

	if (outcome != PEER_OPTIONS_GO)
		return outcome;
	for (size_t i = 0; program.list && peer_lie_name(i) != NULL; i++)
		printf("%-24s %s\n", peer_lie_name(i), peer_lie_rule(i));
	if (program.list)
		return 0;
	if (program.settings.shop == NULL) {
		(void)fprintf(stderr, "peer-liar: --store is missing\n");
		return 2;
	}
	return run();
}
