#include "tests/lib/rabbitmq.h"

#include <stdio.h>
#include <sys/stat.h>

#include "tests/lib/test.h"

#define READY_MS 90000
#define VALUE_BYTES (TEST_PATH_BYTES + 48)

/* Below /usr/sbin stands a wrapper that changes the user; this is what it calls. */
static const char program[] = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/* Two schedulers that sleep when there is nothing to do: other tests run beside it. */
static const char machine[] = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none "
			      "+sbwtdcpu none +sbwtdio none";

/* What lies in its folder: variable and path. */
static const struct {
	const char *variable, *path;
} places[] = {
	{"HOME", ""}, /* the cookie */
	{"RABBITMQ_MNESIA_BASE", "/mnesia"},
	{"RABBITMQ_LOG_BASE", "/log"},
	{"RABBITMQ_CONFIG_FILE", "/rabbitmq.conf"},
	{"RABBITMQ_CONF_ENV_FILE", "/env.conf"},
	{"RABBITMQ_PID_FILE", "/pid"},
	{"RABBITMQ_ENABLED_PLUGINS_FILE", "/plugins"},
};

/* The broker is told where it lives by its environment alone; /etc/rabbitmq is not read. */
static void launch(struct test_rabbitmq *rabbitmq)
{
	char values[BR_ARRAY_LEN(places)][VALUE_BYTES], mapper[32], peers[40], more[VALUE_BYTES];
	const char *argv[] = {program, NULL};
	const char *environment[BR_ARRAY_LEN(places) + 8] = {mapper, peers, more,
		"ERL_EPMD_ADDRESS=127.0.0.1", "RABBITMQ_NODENAME=backroom@localhost",
		"RABBITMQ_LOGS=-",
		/* Its process is the Erlang machine itself then, not a shell that waits for it. */
		"RUNNING_UNDER_SYSTEMD=1"};
	size_t n = 7;

	(void)snprintf(mapper, sizeof(mapper), "ERL_EPMD_PORT=%u", rabbitmq->mapper_port);
	(void)snprintf(peers, sizeof(peers), "RABBITMQ_DIST_PORT=%u", rabbitmq->peers_port);
	(void)snprintf(more, sizeof(more), "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=%s", machine);
	for (size_t i = 0; i < BR_ARRAY_LEN(places); i++) {
		(void)snprintf(values[i], sizeof(values[i]), "%s=%s%s", places[i].variable,
			rabbitmq->folder, places[i].path);
		environment[n++] = values[i];
	}
	br_assert(n < BR_ARRAY_LEN(environment));
	test_process_start(&rabbitmq->server, "rabbitmq", argv, environment);
}

void test_rabbitmq_restart(struct test_rabbitmq *rabbitmq)
{
	launch(rabbitmq);
	if (test_port_opens(&rabbitmq->server, rabbitmq->port, READY_MS))
		return;
	printf("rabbitmq-server does not listen (package rabbitmq-server)\n");
	test_process_log_show(&rabbitmq->server);
	test_abandon();
}

static void config_write(const struct test_rabbitmq *rabbitmq)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"listeners.tcp = none\nmqtt.listeners.tcp.1 = 127.0.0.1:%u\n"
		"mqtt.allow_anonymous = true\nmqtt.default_user = guest\n"
		"mqtt.default_pass = guest\nmqtt.vhost = /\n"
		"disk_free_limit.absolute = 1MB\n",
		rabbitmq->port);
	(void)test_file_write(rabbitmq->folder, "rabbitmq.conf", text);
	(void)test_file_write(rabbitmq->folder, "plugins", "[rabbitmq_mqtt].\n");
	(void)test_file_write(rabbitmq->folder, "env.conf", "");
}

void test_rabbitmq_start(struct test_rabbitmq *rabbitmq)
{
	char port[16];
	const char *argv[] = {"epmd", "-port", port, "-address", "127.0.0.1", NULL};

	*rabbitmq = (struct test_rabbitmq){.port = test_port_free(),
		.mapper_port = test_port_free(),
		.peers_port = test_port_free()};
	(void)snprintf(rabbitmq->folder, sizeof(rabbitmq->folder), "%s/rabbitmq", test_folder());
	REQUIRE(mkdir(rabbitmq->folder, 0700) == 0);
	config_write(rabbitmq);
	/* Erlang would start one by itself, which would outlive us. */
	(void)snprintf(port, sizeof(port), "%u", rabbitmq->mapper_port);
	test_process_start(&rabbitmq->mapper, "epmd", argv, NULL);
	test_rabbitmq_restart(rabbitmq);
}

void test_rabbitmq_kill(struct test_rabbitmq *rabbitmq)
{
	br_assert(rabbitmq->port != 0);
	test_process_kill(&rabbitmq->server);
}

void test_rabbitmq_stop(struct test_rabbitmq *rabbitmq)
{
	test_process_kill(&rabbitmq->server);
	(void)test_process_stop(&rabbitmq->mapper);
}
