#include "esl/label_template.h"

#include "node/log.h"

int br_label_design_is_template(struct br_str template, struct br_str text, struct br_fault *fault)
{
	BR_CLEANUP(br_template_cleanup) struct br_template *parsed = NULL;
	int result = br_template_parse(text, &parsed, fault);

	br_assert(template.n > 0);
	if (result == 0 && !br_str_is(template, parsed->name))
		result = br_fault_set(fault, BR_E_INVALID,
			"name: is \"%s\", allowed is the name it is set under", parsed->name);
	return result;
}

void br_label_templates_release(struct br_labels *labels)
{
	br_assert(labels->drawings_done <= labels->drawings);
	if (labels->replaced_n == 0 || labels->drawings_done < labels->drawings)
		return;
	br_mutex_lock(&labels->preview_lock);
	br_label_templates_finish(labels);
	br_mutex_unlock(&labels->preview_lock);
}

void br_label_templates_finish(struct br_labels *labels)
{
	br_assert(labels->replaced_n <= BR_ARRAY_LEN(labels->replaced));
	while (labels->replaced_n > 0)
		br_template_destroy(labels->replaced[--labels->replaced_n]);
}

/* Puts one template of the ledger's into the set. */
static int template_put(
	struct br_labels *labels, struct br_txn *txn, struct br_str name, struct br_fault *fault)
{
	BR_CLEANUP(br_template_cleanup) struct br_template *template = NULL;
	struct br_template *before = NULL;
	struct br_text text;
	int result;

	/* Its places are as many as there are designs; each change of one waits for drawings. */
	if (labels->replaced_n == BR_ARRAY_LEN(labels->replaced))
		return br_fault_set(fault, BR_E_BUSY, "too many changes while labels are drawn");
	br_text_init(&text, BR_LABEL_DESIGN_BYTES_MAX);
	br_arena_reset(&labels->arena);
	result = br_label_design_get(txn, name, &labels->arena, &text);
	if (result < 0)
		result = br_fault_set(fault, result, "%s", br_error_text(result));
	if (result == 0)
		result = br_template_parse(br_text_str(&text), &template, fault);
	if (result == 0) {
		br_mutex_lock(&labels->preview_lock);
		result = br_template_set_put(labels->templates, template, &before);
		br_mutex_unlock(&labels->preview_lock);
		if (result < 0)
			result = br_fault_set(
				fault, result, "more than %d templates", BR_TEMPLATES_MAX);
		else
			template = NULL;
	}
	br_text_finish(&text);
	if (before != NULL)
		labels->replaced[labels->replaced_n++] = before;
	return result;
}

int br_label_templates_load(struct br_labels *labels, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	char name[BR_LABEL_DESIGN_NAME_BYTES_MAX + 1] = "";
	int result = br_txn_begin(labels->options.ledger, false, &txn);

	br_assert(labels->templates != NULL && labels->replaced_n == 0);
	if (result < 0)
		return br_fault_set(fault, result, "the ledger: %s", br_error_text(result));
	while (br_label_design_next(txn, br_str_from(name), name)) {
		struct br_fault reason;

		if (template_put(labels, txn, br_str_from(name), &reason) < 0)
			br_log(BR_LOG_WARNING, "label", "template %s of HQ is not used: %s", name,
				reason.text);
	}
	br_label_templates_finish(labels);
	result = br_txn_error(txn);
	return result < 0 ? br_fault_set(fault, result, "the ledger: %s", br_error_text(result))
			  : 0;
}

void br_label_template_follow(
	struct br_labels *labels, struct br_txn *txn, const struct br_label_design_part *part)
{
	struct br_fault fault;

	br_assert(part->part < part->parts);
	if (part->part + 1 < part->parts)
		return;
	if (template_put(labels, txn, part->template, &fault) < 0) {
		br_log(BR_LOG_WARNING, "label", "template %.*s of HQ is not used: %s",
			BR_STR_ARG(part->template), fault.text);
		return;
	}
	br_label_templates_release(labels);
	/* Which of them show it is found out by drawing; most pictures come out the same. */
	for (unsigned i = 0; i < labels->label_n; i++)
		if (labels->sorted[i]->bound)
			br_label_stale(labels, labels->sorted[i]);
}
