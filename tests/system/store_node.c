/* _GNU_SOURCE for asprintf(). */
#define _GNU_SOURCE
#include "tests/system/store_node.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READY_MS 20000
/* Longer than the pause between two tries to reach a broker. */
#define QUIET_MS 12000

static const char *source_path(const char *name)
{
	static char path[TEST_PATH_BYTES];
	const char *source = getenv("BACKROOM_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/%s", source != NULL ? source : ".", name);
	return path;
}

static void config_write(struct store_node *node, unsigned bridge_port, const char *more)
{
	FILE *file = fopen(node->config, "we");

	REQUIRE(file != NULL);
	(void)fprintf(file,
		"[store]\nid = 0412\nname = Test store\ncurrency = GBP\nstate_dir = %s\n"
		"[broker]\nsocket = %s\n"
		"[web]\nport = %u\nsocket = %s\nroot = %s/no-app\n"
		"[labels]\ntemplates = %s\n"
		/* What happens at night is begun by whoever tests it, at any hour. */
		"[link]\nenabled = %s\nreconcile_hour = -1\n",
		node->state, node->broker.socket, node->web_port, node->api, test_folder(),
		source_path("esl/templates"), node->linked ? "yes" : "no");
	if (node->linked)
		(void)fprintf(file, "host = 127.0.0.1\nport = %u\n", bridge_port);
	(void)fprintf(file, "%s\n", more != NULL ? more : "");
	(void)fclose(file);
}

/* Clears *node; every store has a state of its own. */
static void node_begin(struct store_node *node, bool linked)
{
	static unsigned stores;
	const char *folder = test_folder();

	*node = (struct store_node){.linked = linked, .web_port = test_port_free()};
	(void)snprintf(node->config, sizeof(node->config), "%s/backroom.conf", folder);
	(void)snprintf(node->state, sizeof(node->state), "%s/state-%u", folder, ++stores);
	(void)snprintf(node->api, sizeof(node->api), "%s/api.sock", folder);
	(void)snprintf(node->hq_file, sizeof(node->hq_file), "%s/hq-%u.sqlite", folder, stores);
}

static void keepalive_set(char **bridge, unsigned keepalive_s)
{
	char *own = strstr(*bridge, "keepalive_interval "), *changed;
	int n;

	REQUIRE(own != NULL);
	n = asprintf(&changed, "%.*skeepalive_interval %u%s", (int)(own - *bridge), *bridge,
		keepalive_s, strchr(own, '\n'));
	REQUIRE(n > 0);
	free(*bridge);
	*bridge = changed;
}

/* The store's broker, with the bridge that the tool writes when there is a link. */
static void broker_begin(
	struct store_node *node, unsigned bridge_port, unsigned keepalive_s, const char *more)
{
	char *bridge = NULL;

	if (node->linked) {
		config_write(node, bridge_port, more);
		REQUIRE(store_node_tool(node, &bridge, "config", "bridge", (char *)NULL) == 0);
	}
	if (keepalive_s > 0)
		keepalive_set(&bridge, keepalive_s);
	test_broker_start(&node->broker, "store-broker", bridge);
	config_write(node, bridge_port, more);
	free(bridge);
}

void store_node_prepare(struct store_node *node, bool linked, const char *more)
{
	node_begin(node, linked);
	if (linked)
		test_broker_start(&node->hq_broker, "hq-broker", NULL);
	node->hq_port = node->hq_broker.port;
	broker_begin(node, node->hq_port, 0, more);
}

void store_node_prepare_to(struct store_node *node, unsigned hq_port, unsigned bridge_port,
	unsigned keepalive_s, const char *more)
{
	node_begin(node, true);
	node->hq_port = hq_port;
	broker_begin(node, bridge_port, keepalive_s, more);
}

void store_node_daemon_start(struct store_node *node)
{
	char *program = strdup(test_program("node/backroomd"));
	const char *argv[] = {program, "--config", node->config, NULL};

	REQUIRE(program != NULL);
	test_process_start(&node->daemon, "backroomd", argv, node->environment);
	if (!test_process_says(&node->daemon, "is running", READY_MS)) {
		test_process_log_show(&node->daemon);
		test_abandon();
	}
	free(program);
}

