/* The tool's verbs about the link to the central system: they know cloud-sync/. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cloud-sync/bridge.h"
#include "cloud-sync/changeover.h"
#include "cloud-sync/check.h"
#include "cloud-sync/enrol.h"
#include "cloud-sync/identity.h"
#include "node/crypto.h"
#include "node/folder.h"
#include "node/time.h"
#include "node/tool.h"
#include "node/version.h"

#define CHECK_WAIT_MS 8000 /* for each answer: a mobile line may take seconds */
#define REQUEST_BYTES_MAX 16384

/* A time that has passed for certain. */
static int64_t known_time_ms(void)
{
	return INT64_C(1000) * BR_BUILT_S;
}

int br_tool_link_check(struct br_tool *tool)
{
	struct br_check_options options = {.config = &tool->config,
		.version = BR_VERSION,
		.known_ms = known_time_ms(),
		.wait_ms = CHECK_WAIT_MS};
	struct br_check_report report;
	struct br_text text;
	uint64_t number;

	br_assert(tool->argc == 0);
	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	if (br_random(&number, sizeof(number)) < 0) {
		(void)fprintf(stderr, "backroom: no random bytes\n");
		return 1;
	}
	(void)snprintf(options.id, sizeof(options.id), "%016" PRIx64, number);
	br_check_run(&options, &report);
	br_text_init(&text, 1 << 16);
	if (tool->json)
		br_check_write_json(&report, &text);
	else
		br_check_write(&report, &text);
	if (br_text_error(&text) == 0)
		(void)fputs(text.bytes, stdout);
	br_text_finish(&text);
	return br_check_passed(&report) ? 0 : 1;
}

/* What enrolment needs to be configured; the exit code, with the sentence said. */
static int enrol_ready(struct br_tool *tool)
{
	const struct br_config *config = &tool->config;
	struct br_fault fault;

	if (!tool->config_read)
		return br_tool_fail(&tool->config_fault);
	if (br_bridge_check(config, &fault) < 0)
		return br_tool_fail(&fault);
	br_assert(config->link_host[0] != '\0');
	if (!br_identity_is_ours(config->link_certificate, config->link_key)) {
		(void)br_fault_set(&fault, BR_E_INVALID,
			config->link_certificate[0] == '\0'
				? "[link] certificate: is empty; set it to the file that the "
				  "certificate shall be in, with its key, such as "
				  "/var/lib/backroom-link/store.pem"
				: "[link] key: leave it empty, so that the key is in the "
				  "certificate's file and both can be replaced in one step");
		return br_tool_fail(&fault);
	}
	return 0;
}

static void done_say(
	const struct br_tool *tool, const struct br_certificate *certificate, bool first)
{
	char until[BR_TIME_TEXT_BYTES];

	br_time_format(certificate->not_after_ms, until);
	br_assert(certificate->serial[0] != '\0');
	if (tool->json) {
		(void)printf("{\"serial\":\"%s\",\"until\":\"%s\",\"in_use\":true}\n",
			certificate->serial, until);
		return;
	}
	until[10] = '\0';
	(void)printf("certificate %s for store %s, good until %s, is in %s\n", certificate->serial,
		certificate->name, until, tool->config.link_certificate);
	if (first && !tool->quiet)
		(void)printf("now give the store's broker its bridge:\n"
			     "  backroom config bridge | sudo tee "
			     "/etc/mosquitto/conf.d/backroom-bridge.conf\n"
			     "  sudo systemctl restart mosquitto backroom\n"
			     "  backroom link check\n");
}

/* HQ's answer becomes the store's identity; the first one at once, a later one when it is taken. */
static int certificate_take(struct br_tool *tool, struct br_str pem)
{
	const struct br_config *config = &tool->config;
	const char *file = config->link_certificate;
	struct br_identity_check check = {.store_id = config->store_id,
		.ca = config->link_ca,
		.crl = config->link_crl,
		.now_ms = br_clock_system.wall_ms(br_clock_system.context),
		.known_ms = known_time_ms()};
	struct br_certificate certificate;
	struct br_fault fault = {""};
	bool first = access(file, F_OK) != 0;
	int result = br_identity_take(file, pem, &check, &certificate, &fault);

	br_assert(file[0] != '\0');
	if (result == 0 && first)
		result = br_identity_use(file, &fault);
	else if (result == 0)
		result = br_changeover_run(config, &fault);
	if (result < 0)
		return br_tool_fail(&fault);
	done_say(tool, &certificate, first);
	return 0;
}

/* The code as it was typed, or a line of the standard input, where no list of processes shows it.
 */
