#include "cloud-sync/diagnosis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/json.h"
#include "node/log.h"

struct br_diagnosis {
	struct br_diagnosis_options options;
	struct br_errand *errand; /* the check that runs, or the last one */
	int64_t due_ms;		  /* boot ms, 0 = the link is up */
};

int br_diagnosis_create(
	const struct br_diagnosis_options *options, struct br_diagnosis **ret_diagnosis)
{
	struct br_diagnosis *diagnosis = calloc(1, sizeof(*diagnosis));

	br_assert(options->told != NULL && options->program != NULL && options->config != NULL);
	if (diagnosis == NULL)
		return BR_E_MEMORY;
	diagnosis->options = *options;
	*ret_diagnosis = diagnosis;
	return 0;
}

void br_diagnosis_destroy(struct br_diagnosis *diagnosis)
{
	if (diagnosis == NULL)
		return;
	br_errand_destroy(diagnosis->errand);
	free(diagnosis);
}

static void check_done(void *owner, int code, struct br_str output)
{
	struct br_diagnosis *diagnosis = owner;
	struct br_fault sentence = {""};

	br_assert(code >= -1);
	/* It has ended while the link came up: nobody wants to hear it any more. */
	if (diagnosis->due_ms == 0)
		return;
	if (br_diagnosis_read(output, &sentence) == 0)
		diagnosis->options.told(diagnosis->options.owner, sentence.text);
}

static void check_start(struct br_diagnosis *diagnosis, int64_t now_ms)
{
	const char *argv[] = {diagnosis->options.program, "--config", diagnosis->options.config,
		"--json", "link", "check", NULL};
	struct br_errand_options options = {.argv = argv,
		.wait_ms = BR_DIAGNOSIS_WAIT_MS,
		.done = check_done,
		.owner = diagnosis};
	int result;

	br_assert(diagnosis->errand == NULL);
	diagnosis->due_ms = now_ms + BR_DIAGNOSIS_AGAIN_MS;
	result = br_errand_start(diagnosis->options.loop, &options, &diagnosis->errand);
	if (result < 0)
		br_log(BR_LOG_WARNING, "link",
			"%s cannot be run (%s): why HQ is away is not looked into",
			diagnosis->options.program, br_error_text(result));
}

void br_diagnosis_tick(struct br_diagnosis *diagnosis, bool down)
{
	const struct br_clock *clock = diagnosis->options.clock;
	int64_t now_ms = clock->boot_ms(clock->context);

	if (diagnosis->errand != NULL && !br_errand_runs(diagnosis->errand))
		br_errand_destroy(BR_TAKE(diagnosis->errand));
	if (!down) {
		diagnosis->due_ms = 0;
		return;
	}
	if (diagnosis->due_ms == 0)
		diagnosis->due_ms = now_ms + BR_DIAGNOSIS_PATIENCE_MS;
	br_assert(diagnosis->due_ms > 0);
	if (diagnosis->errand == NULL && now_ms >= diagnosis->due_ms)
		check_start(diagnosis, now_ms);
}

static const struct br_json *failure_of(const struct br_json *steps)
{
	struct br_str outcome;

	BR_JSON_EACH (step, steps)
		if (br_json_string(br_json_member(step, "outcome"), &outcome) &&
			br_str_is(outcome, "failed"))
			return step;
	return NULL;
}

/* What a step is called stays out: its sentence says it. */
static void sentence_write(
	const struct br_json *address, const struct br_json *step, struct br_fault *ret_sentence)
{
	struct br_str host = BR_STR(""), said = BR_STR(""), next = BR_STR("");

	br_assert(step != NULL);
	(void)!br_json_string(br_json_member(address, "host"), &host);
	(void)!br_json_string(br_json_member(step, "said"), &said);
	(void)!br_json_string(br_json_member(step, "next"), &next);
	/* Cut at a character's border when it is too long; what to do comes last. */
	(void)br_fault_set(ret_sentence, BR_E_OFFLINE, "%.*s%s%.*s: %.*s", (int)host.n, host.s,
		host.n > 0 ? ": " : "", (int)said.n, said.s, (int)next.n, next.s);
}

int br_diagnosis_read(struct br_str report, struct br_fault *ret_sentence)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	const struct br_json *step;
	bool passed;

	if (br_json_parse(report, &root, NULL) < 0 ||
		!br_json_bool(br_json_member(root, "passed"), &passed))
		return BR_E_INVALID;
	BR_JSON_EACH (address, br_json_member(root, "addresses")) {
		step = failure_of(br_json_member(address, "steps"));
		if (step != NULL) {
			sentence_write(address, step, ret_sentence);
			return 0;
		}
	}
	step = failure_of(br_json_member(root, "node"));
	if (step != NULL)
		sentence_write(NULL, step, ret_sentence);
	else
		(void)br_fault_set(ret_sentence, BR_E_OFFLINE,
			"HQ answers a check, but nothing comes through the bridge: if that stays "
			"so, restart the store's broker (sudo systemctl restart mosquitto)");
	br_assert(ret_sentence->text[0] != '\0');
	return 0;
}
