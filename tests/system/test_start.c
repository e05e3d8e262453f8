/* Starting, being ready, being watched, and refusing to start. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/tables.h"
#include "tests/system/store_node.h"

/* A service manager's socket, as far as the daemon can tell. */
static int notify_socket(char variable[TEST_PATH_BYTES])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 10};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", test_folder());
	(void)unlink(address.sun_path);
	REQUIRE(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
	(void)snprintf(variable, TEST_PATH_BYTES, "NOTIFY_SOCKET=%s", address.sun_path);
	return fd;
}

/* True when a datagram with `part` arrives; others may come before it. */
static bool notified(int fd, const char *part)
{
	char bytes[1024];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes) - 1, 0)) > 0) {
		bytes[n] = '\0';
		if (strstr(bytes, part) != NULL)
			return true;
	}
	return false;
}

static void test_says_when_it_is_ready_and_pets_the_watchdog(void)
{
	char variable[TEST_PATH_BYTES], watchdog[] = "WATCHDOG_USEC=400000";
	struct store_node node;
	int fd = notify_socket(variable);

	store_node_prepare(&node, false, "");
	node.environment[0] = variable;
	node.environment[1] = watchdog;
	store_node_daemon_start(&node);
	CHECK(notified(fd, "READY=1"));
	CHECK(notified(fd, "WATCHDOG=1"));
	CHECK(notified(fd, "WATCHDOG=1"));
	CHECK_INT(kill(node.daemon.pid, SIGHUP), 0);
	CHECK(notified(fd, "RELOADING=1"));
	CHECK(notified(fd, "READY=1"));
	CHECK_INT(kill(node.daemon.pid, SIGTERM), 0);
	CHECK(notified(fd, "STOPPING=1"));
	store_node_stop(&node);
	(void)close(fd);
}

static void test_a_hung_loop_stops_petting(void)
{
	char variable[TEST_PATH_BYTES], watchdog[] = "WATCHDOG_USEC=400000";
	struct timeval patience = {.tv_sec = 1};
	struct store_node node;
	int fd = notify_socket(variable);
	char bytes[1024];

	store_node_prepare(&node, false, "");
	node.environment[0] = variable;
	node.environment[1] = watchdog;
	store_node_daemon_start(&node);
	CHECK(notified(fd, "WATCHDOG=1"));
	CHECK_INT(kill(node.daemon.pid, SIGSTOP), 0);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	CHECK(recv(fd, bytes, sizeof(bytes), 0) < 0);
	CHECK_INT(kill(node.daemon.pid, SIGCONT), 0);
	CHECK(notified(fd, "WATCHDOG=1"));
	store_node_stop(&node);
	(void)close(fd);
}

static void log_has(const struct test_process *process, const char *part)
{
	char *log = test_file_read(process->log, NULL);

	CHECK_HAS(log, part);
	free(log);
}

static void test_a_second_daemon_is_refused(void)
{
	struct test_process second = {0};
	struct store_node node;
	char *program;
	const char *argv[4] = {NULL, "--config", NULL, NULL};

	store_node_start(&node, false, "");
	program = strdup(test_program("node/backroomd"));
	argv[0] = program;
	argv[2] = node.config;
	test_process_start(&second, "second", argv, NULL);
	CHECK(test_process_wait(&second, 10000));
	CHECK_INT(second.code, 1);
	log_has(&second, "is in use by another process");
	CHECK(store_node_says(&node, "/api/v1/status", "\"key\"", 2000));
	store_node_stop(&node);
	free(program);
}