static bool code_read(const char *word, char *ret_code, size_t size)
{
	br_assert(size > 1);
	if (strcmp(word, "-") != 0)
		return br_str_copy(br_str_from(word), ret_code, size) && ret_code[0] != '\0';
	if (fgets(ret_code, (int)size, stdin) == NULL)
		return false;
	ret_code[strcspn(ret_code, "\r\n")] = '\0';
	return ret_code[0] != '\0';
}

/* HQ says where its brokers are; what is configured stays, and a difference is told. */
static void addresses_say(const struct br_tool *tool, const struct br_enrol_answer *answer)
{
	const struct br_config *config = &tool->config;
	char own[2][BR_ENROL_ADDRESS_BYTES + 16];

	(void)snprintf(own[0], sizeof(own[0]), "%s:%" PRId64, config->link_host, config->link_port);
	(void)snprintf(own[1], sizeof(own[1]), "%s:%" PRId64, config->link_fallback_host,
		config->link_fallback_port);
	br_assert(answer->address_n <= BR_ENROL_ADDRESSES_MAX);
	for (unsigned i = 0; i < answer->address_n && !tool->json; i++)
		if (strcmp(answer->addresses[i], own[i]) != 0)
			(void)printf("HQ says that its %s address is %s: set [link] %s and %s so\n",
				i == 0 ? "first" : "second", answer->addresses[i],
				i == 0 ? "host" : "fallback_host",
				i == 0 ? "port" : "fallback_port");
}

int br_tool_enrol_code(struct br_tool *tool)
{
	char code[BR_ENROL_CODE_BYTES_MAX + 2];
	struct br_enrol_answer *answer;
	struct br_fault fault = {""};
	int status = enrol_ready(tool);

	if (status != 0)
		return status;
	br_assert(tool->argc == 1);
	if (tool->config.link_ca[0] == '\0' || !code_read(tool->argv[0], code, sizeof(code))) {
		(void)br_fault_set(&fault, BR_E_INVALID,
			tool->config.link_ca[0] == '\0'
				? "[link] ca: is empty; the authority's certificate is needed, to "
				  "know HQ by"
				: "CODE: allowed are 1 to %d bytes, or - for the standard input",
			BR_ENROL_CODE_BYTES_MAX);
		return br_tool_fail(&fault);
	}
	answer = calloc(1, sizeof(*answer));
	if (answer == NULL)
		return 1;
	if (br_enrol_call(&tool->config, code, answer, &fault) < 0) {
		status = br_tool_fail(&fault);
	} else {
		status = certificate_take(tool, br_str_from(answer->certificate));
		if (status == 0)
			addresses_say(tool, answer);
	}
	free(answer);
	return status;
}

int br_tool_enrol_request(struct br_tool *tool)
{
	struct br_fault fault = {""};
	struct br_text request;
	int status = enrol_ready(tool), result;

	if (status != 0)
		return status;
	br_assert(tool->argc == 1);
	br_text_init(&request, REQUEST_BYTES_MAX);
	result = br_identity_begin(
		tool->config.link_certificate, tool->config.store_id, &request, &fault);
	if (result == 0)
		result = br_file_write(tool->argv[0], br_text_str(&request), &fault);
	br_text_finish(&request);
	if (result < 0)
		return br_tool_fail(&fault);
	if (!tool->quiet)
		(void)printf("take %s to HQ, and what HQ signs back to here:\n"
			     "  backroom enrol certificate FILE\n",
			tool->argv[0]);
	return 0;
}

int br_tool_enrol_certificate(struct br_tool *tool)
{
	struct br_fault fault = {""};
	struct br_text pem;
	int status = enrol_ready(tool);

	if (status != 0)
		return status;
	br_assert(tool->argc == 1);
	br_text_init(&pem, BR_CERTIFICATE_BYTES_MAX + 1);
	if (br_pem_read(tool->argv[0], &pem, &fault) < 0)
		status = br_tool_fail(&fault);
	else
		status = certificate_take(tool, br_text_str(&pem));
	br_text_finish(&pem);
	return status;
}

int br_tool_link_switch(struct br_tool *tool)
{
	struct br_fault fault = {""};
	int status = enrol_ready(tool), result;

	if (status != 0)
		return status;
	result = br_changeover_run(&tool->config, &fault);
	br_assert(result <= 0);
	/* The service that calls it has nothing to do most of the time. */
	if (result == BR_E_NOT_FOUND && fault.text[0] != '\0') {
		if (!tool->quiet)
			(void)printf("%s\n", fault.text);
		return 0;
	}
	if (result < 0)
		return br_tool_fail(&fault);
	if (!tool->quiet)
		(void)printf("the bridge is back with the new certificate\n");
	return 0;
}
