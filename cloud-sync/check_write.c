/* The report of a check, for people and for programs. */
#include <inttypes.h>

#include "cloud-sync/check.h"

static void step_write(const char *indent, const char *name, const struct br_check_step *step,
	struct br_text *text)
{
	br_assert((size_t)step->outcome <= BR_CHECK_FAILED);
	br_text_printf(text, "%s%-14s %-9s", indent, name, br_check_outcome_words[step->outcome]);
	if (step->said.text[0] != '\0')
		br_text_printf(text, "  %s", step->said.text);
	br_text_putc(text, '\n');
	if (step->next.text[0] != '\0')
		br_text_printf(text, "%s%-14s          → %s\n", indent, "", step->next.text);
}

void br_check_write(const struct br_check_report *report, struct br_text *text)
{
	step_write("", "configuration", &report->configuration, text);
	br_assert(report->address_n >= 1 && report->address_n <= 2);
	for (unsigned i = 0; i < report->address_n; i++) {
		const struct br_check_address *address = &report->addresses[i];

		if (address->host[0] == '\0')
			continue;
		br_text_printf(text, "%s:%" PRId64 "\n", address->host, address->port);
		for (unsigned k = 0; k < BR_CHECK_PARTS; k++)
			step_write("  ", br_check_part_words[k], &address->steps[k], text);
	}
	br_text_puts(text, "the store's broker\n");
	step_write("  ", "broker", &report->broker, text);
	step_write("  ", "bridge", &report->bridge, text);
}

static void step_json(const char *name, const struct br_check_step *step, struct br_json_out *out)
{
	br_assert((size_t)step->outcome <= BR_CHECK_FAILED);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "step", name);
	br_json_out_puts(out, "outcome", br_check_outcome_words[step->outcome]);
	if (step->said.text[0] != '\0')
		br_json_out_puts(out, "said", step->said.text);
	if (step->next.text[0] != '\0')
		br_json_out_puts(out, "next", step->next.text);
	br_json_out_end(out);
}

void br_check_write_json(const struct br_check_report *report, struct br_text *text)
{
	struct br_json_out out;

	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_bool(&out, "passed", br_check_passed(report));
	br_json_out_array(&out, "node");
	step_json("configuration", &report->configuration, &out);
	step_json("broker", &report->broker, &out);
	step_json("bridge", &report->bridge, &out);
	br_json_out_end(&out);
	br_json_out_array(&out, "addresses");
	br_assert(report->address_n >= 1 && report->address_n <= 2);
	for (unsigned i = 0; i < report->address_n; i++) {
		br_json_out_object(&out, NULL);
		br_json_out_puts(&out, "host", report->addresses[i].host);
		br_json_out_i64(&out, "port", report->addresses[i].port);
		br_json_out_array(&out, "steps");
		for (unsigned k = 0; k < BR_CHECK_PARTS; k++)
			step_json(br_check_part_words[k], &report->addresses[i].steps[k], &out);
		br_json_out_end(&out);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_text_putc(text, '\n');
}
