#include "tests/bench/node.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/text.h"
#include "tests/bench/figure.h"
#include "tests/bench/shop.h"
#include "tests/lib/test.h"
#include "tests/peers/sensors.h"

#define READY_MS 60000
#define LOOK_MS 5
#define BATCH 200
#define ANSWER_BYTES_MAX (8u << 20)
#define COMMAND_BYTES_MAX 1024

/* What packaging/mosquitto sets for queues; the bound on one client's queue is a round's size. */
static const char broker_settings[] = "max_queued_messages 100000\n"
				      "max_queued_bytes 268435456\n"
				      "max_inflight_messages 100\n"
				      "message_size_limit 327680\n"
				      "log_type error\n";

static const char *source_path(const char *name)
{
	static char path[TEST_PATH_BYTES];
	const char *source = getenv("BACKROOM_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/%s", source != NULL ? source : ".", name);
	return path;
}

static void config_write(const struct bench_node *node)
{
	FILE *file = fopen(node->config, "we");

	if (file == NULL)
		bench_fail(NULL, "%s: cannot be written", node->config);
	(void)fprintf(file,
		"[store]\nid = " BENCH_STORE "\nname = Bench\ncurrency = %s\nstate_dir = %s\n"
		"[broker]\nsocket = %s\n"
		"[web]\nport = %u\nsocket =\nroot = %s/no-app\n"
		"[labels]\ntemplates = %s\n"
		"[log]\nlevel = 4\n[link]\nenabled = %s\n",
		BENCH_CURRENCY, node->state, node->broker.socket, node->port, test_folder(),
		source_path("esl/templates"), node->hq_port > 0 ? "yes" : "no");
	if (node->hq_port > 0)
		(void)fprintf(file, "host = 127.0.0.1\nport = %u\n", node->hq_port);
	(void)fclose(file);
}