/* A daemon on a ledger of another layout ends with a sentence that has these words. */
static void layout_refused(uint32_t layout, const char *words)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_store *store;
	struct store_node node;
	char path[600];
	char *program;
	const char *argv[4] = {NULL, "--config", NULL, NULL};

	store_node_prepare(&node, false, "");
	(void)snprintf(path, sizeof(path), "mkdir -p '%s'", node.state);
	REQUIRE(system(path) == 0);
	(void)snprintf(path, sizeof(path), "%s/ledger", node.state);
	options.layout = layout;
	REQUIRE(br_store_open(path, &options, &store, NULL) == 0);
	br_store_close(store);
	program = strdup(test_program("node/backroomd"));
	argv[0] = program;
	argv[2] = node.config;
	test_process_start(&node.daemon, "backroomd", argv, NULL);
	CHECK(test_process_wait(&node.daemon, 10000));
	CHECK_INT(node.daemon.code, 1);
	log_has(&node.daemon, words);
	test_broker_stop(&node.broker);
	free(program);
}

static void test_a_store_of_another_version_is_refused(void)
{
	char words[80];

	(void)snprintf(words, sizeof(words), "the store has layout %d, this program knows up to %d",
		BR_LEDGER_LAYOUT + 1, BR_LEDGER_LAYOUT);
	layout_refused(BR_LEDGER_LAYOUT + 1, words);
	(void)snprintf(words, sizeof(words), "the store has layout %d, this program needs %d",
		BR_LEDGER_LAYOUT - 1, BR_LEDGER_LAYOUT);
	layout_refused(BR_LEDGER_LAYOUT - 1, words);
}

static void test_a_broker_that_is_away_is_waited_for(void)
{
	struct store_node node;

	store_node_start(&node, false, "");
	REQUIRE(test_process_says(&node.daemon, "connected to the store's broker", 10000));
	test_broker_kill(&node.broker);
	CHECK(test_process_says(&node.daemon, "broker is away", 10000));
	CHECK(store_node_says(&node, "/metrics", "backroom_bus_connected 0", 5000));
	CHECK(store_node_says(&node, "/api/v1/status", "\"what\":\"broker_away\"", 15000));
	test_broker_restart(&node.broker);
	CHECK(store_node_says(&node, "/metrics", "backroom_bus_connected 1", 15000));
	CHECK(store_node_says(&node, "/api/v1/status", "\"state\":\"ok\"", 5000));
	store_node_stop(&node);
}

/* In a network of its own, in which nobody else is. */
static void test_a_dashboard_open_to_the_network_is_warned_of(void)
{
	char *program = strdup(test_program("node/backroomd"));
	struct store_node node;
	const char *argv[] = {
		"unshare", geteuid() == 0 ? "-n" : "-Urn", program, "--config", node.config, NULL};

	store_node_prepare(&node, false, "[web]\nlisten = 0.0.0.0");
	test_process_start(&node.daemon, "backroomd", argv, NULL);
	CHECK(test_process_says(&node.daemon, "is running", 20000));
	log_has(&node.daemon,
		"the dashboard listens on 0.0.0.0 without a log-in: everybody on that "
		"network can change the store");
	CHECK_INT(test_process_stop(&node.daemon), 0);
	test_broker_stop(&node.broker);
	free(program);
}

static void test_a_bad_configuration_names_its_line(void)
{
	struct store_node node;
	char *output;

	store_node_prepare(&node, false, "[web]\nprot = 80");
	CHECK_INT(store_node_tool(&node, &output, "config", "check", NULL), 1);
	CHECK_HAS(output, "line 18: [web] prot: no such key; the nearest is [web] port");
	free(output);
	test_broker_stop(&node.broker);
}

int main(int argc, char **argv)
{
	TEST(test_says_when_it_is_ready_and_pets_the_watchdog);
	TEST(test_a_hung_loop_stops_petting);
	TEST(test_a_second_daemon_is_refused);
	TEST(test_a_store_of_another_version_is_refused);
	TEST(test_a_broker_that_is_away_is_waited_for);
	TEST(test_a_dashboard_open_to_the_network_is_warned_of);
	TEST(test_a_bad_configuration_names_its_line);
	return test_end(argc, argv);
}
