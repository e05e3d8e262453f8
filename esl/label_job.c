#include "esl/label_job.h"

#include <stdio.h>

#define PRIORITY_URGENT 1
#define PRIORITY_OTHER 2

static int publish(struct br_labels *labels, const char *topic, const struct br_text *text)
{
	const struct br_publisher *publisher = &labels->options.publisher;
	int result = br_text_error(text);

	br_assert(topic[0] != '\0');
	if (result < 0)
		return result;
	return publisher->publish(publisher->context, topic, br_text_str(text), 1, false);
}

static int parts_publish(struct br_labels *labels, const struct br_label_now *label,
	const struct br_brap_job *job, size_t part_bytes)
{
	struct br_str rest = br_text_str(&label->bytes);
	char topic[BR_TOPIC_BYTES_MAX];
	struct br_text text;
	int result = 0;

	br_assert(part_bytes > 0);
	br_text_init(&text, BR_BRAP_PART_BYTES);
	for (unsigned i = 0; result == 0 && rest.n > 0; i++) {
		size_t n = rest.n < part_bytes ? rest.n : part_bytes;

		br_text_clear(&text);
		br_brap_part_write(job, (struct br_str){rest.s, n}, &text);
		(void)snprintf(topic, sizeof(topic), "brap/1/%s/job/%s/%u", label->ap->name,
			label->label, i);
		result = publish(labels, topic, &text);
		rest = (struct br_str){rest.s + n, rest.n - n};
	}
	br_text_finish(&text);
	return result;
}

int br_label_job_publish(struct br_labels *labels, const struct br_label_now *label)
{
	struct br_str picture = br_text_str(&label->bytes);
	struct br_brap_job job = {
		.job = label->job.id,
		.rev = label->job.rev,
		.boot = label->ap->boot,
		.priority = label->urgent ? PRIORITY_URGENT : PRIORITY_OTHER,
		.display = label->display,
		.encoding = label->encoding,
		.hash = label->job.hash,
		.picture_bytes = picture.n,
	};
	size_t part_bytes = br_brap_part_bytes(picture.n, label->ap->msg_max);
	char topic[BR_TOPIC_BYTES_MAX];
	struct br_text text;
	int result;

	br_assert(picture.n > 0 && label->job.id[0] != '\0');
	br_text_init(&text, BR_ENCODED_BYTES_MAX + BR_BRAP_JOB_HEADER_BYTES_MAX);
	br_brap_job_write(&job, part_bytes > 0 ? (struct br_str){NULL, 0} : picture, &text);
	(void)snprintf(topic, sizeof(topic), "brap/1/%s/job/%s", label->ap->name, label->label);
	result = publish(labels, topic, &text);
	br_text_finish(&text);
	if (result == 0 && part_bytes > 0)
		result = parts_publish(labels, label, &job, part_bytes);
	return result;
}

void br_label_job_cancel(struct br_labels *labels, const struct br_label_now *label)
{
	const struct br_label_job *job =
		label->phase >= BR_LABEL_OFFERED ? &label->job : &label->older;
	char topic[BR_TOPIC_BYTES_MAX];
	struct br_text text;

	if (job->id[0] == '\0')
		return;
	br_assert(label->ap != NULL);
	br_text_init(&text, BR_BRAP_JSON_BYTES_MAX);
	br_brap_cancel_write(job->id, &text);
	(void)snprintf(topic, sizeof(topic), "brap/1/%s/cmd/%s", label->ap->name, label->label);
	/* What is shown in spite of it is reported, and set right then. */
	(void)!publish(labels, topic, &text);
	br_text_finish(&text);
}