static void notify_open(struct bench_node *node)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	node->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)snprintf(
		node->notify, sizeof(node->notify), "%s/%s.notify", test_folder(), node->name);
	br_assert(strlen(node->notify) < sizeof(address.sun_path));
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", node->notify);
	if (node->notify_fd < 0 ||
		bind(node->notify_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		bench_fail(NULL, "%s: cannot be bound", node->notify);
}

void bench_broker_start(struct test_broker *broker, const char *name)
{
	test_broker_start(broker, name, broker_settings);
}

/* What the tool says the broker needs for the link; valid until the next call. */
static const char *bridge_settings(const struct bench_node *node)
{
	static char settings[sizeof(broker_settings) + 4096];
	char command[2 * TEST_PATH_BYTES];
	size_t n = sizeof(broker_settings) - 1;
	FILE *pipe;

	(void)snprintf(command, sizeof(command), "'%s' --config '%s' config bridge",
		test_program("node/backroom"), node->config);
	memcpy(settings, broker_settings, n);
	pipe = popen(command, "re");
	if (pipe != NULL)
		n += fread(settings + n, 1, sizeof(settings) - n - 1, pipe);
	if (pipe == NULL || pclose(pipe) != 0)
		bench_fail(NULL, "the tool does not say how the bridge is set up");
	settings[n] = '\0';
	return settings;
}

void bench_node_prepare_linked(struct bench_node *node, const char *name, unsigned hq_port)
{
	*node = (struct bench_node){.port = test_port_free(), .hq_port = hq_port};
	(void)snprintf(node->name, sizeof(node->name), "%s", name);
	(void)snprintf(node->state, sizeof(node->state), "%s/%s", test_folder(), name);
	(void)snprintf(node->config, sizeof(node->config), "%s/%s.ini", test_folder(), name);
	/* The tool reads the configuration before there is a broker to name in it. */
	config_write(node);
	test_broker_start(
		&node->broker, name, hq_port > 0 ? bridge_settings(node) : broker_settings);
	config_write(node);
	notify_open(node);
}

void bench_node_prepare(struct bench_node *node, const char *name)
{
	bench_node_prepare_linked(node, name, 0);
}

/* Waits for READY=1 among what the daemon tells its service manager. */
static void ready_wait(struct bench_node *node, int64_t start_us)
{
	char text[512];
	struct pollfd watched = {.fd = node->notify_fd, .events = POLLIN};

	for (;;) {
		int64_t left_ms = READY_MS - (bench_now_us() - start_us) / 1000;
		ssize_t n;

		if (left_ms <= 0 || !test_process_runs(&node->daemon))
			bench_fail(&node->daemon, "the daemon does not become ready");
		if (poll(&watched, 1, 50) <= 0)
			continue;
		n = recv(node->notify_fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (strstr(text, "READY=1") != NULL)
			break;
	}
	node->ready_ms = (double)(bench_now_us() - start_us) / 1000;
}

void bench_node_start(struct bench_node *node, long flush_delay_us)
{
	char notify[128], preload[TEST_PATH_BYTES + 16], delay[64];
	const char *environment[] = {notify, NULL, NULL, NULL, NULL};
	char *program = strdup(test_program("node/backroomd"));
	const char *argv[] = {program, "--config", node->config, NULL};
	int64_t start_us;

	br_assert(program != NULL);
	(void)snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s", node->notify);
	(void)snprintf(preload, sizeof(preload), "LD_PRELOAD=%s",
		test_program("tests/lib/preload/flush_delay.so"));
	(void)snprintf(delay, sizeof(delay), "BACKROOM_FLUSH_DELAY_US=%ld", flush_delay_us);
	if (flush_delay_us > 0) {
		environment[1] = preload;
		environment[2] = delay;
		environment[3] = "ASAN_OPTIONS=verify_asan_link_order=0";
	}
	start_us = bench_now_us();
	test_process_start(&node->daemon, "backroomd", argv, environment);
	ready_wait(node, start_us);
	free(program);
	/* Ready is before connected: what is measured begins with both. */
	if (!bench_node_metric_reaches(node, "backroom_bus_connected", 1, READY_MS))
		bench_fail(&node->daemon, "the daemon does not find its broker");
}

void bench_node_stop(struct bench_node *node)
{
	int code = test_process_stop(&node->daemon);

	curl_easy_cleanup(BR_TAKE(node->http));
	if (code != 0)
		bench_fail(&node->daemon, "the daemon ended with %d", code);
}

void bench_node_finish(struct bench_node *node)
{
	char command[TEST_PATH_BYTES + 16];

	if (node->daemon.pid != 0)
		bench_node_stop(node);
	test_broker_stop(&node->broker);
	(void)close(node->notify_fd);
	(void)unlink(node->notify);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", node->state);
	if (system(command) != 0)
		bench_fail(NULL, "%s: cannot be removed", node->state);
}

static size_t answer_add(char *bytes, size_t size, size_t n, void *context)
{
	br_text_add(context, bytes, size * n);
	return size * n;
}

static CURL *http_open(struct bench_node *node)
{
	if (node->http == NULL) {
		node->http = curl_easy_init();
		br_assert(node->http != NULL);
	} else {
		/* Keeps the connection, forgets the last request. */
		curl_easy_reset(node->http);
	}
	return node->http;
}

const char *bench_node_ask(struct bench_node *node, const char *path, const char *body)
{
	static struct br_text answer = {.max = ANSWER_BYTES_MAX};
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	CURL *http = http_open(node);
	char url[TEST_PATH_BYTES];
	long status = 0;
	CURLcode code;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", node->port, path);
	br_text_clear(&answer);
	(void)curl_easy_setopt(http, CURLOPT_URL, url);
	(void)curl_easy_setopt(http, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(http, CURLOPT_TIMEOUT, 60L);
	(void)curl_easy_setopt(http, CURLOPT_WRITEFUNCTION, answer_add);
	(void)curl_easy_setopt(http, CURLOPT_WRITEDATA, &answer);
	if (body != NULL) {
		/* No "Expect: 100-continue", which would wait a second. */
		headers = curl_slist_append(headers, "Expect:");
		(void)curl_easy_setopt(http, CURLOPT_HTTPHEADER, headers);
		(void)curl_easy_setopt(http, CURLOPT_POSTFIELDS, body);
	}
	code = curl_easy_perform(http);
	(void)curl_easy_getinfo(http, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (code != CURLE_OK || status != 200 || br_text_error(&answer) != 0)
		bench_fail(&node->daemon, "%s: %s, status %ld: %.500s", path,
			curl_easy_strerror(code), status, answer.n > 0 ? answer.bytes : "");
	return answer.n > 0 ? answer.bytes : "";
}

void bench_node_command_all(struct bench_node *node, unsigned count,
	void (*next)(void *context, unsigned number, char *buffer, size_t size), void *context)
{
	struct br_text body;

	br_text_init(&body, BATCH * COMMAND_BYTES_MAX);
	for (unsigned i = 0; i < count;) {
		unsigned end = i + BATCH < count ? i + BATCH : count;
		const char *answer;

		br_text_clear(&body);
		br_text_puts(&body, "{\"commands\":[");
		for (unsigned first = i; i < end; i++) {
			char command[COMMAND_BYTES_MAX];

			next(context, i, command, sizeof(command));
			br_text_printf(&body, "%s%s", i > first ? "," : "", command);
		}
		br_text_puts(&body, "]}");
		br_assert(br_text_error(&body) == 0);
		answer = bench_node_ask(node, "/api/v1/commands", body.bytes);
		if (strstr(answer, "\"code\"") != NULL)
			bench_fail(&node->daemon, "a command was refused: %.600s", answer);
	}
	br_text_finish(&body);
}

static void adopt_write(void *context BR_UNUSED, unsigned number, char *buffer, size_t size)
{
	int64_t sensor = -1;
	char name[48];

	/* The flood plays the coolers and freezers among the devices. */
	for (unsigned found = 0; found <= number;) {
		enum peer_sensor_kind kind = peer_sensor_kind_of(++sensor);

		found += kind == PEER_COOLER || kind == PEER_FREEZER;
	}
	peer_sensor_name(sensor, name, sizeof(name));
	(void)snprintf(buffer, size,
		"{\"id\":\"adopt-%u\",\"type\":\"device.adopt\",\"data\":{\"device\":"
		"\"zigbee2mqtt/%s\",\"channels\":[]}}",
		number, name);
}

void bench_node_adopt(struct bench_node *node, unsigned n)
{
	bench_node_command_all(node, n, adopt_write, NULL);
}

double bench_node_metric(struct bench_node *node, const char *name)
{
	const char *text = bench_node_ask(node, "/metrics", NULL);
	size_t n = strlen(name);

	for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
		if ((at == text || at[-1] == '\n') && at[n] == ' ')
			return strtod(at + n, NULL);
	bench_fail(&node->daemon, "there is no metric %s", name);
}

bool bench_node_metric_reaches(
	struct bench_node *node, const char *name, double value, int64_t wait_ms)
{
	int64_t end_us = bench_now_us() + wait_ms * 1000;

	while (bench_node_metric(node, name) < value) {
		if (bench_now_us() > end_us)
			return false;
		test_sleep_ms(LOOK_MS);
	}
	return true;
}

double bench_anonymous_kb(pid_t pid)
{
	char path[64];
	const char *line;
	double kb;
	char *text;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	text = test_file_read(path, NULL);
	line = strstr(text, "RssAnon:");
	if (line == NULL)
		bench_fail(NULL, "%s: no RssAnon", path);
	kb = strtod(line + sizeof("RssAnon:") - 1, NULL);
	free(text);
	return kb;
}

double bench_node_anonymous_mb(const struct bench_node *node)
{
	return bench_anonymous_kb(node->daemon.pid) / 1024;
}
