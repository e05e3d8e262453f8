#include "cloud-sync/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/bridge.h"
#include "node/certificate.h"
#include "node/knock.h"
#include "node/limits.h"
#include "node/time.h"
#include "node/visit.h"

#define CLOCK_APART_MS (INT64_C(5) * 60 * 1000)
#define CLIENT_ID_BYTES (BR_BRIDGE_NAME_BYTES + 8)
#define TOPIC_BYTES 128

const char *const br_check_outcome_words[] = {"not tried", "ok", "failed"};
const char *const br_check_part_words[] = {
	"name", "connection", "tls", "clock", "credentials", "topics", "hq"};

/* One check under way. */
struct checker {
	const struct br_check_options *options;
	const struct br_config *config;
	struct br_text authorities, certificate, key, crl;
	struct br_certificate own; /* when there is one */
	int64_t now_ms;		   /* this machine's clock, unix ms */
	char shard[BR_SHARD_BYTES];
};

/* What HQ has said so far. */
struct hearing {
	const char *id;
	bool other; /* it speaks with the store, if not with us */
	struct br_checked checked;
};

static void passed(struct br_check_step *step, const char *format, ...) BR_PRINTF(2, 3);
static void passed(struct br_check_step *step, const char *format, ...)
{
	va_list arguments;

	br_assert(step->outcome == BR_CHECK_UNTRIED);
	step->outcome = BR_CHECK_OK;
	va_start(arguments, format);
	(void)vsnprintf(step->said.text, sizeof(step->said.text), format, arguments);
	va_end(arguments);
}

/* `next` says what to do; what was found is in the step already, or in `said`. */
static void failed(struct br_check_step *step, const char *said, const char *next)
{
	struct br_fault copy;

	br_assert(said[0] != '\0' && next[0] != '\0');
	(void)snprintf(copy.text, sizeof(copy.text), "%s", said);
	step->outcome = BR_CHECK_FAILED;
	step->said = copy;
	(void)snprintf(step->next.text, sizeof(step->next.text), "%s", next);
}

static int file_read(
	const char *key, const char *path, struct br_text *text, struct br_fault *fault)
{
	int result = path[0] != '\0' ? br_pem_read(path, text, fault) : 0;

	br_assert(key[0] != '\0');
	if (result < 0)
		br_fault_prefix(fault, key);
	return result;
}

/* The certificate must be the key's, and this store's: HQ's broker knows the store by its name. */
static int own_check(struct checker *checker, struct br_fault *fault)
{
	struct br_str pem = br_text_str(&checker->certificate);
	int result = br_certificate_parse(pem, &checker->own, fault);

	if (result == 0)
		result = br_certificate_key_check(pem, br_text_str(&checker->key), fault);
	if (result == 0 && strcmp(checker->own.name, checker->config->store_id) != 0)
		result = br_fault_set(fault, BR_E_INVALID,
			"is made out to \"%s\", and this store is \"%s\"", checker->own.name,
			checker->config->store_id);
	br_assert(result <= 0);
	if (result < 0)
		br_fault_prefix(fault, "link.certificate");
	return result;
}

static int files_read(struct checker *checker, struct br_fault *fault)
{
	const struct br_config *config = checker->config;
	struct br_certificate authority;
	int result = file_read("link.ca", config->link_ca, &checker->authorities, fault);

	br_assert(checker->authorities.max > 0);
	if (result == 0 && config->link_ca[0] != '\0') {
		result = br_certificate_first_end(
			br_text_str(&checker->authorities), &authority, fault);
		if (result < 0)
			br_fault_prefix(fault, "link.ca");
	}
	if (result == 0)
		result = file_read(
			"link.certificate", config->link_certificate, &checker->certificate, fault);
	if (result == 0)
		result = file_read("link.key", br_bridge_key_file(config), &checker->key, fault);
	if (result == 0)
		result = file_read("link.crl", config->link_crl, &checker->crl, fault);
	if (result == 0 && config->link_certificate[0] != '\0')
		result = own_check(checker, fault);
	return result;
}

