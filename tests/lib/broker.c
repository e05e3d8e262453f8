#include "tests/lib/broker.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/test.h"

#define LISTEN_MS 10000

static bool listens(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool reached;

	br_assert(fd >= 0);
	reached = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	(void)close(fd);
	return reached;
}

void test_broker_restart(struct test_broker *broker)
{
	const char *argv[] = {"mosquitto", "-c", broker->config, NULL};
	int64_t end_ms = test_now_ms() + LISTEN_MS;

	/* Debian keeps the broker in /usr/sbin, which is not in every PATH. */
	if (access("/usr/sbin/mosquitto", X_OK) == 0)
		argv[0] = "/usr/sbin/mosquitto";
	(void)unlink(broker->socket);
	test_process_start(&broker->process, broker->name, argv, NULL);
	while (!listens(broker->port) || access(broker->socket, F_OK) != 0) {
		if (!test_process_runs(&broker->process) || test_now_ms() > end_ms) {
			printf("%s: mosquitto does not listen\n", broker->name);
			test_process_log_show(&broker->process);
			test_abandon();
		}
		test_sleep_ms(5);
	}
}

void test_broker_start(struct test_broker *broker, const char *name, const char *extra)
{
	const char *base = test_folder();
	FILE *file;

	*broker = (struct test_broker){.port = test_port_free()};
	(void)snprintf(broker->name, sizeof(broker->name), "%s", name);
	(void)snprintf(broker->socket, sizeof(broker->socket), "%s/%s.sock", base, name);
	(void)snprintf(broker->config, sizeof(broker->config), "%s/%s.conf", base, name);
	(void)snprintf(broker->folder, sizeof(broker->folder), "%s/%s.state/", base, name);
	(void)mkdir(broker->folder, 0755);
	file = fopen(broker->config, "we");
	if (file == NULL) {
		printf("%s: cannot be written\n", broker->config);
		test_abandon();
	}
	/* Started by root, mosquitto would change to its own user, who may not see our folder. */
	(void)fprintf(file,
		"listener %u 127.0.0.1\nlistener 0 %s\nallow_anonymous true\n"
		"persistence_location %s\nlog_dest stderr\n%s%s\n%s\n",
		broker->port, broker->socket, broker->folder, geteuid() == 0 ? "user root\n" : "",
		"max_queued_messages 100000\nset_tcp_nodelay true", extra != NULL ? extra : "");
	(void)fclose(file);
	test_broker_restart(broker);
}

void test_broker_stop(struct test_broker *broker)
{
	(void)test_process_stop(&broker->process);
}

void test_broker_kill(struct test_broker *broker)
{
	test_process_kill(&broker->process);
}
