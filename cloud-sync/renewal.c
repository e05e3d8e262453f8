#include "cloud-sync/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud-sync/enrol.h"
#include "node/log.h"

#define LIFE_PARTS 3 /* of which the last is for renewing */
#define REQUEST_BYTES_MAX 16384

struct br_renewal {
	struct br_renewal_options options;
	enum br_renewal_stage stage;
	int64_t look_ms, ask_ms; /* boot ms: when it is next looked, and asked */
	char id[BR_ENROL_ID_BYTES];
	struct br_fault trouble;
};

/* By the stage it is in: where it may go. */
static const bool moves[4][4] = {
	[BR_RENEWAL_RESTING] = {[BR_RENEWAL_ASKING] = true, [BR_RENEWAL_READY] = true},
	[BR_RENEWAL_ASKING] = {[BR_RENEWAL_READY] = true,
		[BR_RENEWAL_REFUSED] = true,
		[BR_RENEWAL_RESTING] = true},
	[BR_RENEWAL_READY] = {[BR_RENEWAL_RESTING] = true},
	[BR_RENEWAL_REFUSED] = {[BR_RENEWAL_ASKING] = true,
		[BR_RENEWAL_RESTING] = true,
		[BR_RENEWAL_READY] = true},
};

static int64_t boot_now(const struct br_renewal *renewal)
{
	return renewal->options.clock->boot_ms(renewal->options.clock->context);
}

static int64_t wall_now(const struct br_renewal *renewal)
{
	return renewal->options.clock->wall_ms(renewal->options.clock->context);
}

static void renewal_move(struct br_renewal *renewal, enum br_renewal_stage stage)
{
	if (stage == renewal->stage)
		return;
	br_assert((size_t)stage <= BR_RENEWAL_REFUSED);
	br_assert(moves[renewal->stage][stage]);
	renewal->stage = stage;
	br_assert(stage != BR_RENEWAL_ASKING || renewal->id[0] != '\0');
}

static void trouble(struct br_renewal *renewal, const char *what)
{
	struct br_fault sentence;

	br_assert(what[0] != '\0');
	(void)snprintf(sentence.text, sizeof(sentence.text),
		"the link's certificate is not renewed: %.240s", what);
	if (strcmp(sentence.text, renewal->trouble.text) == 0)
		return;
	renewal->trouble = sentence;
	br_log(BR_LOG_WARNING, "link", "%s", sentence.text);
}

int br_renewal_create(const struct br_renewal_options *options, struct br_renewal **ret_renewal)
{
	struct br_renewal *renewal = calloc(1, sizeof(*renewal));

	br_assert(options->clock != NULL && options->publisher.publish != NULL);
	if (renewal == NULL)
		return BR_E_MEMORY;
	br_assert(options->certificate != NULL && options->key != NULL && options->crl != NULL);
	renewal->options = *options;
	*ret_renewal = renewal;
	return 0;
}

void br_renewal_destroy(struct br_renewal *renewal)
{
	free(renewal);
}

/* The last third of the certificate's life has begun. */
static bool is_due(struct br_renewal *renewal)
{
	struct br_certificate certificate;
	int64_t now_ms = wall_now(renewal), life_ms;
	struct br_fault fault = {""};
	struct br_text pem;
	int result;

	br_text_init(&pem, BR_CERTIFICATE_BYTES_MAX + 1);
	result = br_pem_read(renewal->options.certificate, &pem, &fault);
	if (result == 0)
		result = br_certificate_parse(br_text_str(&pem), &certificate, &fault);
	if (pem.bytes != NULL)
		explicit_bzero(pem.bytes, pem.n);
	br_text_finish(&pem);
	/* The watch has told it, and without a certificate there is no link to renew it over. */
	if (result < 0 || br_certificate_judge(&certificate, now_ms, renewal->options.known_ms) ==
				  BR_CERTIFICATE_CLOCK)
		return false;
	life_ms = certificate.not_after_ms - certificate.not_before_ms;
	br_assert(now_ms >= certificate.not_before_ms);
	return certificate.not_after_ms - now_ms < life_ms / LIFE_PARTS;
}

static int ask(struct br_renewal *renewal, struct br_fault *fault)
{
	const struct br_renewal_options *options = &renewal->options;
	struct br_enrol_request request = {.store_id = options->store_id, .id = renewal->id};
	struct br_text pem, text;
	int result;

	br_assert(renewal->id[0] != '\0');
	br_text_init(&pem, REQUEST_BYTES_MAX);
	br_text_init(&text, 2 * REQUEST_BYTES_MAX);
	result = br_identity_begin(options->certificate, options->store_id, &pem, fault);
	if (result == 0) {
		request.request = br_text_str(&pem);
		br_enrol_request_write(&request, &text);
		result = br_text_error(&text);
	}
	if (result == 0)
		result = options->publisher.publish(options->publisher.context, "backroom/up/ctl",
			br_text_str(&text), 1, false);
	br_text_finish(&pem);
	br_text_finish(&text);
	/* Who has no sentence of their own. */
	if (result < 0 && fault->text[0] == '\0')
		(void)br_fault_set(
			fault, result, "the request cannot be sent: %s", br_error_text(result));
	return result;
}