static bool configuration_try(struct checker *checker, struct br_check_step *step)
{
	const struct br_config *config = checker->config;
	struct br_fault fault = {""};

	br_assert(step->outcome == BR_CHECK_UNTRIED);
	if (!config->link_enabled)
		failed(step, "the link is switched off: [link] enabled = no",
			"set [link] enabled = yes, and what `man backroom.conf` says of [link]");
	else if (br_bridge_check(config, &fault) < 0)
		failed(step, fault.text, "set it in /etc/backroom/backroom.conf, section [link]");
	else if (files_read(checker, &fault) < 0)
		failed(step, fault.text,
			"run this as root or as the user backroom; if the file is missing or not "
			"right, `backroom enrol` gets the store its certificate");
	else
		passed(step, "store %s, certificate %s", config->store_id,
			config->link_certificate[0] != '\0' ? checker->own.serial : "none");
	return step->outcome == BR_CHECK_OK;
}

static void knock_name_say(const struct br_knock *knock, struct br_check_address *address)
{
	struct br_check_step *name = &address->steps[BR_CHECK_NAME];
	struct br_check_step *connection = &address->steps[BR_CHECK_CONNECTION];

	if (knock->reached == BR_KNOCK_NAME) {
		failed(name, knock->fault.text,
			"look at the spelling, and at the store's name server (resolvectl query); "
			"other names fail, too? then the line is down");
		return;
	}
	passed(name, "%s", knock->address);
	br_assert(knock->address[0] != '\0');
	if (knock->reached == BR_KNOCK_CONNECTION)
		failed(connection, knock->fault.text,
			"ask HQ whether its broker runs at this port, and who keeps the firewall "
			"whether the store may go there");
	else
		passed(connection, "within %" PRId64 " ms", knock->took_ms);
}

static void knock_tls_say(
	const struct checker *checker, const struct br_knock *knock, struct br_check_step *step)
{
	br_assert(knock->reached >= BR_KNOCK_TLS);
	if (knock->reached == BR_KNOCK_TLS)
		failed(step, knock->fault.text,
			"nothing was sent; ask HQ for the authority's certificate of today "
			"(link.ca), and for the name and port that its broker goes by");
	else if (checker->authorities.n == 0)
		passed(step, "none: link.ca is empty, for a line that is safe without");
	else if (knock->foreign)
		passed(step, "TLS 1.3 only: what the broker shows is seen at credentials");
	else
		passed(step, "\"%s\", signed by \"%s\"", knock->peer.name, knock->peer.issuer);
}

/* Who is right when a date does not fit: the certificate or this clock. */
static void clock_say(
	const struct checker *checker, const struct br_knock *knock, struct br_check_step *step)
{
	struct br_fault sentence;
	enum br_certificate_state state = BR_CERTIFICATE_GOOD;

	if (checker->own.serial[0] != '\0') {
		state = br_certificate_judge(
			&checker->own, checker->now_ms, checker->options->known_ms);
		br_certificate_say(&checker->own, state, "the store's certificate", checker->now_ms,
			&sentence);
	}
	if (state != BR_CERTIFICATE_CLOCK && knock->peer_known) {
		state = br_certificate_judge(
			&knock->peer, checker->now_ms, checker->options->known_ms);
		br_certificate_say(&knock->peer, state, "the certificate of HQ's broker",
			checker->now_ms, &sentence);
	}
	br_assert((size_t)state <= BR_CERTIFICATE_CLOCK);
	if (state == BR_CERTIFICATE_CLOCK)
		failed(step, sentence.text,
			"set it (timedatectl), and give the machine a time "
			"server and a battery for its clock");
	else if (state == BR_CERTIFICATE_OVER && knock->peer_known &&
		 checker->now_ms > knock->peer.not_after_ms)
		failed(step, sentence.text,
			"look whether this machine's date is right; if it is, HQ must renew the "
			"certificate of its broker");
	else
		passed(step, "fits the certificates");
}

/* Mosquitto's own word for a lost connection says little. */
static void credentials_say(
	const struct checker *checker, const char *said, struct br_check_step *step)
{
	struct br_fault sentence;

	br_assert(said[0] != '\0');
	if (checker->own.serial[0] == '\0') {
		failed(step, said,
			"the store has no certificate (link.certificate is empty): get it one with "
			"`backroom enrol`");
		return;
	}
	br_certificate_say(&checker->own,
		br_certificate_judge(&checker->own, checker->now_ms, checker->options->known_ms),
		"the store's certificate", checker->now_ms, &sentence);
	(void)snprintf(step->said.text, sizeof(step->said.text), "%.200s", said);
	if (checker->now_ms > checker->own.not_after_ms)
		failed(step, sentence.text, "get a new one: `backroom enrol`");
	else
		failed(step, said,
			"ask HQ whether it still knows this store (its certificate may be revoked, "
			"or of an authority that HQ's broker does not have), then `backroom "
			"enrol`");
}

