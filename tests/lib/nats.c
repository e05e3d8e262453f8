#include "tests/lib/nats.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/lib/test.h"

#define READY_MS 30000
/* Servers that dial each other at once give one of the two lines up again, within a second. */
#define ROUTES_MS 2000

/* JetStream keeps what MQTT's sessions wait for; a server name is its condition. */
static void config_write(
	const struct test_nats *nats, const struct test_nats_node *node, const unsigned *routes)
{
	FILE *file = fopen(node->config, "we");
	size_t own = (size_t)(node - nats->nodes);

	REQUIRE(file != NULL);
	(void)fprintf(file,
		"server_name: %s\nlisten: \"127.0.0.1:%u\"\n"
		"jetstream { store_dir: \"%s/%s.state\", max_mem: 64MB, max_file: 1GB }\n"
		/* By itself it takes as many as it sees when the first client comes. */
		"mqtt { listen: \"127.0.0.1:%u\", stream_replicas: %u }\n",
		node->name, test_port_free(), test_folder(), node->name, node->port, nats->n);
	if (nats->n > 1) {
		(void)fprintf(file, "cluster {\n name: hq\n listen: \"127.0.0.1:%u\"\n routes: [",
			routes[own]);
		for (size_t i = 0; i < nats->n; i++)
			if (i != own)
				(void)fprintf(file, " \"nats://127.0.0.1:%u\",", routes[i]);
		(void)fprintf(file, " ]\n}\n");
	}
	REQUIRE(fclose(file) == 0);
}

static void node_launch(struct test_nats_node *node)
{
	const char *argv[] = {"nats-server", "-c", node->config, NULL};

	/* Debian keeps it in /usr/sbin, which is not in every PATH. */
	if (access("/usr/sbin/nats-server", X_OK) == 0)
		argv[0] = "/usr/sbin/nats-server";
	test_process_start(&node->process, node->name, argv, NULL);
}

static void node_await(struct test_nats_node *node)
{
	if (test_port_opens(&node->process, node->port, READY_MS))
		return;
	printf("%s: nats-server does not listen (package nats-server)\n", node->name);
	test_process_log_show(&node->process);
	test_abandon();
}

/* One of a cluster's servers leads; before that no session can be made. */
static void leader_await(struct test_nats *nats)
{
	int64_t end_ms = test_now_ms() + READY_MS;

	while (test_now_ms() < end_ms)
		for (unsigned i = 0; i < nats->n; i++)
			if (test_process_says(&nats->nodes[i].process,
				    "Self is new JetStream cluster metadata leader", 50)) {
				test_sleep_ms(ROUTES_MS);
				return;
			}
	printf("nats-server: no leader\n");
	test_process_log_show(&nats->nodes[0].process);
	test_abandon();
}

void test_nats_start(struct test_nats *nats, unsigned n)
{
	unsigned routes[TEST_NATS_NODES_MAX];

	br_assert(n >= 1 && n <= TEST_NATS_NODES_MAX);
	*nats = (struct test_nats){.n = n};
	for (unsigned i = 0; i < n; i++) {
		struct test_nats_node *node = &nats->nodes[i];

		(void)snprintf(node->name, sizeof(node->name), "nats%u-%u", n, i + 1);
		(void)snprintf(node->config, sizeof(node->config), "%s/nats%u-%u.conf",
			test_folder(), n, i + 1);
		node->port = test_port_free();
		routes[i] = test_port_free();
	}
	for (unsigned i = 0; i < n; i++) {
		config_write(nats, &nats->nodes[i], routes);
		node_launch(&nats->nodes[i]);
	}
	for (unsigned i = 0; i < n; i++)
		node_await(&nats->nodes[i]);
	if (n > 1)
		leader_await(nats);
}

void test_nats_kill(struct test_nats *nats, unsigned node)
{
	br_assert(node < nats->n);
	test_process_kill(&nats->nodes[node].process);
}

void test_nats_restart(struct test_nats *nats, unsigned node)
{
	br_assert(node < nats->n);
	node_launch(&nats->nodes[node]);
	node_await(&nats->nodes[node]);
}

void test_nats_stop(struct test_nats *nats)
{
	for (unsigned i = 0; i < nats->n; i++)
		(void)test_process_stop(&nats->nodes[i].process);
}
