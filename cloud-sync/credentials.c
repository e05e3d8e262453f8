#include "cloud-sync/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/log.h"
#include "node/metrics.h"
#include "node/timekeeper.h"

const char *const br_credentials_words[] = {
	"none", "good", "soon", "urgent", "over", "clock", "unreadable"};

struct br_credentials {
	struct br_credentials_options options;
	struct br_credentials_state state;
	int64_t due_ms; /* boot ms */
};

/* What was found in one file. */
struct finding {
	enum br_credentials_condition condition;
	struct br_certificate certificate;
	struct br_fault sentence;
};

static enum br_credentials_condition condition_of(enum br_certificate_state state)
{
	static const enum br_credentials_condition conditions[] = {
		[BR_CERTIFICATE_GOOD] = BR_CREDENTIALS_GOOD,
		[BR_CERTIFICATE_SOON] = BR_CREDENTIALS_SOON,
		[BR_CERTIFICATE_URGENT] = BR_CREDENTIALS_URGENT,
		[BR_CERTIFICATE_OVER] = BR_CREDENTIALS_OVER,
		[BR_CERTIFICATE_CLOCK] = BR_CREDENTIALS_CLOCK,
	};

	br_assert((size_t)state < BR_ARRAY_LEN(conditions));
	return conditions[state];
}

/* True when the machine's clock is not where the store knows the time to be. */
static bool clock_apart(const struct br_credentials *credentials, int64_t now_ms)
{
	const struct br_clock *store = credentials->options.store;
	int64_t apart_ms = store != NULL ? now_ms - store->wall_ms(store->context) : 0;

	br_assert(now_ms >= 0);
	return apart_ms > BR_TIME_APART_MS || apart_ms < -BR_TIME_APART_MS;
}

static void file_look(const struct br_credentials *credentials, const char *path, bool authorities,
	int64_t now_ms, struct finding *finding)
{
	struct br_fault fault = {""};
	enum br_certificate_state state;
	struct br_text pem;
	int result;

	br_assert(path[0] != '\0');
	br_text_init(&pem, BR_CERTIFICATE_BYTES_MAX + 1);
	result = br_pem_read(path, &pem, &fault);
	if (result == 0)
		result = (authorities ? br_certificate_first_end : br_certificate_parse)(
			br_text_str(&pem), &finding->certificate, &fault);
	/* The file may hold the key, too. */
	if (pem.bytes != NULL)
		explicit_bzero(pem.bytes, pem.n);
	br_text_finish(&pem);
	if (result < 0) {
		finding->condition = BR_CREDENTIALS_UNREADABLE;
		(void)snprintf(finding->sentence.text, sizeof(finding->sentence.text),
			"%s cannot be used: %.200s", authorities ? "link.ca" : "link.certificate",
			fault.text);
		return;
	}
	state = br_certificate_judge(&finding->certificate, now_ms, credentials->options.known_ms);
	if (clock_apart(credentials, now_ms))
		state = BR_CERTIFICATE_CLOCK;
	finding->condition = condition_of(state);
	br_certificate_say(&finding->certificate, state,
		authorities ? "an authority in link.ca" : "the link's certificate", now_ms,
		&finding->sentence);
}

/* The one that needs somebody more, and of two alike the one that ends first. */
static bool finding_is_worse(const struct finding *a, const struct finding *b)
{
	br_assert(a != b);
	if (a->condition != b->condition)
		return a->condition > b->condition;
	return a->certificate.not_after_ms < b->certificate.not_after_ms;
}

static void state_keep(
	struct br_credentials *credentials, const struct finding *finding, int64_t now_ms)
{
	struct br_credentials_state *state = &credentials->state;
	bool changed = state->condition != finding->condition || state->since_ms == 0;
	bool known = finding->certificate.not_after_ms > 0;

	br_assert(finding->condition <= BR_CREDENTIALS_UNREADABLE);
	if (changed)
		state->since_ms = now_ms;
	state->condition = finding->condition;
	state->not_after_ms = finding->certificate.not_after_ms;
	state->days = known ? br_certificate_days(&finding->certificate, now_ms) : 0;
	memcpy(state->sentence, finding->sentence.text, sizeof(state->sentence));
	br_metric_set(BR_METRIC_LINK_CERTIFICATE_EXPIRY, (uint64_t)state->not_after_ms / 1000);
	if (!changed || state->condition <= BR_CREDENTIALS_GOOD)
		return;
	br_log(state->condition == BR_CREDENTIALS_SOON ? BR_LOG_WARNING : BR_LOG_ERR, "link", "%s",
		state->sentence);
}

void br_credentials_look(struct br_credentials *credentials)
{
	const struct br_clock *clock = credentials->options.clock;
	int64_t now_ms = clock->wall_ms(clock->context);
	struct finding own = {.condition = BR_CREDENTIALS_NONE}, authority = own;

	credentials->due_ms = clock->boot_ms(clock->context) + BR_CREDENTIALS_INTERVAL_MS;
	if (credentials->options.ca[0] != '\0')
		file_look(credentials, credentials->options.ca, true, now_ms, &authority);
	if (credentials->options.certificate[0] != '\0')
		file_look(credentials, credentials->options.certificate, false, now_ms, &own);
	br_assert(authority.condition == BR_CREDENTIALS_NONE || authority.sentence.text[0] != '\0');
	state_keep(credentials, finding_is_worse(&authority, &own) ? &authority : &own, now_ms);
}

int br_credentials_create(
	const struct br_credentials_options *options, struct br_credentials **ret_credentials)
{
	struct br_credentials *credentials = calloc(1, sizeof(*credentials));

	br_assert(options->ca != NULL && options->certificate != NULL && options->clock != NULL);
	if (credentials == NULL)
		return BR_E_MEMORY;
	credentials->options = *options;
	br_credentials_look(credentials);
	*ret_credentials = credentials;
	return 0;
}

void br_credentials_destroy(struct br_credentials *credentials)
{
	free(credentials);
}

void br_credentials_tick(struct br_credentials *credentials)
{
	const struct br_clock *clock = credentials->options.clock;

	br_assert(credentials->due_ms > 0);
	if (clock->boot_ms(clock->context) >= credentials->due_ms)
		br_credentials_look(credentials);
}

void br_credentials_state(
	const struct br_credentials *credentials, struct br_credentials_state *ret_state)
{
	br_assert((size_t)credentials->state.condition <= BR_CREDENTIALS_UNREADABLE);
	/* Whole, gaps too: whoever asks may compare two states as bytes. */
	memcpy(ret_state, &credentials->state, sizeof(*ret_state));
}