static bool hq_hears(void *context, struct br_str topic BR_UNUSED, struct br_str payload)
{
	struct hearing *hearing = context;
	struct br_checked checked;

	br_assert(hearing->id[0] != '\0');
	if (br_checked_parse(payload, &checked) == 0 && strcmp(checked.id, hearing->id) == 0) {
		hearing->checked = checked;
		return true;
	}
	hearing->other = true;
	return false;
}

static int question_write(const struct checker *checker, struct br_text *text)
{
	struct br_json_out out;

	br_assert(checker->options->id[0] != '\0');
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "check");
	br_json_out_puts(&out, "store", checker->config->store_id);
	br_json_out_puts(&out, "id", checker->options->id);
	br_json_out_puts(&out, "version", checker->options->version);
	br_json_out_time(&out, "time", checker->now_ms);
	br_json_out_end(&out);
	return br_text_error(text);
}

static void topics_try(struct checker *checker, struct br_visit *visit, struct br_check_step *step)
{
	char up[TOPIC_BYTES], down[TOPIC_BYTES];
	struct br_fault fault = {""};
	struct br_text text;
	int result;

	(void)snprintf(down, sizeof(down), "dn/%s/ctl", checker->config->store_id);
	(void)snprintf(up, sizeof(up), "up/%s/%s/ctl", checker->shard, checker->config->store_id);
	br_text_init(&text, 1024);
	br_assert(step->outcome == BR_CHECK_UNTRIED);
	result = br_visit_subscribe(visit, down, &fault);
	if (result == 0 && question_write(checker, &text) < 0)
		result = br_fault_set(&fault, BR_E_MEMORY, "out of memory");
	if (result == 0)
		result = br_visit_publish(visit, up, br_text_str(&text), &fault);
	br_text_finish(&text);
	if (result == 0)
		passed(step, "%s and %s", up, down);
	else
		failed(step, fault.text,
			"ask HQ to let this store write below up/<shard>/<store>/ and read below "
			"dn/<store>/ on its broker; is store.id the one that HQ calls it by?");
}

/* HQ's clock is the better one, and the certificates are too coarse to tell minutes. */
static void clock_compare(
	const struct checker *checker, const struct br_checked *checked, struct br_check_step *step)
{
	int64_t ahead_ms = checker->now_ms - checked->time_ms;
	int64_t apart_ms = ahead_ms < 0 ? -ahead_ms : ahead_ms;
	struct br_fault said;

	if (checked->time_ms == 0 || apart_ms <= CLOCK_APART_MS)
		return;
	br_assert(step->outcome == BR_CHECK_OK);
	(void)snprintf(said.text, sizeof(said.text),
		"this machine's clock is %" PRId64 " minutes %s of HQ's", apart_ms / 60000,
		ahead_ms < 0 ? "behind" : "ahead");
	failed(step, said.text, "set it (timedatectl), and give the machine a time server");
}

static void hq_try(struct checker *checker, struct br_visit *visit, struct hearing *hearing,
	struct br_check_address *address)
{
	struct br_check_step *step = &address->steps[BR_CHECK_HQ];
	int result = br_visit_wait(visit, checker->options->wait_ms);

	br_assert(step->outcome == BR_CHECK_UNTRIED);
	if (result == 0) {
		passed(step, "answers");
		clock_compare(checker, &hearing->checked, &address->steps[BR_CHECK_CLOCK]);
	} else if (hearing->other) {
		passed(step, "speaks with the store, though it does not answer checks");
	} else if (result == BR_E_OFFLINE) {
		failed(step, "HQ's broker ended the connection over the question",
			"ask HQ to look into the log of its broker");
	} else {
		failed(step, "HQ's broker is there, and HQ does not answer",
			"ask HQ whether its program runs and reads up/#, and whether its broker "
			"lets this store read dn/<store>/#; what happens here meanwhile is kept");
	}
}