/* Asks when it is time, with a new id for a new matter and the same for the same. */
static void ask_if_due(struct br_renewal *renewal, int64_t now_ms)
{
	struct br_fault fault = {""};

	if (now_ms < renewal->ask_ms)
		return;
	br_assert(renewal->stage != BR_RENEWAL_READY);
	renewal->ask_ms = now_ms + BR_RENEWAL_AGAIN_MS;
	if (renewal->stage != BR_RENEWAL_ASKING) {
		if (br_enrol_id_make(renewal->id) < 0)
			return;
		br_log(BR_LOG_NOTICE, "link",
			"the link's certificate has lived two thirds of its life: asking HQ for a "
			"new one");
		renewal_move(renewal, BR_RENEWAL_ASKING);
	}
	if (ask(renewal, &fault) < 0)
		trouble(renewal, fault.text);
}

void br_renewal_tick(struct br_renewal *renewal, bool up)
{
	const struct br_renewal_options *options = &renewal->options;
	int64_t now_ms = boot_now(renewal);

	if (now_ms < renewal->look_ms || !br_identity_is_ours(options->certificate, options->key))
		return;
	br_assert(options->store_id[0] != '\0');
	renewal->look_ms = now_ms + BR_RENEWAL_LOOK_MS;
	if (br_identity_waits(options->certificate)) {
		renewal_move(renewal, BR_RENEWAL_READY);
	} else if (!is_due(renewal)) {
		renewal_move(renewal, BR_RENEWAL_RESTING);
		renewal->trouble.text[0] = '\0';
	} else if (renewal->stage == BR_RENEWAL_READY) {
		/* It was put into use and is due at once: a life of minutes, or a wrong file. */
		renewal_move(renewal, BR_RENEWAL_RESTING);
	} else if (up) {
		ask_if_due(renewal, now_ms);
	} else {
		renewal->look_ms = now_ms + BR_RENEWAL_WAIT_MS;
	}
}

static void certificate_take(struct br_renewal *renewal, const struct br_enrol_answer *answer)
{
	const struct br_renewal_options *options = &renewal->options;
	struct br_identity_check check = {.store_id = options->store_id,
		.ca = options->ca,
		.crl = options->crl,
		.now_ms = wall_now(renewal),
		.known_ms = options->known_ms};
	struct br_certificate certificate;
	struct br_fault fault = {""};

	br_assert(renewal->stage == BR_RENEWAL_ASKING && !answer->refused);
	if (br_identity_take(options->certificate, br_str_from(answer->certificate), &check,
		    &certificate, &fault) < 0) {
		trouble(renewal, fault.text);
		return;
	}
	renewal->trouble.text[0] = '\0';
	renewal_move(renewal, BR_RENEWAL_READY);
	br_log(BR_LOG_NOTICE, "link",
		"HQ has signed a new certificate, %s: `backroom link switch` puts it into use",
		certificate.serial);
}

void br_renewal_answer(void *owner, struct br_str payload)
{
	struct br_renewal *renewal = owner;
	struct br_enrol_answer *answer;
	struct br_fault fault = {""};

	if (renewal->stage != BR_RENEWAL_ASKING)
		return;
	answer = calloc(1, sizeof(*answer));
	if (answer == NULL)
		return;
	br_assert(renewal->id[0] != '\0');
	if (br_enrol_answer_parse(payload, answer, &fault) < 0) {
		trouble(renewal, fault.text);
	} else if (strcmp(answer->id, renewal->id) != 0) {
		/* Of an earlier matter. */
	} else if (answer->refused) {
		trouble(renewal, answer->message);
		renewal->ask_ms = boot_now(renewal) + BR_RENEWAL_REFUSED_MS;
		renewal_move(renewal, BR_RENEWAL_REFUSED);
	} else {
		certificate_take(renewal, answer);
	}
	free(answer);
}

enum br_renewal_stage br_renewal_stage(const struct br_renewal *renewal)
{
	br_assert((size_t)renewal->stage <= BR_RENEWAL_REFUSED);
	return renewal->stage;
}

const char *br_renewal_trouble(const struct br_renewal *renewal)
{
	return renewal->trouble.text;
}
