#include "tests/lib/broker.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/test.h"

#define LISTEN_MS 10000

void test_broker_restart(struct test_broker *broker)
{
	const char *argv[] = {"mosquitto", "-c", broker->config, NULL};
	bool listens;

	/* Debian keeps the broker in /usr/sbin, which is not in every PATH. */
	if (access("/usr/sbin/mosquitto", X_OK) == 0)
		argv[0] = "/usr/sbin/mosquitto";
	(void)unlink(broker->socket);
	test_process_start(&broker->process, broker->name, argv, NULL);
	listens = test_port_opens(&broker->process, broker->port, LISTEN_MS);
	/* The socket is opened behind the port. */
	while (listens && access(broker->socket, F_OK) != 0) {
		test_sleep_ms(5);
		listens = test_process_runs(&broker->process);
	}
	if (!listens) {
		printf("%s: mosquitto does not listen\n", broker->name);
		test_process_log_show(&broker->process);
		test_abandon();
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