void store_node_hq_start(struct store_node *node)
{
	char *program = strdup(test_program("tests/peers/peer-hq"));
	char port[16], control[TEST_PATH_BYTES];
	const char *argv[32] = {program, "--port", port, "--file", node->hq_file, "--store", "0412",
		"--control", control, "--currency", "GBP"};
	unsigned n = 11;

	REQUIRE(program != NULL);
	(void)snprintf(port, sizeof(port), "%u",
		node->hq_port != 0 ? node->hq_port : node->hq_broker.port);
	(void)snprintf(control, sizeof(control), "%s/hq.sock", test_folder());
	for (unsigned i = 0; node->hq_more[i] != NULL; i++)
		argv[n++] = node->hq_more[i];
	test_process_start(&node->hq, "peer-hq", argv, NULL);
	free(program);
}

void store_node_start(struct store_node *node, bool linked, const char *more)
{
	store_node_prepare(node, linked, more);
	if (linked)
		store_node_hq_start(node);
	store_node_daemon_start(node);
}

void store_node_stop(struct store_node *node)
{
	int code = test_process_stop(&node->daemon);

	CHECK_INT(code, 0);
	if (code != 0)
		test_process_log_show(&node->daemon);
	if (node->linked) {
		(void)test_process_stop(&node->hq);
		test_broker_stop(&node->hq_broker);
	}
	test_broker_stop(&node->broker);
}