static void session_try(struct checker *checker, struct br_check_address *address)
{
	BR_CLEANUP(br_visit_cleanup) struct br_visit *visit = NULL;
	struct hearing hearing = {.id = checker->options->id};
	char client_id[CLIENT_ID_BYTES], name[BR_BRIDGE_NAME_BYTES];
	struct br_visit_options options = {
		.host = address->host,
		.port = (unsigned)address->port,
		.ca = checker->config->link_ca,
		.certificate = checker->config->link_certificate,
		.key = br_bridge_key_file(checker->config),
		.client_id = client_id,
		.wait_ms = checker->options->wait_ms,
	};
	struct br_check_step *credentials = &address->steps[BR_CHECK_CREDENTIALS];
	struct br_fault fault = {""};

	br_bridge_name(checker->config->store_id, name);
	(void)snprintf(client_id, sizeof(client_id), "%s-check", name);
	if (br_visit_open(&options, &visit, &fault) < 0) {
		credentials_say(checker, fault.text, credentials);
		return;
	}
	br_assert(visit != NULL);
	passed(credentials,
		checker->own.serial[0] != '\0' ? "taken as \"%s\"" : "none were asked for%s",
		checker->own.name);
	br_visit_listen(visit, hq_hears, &hearing);
	topics_try(checker, visit, &address->steps[BR_CHECK_TOPICS]);
	if (address->steps[BR_CHECK_TOPICS].outcome == BR_CHECK_OK)
		hq_try(checker, visit, &hearing, address);
}

static void address_try(struct checker *checker, struct br_check_address *address)
{
	struct br_knock_options options = {
		.host = address->host,
		.port = (unsigned)address->port,
		.authorities = br_text_str(&checker->authorities),
		.certificate = br_text_str(&checker->certificate),
		.key = br_text_str(&checker->key),
		.crl = br_text_str(&checker->crl),
		.wait_ms = checker->options->wait_ms,
	};
	struct br_check_step *steps = address->steps;
	struct br_knock knock;

	br_assert(address->host[0] != '\0');
	br_knock(&options, &knock);
	knock_name_say(&knock, address);
	if (knock.reached < BR_KNOCK_TLS)
		return;
	knock_tls_say(checker, &knock, &steps[BR_CHECK_TLS]);
	if (steps[BR_CHECK_TLS].outcome != BR_CHECK_OK)
		return;
	clock_say(checker, &knock, &steps[BR_CHECK_CLOCK]);
	if (steps[BR_CHECK_CLOCK].outcome != BR_CHECK_OK)
		return;
	if (knock.alert >= 0)
		credentials_say(checker, knock.fault.text, &steps[BR_CHECK_CREDENTIALS]);
	else
		session_try(checker, address);
}

static bool bridge_hears(void *context, struct br_str topic BR_UNUSED, struct br_str payload)
{
	bool *up = context;

	*up = br_str_is(payload, "1");
	return true;
}

static void bridge_try(struct checker *checker, struct br_visit *visit, struct br_check_step *step)
{
	char name[BR_BRIDGE_NAME_BYTES], topic[64 + BR_BRIDGE_NAME_BYTES];
	struct br_fault fault = {""};
	bool up = false;
	int result;

	br_bridge_name(checker->config->store_id, name);
	(void)snprintf(topic, sizeof(topic), "$SYS/broker/connection/%s/state", name);
	br_assert(step->outcome == BR_CHECK_UNTRIED);
	br_visit_listen(visit, bridge_hears, &up);
	result = br_visit_subscribe(visit, topic, &fault);
	if (result < 0) {
		failed(step, fault.text, "let programs of this machine read $SYS/#");
		return;
	}
	/* The state is retained: it comes at once, or there is none. */
	result = br_visit_wait(visit, 1000);
	if (result == 0 && up)
		passed(step, "connected");
	else if (result == 0)
		failed(step, "the bridge is not connected",
			"what HQ's addresses say above comes first; if all is well there, the log "
			"of the store's broker says why (journalctl -u mosquitto)");
	else
		failed(step, "the store's broker has no bridge for this store",
			"backroom config bridge | sudo tee "
			"/etc/mosquitto/conf.d/backroom-bridge.conf; sudo systemctl restart "
			"mosquitto");
}

