/* A store's certificates: the next one over the link, the first one for a one-time code. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cloud-sync/conformance/certificate.h"
#include "cloud-sync/conformance/rule.h"

#define REQUEST_BYTES_MAX 32768
#define WRONG_CODE "0000-0000-00"

/* The message that asks for a certificate; `code` may be NULL. */
static void request_write(
	const struct conform_play *play, const char *id, const char *code, struct br_text *text)
{
	struct br_json_out out;

	br_assert(play->request != NULL);
	br_text_init(text, REQUEST_BYTES_MAX);
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "certificate_request");
	br_json_out_puts(&out, "store", play->store);
	br_json_out_puts(&out, "id", id);
	br_json_out_puts(&out, "request", play->request);
	if (code != NULL)
		br_json_out_puts(&out, "code", code);
	br_json_out_end(&out);
	br_assert(br_text_error(text) == 0);
}

/* An answer to the request with that id, which says yes. */
static bool answer_check(struct conform_play *play, const struct br_json *answer, const char *id)
{
	struct br_str told = {NULL, 0}, type = {"", 0}, pem = {"", 0}, message = {"", 0};
	const char *fault;

	(void)!br_json_string(br_json_member(answer, "id"), &told);
	(void)!br_json_string(br_json_member(answer, "type"), &type);
	(void)!br_json_string(br_json_member(answer, "message"), &message);
	(void)!br_json_string(br_json_member(answer, "certificate"), &pem);
	if (!br_str_is(told, id))
		return conform_fail(play, "the answer has another id than the request");
	if (!br_str_is(type, "certificate"))
		return conform_fail(play, "HQ refuses the request: %.*s", BR_STR_ARG(message));
	fault = conform_certificate_fault(play->request, pem, play->store);
	return fault == NULL || conform_fail(play, "%s", fault);
}

/* What HQ promises of a store's certificate, when the options name a request. */
enum conform_outcome conform_rule_certificate(struct conform_play *play)
{
	unsigned yes = play->heard[CONFORM_CERTIFICATE];
	unsigned no = play->heard[CONFORM_CERTIFICATE_REFUSED];
	int64_t end_ms = conform_now_ms() + play->patience_ms;
	struct br_text text;
	char id[17];

	if (play->request == NULL)
		return (void)conform_fail(play, "--request names no file"), CONFORM_UNTRIED;
	conform_random_text(8, id);
	request_write(play, id, NULL, &text);
	conform_play_send(play, "ctl", br_text_str(&text));
	br_text_finish(&text);
	br_assert(end_ms > 0);
	while (conform_now_ms() < end_ms && !play->offline) {
		if (play->heard[CONFORM_CERTIFICATE] > yes)
			return conform_outcome_of(
				answer_check(play, conform_heard(play, CONFORM_CERTIFICATE), id));
		if (play->heard[CONFORM_CERTIFICATE_REFUSED] > no)
			return conform_outcome_of(answer_check(
				play, conform_heard(play, CONFORM_CERTIFICATE_REFUSED), id));
		conform_play_rest(play, 100);
	}
	return conform_outcome_of(conform_fail(play, "no answer"));
}

/* The store that has no certificate yet, on a line of its own. */
struct newcomer {
	struct conform_play *play;
	struct conform_post *post;
	char id[17];
	struct br_json *answer; /* owned: the last one */
};

/* Waits for the answer with the id of the question; others may come late. */
static bool answer_comes(struct newcomer *newcomer)
{
	struct conform_play *play = newcomer->play;
	int64_t end_ms = conform_now_ms() + play->patience_ms;

	br_assert(newcomer->answer == NULL);
	for (int64_t left_ms = play->patience_ms; left_ms > 0;
		left_ms = end_ms - conform_now_ms()) {
		struct conform_letter letter;
		struct br_str id = {NULL, 0};
		int got = conform_post_wait(newcomer->post, left_ms, &letter);

		if (got < 0)
			return conform_fail(play, "the broker has broken the connection off");
		if (got == 0 || br_json_parse(letter.payload, &newcomer->answer, NULL) < 0)
			continue;
		(void)!br_json_string(br_json_member(newcomer->answer, "id"), &id);
		if (br_str_is(id, newcomer->id))
			return true;
		br_json_free(newcomer->answer);
		newcomer->answer = NULL;
	}
	return conform_fail(play, "no answer on enrol/%s/answer", play->store);
}

static bool ask(struct newcomer *newcomer, const char *code)
{
	char topic[CONFORM_ID_BYTES + 32];
	struct br_text text;
	int sent;

	br_json_free(newcomer->answer);
	newcomer->answer = NULL;
	request_write(newcomer->play, newcomer->id, code, &text);
	(void)snprintf(topic, sizeof(topic), "enrol/%s/request", newcomer->play->store);
	if (newcomer->play->trace)
		printf("  > %s %.*s\n", topic, (int)(text.n < 300 ? text.n : 300), text.bytes);
	sent = conform_post_send(newcomer->post, topic, br_text_str(&text));
	br_assert(sent <= 0);
	br_text_finish(&text);
	return sent == 0 ? answer_comes(newcomer)
			 : conform_fail(newcomer->play, "the broker has broken the connection off");
}

/* A wrong code, the right one, and the same once more, because the answer may have been lost. */
static bool code_holds(struct newcomer *newcomer)
{
	struct conform_play *play = newcomer->play;
	struct br_str type = {"", 0};

	br_assert(play->code != NULL);
	conform_random_text(8, newcomer->id);
	if (!ask(newcomer, WRONG_CODE))
		return false;
	(void)!br_json_string(br_json_member(newcomer->answer, "type"), &type);
	if (!br_str_is(type, "certificate_refused"))
		return conform_fail(play,
			"the code \"" WRONG_CODE "\" is answered with %.*s, certificate_refused "
			"is expected",
			BR_STR_ARG(type));
	conform_random_text(8, newcomer->id);
	for (unsigned i = 0; i < 2; i++)
		if (!ask(newcomer, play->code) ||
			!answer_check(play, newcomer->answer, newcomer->id)) {
			char why[CONFORM_SAID_BYTES - 64];

			(void)snprintf(why, sizeof(why), "%.200s", play->said);
			return conform_fail(play, "%s: %s",
				i == 0 ? "asked with the code"
				       : "asked once more with the same code and request",
				why);
		}
	return true;
}

enum conform_outcome conform_rule_code(struct conform_play *play)
{
	struct newcomer newcomer = {.play = play};
	struct br_fault fault = {""};
	char filter[CONFORM_ID_BYTES + 32];
	bool holds;

	if (play->code == NULL || play->request == NULL)
		return (void)conform_fail(play, "--code and --request are not both there"),
		       CONFORM_UNTRIED;
	br_assert(play->enrol != NULL);
	if (conform_post_open(play->enrol, &newcomer.post, &fault) < 0)
		return conform_outcome_of(conform_fail(play, "%s", fault.text));
	(void)snprintf(filter, sizeof(filter), "enrol/%s/answer", play->store);
	if (conform_post_subscribe(newcomer.post, filter, &fault) < 0)
		holds = conform_fail(play, "%s", fault.text);
	else
		holds = code_holds(&newcomer);
	br_json_free(newcomer.answer);
	conform_post_close(newcomer.post);
	return conform_outcome_of(holds);
}