int store_node_tool(struct store_node *node, char **ret_output, const char *word, ...)
{
	char command[4096];
	va_list words;
	size_t n, space = 1 << 16, got;
	char *output = malloc(space);
	FILE *pipe;
	int status;

	REQUIRE(output != NULL);
	n = (size_t)snprintf(command, sizeof(command), "'%s' --config '%s'",
		test_program("node/backroom"), node->config);
	va_start(words, word);
	for (; word != NULL; word = va_arg(words, const char *))
		n += (size_t)snprintf(command + n, sizeof(command) - n, " '%s'", word);
	va_end(words);
	(void)snprintf(command + n, sizeof(command) - n, " 2>&1");
	pipe = popen(command, "re");
	REQUIRE(pipe != NULL);
	n = 0;
	while ((got = fread(output + n, 1, space - n - 1, pipe)) > 0) {
		n += got;
		if (n + 1 == space) {
			output = realloc(output, space *= 2);
			REQUIRE(output != NULL);
		}
	}
	output[n] = '\0';
	status = pclose(pipe);
	if (ret_output != NULL)
		*ret_output = output;
	else
		free(output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

bool store_node_answer(struct store_node *node, const char *path, char *ret_answer, size_t size)
{
	char command[1024];
	FILE *pipe;

	(void)snprintf(command, sizeof(command),
		"curl -sS --noproxy '*' --max-time 5 --unix-socket '%s' 'http://localhost%s' 2>&1",
		node->api, path);
	pipe = popen(command, "re");
	REQUIRE(pipe != NULL);
	ret_answer[fread(ret_answer, 1, size - 1, pipe)] = '\0';
	return pclose(pipe) == 0;
}

bool store_node_says(struct store_node *node, const char *path, const char *part, int64_t wait_ms)
{
	int64_t end_ms = test_now_ms() + wait_ms;
	char answer[65536];

	do {
		(void)store_node_answer(node, path, answer, sizeof(answer));
		if (strstr(answer, part) != NULL)
			return true;
		test_sleep_ms(100);
	} while (test_now_ms() < end_ms);
	if (wait_ms > 1)
		printf("%s never says \"%s\"; last: %.600s\n", path, part, answer);
	return false;
}

int64_t store_node_metric(struct store_node *node, const char *name)
{
	char answer[65536], line[128];
	const char *at;

	(void)store_node_answer(node, "/metrics", answer, sizeof(answer));
	(void)snprintf(line, sizeof(line), "\n%s ", name);
	at = strstr(answer, line);
	return at != NULL ? atoll(at + strlen(line)) : -1;
}

bool store_node_quiet(struct store_node *node, int64_t wait_ms)
{
	int64_t end_ms = test_now_ms() + wait_ms, head = -1, since_ms = 0;

	while (test_now_ms() < end_ms) {
		int64_t now = store_node_metric(node, "backroom_journal_head");
		bool still = now == head && now >= 0 &&
			     store_node_metric(node, "backroom_bus_connected") == 1 &&
			     store_node_metric(node, "backroom_link_backlog_events") == 0;

		if (!still)
			since_ms = test_now_ms();
		else if (test_now_ms() - since_ms > QUIET_MS)
			return true;
		head = now;
		test_sleep_ms(200);
	}
	test_process_log_show(&node->daemon);
	return false;
}

int64_t store_node_hq_number(struct store_node *node, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *file = NULL;
	int64_t number = -1;

	if (sqlite3_open_v2(node->hq_file, &file, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		sqlite3_busy_timeout(file, 2000) == SQLITE_OK &&
		sqlite3_prepare_v2(file, sql, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(file);
	return number;
}

void store_node_hq_change(const char *file, const char *sql)
{
	sqlite3 *database = NULL;

	REQUIRE(sqlite3_open_v2(file, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
	REQUIRE(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK);
	REQUIRE(sqlite3_close(database) == SQLITE_OK);
}

/* NULL when nobody listens there. */
static const char *hq_ask(const char *socket_name, const char *line)
{
	static char answer[4096];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	REQUIRE(fd >= 0);
	(void)snprintf(
		address.sun_path, sizeof(address.sun_path), "%s/%s", test_folder(), socket_name);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)close(fd);
		return NULL;
	}
	REQUIRE(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
	n = read(fd, answer, sizeof(answer) - 1);
	answer[n > 0 ? n : 0] = '\0';
	(void)close(fd);
	return answer;
}

const char *store_node_hq_say_to(const char *socket_name, const char *line)
{
	const char *answer = hq_ask(socket_name, line);

	REQUIRE(answer != NULL);
	return answer;
}

const char *store_node_hq_say(const char *line)
{
	return store_node_hq_say_to("hq.sock", line);
}

void store_node_hq_do(const char *line)
{
	int64_t end_ms = test_now_ms() + STORE_NODE_WAIT_MS;
	const char *answer;

	do {
		answer = hq_ask("hq.sock", line);
		if (answer != NULL && strstr(answer, "\"ok\":true") != NULL)
			return;
		test_sleep_ms(100);
	} while (test_now_ms() < end_ms);
	printf("HQ does not do %s: %s\n", line, answer != NULL ? answer : "nobody is there");
	test_abandon();
}

int store_node_schema(const char *verb, const char *file)
{
	struct test_process process = {0};
	char program[TEST_PATH_BYTES], *folder = strdup(test_program("packaging/schemas"));
	const char *argv[] = {program, verb, folder, file, NULL};

	REQUIRE(folder != NULL);
	(void)snprintf(program, sizeof(program), "%s", source_path("tests/lib/schema"));
	test_process_start(&process, "schema", argv, NULL);
	CHECK(test_process_wait(&process, 60000));
	if (process.code != 0)
		test_process_log_show(&process);
	free(folder);
	return process.code;
}

void store_node_record(struct test_process *record, unsigned port, const char *filter)
{
	char number[16];
	const char *argv[] = {"mosquitto_sub", "-h", "127.0.0.1", "-p", number, "-q", "1", "-F",
		"%t %p", "-t", filter, NULL};

	(void)snprintf(number, sizeof(number), "%u", port);
	test_process_start(record, "record", argv, NULL);
	/* Until it has subscribed; it says nothing of that. */
	test_sleep_ms(500);
}

void store_node_must(struct store_node *node, int code, const char *part, const char *noun,
	const char *verb, const char *a, const char *b, const char *c, const char *d)
{
	char *output = NULL;

	if (!CHECK_INT(
		    store_node_tool(node, &output, noun, verb, a, b, c, d, (char *)NULL), code) ||
		!CHECK_HAS(output, part))
		printf("%s %s: %s\n", noun, verb, output);
	free(output);
}

void store_node_must_say(struct store_node *node, const char *path, const char *part)
{
	if (!CHECK(store_node_says(node, path, part, STORE_NODE_WAIT_MS)))
		printf("%s: %s does not come\n", path, part);
}

void store_node_hq_must(struct store_node *node, const char *sql, int64_t wanted)
{
	int64_t end_ms = test_now_ms() + STORE_NODE_WAIT_MS;

	while (store_node_hq_number(node, sql) != wanted && test_now_ms() < end_ms)
		test_sleep_ms(100);
	if (!CHECK_INT(store_node_hq_number(node, sql), wanted))
		printf("%s\n", sql);
}