static void store_try(struct checker *checker, struct br_check_report *report)
{
	BR_CLEANUP(br_visit_cleanup) struct br_visit *visit = NULL;
	const struct br_config *config = checker->config;
	bool by_socket = config->broker_socket[0] != '\0';
	char client_id[CLIENT_ID_BYTES], name[BR_BRIDGE_NAME_BYTES];
	struct br_visit_options options = {
		.host = by_socket ? config->broker_socket : config->broker_host,
		.port = by_socket ? 0 : (unsigned)config->broker_port,
		.ca = "",
		.certificate = "",
		.key = "",
		.client_id = client_id,
		.wait_ms = checker->options->wait_ms,
	};
	struct br_fault fault = {""};

	br_bridge_name(config->store_id, name);
	(void)snprintf(client_id, sizeof(client_id), "%s-check", name);
	br_assert(report->broker.outcome == BR_CHECK_UNTRIED);
	if (br_visit_open(&options, &visit, &fault) < 0) {
		br_fault_prefix(&fault, options.host);
		failed(&report->broker, fault.text,
			"does it run (systemctl status mosquitto)? and run this as root or as one "
			"of the group backroom");
		return;
	}
	passed(&report->broker, "%s", options.host);
	bridge_try(checker, visit, &report->bridge);
}

void br_check_run(const struct br_check_options *options, struct br_check_report *ret_report)
{
	const struct br_config *config = options->config;
	struct checker checker = {.options = options,
		.config = config,
		.now_ms = br_clock_system.wall_ms(br_clock_system.context)};
	struct br_text *texts[] = {
		&checker.authorities, &checker.certificate, &checker.key, &checker.crl};

	br_assert(options->wait_ms > 0 && strlen(options->id) == BR_CHECK_ID_BYTES - 1);
	*ret_report = (struct br_check_report){.address_n = 1};
	ret_report->addresses[0].host = config->link_host;
	ret_report->addresses[0].port = config->link_port;
	if (config->link_fallback_host[0] != '\0') {
		ret_report->addresses[1].host = config->link_fallback_host;
		ret_report->addresses[1].port = config->link_fallback_port;
		ret_report->address_n = 2;
	}
	for (unsigned i = 0; i < BR_ARRAY_LEN(texts); i++)
		br_text_init(texts[i], BR_CERTIFICATE_BYTES_MAX + 1);
	if (configuration_try(&checker, &ret_report->configuration)) {
		br_link_shard(config->store_id, checker.shard);
		for (unsigned i = 0; i < ret_report->address_n; i++)
			address_try(&checker, &ret_report->addresses[i]);
		store_try(&checker, ret_report);
	}
	for (unsigned i = 0; i < BR_ARRAY_LEN(texts); i++) {
		if (texts[i]->bytes != NULL)
			explicit_bzero(texts[i]->bytes, texts[i]->n);
		br_text_finish(texts[i]);
	}
}

bool br_check_passed(const struct br_check_report *report)
{
	bool all = report->configuration.outcome == BR_CHECK_OK &&
		   report->broker.outcome == BR_CHECK_OK && report->bridge.outcome == BR_CHECK_OK;

	br_assert(report->address_n >= 1 && report->address_n <= 2);
	for (unsigned i = 0; i < report->address_n; i++)
		for (unsigned k = 0; k < BR_CHECK_PARTS; k++)
			all &= report->addresses[i].steps[k].outcome == BR_CHECK_OK;
	return all;
}

int br_checked_parse(struct br_str payload, struct br_checked *ret_checked)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_checked checked = {.time_ms = 0};
	struct br_str type = {NULL, 0}, id = type, time = type;

	if (payload.n > BR_LINK_MESSAGE_BYTES_MAX || br_json_parse(payload, &root, NULL) < 0)
		return BR_E_INVALID;
	if (!br_json_string(br_json_member(root, "type"), &type) || !br_str_is(type, "checked") ||
		!br_json_string(br_json_member(root, "id"), &id) || id.n != BR_CHECK_ID_BYTES - 1 ||
		!br_str_copy(id, checked.id, sizeof(checked.id)))
		return BR_E_INVALID;
	if (br_json_string(br_json_member(root, "time"), &time) &&
		!br_time_parse(time, &checked.time_ms))
		return BR_E_INVALID;
	br_assert(checked.time_ms >= 0);
	*ret_checked = checked;
	return 0;
}
